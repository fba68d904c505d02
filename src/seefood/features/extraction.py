"""From files to feature vectors: read, look up, decode, run the network, keep."""

import hashlib
import json
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seefood.backbones.catalogue import Backbone
from seefood.errors import PictureError
from seefood.features.cache import FeatureCache
from seefood.features.looks import COVER, look_key, look_of
from seefood.features.streams import in_order, usual_threads
from seefood.files import digest_of_bytes
from seefood.pictures import decode, examine, read

if TYPE_CHECKING:
    from seefood.backbones.engine import Engine

__all__ = ["Extractor", "Row", "View", "bounded"]

FORMAT = 1
"""Counts up when the same file and network would give other features, so that vectors kept from before are not used."""
LARGE_SIDE = 512
BATCH = 64
"""Vectors that are put into the cache at once: a killed process loses them, and the rows that threads are ahead."""
FIRST = 32
"""Pictures that are made ready while the network is opened."""
AHEAD = 64
"""Rows a thread may be ahead of the one that is read next: while a head is fitted, pictures to test it go on."""


Kept = tuple[bytes, NDArray[np.float32]]
"""A vector and the key under which it is kept."""


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
        self._opened: Future[Engine] | None = None
        self._opener: threading.Thread | None = None
        self._fresh: list[Kept] = []
        self._prefix = digest_of_bytes(described.encode()).encode()

    def rows(self, paths: Iterable[Path], view: View | None = None) -> Generator[Row]:
        """One row a file, in order, of the pictures as they are or of a view of each.

        Broken files are rows with an error; memory does not grow with the stream. The first paths are taken before
        there is a row, so that they are ready when the network is.
        """
        stream = iter(paths)

        def finished(item: Path | _Found) -> tuple[Row, list[Kept]]:
            return self._finished(item if isinstance(item, _Found) else self._found(item, view))

        try:
            items = chain[Path | _Found](self._made_ready(stream, view), stream)
            for row, made in in_order(finished, items, self.threads, AHEAD):
                self._fresh.extend(made)
                if len(self._fresh) >= BATCH:
                    self.keep()
                yield row
        finally:
            if self._opener is not None:
                self._opener.join()  # a process that ends while the runtime opens a network is aborted
            self.keep()

    def keep(self) -> None:
        """Put what was computed for the rows so far into the cache; it happens by itself, but not at every row."""
        fresh, self._fresh = self._fresh, []
        self.cache.put(fresh)

    def _made_ready(self, stream: Iterator[Path], view: View | None) -> "list[_Found]":
        """The first pictures of a stream, as far as the network is not open yet; what failed before is tried again."""
        if self._opened is not None and self._opened.done() and self._opened.exception():
            self._opened = None
        first = () if self._opened else islice(stream, FIRST)
        return list(in_order(lambda path: self._found(path, view), first, self.threads))

    def _found(self, path: Path, view: View | None) -> "_Found":
        """The row from the cache, or the picture as the network takes it; the network is then opened at the latest."""
        try:
            data = read(path)
            digest = digest_of_bytes(data)
            named = digest if view is None else f"{digest} {view.name}"
            key = hashlib.sha256(self._prefix + named.encode()).digest()
            vector = self.cache.get(key)
            if vector is not None and vector.shape == (self.backbone.network.size(),):
                return _Found(Row(path, digest, vector))
            self._open()
            pixels, looked = self._whole(data, path, digest) if view is None else self._changed(data, path, view, named)
        except PictureError as error:
            return _Found(Row(path, "", None, str(error)))
        return _Found(Row(path, digest, None), key, pixels, looked)

    def _finished(self, found: "_Found") -> tuple[Row, list[Kept]]:
        """The row, and what was computed for it just now: its features, and the look of a picture as it is."""
        if found.pixels is None:
            return found.row, []
        vector = self._open().result().run(found.pixels[np.newaxis], ("features",))[0][0]
        return replace(found.row, vector=vector), [(found.key, vector), *found.looked]

    def _whole(self, data: bytes, path: Path, digest: str) -> tuple[NDArray[np.uint8], list[Kept]]:
        """The picture as the network takes it; what it looks like is seen on the way."""
        preprocessing = self.backbone.network.preprocessing
        picture = examine(data, preprocessing.cover, path)
        looked = [(look_key(digest), look_of(picture).to_vector())] if preprocessing.cover == COVER else []
        return preprocessing.resize(picture.pixels), looked

    def _changed(self, data: bytes, path: Path, view: View, named: str) -> tuple[NDArray[np.uint8], list[Kept]]:
        """A view as the network takes it. What it brings in from beyond the crop is really there."""
        preprocessing = self.backbone.network.preprocessing
        picture = decode(data, preprocessing.cover, path)
        generator = np.random.default_rng(list(hashlib.sha256(named.encode()).digest()))
        return preprocessing.resize(np.ascontiguousarray(view.change(bounded(picture), generator))), []

    def _open(self) -> "Future[Engine]":
        """The network, by a thread of its own: other pictures are made ready meanwhile."""
        with self._opening:
            if self._opened is None:
                self._opened = Future()
                self._opener = threading.Thread(target=self._open_into, args=(self._opened,), daemon=True)
                self._opener.start()
            return self._opened

    def _open_into(self, opened: "Future[Engine]") -> None:
        try:
            opened.set_result(self._engine())
        except BaseException as error:  # noqa: BLE001 -- handed to whoever asks for the network
            opened.set_exception(error)

    def _engine(self) -> "Engine":
        from seefood.backbones.engine import Engine

        return Engine(self.backbone.graph, ("features",), self.backbone.key)


@dataclass(frozen=True)
class _Found:
    """A picture on its way: its row is done, or the network has yet to see its pixels, uint8 [height, width, 3]."""

    row: Row
    key: bytes = b""
    pixels: NDArray[np.uint8] | None = None
    looked: Sequence[Kept] = ()


def bounded(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture that no decoder could make smaller, made smaller: changes would take long, and nobody would see it."""
    factor = min(picture.shape[:2]) // LARGE_SIDE
    if factor < 2:
        return picture
    return np.asarray(Image.fromarray(picture).reduce(factor))
