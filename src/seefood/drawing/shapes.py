"""Shapes with smooth edges, as masks to paste colours or pictures through. Pillow's own shapes have stairs."""

from functools import lru_cache

from PIL import Image, ImageDraw

__all__ = ["rounded"]

SMOOTHNESS = 4
"""Shapes are drawn this many times larger and reduced."""


@lru_cache(maxsize=1024)
def rounded(width: int, height: int, radius: int) -> Image.Image:
    """A mask of a rounded rectangle, sizes in pixels.

    >>> rounded(20, 10, 3).size
    (20, 10)
    """
    large = Image.new("L", (width * SMOOTHNESS, height * SMOOTHNESS), 0)
    corner = (width * SMOOTHNESS - 1, height * SMOOTHNESS - 1)
    ImageDraw.Draw(large).rounded_rectangle(((0, 0), corner), radius * SMOOTHNESS, fill=255)
    return large.reduce(SMOOTHNESS)
