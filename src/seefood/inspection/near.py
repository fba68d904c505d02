"""Near duplicates: the same picture again, resized, encoded again, slightly cropped, mirrored, brighter or darker.

Candidates are the pictures that are most similar by features, or from very far; a pair counts once its edges lie upon
each other. Drawings and things on white are all alike in that sense, so a pair also has to be far more alike than its
pictures are to others that are similar.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from seefood.inspection.alignment import shrunk
from seefood.inspection.candidates import EXHAUSTIVE, nearest_pairs, unique_pairs
from seefood.inspection.groups import merged
from seefood.inspection.likeness import EVERY, WORTH, Least, Likeness, likeness
from seefood.inspection.remembered import Remembered

__all__ = ["Album", "near_duplicates", "rough_vectors"]

Array = NDArray[Any]
Pairs = NDArray[np.int64]

BY_FEATURES, BY_LOOKS = 4, 2
"""Candidates for each picture."""
LEAST_COSINE = 0.25
"""Copies have 0.55 and more; networks differ."""
LEAST_CONTRAST = 4.0
"""Standard deviation of the grey values, of 255: a blank picture looks like every other one."""
MOST_TINT, MOST_TINT_ANYWHERE = 46.0, 75.0
"""By how much red less green, or blue less green, may differ, of 255, in four fifths of the cells and nearly anywhere:
the same thing in two colours is no copy, nor is a colour photo without its colours. Altered copies have 40 and 70."""
ALIKE = 0.85
SAME = 0.96
"""Of pictures that lie upon each other without being moved; other drawings by hand never get there."""
EXCESS = 0.15
"""A copy lacks at most this share of what similar pictures lack to be the same."""
INDISTINCT = 0.9
"""Where similar pictures are as alike as that (single strokes), only ``SAME`` counts."""
CONTROLS_BY_FEATURES, CONTROLS_BY_LOOKS = (12, 20, 32, 50), (10, 14, 20, 30)
"""Which of a picture's neighbours stand for the similar ones: beyond the first few, which may be copies too."""
STILL_ALIKE = 0.6
"""Of the two pictures in whose names two groups become one: keeps chains of small changes from growing for ever."""
ROUGH = 6
CHUNK = 4096


@dataclass(frozen=True)
class Album:
    """What is compared; row i of everything belongs to picture i, and no two rows have the same content.

    Attributes:
        directions: [n, d], features of length 1.
        rough, mirrored: uint8 [n, 64]: the small grey pictures from very far, as they are and mirrored.
        contrast: float [n].
        tints: int16 [n, cells, cells, 2], red less green and blue less green.
        greys: gives the small grey pictures of some rows, uint8 [m, side, side].
        remembered: what is known of pairs from before.
    """

    directions: Array
    rough: Array
    mirrored: Array
    contrast: Array
    tints: Array
    greys: Callable[[Array], Array]
    remembered: Remembered


def rough_vectors(greys: Array) -> tuple[Array, Array]:
    """Small grey pictures [n, side, side] from very far, as they are and mirrored, uint8 [n, 64] each."""
    small = np.rint(shrunk(greys, ROUGH)).astype(np.uint8)
    return small.reshape(len(greys), -1), np.ascontiguousarray(small[:, :, ::-1]).reshape(len(greys), -1)


def near_duplicates(album: Album, generator: np.random.Generator, threads: int = 1) -> list[list[int]]:
    """Groups of rows that show the same picture, two or more in each."""
    pairs = _candidates(album, generator)
    edges, unmoved = _compared(album, pairs, threads)
    alike = edges >= ALIKE
    pairs, edges, unmoved = pairs[alike], edges[alike], unmoved[alike]
    kept = (unmoved & (edges >= SAME)) | _stands_out(album, pairs, edges, generator, threads)
    order = np.argsort(-edges[kept], kind="stable")

    def still_alike(one: int, other: int) -> bool:
        pair = np.array([[one, other]])
        return bool(_alike_in_colour(album, pair)[0] and _compared(album, pair, 1)[0][0] >= STILL_ALIKE)

    return merged(pairs[kept][order], still_alike)


def _candidates(album: Album, generator: np.random.Generator) -> Pairs:
    """The most similar by features and from very far, without blank pictures."""
    rows = np.flatnonzero(album.contrast >= LEAST_CONTRAST)
    directions = album.directions[rows]
    by_features = nearest_pairs(directions, directions, BY_FEATURES, generator)
    cosine = np.concatenate(
        [np.empty(0), *(_cosines(directions, by_features[at : at + CHUNK]) for at in range(0, len(by_features), CHUNK))]
    )
    rough, mirrored = (_normalised(part[rows]) for part in (album.rough, album.mirrored))
    found = [
        by_features[cosine >= LEAST_COSINE],
        nearest_pairs(rough, rough, BY_LOOKS, generator),
        nearest_pairs(rough, mirrored, BY_LOOKS, generator),
    ]
    pairs: Pairs = rows[unique_pairs(found)]
    return pairs[_alike_in_colour(album, pairs)]


