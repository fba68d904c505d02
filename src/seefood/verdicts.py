"""What is said about one picture: a label, "not sure" and why, or that the picture could not be read.

This room knows labels and numbers. It does not know pictures or models.
"""

import math
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from seefood.errors import ModelFileError

__all__ = ["Failure", "Guess", "Reason", "Thresholds", "Verdict", "judge"]

Reason = Literal["uncertain", "unfamiliar"]

# A float32 softmax may exceed 1 by a few rounding errors; anything beyond this is no probability.
_ROUNDING = 1e-4


@dataclass(frozen=True, slots=True)
class Guess:
    """One label and how probable it is, 0 to 1.

    >>> Guess("bees", 0.75).to_json()
    {'label': 'bees', 'probability': 0.75}
    """

    label: str
    probability: float

    def __post_init__(self) -> None:
        _check_probability(self.probability)

    def to_json(self) -> dict[str, Any]:
        """As one entry of ``top``."""
        return {"label": str(self.label), "probability": float(self.probability)}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a classifier starts to say "not sure".

    ``probability`` (0 to 1): a top probability below it is uncertain; 0 switches this off. ``novelty`` (0 or more):
    a novelty above it is unfamiliar; None switches this off. Raises ValueError that names the field.

    >>> Thresholds.from_json({"probability": 0.6, "novelty": None})
    Thresholds(probability=0.6, novelty=None)
    """

    probability: float
    novelty: float | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "probability", _number("probability", self.probability, 0.0, 1.0))
        if self.novelty is not None:
            object.__setattr__(self, "novelty", _number("novelty", self.novelty, 0.0, math.inf))

    def to_json(self) -> dict[str, float | None]:
        """A value that ``from_json`` reads back to an equal one."""
        return {"probability": self.probability, "novelty": self.novelty}

    @classmethod
    def from_json(cls, value: object) -> "Thresholds":
        """Read what ``to_json`` wrote, trusting nothing; unknown fields are left alone. Raises ValueError."""
        if not isinstance(value, Mapping):
            raise ValueError(_unlike("thresholds", "an object", value))  # noqa: TRY004 - it is content, not a call, that is wrong
        for field in ("probability", "novelty"):
            if field not in value:
                raise ValueError(
                    f"thresholds.{field}: expected a number, found nothing; the file is damaged or not ours"
                )
        return cls(probability=value["probability"], novelty=value["novelty"])


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a classifier says about one picture; ``label`` None is "not sure", and ``reason`` then says why.

    ``probability`` is that of the most probable label, ``top`` the most probable labels, best first (one or more), and
    ``novelty`` how unlike the taught pictures this one is (0 familiar to 2), or None where the model cannot tell.
    Raises ValueError for a number that is not finite or out of range, or for a label and a reason together.

    >>> Verdict("a.jpg", None, "uncertain", 0.4, (Guess("ants", 0.4),), None).to_json()["verdict"] is None
    True
    """

    path: str | None
    label: str | None
    reason: Reason | None
    probability: float
    top: tuple[Guess, ...]
    novelty: float | None

    def __post_init__(self) -> None:
        _check_probability(self.probability)
        if self.novelty is not None and not math.isfinite(self.novelty):
            raise ValueError(f"expected a finite novelty, found {self.novelty}; give None where there is none")
        if not self.top:
            raise ValueError("expected at least one guess in a verdict, found none; give top=1 or more")
        if self.reason is not None and self.reason not in get_args(Reason):
            raise ValueError(
                f"expected a reason of {get_args(Reason)}, found {self.reason!r}; give one of them or None"
            )
        if (self.label is None) == (self.reason is None):
            raise ValueError(
                f"expected a label or a reason for having none, found label {self.label!r} and reason {self.reason!r}; "
                "give exactly one"
            )

    def to_json(self) -> dict[str, Any]:
        """One line of ``seefood classify --json``."""
        return {
            "path": self.path,
            "status": "ok",
            "verdict": self.label,
            "reason": self.reason,
            "probability": float(self.probability),
            "top": [guess.to_json() for guess in self.top],
            "novelty": None if self.novelty is None else float(self.novelty),
        }


