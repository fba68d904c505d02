"""Responses as something to look at: numbers as grey or colour, with the scale said in words.

Three scales. An answer that goes below zero has zero in the middle, grey, and the same number at both ends, so that
neither sign looks stronger. One that never does has zero black. A kernel whose weights add up to 1 answers as a picture
does and keeps a picture's scale, 0 to 255.

What is larger than its place is reduced by averaging, never by leaving pixels out: stripes of a pixel become grey, not
broader stripes. What is smaller is enlarged by whole numbers, each pixel a square.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seefood.convolution.arithmetic import in_words
from seefood.errors import ShapeError

__all__ = ["Shown", "shown_picture", "shown_response"]

Array = NDArray[Any]

OUTLIERS = 0.995
"""Where a few answers are far beyond this part of all, the scale ends there, and its words say "or more"."""
WHITE = 255


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture or a response as it is displayed.

    Attributes:
        image: RGB.
        zoom: displayed pixels for each pixel, (down, across).
        scale: what its greys stand for, from black to white, each with its number; empty for a picture.
        size: how large it is, and how large it is shown.
        averaged: of how many answers each displayed one is the mean; empty where of less than one and a half each way.
    """

    image: Image.Image
    zoom: tuple[float, float]
    scale: tuple[tuple[str, str], ...]
    size: str
    averaged: str = ""

    @property
    def words(self) -> str:
        """The scale as a phrase."""
        return " … ".join(" ".join(stop) for stop in self.scale)


def shown_picture(picture: NDArray[np.uint8], box: tuple[int, int]) -> Shown:
    """A picture, uint8 [h, w] or [h, w, 3], about as large as a box (height, width) of pixels.

    A small one may come out larger than the box, by a third at most, rather than much smaller.

    >>> shown_picture(np.zeros((8, 8), np.uint8), (100, 200)).image.size
    (96, 96)
    """
    height, width = _fitting(picture.shape, (box[0] * 4 // 3, box[1] * 4 // 3))
    if height > box[0] or width > box[1]:
        closest = _fitting(picture.shape, box)
        enlarged = height > picture.shape[0] and closest[0] < 0.7 * height
        height, width = (height, width) if enlarged else closest
    image = Image.fromarray(np.ascontiguousarray(picture)).convert("RGB")
    enlarged = height >= picture.shape[0] and width >= picture.shape[1]
    resampling = Image.Resampling.NEAREST if enlarged else Image.Resampling.LANCZOS
    return _shown(image.resize((width, height), resampling, reducing_gap=3.0), picture.shape, ())


def shown_response(response: Array, box: tuple[int, int], *, as_picture: bool = False) -> Shown:
    """A response, [h, w] or [h, w, 3], inside a box (height, width) of pixels.

    ``as_picture``: the kernel keeps brightness, so the scale is a picture's.

    Raises:
        ShapeError: neither 1 nor 3 channels, or answers that are no finite numbers.

    >>> shown_response(np.array([[-510.0, 0.0, 255.0]]), (10, 30)).words
    'black −510 … grey 0 … white 510'
    """
    channels = response[..., np.newaxis] if response.ndim == 2 else response
    if channels.ndim != 3 or channels.shape[2] not in (1, 3) or not channels.size:
        raise ShapeError(
            f"expected a response of 1 or 3 channels; found one of shape {list(response.shape)}; show one at a time"
        )
    if not np.isfinite(channels).all():
        raise ShapeError("expected finite answers; found some beyond what float32 holds; use smaller weights")
    size = _fitting(response.shape, box)
    planes = np.stack([_resized(channels[..., index], size) for index in range(channels.shape[2])], axis=-1)
    low, high, stops = _scale(planes, as_picture=as_picture)
    levels = np.clip((planes - low) / (high - low), 0.0, 1.0) * WHITE
    pixels = np.rint(np.broadcast_to(levels, (*levels.shape[:2], 3))).astype(np.uint8)
    return _shown(Image.fromarray(pixels), response.shape, stops)


def _fitting(shape: tuple[int, ...], box: tuple[int, int]) -> tuple[int, int]:
    """Height and width inside the box: a whole multiple of what is smaller, less than once what is larger."""
    height, width = shape[:2]
    zoom = min(box[0] / height, box[1] / width)
    if zoom >= 1:
        return height * int(zoom), width * int(zoom)
    return max(1, round(height * zoom)), max(1, round(width * zoom))


def _resized(plane: Array, size: tuple[int, int]) -> NDArray[np.float64]:
    height, width = size
    if height >= plane.shape[0] and width >= plane.shape[1]:
        return plane.repeat(height // plane.shape[0], axis=0).repeat(width // plane.shape[1], axis=1).astype(np.float64)
    image = Image.fromarray(np.ascontiguousarray(plane, np.float32))  # a triangle as wide as two displayed pixels
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR), np.float64)


def _scale(values: NDArray[np.float64], *, as_picture: bool) -> tuple[float, float, tuple[tuple[str, str], ...]]:
    """The numbers that become black and white, and that in words."""
    low, high = float(values.min()), float(values.max())
    if as_picture:
        less, more = " or less" if low < -0.5 else "", " or more" if high > WHITE + 0.5 else ""
        return 0.0, WHITE, (("black", f"0{less}"), ("white", f"{WHITE}{more}"))
    if low == high == 0:  # nothing was found; black would look like something
        return -1.0, 1.0, (("grey", "0 everywhere"),)
    end = _end(np.abs(values))
    white = ("white", f"{in_words(end)}{' or more' if high > end * 1.001 else ''}")
    if low >= 0:
        return 0.0, end, (("black", "0"), white)
    less = " or less" if low < -end * 1.001 else ""
    return -end, end, (("black", f"{in_words(-end)}{less}"), ("grey", "0"), white)


def _end(sizes: NDArray[np.float64]) -> float:
    """Where the scale ends: the largest answer, or less where only outliers are as large."""
    largest = float(sizes.max())
    usual = float(np.quantile(sizes, OUTLIERS))
    if 0 < usual < 0.8 * largest:
        unit = 10.0 ** (np.floor(np.log10(usual)) - 1)
        return float(np.ceil(usual / unit) * unit)  # two digits are enough to read
    return largest or 1.0


def _shown(image: Image.Image, shape: tuple[int, ...], scale: tuple[tuple[str, str], ...]) -> Shown:
    zoom = (image.height / shape[0], image.width / shape[1])
    averaged = ""
    size = f"{shape[0]:,} by {shape[1]:,}{f' by {shape[2]}' if len(shape) > 2 else ''}"
    if zoom[0] > 1:
        size += f", shown {zoom[0]:.0f} times as large"
    elif image.height * image.width < shape[0] * shape[1]:
        closest = min(zoom)  # a line of one pixel cannot get thinner
        size += f", shown at {closest:.0%}" if closest >= 0.1 else f", shown at {100 * closest:.2g}%"
        if scale and closest <= 1 / 1.5:
            averaged = f"each pixel averages about {1 / zoom[0]:.2g} by {1 / zoom[1]:.2g}"
    return Shown(image, zoom, scale, size, averaged)
