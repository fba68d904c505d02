"""An architecture as a Keras network, with weights that its seed decides."""

from typing import Any

import numpy as np

from seefood.convolution.layers import Shape
from seefood.errors import ShapeError
from seefood.networks.architecture import Architecture, Step
from seefood.networks.frameworks import keras
from seefood.networks.layers import Activation, BatchNormalisation, Dense, Dropout, Flatten, GlobalPooling, LayerSpec
from seefood.networks.sliding import Convolution, Pooling

__all__ = ["build"]


def build(architecture: Architecture, input_shape: Shape, classes: int, seed: int) -> Any:
    """A ``keras.Sequential``, not compiled: float32 [n, height, width, channels] from 0 to 1 to probabilities.

    Layers have the names of `Architecture.steps`. Weights are Keras' usual ones (Glorot's uniform ones, biases 0); the
    same seed gives the same weights and the same dropout.

    Args:
        input_shape: (height, width, channels).
        classes: units of the last layer.
        seed: 0 or more.

    Raises:
        ShapeError: the architecture does not fit the picture.
        BackboneError: Keras is not installed.
    """
    steps = architecture.steps(input_shape, classes)
    module = keras()
    seeds = np.random.SeedSequence(seed).generate_state(len(steps)).tolist()
    layers = [_layer(module, step, number) for step, number in zip(steps, seeds, strict=True)]
    return module.Sequential([module.Input(tuple(input_shape), dtype="float32", name="pixels"), *layers])


def _layer(module: Any, step: Step, seed: int) -> Any:
    """The step's layer. The order of the axes is said, because a person's own ``keras.json`` may have another one."""
    layers, layer, name = module.layers, step.layer, step.name
    match layer:
        case Convolution():
            kernel, strides = layer.window
            return layers.Conv2D(
                layer.filters,
                kernel,
                strides=strides,
                padding=layer.padding,
                data_format="channels_last",
                activation=layer.activation,
                kernel_initializer=module.initializers.GlorotUniform(seed=seed),
                name=name,
            )
        case Dense():
            weights = module.initializers.GlorotUniform(seed=seed)
            return layers.Dense(layer.units, activation=layer.activation, kernel_initializer=weights, name=name)
        case Dropout():
            return layers.Dropout(layer.rate, seed=seed, name=name)
        case BatchNormalisation():
            return layers.BatchNormalization(name=name)
        case Activation():
            return layers.Activation(layer.name, name=name)
        case _:
            return _rearranging(layers, layer, name)


def _rearranging(layers: Any, layer: LayerSpec, name: str) -> Any:
    """The layers without weights that change the shape."""
    match layer:
        case Pooling():
            kind = layers.MaxPooling2D if layer.pool == "max" else layers.AveragePooling2D
            size, strides = layer.window
            return kind(size, strides=strides, padding=layer.padding, data_format="channels_last", name=name)
        case GlobalPooling():
            kind = layers.GlobalMaxPooling2D if layer.pool == "max" else layers.GlobalAveragePooling2D
            return kind(data_format="channels_last", name=name)
        case Flatten():
            return layers.Flatten(data_format="channels_last", name=name)
        case _:
            raise ShapeError(
                f"{name}: expected a layer of seefood.networks.layers; found a {type(layer).__name__}; use one of those"
            )
