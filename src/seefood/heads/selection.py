"""Choose how deep a head looks and how strongly it is held back, and estimate how good it will be.

Everything is done on features that are there already, so cross-validation costs next to nothing. The estimate is made
of predictions for pictures that took no part: neither in fitting the weights, nor in choosing the depth and penalty,
nor in fitting the temperature that is applied to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from seefood.features import in_order
from seefood.heads.calibration import fit_temperature, log_loss
from seefood.heads.softmax_regression import FINE_TOLERANCE, SoftmaxRegression, bases, fit, softmax

__all__ = ["Selected", "select"]

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
        """Log loss at the best temperature; the less the better."""
        return self.loss_on(np.ones(len(self.labels), bool))

    def loss_on(self, rows: NDArray[np.bool_]) -> float:
        """The same, on some of the pictures."""
        temperature = fit_temperature(self.logits[rows], self.labels[rows])
        return log_loss(self.logits[rows], self.labels[rows], temperature, smoothing=1 / (len(self.labels) + 2))


@dataclass(frozen=True)
class Selected:
    """The chosen head, and what it says about pictures that took no part in making it.

    Attributes:
        depths, penalty: what was chosen.
        regression: fitted to every picture, on features.
        temperature: from out-of-fold logits.
        out_of_fold: probabilities float64 [n, classes], each row by weights, choices and a temperature that were made
            without that picture's fold.
        tried: (depths, penalty, loss) of every candidate.
    """

    depths: int
    penalty: float
    regression: SoftmaxRegression
    temperature: float
    out_of_fold: Array
    tried: tuple[tuple[int, float, float], ...]


def select(
    features: Array,
    sizes: dict[int, int],
    labels: NDArray[np.int64],
    folds: NDArray[np.int64],
    importance: Array,
    threads: int,
) -> Selected:
    """Choose by cross-validation and fit the chosen head to everything.

    Args:
        features: float32 [n, all features], the last layer's first.
        sizes: for each choice of depths, how many of the features it uses, in rising order.
        labels, folds: int64 [n].
        importance: float [n], how much each picture counts in fitting.
        threads: folds that are fitted at once.
    """
    with threadpool_limits(1, user_api="blas"):  # NumPy's and SciPy's own threads would wait for each other
        return _selected(_Search(features, sizes, labels, folds, importance, threads))


def _selected(search: "_Search") -> Selected:
    labels = search.labels
    first = [search.tried(depths, FIRST_PENALTY) for depths in search.bases]
    best = search.descended(min(first, key=lambda candidate: candidate.loss))
    basis = search.bases[best.depths]
    start = _mean(search.fits[best.depths])
    whole = basis.in_features(
        fit(basis.coordinates, labels, search.importance, best.penalty, start, FINE_TOLERANCE, len(start.bias))
    )
    return Selected(
        best.depths,
        best.penalty,
        whole,
        fit_temperature(best.logits, labels),
        _honest_probabilities(search.candidates, labels, search.folds),
        tuple((candidate.depths, candidate.penalty, candidate.loss) for candidate in search.candidates),
    )


def _mean(regressions: Sequence[SoftmaxRegression]) -> SoftmaxRegression:
    """Near the solution on all pictures, for every picture took part in all of these but one."""
    weights, biases = zip(*((regression.weights, regression.bias) for regression in regressions), strict=True)
    return SoftmaxRegression(np.mean(weights, axis=0), np.mean(biases, axis=0))


class _Search:
    """What has been tried, and the fits from which the next ones start."""

    def __init__(
        self,
        features: Array,
        sizes: dict[int, int],
        labels: NDArray[np.int64],
        folds: NDArray[np.int64],
        importance: Array,
        threads: int,
    ) -> None:
        self.labels, self.folds, self.importance, self.threads = labels, folds, importance, threads
        self.bases = dict(zip(sizes, bases(features, sizes.values()), strict=True))
        self.candidates: list[Candidate] = []
        self.fits: dict[int, list[SoftmaxRegression]] = {}

    def tried(self, depths: int, penalty: float) -> Candidate:
        """Fit each fold's complement, predict the fold."""
        x, classes = self.bases[depths].coordinates, int(self.labels.max()) + 1
        starts: Sequence[SoftmaxRegression | None] = self.fits.get(depths) or [None] * (int(self.folds.max()) + 1)

        def fitted(fold: int) -> SoftmaxRegression:
            seen = self.folds != fold
            return fit(x[seen], self.labels[seen], self.importance[seen], penalty, starts[fold], classes=classes)

        self.fits[depths] = list(in_order(fitted, range(len(starts)), self.threads))
        logits = np.empty((len(x), len(self.fits[depths][0].bias)))
        for fold, regression in enumerate(self.fits[depths]):
            logits[self.folds == fold] = regression.logits(x[self.folds == fold])
        self.candidates.append(Candidate(depths, penalty, logits, self.labels))
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
        temperature = fit_temperature(chosen.logits[others], labels[others])
        probabilities[~others] = softmax(chosen.logits[~others] / temperature)
    return probabilities
