"""What a chart shows between its axes: lines, points, a raster of colours, vertical marks; and how each is drawn.

Numbers that are none leave gaps. What cannot be told apart on paper is drawn once: of a line, the first, lowest,
highest and last value of each column of pixels are kept, so that no spike is lost.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seefood.drawing.colours import CARD, INK, MUTED
from seefood.drawing.svg import Element, element, number, raster
from seefood.drawing.ticks import Scale
from seefood.errors import ShapeError

__all__ = ["SHAPES", "Line", "Mark", "Points", "Raster", "Series", "Shape", "in_columns", "line", "outline", "points"]

Array = NDArray[np.float64]
Shape = Literal["circle", "square", "triangle", "diamond", "cross", "plus", "star", "down", "hexagon", "bar"]
SHAPES: tuple[Shape, ...] = get_args(Shape)
"""In this order for classes, as the colours are."""

FEW_POINTS = 3000
"""Up to here each is drawn, also where they lie on each other."""
FAR = 1e5
"""Pixels; farther out, positions are moved to here: a line that leaves the chart leaves it all the same."""


@dataclass(frozen=True, eq=False)
class Line:
    """A line through (x, y); NaN and infinity break it. ``dashes`` as in SVG: "6 4".

    Raises ShapeError where x and y are not two rows of equally many numbers.
    """

    x: ArrayLike
    y: ArrayLike
    label: str = ""
    colour: str = INK
    width: float = 2.0
    opacity: float = 1.0
    dashes: str | None = None

    def __post_init__(self) -> None:
        _set_coordinates(self)


@dataclass(frozen=True, eq=False)
class Points:
    """Points at (x, y), all of one shape and colour; ``ringed`` is bool [n] where some are to be noticed.

    Raises ShapeError where the rows are not equally long.
    """

    x: ArrayLike
    y: ArrayLike
    label: str = ""
    colour: str = INK
    shape: Shape = "circle"
    size: float = 7.0
    ringed: ArrayLike | None = None

    def __post_init__(self) -> None:
        _set_coordinates(self)
        length = np.shape(self.x)
        if self.ringed is not None and np.shape(self.ringed) != length:
            raise _unlike("one ring or none for each point", np.shape(self.ringed), length)


@dataclass(frozen=True, eq=False)
class Raster:
    """Colours behind everything, uint8 [rows, columns, 3], the first row on top; ``box`` is left, bottom, right, top
    in the axes' numbers."""

    pixels: NDArray[np.uint8]
    box: tuple[float, float, float, float]
    smooth: bool = False

    @property
    def x(self) -> Array:
        """Its left and its right end."""
        return np.array([self.box[0], self.box[2]])

    @property
    def y(self) -> Array:
        """Its bottom and its top."""
        return np.array([self.box[1], self.box[3]])


@dataclass(frozen=True)
class Mark:
    """A vertical line at x over the whole height, with a word at its top where there is one."""

    x: float
    label: str = ""
    colour: str = MUTED
    dashes: str | None = "2 3"


Series = Line | Points | Raster | Mark


