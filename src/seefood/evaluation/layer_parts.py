"""What pictures of a network's layers have in common: cards below a title, tiles of maps, the receptive field shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from seefood.backbones.feature_maps import FeatureMaps
from seefood.convolution.layer_table import LayerRow, LayerTable
from seefood.drawing.colours import BEST, CARD, INK, MUTED, PAPER
from seefood.drawing.figures import MINUS, figure
from seefood.drawing.lettering import write
from seefood.drawing.maps import Tile, card, map_tile
from seefood.evaluation.contact_sheet import thumbnail

__all__ = ["Subject", "framed", "has_negative", "is_vector", "seen", "sight", "stacked", "tiles"]

# All in pixels.
MARGIN, PADDING, BETWEEN, GUTTER = 28, 16, 12, 20
SIDE, PHOTO = 112, 224
HEADER = 74

OWN_SCALE = "Every map has its own scale: its largest magnitude gets the full colour."
STRENGTH = "Below each map its channel, and how strongly that answers: the mean of its numbers' magnitudes."


@dataclass(frozen=True, eq=False)
class Subject:
    """What is looked at.

    Attributes:
        pixels: a picture as the network sees it, uint8 [height, width, 3].
        picture: the picture's name.
        network: the network's name.
        table: the network's layers.
    """

    pixels: NDArray[np.uint8]
    picture: str
    network: str
    table: LayerTable


def stacked(title: str, subtitle: str, cards: Sequence[Image.Image]) -> Image.Image:
    """A title, and cards below each other, on paper."""
    width = max(image.width for image in cards)
    height = MARGIN + HEADER + sum(image.height + BETWEEN for image in cards) - BETWEEN + MARGIN
    sheet = Image.new("RGB", (width + 2 * MARGIN, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    write(draw, (MARGIN, MARGIN + 24), title, size=28, colour=INK, width=width, bold=True)
    write(draw, (MARGIN, MARGIN + 50), subtitle, size=15, colour=MUTED, width=width)
    y = MARGIN + HEADER
    for image in cards:
        sheet.paste(image, (MARGIN, y))
        y += image.height + BETWEEN
    return sheet


def framed(grid: Image.Image, width: int) -> Image.Image:
    """A grid of tiles on a card that has room for at least ``width`` pixels."""
    image = card(max(grid.width, width) + 2 * PADDING, grid.height + 2 * PADDING - 4)
    image.paste(grid, (PADDING, PADDING))
    return image


def tiles(maps: FeatureMaps, channels: NDArray[np.int64], labels: Sequence[str] = ()) -> list[Tile]:
    """Channels' maps with their numbers and strengths, in the colours that fit all maps of the layer.

    A vector's numbers are all on one scale, and stand below their colours themselves.
    """
    negative, vector = has_negative(maps), is_vector(maps)
    largest = float(np.abs(maps.values).max(initial=0.0)) if vector else None
    made = []
    for channel in channels.tolist():
        image = map_tile(maps.values[:, :, channel], SIDE, with_negative=negative, largest=largest)
        name = f" {labels[channel]}" if labels else ""
        value = maps.values[0, 0, channel] if vector else maps.strengths[channel]
        made.append(Tile(image, f"#{channel}{name}", _written(float(value))))
    return made


def has_negative(maps: FeatureMaps) -> bool:
    """Whether any number of the layer is below zero."""
    return bool(maps.values.min(initial=0.0) < 0)


def is_vector(maps: FeatureMaps) -> bool:
    """Whether a layer gives one number a channel."""
    return maps.values.shape[:2] == (1, 1)


def _written(value: float) -> str:
    return f"{value:.2f}".replace("-", MINUS) if 0.01 <= abs(value) < 1e4 else figure(value, 3)


def seen(row: LayerRow, pixels: NDArray[np.uint8], side: int) -> Image.Image:
    """The picture, dark but for the receptive field of the number in the middle of the layer's maps."""
    image = thumbnail(pixels, side)
    if row.receptive_field is None or row.output is None:
        return image
    middle = (row.output[0] // 2, row.output[1] // 2) if len(row.output) == 3 else (0, 0)
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    down, across = (side - height * scale) / 2, (side - width * scale) / 2
    top, left, bottom, right = row.receptive_field.box(*middle)
    box = (
        max(0, round(across + max(left, 0) * scale) - 1),
        max(0, round(down + max(top, 0) * scale) - 1),
        min(side - 1, round(across + min(right, width) * scale)),
        min(side - 1, round(down + min(bottom, height) * scale)),
    )
    dark = Image.blend(image, Image.new("RGB", image.size, INK), 0.6)
    dark.paste(image.crop((box[0], box[1], box[2] + 1, box[3] + 1)), box[:2])
    draw = ImageDraw.Draw(dark)
    draw.rectangle((box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1), outline=CARD)
    draw.rectangle(box, outline=BEST)
    return dark


def sight(row: LayerRow, picture: tuple[int, ...], what: str = "Each") -> str:
    """The receptive field in words; ``picture`` is its height and width."""
    field = row.receptive_field
    if field is None:
        return f"How much {what.lower()} sees is not known."
    if field.jump == (0, 0):
        return f"{what} sees the whole picture."
    height, width = field.size
    beyond = ", more than the picture has" if height > picture[0] and width > picture[1] else ""
    pixels = "one pixel" if field.size == (1, 1) else f"{height}×{width} pixels"
    return f"{what} sees {pixels}{beyond}."
