"""Quarantine loses nothing: not by a kill, not by a clash, not by a forged manifest; and undo is the way back."""

import errno
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doors import without_privileges
from seefood.errors import DatasetError, OutputError
from seefood.inspection.quarantine import Manifest, moving, planning, quarantine, settling, there_and_back, undo
from seefood.inspection.quarantine import manifest as manifest_file

pytestmark = pytest.mark.skipif(os.name == "nt", reason="folders that are held open, as on Unix")

WHY = "unreadable"
NAMES = (
    *("bees/1.jpg", "bees/line\nbreak.jpg", "bees/\"quoted\" 'twice'.jpg", "bees/deep/er/1.jpg", "ants/1.jpg"),
    *(
        "ants/" + os.fsdecode(b"no \xff\xfe utf-8.jpg"),
        "ants/벌.jpg",
        "ants/empty.jpg",
        "quarantine.json",
        "ants/\\u0041.jpg",
    ),
)
LINK = "ants/link.jpg"


def filled(root: Path, seed: int = 0, names: tuple[str, ...] = NAMES) -> list[Path]:
    """Files of random bytes and one link, with old times; all of them."""
    generator = random.Random(seed)
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(generator.randbytes(0 if "empty" in name else generator.randrange(1, 6000)))
        time = generator.randrange(10**17, 10**18)
        os.utime(path, ns=(time, time))
        path.chmod(generator.choice([0o644, 0o600, 0o444]))
    (root / LINK).symlink_to("../bees/1.jpg")
    os.utime(root / LINK, ns=(10**17, 10**17), follow_symlinks=False)
    return [*(root / name for name in names), root / LINK]


def looked_at(path: Path) -> tuple[Any, ...]:
    """What makes a file this file."""
    status = path.lstat()
    return (str(path.readlink()) if path.is_symlink() else path.read_bytes(), status.st_mtime_ns, status.st_mode)


def tree(folder: Path) -> dict[str, Any]:
    """Every name below a folder, with content, time and permissions of the files."""
    return {
        str(path.relative_to(folder)): looked_at(path) if path.is_symlink() or path.is_file() else "folder"
        for path in folder.rglob("*")
    }


def all_of(paths: list[Path]) -> list[tuple[Path, str]]:
    return [(path, WHY) for path in paths]


def one_line(caught: pytest.ExceptionInfo[Exception]) -> str:
    message = str(caught.value)
    assert message.isprintable()
    assert "expected " in message
    assert "found" in message
    assert message.count("; ") >= 2
    return message


@pytest.fixture(autouse=True)
def unflushed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a power cut needs it, and it takes most of the time."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    filled(tmp_path / "photos")
    return tmp_path / "photos"


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "aside"


SYSTEMS = ("one disk", "links", "other disk")


