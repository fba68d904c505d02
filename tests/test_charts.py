"""Drawings in SVG and charts: well-formed whatever is in them, and every mark where a ruler says it should be."""

import base64
import io
import math
import re
import unicodedata
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageFont

from seefood.drawing import lettering
from seefood.drawing.charts import Axis, Chart, ColourBar, draw
from seefood.drawing.contours import contour
from seefood.drawing.figures import figure, tick_labels
from seefood.drawing.series import SHAPES, Line, Mark, Points, Raster, in_columns, outline
from seefood.drawing.svg import Drawing, Element, element, number, png_uri, save, text
from seefood.drawing.ticks import Scale, extent, log_ticks, ticks
from seefood.drawing.widths import length, shortened, wrapped
from seefood.errors import OutputError, ShapeError

Array = NDArray[np.float64]
NAMESPACE = "{http://www.w3.org/2000/svg}"
MINUS = "\N{MINUS SIGN}"


def parsed(drawing: Drawing) -> ET.Element:
    return ET.fromstring(drawing.to_text().encode())


def found(root: ET.Element, name: str, kind: str | None = None) -> list[ET.Element]:
    """Elements of a name, and of a class where one is given."""
    return [each for each in root.iter(f"{NAMESPACE}{name}") if kind is None or each.get("class") == kind]


def words(each: ET.Element) -> str:
    """An element's own text, without what is said on pointing at it."""
    return each.text or ""


def value_of(label: str) -> float:
    return float(label.replace(MINUS, "-").replace(",", ""))


def chart(*series: Any, x: Axis | None = None, y: Axis | None = None, **more: Any) -> Chart:
    return Chart("A title", x or Axis("x"), y or Axis("y"), series, **more)


# Text of any kind.


def is_kept(letter: str) -> bool:
    """What XML 1.0 allows (section 2.2), without control characters and those that turn text around."""
    code = ord(letter)
    if 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069:
        return False
    allowed = 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return allowed and unicodedata.category(letter) != "Cc"


def expected(content: str) -> str:
    return "".join(
        " " if letter in "\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029" else letter if is_kept(letter) else ""
        for letter in content
    )


anything = st.text(st.characters(exclude_categories=()), max_size=40)


@settings(deadline=None)
@given(anything, anything)
def test_any_text_comes_out_well_formed_and_as_it_was(content: str, other: str) -> None:
    made = Drawing(100, 50, content, other, (text(content, 1, 2, data_name=other), element("g", other, content)))
    root = parsed(made)
    written = found(root, "text")[0]
    assert words(written) == expected(content)
    assert written.get("data-name") == expected(other)
    assert root.get("aria-label") == expected(content)
    assert "".join(found(root, "g")[0].itertext()) == expected(other) + expected(content)
    assert [words(found(root, name)[0]) for name in ("title", "desc")] == [expected(content), expected(other)]


