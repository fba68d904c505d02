"""Where the nodes of a network are on paper, and which of a large layer and of very many layers are shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seefood.perceptron.pictures.words import Language, said

__all__ = ["Box", "Layout", "Place", "Row", "free_place", "largest_row", "row"]

MOST_NODES = 10
FIRST, LAST = 5, 3
"""How many of a larger layer are shown at its beginning and at its end."""
FIRST_ROWS, LAST_ROWS = 5, 4
"""How many rows of nodes are drawn of a deeper network; of others all."""
HEAD = 84
"""Pixels above the nodes and their words, for the title and the layers' names."""


@dataclass(frozen=True)
class Row:
    """The nodes of one layer that are shown, counted from 0, and how many there are.

    Attributes:
        which: are shown: "ends" of the row, the "largest", or the "largest and right"; empty where all are.
        gap: after how many of those that are shown stand dots for the others; None where all are shown.
    """

    shown: tuple[int, ...]
    count: int
    which: str = ""
    gap: int | None = None

    @property
    def slots(self) -> int:
        """Nodes shown, and one for those that are not."""
        return len(self.shown) + (self.gap is not None)

    def caption(self, language: Language = "en") -> str:
        """How many there are, and which are shown.

        >>> row(3).caption(), row(64).caption(), largest_row(np.arange(64.0), 0).caption()
        ('3 nodes', '64 nodes; 1–5, 62–64 shown', '64 nodes; 7 largest, the right one shown')
        """
        count = self.count
        if self.which == "ends":
            ends = {"first": f"1–{FIRST}", "last": f"{count - LAST + 1}–{count}"}
            return said(language, "{count} nodes; {first}, {last} shown", count=count, **ends)
        if self.which == "largest":
            return said(language, "{count} nodes; {most} largest shown", count=count, most=len(self.shown))
        if self.which == "largest and right":
            most = len(self.shown) - 1
            return said(language, "{count} nodes; {most} largest, the right one shown", count=count, most=most)
        return said(language, "{count} nodes", count=count) if count > 1 else said(language, "1 node")


def row(count: int) -> Row:
    """All nodes of a small layer; the first five and the last three of a large one."""
    if count <= MOST_NODES:
        return Row(tuple(range(count)), count)
    return Row((*range(FIRST), *range(count - LAST, count)), count, "ends", FIRST)


def largest_row(values: NDArray[np.float64], also: int | None = None) -> Row:
    """All nodes of a small layer; of a large one those with the largest magnitudes, and one more that has to be seen.

    >>> largest_row(np.arange(20.0), also=3)
    Row(shown=(3, 13, 14, 15, 16, 17, 18, 19), count=20, which='largest and right', gap=8)
    """
    if len(values) <= MOST_NODES:
        return row(len(values))
    most = FIRST + LAST
    order = np.argsort(-np.nan_to_num(np.abs(values)), kind="stable").tolist()
    shown, which = order[:most], "largest"
    if also is not None and also not in shown:
        shown, which = [*shown[:-1], also], "largest and right"
    return Row(tuple(sorted(shown)), len(values), which, most)


@dataclass(frozen=True)
class Place:
    """The centre of a node or of a word."""

    x: float
    y: float


