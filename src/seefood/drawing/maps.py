"""Maps of numbers as small pictures in rows: each tile with a number below it, so that colour is never alone.

Numbers none of which are negative are drawn from near black at 0 to light yellow at the largest; others blue below
zero, white at zero, orange above.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from seefood.drawing.colours import CARD, EDGE, INK, MUTED, PAPER, WELL, heat, signed
from seefood.drawing.lettering import length, wrapped, write
from seefood.drawing.shapes import rounded

__all__ = ["GAP", "LINE", "Tile", "card", "filter_tile", "legend", "lines", "map_tile", "paragraph", "tile_grid"]

# All in pixels.
GAP, CAPTION, CAPTION_ROW = 10, 12, 20
TEXT_SIZE, LINE = 14, 20
LEGEND_WIDTH, LEGEND_HEIGHT = 150, 12
RADIUS, EDGING = 4, 1


@dataclass(frozen=True, eq=False)
class Tile:
    """A small square picture, and what stands below it on the left and on the right."""

    image: Image.Image
    left: str
    right: str = ""


def map_tile(
    values: NDArray[np.floating], side: int, *, with_negative: bool, largest: float | None = None
) -> Image.Image:
    """Numbers [height, width] as colours, undistorted, in a square of ``side`` pixels; few numbers stay sharp squares.

    ``largest`` is the magnitude that gets the full colour; the map's own where None.

    >>> map_tile(np.array([[0.0, 2.0]]), side=64, with_negative=False).getpixel((63, 32))
    (252, 255, 164)
    """
    numbers = np.nan_to_num(values.astype(np.float64))
    reach = float(np.abs(numbers).max(initial=0.0)) if largest is None else largest
    return _square(signed(numbers, reach) if with_negative else heat(numbers / (reach or 1.0)), side)


def filter_tile(values: NDArray[np.floating], side: int, largest: float | None = None) -> Image.Image:
    """Weights [height, width, 3] as a colour picture: grey is 0, full colour ``largest``, their own where None.

    >>> filter_tile(np.array([[[1.0, 0.0, -1.0]]]), side=8).getpixel((4, 4))
    (255, 128, 1)
    """
    weights = np.nan_to_num(values.astype(np.float64))
    reach = float(np.abs(weights).max(initial=0.0)) if largest is None else largest
    return _square(np.rint(128 + 127 * np.clip(weights / (reach or 1.0), -1, 1)).astype(np.uint8), side)


def _square(colours: NDArray[np.uint8], side: int) -> Image.Image:
    height, width = colours.shape[:2]
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    sharp = Image.Resampling.NEAREST if scale >= 1.5 else Image.Resampling.LANCZOS
    square = Image.new("RGB", (side, side), WELL)
    square.paste(Image.fromarray(colours).resize(size, sharp), ((side - size[0]) // 2, (side - size[1]) // 2))
    return square


def tile_grid(tiles: Sequence[Tile], columns: int) -> Image.Image:
    """Tiles of one size in rows of ``columns``, each with its caption, on a card's colour."""
    side = tiles[0].image.width if tiles else 1
    rows = -(-len(tiles) // columns)
    size = columns * (side + GAP) - GAP + 2 * EDGING, max(1, rows * (side + CAPTION_ROW + GAP) - GAP + EDGING)
    image = Image.new("RGB", size, CARD)
    draw = ImageDraw.Draw(image)
    mask, behind = rounded(side, side, RADIUS), rounded(side + 2 * EDGING, side + 2 * EDGING, RADIUS + EDGING)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        x, y = EDGING + column * (side + GAP), EDGING + row * (side + CAPTION_ROW + GAP)
        image.paste(EDGE, (x - EDGING, y - EDGING), behind)  # a white map on a white card needs an edge
        image.paste(tile.image, (x, y), mask)
        baseline = y + side + 15
        room = side - round(length(tile.right, CAPTION)) - 4
        write(draw, (x, baseline), tile.left, size=CAPTION, colour=INK, width=room)
        write(draw, (x + side, baseline), tile.right, size=CAPTION, colour=MUTED, width=side, from_right=True)
    return image


def card(width: int, height: int) -> Image.Image:
    """An empty card with round corners on paper."""
    image = Image.new("RGB", (width, height), PAPER)
    image.paste(EDGE, (0, 0), rounded(width, height, 10))
    image.paste(CARD, (1, 1), rounded(width - 2, height - 2, 9))
    return image


def legend(*, with_negative: bool) -> Image.Image:
    """A bar of the colours with its ends in words."""
    image = Image.new("RGB", (LEGEND_WIDTH, LEGEND_HEIGHT + 20), CARD)
    steps = np.linspace(-1.0 if with_negative else 0.0, 1.0, LEGEND_WIDTH)
    colours = signed(steps) if with_negative else heat(steps)
    bar = Image.fromarray(np.repeat(colours[np.newaxis], LEGEND_HEIGHT, axis=0))
    image.paste(EDGE, (0, 0), rounded(LEGEND_WIDTH, LEGEND_HEIGHT, 3))
    image.paste(bar.crop((1, 1, LEGEND_WIDTH - 1, LEGEND_HEIGHT - 1)), (1, 1))
    draw = ImageDraw.Draw(image)
    baseline = LEGEND_HEIGHT + 15
    left = "negative" if with_negative else "0"
    write(draw, (0, baseline), left, size=CAPTION, colour=MUTED, width=LEGEND_WIDTH // 2)
    right = "positive" if with_negative else "its largest"
    write(draw, (LEGEND_WIDTH, baseline), right, size=CAPTION, colour=MUTED, width=LEGEND_WIDTH // 2, from_right=True)
    if with_negative:
        middle = (LEGEND_WIDTH + round(length("0", CAPTION))) // 2
        write(draw, (middle, baseline), "0", size=CAPTION, colour=MUTED, width=20, from_right=True)
    return image


def paragraph(draw: ImageDraw.ImageDraw, place: tuple[int, int], text: str, width: int) -> int:
    """Write text in as many lines as it needs, the first one's top at ``place`` (x, y); returns where it ends."""
    x, y = place
    for line in lines(text, width):
        write(draw, (x, y + 15), line, size=TEXT_SIZE, colour=MUTED, width=width)
        y += LINE
    return y


def lines(text: str, width: int) -> list[str]:
    """Text broken between words, so that no line is wider than ``width`` pixels; a longer word has one by itself.

    >>> lines("one two three", width=60)
    ['one two', 'three']
    """
    return wrapped(text, width, TEXT_SIZE)
