"""Kernels: the shelf's values, what a kernel is said to answer to, how it is written, and its arithmetic."""

import json
import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage, signal

from seefood.convolution import notation
from seefood.convolution.answered import Answered
from seefood.convolution.arithmetic import Arithmetic, common_part, in_words, written_out
from seefood.convolution.correlation import convolve
from seefood.convolution.description import describe
from seefood.convolution.geometry import Geometry, geometry
from seefood.convolution.kernels import Kernel, numbers
from seefood.convolution.notation import kernel_file, kernel_from_text, number
from seefood.convolution.patterns import strongest_pattern
from seefood.convolution.shelf import SHELF, named
from seefood.errors import ShapeError

Array = NDArray[Any]


# --- the shelf


def test_the_lines_are_those_of_the_course() -> None:
    assert SHELF["horizontal-line"].values.tolist() == [[1, 1], [-1, -1]]
    assert SHELF["vertical-line"].values.tolist() == [[1, -1], [1, -1]]


@pytest.mark.parametrize(
    ("name", "by_scipy"),
    [
        ("sobel-horizontal", lambda picture: -ndimage.sobel(picture, axis=0)),
        ("sobel-vertical", lambda picture: -ndimage.sobel(picture, axis=1)),
        ("prewitt-horizontal", lambda picture: -ndimage.prewitt(picture, axis=0)),
        ("prewitt-vertical", lambda picture: -ndimage.prewitt(picture, axis=1)),
        ("laplacian", ndimage.laplace),
        ("box-blur", lambda picture: ndimage.uniform_filter(picture, 3)),
        ("identity", lambda picture: picture),
    ],
)
def test_the_shelf_does_what_scipy_does_by_that_name(name: str, by_scipy: Callable[[Array], Array]) -> None:
    picture = np.random.default_rng(1).uniform(0, 255, (12, 15))
    ours = signal.correlate2d(picture, SHELF[name].values, mode="valid")
    np.testing.assert_allclose(ours, by_scipy(picture)[1:-1, 1:-1], rtol=1e-5, atol=1e-3)


def test_values_that_scipy_has_no_name_for() -> None:
    assert (SHELF["gaussian-blur"].values * 256).round(4).tolist()[2] == [6, 24, 36, 24, 6]
    assert SHELF["laplacian-8"].values.sum() == 0
    assert (SHELF["sharpen"].values + SHELF["laplacian"].values == SHELF["identity"].values).all()
    assert SHELF["scharr-vertical"].values.tolist() == [[3, 0, -3], [10, 0, -10], [3, 0, -3]]
    assert SHELF["emboss"].values.sum() == 1


def test_vertical_ones_are_horizontal_ones_turned() -> None:
    for name, kernel in SHELF.items():
        if "horizontal" in name:
            other = SHELF[name.replace("horizontal", "vertical")].values
            assert (other == kernel.values.T).all()


def test_everything_on_the_shelf_says_what_it_answers_to() -> None:
    assert all(name == kernel.name and kernel.sentence.endswith(".") for name, kernel in SHELF.items())
    assert len({kernel.sentence for kernel in SHELF.values()}) == len(SHELF)


def test_the_shelf_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        SHELF["mine"] = SHELF["sharpen"]  # type: ignore[index]
    with pytest.raises(ValueError, match="read-only"):
        SHELF["sharpen"].values[0, 0] = 7


@pytest.mark.parametrize(
    ("asked", "hints"),
    [
        ("sobell-vertical", ["sobel-vertical"]),
        ("scharr", ["scharr-horizontal", "scharr-vertical"]),
        ("qqq", ["emboss"]),
    ],
)
def test_an_unknown_name_gets_the_closest_ones(asked: str, hints: list[str]) -> None:
    with pytest.raises(ShapeError, match="found") as error:
        named(asked)
    assert all(hint in str(error.value) for hint in [asked, *hints])


def test_names_are_found_however_they_are_written() -> None:
    assert named(" Thin_Rising line ") is SHELF["thin-rising-line"]


# --- descriptions: a table by hand

