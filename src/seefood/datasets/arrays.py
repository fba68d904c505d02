"""Pictures and labels in NumPy's archives, ``.npz``, as Keras keeps its MNIST; nothing in them is ever run.

An archive is a ZIP file of arrays. Each array's header is compared with its member's size before memory is taken.
"""

import math
import os
import zipfile
import zlib
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from seefood.datasets.compressed import DAMAGED, LARGEST_BYTES
from seefood.datasets.greys import Greys
from seefood.datasets.naming import plain_label
from seefood.errors import DatasetError
from seefood.files import reason
from seefood.pictures.quiet import without_warnings

__all__ = ["TEST_NAMES", "TRAIN_NAMES", "is_archive", "read_arrays"]

TRAIN_NAMES = (
    *(("x_train", "y_train"), ("train_images", "train_labels"), ("pictures", "labels"), ("images", "labels")),
    *(("x", "y"), ("X", "y"), ("arr_0", "arr_1")),
)
"""What pictures and labels are called, the surest first."""
TEST_NAMES = (("x_test", "y_test"), ("test_images", "test_labels"))

LONGEST_HEADER = 10_000
PIECE = 1000
"""Pictures whose numbers are made bytes at a time."""


def is_archive(path: Path) -> bool:
    """Whether a file is a ZIP archive of arrays, and of nothing else."""
    if not os.path.isfile(path):  # noqa: PTH113 -- never raises; and opening a pipe would wait for ever
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, *DAMAGED):
        return False
    return bool(names) and all(name.endswith(".npy") for name in names)


def read_arrays(
    path: Path, names: Iterable[tuple[str, str]] = TRAIN_NAMES, *, shape: tuple[int, ...] | None = None
) -> tuple[NDArray[np.uint8], list[str] | None] | None:
    """(pictures uint8 [n, height, width, channels], labels or None) under the first of these names; None without them.

    Pictures are [n, height, width], with channels last or first, or [n, pixels] of a given or a square ``shape``; whole
    numbers from 0 to 255 or fractions from 0 to 1. Labels are [n] or [n, 1], whole numbers or text.

    Raises:
        DatasetError: a file that cannot be read, is damaged or too large, objects in it, pictures that are none, or not
            as many labels as pictures.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            inside = {name.removesuffix(".npy") for name in archive.namelist()}
            found = next((pair for pair in names if pair[0] in inside), None)
            if found is None:
                return None
            values = _array(path, archive, found[0])
            labels = _array(path, archive, found[1]) if found[1] in inside else None
    except OSError as error:
        raise DatasetError(f"{path}: expected an archive of arrays; {reason(error)}; check the path") from error
    except DatasetError:
        raise
    except DAMAGED as error:
        raise DatasetError(f"{path}: expected a whole archive of arrays; found a damaged one; save it again") from error
    pictures = _pictures(f"{path}: '{found[0]}'", values, shape)
    return pictures, None if labels is None else _labels(f"{path}: '{found[1]}'", labels, len(pictures))


def _array(path: Path, archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """One array; its header is believed only as far as its member's size goes."""
    member = archive.getinfo(f"{name}.npy")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.flag_bits & 1:
        raise zipfile.BadZipFile
    if member.file_size > LARGEST_BYTES:
        raise DatasetError(f"{path}: expected at most {LARGEST_BYTES >> 20} MiB in '{name}'; found more; split it")
    with archive.open(member) as file:
        shape, by_columns, kind = _header(path, name, file)
        if kind.kind not in "buifUS":
            what = "objects of Python" if kind.hasobject else f"{kind}"
            raise DatasetError(
                f"{path}: expected numbers or text in '{name}'; found {what}, which is not read; save plain arrays"
            )
        size = math.prod(shape) * kind.itemsize
        plausible = not shape or (min(shape) > 0 and 0 < size < member.file_size)
        content = file.read(size + 1) if plausible else b""
    if not plausible or len(content) != size:
        raise DatasetError(
            f"{path}: expected {kind} {list(shape)} in '{name}', as its header says; found another number of bytes; "
            "save it again"
        )
    return np.frombuffer(content, kind).reshape(shape, order="F" if by_columns else "C")


