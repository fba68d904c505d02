"""Photos of a wanted size, made from the real ones, and folders with any number of them."""

import itertools
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

SMALL = (500, 375)
LARGE = (4000, 3000)
QUALITY = 90


def photos_of(folder: Path) -> list[Path]:
    """Every JPEG below a folder."""
    return sorted(folder.rglob("*.[jJ][pP]*[gG]"))


def as_they_are(folder: Path, into: Path) -> list[Path]:
    """Copies of those that are 500 by 375 pixels, as the camera or the website wrote them."""
    kept = []
    for path in photos_of(folder):
        with Image.open(path) as image:
            if image.size == SMALL:
                kept.append(Path(shutil.copy(path, into / path.name)))
    return kept


def resized(folder: Path, into: Path) -> list[Path]:
    """All of them as 500 by 375 pixels, saved at quality 90."""
    return [_resized(path, SMALL, into / f"{path.stem}.jpg") for path in photos_of(folder)]


def enlarged(photos: Sequence[Path], into: Path, count: int = 6) -> list[Path]:
    """12 megapixels, and smooth: less detail than a camera records."""
    return [_resized(photo, LARGE, into / f"enlarged{number}.jpg") for number, photo in enumerate(photos[:count])]


def side_by_side(photos: Sequence[Path], into: Path, count: int = 6) -> list[Path]:
    """12 megapixels of photos laid side by side: more detail than a camera records, so more bytes to be read."""
    made = []
    for number in range(count):
        mosaic = Image.new("RGB", LARGE)
        for tile in range(64):
            with Image.open(photos[(number + tile) % len(photos)]) as photo:
                mosaic.paste(photo.convert("RGB"), (tile % 8 * SMALL[0], tile // 8 * SMALL[1]))
        made.append(into / f"side_by_side{number}.jpg")
        mosaic.save(made[-1], quality=QUALITY)
    return made


def repeated(photos: Sequence[Path], into: Path, count: int) -> Path:
    """A folder of ``count`` files, each a hard link to one of the photos in turn."""
    into.mkdir(parents=True)
    for number, photo in zip(range(count), itertools.cycle(photos), strict=False):
        os.link(photo, into / f"{number:06d}.jpg")
    return into


def megabytes(photos: Sequence[Path]) -> float:
    """The mean size of a file."""
    return sum(photo.stat().st_size for photo in photos) / len(photos) / 1e6


def _resized(photo: Path, size: tuple[int, int], path: Path) -> Path:
    with Image.open(photo) as image:
        image.convert("RGB").resize(size, Image.Resampling.BICUBIC).save(path, quality=QUALITY)
    return path
