"""A classifier: a model file, opened. It names what is in pictures and can be measured on labelled folders."""

import math
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seefood.backbones.engine import Engine
from seefood.caches import BlobCache
from seefood.datasets import LabelledFolder
from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.errors import BackboneError, DatasetError, ModelFileError, PictureError
from seefood.evaluation import Evaluation, Scorer
from seefood.features import in_order, usual_threads
from seefood.files import digest_of_bytes, reason, replacing
from seefood.model.card import KEY, ModelCard
from seefood.model.risk import answering_at
from seefood.pictures import Source
from seefood.verdicts import Failure, Thresholds, Verdict, judge

__all__ = ["Classifier", "load"]

LARGEST_BYTES = 2 << 30
LARGEST_TENSOR = 1 << 26
"""Numbers for one picture, far above any network's maps; keeps a hostile file from asking for the whole memory."""
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
    def engine(self) -> Engine:
        """The graph up to what verdicts are made of, opened at its first use."""
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

    def _described(self, card: ModelCard, score: Evaluation | None) -> "Classifier":
        other = Classifier(lambda: _with_card(self.data, card), card, score)
        other.engine = self.engine
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
            pixels = self.card.preprocessing.prepare(source)
        except PictureError as error:
            return Failure(path, str(error))
        probabilities, novelty = self.probabilities(pixels[np.newaxis])
        strange = None if novelty is None else float(novelty[0])
        return judge(path, self.labels, probabilities[0], strange, self.card.thresholds, top)

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
        scorer, targets = Scorer(self.labels), data.required_targets
        for first in range(0, len(data), TOGETHER):
            part = slice(first, first + TOGETHER)
            probabilities, novelty = self.probabilities(self._prepared(data.pictures[part]))
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


def load(path: str | os.PathLike[str]) -> Classifier:
    """Open a model file. It may come from anyone: it is validated before it is run.

    Raises:
        ModelFileError: no such file, not a seefood model, a newer format, or damaged.
    """
    path = Path(path)
    data = _read(path)
    try:
        digest = digest_of_bytes(data)
        _check_graph(data, digest)
        classifier = Classifier(data, key=digest)
        _check_signature(classifier)
    except (ModelFileError, BackboneError) as error:
        raise ModelFileError(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        raise ModelFileError(f"{path}: expected its texts in UTF-8; found other bytes; get the file again") from error
    return classifier


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise ModelFileError(f"{path}: expected a model file (.onnx); found a folder; name a file")
        if path.stat().st_size > LARGEST_BYTES:
            raise ModelFileError(
                f"{path}: expected a model file; found more than {LARGEST_BYTES >> 30} GiB; name another"
            )
        return path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"{path}: expected a model file; {reason(error)}; check the path") from error


def _check_graph(data: bytes, digest: str) -> None:
    """Refuse what a model file has no use for, once for each file: data beside the file, foreign operators."""
    seen = BlobCache("checked", 1 << 20)
    if seen.get(digest) is not None:
        return
    import onnx

    try:
        model = onnx.load_model_from_string(data)
        onnx.checker.check_model(model)
        described = onnx.shape_inference.infer_shapes(model).graph.value_info
    except Exception as error:  # protobuf's and the checker's errors share no base but Exception
        first_line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelFileError(f"expected an ONNX model; found: {first_line}; get the file again") from error
    if KEY not in {entry.key for entry in model.metadata_props}:
        raise ModelFileError("expected a model that seefood made; found another ONNX file; use it with --backbone")
    attributes = [attribute for node in model.graph.node for attribute in node.attribute]
    if any(attribute.HasField("g") or attribute.graphs for attribute in attributes):
        raise ModelFileError("expected a plain graph; found graphs inside it (If, Loop, Scan); get the file again")
    tensors = [*model.graph.initializer, *(attribute.t for attribute in attributes)]
    tensors += [tensor for attribute in attributes for tensor in attribute.tensors]
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in tensors):
        raise ModelFileError("expected everything in one file; found data kept elsewhere; get the file again")
    if model.functions or any(node.domain not in ("", "ai.onnx") for node in model.graph.node):
        raise ModelFileError("expected standard operators; found others; get the file again")
    shapes = ([size.dim_value or 1 for size in value.type.tensor_type.shape.dim] for value in described)
    if max(map(math.prod, shapes), default=0) > LARGEST_TENSOR:
        raise ModelFileError(f"expected at most {LARGEST_TENSOR} numbers in a tensor; found more; get the file again")
    seen.put(digest, b"checked")


def _check_signature(classifier: Classifier) -> None:
    """Inputs and outputs have the shapes that the card implies."""
    card, engine = classifier.card, classifier.engine
    pixels = engine.inputs.get("pixels", ())
    if len(engine.inputs) != 1 or pixels[1:] != (card.preprocessing.height, card.preprocessing.width, 3):
        raise ModelFileError(f"expected one input 'pixels' of the size it describes; found {_shown(engine.inputs)}")
    if engine.outputs.get("probabilities", ())[1:] != (len(card.labels),):
        raise ModelFileError(
            f"expected a probability for each of {len(card.labels)} labels; found {_shown(engine.outputs)}"
        )
    try:
        shape = (1, card.preprocessing.height, card.preprocessing.width, 3)
        probabilities, novelty = classifier.probabilities(np.zeros(shape, np.uint8))
    except Exception as error:
        found = next(iter(str(error).splitlines()), type(error).__name__)
        raise ModelFileError(f"expected a model that runs; found: {found}; get the file again") from error
    for name, values, of in (("probabilities", probabilities, (1, len(card.labels))), ("novelty", novelty, (1,))):
        if values is not None and not (_is_array_of(values, of) and np.isfinite(values).all()):
            raise ModelFileError(f"expected finite numbers of shape {list(of)} as {name}; found others; get it again")


def _is_array_of(values: Any, shape: tuple[int, ...]) -> bool:
    return isinstance(values, np.ndarray) and values.dtype == np.float32 and values.shape == shape


def _shown(tensors: dict[str, Any]) -> str:
    return ", ".join(f"{name} {list(shape)}" for name, shape in tensors.items()) or "none"
