"""Folds for cross-validation: each class spread evenly, pictures that belong together on one side."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["stratified_folds"]


def stratified_folds(
    labels: NDArray[np.int64], groups: Sequence[Hashable], folds: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """The fold of each picture, int64 [n] in 0 … folds - 1; pictures of one group share a fold.

    Groups are dealt class by class in shuffled order, the largest first, each to the fold that has fewest pictures of
    that class so far, then fewest pictures.

    >>> folds = stratified_folds(np.array([0, 0, 0, 1, 1]), ["a", "a", "b", "c", "d"], 2, np.random.default_rng(0))
    >>> bool(folds[0] == folds[1] != folds[2]), bool(folds[3] != folds[4])
    (True, True)
    """
    members: dict[Hashable, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    classes = int(labels.max(initial=-1)) + 1
    counts = np.zeros((folds, classes), np.int64)
    assigned = np.empty(len(labels), np.int64)
    shuffled = [list(members.values())[index] for index in generator.permutation(len(members))]
    for together in sorted(shuffled, key=lambda indices: (int(labels[indices[0]]), -len(indices))):
        of_each_class = np.bincount(labels[together], minlength=classes)
        main = int(of_each_class.argmax())
        fold = int(np.lexsort((counts.sum(axis=1), counts[:, main]))[0])
        counts[fold] += of_each_class
        assigned[together] = fold
    return assigned
