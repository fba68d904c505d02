"""Pictures of perceptrons: each number that is drawn is read back and compared with one that was reckoned elsewhere."""

import ast
import base64
import hashlib
import io
import itertools
import json
import math
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from seefood.drawing.charts import plot
from seefood.drawing.colours import SERIES
from seefood.drawing.svg import Drawing
from seefood.errors import DivergenceError, OutputError, ShapeError
from seefood.perceptron.learning import History, Settings, learn
from seefood.perceptron.network import Layer, Perceptron
from seefood.perceptron.optimisers import Adam, GradientDescent
from seefood.perceptron.pictures import (
    Example,
    draw_all,
    draw_curves,
    draw_network,
    draw_regions,
    draw_surface,
    left_out,
    loss_surface,
)
from seefood.perceptron.pictures import page as page_module
from seefood.perceptron.pictures import words as words_module
from seefood.perceptron.pictures.animation import WORDS, animation
from seefood.perceptron.pictures.curves import running_mean
from seefood.perceptron.pictures.landscape import WeightPlace, furthest_moved
from seefood.perceptron.pictures.regions import area_of, region_colours
from seefood.perceptron.problems import Problem

Array = NDArray[np.float64]
NAMESPACE = "{http://www.w3.org/2000/svg}"
MINUS = "\u2212"
COURSE = Perceptron(
    (Layer(np.array([[0.2, -0.5], [0.8, 0.1], [-0.3, 0.7]]), np.array([0.1, -0.2]), "softmax"),),
)
COURSE_EXAMPLE = Example(np.array([0.5, -1.0, 2.0]), 1, ("hot dog", "not hot dog"), ("red", "round", "long"))
UGLY = ("<script>alert(1)</script>", "핫도그가 아닌 아주 긴 이름 " * 9)


def parsed(drawing: Drawing) -> ET.Element:
    return ET.fromstring(drawing.to_text().encode())


def found(root: ET.Element, name: str, kind: str) -> list[ET.Element]:
    return [each for each in root.iter(f"{NAMESPACE}{name}") if each.get("class") == kind]


def plain(content: str) -> str:
    """Numbers as programs write them: 1.2·10⁻⁷ is 1.2e-7."""
    written = content.replace(MINUS, "-").replace("·10", "e")
    return written.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))


def number_in(content: str) -> float:
    """The number in "b = −0.5", "∂ 1.2·10⁻⁷", "1e−7" on an axis, "93.3 %"."""
    written = plain(content)
    return float(re.findall(r"-?\d[\d.]*(?:e-?\d+)?", written)[-1])


def texts(root: ET.Element, kind: str, key: str) -> dict[str, str]:
    """What is written in one kind of text, by the weight or the node that it belongs to."""
    found_texts = found(root, "text", kind)
    written = {each.get(f"data-{key}", ""): each.text or "" for each in found_texts}
    assert len(written) == len(found_texts)
    return written


def read(root: ET.Element, kind: str, key: str) -> dict[str, float]:
    return {place: number_in(content) for place, content in texts(root, kind, key).items()}


def at(place: str) -> list[int]:
    return [int(part) for part in place.split(":")]


def cell(element: ET.Element, *names: str) -> list[float]:
    return [float(element.get(name, "nan")) for name in names]


# What the network computes, reckoned without it: one node after the other.


def walked_through(network: Perceptron, inputs: Sequence[float]) -> tuple[list[list[float]], list[list[float]]]:
    """The sums and the activations of each layer."""
    sums: list[list[float]] = []
    activations: list[list[float]] = []
    before = list(inputs)
    for layer in network.layers:
        weights, bias = layer.weights.tolist(), layer.bias.tolist()
        z = [bias[j] + sum(before[i] * weights[i][j] for i in range(len(before))) for j in range(len(bias))]
        if layer.activation == "softmax":
            powers = [math.exp(value - max(z)) for value in z]
            before = [power / sum(powers) for power in powers]
        else:
            function: Any = {
                "relu": lambda value: max(value, 0.0),
                "tanh": math.tanh,
                "sigmoid": lambda value: 1 / (1 + math.exp(-value)),
                "linear": lambda value: value,
            }[layer.activation]
            before = [function(value) for value in z]
        sums.append(z)
        activations.append(before)
    return sums, activations


def loss_by_hand(network: Perceptron, inputs: Sequence[float], target: int, name: str = "cross_entropy") -> float:
    outputs = walked_through(network, inputs)[1][-1]
    wanted = [float(target)] if len(outputs) == 1 else [float(node == target) for node in range(len(outputs))]
    if name == "squared_error":
        return sum((a - t) ** 2 for a, t in zip(outputs, wanted, strict=True)) / len(outputs)
    if network.output == "softmax":
        return -math.log(outputs[target])
    terms = [math.log(a) if t else math.log(1 - a) for a, t in zip(outputs, wanted, strict=True)]
    return -sum(terms) / len(terms)


def nudged(network: Perceptron, layer: int, place: tuple[int, ...], by: float) -> Perceptron:
    """The network with one weight (two numbers) or one bias (one number) moved."""
    layers = list(network.layers)
    weights, bias = layers[layer].weights.copy(), layers[layer].bias.copy()
    (weights if len(place) == 2 else bias)[place] += by
    layers[layer] = Layer(weights, bias, layers[layer].activation)
    return Perceptron(tuple(layers))


def slope_by_hand(network: Perceptron, example: Example, layer: int, place: tuple[int, ...]) -> float:
    ends = [
        loss_by_hand(nudged(network, layer, place, by), example.inputs.tolist(), example.target or 0, example.loss)
        for by in (-1e-5, 1e-5)
    ]
    return (ends[1] - ends[0]) / 2e-5


def random_network(sizes: Sequence[int], activation: str, output: str, seed: int = 0) -> Perceptron:
    random = np.random.default_rng(seed)
    network = Perceptron.create(sizes, random, activation=activation, output=output)
    return Perceptron(
        tuple(
            Layer(layer.weights, random.normal(0, 0.5, len(layer.bias)), layer.activation) for layer in network.layers
        )
    )


SMALL = [
    (COURSE, COURSE_EXAMPLE),
    (random_network([2, 4, 2], "tanh", "softmax"), Example(np.array([0.7, -1.2]), 0)),
    (random_network([3, 3, 1], "relu", "sigmoid", 1), Example(np.array([0.3, 0.9, -0.4]), 1)),
    (random_network([2, 3, 3], "sigmoid", "sigmoid", 2), Example(np.array([1.5, 0.2]), 2)),
    (random_network([1, 2, 2], "relu", "linear", 3), Example(np.array([-2.0]), 0, loss="squared_error")),
]


@pytest.mark.parametrize(("network", "example"), SMALL)
def test_every_number_of_a_small_network_is_drawn_and_right(network: Perceptron, example: Example) -> None:
    root = parsed(draw_network(network, example))
    sums, activations = walked_through(network, example.inputs.tolist())
    weights = read(root, "weight", "edge")
    assert len(weights) == sum(layer.weights.size for layer in network.layers)
    for place, said in weights.items():
        layer, source, target = at(place)
        assert said == pytest.approx(network.layers[layer].weights[source, target], abs=6e-4)
    for kind, wanted in (("sum", sums), ("activation", activations), ("bias", [la.bias for la in network.layers])):
        drawn = read(root, kind, "node")
        assert len(drawn) == sum(network.sizes[1:])
        for place, said in drawn.items():
            row, node = at(place)
            assert said == pytest.approx(wanted[row - 1][node], abs=6e-4), (kind, place)
    assert list(read(root, "input", "node").values()) == pytest.approx(example.inputs.tolist())


