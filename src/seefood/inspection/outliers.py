"""Pictures that look like nothing else in their class."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.heads.novelty import left_out_novelty

__all__ = ["strangeness", "strangers"]

Array = NDArray[Any]

FEWEST = 12
"""Pictures in a class, below which nothing stands out."""
FAR = 4.0
"""Robust standard deviations above the class's median; of a normal distribution 1 in 30,000."""
TO_DEVIATION = 1.4826
"""From the median absolute deviation to the standard deviation of a normal distribution."""
LEAST_SPREAD = 0.02
"""In a class of pictures that are all alike every small difference would be far."""


def strangeness(features: Array, labels: NDArray[np.int64], groups: Sequence[Hashable]) -> Array:
    """How far each picture is from its class, in robust standard deviations of the class's own distances, [n].

    The distance is the novelty (1 - the mean cosine to the five nearest) against the others of the class, copies left
    out. 0 in classes with fewer than twelve pictures.

    Args:
        features: [n, d], the last layer's.
        labels: [n].
        groups: [n]; pictures of one group are copies.
    """
    result = np.zeros(len(labels))
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        names = [groups[row] for row in rows.tolist()]
        if len(set(names)) < FEWEST:
            continue
        distance = left_out_novelty(features[rows], names)
        middle = np.median(distance)
        spread = max(TO_DEVIATION * float(np.median(np.abs(distance - middle))), LEAST_SPREAD)
        result[rows] = (distance - middle) / spread
    return result


def strangers(strange: Array, limit: float = FAR) -> list[int]:
    """Rows that stand out, the strangest first.

    >>> strangers(np.array([0.1, 7.0, 4.5, -1.0]))
    [1, 2]
    """
    return [int(row) for row in np.argsort(-strange, kind="stable") if strange[row] > limit]
