"""What "not sure" is worth: unknown things declined, probabilities that mean what they say, promised risks kept.

    python benchmarks/not_sure.py [--data FOLDER] [--seeds N] [--only unknown calibration risk rules]

Heads are taught on features that are read once, with several seeds; the seed decides the folds and the exemplars. Where
a collection has no pictures kept apart to test on, the seed also decides which half is taught. Rules that choose a
threshold for a promised risk are compared on these collections, and on drawn score cards whose true risk is known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

from measuring import Bars, machine, parser, photos_in
from risk_rules import RULES, Rule
from seefood.backbones.catalogue import DEFAULT, Backbone, open_backbone
from seefood.datasets import LabelledFolder
from seefood.evaluation import CoveragePoint, expected_calibration_error, needed_probability, risk_coverage
from seefood.features import Extractor
from seefood.heads.calibration import log_loss
from seefood.heads.head import Head, Taught, teach
from seefood.heads.softmax_regression import softmax
from seefood.intervals import wilson_interval

Array = NDArray[Any]
AUROC, KNOWN, UNKNOWN = 0.98, 0.93, 0.90
CALIBRATION = 0.06
BARRED = ("hymenoptera", "rural_urban")
"""Whose calibration error has a bar; the others show what a temperature does where there is more to do."""
RISKS = (0.01, 0.02, 0.05, 0.1)
PROMISED, KEPT = 0.02, 0.04
RESAMPLED = 2000
DRAWN = 300


@dataclass(frozen=True, eq=False)
class Pictures:
    """Features float32 [n, d], labels int64 [n], and what tells copies."""

    features: Array
    labels: NDArray[np.int64]
    groups: tuple[str, ...]

    def take(self, places: NDArray[np.int64]) -> "Pictures":
        return Pictures(self.features[places], self.labels[places], tuple(self.groups[place] for place in places))


class Reader:
    """Folders as features, each read once."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.backbone: Backbone = open_backbone(DEFAULT)
        self._extractor = Extractor(self.backbone)
        self.folder = cache(self._folder)
        self.unlabelled = cache(self._unlabelled)

    def _folder(self, name: str) -> Pictures:
        """One sub-folder for each class."""
        folder = LabelledFolder.open(photos_in(self.data / name))
        numbers = {label: number for number, label in enumerate(folder.classes)}
        return self._read(folder.paths, [numbers[label] for label in folder.labels])

    def _unlabelled(self, name: str) -> Pictures:
        """Every picture below."""
        paths = sorted(path for path in photos_in(self.data / name).rglob("*") if path.is_file())
        return self._read(paths, [0] * len(paths))

    def _read(self, paths: Sequence[Path], labels: Sequence[int]) -> Pictures:
        rows = zip(self._extractor.rows(paths), labels, strict=True)
        kept = [(row.vector, label, row.digest) for row, label in rows if row.vector is not None]
        vectors, numbers, digests = zip(*kept, strict=True)
        return Pictures(np.stack(vectors), np.array(numbers, np.int64), digests)

    def taught(self, pictures: Pictures, seed: int) -> Taught:
        """As ``seefood train`` teaches them."""
        generator = np.random.default_rng(seed)
        return teach(self.backbone.network, pictures.features, pictures.labels, pictures.groups, generator, 2)


@dataclass(frozen=True, eq=False)
class Answers:
    """What a head says of pictures: the top probability, whether it is right, and whether the picture is familiar."""

    probability: Array
    right: NDArray[np.bool_]
    novelty: Array
    familiar: NDArray[np.bool_]

    @classmethod
    def of(cls, head: Head, pictures: Pictures) -> "Answers":
        return cls.made(head, head.probabilities(pictures.features), pictures.labels, head.novelty(pictures.features))

    @classmethod
    def out_of_fold(cls, taught: Taught, pictures: Pictures) -> "Answers":
        return cls.made(taught.head, taught.out_of_fold, pictures.labels, taught.left_out_novelty)

    @classmethod
    def made(cls, head: Head, probabilities: Array, labels: NDArray[np.int64], novelty: Array) -> "Answers":
        right = probabilities.argmax(axis=1) == labels
        return cls(probabilities.max(axis=1), right, novelty, novelty <= (head.thresholds.novelty or np.inf))

    def answered(self, probability: float) -> NDArray[np.bool_]:
        return self.familiar & (self.probability >= probability)

    @property
    def curve(self) -> tuple[CoveragePoint, ...]:
        return risk_coverage(self.probability, self.right, self.familiar)