@pytest.mark.parametrize(("network", "example"), SMALL)
def test_every_gradient_that_is_drawn_is_the_slope_of_the_loss(network: Perceptron, example: Example) -> None:
    root = parsed(draw_network(network, example))
    at_weights, at_biases = read(root, "weight-slope", "edge"), read(root, "bias-slope", "node")
    assert len(at_weights) + len(at_biases) == network.parameters
    for place, said in at_weights.items():
        layer, source, target = at(place)
        by_hand = slope_by_hand(network, example, layer, (source, target))
        assert said == pytest.approx(by_hand, abs=6e-4), place
    at_sums = read(root, "sum-slope", "node")
    for place, said in at_biases.items():
        row, node = at(place)
        assert said == pytest.approx(slope_by_hand(network, example, row - 1, (node,)), abs=6e-4), place
        assert at_sums[place] == said  # the bias goes into the sum as it is


@pytest.mark.parametrize("sizes", [(3, 2), (2, 4, 2), (2, 8, 8, 2), (1, 1, 1), (10, 10)])
def test_there_are_as_many_lines_as_weights_each_between_its_nodes(sizes: tuple[int, ...]) -> None:
    network = random_network(sizes, "tanh", "sigmoid")
    root = parsed(draw_network(network, Example(np.ones(sizes[0]), 0)))
    lines = found(root, "line", "edge")
    assert len(lines) == sum(a * b for a, b in itertools.pairwise(sizes))
    circles = [cell(each, "cx", "cy", "r") for each in found(root, "circle", "node")]
    places = [(row, node) for row, count in enumerate(sizes) for node in range(count)]
    centres = dict(zip(places, circles, strict=True))
    for line in lines:
        layer, source, target = at(line.get("data-edge", ""))
        weight = network.layers[layer].weights[source, target]
        assert float(line.get("data-weight", "nan")) == weight
        assert (line.get("stroke-dasharray") is None) == (weight >= 0)
        for end, place in (("1", (layer, source)), ("2", (layer + 1, target))):
            x, y = cell(line, f"x{end}", f"y{end}")
            centre_x, centre_y, radius = centres[place]
            assert math.hypot(x - centre_x, y - centre_y) == pytest.approx(radius, abs=0.03)
    assert len({tuple(circle[:2]) for circle in circles}) == sum(sizes)


@pytest.mark.parametrize(("network", "example"), SMALL[:4])
def test_bars_are_as_long_as_probabilities_and_the_right_class_is_ticked(network: Perceptron, example: Example) -> None:
    root = parsed(draw_network(network, example))
    outputs = walked_through(network, example.inputs.tolist())[1][-1]
    bars = found(root, "rect", "share")
    assert [cell(each, "width")[0] for each in bars] == pytest.approx([120 * share for share in outputs], abs=0.01)
    ticked = [each.text for each in root.iter(f"{NAMESPACE}text") if (each.text or "").startswith("✓")]
    assert ticked == [f"✓ {example.label(example.target or 0)}"]


def test_the_wrong_class_is_not_ticked() -> None:
    network, example = SMALL[2]  # a single output, which stands for the second class
    root = parsed(draw_network(network, replace(example, target=0)))
    assert not [each for each in root.iter(f"{NAMESPACE}text") if (each.text or "").startswith("✓")]


def test_a_larger_weight_has_a_wider_line() -> None:
    lines = found(parsed(draw_network(COURSE, COURSE_EXAMPLE)), "line", "edge")
    by_size = sorted(lines, key=lambda line: abs(float(line.get("data-weight", "nan"))))
    widths = [float(line.get("stroke-width", "nan")) for line in by_size]
    assert widths == sorted(set(widths))


