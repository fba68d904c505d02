"""What a node makes of its sum: the activations, and how a gradient goes back through each of them.

An activation is two functions. ``forward`` turns the sums z of a layer into its activations a. ``backward`` takes
dLoss/da and gives dLoss/dz: the product of that gradient with the matrix of derivatives da/dz (the Jacobian), which is
never written out. All arrays are [examples, nodes].
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seefood.errors import ShapeError

__all__ = ["ACTIVATIONS", "Activation", "activation", "linear", "relu", "sigmoid", "softmax", "tanh"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Activation:
    """One activation.

    Attributes:
        name: as Keras calls it.
        formula: what it computes, for a person.
        forward: z [n, nodes] to a [n, nodes].
        backward: z, a and dLoss/da to dLoss/dz, all [n, nodes].

    >>> relu.forward(np.array([[-1.0, 2.0]])).tolist()
    [[0.0, 2.0]]
    >>> relu.backward(np.array([[-1.0, 2.0]]), np.array([[0.0, 2.0]]), np.array([[5.0, 5.0]])).tolist()
    [[0.0, 5.0]]
    """

    name: str
    formula: str
    forward: Callable[[Array], Array]
    backward: Callable[[Array, Array, Array], Array]


def _relu_forward(z: Array) -> Array:
    return np.maximum(z, 0)


def _relu_backward(z: Array, _: Array, gradient: Array) -> Array:
    """The derivative is 1 above 0 and 0 below; at 0, where there is none, it is taken as 0, as TensorFlow does."""
    return gradient * (z > 0)


def _sigmoid_forward(z: Array) -> Array:
    """1 / (1 + e^-z), and the equal e^z / (1 + e^z) for negative z: e is never raised to a large number."""
    small = np.exp(-np.abs(z))
    result: Array = np.where(z >= 0, 1, small) / (1 + small)
    return result


def _sigmoid_backward(_: Array, a: Array, gradient: Array) -> Array:
    return gradient * a * (1 - a)


def _tanh_forward(z: Array) -> Array:
    return np.tanh(z)


def _tanh_backward(_: Array, a: Array, gradient: Array) -> Array:
    return gradient * (1 - a * a)


def _linear_forward(z: Array) -> Array:
    return z.copy()


def _linear_backward(_z: Array, _a: Array, gradient: Array) -> Array:
    return gradient.copy()


def _softmax_forward(z: Array) -> Array:
    """The largest sum of each example is taken off first, which changes nothing and keeps e^z from overflowing."""
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    result: Array = powers / powers.sum(axis=1, keepdims=True)
    return result


def _softmax_backward(_: Array, a: Array, gradient: Array) -> Array:
    """Every answer depends on every sum: da_i/dz_j = a_i (1 - a_i) where i = j, and -a_i a_j elsewhere.

    Summed over the answers: dLoss/dz_j = a_j (gradient_j - sum_i gradient_i a_i).
    """
    shared = (gradient * a).sum(axis=1, keepdims=True)
    result: Array = a * (gradient - shared)
    return result


relu = Activation("relu", "a = max(z, 0)", _relu_forward, _relu_backward)
sigmoid = Activation("sigmoid", "a = 1 / (1 + e^-z)", _sigmoid_forward, _sigmoid_backward)
tanh = Activation("tanh", "a = (e^z - e^-z) / (e^z + e^-z)", _tanh_forward, _tanh_backward)
linear = Activation("linear", "a = z", _linear_forward, _linear_backward)
softmax = Activation("softmax", "a = e^z / (the sum of e^z over the layer)", _softmax_forward, _softmax_backward)

ACTIVATIONS = {each.name: each for each in (relu, sigmoid, tanh, linear, softmax)}


def activation(name: str) -> Activation:
    """The activation of that name.

    Raises:
        ShapeError: there is none.
    """
    if name not in ACTIVATIONS:
        raise ShapeError(f"expected an activation among {', '.join(ACTIVATIONS)}; found {name!r}; choose one of these")
    return ACTIVATIONS[name]
