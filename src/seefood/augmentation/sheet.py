"""One picture under every transform, as one image: a card for each, with its range and where it is unsafe."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from seefood.augmentation.borders import Border
from seefood.augmentation.shown import COLUMNS, Row, View, rows_of, small
from seefood.augmentation.views import Augmentation
from seefood.augmentation.warp import Picture
from seefood.augmentation.words import Language, said
from seefood.drawing.colours import INK, MUTED, PAPER, WELL
from seefood.drawing.lettering import length, wrapped, write
from seefood.drawing.maps import card as blank_card
from seefood.errors import ShapeError

__all__ = ["SIDE", "Look", "augmentation_sheet", "shown_sheet"]

SIDE = 170
"""Pixels: how large a view is shown. A larger picture is shrunk to it first, so that what is seen is what was done."""

# All in pixels.
MARGIN, GAP, PADDING, GUTTER = 28, 14, 18, 14
NAME, TEXT, SMALL, LINE = 20, 15, 14, 19
LOWEST = 40
THINNEST = 6
"""A line of one pixel is drawn as thick as this."""


@dataclass(frozen=True)
class Look:
    """What stands above the cards, and in which language.

    Attributes:
        title: the picture's name; None for none.
        size: (height, width) of the picture before it was shrunk; None: as it is.
        seed: of what is by chance.
        language: ``en`` or ``ko``.
    """

    title: str | None = None
    size: tuple[int, int] | None = None
    seed: int = 0
    language: Language = "en"


def augmentation_sheet(picture: Picture, augmentation: Augmentation, look: Look | None = None) -> Image.Image:
    """Draw each transform's range on one picture, uint8 [h, w, c] with 1 or 3 channels, as an RGB image.

    Raises:
        ShapeError: no transform, or no such picture.

    >>> augmentation_sheet(np.zeros((5, 5, 1), np.uint8), Augmentation.from_text("mirror")).size
    (1182, 367)
    """
    look = look or Look()
    shrunk = small(picture, SIDE)
    rows = rows_of(shrunk, augmentation, look.seed)
    size = (picture.shape[0], picture.shape[1])
    return shown_sheet(rows, augmentation.border, Look(look.title, look.size or size, look.seed, look.language))


def shown_sheet(rows: list[Row], border: Border, look: Look) -> Image.Image:
    """Draw rows that were made before.

    Raises:
        ShapeError: there is none.
    """
    if not rows:
        raise ShapeError("expected at least one transform for the sheet; found none; name one, such as mirror")
    inner = COLUMNS * (SIDE + GUTTER) - GUTTER
    shape = rows[0].views[0].picture.shape
    header = [(text, 28, INK) for text in (look.title,) if text is not None]
    header += [(line, TEXT, MUTED) for line in wrapped(_facts(shape, border, look), inner, TEXT)]
    shelves = [_shelf(shelf, inner, look.language) for shelf in _shelves(rows)]
    head = sum(size + 10 for _, size, _ in header) + 8
    height = 2 * MARGIN + head + sum(shelf.height + GAP for shelf in shelves) - GAP
    sheet = Image.new("RGB", (inner + 2 * PADDING + 2 * MARGIN, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    y = MARGIN
    for text, size, colour in header:
        write(draw, (MARGIN, y + size - 4), text, size=size, colour=colour, width=inner, bold=size > NAME)
        y += size + 10
    y += 8
    for shelf in shelves:
        sheet.paste(shelf, (MARGIN, y))
        y += shelf.height + GAP
    return sheet


def _shelves(rows: list[Row]) -> list[list[Row]]:
    """Cards that follow each other and need half the width at most stand side by side."""
    shelves: list[list[Row]] = []
    for row in rows:
        narrow = len(row.views) <= COLUMNS // 2
        before = shelves[-1] if shelves else []
        if narrow and len(before) == 1 and len(before[0].views) <= COLUMNS // 2:
            before.append(row)
        else:
            shelves.append([row])
    return shelves


def _shelf(rows: list[Row], inner: int, language: Language) -> Image.Image:
    """One card, or two of the same height."""
    if len(rows) == 1:
        return _card(rows[0], inner, language)
    half = (inner + 2 * PADDING - GAP) // 2 - 2 * PADDING
    lines = max(len(wrapped(said(language, row.transform.sentence), half, TEXT)) for row in rows)
    cards = [_card(row, half, language, lines) for row in rows]
    shelf = Image.new("RGB", (inner + 2 * PADDING, cards[0].height), PAPER)
    shelf.paste(cards[0], (0, 0))
    shelf.paste(cards[1], (shelf.width - cards[1].width, 0))
    return shelf


def _facts(shape: tuple[int, ...], border: Border, look: Look) -> str:
    """Sizes, border and seed, in one line."""
    height, width = look.size or (shape[0], shape[1])
    size = said(look.language, "{height} by {width} pixels", height=f"{height:,}", width=f"{width:,}")
    if (height, width) != (shape[0], shape[1]):
        shrunk = "{size}, shrunk to {height} by {width} first"
        size = said(look.language, shrunk, size=size, height=shape[0], width=shape[1])
    reflected = "beyond the edge: the picture again, mirrored"
    beyond = said(look.language, reflected if border.kind == "reflect" else "beyond the edge: one colour")
    return " · ".join((size, beyond, said(look.language, "seed {seed}", seed=look.seed)))


def _card(row: Row, inner: int, language: Language, room: int = 0) -> Image.Image:
    """Name, range and sentence, which has room for so many lines at least; below them the views."""
    transform = row.transform
    lines = wrapped(said(language, transform.sentence), inner, TEXT)
    tiles = [_tile(view.picture) for view in row.views]
    tall = max(LOWEST, *(tile.height for tile in tiles))
    top = PADDING + NAME + 10 + LINE * max(room, len(lines)) + 8
    caption = 2 * LINE if transform.has_range else LINE
    image = blank_card(inner + 2 * PADDING, top + tall + caption + PADDING - 4)
    draw = ImageDraw.Draw(image)
    name = said(language, transform.name)
    write(draw, (PADDING, PADDING + 17), name, size=NAME, colour=INK, width=inner, bold=True)
    left = PADDING + round(length(name, NAME)) + 18
    about = _about(row, language)
    write(draw, (left, PADDING + 17), about, size=TEXT, colour=MUTED, width=inner + PADDING - left)
    for index, line in enumerate(lines):
        write(draw, (PADDING, PADDING + NAME + 22 + LINE * index), line, size=TEXT, colour=INK, width=inner)
    for column, (view, tile) in enumerate(zip(row.views, tiles, strict=True)):
        place = (PADDING + column * (SIDE + GUTTER), top)
        image.paste(WELL, (*place, place[0] + SIDE, place[1] + tall))
        image.paste(tile, (place[0] + (SIDE - tile.width) // 2, place[1] + (tall - tile.height) // 2))
        _write_caption(draw, (place[0], top + tall), view, language)
    return image


def _about(row: Row, language: Language) -> str:
    """The range, and how often, where not always."""
    transform = row.transform
    about = said(language, "Range: {range}.", range=transform.range(language))
    if transform.chance == 1:
        return about
    return f"{about} {said(language, 'In {share} of the views.', share=f'{transform.chance:.0%}')}"


def _write_caption(draw: ImageDraw.ImageDraw, place: tuple[int, int], view: View, language: Language) -> None:
    """What was done, and below it why it is shown."""
    done, kind = view.said(language)
    for index, (text, colour) in enumerate(((done, INK), (kind, MUTED))):
        baseline = place[1] + 17 + LINE * index
        write(draw, (place[0], baseline), text, size=SMALL, colour=colour, width=SIDE + GUTTER - 4)


def _tile(picture: Picture) -> Image.Image:
    """As large as there is room, whole; small ones keep their pixels sharp."""
    height, width, channels = picture.shape
    scale = SIDE / max(height, width)
    size = max(THINNEST, round(width * scale)), max(THINNEST, round(height * scale))
    image = Image.fromarray(np.ascontiguousarray(picture[..., 0] if channels == 1 else picture)).convert("RGB")
    if size == image.size:
        return image
    return image.resize(size, Image.Resampling.NEAREST if scale > 3 else Image.Resampling.BICUBIC)
