"""Numbers as people read them: few digits, a real minus sign, the same on every machine."""

import math
from collections.abc import Sequence
from itertools import pairwise

__all__ = ["figure", "tick_labels"]

MINUS = "\N{MINUS SIGN}"


def figure(value: float, decimals: int = 4) -> str:
    """A number rounded to so many decimals, without trailing zeros; very large and very small ones with an exponent.

    >>> figure(0.5), figure(-1 / 3, 3), figure(1.2e-7), figure(1e12), figure(float("nan"))
    ('0.5', '−0.333', '1.2e−7', '1e12', 'no number')
    """
    if math.isnan(value):
        return "no number"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if value == 0:
        return "0"
    if 10.0**-decimals <= abs(value) < 1e6:
        written = f"{value:.{decimals}f}"
        written = written.rstrip("0").rstrip(".") if "." in written else written
    else:
        written = _exponential(value, max(1, decimals - 2))
    return written.replace("-", MINUS)


def tick_labels(values: Sequence[float]) -> list[str]:
    """Labels of an axis: all with the digits that tell neighbours apart.

    >>> tick_labels([0.0, 0.05, 0.1]), tick_labels([0.0, 20000.0]), tick_labels([2e-12, 4e-12])
    (['0.00', '0.05', '0.10'], ['0', '20,000'], ['2e−12', '4e−12'])
    """
    if not values:
        return []
    largest = max(map(abs, values))
    step = min((later - earlier for earlier, later in pairwise(values)), default=largest)
    if largest == 0 or step <= 0:
        return [figure(value) for value in values]
    if len(values) == 1:  # there is no neighbour to say how many digits are enough
        alone = f"{values[0]:,.10g}" if 1e-4 <= largest < 1e9 else _exponential(values[0], 10)
        return [alone.replace("-", MINUS)]
    last_digit = math.floor(math.log10(step) + 1e-9)
    if 1e-4 <= largest < 1e7 and last_digit >= -8:
        decimals = max(0, -last_digit)
        grouping = "," if largest >= 1e4 else ""
        written = [f"{value:{grouping}.{decimals}f}" for value in values]
    else:
        digits = max(0, math.floor(math.log10(largest) + 1e-9) - last_digit)
        written = ["0" if value == 0 else _exponential(value, min(digits, 16)) for value in values]
    return [label.replace("-", MINUS) for label in written]


def _exponential(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"
