"""Choose how deep a head looks and how strongly it is held back, and estimate how good it will be.

Everything is done on features that are there already, so cross-validation costs next to nothing. The estimate is made
of predictions for pictures that took no part: neither in fitting the weights, nor in choosing the depth and penalty,
nor in fitting the temperature that is applied to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from seefood.features import in_order
from seefood.heads.calibration import earned_temperature, log_loss
from seefood.heads.softmax_regression import FINE_TOLERANCE, SoftmaxRegression, bases, fit, softmax

__all__ = ["Selected", "joined", "select"]

FIRST_PENALTY = 0.1
PENALTIES = (10.0, 1.0, FIRST_PENALTY, 0.01)

Array = NDArray[Any]


@dataclass(frozen=True)
class Candidate:
    """One way to make the head, tried: out-of-fold logits [n, classes] and how well they do."""

    depths: int
    penalty: float
    logits: Array
    labels: NDArray[np.int64]

    @cached_property
    def loss(self) -> float:
        """Log loss at the temperature that it earns, as a head made this way would have it; the less the better.

        The labels count as they are. Smoothed ones would hold it against a candidate that it is surer and right.
        """
        return self.loss_on(np.ones(len(self.labels), bool))

    def loss_on(self, rows: NDArray[np.bool_]) -> float:
        """The same, on some of the pictures."""
        logits, labels = self.logits[rows], self.labels[rows]
        return log_loss(logits, labels, earned_temperature(logits, labels))


@dataclass(frozen=True)
class Selected:
    """The chosen head, and what it says about pictures that took no part in making it.

    Attributes:
        depths, penalty: what was chosen.
        regression: fitted to every picture, on features.
        temperature: from out-of-fold logits; 1 where they give no reason for another.
        out_of_fold: probabilities float64 [n, classes], each row by weights, choices and a temperature that were made
            without that picture's fold.
        candidates: everything that was tried.
    """

    depths: int
    penalty: float
    regression: SoftmaxRegression
    temperature: float
    out_of_fold: Array
    candidates: tuple[Candidate, ...]

    @property
    def tried(self) -> tuple[tuple[int, float, float], ...]:
        """(depths, penalty, loss) of every candidate."""
        return tuple((candidate.depths, candidate.penalty, candidate.loss) for candidate in self.candidates)

    @property
    def loss(self) -> float:
        """Of the chosen one, out of fold."""
        return min(candidate.loss for candidate in self.candidates)


def select(
    features: Array,
    sizes: dict[int, int],
    labels: NDArray[np.int64],
    folds: NDArray[np.int64],
    importance: Array,
    threads: int,
    views: Array | None = None,
) -> Selected:
    """Choose by cross-validation and fit the chosen head to everything.

    Args:
        features: float32 [n, all features], the last layer's first.
        sizes: for each choice of depths, how many of the features it uses, in rising order.
        labels, folds: int64 [n].
        importance: float [n], how much each picture counts in fitting.
        threads: folds that are fitted at once.
        views: float32 [n, copies, all features], of changed copies that are learned as well. They are never predicted,
            stay in their picture's fold, and share its importance.
    """
    rows = _Rows.of(features, labels, folds, importance, views)
    with threadpool_limits(1, user_api="blas"):  # folds have threads already, and BLAS's would wait for them
        return _selected(_Search(rows, sizes, threads))


def _selected(search: "_Search") -> Selected:
    rows = search.rows
    labels, folds = rows.labels[: rows.untouched], rows.folds[: rows.untouched]
    first = [search.tried(depths, FIRST_PENALTY) for depths in search.bases]
    best = search.descended(min(first, key=lambda candidate: candidate.loss))
    basis = search.bases[best.depths]
    start = _mean(search.fits[best.depths])
    whole = basis.in_features(
        fit(basis.coordinates, rows.labels, rows.importance, best.penalty, start, FINE_TOLERANCE, len(start.bias))
    )
    return Selected(
        best.depths,
        best.penalty,
        whole,
        earned_temperature(best.logits, labels),
        _honest_probabilities(search.candidates, labels, folds),
        tuple(search.candidates),
    )


def joined(first: Selected, second: Selected, labels: NDArray[np.int64], folds: NDArray[np.int64]) -> Selected:
    """The better of two ways; for each fold its predictions come from the way that is better on the other folds."""
    better = second if second.loss < first.loss else first
    candidates = first.candidates + second.candidates
    return replace(better, out_of_fold=_honest_probabilities(candidates, labels, folds), candidates=candidates)


def _mean(regressions: Sequence[SoftmaxRegression]) -> SoftmaxRegression:
    """Near the solution on all pictures, for every picture took part in all of these but one."""
    weights, biases = zip(*((regression.weights, regression.bias) for regression in regressions), strict=True)
    return SoftmaxRegression(np.mean(weights, axis=0), np.mean(biases, axis=0))


@dataclass(frozen=True)
class _Rows:
    """What is learned, a row each: first the ``untouched`` pictures, then changed copies of them."""

    features: Array
    labels: NDArray[np.int64]
    folds: NDArray[np.int64]
    importance: Array
    untouched: int

    @classmethod
    def of(
        cls,
        features: Array,
        labels: NDArray[np.int64],
        folds: NDArray[np.int64],
        importance: Array,
        views: Array | None,
    ) -> "_Rows":
        if views is None:
            return cls(features, labels, folds, importance, len(labels))
        copies = views.shape[1]
        return cls(
            np.concatenate([features, views.reshape(-1, features.shape[1])]),
            np.concatenate([labels, np.repeat(labels, copies)]),
            np.concatenate([folds, np.repeat(folds, copies)]),
            np.concatenate([importance, np.repeat(importance, copies)]) / (1 + copies),
            len(labels),
        )


class _Search:
    """What has been tried, and the fits from which the next ones start."""

    def __init__(self, rows: _Rows, sizes: dict[int, int], threads: int) -> None:
        self.rows, self.threads = rows, threads
        self.bases = dict(zip(sizes, bases(rows.features, sizes.values()), strict=True))
        self.candidates: list[Candidate] = []
        self.fits: dict[int, list[SoftmaxRegression]] = {}

    def tried(self, depths: int, penalty: float) -> Candidate:
        """Fit each fold's complement, predict the untouched pictures of the fold."""
        rows, x = self.rows, self.bases[depths].coordinates
        classes, untouched = int(rows.labels.max()) + 1, rows.untouched
        starts: Sequence[SoftmaxRegression | None] = self.fits.get(depths) or [None] * (int(rows.folds.max()) + 1)

        def fitted(fold: int) -> SoftmaxRegression:
            seen = rows.folds != fold
            return fit(x[seen], rows.labels[seen], rows.importance[seen], penalty, starts[fold], classes=classes)

        self.fits[depths] = list(in_order(fitted, range(len(starts)), self.threads))
        logits = np.empty((untouched, classes))
        for fold, regression in enumerate(self.fits[depths]):
            left_out = rows.folds[:untouched] == fold
            logits[left_out] = regression.logits(x[:untouched][left_out])
        self.candidates.append(Candidate(depths, penalty, logits, rows.labels[:untouched]))
        return self.candidates[-1]

    def descended(self, best: Candidate) -> Candidate:
        """Walk along the penalties from ``best`` as long as the loss falls: to smaller ones, otherwise to larger."""
        begin = PENALTIES.index(best.penalty)
        smaller = self._walked(best, PENALTIES[begin + 1 :])
        return smaller if smaller is not best else self._walked(best, PENALTIES[:begin][::-1])

    def _walked(self, best: Candidate, penalties: Sequence[float]) -> Candidate:
        for penalty in penalties:
            candidate = self.tried(best.depths, penalty)
            if candidate.loss >= best.loss:
                break
            best = candidate
        return best


def _honest_probabilities(
    candidates: Sequence[Candidate], labels: NDArray[np.int64], folds: NDArray[np.int64]
) -> Array:
    """For each fold the candidate and temperature that look best on the other folds."""
    probabilities = np.empty_like(candidates[0].logits)
    for fold in range(int(folds.max()) + 1):
        others = folds != fold
        chosen = min(candidates, key=lambda candidate: candidate.loss_on(others))
        temperature = earned_temperature(chosen.logits[others], labels[others])
        probabilities[~others] = softmax(chosen.logits[~others] / temperature)
    return probabilities
