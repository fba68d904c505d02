"""A graph that someone else wrote: what is admitted of it, cut to what one output needs, under names of its own."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import EncodeError  # type: ignore[import-untyped]
from onnx import NodeProto, TensorProto, numpy_helper, version_converter

from seefood.backbones.graph import IR_VERSION, OPSET

__all__ = ["LARGEST_BYTES", "ForeignGraph", "UnfitError", "check", "first_line"]

LARGEST_BYTES = (2 << 30) - 1  # the most that a protobuf message can have
MOST_NODES = 50_000
PREFIX = "foreign/"
DOMAINS = ("", "ai.onnx")
TENSOR_TYPES = {number: name.lower() for name, number in TensorProto.DataType.items()}


class UnfitError(Exception):
    """What was expected of a graph, what was found, what to do; the file's name is still missing."""


def first_line(error: Exception) -> str:
    """An error's first words: others' messages run over many lines.

    >>> first_line(ValueError("no such shape\\n  at line 3"))
    'no such shape'
    """
    text = re.sub(r"\s+", " ", str(error).strip().partition("\n")[0])
    return text[:160] or type(error).__name__


@dataclass
class ForeignGraph:
    """Nodes and constants that lead from the inputs to one output, every name behind a prefix.

    Attributes:
        inputs: the graph's inputs that the output needs.
        output: the tensor that becomes the features.
        opset: at least 17.
    """

    nodes: list[NodeProto]
    constants: dict[str, TensorProto]
    inputs: list[onnx.ValueInfoProto]
    output: str
    opset: int
    ir_version: int

    @classmethod
    def checked(cls, proto: onnx.ModelProto, output: str | None) -> "ForeignGraph":
        """Admit a graph, bring it to opset 17 or newer, cut it to one output.

        Raises:
            UnfitError: it is no valid ONNX, or uses what is not admitted.
        """
        _drop_unused_domains(proto)
        _admit(proto)
        proto = _modern(proto)
        name = _output(proto.graph, output)
        nodes = _needed(proto.graph, name)
        used = {tensor for node in nodes for tensor in node.input}
        constants = {tensor.name: tensor for tensor in proto.graph.initializer if tensor.name in used}
        inputs = [value for value in proto.graph.input if value.name in used and value.name not in constants]
        for named in (*nodes, *constants.values(), *inputs):
            _prefix(named)
        constants = {tensor.name: tensor for tensor in constants.values()}
        ir_version = max(IR_VERSION, proto.ir_version)
        return cls(nodes, constants, inputs, PREFIX + name, proto.opset_import[0].version, ir_version)

    def input(self, name: str | None) -> tuple[str, tuple[int | None, ...]]:
        """The one input: its name here, and its four sizes, None where they are free."""
        found = [value.name.removeprefix(PREFIX) for value in self.inputs]
        if len(found) != 1 or name not in (None, *found):
            raise UnfitError(
                f"expected one input{f' {name!r}' if name else ''}; found {_listed(found)}; name it beside it"
            )
        tensor = self.inputs[0].type.tensor_type
        shape = tuple(size.dim_value or None for size in tensor.shape.dim)
        if tensor.elem_type != TensorProto.FLOAT or len(shape) != 4:
            kind = TENSOR_TYPES.get(tensor.elem_type, "another type")
            raise UnfitError(
                f"expected an input of float32 in four dimensions; found {kind} {list(shape)}; export it so"
            )
        if shape[0] not in (1, None):
            raise UnfitError(f"expected a free batch size or 1; found {shape[0]}; export it with a free batch size")
        return self.inputs[0].name, shape

    def free_batch(self) -> bool:
        """Let each Reshape to a batch of one keep the batch that comes in; whether there was one."""
        known = self.constants | dict(_constants(self.nodes))
        freed = False
        for number, node in enumerate(self.nodes):
            shape = known.get(node.input[1]) if node.op_type == "Reshape" else None
            if shape is None or node.input[0] in known or any(item.i for item in node.attribute):
                continue
            sizes = _sizes(shape)
            if sizes[:1] == [1]:
                name = f"{PREFIX}batch/{number}"
                kept = np.array([0, *sizes[1:]], np.int64)  # a zero keeps the size that comes in
                self.constants[name] = numpy_helper.from_array(kept, name)
                node.input[1] = name
                freed = True
        return freed


def _drop_unused_domains(proto: onnx.ModelProto) -> None:
    """Exporters list domains that no node is of; Keras lists ai.onnx.ml."""
    kept = [entry for entry in proto.opset_import if entry.domain in {*DOMAINS, *(n.domain for n in proto.graph.node)}]
    del proto.opset_import[:]
    proto.opset_import.extend(kept)


