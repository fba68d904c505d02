"""The shapes of a graph's tensors for one picture, and the constants that say how its operators work."""

import math
from collections.abc import Sequence

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, numpy_helper

from seefood.backbones.operators import attributes

__all__ = ["Shapes"]

LARGEST_SETTING = 64
"""Numbers. Larger constants are weights, whose values are not needed to find out shapes."""
FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16)

Dims = tuple[int, ...]


class Shapes:
    """What is known of tensors before anything is run; whatever cannot be found out is None.

    Attributes:
        shapes: of each tensor, the batch first, which is 1.
        constants: names of those that do not depend on the picture; more become known on the way.
        picture: height and width of the input.
    """

    def __init__(self, model: onnx.ModelProto, nodes: Sequence[NodeProto]) -> None:
        used = {name for node in nodes for name in node.input}
        tensors = [tensor for tensor in model.graph.initializer if tensor.name in used]
        inferred = _inferred(model, nodes, tensors)
        self.shapes: dict[str, Dims | None] = {value.name: _known(value) for value in inferred}
        self.shapes |= {tensor.name: tuple(tensor.dims) for tensor in tensors}
        self._floats = {value.name for value in inferred if value.type.tensor_type.elem_type in FLOATS}
        self._floats |= {tensor.name for tensor in tensors if tensor.data_type in FLOATS}
        self._settings = {tensor.name: tensor for tensor in tensors if _size(tensor) <= LARGEST_SETTING}
        self.constants = {tensor.name for tensor in tensors}
        entry = model.graph.input[0].name if model.graph.input else ""
        self.picture = self.size(entry, channels_last=self.has_channels_last(entry))

    def of(self, name: str) -> Dims | None:
        """The shape of a tensor."""
        return self.shapes.get(name)

    def has_channels_last(self, name: str) -> bool:
        """Whether an input is [n, height, width, 3]."""
        shape = self.of(name)
        return shape is not None and len(shape) == 4 and shape[3] == 3

    def size(self, name: str, *, channels_last: bool) -> tuple[int, int] | None:
        """Height and width of maps."""
        shape = self.of(name)
        if shape is None or len(shape) != 4:
            return None
        return (shape[1], shape[2]) if channels_last else (shape[2], shape[3])

    def one_picture(self, name: str, *, channels_last: bool) -> Dims | None:
        """(height, width, channels), or (numbers,); as it is where it is neither maps nor a vector."""
        shape = self.of(name)
        if shape is None:
            return None
        return (*shape[2:], shape[1]) if len(shape) == 4 and not channels_last else shape[1:]

    def weights(self, node: NodeProto) -> Dims | None:
        """The shape of what a convolution or a dense layer multiplies with."""
        return self.of(node.input[1]) if len(node.input) > 1 else None

    def parameters(self, names: set[str]) -> int:
        """How many weights and biases these constants are; a single number is a setting."""
        shapes = [self.of(name) for name in names & self.constants & self._floats]
        return sum(math.prod(shape) for shape in shapes if shape)

    def number(self, name: str) -> float | None:
        """The value of a constant that is one number."""
        values = self._values(name)
        return values[0] if values is not None and len(values) == 1 else None

    def axes(self, node: NodeProto) -> list[int] | None:
        """Over which axes a node reduces."""
        if said := attributes(node).get("axes"):
            return [int(axis) for axis in said]
        values = self._values(node.input[1]) if len(node.input) > 1 else None
        return None if values is None else [int(axis) for axis in values]

    def zeros(self, node: NodeProto, *, channels_last: bool) -> tuple[int, int] | None:
        """How much a Pad adds at the top and at the left."""
        values = self._values(node.input[1]) if len(node.input) > 1 else None
        if values is None or len(values) != 8:
            return None
        top, left = values[1:3] if channels_last else values[2:4]
        return int(top), int(left)

    def _values(self, name: str) -> list[float] | None:
        tensor = self._settings.get(name)
        return None if tensor is None else [float(value) for value in np.ravel(numpy_helper.to_array(tensor))]


def _inferred(
    model: onnx.ModelProto, nodes: Sequence[NodeProto], tensors: Sequence[TensorProto]
) -> list[onnx.ValueInfoProto]:
    """ONNX's own inference, on a copy without the weights: those can be hundreds of megabytes."""
    light = onnx.ModelProto(ir_version=model.ir_version, opset_import=model.opset_import)
    light.graph.name = "light"
    light.graph.node.extend(nodes)
    light.graph.input.extend(model.graph.input)
    for value in light.graph.input:
        if value.type.tensor_type.shape.dim:
            value.type.tensor_type.shape.dim[0].dim_value = 1
    for tensor in tensors:
        if _size(tensor) <= LARGEST_SETTING:
            light.graph.initializer.append(tensor)
        else:
            light.graph.input.append(onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
    try:
        graph = onnx.shape_inference.infer_shapes(light, data_prop=True).graph
    except (
        onnx.shape_inference.InferenceError,
        RuntimeError,
        ValueError,
    ):  # then shapes are unknown, which is no error
        graph = light.graph
    return [*graph.input, *graph.value_info, *graph.output]


def _known(value: onnx.ValueInfoProto) -> Dims | None:
    tensor = value.type.tensor_type
    sizes = tuple(size.dim_value for size in tensor.shape.dim)
    return sizes if tensor.HasField("shape") and all(sizes) else None


def _size(tensor: TensorProto) -> int:
    return math.prod(tensor.dims)
