"""From files to feature vectors: read, look up, decode, run the network, keep."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seefood.backbones.catalogue import Backbone
from seefood.errors import PictureError
from seefood.features.cache import FeatureCache
from seefood.features.streams import in_order, usual_threads
from seefood.files import digest_of_bytes
from seefood.pictures import decode, read

if TYPE_CHECKING:
    from seefood.backbones.engine import Engine

__all__ = ["Extractor", "Row", "View", "bounded"]

FORMAT = 1
"""Counts up when the same file and network would give other features, so that vectors kept from before are not used."""
LARGE_SIDE = 512
BATCH = 64
"""Vectors that are put into the cache at once: what is lost at most when the process is killed."""


@dataclass(frozen=True)
class Row:
    """One picture's features.

    Attributes:
        path: the file.
        digest: SHA-256 of its content; empty where it could not be read.
        vector: float32 [network.size()], or None where it failed.
        error: why it failed, in one line.
    """

    path: Path
    digest: str
    vector: NDArray[np.float32] | None
    error: str | None = None


@dataclass(frozen=True)
class View:
    """A changed copy of every picture: a name that says all about the change, and the change.

    ``change`` takes a picture uint8 [h, w, 3] and a generator that the name and the file's content alone decide, so the
    features of a view can be kept like any others.
    """

    name: str
    change: Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]]


class Extractor:
    """A backbone that turns files into vectors, with a thread for each core and a cache.

    The network is opened when the first picture is not in the cache: re-teaching never opens it.
    """

    def __init__(self, backbone: Backbone, threads: int | None = None, cache: FeatureCache | None = None) -> None:
        self.backbone = backbone
        self.threads = threads or usual_threads()
        self.cache = cache or FeatureCache()
        described = json.dumps([FORMAT, backbone.network.to_json()], sort_keys=True)
        self._opening = threading.Lock()
        self._prefix = digest_of_bytes(described.encode()).encode()

    def rows(self, paths: Iterable[Path], view: View | None = None) -> Iterator[Row]:
        """One row a file, in order, of the pictures as they are or of a view of each.

        Broken files are rows with an error; memory does not grow with the stream.
        """
        fresh: list[tuple[bytes, NDArray[np.float32]]] = []
        try:
            for row, key, is_new in in_order(lambda path: self._row(path, view), paths, self.threads):
                if is_new and row.vector is not None:
                    fresh.append((key, row.vector))
                if len(fresh) >= BATCH:
                    self.cache.put(fresh)
                    fresh.clear()
                yield row
        finally:
            self.cache.put(fresh)

    def _row(self, path: Path, view: View | None) -> tuple[Row, bytes, bool]:
        """The row, its key in the cache, and whether it was computed just now."""
        try:
            data = read(path)
            digest = digest_of_bytes(data)
            named = digest if view is None else f"{digest} {view.name}"
            key = hashlib.sha256(self._prefix + named.encode()).digest()
            vector = self.cache.get(key)
            if vector is not None and vector.shape == (self.backbone.network.size(),):
                return Row(path, digest, vector), key, False
            pixels = self._prepared(data, path, view, named)
        except PictureError as error:
            return Row(path, "", None, str(error)), b"", False
        return Row(path, digest, self._engine.run(pixels[np.newaxis], ("features",))[0][0]), key, True

    def _prepared(self, data: bytes, path: Path, view: View | None, named: str) -> NDArray[np.uint8]:
        """The picture as the network takes it. What a view brings in from beyond the crop is really there."""
        preprocessing = self.backbone.network.preprocessing
        if view is None:
            return preprocessing.prepare(data, name=path)
        picture = decode(data, preprocessing.cover, path)
        generator = np.random.default_rng(list(hashlib.sha256(named.encode()).digest()))
        return preprocessing.resize(np.ascontiguousarray(view.change(bounded(picture), generator)))

    @property
    def _engine(self) -> "Engine":
        with self._opening:  # by one thread; the others wait for it
            return self._opened

    @cached_property
    def _opened(self) -> "Engine":
        from seefood.backbones.engine import Engine

        return Engine(self.backbone.graph, ("features",), self.backbone.key)


def bounded(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture that no decoder could make smaller, made smaller: changes would take long, and nobody would see it."""
    factor = min(picture.shape[:2]) // LARGE_SIDE
    if factor < 2:
        return picture
    return np.asarray(Image.fromarray(picture).reduce(factor))
