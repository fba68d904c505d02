"""``seefood explain``: where in a picture the evidence for its verdict is."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seefood.cli import options

if TYPE_CHECKING:
    from seefood.evaluation.evidence_words import Language
    from seefood.model.explanation import Explainer, Method

ENDING = ".evidence.png"
"""Of a sheet's name, behind the picture's whole name: so that no sheet takes the place of a photo."""


@click.command(epilog=options.PICTURES)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@options.model
@options.network
@click.option("--output", "-o", type=options.PATH, help="A sheet (PNG, JPEG, WebP); of many pictures a folder.")
@click.option("--class", "label", metavar="LABEL", help="Explain this class instead of the verdict's.")
@click.option("--against", metavar="LABEL", help="Compare with this class instead of the most probable other one.")
@click.option(
    "--method",
    type=click.Choice(["evidence", "cover"]),
    help="The model's own sums, or measured by covering parts of the picture; by default the first that can be had.",
)
@click.option("--language", type=click.Choice(["en", "ko"]), default="en", show_default=True, help="Of the sheet.")
@options.shared
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    model_path: Path | None,
    backbone: str,
    weights: Path | None,
    output: Path | None,
    label: str | None,
    against: str | None,
    method: "Method | None",
    language: "Language",
    threads: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Where in a picture the evidence for its verdict is.

    Draws the photo with what speaks for the verdict and what for its rival, and checks it: the hottest region is
    covered, and the picture is judged again.
    """
    from seefood.cli.classify import opened
    from seefood.cli.inputs import check_any, how_many, picture_paths
    from seefood.cli.results import json_line
    from seefood.cli.terminal import Progress
    from seefood.features import in_order, usual_threads
    from seefood.model.explanation import Explainer

    check_any(paths)
    ctx.meta[options.KEPT] = output is not None and output.suffix == ""
    sheets = _Sheets.checked(output, paths, [path for path in (model_path, weights) if path is not None])
    explainer = Explainer(opened(model_path, backbone, weights), label, against, method)
    work = _Work(explainer, language)
    results = in_order(work.done, sheets.named(picture_paths(paths)), threads or usual_threads())
    count, failed = how_many(paths) if sys.stderr.isatty() and not quiet else None, 0
    with Progress(quiet=quiet or sys.stdout.isatty()) as progress:
        for values in progress.watched(results, "pictures", count):
            failed += values["status"] == "failed"
            if as_json:
                click.echo(json_line(values), nl=False)
            elif values["status"] == "failed" or not quiet:
                _show(values)
    ctx.exit(1 if failed else 0)


@dataclass(frozen=True)
class _Work:
    """From a picture and the place of its sheet to a line of JSON; what is large is let go here."""

    explainer: "Explainer"
    language: "Language"

    def done(self, item: tuple[Path, Path | None]) -> dict[str, Any]:
        from seefood.drawing.saving import save
        from seefood.errors import PictureError
        from seefood.evaluation.evidence_sheet import evidence_sheet
        from seefood.files import check_not_input
        from seefood.verdicts import Failure

        path, output = item
        try:
            explanation = self.explainer(path)
        except PictureError as error:
            return Failure(str(path), str(error)).to_json()
        if output is not None:
            check_not_input(output, [path])
            save(evidence_sheet(explanation.subject(path.name), self.language), output)
        return explanation.to_json() | {"output": None if output is None else str(output)}


@dataclass(frozen=True)
class _Sheets:
    """Where sheets go: one file for one picture, a folder for many."""

    output: Path | None
    many: bool

    @classmethod
    def checked(cls, output: Path | None, names: tuple[str, ...], inputs: list[Path]) -> "_Sheets":
        """Said before the work.

        Raises:
            OutputError: nothing can be written there, or it is among the pictures.
        """
        from seefood.drawing.saving import FORMATS, check_place
        from seefood.errors import OutputError
        from seefood.files import reason

        one = len(names) == 1 and names[0] != "-" and Path(names[0]).is_file()
        if output is None:
            return cls(None, many=not one)
        is_folder = output.is_dir() or (not output.exists() and output.suffix.lower() not in FORMATS)
        if not is_folder:
            if not one:
                raise OutputError(
                    f"{output}: expected a folder for the sheets of pictures; found a file; name a folder"
                )
            check_place(output, [Path(names[0]), *inputs])
            return cls(output, many=False)
        if one and not output.is_dir():  # most likely a name without an ending that says what to write
            check_place(output)
        if any(output.resolve().is_relative_to(Path(name).resolve()) for name in names if Path(name).is_dir()):
            raise OutputError(
                f"{output}: expected a folder apart from the pictures; found one among them; name another"
            )
        try:
            output.mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(f"{output}: expected a folder to write to; {reason(error)}; name another") from error
        check_place(output / f"sheet{ENDING}")
        return cls(output, many=True)

    def named(self, paths: Iterator[Path]) -> Iterator[tuple[Path, Path | None]]:
        """Each picture with the place of its sheet; of pictures with one name the later ones get a number."""
        seen: dict[int, int] = {}
        for path in paths:
            if self.output is None or not self.many:
                yield path, self.output
                continue
            key = hash(path.name)
            seen[key] = seen.get(key, 0) + 1
            number = f"-{seen[key]}" if seen[key] > 1 else ""
            yield path, self.output / f"{path.name}{number}{ENDING}"


def _show(values: dict[str, Any]) -> None:
    """One picture in one line, where people read."""
    from seefood.cli.terminal import plain

    if values["status"] == "failed":
        click.echo(f"seefood: {values['error']}", err=True)
        return
    said = f"{values['class']} {values['probability']:.1%}, {values['rival']} {values['rival_probability']:.1%}"
    unsure = "" if values["reason"] is None else f"not sure ({values['reason']}): "
    erased, box = values["erased"], values["box"]
    where = ""
    if erased is not None and box is not None:
        elsewhere = "" if erased["elsewhere"] is None else f", elsewhere {erased['elsewhere']:.1%}"
        region = "×".join(map(str, (box[2] - box[0], box[3] - box[1])))
        where = f"; most evidence in {region} pixels at ({box[0]}, {box[1]}), covered: {erased['after']:.1%}{elsewhere}"
    text = f"{values['path']}: {unsure}{said}{where}"
    click.echo(plain(text), err=not sys.stdout.isatty())
