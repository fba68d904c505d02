"""How each layer of Keras is written as nodes of ONNX.

In Keras maps are [n, height, width, channels], in the graph [n, channels, height, width]; vectors are the same in both.
Only layers whose arithmetic is said here are written: a class of one's own that is derived from one of them is not.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seefood.backbones.graph import Graph
from seefood.backbones.network import Depth, Pool
from seefood.convolution.geometry import geometry
from seefood.convolution.layers import Shape
from seefood.errors import BackboneError
from seefood.networks.activations import ACTIVATIONS
from seefood.networks.wiring import unwritable

__all__ = ["Tensor", "Writer", "numbers"]

Array = NDArray[Any]
Write = Callable[..., "Tensor"]
"""Of a writer, a layer, a name, and a tensor or several: adds the layer's nodes."""


class Tensor(NamedTuple):
    """What a layer gives.

    Attributes:
        name: of the tensor in the graph.
        shape: for one picture, in Keras' order: (height, width, channels) or (numbers,).
        depth: what it was pooled from, where it is a pooled map.
    """

    name: str
    shape: Shape
    depth: Depth | None = None


class Writer:
    """Writes layers into a graph, one after another.

    Attributes:
        keras: the module.
        graph: what is written.
    """

    def __init__(self, keras: Any, graph: Graph) -> None:
        self.keras, self.graph = keras, graph
        self._done: dict[tuple[str, str], str] = {}

    def write(self, layer: Any, name: str, inputs: Sequence[Tensor]) -> Tensor:
        """Add a layer's nodes; tensors of its own begin with ``name``.

        Raises:
            UnwritableError: it is a layer that is not written here.
            BackboneError: its weights are not finite.
        """
        kind = type(layer).__name__
        if type(layer) is not getattr(self.keras.layers, kind, None):
            raise unwritable(layer, "a class of its own")
        if getattr(layer, "data_format", "channels_last") != "channels_last" or getattr(layer, "quantization_mode", ""):
            raise unwritable(layer, "channels first or quantised")
        if kind in INACTIVE:
            return inputs[0]
        if kind in JOINING:
            return JOINING[kind](self, layer, name, inputs)
        if kind in WRITERS:
            return WRITERS[kind](self, layer, name, inputs[0])
        raise unwritable(layer, "")

    def activated(self, layer: Any, x: Tensor) -> Tensor:
        """With the layer's activation behind it."""
        known = self.keras.activations
        name = next((name for name in ACTIVATIONS if layer.activation is getattr(known, name, None)), None)
        if name is None:
            raise unwritable(layer, "an activation of its own")
        return self.function(name, x)

    def function(self, name: str, x: Tensor) -> Tensor:
        """The activation of that name; where a tensor has it already, it is the same one."""
        key = (name, x.name)
        if key not in self._done:
            self._done[key] = ACTIVATIONS[name](self.graph, x.name)
        return Tensor(self._done[key], x.shape)

    def constant(self, name: str, value: float | Array) -> str:
        return self.graph.constant(name, np.asarray(value, np.float32))


def numbers(keras: Any, layer: Any, attribute: str, otherwise: Array | None = None) -> Array:
    """One variable of a layer as float32, or what stands for it where the layer does without.

    Raises:
        BackboneError: it holds NaN or infinity.
    """
    variable = getattr(layer, attribute)
    if variable is None and otherwise is not None:
        return otherwise
    values = np.asarray(keras.ops.convert_to_numpy(variable), np.float32)
    if not np.isfinite(values).all():
        raise BackboneError(
            f"expected finite weights; found NaN or infinity in the {attribute} of {layer.name}; "
            "train it again with a smaller learning rate"
        )
    return values


# Layers with weights


class _Slide(NamedTuple):
    """How a kernel moves over its maps, in Keras' words."""

    strides: tuple[int, int]
    dilation: tuple[int, int]
    padding: Any
    groups: int


def _slid(writer: Writer, name: str, x: Tensor, kernel: Array, bias: Array, slide: _Slide) -> Tensor:
    """Correlated with a kernel [filters, channels / groups, height, width]."""
    size = (kernel.shape[2], kernel.shape[3])
    picture = (x.shape[0], x.shape[1])
    at = geometry(picture, size, stride=slide.strides, padding=slide.padding, dilation=slide.dilation)
    inputs = [x.name, writer.constant(f"{name}/kernel", kernel), writer.constant(f"{name}/bias", bias)]
    settings = {"kernel_shape": size, "strides": at.stride, "pads": at.pads, "dilations": at.dilation}
    writer.graph.apply("Conv", inputs, name, **settings, group=slide.groups)
    return Tensor(name, (*at.output, len(kernel)))


