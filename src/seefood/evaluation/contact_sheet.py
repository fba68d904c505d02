"""Pictures side by side with what was said about them: one image to look at, or to show to others.

The building blocks (``bars``, ``thumbnail``) stand on their own. Colour never carries a meaning alone: right is a tick,
wrong a cross, not sure a question mark, and the reason is in words.
"""

import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from seefood.drawing.colours import BEST, CARD, INK, MUTED, OTHER, PAPER, RIGHT, TRACK, UNSURE, WELL, WRONG
from seefood.drawing.lettering import length, write
from seefood.drawing.maps import card as blank_card
from seefood.drawing.shapes import SMOOTHNESS, rounded
from seefood.errors import PictureError
from seefood.verdicts import Reason, Verdict

__all__ = ["MOST_COLUMNS", "MOST_TILES", "Tile", "bars", "contact_sheet", "thumbnail"]

MOST_TILES = 400
MOST_COLUMNS = 20

# All in pixels.
MARGIN, GAP, PADDING = 28, 16, 16
PICTURE, TEXT, GUTTER, FOOTER = 168, 272, 18, 26
TILE_WIDTH = PADDING + PICTURE + GUTTER + TEXT + PADDING
BAR_ROW, BAR_HEIGHT, BAR_LABEL = 37, 8, 14
PERCENT = 48
BADGE = 24

IN_WORDS: dict[Reason, str] = {
    "uncertain": "no label is probable enough",
    "unfamiliar": "unlike the pictures it was taught",
}

