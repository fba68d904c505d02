"""Run by an interpreter that has Keras: what its layers answer, for weights and inputs that a test wrote.

``python layers.py FOLDER`` reads cases.json, a list of {"input", "layers": [{"kind", "settings", "weights"}]}, and
arrays.npz; it writes answers.npz with the last layer's answer to case 7 as ``7``, and what each layer before it gave
as ``7/0``, ``7/1`` … Only what a case names is used: nothing of the product is imported here.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

LAYERS = {
    "convolution": keras.layers.Conv2D,
    "depthwise": keras.layers.DepthwiseConv2D,
    "max pooling": keras.layers.MaxPooling2D,
    "average pooling": keras.layers.AveragePooling2D,
    "global average pooling": keras.layers.GlobalAveragePooling2D,
    "global max pooling": keras.layers.GlobalMaxPooling2D,
    "flatten": keras.layers.Flatten,
    "dense": keras.layers.Dense,
    "activation": keras.layers.Activation,
    "softmax": keras.layers.Softmax,
}


def answers(case: dict[str, Any], arrays: Any) -> list[Any]:
    """What each layer of a case gives, one after the other."""
    x, found = keras.ops.convert_to_tensor(arrays[case["input"]]), []
    for described in case["layers"]:
        layer = LAYERS[described["kind"]](**described["settings"])
        layer.build(x.shape)
        layer.set_weights([arrays[name] for name in described["weights"]])
        x = layer(x)
        found.append(np.asarray(x))
    return found


def main(folder: Path) -> None:
    """All cases."""
    arrays = np.load(folder / "arrays.npz")
    results: dict[str, Any] = {}
    for number, case in enumerate(json.loads((folder / "cases.json").read_text())):
        *before, last = answers(case, arrays)
        results |= {f"{number}/{place}": values for place, values in enumerate(before)} | {str(number): last}
    np.savez(folder / "answers.npz", **results)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
