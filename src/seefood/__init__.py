"""seefood: a folder of photos in, a trustworthy image classifier out.

The public names are loaded when they are first used, so that importing seefood costs nothing::

    seefood.classify("photo.jpg").top           # what is in it, by a pretrained network
    model = seefood.train("photos/")            # one sub-folder for each class
    model.score.accuracy                        # on pictures that took no part in teaching
    model.save("mine.onnx")
    seefood.load("mine.onnx").predict(["a.jpg", "b.jpg"])
    seefood.convolve("photo.jpg", [[1, 1], [-1, -1]])     # a kernel on a picture: where is it bright above dark?
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

# ONNX Runtime's builds of 2026 report to their maker from the moment they are imported, also from Linux and macOS; only
# this keeps them from it. Whoever wants them to sets it to 0.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from seefood.convolution.correlation import convolve
    from seefood.errors import SeefoodError
    from seefood.evaluation import Evaluation
    from seefood.model.classifier import Classifier
    from seefood.model.loading import load
    from seefood.model.shortcuts import classify, train
    from seefood.verdicts import Failure, Guess, Verdict

__all__ = [
    "Classifier",
    "Evaluation",
    "Failure",
    "Guess",
    "SeefoodError",
    "Verdict",
    "classify",
    "convolve",
    "load",
    "train",
]

_HOMES = {
    "Classifier": "seefood.model.classifier",
    "Evaluation": "seefood.evaluation",
    "Failure": "seefood.verdicts",
    "Guess": "seefood.verdicts",
    "SeefoodError": "seefood.errors",
    "Verdict": "seefood.verdicts",
    "classify": "seefood.model.shortcuts",
    "convolve": "seefood.convolution.correlation",
    "load": "seefood.model.loading",
    "train": "seefood.model.shortcuts",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'seefood' has no attribute '{name}'; it has {', '.join(__all__)}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
