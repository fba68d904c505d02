"""Teaching from folders: what is reported, against counting by hand; and how good it is on real photos."""

import json
import math
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from PIL import Image

import seefood
from seefood.errors import DatasetError, PictureError
from seefood.evaluation import Evaluation
from seefood.features import extraction
from seefood.model import load, pretrained
from seefood.model.teaching import Training, teach_folder
from seefood.verdicts import Failure, Verdict
from taught import FASHION, PHOTOS

pytest_plugins = ["taught"]

CLOTHES = sorted(folder.name for folder in (FASHION / "train").iterdir())


def best(outcome: Verdict | Failure) -> tuple[str, float]:
    assert isinstance(outcome, Verdict), outcome
    return outcome.top[0].label, outcome.top[0].probability


def assert_same_verdicts(found: Any, expected: Any) -> None:
    for one, other in zip(found, expected, strict=True):
        assert best(one)[0] == best(other)[0]
        assert best(one)[1] == pytest.approx(best(other)[1], abs=1e-5)


def assert_same_score(found: Evaluation, expected: Evaluation) -> None:
    """Counts are equal; probabilities may differ by rounding."""
    assert found.confusion == expected.confusion
    assert (found.pictures, found.accuracy, found.interval) == (expected.pictures, expected.accuracy, expected.interval)
    assert found.unsure_reasons == expected.unsure_reasons
    assert found.calibration_error == pytest.approx(expected.calibration_error, abs=1e-5)
    wrong = {mistake.path: mistake for mistake in found.wrong}
    assert len(wrong) == len(expected.wrong)
    for mistake in expected.wrong:
        assert replace(wrong[mistake.path], probability=0) == replace(mistake, probability=0)
        assert wrong[mistake.path].probability == pytest.approx(mistake.probability, abs=1e-5)


# --- the score card


def test_the_test_folder_is_scored_as_the_saved_model_scores_it(taught: Training, saved: Path) -> None:
    assert taught.test is not None
    assert taught.test.wrong, "without mistakes this test shows less"
    assert_same_score(load(saved).evaluate(FASHION / "test"), taught.test)


def test_the_score_card_is_what_counting_gives(taught: Training, saved: Path) -> None:
    assert taught.test is not None
    paths = sorted((FASHION / "test").rglob("*.png"))
    outcomes = load(saved).predict([str(path) for path in paths], top=1)
    counts = Counter((path.parent.name, best(outcome)[0]) for path, outcome in zip(paths, outcomes, strict=True))
    assert taught.test.confusion.labels == tuple(CLOTHES)
    assert taught.test.confusion.counts == tuple(tuple(counts[true, said] for said in CLOTHES) for true in CLOTHES)
    assert taught.test.accuracy == sum(counts[name, name] for name in CLOTHES) / len(paths)
    assert taught.test.accuracy > 0.8
    assert taught.test.baseline == 1 / 6
    doubted = Counter(outcome.reason for outcome in outcomes if isinstance(outcome, Verdict) and outcome.reason)
    assert taught.test.unsure_reasons == {"uncertain": doubted["uncertain"], "unfamiliar": doubted["unfamiliar"]}


def test_the_out_of_fold_score_rests_on_every_picture_once(taught: Training) -> None:
    assert taught.score.pictures == 144
    assert [sum(row) for row in taught.score.confusion.counts] == [24] * 6
    assert taught.classes == dict.fromkeys(CLOTHES, 24)
    low, high = taught.score.interval
    assert taught.test is not None
    assert taught.test.accuracy is not None
    assert low - 0.06 < taught.test.accuracy < high + 0.06


def test_it_is_not_the_score_on_pictures_that_were_taught(taught: Training) -> None:
    assert taught.score.accuracy is not None
    by_heart = taught.classifier.evaluate(FASHION / "train").accuracy
    assert by_heart is not None
    assert by_heart > taught.score.accuracy


def test_the_file_carries_the_score_without_the_paths(taught: Training, saved: Path) -> None:
    assert load(saved).score == replace(taught.score, failed=(), wrong=(), examples=())
    assert taught.classifier.score == taught.score


def test_what_is_opened_again_is_what_was_returned(taught: Training, saved: Path) -> None:
    opened = load(saved)
    assert opened.card == taught.classifier.card
    assert opened.labels == taught.classifier.labels == tuple(CLOTHES)
    paths = sorted((FASHION / "test" / "bag").iterdir())[:4]
    assert opened.predict(paths) == taught.classifier.predict(paths)