SENTENCES = [
    ([[1, 1], [-1, -1]], "answers to horizontal lines, bright above; uniform areas give 0"),
    ([[-1, -1], [1, 1]], "answers to horizontal lines, bright below; uniform areas give 0"),
    ([[1, -1], [1, -1]], "answers to vertical lines, bright on the left; uniform areas give 0"),
    ([[-0.3, 0.3]], "answers to vertical lines, bright on the right; uniform areas give 0"),
    ([[1, -1], [-1, 1]], "answers to thin falling diagonal lines, bright on dark; uniform areas give 0"),
    ([[1, 0, -1], [2, 0, -2], [1, 0, -1]], "answers to vertical edges, bright on the left; uniform areas give 0"),
    ([[0, 1], [-1, 0]], "answers to falling diagonal edges, bright at the upper right; uniform areas give 0"),
    ([[1, -2, 1]], "answers to thin vertical lines, dark on bright; uniform areas give 0"),
    ([[-1], [2], [-1]], "answers to thin horizontal lines, bright on dark; uniform areas give 0"),
    ([[5, 5, -4], [5, 5, -4], [-4, -4, -4]], "answers to corners, bright at the upper left; uniform areas give 0"),
    (
        [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "answers to edges in all directions and dark spots on bright; uniform areas give 0",
    ),
    ([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], "sharpens: adds edges in all directions to the picture; keeps brightness"),
    (
        [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
        "embosses: adds rising diagonal edges, bright at the lower right, to the picture; keeps brightness",
    ),
    ([[1 / 9] * 3] * 3, "averages 3 by 3 pixels; keeps brightness"),
    ([[1] * 7] * 4, "averages 4 by 7 pixels; makes uniform areas 28 times as bright"),
    (
        np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256,
        "averages 5 by 5 pixels, the middle most; keeps brightness",
    ),
    (np.eye(4) / 4, "averages along falling diagonal lines of 4 by 4 pixels; keeps brightness"),
    ([[0, 0, 1], [0, 1, 0], [1, 0, 0]], "averages along rising diagonal lines of 3 by 3 pixels; makes uniform areas 3"),
    ([[4, 4], [1, 1]], "averages 2 by 2 pixels, those above most; makes uniform areas 10 times as bright"),
    ([[-1, -1], [-1, -1]], "averages 2 by 2 pixels, as a negative: bright turns dark"),
    ([[0, 0, 0], [0, 1, 0], [0, 0, 0]], "keeps the picture as it is"),
    ([[1]], "keeps the picture as it is"),
    ([[0, 0, 0], [0, 0, 1], [0, 0, 0]], "moves the picture 1 pixel to the left; keeps brightness"),
    ([[0, 0, 0, 0, 1]], "moves the picture 2 pixels to the left; keeps brightness"),
    ([[0.5]], "keeps the picture's shapes; makes uniform areas 0.5 times as bright"),
    ([[0, 0], [0, 0]], "answers to nothing: every weight is 0"),
    (np.ones((3, 3, 3)) / 27, "averages 3 by 3 pixels; alike in all 3 channels, added up"),
    (
        np.multiply.outer([[1, -1]], [2, 0, -1]),
        "answers to vertical lines, bright on the left; over 3 channels with strengths 1, 0, −0.5",
    ),
    (
        np.multiply.outer(np.full((3, 3), 1 / 9), [1, 0, -1]),
        "averages 3 by 3 pixels; over 3 channels with strengths 1, 0, −1",
    ),
    ([[1.001]], "keeps the picture's shapes; nearly keeps brightness"),
    ([[3e-7]], "keeps the picture's shapes; makes uniform areas 3e−7 times as bright"),
    ([[-2000, 1]], "answers to vertical lines, bright on the right; turns uniform areas into −1999 times their"),
    (np.ones((3, 3, 3, 8)), "8 filters, each over 3 channels"),
]


@pytest.mark.parametrize(("kernel", "sentence"), SENTENCES, ids=[sentence[:40] for _, sentence in SENTENCES])
def test_descriptions_by_hand(kernel: Any, sentence: str) -> None:
    assert describe(np.asarray(kernel, np.float32)).startswith(sentence)


@pytest.mark.parametrize("factor", [1e-6, 0.03, 700.0])
def test_a_factor_changes_nothing_but_brightness(factor: float) -> None:
    for kernel in SHELF.values():
        if kernel.values.sum() == 0:
            assert describe(kernel.values * factor) == describe(kernel)


def test_a_shift_moves_the_picture_as_it_is_said() -> None:
    kernel = np.zeros((3, 3), np.float32)
    kernel[2, 0] = 1
    picture = np.zeros((5, 5), np.float32)
    picture[2, 2] = 1
    assert describe(kernel).startswith("moves the picture 1 pixel up and 1 pixel to the right")
    assert np.argwhere(convolve(picture, kernel, padding="same")).tolist() == [[1, 3]]


def test_noise_has_no_simple_pattern() -> None:
    generator = np.random.default_rng(5)
    for _ in range(10):
        assert describe(generator.normal(size=(15, 15))).startswith("no simple pattern; answers most strongly to ")


def test_a_turned_kernel_is_described_as_it_lies() -> None:
    """As the kernel whose rows and columns somebody typed the other way round."""
    way = geometry((9, 9), (1, 1))
    kept = set()
    for name, kernel in SHELF.items():
        reversed_rows = [row[::-1] for row in kernel.values.tolist()[::-1]]
        turned = Answered(kernel, np.zeros((1, 1)), way, flip=True)
        assert turned.laid.values.tolist() == reversed_rows
        assert turned.description == describe(reversed_rows)
        assert Answered(kernel, np.zeros((1, 1)), way).sentence == kernel.sentence
        if reversed_rows == kernel.values.tolist():
            assert turned.sentence == kernel.sentence
            kept.add(name)
        else:
            assert turned.sentence.lower() == f"{describe(reversed_rows)}.".lower()
    assert {"laplacian", "gaussian-blur", "identity", "thin-rising-line", "falling-diagonal"} <= kept
    assert not {"horizontal-line", "sobel-vertical", "emboss", "corner", "roberts-rising"} & kept
    over_colours = np.arange(2 * 3 * 3).reshape(2, 3, 3)
    assert (Kernel(numbers(over_colours)).turned().values == over_colours[[1, 0]][:, [2, 1, 0]]).all()


def test_what_is_said_is_before_the_bias() -> None:
    told = Answered(SHELF["identity"], np.zeros((1, 1)), geometry((9, 9), (3, 3)), bias=-100)
    assert told.description == "keeps the picture as it is; before the bias of −100 is added"
    assert told.sentence == f"{SHELF['identity'].sentence} That is before the bias of −100 is added."


# --- descriptions: what is said, drawn, draws the strongest answer

DIRECTIONS = {
    "horizontal": (1, 0),
    "vertical": (0, 1),
    "falling diagonal": (1, -1),
    "rising diagonal": (1, 1),
    "gently falling": (2, -1),
    "gently rising": (2, 1),
    "steeply falling": (1, -2),
    "steeply rising": (1, 2),
}
SIDES = {
    "above": (-1, 0),
    "below": (1, 0),
    "on the left": (0, -1),
    "on the right": (0, 1),
    "at the upper left": (-1, -1),
    "at the upper right": (-1, 1),
    "at the lower left": (1, -1),
    "at the lower right": (1, 1),
}
SIDE = 45
Look = tuple[str, str, str]


def distance(direction: str) -> Array:
    """Of each pixel of a picture from the line of this direction through its middle."""
    rows, columns = np.indices((SIDE, SIDE)) - SIDE // 2
    down, across = DIRECTIONS[direction]
    return np.asarray(down * rows + across * columns)


@cache
def pictures() -> dict[Look, list[Array]]:
    """Edges, lines and corners of every kind, drawn with pixels from 0 to 1."""
    drawn: dict[Look, list[Array]] = {}
    for direction, (down, across) in DIRECTIONS.items():
        away = distance(direction)
        main = (down, across) if max(abs(down), abs(across)) == 1 else (int(down / 2), int(across / 2))
        for side, towards in SIDES.items():
            if towards in (main, (-main[0], -main[1])):
                forward = away if towards == main else -away
                drawn["edges", direction, side] = [(forward > 0) * 1.0, (np.sign(forward) + 1) / 2]
        for width in range(1, 14):
            line = (np.abs(2 * away - (width + 1) % 2) < width) * 1.0
            thin = "thin lines" if width == 1 else "lines"
            drawn.setdefault((thin, direction, "bright on dark"), []).append(line)
            drawn.setdefault((thin, direction, "dark on bright"), []).append(1 - line)
    for side in list(SIDES)[4:]:
        rows, columns = np.indices((SIDE, SIDE)) - SIDE // 2
        below, right = SIDES[side]
        quarter = ((rows * below > 0) & (columns * right > 0)) * 1.0
        drawn["corners", "", f"bright {side}"] = [quarter]
        drawn["corners", "", f"dark {side}"] = [1 - quarter]
    return drawn


def look(sentence: str) -> Look | None:
    """What a description says, as a key of `pictures`; None for what is not drawn there."""
    names = "|".join(DIRECTIONS)
    if match := re.search(rf"(thin )?({names}) lines, (bright on dark|dark on bright)", sentence):
        return ("thin lines" if match[1] else "lines", match[2], match[3])
    if match := re.search(rf"({names}) (?:edges|lines), bright ({'|'.join(SIDES)})", sentence):
        return ("edges", match[1], match[2])
    if match := re.search(rf"corners, ((?:bright|dark) (?:{'|'.join(SIDES)}))", sentence):
        return ("corners", "", match[1])
    return None


def answers(kernel: Array) -> dict[Look, float]:
    """The strongest answer that each look draws, wherever the kernel stands on its pictures."""
    fine = min(kernel.shape) >= 5
    return {
        key: max(float(signal.correlate2d(picture, kernel, mode="valid").max()) for picture in drawn)
        for key, drawn in pictures().items()
        if fine or max(map(abs, DIRECTIONS.get(key[1], (1, 1)))) == 1
    }


def derivative(generator: np.random.Generator, order: int) -> Array:
    """A line or edge detector of random size, width and orientation: a derivative of a Gaussian, scaled and turned."""
    height, width = generator.integers(3, 9, 2)
    rows, columns = np.indices((height, width))
    across = columns - (width - 1) / 2
    spread = generator.uniform(0.6, 1.2)
    envelope = np.exp(-((rows - (height - 1) / 2) ** 2) / (2 * height)) * np.exp(-(across**2) / (2 * spread**2))
    kernel = envelope * (across if order == 1 else across**2 - spread**2)
    kernel = kernel if order == 1 else kernel - kernel.mean()
    turned = np.rot90(kernel, int(generator.integers(4)))
    return np.ascontiguousarray(turned * generator.choice([-1, 1]) * 10 ** generator.uniform(-3, 3))


def any_kernel(generator: np.random.Generator) -> Array:
    return generator.normal(size=generator.integers(2, 7, 2))


@pytest.mark.parametrize("seed", range(40))
def test_what_is_said_draws_the_strongest_answer(seed: int) -> None:
    generator = np.random.default_rng(seed)
    for kernel in (derivative(generator, 1), derivative(generator, 2), any_kernel(generator)):
        said = look(describe(kernel))
        if said is None:
            continue
        strength = answers(kernel)
        magnitude = float(np.abs(kernel).sum())
        assert strength[said] >= max(strength.values()) - 1e-5 * magnitude, (kernel, describe(kernel))


def test_derivatives_are_edges_and_lines() -> None:
    """That the test above is no empty one: nearly all of its kernels are said to be what they are made as."""
    kinds = []
    for seed in range(40):
        generator = np.random.default_rng(seed)
        for order, kind in ((1, "edges"), (2, "lines")):
            said = look(describe(derivative(generator, order)))
            kinds.append(said is not None and kind in said[0])
    assert np.mean(kinds) > 0.9


@pytest.mark.parametrize("direction", range(0, 360, 15))
def test_slanted_edges_get_the_closest_name(direction: int) -> None:
    rows, columns = np.indices((21, 21)) - 10
    angle = np.radians(direction)
    slope = columns * np.cos(angle) + rows * np.sin(angle)
    said = look(describe(slope * np.exp(-(rows**2 + columns**2) / 30)))
    assert said is not None
    assert said[0] == "edges"
    down, across = DIRECTIONS[said[1]]
    named_angle = np.degrees(np.arctan2(down, across))
    apart = abs((named_angle - direction + 90) % 180 - 90)
    assert apart <= 14  # names lie up to 27 degrees apart
    below, right = SIDES[said[2]]
    assert below * np.sin(angle) + right * np.cos(angle) > 0.5


# --- descriptions: turned kernels are described by turned words

TRANSPOSED = (
    *(("horizontal", "vertical"), ("above", "on the left"), ("below", "on the right"), ("gently", "steeply")),
    ("upper right", "lower left"),
)
MIRRORED = (
    *(("on the left", "on the right"), ("upper left", "upper right"), ("lower left", "lower right")),
    ("falling", "rising"),
)
NEGATED = (
    *(("above", "below"), ("on the left", "on the right"), ("upper left", "lower right")),
    *(
        ("upper right", "lower left"),
        ("bright on dark", "dark on bright"),
        ("bright spots on dark", "dark spots on bright"),
    ),
)


def swapped(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    words = dict(pairs) | {second: first for first, second in pairs}
    longest_first = sorted(words, key=len, reverse=True)
    return re.sub("|".join(longest_first), lambda match: words[match[0]], text)


@pytest.mark.parametrize("seed", range(150))
def test_words_turn_with_the_kernel(seed: int) -> None:
    generator = np.random.default_rng(seed)
    kernel = derivative(generator, 1 + seed % 2) if seed % 3 else generator.normal(size=generator.integers(3, 8, 2))
    text = str(strongest_pattern(kernel))
    assert str(strongest_pattern(kernel.T)) == swapped(text, TRANSPOSED)
    assert str(strongest_pattern(kernel[:, ::-1])) == swapped(text, MIRRORED)
    if text.startswith("corners"):
        assert str(strongest_pattern(-kernel)) == swapped(text, (("bright", "dark"),))
    else:
        assert str(strongest_pattern(-kernel)) == swapped(text, NEGATED)


@pytest.mark.parametrize("seed", range(20))
def test_the_share_is_the_answer_to_the_pattern(seed: int) -> None:
    """For edges, against pictures: the strongest answer there is, is white on all positive weights."""
    generator = np.random.default_rng(seed)
    kernel = derivative(generator, 1).astype(np.float32).astype(np.float64)
    pattern = strongest_pattern(kernel)
    assert pattern is not None
    said = look(str(pattern))
    assert said is not None
    total = kernel.sum()
    drawn = 2 * answers(kernel)[said] - total
    assert pattern.share == pytest.approx(drawn / np.abs(kernel).sum(), abs=1e-5)


# --- notation

WRITTEN = [
    ("[[1, 1], [-1, -1]]", [[1, 1], [-1, -1]]),
    ("1 1; -1 -1", [[1, 1], [-1, -1]]),
    ("1,1\n-1,-1\n", [[1, 1], [-1, -1]]),
    ("  1\t1 ;\n\n-1  -1;", [[1, 1], [-1, -1]]),
    ("1/4 1/2 1/4", [[0.25, 0.5, 0.25]]),
    ("[[1/4, 1 / 2], [-1/4, .5]]", [[0.25, 0.5], [-0.25, 0.5]]),
    ("[1, 2, 3]", [[1, 2, 3]]),
    ("1;2;3", [[1], [2], [3]]),
    ("7", [[7]]),
    ("+1e-2 -2.5E1", [[0.01, -25]]),
    ("\N{MINUS SIGN}1 1", [[-1, 1]]),
    ("[[[1, 2, 3], [4, 5, 6]]]", [[[1, 2, 3], [4, 5, 6]]]),
    ("laplacian", [[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
]

MISWRITTEN = [
    ("", "found nothing"),
    (" ; ;\n", "found"),
    ("[]", "empty brackets"),
    ("[[]]", "empty brackets in row 1"),
    ("[[1], []]", "empty brackets in row 2"),
    ("1 2; 3", "found 2 in row 1 and 1 in row 2"),
    ("[[1, 2], [3]]", "found 2 in row 1 and 1 in row 2"),
    ("[[1, [2]]]", "side by side"),
    ("1 0; x 1", "row 2, column 1 of the kernel; found 'x'"),
    ("[[1, 2], [3, x]]", "row 2, column 2 of the kernel; found 'x'"),
    ("[[1, true]]", "row 1, column 2 of the kernel; found 'true'"),
    ("1 nan", "row 1, column 2 of the kernel; found 'nan'"),
    ("[[1, NaN]]", "row 1, column 2 of the kernel; found 'NaN'"),
    ("1 0; 0 1e999", "row 2, column 2 of the kernel; found '1e999', which is beyond all bounds"),
    ("[[-1e39]]", "row 1, column 1 of the kernel; found '-1e39'"),
    ("1 1/0", "row 1, column 2 of the kernel; found '1/0'"),
    ("1,,2", "row 1, column 2 of the kernel; found nothing"),
    ("[[1,,2]]", "row 1, column 2 of the kernel; found nothing"),
    ("1_000", "found '1_000'"),
    ("\u0663 1", "row 1, column 1"),
    ("9" * 5000, "row 1, column 1"),
    ("[" * 5000, "dimensions"),
    ("[[[[[1]]]]]", "dimensions"),
    ("[[1, 2]", "do not match"),
    ("__import__('os').getcwd()", "row 1, column 1"),
    ("1 " * 600, "512 by 512"),
    ("sobel", "did you mean sobel-horizontal or sobel-vertical?"),
    ("nowhere.csv", "no such file"),
    ("[nowhere].csv", "no such file"),
    ("\0", "row 1, column 1"),
]


@pytest.mark.parametrize(("text", "values"), WRITTEN)
def test_kernels_as_people_write_them(text: str, values: Any) -> None:
    kernel = kernel_from_text(text)
    assert kernel.values.dtype == np.float32
    np.testing.assert_allclose(kernel.values, values, rtol=1e-7)


@pytest.mark.parametrize(("text", "fragment"), MISWRITTEN, ids=[text[:20] for text, _ in MISWRITTEN])
def test_what_is_no_kernel_is_said(text: str, fragment: str) -> None:
    with pytest.raises(ShapeError) as error:
        kernel_from_text(text)
    message = str(error.value)
    assert fragment in message
    assert message.startswith("expected ")
    assert "; found " in message
    assert len(message) < 700


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="0123456789.,;-+eE/[] \n\txNa\u2212\"'{}", max_size=40))
def test_any_text_is_a_kernel_or_a_shape_error(text: str) -> None:
    try:
        assert np.isfinite(kernel_from_text(text).values).all()
    except ShapeError as error:
        assert "found" in str(error)  # noqa: PT017 -- both ends are fine; other errors are not


@pytest.mark.parametrize("seed", range(20))
def test_written_and_read_again(seed: int) -> None:
    generator = np.random.default_rng(seed)
    values = generator.normal(size=generator.integers(1, 8, 2)).astype(np.float32)
    rows = "\n".join(" ".join(map(repr, row)) for row in values.tolist())
    assert (kernel_from_text(rows).values == values).all()
    assert (kernel_from_text(json.dumps(values.tolist())).values == values).all()
    assert (kernel_from_text(rows.replace("\n", ";").replace(" ", ", ")).values == values).all()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "1 2\n3 4\n"),
        ("a.csv", "\ufeff1,2\r\n3,4\r\n"),
        ("a.json", "[[1, 2],\n [3, 4]]\n"),
        ("plain", "1 2;3 4"),
    ],
)
def test_kernels_in_files(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    kernel = kernel_from_text(str(file))
    assert kernel.values.tolist() == [[1, 2], [3, 4]]
    assert kernel.name == file.stem


@pytest.mark.parametrize(
    ("content", "fragment"),
    [
        (b"", "empty file"),
        (b"\x93NUMPY\x01\x00\xff\xfe", "no text"),
        (b"1 2\n3 x\n", "row 2, column 2"),
        (b"1 2\n3\n", "found 2 in row 1 and 1 in row 2"),
        (b"1 " * (5 * 2**20), "characters"),
    ],
)
def test_files_that_hold_no_kernel(tmp_path: Path, content: bytes, fragment: str) -> None:
    file = tmp_path / "kernel.txt"
    file.write_bytes(content)
    with pytest.raises(ShapeError, match=fragment) as error:
        kernel_from_text(str(file))
    assert str(file) in str(error.value)


def test_a_folder_is_no_kernel(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="found a folder"):
        kernel_from_text(str(tmp_path))


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    """Whoever opens a pipe waits for somebody to write into it."""
    os.mkfifo(tmp_path / "pipe.txt")
    for path in (tmp_path / "pipe.txt", "/dev/zero"):
        with pytest.raises(ShapeError, match="found something that is no file"):
            kernel_from_text(str(path))


@pytest.mark.parametrize("name", ["[mine].csv", "[[1, 1]]", "1 1", "1"])
def test_a_file_that_is_there_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / name).write_text("7 8\n")
    assert kernel_from_text(str(tmp_path / name)).values.tolist() == [[7, 8]]
    monkeypatch.chdir(tmp_path)
    assert kernel_from_text(name).values.tolist() == [[7, 8]]
    assert kernel_file(f" {name} ") == Path(name)
    assert kernel_file("laplacian") is None
    assert kernel_file("[[2, 1]]") is None


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("1 " * 2**20, "at most 512 by 512 weights; found 1,048,576 in row 1"),
        ("1;" * 2**20, "at most 512 by 512 weights; found 1,048,576 rows"),
        (f"[{'1,' * 600}1]", "at most 512 by 512 weights; found 601 in row 1"),
        (f"[{'[1],' * 600}[1]]", "at most 512 by 512 weights; found 601 rows"),
        (f"[[[{'1,' * 2**20}1]]]", "at most 1,048,576 written weights; found 1,048,577"),
    ],
    ids=["row", "rows", "brackets in a row", "rows in brackets", "brackets"],
)
def test_millions_of_weights_are_counted_not_read(text: str, fragment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object) -> float:
        raise AssertionError("a weight was read")

    monkeypatch.setattr(notation, "number", read)
    with pytest.raises(ShapeError, match=fragment):
        kernel_from_text(text)