def box_of(each: ET.Element) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of a text, a disc or a plate; letters of an average font."""
    if each.tag.endswith("circle"):
        x, y, r = cell(each, "cx", "cy", "r")
        return x - r, y - r, x + r, y + r
    if each.tag.endswith("rect"):
        x, y, width, height = cell(each, "x", "y", "width", "height")
        return x, y, x + width, y + height
    x, y, size = cell(each, "x", "y", "font-size")
    wide = 0.56 * size * len(each.text or "")
    left = {"start": x, "middle": x - wide / 2, "end": x - wide}[each.get("text-anchor", "start")]
    return left, y - 0.7 * size, left + wide, y


def overlap(one: ET.Element, other: ET.Element) -> bool:
    a, b = box_of(one), box_of(other)
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@pytest.mark.parametrize("gradients", [False, True])
@pytest.mark.parametrize(("network", "example"), [*SMALL, (random_network([2, 8, 2], "tanh", "softmax"), SMALL[1][1])])
def test_nothing_lies_on_anything_else(network: Perceptron, example: Example, gradients: bool) -> None:
    root = parsed(draw_network(network, example, gradients=gradients))
    plates, circles = found(root, "rect", "plate"), found(root, "circle", "node")
    around = [
        each for kind in ("bias", "sum", "bias-slope", "sum-slope", "percent") for each in found(root, "text", kind)
    ]
    inside = [each for kind in ("weight", "weight-slope") for each in found(root, "text", kind)]
    assert len(plates) == sum(layer.weights.size for layer in network.layers)
    for one, other in itertools.combinations([*plates, *circles, *around], 2):
        assert not overlap(one, other), (one.attrib, other.attrib, one.text, other.text)
    for one, other in itertools.combinations(inside, 2):
        assert not overlap(one, other), (one.text, other.text)
    view = [float(part) for part in (root.get("viewBox") or "").split()]
    for each in root.iter(f"{NAMESPACE}text"):
        left, top, right, bottom = box_of(each)
        assert left >= 0, each.text
        assert right <= view[2], each.text
        assert 0 <= top < bottom <= view[3], each.text


def test_of_large_layers_the_strongest_inputs_are_shown_and_it_is_said_which() -> None:
    network = random_network([196, 64, 10], "relu", "softmax")
    inputs = np.random.default_rng(0).normal(size=196)
    root = parsed(draw_network(network, Example(inputs, 3)))
    assert [each.text for each in found(root, "text", "gap")] == ["⋮", "⋮"]
    counts = [each.text for each in found(root, "text", "count")]
    assert counts[:2] == ["196 nodes; 8 largest shown", "64 nodes; 1–5, 62–64 shown"]
    assert len(found(root, "line", "edge")) == 8 * 8 + 8 * 10
    drawn = read(root, "input", "node")
    strongest = sorted(range(196), key=lambda node: -abs(inputs[node]))[:8]
    assert sorted(drawn) == sorted(f"0:{node}" for node in strongest)
    for place, said in drawn.items():
        assert said == pytest.approx(inputs[at(place)[1]], abs=6e-4)
    percents = read(root, "percent", "node")
    assert list(percents.values()) == pytest.approx((100 * network.predict(inputs[None])[0]).tolist(), abs=0.06)


@pytest.mark.parametrize("target", [0, 7, 29])
def test_of_many_outputs_the_right_one_and_the_most_probable_are_among_those_shown(target: int) -> None:
    network = random_network([3, 30], "relu", "softmax", seed=5)
    example = Example(np.array([0.5, -1.0, 2.0]), target)
    answers = walked_through(network, example.inputs.tolist())[1][-1]
    root = parsed(draw_network(network, example))
    shown = {at(place)[1] for place in read(root, "percent", "node")}
    assert len(shown) == 8
    assert {target, answers.index(max(answers))} <= shown
    missing = [answers[node] for node in range(30) if node not in shown]
    assert max(missing) <= min(answers[node] for node in shown - {target})
    ticked = [each.text for each in root.iter(f"{NAMESPACE}text") if (each.text or "").startswith("✓ class")]
    assert ticked == [f"✓ class {target + 1}"]
    problem = Problem(
        "many", np.tile(example.inputs, (30, 1)), np.arange(30), tuple(f"c{k}" for k in range(30)), tuple("abc")
    )
    history = learn(network, problem, Settings(epochs=1, snapshots=2), np.random.default_rng(0))
    data = Page(animation(problem, history, example=target)).data
    assert f"1:{target}" in data["nodes"]


def test_of_a_very_deep_network_the_first_and_the_last_layers_are_drawn() -> None:
    network = random_network([2, *[4] * 60, 2], "tanh", "softmax")
    root = parsed(draw_network(network, Example(np.ones(2), 0)))
    rows = {at(place)[0] for place in texts(root, "activation", "node")}
    assert rows == {1, 2, 3, 4, 58, 59, 60, 61}
    assert {at(line.get("data-edge", ""))[0] for line in found(root, "line", "edge")} == {0, 1, 2, 3, 58, 59, 60}
    assert [each.text for each in found(root, "text", "left-out")] == ["53 more hidden layers"]
    words = "".join(root.itertext())
    assert "hidden 59: tanh" in words
    assert "hidden 5: tanh" not in words
    assert "A network of 2 → 4 → 4 → 4 → 4 → … → 4 → 4 → 4 → 2 nodes" in words
    width = float(root.get("width", "nan"))
    assert all(box_of(each)[2] <= width for each in root.iter(f"{NAMESPACE}text"))


@pytest.mark.parametrize("value", [0.00996, -0.0042, 3.2e-5, -7e-12, 123456789.0, 4e200])
def test_small_and_large_numbers_are_written_with_powers_of_ten_and_no_e(value: float) -> None:
    network = Perceptron((Layer(np.array([[value, 0.5]]), np.array([value, 0.0]), "linear"),))
    root = parsed(draw_network(network, Example(np.array([1.0]), 0, loss="squared_error")))
    drawn = texts(root, "weight", "edge")["0:0:0"]
    assert "e" not in drawn
    assert number_in(drawn) == pytest.approx(value, rel=0.06)
    assert (abs(value) < 1e-3 or abs(value) > 1e6) == ("·10" in drawn)


def test_of_many_weights_none_is_written_and_the_drawing_says_so() -> None:
    root = parsed(draw_network(random_network([2, 8, 8, 2], "relu", "softmax"), Example(np.ones(2), 0)))
    layers = {at(place)[0] for place in read(root, "weight", "edge")}
    assert layers == {0, 2}
    assert "point at a line for its number" in "".join(root.itertext())


SIZES = (0.00996, -0.0042, 0.0004, -3.2e-5, 7e-12, 12345678.0, -4e200)


def of_all_sizes(nodes: int) -> Perceptron:
    """So many inputs and outputs, with weights and biases that are tiny, small, large and huge."""
    values = np.resize(SIZES, (nodes, nodes))
    return Perceptron((Layer(values, np.resize(SIZES[::-1], nodes), "linear"),))


def test_small_numbers_beside_small_nodes_are_written_out() -> None:
    network = of_all_sizes(7)
    root = parsed(draw_network(network, Example(np.full(7, 1e-200), 0, loss="squared_error")))
    biases = texts(root, "bias", "node")
    for place, said in biases.items():
        bias = float(network.layers[0].bias[at(place)[1]])
        assert number_in(said) == pytest.approx(bias, rel=0.06)
        assert ("·10" in said) == (not 1e-3 <= abs(bias) < 1e6), said
    assert {"b 0.01", "b −0.0042"} <= set(biases.values())


# The arithmetic, reckoned again from what is written.


def reckoned(formula: str) -> float:
    """The value of a formula as it stands on the paper."""
    written = formula.replace("\N{NO-BREAK SPACE}", " ").replace(")²", ")**2").replace("×", "*")
    written = plain(written)
    written = re.sub(r"e\^(-?[\d.]+)", r"exp(\1)", written).replace("e^(", "exp(")
    written = re.sub(r"ln ([\d.]+)", r"ln(\1)", written)
    return float(eval(written, {"__builtins__": {}}, {"exp": math.exp, "ln": math.log, "tanh": math.tanh, "max": max}))


def equations(root: ET.Element) -> list[tuple[str, list[str]]]:
    """What is written out, as (name, [formula, …, result]); a line that was broken is joined again."""
    lines: list[str] = []
    begin = min(cell(each, "x")[0] for each in root.iter(f"{NAMESPACE}text") if "written" in each.get("class", ""))
    for each in root.iter(f"{NAMESPACE}text"):
        if "written" in each.get("class", ""):
            if cell(each, "x")[0] > begin:
                lines[-1] += f" {each.text}"
            else:
                lines.append(each.text or "")
    parts = [re.split(r"\s=\s", line.replace("\N{NO-BREAK SPACE}", " ")) for line in lines]
    return [(part[0], part[1:]) for part in parts if len(part) > 1]


@pytest.mark.parametrize(("network", "example"), SMALL)
def test_what_is_written_out_adds_up(network: Perceptron, example: Example) -> None:
    written = equations(parsed(draw_network(network, example)))
    sums, activations = walked_through(network, example.inputs.tolist())
    results: list[float] = []
    for name, parts in written:
        numeric = [part for part in parts if not re.search(r"[a-zA-Z]₁|[a-zA-Z][₁-₉]|target|weights", part)]
        values = [reckoned(part) for part in numeric]
        assert values == pytest.approx([values[-1]] * len(values), abs=1.5e-3), (name, parts)
        results.append(values[-1])
    forward = [value for z, a in zip(sums, activations, strict=True) for value in (*z, *a)]
    loss = loss_by_hand(network, example.inputs.tolist(), example.target or 0, example.loss)
    assert results[: len(forward) + 1] == pytest.approx([*forward, loss], abs=6e-5)
    assert len(results) > len(forward) + 3  # and the way back


def test_large_sums_are_written_without_numbers_too_large_to_read() -> None:
    network = Perceptron((Layer(np.array([[300.0, 100.0]]), np.zeros(2), "softmax"),))
    root = parsed(draw_network(network, Example(np.array([3.0]), 1)))
    said = "".join(root.itertext()).replace("\N{NO-BREAK SPACE}", " ")
    assert "the largest sum, 900, is taken off first" in said
    assert "loss = −ln p₂ = −ln 0 = 600" in said or "= 600" in said


def test_an_example_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"\[n, 3\].*\[1, 2\]"):
        draw_network(COURSE, Example(np.ones(2)))
    with pytest.raises(ShapeError, match="class 5"):
        draw_network(COURSE, Example(np.ones(3), 5))
    with pytest.raises(ShapeError, match=r"\[2, 3\]"):
        Example(np.ones((2, 3)))


# Learned networks to draw.


def moons(count: int = 60, **changes: Any) -> Problem:
    random = np.random.default_rng(0)
    turn = random.random(count) * math.pi
    targets = np.arange(count) % 2
    x = np.where(targets == 0, np.cos(turn), 1 - np.cos(turn)) + random.normal(0, 0.1, count)
    y = np.where(targets == 0, np.sin(turn), 0.5 - np.sin(turn)) + random.normal(0, 0.1, count)
    values: dict[str, Any] = {
        "name": "moons",
        "inputs": np.stack([x, y], axis=1),
        "targets": targets,
        "labels": ("upper", "lower"),
        "feature_names": ("x", "y"),
    }
    return Problem(**(values | changes))


def learned(problem: Problem, sizes: Sequence[int], output: str = "softmax", **changes: Any) -> History:
    random = np.random.default_rng(3)
    network = Perceptron.create(sizes, random, activation="tanh", output=output)
    options: dict[str, Any] = {"optimiser": Adam(0.05), "batch_size": 16, "epochs": 12, "snapshots": 20}
    return learn(network, problem, Settings(**(options | changes)), random)


@pytest.fixture(scope="module")
def history() -> History:
    return learned(moons(), [2, 4, 2])


def ran_away() -> History:
    problem = moons()
    network = Perceptron.create([2, 6, 1], np.random.default_rng(0), output="linear")
    settings = Settings("squared_error", GradientDescent(30.0), batch_size=20, epochs=50)
    with pytest.raises(DivergenceError) as raised:
        learn(network, problem, settings, np.random.default_rng(0))
    assert isinstance(raised.value.history, History)
    return raised.value.history


# Curves.


def test_a_running_mean_is_the_mean_of_what_is_around() -> None:
    values = np.random.default_rng(0).normal(size=50)
    values[[3, 20, 21]] = np.nan
    for over in (3, 5, 9):
        smooth = running_mean(values, over)
        for place in range(50):
            window = [values[k] for k in range(place - (over - 1) // 2, place + over // 2 + 1) if 0 <= k < 50]
            good = [value for value in window if not math.isnan(value)]
            assert smooth[place] == pytest.approx(sum(good) / len(good))


def ruler(root: ET.Element, axis: str, *, log: bool = False) -> Any:
    """From numbers to pixels, by the first and the last label of an axis."""
    lines = found(root, "line", "tick" if axis == "x" else "grid")
    places = [cell(line, f"{axis}1")[0] for line in lines]
    values = [number_in((each.text or "").replace(",", "")) for each in found(root, "text", f"{axis}-tick")]
    to = np.log10 if log else np.asarray
    slope = (places[-1] - places[0]) / (to(values[-1]) - to(values[0]))
    return lambda value: places[0] + slope * (to(value) - to(values[0]))


def test_each_step_and_each_epoch_is_where_the_axes_say(history: History) -> None:
    root = parsed(draw_curves(history, 60))
    loss, accuracy = list(root.iter(f"{NAMESPACE}g"))[:2]
    log = "by factors" in "".join(loss.itertext())
    across, up = ruler(loss, "x"), ruler(loss, "y", log=log)
    steps = np.array(re.findall(r"[ML]([\d.]+) ([\d.]+)", found(loss, "path", "line")[-2].get("d", "")), float)
    assert len(history.step_losses) == 48
    assert np.allclose(steps, np.stack([across(np.arange(48)), up(history.step_losses)], axis=1), atol=0.03)
    marks = [cell(each, "x1")[0] for each in found(loss, "line", "mark")]
    assert marks == pytest.approx([float(across(4 * number)) for number in range(1, 13)], abs=0.03)
    across, up = ruler(accuracy, "x"), ruler(accuracy, "y")
    drawn = np.array(re.findall(r"[ML]([\d.]+) ([\d.]+)", found(accuracy, "path", "line")[-1].get("d", "")), float)
    wanted = [(float(across(epoch.number)), float(up(epoch.accuracy))) for epoch in history.epochs]
    for place in drawn:
        assert np.abs(np.array(wanted) - place).max(axis=1).min() < 0.05
    assert drawn[-1].tolist() == pytest.approx(list(wanted[-1]), abs=0.05)


def test_test_examples_have_a_curve_of_their_own() -> None:
    problem = moons(test_inputs=moons().inputs[:9], test_targets=moons().targets[:9])
    root = parsed(draw_curves(learned(problem, [2, 3, 2]), 60))
    assert "".join(root.itertext()).count("test examples") == 2


def test_learning_that_ran_away_is_drawn_and_said() -> None:
    history = ran_away()
    said = "".join(parsed(draw_curves(history, 60)).itertext())
    assert "ran away" in said
    assert f"epoch {len(history.epochs) + 1} of 50" in said
    parsed(draw_surface(loss_surface(moons(), history)))
    parsed(draw_regions(moons(), history.network))
    frames = Page(animation(moons(), history)).data["frames"]
    assert [frame["step"] for frame in frames] == [step for step, _ in history.snapshots]
    assert frames[0]["at"] is not None


# The landscape.


def test_the_landscape_is_what_forward_passes_give(history: History) -> None:
    problem = moons()
    places = (WeightPlace(0, 1, 2), WeightPlace(1, 3, 0))
    surface = loss_surface(problem, history, places, size=6)
    assert surface.losses.shape == (6, 6)
    final = history.network
    for row, column in itertools.product(range(6), range(6)):
        network = nudged(final, 0, (1, 2), surface.x[column] - final.layers[0].weights[1, 2])
        network = nudged(network, 1, (3, 0), surface.y[row] - final.layers[1].weights[3, 0])
        losses = [
            loss_by_hand(network, inputs, target)
            for inputs, target in zip(problem.inputs.tolist(), problem.targets.tolist(), strict=True)
        ]
        assert surface.losses[row, column] == pytest.approx(sum(losses) / len(losses), rel=1e-9)
    path = [(n.layers[0].weights[1, 2], n.layers[1].weights[3, 0]) for _, n in history.snapshots]
    assert np.allclose(surface.path, path)
    assert surface.x[0] < surface.path[:, 0].min() < surface.path[:, 0].max() < surface.x[-1]
    assert surface.final_loss == pytest.approx(history.epochs[-1].loss, rel=1e-9)
    assert surface.labels == ("weight from input 2 to hidden 1.3", "weight from hidden 1.4 to output 1")


def test_the_weights_that_moved_furthest_are_found(history: History) -> None:
    first, last = history.snapshots[0][1], history.network
    moved = sorted(
        (
            (abs(float(last.layers[k].weights[i, j] - first.layers[k].weights[i, j])), (k, i, j))
            for k in range(2)
            for i, j in np.ndindex(last.layers[k].weights.shape)
        ),
        reverse=True,
    )
    found_places = [(place.layer, place.source, place.target) for place in furthest_moved(history)]
    assert found_places == [place for _, place in moved[:2]]
    chosen = loss_surface(moons(), history, size=3)
    k, i, j = found_places[0]
    assert np.allclose(chosen.path[:, 0], [n.layers[k].weights[i, j] for _, n in history.snapshots])


def all_numbers(network: Perceptron) -> Array:
    return np.concatenate([np.append(layer.weights.ravel(), layer.bias) for layer in network.layers])


def test_principal_directions_are_those_of_the_covariance(history: History) -> None:
    surface = loss_surface(moons(), history, "principal", size=5)
    moves = np.stack([all_numbers(network) for _, network in history.snapshots]) - all_numbers(history.network)
    values, vectors = np.linalg.eigh(np.cov(moves.T))
    for axis in (0, 1):
        along = moves @ vectors[:, -1 - axis]
        assert np.allclose(np.abs(surface.path[:, axis]), np.abs(along), atol=1e-6)
        share = 100 * values[-1 - axis] / values.sum()
        assert number_in(surface.labels[axis].partition("(")[2]) == pytest.approx(share, abs=0.51)
    assert surface.path[0, 0] < 0 == pytest.approx(surface.path[-1, 0])
    # In its middle the plane goes through a network that is made here from the direction itself.
    direction = vectors[:, -1] * np.sign(-(moves[0] @ vectors[:, -1]))
    other = vectors[:, -2] * np.sign(-(moves[0] @ vectors[:, -2]))
    numbers = all_numbers(history.network) + surface.x[3] * direction + surface.y[1] * other
    network = Perceptron(
        (
            Layer(numbers[:8].reshape(2, 4), numbers[8:12], "tanh"),
            Layer(numbers[12:20].reshape(4, 2), numbers[20:], "softmax"),
        )
    )
    pairs = zip(moons().inputs.tolist(), moons().targets.tolist(), strict=True)
    losses = [loss_by_hand(network, inputs, target) for inputs, target in pairs]
    assert surface.losses[1, 3] == pytest.approx(sum(losses) / len(losses), rel=1e-6)


def raster_of(root: ET.Element, index: int = 0) -> NDArray[np.uint8]:
    image = list(root.iter(f"{NAMESPACE}image"))[index]
    data = base64.b64decode(image.get("href", "").partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_the_landscape_is_lighter_where_the_loss_is_larger_and_the_path_lies_on_it(history: History) -> None:
    surface = loss_surface(moons(), history, size=12)
    root = parsed(draw_surface(surface))
    lightness = raster_of(root).astype(float) @ [0.2126, 0.7152, 0.0722]
    losses = surface.losses[::-1]  # the first row of pixels is on top
    order = np.argsort(losses.ravel())
    assert np.all(np.diff(lightness.ravel()[order]) > -0.6)
    across, up = ruler(root, "x"), ruler(root, "y")
    path = np.array(re.findall(r"[ML]([\d.]+) ([\d.]+)", found(root, "path", "line")[-2].get("d", "")), float)
    wanted = np.stack([across(surface.path[:, 0]), up(surface.path[:, 1])], axis=1)
    assert np.allclose(path[[0, -1]], wanted[[0, -1]], atol=0.05)
    said = "".join(root.itertext())
    for words in ("start", "end", "Loss at the end: ", "shadow", surface.labels[0]):
        assert words in said


def test_a_landscape_of_one_step_and_of_no_step_at_all() -> None:
    problem = moons()
    one = learned(problem, [2, 2], epochs=1, batch_size=60)
    assert len(one.step_losses) == 1
    none = replace(one, snapshots=one.snapshots[-1:])
    for history, over in itertools.product((one, none), ("furthest", "principal")):
        surface = loss_surface(problem, history, over, size=5)  # type: ignore[arg-type]
        assert np.isfinite(surface.losses).all()
        assert np.ptp(surface.x) > 0 < np.ptp(surface.y)
        parsed(draw_surface(surface))


def test_weights_that_are_not_there_are_refused(history: History) -> None:
    place = WeightPlace(0, 0, 0)
    with pytest.raises(ShapeError, match=r"\[2, 4\].*\[2, 0\]"):
        loss_surface(moons(), history, (place, WeightPlace(0, 2, 0)))
    with pytest.raises(ShapeError, match="layer from 0 to 1"):
        loss_surface(moons(), history, (place, WeightPlace(2, 0, 0)))
    with pytest.raises(ShapeError, match="different"):
        loss_surface(moons(), history, (place, place))


# Regions.


def class_of(colour: NDArray[np.uint8], classes: int) -> int:
    """Whose colour it is: the class's own, made lighter, which keeps the order and the ratio of what is missing."""
    missing = 255.0 - colour
    own = [255.0 - np.array([int(SERIES[k][i : i + 2], 16) for i in (1, 3, 5)]) for k in range(classes)]
    return int(np.argmax([missing @ each / np.linalg.norm(missing) / np.linalg.norm(each) for each in own]))


