"""Pictures for the page: small JPEGs inside it, within a budget of bytes; evidence drawn over them.

A picture that is gone or broken by now is none here, never an error.
"""

import base64
import io
import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seefood.drawing.colours import signed
from seefood.drawing.contours import contour
from seefood.errors import SeefoodError
from seefood.evaluation.report.contents import USUAL, Evidence
from seefood.pictures import Source, decode
from seefood.preprocessing import Preprocessing

__all__ = ["Album", "Photo", "overlaid"]

SMALL, LARGE = 132, 216
"""Pixels of the longer side: in galleries, and beside evidence."""
MOST_BYTES = 5_000_000
"""Of all pictures together as they stand in the page."""
QUALITY = 72
GREY, STRONGEST, FAINTEST = 0.9, 0.7, 0.06
"""How grey the photo gets below evidence; how opaque the strongest evidence is; what share of it is not drawn."""
OUTLINED = 0.45
"""Evidence above this share of the strongest is outlined."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture in the page: its address, which holds it whole, and its size in pixels."""

    uri: str
    width: int
    height: int


@dataclass
class Album:
    """Makes pictures small and counts the bytes they take."""

    find: Callable[[str], Source] | None = None
    preprocessing: Preprocessing = USUAL
    evidence: Evidence | None = None
    left: int = MOST_BYTES

    def photo(self, path: str | None, side: int = SMALL) -> Photo | None:
        """The whole picture, no side longer than ``side`` pixels; None where it cannot be read."""
        if path is None:
            return None
        try:
            pixels = decode(self._source(path), (side, side))
        except (SeefoodError, OSError, ValueError):
            return None
        return self.kept(pixels, side)

    def evidence_over(self, path: str | None, verdict: str, truth: str) -> Photo | None:
        """What the network sees of the picture, the evidence for both classes over it; None where there is none."""
        if path is None or self.evidence is None:
            return None
        try:
            found = self.evidence(path, verdict, truth)
            if found is None:
                return None
            return self.kept(overlaid(self.preprocessing.prepare(self._source(path)), found), LARGE)
        except (SeefoodError, OSError, ValueError):
            return None

    def kept(self, pixels: Pixels, side: int = SMALL) -> Photo:
        """An array, uint8 [height, width, 3], as a picture in the page."""
        image = _reduced(pixels, side)
        file = io.BytesIO()
        image.save(file, "JPEG", quality=QUALITY, optimize=True)
        uri = "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
        self.left -= len(uri)
        return Photo(uri, image.width, image.height)

    @property
    def is_full(self) -> bool:
        """Whether the page is large enough."""
        return self.left <= 0

    def _source(self, path: str) -> Source:
        return os.fspath(path) if self.find is None else self.find(path)


def _reduced(pixels: Pixels, side: int) -> Image.Image:
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    resampling = Image.Resampling.NEAREST if scale > 2 else Image.Resampling.LANCZOS
    return Image.fromarray(np.ascontiguousarray(pixels)).resize(size, resampling, reducing_gap=3.0)


def overlaid(pixels: Pixels, evidence: NDArray[np.floating]) -> Pixels:
    """Evidence [h, w] over a picture, uint8 [height, width, 3]: orange where above 0, blue where below.

    The picture turns grey; the stronger the evidence, the more of the colour. The strongest places are outlined, with a
    whole line where the evidence is above 0 and a dotted one where it is below, so that colour does not tell it alone.
    Raises ValueError for numbers that are not finite or not in two dimensions.

    >>> overlaid(np.full((32, 32, 3), 128, np.uint8), np.eye(4)).shape
    (32, 32, 3)
    """
    if evidence.ndim != 2 or not evidence.size or not np.isfinite(evidence).all():
        raise ValueError(
            f"expected finite evidence [h, w]; found {evidence.dtype} {list(evidence.shape)}; leave it out"
        )
    height, width = pixels.shape[:2]
    image = Image.fromarray(evidence.astype(np.float32)).resize((width, height), Image.Resampling.BICUBIC)
    values = np.asarray(image, np.float64)
    reach = float(np.abs(values).max()) or 1.0
    shares = np.clip(np.abs(values) / reach - FAINTEST, 0, 1)[..., np.newaxis] / (1 - FAINTEST)
    grey = pixels.mean(axis=2, keepdims=True)
    photo = GREY * grey + (1 - GREY) * pixels
    opacity = STRONGEST * np.sqrt(shares)
    mixed = (1 - opacity) * photo + opacity * signed(np.sign(values), 1.0)
    drawn: Pixels = np.rint(mixed).astype(np.uint8)
    for sign in (1, -1):
        _outline(drawn, sign * values / reach, dotted=sign < 0)
    return drawn


def _outline(drawn: Pixels, shares: NDArray[np.float64], *, dotted: bool) -> None:
    """A light line with dark edges around the strongest places."""
    if shares.max() < OUTLINED or min(shares.shape) < 3:
        return
    height, width = shares.shape
    padded = np.pad(shares, 1, constant_values=-1.0)  # so that lines close along the picture's border
    x, y = contour(np.arange(-1, width + 1), np.arange(-1, height + 1), padded, OUTLINED)
    points = np.stack([x, y], axis=1)[np.isfinite(x)]
    columns = np.clip(np.rint(points[:, 0]), 1, width - 2).astype(int)
    rows = np.clip(np.rint(points[:, 1]), 1, height - 2).astype(int)
    if dotted:
        seen = (rows + columns) // 4 % 2 == 0
        rows, columns = rows[seen], columns[seen]
    for dark in (True, False):
        for across, down in ((-1, 0), (1, 0), (0, -1), (0, 1)) if dark else ((0, 0),):
            drawn[rows + down, columns + across] = 20 if dark else 255
