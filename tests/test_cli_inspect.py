"""``seefood inspect`` as people run it: what it prints, how it ends, what it moves and puts back."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from doors import Outcome, coloured, picture, seefood, small_network
from planted import scene

SHAPE = {
    **dict.fromkeys(("pictures",), int),
    **dict.fromkeys(("classes", "splits", "too_few", "seconds"), dict),
    **dict.fromkeys(("unreadable", "suspicious", "duplicates", "near_duplicates", "conflicts", "leaks"), list),
    **dict.fromkeys(("suspect_labels", "outliers", "same_classes", "limits", "warnings"), list),
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_network(tmp_path_factory.mktemp("network"))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two classes; a broken file, an exact copy, a leaf under both classes, a wrong label."""
    root = coloured(tmp_path / "photos", 14, "red", "blue")
    shutil.copy(root / "red" / "000.png", root / "red" / "again.png")
    shutil.copy(root / "red" / "001.png", root / "blue" / "other.png")
    picture(root / "blue" / "wrong.png", (220, 30, 30), seed=99)
    (root / "red" / "broken.png").write_bytes(b"no picture")
    return root


def inspect(*arguments: object, cache: Path, network: Path, **options: Any) -> Outcome:
    return seefood("inspect", *arguments, "--backbone", network, cache=cache, **options)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_json_has_its_shape_and_is_alone_on_stdout(photos: Path, cache: Path, network: Path) -> None:
    done = inspect(photos, "--json", cache=cache, network=network)
    (found,) = done.lines()
    assert done.status == 1  # one file is broken
    assert done.err == ""
    assert {name: type(value) for name, value in found.items()} == SHAPE
    assert found["pictures"] == 31
    assert found["classes"] == {"blue": 16, "red": 15}
    assert [one["path"] for one in found["unreadable"]] == [str(photos / "red" / "broken.png")]
    assert [sorted(group) for group in found["conflicts"]] == [
        [str(photos / "blue" / "other.png"), str(photos / "red" / "001.png")]
    ]
    (suspect,) = found["suspect_labels"]
    assert suspect["path"] == str(photos / "blue" / "wrong.png")
    assert (suspect["label"], suspect["looks_like"]) == ("blue", "red")
    assert 0.5 < suspect["confidence"] <= 1


def test_people_read_the_findings(photos: Path, cache: Path, network: Path) -> None:
    done = inspect(photos, cache=cache, network=network)
    assert done.out == ""
    assert "31 pictures in 2 classes" in done.err
    assert "1 picture lies in two classes" in done.err
    assert "1 photo looks mislabelled, most of all blue/wrong.png (looks like red)" in done.err
    assert "cannot be read: 1" in done.err
    assert "\x1b" not in done.err


def test_quiet_names_only_what_failed(photos: Path, cache: Path, network: Path) -> None:
    done = inspect(photos, "--quiet", cache=cache, network=network)
    assert done.out == ""
    assert "broken.png" in done.complaint


def test_findings_alone_are_no_failure(photos: Path, cache: Path, network: Path) -> None:
    (photos / "red" / "broken.png").unlink()
    done = inspect(photos, "--json", cache=cache, network=network)
    assert done.status == 0
    assert done.lines()[0]["warnings"]


def test_where_nothing_can_be_read_nothing_was_done(tmp_path: Path, cache: Path, network: Path) -> None:
    (tmp_path / "photos" / "a").mkdir(parents=True)
    (tmp_path / "photos" / "a" / "0.jpg").write_bytes(b"")
    done = inspect(tmp_path / "photos", "--json", cache=cache, network=network)
    assert done.status == 2
    assert done.lines()[0]["pictures"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "no such file or directory"),
        (("empty",), "found none; check the path"),
        (("photos", "photos"), "name each folder once"),
        (("photos", "--move-to", "photos/red"), "photos"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    tmp_path: Path, photos: Path, cache: Path, network: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "empty").mkdir()
    before = tree(photos)
    done = inspect("--quiet", *arguments, cache=cache, network=network, cwd=tmp_path)
    assert done.status == 2
    assert said in done.err.splitlines()[-1]
    assert "Traceback" not in done.err
    assert tree(photos) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "expected a FOLDER"),
        (("photos", "--move", "nonsense"), "found 'nonsense'"),
        (("photos", "--undo", "aside"), "--undo DIR alone"),
    ],
)
def test_wrong_usage_is_said_before_any_work(cache: Path, arguments: tuple[str, ...], said: str) -> None:
    done = seefood("inspect", *arguments, cache=cache)
    assert done.status == 2
    assert said in done.err


def test_files_are_moved_on_request_and_put_back(tmp_path: Path, photos: Path, cache: Path, network: Path) -> None:
    before = tree(photos)
    aside = tmp_path / "aside"
    done = inspect(photos, "--move-to", aside, cache=cache, network=network)
    assert done.status == 1
    assert f"seefood inspect --undo {aside}" in done.err.replace("\n", " ")
    assert set(before) - set(tree(photos)) == {"red/broken.png", "red/again.png"}
    assert {name: data for name, data in tree(aside).items() if name.endswith(".png")} == {
        name: before[name] for name in ("red/broken.png", "red/again.png")
    }
    undone = seefood("inspect", "--undo", aside, "--json", cache=cache)
    assert undone.status == 0
    (restored,) = undone.lines()
    assert {Path(path).name for path in restored["restored"]} == {"broken.png", "again.png"}
    assert restored["left"] == []
    assert tree(photos) == before


