"""Which pairs of pictures are worth a closer look: each picture with the few that are most similar to it.

All are compared with all, block by block, up to 20,000 pictures. Of more, each is compared with those that are near
the same pivots (pictures drawn by chance): two copies have the same nearest pivots but for bad luck.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["EXHAUSTIVE", "PROJECTED", "nearest_pairs", "projected", "unique_pairs"]

Array = NDArray[Any]
Pairs = NDArray[np.int64]

EXHAUSTIVE = 20_000
"""Pictures of which each is compared with each."""
BLOCK_NUMBERS = 1 << 23
"""Similarities in memory at once (32 MB)."""
EACH_PIVOT = 1_000
"""Pictures for each pivot; each picture is with its two nearest pivots."""
PIVOTS_EACH = 2
PROJECTED = 128


def projected(features: Array, generator: np.random.Generator) -> Array:
    """Features [n, d] as float16 [n, 128], by random signs: cosines stay about what they are.

    Source: Achlioptas 2003, "Database-friendly random projections".

    >>> projected(np.ones((3, 256), np.float32), np.random.default_rng(0)).shape
    (3, 128)
    """
    signs = generator.integers(0, 2, (features.shape[1], PROJECTED)).astype(np.float32) * 2 - 1
    return np.asarray(features @ signs / np.sqrt(np.float32(PROJECTED)), np.float16)


def nearest_pairs(queries: Array, keys: Array, count: int, generator: np.random.Generator) -> Pairs:
    """Pairs (i, j), i < j, where key j is among the ``count`` keys most similar to query i, or the reverse.

    Args:
        queries, keys: [n, d], rows of length 1 (or 0); row i of both belongs to picture i, which is not paired with
            itself.
        count: how many of the nearest.
        generator: draws the pivots, where there are more than 20,000 pictures.

    >>> points = np.array([[1, 0], [0.8, 0.6], [0, 1]], np.float32)
    >>> nearest_pairs(points, points, 1, np.random.default_rng(0)).tolist()
    [[0, 1], [1, 2]]
    """
    if len(queries) < 2:
        return np.empty((0, 2), np.int64)
    everything = np.arange(len(queries))
    if len(queries) <= EXHAUSTIVE:
        return unique_pairs(list(_block_pairs(queries, keys, (everything, everything), count)))
    return unique_pairs(
        [pairs for part in _parts(queries, keys, generator) for pairs in _block_pairs(queries, keys, part, count)]
    )


def unique_pairs(parts: list[Pairs]) -> Pairs:
    """Pairs from several lists, each once, the smaller index first, sorted."""
    pairs = np.sort(np.concatenate([np.empty((0, 2), np.int64), *parts]), axis=1)
    codes = np.unique(pairs[:, 0] << 32 | pairs[:, 1])
    return np.stack([codes >> 32, codes & 0xFFFFFFFF], axis=1)


def _block_pairs(queries: Array, keys: Array, part: tuple[Array, Array], count: int) -> Iterator[Pairs]:
    asking, asked = part
    if len(asked) < 2:
        return
    answers = np.ascontiguousarray(keys[asked], np.float32).T
    rows = max(1, BLOCK_NUMBERS // len(asked))
    for begin in range(0, len(asking), rows):
        block = asking[begin : begin + rows]
        similarity = np.asarray(queries[block], np.float32) @ answers
        similarity[block[:, np.newaxis] == asked] = -np.inf
        most = min(count, len(asked) - 1)
        columns = np.argpartition(similarity, -most, axis=1)[:, -most:]
        found = np.stack([np.repeat(block, most), asked[columns].ravel()], axis=1)
        yield found[found[:, 0] != found[:, 1]]


def _parts(queries: Array, keys: Array, generator: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """Who is compared with whom: for each pivot the queries and the keys that are nearest to it."""
    chosen = generator.choice(len(keys), len(keys) // EACH_PIVOT, replace=False)
    pivots = np.ascontiguousarray(keys[chosen], np.float32).T
    of_queries = _nearest_pivots(queries, pivots)
    of_keys = of_queries if keys is queries else _nearest_pivots(keys, pivots)
    yield from zip(_members(of_queries, len(chosen)), _members(of_keys, len(chosen)), strict=True)


def _nearest_pivots(points: Array, pivots: Array) -> Array:
    rows = max(1, BLOCK_NUMBERS // pivots.shape[1])
    blocks = (np.asarray(points[begin : begin + rows], np.float32) for begin in range(0, len(points), rows))
    return np.concatenate([np.argpartition(block @ pivots, -PIVOTS_EACH, axis=1)[:, -PIVOTS_EACH:] for block in blocks])


def _members(nearest: Array, pivots: int) -> list[Array]:
    order = np.argsort(nearest.ravel(), kind="stable")
    begins = np.searchsorted(nearest.ravel()[order], np.arange(pivots + 1))
    return [order[begins[pivot] : begins[pivot + 1]] // PIVOTS_EACH for pivot in range(pivots)]
