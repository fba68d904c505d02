"""Learning in bfloat16: only where it is quick, rounded as it should be, and float32 again in the end."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.networks import precision
from seefood.networks.precision import halved, is_quick_here
from seefood.networks.training import Recipe, fit

CLASSES = 3


@pytest.fixture(scope="module")
def keras(keras_here: Any) -> Any:
    if keras_here.backend.backend() != "tensorflow":
        pytest.skip("bfloat16 is used with TensorFlow only")
    return keras_here


@pytest.fixture
def small(keras: Any) -> Any:
    layers, initializers = keras.layers, keras.initializers
    return keras.Sequential(
        [
            keras.Input((6, 7, 1)),
            layers.Conv2D(4, 3, activation="relu", kernel_initializer=initializers.HeNormal(1)),
            layers.MaxPooling2D(2),
            layers.BatchNormalization(),
            layers.Dropout(0.1, seed=3),
            layers.Flatten(),
            layers.Dense(8, activation="relu", kernel_initializer=initializers.HeNormal(2)),
            layers.Dense(CLASSES, activation="softmax", kernel_initializer=initializers.HeNormal(3)),
        ]
    )


def bars(count: int, seed: int) -> LabelledPictures:
    """A bright bar on the left, in the middle or on the right, in noise."""
    targets = np.arange(count) % CLASSES
    values = np.random.default_rng(seed).integers(0, 90, (count, 6, 7, 1))
    for number, target in enumerate(targets):
        values[number, :, 2 * target : 2 * target + 2] += 120
    return LabelledPictures(values.astype(np.uint8), targets, ("left", "middle", "right"), "bars")


def rounded(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """To the nearest number with eight bits of significand, ties to even: bfloat16 by its definition."""
    significands, exponents = np.frexp(values.astype(np.float64))
    values_rounded: NDArray[np.float64] = np.ldexp(np.rint(significands * 256) / 256, exponents)
    return values_rounded


@pytest.mark.parametrize(
    ("text", "quick"),
    [
        ("processor : 0\nflags\t\t: fpu avx512f avx512_bf16 sse2\n", True),
        ("processor : 0\nflags\t\t: fpu amx_bf16 amx_tile\n", True),
        ("processor : 0\nflags\t\t: fpu avx2 avx512f sse2\n", False),
        ("processor : 0\nFeatures\t: fp asimd bf16\n", False),
        ("", False),
        (None, False),
    ],
)
def test_it_is_quick_where_the_processor_has_instructions_for_it(
    keras: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, quick: bool
) -> None:
    assert keras.backend.backend() == "tensorflow"
    if text is not None:
        (tmp_path / "cpuinfo").write_text(text)
    monkeypatch.setattr(precision, "PROCESSORS", tmp_path / "cpuinfo")
    assert is_quick_here() is quick


def test_dense_layers_multiply_rounded_numbers(keras: Any) -> None:
    random = np.random.default_rng(5)
    model = keras.Sequential([keras.Input((33,)), keras.layers.Dense(9), keras.layers.Dense(2)])
    weights = random.normal(size=(33, 9)).astype(np.float32)
    model.layers[0].set_weights([weights, np.zeros(9, np.float32)])
    copy = halved(model)
    assert copy is not None
    x = random.normal(size=(20, 33)).astype(np.float32)
    found = np.asarray(copy.layers[0](x)).astype(np.float64)
    exact = rounded(x) @ rounded(weights)
    assert abs(found - rounded(exact.astype(np.float32))).max() <= abs(exact).max() * 2**-8  # one rounding of the sum
    assert abs(found - x.astype(np.float64) @ weights).max() > 1e-3


def test_the_copy_keeps_its_weights_and_its_last_layer_in_float32(small: Any) -> None:
    copy = halved(small)
    assert copy is not None
    policies = [layer.dtype_policy.name for layer in copy.layers]
    half, whole = "mixed_bfloat16", "float32"
    assert policies == [half, half, whole, whole, whole, half, whole]
    assert {str(variable.dtype) for variable in copy.weights} == {"float32"}
    for ours, given in zip(copy.get_weights(), small.get_weights(), strict=True):
        assert np.array_equal(ours, given)
    x = bars(12, 0).pictures.astype(np.float32) / 255
    assert abs(np.asarray(copy(x)) - np.asarray(small(x))).max() < 0.03


def test_what_may_not_be_copied_is_left_as_it_is(keras: Any, small: Any) -> None:
    class Own(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x

    assert halved(keras.Sequential([keras.Input((3,)), Own(), keras.layers.Dense(2)])) is None
    assert halved(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, dtype="mixed_bfloat16")])) is None
    assert halved(keras.Sequential([small, keras.layers.Activation("linear")])) is None


def test_what_was_learned_in_bfloat16_is_a_float32_network_like_that_learned_in_float32(small: Any) -> None:
    begun = small.get_weights()
    ended = {}
    for kind in ("float32", "bfloat16"):
        small.set_weights(begun)
        recipe = Recipe(epochs=6, batch_size=16, learning_rate=0.01, precision=kind)
        fitted = fit(small, bars(240, 1), bars(60, 2), recipe, seed=4)
        assert fitted.precision == kind
        assert fitted.model is small
        assert {layer.dtype_policy.name for layer in small.layers} == {"float32"}
        assert fitted.history[-1].validation_accuracy > 0.95
        ended[kind] = np.concatenate([np.ravel(values) for values in small.get_weights()])
    moved = ended["float32"] - np.concatenate([np.ravel(values) for values in begun])
    apart = ended["float32"] - ended["bfloat16"]
    assert 0 < np.linalg.norm(apart) < 0.5 * np.linalg.norm(moved)


def test_a_cut_short_run_in_bfloat16_ends_as_an_undisturbed_one(keras: Any, small: Any, tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    def kill(done: int, of: int, history: Any) -> None:
        if len(history) == 2:
            raise KilledError(done, of)

    begun, recipe = small.get_weights(), Recipe(epochs=4, batch_size=16, precision="bfloat16")
    learned, validation = bars(96, 1), bars(30, 2)
    whole = fit(small, learned, validation, recipe, seed=7).model.get_weights()
    copies = [keras.models.clone_model(small) for _ in range(2)]
    for copy in copies:
        copy.set_weights(begun)
    with pytest.raises(KilledError):
        fit(copies[0], learned, validation, recipe, seed=7, checkpoint=tmp_path / "kept", watch=kill)
    resumed = fit(copies[1], learned, validation, recipe, seed=7, checkpoint=tmp_path / "kept")
    assert resumed.resumed == 2
    for ours, other in zip(resumed.model.get_weights(), whole, strict=True):
        assert abs(ours - other).max() < 1e-6