@pytest.mark.parametrize(("classes", "outputs"), [(2, 2), (2, 1), (3, 3)])
def test_each_pixel_has_the_colour_of_the_answer_at_its_centre(classes: int, outputs: int) -> None:
    problem = moons(targets=np.arange(60) % classes, labels=tuple("abc"[:classes]))
    network = random_network([2, 5, outputs], "tanh", "sigmoid" if outputs == 1 else "softmax", seed=4)
    area = area_of(problem)
    pixels = region_colours(network, area, 24)
    strengths: list[tuple[float, float]] = []
    for row, column in itertools.product(range(24), range(24)):
        x = area.left + (column + 0.5) / 24 * (area.right - area.left)
        y = area.top - (row + 0.5) / 24 * (area.top - area.bottom)
        answer = walked_through(network, [x, y])[1][-1]
        answer = [1 - answer[0], answer[0]] if outputs == 1 else answer
        best = int(np.argmax(answer))
        assert class_of(pixels[row, column], classes) == best
        own = 255.0 - np.array([int(SERIES[best][i : i + 2], 16) for i in (1, 3, 5)])
        strengths.append((answer[best], float((255.0 - pixels[row, column]) @ own / (own @ own))))
    sure, strong = np.array(sorted(strengths)).T
    chance = 1 / classes
    assert np.abs(strong - (0.1 + 0.52 * (sure - chance) / (1 - chance))).max() < 0.52 / 38 + 0.01  # half a step
    picture = raster_of(parsed(draw_regions(problem, network)))
    assert np.array_equal(picture, region_colours(network, area, len(picture)))


