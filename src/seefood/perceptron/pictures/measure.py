"""The loss of any weights on a problem's examples: what landscapes and animations are drawn of."""

import numpy as np
from numpy.typing import NDArray

from seefood.perceptron.learning import History
from seefood.perceptron.losses import loss_named
from seefood.perceptron.network import Layer, Perceptron
from seefood.perceptron.problems import Problem

__all__ = ["LARGE_NETWORK", "Measure", "flat", "unflat"]

Array = NDArray[np.float64]

MOST_EXAMPLES, FEWER_EXAMPLES = 400, 200
"""The loss of large problems is that of so many, evenly spread over them; of fewer for large networks."""
LARGE_NETWORK = 2000
"""Parameters from which on a network is large."""


class Measure:
    """The loss with which the history was learned, on at most 400 examples.

    Attributes:
        shown: on how many; evenly chosen where those are fewer than all.
        count: how many the problem has.
    """

    def __init__(self, problem: Problem, history: History) -> None:
        count = len(problem.inputs)
        most = MOST_EXAMPLES if history.network.parameters < LARGE_NETWORK else FEWER_EXAMPLES
        chosen = np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))
        self._network, self._loss = history.network, loss_named(history.settings.loss)
        self._inputs = history.network.checked(problem.inputs[chosen])
        self._targets = problem.one_hot(history.network.sizes[-1])[chosen]
        self.shown, self.count = len(chosen), count

    @property
    def examples(self) -> str:
        """Which examples, in words."""
        some = f"{self.shown} evenly chosen of {self.count:,} examples"
        return some if self.shown < self.count else f"all {self.count:,} examples"

    def loss(self, numbers: Array) -> float:
        """That of a network with these weights and biases, as `flat` gives them; NaN where they are not finite."""
        return self.of(unflat(self._network, numbers)) if np.isfinite(numbers).all() else float("nan")

    def of(self, network: Perceptron) -> float:
        """That of a network; infinity or NaN where it overflows."""
        trace = network.run(self._inputs)
        with np.errstate(all="ignore"):
            return float(self._loss.each(network.output, trace.sums[-1], trace.outputs, self._targets).mean())


def flat(network: Perceptron) -> Array:
    """All weights and biases as one row: layer by layer, the weights first, row by row."""
    return np.concatenate([part for layer in network.layers for part in (layer.weights.ravel(), layer.bias)])


def unflat(network: Perceptron, numbers: Array) -> Perceptron:
    """A network of the same shapes with these weights and biases. Raises ShapeError where they are not finite."""
    layers, begin = [], 0
    for layer in network.layers:
        middle, end = begin + layer.weights.size, begin + layer.weights.size + layer.bias.size
        layers.append(Layer(numbers[begin:middle].reshape(layer.weights.shape), numbers[middle:end], layer.activation))
        begin = end
    return Perceptron(tuple(layers))
