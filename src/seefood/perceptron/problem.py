"""One problem as a value: examples with a class each, and where they come from."""

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seefood.errors import DatasetError
from seefood.perceptron.scaling import Scaling

__all__ = ["MOST_CLASSES", "Problem"]

Array = NDArray[np.float64]

MOST_CLASSES = 1000
SMALL_RANGE = 0.1
"""A column that varies by less than this is small, beside others that vary by 1."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Examples and their classes.

    Attributes:
        name: what the problem is called.
        inputs: float64 [n, d], read-only.
        targets: int64 [n], the number of each example's class.
        labels: the classes' names, two or more.
        feature_names: what each of the d inputs is.
        test_inputs, test_targets: the same for examples that are not learned from; both None where there are none.
        scaling: how the inputs were made of a file's numbers; None where they are those numbers themselves.
        lines: int64 [n], where in its file each example stands, counted from 1; None where there is no file.
        label_column, left_out: of the file: which column was the label, and which only number the lines.

    Raises:
        DatasetError: shapes that do not fit each other, numbers that are not finite, or classes that make no sense.

    >>> problem = Problem("and", [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1], ("no", "yes"), ("first", "second"))
    >>> problem.one_hot().tolist()
    [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    """

    name: str
    inputs: Array
    targets: NDArray[np.int64]
    labels: tuple[str, ...]
    feature_names: tuple[str, ...]
    test_inputs: Array | None = None
    test_targets: NDArray[np.int64] | None = None
    scaling: Scaling | None = None
    lines: NDArray[np.int64] | None = None
    label_column: str = ""
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._check_labels()
        self._set("inputs", "targets")
        if (self.test_inputs is None) != (self.test_targets is None):
            raise DatasetError(f"{self.name}: expected test inputs and test targets together; found one; give both")
        if self.test_inputs is not None:
            self._set("test_inputs", "test_targets")
        if self.lines is not None:
            self._set_lines(np.array(self.lines))

    def _set_lines(self, lines: NDArray[np.int64]) -> None:
        if lines.shape != self.targets.shape or lines.dtype.kind not in "iu":
            raise DatasetError(
                f"{self.name}: expected a line number for each of {list(self.targets.shape)} examples; found "
                f"{lines.dtype} {list(lines.shape)}; give each its own, or none"
            )
        lines.flags.writeable = False
        object.__setattr__(self, "lines", lines)

    def _check_labels(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels))
        object.__setattr__(self, "feature_names", tuple(self.feature_names))
        if not 2 <= len(self.labels) <= MOST_CLASSES or len(set(self.labels)) < len(self.labels):
            found = f"{len(self.labels)}, {len(set(self.labels))} of them different"
            raise DatasetError(
                f"{self.name}: expected 2 to {MOST_CLASSES} different classes; found {found}; check the labels"
            )

    def _set(self, inputs_name: str, targets_name: str) -> None:
        """Check and freeze one pair of inputs and targets."""
        inputs = np.array(getattr(self, inputs_name), np.float64)
        targets = np.array(getattr(self, targets_name))
        if inputs.ndim != 2 or inputs.shape[1] != len(self.feature_names) or targets.shape != inputs.shape[:1]:
            raise DatasetError(
                f"{self.name}: expected inputs [n, {len(self.feature_names)}] and targets [n]; found shapes "
                f"{list(inputs.shape)} and {list(targets.shape)}; give every example its features and its class"
            )
        if inputs.size == 0:
            raise DatasetError(f"{self.name}: expected examples; found shape {list(inputs.shape)}; give it some")
        if not np.isfinite(inputs).all():
            place = [int(index) for index in np.argwhere(~np.isfinite(inputs))[0]]
            raise DatasetError(
                f"{self.name}: expected finite inputs; found {inputs[tuple(place)]} at {place}; write a number there"
            )
        if targets.dtype.kind not in "iu" or not 0 <= targets.min() <= targets.max() < len(self.labels):
            raise DatasetError(
                f"{self.name}: expected targets as whole numbers from 0 to {len(self.labels) - 1}; found "
                f"{targets.dtype} from {targets.min()} to {targets.max()}; number the classes as the labels are"
            )
        for name, values in ((inputs_name, inputs), (targets_name, targets.astype(np.int64))):
            values.flags.writeable = False
            object.__setattr__(self, name, values)

    def one_hot(self, outputs: int | None = None, *, test: bool = False) -> Array:
        """The targets, or the test targets, as float64 [n, outputs]: 1 for the right class, 0 elsewhere.

        As many outputs as labels, unless there is one output for two labels: then a single 0 or 1.
        """
        targets = self.test_targets if test else self.targets
        if targets is None:
            raise DatasetError(f"{self.name}: expected test examples; found none; split some off first")
        if outputs == 1 and len(self.labels) == 2:
            return targets[:, np.newaxis].astype(np.float64)
        return np.eye(len(self.labels))[targets]

    def standardised(self) -> "Problem":
        """Each input shifted and scaled to mean 0 and standard deviation 1 over the examples to learn from.

        For tables whose columns are measured in different units; inputs that never change become 0. How is kept in
        ``scaling``, on top of any scaling that was done before.
        """
        scaling = Scaling.standardising(self.inputs)
        test = None if self.test_inputs is None else scaling.scaled(self.test_inputs)
        whole = scaling if self.scaling is None else self.scaling.then(scaling)
        return dataclasses.replace(self, inputs=scaling.scaled(self.inputs), test_inputs=test, scaling=whole)

    def prepared(self, generator: np.random.Generator) -> "Problem":
        """A table's examples as the command line learns from them: a fifth of each class kept to test, and the columns
        standardised, unless all of them are within -1 to 1 already and none is much smaller."""
        parts = self.split(generator)
        if np.abs(parts.inputs).max() > 1:
            return parts.standardised()
        ranges = np.ptp(parts.inputs, axis=0)
        return parts if ((ranges == 0) | (ranges >= SMALL_RANGE)).all() else parts.standardised()

    def split(self, generator: np.random.Generator, share: float = 0.2) -> "Problem":
        """The same with about this share of every class put aside to test on; each class keeps one to learn from."""
        aside = np.zeros(len(self.targets), bool)
        for number in range(len(self.labels)):
            members = generator.permutation(np.flatnonzero(self.targets == number))
            aside[members[: min(round(share * len(members)), len(members) - 1)]] = True
        if not aside.any():
            return self
        return dataclasses.replace(
            self,
            inputs=self.inputs[~aside],
            targets=self.targets[~aside],
            test_inputs=self.inputs[aside],
            test_targets=self.targets[aside],
            lines=None if self.lines is None else self.lines[~aside],
        )

    def name_of(self, number: int) -> str:
        """An example, counted from 0, and where it is in its file.

        >>> Problem("t", [[1.0], [2.0]], [0, 1], ("a", "b"), ("x",), lines=[2, 3]).name_of(0)
        'example 0 (line 2 of the file)'
        """
        line = "" if self.lines is None else f" (line {self.lines[number]} of the file)"
        return f"example {number}{line}"

    def to_json(self) -> dict[str, object]:
        """All but the examples, as plain JSON types."""
        return {
            "problem": self.name,
            "examples": len(self.inputs),
            "tested": 0 if self.test_inputs is None else len(self.test_inputs),
            "features": list(self.feature_names),
            "labels": list(self.labels),
            "label_column": self.label_column or None,
            "left_out": list(self.left_out),
            "scaling": None if self.scaling is None else self.scaling.to_json(),
        }
