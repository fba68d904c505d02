"""Put a head onto a backbone's graph: one ONNX file from pixels to probabilities.

Only standard operators are used, so any ONNX runtime reads the result. What the outputs do not need is left out.
"""

from typing import TYPE_CHECKING

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from seefood.backbones.graph import OPSET, Graph, needed
from seefood.backbones.network import Depth, Network, Pool
from seefood.errors import BackboneError
from seefood.heads.novelty import NEIGHBOURS
from seefood.model.card import KEY, ModelCard

if TYPE_CHECKING:
    from seefood.heads.head import Head

__all__ = ["pretrained_file", "scratch_file", "taught_file"]

Shape = list[str | int]


def taught_file(network: Network, graph: bytes, head: "Head", card: ModelCard) -> bytes:
    """A backbone's graph with a taught head, as the bytes of a model file."""
    writer = _Writer(network, graph, card)
    writer.features(head.depths)
    writer.probabilities("features", head.regression.weights, head.regression.bias)
    writer.novelty(head.exemplars)
    writer.evidence(head.depths, head.regression.weights)
    return writer.finished()


def pretrained_file(network: Network, graph: bytes, card: ModelCard) -> bytes:
    """A backbone with its own last layer, as the same kind of file."""
    if not network.classes:
        raise BackboneError(
            f"{network.name}: expected weights with the last layer; found weights without (notop); "
            "teach a classifier on them, or name the whole file with --weights"
        )
    writer = _Writer(network, graph, card)
    writer.features(1)
    writer.softmax("logits")
    weights = writer.own_weights()
    if weights is not None:
        writer.evidence(1, weights)
    return writer.finished()


def scratch_file(network: Network, graph: bytes, card: ModelCard, exemplars: NDArray[np.float32]) -> bytes:
    """A network that was trained whole, which gives ``logits`` and ``features`` by itself, as the same kind of file.

    ``exemplars``: ``features`` of learned pictures, float32 [m, d], rows of length 1.
    """
    writer = _Writer(network, graph, card)
    writer.graph.nodes = list(writer.model.graph.node)
    writer.outputs["features"] = ["n", network.size()]
    writer.softmax("logits")
    writer.novelty(exemplars, "features")
    return writer.finished()


