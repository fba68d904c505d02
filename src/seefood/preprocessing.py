"""How a picture becomes a network's input: one frozen value that travels with the weights.

Two halves. Outside the graph a picture is decoded and resized to uint8 [height, width, 3] in RGB (`prepare`). Inside
the graph its channels are ordered, shifted and scaled to floating point; this module only carries those constants.
It knows nothing of networks.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seefood.pictures import Source, decode

__all__ = ["Preprocessing"]

LARGEST_SIDE = 8192
"""Pixels. Far above any network's input; keeps a hostile model file from asking for the whole memory."""

RULES = ("crop", "stretch", "pad")
CHANNELS = ("RGB", "BGR")
RESAMPLING = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "lanczos": Image.Resampling.LANCZOS,
    "box": Image.Resampling.BOX,
    "nearest": Image.Resampling.NEAREST,
}
WHITE = 255

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Preprocessing:
    """What a network wants to see: the size, how a picture is fitted into it, and the arithmetic on its values.

    ``rule`` says how a picture of another shape is fitted:

    - ``crop``: scaled until it just covers round(height / crop) by round(width / crop), then the centre is cut out.
      Sizes and offsets are rounded as torchvision's ``Resize`` and ``CenterCrop`` do.
    - ``stretch``: both sides scaled independently. ``pad``: scaled to fit inside, centred on white.

    ``channels``, ``mean`` and ``scale`` happen inside the graph: x becomes (x - mean) / scale, per channel in the
    network's order, on values from 0 to 255. Resampling is antialiased (Pillow's ``resize``), except ``nearest``.

    Raises ValueError naming the field where a value makes no sense.

    >>> lite = Preprocessing(224, 224, mean=(127, 127, 127), scale=(128, 128, 128))
    >>> lite.cover
    (256, 256)
    >>> lite.prepare(np.zeros((375, 500, 3), np.uint8)).shape
    (224, 224, 3)
    """

    height: int
    width: int
    rule: Literal["crop", "stretch", "pad"] = "crop"
    crop: float = 0.875
    resampling: Literal["bicubic", "bilinear", "lanczos", "box", "nearest"] = "bicubic"
    channels: Literal["RGB", "BGR"] = "RGB"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        for name in ("height", "width"):
            _check_side(name, getattr(self, name))
        _check_choice("rule", self.rule, RULES)
        _check_choice("resampling", self.resampling, tuple(RESAMPLING))
        _check_choice("channels", self.channels, CHANNELS)
        object.__setattr__(self, "crop", _number("crop", self.crop))
        object.__setattr__(self, "mean", _triple("mean", self.mean))
        object.__setattr__(self, "scale", _triple("scale", self.scale))
        if not 0.05 <= self.crop <= 1:
            raise ValueError(_complaint("crop", "a number from 0.05 to 1", self.crop))
        if 0.0 in self.scale:
            raise ValueError(_complaint("scale", "three numbers other than 0", self.scale))

    @property
    def cover(self) -> tuple[int, int]:
        """(height, width) in pixels that a decoded picture should reach, so that resizing does not invent detail."""
        if self.rule == "crop":
            return round(self.height / self.crop), round(self.width / self.crop)
        return self.height, self.width

    def prepare(self, source: Source, name: str | os.PathLike[str] = "") -> NDArray[np.uint8]:
        """Any picture as uint8 [height, width, 3], RGB, ready for the graph. Raises PictureError as `decode` does."""
        return self.resize(decode(source, self.cover, name))

    def resize(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A decoded picture, uint8 [h, w, 3], as uint8 [height, width, 3], C-contiguous and the caller's own."""
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or picture.size == 0:
            found = f"{picture.dtype} {list(picture.shape)}"
            raise ValueError(f"expected a picture as uint8 [height, width, 3]; found {found}; decode it first")
        if self.rule == "pad":
            return self._padded(picture)
        height, width = picture.shape[:2]
        box = self._crop_box(height, width) if self.rule == "crop" else (0.0, 0.0, float(width), float(height))
        return self._resampled(picture, self.height, self.width, box)

    def seen(self, height: int, width: int) -> Box:
        """What of a picture of this size the network sees: left, top, right, bottom, in its pixels.

        Beyond its edges where it is padded.

        >>> Preprocessing(224, 224).seen(256, 512), Preprocessing(100, 100, rule="pad", crop=1.0).seen(50, 100)
        ((144.0, 16.0, 368.0, 240.0), (0.0, -25.0, 100.0, 75.0))
        """
        if self.rule == "stretch":
            return 0.0, 0.0, float(width), float(height)
        if self.rule == "crop":
            return self._crop_box(height, width)
        fitted_height, fitted_width, top, left = self._fitted(height, width)
        across, down = width / fitted_width, height / fitted_height
        return (
            -left * across + 0.0,
            -top * down + 0.0,
            (self.width - left) * across,
            (self.height - top) * down,
        )

    def _fitted(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Of a picture that is padded: its height and width, and the padding above and to the left of it."""
        factor = min(self.height / height, self.width / width)
        fitted_height = min(self.height, max(1, round(height * factor)))
        fitted_width = min(self.width, max(1, round(width * factor)))
        return fitted_height, fitted_width, (self.height - fitted_height) // 2, (self.width - fitted_width) // 2

    def _crop_box(self, height: int, width: int) -> Box:
        """The part of the picture that survives "resize, then cut out the centre": left, top, right, bottom.

        Resampling only that part gives the pixels of the two steps without computing those thrown away.
        """
        covered_height, covered_width = self.cover
        if covered_height * width >= covered_width * height:
            resized_height, resized_width = covered_height, covered_height * width // height
        else:
            resized_height, resized_width = covered_width * height // width, covered_width
        top = round((resized_height - self.height) / 2)
        left = round((resized_width - self.width) / 2)
        down, across = height / resized_height, width / resized_width
        right, bottom = (left + self.width) * across, (top + self.height) * down
        return left * across, top * down, min(right, width), min(bottom, height)

    def _padded(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height, width = picture.shape[:2]
        fitted_height, fitted_width, top, left = self._fitted(height, width)
        padded = np.full((self.height, self.width, 3), WHITE, np.uint8)
        whole = (0.0, 0.0, float(width), float(height))
        padded[top : top + fitted_height, left : left + fitted_width] = self._resampled(
            picture, fitted_height, fitted_width, whole
        )
        return padded

    def _resampled(self, picture: NDArray[np.uint8], height: int, width: int, box: Box) -> NDArray[np.uint8]:
        if picture.shape[:2] == (height, width) and box == (0, 0, width, height):
            return np.array(picture, order="C")
        return np.array(Image.fromarray(picture).resize((width, height), RESAMPLING[self.resampling], box))

    def to_json(self) -> dict[str, object]:
        """The value as plain JSON types; `from_json` gives it back exactly."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, value: object) -> "Preprocessing":
        """Reads what `to_json` wrote. The value may come from anyone; ValueError says which field is wrong.

        >>> Preprocessing.from_json(Preprocessing(224, 224).to_json()) == Preprocessing(224, 224)
        True
        """
        if not isinstance(value, Mapping):
            raise ValueError(f"preprocessing: expected an object with its fields; found {_short(value)}")  # noqa: TRY004
        names = {field.name for field in fields(cls)}
        if missing := sorted(names - set(value)):
            raise ValueError(f"preprocessing.{missing[0]}: expected a value; found none")
        if unknown := sorted(str(name) for name in set(value) - names):
            raise ValueError(f"preprocessing: expected only {', '.join(sorted(names))}; found {_short(unknown[0])} too")
        return cls(**cast("Mapping[str, object]", value))  # type: ignore[arg-type]  # __post_init__ checks every type


def _check_side(name: str, side: object) -> None:
    if not isinstance(side, int) or isinstance(side, bool) or not 1 <= side <= LARGEST_SIDE:
        raise ValueError(_complaint(name, f"a whole number of pixels from 1 to {LARGEST_SIDE}", side))


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in choices:
        raise ValueError(_complaint(name, f"one of {', '.join(choices)}", value))


def _number(name: str, value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= 1e9:  # NaN fails as well
        raise ValueError(_complaint(name, "a finite number", value))
    return float(value)


def _triple(name: str, value: object) -> tuple[float, float, float]:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 3:
        raise ValueError(_complaint(name, "three numbers, one a channel", value))
    first, second, third = (_number(name, number) for number in value)
    return first, second, third


def _complaint(name: str, expected: str, found: object) -> str:
    return f"preprocessing.{name}: expected {expected}; found {_short(found)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
