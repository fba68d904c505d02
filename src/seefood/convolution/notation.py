"""A kernel as a person writes it: in brackets, in rows, in a file, or by its name on the shelf.

Nothing is evaluated. A weight is a decimal number or a fraction of two, and an error says in which row and column,
counted from 1, something else stands.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from seefood.convolution.kernels import LARGEST_SIDE, Kernel, numbers
from seefood.convolution.shelf import SHELF, named
from seefood.errors import ShapeError
from seefood.files import reason

__all__ = ["kernel_file", "kernel_from_text", "number"]

LARGEST_TEXT = 8 * 2**20
"""Characters of text, bytes of a file: twice what the largest kernel of one plane takes."""
MOST_WRITTEN = 1 << 20
"""Weights: a filter over three channels as large as can be. Far more are made by programs, and not as text."""
LONGEST_NUMBER = 60
"""Characters."""
LARGEST_WEIGHT = float(np.finfo(np.float32).max)
SUFFIXES = {".txt", ".csv", ".tsv", ".json"}

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_WEIGHT = re.compile(rf"({_NUMBER})(?:\s*/\s*({_NUMBER}))?", re.ASCII)
_EXAMPLE = "'1 1; -1 -1' or [[1, 1], [-1, -1]]"
_DEEPEST = 4


def kernel_from_text(text: str) -> Kernel:
    """A kernel from what somebody typed.

    Tried in this order: a name on the shelf; the path of a text, CSV or JSON file; nested lists as in JSON; rows
    parted by semicolons or new lines, weights by blanks or commas. Fractions such as 1/9 are welcome everywhere.

    Raises:
        ShapeError: none of these; or rows of different lengths, something that is no finite number, or a kernel too
            large, with its place.

    >>> kernel_from_text("1 1; -1 -1").values.tolist()
    [[1.0, 1.0], [-1.0, -1.0]]
    >>> kernel_from_text("1/4, 1/2, 1/4").values.tolist()
    [[0.25, 0.5, 0.25]]
    >>> kernel_from_text("1 0; x 1")
    Traceback (most recent call last):
        ...
    seefood.errors.ShapeError: expected a number in row 2, column 1 of the kernel; found 'x'; ...
    """
    written = text.strip()
    if not written:
        raise _complaint(f"a kernel such as {_EXAMPLE}", "nothing", "write its weights")
    if _key(written) in SHELF:
        return SHELF[_key(written)]
    path = kernel_file(written)
    if path is not None:
        return _from_file(path)
    _check_meant_as_numbers(written)
    return Kernel(_weights(written))


def kernel_file(text: str) -> Path | None:
    """The file that `kernel_from_text` reads for this text; None where it reads none.

    >>> kernel_file("1 1; -1 -1"), kernel_file("laplacian")
    (None, None)
    """
    written = text.strip()
    if not written or _key(written) in SHELF:
        return None
    return Path(written) if os.path.isfile(written) else None  # noqa: PTH113 -- no error for text that is no path


def number(text: str, what: str) -> float:
    """One decimal number or fraction; ``what`` names it in the error.

    Raises:
        ShapeError: something else, or beyond what float32 holds.

    >>> number("1/4", "a bias")
    0.25
    """
    written = text.strip().replace("\u2212", "-")
    match = _WEIGHT.fullmatch(written) if len(written) <= LONGEST_NUMBER else None
    if match is None:
        found = _short(written) if written else "nothing"
        raise _complaint(what, found, "write a number such as -1, 0.5 or 1/9")
    over, under = float(match[1]), float(match[2] or 1)
    value = over / under if under else np.inf
    if not abs(value) <= LARGEST_WEIGHT:
        raise _complaint(what, f"{_short(written)}, which is beyond all bounds", "write a finite number")
    return value


def _key(text: str) -> str:
    return "-".join(text[:100].lower().replace("_", " ").replace("-", " ").split())


def _from_file(path: Path) -> Kernel:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_TEXT + 1)
        text = data.decode("utf-8-sig").strip()
    except OSError as error:
        raise _complaint(f"a file with a kernel at {path}", reason(error), "name another file") from error
    except UnicodeDecodeError as error:
        found = "something that is no text"
        raise _complaint(f"a file with a kernel at {path}", found, f"write it as {_EXAMPLE}") from error
    if not text:
        raise _complaint(f"a kernel in {path}", "an empty file", f"write it as {_EXAMPLE}")
    try:
        return Kernel(_weights(text), path.stem)
    except ShapeError as error:
        raise ShapeError(f"{path}: {error}") from error


def _check_meant_as_numbers(text: str) -> None:
    """Somebody who writes a word means a name or a file; say that there is none."""
    if os.path.isdir(text):  # noqa: PTH112 -- as above
        raise _complaint(f"a file with a kernel at {_short(text)}", "a folder", "name a file in it")
    if os.path.lexists(text):
        raise _complaint(f"a file with a kernel at {_short(text)}", "something that is no file", "name a file")
    if "\n" not in text and Path(text[:300]).suffix.lower() in SUFFIXES:
        raise _complaint(f"a file with a kernel at {_short(text)}", "no such file", "check the path")
    if re.search(r"\d", text, re.ASCII) is None and re.fullmatch(r"[\w -]{3,}", text[:300]) is not None:
        if _key(text) in {"nan", "inf", "infinity"}:
            return
        try:
            named(text)
        except ShapeError as error:
            hint = str(error).rsplit("; ", maxsplit=1)[-1]
            message = _complaint(f"a kernel such as {_EXAMPLE}, a file or a name on the shelf", _short(text), hint)
            raise message from error


def _weights(text: str) -> Any:
    if len(text) > LARGEST_TEXT:
        raise _complaint(
            f"a kernel in at most {LARGEST_TEXT:,} characters", f"{len(text):,} or more", "use a smaller one"
        )
    if text.startswith("["):
        return _from_brackets(text)
    lines = [line.strip() for line in re.split(r"[;\n\r]", text)]
    lines = [line for line in lines if line]
    _check_count(len(lines), "rows")
    rows = [_cells(line) for line in lines]
    for index, row in enumerate(rows, 1):
        _check_count(len(row), f"in row {index}")
    if not rows:
        raise _complaint(f"a kernel such as {_EXAMPLE}", _short(text), "write its weights")
    return numbers(_checked_rows(rows))


def _check_count(count: int, where: str) -> None:
    """Before weights are read: a million of them take seconds."""
    if count > LARGEST_SIDE:
        expected = f"a kernel of at most {LARGEST_SIDE} by {LARGEST_SIDE} weights"
        raise _complaint(expected, f"{count:,} {where}", "use a smaller one")


def _cells(line: str) -> list[str]:
    line = re.sub(r"[ \t]{0,9}/[ \t]{0,9}", "/", line)
    return [cell.strip() for cell in line.split(",")] if "," in line else line.split()


def _checked_rows(rows: list[list[str]]) -> list[list[float]]:
    values = [
        [number(cell, f"a number in row {row}, column {column} of the kernel") for column, cell in enumerate(cells, 1)]
        for row, cells in enumerate(rows, 1)
    ]
    _check_even(values, "")
    return values


def _from_brackets(text: str) -> Any:
    """Nested lists; whatever stands between brackets and commas is put in quotes, so that only they are JSON's."""
    count = text.count(",") + 1
    if count > MOST_WRITTEN:
        raise _complaint(f"a kernel of at most {MOST_WRITTEN:,} written weights", f"{count:,}", "use a smaller one")
    quoted = re.sub(r"[^\[\],]+", lambda match: json.dumps(match[0].strip()) if match[0].strip() else "", text)
    quoted = re.sub(r",(?=[,\]])", ',""', quoted.replace("[,", '["",'))
    try:
        nested = json.loads(quoted)
    except json.JSONDecodeError as error:
        found = f"brackets or commas that do not match in {_short(text)}"
        raise _complaint("a kernel in brackets: [[1, 1], [-1, -1]]", found, "check them") from error
    except RecursionError as error:
        raise _complaint("a kernel of two to four dimensions", "hundreds of brackets", "use fewer brackets") from error
    if nested and not isinstance(nested[0], list):
        nested = [nested]  # one row
    return numbers(_checked(nested, ()))


