"""A table of 60,000 pictures, as Kaggle has Fashion-MNIST, against NumPy's reader on the same file.

    python benchmarks/reading.py [--fashion FOLDER] [--rounds N]

The table is written from the IDX files of Debian's package dataset-fashion-mnist. NumPy returns float64 numbers, and
with ``dtype=uint8`` bytes; seefood returns pictures and labels. Memory is that of a whole process, libraries included.
"""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from measuring import MEGABYTE, Bars, alternating, empty_folder, machine, parser, peak_bytes, ratios
from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.datasets.loading import load_labelled

TIMES_FASTER = 5.0
MOST_MEGABYTES = 400.0
READ = "import sys; from seefood.datasets.loading import load_labelled; load_labelled(sys.argv[1])"
READ_BY_NUMPY = "import sys, numpy; numpy.loadtxt(sys.argv[1], delimiter=',', skiprows=1)"


def write_table(pictures: LabelledPictures, path: Path) -> None:
    """As Kaggle has it: a header, and on each line the label and the pixels."""
    texts = [str(number) for number in range(256)]
    rows = pictures.pictures.reshape(len(pictures), -1)
    with path.open("w", encoding="ascii") as file:
        print("label", *(f"pixel{number}" for number in range(1, rows.shape[1] + 1)), sep=",", file=file)
        for target, row in zip(pictures.required_targets.tolist(), rows, strict=True):
            print(target, *map(texts.__getitem__, row.tolist()), sep=",", file=file)


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def main() -> None:
    options = parser(__doc__, rounds=5)
    options.add_argument("--fashion", type=Path, default=Path("/usr/share/datasets/fashion-mnist"), metavar="FOLDER")
    arguments = options.parse_args()
    bars = Bars()
    print(machine())
    if not arguments.fashion.is_dir():
        sys.exit(
            f"{arguments.fashion}: expected Fashion-MNIST's IDX files; found none; apt install dataset-fashion-mnist"
        )
    with empty_folder() as folder:
        pictures, path = load_labelled(arguments.fashion), folder / "fashion-mnist_train.csv"
        write_table(pictures, path)
        found = load_labelled(path)
        same = np.array_equal(found.pictures, pictures.pictures) and np.array_equal(
            found.required_targets, pictures.required_targets
        )
        print(f"{len(found):,} lines, {path.stat().st_size / MEGABYTE:.0f} MiB; equal to the IDX files: {same}")
        measures = {
            "seefood": partial(seconds, partial(load_labelled, path)),
            "NumPy": partial(seconds, partial(np.loadtxt, path, delimiter=",", skiprows=1)),
            "NumPy, bytes": partial(seconds, partial(np.loadtxt, path, delimiter=",", skiprows=1, dtype=np.uint8)),
        }
        samples = alternating(measures, arguments.rounds)
        for name, sample in samples.items():
            print(f"  {name:13} {sample.shown('s')}")
        for name in ("NumPy", "NumPy, bytes"):
            print(f"  ratio to {name:13} {ratios(samples[name], samples['seefood']).shown('times as fast')}")
        memory = peak_bytes([sys.executable, "-c", READ, str(path)], folder) / 1e6
        memory_of_numpy = peak_bytes([sys.executable, "-c", READ_BY_NUMPY, str(path)], folder) / 1e6
        print(f"  peak memory: seefood {memory:.0f} MB, NumPy {memory_of_numpy:.0f} MB")
        bars.at_least("times as fast as NumPy", ratios(samples["NumPy"], samples["seefood"]).median, TIMES_FASTER)
        bars.at_most("peak memory", memory, MOST_MEGABYTES, " MB")
    bars.conclude()


if __name__ == "__main__":
    main()
