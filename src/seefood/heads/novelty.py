"""How unlike the taught pictures a picture is.

Novelty is 1 - the mean cosine similarity to the five most similar exemplars: 0 for a copy, 2 at most. It asks whether
the picture is of a kind that the classifier was taught at all, which its probabilities cannot tell: softmax has to
divide 1 among the classes it knows, whatever it is shown.
"""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["NEIGHBOURS", "choose_exemplars", "left_out_novelty", "normalised", "novelty"]

NEIGHBOURS = 5
MOST_EXEMPLARS = 1024
BLOCK = 512

Array = NDArray[Any]


def normalised(features: Array) -> Array:
    """Rows scaled to length 1, float32; a row of zeros stays."""
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return (features / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def novelty(features: Array, exemplars: Array) -> Array:
    """features [n, d] against exemplars [m, d] of length 1: novelty, float32 [n]."""
    similarity = normalised(features) @ exemplars.T
    count = min(NEIGHBOURS, len(exemplars))
    nearest = np.partition(similarity, -count, axis=1)[:, -count:]
    return np.asarray(1 - nearest.mean(axis=1), np.float32)


def left_out_novelty(features: Array, groups: Sequence[Hashable]) -> Array:
    """The novelty of each picture against all others but the copies of itself, float32 [n]."""
    directions = normalised(features)
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    group = np.array([numbers[name] for name in groups])
    return np.concatenate(
        [_against_others(directions, group, slice(at, at + BLOCK)) for at in range(0, len(group), BLOCK)]
    )


def _against_others(directions: Array, group: Array, rows: slice) -> Array:
    similarity = directions[rows] @ directions.T
    similarity[group[rows, np.newaxis] == group] = np.nan  # sorts behind every number
    count = min(NEIGHBOURS, len(group) - 1)
    nearest = np.partition(-similarity, count - 1, axis=1)[:, :count]
    return np.asarray(1 + np.nanmean(nearest, axis=1), np.float32)


def choose_exemplars(features: Array, generator: np.random.Generator) -> Array:
    """At most 1,024 of the taught pictures' features [n, d], scaled to length 1, in their order."""
    count = len(features)
    if count > MOST_EXEMPLARS:
        features = features[np.sort(generator.choice(count, MOST_EXEMPLARS, replace=False))]
    return normalised(features)
