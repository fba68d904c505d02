"""Folders as classes, with all that lies about in folders; and folds that keep copies together."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doors import COLOURS, coloured, picture, small_network
from seefood.datasets import LabelledFolder, find_pictures, stratified_folds
from seefood.errors import DatasetError
from seefood.model.teaching import teach_folder


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in find_pictures(folder)]


def touched(folder: Path, *files: str) -> Path:
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def refused(folder: Path, *said: str) -> None:
    """One line that names the folder, what was expected, what was found and what to do."""
    with pytest.raises(DatasetError) as caught:
        LabelledFolder.open(folder)
    message = str(caught.value)
    assert message.startswith(f"{folder}: expected ")
    assert "found" in message
    assert message.count("; ") == 2
    assert "\n" not in message
    for words in said:
        assert words in message


# What is a picture, and what lies about.


def test_pictures_are_found_in_depth_and_in_order(tmp_path: Path) -> None:
    touched(tmp_path, "b.jpg", "a/z.png", "a/deep/er/x.JPEG", "a.webp", "c/1.tif", "10.png", "9.png")
    assert names(tmp_path) == ["10.png", "9.png", "a/deep/er/x.JPEG", "a/z.png", "a.webp", "b.jpg", "c/1.tif"]


@pytest.mark.parametrize(
    "name",
    [
        ".DS_Store",
        "._photo.jpg",
        ".hidden.jpg",
        "Thumbs.db",
        "desktop.ini",
        "notes.txt",
        "jpg",
        "photo.jpg.part",
        ".ipynb_checkpoints/photo-checkpoint.jpg",
        ".thumbnails/photo.jpg",
        "__MACOSX/._photo.jpg",
        "__MACOSX/photo.jpg",
        "@eaDir/photo.jpg/SYNOPHOTO_THUMB_M.jpg",
        "$RECYCLE.BIN/photo.jpg",
    ],
)
def test_what_programs_leave_behind_is_passed_over(tmp_path: Path, name: str) -> None:
    touched(tmp_path, f"class/{name}", "class/photo.jpg")
    assert names(tmp_path) == ["class/photo.jpg"]


@pytest.mark.parametrize("name", ["dir.jpg", "a b", "고양이", "ça va?", "new\nline", "[x]*", "-n", "tab\t", "🌭"])
def test_any_name_is_a_name(tmp_path: Path, name: str) -> None:
    touched(tmp_path, f"{name}/{name}.png", "other/x.png")
    assert set(names(tmp_path)) == {f"{name}/{name}.png", "other/x.png"}
    assert set(LabelledFolder.open(tmp_path).classes) == {name, "other"}


@pytest.mark.skipif(os.name == "nt", reason="file names that are no text")
def test_a_name_that_is_no_text_is_a_name(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.jpg")
    touched(tmp_path, f"class/{name}")
    assert names(tmp_path) == [f"class/{name}"]


def test_links_to_pictures_count_and_links_that_lead_in_circles_end(tmp_path: Path) -> None:
    touched(tmp_path, "a/x.png", "b/y.png", "elsewhere/z.png")
    (tmp_path / "a" / "link.png").symlink_to(tmp_path / "b" / "y.png")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "self.png").symlink_to(tmp_path / "a" / "self.png")
    (tmp_path / "b" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    assert names(tmp_path) == ["a/link.png", "a/self.png", "a/x.png", "b/gone.png", "b/y.png", "elsewhere/z.png"]


def test_a_class_may_be_a_link_to_a_folder(tmp_path: Path) -> None:
    touched(tmp_path, "root/a/x.png", "elsewhere/y.png")
    (tmp_path / "root" / "b").symlink_to(tmp_path / "elsewhere")
    assert LabelledFolder.open(tmp_path / "root").classes == ("a", "b")


def test_a_link_to_itself_is_no_class(tmp_path: Path) -> None:
    touched(tmp_path, "a/x.png", "b/y.png")
    (tmp_path / "self").symlink_to(tmp_path / "self")
    assert LabelledFolder.open(tmp_path).classes == ("a", "b")


def test_listing_a_folder_is_lazy(tmp_path: Path) -> None:
    touched(tmp_path, "a/x.png", "b/y.png")
    found = find_pictures(tmp_path)
    assert next(found).name == "x.png"
    (tmp_path / "b" / "y.png").unlink()
    assert list(found) == []


def test_a_deep_folder_is_listed(tmp_path: Path) -> None:
    deep = "/".join("d" for _ in range(400))
    touched(tmp_path, f"{deep}/x.png")
    assert names(tmp_path) == [f"{deep}/x.png"]


def test_a_folder_inside_that_may_not_be_listed_costs_only_its_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched(tmp_path, "a/x.png", "secret/y.png", "z/z.png")
    monkeypatch.setattr(os, "access", lambda path, _: Path(path).name != "secret")  # root may list any folder
    assert names(tmp_path) == ["a/x.png", "secret", "z/z.png"]


# A folder of classes.


def test_every_picture_carries_the_name_of_its_class(tmp_path: Path) -> None:
    touched(tmp_path, "b/1.png", "a/deep/2.png", "a/3.png", "loose.png", ".git/x.png")
    folder = LabelledFolder.open(tmp_path)
    assert folder.classes == ("a", "b")
    assert [(path.relative_to(tmp_path).as_posix(), label) for path, label in folder] == [
        ("a/3.png", "a"),
        ("a/deep/2.png", "a"),
        ("b/1.png", "b"),
    ]
    assert len(folder) == 3


def test_no_such_folder_is_said(tmp_path: Path) -> None:
    refused(tmp_path / "missing", "no such file or directory")


def test_a_file_is_no_folder_of_classes(tmp_path: Path) -> None:
    refused(touched(tmp_path, "photo.jpg") / "photo.jpg", "not a directory")


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    refused(tmp_path, "one sub-folder for each class", "found none")


def test_pictures_without_sub_folders_are_counted(tmp_path: Path) -> None:
    refused(touched(tmp_path, "a.png", "b.jpg", "notes.txt", ".c.png"), "2 pictures and no sub-folders")


def test_a_class_without_pictures_is_named(tmp_path: Path) -> None:
    touched(tmp_path, "full/a.png", "empty/notes.txt", "also empty/.x.png")
    refused(tmp_path, "'also empty', 'empty'")


def test_of_many_empty_classes_a_few_are_named(tmp_path: Path) -> None:
    touched(tmp_path, "full/a.png", *(f"empty{number}/notes.txt" for number in range(9)))
    refused(tmp_path, "'empty0'", "'empty4'", "and 4 more")


# Teaching from it. The network is small, so that only the folder matters.


@pytest.fixture
def network(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path_factory.mktemp("network")
    monkeypatch.setenv("SEEFOOD_CACHE", str(folder / "cache"))
    return str(small_network(folder))


def test_copies_are_counted_and_copies_in_two_classes_are_named(tmp_path: Path, network: str) -> None:
    coloured(tmp_path, 6)
    content = (tmp_path / "red" / "000.png").read_bytes()
    for place in ("red/copy.png", "green/copy.png"):
        (tmp_path / place).write_bytes(content)
    training = teach_folder(tmp_path, backbone=network)
    assert training.classes == {"blue": 6, "green": 7, "red": 7}
    assert training.duplicates == 2
    (conflict,) = training.inspection.conflicts
    assert set(conflict) == {str(tmp_path / place) for place in ("red/000.png", "red/copy.png", "green/copy.png")}


def test_broken_pictures_are_named_and_the_others_used(tmp_path: Path, network: str) -> None:
    coloured(tmp_path, 6)
    (tmp_path / "red" / "002.png").write_bytes(b"garbage")
    (tmp_path / "blue" / "gone.png").symlink_to(tmp_path / "nowhere")
    training = teach_folder(tmp_path, backbone=network)
    assert training.classes == {"blue": 6, "green": 6, "red": 5}
    assert {Path(failure.path or "").name for failure in training.rejected} == {"002.png", "gone.png"}
    assert training.score.accuracy == 1.0


@pytest.mark.parametrize("different", [0, 1])
@pytest.mark.parametrize("copies", [0, 3])
def test_a_class_with_too_few_different_pictures_is_named(
    tmp_path: Path, network: str, different: int, copies: int
) -> None:
    coloured(tmp_path, 6, "red", "green")
    for number in range(different):
        picture(tmp_path / "blue" / f"{number}.png", COLOURS["blue"], seed=number)
    for number in range(copies if different else 0):
        (tmp_path / "blue" / f"copy{number}.png").write_bytes((tmp_path / "blue" / "0.png").read_bytes())
    for number in range(2):
        touched(tmp_path, f"blue/broken{number}.png")
    with pytest.raises(DatasetError) as caught:
        teach_folder(tmp_path, backbone=network)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'blue'}: expected two different pictures")
    assert f"found {different} and 2 that cannot be read" in message


def test_one_class_is_said_before_any_picture_is_read(tmp_path: Path, network: str) -> None:
    coloured(tmp_path, 3, "red")
    seen: list[int] = []
    with pytest.raises(DatasetError, match="found one, 'red'"):
        teach_folder(tmp_path, backbone=network, progress=lambda _, done, __: seen.append(done))
    assert seen == []


def test_one_picture_in_a_class_is_said_before_any_picture_is_read(tmp_path: Path, network: str) -> None:
    coloured(tmp_path, 3)
    picture(tmp_path / "single" / "0.png")
    seen: list[int] = []
    with pytest.raises(DatasetError, match="single: expected two different pictures or more; found 1"):
        teach_folder(tmp_path, backbone=network, progress=lambda _, done, __: seen.append(done))
    assert seen == []


def test_a_class_whose_every_picture_is_also_in_another_can_be_taught(tmp_path: Path, network: str) -> None:
    """All of class z lies in one fold then: the others must still know that there is such a class."""
    for number in range(13):  # with 12 of class a beside the copies, the first fold is as small as the others again
        picture(tmp_path / "a" / f"{number:02}.png", COLOURS["red"], seed=number)
        picture(tmp_path / "b" / f"{number:02}.png", COLOURS["green"], seed=number)
    for name in "ab":
        first = (tmp_path / name / "00.png").read_bytes()
        touched(tmp_path, f"{name}/copy.png", f"z/{name}.png")
        (tmp_path / name / "copy.png").write_bytes(first)
        (tmp_path / "z" / f"{name}.png").write_bytes(first)
    training = teach_folder(tmp_path, backbone=network)
    assert training.classes == {"a": 14, "b": 14, "z": 2}
    assert len(training.inspection.conflicts) == 2
    assert training.classifier.labels == ("a", "b", "z")


def test_two_pictures_a_class_are_enough(tmp_path: Path, network: str) -> None:
    training = teach_folder(coloured(tmp_path, 2), backbone=network)
    assert training.score.pictures == 6


# Folds.

KINDS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 12)), min_size=1, max_size=60)


@given(KINDS, st.integers(2, 6), st.integers(0, 2**32))
def test_copies_share_a_fold_and_every_picture_has_one(pictures: list[tuple[int, int]], folds: int, seed: int) -> None:
    labels, groups = (np.array(column, np.int64) for column in zip(*pictures, strict=True))
    found = stratified_folds(labels, groups.tolist(), folds, np.random.default_rng(seed))
    assert found.shape == labels.shape
    assert found.dtype == np.int64
    assert found.min() >= 0
    assert found.max() < folds
    for group in set(groups.tolist()):
        assert len(set(found[groups == group].tolist())) == 1
    again = stratified_folds(labels, groups.tolist(), folds, np.random.default_rng(seed))
    np.testing.assert_array_equal(found, again)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=80), st.integers(2, 6), st.integers(0, 2**32))
def test_without_copies_classes_and_folds_are_spread_evenly(labels: list[int], folds: int, seed: int) -> None:
    found = stratified_folds(np.array(labels), range(len(labels)), folds, np.random.default_rng(seed))
    sizes = [int((found == fold).sum()) for fold in range(folds)]
    assert max(sizes) - min(sizes) <= 1
    for label in set(labels):
        counts = Counter(fold for fold, other in zip(found.tolist(), labels, strict=True) if other == label)
        assert max(counts.values()) - min(counts[fold] for fold in range(folds)) <= 1


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), min_size=10, max_size=40),
    st.integers(2, 5),
    st.integers(0, 2**32),
)
@example([(0, 4)] * 3 + [(1, 1)] * 7, 2, 0)
def test_with_copies_no_fold_has_more_of_a_class_than_another_by_more_than_the_largest_group(
    groups: list[tuple[int, int]], folds: int, seed: int
) -> None:
    numbers = [number for number, (_, size) in enumerate(groups) for _ in range(size)]
    labels = np.array([label for label, size in groups for _ in range(size)], np.int64)
    found = stratified_folds(labels, numbers, folds, np.random.default_rng(seed))
    for label in set(labels.tolist()):
        counts = np.bincount(found[labels == label], minlength=folds)
        assert counts.max() - counts.min() <= max(size for other, size in groups if other == label)


def test_other_seeds_give_other_folds() -> None:
    labels = np.repeat([0, 1], 20)
    found = {stratified_folds(labels, range(40), 5, np.random.default_rng(seed)).tobytes() for seed in range(10)}
    assert len(found) == 10
