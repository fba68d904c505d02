"""Folders to findings: list, extract, inspect, in memory that is bounded."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.backbones.catalogue import DEFAULT, open_backbone
from seefood.clock import Clock
from seefood.drawing.names import look, told_apart
from seefood.features import Extractor, FeatureCache, Row
from seefood.inspection.candidates import EXHAUSTIVE, projected
from seefood.inspection.findings import Inspection
from seefood.inspection.inspecting import Beside, Material, inspected
from seefood.inspection.labels import sample
from seefood.inspection.limits import Limit
from seefood.inspection.listing import Listing
from seefood.inspection.oddities import disguised_oddity
from seefood.inspection.sameness import Progress
from seefood.inspection.summary import sentences
from seefood.verdicts import Failure

__all__ = ["inspect_folders"]

Array = NDArray[Any]

MOST_DEEP = 4_000
"""Pictures up to which features of all depths are held in memory."""


def inspect_folders(
    folders: Sequence[str | os.PathLike[str]] | str | os.PathLike[str],
    *,
    backbone: str = DEFAULT,
    weights: Path | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Inspection:
    """What is wrong with folders of pictures, before anything is taught from them.

    Several folders are splits of the same classes (train, val, test); one folder whose sub-folders are named so is
    taken apart into them. Pictures that lie in no class are inspected too, but for their labels. Nothing is changed.

    Memory: 6 kB a picture up to 20,000; beyond, 0.7 kB for each more, and the labels of 20,000 that are drawn by
    chance are judged.

    Raises:
        DatasetError: no such folder, or nothing in it.
        BackboneError, WeightsError: the backbone cannot be used.
    """
    clock = Clock()
    named = [folders] if isinstance(folders, str | os.PathLike) else list(folders)
    listing = Listing.open([Path(folder) for folder in named])
    opened = open_backbone(backbone, weights)
    cache = FeatureCache()
    extractor = Extractor(opened, threads, cache)
    store = _Store(listing, opened.network.size(1), opened.network.size(), np.random.default_rng(seed))
    with clock.step("features"):
        for done, row in enumerate(extractor.rows(listing.paths), start=1):
            store.add(done - 1, row)
            if progress is not None:
                progress("features", done, len(listing.paths))
    beside = Beside(
        tuple(store.failures),
        tuple(disguised_oddity(path) for path in listing.disguised),
        (*_limits(listing), *store.limits()),
    )
    found = inspected(store.material(), beside, (None, seed, threads, cache, progress), clock)
    found = replace(found, roots=dict(zip(listing.splits, map(str, listing.roots), strict=True)))
    return replace(found, warnings=sentences(found))


def _limits(listing: Listing) -> Iterator[Limit]:
    """What is wrong with the folders themselves."""
    if len(listing.empty) > 1:
        name, more = listing.empty[0].name, len(listing.empty) - 1
        yield Limit("no pictures in {name} and {more} more folders", {"name": name, "more": more})
    elif listing.empty:
        yield Limit("no pictures in {name}", {"name": listing.empty[0].name})
    strange = [name for name in listing.classes if any("\ud800" <= character <= "\udfff" for character in name)]
    if strange:
        sentence = "the class name {name} is no text (UTF-8); rename the folder before teaching"
        yield Limit(sentence, {"name": ascii(strange[0])})
    for pair in pairwise(sorted(listing.classes, key=look)):
        if look(pair[0]) == look(pair[1]):
            first, second = told_apart(pair)
            yield Limit(
                "the classes {first} and {second} look the same and are two: put them together, or give one another "
                "name",
                {"first": first, "second": second},
            )


class _Store:
    """What is kept of each row as it goes by."""

    def __init__(self, listing: Listing, last: int, all_: int, generator: np.random.Generator) -> None:
        count = len(listing.paths)
        self._listing, self._last = listing, last
        self._many = count > EXHAUSTIVE
        self._seed = int(generator.integers(1 << 32))
        self._judged = sample(count, len(listing.classes), generator)
        self._is_judged = np.zeros(count, bool)
        self._is_judged[self._judged] = True
        self._whole = all_ if count <= MOST_DEEP and all_ > last else last
        self._features = np.zeros((len(self._judged) if self._many else count, self._whole), np.float32)
        self._small: list[Array] = []
        self._waiting: list[Array] = []
        self._kept: list[tuple[int, str]] = []
        self._filled = 0
        self.failures: list[Failure] = []

    def add(self, index: int, row: Row) -> None:
        """One row, in the order of the listing."""
        if row.vector is None:
            self.failures.append(Failure(str(row.path), row.error or "cannot be read"))
            return
        self._kept.append((index, row.digest))
        if not self._many or self._is_judged[index]:
            self._features[self._filled] = row.vector[: self._whole]
            self._filled += 1
        if self._many:
            self._waiting.append(row.vector[: self._last])
            if len(self._waiting) == 1024:
                self._project()

    def _project(self) -> None:
        if self._waiting:
            self._small.append(projected(np.stack(self._waiting), np.random.default_rng(self._seed)))
            self._waiting.clear()

    def limits(self) -> tuple[Limit, ...]:
        """What is not looked at of very many pictures."""
        if len(self._judged) == len(self._listing.paths):
            return ()
        judged = "the labels of {judged} of {pictures} pictures, drawn by chance, are judged"
        near = "; near duplicates are looked for among pictures with similar outlines only, a few may be missed"
        counts = {"judged": f"{len(self._judged):,}", "pictures": f"{len(self._listing.paths):,}"}
        return (Limit(judged + (near if self._many else ""), counts),)

    def material(self) -> Material:
        """The rows that could be read."""
        self._project()
        indices = [index for index, _ in self._kept]
        whole = self._features[: self._filled]
        last = whole[:, : self._last]
        judged = np.flatnonzero(self._is_judged[indices])
        if self._many:
            features: Array = np.concatenate(self._small) if self._small else np.zeros((0, 1), np.float16)
            seen: tuple[Array, ...] = (last,)
        else:
            features = last
            seen = (last[judged], whole[judged]) if self._whole > self._last else (last[judged],)
        listing = self._listing
        return Material(
            paths=[listing.paths[index] for index in indices],
            digests=[digest for _, digest in self._kept],
            features=features,
            classes=listing.classes,
            labels=np.array([listing.labels[index] for index in indices], np.int64),
            splits=listing.splits,
            split_of=np.array([listing.split_of[index] for index in indices], np.int64),
            judged=judged,
            judged_by=seen,
        )
