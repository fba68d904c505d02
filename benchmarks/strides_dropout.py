"""Chapter 8 of the course as a table and a plot: what strides and dropout do to time and accuracy, on Fashion-MNIST.

    python benchmarks/strides_dropout.py [--fashion FOLDER] [--json FIGURES.json] [-o PLOT.svg] [--markdown]
    python benchmarks/strides_dropout.py --draw FIGURES.json -o PLOT.svg

The course's strided network and its three variations are trained one after the other, by the course's recipe but for
the epochs: that gives the accuracies, after the last epoch and with nothing dropped. Then the four train one epoch
each, by turns: that gives the times. An epoch is timed from step to step, without validation.
"""

import argparse
import json
import logging
import math
import sys
import time
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

import stride_drawing
from measuring import Bars, alternating, empty_folder, machine, parser
from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.datasets.loading import load_labelled, load_test_of
from seefood.drawing.svg import save
from seefood.errors import SeefoodError
from seefood.files import replacing
from seefood.networks.architecture import Architecture
from seefood.networks.building import build
from seefood.networks.checkpoint import Checkpoint
from seefood.networks.course import with_dropout, with_strides
from seefood.networks.frameworks import keras
from seefood.networks.recipes import NAMED
from seefood.networks.training import Recipe, fit, score
from stride_figures import KINDS, LANGUAGES, Figures, NetworkFigures, Setting, markdown

TIMES_AS_FAST = 2.5
COURSE = NAMED["strided"]
STRIDES, DROPOUT = 2, 0.5
SEED = 0
FEW = 10
"""Pictures to validate on where only the time is of interest."""


@dataclass(frozen=True)
class Data:
    """Pictures to learn from, those that the course's recipe keeps to validate on, and those to test on."""

    learned: LabelledPictures
    validation: LabelledPictures
    test: LabelledPictures


@dataclass
class Stopwatch:
    """Watches a training. ``ends`` has the epoch, counted from 0, the steps done since the first one, and the time."""

    epochs: int
    steps: int = 0
    ends: list[tuple[int, int, float]] = field(default_factory=list)

    def __call__(self, done: int, of: int, history: tuple[object, ...]) -> None:
        self.steps = of // self.epochs
        self.ends.append((len(history), done, time.perf_counter()))

    def seconds(self) -> tuple[float, ...]:
        """Of each epoch's steps. What comes first counts as long as the others on average: it is traced as well.

        TensorFlow may take several steps in one call, and of the last call it may say more than there were.
        """
        return tuple(map(self._epoch, range(self.epochs)))

    def _epoch(self, number: int) -> float:
        before = number * self.steps
        own = [(min(done - before, self.steps), when) for epoch, done, when in self.ends if epoch == number]
        (first, begin), (last, end) = own[0], own[-1]
        return (end - begin) * self.steps / (last - first)


def take_last_weights(model: Any, checkpoint: Path) -> None:
    """Give a model the weights of the last epoch, which its checkpoint has; `fit` leaves it those of the best."""
    with np.load(checkpoint, allow_pickle=False) as file:
        fingerprint = json.loads(file["head"].tobytes())["fingerprint"]
    kept = Checkpoint(checkpoint, fingerprint).read()
    for variable, value in zip(model.variables, () if kept is None else kept.variables, strict=False):
        variable.assign(value)  # behind these is what the optimiser remembers


def variation(*, strides: bool, dropout: bool) -> Architecture:
    """The course's network, or one without its strides or its dropout."""
    architecture = COURSE.architecture if strides else with_strides(COURSE.architecture, 1)
    return architecture if dropout else with_dropout(architecture, 0)


def loaded(arguments: argparse.Namespace) -> Data:
    """The pictures; fewer to learn from where fewer are wanted."""
    folder = arguments.fashion
    if not folder.is_dir():
        sys.exit(f"{folder}: expected Fashion-MNIST's IDX files; found none; apt install dataset-fashion-mnist")
    data = load_labelled(folder)
    test = load_test_of(folder, labels=data.labels)
    if test is None:
        sys.exit(f"{folder}: expected pictures to test on (t10k-…) beside those to learn; found none; add them")
    if arguments.pictures is not None and arguments.pictures < len(data):
        chosen = np.random.default_rng(SEED).permutation(len(data))[: arguments.pictures]
        data = data.take(np.sort(chosen))
    learned, validation = data.split(COURSE.recipe.validation or 0.2, np.random.default_rng([SEED, 1]))
    return Data(learned, validation, test)


