"""Changed copies in teaching: their features against pictures changed beforehand, and what is learned and why."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from seefood.augmentation.geometry import Mirror
from seefood.augmentation.tone import Brightness
from seefood.backbones.catalogue import DEFAULT, open_backbone
from seefood.errors import DatasetError, ShapeError
from seefood.features import Extractor, View
from seefood.model import augmenting, load
from seefood.model.augmenting import Tried
from seefood.model.teaching import Training, teach_folder

OF_EACH = 14


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _in_its_own_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEFOOD_CACHE", str(cache))


def arrow(generator: np.random.Generator, *, to_the_left: bool) -> NDArray[np.uint8]:
    """A dark arrow on a light ground, anywhere and of any size."""
    picture = generator.integers(180, 256, (96, 96, 3)).astype(np.uint8)
    top, left = generator.integers(8, 40, 2)
    size = int(generator.integers(24, 44))
    for row in range(size):
        reach = min(row, size - 1 - row)
        picture[top + row, left : left + reach + 4] = 20
        picture[top + size // 2 - 2 : top + size // 2 + 3, left : left + size] = 20
    return picture[:, ::-1] if to_the_left else picture


@pytest.fixture(scope="module")
def arrows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """To the left and to the right: mirrored, each is the other."""
    root, generator = tmp_path_factory.mktemp("arrows"), np.random.default_rng(0)
    for name in ("left", "right"):
        (root / name).mkdir()
        for number in range(OF_EACH):
            shape = arrow(generator, to_the_left=name == "left")
            Image.fromarray(np.ascontiguousarray(shape)).save(root / name / f"{number:02}.png")
    return root


def only(training: Training) -> Tried:
    (tried,) = training.augmentation
    return tried


# Features of changed copies.


def test_a_view_is_what_a_file_changed_beforehand_gives(arrows: Path, tmp_path: Path) -> None:
    extractor = Extractor(open_backbone(DEFAULT))
    path = arrows / "left" / "03.png"
    Image.fromarray(np.asarray(Image.open(path))[:, ::-1]).save(tmp_path / "mirrored.png")
    (viewed,) = extractor.rows([path], View("mirrored", lambda picture, _: picture[:, ::-1]))
    (beforehand, plain) = extractor.rows([tmp_path / "mirrored.png", path])
    assert viewed.vector is not None
    assert beforehand.vector is not None
    assert plain.vector is not None
    np.testing.assert_array_equal(viewed.vector, beforehand.vector)
    assert np.abs(viewed.vector - plain.vector).max() > 0.01
    assert viewed.digest == plain.digest


def test_a_view_by_chance_is_the_same_each_time_and_another_for_another_name(
    arrows: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def noisy(picture: NDArray[np.uint8], generator: np.random.Generator) -> NDArray[np.uint8]:
        return np.clip(picture + generator.normal(0, 30, picture.shape), 0, 255).astype(np.uint8)

    def vectors(name: str, folder: str, threads: int) -> NDArray[np.float32]:
        monkeypatch.setenv("SEEFOOD_CACHE", str(tmp_path / folder))
        rows = Extractor(open_backbone(DEFAULT), threads).rows(
            sorted((arrows / "left").iterdir())[:4], View(name, noisy)
        )
        return np.stack([row.vector for row in rows if row.vector is not None])

    first = vectors("noise 1", "one", 1)
    np.testing.assert_array_equal(first, vectors("noise 1", "two", 2))
    assert np.abs(first - vectors("noise 2", "one", 1)).max() > 0.01


def test_copies_are_made_once(arrows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = teach_folder(arrows, augment="mirror")

    def no_engine(*_: object) -> None:
        raise AssertionError("the network was opened")

    monkeypatch.setattr("seefood.backbones.engine.Engine", no_engine)
    assert teach_folder(arrows, augment="mirror").score == first.score


# What is learned, and why.


def test_what_was_asked_for_is_learned_and_said_to_be_unsafe(arrows: Path, tmp_path: Path) -> None:
    training = teach_folder(arrows, augment="mirror")
    tried = only(training)
    assert (tried.name, tried.used, tried.effect.safety) == ("mirror", True, "unsafe")
    assert {(tried.classes[pair.source], tried.classes[pair.target]) for pair in tried.effect.moved} == {
        ("left", "right"),
        ("right", "left"),
    }
    assert " looks like " in tried.sentence()
    assert "안전하지 않음" in tried.sentence("ko")
    told = training.to_json()["augmentation"][0]
    assert told["moved"][0]["of"] <= OF_EACH
    assert told["why"] == tried.sentence()
    training.classifier.save(tmp_path / "arrows.onnx")
    record = load(tmp_path / "arrows.onnx").card.training
    assert record is not None
    assert (record["augment"], record["augmentation"]) == ("mirror", [told])


def test_auto_leaves_out_what_is_unsafe(arrows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augmenting, "DEFAULTS", (Mirror(), Brightness()))
    plain, careful = teach_folder(arrows), teach_folder(arrows, augment="auto")
    mirrored, brighter = careful.augmentation
    assert (mirrored.used, mirrored.effect.safety) == (False, "unsafe")
    assert brighter.effect.safety != "unsafe"
    assert (careful.score.accuracy or 0) >= (plain.score.accuracy or 0)
    forced = teach_folder(arrows, augment="mirror")
    assert (forced.score.accuracy or 0) < (plain.score.accuracy or 0)


def test_copies_take_no_more_memory_than_they_may(arrows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = Extractor(open_backbone(DEFAULT)).backbone.network.size()
    one = 2 * OF_EACH * numbers * 4
    monkeypatch.setattr(augmenting, "MOST_BYTES", 2 * one)
    teach_folder(arrows, augment="mirror,flip")
    with pytest.raises(DatasetError, match="name fewer transforms"):
        teach_folder(arrows, augment="mirror,brightness")  # one copy and two


def test_progress_says_how_many_copies_there_are(arrows: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    teach_folder(arrows, augment="mirror,brightness", progress=lambda *said: seen.append(said))
    counts = [(done, of) for what, done, of in seen if what == "changed copies"]
    views = len(Mirror().probes()) + len(Brightness().probes())
    assert counts[-1][0] == counts[-1][1] == 2 * views * 2 * OF_EACH  # tried, then learned


def test_too_few_pictures_cannot_tell(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    for name in ("left", "right"):
        (tmp_path / name).mkdir()
        for number in range(5):
            shape = arrow(generator, to_the_left=name == "left")
            Image.fromarray(np.ascontiguousarray(shape)).save(tmp_path / name / f"{number}.png")
    tried = only(teach_folder(tmp_path, augment="brightness"))
    assert tried.effect.safety == "doubtful"
    assert "too few" in tried.sentence()


@pytest.mark.parametrize("wish", ["mirro", "mirror,mirror", "rotate 400", "auto,mirror", ","])
def test_a_wish_that_makes_no_sense_is_refused_before_the_work(arrows: Path, wish: str) -> None:
    seen: list[object] = []
    with pytest.raises(ShapeError, match=r"expected .*; found .*; "):
        teach_folder(arrows, augment=wish, progress=lambda *said: seen.append(said))
    assert not seen


# A stated risk.


def test_a_risk_that_is_no_share_is_refused_before_the_work(arrows: Path) -> None:
    seen: list[object] = []
    with pytest.raises(ValueError, match="expected a risk between 0 and 1"):
        teach_folder(arrows, risk=1.5, progress=lambda *said: seen.append(said))
    assert not seen


def test_a_risk_that_so_few_pictures_cannot_promise_is_said_before_the_work(arrows: Path) -> None:
    seen: list[object] = []
    with pytest.raises(DatasetError, match=r"expected 999 pictures or more .* lowest risk that can be promised is 0\."):
        teach_folder(arrows, risk=0.001, progress=lambda *said: seen.append(said))
    assert not seen


def test_the_score_card_is_that_of_the_careful_classifier(arrows: Path) -> None:
    plain, careful = teach_folder(arrows), teach_folder(arrows, risk=0.2)
    assert careful.score.risk_coverage == plain.score.risk_coverage
    allowed = [point for point in plain.score.risk_coverage if (point.wrong + 1) / (point.answered + 1) <= 0.2]
    best = max(allowed, key=lambda point: point.answered)
    assert careful.classifier.card.thresholds.probability == best.probability
    assert careful.score.pictures - careful.score.unsure == best.answered


def test_familiar_is_as_much_as_was_asked_for(arrows: Path) -> None:
    usual, strict = teach_folder(arrows), teach_folder(arrows, familiar=0.8)
    assert usual.score.unsure_reasons["unfamiliar"] == 0
    assert strict.score.unsure_reasons["unfamiliar"] == int(0.2 * 2 * OF_EACH)


# Real photos.


def test_mirrored_letters_are_other_letters(data: Path, tmp_path: Path) -> None:
    for folder in sorted((data / "letters").iterdir())[:6]:  # b and d are among the first six
        (tmp_path / folder.name).symlink_to(folder, target_is_directory=True)
    tried = only(teach_folder(tmp_path, augment="mirror"))
    assert tried.effect.safety == "unsafe"
    assert {tried.classes[pair.source][-2:] for pair in tried.effect.moved} == {"02", "04"}


def test_dogs_that_are_turned_are_no_longer_upright(data: Path) -> None:
    tried = only(teach_folder(data / "upright_sideways" / "train", augment="turn 90"))
    assert tried.effect.safety == "unsafe"


@pytest.mark.parametrize("folder", ["rural_urban/train", "hymenoptera/train"])
def test_mirrored_photos_are_what_they_were(data: Path, folder: str) -> None:
    effect = only(teach_folder(data / folder, augment="mirror")).effect
    assert effect.moved == ()
    assert effect.safety in ("helps", "no gain", "hurts")
