"""How good a classifier is on pictures whose label is known: counted as they stream by, summed up at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seefood.errors import DatasetError, ModelFileError
from seefood.evaluation.intervals import wilson_interval
from seefood.verdicts import Failure, Reason, Verdict

__all__ = ["ClassScore", "Confusion", "Evaluation", "Mistake", "Scorer", "expected_calibration_error"]

CALIBRATION_BINS = 15


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One class: of those called so how many were (precision), of those that are how many were called so (recall).

    ``precision`` is None where nothing was called so, ``recall`` where no picture is of the class.
    """

    precision: float | None
    recall: float | None
    pictures: int

    def to_json(self) -> dict[str, Any]:
        """One value of ``per_class``."""
        return {"precision": self.precision, "recall": self.recall, "pictures": self.pictures}


@dataclass(frozen=True, slots=True)
class Confusion:
    """What was taken for what: ``counts[true][predicted]``, rows and columns in the order of ``labels``."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    def to_json(self) -> dict[str, Any]:
        """The value of ``confusion``."""
        return {"labels": list(self.labels), "counts": [list(row) for row in self.counts]}


@dataclass(frozen=True, slots=True)
class Mistake:
    """A picture whose most probable label, ``verdict``, is not its ``label``.

    ``reason`` is why the classifier would have said "not sure" instead, or None where it was sure.
    """

    path: str | None
    label: str
    verdict: str
    probability: float
    reason: Reason | None

    def to_json(self) -> dict[str, Any]:
        """One entry of ``wrong``."""
        return {
            "path": self.path,
            "label": self.label,
            "verdict": self.verdict,
            "probability": self.probability,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The score card.

    ``accuracy`` (with its 95 % Wilson ``interval``) counts the most probable label, whether or not the classifier was
    sure of it; ``accuracy_when_sure`` only the pictures that it was sure of. ``unsure`` counts the pictures for which
    it would say "not sure", ``unsure_reasons`` why. ``baseline`` is what calling everything by the most frequent label
    would score. ``wrong`` is sorted by probability, the most confident mistake first. Pictures that ``failed`` count
    nowhere else. A share of nothing is None.
    """

    pictures: int
    accuracy: float | None
    interval: tuple[float, float]
    baseline: float | None
    accuracy_when_sure: float | None
    interval_when_sure: tuple[float, float]
    per_class: dict[str, ClassScore]
    confusion: Confusion
    unsure: int
    unsure_reasons: dict[Reason, int]
    calibration_error: float | None
    failed: tuple[Failure, ...]
    wrong: tuple[Mistake, ...]

    def to_json(self) -> dict[str, Any]:
        """What ``seefood evaluate --json`` prints."""
        return {
            "pictures": self.pictures,
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "baseline": self.baseline,
            "accuracy_when_sure": self.accuracy_when_sure,
            "interval_when_sure": list(self.interval_when_sure),
            "per_class": {label: score.to_json() for label, score in self.per_class.items()},
            "confusion": self.confusion.to_json(),
            "unsure": self.unsure,
            "unsure_reasons": dict(self.unsure_reasons),
            "calibration_error": self.calibration_error,
            "failed": [{"path": failure.path, "error": failure.error} for failure in self.failed],
            "wrong": [mistake.to_json() for mistake in self.wrong],
        }

    @classmethod
    def from_json(cls, value: object) -> "Evaluation":
        """Read what ``to_json`` wrote; it may come from a model file that anyone made.

        Raises:
            ModelFileError: a field is missing or makes no sense.
        """
        try:
            return cls._from_values(cast("Mapping[str, Any]", value))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelFileError(
                f"expected a score card; found one that makes no sense ({error!r}); get the file again"
            ) from error

    @classmethod
    def _from_values(cls, value: "Mapping[str, Any]") -> "Evaluation":
        labels = tuple(str(label) for label in value["confusion"]["labels"])
        counts = tuple(tuple(int(count) for count in row) for row in value["confusion"]["counts"])
        if [len(row) for row in counts] != [len(labels)] * len(labels):
            raise ValueError("counts and labels do not fit")
        return cls(
            pictures=int(value["pictures"]),
            accuracy=_optional(value["accuracy"]),
            interval=_pair(value["interval"]),
            baseline=_optional(value["baseline"]),
            accuracy_when_sure=_optional(value["accuracy_when_sure"]),
            interval_when_sure=_pair(value["interval_when_sure"]),
            per_class={
                str(label): ClassScore(_optional(s["precision"]), _optional(s["recall"]), int(s["pictures"]))
                for label, s in value["per_class"].items()
            },
            confusion=Confusion(labels, counts),
            unsure=int(value["unsure"]),
            unsure_reasons={reason: int(value["unsure_reasons"][reason]) for reason in get_args(Reason)},
            calibration_error=_optional(value["calibration_error"]),
            failed=tuple(Failure(failure["path"], str(failure["error"])) for failure in value["failed"]),
            wrong=tuple(Mistake(**mistake) for mistake in value["wrong"]),
        )


