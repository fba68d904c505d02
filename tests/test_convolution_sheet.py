"""Sheets of kernels and responses: what the pixels say, and that no picture or kernel breaks them."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageColor

from seefood.convolution import arithmetic_picture, sheet
from seefood.convolution.answered import Answered
from seefood.convolution.arithmetic import written_out
from seefood.convolution.correlation import convolve
from seefood.convolution.display import shown_picture, shown_response
from seefood.convolution.geometry import geometry
from seefood.convolution.grids import kernel_grid, signed_grid
from seefood.convolution.kernels import Kernel, numbers
from seefood.convolution.sheet import MARK, MOST_CARDS, convolution_sheet
from seefood.convolution.shelf import SHELF
from seefood.drawing.lettering import length
from seefood.errors import ShapeError

Array = NDArray[Any]


def pixels(image: Image.Image) -> NDArray[np.int64]:
    return np.asarray(image).astype(np.int64)


def photo(height: int = 60, width: int = 90, channels: int = 3, seed: int = 0) -> NDArray[np.uint8]:
    """Noise that is smooth enough to look like something."""
    noise = np.random.default_rng(seed).uniform(0, 255, (height, width, channels))
    smooth = sum(np.roll(noise, (i, j), (0, 1)) for i in range(3) for j in range(3)) / 9
    whole = np.asarray(smooth).astype(np.uint8)
    return whole if channels == 3 else whole[..., 0]


def answered(picture: NDArray[np.uint8], kernel: Any, at: tuple[int, int] | None = None, **walk: Any) -> Answered:
    named = kernel if isinstance(kernel, Kernel) else Kernel(numbers(kernel))
    way = geometry((picture.shape[0], picture.shape[1]), named.size, **walk)
    told = None if at is None else written_out(picture, named, at, way)
    return Answered(named, convolve(picture, named, **walk), way, told)


# --- the scale of responses


def test_zero_is_grey_and_both_signs_look_alike() -> None:
    response = np.array([[-510.0, -255.0, 0.0, 255.0, 510.0]])
    shown = shown_response(response, (1, 5))
    levels = pixels(shown.image)[0, :, 0]
    assert shown.words == "black −510 … grey 0 … white 510"
    assert levels[0] == 0
    assert levels[4] == 255
    assert abs(levels[2] - 127.5) <= 0.5
    assert levels[1] + levels[3] == pytest.approx(255, abs=1)


def test_the_scale_is_as_wide_below_zero_as_above() -> None:
    shown = shown_response(np.array([[-10.0, 0.0, 100.0]]), (1, 3))
    assert pixels(shown.image)[0, :, 0].tolist() == pytest.approx([115, 127.5, 255], abs=0.6)


def test_answers_that_never_go_below_zero_begin_at_black() -> None:
    shown = shown_response(np.array([[0.0, 200.0, 765.0]]), (1, 3))
    assert shown.words == "black 0 … white 765"
    assert pixels(shown.image)[0, :, 0].tolist() == [0, 67, 255]


def test_nothing_found_is_grey_not_black() -> None:
    shown = shown_response(np.zeros((4, 4)), (4, 4))
    assert shown.words == "grey 0 everywhere"
    assert np.abs(pixels(shown.image) - 127.5).max() <= 0.5


@pytest.mark.parametrize("channels", [1, 3])
def test_identity_shows_the_picture_itself(channels: int) -> None:
    picture = photo(30, 40, channels)
    shown = shown_response(convolve(picture, "identity", padding="same"), (30, 40), as_picture=True)
    whole = picture if channels == 3 else np.repeat(picture[..., np.newaxis], 3, axis=2)
    assert (pixels(shown.image) == whole).all()
    assert shown.words == "black 0 … white 255"


def test_what_is_beyond_a_pictures_scale_is_said() -> None:
    shown = shown_response(np.array([[-40.0, 300.0]]), (1, 2), as_picture=True)
    assert shown.words == "black 0 or less … white 255 or more"


def test_outliers_do_not_turn_the_rest_grey_and_are_said() -> None:
    response = np.random.default_rng(0).normal(0, 10, (100, 100))
    response[50, 50] = 9000
    shown = shown_response(response, (100, 100))
    assert shown.words.endswith("or more")
    assert np.std(pixels(shown.image)[..., 0]) > 30
    without = shown_response(np.where(response > 8000, 0, response), (100, 100))
    assert "9000" not in without.words


def test_colour_is_on_one_scale() -> None:
    response = np.zeros((2, 2, 3))
    response[0, 0] = (100, -100, 0)
    response[1, 1] = (-50, 50, 25)
    levels = pixels(shown_response(response, (2, 2)).image)
    assert levels[0, 0].tolist() == pytest.approx([255, 0, 127.5], abs=0.6)
    assert levels[1, 1].tolist() == pytest.approx([63.75, 191.25, 159.4], abs=0.6)


@pytest.mark.parametrize(
    "response", [np.zeros((4, 4, 2)), np.zeros((0, 4)), np.array([[np.nan]]), np.array([[np.inf]])]
)
def test_what_cannot_be_shown(response: Array) -> None:
    with pytest.raises(ShapeError, match="expected"):
        shown_response(response, (10, 10))


# --- sizes


@pytest.mark.parametrize("factor", [2.2, 3.0, 7.3])
def test_fine_stripes_become_even_grey(factor: float) -> None:
    """Leaving pixels out would show broad stripes that are not there."""
    checkers = (np.indices((400, 400)).sum(axis=0) % 2) * 255.0
    side = round(400 / factor)
    levels = pixels(shown_response(checkers, (side, side), as_picture=True).image)[5:-5, 5:-5]
    assert np.abs(levels - 127.5).max() <= 6
    assert shown_response(checkers, (side, side)).averaged.startswith(f"each pixel averages about {400 / side:.2g} by ")


def test_reduced_responses_keep_their_mean() -> None:
    response = np.random.default_rng(0).normal(40, 100, (300, 450))
    shown = shown_response(response, (60, 90), as_picture=True)
    assert shown.image.size == (90, 60)
    assert pixels(shown.image).mean() == pytest.approx(40, abs=2)


@pytest.mark.parametrize("kind", ["picture", "response"])
def test_small_ones_are_enlarged_pixel_by_pixel(kind: str) -> None:
    picture = photo(8, 8, 1)
    picture[0, 0], picture[7, 7] = 0, 255
    box = (100, 100)
    shown = shown_picture(picture, box) if kind == "picture" else shown_response(picture * 1.0, box, as_picture=True)
    zoom = round(shown.zoom[0])
    assert shown.image.size == (8 * zoom, 8 * zoom)
    assert zoom >= 12
    assert (pixels(shown.image)[..., 0] == np.kron(picture, np.ones((zoom, zoom)))).all()
    assert shown.size == f"8 by 8, shown {zoom} times as large"


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (37, 41), (226, 226), (700, 300)])
def test_pictures_stay_near_their_box_and_undistorted(shape: tuple[int, int]) -> None:
    shown = shown_picture(np.zeros(shape, np.uint8), (200, 300))
    width, height = shown.image.size
    assert height <= 267
    assert width <= 400
    assert height == max(1, round(shape[0] * max(shown.zoom))) or width == max(1, round(shape[1] * max(shown.zoom)))
    if shape[0] * max(shown.zoom) > 20 and shape[1] * max(shown.zoom) > 20:
        assert shown.zoom[0] == pytest.approx(shown.zoom[1], rel=0.03)


@pytest.mark.parametrize("shape", [(1, 5000), (5000, 1), (3, 4000), (700, 300), (2, 500)])
def test_the_zoom_said_is_that_of_the_tighter_direction(shape: tuple[int, int]) -> None:
    """A line of a pixel stays as it is, whatever becomes of its length."""
    box = (200, 300)
    for shown in (shown_picture(np.zeros(shape, np.uint8), box), shown_response(np.zeros(shape), box)):
        zoom = min(shown.image.height / shape[0], shown.image.width / shape[1])
        assert zoom < 1
        found = re.fullmatch(r"[\d,]+ by [\d,]+, shown at ([\d.]+)%", shown.size)
        assert found is not None, shown.size
        assert float(found[1]) == pytest.approx(100 * zoom, rel=0.07, abs=0.5)
    averaged = shown_response(np.zeros((1, 5000)), box).averaged
    assert averaged == "each pixel averages about 1 by 17"


# --- kernels as grids


def cell_colours(kernel: Array) -> tuple[Array, int]:
    """The colour of each cell beside its number, and how large cells are."""
    image = pixels(kernel_grid(kernel).image)
    cell = (image.shape[1] - 1) // kernel.shape[1]
    assert image.shape[:2] == (kernel.shape[0] * cell + 1, kernel.shape[1] * cell + 1)
    return image[2::cell, 2::cell][: kernel.shape[0], : kernel.shape[1]], cell


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (3, 3), (4, 7), (7, 4), (1, 9), (31, 31)])
def test_cells_have_the_colour_of_their_sign(shape: tuple[int, int]) -> None:
    kernel = np.random.default_rng(2).choice([-2.0, -1.0, 0.0, 1.0, 2.0], shape)
    kernel[0, 0] = 2.0
    colours, _ = cell_colours(kernel)
    assert (colours[kernel == 0] == 255).all()
    assert (colours[kernel > 0][:, 0] > colours[kernel > 0][:, 2]).all()
    assert (colours[kernel < 0][:, 2] > colours[kernel < 0][:, 0]).all()
    if (kernel == 1).any():
        assert colours[kernel == 1].min() > colours[kernel == 2].max(axis=0)[2]


def test_signs_are_drawn_where_numbers_do_not_fit() -> None:
    kernel = np.random.default_rng(0).normal(size=(31, 31))
    grid = kernel_grid(kernel)
    assert grid.cells == "signs"
    image = pixels(grid.image)
    _, cell = cell_colours(kernel)
    middles = np.arange(31) * cell + cell // 2
    above, beside = image[np.ix_(middles - 1, middles)], image[np.ix_(middles, middles - 1)]
    corner = image[np.ix_(middles - 2, middles - 2)]
    vertical, horizontal = (np.abs(part - corner).sum(axis=2) > 60 for part in (above, beside))
    assert horizontal.all()
    assert (vertical == (kernel > 0)).all()


def test_numbers_are_drawn_where_they_fit() -> None:
    assert kernel_grid(np.array([[1.0, -1.0]])).cells == "numbers"
    assert kernel_grid(np.full((3, 3), 1 / 9)).cells == "numbers"
    one, two = (pixels(kernel_grid(np.array([[value, 9.0]])).image) for value in (1.0, 2.0))
    assert (one[5:-5, 5:40] != two[5:-5, 5:40]).any()


def test_a_filter_over_colours_has_a_grid_for_each() -> None:
    kernel = np.zeros((2, 2, 3))
    kernel[..., 0], kernel[..., 2] = 1, -1
    image = kernel_grid(kernel).image
    third = image.width // 3
    left, middle, right = (pixels(image)[-5, place] for place in (6, third + 14, 2 * third + 14))
    assert left[0] > left[2]
    assert (middle == 255).all()
    assert right[2] > right[0]


@pytest.mark.parametrize("shape", [(512, 512), (512, 1), (1, 512), (60, 60, 64), (3, 3, 3)])
def test_large_kernels_stay_small_on_the_sheet(shape: tuple[int, ...]) -> None:
    image = kernel_grid(np.random.default_rng(0).normal(size=shape)).image
    assert max(image.size) <= 430


# --- the chosen answer


def differences(first: Image.Image, second: Image.Image) -> NDArray[np.bool_]:
    return np.asarray((pixels(first) != pixels(second)).any(axis=2))


def test_the_chosen_answer_is_marked_in_both_pictures() -> None:
    picture = photo(100, 100, 1)
    plain = convolution_sheet(picture, [answered(picture, [[1, 1], [-1, -1]])])
    marked = convolution_sheet(picture, [answered(picture, [[1, 1], [-1, -1]], at=(20, 70))])
    same_part = plain.height - 80
    changed = differences(plain.crop((0, 0, plain.width, same_part)), marked.crop((0, 0, plain.width, same_part)))
    columns = np.flatnonzero(changed.any(axis=0))
    groups = np.split(columns, np.flatnonzero(np.diff(columns) > 50) + 1)
    assert len(groups) == 2
    rows = np.flatnonzero(changed.any(axis=1))
    zoom = 4  # 100 pixels on about 430
    assert rows[-1] - rows[0] <= 2 * zoom + 12
    for group in groups:
        assert group[-1] - group[0] <= 2 * zoom + 12
    mark = ImageColor.getrgb(MARK)
    assert (np.asarray(marked)[:same_part, :][changed] == mark).all(axis=1).sum() > 40
    assert groups[0].mean() - 46 == pytest.approx(71 * zoom, abs=4)  # the cards' inner left edge is at 46
    right_edge = plain.width - 46
    response_left = right_edge - 400 + (400 - 99 * zoom) // 2
    assert groups[1].mean() - response_left == pytest.approx(70.5 * zoom, abs=4)


def test_the_arithmetic_is_written_below() -> None:
    picture = photo(100, 100)
    without = convolution_sheet(picture, [answered(picture, SHELF["sobel-vertical"])])
    with_it = convolution_sheet(picture, [answered(picture, SHELF["sobel-vertical"], at=(5, 5))])
    assert with_it.height > without.height + 150


@pytest.mark.parametrize("width", [400, 574, 694, 1060])
@pytest.mark.parametrize("side", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("weight", [1.0, 1e-9, -1.23456e12, 0.1234])
def test_grids_of_a_sum_show_their_numbers_inside_the_sheet(
    monkeypatch: pytest.MonkeyPatch, width: int, side: int, weight: float
) -> None:
    """Or are not there, where their numbers would need more room."""
    drawn: list[Any] = []

    def noted(*arguments: Any, **options: Any) -> Any:
        drawn.append(signed_grid(*arguments, **options))
        return drawn[-1]

    monkeypatch.setattr(arithmetic_picture, "signed_grid", noted)
    picture = photo(20, 20)
    told = written_out(picture, np.full((side, side), weight), (1, 2), geometry((20, 20), (side, side)))
    assert arithmetic_picture.arithmetic_picture(told, width).width == width
    assert {grid.cells for grid in drawn} <= {"numbers"}
    assert len(drawn) in (0, 6)
    assert all(3 * grid.image.width + 2 * 34 <= width for grid in drawn)
    room = (width - 2 * 34) / (3 * side)  # for a cell with its line
    assert drawn or room < (29 if weight == 1 else 65)


# --- whole sheets


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int]]:
    """Every text that is drawn, with its size and the width it was given."""
    texts: list[tuple[str, int, int]] = []
    for module in (sheet, arithmetic_picture):
        real = module.write

        def noted(draw: Any, place: Any, text: str, _real: Any = real, **looks: Any) -> None:
            texts.append((text, looks["size"], looks["width"]))
            _real(draw, place, text, **looks)

        monkeypatch.setattr(module, "write", noted)
    return texts


@pytest.mark.parametrize(("count", "shape"), [(1, (375, 500)), (3, (700, 90)), (24, (375, 500)), (4, (2200, 300))])
def test_no_text_is_cut_off(written: list[tuple[str, int, int]], count: int, shape: tuple[int, int]) -> None:
    picture = photo(*shape)
    kernels = list(islice(SHELF.values(), count))
    walk: dict[str, Any] = {"stride": (2, 3), "padding": ((1, 2), (3, 4)), "dilation": 2}
    convolution_sheet(picture, [answered(picture, kernel, at=(0, 0), **walk) for kernel in kernels], count, "a photo")
    assert {kernel.name for kernel in kernels} <= {text for text, _, _ in written}
    assert not [text for text, size, width in written if length(text, size) > width]


def test_a_card_says_what_happened(written: list[tuple[str, int, int]]) -> None:
    picture = np.zeros((6, 6), np.uint8)
    picture[3:] = 255
    convolution_sheet(picture, [answered(picture, SHELF["horizontal-line"], at=(2, 1), stride=1)], title="edge.png")
    said = [text for text, _, _ in written]
    assert {"edge.png", "horizontal-line", SHELF["horizontal-line"].sentence, "sum of weights 0"} <= set(said)
    assert "answers −510 to 0" in said
    assert "1 × 0 + 1 × 0 − 1 × 255 − 1 × 255 = −510" in said
    assert said[said.index("black") : said.index("black") + 6] == ["black", "−510", "grey", "0", "white", "510"]


def test_a_turned_kernel_is_drawn_as_it_lay(
    written: list[tuple[str, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Array] = []

    def noted(weights: Array, side: int) -> Any:
        drawn.append(weights)
        return kernel_grid(weights, side)

    monkeypatch.setattr(sheet, "kernel_grid", noted)
    picture = photo()
    kernel = SHELF["sobel-vertical"]
    response = convolve(picture, kernel, flip=True, bias=4)
    convolution_sheet(picture, [Answered(kernel, response, geometry((60, 90), (3, 3)), None, 4, flip=True)])
    said = [text for text, _, _ in written]
    assert drawn[0].tolist() == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    assert {"turned by 180°", "bias 4"} <= set(said)
    assert kernel.sentence not in " ".join(said)
    assert "Answers to vertical edges, bright on the right; uniform areas give 0. That is before the bias of 4" in (
        " ".join(said)
    )


@pytest.mark.parametrize(
    ("padding", "note"),
    [
        (2, "padding 2"),
        ((0, 7), "padding 0, 7"),
        (((0, 1), (2, 3)), "padding 0 top, 2 left, 1 bottom, 3 right"),
        (0, None),
    ],
)
def test_padding_is_said_as_shortly_as_it_can(
    written: list[tuple[str, int, int]], padding: Any, note: str | None
) -> None:
    convolution_sheet(photo(), [answered(photo(), [[1.0]], padding=padding)])
    said = " ".join(text for text, _, _ in written)
    assert note in said if note else "padding" not in said


@pytest.mark.parametrize(
    ("weights", "total"),
    [([[0.1, 0.2, -0.3]], "0"), ([[1e-9, 2e-9]], "3e−9"), ([[1e12, -1e12, 1]], "0"), ([[0.33334, 0.5]], "0.833")],
)
def test_the_sum_of_weights_is_none_of_rounding(written: list[tuple[str, int, int]], weights: Any, total: str) -> None:
    convolution_sheet(photo(), [answered(photo(), weights)])
    assert f"sum of weights {total}" in [text for text, _, _ in written]


def test_kernels_without_a_sentence_are_described(written: list[tuple[str, int, int]]) -> None:
    picture = photo()
    convolution_sheet(picture, [answered(picture, [[1, -1], [1, -1]])])
    assert "Answers to vertical lines, bright on the left; uniform areas give 0." in [text for text, _, _ in written]


def test_responses_are_read_one_after_the_other() -> None:
    picture = photo()
    alive = 0

    def stream() -> Iterator[Answered]:
        nonlocal alive
        for kernel in islice(SHELF.values(), 4):
            alive += 1
            yield answered(picture, kernel)

    image = convolution_sheet(picture, stream(), count=4)
    assert alive == 4
    assert image.width > image.height / 2


def test_too_many_kernels_are_left_out_and_it_is_said(written: list[tuple[str, int, int]]) -> None:
    picture = photo(8, 8, 1)
    one = answered(picture, [[1]])
    convolution_sheet(picture, [one] * (MOST_CARDS + 1), count=MOST_CARDS + 1)
    assert f"the first {MOST_CARDS} kernels; the rest is left out" in [text for text, _, _ in written]
    assert [text for text, _, _ in written].count("kernel") == MOST_CARDS


def test_no_kernel_is_no_sheet() -> None:
    with pytest.raises(ShapeError, match="at least one kernel"):
        convolution_sheet(photo(), [])


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (2, 3), (9, 700)])
@pytest.mark.parametrize("channels", [1, 3])
def test_odd_pictures(shape: tuple[int, int], channels: int) -> None:
    picture = photo(*shape, channels)
    last = (shape[0] - 1, shape[1] - 1)
    image = convolution_sheet(picture, [answered(picture, SHELF["sobel-vertical"], at=last, padding="same")], title="x")
    assert image.mode == "RGB"
    assert image.width < 1400
    assert image.height < 1600


@pytest.mark.parametrize(
    "kernel",
    [
        np.ones((31, 31)),
        np.ones((4, 7)),
        np.zeros((2, 2)),
        np.full((1, 1), 1e30),
        np.ones((2, 2, 3)),
        [[1e-30, -1e-30]],
    ],
    ids=["large", "not square", "zeros", "huge", "over colours", "tiny"],
)
def test_odd_kernels(kernel: Any) -> None:
    picture = photo(40, 50)
    assert convolution_sheet(picture, [answered(picture, kernel, at=(3, 4))]).mode == "RGB"
