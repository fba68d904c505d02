"""What the columns of a table of pixels are: which is the label, which only count the lines, how many are pixels."""

import csv
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from seefood.datasets.tables import COUNTERS, LABEL_NAMES
from seefood.datasets.text_lines import Lines
from seefood.errors import DatasetError

__all__ = ["Layout", "Shape", "cells_of", "layout_of", "text_of"]

Shape = tuple[int, int] | tuple[int, int, int]
"""(height, width) of grey pictures, or (height, width, channels)."""

MOSTLY = 0.9
"""A column with the same number in more than this share of the lines is a corner of the pictures, no label."""

MOST_LOOKED_AT = 1000
"""Lines."""


@dataclass(frozen=True)
class Layout:
    """The columns of a table.

    Attributes:
        delimiter: what stands between cells.
        names: every column's; empty where the file has no header.
        columns: how many there are.
        label: the label's place, from 0; None where there is none.
        left_out: places of columns that count the lines.
        shape: height, width and channels of a picture.
    """

    delimiter: bytes
    names: tuple[str, ...]
    columns: int
    label: int | None
    left_out: frozenset[int]
    shape: tuple[int, int, int]

    @cached_property
    def pixels(self) -> tuple[int, ...]:
        """The places of the pixels."""
        special = self.left_out | {self.label}
        return tuple(place for place in range(self.columns) if place not in special)

    @cached_property
    def parted(self) -> Callable[[bytes], tuple[bytes, bytes]]:
        """What divides a line, without quotes, into its label and its pixels; ValueError if it is too short."""
        special = self.columns - len(self.pixels)
        if not special:
            return lambda line: (b"", line)
        if self.label == self.columns - 1 and special == 1:
            return self._label_last
        if self.pixels[0] == special:  # the usual way, and the pixels need not be looked at
            return self._pixels_last
        return lambda line: self.chosen(line.split(self.delimiter))

    def _label_last(self, line: bytes) -> tuple[bytes, bytes]:
        pixels, _, label = line.rpartition(self.delimiter)
        return label, pixels

    def _pixels_last(self, line: bytes) -> tuple[bytes, bytes]:
        *special, pixels = line.split(self.delimiter, self.pixels[0])
        if len(special) != self.pixels[0]:
            raise ValueError(line)
        return b"" if self.label is None else special[self.label], pixels

    def chosen(self, cells: list[bytes]) -> tuple[bytes, bytes]:
        """The label and the pixels of one line's cells; ValueError if there are more or less than there should be."""
        if len(cells) != self.columns:
            raise ValueError(cells)
        label = b"" if self.label is None else cells[self.label]
        return label, self.delimiter.join([cells[place] for place in self.pixels])

    def column(self, place: int) -> str:
        """A column as a message calls it."""
        return f"column {place + 1}" + (f" ('{self.names[place]}')" if self.names and self.names[place] else "")


def layout_of(
    path: Path, begin: Lines, shape: tuple[int, ...] | None, label_column: str | int | None
) -> tuple[Layout, Lines]:
    """What the columns are, by the file's first lines; and those of them that are pictures.

    The first line is a header if no cell of it is a number, or if one of them is in `tables.LABEL_NAMES`. The label is
    the column that ``label_column`` names, or counts from 1; else the first of LABEL_NAMES; and else there is none, if
    the columns are as many as the pixels of a picture. With one more, it is the last or the first: the one that is no
    number; else the one whose name in the header has no digit; else the first, unless that is a corner of the pictures:
    the same number in nine of ten lines, and the last column is not. Columns named id or index, or without a name, are
    left out.
    """
    delimiter = max((b",", b"\t", b";"), key=begin.lines[0].count)
    first = cells_of(path, begin.lines[0], begin.numbers[0], delimiter)
    names: tuple[str, ...] = ()
    if _is_header(first):
        names, begin = tuple(first), begin.without_first()
    if not len(begin):
        raise DatasetError(f"{path}: expected lines of pixels; found only a header; add a line for each picture")
    left_out = frozenset(place for place, name in enumerate(names) if name.casefold() in COUNTERS)
    label = _named(path, names, len(first), label_column)
    left_out -= {label}
    if label is None:
        pixels = len(first) - len(left_out)
        if not _fits(pixels, shape):
            if not _fits(pixels - 1, shape):
                raise _unfit(path, pixels, shape, labelled=False)
            label = _first_or_last(
                path, begin, names, delimiter, [place for place in range(len(first)) if place not in left_out]
            )
    count = len(first) - len(left_out - {label}) - (label is not None)
    if not _fits(count, shape):
        raise _unfit(path, count, shape, labelled=True)
    side = math.isqrt(count)
    whole = (side, side, 1) if shape is None else (shape[0], shape[1], shape[2] if len(shape) == 3 else 1)
    return Layout(delimiter, names, len(first), label, left_out, whole), begin


