"""Cover a part of a picture so that nothing of it is left and no edge is made, and choose which part.

A covered part is spanned by its surroundings as a soap film spans a frame: each pixel is the mean of its neighbours. A
grey patch would be an object of its own, with four edges that a network answers to.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dstn, idstn

__all__ = ["Window", "covered", "elsewhere", "strongest", "windows"]


@dataclass(frozen=True)
class Window:
    """Neighbouring places of a map: rows ``top`` to ``bottom``, columns ``left`` to ``right``, without the ends."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def places(self) -> int:
        """How many places it has."""
        return (self.bottom - self.top) * (self.right - self.left)

    def total(self, values: NDArray[np.floating]) -> float:
        """The sum of a map [h, w] over it."""
        return float(values[self.top : self.bottom, self.left : self.right].sum(dtype=np.float64))

    def shared(self, other: "Window") -> int:
        """How many places the two have in common.

        >>> Window(0, 0, 3, 3).shared(Window(2, 1, 5, 4)), Window(0, 0, 3, 3).shared(Window(3, 0, 6, 3))
        (2, 0)
        """
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        across = min(self.right, other.right) - max(self.left, other.left)
        return max(0, down) * max(0, across)

    def scaled(self, grid: tuple[int, int], size: tuple[int, int]) -> "Window":
        """The same part of a picture of ``size`` (height, width) pixels, on which the map's ``grid`` (h, w) lies.

        >>> Window(0, 1, 2, 3).scaled((7, 7), (224, 224))
        Window(top=0, left=32, bottom=64, right=96)
        """
        (h, w), (height, width) = grid, size
        top, left = self.top * height // h, self.left * width // w
        return Window(top, left, self.bottom * height // h, self.right * width // w)


def windows(grid: tuple[int, int], share: float) -> list[Window]:
    """Every window of the grid's own shape that has about ``share`` of its places, from the upper left on.

    None where the smallest of them would be the whole grid.

    >>> len(windows((7, 7), 0.15)), windows((7, 7), 0.15)[1], windows((1, 1), 0.15)
    (25, Window(top=0, left=1, bottom=3, right=4), [])
    """
    height, width = grid
    tall, wide = (max(1, round(side * share**0.5)) for side in grid)
    if tall * wide >= height * width:
        return []
    places = ((top, left) for top in range(height - tall + 1) for left in range(width - wide + 1))
    return [Window(top, left, top + tall, left + wide) for top, left in places]


def elsewhere(window: Window, grid: tuple[int, int], share: float, most: int) -> list[Window]:
    """At most so many others of the same size, of those that have the fewest places in common with it; evenly chosen.

    >>> elsewhere(Window(2, 2, 5, 5), (7, 7), 0.15, 2)
    [Window(top=0, left=0, bottom=3, right=3), Window(top=4, left=4, bottom=7, right=7)]
    """
    shared = [(window.shared(other), other) for other in windows(grid, share) if other != window]
    fewest = min((places for places, _ in shared), default=0)
    apart = [other for places, other in shared if places == fewest]
    chosen = np.linspace(0, max(0, len(apart) - 1), min(len(apart), most)).round().astype(int)
    return [apart[number] for number in chosen.tolist()]


def strongest(values: NDArray[np.floating], share: float) -> Window | None:
    """The window with the largest sum; None where a map is too small to have one."""
    height, width = values.shape
    return max(windows((height, width), share), key=lambda window: window.total(values), default=None)


def covered(pixels: NDArray[np.uint8], window: Window) -> NDArray[np.uint8]:
    """A copy of uint8 [height, width, 3] in which ``window``, in pixels, is spanned by what surrounds it.

    Inside, each pixel is the mean of its four neighbours (Laplace's equation with the surroundings as its boundary,
    solved by sine transforms). Where the window touches the picture's edge, the picture is continued as in a mirror.
    One that goes from edge to edge becomes the mean colour of the rest.

    >>> spot = np.full((9, 9, 3), 50, np.uint8)
    >>> spot[4, 4] = 200
    >>> covered(spot, Window(2, 2, 7, 7))[4, 4].tolist()
    [50, 50, 50]
    """
    height, width = pixels.shape[:2]
    if window.places == 0:
        return pixels.copy()
    inside = slice(window.top, window.bottom), slice(window.left, window.right)
    result = pixels.copy()
    if window.bottom - window.top == height or window.right - window.left == width:
        result[inside] = _mean_of_the_rest(pixels, inside)
        return result
    above, below = _mirrored(window.top, window.bottom, height)
    before, behind = _mirrored(window.left, window.right, width)
    continued = np.pad(pixels, ((above, below), (before, behind), (0, 0)), mode="symmetric").astype(np.float64)
    top, bottom = _both_halves(window.top, window.bottom, above, below)
    left, right = _both_halves(window.left, window.right, before, behind)
    film = _spanned(continued[top - 1 : bottom + 1, left - 1 : right + 1])
    down, across = window.top + above - top, window.left + before - left
    part = film[down : down + window.bottom - window.top, across : across + window.right - window.left]
    result[inside] = np.rint(part.clip(0, 255)).astype(np.uint8)
    return result


def _mean_of_the_rest(pixels: NDArray[np.uint8], inside: tuple[slice, slice]) -> NDArray[np.uint8]:
    rest = np.ones(pixels.shape[:2], bool)
    rest[inside] = False
    return np.asarray(np.rint(pixels[rest if rest.any() else ~rest].mean(axis=0)), np.uint8)


def _mirrored(begin: int, end: int, side: int) -> tuple[int, int]:
    """How many pixels a side is continued by before and behind: enough for a window at the edge and one beyond."""
    needed = end - begin + 1
    return needed * (begin == 0), needed * (end == side)


def _both_halves(begin: int, end: int, before: int, behind: int) -> tuple[int, int]:
    """The window and its mirror image, in the continued picture: where they begin and end."""
    size = end - begin
    return begin + before - size * (before > 0), end + before + size * (behind > 0)


def _spanned(frame: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inner part of [m + 2, n + 2, 3], from its outermost rows and columns alone."""
    source = np.zeros_like(frame[1:-1, 1:-1])
    source[0] += frame[0, 1:-1]
    source[-1] += frame[-1, 1:-1]
    source[:, 0] += frame[1:-1, 0]
    source[:, -1] += frame[1:-1, -1]
    down, across = (4 * np.sin(np.pi * np.arange(1, n + 1) / (2 * n + 2)) ** 2 for n in source.shape[:2])
    waves = dstn(source, type=1, axes=(0, 1)) / (down[:, np.newaxis] + across)[:, :, np.newaxis]
    return np.asarray(idstn(waves, type=1, axes=(0, 1)))
