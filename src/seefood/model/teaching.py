"""Teach a classifier from a folder: features, head, score card, model file."""

import os
import platform
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from seefood.backbones.catalogue import DEFAULT, Backbone, open_backbone
from seefood.datasets import LabelledFolder
from seefood.errors import DatasetError
from seefood.evaluation import Evaluation, Scorer
from seefood.features import Extractor, Row, usual_threads
from seefood.files import digest_of_bytes
from seefood.heads.head import Head, Taught, teach
from seefood.model.card import ModelCard
from seefood.model.classifier import Classifier
from seefood.verdicts import Failure, Verdict, judge

__all__ = ["Progress", "Training", "teach_folder"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many pictures are done, and how many there are."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Training:
    """What teaching gave.

    Attributes:
        classifier: ready to use and to save.
        score: the score card, out of fold.
        classes: pictures of each class that were used.
        rejected: pictures that could not be read, and why.
        duplicates: pictures that are exact copies of another.
        conflicts: groups of copies that lie in different classes.
        seconds: by step.
        test: the score card on the test folder, where one was given.
    """

    classifier: Classifier
    score: Evaluation
    classes: dict[str, int]
    rejected: tuple[Failure, ...]
    duplicates: int
    conflicts: tuple[tuple[str, ...], ...]
    seconds: dict[str, float]
    test: Evaluation | None

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
            "conflicts": [list(paths) for paths in self.conflicts],
            "score": self.score.to_json(),
        }


