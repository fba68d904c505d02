"""How to learn each built-in problem, and a table that nobody has seen before: sizes, rates and epochs that work."""

from dataclasses import dataclass, replace

import numpy as np

from seefood.errors import ShapeError
from seefood.perceptron.learning import Settings
from seefood.perceptron.network import Perceptron
from seefood.perceptron.optimisers import Adam, GradientDescent, Optimiser
from seefood.perceptron.problems import Problem

__all__ = ["OPTIMISERS", "Recipe", "recipe_for"]

OPTIMISERS = ("adam", "gradient-descent")


@dataclass(frozen=True)
class Recipe:
    """Everything about a network and its learning that a person may choose.

    Attributes:
        hidden: nodes in each hidden layer; none makes a single layer.
        activation: of the hidden layers; ``output``: of the last one.
        loss: a name in `seefood.perceptron.losses.LOSSES`.
        optimiser: a name in `OPTIMISERS`; ``momentum`` is for gradient descent only.
        learning_rate, batch_size, epochs: as in `Settings`.

    >>> Recipe(hidden=(4,)).settings().batch_size
    32
    """

    hidden: tuple[int, ...] = (16,)
    activation: str = "relu"
    output: str = "softmax"
    loss: str = "cross_entropy"
    optimiser: str = "adam"
    learning_rate: float = 0.01
    momentum: float = 0.0
    batch_size: int = 32
    epochs: int = 50

    def settings(self) -> Settings:
        """How to learn. Raises ShapeError as `Settings` and the optimisers do."""
        return Settings(self.loss, self._optimiser(), self.batch_size, self.epochs)

    def _optimiser(self) -> Optimiser:
        if self.optimiser == "adam":
            if self.momentum:
                raise ShapeError(
                    f"expected momentum with gradient descent only; found {self.momentum:g} with Adam, which has its "
                    "own; leave it out or choose gradient-descent"
                )
            return Adam(self.learning_rate)
        if self.optimiser == "gradient-descent":
            return GradientDescent(self.learning_rate, self.momentum)
        raise ShapeError(f"expected one of {', '.join(OPTIMISERS)}; found {self.optimiser!r}; choose one of these")

    def network(self, problem: Problem, generator: np.random.Generator) -> Perceptron:
        """An untrained network for a problem; of two classes, sigmoid has one output and anything else two."""
        classes = len(problem.labels)
        outputs = 1 if classes == 2 and self.output == "sigmoid" else classes
        sizes = (problem.inputs.shape[1], *self.hidden, outputs)
        return Perceptron.create(sizes, generator, activation=self.activation, output=self.output)


_PLANE = Recipe((8, 8), activation="tanh", learning_rate=0.01, batch_size=25, epochs=60)
_SPIRAL = Recipe((24, 24), learning_rate=0.01, batch_size=25, epochs=80)

_RECIPES = {
    "example": Recipe((), optimiser="gradient-descent", learning_rate=0.5, batch_size=4, epochs=60),
    "xor": replace(_PLANE, hidden=(4,), learning_rate=0.05, epochs=40),
    "moons": _PLANE,
    "circles": _PLANE,
    "spiral": _SPIRAL,
    "three-spirals": _SPIRAL,
    "digits": Recipe((128,), learning_rate=0.002, batch_size=100, epochs=6),
}


def recipe_for(problem: Problem) -> Recipe:
    """What works for a built-in problem; for any other, a network with one hidden layer and enough epochs.

    >>> from seefood.perceptron.problems import load
    >>> recipe_for(load("xor", np.random.default_rng(0))).hidden
    (4,)
    """
    return _RECIPES.get(problem.name, Recipe(epochs=max(5, min(50, 500_000 // len(problem.inputs)))))
