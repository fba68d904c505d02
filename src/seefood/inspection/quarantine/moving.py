"""One file changes its folder: never over another one, never half, never through a link.

Folders are opened one after the other from the top of the file system, each as itself, and held open meanwhile: whoever
puts a link in the place of one of them leads nothing astray. This module knows no manifests.
"""

import contextlib
import errno
import functools
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from seefood.files import digest_of_bytes

__all__ = ["Spot", "move", "opened", "sync", "weigh"]

PIECE = 1 << 20
"""Bytes that are copied at once."""

FOLDER = getattr(os, "O_PATH", 0) | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
FILE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # opening a pipe would wait for ever

RENAME_NOREPLACE = 1
NOT_SUPPORTED = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP})


@dataclass(frozen=True)
class Spot:
    """A name in a folder that is held open; there may be a file of that name or not."""

    folder: int
    name: str

    def status(self) -> os.stat_result | None:
        """Of what is there, a link as itself; None where nothing is."""
        try:
            return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def remove(self) -> None:
        """Take the name away. Raises OSError."""
        os.unlink(self.name, dir_fd=self.folder)

    def open(self, flags: int, mode: int = 0o600) -> int:
        """A descriptor of the file itself. Raises OSError."""
        return os.open(self.name, flags | FILE, mode, dir_fd=self.folder)


@contextlib.contextmanager
def opened(folder: Path, *, make: bool = False) -> Iterator[int]:
    """Hold an absolute folder open; ``make`` makes those that are missing.

    Raises:
        NotADirectoryError: something on the way is a link or a file.
        OSError: as the operating system says.
    """
    held = os.open(folder.anchor, FOLDER)
    try:
        for name in folder.parts[1:]:
            inner = _entered(held, name, make=make)
            os.close(held)
            held = inner
        yield held
    finally:
        os.close(held)


def _entered(folder: int, name: str, *, make: bool) -> int:
    try:
        return os.open(name, FOLDER, dir_fd=folder)
    except FileNotFoundError:
        if not make:
            raise
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, dir_fd=folder)
        sync(folder)
    return os.open(name, FOLDER, dir_fd=folder)


def sync(folder: int) -> None:
    """What was named in an open folder stays named after a power cut, where the file system can promise that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(".", os.O_RDONLY, dir_fd=folder)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def weigh(spot: Spot) -> tuple[str, int]:
    """(SHA-256, bytes) of a file; of a link: of the text that says where it leads.

    Raises:
        FileNotFoundError: nothing is there.
        IsADirectoryError: what is there is neither a file nor a link.
        OSError: it cannot be read.
    """
    status = os.stat(spot.name, dir_fd=spot.folder, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        text = os.fsencode(os.readlink(spot.name, dir_fd=spot.folder))
        return digest_of_bytes(text), len(text)
    if not stat.S_ISREG(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "no file", spot.name)
    with open(spot.open(os.O_RDONLY), "rb") as file:  # noqa: PTH123 -- a descriptor has no path
        return hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size


def move(source: Spot, target: Spot, aside: str) -> None:
    """Give a file or a link its new place; whoever looks sees it whole, in one of the two.

    Within a file system it is renamed. To another one it is copied as ``aside`` beside its place, flushed, compared and
    renamed; then the source is removed: for that moment, and after a kill in it, it is in both. An error leaves it
    where it was.

    Raises:
        FileExistsError: the place is taken.
        OSError: as the operating system says; EBUSY where the file changes meanwhile.
    """
    try:
        _rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _carry(source, target, aside)


def _rename(source: Spot, target: Spot) -> None:
    """Rename without replacing. Where the system cannot, by a second name: a kill then leaves the file both names."""
    if (rename := _renameat2()) is not None:
        number = rename(source, target)
        if number == 0:
            return
        if number not in NOT_SUPPORTED:
            raise OSError(number, os.strerror(number), source.name)
    folders = {"src_dir_fd": source.folder, "dst_dir_fd": target.folder}
    os.link(source.name, target.name, follow_symlinks=False, **folders)
    _remove_or_take_back(source, target)


@functools.cache
def _renameat2() -> Callable[[Spot, Spot], int] | None:
    """Linux's call, which answers with 0 or an error's number; None where there is none."""
    import ctypes

    function = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if function is None:
        return None
    function.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]

    def call(source: Spot, target: Spot) -> int:
        names = os.fsencode(source.name), os.fsencode(target.name)
        failed = function(source.folder, names[0], target.folder, names[1], RENAME_NOREPLACE) != 0
        return ctypes.get_errno() if failed else 0

    return call


def _remove_or_take_back(source: Spot, target: Spot) -> None:
    try:
        source.remove()
    except OSError:
        target.remove()
        raise


def _carry(source: Spot, target: Spot, aside: str) -> None:
    beside = Spot(target.folder, aside)
    before = source.status()
    try:
        if before is not None and stat.S_ISLNK(before.st_mode):
            _copy_link(source, beside, before)
        else:
            _copy_file(source, beside)
        if _signature(source.status()) != _signature(before):
            raise OSError(errno.EBUSY, "a file that was changed while it was copied", source.name)
        _rename(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.remove()
        raise
    sync(target.folder)
    _remove_or_take_back(source, target)
    sync(source.folder)


def _signature(status: os.stat_result | None) -> tuple[int, ...]:
    return () if status is None else (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _copy_link(source: Spot, target: Spot, status: os.stat_result) -> None:
    os.symlink(os.readlink(source.name, dir_fd=source.folder), target.name, dir_fd=target.folder)
    times = (status.st_atime_ns, status.st_mtime_ns)
    os.utime(target.name, ns=times, dir_fd=target.folder, follow_symlinks=False)


def _copy_file(source: Spot, target: Spot) -> None:
    digest = hashlib.sha256()
    with (
        open(source.open(os.O_RDONLY), "rb") as read,  # noqa: PTH123
        open(target.open(os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as written,  # noqa: PTH123
    ):
        if not stat.S_ISREG(os.fstat(read.fileno()).st_mode):
            raise IsADirectoryError(errno.EISDIR, "no file", source.name)
        while piece := read.read(PIECE):
            digest.update(piece)
            written.write(piece)
        written.flush()
        _copy_attributes(read.fileno(), written.fileno())
        os.fsync(written.fileno())
    if weigh(target)[0] != digest.hexdigest():
        raise OSError(errno.EIO, "a copy with other bytes", source.name)


def _copy_attributes(source: int, target: int) -> None:
    """Owner, permissions, extended attributes and times, as far as the other file system has them."""
    status = os.fstat(source)
    with contextlib.suppress(OSError):
        os.fchown(target, status.st_uid, status.st_gid)
    with contextlib.suppress(OSError, AttributeError):
        for name in os.listxattr(source):
            os.setxattr(target, name, os.getxattr(source, name))
    with contextlib.suppress(OSError):
        os.fchmod(target, stat.S_IMODE(status.st_mode))
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
