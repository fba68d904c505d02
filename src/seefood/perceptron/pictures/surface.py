"""The loss around a final network drawn: colours, lines of equal loss, and the path that learning walked over them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from seefood.drawing.charts import Axis, Chart, ColourBar, draw
from seefood.drawing.colours import CARD, INK, heat
from seefood.drawing.contours import contour
from seefood.drawing.series import Line, Points, Raster
from seefood.drawing.svg import Drawing
from seefood.drawing.ticks import LARGEST, log_ticks, ticks
from seefood.perceptron.pictures.landscape import Surface
from seefood.perceptron.pictures.numerals import numeral
from seefood.perceptron.pictures.words import Language, said

__all__ = ["draw_surface"]

Array = NDArray[np.float64]

STEEP = 6.0
"""A loss that differs by more than this factor is coloured by factors."""
DOTS = 13


def draw_surface(surface: Surface, width: float = 720, title: str = "", language: Language = "en") -> Drawing:
    """The landscape as colours with lines of equal loss, and on it the path, its start and its end."""
    good = surface.losses[_drawable(surface.losses)]
    low, high = (float(good.min()), float(good.max())) if good.size else (0.0, 1.0)
    high = high if high > low else low + (abs(low) or 1.0)
    log = low > 0 and high > STEEP * low
    levels = _levels(low, high, log=log)
    lines = [
        Line(*contour(surface.x, surface.y, surface.losses, level), colour=CARD, width=0.8, opacity=0.6)
        for level in levels
    ]
    bar = ColourBar(heat(np.linspace(0, 1, 200)), low, high, said(language, "loss"), log, tuple(levels))
    title = title or said(language, "Loss around the final network")
    notes = [said(language, "Loss at the end: {loss}.", loss=numeral(surface.final_loss)), surface.note]
    if good.size < surface.losses.size:
        notes.append(said(language, "Grey: the loss is too large to be a number."))
    x, y = (Axis(label) for label in surface.labels)
    series = (_colours(surface, low, high, log=log), *lines, *_walked(surface.path, language))
    chart = Chart(title, x, y, series, " ".join(notes), bar, square=True)
    return draw(chart, width)


def _drawable(losses: Array) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return np.abs(losses) <= LARGEST


def _levels(low: float, high: float, *, log: bool) -> list[float]:
    """Round numbers between the lowest and the highest loss, a dozen or so."""
    values = log_ticks(low, high, 12) if log else ticks(low, high, 11)
    return [value for value in values if low < value < high]


def _colours(surface: Surface, low: float, high: float, *, log: bool) -> Raster:
    """Losses as colours; the pixels' centres are where they were computed."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        values, bottom, top = surface.losses, low, high
        if log:
            values, bottom, top = np.log(values), float(np.log(low)), float(np.log(high))
        pixels = heat((values - bottom) / (top - bottom))
    pixels[~_drawable(surface.losses)] = 128
    half_x, half_y = (surface.x[1] - surface.x[0]) / 2, (surface.y[1] - surface.y[0]) / 2
    box = (surface.x[0] - half_x, surface.y[0] - half_y, surface.x[-1] + half_x, surface.y[-1] + half_y)
    return Raster(pixels[::-1], (float(box[0]), float(box[1]), float(box[2]), float(box[3])), smooth=True)


def _walked(path: Array, language: Language) -> Iterator[Line | Points]:
    x, y = path[:, 0], path[:, 1]
    yield Line(x, y, "", CARD, 4.5)
    yield Line(x, y, said(language, "the path walked"), INK, 2.2)
    # Steps between dots are equally many, as far as the snapshots are evenly spread.
    dots = np.unique(np.linspace(0, len(x) - 1, min(len(x), DOTS)).astype(int))[1:-1]
    yield Points(x[dots], y[dots], "", INK, "circle", 6.0)
    yield Points(x[:1], y[:1], said(language, "start"), "#2f6fde", "square", 11.0)
    yield Points(x[-1:], y[-1:], said(language, "end"), "#1a7f43", "star", 15.0)