def _header(path: Path, name: str, file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """An array's shape, whether its columns come one after the other, and the type of its numbers."""
    try:
        with without_warnings():
            version = npy.read_magic(file)
            read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version]
            return read(file, max_header_size=LONGEST_HEADER)
    except Exception as error:  # hostile headers make NumPy and Python's parser raise anything
        if isinstance(error, zipfile.BadZipFile | zlib.error | EOFError | OSError):
            raise
        raise DatasetError(f"{path}: expected an array in '{name}'; found none; save it again") from error


def _pictures(name: str, values: NDArray[Any], shape: tuple[int, ...] | None) -> NDArray[np.uint8]:
    if values.dtype.kind not in "buif" or values.ndim < 2:
        raise DatasetError(
            f"{name}: expected pictures as numbers [n, height, width]; found {values.dtype} {list(values.shape)}; "
            "save them so"
        )
    if values.ndim == 2:
        values = _from_rows(name, values, shape)
    elif values.ndim == 3:
        values = values[..., np.newaxis]
    elif values.ndim == 4 and values.shape[3] not in (1, 3) and values.shape[1] in (1, 3):
        values = values.transpose(0, 2, 3, 1)
    if values.ndim != 4 or values.shape[3] not in (1, 3):
        raise DatasetError(
            f"{name}: expected pictures [n, height, width] or [n, height, width, 3]; found {list(values.shape)}; "
            "reshape them"
        )
    if values.dtype == np.uint8:
        return values
    greys = Greys(name)
    for start in range(0, len(values), PIECE):
        rows = values[start : start + PIECE].reshape(-1, math.prod(values.shape[1:]))
        rows = rows.astype(np.uint8) if rows.dtype == bool else rows
        greys.add(rows, partial(_where, start))
    return greys.gathered().reshape(values.shape)


def _where(start: int, row: int, pixel: int) -> str:
    return f"picture {start + row + 1}, pixel {pixel + 1}"


def _from_rows(name: str, values: NDArray[Any], shape: tuple[int, ...] | None) -> NDArray[Any]:
    pixels = values.shape[1]
    side = math.isqrt(pixels)
    wanted = (side, side) if shape is None else shape
    if math.prod(wanted) != pixels:
        raise DatasetError(
            f"{name}: expected {math.prod(shape) if shape else 'as many pixels as a square picture has'}; found "
            f"{pixels} in a row; give the shape (height, width) or (height, width, 3)"
        )
    return values.reshape(len(values), wanted[0], wanted[1], wanted[2] if len(wanted) == 3 else 1)


def _labels(name: str, labels: NDArray[Any], pictures: int) -> list[str]:
    if labels.shape not in ((pictures,), (pictures, 1)) or labels.dtype.kind == "b":
        raise DatasetError(
            f"{name}: expected a label for each of the {pictures} pictures; found {labels.dtype} {list(labels.shape)}; "
            "save them as whole numbers or text [n]"
        )
    distinct, places = np.unique(labels.ravel(), return_inverse=True)
    texts = _texts(distinct)
    plain = [plain_label(text) for text in texts]
    if None in plain:
        wrong = texts[plain.index(None)]
        raise DatasetError(
            f"{name}: expected whole numbers or names as labels; found '{wrong:.40}'; save whole numbers or text"
        )
    return [str(plain[place]) for place in places.ravel().tolist()]


def _texts(labels: NDArray[Any]) -> list[str]:
    """Labels as text; those that no text can hold are empty."""
    texts = []
    for label in labels:
        try:
            text = bytes(label).decode() if labels.dtype.kind == "S" else str(label.item())
            text.encode()
        except ValueError:
            text = ""
        texts.append(text)
    return texts
