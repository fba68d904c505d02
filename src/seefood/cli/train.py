"""``seefood train``: teach a classifier from a folder."""

import os
from pathlib import Path

import click

from seefood.cli import options


@click.command()
@click.argument("folder", type=options.PATH)
@click.option("--output", "-o", type=options.PATH, required=True, help="The model file to write (.onnx).")
@options.network
@click.option("--test", type=options.PATH, help="A folder like FOLDER to measure on as well.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="For the folds.")
@options.shared
@click.pass_context
def command(
    ctx: click.Context,
    folder: Path,
    output: Path,
    backbone: str,
    weights: Path | None,
    test: Path | None,
    seed: int,
    threads: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Teach a classifier from FOLDER, which has one sub-folder for each class.

    Every picture is used to teach. The accuracy is estimated on predictions for pictures that took no part in them.
    """
    from seefood.cli.results import json_line
    from seefood.cli.score_card import show_training
    from seefood.cli.terminal import Progress
    from seefood.errors import OutputError
    from seefood.model.teaching import teach_folder

    if not output.parent.is_dir() or output.is_dir():
        raise OutputError(f"{output}: expected a file to write to in a folder that is there; found neither; create it")
    if not os.access(output.parent, os.W_OK):
        raise OutputError(f"{output}: expected a folder that can be written to; found none; name another place")
    with Progress(quiet=quiet) as progress:
        training = teach_folder(
            folder, backbone=backbone, weights=weights, test=test, seed=seed, threads=threads, progress=progress.update
        )
    training.classifier.save(output)
    if as_json:
        click.echo(json_line({"model": str(output), **training.to_json()}), nl=False)
    elif not quiet:
        show_training(training, output)
    failed = len(training.rejected) + (len(training.test.failed) if training.test else 0)
    ctx.exit(1 if failed else 0)
