"""Which files are copies of one another, and what each looks like from afar."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.errors import ShapeError
from seefood.features import FeatureCache, usual_threads
from seefood.features.looks import SIDE, TINTS, Look, looks
from seefood.heads.novelty import normalised
from seefood.inspection.candidates import EXHAUSTIVE, PROJECTED, projected
from seefood.inspection.groups import joined, same_content
from seefood.inspection.near import Album, near_duplicates, rough_vectors
from seefood.inspection.remembered import Remembered

__all__ = ["Copies", "Progress", "Seen", "copies", "find_copies"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many pictures are done, and how many there are."""

Array = NDArray[Any]

PIECE = 1024
MEASURES = 5
"""Height, width, contrast, span, damaged."""


@dataclass(frozen=True)
class Seen:
    """What each file looks like, one row a file.

    Attributes:
        height, width: pixels; 0 where a file could not be read any more.
        contrast: standard deviation of the grey values, of 255.
        span: the brightest grey less the darkest.
        damaged: bool; a decoder complained.
    """

    height: Array
    width: Array
    contrast: Array
    span: Array
    damaged: Array


@dataclass(frozen=True)
class Copies:
    """Files that show the same.

    Attributes:
        count: files in all.
        exact: groups of rows with the same content.
        near: groups of rows that show the same picture, with the exact copies of its members; each has two contents
            or more.
        seen: what each file looks like.
    """

    count: int
    exact: tuple[tuple[int, ...], ...]
    near: tuple[tuple[int, ...], ...]
    seen: Seen

    def all(self) -> list[list[int]]:
        """Exact and near ones together, each row in one group at most."""
        return joined(self.exact, self.near)

    def groups(self) -> tuple[int, ...]:
        """A number for each file; copies share theirs."""
        numbers = list(range(self.count))
        for group in self.all():
            for row in group:
                numbers[row] = group[0]
        return tuple(numbers)


def copies(
    paths: Sequence[Path],
    digests: Sequence[str],
    features: NDArray[Any],
    *,
    seed: int = 0,
    threads: int | None = None,
    cache: FeatureCache | None = None,
) -> tuple[int, ...]:
    """A number for each file; files that show the same picture, exactly or nearly, share theirs.

    Made for folds: ``stratified_folds(labels, copies(...), …)`` keeps copies on one side.

    Args:
        paths: the files; one whose look is not in the cache is opened.
        digests: SHA-256 of each file's content.
        features: float [n, d], the last layer's.
        seed: the same seed, the same groups.
        threads, cache: as for features.
    """
    return find_copies(paths, digests, features, seed=seed, threads=threads, cache=cache).groups()


def find_copies(
    paths: Sequence[Path],
    digests: Sequence[str],
    features: NDArray[Any],
    *,
    seed: int = 0,
    threads: int | None = None,
    cache: FeatureCache | None = None,
    progress: Progress | None = None,
) -> Copies:
    """Exact and near copies; arguments as for ``copies``.

    Raises:
        ShapeError: not as many digests or rows of features as files.
    """
    if not len(paths) == len(digests) == len(features):
        raise ShapeError(
            f"expected a digest and a row of features for each file; found {len(paths)} files, {len(digests)} digests "
            f"and features {list(features.shape)}; give all three for the same files"
        )
    generator = np.random.default_rng(seed)
    kept, cores = cache or FeatureCache(), threads or usual_threads()
    first = {digest: row for row, digest in reversed(list(enumerate(digests)))}
    unique = sorted(first.values())
    shelf = _Shelf([paths[row] for row in unique], [digests[row] for row in unique], kept, cores, progress)
    album = shelf.album(_directions(features, np.array(unique, np.int64), generator))
    exact = same_content(digests)
    near = _with_exact([[unique[row] for row in group] for group in near_duplicates(album, generator, cores)], exact)
    place = {digests[row]: index for index, row in enumerate(unique)}
    measures = shelf.measures[[place[digest] for digest in digests]].reshape(-1, MEASURES)
    height, width, contrast, span, damaged = measures.T
    seen = Seen(height, width, contrast, span, damaged > 0)
    return Copies(len(paths), tuple(map(tuple, exact)), tuple(map(tuple, near)), seen)


