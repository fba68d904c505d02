"""Where the nodes of a network are on paper, and which of a large layer are shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Box", "Layout", "Place", "Row", "free_place", "row"]

MOST_NODES = 10
FIRST, LAST = 5, 3
"""How many of a larger layer are shown at its beginning and at its end."""
HEAD = 72
"""Pixels above the nodes and their words, for the layers' names."""


@dataclass(frozen=True)
class Row:
    """The nodes of one layer that are shown, counted from 0, and how many there are."""

    shown: tuple[int, ...]
    count: int

    @property
    def gap(self) -> int | None:
        """After how many nodes some are left out."""
        return FIRST if len(self.shown) < self.count else None

    @property
    def slots(self) -> int:
        """Nodes shown, and one for those that are not."""
        return len(self.shown) + (self.gap is not None)

    @property
    def caption(self) -> str:
        """How many there are, and which are shown.

        >>> row(3).caption, row(64).caption
        ('3 nodes', '64 nodes; 1–5, 62–64 shown')
        """
        if self.gap is None:
            return f"{self.count} node" + "s" * (self.count > 1)
        return f"{self.count} nodes; 1–{FIRST}, {self.count - LAST + 1}–{self.count} shown"


def row(count: int) -> Row:
    """All nodes of a small layer; the first five and the last three of a large one."""
    if count <= MOST_NODES:
        return Row(tuple(range(count)), count)
    return Row((*range(FIRST), *range(count - LAST, count)), count)


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
        return max(nodes.slots for nodes in self.rows) <= 4

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
        return self.left + self.column * (len(self.rows) - 1) + self.radius

    @property
    def height(self) -> float:
        """Of the nodes with their words, in pixels."""
        slot = (150.0 if self.gradients else 116.0) if self.large else 64.0
        return slot * max(2, *(nodes.slots for nodes in self.rows))

    @cached_property
    def places(self) -> dict[tuple[int, int], Place]:
        """The centre of each node that is shown, by (row, node); small rows are spread over the height."""
        places = {}
        for number, nodes in enumerate(self.rows):
            step = self.height / nodes.slots
            for slot, node in enumerate(nodes.shown):
                moved = slot + (nodes.gap is not None and slot >= FIRST)
                places[number, node] = Place(self.left + number * self.column, HEAD + (moved + 0.5) * step)
        return places

    def gap(self, number: int) -> Place | None:
        """Where the dots stand for the nodes that are left out of a row."""
        nodes = self.rows[number]
        if nodes.gap is None:
            return None
        return Place(self.left + number * self.column, HEAD + (nodes.gap + 0.5) * self.height / nodes.slots)

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
