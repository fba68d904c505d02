"""Contact sheets: what the pixels say, and that no input breaks them."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageColor

from seefood.drawing import lettering
from seefood.drawing.colours import BEST, OTHER, RIGHT, UNSURE, WRONG
from seefood.drawing.lettering import fitted, length
from seefood.errors import PictureError
from seefood.evaluation.contact_sheet import MOST_TILES, Mark, Tile, bars, contact_sheet, thumbnail
from seefood.verdicts import Guess, Reason, Verdict

ODD_TEXT = {
    "empty": "",
    "blank": " \t\n ",
    "lines": "two\nlines\r\nof\ttext",
    "emoji": "hot dog 🌭👨‍👩‍👧",
    "right to left": "שלום مرحبا",
    "Hangul": "한옥 고택",
    "Chinese": "汉字漢字",
    "accents": "café \N{EN DASH} naïve",
    "combining": "e\u0301" + "\u0323\u0307" * 30,
    "control": "a\x00b\x1b[31mc\u202e",
    "lone surrogate": "a\udcffb",
    "private": "\ue000\U0010fffd\uffff",
    "long": "wide " * 200_000,
    "one long word": "W" * 5000,
}


def verdict(
    labels: Sequence[str] = ("ants", "bees", "wasps"),
    probabilities: Sequence[float] = (0.6, 0.3, 0.1),
    reason: Reason | None = None,
) -> Verdict:
    top = tuple(itertools.starmap(Guess, zip(labels, probabilities, strict=True)))
    return Verdict(None, labels[0] if reason is None else None, reason, probabilities[0], top, None)


def picture(height: int = 60, width: int = 90, colour: tuple[int, int, int] = (200, 30, 30)) -> NDArray[np.uint8]:
    return np.full((height, width, 3), colour, np.uint8)


def has_colour(image: Image.Image, colour: str) -> NDArray[np.bool_]:
    return np.asarray((np.asarray(image) == ImageColor.getrgb(colour)).all(axis=2))


def longest_runs(image: Image.Image, colour: str) -> list[int]:
    """For each bar of the colour, from the top: how many pixels its longest row has."""
    counts: list[int] = has_colour(image, colour).sum(axis=1).tolist()
    return [max(rows) for some, rows in itertools.groupby(counts, key=bool) if some]


# --- bars


@pytest.mark.parametrize("width", [100, 200, 272])
@pytest.mark.parametrize("probabilities", [(0.6, 0.3, 0.1), (0.5, 0.25, 0.25), (1.0, 0.0, 0.0), (0.36, 0.33, 0.31)])
def test_bars_are_as_long_as_the_probability(width: int, probabilities: tuple[float, ...]) -> None:
    image = bars(verdict(probabilities=probabilities), width)
    best, *others = (round(probability * width) for probability in probabilities)
    assert longest_runs(image, BEST) == [best]
    assert longest_runs(image, OTHER) == [length for length in others if length]


def test_bars_in_the_sheet_are_as_long_as_the_probability() -> None:
    sheet = contact_sheet([Tile(picture(), verdict(probabilities=(0.75, 0.2, 0.05)))])
    assert longest_runs(sheet, BEST) == [round(0.75 * 272)]
    assert longest_runs(sheet, OTHER)[0] == round(0.2 * 272)


def test_short_bar_shows_something() -> None:
    image = bars(verdict(("ants", "bees"), (0.98, 0.01)), 272)
    blank = bars(verdict(("ants", "bees"), (0.98, 0.0)), 272)
    changed = (np.asarray(image)[55:] != np.asarray(blank)[55:]).any(axis=(0, 2))
    assert 1 <= changed.sum() <= round(0.01 * 272)


def test_bars_have_one_height_whatever_is_known() -> None:
    assert bars(verdict(("ants",), (1.0,))).size == bars(verdict()).size


@pytest.mark.parametrize(("width", "count"), [(99, 3), (0, 3), (200, 0)])
def test_bars_refuse(width: int, count: int) -> None:
    with pytest.raises(ValueError, match="expected a width"):
        bars(verdict(), width, count)


# --- thumbnails


@pytest.mark.parametrize(
    ("height", "width"), [(100, 100), (300, 150), (150, 300), (1, 1), (1, 5000), (5000, 1), (28, 28)]
)
def test_thumbnails_keep_the_shape(height: int, width: int) -> None:
    image = thumbnail(picture(height, width), side=150)
    assert image.size == (150, 150)
    inside = has_colour(image, "rgb(200, 30, 30)")
    scale = 150 / max(height, width)
    assert inside.any(axis=1).sum() == max(1, round(height * scale))
    assert inside.any(axis=0).sum() == max(1, round(width * scale))


def test_thumbnail_is_centred_and_upright() -> None:
    half = picture(100, 200)
    half[:50] = (20, 40, 220)
    pixels = np.asarray(thumbnail(half, side=100))
    assert tuple(pixels[35, 50]) == (20, 40, 220)
    assert tuple(pixels[65, 50]) == (200, 30, 30)
    assert (pixels[10] == pixels[90]).all()


def test_a_view_that_is_not_contiguous() -> None:
    mirrored = picture(40, 60)[:, ::-1, ::-1]
    assert tuple(np.asarray(thumbnail(mirrored))[84, 84]) == (30, 30, 200)


# --- sheets


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (7, 3), (60, 6), (200, 8)])
def test_sheets_of_every_size(count: int, columns: int) -> None:
    sheet = contact_sheet(Tile(picture(6, 9), verdict(), "ants", "a.jpg") for _ in range(count))
    rows = -(-count // columns)
    one = contact_sheet([Tile(picture(6, 9), verdict(), "ants", "a.jpg")])
    two_down = contact_sheet([Tile(picture(6, 9), verdict(), "ants", "a.jpg")] * 2, columns=1)
    two_across = contact_sheet([Tile(picture(6, 9), verdict(), "ants", "a.jpg")] * 2, columns=2)
    step_x, step_y = two_across.width - one.width, two_down.height - one.height
    assert sheet.size == (one.width + (columns - 1) * step_x, one.height + (rows - 1) * step_y)
    assert sheet.mode == "RGB"


def test_every_picture_is_there_in_order() -> None:
    colours = [(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 0, 250)]
    sheet = contact_sheet([Tile(picture(8, 8, colour), verdict()) for colour in colours], columns=2)
    places = [np.argwhere((np.asarray(sheet) == colour).all(axis=2)).mean(axis=0) for colour in colours]
    (top, left), (top_again, right), (bottom, left_again), (bottom_again, right_again) = np.round(places).tolist()
    assert (top, left, bottom, right) == (top_again, left_again, bottom_again, right_again)
    assert top < bottom
    assert left < right


def test_the_same_tiles_give_the_same_pixels() -> None:
    def draw() -> bytes:
        return contact_sheet([Tile(picture(), verdict(), "bees", "b.jpg")] * 3, title="Three").tobytes()

    assert draw() == draw()


def test_a_title_takes_room() -> None:
    tile = Tile(picture(), verdict())
    assert contact_sheet([tile], title="A title").height > contact_sheet([tile]).height


@pytest.mark.parametrize(
    ("reason", "truth", "mark", "colour"),
    [
        (None, "ants", "right", RIGHT),
        (None, "bees", "wrong", WRONG),
        ("uncertain", "ants", "unsure", UNSURE),
        ("unfamiliar", "bees", "unsure", UNSURE),
        (None, None, None, None),
    ],
)
def test_marks(reason: Reason | None, truth: str | None, mark: Mark | None, colour: str | None) -> None:
    tile = Tile(picture(), verdict(reason=reason), truth)
    assert tile.mark == mark
    sheet = contact_sheet([tile])
    for other in {RIGHT, WRONG, UNSURE} - ({UNSURE} if reason else set()):
        # A filled disc has hundreds of such pixels; text has few of the full colour.
        assert (has_colour(sheet, other).sum() > 150) == (other == colour)


def test_marks_differ_in_shape_too() -> None:
    def shape(truth: str) -> NDArray[np.bool_]:
        sheet = contact_sheet([Tile(picture(), verdict(), truth)])
        return (has_colour(sheet, RIGHT) | has_colour(sheet, WRONG))[28:80]

    assert (shape("ants") != shape("bees")).sum() > 20


@pytest.mark.parametrize("reason", [None, "uncertain", "unfamiliar"])
@pytest.mark.parametrize("text", ODD_TEXT.values(), ids=ODD_TEXT)
def test_any_text_can_be_drawn(text: str, reason: Reason | None) -> None:
    plain = contact_sheet([Tile(picture(), verdict(), "a", "b")], title="c")
    odd = Tile(picture(1, 1), verdict((text, text, text), reason=reason), text, text)
    assert contact_sheet([odd], title=text).size == plain.size


@pytest.mark.parametrize("text", ODD_TEXT.values(), ids=ODD_TEXT)
@pytest.mark.parametrize("size", [13, 22])
def test_text_stays_in_its_width(text: str, size: int) -> None:
    drawn, face = fitted(text, size, 100)
    assert face.getlength(drawn) <= 100
    assert drawn == " ".join(drawn.split())


def test_signs_that_a_font_lacks_become_plainer_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fonts of other scripts often have letters and no minus or multiplication sign."""
    minus, times = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
    text = f"한옥 {minus}3 {times} 2"
    lettering._in_a_face.cache_clear()
    monkeypatch.setattr(lettering, "_draws", lambda name, letter: name != "" and letter not in {minus, times})
    monkeypatch.setattr(lettering, "_face", lambda _, size: lettering._bundled(size))
    assert fitted(text, 14, 1000)[0] == "한옥 -3 x 2"
    lettering._in_a_face.cache_clear()


