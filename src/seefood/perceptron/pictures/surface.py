"""The loss as a landscape over two directions among the weights, and the path that learning walked on it.

A network has far more weights than a picture has directions. Drawn is a plane through the final network: two weights of
it vary, or two directions in which all weights move together; everything else stays at its final value. The path was
walked in all directions at once; what is drawn is its shadow on the plane.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from seefood.drawing.charts import Axis, Chart, ColourBar, draw
from seefood.drawing.colours import CARD, INK, heat
from seefood.drawing.contours import contour
from seefood.drawing.figures import figure
from seefood.drawing.series import Line, Points, Raster
from seefood.drawing.svg import Drawing
from seefood.drawing.ticks import LARGEST, log_ticks, ticks
from seefood.errors import ShapeError
from seefood.perceptron.learning import History
from seefood.perceptron.network import Perceptron
from seefood.perceptron.pictures.measure import LARGE_NETWORK, Measure, flat
from seefood.perceptron.problems import Problem

__all__ = ["Surface", "WeightPlace", "draw_surface", "furthest_moved", "loss_surface"]

Array = NDArray[np.float64]

GRID, SMALLER_GRID = 49, 33
"""Rows and columns; the smaller one for large networks."""
NARROW = 1e-9
STEEP = 6.0
"""A loss that differs by more than this factor is coloured by factors."""
DOTS = 13


@dataclass(frozen=True)
class WeightPlace:
    """One weight of a network: its layer, the node that it comes from and the node that it leads to, all from 0."""

    layer: int
    source: int
    target: int

    def name(self, network: Perceptron) -> str:
        """What it is called on an axis: nodes are counted from 1 there."""
        last = len(network.layers) - 1
        source = (
            f"input {self.source + 1}" if self.layer == 0 else f"hidden {self._hidden(self.layer - 1, self.source)}"
        )
        target = (
            f"output {self.target + 1}" if self.layer == last else f"hidden {self._hidden(self.layer, self.target)}"
        )
        return f"weight from {source} to {target}"

    @staticmethod
    def _hidden(layer: int, node: int) -> str:
        return f"{layer + 1}.{node + 1}"


@dataclass(frozen=True, eq=False)
class Surface:
    """Losses on a grid, and the path over it.

    Attributes:
        x, y: float64 [columns] and [rows], where the losses were computed; along weights their values, along principal
            directions the distance from the final network.
        losses: float64 [rows, columns]; row i belongs to y[i]. Not finite where the loss overflows.
        path: float64 [snapshots, 2], where each snapshot stands on the plane.
        labels: of the axes. note: what is drawn, in sentences.
        final_loss: that of the final network on the same examples.
    """

    x: Array
    y: Array
    losses: Array
    path: Array
    labels: tuple[str, str]
    note: str
    final_loss: float


def loss_surface(
    problem: Problem,
    history: History,
    over: tuple[WeightPlace, WeightPlace] | Literal["furthest", "principal"] = "furthest",
    size: int | None = None,
) -> Surface:
    """Compute the loss around the final network, on at most 400 of the problem's examples (200 for networks of
    2,000 parameters and more).

    ``over`` chooses the plane: two weights; "furthest", those that moved furthest between the first snapshot and the
    last; or "principal", the two principal directions of the walked path (Li et al., "Visualizing the Loss Landscape
    of Neural Nets", 2018, section 7). ``size`` is the number of rows and of columns.

    Raises:
        ShapeError: a weight that is not there, twice the same weight, or a network with a single weight and no bias to
            vary beside it.
    """
    final = history.network
    size = size or (GRID if final.parameters < LARGE_NETWORK else SMALLER_GRID)
    walked = np.stack([flat(network) for _, network in history.snapshots])
    walked = walked[np.isfinite(walked).all(axis=1)]
    origin = flat(final)
    if over == "principal":
        directions, labels, shares = _principal(walked - origin)
        path, start = (walked - origin) @ directions.T, np.zeros(2)
        said = _principal_note(shares)
    else:
        chosen = furthest_moved(history) if over == "furthest" else over
        places = [flat_place(final, place) for place in chosen]
        directions, labels = _unit(places, len(origin)), (chosen[0].name(final), chosen[1].name(final))
        path, start = walked[:, places], origin[places]
        said = _weights_note(over == "furthest", hidden=any("hidden" in label for label in labels))
    reach = np.ptp(path, axis=0)
    x, y = (_span(path[:, axis], float(reach[1 - axis]), size) for axis in (0, 1))
    measure = Measure(problem, history)
    losses = np.empty((size, size))
    with threadpool_limits(limits=1, user_api="blas"):  # the matrices are too small to be shared
        for (row, column), _ in np.ndenumerate(losses):
            moved = (x[column] - start[0]) * directions[0] + (y[row] - start[1]) * directions[1]
            losses[row, column] = measure.loss(origin + moved)
    note = f"{said} Loss on {measure.examples}."
    return Surface(x, y, losses, path, labels, note, measure.loss(origin))


def furthest_moved(history: History) -> tuple[WeightPlace, WeightPlace]:
    """The two weights, not biases, that moved furthest between the first snapshot and the last.

    Raises:
        ShapeError: the network has only one weight.
    """
    before, after = history.snapshots[0][1], history.network
    moved = [
        np.nan_to_num(np.abs(b.weights - a.weights)).ravel() for a, b in zip(before.layers, after.layers, strict=True)
    ]
    sizes = [len(part) for part in moved]
    if sum(sizes) < 2:
        raise ShapeError(f"expected a network of two weights or more; found nodes {list(after.sizes)}; add an input")
    found = []
    for index in np.argsort(-np.concatenate(moved), kind="stable")[:2].tolist():
        layer = int(np.searchsorted(np.cumsum(sizes), index, side="right"))
        source, target = divmod(index - sum(sizes[:layer]), after.layers[layer].weights.shape[1])
        found.append(WeightPlace(layer, source, target))
    return found[0], found[1]


def flat_place(network: Perceptron, place: WeightPlace) -> int:
    """Where a weight is in that row. Raises ShapeError where there is no such weight."""
    if not 0 <= place.layer < len(network.layers):
        raise ShapeError(
            f"expected a layer from 0 to {len(network.layers) - 1}; found {place.layer}; count layers from 0"
        )
    shape = network.layers[place.layer].weights.shape
    if not (0 <= place.source < shape[0] and 0 <= place.target < shape[1]):
        raise ShapeError(
            f"expected a weight of layer {place.layer}, of shape {list(shape)}; found one at "
            f"{[place.source, place.target]}; count nodes from 0"
        )
    before = sum(layer.weights.size + layer.bias.size for layer in network.layers[: place.layer])
    return int(before + place.source * shape[1] + place.target)


def _unit(places: list[int], length: int) -> Array:
    """Directions along single weights, [2, parameters]."""
    if places[0] == places[1]:
        raise ShapeError(
            f"expected two different weights of {[length]}; found number {places[0]} twice; choose another"
        )
    directions = np.zeros((2, length))
    directions[[0, 1], places] = 1.0
    return directions


def _principal(moves: Array) -> tuple[Array, tuple[str, str], tuple[float, float]]:
    """The two directions [2, parameters] in which the walked path is widest, and their shares of its variation."""
    _, sizes, rows = np.linalg.svd(moves - moves.mean(axis=0), full_matrices=False)
    directions = np.zeros((2, moves.shape[1]))
    total = float((sizes**2).sum()) or 1.0
    for number in range(min(2, len(rows))):
        row = rows[number]
        # Which of the two ways a direction points is arbitrary: here so that learning walks to the right and upwards.
        directions[number] = row if moves[0] @ row <= 0 else -row
    if not directions[1].any():  # a straight path, or none: any direction across it will do
        directions[1] = _across(directions[0])
    shares = [float(size) ** 2 / total for size in (*sizes[:2], 0.0, 0.0)][:2]
    labels = [
        f"principal direction {number} ({_percent(share)} of the movement)" for number, share in enumerate(shares, 1)
    ]
    return directions, (labels[0], labels[1]), (shares[0], shares[1])


def _percent(share: float) -> str:
    """A percentage that claims 0 % or 100 % only where it is exactly so."""
    if 1e-9 < share < 0.005:
        return "<1 %"
    return ">99 %" if 0.995 <= share < 1 - 1e-9 else f"{100 * share:.0f} %"


def _across(direction: Array) -> Array:
    """A unit direction at a right angle to this one."""
    other = np.zeros_like(direction)
    other[int(np.abs(direction).argmin())] = 1.0
    other -= (other @ direction) * direction
    return other / (np.linalg.norm(other) or 1.0)


def _span(values: Array, other: float, size: int) -> Array:
    """Evenly spaced numbers over the path and a good deal around it; as far as the ``other`` axis where it stood."""
    low, high = float(values.min()), float(values.max())
    room = 0.35 * (high - low)
    if high - low <= NARROW * max(other, abs(high)):
        room = other or max(1.0, abs(high))
    return np.linspace(low - room, high + room, size)


def _weights_note(furthest: bool, *, hidden: bool) -> str:
    which = "the two weights that moved furthest" if furthest else "two weights"
    return (
        f"The landscape over {which}; all others stay at their final values. While learning they moved as well, so the "
        "path is a shadow: only at its end is the loss the one that the landscape shows."
        + (" Hidden 1.2: node 2 of the first hidden layer." if hidden else "")
    )


def _principal_note(shares: tuple[float, float]) -> str:
    return (
        "The landscape through the final network along the two directions in which all weights together moved most, "
        f"{_percent(sum(shares))} of the movement. The path is a shadow: only at its end is the loss surely the one "
        "that the landscape shows."
    )


def draw_surface(surface: Surface, width: float = 720, title: str = "Loss around the final network") -> Drawing:
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
    bar = ColourBar(heat(np.linspace(0, 1, 200)), low, high, "loss", log, tuple(levels))
    ends = f"Loss at the end: {figure(surface.final_loss)}."
    missing = "" if good.size == surface.losses.size else " Grey: the loss is too large to be a number."
    x, y = (Axis(label) for label in surface.labels)
    series = (_colours(surface, low, high, log=log), *lines, *_walked(surface.path))
    chart = Chart(title, x, y, series, f"{ends} {surface.note}{missing}", bar, square=True)
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


def _walked(path: Array) -> Iterator[Line | Points]:
    x, y = path[:, 0], path[:, 1]
    yield Line(x, y, "", CARD, 4.5)
    yield Line(x, y, "the path walked", INK, 2.2)
    # Steps between dots are equally many, as far as the snapshots are evenly spread.
    dots = np.unique(np.linspace(0, len(x) - 1, min(len(x), DOTS)).astype(int))[1:-1]
    yield Points(x[dots], y[dots], "", INK, "circle", 6.0)
    yield Points(x[:1], y[:1], "start", "#2f6fde", "square", 11.0)
    yield Points(x[-1:], y[-1:], "end", "#1a7f43", "star", 15.0)
