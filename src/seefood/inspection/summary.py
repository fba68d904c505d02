"""The findings in plain sentences, the most important first."""

from collections.abc import Callable, Iterator
from pathlib import PurePath

from seefood.inspection.balance import imbalance
from seefood.inspection.findings import Inspection

__all__ = ["most_important", "sentences"]

LOPSIDED = 4.0
"""Times as many pictures in the largest class as in the smallest, from which on it is worth a word."""
NAMED = 3
KINDS = {
    "no_extension": (
        "picture has no picture's ending and is passed over",
        "pictures have no picture's ending and are passed over",
    ),
    "damaged": ("file can be read but is damaged", "files can be read but are damaged"),
    "wrong_extension": ("file has another format than its name says", "files have another format than their names say"),
    "blank": ("picture is almost one colour", "pictures are almost one colour"),
    "shape": ("picture is more than five times as long as wide", "pictures are more than five times as long as wide"),
    "tiny": ("picture is smaller than 32 pixels", "pictures are smaller than 32 pixels"),
}
"""Of each kind of oddity: what one does, and what many do."""


def most_important(inspection: Inspection, count: int) -> tuple[str, ...]:
    """The first few warnings; what is left out is counted in one more sentence."""
    shown = inspection.warnings[:count]
    left = len(inspection.warnings) - len(shown)
    return shown if not left else (*shown, f"{left} more finding{'s' if left > 1 else ''}: see 'seefood inspect'")


def sentences(found: Inspection) -> tuple[str, ...]:
    """A sentence for each kind of finding that there is."""
    return tuple(sentence for kind in _ORDER for sentence in kind(found))


def _many(count: int, one: str, many: str) -> str:
    """A count with what one does, or what many do.

    >>> _many(1, "file is", "files are"), _many(2000, "file is", "files are")
    ('1 file is', '2,000 files are')
    """
    return f"{count:,} {one if count == 1 else many}"


def _short(path: str) -> str:
    """The file with its class."""
    return "/".join(PurePath(path).parts[-2:])


def _leaks(found: Inspection) -> Iterator[str]:
    if found.leaks:
        these = _many(len(found.leaks), "picture lies in two splits", "pictures lie in two splits")
        yield f"{these}, for example {_short(found.leaks[0][0])}: results on the test pictures will look too good"


def _conflicts(found: Inspection) -> Iterator[str]:
    if found.conflicts:
        these = _many(len(found.conflicts), "picture lies in two classes", "pictures lie in two classes")
        yield f"{these}, for example {' and '.join(_short(path) for path in found.conflicts[0][:2])}"


def _same_classes(found: Inspection) -> Iterator[str]:
    if found.same_classes:
        one, other = found.same_classes[0]
        left = len(found.same_classes) - 1
        more = f", and so do {_many(left, 'more pair', 'more pairs')} of classes" if left else ""
        yield f"the classes {one} and {other} hold the same pictures{more}"


def _suspects(found: Inspection) -> Iterator[str]:
    if found.suspects:
        first = found.suspects[0]
        these = _many(len(found.suspects), "photo looks mislabelled", "photos look mislabelled")
        yield f"{these}, most of all {_short(first.path)} (looks like {first.looks_like})"


def _unreadable(found: Inspection) -> Iterator[str]:
    if found.unreadable:
        these = _many(len(found.unreadable), "file cannot be read", "files cannot be read")
        yield f"{these}, for example {_short(found.unreadable[0].path or '')}"


def _too_few(found: Inspection) -> Iterator[str]:
    if found.too_few:
        counts = [f"{name} {count}" for name, count in list(found.too_few.items())[:NAMED]]
        these = _many(len(found.too_few), "class has", "classes have")
        yield (
            f"{these} too few different pictures to tell how good a model is ({', '.join(counts)}"
            f"{', …' if len(found.too_few) > NAMED else ''})"
        )


def _duplicates(found: Inspection) -> Iterator[str]:
    if found.duplicates:
        extra = sum(len(group) - 1 for group in found.duplicates)
        yield _many(extra, "file is an exact copy of another", "files are exact copies of others")
    if found.near_duplicates:
        these = _many(
            len(found.near_duplicates), "picture is there more than once", "pictures are there more than once"
        )
        yield f"{these} in altered form, for example {_short(found.near_duplicates[0][0])}"


def _imbalance(found: Inspection) -> Iterator[str]:
    uneven = imbalance(dict(found.classes))
    if uneven and uneven[2] >= LOPSIDED:
        largest, smallest, times = uneven
        yield f"{largest} has {times:.0f} times as many pictures as {smallest}"


def _outliers(found: Inspection) -> Iterator[str]:
    if found.outliers:
        these = _many(len(found.outliers), "photo looks", "photos look")
        yield f"{these} like nothing else in the class, most of all {_short(found.outliers[0].path)}"


def _oddities(found: Inspection) -> Iterator[str]:
    for kind, (one, many) in KINDS.items():
        paths = [odd.path for odd in found.oddities if odd.kind == kind]
        if paths:
            yield f"{_many(len(paths), one, many)}, for example {_short(paths[0])}"


def _limits(found: Inspection) -> Iterator[str]:
    yield from found.limits


_ORDER: tuple[Callable[[Inspection], Iterator[str]], ...] = (
    _leaks,
    _conflicts,
    _same_classes,
    _suspects,
    _unreadable,
    _too_few,
    _duplicates,
    _outliers,
    _imbalance,
    _oddities,
    _limits,
)
