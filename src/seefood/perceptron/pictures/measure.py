"""The loss of any weights on a problem's examples, and what it costs: what landscapes and animations are drawn of."""

import numpy as np
from numpy.typing import NDArray

from seefood.perceptron.learning import History
from seefood.perceptron.losses import loss_named
from seefood.perceptron.network import Layer, Perceptron
from seefood.perceptron.pictures.words import Language, said
from seefood.perceptron.problems import Problem

__all__ = ["LARGE_NETWORK", "Measure", "effort", "flat", "unflat"]

Array = NDArray[np.float64]

MOST_EXAMPLES, FEWER_EXAMPLES = 400, 200
"""The loss of large problems is that of so many, evenly spread over them; of fewer for large networks."""
LARGE_NETWORK = 2000
"""Parameters from which on a network is large."""
LEAST_EXAMPLES = 50
MOST_EFFORT = 50_000_000
"""Of one loss; very large networks are shown still fewer examples."""
EACH_NODE, EACH_LAYER = 50, 200_000
"""What an activation, and what setting out on a layer cost, in multiplications."""


def effort(network: Perceptron, examples: int) -> int:
    """What a forward pass costs, in multiplications: some thousand million take a second."""
    each = network.parameters + EACH_NODE * sum(network.sizes)
    return each * examples + EACH_LAYER * len(network.layers)


class Measure:
    """The loss with which the history was learned, on at most 400 examples, of large networks 200 or fewer.

    Attributes:
        shown: on how many; evenly chosen where those are fewer than all.
        count: how many the problem has.
    """

    def __init__(self, problem: Problem, history: History) -> None:
        count = len(problem.inputs)
        most = MOST_EXAMPLES if history.network.parameters < LARGE_NETWORK else FEWER_EXAMPLES
        most = min(most, max(LEAST_EXAMPLES, MOST_EFFORT // history.network.parameters))
        chosen = np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))
        self._network, self._loss = history.network, loss_named(history.settings.loss)
        self._inputs = history.network.checked(problem.inputs[chosen])
        self._targets = problem.one_hot(history.network.sizes[-1])[chosen]
        self.shown, self.count = len(chosen), count

    def examples(self, language: Language = "en") -> str:
        """Which examples, in a sentence."""
        if self.shown == self.count:
            return said(language, "Loss on all {count} examples.", count=f"{self.count:,}")
        words = "Loss on {shown} evenly chosen of {count} examples."
        return said(language, words, shown=self.shown, count=f"{self.count:,}")

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
        weights, bias = numbers[begin:middle].reshape(layer.weights.shape), numbers[middle:end]
        layers.append(Layer(weights, bias, layer.activation))
        begin = end
    return Perceptron(tuple(layers))
