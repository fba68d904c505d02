"""What every transform is: a name, a range, a way to draw from it, and its ends to be tried without chance."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from seefood.augmentation.borders import Border
from seefood.augmentation.steps import Step
from seefood.augmentation.words import Language, said
from seefood.errors import ShapeError

__all__ = ["ByAngle", "ByFactor", "Probe", "Transform", "as_probes", "in_short"]

Probe = tuple[str, Step]
"""A label such as "-15°", and what is then done to a picture: ``step(picture)`` or ``step(picture, border)``."""


@dataclass(frozen=True)
class Transform(ABC):
    """One kind of change, with its range.

    Each has `drawn`: a step by chance, and `probes`: the steps at the ends of its range, without chance.

    Attributes:
        name: as people type it.
        chance: in how many of the views it is done at all.
        sentence: what it does, and where that is unsafe.
        extent: its range in words, with places for ``amount`` or for ``low`` and ``high``.
        bounds: what the amount must be above, and its largest value.
        unit: of the amount, in words.
        has_range: whether there is more to draw from than ``probes`` shows.

    Raises:
        ShapeError: an amount out of bounds.
    """

    name: ClassVar[str]
    chance: ClassVar[float] = 1.0
    sentence: ClassVar[str]
    extent: ClassVar[str]
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    unit: ClassVar[str] = ""
    has_range: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if fields(self):
            self._check(self.amount, *self.bounds)

    @property
    def amount(self) -> float | None:
        """The number that is typed behind the name; None where there is none."""
        return None

    @property
    def text(self) -> str:
        """As `parse` reads it: ``rotate 15``."""
        return self.name if self.amount is None else f"{self.name} {in_short(self.amount)}"

    @property
    def ends(self) -> tuple[float, ...]:
        """The ends of what is drawn, in its unit; empty where there is nothing to draw."""
        return () if self.amount is None else (-self.amount, self.amount)

    def range(self, language: Language = "en") -> str:
        """What is drawn from, in words."""
        return said(language, self.extent, **self._of_extent())

    def _of_extent(self) -> dict[str, str]:
        """What stands in the places of ``extent``."""
        if self.amount is None:
            return {}
        low, high = (f"{end:.4g}" for end in (self.ends[0], self.ends[-1]))
        is_share = self.unit.startswith("of the")
        amount = f"{100 * self.amount:.4g}%" if is_share else f"{self.amount:.4g}"
        return {"amount": amount, "low": low, "high": high}

    @abstractmethod
    def drawn(self, generator: np.random.Generator) -> Step:
        """A step by chance, within the range."""

    @abstractmethod
    def probes(self) -> tuple[Probe, ...]:
        """The ends of the range, each as (label, step); the same each time."""

    def all_at_once(
        self,
        pictures: NDArray[np.uint8],  # noqa: ARG002 - for those that can
        generator: np.random.Generator,  # noqa: ARG002
        border: Border,  # noqa: ARG002
    ) -> NDArray[np.uint8] | None:
        """Pictures uint8 [n, h, w, c], each changed by chance; None where that is no quicker than one by one."""
        return None

    def _check(self, amount: Any, low: float, high: float) -> None:
        """Whether the amount is a number above ``low`` and at most ``high``."""
        is_number = isinstance(amount, int | float) and not isinstance(amount, bool)
        if not is_number or not low < amount <= high:  # NaN fails as well
            unit = f" {self.unit}" if self.unit else ""
            raise ShapeError(
                f"expected {self.name} with a number above {low:g} and at most {high:g}{unit}; found {amount!r:.60}; "
                "leave it out for the usual one"
            )


@dataclass(frozen=True)
class ByFactor(Transform):
    """Something times a factor from 1 - ``share`` to 1 + ``share``."""

    share: float = 0.2

    extent: ClassVar[str] = "×{low} to ×{high}"

    @property
    def amount(self) -> float:
        return self.share

    @property
    def ends(self) -> tuple[float, ...]:
        return 1 - self.share, 1 + self.share

    def drawn(self, generator: np.random.Generator) -> Step:
        return self._by(generator.uniform(self.ends[0], self.ends[1]))

    def probes(self) -> tuple[Probe, ...]:
        return as_probes(*map(self._by, self.ends))

    @abstractmethod
    def _by(self, factor: float) -> Step:
        """The step at one place of the range."""


@dataclass(frozen=True)
class ByAngle(Transform):
    """Something by an angle of up to so many degrees either way."""

    degrees: float = 15.0

    extent: ClassVar[str] = "-{amount}° to {amount}°"
    unit: ClassVar[str] = "degrees"

    @property
    def amount(self) -> float:
        return self.degrees

    def drawn(self, generator: np.random.Generator) -> Step:
        return self._by(generator.uniform(-self.degrees, self.degrees))

    def probes(self) -> tuple[Probe, ...]:
        return as_probes(self._by(self.degrees), self._by(-self.degrees))

    @abstractmethod
    def _by(self, degrees: float) -> Step:
        """The step at one place of the range."""


def as_probes(*steps: Step) -> tuple[Probe, ...]:
    """Steps with their labels."""
    return tuple((step.label, step) for step in steps)


def in_short(amount: float) -> str:
    """A number as short as it can be read back.

    >>> in_short(15.0), in_short(0.1), in_short(1 / 3)
    ('15', '0.1', '0.3333333333333333')
    """
    short = f"{amount:g}"
    return short if float(short) == amount else repr(float(amount))
