"""Maps of evidence laid over the photo that they are about."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from seefood.drawing.colours import CARD, INK, WELL, signed
from seefood.drawing.contours import contour
from seefood.drawing.shapes import SMOOTHNESS
from seefood.verdicts import Reason

__all__ = ["Seen", "Subject", "shape_of", "whole"]

LINE, DOT = 2, 4
"""Pixels."""
STRONG = 0.5
"""Of the map's largest magnitude: where the lines are drawn."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Subject:
    """What is drawn.

    Attributes:
        name: the picture's.
        picture: the whole of it, uint8 [height, width, 3].
        frame: what the network saw of it: left, top, right, bottom in its pixels.
        labels: the explained class and its rival.
        probabilities: of these two.
        reason: why the answer is "not sure"; None where it is not.
        maps: [h, w] each: the class's, its rival's, and what speaks for the one and against the other.
        by_covering: whether the maps were measured by covering parts of the picture, and sum to nothing.
        log_odds: of the class against its rival (natural logarithm): as it is, with the hottest region covered, and
            with such a region elsewhere covered; None where that was not tried.
        erased: the hottest region in places of the map (left, top, right, bottom); what was seen with it covered,
            uint8; the class's probability then, and with such a region elsewhere covered. None where there is none.
    """

    name: str
    picture: NDArray[np.uint8]
    frame: Box
    labels: tuple[str, str]
    probabilities: tuple[float, float]
    reason: Reason | None
    maps: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
    by_covering: bool
    log_odds: tuple[float, float | None, float | None]
    erased: tuple[tuple[int, int, int, int], NDArray[np.uint8], float, float | None] | None

    @property
    def total(self) -> float | None:
        """What the last map sums to; None where that means nothing."""
        return None if self.by_covering else self.log_odds[0]

    @property
    def agrees(self) -> bool:
        """Whether covering the hottest region lowers the odds, and more than covering such a region elsewhere."""
        before, after, elsewhere = self.log_odds
        return after is not None and after < before and (elsewhere is None or after < elsewhere)

    @property
    def middle(self) -> tuple[float, float] | None:
        """The hottest region's middle as shares of what was seen: across, down."""
        if self.erased is None:
            return None
        (left, top, right, bottom), (height, width) = self.erased[0], self.maps[2].shape
        return (left + right) / 2 / width, (top + bottom) / 2 / height


def whole(subject: Subject, width: int, height: int) -> Image.Image:
    """The picture in its colours, as large as the room allows; what was not seen is grey and pale.

    The image has the picture's shape, so it may be smaller than the room. Where what was seen goes beyond the picture,
    there is paper.
    """
    left, top, right, bottom = _extent(subject)
    scale = min(width / (right - left), height / (bottom - top))
    size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    frame = subject.frame
    edges = ((frame[0] - left) * scale, (frame[1] - top) * scale, (frame[2] - left) * scale, (frame[3] - top) * scale)
    box = _inside(edges, size)
    image = _cut(subject.picture, (left, top, right, bottom), size)
    panel = Image.blend(image.convert("L").convert("RGB"), Image.new("RGB", size, WELL), 0.62)
    panel.paste(image.crop(box), box[:2])
    if box != (0, 0, *size):
        _outlined(panel, box)
    return panel


def shape_of(subject: Subject) -> float:
    """How many times as wide as high the picture is, with what was seen beyond it."""
    left, top, right, bottom = _extent(subject)
    return (right - left) / (bottom - top)


def _extent(subject: Subject) -> Box:
    """The picture and what was seen, in pixels of the picture."""
    height, width = subject.picture.shape[:2]
    left, top, right, bottom = subject.frame
    return min(left, 0.0), min(top, 0.0), max(right, width), max(bottom, height)