class Scorer:
    """Counts verdicts as they come; memory grows with the classes, the mistakes and the failures, not the pictures.

    A label that occurs twice is one class here: by their names nobody can tell the two apart.

    >>> from seefood.verdicts import Guess, Verdict
    >>> scorer = Scorer(["ants", "bees"])
    >>> scorer.add("ants", Verdict("a.jpg", "ants", None, 0.9, (Guess("ants", 0.9), Guess("bees", 0.1)), None))
    >>> scorer.evaluation().accuracy
    1.0
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(dict.fromkeys(labels))
        self._index = {label: index for index, label in enumerate(self._labels)}
        self._counts = np.zeros((len(self._labels), len(self._labels)), np.int64)
        self._calibration = _CalibrationBins(CALIBRATION_BINS)
        self._unsure: dict[Reason, int] = dict.fromkeys(get_args(Reason), 0)
        self._unsure_correct = 0
        self._failed: list[Failure] = []
        self._wrong: list[Mistake] = []

    def add(self, true_label: str, outcome: Verdict | Failure) -> None:
        """Count one picture. Raises DatasetError for a label that the classifier does not know."""
        true = self._known(true_label, "the folder")
        if isinstance(outcome, Failure):
            self._failed.append(outcome)
            return
        best = outcome.top[0]
        predicted = self._known(best.label, "the verdict")
        self._counts[true, predicted] += 1
        self._calibration.add([best.probability], [true == predicted])
        if outcome.reason is not None:
            self._unsure[outcome.reason] += 1
            self._unsure_correct += true == predicted
        if true != predicted:
            mistake = Mistake(outcome.path, true_label, best.label, float(best.probability), outcome.reason)
            self._wrong.append(mistake)

    def evaluation(self) -> Evaluation:
        """The score card of what was added so far."""
        pictures, correct = int(self._counts.sum()), int(self._counts.trace())
        unsure = sum(self._unsure.values())
        sure, sure_correct = pictures - unsure, correct - self._unsure_correct
        return Evaluation(
            pictures=pictures,
            accuracy=_share(correct, pictures),
            interval=wilson_interval(correct, pictures),
            baseline=_share(int(self._counts.sum(axis=1).max(initial=0)), pictures),
            accuracy_when_sure=_share(sure_correct, sure),
            interval_when_sure=wilson_interval(sure_correct, sure),
            per_class=self._per_class(),
            confusion=Confusion(self._labels, tuple(tuple(row) for row in self._counts.tolist())),
            unsure=unsure,
            unsure_reasons=dict(self._unsure),
            calibration_error=self._calibration.error(),
            failed=tuple(self._failed),
            wrong=tuple(sorted(self._wrong, key=_worst_first)),
        )

    def _per_class(self) -> dict[str, ClassScore]:
        hits = self._counts.diagonal().tolist()
        called = self._counts.sum(axis=0).tolist()
        pictures = self._counts.sum(axis=1).tolist()
        return {
            label: ClassScore(_share(hit, predicted), _share(hit, true), true)
            for label, hit, predicted, true in zip(self._labels, hits, called, pictures, strict=True)
        }

    def _known(self, label: str, source: str) -> int:
        try:
            return self._index[label]
        except KeyError as error:
            shown = ", ".join(self._labels[:8]) + (", …" if len(self._labels) > 8 else "")
            raise DatasetError(
                f"expected one of the classifier's {len(self._labels)} labels ({shown}), found {label!r} in {source}; "
                "rename the folder to the label it stands for, leave it out, or teach a classifier that knows it"
            ) from error


def expected_calibration_error(
    probabilities: ArrayLike, correct: ArrayLike, bins: int = CALIBRATION_BINS
) -> float | None:
    """How far the top probabilities are from the accuracy they promise, 0 perfect to 1; None for no pictures.

    ``probabilities``: float (pictures,), the top one of each; ``correct``: bool (pictures,). The mean over ``bins``
    equal-width bins of |accuracy - mean probability|, weighted by pictures; a bin includes its upper edge (Guo et al.
    2017, "On calibration of modern neural networks", equation 3). Raises ValueError for shapes that differ, no bins or
    a probability outside 0 to 1.

    >>> round(expected_calibration_error([0.9, 0.9, 0.6, 0.6], [True, True, True, False]), 9)
    0.1
    """
    calibration = _CalibrationBins(bins)
    calibration.add(probabilities, correct)
    return calibration.error()


class _CalibrationBins:
    """The one home of the formula, for a stream and for arrays."""

    def __init__(self, bins: int) -> None:
        if bins < 1:
            raise ValueError(f"expected at least one bin, found {bins}; 15 is usual")
        self._edges = np.arange(1, bins) / bins
        self._pictures = np.zeros(bins, np.int64)
        self._correct = np.zeros(bins)
        self._probability = np.zeros(bins)

    def add(self, probabilities: ArrayLike, correct: ArrayLike) -> None:
        promised, kept = _same_length(probabilities, correct)
        bins = np.searchsorted(self._edges, promised, side="left")
        np.add.at(self._pictures, bins, 1)
        np.add.at(self._correct, bins, kept)
        np.add.at(self._probability, bins, promised)

    def error(self) -> float | None:
        pictures = int(self._pictures.sum())
        return float(np.abs(self._correct - self._probability).sum() / pictures) if pictures else None


def _same_length(probabilities: ArrayLike, correct: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    promised, kept = np.asarray(probabilities, np.float64), np.asarray(correct, np.bool_)
    if promised.ndim != 1 or promised.shape != kept.shape:
        raise ValueError(
            f"expected one probability and one right-or-wrong a picture, found shapes {promised.shape} and "
            f"{kept.shape}; give two vectors of one length"
        )
    if not bool(np.all((promised >= 0.0) & (promised <= 1.0))):
        raise ValueError("expected probabilities from 0 to 1, found others; give calibrated probabilities")
    return promised, kept


def _worst_first(mistake: Mistake) -> tuple[float, str, str, str]:
    return -mistake.probability, mistake.path or "", mistake.label, mistake.verdict


def _optional(value: object) -> float | None:
    return None if value is None else float(cast("float", value))


def _pair(value: object) -> tuple[float, float]:
    low, high = cast("Sequence[float]", value)
    return float(low), float(high)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
