"""The networks that are here: how often they are right, how fast they are, and how soon they are ready.

    python benchmarks/networks.py [--data FOLDER] [--rounds N]

DATA/photos are named after their WordNet class, and DATA/imagenet_classes.tsv says which of the thousand that is. The
speed is that of bare sessions on all cores, and of pictures from files, as a share of it. A graph is opened from the
model file alone, and with the optimised copy that seefood keeps.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import bare
import photos
from measuring import Bars, alternating, by_turns, empty_folder, machine, parser, photos_in, ratios
from seefood.backbones.catalogue import CATALOGUE, DEFAULT, imagenet_labels
from seefood.backbones.engine import Engine
from seefood.intervals import wilson_interval
from seefood.model import Classifier, pretrained
from seefood.verdicts import Verdict

TOP_1 = 0.85


def truths(table: Path) -> dict[str, str]:
    """WordNet id to the label of the output that means it."""
    rows = [line.split("\t") for line in table.read_text(encoding="utf-8").splitlines()[1:]]
    return {wordnet: imagenet_labels()[int(index)] for index, wordnet, *_ in rows}


def accuracy(classifier: Classifier, paths: Sequence[Path], labels: dict[str, str]) -> float:
    """Prints top-1 and top-5, and gives top-1."""
    ranks = []
    for path, outcome in zip(paths, classifier.stream(paths, top=5), strict=True):
        guesses = [guess.label for guess in outcome.top] if isinstance(outcome, Verdict) else []
        truth = labels[path.name.partition("_")[0]]
        ranks.append(guesses.index(truth) if truth in guesses else len(guesses))
    first, five = ranks.count(0), sum(rank < 5 for rank in ranks)
    low, high = wilson_interval(first, len(ranks))
    print(f"  top-1          {first} of {len(ranks)}, {first / len(ranks):.3f}, interval {low:.3f} to {high:.3f}")
    print(f"  top-5          {five} of {len(ranks)}, {five / len(ranks):.3f}")
    return first / len(ranks)


def speed(classifier: Classifier, paths: Sequence[Path], rounds: int) -> None:
    arrays = [classifier.card.preprocessing.prepare(path) for path in paths[:40]]
    found = by_turns(
        {**bare.ways(classifier.data, arrays), "from files": lambda: bare.streaming(classifier, paths)}, rounds
    )
    bare.show(found)
    share = ratios(bare.rates(found["from files"]), bare.rates(bare.best(found)))
    print(f"  from files / bare      {share.shown('of the rate')}")


def opening(classifier: Classifier, rounds: int) -> float:
    """How many times sooner a graph is ready from the copy that was kept than from the file."""
    with empty_folder() as cache:
        os.environ["SEEFOOD_CACHE"] = str(cache)
        file = cache / "model.onnx"
        classifier.save(file)
        outputs, key = ("probabilities", "novelty"), "benchmark"
        Engine(file.read_bytes, outputs, key)
        measures = {
            "opening, not kept": lambda: bare.pace(1, lambda: bare.session(file.read_bytes(), 1)).seconds,
            "opening, kept": lambda: bare.pace(1, lambda: Engine(file.read_bytes, outputs, key)).seconds,
        }
        found = alternating(measures, 4 * rounds)
        del os.environ["SEEFOOD_CACHE"]
    for name, sample in found.items():
        print(f"  {name:22} {sample.shown('s')}")
    times = ratios(found["opening, not kept"], found["opening, kept"])
    print(f"  not kept / kept        {times.shown('times sooner')}")
    return times.median


def main() -> None:
    arguments = parser(__doc__, rounds=3).parse_args()
    paths, bars = photos.photos_of(photos_in(arguments.data / "photos")), Bars()
    labels = truths(arguments.data / "imagenet_classes.tsv")
    print(machine("pillow", "simplejpeg"))
    for name, entry in CATALOGUE.items():
        if entry.locate() is None:
            bars.left_out(name, f"its weights are not here: {entry.source}")
            continue
        print(f"\n{entry.title}, {entry.pixels}×{entry.pixels}")
        classifier = pretrained(name)
        right = accuracy(classifier, paths, labels)
        speed(classifier, paths, arguments.rounds)
        bars.at_least(
            f"{name}, opening, times sooner with the copy that is kept", opening(classifier, arguments.rounds), 1
        )
        if name == DEFAULT:
            bars.at_least(f"{name}, top-1", right, TOP_1)
    bars.conclude()


if __name__ == "__main__":
    main()
