"""The cards of a sheet of evidence: each with a heading, a picture, and what stands below it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from seefood.drawing.colours import BEST, CARD, EDGE, INK, MUTED, OTHER, RIGHT, TRACK, UNSURE, signed
from seefood.drawing.lettering import wrapped, write
from seefood.drawing.maps import card
from seefood.drawing.shapes import rounded
from seefood.evaluation.evidence_overlay import Seen, Subject
from seefood.evaluation.evidence_words import Words, percent

__all__ = ["BELOW", "GAP", "PADDING", "Card", "bars", "maps", "reading", "stacked"]

MISSING = "–"

# All in pixels.
PADDING, GAP = 16, 16
HEADING, HEADING_ROW, TEXT, TEXT_ROW = 16, 22, 14, 20
SCALE_ROW, BAR_ROW, BAR_HEIGHT = 46, 38, 8
BELOW = 12
"""Between a picture and what stands below it."""


@dataclass(frozen=True, eq=False)
class Card:
    """What stands on a card, before it is known how high its neighbours are; all as wide as the picture."""

    heading: str
    picture: Image.Image | None
    below: tuple[Image.Image, ...]
    width: int

    @property
    def heading_lines(self) -> list[str]:
        """The heading, in two lines at most; the second one holds the rest and may be cut."""
        lines = wrapped(self.heading, round(0.94 * self.width), HEADING)
        return [*lines[:1], " ".join(lines[1:])] if len(lines) > 1 else lines

    def height(self, heading_rows: int) -> int:
        """Pixels, where headings of the row take so many lines; without a heading text begins at the top."""
        picture = 0 if self.picture is None else self.picture.height + BELOW
        return 2 * PADDING + self._head(heading_rows) + picture + sum(part.height for part in self.below)

    def _head(self, rows: int) -> int:
        return rows * HEADING_ROW + 8 if self.heading else 0

    def drawn(self, heading_rows: int, height: int) -> Image.Image:
        """The card, as high as its row."""
        image = card(self.width + 2 * PADDING, height)
        draw = ImageDraw.Draw(image)
        y = PADDING
        for line in self.heading_lines:
            write(draw, (PADDING, y + HEADING), line, size=HEADING, colour=INK, width=self.width, bold=True)
            y += HEADING_ROW
        y = PADDING + self._head(heading_rows)
        if self.picture is not None:
            left = PADDING + (self.width - self.picture.width) // 2
            image.paste(self.picture, (left, y), rounded(*self.picture.size, 6))
            y += self.picture.height + BELOW
        for part in self.below:
            image.paste(part, (PADDING, y))
            y += part.height
        return image


def maps(subject: Subject, words: Words, side: int) -> list[Card]:
    """The class, its rival, the one rather than the other, and the covered picture, where one was covered."""
    seen = Seen.of(subject, side)
    largest = max(float(np.abs(values).max(initial=0.0)) for values in subject.maps[:2])
    own = float(np.abs(subject.maps[2]).max(initial=0.0))
    shown = [_map(subject, seen, which, largest if which < 2 else own, (words, side)) for which in range(3)]
    if subject.erased is not None:
        shown.append(Card(words.covered, seen.covered(), _falls(subject, words, side), side))
    return shown


def _map(subject: Subject, seen: Seen, which: int, largest: float, look: tuple[Words, int]) -> Card:
    words, side = look
    values = subject.maps[which]
    first, second = subject.labels
    headings = (
        words.evidence_for.format(label=first),
        words.evidence_for.format(label=second),
        words.rather_than.format(label=first, rival=second),
    )
    magnitude = float(np.abs(values).sum()) or 1.0
    share = float(np.maximum(values, 0).sum()) / magnitude
    text = words.shares.format(positive=percent(share, whole=True), negative=percent(1 - share, whole=True))
    if which == 2 and subject.total is not None:
        text = words.total.format(total=_number(subject.total, 2)) + "  " + text
    drawn = seen.laid_over(values, largest, region=which == 2)
    return Card(headings[which], drawn, (_scale(largest, side), _text(text, side)), side)


def _scale(largest: float, width: int) -> Image.Image:
    """A bar of the colours with numbers below it."""
    image = Image.new("RGB", (width, SCALE_ROW), CARD)
    colours = np.repeat(signed(np.linspace(-1, 1, width))[np.newaxis], 12, axis=0)
    image.paste(EDGE, (0, 2), rounded(width, 14, 3))
    image.paste(Image.fromarray(colours[:, 1:-1]), (1, 3))
    draw = ImageDraw.Draw(image)
    for text, x in ((_number(-largest), 0), (_number(largest), width)):
        write(draw, (x, 34), text, size=13, colour=MUTED, width=(width - 40) // 2, from_right=x > 0)
    draw.line(((width // 2, 3), (width // 2, 18)), fill=INK)
    write(draw, (width // 2 + 4, 33), "0", size=13, colour=MUTED, width=20, from_right=True)
    return image


def _text(text: str, width: int, colour: str = MUTED) -> Image.Image:
    lines = wrapped(text, round(0.98 * width), TEXT)
    image = Image.new("RGB", (width, len(lines) * TEXT_ROW), CARD)
    for number, line in enumerate(lines):
        place = 0, number * TEXT_ROW + 14
        write(ImageDraw.Draw(image), place, line, size=TEXT, colour=colour, width=width)
    return image


def _bar(label: str, probability: float, colour: str, width: int) -> Image.Image:
    """A probability as a bar on a track, with its number; its label takes two lines where it is long."""
    first, *others = wrapped(label, width - 60, TEXT) or [""]
    lines = [first, " ".join(others)] if others else [first]
    down = (len(lines) - 1) * TEXT_ROW
    image = Image.new("RGB", (width, BAR_ROW + down), CARD)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        write(draw, (0, 14 + number * TEXT_ROW), line, size=TEXT, colour=INK, width=width - 60)
    write(draw, (width, 14 + down), percent(probability), size=TEXT, colour=MUTED, width=60, from_right=True)
    for wide, paint in ((width, TRACK), (round(width * probability), colour)):
        if wide > 0:
            mask = rounded(max(wide, BAR_HEIGHT), BAR_HEIGHT, BAR_HEIGHT // 2).crop((0, 0, wide, BAR_HEIGHT))
            image.paste(paint, (0, 20 + down), mask)
    return image


def bars(subject: Subject, width: int) -> list[Image.Image]:
    """The two probabilities."""
    colours = (UNSURE if subject.reason else BEST, OTHER)
    return [
        _bar(label, probability, colour, width)
        for label, probability, colour in zip(subject.labels, subject.probabilities, colours, strict=True)
    ]


def _falls(subject: Subject, words: Words, width: int) -> tuple[Image.Image, ...]:
    """What covering does to the class's probability."""
    if subject.erased is None:
        return ()
    _, _, after, elsewhere = subject.erased
    shown = [_bar(words.covered_here.format(label=subject.labels[0]), after, BEST, width)]
    if elsewhere is not None:
        shown.append(_bar(words.covered_elsewhere, elsewhere, OTHER, width))
    before, then, other = (MISSING if value is None else _number(value, 2) for value in subject.log_odds)
    odds = words.log_odds.format(before=before, after=then, elsewhere=other)
    said = (words.agrees, RIGHT) if subject.agrees else (words.disagrees, UNSURE)
    return (*shown, _text(odds, width), _text(said[0], width, said[1]))


def reading(subject: Subject, words: Words, width: int) -> list[Image.Image]:
    """How to read the sheet: a heading, and an image for each paragraph."""
    told = words.explained(by_covering=subject.by_covering, checked=subject.erased is not None)
    heading = Image.new("RGB", (width, HEADING_ROW + 6), CARD)
    write(ImageDraw.Draw(heading), (0, HEADING), words.how, size=HEADING, colour=INK, width=width, bold=True)
    return [heading, *(stacked([_text(text, width), Image.new("RGB", (width, 8), CARD)]) for text in told)]


def stacked(parts: Sequence[Image.Image]) -> Image.Image:
    """One image below the other."""
    image = Image.new("RGB", (max(part.width for part in parts), sum(part.height for part in parts)), CARD)
    y = 0
    for part in parts:
        image.paste(part, (0, y))
        y += part.height
    return image


def _number(value: float, decimals: int | None = None) -> str:
    """With a sign, and three digits where no decimals are asked for: what a place says.

    The minus is the one that every font has: some with Korean letters have no other.
    """
    written = f"{value:+.3g}" if decimals is None else f"{value:+.{decimals}f}"
    return written if value else "0"