def test_kinds_are_chosen_and_told_in_json(tmp_path: Path, photos: Path, cache: Path, network: Path) -> None:
    done = inspect(
        *(photos, "--move-to", tmp_path / "aside", "--move", "conflicts, suspect-labels", "--json"),
        cache=cache,
        network=network,
    )
    (found,) = done.lines()
    assert {Path(one["path"]).name for one in found["moved"]["files"]} == {"other.png", "001.png", "wrong.png"}
    assert not (photos / "blue" / "wrong.png").exists()
    assert (photos / "red" / "broken.png").exists()


def test_splits_are_moved_from_each(tmp_path: Path, cache: Path, network: Path) -> None:
    for split, first in (("train", 0), ("val", 10)):
        folder = tmp_path / split / "a"
        folder.mkdir(parents=True)
        for number in range(first, first + (4 if split == "train" else 3)):
            scene(np.random.default_rng(number)).save(folder / f"{number}.jpg")
    shutil.copy(tmp_path / "train" / "a" / "2.jpg", tmp_path / "val" / "a" / "leak.jpg")
    (tmp_path / "val" / "a" / "broken.jpg").write_bytes(b"")
    shutil.copy(tmp_path / "train" / "a" / "3.jpg", tmp_path / "train" / "a" / "4.jpg")
    before = tree(tmp_path)
    command = ("train", "val", "--move-to", "aside", "--json", "--move", "unreadable,duplicates,leaks")
    done = inspect(*command, cache=cache, network=network, cwd=tmp_path)
    (found,) = done.lines()
    assert len(found["leaks"]) == 1
    kept = {name for name in tree(tmp_path) if not name.startswith("aside")}
    assert set(before) - kept == {"train/a/2.jpg", "train/a/4.jpg", "val/a/broken.jpg"}
    assert seefood("inspect", "--undo", "aside", cache=cache, cwd=tmp_path).status == 0
    assert tree(tmp_path) == before


def test_names_from_anybody_do_no_harm_in_a_terminal(tmp_path: Path, cache: Path, network: Path) -> None:
    folder = tmp_path / "photos" / "\x1b[2J[red]a"
    folder.mkdir(parents=True)
    (folder / "\x07broken.jpg").write_bytes(b"")
    scene(np.random.default_rng(0)).save(folder / "\x1b]0;title\x07.jpg")
    done = inspect(tmp_path / "photos", cache=cache, network=network)
    assert done.status == 1
    assert "\x1b" not in done.err
    assert "\x07" not in done.err
    assert "?[2J[red]a" in done.err


@pytest.mark.skipif(os.name == "nt", reason="permissions as on Unix")
def test_a_folder_that_may_not_be_read_costs_itself_only(tmp_path: Path, cache: Path, network: Path) -> None:
    root = coloured(tmp_path / "photos", 3, "red", "blue")
    (root / "red" / "closed").mkdir()
    (root / "red" / "closed").chmod(0)
    try:
        done = inspect(root, "--json", cache=cache, network=network)
    finally:
        (root / "red" / "closed").chmod(0o700)
    (found,) = done.lines()
    assert found["pictures"] == 6
    if os.geteuid():
        assert [Path(one["path"]).name for one in found["unreadable"]] == ["closed"]


def test_the_help_names_every_kind(cache: Path) -> None:
    from seefood.inspection import KINDS

    words = seefood("inspect", "--help", cache=cache).out.replace("\n", " ").replace(",", " ").replace(".", " ").split()
    assert set(KINDS) <= set(words)


def test_the_same_seed_finds_the_same(photos: Path, cache: Path, network: Path) -> None:
    one, other = (inspect(photos, "--json", cache=cache, network=network).lines()[0] for _ in range(2))
    assert json.dumps(one | {"seconds": 0}) == json.dumps(other | {"seconds": 0})


def test_a_folder_named_by_a_link_is_told_apart_from_what_stays(tmp_path: Path, cache: Path) -> None:
    """What was moved is said in the words it was asked for, also where a link leads to it."""
    coloured(tmp_path / "real", 4)
    (tmp_path / "real" / "red" / "broken.jpg").write_bytes(b"no picture")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    done = seefood("inspect", "link", "--move-to", "aside", "--json", cache=cache, cwd=tmp_path)
    told = json.loads(done.out)["moved"]
    assert [file["path"] for file in told["files"]] == ["link/red/broken.jpg"]
    assert told["left"] == []
    assert not (tmp_path / "real" / "red" / "broken.jpg").exists()


def test_a_place_that_cannot_be_is_refused_before_the_work(tmp_path: Path, cache: Path) -> None:
    coloured(tmp_path / "photos", 4)
    done = seefood("inspect", tmp_path / "photos", "--move-to", tmp_path / "photos" / "aside", cache=cache)
    assert done.status == 2
    assert "would be taken for a class" in done.complaint


@pytest.mark.parametrize("kinds", ["unreadable,duplicates", "duplicates,conflicts,leaks,near_duplicates"])
def test_a_file_that_a_link_leads_to_is_no_copy_of_it(tmp_path: Path, cache: Path, kinds: str) -> None:
    """A link to a picture, a class that is a link to another, and a split that is one."""
    coloured(tmp_path / "photos" / "train", 5)
    (tmp_path / "photos" / "train" / "red" / "0link.png").symlink_to("003.png")
    (tmp_path / "photos" / "train" / "same").symlink_to("blue", target_is_directory=True)
    (tmp_path / "photos" / "val").symlink_to("train", target_is_directory=True)
    seefood("inspect", "photos", "--move-to", "aside", "--move", kinds, cache=cache, cwd=tmp_path)
    left = [path for path in (tmp_path / "photos" / "train").rglob("*.png") if not path.is_symlink()]
    assert len(left) == 15