def test_json_holds_what_is_promised(taught: Training) -> None:
    values = json.loads(json.dumps(taught.to_json()))
    assert {"classes", "pictures", "accuracy", "interval", "baseline", "calibration_error", "seconds", "test"} <= set(
        values
    )
    assert values["pictures"] == {"used": 144, "rejected": 0, "duplicates": 0}
    assert values["baseline"] == pytest.approx(1 / 6)
    assert set(values["seconds"]) >= {"total"}
    assert values["test"]["pictures"] == 120


# --- the same again


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes with eight pictures each."""
    root = tmp_path_factory.mktemp("small")
    for name in ("bag", "trouser"):
        (root / name).mkdir()
        for path in sorted((FASHION / "train" / name).iterdir())[:8]:
            shutil.copy(path, root / name)
    return root


def weights_of(training: Training) -> list[bytes]:
    graph = onnx.load_model_from_string(training.classifier.data).graph
    return [constant.SerializeToString() for constant in graph.initializer]


def test_the_same_seed_gives_the_same_model(small: Path, cache: Path) -> None:
    first, second = (teach_folder(small, seed=3, threads=threads) for threads in (1, 2))
    assert weights_of(first) == weights_of(second)
    assert first.score == second.score
    cards = [json.loads(training.classifier.card.to_text()) for training in (first, second)]
    assert [card["training"].pop("date")[:3] for card in cards] == ["202", "202"]
    assert cards[0] == cards[1]


def test_teaching_again_never_opens_the_network(
    small: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = teach_folder(small)

    def no_engine(*_: object) -> None:
        raise AssertionError("the network was opened")

    monkeypatch.setattr("seefood.backbones.engine.Engine", no_engine)
    assert weights_of(teach_folder(small)) == weights_of(first)
    shutil.copytree(small, tmp_path, dirs_exist_ok=True)
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (28, 28, 3), np.uint8)).save(tmp_path / "bag" / "new.png")
    with pytest.raises(AssertionError, match="was opened"):
        teach_folder(tmp_path)


def test_progress_counts_every_picture(small: Path, cache: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    teach_folder(small, test=small, progress=lambda what, done, of: seen.append((what, done, of)))
    expected = [(what, done, 16) for what in ("features", "looks", "test") for done in range(1, 17)]
    assert seen == expected


# --- folders as people have them


@pytest.fixture
def messy(small: Path, tmp_path: Path) -> Path:
    """Two broken files, a copy within a class, a copy in the other class, and what nobody put there on purpose."""
    root = tmp_path / "messy"
    shutil.copytree(small, root)
    bag, other = sorted((root / "bag").iterdir())[:2]
    (root / "bag" / "empty.png").write_bytes(b"")
    (root / "bag" / "half.png").write_bytes(bag.read_bytes()[:200])
    shutil.copy(bag, root / "bag" / "again.png")
    (root / "trouser" / "deeper").mkdir()
    shutil.copy(other, root / "trouser" / "deeper" / "conflict.png")
    (root / "trouser" / ".hidden.png").write_bytes(b"x")
    (root / "trouser" / "notes.txt").write_text("x")
    (root / ".ipynb_checkpoints").mkdir()
    return root


def test_what_was_left_out_is_named(messy: Path, cache: Path) -> None:
    training = teach_folder(messy)
    assert training.classes == {"bag": 9, "trouser": 9}
    assert [Path(failure.path or "").name for failure in training.rejected] == ["empty.png", "half.png"]
    assert all("\n" not in failure.error for failure in training.rejected)
    assert training.duplicates == 2
    ((one, other),) = training.inspection.conflicts
    assert {Path(one).parent.name, Path(other).parent.name} == {"bag", "deeper"}
    assert training.to_json()["pictures"] == {"used": 18, "rejected": 2, "duplicates": 2}
    assert training.score.pictures == 18
    assert (messy / "bag" / "empty.png").exists()


def test_broken_files_in_the_test_folder_fail_alone(messy: Path, small: Path, cache: Path) -> None:
    training = teach_folder(small, test=messy)
    assert training.test is not None
    assert training.test.pictures == 18
    assert [Path(failure.path or "").name for failure in training.test.failed] == ["empty.png", "half.png"]
    again = training.classifier.evaluate(messy)
    assert again.failed == training.test.failed
    assert_same_score(again, training.test)


@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        ({}, "one sub-folder for each class"),
        ({"bag": [0, 1, 2]}, "two classes"),
        ({"bag": [0, 1], "trouser": [0]}, "trouser: expected two different pictures or more; found 1"),
        ({"bag": [0, 1], "trouser": [0, 0, 0]}, "trouser: expected two different pictures or more; found 1"),
        ({"bag": [0, 1], "trouser": []}, "'trouser'"),
        ({"bag": [0, 1], "trouser": [0, -1, -1]}, "found 1 and 2 that cannot be read"),
    ],
)
def test_too_little_to_learn_from_is_said(
    pictures: dict[str, list[int]], said: str, small: Path, tmp_path: Path, cache: Path
) -> None:
    for name, numbers in pictures.items():
        (tmp_path / name).mkdir()
        for position, number in enumerate(numbers):
            target = tmp_path / name / f"{position}.png"
            if number < 0:
                target.write_bytes(b"not a picture")
            else:
                shutil.copy(sorted((small / name).iterdir())[number], target)
    with pytest.raises(DatasetError, match=said) as caught:
        teach_folder(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("with_test", [False, True])
def test_every_file_is_decoded_once(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, with_test: bool
) -> None:
    """What a picture looks like is seen while it is decoded for the network, and is in the cache when it is needed."""
    monkeypatch.setenv("SEEFOOD_CACHE", str(tmp_path))
    monkeypatch.setattr("seefood.features.looks._fresh", lambda path, _: pytest.fail(f"{path} was decoded again"))
    assert teach_folder(small, test=small if with_test else None, threads=2).score.pictures == 16


def test_an_error_on_the_way_leaves_no_thread_waiting_and_loses_no_features(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pictures to test on are still being looked at when it happens; whoever keeps the error keeps no threads."""

    def broken(*_: Any) -> None:
        raise RuntimeError("the head cannot be fitted")

    monkeypatch.setenv("SEEFOOD_CACHE", str(tmp_path))
    monkeypatch.setattr("seefood.model.teaching._scored", broken)
    before = set(threading.enumerate())
    with pytest.raises(RuntimeError, match="cannot be fitted") as kept:
        teach_folder(small, test=small, threads=2)
    assert kept.tb is not None
    assert set(threading.enumerate()) <= before
    monkeypatch.undo()
    monkeypatch.setenv("SEEFOOD_CACHE", str(tmp_path))
    monkeypatch.setattr("seefood.backbones.engine.Engine", lambda *_: pytest.fail("a picture was computed again"))
    assert teach_folder(small, threads=2).score.pictures == len(list(small.rglob("*.png")))


