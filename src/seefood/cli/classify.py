"""``seefood classify``: name what is in pictures."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seefood.cli import options
from seefood.cli.risk import at_risk, risk_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seefood.cli.sheet import Sheet
    from seefood.model.classifier import Classifier
    from seefood.verdicts import Failure, Verdict


@click.command(epilog=options.PICTURES)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@options.model
@options.network
@risk_option
@options.average
@click.option("--top", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many labels of each.")
@click.option("--output", type=options.PATH, help="One JSON object a line; the same again goes on.")
@click.option("--sheet", "-o", type=options.PATH, help="A contact sheet (PNG, JPEG): pictures and bars.")
@click.option(
    "--thumbnails/--no-thumbnails", default=None, help="Small pictures in the terminal; for a few by default."
)
@options.shared
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    model_path: Path | None,
    backbone: str,
    weights: Path | None,
    risk: float | None,
    average: str | None,
    top: int,
    output: Path | None,
    sheet: Path | None,
    thumbnails: bool | None,
    threads: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Name what is in pictures."""
    from seefood.cli.inputs import check_any, how_many, picture_paths
    from seefood.cli.results import ResultsFile
    from seefood.cli.terminal import Progress

    check_any(paths)
    classifier = at_risk(opened(model_path, backbone, weights), risk, quiet=quiet)
    if average is not None:
        classifier = classifier.averaging(average)
    drawn = None if sheet is None else begun_sheet(sheet, [Path(path) for path in paths], model_path, weights)
    results = None if output is None else ResultsFile(output)
    ctx.meta[options.KEPT] = results is not None
    wanted = picture_paths(paths) if results is None else results.not_done(picture_paths(paths))
    show = _Shown(ctx, as_json=as_json, quiet=quiet or results is not None, thumbnails=thumbnails)
    count = how_many(paths) if sys.stderr.isatty() and not quiet else None
    with Progress(quiet=quiet or (results is None and sys.stdout.isatty())) as progress:
        outcomes = progress.watched(classifier.stream(wanted, top=top, threads=threads), "pictures", count)
        for outcome in show.each(_on_sheet(outcomes, drawn)):
            if results is not None:
                results.write(outcome.to_json())
    if results is not None:
        show.failed = results.failures()
        results.finish()
    ctx.exit(1 if show.failed else 0)


def opened(model_path: Path | None, backbone: str, weights: Path | None) -> "Classifier":
    """The model file that was named, or the pretrained network."""
    from seefood.model import load, pretrained

    return pretrained(backbone, weights) if model_path is None else load(model_path)


def begun_sheet(path: Path, pictures: "Iterable[Path]", *others: Path | None) -> "Sheet":
    """An empty contact sheet; before the work, so that a name it cannot have is said at once."""
    from seefood.cli.sheet import Sheet

    return Sheet(path, [*pictures, *(other for other in others if other is not None)])


class _Shown:
    """Shows outcomes as they come, and counts the failures."""

    def __init__(self, ctx: click.Context, *, as_json: bool, quiet: bool, thumbnails: bool | None) -> None:
        self.failed = 0
        self._as_json = as_json
        self._quiet = quiet
        self._thumbnails = thumbnails
        self._ctx = ctx

    def each(self, outcomes: "Iterable[Verdict | Failure]") -> "Iterator[Verdict | Failure]":
        from seefood.cli.results import json_line
        from seefood.verdicts import Failure

        table = None
        for outcome in outcomes:
            self.failed += isinstance(outcome, Failure)
            if self._as_json:
                click.echo(json_line(outcome.to_json()), nl=False)
            elif not self._quiet:
                if table is None:
                    from seefood.cli.verdict_table import VerdictTable

                    table = VerdictTable(self._thumbnails)
                table.show(outcome)
            elif isinstance(outcome, Failure):
                click.echo(f"seefood: {outcome.error}", err=True)
            yield outcome


def _on_sheet(outcomes: "Iterable[Verdict | Failure]", drawn: "Sheet | None") -> "Iterator[Verdict | Failure]":
    """Pass outcomes on; at the end the sheet is drawn of the first of them."""
    for outcome in outcomes:
        if drawn is not None:
            drawn.add(outcome)
        yield outcome
    if drawn is not None:
        drawn.write()
