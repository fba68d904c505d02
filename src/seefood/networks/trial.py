"""Run a graph that was just made, and compare it with what it was made of."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from seefood.backbones.foreign_graph import UnfitError, first_line
from seefood.errors import BackboneError

__all__ = ["check_same", "run"]

TOLERANCE = 1e-4
"""The largest difference from Keras' own answer, for numbers up to 1."""

Array = NDArray[Any]


def run(proto: onnx.ModelProto, pixels: Array, outputs: Sequence[str]) -> list[Array]:
    """The named outputs for uint8 [n, height, width, 3]. Raises UnfitError where the graph does not run."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # a refusal becomes an error of ours, not a line on the terminal
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return [np.asarray(result) for result in session.run(list(outputs), {"pixels": pixels})]
    except Exception as error:  # onnxruntime's errors have no class in common
        raise UnfitError(f"expected a graph that runs on two pictures; found: {first_line(error)}") from error


def check_same(name: str, logits: Array, answer: Array, *, softmax: bool) -> None:
    """Compare a graph's logits with the network's answer, probabilities if it ends in a ``softmax``.

    Raises:
        BackboneError: they differ.
    """
    found = _softmax(logits) if softmax else logits
    same_shape = found.shape == answer.shape
    difference = abs(found - answer).max() / max(1.0, abs(answer).max()) if same_shape else np.inf
    if not difference <= TOLERANCE:  # NaN differs too
        raise BackboneError(
            f"{name}: expected the answers that Keras gives, to {TOLERANCE}; found a difference of {difference:.2g} "
            f"between {list(answer.shape)} and {list(found.shape)}; train it in float32, with Keras' own layers"
        )


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