class _Writer:
    """The backbone's graph, to which nodes are added, and the outputs so far."""

    def __init__(self, network: Network, graph: bytes, card: ModelCard) -> None:
        self.network, self.card = network, card
        self.model = onnx.load_model_from_string(graph)
        nodes = [node for node in self.model.graph.node if "features" not in node.output]
        self.graph = Graph(nodes, {constant.name: constant for constant in self.model.graph.initializer})
        self.outputs: dict[str, Shape] = {}

    def features(self, depths: int) -> None:
        """The vectors that the head looks at, side by side."""
        self.graph.features(self.network.depths[:depths])
        self.outputs["features"] = ["n", self.network.size(depths)]

    def probabilities(self, x: str, weights: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
        """Softmax regression on ``x``."""
        self.softmax(self.graph.dense(x, "head/logits", weights, bias))

    def softmax(self, logits: str) -> None:
        """Calibrated probabilities."""
        temperature = self.graph.constant("head/temperature", np.array(self.card.temperature, np.float32))
        cooled = self.graph.apply("Div", [logits, temperature], "head/cooled")
        self.graph.apply("Softmax", [cooled], "probabilities", axis=1)
        self.outputs["probabilities"] = ["n", len(self.card.labels)]

    def novelty(self, exemplars: NDArray[np.float32], vector: str | None = None) -> None:
        """1 - the mean of the largest cosine similarities of the ``vector``, or the last layer, to exemplars [m, d]."""
        count = min(NEIGHBOURS, len(exemplars))
        vector = vector or self.graph.vector(self.network.depths[0], next(iter(self.network.depths[0].pools), None))
        direction = self.graph.apply("LpNormalization", [vector], "novelty/direction", axis=1, p=2)
        known = self.graph.constant("novelty/exemplars", exemplars.T)
        similarity = self.graph.apply("MatMul", [direction, known], "novelty/similarity")
        k = self.graph.constant("novelty/count", np.array([count], np.int64))
        nearest = helper.make_node("TopK", [similarity, k], ["novelty/nearest", "novelty/which"], name="novelty/topk")
        self.graph.nodes.append(nearest)
        mean = self.graph.constant("novelty/mean", np.full((count, 1), 1 / count, np.float32))
        column = self.graph.apply("MatMul", ["novelty/nearest", mean], "novelty/column")
        flat = self.graph.apply("Reshape", [column, self._shape("novelty/shape", [-1])], "novelty/flat")
        one = self.graph.constant("novelty/one", np.array(1, np.float32))
        self.graph.apply("Sub", [one, flat], "novelty")
        self.outputs["novelty"] = ["n"]

    def evidence(self, depths: int, weights: NDArray[np.float32]) -> None:
        """Each place's share in each class's score: summed over places it is the score without its bias.

        weights: [features, classes]. A mean spreads its share over the map as the map is; a maximum gives it to the
        place where the maximum is. Finer maps are summed up to the last layer's grid.
        """
        used = self.network.depths[:depths]
        if any(not depth.pools for depth in used):
            return
        weights = weights / np.float32(self.card.temperature)
        shares, start = [], 0
        for depth in used:
            for pool in depth.pools:
                part = weights[start : start + depth.channels]
                shares.append(self._regridded(self._share(depth, pool, part), depth))
                start += depth.channels
        self.graph.apply("Sum", shares, "evidence")
        self.outputs["evidence"] = ["n", len(self.card.labels), used[0].height, used[0].width]

    def _share(self, depth: Depth, pool: Pool, weights: NDArray[np.float32]) -> str:
        """[n, classes, height, width] of one depth and one pool."""
        name, places = f"evidence/{depth.tensor}/{pool}", depth.height * depth.width
        x = depth.tensor
        if pool == "maximum":
            x = self._where_largest(depth, name)
        kernel = self.graph.constant(f"{name}/kernel", (weights.T / places)[:, :, np.newaxis, np.newaxis])
        return self.graph.apply("Conv", [x, kernel], name, kernel_shape=[1, 1])

    def _where_largest(self, depth: Depth, name: str) -> str:
        """Each channel's maximum where it is, shared among ties, zero elsewhere; scaled so that its mean is it."""
        largest = self.graph.apply("GlobalMaxPool", [depth.tensor], f"{name}/largest")
        equal = self.graph.apply("Equal", [depth.tensor, largest], f"{name}/equal")
        places = self.graph.apply("Cast", [equal], f"{name}/places", to=TensorProto.FLOAT)
        share = self.graph.apply("GlobalAveragePool", [places], f"{name}/ties")
        value = self.graph.apply("Div", [largest, share], f"{name}/value")
        return self.graph.apply("Mul", [places, value], f"{name}/placed")

    def _regridded(self, share: str, depth: Depth) -> str:
        """Summed up to the last layer's grid, nothing lost."""
        grid = self.network.depths[0]
        if (depth.height, depth.width) == (grid.height, grid.width):
            return share
        rows = self.graph.constant(f"{share}/rows", overlaps(depth.height, grid.height))
        columns = self.graph.constant(f"{share}/columns", overlaps(depth.width, grid.width).T)
        fewer = self.graph.apply("MatMul", [rows, share], f"{share}/fewer")
        return self.graph.apply("MatMul", [fewer, columns], f"{share}/grid")

    def own_weights(self) -> NDArray[np.float32] | None:
        """The last layer's weights [features, classes], where it looks at the pooled last map and at nothing else."""
        vector = self.graph.vector(self.network.depths[0], next(iter(self.network.depths[0].pools), None))
        node = next(node for node in self.graph.nodes if "logits" in node.output)
        if node.op_type != "Gemm" or node.input[0] != vector:
            return None
        return np.asarray(numpy_helper.to_array(self.graph.constants[node.input[1]]))

    def finished(self) -> bytes:
        """The model file's bytes, checked."""
        nodes = needed(self.graph.nodes, self.outputs)
        used = {name for node in nodes for name in node.input}
        constants = [constant for name, constant in self.graph.constants.items() if name in used]
        outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in self.outputs.items()]
        graph = helper.make_graph(nodes, "seefood", list(self.model.graph.input), outputs, constants)
        opsets = list(self.model.opset_import) or [helper.make_opsetid("", OPSET)]
        model = helper.make_model(
            graph, opset_imports=opsets, ir_version=self.model.ir_version, producer_name="seefood"
        )
        helper.set_model_props(model, {KEY: self.card.to_text()})
        data = bytes(model.SerializeToString())
        onnx.checker.check_model(data)
        return data

    def _shape(self, name: str, shape: list[int]) -> str:
        return self.graph.constant(name, np.array(shape, np.int64))


def overlaps(fine: int, coarse: int) -> NDArray[np.float32]:
    """[coarse, fine]: which part of each fine cell lies in each coarse one; columns sum to 1.

    >>> overlaps(3, 2).tolist()
    [[1.0, 0.5, 0.0], [0.0, 0.5, 1.0]]
    """
    fine_edges, coarse_edges = np.arange(fine + 1) / fine, np.arange(coarse + 1) / coarse
    begin = np.maximum(fine_edges[np.newaxis, :-1], coarse_edges[:-1, np.newaxis])
    end = np.minimum(fine_edges[np.newaxis, 1:], coarse_edges[1:, np.newaxis])
    return np.asarray((np.clip(end - begin, 0, None) * fine).round(12), np.float32)
