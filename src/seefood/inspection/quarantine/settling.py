"""What a manifest says against what is there: after a kill, each file is found in one of its two places."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from seefood.inspection.quarantine.manifest import Entry, Manifest
from seefood.inspection.quarantine.moving import Spot, opened, weigh
from seefood.inspection.quarantine.planning import said

__all__ = ["settled", "why_not_back"]


def settled(manifest: Manifest) -> Manifest:
    """The manifest as it would be if the run that wrote it had ended, either before or after each file's move.

    A file that is in both places, byte for byte, was being copied to another file system, or renamed by a second name,
    when the run was killed: the copy in quarantine goes.
    """
    found = (_settle(entry, manifest.aside) for entry in manifest.entries)
    return replace(manifest, entries=tuple(entry for entry in found if entry is not None))


def _settle(entry: Entry, aside: str) -> Entry | None:
    """The entry, done where its file is in quarantine; None where it is back, or never went."""
    try:
        with _spot(entry.place) as place, _spot(entry.original) as home:
            if not entry.done:
                _remove(aside, place, home)
            there, back = _is_there(place), _is_there(home)
            if not there:
                return None if back and (not entry.done or _is(home, entry)) else entry
            if entry.done or not back:
                return replace(entry, done=True)
            if not _is(place, entry):
                return None  # something of others took the place before the file could
            if not _are_twins(place, home, entry):
                return replace(entry, done=True)
            place.remove()
            return None
    except OSError:
        return entry


def why_not_back(entry: Entry) -> str:
    """Why a file in quarantine cannot go back where it was; empty if it can."""
    try:
        with _spot(entry.place) as place, _spot(entry.original) as home:
            if not _is_there(place):
                return "it is no longer in quarantine"
            if _is_there(home):
                return "something is in its place"
            return "" if _is(place, entry) else "it is no longer the file that was put into quarantine"
    except OSError as error:
        return said(error)


@contextlib.contextmanager
def _spot(path: Path) -> Iterator[Spot]:
    """A name in its folder; in no folder (-1) where that is missing or cannot be reached but through a link."""
    with contextlib.ExitStack() as stack:
        folder = -1
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            folder = stack.enter_context(opened(path.parent))
        yield Spot(folder, path.name)


def _is_there(spot: Spot) -> bool:
    return spot.folder >= 0 and spot.status() is not None


def _remove(aside: str, *beside: Spot) -> None:
    for spot in beside:
        if spot.folder >= 0:
            with contextlib.suppress(FileNotFoundError):
                Spot(spot.folder, aside).remove()


def _is(spot: Spot, entry: Entry) -> bool:
    """Whether it is the file that was chosen; of one that could not be read only the size is known."""
    if not entry.sha256:
        status = spot.status()
        return status is not None and status.st_size == entry.size
    try:
        return weigh(spot) == (entry.sha256, entry.size)
    except IsADirectoryError:
        return False


def _are_twins(place: Spot, home: Spot, entry: Entry) -> bool:
    """Whether the same bytes are in two places. One place that is reached on two ways is not two."""
    if os.path.samestat(os.fstat(place.folder), os.fstat(home.folder)):
        return False
    first, second = place.status(), home.status()
    if first is not None and second is not None and os.path.samestat(first, second):
        return True
    return bool(entry.sha256) and _is(home, entry)
