"""Training a Keras network on pictures: batches and epochs, validation, checkpoints, exact resume.

Keras' own ``fit`` does the work, with what was measured to be quick on processors: compiled without XLA, which takes
seconds to compile and gains nothing there, several steps in one call, oneDNN on (`frameworks`), and 16-bit
multiplications where the processor has them (`precision`).
"""

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from seefood.augmentation import BLACK, Augmentation
from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.errors import DivergenceError, ShapeError
from seefood.files import digest_of_bytes
from seefood.networks.batches import WHITE, Batches, Feed
from seefood.networks.checkpoint import Checkpoint
from seefood.networks.frameworks import keras as import_keras
from seefood.networks.optimisers import adam
from seefood.networks.precision import Precision, halved, is_quick_here

__all__ = ["EpochRecord", "Fitted", "Recipe", "fit"]

EVALUATED_AT_ONCE = 512
STEPS_AT_ONCE, CALLS = 8, 16
"""Steps in one call of TensorFlow's, where an epoch still has so many calls; other backends take one step a call."""
WARM_UP = 0.2
"""Share of the steps in which a one-cycle learning rate rises."""
LOWEST_RATE = 0.05
"""Where it begins, as a share of its peak."""


NOTHING = Augmentation((), BLACK)


@dataclass(frozen=True)
class Recipe:
    """How to train, whatever the network.

    Attributes:
        epochs: how often each picture is shown.
        batch_size: pictures a step.
        learning_rate: of the optimiser; the peak where the schedule is one-cycle.
        schedule: ``constant``, or ``one-cycle``: up for a fifth of the steps, then down along a cosine to nothing
            (Smith 2018, "A disciplined approach to neural network hyper-parameters").
        optimiser: ``adam`` (Kingma & Ba 2015) or ``adamw`` (Loshchilov & Hutter 2019), which also shrinks weights by
            ``weight_decay``.
        label_smoothing: the share of a target that is spread over all classes.
        augmentation: what may be done to the pictures that are learned.
        patience: epochs without a better validation loss after which it stops; None: never.
        validation: the share of the pictures that is kept to validate on; None: a fifth, but 3,000 at most.
        precision: of multiplications while it learns: ``bfloat16`` or ``float32``; ``auto``: what is quicker here.

    Raises:
        ShapeError: a number out of range.
    """

    epochs: int = 4
    batch_size: int = 100
    learning_rate: float = 0.001
    schedule: Literal["constant", "one-cycle"] = "constant"
    optimiser: Literal["adam", "adamw"] = "adam"
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    augmentation: Augmentation = NOTHING
    patience: int | None = None
    validation: float | None = None
    precision: Precision = "auto"

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("batch_size", 1), ("patience", 1)):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < least):
                raise ShapeError(
                    f"expected {name.replace('_', ' ')} as a whole number from {least} up; found {value!r}; give one"
                )
        for name, low, high in (("learning_rate", 0.0, 100.0), ("weight_decay", -1e-12, 1.0)):
            if not low < getattr(self, name) <= high:
                raise ShapeError(
                    f"expected a {name.replace('_', ' ')} above {max(low, 0):g} and at most {high:g}; "
                    f"found {getattr(self, name)}; a usual one is 0.001"
                )
        if self.validation is not None and not 0 < self.validation < 1:
            raise ShapeError(
                f"expected a share to validate on between 0 and 1; found {self.validation}; a usual one is 0.2"
            )
        if self.precision not in get_args(Precision):
            raise ShapeError(
                f"expected a precision among {', '.join(get_args(Precision))}; found {self.precision!r}; choose one"
            )
        if not 0 <= self.label_smoothing < 1:
            raise ShapeError(f"expected label smoothing from 0 to below 1; found {self.label_smoothing}; leave it out")

    def to_json(self) -> dict[str, Any]:
        """The values as plain JSON types."""
        return asdict(self) | {"augmentation": self.augmentation.text}


@dataclass(frozen=True)
class EpochRecord:
    """One epoch; losses are cross-entropies in nats, the training one with what the recipe adds to it.

    ``loss`` and ``accuracy`` are means over the epoch's batches, each before its step, as Keras gives them.
    """

    number: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Fitted:
    """What training gave.

    Attributes:
        model: the Keras model with the weights of its best epoch, by validation loss.
        history: one record an epoch.
        best: number of that epoch, from 1.
        resumed: how many epochs had been done before this run.
        precision: of the multiplications, as it was chosen.
    """

    model: Any
    history: tuple[EpochRecord, ...]
    best: int
    resumed: int = 0
    precision: str = "float32"

    @property
    def seconds(self) -> float:
        """Of all epochs together."""
        return sum(record.seconds for record in self.history)


