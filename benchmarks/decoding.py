"""Pictures per second from file to network input, against Pillow doing the same on its own.

    python benchmarks/decoding.py FOLDER [--rounds N]

FOLDER holds JPEG photos. Up to 40 of them that are 500 by 375 pixels are timed as they are. Two kinds of 12 megapixels
are made from them and saved at quality 90: photos enlarged, which are smooth, and photos laid side by side, which have
more detail than a camera records, so that reading the compressed bytes alone takes most of the time. A camera's own
lie between. Prints the ratio of the medians of alternating rounds.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seefood.preprocessing import Preprocessing

LITE0 = Preprocessing(224, 224)
Prepare = Callable[[Path], NDArray[np.uint8]]


def by_pillow(path: Path) -> NDArray[np.uint8]:
    """The usual recipe: decode, short side to 256, cut out the centre."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    factor = 256 / min(image.size)
    width, height = round(image.width * factor), round(image.height * factor)
    left, top = (width - 224) // 2, (height - 224) // 2
    resized = image.resize((width, height), Image.Resampling.BICUBIC)
    return np.array(resized.crop((left, top, left + 224, top + 224)))


def rate(prepare: Prepare, paths: Sequence[Path], threads: int) -> float:
    start = time.perf_counter()
    if threads == 1:
        for path in paths:
            prepare(path)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(prepare, paths))
    return len(paths) / (time.perf_counter() - start)


def compare(title: str, paths: Sequence[Path], threads: int, rounds: int) -> None:
    rate(LITE0.prepare, paths, threads)
    rate(by_pillow, paths, threads)
    pairs = [(rate(LITE0.prepare, paths, threads), rate(by_pillow, paths, threads)) for _ in range(rounds)]
    ours, pillow = (statistics.median(column) for column in zip(*pairs, strict=True))
    megabytes = statistics.fmean(path.stat().st_size for path in paths) / 1e6
    print(
        f"{title}, {len(paths)} files, {megabytes:.2f} MB each, {threads} thread(s):"
        f" seefood {ours:.0f}/s, Pillow {pillow:.0f}/s, ratio {ours / pillow:.2f}"
    )


def ordinary(folder: Path) -> list[Path]:
    found = []
    for path in sorted(folder.rglob("*.[jJ][pP]*[gG]")):
        with Image.open(path) as image:
            if image.size == (500, 375):
                found.append(path)
        if len(found) == 40:
            break
    return found


def enlarged(photos: Sequence[Path], folder: Path, count: int = 6) -> list[Path]:
    made = []
    for index in range(count):
        made.append(folder / f"enlarged{index}.jpg")
        with Image.open(photos[index % len(photos)]) as photo:
            photo.convert("RGB").resize((4000, 3000), Image.Resampling.BICUBIC).save(made[-1], quality=90)
    return made


def side_by_side(photos: Sequence[Path], folder: Path, count: int = 6) -> list[Path]:
    made = []
    for index in range(count):
        mosaic = Image.new("RGB", (4000, 3000))
        for tile in range(64):
            with Image.open(photos[(index + tile) % len(photos)]) as photo:
                mosaic.paste(photo.convert("RGB"), (tile % 8 * 500, tile // 8 * 375))
        made.append(folder / f"side_by_side{index}.jpg")
        mosaic.save(made[-1], quality=90)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    photos = ordinary(arguments.folder)
    if not photos:
        sys.exit(f"{arguments.folder}: expected JPEG photos of 500 by 375 pixels; found none; give another folder")
    packages = ", ".join(f"{name} {version(name)}" for name in ("pillow", "simplejpeg", "numpy"))
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, {packages}")
    with tempfile.TemporaryDirectory() as scratch:
        sets = {
            "500x375": photos,
            "4000x3000, enlarged": enlarged(photos, Path(scratch)),
            "4000x3000, side by side": side_by_side(photos, Path(scratch)),
        }
        for threads in sorted({1, os.cpu_count() or 1}):
            for title, paths in sets.items():
                compare(title, paths, threads, arguments.rounds)


if __name__ == "__main__":
    main()