@pytest.mark.parametrize(("text", "value"), [("0.5", 0.5), (" -1/4 ", -0.25), ("\N{MINUS SIGN}2", -2)])
def test_numbers(text: str, value: float) -> None:
    assert number(text, "a bias") == value


# --- arithmetic


def answered(picture: Array, kernel: Array, walk: dict[str, Any]) -> tuple[Array, Geometry]:
    """What SciPy answers, on a picture with zeros around it and a kernel with zeros between its weights."""
    bias, flip, walk = walk["bias"], walk["flip"], {key: walk[key] for key in ("stride", "padding", "dilation")}
    way = geometry(picture.shape[:2], kernel.shape, **walk)
    top, left, bottom, right = way.pads
    spread = np.zeros(way.reach)
    spread[:: way.dilation[0], :: way.dilation[1]] = kernel[::-1, ::-1] if flip else kernel
    planes = picture[..., np.newaxis] if picture.ndim == 2 else picture
    responses = [
        signal.correlate2d(np.pad(plane, ((top, bottom), (left, right))), spread, mode="valid")
        for plane in np.moveaxis(planes.astype(np.float64), 2, 0)
    ]
    return np.stack(responses, axis=2)[:: way.stride[0], :: way.stride[1]] + bias, way


def random_walk(generator: np.random.Generator) -> dict[str, Any]:
    return {
        "stride": tuple(generator.integers(1, 4, 2).tolist()),
        "padding": ["valid", "same", 2, (1, 3)][generator.integers(4)],
        "dilation": tuple(generator.integers(1, 3, 2).tolist()),
        "bias": [0.0, -3.5][generator.integers(2)],
        "flip": bool(generator.integers(2)),
    }


