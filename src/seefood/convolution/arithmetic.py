"""One answer written out: the pixels under the kernel, each product, and their sum.

The numbers here are float64 and added up one by one, so that a reader can follow them; `convolve` computes in float32.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.convolution.geometry import Geometry
from seefood.convolution.kernels import KernelLike, numbers
from seefood.errors import ShapeError

__all__ = ["Arithmetic", "Sum", "common_part", "in_words", "written_out"]

Array = NDArray[Any]

MINUS = "\u2212"
MOST_TERMS = 25
"""Products that are written; of longer sums the first and the last few are."""
FIRST, LAST = 6, 3
COLOURS = ("red", "green", "blue")


@dataclass(frozen=True, eq=False)
class Sum:
    """The products of one answer.

    Attributes:
        name: of the channel or filter; empty where there is only one answer.
        weights: float64 [height, width] or, over several channels, [height, width, channels]; as they lie on the
            picture, so already turned where the kernel was flipped.
        pixels: what lies under them, of the same shape; 0 in the padding.
        inside: bool [height, width], False in the padding.
        bias: what is added in the end.
    """

    name: str
    weights: Array
    pixels: Array
    inside: Array
    bias: float = 0.0

    @property
    def products(self) -> Array:
        """Weight times pixel, each."""
        return self.weights * self.pixels

    @property
    def value(self) -> float:
        """The answer."""
        return float(self.products.sum()) + self.bias

    def __str__(self) -> str:
        """The sum as one writes it: ``1 × 203 + 1 × 198 − 1 × 35 − 1 × 40 = 326``; [0] is a zero of the padding.

        Weights that are all n-ths are written as whole numbers, in brackets over n.
        """
        inside = self.inside if self.weights.ndim == 2 else np.repeat(self.inside[..., None], self.weights.shape[2], 2)
        part = common_part(self.weights)
        weights = np.rint(self.weights * part) if part > 1 else self.weights
        terms = list(zip(weights.ravel(), self.pixels.ravel(), inside.ravel(), strict=True))
        parts = [_term(*term, first=index == 0) for index, term in enumerate(terms)]
        if len(parts) > MOST_TERMS:
            left_out = f"+ … {len(parts) - FIRST - LAST:,} more …"
            parts = [*parts[:FIRST], left_out, *parts[-LAST:]]
        if part > 1:
            parts = [f"({' '.join(parts)}) / {part}"]
        if self.bias:
            parts.append(f"{MINUS if self.bias < 0 else '+'} {in_words(abs(self.bias))}")
        start = f"{self.name}: " if self.name else ""
        return f"{start}{' '.join(parts)} = {in_words(self.value)}"


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """How one answer came about.

    Attributes:
        place: its row and column in the response.
        rows, columns: of the picture, one for each row and column of the kernel; outside the picture in the padding.
        sums: one for each channel or filter that answers.
    """

    place: tuple[int, int]
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    sums: tuple[Sum, ...]

    def lines(self) -> list[str]:
        """Where the kernel stands, then each sum; rows and columns count from 0, as in arrays."""
        row, column = self.place
        lies = f"{_span('row', self.rows)} and {_span('column', self.columns)}"
        where = f"answer {row}, {column}: the kernel lies on {lies}"
        padded = "" if all(answer.inside.all() for answer in self.sums) else "; [0] lies in the padding"
        return [where + padded, *map(str, self.sums)]

    def to_json(self) -> dict[str, object]:
        """Row and column, and for each sum its weights, pixels, bias and value."""
        sums = [
            {
                "name": answer.name,
                "weights": answer.weights.tolist(),
                "pixels": answer.pixels.tolist(),
                "bias": answer.bias,
                "value": answer.value,
                "text": str(answer),
            }
            for answer in self.sums
        ]
        return {"row": self.place[0], "column": self.place[1], "sums": sums}


def written_out(
    picture: Array,
    kernel: KernelLike,
    place: tuple[int, int],
    geometry: Geometry,
    *,
    bias: float | Sequence[float] = 0.0,
    flip: bool = False,
) -> Arithmetic:
    """The arithmetic of one answer of ``convolve(picture, kernel, …)``.

    Args:
        picture: [height, width] or [height, width, channels].
        kernel: as in `convolve`: a plane answers for each channel, [h, w, c] once, [h, w, c, f] for each filter.
        place: row and column in the response, from 0.
        geometry: how the kernel walks; made with the same stride, padding and dilation.
        bias: one number, or one for each filter.
        flip: as in `convolve`.

    Raises:
        ShapeError: a place outside the response, or a kernel or picture that the geometry was not made for.

    >>> from seefood.convolution.geometry import geometry
    >>> picture = np.array([[203, 198], [35, 40]])
    >>> print(written_out(picture, [[1, 1], [-1, -1]], (0, 0), geometry((2, 2), (2, 2))).sums[0])
    1 × 203 + 1 × 198 − 1 × 35 − 1 × 40 = 326
    """
    weights = numbers(kernel).astype(np.float64)
    _check(picture, weights, place, geometry)
    place = (int(place[0]), int(place[1]))
    if flip:
        weights = weights[::-1, ::-1]
    top, left = geometry.corner(*place)
    rows = [top + index * geometry.dilation[0] for index in range(geometry.kernel[0])]
    columns = [left + index * geometry.dilation[1] for index in range(geometry.kernel[1])]
    inside = np.outer(
        [0 <= row < geometry.picture[0] for row in rows], [0 <= column < geometry.picture[1] for column in columns]
    )
    under = np.zeros((*geometry.kernel, *picture.shape[2:]))
    under[inside] = picture[
        np.repeat(rows, len(columns)).reshape(inside.shape)[inside],
        np.tile(columns, len(rows)).reshape(inside.shape)[inside],
    ]
    return Arithmetic(place, tuple(rows), tuple(columns), tuple(_sums(weights, under, inside, bias)))


def _sums(weights: Array, under: Array, inside: Array, bias: float | Sequence[float]) -> list[Sum]:
    if weights.ndim == 4:
        stack = under if under.ndim == 3 else under[..., None]
        biases = np.broadcast_to(np.asarray(bias, np.float64), weights.shape[3])
        filters = enumerate(np.moveaxis(weights, 3, 0), 1)
        return [Sum(f"filter {index}", plane, stack, inside, float(biases[index - 1])) for index, plane in filters]
    constant = float(np.asarray(bias, np.float64).reshape(-1)[0])
    if weights.ndim == 3:
        return [Sum("", weights, under if under.ndim == 3 else under[..., None], inside, constant)]
    if under.ndim == 2:
        return [Sum("", weights, under, inside, constant)]
    count = under.shape[2]
    names = COLOURS if count == 3 else [f"channel {index}" for index in range(1, count + 1)]
    return [Sum(name, weights, under[..., index], inside, constant) for index, name in enumerate(names)]


def in_words(number: float) -> str:
    """A number as one writes it by hand: whole where it is whole, else with three digits or so, and a real minus.

    >>> in_words(-510.0), in_words(1 / 9), in_words(1234.567), in_words(2.5e9), in_words(1e-9)
    ('−510', '0.111', '1234.6', '2.5e9', '1e−9')
    """
    size = abs(number)
    if size >= 1e7:
        text = f"{size:.3g}"
    elif abs(size - round(size)) < 1e-6 * max(size, 1) and (size >= 0.5 or size == 0):
        text = str(round(size))
    else:
        text = f"{size:.1f}".removesuffix(".0") if size >= 100 else f"{size:.3g}"
    digits, letter, exponent = text.partition("e")
    if letter:
        text = f"{digits}e{MINUS if int(exponent) < 0 else ''}{abs(int(exponent))}"
    return f"{MINUS}{text}" if number < 0 and text != "0" else text


def common_part(weights: Array) -> int:
    """The smallest n up to 1024 for which all weights are n-ths, whole numbers of them; 1 where there is none.

    >>> common_part(np.full((3, 3), 1 / 9)), common_part(np.array([[0.3, np.pi]]))
    (9, 1)
    """
    largest = float(np.abs(weights).max())
    denominators = {Fraction(float(weight)).limit_denominator(1024).denominator for weight in np.unique(weights)[:64]}
    part = int(np.lcm.reduce(list(denominators))) if weights.size <= 1024 and largest else 1
    whole = weights.astype(np.float64) * part
    fits = 1 < part <= 1024 and np.abs(whole).max() < 1000
    fits = fits and bool((np.rint(whole)[whole != 0] != 0).all())  # a tiny weight among n-ths is no 0
    return part if fits and np.allclose(whole, np.rint(whole), atol=1e-4, rtol=1e-6) else 1


def _term(weight: float, pixel: float, inside: bool, *, first: bool) -> str:
    shown = in_words(pixel) if pixel >= 0 else f"({in_words(pixel)})"
    product = f"{in_words(abs(weight))} × {shown if inside else '[0]'}"
    if first:
        return f"{MINUS}{product}" if weight < 0 else product
    return f"{MINUS if weight < 0 else '+'} {product}"


def _span(name: str, places: tuple[int, ...]) -> str:
    if len(places) == 1:
        return f"{name} {in_words(places[0])}"
    step = places[1] - places[0]
    every = "" if step == 1 else f", {step} apart"
    return f"{name}s {in_words(places[0])} to {in_words(places[-1])}{every}"


def _check(picture: Array, weights: Array, place: tuple[int, int], geometry: Geometry) -> None:
    if picture.shape[:2] != geometry.picture or weights.shape[:2] != geometry.kernel or picture.ndim not in (2, 3):
        raise ShapeError(
            f"expected a picture of {_by(geometry.picture)} and a kernel of {_by(geometry.kernel)}; found shapes "
            f"{list(picture.shape)} and {list(weights.shape)}; make the geometry for these"
        )
    channels = picture.shape[2] if picture.ndim == 3 else 1
    if weights.ndim > 2 and weights.shape[2] != channels:
        raise ShapeError(
            f"expected a kernel over as many channels as the picture has; found shapes {list(weights.shape)} and "
            f"{list(picture.shape)}; give the kernel {channels}"
        )
    indices: Sequence[object] = place
    whole = [int(index) for index in indices if isinstance(index, Integral)]
    if len(whole) != 2 or not all(0 <= index < size for index, size in zip(whole, geometry.output, strict=True)):
        height, width = geometry.output
        raise ShapeError(
            f"expected a place in the response of {height} by {width}, row 0 to {height - 1} and column 0 to "
            f"{width - 1}; found {', '.join(map(str, place))}; choose one inside"
        )


def _by(shape: tuple[int, int]) -> str:
    return f"{shape[0]} by {shape[1]}"
