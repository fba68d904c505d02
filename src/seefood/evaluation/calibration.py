"""Whether probabilities keep what they promise: bins of promised against kept, and one number."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["BINS", "Calibration", "CalibrationBin", "expected_calibration_error"]

BINS = 15


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """The pictures whose top probability lies in (low, high]: how probable on average, and how many were right."""

    low: float
    high: float
    pictures: int
    probability: float
    accuracy: float

    def to_json(self) -> dict[str, Any]:
        """One entry of ``calibration``."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "CalibrationBin":
        """Read what ``to_json`` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        numbers = {name: float(value[name]) for name in ("low", "high", "probability", "accuracy")}
        if not all(0 <= number <= 1 for number in numbers.values()):
            raise ValueError("calibration: a share outside 0 to 1")
        return cls(pictures=int(value["pictures"]), **numbers)


def expected_calibration_error(probabilities: ArrayLike, correct: ArrayLike, bins: int = BINS) -> float | None:
    """How far the top probabilities are from the accuracy they promise, 0 perfect to 1; None for no pictures.

    ``probabilities``: float (pictures,), the top one of each; ``correct``: bool (pictures,). The mean over ``bins``
    equal-width bins of |accuracy - mean probability|, weighted by pictures; a bin includes its upper edge (Guo et al.
    2017, "On calibration of modern neural networks", equation 3). Raises ValueError for shapes that differ, no bins or
    a probability outside 0 to 1.

    >>> round(expected_calibration_error([0.9, 0.9, 0.6, 0.6], [True, True, True, False]), 9)
    0.1
    """
    calibration = Calibration(bins)
    calibration.add(probabilities, correct)
    return calibration.error()


class Calibration:
    """The one home of the formula, for a stream and for arrays."""

    def __init__(self, bins: int = BINS) -> None:
        if bins < 1:
            raise ValueError(f"expected at least one bin, found {bins}; 15 is usual")
        self._edges = np.arange(1, bins) / bins
        self._pictures = np.zeros(bins, np.int64)
        self._correct = np.zeros(bins)
        self._probability = np.zeros(bins)

    def add(self, probabilities: ArrayLike, correct: ArrayLike) -> None:
        """Count pictures: the top probability of each, and whether it was right."""
        promised, kept = _same_length(probabilities, correct)
        bins = np.searchsorted(self._edges, promised, side="left")
        np.add.at(self._pictures, bins, 1)
        np.add.at(self._correct, bins, kept)
        np.add.at(self._probability, bins, promised)

    def error(self) -> float | None:
        """The expected calibration error of what was added."""
        pictures = int(self._pictures.sum())
        return float(np.abs(self._correct - self._probability).sum() / pictures) if pictures else None

    def bins(self) -> tuple[CalibrationBin, ...]:
        """The bins that hold pictures, from improbable to probable."""
        edges = np.concatenate([[0.0], self._edges, [1.0]]).tolist()
        return tuple(
            CalibrationBin(
                edges[place],
                edges[place + 1],
                count,
                min(1.0, float(self._probability[place]) / count),
                float(self._correct[place]) / count,
            )
            for place, count in enumerate(self._pictures.tolist())
            if count
        )


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
