"""A kernel: a few weights that slide over a picture and answer strongly where the picture looks like them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.errors import ShapeError

__all__ = ["LARGEST_SIDE", "Kernel", "KernelLike", "numbers"]

LARGEST_SIDE = 512
"""Weights each way. Far beyond any use; keeps a mistaken file from asking for the whole memory."""
LARGEST_KERNEL = 1 << 24
"""Weights in all."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """Weights with a name.

    Attributes:
        values: float32 [height, width]; or [height, width, channels], one filter over all channels; or Keras' layout
            [height, width, channels, filters].
        name: as a person would call it.
        sentence: what pattern it answers to; empty where nobody said.

    Raises:
        ShapeError: as `numbers`.

    >>> Kernel([[1, 1], [-1, -1]], "horizontal line").values.shape
    (2, 2)
    """

    values: NDArray[np.float32]
    name: str = "kernel"
    sentence: str = ""

    def __post_init__(self) -> None:
        values = numbers(self.values).copy()
        values.flags.writeable = False
        object.__setattr__(self, "values", values)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in weights."""
        height, width = self.values.shape[:2]
        return height, width

    def turned(self) -> "Kernel":
        """Turned by 180 degrees, as mathematics lays it on a picture.

        What was said about it is only said again where the turned one is the same.

        >>> Kernel([[1, 2], [3, 4]]).turned().values.tolist()
        [[4.0, 3.0], [2.0, 1.0]]
        """
        values = self.values[::-1, ::-1]
        return Kernel(values, self.name, self.sentence if np.array_equal(values, self.values) else "")


KernelLike = Kernel | NDArray[np.generic] | Sequence[Any]
"""Weights with or without a name; lists may be nested two, three or four deep."""


def numbers(kernel: KernelLike) -> NDArray[np.float32]:
    """The weights of anything that can be a kernel, as float32 of 2, 3 or 4 dimensions, none of them 0.

    Raises:
        ShapeError: empty, ragged, of another number of dimensions, with letters, NaN or infinity in it, or absurdly
            large.

    >>> numbers([[1, 0], [0]])
    Traceback (most recent call last):
        ...
    seefood.errors.ShapeError: expected a kernel whose rows are equally long; found rows of 2 and 1; ...
    """
    values = kernel.values if isinstance(kernel, Kernel) else kernel
    if not isinstance(values, np.ndarray):
        values = _from_lists(values)
    if values.dtype.kind not in "biuf":
        raise _complaint("a kernel of numbers", f"values of type {values.dtype}", "write real numbers only")
    if values.ndim not in (2, 3, 4) or values.size == 0:
        expected = "a kernel as rows of numbers: [[1, 1], [-1, -1]]"
        raise _complaint(expected, f"one of shape {list(values.shape)}", "give it rows and columns")
    if max(values.shape[:2]) > LARGEST_SIDE or values.size > LARGEST_KERNEL:
        expected = f"a kernel of at most {LARGEST_SIDE} by {LARGEST_SIDE} weights"
        raise _complaint(expected, f"one of shape {list(values.shape)}", "use a smaller one")
    with np.errstate(over="ignore"):
        weights = np.ascontiguousarray(values, np.float32)
    if not np.isfinite(weights).all():
        place = [int(index) for index in np.argwhere(~np.isfinite(weights))[0]]
        raise _complaint("a kernel of finite numbers", f"{weights[tuple(place)]} at {place}", "write a number there")
    return weights


def _from_lists(values: object) -> NDArray[np.generic]:
    """Nested lists as an array; says in which way they are none."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise _complaint("a kernel as rows of numbers: [[1, 1], [-1, -1]]", _short(values), "write it so")
    rows = list(values)
    lengths = sorted({_length(row) for row in rows}, reverse=True)
    if len(lengths) > 1:
        found = f"rows of {' and '.join(map(str, lengths))}"
        raise _complaint("a kernel whose rows are equally long", found, "fill the short ones, with zeros for example")
    for row in rows:
        _check_numbers(row)
    try:
        array: NDArray[np.generic] = np.array(rows)
    except ValueError as error:
        raise _complaint("a kernel whose rows are equally long", "ragged rows", "fill the short ones") from error
    return array.astype(np.float64) if array.dtype == object else array


def _length(row: object) -> int:
    """Of a row; 0 for a number that stands where a row should."""
    return len(row) if isinstance(row, Sequence | np.ndarray) and not isinstance(row, str | bytes) else 0


def _check_numbers(value: object) -> None:
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for part in value:
            _check_numbers(part)
    elif not isinstance(value, int | float | np.generic | np.ndarray):
        raise _complaint("a kernel of numbers", _short(value), "write a number there")
    elif isinstance(value, int) and abs(value) > 1e30:
        raise _complaint("a kernel of finite numbers", _short(value), "write a smaller one")
    elif isinstance(value, float) and not math.isfinite(value):
        raise _complaint("a kernel of finite numbers", str(value), "write a number there")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _complaint(expected: str, found: str, remedy: str) -> ShapeError:
    return ShapeError(f"expected {expected}; found {found}; {remedy}")
