"""What the operators of ONNX mean as layers: their kind, their window, their weights and multiplications.

Only what a node says is read here; which nodes follow each other is followed in ``walk``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onnx import NodeProto, helper

from seefood.convolution.geometry import same_pads

__all__ = [
    "ACTIVATIONS",
    "ELEMENTWISE",
    "PLUMBING",
    "REDUCTIONS",
    "WITHOUT_WEIGHTS",
    "Window",
    "attributes",
    "kind",
    "multiply_adds",
    "reduces_places",
    "window",
]

Dims = tuple[int, ...]

ACTIVATIONS = {
    "Clip": "clip",
    "Elu": "elu",
    "Gelu": "gelu",
    "HardSigmoid": "hard sigmoid",
    "HardSwish": "hard swish",
    "LeakyRelu": "leaky relu",
    "Mish": "mish",
    "PRelu": "prelu",
    "Relu": "relu",
    "Selu": "selu",
    "Sigmoid": "sigmoid",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Tanh": "tanh",
}
"""Functions of each number by itself; where one ends a layer, it is part of that layer."""

KINDS = {
    "Add": "addition",
    "AveragePool": "average pooling",
    "BatchNormalization": "batch normalisation",
    "Concat": "concatenation",
    "ConvTranspose": "transposed convolution",
    "Div": "division",
    "Flatten": "flatten",
    "Gemm": "dense",
    "MaxPool": "max pooling",
    "Mul": "multiplication",
    "Softmax": "softmax",
    "Sub": "subtraction",
    "Sum": "addition",
}

REDUCTIONS = {
    "GlobalAveragePool": "global average pooling",
    "GlobalLpPool": "global power pooling",
    "GlobalMaxPool": "global max pooling",
    "ReduceMax": "global max pooling",
    "ReduceMean": "global average pooling",
    "ReduceSum": "global sum pooling",
}
"""What they are called where they make one number of each channel's map."""

ELEMENTWISE = {"Add", "BatchNormalization", "Concat", "Div", "Mul", "Softmax", "Sub", "Sum", *ACTIVATIONS}
"""One place of the answer looks at the same place of the inputs, and nowhere else."""

PLUMBING = {
    *("Cast", "DequantizeLinear", "Dropout", "Identity", "Pad", "QuantizeLinear", "Squeeze", "Transpose", "Unsqueeze"),
}
"""Moves numbers about without computing anything: not a layer."""

WITHOUT_WEIGHTS = {
    *ACTIVATIONS,
    *PLUMBING,
    "AveragePool",
    "Expand",
    "MaxPool",
    "Reshape",
    "Resize",
    "Slice",
    "Upsample",
}
WITHOUT_WEIGHTS.discard("PRelu")
"""Constants that go into these are settings, not weights."""


def attributes(node: NodeProto) -> dict[str, Any]:
    """A node's attributes as Python values."""
    return {item.name: helper.get_attribute_value(item) for item in node.attribute}


def kind(node: NodeProto, channels: int | None) -> str:
    """What a layer is called; an operator that is not known keeps its own name.

    ``channels`` are those of its input, by which a depthwise convolution is told.
    """
    if node.op_type == "Conv":
        groups = attributes(node).get("group", 1)
        return "depthwise convolution" if groups > 1 and groups == channels else "convolution"
    return KINDS.get(node.op_type) or ACTIVATIONS.get(node.op_type) or node.op_type


@dataclass(frozen=True)
class Window:
    """How a layer slides; all pairs are (down, across), and ``pads`` are the zeros at the top and at the left."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    pads: tuple[int, int]


def window(node: NodeProto, weights: Dims | None, size: Sequence[int] | None) -> Window | None:
    """The window of a convolution or a pooling over maps; None for other layers, or where it cannot be known.

    ``weights`` is the shape of a convolution's kernel, ``size`` height and width of its input.
    """
    if node.op_type not in ("Conv", "ConvTranspose", "MaxPool", "AveragePool"):
        return None
    said = attributes(node)
    kernel = tuple(said.get("kernel_shape") or (weights or ())[2:])
    if len(kernel) != 2:
        return None
    stride, dilation = tuple(said.get("strides", (1, 1))), tuple(said.get("dilations", (1, 1)))
    rule, pads = said.get("auto_pad", b"NOTSET"), tuple(said.get("pads", (0, 0, 0, 0)))[:2]
    if rule in (b"SAME_UPPER", b"SAME_LOWER"):
        if size is None:
            return None
        both = [same_pads(size[axis], kernel[axis], stride[axis], dilation[axis]) for axis in (0, 1)]
        pads = tuple(pair[rule == b"SAME_LOWER"] for pair in both)
    return Window(_pair(kernel), _pair(stride), _pair(dilation), _pair((0, 0) if rule == b"VALID" else pads))


def _pair(numbers: Sequence[int]) -> tuple[int, int]:
    down, across = map(int, numbers)
    return down, across


def reduces_places(node: NodeProto, axes: Sequence[int] | None, *, channels_last: bool) -> bool:
    """Whether a node makes one number of each channel's map."""
    if node.op_type in REDUCTIONS and node.op_type.startswith("Global"):
        return True
    if node.op_type not in REDUCTIONS or axes is None:
        return False
    return {axis % 4 for axis in axes} == ({1, 2} if channels_last else {2, 3})


def multiply_adds(node: NodeProto, shapes: Mapping[str, Dims | None]) -> int:
    """For one picture: of convolutions, dense layers and matrix products; 0 for the others, or where unknown."""
    inputs, output = [shapes.get(name) for name in node.input], shapes.get(node.output[0])
    if node.op_type not in ("Conv", "ConvTranspose", "Gemm", "MatMul") or None in (*inputs[:2], output):
        return 0
    x, weights, y = inputs[0] or (), inputs[1] or (), output or ()
    if node.op_type == "Conv":
        return math.prod(y) * math.prod(weights[1:])
    if node.op_type == "ConvTranspose":
        return math.prod(x) * math.prod(weights[1:])
    summed = x[0] if node.op_type == "Gemm" and attributes(node).get("transA") else x[-1]
    return math.prod(y) * summed