def test_the_examples_that_are_wrong_are_ringed(history: History) -> None:
    problem = moons()
    network = random_network([2, 3, 2], "tanh", "softmax", seed=8)
    answers = [int(np.argmax(walked_through(network, inputs)[1][-1])) for inputs in problem.inputs.tolist()]
    wrong = [index for index, answer in enumerate(answers) if answer != problem.targets[index]]
    assert 0 < len(wrong) < 60
    root = parsed(draw_regions(problem, network))
    across, up = ruler(root, "x"), ruler(root, "y")
    rings = {each.get("d", "") for each in found(root, "path", "rings")}
    places = np.array(re.findall(r"M([\d.]+) ([\d.]+)", "".join(sorted(rings))), float) + [7.5, 0]  # noqa: RUF005
    wanted = np.stack([across(problem.inputs[wrong, 0]), up(problem.inputs[wrong, 1])], axis=1)
    assert len(places) == len(wrong)
    assert np.allclose(sorted(places.tolist()), sorted(wanted.tolist()), atol=0.05)
    assert f"the {len(wrong)} of 60 examples" in "".join(root.itertext())
    shapes = {each.get("d", "")[-3:] for each in found(root, "path", "points")}
    assert len(found(root, "path", "points")) == 2 == len(shapes)


def test_regions_need_two_inputs() -> None:
    problem = moons(inputs=np.ones((60, 3)), feature_names=("a", "b", "c"))
    with pytest.raises(ShapeError, match=r"\[n, 2\].*\[60, 3\]"):
        draw_regions(problem, COURSE)


# The animation.


