"""What an inspection finds, as values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from seefood.drawing.names import shared
from seefood.inspection.limits import Limit
from seefood.verdicts import Failure

__all__ = ["Inspection", "Oddity", "Outlier", "Suspect"]

Groups = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Suspect:
    """A picture whose label looks wrong.

    Attributes:
        path, label: the picture and the class that it lies in.
        looks_like: the class that it is taken for.
        confidence: that class's share of the vote, 0 … 1.
        lead: by how much it leads the label, 0 … 1.
    """

    path: str
    label: str
    looks_like: str
    confidence: float
    lead: float


@dataclass(frozen=True)
class Outlier:
    """A picture that looks like nothing else in its class.

    Attributes:
        path, label: the picture and its class.
        distance: from the class's median, in robust standard deviations.
    """

    path: str
    label: str
    distance: float


@dataclass(frozen=True)
class Oddity:
    """A file that can be read and is suspicious all the same.

    Attributes:
        path: the file.
        kind: wrong_extension, no_extension, damaged, tiny, blank or shape.
        note: what it is, in a few words.
    """

    path: str
    kind: str
    note: str


@dataclass(frozen=True)
class Inspection:
    """Everything that was found; lists are in order of importance, or of the files.

    Attributes:
        classes: pictures that can be read, of each class; empty where there are no classes.
        splits: pictures that can be read, of each split; one entry where there is one.
        unreadable: files that cannot be used, and why.
        oddities: files that are suspicious.
        duplicates: groups of files with the same content.
        near_duplicates: groups of files that show the same picture.
        conflicts: groups of copies, exact or near, that lie in different classes.
        leaks: groups of copies, exact or near, that lie in different splits.
        suspects: labels that look wrong, the most suspicious first.
        outliers: pictures unlike their class, the strangest first.
        same_classes: pairs of classes nearly all of whose pictures are copies of the other's.
        too_few: classes with too few different pictures, and how many they have.
        limits: in plain sentences, what was not looked at, and why.
        warnings: in plain sentences, the most important first.
        pictures: how many can be read.
        seconds: by step.
        roots: the folder of each split, where they are known.
    """

    pictures: int
    classes: Mapping[str, int]
    splits: Mapping[str, int]
    unreadable: tuple[Failure, ...] = ()
    oddities: tuple[Oddity, ...] = ()
    duplicates: Groups = ()
    near_duplicates: Groups = ()
    conflicts: Groups = ()
    leaks: Groups = ()
    suspects: tuple[Suspect, ...] = ()
    outliers: tuple[Outlier, ...] = ()
    same_classes: tuple[tuple[str, str], ...] = ()
    too_few: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    limits: tuple[Limit, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    roots: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def only_class(self) -> str | None:
        """The one class that has pictures, where nothing can be taught because no other has; None otherwise."""
        present = [name for name, count in self.classes.items() if count]
        return present[0] if len(present) == 1 else None

    def class_first(self, group: tuple[str, ...]) -> tuple[str, ...]:
        """A group of copies with two that lie in different classes in front.

        >>> found = Inspection(3, {"a": 2, "b": 1}, {"all": 3}, roots={"all": "photos"})
        >>> found.class_first(("photos/a/1.jpg", "photos/a/2.jpg", "photos/b/1.jpg"))
        ('photos/a/1.jpg', 'photos/b/1.jpg', 'photos/a/2.jpg')
        """
        return _apart(group, lambda path: (self._place(path) or ("", ""))[1])

    def split_first(self, group: tuple[str, ...]) -> tuple[str, ...]:
        """A group of copies with two that lie in different splits in front."""
        return _apart(group, lambda path: (self._place(path) or ("", ""))[0])

    def short(self, path: str) -> str:
        """A file with its class, and with its split where there are several; where these are not known, its folder.

        >>> Inspection(1, {"a": 1}, {"all": 1}, roots={"all": "my/photos"}).short("my/photos/a/b/c/1.jpg")
        'a/…/1.jpg'
        """
        place = self._place(path)
        if place is None:
            return "/".join(PurePath(path).parts[-2:])
        split, class_ = place
        folder = PurePath(path).parent.name
        root = PurePath(self.roots[split])
        depth = len(PurePath(path).relative_to(root).parts)
        between = [] if depth < 3 else [folder] if depth == 3 else ["…"]
        above = [split] if len(self.roots) > 1 else [] if class_ else [root.name]
        return "/".join(part for part in (*above, class_, *between, PurePath(path).name) if part)

    def _place(self, path: str) -> tuple[str, str] | None:
        """The split and the class of a file, by the folders that it lies in; None where these are not known."""
        for split, root in self.roots.items():
            if PurePath(path).is_relative_to(root):
                parts = PurePath(path).relative_to(root).parts
                return split, parts[0] if len(parts) > 1 else ""
        return None

    def to_json(self) -> dict[str, Any]:
        """What ``seefood inspect --json`` prints."""
        return {
            "pictures": self.pictures,
            "classes": dict(self.classes),
            "splits": dict(self.splits),
            "unreadable": [{"path": failure.path, "error": failure.error} for failure in self.unreadable],
            "suspicious": [{"path": odd.path, "kind": odd.kind, "note": odd.note} for odd in self.oddities],
            "duplicates": [list(group) for group in self.duplicates],
            "near_duplicates": [list(group) for group in self.near_duplicates],
            "conflicts": [list(group) for group in self.conflicts],
            "leaks": [list(group) for group in self.leaks],
            "suspect_labels": [
                {
                    "path": suspect.path,
                    "label": suspect.label,
                    "looks_like": suspect.looks_like,
                    "confidence": round(suspect.confidence, 4),
                    "lead": round(suspect.lead, 4),
                }
                for suspect in self.suspects
            ],
            "outliers": [
                {"path": outlier.path, "label": outlier.label, "distance": round(outlier.distance, 2)}
                for outlier in self.outliers
            ],
            "same_classes": [list(pair) for pair in self.same_classes],
            "too_few": dict(self.too_few),
            "limits": list(map(str, self.limits)),
            "warnings": list(self.warnings),
            "seconds": {step: round(seconds, 3) for step, seconds in self.seconds.items()},
        }


def _apart(group: tuple[str, ...], place: Callable[[str], str]) -> tuple[str, ...]:
    """A group with one of another place in second place; where none is known, one that shares the fewest folders."""
    first, *others = group
    elsewhere = [path for path in others if place(path) != place(first)]
    if not elsewhere:
        folders = PurePath(first).parts
        elsewhere = sorted(others, key=lambda path: shared([folders, PurePath(path).parts]))
    return (first, *elsewhere[:1], *(path for path in others if path not in elsewhere[:1]))
