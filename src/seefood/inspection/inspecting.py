"""The inspection: from rows that are already extracted, or from folders, to everything that was found."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.clock import Clock
from seefood.errors import ShapeError
from seefood.features import FeatureCache, usual_threads
from seefood.inspection.balance import same_classes, too_few
from seefood.inspection.findings import Inspection, Oddity, Outlier, Suspect
from seefood.inspection.groups import mixed
from seefood.inspection.labels import Doubts, doubts
from seefood.inspection.limits import Limit
from seefood.inspection.oddities import oddities
from seefood.inspection.sameness import Copies, Progress, find_copies
from seefood.inspection.summary import sentences
from seefood.verdicts import Failure

__all__ = ["Beside", "Material", "inspect_rows", "inspected"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Material:
    """Pictures whose features are there already; row i of everything belongs to picture i.

    Attributes:
        paths: the files.
        digests: SHA-256 of their contents.
        features: float [n, d], the last layer's.
        classes: names of the classes; empty where there are none.
        labels: int64 [n], -1 for pictures without a class.
        splits: names of the splits.
        split_of: int64 [n].
        judged: rows whose labels are judged; all by default.
        judged_by: their features, each [judged, d], the last layer's first; the labels are judged by the best of
            them; ``features`` by default.
        out_of_fold: probabilities [n, classes] of heads that were not taught the picture; made here by default.

    Raises:
        ShapeError: not the same number of rows in everything.
    """

    paths: Sequence[Path]
    digests: Sequence[str]
    features: Array
    classes: tuple[str, ...] = ()
    labels: NDArray[np.int64] | None = None
    splits: tuple[str, ...] = ("all",)
    split_of: NDArray[np.int64] | None = None
    judged: Array | None = None
    judged_by: tuple[Array, ...] = ()
    out_of_fold: Array | None = None

    def __post_init__(self) -> None:
        count = len(self.paths)
        for name in ("digests", "features", "labels", "split_of", "out_of_fold"):
            value = getattr(self, name)
            if value is not None and len(value) != count:
                raise ShapeError(f"{name}: expected a row for each of {count} files; found {len(value)}; give all rows")

    @property
    def numbers(self) -> NDArray[np.int64]:
        """The label of each picture, -1 where it has none."""
        return np.full(len(self.paths), -1, np.int64) if self.labels is None else np.asarray(self.labels, np.int64)

    @property
    def parts(self) -> NDArray[np.int64]:
        """The split of each picture."""
        return np.zeros(len(self.paths), np.int64) if self.split_of is None else np.asarray(self.split_of, np.int64)


@dataclass(frozen=True)
class Beside:
    """What is known of the folders beside the rows.

    Attributes:
        unreadable: files that failed, and why.
        oddities: of files that have no row.
        limits: sentences about what was not looked at.
    """

    unreadable: tuple[Failure, ...] = ()
    oddities: tuple[Oddity, ...] = ()
    limits: tuple[Limit, ...] = ()


def inspect_rows(
    material: Material,
    beside: Beside | None = None,
    *,
    same: Copies | None = None,
    seed: int = 0,
    threads: int | None = None,
    cache: FeatureCache | None = None,
    progress: Progress | None = None,
) -> Inspection:
    """Inspect pictures whose features are there already.

    Args:
        material: the pictures.
        beside: what else is known of their folders.
        same: copies among them, where ``find_copies`` has found them already.
        seed: the same seed, the same findings.
        threads, cache: as for features; looks that are not in the cache are taken now.
        progress: called as work goes on.
    """
    return inspected(material, beside or Beside(), (same, seed, threads, cache, progress), Clock())


Options = tuple[Copies | None, int, int | None, FeatureCache | None, Progress | None]


def inspected(material: Material, beside: Beside, options: Options, clock: Clock) -> Inspection:
    """As ``inspect_rows``, with its options in order, and a clock that has run for a while."""
    same, seed, threads, cache, progress = options
    with clock.step("copies"):
        copies = same or find_copies(
            material.paths,
            material.digests,
            material.features,
            seed=seed,
            threads=threads,
            cache=cache,
            progress=progress,
        )
    everything = copies.all()
    labels, parts = material.numbers, material.parts
    in_two_classes = mixed(everything, [None if label < 0 else label for label in labels.tolist()])
    with clock.step("labels"):
        doubtful = _doubts(material, copies, in_two_classes, seed, threads or usual_threads())
    counts, splits = _counts(labels, material.classes), _counts(parts, material.splits)
    of_each = Counter(label for label, _ in set(zip(labels.tolist(), copies.groups(), strict=True)))
    inspection = Inspection(
        pictures=len(material.paths),
        classes=counts,
        splits=splits,
        unreadable=beside.unreadable,
        oddities=(*oddities(material.paths, copies.seen), *beside.oddities),
        duplicates=_named(copies.exact, material.paths),
        near_duplicates=_named(copies.near, material.paths),
        conflicts=_named(in_two_classes, material.paths),
        leaks=_named(mixed(everything, parts.tolist()), material.paths),
        suspects=_suspects(doubtful, material),
        outliers=tuple(
            Outlier(str(material.paths[row]), material.classes[labels[row]], distance)
            for row, distance in doubtful.outliers
        ),
        same_classes=tuple(
            (material.classes[one], material.classes[other]) for one, other in same_classes(everything, labels.tolist())
        ),
        too_few=too_few({name: of_each[index] for index, name in enumerate(material.classes)}),
        limits=beside.limits,
        seconds=clock.finished(),
    )
    return replace(inspection, warnings=sentences(inspection))


def _doubts(material: Material, copies: Copies, in_two_classes: list[list[int]], seed: int, threads: int) -> Doubts:
    """Labels of pictures that lie in two classes contradict each other: they neither teach nor are judged."""
    labels = material.numbers.copy()
    labels[[row for group in in_two_classes for row in group]] = -1
    rows = np.arange(len(labels)) if material.judged is None else np.asarray(material.judged)
    numbers = copies.groups()
    given = None if material.out_of_fold is None else material.out_of_fold[rows]
    found = doubts(
        material.judged_by or (material.features[rows],),
        labels[rows],
        [numbers[row] for row in rows],
        given,
        np.random.default_rng(seed),
        threads,
    )
    return Doubts(
        [replace(one, row=int(rows[one.row])) for one in found.suspects],
        [(int(rows[row]), distance) for row, distance in found.outliers],
    )


def _counts(numbers: NDArray[np.int64], names: Sequence[str]) -> dict[str, int]:
    counts = Counter(numbers.tolist())
    return {name: counts[index] for index, name in enumerate(names)}


def _named(groups: Iterable[Sequence[int]], paths: Sequence[Path]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(os.fspath(paths[row]) for row in group) for group in groups)


def _suspects(doubtful: Doubts, material: Material) -> tuple[Suspect, ...]:
    labels = material.numbers
    return tuple(
        Suspect(
            str(material.paths[one.row]),
            material.classes[labels[one.row]],
            material.classes[one.looks_like],
            one.confidence,
            one.lead,
        )
        for one in doubtful.suspects
    )
