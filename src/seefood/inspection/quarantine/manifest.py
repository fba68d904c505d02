"""What lies in a quarantine and where it came from: a JSON file that anybody can read, and that nobody can abuse.

A manifest may come from anybody, with a collection from the internet for example, and an undo does what it says. So it
counts only if it is a file of the user's own that names the very folder in which it lies, if each of its places lies in
that folder, and if each original place lies below a folder of pictures that is named beside it. What cannot be told is
whether the user has ever quarantined anything from there; an undo therefore makes files only where none are.
"""

import contextlib
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seefood.errors import DatasetError, OutputError
from seefood.files import reason, replacing
from seefood.inspection.quarantine.moving import FILE, opened, sync

__all__ = ["HALF_WRITTEN", "LOCK", "NAME", "Entry", "Manifest", "is_free_for_files", "read", "remove", "shown", "write"]

NAME = "quarantine.json"
LOCK = ".quarantine.lock"
FORMAT = "seefood quarantine"
VERSION = 1
LARGEST_FILE = 1 << 30

DIGEST = re.compile(r"([0-9a-f]{64})?")
TOKEN = re.compile(r"[0-9a-f]{12}")
HALF_WRITTEN = re.compile(rf"\.{re.escape(NAME)}\.[0-9a-f]{{12}}\.part")  # by `seefood.files.replacing`, if killed

KINDS: dict[str, type] = {"root": str, "original": str, "place": str, "why": str, "sha256": str, "size": int} | {
    "done": bool
}


@dataclass(frozen=True)
class Entry:
    """One file in quarantine.

    Attributes:
        root: the folder of pictures that it was found in; absolute, as all paths here.
        original: where it was, below ``root``.
        place: where it is, below the quarantine folder.
        why: the reason, for people.
        sha256: of its bytes, of a link's: where it leads; empty where it could not be read.
        size: bytes.
        done: False while it is being moved, there or back: then it is in either place.

    Raises ValueError naming the field that makes no sense.
    """

    root: Path
    original: Path
    place: Path
    why: str
    sha256: str
    size: int
    done: bool = False

    def __post_init__(self) -> None:
        for name in ("root", "original", "place"):
            _check_plain(name, getattr(self, name))
        if self.root == Path(self.root.anchor):
            raise ValueError("as root the whole file system")
        if self.root not in self.original.parents:
            raise ValueError(f"{shown(self.original)}, which is not below {shown(self.root)}")
        if not DIGEST.fullmatch(self.sha256):
            raise ValueError("a sha256 that is no such digest")
        if self.size < 0:
            raise ValueError("a size below 0")


@dataclass(frozen=True)
class Manifest:
    """What is in a quarantine folder, in the order in which it came.

    Attributes:
        folder: the quarantine folder, absolute, without links.
        entries: one for each file in it.
        made: folders that were made for them, ``folder`` itself among them if it was; they go when they are empty.
        token: part of the name of a file that is being copied.
        left: (path, reason) of what was chosen but not moved; not in the file.

    Raises ValueError naming what makes no sense.
    """

    folder: Path
    entries: tuple[Entry, ...] = ()
    made: tuple[Path, ...] = ()
    token: str = field(default_factory=lambda: secrets.token_hex(6))
    left: tuple[tuple[Path, str], ...] = ()

    def __post_init__(self) -> None:
        if not TOKEN.fullmatch(self.token):
            raise ValueError("a token that is none")
        places = set()
        for entry in self.entries:
            if not is_free_for_files(entry.place, self.folder) or entry.place in places:
                raise ValueError(f"a place that no file can have: {shown(entry.place)}")
            if self.folder == entry.original or self.folder in entry.original.parents:
                raise ValueError(f"{shown(entry.original)} as an original place, which is in the quarantine")
            if self.aside in {entry.place.name, entry.original.name}:
                raise ValueError("a file with the name of one that is being copied")
            places.add(entry.place)
        for made in self.made:
            _check_plain("made", made)
            if made != self.folder and self.folder not in made.parents:
                raise ValueError(f"{shown(made)}, which is not in the quarantine")

    @property
    def aside(self) -> str:
        """The name of a copy that is not whole yet."""
        return f".seefood-{self.token}.part"


def _check_plain(name: str, path: Path) -> None:
    """Whether a path is absolute, goes nowhere twice and can be given to the operating system."""
    text = str(path)
    if not path.is_absolute() or ".." in path.parts or text.startswith("//") or "\0" in text or not _is_name(text):
        raise ValueError(f"as {name} {shown(path)}, which is no plain absolute path")


