"""Adam in one pass is Keras' Adam, step for step."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seefood.networks.optimisers import adam

SHAPES = ((3, 3, 1, 12), (12,), (200, 30), (1,))
STEPS = 40


@pytest.fixture(scope="module")
def keras(keras_here: Any) -> Any:
    return keras_here


def walked(keras: Any, optimiser: Any) -> list[np.ndarray[Any, Any]]:
    """Weights and what the optimiser remembers after some steps on made-up gradients, one of them zero throughout."""
    random = np.random.default_rng(0)
    variables = [keras.Variable(random.normal(size=shape).astype(np.float32)) for shape in SHAPES]
    optimiser.build(variables)
    for _ in range(STEPS):
        gradients = [random.normal(0, 10.0 ** random.integers(-6, 3), shape).astype(np.float32) for shape in SHAPES]
        optimiser.apply([keras.ops.convert_to_tensor(part) for part in (*gradients[:-1], np.zeros(1, np.float32))])
    return [np.asarray(variable) for variable in (*variables, *optimiser.variables)]


@pytest.mark.parametrize("decay", [None, 0.02])
@pytest.mark.parametrize("scheduled", [False, True])
def test_it_walks_where_keras_walks(keras: Any, decay: float | None, scheduled: bool) -> None:
    def rate() -> Any:
        schedules = keras.optimizers.schedules
        return schedules.CosineDecay(0.001, STEPS, warmup_target=0.02, warmup_steps=9) if scheduled else 0.01

    usual = keras.optimizers.Adam(rate()) if decay is None else keras.optimizers.AdamW(rate(), weight_decay=decay)
    for found, expected in zip(walked(keras, adam(rate(), decay)), walked(keras, usual), strict=True):
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-6 * np.abs(expected).max())


def test_a_model_is_saved_as_one_that_keras_taught(keras: Any, tmp_path: Path) -> None:
    """Who goes on in Keras need not have seefood."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
    model.compile(adam(0.01), "categorical_crossentropy")
    x, y = np.random.default_rng(1).normal(size=(8, 3)), np.eye(2)[[0, 1] * 4]
    model.fit(x, y, epochs=2, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again.optimizer) is keras.optimizers.Adam
    again.fit(x, y, epochs=1, batch_size=8, shuffle=False, verbose=0)
    model.fit(x, y, epochs=1, batch_size=8, shuffle=False, verbose=0)
    np.testing.assert_allclose(again.get_weights()[0], model.get_weights()[0], rtol=1e-5)


def test_the_step_is_one_operation(keras: Any) -> None:
    if keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow has it")
    import tensorflow as tf

    variable, optimiser = keras.Variable(np.ones(3, np.float32)), adam(0.01)
    optimiser.build([variable])
    graph = tf.function(lambda gradient: optimiser.apply([gradient])).get_concrete_function(tf.TensorSpec((3,))).graph
    kinds = [node.op for node in graph.as_graph_def().node]
    assert kinds.count("ResourceApplyAdam") == 1
    assert "Sqrt" not in kinds
