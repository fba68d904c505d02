"""The settings of layers: which values they may have, and how they are written."""

from seefood.errors import ShapeError

__all__ = ["ACTIVATIONS", "PADDINGS", "POOLS", "by", "checked", "choice", "pair", "short"]

ACTIVATIONS = (
    *("relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "softplus", "linear"),
)
"""By the names of ``keras.activations``, whose definitions they have."""

PADDINGS = ("valid", "same")
POOLS = ("max", "average")
MOST = {"filters": 1 << 16, "units": 1 << 20, "kernel_size": 1024, "strides": 1024, "size": 1024}
"""The largest whole number for each setting: above it is a slip of the finger."""


def checked(setting: str, value: object) -> int:
    """A whole number that the setting may have. Raises ShapeError for another.

    >>> checked("filters", 0)
    Traceback (most recent call last):
        ...
    seefood.errors.ShapeError: expected filters as a whole number from 1 to 65,536; found 0; choose one of these
    """
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST[setting]:
        return value
    raise ShapeError(
        f"expected {setting} as a whole number from 1 to {MOST[setting]:,}; found {short(value)}; choose one of these"
    )


def pair(setting: str, value: object) -> tuple[int, int]:
    """One number for both directions, or (down, across). Raises ShapeError for another."""
    pair = value if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2:
        raise ShapeError(f"expected {setting} as one number or (down, across); found {short(value)}; give one of them")
    return checked(setting, pair[0]), checked(setting, pair[1])


def choice(setting: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise ShapeError where it is none of the choices."""
    if value not in choices:
        raise ShapeError(f"expected {setting} among {', '.join(choices)}; found {short(value)}; choose one of these")


def by(numbers: tuple[int, ...], sign: str = "x") -> str:
    """``3`` for a square of 3 by 3, else ``3x5``: down, then across."""
    return str(numbers[0]) if sign == "x" and len(set(numbers)) == 1 else sign.join(map(str, numbers))


def short(value: object) -> str:
    """A value in an error's message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
