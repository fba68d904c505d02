"""Training from scratch against the course's recipe in Keras: time and test accuracy on Fashion-MNIST, and MNIST.

    python benchmarks/from_scratch.py [--fashion FOLDER] [--rounds N] [--only NAME …]

The peer is ``keras_fashion.py course7 FOLDER 4``, the course's three convolutions with Keras' defaults; its time is
what it prints, of ``fit`` alone. Ours is the training step of ``seefood train --from-scratch``, with building batches,
validation after each epoch and keeping a checkpoint in it; whole processes, with imports and reading and the model
file, are shown beside it. Each network runs once a round, turn by turn with the peer.
"""

from argparse import Namespace
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from measuring import Bars, Keras, Run, Sample, add_peers, by_turns, empty_folder, machine, parser, ratios, run, seefood
from seefood.datasets.mnist import read_mnist
from seefood.errors import DatasetError

EPOCHS = "4"
PEER = "Keras' defaults"


@dataclass(frozen=True)
class Aim:
    """What a network should reach: a test accuracy, in a share of the peer's time. None: as good as the peer."""

    accuracy: float | None
    share: float


AIMS = {"fashion": Aim(None, 0.5), "quick": Aim(0.92, 0.35), "best": Aim(0.93, 1.5)}
WITHIN = 0.01
DIGITS = 0.992


@dataclass(frozen=True)
class Trained:
    """One process: seconds of training, test accuracy, and the process as a whole."""

    seconds: float
    accuracy: float
    whole: Run


def peer(keras: Keras, folder: Path) -> Trained:
    """The last line: ``course7 epoch 4 total 61.0 s test accuracy 0.9003``."""
    whole = run(keras.command("keras_fashion.py", "course7", folder, EPOCHS))
    words = whole.output.split()
    return Trained(float(words[words.index("total", -8) + 1]), float(words[-1]), whole)


def ours(network: str, data: Path, seed: int = 0) -> Trained:
    with empty_folder() as folder:
        wishes: list[str | Path] = [
            "--from-scratch",
            "--network",
            network,
            "--seed",
            str(seed),
            "-o",
            folder / "model.onnx",
            "--json",
        ]
        whole = run(seefood("train", data, *wishes), cache=folder / "cache")
    told = whole.json()
    return Trained(told["seconds"]["training"], told["test"]["accuracy"], whole)


def fashion(arguments: Namespace, bars: Bars) -> None:
    keras = Keras(arguments)
    if keras.missing is not None or not arguments.fashion.is_dir():
        bars.left_out("Fashion-MNIST", keras.missing or f"no {arguments.fashion}; apt install dataset-fashion-mnist")
        return
    print(keras.versions())
    names = [name for name in AIMS if name in arguments.only]
    turns = {PEER: partial(peer, keras, arguments.fashion)}
    turns |= {name: partial(ours, name, arguments.fashion) for name in names}
    found = by_turns(turns, arguments.rounds)
    times = {name: Sample(tuple(each.seconds for each in runs)) for name, runs in found.items()}
    accuracies = {name: Sample(tuple(each.accuracy for each in runs)) for name, runs in found.items()}
    for name, runs in found.items():
        whole = Sample(tuple(each.whole.seconds for each in runs)).shown("s")
        print(f"{name}: {times[name].shown('s')}; whole process {whole}; test {accuracies[name].median:.4f}")
    for name in names:
        aim = AIMS[name]
        wanted = accuracies[PEER].median - WITHIN if aim.accuracy is None else aim.accuracy
        bars.at_least(f"{name}, test accuracy", accuracies[name].median, wanted)
        bars.at_most(f"{name}, share of the peer's time", ratios(times[name], times[PEER]).median, aim.share)


def digits(bars: Bars) -> None:
    try:
        mnist = read_mnist()
    except DatasetError as error:
        bars.left_out("MNIST", str(error))
        return
    with empty_folder() as folder:
        names = ("x_train", "y_train", "x_test", "y_test")
        parts = (mnist.train_pictures, mnist.train_labels, mnist.test_pictures, mnist.test_labels)
        np.savez(folder / "mnist.npz", allow_pickle=False, **dict(zip(names, parts, strict=True)))
        found = ours("quick", folder / "mnist.npz")
    print(f"quick on MNIST: {found.seconds:.1f} s, test {found.accuracy:.4f}")
    bars.at_least("MNIST, quick, test accuracy", found.accuracy, DIGITS)


def main() -> None:
    options = parser(__doc__, rounds=1)
    add_peers(options)
    options.add_argument("--fashion", type=Path, default=Path("/usr/share/datasets/fashion-mnist"), metavar="FOLDER")
    options.add_argument("--only", nargs="*", default=[*AIMS, "digits"], choices=[*AIMS, "digits"], metavar="NAME")
    arguments = options.parse_args()
    bars = Bars()
    print(machine("keras", "tensorflow-cpu"))
    if set(AIMS) & set(arguments.only):
        fashion(arguments, bars)
    if "digits" in arguments.only:
        digits(bars)
    bars.conclude()


if __name__ == "__main__":
    main()
