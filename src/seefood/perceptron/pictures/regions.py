"""Decision regions: which class the network answers everywhere on the plane of two inputs, and how sure it is."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seefood.drawing.charts import Axis, Chart, draw
from seefood.drawing.colours import SERIES
from seefood.drawing.series import SHAPES, Points, Raster, Series
from seefood.drawing.svg import Drawing
from seefood.drawing.ticks import LARGEST, extent
from seefood.errors import ShapeError
from seefood.perceptron.network import Perceptron
from seefood.perceptron.pictures.example import class_probabilities
from seefood.perceptron.pictures.measure import effort
from seefood.perceptron.pictures.words import Language, said
from seefood.perceptron.problems import Problem
from seefood.perceptron.scaling import Scaling

__all__ = ["Area", "area_of", "draw_regions", "pixels_for", "region_colours", "shades"]

Array = NDArray[np.float64]

PIXELS, LEAST_PIXELS = 160, 24
MOST_EFFORT = 5_000_000_000
"""Multiplications for all the pixels: a second or two; large networks are drawn with fewer pixels."""
MOST_AT_ONCE = 400_000
"""Activations in memory; few enough for a processor's cache."""
STEPS = 20
"""Shades of each class; few enough for a small picture, too many to be seen as steps."""
STRONGEST, WEAKEST = 0.62, 0.1
"""How much of a class's colour there is where its probability is 1, and where all classes are as probable."""
NARROWEST = 1e-12
"""Of an axis, as a share of its numbers."""
MOST_POINTS = 2000
MOST_LABELS = 20
"""Classes that are named; a legend of hundreds would be larger than the picture."""


@dataclass(frozen=True)
class Area:
    """The part of the plane that is drawn: numbers of the first input and of the second."""

    left: float
    bottom: float
    right: float
    top: float

    def centres(self, pixels: int) -> Array:
        """The plane at the centre of each pixel, float64 [pixels · pixels, 2], the top row first."""
        shares = (np.arange(pixels) + 0.5) / pixels
        x = self.left + shares * (self.right - self.left)
        y = self.top - shares * (self.top - self.bottom)
        return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def area_of(problem: Problem) -> Area:
    """Where the problem's examples are, and a little around them.

    Raises:
        ShapeError: the problem has not exactly two inputs.
    """
    count = problem.inputs.shape[1]
    if count != 2:
        raise ShapeError(
            f"expected a problem of two inputs, [n, 2], which make a plane; found {count} of them, "
            f"{list(problem.inputs.shape)}; choose two columns, or leave the regions out"
        )
    ends = [extent(problem.inputs[:, axis]) for axis in (0, 1)]
    (left, right), (bottom, top) = ((low - 0.12 * (high - low), high + 0.12 * (high - low)) for low, high in ends)
    return Area(left, bottom, right, top)


def shades(classes: int) -> NDArray[np.uint8]:
    """The colours of the regions, uint8 [classes, steps, 3], from unsure to sure; from eleven classes on some share."""
    colours = np.array([_rgb(SERIES[number % len(SERIES)]) for number in range(classes)], np.float64)
    strengths = np.linspace(WEAKEST, STRONGEST, STEPS)[None, :, None]
    return np.rint(255 - strengths * (255 - colours[:, None, :])).astype(np.uint8)


def region_colours(network: Perceptron, area: Area, pixels: int = PIXELS) -> NDArray[np.uint8]:
    """The plane as colours, uint8 [pixels, pixels, 3], the top row first: the hue is the most probable class, the
    strength its probability, from what chance gives to 1. Grey where the network's answer is no number.

    Raises:
        ShapeError: the network does not take two inputs.
    """
    answers = class_probabilities(_answers(network, area.centres(pixels)))
    good = np.asarray(np.isfinite(answers).all(axis=1))
    answers = np.where(good[:, None], answers, 0.0)
    best, classes = answers.argmax(axis=1), answers.shape[1]
    chance = 1 / classes
    sure = (answers[np.arange(len(best)), best] - chance) / (1 - chance)
    step = np.rint(np.clip(sure, 0, 1) * (STEPS - 1)).astype(int)
    colours: NDArray[np.uint8] = shades(classes)[best, step]
    colours[~good] = 160
    return colours.reshape(pixels, pixels, 3)


def pixels_for(network: Perceptron, most: int = PIXELS, effort_allowed: float = MOST_EFFORT) -> int:
    """How many pixels wide and high a plane can be within the effort; never fewer than can be seen."""
    each = effort(network, MOST_POINTS) / MOST_POINTS
    return int(min(most, max(LEAST_PIXELS, math.sqrt(effort_allowed / each))))