class Page(HTMLParser):
    """What is in a page: elements with their attributes, and the text of scripts, styles and the output."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": [], "h1": []}
        self._open: list[str] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in self.inside:
            self.inside[tag].append("")
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open[-1:] == [tag]:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self.inside[self._open[-1]][-1] += data

    @property
    def data(self) -> Any:
        return json.loads(self.inside["script"][0])


@pytest.fixture(scope="module")
def page(history: History) -> str:
    return animation(moons(), history)


def test_a_page_asks_for_nothing_from_elsewhere(page: str) -> None:
    assert "://" not in page
    assert "@import" not in page
    assert "url(" not in page
    for tag, attributes in Page(page).elements:
        assert tag not in {"link", "iframe", "object", "embed", "base"}
        for name, value in attributes.items():
            assert name != "style"
            assert not name.startswith("on")
            if name in {"src", "href", "srcset", "action", "data"}:
                assert (value or "").startswith("data:image/png;base64,"), (tag, name)


def test_the_policy_lets_only_this_style_and_this_script_in(page: str) -> None:
    seen = Page(page)
    policy = next(attributes["content"] or "" for tag, attributes in seen.elements if "http-equiv" in attributes)
    for name, content in (("style-src", seen.inside["style"][0]), ("script-src", seen.inside["script"][1])):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy
    assert "innerHTML" not in seen.inside["script"][1]


def test_the_frames_are_the_snapshots(page: str, history: History) -> None:
    data = Page(page).data
    assert [frame["step"] for frame in data["frames"]] == [step for step, _ in history.snapshots]
    area = area_of(moons())
    inputs = moons().inputs[0].tolist()
    for frame, (step, network) in zip(data["frames"], history.snapshots, strict=True):
        assert frame["epoch"] == math.ceil(step / 4)
        for place, weight in zip(data["edges"], frame["weights"], strict=True):
            layer, source, target = at(place)
            assert weight == pytest.approx(network.layers[layer].weights[source, target], rel=1e-5)
        sums, activations = walked_through(network, inputs)
        for key, wanted in (("sums", sums), ("activations", activations)):
            assert frame[key] == pytest.approx([value for row in wanted for value in row], rel=1e-5)
        pairs = zip(moons().inputs.tolist(), moons().targets.tolist(), strict=True)
        losses = [loss_by_hand(network, values, target) for values, target in pairs]
        assert frame["loss"] == pytest.approx(sum(losses) / 60, rel=1e-5)
        image = Image.open(io.BytesIO(base64.b64decode(frame["plane"].partition(",")[2]))).convert("RGB")
        assert np.array_equal(np.asarray(image), region_colours(network, area, image.width))


def test_sixty_frames_stay_below_three_megabytes() -> None:
    problem = moons(targets=np.arange(60) % 3, labels=("a", "b", "c"))
    made = animation(problem, learned(problem, [2, 16, 16, 3], snapshots=200, epochs=60))
    assert len(Page(made).data["frames"]) == 60
    assert len(made.encode()) < 3_000_000


def test_strangers_text_does_nothing_in_a_page() -> None:
    name = "</script><script>alert(2)</script><img src=x onerror=alert(3)>"
    problem = moons(labels=UGLY, feature_names=("]]> & \"'", "\u202egnol\x00"), name=name)
    history = learned(problem, [2, 3, 1], "sigmoid", epochs=2)
    plain = Page(animation(moons(), learned(moons(), [2, 3, 1], "sigmoid", epochs=2)))
    for language in ("en", "ko"):
        seen = Page(animation(problem, history, language=language))
        tags = [[tag for tag, _ in each.elements if tag in {"script", "img", "b"}] for each in (seen, plain)]
        assert tags == [["script", "script"]] * 2
        assert name in seen.inside["h1"][0]


def test_what_the_script_reads_cannot_end_its_element() -> None:
    said = "</script><script>alert(1)</script>"
    made = page_module.Page(WORDS["en"], "title", "summary", (), 1, {"frames": [said]}).to_text()
    assert [tag for tag, _ in Page(made).elements].count("script") == 2
    assert "<" not in Page(made).inside["script"][0]
    assert Page(made).data["frames"] == [said]


def test_the_page_speaks_korean(history: History) -> None:
    seen = animation(moons(), history, language="ko")
    assert '<html lang="ko">' in seen
    assert Page(seen).data["words"]["pause"] == "일시정지"
    for words in (">재생</button>", ">단계</label>", "<title>moons 학습 과정"):
        assert words in seen
    with pytest.raises(ValueError, match="en, ko"):
        animation(moons(), history, language="xx")  # type: ignore[arg-type]


def test_controls_have_names_and_can_be_reached(page: str) -> None:
    elements = Page(page).elements
    labels = [attributes.get("for") for tag, attributes in elements if tag == "label"]
    inputs = [attributes.get("id") for tag, attributes in elements if tag == "input"]
    assert labels == inputs == ["frame"]
    assert all(int(attributes.get("tabindex") or 0) >= 0 for _, attributes in elements)
    figures = [attributes for tag, attributes in elements if tag == "figure"]
    assert len(figures) == 3
    assert all(attributes.get("aria-label") for attributes in figures)


# In a browser.


@pytest.fixture(scope="module")
def browser() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return path
    pytest.skip("no Chromium on this machine")


def opened(browser: str, page: Path, folder: Path, *options: str, query: str = "") -> tuple[str, str]:
    """The page as the browser has it after its script ran, and what it complained about."""
    command = [
        *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
        *("--enable-logging=stderr", f"--user-data-dir={folder / 'browser'}", *options, "--dump-dom"),
        f"{page.as_uri()}{query}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def drawn_in(content: str) -> ET.Element:
    """The network in the page."""
    start = content.index("<svg", content.index('class="network"'))
    drawing = content[start : content.index("</svg>", start) + len("</svg>")]
    return ET.fromstring(drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def test_a_browser_shows_what_python_draws(browser: str, page: str, history: History, tmp_path: Path) -> None:
    place = tmp_path / "learning.html"
    place.write_text(page, encoding="utf-8")
    number = 7
    content, complaints = opened(browser, place, tmp_path, query=f"?frame={number}")
    assert complaints == ""
    step, network = history.snapshots[number]
    largest = max(abs(layer.weights).max() for _, each in history.snapshots for layer in each.layers)
    example = Example(moons().inputs[0], int(moons().targets[0]), ("upper", "lower"), ("x", "y"))
    wanted = parsed(draw_network(network, example, gradients=False, written=False, largest=float(largest)))
    shown = drawn_in(content)
    for kind, key in (("weight", "edge"), *((kind, "node") for kind in ("input", "activation", "sum", "bias"))):
        assert texts(shown, kind, key) == texts(wanted, kind, key)
    assert texts(shown, "percent", "node") == texts(wanted, "percent", "node")
    for one, other in zip(found(shown, "line", "edge"), found(wanted, "line", "edge"), strict=True):
        assert cell(one, "stroke-width") == pytest.approx(cell(other, "stroke-width"), abs=0.011)
        assert one.get("stroke-dasharray") == other.get("stroke-dasharray")
        colour = [int((other.get("stroke") or "")[i : i + 2], 16) for i in (1, 3, 5)]
        assert [int(part) for part in re.findall(r"\d+", one.get("stroke") or "")] == pytest.approx(colour, abs=1)
    status = re.findall(r"<output[^>]*>([^<]*)</output>", content)[0]
    assert status.startswith(f"Step {step} of 48, epoch {math.ceil(step / 4)}: loss ")
    assert Page(page).data["frames"][number]["plane"] in content.split('type="application/json"')[0]


@pytest.mark.parametrize("nodes", [3, 7])
def test_numbers_of_all_sizes_are_written_the_same_in_a_browser(browser: str, tmp_path: Path, nodes: int) -> None:
    network, inputs = of_all_sizes(nodes), np.resize([1e-200, 0.5, 0.003, -0.0002], (4, nodes))
    problem = Problem("sizes", inputs, np.arange(4) % nodes, tuple("abcdefg"[:nodes]), tuple("hijklmn"[:nodes]))
    settings = Settings("squared_error", Adam(0.1), epochs=1)
    told = History(
        np.array([1.0]),
        (),
        ((0, random_network([nodes, nodes], "relu", "linear")), (1, network)),
        network,
        0.0,
        settings,
    )
    place = tmp_path / "learning.html"
    place.write_text(animation(problem, told), encoding="utf-8")
    content, complaints = opened(browser, place, tmp_path, query="?frame=1")
    assert complaints == ""
    example = Example.of(problem, 0, "squared_error")
    wanted, shown = parsed(draw_network(network, example, gradients=False, written=False)), drawn_in(content)
    for kind in ("sum", "activation", "bias"):
        assert texts(shown, kind, "node") == texts(wanted, kind, "node")
    titles = [[line[0].text for line in found(root, "line", "edge")] for root in (shown, wanted)]
    assert titles[0] == titles[1]


def test_it_plays_by_itself_unless_motion_is_unwelcome(browser: str, page: str, tmp_path: Path) -> None:
    place = tmp_path / "learning.html"
    place.write_text(page, encoding="utf-8")
    still, complaints = opened(browser, place, tmp_path, "--force-prefers-reduced-motion")
    assert complaints == ""
    assert "Step 48 of 48" in still
    assert ">Play</button>" in still
    moving, complaints = opened(browser, place, tmp_path, "--virtual-time-budget=900")
    assert complaints == ""
    assert ">Pause</button>" in moving
    assert "Step 48 of 48" not in moving


def test_strangers_text_does_nothing_in_a_browser(browser: str, tmp_path: Path) -> None:
    problem = moons(labels=UGLY, name="<img src=x onerror=\"document.title='broken'\">")
    place = tmp_path / "learning.html"
    place.write_text(animation(problem, learned(problem, [2, 3, 2], epochs=1)), encoding="utf-8")
    content, complaints = opened(browser, place, tmp_path, query="?frame=0")
    assert complaints == ""
    assert "<title>Learning &lt;img" in content


# All of them.


def test_all_pictures_are_written(history: History, tmp_path: Path) -> None:
    places = draw_all(moons(), history, tmp_path, language="ko")
    assert sorted(places) == ["history", "learning", "loss", "network", "regions", "surface"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in places.values())
    for path in places.values():
        if path.suffix == ".svg":
            assert ET.parse(path).getroot().get("role") == "img"
    again = tmp_path / "again"
    again.mkdir()
    for name, path in draw_all(moons(), history, again, language="ko").items():
        assert path.read_bytes() == places[name].read_bytes()
    record = json.loads(places["history"].read_text())
    assert record["step_losses"] == history.step_losses.tolist()
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.glob("*.[sh][vt]*")}
    assert record["files"] == {name: digest for name, digest in digests.items() if name != "history.json"}


def three_inputs() -> tuple[Problem, History]:
    random = np.random.default_rng(0)
    problem = Problem("three", random.random((40, 3)), np.arange(40) % 2, ("a", "b"), ("x", "y", "z"))
    return problem, learned(problem, [3, 2], epochs=2)


@pytest.mark.parametrize("is_changed", [False, True])
def test_a_run_leaves_nothing_of_the_one_before_and_touches_nothing_else(
    history: History, tmp_path: Path, is_changed: bool
) -> None:
    draw_all(moons(), history, tmp_path)
    (tmp_path / "mine.svg").write_text("mine")
    if is_changed:
        (tmp_path / "regions.svg").write_text("somebody drew on it")
    places = draw_all(*three_inputs(), tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {path.name for path in places.values()} | {"mine.svg"} | ({"regions.svg"} if is_changed else set())


@pytest.mark.parametrize(
    "record",
    [
        '{"files": {"../outside.svg": "DIGEST", "mine.svg": "DIGEST", "regions.svg": 5}}',
        '{"files": ["regions.svg"]}',
        '{"files": "regions.svg"}',
        "[1]",
        "{",
        "\x00",
        "[" * 100_000,
    ],
)
def test_a_history_of_somebody_else_has_nothing_removed(tmp_path: Path, record: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    others = [tmp_path / "outside.svg", folder / "mine.svg", folder / "regions.svg"]
    for path in others:
        path.write_text("mine")
    (folder / "history.json").write_text(record.replace("DIGEST", hashlib.sha256(b"mine").hexdigest()))
    draw_all(*three_inputs(), folder)
    assert [path.read_text() for path in others] == ["mine"] * 3


def test_where_writing_fails_the_run_before_stays_whole(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_all(moons(), history, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    synced: list[int] = []

    def full(number: int) -> None:
        synced.append(number)
        if len(synced) == 4:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("seefood.perceptron.pictures.folder.os.fsync", full)
    with pytest.raises(OutputError, match=r"\.svg: expected to write here; found: no space left on device"):
        draw_all(*three_inputs(), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_more_than_two_inputs_have_no_regions(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    inputs, targets = random.random((40, 14)), np.arange(40) % 3
    problem = Problem("many", inputs, targets, (*UGLY, "c"), tuple(f"pixel {k}" for k in range(14)))
    places = draw_all(problem, learned(problem, [14, 12, 3], epochs=2), tmp_path)
    assert sorted(places) == ["history", "learning", "loss", "network", "surface"]
    assert "plane" not in Page(places["learning"].read_text(encoding="utf-8")).data["frames"][0]


def test_a_single_weight_and_its_bias_make_a_landscape(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    problem = Problem("thin", random.random((20, 1)), np.arange(20) % 2, ("a", "b"), ("x",))
    places = draw_all(problem, learned(problem, [1, 1], "sigmoid", epochs=3), tmp_path)
    assert "principal direction 1" in places["surface"].read_text(encoding="utf-8")


def test_learning_that_failed_at_once_has_pictures_too(tmp_path: Path) -> None:
    shapes = (((2, 2), "relu"), ((2, 2), "softmax"))
    huge = Perceptron(tuple(Layer(np.full(shape, 1e200), np.zeros(2), name) for shape, name in shapes))
    with pytest.raises(DivergenceError) as raised:
        learn(huge, moons(), Settings(), np.random.default_rng(0))
    assert isinstance(raised.value.history, History)
    assert len(raised.value.history.step_losses) == 0
    for name, path in draw_all(moons(), raised.value.history, tmp_path).items():
        if path.suffix == ".svg":
            assert ET.parse(path).getroot().get("aria-label"), name


def test_of_very_many_classes_the_first_are_named() -> None:
    labels = tuple(f"class number {number}" for number in range(300))
    problem = moons(600, targets=np.arange(600) % 300, labels=labels)
    root = parsed(draw_regions(problem, random_network([2, 3, 300], "tanh", "softmax")))
    words = "".join(root.itertext())
    assert "class number 19" in words
    assert "class number 20" not in words
    assert "… and 280 more classes" in words


def test_pictures_need_a_folder_and_an_example_that_is_there(history: History, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="create it first"):
        draw_all(moons(), history, tmp_path / "missing")
    with pytest.raises(ShapeError, match=r"60 examples.*number 60.*\[60, 2\]"):
        draw_all(moons(), history, tmp_path, example=60)


def test_a_loss_chart_can_stand_beside_others(history: History) -> None:
    from seefood.perceptron.pictures.curves import loss_chart

    made = plot(loss_chart(history, 60, "Loss"), 320, 150)
    assert 150 < made.height < 400
    assert float(made.across.pixels(0.0)) < float(made.across.pixels(48.0)) < 320


def test_numbers_that_overflow_are_drawn_the_same_in_a_browser(browser: str, history: History, tmp_path: Path) -> None:
    """Weights so large that the sums are infinite and the outputs no numbers."""
    sizes = (((2, 4), "relu"), ((4, 2), "softmax"))
    huge = Perceptron(tuple(Layer(np.full(shape, 1e200), np.zeros(shape[1]), name) for shape, name in sizes))
    told = replace(history, network=huge, snapshots=((0, history.network), (48, huge)))
    problem = moons(inputs=np.abs(moons().inputs))
    place = tmp_path / "learning.html"
    place.write_text(animation(problem, told), encoding="utf-8")
    content, complaints = opened(browser, place, tmp_path, query="?frame=1")
    assert complaints == ""
    example = Example(problem.inputs[0], 0, ("upper", "lower"), ("x", "y"))
    wanted = parsed(draw_network(huge, example, gradients=False, written=False))
    shown = drawn_in(content)
    for kind in ("sum", "activation"):
        assert texts(shown, kind, "node") == texts(wanted, kind, "node")
    assert "∞" in "".join(texts(shown, "sum", "node").values())


# Scaled columns.


def scaled_problem(**changes: Any) -> Problem:
    """Millimetres and metres, standardised, from lines 2, 4, 6 …"""
    given = moons(inputs=moons().inputs * [1000, 0.002] + [5000, 0.01], feature_names=("length", "width"), **changes)
    return replace(given, lines=2 * np.arange(1, 61)).standardised()


def test_regions_of_a_scaled_table_are_drawn_in_the_files_own_units() -> None:
    problem = scaled_problem()
    raw = moons().inputs * [1000, 0.002] + [5000, 0.01]
    root = parsed(draw_regions(problem, random_network([2, 3, 2], "tanh", "softmax"), judged=False))
    across, up = ruler(root, "x"), ruler(root, "y")
    wanted = sorted([float(across(x)), float(up(y))] for x, y in raw)
    drawn = [each.get("d", "") for each in found(root, "path", "points")]
    circles = np.array(re.findall(r"M([\d.]+) ([\d.]+)a", drawn[0]), float)
    assert len(drawn) == 2
    assert len(circles) == 30
    for x, y in circles + [4.5, 0]:  # noqa: RUF005 -- an array: a circle begins at its left
        assert min(abs(x - a) + abs(y - b) for a, b in wanted) < 0.1
    words = [each.text for each in root.iter(f"{NAMESPACE}text")]
    assert {"length", "width"} <= set(words)
    image = next(root.iter(f"{NAMESPACE}image"))
    left, right = cell(image, "x")[0], cell(image, "x")[0] + cell(image, "width")[0]
    spread = np.ptp(raw[:, 0])
    assert left == pytest.approx(float(across(raw[:, 0].min() - 0.12 * spread)), abs=0.1)
    assert right == pytest.approx(float(across(raw[:, 0].max() + 0.12 * spread)), abs=0.1)


def test_numbers_that_cannot_be_drawn_leave_the_axes_standardised_and_say_so() -> None:
    problem = moons(inputs=moons().inputs * [1e307, 1.0]).standardised()
    words = [
        each.text
        for each in parsed(draw_regions(problem, random_network([2, 2], "relu", "softmax"))).iter(f"{NAMESPACE}text")
    ]
    assert {"x (standardised)", "y (standardised)"} <= set(words)


def test_a_network_says_that_its_inputs_are_scaled_and_from_which_line() -> None:
    problem = scaled_problem()
    root = parsed(draw_network(random_network([2, 3, 2], "relu", "softmax"), Example.of(problem, 4, "cross_entropy")))
    words = [each.text for each in root.iter(f"{NAMESPACE}text")]
    assert "inputs: standardised" in words
    assert "with example 4 (line 10 of the file)" in words
    raw = float(moons().inputs[4, 0] * 1000 + 5000)
    said = [each.text or "" for each in root.iter(f"{NAMESPACE}title") if "in the file" in (each.text or "")]
    assert number_in(said[0].partition(";")[2]) == pytest.approx(raw, abs=1e-5)


# Large networks.


def test_large_networks_are_drawn_more_coarsely_and_the_largest_without_a_landscape() -> None:
    small, large = (random_network([2, nodes, nodes, 2], "relu", "softmax") for nodes in (8, 800))
    fine, coarse = (len(raster_of(parsed(draw_regions(moons(), network)))) for network in (small, large))
    assert fine == 160
    assert 24 <= coarse < 100
    huge = Perceptron.create([2, 2500, 2500, 2], np.random.default_rng(0))
    history = History(np.zeros(0), (), ((0, huge),), huge, 0.0, Settings())
    assert list(left_out(moons(), history)) == ["surface"]
    assert left_out(moons(), replace(history, network=small, snapshots=((0, small),))) == {}
    assert f"{huge.parameters:,} weights" in left_out(moons(), history)["surface"]
    side = len(loss_surface(moons(), replace(history, network=large, snapshots=((0, large),))).x)
    assert 9 <= side < 33


def test_an_interrupt_is_drawn_as_one_and_not_as_running_away(history: History) -> None:
    epochs = history.epochs[:5]
    stopped = replace(history, epochs=epochs, step_losses=history.step_losses[:22], ending="interrupted")
    said = "".join(parsed(draw_curves(stopped, 60)).itertext())
    assert "Learning was interrupted in epoch 6 of 12." in said
    assert "epoch 1" in said
    assert "epoch 5" not in said  # it would lie under the mark that says so
    assert "ran away" not in said


def test_deep_networks_are_scrolled_on_narrow_screens(page: str) -> None:
    problem = moons()
    deep = animation(problem, learned(problem, [2, *[4] * 7, 2], epochs=1))
    widths = [int(re.findall(r"min-width:(\d+)px;margin", Page(each).inside["style"][0])[0]) for each in (page, deep)]
    natural = [float(drawn_in(each).get("width", "nan")) for each in (page, deep)]
    assert widths[0] == 600
    assert 0.65 * natural[1] < widths[1] < natural[1]


# In Korean.


def spoken() -> set[str]:
    """Every text of the pictures' code, with which `said` may be called; and all with which it is called directly."""
    texts: set[str] = set()
    for path in Path(words_module.__file__).parent.glob("*.py"):
        if path.name == "words.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in words_module.KOREAN:
                texts.add(node.value)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "said":
                argument = node.args[1]
                if isinstance(argument, ast.Constant):
                    texts.add(str(argument.value))
    return texts