Mark = Literal["right", "wrong", "unsure"]


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One picture, uint8 (height, width, 3) RGB, what was said about it, what it really is, and a line below it.

    Raises PictureError for an array of another shape or type.
    """

    picture: NDArray[np.uint8]
    verdict: Verdict
    truth: str | None = None
    caption: str | None = None

    def __post_init__(self) -> None:
        picture = self.picture
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
            raise PictureError(
                f"expected a uint8 picture of shape (height, width, 3), found {picture.dtype} {picture.shape}; "
                "read it with seefood.pictures first"
            )

    @property
    def mark(self) -> Mark | None:
        """Whether the verdict is right, where the truth is known."""
        if self.truth is None:
            return None
        if self.verdict.label is None:
            return "unsure"
        return "right" if self.verdict.label == self.truth else "wrong"


def contact_sheet(tiles: Iterable[Tile], title: str | None = None, columns: int | None = None) -> Image.Image:
    """Draw pictures with their three most probable labels as an RGB image of cards.

    Pictures are read one after the other and kept only as thumbnails. Only the first 400 (``MOST_TILES``) are drawn;
    the sheet then says so, and a UserWarning too. ``columns`` (1 to 20) is chosen for a readable sheet where None. A
    single column of many is taller than JPEG and WebP allow; PNG takes any. Raises PictureError where there is no tile,
    ValueError for an impossible number of columns.

    >>> from seefood.verdicts import Guess
    >>> verdict = Verdict("a.jpg", "bees", None, 0.9, (Guess("bees", 0.9), Guess("ants", 0.1)), None)
    >>> contact_sheet([Tile(np.zeros((300, 400, 3), np.uint8), verdict)]).size
    (546, 256)
    """
    source = iter(tiles)
    small = [_reduced(tile) for tile in islice(source, MOST_TILES)]
    cut = next(source, None) is not None
    if not small:
        raise PictureError("expected at least one picture for the contact sheet, found none; give more pictures")
    if cut:
        warnings.warn(f"the contact sheet shows the first {MOST_TILES} pictures; the rest is left out", stacklevel=2)
    return _laid_out(small, _columns(len(small), columns), _header(title, cut))


def bars(verdict: Verdict, width: int = TEXT, count: int = 3) -> Image.Image:
    """The ``count`` most probable labels as bars: an RGB image ``width`` wide and of one height for one ``count``.

    A bar is ``round(probability * width)`` pixels long on a track of ``width`` pixels. Raises ValueError for fewer than
    100 pixels or 1 bar.

    >>> from seefood.verdicts import Guess
    >>> bars(Verdict(None, "bees", None, 0.9, (Guess("bees", 0.9),), None), width=200, count=1).size
    (200, 29)
    """
    if width < 100 or count < 1:
        raise ValueError(
            f"expected a width of 100 or more and a count of 1 or more, found {width} and {count}; give more"
        )
    image = Image.new("RGB", (width, count * BAR_ROW - BAR_HEIGHT), CARD)
    draw = ImageDraw.Draw(image)
    for row, guess in enumerate(verdict.top[:count]):
        top = row * BAR_ROW
        baseline = top + BAR_LABEL
        write(draw, (0, baseline), guess.label, size=14, colour=INK, width=width - PERCENT)
        percent = _percent(guess.probability)
        write(draw, (width, baseline), percent, size=14, colour=MUTED, width=PERCENT, from_right=True)
        bar = top + BAR_LABEL + 7
        _pill(image, (0, bar), width, TRACK)
        _pill(image, (0, bar), round(guess.probability * width), BEST if row == 0 else OTHER)
    return image


def thumbnail(picture: NDArray[np.uint8], side: int = PICTURE) -> Image.Image:
    """The whole picture, undistorted, in the middle of a square of ``side`` pixels; small ones keep their pixels sharp.

    >>> thumbnail(np.zeros((30, 40, 3), np.uint8), side=80).size
    (80, 80)
    """
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    resampling = Image.Resampling.NEAREST if scale > 3 else Image.Resampling.LANCZOS
    image = Image.fromarray(np.ascontiguousarray(picture)).resize(size, resampling, reducing_gap=3.0)
    square = Image.new("RGB", (side, side), WELL)
    square.paste(image, ((side - size[0]) // 2, (side - size[1]) // 2))
    return square


@dataclass(frozen=True, slots=True)
class _Reduced:
    """A tile whose picture is already small."""

    picture: Image.Image
    verdict: Verdict
    truth: str | None
    caption: str | None
    mark: Mark | None


def _reduced(tile: Tile) -> _Reduced:
    return _Reduced(thumbnail(tile.picture), tile.verdict, tile.truth, tile.caption, tile.mark)


def _card(tile: _Reduced, height: int) -> Image.Image:
    card = blank_card(TILE_WIDTH, height)
    draw = ImageDraw.Draw(card)
    card.paste(tile.picture, (PADDING, PADDING), rounded(PICTURE, PICTURE, 6))
    left = PADDING + PICTURE + GUTTER
    _headline(card, draw, tile, left)
    labels = bars(tile.verdict)
    card.paste(labels, (left, PADDING + PICTURE - labels.height))
    baseline = PADDING + PICTURE + FOOTER - 4
    if tile.caption is not None:
        write(draw, (PADDING, baseline), tile.caption, size=13, colour=MUTED, width=PICTURE)
    if tile.truth is not None:
        write(draw, (left, baseline), f"truth: {tile.truth}", size=13, colour=_colour(tile.mark), width=TEXT)
    return card


def _headline(card: Image.Image, draw: ImageDraw.ImageDraw, tile: _Reduced, left: int) -> None:
    """The verdict, larger than all else; why not, where it is "not sure"; the mark, where the truth is known."""
    room = TEXT
    if tile.mark is not None:
        card.paste(_colour(tile.mark), (left + TEXT - BADGE, PADDING + 1), _badge(tile.mark))
        room -= BADGE + 8
    label, reason = tile.verdict.label, tile.verdict.reason
    baseline = PADDING + 20
    if label is not None:
        size = next((size for size in (22, 19) if length(label, size) <= room - 1), 17)
        write(draw, (left, baseline + 4), label, size=size, colour=INK, width=room, bold=True)
    if reason is not None:
        write(draw, (left, baseline), "Not sure", size=22, colour=UNSURE, width=room, bold=True)
        write(draw, (left, baseline + 20), f"{reason}: {IN_WORDS[reason]}", size=13, colour=MUTED, width=TEXT)


def _header(title: str | None, cut: bool) -> list[tuple[str, int, str]]:
    """The lines above the cards: text, size and colour."""
    lines = [] if title is None else [(title, 28, INK)]
    return [*lines, (f"the first {MOST_TILES} pictures; the rest is left out", 15, MUTED)] if cut else lines


def _laid_out(tiles: list[_Reduced], columns: int, header: list[tuple[str, int, str]]) -> Image.Image:
    footer = FOOTER if any(tile.truth is not None or tile.caption is not None for tile in tiles) else 0
    card_height = PADDING + PICTURE + footer + PADDING
    step_x, step_y = TILE_WIDTH + GAP, card_height + GAP
    head = sum(size + 18 for _, size, _ in header)
    width = 2 * MARGIN + columns * step_x - GAP
    height = 2 * MARGIN + head + math.ceil(len(tiles) / columns) * step_y - GAP
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    y = MARGIN
    for text, size, colour in header:
        write(draw, (MARGIN, y + size - 4), text, size=size, colour=colour, width=width - 2 * MARGIN, bold=size > 20)
        y += size + 18
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        sheet.paste(_card(tile, card_height), (MARGIN + column * step_x, y + row * step_y))
    return sheet


def _columns(tiles: int, columns: int | None) -> int:
    if columns is None:
        return min(8, math.ceil(math.sqrt(0.6 * tiles)))
    if not 1 <= columns <= MOST_COLUMNS:
        raise ValueError(f"expected 1 to {MOST_COLUMNS} columns, found {columns}; leave it out for a readable sheet")
    return min(columns, tiles)


def _colour(mark: Mark | None) -> str:
    return {"right": RIGHT, "wrong": WRONG, "unsure": UNSURE, None: MUTED}[mark]


def _percent(probability: float) -> str:
    """A percentage that claims 0 % or 100 % only where it is exactly so."""
    if 0.0 < probability < 0.005:
        return "<1%"
    return ">99%" if 0.995 < probability < 1.0 else f"{probability:.0%}"


def _pill(image: Image.Image, place: tuple[int, int], width: int, colour: str) -> None:
    """A bar with round ends; one too short for them is a slice of one."""
    if width > 0:
        mask = rounded(max(width, BAR_HEIGHT), BAR_HEIGHT, BAR_HEIGHT // 2).crop((0, 0, width, BAR_HEIGHT))
        image.paste(colour, place, mask)


@lru_cache(maxsize=8)
def _badge(mark: Mark) -> Image.Image:
    """A mask of a disc with a tick, a cross or a question mark cut out of it."""
    unit = SMOOTHNESS * BADGE / 24
    large = Image.new("L", (BADGE * SMOOTHNESS, BADGE * SMOOTHNESS), 0)
    draw = ImageDraw.Draw(large)
    draw.ellipse((0, 0, 24 * unit - 1, 24 * unit - 1), fill=255)
    strokes: dict[Mark, list[list[tuple[float, float]]]] = {
        "right": [[(6.5, 12.5), (10.5, 16.5), (17.5, 8)]],
        "wrong": [[(8, 8), (16, 16)], [(16, 8), (8, 16)]],
        "unsure": [
            [(9, 9.5), (9.6, 7.6), (12, 6.6), (14.4, 7.6), (15, 9.6), (12, 12.4), (12, 14)],
            [(12, 17), (12, 17.2)],
        ],
    }
    for stroke in strokes[mark]:
        _stroke(draw, [(x * unit, y * unit) for x, y in stroke], 2.2 * unit)
    return large.reduce(SMOOTHNESS)


def _stroke(draw: ImageDraw.ImageDraw, points: list[tuple[float, float]], width: float) -> None:
    """A line with round ends and corners, cut out of the mask."""
    draw.line(points, fill=0, width=round(width))
    for x, y in points:
        draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=0)
