"""Where in a picture the evidence for a verdict is, and whether the verdict falls when that place is covered.

A model file divides each class's score among places (``evidence``): summed over places and with the class's bias it is
the calibrated logit. What a softmax makes of logits does not change when the same is added to all of them, so one
class's map alone means little; the difference of two does, and it sums to the logarithm of their odds.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seefood.backbones.engine import Engine
from seefood.errors import DatasetError, ModelFileError
from seefood.model.classifier import Classifier
from seefood.model.covering import Window, covered, elsewhere, strongest, windows
from seefood.model.explained import Erasure, Explanation, Method, log_odds
from seefood.model.placing import frame_of, opened
from seefood.pictures import Source
from seefood.verdicts import judge

__all__ = ["Erasure", "Explainer", "Explanation", "Method", "explain"]

HOTTEST = 0.15
"""Of a map's places: those of the hottest region."""
ELSEWHERE = 8
"""Regions elsewhere that are covered for comparison, at most."""
COVERS = (7, 7)
COVER = 0.08
"""``cover``: the map's places, and which share of them is covered at a time."""
LARGEST_SHOWN = 1200
"""Pixels of the longer side of the whole picture that is kept to be looked at."""
SMALLEST = 1e-30
"""A probability below it has lost digits in float32, or is 0."""
TOLERANCE = 1e-3

Array = NDArray[Any]


def explain(
    classifier: Classifier,
    source: Source,
    label: str | None = None,
    against: str | None = None,
    method: Method | None = None,
) -> Explanation:
    """Where in one picture the evidence for its verdict is; see ``Explainer`` for many.

    Raises:
        PictureError: the picture cannot be read.
        ModelFileError, DatasetError: as ``Explainer``.
    """
    return Explainer(classifier, label, against, method)(source)