def auroc(known: Array, unknown: Array) -> float:
    """How often an unknown one has the higher value than a known one (Mann-Whitney's U over all pairs)."""
    return float(mannwhitneyu(unknown, known).statistic / (len(known) * len(unknown)))


def shown(values: Sequence[float]) -> str:
    """The median of the seeds, and how far they reach."""
    return f"{np.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def unknown_things(reader: Reader, seeds: range, bars: Bars) -> None:
    """Ants and bees are known; what else is shown has to be declined."""
    print("\nunknown things: taught on hymenoptera/train, at the default thresholds")
    known, train = reader.folder("hymenoptera/val"), reader.folder("hymenoptera/train")
    others = {name: reader.unlabelled(name) for name in ("photos", "rural_urban", "letters")}
    heads = [reader.taught(train, seed).head for seed in seeds]
    seen = [Answers.of(head, known) for head in heads]
    shares = [
        float(answers.answered(head.thresholds.probability).mean()) for head, answers in zip(heads, seen, strict=True)
    ]
    print(f"  {len(known.labels)} known photos answered: {shown(shares)}")
    bars.at_least("known photos answered", float(np.median(shares)), KNOWN)
    for name, pictures in others.items():
        found = [Answers.of(head, pictures) for head in heads]
        novelty = [auroc(mine.novelty, theirs.novelty) for mine, theirs in zip(seen, found, strict=True)]
        softmax_alone = [
            auroc(-mine.probability, -theirs.probability) for mine, theirs in zip(seen, found, strict=True)
        ]
        declined = [
            1 - theirs.answered(head.thresholds.probability).mean() for head, theirs in zip(heads, found, strict=True)
        ]
        without = [
            1 - (theirs.probability >= head.thresholds.probability).mean()
            for head, theirs in zip(heads, found, strict=True)
        ]
        print(f"  {name}, {len(pictures.labels)} pictures")
        print(f"    AUROC of novelty              {shown(novelty)}")
        print(f"    AUROC of the top probability  {shown(softmax_alone)}")
        print(f"    declined                      {shown(declined)}")
        print(f"    declined without novelty      {shown(without)}")
        bars.at_least(f"{name}, AUROC of novelty", min(novelty), AUROC)
        bars.at_least(f"{name}, declined", float(min(declined)), UNKNOWN)


def calibration(reader: Reader, seeds: range, bars: Bars) -> None:
    """The expected calibration error with the head's temperature, and of the same head with 1."""
    print("\ncalibration: expected calibration error of 15 bins on pictures kept apart")
    for name in ("hymenoptera", "rural_urban", "upright_sideways", "letters"):
        lessons = [(taught.head, test) for _, test, taught in _lessons(reader, name, seeds)]
        columns = [_with_and_without(head, test) for head, test in lessons]
        errors = np.array([[_error(column) for column in pair] for pair in columns])
        temperatures = ", ".join(f"{head.temperature:.2f}" for head, _ in lessons)
        print(f"  {name}, {len(lessons[0][1].labels)} pictures; temperatures {temperatures}")
        losses = np.array([_losses(head, test) for head, test in lessons]).mean(axis=0)
        for place, what in enumerate(("with", "without")):
            low, high = np.quantile(_resampled(columns[0][place]), (0.025, 0.975))
            each = ", ".join(f"{error:.3f}" for error in errors[:, place])
            print(
                f"    {what:8} {each}; of the first, 95 % of {RESAMPLED} resamples {low:.3f} to {high:.3f}; "
                f"mean log loss {losses[place]:.4f}"
            )
        differences = [_difference(pair, number) for pair in columns for number in range(400)]
        low, high = np.quantile(differences, (0.025, 0.975))
        mean = (errors[:, 0] - errors[:, 1]).mean()
        print(f"    with - without {mean:+.3f}; 95 % of resamples {low:+.3f} to {high:+.3f}")
        honest = np.mean([_perfect(column, seed) for seed, (column, _) in enumerate(columns)])
        print(f"    were every probability exactly right, so few pictures would show {honest:.3f} on average")
        if name not in BARRED:
            continue
        bars.at_most(f"{name}, calibration error, the worst seed", float(errors[:, 0].max()), CALIBRATION)
        for what, of in (("mean", np.mean), ("median", np.median)):
            ratio = float(of(errors[:, 0]) / of(errors[:, 1]))
            bars.at_most(f"{name}, with / without temperature, {what} over seeds", ratio, 1)
        ratio = float((errors[:, 0] / errors[:, 1]).max())
        bars.at_most(f"{name}, with / without temperature, the worst seed", ratio, 1)


