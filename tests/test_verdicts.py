"""Verdicts against a sort written out, hand-made cases, and hostile JSON."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seefood.errors import ModelFileError, SeefoodError
from seefood.verdicts import Failure, Guess, Thresholds, Verdict, judge

OPEN = Thresholds(0.0, None)


def sorted_by_hand(probabilities: list[float], top: int) -> list[int]:
    return sorted(range(len(probabilities)), key=lambda index: (-probabilities[index], index))[:top]


# Few distinct values, so that ties at the cut are common.
@given(
    probabilities=st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.25, 1.0]), min_size=1, max_size=40),
    top=st.integers(1, 45),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_top_is_a_stable_sort(probabilities: list[float], top: int, dtype: Any) -> None:
    labels = [f"label {index}" for index in range(len(probabilities))]
    verdict = judge("a.jpg", labels, np.array(probabilities, dtype), None, OPEN, top)
    expected = sorted_by_hand(probabilities, top)
    assert [guess.label for guess in verdict.top] == [labels[index] for index in expected]
    assert [guess.probability for guess in verdict.top] == pytest.approx([probabilities[index] for index in expected])
    assert verdict.label == labels[expected[0]]


def test_top_of_a_thousand() -> None:
    probabilities = np.random.default_rng(4).dirichlet(np.full(1000, 0.05)).astype(np.float32)
    labels = [str(index) for index in range(1000)]
    verdict = judge(None, labels, probabilities, None, OPEN)
    assert [int(guess.label) for guess in verdict.top] == sorted_by_hand(probabilities.tolist(), 5)


@pytest.mark.parametrize(
    ("probability", "novelty", "label", "reason"),
    [
        (0.75, 0.25, "bees", None),
        (0.625, 0.5, "bees", None),
        (0.5625, 0.25, None, "uncertain"),
        (0.75, 0.75, None, "unfamiliar"),
        (0.5625, 0.75, None, "unfamiliar"),
        (0.75, None, "bees", None),
    ],
    ids=["sure", "exactly at both thresholds", "uncertain", "unfamiliar", "both", "novelty unknown"],
)
def test_not_sure(probability: float, novelty: float | None, label: str | None, reason: str | None) -> None:
    row = np.array([1.0 - probability, probability])
    verdict = judge("a.jpg", ["ants", "bees"], row, novelty, Thresholds(0.625, 0.5))
    assert (verdict.label, verdict.reason) == (label, reason)
    assert (verdict.probability, verdict.novelty, verdict.top[0].label) == (probability, novelty, "bees")


def test_json_is_exactly_the_contract() -> None:
    row = np.array([0.25, 0.75], np.float32)
    verdict = judge("a.jpg", ["ants", "bees"], row, np.float32(0.5), Thresholds(0.5, 0.25))  # type: ignore[arg-type]
    expected = {
        "path": "a.jpg",
        "status": "ok",
        "verdict": None,
        "reason": "unfamiliar",
        "probability": 0.75,
        "top": [{"label": "bees", "probability": 0.75}, {"label": "ants", "probability": 0.25}],
        "novelty": 0.5,
    }
    assert json.loads(json.dumps(verdict.to_json(), allow_nan=False)) == expected
    assert list(verdict.to_json()) == list(expected)
    assert {type(verdict.to_json()[name]) for name in ("probability", "novelty")} == {float}
    assert Failure(None, "gone").to_json() == {"path": None, "status": "failed", "error": "gone"}


def test_numpy_scalars_become_plain_floats() -> None:
    half = np.float32(0.5)
    verdict = Verdict(None, "ants", None, half, (Guess("ants", half),), half)  # type: ignore[arg-type]
    assert json.loads(json.dumps(verdict.to_json()))["top"][0]["probability"] == 0.5


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("bad", [math.nan, math.inf, 1.01])
def test_broken_output_is_the_models_fault(position: int, bad: float) -> None:
    row = np.array([0.2, 0.3, 0.5])
    row[position] = bad
    with pytest.raises(ModelFileError, match=r"expected (a probability|probabilities)"):
        judge("a.jpg", ["a", "b", "c"], row, None, OPEN, top=1)


def test_broken_novelty_is_the_models_fault() -> None:
    with pytest.raises(ModelFileError, match=r"a\.jpg.*novelty"):
        judge("a.jpg", ["a"], np.array([1.0]), math.nan, Thresholds(0.5, 0.5))


def test_rounding_above_one_is_one() -> None:
    assert judge(None, ["a"], np.array([1.0000001], np.float32), None, OPEN).probability == 1.0


@pytest.mark.parametrize(("labels", "row", "top"), [(["a"], [0.5, 0.5], 5), ([], [], 5), (["a"], [1.0], 0)])
def test_shapes_that_do_not_fit(labels: list[str], row: list[float], top: int) -> None:
    with pytest.raises(ValueError, match="expected one probability for each of"):
        judge(None, labels, np.array(row), None, OPEN, top)


@pytest.mark.parametrize(
    ("label", "reason", "top"),
    [(None, None, 1), ("ants", "uncertain", 1), (None, "tired", 1), ("ants", None, 0)],
    ids=["neither", "both", "another reason", "no guess"],
)
def test_impossible_verdicts(label: str | None, reason: Any, top: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        Verdict(None, label, reason, 0.5, (Guess("ants", 0.5),) * top, None)


@given(probability=st.floats(0, 1), novelty=st.none() | st.floats(0, 1e300))
def test_thresholds_round_trip(probability: float, novelty: float | None) -> None:
    thresholds = Thresholds(probability, novelty)
    assert Thresholds.from_json(json.loads(json.dumps(thresholds.to_json(), allow_nan=False))) == thresholds


HOSTILE: list[object] = [None, True, "0.5", "x" * 10_000, [], {}, math.nan, math.inf, -0.1, 10**400, -(10**400)]


@pytest.mark.parametrize("value", [*HOSTILE, 1.5])
def test_hostile_probability(value: object) -> None:
    with pytest.raises(ValueError, match=r"^thresholds\.probability: expected") as caught:
        Thresholds.from_json({"probability": value, "novelty": 0.5})
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("value", [value for value in HOSTILE if value is not None])
def test_hostile_novelty(value: object) -> None:
    with pytest.raises(ValueError, match=r"^thresholds\.novelty: expected"):
        Thresholds.from_json({"probability": 0.5, "novelty": value})


@pytest.mark.parametrize("value", [None, 3, "text", [], ["probability", "novelty"], {}, {"probability": 0.5}])
def test_hostile_thresholds(value: object) -> None:
    with pytest.raises(ValueError, match=r"^thresholds(\.\w+)?: expected") as caught:
        Thresholds.from_json(value)
    assert not isinstance(caught.value, SeefoodError)


def test_newer_fields_are_left_alone() -> None:
    assert Thresholds.from_json({"probability": 1, "novelty": None, "margin": 0.1}) == Thresholds(1.0, None)