def right(model: Any, data: LabelledPictures) -> int:
    """Pictures that a model names rightly, with nothing dropped."""
    return round(score(model, data)[1] * len(data))


def trained(kind: tuple[bool, bool], data: Data, recipe: Recipe) -> NetworkFigures:
    """One network's accuracies, from a training of all epochs; its times in alternating rounds are still to come."""
    strides, dropout = kind
    architecture = variation(strides=strides, dropout=dropout)
    shape, classes = data.learned.shape, len(data.learned.labels)
    model, table = build(architecture, shape, classes, SEED), architecture.table(shape, classes)
    watch = Stopwatch(recipe.epochs)
    with empty_folder() as folder:
        kept = folder / "training"
        fitted = fit(model, data.learned, data.validation, recipe, seed=SEED, checkpoint=kept, watch=watch)
        kept_right = right(model, data.test)
        take_last_weights(model, kept)
    loss, last = score(model, data.validation)[0], fitted.history[-1].validation_loss
    if not math.isclose(loss, last, rel_tol=1e-4):
        sys.exit(f"expected the last epoch's weights, with a loss of {last}; found {loss}; correct this script")
    return NetworkFigures(
        strides=STRIDES if strides else 1,
        dropout=DROPOUT if dropout else 0.0,
        layers=str(architecture),
        parameters=table.parameters,
        multiply_adds=table.multiply_adds,
        train_right=right(model, data.learned),
        test_right=right(model, data.test),
        kept=fitted.best,
        kept_right=kept_right,
        seconds=(),
        full_seconds=watch.seconds(),
    )


def epoch_seconds(kind: tuple[bool, bool], data: Data, timed: int) -> float:
    """Of one epoch of so many pictures, from a fresh network."""
    strides, dropout = kind
    model = build(variation(strides=strides, dropout=dropout), data.learned.shape, len(data.learned.labels), SEED)
    watch = Stopwatch(epochs=1)
    learned, validation = data.learned.take(np.arange(timed)), data.validation.take(np.arange(FEW))
    fit(model, learned, validation, replace(COURSE.recipe, epochs=1), seed=SEED, watch=watch)
    return watch.seconds()[0]


def measured(arguments: argparse.Namespace) -> Figures:
    """Train the four for their accuracies, then time them by turns; says how far it is."""
    described = machine("keras", *_tensorflow())
    print(described)
    processor, rest = described.splitlines()
    described = f"{processor}; {rest[rest.index('Python') :]}"
    data, recipe = loaded(arguments), replace(COURSE.recipe, epochs=arguments.epochs)
    learned, most = len(data.learned), len(data.learned) if arguments.timed is None else arguments.timed
    timed = min(most, learned)
    if timed <= recipe.batch_size or len(data.validation) < FEW:
        sys.exit(
            f"expected more pictures than the {recipe.batch_size} of one batch; found {timed}; "
            "give --pictures 300 or more, and --timed more than a batch"
        )
    keras()
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns of a network traced anew, which is meant here
    networks = []
    for kind in KINDS:
        print(f"  {variation(strides=kind[0], dropout=kind[1])}: {recipe.epochs} epochs of {learned:,}", flush=True)
        networks.append(trained(kind, data, recipe))
        print(f"    {told(networks[-1], learned, len(data.test))}", flush=True)
    print(f"  {arguments.rounds} rounds of {timed:,} pictures each, by turns", flush=True)
    measures = {str(kind): partial(epoch_seconds, kind, data, timed) for kind in KINDS}
    samples = alternating(measures, arguments.rounds)
    sizes = (learned, len(data.validation), len(data.test), timed)
    setting = Setting(data.learned.name, described, *sizes, recipe.epochs, recipe.batch_size)
    pairs = zip(networks, samples.values(), strict=True)
    return Figures(setting, tuple(replace(network, seconds=sample.values) for network, sample in pairs))


