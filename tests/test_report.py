"""The report against parsers of HTML and XML, SciPy, counts made by hand, and hostile names."""

import ast
import base64
import hashlib
import io
import re
import string
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.stats import binomtest

from reported import (
    Outcome,
    Seen,
    by_class,
    data_of,
    evaluated,
    full,
    gradient,
    outcomes,
    photo,
    tree,
    words_of,
)
from seefood.errors import OutputError
from seefood.evaluation import report as report_package
from seefood.evaluation.report import Finding, Report, write
from seefood.evaluation.report.album import Album, overlaid
from seefood.evaluation.report.korean import KOREAN
from seefood.evaluation.report.page import page as made_page
from seefood.preprocessing import Preprocessing
from seefood.verdicts import Failure

LABELS = ("ants", "bees", "wasps")
HOSTILE = (
    "<script>alert(1)</script>",
    "../x",
    "a\"b'c&amp;</td>",
    "two\nlines\x00",
    "bytes\udcff",
    "\u202egnp.exe",
    "العربية",
    "핫도그",
    "</script><!--",
    "{braces} {0} %s",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("photos")


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    return full(folder)


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return made_page(report)


@pytest.fixture(scope="module")
def korean(report: Report) -> str:
    return made_page(report, "ko")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("hostile")
    generator = np.random.default_rng(3)
    made: list[Outcome] = []
    for number in range(60):
        truth, said = (HOSTILE[int(place)] for place in generator.integers(len(HOSTILE), size=2))
        made.append((truth, said, float(generator.uniform(0.2, 1)), None, f"{folder}/{said}/{number}.jpg"))
    evaluation = evaluated(made, HOSTILE, [Failure("x", HOSTILE[0]), Failure(None, HOSTILE[4])])
    return made_page(
        Report(
            HOSTILE[0],
            evaluation,
            HOSTILE[8],
            evaluation,
            (Finding(HOSTILE[0], HOSTILE[1], (HOSTILE,), True, HOSTILE[0], (HOSTILE[8],)),),
            facts={name: {name: name} for name in HOSTILE} | {"list": list(HOSTILE)},
            commands=HOSTILE,
        )
    )


# The page as a whole.


@pytest.mark.parametrize("name", ["page", "korean", "hostile"])
def test_it_is_well_formed_and_every_name_is_there_once(name: str, request: pytest.FixtureRequest) -> None:
    content: str = request.getfixturevalue(name)
    seen = Seen(content)
    assert seen.wrong == []
    assert seen.open == []
    identifiers = [attributes["id"] for _, attributes in seen.elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers)) > 8
    for _, attributes in seen.elements:
        for key in ("for", "aria-labelledby"):
            assert attributes.get(key, identifiers[0]) in identifiers
        if "href" in attributes:
            assert attributes["href"].startswith("#")
            assert attributes["href"][1:] in identifiers
    assert tree(content).tag == "html"


@pytest.mark.parametrize("name", ["page", "korean", "hostile"])
def test_nothing_is_asked_for_from_anywhere(name: str, request: pytest.FixtureRequest) -> None:
    content: str = request.getfixturevalue(name)
    seen = Seen(content)
    assert not re.search(r"https?:|//[a-z]|url\(|@import|\bfetch\(|XMLHttp|sendBeacon", content.partition("<body>")[0])
    for tag, attributes in seen.elements:
        assert tag not in {"link", "iframe", "object", "embed", "base", "video", "audio", "source"}
        assert not {"style", "srcset", "action", "formaction", "ping", "background"} & set(attributes)
        assert not [key for key in attributes if key.startswith("on")]
        assert attributes.get("src", "data:image/jpeg;base64,").startswith("data:image/")
    digests = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (*seen.styles, seen.scripts[-1])
    ]
    policy = next(attributes["content"] for tag, attributes in seen.elements if "http-equiv" in attributes)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "data:"
    assert [rules["style-src"], rules["script-src"]] == [f"'sha256-{digest}'" for digest in digests]
    assert len(seen.styles) == 1
    assert len(seen.scripts) == 2


