"""Training: the batches are what they should be, the same seed gives the same run, and a cut-short run goes on."""

import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.errors import DatasetError, DivergenceError, ShapeError
from seefood.networks import training
from seefood.networks.batches import Batches, Feed
from seefood.networks.checkpoint import Checkpoint
from seefood.networks.recipes import augmentation_named
from seefood.networks.training import Recipe, fit

CLASSES = 3


def pictures(count: int, seed: int, channels: int = 1, strength: int = 100) -> LabelledPictures:
    """A bright bar on the left, in the middle or on the right, in noise."""
    random = np.random.default_rng(seed)
    targets = np.arange(count) % CLASSES
    values = random.integers(0, 90, (count, 8, 9, channels))
    for number, target in enumerate(targets):
        values[number, :, 3 * target : 3 * target + 3] += strength
    return LabelledPictures(values.astype(np.uint8), targets, ("left", "middle", "right"), "bars")


@pytest.fixture(scope="module")
def keras(keras_here: Any) -> Any:
    return keras_here


@pytest.fixture
def build(keras: Any) -> Any:
    def network(dropout: float = 0.3, seed: int = 0) -> Any:
        keras.utils.set_random_seed(seed)
        layers = keras.layers
        return keras.Sequential(
            [
                keras.Input((8, 9, 1)),
                layers.Conv2D(4, 3, activation="relu", kernel_initializer=keras.initializers.HeNormal(seed)),
                layers.BatchNormalization(),
                layers.Dropout(dropout, seed=seed),
                layers.Flatten(),
                layers.Dense(CLASSES, activation="softmax", kernel_initializer=keras.initializers.HeNormal(seed)),
            ]
        )

    return network


# Batches.


def batches(count: int = 23, size: int = 5, augmentation: str = "none", seed: int = 1) -> Batches:
    data = pictures(count, 0)
    return Batches(data.pictures, data.required_targets, CLASSES, size, augmentation_named(augmentation), seed)


def test_an_epoch_shows_every_picture_once_with_its_own_target() -> None:
    of = batches()
    epoch = of.epoch(0)
    parts = [epoch.batch(place) for place in range(len(of))]
    assert [len(x) for x, _ in parts] == [5, 5, 5, 5, 3]
    shown = np.concatenate([x for x, _ in parts])
    targets = np.concatenate([y for _, y in parts])
    assert shown.dtype == np.float32
    assert 0.5 < shown.max() <= 1
    originals = [picture.tobytes() for picture in of.pictures]
    places = [originals.index(np.rint(picture * 255).astype(np.uint8).tobytes()) for picture in shown]
    assert sorted(places) == list(range(23))
    assert places != list(range(23))
    assert np.array_equal(targets.argmax(1), of.targets[places])
    assert np.array_equal(targets.sum(1), np.ones(23))


def test_seed_and_epoch_decide_and_nothing_else() -> None:
    of = batches(augmentation="mirror, shift 2px")
    again = batches(augmentation="mirror, shift 2px")
    first = of.epoch(3).batch(2)[0]
    of.epoch(3).batch(0)
    assert np.array_equal(first, again.epoch(3).batch(2)[0])
    assert not np.array_equal(first, of.epoch(4).batch(2)[0])
    assert not np.array_equal(first, batches(augmentation="mirror, shift 2px", seed=2).epoch(3).batch(2)[0])


def test_a_shifted_picture_is_the_picture_moved_on_black() -> None:
    random = np.random.default_rng(0)
    originals = random.integers(1, 256, (40, 6, 7, 3)).astype(np.uint8)
    before = originals.copy()
    moved = augmentation_named("shift 2px").applied(originals, np.random.default_rng(1))
    assert np.array_equal(originals, before)
    seen = set()
    for picture, original in zip(moved, originals, strict=True):
        padded = np.pad(original, ((2, 2), (2, 2), (0, 0)))
        fits = [(y, x) for y in range(5) for x in range(5) if np.array_equal(padded[y : y + 6, x : x + 7], picture)]
        assert len(fits) == 1
        seen.update(fits)
    assert len(seen) > 12


def test_half_of_the_pictures_are_mirrored() -> None:
    originals = np.random.default_rng(0).integers(0, 256, (400, 3, 5, 1)).astype(np.uint8)
    changed = augmentation_named("mirror").applied(originals, np.random.default_rng(1))
    same = [np.array_equal(a, b) for a, b in zip(changed, originals, strict=True)]
    mirrored = [np.array_equal(a, b[:, ::-1]) for a, b in zip(changed, originals, strict=True)]
    assert all(a or b for a, b in zip(same, mirrored, strict=True))
    assert 150 < sum(mirrored) < 250


