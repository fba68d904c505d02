"""Where each chosen file will lie in a quarantine, decided before the first one moves."""

import os
import stat
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from seefood.errors import DatasetError
from seefood.files import reason
from seefood.inspection.quarantine.manifest import Entry, Manifest, is_free_for_files, shown
from seefood.inspection.quarantine.moving import Spot, opened, weigh

__all__ = ["Plan", "free_place", "located", "planned", "real", "said"]

LONGEST_NAME = 255
"""Bytes, in nearly every file system."""

State = tuple[int, int]
"""Size in bytes and time of change in nanoseconds."""


@dataclass(frozen=True)
class Plan:
    """What is going to move.

    Attributes:
        entries: files with their places; none of them is done.
        left: (path, reason) of what will not move.
        states: of each original path, as it was when its bytes were read.
    """

    entries: tuple[Entry, ...]
    left: tuple[tuple[Path, str], ...]
    states: Mapping[Path, State]


def real(path: Path) -> Path:
    """Absolute and without links.

    Raises:
        DatasetError: links lead in a circle, or it is no path.
    """
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise DatasetError(f"{shown(path)}: expected a path; found: {shown(str(error))}; check it") from error


def said(error: OSError) -> str:
    """Why a file was left, as the operating system puts it."""
    return reason(error).removeprefix("found: ")


def located(chosen: Sequence[tuple[Path, str]], root: Path, into: Path) -> dict[Path, str]:
    """The reasons by real path; of a link its own path, not where it leads.

    Raises:
        DatasetError: a path is not below ``root``, or is in quarantine already.
    """
    reasons: dict[Path, str] = {}
    for path, why in chosen:
        original = real(path.parent) / path.name
        if root not in original.parents or path.name == "..":
            leads = "" if original == path else f", which is {shown(original)}"
            raise DatasetError(
                f"{shown(root)}: expected files below this folder; found {shown(path)}{leads}; leave it out"
            )
        if into in original.parents:
            raise DatasetError(
                f"{shown(root)}: expected files outside of the quarantine; found {shown(path)}; leave it out"
            )
        before = reasons.get(original, why)
        reasons[original] = before if why in before.split("; ") else f"{before}; {why}"
    return reasons


def planned(reasons: Mapping[Path, str], root: Path, manifest: Manifest) -> Plan:
    """Read each file once, for its digest, and give it a place that is free in the manifest and on the disk."""
    taken = {entry.place for entry in manifest.entries}
    folders: set[Path] = set()
    entries: list[Entry] = []
    left: list[tuple[Path, str]] = []
    states: dict[Path, State] = {}
    for original, why in reasons.items():
        try:
            digest, size, states[original] = _weighed(original)
        except (OSError, ValueError) as error:
            left.append((original, said(error) if isinstance(error, OSError) else str(error)))
            continue
        place = free_place(manifest.folder, original.relative_to(root), taken, folders)
        taken.add(place)
        folders.update(place.parents[: len(place.parts) - len(manifest.folder.parts) - 1])
        entries.append(Entry(root, original, place, why, digest, size))
    return Plan(tuple(entries), tuple(left), states)


def _weighed(path: Path) -> tuple[str, int, State]:
    """Digest, size and state. What may not be read has no digest, and can be moved all the same."""
    with opened(path.parent) as folder:
        spot = Spot(folder, path.name)
        status = os.stat(path.name, dir_fd=folder, follow_symlinks=False)
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode)):
            raise ValueError("a folder" if stat.S_ISDIR(status.st_mode) else "no file")
        try:
            digest, size = weigh(spot)
        except FileNotFoundError:
            raise
        except OSError:
            digest, size = "", status.st_size
        return digest, size, (status.st_size, status.st_mtime_ns)


def free_place(into: Path, relative: Path, taken: Container[Path], folders: Container[Path] = ()) -> Path:
    """The same place below ``into``, with a number in the name of a file or a folder where that cannot be had.

    >>> free_place(Path("/aside"), Path("bees/a.jpg"), {Path("/aside/bees/a.jpg")})
    PosixPath('/aside/bees/a-2.jpg')
    """
    folder = into
    for name in relative.parent.parts:
        folder = next(
            path
            for path in _numbered(folder, name)
            if path in folders or (is_free_for_files(path, into) and path not in taken and _may_be_folder(path))
        )
    return next(
        path
        for path in _numbered(folder, relative.name)
        if is_free_for_files(path, into) and path not in taken and path not in folders and not os.path.lexists(path)
    )


def _may_be_folder(path: Path) -> bool:
    """Not through a link: what lies behind it is no part of the quarantine."""
    return not os.path.lexists(path) or (path.is_dir() and not path.is_symlink())


def _numbered(folder: Path, name: str) -> Iterator[Path]:
    yield folder / name
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 -- a name, no path
    for number in count(2):
        ending = f"-{number}{suffix}"
        while stem and len(os.fsencode(stem + ending)) > LONGEST_NAME:
            stem = stem[:-1]
        yield folder / (stem + ending)
