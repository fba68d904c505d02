"""Networks by name with the training that suits them: the course's, and ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from seefood.networks.architecture import Architecture
from seefood.networks.course import BATCH_SIZES
from seefood.networks.course import NAMED as COURSE
from seefood.networks.notation import parse
from seefood.networks.training import Recipe

__all__ = ["DEFAULT", "NAMED", "NamedNetwork", "network_named"]

DEFAULT = "quick"


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


def _course(name: str, epochs: int) -> NamedNetwork:
    return NamedNetwork(name, COURSE[name], Recipe(epochs, BATCH_SIZES[name], validation=0.2))


_QUICK = (
    "conv 16 3 same linear, pool 2, relu, conv 32 3 same linear, pool 2, batchnorm, relu, "
    "conv 64 3 same linear, pool 2, batchnorm, relu, dense 128"
)
"""Pooled first: what follows has a quarter of the numbers to look at, and most of the time goes there otherwise."""
_BEST = (
    "conv 32 3 same linear, pool 2, batchnorm, relu, conv 64 3 same linear, batchnorm, relu, conv 64 3 same linear, "
    "pool 2, batchnorm, relu, conv 128 3 same linear, batchnorm, relu, dropout 0.4, dense 128, dropout 0.3"
)


def _ours(name: str, layers: str, epochs: int) -> NamedNetwork:
    recipe = Recipe(epochs, 128, 0.01, "one-cycle", "adamw", weight_decay=0.02, label_smoothing=0.05)
    return NamedNetwork(name, parse(layers), recipe)


NAMED: Mapping[str, NamedNetwork] = MappingProxyType(
    {
        network.name: network
        for network in (
            _ours("quick", _QUICK, 4),
            _ours("best", _BEST, 10),
            _course("digits", 2),
            _course("fashion", 4),
            _course("strided", 3),
        )
    }
)
"""``quick`` and ``best`` are ours; the others are the course's, with the epochs that it trains them for."""


def network_named(text: str) -> NamedNetwork:
    """A network by its name, or from its layers in the notation of ``notation``.

    Raises:
        ShapeError: neither.

    >>> network_named("fashion").recipe.batch_size, str(network_named("conv 8 3, dense 10").architecture)
    (100, 'conv 8 3, dense 10')
    """
    if text.strip() in NAMED:
        return NAMED[text.strip()]
    return NamedNetwork(text, parse(text), NAMED[DEFAULT].recipe)