@pytest.mark.parametrize("name", ["", "a b", "1a", "a>", "é", "svg onload"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected a name"):
        Element(name)
    with pytest.raises(ValueError, match="expected a name"):
        Element("g", ((name, "1"),))


def test_a_drawing_says_what_it_is_and_scales() -> None:
    root = parsed(Drawing(320, 200, "Loss", "It falls.", ()))
    assert (root.get("viewBox"), root.get("role"), root.get("width")) == ("0 0 320 200", "img", "320")
    assert "max-width:100%" in (root.get("style") or "")


def test_inside_a_page_a_drawing_has_no_style_of_its_own() -> None:
    assert " style=" not in Drawing(320, 200, "Loss", "It falls.", ()).to_element().to_text()


@settings(deadline=None)
@given(st.floats(-1e9, 1e9))
def test_coordinates_keep_two_decimals(value: float) -> None:
    written = number(value)
    assert abs(float(written) - value) <= 0.005 + 1e-6
    assert re.fullmatch(r"-?\d+(\.\d{1,2})?", written)
    assert not written.endswith(".0")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_coordinate_that_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite coordinate"):
        element("line", x1=value)


@pytest.mark.parametrize("colours", [2, 256, 5000])
def test_pixels_come_back_exactly(colours: int) -> None:
    random = np.random.default_rng(colours)
    palette = random.integers(0, 256, (colours, 3), dtype=np.uint8)
    pixels = palette[random.integers(0, colours, (60, 90))]
    uri = png_uri(pixels)
    assert uri.startswith("data:image/png;base64,")
    image = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    assert np.array_equal(np.asarray(image.convert("RGB")), pixels)


def test_a_saved_drawing_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        save(draw(chart(Line(np.arange(9), np.arange(9.0), "핫도그"), Points([1, 2], [3, 4], "b"))), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.svg", "b.svg"]


def test_a_drawing_is_not_saved_under_another_kind_of_name_or_nowhere(tmp_path: Path) -> None:
    made = Drawing(10, 10, "", "", ())
    with pytest.raises(OutputError, match=r"\.svg"):
        save(made, tmp_path / "picture.png")
    with pytest.raises(OutputError, match="create the folder"):
        save(made, tmp_path / "missing" / "picture.svg")


# Numbers as words.


@settings(deadline=None)
@given(st.floats(-1e15, 1e15), st.integers(1, 6))
def test_a_figure_says_the_number(value: float, decimals: int) -> None:
    said = value_of(figure(value, decimals))
    small = abs(value) < 1e6
    near = 0.5 * 10**-decimals if small and abs(value) >= 10**-decimals else 0.05 * abs(value)
    assert abs(said - value) <= near * (1 + 1e-9)


@settings(deadline=None)
@given(st.floats(-1e12, 1e12), st.floats(1e-6, 1e12), st.integers(2, 12))
def test_tick_labels_tell_neighbours_apart(low: float, span: float, most: int) -> None:
    assume(span > 1e-9 * abs(low))
    values = ticks(low, low + span, most)
    labels = tick_labels(values)
    assert len(set(labels)) == len(values)
    for value, label in zip(values, labels, strict=True):
        assert value_of(label) == pytest.approx(value, rel=1e-7, abs=1e-7 * span)


@settings(deadline=None)
@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9), st.integers(1, 12), st.booleans())
def test_ticks_are_round_even_and_inside(low: float, span: float, most: int, whole: bool) -> None:
    assume(span > 1e-6 * abs(low))
    high = low + span
    values = ticks(low, high, most, whole=whole)
    assert len(values) <= most + 1
    assert all(low - 1e-6 * span <= value <= high + 1e-6 * span for value in values)
    if len(values) > 1:
        step = values[1] - values[0]
        assert float(f"{step:.4e}".partition("e")[0]) in (1.0, 2.0, 5.0)
        assert np.allclose(np.diff(values), step)
    if whole:
        assert all(value == round(value) for value in values)
    elif most >= 5:
        assert len(values) >= 2  # steps are at most 2.5 times wider than asked for


@settings(deadline=None)
@given(st.floats(-290, 290), st.floats(0.02, 500), st.integers(3, 12))
def test_log_ticks_are_positive_round_and_inside(exponent: float, decades: float, most: int) -> None:
    assume(exponent + decades < 295)
    low, high = 10**exponent, 10 ** (exponent + decades)
    values = log_ticks(low, high, most)
    assert values
    assert all(low * (1 - 1e-6) <= value <= high * (1 + 1e-6) for value in values)
    assert all(later > earlier for earlier, later in pairwise(values))
    if decades >= 1.2:
        assert all(float(f"{value:.6e}".partition("e")[0]) in (1.0, 2.0, 5.0) for value in values)
        assert len(values) >= 3


@pytest.mark.parametrize(
    ("values", "bounds"),
    [([], (0, 1)), ([math.nan, math.inf], (0, 1)), ([0.0, 0.0], (-0.1, 0.1)), ([1e12, 1e12], (9e11, 1.1e12))],
)
def test_an_extent_always_has_room(values: list[float], bounds: tuple[float, float]) -> None:
    assert extent(values) == pytest.approx(bounds)


# Letters.


def test_no_letter_is_wider_than_is_reckoned() -> None:
    try:
        widest = ImageFont.truetype("DejaVuSans.ttf", 100)
    except OSError:
        pytest.skip("no DejaVu Sans on this machine")
    letters = [chr(code) for code in range(32, 127)] + list("äöüßéñ∂×₁→✓…")
    tight = [letter for letter in letters if widest.getlength(letter) > length(letter, 100) + 1]
    assert not tight


def test_korean_letters_are_reckoned_square() -> None:
    assert length("핫도그", 20) == 60


@settings(deadline=None)
@given(st.text(max_size=60), st.floats(0, 300))
def test_shortened_text_fits_and_says_that_it_is_cut(content: str, room: float) -> None:
    cut = shortened(content, 10, room)
    assert length(cut, 10) <= max(room, length("…", 10)) + 1e-9
    whole = expected(content).strip()
    assert cut == whole or (cut.endswith("…") and whole.startswith(cut[:-1].rstrip()))


def test_wrapped_text_loses_no_word() -> None:
    content = "only at its end is the loss the one that the landscape shows"
    lines = wrapped(content, 10, 120, most=9)
    assert " ".join(lines) == content
    assert len(lines) > 2
    assert all(length(line, 10) <= 120 for line in lines)
    assert wrapped(content, 10, 120, most=2)[1].endswith("…")


# Where things are.


def ruler(root: ET.Element, name: str, *, log: bool = False) -> Any:
    """From numbers to pixels along an axis, by the first and the last label alone."""
    axis = "x" if name == "x" else "y"
    lines = found(root, "line", "tick" if name == "x" else "grid")
    places = [float(line.get(f"{axis}1", "nan")) for line in lines]
    values = [value_of(words(label)) for label in found(root, "text", f"{name}-tick")]
    assert len(places) == len(values) >= 2
    at = np.log10 if log else np.asarray
    slope = (places[-1] - places[0]) / (at(values[-1]) - at(values[0]))
    for place, value in zip(places, values, strict=True):  # all other labels agree
        assert place == pytest.approx(places[0] + slope * (at(value) - at(values[0])), abs=0.02)
    return lambda value: places[0] + slope * (at(value) - at(values[0]))


def corners(path: str) -> Array:
    return np.array(re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path), float)


