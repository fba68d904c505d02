"""Softmax regression with an L2 penalty, fitted by L-BFGS.

The smallest network that can be taught: one layer of weights, softmax, cross-entropy. Its loss is convex, so there is
one answer and no learning rate to choose.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.heads.lbfgs import minimise

__all__ = ["FINE_TOLERANCE", "Basis", "SoftmaxRegression", "bases", "fit", "log_softmax", "softmax"]

Array = NDArray[Any]

TOLERANCE = 1e-4
"""Of the loss, where L-BFGS stops; enough to compare candidates."""
FINE_TOLERANCE = 1e-9
NEGLIGIBLE = 1e-6
"""Share of the largest eigenvalue below which a direction holds only rounding errors."""


@dataclass(frozen=True)
class SoftmaxRegression:
    """weights [inputs, classes] and bias [classes]; what comes out of them are logits."""

    weights: Array
    bias: Array

    def logits(self, x: Array) -> Array:
        """x [n, inputs] to logits [n, classes]."""
        scores: Array = x @ self.weights + self.bias
        return scores


def log_softmax(logits: Array) -> Array:
    """Logarithms of the probabilities, [n, classes], without overflow.

    >>> log_softmax(np.array([[1000.0, 1000.0]])).round(3).tolist()
    [[-0.693, -0.693]]
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    result: Array = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result


def softmax(logits: Array) -> Array:
    """Probabilities [n, classes]; rows sum to 1.

    >>> softmax(np.array([[0.0, np.log(3.0)]])).round(6).tolist()
    [[0.25, 0.75]]
    """
    result: Array = np.exp(log_softmax(logits))
    return result


@dataclass(frozen=True)
class Basis:
    """Features in coordinates in which n pictures need no more than n numbers.

    With fewer pictures than features, every penalised solution is a combination of the pictures' features, so the
    regression can be solved in the coordinates of their principal axes and is the same. Features are centred, and
    scaled by one number so that their mean squared length is 1: the penalty then means the same for every network.

    Attributes:
        coordinates: float32 [n, axes], one row a picture.
        features: float32 [n, features], centred and scaled; the coordinates themselves where there are no fewer axes.
        vectors: float64 [n, axes]: each axis as a combination of the pictures; None where the axes are the features.
        centre: float64 [features].
        scale: what the centred features were divided by.
    """

    coordinates: Array
    features: Array
    vectors: Array | None
    centre: Array
    scale: float

    def in_features(self, solution: SoftmaxRegression) -> SoftmaxRegression:
        """A regression on the coordinates as the same one on the features, float32."""
        weights = solution.weights
        if self.vectors is not None:
            weights = self.features.T @ (self.vectors @ weights)
        weights = weights / self.scale
        return SoftmaxRegression(weights.astype(np.float32), (solution.bias - self.centre @ weights).astype(np.float32))


def bases(features: Array, sizes: Iterable[int]) -> list[Basis]:
    """A basis for each of the first ``sizes`` features, in rising order, of features float32 [n, all].

    The pictures' products with each other add up over the features, so each is computed once.
    """
    centre = features.mean(axis=0, dtype=np.float64)
    centred = features - centre.astype(np.float32)
    products, begin, result = np.zeros((len(features), len(features))), 0, []
    for size in sizes:
        if 2 * len(features) <= size:
            products += centred[:, begin:size] @ centred[:, begin:size].T
            begin = size
        result.append(_basis(centred[:, :size], products, centre[:size]))
    return result


def _basis(centred: Array, products: Array, centre: Array) -> Basis:
    """From products [n, n] where there are fewer pictures than features, and without them otherwise."""
    scale = float(np.sqrt(np.square(centred).sum(axis=1, dtype=np.float64).mean())) or 1.0
    scaled = centred / np.float32(scale)
    if 2 * len(centred) > centred.shape[1]:
        return Basis(scaled, scaled, None, centre, scale)
    eigenvalues, vectors = np.linalg.eigh(products / scale**2)
    kept = eigenvalues > NEGLIGIBLE * eigenvalues[-1]
    lengths = np.sqrt(eigenvalues[kept])
    return Basis((vectors[:, kept] * lengths).astype(np.float32), scaled, vectors[:, kept] / lengths, centre, scale)


def fit(
    x: Array,
    labels: NDArray[np.int64],
    importance: Array,
    penalty: float,
    start: SoftmaxRegression | None = None,
    tolerance: float = TOLERANCE,
    classes: int = 0,
) -> SoftmaxRegression:
    """The weights that minimise sum(importance * cross-entropy) + penalty / 2 * sum(weights ** 2).

    x: float32 [n, inputs]; labels: [n], 0 … classes - 1 (as many classes as labels say, or more); importance: float
    [n]; the bias is not penalised. Solved by L-BFGS, from ``start``, until the loss falls by less than ``tolerance`` of
    itself.

    >>> x = np.array([[-1.0], [-1.0], [1.0], [1.0]], np.float32)
    >>> model = fit(x, np.array([0, 0, 1, 1]), np.ones(4), penalty=0.1)
    >>> model.logits(x).argmax(axis=1).tolist()
    [0, 0, 1, 1]
    """
    classes = max(classes, int(labels.max()) + 1)
    problem = _Problem(x, np.eye(classes, dtype=x.dtype)[labels], importance.astype(x.dtype), penalty)
    first = np.zeros((x.shape[1] + 1) * classes) if start is None else problem.packed(start.weights, start.bias)
    found = minimise(problem.loss_and_gradient, first, tolerance=tolerance)
    return SoftmaxRegression(*problem.unpacked(found))


@dataclass(frozen=True)
class _Problem:
    x: Array
    targets: Array
    importance: Array
    penalty: float

    def packed(self, weights: Array, bias: Array) -> Array:
        return np.concatenate([weights.ravel(), bias]).astype(np.float64)

    def unpacked(self, parameters: Array) -> tuple[Array, Array]:
        classes = self.targets.shape[1]
        return parameters[:-classes].reshape(-1, classes), parameters[-classes:]

    def loss_and_gradient(self, parameters: Array) -> tuple[float, Array]:
        weights, bias = (part.astype(self.x.dtype) for part in self.unpacked(parameters))
        log_probabilities = log_softmax(self.x @ weights + bias)
        cross_entropy = -(log_probabilities * self.targets).sum(axis=1)
        loss = float(self.importance @ cross_entropy) + self.penalty / 2 * float(np.vdot(weights, weights))
        error = (np.exp(log_probabilities) - self.targets) * self.importance[:, np.newaxis]
        return loss, self.packed(self.x.T @ error + self.penalty * weights, error.sum(axis=0))