def test_a_test_folder_with_other_classes_is_said_before_anything_is_computed(
    small: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    monkeypatch.setattr(extraction.Extractor, "rows", lambda *_: pytest.fail("features were computed"))
    with pytest.raises(DatasetError, match="found 'ankle-boot'"):
        teach_folder(small, test=FASHION / "test")
    with pytest.raises(DatasetError, match="no such file"):
        teach_folder(small / "missing")


def test_evaluating_on_other_classes_is_said(taught: Training, tmp_path: Path) -> None:
    (tmp_path / "hats").mkdir()
    shutil.copy(PHOTOS / "cat.jpg", tmp_path / "hats")
    with pytest.raises(DatasetError, match="found 'hats'"):
        taught.classifier.evaluate(tmp_path)


# --- in Python


def kinds(path: Path) -> dict[str, Any]:
    """One picture in every form that is taken; from pixels, so that all forms are the same picture."""
    picture = Image.open(path).convert("RGB")
    png = BytesIO()
    picture.save(png, "PNG")
    return {"image": picture, "array": np.array(picture), "bytes": png.getvalue()}


def test_train_and_load_give_a_classifier(small: Path, tmp_path: Path, cache: Path) -> None:
    model = seefood.train(str(small), seed=1)
    assert isinstance(model, seefood.Classifier)
    assert model.score is not None
    assert model.score.pictures == 16
    model.save(str(tmp_path / "model.onnx"))
    again = seefood.load(str(tmp_path / "model.onnx"))
    path = next((FASHION / "test" / "trouser").iterdir())
    (verdict,) = again.predict(path)
    assert isinstance(verdict, seefood.Verdict)
    assert (verdict.path, verdict.label) == (str(path), "trouser")


def test_every_form_of_a_picture_gives_the_same(cache: Path) -> None:
    path = PHOTOS / "espresso.jpg"
    forms = kinds(path)
    verdicts = [seefood.classify(form, top=3) for form in forms.values()]
    assert_same_verdicts(verdicts, [verdicts[0]] * 3)
    named = [seefood.classify(name, top=3) for name in (path, str(path), path.read_bytes())]
    assert_same_verdicts(named, [named[0]] * 3)
    assert [verdict.path for verdict in named] == [str(path), str(path), None]
    assert best(named[0])[0] == best(verdicts[0])[0] == "espresso"
    assert best(named[0])[1] == pytest.approx(best(verdicts[0])[1], abs=0.1)  # a scaled JPEG is another decoder
    assert [len(verdict.top) for verdict in verdicts] == [3, 3, 3]


def test_many_pictures_give_a_list_in_their_order(cache: Path) -> None:
    paths = sorted(PHOTOS.glob("*.jpg"))

    def stream() -> Iterator[Path]:
        yield from paths

    one_by_one = [seefood.classify(path) for path in paths]
    for many in (paths, tuple(paths), stream()):
        outcomes = seefood.classify(many)
        assert isinstance(outcomes, list)
        assert [outcome.path for outcome in outcomes] == [str(path) for path in paths]
        assert_same_verdicts(outcomes, one_by_one)
    assert seefood.classify([]) == []


def test_a_broken_picture_is_an_error_alone_and_a_failure_among_others(tmp_path: Path, cache: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff nothing")
    with pytest.raises(PictureError, match=r"broken\.jpg"):
        seefood.classify(broken)
    first, second = seefood.classify([broken, PHOTOS / "cat.jpg"])
    assert isinstance(first, seefood.Failure)
    assert first.path == str(broken)
    assert isinstance(second, seefood.Verdict)


# --- real photos


def true_classes(data: Path) -> dict[str, int]:
    rows = [line.split("\t") for line in (data / "imagenet_classes.tsv").read_text().splitlines()[1:]]
    return {wordnet: int(index) for index, wordnet, _ in rows}


def test_photos_are_named_right(data: Path, cache: Path) -> None:
    classifier, index = pretrained(), true_classes(data)
    paths = sorted((data / "photos").iterdir())
    places = []
    for path, outcome in zip(paths, classifier.predict(paths, top=5), strict=True):
        assert isinstance(outcome, Verdict)
        true = classifier.labels[index[path.name.split("_")[0]]]
        labels = [guess.label for guess in outcome.top]
        places.append(labels.index(true) if true in labels else 5)
    assert len(places) >= 90
    assert sum(place == 0 for place in places) / len(places) >= 0.85
    assert sum(place < 5 for place in places) / len(places) >= 0.95


def test_town_and_country(data: Path, cache: Path) -> None:
    training = teach_folder(data / "rural_urban" / "train", test=data / "rural_urban" / "val")
    assert training.test is not None
    assert (training.test.pictures, training.test.accuracy) == (20, 1.0)


def test_ants_and_bees(data: Path, cache: Path) -> None:
    training = teach_folder(data / "hymenoptera" / "train", test=data / "hymenoptera" / "val")
    assert training.test is not None
    assert training.test.accuracy is not None
    assert training.test.pictures == 153
    assert training.test.accuracy >= 0.94
    low, high = training.score.interval
    assert low <= training.test.accuracy <= high
    strangers = training.classifier.predict(sorted((data / "rural_urban" / "val").rglob("*.jp*g")))
    unfamiliar = [outcome.reason == "unfamiliar" for outcome in strangers if isinstance(outcome, Verdict)]
    assert len(unfamiliar) == 20
    assert np.mean(unfamiliar) >= 0.8


def test_handwritten_letters(data: Path, cache: Path) -> None:
    training = teach_folder(data / "letters")
    assert training.score.accuracy is not None
    assert training.score.pictures == 520
    assert training.score.accuracy >= 0.87
    assert training.classifier.card.backbone["depths"] > 1
    assert training.score.calibration_error is not None
    assert training.score.calibration_error < 0.1
    assert math.isclose(training.score.baseline or 0, 1 / 26)
