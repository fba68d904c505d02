"""How a table's columns become a network's inputs: shifted and divided, column by column, and back again."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Scaling"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scaling:
    """input = (number in the file - shift) / divisor, for each column.

    Attributes:
        kind: "standardised" where the shifts are means and the divisors standard deviations, "pixels" where numbers
            from 0 to 255 are divided by 255.
        shift, divisor: float64 [d], read-only; no divisor is 0.

    >>> scaling = Scaling.standardising(np.array([[1.0, 7.0], [3.0, 7.0]]))
    >>> scaling.shift.tolist(), scaling.divisor.tolist()
    ([2.0, 7.0], [1.0, 1.0])
    >>> scaling.scaled(np.array([[5.0, 7.0]])).tolist(), scaling.restored(np.array([[3.0, 0.0]])).tolist()
    ([[3.0, 0.0]], [[5.0, 7.0]])
    """

    kind: Literal["standardised", "pixels"]
    shift: Array
    divisor: Array

    def __post_init__(self) -> None:
        for name in ("shift", "divisor"):
            values = np.array(getattr(self, name), np.float64)
            values.flags.writeable = False
            object.__setattr__(self, name, values)

    @classmethod
    def standardising(cls, inputs: Array) -> "Scaling":
        """To mean 0 and standard deviation 1 over these inputs [n, d]; columns that never change only to 0."""
        halves = _powers(inputs)
        small = inputs / halves  # exact, and now squares cannot overflow
        mean, deviation = small.mean(axis=0), small.std(axis=0)
        constant = (inputs == inputs[0]).all(axis=0) | (deviation == 0)
        # A mean of equal numbers may be another one by its last digit.
        shift = np.where(constant, inputs[0], mean * halves)
        return cls("standardised", shift, np.where(constant, 1.0, deviation * halves))

    @property
    def words(self) -> str:
        """What was done, in a word or two."""
        return "standardised" if self.kind == "standardised" else "pixels / 255"

    def scaled(self, numbers: Array) -> Array:
        """The file's numbers [n, d] as inputs; infinite where one is too far from the others to be divided."""
        with np.errstate(over="ignore"):
            powers = np.maximum(_powers(self.shift[None]), _powers(self.divisor[None]))
            result: Array = (numbers / powers - self.shift / powers) / (self.divisor / powers)
        return result

    def restored(self, inputs: Array) -> Array:
        """Inputs [n, d] as the file's numbers; infinite where they are too large to be numbers."""
        with np.errstate(over="ignore", invalid="ignore"):
            result: Array = inputs * self.divisor + self.shift
        return result

    def then(self, other: "Scaling") -> "Scaling":
        """This scaling and another after it, as one."""
        return Scaling(other.kind, self.shift + other.shift * self.divisor, self.divisor * other.divisor)

    def to_json(self) -> dict[str, object]:
        """As plain JSON types."""
        return {"kind": self.kind, "shift": self.shift.tolist(), "divisor": self.divisor.tolist()}


def _powers(values: Array) -> Array:
    """For each column [d] the power of two just below its largest magnitude; 1 where all is 0."""
    largest = np.abs(values).max(axis=0)
    powers: Array = np.where(largest > 0, np.ldexp(1.0, np.frexp(largest)[1] - 1), 1.0)
    return powers
