"""IDX files, in which MNIST and Fashion-MNIST are published: pictures in one, labels in another.

A file is two zero bytes, one for the type of its numbers, one for how many dimensions they have, the length of each
dimension in four bytes, and the numbers, the largest byte first (yann.lecun.com/exdb/mnist).
"""

import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.datasets.compressed import LARGEST_BYTES, Limited, opened
from seefood.errors import DatasetError
from seefood.files import reason

__all__ = ["IdxPair", "read_idx", "stems_in"]

TYPES: dict[int, np.dtype[Any]] = {8: np.dtype("u1"), 9: np.dtype("i1"), 11: np.dtype(">i2"), 12: np.dtype(">i4")}
"""Of whole numbers; there are floats too, which neither pictures nor labels need."""
PIECE = 1 << 20

_NAME = re.compile(r"(?P<stem>.*)(?P<kind>images|labels)[-.]idx[134]-ubyte(\.gz)?")


@dataclass(frozen=True)
class IdxPair:
    """The two files, ``train-images-idx3-ubyte`` and ``train-labels-idx1-ubyte``; also with ``.gz`` and ``.idx3``."""

    pictures: Path
    labels: Path

    @classmethod
    def of(cls, path: Path) -> "IdxPair":
        """Both, if one is given; or what their names begin with: ``train``.

        Raises:
            DatasetError: one of them is missing.
        """
        name = _NAME.fullmatch(path.name)
        stem = _with_mark(path) if name is None else name["stem"]
        pictures, labels = _file(path.parent, stem, "images"), _file(path.parent, stem, "labels")
        for kind, found in (("pictures", pictures), ("labels", labels)):
            if found is None:
                wanted = f"{stem}{kind.replace('pictures', 'images')}-idx{1 if kind == 'labels' else 3}-ubyte"
                raise DatasetError(
                    f"{path}: expected two IDX files, pictures and labels; found no {kind}; put '{wanted}' or "
                    f"'{wanted}.gz' beside it"
                )
        return cls(path.parent / str(pictures), path.parent / str(labels))

    @classmethod
    def is_begun_by(cls, path: Path) -> bool:
        """Whether this is what the names of two files, or of one of them, begin with."""
        return any(_file(path.parent, path.name + mark, kind) for mark in ("", "-") for kind in ("images", "labels"))

    def read(self) -> tuple[NDArray[np.uint8], list[str]]:
        """(pictures uint8 [n, height, width, channels], labels).

        Raises:
            DatasetError: a file that cannot be read or is damaged, or two that do not belong together.
        """
        pictures, labels = read_idx(self.pictures), read_idx(self.labels)
        if pictures.dtype != np.uint8 or (pictures.ndim != 3 and pictures.shape[3:] not in ((1,), (3,))):
            raise _unfit(self.pictures, "pictures as bytes [n, height, width]", pictures)
        if labels.ndim != 1:
            raise _unfit(self.labels, "labels [n]", labels)
        if len(labels) != len(pictures):
            raise DatasetError(
                f"{self.labels}: expected a label for each of the {len(pictures)} pictures in {self.pictures.name}; "
                f"found {len(labels)}; get both from one place"
            )
        pictures = pictures[..., np.newaxis] if pictures.ndim == 3 else pictures
        return pictures, [str(label) for label in labels.tolist()]


def stems_in(folder: Path) -> list[str]:
    """The stems of the files with pictures in a folder. Raises DatasetError where it cannot be listed."""
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 -- a Path for every name costs more than the test
    except OSError as error:
        raise DatasetError(f"{folder}: expected a folder; {reason(error)}; check the path") from error
    named = [name for name in map(_NAME.fullmatch, names) if name is not None and name["kind"] == "images"]
    return sorted({name["stem"] for name in named})


def _with_mark(path: Path) -> str:
    """``train`` may mean ``train-images…`` or ``trainimages…``; the files say which."""
    return path.name if _file(path.parent, path.name, "images") else f"{path.name}-"


def _file(folder: Path, stem: str, kind: str) -> str | None:
    """The name of one of the two, the decompressed one if there are both."""
    digits = "1" if kind == "labels" else "34"
    names = [f"{stem}{kind}{mark}idx{digit}-ubyte{end}" for end in ("", ".gz") for mark in "-." for digit in digits]
    return next((name for name in names if os.path.isfile(folder / name)), None)  # noqa: PTH113 -- never raises


def read_idx(path: Path) -> NDArray[Any]:
    """The numbers of one file, whole numbers only.

    Raises:
        DatasetError: no such file, no IDX file, too large, or not as long as its header says.
    """
    with opened(path) as file:
        begin = file.read(4)
        if len(begin) < 4 or begin[:2] != b"\0\0" or begin[2] not in TYPES or not begin[3]:
            raise DatasetError(
                f"{path}: expected an IDX file of whole numbers; found one that begins otherwise, with "
                f"{begin.hex(' ') or 'nothing'}; get it again"
            )
        kind, lengths = TYPES[begin[2]], file.read(4 * begin[3])
        shape = tuple(int(length) for length in np.frombuffer(lengths[: len(lengths) // 4 * 4], ">u4"))
        if len(shape) != begin[3] or 0 in shape:
            raise DatasetError(
                f"{path}: expected the lengths of {begin[3]} dimensions; found {list(shape)}; get it again"
            )
        size = math.prod(shape) * kind.itemsize
        if size > LARGEST_BYTES:
            raise DatasetError(f"{path}: expected at most {LARGEST_BYTES >> 20} MiB; found {list(shape)}; split it")
        content = _exactly(file, size)
    if len(content) != size:
        found = f"only {len(content):,}" if len(content) < size else "more"
        raise DatasetError(
            f"{path}: expected {size:,} bytes, as its header says, {list(shape)}; found {found}; get it anew"
        )
    numbers: NDArray[Any] = np.frombuffer(content, kind)
    return numbers.reshape(shape)


def _exactly(file: Limited, size: int) -> bytearray:
    """One byte more, if there is one; piece by piece, so that a header that lies takes no memory."""
    content = bytearray()
    while len(content) <= size and (piece := file.read(min(PIECE, size + 1 - len(content)))):
        content += piece
    return content


def _unfit(path: Path, expected: str, found: NDArray[Any]) -> DatasetError:
    return DatasetError(
        f"{path}: expected {expected}; found {found.dtype.name} {list(found.shape)}; get it again, or name another"
    )
