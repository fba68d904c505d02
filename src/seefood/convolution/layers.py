"""Layers of a convolutional network in NumPy, each as its definition reads, equal to Keras.

A layer is a frozen value that is called with maps and gives maps. Maps are [n, height, width, channels], as in Keras;
behind `Flatten` and the global poolings they are vectors [n, numbers]. Whole numbers become float32; float64 stays.
The layers that lay a window on every place, convolution and pooling, are in ``sliding``.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seefood.convolution.receptive_field import ReceptiveField
from seefood.errors import ShapeError

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "Array",
    "Dense",
    "Flatten",
    "GlobalAveragePooling",
    "GlobalMaxPooling",
    "Layer",
    "Shape",
    "Softmax",
    "check_bias",
    "check_maps",
    "hold",
    "plus",
]

Array = NDArray[np.floating[Any]]
Shape = tuple[int, ...]
"""Of one picture's maps: (height, width, channels), or (numbers,)."""


class Layer(ABC):
    """What all layers have in common: a name for their kind, a shape they give, and what they cost."""

    kind: ClassVar[str]

    def __call__(self, x: ArrayLike) -> Array:
        """The layer's answer to maps [n, height, width, channels] or vectors [n, numbers].

        Raises:
            ShapeError: the input does not fit; both shapes are in the message.
        """
        values = np.asarray(x)
        if values.dtype.kind not in "biuf" or values.ndim < 2:
            found = f"{values.dtype} {list(values.shape)}"
            raise ShapeError(
                f"expected numbers [n, height, width, channels] or [n, numbers]; found {found}; give those"
            )
        self.output_shape(values.shape[1:])
        return self._answer(values if values.dtype.kind == "f" else values.astype(np.float32))

    @abstractmethod
    def _answer(self, x: Array) -> Array:
        """The definition, for an input that fits."""

    @abstractmethod
    def output_shape(self, shape: Shape) -> Shape:
        """What becomes of a shape, without the batch. Raises ShapeError where it does not fit."""

    @property
    def parameters(self) -> int:
        """How many weights and biases it has."""
        return 0

    def multiply_adds(self, shape: Shape) -> int:  # noqa: ARG002 - only layers with weights look at it
        """Multiplications by a weight for one picture whose maps have this shape."""
        return 0

    def field(self, field: ReceptiveField, shape: Shape) -> ReceptiveField:  # noqa: ARG002
        """The receptive field behind the layer, where ``field`` is the one before it."""
        return field

    @property
    def window(self) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """Kernel and stride, both (down, across), of a layer that slides; None for the others."""
        return None


def check_maps(shape: Shape) -> tuple[int, int, int]:
    """The height, width and channels of maps; ShapeError where the shape is not that of maps."""
    if len(shape) != 3 or min(shape) < 1:
        raise ShapeError(
            f"expected maps [n, height, width, channels]; found an input of shape {['n', *shape]}; "
            "put the layer before what flattens them"
        )
    height, width, channels = shape
    return height, width, channels


def _vector(shape: Shape) -> int:
    if len(shape) != 1 or min(shape) < 1:
        raise ShapeError(
            f"expected vectors [n, numbers]; found an input of shape {['n', *shape]}; put a Flatten or a "
            "global pooling before it"
        )
    return shape[0]


@dataclass(frozen=True, eq=False)
class Dense(Layer):
    """Every number with every output: y = x @ weights + bias. As ``keras.layers.Dense``.

    Attributes:
        weights: float32 [inputs, outputs].
        bias: float32 [outputs], or None.

    Raises:
        ShapeError: weights that are no matrix of finite numbers, or a bias that does not fit them.
    """

    kind: ClassVar[str] = "dense"
    weights: Array
    bias: Array | None = None

    def __post_init__(self) -> None:
        weights = _finite("weights", self.weights)
        if weights.ndim != 2 or not weights.size:
            raise ShapeError(f"expected weights [inputs, outputs]; found shape {list(weights.shape)}; give a matrix")
        hold(self, "weights", weights)
        hold(self, "bias", check_bias(self.bias, weights.shape[1], f"weights of shape {list(weights.shape)}"))

    def output_shape(self, shape: Shape) -> Shape:
        if _vector(shape) != self.weights.shape[0]:
            raise ShapeError(
                f"expected vectors of {self.weights.shape[0]} numbers for weights of shape {list(self.weights.shape)}; "
                f"found an input of shape {['n', *shape]}; make them agree"
            )
        return (self.weights.shape[1],)

    def _answer(self, x: Array) -> Array:
        return plus(x @ self.weights, self.bias)

    @property
    def parameters(self) -> int:
        return self.weights.size + (0 if self.bias is None else self.bias.size)

    def multiply_adds(self, shape: Shape) -> int:  # noqa: ARG002
        return self.weights.size