@pytest.mark.parametrize("width", [320, 640, 1000])
@pytest.mark.parametrize("log", [False, True])
def test_lines_and_points_are_where_the_axes_say(width: float, log: bool) -> None:
    x, y = [1.0, 4.0, 50.0, 900.0], [0.02, 3.0, 1.0, 40.0]
    axes = {"x": Axis("steps", log=log), "y": Axis("loss", log=log)}
    root = parsed(draw(chart(Line(x, y), Points(x, y, size=8), Mark(50.0, "here"), **axes), width, 250))
    across, up = ruler(root, "x", log=log), ruler(root, "y", log=log)
    drawn = corners(found(root, "path", "line")[0].get("d", ""))
    assert np.allclose(drawn[:, 0], across(x), atol=0.03)
    assert np.allclose(drawn[:, 1], up(y), atol=0.03)
    circles = corners(found(root, "path", "points")[0].get("d", ""))  # the pen begins on the left side of a circle
    assert np.allclose(circles + np.array([4, 0]), np.stack([across(x), up(y)], axis=1), atol=0.03)
    assert float(found(root, "line", "mark")[0].get("x1", "nan")) == pytest.approx(across(50.0), abs=0.03)


def test_a_raster_fills_its_box_with_its_first_row_on_top() -> None:
    pixels = np.zeros((2, 3, 3), np.uint8)
    pixels[0] = 255
    root = parsed(draw(chart(Raster(pixels, (-1.0, 10.0, 2.0, 30.0))), 400, 200))
    across, up = ruler(root, "x"), ruler(root, "y")
    image = found(root, "image")[0]
    left, top, width, height = (float(image.get(name, "nan")) for name in ("x", "y", "width", "height"))
    assert (left, left + width) == pytest.approx((across(-1), across(2)), abs=0.03)
    assert (top, top + height) == pytest.approx((up(30), up(10)), abs=0.03)
    kept = np.asarray(Image.open(io.BytesIO(base64.b64decode(image.get("href", "").partition(",")[2]))).convert("RGB"))
    assert np.array_equal(kept, pixels)


def test_a_colour_bar_has_its_highest_colour_and_its_largest_number_on_top() -> None:
    colours = np.stack([np.arange(10)] * 3, axis=1).astype(np.uint8)
    bar = ColourBar(colours, 0.1, 1000.0, "loss", log=True, marks=(1.0,))
    root = parsed(draw(chart(Line([0, 1], [0, 1]), bar=bar), 500, 300))
    image = found(root, "image")[0]
    kept = np.asarray(Image.open(io.BytesIO(base64.b64decode(image.get("href", "").partition(",")[2]))).convert("RGB"))
    assert kept[0, 0, 0] == 9
    labels = found(root, "text", "bar-tick")
    heights = [float(label.get("y", "nan")) for label in labels]
    assert heights == sorted(heights, reverse=True)
    top, height = float(image.get("y", "nan")), float(image.get("height", "nan"))
    for label, at in zip(labels, heights, strict=True):
        share = (math.log10(value_of(words(label))) + 1) / 4
        assert at - 12 * 0.36 == pytest.approx(top + height * (1 - share), abs=0.05)


