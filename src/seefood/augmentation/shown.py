"""What a sheet shows of each transform: the original, the ends of the range, and views by chance."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from seefood.augmentation.steps import UNCHANGED, Step
from seefood.augmentation.transform import Transform
from seefood.augmentation.views import Augmentation
from seefood.augmentation.warp import Picture, checked
from seefood.augmentation.words import Language, said

__all__ = ["COLUMNS", "Row", "View", "rows_of", "small"]

COLUMNS = 6
"""Views in a row, the original among them."""


@dataclass(frozen=True, eq=False)
class View:
    """One view of the picture.

    Attributes:
        picture: as it looks, of the original's shape.
        step: what was done.
        kind: ``original``, ``way`` (one of a few), ``end`` of the range, or by ``chance``.
    """

    picture: Picture
    step: Step
    kind: str

    def said(self, language: Language) -> tuple[str, str]:
        """What was done, and why it is shown where it is one of many."""
        kind = {"end": "end of the range", "chance": "by chance"}.get(self.kind, "")
        return self.step.said(language), said(language, kind) if kind else ""


@dataclass(frozen=True, eq=False)
class Row:
    """A transform and its views."""

    transform: Transform
    views: tuple[View, ...]

    def to_json(self) -> dict[str, object]:
        """Name, ends of the range with their unit, and what each view shows."""
        return {
            "name": self.transform.name,
            "range": list(self.transform.ends),
            "unit": self.transform.unit,
            "chance": self.transform.chance,
            "views": [{"label": view.step.label, "kind": view.kind} for view in self.views],
        }


def rows_of(picture: Picture, augmentation: Augmentation, seed: int) -> list[Row]:
    """A row for each transform, of one picture uint8 [h, w, c]; the seed decides what is by chance.

    >>> row, = rows_of(np.zeros((4, 4, 1), np.uint8), Augmentation.from_text("rotate 20"), seed=0)
    >>> [view.step.label for view in row.views[:3]], len(row.views)
    (['original', '20°', '-20°'], 6)
    """
    return [
        _row(picture, transform, augmentation, np.random.default_rng([seed, number]))
        for number, transform in enumerate(augmentation.transforms)
    ]


def _row(picture: Picture, transform: Transform, augmentation: Augmentation, generator: np.random.Generator) -> Row:
    steps: list[tuple[Step, str]] = [(UNCHANGED, "original")]
    steps += [(step, "end" if transform.has_range else "way") for _, step in transform.probes()]
    if transform.has_range:
        steps += [(transform.drawn(generator), "chance") for _ in range(COLUMNS - len(steps))]
    return Row(transform, tuple(View(step(picture, augmentation.border), step, kind) for step, kind in steps))


def small(picture: Picture, side: int) -> Picture:
    """The picture with no side longer than ``side`` pixels, as it is where it is small enough.

    >>> small(np.zeros((300, 4000, 1), np.uint8), 200).shape, small(np.zeros((3, 2, 3), np.uint8), 200).shape
    ((15, 200, 1), (3, 2, 3))
    """
    height, width, channels = checked(picture).shape
    scale = side / max(height, width)
    if scale >= 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    image = Image.fromarray(picture[..., 0] if channels == 1 else picture)
    reduced = np.asarray(image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))
    return reduced[..., np.newaxis] if channels == 1 else reduced
