"""Teach a classifier from a folder: features, head, score card, model file."""

import os
import platform
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from seefood.backbones.catalogue import DEFAULT, Backbone, open_backbone
from seefood.clock import Clock
from seefood.datasets import LabelledFolder
from seefood.errors import DatasetError
from seefood.evaluation import Evaluation, Scorer
from seefood.features import Extractor, Row, usual_threads
from seefood.files import digest_of_bytes
from seefood.heads.head import FAMILIAR, Head, Lesson, Taught
from seefood.inspection import Inspection, find_copies, most_important
from seefood.model.card import ModelCard
from seefood.model.classifier import Classifier
from seefood.model.material import Material, Tested, check
from seefood.model.risk import check_promise, point_at
from seefood.verdicts import Failure, Thresholds, Verdict, judge

if TYPE_CHECKING:
    from seefood.model.augmenting import Tried

__all__ = ["Progress", "Training", "teach_folder"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many pictures are done, and how many there are."""

Item = TypeVar("Item")

NO_COPIES = "none"
WARNINGS = 4
"""Findings about the pictures that are mentioned, the most important first; ``inspect`` says them all."""
SHOWN = 3
"""Labels that a verdict on a taught picture names."""


@dataclass(frozen=True)
class Training:
    """What teaching gave.

    Attributes:
        classifier: ready to use and to save.
        score: the score card, out of fold.
        classes: pictures of each class that were used.
        rejected: pictures that could not be read, and why.
        duplicates: pictures that are exact copies of another.
        inspection: what is doubtful about the pictures: copies, wrong labels, strangers.
        seconds: by step.
        test: the score card on the test folder, where one was given.
        augmentation: the changes of pictures that were tried, and why they are used or not.
    """

    classifier: Classifier
    score: Evaluation
    classes: dict[str, int]
    rejected: tuple[Failure, ...]
    duplicates: int
    inspection: Inspection
    seconds: dict[str, float]
    test: Evaluation | None
    augmentation: "tuple[Tried, ...]" = ()

    def to_json(self) -> dict[str, Any]:
        """What ``seefood train --json`` prints, without the model's path."""
        return {
            "classes": self.classes,
            "pictures": {
                "used": sum(self.classes.values()),
                "rejected": len(self.rejected),
                "duplicates": self.duplicates,
            },
            "accuracy": self.score.accuracy,
            "interval": list(self.score.interval),
            "baseline": self.score.baseline,
            "calibration_error": self.score.calibration_error,
            "seconds": {step: round(seconds, 3) for step, seconds in self.seconds.items()},
            "test": None if self.test is None else self.test.to_json(),
            "rejected": [{"path": failure.path, "error": failure.error} for failure in self.rejected],
            "conflicts": [list(paths) for paths in self.inspection.conflicts],
            "warnings": list(most_important(self.inspection, WARNINGS)),
            "augmentation": [tried.to_json() for tried in self.augmentation],
            "thresholds": self.classifier.card.thresholds.to_json(),
            "score": self.score.to_json(),
        }


def teach_folder(  # noqa: PLR0913 - what people may say, each by its name
    folder: str | os.PathLike[str],
    *,
    backbone: str = DEFAULT,
    weights: Path | None = None,
    test: str | os.PathLike[str] | None = None,
    augment: str = NO_COPIES,
    risk: float | None = None,
    familiar: float = FAMILIAR,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Training:
    """Teach a classifier from a folder with one sub-folder for each class.

    Every picture trains the final head; the score card is of predictions for pictures that took no part in making it.

    Args:
        folder, test: to teach from, and to measure on as well.
        backbone, weights: the pretrained network.
        augment: ``none``; ``auto`` for the changed copies that are safe and help; or a list, ``mirror,rotate 15``.
        risk: the share of answers that may be wrong; where more would be, the classifier says "not sure".
        familiar: the share of taught pictures that count as familiar; what is stranger is "unfamiliar".
        seed: the same seed, the same classifier.
        threads: pictures at once.
        progress: called as the work goes on.

    Raises:
        DatasetError: no such folder, fewer than two classes, a class with fewer than two different pictures, or a risk
            that no threshold keeps.
        ShapeError: no such augmentation.
        BackboneError, WeightsError: the backbone cannot be used.
    """
    _check_augmentation(augment)  # before the long work
    clock = Clock()
    pictures = LabelledFolder.open(Path(folder))
    check(pictures, [(label, str(path), path) for path, label in pictures], [])  # before the long work
    if risk is not None:
        check_promise(risk, len(pictures))
    tested = None if test is None else _test_folder(Path(test), pictures.classes)
    opened = open_backbone(backbone, weights)
    extractor = Extractor(opened, threads)
    everything = [*pictures.paths, *(() if tested is None else tested.paths)]
    with closing(extractor.rows(everything)) as stream:  # what is tested goes on while the head is fitted
        with clock.step("features"):
            rows = _watched(islice(stream, len(pictures)), "features", len(pictures), progress)
            material = Material.read(pictures, rows)
            extractor.keep()  # their looks are asked for next
        with clock.step("inspection"):
            last = material.features[:, : opened.network.size(1)]
            same = find_copies(
                material.paths,
                material.digests,
                last,
                seed=seed,
                threads=threads,
                cache=extractor.cache,
                progress=progress,
            )
        with clock.step("head"):
            generator = np.random.default_rng(seed)
            groups = material.groups(same)
            lesson = Lesson.prepared(
                opened.network, material.features, material.labels, groups, generator, threads or usual_threads()
            )
            selected = lesson.select()
        tried: tuple[Tried, ...] = ()
        if augment != NO_COPIES:
            from seefood.model.augmenting import Copies, augmented

            with clock.step("copies"):
                selected, tried = augmented(lesson, selected, augment, Copies(extractor, material, seed, progress))
        with clock.step("head"):
            taught = lesson.taught(selected, generator, familiar)
            taught, score = _scored(material, taught, risk)
        with clock.step("model"):
            classifier = _assembled(opened, taught, material, score, _choices(seed, risk, familiar, augment, tried))
        evaluation, seen = None, Tested()
        if tested is not None:
            with clock.step("test"):
                rows = _watched(stream, "test", len(tested), progress)
                evaluation = _evaluated(taught.head, material.classes, tested, rows, seen)
    with clock.step("inspection"):
        inspection = material.inspected(same, extractor, taught.out_of_fold, seen, seed)
    counts = Counter(material.classes[label] for label in material.labels)
    return Training(
        classifier,
        score,
        {name: counts[name] for name in material.classes},
        material.rejected,
        material.duplicates,
        inspection,
        clock.finished(),
        evaluation,
        tried,
    )


def _check_augmentation(wish: str) -> None:
    if wish != NO_COPIES:
        from seefood.model.augmenting import wished

        wished(wish)


def _scored(material: Material, taught: Taught, risk: float | None) -> tuple[Taught, Evaluation]:
    """The score card; for a stated risk, that of the classifier which keeps it."""
    score = _score_card(material, taught)
    if risk is None:
        return taught, score
    thresholds = Thresholds(point_at(score, risk).probability, taught.head.thresholds.novelty)
    careful = replace(taught, head=replace(taught.head, thresholds=thresholds))
    return careful, _score_card(material, careful)


def _choices(
    seed: int, risk: float | None, familiar: float, augment: str, tried: "tuple[Tried, ...]"
) -> dict[str, Any]:
    """What was asked for, for the model file."""
    learned = [one.to_json() for one in tried]
    return {"seed": seed, "risk": risk, "familiar": familiar, "augment": augment, "augmentation": learned}


def _score_card(material: Material, taught: Taught) -> Evaluation:
    scorer = Scorer(material.classes)
    rows = zip(material.paths, material.labels, taught.out_of_fold, taught.left_out_novelty, strict=True)
    for path, label, probabilities, strange in rows:
        verdict = judge(str(path), material.classes, probabilities, float(strange), taught.head.thresholds, top=SHOWN)
        scorer.add(material.classes[label], verdict)
    return scorer.evaluation()


def _assembled(
    opened: Backbone, taught: Taught, material: Material, score: Evaluation, choices: dict[str, Any]
) -> Classifier:
    from seefood.model.assembly import taught_file

    head, network = taught.head, opened.network
    described = {"name": network.name, "weights": network.weights, "depths": head.depths}
    record = _record(taught, material, score) | choices
    card = ModelCard(material.classes, network.preprocessing, head.thresholds, head.temperature, described, record)
    return Classifier(taught_file(network, opened.graph(), head, card), card, score)


def _record(taught: Taught, material: Material, score: Evaluation) -> dict[str, Any]:
    """How the model was made. Paths stay at home: the file is meant to be passed on."""
    counts = Counter(material.classes[label] for label in material.labels)
    listed = "\n".join(
        sorted(
            f"{group} {material.classes[label]}" for group, label in zip(material.digests, material.labels, strict=True)
        )
    )
    return {
        "pictures": {name: counts[name] for name in material.classes},
        "penalty": taught.selected.penalty,
        "tried": [list(candidate) for candidate in taught.selected.tried],
        "versions": {
            name: version(name) for name in ("seefood", "numpy", "onnx", "onnxruntime", "pillow", "simplejpeg")
        }
        | {"python": platform.python_version()},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": digest_of_bytes(listed.encode()),
        "score": score.to_json() | {"failed": [], "wrong": []},
    }


def _test_folder(root: Path, classes: tuple[str, ...]) -> LabelledFolder:
    folder = LabelledFolder.open(root)
    unknown = [name for name in folder.classes if name not in classes]
    if unknown:
        raise DatasetError(
            f"{root}: expected the same sub-folders as for teaching ({', '.join(classes[:5])}); "
            f"found '{unknown[0]}'; rename it or name another folder"
        )
    return folder


def _evaluated(
    head: Head, classes: tuple[str, ...], folder: LabelledFolder, rows: Iterable[Row], seen: Tested
) -> Evaluation:
    """The head on features, which may be in the cache; the model file says the same of the same pictures."""
    scorer = Scorer(classes)
    for label, row in zip(folder.labels, rows, strict=True):
        scorer.add(label, _outcome(head, classes, row))
        seen.add(row, classes.index(label))
    return scorer.evaluation()


def _outcome(head: Head, classes: tuple[str, ...], row: Row) -> Verdict | Failure:
    if row.vector is None:
        return Failure(str(row.path), row.error or "cannot be read")
    features = row.vector[np.newaxis]
    probabilities, strange = head.probabilities(features)[0], float(head.novelty(features)[0])
    return judge(str(row.path), classes, probabilities, strange, head.thresholds, top=min(SHOWN, len(classes)))


def _watched(rows: Iterable[Item], what: str, of: int, progress: Progress | None) -> Iterator[Item]:
    for done, row in enumerate(rows, start=1):
        yield row
        if progress is not None:
            progress(what, done, of)
