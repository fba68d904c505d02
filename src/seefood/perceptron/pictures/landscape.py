"""The loss as a landscape over two directions among the weights, and the path that learning walked on it.

A network has far more weights than a picture has directions. Drawn is a plane through the final network: two weights of
it vary, or two directions in which all weights move together; everything else stays at its final value. The path was
walked in all directions at once; what is drawn is its shadow on the plane.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from seefood.errors import ShapeError
from seefood.perceptron.learning import History
from seefood.perceptron.network import Perceptron
from seefood.perceptron.pictures.measure import LARGE_NETWORK, Measure, effort, flat
from seefood.perceptron.pictures.words import Language, said
from seefood.perceptron.problems import Problem

__all__ = ["Surface", "WeightPlace", "furthest_moved", "is_too_large", "loss_surface"]

Array = NDArray[np.float64]

GRIDS = (49, 33, 25, 17, 13, 9)
"""Rows and columns: the first for small networks, the second for large ones, the others where that would take long."""
MOST_EFFORT = 10_000_000_000
"""Multiplications: a few seconds."""
NARROW = 1e-9


@dataclass(frozen=True)
class WeightPlace:
    """One weight of a network: its layer, the node that it comes from and the node that it leads to, all from 0."""

    layer: int
    source: int
    target: int

    def name(self, network: Perceptron, language: Language = "en") -> str:
        """What it is called on an axis: nodes are counted from 1 there."""
        last = len(network.layers) - 1
        if self.layer == 0:
            source = said(language, "input {number}", number=self.source + 1)
        else:
            source = said(language, "hidden {layer}.{node}", layer=self.layer, node=self.source + 1)
        if self.layer == last:
            target = said(language, "output {number}", number=self.target + 1)
        else:
            target = said(language, "hidden {layer}.{node}", layer=self.layer + 1, node=self.target + 1)
        return said(language, "weight from {source} to {target}", source=source, target=target)

    def weight(self, network: Perceptron) -> float:
        """Its value in a network."""
        return float(network.layers[self.layer].weights[self.source, self.target])

    def moved(self, network: Perceptron, value: float) -> Perceptron:
        """The network with another value of this weight."""
        layers = list(network.layers)
        layer = layers[self.layer]
        weights = layer.weights.copy()
        weights[self.source, self.target] = value
        layers[self.layer] = layer.moved(weights, layer.bias)
        return Perceptron(tuple(layers))


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
    language: Language = "en",
) -> Surface:
    """Compute the loss around the final network, on at most 400 of the problem's examples (200 for networks of
    2,000 parameters and more, 50 to 200 for those of a quarter of a million).

    ``over`` chooses the plane: two weights; "furthest", those that moved furthest between the first snapshot and the
    last; or "principal", the two principal directions of the walked path (Li et al., "Visualizing the Loss Landscape
    of Neural Nets", 2018, section 7). ``size`` is the number of rows and of columns; left out, as many as take a few
    seconds at most, from 49 down to 9.

    Raises:
        ShapeError: a weight that is not there, twice the same weight, or a network with a single weight and no bias to
            vary beside it.
    """
    measure = Measure(problem, history)
    size = size or _grid(history.network, measure) or GRIDS[-1]
    if over == "principal":
        plane: _Plane = _principal_plane(history, measure, language)
    else:
        plane = _weights_plane(history, measure, over, language)
    path = plane.path
    reach = np.ptp(path, axis=0)
    x, y = (_span(path[:, axis], float(reach[1 - axis]), size) for axis in (0, 1))
    losses = np.empty((size, size))
    with threadpool_limits(limits=1, user_api="blas"):  # the matrices are too small to be shared
        for (row, column), _ in np.ndenumerate(losses):
            losses[row, column] = plane.loss(float(x[column]), float(y[row]))
    note = f"{plane.note} {measure.examples(language)}"
    return Surface(x, y, losses, path, plane.labels, note, measure.of(history.network))


def is_too_large(problem: Problem, history: History) -> bool:
    """Whether even a coarse landscape would take much longer than a few seconds."""
    return _grid(history.network, Measure(problem, history)) is None


def _grid(network: Perceptron, measure: Measure) -> int | None:
    """Rows and columns that a few seconds are enough for; None where there are none."""
    each = effort(network, measure.shown)
    grids = GRIDS if network.parameters < LARGE_NETWORK else GRIDS[1:]
    return next((size for size in grids if size * size * each <= MOST_EFFORT), None)


@dataclass(frozen=True, eq=False)
class _Plane:
    """A plane through the final network: the walked path on it, the loss at any place, and what it is."""

    path: Array
    loss: Callable[[float, float], float]
    labels: tuple[str, str]
    note: str


def _finite(history: History) -> list[Perceptron]:
    """The snapshots without an infinite weight."""
    good = [
        all(np.isfinite(part).all() for layer in network.layers for part in (layer.weights, layer.bias))
        for _, network in history.snapshots
    ]
    return [network for (_, network), is_good in zip(history.snapshots, good, strict=True) if is_good]


def _weights_plane(
    history: History,
    measure: Measure,
    over: tuple[WeightPlace, WeightPlace] | Literal["furthest"],
    language: Language,
) -> _Plane:
    final = history.network
    chosen = furthest_moved(history) if over == "furthest" else over
    for place in chosen:
        _check_place(final, place)
    if chosen[0] == chosen[1]:
        raise ShapeError(
            f"expected two different weights of {[final.parameters]}; found {chosen[0]} twice; choose another"
        )
    path = np.array([[place.weight(network) for place in chosen] for network in _finite(history)])
    labels = chosen[0].name(final, language), chosen[1].name(final, language)
    note = _weights_note(language, furthest=over == "furthest", hidden=len(final.layers) > 1)

    def loss(x: float, y: float) -> float:
        return measure.of(chosen[1].moved(chosen[0].moved(final, x), y))

    return _Plane(path, loss, labels, note)


def _principal_plane(history: History, measure: Measure, language: Language) -> _Plane:
    origin = flat(history.network)
    moves = np.stack([flat(network) for network in _finite(history)]) - origin
    directions, shares = _principal(moves)
    words = "principal direction {number} ({share} of the movement)"
    first, second = (said(language, words, number=place + 1, share=_percent(shares[place])) for place in (0, 1))

    def loss(x: float, y: float) -> float:
        return measure.loss(origin + x * directions[0] + y * directions[1])

    return _Plane(moves @ directions.T, loss, (first, second), _principal_note(language, shares))


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


def _check_place(network: Perceptron, place: WeightPlace) -> None:
    """Raise ShapeError where there is no such weight."""
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


def _principal(moves: Array) -> tuple[Array, tuple[float, float]]:
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
    return directions, (shares[0], shares[1])


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


def _weights_note(language: Language, *, furthest: bool, hidden: bool) -> str:
    if furthest:
        words = "The landscape over the two weights that moved furthest; all others stay at their final values."
        notes = [said(language, words)]
    else:
        notes = [said(language, "The landscape over two weights; all others stay at their final values.")]
    words = (
        "While learning they moved as well, so the path is a shadow: only at its end is the loss the one that the "
        "landscape shows."
    )
    notes.append(said(language, words))
    if hidden:  # every weight of such a network comes from a hidden node or leads to one
        notes.append(said(language, "Hidden 1.2: node 2 of the first hidden layer."))
    return " ".join(notes)


def _principal_note(language: Language, shares: tuple[float, float]) -> str:
    words = (
        "The landscape through the final network along the two directions in which all weights together moved most, "
        "{share} of the movement."
    )
    shadow = "The path is a shadow: only at its end is the loss surely the one that the landscape shows."
    return f"{said(language, words, share=_percent(sum(shares)))} {said(language, shadow)}"
