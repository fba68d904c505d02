"""``seefood evaluate``: how good a model is."""

from pathlib import Path

import click

from seefood.cli import options


@click.command()
@click.argument("model_path", metavar="MODEL", type=options.PATH)
@click.argument("folder", type=options.PATH)
@click.option("--sheet", "-o", type=options.PATH, help="A contact sheet of the wrong pictures.")
@options.shared
@click.pass_context
def command(
    ctx: click.Context,
    model_path: Path,
    folder: Path,
    sheet: Path | None,
    threads: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """How good MODEL is on FOLDER, which has one sub-folder for each class.

    MODEL is a file that 'seefood train' made, or the name of a pretrained network.
    """
    from seefood.backbones.catalogue import CATALOGUE
    from seefood.cli.classify import begun_sheet, opened
    from seefood.cli.results import json_line
    from seefood.cli.score_card import show_evaluation
    from seefood.cli.terminal import Progress
    from seefood.evaluation import Scorer

    drawn = None if sheet is None else begun_sheet(sheet)
    named = str(model_path)
    classifier = opened(None, named, None) if named in CATALOGUE else opened(model_path, "", None)
    pictures = classifier.checked_folder(folder)
    scorer = Scorer(classifier.labels)
    with Progress(quiet=quiet) as progress:
        outcomes = progress.watched(classifier.stream(pictures.paths, threads=threads), "pictures", len(pictures))
        for label, outcome in zip(pictures.labels, outcomes, strict=True):
            scorer.add(label, outcome)
    evaluation = scorer.evaluation()
    if drawn is not None:
        truths = {mistake.path: mistake.label for mistake in evaluation.wrong}
        for verdict in classifier.stream([path for path in truths if path is not None], threads=threads):
            drawn.add(verdict, truths.get(verdict.path))
        drawn.write(title=f"{len(truths)} wrong of {evaluation.pictures}")
    if as_json:
        click.echo(json_line(evaluation.to_json()), nl=False)
    elif not quiet:
        show_evaluation(evaluation, f"{named} on {folder}")
    ctx.exit(1 if evaluation.failed else 0)