def read_back(text: str) -> float:
    """A written sum, computed by Python from its text."""
    left = text.rpartition(": ")[2].partition(" = ")[0]
    return float(eval(left.replace("×", "*").replace("\N{MINUS SIGN}", "-").replace("[0]", "0"), {"__builtins__": {}}))


@pytest.mark.parametrize("seed", range(60))
def test_the_arithmetic_is_the_answer(seed: int) -> None:
    generator = np.random.default_rng(seed)
    shape = (*generator.integers(12, 20, 2), *([] if seed % 2 else [3]))
    picture = generator.integers(0, 256, shape).astype(np.uint8)
    kernel = generator.integers(-9, 10, generator.integers(1, 6, 2)).astype(np.float32)
    walk = random_walk(generator)
    expected, way = answered(picture, kernel, walk)
    place = (int(generator.integers(expected.shape[0])), int(generator.integers(expected.shape[1])))
    told = written_out(picture, kernel, place, way, bias=walk["bias"], flip=walk["flip"])
    assert [one.value for one in told.sums] == pytest.approx(expected[place].tolist())
    for one, value in zip(told.sums, expected[place], strict=True):
        assert str(one).endswith(f" = {in_words(value)}")
        assert read_back(str(one)) == pytest.approx(value, abs=0.06)
        assert str(one).count("[0]") == (~one.inside).sum()
    ours = convolve(picture, kernel, **walk)[place]
    assert np.atleast_1d(ours) == pytest.approx(expected[place], rel=1e-5)


