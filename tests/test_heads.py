"""What is taught, against loops written out, Newton's method, SciPy, and data whose right answer is known."""

import math
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.stats import chi2

from seefood.datasets import stratified_folds
from seefood.errors import DatasetError
from seefood.heads import head, novelty, selection
from seefood.heads.calibration import HIGHEST, LOWEST, earned_temperature, fit_temperature, log_loss
from seefood.heads.head import Taught, teach
from seefood.heads.softmax_regression import FINE_TOLERANCE, SoftmaxRegression, bases, fit
from taught import random_head, softmax, vectors

Array = np.ndarray[Any, np.dtype[Any]]


exact = partial(fit, tolerance=1e-13)
"""Until the gradient vanishes, not only until the loss hardly falls."""


def problem(seed: int, n: int = 30, inputs: int = 4, classes: int = 3) -> tuple[Array, Array, Array]:
    """Overlapping clouds: inputs float64 [n, inputs], labels, how much each row counts."""
    generator = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), generator.integers(0, classes, n - classes)])
    x = generator.normal(size=(classes, inputs))[labels] + generator.normal(size=(n, inputs))
    return x, labels, generator.uniform(0.2, 3, n)


def logarithm_of_sum(scores: list[float]) -> float:
    """log(sum(exp(scores)))."""
    return max(scores) + math.log(math.fsum(math.exp(score - max(scores)) for score in scores))


def naive_loss(parameters: Array, x: Array, labels: Array, importance: Array, penalty: float) -> float:
    """The definition, one picture and one class at a time; the last row of parameters is the bias."""
    weights = parameters.reshape(x.shape[1] + 1, -1)
    loss = 0.0
    for row, label, weight in zip(x, labels, importance, strict=True):
        scores = [float(np.dot(row, weights[:-1, k]) + weights[-1, k]) for k in range(weights.shape[1])]
        loss += weight * (logarithm_of_sum(scores) - scores[label])
    return loss + penalty / 2 * float((weights[:-1] ** 2).sum())


def stacked(model: SoftmaxRegression) -> Array:
    return np.vstack([model.weights, model.bias])


def newton(x: Array, labels: Array, importance: Array, penalty: float) -> Array:
    """Weights and bias, [inputs + 1, classes], by Newton's method with the whole matrix of second derivatives."""
    rows = np.hstack([x, np.ones((len(x), 1))]).astype(np.float64)
    targets = np.eye(labels.max() + 1)[labels]
    size, classes = rows.shape[1], targets.shape[1]
    held = np.append(np.full(size - 1, penalty), 0.0)
    weights = np.zeros((size, classes))
    for _ in range(100):
        p = softmax(rows @ weights)
        gradient = rows.T @ ((p - targets) * importance[:, None]) + held[:, None] * weights
        second = np.zeros((size, classes, size, classes))
        for j, k in np.ndindex(classes, classes):
            curvature = importance * (p[:, j] * ((j == k) - p[:, k]))
            second[:, j, :, k] = rows.T @ (curvature[:, None] * rows) + (j == k) * np.diag(held)
        step = np.linalg.lstsq(second.reshape(size * classes, -1), gradient.ravel(), rcond=1e-12)[0]
        weights -= step.reshape(size, classes) * min(1.0, 2 / float(np.linalg.norm(step)))
        if abs(step).max() < 1e-12:
            return weights
    raise AssertionError("the oracle did not converge")


# --- softmax regression


