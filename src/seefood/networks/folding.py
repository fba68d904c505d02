"""Batch normalisations as part of the layer before them: with fixed averages both are linear, so one does for two."""

from collections import Counter

import numpy as np
from onnx import NodeProto, helper, numpy_helper

from seefood.backbones.graph import Graph, Normalisation, folded

__all__ = ["fold"]


def fold(graph: Graph) -> dict[str, str]:
    """Each batch normalisation into the convolution or dense layer before it, where nothing else looks between.

    What followed the normalisation follows that layer, under its name. Returns the names that are no more, with those
    that stand for them; of tensors that were called after the normalisation too.
    """
    renamed: dict[str, str] = {}
    for node in [node for node in graph.nodes if node.op_type == "BatchNormalization"]:
        maker = next((other for other in graph.nodes if node.input[0] in other.output), None)
        uses = Counter(name for other in graph.nodes for name in other.input)
        if maker is not None and maker.op_type in ("Conv", "Gemm") and uses[node.input[0]] == 1:
            _into(graph, maker, node)
            changed = _rename(graph, node.output[0], maker.output[0])
            renamed = {old: changed.get(new, new) for old, new in renamed.items()} | changed
    return renamed


def _into(graph: Graph, maker: NodeProto, node: NodeProto) -> None:
    kernel, bias = (numpy_helper.to_array(graph.constants[name]) for name in maker.input[1:])
    scale, shift, mean, variance = (numpy_helper.to_array(graph.constants.pop(name)) for name in node.input[1:])
    norm = Normalisation(scale, shift, mean, variance, helper.get_attribute_value(node.attribute[0]))
    if maker.op_type == "Conv":
        kernel, bias = folded(kernel, norm, bias)
    else:  # a dense layer is a convolution of a single pixel, with its weights the other way round
        kernel, bias = folded(kernel.T[:, :, np.newaxis, np.newaxis], norm, bias)
        kernel = kernel[:, :, 0, 0].T
    for name, value in zip(maker.input[1:], (kernel, bias), strict=True):
        del graph.constants[name]
        graph.constant(name, value)
    graph.nodes.remove(node)


def _rename(graph: Graph, old: str, new: str) -> dict[str, str]:
    """A tensor, and those that are called after it: "old/relu" becomes "new/relu"."""
    changed = {old: new}
    for node in graph.nodes:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                if (name == old or name.startswith(f"{old}/")) and name not in graph.constants:
                    changed[name] = new + name.removeprefix(old)
                    names[index] = changed[name]
        node.name = node.output[0]
    return changed
