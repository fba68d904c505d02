"""Charts as SVG: axes with round numbers, lines, points, a raster behind, a legend that covers nothing, a colour bar.

A chart is a value; `draw` makes a drawing of any width from 320 pixels on.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seefood.drawing.colours import EDGE, INK, MUTED
from seefood.drawing.series import Line, Mark, Points, Raster, Series, background, line, outline, points
from seefood.drawing.svg import Drawing, Element, element, raster, text
from seefood.drawing.ticks import LARGEST, SMALLEST, Scale, extent
from seefood.drawing.widths import length, shortened, wrapped

__all__ = ["Axis", "Chart", "ColourBar", "Plot", "draw", "legend", "plot"]

# All in pixels.
NARROWEST = 320
MARGIN, GAP = 14, 8
TITLE, SMALL = 16, 12
LINE_HEIGHT = 1.4
BAR, BAR_GAP = 14, 18
SAMPLE = 26


@dataclass(frozen=True)
class Axis:
    """One axis: what it counts, whether by factors (``log``), where it ends (None: where the data do), and whether only
    ``whole`` numbers make sense on it. Raises ValueError where it would end before it begins."""

    label: str = ""
    log: bool = False
    low: float | None = None
    high: float | None = None
    whole: bool = False

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError(f"expected an axis from low to high; found {self.low} to {self.high}; exchange them")
        if self.log and any(end is not None and end <= 0 for end in (self.low, self.high)):
            raise ValueError(
                f"expected positive ends for a log axis; found {self.low} to {self.high}; use a linear one"
            )


@dataclass(frozen=True, eq=False)
class ColourBar:
    """What the colours of a raster mean: uint8 [n, 3] from ``low`` to ``high``, ``marks`` where lines are drawn."""

    colours: NDArray[np.uint8]
    low: float
    high: float
    label: str = ""
    log: bool = False
    marks: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Chart:
    """What is to be seen; later series lie on earlier ones. ``note`` is a sentence below."""

    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    note: str = ""
    bar: ColourBar | None = None
    square: bool = False
    description: str = ""


@dataclass(frozen=True, eq=False)
class Plot:
    """A chart as elements, how high they are, and where numbers are on it."""

    elements: tuple[Element, ...]
    height: float
    across: Scale
    up: Scale


def draw(chart: Chart, width: float = 640, height: float = 400) -> Drawing:
    """A chart as a drawing of this width, 320 pixels at least; ``height`` is that of the area between the axes.

    >>> chart = Chart("loss", Axis("step"), Axis("loss"), (Line([0, 1, 2], [3.0, 2.0, 1.5], "train"),))
    >>> draw(chart, 320, 200).width
    320
    """
    done = plot(chart, width, height)
    return Drawing(max(width, NARROWEST), done.height, chart.title, chart.description or chart.note, done.elements)


def plot(chart: Chart, width: float, height: float) -> Plot:
    """A chart as elements from (0, 0) on, to be drawn alone or beside others."""
    width = max(width, NARROWEST)
    head, top = _head(chart, width)
    bar_width = 0.0 if chart.bar is None else _bar_width(chart.bar)
    (x_low, x_high), (y_low, y_high) = _range(chart, "x"), _range(chart, "y")
    # The left margin depends on the labels of y, and where it ends on nothing else.
    most_up = max(5, int(height / 34))
    _, labels_up = Scale(y_low, y_high, 0, 1, chart.y.log).ticks(most_up, whole=chart.y.whole)
    left = MARGIN + _widest(labels_up) + GAP
    left += SMALL * LINE_HEIGHT if chart.y.label else 0
    right = width - MARGIN - bar_width - 6
    if chart.square:
        height = right - left
    across = Scale(x_low, x_high, left, right, chart.x.log)
    up = Scale(y_low, y_high, top + height, top, chart.y.log)
    below, bottom = _foot(chart, across, top + height, width)
    elements = [*head, *_rows(chart.y, up, across, most_up), *below, *_drawn(chart, across, up)]
    if chart.bar is not None:
        elements += _colour_bar(chart.bar, right + BAR_GAP, top, height)
    return Plot(tuple(elements), bottom, across, up)


def _range(chart: Chart, name: str) -> tuple[float, float]:
    """Where an axis begins and ends."""
    axis: Axis = getattr(chart, name)
    rasters = [series for series in chart.series if isinstance(series, Raster)]
    values = [np.ravel(getattr(series, name)) for series in rasters or chart.series if hasattr(series, name)]
    if name == "y":
        values = [value for value, series in zip(values, rasters or _with_y(chart), strict=True)]
    low, high = extent(np.concatenate([*values, np.zeros(0)]), log=axis.log)
    if not rasters:
        low, high = _with_room(low, high, axis)
    low, high = low if axis.low is None else axis.low, high if axis.high is None else axis.high
    return (low, high) if low < high else extent([low], log=axis.log)


def _with_y(chart: Chart) -> list[Series]:
    return [series for series in chart.series if hasattr(series, "y")]


def _with_room(low: float, high: float, axis: Axis) -> tuple[float, float]:
    """A little more than the data, and from 0 where they begin near it."""
    if axis.log:
        room = 10 ** (0.04 * (math.log10(high) - math.log10(low)))
        return max(low / room, SMALLEST), min(high * room, LARGEST)
    room = 0.04 * (high - low)
    return (0.0 if 0 <= low < 0.3 * high else low - room), high + room


def _head(chart: Chart, width: float) -> tuple[list[Element], float]:
    """The title and below it the legend; and where the plot begins."""
    elements, y = [], float(MARGIN)
    for words in wrapped(chart.title, TITLE, width - 2 * MARGIN, most=2):
        y += TITLE
        elements.append(text(words, MARGIN, y, size=TITLE, bold=True, whole=chart.title))
        y += TITLE * (LINE_HEIGHT - 1)
    samples = [series for series in chart.series if isinstance(series, Line | Points) and series.label]
    rows, y = legend(samples, MARGIN, y + 4, width - 2 * MARGIN)
    words_on_top = any(isinstance(series, Mark) and series.label for series in chart.series)
    return [*elements, *rows], y + GAP + (SMALL + 2 if words_on_top else 0)


def legend(samples: list[Line | Points], left: float, top: float, room: float) -> tuple[list[Element], float]:
    """Each series' looks and its label, in rows of ``room`` pixels; and where they end."""
    elements: list[Element] = []
    x, y = left, top
    for series in samples:
        label = shortened(series.label, SMALL, min(room - SAMPLE, 260))
        wide = SAMPLE + length(label, SMALL)
        if x > left and x + wide > left + room:
            x, y = left, y + SMALL * 1.6
        elements += [*_sample(series, x, y + SMALL * 0.75)]
        elements.append(text(label, x + SAMPLE, y + SMALL * 1.1, size=SMALL, whole=series.label))
        x += wide + 2 * GAP
    return elements, y + SMALL * 1.6 if samples else top


