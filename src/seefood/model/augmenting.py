"""Which changed copies of the pictures are learned as well, and why: those that were asked for, or those that are safe
and help."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seefood.augmentation.notation import DEFAULTS, parse
from seefood.augmentation.steps import Step
from seefood.augmentation.transform import Transform
from seefood.errors import DatasetError
from seefood.features import Extractor, View
from seefood.heads.head import Lesson
from seefood.heads.safety import FEWEST, Effect, Moved
from seefood.heads.selection import Selected
from seefood.model.material import Material

__all__ = ["Copies", "Tried", "augmented", "wished"]

Language = Literal["en", "ko"]
Progress = Callable[[str, int, int], None]

MOST_BYTES = 512 << 20
"""Of copies' features that are learned; fitting takes a few times as much."""
MOST_PROBED, FEWEST_OF_A_CLASS = 400, 10
"""Pictures on which a change is tried; more only where there are many classes."""


@dataclass(frozen=True)
class Tried:
    """One change, what it does, and whether its copies are learned.

    Attributes:
        name: as it is asked for, ``rotate 15``.
        views: what was done to each picture, ``("15°", "-15°")``.
        effect: on pictures that took no part.
        used: whether its copies are learned.
        classes: their names, to say which look like which.
    """

    name: str
    views: tuple[str, ...]
    effect: Effect
    used: bool
    classes: tuple[str, ...]

    def sentence(self, language: Language = "en") -> str:
        """Why, in one line."""
        return _SENTENCES[language](self)

    def to_json(self) -> dict[str, Any]:
        """One entry of ``augmentation``."""
        return {
            "name": self.name,
            "used": self.used,
            "safe": self.effect.safe,
            "safety": self.effect.safety,
            "why": self.sentence(),
            "moved": [
                {
                    "view": self.views[pair.view],
                    "class": self.classes[pair.source],
                    "looks_like": self.classes[pair.target],
                    "count": pair.count,
                    "of": pair.of,
                }
                for pair in self.effect.moved
            ],
            "loss": list(self.effect.loss),
            "accuracy": list(self.effect.accuracy),
        }

    @property
    def worst(self) -> Moved | None:
        """The pair of classes that speaks most clearly against it."""
        pairs = self.effect.moved
        return max(pairs, key=lambda pair: (pair.errors > 1, pair.count / pair.of)) if pairs else None


def wished(text: str) -> tuple[Transform, ...] | None:
    """What ``--augment`` says: transforms, none, or None for ``auto``.

    Raises:
        ShapeError: no such transform.
    """
    if text.strip() == "auto":
        return None
    return () if text.strip() in ("", "none") else parse(text)


