"""The sheet of evidence: its colours are where the numbers are, in any language, for any shape of picture."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from seefood.errors import OutputError
from seefood.evaluation.evidence_overlay import SIDE, Place, Subject
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


def test_orange_is_for_and_blue_against_and_beyond_the_frame_all_is_grey() -> None:
    shown = subject()
    place = Place.of(shown)
    pixels = panel(place.laid_over(shown.maps[2], 1.0, region=False))
    left, top, right, bottom = place.box
    assert (right - left, bottom - top) == pytest.approx((SIDE * 2 / 3, SIDE * 2 / 3), abs=2)
    seventh = (right - left) / 7
    at = {
        name: (round(top + r * seventh), round(left + c * seventh))
        for name, (r, c) in {"for": (1.5, 1.5), "against": (5.5, 5.5), "neither": (1.5, 5.5)}.items()
    }
    red, _, blue = pixels[at["for"]]
    assert red > blue + 60
    red, _, blue = pixels[at["against"]]
    assert blue > red + 60
    assert np.ptp(pixels[at["neither"]]) < 6
    beyond = np.ones((SIDE, SIDE), bool)
    beyond[top - 3 : bottom + 3, left - 3 : right + 3] = False
    assert np.ptp(pixels[beyond], axis=1).max() < 12  # the paper itself is a little blue


def test_in_grey_a_line_tells_for_from_neither() -> None:
    shown = subject()
    place = Place.of(shown)
    grey = np.asarray(place.laid_over(shown.maps[2], 1.0, region=False).convert("L")).astype(int)
    nothing = np.asarray(place.laid_over(np.zeros((7, 7)), 1.0, region=False).convert("L")).astype(int)
    dark = (grey < 60) & (nothing > 100)
    left, top, right, bottom = place.box
    middle = (left + right) // 2, (top + bottom) // 2
    assert dark[top : middle[1], left : middle[0]].sum() > 100  # a line
    assert (
        20 < dark[middle[1] : bottom, middle[0] : right].sum() < dark[top : middle[1], left : middle[0]].sum()
    )  # dots


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
    assert 1000 < sheet.height < 1300


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 900), (900, 2), (8, 8), (500, 333)])
def test_any_shape_of_picture(height: int, width: int) -> None:
    shown = subject(height, width)
    assert evidence_sheet(shown).width == 1192
    left, top, right, bottom = Place.of(shown).box
    assert 0 <= left < right <= SIDE
    assert 0 <= top < bottom <= SIDE


def test_the_covered_picture_is_shown_with_its_probabilities() -> None:
    black = subject(erased=((0, 0, 3, 3), np.zeros((224, 224, 3), np.uint8), 0.41, 0.9))
    right, bottom = Place.of(black).box[2:]
    covered = panel(Place.of(black).covered())
    assert covered[bottom - 10, right - 10].tolist() == [0, 0, 0]
    assert (panel(evidence_sheet(black)) != panel(evidence_sheet(subject()))).any()
    higher = replace(subject(), erased=(*(subject().erased or ())[:2], 0.9, 0.9))
    assert (panel(evidence_sheet(higher)) != panel(evidence_sheet(subject()))).any()


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
