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

__all__ = ["SIDE", "Place", "Subject"]

SIDE, LINE, DOT = 336, 2, 4
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


@dataclass(frozen=True, eq=False)
class Place:
    """The whole picture in a square panel, and in it what was seen."""

    subject: Subject
    scale: float
    left: int
    top: int
    image: Image.Image

    @classmethod
    def of(cls, subject: Subject) -> "Place":
        height, width = subject.picture.shape[:2]
        left, top, right, bottom = subject.frame
        beyond_left, beyond_top = min(left, 0.0), min(top, 0.0)
        scale = SIDE / max(max(right, width) - beyond_left, max(bottom, height) - beyond_top)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        resampling = Image.Resampling.NEAREST if scale > 3 else Image.Resampling.LANCZOS
        image = Image.fromarray(np.ascontiguousarray(subject.picture)).resize(size, resampling, reducing_gap=3.0)
        whole_width = (max(right, width) - beyond_left) * scale
        whole_height = (max(bottom, height) - beyond_top) * scale
        at_left = round((SIDE - whole_width) / 2 - beyond_left * scale)
        at_top = round((SIDE - whole_height) / 2 - beyond_top * scale)
        return cls(subject, scale, at_left, at_top, image)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """What was seen, in pixels of the panel."""
        left, top, right, bottom = (round(edge * self.scale) for edge in self.subject.frame)
        box = left + self.left, top + self.top, right + self.left, bottom + self.top
        return max(0, box[0]), max(0, box[1]), min(SIDE, max(box[2], box[0] + 1)), min(SIDE, max(box[3], box[1] + 1))

    def _base(self, *, grey: bool) -> Image.Image:
        """The panel: what was not seen is grey and pale."""
        panel = Image.new("RGB", (SIDE, SIDE), WELL)
        pale = Image.blend(self.image.convert("L").convert("RGB"), Image.new("RGB", self.image.size, WELL), 0.62)
        panel.paste(pale, (self.left, self.top))
        seen = Image.new("RGB", (SIDE, SIDE), CARD)
        seen.paste(self.image, (self.left, self.top))
        part = seen.crop(self.box)
        if grey:
            levels = np.asarray(part.convert("L"), np.float64) * 0.62 + 84
            part = Image.fromarray(np.rint(levels).astype(np.uint8)).convert("RGB")
        panel.paste(part, self.box[:2])
        return panel

    def photo(self) -> Image.Image:
        """The picture in its colours, with the frame of what was seen."""
        panel = self._base(grey=False)
        if (self.box[0], self.box[1], self.box[2], self.box[3]) != (0, 0, SIDE, SIDE):
            _outlined(panel, self.box)
        return panel

    def laid_over(self, values: NDArray[Any], largest: float, *, region: bool) -> Image.Image:
        """A map over the grey picture, smooth, with lines around what is strong and the region that is covered."""
        panel = self._base(grey=True)
        left, top, right, bottom = self.box
        smooth = _smooth(values, (bottom - top, right - left))
        strength = (np.abs(smooth) / (largest or 1.0)).clip(0, 1)[:, :, np.newaxis] ** 0.8 * 0.82
        under = np.asarray(panel.crop(self.box), np.float64)
        over = signed(np.sign(smooth) * 1.0, 1.0).astype(np.float64)
        mixed = under * (1 - strength) + over * strength
        panel.paste(Image.fromarray(np.rint(mixed).astype(np.uint8)), self.box[:2])
        own = float(np.abs(values).max(initial=0.0))
        if own > 0:
            _lines(panel, smooth, STRONG * own, self.box, dotted=False)
            _lines(panel, smooth, -STRONG * own, self.box, dotted=True)
        if region and self.subject.erased is not None:
            _outlined(panel, self._region(values.shape))
        return panel

    def _region(self, grid: tuple[int, ...]) -> tuple[int, int, int, int]:
        """The hottest region in pixels of the panel."""
        if self.subject.erased is None:
            return self.box
        left, top, right, bottom = self.box
        across, down = (right - left) / grid[1], (bottom - top) / grid[0]
        region = self.subject.erased[0]
        return (
            round(left + region[0] * across),
            round(top + region[1] * down),
            round(left + region[2] * across),
            round(top + region[3] * down),
        )

    def covered(self) -> Image.Image:
        """The picture as it was judged again."""
        panel = self._base(grey=False)
        if self.subject.erased is not None:
            size = self.box[2] - self.box[0], self.box[3] - self.box[1]
            seen = Image.fromarray(self.subject.erased[1]).resize(size, Image.Resampling.BICUBIC)
            panel.paste(seen, self.box[:2])
            _outlined(panel, self._region(self.subject.maps[2].shape))
        return panel


def _smooth(values: NDArray[Any], size: tuple[int, int]) -> NDArray[np.float64]:
    """A map at the picture's size; each number stands in the middle of its place."""
    image = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.asarray(image.resize((size[1], size[0]), Image.Resampling.BICUBIC), np.float64)


def _outlined(panel: Image.Image, box: tuple[int, int, int, int]) -> None:
    """A dark line between two light ones: seen on any picture."""
    draw = ImageDraw.Draw(panel)
    left, top, right, bottom = box
    right, bottom = max(left, min(right, SIDE) - 1), max(top, min(bottom, SIDE) - 1)
    for inset, colour, width in ((0, CARD, 5), (1, INK, 3)):
        corners = left + inset, top + inset, max(left + inset, right - inset), max(top + inset, bottom - inset)
        draw.rectangle(corners, outline=colour, width=width - inset)


def _lines(
    panel: Image.Image, values: NDArray[Any], level: float, box: tuple[int, int, int, int], *, dotted: bool
) -> None:
    """The line of one height, dark on light; drawn large and reduced, so that it has no stairs."""
    step = 3
    heights = values[::step, ::step]
    if min(heights.shape) < 2:
        return
    rows, columns = (np.arange(n) * step for n in heights.shape)
    x, y = contour(columns, rows, heights, level)
    starts, ends = (np.stack([x[at::3], y[at::3]], axis=1) * SMOOTHNESS for at in (0, 1))
    size = (box[2] - box[0]) * SMOOTHNESS, (box[3] - box[1]) * SMOOTHNESS
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
        panel.paste(colour, box[:2], mask.reduce(SMOOTHNESS))


def _apart(points: NDArray[np.float64], distance: float) -> list[tuple[float, float]]:
    """Some of the points, none nearer to another than ``distance``: dots along a line whose pieces lie in no order."""
    kept = np.empty((0, 2))
    for point in points:
        if not len(kept) or np.hypot(*(kept - point).T).min() >= distance:
            kept = np.vstack([kept, point])
    return [(float(across), float(down)) for across, down in kept]