def _set_coordinates(series: Line | Points) -> None:
    x, y = np.asarray(series.x, np.float64), np.asarray(series.y, np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise _unlike("as many x as y, each in one row", x.shape, y.shape)
    object.__setattr__(series, "x", x)
    object.__setattr__(series, "y", y)


def _unlike(expected: str, found: tuple[int, ...], beside: tuple[int, ...]) -> ShapeError:
    return ShapeError(f"expected {expected}; found shapes {list(found)} and {list(beside)}; give them alike")


def line(series: Line, across: Scale, up: Scale) -> Element:
    """A line as one path."""
    x, y = across.pixels(series.x), up.pixels(series.y)
    drawn = in_columns(np.clip(x, -FAR, FAR), np.clip(y, -FAR, FAR))
    return element(
        "path",
        class_="line",
        d=_connected(*drawn),
        fill="none",
        stroke=series.colour,
        stroke_width=series.width,
        stroke_linecap="round",
        stroke_linejoin="round",
        stroke_dasharray=series.dashes,
        opacity=None if series.opacity == 1 else series.opacity,
    )


def in_columns(x: Array, y: Array) -> tuple[Array, Array]:
    """The points of a line, in pixels, that can be seen: at most four a column of pixels, in their order, and the gaps.

    A line that turns back keeps all but those at the place of the point before.

    >>> x, y = in_columns(np.linspace(0, 1.9, 1000), np.sin(np.linspace(0, 100, 1000)))
    >>> len(x) <= 8, bool(y.max() > 0.999)
    (True, True)
    """
    drawable = np.isfinite(x) & np.isfinite(y)
    xs = x[drawable]
    if len(x) < 500 or np.any(np.diff(xs) < 0):
        kept = np.ones(len(x), bool)
        kept[1:] = (np.abs(np.diff(x)) > 0.02) | (np.abs(np.diff(y)) > 0.02) | ~drawable[1:] | ~drawable[:-1]
        kept &= drawable | np.append(False, drawable[:-1])
        return x[kept], np.where(drawable, y, np.nan)[kept]
    columns = np.floor(np.where(drawable, x, 0))
    kept = ~drawable & np.append(False, drawable[:-1])
    indices = np.flatnonzero(drawable)
    starts = np.flatnonzero(np.append(True, np.diff(columns[indices]) != 0)) if len(indices) else indices
    for begin, end in zip(starts, np.append(starts[1:], len(indices)), strict=True):
        column = indices[begin:end]
        kept[[column[0], column[-1], column[y[column].argmin()], column[y[column].argmax()]]] = True
    return x[kept], np.where(drawable, y, np.nan)[kept]


def _connected(x: Array, y: Array) -> str:
    """A path with gaps at NaN; a point alone is a line of no length, which round ends make a dot."""
    parts: list[str] = []
    pen_down, alone = False, False
    for across, down in zip(x.tolist(), y.tolist(), strict=True):
        if math.isnan(across) or math.isnan(down):
            parts.extend(["h0"] if alone else [])
            pen_down = alone = False
            continue
        parts.append(f"{'L' if pen_down else 'M'}{number(across)} {number(down)}")
        pen_down, alone = True, not pen_down
    return "".join([*parts, "h0"] if alone else parts)


def points(series: Points, across: Scale, up: Scale) -> list[Element]:
    """Points as one path with a light edge around each, and rings around those to be noticed."""
    x, y = across.pixels(series.x), up.pixels(series.y)
    rings = np.zeros(len(x), bool) if series.ringed is None else np.asarray(series.ringed, bool)
    inside = np.isfinite(x) & np.isfinite(y) & (np.abs(x) < FAR) & (np.abs(y) < FAR)
    x, y, rings = _apart(x[inside], y[inside], rings[inside], series.size)
    drawn = []
    if rings.any():
        around = _path("circle", x[rings], y[rings], series.size + 6)
        drawn += [_ring(around, CARD, 3.2), _ring(around, INK, 1.3)]
    path = _path(series.shape, x, y, series.size)
    looks: dict[str, Any] = {"stroke": CARD, "stroke_width": 1.2, "paint_order": "stroke"}
    return [*drawn, element("path", class_="points", d=path, fill=series.colour, stroke_linejoin="round", **looks)]


def _ring(path: str, colour: str, width: float) -> Element:
    return element("path", class_="rings", d=path, fill="none", stroke=colour, stroke_width=width)


def _apart(x: Array, y: Array, rings: NDArray[np.bool_], size: float) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Of very many points, one for each small cell of the paper, ringed ones apart from the others."""
    if len(x) <= FEW_POINTS:
        return x, y, rings
    cells = np.stack([np.floor(x * 3 / size), np.floor(y * 3 / size), rings], axis=1)
    kept = np.sort(np.unique(cells, axis=0, return_index=True)[1])
    return x[kept], y[kept], rings[kept]


def outline(shape: Shape, x: float, y: float, size: float) -> str:
    """The path of one shape around (x, y), ``size`` pixels across, all of about the same area.

    >>> outline("square", 10, 10, 10)
    'M5.6 5.6h8.8v8.8h-8.8z'
    """
    return _path(shape, np.array([x]), np.array([y]), size)


def _path(shape: Shape, x: Array, y: Array, size: float) -> str:
    dx, dy, rest = _drawn_from(shape, size / 2)
    places = zip((x + dx).tolist(), (y + dy).tolist(), strict=True)
    return "".join(f"M{number(across)} {number(down)}{rest}" for across, down in places)


def _drawn_from(shape: Shape, r: float) -> tuple[float, float, str]:
    """Where the pen begins, from the centre, and how it goes on from there."""
    if shape == "circle":
        n, d = number(r), number(2 * r)
        return -r, 0.0, f"a{n} {n} 0 1 0 {d} 0a{n} {n} 0 1 0 -{d} 0z"
    if shape == "square":
        d = number(1.76 * r)
        return -0.88 * r, -0.88 * r, f"h{d}v{d}h-{d}z"
    corners = [(r * dx, r * dy) for dx, dy in _CORNERS[shape]]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(corners)]
    return *corners[0], "".join(f"l{number(dx)} {number(dy)}" for dx, dy in steps) + "z"


def _turned(count: int, radii: tuple[float, ...], start: float = -90.0) -> list[tuple[float, float]]:
    """Corners around a circle, clockwise, with these radii by turns; the first is on top."""
    angles = np.deg2rad(start + 360 / count * np.arange(count))
    lengths = np.resize(radii, count)
    return list(zip((lengths * np.cos(angles)).tolist(), (lengths * np.sin(angles)).tolist(), strict=True))


def _plus(arm: float, half: float) -> list[tuple[float, float]]:
    return [
        *((-half, -arm), (half, -arm), (half, -half), (arm, -half), (arm, half), (half, half)),
        *((half, arm), (-half, arm), (-half, half), (-arm, half), (-arm, -half), (-half, -half)),
    ]


_CORNERS: dict[str, list[tuple[float, float]]] = {
    "triangle": _turned(3, (1.25,)),
    "down": _turned(3, (1.25,), 90.0),
    "diamond": _turned(4, (1.2,)),
    "cross": [((x - y) * 0.7071, (x + y) * 0.7071) for x, y in _plus(1.25, 0.4)],
    "plus": _plus(1.15, 0.38),
    "star": _turned(10, (1.35, 0.6)),
    "hexagon": _turned(6, (1.05,)),
    "bar": [(-0.42, -1.2), (0.42, -1.2), (0.42, 1.2), (-0.42, 1.2)],
}


def background(series: Raster, across: Scale, up: Scale) -> Element:
    """A raster where its box is."""
    (left, right), (bottom, top) = across.pixels(series.x).tolist(), up.pixels(series.y).tolist()
    return raster(series.pixels, (left, top, right - left, bottom - top), smooth=series.smooth)
