"""Where what the network saw lies in the picture as the file has it."""

import math
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.model.covering import Window
from seefood.pictures import Source, decode, read
from seefood.pictures.jpeg import read_header
from seefood.preprocessing import Preprocessing

__all__ = ["Box", "boxed", "frame_of", "opened"]

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""


def opened(source: Source, cover: tuple[int, int]) -> tuple[NDArray[np.uint8], tuple[int, int], str | None]:
    """A picture decoded as for the network, its own height and width, and its path.

    A JPEG may be decoded smaller than it is. Raises PictureError as `decode` does.
    """
    path = os.fspath(source) if isinstance(source, str | os.PathLike) else None
    data = source if path is None else read(path)
    pixels = decode(data, cover, path or "")
    return pixels, _own_size(data, pixels), path


def _own_size(data: Any, pixels: NDArray[np.uint8]) -> tuple[int, int]:
    height, width = pixels.shape[:2]
    if not isinstance(data, bytes) or not data.startswith(b"\xff\xd8"):
        return height, width
    header = read_header(data)
    if header is None:
        height, width = decode(data).shape[:2]
        return height, width
    return (header.height, header.width) if header.orientation < 5 else (header.width, header.height)


def frame_of(preprocessing: Preprocessing, decoded: tuple[int, ...], size: tuple[int, int]) -> Box:
    """What of a picture of ``size`` (height, width), decoded as ``decoded``, the network sees.

    Left, top, right, bottom in pixels of the picture as it is. It goes beyond the picture where that is padded.

    >>> frame_of(Preprocessing(224, 224), (256, 512), (512, 1024))
    (288.0, 32.0, 736.0, 480.0)
    """
    height, width = decoded[:2]
    left, top, right, bottom = preprocessing.seen(height, width)
    across, down = size[1] / width, size[0] / height
    return left * across, top * down, right * across, bottom * down


def boxed(window: Window, grid: tuple[int, ...], frame: Box, size: tuple[int, int]) -> Box:
    """Places of a map as whole pixels of the picture: left, top, right, bottom, not beyond its edges.

    >>> boxed(Window(0, 0, 1, 1), (2, 2), (10.0, 0.0, 30.0, 20.0), (20, 40))
    (10, 0, 20, 10)
    """
    left, top, right, bottom = frame
    across, down = (right - left) / grid[1], (bottom - top) / grid[0]
    beginning = math.floor(left + window.left * across), math.floor(top + window.top * down)
    end = math.ceil(left + window.right * across - 1e-9), math.ceil(top + window.bottom * down - 1e-9)
    (x0, x1), (y0, y1) = (
        (min(max(low, 0), most), min(max(high, 0), most))
        for low, high, most in ((beginning[0], end[0], size[1]), (beginning[1], end[1], size[0]))
    )
    return x0, y0, x1, y1
