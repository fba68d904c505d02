"""Defects planted in a copy of a folder of pictures, and the list of them: what an inspection has to find."""

import io
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

BROKEN = {
    "empty.jpg": b"",
    "text.jpg": b"This is no picture.\n" * 20,
    "zeros.png": bytes(5000),
    "head only.png": b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(40),
}
"""Files that nobody can read; a truncated photo comes to them."""


@dataclass
class Planted:
    """What was done, as paths.

    Attributes:
        copies: each altered copy and the photo that it was made from.
        leaks, conflicts: those copies that lie in another split, or in another class, than their originals.
        flipped: photos that were moved into another class.
        broken: files that cannot be read.
    """

    copies: dict[Path, Path] = field(default_factory=dict)
    leaks: set[Path] = field(default_factory=set)
    conflicts: set[Path] = field(default_factory=set)
    flipped: set[Path] = field(default_factory=set)
    broken: set[Path] = field(default_factory=set)


@dataclass(frozen=True)
class Amounts:
    """How much of each to plant; leaks and conflicts are among the copies."""

    copies: int = 20
    leaks: int = 10
    conflicts: int = 6
    flipped: int = 12
    broken: int = 5


def altered(image: Image.Image, generator: np.random.Generator) -> tuple[bytes, str]:
    """A copy of a photo as the web makes them, JPEG bytes, and what was done.

    Always resized by 0.4 to 1.5 and encoded again with quality 40 to 90; half of them are cropped by up to a tenth a
    side, a third are mirrored, a third are up to a fifth brighter or darker.
    """
    done = []
    image = image.convert("RGB")
    if generator.random() < 1 / 2:
        left, top, right, bottom = generator.uniform(0, 0.1, 4)
        width, height = image.size
        image = image.crop(
            (round(left * width), round(top * height), round((1 - right) * width), round((1 - bottom) * height))
        )
        done.append("cropped")
    if generator.random() < 1 / 3:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        done.append("mirrored")
    if generator.random() < 1 / 3:
        image = ImageEnhance.Brightness(image).enhance(generator.uniform(0.8, 1.2))
        done.append("brightness")
    scale = generator.uniform(0.4, 1.5)
    size = (max(8, round(image.width * scale)), max(8, round(image.height * scale)))
    file = io.BytesIO()
    image.resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=int(generator.integers(40, 91)))
    return file.getvalue(), " ".join(done)


def plant(source: Path, target: Path, amounts: Amounts, generator: np.random.Generator) -> Planted:
    """Copy ``source``, which has two splits of the same classes, to ``target`` and spoil it.

    No photo gets more than one defect. Flips are in the first split.
    """
    shutil.copytree(source, target)
    splits = sorted(path.name for path in target.iterdir() if path.is_dir())
    classes = sorted(path.name for path in (target / splits[0]).iterdir() if path.is_dir())
    photos = sorted(path for path in target.rglob("*") if path.is_file())
    order = [photos[index] for index in generator.permutation(len(photos))]
    planted = Planted()
    for number in range(amounts.copies):
        _copy(order.pop(), number, target, (splits, classes), amounts, (planted, generator))
    first = [path for path in order if path.relative_to(target).parts[0] == splits[0]]
    for photo in first[: amounts.flipped]:
        moved = _elsewhere(photo, target, classes, 1, generator) / f"moved {photo.name}"
        photo.rename(moved)
        planted.flipped.add(moved)
    _break(target / splits[0] / classes[0], first[amounts.flipped], amounts.broken, planted)
    return planted


def _copy(
    photo: Path,
    number: int,
    target: Path,
    names: tuple[list[str], list[str]],
    amounts: Amounts,
    kept: tuple[Planted, np.random.Generator],
) -> None:
    planted, generator = kept
    splits, classes = names
    folder = photo.parent
    if number < amounts.leaks:
        folder = _elsewhere(photo, target, splits, 0, generator)
    elif number < amounts.leaks + amounts.conflicts:
        folder = _elsewhere(photo, target, classes, 1, generator)
    with Image.open(photo) as image:
        data, _ = altered(image, generator)
    copy = folder / f"copy {number:02}.jpg"
    copy.write_bytes(data)
    planted.copies[copy] = photo
    (planted.leaks if number < amounts.leaks else planted.conflicts if folder != photo.parent else set()).add(copy)


def _elsewhere(photo: Path, target: Path, names: list[str], part: int, generator: np.random.Generator) -> Path:
    """The photo's folder with another split (part 0) or another class (part 1)."""
    parts = list(photo.relative_to(target).parts[:2])
    others = [name for name in names if name != parts[part]]
    parts[part] = others[int(generator.integers(len(others)))]
    return target.joinpath(*parts)


def _break(folder: Path, photo: Path, count: int, planted: Planted) -> None:
    truncated = photo.read_bytes()[: photo.stat().st_size // 2]
    for name, data in list(({"half.jpg": truncated} | BROKEN).items())[:count]:
        (folder / name).write_bytes(data)
        planted.broken.add(folder / name)


def scene(generator: np.random.Generator, height: int = 150, width: int = 200) -> Image.Image:
    """A picture with the statistics of a photo: amplitude falls with frequency, and things stand before it."""
    frequency = np.hypot(np.fft.fftfreq(height)[:, np.newaxis], np.fft.fftfreq(width)) + 1 / width
    waves = generator.normal(size=(height, width)) + 1j * generator.normal(size=(height, width))
    ground = np.real(np.fft.ifft2(waves / frequency))
    pixels = np.empty((height, width, 3))
    pixels[:] = (128 + 45 * (ground - ground.mean()) / ground.std())[:, :, np.newaxis]
    down, across = np.mgrid[:height, :width]
    for _ in range(6):
        middle, size = generator.uniform(0, (height, width)), generator.uniform(8, 40, 2)
        inside = ((down - middle[0]) / size[0]) ** 2 + ((across - middle[1]) / size[1]) ** 2 < 1
        pixels[inside] = 0.3 * pixels[inside] + 0.7 * generator.uniform(0, 255, 3)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
