"""The findings in plain sentences, the most important first."""

from collections.abc import Callable, Iterator

from seefood.drawing.names import short_names, told_apart
from seefood.inspection.balance import imbalance
from seefood.inspection.findings import Inspection

__all__ = ["LOPSIDED", "many", "most_important", "sentences"]

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


def many(count: int, one: str, several: str) -> str:
    """A count with what one does, or what several do.

    >>> many(1, "file is", "files are"), many(2000, "file is", "files are")
    ('1 file is', '2,000 files are')
    """
    return f"{count:,} {one if count == 1 else several}"


def _pair(group: tuple[str, ...]) -> str:
    """The first two of a group, so that a person sees how they differ.

    >>> _pair(("photos/ants/day/1.jpg", "photos/bees/day/1.jpg", "photos/ants/2.jpg"))
    'ants/day/1.jpg and bees/day/1.jpg'
    """
    return " and ".join(short_names(group[:2]))


def _one_class(found: Inspection) -> Iterator[str]:
    if found.only_class is not None:
        yield (
            f"only one class, {found.only_class}, has pictures, and nothing can be taught from one: add a sub-folder "
            "with pictures of something else, or name the folder whose sub-folders are the classes"
        )


def _no_class(found: Inspection) -> Iterator[str]:
    if found.pictures and not found.classes:
        yield (
            "the pictures lie in no class, so no labels were looked at: to teach, put them into one sub-folder for "
            "each class"
        )


def _leaks(found: Inspection) -> Iterator[str]:
    if found.leaks:
        these = many(len(found.leaks), "picture lies in two splits", "pictures lie in two splits")
        pair = _pair(found.split_first(found.leaks[0]))
        yield f"{these}, for example {pair}: results on the test pictures will look too good"


def _conflicts(found: Inspection) -> Iterator[str]:
    if found.conflicts:
        these = many(len(found.conflicts), "picture lies in two classes", "pictures lie in two classes")
        yield f"{these}, for example {_pair(found.class_first(found.conflicts[0]))}"


def _same_classes(found: Inspection) -> Iterator[str]:
    if found.same_classes:
        one, other = told_apart(found.same_classes[0])
        left = len(found.same_classes) - 1
        more = f", and so do {many(left, 'more pair', 'more pairs')} of classes" if left else ""
        yield f"the classes {one} and {other} hold the same pictures{more}"


def _suspects(found: Inspection) -> Iterator[str]:
    if found.suspects:
        first = found.suspects[0]
        label, other = told_apart((first.label, first.looks_like))
        beside = f"looks like {other}" if label == first.label else f"in {label}, looks like {other}"
        these = many(len(found.suspects), "photo looks mislabelled", "photos look mislabelled")
        yield f"{these}, most of all {found.short(first.path)} ({beside})"


def _unreadable(found: Inspection) -> Iterator[str]:
    if found.unreadable:
        these = many(len(found.unreadable), "file cannot be read", "files cannot be read")
        yield f"{these}, for example {found.short(found.unreadable[0].path or '')}"


def _too_few(found: Inspection) -> Iterator[str]:
    if found.too_few:
        counts = [f"{name} {count}" for name, count in list(found.too_few.items())[:NAMED]]
        these = many(len(found.too_few), "class has", "classes have")
        yield (
            f"{these} too few different pictures to tell how good a model is ({', '.join(counts)}"
            f"{', …' if len(found.too_few) > NAMED else ''})"
        )


def _duplicates(found: Inspection) -> Iterator[str]:
    if found.duplicates:
        extra = sum(len(group) - 1 for group in found.duplicates)
        yield many(extra, "file is an exact copy of another", "files are exact copies of others")
    if found.near_duplicates:
        these = many(len(found.near_duplicates), "picture is there more than once", "pictures are there more than once")
        yield f"{these} in altered form, for example {found.short(found.near_duplicates[0][0])}"


def _imbalance(found: Inspection) -> Iterator[str]:
    uneven = imbalance(dict(found.classes))
    if uneven and uneven[2] >= LOPSIDED:
        largest, smallest, times = *told_apart(uneven[:2]), uneven[2]
        yield f"{largest} has {times:.0f} times as many pictures as {smallest}"


def _outliers(found: Inspection) -> Iterator[str]:
    if found.outliers:
        these = many(len(found.outliers), "photo looks", "photos look")
        yield f"{these} like nothing else in the class, most of all {found.short(found.outliers[0].path)}"


def _oddities(found: Inspection) -> Iterator[str]:
    for kind, (one, several) in KINDS.items():
        paths = [odd.path for odd in found.oddities if odd.kind == kind]
        if paths:
            yield f"{many(len(paths), one, several)}, for example {found.short(paths[0])}"


def _limits(found: Inspection) -> Iterator[str]:
    yield from map(str, found.limits)


_ORDER: tuple[Callable[[Inspection], Iterator[str]], ...] = (
    _one_class,
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
    _no_class,
    _limits,
)
