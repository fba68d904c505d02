"""The passage of one example written out: every product, every sum, the outputs, the loss, and the way back."""

import math
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seefood.drawing.figures import figure
from seefood.drawing.widths import shortened
from seefood.perceptron.pictures.example import Passage

__all__ = ["Kind", "node_name", "written_out"]

Array = NDArray[np.float64]
Kind = Literal["heading", "sum", "activation", "loss", "gradient"]

MINUS = "\N{MINUS SIGN}"
LARGEST_POWER = 20.0
"""From here on e^z is no number that tells anything; the largest sum is taken off first, as the program does always."""
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def node_name(passage: Passage, row: int, node: int) -> str:
    """x₁ for inputs, h₁ for hidden nodes, p₁ for probabilities and y₁ for other outputs; nodes are counted from 1."""
    lowered = str(node + 1).translate(_LOWERED)
    if row == 0:
        return f"x{lowered}"
    if row < len(passage.network.layers):
        return f"h{lowered}"
    return f"{'p' if passage.network.output in ('softmax', 'sigmoid') else 'y'}{lowered}"


def written_out(passage: Passage, *, backward: bool) -> Iterator[tuple[Kind, str]]:
    """Lines of text, each with what it is; for small networks, as there is one line and more for each node."""
    layers = passage.network.layers
    for number in range(len(layers)):
        name = "Output" if number == len(layers) - 1 else "Hidden layer" + f" {number + 1}" * (len(layers) > 2)
        yield "heading", f"{name}: inputs × weights + bias, then {layers[number].activation}"
        yield from _sums(passage, number)
        yield from _activations(passage, number)
    gradients = passage.gradients
    if gradients is None:
        return
    right = shortened(passage.example.label(passage.example.target or 0), 12, 180)
    yield "heading", f"Loss: how wrong, where '{right}' is right"
    yield "loss", _loss(passage)
    if backward:
        yield "heading", "Backward: the slope ∂ of the loss with each number"
        yield from _slopes(passage)


def _sums(passage: Passage, number: int) -> Iterator[tuple[Kind, str]]:
    layer = passage.network.layers[number]
    before = passage.before(number).tolist()
    for node, total in enumerate(passage.trace.sums[number][0].tolist()):
        column = layer.weights[:, node].tolist()
        terms = [f"{_in(value)} × {_in(weight)}" for value, weight in zip(before, column, strict=True)]
        terms.append(_in(float(layer.bias[node])))
        yield "sum", f"z{_low(node)} = {' + '.join(terms)} = {figure(total)}"


def _activations(passage: Passage, number: int) -> Iterator[tuple[Kind, str]]:
    layer, sums = passage.network.layers[number], passage.trace.sums[number][0].tolist()
    activations = passage.trace.activations[number][0].tolist()
    powers = _powers(sums) if layer.activation == "softmax" else []
    if powers and max(sums) > LARGEST_POWER:
        yield "activation", f"the largest sum, {figure(max(sums))}, is taken off first, which changes nothing"
    for node, (z, a) in enumerate(zip(sums, activations, strict=True)):
        name = node_name(passage, number + 1, node)
        if powers:
            whole = " + ".join(figure(power) for power in powers)
            raised = "" if max(sums) > LARGEST_POWER else f"e^{_in(z)} / ({' + '.join(f'e^{_in(s)}' for s in sums)}) = "
            yield "activation", f"{name} = {raised}{figure(powers[node])} / ({whole}) = {figure(a)}"
        else:
            yield "activation", f"{name} = {_function(layer.activation, z)} = {figure(a)}"


def _powers(sums: Sequence[float]) -> list[float]:
    """e^z as it is shown."""
    shift = max(sums) if max(sums) > LARGEST_POWER else 0.0
    return [math.exp(z - shift) if math.isfinite(z - shift) else math.nan for z in sums]


def _function(name: str, z: float) -> str:
    forms = {
        "relu": f"max({figure(z)}, 0)",
        "tanh": f"tanh({figure(z)})",
        "sigmoid": f"1 / (1 + e^{_in(-z)})",
    }
    return forms.get(name, figure(z))


def _loss(passage: Passage) -> str:
    """The loss of one example, as `seefood.perceptron.losses` defines it."""
    outputs = passage.trace.outputs[0].tolist()
    targets = [] if passage.targets is None else passage.targets[0].tolist()
    value = math.nan if passage.gradients is None else passage.gradients.loss
    if passage.example.loss == "cross_entropy" and passage.network.output == "softmax":
        right = passage.example.target or 0
        name = node_name(passage, len(passage.network.layers), right)
        rounded = "" if outputs[right] > 0 else f" (computed from z: {name} is too small to be a number)"
        return f"loss = {MINUS}ln {name} = {MINUS}ln {figure(outputs[right])} = {figure(value)}{rounded}"
    pairs = list(zip(outputs, targets, strict=True))
    if passage.example.loss == "cross_entropy":
        # Of the two terms t ln a and (1 - t) ln(1 - a), one is 0: what is left is the probability of what is right.
        terms = [f"ln {figure(a)}" if t == 1 else f"ln(1 {MINUS} {figure(a)})" for a, t in pairs]
        whole = f"{MINUS}{terms[0]}" if len(terms) == 1 else f"{MINUS}({' + '.join(terms)}) / {len(terms)}"
        return f"loss = {whole} = {figure(value)}"
    squares = " + ".join(f"({figure(a)} {MINUS} {figure(t)})²" for a, t in pairs)
    return (
        f"loss = {squares} = {figure(value)}"
        if len(pairs) == 1
        else f"loss = ({squares}) / {len(pairs)} = {figure(value)}"
    )


def _slopes(passage: Passage) -> Iterator[tuple[Kind, str]]:
    """The slopes at the last sums, and how one goes on to a weight and to a node before."""
    gradients = passage.gradients
    if gradients is None or passage.targets is None:
        return
    last = len(passage.network.layers) - 1
    at_sums = gradients.sums[last][0].tolist()
    simple = passage.example.loss == "cross_entropy" and passage.network.output == "softmax"
    for node, slope in enumerate(at_sums):
        name = node_name(passage, last + 1, node)
        a, t = float(passage.trace.outputs[0, node]), float(passage.targets[0, node])
        way = f"{name} {MINUS} target = {figure(a)} {MINUS} {figure(t)} = " if simple else ""
        yield "gradient", f"∂z{_low(node)} = {way}{figure(slope)}"
    came_in, name = float(passage.before(last)[0]), node_name(passage, last, 0)
    yield (
        "gradient",
        (
            f"∂w from {name} to {node_name(passage, last + 1, 0)} = {name} × ∂z₁ = "
            f"{_in(came_in)} × {_in(at_sums[0])} = {figure(float(gradients.weights[last][0, 0]))}"
        ),
    )
    yield "gradient", f"∂b₁ = ∂z₁ = {figure(float(gradients.biases[last][0]))}"
    if last > 0:
        weights = passage.network.layers[last].weights[0].tolist()
        terms = " + ".join(f"{_in(w)} × {_in(s)}" for w, s in zip(weights, at_sums, strict=True))
        slope = float(gradients.activations[last - 1][0, 0])
        yield "gradient", f"∂{name} = the sum of weights × ∂z = {terms} = {figure(slope)}"
        yield "gradient", "and so on, layer by layer, to the first"


def _in(value: float) -> str:
    """A number inside a formula: a negative one in brackets."""
    written = figure(value)
    return f"({written})" if written.startswith(MINUS) else written


def _low(node: int) -> str:
    return str(node + 1).translate(_LOWERED)
