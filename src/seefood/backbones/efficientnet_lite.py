"""EfficientNet-Lite 0, 1 and 2: mobile inverted bottlenecks without squeeze-and-excitation, ReLU6 throughout.

Source: Tan & Le 2019 for the stages and their scaling; the Lite variant (TensorFlow's TPU models) leaves stem, head and
the number of blocks in the first and last stage unscaled. Weights come in the layout of the PyTorch port.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from seefood.backbones.graph import Array, Graph, Normalisation, folded
from seefood.backbones.network import BuiltNetwork, Depth, Network
from seefood.backbones.tensors import taken
from seefood.convolution.geometry import same_pads
from seefood.preprocessing import Preprocessing

EPSILON = 1e-3
STEM_CHANNELS = 32
HEAD_CHANNELS = 1280
CLASSES = 1000


class Stage(NamedTuple):
    """Blocks that follow each other; only the first may change the size of the map."""

    blocks: int
    kernel_size: int
    stride: int
    expansion: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


class Variant(NamedTuple):
    """Input size in pixels, and how much wider and deeper than Lite0."""

    size: int
    width: float
    depth: float


VARIANTS = {"lite0": Variant(224, 1.0, 1.0), "lite1": Variant(240, 1.0, 1.1), "lite2": Variant(260, 1.1, 1.2)}


def preprocessing(name: str) -> Preprocessing:
    """RGB, (x - 127) / 128, the central 0.875 of the picture."""
    size = VARIANTS[name].size
    return Preprocessing(size, size, mean=(127.0, 127.0, 127.0), scale=(128.0, 128.0, 128.0))


def build(name: str, weights: Mapping[str, Array], digest: str) -> BuiltNetwork:
    """The graph of ``lite0``, ``lite1`` or ``lite2`` from the tensors of its state dict.

    Features are taken behind the last convolution and behind each residual addition, the last first.

    Raises:
        WeightsError: a tensor is missing or has another shape.
    """
    writer = _Writer(weights, VARIANTS[name].size)
    writer.graph.normalised("pixels", preprocessing(name))
    writer.convolution("pixels/normalised", "stem", "_conv_stem", "_bn0", (STEM_CHANNELS, 3, 3, 3), stride=2)
    residuals = [depth for stage in _blocks(VARIANTS[name]) for depth in writer.block(stage)]
    last = writer.convolution(writer.x, "head", "_conv_head", "_bn1", (HEAD_CHANNELS, writer.channels, 1, 1), stride=1)
    depths = (Depth(last, HEAD_CHANNELS, writer.size, writer.size, ("mean",)), *reversed(residuals))
    vector = writer.graph.vector(depths[0], "mean")
    top = (taken(weights, "_fc.weight", (CLASSES, HEAD_CHANNELS)).T, taken(weights, "_fc.bias", (CLASSES,)))
    writer.graph.dense(vector, "logits", *top)
    writer.graph.features(depths)
    coarse = 1 + sum(depth.channels >= residuals[-1].channels // 2 for depth in residuals)
    choices = (1, coarse, len(depths))
    return writer.graph.finished(Network(name, preprocessing(name), digest, depths, choices, CLASSES))


class _Block(NamedTuple):
    number: int
    kernel_size: int
    stride: int
    expansion: int
    channels: int


def _blocks(variant: Variant) -> list[_Block]:
    """The stages of Lite0 made wider and deeper, as blocks in a row."""
    blocks: list[_Block] = []
    for number, stage in enumerate(STAGES):
        scaled = number not in (0, len(STAGES) - 1)
        count = math.ceil(stage.blocks * variant.depth) if scaled else stage.blocks
        for position in range(count):
            stride = stage.stride if position == 0 else 1
            channels = round_channels(stage.channels * variant.width)
            blocks.append(_Block(len(blocks), stage.kernel_size, stride, stage.expansion, channels))
    return blocks


def round_channels(channels: float) -> int:
    """To a multiple of eight, and never down by more than a tenth.

    >>> round_channels(16 * 1.1), round_channels(112 * 1.1)
    (16, 120)
    """
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


@dataclass
class _Writer:
    """The graph so far, and the map that the next layer sees."""

    weights: Mapping[str, Array]
    size: int
    graph: Graph = field(default_factory=Graph)
    x: str = ""
    channels: int = STEM_CHANNELS

    def convolution(
        self,
        x: str,
        name: str,
        kernel: str,
        norm: str,
        shape: tuple[int, int, int, int],
        *,
        stride: int,
        active: bool = True,
    ) -> str:
        """Convolution and batch normalisation as one, with "same" padding, and ReLU6 unless it is a projection."""
        parts = ("weight", "bias", "running_mean", "running_var")
        scale, shift, mean, variance = (taken(self.weights, f"{norm}.{part}", shape[:1]) for part in parts)
        numbers = folded(
            taken(self.weights, f"{kernel}.weight", shape), Normalisation(scale, shift, mean, variance, EPSILON)
        )
        before, after = same_pads(self.size, shape[2], stride)
        groups = shape[0] if shape[1] == 1 else 1
        pads = (before, before, after, after)
        x = self.graph.convolution(x, name, *numbers, stride=stride, pads=pads, groups=groups)
        self.size = -(-self.size // stride)
        self.x = self.graph.relu6(x) if active else x
        return self.x

    def block(self, block: _Block) -> list[Depth]:
        """Expand, filter each channel by itself, project; add what came in where the shape allows it."""
        entry, name, prefix = self.x, f"block{block.number}", f"_blocks.{block.number}"
        wide, narrow = self.channels * block.expansion, block.channels
        if block.expansion > 1:
            shape = (wide, self.channels, 1, 1)
            self.convolution(self.x, f"{name}/expand", f"{prefix}._expand_conv", f"{prefix}._bn0", shape, stride=1)
        shape = (wide, 1, block.kernel_size, block.kernel_size)
        depthwise = f"{prefix}._depthwise_conv"
        self.convolution(self.x, f"{name}/depthwise", depthwise, f"{prefix}._bn1", shape, stride=block.stride)
        shape = (narrow, wide, 1, 1)
        project = f"{prefix}._project_conv"
        self.convolution(self.x, f"{name}/project", project, f"{prefix}._bn2", shape, stride=1, active=False)
        residual = block.stride == 1 and self.channels == narrow
        self.channels = narrow
        if not residual:
            return []
        self.x = self.graph.apply("Add", [self.x, entry], f"{name}/add")
        return [Depth(self.x, narrow, self.size, self.size, ("mean", "maximum"))]
