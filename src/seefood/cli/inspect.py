"""``seefood inspect``: what is wrong with pictures and their labels, before anything is taught from them."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seefood.cli import options
from seefood.cli.report import data_report_options

if TYPE_CHECKING:
    from seefood.evaluation.report import DataReport, Language
    from seefood.inspection import Inspection

USUAL = "unreadable,duplicates"


@click.command()
@click.argument("folders", metavar="FOLDER...", type=options.PATH, nargs=-1)
@click.option("--move-to", type=options.PATH, metavar="DIR", help="Put files aside in DIR; --undo DIR puts them back.")
@click.option("--move", metavar="KINDS", default=USUAL, show_default=True, help="Which findings to put aside.")
@click.option("--undo", type=options.PATH, metavar="DIR", help="Put back what was put aside in DIR.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same findings.")
@options.network
@data_report_options
@options.shared
@click.pass_context
def command(
    ctx: click.Context,
    folders: tuple[Path, ...],
    move_to: Path | None,
    move: str,
    undo: Path | None,
    seed: int,
    backbone: str,
    weights: Path | None,
    report: Path | None,
    language: "Language",
    threads: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """What is wrong with FOLDER, which has one sub-folder for each class.

    Unreadable and suspicious files, copies (exact, resized, cropped, mirrored), the same picture under two classes or
    in two splits, labels that look wrong, pictures unlike their class, classes with too few pictures.

    Several FOLDERs are splits (train, val, test) of the same classes; so are sub-folders that are named train, val,
    test. Nothing is changed unless --move-to is given, and nothing is ever deleted.

    KINDS are names with commas between them: unreadable, duplicates, near_duplicates, leaks, conflicts,
    suspect_labels, outliers, blank, tiny, shape, damaged, wrong_extension, no_extension. Of copies one always stays.
    """
    from seefood.cli.findings_table import show_inspection
    from seefood.cli.report import check_report, written
    from seefood.cli.results import json_line
    from seefood.cli.terminal import Progress
    from seefood.inspection import inspect_folders

    if undo is not None:
        if folders or move_to is not None or report is not None:
            raise click.UsageError("expected --undo DIR alone; found more; undo first, then inspect")
        ctx.exit(_put_back(undo, quiet=quiet, as_json=as_json))
    if not folders:
        raise click.UsageError("expected a FOLDER to inspect; found none; name one")
    kinds = _kinds(move)
    check_report(report, folders)
    _check_aside(folders, move_to)
    with Progress(quiet=quiet) as progress:
        found = inspect_folders(
            folders, backbone=backbone, weights=weights, seed=seed, threads=threads, progress=progress.update
        )
    if not as_json and not quiet:
        show_inspection(found, ", ".join(map(str, folders)))
    if report is not None:  # before files are put aside, so that their pictures are still where they were
        made = _report(found, folders, {"backbone": backbone, "seed": seed})
        written(made, report, language, quiet=quiet or as_json)
    moved = None if move_to is None else _put_aside(found, kinds, folders, move_to, silent=quiet or as_json)
    if as_json:
        click.echo(json_line(found.to_json() | ({} if moved is None else {"moved": moved})), nl=False)
    elif quiet:
        for failure in found.unreadable:
            click.echo(f"seefood: {failure.error}", err=True)
    ctx.exit(2 if not found.pictures else 1 if found.unreadable or (moved and moved["left"]) else 0)


def _report(found: "Inspection", folders: tuple[Path, ...], facts: dict[str, object]) -> "DataReport":
    from seefood.cli.report import as_typed
    from seefood.drawing.names import short_names
    from seefood.model.reporting import inspection_report

    names = [folder.name or folder.resolve().name or str(folder) for folder in folders]
    if len(set(names)) < len(names):
        names = list(short_names([str(folder) for folder in folders]))
    return inspection_report(found, ", ".join(names), as_typed(), facts)


def _check_aside(folders: tuple[Path, ...], move_to: Path | None) -> None:
    """Whether files of the folders can be put aside there; before the long work."""
    from seefood.inspection.quarantine import check_quarantine

    if move_to is not None:
        for folder in folders:
            check_quarantine(folder, move_to)


def _kinds(text: str) -> list[str]:
    from seefood.inspection import KINDS

    kinds = [kind.strip().replace("-", "_") for kind in text.split(",") if kind.strip()]
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise click.BadParameter(
            f"expected some of {', '.join(KINDS)}; found '{unknown[0] if unknown else text}'", param_hint="--move"
        )
    return kinds


def _put_aside(
    found: "Inspection", kinds: list[str], folders: tuple[Path, ...], into: Path, *, silent: bool
) -> dict[str, Any]:
    """Say what will be moved, and move it: folder by folder, so that each file has its place below its own."""
    from seefood.cli.terminal import console, printable
    from seefood.inspection import chosen_files
    from seefood.inspection.quarantine import quarantine

    chosen = chosen_files(found, kinds)
    count = len({path for path, _ in chosen})
    if not silent:
        out = console()
        out.print()
        out.print(f"[bold]to {printable(str(into))}[/]: {count} file{'' if count == 1 else 's'} ({', '.join(kinds)})")
        for path, why in chosen:
            out.print(f"  [yellow]→[/] {printable(str(path))}: {printable(why)}", soft_wrap=True)
    left: list[tuple[Path, str]] = []
    rest = chosen
    for folder in folders:  # of folders inside each other, the first one has the files of both
        inside = [(path, why) for path, why in rest if path.is_relative_to(folder)]
        rest = [(path, why) for path, why in rest if not path.is_relative_to(folder)]
        if inside:
            left += quarantine(inside, folder, into).left
    if not silent:
        for path, why in left:
            out.print(f"  [red]✗[/] {printable(str(path))} stays: {printable(why)}", soft_wrap=True)
        if count > len(left):
            out.print(f"  put back with: seefood inspect --undo {printable(shlex.quote(str(into)))}", soft_wrap=True)
    stay = {_without_links(path) for path, _ in left}
    gone: dict[str, str] = {}
    for path, why in chosen:
        if _without_links(path) not in stay:
            gone[str(path)] = f"{gone[str(path)]}; {why}" if str(path) in gone else why
    return {
        "to": str(into),
        "files": [{"path": path, "why": why} for path, why in gone.items()],
        "left": [{"path": str(path), "why": why} for path, why in left],
    }


def _without_links(path: Path) -> Path:
    """The file where it really lies; it may be a link itself."""
    return path.parent.resolve() / path.name


def _put_back(into: Path, *, quiet: bool, as_json: bool) -> int:
    from seefood.cli.results import json_line
    from seefood.cli.terminal import console, printable
    from seefood.inspection.quarantine import undo

    restored = undo(into)
    if as_json:
        left = [{"path": str(path), "why": why} for path, why in restored.left]
        click.echo(json_line({"restored": [str(path) for path in restored.paths], "left": left}), nl=False)
    elif not quiet:
        out = console()
        count = len(restored.paths)
        out.print(f"[bold]{printable(str(into))}[/]: {count} file{'' if count == 1 else 's'} put back")
        for path, why in restored.left:
            out.print(f"  [red]✗[/] {printable(str(path))} stays here: {printable(why)}", soft_wrap=True)
    return 1 if restored.left else 0
