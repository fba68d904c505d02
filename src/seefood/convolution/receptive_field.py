"""Which input pixels one number deep in a network can see: its receptive field.

Source: Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019. The field
is the smallest rectangle that holds every pixel with a path to the number; near its rim fewer paths lead there.
"""

from dataclasses import dataclass

from seefood.errors import ShapeError

__all__ = ["PIXEL", "ReceptiveField", "Span"]


@dataclass(frozen=True)
class Span:
    """A receptive field along one axis, in input pixels.

    Attributes:
        size: how many pixels one number sees.
        jump: how far the fields of neighbours lie apart; 0 where all see the same.
        start: the first pixel that number 0 sees; negative where its field begins in the padding.
    """

    size: int
    jump: int
    start: int

    def of(self, number: int) -> tuple[int, int]:
        """The first pixel that one number sees, and the one behind the last."""
        first = self.start + number * self.jump
        return first, first + self.size


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive field of each number in a map, down and across.

    It is carried through a network layer by layer, from `PIXEL`, which sees itself.

    >>> field = PIXEL.through((3, 3), (2, 2), pads=(1, 1)).through((3, 3), (1, 1), pads=(1, 1))
    >>> field.size, field.down
    ((7, 7), Span(size=7, jump=2, start=-3))
    >>> field.box(row=10, column=0)
    (17, -3, 24, 4)
    """

    down: Span
    across: Span

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in input pixels; behind enough layers larger than any picture."""
        return self.down.size, self.across.size

    @property
    def jump(self) -> tuple[int, int]:
        """How many input pixels one step in the map is, down and across."""
        return self.down.jump, self.across.jump

    def box(self, row: int, column: int) -> tuple[int, int, int, int]:
        """What the number at (row, column) sees: top, left, bottom, right, the last two one behind the last pixel.

        Parts of it may lie outside the picture, in the padding.
        """
        (top, bottom), (left, right) = self.down.of(row), self.across.of(column)
        return top, left, bottom, right

    def through(
        self,
        kernel: tuple[int, int],
        stride: tuple[int, int],
        dilation: tuple[int, int] = (1, 1),
        *,
        pads: tuple[int, int],
    ) -> "ReceptiveField":
        """Behind a convolution or a pooling; ``pads`` are the zeros at the top and at the left."""
        return ReceptiveField(
            _through(self.down, kernel[0], stride[0], dilation[0], pads[0]),
            _through(self.across, kernel[1], stride[1], dilation[1], pads[1]),
        )

    def spread(self, rows: int, columns: int) -> "ReceptiveField":
        """What all numbers of a map see together: the field behind global pooling, or of a flattened map.

        >>> PIXEL.spread(224, 160).size
        (224, 160)
        """
        return ReceptiveField(_spread(self.down, rows), _spread(self.across, columns))

    def within(self, height: int, width: int) -> "ReceptiveField":
        """The same without what lies outside the picture, for a field that all numbers share."""
        return ReceptiveField(_within(self.down, height), _within(self.across, width))

    def joined(self, other: "ReceptiveField") -> "ReceptiveField":
        """Behind an addition, or any layer that takes two maps number by number: what either sees.

        Raises:
            ShapeError: neighbours lie differently far apart, so that the maps cannot have come from one picture.
        """
        return ReceptiveField(_joined(self.down, other.down), _joined(self.across, other.across))


PIXEL = ReceptiveField(Span(1, 1, 0), Span(1, 1, 0))
"""A pixel of the picture sees itself."""


def _through(span: Span, kernel: int, stride: int, dilation: int, pad: int) -> Span:
    """Araujo et al., equations for size, jump and start of one layer, written forwards."""
    return Span(span.size + (kernel - 1) * dilation * span.jump, span.jump * stride, span.start - pad * span.jump)


def _spread(span: Span, count: int) -> Span:
    return Span(span.size + (count - 1) * span.jump, 0, span.start)


def _within(span: Span, pixels: int) -> Span:
    first = max(span.start, 0)
    return Span(max(min(span.start + span.size, pixels) - first, 0), 0, first) if span.jump == 0 else span


def _joined(one: Span, other: Span) -> Span:
    if 0 in (one.jump, other.jump):  # one of them sees the whole picture already
        return one if one.jump == 0 else other
    if one.jump != other.jump:
        raise ShapeError(
            f"expected two maps whose numbers lie equally far apart in the picture; found {one.jump} pixels and "
            f"{other.jump}; add maps of the same size"
        )
    start = min(one.start, other.start)
    return Span(max(one.start + one.size, other.start + other.size) - start, one.jump, start)
