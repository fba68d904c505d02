"""Run by an interpreter that has Keras: what dense networks with given weights become after some steps.

``python perceptron.py FOLDER`` reads cases.json, a list of networks and optimisers by name, and cases.npz with their
weights, examples and targets. It writes answers.npz: for each case the outputs before learning, the loss of each step,
and the weights after each step. Keras computes in double precision, so that only the formulas can differ.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

keras.config.set_floatx("float64")


def network(case: dict[str, Any], given: Any) -> Any:
    """Dense layers with the given weights."""
    name, sizes = case["name"], case["sizes"]
    layers = [keras.layers.Dense(n, activation=f) for n, f in zip(sizes[1:], case["activations"], strict=True)]
    model = keras.Sequential([keras.Input((sizes[0],)), *layers])
    for number, layer in enumerate(layers):
        layer.set_weights([given[f"{name}/weights{number}"], given[f"{name}/bias{number}"]])
    return model


def loss(case: dict[str, Any]) -> Any:
    """Keras' own class for this loss and output."""
    if case["loss"] == "squared_error":
        return keras.losses.MeanSquaredError()
    if case["activations"][-1] == "sigmoid":
        return keras.losses.BinaryCrossentropy()
    return keras.losses.CategoricalCrossentropy()


def main(folder: Path) -> None:
    """All cases; one batch again and again."""
    given, found = np.load(folder / "cases.npz"), {}
    optimisers = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}
    for case in json.loads((folder / "cases.json").read_text()):
        name, model = case["name"], network(case, given)
        x, targets = given[f"{name}/x"], given[f"{name}/targets"]
        found[f"{name}/outputs"] = np.asarray(model(x))
        model.compile(optimizer=optimisers[case["optimiser"]](**case["settings"]), loss=loss(case), run_eagerly=True)
        losses = []
        for step in range(case["steps"]):
            losses.append(model.test_on_batch(x, targets))
            model.train_on_batch(x, targets)
            for number, layer in enumerate(model.layers):
                weights, bias = layer.get_weights()
                found[f"{name}/step{step}/weights{number}"] = weights
                found[f"{name}/step{step}/bias{number}"] = bias
        found[f"{name}/losses"] = np.array(losses)
    np.savez(folder / "answers.npz", **found)  # type: ignore[arg-type]  # the stubs take the names for options


if __name__ == "__main__":
    main(Path(sys.argv[1]))
