"""The inspection as a whole: folders with planted defects in, findings out."""

import json
import os
import re
import shutil
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from doors import coloured, picture, small_network
from planted import Amounts, plant, scene
from seefood.errors import DatasetError, ShapeError
from seefood.files import digest_of_file
from seefood.inspection import (
    KINDS,
    Inspection,
    Material,
    chosen_files,
    find_copies,
    inspect_folders,
    inspect_rows,
    most_important,
)
from seefood.inspection.formats import ENDINGS, format_of
from seefood.inspection.listing import Listing
from seefood.model.teaching import teach_folder
from seefood.pictures import SUFFIXES


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEEFOOD_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Mean colours as features."""
    return str(small_network(tmp_path_factory.mktemp("network")))


def scenes(folder: Path, count: int, first: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        scene(np.random.default_rng(number)).save(folder / f"{number:03}.jpg", quality=92)
    return folder


# Real photos.


def test_planted_defects_are_found(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEEFOOD_CACHE")  # features of these photos may be there already
    planted = plant(data / "hymenoptera", tmp_path / "photos", Amounts(), np.random.default_rng(2))
    found = inspect_folders([tmp_path / "photos"])
    assert {Path(failure.path or "") for failure in found.unreadable} == planted.broken
    pairs = {frozenset(map(Path, group)) for group in found.near_duplicates}
    truth = {frozenset(pair) for pair in planted.copies.items()}
    assert len(pairs & truth) >= 0.95 * len(truth)
    assert len(pairs & truth) >= 0.95 * len(pairs)
    assert sum(not planted.conflicts.isdisjoint(map(Path, group)) for group in found.conflicts) == 6
    assert len(found.conflicts) == 6
    assert sum(not planted.leaks.isdisjoint(map(Path, group)) for group in found.leaks) >= 9
    suspects = {Path(suspect.path) for suspect in found.suspects}
    assert len(suspects & planted.flipped) >= 0.8 * len(planted.flipped)
    assert len(suspects & planted.flipped) >= 0.5 * len(suspects)
    assert found.warnings[0].startswith("10 pictures lie in two splits")


# Small pictures that tests make.


def test_what_is_where(tmp_path: Path, network: str) -> None:
    root = coloured(tmp_path / "photos", 14, "red", "blue")
    shutil.copy(root / "red" / "000.png", root / "red" / "again.png")
    shutil.copy(root / "red" / "001.png", root / "blue" / "other.png")
    picture(root / "blue" / "wrong.png", (220, 30, 30), seed=99)
    (root / "red" / "broken.png").write_bytes(b"no picture")
    found = inspect_folders(root, backbone=network)
    red, blue = root / "red", root / "blue"
    assert found.pictures == 31
    assert found.classes == {"blue": 16, "red": 15}
    assert found.splits == {"photos": 31}
    assert [failure.path for failure in found.unreadable] == [str(red / "broken.png")]
    assert set(map(frozenset, found.duplicates)) == {
        frozenset({str(red / "000.png"), str(red / "again.png")}),
        frozenset({str(blue / "other.png"), str(red / "001.png")}),
    }
    assert found.conflicts == ((str(blue / "other.png"), str(red / "001.png")),)
    assert found.leaks == ()
    assert [(suspect.path, suspect.looks_like) for suspect in found.suspects] == [(str(blue / "wrong.png"), "red")]
    assert {(odd.path, odd.kind) for odd in found.oddities} == {
        (str(path), "tiny") for path in root.rglob("*.png") if path.name != "broken.png"
    }


def test_splits_by_their_names_and_as_given(tmp_path: Path, network: str) -> None:
    for split, first in (("train", 0), ("val", 20)):
        for number, kind in enumerate(("a", "b")):
            scenes(tmp_path / "both" / split / kind, 6, first + 10 * number)
    original = tmp_path / "both" / "train" / "a" / "003.jpg"
    with Image.open(original) as image:
        image.resize((120, 90)).save(tmp_path / "both" / "val" / "a" / "copy.jpg", quality=60)
    leak = tuple(str(tmp_path / "both" / place) for place in ("train/a/003.jpg", "val/a/copy.jpg"))
    one = inspect_folders(tmp_path / "both", backbone=network)
    two = inspect_folders([tmp_path / "both" / "train", tmp_path / "both" / "val"], backbone=network)
    for found in (one, two):
        assert found.splits == {"train": 12, "val": 13}
        assert found.classes == {"a": 13, "b": 12}
        assert found.leaks == found.near_duplicates == (leak,)
        assert found.conflicts == ()
    assert chosen_files(one, ["leaks"]) == [(Path(leak[1]), f"leak of {leak[0]}")]  # the smallest split keeps its copy


def test_pictures_without_classes(tmp_path: Path, network: str) -> None:
    found = inspect_folders(scenes(tmp_path / "photos", 5), backbone=network)
    assert (found.pictures, found.classes, found.suspects, found.too_few) == (5, {}, (), {})
    assert [warning.partition(":")[0] for warning in found.warnings] == [
        "the pictures lie in no class, so no labels were looked at"
    ]


def test_one_class_cannot_be_taught_from_and_that_is_said(tmp_path: Path, network: str) -> None:
    scenes(tmp_path / "photos" / "only", 12)
    found = inspect_folders(tmp_path / "photos", backbone=network)
    assert found.only_class == "only"
    assert found.warnings[0].startswith("only one class, only, has pictures, and nothing can be taught from one: add")
    with pytest.raises(DatasetError, match="expected two classes or more"):  # what teaching says of the same folder
        teach_folder(tmp_path / "photos", backbone=network)
    (tmp_path / "photos" / "empty").mkdir()
    assert inspect_folders(tmp_path / "photos", backbone=network).only_class == "only"
    scenes(tmp_path / "photos" / "empty", 12, 40)
    assert inspect_folders(tmp_path / "photos", backbone=network).only_class is None


def test_classes_that_look_the_same_are_told_apart(tmp_path: Path, network: str) -> None:
    """Letters that are one here and two there (as from a Mac), and a space that nobody sees."""
    composed, taken_apart = (unicodedata.normalize(form, "caf\u00e9") for form in ("NFC", "NFD"))
    for root, names in (("forms", (composed, taken_apart)), ("spaces", ("ants", "ants "))):
        for name in names:
            scenes(tmp_path / root / name, 4)
        if len(list((tmp_path / root).iterdir())) < 2:
            pytest.skip("this file system takes them for one")
        found = inspect_folders(tmp_path / root, backbone=network)
        for warning in found.warnings:
            for one, other in re.findall(r"classes (.+) and (.+?) (?:hold|look)", warning):
                assert as_seen(one) != as_seen(other)
        assert any("look the same" in warning for warning in found.warnings)
        (conflict,) = [warning for warning in found.warnings if "two classes, for example" in warning]
        one, _, other = conflict.partition("for example ")[2].partition(" and ")
        assert as_seen(one) != as_seen(other)


def as_seen(text: str) -> str:
    """What a terminal shows: letters put together, ends of names unseen."""
    return re.sub(r"\s+(?=/|$)", "", unicodedata.normalize("NFC", text))


def test_a_conflict_names_two_classes_and_a_leak_two_splits(tmp_path: Path, network: str) -> None:
    """Of a group whose first two lie in one class, and of files whose last folders have the same names."""
    for number, name in enumerate(("train/a/day", "train/b/day", "val/a/day", "val/b/day")):
        scenes(tmp_path / "photos" / name, 4, 10 * number)
    first = tmp_path / "photos" / "train" / "a" / "day" / "000.jpg"
    for place in ("train/a/day/0 again.jpg", "train/b/day/same.jpg", "val/a/day/000.jpg"):
        shutil.copy(first, tmp_path / "photos" / place)
    found = inspect_folders(tmp_path / "photos", backbone=network)
    told = {kind: next(warning for warning in found.warnings if kind in warning) for kind in ("classes", "splits")}
    assert "example a/day/0 again.jpg and b/day/same.jpg" in told["classes"]
    assert "train/a/day/0 again.jpg and val/a/day/000.jpg" in told["splits"]
    assert found.class_first(found.conflicts[0])[1:] != found.conflicts[0][1:]
    assert sorted(found.class_first(found.conflicts[0])) == sorted(found.conflicts[0])
    pictures = ("photos/a/x/1.jpg", "photos/a/x/2.jpg", "photos/b/x/1.jpg")
    alone = Inspection(3, {"a": 2, "b": 1}, {"all": 3})  # as in training, where the folders are not known
    assert alone.class_first(pictures) == (pictures[0], pictures[2], pictures[1])


def test_every_class_a_copy_of_another(tmp_path: Path, network: str) -> None:
    scenes(tmp_path / "photos" / "a", 6)
    shutil.copytree(tmp_path / "photos" / "a", tmp_path / "photos" / "b")
    found = inspect_folders(tmp_path / "photos", backbone=network)
    assert len(found.conflicts) == 6
    assert found.same_classes == (("a", "b"),)
    assert found.suspects == ()
    assert found.outliers == ()
    assert any("the classes a and b hold the same pictures" in warning for warning in found.warnings)
    assert chosen_files(found, ["duplicates"]) == []  # which label is right is not known
    assert len(chosen_files(found, ["conflicts"])) == 12


def test_three_pictures_one_class_and_many_classes(tmp_path: Path, network: str) -> None:
    scenes(tmp_path / "three" / "a", 2)
    scenes(tmp_path / "three" / "b", 1, 10)
    assert inspect_folders(tmp_path / "three", backbone=network).too_few == {"b": 1, "a": 2}
    scenes(tmp_path / "one" / "a", 12)
    assert inspect_folders(tmp_path / "one", backbone=network).classes == {"a": 12}
    for number in range(400):
        picture(tmp_path / "many" / f"class {number}" / "0.png", seed=number)
        picture(tmp_path / "many" / f"class {number}" / "1.png", seed=1000 + number)
    found = inspect_folders(tmp_path / "many", backbone=network)
    assert len(found.too_few) == 400
    assert found.suspects == ()


NAMES = ("x..", "<script>alert(1)", "개미", "نمل", "-rf", "a\nb", "[bold]")


def test_classes_of_any_name(tmp_path: Path, network: str) -> None:
    for number, name in enumerate(NAMES):
        scenes(tmp_path / "photos" / name, 2, 10 * number)
    found = inspect_folders(tmp_path / "photos", backbone=network)
    assert found.classes == dict.fromkeys(sorted(NAMES), 2)
    assert json.loads(json.dumps(found.to_json()))["classes"] == found.classes


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_class_name_that_is_no_text_is_said(tmp_path: Path, network: str) -> None:
    scenes(tmp_path / "photos" / "a", 2)
    try:
        shutil.copytree(tmp_path / "photos" / "a", tmp_path / "photos" / os.fsdecode(b"\xff"))
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    found = inspect_folders(tmp_path / "photos", backbone=network)
    assert found.pictures == 4
    assert any(r"'\udcff' is no text" in warning for warning in found.warnings)


def test_suspicious_files(tmp_path: Path, network: str) -> None:
    folder = tmp_path / "photos" / "a"
    folder.mkdir(parents=True)
    image = scene(np.random.default_rng(0))
    image.save(folder / "jpeg.png", "JPEG")
    image.transpose(Image.Transpose.ROTATE_90).save(folder / "unnamed", "PNG")
    (folder / "notes.txt").write_text("BMW\n\n\n\nP5 no picture either")
    image.resize((600, 90)).save(folder / "wide.png")
    scene(np.random.default_rng(1)).resize((31, 40)).save(folder / "tiny.png")
    Image.new("RGB", (64, 64), (9, 9, 9)).save(folder / "blank.png")
    scene(np.random.default_rng(2)).save(folder / "fine.jpg", progressive=True)
    os.mkfifo(folder / "pipe.jpg")
    found = inspect_folders(tmp_path / "photos", backbone=network)
    kinds = {(Path(odd.path).name, odd.kind) for odd in found.oddities}
    assert kinds == {
        ("jpeg.png", "wrong_extension"),
        ("unnamed", "no_extension"),
        ("wide.png", "shape"),
        ("tiny.png", "tiny"),
        ("blank.png", "blank"),
    }
    assert [Path(failure.path or "").name for failure in found.unreadable] == ["pipe.jpg"]
    for kind in ("blank", "tiny", "shape", "wrong_extension", "no_extension", "unreadable"):
        assert len(chosen_files(found, [kind])) == 1


def test_every_ending_belongs_to_one_format() -> None:
    endings = [ending for group in ENDINGS.values() for ending in group]
    assert sorted(endings) == sorted(SUFFIXES)
    assert format_of(b"BM" + bytes(30)) == "BMP"


def test_folders_without_pictures_are_refused_or_said(tmp_path: Path, network: str) -> None:
    with pytest.raises(DatasetError, match="no such file or directory"):
        inspect_folders(tmp_path / "nowhere", backbone=network)
    (tmp_path / "empty" / "a").mkdir(parents=True)
    with pytest.raises(DatasetError, match="found none"):
        inspect_folders(tmp_path / "empty", backbone=network)
    with pytest.raises(DatasetError, match="found none; name one"):
        inspect_folders([], backbone=network)
    scenes(tmp_path / "half" / "a", 2)
    (tmp_path / "half" / "b").mkdir()
    found = inspect_folders(tmp_path / "half", backbone=network)
    assert found.classes == {"a": 2, "b": 0}
    assert "no pictures in b" in found.warnings


@pytest.mark.parametrize("second", ["photos", "photos/a", "photos/../photos"])
def test_a_folder_is_named_once(tmp_path: Path, second: str) -> None:
    scenes(tmp_path / "photos" / "a", 1)
    with pytest.raises(DatasetError, match="name each folder once"):
        Listing.open([tmp_path / "photos", tmp_path / second])


def test_classes_named_like_splits_stay_classes(tmp_path: Path) -> None:
    for name in ("test", "train", "bus"):
        scenes(tmp_path / "vehicles" / name, 1)
    assert Listing.open([tmp_path / "vehicles"]).classes == ("bus", "test", "train")


def test_very_many_files_are_sampled_and_it_is_said(
    tmp_path: Path, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, kind in enumerate(("a", "b")):
        scenes(tmp_path / "photos" / kind, 15, 50 * number)
    shutil.copy(tmp_path / "photos" / "a" / "003.jpg", tmp_path / "photos" / "b" / "copy.jpg")
    for module in ("candidates", "sameness", "near", "folders"):
        monkeypatch.setattr(f"seefood.inspection.{module}.EXHAUSTIVE", 10)
    monkeypatch.setattr("seefood.inspection.candidates.EACH_PIVOT", 10)
    monkeypatch.setattr("seefood.inspection.labels.MOST_NUMBERS", 40)
    monkeypatch.setattr("seefood.inspection.labels.FEWEST_ROWS", 12)
    found = inspect_folders(tmp_path / "photos", backbone=network)
    assert found.pictures == 31
    assert len(found.conflicts) == 1
    assert any("the labels of 20 of 31 pictures, drawn by chance, are judged" in warning for warning in found.warnings)


# Rows that are there already.


def rows(folder: Path, count: int) -> tuple[list[Path], list[str], np.ndarray]:
    paths = sorted(scenes(folder, count).iterdir())
    return paths, [digest_of_file(path) for path in paths], np.random.default_rng(0).normal(size=(count, 8))


def test_rows_are_inspected_with_what_is_known_of_them(tmp_path: Path) -> None:
    paths, digests, features = rows(tmp_path / "photos", 24)
    labels = np.repeat([0, 1], 12)
    features += 8 * labels[:, np.newaxis]
    given = np.eye(2)[labels]
    given[5] = [0.1, 0.9]
    features[5] += 8
    material = Material(paths, digests, features.astype(np.float32), ("a", "b"), labels, out_of_fold=given)
    same = find_copies(paths, digests, features)
    found = inspect_rows(material, same=same)
    assert [(suspect.path, suspect.label, suspect.looks_like) for suspect in found.suspects] == [
        (str(paths[5]), "a", "b")
    ]
    assert found.to_json() | {"seconds": {}} == inspect_rows(material).to_json() | {"seconds": {}}


def test_rows_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="labels: expected a row for each of 1 files; found 2"):
        Material([tmp_path], ["x"], np.zeros((1, 2)), ("a",), np.zeros(2, np.int64))


# Words.


def test_the_most_important_come_first_and_the_rest_is_counted() -> None:
    found = Inspection(3, {"a": 3}, {"all": 3}, warnings=("one", "two", "three"))
    assert most_important(found, 5) == ("one", "two", "three")
    assert most_important(found, 1) == ("one", "2 more findings: see 'seefood inspect'")
    assert most_important(found, 2)[-1] == "1 more finding: see 'seefood inspect'"


def test_of_copies_one_always_stays(tmp_path: Path) -> None:
    """Whatever kinds are chosen together."""
    roots = {"test": "t", "train": "r"}
    found = Inspection(
        9,
        {"a": 9},
        {"test": 2, "train": 7},
        duplicates=(("r/1", "t/1"), ("r/2", "r/3")),
        near_duplicates=(("r/1", "r/4", "t/1"), ("r/2", "r/3", "r/5")),
        leaks=(("r/1", "r/4", "t/1"),),
        roots=roots,
    )
    gone = {str(path) for path, _ in chosen_files(found, KINDS)}
    assert gone == {"r/1", "r/4", "r/3", "r/5"}
