"""Learning: batches and epochs, and the history of what happened.

An epoch shows every example once, in a new order, one batch after another; each batch makes one step downhill.
"""

import math
import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from seefood.errors import DivergenceError, ShapeError
from seefood.perceptron.backpropagation import backpropagate
from seefood.perceptron.given import check_generator
from seefood.perceptron.history import Ending, Epoch, History, Interrupted, Settings
from seefood.perceptron.losses import Loss, check_targets, loss_named
from seefood.perceptron.network import Perceptron
from seefood.perceptron.problems import Problem

__all__ = ["Ending", "Epoch", "History", "Interrupted", "Settings", "learn"]

Array = NDArray[np.float64]

MOST_SNAPSHOT_BYTES = 128 << 20
"""Fewer snapshots are kept of a network so large that they would need more memory. There are two lists of them: one for
a run that ends as planned, one for a run that ends before."""
EVALUATED_AT_ONCE = 4096
"""Examples; keeps the trace of a whole data set out of memory."""
MOST_ACTIVATIONS = 1 << 26
"""Of a batch: there are a few arrays of so many numbers, of eight bytes each."""
USUAL_RATE = 0.01

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
        ShapeError: data that do not fit the network, a loss that does not fit its outputs, or no
            `numpy.random.Generator`.
        DivergenceError: the loss is no finite number any more; its ``history`` is what happened until then.
        Interrupted: Ctrl-C (it is a KeyboardInterrupt); its ``history`` is what happened until then.

    >>> from seefood.perceptron.problems import load
    >>> from seefood.perceptron.optimisers import GradientDescent
    >>> generator = np.random.default_rng(0)
    >>> network = Perceptron.create([3, 2], generator)
    >>> settings = Settings(optimiser=GradientDescent(2.0), batch_size=4, epochs=50)
    >>> learn(network, load("example", generator), settings, generator).epochs[-1].accuracy
    1.0
    """
    check_generator(generator)
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
        self.reached, self.sound = (0, network), network
        _check_batch(min(settings.batch_size, len(examples)), network)
        self.state = settings.optimiser.start(network)
        self.step_losses = array("d")
        self.epochs: list[Epoch] = []
        self.snapshots = [(0, network)]
        self.begin = time.perf_counter()
        steps = settings.epochs * math.ceil(len(examples) / settings.batch_size)
        kept = max(2, min(settings.snapshots, MOST_SNAPSHOT_BYTES // (8 * network.parameters)))
        spread = np.linspace(0, steps, min(kept, steps + 1))
        self.early, self.most_early, self.stride = [(0, network)], kept, 1
        self.wanted = frozenset(np.rint(spread).astype(int).tolist())

    @property
    def network(self) -> Perceptron:
        return self.reached[1]

    def run(self, generator: np.random.Generator, watch: Callable[[Epoch], object] | None) -> History:
        try:
            self._run(generator, watch)
        except KeyboardInterrupt as error:
            steps, network = self.reached
            raise Interrupted(self._history(steps, network, "interrupted")) from error
        return self._history(*self.reached, "finished")

    def _run(self, generator: np.random.Generator, watch: Callable[[Epoch], object] | None) -> None:
        for number in range(1, self.settings.epochs + 1):
            order = generator.permutation(len(self.examples))
            for x, targets in self.examples.batches(self.settings.batch_size, order):
                self._step(number, x, targets)
            self.epochs.append(self._epoch(number))
            if watch is not None:
                watch(self.epochs[-1])

    def _step(self, epoch: int, x: Array, targets: Array) -> None:
        gradients = backpropagate(self.network, self.network.run(x), targets, self.loss)
        if not math.isfinite(gradients.loss):
            self._ran_away(epoch, gradients.loss)
        self.sound = self.network
        network, self.state = self.settings.optimiser.step(self.network, gradients, self.state)
        self.step_losses.append(gradients.loss)
        self.reached = len(self.step_losses), network  # at once, so that an interrupt finds both or neither
        if len(self.step_losses) in self.wanted:
            self.snapshots.append(self.reached)
        if len(self.step_losses) % self.stride == 0:
            self.early.append(self.reached)
        if len(self.early) > self.most_early:  # of a run of unknown length every so-manieth, and half as many in time
            self.early, self.stride = self.early[::2], 2 * self.stride

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
        smaller = min(rate / 10, USUAL_RATE)  # a tenth of a rate that is out of all measure would be so, too
        raise DivergenceError(
            f"expected a loss that stays a finite number; found {loss} in epoch {epoch}, after {steps} "
            f"step{'' if steps == 1 else 's'}, with learning rate {rate:g}; use a smaller one, such as {smaller:g}, or "
            "scale the inputs to between 0 and 1",
            self._history(steps - (self.sound is not self.network), self.sound, "ran away"),
        )

    def _history(self, steps: int, last: Perceptron, ending: Ending) -> History:
        """The record, ending with this network after so many steps: the present one, or the one before the step that
        went wrong."""
        kept = self.snapshots if ending == "finished" else self.early
        snapshots = (*((step, network) for step, network in kept if step < steps), (steps, last))
        losses = np.array(self.step_losses[: len(self.step_losses) if ending == "ran away" else steps])
        losses.flags.writeable = False
        seconds = time.perf_counter() - self.begin
        return History(losses, tuple(self.epochs), snapshots, last, seconds, self.settings, ending)


def _check_batch(size: int, network: Perceptron) -> None:
    nodes = sum(network.sizes)
    if size * nodes > MOST_ACTIVATIONS:
        raise ShapeError(
            f"expected batches of at most {max(1, MOST_ACTIVATIONS // nodes):,} examples for a network of {nodes:,} "
            f"nodes, whose activations are kept for each; found {size:,}; make the batch smaller"
        )


def _score(network: Perceptron, examples: _Examples, loss: Loss) -> tuple[float, float]:
    """The mean loss and the accuracy over all examples."""
    total, right = 0.0, 0
    at_once = max(1, min(EVALUATED_AT_ONCE, MOST_ACTIVATIONS // sum(network.sizes)))
    for x, targets in examples.batches(at_once, np.arange(len(examples))):
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