@pytest.mark.parametrize("name", ["page", "korean", "hostile"])
def test_a_screen_reader_finds_its_way(name: str, request: pytest.FixtureRequest) -> None:
    content: str = request.getfixturevalue(name)
    seen = Seen(content)
    levels = [int(tag[1]) for tag, _ in seen.elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    tags = Counter(tag for tag, _ in seen.elements)
    assert (tags["main"], tags["header"], tags["footer"], tags["nav"]) == (1, 1, 1, 1)
    for tag, attributes in seen.elements:
        if tag == "img":
            assert len(attributes["alt"]) > 10
            assert int(attributes["width"]) > 0 < int(attributes["height"])
        if tag == "svg" and attributes.get("class") != "data":
            assert attributes.get("aria-hidden") == "true" or (attributes["role"] == "img" and attributes["aria-label"])
        if tag == "th":
            assert attributes["scope"] in {"row", "col"}
        if attributes.get("role") == "region" or attributes.get("tabindex") == "0":
            assert attributes.get("aria-label") or tag == "pre"
    root = tree(content)
    for drawing in by_class(root, "drawing"):
        looks = {(each.get("class"), each.get("lang")) for each in drawing}
        assert looks == {(f"{size} in-{lang}", lang) for size in ("narrow", "wide") for lang in ("en", "ko")}
    assert root.get("lang") == ("ko" if name == "korean" else "en")
    for table in root.iter("table"):
        caption = table.find("caption")
        assert caption is not None
        assert words_of(caption)


def test_equal_reports_are_equal_bytes(folder: Path, page: str) -> None:
    assert made_page(full(folder)) == page


# Strangers' names.


def test_hostile_names_stay_text(hostile: str) -> None:
    assert "<script>alert" not in hostile
    assert hostile.count("<script") == hostile.count("</script>") == 2
    assert "<!--" not in hostile
    hostile.encode("utf-8")
    root = tree(hostile)
    names = {words_of(element) for element in root.iter("bdi")}
    expected = {"<script>alert(1)</script>", "../x", "a\"b'c&amp;</td>", "two lines", "bytes\ufffd", "gnp.exe"}
    assert expected | {"العربية", "핫도그", "</script><!--", "{braces} {0} %s"} <= names
    assert not re.search("[\u202a-\u202e\ud800-\udfff\x00-\x08]", hostile)
    opened, closed = hostile.count("\u2068"), hostile.count("\u2069")
    assert opened == closed > 50
    assert "<" not in Seen(hostile).scripts[0]


def test_paths_do_not_tell_whose_machine_it_was(page: str, folder: Path) -> None:
    assert str(folder) not in page
    root = tree(page)
    assert "ants/broken.jpg: expected a picture" in words_of(root)
    assert "looks like bees" in [words_of(note).strip("\u2068\u2069") for note in by_class(root, "note")]
    assert "ants/" in page


# Numbers.


def by_hand(made: list[Outcome]) -> tuple[Counter[tuple[str, str]], int]:
    counts = Counter((truth, said) for truth, said, *_ in made)
    return counts, sum(count for (truth, said), count in counts.items() if truth == said)


@pytest.mark.parametrize(("part", "seed", "pictures"), [(0, 0, 60), (1, 1, 25)])
def test_the_result_is_what_was_counted(page: str, part: int, seed: int, pictures: int, folder: Path) -> None:
    made = outcomes(Path(), seed, pictures)
    _, right = by_hand(made)
    box = by_class(tree(page), "part")[part]
    assert f"{right} of {pictures} pictures right ({right / pictures:.1%})" in words_of(by_class(box, "verdict")[0])
    interval = binomtest(right, pictures).proportion_ci(0.95, method="wilson")
    assert f"expect {interval.low:.1%} to {interval.high:.1%} to be right" in words_of(box)
    sizes = Counter(truth for truth, *_ in made)
    (most, size), _ = sizes.most_common(2)
    assert (
        f"Always naming \u2068{most}\u2069, the most frequent class, would be right for {size / pictures:.1%}"
        in words_of(box)
    )
    figures = {words_of(row[0]): words_of(row[1]) for row in by_class(box, "figures")[0]}
    unsure = [row for row in made if row[3]]
    sure = [truth == said for truth, said, _, reason, _ in made if reason is None]
    assert figures["not sure"].startswith(str(len(unsure)))
    assert figures["wrong"].startswith(str(pictures - right))
    assert figures["right when sure"].startswith(f"{np.mean(sure):.1%}")
    assert figures["baseline"] == f"{size / pictures:.1%} {most}".replace("% ", "%")
    assert words_of(box).startswith("on pictures it was" if part == 0 else "on the test folder")


@pytest.mark.parametrize(
    ("right", "wrong", "others", "expected"),
    [
        (40, 2, 10, "Clearly better"),
        (6, 4, 8, "Perhaps better"),
        (10, 10, 0, "No better"),
        (9, 21, 10, "No better"),
        (0, 0, 0, "More often wrong"),
    ],
)
def test_the_verdict_in_words(right: int, wrong: int, others: int, expected: str) -> None:
    made: list[Outcome] = [("ants", "ants", 0.9, None, None)] * right
    made += [("ants", "bees", 0.9, None, None)] * wrong + [("bees", "bees", 0.9, None, None)] * others
    labels: tuple[str, ...] = LABELS
    if not made:  # 20 classes of 10 pictures, 3 of each right
        labels = tuple(f"class {number}" for number in range(20))
        made = [
            (label, label if number < 3 else labels[0], 0.9, None, None) for label in labels[1:] for number in range(10)
        ]
    root = tree(made_page(Report("x", evaluated(made, labels), "here")))
    assert words_of(by_class(root, "verdict")[0]).startswith(expected)


def test_the_matrix_counts_every_pair(page: str) -> None:
    matrices = by_class(tree(page), "matrix")
    for matrix, (seed, pictures) in zip(matrices, [(0, 60), (1, 25)], strict=True):
        counts, _ = by_hand(outcomes(Path(), seed, pictures))
        rows = matrix.findall("tbody/tr")
        for truth, row in zip(LABELS, rows, strict=True):
            assert words_of(row[0]) == truth
            expected = [str(counts[truth, said]) for said in LABELS]
            assert [words_of(cell) for cell in row[1:]] == [*expected, str(sum(map(int, expected)))]


def test_a_cell_leads_to_its_pictures_and_to_no_others(page: str) -> None:
    root = tree(page)
    made = outcomes(Path(), 0, 60)
    for link in by_class(by_class(root, "matrix")[0], "open"):
        target = (link.get("href") or "")[1:]
        row, column = map(int, target.split("-")[2:])
        cell = next(element for element in root.iter() if element.get("id") == target)
        shown = {words_of(name).split("/")[-1] for name in cell.iter("small")}
        expected = {
            f"{number}.jpg"
            for number, (truth, said, *_) in enumerate(made)
            if (truth, said) == (LABELS[row], LABELS[column])
        }
        assert shown == expected
        for image in cell.iter("img"):
            assert LABELS[row] in (image.get("alt") or "")
            assert row == column or LABELS[column] in (image.get("alt") or "")


def test_each_class_has_its_row(page: str) -> None:
    made = outcomes(Path(), 0, 60)
    counts, _ = by_hand(made)
    for row in by_class(tree(page), "classes")[0].findall("tbody/tr"):
        label, pictures, found, precision, _ = (words_of(cell) for cell in row)
        size = sum(truth == label for truth, *_ in made)
        said = sum(answer == label for _, answer, *_ in made)
        assert int(pictures) == size
        assert found == f"{counts[label, label] / size:.1%}"
        assert precision == f"{counts[label, label] / said:.1%}"
        assert float(row[2].get("data-v") or "") == pytest.approx(counts[label, label] / size, abs=1e-6)


def test_the_wrong_pictures_are_all_there_the_most_confident_first(page: str) -> None:
    made = outcomes(Path(), 0, 60)
    section = next(element for element in tree(page).iter("section") if element.get("id") == "wrong")
    figures = list(section.iter("figure"))[: sum(truth != said for truth, said, *_ in made)]
    expected = sorted(
        ((probability, said, truth) for truth, said, probability, *_ in made if truth != said), reverse=True
    )
    for figure, (probability, said, truth) in zip(figures, expected, strict=True):
        lines = [words_of(line) for line in figure.findall("figcaption/*")]
        assert lines[:3] == [f"it said {said}", f"{probability:.0%}", f"really {truth}"]
        photo, evidence = figure.iter("img")
        assert photo.get("alt") == f"a picture of \u2068{truth}\u2069, taken for \u2068{said}\u2069"
        assert said in (evidence.get("alt") or "")


def test_answering_less_is_what_was_counted(page: str) -> None:
    made = outcomes(Path(), 0, 60)
    for probability, answered, wrong, pictures in data_of(page)["curves"]["m"]:
        given = [
            truth != said for truth, said, share, reason, _ in made if share >= probability and reason != "unfamiliar"
        ]
        assert (answered, wrong, pictures) == (len(given), sum(given), 60)
    told = words_of(by_class(tree(page), "answers")[0])
    for answered, coverage, probability in re.findall(r"Answering [\d.]+% of the pictures \((\d+) of 60\)()()", told):
        assert coverage == probability == ""
        assert 0 < int(answered) <= 60
    begin = re.search(r"those at least ([\d.]+)% probable", told)
    assert begin is not None
    assert float(begin[1]) >= 60.0


@pytest.mark.parametrize(
    ("wrong", "answered", "expected"),
    [
        (1, 50, "1 in 50 answers is wrong"),
        (0, 7, "none of the 7 answers is wrong"),
        (2, 3, "2 of the 3 answers are wrong"),
    ],
)
def test_how_often_answers_are_wrong_in_words(wrong: int, answered: int, expected: str) -> None:
    made: list[Outcome] = [("ants", "bees", 0.8, None, None)] * wrong
    made += [("ants", "ants", 0.8, None, None)] * (answered - wrong)
    assert f"100% of the pictures ({answered} of {answered}), those at least 80.0% probable: {expected}." in words_of(
        tree(made_page(Report("x", evaluated(made, LABELS), "here")))
    )


def test_the_calibration_table_counts_the_bins(page: str) -> None:
    made = outcomes(Path(), 0, 60)
    shares = np.array([probability for _, _, probability, *_ in made])
    right = np.array([truth == said for truth, said, *_ in made])
    rows = by_class(tree(page), "numbers")[0].findall("tbody/tr")
    edges = [number / 15 for number in range(16)]
    bins = [(low, high) for low, high in pairwise(edges) if ((shares > low) & (shares <= high)).any()]
    for row, (low, high) in zip(rows, bins, strict=True):
        inside = (shares > low) & (shares <= high)
        label, mean, kept, interval, pictures = (words_of(cell) for cell in row)
        assert label == f"{low:.0%} – {high:.0%}"
        assert int(pictures) == inside.sum()
        assert float(mean.rstrip("%")) == pytest.approx(100 * shares[inside].mean(), abs=0.051)
        assert float(kept.rstrip("%")) == pytest.approx(100 * right[inside].mean(), abs=0.051)
        wilson = binomtest(int(right[inside].sum()), int(inside.sum())).proportion_ci(0.95, method="wilson")
        ends = [float(end.rstrip("%")) for end in interval.split(" – ")]
        assert ends == pytest.approx([100 * wilson.low, 100 * wilson.high], abs=0.051)


# Two languages.


def test_placeholders_are_the_same_in_korean() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for english, in_korean in KOREAN.items():
        assert fields(english) == fields(in_korean), english
        assert in_korean.strip()
        assert re.search("[가-힣]", in_korean) or fields(english), english


def literals() -> set[str]:
    """What the sources of the report say, wherever they say it."""
    found = set()
    for file in Path(report_package.__file__ or "").parent.glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {"said", "words", "section"}:
                spoken = [value.value for value in call.args if isinstance(value, ast.Constant)]
                found |= {text for text in spoken[getattr(call.func, "id", "") == "section" :] if isinstance(text, str)}
    return found


def test_everything_that_is_said_has_its_korean() -> None:
    spoken = literals()
    assert len(spoken) > 60
    assert spoken - set(KOREAN) == set()


def visible(element: ET.Element) -> list[str]:
    """What a person who opened the page in Korean reads or hears; strangers' names left out."""
    classes = (element.get("class") or "").split()
    if element.tag in {"bdi", "script", "style", "code", "small"} or "in-en" in classes or element.get("lang") == "en":
        return [element.tail or ""]
    told = [element.get(key) or "" for key in ("alt", "aria-label")]
    told += [element.text or "", *(word for child in element for word in visible(child)), element.tail or ""]
    return told


def test_a_korean_page_speaks_korean(korean: str, report: Report) -> None:
    spoken = " ".join(visible(tree(korean)))
    spoken = re.sub("\u2068[^\u2069]*\u2069", "", spoken)
    left = set(re.findall("[A-Za-z]{2,}", spoken)) - {"seefood", "insects", "onnx", "Language", "numpy"}
    assert left == set()
    assert len(re.findall("[가-힣]", spoken)) > 1000


def test_the_other_language_stands_beside_each_word(page: str, korean: str) -> None:
    english_root, korean_root = tree(page), tree(korean)
    table = data_of(page)["words"]
    assert table == data_of(korean)["words"]
    checked = 0
    for here, there in zip(english_root.iter(), korean_root.iter(), strict=True):
        for key, text in (("data-t", "".join), ("data-t-alt", "alt"), ("data-t-aria-label", "aria-label")):
            number = here.get(key)
            assert number == there.get(key)
            if number is None:
                continue
            pair = [text(root.itertext()) if callable(text) else root.get(text) for root in (here, there)]
            assert pair == table[int(number)]
            checked += 1
    assert checked > 200
    assert len(table) == len({tuple(words) for words in table})


def test_another_language_is_refused(report: Report) -> None:
    with pytest.raises(ValueError, match="expected a language"):
        made_page(report, "fr")  # type: ignore[arg-type]


# Large ones.


def test_400_classes_and_20_000_pictures_stay_small(tmp_path: Path) -> None:
    generator = np.random.default_rng(5)
    labels = [f"class {number:03d}" for number in range(400)]
    noisy = tmp_path / "noise.jpg"
    Image.fromarray(generator.integers(0, 255, (300, 400, 3), np.uint8)).save(noisy, quality=95)
    made: list[Outcome] = []
    for number in range(20_000):
        truth = labels[number % 400]
        said = truth if generator.random() < 0.7 else labels[int(generator.integers(400))]
        made.append((truth, said, float(generator.uniform(0.01, 1)), None, str(noisy)))
    evaluation = evaluated(made, labels)
    report = Report("many", evaluation, "here", evaluation, evidence=lambda *_: np.eye(7), facts={"classes": labels})
    started = made_page(report)
    assert len(started.encode()) < 8_000_000
    root = tree(started)
    assert len(by_class(root, "classes")[0].findall("tbody/tr")) == 400
    assert by_class(root, "matrix") == []
    pairs = by_class(root, "pairs")
    counts = [int(words_of(row[2])) for table in pairs if table.tag == "table" for row in table.findall("tbody/tr")]
    assert counts == sorted(counts[: len(counts) // 2], reverse=True) * 2
    confused = Counter((truth, said) for truth, said, *_ in made if truth != said)
    assert counts[0] == confused.most_common(1)[0][1]
    assert f"of the {len(confused)} pairs that occur" in words_of(root)


def test_what_does_not_fit_is_left_out_and_said(tmp_path: Path) -> None:
    path = photo(tmp_path / "ants" / "a.jpg", 0, (200, 300))
    made: list[Outcome] = [("ants", "bees", 0.9, None, path)] * 100
    root = tree(made_page(Report("x", evaluated(made, LABELS), "here")))
    section = next(element for element in root.iter("section") if element.get("id") == "wrong")
    shown = len(list(section.iter("img")))
    assert shown == 48
    assert "The 48 most confident mistakes of 100:" in words_of(section)


# Pictures.


def pixels_of(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.split(",", 1)[1])))


def test_photos_keep_their_shape_and_their_colours(tmp_path: Path) -> None:
    file = tmp_path / "wide.png"
    Image.fromarray(gradient(60, 240)).save(file)
    album = Album()
    made = album.photo(str(file))
    assert made is not None
    image = pixels_of(made.uri).convert("RGB")
    assert image.size == (made.width, made.height) == (132, 33)
    assert np.abs(np.asarray(image, float)[16, :, 0] - np.linspace(0, 255, 132)).max() < 12
    assert album.left < 5_000_000 - len(made.uri) + 1


@pytest.mark.parametrize("content", [None, b"", b"no picture", b"\xff\xd8\xff\xe0 cut"])
def test_a_picture_that_is_gone_or_broken_has_a_sign_in_its_place(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "x.jpg"
    if content is not None:
        file.write_bytes(content)
    made: list[Outcome] = [("ants", "bees", 0.9, None, str(file)), ("ants", "ants", 0.7, None, None)]
    root = tree(made_page(Report("x", evaluated(made, LABELS), "here")))
    signs = by_class(root, "gone")
    assert len(signs) >= 2
    assert list(root.iter("img")) == []
    assert all((sign.get("aria-label") or "").endswith("cannot be read any more") for sign in signs)


def test_pictures_that_are_no_files_are_asked_for() -> None:
    made: list[Outcome] = [("ants", "bees", 0.9, None, "table.csv#7")]
    found = {"table.csv#7": gradient()}
    root = tree(made_page(Report("x", evaluated(made, LABELS), "here", picture=found.__getitem__)))
    assert len(list(root.iter("img"))) >= 2


def test_maps_of_a_classifier_that_has_learned_since_say_so(report: Report, page: str) -> None:
    since = "which has learned from these pictures since"
    section = next(element for element in tree(page).iter("section") if element.get("id") == "wrong")
    assert [since in words_of(part) for part in by_class(section, "part")] == [True, False]
    assert since not in made_page(replace(report, where="here"))
    assert since not in made_page(replace(report, evidence=None))


def test_evidence_that_cannot_be_made_leaves_the_photo(tmp_path: Path) -> None:
    path = photo(tmp_path / "ants" / "a.jpg", 0)
    made: list[Outcome] = [("ants", "bees", 0.9, None, path)]

    def broken(path: str, said: str, truth: str) -> None:
        assert (said, truth) == ("bees", "ants")
        raise OutputError("expected evidence; found none; go on")

    for evidence in (broken, lambda *_: None, lambda *_: np.full((7, 7), np.nan)):
        root = tree(made_page(Report("x", evaluated(made, LABELS), "here", evidence=evidence)))
        section = next(element for element in root.iter("section") if element.get("id") == "wrong")
        assert len(list(section.iter("img"))) == 1


def test_evidence_lies_where_it_belongs_in_its_colour() -> None:
    grey = np.full((224, 224, 3), 128, np.uint8)
    evidence = np.zeros((7, 7))
    evidence[1, 1], evidence[5, 5] = 3.0, -2.0
    drawn = overlaid(grey, evidence).astype(int)
    for row, column, warm in ((48, 48, True), (176, 176, False)):
        red, _, blue = drawn[row, column]
        assert (red > blue + 60) if warm else (blue > red + 60)
    assert np.abs(drawn[48, 176] - 128).max() < 12
    assert np.array_equal(overlaid(grey, np.zeros((7, 7))), grey)
    for shape in ((7,), (0, 7), (1, 7, 7)):
        with pytest.raises(ValueError, match="expected finite evidence"):
            overlaid(grey, np.zeros(shape))


def test_evidence_lies_over_what_the_network_sees(tmp_path: Path) -> None:
    file = tmp_path / "wide.png"
    Image.fromarray(gradient(200, 800)).save(file)
    seeing = Preprocessing(224, 224, crop=1.0)
    album = Album(preprocessing=seeing, evidence=lambda *_: np.zeros((7, 7)))
    made = album.evidence_over(str(file), "a", "b")
    assert made is not None
    row = np.asarray(pixels_of(made.uri).convert("L"), float)[100]
    assert row[0] == pytest.approx(255 * 300 / 800, abs=12)
    assert row[-1] == pytest.approx(255 * 500 / 800, abs=12)


# What may be missing.


@pytest.mark.parametrize(
    "made",
    [
        [],
        [("ants", "ants", 1.0, None, None)],
        [("ants", "bees", 0.0, None, None)],
        [("ants", "ants", 0.5, "unfamiliar", None)],
        [("ants", "ants", 0.9, None, None), ("bees", "bees", 0.8, None, None)],
    ],
)
def test_little_is_reported_too(made: list[Outcome]) -> None:
    for failed in ((), (Failure("x.jpg", "x.jpg: broken"),)):
        for language in ("en", "ko"):
            content = made_page(Report("x", evaluated(made, LABELS, failed), "here"), language)
            root = tree(content)
            assert Seen(content).wrong == []
            assert ("x.jpg: broken" in words_of(root)) == bool(failed)
            if language == "en" and not made:
                assert "No picture could be read." in words_of(root)
            links = {element.get("href") for element in next(root.iter("nav")).iter("a")}
            assert links == {f"#{section.get('id')}" for section in root.iter("section")}


def test_notes_belong_to_groups() -> None:
    with pytest.raises(ValueError, match="2 notes and 1 groups"):
        Finding("x", "y", (("a",),), notes=("one", "two"))


def test_it_is_written_whole_or_not_at_all(report: Report, page: str, tmp_path: Path) -> None:
    place = tmp_path / "report.html"
    write(report, place)
    assert place.read_text(encoding="utf-8") == page
    write(report, place, "ko")
    assert 'lang="ko"' in place.read_text(encoding="utf-8")[:60]
    with pytest.raises(OutputError):
        write(report, tmp_path / "missing" / "report.html")
    with pytest.raises(ValueError, match="language"):
        write(report, place, "xx")  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
