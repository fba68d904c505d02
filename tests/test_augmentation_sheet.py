"""The sheet of transforms: the right views in the right places, in both languages, for pictures of any shape."""

import string
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from seefood.augmentation import BLACK, DEFAULTS, Augmentation, Step, Transform
from seefood.augmentation.sheet import SIDE, Look, augmentation_sheet
from seefood.augmentation.shown import COLUMNS, rows_of, small
from seefood.augmentation.words import KOREAN, said
from seefood.drawing.colours import EDGE, WELL
from seefood.errors import ShapeError

Picture = NDArray[np.uint8]
COLOURS = np.array([[[250, 0, 0], [0, 250, 0]], [[0, 0, 250], [250, 250, 0]]], np.uint8)
"""Red, green; blue, yellow."""


def quarters(side: int = 40) -> Picture:
    return COLOURS.repeat(side // 2, axis=0).repeat(side // 2, axis=1)


def named(text: str) -> Augmentation:
    return Augmentation.from_text(text)


def boxes(sheet: Image.Image) -> list[tuple[int, int, int, int]]:
    """Where strong colours are, as (left, top, right, bottom), in the order of reading."""
    pixels = np.asarray(sheet).astype(int)
    strong = np.ptp(pixels, axis=2) > 150
    found = []
    for top, bottom in runs(strong.any(axis=1)):
        found += [(left, top, right, bottom) for left, right in runs(strong[top:bottom].any(axis=0))]
    return found


def runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def corners(sheet: Image.Image, box: tuple[int, int, int, int]) -> list[list[int]]:
    left, top, right, bottom = box
    inset = (right - left) // 8
    places = [(x, y) for y in (top + inset, bottom - inset) for x in (left + inset, right - inset)]
    return [list(np.asarray(sheet)[y, x]) for x, y in places]


def test_each_view_stands_where_it_should() -> None:
    sheet = augmentation_sheet(quarters(), named("mirror, flip, turn"))
    found = boxes(sheet)
    assert len(found) == 8  # an original and one view each, then an original and three
    assert {(right - left, bottom - top) for left, top, right, bottom in found} == {(SIDE, SIDE)}
    expected = [COLOURS, COLOURS[:, ::-1], COLOURS, COLOURS[::-1]]
    expected += [np.rot90(COLOURS, number) for number in range(4)]
    for box, picture in zip(found, expected, strict=True):
        assert corners(sheet, box) == picture.reshape(4, 3).tolist()
    assert len({top for _, top, _, _ in found[:4]}) == 1  # two cards side by side
    assert found[4][1] > found[0][3]


def test_rows_begin_with_the_original_and_the_ends() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (40, 30, 3)).astype(np.uint8)
    rows = rows_of(picture, named("rotate 30, zoom"), seed=3)
    assert [row.transform.name for row in rows] == ["rotate", "zoom"]
    for row in rows:
        assert len(row.views) == COLUMNS
        assert [view.kind for view in row.views] == ["original", "end", "end", "chance", "chance", "chance"]
        assert np.array_equal(row.views[0].picture, picture)
        for view, (label, step) in zip(row.views[1:3], row.transform.probes(), strict=True):
            assert view.step.label == label
            assert np.array_equal(view.picture, step(picture))
        drawn = [view.picture.tobytes() for view in row.views[3:]]
        assert len(set(drawn)) == 3
    again, other = rows_of(picture, named("rotate 30"), 3)[0], rows_of(picture, named("rotate 30"), 4)[0]
    assert [view.step.label for view in again.views] == [view.step.label for view in rows[0].views]
    assert [view.step.label for view in other.views] != [view.step.label for view in again.views]


def test_the_border_is_the_one_that_was_asked_for() -> None:
    white = np.full((40, 40, 1), 255, np.uint8)
    reflected = rows_of(white, named("rotate 40"), 0)[0].views[1].picture
    black = rows_of(white, Augmentation(named("rotate 40").transforms, BLACK), 0)[0].views[1].picture
    assert reflected.min() == 255
    assert black[0, 0] == 0


@pytest.mark.parametrize(
    "shape",
    [(5, 5, 3), (1, 1, 1), (1, 700, 3), (700, 1, 1), (3000, 4000, 3), (60, 2000, 1), (2000, 60, 3), (170, 170, 3)],
)
def test_pictures_of_any_shape_fit(shape: tuple[int, ...]) -> None:
    picture = np.full(shape, 60, np.uint8)
    picture[..., 0] = 250
    sheet = augmentation_sheet(picture, Augmentation(DEFAULTS), Look("a name", language="ko"))
    assert sheet.mode == "RGB"
    assert sheet.width == 1182
    assert sheet.height < 4400
    pixels = np.asarray(sheet)
    edge = np.concatenate([pixels[:4].reshape(-1, 3), pixels[-4:].reshape(-1, 3)])
    assert len(np.unique(edge, axis=0)) == 1  # nothing reaches the sheet's edge
    if shape[2] == 3:
        assert all(right - left <= SIDE for left, _, right, _ in boxes(sheet))
        assert len(boxes(sheet)) >= 14


