"""How many pictures each class has: enough, about as many as the others, and not those of another class."""

from collections import Counter
from collections.abc import Iterable, Sequence

__all__ = ["imbalance", "same_classes", "too_few"]

FEWEST = 10
"""Different pictures of a class; of fewer, good and bad classifiers can hardly be told apart."""
NEARLY_ALL = 0.8


def too_few(counts: dict[str, int], fewest: int = FEWEST) -> dict[str, int]:
    """Classes with too few different pictures to learn from and to measure with, the fewest first.

    >>> too_few({"ants": 40, "bees": 3, "wasps": 0})
    {'wasps': 0, 'bees': 3}
    """
    return dict(sorted(((name, count) for name, count in counts.items() if count < fewest), key=lambda item: item[1]))


def imbalance(counts: dict[str, int]) -> tuple[str, str, float] | None:
    """The largest class, the smallest that has any, and how many times as many the one has; None for fewer than two.

    >>> imbalance({"ants": 40, "bees": 4, "wasps": 0})
    ('ants', 'bees', 10.0)
    """
    present = {name: count for name, count in counts.items() if count}
    if len(present) < 2:
        return None
    largest, smallest = max(present, key=lambda name: present[name]), min(present, key=lambda name: present[name])
    return largest, smallest, present[largest] / present[smallest]


def same_classes(groups: Iterable[Sequence[int]], labels: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of classes that are the same pictures: nearly all of the smaller one's have a copy in the other.

    Args:
        groups: rows that are copies of each other.
        labels: the class of each row; -1 where it has none.

    >>> same_classes([[0, 2], [1, 3]], [0, 0, 1, 1, 2])
    [(0, 1)]
    """
    sizes = Counter(label for label in labels if label >= 0)
    shared: Counter[tuple[int, int]] = Counter()
    for group in groups:
        of_each = Counter(labels[row] for row in group if labels[row] >= 0)
        for one in of_each:
            shared.update({(one, other): of_each[one] for other in of_each if other != one})
    pairs = {tuple(sorted(pair)) for pair in shared}
    found = []
    for one, other in sorted(pairs):
        smaller, larger = sorted((one, other), key=lambda label: sizes[label])
        if shared[smaller, larger] >= NEARLY_ALL * sizes[smaller]:
            found.append((one, other))
    return found
