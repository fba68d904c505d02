"""Transforms that move pixels. Angles turn against the clock."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from seefood.augmentation.borders import Border
from seefood.augmentation.steps import Move
from seefood.augmentation.transform import ByAngle, ByFactor, Probe, Transform, as_probes, in_short
from seefood.augmentation.warp import Matrix, about_the_middle, moved_by
from seefood.errors import ShapeError

__all__ = ["Crop", "Flip", "Mirror", "Rotate", "Shear", "Shift", "Turn", "Zoom"]

Pictures = NDArray[np.uint8]
QUARTERS = (90, 180, 270)
MOST_PIXELS = 10_000


@dataclass(frozen=True)
class Mirror(Transform):
    """Left and right exchanged, in half of the views.

    >>> (_, step), = Mirror().probes()
    >>> step(np.array([[[1], [2], [3]]], np.uint8)).ravel().tolist()
    [3, 2, 1]
    """

    name: ClassVar[str] = "mirror"
    chance: ClassVar[float] = 0.5
    sentence: ClassVar[str] = (
        "Left and right are exchanged. Unsafe where that makes another class: letters, digits, arrows."
    )
    extent: ClassVar[str] = "mirrored or not"
    has_range: ClassVar[bool] = False

    def drawn(self, generator: np.random.Generator) -> Move:  # noqa: ARG002 - there is one way only
        return Move("mirrored", lambda height, width: about_the_middle([[-1, 0], [0, 1]], height, width))

    def probes(self) -> tuple[Probe, ...]:
        return as_probes(self.drawn(np.random.default_rng(0)))

    def all_at_once(self, pictures: Pictures, generator: np.random.Generator, border: Border) -> Pictures:  # noqa: ARG002
        return _half(pictures, pictures[:, :, ::-1], generator)


@dataclass(frozen=True)
class Flip(Transform):
    """Upside down as in water, in half of the views; not what `Turn` by 180° does."""

    name: ClassVar[str] = "flip"
    chance: ClassVar[float] = 0.5
    sentence: ClassVar[str] = (
        "Top and bottom are exchanged, as in water. Unsafe where things have a top: most photos, letters."
    )
    extent: ClassVar[str] = "upside down or not"
    has_range: ClassVar[bool] = False

    def drawn(self, generator: np.random.Generator) -> Move:  # noqa: ARG002 - there is one way only
        return Move("upside down", lambda height, width: about_the_middle([[1, 0], [0, -1]], height, width))

    def probes(self) -> tuple[Probe, ...]:
        return as_probes(self.drawn(np.random.default_rng(0)))

    def all_at_once(self, pictures: Pictures, generator: np.random.Generator, border: Border) -> Pictures:  # noqa: ARG002
        return _half(pictures, pictures[:, ::-1], generator)


def _half(pictures: Pictures, changed: Pictures, generator: np.random.Generator) -> Pictures:
    chosen = generator.random(len(pictures)) < 0.5
    return np.where(chosen[:, np.newaxis, np.newaxis, np.newaxis], changed, pictures)


@dataclass(frozen=True)
class Rotate(ByAngle):
    """Turned about the middle by up to so many degrees either way."""

    name: ClassVar[str] = "rotate"
    sentence: ClassVar[str] = "Turned a little either way. Unsafe where a slant makes another class."
    bounds: ClassVar[tuple[float, float]] = (0.0, 180.0)

    def _by(self, degrees: float) -> Move:
        return Move(
            "{angle}°", lambda h, w: about_the_middle(_turned(degrees), h, w), values={"angle": _brief(degrees)}
        )


@dataclass(frozen=True)
class Turn(Transform):
    """Turned by a quarter, a half or three quarters, or by ``degrees`` alone; each as often as not at all.

    On a square that is ``np.rot90``. Otherwise the middle stays where it is and nothing is stretched: what sticks
    out is cut off, what is missing is the border's. The square in the middle, which is what most networks see, is
    turned as a square is. Pixels are copied, never mixed; where height and width are odd and even that takes half
    a pixel's shift.
    """

    degrees: int | None = None

    name: ClassVar[str] = "turn"
    sentence: ClassVar[str] = (
        "Turned by quarters. Unsafe where it matters which side is up: upright or sideways, 6 and 9, most photos."
    )
    extent: ClassVar[str] = "by {amount} degrees"
    has_range: ClassVar[bool] = False
    unit: ClassVar[str] = "degrees"

    def __post_init__(self) -> None:
        if self.degrees is not None and (self.degrees not in QUARTERS or isinstance(self.degrees, bool)):
            raise ShapeError(
                f"expected turn by 90, 180 or 270 degrees; found {self.degrees!r:.60}; rotate takes any other angle"
            )

    @property
    def amount(self) -> float | None:
        return self.degrees

    @property
    def ends(self) -> tuple[float, ...]:
        return QUARTERS if self.degrees is None else (self.degrees,)

    @property
    def chance(self) -> float:  # type: ignore[override]  # depends on how many ways there are
        return len(self.ends) / (len(self.ends) + 1)

    def drawn(self, generator: np.random.Generator) -> Move:
        return self._by(self.ends[int(generator.integers(len(self.ends)))])

    def probes(self) -> tuple[Probe, ...]:
        return as_probes(*map(self._by, self.ends))

    def _of_extent(self) -> dict[str, str]:
        return {"amount": ", ".join(map(str, self.ends))}

    def _by(self, degrees: float) -> Move:
        return Move(
            "{angle}°", lambda h, w: _whole(about_the_middle(_turned(degrees), h, w)), values={"angle": degrees}
        )


@dataclass(frozen=True)
class Shift(Transform):
    """Moved by up to a share of the sides each way, or by up to so many pixels; always by whole pixels.

    >>> Shift(0.2).text, Shift(pixels=2).text
    ('shift 0.2', 'shift 2px')
    """

    share: float = 0.1
    pixels: int | None = None

    name: ClassVar[str] = "shift"
    sentence: ClassVar[str] = "Moved a little. Unsafe where the place itself makes the class."
    extent: ClassVar[str] = "up to {amount} each way"
    bounds: ClassVar[tuple[float, float]] = (0.0, 0.5)
    unit: ClassVar[str] = "of the side"

    def __post_init__(self) -> None:
        self._check(self.share, *self.bounds)
        fits = isinstance(self.pixels, int) and not isinstance(self.pixels, bool) and 1 <= self.pixels <= MOST_PIXELS
        if self.pixels is not None and not fits:
            raise ShapeError(
                f"expected a shift by 1 to {MOST_PIXELS:,} whole pixels; found {self.pixels!r:.60}; 1 is a usual one"
            )

    @property
    def amount(self) -> float:
        return self.share if self.pixels is None else self.pixels

    @property
    def text(self) -> str:
        return f"{self.name} {in_short(self.amount)}{'' if self.pixels is None else 'px'}"

    def _of_extent(self) -> dict[str, str]:
        return super()._of_extent() if self.pixels is None else {"amount": f"{self.pixels} px"}

    def drawn(self, generator: np.random.Generator) -> Move:
        down, across = generator.uniform(-1, 1, 2)
        return self._by(across, down)

    def probes(self) -> tuple[Probe, ...]:
        return as_probes(self._by(1, 1), self._by(-1, -1))

    def _by(self, across: float, down: float) -> Move:
        """Moved by these parts of the most, from -1 to 1."""

        def matrix(height: int, width: int) -> Matrix:
            most_down, most_across = self._most(height, width)
            return moved_by(self._rounded(across, width, most_across), self._rounded(down, height, most_down))

        words = f"{{across}} {'right' if across >= 0 else 'left'}, {{down}} {'down' if down >= 0 else 'up'}"
        return Move(words, matrix, values={"across": self._said(abs(across)), "down": self._said(abs(down))})

    def _most(self, height: int, width: int) -> tuple[int, int]:
        """Pixels down and across."""
        if self.pixels is not None:
            return self.pixels, self.pixels
        return int(self.share * height + 1e-9), int(self.share * width + 1e-9)

    def _rounded(self, part: float, side: int, most: int) -> int:
        whole = round(part * (self.share * side if self.pixels is None else self.pixels))
        return max(-most, min(most, whole))

    def _said(self, part: float) -> str:
        return f"{part * self.share:.0%}" if self.pixels is None else f"{round(part * self.pixels)} px"

    def all_at_once(self, pictures: Pictures, generator: np.random.Generator, border: Border) -> Pictures:
        height, width, channels = pictures.shape[1:]
        most_down, most_across = self._most(height, width)
        margins = ((0, 0), (most_down, most_down), (most_across, most_across), (0, 0))
        padded = np.pad(pictures, margins, "symmetric")
        if border.kind == "constant":
            inside = padded[:, most_down : most_down + height, most_across : most_across + width].copy()
            padded[:] = border.levels(channels)
            padded[:, most_down : most_down + height, most_across : most_across + width] = inside
        windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
        down, across = (generator.integers(0, 2 * most + 1, len(pictures)) for most in (most_down, most_across))
        chosen = windows[np.arange(len(pictures)), down, across]  # [n, c, h, w]
        return np.ascontiguousarray(chosen.transpose(0, 2, 3, 1))


@dataclass(frozen=True)
class Zoom(ByFactor):
    """Larger or smaller about the middle, by a factor from 1 - ``share`` to 1 + ``share``."""

    name: ClassVar[str] = "zoom"
    sentence: ClassVar[str] = "Seen from nearer or from farther away. Unsafe where size makes the class."
    bounds: ClassVar[tuple[float, float]] = (0.0, 0.5)

    def _by(self, factor: float) -> Move:
        linear = [[1 / factor, 0.0], [0.0, 1 / factor]]
        return Move("×{factor}", lambda h, w: about_the_middle(linear, h, w), values={"factor": f"{factor:.3g}"})


@dataclass(frozen=True)
class Shear(ByAngle):
    """Slanted as italics are, by up to so many degrees either way: rows slide, the middle one stays."""

    degrees: float = 10.0

    name: ClassVar[str] = "shear"
    sentence: ClassVar[str] = "Slanted, as italics are. Unsafe where a slant makes another class."
    bounds: ClassVar[tuple[float, float]] = (0.0, 45.0)

    def _by(self, degrees: float) -> Move:
        linear = [[1.0, math.tan(math.radians(degrees))], [0.0, 1.0]]
        return Move("{angle}°", lambda h, w: about_the_middle(linear, h, w), values={"angle": _brief(degrees)})


@dataclass(frozen=True)
class Crop(Transform):
    """A part, as large as the whole again: of both sides the same share, ``share`` at least, anywhere."""

    share: float = 0.8

    name: ClassVar[str] = "crop"
    sentence: ClassVar[str] = "A part of it, enlarged. Unsafe where what matters may be cut off."
    extent: ClassVar[str] = "{amount} to 100% of each side"
    bounds: ClassVar[tuple[float, float]] = (0.1, 1.0)
    unit: ClassVar[str] = "of the side"

    @property
    def amount(self) -> float:
        return self.share

    @property
    def ends(self) -> tuple[float, ...]:
        return self.share, 1.0

    def drawn(self, generator: np.random.Generator) -> Move:
        share = generator.uniform(self.share, 1)
        across, down = generator.uniform(0, 1, 2)
        return self._of(share, across, down, "{share}")

    def probes(self) -> tuple[Probe, ...]:
        return as_probes(
            self._of(self.share, 0.0, 0.0, "{share}, top left"),
            self._of(self.share, 0.5, 0.5, "{share}, middle"),
            self._of(self.share, 1.0, 1.0, "{share}, bottom right"),
        )

    def _of(self, share: float, across: float, down: float, words: str) -> Move:
        """``across`` and ``down`` say how much of what is left out is on the left and at the top."""

        def matrix(height: int, width: int) -> Matrix:
            found = np.diag([share, share, 1.0])
            free = 1 - share
            found[:2, 2] = (share - 1) / 2 + free * across * width, (share - 1) / 2 + free * down * height
            return found

        return Move(words, matrix, values={"share": f"{share:.0%}"})


def _turned(degrees: float) -> list[list[float]]:
    """Against the clock, where y grows downwards."""
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return [[cosine, -sine], [sine, cosine]]


def _whole(matrix: Matrix) -> Matrix:
    """The map of a quarter turn on whole pixels, half a pixel to the left where it lies between two."""
    return np.floor(matrix + 1e-6)


def _brief(degrees: float) -> str:
    return f"{degrees:.3g}"