def _losses(head: Head, test: Pictures) -> tuple[float, float]:
    """Log loss with the temperature and without."""
    logits = head.regression.logits(test.features[:, : len(head.regression.weights)])
    return log_loss(logits, test.labels, head.temperature), log_loss(logits, test.labels)


def _with_and_without(head: Head, test: Pictures) -> tuple[Array, Array]:
    """Top probability and right or wrong, [2, n], with the temperature and without."""
    seen = test.features[:, : len(head.regression.weights)]
    logits = head.regression.logits(seen)
    found = [softmax(logits / np.float32(temperature)) for temperature in (head.temperature, 1.0)]
    one, other = (np.stack([p.max(axis=1), p.argmax(axis=1) == test.labels]) for p in found)
    return one, other


def _error(column: Array) -> float:
    return expected_calibration_error(column[0], column[1] > 0) or 0.0


def _resampled(column: Array) -> list[float]:
    generator = np.random.default_rng(0)
    count = column.shape[1]
    return [_error(column[:, generator.integers(0, count, count)]) for _ in range(RESAMPLED)]


def _difference(pair: tuple[Array, Array], seed: int) -> float:
    """With temperature less without, on the same resample."""
    count = pair[0].shape[1]
    places = np.random.default_rng(seed).integers(0, count, count)
    return _error(pair[0][:, places]) - _error(pair[1][:, places])


def _perfect(column: Array, seed: int) -> float:
    """The mean error where each answer is right with its very probability: what the number of pictures alone does."""
    random = np.random.default_rng(seed).random((200, column.shape[1]))
    return float(np.mean([_error(np.stack([column[0], row < column[0]])) for row in random]))


def risk(reader: Reader, seeds: range, bars: Bars) -> None:
    """A promised share of wrong answers, against what is kept on pictures that were not taught."""
    barred = "upright_sideways"
    for name in (barred, "hymenoptera", "letters"):
        lessons = [
            (Answers.out_of_fold(taught, train).curve, Answers.of(taught.head, test))
            for train, test, taught in _lessons(reader, name, seeds)
        ]
        print(f"\nrisk: {name}, {len(lessons)} seeds, {len(lessons[0][1].right)} pictures kept apart")
        for title, rule in RULES.items():
            print(f"  {title}")
            for promised in RISKS:
                outcomes = [_kept(answers, rule(curve, promised)) for curve, answers in lessons]
                _show(promised, outcomes)
                if (name, promised, rule) == (barred, PROMISED, needed_probability):
                    bars.at_most(f"{name}, wrong of the answered at risk {promised:g}", _wrong(outcomes), KEPT)
                    bars.at_most("the same, the worst seed", max(_wrong([one]) for one in outcomes), KEPT)


def _lessons(reader: Reader, name: str, seeds: range) -> Iterator[tuple[Pictures, Pictures, Taught]]:
    """What is taught, what is kept apart, and the head."""
    for seed in seeds:
        if (reader.data / name / "val").is_dir():
            train, test = reader.folder(f"{name}/train"), reader.folder(f"{name}/val")
        else:
            train, test = _halves(reader.folder(name), np.random.default_rng([seed, 7]))
        yield train, test, reader.taught(train, seed)


