"""What an explanation is: one picture, its verdict, and where the evidence for it lies."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seefood.evaluation.evidence_sheet import Subject
from seefood.model.covering import Window
from seefood.model.placing import Box, boxed
from seefood.verdicts import Verdict

__all__ = ["Erasure", "Explanation", "Method", "log_odds"]

Method = Literal["evidence", "cover"]


@dataclass(frozen=True, eq=False)
class Erasure:
    """The picture judged again with its hottest region covered, and with equally large regions elsewhere covered.

    Attributes:
        window: the hottest region, in places of the map.
        picture: what was judged, uint8 [height, width, 3].
        before, after, elsewhere: the explained class's probability as it was, with the hottest region covered, and
            with another covered: the mean over ``regions`` of them that have no place in common with the hottest.
        log_odds: the same three as the logarithm of its odds against the rival.
    """

    window: Window
    picture: NDArray[np.uint8]
    before: float
    after: float
    elsewhere: float | None
    log_odds: tuple[float, float, float | None]
    regions: int

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        names = ("before", "after", "elsewhere")
        log_odds = dict(zip(names, self.log_odds, strict=True))
        values = {"before": self.before, "after": self.after, "elsewhere": self.elsewhere}
        return {**values, "log_odds": log_odds, "regions": self.regions}


@dataclass(frozen=True, eq=False)
class Explanation:
    """Where in one picture the evidence is.

    Attributes:
        verdict: what was said about it.
        labels: all classes.
        chosen, against: the class that is explained and its rival, as places in ``labels``.
        probabilities: [classes], calibrated.
        method: ``evidence``, from the model's own sums; or ``cover``, measured by covering one part after the other.
        evidence: float32 [classes, h, w]. By ``evidence``: summed over places and with ``constants`` it is the logit,
            but for a number that all classes share. By ``cover``: how much covering a place lowers the logarithm of the
            class's probability, measured against the mean class; it sums to nothing in particular.
        constants: float64 [classes], the part of each logit that lies in no place (the bias), with mean 0; None by
            ``cover``.
        picture: the whole picture, reduced for looking at it, uint8 [height, width, 3].
        seen: what the network saw of it, uint8 [height, width, 3].
        size: the picture's own height and width in pixels, upright.
        frame: what was seen, in pixels of the picture: left, top, right, bottom; beyond its edges where it was padded.
        erasure: the check; None where none was asked for, or the map is too small to cover a part of it.
    """

    verdict: Verdict
    labels: tuple[str, ...]
    chosen: int
    against: int
    probabilities: NDArray[np.float32]
    method: Method
    evidence: NDArray[np.float32]
    constants: NDArray[np.float64] | None
    picture: NDArray[np.uint8]
    seen: NDArray[np.uint8]
    size: tuple[int, int]
    frame: Box
    erasure: Erasure | None

    @property
    def label(self) -> str:
        """The explained class: the verdict's, or of "not sure" the most probable one, if none was asked for."""
        return self.labels[self.chosen]

    @property
    def rival(self) -> str:
        """The class that it is compared with: the most probable other one, if none was asked for."""
        return self.labels[self.against]

    @property
    def constant(self) -> float | None:
        """The part of the logarithm of the odds that lies in no place: the difference of the two biases."""
        return None if self.constants is None else float(self.constants[self.chosen] - self.constants[self.against])

    @cached_property
    def contrast(self) -> NDArray[np.float64]:
        """[h, w]: what each place says for the class and against its rival.

        By ``evidence`` it sums to log(p_class / p_rival), which is made of the places and of ``constant``. The constant
        is spread evenly, so that zero means something: a picture all of whose places were like this one would be
        judged a tie (exactly so where the head looks at means only). Left out, the map would sum to something else than
        the verdict; where it stands, no place is above another because of it.
        """
        difference = self.evidence[self.chosen].astype(np.float64) - self.evidence[self.against]
        return np.asarray(difference + (self.constant or 0.0) / difference.size)

    def shown(self, index: int) -> NDArray[np.float64]:
        """[h, w]: what each place says for one class and against the mean of all, its constant spread evenly.

        The difference of two of these is ``contrast``.
        """
        centred = self.evidence[index].astype(np.float64) - self.evidence.mean(axis=0, dtype=np.float64)
        constant = 0.0 if self.constants is None else float(self.constants[index])
        return np.asarray(centred + constant / centred.size)

    @property
    def odds(self) -> float:
        """The logarithm of them: log(p_class / p_rival), natural."""
        return log_odds(self.probabilities, self.chosen, self.against)

    @property
    def positive(self) -> float:
        """Which share of the contrast's magnitude is for the class; the rest is against it. 0.5 where there is none."""
        magnitude = float(np.abs(self.contrast).sum())
        return float(np.maximum(self.contrast, 0).sum()) / magnitude if magnitude else 0.5

    @property
    def box(self) -> Box | None:
        """The hottest region in pixels of the picture: left, top, right, bottom."""
        if self.erasure is None:
            return None
        return boxed(self.erasure.window, self.evidence.shape[1:], self.frame, self.size)

    def to_json(self) -> dict[str, Any]:
        """As JSON values; ``contrast`` has the constant in it."""
        return {
            "path": self.verdict.path,
            "status": "ok",
            "verdict": self.verdict.label,
            "reason": self.verdict.reason,
            "class": self.label,
            "probability": float(self.probabilities[self.chosen]),
            "rival": self.rival,
            "rival_probability": float(self.probabilities[self.against]),
            "method": self.method,
            "evidence": self.evidence[self.chosen].astype(float).tolist(),
            "contrast": self.contrast.tolist(),
            "constant": self.constant,
            "log_odds": self.odds,
            "positive": self.positive,
            "negative": 1 - self.positive,
            "box": None if self.box is None else list(self.box),
            "erased": None if self.erasure is None else self.erasure.to_json(),
        }

    def subject(self, name: str) -> Subject:
        """What a sheet draws; ``name`` is the picture's."""
        height, width = self.picture.shape[:2]
        down, across = height / self.size[0], width / self.size[1]
        left, top, right, bottom = self.frame
        return Subject(
            name,
            self.picture,
            (left * across, top * down, right * across, bottom * down),
            (self.label, self.rival),
            (float(self.probabilities[self.chosen]), float(self.probabilities[self.against])),
            self.verdict.reason,
            (self.shown(self.chosen), self.shown(self.against), self.contrast),
            self.method == "cover",
            (self.odds, None, None) if self.erasure is None else self.erasure.log_odds,
            None if self.erasure is None else _erased(self.erasure),
        )


def log_odds(probabilities: NDArray[np.floating], first: int, second: int) -> float:
    """log(p_first / p_second), natural; a probability of 0 counts as the smallest that float32 has.

    >>> round(log_odds(np.array([0.2, 0.8]), 1, 0), 4)
    1.3863
    """
    above, below = (max(float(probabilities[index]), float(np.finfo(np.float32).tiny)) for index in (first, second))
    return float(np.log(above) - np.log(below))


def _erased(erasure: Erasure) -> tuple[tuple[int, int, int, int], NDArray[np.uint8], float, float | None]:
    window = erasure.window
    return (window.left, window.top, window.right, window.bottom), erasure.picture, erasure.after, erasure.elsewhere
