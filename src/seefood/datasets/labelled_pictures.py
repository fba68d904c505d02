"""Pictures of one size in memory, each with its class: what a network from scratch learns from."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from seefood.errors import DatasetError, PictureError

__all__ = ["LabelledPictures"]

Number = TypeVar("Number", np.uint8, np.int64)


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """Pictures and what is on them.

    Attributes:
        pictures: uint8 [n, height, width, channels], read-only; one channel is grey, three are RGB.
        targets: int64 [n], read-only, the place in ``labels`` of each picture's class; None where nobody has said.
        labels: the names of the classes. A class may be without a picture.
        name: what messages call the data.
        rejected: files that are no readable pictures, and why; they are not among the pictures.

    Raises DatasetError where these do not fit together.

    >>> tiny = LabelledPictures(np.zeros((4, 2, 2, 1), np.uint8), np.array([0, 1, 1, 1]), ("cat", "dog"), "tiny")
    >>> len(tiny), tiny.shape, tiny.counts.tolist()
    (4, (2, 2, 1), [1, 3])
    >>> [part.counts.tolist() for part in tiny.split(0.25, np.random.default_rng(0))]
    [[1, 2], [0, 1]]
    """

    pictures: NDArray[np.uint8]
    targets: NDArray[np.int64] | None
    labels: tuple[str, ...]
    name: str
    rejected: tuple[tuple[Path, PictureError], ...] = ()

    def __post_init__(self) -> None:
        pictures = np.asarray(self.pictures)
        shape = pictures.shape
        if pictures.dtype != np.uint8 or len(shape) != 4 or 0 in shape or shape[3] not in (1, 3):
            raise self._unfit("pictures as uint8 [n, height, width, 1 or 3]", f"{pictures.dtype} {list(shape)}")
        labels = tuple(self.labels)
        if not all(labels) or not all(isinstance(label, str) for label in labels) or len(set(labels)) < len(labels):
            raise self._unfit("a different name for every class", f"{labels!r:.100}")
        object.__setattr__(self, "pictures", _read_only(pictures))
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "rejected", tuple(self.rejected))
        if self.targets is not None:
            targets = np.asarray(self.targets)
            if targets.shape != shape[:1] or targets.dtype.kind not in "iu":
                raise self._unfit(f"targets as int64 [{shape[0]}]", f"{targets.dtype} {list(targets.shape)}")
            if targets.min() < 0 or targets.max() >= len(labels):
                found = f"{targets.min()} to {targets.max()}"
                raise self._unfit(f"targets that count the {len(labels)} labels from 0", found)
            object.__setattr__(self, "targets", _read_only(targets.astype(np.int64, copy=False)))

    def _unfit(self, expected: str, found: str) -> DatasetError:
        return DatasetError(f"{self.name}: expected {expected}; found {found}; bring them into this form")

    def __len__(self) -> int:
        return len(self.pictures)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Each picture's height, width and channels."""
        _, height, width, channels = self.pictures.shape
        return height, width, channels

    @property
    def required_targets(self) -> NDArray[np.int64]:
        """The targets, for those who cannot do without.

        Raises:
            DatasetError: the pictures have no labels, as in a file made for predictions.
        """
        if self.targets is None:
            raise DatasetError(
                f"{self.name}: expected a label for every picture; found none, only pixels; add a column 'label', or "
                "name the file that has one"
            )
        return self.targets

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many pictures each class has, int64 [labels]. Raises DatasetError where there are no labels."""
        return np.bincount(self.required_targets, minlength=len(self.labels)).astype(np.int64, copy=False)

    def take(self, indices: NDArray[np.int64]) -> "LabelledPictures":
        """The pictures at these places, in this order; the labels stay as they are.

        Raises:
            DatasetError: none, or a place that is none.
        """
        indices = np.asarray(indices)
        whole = indices.ndim == 1 and indices.dtype.kind in "iu" and len(indices)
        if not whole or indices.min() < 0 or indices.max() >= len(self):
            found = f"{indices.dtype} {list(indices.shape)} with {indices.ravel()[:5].tolist()}"
            raise DatasetError(
                f"{self.name}: expected places of pictures from 0 to {len(self) - 1}, int64 [n]; found {found}; "
                "take fewer or others"
            )
        targets = None if self.targets is None else self.targets[indices]
        return replace(self, pictures=self.pictures[indices], targets=targets)

    def split(self, share: float, generator: np.random.Generator) -> tuple["LabelledPictures", "LabelledPictures"]:
        """(rest, aside): about ``share`` of each class at random lies aside; both keep the order of the pictures.

        A class of two or more pictures has at least one on each side; of a single one, it stays in the rest. Pictures
        without labels are divided as if they were one class. The same generator's state gives the same split.

        Raises:
            DatasetError: a share that is not between 0 and 1, or no class with two pictures.
        """
        if not 0 < share < 1:
            raise DatasetError(f"{self.name}: expected a share between 0 and 1 to lay aside; found {share}; say 0.2")
        targets = np.zeros(len(self), np.int64) if self.targets is None else self.targets
        counts = np.bincount(targets)
        if counts.max() < 2:
            raise DatasetError(
                f"{self.name}: expected two pictures of a class, to lay one aside; found one of each; add pictures"
            )
        order = generator.permutation(len(self))
        order = order[np.argsort(targets[order], kind="stable")]  # class by class, shuffled within
        rank = np.arange(len(self)) - np.repeat(np.cumsum(counts) - counts, counts)
        is_aside = rank < np.repeat(_shares(counts, share), counts)
        return self.take(np.sort(order[~is_aside])), self.take(np.sort(order[is_aside]))


def _shares(counts: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    """How many of each class lie aside: rounded so that the sum is right, by the largest remainders."""
    exact = counts * share
    whole = np.floor(exact).astype(np.int64)
    missing = round(float(exact.sum())) - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:missing]] += 1
    most = np.maximum(counts - 1, 0)
    aside: NDArray[np.int64] = np.minimum(np.maximum(whole, 1), most)
    return aside


def _read_only(array: NDArray[Number]) -> NDArray[Number]:
    """The same numbers, not copied; who made the array may still write to it."""
    view = array.view()
    view.flags.writeable = False
    return view
