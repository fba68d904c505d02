"""How long training will take, before it begins: from the multiplications it needs, and how quick this machine is."""

import math
import time

import numpy as np

from seefood.networks.precision import has_instructions
from seefood.networks.training import Recipe

__all__ = ["estimated_seconds", "multiply_adds_per_second"]

SIDE, TIMES = 512, 3
"""Matrices that are multiplied to see how quick the machine is, and how often: some hundredths of a second."""
PASSES = 3
"""Forward, gradients of activations, gradients of weights: each multiplies as often as the other."""
EFFICIENCY, HALVED = 0.5, 1.6
"""Of a large matrix product, what training reaches with small convolutions; and how much more of it in bfloat16."""
A_STEP, START = 0.002, 4.0
"""Seconds that a step costs whatever the network; and those of loading TensorFlow and tracing the network."""


def multiply_adds_per_second() -> float:
    """Of a matrix product in float32, on all cores, at its best of some."""
    matrix = np.ones((SIDE, SIDE), np.float32)
    matrix @ matrix  # wakes the threads
    best = math.inf
    for _ in range(TIMES):
        begin = time.perf_counter()
        matrix @ matrix
        best = min(best, time.perf_counter() - begin)
    return SIDE**3 / max(best, 1e-9)


def estimated_seconds(multiply_adds: int, pictures: int, recipe: Recipe, rate: float | None = None) -> float:
    """About how long ``fit`` takes; half or twice as long is no surprise.

    Args:
        multiply_adds: of the network, for one picture.
        pictures: that it learns from.
        recipe: its epochs and batch size.
        rate: multiply-adds a second of a matrix product, for this precision; measured where None.

    >>> round(estimated_seconds(1_000_000, 10_000, Recipe(epochs=2, batch_size=100), rate=1e11), 1)
    5.6
    """
    if rate is None:
        quicker = recipe.precision != "float32" and has_instructions()
        rate = multiply_adds_per_second() * (HALVED if quicker else 1)
    steps = recipe.epochs * math.ceil(pictures / recipe.batch_size)
    work = PASSES * multiply_adds * pictures * recipe.epochs
    return START + A_STEP * steps + work / (EFFICIENCY * rate)
