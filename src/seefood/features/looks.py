"""What a picture looks like from afar: its size, its contrast and a small grey picture of the whole of it.

Features forget where things are, and a network sees only the centre; whether two files show the same photo is settled
by their looks. They are kept in the cache of features, under keys of their own.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seefood.errors import PictureError
from seefood.features.cache import FeatureCache
from seefood.features.streams import in_order, usual_threads
from seefood.files import digest_of_bytes
from seefood.pictures import Decoded, examine, read

__all__ = ["COVER", "SIDE", "Look", "look_at", "look_key", "look_of", "looks"]

SIDE = 48
"""Pixels of the small picture, both ways; a picture of another shape is stretched."""
PREFIX = b"seefood look 3 "
"""Counts up when the same file would give another look."""
BATCH = 256
COVER = (256, 256)
"""What a picture is decoded to, as it is for most networks: one decoding serves both."""
GAP = 2.0
"""A picture is first made smaller by whole pixels, until it is this many times as large as wanted."""
MEASURES = 6
"""Numbers that come first: height, width, contrast, lowest, highest, damaged."""
TINTS = 6
"""Cells in which the tint is kept, both ways: hardly larger, and copies that are cropped would differ."""

Grey = NDArray[np.uint8]


@dataclass(frozen=True)
class Look:
    """A picture from afar.

    Attributes:
        height, width: pixels, upright.
        contrast: standard deviation of the grey values, 0 … 127.5.
        lowest, highest: the darkest and the brightest grey of the small picture, 0 … 255.
        damaged: a decoder complained of the file and yet gave a whole picture.
        tints: int16 [TINTS, TINTS, 2], red less green and blue less green, -255 … 255.
        grey: uint8 [SIDE, SIDE], stretched so that it reaches from 0 to 255.
    """

    height: int
    width: int
    contrast: float
    lowest: float
    highest: float
    damaged: bool
    tints: NDArray[np.int16]
    grey: Grey

    def to_vector(self) -> NDArray[np.float32]:
        """float32 [MEASURES + 2 * TINTS² + SIDE² / 4]: measures, tints, and the small picture four pixels a number."""
        measures = (self.height, self.width, self.contrast, self.lowest, self.highest, self.damaged)
        grey = np.ascontiguousarray(self.grey).ravel().view("<f4")
        return np.concatenate([np.array(measures, "<f4"), self.tints.ravel().astype("<f4"), grey])

    @classmethod
    def from_vector(cls, vector: NDArray[np.float32] | None) -> "Look | None":
        """The reverse of ``to_vector``; None for what is no look.

        >>> tints, grey = np.zeros((TINTS, TINTS, 2), np.int16), np.zeros((SIDE, SIDE), np.uint8)
        >>> look = Look(3, 5, 1.5, 0.0, 9.0, False, tints, grey)
        >>> Look.from_vector(look.to_vector()).width, Look.from_vector(np.zeros(3, np.float32))
        (5, None)
        """
        begin = MEASURES + 2 * TINTS**2
        if vector is None or vector.shape != (begin + SIDE * SIDE // 4,):
            return None
        height, width, contrast, lowest, highest, damaged = vector[:MEASURES].tolist()
        tints = vector[MEASURES:begin].astype(np.int16).reshape(TINTS, TINTS, 2)
        grey = vector[begin:].astype("<f4").view(np.uint8).reshape(SIDE, SIDE)
        return cls(round(height), round(width), contrast, lowest, highest, bool(damaged), tints, grey)


def look_at(data: bytes, name: Path | str = "") -> Look:
    """A look at a file's bytes.

    Raises:
        PictureError: as ``pictures.decode`` does.

    >>> import io
    >>> file = io.BytesIO()
    >>> Image.new("L", (100, 60), 7).save(file, "PNG")
    >>> look = look_at(file.getvalue())
    >>> look.height, look.width, look.contrast, look.damaged
    (60, 100, 0.0, False)
    """
    return look_of(examine(data, COVER, name))


def look_of(picture: Decoded) -> Look:
    """A look at a picture that was decoded to ``COVER``, so that the same file looks the same to everybody."""
    small = Image.fromarray(picture.pixels).resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=GAP)
    cells = np.asarray(small.resize((TINTS, TINTS), Image.Resampling.BOX), np.int16)
    grey = np.asarray(small.convert("L"), np.float32)
    lowest, highest = float(grey.min()), float(grey.max())
    shown = np.rint((grey - lowest) * (255 / max(1.0, highest - lowest))).astype(np.uint8)
    tints = cells[:, :, [0, 2]] - cells[:, :, 1:2]
    return Look(picture.height, picture.width, float(grey.std()), lowest, highest, picture.damaged, tints, shown)


def look_key(digest: str) -> bytes:
    """Under which the look at a file with this SHA-256 is kept."""
    return hashlib.sha256(PREFIX + digest.encode()).digest()


def looks(
    paths: Sequence[Path], digests: Sequence[str], cache: FeatureCache | None = None, threads: int | None = None
) -> Iterator[Look | None]:
    """A look at each file, in order; None where it cannot be read any more. What is in the cache opens no file.

    Args:
        paths: the files.
        digests: SHA-256 of their contents.
        cache: where looks are kept.
        threads: files at once; a core each by default.
    """
    kept = cache or FeatureCache()
    fresh: list[tuple[bytes, NDArray[np.float32]]] = []

    def found(item: tuple[Path, str]) -> tuple[bytes, Look | None, bool]:
        path, digest = item
        key = look_key(digest)
        look = Look.from_vector(kept.get(key))
        return (key, look, False) if look is not None else (key, _fresh(path, digest), True)

    try:
        for key, look, is_new in in_order(found, zip(paths, digests, strict=True), threads or usual_threads()):
            if is_new and look is not None:
                fresh.append((key, look.to_vector()))
            if len(fresh) >= BATCH:
                kept.put(fresh)
                fresh.clear()
            yield look
    finally:
        kept.put(fresh)


def _fresh(path: Path, digest: str) -> Look | None:
    """None where the file changed since its features were taken, or is gone."""
    try:
        data = read(path)
        return look_at(data, path) if digest_of_bytes(data) == digest else None
    except PictureError:
        return None
