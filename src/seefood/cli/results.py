"""A results file that can be gone on with: one JSON object a line, whole or still called ``.part``."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seefood.errors import OutputError
from seefood.files import reason

FLUSH_EVERY = 32


class ResultsFile:
    """Lines that are written to ``PATH.part``, which becomes ``PATH`` when all is done.

    What is in either file already is kept, and its pictures are not done again. A line that was cut short by a kill
    is dropped.

    Raises:
        OutputError: the file cannot be written, is no such file, or another run is writing it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.aside = path.with_name(path.name + ".part")
        self._unflushed = 0
        begun = self.aside.exists()
        try:
            self._file = self.aside.open("ab+")
            _lock(self._file.fileno())
            if self._file.tell() == 0 and path.exists():
                self._file.write(path.read_bytes())
            self.done = {hash(name) for name in self._kept()}
        except BlockingIOError as error:
            raise OutputError(f"{path}: expected to write here alone; found another run at it; wait for it") from error
        except OSError as error:
            if not begun:
                self.aside.unlink(missing_ok=True)
            raise error if isinstance(error, OutputError) else self._unwritable(error) from error

    def _kept(self) -> Iterator[str]:
        """Paths of the whole lines; what follows the last one is cut off."""
        self._file.seek(0)
        end = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                break
            try:
                yield json.loads(line)["path"]
            except (ValueError, KeyError, TypeError) as error:
                raise OutputError(
                    f"{self.path}: expected a results file with one JSON object a line; found something else; "
                    "name another file"
                ) from error
            end += len(line)
        self._file.truncate(end)
        self._file.seek(0, os.SEEK_END)

    def write(self, values: dict[str, Any]) -> None:
        """Add one result."""
        try:
            self._file.write(json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n")
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
            self._file.close()
            self.aside.replace(self.path)
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
