"""Transforms by their names: "mirror, rotate 30, shift 0.2"."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from seefood.augmentation.geometry import Crop, Flip, Mirror, Rotate, Shear, Shift, Turn, Zoom
from seefood.augmentation.tone import Blur, Brightness, Colour, Contrast, Erase, Noise
from seefood.augmentation.transform import Transform
from seefood.errors import ShapeError

__all__ = ["DEFAULTS", "NAMED", "parse"]

Kind = type[Transform]

NAMED: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            *(Mirror, Flip, Rotate, Turn, Shift, Zoom, Shear, Crop),
            *(Brightness, Contrast, Colour, Blur, Noise, Erase),
        )
    }
)
DEFAULTS: tuple[Transform, ...] = tuple(kind() for kind in NAMED.values())
"""One of each, with its usual range."""
OTHER_SPELLINGS = {"color": "colour", "rotation": "rotate"}
NOTHING = "none"
PIXELS = "px"


def parse(text: str) -> tuple[Transform, ...]:
    """Transforms from names with commas between them, each with a number if it is not to be the usual one.

    ``rotate 30`` is also ``rotate:30``; ``shift 2px`` moves by up to two pixels; ``turn 180`` only by 180°; ``none``
    is no transform.

    Raises:
        ShapeError: an unknown name, a number out of range, or a name twice.

    >>> [transform.text for transform in parse("mirror,rotate 30, shift 2px")]
    ['mirror', 'rotate 30', 'shift 2px']
    """
    if text.strip().lower() == NOTHING:
        return ()
    found = tuple(_one(part) for part in text.split(","))
    names = [transform.name for transform in found]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ShapeError(f"expected each transform once; found {twice[0]} {names.count(twice[0])} times; leave one out")
    return found


def _one(text: str) -> Transform:
    name, *numbers = text.lower().replace(":", " ").split() or [""]
    kind = NAMED.get(OTHER_SPELLINGS.get(name, name))
    if kind is None:
        raise ShapeError(
            f"expected transforms among {', '.join(NAMED)}, with commas between them; found {text.strip()[:60]!r}; "
            "choose from these"
        )
    if not numbers:
        return kind()
    unit = PIXELS if kind is Shift and numbers[-1].endswith(PIXELS) else ""
    written = "".join(numbers[:2]).removesuffix(unit) if unit else numbers[0]
    number = _number(written) if len(numbers) == 1 or (unit and len(numbers) == 2) else None
    if number is None or kind in (Mirror, Flip):
        takes = "no number" if kind in (Mirror, Flip) else "one number"
        raise ShapeError(f"expected {kind.name} with {takes}; found {text.strip()[:60]!r}; write {DEFAULT_TEXTS[kind]}")
    return _made(kind, number, in_pixels=bool(unit))


def _made(kind: Kind, number: float, *, in_pixels: bool) -> Transform:
    whole: Any = int(number) if number.is_integer() else number
    if in_pixels:
        return Shift(pixels=whole)
    return Turn(whole) if kind is Turn else kind(number)  # type: ignore[call-arg]  # every other one takes a number


def _number(text: str) -> float | None:
    """A number; None where it is none."""
    if not (text.isascii() and "_" not in text):
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e12 else None  # neither infinite nor no number


DEFAULT_TEXTS = {kind: kind().text for kind in NAMED.values()}
