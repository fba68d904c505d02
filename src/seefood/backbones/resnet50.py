"""ResNet50 from the weights that Keras gives away: bottleneck blocks with shortcuts, batch normalisation folded.

Source: He et al. 2015, table 1, with the stride in the first 1x1 convolution of a block as in the authors' Caffe model
and in ``keras.applications.ResNet50``, whose arithmetic this is. Weights come under three spellings of the same layers:
that of keras.applications (``conv2_block1_1_conv``), that of the files of 2016 (``res2a_branch2a``), and the numbered
layers of early Keras 3 (``conv2d_1``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from seefood.backbones.graph import Array, Graph, Normalisation, folded
from seefood.backbones.network import BuiltNetwork, Depth, Network
from seefood.backbones.tensors import taken
from seefood.preprocessing import Preprocessing

# The Caffe model that all these weights come from has 1e-5; Keras adds the last digits to satisfy cuDNN.
EPSILON = 1.001e-5
SIZE = 224
STEM_CHANNELS = 64
PREPROCESSING = Preprocessing(SIZE, SIZE, channels="BGR", mean=(103.939, 116.779, 123.68))
TOPS = ("predictions", "fc1000", "probs", "dense")


class Stage(NamedTuple):
    """Blocks that follow each other: the first has a convolution in its shortcut and may halve the map."""

    number: int
    blocks: int
    stride: int
    channels: int

    @property
    def outputs(self) -> int:
        """A bottleneck widens fourfold at its end."""
        return 4 * self.channels


STAGES = (Stage(2, 3, 1, 64), Stage(3, 4, 2, 128), Stage(4, 6, 2, 256), Stage(5, 3, 2, 512))


def build(weights: Mapping[str, Array], digest: str, name: str = "resnet50") -> BuiltNetwork:
    """The graph from tensors named ``layer/part``; it has ``logits`` where the file has a last layer.

    Features are taken at the ends of the four stages, the last first.

    Raises:
        WeightsError: a tensor is missing or has another shape.
    """
    writer = _Writer(_renamed(weights))
    x = writer.graph.normalised("pixels", PREPROCESSING)
    x = writer.graph.relu(writer.convolution(x, "conv1", (7, 7, 3, STEM_CHANNELS), stride=2))
    # Keras pads with zeros: behind a ReLU that is the same as not looking beyond the edge.
    writer.x = writer.graph.max_pool(x, "pool1", kernel_size=3, stride=2, pads=(1, 1, 1, 1))
    ends = [writer.stage(stage) for stage in STAGES]
    depths = (Depth(ends[-1].tensor, ends[-1].channels, ends[-1].height, ends[-1].width, ("mean",)), *ends[-2::-1])
    classes = writer.top(writer.graph.vector(depths[0], "mean"), depths[0].channels)
    writer.graph.features(depths)
    return writer.graph.finished(Network(name, PREPROCESSING, digest, depths, (1, 2, len(depths)), classes))


def _renamed(weights: Mapping[str, Array]) -> dict[str, Array]:
    """The same tensors under the layer names of keras.applications."""
    names = dict(_spellings()) | dict.fromkeys(TOPS, TOPS[0])
    parts = ((key.partition("/"), tensor) for key, tensor in weights.items())
    return {f"{names.get(layer, layer)}/{part}": tensor for (layer, _, part), tensor in parts}


def _spellings() -> Iterator[tuple[str, str]]:
    """Other names of each layer with its name in keras.applications, in the order in which Keras numbers layers."""
    yield from (("conv1", "conv1_conv"), ("bn_conv1", "conv1_bn"))
    yield from (("conv2d", "conv1_conv"), ("batch_normalization", "conv1_bn"))
    number = 0
    for stage in STAGES:
        for block in range(stage.blocks):
            for branch in (1, 2, 0, 3) if block == 0 else (1, 2, 3):
                number += 1
                name = f"conv{stage.number}_block{block + 1}_{branch}"
                old = f"{stage.number}{'abcdef'[block]}_branch{('1', '2a', '2b', '2c')[branch]}"
                yield from ((f"res{old}", f"{name}_conv"), (f"bn{old}", f"{name}_bn"))
                yield from ((f"conv2d_{number}", f"{name}_conv"), (f"batch_normalization_{number}", f"{name}_bn"))


@dataclass
class _Writer:
    """The graph so far, and the map that the next block sees."""

    weights: Mapping[str, Array]
    graph: Graph = field(default_factory=Graph)
    x: str = ""
    channels: int = STEM_CHANNELS
    size: int = SIZE // 4

    def convolution(self, x: str, name: str, shape: tuple[int, int, int, int], *, stride: int = 1) -> str:
        """Convolution and batch normalisation as one; ``shape`` is Keras': height, width, channels, filters."""
        bias = taken(self.weights, f"{name}_conv/bias", shape[3:])
        kernel = taken(self.weights, f"{name}_conv/kernel", shape).transpose(3, 2, 0, 1)
        parts = ("gamma", "beta", "moving_mean", "moving_variance")
        scale, shift, mean, variance = (taken(self.weights, f"{name}_bn/{part}", shape[3:]) for part in parts)
        numbers = folded(kernel, Normalisation(scale, shift, mean, variance, EPSILON), bias)
        return self.graph.convolution(x, name, *numbers, stride=stride, pads=(shape[0] // 2,) * 4)

    def stage(self, stage: Stage) -> Depth:
        """All blocks of a stage; where it ends, features can be taken."""
        for number in range(1, stage.blocks + 1):
            self.block(f"conv{stage.number}_block{number}", stage, stride=stage.stride if number == 1 else 1)
        return Depth(self.x, stage.outputs, self.size, self.size, ("mean", "maximum"))

    def block(self, name: str, stage: Stage, *, stride: int) -> None:
        """Narrow, filter, widen; add the shortcut."""
        shortcut, narrow, wide = self.x, stage.channels, stage.outputs
        if self.channels != wide:
            shortcut = self.convolution(self.x, f"{name}_0", (1, 1, self.channels, wide), stride=stride)
        x = self.convolution(self.x, f"{name}_1", (1, 1, self.channels, narrow), stride=stride)
        x = self.convolution(self.graph.relu(x), f"{name}_2", (3, 3, narrow, narrow))
        x = self.convolution(self.graph.relu(x), f"{name}_3", (1, 1, narrow, wide))
        self.x = self.graph.relu(self.graph.apply("Add", [shortcut, x], f"{name}/add"))
        self.channels, self.size = wide, self.size // stride

    def top(self, vector: str, channels: int) -> int:
        """The network's own last layer, where the file has one; returns how many classes it has."""
        key = f"{TOPS[0]}/kernel"
        if key not in self.weights:
            return 0
        classes = self.weights[key].shape[-1] if self.weights[key].ndim else 0
        kernel = taken(self.weights, key, (channels, classes))
        self.graph.dense(vector, "logits", kernel, taken(self.weights, f"{TOPS[0]}/bias", (classes,)))
        return classes
