"""A head: what is taught. It turns a backbone's features into calibrated probabilities and a novelty."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.backbones.network import Network
from seefood.datasets import stratified_folds
from seefood.errors import DatasetError
from seefood.heads.novelty import choose_exemplars, left_out_novelty, novelty
from seefood.heads.safety import SafetyProbe
from seefood.heads.selection import Selected, joined, select
from seefood.heads.softmax_regression import SoftmaxRegression, softmax
from seefood.verdicts import Thresholds

__all__ = ["Head", "Lesson", "Taught", "teach"]

FOLDS = 5
SURE = 2 / 3
"""Below this probability the answer is "not sure": it would be wrong more than one time in three."""
FAMILIAR = 0.98
"""The share of taught pictures that count as familiar; the novelty threshold is set there."""
ROUNDING = 1e-6
"""Novelty of a copy is 0 give or take this; a threshold below it would call copies unfamiliar."""
MOST_IMPORTANCE = 10.0

Array = NDArray[Any]


@dataclass(frozen=True)
class Head:
    """Weights, temperature, exemplars and thresholds, on the first ``depths`` depths of a backbone.

    Attributes:
        depths: how many of the backbone's depths are looked at.
        regression: weights float32 [features, classes] and bias.
        temperature: what logits are divided by.
        exemplars: float32 [m, last layer's size], rows of length 1.
        thresholds: when the answer is "not sure".
    """

    depths: int
    regression: SoftmaxRegression
    temperature: float
    exemplars: Array
    thresholds: Thresholds

    def probabilities(self, features: Array) -> Array:
        """features [n, at least as many as the head looks at] to probabilities [n, classes]."""
        seen = features[:, : len(self.regression.weights)]
        return softmax(self.regression.logits(seen) / np.float32(self.temperature))

    def novelty(self, features: Array) -> Array:
        """features [n, at least the last layer's] to novelty [n]."""
        return novelty(features[:, : self.exemplars.shape[1]], self.exemplars)


@dataclass(frozen=True)
class Taught:
    """A head, and what it said about pictures that took no part in making it.

    Attributes:
        head: fitted to every picture.
        selected: what was tried and chosen.
        out_of_fold: probabilities [n, classes].
        left_out_novelty: [n], each picture against the others.
    """

    head: Head
    selected: Selected
    out_of_fold: Array
    left_out_novelty: Array


@dataclass(frozen=True)
class Lesson:
    """What a head is taught from, split into folds.

    Attributes:
        network: where the features come from.
        features: float32 [n, network.size()].
        labels, folds: int64 [n].
        groups: pictures of one group (copies of each other) are on the same side of every split.
        threads: folds that are fitted at once.
    """

    network: Network
    features: Array
    labels: NDArray[np.int64]
    groups: tuple[Hashable, ...]
    folds: NDArray[np.int64]
    threads: int

    @classmethod
    def prepared(
        cls,
        network: Network,
        features: Array,
        labels: NDArray[np.int64],
        groups: Sequence[Hashable],
        generator: np.random.Generator,
        threads: int = 1,
    ) -> "Lesson":
        """Deal the pictures into folds.

        Raises:
            DatasetError: fewer than two classes, or fewer than two different pictures in one.
        """
        _check(labels, groups)
        folds = stratified_folds(labels, groups, min(FOLDS, len(set(groups))), generator)
        return cls(network, features, labels, tuple(groups), folds, threads)

    def select(self, views: Array | None = None) -> Selected:
        """Choose depths and penalty; ``views`` float32 [n, copies, network.size()], changed copies, are learned too."""
        sizes = {depths: self.network.size(depths) for depths in self.network.choices}
        return select(self.features, sizes, self.labels, self.folds, _importance(self.labels), self.threads, views)

    def better(self, first: Selected, second: Selected) -> Selected:
        """The one with the less loss, with predictions that owe nothing to this choice."""
        return joined(first, second, self.labels, self.folds)

    def probe(self, selected: Selected, rows: NDArray[np.int64]) -> SafetyProbe:
        """What tells whether a change keeps labels true, on the pictures ``rows``, for a head like the selected one."""
        labels = self.labels[rows]
        seen = self.features[rows][:, : self.network.size(selected.depths)]
        return SafetyProbe(seen, labels, self.folds[rows], _importance(labels), selected.penalty, self.threads)

    def taught(self, selected: Selected, generator: np.random.Generator, familiar: float = FAMILIAR) -> Taught:
        """The head, with a novelty threshold at which this share of the taught pictures is familiar."""
        last = self.features[:, : self.network.size(1)]
        left_out = left_out_novelty(last, self.groups)
        limit = max(ROUNDING, float(np.quantile(left_out, familiar, method="higher")))
        exemplars = choose_exemplars(last, generator)
        head = Head(selected.depths, selected.regression, selected.temperature, exemplars, Thresholds(SURE, limit))
        return Taught(head, selected, selected.out_of_fold, left_out)


def teach(
    network: Network,
    features: Array,
    labels: NDArray[np.int64],
    groups: Sequence[Hashable],
    generator: np.random.Generator,
    threads: int = 1,
) -> Taught:
    """Choose, fit and estimate a head on pictures as they are: `Lesson.prepared`, `select`, `taught`."""
    lesson = Lesson.prepared(network, features, labels, groups, generator, threads)
    return lesson.taught(lesson.select(), generator)


def _check(labels: NDArray[np.int64], groups: Sequence[Hashable]) -> None:
    classes = int(labels.max(initial=-1)) + 1
    if classes < 2:
        raise DatasetError(f"expected two classes or more; found {classes}; add a sub-folder with other pictures")
    for index in range(classes):
        different = {group for group, label in zip(groups, labels, strict=True) if label == index}
        if len(different) < 2:
            raise DatasetError(
                f"expected two different pictures or more in each class; found {len(different)} in class {index + 1} "
                f"of {classes}; add pictures"
            )


def _importance(labels: NDArray[np.int64]) -> Array:
    """Each class counts the same in total, but no picture more than ten times another; the mean is 1."""
    counts = np.bincount(labels)
    each = np.minimum(counts.max() / counts, MOST_IMPORTANCE)[labels]
    return np.asarray(each / each.mean())
