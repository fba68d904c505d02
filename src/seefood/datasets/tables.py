"""Tables of numbers with a label on every line: CSV, TSV, also in gzip or alone in a ZIP archive.

A well-formed table goes through NumPy's reader in one piece, whole numbers from 0 to 255 first, which are eight times
as fast as others. Only a table that it refuses is looked at cell by cell, to say which line and column is wrong.
"""

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.datasets.compressed import opened
from seefood.errors import DatasetError

__all__ = ["LABEL_NAMES", "Table", "read_table"]

LABEL_NAMES = ("label", "class", "target", "species", "y")
"""Column names that mean the label, the surest first; capitals do not matter."""
COUNTERS = ("", "id", "index")
"""Names of columns that only number the lines."""

LARGEST_BYTES = 1 << 29
MOST_LINES = 5_000_000
MOST_COLUMNS = 1 << 16
LONGEST_CELL = 40
"""Characters of a cell that a message shows."""

UNIT_SEPARATOR = "\x1f"
"""A control character that no text has a use for."""
_SPACES = str.maketrans({UNIT_SEPARATOR: " ", "\n": " ", "\r": " "})


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers and labels.

    Attributes:
        values: [n, d], read-only; float32 where all are whole numbers from 0 to 255, as in pictures, else float64.
        labels: the text in each line's label, [n].
        names: the d columns of numbers; ``column 3`` where the file has no header.
        label_name: the label's column.
        left_out: columns that only number the lines.
        lines: int64 [n], where in the file each example stands; counted from 1, a header and blank lines with them.
    """

    values: NDArray[np.float32] | NDArray[np.float64]
    labels: tuple[str, ...]
    names: tuple[str, ...]
    label_name: str
    left_out: tuple[str, ...]
    lines: NDArray[np.int64]


def read_table(path: Path, *, label: str | int | None = None) -> Table:
    """Read a table of numbers with one column of labels.

    Cells are separated by commas, tabs or semicolons, whichever the first line has most of. The first line is a header
    if no cell of it is a number, or if one of them is in `LABEL_NAMES`.

    The label is the column that ``label`` names, or counts from 1 (also as a text, where no column is named so); else
    the first of `LABEL_NAMES` that is there; else the last column, or failing that the first, if its first cell is not
    a number. A column without a name, or named id or index, that counts up by one from line to line is left out: it
    knows the order of the lines, not the example.

    Raises:
        DatasetError: no such file, not a table of text, too large, empty, a line of another length, no label, or a
            cell that is not a finite number where one should be; with line and column.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "flowers.csv"
    ...     _ = path.write_text("length,width,species\\n5.1,3.5,setosa\\n7.0,3.2,versicolor\\n")
    ...     table = read_table(path)
    >>> table.values.tolist(), table.labels, table.names
    ([[5.1, 3.5], [7.0, 3.2]], ('setosa', 'versicolor'), ('length', 'width'))
    """
    lines = _Lines.of(path, _text(path, _content(path)))
    header = lines.cells(0)
    if _is_header(header):
        lines = lines.without_first()
    else:
        header = [f"column {number}" for number in range(1, len(header) + 1)]
    if not len(lines):
        raise DatasetError(f"{path}: expected lines of numbers; found only a header; add examples")
    lines.check_lengths(len(header))
    place = _label_place(lines, header, label)
    columns = [column for column in range(len(header)) if column != place]
    if not columns:
        raise DatasetError(f"{path}: expected numbers beside the label; found one column; add columns of numbers")
    values = _numbers(lines, columns, header)
    kept = np.array([not _counts(header[column], values[:, k]) for k, column in enumerate(columns)])
    left_out = tuple(header[column] for column in compress(columns, ~kept))
    names = tuple(header[column] or f"column {column + 1}" for column in compress(columns, kept))
    if not names:
        raise DatasetError(f"{path}: expected numbers beside the label; found only line numbers; add columns")
    values = values[:, kept] if left_out else values
    numbers = np.array(lines.numbers, np.int64)
    for array in (values, numbers):
        array.flags.writeable = False
    return Table(values, _labels(lines, place, header), names, header[place], left_out, numbers)


# --- from a file to text


def _content(path: Path) -> bytes:
    """The bytes of the file, decompressed; never more than are allowed."""
    with opened(path, LARGEST_BYTES) as file:
        return file.read(LARGEST_BYTES + 1)


def _text(path: Path, content: bytes) -> str:
    remedy = "save it as CSV in UTF-8"
    if b"\0" in content:  # also any UTF-16
        raise DatasetError(f"{path}: expected a table as text; found binary data; {remedy}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DatasetError(f"{path}: expected text in UTF-8; found other bytes in line {line}; {remedy}") from error
    if not text.strip():
        raise DatasetError(f"{path}: expected a table; found an empty file; put a header and examples in it")
    return text


# --- from text to lines


@dataclass(frozen=True, eq=False)
class _Lines:
    """The lines that are not blank, and where in the file each of them is."""

    path: Path
    lines: Sequence[str]
    numbers: Sequence[int]
    delimiter: str

    @classmethod
    def of(cls, path: Path, text: str) -> "_Lines":
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if text.count("\n") > MOST_LINES:
            raise DatasetError(f"{path}: expected at most {MOST_LINES} lines; found more; split it or leave lines out")
        lines = text.split("\n")
        numbers = [number for number, line in enumerate(lines, start=1) if line and not line.isspace()]
        if len(numbers) < len(lines):
            lines = [lines[number - 1] for number in numbers]
        delimiter = max(",\t;", key=lines[0].count)
        if '"' in text:
            lines, numbers = _unquoted(path, text, delimiter)
            delimiter = UNIT_SEPARATOR
        if (columns := lines[0].count(delimiter) + 1) > MOST_COLUMNS:
            raise DatasetError(
                f"{path}: expected at most {MOST_COLUMNS} columns; found {columns} in line {numbers[0]}; leave some out"
            )
        return cls(path, lines, numbers, delimiter)

    def __len__(self) -> int:
        return len(self.lines)

    def without_first(self) -> "_Lines":
        return _Lines(self.path, self.lines[1:], self.numbers[1:], self.delimiter)

    def cells(self, index: int) -> list[str]:
        return [cell.strip() for cell in self.lines[index].split(self.delimiter)]

    def check_lengths(self, columns: int) -> None:
        for line, number in zip(self.lines, self.numbers, strict=True):
            if (found := line.count(self.delimiter) + 1) != columns:
                raise DatasetError(
                    f"{self.path}: expected {columns} columns in every line, as in the first; found {found} in line "
                    f"{number}; make the lines equally long"
                )

    def column(self, place: int) -> list[str]:
        """The cells of one column, stripped."""
        if place == 0:
            return [line.split(self.delimiter, 1)[0].strip() for line in self.lines]
        return [line.split(self.delimiter, place + 1)[place].strip() for line in self.lines]


def _unquoted(path: Path, text: str, delimiter: str) -> tuple[list[str], list[int]]:
    """Lines with quotes in them, read by Python's csv and put together again with a separator no text uses."""
    lines, numbers, reader = [], [], csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begin = 1  # a cell in quotes may go on over several lines: where the first of them is
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append(UNIT_SEPARATOR.join(cell.translate(_SPACES) for cell in cells))
                numbers.append(begin)
            begin = reader.line_num + 1
    except csv.Error as error:
        raise DatasetError(
            f'{path}: expected quotes in pairs; found that "{error}" in line {reader.line_num}; close them'
        ) from error
    return lines, numbers


