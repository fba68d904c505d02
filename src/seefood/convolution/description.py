"""What a kernel answers to, in a sentence, from its numbers alone.

Weights of one sign blur: first and second moments say where and along what. Weights of both signs answer to a pattern
(`patterns.strongest_pattern`), and the sentence says how sure that is. The sum of the weights says what becomes of
uniform areas.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.convolution.arithmetic import in_words
from seefood.convolution.kernels import KernelLike, numbers
from seefood.convolution.patterns import CORNERS, SIDES, all_around, from_middle, strongest_pattern, trimmed

__all__ = ["describe", "sum_of_weights"]

Array = NDArray[Any]

ALIKE = 1e-6
"""Weights that differ by less, as part of the largest, are the same; they are float32."""
BALANCED = 1e-5
"""A sum of weights below this part of their magnitudes is zero."""
BRIGHTENS = 0.05
"""From this part on a sum is the picture's own share in the answer, not a small imbalance."""
CLEAR, MOSTLY = 0.9, 0.75
"""From these shares on a pattern is what the kernel answers to, or mostly so."""

NEGATIVE = ", as a negative: bright turns dark"


def describe(kernel: KernelLike) -> str:
    """What any kernel answers to, and what it does to uniform areas.

    ``kernel`` is as in `numbers`; over several channels [h, w, c] the pattern that they share is described.

    Raises:
        ShapeError: as `numbers`.

    >>> describe([[1, -1], [1, -1]])
    'answers to vertical lines, bright on the left; uniform areas give 0'
    >>> describe([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    'sharpens: adds edges in all directions to the picture; keeps brightness'
    >>> describe(np.full((4, 7), 1 / 28))
    'averages 4 by 7 pixels; keeps brightness'
    """
    weights = numbers(kernel).astype(np.float64)
    if weights.ndim == 4:
        filters, channels = weights.shape[3], weights.shape[2]
        return describe(weights[..., 0]) if filters == 1 else f"{filters} filters, each over {_channels(channels)}"
    return _of_plane(weights) if weights.ndim == 2 else _over_channels(weights)


def _of_plane(weights: Array) -> str:
    if not weights.any():
        return "answers to nothing: every weight is 0"
    places = np.argwhere(weights)
    if len(places) == 1:
        return _single(weights, (int(places[0][0]), int(places[0][1])))
    if (weights >= 0).all():
        return f"{_blur(weights)}; {_uniform(weights)}"
    if (weights <= 0).all():
        return f"{_blur(-weights)}{NEGATIVE}; {_uniform(weights)}"
    return f"{_pattern(weights)}; {_uniform(weights)}"


def _pattern(weights: Array) -> str:
    """What a kernel of both signs does."""
    pattern = strongest_pattern(weights)
    if pattern is None:
        return "no simple pattern"
    if pattern.share < MOSTLY:
        return f"no simple pattern; answers most strongly to {pattern} ({pattern.share:.0%} of the strongest possible)"
    around = pattern.kind == "spot" and all_around(weights)
    if (
        around
        and pattern.bright
        and (_keeps_brightness(weights) or sum_of_weights(weights) > BRIGHTENS * np.abs(weights).sum())
    ):
        return "sharpens: adds edges in all directions to the picture"
    if pattern.kind == "edge" and _keeps_brightness(weights):
        return f"embosses: adds {pattern}, to the picture"
    start = "answers to" if pattern.share >= CLEAR else "answers mostly to"
    return f"{start} {f'edges in all directions and {pattern}' if around else pattern}"


def _over_channels(weights: Array) -> str:
    """One filter [h, w, c]: the plane that its channels share, by singular values, and how they weigh it."""
    height, width, count = weights.shape
    if count == 1:
        return _of_plane(weights[..., 0])
    shares, values, _ = np.linalg.svd(weights.reshape(-1, count).T, full_matrices=False)
    if not values[0]:
        return _of_plane(weights[..., 0])
    if values[0] ** 2 < CLEAR * (values**2).sum():
        return f"looks for a different pattern in each of {_channels(count)}"
    sizes = np.abs(shares[:, 0])
    strongest = int((sizes > sizes.max() * (1 - BALANCED)).argmax())  # the first one of equals
    amounts = shares[:, 0] * np.sign(shares[strongest, 0])
    plane = np.tensordot(weights, amounts, axes=1)  # the plane as the strongest channel has it, in sign
    plane[np.abs(plane) < BALANCED * np.abs(plane).max()] = 0.0
    shape = _of_plane(plane.reshape(height, width)).split(";", maxsplit=1)[0]
    if np.ptp(amounts) < ALIKE * 10:
        return f"{shape}; alike in all {_channels(count)}, added up"
    strengths = ", ".join(in_words(round(amount, 2)) for amount in (amounts / np.abs(amounts).max())[:4])
    more = ", …" if count > 4 else ""
    return f"{shape}; over {_channels(count)} with strengths {strengths}{more}"


