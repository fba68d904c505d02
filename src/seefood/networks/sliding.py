"""Layers that lay a window on every place of their maps, as values: convolution and pooling, by the rules of Keras."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

from seefood.convolution.geometry import Geometry, Pair, geometry
from seefood.convolution.layers import Shape
from seefood.convolution.receptive_field import ReceptiveField
from seefood.errors import ShapeError
from seefood.networks.layers import LayerSpec, maps
from seefood.networks.settings import ACTIVATIONS, PADDINGS, POOLS, by, checked, choice, pair

__all__ = ["Convolution", "Pooling", "TooSmallError"]


class TooSmallError(ShapeError):
    """Maps are smaller than the window that is to be laid on them; what to do is still missing."""


class _Window(LayerSpec):
    """A layer that lays a window on every place of its maps."""

    padding: Literal["valid", "same"]

    @property
    @abstractmethod
    def window(self) -> tuple[tuple[int, int], tuple[int, int]]: ...

    def stands(self, shape: Shape) -> Geometry:
        """Where the window stands on maps of this shape. Raises ShapeError where it is larger than they are."""
        height, width, _ = maps(shape)
        kernel, stride = self.window
        if self.padding == "valid" and (kernel[0] > height or kernel[1] > width):
            raise TooSmallError(
                f"expected maps of at least {kernel[0]} by {kernel[1]} pixels for a window of that size; "
                f"found {height} by {width}"
            )
        return geometry((height, width), kernel, stride=stride, padding=self.padding)

    def field(self, field: ReceptiveField, shape: Shape) -> ReceptiveField:
        at = self.stands(shape)
        return field.through(at.kernel, at.stride, pads=at.pads[:2])

    def _sliding(self, without: tuple[int, int]) -> str:
        """The stride and the padding as text, where they are not the usual ones."""
        stride = self.window[1]
        return ("" if stride == without else f" stride {by(stride)}") + (" same" if self.padding == "same" else "")


@dataclass(frozen=True)
class Convolution(_Window):
    """As ``keras.layers.Conv2D``; a pair is (down, across), and one number stands for both.

    Raises:
        ShapeError: a setting that makes no sense, which is named.

    >>> str(Convolution(12, 3)), str(Convolution(20, (3, 5), strides=2, padding="same", activation="linear"))
    ('conv 12 3', 'conv 20 3x5 stride 2 same linear')
    """

    word: ClassVar[str] = "conv"
    filters: int
    kernel_size: Pair
    strides: Pair = 1
    padding: Literal["valid", "same"] = "valid"
    activation: str = "relu"

    def __post_init__(self) -> None:
        checked("filters", self.filters)
        object.__setattr__(self, "kernel_size", pair("kernel_size", self.kernel_size))
        object.__setattr__(self, "strides", pair("strides", self.strides))
        choice("padding", self.padding, PADDINGS)
        choice("activation", self.activation, ACTIVATIONS)

    @property
    def kind(self) -> str:
        return "convolution"

    @property
    def window(self) -> tuple[tuple[int, int], tuple[int, int]]:
        return pair("kernel_size", self.kernel_size), pair("strides", self.strides)

    def __str__(self) -> str:
        activation = "" if self.activation == "relu" else f" {self.activation}"
        return f"conv {self.filters} {by(self.window[0])}{self._sliding((1, 1))}{activation}"

    def output_shape(self, shape: Shape) -> Shape:
        return (*self.stands(shape).output, self.filters)

    def parameters(self, shape: Shape) -> int:
        return self._kernel(shape) + self.filters

    def multiply_adds(self, shape: Shape) -> int:
        rows, columns, _ = self.output_shape(shape)
        return rows * columns * self._kernel(shape)

    def _kernel(self, shape: Shape) -> int:
        (height, width), _ = self.window
        return height * width * maps(shape)[2] * self.filters


@dataclass(frozen=True)
class Pooling(_Window):
    """As ``keras.layers.MaxPooling2D`` and ``AveragePooling2D``; without a stride, as far as the window is large.

    Raises:
        ShapeError: a setting that makes no sense, which is named.

    >>> str(Pooling(2)), str(Pooling(3, strides=2, pool="average", padding="same"))
    ('pool max 2', 'pool average 3 stride 2 same')
    """

    word: ClassVar[str] = "pool"
    size: Pair
    strides: Pair | None = None
    padding: Literal["valid", "same"] = "valid"
    pool: Literal["max", "average"] = "max"

    def __post_init__(self) -> None:
        size = pair("size", self.size)
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "strides", size if self.strides is None else pair("strides", self.strides))
        choice("padding", self.padding, PADDINGS)
        choice("pool", self.pool, POOLS)

    @property
    def kind(self) -> str:
        return f"{self.pool} pooling"

    @property
    def window(self) -> tuple[tuple[int, int], tuple[int, int]]:
        size = pair("size", self.size)
        return size, size if self.strides is None else pair("strides", self.strides)

    def __str__(self) -> str:
        size = self.window[0]
        return f"pool {self.pool} {by(size)}{self._sliding(size)}"

    def output_shape(self, shape: Shape) -> Shape:
        return (*self.stands(shape).output, shape[2])
