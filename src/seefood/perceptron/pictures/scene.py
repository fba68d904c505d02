"""What every part of a network's drawing is drawn from: an example's passage, the layout, what is to be shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from seefood.drawing.colours import INK, MUTED
from seefood.drawing.svg import Element, text
from seefood.drawing.widths import length
from seefood.perceptron.pictures.example import Passage
from seefood.perceptron.pictures.layout import Box, Layout
from seefood.perceptron.pictures.numerals import numeral
from seefood.perceptron.pictures.words import Language

__all__ = ["BESIDE", "LINE", "SIZE", "SLOPE", "SMALL", "Scene", "stacked"]

SLOPE = "#7a3fa8"
"""The colour of gradients; each has the sign ∂ before it too."""
SIZE, SMALL, LINE = 13.0, 11.0, 14.0
BESIDE = 4.0
"""Pixels between the middle and each of two words that stand side by side."""


@dataclass(frozen=True, eq=False)
class Scene:
    """One drawing of a network.

    Attributes:
        backward: whether gradients are written.
        largest: the magnitude of a weight that gets the widest line.
        moving: whether numbers will change later and need room for other ones.
    """

    passage: Passage
    layout: Layout
    backward: bool
    largest: float
    moving: bool

    @property
    def language(self) -> Language:
        """Of the words around the numbers."""
        return self.passage.example.language

    def slope(self, kind: str, layer: int, *place: int) -> str:
        """The gradient at one place, written; empty where there is none to show."""
        gradients = self.passage.gradients
        if not self.backward or gradients is None:
            return ""
        return f"∂ {numeral(float(getattr(gradients, kind)[layer][place]), 3)}"

    def surroundings(self, number: int, node: int) -> Box:
        """A node with the words around it."""
        place, radius = self.layout.places[number, node], self.layout.radius
        if number == 0:
            return Box(place.x, place.y, 2 * radius, 2 * radius)
        above, below = self.around(number, node)
        if self.layout.large:
            wide = max(length(word, SMALL) for word in (*above, *below))
            return Box(place.x, place.y, max(2 * radius, wide), 2 * radius + 2 * LINE * (1 + self.backward) + 8)
        wide = length(above[0], SMALL) + length(below[0], SMALL) + 2 * BESIDE
        return Box(place.x, place.y + 8, max(2 * radius, wide), 2 * radius + 17)

    def around(self, number: int, node: int) -> tuple[list[str], list[str]]:
        """The words at a node that is no input: its bias and its sum, each with the slope or an empty text."""
        layer, large = number - 1, self.layout.large
        bias = numeral(float(self.passage.network.layers[layer].bias[node]), 3 if large else 2)
        z = numeral(float(self.passage.trace.sums[layer][0, node]), 3 if large else 2)
        if not large:
            return [f"b {bias}", ""], [f"z {z}", ""]
        slopes = self.slope("biases", layer, node), self.slope("sums", layer, 0, node)
        return [f"b = {bias}", slopes[0]], [f"z = {z}", slopes[1]]


def stacked(
    box: Box, words: list[str], kind: str = "weight", *, bold: bool = False, least: str = "", **more: Any
) -> Iterator[Element]:
    """A number and, below it, its slope, in the middle of a box; smaller where they, or ``least``, would not fit its
    width."""
    first, second = words
    widest = max(length(first, SMALL + bold), length(second, SMALL), length(least, SMALL + bold), 1)
    room = min(1.0, box.width / widest)
    baseline = box.y + (4 if not second else -3)
    colour = INK if kind != "sum" else MUTED
    common: dict[str, Any] = {"anchor": "middle", "halo": True}
    size = (SMALL + bold) * room
    yield text(first, box.x, baseline, size=size, bold=bold, colour=colour, class_=kind, **common, **more)
    if second:
        slope = f"{kind}-slope"
        yield text(second, box.x, baseline + LINE, size=SMALL * room, colour=SLOPE, class_=slope, **common, **more)
