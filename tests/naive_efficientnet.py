"""EfficientNet-Lite0 as its paper tells it, in NumPy, layer after layer: nothing folded, nothing fused.

The oracle for the graph. Maps are [n, height, width, channels].
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Array = np.ndarray[Any, np.dtype[Any]]
Weights = Mapping[str, Array]

# repeats, kernel size, stride of the first, expansion, channels out
ROWS = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]


def pad_same(x: Array, kernel_size: int, stride: int) -> Array:
    """Zeros around, until the windows that fit are as many as strides begin; the odd one behind."""
    height = x.shape[1]
    wanted = len(range(0, height, stride))
    zeros = 0
    while len(range(0, height + zeros - kernel_size + 1, stride)) < wanted:
        zeros += 1
    edges = (zeros // 2, zeros - zeros // 2)
    return np.pad(x, [(0, 0), edges, edges, (0, 0)])


def windows(x: Array, kernel_size: int, stride: int) -> Array:
    """[n, rows, columns, channels, kernel_size, kernel_size]."""
    padded = pad_same(x, kernel_size, stride)
    return sliding_window_view(padded, (kernel_size, kernel_size), axis=(1, 2))[:, ::stride, ::stride]


def convolution(x: Array, kernel: Array, stride: int = 1) -> Array:
    """Every filter sees every channel; kernel [filters, channels, height, width]."""
    result: Array = np.tensordot(windows(x, kernel.shape[2], stride), kernel, axes=((3, 4, 5), (1, 2, 3)))
    return result


def depthwise(x: Array, kernel: Array, stride: int) -> Array:
    """Every channel has a filter of its own; kernel [channels, 1, height, width]."""
    result: Array = np.einsum("nyxcij,cij->nyxc", windows(x, kernel.shape[2], stride), kernel[:, 0])
    return result


def normalised(x: Array, weights: Weights, name: str) -> Array:
    """Batch normalisation with its statistics."""
    mean, variance = weights[f"{name}.running_mean"], weights[f"{name}.running_var"]
    result: Array = (x - mean) / np.sqrt(variance + 0.001) * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return result


def relu6(x: Array) -> Array:
    """Nothing below zero, nothing above six."""
    return np.minimum(np.maximum(x, 0), 6)


def forward(pixels: Array, weights: Weights) -> tuple[Array, list[Array]]:
    """The logits, and the maps behind the residual additions and the last convolution, in their order."""
    maps = []
    x = (pixels.astype(np.float32) - 127) / 128
    x = relu6(normalised(convolution(x, weights["_conv_stem.weight"], 2), weights, "_bn0"))
    number = 0
    for repeats, kernel_size, first_stride, expansion, channels in ROWS:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            block, entry = f"_blocks.{number}", x
            if expansion != 1:
                x = relu6(normalised(convolution(x, weights[f"{block}._expand_conv.weight"]), weights, f"{block}._bn0"))
            kernel = weights[f"{block}._depthwise_conv.weight"]
            if kernel.shape[2] != kernel_size:
                raise AssertionError(block)
            x = relu6(normalised(depthwise(x, kernel, stride), weights, f"{block}._bn1"))
            x = normalised(convolution(x, weights[f"{block}._project_conv.weight"]), weights, f"{block}._bn2")
            if stride == 1 and entry.shape[3] == channels:
                x = x + entry
                maps.append(x)
            number += 1
    x = relu6(normalised(convolution(x, weights["_conv_head.weight"]), weights, "_bn1"))
    maps.append(x)
    return x.mean((1, 2)) @ weights["_fc.weight"].T + weights["_fc.bias"], maps
