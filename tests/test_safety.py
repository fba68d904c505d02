"""Whether a change keeps labels true: small worlds of features in which the answer is known."""

from typing import Any

import numpy as np
import pytest

from seefood.heads.safety import Effect, Moved, SafetyProbe
from seefood.heads.selection import joined, select

Array = np.ndarray[Any, np.dtype[Any]]

OF_EACH, DIMENSIONS = 40, 12


def world(seed: int, classes: int = 3, spread: float = 0.3) -> tuple[Array, Array, Array]:
    """Clouds at the ends of the first axes: features float32, labels, folds."""
    generator = np.random.default_rng(seed)
    labels = np.repeat(np.arange(classes), OF_EACH)
    features = np.eye(DIMENSIONS)[labels] + generator.normal(0, spread, (len(labels), DIMENSIONS))
    return features.astype(np.float32), labels, np.arange(len(labels)) % 5


def probe(features: Array, labels: Array, folds: Array) -> SafetyProbe:
    return SafetyProbe(features, labels, folds, np.ones(len(labels)), 0.1)


def exchanged(features: Array, first: int, second: int) -> Array:
    """What makes class ``first`` look like class ``second`` and the other way round, and no other class change."""
    order = np.arange(features.shape[1])
    order[[first, second]] = second, first
    return features[:, order]


@pytest.mark.parametrize("seed", range(5))
def test_a_change_that_makes_one_class_another_is_unsafe(seed: int) -> None:
    features, labels, folds = world(seed)
    effect = probe(features, labels, folds).effect(exchanged(features, 0, 2)[:, np.newaxis])
    assert effect.safety == "unsafe"
    assert {(pair.source, pair.target) for pair in effect.moved} == {(0, 2), (2, 0)}
    assert all(pair.view == 0 and pair.worse > 0 and pair.errors > 3 for pair in effect.moved)
    assert effect.loss[1] > effect.loss[0]
    assert effect.accuracy[1] < effect.accuracy[0]


def test_one_bad_view_of_many_is_named() -> None:
    features, labels, folds = world(1)
    views = np.stack([features, features, exchanged(features, 0, 1)], axis=1)
    effect = probe(features, labels, folds).effect(views)
    assert effect.safety == "unsafe"
    assert {pair.view for pair in effect.moved} == {2}


@pytest.mark.parametrize("seed", range(5))
def test_who_is_only_confused_learns_from_it(seed: int) -> None:
    """Pictures of class 2 happen to be a little brighter; brightened, all look like it, until that is learned."""
    features, labels, folds = world(seed, spread=0.15)
    brightness = DIMENSIONS - 1
    features[:, brightness] = np.where(labels == 2, 0.7, 0) + np.random.default_rng(seed).normal(0, 0.1, len(labels))
    brighter = features.copy()
    brighter[:, brightness] += 4
    effect = probe(features, labels, folds).effect(brighter[:, np.newaxis])
    assert {(pair.source, pair.target) for pair in effect.moved} == {(0, 2), (1, 2)}
    assert all(pair.count == pair.of for pair in effect.moved)
    assert effect.safety != "unsafe"
    assert effect.accuracy[1] >= effect.accuracy[0] - 0.01


def test_copies_that_are_no_different_change_nothing() -> None:
    features, labels, folds = world(0)
    effect = probe(features, labels, folds).effect(np.stack([features, features], axis=1))
    assert effect.moved == ()
    assert effect.loss[0] == pytest.approx(effect.loss[1], abs=1e-5)
    assert effect.safety == "no gain"  # however certain the last digit may be


def test_more_of_the_same_kind_helps() -> None:
    """Few pictures, much noise, and copies with other noise: what augmentation is for."""
    features, labels, folds = world(3, spread=0.45)
    centres = np.eye(DIMENSIONS, dtype=np.float32)[labels]
    noise = np.random.default_rng(9).normal(0, 0.45, (len(labels), 8, DIMENSIONS)).astype(np.float32)
    effect = probe(features, labels, folds).effect(centres[:, np.newaxis] + noise)
    assert effect.safety == "helps"
    assert effect.loss[1] < effect.loss[0]


def test_counts_are_those_of_pictures_that_were_told_right() -> None:
    """With clouds far apart every picture is told right, and all of class 0 go over."""
    features, labels, folds = world(0, spread=0.01)
    effect = probe(features, labels, folds).effect(exchanged(features, 0, 1)[:, np.newaxis])
    assert [(pair.source, pair.target, pair.count, pair.of) for pair in effect.moved] == [
        (0, 1, OF_EACH, OF_EACH),
        (1, 0, OF_EACH, OF_EACH),
    ]
    assert effect.fewest == OF_EACH


