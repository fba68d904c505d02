"""A folder of classes, decoded: every picture in memory at one small size, for networks that learn from nothing."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seefood.datasets.folders import LabelledFolder
from seefood.errors import DatasetError, PictureError
from seefood.pictures import decode
from seefood.preprocessing import Preprocessing

__all__ = ["DEFAULT_SIDE", "RULE", "FolderPictures", "Watch", "read_folder"]

RULE: Literal["stretch"] = "stretch"
"""How a picture of another shape is fitted; whoever classifies with what was learned has to fit it so too."""
DEFAULT_SIDE = 64
"""Pixels. Of pictures that are not all of one size, or are larger."""
LARGEST_BYTES = 1 << 32
"""Of all the pictures together."""
TOGETHER = 128
"""Pictures decoded between two calls of ``watch``."""

Pixels = NDArray[np.uint8]
Watch = Callable[[int, int], None]
"""Called now and then with how many pictures are done, and of how many."""
FolderPictures = tuple[Pixels, list[str], tuple[tuple[Path, PictureError], ...]]


class _OtherSizeError(Exception):
    """The pictures are not all of one size."""


def read_folder(folder: Path, shape: tuple[int, ...] | None = None, watch: Watch | None = None) -> FolderPictures:
    """(pictures uint8 [n, height, width, channels], the class of each, files that are no pictures and why).

    They are brought to the ``shape``; without one they keep their size, if all have the same and neither side is longer
    than 64 pixels, and else become 64 by 64. Without channels in the shape, the pictures are grey if all of them are.
    Colours become grey as in ITU-R BT.601.

    Raises:
        DatasetError: no folder of classes, a class without a readable picture, or more than fits into memory.
    """
    listed = LabelledFolder.open(folder)
    decoded = _Decoded(folder, listed.paths, watch)
    if shape is not None:
        decoded.fill((shape[0], shape[1]))
    elif small := _small_size(listed.paths):
        try:
            decoded.fill(small, as_they_are=True)
        except _OtherSizeError:
            decoded.fill((DEFAULT_SIDE, DEFAULT_SIDE))
    else:
        decoded.fill((DEFAULT_SIDE, DEFAULT_SIDE))
    kept = [place for place in range(len(listed)) if place not in decoded.errors]
    labels = [listed.labels[place] for place in kept]
    _check_classes(listed, labels, decoded.errors)
    pictures = decoded.pictures if len(kept) == len(listed) else decoded.pictures[kept]
    rejected = tuple((listed.paths[place], error) for place, error in sorted(decoded.errors.items()))
    return _in_channels(pictures, shape[2] if shape is not None and len(shape) == 3 else None), labels, rejected


class _Decoded:
    """Pictures in one array, each in its place, by as many threads as there are cores."""

    def __init__(self, folder: Path, paths: Sequence[Path], watch: Watch | None) -> None:
        self._folder, self._paths, self._watch = folder, paths, watch
        self.errors: dict[int, PictureError] = {}
        self.pictures: Pixels = np.empty((0, 1, 1, 3), np.uint8)

    def fill(self, size: tuple[int, int], *, as_they_are: bool = False) -> None:
        """Decode all to (height, width); if they are to stay as they are, another size raises _OtherSizeError."""
        count, (height, width) = len(self._paths), size
        if count * height * width * 3 > LARGEST_BYTES:
            raise DatasetError(
                f"{self._folder}: expected at most {LARGEST_BYTES >> 30} GiB of pixels; found {count:,} pictures at "
                f"{height} × {width}; choose a smaller size or use fewer pictures"
            )
        self.errors, self.pictures = {}, np.empty((count, height, width, 3), np.uint8)
        preprocessing = None if as_they_are else Preprocessing(height, width, rule=RULE)
        with ThreadPoolExecutor(_threads()) as pool:
            for start in range(0, count, TOGETHER):
                places = range(start, min(start + TOGETHER, count))
                list(pool.map(lambda place: self._put(place, preprocessing), places))
                if self._watch is not None:
                    self._watch(places.stop, count)

    def _put(self, place: int, preprocessing: Preprocessing | None) -> None:
        path = self._paths[place]
        try:
            pixels = decode(path) if preprocessing is None else preprocessing.prepare(path)
        except PictureError as error:
            self.errors[place] = error
            return
        if pixels.shape != self.pictures.shape[1:]:
            raise _OtherSizeError
        self.pictures[place] = pixels


def _small_size(paths: Sequence[Path]) -> tuple[int, int] | None:
    """Height and width of the first picture that can be read, if it is small."""
    for path in paths:
        try:
            height, width, _ = decode(path).shape
        except PictureError:
            continue
        return (height, width) if max(height, width) <= DEFAULT_SIDE else None
    return None


def _threads() -> int:
    available = getattr(os, "sched_getaffinity", None)
    return len(available(0)) if available else os.cpu_count() or 1


def _check_classes(listed: LabelledFolder, labels: Sequence[str], errors: dict[int, PictureError]) -> None:
    found = set(labels)
    if missing := [name for name in listed.classes if name not in found]:
        error = errors[listed.labels.index(missing[0])]
        raise DatasetError(
            f"{listed.root}: expected a readable picture in every sub-folder; found none in '{missing[0]}', {error}; "
            "add pictures there or remove the folder"
        ) from error


def _in_channels(pictures: Pixels, channels: int | None) -> Pixels:
    """RGB as it is, or one channel of grey; where nobody says which, grey if nothing would be lost."""
    if channels == 3:
        return pictures
    if channels is None and not all((each == each[..., :1]).all() for each in pictures):
        return pictures
    grey = np.empty((*pictures.shape[:3], 1), np.uint8)
    for place, each in enumerate(pictures):
        weighted = each.astype(np.uint32) @ np.array([19595, 38470, 7471], np.uint32)  # of 65536, as Pillow has it
        grey[place, ..., 0] = (weighted + 32768) >> 16
    return grey
