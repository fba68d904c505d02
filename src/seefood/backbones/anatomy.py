"""What a network is made of: its layers one by one, read from its graph, and by which names they are found.

``lite0`` for example is a stem, sixteen blocks and a head. A layer is called by its name in the graph
("block3/expand"), and a block by what its layers' names have in common ("block3"), which means its last layer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import groupby

import onnx

from seefood.backbones.network import Network
from seefood.backbones.walk import Place, places
from seefood.convolution.layer_table import LayerTable
from seefood.errors import BackboneError

__all__ = ["Anatomy", "Block", "Place", "anatomy", "end_of"]


@dataclass(frozen=True)
class Block:
    """Layers that follow each other and have the beginning of their names in common."""

    name: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Anatomy:
    """A network's layers, in the order in which they are computed, the input first."""

    places: tuple[Place, ...]

    @property
    def table(self) -> LayerTable:
        """Every layer as a row."""
        return LayerTable(tuple(place.row for place in self.places))

    @property
    def blocks(self) -> list[Block]:
        """The layers in groups; a layer that belongs to none is a block by itself."""
        grouped = groupby(self.places, key=_block_of)
        return [Block(name, tuple(members)) for name, members in grouped]

    @property
    def mapped(self) -> dict[str, Place]:
        """By blocks' names, the last layer of each whose answer is a map, not one number a channel."""
        maps = ((block.name, place) for block in self.blocks for place in block.places if is_map(place))
        return {name: place for name, place in maps if place.row.kind != "input"}  # later ones take earlier ones' place

    def find(self, name: str) -> Place:
        """The layer of this name, or the last layer of the block, or of the blocks whose names begin so.

        A tensor's own name is understood too: "stem" is behind the activation, as a layer is; "stem/relu6" is the same.

        Raises:
            BackboneError: there is none; the message says which are like it.
        """
        for known in (self._by_row(), self._by_tensor(), {block.name: block.places[-1] for block in self.blocks}):
            if name in known:
                return known[name]
        begun = [
            place for place in self.places if re.match(rf"{re.escape(name)}[/_.]", place.row.name) and is_map(place)
        ]
        if begun and name:
            return begun[-1]
        raise BackboneError(f"expected the name of a layer or a block; found {_short(name)}; {self._remedy(name)}")

    def _by_row(self) -> dict[str, Place]:
        return {place.row.name: place for place in self.places}

    def _by_tensor(self) -> dict[str, Place]:
        return {tensor: place for place in self.places for tensor in (place.before, place.tensor)}

    def _remedy(self, name: str) -> str:
        blocks = [block.name for block in self.blocks]
        names = dict.fromkeys((*blocks, *self._by_row()))
        written = {known.lower(): known for known in reversed(names)}
        close = [written[found] for found in get_close_matches(name[:100].lower(), written, n=3, cutoff=0.5)]
        if close:
            return f"did you mean {' or '.join(close)}?"
        return f"take one of {', '.join(blocks[:12])}{', …' if len(blocks) > 12 else ''}"

    def __iter__(self) -> Iterator[Place]:
        return iter(self.places)


def anatomy(model: onnx.ModelProto, output: str) -> Anatomy:
    """The layers of a graph that lead to one of its tensors.

    Any graph will do: an operator that is not known is shown under its own name, without a receptive field.
    """
    return Anatomy(tuple(places(model, output)))


def end_of(network: Network) -> str:
    """The tensor where a backbone ends: its classes' logits, or else the vector of its last map."""
    if network.classes:
        return "logits"
    last = network.depths[0]
    return f"{last.tensor}/{last.pools[0]}/flat" if last.pools else last.tensor


def is_map(place: Place) -> bool:
    """Whether a layer's answer has more than one number a channel."""
    output = place.row.output
    return output is not None and len(output) == 3 and output[0] * output[1] > 1


def _block_of(place: Place) -> str:
    """What a layer's name has in common with its neighbours': "conv2_block1" of "conv2_block1_1"."""
    name = place.row.name
    if not is_map(place) or place.row.kind == "input":
        return name
    numbered = re.match(r".*?block_?\d+[a-z]?(?![a-z])", name)
    return numbered.group() if numbered else name.partition("/")[0]


def _short(name: str) -> str:
    return repr(name if len(name) <= 60 else f"{name[:57]}…")