Watch = Callable[[int, int, tuple[EpochRecord, ...]], None]
"""Called with the steps done, the steps in all, and the epochs so far."""


def fit(
    model: Any,
    learned: LabelledPictures,
    validation: LabelledPictures,
    recipe: Recipe,
    *,
    seed: int = 0,
    checkpoint: Path | None = None,
    watch: Watch | None = None,
) -> Fitted:
    """Train a Keras model that takes float32 [n, h, w, c] from 0 to 1 and ends in softmax.

    With a ``checkpoint`` every epoch is kept in that file, and the same call goes on from the last one, with the same
    batches and the same random numbers; another call than the one that wrote it begins anew. The file is removed by
    whoever has saved what was trained.

    Raises:
        DivergenceError: the loss is no number any more; ``history`` has the epochs before.
        ShapeError: pictures that do not fit the model.
        OutputError: the checkpoint cannot be written.
    """
    return _Fitting(model, learned, validation, recipe, seed, checkpoint, watch).run()


class _Fitting:
    """One run: what Keras is told, and what it is asked for after each epoch."""

    def __init__(
        self,
        model: Any,
        learned: LabelledPictures,
        validation: LabelledPictures,
        recipe: Recipe,
        seed: int,
        checkpoint: Path | None,
        watch: Watch | None,
    ) -> None:
        self.keras = import_keras()
        self.model, self.recipe, self.watch = model, recipe, watch
        halved_model = halved(model) if _is_halved(recipe) else None
        self.learner = model if halved_model is None else halved_model
        self.precision = "float32" if halved_model is None else "bfloat16"
        self.validation = validation
        classes = model.output_shape[-1]
        for name, pictures in (("pictures", learned), ("validation pictures", validation)):
            _check(model, pictures, name)
        self.batches = Batches(
            learned.pictures, learned.required_targets, classes, recipe.batch_size, recipe.augmentation, seed
        )
        self._compile()
        self.kept = None if checkpoint is None else Checkpoint(checkpoint, self._fingerprint(learned, validation, seed))
        self.history: list[EpochRecord] = []
        self.best: list[NDArray[Any]] = []
        self.best_number = 0
        self.begin = time.perf_counter()

    def _compile(self) -> None:
        keras, recipe = self.keras, self.recipe
        steps = recipe.epochs * len(self.batches)
        rate: Any = recipe.learning_rate
        if recipe.schedule == "one-cycle":
            rising = max(1, round(WARM_UP * steps))
            rate = keras.optimizers.schedules.CosineDecay(
                LOWEST_RATE * recipe.learning_rate,
                max(1, steps - rising),
                warmup_target=recipe.learning_rate,
                warmup_steps=rising,
            )
        optimiser = adam(rate, recipe.weight_decay if recipe.optimiser == "adamw" else None)
        optimiser.build(self.learner.trainable_variables)
        loss = keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)
        several = keras.backend.backend() == "tensorflow"
        at_once = max(1, min(STEPS_AT_ONCE, len(self.batches) // CALLS)) if several else 1
        self.learner.compile(optimiser, loss, metrics=["accuracy"], jit_compile=False, steps_per_execution=at_once)

    def _fingerprint(self, learned: LabelledPictures, validation: LabelledPictures, seed: int) -> str:
        """Of everything that decides how training goes on."""
        described = {
            "recipe": self.recipe.to_json(),
            "precision": self.precision,
            "seed": seed,
            "network": _nameless(json.loads(self.model.to_json())),
            "versions": [self.keras.__version__, self.keras.backend.backend()],
            "data": [
                digest_of_bytes(np.ascontiguousarray(array).data.cast("B"))
                for data in (learned, validation)
                for array in (data.pictures, data.required_targets)
            ],
        }
        return digest_of_bytes(json.dumps(described, sort_keys=True).encode())

    def run(self) -> Fitted:
        resumed = self._resume()
        done = len(self.history)
        if done < self.recipe.epochs and not self._is_enough():
            self.begin = time.perf_counter()
            feed = Feed(self.keras, self.batches)
            told = self.keras.callbacks.LambdaCallback(
                on_epoch_begin=lambda number, _: feed.begin(number),
                on_train_batch_end=self._batch_ended,
                on_epoch_end=self._epoch_ended,
            )
            settings = {"initial_epoch": done, "epochs": self.recipe.epochs, "verbose": 0, "callbacks": [told]}
            self.learner.fit(feed.dataset, shuffle=False, **settings)
        if self.best_number != len(self.history):
            self.model.set_weights(self.best)
        elif self.learner is not self.model:
            self.model.set_weights(self.learner.get_weights())
        return Fitted(self.model, tuple(self.history), self.best_number, resumed, self.precision)

    def _resume(self) -> int:
        """Go back to the last epoch that was kept; how many are done."""
        found = None if self.kept is None else self.kept.read()
        if found is None:
            return 0
        variables = self._variables()
        if [value.shape for value in found.variables] != [tuple(variable.shape) for variable in variables]:
            return 0
        for variable, value in zip(variables, found.variables, strict=True):
            variable.assign(value)
        self.history = [EpochRecord(**record) for record in found.notes["history"]]
        self.best, self.best_number = list(found.best), int(found.notes["best"])
        return len(self.history)

    def _variables(self) -> list[Any]:
        """Weights, statistics, random states, and what the optimiser remembers."""
        return [*self.learner.variables, *self.learner.optimizer.variables]

    def _batch_ended(self, place: int, logs: Mapping[str, float] | None = None) -> None:
        loss = float((logs or {}).get("loss", 0.0))
        if not math.isfinite(loss):
            raise DivergenceError(
                f"expected a loss that stays a number; found {loss} in epoch {len(self.history) + 1} with learning "
                f"rate {self.recipe.learning_rate:g}; use a smaller one, such as {self.recipe.learning_rate / 10:g}",
                tuple(self.history),
            )
        if self.watch is not None:
            steps = len(self.batches)
            self.watch(len(self.history) * steps + place + 1, steps * self.recipe.epochs, tuple(self.history))

    def _epoch_ended(self, _: int, logs: Mapping[str, float] | None = None) -> None:
        told = logs or {}
        if self.learner is not self.model:
            self.model.set_weights(self.learner.get_weights())
        loss, accuracy = score(self.model, self.validation)
        now = time.perf_counter()
        number = len(self.history) + 1
        record = EpochRecord(number, float(told["loss"]), float(told["accuracy"]), loss, accuracy, now - self.begin)
        self.begin = now
        if not self.history or loss < self.history[self.best_number - 1].validation_loss:
            self.best, self.best_number = self.model.get_weights(), number
        self.history.append(record)
        if self.kept is not None:
            notes = {"history": [asdict(record) for record in self.history], "best": self.best_number}
            best = [] if self.best_number == number else self.best
            self.kept.write([np.asarray(variable) for variable in self._variables()], best, notes)
        self.learner.stop_training = self._is_enough()

    def _is_enough(self) -> bool:
        """Whether validation has not become better for so long that nobody waits for it any more."""
        patience = self.recipe.patience
        return patience is not None and len(self.history) - self.best_number >= patience


def _is_halved(recipe: Recipe) -> bool:
    return is_quick_here() if recipe.precision == "auto" else recipe.precision == "bfloat16"


def _nameless(config: Any) -> Any:
    """A network's description without the names that Keras counts up within a process."""
    if isinstance(config, dict):
        return {key: _nameless(value) for key, value in config.items() if key != "name"}
    return [_nameless(value) for value in config] if isinstance(config, list) else config


def _check(model: Any, data: LabelledPictures, name: str) -> None:
    wanted, classes = tuple(model.input_shape[1:]), model.output_shape[-1]
    if data.pictures.shape[1:] != wanted or classes != len(data.labels):
        raise ShapeError(
            f"expected {name} of shape {list(wanted)} in {classes} classes, as the network takes them; found "
            f"{list(data.pictures.shape[1:])} in {len(data.labels)}; build the network for them"
        )


def probabilities(model: Any, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What a model says of uint8 [n, h, w, c]: float32 [n, classes]."""
    parts = [
        np.asarray(model.predict_on_batch(pictures[first : first + EVALUATED_AT_ONCE].astype(np.float32) / WHITE))
        for first in range(0, len(pictures), EVALUATED_AT_ONCE)
    ]
    return np.concatenate(parts)


def score(model: Any, data: LabelledPictures) -> tuple[float, float]:
    """Cross-entropy in nats, and accuracy."""
    found = probabilities(model, data.pictures).astype(np.float64)
    targets = data.required_targets
    right = np.maximum(found[np.arange(len(targets)), targets], 1e-12)
    return float(-np.log(right).mean()), float((found.argmax(axis=1) == targets).mean())