def _halves(pictures: Pictures, generator: np.random.Generator) -> tuple[Pictures, Pictures]:
    """Half of each class."""
    order = generator.permutation(len(pictures.labels))
    order = order[np.argsort(pictures.labels[order], kind="stable")]
    return pictures.take(order[::2]), pictures.take(order[1::2])


def _kept(answers: Answers, point: CoveragePoint | None) -> tuple[int, int, int]:
    """Pictures, answered and wrong; nothing is answered where no threshold keeps the promise."""
    answered = answers.answered(2.0 if point is None else point.probability)
    return len(answered), int(answered.sum()), int((answered & ~answers.right).sum())


def _wrong(outcomes: Sequence[tuple[int, int, int]]) -> float:
    answered = sum(answered for _, answered, _ in outcomes)
    return sum(wrong for _, _, wrong in outcomes) / answered if answered else 0.0


def _show(promised: float, outcomes: Sequence[tuple[int, int, int]]) -> None:
    """One line: of all seeds together, and how they differ."""
    pictures, answered, wrong = (sum(column) for column in zip(*outcomes, strict=True))
    low, high = wilson_interval(wrong, answered)
    refused = sum(answered == 0 for _, answered, _ in outcomes)
    each = ", ".join(f"{wrong}/{answered}" for _, answered, wrong in outcomes if answered)
    print(
        f"    promised {promised:<4g}  answered {answered / pictures:6.1%}  wrong {_wrong(outcomes):6.2%} "
        f"(as if independent: {low:.3f} to {high:.3f}; by seed {each or 'none'}"
        f"{f'; no threshold with {refused} seeds' if refused else ''})"
    )


def rules(reader: Reader, seeds: range, bars: Bars) -> None:  # noqa: ARG001 - there is no bar for this
    """The rules where the truth is known: probabilities as a head gives them, each answer right with its very own."""
    for name in ("upright_sideways", "hymenoptera"):
        train = reader.folder(f"{name}/train")
        answers = Answers.out_of_fold(reader.taught(train, seeds[0]), train)
        print(f"\nrules: {DRAWN} drawn score cards of {len(train.labels)} pictures, probabilities as of {name}")
        for title, rule in RULES.items():
            print(f"  {title}")
            for promised in RISKS:
                _show_drawn(promised, list(_drawn(answers.probability[answers.familiar], rule, promised)))


def _drawn(population: Array, rule: Rule, promised: float) -> Iterator[tuple[float, float]]:
    """Coverage and true risk of the threshold that a rule chooses, for each drawn score card."""
    for seed in range(DRAWN):
        generator = np.random.default_rng(seed)
        probability = generator.choice(population, len(population))
        right = generator.random(len(population)) < probability
        point = rule(risk_coverage(probability, right, np.ones(len(right), bool)), promised)
        answered = population[population >= (2.0 if point is None else point.probability)]
        yield len(answered) / len(population), float(1 - answered.mean()) if len(answered) else 0.0


def _show_drawn(promised: float, outcomes: Sequence[tuple[float, float]]) -> None:
    coverage, risks = np.array(outcomes).T
    mean = (coverage @ risks) / max(float(coverage.sum()), 1e-9)
    print(
        f"    promised {promised:<4g}  answered {coverage.mean():6.1%}  true risk {mean:6.2%}  above the promise in "
        f"{(risks > promised).mean():.0%} of draws, above twice in {(risks > 2 * promised).mean():.1%}; "
        f"no threshold in {(coverage == 0).mean():.0%}"
    )


SHOWS = {"unknown": unknown_things, "calibration": calibration, "risk": risk, "rules": rules}


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--seeds", type=int, default=5, metavar="N", help="how often each head is taught (5)")
    options.add_argument("--only", nargs="*", default=list(SHOWS), choices=list(SHOWS), metavar="SHOW")
    arguments = options.parse_args()
    print(machine("scipy"))
    reader, bars = Reader(arguments.data), Bars()
    for name in arguments.only:
        SHOWS[name](reader, range(arguments.seeds), bars)
    bars.conclude()


if __name__ == "__main__":
    main()
