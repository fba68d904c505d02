"""One example on its way through a network: every number forward and, where its class is known, backward."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seefood.errors import ShapeError
from seefood.perceptron.backpropagation import Gradients, gradients
from seefood.perceptron.network import Perceptron, Trace
from seefood.perceptron.pictures.layout import Row, largest_row, row
from seefood.perceptron.pictures.numerals import numeral
from seefood.perceptron.pictures.words import Language, said
from seefood.perceptron.problems import Problem

__all__ = ["Example", "Passage", "class_probabilities", "rows_of"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Example:
    """What goes in, what should come out, and what everything is called.

    Attributes:
        inputs: float64 [inputs].
        target: the number of the right class; None where it is not known: then there is no loss and no gradient.
        labels: of the classes. Names of the inputs: ``features``. Both are filled up where they are too few.
        loss: a name in `seefood.perceptron.losses.LOSSES`.
        name: which example it is, in words. scaling: what was done to the file's numbers to make inputs of them, as
            `seefood.perceptron.scaling.Scaling.words`; empty where nothing was.
        originals: the file's own numbers, [inputs], where the inputs are scaled.
        language: of the words around the numbers.

    Raises:
        ShapeError: the inputs are not one row of numbers, or there is no such class.
    """

    inputs: Array
    target: int | None = None
    labels: Sequence[str] = ()
    features: Sequence[str] = ()
    loss: str = "cross_entropy"
    name: str = ""
    scaling: str = ""
    originals: Array | None = None
    language: Language = "en"

    def __post_init__(self) -> None:
        inputs = np.asarray(self.inputs, np.float64)
        if inputs.ndim != 1 or not inputs.size:
            raise ShapeError(f"expected one example as [inputs]; found shape {list(inputs.shape)}; choose one row")
        object.__setattr__(self, "inputs", inputs)
        if self.target is not None and self.target < 0:
            raise ShapeError(f"expected a class from 0 up; found {self.target}; count the labels from 0")

    @classmethod
    def of(cls, problem: Problem, number: int, loss: str, language: Language = "en") -> "Example":
        """An example of a problem, counted from 0. Raises ShapeError where there is none of that number."""
        if not 0 <= number < len(problem.inputs):
            found = f"number {number} of inputs {list(np.shape(problem.inputs))}"
            raise ShapeError(
                f"expected one of the problem's {len(problem.inputs)} examples; found {found}; count from 0"
            )
        target = int(problem.targets[number])
        inputs, scaling = problem.inputs[number], problem.scaling
        names = tuple(problem.labels), tuple(problem.feature_names)
        place: dict[str, object] = {"number": number}
        if problem.lines is None:
            name = said(language, "example {number}", **place)
        else:
            place["line"] = int(problem.lines[number])
            name = said(language, "example {number} (line {line} of the file)", **place)
        words, originals = ("", None) if scaling is None else (scaling.words, scaling.restored(inputs))
        return cls(inputs, target, *names, loss, name, words, originals, language)

    def original(self, number: int) -> str:
        """An input as it is in the file, in words; empty where it is the same."""
        if self.originals is None:
            return ""
        return said(self.language, "{number} in the file", number=numeral(float(self.originals[number]), 6))

    def label(self, number: int) -> str:
        """What a class is called."""
        return (
            self.labels[number]
            if number < len(self.labels)
            else said(self.language, "class {number}", number=number + 1)
        )

    def feature(self, number: int) -> str:
        """What an input is called."""
        return (
            self.features[number]
            if number < len(self.features)
            else said(self.language, "input {number}", number=number + 1)
        )

    def output_label(self, node: int, outputs: int) -> str:
        """What an output stands for; a single one stands for the second of two classes."""
        return self.label(node + 1 if outputs == 1 else node)

    def through(self, network: Perceptron) -> "Passage":
        """The passage of this example through a network. Raises ShapeError where they do not fit each other."""
        return Passage(network, self, network.forward(self.inputs[None, :]))


@dataclass(frozen=True, eq=False)
class Passage:
    """A network, an example, and the trace that it left."""

    network: Perceptron
    example: Example
    trace: Trace

    @cached_property
    def targets(self) -> Array | None:
        """What the outputs should have been, [1, outputs]."""
        target, outputs = self.example.target, self.network.sizes[-1]
        if target is None:
            return None
        if target >= max(outputs, 2):
            raise ShapeError(
                f"expected one of the network's {outputs} outputs {[1, outputs]} to be right; found class {target} of "
                f"{[len(self.example.labels)]} labels; make the network's last number the number of classes"
            )
        return np.array([[float(target)]]) if outputs == 1 else np.eye(outputs)[[target]]

    @cached_property
    def gradients(self) -> Gradients | None:
        """The gradients of this example alone; None where its class is not known."""
        if self.targets is None:
            return None
        return gradients(self.network, self.trace, self.targets, self.example.loss)

    def before(self, layer: int) -> Array:
        """What a layer takes in, [inputs]: the example, or the activations of the layer before."""
        into: Array = (self.trace.inputs if layer == 0 else self.trace.activations[layer - 1])[0]
        return into


def class_probabilities(outputs: Array) -> Array:
    """Outputs [n, outputs] as [n, classes]: a single one, the probability of the second of two classes, becomes two."""
    return np.concatenate([1 - outputs, outputs], axis=1) if outputs.shape[1] == 1 else outputs


def rows_of(passage: Passage) -> tuple[Row, ...]:
    """Which nodes are shown: of many inputs the strongest, of many outputs the strongest and the right one."""
    sizes, target = passage.network.sizes, passage.example.target
    hidden = (row(size) for size in sizes[1:-1])
    return (largest_row(passage.trace.inputs[0]), *hidden, largest_row(passage.trace.outputs[0], target))