def _convolution(writer: Writer, layer: Any, name: str, x: Tensor) -> Tensor:
    kernel = numbers(writer.keras, layer, "kernel").transpose(3, 2, 0, 1)
    bias = numbers(writer.keras, layer, "bias", np.zeros(len(kernel), np.float32))
    slide = _Slide(layer.strides, layer.dilation_rate, layer.padding, layer.groups)
    return writer.activated(layer, _slid(writer, name, x, kernel, bias, slide))


def _depthwise(writer: Writer, layer: Any, name: str, x: Tensor) -> Tensor:
    """Keras keeps [height, width, channels, multiplier]; each channel is a group here."""
    kernel = _by_channel(numbers(writer.keras, layer, "kernel"))
    bias = numbers(writer.keras, layer, "bias", np.zeros(len(kernel), np.float32))
    slide = _Slide(layer.strides, layer.dilation_rate, layer.padding, x.shape[2])
    return writer.activated(layer, _slid(writer, name, x, kernel, bias, slide))


def _separable(writer: Writer, layer: Any, name: str, x: Tensor) -> Tensor:
    """A depthwise convolution without a bias, then one of a single pixel over all channels."""
    depthwise = _by_channel(numbers(writer.keras, layer, "depthwise_kernel"))
    pointwise = numbers(writer.keras, layer, "pointwise_kernel").transpose(3, 2, 0, 1)
    bias = numbers(writer.keras, layer, "bias", np.zeros(len(pointwise), np.float32))
    slide = _Slide(layer.strides, layer.dilation_rate, layer.padding, x.shape[2])
    none = np.zeros(len(depthwise), np.float32)
    between = _slid(writer, f"{name}/depthwise", x, depthwise, none, slide)
    return writer.activated(layer, _slid(writer, name, between, pointwise, bias, _Slide((1, 1), (1, 1), "valid", 1)))


def _by_channel(kernel: Array) -> Array:
    height, width = kernel.shape[:2]
    return kernel.transpose(2, 3, 0, 1).reshape(-1, 1, height, width)


def _dense(writer: Writer, layer: Any, name: str, x: Tensor) -> Tensor:
    if len(x.shape) != 1:
        raise unwritable(layer, f"on maps {list(x.shape)}")
    weights = numbers(writer.keras, layer, "kernel")
    bias = numbers(writer.keras, layer, "bias", np.zeros(weights.shape[1], np.float32))
    writer.graph.dense(x.name, name, weights, bias)
    return writer.activated(layer, Tensor(name, (weights.shape[1],)))


def _normalisation(writer: Writer, layer: Any, name: str, x: Tensor) -> Tensor:
    """With the averages that it has kept."""
    if layer.axis not in (-1, len(x.shape)):
        raise unwritable(layer, f"axis {layer.axis}")
    ones, zeros = np.ones(x.shape[-1], np.float32), np.zeros(x.shape[-1], np.float32)
    parts = {"gamma": ones, "beta": zeros, "moving_mean": None, "moving_variance": None}
    inputs = [
        writer.constant(f"{name}/{part}", numbers(writer.keras, layer, part, otherwise))
        for part, otherwise in parts.items()
    ]
    return Tensor(writer.graph.apply("BatchNormalization", [x.name, *inputs], name, epsilon=layer.epsilon), x.shape)


# Layers without weights


def _pooling(operator: str) -> Write:
    """What lies beyond the edge does not count, neither for the maximum nor for the mean."""

    def write(writer: Writer, layer: Any, name: str, x: Tensor) -> Tensor:
        picture = (x.shape[0], x.shape[1])
        at = geometry(picture, layer.pool_size, stride=layer.strides, padding=layer.padding)
        settings = {"kernel_shape": at.kernel, "strides": at.stride, "pads": at.pads}
        return Tensor(writer.graph.apply(operator, [x.name], name, **settings), (*at.output, x.shape[2]))

    return write


def _global(pool: Pool) -> Write:
    def write(writer: Writer, layer: Any, _: str, x: Tensor) -> Tensor:
        if layer.keepdims:
            raise unwritable(layer, "keepdims")
        height, width, channels = x.shape
        depth = Depth(x.name, channels, height, width, (pool,))
        return Tensor(writer.graph.pooled(x.name, pool), (channels,), depth)

    return write


def _flatten(writer: Writer, _: Any, name: str, x: Tensor) -> Tensor:
    if len(x.shape) == 1:
        return x
    last = writer.graph.apply("Transpose", [x.name], f"{name}/last", perm=[0, 2, 3, 1])
    return Tensor(writer.graph.apply("Flatten", [last], name, axis=1), (int(np.prod(x.shape)),))


