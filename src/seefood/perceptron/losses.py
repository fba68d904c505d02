"""How wrong the answers are, as one number: cross-entropy and squared error, and where their gradients start.

A loss looks at the outputs' activations a and what they should have been, the targets t, both [examples, outputs].
Every example has its own loss; the loss of a batch is their mean. Some losses go together with one activation so well
that their gradient at the sums z is simply a - t: computed at once it stays exact where outputs are close to 0 and 1.
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.errors import ShapeError
from seefood.perceptron.activations import ACTIVATIONS

__all__ = ["LOSSES", "CrossEntropy", "Loss", "SquaredError", "check_targets", "loss_named"]

Array = NDArray[np.float64]

SMALLEST = np.finfo(np.float64).tiny
"""What an output is divided by where it is 0: the gradient there has no value, and this one is finite."""
TOLERANCE = 1e-6
"""By how much the targets of one example may miss a sum of 1."""


class Loss(ABC):
    """One loss. ``output`` is the name of the last layer's activation; arrays are [examples, outputs].

    Attributes:
        name: what it is called in `LOSSES`.
        formula: what it computes for one example, for a person.
    """

    name: str
    formula: str

    @abstractmethod
    def each(self, output: str, z: Array, a: Array, t: Array) -> Array:
        """The loss of each example, [n], of finite sums z, their activations a and the targets t."""

    @abstractmethod
    def at_activations(self, output: str, a: Array, t: Array) -> Array:
        """dLoss/da of each example's own loss, as if every output could be moved by itself."""

    def at_sums(self, output: str, z: Array, a: Array, t: Array) -> Array:
        """dLoss/dz of each example's own loss: through the activation, unless a loss knows a better way."""
        return ACTIVATIONS[output].backward(z, a, self.at_activations(output, a, t))

    def check(self, output: str, t: Array) -> None:  # noqa: B027 -- most losses take anything
        """Raise ShapeError where this loss cannot be used with such outputs or targets."""


class SquaredError(Loss):
    """The mean over the outputs of (a - t)², with any activation.

    Keras' ``MeanSquaredError``: ``mean(square(y_true - y_pred), axis=-1)``, then the mean over the batch. There is no
    factor 1/2, so the gradient is 2 (a - t) / outputs.
    """

    name = "squared_error"
    formula = "the mean of (a - t)² over the outputs"

    def each(self, output: str, z: Array, a: Array, t: Array) -> Array:  # noqa: ARG002
        """See `Loss.each`."""
        result: Array = np.square(a - t).mean(axis=1)
        return result

    def at_activations(self, output: str, a: Array, t: Array) -> Array:  # noqa: ARG002
        """See `Loss.at_activations`."""
        result: Array = (a - t) * (2 / a.shape[1])
        return result


class CrossEntropy(Loss):
    """How surprised one is by the target, in nats; for outputs that are probabilities.

    With softmax outputs, one class is right: loss = -sum(t ln a). Targets of an example sum to 1. Keras'
    ``CategoricalCrossentropy``.

    With sigmoid outputs, each output is a yes or no of its own: loss = -mean(t ln a + (1 - t) ln(1 - a)), the mean over
    the outputs, not their sum. Targets lie from 0 to 1. Keras' ``BinaryCrossentropy``, which takes that mean too.

    Both are computed from the sums z, as Keras does with ``from_logits=True``: ln a = z - ln(sum e^z), and
    -ln a = ln(1 + e^-z). So a loss is right also where a has been rounded to 0 or 1. The gradient at the sums is a - t
    (Bishop, "Pattern Recognition and Machine Learning", 2006, equations 4.91 and 4.109); with sigmoid it is divided by
    the number of outputs.
    """

    name = "cross_entropy"
    formula = "-(the sum of t ln a over the outputs)"

    def each(self, output: str, z: Array, a: Array, t: Array) -> Array:  # noqa: ARG002
        """See `Loss.each`."""
        result: Array = self._yes_or_no(z, t) if output == "sigmoid" else self._one_class(z, t)
        return result

    @staticmethod
    def _one_class(z: Array, t: Array) -> Any:
        shifted = z - z.max(axis=1, keepdims=True)
        log_of_sum = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return (t * (log_of_sum - shifted)).sum(axis=1)

    @staticmethod
    def _yes_or_no(z: Array, t: Array) -> Any:
        return (np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))).mean(axis=1)

    def at_activations(self, output: str, a: Array, t: Array) -> Array:
        """See `Loss.at_activations`."""
        yes = -t / np.maximum(a, SMALLEST)
        if output == "softmax":
            return yes
        no = (1 - t) / np.maximum(1 - a, SMALLEST)
        result: Array = (yes + no) / a.shape[1]
        return result

    def at_sums(self, output: str, z: Array, a: Array, t: Array) -> Array:  # noqa: ARG002
        """See `Loss.at_sums`."""
        return (a - t) / a.shape[1] if output == "sigmoid" else a - t

    def check(self, output: str, t: Array) -> None:
        """See `Loss.check`."""
        if output not in ("softmax", "sigmoid"):
            raise ShapeError(
                f"expected softmax or sigmoid outputs for cross_entropy, which needs probabilities; found {output}; "
                "change the last layer's activation or use squared_error"
            )
        if t.size and not (t.min() >= 0 and t.max() <= 1):
            wrong = next(number for number in t.ravel() if not 0 <= number <= 1)
            raise ShapeError(f"expected targets from 0 to 1 for cross_entropy; found {wrong:g}; use 0 and 1")
        if output == "softmax":
            sums = t.sum(axis=1)
            if (wrong_rows := np.flatnonzero(np.abs(sums - 1) > TOLERANCE)).size:
                row = int(wrong_rows[0])
                raise ShapeError(
                    f"expected targets that sum to 1 for softmax outputs; found a sum of {sums[row]:g} in example "
                    f"{row}; write a 1 for the right class and 0 elsewhere, or use sigmoid outputs"
                )


LOSSES: dict[str, Loss] = {each.name: each for each in (CrossEntropy(), SquaredError())}


def loss_named(name: str) -> Loss:
    """The loss of that name.

    Raises:
        ShapeError: there is none.
    """
    if name not in LOSSES:
        raise ShapeError(f"expected a loss among {', '.join(LOSSES)}; found {name!r}; choose one of these")
    return LOSSES[name]


def check_targets(loss: Loss, output: str, targets: object, shape: tuple[int, int]) -> NDArray[np.float64]:
    """The targets as float64 [examples, outputs], the given shape.

    Raises:
        ShapeError: they have another shape, are not finite numbers, or make no sense for this loss and activation.
    """
    t = np.asarray(targets)
    if t.dtype.kind not in "biuf":
        raise ShapeError(f"expected targets as numbers; found {t.dtype}; turn labels into 0 and 1 first")
    if t.shape != shape:
        raise ShapeError(
            f"expected targets of shape {list(shape)}, as the outputs; found {list(t.shape)}; "
            "give every example one number for each output"
        )
    t = t.astype(np.float64)
    if not np.isfinite(t).all():
        place = [int(index) for index in np.argwhere(~np.isfinite(t))[0]]
        raise ShapeError(f"expected finite targets; found {t[tuple(place)]} at {place}; write a number there")
    loss.check(output, t)
    return t
