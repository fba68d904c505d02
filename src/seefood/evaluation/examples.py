"""Pictures to show for each kind of answer: the most and the least probable of them, in bounded memory."""

import heapq
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass

from seefood.verdicts import Verdict

__all__ = ["Case", "Examples"]

MOST = 12


@dataclass(frozen=True, slots=True)
class Case:
    """One picture: what it really is, and what was said about it."""

    path: str | None
    label: str
    verdict: Verdict


class Examples:
    """Of the cases under each key the ``most`` most probable and as many of the least probable.

    >>> from seefood.verdicts import Guess
    >>> examples = Examples(most=1)
    >>> for share in (0.6, 0.7, 0.8):
    ...     verdict = Verdict(None, "bees", None, share, (Guess("bees", share),), None)
    ...     examples.add("key", Case(f"{share}.jpg", "bees", verdict))
    >>> [case.path for case in examples.cases()]
    ['0.8.jpg', '0.6.jpg']
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._added = 0
        self._highest: defaultdict[Hashable, list[tuple[float, int, Case]]] = defaultdict(list)
        self._lowest: defaultdict[Hashable, list[tuple[float, int, Case]]] = defaultdict(list)

    def add(self, key: Hashable, case: Case) -> None:
        """Keep the case for as long as no others are more probable, or less."""
        self._added += 1
        for heap, sign in ((self._highest[key], 1), (self._lowest[key], -1)):
            item = (sign * case.verdict.probability, -self._added, case)  # of equals the first is kept
            if len(heap) < self._most:
                heapq.heappush(heap, item)
            else:
                heapq.heappushpop(heap, item)

    def cases(self) -> tuple[Case, ...]:
        """What is kept, each once, the most probable first."""
        heaps = [*self._highest.values(), *self._lowest.values()]
        kept = {-number: case for heap in heaps for _, number, case in heap}
        return tuple(
            kept[number] for number in sorted(kept, key=lambda number: (-kept[number].verdict.probability, number))
        )