def test_only_what_does_not_fit_is_cut() -> None:
    text = "a label of some length"
    assert fitted(text, 14, length(text, 14))[0] == text
    assert fitted(text, 14, length(text, 14) - 1)[0].endswith("…")


def test_a_long_label_stays_out_of_the_percentage() -> None:
    long, short = (bars(verdict((label,), (0.5,)), 272, count=1) for label in ("W" * 200, "W"))
    assert (np.asarray(long)[:, 272 - 40 :] == np.asarray(short)[:, 272 - 40 :]).all()


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
    ids=["grey", "alpha", "float", "empty"],
)
def test_tiles_refuse_what_is_no_picture(array: NDArray[np.uint8]) -> None:
    with pytest.raises(PictureError, match=r"expected a uint8 picture.*found"):
        Tile(array, verdict())


def test_no_tiles() -> None:
    with pytest.raises(PictureError, match="at least one"):
        contact_sheet([])


@pytest.mark.parametrize("columns", [0, -1, 21])
def test_impossible_columns(columns: int) -> None:
    with pytest.raises(ValueError, match="columns"):
        contact_sheet([Tile(picture(), verdict())], columns=columns)


def test_too_many_are_cut_and_the_caller_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_TILES == 400
    monkeypatch.setattr("seefood.evaluation.contact_sheet.MOST_TILES", 5)
    tile, taken = Tile(picture(1, 1), verdict()), 0

    def endless() -> Iterator[Tile]:
        nonlocal taken
        while True:
            taken += 1
            yield tile

    with pytest.warns(UserWarning, match="first 5 pictures"):
        sheet = contact_sheet(endless())
    assert taken == 6
    full = contact_sheet([tile] * 5)
    assert (sheet.width, sheet.height > full.height) == (full.width, True)


def test_real_photos(data: Path) -> None:
    tiles = []
    for path in sorted((data / "photos").iterdir())[:4]:
        with Image.open(path) as image:
            tiles.append(Tile(np.asarray(image.convert("RGB")), verdict(), "bees", path.name))
    assert contact_sheet(tiles, title="Photos").width > 1000
