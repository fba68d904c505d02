"""Transforms that leave pixels where they are and change their values."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from seefood.augmentation.borders import LUMA, WHITE
from seefood.augmentation.steps import Tone
from seefood.augmentation.transform import ByFactor, Probe, Transform, as_probes
from seefood.augmentation.warp import Picture

__all__ = ["Blur", "Brightness", "Colour", "Contrast", "Erase", "Noise"]

Array = NDArray[Any]

HUE = 30.0
"""Degrees that the hue turns where the colours' strength changes by its whole."""
LEAST_ERASED, LONGEST = 0.02, 3.0
"""Least share of a picture that is erased, and how long a rectangle may be: as in Zhong et al. 2020, "Random erasing
data augmentation", but for a ratio of 3 instead of 1 / 0.3."""


@dataclass(frozen=True)
class Brightness(ByFactor):
    """Every value times a factor from 1 - ``share`` to 1 + ``share``.

    >>> darker = Brightness(0.5).probes()[0][1]
    >>> darker(np.array([[[10], [201], [255]]], np.uint8)).ravel().tolist()
    [5, 100, 128]
    """

    name: ClassVar[str] = "brightness"
    sentence: ClassVar[str] = "Darker or brighter. Unsafe where light makes the class: day and night."

    def _by(self, factor: float) -> Tone:
        return Tone("×{factor}", lambda picture: _stretched(picture, factor, 0.0), values=_factor(factor))


@dataclass(frozen=True)
class Contrast(ByFactor):
    """Every value's distance from the picture's mean brightness times a factor from 1 - ``share`` to 1 + ``share``."""

    name: ClassVar[str] = "contrast"
    sentence: ClassVar[str] = "Flatter or harder. Unsafe where faint and strong are two classes."

    def _by(self, factor: float) -> Tone:
        def change(picture: Picture) -> Picture:
            means = picture.mean(axis=(0, 1))
            return _stretched(picture, factor, float(means[0] if len(means) == 1 else means @ LUMA))

        return Tone("×{factor}", change, values=_factor(factor))


def _stretched(picture: Picture, factor: float, about: float) -> Picture:
    table = about + (np.arange(WHITE + 1) - about) * factor
    return _as_levels(table)[picture]


def _factor(factor: float) -> dict[str, str]:
    return {"factor": f"{factor:.3g}"}


@dataclass(frozen=True)
class Colour(Transform):
    """Colours stronger or weaker, by a factor from 1 - ``share`` to 1 + ``share``, and all hues turned a little.

    Strength is the distance from the pixel's own grey (ITU-R BT.601). Hues turn about the line of greys in the cube
    of red, green and blue, by up to ``share`` times 30°. Grey pixels and grey pictures stay as they are.
    """

    share: float = 0.3

    name: ClassVar[str] = "colour"
    sentence: ClassVar[str] = (
        "Colours weaker or stronger, hues a little turned. Unsafe where colour makes the class: ripe and unripe."
    )
    extent: ClassVar[str] = "colour ×{low} to ×{high}, hue -{hue}° to {hue}°"

    @property
    def amount(self) -> float:
        return self.share

    @property
    def ends(self) -> tuple[float, ...]:
        return 1 - self.share, 1 + self.share

    def _of_extent(self) -> dict[str, str]:
        return super()._of_extent() | {"hue": f"{self.share * HUE:.3g}"}

    def drawn(self, generator: np.random.Generator) -> Tone:
        strength, hue = generator.uniform(-1, 1, 2)
        return self._by(strength, hue)

    def probes(self) -> tuple[Probe, ...]:
        return as_probes(self._by(-1, -1), self._by(1, 1))

    def _by(self, strength: float, hue: float) -> Tone:
        """At these parts of the range, from -1 to 1."""
        factor, degrees = 1 + self.share * strength, self.share * HUE * hue

        def change(picture: Picture) -> Picture:
            if picture.shape[2] == 1:
                return picture.copy()
            return _as_levels(picture.astype(np.float32) @ _mixed(factor, degrees).T)

        return Tone("colour ×{factor}, hue {angle}°", change, values=_factor(factor) | {"angle": f"{degrees:.2g}"})


def _mixed(factor: float, degrees: float) -> NDArray[np.float32]:
    """The matrix for columns of red, green and blue: hues turned (Rodrigues' formula), then away from grey."""
    angle = math.radians(degrees)
    axis = np.ones((3, 3)) / 3
    across = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    turned = math.cos(angle) * np.eye(3) + math.sin(angle) * across + (1 - math.cos(angle)) * axis
    grey = np.tile(LUMA, (3, 1))
    mixed: NDArray[np.float32] = ((grey + factor * (np.eye(3) - grey)) @ turned).astype(np.float32)
    return mixed