@pytest.mark.parametrize("augmentation", ["none", "mirror, shift 1px"])
def test_what_keras_is_fed_are_the_batches_of_the_epoch(keras: Any, augmentation: str) -> None:
    made = batches(augmentation=augmentation)
    feed = Feed(keras, made)
    if keras.backend.backend() != "tensorflow":
        pytest.skip("other backends are handed the batches themselves")
    for number in (0, 3, 1):
        feed.begin(number)
        epoch = made.epoch(number)
        fed = list(feed.dataset)
        assert len(fed) == len(made) == 5
        for place, (x, y) in enumerate(fed):
            pixels, targets = epoch.batch(place)
            assert x.shape == pixels.shape
            np.testing.assert_allclose(np.asarray(x), pixels, rtol=2e-7)
            np.testing.assert_array_equal(np.asarray(y), targets)
            assert {np.asarray(x).dtype, np.asarray(y).dtype} == {np.dtype(np.float32)}


LEFT = """
import time
import numpy as np
from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.networks.batches import Feed
from seefood.networks.frameworks import keras
from seefood.networks.recipes import augmentation_named
from seefood.networks.training import Recipe, fit

made = Feed.batch

def slowly(self, place):
    time.sleep(0.05)  # gives Python's lock away, and then waits for it
    return made(self, place)

def interrupted(done, of, history):
    raise KeyboardInterrupt

Feed.batch = slowly
layers = keras().layers
model = keras().Sequential([keras().Input((8, 9, 1)), layers.Flatten(), layers.Dense(2, activation="softmax")])
pictures = LabelledPictures(np.zeros((400, 8, 9, 1), np.uint8), np.arange(400) % 2, ("a", "b"), "made up")
try:
    changed = augmentation_named("shift 1px")  # batches of unchanged pictures want no lock
    fit(model, pictures, pictures, Recipe(batch_size=10, augmentation=changed), watch=interrupted)
except KeyboardInterrupt:
    print("over", flush=True)
"""


def test_a_dataset_that_is_left_in_the_middle_holds_nobody_up(keras: Any) -> None:
    """As after Ctrl-C: nothing that waits for Python's lock may be waited for by whoever holds it."""
    assert keras
    done = subprocess.run([sys.executable, "-c", LEFT], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "over\n")


# Training.


def weights(model: Any) -> np.ndarray[Any, Any]:
    return np.concatenate([np.ravel(values) for values in model.get_weights()])


def test_it_learns_and_tells_what_happened(build: Any) -> None:
    told: list[tuple[int, int]] = []
    recipe = Recipe(epochs=6, batch_size=16, learning_rate=0.02)
    fitted = fit(build(), pictures(240, 1), pictures(60, 2), recipe, watch=lambda done, of, _: told.append((done, of)))
    assert [record.number for record in fitted.history] == [1, 2, 3, 4, 5, 6]
    assert fitted.history[-1].validation_accuracy > 0.95
    assert fitted.history[-1].loss < fitted.history[0].loss
    assert told == [(step, 90) for step in range(1, 91)]
    losses = [record.validation_loss for record in fitted.history]
    assert fitted.best == losses.index(min(losses)) + 1
    assert fitted.seconds == pytest.approx(sum(record.seconds for record in fitted.history))


def test_validation_figures_are_those_of_keras(build: Any, keras: Any) -> None:
    validation = pictures(60, 2)
    fitted = fit(build(), pictures(120, 1), validation, Recipe(epochs=1, batch_size=16))
    fitted.model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = fitted.model.evaluate(validation.pictures / np.float32(255), validation.targets, verbose=0)
    assert fitted.history[0].validation_loss == pytest.approx(loss, rel=1e-4)
    assert fitted.history[0].validation_accuracy == pytest.approx(accuracy)


def test_the_weights_are_those_of_the_best_epoch(build: Any) -> None:
    """A learning rate that goes on far too long: later epochs are worse than the best one."""
    validation = pictures(60, 2, strength=10)
    learned = pictures(60, 1, strength=10)
    fitted = fit(build(), learned, validation, Recipe(epochs=12, batch_size=8, learning_rate=0.05))
    losses = [record.validation_loss for record in fitted.history]
    assert training.score(fitted.model, validation)[0] == pytest.approx(min(losses), rel=1e-5)
    assert losses[-1] != min(losses)


def test_it_stops_when_nothing_becomes_better(build: Any) -> None:
    recipe = Recipe(epochs=50, batch_size=8, learning_rate=0.05, patience=2)
    fitted = fit(build(), pictures(60, 1, strength=10), pictures(60, 2, strength=10), recipe)
    assert len(fitted.history) < 50
    assert len(fitted.history) - fitted.best == 2


class KilledError(Exception):
    """Stands for a process that ends in the middle of an epoch."""


