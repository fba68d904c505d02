"""The report on folders alone: its counts, its galleries and its names; and ``inspect --report``."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from doors import coloured, picture, seefood, small_network
from reported import Seen, by_class, data_of, photo, tree, words_of
from seefood.drawing.names import look, short_names, told_apart
from seefood.evaluation.report import DataReport, Finding
from seefood.evaluation.report.findings import KINDS
from seefood.evaluation.report.korean import KOREAN
from seefood.evaluation.report.page import page as made_page
from seefood.inspection import Inspection, Oddity, Outlier, Suspect, inspect_folders
from seefood.inspection.limits import KOREAN as KOREAN_LIMITS
from seefood.inspection.limits import Limit
from seefood.model.reported import ODDITIES, findings_of
from seefood.model.reporting import inspection_report
from seefood.verdicts import Failure


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("photos")


def made(folder: Path, **changes: object) -> DataReport:
    paths = [photo(folder / split / "ants" / f"{n}.jpg", n) for n in range(3) for split in ("train", "val")]
    values: dict[str, object] = {
        "title": "photos",
        "pictures": 42,
        "classes": {"ants": 10, "Welsh_springer_spaniel": 32, "none": 0},
        "splits": {"train": 30, "val": 12},
        "findings": (
            Finding("near_duplicates", "2 look alike", (tuple(paths[:2]), tuple(paths[2:4]))),
            Finding("leaks", "1 lies in two splits", (tuple(paths[4:6]),), severe=True, korean="1장이 겹칩니다"),
            Finding("same_classes", "a and b", severe=True),
            Finding("same_classes", "a and c", severe=True),
            Finding("duplicates", "5 are copies", (tuple(paths[:2]),), counted=5),
        ),
        "facts": {"seed": 3},
        "commands": ("seefood inspect photos --report photos.html",),
    }
    return DataReport(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_is_whole_and_asks_for_nothing(folder: Path, language: str) -> None:
    content = made_page(made(folder), language)  # type: ignore[arg-type]
    seen = Seen(content)
    assert (seen.wrong, seen.open) == ([], [])
    names = [attributes["id"] for _, attributes in seen.elements if "id" in attributes]
    assert len(names) == len(set(names))
    for tag, attributes in seen.elements:
        assert attributes.get("href", f"#{names[0]}")[1:] in names
        assert attributes.get("src", "data:image/").startswith("data:image/")
        assert "style" not in attributes
        assert tag not in {"link", "iframe", "object", "base"}
    assert "default-src &#39;none&#39;" in content
    assert data_of(content)["curves"] == {}
    sections = {element.get("id") for element in tree(content).iter("section")}
    assert sections == {"census", "data", "done"}
    assert str(folder) not in content


def test_the_headline_counts(folder: Path) -> None:
    root = tree(made_page(made(folder)))
    assert (
        words_of(by_class(root, "verdict")[0]) == "42 pictures in 3 classes: 4 kinds of findings, 2 of them important."
    )
    assert "In splits: train 30, val 12" in words_of(root)
    tiles = {words_of(tile).removesuffix("important"): tile for tile in by_class(root, "tiles")[0].iter("a")}
    assert list(tiles) == [
        "1the same picture in two splits",
        "2two classes with the same pictures",
        "2altered copies",
        "5exact copies",
    ]
    for tile, expected in zip(tiles.values(), ("1 lies", "a and b", "2 look", "5 are"), strict=True):
        place = (tile.get("href") or "")[1:]
        assert expected in words_of(next(each for each in root.iter("article") if each.get("id") == place))
    rows = [[words_of(cell) for cell in row] for row in by_class(root, "census")[0].findall("tbody/tr")]
    assert [row[:2] for row in rows] == [["Welsh_springer_spaniel", "32"], ["ants", "10"], ["none", "0"]]
    bars = [float(bar[1].get("width") or "0") for bar in by_class(root, "bar")]
    assert bars == pytest.approx([100, 100 * 10 / 32, 0])


@pytest.mark.parametrize(
    ("findings", "classes", "expected"),
    [
        ((), {"a": 1, "b": 0}, "1 picture in 2 classes: nothing wrong was found."),
        ((Finding("tiny", "1"),), {}, "1 picture in no class: 1 kind of finding, none of them important."),
        (
            (Finding("leaks", "1", severe=True),),
            {"a": 1},
            "1 picture in 1 class: 1 kind of finding, 1 of them important.",
        ),
    ],
)
def test_little_is_told_too(
    folder: Path, findings: tuple[Finding, ...], classes: dict[str, int], expected: str
) -> None:
    report = made(folder, pictures=1, findings=findings, classes=classes, splits={"all": 1}, facts={}, commands=())
    for language in ("en", "ko"):
        root = tree(made_page(report, language))
        links = {element.get("href") for element in next(root.iter("nav")).iter("a")}
        assert links == {f"#{section.get('id')}" for section in root.iter("section")}
    assert words_of(by_class(tree(made_page(report)), "verdict")[0]) == expected


def test_pictures_with_the_same_last_folders_have_different_captions(folder: Path) -> None:
    root = tree(made_page(made(folder)))
    for group in by_class(root, "group"):
        captions = [words_of(small) for small in group.iter("small")]
        assert len(captions) == len(set(captions)) == 2
        assert {caption.split("/")[0] for caption in captions} == {"train", "val"}
        assert len({image.get("alt") for image in group.iter("img")}) == 2


def test_many_pictures_unfold_and_the_rest_is_counted(folder: Path) -> None:
    paths = tuple((photo(folder / "many" / f"{n}.jpg", n % 3),) for n in range(70))
    root = tree(made_page(made(folder, findings=(Finding("tiny", "70 are small", paths),))))
    article = next(root.iter("article"))
    assert len(list(article.iter("img"))) == 64
    assert len(list(next(article.iter("details")).iter("img"))) == 48
    assert words_of(article).endswith("and 6 more")


def test_every_kind_has_a_name_that_people_understand_in_both_languages() -> None:
    kinds = {
        finding.kind
        for inspection in (
            Inspection(
                40,
                {"a": 39, "b": 1},
                {"all": 40},
                unreadable=(Failure("x", "x: broken"),),
                oddities=tuple(Oddity("x", kind, "note") for kind in ODDITIES),
                duplicates=(("x", "y"),),
                near_duplicates=(("x", "y"),),
                conflicts=(("x", "y"),),
                leaks=(("x", "y"),),
                suspects=(Suspect("x", "a", "b", 1.0, 1.0),),
                outliers=(Outlier("x", "a", 9.0),),
                same_classes=(("a", "b"),),
                too_few={"b": 1},
                limits=(Limit("no pictures in {name}", {"name": "c"}),),
            ),
            Inspection(1, {"a": 1}, {"all": 1}),
            Inspection(1, {}, {"all": 1}),
        )
        for finding in findings_of(inspection)
    }
    assert kinds == set(KINDS)
    assert set(KINDS.values()) <= set(KOREAN)


def test_strangers_names_stay_text(folder: Path) -> None:
    hostile = ("<script>alert(1)</script>", "a\"b'c&amp;", "two\nlines", "bytes\udcff", "\u202egnp.exe", "{0} %s")
    found = Inspection(
        60,
        dict.fromkeys(hostile, 10),
        {f"{name} split": 10 for name in hostile},
        conflicts=tuple((f"photos/{name}/1.jpg", f"photos/{name}/2.jpg") for name in hostile),
        suspects=tuple(Suspect(f"photos/{name}/3.jpg", name, hostile[0], 0.9, 0.8) for name in hostile),
        too_few=dict.fromkeys(hostile, 1),
        same_classes=tuple((name, hostile[0]) for name in hostile[1:]),
    )
    for language in ("en", "ko"):
        content = made_page(inspection_report(found, hostile[0], list(hostile), {}), language)
        content.encode("utf-8")
        seen = Seen(content)
        assert (seen.wrong, seen.open) == ([], [])
        assert "<script>alert" not in content
        assert content.count("<script") == 2
        assert not re.search("[\u202a-\u202e\ud800-\udfff\x00-\x08]", content)
        names = {words_of(name) for name in tree(content).iter("bdi")}
        assert {"<script>alert(1)</script>", "a\"b'c&amp;", "{0} %s", "gnp.exe"} <= names


# Names.


@pytest.mark.parametrize(
    "names",
    [
        ("caf\u00e9", "cafe\u0301"),
        ("ants", "ants "),
        ("ants", "an\u200bts"),
        ("hot dog", "hot  dog"),
        ("caf\u00e9", "cafe\u0301", "caf\u00e9 "),
        ("\uff21", "A"),
    ],
)
def test_names_that_look_the_same_come_with_what_is_different(names: tuple[str, ...]) -> None:
    shown = told_apart(names)
    assert len({look(name) for name in shown}) == len(names)
    assert told_apart((*names, "bees"))[-1] == "bees"


def test_names_that_are_different_stay_as_they_are() -> None:
    names = ("ants", "Ants", "bees", "ants", "핫도그")
    assert told_apart(names) == names


def test_short_names_are_different_and_keep_the_class() -> None:
    deep = "/home/somebody/" + "/".join("abcdefgh")
    paths = (f"{deep}/train/ants/1.jpg", "/mnt/other/train/ants/1.jpg", "/mnt/other/train/ants/2.jpg")
    shown = short_names(paths)
    assert len(set(shown)) == 3
    assert all(path.endswith(name) for path, name in zip(paths, shown, strict=True))
    assert "somebody" not in " ".join(shown)
    assert short_names(()) == ()


# The option.


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_network(tmp_path_factory.mktemp("network"))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_inspect_writes_a_report(tmp_path: Path, cache: Path, network: Path, language: str) -> None:
    root = coloured(tmp_path / "photos", 14, "red", "blue")
    shutil.copy(root / "red" / "001.png", root / "blue" / "other.png")
    picture(root / "blue" / "wrong.png", (220, 30, 30), seed=99)
    (root / "red" / "broken.png").write_bytes(b"no picture")
    report = tmp_path / "report.html"
    asked = ("inspect", root, "--backbone", network, "--report", report, "--language", language, "--json")
    done = seefood(*asked, "--move-to", tmp_path / "aside", "--move", "conflicts", cache=cache)
    assert done.status == 1
    (found,) = done.lines()
    assert done.err == ""
    content = report.read_text(encoding="utf-8")
    assert f'<html lang="{language}"' in content
    page = tree(content)
    assert str(found["pictures"]) in words_of(by_class(page, "verdict")[0])
    articles = {words_of(article)[:40]: article for article in page.iter("article")}
    told = next(
        each
        for title, each in articles.items()
        if re.match("The same picture in two cl|두 클래스에", title, re.IGNORECASE)
    )
    captions = {words_of(small) for small in told.iter("small")}
    assert captions == {"red/001.png", "blue/other.png"}
    assert len(list(told.iter("img"))) == 2  # read before they were put aside
    assert "seefood inspect" in content


def test_a_report_has_no_place_among_undone_things(tmp_path: Path, cache: Path) -> None:
    for arguments, said in (
        (("--undo", "aside", "--report", "r.html"), "--undo DIR alone"),
        (("photos", "--report", "r.txt"), "a name that ends in .html"),
    ):
        done = seefood("inspect", *arguments, cache=cache, cwd=tmp_path)
        assert done.status == 2
        assert said in done.err


def test_one_class_is_told_on_the_command_line_and_on_the_page(tmp_path: Path, cache: Path, network: Path) -> None:
    root = coloured(tmp_path / "photos", 12, "red")
    asked = ("inspect", root, "--backbone", network, "--report", tmp_path / "r.html")
    done = seefood(*asked, cache=cache)
    assert done.status == 0
    assert "nothing can be taught from one: add a sub-folder" in done.err
    assert "nothing wrong was found" not in done.err
    assert "nothing can be taught from one: add a sub-folder" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_the_report_says_what_was_done() -> None:
    found = Inspection(3, {"a": 2, "b": 1}, {"all": 3}, seconds={"total": 1.234})
    report = inspection_report(found, "photos", ["seefood", "inspect", "my photos"], {"seed": 5})
    assert report.commands == ("seefood inspect 'my photos'",)
    assert report.facts["seed"] == 5
    assert report.facts["seconds"] == {"total": 1.23}
    assert "seefood" in dict(report.facts["versions"])  # type: ignore[call-overload]
    assert inspection_report(replace(found, pictures=0), "x", [], {}).commands == ()


def test_what_was_not_looked_at_is_told_in_korean_too(tmp_path: Path, cache: Path, network: Path) -> None:
    root = coloured(tmp_path / "photos", 3, "red", "blue")
    for name in ("none", "red ", "nothing"):
        (root / name).mkdir()
    (found,) = seefood("inspect", root, "--backbone", network, "--json", cache=cache).lines()
    assert len(found["limits"]) == 2
    told = [limit.korean for limit in inspect_folders([root], backbone=str(network)).limits]
    assert [bool(re.search("[가-힣]", one)) for one in told] == [True, True]
    sentence = "the labels of {judged} of {pictures} pictures, drawn by chance, are judged"
    assert (
        Limit(sentence, {"judged": 2, "pictures": 9}).korean
        == "사진 9장 가운데 무작위로 뽑은 2장의 이름표만 살펴보았습니다"
    )
    for sentence, korean in KOREAN_LIMITS.items():
        names = sorted(re.findall("{(\\w+)}", sentence))
        assert names == sorted(re.findall("{(\\w+)}", korean))
        values = {name: f"<{name}>" for name in names}
        limit = Limit(sentence, values)
        assert (str(limit), limit.korean) == (sentence.format(**values), korean.format(**values))
    with pytest.raises(KeyError):
        Limit("a sentence that nobody put into Korean", {})


# One word for one thing.


def test_a_label_has_one_name_in_korean() -> None:
    """Pages and words of pages alike say 이름표 where the English says label."""
    checkout = Path(__file__).resolve().parents[1]
    pages = [checkout / "README.ko.md", *(checkout / "docs").glob("*.ko.md")]
    words = [file for file in (checkout / "src").rglob("*.py") if re.search("[가-힣]", file.read_text("utf-8"))]
    assert len(pages) > 4
    assert len(words) > 3
    others = re.compile("레이블|라벨")
    assert not {file.name for file in (*pages, *words) if others.search(file.read_text("utf-8"))}
