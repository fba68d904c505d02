"""What declining to answer buys: how many pictures are still answered, and how many of those answers are wrong."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["CoveragePoint", "needed_probability", "risk_coverage"]

MOST_POINTS = 200


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """Answering only what is at least so probable: ``answered`` of ``pictures``, ``wrong`` of them wrongly.

    Pictures that are unfamiliar are never answered, whatever their probability.

    >>> point = CoveragePoint(0.9, 80, 2, 100)
    >>> point.coverage, point.risk
    (0.8, 0.025)
    """

    probability: float
    answered: int
    wrong: int
    pictures: int

    @property
    def coverage(self) -> float:
        """The share of pictures that is answered."""
        return self.answered / self.pictures if self.pictures else 0.0

    @property
    def risk(self) -> float | None:
        """The share of answers that is wrong; None where nothing is answered."""
        return self.wrong / self.answered if self.answered else None

    def to_json(self) -> dict[str, Any]:
        """One entry of ``risk_coverage``."""
        return {
            "probability": self.probability,
            "answered": self.answered,
            "wrong": self.wrong,
            "coverage": self.coverage,
            "risk": self.risk,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any], pictures: int) -> "CoveragePoint":
        """Read what ``to_json`` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        point = cls(float(value["probability"]), int(value["answered"]), int(value["wrong"]), pictures)
        if not (0 <= point.probability <= 1 and 0 <= point.wrong <= point.answered <= pictures):
            raise ValueError("risk_coverage: counts that cannot be")
        return point


def risk_coverage(probabilities: ArrayLike, correct: ArrayLike, familiar: ArrayLike) -> tuple[CoveragePoint, ...]:
    """The curve from answering everything that is familiar to answering hardly anything.

    ``probabilities`` float, ``correct`` bool and ``familiar`` bool, all (pictures,). One point for each probability
    that occurs, at most 200, spread evenly over the answers (El-Yaniv and Wiener 2010, "On the foundations of
    noise-free selective classification").

    >>> [(point.answered, point.wrong) for point in risk_coverage([0.9, 0.8, 0.8], [1, 1, 0], [1, 1, 1])]
    [(3, 1), (1, 0)]
    """
    promised, right, known = np.asarray(probabilities, float), np.asarray(correct, bool), np.asarray(familiar, bool)
    pictures = len(promised)
    order = np.argsort(-promised[known], kind="stable")
    sorted_probabilities = promised[known][order]
    wrong = np.cumsum(~right[known][order])
    last_of_equals = np.flatnonzero(np.append(np.diff(sorted_probabilities) != 0, True)[: len(order)])
    if len(last_of_equals) > MOST_POINTS:
        last_of_equals = last_of_equals[np.linspace(0, len(last_of_equals) - 1, MOST_POINTS).round().astype(int)]
    return tuple(
        CoveragePoint(float(sorted_probabilities[place]), int(place) + 1, int(wrong[place]), pictures)
        for place in reversed(last_of_equals.tolist())
    )


def needed_probability(curve: Sequence[CoveragePoint], risk: float) -> CoveragePoint | None:
    """The point that answers most pictures with at most this share of answers wrong; None where there is none.

    Counted with one wrong answer more than were seen, (wrong + 1) / (answered + 1): that is what the next answer's risk
    is expected to be at most, and it keeps twenty right answers from passing for certainty. Raises ValueError for a
    risk outside 0 to 1.

    >>> curve = [CoveragePoint(0.5, 100, 5, 100), CoveragePoint(0.9, 80, 1, 100), CoveragePoint(0.99, 20, 0, 100)]
    >>> needed_probability(curve, 0.05).answered, needed_probability(curve, 0.01)
    (80, None)
    """
    check_risk(risk)
    allowed = [point for point in curve if point.answered and (point.wrong + 1) / (point.answered + 1) <= risk]
    return max(allowed, key=lambda point: point.answered, default=None)


def check_risk(risk: float) -> None:
    """Whether this can be a share of wrong answers to accept. Raises ValueError."""
    if not (math.isfinite(risk) and 0 < risk < 1):
        raise ValueError(f"expected a risk between 0 and 1; found {risk}; 0.05 accepts one wrong answer in twenty")
