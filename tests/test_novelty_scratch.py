"""A network from scratch knows what is unlike all that it learned: by its features, and in the file alone."""

import csv
import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import pytest
from PIL import Image

import seefood
from doors import seefood as run_seefood
from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.model.familiar import exemplars_of, familiar_until
from seefood.verdicts import Verdict
from taught import BareModel

Array = np.ndarray[Any, np.dtype[Any]]
LABELS = ("left", "middle", "right")
COPIES = 40
NETWORK = ("--network", "conv 6 3, pool 2, dropout 0.2, dense 12", "--epochs", "5", "--batch-size", "16")


def bars(count: int, seed: int) -> tuple[Array, Array]:
    """Pictures uint8 [n, 9, 9] with a bright bar on the left, in the middle or on the right, and which it is."""
    random = np.random.default_rng(seed)
    targets = random.permutation(np.arange(count) % 3)
    values = random.integers(0, 100, (count, 9, 9))
    for number, target in enumerate(targets):
        values[number, :, 3 * target : 3 * target + 3] += 100
    return values.astype(np.uint8), targets


def colours(pictures: Array) -> Array:
    """Grey pictures [n, h, w] as a model file takes them."""
    return np.repeat(pictures[..., np.newaxis], 3, axis=3)


class Trained(NamedTuple):
    """What one training left: where, what it said, the file as a stranger sees it, and what it was made from."""

    file: Path
    told: dict[str, Any]
    bare: BareModel
    pictures: Array


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    if not all(map(find_spec, ("keras", "tensorflow"))):
        pytest.skip("no Keras on TensorFlow here: scripts/install everything")
    folder = tmp_path_factory.mktemp("trained")
    pictures, targets = bars(300, seed=0)
    pictures = np.concatenate([pictures, np.repeat(pictures[:1], COPIES, axis=0)])
    targets = np.append(targets, np.repeat(targets[0], COPIES))
    with (folder / "train.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["label", *(f"pixel{number}" for number in range(81))])
        rows.writerows([LABELS[target], *row] for target, row in zip(targets, pictures.reshape(-1, 81), strict=True))
    arguments = ("train", folder / "train.csv", "--from-scratch", *NETWORK, "--learning-rate", "0.01", "--json")
    done = run_seefood(*arguments, "-o", folder / "m.onnx", cache=folder / "cache")
    assert done.status == 0, done.err
    (told,) = done.lines()
    return Trained(folder / "m.onnx", told, BareModel((folder / "m.onnx").read_bytes()), pictures)


def exemplars_in(bare: BareModel) -> Array:
    """What the file compares with, [m, d]."""
    (found,) = [constant for constant in bare.proto.graph.initializer if constant.name == "novelty/exemplars"]
    return onnx.numpy_helper.to_array(found).T


def by_numpy(features: Array, exemplars: Array) -> list[float]:
    """1 - the mean of the five largest cosines, in float64 as in a textbook."""
    answers = []
    for row in features.astype(np.float64):
        length = float(np.sqrt((row * row).sum()))
        cosines = sorted(float((row * other).sum()) / length if length else 0.0 for other in exemplars)
        answers.append(1 - sum(cosines[-5:]) / 5)
    return answers


def strange(seed: int, count: int = 60) -> Array:
    """Lying bars, chequers and light surfaces, which were never learned; uint8 [3 * count, 9, 9]."""
    random = np.random.default_rng(seed)
    noise = random.integers(0, 60, (count, 9, 9))
    lying, chequers = noise.copy(), noise + 180 * (np.indices((9, 9)).sum(axis=0) % 2)
    for number in range(count):
        lying[number, 3 * (number % 3) : 3 * (number % 3) + 3] += 190
    return np.concatenate([lying, chequers, noise + 190]).astype(np.uint8)


def test_the_files_novelty_is_that_of_its_features_and_exemplars(trained: Trained) -> None:
    pictures = np.concatenate([bars(40, seed=5)[0], strange(5, 20), np.zeros((1, 9, 9), np.uint8)])
    answers = trained.bare.run(colours(pictures))
    expected = by_numpy(answers["features"], exemplars_in(trained.bare))
    assert answers["novelty"].shape == (101,)
    assert answers["novelty"].dtype == np.float32
    assert answers["novelty"] == pytest.approx(expected, abs=1e-5)
    assert np.ptp(expected) > 0.05
    onnx.checker.check_model(trained.bare.proto)


def test_exemplars_are_the_learned_pictures_and_copies_are_one(trained: Trained) -> None:
    """Each is some picture's direction; together they are four fifths of those that differ."""
    exemplars = exemplars_in(trained.bare)
    distinct = trained.pictures[:300]
    features = trained.bare.run(colours(distinct))["features"].astype(np.float64)
    directions = features / np.linalg.norm(features, axis=1, keepdims=True)
    distances = np.linalg.norm(directions[np.newaxis] - exemplars[:, np.newaxis], axis=2)
    assert distances.min(axis=1).max() < 1e-5
    nearest = distances.argmin(axis=1)
    assert len(set(nearest.tolist())) == len(exemplars)
    assert sum(nearest == 0) <= 1
    assert len(exemplars) + trained.told["validation"] >= 300 - COPIES
    assert 225 <= len(exemplars) <= 260


def test_the_threshold_lets_the_validation_pictures_pass(trained: Trained) -> None:
    """All but 2 % of them: of 68 at most, one."""
    assert trained.bare.card["thresholds"]["probability"] == 2 / 3
    assert trained.told["score"]["unsure_reasons"]["unfamiliar"] <= 1
    limit = trained.bare.card["thresholds"]["novelty"]
    exemplars = exemplars_in(trained.bare)
    features = trained.bare.run(colours(trained.pictures[:300]))["features"]
    directions = (features.T / np.linalg.norm(features, axis=1)).T
    learned = (directions @ exemplars.T).max(axis=1) > 1 - 1e-6
    kept = np.array(by_numpy(features[~learned], exemplars))
    assert len(kept) >= 40
    assert limit == pytest.approx(np.sort(kept)[math.ceil(0.98 * (len(kept) - 1))], abs=1e-5)


def test_what_was_never_learned_is_stranger_than_what_was(trained: Trained) -> None:
    known = trained.bare.run(colours(bars(120, seed=8)[0]))["novelty"]
    unknown = trained.bare.run(colours(strange(8)))["novelty"]
    assert np.mean(unknown[:, np.newaxis] > known) > 0.9
    limit = trained.bare.card["thresholds"]["novelty"]
    assert np.mean(known <= limit) > 0.9
    assert np.mean(unknown > limit) > 0.5


def test_classify_says_unfamiliar(trained: Trained, tmp_path: Path) -> None:
    pictures = np.concatenate([bars(10, seed=9)[0], strange(9, 4)])
    for number, pixels in enumerate(pictures):
        Image.fromarray(pixels).save(tmp_path / f"{number:03}.png")
    answers = run_seefood("classify", tmp_path, "--model", trained.file, "--json", cache=tmp_path / "cache").lines()
    limit = trained.bare.card["thresholds"]["novelty"]
    expected = trained.bare.run(colours(pictures))["novelty"]
    assert [answer["novelty"] for answer in answers] == pytest.approx(expected.tolist(), abs=1e-5)
    assert [answer["reason"] == "unfamiliar" for answer in answers] == (expected > limit).tolist()
    assert 0 < sum(expected > limit) < len(answers)


def test_an_older_file_without_novelty_still_works(trained: Trained, tmp_path: Path) -> None:
    old = onnx.load_model_from_string(trained.file.read_bytes())
    kept = [node for node in old.graph.node if not node.name.startswith("novelty")]
    outputs = [output for output in old.graph.output if output.name != "novelty"]
    for field, values in ((old.graph.node, kept), (old.graph.output, outputs)):
        del field[:]
        field.extend(values)
    (entry,) = old.metadata_props
    entry.value = entry.value.replace(f'"novelty": {trained.bare.card["thresholds"]["novelty"]}', '"novelty": null')
    (tmp_path / "old.onnx").write_bytes(old.SerializeToString())
    classifier = seefood.load(tmp_path / "old.onnx")
    assert classifier.card.thresholds.novelty is None
    pictures, targets = bars(9, seed=3)
    for verdict, target in zip(classifier.predict(list(colours(pictures))), targets, strict=True):
        assert isinstance(verdict, Verdict)
        assert verdict.novelty is None
        assert verdict.reason != "unfamiliar"
        assert verdict.top[0].label == LABELS[target]


class Means:
    """Stands for a network: a picture's features are its rows' means, 4 numbers or as many as are asked for."""

    def __init__(self, size: int = 4) -> None:
        self.outputs: dict[str, tuple[int | str, ...]] = {"features": ("n", size)}

    def run(self, pixels: Array, outputs: tuple[str, ...]) -> list[Array]:
        assert outputs == ("features",)
        assert pixels.dtype == np.uint8
        assert pixels.shape[3] == 3
        return [pixels.mean(axis=(2, 3)).astype(np.float32)]


def several(counts: list[int], seed: int = 0) -> LabelledPictures:
    """So many different grey pictures of each class; a class's number is in the first pixel."""
    random = np.random.default_rng(seed)
    targets = random.permutation(np.repeat(np.arange(len(counts)), counts))
    pictures = random.integers(0, 256, (sum(counts), 4, 4, 1)).astype(np.uint8)
    pictures[:, 0, :, 0] = targets[:, np.newaxis]
    return LabelledPictures(pictures, targets, tuple(map(str, range(len(counts)))), "several")


def chosen(data: LabelledPictures, size: int = 4, seed: int = 0) -> Array:
    return exemplars_of(data, Means(size), np.random.default_rng(seed))  # type: ignore[arg-type]


def test_each_class_has_as_many_exemplars_as_there_are_up_to_its_share() -> None:
    """3,000, 600 and 50 pictures: 1,024 are 487, 487 and 50."""
    data = several([3000, 600, 50])
    exemplars = chosen(data)
    assert exemplars.shape == (1024, 4)
    assert np.linalg.norm(exemplars, axis=1) == pytest.approx(np.ones(1024), abs=1e-6)
    means = np.repeat(data.pictures, 3, axis=3).mean(axis=(2, 3))
    directions = means / np.linalg.norm(means, axis=1, keepdims=True)
    places = [int(abs(directions - row).max(axis=1).argmin()) for row in exemplars]
    assert np.bincount(data.required_targets[places]).tolist() == [487, 487, 50]
    assert places == sorted(set(places))
    assert (chosen(data) == exemplars).all()
    assert (chosen(data, seed=1) != exemplars).any()


def test_copies_take_no_more_places_than_one_picture() -> None:
    data = several([6, 6])
    copied = data.take(np.concatenate([np.arange(12), np.repeat(3, 500)]))
    assert (chosen(copied) == chosen(data)).all()
    assert len(chosen(copied)) == 12


@pytest.mark.parametrize(("size", "count"), [(1280, 1024), (2560, 512), (10**7, 5)])
def test_longer_features_have_fewer_exemplars(size: int, count: int) -> None:
    assert len(chosen(several([1000, 500]), size)) == count


class Stranger:
    """Stands for a classifier: the novelty of a picture is its first pixel, in hundredths."""

    def probabilities(self, pixels: Array) -> tuple[Array, Array]:
        return np.zeros((len(pixels), 2)), pixels[:, 0, 0, 0].astype(np.float32) / 100


@pytest.mark.parametrize(("count", "limit"), [(1, 0.0), (50, 0.49), (200, 1.96)])
def test_ninety_eight_of_a_hundred_are_familiar(count: int, limit: float) -> None:
    values = np.random.default_rng(0).permutation(count).astype(np.uint8)
    data = LabelledPictures(np.tile(values[:, None, None, None], (1, 2, 2, 1)), np.arange(count) % 2, ("a", "b"), "d")
    found = familiar_until(Stranger(), data)  # type: ignore[arg-type]
    assert found == pytest.approx(max(limit, 1e-6), abs=1e-7)
    assert np.mean(values / 100 <= found + 1e-6) >= 0.98
