"""Architectures: their tables and networks against Keras', the course's three, and what does not fit."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from drawn_networks import drawn
from seefood.errors import ShapeError
from seefood.networks import frameworks
from seefood.networks.architecture import Architecture
from seefood.networks.building import build
from seefood.networks.course import BATCH_SIZES, NAMED, with_dropout, with_strides
from seefood.networks.layers import Activation, BatchNormalisation, Dense, Dropout, Flatten, GlobalPooling, LayerSpec
from seefood.networks.notation import parse
from seefood.networks.sliding import Convolution, Pooling

if TYPE_CHECKING:
    from collections.abc import Callable

Array = NDArray[Any]


@pytest.fixture(scope="session")
def framework() -> Any:
    """The module ``keras``; skips the test where it or TensorFlow is not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("keras", "tensorflow")):
        pytest.skip(f"no Keras on TensorFlow: {frameworks.COMMAND}")
    return frameworks.keras()


def by_hand(keras: Any, layers: tuple[LayerSpec, ...], shape: tuple[int, ...], classes: int) -> Any:
    """The network that the settings describe, by Keras' own defaults where nothing is said."""
    make: dict[type[LayerSpec], Callable[[Any], Any]] = {
        Convolution: lambda layer: keras.layers.Conv2D(
            layer.filters, layer.kernel_size, layer.strides, layer.padding, activation=layer.activation
        ),
        Pooling: lambda layer: (keras.layers.MaxPooling2D if layer.pool == "max" else keras.layers.AveragePooling2D)(
            layer.size, layer.strides, layer.padding
        ),
        GlobalPooling: lambda layer: (
            keras.layers.GlobalMaxPooling2D if layer.pool == "max" else keras.layers.GlobalAveragePooling2D
        )(),
        BatchNormalisation: lambda _: keras.layers.BatchNormalization(),
        Dropout: lambda layer: keras.layers.Dropout(layer.rate),
        Dense: lambda layer: keras.layers.Dense(layer.units, activation=layer.activation),
        Activation: lambda layer: keras.layers.Activation(layer.name),
        Flatten: lambda _: keras.layers.Flatten(),
    }
    model = keras.Sequential([keras.Input(shape)])
    for layer in (*layers, None):
        if isinstance(layer, Dense | None) and len(model.output_shape) == 4:
            model.add(keras.layers.Flatten())
        model.add(keras.layers.Dense(classes, activation="softmax") if layer is None else make[type(layer)](layer))
    return model


def essentials(model: Any) -> list[tuple[str, dict[str, Any]]]:
    """Each layer's class and settings, without what makes no difference."""
    found = []
    for layer in model.layers:
        config = layer.get_config()
        for aside in ("name", "seed", "kernel_initializer"):
            config.pop(aside, None)
        found.append((type(layer).__name__, config))
    return found


@pytest.mark.parametrize("seed", range(60))
def test_a_network_is_what_keras_makes_of_the_same_settings(framework: Any, seed: int) -> None:
    """Layers, shapes and parameters; and what is refused here is refused there."""
    random = np.random.default_rng(seed)
    architecture = parse(drawn(random, largest=6))
    shape = (*(int(side) for side in random.integers(6, 20, 2)), int(random.integers(1, 4)))
    try:
        table = architecture.table(shape, classes=7)
    except ShapeError:
        with pytest.raises(ValueError, match=r"size|dim|shape|rank"):
            by_hand(framework, architecture.layers, shape, 7)
        return
    ours, theirs = build(architecture, shape, 7, seed=seed), by_hand(framework, architecture.layers, shape, 7)
    assert essentials(ours) == essentials(theirs)
    assert [row.name for row in table] == [layer.name for layer in ours.layers]
    assert [row.output for row in table] == [tuple(layer.output.shape[1:]) for layer in theirs.layers]
    assert [row.parameters for row in table] == [layer.count_params() for layer in theirs.layers]
    assert table.parameters == theirs.count_params()
    for row, layer in zip(table, theirs.layers, strict=True):
        kernel = next((weight for weight in layer.weights if "kernel" in weight.path), None)
        places = int(np.prod(layer.output.shape[1:-1])) if kernel is not None else 0
        assert row.multiply_adds == places * (0 if kernel is None else int(np.prod(kernel.shape)))
        assert row.activation == (name if (name := layer.get_config().get("activation")) != "linear" else None)


def test_what_is_refused_is_among_the_random_networks() -> None:
    """The test above has seen both."""
    refused = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        architecture = parse(drawn(random, largest=6))
        shape = (*(int(side) for side in random.integers(6, 20, 2)), int(random.integers(1, 4)))
        try:
            architecture.table(shape, classes=7)
        except ShapeError:
            refused += 1
    assert 5 <= refused <= 45


