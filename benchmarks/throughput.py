"""Pictures per second of a folder, and the memory that it takes, against what the machine can do.

    python benchmarks/throughput.py [--only ordinary|large|memory] [--long] [--data FOLDER] [--rounds N]

- ordinary: JPEGs of 500 by 375 pixels through ``seefood classify FOLDER --json``, against bare ONNX Runtime sessions
  that are fed ready arrays on all cores. Two folders are timed, and what the larger one takes longer is what counts:
  starting up does not.
- large: 12 megapixels, against a loop over the files in which Pillow decodes the whole picture and the same network, on
  all cores, looks at it; beside it stands what nobody writes, that loop on a thread for each core.
- memory: the peak for folders of 1,000 and 5,000 pictures, with --long also of 20,000.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import bare
import photos
from bare import Pace
from decoding import by_pillow
from measuring import (
    MEGABYTE,
    Bars,
    by_turns,
    cores,
    empty_folder,
    machine,
    parser,
    peak_bytes,
    photos_in,
    ratios,
    run,
    seefood,
)
from seefood.model import Classifier, pretrained

SHARE_OF_BARE = 0.80
TIMES_PILLOW = 6
MEMORY_GROWTH = 1.1
ORDINARY, LARGE = (300, 1500), (30, 150)
"""Pictures in the smaller and in the larger folder."""


@dataclass(frozen=True)
class Folders:
    """The same pictures in a smaller and in a larger folder, and a cache that is warm."""

    smaller: Path
    larger: Path
    counts: tuple[int, int]
    cache: Path

    @classmethod
    def of(cls, pictures: Sequence[Path], into: Path, counts: tuple[int, int]) -> "Folders":
        smaller, larger = (photos.repeated(pictures, into / str(count), count) for count in counts)
        run(seefood("classify", pictures[0], "--json"), into / "cache")
        return cls(smaller, larger, counts, into / "cache")

    def pace(self) -> Pace:
        """Of the whole command, once it is running."""
        return self._pace(self.larger, self.counts[1]) - self._pace(self.smaller, self.counts[0])

    def _pace(self, folder: Path, count: int) -> Pace:
        process = run(seefood("classify", folder, "--json"), self.cache)
        return Pace(count, process.seconds, process.processor_seconds)


def preparing(classifier: Classifier, paths: Sequence[Path]) -> Pace:
    """From file to network input on all cores; with the bare pace it says what is possible."""

    def work(_: int, path: Path) -> None:
        classifier.card.preprocessing.prepare(path)

    return bare.on_threads(work, range(cores()), paths)


def ordinary(title: str, pictures: Sequence[Path], into: Path, rounds: int, bars: Bars) -> None:
    classifier, many = pretrained(), bare.repeating(pictures, bare.RUNS)
    measures: dict[str, Callable[[], Pace]] = {
        **bare.ways(classifier.data, [classifier.card.preprocessing.prepare(path) for path in pictures[:40]]),
        "seefood classify": Folders.of(pictures, into, ORDINARY).pace,
        "Classifier.stream": partial(bare.streaming, classifier, many),
        "preparing alone": partial(preparing, classifier, many),
    }
    found = by_turns(measures, rounds)
    print(f"\n{title}, {photos.megabytes(pictures) * 1000:,.0f} kB each")
    bare.show(found)
    best, command, stream = bare.best(found), found["seefood classify"], found["Classifier.stream"]
    share = ratios(bare.rates(command), bare.rates(best))
    print(f"  command / bare         {share.shown('of the rate')}")
    print(f"  stream / bare          {ratios(bare.rates(stream), bare.rates(best)).shown('of the rate')}")
    by_processors = ratios(bare.milliseconds(best), bare.milliseconds(command))
    print(f"  bare / command         {by_processors.shown('of the processor time')}")
    bars.at_least(f"{title}, share of the bare rate", share.median, SHARE_OF_BARE)


def pillow_then_network(opened: Any, path: Path) -> None:
    """The whole picture decoded, then resized."""
    bare.infer(opened, by_pillow(path))


def one_after_the_other(opened: Any, paths: Sequence[Path]) -> Pace:
    """What people write."""

    def loop() -> None:
        for path in paths:
            pillow_then_network(opened, path)

    return bare.pace(len(paths), loop)


def large(title: str, pictures: Sequence[Path], into: Path, rounds: int, bars: Bars) -> None:
    data, some = pretrained().data, bare.repeating(pictures, 12)
    sessions = [bare.session(data, 1) for _ in range(cores())]
    measures: dict[str, Callable[[], Pace]] = {
        "seefood classify": Folders.of(pictures, into, LARGE).pace,
        "Pillow, then network": partial(one_after_the_other, bare.session(data, cores()), some),
        "the same on threads": partial(bare.on_threads, pillow_then_network, sessions, some),
    }
    found = by_turns(measures, rounds)
    print(f"\n{title}, {photos.megabytes(pictures):.2f} MB each")
    bare.show(found)
    ours, loop, threads = (bare.rates(paces) for paces in found.values())
    times = ratios(ours, loop)
    print(f"  to the loop            {times.shown('times as fast')}")
    print(f"  to the threads         {ratios(ours, threads).shown('times as fast')}")
    bars.at_least(f"{title}, times a loop of Pillow and the same network", times.median, TIMES_PILLOW)


def memory(pictures: Sequence[Path], into: Path, counts: Sequence[int], bars: Bars) -> None:
    print("\nmost memory at once of `seefood classify FOLDER --json`")
    run(seefood("classify", pictures[0], "--json"), into / "cache")
    peaks = []
    for count in counts:
        folder = photos.repeated(pictures, into / str(count), count)
        peaks.append(peak_bytes(seefood("classify", folder, "--json"), into / "cache"))
        print(f"  {count:6,} pictures        {peaks[-1] / MEGABYTE:.1f} MiB")
    name = f"memory for up to {counts[-1]:,} pictures / for {counts[0]:,}"
    bars.at_most(name, max(peaks) / peaks[0], MEMORY_GROWTH)


def main() -> None:
    options = parser(__doc__, rounds=5)
    options.add_argument("--only", choices=("ordinary", "large", "memory"))
    options.add_argument("--long", action="store_true", help="measure memory with 20,000 pictures too")
    arguments = options.parse_args()
    folder, rounds, bars = photos_in(arguments.data / "photos"), arguments.rounds, Bars()
    print(machine("pillow", "simplejpeg"))
    with empty_folder() as scratch:
        originals = photos.as_they_are(folder, scratch)
        resized = photos.resized(folder, scratch)
        if arguments.only in {None, "ordinary"}:
            ordinary("500×375, resized", resized, scratch / "a", rounds, bars)
            ordinary("500×375, as they are", originals, scratch / "b", rounds, bars)
        if arguments.only in {None, "large"}:
            large("4000×3000, enlarged", photos.enlarged(resized, scratch), scratch / "c", rounds, bars)
            large("4000×3000, side by side", photos.side_by_side(resized, scratch), scratch / "d", rounds, bars)
        if arguments.only in {None, "memory"}:
            memory(resized, scratch / "e", (1000, 5000, 20000) if arguments.long else (1000, 5000), bars)
    bars.conclude()


if __name__ == "__main__":
    main()
