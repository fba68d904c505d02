"""Tensors out of a weights file by name and shape, or an error that says what is wrong with the file."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.errors import WeightsError

__all__ = ["taken"]


def taken(weights: Mapping[str, NDArray[Any]], name: str, shape: Sequence[int]) -> NDArray[np.float32]:
    """The tensor ``name`` as float32.

    Raises:
        WeightsError: it is missing, has another shape, or holds NaN or infinity.

    >>> taken({"bias": np.zeros(2)}, "bias", (2,))
    array([0., 0.], dtype=float32)
    """
    if name not in weights:
        nearest = ", ".join(sorted(weights)[:3]) or "nothing"
        raise WeightsError(
            f"weights: expected a tensor '{name}'; found {len(weights)} others ({nearest}, …); "
            "use this network's own file"
        )
    tensor = weights[name]
    if tensor.shape != tuple(shape):
        raise WeightsError(
            f"weights: expected '{name}' of shape {tuple(shape)}; found {tensor.shape}; use this network's own file"
        )
    numbers: NDArray[np.float32] = tensor.astype(np.float32)
    if not np.isfinite(numbers).all():
        raise WeightsError(f"weights: expected finite numbers in '{name}'; found NaN or infinity; get the file again")
    return numbers
