"""The simple pattern that a kernel answers to most strongly: edge, line, spot, corner, stripes, checkerboard.

Pixels are bounded, so the question is put with pictures of full contrast, every pixel +1 (bright) or -1 (dark): among
simple patterns, which one draws the strongest answer? No picture can draw more than the sum of the weights' magnitudes,
so the answer's *share* of that sum says how much of the kernel a pattern explains: 1 is all of it.

Edges, lines and stripes are constant along one direction. What the kernel answers to them is therefore read off its
*profile*: its weights added up along that direction. The best edge splits the profile in two, the best line is an
interval of it; both come from cumulative sums. A spot is such an interval of distances from the middle, a corner a
quarter of the kernel. Patterns that draw the same answer (a weight of 0 does not care) are told apart by how much of
the answer each of their pixels earns, then the simpler kind wins.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seefood.convolution.kernels import KernelLike, numbers

__all__ = ["CORNERS", "SIDES", "Pattern", "all_around", "from_middle", "strongest_pattern", "trimmed"]

Kind = Literal["edge", "line", "spot", "corner", "checkerboard", "stripes"]
Array = NDArray[Any]

ALIKE = 1e-6
"""Shares that differ by less are the same; weights are float32."""
FINE = 5
"""Rows and columns from which on directions between horizontal, vertical and diagonal can be told apart."""

SIDES = {(-1, 0): "above", (1, 0): "below", (0, -1): "on the left", (0, 1): "on the right"}
CORNERS = {
    (-1, -1): "at the upper left",
    (-1, 1): "at the upper right",
    (1, -1): "at the lower left",
    (1, 1): "at the lower right",
}
ACROSS = {
    (1, 0): "horizontal",
    (0, 1): "vertical",
    (1, -1): "falling diagonal",
    (1, 1): "rising diagonal",
    (2, -1): "gently falling",
    (2, 1): "gently rising",
    (1, -2): "steeply falling",
    (1, 2): "steeply rising",
}
"""Names of the directions, by the step (down, across) that leads from one line to the next."""


@dataclass(frozen=True)
class Pattern:
    """A simple pattern, and how much of a kernel it explains.

    Attributes:
        kind: what it is.
        share: the kernel's answer as part of the strongest that any picture of the same contrast draws.
        direction: how its edge or line runs, or where the corner is; empty where it has none.
        bright: whether the line, spot or corner is the bright part; for an edge always True.
        side: where an edge is bright: "above", "on the left", "at the upper left" …
        width: steps across a line; for an edge 2 where the kernel has only two steps across it, else 0.
    """

    kind: Kind
    share: float
    direction: str = ""
    bright: bool = True
    side: str = ""
    width: int = 0

    def __str__(self) -> str:
        return _WORDS[self.kind](self)


@dataclass(frozen=True)
class _Candidate:
    pattern: Pattern
    earned: float
    """Its answer for each square root of a pixel: the cosine to the kernel, but for the kernel's own length."""
    rank: int


def strongest_pattern(kernel: KernelLike) -> Pattern | None:
    """The simple pattern that a kernel [height, width] answers most strongly to; None where none fits into it.

    >>> str(strongest_pattern([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]]))
    'thin horizontal lines, bright on dark'
    """
    weights = trimmed(numbers(kernel).astype(np.float64))
    magnitude = float(np.abs(weights).sum())
    if not magnitude:
        return None
    found = list(_candidates(weights / magnitude))
    best = max((candidate.pattern.share for candidate in found), default=0.0)
    if best <= ALIKE:
        return None
    found = [candidate for candidate in found if candidate.pattern.share > best - ALIKE]
    earned = max(candidate.earned for candidate in found)
    found = [candidate for candidate in found if candidate.earned > earned * (1 - ALIKE)]
    return min(found, key=lambda candidate: candidate.rank).pattern


