"""How alike two pictures are once one is laid over the other: the correlation of their edges.

Broad light and dark are alike in many photos (a bright sky over dark ground, a thing on white), edges are not. On
copies that were resized, encoded again, cropped by a tenth and mirrored it is 0.9 and more; on other photos, also of
the same place a moment later, below 0.8.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.features import in_order
from seefood.inspection.alignment import Aligned, align, placed, shrunk

__all__ = ["EVERY", "WORTH", "Least", "Likeness", "likeness"]

Array = NDArray[Any]

ROUGHLY = 6
"""Pixels that are one where pictures are compared without being laid over each other."""
Least = tuple[float, float, float, float]

WORTH: Least = (0.45, 0.6, 0.75, 0.88)
"""Correlations of brightness, from far to near, below which no closer look is taken; copies have 0.54, 0.69, 0.87 and
0.96 or more."""
EVERY: Least = (-2.0, -2.0, -2.0, -2.0)
"""No pair drops out on the way."""
PROMISING, SETTLED = 0.7, 0.9
"""Correlation from very far from which on a pair is also looked at the other way about, unless it is settled."""
SAME_WAY_ROUND = 0.15
"""A way round (as it is, or mirrored) that is this much worse than the other is not looked at."""
STARTS = ((1.0, 1.0, 0.0, 0.0), (0.87, 0.87, 0.0, 0.0), (1.15, 1.15, 0.0, 0.0))
"""As it is; the second is a part of the first; the first is a part of the second."""
COARSE_STEPS, MIDDLE_STEPS, FINE_STEPS = 5, 5, 4
PIECE = 128 * 48**2
"""Pixels that one thread lays over each other at once: few enough for the processor's caches, and so many that threads
seldom wait for Python's lock."""
UNMOVED_SCALE, UNMOVED_SHIFT = 0.04, 0.03


@dataclass(frozen=True)
class Likeness:
    """What came out, for each pair.

    Attributes:
        edges: float32 [n], the correlation of the edges, 0 where the pair dropped out before.
        unmoved: bool [n]: they lie upon each other (perhaps mirrored) without scaling or shifting.
    """

    edges: Array
    unmoved: Array


def likeness(first: Array, second: Array, threads: int = 1, least: Least = WORTH) -> Likeness:
    """How alike the pictures of each pair are.

    Each pair is looked at both ways round, as far as each is worth it; what looks promising also the other way about:
    which picture is laid over which matters where one has a frame that is cut off in the other.

    Args:
        first, second: uint8 [n, side, side], small grey pictures (``features.looks``).
        threads: some pairs at once in each.
        least: correlations that a pair has to reach on the way.

    >>> noise = np.random.default_rng(0).integers(0, 255, (2, 48, 48), np.uint8)
    >>> likeness(noise[[0, 0]], noise[[0, 1]]).edges.round(2).tolist()
    [1.0, 0.0]
    """
    edges, unmoved = np.zeros(len(first), np.float32), np.zeros(len(first), bool)
    turned = np.ascontiguousarray(second[:, :, ::-1])
    ways = [(_rough(first, second), second), (_rough(first, turned), turned)]
    for (rough, over), (other, _) in ((ways[0], ways[1]), (ways[1], ways[0])):
        worth = (rough >= least[0]) & (rough >= other - SAME_WAY_ROUND)
        _improve((edges, unmoved), np.flatnonzero(worth), (first, over), least, threads)
        unsettled = worth & (rough >= PROMISING) & (edges < SETTLED)
        _improve((edges, unmoved), np.flatnonzero(unsettled), (over, first), least, threads)
    return Likeness(edges, unmoved)


def _improve(
    so_far: tuple[Array, Array], rows: Array, pictures: tuple[Array, Array], least: Least, threads: int
) -> None:
    """Where these rows come out more alike than before, say so."""
    edges, unmoved = so_far
    first, second = (part[rows] for part in pictures)
    kept, found, still = _one_way(first, second, least, threads)
    better = found > edges[rows[kept]]
    edges[rows[kept][better]], unmoved[rows[kept][better]] = found[better], still[better]


