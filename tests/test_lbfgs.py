"""The minimum of functions whose minimum is known, and of others where SciPy finds it."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, rosen, rosen_der

from seefood.heads.lbfgs import minimise

Array = np.ndarray[Any, np.dtype[Any]]


class Counted:
    """A function that says how often it was asked."""

    def __init__(self, value: Callable[[Array], Any], gradient: Callable[[Array], Array]) -> None:
        self._value, self._gradient, self.times = value, gradient, 0

    def __call__(self, place: Array) -> tuple[float, Array]:
        self.times += 1
        return float(self._value(place)), np.asarray(self._gradient(place), float)


def bowl(curvature: Array, middle: Array) -> Counted:
    """Half of (x - middle)' curvature (x - middle)."""
    return Counted(lambda x: (x - middle) @ curvature @ (x - middle) / 2, lambda x: curvature @ (x - middle))


def valley() -> Counted:
    return Counted(rosen, rosen_der)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(1, 30), exponent=st.integers(0, 4))
def test_bowls_of_any_shape_from_anywhere(seed: int, size: int, exponent: int) -> None:
    """Up to ten thousand times as steep one way as another: where the gradient vanishes the middle is near."""
    generator = np.random.default_rng(seed)
    turned, _ = np.linalg.qr(generator.normal(size=(size, size)))
    curvature = turned @ np.diag(10 ** generator.uniform(-exponent, 0, size)) @ turned.T
    middle, start = generator.normal(size=(2, size)) * 5
    found = minimise(bowl(curvature, middle), start, tolerance=1e-10, steps=3000, memory=10)
    assert (found - middle) @ curvature @ (found - middle) < 1e-8 * ((start - middle) @ curvature @ (start - middle))


@pytest.mark.parametrize("size", [2, 5, 20])
def test_a_curved_valley_in_about_as_many_steps_as_scipy(size: int) -> None:
    start = np.tile([-1.2, 1.0], size)[:size]
    ours, theirs = valley(), valley()
    found = minimise(ours, start, tolerance=1e-10, steps=2000, memory=10)
    minimize(theirs, start, jac=True, method="L-BFGS-B", options={"ftol": 1e-10, "gtol": 1e-10})
    lowest, other_of_long_ones = rosen(found), 3.93
    assert lowest < 1e-9 or (size > 3 and lowest == pytest.approx(other_of_long_ones, abs=0.06))
    assert ours.times < 2 * theirs.times


def test_it_minds_no_cliff() -> None:
    """x - log x is least at 1; a step beyond 0, where it is not a number, is too far and no more."""
    with np.errstate(all="ignore"):
        function = Counted(lambda x: (x - np.log(x)).sum(), lambda x: 1 - 1 / x)
        assert minimise(function, np.array([60.0, 0.01, 3.0]), tolerance=1e-12) == pytest.approx(np.ones(3), abs=1e-5)


@pytest.mark.parametrize(
    ("curvature", "far"), [(1e-4, 1), (1e-2, 1), (1.0, 1), (100.0, 1), (1e8, 1), (1e8, 1e-9), (1.0, 1e3)]
)
def test_one_step_is_neither_too_short_nor_too_long(curvature: float, far: float) -> None:
    """Wolfe's conditions, downhill: the value fell by a share of what the slope promised, and the slope is flatter."""
    function = bowl(curvature * np.eye(3), far * np.array([100.0, -50.0, 0.0]))
    (value, gradient), found = function(np.zeros(3)), minimise(function, np.zeros(3), tolerance=0, steps=1)
    lower, flatter = function(found)
    length = found[0] / -gradient[0]
    assert found == pytest.approx(-length * gradient)
    assert lower <= value - 1e-4 * length * gradient @ gradient
    assert flatter @ gradient <= 0.9 * gradient @ gradient


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_values_of_any_size(scale: float) -> None:
    function = Counted(lambda x: scale * np.cosh(x).sum(), lambda x: scale * np.sinh(x))
    found = minimise(function, np.array([4.0, -2.0, 0.5]), tolerance=0, steps=200)
    assert function(found)[0] / scale - 3 < 1e-7


def test_where_it_begins_is_returned_where_that_is_least_already() -> None:
    middle = np.array([1.0, -2.0])
    function = bowl(np.eye(2), middle)
    assert minimise(function, middle, tolerance=0).tolist() == [1.0, -2.0]
    assert function.times == 1
    flat = Counted(lambda _: 7.0, np.zeros_like)
    assert minimise(flat, middle, tolerance=0).tolist() == [1.0, -2.0]
    assert minimise(Counted(lambda _: 0.0, np.zeros_like), np.zeros(0), tolerance=0).shape == (0,)


def test_it_never_returns_a_higher_place_and_ends_whatever_the_gradient_says() -> None:
    """A gradient that points the wrong way, or is not a number, is the caller's mistake; it must not last for ever."""
    start = np.array([3.0, 4.0])
    for gradient in (lambda x: -x, lambda x: np.full_like(x, np.nan), lambda x: np.roll(x, 1)):
        function = Counted(lambda x: x @ x / 2, gradient)
        found = minimise(function, start, tolerance=1e-9)
        assert found @ found <= start @ start
        assert function.times < 10_000


def test_no_more_steps_than_allowed() -> None:
    start = np.array([-1.2, 1.0])
    heights = [float(rosen(minimise(valley(), start, tolerance=0, steps=steps))) for steps in range(8)]
    assert heights[0] == rosen(start)
    assert heights == sorted(heights, reverse=True)


def test_it_ends_after_two_steps_in_turn_that_gain_little() -> None:
    """The steps do not depend on the tolerance, which says where they end; one small step may be an unlucky one."""
    start = np.array([-1.2, 1.0])
    places = [minimise(valley(), start, tolerance=0, steps=steps) for steps in range(60)]
    heights, alone = [float(rosen(place)) for place in places], 0
    for tolerance in np.geomspace(1e-4, 0.5, 40):
        small = [False, *(one - other <= tolerance * max(one, other, 1) for one, other in pairwise(heights))]
        flat = [np.abs(rosen_der(place)).max() <= tolerance for place in places]
        last = next(k for k in range(1, 60) if flat[k] or (small[k] and small[k - 1]))
        alone += any(small[k] for k in range(1, last - 1))
        assert minimise(valley(), start, tolerance=tolerance) == pytest.approx(places[last], abs=0)
    assert alone


def test_rounding_ends_it() -> None:
    """In float32 the last digits of the value are noise; what is there to be found is found, and soon."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(200, 10)).astype(np.float32)
    target = x @ generator.normal(size=10).astype(np.float32) + generator.normal(size=200).astype(np.float32)

    def squares(place: Array) -> tuple[float, Array]:
        error = x @ place.astype(np.float32) - target
        return float((error**2).sum()), (2 * x.T @ error).astype(float)

    function = Counted(lambda place: squares(place)[0], lambda place: squares(place)[1])
    found = minimise(function, np.zeros(10), tolerance=0)
    assert found == pytest.approx(np.linalg.lstsq(x.astype(float), target.astype(float))[0], abs=1e-4)
    assert function.times < 200
