"""Feature vectors that were computed before, by what they depend on: the file's content and the network.

An SQLite file in the cache folder: many processes may read and write it at once, and a killed one leaves it whole
(write-ahead log). Beyond its limit the vectors that were put in first go first.
"""

import contextlib
import sqlite3
import threading
import warnings
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seefood.caches import CacheWarning, cache_folder
from seefood.errors import CacheError

__all__ = ["FeatureCache"]

LIMIT_BYTES = 2 << 30
WAIT_SECONDS = 10.0
ASKED = 500
"""Keys asked for at once; SQLite takes at least 999."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, vector BLOB NOT NULL);
"""


def _sealed(key: bytes, vector: bytes) -> bytes:
    """With a checksum: SQLite does not notice when a disk gives back other bytes than it was given."""
    return vector + zlib.crc32(key + vector).to_bytes(4, "little")


def _unsealed(key: bytes, kept: bytes) -> NDArray[np.float32] | None:
    """None where the bytes are not those that were put in."""
    vector = kept[:-4]
    return np.frombuffer(vector, "<f4") if kept == _sealed(key, vector) else None


class FeatureCache:
    """float32 vectors by key, on disk.

    What goes wrong with it is a warning: without the cache everything works, only slower. A damaged file is removed
    and begun anew.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = FeatureCache(Path(folder) / "features.sqlite")
    ...     cache.put([(b"key", np.float32([1, 2]))])
    ...     print(cache.get(b"key"), cache.get(b"another"))
    ...     cache.close()
    [1. 2.] None
    """

    def __init__(self, path: Path | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._path: Path | None = None
        with self._forgiven():
            self._path = path or cache_folder("features") / "features.sqlite"
            self._connection()

    def get(self, key: bytes) -> NDArray[np.float32] | None:
        """The vector under ``key``, or None; may be called from any thread."""
        with self._forgiven():
            if self._path is not None:
                row = self._connection().execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
                return None if row is None else _unsealed(key, row[0])
        return None

    def get_many(self, keys: Sequence[bytes]) -> list[NDArray[np.float32] | None]:
        """The vector under each of the keys, or None; for small vectors, which together fit into memory."""
        found: dict[bytes, NDArray[np.float32] | None] = {}
        for begin in range(0, len(keys), ASKED):
            some = keys[begin : begin + ASKED]
            with self._forgiven():
                if self._path is not None:
                    query = f"SELECT key, vector FROM vectors WHERE key IN ({', '.join('?' * len(some))})"  # noqa: S608
                    rows = self._connection().execute(query, some)
                    found.update((key, _unsealed(key, kept)) for key, kept in rows)
        return [found.get(key) for key in keys]

    def put(self, vectors: Sequence[tuple[bytes, NDArray[np.float32]]]) -> None:
        """Keep vectors, all of them or none."""
        with self._forgiven():
            if self._path is not None and vectors:
                connection = self._connection()
                rows = [(key, _sealed(key, vector.astype("<f4").tobytes())) for key, vector in vectors]
                with connection:
                    connection.executemany("INSERT OR REPLACE INTO vectors (key, vector) VALUES (?, ?)", rows)
                    self._trim(connection)

    def _trim(self, connection: sqlite3.Connection) -> None:
        """Free the oldest tenth when the file is full; its pages are used again."""
        pages, free, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _PAGES)
        if (pages - free) * size > self._limit_bytes:
            connection.execute(
                "DELETE FROM vectors WHERE number IN "
                "(SELECT number FROM vectors ORDER BY number LIMIT (SELECT (count(*) + 9) / 10 FROM vectors))"
            )

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection, opened at its first use."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            if self._path is None:
                raise CacheError("expected a cache file; found none; set SEEFOOD_CACHE to a folder that can be written")
            connection = sqlite3.connect(self._path, timeout=WAIT_SECONDS, check_same_thread=False)
            with self._lock:
                self._connections.append(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(SCHEMA)
            self._local.connection = connection
        return connection

    @contextlib.contextmanager
    def _forgiven(self) -> Iterator[None]:
        """Turn a fault of the cache into one warning, and go on without it."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
            path, self._path = self._path, None
            if path is not None and damaged:
                self._remove(path)
            what = "removed the damaged file; this run goes" if damaged else "this run goes"
            warnings.warn(f"feature cache: {error}; {what} on without it", CacheWarning, stacklevel=4)

    def _remove(self, path: Path) -> None:
        self.close()
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                path.with_name(path.name + suffix).unlink()


_PAGES = ("page_count", "freelist_count", "page_size")
