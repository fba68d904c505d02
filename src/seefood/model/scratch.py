"""Teach a network from nothing: train it, convert it, calibrate it, and measure the very file that is saved."""

import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.backbones.engine import Engine
from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.errors import DatasetError
from seefood.evaluation import Evaluation
from seefood.files import digest_of_bytes
from seefood.heads.calibration import earned_temperature
from seefood.model.assembly import scratch_file
from seefood.model.card import ModelCard
from seefood.model.classifier import Classifier
from seefood.model.familiar import exemplars_of, familiar_until
from seefood.networks.batches import WHITE
from seefood.networks.recipes import NamedNetwork, OwnNetwork
from seefood.networks.training import EpochRecord, Fitted, fit, probabilities
from seefood.preprocessing import Preprocessing
from seefood.verdicts import Failure, Thresholds

__all__ = ["ScratchTraining", "how_many_learned", "train_from_scratch"]

LEAST_PROBABILITY = 2 / 3
"""Below it the answer is "not sure", as for taught heads."""
VALIDATION, MOST_VALIDATION = 0.2, 3000
"""The share of pictures that is kept from training to validate on, and the most that are.

Where a network keeps more, so many of them are looked at after each epoch; all of them once it is trained.
"""

VALIDATED = "validation"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class ScratchTraining:
    """What training from scratch gave.

    Attributes:
        classifier: ready to use and to save.
        model: the Keras model it was made of.
        network: what was trained, and how.
        score: on the validation pictures, which chose the temperature and, many of them, the epoch; ``test`` has not
            chosen anything.
        classes: pictures of each class, validation among them.
        rejected: files that are no pictures.
        validation: how many pictures were kept for it.
        history: one record an epoch; ``best`` is the number of the one whose weights are kept.
        resumed: how many epochs an earlier run had done.
        precision: of the multiplications while it learned; the model computes in float32.
        seconds: by step.
        measured_on: the pictures that score cards speak of, by what comes before the # in a picture's name.
    """

    classifier: Classifier
    model: Any
    network: NamedNetwork | OwnNetwork
    score: Evaluation
    classes: dict[str, int]
    rejected: tuple[Failure, ...]
    validation: int
    history: tuple[EpochRecord, ...]
    best: int
    resumed: int
    precision: str
    seconds: dict[str, float]
    test: Evaluation | None
    measured_on: Mapping[str, LabelledPictures] = field(default_factory=dict)

    def at_risk(self, risk: float) -> "ScratchTraining":
        """The same, with a classifier that answers only where at most this share of answers is wrong.

        Raises:
            DatasetError: no threshold keeps it; the message says what can be kept.
        """
        careful = self.classifier.at_risk(risk)
        others = [data for name, data in self.measured_on.items() if name != VALIDATED]
        tested = careful.evaluate_pictures(others[0]) if others else None
        return replace(self, classifier=careful, score=careful.score or self.score, test=tested)

    def to_json(self) -> dict[str, Any]:
        """What ``seefood train --from-scratch --json`` prints, without the model's path."""
        return {
            "classes": self.classes,
            "pictures": {"used": sum(self.classes.values()), "rejected": len(self.rejected), "duplicates": 0},
            "accuracy": self.score.accuracy,
            "interval": list(self.score.interval),
            "baseline": self.score.baseline,
            "calibration_error": self.score.calibration_error,
            "seconds": {step: round(seconds, 3) for step, seconds in self.seconds.items()},
            "test": None if self.test is None else self.test.to_json(),
            "network": self.network.text,
            "recipe": self.network.recipe.to_json(),
            "validation": self.validation,
            "history": [asdict(record) for record in self.history],
            "best_epoch": self.best,
            "resumed": self.resumed,
            "precision": self.precision,
            "rejected": [{"path": failure.path, "error": failure.error} for failure in self.rejected],
            "score": self.score.to_json(),
        }


def train_from_scratch(
    data: LabelledPictures,
    network: NamedNetwork | OwnNetwork,
    *,
    test: LabelledPictures | None = None,
    seed: int = 0,
    checkpoint: Path | None = None,
    progress: Progress | None = None,
) -> ScratchTraining:
    """Train a network on labelled pictures and make a model file of it.

    Some pictures are kept to validate on; none of them is a copy of one that is learned. With a ``checkpoint`` a run
    that was cut short goes on.

    Raises:
        DatasetError: too few pictures, or a test set that does not fit.
        ShapeError: the network does not fit the pictures.
        DivergenceError: the loss is no number any more.
        BackboneError: Keras is not installed.
    """
    begin = time.perf_counter()
    _check(data, test)
    model = network.built(data.shape, len(data.labels), seed)
    learned, validation = _parts(data, network.recipe.validation, seed)
    watch = None if progress is None else lambda done, of, _: progress("training", done, of)
    started = time.perf_counter()
    watched = _watched(validation, seed)
    fitted = fit(model, learned, watched, network.recipe, seed=seed, checkpoint=checkpoint, watch=watch)
    trained = time.perf_counter()
    classifier, score = _made(fitted, data, (learned, validation), network, seed)
    made = time.perf_counter()
    tested = None if test is None else classifier.evaluate_pictures(test, progress=progress)
    ended = time.perf_counter()
    seconds = {"total": ended - begin, "training": trained - started, "model": made - trained}
    return ScratchTraining(
        classifier,
        fitted.model,
        network,
        score,
        dict(zip(data.labels, data.counts.tolist(), strict=True)),
        tuple(Failure(str(path), str(error)) for path, error in data.rejected),
        len(validation),
        fitted.history,
        fitted.best,
        fitted.resumed,
        fitted.precision,
        seconds | ({} if tested is None else {"test": ended - made}),
        tested,
        {VALIDATED: validation} | ({} if test is None else {test.name: test}),
    )


