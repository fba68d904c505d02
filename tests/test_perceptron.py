"""Dense networks: against the definitions written out, central differences, Keras, and an example worked by hand."""

import json
import math
from collections.abc import Callable, Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seefood.errors import ShapeError
from seefood.perceptron.activations import ACTIVATIONS
from seefood.perceptron.backpropagation import Gradients, gradients
from seefood.perceptron.losses import LOSSES
from seefood.perceptron.network import Layer, Perceptron
from seefood.perceptron.optimisers import Adam, GradientDescent

Array = np.ndarray[Any, np.dtype[Any]]

pytestmark = pytest.mark.filterwarnings("error")

# --- the oracle: every formula as a textbook writes it, one number at a time, careless about overflow


def naive_activation(name: str, z: Sequence[float]) -> list[float]:
    if name == "softmax":
        return [math.exp(each) / math.fsum(map(math.exp, z)) for each in z]
    formulas: dict[str, Callable[[float], float]] = {
        "relu": lambda each: each if each > 0 else 0.0,
        "sigmoid": lambda each: 1 / (1 + math.exp(-each)),
        "tanh": lambda each: (math.exp(each) - math.exp(-each)) / (math.exp(each) + math.exp(-each)),
        "linear": lambda each: each,
    }
    return [formulas[name](each) for each in z]


def naive_loss(loss: str, output: str, answers: Array, targets: Array) -> float:
    """The mean over the examples, from the outputs alone."""
    each = []
    for a, t in zip(answers.tolist(), targets.tolist(), strict=True):
        pairs = list(zip(a, t, strict=True))
        if loss == "squared_error":
            each.append(math.fsum((x - y) ** 2 for x, y in pairs) / len(pairs))
        elif output == "sigmoid":
            each.append(-math.fsum(y * math.log(x) + (1 - y) * math.log(1 - x) for x, y in pairs) / len(pairs))
        else:
            each.append(-math.fsum(y * math.log(x) for x, y in pairs))
    return math.fsum(each) / len(each)


Numbers = list[tuple[Array, Array, str]]
"""Weights, bias and activation of each layer."""


def naive_sums(a: Array, weights: Array, bias: Array) -> Array:
    """One weight at a time."""
    z = np.zeros((len(a), len(bias)))
    for example, j in np.ndindex(z.shape):
        z[example, j] = bias[j] + math.fsum(a[example, i] * weights[i, j] for i in range(a.shape[1]))
    return z


def naive_outputs(layers: Numbers, a: Array) -> Array:
    """From the activations before these layers to the outputs."""
    for weights, bias, name in layers:
        a = np.array([naive_activation(name, z) for z in naive_sums(a, weights, bias).tolist()])
    return a


def differences(function: Callable[[], float], values: Array, step: float = 1e-5) -> Array:
    """The derivative of a function by every number in an array, which is moved a little up and down in place."""
    result = np.empty(values.shape)
    for place in np.ndindex(values.shape):
        before = values[place]
        values[place] = before + step
        above = function()
        values[place] = before - step
        below = function()
        values[place] = before
        result[place] = (above - below) / (2 * step)
    return result


# --- networks to try


def random_network(sizes: Sequence[int], names: Sequence[str], generator: np.random.Generator) -> Perceptron:
    """Normal weights, and biases that are not 0."""
    return Perceptron(
        tuple(
            Layer(generator.normal(size=pair) / np.sqrt(pair[0]), generator.normal(size=pair[1]) / 2, name)
            for pair, name in zip(pairwise(sizes), names, strict=True)
        )
    )


def smooth_case(sizes: Sequence[int], names: Sequence[str], generator: np.random.Generator) -> tuple[Perceptron, Array]:
    """A network and four examples; no sum near relu's corner, where there is no derivative, and no layer all asleep."""
    while True:
        network, x = random_network(sizes, names, generator), generator.normal(size=(4, sizes[0]))
        trace = network.forward(x)
        awake = all((abs(a).max(axis=1) > 0).any() for a in trace.activations)
        if awake and min(abs(z).min() for z in trace.sums) > 1e-4:
            return network, x


