"""One picture with the evidence for what was said about it: maps laid over the photo, and the check by covering.

Orange is for, blue against; a solid line surrounds what is strongly for, a dotted one what is strongly against, and the
sums stand below each map, so that the sheet reads the same in grey.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from seefood.drawing.colours import BEST, CARD, EDGE, INK, MUTED, OTHER, PAPER, RIGHT, TRACK, UNSURE, signed
from seefood.drawing.figures import MINUS
from seefood.drawing.lettering import length, write
from seefood.drawing.maps import card
from seefood.drawing.shapes import rounded
from seefood.evaluation.evidence_overlay import SIDE, Place, Subject
from seefood.evaluation.evidence_words import WORDS, Language, Words, percent, title

__all__ = ["Subject", "evidence_sheet"]

MISSING = "–"

# All in pixels.
MARGIN, GAP, PADDING = 28, 16, 16
HEADING, SCALE_ROW, TEXT_ROW = 30, 46, 20
BAR_ROW, BAR_HEIGHT = 38, 8
TITLE, SUBTITLE = 26, 15


def evidence_sheet(subject: Subject, language: Language = "en") -> Image.Image:
    """The sheet as an RGB image: photo, maps of both classes, their difference, the covered picture, how to read it.

    Raises:
        OutputError: no font here has the language's letters.
    """
    words = WORDS[language]
    words.check_font()
    place = Place.of(subject)
    largest = max(float(np.abs(values).max(initial=0.0)) for values in subject.maps[:2])
    panels = [
        _panel(words.photo, place.photo(), _bars(subject)),
        _map_panel(subject, place, 0, largest, words),
        _map_panel(subject, place, 1, largest, words),
        _map_panel(subject, place, 2, float(np.abs(subject.maps[2]).max(initial=0.0)), words),
        _check(subject, place, words),
        _legend(subject, words),
    ]
    return _laid_out(title(subject.labels, subject.probabilities[0], subject, words), subject, words, panels)


def _panel(heading: str, picture: Image.Image | None, below: Sequence[Image.Image], lines: int = 0) -> Image.Image:
    """A heading, a picture, and what stands below it; with room for so many lines more than usual."""
    height = PADDING + HEADING + SIDE + 10 + 2 * BAR_ROW + lines * TEXT_ROW + PADDING
    image = card(SIDE + 2 * PADDING, height)
    draw = ImageDraw.Draw(image)
    write(draw, (PADDING, PADDING + 16), heading, size=16, colour=INK, width=SIDE, bold=True)
    if picture is not None:
        image.paste(picture, (PADDING, PADDING + HEADING), rounded(SIDE, SIDE, 6))
    y = PADDING + HEADING + SIDE + 12
    for part in below:
        image.paste(part, (PADDING, y))
        y += part.height
    return image


def _map_panel(subject: Subject, place: Place, which: int, largest: float, words: Words) -> Image.Image:
    values = subject.maps[which]
    first, second = subject.labels
    headings = (
        words.evidence_for.format(label=first),
        words.evidence_for.format(label=second),
        words.rather_than.format(label=first, rival=second),
    )
    drawn = place.laid_over(values, largest, region=which == 2)
    magnitude = float(np.abs(values).sum()) or 1.0
    share = float(np.maximum(values, 0).sum()) / magnitude
    text = words.shares.format(positive=percent(share, whole=True), negative=percent(1 - share, whole=True))
    if which == 2 and subject.total is not None:
        text = words.total.format(total=_number(subject.total, 2)) + "  " + text
    return _panel(headings[which], drawn, [_scale(largest), _line(text)], 2 * (which == 2))


def _scale(largest: float) -> Image.Image:
    """A bar of the colours with numbers below it."""
    image = Image.new("RGB", (SIDE, SCALE_ROW), CARD)
    colours = np.repeat(signed(np.linspace(-1, 1, SIDE))[np.newaxis], 12, axis=0)
    image.paste(EDGE, (0, 2), rounded(SIDE, 14, 3))
    image.paste(Image.fromarray(colours[:, 1:-1]), (1, 3))
    draw = ImageDraw.Draw(image)
    for text, x in ((_number(-largest), 0), (_number(largest), SIDE)):
        write(draw, (x, 34), text, size=13, colour=MUTED, width=120, from_right=x > 0)
    draw.line(((SIDE // 2, 3), (SIDE // 2, 18)), fill=INK)
    write(draw, (SIDE // 2 + 4, 33), "0", size=13, colour=MUTED, width=20, from_right=True)
    return image


def _line(text: str, colour: str = MUTED) -> Image.Image:
    image = Image.new("RGB", (SIDE, TEXT_ROW), CARD)
    write(ImageDraw.Draw(image), (0, 14), text, size=14, colour=colour, width=SIDE)
    return image


def _bar(label: str, probability: float, colour: str) -> Image.Image:
    """A probability as a bar on a track, with its number."""
    image = Image.new("RGB", (SIDE, BAR_ROW), CARD)
    draw = ImageDraw.Draw(image)
    write(draw, (0, 14), label, size=14, colour=INK, width=SIDE - 60)
    write(draw, (SIDE, 14), percent(probability), size=14, colour=MUTED, width=60, from_right=True)
    for width, paint in ((SIDE, TRACK), (round(SIDE * probability), colour)):
        if width > 0:
            mask = rounded(max(width, BAR_HEIGHT), BAR_HEIGHT, BAR_HEIGHT // 2).crop((0, 0, width, BAR_HEIGHT))
            image.paste(paint, (0, 20), mask)
    return image


def _bars(subject: Subject) -> list[Image.Image]:
    colours = (UNSURE if subject.reason else BEST, OTHER)
    return [
        _bar(label, probability, colour)
        for label, probability, colour in zip(subject.labels, subject.probabilities, colours, strict=True)
    ]


def _check(subject: Subject, place: Place, words: Words) -> Image.Image:
    """The covered picture and what it was judged; an empty card where nothing was covered."""
    if subject.erased is None:
        return _panel("", None, [], 2)
    return _panel(words.covered, place.covered(), _falls(subject, words), 2)


def _falls(subject: Subject, words: Words) -> list[Image.Image]:
    """What covering does to the class's probability."""
    if subject.erased is None:
        return []
    _, _, after, elsewhere = subject.erased
    bars = [_bar(words.covered_here.format(label=subject.labels[0]), after, BEST)]
    if elsewhere is not None:
        bars.append(_bar(words.covered_elsewhere, elsewhere, OTHER))
    before, then, other = (MISSING if value is None else _number(value, 2) for value in subject.log_odds)
    odds = words.log_odds.format(before=before, after=then, elsewhere=other)
    said = (words.agrees, RIGHT) if subject.agrees else (words.disagrees, UNSURE)
    return [*bars, _line(odds), _line(*said)]


