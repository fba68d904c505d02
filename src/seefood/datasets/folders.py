"""Pictures in folders: a folder of classes to teach from, or any paths to classify."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from seefood.errors import DatasetError
from seefood.files import reason
from seefood.pictures import looks_like_picture

__all__ = ["LabelledFolder", "find_pictures"]

IGNORED_FOLDERS = frozenset({"__MACOSX", "__pycache__", "@eaDir", "$RECYCLE.BIN", "System Volume Information"})


def find_pictures(folder: Path) -> Iterator[Path]:
    """Every picture below ``folder`` by its name's ending, sorted within each folder, one folder in memory at a time.

    What file managers and notebooks leave behind is passed over: hidden files and folders (``.DS_Store``,
    ``.ipynb_checkpoints``), ``Thumbs.db``, ``__MACOSX``. A link to a folder is not followed. A folder inside that may
    not be listed comes as it is, and fails where it is read: it costs its pictures, not the others.

    Raises:
        DatasetError: the folder cannot be listed.
    """
    for entry in _entries(folder):
        if entry.is_dir(follow_symlinks=False):
            path = Path(entry.path)
            yield from find_pictures(path) if os.access(path, os.R_OK | os.X_OK) else [path]
        elif looks_like_picture(entry.name):
            yield Path(entry.path)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            kept = [entry for entry in entries if not _is_ignored(entry.name)]
    except OSError as error:
        raise DatasetError(f"{folder}: expected a folder; {reason(error)}; check the path") from error
    return sorted(kept, key=lambda entry: entry.name)


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name in IGNORED_FOLDERS


@dataclass(frozen=True)
class LabelledFolder:
    """A folder with one sub-folder for each class; pictures lie in them at any depth.

    Attributes:
        root: the folder.
        classes: the sub-folders' names, sorted.
        paths, labels: every picture, class by class, and the class of each.
    """

    root: Path
    classes: tuple[str, ...]
    paths: tuple[Path, ...]
    labels: tuple[str, ...]

    @classmethod
    def open(cls, root: Path) -> "LabelledFolder":
        """List the folder.

        Raises:
            DatasetError: no such folder, no sub-folders, or no pictures in one of them.
        """
        classes = tuple(entry.name for entry in _entries(root) if os.path.isdir(entry.path))  # noqa: PTH112 -- never raises
        if not classes:
            raise DatasetError(
                f"{root}: expected one sub-folder for each class; found {_what_else(root)}; "
                "sort the pictures into sub-folders named as their classes"
            )
        unreadable = [name for name in classes if any("\ud800" <= character <= "\udfff" for character in name)]
        if unreadable:
            raise DatasetError(
                f"{root}: expected class names as text (UTF-8); found {unreadable[0]!a}; rename the folder"
            )
        found = {name: tuple(find_pictures(root / name)) for name in classes}
        empty = [name for name, paths in found.items() if not paths]
        if empty:
            raise DatasetError(
                f"{root}: expected pictures in every sub-folder; found none in {_listed(empty)}; "
                "add pictures there or remove the folder"
            )
        pairs = [(path, name) for name, paths in found.items() for path in paths]
        return cls(root, classes, tuple(path for path, _ in pairs), tuple(name for _, name in pairs))

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[tuple[Path, str]]:
        return zip(self.paths, self.labels, strict=True)


def _what_else(root: Path) -> str:
    count = sum(1 for entry in _entries(root) if os.path.isfile(entry.path) and looks_like_picture(entry.name))  # noqa: PTH113
    return f"{count} pictures and no sub-folders" if count else "none"


def _listed(names: Iterable[str], most: int = 5) -> str:
    names = list(names)
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