def _rough(first: Array, second: Array) -> Array:
    """Correlation of what is left of them from very far, as they are."""
    small = [shrunk(part, ROUGHLY) for part in (first, second)]
    flat = [part.reshape(len(part), part.shape[1] * part.shape[2]) for part in small]
    one, other = (part - part.mean(axis=1, keepdims=True) for part in flat)
    lengths = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    return np.asarray((one * other).sum(axis=1) / np.maximum(lengths, 1e-6))


def _one_way(first: Array, second: Array, least: Least, threads: int) -> tuple[Array, Array, Array]:
    """Coarse to fine; at each level only what may still be a copy. Rows that reached the end, edges, unmoved."""
    rows = np.arange(len(first))
    places, coarse = _best_start(shrunk(first, 4), shrunk(second, 4), threads)
    rows, places = rows[coarse >= least[1]], places[coarse >= least[1]]
    middle = _aligned(shrunk(first[rows], 2), shrunk(second[rows], 2), places, MIDDLE_STEPS, threads)
    kept = middle.correlation >= least[2]
    rows, places = rows[kept], middle.places[kept]
    edges, unmoved = np.zeros(len(rows), np.float32), np.zeros(len(rows), bool)

    def closest(part: slice) -> None:
        one, other = (pictures[rows[part]].astype(np.float32) for pictures in (first, second))
        fine = align(one, other, places[part], FINE_STEPS)
        edges[part] = np.where(fine.correlation >= least[3], _edges(one, other, fine), 0)
        moved = np.abs(fine.places - np.array([1, 1, 0, 0], np.float32))
        unmoved[part] = (moved[:, :2].max(axis=1) < UNMOVED_SCALE) & (moved[:, 2:].max(axis=1) < UNMOVED_SHIFT)

    _in_pieces(closest, len(rows), first.shape[1] ** 2, threads)
    return rows, edges, unmoved


def _in_pieces(work: Callable[[slice], None], count: int, pixels: int, threads: int) -> None:
    """Work on all pairs, some at a time in each thread; a picture has so many pixels."""
    size = max(1, PIECE // pixels)
    pieces = [slice(begin, begin + size) for begin in range(0, count, size)]
    for _ in in_order(work, pieces, threads):
        pass


def _aligned(first: Array, second: Array, places: Array, steps: int, threads: int) -> Aligned:
    """As ``align``, in pieces."""
    found = Aligned(np.empty_like(places), np.empty(len(first), np.float32), np.empty(len(first), np.float32))

    def some(part: slice) -> None:
        one = align(first[part], second[part], places[part], steps)
        found.places[part], found.correlation[part], found.overlap[part] = one.places, one.correlation, one.overlap

    _in_pieces(some, len(first), first.shape[1] ** 2, threads)
    return found


def _best_start(first: Array, second: Array, threads: int) -> tuple[Array, Array]:
    places, best = np.zeros((len(first), 4), np.float32), np.full(len(first), -1, np.float32)
    for start in STARTS:
        begin = np.tile(np.array(start, np.float32), (len(first), 1))
        found = _aligned(first, second, begin, COARSE_STEPS, threads)
        better = found.correlation > best
        places[better], best[better] = found.places[better], found.correlation[better]
    return places, best


def _edges(first: Array, second: Array, aligned: Aligned) -> Array:
    """Correlation of the slopes down and across, over the overlap."""
    warped, inside = placed(second, aligned.places)
    seen = inside[:, 1:, :-1] & inside[:, :-1, :-1] & inside[:, :-1, 1:]
    one, other = (_slopes(part) * seen[:, np.newaxis] for part in (first, warped))
    flat = [part.reshape(len(part), np.prod(part.shape[1:], dtype=int)) for part in (one, other)]
    lengths = np.sqrt(np.einsum("np,np->n", flat[0], flat[0]) * np.einsum("np,np->n", flat[1], flat[1]))
    return np.asarray(np.einsum("np,np->n", *flat) / np.maximum(lengths, 1e-6))


def _slopes(pictures: Array) -> Array:
    """Differences between neighbours after a small blur, [n, 2, side - 1, side - 1]."""
    padded = np.pad(pictures, ((0, 0), (1, 1), (1, 1)), mode="edge")
    down = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4
    soft = (down[:, :, :-2] + 2 * down[:, :, 1:-1] + down[:, :, 2:]) / 4
    corner = soft[:, :-1, :-1]
    return np.stack([soft[:, 1:, :-1] - corner, soft[:, :-1, 1:] - corner], axis=1)
