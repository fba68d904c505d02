"""What a picture looks like from afar: its size, its contrast and a small grey picture of the whole of it.

Features forget where things are, and a network sees only the centre; whether two files show the same photo is settled
by their looks. They are kept in the cache of features, under keys of their own.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from seefood.errors import PictureError
from seefood.features.cache import FeatureCache
from seefood.features.streams import in_order, usual_threads
from seefood.files import digest_of_bytes
from seefood.pictures import TO_UPRIGHT, decode, read
from seefood.pictures.jpeg import JpegHeader, read_header

__all__ = ["SIDE", "Look", "look_at", "looks"]

SIDE = 48
"""Pixels of the small picture, both ways; a picture of another shape is stretched."""
PREFIX = b"seefood look 2 "
"""Counts up when the same file would give another look."""
BATCH = 256
MOST_PIXELS = 40_000_000
"""Of a JPEG that is decoded straight to grey; larger ones take the careful way."""
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
    is_jpeg = data.startswith(b"\xff\xd8")
    header = read_header(data) if is_jpeg else None
    image, complained = (None, is_jpeg) if header is None else _straight(data, header)
    if image is None:
        pixels = decode(data, (2 * SIDE, 2 * SIDE) if is_jpeg else None, name)
        image = Image.fromarray(pixels)
    height, width = image.height, image.width
    if header is not None:
        height, width = (header.height, header.width)[:: 1 if header.orientation < 5 else -1]
    small = image.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    cells = np.asarray(small.resize((TINTS, TINTS), Image.Resampling.BOX), np.int16)
    grey = np.asarray(small.convert("L"), np.float32)
    lowest, highest = float(grey.min()), float(grey.max())
    shown = np.rint((grey - lowest) * (255 / max(1.0, highest - lowest))).astype(np.uint8)
    return Look(
        height, width, float(grey.std()), lowest, highest, complained, cells[:, :, [0, 2]] - cells[:, :, 1:2], shown
    )


def _straight(data: bytes, header: JpegHeader) -> tuple[Image.Image | None, bool]:
    """The quick way for ordinary JPEGs, which is strict, and whether it complained; None where it is not to be used."""
    if header.components not in {1, 3} or header.height * header.width > MOST_PIXELS:
        return None, False
    side = min(2 * SIDE, header.height, header.width)
    try:
        pixels = simplejpeg.decode_jpeg(data, "RGB", fastdct=True, fastupsample=True, min_height=side, min_width=side)
    except ValueError:
        return None, True
    image = Image.fromarray(pixels)
    return (image if header.orientation == 1 else image.transpose(TO_UPRIGHT[header.orientation])), False


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
        key = hashlib.sha256(PREFIX + digest.encode()).digest()
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