def random_targets(loss: str, output: str, shape: tuple[int, int], generator: np.random.Generator) -> Array:
    """One class, some yes and no, or any numbers; for the last example something between the classes."""
    if loss == "squared_error":
        return generator.normal(size=shape)
    if output == "sigmoid":
        return np.vstack([generator.integers(0, 2, (shape[0] - 1, shape[1])), generator.random(shape[1])])
    soft = generator.random(shape[1])
    return np.vstack([np.eye(shape[1])[generator.integers(0, shape[1], shape[0] - 1)], soft / soft.sum()])


ENDS = [("softmax", "cross_entropy"), ("sigmoid", "cross_entropy"), *((name, "squared_error") for name in ACTIVATIONS)]
"""Every loss with every last activation that it goes with."""


def close(found: Array, expected: Array) -> None:
    """Equal to a millionth of the largest number."""
    assert found.shape == expected.shape
    assert abs(expected).max() > 0
    assert abs(found - expected).max() <= 1e-6 * abs(expected).max()


def test_all_activations_and_losses_are_tried() -> None:
    assert {name for name, _ in ENDS} == set(ACTIVATIONS)
    assert {loss for _, loss in ENDS} == set(LOSSES)


# --- back-propagation


@pytest.mark.parametrize(("hidden", "output", "loss"), [(hidden, *end) for hidden, end in product(ACTIVATIONS, ENDS)])
@pytest.mark.parametrize("seed", range(3))
def test_back_propagation_equals_central_differences(hidden: str, output: str, loss: str, seed: int) -> None:
    generator = np.random.default_rng([seed, *hidden.encode(), *output.encode(), *loss.encode()])
    network, x = smooth_case([3, 4, 5, 2], [hidden, hidden, output], generator)
    trace = network.forward(x)
    targets = random_targets(loss, output, (4, 2), generator)
    found = gradients(network, trace, targets, loss)
    layers: Numbers = [(layer.weights.copy(), layer.bias.copy(), layer.activation) for layer in network.layers]

    def total(a: Array, begin: int = 0) -> float:
        return naive_loss(loss, output, naive_outputs(layers[begin:], a), targets)

    assert found.loss == pytest.approx(total(x), rel=1e-12)
    for k, (weights, bias, name) in enumerate(layers):
        close(found.weights[k], differences(lambda: total(x), weights))
        close(found.biases[k], differences(lambda: total(x), bias))
        z, a = trace.sums[k].copy(), trace.activations[k].copy()
        through = [*layers[k + 1 :]]

        def from_sums(z: Array = z, name: str = name, through: Numbers = through) -> float:
            a = np.array([naive_activation(name, row) for row in z.tolist()])
            return naive_loss(loss, output, naive_outputs(through, a), targets)

        def from_activations(a: Array = a, through: Numbers = through) -> float:
            return naive_loss(loss, output, naive_outputs(through, a), targets)

        close(found.sums[k], differences(from_sums, z))
        close(found.activations[k], differences(from_activations, a))


@pytest.mark.parametrize(("output", "loss"), ENDS)
def test_a_network_of_one_layer_and_a_batch_of_one(output: str, loss: str) -> None:
    generator = np.random.default_rng(7)
    network = random_network([3, 2], [output], generator)
    targets = np.array([[0.0, 1.0]])
    layer = network.layers[0]
    layers: Numbers = [(layer.weights.copy(), layer.bias.copy(), output)]
    x = generator.normal(size=(1, 3))
    found = gradients(network, network.forward(x), targets, loss)
    close(
        found.weights[0],
        differences(lambda: naive_loss(loss, output, naive_outputs(layers, x), targets), layers[0][0]),
    )


