"""One run at a time in a quarantine folder."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from seefood.errors import OutputError
from seefood.files import reason
from seefood.inspection.quarantine.manifest import HALF_WRITTEN, LOCK, shown
from seefood.inspection.quarantine.moving import FILE

__all__ = ["alone"]


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a quarantine folder: no other run works in it meanwhile. What a killed run wrote half is removed.

    Raises:
        OutputError: another run is at it, or the folder cannot be written to.
    """
    lock = folder / LOCK
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | FILE, 0o600)
    except OSError as error:
        raise OutputError(
            f"{shown(folder)}: expected a folder to write to; {reason(error)}; "
            "change its permissions or name another folder"
        ) from error
    try:
        _lock(descriptor, lock)
        for path in folder.iterdir():
            if HALF_WRITTEN.fullmatch(path.name):
                path.unlink(missing_ok=True)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                lock.unlink()
    finally:
        os.close(descriptor)


def _lock(descriptor: int, lock: Path) -> None:
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(descriptor), lock.stat(follow_symlinks=False)):
            raise BlockingIOError
    except (BlockingIOError, FileNotFoundError) as error:  # or another run ended between the opening and the locking
        raise OutputError(
            f"{shown(lock.parent)}: expected to work here alone; found another run at it; wait for it"
        ) from error
    except OSError as error:
        raise OutputError(
            f"{shown(lock.parent)}: expected a folder that can be locked; {reason(error)}; name one on another disk"
        ) from error
