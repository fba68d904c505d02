"""Scores against SciPy, a loop written out, hand-counted examples and properties."""

import json
import math
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from seefood.errors import DatasetError
from seefood.evaluation import (
    Evaluation,
    Scorer,
    expected_calibration_error,
    needed_probability,
    risk_coverage,
    wilson_interval,
)
from seefood.verdicts import Failure, Guess, Reason, Verdict

LABELS = ("ants", "bees", "wasps")
Case = tuple[str, Verdict | Failure]


def verdict(label: str, probability: float, reason: Reason | None = None, path: str | None = None) -> Verdict:
    return Verdict(path, None if reason else label, reason, probability, (Guess(label, probability),), None)


def evaluated(cases: list[Case], labels: tuple[str, ...] = LABELS) -> Evaluation:
    scorer = Scorer(labels)
    for true, outcome in cases:
        scorer.add(true, outcome)
    return scorer.evaluation()


verdicts = st.builds(
    verdict,
    st.sampled_from(LABELS),
    st.floats(0, 1),
    st.sampled_from([None, "uncertain", "unfamiliar"]),
    st.none() | st.text("abc", max_size=3),
)
cases = st.lists(
    st.tuples(st.sampled_from(LABELS), verdicts | st.builds(Failure, st.just("x.jpg"), st.just("broken"))), max_size=40
)


# --- intervals


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize(
    ("correct", "total"), [(0, 1), (1, 1), (20, 20), (0, 7), (13, 20), (146, 153), (9_999, 10_000)]
)
def test_wilson_is_scipys(correct: int, total: int, confidence: float) -> None:
    expected = binomtest(correct, total).proportion_ci(confidence, method="wilson")
    assert wilson_interval(correct, total, confidence) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_of_nothing() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)


@given(total=st.integers(1, 10**9), share=st.floats(0, 1))
def test_wilson_holds_the_share(total: int, share: float) -> None:
    correct = round(total * share)
    low, high = wilson_interval(correct, total)
    assert 0.0 <= low <= correct / total <= high <= 1.0


