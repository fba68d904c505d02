"""How good a classifier is, and how far that can be trusted: scores, intervals and contact sheets.

This room knows verdicts, labels and pictures as arrays. It does not know models, files or the terminal.
"""

from seefood.evaluation.calibration import CalibrationBin, expected_calibration_error
from seefood.evaluation.coverage import CoveragePoint, needed_probability, risk_coverage
from seefood.evaluation.examples import Case
from seefood.evaluation.scores import ClassScore, Confusion, Evaluation, Mistake, Scorer
from seefood.intervals import wilson_interval

__all__ = [
    "CalibrationBin",
    "Case",
    "ClassScore",
    "Confusion",
    "CoveragePoint",
    "Evaluation",
    "Mistake",
    "Scorer",
    "expected_calibration_error",
    "needed_probability",
    "risk_coverage",
    "wilson_interval",
]
