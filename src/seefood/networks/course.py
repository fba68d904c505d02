"""The course's networks, exactly, and how they are varied.

Chapters 7 and 8 of the course: Kaggle's "Deep Learning", the lessons "Deep Learning From Scratch" and "Dropout and
Strides for Larger Models". Each was trained by Adam with Keras' defaults.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from seefood.convolution.geometry import Pair
from seefood.networks.architecture import Architecture
from seefood.networks.layers import Activation, BatchNormalisation, Dense, Dropout, LayerSpec
from seefood.networks.notation import parse
from seefood.networks.sliding import Convolution, Pooling

__all__ = ["BATCH_SIZES", "NAMED", "with_dropout", "with_strides"]

NAMED: Mapping[str, Architecture] = MappingProxyType(
    {
        # Chapter 7, the lesson: handwritten digits (MNIST).
        "digits": parse("conv 20 3, conv 20 3, flatten, dense 128"),
        # Chapter 7, the exercise: clothes (Fashion-MNIST).
        "fashion": parse("conv 12 3, conv 20 3, conv 20 3, flatten, dense 100"),
        # Chapter 8, the lesson.
        "strided": parse("conv 30 3 stride 2, dropout 0.5, conv 30 3 stride 2, dropout 0.5, flatten, dense 128"),
    }
)
"""The course's networks by name."""

BATCH_SIZES: Mapping[str, int] = MappingProxyType({"digits": 128, "fashion": 100, "strided": 128})
"""Pictures in a batch, as in the course."""


def with_strides(architecture: Architecture, strides: Pair) -> Architecture:
    """Every convolution with these strides, whatever it had before; poolings stay.

    >>> str(with_strides(NAMED["digits"], 2))
    'conv 20 3 stride 2, conv 20 3 stride 2, flatten, dense 128'
    """
    return Architecture(
        tuple(
            replace(layer, strides=strides) if isinstance(layer, Convolution) else layer
            for layer in architecture.layers
        )
    )


def with_dropout(architecture: Architecture, rate: float) -> Architecture:
    """This dropout behind each convolution and what belongs to it, and no other dropout; with 0 none at all.

    To a convolution belong the batch normalisation, activation and pooling that follow it. A network without
    convolutions has it behind each dense layer.

    >>> str(with_dropout(NAMED["digits"], 0.25))
    'conv 20 3, dropout 0.25, conv 20 3, dropout 0.25, flatten, dense 128'
    """
    dropout = Dropout(rate)
    kept = [layer for layer in architecture.layers if not isinstance(layer, Dropout)]
    opens: type[LayerSpec] = Convolution if any(isinstance(layer, Convolution) for layer in kept) else Dense
    layers: list[LayerSpec] = []
    due = False
    for layer in kept:
        if due and not isinstance(layer, BatchNormalisation | Activation | Pooling):
            layers.append(dropout)
            due = False
        layers.append(layer)
        due = due or isinstance(layer, opens)
    if due:
        layers.append(dropout)
    return Architecture(tuple(layers) if dropout.rate else tuple(kept))
