"""Whether a change of pictures (mirroring, turning, …) leaves their labels true, from what it does to their features.

Two kinds of evidence are asked for, both on pictures that took no part in the fit:

1. Where do changed pictures go? A mirrored b that is taken for d has moved. But noise may also make any letter look
   like any other to the network, without changing what it is.
2. What happens to the *untouched* pictures when changed copies, under their old labels, are learned as well? If a
   mirrored b really is a d, the copies teach that a d is a b: b and d are told apart worse than before. Where the
   network was only confused, it learns from them.

One pair of classes for which both speak against a change is enough. Nothing is decided by a picture's looks, and where
the evidence is thin the change counts as doubtful.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from seefood.features import in_order
from seefood.heads.calibration import fit_temperature
from seefood.heads.softmax_regression import SoftmaxRegression, bases, fit, log_softmax
from seefood.intervals import wilson_interval

__all__ = ["Effect", "Moved", "Safety", "SafetyProbe"]

Safety = Literal["helps", "no gain", "hurts", "doubtful", "unsafe"]
Array = NDArray[Any]

MOVED = 1 / 3
"""A change moves a class onto another where, with 97.5 % confidence, more than this share of its pictures go there."""
NOTICEABLE = 1.0
"""Standard errors from which a change of the loss is worth a try, or not."""
SLIGHT = 0.01
"""Share of the loss by which it has to change to be worth a word: less may be as certain, but nobody would see it."""
CLEAR = 1.64
"""Standard errors, exceeded by chance in one of twenty pairs, from which a pair of classes is told apart worse."""
TELLING = 0.02
"""Nats by which their loss has to rise as well: copies that lie among another class's pictures, under the wrong label,
cost far more than the share of a percent that any copies may cost."""
TOLERANCE = 1e-5
"""Of the loss, where fitting stops: differences between two fits are what is asked for."""
FEWEST = 8
"""Pictures of a class, told right, below which it cannot be seen whether they move."""


@dataclass(frozen=True)
class Moved:
    """Changed pictures of one class that are taken for another.

    Attributes:
        view: which of the views, counted from 0.
        source, target: class numbers.
        count, of: so many of the pictures that were told right before.
        worse: by how much the mean log loss of untouched pictures of the two classes rises when changed copies are
            learned too, in nats; ``errors`` the same in standard errors.
    """

    view: int
    source: int
    target: int
    count: int
    of: int
    worse: float
    errors: float


@dataclass(frozen=True)
class Effect:
    """What a change does.

    Attributes:
        moved: pairs of classes, the most certain first.
        loss, accuracy: of untouched pictures, before and after changed copies were learned too.
        errors: how many standard errors the loss rose by; below 0 it fell.
        fewest: pictures in the smallest class that were told right.
    """

    moved: tuple[Moved, ...]
    loss: tuple[float, float]
    accuracy: tuple[float, float]
    errors: float
    fewest: int

    @property
    def safe(self) -> bool | None:
        """Whether labels stay true; None where that is in doubt."""
        return {"unsafe": False, "doubtful": None}.get(self.safety, True)

    @property
    def safety(self) -> Safety:
        """What to make of it.

        >>> Effect((), (0.30, 0.28), (0.90, 0.91), -2.0, 20).safety
        'helps'
        >>> Effect((Moved(0, 1, 3, 12, 13, 0.8, 5.2),), (0.31, 0.46), (0.90, 0.85), 7.0, 13).safety
        'unsafe'
        """
        told_apart_worse = [pair for pair in self.moved if pair.worse > TELLING]
        if any(pair.errors > CLEAR for pair in told_apart_worse):
            return "unsafe"
        clearly_worse = self.errors > CLEAR and self.loss[1] - self.loss[0] > TELLING
        if self.fewest < FEWEST or told_apart_worse or clearly_worse:
            return "doubtful"
        if abs(self.loss[1] - self.loss[0]) < SLIGHT * self.loss[0] or abs(self.errors) < NOTICEABLE:
            return "no gain"
        return "hurts" if self.errors > 0 else "helps"


class SafetyProbe:
    """Pictures, their labels and folds; asked about one change after the other.

    Args:
        features: float32 [n, d], of the untouched pictures, as many depths as the head looks at.
        labels, folds: int64 [n].
        importance: float [n], how much each picture counts in fitting.
        penalty: of the regression.
        threads: folds that are fitted at once.
    """

    def __init__(
        self,
        features: Array,
        labels: NDArray[np.int64],
        folds: NDArray[np.int64],
        importance: Array,
        penalty: float,
        threads: int = 1,
    ) -> None:
        self.features, self.labels, self.folds = features, labels, folds
        self.importance, self.penalty, self.threads = importance, penalty, threads
        self.classes = int(labels.max()) + 1

    def effect(self, views: Array) -> Effect:
        """What a change does, from features float32 [n, views, d] of the changed pictures."""
        logits = self._out_of_fold(self._learned(views))
        losses, right = self._losses(logits), logits.argmax(axis=1) == self.labels
        rise = losses - self._before[0]
        moved = sorted(self._moved(views, rise), key=lambda pair: -wilson_interval(pair.count, pair.of)[0])
        return Effect(
            tuple(moved),
            (float(self._before[0].mean()), float(losses.mean())),
            (float(self._before[1].mean()), float(right.mean())),
            _in_errors(rise),
            int(np.bincount(self.labels[self._before[1]], minlength=self.classes).min()),
        )

    def _moved(self, views: Array, rise: Array) -> Iterator[Moved]:
        """Pairs of classes of which one goes over to the other."""
        for view in range(views.shape[1]):
            taken_for = self._out_of_fold(self._plain, views[:, view]).argmax(axis=1)
            counts = np.zeros((self.classes, self.classes), np.int64)
            right = self._before[1]
            np.add.at(counts, (self.labels[right], taken_for[right]), 1)
            totals = counts.sum(axis=1)
            np.fill_diagonal(counts, 0)
            for source, target in zip(*np.nonzero(counts), strict=True):
                count, of = int(counts[source, target]), int(totals[source])
                if wilson_interval(count, of)[0] > MOVED:
                    pair = rise[(self.labels == source) | (self.labels == target)]
                    yield Moved(view, int(source), int(target), count, of, float(pair.mean()), _in_errors(pair))

    @cached_property
    def _before(self) -> tuple[Array, NDArray[np.bool_]]:
        """The loss of each untouched picture without any change learned, and whether it was told right."""
        logits = self._out_of_fold(self._plain)
        return self._losses(logits), logits.argmax(axis=1) == self.labels

    @cached_property
    def _plain(self) -> list[SoftmaxRegression]:
        return self._learned(None)

    def _learned(self, views: Array | None) -> list[SoftmaxRegression]:
        """For each fold, a regression on the others, with their changed copies; a picture's copies share its weight."""

        def fitted(fold: int) -> SoftmaxRegression:
            seen = self.folds != fold
            x, labels, importance = self.features[seen], self.labels[seen], self.importance[seen]
            if views is not None:
                copies = views.shape[1]
                x = np.concatenate([x, views[seen].reshape(-1, x.shape[1])])
                labels = np.concatenate([labels, np.repeat(labels, copies)])
                importance = np.concatenate([importance, np.repeat(importance, copies)]) / (1 + copies)
            (basis,) = bases(x, [x.shape[1]])
            solution = fit(basis.coordinates, labels, importance, self.penalty, None, TOLERANCE, self.classes)
            return basis.in_features(solution)

        with threadpool_limits(1, user_api="blas"):
            return list(in_order(fitted, range(int(self.folds.max()) + 1), self.threads))

    def _out_of_fold(self, regressions: list[SoftmaxRegression], features: Array | None = None) -> Array:
        """Logits [n, classes], each by the regression that did not see the picture."""
        features = self.features if features is None else features
        logits = np.empty((len(features), self.classes))
        for fold, regression in enumerate(regressions):
            logits[self.folds == fold] = regression.logits(features[self.folds == fold])
        return logits

    def _losses(self, logits: Array) -> Array:
        """Cross-entropy of each picture at the best temperature, with targets smoothed as for the temperature."""
        cooled = log_softmax(logits / fit_temperature(logits, self.labels))
        right = cooled[np.arange(len(self.labels)), self.labels]
        smoothing = 1 / (len(self.labels) + 2)
        others = (cooled.sum(axis=1) - right) / (self.classes - 1)
        return np.asarray(-((1 - smoothing) * right + smoothing * others))


def _in_errors(differences: Array) -> float:
    """A mean in standard errors of it; 0 where nothing differs."""
    spread = float(differences.std())
    return float(differences.mean()) / (spread / math.sqrt(len(differences))) if spread > 0 else 0.0
