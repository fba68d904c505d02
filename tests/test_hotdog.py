"""Hot dog or not: Bayes' rule by hand, and real photos of food."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seefood.backbones.catalogue import open_backbone
from seefood.errors import ModelFileError
from seefood.model import Classifier, pretrained
from seefood.model.assembly import taught_file
from seefood.model.card import ModelCard
from seefood.model.hotdog import Answer, hotdogs, probability_of_two
from seefood.model.teaching import Training
from seefood.verdicts import Failure, Verdict
from taught import PHOTOS, photos, random_head

pytest_plugins = ["taught"]


def by_hand(believed: Fraction, classes: int) -> Fraction:
    """P(hot dog | picture) with 1/2 before looking, from the same with 1/classes before looking."""
    evidence = {True: believed / Fraction(1, classes), False: (1 - believed) / Fraction(classes - 1, classes)}
    return Fraction(1, 2) * evidence[True] / (Fraction(1, 2) * evidence[True] + Fraction(1, 2) * evidence[False])


@pytest.mark.parametrize("classes", [2, 3, 10, 1000])
@pytest.mark.parametrize("numerator", [0, 1, 2, 17, 500, 999, 1000])
def test_bayes_rule(numerator: int, classes: int) -> None:
    believed = Fraction(numerator, 1000)
    assert probability_of_two(float(believed), classes) == pytest.approx(float(by_hand(believed, classes)), abs=1e-12)


def test_a_believer_stays_one_and_order_is_kept() -> None:
    believed = np.linspace(0, 1, 400)
    answers = [probability_of_two(float(p), 1000) for p in believed]
    assert answers == sorted(answers)
    assert (answers[0], answers[-1]) == (0.0, 1.0)
    assert probability_of_two(1 / 1000, 1000) == pytest.approx(0.5)
    assert probability_of_two(0.3, 2) == pytest.approx(0.3)


def named(labels: tuple[str, ...]) -> Classifier:
    """A head of random weights whose classes have these names."""
    opened = open_backbone("lite0")
    head = random_head(opened.network, 1, len(labels), seed=8)
    described = {"name": "lite0", "weights": opened.network.weights, "depths": 1}
    card = ModelCard(labels, opened.network.preprocessing, head.thresholds, head.temperature, described)
    return Classifier(taught_file(opened.network, opened.graph(), head, card))


def believed_in(classifier: Classifier, label: str, paths: list[Path]) -> list[float]:
    """The raw probability of one class, picture by picture."""
    outcomes = classifier.predict(paths, top=len(classifier.labels))
    verdicts = [outcome for outcome in outcomes if isinstance(outcome, Verdict)]
    assert len(verdicts) == len(paths)
    return [next(guess.probability for guess in verdict.top if guess.label == label) for verdict in verdicts]


@pytest.mark.parametrize("label", ["hotdog", "hot dog", "hot_dog", "hot-dog", "Hot Dog", "HOTDOG"])
def test_with_two_classes_probabilities_stay_as_they_are(label: str, cache: Path) -> None:
    classifier, paths = named(("food", label)), sorted(PHOTOS.glob("*.jpg"))
    answers = list(hotdogs(classifier, paths))
    expected = believed_in(classifier, label, paths)
    assert max(expected) - min(expected) > 0.1
    for answer, path, probability in zip(answers, paths, expected, strict=True):
        assert isinstance(answer, Answer)
        assert answer.path == str(path)
        assert answer.probability == pytest.approx(probability, abs=1e-6)
        assert answer.hotdog == (probability >= 0.5)


def test_with_more_classes_bayes_rule_is_applied(cache: Path) -> None:
    classifier, paths = named(("a", "b", "hotdog", "c")), sorted(PHOTOS.glob("*.jpg"))
    expected = believed_in(classifier, "hotdog", paths)
    for answer, probability in zip(hotdogs(classifier, paths), expected, strict=True):
        assert isinstance(answer, Answer)
        assert answer.probability == pytest.approx(float(by_hand(Fraction(probability), 4)), abs=1e-6)


def test_a_model_that_knows_no_hot_dogs_says_so(taught: Training) -> None:
    with pytest.raises(ModelFileError, match="found none among 6 classes"):
        next(iter(hotdogs(taught.classifier, [])))


def test_broken_pictures_are_failures_in_their_place(tmp_path: Path, cache: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    first, second, third = hotdogs(pretrained(), [PHOTOS / "cat.jpg", broken, photos(224, 224)[2]])
    assert isinstance(first, Answer)
    assert isinstance(second, Failure)
    assert isinstance(third, Answer)
    assert first.to_json() == {
        "path": str(PHOTOS / "cat.jpg"),
        "status": "ok",
        "hotdog": False,
        "probability": first.probability,
    }


def answered(folder: Path) -> list[Any]:
    return [answer.hotdog for answer in hotdogs(pretrained(), sorted(folder.iterdir())) if isinstance(answer, Answer)]


def test_real_hot_dogs(data: Path, cache: Path) -> None:
    yes, no = answered(data / "hot_dog" / "hot_dog"), answered(data / "hot_dog" / "not_hot_dog")
    assert (len(yes), len(no)) == (25, 25)
    assert (sum(yes) + len(no) - sum(no)) / 50 >= 0.80
    assert sum(yes) / 25 >= 0.7
