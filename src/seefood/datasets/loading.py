"""Labelled pictures from whatever holds them: a table of pixels, IDX files, an archive of arrays, a folder of classes.

What a file is, its content says, not its name.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seefood.datasets.arrays import TEST_NAMES, TRAIN_NAMES, is_archive, read_arrays
from seefood.datasets.compressed import first_bytes
from seefood.datasets.folder_pictures import Watch, read_folder
from seefood.datasets.idx import IdxPair, stems_in
from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.datasets.naming import classes_of, known_names
from seefood.datasets.pixel_table import read_pixel_table
from seefood.errors import DatasetError, PictureError

__all__ = ["load_labelled", "load_test_of"]

LARGEST_SIDE = 4096
"""Pixels."""
IDX_BEGINS = b"\0\0\x08"
TEST_STEMS = ("t10k", "test")

Shape = tuple[int, ...]
Found = tuple[NDArray[np.uint8], list[str] | None, tuple[tuple[Path, PictureError], ...]]
"""Pictures, the label of each, and files that could not be read."""


def load_labelled(
    path: str | os.PathLike[str],
    *,
    shape: Shape | None = None,
    size: int | None = None,
    labels: Sequence[str] | None = None,
    label_column: str | int | None = None,
    watch: Watch | None = None,
) -> LabelledPictures:
    """Pictures with their classes, from any of these:

    - a table (`read_pixel_table`): ``label,pixel1,…``, CSV or TSV, also in gzip or ZIP; without labels targets is None;
    - two IDX files (`IdxPair`): one of them, what their names begin with, or their folder, in which ``train`` is taken;
    - ``.npz`` (`read_arrays`): ``x_train`` and ``y_train``, ``images`` and ``labels``, …;
    - a folder with one sub-folder of pictures for each class (`read_folder`).

    Args:
        path: the file or folder.
        shape: (height, width) or (height, width, channels): how a line of pixels is to be understood, what pictures of
            a folder are brought to, and what all others have to be.
        size: the same for a folder, square.
        labels: the names of all classes there may be, in the order of the targets. Where the data have numbers and the
            names are none, numbers count the names from 0. By default the classes that are there, sorted; for
            Fashion-MNIST, which is known by the name of the file or its folder, its ten names.
        label_column: of a table: the label's name, or its place from 1.
        watch: called now and then with how many pictures of a folder are done, and of how many.

    Raises:
        DatasetError: nothing there, nothing that can be read, damaged data, one class only (unless labels are given),
            or a request that does not fit; in a table with line and column.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "tiny.csv"
    ...     _ = path.write_text("label,pixel1,pixel2,pixel3,pixel4\\ncat,0,255,3,4\\ndog,9,8,7,6\\n")
    ...     tiny = load_labelled(path)
    >>> tiny.shape, tiny.labels, tiny.targets.tolist(), tiny.name
    ((2, 2, 1), ('cat', 'dog'), [0, 1], 'tiny.csv')
    """
    path = Path(path)
    _check_request(path, shape, size)
    if _is_folder(path) and not (stems := stems_in(path)):
        found: Found = read_folder(path, shape if size is None else (size, size), watch)
    elif size is not None:
        raise DatasetError(
            f"{path}: expected a folder of pictures, to bring them to a size of {size}; found data whose pictures have "
            "their size; leave the size out"
        )
    elif _is_folder(path):
        found = (*_train_pair(path, stems).read(), ())
    else:
        found = (*_read_file(path, shape, label_column), ())
    return _labelled(path, found, shape, None if labels is None else tuple(labels))


def load_test_of(
    path: str | os.PathLike[str], *, shape: Shape | None = None, labels: Sequence[str] | None = None
) -> LabelledPictures | None:
    """The pictures to test on that lie beside those `load_labelled` takes: IDX files ``t10k-…``, or ``x_test`` in .npz.

    None where there are none. ``labels`` are those of the pictures that were learned from.

    Raises:
        DatasetError: as `load_labelled` does.
    """
    path = Path(path)
    _check_request(path, shape, None)
    given = None if labels is None else tuple(labels)
    if _is_folder(path):
        stems = [stem for stem in stems_in(path) if any(name in stem.casefold() for name in TEST_STEMS)]
        if len(stems) == 1:
            return _labelled(path, (*IdxPair.of(path / f"{stems[0]}images-idx3-ubyte").read(), ()), shape, given)
    elif is_archive(path) and (arrays := read_arrays(path, TEST_NAMES, shape=shape)) is not None:
        return _labelled(path, (*arrays, ()), shape, given)
    return None


def _check_request(path: Path, shape: Shape | None, size: int | None) -> None:
    sides = () if shape is None else tuple(shape)
    numbers = [*sides, *(() if size is None else (size,))]
    good = all(isinstance(number, int) and 1 <= number <= LARGEST_SIDE for number in numbers)
    if not good or len(sides) not in (0, 2, 3) or sides[2:] not in ((), (1,), (3,)):
        found = f"shape {shape}" if size is None else f"shape {shape}, size {size}"
        raise DatasetError(
            f"{path}: expected a shape (height, width) or (height, width, 1 or 3) in pixels from 1 to {LARGEST_SIDE}; "
            f"found {found}; correct it"
        )
    if shape is not None and size is not None:
        raise DatasetError(f"{path}: expected a shape or a size; found both; leave one out")


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 -- never raises


def _train_pair(folder: Path, stems: list[str]) -> IdxPair:
    chosen = [stem for stem in stems if "train" in stem.casefold()]
    chosen = stems if len(stems) == 1 else chosen
    if len(chosen) != 1:
        shown = ", ".join(f"'{stem}'" for stem in stems[:5])
        raise DatasetError(
            f"{folder}: expected one pair of IDX files to train with; found pairs whose names begin with {shown}; "
            "name one of the files"
        )
    return IdxPair.of(folder / f"{chosen[0]}images-idx3-ubyte")


def _read_file(
    path: Path, shape: Shape | None, label_column: str | int | None
) -> tuple[NDArray[np.uint8], list[str] | None]:
    if is_archive(path):
        arrays = read_arrays(path, shape=shape)
        if arrays is None:
            wanted = "; ".join(" and ".join(pair) for pair in TRAIN_NAMES[:5])
            raise DatasetError(f"{path}: expected arrays named {wanted}; found others; save them under such names")
        return arrays
    if not os.path.lexists(path) and IdxPair.is_begun_by(path):
        return IdxPair.of(path).read()
    if first_bytes(path, 3) == IDX_BEGINS:
        return IdxPair.of(path).read()
    return read_pixel_table(path, shape=shape, label_column=label_column)


def _labelled(path: Path, found: Found, shape: Shape | None, labels: tuple[str, ...] | None) -> LabelledPictures:
    pictures, texts, rejected = found
    height, width, channels = pictures.shape[1:]
    if shape is not None and (height, width, channels)[: len(shape)] != tuple(shape):
        raise DatasetError(
            f"{path}: expected pictures of {list(shape)}; found {[height, width, channels]}; use data of one shape"
        )
    name = Path(os.path.abspath(path)).name or str(path)  # noqa: PTH100 -- links keep the names that they were given
    if texts is None:
        return LabelledPictures(pictures, None, labels or (), name, rejected)
    targets, names = classes_of(texts, path, labels, known_names(path, (height, width, channels)))
    return LabelledPictures(pictures, targets, names, name, rejected)
