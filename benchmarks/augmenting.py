"""Is ``--augment auto`` ever worse than ``none``, and are its reasons right? Five seeds on four collections.

    python benchmarks/augmenting.py [DATA] [--seeds 5]

Each collection is taught from one part and measured on another, without changed copies and with those that the safety
probe picks. What it says of each change is printed for the first seed, and how often each was called what over all.
"""

import argparse
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seefood.evaluation import Evaluation
from seefood.model.teaching import Training, teach_folder

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@dataclass(frozen=True)
class Collection:
    """Pictures to teach from, and others to measure on."""

    name: str
    teach: Path
    test: Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", default=DATA)
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for collection in collections(asked.data, Path(scratch)):
            compare(collection, asked.seeds)


def collections(data: Path, scratch: Path) -> list[Collection]:
    """Those that come in two parts, and the letters, dealt into two by turns."""
    parted = [
        Collection(name, data / name / "train", data / name / "val")
        for name in ("hymenoptera", "rural_urban", "upright_sideways")
    ]
    for folder in sorted((data / "letters").iterdir()):
        for place, path in enumerate(sorted(folder.iterdir())):
            part = scratch / ("test" if place % 2 else "teach") / folder.name
            part.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, part)
    return [*parted, Collection("letters", scratch / "teach", scratch / "test")]


def compare(collection: Collection, seeds: int) -> None:
    """A line a seed, and what was said of each change."""
    said: dict[str, Counter[str]] = {}
    differences: list[float] = []
    for seed in range(seeds):
        plain, careful = (
            teach_folder(collection.teach, test=collection.test, augment=wish, seed=seed) for wish in ("none", "auto")
        )
        difference, error = paired(plain, careful)
        differences.append(difference)
        used = ", ".join(tried.name for tried in careful.augmentation if tried.used) or "nothing"
        print(
            f"{collection.name} seed {seed}: none {tested(plain).accuracy:.4f}, auto {tested(careful).accuracy:.4f}, "
            f"difference {difference:+.4f} (standard error {error:.4f}); learned: {used}"
        )
        for tried in careful.augmentation:
            said.setdefault(tried.name, Counter())[tried.effect.safety] += 1
            if seed == 0:
                print(f"    {tried.name:15s} {tried.sentence()}")
    for name, counts in said.items():
        print(f"  {name:15s} " + ", ".join(f"{safety} {count}" for safety, count in counts.most_common()))
    print(f"{collection.name}: mean difference over {seeds} seeds {np.mean(differences):+.4f}\n", flush=True)


def tested(training: Training) -> Evaluation:
    """The score card on the test pictures."""
    if training.test is None:
        raise ValueError("expected a test folder; found none")
    return training.test


def paired(first: Training, second: Training) -> tuple[float, float]:
    """By how much more of the same pictures the second names right, and the standard error of that."""
    wrong = [{mistake.path for mistake in tested(training).wrong} for training in (first, second)]
    better, worse, of = len(wrong[0] - wrong[1]), len(wrong[1] - wrong[0]), tested(first).pictures
    share = (better - worse) / of
    return share, float(np.sqrt(max(0.0, (better + worse) / of - share**2) / of))


if __name__ == "__main__":
    main()
