"""Transforms against NumPy's own flips, a loop over pixels, Pillow, SciPy's rotations, and what they promise."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageEnhance
from scipy.spatial.transform import Rotation
from scipy.special import ndtr

from seefood.augmentation import (
    BLACK,
    DEFAULTS,
    NAMED,
    REFLECTED,
    Augmentation,
    Border,
    Step,
    Transform,
    border_from,
    parse,
)
from seefood.augmentation.geometry import Crop, Flip, Mirror, Rotate, Shear, Shift, Turn, Zoom
from seefood.augmentation.steps import Move, carried_out
from seefood.augmentation.tone import Blur, Brightness, Colour, Contrast, Erase, Noise
from seefood.augmentation.warp import about_the_middle, warp
from seefood.errors import ShapeError

Picture = NDArray[np.uint8]

SHAPES = [(1, 1, 1), (1, 9, 3), (9, 1, 1), (5, 5, 3), (28, 28, 1), (17, 30, 3), (30, 17, 1), (2, 400, 3)]


def noisy(shape: tuple[int, ...], seed: int = 0) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def smooth(height: int, width: int, channels: int = 3) -> Picture:
    """Waves: bilinear interpolation by any two programs agrees on them."""
    y, x = np.mgrid[:height, :width]
    waves = [128 + 90 * np.sin(x / (6 + c) + c) * np.cos(y / (7 - c)) for c in range(channels)]
    return np.stack(waves, axis=-1).round().astype(np.uint8)


def probe(transform: Transform, number: int = 0) -> Step:
    return transform.probes()[number][1]


# Exact ones.


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("border", [REFLECTED, BLACK])
def test_mirror_flip_and_half_turn_are_those_of_numpy(shape: tuple[int, ...], border: Border) -> None:
    picture = noisy(shape)
    assert np.array_equal(probe(Mirror())(picture, border), picture[:, ::-1])
    assert np.array_equal(probe(Flip())(picture, border), picture[::-1])
    assert np.array_equal(probe(Turn(180))(picture, border), picture[::-1, ::-1])


@pytest.mark.parametrize("side", [1, 2, 5, 8, 31])
@pytest.mark.parametrize("channels", [1, 3])
def test_quarter_turns_of_squares_are_those_of_numpy_and_four_are_none(side: int, channels: int) -> None:
    picture = noisy((side, side, channels))
    for number, (label, step) in enumerate(Turn().probes(), start=1):
        assert label == f"{90 * number}°"
        assert np.array_equal(step(picture), np.rot90(picture, number))
    quarter = probe(Turn(90))
    assert np.array_equal(quarter(quarter(quarter(quarter(picture)))), picture)
    assert np.array_equal(carried_out([quarter] * 4, picture), picture)
    assert np.array_equal(probe(Rotate(90))(picture), np.rot90(picture))


@pytest.mark.parametrize(("height", "width"), [(10, 16), (16, 10), (11, 16), (9, 4), (3, 7)])
def test_a_quarter_turn_of_an_oblong_turns_its_middle_and_copies_pixels(height: int, width: int) -> None:
    picture = noisy((height, width, 3))
    side = min(height, width)
    for quarters in (1, 3):
        turned = probe(Turn(90 * quarters))(picture, Border("constant", (1, 2, 3)))
        whole = np.rot90(picture, quarters)
        canvas = np.full((3 * height + 3 * width, 3 * height + 3 * width, 3), (1, 2, 3), np.uint8)
        canvas[2 * width : 2 * width + width, 2 * height : 2 * height + height] = whole
        windows = np.lib.stride_tricks.sliding_window_view(canvas, (height, width), axis=(0, 1))
        places = np.argwhere((windows == turned.transpose(2, 0, 1)).all(axis=(2, 3, 4)))
        middles = places - np.array([2 * width + (width - height) / 2, 2 * height + (height - width) / 2])
        assert abs(middles).max(axis=1).min() <= 0.5
        assert (turned == (1, 2, 3)).all(axis=2).sum() == height * width - side * side


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shift_moves_whole_pixels(shape: tuple[int, ...]) -> None:
    picture = noisy(shape)
    height, width = shape[:2]
    down, across = int(0.25 * height), int(0.25 * width)
    border = Border("constant", (7, 7, 7))
    expected = np.full_like(picture, 7)
    expected[down:, across:] = picture[: height - down, : width - across]
    assert np.array_equal(probe(Shift(0.25))(picture, border), expected)
    expected = np.full_like(picture, 7)
    expected[: height - down, : width - across] = picture[down:, across:]
    assert np.array_equal(probe(Shift(0.25), 1)(picture, border), expected)
    padded = np.pad(picture, ((down, 0), (across, 0), (0, 0)), "symmetric")
    assert np.array_equal(probe(Shift(0.25))(picture), padded[:height, :width])


def test_a_shift_further_than_the_picture_is_reflected_again_and_again() -> None:
    picture = noisy((3, 4, 1))
    padded = np.pad(picture, ((20, 0), (20, 0), (0, 0)), "symmetric")
    assert np.array_equal(probe(Shift(pixels=20))(picture), padded[:3, :4])
    assert not probe(Shift(pixels=20))(picture, BLACK).any()


# The warp.


def bilinear(picture: Picture, inverse: Callable[[float, float], tuple[float, float]], border: Border) -> Picture:
    """By definition: a loop over pixels; ``inverse`` says where (x, y) looks, counted from the middle."""
    height, width, channels = picture.shape
    fill = np.array(border.colour if channels == 3 else border.colour[:1], float)

    def pixel(row: int, column: int) -> Any:
        if border.kind == "constant":
            return picture[row, column].astype(float) if 0 <= row < height and 0 <= column < width else fill
        while not 0 <= row < height:
            row = -1 - row if row < 0 else 2 * height - 1 - row
        while not 0 <= column < width:
            column = -1 - column if column < 0 else 2 * width - 1 - column
        return picture[row, column].astype(float)

    out = np.empty(picture.shape)
    for row in range(height):
        for column in range(width):
            x, y = inverse(column - (width - 1) / 2, row - (height - 1) / 2)
            x, y = x + (width - 1) / 2, y + (height - 1) / 2
            left, top = math.floor(x), math.floor(y)
            right, low = x - left, y - top
            upper = (1 - right) * pixel(top, left) + right * pixel(top, left + 1)
            lower = (1 - right) * pixel(top + 1, left) + right * pixel(top + 1, left + 1)
            out[row, column] = (1 - low) * upper + low * lower
    return out.round().astype(np.uint8)


def rotated(degrees: float) -> Callable[[float, float], tuple[float, float]]:
    """Against the clock: what is at the right comes to the top, so the top looks to the right."""
    turn = complex(math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))

    def inverse(x: float, y: float) -> tuple[float, float]:
        seen = complex(x, -y) / turn
        return seen.real, -seen.imag

    return inverse


INVERSES: dict[str, tuple[Step, Callable[[float, float], tuple[float, float]]]] = {
    "rotate": (probe(Rotate(25)), rotated(25)),
    "rotate back": (probe(Rotate(25), 1), rotated(-25)),
    "rotate far": (probe(Rotate(130)), rotated(130)),
    "zoom out": (probe(Zoom(0.3)), lambda x, y: (x / 0.7, y / 0.7)),
    "zoom in": (probe(Zoom(0.3), 1), lambda x, y: (x / 1.3, y / 1.3)),
    "shear": (probe(Shear(20)), lambda x, y: (x + y * math.tan(math.radians(20)), y)),
    "crop": (probe(Crop(0.6), 1), lambda x, y: (0.6 * x, 0.6 * y)),
}


@pytest.mark.parametrize("name", INVERSES)
@pytest.mark.parametrize("border", [REFLECTED, Border("constant", (200, 10, 90))], ids=lambda border: border.kind)
@pytest.mark.parametrize("shape", [(9, 9, 3), (8, 13, 1), (13, 6, 3), (1, 7, 1)])
def test_a_warp_is_bilinear_by_definition(name: str, border: Border, shape: tuple[int, ...]) -> None:
    step, inverse = INVERSES[name]
    if shape[2] == 1:
        border = Border(border.kind, (90, 90, 90))
    picture = noisy(shape)
    difference = step(picture, border).astype(int) - bilinear(picture, inverse, border).astype(int)
    assert abs(difference).max() <= 1


@pytest.mark.parametrize("degrees", [7.0, 30.0, -45.0])
def test_a_rotation_is_that_of_pillow_away_from_the_edge(degrees: float) -> None:
    picture = smooth(80, 120)
    ours = probe(Rotate(abs(degrees)), 0 if degrees > 0 else 1)(picture).astype(int)
    theirs = np.asarray(Image.fromarray(picture).rotate(degrees, Image.Resampling.BILINEAR)).astype(int)
    inside = np.hypot(*(np.mgrid[:80, :120] - np.array([39.5, 59.5])[:, None, None])) < 35
    difference = (ours - theirs)[inside]
    assert abs(difference).max() <= 2
    assert inside.sum() > 3000


@pytest.mark.parametrize(("number", "box"), [(0, (0, 0)), (1, (0.1, 0.1)), (2, (0.2, 0.2))])
def test_a_crop_is_that_part_resized_by_pillow(number: int, box: tuple[float, float]) -> None:
    picture = smooth(100, 150)
    left, top = 150 * box[0], 100 * box[1]
    part = (left, top, left + 120, top + 80)
    theirs = np.asarray(Image.fromarray(picture).resize((150, 100), Image.Resampling.BILINEAR, part)).astype(int)
    difference = probe(Crop(0.8), number)(picture).astype(int) - theirs
    assert abs(difference[2:-2, 2:-2]).max() <= 2


def test_zoom_leaves_the_middle_where_it_is_and_scales_distances() -> None:
    picture = np.zeros((101, 101, 1), np.uint8)
    picture[47:54, 77:84] = 255  # its middle is 30 to the right of the picture's
    for number, factor in enumerate((0.8, 1.2)):
        zoomed = probe(Zoom(0.2), number)(picture, BLACK)[..., 0].astype(float)
        ys, xs = np.mgrid[:101, :101]
        assert (zoomed * xs).sum() / zoomed.sum() == pytest.approx(50 + 30 * factor, abs=0.1)
        assert (zoomed * ys).sum() / zoomed.sum() == pytest.approx(50, abs=0.1)
        assert zoomed.sum() / 255 == pytest.approx(49 * factor**2, rel=0.05)


def test_moves_in_a_row_are_one_warp() -> None:
    """There and back again loses nothing, where it is one step; two warps would have blurred."""
    picture = noisy((31, 31, 3))
    there, back = probe(Rotate(33)), probe(Rotate(33), 1)
    assert np.array_equal(carried_out([there, back], picture), picture)
    assert not np.array_equal(back(there(picture)), picture)
    slid = [probe(Shift(pixels=3)), probe(Mirror())]  # moved to the right, then mirrored: not the other way round
    expected = slid[1](slid[0](picture))
    assert np.array_equal(carried_out(slid, picture), expected)
    assert not np.array_equal(carried_out(slid[::-1], picture), expected)


def test_moves_beside_tones_keep_their_order() -> None:
    picture = smooth(20, 20)
    steps = [probe(Shift(pixels=2)), probe(Brightness(0.5)), probe(Mirror())]
    expected = picture
    for step in steps:
        expected = step(expected, BLACK)
    assert np.array_equal(carried_out(steps, picture, BLACK), expected)


def test_an_even_picture_stays_even() -> None:
    picture = np.full((20, 33, 3), (10, 200, 255), np.uint8)
    for transform in (Rotate(40), Zoom(0.5), Shear(30), Crop(0.5), Turn(), Shift(0.5), Blur(0.1), Flip()):
        for _, step in transform.probes():
            assert np.array_equal(step(picture), picture)


# Values.


@pytest.mark.parametrize("share", [0.2, 0.55, 1.0])
def test_brightness_multiplies(share: float) -> None:
    picture = noisy((9, 8, 3))
    for number, factor in enumerate((1 - share, 1 + share)):
        found = probe(Brightness(share), number)(picture)
        assert abs(found - np.minimum(picture * factor, 255)).max() <= 0.5 + 1e-9
        theirs = np.asarray(ImageEnhance.Brightness(Image.fromarray(picture)).enhance(factor)).astype(int)
        assert abs(found - theirs).max() <= 1


def test_contrast_stretches_about_the_mean_brightness() -> None:
    picture = np.array([[[50], [100], [150]]], np.uint8)
    assert probe(Contrast(0.5))(picture).ravel().tolist() == [75, 100, 125]
    assert probe(Contrast(0.5), 1)(picture).ravel().tolist() == [25, 100, 175]
    picture = noisy((20, 30, 3))
    for number, factor in enumerate((0.6, 1.4)):
        theirs = np.asarray(ImageEnhance.Contrast(Image.fromarray(picture)).enhance(factor)).astype(int)
        assert abs(probe(Contrast(0.4), number)(picture) - theirs).max() <= 1


def test_grey_has_no_colour_to_change() -> None:
    grey = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, axis=2)
    generator = np.random.default_rng(0)
    for step in [probe(Colour(1.0)), probe(Colour(1.0), 1), *(Colour(1.0).drawn(generator) for _ in range(20))]:
        assert np.array_equal(step(grey), grey)
        assert np.array_equal(step(grey[..., :1]), grey[..., :1])


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_colour_is_a_turn_about_the_greys_and_a_distance_from_grey(share: float) -> None:
    picture = noisy((12, 12, 3))
    for number, sign in enumerate((-1, 1)):
        turn = Rotation.from_rotvec(np.ones(3) / math.sqrt(3) * math.radians(30 * share * sign))
        turned = turn.apply(picture.reshape(-1, 3).astype(float))
        grey = turned @ [[0.299], [0.587], [0.114]]
        expected = (grey + (1 + sign * share) * (turned - grey)).reshape(picture.shape).clip(0, 255)
        assert abs(probe(Colour(share), number)(picture) - expected).max() <= 0.51


def test_red_turned_by_a_third_would_be_green() -> None:
    """Which way hues turn: from red towards green, as their names on the colour wheel do."""
    red = np.full((1, 1, 3), (200, 50, 50), np.uint8)
    towards = probe(Colour(1.0), 1)(red)[0, 0].astype(int)
    assert towards[1] > towards[2]


def test_blur_makes_an_edge_the_integral_of_a_gaussian() -> None:
    picture = np.zeros((101, 140, 1), np.uint8)
    picture[:, 70:] = 255
    for share in (0.02, 0.05):
        profile = 255 * ndtr((np.arange(140) - 69.5) / (share * 101))
        assert abs(probe(Blur(share))(picture)[..., 0] - profile).max() <= 1.5
        downwards = np.ascontiguousarray(probe(Blur(share))(picture.transpose(1, 0, 2))[..., 0].T)
        assert abs(downwards - profile).max() <= 1.5
    assert np.array_equal(probe(Blur(0.01))(noisy((1, 40, 3))), noisy((1, 40, 3)))  # a hundredth of a pixel


def test_blur_does_not_mix_channels() -> None:
    picture = np.zeros((20, 20, 3), np.uint8)
    picture[..., 1] = noisy((20, 20))
    assert not probe(Blur(0.1))(picture)[..., [0, 2]].any()


def test_noise_is_normal_and_of_its_own_in_each_channel() -> None:
    grain = probe(Noise(20))(np.full((200, 200, 3), 128, np.uint8)).astype(float) - 128
    assert abs(grain.mean()) < 0.3
    assert grain.std() == pytest.approx(20, rel=0.02)
    assert np.mean(abs(grain) < 20) == pytest.approx(0.683, abs=0.02)
    assert abs(np.corrcoef(grain.reshape(-1, 3).T) - np.eye(3)).max() < 0.02
    assert abs(np.corrcoef(grain[:, 1:, 0].ravel(), grain[:, :-1, 0].ravel())[0, 1]) < 0.02


def test_erase_covers_one_rectangle_within_its_share() -> None:
    generator = np.random.default_rng(3)
    picture = np.zeros((40, 60, 3), np.uint8)
    shares, ratios, covered = [], [], np.zeros((40, 60))
    for _ in range(200):
        changed = np.any(Erase(0.3).drawn(generator)(picture), axis=2)
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        area = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
        assert changed.sum() > 0.99 * area  # noise may be black somewhere, but hardly ever is
        shares.append(area / 2400)
        ratios.append((np.ptp(rows) + 1) / 40 / ((np.ptp(columns) + 1) / 60))
        covered += changed
    assert 0.01 < min(shares) < 0.05
    assert 0.25 < max(shares) <= 0.3
    assert 0.25 < min(ratios) < 0.5
    assert 2 < max(ratios) < 4
    assert covered[0].any()
    assert covered[-1].any()
    assert covered[:, 0].any()
    assert covered[:, -1].any()
    assert covered[5:-5, 5:-5].all()


# What all of them promise.


@pytest.mark.parametrize("transform", DEFAULTS, ids=lambda transform: transform.name)
@pytest.mark.parametrize("shape", SHAPES)
def test_shape_type_and_the_original_are_kept(transform: Transform, shape: tuple[int, ...]) -> None:
    picture = noisy(shape)
    before = picture.copy()
    picture.flags.writeable = False
    for border in (REFLECTED, BLACK):
        steps = [step for _, step in transform.probes()] + [transform.drawn(np.random.default_rng(0))]
        for step in steps:
            for changed in (step(picture, border), step(picture, border)):
                assert changed.shape == shape
                assert changed.dtype == np.uint8
                assert changed.flags.c_contiguous
                assert changed.flags.writeable
                assert not np.shares_memory(changed, picture)
            assert np.array_equal(step(picture, border), step(picture, border))
    assert np.array_equal(picture, before)


@pytest.mark.parametrize("transform", DEFAULTS, ids=lambda transform: transform.name)
def test_ends_have_labels_of_their_own(transform: Transform) -> None:
    labels = [label for label, _ in transform.probes()]
    assert len(set(labels)) == len(labels) > 0
    assert labels == [step.label for _, step in transform.probes()]
    picture = smooth(40, 40)
    for _, step in transform.probes():
        assert not np.array_equal(step(picture), picture)


def tilt(step: Step) -> float:
    assert isinstance(step, Move)
    matrix = step.matrix(100, 100)
    return math.degrees(math.atan2(-matrix[0, 1], matrix[0, 0]))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), part=st.floats(0.01, 1))
def test_what_is_drawn_is_within_the_range(seed: int, part: float) -> None:
    def matrix(transform: Transform, height: int = 100, width: int = 100) -> NDArray[np.float64]:
        step = transform.drawn(np.random.default_rng(seed))
        assert isinstance(step, Move)
        return step.matrix(height, width)

    assert abs(tilt(Rotate(180 * part).drawn(np.random.default_rng(seed)))) <= 180 * part + 1e-9
    assert abs(math.degrees(math.atan(matrix(Shear(45 * part))[0, 1]))) <= 45 * part + 1e-9
    zoom = 1 / matrix(Zoom(part / 2))[0, 0]
    assert 1 - part / 2 - 1e-9 <= zoom <= 1 + part / 2 + 1e-9
    for height, width in ((100, 100), (28, 9), (3, 1)):
        across, down = -matrix(Shift(part / 2), height, width)[:2, 2]
        assert abs(across) <= part / 2 * width + 1e-9
        assert abs(down) <= part / 2 * height + 1e-9
        assert across == int(across)
        assert max(abs(matrix(Shift(pixels=4), height, width)[:2, 2])) <= 4
        least = max(0.11, part)
        crop = matrix(Crop(least), height, width)
        assert least <= crop[0, 0] <= 1
        assert crop[0, 0] == crop[1, 1]
        for axis, side in ((0, width), (1, height)):
            first = crop[axis, axis] * -0.5 + crop[axis, 2]
            last = crop[axis, axis] * (side - 0.5) + crop[axis, 2]
            assert first >= -0.5 - 1e-9
            assert last <= side - 0.5 + 1e-9
    grey = np.full((1, 1, 1), 100, np.uint8)
    bright = int(Brightness(part).drawn(np.random.default_rng(seed))(grey)[0, 0, 0])
    assert 100 * (1 - part) - 0.5 <= bright <= 100 * (1 + part) + 0.5


@pytest.mark.parametrize("transform", [Rotate(), Shear(), Zoom(), Brightness(), Contrast(), Blur(), Noise()])
def test_the_whole_range_is_drawn_from_evenly(transform: Transform) -> None:
    generator = np.random.default_rng(1)
    values = [float(str(next(iter(transform.drawn(generator).values.values()))).rstrip("%")) for _ in range(400)]
    low, high = transform.ends
    unit = 100 if transform.unit.startswith("of the") else 1
    values = [value / unit for value in values]
    assert min(values) == pytest.approx(low, abs=0.03 * (high - low))
    assert max(values) == pytest.approx(high, abs=0.03 * (high - low))
    assert np.mean(values) == pytest.approx((low + high) / 2, abs=0.06 * (high - low))


@pytest.mark.parametrize(
    "bad", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8)]
)
def test_what_is_no_picture_is_refused(bad: Any) -> None:
    others: list[Any] = [bad, np.zeros((4, 4, 3), np.float32)]
    for refused in others:
        for step in (probe(Mirror()), probe(Noise())):
            with pytest.raises(ShapeError, match=r"expected a picture as uint8 \[height, width, 1 or 3\]; found"):
                step(refused)
        with pytest.raises(ShapeError, match=r"found (uint8|float32) \["):
            Augmentation(()).view(refused, np.random.default_rng(0))


# Names.


def test_names_are_read_in_any_way_people_write_them() -> None:
    assert parse("mirror,rotate 30,shift 0.2") == (Mirror(), Rotate(30.0), Shift(0.2))
    assert parse(" Mirror , rotate:30,color 0.5, shift 2 px,turn 180 ") == (
        Mirror(),
        Rotate(30.0),
        Colour(0.5),
        Shift(pixels=2),
        Turn(180),
    )
    assert parse("shift 3px") == (Shift(pixels=3),)
    assert parse("none") == ()
    geometric = ["mirror", "flip", "rotate", "turn", "shift", "zoom", "shear", "crop"]
    assert list(NAMED) == [*geometric, "brightness", "contrast", "colour", "blur", "noise", "erase"]
    assert [type(transform) for transform in DEFAULTS] == list(NAMED.values())


@pytest.mark.parametrize("transform", [*DEFAULTS, Rotate(1 / 3), Shift(pixels=7), Turn(270), Noise(0.1 + 0.2)])
@pytest.mark.parametrize("border", [REFLECTED, BLACK, Border("constant", (1, 2, 255))])
def test_text_reads_back(transform: Transform, border: Border) -> None:
    assert parse(transform.text) == (transform,)
    augmentation = Augmentation((transform,), border)
    for default in (REFLECTED, BLACK):
        assert Augmentation.from_text(augmentation.text, default) == augmentation
        assert Augmentation.from_text(Augmentation((), border).text, default) == Augmentation((), border)
        assert Augmentation.from_text("mirror", default).border == default
    assert border_from(border.text) == border


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("spin", "expected transforms among mirror, flip, rotate.*erase.*found 'spin'"),
        ("", "found ''"),
        ("mirror,", "found ''"),
        ("mirror;rotate", "found 'mirror;rotate'"),
        ("none, mirror", "found 'none'"),
        ("rotate x", "expected rotate with one number; found 'rotate x'"),
        ("rotate 1 2", "expected rotate with one number"),
        ("rotate nan", "expected rotate with one number"),
        ("rotate inf", "expected rotate with one number"),
        ("rotate 1_0", "expected rotate with one number"),
        ("mirror 2", "expected mirror with no number; found 'mirror 2'; write mirror"),
        ("rotate 0", "expected rotate with a number above 0 and at most 180 degrees; found 0"),
        ("rotate -5", "found -5"),
        ("rotate 181", "found 181"),
        ("turn 45", "expected turn by 90, 180 or 270 degrees; found 45; rotate takes any other angle"),
        ("turn 0", "expected turn by 90, 180 or 270"),
        ("shift 0.6", "expected shift with a number above 0 and at most 0.5 of the side; found 0.6"),
        ("shift 0px", "expected a shift by 1 to 10,000 whole pixels; found 0"),
        ("shift 1.5px", "whole pixels; found 1.5"),
        ("shift px", "expected shift with one number"),
        ("zoom 1", "at most 0.5"),
        ("shear 46", "at most 45 degrees"),
        ("crop 0.05", "above 0.1 and at most 1 of the side"),
        ("brightness 20", "at most 1;"),
        ("blur 2", "at most 0.1 of the shorter side"),
        ("noise 300", "at most 128 grey levels"),
        ("erase 0.9", "at most 0.5 of the picture"),
        ("mirror, flip, mirror", "expected each transform once; found mirror 2 times"),
        ("x" * 10_000, "found 'x{60}'"),
    ],
)
def test_what_makes_no_sense_is_said(text: str, complaint: str) -> None:
    with pytest.raises(ShapeError, match=complaint) as caught:
        parse(text)
    assert len(str(caught.value)) < 320
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [math.nan, math.inf, "15", None, True, 1e300])
def test_ranges_are_checked_where_they_are_built(value: Any) -> None:
    for kind in (Rotate, Shear, Zoom, Crop, Brightness, Colour, Blur, Noise, Erase):
        with pytest.raises(ShapeError, match=f"expected {kind.name} with a number"):
            kind(value)


@pytest.mark.parametrize(
    "text", ["wrap", "", "reflect 1", "constant 1 2", "constant 1 2 x", "constant 1 2 256", "constant -1 0 0"]
)
def test_borders_that_are_none_are_said(text: str) -> None:
    with pytest.raises(ShapeError, match=r"expected a border.*found"):
        border_from(text)


def test_a_border_alone_is_named() -> None:
    with pytest.raises(ShapeError, match=r"expected transforms .*; found 'border reflect'"):
        Augmentation.from_text("border reflect")


def test_a_grey_picture_gets_the_brightness_of_a_border_in_colour() -> None:
    shifted = probe(Shift(pixels=1))(np.zeros((3, 3, 1), np.uint8), Border("constant", (200, 100, 50)))
    grey = Image.new("RGB", (1, 1), (200, 100, 50)).convert("L").getpixel((0, 0))
    assert shifted[0, 0, 0] == grey == 124


# Several together.


def test_seeds_decide_and_more_views_begin_with_the_same() -> None:
    augmentation, picture = Augmentation(DEFAULTS), smooth(24, 31)
    first, again = augmentation.views(picture, 6, seed=5), augmentation.views(picture, 9, seed=5)
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=False))
    other = augmentation.views(picture, 6, seed=6)
    assert not any(np.array_equal(one, two) for one, two in zip(first, other, strict=True))
    assert not any(np.array_equal(first[0], view) for view in first[1:])


def test_views_have_their_chance() -> None:
    picture, generator = noisy((12, 12, 1)), np.random.default_rng(0)
    for text, chance in (
        ("mirror", 1 / 2),
        ("flip", 1 / 2),
        ("turn", 3 / 4),
        ("turn 180", 1 / 2),
        ("erase 0.5", 1 / 2),
    ):
        views = [Augmentation.from_text(text).view(picture, generator) for _ in range(800)]
        assert np.mean([not np.array_equal(view, picture) for view in views]) == pytest.approx(chance, abs=0.06)
    turned = [Augmentation.from_text("turn").view(picture, generator).tobytes() for _ in range(800)]
    counts = [turned.count(np.rot90(picture, number).tobytes()) for number in range(4)]
    assert sum(counts) == 800
    assert min(counts) > 150


@pytest.mark.parametrize("shape", [(50, 6, 7, 3), (50, 5, 5, 1), (1, 1, 1, 1)])
@pytest.mark.parametrize("border", [REFLECTED, BLACK, Border("constant", (9, 9, 9))], ids=lambda border: border.text)
def test_batches_are_shifted_and_mirrored_picture_by_picture(shape: tuple[int, ...], border: Border) -> None:
    pictures = noisy(shape)
    before = pictures.copy()
    changed = Augmentation((Mirror(), Shift(pixels=2)), border).applied(pictures, np.random.default_rng(2))
    assert np.array_equal(pictures, before)
    assert changed.shape == shape
    assert changed.dtype == np.uint8
    seen: set[tuple[int, ...]] = set()
    margins = ((2, 2), (2, 2), (0, 0))
    for one, original in zip(changed, pictures, strict=True):
        for mirrored in (False, True):
            source = original[:, ::-1] if mirrored else original
            if border.kind == "reflect":
                padded = np.pad(source, margins, "symmetric")
            else:
                padded = np.pad(source, margins, constant_values=border.colour[0])
            windows = np.lib.stride_tricks.sliding_window_view(padded, shape[1:3], axis=(0, 1))
            fits = np.argwhere((windows == one.transpose(2, 0, 1)).all(axis=(2, 3, 4)))
            seen.update((mirrored, *place) for place in fits.tolist())
            if len(fits):
                break
        else:
            pytest.fail("it is no shifted and mirrored copy")
    assert len(seen) > (15 if shape[0] > 1 else 0)


def test_a_batch_is_shifted_by_its_share_of_each_side() -> None:
    pictures = np.zeros((300, 20, 41, 1), np.uint8)
    pictures[:, 10, 20] = 255
    changed = Augmentation.from_text("shift 0.1").applied(pictures, np.random.default_rng(0))
    _, rows, columns, _ = np.nonzero(changed)
    assert (rows.min(), rows.max()) == (8, 12)
    assert (columns.min(), columns.max()) == (16, 24)


def test_each_picture_of_a_batch_is_changed_by_itself_whatever_the_transform() -> None:
    pictures = np.repeat(smooth(16, 16)[np.newaxis], 12, axis=0)
    augmentation = Augmentation(DEFAULTS)
    changed = augmentation.applied(pictures, np.random.default_rng(4))
    assert changed.shape == pictures.shape
    assert changed.dtype == np.uint8
    assert len({picture.tobytes() for picture in changed}) == 12
    assert np.array_equal(changed, augmentation.applied(pictures, np.random.default_rng(4)))
    assert Augmentation().applied(pictures, np.random.default_rng(0)) is pictures
    untouched = Augmentation().view(pictures[0], np.random.default_rng(0))
    assert np.array_equal(untouched, pictures[0])
    assert not np.shares_memory(untouched, pictures)
    with pytest.raises(ShapeError, match=r"expected pictures as uint8 \[n, height, width, 1 or 3\]; found uint8 \[16,"):
        augmentation.applied(pictures[0], np.random.default_rng(0))


def test_fixed_views_are_the_picture_and_the_ends() -> None:
    picture = smooth(12, 12)
    augmentation = Augmentation.from_text("mirror, turn 180, shift 1px, border constant")
    labels = [label for label, _ in augmentation.fixed()]
    assert labels == [
        "original", "mirror: mirrored", "turn: 180°", "shift: 1 px right, 1 px down", "shift: 1 px left, 1 px up"
    ]  # fmt: skip
    views = augmentation.fixed_views(picture)
    assert np.array_equal(views[0], picture)
    assert views[0] is not picture
    assert np.array_equal(views[1], picture[:, ::-1])
    assert np.array_equal(views[2], picture[::-1, ::-1])
    assert not views[3][0].any()
    assert np.array_equal(views[3][1:, 1:], picture[:-1, :-1])


def test_a_map_of_another_kind_is_not_taken_for_copied_pixels() -> None:
    """A shear by whole pixels has whole numbers only, too."""
    picture = noisy((5, 9, 1))
    sheared = warp(picture, about_the_middle([[1, 1], [0, 1]], 5, 9))
    expected = bilinear(picture, lambda x, y: (x + y, y), REFLECTED)
    assert np.array_equal(sheared, expected)