def _alike_in_colour(album: Album, pairs: Pairs) -> NDArray[np.bool_]:
    """Whether the cells of each pair have the same tints, as they are or mirrored."""
    alike = np.zeros(len(pairs), bool)
    for begin in range(0, len(pairs), CHUNK):
        part = slice(begin, begin + CHUNK)
        one, other = (album.tints[pairs[part, side]] for side in (0, 1))
        for turned in (other, other[:, :, ::-1]):
            apart = np.abs(one - turned).max(axis=3).reshape(len(one), -1)
            mostly, anywhere = np.quantile(apart, (0.8, 0.95), axis=1)
            alike[part] |= (mostly <= MOST_TINT) & (anywhere <= MOST_TINT_ANYWHERE)
    return alike


def _cosines(directions: Array, pairs: Pairs) -> Array:
    one, other = (np.asarray(directions[pairs[:, side]], np.float32) for side in (0, 1))
    return np.asarray((one * other).sum(axis=1))


def _normalised(rough: Array) -> Array:
    """Centred and of length 1, float16."""
    centred = rough.astype(np.float32) - rough.mean(axis=1, keepdims=True, dtype=np.float32)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(lengths, 1e-6), np.float16)


def _compared(album: Album, pairs: Pairs, threads: int, least: Least = WORTH) -> tuple[Array, Array]:
    """Correlation of the edges of each pair, and whether they lie unmoved upon each other."""
    edges, unmoved = np.zeros(len(pairs), np.float32), np.zeros(len(pairs), bool)
    with threadpool_limits(1, user_api="blas"):
        for begin in range(0, len(pairs), CHUNK):
            part = slice(begin, begin + CHUNK)
            edges[part], unmoved[part] = _some_compared(album, pairs[part], threads, least)
    return edges, unmoved


def _some_compared(album: Album, pairs: Pairs, threads: int, least: Least) -> tuple[Array, Array]:
    known, found = album.remembered.recalled(pairs, least)
    if not known.all():
        new = pairs[~known]
        fresh = likeness(album.greys(new[:, 0]), album.greys(new[:, 1]), threads, least)
        seen = album.contrast[new].min(axis=1) > 0  # 0 too where a file is gone, which may come back
        album.remembered.keep(new[seen], least, Likeness(fresh.edges[seen], fresh.unmoved[seen]))
        found.edges[~known], found.unmoved[~known] = fresh.edges, fresh.unmoved
    return found.edges, found.unmoved


def _stands_out(album: Album, pairs: Pairs, edges: Array, generator: np.random.Generator, threads: int) -> Array:
    """Whether each pair is far more alike than its pictures are to others that are similar."""
    rows = np.unique(pairs)
    if not len(rows):
        return np.zeros(len(pairs), bool)
    controls = _controls(album, rows, generator)
    found, _ = _compared(album, controls, threads, EVERY)
    usual = np.zeros(len(rows))
    each = np.searchsorted(rows, controls[:, 0])
    for index in range(len(rows)):
        of_it = np.sort(found[each == index])
        usual[index] = of_it[-2:][0] if len(of_it) else 0
    background = np.maximum(*(usual[np.searchsorted(rows, pairs[:, side])] for side in (0, 1)))
    stands_out: Array = (background <= INDISTINCT) & (1 - edges <= EXCESS * (1 - background))
    return stands_out


def _controls(album: Album, rows: Array, generator: np.random.Generator) -> Pairs:
    """Each row with pictures that are similar to it, by features and from very far, but not the most similar ones."""
    count = len(album.directions)
    others = np.arange(count) if count <= EXHAUSTIVE else generator.choice(count, EXHAUSTIVE, replace=False)
    rough = _normalised(album.rough[others])
    parts = [np.empty((0, 2), np.int64)]
    for begin in range(0, len(rows), 256):
        block = rows[begin : begin + 256]
        asked = (
            (album.directions[block], album.directions[others], CONTROLS_BY_FEATURES),
            (_normalised(album.rough[block]), rough, CONTROLS_BY_LOOKS),
        )
        parts += [_ranked(block, others, *question) for question in asked]
    return np.concatenate(parts)


def _ranked(block: Array, others: Array, queries: Array, keys: Array, ranks: tuple[int, ...]) -> Pairs:
    """Each row of the block with its neighbours of these ranks, as far as there are so many."""
    there = [rank for rank in ranks if rank < len(others)]
    if not there:
        return np.empty((0, 2), np.int64)
    similarity = np.asarray(queries, np.float32) @ np.asarray(keys, np.float32).T
    order = np.argpartition(-similarity, there, axis=1)[:, there]
    return np.stack([np.repeat(block, len(there)), others[order].ravel()], axis=1)
