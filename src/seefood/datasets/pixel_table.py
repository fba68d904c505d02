"""Tables of pixels: a picture on each line, with its label or without, as Kaggle's MNIST and Fashion-MNIST are.

A block of lines that is nothing but plain whole numbers is read in one go (`whole_numbers.py`); any other by NumPy,
line by line; and what that refuses is looked at cell by cell, to say which line and column is wrong.
"""

from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from seefood.datasets.compressed import opened
from seefood.datasets.greys import Greys
from seefood.datasets.naming import plain_label
from seefood.datasets.table_layout import Layout, cells_of, layout_of, text_of
from seefood.datasets.text_lines import Lines, blocks_of_lines
from seefood.datasets.whole_numbers import whole_numbers
from seefood.errors import DatasetError

__all__ = ["read_pixel_table"]

LONGEST_CELL = 40
"""Characters of a cell that a message shows."""


def read_pixel_table(
    path: Path, *, shape: tuple[int, ...] | None = None, label_column: str | int | None = None
) -> tuple[NDArray[np.uint8], list[str] | None]:
    """(pictures uint8 [n, height, width, channels], labels as `plain_label` writes them, or None where there are none).

    Cells are separated by commas, tabs or semicolons; the file may be in gzip or alone in a ZIP archive. Pixels come
    row by row; of colour pictures, whose ``shape`` (height, width, 3) must be given, red, green and blue of the first
    pixel come first. Without a shape pictures are grey and square. Pixels are whole numbers from 0 to 255 or, all of
    them, fractions from 0 to 1, which are scaled. `layout_of` says which column is the label.

    Raises:
        DatasetError: no such file, not such a table, too large, empty, a line of another length, a label or a pixel
            that is none; with line and column.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "tiny.csv"
    ...     _ = path.write_text("label,pixel1,pixel2,pixel3,pixel4\\n7,0,255,3,4\\n")
    ...     pictures, labels = read_pixel_table(path)
    >>> pictures[..., 0].tolist(), labels
    ([[[0, 255], [3, 4]]], ['7'])
    """
    with opened(path) as file:
        blocks = blocks_of_lines(path, file)
        first = next(blocks, None)
        if first is None:
            raise DatasetError(f"{path}: expected lines of pixels; found an empty file; put a line for each picture in")
        layout, first = layout_of(path, first, shape, label_column)
        reading = _Reading(path, layout)
        reading.add(first)
        for block in blocks:
            if block:
                reading.add(block)
    pictures = reading.greys.gathered().reshape(-1, *layout.shape)
    return pictures, None if layout.label is None else reading.labels


class _Reading:
    """Labels and pixels, gathered block by block."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self._path, self._layout = path, layout
        self._plain: dict[bytes, str] = {}
        self.greys = Greys(path)
        self.labels: list[str] = []

    def add(self, block: Lines) -> None:
        parts = self._parts(block)
        if self._layout.label is not None:
            self._add_labels([label for label, _ in parts], block)
        lines = [pixels for _, pixels in parts]
        self.greys.add(
            self._numbers(lines, block),
            lambda row, column: self._where(block.numbers[row], self._layout.pixels[column]),
        )

    def _parts(self, block: Lines) -> list[tuple[bytes, bytes]]:
        """The label and the pixels of each line."""
        parted = self._layout.parted
        parts = []
        for line, number in zip(block.lines, block.numbers, strict=True):
            try:
                parts.append(parted(line) if b'"' not in line else self._unquoted(line, number))
            except ValueError as error:
                if isinstance(error, DatasetError):
                    raise
                self._fail_ragged(line, number)
        return parts

    def _unquoted(self, line: bytes, number: int) -> tuple[bytes, bytes]:
        delimiter = self._layout.delimiter
        cells = [cell.encode() for cell in cells_of(self._path, line, number, delimiter)]
        label, pixels = self._layout.chosen(cells)
        if pixels.count(delimiter) >= len(self._layout.pixels):  # one is inside a cell
            pixels = delimiter.join([cells[place].replace(delimiter, b" ") for place in self._layout.pixels])
        return label, pixels

    def _add_labels(self, labels: list[bytes], block: Lines) -> None:
        for label, number in zip(labels, block.numbers, strict=True):
            if label not in self._plain:
                self._plain[label] = self._label(label, number)
        self.labels += [self._plain[label] for label in labels]

    def _label(self, label: bytes, number: int) -> str:
        cell = text_of(self._path, label, number).strip()
        plain = plain_label(cell)
        if plain is None:
            where = self._where(number, self._layout.label or 0)
            raise DatasetError(
                f"{self._path}: expected a whole number or a name as label; found {_shown(cell)} in {where}; correct "
                "it, or say which column is the label"
            )
        return plain

    def _numbers(self, lines: list[bytes], block: Lines) -> NDArray[np.uint8] | NDArray[np.float64]:
        """The pixels of some lines, [lines, pixels]."""
        columns, delimiter = len(self._layout.pixels), self._layout.delimiter
        text = b"\n".join([*lines, b""])
        numbers = whole_numbers(text, columns, delimiter)
        if numbers is None and b" " in text:
            numbers = whole_numbers(_without_spaces(text, delimiter), columns, delimiter)
        if numbers is not None:
            return numbers
        for line, number in zip(lines, block.numbers, strict=True):
            if line.count(delimiter) + 1 != columns:
                self._fail_ragged(block.lines[block.numbers.index(number)], number)
        try:
            return _any_numbers(lines, delimiter)
        except ValueError as error:
            raise self._wrong_cell(lines, block) from error

    def _fail_ragged(self, line: bytes, number: int) -> NoReturn:
        found = len(cells_of(self._path, line, number, self._layout.delimiter))
        raise DatasetError(
            f"{self._path}: expected {self._layout.columns} columns in every line, as in the first; found {found} in "
            f"line {number}; make the lines equally long"
        )

    def _wrong_cell(self, lines: list[bytes], block: Lines) -> DatasetError:
        """What is wrong with the first cell that is no number."""
        for line, number in zip(lines, block.numbers, strict=True):
            for place, cell in zip(self._layout.pixels, line.split(self._layout.delimiter), strict=True):
                try:
                    _any_numbers([cell], self._layout.delimiter)
                except ValueError:
                    return DatasetError(
                        f"{self._path}: expected a number for every pixel; found "
                        f"{_shown(cell.decode('utf-8', 'replace').strip())} in {self._where(number, place)}; correct "
                        "it, or leave the line out"
                    )
        return DatasetError(f"{self._path}: expected a number for every pixel; found others; write plain numbers")

    def _where(self, number: int, place: int) -> str:
        return f"line {number}, {self._layout.column(place)}"


def _any_numbers(lines: list[bytes], delimiter: bytes) -> NDArray[np.float64]:
    """Numbers as NumPy reads them, [lines, pixels]; ValueError where one is none."""
    if not all(map(bytes.strip, lines)):  # NumPy would leave such a line out
        raise ValueError(lines)
    texts = [line.decode("latin-1") for line in lines]
    return np.loadtxt(texts, np.float64, delimiter=delimiter.decode(), comments=None, ndmin=2)


def _without_spaces(text: bytes, delimiter: bytes) -> bytes:
    """Without a space before or after a cell; whoever writes more of them waits longer."""
    for end in (delimiter, b"\n"):
        text = text.replace(end + b" ", end).replace(b" " + end, end)
    return text.removeprefix(b" ")


def _shown(cell: str) -> str:
    if not cell:
        return "an empty cell"
    return f"'{cell}'" if len(cell) <= LONGEST_CELL else f"'{cell[: LONGEST_CELL - 1]}…'"
