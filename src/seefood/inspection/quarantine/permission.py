"""Whether files may be moved at all: said before the first one moves."""

import contextlib
import errno
import os
import shutil
from pathlib import Path

from seefood.errors import DatasetError, OutputError
from seefood.files import reason
from seefood.inspection.quarantine.manifest import shown
from seefood.inspection.quarantine.moving import opened
from seefood.inspection.quarantine.planning import Plan, real

__all__ = ["check_places", "check_root", "check_system", "check_writable", "checked"]


def checked(root: Path, into: Path) -> tuple[Path, Path]:
    """Both without links; whether one can be the quarantine of the other."""
    check_system(into)
    root, into = real(root), real(into)
    check_root(root)
    if os.path.lexists(into) and not into.is_dir():
        raise OutputError(f"{shown(into)}: expected a folder; found something that is none; name another place")
    if _way(into, root) is not None:
        raise OutputError(
            f"{shown(into)}: expected a folder outside of the pictures; found the folder that they are in, or one "
            "around it; name a folder beside it"
        )
    way = _way(root, into)
    if way is not None and not any(name.startswith(".") for name in way):
        raise OutputError(
            f"{shown(into)}: expected a folder outside of {shown(root)}; found one inside, which would be taken for a "
            "class; name a folder beside it, or one whose name begins with a dot"
        )
    check_writable(into, "into")
    around = next(folder for folder in into.parents if folder.is_dir())
    if not into.is_dir() and not os.access(around, os.W_OK | os.X_OK):
        raise OutputError(
            f"{shown(into)}: expected a place where a folder can be made; found one that may not be changed; "
            "name another place"
        )
    return root, into


def _way(outer: Path, inner: Path) -> tuple[str, ...] | None:
    """The names that lead from a folder to one inside it; None where it is not inside."""
    for folder in (inner, *inner.parents):
        with contextlib.suppress(OSError):
            if folder.samefile(outer):
                return inner.parts[len(folder.parts) :]
    return None


def check_root(root: Path) -> None:
    try:
        if root != real(root):
            raise NotADirectoryError(errno.ENOTDIR, "a link")
        with opened(root):
            pass
        if root == Path(root.anchor):
            raise IsADirectoryError(errno.EISDIR, "the whole file system")
    except OSError as error:
        raise DatasetError(
            f"{shown(root)}: expected the folder of the pictures; {reason(error)}; check the path, or make it again"
        ) from error


def check_writable(folder: Path, way: str) -> None:
    if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(
            f"{shown(folder)}: expected a folder that files can be moved {way}; found one that may not be changed; "
            "change its permissions"
        )


def check_places(plan: Plan, into: Path) -> None:
    """Whether folders that are there can be written to, and another disk has room for all."""
    for folder in {outer for entry in plan.entries for outer in entry.place.parents if into in (outer, *outer.parents)}:
        check_writable(folder, "into")
    device = into.stat().st_dev
    needed = 0
    for entry in plan.entries:
        with contextlib.suppress(OSError):
            needed += entry.size if entry.original.parent.stat().st_dev != device else 0
    free = shutil.disk_usage(into).free
    if needed > free:
        raise OutputError(
            f"{shown(into)}: expected room for {needed:,} bytes; found {free:,}; free some space or name another disk"
        )


def check_system(into: Path) -> None:
    if os.open not in os.supports_dir_fd:
        raise OutputError(
            f"{shown(into)}: expected a system whose folders can be held open; found {os.name}; move the files by hand"
        )
