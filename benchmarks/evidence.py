"""Whether evidence adds up to the logits, and whether it lies where the object is.

    python benchmarks/evidence.py [--data FOLDER]

Composites are two photos side by side, one of a class that was taught and one of something else: on which half is more
of the evidence for the true class against the other? Both halves have the same share of the constant. Nothing here
depends on time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from measuring import Bars, machine, parser, photos_in
from seefood.backbones.catalogue import open_backbone
from seefood.datasets import LabelledFolder, find_pictures
from seefood.features import Extractor
from seefood.heads.head import Head, teach
from seefood.intervals import wilson_interval
from seefood.model import Classifier, pretrained
from seefood.model.assembly import taught_file
from seefood.model.card import ModelCard
from seefood.model.explanation import Explainer, Explanation
from seefood.model.teaching import teach_folder
from seefood.pictures import decode

SIDE = 224
EXACT = 1e-4
ON_THE_RIGHT_HALF = 0.90
MOST = 160
"""Composites of a kind, at most."""

Way = Literal["half of each", "both squeezed"]
Array = NDArray[Any]


@dataclass(frozen=True)
class Composite:
    """Two photos side by side, uint8 [224, 224, 3], the true class of one of them, and whether it is on the right."""

    pixels: Array
    label: str
    on_the_right: bool


def composites(folder: Path, others: Sequence[Path], way: Way) -> Iterator[Composite]:
    """Each photo of a labelled folder beside one of the others, on the right and on the left by turns."""
    labelled = list(LabelledFolder.open(folder))
    for number, (path, label) in enumerate(labelled[:: -(-len(labelled) // MOST)]):
        on_the_right = number % 2 == 0
        photo, other = (half(each, way) for each in (path, others[number % len(others)]))
        yield Composite(np.concatenate([other, photo] if on_the_right else [photo, other], axis=1), label, on_the_right)


def half(path: Path, way: Way) -> Array:
    """The middle of a photo, 224 high and 112 wide; or its middle square, made as narrow."""
    image = Image.fromarray(decode(path))
    width = SIDE // 2 if way == "half of each" else SIDE
    scale = max(SIDE / image.height, width / image.width)
    image = image.resize((max(width, round(image.width * scale)), max(SIDE, round(image.height * scale))))
    left, top = (image.width - width) // 2, (image.height - SIDE) // 2
    return np.asarray(image.crop((left, top, left + width, top + SIDE)).resize((SIDE // 2, SIDE)))


def halves(values: Array) -> tuple[float, float]:
    """The sums of a map's left and right half; a middle column is divided."""
    columns = values.sum(axis=0)
    share = np.clip(np.arange(len(columns), 0, -1) - len(columns) / 2, 0, 1)
    return float(columns @ share), float(columns @ (1 - share))


def on_the_photo(composite: Composite, values: Array) -> bool:
    left, right = halves(values)
    return (right > left) == composite.on_the_right and left != right


def measured(model: Classifier, folder: Path, others: Sequence[Path], way: Way) -> tuple[float, float]:
    """Prints shares of composites; gives those with more evidence on the photo's half, and how far sums are off."""
    found, off = [], 0.0
    first, second = model.labels
    explainers = {a: Explainer(model, a, b, check=False) for a, b in ((first, second), (second, first))}
    for composite in composites(folder, others, way):
        truth = explainers[composite.label](composite.pixels)
        said = truth.probabilities[truth.chosen] > truth.probabilities[truth.against]
        verdict = truth.contrast if said else -truth.contrast
        variants = truth.contrast, verdict, np.abs(truth.contrast), np.maximum(truth.contrast, 0)
        found.append([*(on_the_photo(composite, values) for values in variants), said])
        off = max(off, difference(truth))
    table = np.array(found, bool)
    print(f"  {folder.parent.name}, {way}: of {len(table)} composites")
    names = (
        "more evidence for the true class on the photo's half",
        "the same for the verdict's class",
        "more evidence for or against (absolute) on that half",
        "more evidence on that half, only what is for the true class counted",
        "classified right",
    )
    for name, column in zip(names, table.T, strict=True):
        low, high = wilson_interval(int(column.sum()), len(column))
        print(f"    {name}: {column.mean():.3f}, interval {low:.3f} to {high:.3f}")
    print(f"    of those classified right, the first: {table[table[:, -1], 0].mean():.3f}")
    return float(table[:, 0].mean()), off


def difference(explanation: Explanation) -> float:
    """How far the map's sum is from the logarithm of the odds that the probabilities have."""
    return abs(float(explanation.contrast.sum()) - explanation.odds)


def taught_on_all(folder: Path, depths: int) -> Classifier:
    """A head that has to use so many depths."""
    opened = open_backbone("lite0")
    pictures = LabelledFolder.open(folder)
    rows = [row for row in Extractor(opened).rows(pictures.paths) if row.vector is not None]
    labels = np.array([pictures.classes.index(row.path.parent.name) for row in rows], np.int64)
    network = replace(opened.network, choices=(depths,))
    vectors = np.stack([row.vector for row in rows if row.vector is not None])
    made: Head = teach(network, vectors, labels, [row.digest for row in rows], np.random.default_rng(0)).head
    described = {"name": network.name, "weights": network.weights, "depths": depths}
    card = ModelCard(pictures.classes, network.preprocessing, made.thresholds, made.temperature, described)
    return Classifier(taught_file(network, opened.graph(), made, card))


def main() -> None:
    options = parser(__doc__)
    data = photos_in(options.parse_args().data)
    print(machine("onnx"))
    bars = Bars()
    landscapes = sorted((data / "rural_urban").glob("*/rural/*"))
    insects = sorted(find_pictures(data / "hymenoptera" / "val"))
    tasks = {"hymenoptera": landscapes, "upright_sideways": landscapes, "rural_urban": insects}
    ways: tuple[Way, ...] = ("half of each", "both squeezed")
    print("\nsums: the largest difference from the logarithm of the odds")
    photos = sorted((data / "photos").iterdir())[:20]
    explainer = Explainer(pretrained(), check=False)
    bars.at_most("pretrained lite0", max(difference(explainer(photo)) for photo in photos), EXACT)
    for depths in open_backbone("lite0").network.choices:
        explainer = Explainer(taught_on_all(data / "hymenoptera" / "train", depths), check=False)
        off = max(difference(explainer(photo)) for photo in insects[:20])
        bars.at_most(f"lite0 taught on {depths} depths", off, EXACT)
    print("\ncomposites, with the depths that teaching chooses")
    for name, others in tasks.items():
        model = teach_folder(data / name / "train").classifier
        print(f"  {name}: {model.card.backbone['depths']} depths")
        for way in ways:
            share, off = measured(model, data / name / "val", others, way)
            if name == "hymenoptera" and way == ways[0]:
                bars.at_least("composites with more evidence on the photo's half", share, ON_THE_RIGHT_HALF)
                bars.at_most("their sums", off, EXACT)
    print("\nthe same with every depth")
    every = max(open_backbone("lite0").network.choices)
    for name, others in tasks.items():
        measured(taught_on_all(data / name / "train", every), data / name / "val", others, ways[0])
    bars.conclude()


if __name__ == "__main__":
    main()
