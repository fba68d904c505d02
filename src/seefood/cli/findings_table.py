"""An inspection for people: what there is, then each kind of finding with a few examples."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from seefood.cli.terminal import bar, console, printable
from seefood.drawing.names import told_apart
from seefood.inspection import Inspection, Suspect

MOST_CLASSES = 12
MOST_EXAMPLES = 5

Lines = Iterator[str]


def show_inspection(found: Inspection, title: str) -> None:
    """What was found."""
    out = console()
    count = len(found.classes)
    classes = f" in {count} {'class' if count == 1 else 'classes'}" if count else ", no classes"
    splits = ", ".join(f"{printable(name)} {count}" for name, count in found.splits.items())
    beside = f" ({splits})" if len(found.splits) > 1 else ""
    took = f"in {found.seconds.get('total', 0):.1f} s"
    out.print(f"[bold]{printable(title)}[/]: {found.pictures} pictures{classes}{beside} {took}", soft_wrap=True)
    _show_classes(out, found)
    for heading, count, examples in _sections(found):
        _show_section(out, heading, count, examples)
    if found.warnings:
        out.print()
        out.print("[bold]what matters most[/]")
        for warning in found.warnings:
            out.print(f"  [yellow]![/] {printable(warning)}", soft_wrap=True)
    else:
        out.print("  [green]✓[/] nothing wrong was found")


def _show_classes(out: Console, found: Inspection) -> None:
    """A row a class: how many pictures it has."""
    if not found.classes:
        return
    most = max(found.classes.values()) or 1
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("  class", "pictures", ""):
        table.add_column(heading)
    shown = sorted(found.classes, key=lambda name: found.classes[name])[:MOST_CLASSES]
    for name, told in zip(sorted(shown), told_apart(sorted(shown)), strict=True):
        count = found.classes[name]
        table.add_row(f"  {printable(told)}", str(count), f"[cyan]{bar(count / most, 10)}[/]")
    out.print(table)
    if len(found.classes) > len(shown):
        out.print(f"  [dim]and {len(found.classes) - len(shown)} more classes[/]")


def _sections(found: Inspection) -> Iterator[tuple[str, int, Iterable[str]]]:
    """Heading, how many there are, and a line for each; those that there are."""
    kinds: tuple[tuple[str, Sequence[object], Lines], ...] = (
        ("cannot be read", found.unreadable, (failure.error for failure in found.unreadable)),
        ("the same picture in two splits", found.leaks, _groups(map(found.split_first, found.leaks))),
        ("the same picture in two classes", found.conflicts, _groups(map(found.class_first, found.conflicts))),
        (
            "labels that look wrong",
            found.suspects,
            (f"{one.path}: looks like {_other(one)}, {one.confidence:.0%} of the vote" for one in found.suspects),
        ),
        ("exact copies", found.duplicates, _groups(found.duplicates)),
        ("near copies (resized, cropped, mirrored …)", found.near_duplicates, _groups(found.near_duplicates)),
        ("like nothing else in their class", found.outliers, (outlier.path for outlier in found.outliers)),
        ("suspicious files", found.oddities, (f"{odd.path}: {odd.note}" for odd in found.oddities)),
    )
    for heading, those, lines in kinds:
        if those:
            yield heading, len(those), lines


def _other(suspect: Suspect) -> str:
    """The class that a picture is taken for, so that it is seen to be another than the picture's own."""
    return told_apart((suspect.label, suspect.looks_like))[1]


def _groups(groups: Iterable[Sequence[str]]) -> Lines:
    """Each group in one line: the first path whole, of the others what is different."""
    for first, *others in (told_apart(group) for group in groups):
        shown = [_beside(path, first) for path in others[:3]]
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        yield f"{first} = {', '.join(shown)}{more}"


def _beside(path: str, first: str) -> str:
    """A path without the folders that it shares with the first one.

    >>> _beside("photos/val/ants/b.jpg", "photos/train/ants/a.jpg")
    'val/ants/b.jpg'
    """
    parts, others = Path(path).parts, Path(first).parts
    same = next((at for at, (one, other) in enumerate(zip(parts, others, strict=False)) if one != other), 0)
    return str(Path(*parts[same:]))


def _show_section(out: Console, heading: str, count: int, lines: Iterable[str]) -> None:
    out.print()
    out.print(f"[bold]{heading}[/]: {count}")
    for number, line in enumerate(lines):
        if number == MOST_EXAMPLES:
            out.print(f"  [dim]and {count - MOST_EXAMPLES} more; all of them with --json[/]")
            break
        out.print(f"  [yellow]•[/] {printable(line)}", soft_wrap=True)