def _directions(features: Array, rows: Array, generator: np.random.Generator) -> Array:
    """Features of length 1; of very many files only their projections, float16."""
    if len(rows) <= EXHAUSTIVE:
        return normalised(np.asarray(features[rows], np.float32))
    seed = int(generator.integers(1 << 32))

    def small(piece: Array) -> Array:
        own = np.asarray(features[piece], np.float32)
        fewer = own if own.shape[1] <= PROJECTED else projected(own, np.random.default_rng(seed)).astype(np.float32)
        return np.asarray(normalised(fewer), np.float16)

    return np.concatenate([small(piece) for piece in np.array_split(rows, len(rows) // PIECE + 1)])


def _with_exact(near: list[list[int]], exact: list[list[int]]) -> list[list[int]]:
    """Near groups with the exact copies of their members."""
    others = {group[0]: group for group in exact}
    return [sorted({row for member in group for row in others.get(member, [member])}) for group in near]


class _Shelf:
    """Looks of files with different content: all in memory, or taken from the cache as they are needed."""

    def __init__(
        self,
        paths: Sequence[Path],
        digests: Sequence[str],
        cache: FeatureCache,
        threads: int,
        progress: Progress | None,
    ) -> None:
        self._files, self._cache, self._threads = (paths, digests), cache, threads
        count = len(paths)
        self.measures = np.zeros((count, MEASURES))
        self._tints = np.zeros((count, TINTS, TINTS, 2), np.int16)
        self._greys = np.zeros((count if count <= EXHAUSTIVE else 0, SIDE, SIDE), np.uint8)
        self._rough, self._mirrored = np.zeros((count, 64), np.uint8), np.zeros((count, 64), np.uint8)
        begin = 0
        piece: list[Look | None] = []
        for done, look in enumerate(looks(paths, digests, cache, threads), start=1):
            piece.append(look)
            if len(piece) == PIECE or done == count:
                self._take(begin, piece)
                begin, piece = done, []
            if progress is not None:
                progress("looks", done, count)

    def _take(self, begin: int, piece: list[Look | None]) -> None:
        part = slice(begin, begin + len(piece))
        greys = np.stack([_grey(look) for look in piece])
        self.measures[part] = [_measures(look) for look in piece]
        self._rough[part], self._mirrored[part] = rough_vectors(greys)
        self._tints[part] = np.stack([_tints(look) for look in piece])
        if len(self._greys):
            self._greys[part] = greys

    def album(self, directions: Array) -> Album:
        remembered = Remembered(self._files[1], self._cache)
        contrast = self.measures[:, 2]
        return Album(directions, self._rough, self._mirrored, contrast, self._tints, self._some, remembered)

    def _some(self, rows: Array) -> Array:
        """Small grey pictures of some rows."""
        if len(self._greys) or not len(rows):
            return self._greys[rows] if len(rows) else np.zeros((0, SIDE, SIDE), np.uint8)
        paths, digests = self._files
        wanted, where = np.unique(rows, return_inverse=True)
        found = looks([paths[row] for row in wanted], [digests[row] for row in wanted], self._cache, self._threads)
        greys: Array = np.stack([_grey(look) for look in found])[where]
        return greys


def _grey(look: Look | None) -> NDArray[np.uint8]:
    return np.zeros((SIDE, SIDE), np.uint8) if look is None else look.grey


def _tints(look: Look | None) -> NDArray[np.int16]:
    return np.zeros((TINTS, TINTS, 2), np.int16) if look is None else look.tints


def _measures(look: Look | None) -> tuple[float, ...]:
    if look is None:
        return (0.0,) * MEASURES
    return (look.height, look.width, look.contrast, look.highest - look.lowest, float(look.damaged))
