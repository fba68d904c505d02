"""Whether two small grey pictures show the same photo: laid over each other as well as they can be, then compared.

A copy may have been cut, mirrored, made brighter and encoded again, so the second picture is scaled and shifted, each
way on its own, until the difference is least where they overlap. That is Gauss-Newton on a linear model of brightness
(Lucas and Kanade 1981, "An iterative image registration technique"), from coarse to fine. Many pairs at once.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Aligned", "align", "placed", "shrunk"]

Array = NDArray[Any]

LEAST_SCALE, MOST_SCALE = 0.74, 1.36
"""A tenth cut off each side leaves 0.8 of a picture; a little more because the start is never exact."""
MOST_SHIFT = 0.27
"""Of half a side: a tenth cut off one side only moves the centre by a tenth of the half."""
DAMPING = 1e-3
"""Share of the diagonal: a flat picture says nothing about where it lies."""
LEAST_GAIN = 0.1


@dataclass(frozen=True)
class Aligned:
    """How pairs lie and how alike they are there.

    Attributes:
        places: [n, 4]: scale down and across, shift down and across, of the second picture seen from the first; in
            half sides.
        correlation: [n], normalised cross-correlation over the overlap, -1 … 1.
        overlap: [n], share of the first picture that the second covers.
    """

    places: Array
    correlation: Array
    overlap: Array


def shrunk(grey: Array, factor: int) -> Array:
    """Small pictures [n, side, side], means of ``factor`` by ``factor`` pixels, float32.

    >>> shrunk(np.array([[[0, 2], [4, 6]]]), 2).tolist()
    [[[3.0]]]
    """
    rows = grey[:, ::factor].astype(np.float32)
    for part in range(1, factor):
        rows += grey[:, part::factor]
    both = rows[:, :, ::factor].copy()
    for part in range(1, factor):
        both += rows[:, :, part::factor]
    return np.asarray(both / np.float32(factor**2))


def align(first: Array, second: Array, places: Array | None = None, steps: int = 8) -> Aligned:
    """Lay each second picture over its first one.

    Args:
        first, second: float32 [n, side, side], 0 … 255.
        places: where to begin, [n, 4]; lying exactly upon each other by default.
        steps: of Gauss-Newton.
    """
    if places is None:
        places = np.tile(np.array([1, 1, 0, 0], np.float32), (len(first), 1))
    target = first.reshape(len(first), first.shape[1] ** 2, 1)
    for _ in range(steps):
        places = _bounded(places + _step(target, second, places))
    warped, inside = placed(second, places)
    return Aligned(places, _correlation(first, warped, inside), inside.mean(axis=(1, 2)))


def placed(second: Array, places: Array) -> tuple[Array, Array]:
    """The second pictures as they lie over the first ones, and where they cover them (bool), both [n, side, side]."""
    view = _View(second, places)
    return view.pictures, view.inside


def _bounded(places: Array) -> Array:
    low = np.array([LEAST_SCALE, LEAST_SCALE, -MOST_SHIFT, -MOST_SHIFT], np.float32)
    high = np.array([MOST_SCALE, MOST_SCALE, MOST_SHIFT, MOST_SHIFT], np.float32)
    bounded: Array = np.clip(places, low, high)
    return bounded


def _axis(side: int) -> Array:
    """Centres of pixels in half sides, -1 … 1."""
    return ((np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1).astype(np.float32)


class _View:
    """Pictures [n, side, side] seen from where others lie: their values there, where they have any, and the slopes."""

    def __init__(self, pictures: Array, places: Array) -> None:
        count, side, _ = pictures.shape
        axis = _axis(side)
        down = (places[:, :1] * axis + places[:, 2:3] + 1) * np.float32(side / 2) - np.float32(0.5)
        across = (places[:, 1:2] * axis + places[:, 3:4] + 1) * np.float32(side / 2) - np.float32(0.5)
        self.inside = _within(down, side)[:, :, np.newaxis] & _within(across, side)[:, np.newaxis, :]
        rows, part_down = _split(down, side)
        columns, part_across = _split(across, side)
        corner = (np.arange(count)[:, np.newaxis] * side + rows)[:, :, np.newaxis] * side + columns[:, np.newaxis, :]
        flat = pictures.ravel()
        upper_left, upper_right = flat.take(corner), flat.take(corner + 1)
        lower_left, lower_right = flat.take(corner + side), flat.take(corner + side + 1)
        part = part_across[:, np.newaxis, :]
        upper = upper_left + part * (upper_right - upper_left)
        lower = lower_left + part * (lower_right - lower_left)
        self.slope_down = lower - upper
        self.slope_across = upper_right - upper_left
        self.pictures = upper + part_down[:, :, np.newaxis] * self.slope_down


def _within(position: Array, side: int) -> Array:
    inside: Array = (position >= -0.5) & (position <= side - 0.5)
    return inside


def _split(position: Array, side: int) -> tuple[Array, Array]:
    """Whole part and rest, so that both neighbours are inside."""
    clipped = np.clip(position, 0, side - 1)
    whole = np.minimum(clipped.astype(np.int64), side - 2)
    return whole, (clipped - whole).astype(np.float32)


def _step(target: Array, second: Array, places: Array) -> Array:
    """The change of places that lowers the squared difference most.

    first = gain * (second + slopes * change) + offset is linear in gain * change, gain and offset: six unknowns.
    """
    view = _View(second, places)
    count, side, _ = second.shape
    axis = _axis(side)
    columns = np.empty((count, 6, side, side), np.float32)
    half = np.float32(side / 2)
    np.multiply(view.slope_down, half, out=columns[:, 2])
    np.multiply(view.slope_across, half, out=columns[:, 3])
    np.multiply(columns[:, 2], axis[:, np.newaxis], out=columns[:, 0])
    np.multiply(columns[:, 3], axis, out=columns[:, 1])
    columns[:, 4], columns[:, 5] = view.pictures, 1
    columns *= view.inside[:, np.newaxis]
    flat = columns.reshape(count, 6, side * side)
    normal = (flat @ flat.transpose(0, 2, 1)).astype(np.float64)
    diagonal = np.einsum("nii->ni", normal)
    diagonal[:, :4] *= 1 + DAMPING
    diagonal += 1e-6 * diagonal.max(axis=1, keepdims=True) + 1e-9
    found = np.linalg.solve(normal, (flat @ target).astype(np.float64))[:, :, 0]
    return np.asarray(found[:, :4] / np.maximum(found[:, 4:5], LEAST_GAIN), np.float32)


def _correlation(first: Array, warped: Array, inside: Array) -> Array:
    one, other, weight = (
        part.reshape(len(first), first.shape[1] ** 2).astype(np.float32) for part in (first, warped, inside)
    )
    total = weight.sum(axis=1, keepdims=True) + np.float32(1e-6)
    centred = [(part - np.einsum("np,np->n", part, weight)[:, np.newaxis] / total) * weight for part in (one, other)]
    lengths = np.sqrt(np.prod([np.einsum("np,np->n", part, part) for part in centred], axis=0))
    return np.asarray(np.einsum("np,np->n", *centred) / np.maximum(lengths, 1e-6), np.float32)
