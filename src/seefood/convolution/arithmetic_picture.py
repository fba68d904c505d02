"""One answer's arithmetic as a picture: pixels times weights are products, as grids, and their sum as a line."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from seefood.convolution.arithmetic import Arithmetic, Sum, common_part, in_words
from seefood.convolution.grids import pixel_grid, signed_grid, text_size
from seefood.drawing.colours import CARD, EDGE, INK, MUTED
from seefood.drawing.lettering import length, wrapped, write

__all__ = ["LINE", "SMALL", "arithmetic_picture", "write_lines"]

Array = NDArray[Any]

# All in pixels.
SMALL, LINE = 13, 18
APART, BETWEEN = 22, 34
CELLS = (40, 48, 56, 64, 36, 32, 28, 24)
"""Sides of a cell, the best ones first: numbers that are long take larger ones, little room takes smaller ones."""
READABLE = 12
"""Of a number's letters, in pixels; smaller ones only where there is no other way."""
LARGEST = 7
"""Weights each way up to which a sum is drawn as grids too."""


def arithmetic_picture(arithmetic: Arithmetic, width: int) -> Image.Image:
    """The sums of one answer as an RGB image of this width: grids side by side as far as there is room, then lines."""
    rows: list[list[Image.Image]] = [[]]
    for one in (_sum_picture(one, width) for one in arithmetic.sums if _is_small(one)):
        if one is None:
            continue
        if rows[-1] and sum(image.width + 2 * APART for image in rows[-1]) + one.width > width:
            rows.append([])
        rows[-1].append(one)
    where, *sums = arithmetic.lines()
    lines = [*wrapped(where, width, SMALL)]
    written = [line for text in sums for line in wrapped(text, width, 14)]
    heights = [max(image.height for image in row) + 10 for row in rows if row]
    image = Image.new("RGB", (width, 12 + LINE * len(lines) + 8 + sum(heights) + 20 * len(written)), CARD)
    draw = ImageDraw.Draw(image)
    draw.line((0, 0, width, 0), fill=EDGE)
    write_lines(draw, (0, 10), lines, width)
    top = 10 + LINE * len(lines) + 6
    for row, height in zip(rows, heights, strict=False):
        left = 0
        for one in row:
            image.paste(one, (left, top))
            left += one.width + 2 * APART
        top += height
    for index, line in enumerate(written):
        write(draw, (0, top + 15 + 20 * index), line, size=14, colour=INK, width=width)
    return image


def _is_small(one: Sum) -> bool:
    return one.weights.ndim == 2 and max(one.weights.shape) <= LARGEST


def _sum_picture(one: Sum, width: int) -> Image.Image | None:
    """Pixels times weights are products, as three grids; None where there is no room for their numbers."""
    part = common_part(one.weights)
    kernel = np.rint(one.weights * part) if part > 1 else one.weights
    texts = [_texts(values) for values in (one.pixels, kernel, one.products)]
    cell = _cell(texts, (width - 2 * BETWEEN - len(texts)) // (len(texts) * one.weights.shape[1]))
    if not cell:
        return None
    side = cell * max(one.weights.shape)
    grids = [
        pixel_grid(one.pixels, one.inside, cell),
        signed_grid(kernel, texts[1], side, largest_cell=cell).image,
        signed_grid(one.products, texts[2], side, largest_cell=cell).image,
    ]
    total = in_words(float(one.products.sum()))
    joined = Image.new("RGB", (sum(grid.width for grid in grids) + 2 * BETWEEN, LINE + grids[0].height), CARD)
    draw = ImageDraw.Draw(joined)
    left = 0
    for grid, name, sign in zip(
        grids,
        (f"{one.name} pixels".strip(), f"kernel × 1/{part}" if part > 1 else "kernel", f"sum {total}"),
        ("×", "=", ""),
        strict=True,
    ):
        write(draw, (left, 12), name, size=12, colour=MUTED, width=grid.width + BETWEEN)
        joined.paste(grid, (left, LINE))
        left += grid.width
        middle = (left + BETWEEN // 2 - round(length(sign, 18) / 2), LINE + grid.height // 2 + 6)
        write(draw, middle, sign, size=18, colour=INK, width=BETWEEN)
        left += BETWEEN
    return joined


def _cell(texts: list[Array], room: int) -> int:
    """The side of a cell, at most ``room``, that holds all numbers in a readable size; 0 where none does."""
    sizes = {cell: min(text_size(text, cell) for text in texts) for cell in CELLS if cell <= room}
    return next((cell for least in (READABLE, 1) for cell, size in sizes.items() if size >= least), 0)


def _texts(values: Array) -> Array:
    return np.asarray(np.vectorize(in_words, otypes=[object])(values))


def write_lines(
    draw: ImageDraw.ImageDraw, place: tuple[int, int], lines: list[str], width: int, *, centred: bool = False
) -> None:
    """Small lines below each other, from a place (left, top)."""
    for index, line in enumerate(lines):
        left = place[0] + (max(0, round((width - length(line, SMALL)) / 2)) if centred else 0)
        write(draw, (left, place[1] + 11 + LINE * index), line, size=SMALL, colour=MUTED, width=width)
