"""What a report is made of: plain values, handed over by whoever taught or measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seefood.evaluation.scores import Evaluation
from seefood.pictures import Source
from seefood.preprocessing import Preprocessing

__all__ = ["CROSS_VALIDATED", "USUAL", "AugmentationReason", "DataReport", "Evidence", "Finding", "Report"]

CROSS_VALIDATED = "on pictures it was not taught (cross-validation)"
"""Where each picture was judged without it, and the finished classifier has learned from all of them since."""

USUAL = Preprocessing(224, 224)
"""The middle of the picture, as most networks see it."""

Example = tuple[str, NDArray[np.uint8]]
"""A word or two below it, and a picture, uint8 [height, width, 3]."""


Evidence = Callable[[str, str, str], NDArray[np.floating] | None]


@dataclass(frozen=True)
class Finding:
    """Something about the data that a person should look at.

    ``kind`` is its name in the JSON of ``inspect`` (``near_duplicates``), ``sentence`` says it in English and
    ``korean`` in Korean, where it is known. Each of ``groups`` is paths of pictures that belong together, and ``notes``
    has a line for each group or is empty. ``severe`` findings spoil the score or what is learned. ``counted`` is how
    many there are, where it is not the number of groups.

    Raises ValueError where there are notes, but not one for each group.
    """

    kind: str
    sentence: str
    groups: tuple[tuple[str, ...], ...] = ()
    severe: bool = False
    korean: str = ""
    notes: tuple[str, ...] = ()
    counted: int | None = None

    def __post_init__(self) -> None:
        if self.notes and len(self.notes) != len(self.groups):
            found = f"{len(self.notes)} notes and {len(self.groups)} groups"
            raise ValueError(f"expected a note for each group of pictures; found {found}; leave the notes out")

    @property
    def count(self) -> int:
        """How many there are."""
        return (len(self.groups) or 1) if self.counted is None else self.counted


@dataclass(frozen=True, eq=False)
class AugmentationReason:
    """Whether a transform was used to teach, and why or why not; ``korean`` as in `Finding`."""

    name: str
    used: bool
    sentence: str
    examples: tuple[Example, ...] = ()
    korean: str = ""


@dataclass(frozen=True, eq=False)
class Report:
    """All that the page tells.

    Attributes:
        title: what was measured, "ants-bees.onnx".
        evaluation: the main score card.
        where: on which pictures, as a part of a sentence: `CROSS_VALIDATED`, "on the test pictures".
        test: the score card on a test folder, where there was one.
        findings: what is wrong with the data.
        augmentation: what was done to the pictures on the way, and why.
        facts: what was done, as a table: seed, versions, seconds, counts; a value may be a mapping or a sequence.
        commands: how to do it again.
        evidence: of a path, what was said and what is true, numbers [h, w] over what the network sees: above 0 where it
            speaks for what was said, below where it speaks for the truth; None where there are none. What it raises as
            SeefoodError, OSError or ValueError leaves the map out.
        preprocessing: how the network sees a picture, so that the evidence lies where it belongs.
        picture: what to read for a path, where paths are not files.
        threshold: below which probability the answer is "not sure"; the slider begins there.
    """

    title: str
    evaluation: Evaluation
    where: str
    test: Evaluation | None = None
    findings: tuple[Finding, ...] = ()
    augmentation: tuple[AugmentationReason, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    commands: tuple[str, ...] = ()
    evidence: Evidence | None = None
    preprocessing: Preprocessing = USUAL
    picture: Callable[[str], Source] | None = None
    threshold: float | None = None

    @property
    def parts(self) -> tuple[tuple[str, str, Evaluation], ...]:
        """A letter for names in the page, where, and the score card; of the main one and of the test."""
        tested = () if self.test is None else (("t", "on the test folder", self.test),)
        return (("m", self.where, self.evaluation), *tested)


@dataclass(frozen=True, eq=False)
class DataReport:
    """What the page on folders of pictures tells, before anything is taught from them.

    Attributes:
        title: what was inspected, "photos".
        pictures: how many can be read.
        classes: pictures that can be read, of each class; empty where they lie in no class.
        splits: the same of each split.
        findings, facts, commands: as in `Report`.
        picture: what to read for a path, where paths are not files.
    """

    title: str
    pictures: int
    classes: Mapping[str, int] = field(default_factory=dict)
    splits: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    commands: tuple[str, ...] = ()
    picture: Callable[[str], Source] | None = None