class Copies:
    """Makes features of changed copies of the pictures that are taught from."""

    def __init__(self, extractor: Extractor, material: Material, seed: int, progress: Progress | None) -> None:
        self.classes = material.classes
        self.seed = seed
        self._extractor, self._paths, self._progress = extractor, material.paths, progress
        self._done, self._of = 0, 0

    def expect(self, pictures: int, transforms: Sequence[Transform]) -> None:
        """So many more are coming: for the estimate of how long it takes."""
        self._of += pictures * _views(transforms)

    def of(self, transform: Transform, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Features of every view of the pictures ``rows``, float32 [rows, views, all features]."""
        views = [View(f"{transform.text}: {name}", _without_chance(step)) for name, step in transform.probes()]
        return np.stack([self._features(view, rows) for view in views], axis=1)

    def _features(self, view: View, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        vectors = []
        for row in self._extractor.rows((self._paths[number] for number in rows), view):
            if row.vector is None:
                raise DatasetError(
                    f"{row.path}: expected the picture that was here before; found: {row.error}; try again"
                )
            vectors.append(row.vector)
            self._done += 1
            if self._progress is not None:
                self._progress("changed copies", self._done, self._of)
        return np.stack(vectors)


def _without_chance(step: Step) -> Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]]:
    return lambda picture, _: step(picture)


def augmented(lesson: Lesson, plain: Selected, wish: str, copies: Copies) -> tuple[Selected, tuple[Tried, ...]]:
    """The head's choices with changed copies, where they were asked for or, for ``auto``, where they are safe and help.

    ``plain`` are its choices without any. What was asked for is done, and said to be unsafe where it is.
    """
    asked = wished(wish)
    if asked == ():
        return plain, ()
    candidates = DEFAULTS if asked is None else asked
    if asked is not None and len(_that_fit(lesson, asked)) < len(asked):
        raise DatasetError(
            f"expected changed copies whose features fit into {MOST_BYTES >> 20} MiB; found {_views(asked)} of each of "
            f"{len(lesson.labels)} pictures; name fewer transforms"
        )
    rows = _some_of_each(lesson.labels, np.random.default_rng([copies.seed, 2]))
    copies.expect(len(rows), candidates)
    probe = lesson.probe(plain, rows)
    seen = probe.features.shape[1]
    effects = [probe.effect(copies.of(transform, rows)[:, :, :seen]) for transform in candidates]
    if asked is None:
        selected, learned = _best(lesson, plain, sorted(zip(effects, candidates, strict=True), key=_by_errors), copies)
    else:
        selected, learned = _with_copies(lesson, candidates, copies), tuple(candidates)
    tried = tuple(
        Tried(one.text, tuple(name for name, _ in one.probes()), effect, one in learned, copies.classes)
        for one, effect in zip(candidates, effects, strict=True)
    )
    return selected, tried


def _by_errors(pair: tuple[Effect, Transform]) -> float:
    return pair[0].errors


def _best(
    lesson: Lesson, plain: Selected, ranked: Sequence[tuple[Effect, Transform]], copies: Copies
) -> tuple[Selected, tuple[Transform, ...]]:
    """All that help together, the one that helps most, or none: what is best on pictures that took no part."""
    helpful = _that_fit(lesson, [transform for effect, transform in ranked if effect.safety == "helps"])
    for together in dict.fromkeys((helpful, helpful[:1])):
        if together:
            selected = _with_copies(lesson, together, copies)
            if selected.loss < plain.loss:
                return lesson.better(plain, selected), together
    return plain, ()


def _that_fit(lesson: Lesson, transforms: Sequence[Transform]) -> tuple[Transform, ...]:
    """The first of them, as many as there is room for the features of all their copies."""
    one = lesson.features.nbytes
    fitting = (number for number in range(len(transforms), 0, -1) if _views(transforms[:number]) * one <= MOST_BYTES)
    return tuple(transforms[: next(fitting, 0)])


def _views(transforms: Sequence[Transform]) -> int:
    return sum(len(transform.probes()) for transform in transforms)


def _with_copies(lesson: Lesson, transforms: Sequence[Transform], copies: Copies) -> Selected:
    everything = np.arange(len(lesson.labels))
    copies.expect(len(everything), transforms)
    return lesson.select(np.concatenate([copies.of(transform, everything) for transform in transforms], axis=1))


def _some_of_each(labels: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.int64]:
    """At most ``MOST_PROBED`` pictures, or a few of every class, as evenly as there are pictures."""
    classes = int(labels.max()) + 1
    each = max(FEWEST_OF_A_CLASS, MOST_PROBED // classes)
    chosen = [generator.permutation(np.flatnonzero(labels == number))[:each] for number in range(classes)]
    return np.sort(np.concatenate(chosen))


def _in_english(tried: Tried) -> str:
    effect, worst = tried.effect, tried.worst
    losses = f"loss {effect.loss[0]:.3f} → {effect.loss[1]:.3f}"
    moved = "" if worst is None else "{}: {} looks like {} ({} of {})".format(*_pair(tried, worst))
    few = f"only {effect.fewest} pictures of a class were told right, too few to tell"
    unsure = few if effect.fewest < FEWEST else f"untouched pictures get clearly harder ({losses})"
    return {
        "unsafe": f"unsafe: {moved}",
        "doubtful": f"in doubt: {moved or unsure}",
        "hurts": f"safe, but untouched pictures get harder ({losses})",
        "no gain": f"safe, but no gain ({losses})",
        "helps": f"safe, and helps ({losses})",
    }[effect.safety]


def _in_korean(tried: Tried) -> str:
    effect, worst = tried.effect, tried.worst
    losses = f"손실 {effect.loss[0]:.3f} → {effect.loss[1]:.3f}"
    moved = "" if worst is None else "{}: {} 사진이 {}처럼 보임({}장, 전체 {}장)".format(*_pair(tried, worst))
    few = f"맞힌 사진이 {effect.fewest}장뿐인 클래스가 있어 판단할 수 없음"
    unsure = few if effect.fewest < FEWEST else f"바꾸지 않은 사진이 뚜렷이 어려워짐({losses})"
    return {
        "unsafe": f"안전하지 않음: {moved}",
        "doubtful": f"의심스러움: {moved or unsure}",
        "hurts": f"안전하지만 바꾸지 않은 사진을 더 어렵게 만듦({losses})",
        "no gain": f"안전하지만 나아지지 않음({losses})",
        "helps": f"안전하고 도움이 됨({losses})",
    }[effect.safety]


def _pair(tried: Tried, pair: Moved) -> tuple[str, str, str, int, int]:
    return tried.views[pair.view], tried.classes[pair.source], tried.classes[pair.target], pair.count, pair.of


_SENTENCES: dict[Language, Callable[[Tried], str]] = {"en": _in_english, "ko": _in_korean}