def small_sum(**changes: Any) -> Arithmetic:
    picture = np.array([[203, 198, 7], [35, 40, 9]])
    way = geometry((2, 3), (2, 2), padding=changes.pop("padding", "valid"))
    return written_out(picture, changes.pop("kernel", [[1, 1], [-1, -1]]), changes.pop("place", (0, 0)), way, **changes)


def test_a_sum_as_one_writes_it() -> None:
    assert str(small_sum().sums[0]) == "1 × 203 + 1 × 198 − 1 × 35 − 1 × 40 = 326"
    assert str(small_sum(flip=True).sums[0]) == "−1 × 203 − 1 × 198 + 1 × 35 + 1 × 40 = −326"
    assert str(small_sum(bias=-6.5).sums[0]).endswith("− 1 × 40 − 6.5 = 319.5")
    assert str(small_sum(kernel=np.full((2, 2), 0.25)).sums[0]) == "(1 × 203 + 1 × 198 + 1 × 35 + 1 × 40) / 4 = 119"


def test_tiny_and_huge_weights_are_written_as_they_are() -> None:
    assert in_words(230.02) == "230"
    mixed = str(small_sum(kernel=[[1e12, -1e-9], [1, -1e12]]).sums[0])
    assert mixed == "1e12 × 203 − 1e−9 × 198 + 1 × 35 − 1e12 × 40 = 1.63e14"
    assert str(small_sum(kernel=[[0.5, 1e-5], [0, 0]]).sums[0]) == (
        "0.5 × 203 + 1e−5 × 198 + 0 × 35 + 0 × 40 = 101.5"  # no 0 × 198 over 2
    )
    assert [in_words(value) for value in (-1e12, 1e-9, -2.5e-9, 1.5e7, 1e-300)] == [
        *("−1e12", "1e−9", "−2.5e−9", "1.5e7", "1e−300")
    ]


