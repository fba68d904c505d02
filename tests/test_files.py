"""Files are whole or not there, whatever happens in between."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from doors import without_privileges
from seefood.errors import OutputError
from seefood.files import digest_of_bytes, digest_of_file, replacing

CRASHING = """
import os, signal, sys
from pathlib import Path
from seefood.files import replacing
with replacing(Path(sys.argv[1])) as aside:
    aside.write_bytes(b"half of the new")
    os.kill(os.getpid(), signal.SIGKILL)
"""

RACING = """
import sys
from pathlib import Path
from seefood.files import replacing
path, letter = Path(sys.argv[1]), sys.argv[2].encode()
for _ in range(60):
    with replacing(path) as aside:
        aside.write_bytes(letter * 300_000)
"""


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def refused(path: Path, content: bytes = b"new") -> str:
    with pytest.raises(OutputError) as caught, replacing(path) as aside:
        aside.write_bytes(content)
    message = str(caught.value)
    assert message.startswith(f"{path}: expected ")
    assert "found" in message
    assert "\n" not in message
    return message


def test_the_new_file_takes_the_place_of_the_old_one_at_the_end_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with replacing(path) as aside:
        aside.write_bytes(b"new")
        assert path.read_bytes() == b"old"
        assert aside.parent == path.parent  # a rename between file systems would copy
    assert path.read_bytes() == b"new"
    assert left_in(tmp_path) == {"file"}


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_what_goes_wrong_inside_leaves_the_old_file_and_nothing_else(tmp_path: Path, kind: type[BaseException]) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def interrupted() -> None:
        with replacing(path) as aside:
            aside.write_bytes(b"half")
            raise kind

    with pytest.raises(kind):
        interrupted()
    assert path.read_bytes() == b"old"
    assert left_in(tmp_path) == {"file"}


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_a_kill_in_between_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    finished = subprocess.run([sys.executable, "-c", CRASHING, str(path)], check=False)
    assert finished.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    assert all(name.endswith(".part") for name in left_in(tmp_path) - {"file"})


def test_two_processes_at_once_leave_the_file_of_one_of_them(tmp_path: Path) -> None:
    path = tmp_path / "file"
    writers = [subprocess.Popen([sys.executable, "-c", RACING, str(path), letter]) for letter in "ab"]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            seen.add(path.read_bytes())
    assert [writer.wait() for writer in writers] == [0, 0]
    assert (seen | {path.read_bytes()}) <= {b"a" * 300_000, b"b" * 300_000}
    assert left_in(tmp_path) == {"file"}


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    assert "no such file or directory" in refused(tmp_path / "missing" / "file")


def test_a_file_in_the_folders_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "folder").write_bytes(b"a file")
    assert "not a directory" in refused(tmp_path / "folder" / "file")


@pytest.mark.parametrize("name", [".", "/", "", "folder"])
def test_only_a_files_place_is_taken(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    refused(Path(name))
    assert left_in(tmp_path) == {"folder"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")
def test_what_is_no_file_is_not_put_a_file_in_its_place(tmp_path: Path) -> None:
    """A pipe of the test's own stands for devices: with root's powers a rename would replace those of the machine."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refused(pipe)
    assert pipe.is_fifo()
    assert left_in(tmp_path) == {"pipe"}


@pytest.mark.parametrize("letter", ["a", "é", "한", "🌭"])
def test_any_name_that_the_system_takes_is_taken(tmp_path: Path, letter: str) -> None:
    path = tmp_path / (letter * (255 // len(letter.encode())))
    with replacing(path) as aside:
        aside.write_bytes(b"new")
    assert path.read_bytes() == b"new"


REFUSED = """
import sys
from pathlib import Path
from seefood.errors import OutputError
from seefood.files import replacing
try:
    with replacing(Path(sys.argv[1])) as aside:
        aside.write_bytes(b"new")
except OutputError as error:
    print(error)
"""


def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_bytes(b"old")
    folder.chmod(0o555)
    command = [*without_privileges(), sys.executable, "-c", REFUSED, str(folder / "file")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"{folder / 'file'}: expected ")
    assert "permission denied" in said
    assert (folder / "file").read_bytes() == b"old"
    assert left_in(folder) == {"file"}


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("a small file system cannot be mounted here: it takes root and mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_said_and_the_old_file_stays(tiny_disk: Path) -> None:
    path = tiny_disk / "file"
    path.write_bytes(b"old")
    assert "no space left" in refused(path, os.urandom(200_000))
    assert path.read_bytes() == b"old"
    assert left_in(tiny_disk) == {"file"}


@pytest.mark.parametrize(("where", "call"), [(os, "fsync"), (Path, "replace")])
def test_a_disk_that_fails_late_is_said(
    tmp_path: Path, where: object, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    path = tmp_path / "file"
    path.write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(where, call, failing)
        assert "input/output error" in refused(path)
    assert path.read_bytes() == b"old"
    assert left_in(tmp_path) == {"file"}


def test_digests_are_those_of_the_standard(tmp_path: Path) -> None:
    """FIPS 180-2, appendix B.1 and B.3."""
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    million = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    assert digest_of_bytes(b"abc") == abc
    assert digest_of_bytes(memoryview(b"abc")) == abc
    path = tmp_path / "file"
    path.write_bytes(b"a" * 1_000_000)
    assert digest_of_file(path) == million
