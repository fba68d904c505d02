"""Weights, pixels and products as small grids of coloured cells: the number where it fits, else its sign."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from seefood.convolution.arithmetic import common_part, in_words
from seefood.drawing.colours import CARD, EDGE, INK, MUTED, WELL, signed
from seefood.drawing.lettering import fitted, length

__all__ = ["Grid", "kernel_grid", "pixel_grid", "signed_grid", "text_size"]

Array = NDArray[Any]

LARGEST_CELL, SMALLEST_SIGN = 44, 7
SIZES = (15, 13, 11, 10)
SIDE = 200
"""Pixels that a grid takes where its cells may be as small as they like."""
MOST_PLANES = 3
PLANE_GAP = 12
LABEL = 18
LINES = "#c3cbd3"
CHANNELS = ("red", "green", "blue")


@dataclass(frozen=True, eq=False)
class Grid:
    """A grid as an RGB image, and whether its cells say their numbers, only their signs, or nothing but colour."""

    image: Image.Image
    cells: str


def kernel_grid(weights: Array, side: int = SIDE) -> Grid:
    """A kernel [height, width], or the planes of one over several channels side by side, about ``side`` pixels wide.

    >>> kernel_grid(np.array([[1, 1], [-1, -1]])).image.size
    (89, 89)
    """
    part = common_part(weights)
    texts = np.vectorize(in_words, otypes=[object])(np.rint(weights * part) if part > 1 else weights)
    largest = float(np.abs(weights).max())
    if weights.ndim == 2:
        return signed_grid(weights, texts, side, largest)
    count = weights.shape[2]
    shown = min(count, MOST_PLANES)
    grids = [signed_grid(weights[..., n], texts[..., n], max(side // shown, 60), largest) for n in range(shown)]
    names = CHANNELS if count == 3 else tuple(f"channel {index + 1}" for index in range(shown))
    return Grid(_beside([grid.image for grid in grids], names), grids[0].cells)


def signed_grid(
    values: Array, texts: Array, side: int, largest: float | None = None, *, largest_cell: int = LARGEST_CELL
) -> Grid:
    """Numbers in cells, blue below zero and orange above."""
    height, width = values.shape
    cell = max(min(largest_cell, side // max(height, width)), SMALLEST_SIGN)
    if max(height, width) * SMALLEST_SIGN > 2 * side:
        image = Image.fromarray(signed(values, largest))
        smaller = min(1.0, side / max(height, width))
        size = max(1, round(width * smaller)), max(1, round(height * smaller))
        return Grid(image.resize(size, Image.Resampling.BOX), "colours")
    colours = signed(values, largest)
    image, draw = _cells(colours, cell)
    size_of_text = text_size(texts, cell)
    for (row, column), text in np.ndenumerate(texts):
        middle = (column * cell + cell / 2, row * cell + cell / 2)
        if size_of_text:
            _number(draw, middle, text, size_of_text, colours[row, column])
        elif values[row, column]:
            _sign(draw, middle, cell, colours[row, column], negative=bool(values[row, column] < 0))
    return Grid(image, "numbers" if size_of_text else "signs")


def pixel_grid(pixels: Array, inside: Array, cell: int) -> Image.Image:
    """Pixels as grey cells with their values; zeros of the padding are crossed out."""
    levels = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    image, draw = _cells(np.repeat(levels[..., np.newaxis], 3, axis=2), cell)
    texts = np.vectorize(in_words, otypes=[object])(pixels)
    size = text_size(texts, cell) or SIZES[-1]
    for (row, column), text in np.ndenumerate(texts):
        left, top = column * cell, row * cell
        if not inside[row, column]:
            draw.rectangle((left + 1, top + 1, left + cell - 1, top + cell - 1), fill=WELL)
            draw.line((left + 2, top + cell - 2, left + cell - 2, top + 2), fill=LINES)
        colour = levels[row, column].repeat(3) if inside[row, column] else np.array([238, 241, 244])
        _number(draw, (left + cell / 2, top + cell / 2), text, size, colour)
    return image


def _cells(colours: NDArray[np.uint8], cell: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Cells of these colours with thin lines between and around them."""
    height, width = colours.shape[:2]
    image = Image.new("RGB", (width * cell + 1, height * cell + 1), LINES if cell > 10 else EDGE)
    draw = ImageDraw.Draw(image)
    for row in range(height):
        for column in range(width):
            left, top = column * cell, row * cell
            fill = tuple(colours[row, column].tolist())
            draw.rectangle((left + 1, top + 1, left + cell - 1, top + cell - 1), fill=fill)
    return image, draw


def text_size(texts: Array, cell: int) -> int:
    """The largest size in which every text fits into a cell; 0 where none does."""
    longest = {max(texts.ravel(), key=len), *texts.ravel()[:200]}
    fits = (size for size in SIZES if size + 4 <= cell and all(length(text, size) <= cell - 5 for text in longest))
    return next(fits, 0)


def _number(draw: ImageDraw.ImageDraw, middle: tuple[float, float], text: str, size: int, fill: Array) -> None:
    text, face = fitted(text, size, 1000)
    draw.text((middle[0] + 0.5, middle[1] + 0.5), text, fill=_ink(fill), font=face, anchor="mm")


def _sign(draw: ImageDraw.ImageDraw, middle: tuple[float, float], cell: int, fill: Array, *, negative: bool) -> None:
    """A plus or a minus as lines, because letters of this size are no letters."""
    reach = max(1, cell // 5)
    x, y = int(middle[0]), int(middle[1])
    colour = _ink(fill)
    draw.line((x - reach, y, x + reach, y), fill=colour)
    if not negative:
        draw.line((x, y - reach, x, y + reach), fill=colour)


def _ink(fill: Array) -> str:
    """White on what is dark; near this level both are read equally well, and all of orange gets the same."""
    return CARD if float(np.dot(fill, (0.299, 0.587, 0.114))) < 121 else INK


def _beside(images: list[Image.Image], names: tuple[str, ...]) -> Image.Image:
    width = sum(image.width for image in images) + PLANE_GAP * (len(images) - 1)
    joined = Image.new("RGB", (width, LABEL + max(image.height for image in images)), CARD)
    draw = ImageDraw.Draw(joined)
    left = 0
    for image, name in zip(images, names, strict=False):
        text, face = fitted(name, 12, image.width)
        draw.text((left, 12), text, fill=MUTED, font=face, anchor="ls")
        joined.paste(image, (left, LABEL))
        left += image.width + PLANE_GAP
    return joined