def _is_name(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True


def is_free_for_files(place: Path, folder: Path) -> bool:
    """Whether a place is in the quarantine folder and not one that the quarantine itself needs."""
    if folder not in place.parents:
        return False
    return place.parent != folder or not (place.name in {NAME, LOCK} or HALF_WRITTEN.fullmatch(place.name))


def shown(path: Path | str) -> str:
    """A path in a message of one line, whatever is in its name.

    >>> shown(Path("bees/a.jpg")), shown("line" + chr(10) + "break")
    ('bees/a.jpg', "'line\\\\nbreak'")
    """
    text = str(path)
    return text if text.isprintable() else ascii(text)


def write(manifest: Manifest) -> None:
    """Write ``quarantine.json``, whole and flushed.

    Raises:
        OutputError: the folder cannot be written to, or the disk is full.
    """
    with replacing(manifest.folder / NAME) as aside, aside.open("wb") as file:
        for line in _lines(manifest):
            file.write(line.encode("utf-8", "backslashreplace"))  # names that are no UTF-8 read back as they are
    with contextlib.suppress(OSError), opened(manifest.folder) as folder:
        sync(folder)


def remove(manifest: Manifest) -> None:
    """Take ``quarantine.json`` away. Raises OutputError."""
    path = manifest.folder / NAME
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"{shown(path)}: expected to remove this file; {reason(error)}; remove it, nothing is in quarantine now"
        ) from error


def _lines(manifest: Manifest) -> Iterator[str]:
    """One entry a line; the file can be read by people, and compared."""
    made = [_below(path, manifest.folder) for path in manifest.made]
    head = {"format": FORMAT, "version": VERSION, "folder": str(manifest.folder), "token": manifest.token, "made": made}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "entries": ['
    between = "\n"
    for entry in manifest.entries:
        value = {
            "original": str(entry.original),
            "place": _below(entry.place, manifest.folder),
            "why": entry.why,
            "sha256": entry.sha256,
            "size": entry.size,
            "done": entry.done,
            "root": str(entry.root),
        }
        yield between + json.dumps(value, ensure_ascii=False)
        between = ",\n"
    yield "\n]}\n"


def _below(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def read(folder: Path) -> Manifest | None:
    """The manifest of a quarantine folder, checked; None where there is none.

    Raises:
        DatasetError: it is damaged, not ours, or asks for what no quarantine needs.
    """
    path = folder / NAME
    try:
        return _from_json(json.loads(_bytes_of(path)), folder)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        found = reason(error) if isinstance(error, OSError) else f"found: {shown(str(error))}"
        raise DatasetError(
            f"{shown(path)}: expected the manifest of a quarantine in this folder; {found}; "
            "nothing was moved: name another folder, or look at the file and move what it lists by hand"
        ) from error


def _bytes_of(path: Path) -> bytes:
    with open(os.open(path, os.O_RDONLY | FILE), "rb") as file:  # noqa: PTH123 -- never through a link
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("something that is no file")
        if status.st_uid != os.geteuid():
            raise ValueError("a file of another user")
        if status.st_size > LARGEST_FILE:
            raise ValueError(f"{status.st_size:,} bytes")
        return file.read(LARGEST_FILE)


def _from_json(value: object, folder: Path) -> Manifest:
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise ValueError("a file of something else")
    if value.get("version") != VERSION:
        raise ValueError("a version that this seefood does not know")
    named, made, entries, token = (value.get(name) for name in ("folder", "made", "entries", "token"))
    if not isinstance(named, str) or not _is_same(named, folder):
        raise ValueError(f"one of the folder {shown(str(named))}")
    if not isinstance(made, list) or not isinstance(entries, list) or not isinstance(token, str):
        raise ValueError("no list of entries or of folders, or no token")  # noqa: TRY004 -- what is read has no types
    if not all(isinstance(each, str) for each in made):
        raise ValueError("a folder without a name")
    return Manifest(
        folder, tuple(_entry(each, folder) for each in entries), tuple(folder / each for each in made), token
    )


def _is_same(named: str, folder: Path) -> bool:
    try:
        return named == str(folder) or (os.path.isabs(named) and folder.samefile(named))  # noqa: PTH117
    except (OSError, ValueError):
        return False


def _entry(value: Any, folder: Path) -> Entry:
    if not isinstance(value, dict) or value.keys() != KINDS.keys():
        raise ValueError("an entry without its fields, or with others")
    for name, kind in KINDS.items():
        if type(value[name]) is not kind:
            raise ValueError(f"an entry whose {name} is none")
    paths = {"root": Path(value["root"]), "original": Path(value["original"]), "place": folder / value["place"]}
    return Entry(**(value | paths))