@pytest.mark.parametrize(
    "text",
    [
        "conv 1 3 linear, conv 1 2x3 linear stride 2",
        "conv 1 4 linear same, pool 3 stride 2 same, conv 1 3 linear same",
        "conv 1 3 linear, pool average 2, batchnorm, conv 1 2 linear",
    ],
)
def test_a_receptive_field_holds_the_pixels_that_change_the_number(framework: Any, text: str) -> None:
    """Pictures of one white pixel each, weights of 1: where the answer is not 0, the number saw the pixel."""
    architecture, shape = parse(text), (19, 21, 1)
    steps = architecture.steps(shape, classes=2)
    model = build(architecture, shape, 2, seed=0)
    for layer in model.layers:
        if "conv" in layer.name:
            layer.set_weights([np.ones_like(layer.get_weights()[0]), np.zeros(1)])
    count = len(architecture.layers)
    maps = framework.Model(model.inputs[0], model.layers[count - 1].output)
    answers = np.asarray(maps(np.eye(19 * 21, dtype=np.float32).reshape(-1, *shape), training=False))
    rows, columns = answers.shape[1:3]
    row, column = rows // 2, columns // 2
    seen = np.flatnonzero(answers[:, row, column, 0] > 0)
    top, left, bottom, right = (seen // 21).min(), (seen % 21).min(), (seen // 21).max() + 1, (seen % 21).max() + 1
    field = list(architecture.table(shape, 2))[count - 1].receptive_field
    assert field is not None
    assert field.box(row, column) == (top, left, bottom, right)
    assert steps[count - 1].after == (rows, columns, 1)


def test_the_course_networks_have_the_numbers_of_the_course() -> None:
    """Worked out by hand: 3 × 3 × channels × filters + filters; inputs × units + units."""
    tables = {name: NAMED[name].table((28, 28, 1), 10) for name in ("digits", "fashion", "strided")}
    by_layer = {name: [row.parameters for row in table if row.parameters] for name, table in tables.items()}
    assert by_layer == {
        "digits": [200, 3620, 24 * 24 * 20 * 128 + 128, 1290],
        "fashion": [120, 2180, 3620, 22 * 22 * 20 * 100 + 100, 1010],
        "strided": [300, 8130, 6 * 6 * 30 * 128 + 128, 1290],
    }
    assert [row.output for row in tables["strided"]][:4] == [(13, 13, 30), (13, 13, 30), (6, 6, 30), (6, 6, 30)]
    fields = [row.receptive_field.size for row in tables["strided"] if row.receptive_field is not None]
    assert fields == [(3, 3), (3, 3), (7, 7), (7, 7), (27, 27), (27, 27), (27, 27)]
    assert BATCH_SIZES == {"digits": 128, "fashion": 100, "strided": 128}


def test_the_course_networks_are_the_course_networks(framework: Any) -> None:
    """As they are written in the course, without its last layer, which is always the same."""
    layers = framework.layers
    written = {
        "digits": [
            layers.Conv2D(20, kernel_size=(3, 3), activation="relu"),
            layers.Conv2D(20, kernel_size=(3, 3), activation="relu"),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
        ],
        "fashion": [
            layers.Conv2D(12, kernel_size=3, activation="relu"),
            layers.Conv2D(20, kernel_size=3, activation="relu"),
            layers.Conv2D(20, kernel_size=3, activation="relu"),
            layers.Flatten(),
            layers.Dense(100, activation="relu"),
        ],
        "strided": [
            layers.Conv2D(30, kernel_size=(3, 3), strides=2, activation="relu"),
            layers.Dropout(0.5),
            layers.Conv2D(30, kernel_size=(3, 3), strides=2, activation="relu"),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
        ],
    }
    for name, stack in written.items():
        theirs = framework.Sequential([framework.Input((28, 28, 1)), *stack, layers.Dense(10, activation="softmax")])
        assert essentials(build(NAMED[name], (28, 28, 1), 10, seed=0)) == essentials(theirs), name


def test_behind_a_global_pooling_the_whole_picture_is_seen() -> None:
    table = parse("conv 2 3 same, global").table((12, 20, 1), 10)
    assert [row.receptive_field.size for row in table if row.receptive_field is not None] == [
        *((3, 3), (12, 20), (12, 20)),
    ]


@pytest.mark.parametrize(
    ("text", "strides", "expected"),
    [
        ("conv 20 3, conv 20 3, dense 9", 2, "conv 20 3 stride 2, conv 20 3 stride 2, dense 9"),
        ("conv 20 3 stride 3, pool 2, dense 9", 1, "conv 20 3, pool max 2, dense 9"),
        ("conv 20 3 same tanh", (2, 1), "conv 20 3 stride 2x1 same tanh"),
        ("dense 9", 2, "dense 9"),
    ],
)
def test_strides_are_those_of_every_convolution(text: str, strides: int, expected: str) -> None:
    assert str(with_strides(parse(text), strides)) == expected


@pytest.mark.parametrize(
    ("text", "rate", "expected"),
    [
        ("conv 2 3, conv 2 3, dense 9", 0.25, "conv 2 3, dropout 0.25, conv 2 3, dropout 0.25, dense 9"),
        ("conv 2 3, dropout 0.5, dense 9, dropout 0.1", 0.25, "conv 2 3, dropout 0.25, dense 9"),
        ("conv 2 3, dropout 0.5, dense 9, dropout 0.1", 0, "conv 2 3, dense 9"),
        ("conv 2 3 linear, batchnorm, relu, pool 2, dense 9", 0.5,
         "conv 2 3 linear, batchnorm, relu, pool max 2, dropout 0.5, dense 9"),
        ("conv 2 3", 0.5, "conv 2 3, dropout 0.5"),
        ("flatten, dense 9, dense 8 tanh", 0.5, "flatten, dense 9, dropout 0.5, dense 8 tanh, dropout 0.5"),
    ],
)  # fmt: skip
def test_dropout_is_behind_each_convolution_and_what_belongs_to_it(text: str, rate: float, expected: str) -> None:
    assert str(with_dropout(parse(text), rate)) == expected


def test_the_strided_network_and_its_twin_are_made_of_each_other() -> None:
    twin = with_strides(NAMED["strided"], 1)
    assert str(with_dropout(twin, 0)) == "conv 30 3, conv 30 3, flatten, dense 128"
    assert with_dropout(with_strides(with_dropout(twin, 0), 2), 0.5) == NAMED["strided"]


SHRUNK = (
    "layer 4, conv_4 (conv 20 3 stride 2): expected maps of at least 3 by 3 pixels for a window of that size; "
    "found 2 by 2, after 28 by 28 → 13 by 13 → 6 by 6 → 2 by 2; use smaller"
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "conv 30 3 stride 2, conv 30 3 stride 2, conv 30 3 stride 2, conv 20 3 stride 2",
            SHRUNK,
        ),
        ("dropout 0.5, pool average 2x30", "layer 2, pool_1 (pool average 2x30): expected maps of at least 2 by 30 "),
        ("conv 2 29", "found 28 by 28, the picture itself;"),
        ("dense 100, conv 3 3", "layer 2, conv_1 (conv 3 3): expected maps (height, width, channels); found a vector "),
        ("global, dense 3, global max", "layer 3, global_2 (global max): expected maps"),
        ("dense 1000000, dense 1000", "layer 1, dense_1 (dense 1000000): expected at most 500,000,000 weights in all"),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(text: str, says: str) -> None:
    with pytest.raises(ShapeError) as caught:
        parse(text).table((28, 28, 1), 10)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 0), (28.0, 28, 1), ()])