@dataclass(frozen=True)
class Blur(Transform):
    """Less sharp: a Gaussian whose standard deviation is up to this share of the shorter side; edges reflected."""

    share: float = 0.01

    name: ClassVar[str] = "blur"
    sentence: ClassVar[str] = "Less sharp. Unsafe where fine detail tells the classes apart."
    extent: ClassVar[str] = "up to {amount} of the shorter side"
    bounds: ClassVar[tuple[float, float]] = (0.0, 0.1)
    unit: ClassVar[str] = "of the shorter side"

    @property
    def amount(self) -> float:
        return self.share

    @property
    def ends(self) -> tuple[float, ...]:
        return 0.0, self.share

    def drawn(self, generator: np.random.Generator) -> Tone:
        return self._by(generator.uniform(0, self.share))

    def probes(self) -> tuple[Probe, ...]:
        return as_probes(self._by(self.share))

    def _by(self, share: float) -> Tone:
        def change(picture: Picture) -> Picture:
            sigma = share * min(picture.shape[:2])
            return _as_levels(ndimage.gaussian_filter(picture.astype(np.float32), (sigma, sigma, 0), mode="reflect"))

        return Tone("{share}", change, values={"share": f"{share:.2%}"})


@dataclass(frozen=True)
class Noise(Transform):
    """Grain: normally distributed, each channel by itself, with a standard deviation of up to so many grey levels."""

    levels: float = 10.0

    name: ClassVar[str] = "noise"
    sentence: ClassVar[str] = "Grain, as in poor light. Unsafe where fine detail tells the classes apart."
    extent: ClassVar[str] = "up to {amount} grey levels"
    bounds: ClassVar[tuple[float, float]] = (0.0, 128.0)
    unit: ClassVar[str] = "grey levels"

    @property
    def amount(self) -> float:
        return self.levels

    @property
    def ends(self) -> tuple[float, ...]:
        return 0.0, self.levels

    def drawn(self, generator: np.random.Generator) -> Tone:
        return self._by(generator.uniform(0, self.levels), _seed(generator))

    def probes(self) -> tuple[Probe, ...]:
        return as_probes(self._by(self.levels, 0))

    def _by(self, levels: float, seed: int) -> Tone:
        def change(picture: Picture) -> Picture:
            grain = np.random.default_rng(seed).standard_normal(picture.shape, np.float32)
            return _as_levels(picture + np.float32(levels) * grain)

        return Tone("{levels} grey levels", change, values={"levels": f"{levels:.3g}"})


@dataclass(frozen=True)
class Erase(Transform):
    """A rectangle of up to this share of the picture covered with noise, in half of the views."""

    share: float = 0.2

    name: ClassVar[str] = "erase"
    chance: ClassVar[float] = 0.5
    sentence: ClassVar[str] = "A part is covered with noise. Unsafe where it may hide what matters."
    extent: ClassVar[str] = "up to {amount} of the picture"
    bounds: ClassVar[tuple[float, float]] = (0.0, 0.5)
    unit: ClassVar[str] = "of the picture"

    @property
    def amount(self) -> float:
        return self.share

    @property
    def ends(self) -> tuple[float, ...]:
        return min(LEAST_ERASED, self.share), self.share

    def drawn(self, generator: np.random.Generator) -> Tone:
        share = generator.uniform(self.ends[0], self.ends[1])
        longer = math.exp(generator.uniform(-math.log(LONGEST), math.log(LONGEST)))
        down, across = generator.uniform(0, 1, 2)
        return self._of(share, longer, (down, across), _seed(generator))

    def probes(self) -> tuple[Probe, ...]:
        return as_probes(self._of(self.share, 1.0, (0.5, 0.5), 0))

    def _of(self, share: float, longer: float, place: tuple[float, float], seed: int) -> Tone:
        """``longer``: height to width on a square picture; ``place``: how much of what is left over lies before it."""

        def change(picture: Picture) -> Picture:
            erased = picture.copy()
            sides = _sides(picture.shape[:2], share, longer)
            top, left = (
                round(part * (side - size)) for part, side, size in zip(place, picture.shape, sides, strict=False)
            )
            hole = erased[top : top + sides[0], left : left + sides[1]]
            hole[:] = np.random.default_rng(seed).integers(0, WHITE + 1, hole.shape)
            return erased

        return Tone("{share} covered", change, values={"share": f"{share:.0%}"})


def _sides(shape: tuple[int, ...], share: float, longer: float) -> tuple[int, int]:
    """Height and width of a rectangle of at most this share of the pixels; (0, 0) where that is less than one."""
    height, width = shape[:2]
    tall = min(height, max(1, round(height * min(1.0, math.sqrt(share * longer)))))
    tall = min(tall, int(share * height * width + 1e-9))
    return (tall, min(width, int(share * height * width / tall + 1e-9))) if tall else (0, 0)


def _seed(generator: np.random.Generator) -> int:
    return int(generator.integers(2**62))


def _as_levels(values: Array) -> Picture:
    return np.clip(np.rint(values), 0, WHITE).astype(np.uint8)
