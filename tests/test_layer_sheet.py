"""Pictures of layers: which colours stand where, what is said, and how large they become."""

import numpy as np
import pytest
from PIL import Image

from seefood.backbones.feature_maps import FeatureMaps, Filters
from seefood.convolution.layer_table import LayerRow, LayerTable
from seefood.convolution.receptive_field import PIXEL, ReceptiveField
from seefood.drawing.maps import GAP, filter_tile, lines, map_tile
from seefood.evaluation.layer_overview import MOST_STRIPS, layer_overview
from seefood.evaluation.layer_parts import BETWEEN, MARGIN, PADDING, PHOTO, SIDE, Subject, seen, sight
from seefood.evaluation.layer_sheet import filter_sheet, layer_sheet
from seefood.verdicts import Guess, Verdict

DARK, LIGHT = (12, 8, 38), (252, 255, 164)
BLUE, WHITE, ORANGE = (33, 94, 201), (255, 255, 255), (217, 92, 24)


def row(name: str = "block1", field: ReceptiveField | None = PIXEL, side: int = 4, channels: int = 3) -> LayerRow:
    return LayerRow(name, "convolution", (3, 3), (2, 2), (side, side, channels), 84, 1344, field, activation="relu")


def subject(height: int = 32, width: int = 32) -> Subject:
    pixels = np.full((height, width, 3), 255, np.uint8)
    return Subject(pixels, "bird.jpg", "lite0", LayerTable((row(),)))


def flat(*values: float, side: int = 4) -> FeatureMaps:
    """Maps of one number each."""
    return FeatureMaps("block1", np.broadcast_to(np.array(values, np.float32), (side, side, len(values))).copy())


