"""Batches of pictures to learn from, in an order and with changes that the seed and the epoch alone decide.

So a run that was cut short goes on with the very batches that it would have had.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.errors import ShapeError

__all__ = ["Batches", "Changes", "as_dataset"]

WHITE = 255


@dataclass(frozen=True)
class Changes:
    """What may be done to a picture while it is learned; never when it is tested.

    Attributes:
        mirror: left and right exchanged in half of the pictures. Wrong where that makes another class: letters, digits.
        shift: moved by up to so many pixels each way, black behind.

    Raises:
        ShapeError: a shift below 0.

    >>> pictures = np.arange(4, dtype=np.uint8).reshape(1, 1, 4, 1).repeat(50, axis=0)
    >>> changed = Changes(mirror=True).applied(pictures, np.random.default_rng(0))
    >>> sorted({tuple(row) for row in changed[:, 0, :, 0].tolist()})
    [(0, 1, 2, 3), (3, 2, 1, 0)]
    """

    mirror: bool = False
    shift: int = 0

    def __post_init__(self) -> None:
        if self.shift < 0:
            raise ShapeError(f"expected a shift of 0 pixels or more; found {self.shift}; leave it out for none")

    def applied(self, pictures: NDArray[np.uint8], generator: np.random.Generator) -> NDArray[np.uint8]:
        """Each picture of uint8 [n, h, w, c] changed by itself; the array that came in stays as it is."""
        if self.mirror:
            chosen = generator.random(len(pictures)) < 0.5
            pictures = np.where(chosen[:, np.newaxis, np.newaxis, np.newaxis], pictures[:, :, ::-1], pictures)
        return self._shifted(pictures, generator) if self.shift else pictures

    def _shifted(self, pictures: NDArray[np.uint8], generator: np.random.Generator) -> NDArray[np.uint8]:
        height, width = pictures.shape[1:3]
        sides = (self.shift, self.shift)
        padded = np.pad(pictures, ((0, 0), sides, sides, (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
        down, across = generator.integers(0, 2 * self.shift + 1, (2, len(pictures)))
        chosen = windows[np.arange(len(pictures)), down, across]  # [n, c, h, w]
        return np.ascontiguousarray(chosen.transpose(0, 2, 3, 1))


@dataclass(frozen=True, eq=False)
class Batches:
    """Pictures uint8 [n, h, w, c] with targets int64 [n], an epoch at a time."""

    pictures: NDArray[np.uint8]
    targets: NDArray[np.int64]
    classes: int
    batch_size: int
    changes: Changes
    seed: int

    def __len__(self) -> int:
        return math.ceil(len(self.pictures) / self.batch_size)

    def epoch(self, number: int) -> "Epoch":
        """The batches of one epoch, counted from 0."""
        generator = np.random.default_rng([self.seed, number])
        return Epoch(self, number, generator.permutation(len(self.pictures)))


@dataclass(frozen=True, eq=False)
class Epoch:
    """One epoch's batches; any of them can be made by itself."""

    of: Batches
    number: int
    order: NDArray[np.int64]

    def batch(self, place: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Pictures float32 [b, h, w, c] from 0 to 1, and targets float32 [b, classes], one 1 in each row."""
        chosen = self.order[place * self.of.batch_size : (place + 1) * self.of.batch_size]
        generator = np.random.default_rng([self.of.seed, self.number, place])
        pictures = self.of.changes.applied(self.of.pictures[chosen], generator)
        targets = np.zeros((len(chosen), self.of.classes), np.float32)
        targets[np.arange(len(chosen)), self.of.targets[chosen]] = 1
        return pictures.astype(np.float32) / np.float32(WHITE), targets


def as_dataset(keras: Any, batches: Batches) -> Any:
    """The batches as Keras takes them. ``begin(number)`` says which epoch it is: Keras does not.

    Its ``on_epoch_end`` is called once more than there are epochs.
    """

    class Dataset(keras.utils.PyDataset):  # type: ignore[misc]  # only known once Keras is there
        def __init__(self) -> None:
            super().__init__(workers=1, use_multiprocessing=False, max_queue_size=8)
            self.current = batches.epoch(0)

        def __len__(self) -> int:
            return len(batches)

        def __getitem__(self, place: int) -> Any:
            return self.current.batch(place)

        def begin(self, number: int) -> None:
            self.current = batches.epoch(number)

    return Dataset()