def _answers(network: Perceptron, inputs: Array) -> Array:
    """The outputs for many inputs, some at a time."""
    step = max(16, MOST_AT_ONCE // sum(network.sizes))
    return np.concatenate([network.predict(inputs[start : start + step]) for start in range(0, len(inputs), step)])


def draw_regions(
    problem: Problem,
    network: Perceptron,
    width: float = 640,
    title: str = "",
    *,
    judged: bool = True,
    language: Language = "en",
) -> Drawing:
    """The regions with the problem's examples on them: a shape and a colour for each class and, where ``judged``, rings
    around those that the network gets wrong. The axes are in the file's own units where the inputs were scaled.

    Raises:
        ShapeError: the problem has not exactly two inputs, or the network does not fit it.
    """
    area = area_of(problem)
    pixels = region_colours(network, area, pixels_for(network))
    points = example_points(problem, network, judged=judged, language=language)
    scaling, names = _units(problem, area, language)
    raster = Raster(pixels, _box(scaling, area))
    series: tuple[Series, ...] = (raster, *(_placed(scaling, part) for part in points))
    title = title or said(language, "What the network answers: {name}", name=problem.name)
    note = _note(points, len(problem.inputs), judged=judged, language=language)
    return draw(Chart(title, Axis(names[0]), Axis(names[1]), series, note, square=True), width)


def _note(points: list[Points], count: int, *, judged: bool, language: Language) -> str:
    """How many examples are drawn and how many are wrong, and what the colours mean."""
    wrong = sum(int(np.sum(np.asarray(part.ringed))) for part in points)
    shown = sum(len(np.ravel(part.x)) for part in points)
    notes = [said(language, "The stronger the colour, the surer the network.")]
    if judged and wrong:
        words = "Ringed: the {wrong} of {count} examples that it gets wrong."
        notes.insert(0, said(language, words, wrong=wrong, count=shown))
    elif judged:
        notes.insert(0, said(language, "All {count} examples are right.", count=shown))
    if shown < count:
        notes.append(said(language, "{shown} of {count} examples are drawn.", shown=shown, count=count))
    return " ".join(notes)


def _units(problem: Problem, area: Area, language: Language) -> tuple[Scaling | None, list[str]]:
    """How the axes' numbers are made of the inputs, and the axes' names: in the file's own units, if they can be."""
    scaling, names = problem.scaling, list(problem.feature_names)
    if scaling is None:
        return None, names
    restored = scaling.restored(np.array([[area.left, area.bottom], [area.right, area.top]]))
    size = np.abs(restored).max(axis=0)
    # Numbers too large to be drawn, and those that differ only beyond the digits that a number has.
    if (size < LARGEST).all() and (np.ptp(restored, axis=0) > NARROWEST * size).all():
        return scaling, names
    if scaling.kind == "pixels":
        return None, [said(language, "{name} (pixels / 255)", name=name) for name in names]
    return None, [said(language, "{name} (standardised)", name=name) for name in names]


def _box(scaling: Scaling | None, area: Area) -> tuple[float, float, float, float]:
    corners = np.array([[area.left, area.bottom], [area.right, area.top]])
    (left, bottom), (right, top) = (corners if scaling is None else scaling.restored(corners)).tolist()
    return left, bottom, right, top


def _placed(scaling: Scaling | None, points: Points) -> Points:
    if scaling is None:
        return points
    x, y = scaling.restored(np.column_stack([points.x, points.y])).T
    return replace(points, x=x, y=y)


def example_points(problem: Problem, network: Perceptron, *, judged: bool, language: Language = "en") -> list[Points]:
    """The examples of each class, at most 2,000 in all, evenly chosen, the wrong ones ringed where ``judged``."""
    count = len(problem.inputs)
    chosen = np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).astype(int))
    inputs, targets = problem.inputs[chosen], problem.targets[chosen]
    answers = class_probabilities(_answers(network, inputs)).argmax(axis=1) if judged else targets
    parts = []
    for number in range(len(problem.labels)):
        of_class = targets == number
        colour, shape = SERIES[number % len(SERIES)], SHAPES[number % len(SHAPES)]
        ringed = (answers[of_class] != number) & judged
        size = 9.0 if len(chosen) <= 500 else 6.0
        label = _label(problem, number, language)
        parts.append(Points(inputs[of_class, 0], inputs[of_class, 1], label, colour, shape, size, ringed))
    return parts


def _label(problem: Problem, number: int, language: Language) -> str:
    if number < MOST_LABELS:
        return problem.labels[number]
    if number > MOST_LABELS:
        return ""
    return said(language, "… and {count} more classes", count=len(problem.labels) - MOST_LABELS)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
