"""``seefood train``: teach a classifier from a folder, or a network from scratch."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from seefood.cli import options
from seefood.cli.report import report_options
from seefood.cli.risk import a_number, risk_option

if TYPE_CHECKING:
    from seefood.evaluation.report import Language
    from seefood.model.scratch import ScratchTraining


@click.command()
@click.argument("data", type=options.PATH)
@click.option("--output", "-o", type=options.PATH, required=True, help="The model file to write (.onnx).")
@options.network
@click.option("--test", type=options.PATH, help="Something like DATA to measure on as well.")
@click.option(
    "--augment",
    metavar="A",
    help="Changed copies: auto (what is safe and helps), none, or by name: 'mirror, rotate 15'.",
)
@risk_option
@click.option(
    "--familiar",
    type=click.FloatRange(0, 1, min_open=True),
    callback=a_number,
    help="The share of pictures like the taught ones that is not called unfamiliar; 0.98 unless said.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same result.")
@click.option("--from-scratch", is_flag=True, help="A network of its own, from nothing; DATA may be a table too.")
@click.option("--network", metavar="N", help="quick, best, digits, fashion, strided, or layers: 'conv 12 3, dense 50'.")
@click.option("--epochs", type=int, help="How often each picture is shown.")
@click.option("--batch-size", type=int, help="Pictures a step.")
@click.option("--learning-rate", type=float, help="How long the steps are.")
@click.option("--strides", type=click.IntRange(1, 64), help="Of every convolution.")
@click.option("--dropout", type=click.FloatRange(0, 1, max_open=True), help="Behind every convolution; 0 for none.")
@click.option("--shape", metavar="H,W", help="Of the pictures in a table, where they are not square.")
@click.option("--keras", type=options.PATH, help="Save the Keras model too (.keras).")
@click.option("--history", type=options.PATH, help="Save how training went (.svg or .json).")
@report_options
@options.shared
@click.pass_context
def command(
    ctx: click.Context,
    data: Path,
    output: Path,
    backbone: str,
    weights: Path | None,
    test: Path | None,
    augment: str | None,
    risk: float | None,
    familiar: float | None,
    seed: int,
    from_scratch: bool,
    network: str | None,
    epochs: int | None,
    batch_size: int | None,
    learning_rate: float | None,
    strides: int | None,
    dropout: float | None,
    shape: str | None,
    keras: Path | None,
    history: Path | None,
    report: Path | None,
    language: "Language",
    threads: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Teach a classifier from DATA, a folder with one sub-folder for each class.

    Every picture is used to teach. The accuracy is estimated on predictions for pictures that took no part in them.

    With --from-scratch no pretrained network is used: a small one is trained from nothing, on a folder, a table of
    pixels (label,pixel1,…; CSV, also .gz and .zip), IDX files or .npz. It needs pip install "seefood[scratch]".
    """
    from seefood.cli.from_scratch import Wishes, is_table, trained
    from seefood.cli.report import as_typed, check_report, written
    from seefood.cli.results import json_line
    from seefood.cli.terminal import Progress
    from seefood.errors import DatasetError, OutputError
    from seefood.files import check_not_input
    from seefood.heads.head import FAMILIAR
    from seefood.model.teaching import teach_folder

    wishes = Wishes(network, epochs, batch_size, learning_rate, strides, dropout, shape, keras, history)
    if not from_scratch and (wishes.named or is_table(data)):
        found = wishes.named[0] if wishes.named else f"a table, {data}"
        raise DatasetError(f"expected a folder with one sub-folder for each class; found {found}; add --from-scratch")
    if not output.parent.is_dir() or output.is_dir():
        raise OutputError(f"{output}: expected a file to write to in a folder that is there; found neither; create it")
    check_not_input(output, [data, *([] if test is None else [test])])
    check_report(report, [data, output, *([] if test is None else [test])])
    if not os.access(output.parent, os.W_OK):
        raise OutputError(f"{output}: expected a folder that can be written to; found none; name another place")
    ctx.meta[options.KEPT] = True
    if from_scratch:
        _check_scratch(ctx, familiar)
        wishes = replace(wishes, augment=augment)
        outcome = trained(data, test, output, wishes, risk=risk, seed=seed, quiet=quiet, as_json=as_json)
        if report is not None:
            from seefood.model.reporting import scratch_report

            written(scratch_report(outcome, output.name, as_typed()), report, language, quiet=quiet or as_json)
        _tell(outcome, output, quiet=quiet, as_json=as_json)
        ctx.exit(1 if outcome.rejected else 0)
    with Progress(quiet=quiet) as progress:
        training = teach_folder(
            data,
            backbone=backbone,
            weights=weights,
            test=test,
            augment=augment or "none",
            risk=risk,
            familiar=FAMILIAR if familiar is None else familiar,
            seed=seed,
            threads=threads,
            progress=progress.update,
        )
    training.classifier.save(output)
    if report is not None:
        from seefood.model.reporting import training_report

        written(training_report(training, output.name, as_typed()), report, language, quiet=quiet or as_json)
    if as_json:
        click.echo(json_line({"model": str(output), **training.to_json()}), nl=False)
    elif not quiet:
        from seefood.cli.score_card import show_training

        show_training(training, output)
    failed = len(training.rejected) + (len(training.test.failed) if training.test else 0)
    ctx.exit(1 if failed else 0)


def _check_scratch(ctx: click.Context, familiar: float | None) -> None:
    """What a network from scratch has no use for is said rather than passed over."""
    named = [
        f"--{name}" for name in ("backbone", "weights") if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
    ]
    named += [] if familiar is None else ["--familiar"]
    if named:
        raise click.UsageError(f"expected no {named[0]} with --from-scratch; found it; leave it out")


def _tell(outcome: "ScratchTraining", output: Path, *, quiet: bool, as_json: bool) -> None:
    """What training from scratch gave."""
    from seefood.cli.results import json_line

    if as_json:
        click.echo(json_line({"model": str(output), **outcome.to_json()}), nl=False)
    elif not quiet:
        from seefood.cli.score_card import show_scratch

        show_scratch(outcome, output)
