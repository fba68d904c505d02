"""Batches of pictures to learn from, in an order and with changes that the seed and the epoch alone decide.

So a run that was cut short goes on with the very batches that it would have had.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.augmentation import Augmentation

__all__ = ["Batches", "Feed"]

WHITE = 255


@dataclass(frozen=True, eq=False)
class Batches:
    """Pictures uint8 [n, h, w, c] with targets int64 [n], an epoch at a time."""

    pictures: NDArray[np.uint8]
    targets: NDArray[np.int64]
    classes: int
    batch_size: int
    augmentation: Augmentation
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
        pictures = self.of.augmentation.applied(self.of.pictures[chosen], generator)
        targets = np.zeros((len(chosen), self.of.classes), np.float32)
        targets[np.arange(len(chosen)), self.of.targets[chosen]] = 1
        return pictures.astype(np.float32) / np.float32(WHITE), targets


class Feed:
    """The batches as Keras' ``fit`` takes them, an epoch at a time.

    Attributes:
        dataset: for ``fit``, without ``shuffle``: Keras would shuffle the batches by a seed of its own.

    ``begin(number)`` says which epoch comes next: Keras does not.
    """

    def __init__(self, keras: Any, batches: Batches) -> None:
        self._batches = batches
        self._current = batches.epoch(0)
        self._told: list[Callable[[NDArray[np.int64]], object]] = []
        self.dataset: Any = _of_tensorflow(self) if keras.backend.backend() == "tensorflow" else _of_keras(keras, self)

    def __len__(self) -> int:
        return len(self._batches)

    @property
    def batches(self) -> Batches:
        """Of every epoch."""
        return self._batches

    def begin(self, number: int) -> None:
        """The epoch, counted from 0, whose batches are asked for from now on."""
        self._current = self._batches.epoch(number)
        for told in self._told:
            told(self._current.order)

    def batch(self, place: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """One of the epoch's batches, as `Epoch.batch` gives it."""
        return self._current.batch(place)

    def tell_order(self, told: Callable[[NDArray[np.int64]], object]) -> None:
        """``told`` is called with each epoch's order of the pictures, this one's first."""
        self._told.append(told)
        told(self._current.order)


def _of_tensorflow(feed: Feed) -> Any:
    """A ``tf.data.Dataset`` that does not tune itself.

    The thread that tunes sleeps twice as long each time, and whoever ends an epoch waits for it to wake up: up to as
    long as the epoch took. Keras' own datasets have it, too. Nor are batches made ahead: that takes a thread
    which wants Python's lock, and whoever takes the dataset down, after Ctrl-C for example, has the lock and waits for
    the thread.
    """
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    made = _changed(tf, feed) if feed.batches.augmentation.transforms else _unchanged(tf, feed)
    return tf.data.Dataset.range(len(feed)).map(made).with_options(options)


def _changed(tf: Any, feed: Feed) -> Callable[[Any], Any]:
    """Batches that NumPy makes."""
    shape, classes = feed.batches.pictures.shape[1:], feed.batches.classes

    def made(place: Any) -> Any:
        x, y = tf.numpy_function(lambda number: feed.batch(int(number)), [place], [tf.float32, tf.float32])
        return tf.ensure_shape(x, (None, *shape)), tf.ensure_shape(y, (None, classes))

    return made


def _unchanged(tf: Any, feed: Feed) -> Callable[[Any], Any]:
    """The same batches made by TensorFlow, in a third of the time; only for pictures that are learned as they are."""
    with tf.device("CPU"):
        pictures, targets = tf.constant(feed.batches.pictures), tf.constant(feed.batches.targets)
        order = tf.Variable(np.zeros(len(feed.batches.pictures), np.int64), trainable=False)
    size, classes = feed.batches.batch_size, feed.batches.classes
    feed.tell_order(order.assign)

    def made(place: Any) -> Any:
        chosen = order[place * size : (place + 1) * size]
        x = tf.cast(tf.gather(pictures, chosen), tf.float32) / tf.constant(WHITE, tf.float32)
        return x, tf.one_hot(tf.gather(targets, chosen), classes)

    return made


def _of_keras(keras: Any, feed: Feed) -> Any:
    """For the other backends."""

    class Dataset(keras.utils.PyDataset):  # type: ignore[misc]  # only known once Keras is there
        def __init__(self) -> None:
            super().__init__(workers=1, use_multiprocessing=False, max_queue_size=8)

        def __len__(self) -> int:
            return len(feed)

        def __getitem__(self, place: int) -> Any:
            return feed.batch(place)

    return Dataset()
