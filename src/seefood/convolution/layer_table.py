"""A table of layers: what each one is, how large its answer, how many weights and multiplications it has."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from seefood.convolution.receptive_field import ReceptiveField

__all__ = ["LayerRow", "LayerTable"]


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
            dense layers. Biases, pooling, normalisation, activations and additions are not counted.
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


def _listed(numbers: tuple[int, ...] | None) -> list[int] | None:
    return None if numbers is None else list(numbers)