@pytest.mark.parametrize("place", [(0.0, 0.0), (0, 0, 0), (0,)])
def test_a_place_that_is_none(place: Any) -> None:
    with pytest.raises(ShapeError, match="expected a place in the response of 1 by 2"):
        small_sum(place=place)


def test_a_place_of_numpy_can_be_json() -> None:
    places: Any = np.argwhere(np.ones((1, 1)))[0]
    assert json.loads(json.dumps(small_sum(place=tuple(places)).to_json()))["row"] == 0


def test_zeros_of_the_padding_are_marked() -> None:
    told = small_sum(padding="same", place=(1, 2))
    assert str(told.sums[0]) == "1 × 9 + 1 × [0] − 1 × [0] − 1 × [0] = 9"
    assert told.lines()[0] == "answer 1, 2: the kernel lies on rows 1 to 2 and columns 2 to 3; [0] lies in the padding"
    assert (told.rows, told.columns) == ((1, 2), (2, 3))


def test_one_filter_over_colours_and_many_filters() -> None:
    generator = np.random.default_rng(3)
    picture, kernel = generator.integers(0, 256, (6, 7, 3)), generator.integers(-3, 4, (2, 3, 3, 4)).astype(np.float64)
    way = geometry((6, 7), (2, 3))
    under = picture[2:4, 1:4]
    expected = [(under * kernel[..., index]).sum() + index for index in range(4)]
    many = written_out(picture, kernel, (2, 1), way, bias=[0, 1, 2, 3])
    assert [one.value for one in many.sums] == pytest.approx(expected)
    assert [one.name for one in many.sums] == ["filter 1", "filter 2", "filter 3", "filter 4"]
    one = written_out(picture, kernel[..., 2], (2, 1), way, bias=2)
    assert [told.value for told in one.sums] == pytest.approx(expected[2:3])


