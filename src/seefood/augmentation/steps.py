"""A change to a picture that is settled: whatever was random about it has been drawn.

A `Move` says where pixels go, a `Tone` what becomes of their values. `carried_out` joins moves that follow each other
into one, so that a picture that is turned, zoomed and shifted is interpolated once.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import groupby
from typing import Any

import numpy as np

from seefood.augmentation.borders import REFLECTED, Border
from seefood.augmentation.warp import Matrix, Picture, checked, warp
from seefood.augmentation.words import Language, said

__all__ = ["UNCHANGED", "Move", "Step", "Tone", "carried_out"]


@dataclass(frozen=True, eq=False)
class Step(ABC):
    """What is done, and how it is called.

    Attributes:
        words: its name in English, with places for ``values``; `words.py` has the Korean.
        values: what stands in these places.
    """

    words: str
    values: Mapping[str, Any] = field(default_factory=dict, kw_only=True)

    @property
    def label(self) -> str:
        """Its name: "15°", "mirrored"."""
        return self.said("en")

    def said(self, language: Language) -> str:
        """Its name in a language."""
        return said(language, self.words, **self.values)

    @abstractmethod
    def __call__(self, picture: Picture, border: Border = REFLECTED) -> Picture:
        """The changed picture, uint8 [h, w, c] as it came in, with 1 or 3 channels; ShapeError for anything else."""


@dataclass(frozen=True, eq=False)
class Move(Step):
    """Pixels go elsewhere.

    Attributes:
        matrix: the map (`warp.py`) for a picture of (height, width).
    """

    matrix: Callable[[int, int], Matrix]

    def __call__(self, picture: Picture, border: Border = REFLECTED) -> Picture:
        return warp(checked(picture), self.matrix(picture.shape[0], picture.shape[1]), border)


@dataclass(frozen=True, eq=False)
class Tone(Step):
    """Values become others.

    Attributes:
        change: from picture to picture; it may not write into what it is given.
    """

    change: Callable[[Picture], Picture]

    def __call__(self, picture: Picture, border: Border = REFLECTED) -> Picture:  # noqa: ARG002 - nothing moves
        return self.change(checked(picture))


UNCHANGED = Tone("original", change=lambda picture: picture.copy())


def carried_out(steps: Iterable[Step], picture: Picture, border: Border = REFLECTED) -> Picture:
    """One step after the other; moves that follow each other are one. Always a new array."""
    height, width = checked(picture).shape[:2]
    done = picture
    for moves, group in groupby(steps, lambda step: isinstance(step, Move)):
        if moves:
            maps = [step.matrix(height, width) for step in group if isinstance(step, Move)]
            done = warp(done, reduce(np.matmul, maps), border)
        else:
            done = reduce(lambda picture, step: step(picture), group, done)
    return done.copy() if done is picture else done
