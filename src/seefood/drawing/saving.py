"""Where a drawing goes: a name that can hold it, checked before the work, and the file whole or not there."""

import os
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from seefood.errors import OutputError
from seefood.files import check_not_input, replacing

__all__ = ["check_place", "save"]

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def check_place(path: Path, inputs: Iterable[Path] = ()) -> None:
    """Whether a picture can be saved under this name, said before the work that it takes to draw it.

    Args:
        path: where it would go.
        inputs: files that are read, and would be lost.

    Raises:
        OutputError: the name's ending is no format of pictures, there is no such folder, nothing can be written in
            it, or the path is one of the inputs.
    """
    check_not_input(path, inputs)
    if path.suffix.lower() not in FORMATS:
        raise OutputError(f"{path}: expected a name that ends in .png, .jpg or .webp; found another; rename it")
    if not path.parent.is_dir():
        raise OutputError(f"{path}: expected to write here; found no such folder; create it first")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{path}: expected to write here; found a folder that is read-only; name another place")


def save(image: Image.Image, path: Path) -> None:
    """Save an RGB image in the format that the name's ending says.

    Raises:
        OutputError: as `check_place`; the disk is full; or the image is larger than the format allows.
    """
    check_place(path)
    try:
        with replacing(path) as aside:
            image.save(aside, format=FORMATS[path.suffix.lower()])
    except (ValueError, KeyError) as error:
        raise OutputError(f"{path}: expected to save a picture; found {error}; name a .png") from error
