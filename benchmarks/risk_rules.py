"""Rules that choose a threshold of probability for a promised risk: the one in use, and what else was tried."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import binom

from seefood.evaluation import CoveragePoint, needed_probability

Rule = Callable[[Sequence[CoveragePoint], float], CoveragePoint | None]


def bounded(confidence: float) -> Rule:
    """The point that answers most of those whose upper confidence bound of the risk is low enough.

    The bound is Clopper and Pearson's exact one for a share; the surest answers come first, and the first point that
    breaks the promise ends the search, so that trying many points does not spend the confidence (fixed sequence
    testing: Angelopoulos et al. 2021, "Learn then test", section 4). Points with so few answers that none of them
    being wrong would prove nothing are passed over.
    """

    def rule(curve: Sequence[CoveragePoint], risk: float) -> CoveragePoint | None:
        points = sorted(curve, key=lambda point: point.answered)
        answered = np.array([point.answered for point in points])
        provable = (1 - risk) ** answered <= 1 - confidence
        kept = binom.cdf([point.wrong for point in points], answered, risk) <= 1 - confidence
        broken = np.flatnonzero(provable & ~kept)
        held = np.flatnonzero(provable[: broken[0] if len(broken) else None])
        return points[held[-1]] if len(held) else None

    return rule


def first_break(curve: Sequence[CoveragePoint], risk: float) -> CoveragePoint | None:
    """The rule in use, but from the surest answers on and only as far as every point keeps the promise."""
    chosen = None
    for point in sorted(curve, key=lambda point: point.answered):
        if (point.wrong + 1) / (point.answered + 1) <= risk:
            chosen = point
        elif chosen is not None or point.wrong / point.answered > risk:
            break
    return chosen


def smoothed(curve: Sequence[CoveragePoint], risk: float) -> CoveragePoint | None:
    """Two wrong answers more than were seen."""
    allowed = [point for point in curve if point.answered and (point.wrong + 2) / (point.answered + 2) <= risk]
    return max(allowed, key=lambda point: point.answered, default=None)


RULES: dict[str, Rule] = {
    "in use, (wrong + 1) / (answered + 1)": needed_probability,
    "the same, up to the first break": first_break,
    "(wrong + 2) / (answered + 2)": smoothed,
    "bound of confidence 0.8": bounded(0.8),
    "bound of confidence 0.9": bounded(0.9),
}
