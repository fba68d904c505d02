"""Which files to put aside, for kinds of findings that a person names."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from seefood.inspection.findings import Inspection

__all__ = ["KINDS", "USUAL", "chosen_files"]

USUAL = ("unreadable", "duplicates")
"""Nothing is lost with these: nobody can read the one, and of the other one copy stays."""

Chosen = Iterator[tuple[Path, str]]


def chosen_files(found: Inspection, kinds: Iterable[str]) -> list[tuple[Path, str]]:
    """(path, reason) of each file that the kinds of findings name, in order, a file once for each reason.

    Of copies one stays: in the smallest split, the first one there; so test pictures stay, and the training pictures
    that they leaked into go. Copies under two classes stay, all of them, unless ``conflicts`` is named: which label is
    right is not known.

    A file that another path leads to by a link stays as well: it is one file under two names, and the link would lead
    nowhere.

    Raises:
        KeyError: no such kind; ``KINDS`` has them all.
    """
    chosen = [pair for kind in dict.fromkeys(kinds) for pair in KINDS[kind](found)]
    linked = _led_to(found)
    return [(path, why) for path, why in chosen if path.is_symlink() or path.resolve() not in linked]


def _led_to(found: Inspection) -> set[Path]:
    """Files among the copies that are there under another path than their own."""
    groups = (*found.duplicates, *found.near_duplicates, *found.conflicts, *found.leaks)
    paths = {Path(path) for group in groups for path in group}
    names = Counter(path.resolve() for path in paths)
    return {real for real, count in names.items() if count > 1}


def _unreadable(found: Inspection) -> Chosen:
    for failure in found.unreadable:
        yield Path(failure.path or ""), "unreadable"


def _copies(groups: Sequence[Sequence[str]], found: Inspection, why: str) -> Chosen:
    disputed = {path for group in found.conflicts for path in group}
    for group in groups:
        if disputed.isdisjoint(group):
            kept, *others = _in_order(group, found)
            yield from ((Path(path), f"{why} of {kept}") for path in others)


def _duplicates(found: Inspection) -> Chosen:
    yield from _copies(found.duplicates, found, "duplicate")


def _near_duplicates(found: Inspection) -> Chosen:
    yield from _copies(found.near_duplicates, found, "near duplicate")


def _leaks(found: Inspection) -> Chosen:
    disputed = {path for group in found.conflicts for path in group}
    for group in found.leaks:
        if disputed.isdisjoint(group):
            kept = _in_order(group, found)[0]
            home = _split(kept, found)
            yield from ((Path(path), f"leak of {kept}") for path in group if _split(path, found) != home)


def _conflicts(found: Inspection) -> Chosen:
    for group in found.conflicts:
        for path in group:
            yield Path(path), "lies in two classes"


def _suspects(found: Inspection) -> Chosen:
    for suspect in found.suspects:
        yield Path(suspect.path), f"labelled {suspect.label}, looks like {suspect.looks_like}"


def _outliers(found: Inspection) -> Chosen:
    for outlier in found.outliers:
        yield Path(outlier.path), f"looks like nothing else in {outlier.label}"


def _odd(kind: str) -> Callable[[Inspection], Chosen]:
    def of_kind(found: Inspection) -> Chosen:
        for odd in found.oddities:
            if odd.kind == kind:
                yield Path(odd.path), f"{kind}: {odd.note}"

    return of_kind


def _in_order(group: Sequence[str], found: Inspection) -> list[str]:
    """The file that stays comes first."""
    return sorted(group, key=lambda path: found.splits.get(_split(path, found), 0))


def _split(path: str, found: Inspection) -> str:
    inside = (name for name, root in found.roots.items() if Path(path).is_relative_to(root))
    return next(inside, "")


KINDS: dict[str, Callable[[Inspection], Chosen]] = {
    "unreadable": _unreadable,
    "duplicates": _duplicates,
    "near_duplicates": _near_duplicates,
    "leaks": _leaks,
    "conflicts": _conflicts,
    "suspect_labels": _suspects,
    "outliers": _outliers,
    **{kind: _odd(kind) for kind in ("blank", "tiny", "shape", "damaged", "wrong_extension", "no_extension")},
}
"""What can be named, and the files that it names."""