def on(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were no renaming without replacing, or as if every folder were a file system of its own."""
    rename = moving._rename

    def within(source: moving.Spot, target: moving.Spot) -> None:
        if not os.path.samestat(os.fstat(source.folder), os.fstat(target.folder)):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        rename(source, target)

    if system == "links":
        monkeypatch.setattr(moving, "_renameat2", lambda: None)
    if system == "other disk":
        monkeypatch.setattr(moving, "_rename", within)


def everything(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_symlink() or path.is_file())


def refused(error: type[Exception], root: Path, work: Callable[[], object]) -> str:
    """Nothing has moved, and one line says why."""
    before = tree(root)
    with pytest.raises(error) as caught:
        work()
    assert tree(root) == before
    return one_line(caught)


# There and back.


@pytest.mark.parametrize("system", SYSTEMS)
def test_there_and_back_is_the_same_tree(root: Path, into: Path, monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    on(system, monkeypatch)
    before = tree(root)
    paths = everything(root)
    manifest = quarantine(all_of(paths), root, into)
    assert everything(root) == []
    assert manifest.left == ()
    assert manifest.folder == into
    assert [entry.original for entry in manifest.entries] == paths
    for entry in manifest.entries:
        content, time, mode = looked_at(entry.place)
        assert (content, time, mode) == before[str(entry.original.relative_to(root))]
        assert entry.done
        assert entry.why == WHY
    done = undo(into)
    assert set(done.paths) == set(paths)
    assert done.left == ()
    assert tree(root) == before
    assert not into.exists()


def test_the_manifest_says_where_each_file_is_and_was(root: Path, into: Path) -> None:
    digests = {
        path: subprocess.run(["sha256sum"], stdin=path.open("rb"), capture_output=True, check=True).stdout[:64].decode()
        for path in everything(root)
        if not path.is_symlink()
    }
    sizes = {path: path.stat().st_size for path in digests}
    quarantine(all_of(list(digests)), root, into)
    written = json.loads((into / "quarantine.json").read_bytes())
    assert {Path(entry["original"]): entry["sha256"] for entry in written["entries"]} == digests
    assert {Path(entry["original"]): entry["size"] for entry in written["entries"]} == sizes
    for entry in written["entries"]:
        assert (into / entry["place"]).is_file()
        assert (entry["root"], entry["why"], entry["done"]) == (str(root), WHY, True)


def test_only_what_is_chosen_moves_and_to_the_same_place(root: Path, into: Path) -> None:
    before = tree(root)
    quarantine([(root / "bees/deep/er/1.jpg", WHY)], root, into)
    assert sorted(tree(into)) == ["bees", "bees/deep", "bees/deep/er", "bees/deep/er/1.jpg", "quarantine.json"]
    gone = before.keys() - tree(root).keys()
    assert gone == {"bees/deep/er/1.jpg"}


def test_several_quarantines_append_and_are_undone_together(root: Path, into: Path) -> None:
    before = tree(root)
    paths = everything(root)
    for number in range(0, len(paths), 3):
        manifest = quarantine(all_of(paths[number : number + 3]), root, into)
        assert [entry.original for entry in manifest.entries] == paths[: number + 3]
    undo(into)
    assert tree(root) == before
    assert not into.exists()


def test_two_collections_can_share_a_quarantine(tmp_path: Path, root: Path, into: Path) -> None:
    other = tmp_path / "others"
    filled(other, seed=1)
    before = tree(root), tree(other)
    quarantine(all_of(everything(root)), root, into)
    manifest = quarantine(all_of(everything(other)), other, into)
    assert len({entry.place for entry in manifest.entries}) == 2 * (len(NAMES) + 1)
    undo(into)
    assert (tree(root), tree(other)) == before


@settings(max_examples=25, deadline=None)
@given(
    names=st.lists(
        st.lists(
            st.binary(min_size=1, max_size=12).map(lambda name: name.replace(b"/", b"s").replace(b"\0", b"n")),
            min_size=1,
            max_size=3,
        ),
        min_size=1,
        max_size=8,
    ),
    rounds=st.integers(1, 3),
    seed=st.integers(0, 1000),
)
def test_any_tree_comes_back_as_it_was(names: list[list[bytes]], rounds: int, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, into = Path(folder).resolve() / "photos", Path(folder).resolve() / "aside"
        root.mkdir()
        for number, parts in enumerate(names):
            path = root.joinpath(*(os.fsdecode(part) for part in parts))
            if ".." not in path.parts and not path.exists():
                try:
                    path.parent.mkdir(parents=True, exist_ok=True)
                except (FileExistsError, NotADirectoryError):
                    continue
                path.write_bytes(b"%d" % number)
                os.utime(path, ns=(number, seed * 10**12 + number))
        before = tree(root)
        paths = everything(root)
        random.Random(seed).shuffle(paths)
        for part in range(rounds):
            quarantine(all_of(paths[part::rounds]), root, into)
        assert everything(root) == []
        assert undo(into).left == ()
        assert tree(root) == before
        assert not into.exists()


def test_a_path_that_is_chosen_twice_moves_once_and_keeps_both_reasons(root: Path, into: Path) -> None:
    chosen = [(root / "ants/1.jpg", "blank"), (root / "bees/../ants/1.jpg", "tiny"), (root / "ants/1.jpg", "blank")]
    (entry,) = quarantine(chosen, root, into).entries
    assert entry.why == "blank; tiny"


def test_relative_paths_are_those_of_the_working_folder(
    root: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root.parent)
    manifest = quarantine([(Path("photos/ants/1.jpg"), WHY)], Path("photos"), Path("aside"))
    assert manifest.entries[0].original == root / "ants/1.jpg"
    assert manifest.entries[0].place == into / "ants/1.jpg"
    monkeypatch.chdir("/")
    assert undo(into).paths == (root / "ants/1.jpg",)


def test_nothing_chosen_leaves_nothing(root: Path, into: Path) -> None:
    assert quarantine([], root, into).entries == ()
    assert not into.exists()


# Names that are taken, files that are gone.


def test_a_name_that_is_taken_is_not_overwritten(root: Path, into: Path) -> None:
    (into / "ants").mkdir(parents=True)
    (into / "ants/1.jpg").write_bytes(b"of others")
    (into / "bees").write_bytes(b"a file where a folder should be")
    before = tree(root)
    manifest = quarantine(all_of(everything(root)), root, into)
    assert manifest.left == ()
    assert (into / "ants/1.jpg").read_bytes() == b"of others"
    assert (into / "bees").read_bytes() == b"a file where a folder should be"
    places = {str(entry.original.relative_to(root)): str(entry.place.relative_to(into)) for entry in manifest.entries}
    assert places["ants/1.jpg"] == "ants/1-2.jpg"
    assert places["bees/deep/er/1.jpg"] == "bees-2/deep/er/1.jpg"
    assert places["quarantine.json"] == "quarantine-2.json"
    undo(into)
    assert tree(root) == before
    assert sorted(tree(into)) == ["ants", "ants/1.jpg", "bees"]


def test_a_long_name_that_is_taken_stays_within_what_the_file_system_takes(root: Path, into: Path) -> None:
    path = root / ("벌" * 83 + ".jpg")  # 253 bytes
    path.write_bytes(b"first")
    quarantine([(path, WHY)], root, into)
    path.write_bytes(b"second")
    manifest = quarantine([(path, WHY)], root, into)
    assert manifest.left == ()
    assert [entry.place.read_bytes() for entry in manifest.entries] == [b"first", b"second"]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_name_that_is_taken_at_the_last_moment_is_not_overwritten(
    root: Path, into: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    on(system, monkeypatch)
    before = tree(root)
    write, planted = manifest_file.write, list[Path]()

    def planting(manifest: Manifest) -> None:
        write(manifest)
        if len(planted) < 3:  # after the plan is written, before the moves
            planted.append(manifest.entries[-1].place)
            planted[-1].parent.mkdir(parents=True, exist_ok=True)
            planted[-1].write_bytes(b"of others")

    monkeypatch.setattr(there_and_back, "write", planting)
    manifest = quarantine(all_of([root / "ants/1.jpg"]), root, into)
    assert [path.name for path in planted] == ["1.jpg", "1-2.jpg", "1-3.jpg"]
    assert [entry.place.name for entry in manifest.entries] == ["1-4.jpg"]
    assert {path.read_bytes() for path in planted} == {b"of others"}
    undo(into)
    assert tree(root) == before


def test_a_place_that_goes_on_being_taken_leaves_the_file_where_it_was(
    root: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(source: moving.Spot, target: moving.Spot, aside: str) -> None:
        raise FileExistsError(errno.EEXIST, "File exists")

    before = tree(root)
    monkeypatch.setattr(there_and_back, "move", taken)
    manifest = quarantine(all_of(everything(root)), root, into)
    assert manifest.entries == ()
    assert {reason for _, reason in manifest.left} == {"file exists"}
    assert tree(root) == before
    assert not into.exists()


def test_what_is_gone_or_no_file_is_said_and_costs_nothing_else(root: Path, into: Path) -> None:
    os.mkfifo(root / "bees/pipe.jpg")
    chosen = all_of(
        [root / "bees/gone.jpg", root / "gone/1.jpg", root / "bees", root / "bees/pipe.jpg", root / "ants/1.jpg"]
    )
    manifest = quarantine(chosen, root, into)
    assert [entry.original for entry in manifest.entries] == [root / "ants/1.jpg"]
    assert manifest.left == (
        (root / "bees/gone.jpg", "no such file or directory"),
        (root / "gone/1.jpg", "no such file or directory"),
        (root / "bees", "a folder"),
        (root / "bees/pipe.jpg", "no file"),
    )
    assert len(json.loads((into / "quarantine.json").read_bytes())["entries"]) == 1


def test_a_file_that_goes_after_the_plan_is_said(root: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def planned(*arguments: Any) -> planning.Plan:
        plan = planning.planned(*arguments)
        (root / "ants/1.jpg").unlink()
        return plan

    monkeypatch.setattr(there_and_back, "planned", planned)
    manifest = quarantine(all_of([root / "ants/1.jpg", root / "bees/1.jpg"]), root, into)
    assert [entry.original for entry in manifest.entries] == [root / "bees/1.jpg"]
    assert manifest.left == ((root / "ants/1.jpg", "no such file or directory"),)


def test_a_file_that_is_written_to_after_the_plan_can_go_back(
    root: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def planned(*arguments: Any) -> planning.Plan:
        plan = planning.planned(*arguments)
        (root / "ants/1.jpg").write_bytes(b"newer")
        return plan

    monkeypatch.setattr(there_and_back, "planned", planned)
    quarantine(all_of([root / "ants/1.jpg"]), root, into)
    assert undo(into).left == ()
    assert (root / "ants/1.jpg").read_bytes() == b"newer"


# Links.


def test_a_link_moves_as_a_link_and_what_it_leads_to_stays(tmp_path: Path, root: Path, into: Path) -> None:
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(b"not in the collection")
    for name, leads in (("out", outside), ("nowhere", "nowhere at all"), ("folder", tmp_path)):
        (root / "bees" / f"{name}.jpg").symlink_to(leads)
    before = tree(root)
    links = [path for path in everything(root) if path.is_symlink()]
    assert len(links) == 4
    assert len(quarantine(all_of(links), root, into).entries) == 4
    assert (into / "bees/out.jpg").readlink() == outside
    assert outside.read_bytes() == b"not in the collection"
    undo(into)
    assert tree(root) == before


def test_a_folder_that_is_a_link_out_of_the_collection_is_not_followed(tmp_path: Path, root: Path, into: Path) -> None:
    filled(tmp_path / "outside")
    (root / "wasps").symlink_to(tmp_path / "outside/bees")
    before = tree(tmp_path / "outside")
    message = refused(DatasetError, root, lambda: quarantine([(root / "wasps/1.jpg", WHY)], root, into))
    assert str(tmp_path / "outside/bees/1.jpg") in message
    assert tree(tmp_path / "outside") == before
    assert not into.exists()


def test_a_link_in_quarantine_is_not_written_through(tmp_path: Path, root: Path, into: Path) -> None:
    """First a link of that name goes into quarantine, then the class is a folder of that name."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "wasps").symlink_to(outside)
    quarantine([(root / "wasps", WHY)], root, into)
    (root / "wasps").mkdir()
    (root / "wasps/1.jpg").write_bytes(b"sting")
    manifest = quarantine([(root / "wasps/1.jpg", WHY)], root, into)
    assert list(outside.iterdir()) == []
    assert manifest.entries[-1].place == into / "wasps-2/1.jpg"


def test_a_folder_that_becomes_a_link_in_between_is_not_followed(
    tmp_path: Path, root: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    filled(outside)
    before = tree(outside)

    def planned(*arguments: Any) -> planning.Plan:
        plan = planning.planned(*arguments)
        (root / "bees").rename(tmp_path / "elsewhere")
        (root / "bees").symlink_to(outside / "bees")
        return plan

    monkeypatch.setattr(there_and_back, "planned", planned)
    manifest = quarantine([(root / "bees/1.jpg", WHY)], root, into)
    assert manifest.entries == ()
    assert tree(outside) == before


# Undo where something is in the way.


def test_what_is_there_already_is_not_overwritten_by_an_undo(root: Path, into: Path) -> None:
    before = tree(root)
    quarantine(all_of(everything(root)), root, into)
    (root / "ants/1.jpg").write_bytes(b"newer")
    (root / LINK).symlink_to("nowhere")
    done = undo(into)
    assert set(done.left) == {(root / name, "something is in its place") for name in ("ants/1.jpg", LINK)}
    assert (root / "ants/1.jpg").read_bytes() == b"newer"
    assert len(json.loads((into / "quarantine.json").read_bytes())["entries"]) == 2
    (root / "ants/1.jpg").unlink()
    (root / LINK).unlink()
    assert len(undo(into).paths) == 2
    assert tree(root) == before
    assert not into.exists()


def test_the_same_bytes_that_are_there_already_do_not_cost_the_file_in_quarantine(root: Path, into: Path) -> None:
    same = (root / "ants/1.jpg").read_bytes()
    quarantine([(root / "ants/1.jpg", WHY)], root, into)
    (root / "ants/1.jpg").write_bytes(same)
    assert undo(into).left == ((root / "ants/1.jpg", "something is in its place"),)
    assert (into / "ants/1.jpg").read_bytes() == same


@pytest.mark.parametrize("system", SYSTEMS)
def test_something_that_comes_at_the_last_moment_is_not_overwritten_by_an_undo(
    root: Path, into: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    on(system, monkeypatch)
    quarantine([(root / "ants/1.jpg", WHY)], root, into)
    write = manifest_file.write

    def planting(manifest: Manifest) -> None:
        write(manifest)
        (root / "ants/1.jpg").write_bytes(b"newer")

    monkeypatch.setattr(there_and_back, "write", planting)
    assert undo(into).left == ((root / "ants/1.jpg", "file exists"),)
    assert (root / "ants/1.jpg").read_bytes() == b"newer"
    assert (into / "ants/1.jpg").exists()


def test_missing_folders_are_made_again(root: Path, into: Path) -> None:
    before = tree(root)
    quarantine(all_of(everything(root)), root, into)
    for folder in sorted((path for path in root.rglob("*")), reverse=True):
        folder.rmdir()
    assert undo(into).left == ()
    assert tree(root) == before


def test_a_file_that_is_no_longer_the_one_that_was_put_there_stays(root: Path, into: Path) -> None:
    quarantine(all_of([root / "ants/1.jpg", root / "bees/1.jpg"]), root, into)
    (into / "ants/1.jpg").chmod(0o600)
    (into / "ants/1.jpg").write_bytes(b"another")
    (into / "bees/1.jpg").unlink()
    assert undo(into).left == (
        (root / "ants/1.jpg", "it is no longer the file that was put into quarantine"),
        (root / "bees/1.jpg", "it is no longer in quarantine"),
    )
    assert (into / "ants/1.jpg").read_bytes() == b"another"
    assert not (root / "ants/1.jpg").exists()


def test_a_file_that_was_put_back_by_hand_is_taken_out_of_the_manifest(root: Path, into: Path) -> None:
    before = tree(root)
    quarantine(all_of([root / "ants/1.jpg", root / "bees/1.jpg"]), root, into)
    (into / "ants/1.jpg").rename(root / "ants/1.jpg")
    assert undo(into).left == ()
    assert tree(root) == before
    assert not into.exists()


def test_folders_that_were_there_before_stay(root: Path, into: Path) -> None:
    (into / "bees").mkdir(parents=True)
    quarantine(all_of(everything(root)), root, into)
    undo(into)
    assert sorted(tree(into)) == ["bees"]


def test_an_undo_of_nothing_is_refused(root: Path, into: Path) -> None:
    for _ in range(2):
        refused(DatasetError, root, lambda: undo(into))
        into.mkdir(exist_ok=True)
    assert list(into.iterdir()) == []


def test_the_folder_of_pictures_is_not_made_up_where_it_is_gone(root: Path, into: Path) -> None:
    """It may lie on a disk that is not there at the moment."""
    quarantine(all_of([root / "ants/1.jpg"]), root, into)
    root.rename(root.with_name("other"))
    refused(DatasetError, into, lambda: undo(into))
    assert not root.exists()
    root.with_name("other").rename(root)
    assert undo(into).paths == (root / "ants/1.jpg",)


# Folders that cannot be a quarantine.


@pytest.mark.parametrize("name", [".", "bees", "bees/quarantine", "new", "..", "../photos", "link"])
def test_a_place_among_the_pictures_is_refused(root: Path, name: str) -> None:
    (root.parent / "link").symlink_to(root / "bees")
    place = root.parent / "link" if name == "link" else root / name
    refused(OutputError, root, lambda: quarantine(all_of([root / "ants/1.jpg"]), root, place))
    assert not (root / "new").exists()


def test_a_hidden_folder_among_the_pictures_will_do(root: Path) -> None:
    before = tree(root)
    quarantine(all_of([root / "ants/1.jpg"]), root, root / ".aside")
    assert (root / ".aside/ants/1.jpg").is_file()
    message = refused(
        DatasetError, root, lambda: quarantine(all_of([root / ".aside/ants/1.jpg"]), root, root / ".aside")
    )
    assert "outside of the quarantine" in message
    undo(root / ".aside")
    assert tree(root) == before


def test_a_file_or_a_place_in_no_folder_is_refused(root: Path, into: Path) -> None:
    into.write_bytes(b"a file")
    for place in (into, into / "inside", root.parent / "no" / "such" / "folder"):
        refused(OutputError, root, lambda place=place: quarantine(all_of([root / "ants/1.jpg"]), root, place))  # type: ignore[misc]
    assert into.read_bytes() == b"a file"


@pytest.mark.parametrize("path", ["../outside.jpg", "bees/../../outside.jpg", "/etc/hostname", ".", "..", "a\0b.jpg"])
def test_a_path_outside_is_refused(root: Path, into: Path, path: str) -> None:
    (root.parent / "outside.jpg").write_bytes(b"not in the collection")
    chosen = all_of([root / "ants/1.jpg", root / path])
    if "\0" in path:
        assert [reason for _, reason in quarantine(chosen, root, into).left] == ["embedded null byte"]
        return
    refused(DatasetError, root, lambda: quarantine(chosen, root, into))
    assert not into.exists()
    assert (root.parent / "outside.jpg").exists()


@pytest.mark.parametrize("root", ["no/such/folder", "/"])
def test_no_folder_of_pictures_is_refused(tmp_path: Path, root: str) -> None:
    with pytest.raises((DatasetError, OutputError)) as caught:
        quarantine([(tmp_path / "a.jpg", WHY)], Path(root), tmp_path / "aside")
    one_line(caught)
    assert not (tmp_path / "aside").exists()


ORDINARY = """
import os, sys
from pathlib import Path
from seefood.errors import SeefoodError
from seefood.inspection.quarantine import quarantine, undo
root, into, way = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
try:
    if way == "undo":
        print(undo(into).left)
    else:
        chosen = [(path, "why") for path in sorted(root.rglob("*.jpg"))]
        print([path.name for path, _ in quarantine(chosen, root, into).left])
except SeefoodError as error:
    print(type(error).__name__, error)
"""


def as_ordinary_user(root: Path, into: Path, way: str = "quarantine") -> str:
    command = [*without_privileges(), sys.executable, "-c", ORDINARY, str(root), str(into), way]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert len(done.stdout.splitlines()) == 1
    return done.stdout


@pytest.mark.parametrize("closed", ["photos/bees/deep", "aside", "aside/ants", "."])
def test_a_folder_that_may_not_be_changed_is_said_before_anything_moves(
    tmp_path: Path, root: Path, closed: str
) -> None:
    into = tmp_path / "aside"
    if closed != ".":
        (into / "ants").mkdir(parents=True)
    (root / "bees/deep/1.jpg").write_bytes(b"")
    before, mode = tree(root), (tmp_path / closed).stat().st_mode
    (tmp_path / closed).chmod(0o555)
    try:
        said = as_ordinary_user(root, into)
    finally:
        (tmp_path / closed).chmod(mode)
    assert said.startswith(f"OutputError {into if closed == '.' else tmp_path / closed}: expected ")
    assert tree(root) == before
    assert [path for path in into.rglob("*") if path.is_file()] == []


def test_an_undo_in_folders_that_may_not_be_changed_moves_nothing_and_can_be_repeated(root: Path, into: Path) -> None:
    before = tree(root)
    quarantine(all_of(everything(root)), root, into)
    aside = tree(into)
    into.chmod(0o555)
    assert as_ordinary_user(root, into, "undo").startswith("OutputError")
    into.chmod(0o755)
    assert tree(into) == aside
    (root / "ants").chmod(0o555)
    assert "permission denied" in as_ordinary_user(root, into, "undo")
    (root / "ants").chmod(0o755)
    undo(into)
    assert tree(root) == before


def test_a_file_that_may_not_be_read_can_be_put_aside_and_back(root: Path, into: Path) -> None:
    before = tree(root)
    (root / "ants/1.jpg").chmod(0)
    assert as_ordinary_user(root, into) == "[]\n"
    assert {entry["sha256"] == "" for entry in json.loads((into / "quarantine.json").read_bytes())["entries"]} == {
        True,
        False,
    }
    assert as_ordinary_user(root, into, "undo") == "()\n"
    (root / "ants/1.jpg").chmod(before["ants/1.jpg"][2])
    assert tree(root) == before


# One at a time.


def test_two_runs_do_not_meet(root: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planned, messages = planning.planned, []

    def while_held(*arguments: Any) -> planning.Plan:
        for work in (lambda: quarantine(all_of([root / "bees/1.jpg"]), root, into), lambda: undo(into)):
            with pytest.raises((OutputError, DatasetError)) as caught:
                work()
            messages.append(one_line(caught))
        return planned(*arguments)

    quarantine(all_of([root / "bees/1.jpg"]), root, into)
    monkeypatch.setattr(there_and_back, "planned", while_held)
    manifest = quarantine(all_of([root / "ants/1.jpg"]), root, into)
    assert len(manifest.entries) == 2
    assert len(messages) == 2
    assert all("another run" in message for message in messages)


def test_many_at_once_lose_nothing(root: Path, into: Path) -> None:
    before = tree(root)
    paths = everything(root)

    def at_work(number: int) -> None:
        generator = random.Random(number)
        for _ in range(25):
            with pytest.MonkeyPatch.context():
                try:
                    if generator.random() < 0.7:
                        quarantine(all_of(generator.sample(paths, 4)), root, into)
                    else:
                        undo(into)
                except (OutputError, DatasetError):
                    pass

    threads = [threading.Thread(target=at_work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if (into / "quarantine.json").exists():
        assert undo(into).left == ()
    assert tree(root) == before


# Another file system.

SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture
def far(root: Path) -> Iterator[Path]:
    """A folder on another disk."""
    if not SHARED_MEMORY.is_dir() or SHARED_MEMORY.stat().st_dev == root.stat().st_dev:
        pytest.skip("no other file system here")
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY) as folder:
        yield Path(folder) / "aside"


def test_there_and_back_from_another_disk(root: Path, far: Path) -> None:
    before = tree(root)
    paths = everything(root)
    manifest = quarantine(all_of(paths), root, far)
    assert manifest.left == ()
    assert everything(root) == []
    assert {str(entry.original.relative_to(root)): looked_at(entry.place) for entry in manifest.entries} == {
        name: value for name, value in before.items() if value != "folder"
    }
    assert len(everything(far)) == len(paths) + 1
    undo(far)
    assert tree(root) == before
    assert not far.exists()


def test_a_disk_that_fills_up_leaves_every_file_whole(root: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(root)
    paths = everything(root)
    on("other disk", monkeypatch)
    attributes, calls = moving._copy_attributes, []

    def full(source: int, target: int) -> None:
        calls.append(source)
        if len(calls) == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        attributes(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(moving, "_copy_attributes", full)
        with pytest.raises(OutputError, match="no space left on device") as caught:
            quarantine(all_of(paths), root, into)
    one_line(caught)
    left = everything(root)
    assert 0 < len(left) < len(paths)
    manifest = json.loads((into / "quarantine.json").read_bytes())
    assert sorted([*(Path(entry["original"]) for entry in manifest["entries"]), *left]) == paths
    assert len(everything(into)) == len(manifest["entries"]) + 1
    assert len(quarantine(all_of(left), root, into).entries) == len(paths)
    undo(into)
    assert tree(root) == before


def test_a_disk_without_room_is_said_before_anything_moves(
    root: Path, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1000}))
    assert "1,000" in refused(OutputError, root, lambda: quarantine(all_of(everything(root)), root, far))
    assert not far.exists()


def test_what_a_power_cut_may_not_lose_is_flushed_first(
    root: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest and its folder before anything moves; a copy and its folder before the source is removed."""
    on("other disk", monkeypatch)
    flushed: set[int] = set()
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.add(os.fstat(descriptor).st_ino))
    move, remove, removed = moving.move, moving.Spot.remove, []

    def moved(source: moving.Spot, target: moving.Spot, aside: str) -> None:
        assert {(into / "quarantine.json").stat().st_ino, into.stat().st_ino} <= flushed
        move(source, target, aside)

    def watched(spot: moving.Spot) -> None:
        inside = Path(f"/proc/self/fd/{spot.folder}").readlink().relative_to(root)
        copy = into / inside / spot.name
        folders = {folder.stat().st_ino for folder in copy.parents if into in (folder, *folder.parents)}
        assert folders <= flushed
        assert copy.is_symlink() or copy.stat().st_ino in flushed
        removed.append(copy)
        remove(spot)

    with monkeypatch.context() as patch:
        patch.setattr(there_and_back, "move", moved)
        patch.setattr(moving.Spot, "remove", watched)
        quarantine(all_of(everything(root)), root, into)
    assert len(removed) == len(NAMES) + 1


@pytest.mark.parametrize("what", ["bytes", "source"])
def test_a_copy_that_is_not_the_same_is_not_kept(
    root: Path, into: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The disk writes other bytes, or somebody writes to the file while it is copied."""
    on("other disk", monkeypatch)
    path = root / "ants/1.jpg"
    path.chmod(0o600)
    attributes = moving._copy_attributes

    def disturbed(source: int, target: int) -> None:
        if what == "bytes":
            os.pwrite(target, b"x", 0)
            os.pwrite(target, b"y", 1)
        else:
            path.write_bytes(b"newer")
        attributes(source, target)

    monkeypatch.setattr(moving, "_copy_attributes", disturbed)
    manifest = quarantine([(path, WHY)], root, into)
    assert manifest.entries == ()
    assert len(manifest.left) == 1
    assert path.exists()
    assert not into.exists()
    if what == "source":
        assert path.read_bytes() == b"newer"


# Killed.

KILLED = """
import errno, json, os, signal, sys
from pathlib import Path
from seefood.inspection.quarantine import moving, quarantine, undo

way, system, jobs = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
moving.PIECE = 1000  # bytes, so that a copy can be cut short
os.fsync = lambda descriptor: None  # only a power cut needs it
if system == "links":
    moving._renameat2 = lambda: None
if system == "other disk":
    rename = moving._rename
    def within(source, target):
        if not os.path.samestat(os.fstat(source.folder), os.fstat(target.folder)):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        rename(source, target)
    moving._rename = within

def work(folder, at):
    root, into, count = Path(folder) / "photos", Path(folder) / "aside", 0
    chosen = [(path, "why") for path in sorted(root.rglob("*")) if path.is_symlink() or path.is_file()]
    def each_line(frame, event, argument):
        nonlocal count
        if "seefood" not in frame.f_code.co_filename and "contextlib" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        if event == "line" and count == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return each_line
    sys.settrace(each_line)
    quarantine(chosen, root, into) if way == "quarantine" else undo(into)
    sys.settrace(None)
    return count

for folder, at in jobs:
    if at == 0:
        print(work(folder, 0))
    elif os.fork() == 0:
        work(folder, at)
        os._exit(0)
    else:
        _, status = os.wait()
        print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)
"""
KILLS = 25
FEW = NAMES[:6]


def killed(way: str, system: str, jobs: list[tuple[Path, int]]) -> list[int]:
    """Do the work in each folder and kill it at that line of code; 0 lets it through and counts the lines."""
    given = json.dumps([(str(folder), at) for folder, at in jobs])
    command = [sys.executable, "-c", KILLED, way, system, given]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=100)
    return [int(line) for line in done.stdout.split()]


def whole_in_one_place(folder: Path, before: dict[str, Any], both: int) -> None:
    """Each file is whole where it was or in quarantine; in both are at most so many."""
    twice = 0
    found = {name: [] for name, value in before.items() if value != "folder"}  # type: ignore[var-annotated]
    for name, values in found.items():
        for place in (folder / "photos" / name, folder / "aside" / name):
            if os.path.lexists(place):
                values.append(looked_at(place))
        assert values, name
        assert set(values) == {before[name]}, name
        twice += len(values) - 1
    assert twice <= both
    for path in (folder / "aside").rglob("*"):
        assert (
            path.is_dir()
            or path.name.endswith((".part", "json", ".lock"))
            or str(path.relative_to(folder / "aside")) in found
        )


@pytest.mark.parametrize(("system", "both"), [("one disk", 0), ("links", 1), ("other disk", 1)])
@pytest.mark.parametrize("way", ["quarantine", "undo"])
def test_a_kill_at_any_moment_leaves_every_file_whole_and_the_way_back(
    tmp_path: Path, way: str, system: str, both: int
) -> None:
    folders = [tmp_path / str(number) for number in range(KILLS + 1)]
    for folder in folders:
        filled(folder / "photos", names=FEW)
        if way == "undo":
            quarantine(all_of(everything(folder / "photos")), folder / "photos", folder / "aside")
    (lines,) = killed(way, system, [(folders.pop(), 0)])
    generator = random.Random(f"{way} {system}")
    moments = [generator.randrange(part * lines // KILLS, (part + 1) * lines // KILLS) + 1 for part in range(KILLS)]
    assert killed(way, system, list(zip(folders, moments, strict=True))) == [9] * KILLS
    filled(tmp_path / "as it was" / "photos", names=FEW)
    before, seen = tree(tmp_path / "as it was" / "photos"), set()
    for number, folder in enumerate(folders):
        root, into = folder / "photos", folder / "aside"
        whole_in_one_place(folder, before, both)
        seen.add(len(everything(root)))
        begun = (into / "quarantine.json").exists()
        if number % 2 and way == "quarantine":
            manifest = quarantine(all_of(everything(root)), root, into)
            assert everything(root) == []
            assert len(manifest.entries) == len(FEW) + 1
            assert len(everything(into)) == len(FEW) + 2
        if (into / "quarantine.json").exists():
            assert undo(into).left == ()
        assert tree(root) == before
        if into.exists():  # it was killed before there was a manifest
            assert not begun
            assert all(path.name.startswith(".quarantine.") for path in into.iterdir())
    assert len(seen) > 2  # it was killed before, between and after the moves


# Manifests that cannot be trusted.


def forged(into: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = into / "quarantine.json"
    value = json.loads(path.read_bytes())
    change(value)
    path.write_text(json.dumps(value))


def first(**fields: object) -> Callable[[dict[str, Any]], object]:
    return lambda value: value["entries"][0].update(fields)


FORGERIES: dict[str, Callable[[Path], Callable[[dict[str, Any]], object]]] = {
    "a place outside": lambda folder: first(place="../secret"),
    "a place outside by a way round": lambda folder: first(place="ants/../../secret"),
    "an absolute place": lambda folder: first(place=str(folder / "secret")),
    "the folder as a place": lambda folder: first(place="."),
    "no place": lambda folder: first(place=""),
    "the manifest as a place": lambda folder: first(place="quarantine.json"),
    "the lock as a place": lambda folder: first(place=".quarantine.lock"),
    "a place twice": lambda folder: lambda value: value["entries"].append(value["entries"][0]),
    "an original outside": lambda folder: first(original=str(folder / "victim.jpg")),
    "an original outside by a way round": lambda folder: first(original=str(folder / "photos/../victim.jpg")),
    "a relative original": lambda folder: first(original="photos/victim.jpg"),
    "the root as an original": lambda folder: first(original=str(folder / "photos")),
    "an original in quarantine": lambda folder: first(root=str(folder), original=str(folder / "aside/victim.jpg")),
    "the whole file system as root": lambda folder: first(root="/", original=str(folder / "victim.jpg")),
    "two slashes": lambda folder: first(root=f"/{folder}", original=f"/{folder}/victim.jpg"),
    "a root that is a link": lambda folder: first(root=str(folder / "way"), original=str(folder / "way/victim.jpg")),
    "a root behind a link": lambda folder: first(
        root=str(folder / "way/in"), original=str(folder / "way/in/victim.jpg")
    ),
    "a root that is a file": lambda folder: first(
        root=str(folder / "secret"), original=str(folder / "secret/victim.jpg")
    ),
    "a null byte": lambda folder: first(original=str(folder / "photos/a\0b.jpg")),
    "half a character": lambda folder: first(original=str(folder / "photos/\ud800.jpg")),
    "another folder": lambda folder: lambda value: value.update(folder=str(folder / "elsewhere")),
    "a relative folder": lambda folder: lambda value: value.update(folder="."),
    "no folder": lambda folder: lambda value: value.update(folder=None),
    "a folder to remove outside, absolute": lambda folder: lambda value: value.update(made=[str(folder / "empty")]),
    "the name of a copy as a place": lambda folder: (
        lambda value: value["entries"][0].update(place=f".seefood-{value['token']}.part")
    ),
    "the name of a copy as an original": lambda folder: (
        lambda value: value["entries"][0].update(original=str(folder / f"photos/.seefood-{value['token']}.part"))
    ),
    "folders to remove outside": lambda folder: lambda value: value.update(made=["../empty"]),
    "folders that are numbers": lambda folder: lambda value: value.update(made=[1]),
    "a token that is a path": lambda folder: lambda value: value.update(token="../../secret"),
    "a number as a place": lambda folder: first(place=7),
    "a list as a reason": lambda folder: first(why=[]),
    "a digest that is none": lambda folder: first(sha256="x" * 64),
    "a size below 0": lambda folder: first(size=-1),
    "a size that is true": lambda folder: first(size=True),
    "a field too few": lambda folder: lambda value: value["entries"][0].pop("root"),
    "a field too many": lambda folder: first(command="rm"),
    "an entry that is a text": lambda folder: lambda value: value["entries"].append("ants"),
    "entries that are none": lambda folder: lambda value: value.update(entries="ants"),
    "another format": lambda folder: lambda value: value.update(format="something else"),
    "a later version": lambda folder: lambda value: value.update(version=2),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_manifest_moves_nothing(
    tmp_path: Path, root: Path, into: Path, forgery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "other/in").mkdir(parents=True)
    (tmp_path / "way").symlink_to("other")
    (tmp_path / "empty").mkdir()
    (tmp_path / "elsewhere").mkdir()
    quarantine(all_of(everything(root)), root, into)
    monkeypatch.chdir(into)
    forged(into, FORGERIES[forgery](tmp_path))
    message = refused(DatasetError, tmp_path, lambda: undo(into))
    if "root" not in forgery or "as" in forgery:
        assert str(into / "quarantine.json") in message
        (root / "new.jpg").write_bytes(b"")
        refused(DatasetError, tmp_path, lambda: quarantine(all_of([root / "new.jpg"]), root, into))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b"\xff\xfe",
        b"\0" * 50,
        b"[" * 200_000,
        b"9" * 10_000,
        b'{"entries": []}',
    ],
    ids=["empty", "cut short", "a list", "null", "a number", "a text", "no text", "zeros", "deep", "long", "of others"],
)
def test_a_damaged_manifest_moves_nothing(root: Path, into: Path, content: bytes) -> None:
    quarantine(all_of([root / "ants/1.jpg"]), root, into)
    (into / "quarantine.json").write_bytes(content)
    refused(DatasetError, into, lambda: undo(into))
    refused(DatasetError, root, lambda: quarantine(all_of([root / "bees/1.jpg"]), root, into))
    assert (into / "quarantine.json").read_bytes() == content
    assert (into / "ants/1.jpg").is_file()


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "nothing"])
def test_a_manifest_that_is_no_file_moves_nothing(tmp_path: Path, root: Path, into: Path, kind: str) -> None:
    quarantine(all_of([root / "ants/1.jpg"]), root, into)
    path = into / "quarantine.json"
    path.rename(tmp_path / "moved.json")
    if kind == "link":
        path.symlink_to(tmp_path / "moved.json")
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    refused(DatasetError, into, lambda: undo(into))
    assert (into / "ants/1.jpg").is_file()


def test_a_manifest_of_another_user_moves_nothing(root: Path, into: Path) -> None:
    quarantine(all_of([root / "ants/1.jpg"]), root, into)
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(into / "quarantine.json", 12345, -1)
    assert "another user" in refused(DatasetError, into, lambda: undo(into))


def test_a_quarantine_that_came_from_elsewhere_moves_nothing(tmp_path: Path, root: Path, into: Path) -> None:
    """As it would be unpacked from an archive: the manifest names the folder of whoever made it."""
    quarantine(all_of([root / "ants/1.jpg"]), root, into)
    into.rename(tmp_path / "unpacked")
    refused(DatasetError, root, lambda: undo(tmp_path / "unpacked"))
    (tmp_path / "unpacked").rename(into)
    assert undo(into).paths == (root / "ants/1.jpg",)


def test_links_on_the_way_lead_an_undo_nowhere(tmp_path: Path, root: Path, into: Path) -> None:
    """A class that is a link now, and a folder in quarantine that is one."""
    outside = tmp_path / "outside"
    filled(outside)
    before = tree(outside)
    quarantine(all_of([root / "ants/1.jpg", root / "bees/1.jpg"]), root, into)
    (root / "ants").rename(tmp_path / "ants")
    (root / "ants").symlink_to(outside)  # it has no 1.jpg
    (into / "bees").rename(tmp_path / "bees")
    (into / "bees").symlink_to(outside / "bees")  # it has one
    done = undo(into)
    assert done.paths == ()
    assert {path for path, _ in done.left} == {root / "ants/1.jpg", root / "bees/1.jpg"}
    assert tree(outside) == before


def test_a_forged_move_that_is_under_way_removes_nothing_that_is_nowhere_else(
    tmp_path: Path, root: Path, into: Path
) -> None:
    """It says that a file is being copied, and names as its two places those of two files."""
    quarantine(all_of([root / "ants/1.jpg", root / "bees/1.jpg"]), root, into)
    (root / "ants/1.jpg").write_bytes(b"newer")
    forged(into, first(done=False))
    before = (into / "ants/1.jpg").read_bytes()
    done = undo(into)
    assert done.left == ((root / "ants/1.jpg", "something is in its place"),)
    assert (into / "ants/1.jpg").read_bytes() == before
    assert (root / "ants/1.jpg").read_bytes() == b"newer"


def test_one_place_on_two_ways_is_not_taken_for_two(root: Path, into: Path) -> None:
    """A folder can be mounted in two places: then what looks like a copy is the only one."""
    entry = quarantine(all_of([root / "ants/1.jpg"]), root, into).entries[0]
    with moving.opened(into / "ants") as one, moving.opened(into / "ants") as other:
        assert not settling._are_twins(moving.Spot(one, "1.jpg"), moving.Spot(other, "1.jpg"), entry)


def test_what_a_killed_run_left_is_settled_by_the_next_one(root: Path, into: Path) -> None:
    """It had copied one file to another disk and not removed it there, was copying a second, and had a third to go."""
    before = tree(root)
    names = ["ants/1.jpg", "bees/1.jpg", "bees/deep/er/1.jpg"]
    quarantine(all_of([root / name for name in names]), root, into)
    (root / names[0]).write_bytes((into / names[0]).read_bytes())
    (into / names[1]).rename(root / names[1])
    (into / names[2]).rename(root / names[2])
    (into / names[2]).write_bytes(b"of others")
    for entry in range(3):
        forged(into, lambda value, entry=entry: value["entries"][entry].update(done=False))  # type: ignore[misc]
    token = json.loads((into / "quarantine.json").read_bytes())["token"]
    (into / f"bees/.seefood-{token}.part").write_bytes(b"half")
    (root / f"ants/.seefood-{token}.part").write_bytes(b"half")
    manifest = quarantine(all_of([root / "ants/벌.jpg"]), root, into)
    assert [entry.original.name for entry in manifest.entries] == ["벌.jpg"]
    assert {path.relative_to(into).as_posix() for path in everything(into)} == {
        "ants/벌.jpg",
        names[2],
        "quarantine.json",
    }
    assert (into / names[2]).read_bytes() == b"of others"
    undo(into)
    os.utime(root / names[0], ns=(0, before[names[0]][1]))
    (root / names[0]).chmod(before[names[0]][2])
    assert tree(root) == before
    assert (into / names[2]).read_bytes() == b"of others"
