"""How alike two contents are, remembered: looking again, or after pictures came or went, compares only what is new."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.features import FeatureCache
from seefood.inspection.likeness import Least, Likeness

__all__ = ["Remembered"]

PREFIX = b"seefood likeness 2 "
"""Counts up when the same two files would come out differently alike, so also when their looks do."""


class Remembered:
    """Likeness of pairs of rows, kept in the cache of features under the contents of both.

    >>> import tempfile
    >>> from pathlib import Path
    >>> pair, least = np.array([[0, 1]]), (0.0, 0.0, 0.0, 0.0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = FeatureCache(Path(folder) / "features.sqlite")
    ...     Remembered(["a", "b"], cache).keep(pair, least, Likeness(np.float32([0.75]), np.array([True])))
    ...     known, found = Remembered(["c", "a", "b"], cache).recalled(np.array([[0, 1], [1, 2]]), least)
    ...     cache.close()
    >>> known.tolist(), found.edges.tolist()
    ([False, True], [0.0, 0.75])
    """

    def __init__(self, digests: Sequence[str], cache: FeatureCache) -> None:
        self._digests = [digest.encode() for digest in digests]
        self._cache = cache

    def recalled(self, pairs: NDArray[np.int64], least: Least) -> tuple[NDArray[np.bool_], Likeness]:
        """Which of the pairs [n, 2] are known, and their likeness; 0 for the others."""
        found = self._cache.get_many(self._keys(pairs, least))
        known = np.array([vector is not None and vector.shape == (2,) for vector in found], bool)
        values = np.zeros((len(pairs), 2), np.float32)
        if known.any():
            values[known] = np.stack([vector for vector in found if vector is not None and vector.shape == (2,)])
        return known, Likeness(values[:, 0], values[:, 1] > 0)

    def keep(self, pairs: NDArray[np.int64], least: Least, likeness: Likeness) -> None:
        """Remember the likeness of the pairs [n, 2]."""
        values = np.stack([likeness.edges, likeness.unmoved], axis=1).astype(np.float32)
        self._cache.put(list(zip(self._keys(pairs, least), values, strict=True)))

    def _keys(self, pairs: NDArray[Any], least: Least) -> list[bytes]:
        start = PREFIX + repr(least).encode()
        digests = self._digests
        return [
            hashlib.sha256(b" ".join((start, digests[one], digests[other]))).digest() for one, other in pairs.tolist()
        ]
