"""A text file as blocks of whole lines, however they end, so that memory holds one block at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from seefood.datasets.compressed import Limited
from seefood.errors import DatasetError

__all__ = ["Lines", "blocks_of_lines"]

BLOCK = 1 << 18
"""Bytes; what is done to them then stays in the processor's cache."""
LONGEST_LINE = 1 << 24
"""Bytes, of one picture."""
MOST_LINES = 5_000_000

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Lines:
    """Some lines without their ends, none of them blank, and where in the file each of them is, from 1."""

    lines: list[bytes]
    numbers: Sequence[int]
    end: int
    """The number of the line after them."""

    @classmethod
    def of(cls, block: bytes, newline: bytes, begin: int) -> "Lines":
        lines = block.split(newline)
        if b"\r" in block:
            lines = [line.removesuffix(b"\r") for line in lines]
        end = begin + len(lines)
        if all(lines) and not (b" " in block and any(map(bytes.isspace, lines))):
            return cls(lines, range(begin, end), end)
        numbers = [number for number, line in enumerate(lines, start=begin) if line and not line.isspace()]
        return cls([lines[number - begin] for number in numbers], numbers, end)

    def __len__(self) -> int:
        return len(self.lines)

    def __add__(self, other: "Lines") -> "Lines":
        return Lines(self.lines + other.lines, [*self.numbers, *other.numbers], other.end)

    def without_first(self) -> "Lines":
        return Lines(self.lines[1:], self.numbers[1:], self.end)


def blocks_of_lines(path: Path, file: Limited) -> Iterator[Lines]:
    """The lines that are not blank; the first block has at least two of them, if the file has.

    Raises:
        DatasetError: binary data, a line without an end, or too many lines.
    """
    blocks = _blocks(path, file)
    begin = Lines([], [], 1)
    for block in blocks:
        begin += block
        if len(begin) > 1:
            break
    if begin:
        yield begin
    yield from blocks


def _blocks(path: Path, file: Limited) -> Iterator[Lines]:
    number, rest, newline = 1, b"", b""
    while content := file.read(BLOCK):
        if b"\0" in content:  # also any UTF-16
            raise DatasetError(f"{path}: expected a table as text; found binary data; save it as CSV in UTF-8")
        rest += content
        if not newline:
            rest, newline = rest.removeprefix(BYTE_ORDER_MARK), _line_end(rest)
        if newline and newline in content:
            block, _, rest = rest.rpartition(newline)
            lines = Lines.of(block, newline, number)
            yield lines
            number = lines.end
        _check_size(path, len(rest), number)
    yield Lines.of(rest.removeprefix(BYTE_ORDER_MARK) if not newline else rest, newline or b"\r", number)


def _line_end(begin: bytes) -> bytes:
    """How lines end; nothing, where that is not to be seen yet: a carriage return may be half of an end."""
    if b"\n" in begin:
        return b"\n"
    return b"\r" if b"\r" in begin[:-1] else b""


def _check_size(path: Path, length: int, number: int) -> None:
    if length > LONGEST_LINE:
        raise DatasetError(
            f"{path}: expected a line for each picture; found more than {LONGEST_LINE >> 20} MiB in line {number}; "
            "break the lines"
        )
    if number > MOST_LINES:
        raise DatasetError(f"{path}: expected at most {MOST_LINES:,} lines; found more; split the file")
