"""Put files aside, and put them back: nothing is deleted, nothing is overwritten, nothing is lost by a kill.

The manifest is written before the first file moves and says where each one will be. So a file is in one of two known
places at any moment, and the next run, or the undo, sees in which. `moving` says how one file moves, `manifest` what an
undo will believe. For systems whose folders can be held open: Linux and its kin.
"""

import contextlib
import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from seefood.errors import DatasetError, OutputError
from seefood.files import reason
from seefood.inspection.quarantine.alone import alone
from seefood.inspection.quarantine.manifest import NAME, Entry, Manifest, read, remove, shown, write
from seefood.inspection.quarantine.moving import Spot, move, opened, weigh
from seefood.inspection.quarantine.permission import check_places, check_root, check_system, check_writable, checked
from seefood.inspection.quarantine.planning import Plan, State, free_place, located, planned, real, said
from seefood.inspection.quarantine.settling import settled, why_not_back

__all__ = ["Restored", "quarantine", "undo"]

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
NO_ROOM = FULL | {errno.EROFS}
ROUNDS = 10
"""So often a file gets another name, if others take the one it was to have."""


@dataclass(frozen=True)
class Restored:
    """What an undo did.

    Attributes:
        folder: the quarantine folder.
        paths: the files that are back where they were.
        left: (original path, reason) of the others.
    """

    folder: Path
    paths: tuple[Path, ...]
    left: tuple[tuple[Path, str], ...]


def quarantine(chosen: Sequence[tuple[Path, str]], root: Path, into: Path) -> Manifest:
    """Move files, each with a reason, from anywhere below ``root`` to the same places below ``into``.

    ``into`` is made if it is not there, but not its parents. It holds ``quarantine.json`` afterwards. A name that is
    taken there gets a number. A link is moved as a link. A file that is gone, is none, or may not be moved costs
    nothing but itself and is in ``left`` of the answer. A path that is chosen twice keeps both reasons.

    Args:
        chosen: (path, reason) of each file.
        root: the folder of pictures.
        into: the quarantine folder; outside of ``root``, or where a name on the way begins with a dot, so that it is
            not taken for a class.

    Returns:
        All that is in quarantine there now, from earlier too; `undo` puts it back.

    Raises:
        DatasetError: ``root`` is no folder, a path is not below it, or the manifest that is there is not to be trusted.
        OutputError: ``into`` cannot be that folder, a folder is read-only, another run is at it, the disk is full.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     photo, aside = Path(folder) / "photos" / "bees" / "a.jpg", Path(folder) / "aside"
    ...     photo.parent.mkdir(parents=True)
    ...     _ = photo.write_bytes(b"broken")
    ...     manifest = quarantine([(photo, "unreadable")], Path(folder) / "photos", aside)
    ...     print([path.name for path in sorted(aside.rglob("*"))], photo.exists(), manifest.entries[0].why)
    ...     print([path.name for path in undo(aside).paths], aside.exists(), photo.read_bytes())
    ['bees', 'a.jpg', 'quarantine.json'] False unreadable
    ['a.jpg'] False b'broken'
    """
    root, into = checked(root, into)
    reasons = located(chosen, root, into)
    for folder in {path.parent for path in reasons}:
        check_writable(folder, "out of")
    if not reasons and not into.exists():
        return Manifest(into)
    with _made(into) as fresh, alone(into):
        manifest = settled(read(into) or Manifest(into, made=(into,) if fresh else ()))
        plan = planned(reasons, root, manifest)
        check_places(plan, into)
        manifest, stopped = _moved_in(manifest, plan)
        _finish(manifest, stopped)
    _remove_if_done(manifest)
    if stopped is not None:
        raise _no_room(into, stopped)
    return manifest


def undo(into: Path) -> Restored:
    """Put every file back where it was, with its bytes and its times.

    Where something is already, the file stays in quarantine, and so does one whose bytes are no longer those that were
    put there: both are in ``left`` of the answer. Missing folders are made again. What is back is taken out of the
    manifest; with the last file go the manifest and the empty folders that were made for the quarantine. An undo that
    was interrupted can be repeated. Whom it trusts is said in `seefood.inspection.quarantine.manifest`.

    Raises:
        DatasetError: there is no manifest, it is not to be trusted, or the folder of pictures is not there.
        OutputError: a folder is read-only, another run is at it, the disk is full.
    """
    check_system(into)
    into = real(into)
    if not os.path.lexists(into / NAME):
        raise _no_quarantine(into)
    with alone(into):
        found = read(into)
        if found is None:
            raise _no_quarantine(into)
        for root in {entry.root for entry in found.entries}:
            check_root(root)
        manifest = settled(found)
        for folder in {entry.place.parent for entry in manifest.entries}:
            check_writable(folder, "out of")
        manifest, restored, stopped = _moved_back(manifest)
        _finish(manifest, stopped)
    _remove_if_done(manifest)
    if stopped is not None:
        raise _no_room(into, stopped)
    return Restored(into, restored, manifest.left)


# The moves.


