"""A dense network: layers of weights, and the forward pass that keeps every number on its way.

Each node of a layer takes all numbers of the layer before, times a weight each, adds them up with its bias, and puts
the sum z through the layer's activation: z = a_before · weights + bias, a = f(z).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.errors import ShapeError
from seefood.perceptron.activations import ACTIVATIONS
from seefood.perceptron.activations import activation as activation_named
from seefood.perceptron.given import check_generator, is_whole

__all__ = ["Layer", "Perceptron", "Trace", "arrows"]

Array = NDArray[np.float64]

FIRST, LAST = 5, 4
"""How many rows of nodes of a very deep network are named."""
MOST_PARAMETERS = 20_000_000
"""Weights and biases of a new network: learning keeps several copies of them, of eight bytes a number."""


@dataclass(frozen=True, eq=False)
class Layer:
    """The weights between two rows of nodes.

    Attributes:
        weights: float64 [inputs, outputs]; ``weights[i, j]`` leads from node i to node j. Read-only.
        bias: float64 [outputs]. Read-only.
        activation: a name in `seefood.perceptron.activations.ACTIVATIONS`.

    Raises:
        ShapeError: shapes that do not fit each other, numbers that are not finite, an unknown activation, or softmax
            over one node, which would always answer 1.

    >>> Layer([[1, 2], [3, 4], [5, 6]], [0, 0], "relu").weights.shape
    (3, 2)
    """

    weights: Array
    bias: Array
    activation: str

    def __post_init__(self) -> None:
        activation_named(self.activation)
        weights, bias = _numbers("weights", self.weights), _numbers("bias", self.bias)
        if weights.ndim != 2 or weights.size == 0 or bias.shape != weights.shape[1:]:
            raise ShapeError(
                f"expected weights [inputs, outputs] and one bias for each output; found weights of shape "
                f"{list(weights.shape)} and a bias of shape {list(bias.shape)}; make the last numbers equal"
            )
        if self.activation == "softmax" and len(bias) == 1:
            raise ShapeError(
                "expected two outputs or more for softmax, whose answers sum to 1; found one, with weights of shape "
                f"{list(weights.shape)}; use sigmoid for a yes or no"
            )
        self._set(weights, bias)

    def _set(self, weights: Array, bias: Array) -> None:
        for name, values in (("weights", weights), ("bias", bias)):
            values.flags.writeable = False
            object.__setattr__(self, name, values)

    def moved(self, weights: Array, bias: Array) -> "Layer":
        """The same layer with new numbers of the same shapes, float64 and nobody else's. For optimisers: unchecked."""
        layer = object.__new__(Layer)
        object.__setattr__(layer, "activation", self.activation)
        layer._set(weights, bias)
        return layer


@dataclass(frozen=True, eq=False)
class Trace:
    """Every number of a forward pass; each array is float64 [n, nodes of that layer].

    Attributes:
        inputs: what went in, [n, inputs].
        sums: z of each layer; ``sums[k] = activations[k - 1] @ weights[k] + bias[k]``, and the inputs for k = 0.
        activations: a = f(z) of each layer.
    """

    inputs: Array
    sums: tuple[Array, ...]
    activations: tuple[Array, ...]

    @property
    def outputs(self) -> Array:
        """The last layer's activations, [n, outputs]."""
        return self.activations[-1]