@dataclass(frozen=True)
class Box:
    """A rectangle around a centre."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: "Box", room: float = 0.0) -> bool:
        """Whether two overlap, or come nearer than ``room``."""
        return (
            abs(self.x - other.x) * 2 < self.width + other.width + 2 * room
            and abs(self.y - other.y) * 2 < self.height + other.height + 2 * room
        )

    def is_crossed(self, begin: Place, end: Place) -> bool:
        """Whether a straight line goes through it: what of the line lies between its sides both ways (Liang–Barsky)."""
        low, high = 0.0, 1.0
        for start, stop, centre, size in (
            (begin.x, end.x, self.x, self.width),
            (begin.y, end.y, self.y, self.height),
        ):
            way, near, far = stop - start, centre - size / 2 - start, centre + size / 2 - start
            if way == 0:
                if near > 0 or far < 0:
                    return False
                continue
            low, high = max(low, min(near / way, far / way)), min(high, max(near / way, far / way))
        return low < high


@dataclass(frozen=True)
class Layout:
    """Places of everything for the rows of nodes, inputs first.

    ``large`` nodes have words above and below them, with ``gradients`` two lines each; others one line below.
    ``names`` is how wide the inputs' names are, in pixels.
    """

    rows: tuple[Row, ...]
    gradients: bool = False
    names: float = 90.0

    @property
    def large(self) -> bool:
        """Whether each node has room for all of its numbers around it."""
        return max(self.rows[number].slots for number in self.drawn) <= 4

    @cached_property
    def drawn(self) -> tuple[int, ...]:
        """The numbers of the rows that are drawn."""
        count = len(self.rows)
        if count <= FIRST_ROWS + LAST_ROWS:
            return tuple(range(count))
        return (*range(FIRST_ROWS), *range(count - LAST_ROWS, count))

    @property
    def left_out(self) -> int:
        """How many rows are not drawn, where dots stand for them."""
        return len(self.rows) - len(self.drawn)

    def x(self, number: int) -> float:
        """Where a row that is drawn stands; deep ones behind the dots."""
        moved = 0 if not self.left_out or number < FIRST_ROWS else 1 - self.left_out
        return self.left + (number + moved) * self.column

    @property
    def dots(self) -> Place | None:
        """Where the dots stand for the rows that are left out."""
        if not self.left_out:
            return None
        return Place(self.left + FIRST_ROWS * self.column, HEAD + self.height / 2)

    @property
    def radius(self) -> float:
        """Of a node, in pixels."""
        return 27.0 if self.large else 18.0

    @property
    def left(self) -> float:
        """Where the first row of nodes is: beside it are the inputs' names."""
        return 20 + self.names + 8 + self.radius

    @property
    def column(self) -> float:
        """From one row of nodes to the next, in pixels."""
        return 270.0 if self.large else 210.0

    @property
    def right(self) -> float:
        """Where the nodes end, and the outputs' names begin."""
        return self.x(len(self.rows) - 1) + self.radius

    @property
    def height(self) -> float:
        """Of the nodes with their words, in pixels."""
        slot = (150.0 if self.gradients else 116.0) if self.large else 64.0
        return slot * max(2, *(self.rows[number].slots for number in self.drawn))

    @cached_property
    def places(self) -> dict[tuple[int, int], Place]:
        """The centre of each node that is shown, by (row, node); small rows are spread over the height."""
        places = {}
        for number in self.drawn:
            nodes, x = self.rows[number], self.x(number)
            step = self.height / nodes.slots
            for slot, node in enumerate(nodes.shown):
                moved = slot + (nodes.gap is not None and slot >= nodes.gap)
                places[number, node] = Place(x, HEAD + (moved + 0.5) * step)
        return places

    def gap(self, number: int) -> Place | None:
        """Where the dots stand for the nodes that are left out of a row."""
        nodes = self.rows[number]
        if nodes.gap is None:
            return None
        return Place(self.x(number), HEAD + (nodes.gap + 0.5) * self.height / nodes.slots)

    @property
    def layers(self) -> tuple[int, ...]:
        """The numbers of the layers of weights between two rows that are drawn."""
        return tuple(number for number in self.drawn[:-1] if number + 1 in self.drawn)

    def edges(self, layer: int) -> Iterator[tuple[int, int, Place, Place]]:
        """From node to node of one layer of weights: both numbers, and the ends of the line between the two circles."""
        for source in self.rows[layer].shown:
            for target in self.rows[layer + 1].shown:
                begin, end = self.places[layer, source], self.places[layer + 1, target]
                dx, dy = end.x - begin.x, end.y - begin.y
                far = (dx * dx + dy * dy) ** 0.5
                x, y = dx / far * self.radius, dy / far * self.radius
                yield source, target, Place(begin.x + x, begin.y + y), Place(end.x - x, end.y - y)


def free_place(
    size: tuple[float, float], edge: tuple[Place, Place], taken: Sequence[Box], others: Sequence[tuple[Place, Place]]
) -> Box | None:
    """A box on an edge, clear of all that is ``taken``, where it hides the fewest ``others``; None where none is free.

    Near the beginning of the edges they are farthest from each other, so that is tried first.
    """
    begin, end = edge
    best: tuple[int, Box] | None = None
    for hundredths in range(20, 85, 2):
        share = hundredths / 100
        box = Box(begin.x + share * (end.x - begin.x), begin.y + share * (end.y - begin.y), *size)
        if any(box.meets(other, room=2.0) for other in taken):
            continue
        hidden = sum(box.is_crossed(*other) for other in others)
        if best is None or hidden < best[0]:
            best = hidden, box
        if not hidden:
            break
    return None if best is None else best[1]