def _padding(writer: Writer, layer: Any, name: str, x: Tensor) -> Tensor:
    (top, bottom), (left, right) = layer.padding
    pads = writer.graph.constant(f"{name}/pads", np.array([0, 0, top, left, 0, 0, bottom, right], np.int64))
    height, width, channels = x.shape
    padded = (height + top + bottom, width + left + right, channels)
    return Tensor(writer.graph.apply("Pad", [x.name, pads], name), padded)


def _rescaling(writer: Writer, layer: Any, name: str, x: Tensor) -> Tensor:
    scale, offset = (
        writer.constant(f"{name}/{part}", _per_channel(getattr(layer, part), x)) for part in ("scale", "offset")
    )
    scaled = writer.graph.apply("Mul", [x.name, scale], f"{name}/scaled")
    return Tensor(writer.graph.apply("Add", [scaled, offset], name), x.shape)


def _per_channel(value: Any, x: Tensor) -> Array:
    array = np.asarray(value, np.float32)
    return array.reshape(-1, 1, 1) if array.ndim and len(x.shape) == 3 else array


def _activation(writer: Writer, layer: Any, name: str, x: Tensor) -> Tensor:
    del name  # an activation has the name of what it follows
    return writer.activated(layer, x)


def _relu_layer(writer: Writer, layer: Any, name: str, x: Tensor) -> Tensor:
    if layer.threshold or layer.max_value not in (None, 6) or (layer.negative_slope and layer.max_value is not None):
        raise unwritable(layer, "with a threshold or a limit of its own")
    if layer.negative_slope:
        return _slope(writer, layer, name, x)
    return writer.function("relu" if layer.max_value is None else "relu6", x)


def _slope(writer: Writer, layer: Any, name: str, x: Tensor) -> Tensor:
    return Tensor(writer.graph.apply("LeakyRelu", [x.name], name, alpha=float(layer.negative_slope)), x.shape)


def _elu_layer(writer: Writer, layer: Any, name: str, x: Tensor) -> Tensor:
    return Tensor(writer.graph.apply("Elu", [x.name], name, alpha=float(layer.alpha)), x.shape)


def _softmax_layer(writer: Writer, layer: Any, _: str, x: Tensor) -> Tensor:
    if layer.axis not in (-1, len(x.shape)):
        raise unwritable(layer, f"axis {layer.axis}")
    return writer.function("softmax", x)


def _joined(operator: str, **settings: int) -> Write:
    """Several maps as one, number by number; along the channels for a concatenation."""

    def write(writer: Writer, layer: Any, name: str, inputs: Sequence[Tensor]) -> Tensor:
        channels_alone = {each.shape[:-1] for each in inputs}
        if operator == "Concat":
            if layer.axis not in (-1, len(inputs[0].shape)) or len(channels_alone) != 1:
                raise unwritable(layer, f"axis {layer.axis}")
            shape = (*inputs[0].shape[:-1], sum(each.shape[-1] for each in inputs))
        elif len({each.shape for each in inputs}) != 1:
            raise unwritable(layer, "of different shapes")
        else:
            shape = inputs[0].shape
        return Tensor(writer.graph.apply(operator, [each.name for each in inputs], name, **settings), shape)

    return write


WRITERS: dict[str, Write] = {
    "Activation": _activation,
    "AveragePooling2D": _pooling("AveragePool"),
    "BatchNormalization": _normalisation,
    "Conv2D": _convolution,
    "Dense": _dense,
    "DepthwiseConv2D": _depthwise,
    "ELU": _elu_layer,
    "Flatten": _flatten,
    "GlobalAveragePooling2D": _global("mean"),
    "GlobalMaxPooling2D": _global("maximum"),
    "LeakyReLU": _slope,
    "MaxPooling2D": _pooling("MaxPool"),
    "ReLU": _relu_layer,
    "Rescaling": _rescaling,
    "SeparableConv2D": _separable,
    "Softmax": _softmax_layer,
    "ZeroPadding2D": _padding,
}

JOINING: dict[str, Write] = {
    "Add": _joined("Sum"),
    "Average": _joined("Mean"),
    "Concatenate": _joined("Concat", axis=1),
    "Maximum": _joined("Max"),
}
"""Layers that take several maps."""

INACTIVE = {
    *("ActivityRegularization", "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "Identity"),
    *("RandomBrightness", "RandomContrast", "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom"),
    "SpatialDropout2D",
}
"""Layers that do something only while a network learns."""
