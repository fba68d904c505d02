"""Walk through an ONNX graph from its input to one output, and note what each layer is.

What cannot be found out of a layer is None, and so is what follows from it.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import onnx
from onnx import NodeProto

from seefood.backbones import operators
from seefood.backbones.graph import needed
from seefood.backbones.shapes import Shapes
from seefood.convolution.layer_table import LayerRow
from seefood.convolution.receptive_field import PIXEL, ReceptiveField
from seefood.errors import ShapeError

__all__ = ["PIXELS", "Place", "places"]

PIXELS = "pixels"
"""The input of every graph that this program makes; what is named behind it with a slash prepares the picture."""


@dataclass(frozen=True)
class Place:
    """One layer of a graph, and the tensor that holds its answer.

    Attributes:
        row: what the layer is.
        tensor: the answer's name in the graph, behind the layer's activation.
        before: the answer's name before its activation; the same where it has none.
        channels_last: whether the tensor is [n, height, width, channels] rather than [n, channels, height, width].
    """

    row: LayerRow
    tensor: str
    before: str
    channels_last: bool = False


def places(model: onnx.ModelProto, output: str) -> list[Place]:
    """The layers that lead to ``output``, in the order in which they are computed, the input first."""
    nodes = needed(model.graph.node, [output])
    walk = _Walk(model, nodes)
    for node in nodes:
        walk.step(node)
    return [
        replace(place, row=replace(place.row, name=name)) for place, name in zip(walk.found, walk.names(), strict=True)
    ]


@dataclass(frozen=True)
class _Fact:
    """What is known of a tensor on the way: which pixels it sees, and where its channels are."""

    field: ReceptiveField | None
    channels_last: bool = False
    setting: bool = False  # a shape or the like, made on the way: not what the network looks at


class _Walk:
    """The layers so far."""

    def __init__(self, model: onnx.ModelProto, nodes: Sequence[NodeProto]) -> None:
        self.known = Shapes(model, nodes)
        self.readers = Counter(name for node in nodes for name in node.input)
        inputs = [value.name for value in model.graph.input]
        self.facts = {name: _Fact(PIXEL, self.known.has_channels_last(name)) for name in inputs}
        self.counted: set[str] = set()
        self.found: list[Place] = []
        self.ends: dict[str, int] = {}  # of which layer a tensor is the answer
        if PIXELS in self.facts and self.known.picture is not None:
            row = LayerRow(PIXELS, "input", None, None, (*self.known.picture, 3), 0, 0, PIXEL)
            self.found.append(Place(row, PIXELS, PIXELS, channels_last=True))

    def step(self, node: NodeProto) -> None:
        """Note one node."""
        made = [name for name in node.output if name]
        sources = [name for name in node.input if name and name not in self.known.constants]
        facts = [self.facts[name] for name in sources if name in self.facts]
        if not sources:  # made of constants only, so a constant itself
            self.known.constants.update(made)
        elif node.op_type in ("Shape", "Size") or all(fact.setting for fact in facts):
            self.facts |= dict.fromkeys(made, _Fact(None, setting=True))
        else:
            looking = [fact for fact in facts if not fact.setting]
            fact = _Fact(self._field(node, sources[0], looking), _channels_last(node, looking[0].channels_last))
            self.facts |= dict.fromkeys(made, fact)
            if node.op_type in operators.PLUMBING or made[0].startswith(f"{PIXELS}/"):
                self._carry_on(sources[0], made[0], fact)
            elif not self._ends_a_layer(node, sources[0], made[0]):
                self._note(node, sources[0], made[0], fact)

    def _field(self, node: NodeProto, source: str, facts: Sequence[_Fact]) -> ReceptiveField | None:
        """What one number of the node's answer sees, where ``facts`` are of what it looks at."""
        field, last, kind = facts[0].field, facts[0].channels_last, node.op_type
        if field is None or node.output[0].startswith(f"{PIXELS}/"):  # the picture's preparation changes no places
            return field
        if all(fact.field is not None and fact.field.jump == (0, 0) for fact in facts):  # the whole picture remains it
            return field
        if kind in ("Conv", "MaxPool", "AveragePool"):
            at = self._window(node, source, last)
            return None if at is None else field.through(at.kernel, at.stride, at.dilation, pads=at.pads)
        if kind == "Pad":
            zeros = self.known.zeros(node, channels_last=last)
            return None if zeros is None else field.through((1, 1), (1, 1), pads=zeros)
        rank = len(self.known.of(node.output[0]) or ())
        flattens = kind in ("Flatten", "Reshape") and 0 < rank < 4
        if flattens or operators.reduces_places(node, self.known.axes(node), channels_last=last):
            return self._spread(field, source, last)
        keeps = node.op_type in ("Gemm", "MatMul") and len(facts) == 1
        return _together(facts) if keeps or kind in operators.ELEMENTWISE | operators.PLUMBING else None

    def _spread(self, field: ReceptiveField, source: str, last: bool) -> ReceptiveField | None:
        """What all numbers of a map see together."""
        size, picture = self.known.size(source, channels_last=last), self.known.picture
        if field.jump == (0, 0) or size is None or picture is None:
            return field if field.jump == (0, 0) else None
        return field.spread(*size).within(*picture)

    def _window(self, node: NodeProto, source: str, last: bool) -> operators.Window | None:
        return operators.window(node, self.known.weights(node), self.known.size(source, channels_last=last))

    def _carry_on(self, source: str, made: str, fact: _Fact) -> None:
        """The answer of a layer goes on under another name. A picture's preparation belongs to the input."""
        if source in self.ends:
            self.ends[made] = self.ends[source]
        if made.startswith(f"{PIXELS}/") and self.found:
            self.found[0] = replace(self.found[0], tensor=made, before=made, channels_last=fact.channels_last)

    def _ends_a_layer(self, node: NodeProto, source: str, made: str) -> bool:
        """Whether the node is the activation of the layer before it, of whose answer nobody else makes use."""
        number = self.ends.get(source)
        if node.op_type not in operators.ACTIVATIONS or number is None or self.readers[source] > 1:
            return False
        place = self.found[number]
        if place.row.activation is not None or place.row.kind in (*operators.ACTIVATIONS.values(), "softmax"):
            return False
        parameters = place.row.parameters + self._new_weights(node)
        row = replace(place.row, activation=self._activation(node), parameters=parameters)
        self.found[number] = replace(place, row=row, tensor=made)
        self.ends[made] = number
        return True

    def _note(self, node: NodeProto, source: str, made: str, fact: _Fact) -> None:
        """A layer of its own."""
        slides = self._window(node, source, self.facts[source].channels_last)
        row = LayerRow(
            made,
            self._kind(node, source),
            None if slides is None else slides.kernel,
            None if slides is None else slides.stride,
            self.known.one_picture(made, channels_last=fact.channels_last),
            self._new_weights(node),
            operators.multiply_adds(node, self.known.shapes),
            fact.field,
            operators.attributes(node).get("group", 1) if node.op_type == "Conv" else 1,
        )
        self.ends[made] = len(self.found)
        self.found.append(Place(row, made, made, fact.channels_last))

    def _kind(self, node: NodeProto, source: str) -> str:
        """As `operators.kind`, with what only the way here tells."""
        if node.op_type in operators.ACTIVATIONS:
            return self._activation(node)
        if node.op_type == "MatMul":
            return "dense" if set(node.input) & self.known.constants else "matrix product"
        if node.op_type == "Reshape":
            return "flatten" if len(self.known.of(node.output[0]) or ()) == 2 else "reshape"
        last = self.facts[source].channels_last
        if operators.reduces_places(node, self.known.axes(node), channels_last=last):
            return operators.REDUCTIONS[node.op_type]
        shape = self.known.of(source)
        return operators.kind(node, shape[1] if shape is not None and len(shape) > 1 else None)

    def _activation(self, node: NodeProto) -> str:
        """Its name; what is cut off at 0, or at 0 and 6, goes by the name that it has in networks."""
        if node.op_type != "Clip":
            return operators.ACTIVATIONS[node.op_type]
        low, high = (self.known.number(name) for name in (*node.input[1:], "", "")[:2])
        return {(0.0, 6.0): "relu6", (0.0, None): "relu"}.get((low or 0.0, high), "clip") if low is not None else "clip"

    def _new_weights(self, node: NodeProto) -> int:
        """How many weights and biases go into it; those that are shared count where they are met first."""
        if node.op_type in operators.WITHOUT_WEIGHTS:
            return 0
        names = set(node.input) - self.counted
        self.counted |= names
        return self.known.parameters(names)

    def names(self) -> list[str]:
        """What the layers are called: their first tensor's name without what an exporter adds, where that is clear."""
        whole = [place.row.name for place in self.found]
        plain = [_plain(name) for name in whole]
        roots = {name.partition("/")[0] for name in plain[1:-1]}  # of all between the input and the output
        if len(roots) == 1:  # the network's own name, before every layer's
            root = roots.pop()
            plain = [name.removeprefix(f"{root}/") for name in plain]
        often = Counter(plain)
        return [short if short and often[short] == 1 else name for short, name in zip(plain, whole, strict=True)]


def _plain(name: str) -> str:
    """Without the prefix of this program, the slash and the output's number of exporters, and inner activations.

    >>> _plain("foreign//layer1/conv/Conv_output_0"), _plain("foreign/net/mul:0"), _plain("head/relu6/mean")
    ('layer1/conv/Conv', 'net/mul', 'head/mean')
    """
    name = name.removeprefix("foreign/").strip("/").removesuffix("_output_0").removesuffix(":0")
    return re.sub(r"/relu6?(?=/)", "", name)  # what pools an activation pools its layer


def _channels_last(node: NodeProto, before: bool) -> bool:
    """Where the channels are behind a node."""
    if node.op_type != "Transpose":
        return before
    moved = tuple(operators.attributes(node).get("perm", ()))
    return {(0, 2, 3, 1): True, (0, 3, 1, 2): False}.get(moved, before)


def _together(facts: Sequence[_Fact]) -> ReceptiveField | None:
    """What several maps see number by number; None where they do not lie alike on the picture."""
    joined: ReceptiveField | None = None
    for fact in facts:
        if fact.field is None:
            return None
        try:
            joined = fact.field if joined is None else joined.joined(fact.field)
        except ShapeError:
            return None
    return joined