def _inside(edges: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Edges in whole pixels, none beyond the image, and one pixel between them at least."""
    left, top = (min(max(0, round(edge)), most - 1) for edge, most in zip(edges[:2], size, strict=True))
    right, bottom = (min(max(0, round(edge)), most) for edge, most in zip(edges[2:], size, strict=True))
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _cut(picture: NDArray[np.uint8], box: Box, size: tuple[int, int]) -> Image.Image:
    """A part of the picture, which may go beyond it, in another size."""
    height, width = picture.shape[:2]
    left, top, right, bottom = box
    across, down = size[0] / (right - left), size[1] / (bottom - top)
    inside = max(left, 0.0), max(top, 0.0), min(right, width), min(bottom, height)
    edges = (inside[0] - left) * across, (inside[1] - top) * down, (inside[2] - left) * across, (inside[3] - top) * down
    place = _inside(edges, size)
    resampling = Image.Resampling.NEAREST if min(across, down) > 3 else Image.Resampling.LANCZOS
    part = Image.fromarray(np.ascontiguousarray(picture)).resize(
        (place[2] - place[0], place[3] - place[1]), resampling, box=inside, reducing_gap=3.0
    )
    image = Image.new("RGB", size, CARD)
    image.paste(part, place[:2])
    return image


@dataclass(frozen=True, eq=False)
class Seen:
    """What the network saw of the picture, as large as a square panel allows."""

    subject: Subject
    image: Image.Image

    @classmethod
    def of(cls, subject: Subject, side: int) -> "Seen":
        left, top, right, bottom = subject.frame
        scale = side / max(right - left, bottom - top)
        size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
        return cls(subject, _cut(subject.picture, subject.frame, size))

    def laid_over(self, values: NDArray[Any], largest: float, *, region: bool) -> Image.Image:
        """A map over the grey picture, smooth, with lines around what is strong and the region that is covered."""
        under = np.asarray(self.image.convert("L"), np.float64)[:, :, np.newaxis] * 0.62 + 84
        smooth = _smooth(values, self.image.size)
        strength = (np.abs(smooth) / (largest or 1.0)).clip(0, 1)[:, :, np.newaxis] ** 0.8 * 0.82
        mixed = under * (1 - strength) + signed(np.sign(smooth) * 1.0, 1.0).astype(np.float64) * strength
        panel = Image.fromarray(np.rint(mixed).astype(np.uint8))
        own = float(np.abs(values).max(initial=0.0))
        if own > 0:
            _lines(panel, smooth, STRONG * own, dotted=False)
            _lines(panel, smooth, -STRONG * own, dotted=True)
        if region and self.subject.erased is not None:
            _outlined(panel, self._region(values.shape))
        return panel

    def _region(self, grid: tuple[int, ...]) -> tuple[int, int, int, int]:
        """The hottest region in pixels of the panel."""
        if self.subject.erased is None:
            return (0, 0, *self.image.size)
        left, top, right, bottom = self.subject.erased[0]
        across, down = self.image.width / grid[1], self.image.height / grid[0]
        return round(left * across), round(top * down), round(right * across), round(bottom * down)

    def covered(self) -> Image.Image:
        """The picture as it was judged again."""
        if self.subject.erased is None:
            return self.image.copy()
        panel = Image.fromarray(self.subject.erased[1]).resize(self.image.size, Image.Resampling.BICUBIC)
        _outlined(panel, self._region(self.subject.maps[2].shape))
        return panel


def _smooth(values: NDArray[Any], size: tuple[int, int]) -> NDArray[np.float64]:
    """A map at the picture's size (width, height); each number stands in the middle of its place."""
    image = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC), np.float64)


def _outlined(panel: Image.Image, box: tuple[int, int, int, int]) -> None:
    """A dark line between two light ones: seen on any picture."""
    draw = ImageDraw.Draw(panel)
    left, top, right, bottom = box
    right, bottom = max(left, min(right, panel.width) - 1), max(top, min(bottom, panel.height) - 1)
    for inset, colour, width in ((0, CARD, 5), (1, INK, 3)):
        corners = left + inset, top + inset, max(left + inset, right - inset), max(top + inset, bottom - inset)
        draw.rectangle(corners, outline=colour, width=width - inset)


def _lines(panel: Image.Image, values: NDArray[Any], level: float, *, dotted: bool) -> None:
    """The line of one height, dark on light; drawn large and reduced, so that it has no stairs."""
    step = 3
    heights = values[::step, ::step]
    if min(heights.shape) < 2:
        return
    rows, columns = (np.arange(n) * step for n in heights.shape)
    x, y = contour(columns, rows, heights, level)
    starts, ends = (np.stack([x[at::3], y[at::3]], axis=1) * SMOOTHNESS for at in (0, 1))
    size = panel.width * SMOOTHNESS, panel.height * SMOOTHNESS
    for colour, wider in ((CARD, 2), (INK, 0)):
        mask = Image.new("L", size, 0)
        draw = ImageDraw.Draw(mask)
        if dotted:
            radius = (DOT + wider) * SMOOTHNESS // 2
            for across, down in _apart(starts, 3.4 * DOT * SMOOTHNESS):
                draw.ellipse((across - radius, down - radius, across + radius, down + radius), fill=255)
        else:
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                draw.line((*start, *end), fill=255, width=(LINE + wider) * SMOOTHNESS)
        panel.paste(colour, (0, 0), mask.reduce(SMOOTHNESS))


def _apart(points: NDArray[np.float64], distance: float) -> list[tuple[float, float]]:
    """Some of the points, none nearer to another than ``distance``: dots along a line whose pieces lie in no order."""
    kept = np.empty((0, 2))
    for point in points:
        if not len(kept) or np.hypot(*(kept - point).T).min() >= distance:
            kept = np.vstack([kept, point])
    return [(float(across), float(down)) for across, down in kept]
