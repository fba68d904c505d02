"""VGG16 from the weights that Keras gives away: 3x3 convolutions in five blocks, each ended by a 2x2 maximum.

Source: Simonyan & Zisserman 2014, configuration D; ``keras.applications.VGG16``, whose layer names have always been the
same, apart from the numbered layers of early Keras 3.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from seefood.backbones.graph import Array, Graph
from seefood.backbones.network import BuiltNetwork, Depth, Network
from seefood.backbones.tensors import taken
from seefood.preprocessing import Preprocessing

SIZE = 224
HIDDEN = 4096
PREPROCESSING = Preprocessing(SIZE, SIZE, channels="BGR", mean=(103.939, 116.779, 123.68))


class Block(NamedTuple):
    """Convolutions of the same width, and the pooling that ends them."""

    convolutions: int
    channels: int


BLOCKS = (Block(2, 64), Block(2, 128), Block(3, 256), Block(3, 512), Block(3, 512))


def build(weights: Mapping[str, Array], digest: str, name: str = "vgg16") -> BuiltNetwork:
    """The graph from tensors named ``layer/part``; it has ``logits`` where the file has a last layer.

    Features are taken behind the pooling of each block, the last first. The hidden layers of the top are for its own
    classes only.

    Raises:
        WeightsError: a tensor is missing or has another shape.
    """
    graph, weights = Graph(), _renamed(weights)
    x = graph.normalised("pixels", PREPROCESSING)
    channels, size, ends = 3, SIZE, []
    for number, block in enumerate(BLOCKS, 1):
        x = _block(graph, weights, x, f"block{number}", channels, block)
        channels, size = block.channels, size // 2
        ends.append(Depth(x, channels, size, size, ("mean", "maximum")))
    depths = (Depth(x, channels, size, size, ("mean",)), *ends[-2::-1])
    classes = _top(graph, weights, x, channels * size * size)
    graph.features(depths)
    return graph.finished(Network(name, PREPROCESSING, digest, depths, (1, 2, len(depths)), classes))


def _renamed(weights: Mapping[str, Array]) -> dict[str, Array]:
    """The same tensors under the layer names of keras.applications."""
    names = dict(_spellings())
    parts = ((key.partition("/"), tensor) for key, tensor in weights.items())
    return {f"{names.get(layer, layer)}/{part}": tensor for (layer, _, part), tensor in parts}


def _spellings() -> Iterator[tuple[str, str]]:
    names = [f"block{b}_conv{c + 1}" for b, block in enumerate(BLOCKS, 1) for c in range(block.convolutions)]
    yield from ((f"conv2d_{number}" if number else "conv2d", name) for number, name in enumerate(names))
    yield from (("dense", "fc1"), ("dense_1", "fc2"), ("dense_2", "predictions"))


def _block(graph: Graph, weights: Mapping[str, Array], x: str, name: str, channels: int, block: Block) -> str:
    for number in range(1, block.convolutions + 1):
        layer, shape = f"{name}_conv{number}", (3, 3, channels, block.channels)
        kernel = taken(weights, f"{layer}/kernel", shape).transpose(3, 2, 0, 1)
        bias = taken(weights, f"{layer}/bias", shape[3:])
        x = graph.relu(graph.convolution(x, layer, kernel, bias, pads=(1, 1, 1, 1)))
        channels = block.channels
    return graph.max_pool(x, f"{name}_pool", kernel_size=2, stride=2)


def _top(graph: Graph, weights: Mapping[str, Array], x: str, inputs: int) -> int:
    """The network's own last layers, where the file has them; returns how many classes there are."""
    if "predictions/kernel" not in weights:
        return 0
    # Keras flattens with the channels last. Turning the small map round spares a second copy of the largest weights.
    x = graph.apply("Flatten", [graph.apply("Transpose", [x], "flatten/last", perm=[0, 2, 3, 1])], "flatten", axis=1)
    for layer, size in (("fc1", inputs), ("fc2", HIDDEN)):
        x = graph.relu(_dense(graph, weights, x, (layer, layer), (size, HIDDEN)))
    kernel = weights["predictions/kernel"]
    classes = kernel.shape[-1] if kernel.ndim else 0
    _dense(graph, weights, x, ("predictions", "logits"), (HIDDEN, classes))
    return classes


def _dense(graph: Graph, weights: Mapping[str, Array], x: str, names: tuple[str, str], shape: tuple[int, int]) -> str:
    layer, output = names
    kernel = taken(weights, f"{layer}/kernel", shape)
    return graph.dense(x, output, kernel, taken(weights, f"{layer}/bias", shape[1:]))
