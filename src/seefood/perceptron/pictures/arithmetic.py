"""The passage of one example written out: every product, every sum, the outputs, the loss, and the way back."""

import math
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seefood.drawing.widths import shortened
from seefood.perceptron.pictures.example import Passage, rows_of
from seefood.perceptron.pictures.numerals import MINUS, numeral
from seefood.perceptron.pictures.words import Language, said

__all__ = ["Kind", "node_name", "written_out"]

Array = NDArray[np.float64]
Kind = Literal["heading", "sum", "activation", "loss", "gradient"]

LARGEST_POWER = 20.0
"""From here on e^z is no number that tells anything; the largest sum is taken off first, as the program does always."""
MOST_TERMS, SHOWN_TERMS = 40, 8
"""Terms of a sum, and nodes of a layer, that are all written out; and how many terms are of a longer sum."""
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
    layers, language = passage.network.layers, passage.example.language
    for number in range(len(layers)):
        words = "{layer}: inputs × weights + bias, then {activation}"
        layer, activation = _layer(passage, number), layers[number].activation
        yield "heading", said(language, words, layer=layer, activation=activation)
        yield from _sums(passage, number)
        yield from _activations(passage, number)
    gradients = passage.gradients
    if gradients is None:
        return
    right = shortened(passage.example.label(passage.example.target or 0), 12, 180)
    yield "heading", said(language, "Loss: how wrong, where '{label}' is right", label=right)
    yield "loss", _loss(passage)
    if backward:
        yield "heading", said(language, "Backward: the slope ∂ of the loss with each number")
        yield from _slopes(passage)


def _layer(passage: Passage, number: int) -> str:
    language, layers = passage.example.language, len(passage.network.layers)
    if number == layers - 1:
        return said(language, "Output")
    return said(language, "Hidden layer {number}", number=number + 1) if layers > 2 else said(language, "Hidden layer")


def _sums(passage: Passage, number: int) -> Iterator[tuple[Kind, str]]:
    layer = passage.network.layers[number]
    before = passage.before(number).tolist()
    nodes = _nodes(passage, number)
    for node in nodes:
        total = float(passage.trace.sums[number][0, node])
        column = layer.weights[:, node].tolist()
        terms = [*_products(before, column, passage.example.language), _in(float(layer.bias[node]))]
        yield "sum", f"z{_low(node)} = {' + '.join(terms)} = {numeral(total)}"
    if len(nodes) < len(layer.bias):
        count = f"{len(layer.bias) - len(nodes):,}"
        yield "sum", said(passage.example.language, "and {count} more in the same way", count=count)


def _activations(passage: Passage, number: int) -> Iterator[tuple[Kind, str]]:
    layer, sums = passage.network.layers[number], passage.trace.sums[number][0].tolist()
    activations = passage.trace.activations[number][0].tolist()
    powers = _powers(sums) if layer.activation == "softmax" else []
    if powers and max(sums) > LARGEST_POWER:
        words = "the largest sum, {sum}, is taken off first, which changes nothing"
        yield "activation", said(passage.example.language, words, sum=numeral(max(sums)))
    for node in _nodes(passage, number):
        z, a = sums[node], activations[node]
        name = node_name(passage, number + 1, node)
        if powers:
            is_short = max(sums) <= LARGEST_POWER and len(powers) <= MOST_TERMS
            raised = f"e^{_in(z)} / ({' + '.join(f'e^{_in(s)}' for s in sums)}) = " if is_short else ""
            divided = f"{_in(powers[node])} / {_whole(powers, passage.example.language)}"
            yield "activation", f"{name} = {raised}{divided} = {numeral(a)}"
        else:
            yield "activation", f"{name} = {_function(layer.activation, z)} = {numeral(a)}"


def _nodes(passage: Passage, number: int) -> Sequence[int]:
    """The nodes of a layer that are written out: all of a small one, else those that a picture shows."""
    row = rows_of(passage)[number + 1]
    return row.shown if row.count > MOST_TERMS else range(row.count)


def _products(before: Sequence[float], column: Sequence[float], language: Language) -> list[str]:
    """What comes in times its weight: of very many the largest, and what the others add up to."""
    pairs = list(zip(before, column, strict=True))
    if len(pairs) <= MOST_TERMS:
        return [f"{_in(value)} × {_in(weight)}" for value, weight in pairs]
    products = [value * weight for value, weight in pairs]
    order = sorted(range(len(pairs)), key=lambda place: -abs(products[place]))
    largest, others = sorted(order[:SHOWN_TERMS]), order[SHOWN_TERMS:]
    rest = math.fsum(products[place] for place in others) if all(map(math.isfinite, products)) else math.nan
    written = [f"{_in(pairs[place][0])} × {_in(pairs[place][1])}" for place in largest]
    words = "{sum} from {count} smaller products"
    return [*written, said(language, words, sum=_in(rest), count=f"{len(others):,}")]


