"""What lies in the folders: every file with its class and its split, whatever its name promises."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from seefood.datasets.folders import IGNORED_FOLDERS
from seefood.errors import DatasetError
from seefood.files import reason
from seefood.inspection.formats import format_of, start_of
from seefood.pictures import looks_like_picture

__all__ = ["Listing"]

SPLITS = frozenset({"train", "training", "val", "valid", "validation", "dev", "test", "testing"})


@dataclass(frozen=True)
class Listing:
    """Files in folders of classes, in one split or several.

    Attributes:
        splits: names of the splits, in the order given.
        roots: their folders.
        classes: names of the classes of all splits, sorted; empty where pictures lie in no class.
        paths: every file whose name ends as a picture's does, split by split, class by class.
        labels: number of each file's class; -1 where it has none.
        split_of: number of each file's split.
        disguised: files that are pictures but for their name.
        empty: folders of a class that hold no picture.
    """

    splits: tuple[str, ...]
    roots: tuple[Path, ...]
    classes: tuple[str, ...]
    paths: tuple[Path, ...]
    labels: tuple[int, ...]
    split_of: tuple[int, ...]
    disguised: tuple[Path, ...]
    empty: tuple[Path, ...]

    @classmethod
    def open(cls, folders: Sequence[Path]) -> "Listing":
        """List the folders.

        Several folders are splits of the same classes. One folder is taken apart into splits where its sub-folders
        are named train, val, test and the like. Pictures in no sub-folder have no class.

        Raises:
            DatasetError: no such folder, a folder twice or inside another, no file in them.
        """
        _check_apart(folders)
        parts = _splits(folders)
        inside = {name: _class_folders(root) for name, root in parts}
        classes = tuple(sorted({path.name for found in inside.values() for path in found}))
        return _Collected(classes).listing(parts, inside)


class _Collected:
    """The listing, as it grows."""

    def __init__(self, classes: tuple[str, ...]) -> None:
        self._classes = classes
        self._paths: list[Path] = []
        self._labels: list[int] = []
        self._split_of: list[int] = []
        self._disguised: list[Path] = []
        self._empty: list[Path] = []

    def listing(self, parts: list[tuple[str, Path]], inside: dict[str, list[Path]]) -> Listing:
        number = {name: index for index, name in enumerate(self._classes)}
        for split, (name, root) in enumerate(parts):
            for folder in inside[name]:
                before = len(self._paths)
                self._add(_files(folder), number[folder.name], split)
                if len(self._paths) == before:
                    self._empty.append(folder)
            self._add((path for path in _entries(root) if not _is_folder(path)), -1, split)
        if not self._paths and not self._disguised:
            raise DatasetError(
                f"{parts[0][1]}: expected pictures, in one sub-folder for each class; found none; check the path"
            )
        return Listing(
            tuple(name for name, _ in parts),
            tuple(root for _, root in parts),
            self._classes,
            tuple(self._paths),
            tuple(self._labels),
            tuple(self._split_of),
            tuple(self._disguised),
            tuple(self._empty),
        )

    def _add(self, files: Iterator[Path], label: int, split: int) -> None:
        for path in files:
            if _is_folder(path) or looks_like_picture(path):
                self._paths.append(path)
                self._labels.append(label)
                self._split_of.append(split)
            elif format_of(start_of(path)):
                self._disguised.append(path)


def _check_apart(folders: Sequence[Path]) -> None:
    if not folders:
        raise DatasetError("expected a folder of pictures; found none; name one")
    real = [(Path(os.path.realpath(folder)), folder) for folder in folders]
    for index, (one, named) in enumerate(real):
        for other, before in real[:index]:
            if one.is_relative_to(other) or other.is_relative_to(one):
                raise DatasetError(
                    f"{named}: expected folders apart from each other; found it inside {before}, or the same; "
                    "name each folder once"
                )


def _splits(folders: Sequence[Path]) -> list[tuple[str, Path]]:
    """Name and folder of each split."""
    if len(folders) > 1:
        names = [folder.name for folder in folders]
        unlike = len(set(names)) == len(names) and all(names)
        return [(folder.name if unlike else str(folder), folder) for folder in folders]
    (root,) = folders
    inside = [path for path in _entries(root) if _is_folder(path)]
    if len(inside) > 1 and all(path.name.lower() in SPLITS for path in inside):
        classes = [{folder.name for folder in _class_folders(path)} for path in inside]
        if set.intersection(*classes) or not any(classes):
            return [(path.name, path) for path in inside]
    return [(root.name or str(root), root)]


def _class_folders(root: Path) -> list[Path]:
    return [path for path in _entries(root) if _is_folder(path)]


def _files(folder: Path) -> Iterator[Path]:
    """Every file below, in depth; a folder that may not be listed comes as it is, and fails where it is read."""
    if not os.access(folder, os.R_OK | os.X_OK):
        yield folder
        return
    for path in _entries(folder):
        if not _is_folder(path):
            yield path
        elif not path.is_symlink():
            yield from _files(path)


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 -- never raises


def _entries(folder: Path) -> list[Path]:
    """What is in a folder, sorted, without what file managers and notebooks leave behind."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries]
    except OSError as error:
        raise DatasetError(f"{folder}: expected a folder; {reason(error)}; check the path") from error
    return [folder / name for name in sorted(names) if not name.startswith(".") and name not in IGNORED_FOLDERS]