def test_a_picture_needs_three_sides(shape: Any) -> None:
    with pytest.raises(ShapeError, match="shape of a picture"):
        parse("dense 3").table(shape, 10)


@pytest.mark.parametrize("classes", [1, 0, -3, 2.0, True, "10"])
def test_there_are_two_classes_or_more(classes: Any) -> None:
    with pytest.raises(ShapeError, match="two classes or more"):
        parse("dense 3").table((28, 28, 1), classes)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Convolution(0, 3),
        lambda: Convolution(3, (3, 3, 3)),  # type: ignore[arg-type]
        lambda: Convolution(3, 3, 0),
        lambda: Convolution(3, 3, padding="full"),  # type: ignore[arg-type]
        lambda: Convolution(3, 3, activation="softmax"),
        lambda: Convolution(True, 3),
        lambda: Pooling(0),
        lambda: Pooling(2, pool="min"),  # type: ignore[arg-type]
        lambda: Dense(2.5),  # type: ignore[arg-type]
        lambda: Dropout(1),
        lambda: Dropout(float("nan")),
        lambda: Activation("swoosh"),
        lambda: Architecture(()),
        lambda: Architecture(("dense 3",)),  # type: ignore[arg-type]
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(make: Any) -> None:
    with pytest.raises(ShapeError, match=r"^expected .+; found .+; .+"):
        make()


def test_the_same_seed_gives_the_same_network(framework: Any) -> None:
    architecture = parse("conv 4 3, conv 4 3, dropout 0.5, dense 8")
    one, same, other = (build(architecture, (9, 9, 1), 3, seed).get_weights() for seed in (5, 5, 6))
    assert all((a == b).all() for a, b in zip(one, same, strict=True))
    assert not any(a.std() and (a == b).any() for a, b in zip(one, other, strict=True))
    twins = build(parse("dense 8, dense 8, dense 8"), (1, 8, 1), 8, 5).get_weights()
    assert not (twins[0] == twins[2]).any()
    assert not (twins[2] == twins[4]).any()