def trimmed(weights: Array) -> Array:
    """A kernel without the rows and columns of zeros around it."""
    rows, columns = np.flatnonzero(weights.any(axis=1)), np.flatnonzero(weights.any(axis=0))
    if not rows.size:
        return weights[:1, :1]
    return weights[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def from_middle(height: int, width: int) -> tuple[Array, Array]:
    """How far each weight lies below and to the right of the middle."""
    rows, columns = np.indices((height, width))
    return rows - (height - 1) / 2, columns - (width - 1) / 2


def all_around(weights: Array) -> bool:
    """Whether edges of every direction draw an answer, and none much more than another."""
    weights = trimmed(weights)
    weights = weights / np.abs(weights).sum()
    strongest = []
    for step in ((1, 0), (0, 1), (1, -1), (1, 1)):
        profile = _profile(weights, step)
        balanced = profile - profile.sum() * _distribution(weights.shape, step)
        strongest.append(float(np.abs(np.cumsum(balanced)).max()))
    return min(strongest) > 0.3 * max(strongest)


def _candidates(weights: Array) -> Iterator[_Candidate]:
    """Patterns with their shares; ``weights`` are trimmed and their magnitudes add up to 1."""
    for rank, step in enumerate(_steps(weights.shape)):
        profile = _profile(weights, step)
        pixels = np.rint(_distribution(weights.shape, step) * weights.size)
        yield from _edges(profile, pixels, step, rank)
        yield from _lines(profile, pixels, step, 100 + rank)
        yield from _stripes(profile, pixels, step, 600 + rank)
    yield from _corners(weights)
    yield from _spots(weights)
    yield from _checkerboards(weights)


def _steps(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    if min(shape) == 1:  # a row of weights knows only what lies across it
        return [(0, 1)] if shape[1] > 1 else [(1, 0)] if shape[0] > 1 else []
    return [step for step in ACROSS if max(map(abs, step)) == 1 or min(shape) >= FINE]


def _profile(weights: Array, step: tuple[int, int]) -> Array:
    """Weights added up along a direction, in order of the distance across it."""
    return np.bincount(_distances(weights.shape, step).ravel(), weights.ravel())


def _distribution(shape: tuple[int, ...], step: tuple[int, int]) -> Array:
    """What part of all pixels lies at each distance."""
    return np.bincount(_distances(shape, step).ravel()) / (shape[0] * shape[1])


def _distances(shape: tuple[int, ...], step: tuple[int, int]) -> Array:
    rows, columns = np.indices(shape[:2])
    distances = step[0] * rows + step[1] * columns
    return np.asarray(distances - distances.min())


def _edges(profile: Array, pixels: Array, step: tuple[int, int], rank: int) -> Iterator[_Candidate]:
    """The best edge between two distances, and the best one on a distance, whose pixels are then half and half."""
    if len(profile) < 2:
        return
    lower = np.cumsum(profile)
    between = profile.sum() - 2 * lower[:-1]
    on = (profile.sum() - lower)[1:-1] - lower[:-2]
    seen = [(answer, pixels.sum()) for answer in between]
    seen += [(answer, pixels.sum() - gray) for answer, gray in zip(on, pixels[1:-1], strict=True)]
    for answer, count in _strongest(seen):
        side = _bright_side(step, _sign(answer))
        width = len(profile) if len(profile) == 2 else 0
        yield _made("edge", abs(answer), count, rank, direction=ACROSS[step], side=side, width=width)


def _bright_side(step: tuple[int, int], sign: int) -> str:
    down, across = step[0] * sign, step[1] * sign
    if abs(down) == abs(across):
        return CORNERS[down, across]
    return SIDES[_sign(down), 0] if abs(down) > abs(across) else SIDES[0, _sign(across)]


def _lines(profile: Array, pixels: Array, step: tuple[int, int], rank: int) -> Iterator[_Candidate]:
    """The best interval that leaves something on both sides: bright and dark, for every width."""
    sums = np.concatenate([[0.0], np.cumsum(profile)])
    for width in range(1, len(profile) - 1):
        inside = (sums[width:] - sums[:-width])[1:-1]
        for bright in (True, False):
            answer = (2 * inside - sums[-1]) * (1 if bright else -1)
            place = int(answer.argmax())
            if answer[place] > 0:
                yield _made(
                    *("line", float(answer[place]), pixels.sum(), rank + 10 * width + 100 * (not bright)),
                    direction=ACROSS[step],
                    bright=bright,
                    width=width,
                )


def _stripes(profile: Array, pixels: Array, step: tuple[int, int], rank: int) -> Iterator[_Candidate]:
    """The best of all patterns that are constant along the direction, where it has three lines or more."""
    signs = np.sign(profile[np.abs(profile) > ALIKE])
    pixels_a_line = pixels.mean()  # with fewer than two, any noise would be stripes
    if np.count_nonzero(np.diff(signs)) >= 3 and (pixels_a_line >= 2 or pixels.max() == 1):
        yield _made("stripes", float(np.abs(profile).sum()), pixels.sum(), rank, direction=ACROSS[step])


def _corners(weights: Array) -> Iterator[_Candidate]:
    if min(weights.shape) < 2:
        return
    total = weights.sum()
    for rank, (down, across) in enumerate(CORNERS):
        sums = weights[::-down, ::-across].cumsum(axis=0).cumsum(axis=1)[:-1, :-1]
        answers = 2 * sums - total
        for bright, best in ((True, answers.max()), (False, -answers.min())):
            where = CORNERS[down, across]
            yield _made("corner", float(best), weights.size, 300 + rank + 10 * (not bright), side=where, bright=bright)


def _spots(weights: Array) -> Iterator[_Candidate]:
    """The best disc in the middle that leaves something around it."""
    if min(weights.shape) < 3:
        return
    rows, columns = from_middle(*weights.shape)
    radii, index = np.unique(rows**2 + columns**2, return_inverse=True)
    inside = np.cumsum(np.bincount(index.ravel(), weights.ravel()))
    whole = radii <= ((min(weights.shape) - 2) / 2) ** 2 + ALIKE  # only discs with a ring around them
    answers = 2 * inside[whole] - weights.sum()
    rank = 50 if all_around(weights) else 400  # where the corners weigh 0, diagonal lines would explain it as well
    for bright, best in ((True, answers.max()), (False, -answers.min())):
        yield _made("spot", float(best), weights.size, rank + (not bright), bright=bright)


def _checkerboards(weights: Array) -> Iterator[_Candidate]:
    if min(weights.shape) >= 2:
        rows, columns = np.indices(weights.shape)
        answer = float((weights * (1 - 2 * ((rows + columns) % 2))).sum())
        yield _made("checkerboard", abs(answer), weights.size, 500)


def _made(kind: Kind, answer: float, pixels: float, rank: int, **details: Any) -> _Candidate:
    return _Candidate(Pattern(kind, float(answer), **details), float(answer) / math.sqrt(pixels), rank)


def _strongest(seen: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Those that draw the strongest answer, whatever its sign; of these, the ones with the fewest pixels."""
    best = max(abs(answer) for answer, _ in seen)
    seen = [(answer, count) for answer, count in seen if abs(answer) > max(best - ALIKE, 0)]
    fewest = min((count for _, count in seen), default=0)
    return [(answer, count) for answer, count in seen if count == fewest]


def _sign(number: float) -> int:
    return int(number > 0) - int(number < 0)


def _edge_words(pattern: Pattern) -> str:
    lines = "lines" if pattern.width == 2 else "edges"  # two pixels cannot tell an area's edge from a line's
    return f"{pattern.direction} {lines}, bright {pattern.side}"


def _line_words(pattern: Pattern) -> str:
    thin = "thin " if pattern.width == 1 else ""
    return f"{thin}{pattern.direction} lines, {'bright on dark' if pattern.bright else 'dark on bright'}"


_WORDS: dict[Kind, Callable[[Pattern], str]] = {
    "edge": _edge_words,
    "line": _line_words,
    "spot": lambda pattern: "bright spots on dark" if pattern.bright else "dark spots on bright",
    "corner": lambda pattern: f"corners, {'bright' if pattern.bright else 'dark'} {pattern.side}",
    "checkerboard": lambda _: "a checkerboard of single pixels",
    "stripes": lambda pattern: f"{pattern.direction} stripes",
}