@dataclass(frozen=True, eq=False)
class Perceptron:
    """Dense layers in a row (a multilayer perceptron).

    Raises:
        ShapeError: no layers, or two that do not fit each other.

    >>> network = Perceptron.create([3, 2], np.random.default_rng(0))
    >>> network.sizes, network.parameters
    ((3, 2), 8)
    >>> network.predict([[0.0, 0.0, 0.0]]).tolist()
    [[0.5, 0.5]]
    """

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        if not self.layers:
            raise ShapeError("expected a network of one layer or more; found none; give it layers")
        for number, (before, after) in enumerate(pairwise(self.layers), start=1):
            if before.weights.shape[1] != after.weights.shape[0]:
                raise ShapeError(
                    f"expected layer {number + 1} to take what layer {number} gives; found weights of shape "
                    f"{list(before.weights.shape)} in layer {number} and {list(after.weights.shape)} in layer "
                    f"{number + 1}; make the inner numbers equal"
                )

    @classmethod
    def create(
        cls,
        sizes: Sequence[int],
        generator: np.random.Generator,
        *,
        activation: str = "relu",
        output: str = "softmax",
    ) -> "Perceptron":
        """A network with random weights and no bias yet.

        ``sizes`` counts the nodes, inputs first: [3, 4, 2] has three inputs, four hidden nodes and two outputs. The
        last layer has the activation ``output``, all others ``activation``.

        Before relu, weights are normal with standard deviation sqrt(2 / inputs), so that signals neither fade nor grow
        from layer to layer (He et al., "Delving Deep into Rectifiers", 2015, equation 10; Keras' ``HeNormal`` cuts the
        tails off as well). Before anything else they are uniform within ±sqrt(6 / (inputs + outputs)) (Glorot and
        Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010, equation 16; Keras'
        ``GlorotUniform``).

        Raises:
            ShapeError: fewer than two sizes, a size below 1, more than 20 million parameters, an unknown activation
            (also of hidden layers that are not there), or no `numpy.random.Generator`.
        """
        check_generator(generator)
        for name in (activation, output):
            activation_named(name)
        sizes = _checked_sizes(sizes)
        names = [activation] * (len(sizes) - 2) + [output]
        return cls(
            tuple(
                Layer(_initial((inputs, outputs), name, generator), np.zeros(outputs), name)
                for (inputs, outputs), name in zip(pairwise(sizes), names, strict=True)
            )
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of nodes in each row, inputs first."""
        return (self.layers[0].weights.shape[0], *(len(layer.bias) for layer in self.layers))

    @property
    def parameters(self) -> int:
        """How many weights and biases there are to learn."""
        return sum(layer.weights.size + layer.bias.size for layer in self.layers)

    @property
    def output(self) -> str:
        """The name of the last layer's activation."""
        return self.layers[-1].activation

    def forward(self, x: object) -> Trace:
        """Run examples [n, inputs] through the network and keep every number.

        Numbers so large that they overflow become infinity or NaN, without a warning.

        Raises:
            ShapeError: other shapes than that, or numbers that are not finite.
        """
        return self.run(self.checked(x))

    def predict(self, x: object) -> Array:
        """The outputs [n, outputs] for examples [n, inputs]. Raises ShapeError as `forward` does."""
        return self.forward(x).outputs

    def checked(self, x: object) -> Array:
        """Examples as float64 [n, inputs]; raises ShapeError where they do not fit this network."""
        values = _numbers("examples", x)
        if values.ndim != 2 or values.shape[1] != self.sizes[0]:
            raise ShapeError(
                f"expected examples of shape [n, {self.sizes[0]}], as the first layer's weights "
                f"{list(self.layers[0].weights.shape)} take them; found {list(values.shape)}; "
                "give every example one number for each input"
            )
        return values

    def run(self, x: Array) -> Trace:
        """`forward` for examples that were checked before."""
        sums: list[Array] = []
        activations: list[Array] = []
        before = x
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            for layer in self.layers:
                z = before @ layer.weights + layer.bias
                before = ACTIVATIONS[layer.activation].forward(z)
                sums.append(z)
                activations.append(before)
        return Trace(x, tuple(sums), tuple(activations))


def arrows(sizes: Sequence[int], between: str = " → ") -> str:
    """The numbers of nodes of a network in words; of a very deep one the first and the last.

    >>> arrows([2, 4, 1]), arrows([8] * 100, "-")
    ('2 → 4 → 1', '8-8-8-8-8-…-8-8-8-8')
    """
    words = list(map(str, sizes))
    if len(words) > FIRST + LAST:
        words = [*words[:FIRST], "…", *words[-LAST:]]
    return between.join(words)


def _initial(shape: tuple[int, int], name: str, generator: np.random.Generator) -> Array:
    inputs, outputs = shape
    if name == "relu":
        return generator.normal(0, np.sqrt(2 / inputs), shape)
    limit = np.sqrt(6 / (inputs + outputs))
    return generator.uniform(-limit, limit, shape)


def _checked_sizes(sizes: object) -> tuple[int, ...]:
    """The numbers of nodes as Python's whole numbers."""
    given: list[Any] = list(sizes) if isinstance(sizes, Iterable) else [sizes]
    if len(given) < 2 or not all(is_whole(size) and size >= 1 for size in given):
        raise ShapeError(
            "expected the numbers of nodes, inputs first, such as [3, 4, 2], all 1 or more; "
            f"found {given!r:.200}; give at least inputs and outputs"
        )
    whole = tuple(int(size) for size in given)
    parameters = sum((before + 1) * after for before, after in pairwise(whole))
    if parameters > MOST_PARAMETERS:
        raise ShapeError(
            f"expected at most {MOST_PARAMETERS:,} weights and biases; found {parameters:,} in a network of "
            f"{arrows(whole)} nodes; make its layers smaller"
        )
    return whole


def _numbers(name: str, values: object) -> Array:
    """Anything like an array as a float64 array of its own, all finite."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ShapeError(f"expected {name} whose rows are equally long; found ragged rows; fill them") from error
    if array.dtype.kind not in "biuf":
        raise ShapeError(f"expected {name} as numbers; found values of type {array.dtype}; write numbers only")
    with np.errstate(over="ignore"):
        numbers = np.array(array, np.float64, order="C")
    if not np.isfinite(numbers).all():
        place = [int(index) for index in np.argwhere(~np.isfinite(numbers))[0]]
        raise ShapeError(f"expected finite {name}; found {numbers[tuple(place)]} at {place}; write a number there")
    return numbers
