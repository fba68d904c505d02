"""Decision regions: which class the network answers everywhere on the plane of two inputs, and how sure it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seefood.drawing.charts import Axis, Chart, draw
from seefood.drawing.colours import SERIES
from seefood.drawing.series import SHAPES, Points, Raster
from seefood.drawing.svg import Drawing
from seefood.drawing.ticks import extent
from seefood.errors import ShapeError
from seefood.perceptron.network import Perceptron
from seefood.perceptron.pictures.example import class_probabilities
from seefood.perceptron.problems import Problem

__all__ = ["Area", "area_of", "draw_regions", "region_colours", "shades"]

Array = NDArray[np.float64]

PIXELS = 160
STEPS = 20
"""Shades of each class; few enough for a small picture, too many to be seen as steps."""
STRONGEST, WEAKEST = 0.62, 0.1
"""How much of a class's colour there is where its probability is 1, and where all classes are as probable."""
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
    answers = class_probabilities(network.predict(area.centres(pixels)))
    good = np.asarray(np.isfinite(answers).all(axis=1))
    answers = np.where(good[:, None], answers, 0.0)
    best, classes = answers.argmax(axis=1), answers.shape[1]
    chance = 1 / classes
    sure = (answers[np.arange(len(best)), best] - chance) / (1 - chance)
    step = np.rint(np.clip(sure, 0, 1) * (STEPS - 1)).astype(int)
    colours: NDArray[np.uint8] = shades(classes)[best, step]
    colours[~good] = 160
    return colours.reshape(pixels, pixels, 3)


def draw_regions(
    problem: Problem, network: Perceptron, width: float = 640, title: str = "", *, judged: bool = True
) -> Drawing:
    """The regions with the problem's examples on them: a shape and a colour for each class and, where ``judged``, rings
    around those that the network gets wrong.

    Raises:
        ShapeError: the problem has not exactly two inputs, or the network does not fit it.
    """
    area = area_of(problem)
    pixels = region_colours(network, area)
    points = example_points(problem, network, judged=judged)
    wrong = sum(int(np.sum(np.asarray(part.ringed))) for part in points)
    count, shown = len(problem.inputs), sum(len(np.ravel(part.x)) for part in points)
    note = f"Ringed: the {wrong} of {shown} examples that it gets wrong. " if judged else ""
    if judged and not wrong:
        note = f"All {shown} examples are right. "
    few = "" if shown == count else f" {shown} of {count} examples are drawn."
    how = "The stronger the colour, the surer the network."
    names = [*problem.feature_names, "input 1", "input 2"][:2]
    raster = Raster(pixels, (area.left, area.bottom, area.right, area.top))
    title = title or f"What the network answers: {problem.name}"
    chart = Chart(title, Axis(names[0]), Axis(names[1]), (raster, *points), f"{note}{how}{few}", square=True)
    return draw(chart, width)


def example_points(problem: Problem, network: Perceptron, *, judged: bool) -> list[Points]:
    """The examples of each class, at most 2,000 in all, evenly chosen, the wrong ones ringed where ``judged``."""
    count = len(problem.inputs)
    chosen = np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).astype(int))
    inputs, targets = problem.inputs[chosen], problem.targets[chosen]
    answers = class_probabilities(network.predict(inputs)).argmax(axis=1)
    parts = []
    for number in range(len(problem.labels)):
        of_class = targets == number
        colour, shape = SERIES[number % len(SERIES)], SHAPES[number % len(SHAPES)]
        ringed = (answers[of_class] != number) & judged
        size = 9.0 if len(chosen) <= 500 else 6.0
        parts.append(
            Points(inputs[of_class, 0], inputs[of_class, 1], _label(problem, number), colour, shape, size, ringed)
        )
    return parts


def _label(problem: Problem, number: int) -> str:
    if number < MOST_LABELS:
        return problem.labels[number]
    return f"… and {len(problem.labels) - MOST_LABELS} more classes" if number == MOST_LABELS else ""


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
