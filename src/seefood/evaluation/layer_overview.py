"""A picture's way through a whole network on one sheet: block after block the maps that answer most strongly."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from seefood.backbones.feature_maps import FeatureMaps
from seefood.convolution.layer_table import LayerRow, LayerTable
from seefood.drawing.colours import INK
from seefood.drawing.lettering import write
from seefood.drawing.maps import GAP, card, legend, paragraph, tile_grid
from seefood.drawing.shapes import rounded
from seefood.evaluation.contact_sheet import bars, thumbnail
from seefood.evaluation.layer_parts import (
    GUTTER,
    OWN_SCALE,
    PADDING,
    PHOTO,
    SIDE,
    STRENGTH,
    Subject,
    seen,
    sight,
    stacked,
    tiles,
)
from seefood.verdicts import Verdict

__all__ = ["MOST_STRIPS", "layer_overview"]

MOST_STRIPS = 40
"""Blocks on one sheet."""
STRONGEST = 8
"""Maps of each block."""

# All in pixels.
TEXT, MINIATURE, BARS = 216, 112, 560
STRIP = PADDING + SIDE + 20 + PADDING - 6
CONTENT = TEXT + GUTTER + MINIATURE + GUTTER + STRONGEST * (SIDE + GAP) - GAP + 2

SCALES = f"{OWN_SCALE} Layers without negative numbers are drawn from dark at 0, the others from white at 0."
FIELDS = "The small picture shows bright what one number in the middle of a map depends on: its receptive field."
NO_MAPS = "None of its layers has maps: each gives one number a channel."

Layer = tuple[str, LayerRow, FeatureMaps]


def layer_overview(subject: Subject, layers: Sequence[Layer], verdict: Verdict | None = None) -> Image.Image:
    """The picture, then block after block its strongest maps, and what the network says in the end.

    ``layers`` are blocks' names, each with the block's last layer and its maps; at most 40 (``MOST_STRIPS``) are drawn,
    spread over the depth of the network.
    """
    count = min(len(layers), MOST_STRIPS)
    chosen = [layers[round(place)] for place in np.linspace(0, len(layers) - 1, count).tolist()]
    cards = [_opening(subject, count, len(layers) - count)]
    cards += [_strip(layer, subject.pixels) for layer in chosen]
    if verdict is not None:
        cards.append(_ending(verdict))
    return stacked(f"{subject.picture}, layer by layer through {subject.network}", _in_words(subject.table), cards)


def _opening(subject: Subject, strips: int, left_out: int) -> Image.Image:
    """The picture as the network sees it, and how to read what follows."""
    image = card(CONTENT + 2 * PADDING, PHOTO + 2 * PADDING)
    image.paste(thumbnail(subject.pixels, PHOTO), (PADDING, PADDING), rounded(PHOTO, PHOTO, 6))
    draw = ImageDraw.Draw(image)
    x, width = PADDING + PHOTO + GUTTER, CONTENT - PHOTO - GUTTER
    write(draw, (x, PADDING + 18), "What the network sees", size=20, colour=INK, width=width, bold=True)
    height, across = subject.pixels.shape[:2]
    prepared = f"The picture as {height}×{across} pixels, cut and scaled as this network wants it."
    below = f"Below it, block after block, the {STRONGEST} channels that answer most strongly to it."
    skipped = f" {left_out} blocks in between are left out." if left_out else ""
    y = PADDING + 32
    for text in (f"{prepared} {below}{skipped}", STRENGTH, SCALES, FIELDS) if strips else (f"{prepared} {NO_MAPS}",):
        y = paragraph(draw, (x, y), text, width) + 4
    if strips:
        image.paste(legend(with_negative=False), (x, PADDING + PHOTO - 32))
        image.paste(legend(with_negative=True), (x + 190, PADDING + PHOTO - 32))
    return image


def _strip(layer: Layer, pixels: NDArray[np.uint8]) -> Image.Image:
    """One block: its name and size, its receptive field, its strongest maps."""
    name, row, maps = layer
    image = card(CONTENT + 2 * PADDING, STRIP)
    draw = ImageDraw.Draw(image)
    write(draw, (PADDING, PADDING + 16), name, size=19, colour=INK, width=TEXT, bold=True)
    height, width, channels = maps.values.shape
    y = PADDING + 28
    for text in (f"{height}×{width} numbers, {channels} channels", sight(row, pixels.shape[:2])):
        y = paragraph(draw, (PADDING, y), text, TEXT)
    x = PADDING + TEXT + GUTTER
    image.paste(seen(row, pixels, MINIATURE), (x, PADDING), rounded(MINIATURE, MINIATURE, 4))
    grid = tile_grid(tiles(maps, maps.order[:STRONGEST]), STRONGEST)
    image.paste(grid, (x + MINIATURE + GUTTER, PADDING - 1))
    return image


def _ending(verdict: Verdict) -> Image.Image:
    """What the network makes of it all."""
    labels = bars(verdict, BARS)
    image = card(CONTENT + 2 * PADDING, 2 * PADDING + labels.height + 4)
    draw = ImageDraw.Draw(image)
    write(draw, (PADDING, PADDING + 16), "What it says", size=19, colour=INK, width=TEXT, bold=True)
    paragraph(draw, (PADDING, PADDING + 28), "Its most probable labels for this picture.", TEXT)
    image.paste(labels, (PADDING + TEXT + GUTTER, PADDING + 2))
    return image


def _in_words(table: LayerTable) -> str:
    count = sum(row.kind != "input" for row in table)
    layers = "1 layer" if count == 1 else f"{count} layers"
    adds = f"{table.multiply_adds:,} multiply-adds of convolutions and dense layers for one picture"
    return f"{layers}, {table.parameters:,} weights, {adds}"