def _sample(series: Line | Points, x: float, y: float) -> Iterator[Element]:
    if isinstance(series, Line):
        ends = replace(series, x=[0.0, 1.0], y=[0.0, 0.0], width=max(series.width, 2), opacity=max(series.opacity, 0.5))
        yield line(ends, Scale(0, 1, x, x + SAMPLE - 7), Scale(0, 1, y, y - 1))
    else:
        path = outline(series.shape, x + SAMPLE / 2 - 3, y, max(series.size, 9))
        yield element("path", d=path, fill=series.colour, stroke_linejoin="round")


def _rows(axis: Axis, up: Scale, across: Scale, most: int) -> Iterator[Element]:
    """Horizontal lines with their numbers, and the label beside them."""
    left, right = across.start, across.end
    values, labels = up.ticks(most, whole=axis.whole)
    for y, label in zip(up.pixels(values).tolist(), labels, strict=True):
        yield element("line", class_="grid", x1=left, x2=right, y1=y, y2=y, stroke=EDGE)
        yield text(label, left - GAP, y + SMALL * 0.36, size=SMALL, colour=MUTED, anchor="end", class_="y-tick")
    if axis.label:
        x, y, room = MARGIN + SMALL * 0.7, (up.start + up.end) / 2, abs(up.start - up.end) + 2 * MARGIN
        label = shortened(axis.label, SMALL, room)
        turn = f"rotate(-90 {x:.2f} {y:.2f})"
        yield text(label, x, y, size=SMALL, colour=INK, anchor="middle", whole=axis.label, transform=turn)


def _foot(chart: Chart, across: Scale, y: float, width: float) -> tuple[list[Element], float]:
    """The lower axis with its numbers and its label, the note; and where the drawing ends."""
    left, right = across.start, across.end
    elements = [element("line", x1=left, x2=right, y1=y, y2=y, stroke=MUTED)]
    values, labels = _fitting(chart.x, across, width)
    for x, label in zip(across.pixels(values).tolist(), labels, strict=True):
        elements.append(element("line", class_="tick", x1=x, x2=x, y1=y, y2=y + 4, stroke=MUTED))
        inside = min(x, width - length(label, SMALL) / 2)
        label_y = y + GAP + SMALL
        elements.append(text(label, inside, label_y, size=SMALL, colour=MUTED, anchor="middle", class_="x-tick"))
    y += GAP + SMALL * LINE_HEIGHT
    if chart.x.label:
        y += SMALL * LINE_HEIGHT
        middle = (left + right) / 2
        label = shortened(chart.x.label, SMALL, 2 * min(middle, width - middle) - 4)
        elements.append(text(label, middle, y, size=SMALL, anchor="middle", whole=chart.x.label))
    if chart.note:
        y += GAP / 2
    for words in wrapped(chart.note, SMALL, width - 2 * MARGIN, most=6):
        y += SMALL * LINE_HEIGHT
        elements.append(text(words, MARGIN, y, size=SMALL, colour=MUTED))
    return elements, y + MARGIN