@pytest.mark.parametrize("schedule", ["constant", "one-cycle"])
def test_a_cut_short_run_ends_as_an_undisturbed_one(build: Any, tmp_path: Path, schedule: Any) -> None:
    """With dropout, changes, batch statistics and Adam's memory: everything has to come back."""
    recipe = Recipe(5, 16, 0.01, schedule, "adamw", 0.01, 0.1, augmentation_named("shift 1px, rotate 5"))
    learned, validation = pictures(96, 1), pictures(30, 2)

    def run(checkpoint: Path | None, watch: Any = None) -> Any:
        return fit(build(), learned, validation, recipe, seed=7, checkpoint=checkpoint, watch=watch)

    whole, again = run(None), run(None)
    apart = abs(weights(whole.model) - weights(again.model)).max()

    def kill(done: int, of: int, history: Any) -> None:
        if done == 15:  # in the third epoch of six steps each
            raise KilledError

    with pytest.raises(KilledError):
        run(tmp_path / "kept", kill)
    resumed = run(tmp_path / "kept")
    assert resumed.resumed == 2
    assert len(resumed.history) == 5
    assert abs(weights(resumed.model) - weights(whole.model)).max() <= apart + 1e-6
    assert abs(weights(whole.model) - weights(build())).max() > 0.01
    assert [r.validation_loss for r in resumed.history] == pytest.approx([r.validation_loss for r in whole.history])
    done = run(tmp_path / "kept")  # nothing is left to do
    assert done.resumed == 5
    assert np.array_equal(weights(done.model), weights(resumed.model))


def test_another_training_begins_anew(build: Any, tmp_path: Path) -> None:
    learned, validation, recipe = pictures(60, 1), pictures(30, 2), Recipe(epochs=1, batch_size=16)
    kept = tmp_path / "kept"
    fit(build(), learned, validation, recipe, checkpoint=kept)
    assert fit(build(), learned, validation, recipe, checkpoint=kept).resumed == 1
    for changed in (
        {"recipe": replace(recipe, learning_rate=0.002)},
        {"recipe": replace(recipe, augmentation=augmentation_named("shift 1px"))},
        {"seed": 1},
        {"learned": pictures(60, 5)},
        {"model": build(dropout=0.4)},
    ):
        given = {"model": build(), "learned": learned, "validation": validation, "recipe": recipe} | changed
        assert fit(**given, checkpoint=kept).resumed == 0
        fit(build(), learned, validation, recipe, checkpoint=kept)


@pytest.mark.parametrize("damage", [b"", b"PK\3\4 no archive", b"\x93NUMPY"])
def test_a_damaged_checkpoint_is_none(tmp_path: Path, damage: bytes) -> None:
    kept = Checkpoint(tmp_path / "kept", "abc")
    kept.write([np.ones((2, 3)), np.array(4)], [np.zeros(2)], {"best": 1})
    found = kept.read()
    assert found is not None
    assert [array.shape for array in found.variables] == [(2, 3), ()]
    assert [array.shape for array in found.best] == [(2,)]
    whole = (tmp_path / "kept").read_bytes()
    for content in (damage, whole[:-30], whole[: len(whole) // 2]):
        (tmp_path / "kept").write_bytes(content)
        assert kept.read() is None
    (tmp_path / "kept").unlink()
    assert kept.read() is None
    kept.remove()


def test_a_loss_that_is_no_number_is_said(build: Any) -> None:
    model = build()
    model.set_weights([np.full_like(values, np.inf) for values in model.get_weights()])
    with pytest.raises(DivergenceError, match="expected a loss that stays a number; found nan in epoch 1") as caught:
        fit(model, pictures(60, 1), pictures(30, 2), Recipe(epochs=2, batch_size=16))
    assert caught.value.history == ()


def test_pictures_that_do_not_fit_are_said(build: Any) -> None:
    with pytest.raises(ShapeError, match=r"expected pictures of shape \[8, 9, 1\] in 3 classes.*\[8, 9, 3\]"):
        fit(build(), pictures(30, 1, channels=3), pictures(30, 2), Recipe(epochs=1))
    unlabelled = replace(pictures(30, 1), targets=None)
    with pytest.raises(DatasetError):
        fit(build(), unlabelled, pictures(30, 2), Recipe(epochs=1))


@pytest.mark.parametrize(
    "settings",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"batch_size": 2.5},
        {"learning_rate": 0.0},
        {"learning_rate": math.nan},
        {"learning_rate": -1.0},
        {"weight_decay": -0.1},
        {"label_smoothing": 1.0},
        {"patience": 0},
        {"validation": 1.0},
        {"validation": 0.0},
        {"precision": "float64"},
    ],
)
def test_recipes_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ShapeError, match=r"expected .*found"):
        Recipe(**settings)
