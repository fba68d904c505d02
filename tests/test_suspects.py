"""Suspect labels, outliers and uneven classes: what was planted is found, honest data are left alone."""

import numpy as np
import pytest

from seefood.inspection.balance import imbalance, same_classes, too_few
from seefood.inspection.labels import doubts, sample
from seefood.inspection.outliers import strangeness, strangers
from seefood.inspection.suspects import neighbour_votes, out_of_fold, suspicion

Clouds = tuple[np.ndarray, np.ndarray]


def clouds(generator: np.random.Generator, counts: tuple[int, ...], apart: float = 2.2, size: int = 24) -> Clouds:
    """Features of classes that overlap a little, and their labels."""
    labels = np.repeat(np.arange(len(counts)), counts)
    centres = generator.normal(size=(len(counts), size))
    centres *= apart / np.linalg.norm(centres, axis=1, keepdims=True) * size**0.25
    return (centres[labels] + generator.normal(size=(len(labels), size)) + 1).astype(np.float32), labels


def flipped(labels: np.ndarray, count: int, generator: np.random.Generator) -> np.ndarray:
    """The labels with ``count`` of them changed to another class."""
    rows, classes = generator.choice(len(labels), count, replace=False), int(labels.max()) + 1
    wrong = labels.copy()
    wrong[rows] = (wrong[rows] + generator.integers(1, classes, count)) % classes
    return wrong


def suspected(features: np.ndarray, labels: np.ndarray, groups: list[int] | None = None) -> list[int]:
    own = list(range(len(labels))) if groups is None else groups
    return [one.row for one in doubts((features,), labels, own, None, np.random.default_rng(0), 2).suspects]


@pytest.mark.parametrize("counts", [(120, 120), (60, 40, 50, 30)])
@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_flipped_labels_are_suspect_and_few_others_are(counts: tuple[int, ...], share: float) -> None:
    generator = np.random.default_rng([len(counts), round(100 * share)])
    features, truth = clouds(generator, counts)
    labels = flipped(truth, round(share * len(truth)), generator)
    wrong = set(np.flatnonzero(labels != truth).tolist())
    found = set(suspected(features, labels))
    assert len(found & wrong) >= 0.8 * len(wrong)
    assert len(found - wrong) <= 0.03 * len(labels)


def test_of_honest_labels_few_are_suspect() -> None:
    generator = np.random.default_rng(1)
    features, labels = clouds(generator, (150, 100, 50))
    assert len(suspected(features, labels)) <= 0.03 * len(labels)


def test_the_right_class_is_named_and_the_surest_come_first() -> None:
    generator = np.random.default_rng(2)
    features, truth = clouds(generator, (50, 50, 50), apart=4)
    labels = flipped(truth, 6, generator)
    found = doubts((features,), labels, list(range(150)), None, generator, 1).suspects
    assert {one.row for one in found} == set(np.flatnonzero(labels != truth).tolist())
    assert all(one.looks_like == truth[one.row] for one in found)
    assert [one.lead for one in found] == sorted((one.lead for one in found), reverse=True)
    assert all(0.5 < one.confidence <= 1 for one in found)


def test_copies_do_not_vouch_for_each_other() -> None:
    """Three copies of one picture, all under the wrong class: alone in their fold, the others convict them."""
    generator = np.random.default_rng(3)
    features, labels = clouds(generator, (40, 40), apart=3)
    copies = np.repeat(features[:1], 8, axis=0)
    everything = np.concatenate([features, copies])
    wrong = np.concatenate([labels, np.ones(8, int)])
    groups = [*range(80), *[0] * 8]
    wrong[0] = 1
    found = suspected(everything, wrong, groups)
    assert set(found) >= {0, *range(80, 88)}


def test_labels_that_take_no_part_neither_teach_nor_are_judged() -> None:
    generator = np.random.default_rng(4)
    features, labels = clouds(generator, (40, 40), apart=4)
    without = labels.copy()
    without[[0, 50]] = -1
    assert suspected(features, without) == []
    lost = np.full(80, -1)
    assert suspected(features, lost) == []


def test_too_few_pictures_say_nothing() -> None:
    features, labels = clouds(np.random.default_rng(5), (2, 1), apart=4)
    assert suspected(features, labels) == []
    pairs, of_pairs = clouds(np.random.default_rng(5), (2,) * 40, apart=4)
    assert suspected(pairs, of_pairs) == []


def test_probabilities_that_are_there_are_used() -> None:
    generator = np.random.default_rng(6)
    features, labels = clouds(generator, (30, 30), apart=4)
    given = np.eye(2)[labels]
    given[7] = [0, 1]
    features[7] = features[45]
    found = doubts((features,), labels, list(range(60)), given, generator, 1).suspects
    assert [one.row for one in found] == [7]


