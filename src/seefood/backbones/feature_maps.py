"""What each layer of a network makes of a picture: its maps, and the first layer's filters as colour pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from seefood.backbones.anatomy import Anatomy, Place, anatomy, end_of
from seefood.backbones.catalogue import Backbone
from seefood.backbones.engine import Engine
from seefood.backbones.graph import needed
from seefood.backbones.walk import PIXELS
from seefood.errors import BackboneError
from seefood.preprocessing import Preprocessing

__all__ = ["FeatureMaps", "Filters", "Inside"]


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """One layer's answer to one picture.

    Attributes:
        name: of the layer.
        values: float32 [height, width, channels]; a vector has height and width 1.

    >>> maps = FeatureMaps("stem", np.array([[[0.0, -3.0, 1.0]]], np.float32))
    >>> maps.order.tolist(), maps.strengths.tolist()
    ([1, 2, 0], [0.0, 3.0, 1.0])
    """

    name: str
    values: NDArray[np.float32]

    @cached_property
    def strengths(self) -> NDArray[np.float64]:
        """How strongly each channel answers: the mean of its numbers' magnitudes, [channels]."""
        mean: NDArray[np.float64] = np.abs(self.values).mean(axis=(0, 1), dtype=np.float64)
        return mean

    @property
    def largest(self) -> NDArray[np.float32]:
        """Each channel's largest number, [channels]."""
        maximum: NDArray[np.float32] = self.values.max(axis=(0, 1))
        return maximum

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """The channels' numbers, the strongest first; equally strong ones in the network's order."""
        order: NDArray[np.int64] = np.argsort(-self.strengths, kind="stable")
        return order


@dataclass(frozen=True, eq=False)
class Filters:
    """The filters of a network's first convolution, as they meet the pixels of a picture.

    Attributes:
        name: of the layer.
        values: float32 [filters, height, width, 3], channels in the order red, green, blue. A weight says by how much
            the answer grows when that pixel's value, from 0 to 255, grows by 1: what the network does to pixels before
            its first layer is undone.
    """

    name: str
    values: NDArray[np.float32]


class Inside:
    """A network opened so that any layer's answer can be looked at.

    Attributes:
        preprocessing: how a picture becomes the network's input.
        anatomy: its layers.

    Args:
        graph: the bytes of an ONNX file from ``pixels``, uint8 [n, height, width, 3]; or what makes them.
        output: the tensor where the network ends.
        key: stands for the graph's content, so that what was opened once opens faster again.
    """

    def __init__(
        self, graph: bytes | Callable[[], bytes], output: str, preprocessing: Preprocessing, key: str = ""
    ) -> None:
        self.preprocessing = preprocessing
        self._graph = graph
        self._key = key
        self._output = output

    @classmethod
    def of(cls, backbone: Backbone) -> "Inside":
        """A backbone from its pixels to its classes, or to the vector of its last map where it has none."""
        network = backbone.network
        return cls(backbone.graph, end_of(network), network.preprocessing, backbone.key)

    @cached_property
    def model(self) -> onnx.ModelProto:
        """The graph itself."""
        return onnx.load_model_from_string(self._graph if isinstance(self._graph, bytes) else self._graph())

    @cached_property
    def anatomy(self) -> Anatomy:
        """Its layers, read from the graph."""
        return anatomy(self.model, self._output)

    def maps(self, pixels: NDArray[np.uint8], places: Sequence[Place]) -> list[FeatureMaps]:
        """Several layers' answers to one prepared picture, uint8 [height, width, 3], in one run.

        Raises:
            BackboneError: a layer's answer is neither maps nor a vector.
        """
        results = self.tensors(pixels, [place.tensor for place in places])
        return [_as_maps(place, values) for place, values in zip(places, results, strict=True)]

    def tensors(self, pixels: NDArray[np.uint8], names: Sequence[str]) -> list[NDArray[np.float32]]:
        """Any tensors of the graph for one prepared picture, as the network has them; each is [1, …]."""
        found: dict[str, NDArray[np.float32]] = {PIXELS: pixels[np.newaxis].astype(np.float32)}
        distinct = [name for name in dict.fromkeys(names) if name not in found]
        if distinct:
            key = f"{self._key} {' '.join(distinct)}" if self._key else ""
            engine = Engine(lambda: self._exposing(distinct), key=key)
            found |= dict(zip(distinct, engine.run(pixels[np.newaxis], distinct), strict=True))
        return [found[name] for name in names]

    def _exposing(self, names: Sequence[str]) -> bytes:
        """The graph up to these tensors, with them as its outputs."""
        graph = self.model.graph
        nodes = needed(graph.node, names)
        used = {name for node in nodes for name in node.input}
        constants = [constant for constant in graph.initializer if constant.name in used]
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
        exposed = helper.make_graph(nodes, "inside", list(graph.input), outputs, constants)
        opsets = list(self.model.opset_import)
        return bytes(
            helper.make_model(exposed, opset_imports=opsets, ir_version=self.model.ir_version).SerializeToString()
        )

    def filters(self) -> Filters:
        """The first convolution's filters, undone of the preprocessing.

        Raises:
            BackboneError: the first layer is no convolution over the picture's three channels.
        """
        node = next((node for node in self.model.graph.node if node.op_type == "Conv"), None)
        place = next((place for place in self.anatomy if "convolution" in place.row.kind), None)
        weights = {tensor.name: tensor for tensor in self.model.graph.initializer}
        if node is None or place is None or node.input[1] not in weights or place is not self.anatomy.places[1]:
            raise BackboneError("expected a network that begins with a convolution; found none; look at its layers")
        values = numpy_helper.to_array(weights[node.input[1]])
        if values.ndim != 4 or values.shape[1] != 3:
            raise BackboneError(
                f"expected filters [filters, 3, height, width] over a picture's channels; found {list(values.shape)}; "
                "look at its layers instead"
            )
        scaled = values.transpose(0, 2, 3, 1) / np.array(self.preprocessing.scale, np.float32)
        rgb = scaled[..., ::-1] if self.preprocessing.channels == "BGR" else scaled
        return Filters(place.row.name, np.ascontiguousarray(rgb, np.float32))


def _as_maps(place: Place, values: NDArray[np.float32]) -> FeatureMaps:
    if values.ndim == 2:
        return FeatureMaps(place.row.name, values.reshape(1, 1, -1))
    if values.ndim != 4:
        raise BackboneError(
            f"{place.row.name}: expected maps [n, channels, height, width] or a vector; found {list(values.shape)}; "
            "name another layer"
        )
    one = values[0] if place.channels_last else values[0].transpose(1, 2, 0)
    return FeatureMaps(place.row.name, np.ascontiguousarray(one, np.float32))
