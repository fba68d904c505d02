"""How many planted defects an inspection finds, what it names beside them, how long it takes and how much memory.

    python benchmarks/inspecting.py [--data FOLDER] [--seeds N] [--files N] [--rounds N]

Defects are planted in a copy of the ants and bees with different seeds: altered copies (some across the splits, some
under the wrong class), flipped labels, broken files. What the photos have by themselves is found first and is counted
apart. The time is that of whole processes with features in the cache. --files N also inspects N small pictures made
here and prints the memory.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from measuring import (
    CHECKOUT,
    MEGABYTE,
    Bars,
    empty_folder,
    machine,
    parser,
    peak_bytes,
    photos_in,
    run,
    seefood,
    shown,
    times,
)
from seefood.inspection import Inspection, inspect_folders

if TYPE_CHECKING:
    from planted import Planted

Pair = frozenset[Path]


@dataclass
class Counts:
    """Right ones among the planted and among the named, over all seeds."""

    planted: int = 0
    found: int = 0
    named: int = 0
    right: int = 0
    worst: list[float] = field(default_factory=list)

    def add(self, planted: int, found: int, named: int, right: int) -> None:
        self.planted, self.found = self.planted + planted, self.found + found
        self.named, self.right = self.named + named, self.right + right
        self.worst.append(found / planted if planted else 1.0)

    @property
    def recall(self) -> float:
        return self.found / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.named if self.named else 1.0


def groups_as_pairs(groups: Any, root: Path) -> set[Pair]:
    """Every pair of files in one group, by their places below the root."""
    placed = [[Path(path).relative_to(root) for path in group] for group in groups]
    return {frozenset((one, other)) for group in placed for one in group for other in group if one != other}


@dataclass
class Defects:
    """What was planted with several seeds, and what was found of it."""

    broken: Counts = field(default_factory=Counts)
    copies: Counts = field(default_factory=Counts)
    leaks: Counts = field(default_factory=Counts)
    conflicts: Counts = field(default_factory=Counts)
    flipped: Counts = field(default_factory=Counts)

    def add(self, planted: "Planted", found: Inspection, root: Path, natural: set[Pair]) -> None:
        unreadable = {Path(failure.path or "") for failure in found.unreadable}
        self.broken.add(
            len(planted.broken), len(unreadable & planted.broken), len(unreadable), len(unreadable & planted.broken)
        )
        truth = {frozenset((one.relative_to(root), two.relative_to(root))): one for one, two in planted.copies.items()}
        for counts, groups, wanted in (
            (self.copies, found.near_duplicates, set(planted.copies)),
            (self.leaks, found.leaks, planted.leaks),
            (self.conflicts, found.conflicts, planted.conflicts),
        ):
            named = groups_as_pairs(groups, root) - natural
            of_them = {pair for pair, copy in truth.items() if copy in wanted}
            counts.add(len(of_them), len(of_them & named), len(named), len(of_them & named))
        suspects = {Path(suspect.path) for suspect in found.suspects}
        self.flipped.add(
            len(planted.flipped), len(suspects & planted.flipped), len(suspects), len(suspects & planted.flipped)
        )


def plants(data: Path, seeds: int, bars: Bars) -> None:
    sys.path.insert(0, str(CHECKOUT / "tests"))
    from planted import Amounts, plant

    source = photos_in(data / "hymenoptera")
    clean = inspect_folders([source])
    natural = groups_as_pairs(clean.near_duplicates, source)
    print(f"\nhymenoptera as it is: {len(natural)} near duplicates, {len(clean.suspects)} suspects of {clean.pictures}")
    for group in clean.near_duplicates:
        print(f"  {', '.join(group)}")
    defects = Defects()
    for seed in range(seeds):
        with empty_folder() as folder:
            planted = plant(source, folder / "photos", Amounts(), np.random.default_rng(seed))
            found = inspect_folders([folder / "photos"])
            defects.add(planted, found, folder / "photos", natural)
    for name, counts in vars(defects).items():
        print(
            f"  {name:10} {counts.found} of {counts.planted} found, {counts.right} of {counts.named} named are right;"
            f" recall {counts.recall:.3f} (worst seed {min(counts.worst):.3f}), precision {counts.precision:.3f}"
        )
    bars.at_least("broken files, recall", defects.broken.recall, 1)
    bars.at_least("near duplicates, recall", defects.copies.recall, 0.95)
    bars.at_least("near duplicates, precision", defects.copies.precision, 0.95)
    bars.at_least("leaks, recall", defects.leaks.recall, 0.95)
    bars.at_least("conflicts, recall", defects.conflicts.recall, 1)
    bars.at_least("flipped labels, recall", defects.flipped.recall, 0.8)
    bars.at_least("flipped labels, precision", defects.flipped.precision, 0.5)


def flips(data: Path, bars: Bars) -> None:
    """Suspects where nothing was flipped."""
    for name in ("rural_urban", "upright_sideways", "letters", "hot_dog", "hymenoptera"):
        folder = data / name
        if folder.is_dir():
            found = inspect_folders([folder])
            share = len(found.suspects) / found.pictures
            groups = len(found.near_duplicates)
            print(f"  {name}: {found.pictures} pictures, {groups} near duplicates, {len(found.outliers)} outliers")
            bars.at_most(f"{name} as it is, share of suspects", share, 0.05)


def again(data: Path, rounds: int, bars: Bars) -> None:
    folder = photos_in(data / "hymenoptera")
    command = seefood("inspect", folder, "--json")
    with empty_folder() as cache:
        cold = [run(command, cache)]
        runs = [run(command, cache) for _ in range(rounds)]
        print(f"\nhymenoptera, whole process\n  empty cache     {shown(cold)}\n  again           {shown(runs)}")
        bars.at_most("397 pictures, features cached", times(runs).median, 2, " s")


def many(count: int) -> None:
    """The memory that very many small pictures take."""
    random = np.random.default_rng(0)
    with empty_folder() as folder:
        for number in range(count):
            place = folder / "photos" / f"class {number % 10}" / f"{number:07}.jpg"
            place.parent.mkdir(parents=True, exist_ok=True)
            small = random.integers(0, 255, (6, 8, 3), np.uint8)
            Image.fromarray(small).resize((128, 96), Image.Resampling.BICUBIC).save(place, "JPEG", quality=80)
        command = seefood("inspect", folder / "photos", "--json")
        first = peak_bytes(command, folder / "cache") / MEGABYTE
        finished = run(command, folder / "cache")
        found = finished.json()
        print(f"\n{count:,} small pictures: at most {first:.0f} MB; again in {finished.seconds:.1f} s")
        near, suspects = len(found["near_duplicates"]), len(found["suspect_labels"])
        print(f"  {near} near duplicates, {suspects} suspects; {found['seconds']}")


def main() -> None:
    options = parser(__doc__, rounds=3)
    options.add_argument("--seeds", type=int, default=5, metavar="N", help="how often defects are planted (5)")
    options.add_argument("--files", type=int, default=0, metavar="N", help="also inspect so many small pictures")
    arguments = options.parse_args()
    bars = Bars()
    print(machine("scipy"))
    plants(arguments.data, arguments.seeds, bars)
    flips(arguments.data, bars)
    again(arguments.data, arguments.rounds, bars)
    if arguments.files:
        many(arguments.files)
    bars.conclude()


if __name__ == "__main__":
    main()
