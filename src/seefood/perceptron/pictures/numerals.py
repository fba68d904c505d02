"""Numbers in pictures of networks: a few digits, and powers of ten written as such, as in 1.2·10⁻⁷."""

import math

from seefood.drawing.figures import figure

__all__ = ["MINUS", "PLAIN", "numeral", "rounded", "significant"]

MINUS = "\u2212"
_RAISED = str.maketrans(f"0123456789{MINUS}", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
LEAST_POWER, LARGEST_POWER = -4, 5
"""Powers of ten between which numbers of so many digits are written without one."""
PLAIN = 3
"""Down to this power of ten below 1 a small number is written out with two digits."""


def numeral(value: float, decimals: int = 4) -> str:
    """A number rounded to so many decimals, without trailing zeros; small ones keep two digits, and what would be too
    long is written with a power of ten.

    >>> numeral(-1 / 3, 3), numeral(0.00996, 2), numeral(0.0012, 2), numeral(-1.2e-7), numeral(3e12)
    ('−0.333', '0.01', '0.0012', '−1.2·10⁻⁷', '3·10¹²')
    """
    written = figure(value, decimals)
    mantissa, e, power = written.partition("e")
    if not e or not math.isfinite(value):
        return written
    exponent = int(f"{value:.1e}".partition("e")[2])  # after rounding: 0.00996 is 0.01
    if -max(PLAIN, decimals) <= exponent < 0:
        return f"{value:.{1 - exponent}f}".rstrip("0").replace("-", MINUS)
    return f"{mantissa}·10{power.translate(_RAISED)}"


def rounded(value: float, decimals: int) -> str:
    """As `numeral`, but with no more decimals where it is small: for places that have no room for a power of ten.

    >>> rounded(0.0004, 3), rounded(-0.0007, 3), rounded(0.0, 3), rounded(0.25, 3)
    ('0.000', '−0.001', '0', '0.25')
    """
    if 0 < abs(value) < 10.0**-decimals:
        return f"{value:.{decimals}f}".replace("-", MINUS)
    return numeral(value, decimals)


def significant(value: float, digits: int = 4) -> str:
    """A number rounded to so many digits that count, wherever its point is.

    >>> significant(2750.2172), significant(0.00051712), significant(-3e-9), significant(1234567.0)
    ('2750', '0.0005171', '−3·10⁻⁹', '1.235·10⁶')
    """
    if value == 0 or not math.isfinite(value):
        return numeral(value)
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    exponent = int(power)
    if LEAST_POWER <= exponent <= LARGEST_POWER:
        return _trimmed(f"{value:.{max(0, digits - 1 - exponent)}f}")
    return f"{_trimmed(mantissa)}·10{str(exponent).replace('-', MINUS).translate(_RAISED)}"


def _trimmed(written: str) -> str:
    """Without zeros at the end of a fraction, and with a real minus sign."""
    written = written.rstrip("0").rstrip(".") if "." in written else written
    return written.replace("-", MINUS)