def check(arguments: argparse.Namespace) -> None:
    """Whether the results have a place and the numbers make sense, before the long work."""
    for path in (arguments.output, arguments.json):
        if path is not None and not path.parent.is_dir():
            sys.exit(f"{path}: expected to write here; found no such folder; create it first")
    if arguments.output is not None and arguments.output.suffix.lower() != ".svg":
        sys.exit(f"{arguments.output}: expected a name that ends in .svg; found another; rename it")
    for name in ("epochs", "rounds", "pictures", "timed"):
        number = getattr(arguments, name)
        if number is not None and number < 1:
            sys.exit(f"expected --{name} from 1 up; found {number}; give another")


def _tensorflow() -> list[str]:
    """The package that has TensorFlow: its name depends on how it was installed."""
    found = []
    for name in ("tensorflow-cpu", "tensorflow"):
        try:
            version(name)
        except PackageNotFoundError:
            continue
        found.append(name)
    return found[:1]


def told(network: NetworkFigures, learned: int, tested: int) -> str:
    """One network's training in a line."""
    seconds = float(np.median(network.full_seconds))
    return (
        f"{network.parameters:,} weights, {seconds:.2f} s an epoch, train {network.train_right / learned:.4f}, "
        f"test {network.test_right / tested:.4f}; epoch {network.kept} is best, test {network.kept_right / tested:.4f}"
    )


def judge(figures: Figures, bars: Bars) -> None:
    """Strides make an epoch faster, with dropout and without; dropout makes the gap smaller, with strides or none."""
    for each in figures.networks:
        print(f"  {each.layers}: {each.sample.shown('s')}")
    for dropout in (True, False):
        name = f"times as fast with strides, {'with' if dropout else 'without'} dropout"
        sample = figures.faster(dropout=dropout)
        print(f"  {name}: {sample.shown('')}")
        bars.at_least(name, sample.median, TIMES_AS_FAST)
    for strides in (True, False):
        name = f"gap between train and test with dropout, {'with' if strides else 'without'} strides"
        plain, dropped = (100 * figures.gap(figures.of(strides=strides, dropout=each)) for each in (False, True))
        if plain > 0:
            bars.at_most(name, max(dropped, 0.0), round(plain, 2), " points")
        else:
            bars.left_out(name, "without dropout there is no gap that could become smaller; train longer")


def write_json(figures: Figures, path: Path) -> None:
    with replacing(path) as aside:
        aside.write_text(json.dumps(figures.to_json(), indent=2) + "\n", encoding="utf-8")


def options() -> argparse.ArgumentParser:
    """What the script can be asked for."""
    found = parser(__doc__, rounds=5)
    found.add_argument("--fashion", type=Path, default=Path("/usr/share/datasets/fashion-mnist"), metavar="FOLDER")
    found.add_argument("--epochs", type=int, default=6, metavar="N", help="of the trainings for accuracy (6)")
    found.add_argument("--pictures", type=int, metavar="N", help="to learn and to validate on (all)")
    found.add_argument("--timed", type=int, metavar="N", help="pictures of a timed epoch (all that are learned)")
    found.add_argument("-o", "--output", type=Path, metavar="PLOT.svg")
    found.add_argument("--json", type=Path, metavar="FILE", help="write all figures")
    found.add_argument("--draw", type=Path, metavar="FILE.json", help="measure nothing, take these figures")
    found.add_argument("--markdown", nargs="?", const="en", choices=sorted(LANGUAGES), help="print the table (en)")
    return found


def main() -> None:
    arguments = options().parse_args()
    check(arguments)
    try:
        if arguments.draw is None:
            figures = measured(arguments)
            if arguments.json is not None:
                write_json(figures, arguments.json)
        else:
            figures = Figures.from_json(json.loads(arguments.draw.read_text(encoding="utf-8")))
        if arguments.output is not None:
            save(stride_drawing.draw(figures), arguments.output)
    except (OSError, ValueError, SeefoodError) as error:
        sys.exit(f"{error}")
    if arguments.markdown is not None:
        print(f"\n{markdown(figures, arguments.markdown)}\n")
    if arguments.draw is None:
        bars = Bars()
        judge(figures, bars)
        bars.conclude()


if __name__ == "__main__":
    main()