# --- from lines to numbers and labels


def _is_header(cells: list[str]) -> bool:
    names = {cell.casefold() for cell in cells}
    return not names.isdisjoint(LABEL_NAMES) or not any(map(_is_number, cells))


def _is_number(cell: str) -> bool:
    """Also NaN and infinity: whoever writes them means a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _label_place(lines: _Lines, header: list[str], label: str | int | None) -> int:
    """Which column is the label, from 0."""
    names = [name.casefold() for name in header]
    if isinstance(label, str) and label.casefold() not in names and re.fullmatch(r"[0-9]{1,9}", label):
        label = int(label)
    if isinstance(label, int):
        if 1 <= label <= len(header):
            return label - 1
        raise DatasetError(
            f"{lines.path}: expected the label's column from 1 to {len(header)}; found {label}; count from 1"
        )
    if label is not None:
        if label.casefold() in names:
            return names.index(label.casefold())
        shown = ", ".join(f"'{name}'" for name in header[:10]) + (", …" if len(header) > 10 else "")
        raise DatasetError(f"{lines.path}: expected a column '{label}'; found {shown}; name one of these")
    for name in LABEL_NAMES:
        if name in names:
            return names.index(name)
    first = lines.cells(0)
    for place in (len(header) - 1, 0):
        if first[place] and not _is_number(first[place]):
            return place
    raise DatasetError(
        f"{lines.path}: expected a column of labels; found none that is named {', '.join(LABEL_NAMES)}, and numbers in "
        "the first and last; say which column it is with label= or --label, by its name or number"
    )


def _numbers(lines: _Lines, columns: list[int], header: list[str]) -> NDArray[np.float32] | NDArray[np.float64]:
    """The columns of numbers, [lines, columns]."""
    options: dict[str, Any] = {"delimiter": lines.delimiter, "comments": None, "usecols": columns, "ndmin": 2}
    try:
        return np.loadtxt(lines.lines, dtype=np.uint8, **options).astype(np.float32)
    except ValueError:
        pass
    try:
        values: NDArray[np.float64] = np.loadtxt(lines.lines, dtype=np.float64, **options)
    except ValueError as error:
        raise _first_wrong(lines, columns, header) from error
    if not np.isfinite(values).all():
        raise _first_wrong(lines, columns, header)
    return values


def _first_wrong(lines: _Lines, columns: list[int], header: list[str]) -> DatasetError:
    """What is wrong with the first cell that is not a finite number."""
    for index, number in enumerate(lines.numbers):
        cells = lines.lines[index].split(lines.delimiter)
        for column in columns:
            cell = cells[column].strip()
            # Python reads a few more ways to write a number than NumPy does: 1_000, and digits of other scripts.
            if not _is_number(cell) or "_" in cell or not cells[column].isascii() or not math.isfinite(float(cell)):
                named = f"column {column + 1}"
                named += f" ('{header[column]}')" if header[column] not in ("", named) else ""
                found = "an empty cell" if not cell else f"'{_short(cell)}'"
                return DatasetError(
                    f"{lines.path}: expected finite numbers in every column but the label; found {found} in line "
                    f"{number}, {named}; correct it, or leave the line or the column out"
                )
    return DatasetError(f"{lines.path}: expected numbers; found something else; write plain decimal numbers")


def _labels(lines: _Lines, place: int, header: list[str]) -> tuple[str, ...]:
    labels = lines.column(place)
    if "" in labels:
        number = lines.numbers[labels.index("")]
        raise DatasetError(
            f"{lines.path}: expected a label in every line; found none in line {number}, column {place + 1} "
            f"('{header[place]}'); fill it in or leave the line out"
        )
    return tuple(labels)


def _counts(name: str, values: NDArray[Any]) -> bool:
    return name.casefold() in COUNTERS and len(values) > 1 and bool((np.diff(values) == 1).all())


def _short(cell: str) -> str:
    return cell if len(cell) <= LONGEST_CELL else f"{cell[: LONGEST_CELL - 1]}…"