def test_one_step_worked_by_hand() -> None:
    """Three inputs, two outputs, softmax, cross-entropy; the second class is right.

    x = (1, 2, 3)      weights = | 0.2  -0.1 |      bias = (0.1, -0.3)      target t = (0, 1)
                                 | 0.0   0.3 |
                                 | 0.1   0.0 |

    Forward. z1 = 1·0.2 + 2·0.0 + 3·0.1 + 0.1 =  0.6
             z2 = 1·(-0.1) + 2·0.3 + 3·0.0 - 0.3 = 0.2
             e^0.6 = 1.822119    e^0.2 = 1.221403    sum = 3.043522
             a1 = 1.822119 / 3.043522 = 0.598688
             a2 = 1.221403 / 3.043522 = 0.401312
    Loss.    -ln 0.401312 = 0.913015
    Back.    dLoss/da = (0, -1 / 0.401312)      = (0, -2.491825)
             dLoss/dz = a - t                   = (0.598688, -0.598688)
             dLoss/dweights, x_i times dLoss/dz = | 0.598688  -0.598688 |
                                                  | 1.197375  -1.197375 |
                                                  | 1.796063  -1.796063 |
             dLoss/dbias = dLoss/dz             = (0.598688, -0.598688)
    Step with learning rate 0.1: a tenth of each gradient is taken off.
             weights = |  0.140131  -0.040131 |  bias = (0.040131, -0.240131)
                       | -0.119738   0.419738 |
                       | -0.079606   0.179606 |
    Again.   z1 = 0.140131 - 2·0.119738 - 3·0.079606 + 0.040131 = -0.298031
             z2 = -0.040131 + 2·0.419738 + 3·0.179606 - 0.240131 = 1.098031
             a2 = 1 / (1 + e^(-0.298031 - 1.098031)) = 1 / (1 + 0.247570) = 0.801558
             loss = -ln 0.801558 = 0.221198: less than before.
    """
    network = Perceptron((Layer(np.array([[0.2, -0.1], [0.0, 0.3], [0.1, 0.0]]), np.array([0.1, -0.3]), "softmax"),))
    trace = network.forward([[1, 2, 3]])
    found = gradients(network, trace, [[0, 1]], "cross_entropy")
    optimiser = GradientDescent(0.1)
    after, _ = optimiser.step(network, found, optimiser.start(network))
    again = after.forward([[1, 2, 3]])
    for numbers, by_hand in (
        (trace.sums[0], [[0.6, 0.2]]),
        (trace.outputs, [[0.598688, 0.401312]]),
        (np.array(found.loss), 0.913015),
        (found.activations[0], [[0, -2.491825]]),
        (found.sums[0], [[0.598688, -0.598688]]),
        (found.weights[0], [[0.598688, -0.598688], [1.197375, -1.197375], [1.796063, -1.796063]]),
        (found.biases[0], [0.598688, -0.598688]),
        (after.layers[0].weights, [[0.140131, -0.040131], [-0.119738, 0.419738], [-0.079606, 0.179606]]),
        (after.layers[0].bias, [0.040131, -0.240131]),
        (again.sums[0], [[-0.298031, 1.098031]]),
        (again.outputs[0, 1], 0.801558),
        (np.array(gradients(after, again, [[0, 1]], "cross_entropy").loss), 0.221198),
    ):
        assert np.allclose(numbers, by_hand, rtol=0, atol=3e-6), (numbers, by_hand)


# --- Keras

STEPS: dict[str, tuple[str, dict[str, float], int]] = {
    "plain": ("sgd", {"learning_rate": 0.3}, 1),
    "momentum": ("sgd", {"learning_rate": 0.3, "momentum": 0.9}, 3),
    "adam": ("adam", {"learning_rate": 0.01}, 5),
    "other adam": ("adam", {"learning_rate": 0.3, "beta_1": 0.5, "beta_2": 0.9, "epsilon": 0.01}, 3),
}
NETWORKS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("relu", "relu", "softmax"), "cross_entropy"),
    (("tanh", "softmax"), "cross_entropy"),
    (("sigmoid", "sigmoid"), "cross_entropy"),
    (("relu", "linear"), "squared_error"),
    (("sigmoid", "tanh"), "squared_error"),
    (("tanh", "softmax"), "squared_error"),
)


def keras_cases() -> tuple[list[dict[str, Any]], dict[str, Array]]:
    """What to ask Keras: descriptions, and the arrays that go with them."""
    cases, arrays, generator = [], {}, np.random.default_rng(11)
    for (names, loss), (kind, (optimiser, settings, steps)) in product(NETWORKS, STEPS.items()):
        name, sizes = f"{'-'.join(names)} {loss} {kind}", [4, *[5] * (len(names) - 1), 3]
        case = {"name": name, "sizes": sizes, "activations": names, "loss": loss}
        cases.append(case | {"optimiser": optimiser, "settings": settings, "steps": steps})
        for number, layer in enumerate(random_network(sizes, names, generator).layers):
            arrays[f"{name}/weights{number}"], arrays[f"{name}/bias{number}"] = layer.weights, layer.bias
        arrays[f"{name}/x"] = generator.normal(size=(6, 4))
        arrays[f"{name}/targets"] = random_targets(loss, names[-1], (6, 3), generator)
    return cases, arrays


