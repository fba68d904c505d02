"""What goes into a report: a training or an evaluation, the findings about its data, and where the evidence lies."""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.evaluation import Evaluation
from seefood.evaluation.report import CROSS_VALIDATED, AugmentationReason, Finding, Report
from seefood.inspection import Inspection
from seefood.model.classifier import Classifier
from seefood.model.scratch import ScratchTraining
from seefood.model.teaching import Training
from seefood.pictures import Source

__all__ = ["evaluation_report", "findings_of", "scratch_report", "training_report"]

VALIDATION = "on pictures kept to validate on, which chose the epoch"
ODDITIES = {
    "wrong_extension": ("{} files have another format than their names say", "파일 {}개의 형식이 이름과 다릅니다"),
    "no_extension": (
        "{} pictures have no picture's ending in their names",
        "사진 {}장의 이름에 사진 확장자가 없습니다",
    ),
    "damaged": ("{} files can be read but are damaged", "파일 {}개는 읽을 수 있지만 손상되었습니다"),
    "tiny": ("{} pictures are very small", "사진 {}장이 아주 작습니다"),
    "blank": ("{} pictures are almost one colour", "사진 {}장이 거의 한 가지 색입니다"),
    "shape": ("{} pictures are very long or very wide", "사진 {}장이 아주 길거나 넓습니다"),
}


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


def _rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    return {step: round(value, 2) for step, value in seconds.items()}


def findings_of(found: Inspection) -> Iterator[Finding]:
    """What an inspection found, each kind with its pictures, the worst first."""
    yield from _copies(found)
    yield from _labels(found)
    yield from _files(found)
    for limit in found.limits:
        yield Finding("limits", limit)


def _copies(found: Inspection) -> Iterator[Finding]:
    if found.leaks:
        yield Finding(
            "leaks",
            f"{len(found.leaks)} pictures lie in two splits: results on the test pictures look too good",
            found.leaks,
            severe=True,
            korean=f"사진 {len(found.leaks)}장이 두 묶음에 함께 있어 시험 결과가 실제보다 좋게 보입니다",
        )
    if found.conflicts:
        yield Finding(
            "conflicts",
            f"{len(found.conflicts)} pictures lie in two classes",
            found.conflicts,
            severe=True,
            korean=f"사진 {len(found.conflicts)}장이 두 클래스에 들어 있습니다",
        )
    for first, second in found.same_classes:
        yield Finding(
            "same_classes",
            f"the classes {first} and {second} hold the same pictures",
            severe=True,
            korean=f"{first} 클래스와 {second} 클래스에 같은 사진이 들어 있습니다",
        )
    if found.duplicates:
        extra = sum(len(group) - 1 for group in found.duplicates)
        yield Finding(
            "duplicates",
            f"{extra} files are exact copies of others; they are kept on one side of every split",
            found.duplicates,
            korean=f"파일 {extra}개가 다른 파일과 똑같습니다. 나눌 때 항상 같은 쪽에 둡니다",
        )
    if found.near_duplicates:
        yield Finding(
            "near_duplicates",
            f"{len(found.near_duplicates)} pictures are there more than once in altered form",
            found.near_duplicates,
            korean=f"사진 {len(found.near_duplicates)}장이 조금 바뀐 모습으로 여러 번 들어 있습니다",
        )


def _labels(found: Inspection) -> Iterator[Finding]:
    if found.suspects:
        yield Finding(
            "suspect_labels",
            f"{len(found.suspects)} pictures look mislabelled",
            tuple((suspect.path,) for suspect in found.suspects),
            severe=True,
            korean=f"사진 {len(found.suspects)}장은 이름표가 잘못된 것 같습니다",
            notes=tuple(
                f"{suspect.label} → {suspect.looks_like}? {suspect.confidence:.0%}" for suspect in found.suspects
            ),
        )
    if found.outliers:
        yield Finding(
            "outliers",
            f"{len(found.outliers)} pictures look like nothing else in their class",
            tuple((outlier.path,) for outlier in found.outliers),
            korean=f"사진 {len(found.outliers)}장은 같은 클래스의 다른 사진과 전혀 닮지 않았습니다",
            notes=tuple(outlier.label for outlier in found.outliers),
        )
    if found.too_few:
        listed = ", ".join(f"{name} {count}" for name, count in list(found.too_few.items())[:20])
        yield Finding(
            "too_few",
            f"too few different pictures to tell how good a model is: {listed}",
            severe=True,
            korean=f"모델이 얼마나 좋은지 알기에는 서로 다른 사진이 너무 적습니다: {listed}",
        )


def _files(found: Inspection) -> Iterator[Finding]:
    if found.unreadable:
        yield Finding(
            "unreadable",
            f"{len(found.unreadable)} files cannot be read",
            tuple((failure.path or "",) for failure in found.unreadable),
            korean=f"파일 {len(found.unreadable)}개를 읽을 수 없습니다",
            notes=tuple(failure.error for failure in found.unreadable),
        )
    for kind, (english, korean) in ODDITIES.items():
        odd = [one for one in found.oddities if one.kind == kind]
        if odd:
            yield Finding(
                kind,
                english.format(len(odd)),
                tuple((one.path,) for one in odd),
                korean=korean.format(len(odd)),
                notes=tuple(one.note for one in odd),
            )
