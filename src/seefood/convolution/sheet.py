"""A picture, kernels and what they answer, as one image of cards: chapter 1 to look at.

Each card holds the picture, the kernel as a grid of signed colours, and the response with its scale in words; with a
chosen answer it is marked in both and its arithmetic written below.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from seefood.convolution.answered import TURNED, Answered
from seefood.convolution.arithmetic import Arithmetic, common_part, in_words
from seefood.convolution.arithmetic_picture import LINE, SMALL, arithmetic_picture, write_lines
from seefood.convolution.description import sum_of_weights
from seefood.convolution.display import Shown, shown_picture, shown_response
from seefood.convolution.geometry import Geometry
from seefood.convolution.grids import kernel_grid
from seefood.drawing.colours import CARD, EDGE, INK, MUTED, PAPER, SERIES, WELL
from seefood.drawing.lettering import length, wrapped, write
from seefood.drawing.maps import card as blank_card
from seefood.errors import ShapeError

__all__ = ["MOST_CARDS", "convolution_sheet"]

MOST_CARDS = 64

# All in pixels.
MARGIN, GAP, PADDING, GUTTER = 28, 16, 18, 22
TITLE = 20
PICTURE_WIDTHS = {1: 430, 2: 360, 3: 360}
MANY = 250
LEAST_HEIGHT, LEAST_WIDTH = 12, 190
BAR, SCALE = 8, 54
GRID_WIDTH = 200
MARK, HALO = SERIES[1], "#ffffff"

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class _Card:
    """A card before it is laid out: pictures already small, the response forgotten."""

    name: str
    sentence: str
    answer: Shown
    grid: Image.Image
    notes: list[str]
    caption: str
    marks: tuple[tuple[int, int, int, int], tuple[int, int, int, int]] | None
    arithmetic: Arithmetic | None


def convolution_sheet(
    picture: NDArray[np.uint8], answers: Iterable[Answered], count: int = 1, title: str | None = None
) -> Image.Image:
    """Draw kernels and what they answer to a picture, uint8 [h, w] or [h, w, 3], as an RGB image.

    Responses are read one after the other and kept only as small pictures. ``count`` says how many will come, so that
    few are drawn large; more than `MOST_CARDS` are left out, and the sheet says so.

    Raises:
        ShapeError: no answer at all, or one that is neither grey nor of three channels, or not finite.
    """
    width = PICTURE_WIDTHS.get(count, MANY)
    height = int(np.clip(width * picture.shape[0] / picture.shape[1], width // 3, width * 5 // 4))
    original = shown_picture(picture, (height, width))
    box = (max(original.image.height, LEAST_HEIGHT), max(original.image.width, LEAST_WIDTH))
    source = iter(answers)
    cards = [_prepared(answer, box) for answer in islice(source, MOST_CARDS)]
    if not cards:
        raise ShapeError("expected at least one kernel for the sheet; found none; give one")
    header = [] if title is None else [(title, 28, INK)]
    if next(source, None) is not None:
        header.append((f"the first {MOST_CARDS} kernels; the rest is left out", 15, MUTED))
    grid_width = max(150, *(card.grid.width for card in cards))
    drawn = [_drawn(card, original, box, grid_width) for card in cards]
    return _laid_out(drawn, 2 if count > max(PICTURE_WIDTHS) else 1, header)


def _prepared(answer: Answered, box: tuple[int, int]) -> _Card:
    kernel = answer.laid
    keeps = abs(float(kernel.values.sum()) - 1) < 1e-4 and not answer.bias
    shown = shown_response(answer.response, box, as_picture=keeps)
    grid = kernel_grid(kernel.values, GRID_WIDTH)
    low, high = float(answer.response.min()), float(answer.response.max())
    arithmetic = answer.arithmetic
    return _Card(
        name=kernel.name,
        sentence=answer.sentence,
        answer=shown,
        grid=grid.image,
        notes=_notes(answer, grid.cells),
        caption=f"answers {in_words(low)} to {in_words(high)}",
        marks=None if arithmetic is None else _marks(answer.geometry, arithmetic.place),
        arithmetic=arithmetic,
    )


def _notes(answer: Answered, cells: str) -> list[str]:
    """What stands below the kernel: its size, its sum, and how it walked."""
    weights, way = answer.laid.values, answer.geometry
    part = common_part(weights)
    sizes = " by ".join(map(str, weights.shape))
    notes = [f"{sizes}{f', each × 1/{part}' if part > 1 and cells == 'numbers' else ''}"]
    notes.append(f"sum of weights {in_words(sum_of_weights(weights))}")
    if cells != "numbers":
        notes.append("+ orange, − blue" if cells == "signs" else "orange above 0, blue below")
    settings = [
        TURNED if answer.flip else "",
        f"stride {_pair(way.stride)}" if way.stride != (1, 1) else "",
        f"dilation {_pair(way.dilation)}" if way.dilation != (1, 1) else "",
        f"bias {in_words(answer.bias)}" if answer.bias else "",
    ]
    if any(way.pads):
        top, left, bottom, right = way.pads
        even = (top, left) == (bottom, right)
        sides = _pair((top, left)) if even else f"{top} top, {left} left, {bottom} bottom, {right} right"
        settings.append(f"padding {sides}")
    return notes + [setting for setting in settings if setting]


def _pair(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}, {pair[1]}"


# --- marks


def _marks(way: Geometry, place: tuple[int, int]) -> tuple[tuple[int, int, int, int], tuple[int, int, int, int]]:
    """The pixels under the kernel, as far as they lie in the picture, and the answer: top, left, bottom, right."""
    top, left = way.corner(*place)
    bottom, right = min(top + way.reach[0], way.picture[0]), min(left + way.reach[1], way.picture[1])
    return (max(top, 0), max(left, 0), bottom, right), (place[0], place[1], place[0] + 1, place[1] + 1)


def _marked(shown: Shown, mark: tuple[int, int, int, int]) -> Image.Image:
    """The picture with a frame around the mark; never smaller than can be seen, never outside."""
    image = shown.image.copy()
    down, across = shown.zoom
    top, bottom = _stretched(mark[0] * down, mark[2] * down, image.height)
    left, right = _stretched(mark[1] * across, mark[3] * across, image.width)
    draw = ImageDraw.Draw(image)
    for outside, colour in ((3, INK), (2, HALO), (1, MARK), (0, MARK)):
        draw.rectangle((left - outside, top - outside, right + outside, bottom + outside), outline=colour)
    return image


def _stretched(start: float, end: float, limit: int) -> tuple[int, int]:
    middle, reach = (start + end) / 2, max(end - start, 9) / 2
    first = max(round(middle - reach) - 1, min(3, limit // 2))
    return first, max(first, min(round(middle + reach), limit - 4))


# --- cards


def _drawn(card: _Card, original: Shown, box: tuple[int, int], grid_width: int) -> Image.Image:
    """One card."""
    height, width = box
    inner = 2 * width + grid_width + 2 * GUTTER
    sentence = wrapped(card.sentence, inner, 14)
    captions = [
        [line for text in texts for line in wrapped(text, width, SMALL)]
        for texts in (["picture", original.size], [card.caption, card.answer.size, card.answer.averaged])
    ]
    notes = [line for text in card.notes for line in wrapped(text, grid_width, SMALL)]
    under = max(LINE * len(captions[0]), SCALE + LINE * len(captions[1]))
    body = max(height + 8 + under, card.grid.height + 8 + LINE * len(notes))
    top = PADDING + TITLE + 8 + LINE * len(sentence) + 8
    below = None if card.arithmetic is None else arithmetic_picture(card.arithmetic, inner)
    image = blank_card(inner + 2 * PADDING, top + body + (0 if below is None else below.height + 14) + PADDING - 6)
    draw = ImageDraw.Draw(image)
    write(draw, (PADDING, PADDING + 17), card.name, size=TITLE, colour=INK, width=inner, bold=True)
    for index, line in enumerate(sentence):
        write(draw, (PADDING, PADDING + TITLE + 20 + LINE * index), line, size=14, colour=INK, width=inner)
    lefts = (PADDING, PADDING + width + 2 * GUTTER + grid_width)
    for left, shown, mark, caption in zip(
        lefts, (original, card.answer), card.marks or (None, None), captions, strict=True
    ):
        picture = shown.image if mark is None else _marked(shown, mark)
        image.paste(WELL, (left, top, left + width, top + height))
        image.paste(picture, (left + (width - picture.width) // 2, top + (height - picture.height) // 2))
        bar = _scale_bar(shown.scale, width)
        image.paste(bar, (left, top + height + 6))
        write_lines(draw, (left, top + height + 8 + (SCALE if shown.scale else 0)), caption, width)
    left = PADDING + width + GUTTER
    drop = max(0, min((height - card.grid.height) // 2, body - card.grid.height - 8 - LINE * len(notes)))
    image.paste(card.grid, (left + (grid_width - card.grid.width) // 2, top + drop))
    write_lines(draw, (left, top + drop + card.grid.height + 8), notes, grid_width, centred=True)
    if below is not None:
        image.paste(below, (PADDING, top + body + 14))
    return image


def _scale_bar(scale: tuple[tuple[str, str], ...], width: int) -> Image.Image:
    """From black to white as on the response, with words and numbers for its ends, and for zero in its middle."""
    bar = Image.new("RGB", (width, SCALE - 6 if scale else 1), CARD)
    if not scale:
        return bar
    greys = np.linspace(0, 255, width).round().astype(np.uint8)
    bar.paste(EDGE, (0, 0, width, BAR))
    bar.paste(Image.fromarray(np.tile(greys, (BAR - 2, 1))[:, 1:-1]).convert("RGB"), (1, 1))
    draw = ImageDraw.Draw(bar)
    for index, stop in enumerate(scale):
        for line, text in enumerate(stop):
            room = width - length(text, SMALL)
            left = round(room * (index / (len(scale) - 1) if len(scale) > 1 else 0.5))
            write(draw, (left, BAR + 15 + 17 * line), text, size=SMALL, colour=INK if line else MUTED, width=width)
    return bar


def _laid_out(cards: list[Image.Image], columns: int, header: list[tuple[str, int, str]]) -> Image.Image:
    """Cards in rows, each row as high as its highest card."""
    rows = [cards[start : start + columns] for start in range(0, len(cards), columns)]
    heights = [max(card.height for card in row) for row in rows]
    width = 2 * MARGIN + columns * (cards[0].width + GAP) - GAP
    head = sum(size + 18 for _, size, _ in header)
    sheet = Image.new("RGB", (width, 2 * MARGIN + head + sum(heights) + GAP * (len(rows) - 1)), PAPER)
    draw = ImageDraw.Draw(sheet)
    y = MARGIN
    for text, size, colour in header:
        write(draw, (MARGIN, y + size - 4), text, size=size, colour=colour, width=width - 2 * MARGIN, bold=size > 20)
        y += size + 18
    for row, height in zip(rows, heights, strict=True):
        for column, card in enumerate(row):
            sheet.paste(card, (MARGIN + column * (cards[0].width + GAP), y))
        y += height + GAP
    return sheet
