"""The option ``--report``, for every command that measures a classifier or looks at data."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from seefood.cli import options

if TYPE_CHECKING:
    from seefood.evaluation.report import DataReport, Language, Report

__all__ = ["as_typed", "check_report", "data_report_options", "report_options", "written"]

Function = TypeVar("Function", bound=Callable[..., Any])


def report_options(function: Function) -> Function:
    """``--report`` and ``--language``."""
    return _report_options(function, "How far to trust it, as one HTML file to open anywhere.")


def data_report_options(function: Function) -> Function:
    """The same, where the report is on data alone."""
    return _report_options(function, "The findings with their pictures, as one HTML file to open anywhere.")


def _report_options(function: Function, told: str) -> Function:
    for option in (
        click.option(
            "--language", type=click.Choice(["en", "ko"]), default="en", show_default=True, help="Of the report."
        ),
        click.option("--report", type=options.PATH, metavar="R.html", help=told),
    ):
        function = option(function)
    return function


def check_report(path: Path | None, inputs: Iterable[Path]) -> None:
    """Whether a report can be written there; before the long work. Raises OutputError."""
    import os

    from seefood.errors import OutputError
    from seefood.files import check_not_input

    if path is None:
        return
    if path.suffix.lower() not in (".html", ".htm") or not path.parent.is_dir() or path.is_dir():
        raise OutputError(
            f"{path}: expected a name that ends in .html, in a folder that is there; found another; name one"
        )
    check_not_input(path, inputs)
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{path}: expected a folder that can be written to; found none; name another place")


def as_typed() -> list[str]:
    """The command as a person typed it, to be shown as what to do to get the same again."""
    return ["seefood", *sys.argv[1:]]


def written(report: "Report | DataReport", path: Path, language: "Language", *, quiet: bool) -> None:
    """Write it, and say where it is."""
    from seefood.cli.terminal import plain
    from seefood.evaluation.report import write

    write(report, path, language)
    if not quiet:
        click.echo(f"report: {plain(str(path))}", err=True)
