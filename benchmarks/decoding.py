"""Pictures per second from file to network input, against Pillow doing the same on its own.

    python benchmarks/decoding.py [--data FOLDER] [--rounds N]

Photos of 500 by 375 pixels as they are; and two kinds of 12 megapixels made from them: enlarged ones, which are smooth,
and photos laid side by side, which have more detail than a camera records, so that reading the compressed bytes alone
takes most of the time. A camera's own lie between.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import photos
from measuring import alternating, cores, empty_folder, machine, parser, photos_in, ratios
from seefood.preprocessing import Preprocessing

LITE0 = Preprocessing(224, 224)
MOST = 40
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
    """Pictures a second."""
    begin = time.perf_counter()
    if threads == 1:
        for path in paths:
            prepare(path)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(prepare, paths))
    return len(paths) / (time.perf_counter() - begin)


def compare(title: str, paths: Sequence[Path], threads: int, rounds: int) -> None:
    measures = {
        "seefood": partial(rate, LITE0.prepare, paths, threads),
        "Pillow": partial(rate, by_pillow, paths, threads),
    }
    alternating(measures, 1)
    found = alternating(measures, rounds)
    print(f"{title}, {len(paths)} files of {photos.megabytes(paths):.2f} MB, {threads} thread(s)")
    for name, sample in found.items():
        print(f"  {name:8} {sample.shown('pictures/s')}")
    print(f"  ratio    {ratios(found['seefood'], found['Pillow']).shown('times as fast')}")


def main() -> None:
    arguments = parser(__doc__, rounds=5).parse_args()
    folder = photos_in(arguments.data / "photos")
    print(machine("pillow", "simplejpeg"))
    with empty_folder() as scratch:
        small = photos.as_they_are(folder, scratch)[:MOST]
        sets = {
            "500×375": small,
            "4000×3000, enlarged": photos.enlarged(small, scratch),
            "4000×3000, side by side": photos.side_by_side(small, scratch),
        }
        for threads in sorted({1, cores()}):
            for title, paths in sets.items():
                compare(title, paths, threads, arguments.rounds)


if __name__ == "__main__":
    main()
