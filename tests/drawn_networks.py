"""Random networks as a person writes them, for tests that compare with Keras."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

ACTIVATIONS = ("relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "softplus", "linear")


def drawn(random: np.random.Generator, largest: int = 4) -> str:
    """One to five layers on maps, perhaps a flatten or a global pooling, up to two dense layers with what goes along.

    Not every picture is large enough for every one of them.
    """
    parts = [_on_maps(random, largest) for _ in range(random.integers(1, 6))]
    if random.random() < 0.3:
        parts.append(str(random.choice(["flatten", "global", "global max", "global average"])))
    for _ in range(random.integers(0, 3)):
        parts.append(f"dense {random.integers(1, 20)}{_activation(random)}")
        parts += [extra for extra in ("batchnorm", "dropout 0.25", "tanh") if random.random() < 0.2]
    return ", ".join(parts)


def _on_maps(random: np.random.Generator, largest: int) -> str:
    match int(random.integers(8)):
        case 0:
            pool = random.choice(["", "max ", "average "])
            return f"pool {pool}{_pair(random, largest)}{_stride(random)}{_padding(random)}"
        case 1:
            return "batchnorm"
        case 2:
            return "dropout 0.5"
        case 3:
            return str(random.choice(ACTIVATIONS))
        case _:
            settings = [_stride(random), _padding(random), _activation(random)]
            random.shuffle(settings)
            return f"conv {random.integers(1, 9)} {_pair(random, largest)}{''.join(settings)}"


def _pair(random: np.random.Generator, largest: int) -> str:
    down, across = random.integers(1, largest + 1, 2)
    return f"{down}x{across}" if random.random() < 0.5 else str(down)


def _stride(random: np.random.Generator) -> str:
    """For both directions the same: Keras takes no other for a convolution."""
    return f" stride {random.integers(1, 4)}" if random.random() < 0.5 else ""


def _padding(random: np.random.Generator) -> str:
    return str(random.choice(["", " same", " valid"]))


def _activation(random: np.random.Generator) -> str:
    return f" {random.choice(ACTIVATIONS)}" if random.random() < 0.6 else ""


def shaken(model: Any, random: np.random.Generator) -> Any:
    """The same network with random weights, biases and averages in place of those that it begins with.

    Sums keep their size from layer to layer, so that a difference in any of them is to be seen at the end.
    """
    for variable in model.weights:
        shape, part = tuple(variable.shape), variable.path.rsplit("/", 1)[-1]
        match part:
            case "moving_variance" | "gamma":
                values = random.uniform(0.5, 2, shape)
            case "seed_generator_state":
                continue
            case _ if "kernel" in part:
                values = random.normal(size=shape) / np.sqrt(np.prod(shape[:-1]))
            case _:
                values = random.normal(size=shape) / 2
        variable.assign(values.astype(np.float32))
    return model
