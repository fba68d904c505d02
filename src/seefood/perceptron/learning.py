"""Learning: batches and epochs, and the history of what happened.

An epoch shows every example once, in a new order, one batch after another; each batch makes one step downhill.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from seefood.errors import DivergenceError, ShapeError
from seefood.perceptron.backpropagation import backpropagate
from seefood.perceptron.losses import Loss, check_targets, loss_named
from seefood.perceptron.network import Perceptron
from seefood.perceptron.optimisers import Adam, Optimiser
from seefood.perceptron.problems import Problem

__all__ = ["Epoch", "History", "Settings", "learn"]

Array = NDArray[np.float64]

MOST_SNAPSHOTS = 10_000
EVALUATED_AT_ONCE = 4096
"""Examples; keeps the trace of a whole data set out of memory."""


@dataclass(frozen=True)
class Settings:
    """How to learn.

    Attributes:
        loss: a name in `seefood.perceptron.losses.LOSSES`.
        optimiser: `Adam` or `GradientDescent`, with its learning rate.
        batch_size: examples a step; the last batch of an epoch is smaller where they do not divide evenly.
        epochs: how often each example is shown.
        snapshots: about how many networks are kept on the way, first and last among them.

    Raises:
        ShapeError: an unknown loss, or a number below 1 (2 for snapshots).
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
            if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
                words = name.replace("_", " ")
                raise ShapeError(f"expected {words} as a whole number from {least} up; found {value!r}; give one")
        if self.snapshots > MOST_SNAPSHOTS:
            raise ShapeError(
                f"expected at most {MOST_SNAPSHOTS} snapshots; found {self.snapshots}; each of them is a whole network"
            )

    def to_json(self) -> dict[str, object]:
        """The settings as plain JSON types."""
        return {
            "loss": self.loss,
            "optimiser": self.optimiser.to_json(),
            "batch_size": int(self.batch_size),
            "epochs": int(self.epochs),
            "snapshots": int(self.snapshots),
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


@dataclass(frozen=True, eq=False)
class History:
    """What happened.

    Attributes:
        step_losses: float64 [steps], the loss of each batch before its step.
        epochs: one for each that was finished.
        snapshots: (steps made, the network then), evenly spread over the steps; the untrained network first, the last
            one last.
        network: the last one; where learning ran away, the last whose loss was a number.
        seconds: how long it took.
        settings: how it was done.
    """

    step_losses: Array
    epochs: tuple[Epoch, ...]
    snapshots: tuple[tuple[int, Perceptron], ...]
    network: Perceptron
    seconds: float
    settings: Settings

    def to_json(self) -> dict[str, object]:
        """All of it but the weights, as plain JSON types."""
        return {
            "settings": self.settings.to_json(),
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


Data = Problem | tuple[object, object]
"""A problem, or (examples [n, inputs], targets [n, outputs])."""


def learn(
    network: Perceptron,
    data: Data,
    settings: Settings,
    generator: np.random.Generator,
    *,
    watch: Callable[[Epoch], object] | None = None,
) -> History:
    """Learn from the data and tell what happened; the network that went in stays as it was.

    The order of the examples comes from the generator and from nothing else. ``watch`` is called with each epoch when
    it is over. BLAS is held to one thread: batches are too small to be shared, and its threads would wait for each
    other.

    Raises:
        ShapeError: data that do not fit the network, or a loss that does not fit its outputs.
        DivergenceError: the loss is no finite number any more; its ``history`` is what happened until then.

    >>> from seefood.perceptron.problems import load
    >>> from seefood.perceptron.optimisers import GradientDescent
    >>> generator = np.random.default_rng(0)
    >>> network = Perceptron.create([3, 2], generator)
    >>> settings = Settings(optimiser=GradientDescent(2.0), batch_size=4, epochs=50)
    >>> learn(network, load("example", generator), settings, generator).epochs[-1].accuracy
    1.0
    """
    loss = loss_named(settings.loss)
    examples, test = _checked(network, data, loss)
    with threadpool_limits(limits=1, user_api="blas"):
        return _Learning(network, examples, test, settings, loss).run(generator, watch)


@dataclass(frozen=True, eq=False)
class _Examples:
    x: Array
    targets: Array

    def __len__(self) -> int:
        return len(self.x)

    def batches(self, size: int, order: NDArray[np.int64]) -> Iterator[tuple[Array, Array]]:
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            yield self.x[chosen], self.targets[chosen]


def _checked(network: Perceptron, data: Data, loss: Loss) -> tuple[_Examples, _Examples | None]:
    """What to learn from and what to test on, fit for this network."""
    if not isinstance(data, Problem):
        x, targets = data
        return _fitting(network, x, targets, loss), None
    outputs = network.sizes[-1]
    if outputs != len(data.labels) and (outputs, len(data.labels)) != (1, 2):
        raise ShapeError(
            f"expected one output for each of the {len(data.labels)} classes of '{data.name}'; found a network of "
            f"{list(network.sizes)} nodes; make its last number {len(data.labels)}"
        )
    examples = _fitting(network, data.inputs, data.one_hot(outputs), loss)
    if data.test_inputs is None or data.test_targets is None:
        return examples, None
    return examples, _fitting(network, data.test_inputs, data.one_hot(outputs, test=True), loss)


def _fitting(network: Perceptron, x: object, targets: object, loss: Loss) -> _Examples:
    values = network.checked(x)
    if not len(values):
        raise ShapeError(f"expected one example or more; found shape {list(values.shape)}; give some to learn from")
    return _Examples(values, check_targets(loss, network.output, targets, (len(values), network.sizes[-1])))


class _Learning:
    """One run: what has been recorded so far, and where the network is now."""

    def __init__(
        self, network: Perceptron, examples: _Examples, test: _Examples | None, settings: Settings, loss: Loss
    ) -> None:
        self.examples, self.test, self.settings, self.loss = examples, test, settings, loss
        self.network = self.sound = network
        self.state = settings.optimiser.start(network)
        self.step_losses: list[float] = []
        self.epochs: list[Epoch] = []
        self.snapshots = [(0, network)]
        self.begin = time.perf_counter()
        steps = settings.epochs * math.ceil(len(examples) / settings.batch_size)
        spread = np.linspace(0, steps, min(settings.snapshots, steps + 1))
        self.wanted = frozenset(np.rint(spread).astype(int).tolist())

    def run(self, generator: np.random.Generator, watch: Callable[[Epoch], object] | None) -> History:
        for number in range(1, self.settings.epochs + 1):
            order = generator.permutation(len(self.examples))
            for x, targets in self.examples.batches(self.settings.batch_size, order):
                self._step(number, x, targets)
            self.epochs.append(self._epoch(number))
            if watch is not None:
                watch(self.epochs[-1])
        return self._history(self.network)

    def _step(self, epoch: int, x: Array, targets: Array) -> None:
        gradients = backpropagate(self.network, self.network.run(x), targets, self.loss)
        if not math.isfinite(gradients.loss):
            self._ran_away(epoch, gradients.loss)
        self.sound = self.network
        self.network, self.state = self.settings.optimiser.step(self.network, gradients, self.state)
        self.step_losses.append(gradients.loss)
        if len(self.step_losses) in self.wanted:
            self.snapshots.append((len(self.step_losses), self.network))

    def _epoch(self, number: int) -> Epoch:
        loss, accuracy = _score(self.network, self.examples, self.loss)
        if not math.isfinite(loss):
            self._ran_away(number, loss)
        if self.test is None:
            return Epoch(number, loss, accuracy)
        test_loss, test_accuracy = _score(self.network, self.test, self.loss)
        if not math.isfinite(test_loss):
            self._ran_away(number, test_loss)
        return Epoch(number, loss, accuracy, test_loss, test_accuracy)

    def _ran_away(self, epoch: int, loss: float) -> NoReturn:
        rate, steps = self.settings.optimiser.learning_rate, len(self.step_losses)
        raise DivergenceError(
            f"expected a loss that stays a finite number; found {loss} in epoch {epoch}, after {steps} steps, with "
            f"learning rate {rate:g}; use a smaller one, such as {rate / 10:g}, or scale the inputs to between 0 and 1",
            self._history(self.sound),
        )

    def _history(self, last: Perceptron) -> History:
        """The record, ending with this network: the present one, or the one before the step that went wrong."""
        steps = len(self.step_losses) - (last is not self.network)
        snapshots = (*((step, network) for step, network in self.snapshots if step < steps), (steps, last))
        losses = np.array(self.step_losses)
        losses.flags.writeable = False
        seconds = time.perf_counter() - self.begin
        return History(losses, tuple(self.epochs), snapshots, last, seconds, self.settings)


def _score(network: Perceptron, examples: _Examples, loss: Loss) -> tuple[float, float]:
    """The mean loss and the accuracy over all examples."""
    total, right = 0.0, 0
    for x, targets in examples.batches(EVALUATED_AT_ONCE, np.arange(len(examples))):
        trace = network.run(x)
        with np.errstate(all="ignore"):
            total += float(loss.each(network.output, trace.sums[-1], trace.outputs, targets).sum())
        right += int(np.count_nonzero(_classes(trace.outputs) == _classes(targets)))
    return total / len(examples), right / len(examples)


def _classes(answers: Array) -> NDArray[np.int64]:
    """The class that each row of [n, outputs] speaks for."""
    if answers.shape[1] == 1:
        return (answers[:, 0] >= 0.5).astype(np.int64)
    largest: NDArray[np.int64] = answers.argmax(axis=1)
    return largest
