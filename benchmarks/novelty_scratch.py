"""What a network from scratch takes for unlike all that it learned, against what its probabilities tell.

    python benchmarks/novelty_scratch.py [--data FOLDER] [--fashion FOLDER] [--pictures N] [--networks NAME …]

Networks learn some thousand pictures of Fashion-MNIST, and of MNIST where it is installed; each is shown the test
pictures of its own collection and others of the same size: the other collection's, letters, photos, noise, and its own
ones turned by a quarter.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.stats import mannwhitneyu

from measuring import Bars, machine, parser, photos_in
from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.datasets.loading import load_labelled, load_test_of
from seefood.datasets.mnist import read_mnist
from seefood.errors import DatasetError
from seefood.model.classifier import Classifier
from seefood.model.scratch import train_from_scratch
from seefood.networks.recipes import network_named

SIDE, TESTED, EPOCHS, BATCH_SIZE = 28, 2000, 4, 32
NETWORKS = (
    "quick",
    "conv 12 3, pool 2, conv 24 3, pool 2, dense 50",
    "conv 16 3, pool 2, conv 32 3, pool 2, global average",
)

Greys = NDArray[np.uint8]


def collections(fashion: Path, count: int) -> dict[str, tuple[LabelledPictures, Greys]]:
    """What is learned, and test pictures uint8 [n, 28, 28]."""
    tested = load_test_of(fashion)
    if tested is None:
        raise DatasetError(f"{fashion}: expected test pictures beside the others; found none; name another folder")
    found = {"Fashion-MNIST": (load_labelled(fashion).take(np.arange(count)), tested.pictures[:TESTED, ..., 0])}
    try:
        mnist = read_mnist()
    except DatasetError as error:
        print(f"without MNIST: {error}")
        return found
    digits = LabelledPictures(
        mnist.train_pictures[:count, ..., np.newaxis],
        mnist.train_labels[:count].astype(np.int64),
        tuple(map(str, range(10))),
        "MNIST",
    )
    return found | {"MNIST": (digits, mnist.test_pictures[:TESTED])}


def others(data: Path) -> dict[str, Greys]:
    """Letters white on black as digits are, photos, and noise; uint8 [n, 28, 28]."""
    letters = [np.pad(255 - _grey(path, SIDE - 6), 3) for path in sorted((data / "letters").rglob("*.*"))]
    photos = [_grey(path, SIDE) for path in sorted(photos_in(data / "photos").rglob("*.[jJ][pP]*"))]
    noise = np.random.default_rng(0).integers(0, 256, (1000, SIDE, SIDE)).astype(np.uint8)
    return {"letters": np.stack(letters), "photos": np.stack(photos), "noise": noise}


def _grey(path: Path, side: int) -> Greys:
    with Image.open(path) as image:
        return np.asarray(image.convert("L").resize((side, side), Image.Resampling.BOX))


def answers(classifier: Classifier, pictures: Greys) -> tuple[NDArray[Any], NDArray[Any]]:
    """Novelty, and the top probability."""
    colours = np.repeat(pictures[..., np.newaxis], 3, axis=3)
    parts = [classifier.probabilities(colours[first : first + 256]) for first in range(0, len(colours), 256)]
    return np.concatenate([part for _, part in parts if part is not None]), np.concatenate([p.max(1) for p, _ in parts])


def auroc(known: NDArray[Any], unknown: NDArray[Any]) -> float:
    """How often an unknown one has the higher value than a known one (Mann-Whitney's U over all pairs)."""
    return float(mannwhitneyu(unknown, known).statistic / (len(known) * len(unknown)))


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--fashion", type=Path, default=Path("/usr/share/datasets/fashion-mnist"), metavar="FOLDER")
    options.add_argument("--pictures", type=int, default=12_000, metavar="N", help="how many are learned (12000)")
    options.add_argument("--networks", nargs="*", default=NETWORKS, metavar="NAME")
    arguments = options.parse_args()
    print(machine("keras", "tensorflow-cpu"))
    learned, bars = collections(photos_in(arguments.fashion), arguments.pictures), Bars()
    strange = others(arguments.data)
    for (name, (data, known)), text in ((item, text) for item in learned.items() for text in arguments.networks):
        network = network_named(text)
        network = replace(network, recipe=replace(network.recipe, epochs=EPOCHS, batch_size=BATCH_SIZE))
        training = train_from_scratch(data, network)
        classifier, limit = training.classifier, training.classifier.card.thresholds.novelty or 0.0
        print(f"\n{text} on {len(data)} of {name}: accuracy {training.score.accuracy:.3f}")
        own, sure = answers(classifier, known)
        print(f"  familiar of {len(known)} test pictures  {(own <= limit).mean():.3f}")
        shown = {other: pictures for other, (_, pictures) in learned.items() if other != name} | strange
        found = []
        for other, pictures in (shown | {"turned": np.rot90(known, axes=(1, 2))}).items():
            novelty, probability = answers(classifier, pictures)
            by_novelty, by_probability = auroc(own, novelty), auroc(-sure, -probability)
            found.append((by_novelty, by_probability))
            print(
                f"  {other:14} AUROC of novelty {by_novelty:.3f}, of the top probability {by_probability:.3f}; "
                f"unfamiliar {(novelty > limit).mean():.3f}"
            )
        of_novelty, of_probability = np.mean(found, axis=0).tolist()
        bars.at_least(
            f"{text} on {name}, mean AUROC, that of the top probability being the bar", of_novelty, of_probability
        )
    bars.conclude()


if __name__ == "__main__":
    main()