def _checked(nested: Any, place: tuple[int, ...]) -> Any:
    """Lists of equal length down to the numbers, whatever their depth."""
    if not isinstance(nested, list):
        return number(nested, f"a number {_where(place)}")
    if not nested:
        raise _complaint("a kernel with weights", f"empty brackets {_where(place)}".strip(), "write numbers there")
    if len(place) >= _DEEPEST:
        raise _complaint("a kernel of two to four dimensions", "more brackets", "use fewer brackets")
    if len(place) < 2:
        _check_count(len(nested), _where(place) or "rows")
    if len({isinstance(part, list) for part in nested}) > 1:
        found = "rows and single numbers side by side"
        raise _complaint("a kernel whose rows are equally long", found, "put each row in brackets")
    parts = [_checked(part, (*place, index)) for index, part in enumerate(nested, 1)]
    if isinstance(parts[0], list):
        _check_even(parts, _where(place) if place else "")
    return parts


def _where(place: tuple[int, ...]) -> str:
    words = [f"{name} {index}" for name, index in zip(("row", "column", "channel", "filter"), place, strict=False)]
    return f"in {', '.join(words)} of the kernel" if words else ""


def _check_even(rows: list[list[Any]], where: str) -> None:
    first = len(rows[0])
    for index, row in enumerate(rows, 1):
        if len(row) != first:
            found = f"{first} in row 1 and {len(row)} in row {index}"
            expected = f"a kernel whose rows are equally long{' ' if where else ''}{where}"
            raise _complaint(expected, found, "fill the short ones, with zeros for example")


def _short(text: str) -> str:
    shown = repr(text[: 2 * LONGEST_NUMBER])
    return shown if len(shown) <= LONGEST_NUMBER else f"{shown[: LONGEST_NUMBER - 3]}…'"


def _complaint(expected: str, found: str, remedy: str) -> ShapeError:
    return ShapeError(f"expected {expected}; found {found.removeprefix('found: ')}; {remedy}")
