"""Things that can be made again, kept between runs: where they live, and a folder of blobs that checks itself.

A cache is a convenience. One that cannot be read or written costs time and a warning, never a result.
"""

import contextlib
import os
import warnings
import zlib
from pathlib import Path

from seefood.errors import CacheError, OutputError
from seefood.files import digest_of_bytes, digest_of_file, reason, replacing

__all__ = ["BlobCache", "CacheWarning", "cache_folder", "remembered_digest"]


class CacheWarning(UserWarning):
    """The cache cannot be used; work goes on without it."""


def cache_folder(name: str) -> Path:
    """The folder ``name`` inside the cache, made if it is not there.

    The cache is ``$SEEFOOD_CACHE``, or the place the operating system has for such files. Everything in it can be
    deleted at any time; it is made again.

    Raises:
        CacheError: the folder cannot be made.
    """
    folder = _root() / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CacheError(
            f"{folder}: expected a folder for the cache; {reason(error)}; "
            "set SEEFOOD_CACHE to a folder that can be written"
        ) from error
    return folder


def _root() -> Path:
    chosen = os.environ.get("SEEFOOD_CACHE")
    if chosen:
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_cache_dir("seefood", appauthor=False))


class BlobCache:
    """Bytes under a key, one file each, with the content's checksum in the file's name.

    A file that was cut short or changed no longer fits its name: it is removed and counts as absent. Two processes may
    put the same key at the same time. Beyond ``limit_bytes`` the files that were used longest ago go.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     os.environ["SEEFOOD_CACHE"] = folder
    ...     cache = BlobCache("example", limit_bytes=1 << 20)
    ...     cache.put("key", b"made at some cost")
    ...     print(cache.get("key"), cache.get("another"))
    ...     del os.environ["SEEFOOD_CACHE"]
    b'made at some cost' None
    """

    def __init__(self, name: str, limit_bytes: int) -> None:
        self.name = name
        self.limit_bytes = limit_bytes

    def get(self, key: str) -> bytes | None:
        """The bytes under ``key``, or None where they are absent or damaged."""
        try:
            for path in sorted(cache_folder(self.name).glob(f"{key}.*.blob")):
                data = path.read_bytes()
                if path.name == _file_name(key, data):
                    with contextlib.suppress(OSError):
                        os.utime(path)
                    return data
                path.unlink(missing_ok=True)
        except (OSError, CacheError) as error:
            _warn(error)
        return None

    def put(self, key: str, data: bytes) -> None:
        """Keep ``data`` under ``key``; a full disk is a warning."""
        try:
            with replacing(cache_folder(self.name) / _file_name(key, data), flush=False) as aside:
                aside.write_bytes(data)
            self._trim()
        except (OutputError, CacheError) as error:
            _warn(error)

    def _trim(self) -> None:
        with contextlib.suppress(OSError):
            files = [(path.stat(), path) for path in cache_folder(self.name).iterdir()]
            files.sort(key=lambda file: file[0].st_mtime, reverse=True)
            kept = 0
            for status, path in files:
                kept += status.st_size
                if kept > self.limit_bytes:
                    path.unlink(missing_ok=True)


def _file_name(key: str, data: bytes) -> str:
    """With CRC-32: it finds damage as well as SHA-256 does, in a third of the time; nobody else writes here."""
    return f"{key}.{zlib.crc32(data):08x}.blob"


def remembered_digest(path: Path) -> str:
    """The SHA-256 of a large file, computed once for as long as its size and time of change stay the same.

    Raises:
        OSError: the file cannot be read.
    """
    status = path.stat()
    seen = BlobCache("digests", 1 << 20)
    key = digest_of_bytes(f"{path.absolute()}\0{status.st_size}\0{status.st_mtime_ns}".encode("utf-8", "replace"))[:32]
    digest = seen.get(key)
    if digest is None:
        digest = digest_of_file(path).encode()
        seen.put(key, digest)
    return digest.decode()


def _warn(error: Exception) -> None:
    warnings.warn(f"working without the cache: {error}", CacheWarning, stacklevel=3)
