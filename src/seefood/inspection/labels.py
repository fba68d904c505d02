"""What is doubtful about the labels: suspects and outliers, from features and copies."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.inspection.outliers import strangeness, strangers
from seefood.inspection.suspects import FEWEST, FEWEST_IN_CLASS, Suspicion, neighbour_votes, out_of_fold, suspicion

__all__ = ["Doubts", "doubts", "sample"]

Array = NDArray[Any]

MOST_ROWS = 20_000
FEWEST_ROWS = 2_000
MOST_NUMBERS = 2_000_000
"""Pictures times classes: with more classes fewer pictures are looked at."""


@dataclass(frozen=True)
class Doubts:
    """Suspects, and outliers with their distances, as rows of what was given."""

    suspects: list[Suspicion]
    outliers: list[tuple[int, float]]


def sample(count: int, classes: int, generator: np.random.Generator) -> Array:
    """Rows whose labels are judged: all, or as many as fit, drawn by chance, in order."""
    most = min(MOST_ROWS, max(FEWEST_ROWS, MOST_NUMBERS // max(1, classes)))
    return np.arange(count) if count <= most else np.sort(generator.choice(count, most, replace=False))


def _judgeable(labels: NDArray[np.int64], groups: Sequence[int]) -> Array:
    """Whose class has enough different pictures."""
    of_each = Counter(label for label, _ in set(zip(labels.tolist(), groups, strict=True)))
    enough = [label for label, count in of_each.items() if label >= 0 and count >= FEWEST_IN_CLASS]
    return np.isin(labels, enough)


def doubts(
    choices: Sequence[Array],
    labels: NDArray[np.int64],
    groups: Sequence[int],
    given: Array | None,
    generator: np.random.Generator,
    threads: int,
) -> Doubts:
    """Who looks like another class, and who like nothing in its own.

    Args:
        choices: features [n, d], the last layer's first; others may look deeper.
        labels: [n], -1 for pictures that take no part.
        groups: [n], copies share theirs.
        given: out-of-fold probabilities [n, classes] where there are some already.
        generator: for the folds.
        threads: folds that are fitted at once.
    """
    rows = np.flatnonzero(_judgeable(labels, groups))
    kinds, own = np.unique(labels[rows], return_inverse=True)
    names = [groups[row] for row in rows.tolist()]
    last = choices[0][rows]
    found: list[Suspicion] = []
    if len(kinds) > 1 and len(set(names)) >= FEWEST:
        if given is None:
            probabilities = out_of_fold([part[rows] for part in choices], own, names, generator, threads)
        else:
            probabilities = given[np.ix_(rows, kinds)]
        votes = neighbour_votes(last, own, names, len(kinds))
        found = [
            Suspicion(int(rows[one.row]), int(kinds[one.looks_like]), one.confidence, one.lead)
            for one in suspicion(probabilities, votes, own)
        ]
    suspected = {one.row for one in found}
    strange = strangeness(last, own, names) if len(rows) else np.zeros(0)
    outliers = [(int(rows[row]), float(strange[row])) for row in strangers(strange)]
    return Doubts(found, [(row, distance) for row, distance in outliers if row not in suspected])
