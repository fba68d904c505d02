"""How each activation of Keras is written as nodes of ONNX."""

from collections.abc import Callable

import numpy as np

from seefood.backbones.graph import Graph

__all__ = ["ACTIVATIONS"]

Write = Callable[[Graph, str], str]
"""Of a graph and a tensor's name: adds the function's nodes, and gives the name of what comes out."""


def _function(operator: str, **settings: float) -> Write:
    def write(graph: Graph, x: str) -> str:
        return graph.apply(operator, [x], f"{x}/{operator.lower()}", **settings)

    return write


def _gelu(graph: Graph, x: str) -> str:
    """x (1 + erf(x / √2)) / 2; an operator of its own only in later versions of ONNX."""
    scaled = graph.apply("Mul", [x, _number(graph, 0.5**0.5)], f"{x}/gelu/scaled")
    share = graph.apply("Add", [graph.apply("Erf", [scaled], f"{x}/gelu/erf"), _number(graph, 1.0)], f"{x}/gelu/share")
    half = graph.apply("Mul", [x, _number(graph, 0.5)], f"{x}/gelu/half")
    return graph.apply("Mul", [half, share], f"{x}/gelu")


def _silu(graph: Graph, x: str) -> str:
    """x times its sigmoid."""
    return graph.apply("Mul", [x, graph.apply("Sigmoid", [x], f"{x}/silu/sigmoid")], f"{x}/silu")


ACTIVATIONS: dict[str, Write] = {
    "elu": _function("Elu", alpha=1.0),
    "exponential": _function("Exp"),
    "gelu": _gelu,
    "hard_sigmoid": _function("HardSigmoid", alpha=1 / 6, beta=0.5),
    "hard_silu": _function("HardSwish"),
    "leaky_relu": _function("LeakyRelu", alpha=0.2),
    "linear": lambda _, x: x,
    "relu": lambda graph, x: graph.relu(x),
    "relu6": lambda graph, x: graph.relu6(x),
    "selu": _function("Selu", alpha=1.6732632423543772, gamma=1.0507009873554805),
    "sigmoid": _function("Sigmoid"),
    "silu": _silu,
    "softmax": _function("Softmax", axis=1),
    "softplus": _function("Softplus"),
    "softsign": _function("Softsign"),
    "tanh": _function("Tanh"),
}
"""The function of that name in ``keras.activations``; softmax is over the channels."""


def _number(graph: Graph, value: float) -> str:
    return graph.constant(f"number/{value!r}", np.array(value, np.float32))
