"""Networks by name with the training that suits them: the course's, and ours."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from seefood.augmentation import BLACK, Augmentation
from seefood.convolution.layers import Shape
from seefood.networks.architecture import Architecture
from seefood.networks.building import build
from seefood.networks.course import BATCH_SIZES
from seefood.networks.course import NAMED as COURSE
from seefood.networks.notation import parse
from seefood.networks.training import Recipe

__all__ = ["DEFAULT", "NAMED", "NamedNetwork", "OwnNetwork", "augmentation_named", "network_named", "suited"]

DEFAULT = "quick"
CAUTIOUS = 0.003
"""Learning rate of a network of one's own, which may have no batch normalisation and then bears less."""
MANY = 12_800
"""Pictures from which our recipes are as they are; below, batches have ``FEW_AT_ONCE`` pictures."""
FEW_AT_ONCE, LEAST_STEPS, MOST_EPOCHS = 32, 1600, 60


@dataclass(frozen=True)
class NamedNetwork:
    """A network and how it is trained.

    Attributes:
        name: as a person calls it; the text itself for one that has no name.
        architecture: its layers.
        recipe: how to train it.
    """

    name: str
    architecture: Architecture
    recipe: Recipe

    @property
    def text(self) -> str:
        """Its layers in the notation."""
        return str(self.architecture)

    def built(self, input_shape: Shape, classes: int, seed: int) -> Any:
        """The Keras model, with weights that the seed decides. Raises ShapeError where it does not fit the pictures."""
        return build(self.architecture, input_shape, classes, seed)


@dataclass(frozen=True, eq=False)
class OwnNetwork:
    """A Keras model of one's own, and how it is trained.

    Attributes:
        name: what it will be called.
        model: for float32 [n, height, width, channels] from 0 to 1; it ends in softmax. Training changes its weights.
        recipe: how to train it.
    """

    name: str
    model: Any
    recipe: Recipe = field(default_factory=Recipe)

    @property
    def text(self) -> str:
        """What stands for its layers."""
        return f"a Keras model, {self.name}"

    def built(self, input_shape: Shape, classes: int, seed: int) -> Any:  # noqa: ARG002 - `fit` compares the shapes
        """The model itself, with the weights that it has."""
        return self.model


def _course(name: str, epochs: int) -> NamedNetwork:
    return NamedNetwork(name, COURSE[name], Recipe(epochs, BATCH_SIZES[name], validation=0.2))


_QUICK = (
    "conv 16 3 same linear, pool 2, relu, conv 32 3 same linear, pool 2, batchnorm, relu, "
    "conv 64 3 same linear, pool 2, batchnorm, relu, dense 256"
)
"""Pooled first: what follows has a quarter of the numbers to look at, and most of the time goes there otherwise."""
_BEST = (
    "conv 24 3 same linear, pool 2, relu, conv 48 3 same linear, pool 2, batchnorm, relu, "
    "conv 96 3 same linear, pool 2, batchnorm, relu, dropout 0.2, dense 256"
)


def augmentation_named(text: str) -> Augmentation:
    """What may be done to pictures that a network learns from nothing: transforms, or ``none``; black behind them.

    Another border is told at the end: "rotate 15, border reflect".

    Raises:
        ShapeError: an unknown name, or a number out of range.

    >>> augmentation_named("mirror, shift 2px").text
    'mirror, shift 2px, border constant 0 0 0'
    """
    return Augmentation.from_text(text, BLACK)


def _ours(name: str, layers: str, epochs: int, augmentation: str) -> NamedNetwork:
    done = augmentation_named(augmentation)
    recipe = Recipe(
        epochs, 160, 0.012, "one-cycle", "adamw", weight_decay=0.02, label_smoothing=0.05, augmentation=done
    )
    return NamedNetwork(name, parse(layers), recipe)


NAMED: Mapping[str, NamedNetwork] = MappingProxyType(
    {
        network.name: network
        for network in (
            _ours("quick", _QUICK, 4, "none"),
            _ours("best", _BEST, 10, "shift 1px"),
            _course("digits", 2),
            _course("fashion", 4),
            _course("strided", 3),
        )
    }
)
"""``quick`` and ``best`` are ours; the others are the course's, with the epochs that it trains them for.

``best`` moves each picture by up to a pixel, which changes nobody's label. Neither mirrors: a mirrored digit or letter
can be another one.
"""


def network_named(text: str) -> NamedNetwork:
    """A network by its name, or from its layers in the notation of ``notation``.

    Raises:
        ShapeError: neither.

    >>> network_named("fashion").recipe.batch_size, str(network_named("conv 8 3, dense 10").architecture)
    (100, 'conv 8 3, dense 10')
    """
    if text.strip() in NAMED:
        return NAMED[text.strip()]
    return NamedNetwork(text, parse(text), replace(NAMED[DEFAULT].recipe, learning_rate=CAUTIOUS))


def suited(network: NamedNetwork, pictures: int) -> NamedNetwork:
    """The network with epochs and a batch size for so many pictures to learn from.

    Our recipes are made for tens of thousands. Of a few hundred pictures their epochs would be a handful of steps, so
    there are more of both. The course's networks stay as they are.

    >>> recipe = suited(network_named("quick"), 300).recipe
    >>> recipe.batch_size, recipe.epochs
    (32, 60)
    >>> suited(network_named("quick"), 57_000) == network_named("quick")
    True
    """
    if network.name in COURSE or pictures >= MANY:
        return network
    steps = math.ceil(pictures / FEW_AT_ONCE)
    epochs = min(MOST_EPOCHS, max(network.recipe.epochs, math.ceil(LEAST_STEPS / steps)))
    return replace(network, recipe=replace(network.recipe, batch_size=FEW_AT_ONCE, epochs=epochs))