def test_steps_equal_those_of_keras(keras: Callable[[str, Path], None], tmp_path: Path) -> None:
    cases, given = keras_cases()
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    np.savez(tmp_path / "cases.npz", **given)  # type: ignore[arg-type]  # the stubs take the names for options
    keras("perceptron", tmp_path)
    answers = np.load(tmp_path / "answers.npz")
    assert len({name.split("/")[0] for name in answers.files}) == len(cases) == len(NETWORKS) * len(STEPS)
    for case in cases:
        name, x, targets = case["name"], given[f"{case['name']}/x"], given[f"{case['name']}/targets"]
        network = Perceptron(
            tuple(
                Layer(given[f"{name}/weights{k}"], given[f"{name}/bias{k}"], activation)
                for k, activation in enumerate(case["activations"])
            )
        )
        settings = case["settings"]
        optimiser = Adam(**settings) if case["optimiser"] == "adam" else GradientDescent(**settings)
        assert np.allclose(network.predict(x), answers[f"{name}/outputs"], rtol=1e-5), name
        state = optimiser.start(network)
        for step in range(case["steps"]):
            found = gradients(network, network.forward(x), targets, case["loss"])
            assert found.loss == pytest.approx(answers[f"{name}/losses"][step], rel=1e-5), name
            network, state = optimiser.step(network, found, state)
            for k, layer in enumerate(network.layers):
                for part, numbers in (("weights", layer.weights), ("bias", layer.bias)):
                    moved = answers[f"{name}/step{step}/{part}{k}"] - given[f"{name}/{part}{k}"]
                    here = numbers - given[f"{name}/{part}{k}"]
                    assert abs(here - moved).max() <= 1e-5 * abs(moved).max(), (name, step, part, k)


# --- forward


def test_the_trace_holds_every_number_of_the_definition() -> None:
    generator = np.random.default_rng(3)
    for hidden, output in product(ACTIVATIONS, ACTIVATIONS):
        network = random_network([3, 4, 2], [hidden, output], generator)
        x = generator.normal(size=(5, 3))
        trace = network.forward(x)
        before = x
        for k, layer in enumerate(network.layers):
            z = naive_sums(before, layer.weights, layer.bias)
            assert np.allclose(trace.sums[k], z, rtol=1e-12, atol=1e-14)
            before = np.array([naive_activation(layer.activation, row) for row in z.tolist()])
            assert np.allclose(trace.activations[k], before, rtol=1e-12, atol=1e-14)
        assert trace.outputs is trace.activations[-1]
        assert np.array_equal(trace.inputs, x)
        assert np.array_equal(network.predict(x), trace.outputs)


def test_activations_are_right_where_numbers_are_large() -> None:
    z = np.array([[-1e4, -745.0, -40.0, 0.0, 40.0, 1e4]])
    with np.errstate(over="raise", invalid="raise"):
        sigmoid = ACTIVATIONS["sigmoid"].forward(z)
        assert sigmoid[0].tolist() == [0, pytest.approx(5e-324), pytest.approx(math.exp(-40)), 0.5, 1, 1]
        softmax = ACTIVATIONS["softmax"].forward(z + np.array([[0, 0, 0, 1e4, 1e4 - 40, 0]]))
        assert softmax[0].tolist() == pytest.approx([0, 0, 0, 1 / 3, 1 / 3, 1 / 3])
        assert np.isfinite(ACTIVATIONS["tanh"].forward(z)).all()


def test_cross_entropy_is_right_where_probabilities_round_to_0_and_1() -> None:
    for output, z, loss, at_sums in (
        ("softmax", [[1000.0, 0.0]], 1000.0, [[1.0, -1.0]]),
        ("sigmoid", [[1000.0, -1000.0]], 1000.0, [[0.5, -0.5]]),  # the mean of two outputs, both wrong
        ("sigmoid", [[-1000.0, 1000.0]], 0.0, [[0.0, 0.0]]),
    ):
        network = Perceptron((Layer(np.array(z), np.zeros(2), output),))
        found = gradients(network, network.forward([[1.0]]), [[0, 1]], "cross_entropy")
        assert found.loss == pytest.approx(loss)
        assert found.sums[0].tolist() == at_sums
        assert np.isfinite(found.activations[0]).all()


