"""Groups of pictures that are the same, and what is wrong with them: two classes in one group, or two splits."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["joined", "merged", "mixed", "same_content"]

Name = TypeVar("Name", bound=Hashable)


class _Union:
    """Which rows hang together (union-find); each group goes by the name of one of its rows."""

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}

    def name(self, row: int) -> int:
        """The row in whose name its group goes."""
        parent = self._parents.setdefault(row, row)
        while parent != row:
            self._parents[row] = row = self._parents[parent]
            parent = self._parents[row]
        return row

    def join(self, keeper: int, other: int) -> None:
        """One group of two, under the first one's name."""
        self._parents[self.name(other)] = self.name(keeper)

    def groups(self) -> list[list[int]]:
        """Groups of two or more, rows in order, groups by their first row."""
        found: dict[int, list[int]] = {}
        for row in sorted(self._parents):
            found.setdefault(self.name(row), []).append(row)
        return sorted(group for group in found.values() if len(group) > 1)


def same_content(digests: Sequence[str]) -> list[list[int]]:
    """Groups of rows with the same digest, two or more in each.

    >>> same_content(["a", "b", "a"])
    [[0, 2]]
    """
    rows: dict[str, list[int]] = {}
    for row, digest in enumerate(digests):
        rows.setdefault(digest, []).append(row)
    return [group for group in rows.values() if len(group) > 1]


def merged(pairs: NDArray[Any], still_alike: Callable[[int, int], bool]) -> list[list[int]]:
    """Groups along pairs [n, 2], the surest pairs first.

    Two pictures of a pair are a group. A group grows by a pair only where the picture in whose name it goes is also
    ``still_alike`` the newcomer's: otherwise frames of a film, each like the next, would become one.

    >>> merged(np.array([[0, 1], [1, 2], [5, 6]]), lambda one, other: abs(one - other) < 2)
    [[0, 1], [5, 6]]
    """
    union = _Union()
    sizes: dict[int, int] = {}
    for first, second in np.asarray(pairs).tolist():
        one, other = union.name(first), union.name(second)
        if one == other:
            continue
        if sizes.get(other, 1) > sizes.get(one, 1):
            one, other = other, one
        if {one, other} == {first, second} or still_alike(one, other):
            union.join(one, other)
            sizes[one] = sizes.get(one, 1) + sizes.get(other, 1)
    return union.groups()


def joined(*lists: Iterable[Sequence[int]]) -> list[list[int]]:
    """Groups that share a row become one.

    >>> joined([[0, 1], [4, 5]], [[1, 2]])
    [[0, 1, 2], [4, 5]]
    """
    union = _Union()
    for groups in lists:
        for group in groups:
            for row in group[1:]:
                union.join(group[0], row)
    return union.groups()


def mixed(groups: Iterable[Sequence[int]], names: Sequence[Name | None]) -> list[list[int]]:
    """Those groups whose rows have two or more different names, None left aside.

    >>> mixed([[0, 1], [2, 3]], ["ants", "ants", "ants", "bees"])
    [[2, 3]]
    """
    return [list(group) for group in groups if len({names[row] for row in group} - {None}) > 1]
