"""How good a classifier is, and how far that can be trusted: scores, intervals and contact sheets.

This room knows verdicts, labels and pictures as arrays. It does not know models, files or the terminal.
"""

from seefood.evaluation.intervals import wilson_interval
from seefood.evaluation.scores import ClassScore, Confusion, Evaluation, Mistake, Scorer, expected_calibration_error

__all__ = [
    "ClassScore",
    "Confusion",
    "Evaluation",
    "Mistake",
    "Scorer",
    "expected_calibration_error",
    "wilson_interval",
]
