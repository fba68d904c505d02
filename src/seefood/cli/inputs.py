"""What people name on the command line, as a stream of picture files."""

import glob
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
    """
    for name in names:
        if name == "-":
            yield from (Path(line) for line in listed(sys.stdin.buffer))
        else:
            yield from _expanded(name)


def _expanded(name: str) -> Iterator[Path]:
    path = Path(name)
    if path.is_dir():
        yield from find_pictures(path)
    elif path.exists() or not glob.has_magic(name):
        yield path
    else:
        for match in sorted(glob.glob(name, recursive=True)):  # noqa: PTH207 -- Path.glob takes no absolute pattern
            yield from find_pictures(Path(match)) if Path(match).is_dir() else [Path(match)]


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
    if next(picture_paths(names), None) is None:
        raise DatasetError(f"{names[0]}: expected pictures; found none there; name a folder with photos, or a photo")
    if not any(Path(name).exists() or glob.has_magic(name) for name in names):
        raise PictureError(f"{names[0]}: expected a picture or a folder; found no such file; check the path")


def how_many(names: Sequence[str]) -> int | None:
    """How many pictures there are, for a progress bar; None where a list on stdin does not say."""
    return None if "-" in names else sum(1 for _ in picture_paths(names))
