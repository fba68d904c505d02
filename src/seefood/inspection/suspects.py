"""Suspect labels: pictures that everything else in the data takes for another class.

Confident learning (Northcutt, Jiang, Chuang 2021, "Confident learning: estimating uncertainty in dataset labels"): a
label is judged by probabilities from a head that was not taught that picture. The most suspicious are those where
another class leads by the largest margin. Margins are averaged over several divisions into folds, and the picture's
nearest neighbours have a third of the vote: they cannot be led astray by a wrong label far away.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from seefood.datasets import stratified_folds
from seefood.features import in_order
from seefood.heads.calibration import fit_temperature, log_loss
from seefood.heads.novelty import normalised
from seefood.heads.softmax_regression import SoftmaxRegression, fit, softmax

__all__ = ["Suspicion", "neighbour_votes", "out_of_fold", "suspicion"]

Array = NDArray[Any]

FOLDS = 5
REPEATS = 3
PENALTIES = (1.0, 0.1)
LEAD = 0.4
"""By how much another class has to lead: measured with 2, 5 and 10 % of the labels flipped."""
NEIGHBOURS = 8
THEIR_VOTE = 1 / 3
MOST_AXES, FEWER_AXES = 384, 128
"""Of the features' principal axes; what more of them add is noise, and they cost time."""
LARGE = 400_000
"""Pictures times classes, from which on one division, one penalty and fewer axes have to do."""
BLOCK = 512
FEWEST, FEWEST_IN_CLASS = 8, 4
"""Different pictures in all, and in a class, below which nothing is said of a label."""


@dataclass(frozen=True)
class Suspicion:
    """One picture whose label is doubted.

    Attributes:
        row: which picture.
        looks_like: number of the class that leads.
        confidence: that class's share of the vote, 0 … 1.
        lead: by how much it leads the label.
    """

    row: int
    looks_like: int
    confidence: float
    lead: float


def suspicion(probabilities: Array, votes: Array, labels: NDArray[np.int64]) -> list[Suspicion]:
    """Who is suspect, the most suspicious first.

    Args:
        probabilities: out of fold, [n, classes].
        votes: of the nearest neighbours, [n, classes].
        labels: [n].

    >>> certain = np.array([[0.1, 0.9], [0.9, 0.1], [0.2, 0.8]])
    >>> [(one.row, one.looks_like, round(one.lead, 1)) for one in suspicion(certain, certain, np.array([0, 0, 1]))]
    [(0, 1, 0.8)]
    """
    shares = (1 - THEIR_VOTE) * probabilities + THEIR_VOTE * votes
    everyone = np.arange(len(labels))
    rivals = shares.copy()
    rivals[everyone, labels] = -1
    leader = rivals.argmax(axis=1)
    leads = shares[everyone, leader] - shares[everyone, labels]
    rows = [int(row) for row in np.argsort(-leads, kind="stable") if leads[row] > LEAD]
    return [Suspicion(row, int(leader[row]), float(shares[row, leader[row]]), float(leads[row])) for row in rows]


def neighbour_votes(features: Array, labels: NDArray[np.int64], groups: Sequence[Hashable], classes: int) -> Array:
    """For each picture the classes of its eight nearest neighbours, copies of itself left out, float32 [n, classes].

    features [n, d]; compared by cosine, block by block.
    """
    directions = normalised(features)
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    group = np.array([numbers[name] for name in groups])
    votes = np.zeros((len(labels), classes), np.float32)
    for begin in range(0, len(labels), BLOCK):
        rows = np.arange(begin, min(begin + BLOCK, len(labels)))
        similarity = directions[rows] @ directions.T
        similarity[group[rows, np.newaxis] == group] = -np.inf
        count = min(NEIGHBOURS, len(labels) - 1)
        nearest = np.argpartition(similarity, -count, axis=1)[:, -count:]
        counted = np.isfinite(np.take_along_axis(similarity, nearest, axis=1))
        np.add.at(votes, (np.repeat(rows, count), labels[nearest].ravel()), counted.ravel().astype(np.float32))
    return np.asarray(votes / np.maximum(votes.sum(axis=1, keepdims=True), 1))


def out_of_fold(
    choices: Sequence[Array],
    labels: NDArray[np.int64],
    groups: Sequence[Hashable],
    generator: np.random.Generator,
    threads: int = 1,
) -> Array:
    """Probabilities [n, classes], each row by heads that were not taught that picture or a copy of it.

    Depth and penalty are those with the least loss on the first division into folds; the chosen ones are tried on two
    more, and the three are averaged.

    Args:
        choices: features to choose among, each [n, d].
        labels, groups: [n]; pictures of one group share a fold.
        generator: for the folds.
        threads: folds that are fitted at once.
    """
    with threadpool_limits(1, user_api="blas"):
        large = len(labels) * (int(labels.max()) + 1) > LARGE
        coordinates = [_axes(features, FEWER_AXES if large else MOST_AXES) for features in choices]
        search = _Search(coordinates, labels, groups, generator, threads)
        return search.probabilities(*((PENALTIES[:1], 1) if large else (PENALTIES, REPEATS)))


def _axes(features: Array, most: int) -> Array:
    """Coordinates along the principal axes, scaled so that the mean squared length is 1."""
    centred = features - features.mean(axis=0, dtype=np.float64).astype(np.float32)
    count = min(most, *centred.shape)
    products = centred @ centred.T if len(centred) <= centred.shape[1] else centred.T @ centred
    values, vectors = np.linalg.eigh(products.astype(np.float64))
    values, vectors = np.maximum(values[-count:], 0), vectors[:, -count:]
    at = vectors * np.sqrt(values) if len(centred) <= centred.shape[1] else centred @ vectors.astype(np.float32)
    length = float(np.sqrt(np.square(centred).sum(axis=1, dtype=np.float64).mean())) or 1.0
    return np.asarray(at / length, np.float32)


@dataclass(frozen=True)
class _Search:
    coordinates: list[Array]
    labels: NDArray[np.int64]
    groups: Sequence[Hashable]
    generator: np.random.Generator
    threads: int

    def probabilities(self, penalties: Sequence[float], repeats: int) -> Array:
        folds = [self._division() for _ in range(repeats)]
        tried = {
            (depth, penalty): self._logits(depth, penalty, folds[0])
            for depth in range(len(self.coordinates))
            for penalty in penalties
        }
        best = min(tried, key=lambda choice: self._loss(tried[choice]))
        logits = [tried[best], *(self._logits(*best, division) for division in folds[1:])]
        return np.asarray(np.mean([softmax(one / fit_temperature(one, self.labels)) for one in logits], axis=0))

    def _division(self) -> NDArray[np.int64]:
        return stratified_folds(self.labels, self.groups, min(FOLDS, len(set(self.groups))), self.generator)

    def _loss(self, logits: Array) -> float:
        smoothing = 1 / (len(self.labels) + 2)
        return log_loss(logits, self.labels, fit_temperature(logits, self.labels), smoothing)

    def _logits(self, depth: int, penalty: float, folds: NDArray[np.int64]) -> Array:
        x, classes = self.coordinates[depth], int(self.labels.max()) + 1

        def fitted(fold: int) -> SoftmaxRegression:
            seen = folds != fold
            return fit(x[seen], self.labels[seen], np.ones(int(seen.sum())), penalty, classes=classes)

        logits = np.empty((len(x), classes))
        for fold, head in enumerate(in_order(fitted, range(int(folds.max()) + 1), self.threads)):
            logits[folds == fold] = head.logits(x[folds == fold])
        return logits
