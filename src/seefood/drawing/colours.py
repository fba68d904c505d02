"""The house's colours, and how numbers become colours.

Colour never carries a meaning alone: whoever draws with these writes the number, the word or a sign beside it.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["heat", "signed"]

PAPER, CARD, EDGE, WELL = "#f4f6f8", "#ffffff", "#e1e6eb", "#eef1f4"
INK, MUTED = "#1b2530", "#5f6c7a"
BEST, OTHER, TRACK = "#2f6fde", "#a9c4f2", "#e9eef3"
RIGHT, WRONG, UNSURE = "#1a7f43", "#c3332c", "#8a5a00"
SERIES = ("#2f6fde", "#d9662b", "#1a7f43", "#8a4fbf", "#b8860b", "#0e8a8a", "#c3332c", "#5f6c7a", "#d14f8f", "#6b7f1a")
"""For classes and curves, in this order; apart from each other also for most colour-blind people, in the first four."""

# Blue below zero, orange above: told apart with every common kind of colour blindness, and in print by the sign beside.
_BELOW, _ZERO, _ABOVE = (33, 94, 201), (255, 255, 255), (217, 92, 24)
_HEAT = ((12, 8, 38), (87, 16, 110), (188, 55, 84), (249, 142, 9), (252, 255, 164))


def signed(values: ArrayLike, largest: float | None = None) -> NDArray[np.uint8]:
    """Numbers of any shape as colours, uint8 [..., 3]: blue below zero, white at zero, orange above.

    ``largest`` is the magnitude that gets the full colour; that of the values where None.

    >>> signed([-2.0, 0.0, 1.0]).tolist()
    [[33, 94, 201], [255, 255, 255], [236, 174, 140]]
    """
    numbers = np.nan_to_num(np.asarray(values, np.float64))
    reach = float(np.abs(numbers).max(initial=0.0)) if largest is None else largest
    shares = np.clip(numbers / (reach or 1.0), -1.0, 1.0)
    return _between((_BELOW, _ZERO, _ABOVE), (shares + 1) / 2)


def heat(shares: ArrayLike) -> NDArray[np.uint8]:
    """Numbers from 0 to 1 of any shape as colours, uint8 [..., 3], from near black over red to light yellow.

    Lightness rises all the way, so that it reads the same in grey.

    >>> heat([0.0, 1.0]).tolist()
    [[12, 8, 38], [252, 255, 164]]
    """
    return _between(_HEAT, np.clip(np.nan_to_num(np.asarray(shares, np.float64)), 0.0, 1.0))


def _between(stops: tuple[tuple[int, int, int], ...], shares: NDArray[np.float64]) -> NDArray[np.uint8]:
    places = np.linspace(0.0, 1.0, len(stops))
    planes = [np.interp(shares, places, [stop[channel] for stop in stops]) for channel in range(3)]
    return np.rint(np.stack(planes, axis=-1)).astype(np.uint8)