def test_small_keeps_shapes_and_shows_all() -> None:
    wide = np.zeros((300, 1200, 3), np.uint8)
    wide[:, 600:] = 200
    shrunk = small(wide, 120)
    assert shrunk.shape == (30, 120, 3)
    assert np.array_equal(np.unique(shrunk[:, :55]), [0])
    assert np.array_equal(np.unique(shrunk[:, 65:]), [200])
    assert small(wide, 1200) is wide


def test_what_is_wider_than_high_has_no_tall_empty_card() -> None:
    low = augmentation_sheet(np.zeros((10, 170, 1), np.uint8), named("rotate"))
    high = augmentation_sheet(np.zeros((170, 170, 1), np.uint8), named("rotate"))
    assert low.height < high.height - 100


def test_the_well_shows_where_a_picture_is_smaller_than_its_place() -> None:
    sheet = augmentation_sheet(np.full((170, 34, 3), (250, 0, 0), np.uint8), named("brightness"))
    lefts = [left for left, _, _, _ in boxes(sheet)]
    assert len(lefts) == COLUMNS
    colours = {tuple(colour) for colour in np.unique(np.asarray(sheet).reshape(-1, 3), axis=0).tolist()}
    assert {tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5)) for colour in (WELL, EDGE)} <= colours


@pytest.mark.parametrize("shape", [(1, 900, 3), (900, 1, 3)])
def test_a_line_of_one_pixel_can_be_seen(shape: tuple[int, ...]) -> None:
    found = boxes(augmentation_sheet(np.full(shape, (250, 0, 0), np.uint8), named("mirror")))
    assert len(found) == 2
    for left, top, right, bottom in found:
        assert min(right - left, bottom - top) >= 5
        assert max(right - left, bottom - top) == SIDE


def test_no_transform_is_said() -> None:
    with pytest.raises(ShapeError, match="expected at least one transform for the sheet; found none; name one"):
        augmentation_sheet(quarters(), Augmentation())
    with pytest.raises(ShapeError, match="expected a picture as uint8"):
        augmentation_sheet(np.zeros((4, 4), np.uint8), named("mirror"))


# Words.


def all_words() -> set[str]:
    """What transforms say, drawn often enough that each kind of label comes."""
    found: set[str] = set()
    generator = np.random.default_rng(0)
    for transform in DEFAULTS:
        steps: list[Step] = [step for _, step in transform.probes()] + [transform.drawn(generator) for _ in range(40)]
        found |= {transform.name, transform.sentence, transform.extent, *(step.words for step in steps)}
    return found


def test_all_words_are_there_in_korean_with_the_same_places() -> None:
    assert all_words() <= set(KOREAN)

    def places(text: str) -> set[Any]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    for english, korean in KOREAN.items():
        assert places(english) == places(korean), english
        assert "°" not in korean  # Korean fonts have a mark for it that is hardly seen


@pytest.mark.parametrize("transform", DEFAULTS, ids=lambda transform: transform.name)
def test_ranges_are_said_in_both_languages(transform: Transform) -> None:
    for language in ("en", "ko"):
        text = transform.range(language)
        assert "{" not in text
        if transform.has_range:
            assert any(digit in text for digit in string.digits)


def test_ranges_in_words() -> None:
    told = [transform.range() for transform in named("rotate 30, shift 0.25, zoom 0.1, crop 0.7, noise 5").transforms]
    assert told == [
        "-30° to 30°",
        "up to 25% each way",
        "×0.9 to ×1.1",
        "70% to 100% of each side",
        "up to 5 grey levels",
    ]
    assert named("turn").transforms[0].range() == "by 90, 180, 270 degrees"
    assert named("turn 180").transforms[0].range("ko") == "180도"
    assert named("shift 2px").transforms[0].range() == "up to 2 px each way"
    assert said("ko", "original") == "원본"


def test_the_languages_look_different_and_one_looks_the_same_twice() -> None:
    sheets = [
        augmentation_sheet(quarters(), named("mirror"), Look(language=language)) for language in ("en", "ko", "en")
    ]
    assert sheets[0].size == sheets[1].size
    assert sheets[0].tobytes() == sheets[2].tobytes()
    assert sheets[0].tobytes() != sheets[1].tobytes()
