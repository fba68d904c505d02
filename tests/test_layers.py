"""Layers and stacks in NumPy: equal to Keras with the same weights, to a naive loop, and receptive fields that hold."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from seefood.convolution.layers import (
    ACTIVATIONS,
    Activation,
    Dense,
    Flatten,
    GlobalAveragePooling,
    GlobalMaxPooling,
    Layer,
    Softmax,
)
from seefood.convolution.receptive_field import PIXEL, ReceptiveField, Span
from seefood.convolution.sliding import AveragePooling, Convolution, MaxPooling
from seefood.convolution.stack import Stack
from seefood.errors import ShapeError

Array = np.ndarray[Any, np.dtype[Any]]
TOLERANCE = 1e-5
SEED = 20240611


def relative(found: Array, expected: Array) -> float:
    assert found.shape == expected.shape
    assert np.isfinite(found).all()
    return float(abs(found - expected).max() / max(abs(expected).max(), 1e-30))


# Keras, for random layers and stacks with shared weights.


class Both(NamedTuple):
    """A layer of ours, and how to make the same of Keras: the kind, its settings, its weights."""

    ours: Layer
    kind: str
    settings: dict[str, Any]
    weights: tuple[Array, ...] = ()


class Case(NamedTuple):
    """An input and the layers that it goes through."""

    x: Array
    layers: tuple[Both, ...]


def pair(random: np.random.Generator, low: int, high: int) -> tuple[int, int]:
    down, across = random.integers(low, high + 1, 2).tolist()
    return down, across


def maps(random: np.random.Generator, low: int = 7, high: int = 16, channels: int | None = None) -> Array:
    height, width = pair(random, low, high)
    channels = channels or int(random.integers(1, 6))
    return random.normal(size=(int(random.integers(1, 4)), height, width, channels)).astype(np.float32)


def random_padding(random: np.random.Generator) -> Any:
    return "same" if random.random() < 0.5 else "valid"


def convolution(random: np.random.Generator, channels: int, largest: int = 5) -> Both:
    """Any kernel, even ones too; Keras takes a stride or a dilation, not both."""
    padding, filters = random_padding(random), int(random.integers(1, 7))
    kernel = random.normal(size=(*pair(random, 1, largest), channels, filters)).astype(np.float32)
    bias = random.normal(size=filters).astype(np.float32) if random.random() < 0.8 else None
    side = int(random.integers(1, 4))
    stride, dilation = [(1, 1), (side, side), (1, 1)][k := int(random.integers(3))], (1, 1)
    if k == 2:
        dilation = pair(random, 1, 2)
    settings = {
        "filters": filters,
        "kernel_size": kernel.shape[:2],
        "strides": stride,
        "padding": padding,
        "dilation_rate": dilation,
        "use_bias": bias is not None,
    }
    ours = Convolution(kernel, bias, stride, padding, dilation)
    return Both(ours, "convolution", settings, (kernel,) if bias is None else (kernel, bias))


def depthwise(random: np.random.Generator, channels: int) -> Both:
    """Keras keeps [height, width, channels, multiplier]; as groups it is [height, width, 1, channels × multiplier]."""
    padding, multiplier, stride = random_padding(random), int(random.integers(1, 4)), int(random.integers(1, 3))
    kernel = random.normal(size=(*pair(random, 1, 4), channels, multiplier)).astype(np.float32)
    bias = random.normal(size=channels * multiplier).astype(np.float32)
    settings = {
        "kernel_size": kernel.shape[:2],
        "strides": (stride, stride),
        "padding": padding,
        "depth_multiplier": multiplier,
    }
    grouped = kernel.reshape(*kernel.shape[:2], 1, channels * multiplier)
    ours = Convolution(grouped, bias, stride, padding, groups=channels)
    return Both(ours, "depthwise", settings, (kernel, bias))


def grouped(random: np.random.Generator) -> Both:
    kernel = random.normal(size=(3, 2, 2, 6)).astype(np.float32)
    bias = random.normal(size=6).astype(np.float32)
    settings = {"filters": 6, "kernel_size": (3, 2), "groups": 3, "padding": "same"}
    return Both(Convolution(kernel, bias, padding="same", groups=3), "convolution", settings, (kernel, bias))


def pooling(random: np.random.Generator, kind: str, largest: int = 5) -> Both:
    padding, size = random_padding(random), pair(random, 1, largest)
    stride = pair(random, 1, 3) if random.random() < 0.7 else None
    make = MaxPooling if kind == "max pooling" else AveragePooling
    return Both(make(size, stride, padding), kind, {"pool_size": size, "strides": stride, "padding": padding})


def dense(random: np.random.Generator, inputs: int, outputs: int) -> Both:
    weights = (random.normal(size=(inputs, outputs)) / np.sqrt(inputs)).astype(np.float32)
    bias = random.normal(size=outputs).astype(np.float32)
    return Both(Dense(weights, bias), "dense", {"units": outputs}, (weights, bias))


def activation(name: Any) -> Both:
    return Both(Activation(name), "activation", {"activation": name})


def stack(random: np.random.Generator) -> Case:
    """A small network of every kind of layer, as the course builds them."""
    x = maps(random, 14, 24)
    first = convolution(random, x.shape[3], 3)
    filters = first.ours.output_shape(x.shape[1:])[2]
    second = convolution(random, filters, 3)
    layers = [first, activation(str(random.choice(["relu", "relu6", "tanh", "sigmoid"])))]
    layers += [pooling(random, str(random.choice(["max pooling", "average pooling"])), 3), second, activation("relu")]
    ends = (
        Both(Flatten(), "flatten", {}),
        Both(GlobalAveragePooling(), "global average pooling", {}),
        Both(GlobalMaxPooling(), "global max pooling", {}),
    )
    layers.append(ends[int(random.integers(3))])
    (inputs,) = Stack([both.ours for both in layers]).table(x.shape[1:]).rows[-1].output or (0,)
    layers += [dense(random, inputs, 9), activation("relu"), dense(random, 9, 4), Both(Softmax(), "softmax", {})]
    return Case(x, tuple(layers))


def fitting(random: np.random.Generator, make: Callable[[np.random.Generator], Case]) -> Case:
    """A case whose layers fit its input; a random one may be too small, which Keras refuses as well."""
    while True:
        case = make(random)
        try:
            Stack([both.ours for both in case.layers])(case.x)
        except ShapeError:
            continue
        return case


def single(make: Callable[[np.random.Generator, int], Both]) -> Callable[[np.random.Generator], Case]:
    def case(random: np.random.Generator) -> Case:
        x = maps(random)
        return Case(x, (make(random, x.shape[3]),))

    return case


def cases() -> Iterator[Case]:
    """170 of them; each has a generator of its own."""
    singles = {
        "convolution": (60, single(convolution)),
        "depthwise": (20, single(depthwise)),
        "max pooling": (25, single(lambda random, _: pooling(random, "max pooling"))),
        "average pooling": (25, single(lambda random, _: pooling(random, "average pooling"))),
        "stack": (20, lambda random: fitting(random, stack)),
    }
    for place, (count, make) in enumerate(singles.values()):
        for number in range(count):
            yield fitting(np.random.default_rng([SEED, place, number]), make)
    random = np.random.default_rng(SEED)
    yield Case(maps(random, channels=6), (grouped(random),))
    for name in ACTIVATIONS:
        yield Case(4 * maps(random), (activation(name),))
    for _ in range(10):
        x = random.normal(size=(3, 17)).astype(np.float32)
        yield Case(x, (dense(random, 17, 5), Both(Softmax(), "softmax", {})))
    yield Case(np.array([[1000.0, 999.0, -1000.0]], np.float32), (Both(Softmax(), "softmax", {}),))
    yield Case(np.array([[-200.0, -20.0, 0.0, 20.0, 200.0]], np.float32), (activation("sigmoid"),))


@pytest.fixture(scope="module")
def answered(
    keras: Callable[[str, Path], None], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[Case, list[Array]]]:
    """Each case with what each layer of Keras made of it."""
    folder = tmp_path_factory.mktemp("layers")
    every, arrays, described = list(cases()), {}, []
    for number, case in enumerate(every):
        arrays[f"{number}/x"] = case.x
        layers = []
        for place, both in enumerate(case.layers):
            names = [f"{number}/{place}/{part}" for part in range(len(both.weights))]
            arrays |= dict(zip(names, both.weights, strict=True))
            layers.append({"kind": both.kind, "settings": both.settings, "weights": names})
        described.append({"input": f"{number}/x", "layers": layers})
    np.savez(folder / "arrays.npz", **arrays)  # type: ignore[arg-type]  # its stub takes them for a flag
    (folder / "cases.json").write_text(json.dumps(described))
    keras("layers", folder)
    answers = np.load(folder / "answers.npz")
    return [
        (case, [answers[f"{number}/{place}"] for place in range(len(case.layers) - 1)] + [answers[str(number)]])
        for number, case in enumerate(every)
    ]


def test_layers_and_stacks_equal_keras(answered: list[tuple[Case, list[Array]]]) -> None:
    assert len(answered) > 150
    errors = []
    for case, expected in answered:
        trace = Stack([both.ours for both in case.layers]).trace(case.x)
        errors += [relative(found, values) for found, values in zip(list(trace.values())[1:], expected, strict=True)]
        table = Stack([both.ours for both in case.layers]).table(case.x.shape[1:])
        assert [row.output for row in table] == [values.shape[1:] for values in expected]
    assert max(errors) < TOLERANCE, sorted(errors)[-5:]


def test_the_random_cases_are_not_all_easy(answered: list[tuple[Case, list[Array]]]) -> None:
    layers = [both.ours for case, _ in answered for both in case.layers]
    sliding = [layer for layer in layers if isinstance(layer, Convolution)]
    assert any(layer.padding == "same" and layer.window[0][0] % 2 == 0 and layer.window[1][0] > 1 for layer in sliding)
    assert any(layer.padding == "same" and layer.dilation == (2, 1) for layer in sliding)
    assert any(layer.window[1] == (3, 3) for layer in sliding)
    assert any(layer.bias is None for layer in sliding)
    pools = [layer for layer in layers if isinstance(layer, MaxPooling | AveragePooling)]
    assert any(layer.padding == "same" and layer.window[0][0] % 2 and layer.window[1][0] == 2 for layer in pools)
    assert {type(layer) for layer in layers} >= {Flatten, GlobalAveragePooling, GlobalMaxPooling, Dense, Softmax}


# By hand, without Keras.


def test_a_convolution_is_the_sum_over_its_window() -> None:
    random = np.random.default_rng(5)
    x, kernel = random.normal(size=(2, 6, 7, 4)), random.normal(size=(2, 3, 2, 6)).astype(np.float32)
    bias = np.arange(6, dtype=np.float32)
    found = Convolution(kernel, bias, stride=(2, 1), padding=((1, 0), (2, 1)), dilation=(1, 2), groups=2)(x)
    padded = np.zeros((2, 7, 10, 4))
    padded[:, 1:, 2:9] = x
    expected = np.zeros((2, 3, 6, 6))
    for n, row, column, f in np.ndindex(expected.shape):
        group = f // 3
        expected[n, row, column, f] = bias[f] + sum(
            padded[n, 2 * row + i, column + 2 * j, 2 * group + k] * kernel[i, j, k, f]
            for i, j, k in np.ndindex(2, 3, 2)
        )
    assert relative(found, expected) < 1e-6


def test_padding_does_not_count_in_a_pooling() -> None:
    x = np.array([[-5.0, -3.0, -1.0], [-4.0, -2.0, -6.0], [-9.0, -8.0, -7.0]]).reshape(1, 3, 3, 1)
    assert MaxPooling(2, padding="same")(x)[0, :, :, 0].tolist() == [[-2, -1], [-8, -7]]
    assert AveragePooling(2, padding="same")(x)[0, :, :, 0].tolist() == [[-3.5, -3.5], [-8.5, -7]]


def test_a_table_counts_parameters_and_multiply_adds() -> None:
    layers = (
        Convolution(np.ones((3, 3, 3, 8)), np.ones(8), stride=2, padding="same"),
        Convolution(np.ones((3, 3, 1, 8)), padding="same", groups=8),
        MaxPooling(2),
        Flatten(),
        Dense(np.ones((128, 10)), np.ones(10)),
        Softmax(),
    )
    table = Stack(layers).table((16, 16, 3))
    assert [row.parameters for row in table] == [3 * 3 * 3 * 8 + 8, 3 * 3 * 8, 0, 0, 1290, 0]
    assert [row.multiply_adds for row in table] == [64 * 27 * 8, 64 * 9 * 8, 0, 0, 1280, 0]
    assert (table.parameters, table.multiply_adds) == (224 + 72 + 1290, 13824 + 4608 + 1280)
    assert [row.output for row in table] == [(8, 8, 8), (8, 8, 8), (4, 4, 8), (128,), (10,), (10,)]
    assert [row.stride for row in table] == [(2, 2), (1, 1), (2, 2), None, None, None]
    sizes = [row.receptive_field.size for row in table if row.receptive_field is not None]
    assert sizes == [(3, 3), (7, 7), (9, 9), (16, 16), (16, 16), (16, 16)]
    assert table.rows[1].to_json()["receptive_field"] == [7, 7]


def test_names_are_the_kind_and_a_number() -> None:
    small = Convolution(np.ones((1, 1, 1, 1)))
    twice = Stack([small, Activation("relu"), small, Activation("relu")])
    assert list(twice.trace(np.ones((1, 2, 2, 1)))) == ["input", "convolution 1", "relu 1", "convolution 2", "relu 2"]
    named = Stack([small, small], ["edges", "corners"])
    assert [row.name for row in named.table((2, 2, 1))] == ["edges", "corners"]


def test_a_layer_is_frozen_and_keeps_its_own_weights() -> None:
    kernel, weights = np.ones((1, 1, 1, 1), np.float32), np.ones((1, 1), np.float32)
    layer, last = Convolution(kernel), Dense(weights)
    kernel[...], weights[...] = 5, 5
    assert layer(np.ones((1, 1, 1, 1))).item() == last(np.ones((1, 1))).item() == 1
    with pytest.raises(ValueError, match="read-only"):
        layer.kernel[...] = 2
    with pytest.raises(AttributeError):
        layer.stride = 2  # type: ignore[misc]


# Bad input.

CONVOLUTION = Convolution(np.ones((3, 3, 2, 4)))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: CONVOLUTION(np.ones((1, 5, 5, 3))), ("[3, 3, 2, 4]", "['n', 5, 5, 3]")),
        (lambda: CONVOLUTION(np.ones((1, 2, 5, 2))), ("3 by 3", "2 by 5")),
        (lambda: CONVOLUTION(np.ones((5, 5))), ("height, width, channels", "['n', 5]")),
        (lambda: CONVOLUTION(np.array([["a"]])), ("numbers", "<U1")),
        (lambda: Convolution(np.ones((3, 3))), ("[3, 3]",)),
        (lambda: Convolution(np.full((1, 1, 1, 1), np.nan)), ("nan",)),
        (lambda: Convolution(np.ones((3, 3, 2, 4)), np.ones(3)), ("[4]", "[3]", "[3, 3, 2, 4]")),
        (lambda: Convolution(np.ones((3, 3, 2, 4)), groups=3), ("4 filters", "3")),
        (lambda: Convolution(np.ones((1, 1, 1, 1)), stride=0)(np.ones((1, 2, 2, 1))), ("stride", "0")),
        (lambda: MaxPooling(3)(np.ones((1, 2, 2, 1))), ("3 by 3", "2 by 2")),
        (lambda: MaxPooling(0), ("0",)),
        (lambda: AveragePooling(2, stride=0), ("stride", "0")),
        (lambda: AveragePooling(2, padding=1), ("'valid' or 'same'", "1")),  # type: ignore[arg-type]
        (lambda: GlobalMaxPooling()(np.ones((1, 3))), ("['n', 3]",)),
        (lambda: Dense(np.ones((3, 2)))(np.ones((1, 4))), ("[3, 2]", "['n', 4]")),
        (lambda: Dense(np.ones((3, 2)))(np.ones((1, 1, 1, 3))), ("vectors", "['n', 1, 1, 3]", "Flatten")),
        (lambda: Dense([[1, 2], [3]]), ("weights",)),  # type: ignore[arg-type]
        (lambda: Dense(np.full((2, 2), np.inf)), ("infinity",)),
        (lambda: Dense(np.ones((3, 2)), np.ones((2, 1))), ("[2]", "[2, 1]", "[3, 2]")),
        (lambda: Activation("swish"), ("relu", "'swish'")),  # type: ignore[arg-type]
        (lambda: Stack([]), ("layers", "none")),
        (lambda: Stack([np.ones(3)]), ("ndarray",)),  # type: ignore[list-item]
        (lambda: Stack([Flatten()], ["input"]), ("input",)),
        (lambda: Stack([Flatten(), Softmax()], ["a", "a"]), ("2 different names",)),
        (lambda: Stack([Flatten()])(np.full((1, 1, 1, 1), np.nan)), ("NaN",)),
        (
            lambda: Stack([CONVOLUTION, CONVOLUTION])(np.ones((1, 9, 9, 2))),
            ("layer 2, convolution 2", "['n', 7, 7, 4]"),
        ),
        (lambda: Stack([CONVOLUTION, CONVOLUTION]).table((9, 9, 2)), ("layer 2, convolution 2", "['n', 7, 7, 4]")),
        (
            lambda: Stack([Flatten(), Dense(np.ones((3, 1)))]).table((2, 2, 1)),
            ("layer 2, dense 1", "['n', 4]", "[3, 1]"),
        ),
        (lambda: PIXEL.joined(PIXEL.through((1, 1), (2, 2), pads=(0, 0))), ("1 pixels", "2")),
    ],
)
def test_what_does_not_fit_is_said_with_both_shapes(call: Callable[[], Any], words: tuple[str, ...]) -> None:
    with pytest.raises(ShapeError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    assert "expected" in message
    assert "found" in message
    for word in words:
        assert word in message


# Receptive fields, against pixels that are changed.


def seen(network: Stack, x: Array) -> Array:
    """Which pixels change which numbers: truth values [rows, columns, height, width]."""
    height, width = x.shape[1:3]
    changed = np.repeat(x, height * width, axis=0).reshape(height, width, *x.shape[1:])
    for i, j in np.ndindex(height, width):
        changed[i, j, i, j] += 1
    differs = network(changed.reshape(-1, *x.shape[1:])) != network(x)
    return np.asarray(np.moveaxis(differs.any(axis=-1), 0, -1).reshape(*differs.shape[1:3], height, width))


SIDE = 52


def random_fields(number: int) -> tuple[Stack, Array]:
    """Positive weights, so that nothing cancels, and averages: every weight counts."""
    random = np.random.default_rng([SEED, number])
    layers: list[Layer] = []
    for _ in range(3):
        if random.random() < 0.3:
            layers.append(AveragePooling(pair(random, 1, 2), None, random_padding(random)))
        kernel = random.uniform(0.5, 1, (*pair(random, 1, 3), 1, 1))
        stride = pair(random, 1, 2)
        layers.append(Convolution(kernel, None, stride, random_padding(random), pair(random, 1, 2)))
    network = Stack(layers)
    *_, last = network.table((SIDE, SIDE + 3, 1))
    if last.receptive_field is None or max(last.receptive_field.size) > SIDE // 2:  # so that some lie inside
        return random_fields(number + 100)
    return network, random.normal(size=(1, SIDE, SIDE + 3, 1))


@pytest.mark.parametrize("number", range(12))
def test_pixels_outside_a_receptive_field_are_not_seen_and_its_rim_is(number: int) -> None:
    network, x = random_fields(number)
    *_, last = network.table(x.shape[1:])
    field, touched, inside = last.receptive_field, seen(network, x), 0
    assert field is not None
    for row, column in np.ndindex(touched.shape[:2]):
        top, left, bottom, right = field.box(row, column)
        outside = touched[row, column].copy()
        outside[max(top, 0) : bottom, max(left, 0) : right] = False
        assert not outside.any()
        margin = max(field.jump)  # nearer the edge a layer on the way may see its own padding instead
        if min(top, left) >= margin and bottom <= SIDE - margin and right <= SIDE + 3 - margin:
            inside += 1
            pixels = np.argwhere(touched[row, column])
            assert (*pixels.min(0), *pixels.max(0) + 1) == (top, left, bottom, right)
    assert inside


def test_global_pooling_and_what_is_flattened_see_the_whole_picture() -> None:
    deep = [Convolution(np.ones((3, 3, 1, 1)), padding="same", stride=2) for _ in range(3)]
    for end in (GlobalAveragePooling(), Flatten()):
        *_, last = Stack([*deep, end, Dense(np.ones((1 if end.kind != "flatten" else 20, 1)))]).table((32, 40, 1))
        assert last.receptive_field is not None
        assert last.receptive_field.box(0, 0) == (0, 0, 32, 40)
    # A stride that jumps over the last rows never sees them.
    *_, last = Stack([Convolution(np.ones((2, 2, 1, 1)), stride=3), GlobalMaxPooling()]).table((10, 10, 1))
    assert last.receptive_field is not None
    assert last.receptive_field.box(0, 0) == (0, 0, 8, 8)


def test_an_addition_sees_what_either_side_sees() -> None:
    entry = PIXEL.through((7, 7), (2, 2), pads=(3, 3))
    branch = entry.through((3, 1), (1, 1), pads=(1, 0))
    assert branch.joined(entry) == branch == entry.joined(branch)
    shifted = entry.through((2, 1), (1, 1), pads=(0, 0))
    assert branch.joined(shifted).down == Span(11, 2, -5)
    whole = ReceptiveField(Span(30, 0, 0), Span(30, 0, 0))
    assert whole.joined(entry) == entry.joined(whole) == whole