def test_colours_are_named() -> None:
    way = geometry((4, 4), (1, 1))
    assert [one.name for one in written_out(np.zeros((4, 4, 3)), [[1]], (0, 0), way).sums] == ["red", "green", "blue"]


def test_long_sums_are_abbreviated() -> None:
    picture = np.arange(40 * 40).reshape(40, 40) % 251
    told = written_out(picture, np.ones((31, 31)), (3, 4), geometry((40, 40), (31, 31)))
    assert "+ … 952 more …" in str(told.sums[0])
    assert len(str(told.sums[0])) < 150
    assert told.sums[0].value == picture[3:34, 4:35].sum()


@pytest.mark.parametrize("place", [(1, 0), (0, 2), (-1, 0), (0, -1)])
def test_a_place_outside_the_response(place: tuple[int, int]) -> None:
    with pytest.raises(ShapeError, match="response of 1 by 2, row 0 to 0 and column 0 to 1; found"):
        small_sum(place=place)


def test_shapes_that_do_not_fit() -> None:
    way = geometry((4, 4), (2, 2))
    with pytest.raises(ShapeError, match=r"\[5, 4\] and \[2, 2\]"):
        written_out(np.zeros((5, 4)), np.ones((2, 2)), (0, 0), way)
    with pytest.raises(ShapeError, match=r"\[2, 2, 3\] and \[4, 4\]"):
        written_out(np.zeros((4, 4)), np.ones((2, 2, 3)), (0, 0), way)


def test_the_common_part_of_weights() -> None:
    assert common_part(np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / np.float32(256)) == 256
    assert common_part(np.array([[1 / 2, 1 / 3]], np.float32)) == 6
    assert common_part(np.array([[1.0, -2.0]])) == 1
    assert common_part(np.random.default_rng(0).normal(size=(3, 3))) == 1


def test_json_holds_the_numbers() -> None:
    values: Any = small_sum(place=(0, 1), bias=2).to_json()
    assert (values["row"], values["column"]) == (0, 1)
    assert values["sums"][0]["pixels"] == [[198, 7], [40, 9]]
    assert values["sums"][0]["value"] == 198 + 7 - 40 - 9 + 2
    json.dumps(values)
