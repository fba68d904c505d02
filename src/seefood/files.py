"""Files that are whole or not there: written aside, flushed, renamed into place; and digests."""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from seefood.errors import OutputError

__all__ = ["check_not_input", "digest_of_bytes", "digest_of_file", "reason", "replacing"]


@contextlib.contextmanager
def replacing(path: Path, *, flush: bool = True) -> Iterator[Path]:
    """A path to write to, in the same folder; on a clean exit it becomes ``path``, on any other it is removed.

    Whoever looks at ``path`` sees the old file or the whole new one, also after a crash; with ``flush``, which waits
    for the disk, also after a power cut.

    Raises:
        OutputError: the folder is missing or not writable, or the disk is full.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder) / "note.txt"
    ...     with replacing(target) as aside:
    ...         _ = aside.write_text("whole")
    ...     target.read_text()
    'whole'
    """
    if not path.name or (path.exists() and not path.is_file()):  # renaming would put a file in a device's place
        raise OutputError(f"{path}: expected to write a file here; found something that is none; name another place")
    aside = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}.part")
    try:
        aside.open("xb").close()
        yield aside
        if flush:
            _flush(aside)
        aside.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: expected to write here; {reason(error)}; {_remedy(error)}") from error
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)


def check_not_input(path: Path, inputs: Iterable[Path]) -> None:
    """Whether what will be written would take the place of something that is read, under whatever name.

    Raises:
        OutputError: it would.
    """
    for read in inputs:
        try:
            same = path.samefile(read)
        except (OSError, ValueError):  # one of them is not there: nothing is lost
            continue
        if same:
            raise OutputError(f"{path}: expected a place of its own; found {read}, which is read; name another file")


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def reason(error: OSError) -> str:
    """What the operating system said, as the "found" part of a message.

    >>> reason(FileNotFoundError(2, "No such file or directory"))
    'found: no such file or directory'
    """
    text = error.strerror or str(error) or type(error).__name__
    return f"found: {text[:1].lower()}{text[1:]}"


def _remedy(error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "create the folder first"
    return "name another place or free some space"


def digest_of_bytes(data: bytes | memoryview) -> str:
    """SHA-256 as 64 hexadecimal digits.

    >>> digest_of_bytes(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(data).hexdigest()


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file's content, read in pieces, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
