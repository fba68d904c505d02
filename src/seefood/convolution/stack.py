"""A stack of layers: what one gives, the next one takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from seefood.convolution.layer_table import LayerRow, LayerTable
from seefood.convolution.layers import Activation, Array, Layer, Shape
from seefood.convolution.receptive_field import PIXEL
from seefood.convolution.sliding import Convolution
from seefood.errors import ShapeError

__all__ = ["Stack"]


@dataclass(frozen=True)
class Stack:
    """Layers in the order in which they are computed.

    Attributes:
        layers: at least one.
        names: one a layer, no two alike; where None, what they are with a number: "convolution 1", "max pooling 1" …

    Raises:
        ShapeError: no layers, something that is no layer, or names that do not fit.

    >>> from seefood.convolution.layers import Flatten
    >>> stack = Stack((Convolution(np.ones((2, 2, 1, 4))), Activation("relu"), Flatten()))
    >>> stack(np.ones((1, 3, 3, 1))).shape
    (1, 16)
    >>> list(stack.trace(np.ones((1, 3, 3, 1))))
    ['input', 'convolution 1', 'relu 1', 'flatten 1']
    >>> stack.table((3, 3, 1)).multiply_adds
    64
    """

    layers: Sequence[Layer]
    names: Sequence[str] | None = None

    def __post_init__(self) -> None:
        layers = tuple(self.layers)
        strangers = [
            type(layer).__name__ for layer in cast("tuple[object, ...]", layers) if not isinstance(layer, Layer)
        ]
        if strangers or not layers:
            found = f"a {strangers[0]} among them" if strangers else "none"
            raise ShapeError(f"expected layers; found {found}; give at least one, from seefood.convolution.layers")
        names = _numbered(layers) if self.names is None else tuple(self.names)
        if len(names) != len(layers) or len(set(names)) != len(names) or "input" in names:
            raise ShapeError(
                f"expected {len(layers)} different names other than 'input'; found {len(names)} "
                f"({', '.join(names)[:80]}); give one a layer"
            )
        object.__setattr__(self, "layers", layers)
        object.__setattr__(self, "names", names)

    def __call__(self, x: ArrayLike) -> Array:
        """The last layer's answer to maps [n, height, width, channels]. Raises ShapeError as `trace`."""
        return list(self.trace(x).values())[-1]

    def trace(self, x: ArrayLike) -> dict[str, Array]:
        """Every value on the way: "input", then each layer's answer under its name.

        Raises:
            ShapeError: a layer does not fit what comes to it, which is named with both shapes; or the input holds NaN
                or infinity.
        """
        values = np.asarray(x)
        if values.dtype.kind in "fc" and not np.isfinite(values).all():
            raise ShapeError("expected an input of finite numbers; found NaN or infinity; look at where it comes from")
        found = {"input": values}
        for number, (name, layer) in enumerate(self._named, 1):
            try:
                values = layer(values)
            except ShapeError as error:
                raise _at(number, name, error) from error
            found[name] = values
        return found

    def table(self, input_shape: Shape) -> LayerTable:
        """What each layer makes of maps (height, width, channels), and its costs. Raises ShapeError as `trace`.

        For vectors (numbers,) there are no pixels to be seen, and so no receptive fields.
        """
        rows, shape = [], tuple(input_shape)
        field = PIXEL if len(shape) == 3 else None
        for number, (name, layer) in enumerate(self._named, 1):
            try:
                output = layer.output_shape(shape)
                field = None if field is None else layer.field(field, shape).within(*input_shape[:2])
                costs = layer.multiply_adds(shape)
            except ShapeError as error:
                raise _at(number, name, error) from error
            kernel, stride = layer.window or (None, None)
            groups = layer.groups if isinstance(layer, Convolution) else 1
            activation = layer.name if isinstance(layer, Activation) else None
            row = LayerRow(name, layer.kind, kernel, stride, output, layer.parameters, costs, field, groups, activation)
            rows.append(row)
            shape = output
        return LayerTable(tuple(rows))

    @property
    def _named(self) -> list[tuple[str, Layer]]:
        return list(zip(self.names or (), self.layers, strict=True))


def _numbered(layers: Sequence[Layer]) -> tuple[str, ...]:
    """Each layer's kind, or an activation's name, with a number that counts its like."""
    kinds = [layer.name if isinstance(layer, Activation) else layer.kind for layer in layers]
    return tuple(f"{kind} {kinds[: place + 1].count(kind)}" for place, kind in enumerate(kinds))


def _at(number: int, name: str, error: ShapeError) -> ShapeError:
    return ShapeError(f"layer {number}, {name}: {error}")
