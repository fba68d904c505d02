"""A table of layers: what each one is, how large its answer, how many weights and multiplications it has."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from seefood.convolution.receptive_field import ReceptiveField

__all__ = ["ACTIVATIONS", "LayerRow", "LayerTable"]

ACTIVATIONS = frozenset(
    {
        *("clip", "elu", "gelu", "hard sigmoid", "hard swish", "leaky relu", "mish", "prelu", "relu", "relu6", "selu"),
        *("sigmoid", "softmax", "softplus", "softsign", "tanh"),
    }
)
"""Kinds of layers that are an activation of this name and nothing else."""

POINTWISE = {
    "addition": 1,
    "batch normalisation": 2,
    "division": 1,
    "multiplication": 1,
    "subtraction": 1,
    **dict.fromkeys(ACTIVATIONS, 1),
}
"""Operations for each number of the answer. Of a normalisation they are a scale and a shift."""


@dataclass(frozen=True)
class LayerRow:
    """One layer.

    Attributes:
        name: by which it is called.
        kind: "convolution", "max pooling", "dense" …; for what is not known here, the operator's own name.
        kernel, stride: (down, across), or None where the layer has none.
        output: shape of its answer to one picture: (height, width, channels), or (numbers,); None where unknown.
        parameters: weights and biases.
        multiply_adds: multiplications by a weight, each with an addition, for one picture: those of convolutions and
            dense layers. Biases, pooling, normalisation, activations and additions are not counted; for the last three
            there is ``pointwise``.
        receptive_field: which input pixels one number of the answer sees; None where unknown.
        groups: into how many groups a convolution divides the channels; as many as channels when it is depthwise.
        activation: the activation at its end, which is part of the layer, or None.
    """

    name: str
    kind: str
    kernel: tuple[int, int] | None
    stride: tuple[int, int] | None
    output: tuple[int, ...] | None
    parameters: int
    multiply_adds: int
    receptive_field: ReceptiveField | None
    groups: int = 1
    activation: str | None = None

    @property
    def numbers(self) -> int:
        """How many numbers its answer has; 0 where unknown."""
        return math.prod(self.output) if self.output is not None else 0

    @property
    def pointwise(self) -> int:
        """Operations on single numbers for one picture: those of normalisation, activations, and sums of maps.

        For each number of the answer two where it is normalised (scale and shift), one for an activation, whichever it
        is, and one where two maps are added, subtracted, multiplied or divided. 0 where the answer's shape is unknown.

        >>> LayerRow("sum", "addition", None, None, (4, 4, 8), 0, 0, None, activation="relu").pointwise
        256
        """
        ends = self.kind not in ACTIVATIONS and self.activation not in (None, "linear")
        return (POINTWISE.get(self.kind, 0) + ends) * self.numbers

    def to_json(self) -> dict[str, object]:
        """The row as JSON values; pairs and shapes as lists."""
        field = self.receptive_field
        return {
            "name": self.name,
            "kind": self.kind,
            "kernel": _listed(self.kernel),
            "stride": _listed(self.stride),
            "output": _listed(self.output),
            "parameters": self.parameters,
            "multiply_adds": self.multiply_adds,
            "receptive_field": None if field is None else _listed(field.size),
            "groups": self.groups,
            "activation": self.activation,
        }


@dataclass(frozen=True)
class LayerTable:
    """Layers in the order in which they are computed."""

    rows: tuple[LayerRow, ...]

    def __iter__(self) -> Iterator[LayerRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def parameters(self) -> int:
        """Of all layers."""
        return sum(row.parameters for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        """Of all layers, for one picture."""
        return sum(row.multiply_adds for row in self.rows)

    @property
    def convolutions(self) -> int:
        """The multiply-adds of convolutions alone, for one picture."""
        return sum(row.multiply_adds for row in self._convolutions)

    def operations(self, *, normalised: bool) -> int:
        """Multiply-adds and operations on single numbers (``LayerRow.pointwise``) of all layers, for one picture.

        Args:
            normalised: whether there was a normalisation behind every convolution which is folded into its weights, as
                inference does. The layers do not tell; it counts two for each number of a convolution's answer, as one
                that is a layer of its own does.

        >>> convolution = LayerRow("stem", "convolution", (3, 3), (1, 1), (4, 4, 8), 224, 3456, None, activation="relu")
        >>> table = LayerTable((convolution,))
        >>> table.operations(normalised=False), table.operations(normalised=True)
        (3584, 3840)
        """
        folded = sum(2 * row.numbers for row in self._convolutions) if normalised else 0
        return self.multiply_adds + sum(row.pointwise for row in self.rows) + folded

    @property
    def _convolutions(self) -> list[LayerRow]:
        return [row for row in self.rows if row.kind.endswith("convolution")]


def _listed(numbers: tuple[int, ...] | None) -> list[int] | None:
    return None if numbers is None else list(numbers)
