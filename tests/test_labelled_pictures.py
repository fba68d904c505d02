"""Labelled pictures in memory: what fits together is kept, what does not is refused, splits keep every class."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.datasets.naming import classes_of
from seefood.errors import DatasetError


def numbered(targets: list[int], labels: int | None = None) -> LabelledPictures:
    """Pictures of one pixel whose grey value is their place, so that it can be told where they went."""
    count = len(targets)
    pictures = np.arange(count, dtype=np.uint8).reshape(count, 1, 1, 1)
    names = tuple(f"class {number}" for number in range(max(targets) + 1 if labels is None else labels))
    return LabelledPictures(pictures, np.array(targets), names, "numbers.csv")


def places(data: LabelledPictures) -> list[int]:
    found: list[int] = data.pictures.ravel().tolist()
    return found


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"pictures": np.zeros((2, 3, 3, 1), np.float32)}, "found float32 [2, 3, 3, 1]"),
        ({"pictures": np.zeros((2, 3, 3), np.uint8)}, "found uint8 [2, 3, 3]"),
        ({"pictures": np.zeros((2, 3, 3, 2), np.uint8)}, "found uint8 [2, 3, 3, 2]"),
        ({"pictures": np.zeros((0, 3, 3, 1), np.uint8)}, "found uint8 [0, 3, 3, 1]"),
        ({"targets": np.array([0, 1, 1])}, "found int64 [3]"),
        ({"targets": np.array([0.0, 1.0])}, "found float64 [2]"),
        ({"targets": np.array([0, 2])}, "found 0 to 2"),
        ({"targets": np.array([-1, 1])}, "found -1 to 1"),
        ({"labels": ("cat", "cat")}, "a different name for every class"),
        ({"labels": ("cat", "")}, "a different name for every class"),
        ({"labels": ("cat", 7)}, "a different name for every class"),
    ],
)
def test_what_does_not_fit_together_is_refused(changed: dict[str, Any], found: str) -> None:
    whole: dict[str, Any] = {
        "pictures": np.zeros((2, 3, 3, 1), np.uint8),
        "targets": np.array([0, 1]),
        "labels": ("cat", "dog"),
    }
    assert LabelledPictures(**whole, name="n").shape == (3, 3, 1)
    with pytest.raises(DatasetError) as caught:
        LabelledPictures(**(whole | changed), name="n")
    assert str(caught.value).startswith("n: expected ")
    assert found in str(caught.value)


def test_arrays_cannot_be_changed_through_it_and_stay_with_their_maker() -> None:
    pictures = np.zeros((2, 1, 1, 1), np.uint8)
    targets: Any = np.array([0, 1], np.int32)
    data = LabelledPictures(pictures, targets, ("a", "b"), "n")
    assert data.targets is not None
    assert data.targets.dtype == np.int64
    for array in (data.pictures, data.targets):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    pictures[0] = 1
    assert np.shares_memory(pictures, data.pictures)


def test_counts_and_pictures_that_nobody_labelled() -> None:
    assert numbered([2, 0, 2, 2], labels=4).counts.tolist() == [1, 0, 3, 0]
    unlabelled = LabelledPictures(np.zeros((3, 1, 1, 3), np.uint8), None, (), "test.csv")
    for name in ("counts", "required_targets"):
        with pytest.raises(DatasetError, match="expected a label for every picture; found none, only pixels"):
            getattr(unlabelled, name)
    assert [len(part) for part in unlabelled.split(0.3, np.random.default_rng(0))] == [2, 1]
    assert unlabelled.take(np.array([1])).targets is None


def test_take_keeps_pictures_and_targets_together() -> None:
    data = numbered([0, 1, 2, 1])
    taken = data.take(np.array([3, 0, 3]))
    assert places(taken) == [3, 0, 3]
    assert taken.required_targets.tolist() == [1, 0, 1]
    assert taken.labels == data.labels
    for wrong in ([4], [-1], [], [0.5], [[0]], [True, False, True, True]):
        with pytest.raises(DatasetError, match="expected places of pictures from 0 to 3"):
            data.take(np.array(wrong))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 5), min_size=2, max_size=200).filter(lambda each: len(set(each)) < len(each)),
    st.floats(0.01, 0.99),
    st.integers(0, 5),
)
def test_a_split_loses_nothing_and_keeps_every_class(targets: list[int], share: float, seed: int) -> None:
    data = numbered(targets, labels=6)
    rest, aside = data.split(share, np.random.default_rng(seed))
    assert sorted(places(rest) + places(aside)) == list(range(len(targets)))
    for part in (rest, aside):
        assert places(part) == sorted(places(part))
        assert part.required_targets.tolist() == [targets[place] for place in places(part)]
        assert part.labels == data.labels
    for whole, kept, apart in zip(data.counts, rest.counts, aside.counts, strict=True):
        if whole:
            assert kept >= 1
        if whole >= 2:
            assert apart >= 1
        assert abs(apart - share * whole) <= 1
    again = data.split(share, np.random.default_rng(seed))
    assert [places(part) for part in again] == [places(rest), places(aside)]


def test_a_split_is_rounded_to_the_right_sum_and_differs_from_seed_to_seed() -> None:
    data = numbered([k % 10 for k in range(250)])
    splits = [data.split(0.1, np.random.default_rng(seed)) for seed in range(20)]
    assert {len(aside) for _, aside in splits} == {25}  # 2.5 of each class
    assert len({tuple(places(aside)) for _, aside in splits}) == 20
    chosen = np.bincount(np.concatenate([places(aside) for _, aside in splits]), minlength=250)
    assert chosen.max() <= 9  # of 20, expected 2: nobody is preferred
    assert (chosen[:125].sum(), chosen[125:].sum()) == pytest.approx((250, 250), abs=60)


def test_a_split_that_cannot_be_made() -> None:
    for share in (0, 1, -0.5, 2, float("nan")):
        with pytest.raises(DatasetError, match="expected a share between 0 and 1"):
            numbered([0, 0]).split(share, np.random.default_rng(0))
    with pytest.raises(DatasetError, match="expected two pictures of a class"):
        numbered([0, 1, 2]).split(0.5, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("labels", "given_names", "known", "targets", "names"),
    [
        (["10", "9", "10"], None, None, [1, 0, 1], ("9", "10")),  # as numbers
        (["b", "a", "10", "9"], None, None, [3, 2, 1, 0], ("9", "10", "a", "b")),
        (["2", "0"], None, ("x", "y", "z"), [2, 0], ("x", "y", "z")),
        (["3", "0"], None, ("x", "y", "z"), [1, 0], ("0", "3")),  # not what is known
        (["-1", "0"], None, ("x", "y", "z"), [0, 1], ("-1", "0")),
        (["2", "0"], ("a", "b", "c"), None, [2, 0], ("a", "b", "c")),
        (["2", "2"], ("0", "1", "2"), None, [2, 2], ("0", "1", "2")),  # one class only, of a test
        (["2", "3"], ("3", "2", "1"), None, [1, 0], ("3", "2", "1")),
        (["b", "b"], ("a", "b"), ("x", "y"), [1, 1], ("a", "b")),
    ],
)
def test_classes_of_labels(labels: Any, given_names: Any, known: Any, targets: list[int], names: Any) -> None:
    found, found_names = classes_of(labels, Path("p"), given_names, known)
    assert (found.tolist(), found_names) == (targets, names)
    assert found.dtype == np.int64


@pytest.mark.parametrize(
    ("labels", "given_names", "found"),
    [
        (["a", "a"], None, "two classes or more; found only 'a'"),
        (["a", "c"], ("a", "b"), "among 'a', 'b'; found 'c'"),
        (["0", "1"], ("1", "2"), "among '1', '2'; found '0'"),  # numbers that are names do not count
        (["0", "2"], ("a", "b"), "found '0', '2'"),
        ([str(number) for number in range(10_001)], None, "found 10,001 different labels"),
    ],
)
def test_classes_that_are_refused(labels: Any, given_names: Any, found: str) -> None:
    with pytest.raises(DatasetError) as caught:
        classes_of(labels, Path("p"), given_names, None)
    assert found in str(caught.value)
