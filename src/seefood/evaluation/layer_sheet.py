"""One layer of a network to look at: its maps for a picture, or the filters of the first one."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from seefood.backbones.feature_maps import FeatureMaps, Filters
from seefood.convolution.layer_table import LayerRow
from seefood.drawing.figures import figure
from seefood.drawing.maps import GAP, LINE, Tile, card, filter_tile, legend, lines, paragraph, tile_grid
from seefood.drawing.shapes import rounded
from seefood.evaluation.layer_parts import (
    GUTTER,
    OWN_SCALE,
    PADDING,
    PHOTO,
    SIDE,
    STRENGTH,
    Subject,
    framed,
    has_negative,
    is_vector,
    seen,
    sight,
    stacked,
    tiles,
)

__all__ = ["filter_sheet", "layer_sheet"]

FEWEST_COLUMNS, MOST_COLUMNS = 8, 24
ROOM_FOR_WORDS = FEWEST_COLUMNS * (SIDE + GAP) - GAP

ONE_SCALE = "All numbers are on one scale: the largest magnitude gets the full colour."
NUMBER = "Below each colour its channel and the number itself, the largest magnitude first."
FILTERS = (
    (
        "Each filter is laid on the picture, pixel on pixel: it answers most to what looks like it. Grey is 0, "
        "a brighter colour counts for, a darker one against."
    ),
    (
        "Every filter has its own scale; one that is next to nothing beside the others stays grey. Below it its "
        "channel and its largest weight: by how much the answer grows when that pixel, from 0 to 255, grows by 1."
    ),
)
NEXT_TO_NOTHING = 1e-3
"""Of the layer's largest weight."""


def layer_sheet(
    subject: Subject, row: LayerRow, maps: FeatureMaps, most: int = 64, labels: Sequence[str] = ()
) -> Image.Image:
    """One layer's maps, the strongest first, at most ``most`` of them, with where in the picture one number looks.

    ``labels`` are the channels' names where they have any, as the classes of a last layer have.
    """
    shown, channels = maps.order[:most], maps.values.shape[2]
    grid = _grid(tiles(maps, shown, labels))
    some = f"the {len(shown)} strongest of {channels} channels"
    which = some if len(shown) < channels else f"all {channels} channels"
    title = f"{row.name} of {subject.network}: {which}"
    return stacked(title, f"for {subject.picture}", [_introduction(subject, row, maps, grid.width), grid])


def filter_sheet(filters: Filters, network: str) -> Image.Image:
    """The filters of the first layer as enlarged colour pictures, in the network's order."""
    count, height, width, _ = filters.values.shape
    largest = np.abs(filters.values).max(axis=(1, 2, 3)).tolist()
    least = NEXT_TO_NOTHING * max(largest)
    grid = _grid(
        [
            Tile(filter_tile(values, SIDE, max(reach, least)), f"#{number}", f"± {figure(reach, 3)}")
            for number, (values, reach) in enumerate(zip(filters.values, largest, strict=True))
        ]
    )
    title = f"The {count} filters of {filters.name}, the first layer of {network}"
    return stacked(title, f"{height}×{width} pixels each", [_explanation(grid.width), grid])


def _grid(made: Sequence[Tile]) -> Image.Image:
    """Tiles in a grid a little wider than high, on a card wide enough for words above it."""
    columns = min(MOST_COLUMNS, max(FEWEST_COLUMNS, round(1.2 * math.sqrt(len(made)))))
    return framed(tile_grid(made, columns), ROOM_FOR_WORDS)


def _introduction(subject: Subject, row: LayerRow, maps: FeatureMaps, width: int) -> Image.Image:
    """The picture with the receptive field of the middle number, what the layer is, and how to read its maps."""
    image = card(width, PHOTO + 2 * PADDING)
    image.paste(seen(row, subject.pixels, PHOTO), (PADDING, PADDING), rounded(PHOTO, PHOTO, 6))
    draw = ImageDraw.Draw(image)
    zero = "Blue is negative, white 0, orange positive." if has_negative(maps) else "Dark is 0; nothing is negative."
    scale, below = (ONE_SCALE, NUMBER) if is_vector(maps) else (OWN_SCALE, STRENGTH)
    x, y = PADDING + PHOTO + GUTTER, PADDING - 2
    for text in (_in_words(row), sight(row, subject.pixels.shape[:2], "Each number"), below, f"{scale} {zero}"):
        y = paragraph(draw, (x, y), text, width - PADDING - x) + 6
    image.paste(legend(with_negative=has_negative(maps)), (x, PADDING + PHOTO - 32))
    return image


def _explanation(width: int) -> Image.Image:
    """How to read filters."""
    room = width - 2 * PADDING
    image = card(width, 2 * PADDING + LINE * sum(len(lines(text, room)) for text in FILTERS))
    y = PADDING - 2
    for text in FILTERS:
        y = paragraph(ImageDraw.Draw(image), (PADDING, y), text, room)
    return image


def _in_words(row: LayerRow) -> str:
    """What a layer is, in one line."""
    parts = [row.kind]
    if row.kernel is not None:
        parts.append(f"{row.kernel[0]}×{row.kernel[1]}")
    if row.stride is not None and row.stride != (1, 1):
        parts.append(f"with stride {row.stride[0]}" if len(set(row.stride)) == 1 else f"with strides {row.stride}")
    text = " ".join(parts) + (f", then {row.activation}" if row.activation else "")
    shape = "×".join(map(str, row.output or ())) or "unknown"
    weights = f", from {row.parameters:,} weights" if row.parameters else ""
    return f"{text[0].upper()}{text[1:]}. Its answer: {shape} numbers{weights}."