@pytest.mark.parametrize("points", [600, 100_000])
def test_thinning_keeps_the_lowest_and_the_highest_of_each_column_of_pixels(points: int) -> None:
    random = np.random.default_rng(points)
    x, y = np.sort(random.random(points)) * 200, random.normal(size=points)
    y[points // 2] = 50.0
    kept_x, kept_y = in_columns(x, y)
    assert len(kept_x) <= 4 * 200
    assert kept_y.max() == 50.0
    for column in range(200):
        inside, kept = np.floor(x) == column, np.floor(kept_x) == column
        if inside.any():
            assert (kept_y[kept].min(), kept_y[kept].max()) == (y[inside].min(), y[inside].max())
            assert (kept_y[kept][0], kept_y[kept][-1]) == (y[inside][0], y[inside][-1])


def test_a_gap_is_kept_and_a_point_between_two_gaps_is_a_dot() -> None:
    x = np.arange(1000.0)
    y = np.sin(x)
    y[300:310] = np.nan
    y[600] = np.inf
    y[602] = np.nan
    made = found(parsed(draw(chart(Line(x, y)), 320, 200)), "path", "line")[0].get("d", "")
    pieces = made.split("M")[1:]
    assert len(pieces) == 4
    assert re.fullmatch(r"[\d.]+ [\d.]+h0", pieces[2])


def test_very_many_points_are_drawn_once_for_each_place_and_rings_stay() -> None:
    random = np.random.default_rng(0)
    x, y = random.random((2, 100_000))
    ringed = np.zeros(100_000, bool)
    ringed[[7, 70_000]] = True
    made = draw(chart(Points(x, y, "many", size=6, ringed=ringed)), 320, 200)
    assert len(made.to_text()) < 2_000_000
    root = parsed(made)
    rings = corners(found(root, "path", "rings")[0].get("d", "")) + np.array([6, 0])
    across, up = ruler(root, "x"), ruler(root, "y")
    assert np.allclose(rings, np.stack([across(x[ringed]), up(y[ringed])], axis=1), atol=0.03)
    drawn = corners(found(root, "path", "points")[0].get("d", "")) + np.array([3, 0])
    places = np.stack([across(x), up(y)], axis=1)
    for place in places[::5000]:  # nobody is farther from a drawn one than a third of its size each way
        assert np.abs(drawn - place).max(axis=1).min() <= 2.05


ODD = [
    ([], []),
    ([1.0], [1.0]),
    ([1.0, 2.0, 3.0], [5.0, 5.0, 5.0]),
    ([1.0, 2.0, 3.0], [math.nan, math.inf, 1.0]),
    ([1e-12, 2e-12], [1e12, 1e12 + 1]),
    ([0.0, 1.0], [-1e308, 1e308]),
    ([1.0, 2.0], [1e-300, 1e299]),
    ([-1e12, 1e12], [-1e-12, 1e-12]),
    ([math.nan], [math.nan]),
    ([0.0, 0.0], [-5.0, 5.0]),
]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(("x", "y"), ODD)
def test_odd_numbers_make_a_chart_all_the_same(x: list[float], y: list[float], log: bool) -> None:
    series = (Line(x, y, "a"), Points(x, y, "b", ringed=np.ones(len(x), bool)), Mark(1.0, "c"))
    made = draw(chart(*series, x=Axis("x", log=log), y=Axis("y", log=log)), 320, 150)
    root = parsed(made)
    assert "nan" not in made.to_text().lower().replace("inf", "nan").replace("title", "")
    assert len(found(root, "text", "x-tick")) >= 1
    assert len(found(root, "text", "y-tick")) >= 1


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(), st.floats()), max_size=20), st.booleans(), st.booleans(), st.text(max_size=20))
def test_any_numbers_and_words_make_a_chart(
    pairs: list[tuple[float, float]], log_x: bool, log_y: bool, label: str
) -> None:
    x, y = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    series = (Line(x, y, label), Points(x, y, label), Mark(0.5, label))
    parsed(draw(Chart(label, Axis(label, log=log_x), Axis(label, log=log_y), series, label), 320, 120))


