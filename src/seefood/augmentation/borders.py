"""What lies beyond a picture's edge, where a moved picture shows it."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from seefood.errors import ShapeError

__all__ = ["BLACK", "REFLECTED", "Border", "Kind", "border_from"]

Kind = Literal["reflect", "constant"]
WHITE = 255
LUMA = (0.299, 0.587, 0.114)
"""ITU-R BT.601: how bright red, green and blue are."""


@dataclass(frozen=True)
class Border:
    """Beyond the edge: the picture again, mirrored at its edge, or one colour.

    Attributes:
        kind: ``reflect`` (d c b a | a b c d | d c b a) or ``constant``.
        colour: red, green and blue from 0 to 255, where it is constant; a grey picture gets its brightness.

    Raises:
        ShapeError: another kind, or no such colour.

    >>> Border("constant", (255, 0, 0)).levels(1).tolist(), Border("constant", (255, 0, 0)).text
    ([76], 'constant 255 0 0')
    """

    kind: Kind = "reflect"
    colour: tuple[int, int, int] = (0, 0, 0)

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ShapeError(f"expected a border among {', '.join(get_args(Kind))}; found {self.kind!r}; choose one")
        levels: tuple[object, ...] = tuple(self.colour)  # whatever the annotation says
        if len(levels) != 3 or not all(isinstance(level, int) and 0 <= level <= WHITE for level in levels):
            raise ShapeError(
                f"expected a border's colour as three whole numbers from 0 to {WHITE}; found {self.colour!r:.60}; "
                "black is 0 0 0"
            )

    @property
    def text(self) -> str:
        """As `border_from` reads it."""
        return " ".join([self.kind, *map(str, self.colour)]) if self.kind == "constant" else self.kind

    def levels(self, channels: int) -> NDArray[np.uint8]:
        """The colour as uint8 [channels], for 1 or 3 channels."""
        if channels == 3:
            return np.array(self.colour, np.uint8)
        return np.array([np.rint(np.dot(LUMA, self.colour))] * channels).astype(np.uint8)


REFLECTED, BLACK = Border(), Border("constant")


def border_from(text: str) -> Border:
    """A border from its text: ``reflect``, ``constant`` (black) or ``constant RED GREEN BLUE``.

    Raises:
        ShapeError: it is none of these.

    >>> border_from("constant 255 255 255").colour
    (255, 255, 255)
    """
    kind, *levels = text.lower().split() or [""]
    fits = kind == "constant" and len(levels) in (0, 3) and all(_is_whole(level) for level in levels)
    if not fits and (kind != "reflect" or levels):
        raise ShapeError(
            f"expected a border as reflect, constant or constant RED GREEN BLUE; found {text[:60]!r}; write one of them"
        )
    red, green, blue = [int(level) for level in levels] or (0, 0, 0)
    return Border("constant", (red, green, blue)) if kind == "constant" else REFLECTED


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