def _whole(powers: Sequence[float], language: Language) -> str:
    """The sum of all e^z."""
    if len(powers) > MOST_TERMS:
        return f"{_in(math.fsum(powers))} {said(language, '(of {count} powers)', count=f'{len(powers):,}')}"
    return f"({' + '.join(map(_in, powers))})"


def _powers(sums: Sequence[float]) -> list[float]:
    """e^z as it is shown."""
    shift = max(sums) if max(sums) > LARGEST_POWER else 0.0
    return [math.exp(z - shift) if math.isfinite(z - shift) else math.nan for z in sums]


def _function(name: str, z: float) -> str:
    forms = {
        "relu": f"max({numeral(z)}, 0)",
        "tanh": f"tanh({numeral(z)})",
        "sigmoid": f"1 / (1 + e^{_in(-z)})",
    }
    return forms.get(name, numeral(z))


def _loss(passage: Passage) -> str:
    """The loss of one example, as `seefood.perceptron.losses` defines it."""
    outputs = passage.trace.outputs[0].tolist()
    targets = [] if passage.targets is None else passage.targets[0].tolist()
    language = passage.example.language
    loss = said(language, "loss")
    value = math.nan if passage.gradients is None else passage.gradients.loss
    if passage.example.loss == "cross_entropy" and passage.network.output == "softmax":
        right = passage.example.target or 0
        name = node_name(passage, len(passage.network.layers), right)
        words = "(computed from z: {name} is too small to be a number)"
        rounded = "" if outputs[right] > 0 else f" {said(language, words, name=name)}"
        return f"{loss} = {MINUS}ln {name} = {MINUS}ln {_in(outputs[right])} = {numeral(value)}{rounded}"
    pairs = list(zip(outputs, targets, strict=True))
    if passage.example.loss == "cross_entropy":
        # Of the two terms t ln a and (1 - t) ln(1 - a), one is 0: what is left is the probability of what is right.
        terms = [f"ln {_in(a)}" if t == 1 else f"ln(1 {MINUS} {_in(a)})" for a, t in pairs]
        whole = f"{MINUS}{terms[0]}" if len(terms) == 1 else f"{MINUS}({' + '.join(terms)}) / {len(terms)}"
        return f"{loss} = {whole} = {numeral(value)}"
    squares = " + ".join(f"({_in(a)} {MINUS} {_in(t)})²" for a, t in pairs)
    return (
        f"{loss} = {squares} = {numeral(value)}"
        if len(pairs) == 1
        else f"{loss} = ({squares}) / {len(pairs)} = {numeral(value)}"
    )


def _slopes(passage: Passage) -> Iterator[tuple[Kind, str]]:
    """The slopes at the last sums, and how one goes on to a weight and to a node before."""
    gradients = passage.gradients
    if gradients is None or passage.targets is None:
        return
    last = len(passage.network.layers) - 1
    at_sums = gradients.sums[last][0].tolist()
    language = passage.example.language
    simple = passage.example.loss == "cross_entropy" and passage.network.output == "softmax"
    for node, slope in ((node, at_sums[node]) for node in _nodes(passage, last)):
        name = node_name(passage, last + 1, node)
        a, t = float(passage.trace.outputs[0, node]), float(passage.targets[0, node])
        way = f"{name} {MINUS} {said(language, 'target')} = {_in(a)} {MINUS} {_in(t)} = " if simple else ""
        yield "gradient", f"∂z{_low(node)} = {way}{numeral(slope)}"
    target = node_name(passage, last + 1, 0)
    way = said(language, "∂w from {source} to {target}", source=node_name(passage, last, 0), target=target)
    came_in, name = float(passage.before(last)[0]), node_name(passage, last, 0)
    yield (
        "gradient",
        (
            f"{way} = {name} × ∂z₁ = "
            f"{_in(came_in)} × {_in(at_sums[0])} = {numeral(float(gradients.weights[last][0, 0]))}"
        ),
    )
    yield "gradient", f"∂b₁ = ∂z₁ = {numeral(float(gradients.biases[last][0]))}"
    if last > 0:
        weights = passage.network.layers[last].weights[0].tolist()
        terms = " + ".join(_products(weights, at_sums, language))
        slope = float(gradients.activations[last - 1][0, 0])
        yield "gradient", f"∂{name} = {said(language, 'the sum of weights × ∂z')} = {terms} = {numeral(slope)}"
        yield "gradient", said(language, "and so on, layer by layer, to the first")


def _in(value: float) -> str:
    """A number inside a formula: a negative one, and one with a power of ten, in brackets."""
    written = numeral(value)
    return f"({written})" if written.startswith(MINUS) or "·" in written else written


def _low(node: int) -> str:
    return str(node + 1).translate(_LOWERED)
