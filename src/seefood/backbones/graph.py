"""Write a network as an ONNX graph, one layer at a time.

Tensors are named by the layer that makes them, pictures come in as uint8 [n, height, width, 3] and everything behind
the first two nodes is float32 [n, channels, height, width]. What a layer means is said here once; which layers follow
each other is said in ``efficientnet_lite``, ``resnet50`` and ``vgg16``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from seefood.backbones.network import BuiltNetwork, Depth, Network, Pool
from seefood.preprocessing import Preprocessing

OPSET = 17
IR_VERSION = 8  # the oldest that goes with opset 17: any runtime since 2022 reads it

Array = NDArray[Any]


@dataclass
class Graph:
    """A graph that is being written.

    >>> graph = Graph()
    >>> graph.apply("Relu", ["x"], "y")
    'y'
    """

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def apply(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Add one node with one output; returns the output's name."""
        self.nodes.append(helper.make_node(operator, list(inputs), [output], name=output, **attributes))
        return output

    def constant(self, name: str, value: Array) -> str:
        """Add a tensor that does not change; a name that is there already is the same tensor."""
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value).reshape(np.shape(value)), name)
        return name

    def normalised(self, pixels: str, preprocessing: Preprocessing) -> str:
        """uint8 [n, height, width, 3] to float32 [n, 3, height, width], with the network's mean and scale."""
        planes = self.apply("Transpose", [pixels], "pixels/planes", perm=[0, 3, 1, 2])
        if preprocessing.channels == "BGR":
            order = self.constant("pixels/order", np.array([2, 1, 0], np.int64))
            planes = self.apply("Gather", [planes, order], "pixels/bgr", axis=1)
        numbers = self.apply("Cast", [planes], "pixels/float", to=TensorProto.FLOAT)
        mean = self.constant("pixels/mean", np.array(preprocessing.mean, np.float32).reshape(1, 3, 1, 1))
        centred = self.apply("Sub", [numbers, mean], "pixels/centred")
        scale = self.constant("pixels/scale", np.array(preprocessing.scale, np.float32).reshape(1, 3, 1, 1))
        return self.apply("Div", [centred, scale], "pixels/normalised")

    def convolution(
        self, x: str, name: str, kernel: Array, bias: Array, *, stride: int = 1, pads: Sequence[int], groups: int = 1
    ) -> str:
        """Correlate with kernels [filters, channels / groups, height, width]; pads are top, left, bottom, right."""
        inputs = [x, self.constant(f"{name}/kernel", kernel), self.constant(f"{name}/bias", bias)]
        shape = list(kernel.shape[2:])
        return self.apply(
            "Conv", inputs, name, kernel_shape=shape, strides=[stride, stride], pads=list(pads), group=groups
        )

    def max_pool(self, x: str, name: str, *, kernel_size: int, stride: int, pads: Sequence[int] = (0, 0, 0, 0)) -> str:
        """The maximum of each window; what lies beyond the edge does not count."""
        shape, strides = [kernel_size, kernel_size], [stride, stride]
        return self.apply("MaxPool", [x], name, kernel_shape=shape, strides=strides, pads=list(pads))

    def relu(self, x: str) -> str:
        """max(x, 0)."""
        return self.apply("Relu", [x], f"{x}/relu")

    def relu6(self, x: str) -> str:
        """min(max(x, 0), 6), the activation that keeps its range when a network is made of small integers."""
        bounds = [self.constant("zero", np.array(0, np.float32)), self.constant("six", np.array(6, np.float32))]
        return self.apply("Clip", [x, *bounds], f"{x}/relu6")

    def pooled(self, x: str, kind: Pool) -> str:
        """[n, channels, height, width] to [n, channels] by the mean or the maximum of each channel."""
        flat = f"{x}/{kind}/flat"
        if any(flat in node.output for node in self.nodes):
            return flat
        operator = "GlobalAveragePool" if kind == "mean" else "GlobalMaxPool"
        return self.apply("Flatten", [self.apply(operator, [x], f"{x}/{kind}")], flat, axis=1)

    def dense(self, x: str, name: str, weights: Array, bias: Array) -> str:
        """x @ weights + bias, with weights [inputs, outputs]."""
        return self.apply(
            "Gemm", [x, self.constant(f"{name}/weights", weights), self.constant(f"{name}/bias", bias)], name
        )

    def features(self, depths: Sequence[Depth]) -> str:
        """The depths' pooled vectors side by side, as the output ``features`` float32 [n, sum of sizes]."""
        parts = [self.vector(depth, pool) for depth in depths for pool in depth.pools or (None,)]
        return self.apply("Concat", parts, "features", axis=1)

    def vector(self, depth: Depth, pool: Pool | None) -> str:
        """One depth's numbers, float32 [n, channels]."""
        return depth.tensor if pool is None else self.pooled(depth.tensor, pool)

    def finished(self, network: Network) -> BuiltNetwork:
        """The graph as a backbone: input ``pixels``, output ``features`` and, where it has classes, ``logits``."""
        height, width = network.preprocessing.height, network.preprocessing.width
        pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", height, width, 3])
        sizes = {"features": network.size()} | ({"logits": network.classes} if network.classes else {})
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size]) for name, size in sizes.items()]
        graph = helper.make_graph(self.nodes, "backbone", [pixels], outputs, list(self.constants.values()))
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="seefood")
        return BuiltNetwork(network, model)


class Normalisation(NamedTuple):
    """Batch normalisation with fixed statistics: scale * (x - mean) / sqrt(variance + epsilon) + shift."""

    scale: Array
    shift: Array
    mean: Array
    variance: Array
    epsilon: float


def folded(kernel: Array, norm: Normalisation, bias: Array | float = 0.0) -> tuple[Array, Array]:
    """A convolution and the batch normalisation behind it as one convolution: its kernel and bias, float32.

    The normalisation is linear in x, so it is the same as a scaled kernel and a constant; computed in float64.
    Source: Ioffe & Szegedy 2015, equation 4 with fixed statistics.

    >>> norm = Normalisation(*(np.array([v]) for v in (2.0, 1.0, 3.0, 4.0)), epsilon=0.0)
    >>> kernel, bias = folded(np.ones((1, 1, 1, 1)), norm)
    >>> kernel.item(), bias.item()
    (1.0, -2.0)
    """
    gain = norm.scale.astype(np.float64) / np.sqrt(norm.variance.astype(np.float64) + norm.epsilon)
    shift = norm.shift + (bias - norm.mean) * gain
    return (kernel * gain[:, None, None, None]).astype(np.float32), shift.astype(np.float32)


def needed(nodes: Sequence[onnx.NodeProto], outputs: Iterable[str]) -> list[onnx.NodeProto]:
    """The nodes on a path to an output, in their order."""
    wanted, kept = set(outputs), []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append(node)
    return kept[::-1]