def _legend(subject: Subject, words: Words) -> Image.Image:
    """How to read the sheet."""
    image = _panel(words.how, None, [], 2)
    draw = ImageDraw.Draw(image)
    y = PADDING + HEADING
    for text in words.explained(by_covering=subject.by_covering, checked=subject.erased is not None):
        for line in _broken(text, 14, SIDE):
            write(draw, (PADDING, y + 15), line, size=14, colour=MUTED, width=SIDE)
            y += TEXT_ROW
        y += 8
    return image


def _laid_out(heading: str, subject: Subject, words: Words, panels: Sequence[Image.Image]) -> Image.Image:
    """Title and subtitle above three columns."""
    step_x, step_y = panels[0].width + GAP, panels[0].height + GAP
    width, height = 3 * step_x - GAP, step_y + panels[-1].height
    lines = _broken(heading, TITLE, width)[:3]
    head = len(lines) * (TITLE + 10) + SUBTITLE + 26
    sheet = Image.new("RGB", (width + 2 * MARGIN, 2 * MARGIN + head + height), PAPER)
    draw = ImageDraw.Draw(sheet)
    y = MARGIN + TITLE - 2
    for line in lines:
        write(draw, (MARGIN, y), line, size=TITLE, colour=INK, width=width, bold=True)
        y += TITLE + 10
    write(draw, (MARGIN, y - 6), words.subtitle(subject.name, subject.reason), size=SUBTITLE, colour=MUTED, width=width)
    for number, panel in enumerate(panels):
        row, column = divmod(number, 3)
        sheet.paste(panel, (MARGIN + column * step_x, MARGIN + head + row * step_y))
    return sheet


def _broken(text: str, size: int, width: int) -> list[str]:
    """Text in lines of ``width`` pixels, broken between words."""
    broken: list[str] = []
    for word in text.split():
        longer = f"{broken[-1]} {word}" if broken else word
        if broken and length(longer, size) <= 0.96 * width:
            broken[-1] = longer
        else:
            broken.append(word)
    return broken


def _number(value: float, decimals: int | None = None) -> str:
    """With a sign, and three digits where no decimals are asked for: what a place says."""
    written = f"{value:+.3g}" if decimals is None else f"{value:+.{decimals}f}"
    return written.replace("-", MINUS) if value else "0"
