"""Where the lines of an axis are: at 1, 2 or 5 times a power of ten, evenly spaced or, on a log scale, by factors."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seefood.drawing.figures import figure, tick_labels

__all__ = ["LARGEST", "SMALLEST", "Scale", "extent", "log_ticks", "ticks"]

_STRIDES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
SMALLEST, LARGEST = 1e-300, 1e300
"""What is beyond cannot be subtracted without overflow and is drawn as little as infinity is."""


def ticks(low: float, high: float, most: int = 6, *, whole: bool = False) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten from ``low`` to ``high``, at most ``most`` and one more.

    ``whole`` asks for whole numbers only: epochs, steps.

    >>> ticks(0.0, 1.0), ticks(-3.0, 12.0, 4), ticks(1.0, 3.0, whole=True)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.0, 5.0, 10.0], [1.0, 2.0, 3.0])
    """
    if not low < high:
        return [low]
    mantissa, exponent = _step((high - low) / max(most, 1))
    if whole and exponent < 0:
        mantissa, exponent = 1, 0
    step = _times_power(mantissa, exponent)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    found = [_times_power(multiple * mantissa, exponent) for multiple in range(first, last + 1)]
    rounding = 1e-9 * (high - low)
    return [value for value in found if low - rounding <= value <= high + rounding]


def log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Powers of ten between two positive numbers; also 2 and 5 times them where those are few; else `ticks`.

    >>> log_ticks(0.01, 100.0), log_ticks(1.0, 20.0), log_ticks(1.0, 1.5, 3)
    ([0.01, 0.1, 1.0, 10.0, 100.0], [1.0, 2.0, 5.0, 10.0, 20.0], [1.0, 1.2, 1.4])
    """
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    strides = [stride for stride in _STRIDES if (last - first) / stride <= most]
    # Multiples of the stride, so that 1 stays among them where it is in reach; wide ones may miss a short axis.
    for stride in (strides[0], *reversed([stride for stride in _STRIDES if stride < strides[0]])):
        powers = [exponent for exponent in range(first, last + 1) if exponent % stride == 0]
        if len(powers) >= 3:
            return [_times_power(1, exponent) for exponent in powers]
    found = [_times_power(mantissa, exponent) for exponent in range(first - 1, last + 1) for mantissa in (1, 2, 5)]
    found = [value for value in found if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]
    return found if len(found) >= 3 else [value for value in ticks(low, high, most) if value > 0]


def _step(least: float) -> tuple[int, int]:
    """The smallest 1, 2 or 5 times a power of ten that is not below ``least``: mantissa and exponent."""
    exponent = math.floor(math.log10(least))
    for mantissa in (1, 2, 5):
        if _times_power(mantissa, exponent) >= least * (1 - 1e-9):
            return mantissa, exponent
    return 1, exponent + 1


def _times_power(mantissa: int, exponent: int) -> float:
    """mantissa · 10^exponent, as near as floating point comes."""
    return float(mantissa * 10**exponent) if exponent >= 0 else mantissa / 10**-exponent


def extent(values: ArrayLike, *, log: bool = False) -> tuple[float, float]:
    """The smallest and the largest that can be drawn, apart in any case: alone or equal ones get room around them.

    >>> extent([1.0, np.nan, 3.0]), extent([]), extent([5.0]), extent([0.0, 10.0, 1000.0], log=True)
    ((1.0, 3.0), (0.0, 1.0), (4.5, 5.5), (10.0, 1000.0))
    """
    numbers = np.asarray(values, np.float64).ravel()
    with np.errstate(invalid="ignore"):
        numbers = numbers[(numbers >= SMALLEST if log else numbers >= -LARGEST) & (numbers <= LARGEST)]
    if not numbers.size:
        return (0.1, 1.0) if log else (0.0, 1.0)
    low, high = float(numbers.min()), float(numbers.max())
    if high - low > max(1e-12 * max(abs(low), abs(high)), SMALLEST):
        return low, high
    room = max((abs(high) or 1.0) / 10, SMALLEST)
    return (low / 2, high * 2) if log else (low - room, high + room)


@dataclass(frozen=True)
class Scale:
    """From numbers to pixels along one axis: ``low`` is at ``start``, ``high`` at ``end``.

    >>> Scale(0.0, 10.0, 100.0, 200.0).pixels([0.0, 5.0]).tolist()
    [100.0, 150.0]
    >>> Scale(1.0, 100.0, 0.0, 50.0, log=True).pixels([10.0, 0.0]).tolist()
    [25.0, nan]
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def pixels(self, values: ArrayLike) -> NDArray[np.float64]:
        """Where numbers are, float64 of their shape; NaN for what has no place on this axis."""
        numbers = np.asarray(values, np.float64)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            numbers = np.where(np.abs(numbers) <= 10 * LARGEST, numbers, np.nan)  # axes go a little beyond
            low, high = self.low, self.high
            if self.log:
                numbers = np.where(numbers > 0, np.log10(numbers), np.nan)
                low, high = math.log10(low), math.log10(high)
            return self.start + (numbers - low) / (high - low) * (self.end - self.start)

    def ticks(self, most: int, *, whole: bool = False) -> tuple[list[float], list[str]]:
        """Where this axis has its lines, and what is written there.

        >>> Scale(0.5, 20.0, 0.0, 1.0, log=True).ticks(4)
        ([0.5, 1.0, 2.0, 5.0, 10.0, 20.0], ['0.5', '1', '2', '5', '10', '20'])
        """
        if self.log:
            values = log_ticks(self.low, self.high, most)
            return values, [figure(value) for value in values]
        values = ticks(self.low, self.high, most, whole=whole)
        return values, tick_labels(values)
