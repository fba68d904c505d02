"""The See-Food app: hot dog, or not hot dog.

A network of a thousand classes divides its belief among a thousand names, and "hot dog" seldom comes out first for a
photo of one: there are also bun, plate, ketchup bottle and hot pot. But the question here has two answers, not a
thousand. Before looking, one of a thousand classes has a probability of 1/1000, and one of two has 1/2. Bayes' rule
moves the network's probability p from the one question to the other: odds of p / (1 - p) become 999 times as high. The
answer is yes where that gives one half or more, which is where the network believes in a hot dog more than it would
without looking.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from seefood.errors import ModelFileError
from seefood.model.classifier import Classifier
from seefood.pictures import Source
from seefood.verdicts import Failure, Verdict

__all__ = ["Answer", "hotdogs", "probability_of_two"]

LABEL = "hotdog"
SPELLINGS = ("hotdog", "hot dog", "hot_dog", "hot-dog")
THRESHOLD = 0.5


@dataclass(frozen=True)
class Answer:
    """Hot dog or not, for one picture; ``probability`` is that it is one."""

    path: str | None
    hotdog: bool
    probability: float

    def to_json(self) -> dict[str, Any]:
        """One line of ``seefood hotdog --json``."""
        return {"path": self.path, "status": "ok", "hotdog": self.hotdog, "probability": self.probability}


def probability_of_two(probability: float, classes: int) -> float:
    """The probability of one class of many, as the answer to a question with two.

    Bayes' rule with a prior of 1/2 in place of 1/classes; see Saerens et al. 2002, equation 4.

    >>> probability_of_two(0.001, 1000), round(probability_of_two(0.01, 1000), 3), probability_of_two(1.0, 1000)
    (0.5, 0.91, 1.0)
    """
    yes, no = probability * (classes - 1), 1 - probability
    return yes / (yes + no) if yes + no > 0 else 1.0


def hotdogs(
    classifier: Classifier, sources: Iterable[Source], *, threads: int | None = None
) -> Iterator[Answer | Failure]:
    """Answers in the order of the pictures, from a pretrained network or a classifier that was taught hot dogs.

    Raises:
        ModelFileError: the classifier knows no hot dogs.
    """
    label = _label(classifier)
    classes = len(classifier.labels)
    for outcome in classifier.stream(sources, top=classes, threads=threads):
        yield outcome if isinstance(outcome, Failure) else _answer(outcome, label, classes)


def _label(classifier: Classifier) -> str:
    known = [label for label in classifier.labels if label.lower() in SPELLINGS]
    if not known:
        raise ModelFileError(
            f"expected a model with a class named '{LABEL}'; found none among {len(classifier.labels)} classes; "
            "leave --model out to use the pretrained network"
        )
    return known[0]


def _answer(verdict: Verdict, label: str, classes: int) -> Answer:
    believed = next(guess.probability for guess in verdict.top if guess.label == label)
    probability = probability_of_two(believed, classes)
    return Answer(verdict.path, probability >= THRESHOLD, probability)
