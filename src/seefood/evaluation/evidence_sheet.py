"""One picture with the evidence for what was said about it: maps laid over the photo, and the check by covering.

Orange is for, blue against; a solid line surrounds what is strongly for, a dotted one what is strongly against, and the
sums stand below each map, so that the sheet reads the same in grey. The sheet follows the photo's shape: a tall one has
a column of its own, a wide one a row.
"""

from collections.abc import Sequence
from itertools import combinations, pairwise

from PIL import Image, ImageDraw

from seefood.drawing.colours import CARD, INK, MUTED, PAPER
from seefood.drawing.lettering import wrapped, write
from seefood.evaluation.evidence_cards import BELOW, GAP, PADDING, Card, bars, maps, reading, stacked
from seefood.evaluation.evidence_overlay import Subject, shape_of, whole
from seefood.evaluation.evidence_words import WORDS, Language, Words, title

__all__ = ["Subject", "evidence_sheet"]

TALL, VERY_WIDE = 1.15, 2.1
"""Times as wide as high: up to the first a photo is tall, beyond the second it takes the whole width."""

# All in pixels.
MARGIN, WIDTH = 28, 1136
COLUMNS = range(336, 488, 8)
"""How wide a tall photo's column may be, inside; two maps share what is left."""
OF_MAPS = 350
"""About what two rows of maps need beside the maps themselves, downwards."""
HIGHEST = 400
"""A photo in a row of its own."""
NARROWEST = 380
"""Text beside a photo."""
TITLE, SUBTITLE = 26, 15


def evidence_sheet(subject: Subject, language: Language = "en") -> Image.Image:
    """The sheet as an RGB image: photo, maps of both classes, their difference, the covered picture, how to read it.

    Raises:
        OutputError: no font here has the language's letters.
    """
    words = WORDS[language]
    words.check_font()
    shape = shape_of(subject)
    if shape <= TALL:
        body = _beside(subject, words)
    elif shape <= VERY_WIDE:
        body = _below(_photo_and_text(subject, words), _row_of_maps(subject, words))
    else:
        body = _below(_photo_above_text(subject, words), _row_of_maps(subject, words))
    return _titled(title(subject.labels, subject.probabilities[0], subject, words), subject, words, body)


def _beside(subject: Subject, words: Words) -> Image.Image:
    """A tall photo in a column, with the text below it; the maps beside it, two in a row."""
    column = min(COLUMNS, key=lambda width: _left_over(subject, words, width))
    shown = maps(subject, words, _side(column))
    grid = _below(_row(shown[:2]), _row(shown[2:]))
    text = _told(subject, words, column)
    beside = Card(words.photo, None, text, column).height(1) + BELOW
    photo = whole(subject, column, max(COLUMNS[0], grid.height - beside))
    left = Card(words.photo, photo, text, column)
    height = max(grid.height, left.height(1))
    body = Image.new("RGB", (WIDTH, height), PAPER)
    body.paste(left.drawn(1, height), (0, 0))
    body.paste(grid, (WIDTH - grid.width, 0))
    return body


def _side(column: int) -> int:
    """Of each of two maps beside a column."""
    return (WIDTH - column - 2 * GAP - 6 * PADDING) // 2


def _left_over(subject: Subject, words: Words, column: int) -> float:
    """About how many pixels are left empty below the column, or how many the photo is too high for it."""
    beside = Card(words.photo, None, _told(subject, words, column), column).height(1) + BELOW
    return abs(2 * _side(column) + OF_MAPS - beside - column / shape_of(subject))


def _told(subject: Subject, words: Words, width: int) -> tuple[Image.Image, ...]:
    """The probabilities, and how to read the sheet."""
    return (*bars(subject, width), Image.new("RGB", (width, 8), CARD), *reading(subject, words, width))


def _photo_and_text(subject: Subject, words: Words) -> Image.Image:
    """A photo in a row, with the text beside it."""
    widest = WIDTH - GAP - 4 * PADDING - NARROWEST
    photo = whole(subject, widest, HIGHEST)
    room = WIDTH - GAP - 4 * PADDING - photo.width
    return _row([Card(words.photo, photo, (), photo.width), Card("", None, _told(subject, words, room), room)])


def _photo_above_text(subject: Subject, words: Words) -> Image.Image:
    """A very wide photo in a row, with the text below it in three columns."""
    width = WIDTH - 2 * PADDING
    column = (width - 2 * 2 * GAP) // 3
    how, *paragraphs = reading(subject, words, column)
    parts = [stacked(bars(subject, column)), stacked([how, paragraphs[0]]), *paragraphs[1:]]
    text = Image.new("RGB", (width, max(image.height for image in _flowed(parts, 3))), CARD)
    for number, image in enumerate(_flowed(parts, 3)):
        text.paste(image, (number * (column + 2 * GAP), 0))
    return _row([Card(words.photo, whole(subject, width, HIGHEST), (text,), width)])


def _flowed(parts: Sequence[Image.Image], columns: int) -> list[Image.Image]:
    """Parts in columns, in their order, so that the highest is as low as can be."""
    cuts = combinations(range(1, len(parts)), min(columns, len(parts)) - 1)
    ways = [[parts[a:b] for a, b in pairwise((0, *cut, len(parts)))] for cut in cuts]
    best = min(ways, key=lambda way: max(sum(part.height for part in column) for column in way))
    return [stacked(column) for column in best]


def _row_of_maps(subject: Subject, words: Words) -> Image.Image:
    count = len(subject.maps) + (subject.erased is not None)
    return _row(maps(subject, words, (WIDTH - (count - 1) * GAP) // count - 2 * PADDING))


def _row(cards: Sequence[Card]) -> Image.Image:
    """Cards beside each other, all as high as the highest."""
    rows = max(len(each.heading_lines) for each in cards)
    height = max(each.height(rows) for each in cards)
    drawn = [each.drawn(rows, height) for each in cards]
    image = Image.new("RGB", (sum(each.width for each in drawn) + GAP * (len(drawn) - 1), height), PAPER)
    x = 0
    for each in drawn:
        image.paste(each, (x, 0))
        x += each.width + GAP
    return image


def _below(above: Image.Image, below: Image.Image) -> Image.Image:
    image = Image.new("RGB", (max(above.width, below.width), above.height + GAP + below.height), PAPER)
    image.paste(above, (0, 0))
    image.paste(below, (0, above.height + GAP))
    return image


def _titled(heading: str, subject: Subject, words: Words, body: Image.Image) -> Image.Image:
    """Title and subtitle above everything else."""
    lines = wrapped(heading, round(0.96 * WIDTH), TITLE)[:3]
    head = len(lines) * (TITLE + 10) + SUBTITLE + 26
    sheet = Image.new("RGB", (WIDTH + 2 * MARGIN, 2 * MARGIN + head + body.height), PAPER)
    draw = ImageDraw.Draw(sheet)
    y = MARGIN + TITLE - 2
    for line in lines:
        write(draw, (MARGIN, y), line, size=TITLE, colour=INK, width=WIDTH, bold=True)
        y += TITLE + 10
    write(draw, (MARGIN, y - 6), words.subtitle(subject.name, subject.reason), size=SUBTITLE, colour=MUTED, width=WIDTH)
    sheet.paste(body, (MARGIN, MARGIN + head))
    return sheet