def test_sizes_parameters_and_first_weights() -> None:
    network = Perceptron.create([100, 400, 300, 7], np.random.default_rng(0))
    assert network.sizes == (100, 400, 300, 7)
    assert network.parameters == 101 * 400 + 401 * 300 + 301 * 7
    assert [layer.activation for layer in network.layers] == ["relu", "relu", "softmax"]
    assert all(layer.bias.tolist() == [0.0] * len(layer.bias) for layer in network.layers)
    for layer, inputs in zip(network.layers[:2], (100, 400), strict=True):  # He: normal
        assert layer.weights.std() == pytest.approx(math.sqrt(2 / inputs), rel=0.01)
        assert (abs(layer.weights) < layer.weights.std()).mean() == pytest.approx(0.6827, abs=0.01)
    for name in ("tanh", "sigmoid", "linear", "softmax"):  # Glorot: uniform
        weights = Perceptron.create([200, 400, 2], np.random.default_rng(1), activation=name).layers[0].weights
        limit = math.sqrt(6 / 600)
        assert 0.999 * limit < abs(weights).max() <= limit
        assert weights.std() == pytest.approx(limit / math.sqrt(3), rel=0.01)
        assert weights.mean() == pytest.approx(0, abs=0.001)


def test_first_weights_come_from_the_generator_only() -> None:
    first, same, other = (Perceptron.create([3, 4, 2], np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(first.layers[0].weights, same.layers[0].weights)
    assert not np.array_equal(first.layers[0].weights, other.layers[0].weights)


def test_numbers_of_a_layer_are_its_own_and_cannot_be_changed() -> None:
    weights = np.ones((2, 2))
    layer = Layer(weights, np.zeros(2), "relu")
    weights[0, 0] = 5
    assert layer.weights[0, 0] == 1
    network = Perceptron((layer,))
    found = gradients(network, network.forward([[1, 2]]), [[0, 1]], "squared_error")
    after, _ = GradientDescent(0.1).step(network, found, GradientDescent(0.1).start(network))
    for array in (layer.weights, layer.bias, after.layers[0].weights, after.layers[0].bias):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 1


# --- what does not fit


def network_3_2(output: str = "softmax") -> Perceptron:
    return Perceptron.create([3, 2], np.random.default_rng(0), output=output)


def asked(targets: object, loss: str = "cross_entropy", output: str = "softmax") -> Gradients:
    network = network_3_2(output)
    return gradients(network, network.forward(np.zeros((2, 3))), targets, loss)


ONES = np.ones((3, 2))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Layer(ONES, np.zeros(3), "relu"), (r"[3, 2]", r"[3]")),
        (lambda: Layer(np.ones(3), np.zeros(3), "relu"), (r"[3]",)),
        (lambda: Layer(np.ones((3, 0)), np.zeros(0), "relu"), (r"[3, 0]", r"[0]")),
        (lambda: Layer([[1], [2, 3]], np.zeros(1), "relu"), ("ragged",)),  # type: ignore[arg-type]
        (lambda: Layer(np.array([["a"]]), np.zeros(1), "relu"), ("numbers", "<U1")),
        (lambda: Layer(np.array([[np.nan]]), np.zeros(1), "relu"), ("nan", "[0, 0]")),
        (lambda: Layer(np.ones((1, 2)), np.array([0, np.inf]), "relu"), ("bias", "inf", "[1]")),
        (lambda: Layer(ONES, np.zeros(2), "relo"), ("relu, sigmoid, tanh, linear, softmax", "'relo'")),
        (lambda: Layer(np.ones((3, 1)), np.zeros(1), "softmax"), ("[3, 1]", "sigmoid")),
        (lambda: Perceptron(()), ("found none",)),
        (
            lambda: Perceptron((Layer(ONES, np.zeros(2), "relu"), Layer(ONES, np.zeros(2), "relu"))),
            ("layer 2", "[3, 2] in layer 1", "[3, 2] in layer 2"),
        ),
        (lambda: Perceptron.create([3], np.random.default_rng()), ("[3]",)),
        (lambda: Perceptron.create([3, 0, 2], np.random.default_rng()), ("[3, 0, 2]",)),
        (lambda: Perceptron.create([3, 2.0], np.random.default_rng()), ("[3, 2.0]",)),  # type: ignore[list-item]
        (lambda: network_3_2().forward(np.zeros((5, 4))), ("[n, 3]", "[3, 2]", "[5, 4]")),
        (lambda: network_3_2().forward(np.zeros(3)), ("[n, 3]", "found [3]")),
        (lambda: network_3_2().predict([[0, 0, np.nan]]), ("nan", "[0, 2]")),
        (lambda: asked([[1, 0]]), ("[2, 2]", "[1, 2]")),
        (lambda: asked([1, 0]), ("[2, 2]", "[2]")),
        (lambda: asked([[1, 0], [0, np.nan]]), ("nan", "[1, 1]")),
        (lambda: asked([["a", "b"], ["a", "b"]]), ("targets as numbers",)),
        (lambda: asked([[1, 0], [1, 1]]), ("sum to 1", "a sum of 2 in example 1")),
        (lambda: asked([[1, 0], [2, -1]]), ("from 0 to 1", "found 2")),
        (lambda: asked([[1, 0], [0, 1]], "hinge"), ("cross_entropy, squared_error", "'hinge'")),
        (lambda: asked([[1, 0], [0, 1]], output="relu"), ("softmax or sigmoid", "found relu", "squared_error")),
        (lambda: asked([[1, 0], [0, 1]], output="linear"), ("found linear",)),
        (lambda: asked([[1, 0], [0, 1.5]], output="sigmoid"), ("from 0 to 1", "1.5")),
        (
            lambda: gradients(
                network_3_2(), Perceptron.create([3, 4, 2], np.random.default_rng()).forward(ONES.T), ONES.T, "x"
            ),
            ("'x'",),
        ),
        (
            lambda: gradients(
                network_3_2(),
                Perceptron.create([2, 4, 3], np.random.default_rng()).forward(ONES),
                np.eye(3),
                "squared_error",
            ),
            ("[3, 2]", "[2, 4, 3]"),
        ),
        (
            lambda: gradients(
                network_3_2(), network_3_2().forward(np.zeros((0, 3))), np.zeros((0, 2)), "cross_entropy"
            ),
            ("[0, 3]",),
        ),
        (lambda: GradientDescent(0), ("learning rate above 0; found 0",)),
        (lambda: GradientDescent(-0.1), ("found -0.1",)),
        (lambda: GradientDescent(math.nan), ("found nan",)),
        (lambda: GradientDescent(math.inf), ("found inf",)),
        (lambda: GradientDescent("0.1"), ("found '0.1'",)),  # type: ignore[arg-type]
        (lambda: GradientDescent(True), ("found True",)),
        (lambda: GradientDescent(0.1, momentum=1), ("momentum", "found 1")),
        (lambda: GradientDescent(0.1, momentum=-0.1), ("momentum",)),
        (lambda: Adam(beta_1=1), ("beta_1",)),
        (lambda: Adam(beta_2=-1), ("beta_2",)),
        (lambda: Adam(epsilon=0), ("epsilon",)),
        (lambda: Adam(learning_rate=0), ("learning rate",)),
    ],
)
def test_what_does_not_fit_is_said_with_the_shapes(wrong: Callable[[], object], words: tuple[str, ...]) -> None:
    with pytest.raises(ShapeError) as caught:
        wrong()
    message = str(caught.value)
    assert message.startswith("expected ")
    assert "; found" in message
    assert message.count("; ") >= 2
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_batch_of_none_can_be_predicted() -> None:
    assert network_3_2().predict(np.zeros((0, 3))).shape == (0, 2)


def test_numbers_that_overflow_do_so_without_a_warning() -> None:
    for hidden, output in product(ACTIVATIONS, ACTIVATIONS):
        weights = np.full((2, 2), 1e200)
        network = Perceptron((Layer(weights, np.ones(2), hidden), Layer(-weights, np.ones(2), output)))
        found = gradients(network, network.forward([[1e200, -1e250]]), [[0, 1]], "squared_error")
        for optimiser in (GradientDescent(1e300, 0.9), Adam(1e300)):
            optimiser.step(network, found, optimiser.start(network))
