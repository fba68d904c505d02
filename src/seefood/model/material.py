"""What a classifier is taught from: features, labels, and which pictures are copies of each other."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seefood.datasets import LabelledFolder
from seefood.errors import DatasetError
from seefood.features import Extractor, Row
from seefood.inspection import Beside, Copies, Inspection, inspect_rows
from seefood.inspection import Material as Rows
from seefood.verdicts import Failure

__all__ = ["Material", "Tested", "check"]


@dataclass(frozen=True)
class Material:
    """What a head is taught from; rows of features, labels, digests of contents and paths belong together."""

    classes: tuple[str, ...]
    features: NDArray[np.float32]
    labels: NDArray[np.int64]
    digests: tuple[str, ...]
    paths: tuple[Path, ...]
    rejected: tuple[Failure, ...]

    @classmethod
    def read(cls, pictures: LabelledFolder, rows: Iterable[Row]) -> "Material":
        vectors: list[NDArray[np.float32]] = []
        kept: list[tuple[str, str, Path]] = []
        rejected: list[Failure] = []
        for label, row in zip(pictures.labels, rows, strict=True):
            if row.vector is None:
                rejected.append(Failure(str(row.path), row.error or "cannot be read"))
            else:
                vectors.append(row.vector)
                kept.append((label, row.digest, row.path))
        check(pictures, kept, rejected)
        labels, digests, paths = zip(*kept, strict=True)
        index = {name: number for number, name in enumerate(pictures.classes)}
        numbers = np.array([index[label] for label in labels], np.int64)
        return cls(pictures.classes, np.stack(vectors), numbers, digests, paths, tuple(rejected))

    @property
    def duplicates(self) -> int:
        """Pictures that are exact copies of another."""
        return len(self.digests) - len(set(self.digests))

    def groups(self, same: Copies) -> tuple[Hashable, ...]:
        """What has to stay on one side of every split: copies, also those in altered form.

        Where that would leave a class with one picture only, it is exact copies.
        """
        near = same.groups()
        different = Counter(label for label, _ in {*zip(self.labels.tolist(), near, strict=True)})
        return self.digests if min(different.values()) < 2 else near

    def inspected(
        self, same: Copies, extractor: Extractor, out_of_fold: NDArray[np.floating], tested: "Tested", seed: int
    ) -> Inspection:
        """What is doubtful about the pictures, by what was computed for teaching anyway.

        Pictures of a test folder are a split of their own: one that was taught as well shows in the leaks. Copies are
        looked for once more then, since ``same`` decided about the folds, in which what is tested has no say.
        """
        size, cache = extractor.backbone.network.size(1), extractor.cache
        last = self.features[:, :size]
        if not tested.paths:
            rows = Rows(self.paths, self.digests, last, self.classes, self.labels, out_of_fold=out_of_fold)
            return inspect_rows(rows, Beside(self.rejected), same=same, seed=seed, cache=cache)
        taught, others = len(self.paths), len(tested.paths)
        paths, digests = (*self.paths, *tested.paths), (*self.digests, *tested.digests)
        rows = Rows(
            paths,
            digests,
            np.concatenate([last, np.stack(tested.vectors)[:, :size]]),
            self.classes,
            np.concatenate([self.labels, tested.labels]),
            splits=("taught", "test"),
            split_of=np.repeat([0, 1], [taught, others]),
            judged=np.arange(taught),
            out_of_fold=np.concatenate([out_of_fold, np.zeros((others, len(self.classes)))]),
        )
        return inspect_rows(rows, Beside(self.rejected), seed=seed, threads=extractor.threads, cache=cache)


@dataclass
class Tested:
    """Pictures that were measured on; filled as they go by."""

    paths: list[Path] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    vectors: list[NDArray[np.float32]] = field(default_factory=list)

    def add(self, row: Row, label: int) -> None:
        """Remember a picture, if it could be read."""
        if row.vector is not None:
            self.paths.append(row.path)
            self.digests.append(row.digest)
            self.labels.append(label)
            self.vectors.append(row.vector)


def check(pictures: LabelledFolder, kept: list[tuple[str, str, Path]], rejected: list[Failure]) -> None:
    """Enough is left of every class to learn from and to measure with."""
    if len(pictures.classes) < 2:
        raise DatasetError(
            f"{pictures.root}: expected two classes or more; found one, '{pictures.classes[0]}'; "
            "add a sub-folder with pictures of something else"
        )
    for name in pictures.classes:
        different = len({digest for label, digest, _ in kept if label == name})
        if different < 2:
            unread = sum(Path(failure.path or "").is_relative_to(pictures.root / name) for failure in rejected)
            beside = f" and {unread} that cannot be read" if unread else ""
            raise DatasetError(
                f"{pictures.root / name}: expected two different pictures or more; found {different}{beside}; "
                "add pictures: one has to be held back to measure with"
            )
