"""What to do with a gradient: gradient descent with momentum, and Adam.

An optimiser is a frozen value of settings. What it has to remember from step to step (how fast each weight was moving)
is a `State`, which goes in and comes out: nothing is changed in place, so any step can be looked at again.
"""

import math
from dataclasses import asdict, dataclass, fields
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seefood.errors import ShapeError
from seefood.perceptron.backpropagation import Gradients
from seefood.perceptron.given import is_real
from seefood.perceptron.network import Layer, Perceptron

__all__ = ["Adam", "GradientDescent", "Optimiser", "State"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class State:
    """What an optimiser remembers.

    Attributes:
        steps: how many it has made.
        first: one array for each weight matrix and bias, as `numbers_of` orders them: the velocity of gradient
            descent, or Adam's mean of the gradients.
        second: Adam's mean of the squared gradients; empty for gradient descent.
    """

    steps: int
    first: tuple[Array, ...] = ()
    second: tuple[Array, ...] = ()


class Optimiser(Protocol):
    """What learning asks of an optimiser."""

    @property
    def learning_rate(self) -> float:
        """The length of a step, relative to the gradient."""

    def start(self, network: Perceptron) -> State:
        """What to remember before the first step."""

    def step(self, network: Perceptron, gradients: Gradients, state: State) -> tuple[Perceptron, State]:
        """The network after one step, and what to remember for the next."""

    def to_json(self) -> dict[str, object]:
        """Name and settings as plain JSON types."""


@dataclass(frozen=True)
class GradientDescent:
    """Downhill, along the gradient; with momentum, as a heavy ball rolls.

    velocity = momentum · velocity - learning_rate · gradient; weight = weight + velocity. Keras' ``SGD``, whose
    momentum multiplies a velocity that has the learning rate in it already.

    Raises:
        ShapeError: a learning rate that is not above 0, or momentum outside 0 ≤ momentum < 1.
    """

    learning_rate: float
    momentum: float = 0.0

    def __post_init__(self) -> None:
        _check_positive("learning rate", self.learning_rate)
        _check_share("momentum", self.momentum)
        _as_floats(self)

    def start(self, network: Perceptron) -> State:
        """See `Optimiser.start`."""
        return State(0, _zeros(network) if self.momentum else ())

    def step(self, network: Perceptron, gradients: Gradients, state: State) -> tuple[Perceptron, State]:
        """See `Optimiser.step`."""
        with np.errstate(all="ignore"):
            velocities = tuple(-self.learning_rate * gradient for gradient in numbers_of(gradients))
            if self.momentum:
                velocities = tuple(self.momentum * v + new for v, new in zip(state.first, velocities, strict=True))
            moved = _moved(network, velocities)
        return moved, State(state.steps + 1, velocities if self.momentum else ())

    def to_json(self) -> dict[str, object]:
        """See `Optimiser.to_json`."""
        return {"name": "gradient descent", **asdict(self)}


@dataclass(frozen=True)
class Adam:
    """A step length for each weight, from the mean and the size of its gradients so far.

    Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, algorithm 1, in the order of computation at the
    end of its section 2, as Keras' ``Adam`` does it (epsilon is that section's epsilon hat):

        first  = first  + (1 - beta_1) · (gradient  - first)
        second = second + (1 - beta_2) · (gradient² - second)
        weight = weight - learning_rate · sqrt(1 - beta_2^t) / (1 - beta_1^t) · first / (sqrt(second) + epsilon)

    The two powers of step number t correct the bias: both means start at 0.

    Raises:
        ShapeError: a learning rate or epsilon that is not above 0, or a beta outside 0 ≤ beta < 1.
    """

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        _check_positive("learning rate", self.learning_rate)
        _check_positive("epsilon", self.epsilon)
        _check_share("beta_1", self.beta_1)
        _check_share("beta_2", self.beta_2)
        _as_floats(self)

    def start(self, network: Perceptron) -> State:
        """See `Optimiser.start`."""
        return State(0, _zeros(network), _zeros(network))

    def step(self, network: Perceptron, gradients: Gradients, state: State) -> tuple[Perceptron, State]:
        """See `Optimiser.step`."""
        t, found = state.steps + 1, numbers_of(gradients)
        rate = self.learning_rate * math.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
        with np.errstate(all="ignore"):
            first = tuple(m + (1 - self.beta_1) * (g - m) for m, g in zip(state.first, found, strict=True))
            second = tuple(v + (1 - self.beta_2) * (g * g - v) for v, g in zip(state.second, found, strict=True))
            steps = tuple(-rate * m / (np.sqrt(v) + self.epsilon) for m, v in zip(first, second, strict=True))
            moved = _moved(network, steps)
        return moved, State(t, first, second)

    def to_json(self) -> dict[str, object]:
        """See `Optimiser.to_json`."""
        return {"name": "adam", **asdict(self)}


def numbers_of(gradients: Gradients) -> list[Array]:
    """The gradients of all that is learned, layer by layer, weights before the bias."""
    return [part for pair in zip(gradients.weights, gradients.biases, strict=True) for part in pair]


def _zeros(network: Perceptron) -> tuple[Array, ...]:
    return tuple(np.zeros_like(part) for layer in network.layers for part in (layer.weights, layer.bias))


def _moved(network: Perceptron, steps: tuple[Array, ...]) -> Perceptron:
    """The network with a step added to each weight matrix and bias."""
    pairs = zip(network.layers, steps[::2], steps[1::2], strict=True)
    layers: tuple[Layer, ...] = tuple(
        layer.moved(layer.weights + weights, layer.bias + bias) for layer, weights, bias in pairs
    )
    return Perceptron(layers)


def _as_floats(settings: "GradientDescent | Adam") -> None:
    """NumPy's numbers as Python's, so that nothing is computed in less precision than the weights have."""
    for field in fields(settings):
        object.__setattr__(settings, field.name, float(getattr(settings, field.name)))


def _check_positive(name: str, value: float) -> None:
    if not is_real(value) or value <= 0:
        raise ShapeError(f"expected a {name} above 0; found {value!r}; give a small number, such as 0.01")


def _check_share(name: str, value: float) -> None:
    if not is_real(value) or not 0 <= value < 1:
        raise ShapeError(f"expected a {name} from 0 up to, but not, 1; found {value!r}; 0.9 is usual")