def test_the_better_features_are_chosen() -> None:
    generator = np.random.default_rng(7)
    good, truth = clouds(generator, (60, 60), apart=4)
    useless = generator.normal(size=good.shape).astype(np.float32)
    groups = list(range(120))
    probabilities = out_of_fold([useless, good], truth, groups, generator)
    assert (probabilities.argmax(axis=1) == truth).mean() > 0.95
    assert np.allclose(probabilities.sum(axis=1), 1)


def test_no_probability_is_of_a_head_that_saw_the_label() -> None:
    """Labels of noise cannot be learned, so out of fold they are right by chance only; in the fold they would fit."""
    generator = np.random.default_rng(8)
    features, labels = generator.normal(size=(120, 200)).astype(np.float32), generator.integers(0, 2, 120)
    probabilities = out_of_fold([features], labels, list(range(120)), generator)
    assert (probabilities.argmax(axis=1) == labels).mean() < 0.65


def test_votes_are_those_of_a_loop() -> None:
    generator = np.random.default_rng(9)
    features, labels = clouds(generator, (12, 9, 9))
    groups = [0, 0, *range(1, 29)]
    votes = neighbour_votes(features, labels, groups, 3)
    directions = features / np.linalg.norm(features, axis=1, keepdims=True)
    for row in range(30):
        others = [other for other in range(30) if groups[other] != groups[row]]
        nearest = sorted(others, key=lambda other: -float(directions[row] @ directions[other]))[:8]
        assert np.allclose(votes[row], [sum(labels[other] == kind for other in nearest) / 8 for kind in range(3)])


def test_a_lead_has_to_be_clear() -> None:
    shares = np.array([[0.31, 0.69], [0.29, 0.71], [0.45, 0.55]])
    assert [one.row for one in suspicion(shares, shares, np.zeros(3, int))] == [1]


def test_the_sample_shrinks_with_the_classes() -> None:
    generator = np.random.default_rng(10)
    assert sample(500, 2, generator).tolist() == list(range(500))
    assert len(sample(30_000, 10, generator)) == 20_000
    few = sample(30_000, 400, generator)
    assert len(few) == 5_000
    assert len(set(few.tolist())) == 5_000
    assert (np.diff(few) > 0).all()


# Outliers.


def test_strangers_stand_out_and_honest_pictures_do_not() -> None:
    generator = np.random.default_rng(11)
    features, labels = clouds(generator, (100, 100), apart=6)
    features[[3, 150]] = -features[[3, 150]] + 3 * generator.normal(size=(2, 24)).astype(np.float32)
    strange = strangeness(features, labels, list(range(200)))
    assert set(strangers(strange)[:2]) == {3, 150}
    assert len(strangers(strange)) <= 2 + 4


def test_in_a_small_class_and_among_copies_nothing_stands_out() -> None:
    generator = np.random.default_rng(12)
    assert strangers(strangeness(generator.normal(size=(8, 5)), np.zeros(8, int), list(range(8)))) == []
    same = np.ones((40, 5)) + 1e-4 * generator.normal(size=(40, 5))
    same[7] += 1e-2 * generator.normal(size=5)  # a hundred times as far as the others, and yet the same to the eye
    assert strangers(strangeness(same, np.zeros(40, int), list(range(40)))) == []


def test_a_picture_is_doubted_once() -> None:
    """A stranger to its class that looks like another class is a suspect; one that looks like none is an outlier."""
    generator = np.random.default_rng(13)
    features, labels = clouds(generator, (80, 80), apart=6)
    features[[3, 4]] = features[[100, 101]] + 0.1
    strange = range(50, 55)
    features[strange] = 6 * generator.normal(size=(5, 24)).astype(np.float32)
    found = doubts((features,), labels, list(range(160)), None, generator, 1)
    suspects, outliers = {one.row for one in found.suspects}, {row for row, _ in found.outliers}
    assert suspects >= {3, 4}
    assert outliers & {*strange}
    assert suspects | outliers >= {*strange}
    assert suspects.isdisjoint(outliers)


# Counts.


def test_counts() -> None:
    assert too_few({"a": 9, "b": 10, "c": 0}) == {"c": 0, "a": 9}
    assert imbalance({"a": 3}) is None
    assert imbalance({"a": 3, "b": 0}) is None
    assert imbalance({"a": 3, "b": 12, "c": 6}) == ("b", "a", 4.0)


def test_classes_that_are_copies_of_each_other() -> None:
    labels = [0] * 10 + [1] * 10 + [2] * 100
    all_shared = [[row, row + 10] for row in range(10)]
    assert same_classes(all_shared, labels) == [(0, 1)]
    assert same_classes(all_shared[:7], labels) == []
    inside_a_larger_one = [[row, row + 20] for row in range(9)]
    assert same_classes(inside_a_larger_one, labels) == [(0, 2)]
    assert same_classes([[0, 1, 2]], labels) == []
