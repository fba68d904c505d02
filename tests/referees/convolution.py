"""Run by an interpreter that has Keras: what Keras answers for pictures and kernels that the test wrote.

``python convolution.py FOLDER`` reads cases.npz and cases.json and writes answers.npz, one answer a case.
"""

import json
import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
# oneDNN in TensorFlow 2.21 reads memory that is not its own on processors with AVX-512, where strides differ down and
# across, the answer is one pixel wide and there are two pictures: values around 1e22.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np


def main(folder: Path) -> None:
    arrays = np.load(folder / "cases.npz")
    answers = {}
    for name, case in json.loads((folder / "cases.json").read_text()).items():
        picture, kernel, bias = (arrays[f"{name}/{part}"] for part in ("picture", "kernel", "bias"))
        padding, stride, dilation = case["padding"], tuple(case["stride"]), tuple(case["dilation"])
        together = max(stride) > 1 and max(dilation) > 1  # TensorFlow refuses it: every stride-th answer is taken here
        if together or not isinstance(padding, str):
            picture, padding = np.pad(picture, [(0, 0), *case["sides"], (0, 0)]), "valid"
        steps = (1, 1) if together else stride
        answer = np.asarray(keras.ops.conv(picture, kernel, strides=steps, padding=padding, dilation_rate=dilation))
        answers[name] = (answer[:, :: stride[0], :: stride[1]] if together else answer) + bias
    np.savez(folder / "answers.npz", **answers)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
