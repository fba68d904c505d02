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
from seefood.heads.selection import Selected, select
from seefood.heads.softmax_regression import SoftmaxRegression, softmax
from seefood.verdicts import Thresholds

__all__ = ["Head", "Taught", "teach"]

FOLDS = 5
SURE = 2 / 3
"""Below this probability the answer is "not sure": it would be wrong more than one time in three."""
FAMILIAR = 0.99
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


def teach(
    network: Network,
    features: Array,
    labels: NDArray[np.int64],
    groups: Sequence[Hashable],
    generator: np.random.Generator,
    threads: int = 1,
) -> Taught:
    """Choose, fit and estimate a head.

    Args:
        network: where the features come from.
        features: float32 [n, network.size()].
        labels: int64 [n], 0 … classes - 1.
        groups: pictures of one group (copies of each other) stay on the same side of every split.
        generator: for the folds and the choice of exemplars.
        threads: folds that are fitted at once.

    Raises:
        DatasetError: fewer than two classes, or fewer than two different pictures in one.
    """
    _check(labels, groups)
    folds = stratified_folds(labels, groups, min(FOLDS, len(set(groups))), generator)
    sizes = {depths: network.size(depths) for depths in network.choices}
    selected = select(features, sizes, labels, folds, _importance(labels), threads)
    last = features[:, : network.size(1)]
    left_out = left_out_novelty(last, groups)
    limit = max(ROUNDING, float(np.quantile(left_out, FAMILIAR, method="higher")))
    thresholds = Thresholds(SURE, limit)
    exemplars = choose_exemplars(last, generator)
    head = Head(selected.depths, selected.regression, selected.temperature, exemplars, thresholds)
    return Taught(head, selected, selected.out_of_fold, left_out)


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
