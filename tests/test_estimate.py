"""The time that training is said to take: by hand, and not absurd."""

from dataclasses import replace

import pytest

from seefood.networks import estimate
from seefood.networks.estimate import estimated_seconds, multiply_adds_per_second
from seefood.networks.training import Recipe


@pytest.mark.parametrize(("quick", "times"), [(False, 1), (True, 1.6)])
def test_by_hand(monkeypatch: pytest.MonkeyPatch, quick: bool, times: float) -> None:
    monkeypatch.setattr(estimate, "multiply_adds_per_second", lambda: 2e9)
    monkeypatch.setattr(estimate, "has_instructions", lambda: quick)
    recipe = Recipe(epochs=3, batch_size=64)
    # 1,000 pictures are 16 steps an epoch, 48 in all; 3 passes of 5,000 multiply-adds, 3,000 times, at half of 2e9.
    work = 3 * 5000 * 3000 / 1e9
    assert estimated_seconds(5000, 1000, recipe) == pytest.approx(4 + 48 * 0.002 + work / times)
    assert estimated_seconds(5000, 1000, replace(recipe, precision="float32")) == pytest.approx(4 + 48 * 0.002 + work)


def test_more_work_takes_longer() -> None:
    recipe = Recipe(epochs=3, batch_size=64)
    assert estimated_seconds(10**6, 10**4, recipe, 1e10) > estimated_seconds(10**5, 10**4, recipe, 1e10)
    assert estimated_seconds(10**6, 10**4, recipe, 1e10) > estimated_seconds(10**6, 10**4, recipe, 1e11)


def test_a_machine_multiplies_millions_of_numbers_a_second() -> None:
    assert 1e7 < multiply_adds_per_second() < 1e14