@dataclass(frozen=True, slots=True)
class Failure:
    """A picture that could not be judged, and the one line that says why.

    >>> Failure("a.jpg", "no such file").to_json()
    {'path': 'a.jpg', 'status': 'failed', 'error': 'no such file'}
    """

    path: str | None
    error: str

    def to_json(self) -> dict[str, Any]:
        """One line of ``seefood classify --json``."""
        return {"path": self.path, "status": "failed", "error": self.error}


def judge(
    path: str | None,
    labels: Sequence[str],
    probabilities: NDArray[np.floating[Any]],
    novelty: float | None,
    thresholds: Thresholds,
    top: int = 5,
) -> Verdict:
    """Turn one row of a network's output into a verdict.

    ``probabilities``: (classes,), calibrated, in the order of ``labels``. Unfamiliar goes before uncertain: how
    probable a label is means little for a picture unlike all that was taught. Equal probabilities keep the order of
    ``labels``. Raises ModelFileError for probabilities or a novelty that are not finite or out of range, ValueError
    where the shapes do not fit or ``top`` is below 1.

    >>> judge("a.jpg", ["ants", "bees"], np.array([0.25, 0.75]), None, Thresholds(0.6, None), top=1)
    Verdict(path='a.jpg', label='bees', reason=None, probability=0.75, top=(Guess(label='bees', probability=0.75),),
    novelty=None)
    """
    if probabilities.shape != (len(labels),) or not labels or top < 1:
        raise ValueError(
            f"expected one probability for each of {len(labels)} labels and top of 1 or more, found shape "
            f"{probabilities.shape} and top {top}; give one row of the model's output"
        )
    try:
        guesses = _most_probable(labels, probabilities, top)
        novelty = None if novelty is None else float(novelty)
        best = guesses[0]
        reason = _doubt(best.probability, novelty, thresholds)
        label = best.label if reason is None else None
        return Verdict(path, label, reason, best.probability, guesses, novelty)
    except ValueError as error:
        raise ModelFileError(f"the model's output for {path or 'a picture'} is unusable: {error}") from error


def _most_probable(labels: Sequence[str], probabilities: NDArray[np.floating[Any]], count: int) -> tuple[Guess, ...]:
    count = min(count, len(labels))
    cut = np.partition(probabilities, -count)[-count]
    candidates = np.flatnonzero(probabilities >= cut)
    # NaN sorts above every number and compares as false, so that each one among the largest leaves a gap here.
    if len(candidates) < count:
        raise ValueError("expected probabilities from 0 to 1, found nan; the model file is damaged")
    best = candidates[np.argsort(-probabilities[candidates], kind="stable")[:count]]
    return tuple(
        Guess(labels[index], 1.0 if 1.0 < probability <= 1.0 + _ROUNDING else probability)
        for index, probability in zip(best.tolist(), probabilities[best].tolist(), strict=True)
    )


def _doubt(probability: float, novelty: float | None, thresholds: Thresholds) -> Reason | None:
    if novelty is not None and thresholds.novelty is not None and novelty > thresholds.novelty:
        return "unfamiliar"
    return "uncertain" if probability < thresholds.probability else None


def _check_probability(probability: float) -> None:
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"expected a probability from 0 to 1, found {probability}; give a calibrated probability")


def _number(field: str, value: object, least: float, most: float) -> float:
    """``value`` as a finite float between ``least`` and ``most``; ValueError that names the field otherwise."""
    expected = f"a finite number of at least {least:g}" if most == math.inf else f"a number from {least:g} to {most:g}"
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise ValueError(_unlike(f"thresholds.{field}", expected, value))  # noqa: TRY004 - see from_json
    try:
        number = float(value)
    except OverflowError as error:
        raise ValueError(_unlike(f"thresholds.{field}", expected, "a larger one")) from error
    if not (math.isfinite(number) and least <= number <= most):
        raise ValueError(_unlike(f"thresholds.{field}", expected, value))
    return number


def _unlike(field: str, expected: str, value: object) -> str:
    found = reprlib.repr(value)
    return f"{field}: expected {expected}, found {found}; give one (a model file that says otherwise is damaged)"