LONG = "a label that goes on and on, 아주 긴 이름 <script>alert(1)</script> "


@pytest.mark.parametrize("width", [320, 640])
def test_nothing_written_leaves_the_drawing_or_lies_on_the_data(width: float) -> None:
    series = [Line([0, 1e5], [index, 2 * index], LONG * 3 if index == 2 else f"series {index}") for index in range(9)]
    bar = ColourBar(np.zeros((5, 3), np.uint8), 0, 1e-7, LONG)
    marks = (Mark(0.0, LONG), Mark(1e5, "end"))
    made = draw(Chart(LONG * 3, Axis(LONG * 3), Axis(LONG * 3), (*series, *marks), LONG * 9, bar), width, 200)
    root = parsed(made)
    data = found(root, "svg", "data")[0]
    left, top, wide, high = (float(data.get(name, "nan")) for name in ("x", "y", "width", "height"))
    assert wide > 60
    for each in found(root, "text"):
        size, x, y = (float(each.get(name, "nan")) for name in ("font-size", "x", "y"))
        room = lettering.length(words(each), round(size))
        along = {"start": (x, x + room), "middle": (x - room / 2, x + room / 2), "end": (x - room, x)}
        begin, end = along[each.get("text-anchor", "start")]
        if each.get("transform") is None:
            assert begin >= -1, words(each)
            assert end <= width + 1, words(each)
            inside = left + 5 < (begin + end) / 2 < left + wide - 5 and top + 5 < y - size / 3 < top + high - 5
            assert not inside, words(each)
        else:
            assert room <= 200 + 40, words(each)
        assert 0 < y < made.height


def test_a_cut_label_is_whole_when_pointed_at() -> None:
    root = parsed(draw(chart(Line([0, 1], [0, 1], LONG * 3)), 320, 100))
    titles = ["".join(each.itertext()) for each in found(root, "title")]
    assert LONG * 3 in titles


def test_shapes_are_different_and_about_equally_large() -> None:
    paths = {shape: outline(shape, 50, 50, 20) for shape in SHAPES}
    assert len(set(paths.values())) == len(SHAPES) == 10


def test_series_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"\[3\].*\[2\]"):
        Line([1, 2, 3], [1, 2])
    with pytest.raises(ShapeError, match=r"\[1\].*\[2\]"):
        Points([1, 2], [1, 2], ringed=[True])
    with pytest.raises(ValueError, match="exchange"):
        Axis("x", low=2, high=1)
    with pytest.raises(ValueError, match="log axis"):
        Axis("x", log=True, low=0)


# Lines of equal height.


def test_a_contour_of_a_slope_is_where_it_was_reckoned() -> None:
    x, y = np.arange(5.0), np.arange(4.0)
    heights = 2 * x[None, :] + 3 * y[:, None]
    across, down = contour(x, y, heights, 5.5)
    good = np.isfinite(across)
    assert good.sum() > 4
    assert np.allclose(2 * across[good] + 3 * down[good], 5.5)


def test_a_contour_of_a_bowl_is_a_closed_circle() -> None:
    grid = np.linspace(-2, 2, 81)
    heights = grid[None, :] ** 2 + grid[:, None] ** 2
    across, down = (part.reshape(-1, 3)[:, :2] for part in contour(grid, grid, heights, 1.0201))
    assert np.allclose(np.hypot(across, down), 1.01, atol=2e-3)
    assert np.hypot(np.diff(across), np.diff(down)).sum() == pytest.approx(2 * math.pi * 1.01, rel=2e-3)
    ends = np.round(np.stack([across.ravel(), down.ravel()], axis=1), 9)
    assert set(np.unique(ends, axis=0, return_counts=True)[1].tolist()) == {2}  # every piece goes on in another


def test_a_contour_leaves_out_what_is_no_number() -> None:
    heights = np.array([[0.0, 2.0, math.nan], [0.0, 2.0, 9.0]])
    across, _ = contour(np.arange(3.0), np.arange(2.0), heights, 1.0)
    assert across.tolist() == pytest.approx([0.5, 0.5, math.nan], nan_ok=True)


def test_a_scale_goes_either_way() -> None:
    down = Scale(0.0, 10.0, 100.0, 0.0)
    assert down.pixels([0.0, 2.5, 10.0, math.inf, 1e302]).tolist() == pytest.approx(
        [100, 75, 0, math.nan, math.nan], nan_ok=True
    )