@pytest.mark.parametrize(("correct", "total", "confidence"), [(2, 1, 0.95), (-1, 1, 0.95), (1, 2, 0.0), (1, 2, 1.0)])
def test_wilson_refuses(correct: int, total: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        wilson_interval(correct, total, confidence)


# --- calibration


def error_by_hand(probabilities: list[float], correct: list[bool], bins: int) -> float:
    total = 0.0
    for index in range(bins):
        low, high = index / bins, (index + 1) / bins
        inside = [i for i, p in enumerate(probabilities) if low < p <= high or (index == 0 and p == 0.0)]
        if inside:
            accuracy = sum(correct[i] for i in inside) / len(inside)
            confidence = sum(probabilities[i] for i in inside) / len(inside)
            total += len(inside) / len(probabilities) * abs(accuracy - confidence)
    return total


on_an_edge = st.sampled_from([index / 15 for index in range(16)] + [0.1, 0.2, 0.5])


@given(st.lists(st.tuples(st.floats(0, 1) | on_an_edge, st.booleans()), min_size=1, max_size=60), st.integers(1, 20))
def test_calibration_error_is_the_loop(rows: list[tuple[float, bool]], bins: int) -> None:
    probabilities, correct = [row[0] for row in rows], [row[1] for row in rows]
    expected = error_by_hand(probabilities, correct, bins)
    assert expected_calibration_error(probabilities, correct, bins) == pytest.approx(expected, abs=1e-12)


def test_calibration_error_by_hand() -> None:
    # Two bins: 0.9 promised and 1.0 kept, twice; 0.6 promised and 0.5 kept, twice.
    assert expected_calibration_error([0.9, 0.9, 0.6, 0.6], [True, True, True, False]) == pytest.approx(0.1)


def test_calibration_error_of_nothing() -> None:
    assert expected_calibration_error([], []) is None


@pytest.mark.parametrize(
    ("probabilities", "correct", "bins"),
    [
        ([0.5], [True, False], 15),
        ([[0.5]], [[True]], 15),
        ([np.nan], [True], 15),
        ([1.1], [True], 15),
        ([0.5], [True], 0),
    ],
)
def test_calibration_error_refuses(probabilities: list[float], correct: list[bool], bins: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        expected_calibration_error(probabilities, correct, bins)


# --- the scorer


def test_counted_by_hand() -> None:
    score = evaluated(
        [
            ("ants", verdict("ants", 0.9)),
            ("ants", verdict("ants", 0.4, "uncertain")),
            ("ants", verdict("bees", 0.7, path="b.jpg")),
            ("bees", verdict("bees", 0.8)),
            ("bees", verdict("ants", 0.95, "unfamiliar", "a.jpg")),
            ("bees", Failure("broken.jpg", "truncated")),
        ]
    )
    assert (score.pictures, score.accuracy, score.baseline) == (5, 0.6, 0.6)
    ends = binomtest(3, 5).proportion_ci(method="wilson")
    assert score.interval == pytest.approx((ends.low, ends.high))
    assert score.accuracy_when_sure == 2 / 3
    assert (score.unsure, score.unsure_reasons) == (2, {"uncertain": 1, "unfamiliar": 1})
    ants, bees, wasps = (score.per_class[label] for label in LABELS)
    assert (ants.precision, ants.recall, ants.pictures) == (2 / 3, 2 / 3, 3)
    assert (bees.precision, bees.recall, bees.pictures) == (0.5, 0.5, 2)
    assert (wasps.precision, wasps.recall, wasps.pictures) == (None, None, 0)
    assert score.confusion.counts == ((2, 1, 0), (1, 1, 0), (0, 0, 0))
    points = [(point.probability, point.answered, point.wrong, point.pictures) for point in score.risk_coverage]
    assert points == [(0.4, 4, 1, 5), (0.7, 3, 1, 5), (0.8, 2, 0, 5), (0.9, 1, 0, 5)]  # never the unfamiliar one
    kept = [(part.probability, part.accuracy) for part in score.calibration]
    assert kept == [pytest.approx(pair) for pair in ((0.4, 1), (0.7, 0), (0.8, 1), (0.9, 1), (0.95, 0))]
    assert {part.pictures for part in score.calibration} == {1}
    told = json.loads(json.dumps(score.to_json(), allow_nan=False))
    assert told.pop("calibration")[0] == pytest.approx(
        {"low": 5 / 15, "high": 6 / 15, "pictures": 1, "probability": 0.4, "accuracy": 1}
    )
    curve = told.pop("risk_coverage")
    assert curve[0] == {"probability": 0.4, "answered": 4, "wrong": 1, "coverage": 0.8, "risk": 0.25}
    assert told == {
        "pictures": 5,
        "accuracy": 0.6,
        "interval": list(score.interval),
        "baseline": 0.6,
        "accuracy_when_sure": 2 / 3,
        "interval_when_sure": list(score.interval_when_sure),
        "per_class": {
            "ants": {"precision": 2 / 3, "recall": 2 / 3, "pictures": 3},
            "bees": {"precision": 0.5, "recall": 0.5, "pictures": 2},
            "wasps": {"precision": None, "recall": None, "pictures": 0},
        },
        "confusion": {"labels": list(LABELS), "counts": [[2, 1, 0], [1, 1, 0], [0, 0, 0]]},
        "unsure": 2,
        "unsure_reasons": {"uncertain": 1, "unfamiliar": 1},
        "calibration_error": pytest.approx(
            error_by_hand([0.9, 0.4, 0.7, 0.8, 0.95], [True, True, False, True, False], 15)
        ),
        "failed": [{"path": "broken.jpg", "error": "truncated"}],
        "wrong": [
            {"path": "a.jpg", "label": "bees", "verdict": "ants", "probability": 0.95, "reason": "unfamiliar"},
            {"path": "b.jpg", "label": "ants", "verdict": "bees", "probability": 0.7, "reason": None},
        ],
    }


def test_examples_are_the_ends_of_each_cell() -> None:
    generator = random.Random(1)
    rows = [(generator.choice(LABELS), generator.choice(LABELS), generator.random()) for _ in range(2000)]
    score = evaluated(
        [(true, verdict(said, probability, path=str(number))) for number, (true, said, probability) in enumerate(rows)]
    )
    wanted: set[str] = set()
    for cell in {(true, said) for true, said, _ in rows}:
        inside = sorted(
            (probability, str(number)) for number, (*of, probability) in enumerate(rows) if tuple(of) == cell
        )
        wanted |= {path for _, path in inside[:12] + inside[-12:]}
    assert {case.path for case in score.examples} == wanted
    assert len(score.examples) == len(wanted) == 9 * 24


def curve_by_hand(rows: list[tuple[float, bool, bool]], threshold: float) -> tuple[int, int]:
    answered = [right for probability, right, familiar in rows if familiar and probability >= threshold]
    return len(answered), answered.count(False)


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.6, 0.7, 0.99]) | st.floats(0, 1), st.booleans(), st.booleans())))
def test_each_point_of_the_curve_is_a_count(rows: list[tuple[float, bool, bool]]) -> None:
    probabilities, right, familiar = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    curve = risk_coverage(probabilities, right, familiar)
    assert [(point.answered, point.wrong) for point in curve] == [
        curve_by_hand(rows, point.probability) for point in curve
    ]
    assert {point.probability for point in curve} == {p for p, _, known in rows if known}


def test_a_long_curve_keeps_its_ends() -> None:
    generator = np.random.default_rng(0)
    probabilities, right = generator.random(5000), generator.random(5000) < 0.9
    curve = risk_coverage(probabilities, right, np.ones(5000, bool))
    assert len(curve) <= 200
    assert (curve[0].answered, curve[0].wrong, curve[-1].answered) == (5000, int((~right).sum()), 1)


