"""How far a share that was counted on a few pictures can be trusted."""

import math
from statistics import NormalDist

__all__ = ["wilson_interval"]


def wilson_interval(correct: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """The interval that holds the true share when ``correct`` of ``total`` pictures were right.

    Wilson's score interval (E. B. Wilson 1927, "Probable inference, the law of succession, and statistical
    inference"), which stays inside 0 to 1 and keeps its promise for few pictures and for shares near 0 or 1, where the
    usual ± does not. No pictures say nothing: (0, 1). Raises ValueError for counts that cannot be or a confidence
    outside 0 to 1.

    >>> low, high = wilson_interval(20, 20)
    >>> round(low, 3), high
    (0.839, 1.0)
    """
    if not 0 <= correct <= total:
        raise ValueError(f"expected 0 ≤ correct ≤ total, found {correct} of {total}; count the pictures again")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"expected a confidence between 0 and 1, found {confidence}; 0.95 is usual")
    if total == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1.0 + confidence) / 2.0)
    share = correct / total
    spread = z * math.sqrt(share * (1.0 - share) / total + (z / (2.0 * total)) ** 2)
    centre = share + z * z / (2.0 * total)
    scale = 1.0 + z * z / total
    # At the ends the bound is 0 or 1 exactly; rounding would leave it a hair to one side.
    low = 0.0 if correct == 0 else (centre - spread) / scale
    high = 1.0 if correct == total else (centre + spread) / scale
    return low, high
