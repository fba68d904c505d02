"""The sheet of evidence: its colours are where the numbers are, in any language, for any shape of picture."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from seefood.drawing.lettering import fitted
from seefood.errors import OutputError
from seefood.evaluation.evidence_cards import maps
from seefood.evaluation.evidence_overlay import Seen, Subject, shape_of, whole
from seefood.evaluation.evidence_sheet import evidence_sheet
from seefood.evaluation.evidence_words import LANGUAGES, WORDS, percent, title

Array = np.ndarray[Any, np.dtype[Any]]


def subject(height: int = 200, width: int = 300, **changes: Any) -> Subject:
    """A grey photo; the upper left speaks for, the lower right against."""
    contrast = np.zeros((7, 7))
    contrast[:3, :3], contrast[4:, 4:] = 1.0, -1.0
    edge = min(height, width)
    frame = ((width - edge) / 2, (height - edge) / 2, (width + edge) / 2, (height + edge) / 2)
    picture = np.full((height, width, 3), 120, np.uint8)
    seen = np.full((224, 224, 3), 120, np.uint8)
    values = {
        "name": "photo.jpg",
        "picture": picture,
        "frame": frame,
        "labels": ("bees", "ants"),
        "probabilities": (0.93, 0.07),
        "reason": None,
        "maps": (contrast / 2, -contrast / 2, contrast),
        "by_covering": False,
        "log_odds": (2.6, -0.4, 2.5),
        "erased": ((0, 0, 3, 3), seen, 0.41, 0.9),
    }
    return Subject(**(values | changes))


def panel(found: Image.Image) -> Array:
    return np.asarray(found).astype(int)


def test_orange_is_for_and_blue_against() -> None:
    shown = subject()
    pixels = panel(Seen.of(shown, 336).laid_over(shown.maps[2], 1.0, region=False))
    assert pixels.shape == (336, 336, 3)
    at = {name: (round(r * 48), round(c * 48)) for name, (r, c) in PLACES.items()}
    red, _, blue = pixels[at["for"]]
    assert red > blue + 60
    red, _, blue = pixels[at["against"]]
    assert blue > red + 60
    assert np.ptp(pixels[at["neither"]]) < 6


PLACES = {"for": (1.5, 1.5), "against": (5.5, 5.5), "neither": (1.5, 5.5)}
"""In sevenths of what was seen: down, across."""


def test_beyond_the_frame_all_is_grey_and_within_it_is_the_photo() -> None:
    shown = subject(200, 300, picture=np.full((200, 300, 3), (200, 30, 30), np.uint8))
    pixels = panel(whole(shown, 600, 600))
    assert pixels.shape == (400, 600, 3)
    assert pixels[200, 300].tolist() == [200, 30, 30]
    for across in (20, 580):
        assert np.ptp(pixels[:, across], axis=1).max() < 12  # the paper itself is a little blue
    edges = np.flatnonzero(panel(whole(shown, 600, 600).convert("L"))[200] < 60)  # the frame's dark lines
    assert edges.min() == pytest.approx(100, abs=4)
    assert edges.max() == pytest.approx(500, abs=4)


def test_what_was_seen_is_cut_out_where_the_frame_is() -> None:
    """A picture that gets brighter to the right; a frame in its middle, and one that goes beyond it."""
    ramp = np.broadcast_to(np.linspace(0, 250, 300).astype(np.uint8)[None, :, None], (200, 300, 3)).copy()
    row = panel(Seen.of(subject(200, 300, picture=ramp), 200).image)[100, :, 0]
    assert row[[2, 100, 197]] == pytest.approx([250 * 52 / 300, 250 * 150 / 300, 250 * 247 / 300], abs=4)
    beyond = subject(200, 300, picture=ramp, frame=(0.0, -50.0, 300.0, 250.0))
    pixels = panel(Seen.of(beyond, 300).image)
    assert (pixels[:48] == 255).all()
    assert (pixels[252:] == 255).all()
    assert pixels[150, 150, 0] == pytest.approx(125, abs=4)
    assert shape_of(beyond) == 1.0


def test_in_grey_a_line_tells_for_from_neither() -> None:
    shown = subject()
    seen = Seen.of(shown, 336)
    grey = np.asarray(seen.laid_over(shown.maps[2], 1.0, region=False).convert("L")).astype(int)
    nothing = np.asarray(seen.laid_over(np.zeros((7, 7)), 1.0, region=False).convert("L")).astype(int)
    dark = (grey < 60) & (nothing > 100)
    assert dark[:168, :168].sum() > 100  # a line
    assert 20 < dark[168:, 168:].sum() < dark[:168, :168].sum()  # dots


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"reason": "unfamiliar", "by_covering": True},
        {"erased": None, "log_odds": (2.6, None, None)},
        {"labels": ("<script>" * 40, "달" * 200), "name": "x" * 400},
        {"maps": (np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((1, 1))), "erased": None},
        {"maps": (np.full((2, 3), 1e-9),) * 3, "erased": ((0, 0, 1, 1), np.zeros((8, 8, 3), np.uint8), 0.0, None)},
        {"frame": (0.0, -50.0, 300.0, 250.0)},
    ],
)
def test_any_subject_is_drawn_at_one_width(language: Any, changes: dict[str, Any]) -> None:
    try:
        WORDS[language].check_font()
    except OutputError:
        pytest.skip("no font for it here")
    sheet = evidence_sheet(subject(**changes), language)
    assert (sheet.mode, sheet.width) == ("RGB", 1192)
    assert 800 < sheet.height < 1300


SHAPES = [(1, 1), (2, 900), (900, 2), (8, 8), (500, 333), (400, 400), (300, 400), (200, 300), (180, 320), (150, 600)]


@pytest.mark.parametrize(("height", "width"), SHAPES)
def test_any_shape_of_picture(height: int, width: int) -> None:
    shown = subject(height, width)
    sheet = evidence_sheet(shown)
    assert sheet.width == 1192
    assert 900 < sheet.height < 1300
    photo = whole(shown, 500, 400)
    assert photo.width == 500 or photo.height == 400
    if min(height, width) > 8:
        assert photo.width / photo.height == pytest.approx(width / height, rel=0.02)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("height", "width"), [(500, 333), (400, 400), (300, 400), (200, 300), (180, 320), (150, 600)])
def test_the_sheet_follows_the_photo(height: int, width: int, language: Any) -> None:
    """The photo, pure green, takes its share of the sheet, whatever its shape, and no card is mostly empty."""
    try:
        WORDS[language].check_font()
    except OutputError:
        pytest.skip("no font for it here")
    green = np.full((height, width, 3), (0, 255, 0), np.uint8)
    everything = (0.0, 0.0, float(width), float(height))
    seen = np.full((224, 224, 3), (255, 0, 255), np.uint8)
    shown = subject(height, width, picture=green, frame=everything, erased=((0, 0, 3, 3), seen, 0.41, 0.9))
    pixels = panel(evidence_sheet(shown, language))
    is_photo = (pixels == (0, 255, 0)).all(axis=2)
    rows, columns = np.flatnonzero(is_photo.any(axis=1)), np.flatnonzero(is_photo.any(axis=0))
    tall, wide = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    assert wide / tall == pytest.approx(width / height, rel=0.03)
    assert wide * tall > 0.9 * 336 * 336  # as large as in a square panel, or larger
    assert tall > 260  # a panorama has the whole width
    is_card = (pixels == 255).all(axis=2)
    empty = [
        len(run)
        for run in np.split(np.arange(len(pixels)), np.flatnonzero(~is_card[:, columns[0] : columns[-1]].all(axis=1)))
    ]
    assert max(empty) < 260


def test_the_covered_picture_is_shown_with_its_probabilities() -> None:
    black = subject(erased=((0, 0, 3, 3), np.zeros((224, 224, 3), np.uint8), 0.41, 0.9))
    covered = panel(Seen.of(black, 336).covered())
    assert covered[326, 326].tolist() == [0, 0, 0]
    assert (panel(evidence_sheet(black)) != panel(evidence_sheet(subject()))).any()
    higher = replace(subject(), erased=(*(subject().erased or ())[:2], 0.9, 0.9))
    assert (panel(evidence_sheet(higher)) != panel(evidence_sheet(subject()))).any()


@pytest.mark.parametrize("language", LANGUAGES)
def test_long_words_below_a_narrow_map_have_a_second_line(monkeypatch: pytest.MonkeyPatch, language: Any) -> None:
    try:
        WORDS[language].check_font()
    except OutputError:
        pytest.skip("no font for it here")
    written: list[str] = []
    monkeypatch.setattr(
        "seefood.evaluation.evidence_cards.write",
        lambda draw, place, text, *, size, width, **_: written.append(fitted(text, size, width)[0]),
    )
    for card in maps(subject(labels=("American black bear", "ants")), WORDS[language], 240):
        card.drawn(2, card.height(2))
    assert len(written) > 20
    assert [text for text in written if text.endswith("…") or "?" in text] == []
    assert WORDS[language].covered_here.format(label="American black bear") in " ".join(written)


def said(shown: Subject, language: Any = "en") -> str:
    return title(shown.labels, shown.probabilities[0], shown, WORDS[language])


def test_the_title_says_it_in_one_sentence() -> None:
    assert said(subject()) == "bees 93 %: most evidence at the upper left; covering it takes bees to 41 %"
    same = subject(erased=((4, 2, 7, 5), np.zeros((8, 8, 3), np.uint8), 0.934, None))
    assert said(same) == "bees 93 %: most evidence on the right; covering it leaves bees at 93 %"
    assert said(subject(reason="uncertain")).startswith("Not sure, bees 93 %: ")
    assert said(subject(erased=None)) == "bees 93 %"
    assert said(subject(), "ko") == "bees 93 %: 근거가 가장 많은 곳은 왼쪽 위, 그곳을 가리면 bees 41 %"


def test_the_check_agrees_only_where_the_odds_fall_and_more_than_elsewhere() -> None:
    assert subject().agrees
    assert not subject(log_odds=(2.6, 2.7, 2.8)).agrees
    assert not subject(log_odds=(2.6, 2.0, 1.0)).agrees
    assert subject(log_odds=(2.6, 2.0, None)).agrees
    assert not subject(log_odds=(2.6, None, None)).agrees


def test_places_in_words() -> None:
    words = WORDS["en"]
    assert words.place(0.5, 0.5) == "in the middle"
    assert words.place(0.99, 0.01) == "at the upper right"
    assert words.place(0.1, 1.0) == "at the lower left"


def test_percentages_claim_certainty_only_where_it_is() -> None:
    assert [percent(share) for share in (0.0, 1e-9, 0.41, 0.9999, 1.0)] == ["0 %", "<1 %", "41 %", ">99 %", "100 %"]


def test_a_language_without_letters_is_refused() -> None:
    with pytest.raises(OutputError, match="--language en"):
        replace(WORDS["ko"], sample="\U000e0fff\uffff").check_font()