def centre_of_tile(sheet: Image.Image, number: int, rows: int = 1) -> tuple[int, ...]:
    """The colour in the middle of a tile of the first row of the last card."""
    card = rows * (SIDE + 20 + GAP) - GAP + 1 + 2 * PADDING - 4
    x = MARGIN + PADDING + 1 + number * (SIDE + GAP) + SIDE // 2
    colour = sheet.getpixel((x, sheet.height - MARGIN - card + PADDING + 1 + SIDE // 2))
    assert isinstance(colour, tuple)
    return colour


def test_a_map_goes_from_dark_at_zero_to_light_at_its_largest() -> None:
    tile = map_tile(np.array([[0.0, 2.0], [4.0, 1.0]]), 64, with_negative=False)
    assert tile.getpixel((16, 16)) == DARK
    assert tile.getpixel((16, 48)) == LIGHT
    lightness = [sum(tile.getpixel(place)) for place in ((16, 16), (48, 48), (48, 16), (16, 48))]  # type: ignore[arg-type]
    assert lightness == sorted(lightness)


def test_a_map_with_negative_numbers_is_blue_white_and_orange() -> None:
    tile = map_tile(np.array([[-3.0, 0.0, 3.0]]), 96, with_negative=True)
    assert [tile.getpixel((x, 48)) for x in (16, 48, 80)] == [BLUE, WHITE, ORANGE]


def test_a_map_keeps_its_shape_and_numbers_that_are_none_are_dark() -> None:
    tile = map_tile(np.array([[np.nan, 1.0]]), 80, with_negative=False)
    assert tile.size == (80, 80)
    assert tile.getpixel((20, 40)) == DARK
    assert tile.getpixel((60, 40)) == LIGHT
    assert tile.getpixel((60, 10)) == tile.getpixel((20, 70)) != DARK


def test_a_filter_is_grey_at_zero_and_coloured_by_its_signs() -> None:
    tile = filter_tile(np.array([[[0.0, 0.0, 0.0], [0.5, -0.5, 0.0]]]), 40)
    assert tile.getpixel((10, 20)) == (128, 128, 128)
    assert tile.getpixel((30, 20)) == (255, 1, 128)
    assert filter_tile(np.array([[[1e-9, 0.0, 0.0]]]), 40, largest=1.0).getpixel((20, 20)) == (128, 128, 128)


def test_the_strongest_maps_of_a_layer_come_first() -> None:
    sheet = layer_sheet(subject(), row(), flat(0.0, 7.0, 0.5))
    assert [centre_of_tile(sheet, number) for number in range(3)] == [LIGHT, LIGHT, DARK]
    assert centre_of_tile(sheet, 3) == WHITE  # nothing: the card
    first = layer_sheet(subject(), row(), flat(0.0, 7.0, 0.5), most=1)
    assert [centre_of_tile(first, number) for number in range(2)] == [LIGHT, WHITE]


def test_all_maps_of_a_layer_have_the_colours_of_one_scale() -> None:
    """A channel that is positive all over is orange, not light yellow, where another channel is negative."""
    sheet = layer_sheet(subject(), row(), flat(2.0, -3.0, 0.0))
    assert [centre_of_tile(sheet, number) for number in range(3)] == [BLUE, ORANGE, WHITE]


def test_a_vectors_numbers_share_one_scale() -> None:
    sheet = layer_sheet(subject(), row(side=1), flat(4.0, 2.0, 0.0, side=1))
    colours = [sum(centre_of_tile(sheet, number)) for number in range(3)]
    assert colours[0] == sum(LIGHT) > colours[1] > colours[2] == sum(DARK)


@pytest.mark.parametrize(("count", "columns", "rows"), [(5, 8, 1), (64, 10, 7), (400, 24, 17)])
def test_many_maps_make_a_larger_sheet(count: int, columns: int, rows: int) -> None:
    maps = FeatureMaps("block1", np.ones((1, 2, 500), np.float32))
    sheet = layer_sheet(subject(), row(channels=500), maps, count)
    assert 0 <= sheet.width - 2 * MARGIN - 2 * PADDING - columns * (SIDE + GAP) + GAP <= GAP
    assert sheet.height - layer_sheet(subject(), row(channels=500), maps, 1).height == (rows - 1) * (SIDE + 20 + GAP)


def test_the_receptive_field_is_bright_in_a_dark_picture() -> None:
    field = PIXEL.through((9, 5), (4, 4), pads=(4, 2))
    image = seen(row(field=field, side=8), np.full((32, 32, 3), 255, np.uint8), 128)
    # The number at (4, 4) sees rows 12 to 20 and columns 14 to 18, each pixel four wide in this picture.
    bright = np.asarray(image)[..., 0] == 255
    rows, columns = bright.any(1).nonzero()[0], bright.any(0).nonzero()[0]
    assert abs(np.array([rows[0], rows[-1], columns[0], columns[-1]]) - [48, 83, 56, 75]).max() <= 2
    assert bright[52:80, 60:72].all()
    assert (np.asarray(image)[[0, 0, 127, 127], [0, 127, 0, 127]] < 140).all()


def test_a_receptive_field_in_words() -> None:
    small = PIXEL.through((9, 5), (4, 4), pads=(4, 2))
    assert sight(row(field=small), (32, 32)) == "Each sees 9×5 pixels."
    large = PIXEL.through((99, 99), (4, 4), pads=(49, 49))
    assert sight(row(field=large), (32, 32)) == "Each sees 99×99 pixels, more than the picture has."
    assert sight(row(field=PIXEL.spread(32, 32)), (32, 32), "Each number") == "Each number sees the whole picture."
    assert sight(row(field=None), (32, 32)) == "How much each sees is not known."


def test_an_overview_has_a_card_for_each_block_up_to_a_limit() -> None:
    def height(blocks: int, verdict: Verdict | None = None) -> int:
        layers = [(f"block{number}", row(), flat(1.0, 2.0, 3.0)) for number in range(blocks)]
        return layer_overview(subject(), layers, verdict).height

    strip = height(2) - height(1)
    assert strip > SIDE + BETWEEN
    assert height(MOST_STRIPS) == height(MOST_STRIPS + 25) == height(1) + (MOST_STRIPS - 1) * strip
    verdict = Verdict("bird.jpg", "jay", None, 0.9, (Guess("jay", 0.9), Guess("magpie", 0.1)), None)
    assert height(3, verdict) > height(3)
    assert height(0) == height(1) - strip


@pytest.mark.parametrize("size", [(32, 32), (8, 64), (200, 3)])
def test_pictures_of_any_shape_are_drawn(size: tuple[int, int]) -> None:
    maps = FeatureMaps("block1", np.random.default_rng(0).normal(size=(*size, 3)).astype(np.float32))
    assert layer_sheet(subject(*size), row(), maps).width == layer_sheet(subject(), row(), maps).width
    assert layer_overview(subject(*size), [("block1", row(), maps)]).height > PHOTO


def test_filters_stand_in_the_networks_order() -> None:
    values = np.zeros((2, 3, 3, 3), np.float32)
    values[0, ..., 0], values[1, ..., 2] = 0.001, -2.0
    sheet = filter_sheet(Filters("stem", values), "lite0")
    red, dark = centre_of_tile(sheet, 0), centre_of_tile(sheet, 1)
    assert red == (192, 128, 128)  # half of the least that gets full colour
    assert dark == (128, 128, 1)


def test_words_are_broken_into_lines() -> None:
    text = "one two three four five six seven eight"
    broken = lines(text, 100)
    assert len(broken) > 2
    assert " ".join(broken) == text
    assert lines("", 100) == []
