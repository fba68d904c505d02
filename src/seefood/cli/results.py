"""A results file that can be gone on with: one JSON object a line, whole or still called ``.part``."""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from seefood.errors import OutputError
from seefood.files import reason

FLUSH_EVERY = 32
BEGINNING = b'{"path": '
"""Of every line: so that one that was cut short is told from a file of something else, which is left alone."""


def json_line(values: dict[str, Any]) -> bytes:
    """One line of JSON in UTF-8. A file name that is not UTF-8 is escaped, and reads back as the same name.

    >>> json_line({"path": "é" + chr(0xDCFF)}).decode()
    '{"path": "é\\\\udcff"}\\n'
    """
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


class ResultsFile:
    """Lines that are written to ``PATH.part``, which becomes ``PATH`` when all is done.

    What is in either file already is kept, and its pictures are not done again. A line that was cut short by a kill
    is dropped.

    Raises:
        OutputError: the file cannot be written, is no such file, or another run is writing it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.name or path.is_dir():
            raise OutputError(f"{path}: expected a file to write to; found a folder; name a file in it")
        self.aside = path.with_name(path.name + ".part")
        self._unflushed = 0
        begun = self.aside.exists()
        try:
            self._file = self.aside.open("ab+")
            _lock(self._file.fileno())
            if not self.aside.exists() or not os.path.samestat(os.fstat(self._file.fileno()), self.aside.stat()):
                raise BlockingIOError  # it was finished by another run between being opened and being locked
            if self._file.tell() == 0 and path.exists():
                self._file.write(path.read_bytes())
            self.done = {hash(name) for name in self._kept()}
        except BlockingIOError as error:
            raise OutputError(f"{path}: expected to write here alone; found another run at it; wait for it") from error
        except OSError as error:
            if not begun:
                with contextlib.suppress(OSError):
                    self.aside.unlink(missing_ok=True)
            raise error if isinstance(error, OutputError) else self._unwritable(error) from error

    def _kept(self) -> Iterator[str]:
        """Paths of the whole lines; what follows the last one is cut off."""
        self._file.seek(0)
        end = 0
        for line in self._file:
            cut = not line.endswith(b"\n")
            if cut and BEGINNING.startswith(line.strip(b"\0")[: len(BEGINNING)]):
                break
            try:
                yield json.loads(b"" if cut else line)["path"]
            except (ValueError, KeyError, TypeError) as error:
                raise OutputError(
                    f"{self.path}: expected a results file with one JSON object a line; found something else; "
                    "name another file"
                ) from error
            end += len(line)
        self._file.truncate(end)
        self._file.seek(0, os.SEEK_END)

    def not_done(self, paths: Iterable[Path]) -> Iterator[Path]:
        """Each path once, without those that are in the file."""
        for path in paths:
            if (key := hash(str(path))) not in self.done:
                self.done.add(key)
                yield path

    def write(self, values: dict[str, Any]) -> None:
        """Add one result."""
        try:
            self._file.write(json_line(values))
            self._unflushed += 1
            if self._unflushed >= FLUSH_EVERY:
                self._file.flush()
                self._unflushed = 0
        except OSError as error:
            raise self._unwritable(error) from error

    def failures(self) -> int:
        """How many of all results are failures."""
        self._file.flush()
        self._file.seek(0)
        return sum(b'"status": "failed"' in line for line in self._file)

    def finish(self) -> None:
        """All is done: give the file its name."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self.aside.replace(self.path)  # before the lock goes, so that no other run can begin in between
            self._file.close()
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self.path}: expected to write here; {reason(error)}; name another place or free some space"
        )


def _lock(descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:  # not on Windows, where an open file cannot be replaced by another run anyway
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
