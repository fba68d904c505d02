"""``seefood evaluate``: how good a model is."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seefood.cli import options
from seefood.cli.report import report_options
from seefood.cli.risk import risk_option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seefood.datasets.labelled_pictures import LabelledPictures
    from seefood.evaluation import Evaluation
    from seefood.evaluation.report import Language
    from seefood.model.classifier import Classifier

SHOWN = 3
"""Labels of each picture that a report names."""


@click.command()
@click.argument("model_path", metavar="MODEL", type=options.PATH)
@click.argument("folder", type=options.PATH)
@click.option("--sheet", "-o", type=options.PATH, help="A contact sheet of the wrong pictures.")
@risk_option
@options.average
@report_options
@options.shared
@click.pass_context
def command(
    ctx: click.Context,
    model_path: Path,
    folder: Path,
    sheet: Path | None,
    risk: float | None,
    average: str | None,
    report: Path | None,
    language: "Language",
    threads: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """How good MODEL is on FOLDER, which has one sub-folder for each class, or on a table of labelled pixels.

    MODEL is a file that 'seefood train' made, or the name of a pretrained network.
    """
    from seefood.backbones.catalogue import CATALOGUE
    from seefood.cli.classify import begun_sheet, opened
    from seefood.cli.from_scratch import is_table, table_for
    from seefood.cli.report import check_report
    from seefood.cli.risk import at_risk
    from seefood.cli.terminal import Progress
    from seefood.errors import OutputError
    from seefood.evaluation import Scorer

    check_report(report, [folder, model_path])
    drawn = None if sheet is None else begun_sheet(sheet, [folder, model_path])
    named = str(model_path)
    classifier = opened(None, named, None) if named in CATALOGUE else opened(model_path, "", None)
    classifier = at_risk(classifier, risk, quiet=quiet)
    if average is not None:
        classifier = classifier.averaging(average)
    if is_table(folder):
        if drawn is not None:
            raise OutputError(
                "expected --sheet with a folder of pictures; found a table, which has no files; leave it out"
            )
        data = table_for(classifier, folder)
        with Progress(quiet=quiet) as progress:
            evaluation = classifier.evaluate_pictures(data, progress=progress.update)
        if report is not None:
            _report(
                classifier,
                evaluation,
                (model_path, folder),
                report,
                language,
                {data.name: data},
                quiet=quiet or as_json,
            )
        _tell(evaluation, f"{named} on {folder}", quiet=quiet, as_json=as_json)
        ctx.exit(0)
    pictures = classifier.checked_folder(folder)
    scorer = Scorer(classifier.labels)
    with Progress(quiet=quiet) as progress:
        outcomes = progress.watched(
            classifier.stream(pictures.paths, top=SHOWN, threads=threads), "pictures", len(pictures)
        )
        for label, outcome in zip(pictures.labels, outcomes, strict=True):
            scorer.add(label, outcome)
    evaluation = scorer.evaluation()
    if report is not None:
        _report(classifier, evaluation, (model_path, folder), report, language, {}, quiet=quiet or as_json)
    if drawn is not None:
        truths = {mistake.path: mistake.label for mistake in evaluation.wrong}
        for verdict in classifier.stream([path for path in truths if path is not None], threads=threads):
            drawn.add(verdict, truths.get(verdict.path))
        drawn.write(title=f"{len(truths)} wrong of {evaluation.pictures}")
    _tell(evaluation, f"{named} on {folder}", quiet=quiet, as_json=as_json)
    ctx.exit(1 if evaluation.failed else 0)


def _report(
    classifier: "Classifier",
    evaluation: "Evaluation",
    what: tuple[Path, Path],
    path: Path,
    language: "Language",
    tables: "Mapping[str, LabelledPictures]",
    *,
    quiet: bool,
) -> None:
    from seefood.cli.report import as_typed, written
    from seefood.model.reporting import evaluation_report

    title = f"{what[0].name} on {what[1].name}"
    written(evaluation_report(classifier, evaluation, title, as_typed(), tables), path, language, quiet=quiet)


def _tell(evaluation: "Evaluation", title: str, *, quiet: bool, as_json: bool) -> None:
    from seefood.cli.results import json_line
    from seefood.cli.score_card import show_evaluation

    if as_json:
        click.echo(json_line(evaluation.to_json()), nl=False)
    elif not quiet:
        show_evaluation(evaluation, title)
