"""What a caller gives: whole numbers, numbers and generators, also those of other libraries such as NumPy's."""

import math
from numbers import Integral, Real
from typing import Any

import numpy as np

from seefood.errors import ShapeError

__all__ = ["check_generator", "is_real", "is_whole"]


def is_whole(value: Any) -> bool:
    """A whole number, but no truth value.

    >>> is_whole(3), is_whole(np.int64(3)), is_whole(3.0), is_whole(True)
    (True, True, False, False)
    """
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_real(value: Any) -> bool:
    """A finite number, but no truth value.

    >>> is_real(np.float32(0.5)), is_real(1), is_real(float("inf")), is_real(True)
    (True, True, False, False)
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def check_generator(generator: object) -> None:
    """Raise ShapeError where this is no `numpy.random.Generator`: a seed alone, or nothing. All chance comes from one
    that is passed in, so that a seed gives everything back.

    >>> check_generator(np.random.default_rng(0))
    """
    if not isinstance(generator, np.random.Generator):
        raise ShapeError(
            f"expected a numpy.random.Generator; found {generator!r:.60}; make one with numpy.random.default_rng(seed)"
        )
