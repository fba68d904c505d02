"""The minimum of a smooth function of many numbers, by L-BFGS.

Newton's method divides the gradient by the curvature, which for n numbers is a table of n by n. L-BFGS never writes the
table down: how the gradient changed along the last few steps says enough of it to know where the minimum must lie.

Sources: Nocedal and Wright 2006, "Numerical Optimization", algorithms 7.4 (direction) and 7.5 (steps); Lewis and
Overton 2013, "Nonsmooth optimization via quasi-Newton methods", algorithm 2.6 (how far to go along a direction).
"""

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["minimise"]

Array = NDArray[Any]
Function = Callable[[Array], tuple[float, Array]]
"""From a place to the value there and the gradient."""

ENOUGH_LOWER, ENOUGH_FLATTER = 1e-4, 0.9
"""Wolfe's conditions: a step is long enough once the value fell by this share of what the slope promised, and the slope
to no more than that share of what it was."""
FIRST_TRIALS, MOST_TRIALS = 60, 12
"""Lengths of one step. Nothing is known of the first one; later, where so many halvings find nothing lower, rounding
hides what there is."""


class _Point(NamedTuple):
    place: Array
    value: float
    gradient: Array


class _Change(NamedTuple):
    """Of place and gradient in one step, and 1 / their product."""

    place: Array
    gradient: Array
    inverse: float


def minimise(function: Function, start: Array, *, tolerance: float, steps: int = 500, memory: int = 6) -> Array:
    """The place, float64 [n], where the function is least, from ``start``.

    It ends where the value fell by less than ``tolerance`` of itself (or of 1, where it is smaller) in two steps in
    turn, where no part of the gradient is larger than ``tolerance``, where nothing lower is found, or after ``steps``.

    Args:
        function: from a place, float64 [n], to its value and gradient; smooth, and bounded from below.
        start: float64 [n].
        tolerance: 0 goes as far as rounding lets it.
        steps: at most.
        memory: steps that are remembered; more of them cost more than they save.

    >>> def bowl(place):
    ...     return float((place - 3) @ (place - 3)), 2 * (place - 3)
    >>> minimise(bowl, np.zeros(2), tolerance=1e-9).round(6).tolist()
    [3.0, 3.0]
    """
    here = _Point(start, *function(start))
    slowly = False
    changes: deque[_Change] = deque(maxlen=memory)
    for _ in range(steps):
        if np.abs(here.gradient).max(initial=0) <= tolerance:
            break
        found = _further(function, here, _direction(here.gradient, changes), first=not changes)
        if found is None:
            break
        place, gradient = found.place - here.place, found.gradient - here.gradient
        curvature = float(place @ gradient)
        if curvature > 0:
            changes.append(_Change(place, gradient, 1 / curvature))
        slow = here.value - found.value <= tolerance * max(abs(here.value), abs(found.value), 1)
        here = found
        if slow and slowly:
            break
        slowly = slow
    return here.place


def _direction(gradient: Array, changes: deque[_Change]) -> Array:
    """Downhill, divided by the curvature along the steps that are remembered."""
    direction = -gradient
    if not changes:
        return direction
    shares = []
    for change in reversed(changes):
        shares.append(change.inverse * float(change.place @ direction))
        direction -= shares[-1] * change.gradient
    last = changes[-1]
    direction /= last.inverse * float(last.gradient @ last.gradient)
    for change, share in zip(changes, reversed(shares), strict=True):
        direction += (share - change.inverse * float(change.gradient @ direction)) * change.place
    return direction


def _further(function: Function, here: _Point, direction: Array, *, first: bool) -> _Point | None:
    """The point along a direction that is low and flat enough; the lowest that was tried, where none is; or None.

    A whole step is tried first: once curvature is known it is nearly always right. Too long a step is halved between
    the bounds, too short a one doubled.
    """
    slope = float(here.gradient @ direction)
    if not slope < 0:
        return None
    length = min(1.0, 1 / float(np.linalg.norm(direction))) if first else 1.0
    short, long = 0.0, np.inf
    lowest: _Point | None = None
    for _ in range(FIRST_TRIALS if first else MOST_TRIALS):
        place = here.place + length * direction
        there = _Point(place, *function(place))
        if not there.value <= here.value + ENOUGH_LOWER * length * slope:  # NaN and infinity are too far as well
            long = length
        else:
            if lowest is None or there.value < lowest.value:
                lowest = there
            if float(there.gradient @ direction) >= ENOUGH_FLATTER * slope:
                return there
            short = length
        length = (short + long) / 2 if np.isfinite(long) else 2 * short
    return lowest
