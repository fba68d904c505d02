"""Pixels of whatever scale as bytes: whole numbers from 0 to 255 as they are, fractions from 0 to 1 times 255."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.errors import DatasetError

__all__ = ["Greys"]

Where = Callable[[int, int], str]
"""Row and column of a part, from 0, as a person finds them: "line 3, column 4"."""


class Greys:
    """Gathers pixels part by part. Which scale they are on is known at the end only: 0 and 1 are on both.

    >>> greys = Greys("letters.csv")
    >>> greys.add(np.array([[0, 1]], np.uint8), lambda row, column: f"line {row + 1}")
    >>> greys.add(np.array([[0.5, 1]]), lambda row, column: f"line {row + 2}")
    >>> greys.gathered().tolist()
    [[0, 255], [128, 255]]
    """

    def __init__(self, name: object) -> None:
        self._name = name
        self._parts: list[tuple[NDArray[np.uint8], bool]] = []
        self._fraction = ""
        self._large = ""

    def add(self, values: NDArray[Any], where: Where) -> None:
        """Rows of pixels, [n, d].

        Raises:
            DatasetError: a value that is not from 0 to 255, or scales that do not go together.
        """
        if values.dtype != np.uint8:
            within = (values >= 0) & (values <= 255)  # not so NaN
            if not within.all():
                found = _first(values, ~within, where)
                raise self._wrong(f"found {found}; correct it, or leave the line out")
            whole = values == np.rint(values)
            if not whole.all():
                self._fraction = self._fraction or _first(values, ~whole, where)
                self._note_large(values, where)
                scaled = np.asarray(values, np.float64) * 255 + 0.5
                self._parts.append((scaled.astype(np.uint8), True))
                return
        self._note_large(values, where)
        self._parts.append((values.astype(np.uint8, copy=False), False))

    def _note_large(self, values: NDArray[Any], where: Where) -> None:
        if not self._large and values.max(initial=0) > 1:
            self._large = _first(values, values > 1, where)
        if self._large and self._fraction:
            raise self._wrong(f"found {self._fraction} and {self._large}; bring them to one scale")

    def gathered(self) -> NDArray[np.uint8]:
        """All the rows, uint8 [n, d]; the parts are given up."""
        parts, self._parts = self._parts, []
        if self._fraction:
            return np.concatenate([part if scaled else part * np.uint8(255) for part, scaled in parts])
        return np.concatenate([part for part, _ in parts])

    def _wrong(self, found: str) -> DatasetError:
        return DatasetError(
            f"{self._name}: expected pixels as whole numbers from 0 to 255, or all as fractions from 0 to 1; {found}"
        )


def _first(values: NDArray[Any], are: NDArray[np.bool_], where: Where) -> str:
    row, column = (int(place) for place in np.unravel_index(int(are.argmax()), are.shape))
    return f"{values[row, column]:g} in {where(row, column)}"
