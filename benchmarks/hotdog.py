"""How often ``seefood hotdog`` is right, and what a head taught on half of the photos makes of the other half.

    python benchmarks/hotdog.py [--data FOLDER]

DATA/hot_dog has hot dogs and other food; DATA/photos one photo each of many things, to see how often it cries hot dog
at something else altogether. Nothing here depends on time.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from measuring import Bars, empty_folder, machine, parser, photos_in, run, seefood
from seefood.intervals import wilson_interval
from seefood.model.teaching import Training, teach_folder

YES, NO, LABEL = "hot_dog", "not_hot_dog", "hotdog"
ACCURACY, HALVES_ACCURACY = 0.80, 0.82
SEEDS = range(5)


def share(title: str, right: int, of: int) -> float:
    low, high = wilson_interval(right, of)
    print(f"  {title}: {right} of {of}, {right / of:.3f}, interval {low:.3f} to {high:.3f}")
    return right / of


def area_under_curve(yes: Sequence[float], no: Sequence[float]) -> float:
    """How often a hot dog ranks above another thing, ties half: Mann and Whitney 1947."""
    difference = np.subtract.outer(yes, no)
    return float(np.mean((difference > 0) + 0.5 * (difference == 0)))


def is_hot_dog(row: dict[str, Any]) -> bool:
    return Path(row["path"]).parent.name == YES


def decided(folder: Path, bars: Bars) -> None:
    """The command on the labelled folder."""
    rows = run(seefood("hotdog", folder, "--json")).lines()
    print("\nseefood hotdog")
    accuracy = share("right", sum(row["hotdog"] == is_hot_dog(row) for row in rows), len(rows))
    yes = [row for row in rows if is_hot_dog(row)]
    no = [row for row in rows if not is_hot_dog(row)]
    share("hot dogs found", sum(row["hotdog"] for row in yes), len(yes))
    share("other food taken for hot dogs", sum(row["hotdog"] for row in no), len(no))
    area = area_under_curve([row["probability"] for row in yes], [row["probability"] for row in no])
    print(f"  area under the curve: {area:.3f}")
    bars.at_least("accuracy of seefood hotdog", accuracy, ACCURACY)


def by_first_label(folder: Path) -> None:
    """What it would be if the most probable of a thousand labels decided."""
    rows = run(seefood("classify", folder, "--json", "--top", "1")).lines()
    first = [(is_hot_dog(row), row["top"][0]["label"] == LABEL) for row in rows]
    print("\nfor comparison, only where the first of the thousand labels is hot dog")
    share("right", sum(truth == said for truth, said in first), len(first))
    share("hot dogs found", sum(said for truth, said in first if truth), sum(truth for truth, _ in first))


def elsewhere(folder: Path) -> None:
    """Photos of other things; a hot dog among them does not count."""
    rows = [row for row in run(seefood("hotdog", folder, "--json")).lines() if LABEL not in row["path"].lower()]
    print("\nphotos of anything")
    share("taken for hot dogs", sum(row["hotdog"] for row in rows), len(rows))
    for row in rows:
        if row["hotdog"]:
            print(f"    {Path(row['path']).name}")


def halves(folder: Path, bars: Bars) -> None:
    """Five random halves of each class taught, the other halves tested."""
    print("\ntaught on a random half, tested on the other")
    found = []
    for seed in SEEDS:
        with empty_folder() as scratch:
            training = taught_on_half(folder, scratch, np.random.default_rng(seed))
        if training.test is None or training.test.accuracy is None:
            raise RuntimeError("expected a score card of the other half; found none")
        pictures = training.test.pictures
        found.append(share(f"seed {seed}, right", round(training.test.accuracy * pictures), pictures))
    print(f"  mean {np.mean(found):.3f}, from {min(found):.3f} to {max(found):.3f}")
    bars.at_least("mean accuracy of five halves", float(np.mean(found)), HALVES_ACCURACY)


def taught_on_half(folder: Path, scratch: Path, generator: np.random.Generator) -> Training:
    for name in (YES, NO):
        pictures = np.array(sorted(map(str, (folder / name).iterdir())))
        shuffled: NDArray[np.str_] = generator.permutation(pictures)
        half = len(shuffled) // 2
        link(shuffled[:half], scratch / "teach" / name)
        link(shuffled[half:], scratch / "test" / name)
    return teach_folder(scratch / "teach", test=scratch / "test")


def link(pictures: Sequence[str] | NDArray[np.str_], into: Path) -> None:
    into.mkdir(parents=True)
    for picture in pictures:
        (into / Path(picture).name).symlink_to(picture)


def main() -> None:
    arguments = parser(__doc__).parse_args()
    folder, bars = photos_in(arguments.data / "hot_dog").resolve(), Bars()
    print(machine("scipy"))
    decided(folder, bars)
    by_first_label(folder)
    elsewhere(photos_in(arguments.data / "photos"))
    halves(folder, bars)
    bars.conclude()


if __name__ == "__main__":
    main()
