"""Makes the bundled pictures from their named sources; CREDITS.md says where each source comes from.

    python examples/make.py --skimage skimage/data --dandelions seeding_by_Clements_Engelhardt.jpg \\
        --fashion /usr/share/datasets/fashion-mnist

The sources are `skimage/data` inside the scikit-image wheel, one photo of Debian's lomiri-wallpapers-16.04,
and the folder of Debian's dataset-fashion-mnist.
"""

import argparse
import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HERE = Path(__file__).parent
LONGEST_SIDE_PIXELS = 640
JPEG_QUALITY = 85
SKIMAGE_PHOTOS = {
    "cat.jpg": "chelsea.png",
    "espresso.jpg": "coffee.png",
    "photographer-with-tripod.jpg": "camera.png",
    "rocket.jpg": "rocket.jpg",
}
FASHION_CLASSES = {0: "t-shirt", 1: "trouser", 3: "dress", 7: "sneaker", 8: "bag", 9: "ankle-boot"}
FASHION_PARTS = {"train": ("train", 24), "test": ("t10k", 20)}
FASHION_SIDE_PIXELS = 28


def save_photo(source: Path, target: Path) -> None:
    """Writes a JPEG whose longer side is at most `LONGEST_SIDE_PIXELS`, without metadata."""
    with Image.open(source) as opened:
        photo = opened if opened.mode == "L" else opened.convert("RGB")
        photo.thumbnail((LONGEST_SIDE_PIXELS, LONGEST_SIDE_PIXELS), Image.Resampling.LANCZOS)
        photo.info.clear()
        photo.save(target, quality=JPEG_QUALITY, optimize=True)


def make_photos(skimage: Path, dandelions: Path, target: Path) -> None:
    """The photos that the pretrained network names."""
    target.mkdir(parents=True, exist_ok=True)
    save_photo(dandelions, target / "dandelions.jpg")
    for name, source in SKIMAGE_PHOTOS.items():
        save_photo(skimage / source, target / name)


def read_idx(file: Path, header_bytes: int) -> NDArray[np.uint8]:
    """The numbers of a gzipped IDX file, flat (the layout: yann.lecun.com's MNIST page)."""
    return np.frombuffer(gzip.decompress(file.read_bytes()), np.uint8, offset=header_bytes)


def read_fashion(folder: Path, part: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Pictures [n, 28, 28] and labels [n] of one part of Fashion-MNIST, in file order."""
    pictures = read_idx(folder / f"{part}-images-idx3-ubyte.gz", header_bytes=16)
    labels = read_idx(folder / f"{part}-labels-idx1-ubyte.gz", header_bytes=8)
    return pictures.reshape(-1, FASHION_SIDE_PIXELS, FASHION_SIDE_PIXELS), labels


def make_fashion(source: Path, target: Path) -> None:
    """The first pictures of each class in file order, none of them picked; its place there is its name."""
    for part, (file_name, count) in FASHION_PARTS.items():
        pictures, labels = read_fashion(source, file_name)
        for number, label in FASHION_CLASSES.items():
            folder = target / part / label
            folder.mkdir(parents=True, exist_ok=True)
            for place in np.flatnonzero(labels == number)[:count]:
                Image.fromarray(pictures[place]).save(folder / f"{place:05d}.png", optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skimage", type=Path, required=True, help="the folder skimage/data of scikit-image")
    parser.add_argument("--dandelions", type=Path, required=True, help="seeding_by_Clements_Engelhardt.jpg")
    parser.add_argument("--fashion", type=Path, required=True, help="the folder with Fashion-MNIST's four IDX files")
    parser.add_argument("--output", type=Path, default=HERE, help="where photos/ and fashion/ are made")
    arguments = parser.parse_args()
    make_photos(arguments.skimage, arguments.dandelions, arguments.output / "photos")
    make_fashion(arguments.fashion, arguments.output / "fashion")


if __name__ == "__main__":
    main()