# --- single weights, blurs and sums


def _single(weights: Array, place: tuple[int, int]) -> str:
    """One weight only: the picture as it is, moved, or with another brightness."""
    weight = float(weights[place])
    middle = [(side - 1) // 2 for side in weights.shape]  # where "same" padding stands the kernel
    up, left = place[0] - middle[0], place[1] - middle[1]
    moves = [
        f"{abs(step)} pixel{'s' if abs(step) > 1 else ''} {forth if step > 0 else back}"
        for step, forth, back in ((up, "up", "down"), (left, "to the left", "to the right"))
        if step
    ]
    what = f"moves the picture {' and '.join(moves)}" if moves else "keeps the picture as it is"
    if _close(weight, 1):
        return f"{what}; keeps brightness" if moves else what
    what = what if moves else "keeps the picture's shapes"
    return f"{what}{NEGATIVE if weight < 0 else ''}; {_uniform(weights)}"


def _blur(weights: Array) -> str:
    """How weights of one sign average, from their first and second moments."""
    weights = trimmed(weights)
    height, width = weights.shape
    over = f"{height} by {width} pixels"
    if np.ptp(weights) < ALIKE * weights.max():
        return f"averages {over}"
    shares = weights / weights.sum()
    rows, columns = from_middle(height, width)
    down, across = float((shares * rows).sum()), float((shares * columns).sum())
    spread = np.cov(np.stack([rows.ravel(), columns.ravel()]), aweights=shares.ravel(), bias=True)
    narrow, broad = np.linalg.eigvalsh(spread)
    if min(height, width) > 1 and narrow < 0.02 * broad:
        slope = spread[0, 1] / spread[1, 1] if spread[1, 1] else math.inf
        direction = "vertical" if abs(slope) > 3 else "falling diagonal" if slope > 0 else "rising diagonal"
        return f"averages along {'horizontal' if abs(slope) < 1 / 3 else direction} lines of {over}"
    if max(abs(down) / height, abs(across) / width) > 0.05:
        return f"averages {over}, those {_heavy_side(down / height, across / width)} most"
    if (shares * (rows**2 + columns**2)).sum() < 0.95 * (rows**2 + columns**2).mean():
        return f"averages {over}, the middle most"
    return f"averages {over} with unequal weights"


def _heavy_side(down: float, across: float) -> str:
    if abs(down) > 2.4 * abs(across):  # tan 67.5 degrees
        return SIDES[_sign(down), 0]
    return SIDES[0, _sign(across)] if abs(across) > 2.4 * abs(down) else CORNERS[_sign(down), _sign(across)]


def _uniform(weights: Array) -> str:
    total = sum_of_weights(weights)
    if not total:
        return "uniform areas give 0"
    if _keeps_brightness(weights):
        return "keeps brightness"
    if in_words(total) == "1":
        return "nearly keeps brightness"
    if total > 0:
        return f"makes uniform areas {in_words(total)} times as bright"
    return f"turns uniform areas into {in_words(total)} times their brightness"


def sum_of_weights(weights: Array) -> float:
    """The sum of weights; 0 where it is so small that rounding alone may have left it.

    >>> sum_of_weights(np.array([0.1, 0.2, -0.3], np.float32)), sum_of_weights(np.array([1, 2]))
    (0.0, 3.0)
    """
    weights = weights.astype(np.float64)
    total = float(weights.sum())
    return 0.0 if abs(total) <= BALANCED * np.abs(weights).sum() else total


def _keeps_brightness(weights: Array) -> bool:
    return _close(float(weights.sum()), 1.0)


def _close(number: float, to: float) -> bool:
    return abs(number - to) < 1e-4


def _sign(number: float) -> int:
    return int(number > 0) - int(number < 0)


def _channels(count: int) -> str:
    return f"{count} channel{'' if count == 1 else 's'}"
