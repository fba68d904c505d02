"""How good a classifier is on pictures whose label is known: counted as they stream by, summed up at the end."""

import os
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np

from seefood.errors import DatasetError, ModelFileError
from seefood.evaluation.calibration import Calibration, CalibrationBin
from seefood.evaluation.coverage import CoveragePoint, risk_coverage
from seefood.evaluation.examples import Case, Examples
from seefood.intervals import wilson_interval
from seefood.verdicts import Failure, Reason, Verdict

__all__ = ["ClassScore", "Confusion", "Evaluation", "Mistake", "Scorer"]


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
    nowhere else. ``calibration`` is what probabilities promised and kept, in bins; ``risk_coverage`` what would be
    answered and how many of the answers would be wrong, for every threshold of probability. ``examples`` are pictures
    to show, the most and the least probable of each cell of ``confusion``; they are not in the JSON. A share of nothing
    is None.
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
    calibration: tuple[CalibrationBin, ...] = ()
    risk_coverage: tuple[CoveragePoint, ...] = ()
    examples: tuple[Case, ...] = ()

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
            "calibration": [part.to_json() for part in self.calibration],
            "risk_coverage": [point.to_json() for point in self.risk_coverage],
        }

    def to_html(
        self, path: str | os.PathLike[str], title: str = "evaluation", where: str = "on the test pictures"
    ) -> None:
        """Write the score card with its pictures as one HTML page that needs nothing else. Raises OutputError."""
        from seefood.evaluation.report import Report, write

        write(Report(title, self, where), Path(path))

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
            calibration=tuple(CalibrationBin.from_json(part) for part in value.get("calibration", ())),
            risk_coverage=tuple(
                CoveragePoint.from_json(point, int(value["pictures"])) for point in value.get("risk_coverage", ())
            ),
        )


class Scorer:
    """Counts verdicts as they come; memory grows with the classes, the failures, and by ten bytes a picture.

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
        self._calibration = Calibration()
        self._probabilities, self._correct, self._familiar = array("d"), bytearray(), bytearray()
        self._unsure: dict[Reason, int] = dict.fromkeys(get_args(Reason), 0)
        self._unsure_correct = 0
        self._failed: list[Failure] = []
        self._wrong: list[Mistake] = []
        self._examples = Examples()

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
        self._probabilities.append(best.probability)
        self._correct.append(true == predicted)
        self._familiar.append(outcome.reason != "unfamiliar")
        self._examples.add((true, predicted), Case(outcome.path, true_label, outcome))
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
            calibration=self._calibration.bins(),
            risk_coverage=risk_coverage(self._probabilities, self._correct, self._familiar),
            examples=self._examples.cases(),
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


def _worst_first(mistake: Mistake) -> tuple[float, str, str, str]:
    return -mistake.probability, mistake.path or "", mistake.label, mistake.verdict


def _optional(value: object) -> float | None:
    return None if value is None else float(cast("float", value))


def _pair(value: object) -> tuple[float, float]:
    low, high = cast("Sequence[float]", value)
    return float(low), float(high)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