def _moved_in(manifest: Manifest, plan: Plan) -> tuple[Manifest, OSError | None]:
    """The manifest after the moves, and the error that ended them early."""
    aside, stopped, pending, left = manifest.aside, None, plan.entries, list(plan.left)
    relative = {entry.original: entry.original.relative_to(entry.root) for entry in pending}
    for remaining in reversed(range(ROUNDS)):
        if not pending:
            break
        made = tuple(dict.fromkeys([*manifest.made, *_missing_folders(pending, manifest.folder)]))
        manifest = replace(manifest, made=made)
        write(replace(manifest, entries=manifest.entries + pending))
        done, again = [], []
        for entry, result in _each(pending, lambda entry: _move_in(entry, aside, plan.states)):
            if isinstance(result, Entry):
                done.append(result)
            elif isinstance(result, FileExistsError | NotADirectoryError) and remaining:
                again.append(entry)
            else:
                left.append((entry.original, said(result)))
                stopped = result if result.errno in NO_ROOM else stopped
        manifest = replace(manifest, entries=(*manifest.entries, *done))
        pending = _elsewhere(again, manifest, relative)
    return replace(manifest, left=tuple(left)), stopped


def _moved_back(manifest: Manifest) -> tuple[Manifest, tuple[Path, ...], OSError | None]:
    """The manifest of what is left, the paths that are back, and the error that ended the moves early."""
    reasons = {entry.place: why_not_back(entry) for entry in manifest.entries}
    stay = [entry for entry in manifest.entries if reasons[entry.place]]
    pending = [replace(entry, done=False) for entry in manifest.entries if not reasons[entry.place]]
    try:
        write(replace(manifest, entries=(*stay, *pending)))
    except OutputError as error:
        if not (isinstance(error.__cause__, OSError) and error.__cause__.errno in FULL):
            raise  # where the disk is full the undo makes room, and the manifest of before will do
    left, restored, stopped = [(entry.original, reasons[entry.place]) for entry in stay], [], None
    for entry, result in _each(pending, lambda entry: _move_back(entry, manifest.aside)):
        if isinstance(result, Entry):
            restored.append(entry.original)
        else:
            stay.append(replace(entry, done=True))
            left.append((entry.original, said(result)))
            stopped = result if result.errno in NO_ROOM else stopped
    return replace(manifest, entries=tuple(stay), left=tuple(left)), tuple(restored), stopped


def _each(entries: Iterable[Entry], step: Callable[[Entry], Entry]) -> Iterator[tuple[Entry, Entry | OSError]]:
    """Each entry with what became of it; once there is no room, the others are not tried."""
    stopped: OSError | None = None
    for entry in entries:
        result: Entry | OSError
        try:
            result = step(entry) if stopped is None else stopped
        except OSError as error:
            result = error
            stopped = error if error.errno in NO_ROOM else None
        yield entry, result


def _move_in(entry: Entry, aside: str, states: Mapping[Path, State]) -> Entry:
    with opened(entry.original.parent) as home, opened(entry.place.parent, make=True) as folder:
        target = Spot(folder, entry.place.name)
        move(Spot(home, entry.original.name), target, aside)
        status = target.status()
        if status is not None and (status.st_size, status.st_mtime_ns) != states[entry.original]:
            with contextlib.suppress(OSError):  # it was written to since it was read
                digest, size = weigh(target)
                entry = replace(entry, sha256=digest, size=size)
    return replace(entry, done=True)


def _move_back(entry: Entry, aside: str) -> Entry:
    with opened(entry.place.parent) as folder, opened(entry.original.parent, make=True) as home:
        move(Spot(folder, entry.place.name), Spot(home, entry.original.name), aside)
    return entry


def _elsewhere(entries: Sequence[Entry], manifest: Manifest, relative: Mapping[Path, Path]) -> tuple[Entry, ...]:
    taken = {entry.place for entry in manifest.entries}
    moved = []
    for entry in entries:
        place = free_place(manifest.folder, relative[entry.original], taken)
        taken.add(place)
        moved.append(replace(entry, place=place))
    return tuple(moved)


def _missing_folders(entries: Sequence[Entry], into: Path) -> Iterator[Path]:
    """Outer ones first."""
    for folder in dict.fromkeys(entry.place.parent for entry in entries):
        for outer in reversed((folder, *folder.parents)):
            if into in outer.parents and not os.path.lexists(outer):
                yield outer


# The end.


@contextlib.contextmanager
def _made(folder: Path) -> Iterator[bool]:
    """Make a folder; whether it was not there. It goes again where what follows fails before anything is in it."""
    try:
        folder.mkdir()
        fresh = True
    except FileExistsError:
        fresh = False
    except OSError as error:
        raise OutputError(
            f"{shown(folder)}: expected to make a folder here; {reason(error)}; name another place"
        ) from error
    try:
        yield fresh
    except BaseException:
        if fresh:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def _finish(manifest: Manifest, stopped: OSError | None) -> None:
    """Write what is in quarantine; where nothing is, leave nothing behind."""
    if manifest.entries:
        try:
            write(manifest)
        except OutputError:
            if stopped is None:  # else the manifest of before the moves will do, and there is more to say
                raise
        return
    for made in sorted(manifest.made, key=lambda path: len(path.parts), reverse=True):
        if made != manifest.folder:
            with contextlib.suppress(OSError), opened(made.parent) as folder:
                os.rmdir(made.name, dir_fd=folder)
    remove(manifest)


def _remove_if_done(manifest: Manifest) -> None:
    """The folder itself, once nobody holds it any more."""
    if not manifest.entries and manifest.folder in manifest.made:
        with contextlib.suppress(OSError):
            manifest.folder.rmdir()


def _no_quarantine(into: Path) -> DatasetError:
    return DatasetError(f"{shown(into)}: expected a quarantine; found no {NAME} in it; check the path")


def _no_room(into: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{shown(into)}: expected to move all files; {reason(error)}; free some space and run it again: "
        "what was moved is in the manifest, the rest is where it was"
    )