def _check(data: LabelledPictures, test: LabelledPictures | None) -> None:
    counts = np.bincount(data.required_targets, minlength=len(data.labels))
    few = [label for label, count in zip(data.labels, counts, strict=True) if count < 2]
    if len(data.labels) < 2 or few:
        found = f"{len(data.labels)}" if len(data.labels) < 2 else f"{int(counts.min())} of '{few[0]}'"
        raise DatasetError(
            f"{data.name}: expected two classes or more, each with two pictures or more; found {found}; add pictures"
        )
    if test is not None and (test.shape != data.shape or not set(test.labels) <= set(data.labels)):
        raise DatasetError(
            f"{test.name}: expected pictures of shape {list(data.shape)} of the same {len(data.labels)} classes; found "
            f"{list(test.shape)} of {len(test.labels)}, such as '{test.labels[0]}'; name a file like {data.name}"
        )


def how_many_learned(pictures: int, network: NamedNetwork | OwnNetwork) -> int:
    """Of so many pictures, about how many are learned from; the others are kept to validate on."""
    return round(pictures * (1 - _share(pictures, network.recipe.validation)))


def _share(pictures: int, share: float | None) -> float:
    return min(VALIDATION, MOST_VALIDATION / pictures) if share is None else share


def _parts(data: LabelledPictures, share: float | None, seed: int) -> tuple[LabelledPictures, LabelledPictures]:
    """What is learned and what is validated on; copies of a learned picture are in neither's way."""
    share = _share(len(data), share)
    learned, aside = data.split(share, np.random.default_rng([seed, 1]))
    known = {picture.tobytes() for picture in learned.pictures}
    fresh = [place for place, picture in enumerate(aside.pictures) if picture.tobytes() not in known]
    if not fresh:
        raise DatasetError(
            f"{data.name}: expected pictures to validate on; found only copies of others among {len(aside)}; add some"
        )
    return learned, aside if len(fresh) == len(aside) else aside.take(np.array(fresh, np.int64))


def _watched(validation: LabelledPictures, seed: int) -> LabelledPictures:
    """What is looked at after each epoch: a tenth of the time goes there where the course keeps 12,000 pictures."""
    if len(validation) <= MOST_VALIDATION:
        return validation
    return validation.split(MOST_VALIDATION / len(validation), np.random.default_rng([seed, 3]))[1]


def _made(
    fitted: Fitted,
    data: LabelledPictures,
    parts: tuple[LabelledPictures, LabelledPictures],
    network: NamedNetwork | OwnNetwork,
    seed: int,
) -> tuple[Classifier, Evaluation]:
    """The model file with exemplars of the learned pictures, calibrated on the validation ones and measured there."""
    from seefood.networks.conversion import converted

    learned, validation = parts
    height, width, _ = data.shape
    preprocessing = Preprocessing(height, width, rule="stretch", crop=1.0, scale=(WHITE, WHITE, WHITE))
    logits = np.log(np.maximum(probabilities(fitted.model, validation.pictures), 1e-30))
    temperature = earned_temperature(logits, validation.required_targets)
    built = converted(fitted.model, preprocessing, network.name[:100])
    described = {"name": built.network.name, "weights": built.network.weights, "depths": 1}
    graph = built.proto.SerializeToString()
    exemplars = exemplars_of(learned, Engine(graph, ("features",)), np.random.default_rng([seed, 2]))

    def classifier(
        thresholds: Thresholds, training: dict[str, Any] | None = None, score: Evaluation | None = None
    ) -> Classifier:
        card = ModelCard(data.labels, preprocessing, thresholds, temperature, described, training)
        return Classifier(scratch_file(built.network, graph, card, exemplars), card, score)

    undecided = classifier(Thresholds(LEAST_PROBABILITY, None))
    thresholds = Thresholds(LEAST_PROBABILITY, familiar_until(undecided, validation))
    score = undecided.with_thresholds(thresholds).evaluate_pictures(replace(validation, name=VALIDATED))
    record = _record(fitted, data, validation, network, seed)
    return classifier(thresholds, record | {"score": score.to_json() | {"failed": [], "wrong": []}}, score), score


def _record(
    fitted: Fitted, data: LabelledPictures, validation: LabelledPictures, network: NamedNetwork | OwnNetwork, seed: int
) -> dict[str, Any]:
    """How the model was made. Names of files stay at home."""
    names = ("seefood", "numpy", "onnx", "onnxruntime", "keras")
    return {
        "from_scratch": True,
        "pictures": dict(zip(data.labels, data.counts.tolist(), strict=True)),
        "validation": len(validation),
        "seed": seed,
        "recipe": network.recipe.to_json(),
        "history": [asdict(record) for record in fitted.history],
        "best_epoch": fitted.best,
        "precision": fitted.precision,
        "versions": {name: version(name) for name in names} | {"python": platform.python_version()},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": digest_of_bytes(_bytes(data.pictures) + _bytes(data.required_targets)),
    }


def _bytes(array: NDArray[Any]) -> bytes:
    return np.ascontiguousarray(array).tobytes()