@dataclass(frozen=True)
class Flatten(Layer):
    """Maps as vectors: row by row, in a row pixel by pixel, of a pixel its channels. As ``keras.layers.Flatten``."""

    kind: ClassVar[str] = "flatten"

    def output_shape(self, shape: Shape) -> Shape:
        return (int(np.prod(shape)),)

    def _answer(self, x: Array) -> Array:
        return x.reshape(len(x), -1)

    def field(self, field: ReceptiveField, shape: Shape) -> ReceptiveField:
        """What it was for a vector; otherwise the numbers' fields differ, and what all of them see is given."""
        return field if len(shape) == 1 else field.spread(*shape[:2])


class _GlobalPooling(Layer):
    """Each channel as one number."""

    def output_shape(self, shape: Shape) -> Shape:
        return (check_maps(shape)[2],)

    def field(self, field: ReceptiveField, shape: Shape) -> ReceptiveField:
        return field.spread(*shape[:2])


@dataclass(frozen=True)
class GlobalAveragePooling(_GlobalPooling):
    """The mean of each channel. As ``keras.layers.GlobalAveragePooling2D``."""

    kind: ClassVar[str] = "global average pooling"

    def _answer(self, x: Array) -> Array:
        mean: Array = x.mean(axis=(1, 2))
        return mean


@dataclass(frozen=True)
class GlobalMaxPooling(_GlobalPooling):
    """The largest number of each channel. As ``keras.layers.GlobalMaxPooling2D``."""

    kind: ClassVar[str] = "global max pooling"

    def _answer(self, x: Array) -> Array:
        largest: Array = x.max(axis=(1, 2))
        return largest


def _relu(x: Array) -> Array:
    return np.maximum(x, 0)


def _relu6(x: Array) -> Array:
    return np.clip(x, 0, 6)


def _sigmoid(x: Array) -> Array:
    small = np.exp(-np.abs(x))  # at most 1, so that nothing overflows
    return cast("Array", np.where(x >= 0, x.dtype.type(1), small) / (1 + small))


def _softmax(x: Array) -> Array:
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    return cast("Array", exponentials / exponentials.sum(axis=-1, keepdims=True))


ACTIVATIONS: Mapping[str, Callable[[Array], Array]] = {
    "relu": _relu,
    "relu6": _relu6,
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "softmax": _softmax,
    "linear": lambda x: x,
}


@dataclass(frozen=True)
class Activation(Layer):
    """A function of each number, or of the channels at each place. As ``keras.layers.Activation``.

    ``relu`` is max(x, 0), ``relu6`` min(max(x, 0), 6), ``sigmoid`` 1 / (1 + exp(-x)), ``linear`` x itself,
    ``tanh`` the function of that name; ``softmax`` is exp(x) divided by its sum over the channels.

    Raises:
        ShapeError: another name.

    >>> Activation("relu6")([[-1.0, 5.0, 7.0]]).tolist()
    [[0.0, 5.0, 6.0]]
    """

    kind: ClassVar[str] = "activation"
    name: Literal["relu", "relu6", "sigmoid", "tanh", "softmax", "linear"]

    def __post_init__(self) -> None:
        if self.name not in ACTIVATIONS:
            known = ", ".join(ACTIVATIONS)
            raise ShapeError(f"expected an activation of {known}; found {str(self.name)[:60]!r}; write one of these")

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def _answer(self, x: Array) -> Array:
        return ACTIVATIONS[self.name](x)


@dataclass(frozen=True)
class Softmax(Activation):
    """The activation ``softmax`` as a layer of its own, over the last axis. As ``keras.layers.Softmax``."""

    kind: ClassVar[str] = "softmax"
    name: Literal["relu", "relu6", "sigmoid", "tanh", "softmax", "linear"] = "softmax"


def hold(layer: object, attribute: str, values: Array | None) -> None:
    """Set it on a frozen layer, so that it cannot be written to."""
    if values is not None:
        values.flags.writeable = False
    object.__setattr__(layer, attribute, values)


def _finite(what: str, values: ArrayLike) -> NDArray[np.float32]:
    try:
        array = np.array(values, np.float32)
    except (ValueError, TypeError) as error:
        raise ShapeError(f"expected {what} as numbers in equal rows; found something else; give an array") from error
    if not np.isfinite(array).all():
        raise ShapeError(f"expected {what} of finite numbers; found NaN or infinity; look at where they come from")
    return array


def check_bias(bias: ArrayLike | None, outputs: int, beside: str) -> NDArray[np.float32] | None:
    """A bias as float32 [outputs], None where there is none; ``beside`` says which weights it belongs to."""
    if bias is None:
        return None
    array = _finite("a bias", bias)
    if array.shape != (outputs,):
        raise ShapeError(
            f"expected a bias of shape [{outputs}] beside {beside}; found {list(array.shape)}; give one an output"
        )
    return array


def plus(x: Array, bias: Array | None) -> Array:
    """With the bias, where there is one."""
    return x if bias is None else cast("Array", x + bias)
