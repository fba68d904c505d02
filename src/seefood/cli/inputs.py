"""What people name on the command line, as a stream of picture files."""

import glob
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from seefood.datasets import find_pictures
from seefood.errors import DatasetError, PictureError

BLOCK_BYTES = 1 << 16


def picture_paths(names: Sequence[str]) -> Iterator[Path]:
    """Each file that is named, every picture below each folder; never the whole list in memory.

    A name that stands for nothing is passed on as it is: it becomes a failure among the results.

    Raises:
        DatasetError: there is nothing at all: only folders without pictures, or an empty list.
    """
    found = False
    for name in names:
        for path in map(Path, listed(_stdin())) if name == "-" else _expanded(name):
            found = True
            yield path
    if not found:
        raise DatasetError(f"{names[0]}: expected pictures; found none there; name a folder with photos, or a photo")


def _stdin() -> BinaryIO:
    """Without Python's buffer: that would wait for a full block, and hold up an exit while it waits."""
    stream: BinaryIO = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
    return stream


def _expanded(name: str) -> Iterator[Path]:
    for match in _matches(name) or [name]:
        yield from find_pictures(Path(match)) if os.path.isdir(match) else [Path(match)]  # noqa: PTH112 -- see there


def _matches(name: str) -> list[str]:
    """The name itself where it is there, or what it stands for as a pattern."""
    if os.path.lexists(name):  # Path.exists would raise where a folder above may not be entered
        return [name]
    return sorted(glob.glob(name, recursive=True)) if glob.has_magic(name) else []  # noqa: PTH207 -- absolute too


def listed(stream: BinaryIO) -> Iterator[str]:
    """The paths in a stream, separated by newlines or, where there is one, by NUL.

    >>> import io
    >>> list(listed(io.BytesIO(b"a.jpg\\nb c.jpg\\n"))), list(listed(io.BytesIO(b"a\\nb.jpg\\0c.jpg")))
    (['a.jpg', 'b c.jpg'], ['a\\nb.jpg', 'c.jpg'])
    """
    rest, separator = b"", b""
    while block := stream.read(BLOCK_BYTES):
        rest += block
        separator = separator or (b"\0" if b"\0" in rest else b"\n")
        *whole, rest = rest.split(separator)
        yield from (_text(line) for line in whole if line)
    if rest:
        yield _text(rest)


def _text(line: bytes) -> str:
    return line.rstrip(b"\r").decode(sys.getfilesystemencoding(), "surrogateescape")


def check_any(names: Sequence[str]) -> None:
    """Something of what was named has to be there.

    Raises:
        PictureError: nothing that was named exists.
        DatasetError: there are only folders, and no picture in them.
    """
    if "-" in names:
        return
    if not any(map(_matches, names)):
        raise PictureError(f"{names[0]}: expected a picture or a folder; found no such file; check the path")
    next(picture_paths(names))


def how_many(names: Sequence[str]) -> int | None:
    """How many pictures there are, for a progress bar; None where a list on stdin does not say."""
    return None if "-" in names else sum(1 for _ in picture_paths(names))
