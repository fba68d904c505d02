"""Keras' own export to ONNX, for networks with layers that are not written here, brought into our form.

What is exported is the whole network; its end is then looked for in the graph: a softmax, before it a product with a
matrix and perhaps a sum with a bias. What goes into the product are the features.
"""

import logging
import tempfile
import warnings
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper

from seefood.backbones.foreign_graph import ForeignGraph, UnfitError, check, first_line
from seefood.backbones.graph import IR_VERSION, OPSET, Graph
from seefood.backbones.network import BuiltNetwork, Depth, Network
from seefood.networks.frameworks import silenced
from seefood.networks.trial import run

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["exported"]

Array = NDArray[Any]


def exported(model: Any, entrance: Graph, description: Network, pictures: Array) -> tuple[BuiltNetwork, bool]:
    """The network's graph behind our entrance, and whether the network ends in a softmax.

    Args:
        model: a ``keras.Model`` that has been called.
        entrance: makes ``pixels/normalised``, float32 [n, channels, height, width], of ``pixels``.
        description: of the network; its depths and classes are found out here.
        pictures: two, uint8 [2, height, width, 3], to try it with.

    Raises:
        UnfitError: Keras cannot export it, or the graph is not what was expected.
    """
    theirs = ForeignGraph.checked(_export(model), None)
    end = _End.of(theirs)
    try:
        built = _wrapped(theirs, end, entrance, description, pictures)
    except UnfitError:
        if not theirs.free_batch():
            raise
        built = _wrapped(theirs, end, entrance, description, pictures)
    return built, end.softmax


def _export(model: Any) -> onnx.ModelProto:
    with tempfile.TemporaryDirectory(prefix="seefood-", ignore_cleanup_errors=True) as folder, _quiet():
        path = Path(folder) / "exported.onnx"
        try:
            model.export(str(path), format="onnx", verbose=False, opset_version=OPSET)
            return onnx.load(str(path))
        except Exception as error:  # whatever the exporter and the framework behind it raise
            raise UnfitError(f"{type(error).__name__}: {first_line(error)}") from error


@contextmanager
def _quiet() -> "Iterator[None]":
    """Exporters tell of their progress in every way there is."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), silenced():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


class _End:
    """The tensors at a graph's end."""

    def __init__(self, features: str, logits: str, *, softmax: bool) -> None:
        self.features, self.logits, self.softmax = features, logits, softmax

    @classmethod
    def of(cls, theirs: ForeignGraph) -> "_End":
        makers = {name: node for node in theirs.nodes for name in node.output}
        constants = {*theirs.constants, *(n.output[0] for n in theirs.nodes if n.op_type == "Constant")}
        last = _maker(makers, theirs.output)
        softmax = last is not None and last.op_type == "Softmax"
        logits = last.input[0] if last is not None and softmax else theirs.output
        features = _into_product(makers, constants, logits)
        if features is None and not softmax:
            found = "nothing" if last is None else last.op_type
            raise UnfitError(f"expected a softmax or a dense layer at the end; found {found}")
        return cls(logits if features is None else features, logits, softmax=softmax)


def _maker(makers: Mapping[str, NodeProto], name: str) -> NodeProto | None:
    """The node that computes a tensor, behind those that only pass it on."""
    node = makers.get(name)
    while node is not None and node.op_type == "Identity":
        node = makers.get(node.input[0])
    return node


def _into_product(makers: Mapping[str, NodeProto], constants: set[str], logits: str) -> str | None:
    """What is multiplied by a matrix of constants to give the logits; None where they are not such a product."""
    node = _maker(makers, logits)
    if node is not None and node.op_type == "Add":
        computed = [name for name in node.input if name not in constants]
        node = _maker(makers, computed[0]) if len(computed) == 1 else None
    if node is None or node.op_type not in ("MatMul", "Gemm") or node.input[1] not in constants:
        return None
    return str(node.input[0])


def _wrapped(theirs: ForeignGraph, end: _End, entrance: Graph, description: Network, pictures: Array) -> BuiltNetwork:
    graph = Graph([*entrance.nodes], {**entrance.constants})
    name, _ = theirs.input(None)
    graph.apply("Transpose", ["pixels/normalised"], name, perm=[0, 2, 3, 1])
    graph.nodes += theirs.nodes
    graph.constants |= theirs.constants
    graph.apply("Identity", [end.logits], "logits")
    features, logits = run(_trial(graph, theirs, (end.features, "logits")), pictures, (end.features, "logits"))
    if features.ndim != 2 or logits.ndim != 2 or not len(features) == len(logits) == len(pictures):
        raise UnfitError(
            f"expected vectors [{len(pictures)}, numbers] of {len(pictures)} pictures; found {list(features.shape)} "
            f"and {list(logits.shape)}"
        )
    depth = Depth(end.features, features.shape[1], 1, 1, ())
    graph.features((depth,))
    built = graph.finished(replace(description, depths=(depth,), classes=logits.shape[1]))
    built.proto.opset_import[0].version = max(OPSET, theirs.opset)
    built.proto.ir_version = max(IR_VERSION, theirs.ir_version)
    check(built.proto)
    return built


def _trial(graph: Graph, theirs: ForeignGraph, outputs: tuple[str, ...]) -> onnx.ModelProto:
    """A graph that gives tensors of which the shape is not known yet."""
    pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", "height", "width", 3])
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    proto = helper.make_graph(graph.nodes, "trial", [pixels], values, list(graph.constants.values()))
    opset = helper.make_opsetid("", max(OPSET, theirs.opset))
    return helper.make_model(proto, opset_imports=[opset], ir_version=max(IR_VERSION, theirs.ir_version))