def test_each_text_has_its_korean_with_the_same_values_in_it() -> None:
    assert spoken() == set(words_module.KOREAN)
    for english, korean in words_module.KOREAN.items():
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(set(re.findall(r"\{\w+\}", korean))), english
        assert re.search("[가-힣]", korean) or english == "with {example}", english


@pytest.mark.parametrize("kind", ["plane", "scaled", "large", "ran away", "one layer"])
def test_no_english_word_is_left_in_korean_pictures(kind: str, tmp_path: Path) -> None:
    problem = scaled_problem() if kind == "scaled" else moons()
    if kind == "large":
        random = np.random.default_rng(0)
        inputs, targets = random.random((80, 50)), np.arange(80) % 20
        problem = Problem("moons", inputs, targets, tuple(f"{k}" for k in range(20)), tuple(f"{k}" for k in range(50)))
    sizes = {"large": [50, 60, *[4] * 10, 20], "one layer": [2, 2]}.get(kind, [2, 4, 2])
    history = ran_away() if kind == "ran away" else learned(problem, sizes, epochs=3)
    allowed = {"moons", "upper", "lower", "length", "width", "relu", "tanh", "softmax", "linear", "max"}
    for path in draw_all(problem, history, tmp_path, language="ko", example=3).values():
        if path.suffix == ".json":
            continue
        content = re.sub(r"<(style|script)[^>]*>.*?</\1>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        said = re.findall(r">([^<>]+)<", content) + re.findall(r'aria-label="([^"]*)"', content)
        assert len(said) > 10
        english = {word for text in said for word in re.findall("[A-Za-z]{3,}", text)} - allowed
        assert not english, (path.name, english)