def _fitting(axis: Axis, across: Scale, width: float) -> tuple[list[float], list[str]]:
    """As many round numbers as have room beside each other."""
    room = across.end - across.start
    for most in range(max(5, int(width / 70)), 1, -1):
        values, labels = across.ticks(most, whole=axis.whole)
        places = across.pixels(values)
        gaps = np.diff(places) if len(values) > 1 else np.array([room])
        needed = _widest(labels) + GAP
        if len(values) <= 2 or gaps.min() >= needed:
            break
    if len(values) == 2 and places[1] - places[0] < needed:
        return values[:1], labels[:1]
    return values, labels


def _drawn(chart: Chart, across: Scale, up: Scale) -> Iterator[Element]:
    """The series; what lies beyond the axes is cut off by an inner frame."""
    left, top, wide, high = across.start, up.end, across.end - across.start, up.start - up.end
    inner: list[Element] = []
    words: list[Element] = []
    for series in chart.series:
        if isinstance(series, Raster):
            inner.append(background(series, across, up))
        elif isinstance(series, Line):
            inner.append(line(series, across, up))
        elif isinstance(series, Points):
            inner += points(series, across, up)
        else:
            lines, labels = _mark(series, across, up)
            inner += lines
            words += labels
    # A nested viewport rather than a clip path: that would need a name, and names clash where drawings share a page.
    frame = {"x": left - 5, "y": top - 5, "width": wide + 10, "height": high + 10}
    box = f"{left - 5:.2f} {top - 5:.2f} {wide + 10:.2f} {high + 10:.2f}"
    yield element("svg", *inner, class_="data", viewBox=box, overflow="hidden", **frame)
    yield from words


def _mark(mark: Mark, across: Scale, up: Scale) -> tuple[list[Element], list[Element]]:
    x = float(across.pixels(mark.x))
    if not across.start <= x <= across.end:
        return [], []
    dashes = {"stroke": mark.colour, "stroke_dasharray": mark.dashes}
    lines = [element("line", class_="mark", x1=x, x2=x, y1=up.start, y2=up.end, **dashes)]
    if not mark.label:
        return lines, []
    label = shortened(mark.label, SMALL, across.end - across.start)
    middle = min(max(x, across.start + length(label, SMALL) / 2), across.end - length(label, SMALL) / 2)
    word = text(label, middle, up.end - 6, size=SMALL, colour=mark.colour, anchor="middle", whole=mark.label)
    return lines, [word]


def _bar_width(bar: ColourBar) -> float:
    _, labels = _bar_ticks(bar, 200)
    return BAR_GAP + BAR + 6 + _widest(labels) + (18 if bar.label else 0)


def _widest(labels: list[str]) -> float:
    return max((length(label, SMALL) for label in labels), default=0.0)


def _bar_ticks(bar: ColourBar, height: float) -> tuple[list[float], list[str]]:
    return Scale(bar.low, bar.high, 0, 1, bar.log).ticks(max(5, int(height / 34)))


def _colour_bar(bar: ColourBar, x: float, top: float, height: float) -> Iterator[Element]:
    up = Scale(bar.low, bar.high, top + height, top, bar.log)
    yield raster(bar.colours[::-1, None, :], (x, top, BAR, height), smooth=False)
    yield element("rect", x=x, y=top, width=BAR, height=height, fill="none", stroke=MUTED)
    for y in up.pixels(bar.marks).tolist():
        yield element("line", x1=x, x2=x + BAR, y1=y, y2=y, stroke="#ffffff", stroke_width=1)
    values, labels = _bar_ticks(bar, 200)
    for y, label in zip(up.pixels(values).tolist(), labels, strict=True):
        yield element("line", x1=x + BAR, x2=x + BAR + 3, y1=y, y2=y, stroke=MUTED)
        yield text(label, x + BAR + 6, y + SMALL * 0.36, size=SMALL, colour=MUTED, class_="bar-tick")
    if bar.label:
        side = x + BAR + 6 + _widest(labels) + 13
        middle = top + height / 2
        turn = f"rotate(-90 {side:.2f} {middle:.2f})"
        yield text(shortened(bar.label, SMALL, height), side, middle, size=SMALL, anchor="middle", transform=turn)