def teach_folder(
    folder: str | os.PathLike[str],
    *,
    backbone: str = DEFAULT,
    weights: Path | None = None,
    test: str | os.PathLike[str] | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Training:
    """Teach a classifier from a folder with one sub-folder for each class.

    Every picture trains the final head; the score card is of predictions for pictures that took no part in making it.

    Raises:
        DatasetError: no such folder, fewer than two classes, a class with fewer than two different pictures.
        BackboneError, WeightsError: the backbone cannot be used.
    """
    clock = _Clock()
    pictures = LabelledFolder.open(Path(folder))
    _check(pictures, [(label, str(path), path) for path, label in pictures], [])  # before the long work
    tested = None if test is None else _test_folder(Path(test), pictures.classes)
    opened = open_backbone(backbone, weights)
    extractor = Extractor(opened, threads)
    with clock.step("features"):
        material = _Material.read(
            pictures, _watched(extractor.rows(pictures.paths), "features", len(pictures), progress)
        )
    with clock.step("head"):
        generator = np.random.default_rng(seed)
        taught = teach(
            opened.network, material.features, material.labels, material.groups, generator, threads or usual_threads()
        )
        score = _score_card(material, taught)
    with clock.step("model"):
        classifier = _assembled(opened, taught, material, score, seed)
    evaluation = None
    if tested is not None:
        with clock.step("test"):
            rows = _watched(extractor.rows(tested.paths), "test", len(tested), progress)
            evaluation = _evaluated(taught.head, material.classes, tested, rows)
    counts = Counter(material.classes[label] for label in material.labels)
    return Training(
        classifier,
        score,
        {name: counts[name] for name in material.classes},
        material.rejected,
        len(material.groups) - len(set(material.groups)),
        material.conflicts(),
        clock.finished(),
        evaluation,
    )


@dataclass
class _Clock:
    seconds: dict[str, float] = field(default_factory=dict)
    begin: float = field(default_factory=time.perf_counter)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - begin

    def finished(self) -> dict[str, float]:
        return {"total": time.perf_counter() - self.begin, **self.seconds}


@dataclass(frozen=True)
class _Material:
    """What a head is taught from; rows of features, labels, groups and paths belong together."""

    classes: tuple[str, ...]
    features: NDArray[np.float32]
    labels: NDArray[np.int64]
    groups: tuple[str, ...]
    paths: tuple[Path, ...]
    rejected: tuple[Failure, ...]

    @classmethod
    def read(cls, pictures: LabelledFolder, rows: Iterable[Row]) -> "_Material":
        vectors: list[NDArray[np.float32]] = []
        kept: list[tuple[str, str, Path]] = []
        rejected: list[Failure] = []
        for label, row in zip(pictures.labels, rows, strict=True):
            if row.vector is None:
                rejected.append(Failure(str(row.path), row.error or "cannot be read"))
            else:
                vectors.append(row.vector)
                kept.append((label, row.digest, row.path))
        _check(pictures, kept, rejected)
        labels, groups, paths = zip(*kept, strict=True)
        index = {name: number for number, name in enumerate(pictures.classes)}
        numbers = np.array([index[label] for label in labels], np.int64)
        return cls(pictures.classes, np.stack(vectors), numbers, groups, paths, tuple(rejected))

    def conflicts(self) -> tuple[tuple[str, ...], ...]:
        """Copies of one picture in different classes."""
        copies: dict[str, list[int]] = {}
        for index, group in enumerate(self.groups):
            copies.setdefault(group, []).append(index)
        return tuple(
            tuple(str(self.paths[index]) for index in indices)
            for indices in copies.values()
            if len({int(self.labels[index]) for index in indices}) > 1
        )


def _check(pictures: LabelledFolder, kept: list[tuple[str, str, Path]], rejected: list[Failure]) -> None:
    """Enough is left of every class to learn from and to measure with."""
    if len(pictures.classes) < 2:
        raise DatasetError(
            f"{pictures.root}: expected two classes or more; found one, '{pictures.classes[0]}'; "
            "add a sub-folder with pictures of something else"
        )
    for name in pictures.classes:
        different = len({digest for label, digest, _ in kept if label == name})
        if different < 2:
            unread = sum(Path(failure.path or "").is_relative_to(pictures.root / name) for failure in rejected)
            beside = f" and {unread} that cannot be read" if unread else ""
            raise DatasetError(
                f"{pictures.root / name}: expected two different pictures or more; found {different}{beside}; "
                "add pictures: one has to be held back to measure with"
            )


def _score_card(material: _Material, taught: Taught) -> Evaluation:
    scorer = Scorer(material.classes)
    rows = zip(material.paths, material.labels, taught.out_of_fold, taught.left_out_novelty, strict=True)
    for path, label, probabilities, strange in rows:
        verdict = judge(str(path), material.classes, probabilities, float(strange), taught.head.thresholds, top=1)
        scorer.add(material.classes[label], verdict)
    return scorer.evaluation()


def _assembled(opened: Backbone, taught: Taught, material: _Material, score: Evaluation, seed: int) -> Classifier:
    from seefood.model.assembly import taught_file

    head, network = taught.head, opened.network
    described = {"name": network.name, "weights": network.weights, "depths": head.depths}
    record = _record(taught, material, score, seed)
    card = ModelCard(material.classes, network.preprocessing, head.thresholds, head.temperature, described, record)
    return Classifier(taught_file(network, opened.graph(), head, card), card, score)


def _record(taught: Taught, material: _Material, score: Evaluation, seed: int) -> dict[str, Any]:
    """How the model was made. Paths stay at home: the file is meant to be passed on."""
    counts = Counter(material.classes[label] for label in material.labels)
    listed = "\n".join(
        sorted(
            f"{group} {material.classes[label]}" for group, label in zip(material.groups, material.labels, strict=True)
        )
    )
    return {
        "pictures": {name: counts[name] for name in material.classes},
        "seed": seed,
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


def _evaluated(head: Head, classes: tuple[str, ...], folder: LabelledFolder, rows: Iterable[Row]) -> Evaluation:
    """The head on features, which may be in the cache; the model file says the same of the same pictures."""
    scorer = Scorer(classes)
    for label, row in zip(folder.labels, rows, strict=True):
        scorer.add(label, _outcome(head, classes, row))
    return scorer.evaluation()


def _outcome(head: Head, classes: tuple[str, ...], row: Row) -> Verdict | Failure:
    if row.vector is None:
        return Failure(str(row.path), row.error or "cannot be read")
    features = row.vector[np.newaxis]
    probabilities, strange = head.probabilities(features)[0], float(head.novelty(features)[0])
    return judge(str(row.path), classes, probabilities, strange, head.thresholds, top=1)


def _watched(rows: Iterable[Item], what: str, of: int, progress: Progress | None) -> Iterator[Item]:
    for done, row in enumerate(rows, start=1):
        yield row
        if progress is not None:
            progress(what, done, of)
