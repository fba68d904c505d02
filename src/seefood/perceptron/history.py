"""What is asked of learning and what is kept of it: settings, epochs, snapshots on the way, and how it ended."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seefood.errors import ShapeError
from seefood.perceptron.given import is_whole
from seefood.perceptron.losses import loss_named
from seefood.perceptron.network import Perceptron
from seefood.perceptron.optimisers import Adam, Optimiser

__all__ = ["Ending", "Epoch", "History", "Interrupted", "Settings"]

Array = NDArray[np.float64]

MOST_SNAPSHOTS = 10_000
MOST = 1_000_000_000
"""Epochs, and examples in a batch."""


@dataclass(frozen=True)
class Settings:
    """How to learn.

    Attributes:
        loss: a name in `seefood.perceptron.losses.LOSSES`.
        optimiser: `Adam` or `GradientDescent`, with its learning rate.
        batch_size: examples a step; the last batch of an epoch is smaller where they do not divide evenly.
        epochs: how often each example is shown.
        snapshots: about how many networks are kept on the way, first and last among them; fewer of networks of which
            so many would fill more than 128 MiB.

    Raises:
        ShapeError: an unknown loss, or a number below 1 (2 for snapshots) or beyond a thousand million.
    """

    loss: str = "cross_entropy"
    optimiser: Optimiser = field(default_factory=Adam)
    batch_size: int = 32
    epochs: int = 10
    snapshots: int = 60

    def __post_init__(self) -> None:
        loss_named(self.loss)
        for name, least in (("batch_size", 1), ("epochs", 1), ("snapshots", 2)):
            value = getattr(self, name)
            words = name.replace("_", " ")
            if not is_whole(value) or value < least:
                raise ShapeError(f"expected {words} as a whole number from {least} up; found {value!r}; give one")
            if value > MOST:
                raise ShapeError(f"expected {words} of at most {MOST:,}; found {value:,}; give a smaller number")
            object.__setattr__(self, name, int(value))  # NumPy's short ones would overflow when they are added to
        if self.snapshots > MOST_SNAPSHOTS:
            raise ShapeError(
                f"expected at most {MOST_SNAPSHOTS} snapshots; found {self.snapshots}; each of them is a whole network"
            )

    def to_json(self) -> dict[str, object]:
        """The settings as plain JSON types."""
        return {
            "loss": self.loss,
            "optimiser": self.optimiser.to_json(),
            "batch_size": self.batch_size,
            "epochs": self.epochs,
            "snapshots": self.snapshots,
        }


@dataclass(frozen=True)
class Epoch:
    """How good the network is at the end of an epoch, with the weights of that moment.

    Keras' history instead gives the mean of the batches' losses, each with the weights before its own step.

    Attributes:
        number: from 1.
        loss: the mean over all examples.
        accuracy: the share of examples whose largest output is the right one; of a single output, which is on the
            right side of 1/2.
        test_loss, test_accuracy: the same for examples that were not learned from; None where there are none.
    """

    number: int
    loss: float
    accuracy: float
    test_loss: float | None = None
    test_accuracy: float | None = None


Ending = Literal["finished", "ran away", "interrupted"]


@dataclass(frozen=True, eq=False)
class History:
    """What happened.

    Attributes:
        step_losses: float64 [steps], the loss of each batch before its step.
        epochs: one for each that was finished.
        snapshots: (steps made, the network then), evenly spread over the steps; the untrained network first, the last
            one last. Of a run that ended early between half as many and as many as were asked for.
        network: the last one; where learning ran away, the last whose loss was a number.
        seconds: how long it took.
        settings: how it was done.
        ending: "finished" after its last epoch; else how it ended before.
    """

    step_losses: Array
    epochs: tuple[Epoch, ...]
    snapshots: tuple[tuple[int, Perceptron], ...]
    network: Perceptron
    seconds: float
    settings: Settings
    ending: Ending = "finished"

    def to_json(self) -> dict[str, object]:
        """All of it but the weights, as plain JSON types."""
        return {
            "settings": self.settings.to_json(),
            "ending": self.ending,
            "network": {
                "sizes": list(self.network.sizes),
                "activations": [layer.activation for layer in self.network.layers],
                "parameters": self.network.parameters,
            },
            "steps": len(self.step_losses),
            "step_losses": self.step_losses.tolist(),
            "epochs": [vars(epoch).copy() for epoch in self.epochs],
            "seconds": self.seconds,
        }


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while learning; ``history`` is what happened until then."""

    def __init__(self, history: History) -> None:
        super().__init__()
        self.history = history