@pytest.mark.parametrize("penalty", [0.03, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_loss_is_flat_at_the_answer(seed: int, penalty: float) -> None:
    x, labels, importance = problem(seed)
    answer = stacked(exact(x, labels, importance, penalty)).ravel()
    step = 1e-5
    for index in range(len(answer)):
        moved = np.zeros_like(answer)
        moved[index] = step
        ahead = naive_loss(answer + moved, x, labels, importance, penalty)
        behind = naive_loss(answer - moved, x, labels, importance, penalty)
        assert (ahead - behind) / (2 * step) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("seed", range(2))
def test_scipy_by_another_method_finds_the_same(seed: int) -> None:
    x, labels, importance = problem(seed, n=20, inputs=3)
    arguments = (x, labels, importance, 0.3)
    found = minimize(naive_loss, np.zeros(12), arguments, method="BFGS", options={"gtol": 1e-4})
    ours = exact(*arguments)
    theirs = found.x.reshape(4, 3)
    assert ours.weights == pytest.approx(theirs[:-1], abs=2e-3)
    assert ours.bias - ours.bias.mean() == pytest.approx(theirs[-1] - theirs[-1].mean(), abs=2e-3)


@pytest.mark.parametrize("penalty", [0.001, 0.1, 10.0])
def test_what_is_used_is_close_to_the_optimum(penalty: float) -> None:
    """In float32 and with the tolerance of the final fit: what is left of the loss is too little to matter."""
    x, labels, importance = problem(4, n=60, inputs=6)
    ours = stacked(fit(x.astype(np.float32), labels, importance, penalty, tolerance=FINE_TOLERANCE)).ravel()
    best = newton(x, labels, importance, penalty).ravel()
    loss, least = (naive_loss(p, x, labels, importance, penalty) for p in (ours, best))
    assert -1e-9 < loss / least - 1 < 1e-4


def test_importance_is_the_same_as_repeating_rows() -> None:
    x, labels, _ = problem(5)
    times = np.random.default_rng(5).integers(1, 4, len(x))
    weighted = exact(x, labels, times.astype(float), 0.2)
    repeated = exact(x.repeat(times, 0), labels.repeat(times), np.ones(times.sum()), 0.2)
    assert weighted.logits(x) == pytest.approx(repeated.logits(x), abs=1e-3)


@pytest.mark.parametrize("penalty", [0.1, 1e4])
def test_the_bias_is_not_held_back(penalty: float) -> None:
    """Then, and only then, the mean probabilities are the shares of the classes, however strong the penalty."""
    x, labels, _ = problem(6, n=40)
    labels[5:25] = 0
    mean = softmax(exact(x, labels, np.ones(40), penalty).logits(x)).mean(axis=0)
    assert mean == pytest.approx(np.bincount(labels) / 40, abs=1e-4)


def test_where_it_starts_does_not_matter() -> None:
    x, labels, importance = problem(7)
    generator = np.random.default_rng(7)
    cold = exact(x, labels, importance, 0.1)
    start = SoftmaxRegression(generator.normal(size=(4, 3)), generator.normal(size=3))
    warm = exact(x, labels, importance, 0.1, start)
    assert softmax(warm.logits(x)) == pytest.approx(softmax(cold.logits(x)), abs=1e-3)


@pytest.mark.parametrize(("n", "inputs"), [(12, 40), (9, 18), (60, 7), (8, 8)])
def test_a_basis_changes_the_arithmetic_and_not_the_answer(n: int, inputs: int) -> None:
    x, labels, importance = problem(8, n, inputs)
    x = x * 30 + 5
    (basis,) = bases(x.astype(np.float32), [inputs])
    assert basis.coordinates.shape[1] <= min(inputs, max(n, inputs if 2 * n > inputs else n))
    answer = basis.in_features(exact(basis.coordinates, labels, importance, 0.1))
    centred = x - x.mean(axis=0)
    scaled = centred / math.sqrt((centred**2).sum() / n)
    expected = newton(scaled, labels, importance, 0.1)
    new = np.random.default_rng(9).normal(size=(20, inputs)) * 30 + 5
    seen = (new - x.mean(axis=0)) / math.sqrt((centred**2).sum() / n)
    wanted = softmax(seen @ expected[:-1] + expected[-1])
    assert softmax(answer.logits(new)) == pytest.approx(wanted, abs=3e-3)
    assert (wanted.max(axis=0) - wanted.min(axis=0)).min() > 0.2  # the answer has something to say about each class


def test_bases_of_several_sizes_are_each_their_own() -> None:
    features = np.random.default_rng(10).normal(size=(10, 50)).astype(np.float32)
    sizes = [8, 21, 50]
    for size, together in zip(sizes, bases(features, sizes), strict=True):
        centred = features[:, :size].astype(np.float64) - features[:, :size].mean(axis=0, dtype=np.float64)
        scaled = centred / np.sqrt((centred**2).sum(axis=1).mean())
        assert together.coordinates @ together.coordinates.T == pytest.approx(scaled @ scaled.T, abs=1e-5)


def test_the_penalty_means_the_same_for_features_of_any_size() -> None:
    x, labels, importance = problem(11)
    answers = []
    for factor, shift in ((1.0, 0.0), (500.0, 20.0)):
        moved = (x * factor + shift).astype(np.float32)
        (basis,) = bases(moved, [4])
        answers.append(softmax(basis.in_features(exact(basis.coordinates, labels, importance, 0.1)).logits(moved)))
    assert answers[0] == pytest.approx(answers[1], abs=2e-3)


# --- calibration


def naive_log_loss(logits: Array, labels: Array, temperature: float, smoothing: float) -> float:
    total = 0.0
    for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
        whole = logarithm_of_sum([score / temperature for score in row])
        for k, score in enumerate(row):
            target = 1 - smoothing if k == label else smoothing / (len(row) - 1)
            total -= target * (score / temperature - whole)
    return total / len(labels)


@pytest.mark.parametrize(("temperature", "smoothing"), [(1.0, 0.0), (0.4, 0.0), (3.0, 0.1), (1.0, 0.5)])
def test_log_loss_is_the_definition(temperature: float, smoothing: float) -> None:
    generator = np.random.default_rng(12)
    logits, labels = generator.normal(0, 3, (25, 4)), generator.integers(0, 4, 25)
    found = log_loss(logits, labels, temperature, smoothing)
    assert found == pytest.approx(naive_log_loss(logits, labels, temperature, smoothing), rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_no_temperature_on_a_fine_grid_is_better(seed: int) -> None:
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, 40)
    logits = generator.normal(0, 2 ** (2 * seed - 3), (40, 3)) * (1 + 2 * np.eye(3)[labels])
    grid = np.exp(np.linspace(math.log(LOWEST), math.log(HIGHEST), 1500))
    losses = [naive_log_loss(logits, labels, temperature, 1 / 42) for temperature in grid]
    best = int(np.argmin(losses))
    found = fit_temperature(logits, labels)
    assert grid[max(0, best - 1)] <= found <= grid[min(len(grid) - 1, best + 1)]
    assert naive_log_loss(logits, labels, found, 1 / 42) <= losses[best] + 1e-5


@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_a_known_temperature_is_found_again(temperature: float) -> None:
    generator = np.random.default_rng(13)
    true = generator.normal(0, 2, (4000, 3))
    labels = np.array([generator.choice(3, p=row) for row in softmax(true)])
    assert fit_temperature(true * temperature, labels) == pytest.approx(temperature, rel=0.08)


def test_pictures_that_were_all_right_do_not_make_it_certain() -> None:
    """Two classes and one margin: by hand, the probability becomes 1 - 1 / (n + 2), and so T = margin / log(n + 1)."""
    labels = np.array([0, 1] * 10)
    found = fit_temperature(np.eye(2)[labels] * 7.0, labels)
    assert found == pytest.approx(7.0 / math.log(21), rel=2e-4)


def drawn(generator: np.random.Generator, n: int, temperature: float) -> tuple[Array, Array]:
    """Logits [n, 3] that have to be divided by ``temperature``, and labels drawn with the probabilities they mean."""
    true = generator.normal(0, 2, (n, 3))
    chosen = generator.random((n, 1)) > softmax(true).cumsum(axis=1)
    return true * temperature, chosen.sum(axis=1).clip(max=2)


def best_by_scipy(logits: Array, labels: Array) -> float:
    """The temperature with the least smoothed loss, by Brent's method on the definition."""
    smoothing = 1 / (len(labels) + 2)
    found = minimize_scalar(
        lambda logarithm: naive_log_loss(logits, labels, math.exp(logarithm), smoothing),
        bounds=(math.log(LOWEST), math.log(HIGHEST)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return math.exp(found.x)


def earned_by_scipy(logits: Array, labels: Array) -> float:
    temperature = best_by_scipy(logits, labels)
    at_one, at_best = (naive_log_loss(logits, labels, value, 0.0) for value in (1.0, temperature))
    return temperature if len(labels) * (at_one - at_best) > 1 else 1.0


@pytest.mark.parametrize("temperature", [0.3, 0.7, 1.5, 4.0])
def test_many_pictures_earn_a_temperature(temperature: float) -> None:
    logits, labels = drawn(np.random.default_rng(60), 1500, temperature)
    found = earned_temperature(logits, labels)
    assert found == pytest.approx(temperature, rel=0.15)
    assert found == pytest.approx(best_by_scipy(logits, labels), rel=1e-3)


@pytest.mark.parametrize("temperature", [0.9, 1.0, 1.15])
def test_few_pictures_leave_the_logits_alone(temperature: float) -> None:
    generator = np.random.default_rng(61)
    found = [earned_temperature(*drawn(generator, 25, temperature)) for _ in range(100)]
    assert sum(value == 1.0 for value in found) >= 70


def test_few_pictures_that_leave_no_doubt_earn_one() -> None:
    generator = np.random.default_rng(62)
    for temperature in (0.1, 10.0):
        cases = [drawn(generator, 25, temperature) for _ in range(20)]
        found = [earned_temperature(*case) for case in cases]
        assert all((value - 1) * (temperature - 1) > 0 for value in found)
        assert found == pytest.approx([best_by_scipy(*case) for case in cases], rel=1e-3)


def test_logits_that_are_right_are_left_alone_as_often_as_theory_says() -> None:
    """Wilks' theorem: twice the gained log likelihood is chi-squared, above 2 in 15.7 % of draws."""
    generator, draws = np.random.default_rng(63), 500
    moved = sum(earned_temperature(*drawn(generator, 400, 1.0)) != 1 for _ in range(draws))
    expected = float(chi2.sf(2, 1))
    assert moved / draws == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / draws))


def one_margin(n: int, wrong: int, margin: float) -> tuple[Array, Array]:
    """Two classes, n pictures with the same margin between the logits, some of them on the wrong side."""
    labels = np.arange(n) % 2
    answers = np.where(np.arange(n) < wrong, 1 - labels, labels)
    return np.eye(2)[answers] * margin, labels


def worked_out(n: int, wrong: int, margin: float) -> tuple[float, float]:
    """By hand: the fitted temperature, and the nats that it gains on 1."""
    right, smoothing = 1 - wrong / n, 1 / (n + 2)
    probability = right * (1 - smoothing) + (1 - right) * smoothing  # what a constant answer is fitted to
    before = 1 / (1 + math.exp(-margin))
    gained = right * math.log(probability / before) + (1 - right) * math.log((1 - probability) / (1 - before))
    return margin / math.log(probability / (1 - probability)), n * gained


@pytest.mark.parametrize(("n", "wrong", "low", "high"), [(50, 5, 2.3, 8.0), (50, 5, 2.0, 0.1), (20, 0, 2.9, 0.1)])
def test_it_is_earned_by_more_than_one_nat(n: int, wrong: int, low: float, high: float) -> None:
    """Margins are found at which the gain is a little less than one nat, and a little more."""
    for nats in (0.95, 1.05):
        margin = float(brentq(lambda at, nats=nats: worked_out(n, wrong, at)[1] - nats, low, high))
        expected = worked_out(n, wrong, margin)[0] if nats > 1 else 1.0
        assert expected == 1 or abs(expected - 1) > 0.05
        assert earned_temperature(*one_margin(n, wrong, margin)) == pytest.approx(expected, rel=2e-4)


@pytest.mark.parametrize("margin", [4.0, 7.0, 30.0, 300.0])
def test_that_all_were_right_is_no_reason_to_be_less_sure(margin: float) -> None:
    """The smoothed fit would be, from a margin of log(n + 1) on."""
    logits, labels = one_margin(40, 0, margin)
    assert (fit_temperature(logits, labels) > 1) == (margin > math.log(41))
    assert earned_temperature(logits, labels) == 1


@pytest.mark.parametrize("temperature", [0.05, 1.0, 20.0])
def test_a_temperature_changes_no_answer(temperature: float) -> None:
    network = vectors(6)
    made = random_head(network, 1, 4, seed=14)
    x = np.random.default_rng(14).normal(size=(50, 6)).astype(np.float32)
    warm = head.Head(1, made.regression, temperature, made.exemplars, made.thresholds)
    assert np.array_equal(warm.probabilities(x).argmax(axis=1), made.probabilities(x).argmax(axis=1))
    expected = softmax((x @ made.regression.weights + made.regression.bias) / temperature)
    assert warm.probabilities(x) == pytest.approx(expected, abs=1e-5)


# --- novelty


def naive_novelty(row: Array, others: Iterable[Array]) -> float:
    """1 - the mean cosine to the five most similar, a vector of zeros being like nothing."""
    similarities = []
    for other in others:
        lengths = math.sqrt(math.fsum(row**2)) * math.sqrt(math.fsum(other**2))
        similarities.append(math.fsum(row * other) / lengths if lengths else 0.0)
    nearest = sorted(similarities, reverse=True)[:5]
    return 1 - sum(nearest) / len(nearest)


@pytest.mark.parametrize("count", [1, 3, 5, 6, 40])
def test_novelty_is_the_definition(count: int) -> None:
    generator = np.random.default_rng(15)
    exemplars = generator.normal(size=(count, 7))
    exemplars[count // 2 :: 2] = exemplars[count // 2]  # several that are equally near
    features = np.vstack([generator.normal(size=(9, 7)), exemplars[:1] * 3, np.zeros((1, 7)), -exemplars[:1]])
    found = novelty.novelty(features, novelty.normalised(exemplars))
    assert found == pytest.approx([naive_novelty(row, exemplars) for row in features], abs=1e-6)
    assert found.dtype == np.float32


@pytest.mark.parametrize("block", [4, 512])
@pytest.mark.parametrize("n", [3, 5, 8, 30])
def test_a_picture_is_held_against_all_but_its_copies(n: int, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(novelty, "BLOCK", block)
    generator = np.random.default_rng(16)
    groups = [f"picture {number}" for number in (0, 0, *range(1, n - 1))]
    features = generator.normal(size=(n, 6))
    features[1] = features[0]
    found = novelty.left_out_novelty(features.astype(np.float32), groups)
    expected = [naive_novelty(features[i], [features[j] for j in range(n) if groups[j] != groups[i]]) for i in range(n)]
    assert found == pytest.approx(expected, abs=1e-5)


def test_exemplars_are_taught_pictures_in_their_order() -> None:
    features = np.random.default_rng(17).normal(size=(1500, 3))
    directions = features / np.linalg.norm(features, axis=1, keepdims=True)
    chosen = novelty.choose_exemplars(features, np.random.default_rng(18))
    places = [int(np.argmin(np.square(directions - row).sum(axis=1))) for row in chosen]
    assert len(chosen) == 1024
    assert places == sorted(set(places))
    assert chosen == pytest.approx(directions[places], abs=1e-6)
    assert np.array_equal(chosen, novelty.choose_exemplars(features, np.random.default_rng(18)))
    assert novelty.choose_exemplars(features[:9], np.random.default_rng(0)) == pytest.approx(directions[:9], abs=1e-6)


# --- choosing, and what is said about it


def taught_on(
    x: Array,
    labels: Array,
    groups: Sequence[Any] | None = None,
    seed: int = 0,
    sizes: tuple[int, ...] = (),
    threads: int = 1,
) -> Taught:
    network = vectors(*(sizes or (x.shape[1],)))
    names = range(len(x)) if groups is None else groups
    return teach(network, x.astype(np.float32), labels, list(names), np.random.default_rng(seed), threads)


def right(probabilities: Array, labels: Array) -> int:
    return int((probabilities.argmax(axis=1) == labels).sum())


def test_on_noise_the_estimate_is_chance() -> None:
    """Nothing can be learnt, and a head with more features than pictures learns all of it by heart."""
    n, seeds = 60, 15
    correct = by_heart = 0
    for seed in range(seeds):
        generator = np.random.default_rng(seed)
        x, labels = generator.normal(size=(n, 150)), generator.permutation(np.arange(n) % 2)
        result = taught_on(x, labels, seed=seed, sizes=(50, 100))
        correct += right(result.out_of_fold, labels)
        by_heart += right(result.head.probabilities(x.astype(np.float32)), labels)
    spread = math.sqrt(0.25 / (n * seeds))
    assert correct / (n * seeds) == pytest.approx(0.5, abs=4 * spread)
    assert by_heart / (n * seeds) > 0.9


def test_copies_do_not_flatter_the_estimate() -> None:
    n, seeds = 40, 10
    kept_together = torn_apart = 0
    for seed in range(seeds):
        generator = np.random.default_rng(100 + seed)
        x, labels = generator.normal(size=(n, 60)).repeat(2, 0), generator.permutation(np.arange(n) % 2).repeat(2)
        kept_together += right(taught_on(x, labels, np.arange(n).repeat(2).tolist(), seed).out_of_fold, labels)
        torn_apart += right(taught_on(x, labels, None, seed).out_of_fold, labels)
    spread = math.sqrt(0.25 / (n * seeds))  # a picture and its copy are one draw
    assert kept_together / (2 * n * seeds) == pytest.approx(0.5, abs=4 * spread)
    assert torn_apart / (2 * n * seeds) > 0.85


@pytest.mark.parametrize("informative", [1, 2, 3])
def test_the_depth_that_knows_the_answer_is_looked_at(informative: int) -> None:
    generator = np.random.default_rng(20)
    labels = np.arange(90) % 3
    x = 3 * generator.normal(size=(90, 24))
    x[:, 8 * informative - 8 : 8 * informative] /= 3
    x[:, 8 * informative - 8 : 8 * informative] += 1.5 * generator.normal(size=(3, 8))[labels]
    result = taught_on(x, labels, sizes=(8, 8, 8))
    assert result.head.depths == result.selected.depths == informative
    assert result.head.regression.weights.shape == (8 * informative, 3)
    assert right(result.out_of_fold, labels) > 70


def test_the_estimate_of_what_can_be_learnt_is_near_the_truth() -> None:
    """Accuracy out of fold against accuracy on a thousand new pictures."""
    generator = np.random.default_rng(21)
    centres = generator.normal(size=(3, 10)) * 0.8
    labels, new = np.arange(150) % 3, np.arange(3000) % 3
    x, fresh = (centres[y] + generator.normal(size=(len(y), 10)) for y in (labels, new))
    result = taught_on(x, labels)
    estimate = right(result.out_of_fold, labels) / 150
    truth = right(result.head.probabilities(fresh.astype(np.float32)), new) / 3000
    assert 0.6 < truth < 0.95
    assert estimate == pytest.approx(truth, abs=4 * math.sqrt(truth * (1 - truth) / 150))


def test_the_same_seed_gives_the_same_head_with_any_number_of_threads() -> None:
    x, labels, _ = problem(22, n=50, inputs=12)

    def parts(seed: int, threads: int) -> list[Array]:
        result = taught_on(x, labels, seed=seed, sizes=(6, 6), threads=threads)
        made = result.head
        return [made.regression.weights, made.regression.bias, np.array(made.temperature), result.out_of_fold]

    first = parts(1, 1)
    assert all(np.array_equal(a, b) for a, b in zip(first, parts(1, 1), strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(first, parts(1, 3), strict=True))
    assert not np.array_equal(first[3], parts(2, 1)[3])


def test_a_rare_class_is_not_forgotten() -> None:
    generator = np.random.default_rng(23)
    labels = np.array([0] * 200 + [1] * 12)
    x = generator.normal(size=(212, 5)) + 1.6 * labels[:, None] * np.array([1, 1, 0, 0, 0])
    found = taught_on(x, labels).out_of_fold.argmax(axis=1)
    assert (found[labels == 1] == 1).mean() >= 0.6
    assert (found[labels == 0] == 0).mean() >= 0.7


def test_each_class_counts_the_same_up_to_a_limit() -> None:
    importance = head._importance(np.array([0] * 8 + [1] * 2 + [2] * 4))
    assert [importance[:8].sum(), importance[8:10].sum(), importance[10:].sum()] == pytest.approx([14 / 3] * 3)
    rare = head._importance(np.array([0] * 100 + [1]))
    assert rare[-1] / rare[0] == pytest.approx(10)
    assert rare.mean() == pytest.approx(1)


def test_what_was_tried_includes_what_was_chosen_and_nothing_better() -> None:
    x, labels, _ = problem(24, n=60, inputs=10)
    chosen = taught_on(x, labels, sizes=(5, 5)).selected
    losses = {(depths, penalty): loss for depths, penalty, loss in chosen.tried}
    assert len(losses) == len(chosen.tried)
    assert min(losses, key=lambda key: losses[key]) == (chosen.depths, chosen.penalty)


def candidates_of(seed: int, n: int = 60) -> tuple[selection.Candidate, ...]:
    """Made-up out-of-fold logits: too sure, hardly sure, about right, and knowing nothing."""
    generator = np.random.default_rng(seed)
    logits, labels = drawn(generator, n, 1.0)
    noise = generator.normal(size=(n, 3))
    made = (logits * 5 + noise, logits * 0.1 + 0.03 * noise, logits * 1.1 + noise, noise)
    return tuple(selection.Candidate(1, penalty, one, labels) for penalty, one in enumerate(made))


@pytest.mark.parametrize("seed", range(70, 74))
def test_a_candidate_is_judged_at_the_temperature_that_it_would_have(seed: int) -> None:
    for candidate in candidates_of(seed):
        rows = np.random.default_rng(seed).random(60) < 0.7
        for some in (rows, np.ones(60, bool)):
            logits, labels = candidate.logits[some], candidate.labels[some]
            expected = naive_log_loss(logits, labels, earned_by_scipy(logits, labels), 0.0)
            assert candidate.loss_on(some) == pytest.approx(expected, rel=1e-5)
        assert candidate.loss == candidate.loss_on(np.ones(60, bool))


def test_of_two_that_are_always_right_the_surer_is_better() -> None:
    """And the one that is right by its own logits, rather than by a temperature that had to be guessed."""
    labels = np.arange(50) % 2
    faint, fair, sure = (selection.Candidate(1, 1, np.eye(2)[labels] * margin, labels) for margin in (0.1, 4.5, 6.0))
    assert sure.loss < fair.loss < faint.loss


@pytest.mark.parametrize("seed", range(74, 78))
def test_each_fold_is_answered_by_what_is_best_on_the_others(seed: int) -> None:
    candidates, folds = candidates_of(seed), np.arange(60) % 3
    labels = candidates[0].labels
    found = selection._honest_probabilities(candidates, labels, folds)
    for fold in range(3):
        others = folds != fold
        tried = []
        for candidate in candidates:
            temperature = earned_by_scipy(candidate.logits[others], labels[others])
            loss = naive_log_loss(candidate.logits[others], labels[others], temperature, 0.0)
            tried.append((loss, candidate.penalty, softmax(candidate.logits[~others] / temperature)))
        assert found[~others] == pytest.approx(min(tried)[2], abs=1e-3)


def test_a_head_has_a_temperature_where_it_needs_one() -> None:
    """Clouds far apart need none; with many features of noise a head is too sure, and out of fold that is seen."""
    generator = np.random.default_rng(78)
    labels = np.arange(80) % 2
    apart = 6 * labels[:, None] + generator.normal(size=(80, 3))
    assert taught_on(apart, labels).head.temperature == 1
    noisy = np.hstack([0.7 * labels[:, None] + generator.normal(size=(80, 1)), generator.normal(size=(80, 30))])
    result = taught_on(noisy, labels)
    best = min(result.selected.candidates, key=lambda candidate: candidate.loss)
    assert result.head.temperature > 1.5
    assert result.head.temperature == pytest.approx(best_by_scipy(best.logits, labels), rel=1e-3)


def test_no_fold_is_judged_by_what_it_taught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fit is seen: its rows and the rows that it is asked about have no picture in common."""
    x, labels, _ = problem(25, n=40, inputs=6)
    groups = np.arange(40) // 2
    folds = stratified_folds(labels, groups.tolist(), 5, np.random.default_rng(3))
    taught_rows: list[set[bytes]] = []
    asked: list[set[bytes]] = []

    class Watched(SoftmaxRegression):
        def logits(self, x: Array) -> Array:
            asked.append({row.tobytes() for row in x})
            return super().logits(x)

    def watched(rows: Array, *rest: Any, **options: Any) -> SoftmaxRegression:
        taught_rows.append({row.tobytes() for row in rows})
        found = fit(rows, *rest, **options)
        return Watched(found.weights, found.bias)

    monkeypatch.setattr(selection, "fit", watched)
    features = x.astype(np.float32)[groups]
    selection.select(features, {1: 6}, labels[groups], folds, np.ones(40), 1)
    everything, by_fold = taught_rows[-1], taught_rows[:-1]
    assert len(by_fold) == len(asked)
    for rows, questions in zip(by_fold, asked, strict=True):
        assert rows.isdisjoint(questions)
        assert rows | questions == everything


def test_the_threshold_calls_hardly_any_taught_picture_unfamiliar() -> None:
    x, labels, _ = problem(26, n=300, inputs=8)
    result = taught_on(x + 3, labels)
    limit = result.head.thresholds.novelty
    assert limit is not None
    assert 0 < (result.left_out_novelty > limit).sum() <= 6  # 2 % of 300
    assert (result.head.novelty(-(x + 3).astype(np.float32)) > limit).all()


def test_pictures_that_all_look_the_same_are_no_accident() -> None:
    """Their novelty is 0 but for rounding, which may come out below."""
    for seed in range(12):
        x = np.tile(np.random.default_rng(seed).random((1, 6)), (8, 1))
        result = taught_on(x, np.arange(8) // 4)
        assert result.head.probabilities(x.astype(np.float32)) == pytest.approx(np.full((8, 2), 0.5), abs=0.01)
        away = np.abs(result.out_of_fold[:, :1] - np.array([3 / 7, 1 / 2, 4 / 7])).min(axis=1)
        assert away == pytest.approx(np.zeros(8), abs=0.01)  # the share of a class among the six or seven others
        limit = result.head.thresholds.novelty
        assert limit is not None
        assert (result.head.novelty(x.astype(np.float32)) <= limit).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_class_may_be_missing_from_what_a_fold_is_taught(seed: int) -> None:
    """The last class has two pictures, both of them also in the first class, and they may fall into one fold."""
    labels, groups = [], []
    for name in range(4):
        labels += [0] * 3
        groups += [name] * 3
    labels += [0, 2, 0, 2, *[1] * 5]
    groups += [10, 10, 11, 11, *range(20, 25)]
    x = np.random.default_rng(27).normal(size=(len(labels), 6))
    result = taught_on(x, np.array(labels), groups, seed)
    assert result.out_of_fold.shape == (len(labels), 3)
    assert result.out_of_fold.sum(axis=1) == pytest.approx(np.ones(len(labels)))


@pytest.mark.parametrize(
    ("labels", "groups", "found"),
    [
        ([], [], "found 0"),
        ([0, 0, 0], "abc", "found 1"),
        ([0, 0, 1, 1], "abcc", "found 1 in class 2"),
        ([0, 0, 2, 2], "abcd", "found 0 in class 2"),
    ],
)
def test_too_little_to_learn_from_is_said(labels: list[int], groups: str, found: str) -> None:
    with pytest.raises(DatasetError, match=found):
        taught_on(np.ones((len(labels), 2)), np.array(labels, np.int64), list(groups))