@pytest.mark.parametrize(("risk", "answered"), [(0.5, 4), (0.39, 2), (0.3, None)])
def test_the_threshold_for_a_risk(risk: float, answered: int | None) -> None:
    """By hand: (1 + 1) / (4 + 1) = 0.4, (1 + 1) / (3 + 1) = 0.5, (0 + 1) / (2 + 1) = 0.33, (0 + 1) / (1 + 1) = 0.5."""
    curve = risk_coverage([0.9, 0.8, 0.7, 0.4], [True, True, False, True], [True] * 4)
    point = needed_probability(curve, risk)
    assert (None if point is None else point.answered) == answered


@pytest.mark.parametrize("risk", [0, 1, -0.1, math.nan])
def test_no_risk_at_all_cannot_be_promised(risk: float) -> None:
    with pytest.raises(ValueError, match="expected a risk between 0 and 1"):
        needed_probability((), risk)


def test_nothing_was_added() -> None:
    score = evaluated([])
    assert (score.pictures, score.accuracy, score.baseline, score.calibration_error) == (0, None, None, None)
    assert (score.interval, score.accuracy_when_sure) == ((0.0, 1.0), None)
    json.dumps(score.to_json(), allow_nan=False)


def test_only_failures() -> None:
    score = evaluated([("ants", Failure("a.jpg", "gone"))])
    assert (score.pictures, score.accuracy, [failure.path for failure in score.failed]) == (0, None, ["a.jpg"])


@given(cases)
@settings(deadline=None)
def test_sums_agree(rows: list[Case]) -> None:
    score = evaluated(rows)
    judged = [(true, outcome) for true, outcome in rows if isinstance(outcome, Verdict)]
    counted = Counter((true, outcome.top[0].label) for true, outcome in judged)
    assert {
        (true, predicted): score.confusion.counts[row][column]
        for row, true in enumerate(LABELS)
        for column, predicted in enumerate(LABELS)
    } == {(true, predicted): counted[true, predicted] for true in LABELS for predicted in LABELS}
    assert score.pictures + len(score.failed) == len(rows)
    assert sum(score.unsure_reasons.values()) == score.unsure
    if not judged:
        return
    recalled = sum((one.recall or 0.0) * one.pictures for one in score.per_class.values())
    assert recalled / score.pictures == pytest.approx(score.accuracy)
    assert len(score.wrong) == score.pictures - sum(true == outcome.top[0].label for true, outcome in judged)
    assert [one.probability for one in score.wrong] == sorted((one.probability for one in score.wrong), reverse=True)
    right = [true == outcome.top[0].label for true, outcome in judged]
    from_arrays = expected_calibration_error([outcome.probability for _, outcome in judged], right)
    assert score.calibration_error == pytest.approx(from_arrays, abs=1e-12)
    assert score.baseline == max(Counter(true for true, _ in judged).values()) / len(judged)


@given(cases, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_order_does_not_matter(rows: list[Case], shuffler: random.Random) -> None:
    shuffled = rows.copy()
    shuffler.shuffle(shuffled)
    one, other = evaluated(rows).to_json(), evaluated(shuffled).to_json()
    key = "calibration_error"  # sums, which rounding makes depend on the order
    assert one.pop(key) == pytest.approx(other.pop(key), abs=1e-12)
    for mine, yours in zip(one.pop("calibration"), other.pop("calibration"), strict=True):
        assert mine == pytest.approx(yours, abs=1e-12)
    ties = [score.pop("wrong") for score in (one, other)]
    assert Counter(map(str, ties[0])) == Counter(map(str, ties[1]))
    assert one == other


def test_unknown_true_label() -> None:
    with pytest.raises(DatasetError, match=r"expected one of .*ants, bees, wasps.*found 'moths'.*rename the folder"):
        Scorer(LABELS).add("moths", verdict("ants", 0.5))
    with pytest.raises(DatasetError, match="'moths'"):
        Scorer(LABELS).add("moths", Failure("a.jpg", "gone"))


def test_unknown_verdict() -> None:
    with pytest.raises(DatasetError, match="'moths' in the verdict"):
        Scorer(LABELS).add("ants", verdict("moths", 0.5))


def test_a_label_that_occurs_twice_is_one_class() -> None:
    score = evaluated([("crane", verdict("crane", 0.9))], labels=("crane", "ox", "crane"))
    assert (score.confusion.labels, score.accuracy) == (("crane", "ox"), 1.0)


def test_memory_does_not_grow_with_right_pictures() -> None:
    scorer = Scorer(LABELS)
    for _ in range(500):
        scorer.add("ants", verdict("ants", 0.9))
    held = [value for value in vars(scorer).values() if isinstance(value, list)]
    assert held
    assert all(not value for value in held)
