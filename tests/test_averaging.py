"""Answers averaged over changed copies, against means made by hand of the same copies."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from doors import seefood
from seefood.augmentation import Augmentation
from seefood.datasets import LabelledFolder
from seefood.errors import DatasetError, ShapeError
from seefood.evaluation import Evaluation
from seefood.model import load
from seefood.model.teaching import Training, teach_folder
from seefood.verdicts import Verdict
from taught import FASHION

pytest_plugins = ["taught"]

PICTURE = sorted((FASHION / "test" / "dress").iterdir())[3]


def by_hand(training: Training, transforms: str, path: Path) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The picture and each copy judged by itself, and their mean."""
    pixels = np.asarray(Image.open(path).convert("RGB"))
    views = Augmentation.from_text(transforms).fixed_views(pixels)
    answers = [
        training.classifier.probabilities(training.classifier.card.preprocessing.resize(view)[np.newaxis])[0][0]
        for view in views
    ]
    mean: np.ndarray[tuple[int], np.dtype[np.float32]] = np.mean(answers, axis=0)
    return mean


@pytest.mark.parametrize("transforms", ["mirror", "mirror, rotate 10, brightness"])
def test_the_mean_of_the_copies(taught: Training, transforms: str) -> None:
    (averaged,) = taught.classifier.averaging(transforms).predict(PICTURE, top=6)
    (plain,) = taught.classifier.predict(PICTURE, top=6)
    assert isinstance(averaged, Verdict)
    assert isinstance(plain, Verdict)
    expected = by_hand(taught, transforms, PICTURE)
    found = {guess.label: guess.probability for guess in averaged.top}
    assert [found[label] for label in taught.classifier.labels] == pytest.approx(expected.tolist(), abs=1e-5)
    assert averaged.novelty == pytest.approx(plain.novelty, abs=1e-5)
    assert averaged.probability != plain.probability


def test_of_a_picture_and_its_mirror_image_the_answer_is_the_same(taught: Training) -> None:
    pixels = np.asarray(Image.open(PICTURE).convert("RGB"))
    both = taught.classifier.averaging("mirror").predict([pixels, np.ascontiguousarray(pixels[:, ::-1])])
    probabilities = [verdict.probability for verdict in both if isinstance(verdict, Verdict)]
    assert probabilities[0] == pytest.approx(probabilities[1], abs=1e-5)


def test_what_is_saved_does_not_average(taught: Training, tmp_path: Path) -> None:
    averaging = taught.classifier.averaging("mirror")
    averaging.save(tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").read_bytes() == taught.classifier.data
    assert load(tmp_path / "model.onnx").predict(PICTURE) == taught.classifier.predict(PICTURE)
    careful = averaging.at_risk(0.3)
    assert careful.predict(PICTURE)[0] != taught.classifier.at_risk(0.3).predict(PICTURE)[0]


def test_no_such_transform(taught: Training) -> None:
    with pytest.raises(ShapeError, match="expected transforms among"):
        taught.classifier.averaging("mirrr")


def test_the_option(saved: Path, taught: Training, cache: Path) -> None:
    done = seefood("classify", PICTURE, "--model", saved, "--average", "mirror", "--json", cache=cache)
    (told,) = done.lines()
    assert told["probability"] == pytest.approx(float(by_hand(taught, "mirror", PICTURE).max()), abs=1e-5)


# A test folder that holds what was taught.


def test_pictures_that_were_taught_and_tested_are_named(cache: Path, tmp_path: Path) -> None:
    for name in ("bag", "trouser"):
        for part, numbers in (("train", range(8)), ("test", range(6, 12))):
            (tmp_path / part / name).mkdir(parents=True)
            files = sorted((FASHION / "train" / name).iterdir())
            for number in numbers:
                (tmp_path / part / name / files[number].name).write_bytes(files[number].read_bytes())
    inspection = teach_folder(tmp_path / "train", test=tmp_path / "test").inspection
    leaked = {frozenset(Path(path).parent.parent.name for path in group) for group in inspection.leaks}
    assert len(inspection.leaks) == 4
    assert leaked == {frozenset({"train", "test"})}
    assert "two splits" in inspection.warnings[0]
    assert teach_folder(tmp_path / "train").inspection.leaks == ()


def test_a_table_is_not_averaged(taught: Training) -> None:
    from seefood.datasets.loading import load_labelled

    data = load_labelled(FASHION / "test", shape=(28, 28, 3), labels=taught.classifier.labels)
    with pytest.raises(DatasetError, match="expected files to average"):
        taught.classifier.averaging("mirror").evaluate_pictures(data)
    evaluation = taught.classifier.averaging("mirror").evaluate(LabelledFolder.open(FASHION / "test"))
    assert isinstance(evaluation, Evaluation)
