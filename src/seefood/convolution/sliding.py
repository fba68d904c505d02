"""Layers that lay a window on every place of their maps: convolution, and pooling. By the rules of Keras."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, cast

import numpy as np

from seefood.convolution.geometry import Geometry, Padding, Pair, as_pair, geometry
from seefood.convolution.kernels import numbers
from seefood.convolution.layers import Array, Layer, Shape, check_bias, check_maps, hold, plus
from seefood.convolution.receptive_field import ReceptiveField
from seefood.errors import ShapeError

__all__ = ["AveragePooling", "Convolution", "MaxPooling", "Sliding"]


def _standing(x: Array, at: Geometry, fill: float) -> Iterator[Array]:
    """For each place in the kernel, row by row: the pixel under it wherever the kernel stands, [n, rows, columns, c].

    Beyond the edge lies ``fill``.
    """
    top, left, bottom, right = at.pads
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
    (rows, columns), (down, across) = at.output, at.stride
    for i, j in np.ndindex(at.kernel):
        first_row, first_column = i * at.dilation[0], j * at.dilation[1]
        last_row, last_column = first_row + (rows - 1) * down, first_column + (columns - 1) * across
        yield padded[:, first_row : last_row + 1 : down, first_column : last_column + 1 : across]


class Sliding(Layer):
    """A layer that lays a window on every place of its maps."""

    @abstractmethod
    def stands(self, shape: Shape) -> Geometry:
        """Where the window stands on maps of this shape."""

    def field(self, field: ReceptiveField, shape: Shape) -> ReceptiveField:
        at = self.stands(shape)
        return field.through(at.kernel, at.stride, at.dilation, pads=at.pads[:2])


@dataclass(frozen=True, eq=False)
class Convolution(Sliding):
    """Cross-correlation with a bank of filters.

    y[r, c, f] = bias[f] + the sum over i, j, k of x[r', c', k] kernel[i, j, k, f], where (r', c') is the pixel under
    the kernel's place (i, j). As ``keras.layers.Conv2D``; with ``groups`` of as many as
    channels and a kernel [height, width, 1, channels] as ``keras.layers.DepthwiseConv2D``.

    Attributes:
        kernel: float32 [height, width, channels / groups, filters].
        bias: float32 [filters], or None.
        stride, dilation: one number, or (down, across).
        padding: "valid", "same", or zeros as in `geometry`.
        groups: the channels are divided into so many; each group's filters see only its own.

    Raises:
        ShapeError: a kernel that is none, or a bias or groups that do not fit it.

    >>> Convolution(np.ones((3, 3, 1, 2)), padding="same")(np.ones((1, 4, 5, 1))).shape
    (1, 4, 5, 2)
    """

    kind: ClassVar[str] = "convolution"
    kernel: Array
    bias: Array | None = None
    stride: Pair = 1
    padding: Padding = "valid"
    dilation: Pair = 1
    groups: int = 1

    def __post_init__(self) -> None:
        kernel = numbers(self.kernel).copy()
        if kernel.ndim != 4:
            raise ShapeError(
                f"expected a kernel [height, width, channels, filters]; found {list(kernel.shape)}; give it all four"
            )
        filters = kernel.shape[3]
        if self.groups < 1 or filters % self.groups:
            raise ShapeError(
                f"expected groups that divide the {filters} filters of the kernel {list(kernel.shape)}; "
                f"found {self.groups!r}; choose a divisor"
            )
        hold(self, "kernel", kernel)
        hold(self, "bias", check_bias(self.bias, filters, f"a kernel of shape {list(kernel.shape)}"))

    def stands(self, shape: Shape) -> Geometry:
        height, width, _ = check_maps(shape)
        size = (self.kernel.shape[0], self.kernel.shape[1])
        return geometry((height, width), size, stride=self.stride, padding=self.padding, dilation=self.dilation)

    def output_shape(self, shape: Shape) -> Shape:
        channels = check_maps(shape)[2]
        if channels != self.kernel.shape[2] * self.groups:
            divided = f" in {self.groups} groups" if self.groups > 1 else ""
            raise ShapeError(
                f"expected maps of {self.kernel.shape[2] * self.groups} channels for a kernel of shape "
                f"{list(self.kernel.shape)}{divided}; found an input of shape {['n', *shape]}; make them agree"
            )
        return (*self.stands(shape).output, self.kernel.shape[3])

    def _answer(self, x: Array) -> Array:
        at = self.stands(x.shape[1:])
        total: Any = 0
        for under, weights in zip(_standing(x, at, 0.0), self.kernel.reshape(-1, *self.kernel.shape[2:]), strict=True):
            # [groups, n × rows × columns, channels] times [groups, channels, filters], each group by itself.
            pixels = np.moveaxis(under.reshape(-1, self.groups, weights.shape[0]), 1, 0)
            total = total + pixels @ np.moveaxis(weights.reshape(weights.shape[0], self.groups, -1), 1, 0)
        shape = (len(x), *at.output, self.kernel.shape[3])
        return plus(np.moveaxis(total, 0, 1).reshape(shape), self.bias)

    @property
    def parameters(self) -> int:
        return self.kernel.size + (0 if self.bias is None else len(self.bias))

    def multiply_adds(self, shape: Shape) -> int:
        rows, columns, _ = self.output_shape(shape)
        return rows * columns * self.kernel.size

    @property
    def window(self) -> tuple[tuple[int, int], tuple[int, int]]:
        return (self.kernel.shape[0], self.kernel.shape[1]), as_pair("stride", self.stride)


@dataclass(frozen=True)
class _Pooling(Sliding):
    """A window over each channel by itself.

    Attributes:
        size: of the window, one number or (down, across).
        stride: as far as the window is large where None.
        padding: "valid", or "same": what lies beyond the edge does not count.

    Raises:
        ShapeError: another padding; and when called, a window larger than the maps.
    """

    size: Pair = 2
    stride: Pair | None = None
    padding: Literal["valid", "same"] = "valid"

    def __post_init__(self) -> None:
        if self.padding not in ("valid", "same"):
            raise ShapeError(
                f"expected padding 'valid' or 'same' for a pooling; found {self.padding!r}; write one of them"
            )
        _ = self.window  # refuses a size or a stride below 1

    @property
    def window(self) -> tuple[tuple[int, int], tuple[int, int]]:
        size = as_pair("window", self.size)
        return size, size if self.stride is None else as_pair("stride", self.stride)

    def stands(self, shape: Shape) -> Geometry:
        height, width, _ = check_maps(shape)
        return geometry((height, width), self.window[0], stride=self.window[1], padding=self.padding)

    def output_shape(self, shape: Shape) -> Shape:
        return (*self.stands(shape).output, shape[2])


@dataclass(frozen=True)
class MaxPooling(_Pooling):
    """The largest number in each window, channel by channel. As ``keras.layers.MaxPooling2D``.

    >>> MaxPooling()(np.arange(16).reshape(1, 4, 4, 1))[0, :, :, 0].tolist()
    [[5.0, 7.0], [13.0, 15.0]]
    """

    kind: ClassVar[str] = "max pooling"

    def _answer(self, x: Array) -> Array:
        windows = _standing(x, self.stands(x.shape[1:]), -np.inf)
        largest = next(windows)
        for under in windows:
            largest = np.maximum(largest, under)
        return largest


@dataclass(frozen=True)
class AveragePooling(_Pooling):
    """The mean of each window, channel by channel; padding does not count. As ``keras.layers.AveragePooling2D``.

    >>> AveragePooling(2, padding="same")([[[[3.0], [5.0], [7.0]]]])[0, 0, :, 0].tolist()
    [4.0, 7.0]
    """

    kind: ClassVar[str] = "average pooling"

    def _answer(self, x: Array) -> Array:
        at = self.stands(x.shape[1:])
        inside = np.ones((1, *x.shape[1:3], 1), x.dtype)
        mean: Any = sum(_standing(x, at, 0.0)) / sum(_standing(inside, at, 0.0))
        return cast("Array", mean)
