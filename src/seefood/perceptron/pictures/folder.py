"""The folder of one run: all files of this run, none of the run before, and whatever else is there left alone."""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from seefood.errors import OutputError
from seefood.files import digest_of_bytes, digest_of_file, reason

__all__ = ["HISTORY", "NAMES", "write_run"]

HISTORY = "history.json"
NAMES = ("network.svg", "loss.svg", "surface.svg", "regions.svg", "learning.html")
"""Of what a run may write beside its history. Whatever a history says, files of other names are never touched."""
LARGEST_HISTORY = 1 << 30


def write_run(folder: Path, record: Mapping[str, object], texts: Mapping[str, str]) -> None:
    """Write a run's files, by their names, and its record as ``history.json``, which names them with their SHA-256.

    All are written aside first: where the disk is full, or on an interrupt, the folder stays as it was. Then the
    history takes its place, then the others; and what an earlier run wrote here that this one does not is removed, if
    it is still as it was written.

    Raises:
        OutputError: something cannot be written.
    """
    before = _written_before(folder)
    content = {name: text.encode("utf-8", "backslashreplace") for name, text in texts.items()}
    digests = {name: digest_of_bytes(data) for name, data in content.items()}
    whole = {HISTORY: json.dumps({**record, "files": digests}).encode(), **content}
    for name in whole:
        _check(folder / name)
    place = folder
    try:
        aside = Path(tempfile.mkdtemp(prefix=".seefood.", suffix=".part", dir=folder))
        try:
            for name, data in whole.items():
                place = folder / name
                _write(aside / name, data)
            for name in whole:
                place = folder / name
                (aside / name).replace(place)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise OutputError(
            f"{place}: expected to write here; {reason(error)}; name another folder or free some space"
        ) from error
    for name, digest in before.items():
        if name not in whole:
            _remove(folder / name, digest)


def _check(path: Path) -> None:
    """Renaming would put a file in a device's place."""
    if path.exists() and not path.is_file():
        raise OutputError(f"{path}: expected to write a file here; found something that is none; name another folder")


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _written_before(folder: Path) -> dict[str, str]:
    """The files that the history in this folder says it came with, and their SHA-256; none where there is none."""
    path = folder / HISTORY
    try:
        if path.stat().st_size > LARGEST_HISTORY:
            return {}
        files = json.loads(path.read_bytes())["files"]
        return {name: str(files[name]) for name in NAMES if name in files}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def _remove(path: Path, digest: str) -> None:
    """Remove a file of an earlier run, unless somebody has changed it."""
    with contextlib.suppress(OSError):
        if path.is_file() and digest_of_file(path) == digest:
            path.unlink()
