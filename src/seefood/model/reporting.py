"""What goes into a report: a training, an evaluation or an inspection, the findings, and where the evidence lies."""

import platform
import shlex
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.evaluation import Evaluation
from seefood.evaluation.report import CROSS_VALIDATED, AugmentationReason, DataReport, Report
from seefood.inspection import Inspection
from seefood.model.classifier import Classifier
from seefood.model.reported import findings_of
from seefood.model.scratch import ScratchTraining
from seefood.model.teaching import Training
from seefood.pictures import Source

__all__ = ["evaluation_report", "inspection_report", "scratch_report", "training_report"]

VALIDATION = "on pictures kept to validate on, which chose the epoch"


def training_report(training: Training, title: str, command: Sequence[str]) -> Report:
    """The report on a classifier that was just taught."""
    classifier = training.classifier
    record = classifier.card.training or {}
    reasons = tuple(
        AugmentationReason(tried.name, tried.used, tried.sentence(), korean=tried.sentence("ko"))
        for tried in training.augmentation
    )
    return Report(
        title=title,
        evaluation=training.score,
        where=CROSS_VALIDATED,
        test=training.test,
        findings=tuple(findings_of(training.inspection)),
        augmentation=reasons,
        facts=_facts(classifier, record) | {"seconds": _rounded(training.seconds)},
        commands=(shlex.join(command),) if command else (),
        **_looks(classifier),
    )


def scratch_report(training: ScratchTraining, title: str, command: Sequence[str]) -> Report:
    """The report on a network that was just trained from nothing."""
    record = training.classifier.card.training or {}
    facts = {
        "network": training.network.text,
        "epochs": training.network.recipe.epochs,
        "batch size": training.network.recipe.batch_size,
        "learning rate": training.network.recipe.learning_rate,
        "augmentation": training.network.recipe.augmentation.text,
        "best epoch": training.best,
        "seconds": _rounded(training.seconds),
    }
    return Report(
        title=title,
        evaluation=training.score,
        where=VALIDATION,
        test=training.test,
        facts=_facts(training.classifier, record) | facts,
        commands=(shlex.join(command),) if command else (),
        picture=_in_tables(training.measured_on),
        **_looks(training.classifier),
    )


def evaluation_report(
    classifier: Classifier,
    evaluation: Evaluation,
    title: str,
    command: Sequence[str],
    tables: Mapping[str, LabelledPictures] | None = None,
) -> Report:
    """The report on a classifier that was measured on a folder, or on pictures in ``tables``, by their names."""
    return Report(
        title=title,
        evaluation=evaluation,
        where="on the test folder",
        facts=_facts(classifier, classifier.card.training or {}),
        commands=(shlex.join(command),) if command else (),
        picture=_in_tables(tables or {}),
        **_looks(classifier),
    )


def _in_tables(tables: Mapping[str, LabelledPictures]) -> Callable[[str], Source] | None:
    """What to look at for a name such as ``digits.csv#17``; None where pictures are files."""

    def picture(name: str) -> Source:
        table, _, number = name.rpartition("#")
        pixels = tables[table].pictures[int(number)]
        return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels

    return picture if tables else None


def _looks(classifier: Classifier) -> dict[str, Any]:
    """How the classifier sees pictures."""
    return {
        "evidence": _evidence(classifier),
        "preprocessing": classifier.card.preprocessing,
        "threshold": classifier.card.thresholds.probability,
    }


def _evidence(classifier: Classifier) -> Callable[[str, str, str], NDArray[np.floating[Any]] | None] | None:
    """Of a path, what was said and what is true: where the model's own sums speak for one and where for the other."""
    from seefood.model.explanation import Explainer

    explainer = Explainer(classifier)
    if explainer.method != "evidence":
        return None
    return explainer.between


def _facts(classifier: Classifier, record: Mapping[str, Any]) -> dict[str, object]:
    """What was done, in words that stand in the model file."""
    card = classifier.card
    facts: dict[str, object] = {
        "date": record.get("date"),
        "pictures": record.get("pictures"),
        "backbone": card.backbone.get("name"),
        "depths": card.backbone.get("depths"),
        "weights": card.backbone.get("weights"),
        "penalty": record.get("penalty"),
        "temperature": round(card.temperature, 4),
        "thresholds": {
            name: value if value is None else round(value, 4) for name, value in card.thresholds.to_json().items()
        },
        "risk": record.get("risk"),
        "augment": record.get("augment"),
        "seed": record.get("seed"),
        "files": record.get("files"),
        "versions": record.get("versions"),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _versions() -> dict[str, str]:
    names = ("seefood", "numpy", "onnxruntime", "pillow", "simplejpeg")
    return {name: version(name) for name in names} | {"python": platform.python_version()}


def _rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    return {step: round(value, 2) for step, value in seconds.items()}


def inspection_report(found: Inspection, title: str, command: Sequence[str], facts: Mapping[str, object]) -> DataReport:
    """The report on folders that were inspected; ``facts`` are what else was done."""
    return DataReport(
        title=title,
        pictures=found.pictures,
        classes=found.classes,
        splits=found.splits,
        findings=tuple(findings_of(found)),
        facts={"pictures": found.pictures, **facts, "versions": _versions(), "seconds": _rounded(found.seconds)},
        commands=(shlex.join(command),) if command else (),
    )
