"""A classifier: a model file, opened. It names what is in pictures and can be measured on labelled folders."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seefood.datasets import LabelledFolder
from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.errors import DatasetError, PictureError
from seefood.evaluation import Evaluation, Scorer
from seefood.features import in_order, usual_threads
from seefood.features.extraction import bounded
from seefood.files import replacing
from seefood.model.card import KEY, ModelCard
from seefood.model.risk import answering_at
from seefood.pictures import Source, decode
from seefood.verdicts import Failure, Thresholds, Verdict, judge

if TYPE_CHECKING:
    from seefood.augmentation import Augmentation
    from seefood.backbones.engine import Engine

__all__ = ["Classifier"]

SHOWN = 3
"""Labels of each measured picture that a report can name."""
TOGETHER = 256
"""Pictures from memory that are run at once."""


class Classifier:
    """Pictures in, verdicts out.

    Attributes:
        card: what the file says about itself.
    """

    def __init__(
        self,
        data: bytes | Callable[[], bytes],
        card: ModelCard | None = None,
        score: Evaluation | None = None,
        key: str = "",
    ) -> None:
        self._averaged: Augmentation | None = None
        self._made = data
        self._key = key
        self._score = score
        self.card = card or ModelCard.from_text(self.engine.metadata.get(KEY, ""))

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, in the order of ``probabilities``."""
        return self.card.labels

    @property
    def score(self) -> Evaluation | None:
        """How good it was found to be when it was taught; None for a network that was not taught here."""
        if self._score is None and self.card.training is not None:
            self._score = Evaluation.from_json(self.card.training.get("score"))
        return self._score

    @cached_property
    def data(self) -> bytes:
        """The model file's bytes; what is run is what is saved."""
        return self._made if isinstance(self._made, bytes) else self._made()

    @cached_property
    def engine(self) -> "Engine":
        """The graph up to what verdicts are made of, opened at its first use."""
        from seefood.backbones.engine import Engine

        return Engine(self._made, ("probabilities", "novelty"), self._key)

    def at_risk(self, risk: float) -> "Classifier":
        """The same classifier, which answers only where its score card promises this share of wrong answers at most.

        Of all such thresholds of probability it has the one that answers most pictures; what is unfamiliar stays
        unfamiliar. The session is shared, and ``score`` says what is then answered.

        Raises:
            ModelFileError: its score card does not say how often it is wrong at which probability.
            DatasetError: no threshold keeps the promise; the message says which promise can be kept.
            ValueError: a risk that is not between 0 and 1.
        """
        point, score = answering_at(self.score, risk)
        thresholds = Thresholds(point.probability, self.card.thresholds.novelty)
        training = {**(self.card.training or {}), "score": score.to_json() | {"failed": [], "wrong": []}}
        return self._described(replace(self.card, thresholds=thresholds, training=training), score)

    def with_thresholds(self, thresholds: Thresholds) -> "Classifier":
        """The same classifier with other thresholds, on the same session; its score card stays as it was measured."""
        return self._described(replace(self.card, thresholds=thresholds), self._score)

    def averaging(self, transforms: str) -> "Classifier":
        """The same classifier, whose answers are means over a picture and changed copies of it (``mirror, rotate 5``).

        The copies are the ends of each range, so the answer does not depend on chance. Novelty is that of the picture
        itself. It takes as many times as long as there are copies. Its file stays the same: averaging is not saved.

        Raises:
            ShapeError: no such transform.
        """
        from seefood.augmentation import Augmentation

        other = self._described(self.card, self._score)
        other._averaged = Augmentation.from_text(transforms)  # noqa: SLF001 - of the same class
        return other

    def _described(self, card: ModelCard, score: Evaluation | None) -> "Classifier":
        made = self._made if card is self.card else (lambda: _with_card(self.data, card))
        other = Classifier(made, card, score)
        other.engine, other._averaged = self.engine, self._averaged
        return other

    def probabilities(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Prepared pictures, uint8 [n, height, width, 3]: probabilities [n, classes], and novelty [n] or None."""
        results = self.engine.run(pixels, self._outputs)
        return results[0], results[1] if len(results) > 1 else None

    @cached_property
    def _outputs(self) -> tuple[str, ...]:
        return ("probabilities", "novelty") if "novelty" in self.engine.outputs else ("probabilities",)

    def judged(self, source: Source, top: int = 5) -> Verdict | Failure:
        """One picture; a broken one is a Failure."""
        path = os.fspath(source) if isinstance(source, str | os.PathLike) else None
        try:
            pixels = self._seen(source)
        except PictureError as error:
            return Failure(path, str(error))
        probabilities, novelty = self.probabilities(pixels)
        strange = None if novelty is None else float(novelty[0])
        return judge(path, self.labels, probabilities.mean(axis=0), strange, self.card.thresholds, top)

    def _seen(self, source: Source) -> NDArray[np.uint8]:
        """The picture as the network takes it, uint8 [1, height, width, 3], and changed copies behind it."""
        preprocessing = self.card.preprocessing
        if self._averaged is None:
            return preprocessing.prepare(source)[np.newaxis]
        picture = bounded(decode(source, preprocessing.cover))
        return np.stack([preprocessing.resize(view) for view in self._averaged.fixed_views(picture)])

    def stream(
        self, sources: Iterable[Source], *, top: int = 5, threads: int | None = None
    ) -> Iterator[Verdict | Failure]:
        """Verdicts in the order of the pictures, as they are made; any number of pictures in bounded memory."""
        _ = self.engine  # once, before many threads ask for it
        return in_order(lambda source: self.judged(source, top), sources, threads or usual_threads())

    def predict(
        self, sources: Source | Iterable[Source], *, top: int = 5, threads: int | None = None
    ) -> list[Verdict | Failure]:
        """Verdicts for one picture or many, as a list: paths, bytes, Pillow images, arrays uint8 [h, w, 3]."""
        if isinstance(sources, str | os.PathLike | bytes | Image.Image | np.ndarray):
            sources = [sources]
        return list(self.stream(sources, top=top, threads=threads))

    def evaluate(self, folder: str | os.PathLike[str] | LabelledFolder, *, threads: int | None = None) -> Evaluation:
        """The score card on a folder with one sub-folder for each class.

        Raises:
            DatasetError: no such folder, or a sub-folder whose name is none of the classes.
        """
        labelled = self.checked_folder(folder)
        scorer = Scorer(self.labels)
        outcomes = self.stream(labelled.paths, top=SHOWN, threads=threads)
        for label, outcome in zip(labelled.labels, outcomes, strict=True):
            scorer.add(label, outcome)
        return scorer.evaluation()

    def evaluate_pictures(
        self, data: LabelledPictures, *, progress: Callable[[str, int, int], None] | None = None
    ) -> Evaluation:
        """The score card on labelled pictures in memory; those of another size are resized as any other picture.

        Raises:
            DatasetError: no labels, or one that is none of the classes.
        """
        unknown = [label for label in data.labels if label not in self.labels]
        if unknown:
            raise DatasetError(
                f"{data.name}: expected the model's classes ({', '.join(self.labels[:5])}…); found '{unknown[0]}'; "
                "name other pictures or another model"
            )
        if self._averaged is not None:
            raise DatasetError(
                f"{data.name}: expected files to average answers over; found a table; leave the averaging out"
            )
        scorer, targets = Scorer(self.labels), data.required_targets

        def judged(first: int) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
            return self.probabilities(self._prepared(data.pictures[first : first + TOGETHER]))

        _ = self.engine  # once, before many threads ask for it
        starts = range(0, len(data), TOGETHER)
        for first, (probabilities, novelty) in zip(starts, in_order(judged, starts, usual_threads()), strict=True):
            for place, row in enumerate(probabilities):
                number = first + place
                strange = None if novelty is None else float(novelty[place])
                verdict = judge(f"{data.name}#{number}", self.labels, row, strange, self.card.thresholds, top=SHOWN)
                scorer.add(data.labels[targets[number]], verdict)
            if progress is not None:
                progress("test", min(first + TOGETHER, len(data)), len(data))
        return scorer.evaluation()

    def _prepared(self, pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Grey or RGB [n, h, w, c] as the graph takes them."""
        colours = np.repeat(pictures, 3, axis=3) if pictures.shape[3] == 1 else pictures
        wanted = self.card.preprocessing
        if colours.shape[1:3] == (wanted.height, wanted.width) and wanted.crop == 1:
            return np.ascontiguousarray(colours)
        return np.stack([wanted.resize(picture) for picture in colours])

    def checked_folder(self, folder: str | os.PathLike[str] | LabelledFolder) -> LabelledFolder:
        """A labelled folder whose classes are all known to this classifier."""
        labelled = folder if isinstance(folder, LabelledFolder) else LabelledFolder.open(Path(folder))
        unknown = [name for name in labelled.classes if name not in self.labels]
        if unknown:
            known = ", ".join(self.labels[:5]) + (", …" if len(self.labels) > 5 else "")
            raise DatasetError(
                f"{labelled.root}: expected sub-folders named as the model's classes ({known}); found '{unknown[0]}'; "
                "rename it or name another folder"
            )
        return labelled

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model file, whole or not at all. Raises OutputError where that is not possible."""
        with replacing(Path(path)) as aside:
            aside.write_bytes(self.data)


def _with_card(data: bytes, card: ModelCard) -> bytes:
    """The same model file with another description."""
    import onnx

    model = onnx.load_model_from_string(data)
    for entry in model.metadata_props:
        if entry.key == KEY:
            entry.value = card.to_text()
    return bytes(model.SerializeToString())
