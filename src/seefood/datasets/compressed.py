"""Files as streams of bytes, whether plain, in gzip or alone in a ZIP archive, and never more than is allowed."""

import gzip
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

from seefood.errors import DatasetError
from seefood.files import reason

__all__ = ["DAMAGED", "LARGEST_BYTES", "Limited", "first_bytes", "opened"]

LARGEST_BYTES = 1 << 31
"""Of one file, decompressed."""

GZIP, ZIP = b"\x1f\x8b", b"PK\3\4"

DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, LookupError, ArithmeticError),
)
"""What Python's zipfile raises where an archive is damaged, or uses what it does not know."""


class Limited:
    """A stream that refuses to give more than is allowed: a few compressed kilobytes can be gigabytes."""

    def __init__(self, stream: IO[bytes], path: Path, most: int) -> None:
        self._stream, self._path, self._most, self._left = stream, path, most, most

    def read(self, count: int) -> bytes:
        """At most ``count`` bytes; none at the end."""
        content = self._stream.read(count)
        self._left -= len(content)
        if self._left < 0:
            raise DatasetError(
                f"{self._path}: expected at most {self._most >> 20} MiB, decompressed; found more; split it"
            )
        return content


@contextmanager
def opened(path: Path, most: int | None = None) -> Iterator[Limited]:
    """The file's content as a stream; what goes wrong with it inside the block becomes one DatasetError.

    Raises:
        DatasetError: no such file, no regular file, may not be read, a damaged archive, one that holds more than one
            file or asks for a password, or more than ``most`` bytes.
    """
    with ExitStack() as stack:
        try:
            if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113 -- these never raise
                raise DatasetError(f"{path}: expected a file; found something that is none; name a file")
            yield Limited(_stream(path, stack), path, LARGEST_BYTES if most is None else most)
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise DatasetError(f"{path}: expected a whole archive; found a damaged one; get it again") from error
        except OSError as error:
            raise DatasetError(f"{path}: expected a file that can be read; {reason(error)}; check the path") from error


def first_bytes(path: Path, count: int) -> bytes:
    """How a file begins, decompressed if it is in gzip. Raises DatasetError as `opened` does."""
    with opened(path) as file:
        return file.read(count)


def _stream(path: Path, stack: ExitStack) -> IO[bytes]:
    try:
        file = stack.enter_context(path.open("rb"))
    except ValueError as error:
        raise DatasetError(f"{str(path)!a}: expected a file's name; found one that no file has; check it") from error
    begin = file.read(4)
    file.seek(0)
    if begin.startswith(GZIP):
        return cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=file)))
    return _only_member(path, file, stack) if begin == ZIP else file


def _only_member(path: Path, file: IO[bytes], stack: ExitStack) -> IO[bytes]:
    try:
        archive = stack.enter_context(zipfile.ZipFile(file))
        members = [each for each in archive.infolist() if not each.is_dir() and "__MACOSX" not in each.filename]
        if len(members) != 1:
            raise DatasetError(f"{path}: expected one file in the archive; found {len(members)}; unpack it, name one")
        (member,) = members
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.flag_bits & 1:
            raise DatasetError(
                f"{path}: expected an ordinary ZIP archive; found one that is encrypted or compressed otherwise; "
                "unpack it"
            )
        return stack.enter_context(archive.open(member))
    except DatasetError:
        raise
    except DAMAGED as error:
        raise DatasetError(f"{path}: expected an ordinary ZIP archive; found a damaged one; get it again") from error