class Explainer:
    """Explains one picture after the other, also from several threads.

    By default the verdict's class is compared with the most probable other one; ``label`` and ``against`` name others.
    ``method`` is ``evidence`` where the model gives it and ``cover`` where not (a network from scratch, VGG16 with its
    own last layers), unless one is named. Without ``check`` nothing is covered to see whether the verdict falls, which
    is most of the time that an explanation takes.

    Raises:
        ModelFileError: ``evidence`` was asked for and the model gives none, or none that adds up to its verdicts.
        DatasetError: a label that the model does not know, or twice the same.
    """

    def __init__(
        self,
        classifier: Classifier,
        label: str | None = None,
        against: str | None = None,
        method: Method | None = None,
        *,
        check: bool = True,
    ) -> None:
        self._classifier, self._check = classifier, check
        self._chosen, self._against = _place(label, classifier.labels), _place(against, classifier.labels)
        if label is not None and label == against:
            raise DatasetError(f"expected two classes to compare; found '{label}' twice; name another")
        if method not in (None, "evidence", "cover"):
            raise ValueError(f"expected the method 'evidence' or 'cover'; found {method!r}; name one of them")
        self._engine = Engine(classifier.data, ("probabilities", "evidence")) if method != "cover" else None
        if self._engine is not None and "evidence" not in self._engine.outputs:
            if method == "evidence":
                raise ModelFileError(
                    "expected a model that gives evidence, as those do that 'seefood train' teaches on a pretrained "
                    "network; found one without; cover parts of the picture instead (--method cover)"
                )
            self._engine = None
        self.method: Method = "cover" if self._engine is None else "evidence"
        self._constants = None if self._engine is None else self._biases()

    def __call__(self, source: Source) -> Explanation:
        """Explain one picture. Raises PictureError where it cannot be read."""
        preprocessing = self._classifier.card.preprocessing
        picture, size, path = opened(source, preprocessing.cover)
        seen = preprocessing.resize(picture)
        probabilities, novelty = self._classifier.probabilities(seen[np.newaxis])
        row, strange = probabilities[0], None if novelty is None else float(novelty[0])
        verdict = judge(path, self._classifier.labels, row, strange, self._classifier.card.thresholds)
        chosen, against = self._compared(row)
        evidence = self._covering(seen, row) if self._engine is None else self._evidence(seen, (chosen, against))
        difference = evidence[chosen].astype(np.float64) - evidence[against]
        return Explanation(
            verdict,
            self._classifier.labels,
            chosen,
            against,
            row,
            self.method,
            evidence,
            self._constants,
            _reduced(picture),
            seen,
            size,
            frame_of(preprocessing, picture.shape[:2], size),
            self._erased(seen, difference, row, (chosen, against)),
        )

    def between(self, source: Source, one: str, other: str) -> NDArray[np.float64] | None:
        """What each place says for one class and against another, [h, w]; None where the model gives no evidence.

        Nothing is covered. Raises PictureError where the picture cannot be read, DatasetError for an unknown class.
        """
        first, second = _place(one, self._classifier.labels), _place(other, self._classifier.labels)
        if self._engine is None or self._constants is None or first is None or second is None:
            return None
        evidence = self._evidence(self._classifier.card.preprocessing.prepare(source), (first, second))
        difference = evidence[first].astype(np.float64) - evidence[second]
        return np.asarray(difference + (self._constants[first] - self._constants[second]) / difference.size)

    def _compared(self, probabilities: Array) -> tuple[int, int]:
        """The class that is explained and its rival."""
        order = np.argsort(-probabilities, kind="stable").tolist()
        chosen = next(index for index in order if index != self._against) if self._chosen is None else self._chosen
        return chosen, next(index for index in order if index != chosen) if self._against is None else self._against

    def _evidence(self, seen: Array, compared: tuple[int, int]) -> NDArray[np.float32]:
        """The model's own, held to the probabilities that come with it: a file may say anything."""
        evidence, probabilities = self._asked(seen)
        first, second = compared
        if self._constants is not None and min(probabilities[first], probabilities[second]) > SMALLEST:
            sums = evidence.sum(axis=(1, 2), dtype=np.float64) + self._constants
            expected = log_odds(probabilities, first, second)
            room = TOLERANCE + 1e-5 * float(np.abs(evidence[[first, second]]).sum())
            if abs(sums[first] - sums[second] - expected) > room:
                found = f"{sums[first] - sums[second]:.4g}"
                raise ModelFileError(
                    f"expected evidence that adds up to the verdict ({expected:.4g}); found {found}; "
                    "get the file again, or use --method cover"
                )
        return evidence

    def _asked(self, seen: Array) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Evidence [classes, h, w] and probabilities [classes] of one prepared picture."""
        if self._engine is None:
            raise ModelFileError("expected a model that gives evidence; found one without; use --method cover")
        evidence, probabilities = self._engine.run(seen[np.newaxis], ("evidence", "probabilities"))
        classes = len(self._classifier.labels)
        if evidence.ndim != 4 or evidence.shape[:2] != (1, classes) or not evidence.size:
            raise ModelFileError(
                f"expected evidence of shape [1, {classes}, h, w]; found {list(evidence.shape)}; get the file again"
            )
        if not np.isfinite(evidence).all():
            raise ModelFileError("expected finite numbers as evidence; found others; get the file again")
        return evidence[0], probabilities[0]

    def _biases(self) -> NDArray[np.float64]:
        """The same for every picture, so any picture tells them; best one that no class is quite excluded from."""
        preprocessing = self._classifier.card.preprocessing
        shape = (preprocessing.height, preprocessing.width, 3)
        noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        asked = [self._asked(probe) for probe in (np.full(shape, 127, np.uint8), np.zeros(shape, np.uint8), noise)]
        evidence, probabilities = max(asked, key=lambda answers: float(answers[1].min()))
        logits = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny).astype(np.float64))
        constants = logits - evidence.sum(axis=(1, 2), dtype=np.float64)
        return np.asarray(constants - constants.mean())

    def _covering(self, seen: Array, probabilities: Array) -> NDArray[np.float32]:
        """How much each class's logarithm of probability falls when a place is covered, against the mean class.

        Each window's fall is divided among its places, and each place takes the mean over the windows that it is in.
        Source: Zeiler & Fergus 2014, section 4.2, with overlapping windows that are filled without edges.
        """
        grid = min(COVERS[0], seen.shape[0]), min(COVERS[1], seen.shape[1])
        places = windows(grid, COVER)
        total, times = np.zeros((len(probabilities), *grid)), np.zeros(grid)
        before = _centred(probabilities)
        for window, after in zip(places, self._with_covered(seen, places, grid), strict=True):
            where = (slice(window.top, window.bottom), slice(window.left, window.right))
            total[:, where[0], where[1]] += ((before - _centred(after)) / window.places)[:, np.newaxis, np.newaxis]
            times[where] += 1
        return np.asarray(total / np.maximum(times, 1), np.float32)

    def _with_covered(self, seen: Array, places: Sequence[Window], grid: tuple[int, int]) -> list[Array]:
        """Probabilities of the picture with each of the windows covered, one after the other."""
        size = seen.shape[0], seen.shape[1]
        pictures = (covered(seen, window.scaled(grid, size)) for window in places)
        return [self._classifier.probabilities(picture[np.newaxis])[0][0] for picture in pictures]

    def _erased(self, seen: Array, difference: Array, row: Array, compared: tuple[int, int]) -> Erasure | None:
        """The check. A constant is the same everywhere: it does not change which region is the hottest."""
        grid, (chosen, _) = (difference.shape[0], difference.shape[1]), compared
        window = strongest(difference, HOTTEST) if self._check else None
        if window is None:
            return None
        after, *others = self._with_covered(seen, [window, *elsewhere(window, grid, HOTTEST, ELSEWHERE)], grid)
        odds = [log_odds(each, *compared) for each in others]
        return Erasure(
            window,
            covered(seen, window.scaled(grid, (seen.shape[0], seen.shape[1]))),
            float(row[chosen]),
            float(after[chosen]),
            float(np.mean([each[chosen] for each in others])) if others else None,
            (log_odds(row, *compared), log_odds(after, *compared), float(np.mean(odds)) if odds else None),
            len(others),
        )


def _place(label: str | None, labels: tuple[str, ...]) -> int | None:
    if label is None or label in labels:
        return None if label is None else labels.index(label)
    near = get_close_matches(label, labels, 3) or labels[:5]
    known = ", ".join(near) + (", …" if len(labels) > len(near) else "")
    raise DatasetError(f"expected one of the model's {len(labels)} classes; found '{label}'; name one: {known}")


def _centred(probabilities: Array) -> NDArray[np.float64]:
    logs = np.log(np.maximum(probabilities.astype(np.float64), SMALLEST))
    return np.asarray(logs - logs.mean())


def _reduced(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    image = Image.fromarray(np.ascontiguousarray(picture))
    image.thumbnail((LARGEST_SHOWN, LARGEST_SHOWN), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.array(image)