def _admit(proto: onnx.ModelProto) -> None:
    """Only nodes of the standard that compute, and tensors that are in the file."""
    domains = {entry.domain for entry in proto.opset_import} | {node.domain for node in proto.graph.node}
    if extra := sorted(domains - set(DOMAINS)):
        raise UnfitError(f"expected the operators of ONNX itself; found {_listed(extra)}; export it without them")
    if len([entry for entry in proto.opset_import if entry.domain in DOMAINS]) != 1:
        raise UnfitError("expected one version of ONNX's operators; found another number; export it again")
    if proto.functions:
        raise UnfitError("expected plain nodes; found functions; inline them with onnx.inliner.inline_local_functions")
    if len(proto.graph.node) > MOST_NODES:
        raise UnfitError(
            f"expected at most {MOST_NODES} nodes; found {len(proto.graph.node)}; export a smaller network"
        )
    tensors = list(proto.graph.initializer)
    for node in proto.graph.node:
        tensors += _tensors(node)
    if proto.graph.sparse_initializer or any(tensor.data_location == TensorProto.EXTERNAL for tensor in tensors):
        raise UnfitError(
            "expected all weights in the file itself; found others; save it as one file, with plain tensors"
        )
    check(proto)


def check(proto: onnx.ModelProto) -> None:
    """Raise UnfitError where ONNX's own checker finds fault."""
    try:
        onnx.checker.check_model(proto)
    except (onnx.checker.ValidationError, ValueError, EncodeError) as error:
        raise UnfitError(f"expected a valid ONNX model; found: {first_line(error)}; export it again") from error


def _tensors(node: NodeProto) -> Iterator[TensorProto]:
    """The tensors in a node's attributes; a node with a graph inside is refused."""
    for item in node.attribute:
        if item.HasField("g") or item.graphs:
            raise UnfitError(
                f"expected a plain chain of operators; found {node.op_type}; export it without control flow"
            )
        if item.HasField("sparse_tensor") or item.sparse_tensors:
            raise UnfitError(f"expected plain tensors; found a sparse one in {node.op_type}; export it without")
        if item.HasField("t"):
            yield item.t
        yield from item.tensors


def _modern(proto: onnx.ModelProto) -> onnx.ModelProto:
    if proto.opset_import[0].version >= OPSET:
        return proto
    try:
        return version_converter.convert_version(proto, OPSET)
    except (RuntimeError, ValueError, version_converter.ConvertError) as error:
        raise UnfitError(
            f"expected opset {OPSET} or what can be brought to it; found {proto.opset_import[0].version}: "
            f"{first_line(error)}; export it with opset {OPSET}"
        ) from error


def _output(graph: onnx.GraphProto, name: str | None) -> str:
    outputs = [value.name for value in graph.output]
    made = {tensor for node in graph.node for tensor in node.output if tensor}
    if name is None and len(outputs) == 1:
        name = outputs[0]
    if name not in made or name is None:
        found = f"no tensor {name!r} but " if name else ""
        raise UnfitError(f"expected an output to take; found {found}{_listed(outputs)}; name one of them beside it")
    return name


def _needed(graph: onnx.GraphProto, output: str) -> list[NodeProto]:
    """The nodes that lead to the output, in their order."""
    wanted, kept = {output}, []
    for node in reversed(graph.node):
        if wanted & set(node.output):
            wanted |= set(node.input)
            kept.append(node)
    return kept[::-1]


def _prefix(named: Any) -> None:
    if not isinstance(named, NodeProto):
        named.name = PREFIX + named.name
        return
    named.domain = ""
    for names in (named.input, named.output):
        names[:] = [PREFIX + name if name else "" for name in names]
    named.name = next(name for name in named.output if name)  # their own names may be empty, or the same twice


def _constants(nodes: Sequence[NodeProto]) -> Iterator[tuple[str, TensorProto]]:
    for node in nodes:
        if node.op_type == "Constant" and node.attribute[0].HasField("t"):
            yield node.output[0], node.attribute[0].t


def _sizes(tensor: TensorProto) -> list[int]:
    """The whole numbers in a list; none where the tensor is something else or makes no sense."""
    if tensor.data_type != TensorProto.INT64 or len(tensor.dims) != 1:
        return []
    try:
        return [int(size) for size in numpy_helper.to_array(tensor)]
    except (ValueError, TypeError):
        return []


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name[:60]) for name in names[:5]) or "none"
