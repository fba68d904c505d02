"""Kernels on pictures: against a loop, SciPy and Keras on 500 random cases, and against what cannot be."""

import json
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy import signal

import seefood
from seefood.convolution import fast
from seefood.convolution.correlation import by_definition, convolve, pixels
from seefood.errors import PictureError, ShapeError

Array = np.ndarray[Any, np.dtype[Any]]
CASES = 500
LARGEST_ERROR = 1e-5


@dataclass(frozen=True)
class Case:
    """A picture [h, w] or [h, w, c], a kernel of 2, 3 or 4 dimensions, and how it walks."""

    picture: Array
    kernel: Array
    bias: Array
    stride: tuple[int, int]
    padding: Any
    dilation: tuple[int, int]

    @property
    def settings(self) -> dict[str, Any]:
        bias = self.bias if self.kernel.ndim == 4 else float(self.bias[0])
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation, "bias": bias}

    @property
    def sides(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Zeros ((top, bottom), (left, right)), counted here by trying: the fewest that give an answer a stride."""
        if self.padding == "valid":
            return (0, 0), (0, 0)
        if self.padding != "same":
            return self.padding  # type: ignore[no-any-return]
        sides = []
        for size, kernel, stride, gap in zip(
            self.picture.shape, self.kernel.shape, self.stride, self.dilation, strict=False
        ):
            reach = (kernel - 1) * gap + 1
            wanted = len(range(0, size, stride))
            fewest = next(n for n in range(999) if len(range(0, size + n - reach + 1, stride)) == wanted)
            sides.append((fewest // 2, fewest - fewest // 2))
        return sides[0], sides[1]


def random_case(random: np.random.Generator) -> Case:
    """Even, odd and not square kernels; each way to pad; strides and dilations that differ down and across."""
    while True:
        kernel_size = tuple(int(side) for side in random.integers(1, 6, 2))
        channels, filters = (int(n) for n in random.integers(1, 4, 2))
        dimensions = int(random.integers(2, 5))
        size = tuple(int(side) for side in random.integers(3, 13, 2))
        picture = random.normal(0, 100, (*size, channels))
        picture = picture[..., 0] if channels == 1 and random.random() < 0.5 else picture
        stride, dilation = (tuple(int(n) for n in random.integers(1, 4, 2)) for _ in range(2))
        stride, dilation = [(stride, dilation), (stride, (1, 1)), ((1, 1), dilation)][int(random.integers(3))]
        zeros = random.integers(0, 4, (2, 2)).tolist()
        paddings = ["valid", "same", "same", tuple(tuple(side) for side in zeros)]
        padding = paddings[int(random.integers(len(paddings)))]
        shape = kernel_size + {2: (), 3: (channels,), 4: (channels, filters)}[dimensions]
        kernel = random.normal(0, 1, shape).astype(np.float32)
        bias = random.normal(0, 50, filters if dimensions == 4 else 1).astype(np.float32)
        case = Case(picture.astype(np.float32), kernel, bias, stride, padding, dilation)  # type: ignore[arg-type]
        reaches = [(kernel - 1) * gap + 1 for kernel, gap in zip(kernel_size, dilation, strict=True)]
        if all(reach <= side + sum(pads) for reach, side, pads in zip(reaches, size, case.sides, strict=True)):
            return case


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    random = np.random.default_rng(20)
    return [random_case(random) for _ in range(CASES)]


def error(found: Array, expected: Array) -> float:
    assert found.shape == expected.shape
    return float(abs(found - expected).max() / max(abs(expected).max(), 1.0))


def loop(case: Case) -> Array:
    """The definition, written anew: zeros around the picture, then every window times the kernel, added up."""
    picture = case.picture if case.picture.ndim == 3 else case.picture[..., np.newaxis]
    padded = np.pad(picture.astype(np.float64), [*case.sides, (0, 0)])
    (kh, kw), (down, across), (gap, gap_across) = case.kernel.shape[:2], case.stride, case.dilation
    rows = range(0, padded.shape[0] - (kh - 1) * gap, down)
    columns = range(0, padded.shape[1] - (kw - 1) * gap_across, across)
    answer = np.empty((len(rows), len(columns), max(picture.shape[2], len(case.bias))))
    last = {2: picture.shape[2], 3: 1, 4: len(case.bias)}[case.kernel.ndim]
    for r, top in enumerate(rows):
        for c, left in enumerate(columns):
            window = padded[top : top + (kh - 1) * gap + 1 : gap, left : left + (kw - 1) * gap_across + 1 : gap_across]
            if case.kernel.ndim == 2:
                answer[r, c, :last] = (window * case.kernel[..., np.newaxis]).sum((0, 1)) + case.bias
            elif case.kernel.ndim == 3:
                answer[r, c, 0] = (window * case.kernel).sum() + case.bias[0]
            else:
                answer[r, c, :last] = (window[..., np.newaxis] * case.kernel).sum((0, 1, 2)) + case.bias
    answer = answer[..., :last]
    plain = case.kernel.ndim == 3 or (case.kernel.ndim == 2 and case.picture.ndim == 2)
    return answer[..., 0] if plain else answer


def by_scipy(case: Case) -> Array:
    """signal.correlate on the padded picture with zeros in the kernel's gaps; every stride-th answer."""
    picture = case.picture if case.picture.ndim == 3 else case.picture[..., np.newaxis]
    padded = np.pad(picture.astype(np.float64), [*case.sides, (0, 0)])
    kernel = case.kernel.reshape(case.kernel.shape + (1,) * (4 - case.kernel.ndim)).astype(np.float64)
    gapped = np.zeros(
        tuple((n - 1) * gap + 1 for n, gap in zip(kernel.shape[:2], case.dilation, strict=True)) + kernel.shape[2:]
    )
    gapped[:: case.dilation[0], :: case.dilation[1]] = kernel
    stepped = slice(None, None, case.stride[0]), slice(None, None, case.stride[1])

    def one(plane: Array, weights: Array) -> Array:
        return signal.correlate(plane, weights, "valid", method="direct")[stepped]

    channels = range(picture.shape[2])
    if case.kernel.ndim == 2:
        answer = np.stack([one(padded[..., c], gapped[..., 0, 0]) + case.bias[0] for c in channels], axis=2)
        return answer if case.picture.ndim == 3 else answer[..., 0]
    filters = [
        sum((one(padded[..., c], gapped[..., c, n]) for c in channels), np.array(0.0)) + case.bias[n]
        for n in range(kernel.shape[3])
    ]
    return np.stack(filters, axis=2) if case.kernel.ndim == 4 else filters[0]


def test_it_equals_loops_and_scipy(cases: list[Case]) -> None:
    worst = {"loop": 0.0, "definition": 0.0, "scipy": 0.0}
    for case in cases:
        found = convolve(case.picture, case.kernel, **case.settings)
        assert found.dtype == np.float32
        worst["loop"] = max(worst["loop"], error(found, loop(case)))
        worst["definition"] = max(
            worst["definition"], error(found, by_definition(case.picture, case.kernel, **case.settings))
        )
        worst["scipy"] = max(worst["scipy"], error(found, by_scipy(case)))
    assert max(worst.values()) < LARGEST_ERROR, worst


def test_the_definition_is_exact(cases: list[Case]) -> None:
    for case in cases[:100]:
        assert error(by_definition(case.picture, case.kernel, **case.settings), loop(case)) < 1e-12


def test_the_cases_are_of_every_kind(cases: list[Case]) -> None:
    assert {case.kernel.ndim for case in cases} == {2, 3, 4}
    even = [case for case in cases if case.padding == "same" and case.kernel.shape[0] % 2 == 0]
    assert len(even) > 50
    assert sum(sum(map(sum, case.sides)) % 2 for case in even) > 20
    alone = [case for case in even if max(case.stride) == 1 or max(case.dilation) == 1]
    assert len(alone) > 20  # Keras itself decides where their zeros go
    assert any(max(case.stride) > 1 and max(case.dilation) > 1 for case in cases)


def test_it_equals_keras(cases: list[Case], keras: Callable[[str, Path], None], tmp_path: Path) -> None:
    arrays: dict[str, Any] = {}
    described: dict[str, dict[str, Any]] = {}
    for number, case in enumerate(cases):
        planes = case.picture if case.picture.ndim == 3 else case.picture[..., np.newaxis]
        batch = np.moveaxis(planes, 2, 0)[..., np.newaxis] if case.kernel.ndim == 2 else planes[np.newaxis]
        kernel = case.kernel.reshape(case.kernel.shape + (1,) * (4 - case.kernel.ndim))
        arrays |= {f"{number}/picture": batch, f"{number}/kernel": kernel, f"{number}/bias": case.bias}
        walk = {"stride": case.stride, "dilation": case.dilation, "padding": case.padding, "sides": case.sides}
        described[str(number)] = walk
    np.savez(tmp_path / "cases.npz", **arrays)
    (tmp_path / "cases.json").write_text(json.dumps(described))
    keras("convolution", tmp_path)
    answers = np.load(tmp_path / "answers.npz")
    assert len(answers.files) == CASES
    worst = 0.0
    for name in answers.files:
        case = cases[int(name)]
        found = convolve(case.picture, case.kernel, **case.settings)
        expected = answers[name]
        expected = np.moveaxis(expected[..., 0], 0, 2) if case.kernel.ndim == 2 else expected[0]
        worst = max(worst, error(found, expected.reshape(found.shape)))
    assert worst < LARGEST_ERROR


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64, np.int16, bool])
def test_a_picture_of_many_bands_equals_scipy(dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bands of one and of a few rows, with a kernel taller than a band, and a stride that is no part of one."""
    random = np.random.default_rng(3)
    picture = random.integers(0, 2 if dtype is bool else 256, (301, 203)).astype(dtype)
    kernel = random.normal(size=(7, 4)).astype(np.float32).astype(np.float64)
    padded = np.pad(picture.astype(np.float64), ((3, 3), (1, 2)))
    expected = signal.correlate(padded, kernel, "valid", method="direct")
    for band in (1, 1000, 5000, 1 << 19):
        monkeypatch.setattr(fast, "BAND", band)
        assert error(convolve(picture, kernel, padding="same"), expected) < LARGEST_ERROR
        assert (
            error(convolve(picture, kernel, padding=((3, 3), (1, 2)), stride=(4, 3)), expected[::4, ::3])
            < LARGEST_ERROR
        )


def test_many_filters_in_bands_equal_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(4)
    picture, kernel = random.normal(size=(40, 30, 2)), random.normal(size=(5, 4, 2, 20))
    padded = np.pad(picture, ((2, 2), (1, 2), (0, 0)))
    answers = [signal.correlate(padded, kernel[..., n], "valid", method="direct")[..., 0] for n in range(20)]
    expected = np.stack(answers, axis=2)
    for band in (1, 2000, 9000, 1 << 22):
        monkeypatch.setattr(fast, "BAND_OF_FILTERS", band)
        assert error(convolve(picture, kernel, padding="same"), expected) < LARGEST_ERROR
        padding = ((2, 2), (1, 2))
        assert error(convolve(picture, kernel, padding=padding, stride=(3, 2)), expected[::3, ::2]) < LARGEST_ERROR


def test_flipped_it_is_the_convolution_of_mathematics() -> None:
    random = np.random.default_rng(5)
    picture, kernel = random.normal(size=(9, 11)), random.normal(size=(4, 3))
    assert error(convolve(picture, kernel, flip=True), signal.convolve2d(picture, kernel, "valid")) < LARGEST_ERROR
    assert error(by_definition(picture, kernel, flip=True), signal.convolve2d(picture, kernel, "valid")) < 1e-6
    assert error(convolve(picture, kernel), signal.convolve2d(picture, kernel, "valid")) > 0.1


def test_by_hand() -> None:
    """Bright above dark: 1 × 9 + 1 × 8 − 1 × 2 − 1 × 1 = 14; then 8 + 7 − 1 − 0 = 14."""
    picture = [[9, 8, 7], [2, 1, 0]]
    assert convolve(picture, [[1, 1], [-1, -1]]).tolist() == [[14, 14]]
    # "same" of an even kernel has its zeros at the bottom and at the right: 8 = 9 − 1, 8 = 8 − 0, 2 = 2 − 0, 1 = 1 − 0.
    assert convolve([[9, 8], [2, 1]], [[1, 0], [0, -1]], padding="same").tolist() == [[8, 8], [2, 1]]


def test_files_and_images_are_decoded(tmp_path: Path) -> None:
    random = np.random.default_rng(6)
    grey = random.integers(0, 256, (12, 10), dtype=np.uint8)
    colour = random.integers(0, 256, (12, 10, 3), dtype=np.uint8)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    Image.fromarray(colour).save(tmp_path / "colour.png")
    kernel = [[1, -1], [1, -1]]
    for source in (tmp_path / "grey.png", str(tmp_path / "grey.png"), (tmp_path / "grey.png").read_bytes()):
        assert np.array_equal(convolve(source, kernel), convolve(grey, kernel))
    assert np.array_equal(seefood.convolve(Image.fromarray(colour), kernel), convolve(colour, kernel))
    assert pixels(tmp_path / "colour.png").shape == (12, 10, 3)


def test_the_picture_is_left_as_it_was() -> None:
    picture = np.arange(20, dtype=np.float32).reshape(4, 5)
    picture.flags.writeable = False
    before = picture.copy()
    convolve(picture, [[1, 0], [0, -1]], padding="same", bias=3)
    assert np.array_equal(picture, before)


GREY, COLOUR = np.zeros((6, 8)), np.zeros((6, 8, 3))


@pytest.mark.parametrize(
    ("picture", "kernel", "settings", "words"),
    [
        (GREY, np.ones((7, 2)), {}, "a kernel of 7 by 2 and a picture of 6 by 8; use a smaller kernel"),
        (GREY, np.ones((3, 3)), {"dilation": 4}, "a kernel of 3 by 3, which spans 9 by 9 with dilation 4, 4"),
        (GREY, np.ones((2, 9)), {"padding": (1, 0)}, "a picture of 6 by 8, 8 by 8 with its padding"),
        (GREY, np.ones((2, 2)), {"stride": 0}, "expected a stride of 1 or more.*found 0"),
        (GREY, np.ones((2, 2)), {"stride": (1, 1.5)}, "expected a stride of 1 or more"),
        (GREY, np.ones((2, 2)), {"dilation": -1}, "expected a dilation of 1 or more.*found -1"),
        (GREY, np.ones((2, 2)), {"padding": "full"}, "expected padding as 'valid', 'same'.*found 'full'"),
        (GREY, np.ones((2, 2)), {"padding": -1}, "none of them negative; found -1"),
        (GREY, np.ones((2, 2)), {"padding": ((1, 2), (3, -4))}, "none of them negative"),
        (GREY, np.ones((2, 2)), {"padding": 10**9}, "expected an answer of at most"),
        (
            COLOUR,
            np.ones((2, 2, 1, 4)),
            {},
            r"expected a kernel \[height, width, 3, filters\].*\[6, 8, 3\].*\[2, 2, 1, 4\]",
        ),
        (
            GREY,
            np.ones((2, 2, 3)),
            {},
            r"expected a kernel \[height, width, 1\].*\[6, 8\]; found one of shape \[2, 2, 3\]",
        ),
        (GREY, np.ones((2, 2)), {"bias": [1, 2]}, r"expected a bias that is one number.*found one of shape \[2\]"),
        (GREY, np.ones((2, 2)), {"bias": "much"}, "expected a bias that is one number"),
        (GREY, np.ones((2, 2)), {"bias": float("nan")}, "expected a finite bias"),
        (GREY, [[1, 2], [3]], {}, "expected a kernel whose rows are equally long; found rows of 2 and 1"),
        (GREY, [[1, "2"], [3, 4]], {}, "expected a kernel of numbers; found '2'"),
        (GREY, [[1, float("nan")], [3, 4]], {}, "expected a kernel of finite numbers; found nan"),
        (GREY, np.array([[1, np.inf]]), {}, r"expected a kernel of finite numbers; found inf at \[0, 1\]"),
        (GREY, [[1, 10**400]], {}, "expected a kernel of finite numbers"),
        (GREY, [[1, 1e300]], {}, "expected a kernel of finite numbers"),
        (GREY, [], {}, r"expected a kernel as rows of numbers.*found one of shape \[0\]"),
        (GREY, [[]], {}, r"expected a kernel as rows of numbers.*found one of shape \[1, 0\]"),
        (GREY, [1, 2], {}, r"expected a kernel as rows of numbers.*found one of shape \[2\]"),
        (GREY, 3, {}, "expected a kernel as rows of numbers"),
        (GREY, [[1j, 2]], {}, "expected a kernel of numbers"),
        (GREY, np.ones((2, 600)), {}, "expected a kernel of at most 512 by 512"),
        (GREY, "no such kernel", {}, "no such kernel"),
    ],
)
def test_what_does_not_fit_is_said(picture: Array, kernel: Any, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        convolve(picture, kernel, **settings)
    with pytest.raises(ShapeError, match=words):
        by_definition(picture, kernel, **settings)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        ([[1, 2], [3]], "ragged rows"),
        (np.zeros(5), r"found float64 \[5\]"),
        (np.zeros((0, 5)), r"found float64 \[0, 5\]"),
        (np.zeros((2, 2), complex), "found complex128"),
        (np.array([["a", "b"]]), "found <U1"),
        (np.array([[1, np.nan], [2, 3]]), r"\[2, 2\]; found nan at \[0, 1\]"),
        (np.array([[1, 2], [-np.inf, 3]]), r"found -inf at \[1, 0\]"),
        (np.array([[1, 2], [1e300, 3]]), r"found 1e\+300 at \[1, 0\]"),
        ("no/such/photo.jpg", "no/such/photo.jpg"),
        (b"not a picture", "expected a picture"),
    ],
)
def test_what_is_no_picture_is_said(picture: Any, words: str) -> None:
    with pytest.raises(PictureError, match=words):
        convolve(picture, [[1, 1], [-1, -1]])


@pytest.mark.filterwarnings("error")
def test_large_numbers_whose_sum_overflows_are_no_fault() -> None:
    picture = np.full((20, 20), 3e37, np.float32)
    assert convolve(picture, [[1, -1]]).max() == 0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("picture", [np.full((4, 4), 200.0), np.full((4, 4), 200, np.uint8), np.full((4, 4), 2e37)])
def test_what_is_too_large_for_float32_is_said(picture: Array) -> None:
    large = 1e38 if picture.max() < 1e3 else 20.0
    for kernel in ([[large, large]], np.full((1, 2, 1, 2), -large), [[large, -large, large, -large]]):
        with pytest.raises(ShapeError, match="expected answers that float32 holds; found some beyond"):
            convolve(picture, kernel)
    with pytest.raises(ShapeError, match="expected answers that float32 holds"):
        convolve(np.ones((2, 2)), [[2e38]], bias=2e38)
    with pytest.raises(ShapeError, match=r"weights up to 1e\+38 and a bias up to 3e\+38"):
        convolve(np.ones((1, 1)), [[1e38]], bias=3e38)


@pytest.mark.filterwarnings("error")
def test_what_float32_just_holds_is_no_fault() -> None:
    """Also where a bound from sizes alone cannot say so."""
    assert convolve(np.full((2, 2), 3e38), [[1.0]]).max() == np.float32(3e38)
    assert convolve(np.ones((2, 2), np.uint8), [[3e38]], bias=-1e38).max() == np.float32(3e38) - np.float32(1e38)
    assert convolve(np.full((3, 3), 1e-30), [[3e38]]).max() == pytest.approx(3e8)
    over = float(np.finfo(np.float32).max) * (1 + 1e-9)  # float64 that float32 rounds down to its largest
    assert convolve(np.full((2, 2), over), [[0.5]]).max() == pytest.approx(over / 2)


def test_a_huge_answer_is_refused_before_memory_is_taken() -> None:
    tracemalloc.start()
    wide = np.zeros((1, 2, 3), np.uint8)
    cases: list[tuple[Any, dict[str, Any], str]] = [
        (
            [[1.0]],
            {"padding": 1 << 13},
            "answer",
        ),  # 2 to the 28 and a little, three times
        (np.ones((1, 1, 3)), {"padding": 1 << 14}, "answer"),
        (np.ones((1, 1, 3, 40)), {"padding": 2000}, "answer"),
        (np.ones((1, 1, 3)), {"padding": 10**9, "stride": 10**8}, "padding"),
        (np.ones((3, 3, 3)), {"padding": "same", "dilation": 10**8}, "padding"),
    ]
    try:
        for kernel, walk, what in cases:
            with pytest.raises(ShapeError, match=f"expected {'an ' * (what == 'answer')}{what} of at most 536,870,912"):
                convolve(wide, kernel, **walk)
        assert tracemalloc.get_traced_memory()[1] < 1 << 22
    finally:
        tracemalloc.stop()


def test_numbers_of_other_kinds_are_numbers() -> None:
    """NumPy's integers, and every real number as a bias."""
    picture = np.random.default_rng(7).normal(size=(9, 10))
    kernel = np.random.default_rng(8).normal(size=(2, 3))
    expected = convolve(picture, kernel, stride=(2, 1), padding=((1, 1), (2, 2)), dilation=(1, 2), bias=0.5)
    others: dict[str, Any] = {
        "stride": (np.int64(2), np.uint8(1)),
        "padding": (np.int32(1), np.int64(2)),
        "dilation": (np.int64(1), np.int16(2)),
    }
    biases: tuple[Any, ...] = (np.float64(0.5), np.float16(0.5), Fraction(1, 2))
    for bias in biases:
        assert np.array_equal(convolve(picture, kernel, **others, bias=bias), expected)
    once: dict[str, Any] = {"stride": np.int64(2), "dilation": np.int64(2), "padding": np.int64(1)}
    assert np.array_equal(convolve(picture, kernel, **once), convolve(picture, kernel, stride=2, dilation=2, padding=1))
    whatever: Any = "SAME"
    assert np.array_equal(convolve(picture, kernel, padding=whatever), convolve(picture, kernel, padding="same"))
    for wrong in (True, np.bool_(1), np.float64(2), 2.0, np.array([1, 2]), "2", (1, 2, 3), (2,), None):
        for name in ("stride", "dilation", "padding"):
            settings: dict[str, Any] = {name: wrong}
            with pytest.raises(ShapeError, match=name):
                convolve(picture, kernel, **settings)