def cells_of(path: Path, line: bytes, number: int, delimiter: bytes) -> list[str]:
    """The cells of a line, without quotes and spaces around them."""
    text = text_of(path, line, number)
    if '"' not in text:
        return [cell.strip() for cell in text.split(delimiter.decode())]
    try:
        rows = list(csv.reader([text], delimiter=delimiter.decode(), strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise DatasetError(
            f'{path}: expected quotes in pairs; found that "{error}" in line {number}; close them'
        ) from error
    return [cell.strip() for cell in rows[0]]


def text_of(path: Path, content: bytes, number: int) -> str:
    """A line or a part of it as text."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise DatasetError(
            f"{path}: expected text in UTF-8; found other bytes in line {number}; save it as CSV in UTF-8"
        ) from error


def _is_header(cells: list[str]) -> bool:
    return any(cell.casefold() in LABEL_NAMES for cell in cells) or not any(map(_is_number, cells))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _named(path: Path, names: tuple[str, ...], columns: int, label_column: str | int | None) -> int | None:
    """The label's column, if somebody says which it is."""
    lower = [name.casefold() for name in names]
    if isinstance(label_column, int):
        if not 1 <= label_column <= columns:
            raise DatasetError(
                f"{path}: expected the label's column from 1 to {columns}; found {label_column}; count from 1"
            )
        return label_column - 1
    if label_column is not None:
        if label_column.casefold() not in lower:
            shown = ", ".join(f"'{name:.40}'" for name in names[:5]) or "no header"
            found = shown + (", …" if len(names) > 5 else "")
            raise DatasetError(f"{path}: expected a column '{label_column}'; found {found}; name another, or its place")
        return lower.index(label_column.casefold())
    return next((lower.index(name) for name in LABEL_NAMES if name in lower), None)


def _fits(pixels: int, shape: tuple[int, ...] | None) -> bool:
    if shape is not None:
        return pixels == math.prod(shape)
    return pixels > 0 and math.isqrt(pixels) ** 2 == pixels


def _unfit(path: Path, pixels: int, shape: tuple[int, ...] | None, *, labelled: bool) -> DatasetError:
    """The pixels make no picture; perhaps a column is missing."""
    beside = "" if labelled else f", or {pixels - 1} and a label"
    if not pixels:
        return DatasetError(f"{path}: expected pixels beside the label; found none; add columns of pixels")
    if shape is not None:
        wanted = " × ".join(map(str, shape))
        return DatasetError(
            f"{path}: expected {wanted} = {math.prod(shape)} pixels in a line; found {pixels}{beside}; give the shape "
            f"that it has{'' if labelled else ', and check that the column of labels is there'}"
        )
    side = math.isqrt(pixels // 3)
    colour = f": ({side}, {side}, 3) if these are colours" if pixels == 3 * side * side else ""
    return DatasetError(
        f"{path}: expected as many pixels as a square picture has; found {pixels}{beside}; give the shape (height, "
        f"width) or (height, width, 3){colour}{'' if labelled else ', and check that the column of labels is there'}"
    )


def _first_or_last(path: Path, begin: Lines, names: tuple[str, ...], delimiter: bytes, places: list[int]) -> int:
    """Which of these columns, the first or the last, is the label; a line of another length is refused later."""
    first, last = places[0], places[-1]
    cells = (cells_of(path, line, number, delimiter) for line, number in zip(begin.lines, begin.numbers, strict=True))
    rows = [row for row in islice(cells, MOST_LOOKED_AT) if len(row) > last]
    for place in (last, first):
        if rows and not _is_number(rows[0][place]):
            return place
    nameless = [place for place in (first, last) if names and not any(map(str.isdigit, names[place]))]
    if len(nameless) == 1:
        return nameless[0]
    corner, other = (_mostly_the_same([row[place] for row in rows]) for place in (first, last))
    return last if corner and not other and len(rows) > 1 else first


def _mostly_the_same(cells: list[str]) -> bool:
    return max(Counter(cells).values(), default=0) > MOSTLY * len(cells)