def test_the_same_seed_drops_the_same_numbers(framework: Any) -> None:
    x = np.random.default_rng(0).random((4, 9, 9, 1), np.float32)
    models = [build(parse("conv 4 3, dropout 0.5, dense 8"), (9, 9, 1), 3, seed) for seed in (5, 5, 6)]
    models[2].set_weights(models[0].get_weights())
    one, same, other = (np.asarray(model(x, training=True)) for model in models)
    assert (one == same).all()
    assert not (one == other).all()


def test_weights_begin_as_keras_begins_them(framework: Any) -> None:
    """Glorot & Bengio 2010: uniform within ± √(6 / (inputs + outputs)); biases 0."""
    kernel, bias, *_ = build(parse("conv 64 5, dense 8"), (9, 9, 3), 3, seed=1).get_weights()
    limit = np.sqrt(6 / (25 * 3 + 25 * 64))
    assert abs(kernel).max() <= limit
    assert abs(kernel).max() > 0.99 * limit
    assert abs(kernel.std() - limit / np.sqrt(3)) < 0.02 * limit
    assert not bias.any()


# Keras itself

ASK = "from seefood.networks.frameworks import keras\nfrom seefood.errors import BackboneError\n"


def asked(code: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process that finds the packages in ``folder`` first."""
    ours = {*frameworks.SETTINGS, "KERAS_BACKEND"}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    found = filter(None, (str(folder), os.environ.get("PYTHONPATH", "")))
    return subprocess.run(
        [sys.executable, "-c", ASK + code],
        env=inherited | {"PYTHONPATH": os.pathsep.join(found)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def stand_in(folder: Path, text: str) -> None:
    """A package ``keras`` that does this when it is imported."""
    (folder / "keras").mkdir()
    (folder / "keras" / "__init__.py").write_text(text, encoding="utf-8")


COMPLAINT = "try:\n    keras()\nexcept BackboneError as error:\n    print(error)"


@pytest.mark.parametrize(
    ("text", "backend", "says"),
    [
        ("raise ModuleNotFoundError(\"No module named 'keras'\")", "", "found: No module named 'keras'; pip install"),
        (
            "import no_tensorflow",
            "",
            "Keras and TensorFlow; found: No module named 'no_tensorflow'; pip install",
        ),
        (
            "raise ValueError('Unable to import backend : abacus')",
            "abacus",
            "'abacus', which KERAS_BACKEND names; found: ",
        ),
        ("raise OSError('libfoo.so: cannot open\\nmore')", "", "found: libfoo.so: cannot open; pip install"),
        ("__version__ = '2.15.0'", "", "expected Keras 3 or newer; found 2.15.0; pip install"),
    ],
)
def test_where_keras_is_missing_the_command_is_said(tmp_path: Path, text: str, backend: str, says: str) -> None:
    stand_in(tmp_path, text)
    done = asked(COMPLAINT, tmp_path, **({"KERAS_BACKEND": backend} if backend else {}))
    assert says in done.stdout, done.stderr
    assert done.stdout.strip().endswith('pip install "seefood[scratch]"')
    assert done.stdout.count("\n") == 1


def test_tensorflow_finds_its_settings_and_does_not_greet(tmp_path: Path) -> None:
    greeting = "__version__ = '3.9.0'\nimport os\nos.write(2, b'greetings')\nprint(os.environ['TF_CPP_MIN_LOG_LEVEL'], "
    stand_in(tmp_path, greeting + "os.environ['TF_ENABLE_ONEDNN_OPTS'])")
    code = "import sys\nassert keras().__version__ == '3.9.0'\nkeras()\nsys.stderr.write('after')"
    done = asked(code, tmp_path)
    assert (done.stdout, done.stderr) == ("3 1\n", "after")
    assert asked(code, tmp_path, TF_ENABLE_ONEDNN_OPTS="0").stdout == "3 0\n"


def test_a_closed_error_stream_is_no_hindrance(tmp_path: Path) -> None:
    stand_in(tmp_path, "__version__ = '3.9.0'")
    done = asked("import os\nos.close(2)\nprint(keras().__version__)", tmp_path)
    assert done.stdout == "3.9.0\n"


def test_architectures_need_no_framework(tmp_path: Path) -> None:
    """Nor does importing what builds and converts them."""
    stand_in(tmp_path, "raise ImportError")
    names = "notation, architecture, course, building, conversion, wiring, nodes, exported"
    code = f"from seefood.networks import {names}\nprint(course.NAMED['digits'].table((28, 28, 1), 10).parameters)"
    assert asked(code, tmp_path).stdout == "1479798\n"
