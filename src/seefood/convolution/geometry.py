"""Where a kernel stands on a picture: strides, padding, dilation, and how large the answer is.

The rules are those of Keras and TensorFlow: ``valid`` never leaves the picture; ``same`` adds the fewest zeros that
give one answer for each stride, and of an odd number of zeros the odd one goes to the bottom and the right, as it
always does for kernels of even size.
"""

from dataclasses import dataclass
from numbers import Integral
from typing import Literal

from seefood.errors import ShapeError

__all__ = ["Geometry", "Padding", "Pair", "as_pair", "geometry", "same_pads"]

Pair = int | tuple[int, int]
"""One number for both directions, or (down, across)."""

Padding = Literal["valid", "same"] | int | tuple[int, int] | tuple[tuple[int, int], tuple[int, int]]
"""Zeros around the picture: a rule, in capitals or not; a number for all four sides; (down, across); or ((top, bottom),
(left, right))."""


@dataclass(frozen=True)
class Geometry:
    """A kernel that walks over a picture; every pair is (down, across), in pixels.

    Attributes:
        picture: its height and width.
        kernel: height and width of the kernel, in weights.
        stride: how far it moves from one answer to the next.
        dilation: how far its weights lie apart; 1 is side by side.
        pads: zeros at the top, left, bottom and right.
        output: height and width of the answer.
    """

    picture: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    pads: tuple[int, int, int, int]
    output: tuple[int, int]

    @property
    def reach(self) -> tuple[int, int]:
        """How many pixels of the picture the kernel spans, with the gaps that dilation leaves."""
        height, width = (_reach(size, gap) for size, gap in zip(self.kernel, self.dilation, strict=True))
        return height, width

    def corner(self, row: int, column: int) -> tuple[int, int]:
        """The pixel under the kernel's top left weight for one answer; negative where that lies in the padding."""
        return row * self.stride[0] - self.pads[0], column * self.stride[1] - self.pads[1]


def geometry(
    picture: tuple[int, int],
    kernel: tuple[int, int],
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
) -> Geometry:
    """How a kernel [height, width] walks over a picture [height, width].

    Source: TensorFlow's ``tf.nn.convolution``, "Note on padding"; Keras' ``keras.ops.conv``.

    Raises:
        ShapeError: a stride or dilation below 1, negative padding, or a kernel larger than the padded picture.

    >>> geometry((5, 6), (2, 2)).output, geometry((5, 6), (2, 2), padding="same").pads
    ((4, 5), (0, 0, 1, 1))
    >>> geometry((5, 6), (3, 3), stride=2, padding="same").output
    (3, 3)
    """
    strides, gaps = as_pair("stride", stride), as_pair("dilation", dilation)
    if min(*picture, *kernel) < 1:
        raise ShapeError(
            f"expected a picture and a kernel of 1 pixel or more each way; found a picture of {_by(picture)} "
            f"and a kernel of {_by(kernel)}; give both some content"
        )
    top_bottom, left_right = (
        _pads(padding, axis, picture[axis], kernel[axis], strides[axis], gaps[axis]) for axis in (0, 1)
    )
    pads = (top_bottom[0], left_right[0], top_bottom[1], left_right[1])
    padded = (picture[0] + sum(top_bottom), picture[1] + sum(left_right))
    reach = (_reach(kernel[0], gaps[0]), _reach(kernel[1], gaps[1]))
    if reach[0] > padded[0] or reach[1] > padded[1]:
        spanning = "" if reach == kernel else f", which spans {_by(reach)} with dilation {gaps[0]}, {gaps[1]}"
        around = "" if padded == picture else f", {_by(padded)} with its padding"
        raise ShapeError(
            f"expected a kernel that fits into the picture; found a kernel of {_by(kernel)}{spanning} and a picture "
            f"of {_by(picture)}{around}; use a smaller kernel, a larger picture or more padding"
        )
    output = tuple((padded[axis] - reach[axis]) // strides[axis] + 1 for axis in (0, 1))
    return Geometry(picture, kernel, strides, gaps, pads, (output[0], output[1]))


def same_pads(size: int, kernel_size: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Zeros before and after one row that give one answer for each stride, the odd one after it.

    >>> same_pads(224, kernel_size=3, stride=2), same_pads(225, kernel_size=3, stride=2)
    ((0, 1), (1, 1))
    """
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + _reach(kernel_size, dilation) - size, 0)
    return total // 2, total - total // 2


def _reach(kernel_size: int, dilation: int) -> int:
    return (kernel_size - 1) * dilation + 1


def _pads(padding: Padding, axis: int, size: int, kernel_size: int, stride: int, dilation: int) -> tuple[int, int]:
    rule = padding.lower() if isinstance(padding, str) else None
    if rule == "valid":
        return 0, 0
    if rule == "same":
        return same_pads(size, kernel_size, stride, dilation)
    return _stated(padding)[axis]


def _stated(padding: object) -> tuple[tuple[int, int], tuple[int, int]]:
    """Zeros ((top, bottom), (left, right)) from any of the ways to write them."""
    sides = padding if isinstance(padding, tuple | list) else (padding, padding)
    pairs = [whole for side in sides if (whole := _two_whole(side)) is not None]
    if len(sides) == len(pairs) == 2 and min(*pairs[0], *pairs[1]) >= 0:
        return pairs[0], pairs[1]
    raise ShapeError(
        f"expected padding as 'valid', 'same', a number of zeros, (down, across) or ((top, bottom), (left, right)), "
        f"none of them negative; found {padding!r}; write one of these"
    )


def as_pair(name: str, value: object) -> tuple[int, int]:
    """A stride or a dilation as (down, across); ``name`` says in the error which.

    Raises:
        ShapeError: neither one whole number nor two, or one below 1.

    >>> as_pair("stride", 2), as_pair("stride", (1, 3))
    ((2, 2), (1, 3))
    """
    pair = _two_whole(value)
    if pair is None or min(pair) < 1:
        raise ShapeError(
            f"expected a {name} of 1 or more, or a pair (down, across); found {value!r}; give whole numbers"
        )
    return pair


def _two_whole(value: object) -> tuple[int, int] | None:
    """One whole number twice, or two; those of NumPy too; None for what is no such thing."""
    parts = value if isinstance(value, tuple | list) else (value, value)
    whole = [int(part) for part in parts if isinstance(part, Integral) and not isinstance(part, bool)]
    return (whole[0], whole[1]) if len(parts) == len(whole) == 2 else None


def _by(shape: tuple[int, ...]) -> str:
    """A shape in words' order: height by width."""
    return " by ".join(map(str, shape))