def test_names_of_classes_do_not_matter() -> None:
    features, labels, folds = world(2)
    renamed = (labels + 1) % 3
    first = probe(features, labels, folds).effect(exchanged(features, 0, 2)[:, np.newaxis])
    second = probe(features, renamed, folds).effect(exchanged(features, 0, 2)[:, np.newaxis])
    assert {((pair.source + 1) % 3, (pair.target + 1) % 3, pair.count) for pair in first.moved} == {
        (pair.source, pair.target, pair.count) for pair in second.moved
    }


def pair(errors: float, worse: float) -> Moved:
    return Moved(0, 0, 1, 30, 40, worse, errors)


@pytest.mark.parametrize(
    ("effect", "safety"),
    [
        (Effect((pair(5.0, 0.3),), (0.3, 0.2), (0.9, 0.95), -3.0, 40), "unsafe"),  # one pair is enough
        (Effect((pair(-2.0, -0.1), pair(5.0, 0.3)), (0.3, 0.2), (0.9, 0.95), -3.0, 40), "unsafe"),
        (Effect((pair(0.5, 0.04),), (0.3, 0.2), (0.9, 0.95), -3.0, 40), "doubtful"),
        (Effect((pair(2.5, 0.001),), (0.3, 0.2), (0.9, 0.95), -3.0, 40), "helps"),  # a rise that means nothing
        (Effect((pair(-2.0, -0.1),), (0.3, 0.2), (0.9, 0.95), -3.0, 40), "helps"),
        (Effect((), (0.3, 0.2), (0.9, 0.95), -3.0, 3), "doubtful"),  # three pictures of a class cannot tell
        (Effect((), (0.3, 0.3), (0.9, 0.9), 0.2, 40), "no gain"),
        (Effect((), (0.3, 0.298), (0.9, 0.9), -4.0, 40), "no gain"),  # certain, and nothing to speak of
        (Effect((), (0.3, 0.302), (0.9, 0.9), 4.0, 40), "no gain"),
        (Effect((), (0.3, 0.31), (0.9, 0.9), 2.0, 40), "hurts"),
        (Effect((), (0.3, 0.4), (0.9, 0.9), 1.2, 40), "hurts"),
        (Effect((), (0.3, 0.4), (0.9, 0.8), 2.0, 40), "doubtful"),  # perhaps labels change, and nobody saw where to
    ],
)
def test_what_to_make_of_it(effect: Effect, safety: str) -> None:
    assert effect.safety == safety


# Copies in the choice of a head.


SIZES = {1: 6, 2: DIMENSIONS}


def test_copies_that_are_the_pictures_themselves_choose_the_same_head() -> None:
    """Each picture and its copy share one picture's importance, so the loss that is minimised is the same."""
    features, labels, folds = world(4, spread=0.5)
    importance = np.random.default_rng(0).uniform(0.5, 2, len(labels))
    plain = select(features, SIZES, labels, folds, importance, 1)
    twice = select(features, SIZES, labels, folds, importance, 1, features[:, np.newaxis])
    assert (twice.depths, twice.penalty) == (plain.depths, plain.penalty)
    np.testing.assert_allclose(twice.regression.weights, plain.regression.weights, atol=2e-2)
    np.testing.assert_allclose(twice.out_of_fold, plain.out_of_fold, atol=2e-2)


def test_a_copy_never_teaches_about_its_own_picture() -> None:
    """Labels are drawn by lot, and each picture is like its copies alone: who may look at them would know the label."""
    generator = np.random.default_rng(5)
    features = generator.normal(size=(120, 40)).astype(np.float32)
    labels = generator.integers(0, 2, 120)
    folds = np.arange(120) % 5
    views = np.repeat(features[:, np.newaxis], 3, axis=1) + generator.normal(0, 0.01, (120, 3, 40)).astype(np.float32)
    selected = select(features, {1: 40}, labels, folds, np.ones(120), 1, views)
    assert (selected.out_of_fold.argmax(axis=1) == labels).mean() < 0.7
    assert selected.out_of_fold.shape == (120, 2)


def test_of_two_ways_the_better_one_is_taken() -> None:
    features, labels, folds = world(6, spread=0.6)
    centres = np.eye(DIMENSIONS, dtype=np.float32)[labels]
    noise = np.random.default_rng(1).normal(0, 0.6, (len(labels), 8, DIMENSIONS)).astype(np.float32)
    plain = select(features, SIZES, labels, folds, np.ones(len(labels)), 1)
    richer = select(features, SIZES, labels, folds, np.ones(len(labels)), 1, centres[:, np.newaxis] + noise)
    worse = select(features, SIZES, labels, folds, np.ones(len(labels)), 1, exchanged(features, 0, 1)[:, np.newaxis])
    assert richer.loss < plain.loss < worse.loss
    for second, better in ((richer, richer), (worse, plain)):
        found = joined(plain, second, labels, folds)
        assert found.regression is better.regression
        assert found.loss == better.loss
        assert len(found.tried) == len(plain.tried) + len(second.tried)
    np.testing.assert_allclose(joined(plain, worse, labels, folds).out_of_fold, plain.out_of_fold)
