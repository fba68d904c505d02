"""The threshold of probability that keeps a stated risk, read from a score card."""

import math
from collections.abc import Sequence
from dataclasses import replace

from seefood.errors import DatasetError, ModelFileError
from seefood.evaluation import CoveragePoint, Evaluation, needed_probability, wilson_interval
from seefood.verdicts import Reason, Verdict

__all__ = ["answering_at", "check_promise", "point_at"]

SURELY, FINEST = 0.999999, 2.0**-20
"""Between these two risks the lowest that a curve can promise is looked for."""
MOST_TENTHS = 10 << 20


def point_at(score: Evaluation | None, risk: float) -> CoveragePoint:
    """The point of a score card's curve that answers most pictures at this risk.

    Raises:
        ModelFileError: there is no score card, or none with a curve.
        DatasetError: no threshold keeps it; the message says what can be kept, and how many pictures it would take.
        ValueError: a risk that is not between 0 and 1.
    """
    score = _with_curve(score)
    point = needed_probability(score.risk_coverage, risk)
    if point is None:
        raise DatasetError(
            f"expected a threshold at which at most {risk:g} of the answers are wrong; found none on "
            f"{score.pictures} pictures, {_reachable(score.risk_coverage)}; {_advice(score, risk)}"
        )
    return point


def check_promise(risk: float, pictures: int) -> None:
    """Whether so many pictures could promise this risk, were every one of them right: known before anything is taught.

    Raises:
        DatasetError: they could not; the message says how many could.
        ValueError: a risk that is not between 0 and 1.

    >>> check_promise(0.05, 19)
    >>> check_promise(0.05, 18)
    Traceback (most recent call last):
    seefood.errors.DatasetError: expected 19 pictures or more for at most 0.05 of the answers to be wrong; found 18, \
where the lowest risk that can be promised is 0.053, were all of them right; accept more, or teach more pictures
    """
    best = CoveragePoint(1.0, pictures, 0, pictures)
    if needed_probability([best], risk) is None:
        needed = math.ceil(round(1 / risk, 6)) - 1
        raise DatasetError(
            f"expected {needed} pictures or more for at most {risk:g} of the answers to be wrong; found {pictures}, "
            f"{_reachable([best])}, were all of them right; accept more, or teach more pictures"
        )


def answering_at(score: Evaluation | None, risk: float) -> tuple[CoveragePoint, Evaluation]:
    """That point, and the score card of a classifier that answers from there on.

    Who is unfamiliar stays so; of the others, all that are less probable are uncertain. Raises as ``point_at``.
    """
    score = _with_curve(score)
    point = point_at(score, risk)
    unsure, right = point.pictures - point.answered, point.answered - point.wrong
    unfamiliar = min(unsure, score.unsure_reasons.get("unfamiliar", 0))
    return point, replace(
        score,
        unsure=unsure,
        unsure_reasons={"uncertain": unsure - unfamiliar, "unfamiliar": unfamiliar},
        accuracy_when_sure=right / point.answered,
        interval_when_sure=wilson_interval(right, point.answered),
        wrong=tuple(
            replace(mistake, reason=_doubt(mistake.reason, mistake.probability, point)) for mistake in score.wrong
        ),
        examples=tuple(replace(case, verdict=_judged_again(case.verdict, point)) for case in score.examples),
    )


def _doubt(reason: Reason | None, probability: float, point: CoveragePoint) -> Reason | None:
    if reason == "unfamiliar":
        return reason
    return "uncertain" if probability < point.probability else None


def _judged_again(verdict: Verdict, point: CoveragePoint) -> Verdict:
    reason = _doubt(verdict.reason, verdict.probability, point)
    return replace(verdict, reason=reason, label=verdict.top[0].label if reason is None else None)


def _with_curve(score: Evaluation | None) -> Evaluation:
    if score is None or not score.risk_coverage:
        found = "a network that was not taught here" if score is None else "one that does not"
        raise ModelFileError(
            "expected a model whose score card says how often it is wrong at which probability; "
            f"found {found}; teach one with 'seefood train'"
        )
    return score


def _reachable(curve: Sequence[CoveragePoint]) -> str:
    """The lowest risk that there is a threshold for, in words."""
    if needed_probability(curve, SURELY) is None:
        return "where no risk can be promised"
    low, high = FINEST, SURELY
    while high - low > high / 1000:
        middle = (low + high) / 2
        low, high = (low, middle) if needed_probability(curve, middle) is not None else (middle, high)
    return f"where the lowest risk that can be promised is {_rounded_up(high)}"


def _rounded_up(risk: float) -> str:
    """Two digits that count, upwards, so that what is read can be promised."""
    digits = 1 - math.floor(math.log10(risk))
    return f"{math.ceil(risk * 10**digits) / 10**digits:.{digits}f}"


def _advice(score: Evaluation, risk: float) -> str:
    needed = _pictures_needed(score, risk)
    return (
        "accept more, or teach better pictures: more of the same would not do"
        if needed is None
        else f"accept more, or teach about {needed} pictures like these"
    )


def _pictures_needed(score: Evaluation, risk: float) -> int | None:
    """How many pictures of the same kind would be enough, were they as often right; None where no number is."""

    def is_enough(tenths: int) -> bool:
        curve = [_scaled(point, tenths) for point in score.risk_coverage]
        return needed_probability(curve, risk) is not None

    low, high = 10, 20
    while not is_enough(high):
        low, high = high, high * 2
        if high > MOST_TENTHS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return math.ceil(high * score.pictures / 10)


def _scaled(point: CoveragePoint, tenths: int) -> CoveragePoint:
    """The point of a curve of so many tenths of the pictures; wrong answers are rounded up."""
    answered, pictures = point.answered * tenths // 10, math.ceil(point.pictures * tenths / 10)
    return CoveragePoint(point.probability, answered, min(answered, math.ceil(point.wrong * tenths / 10)), pictures)
