"""A network drawn: nodes, weights as lines, and the numbers of one example on its way through, forward and backward.

Every line and every node says its numbers when it is pointed at.
"""

from collections.abc import Callable, Iterator
from typing import Any

from seefood.drawing.colours import MUTED
from seefood.drawing.svg import Drawing, Element, element, text
from seefood.drawing.widths import length
from seefood.perceptron.network import Perceptron, arrows
from seefood.perceptron.pictures.edges import DASHES, edge_colour, edges, numbers
from seefood.perceptron.pictures.example import Example, Passage, rows_of
from seefood.perceptron.pictures.layout import HEAD, Layout, Row
from seefood.perceptron.pictures.nodes import OUTPUTS, node, outputs
from seefood.perceptron.pictures.numerals import numeral
from seefood.perceptron.pictures.panel import panel
from seefood.perceptron.pictures.scene import SIZE, SLOPE, SMALL, Scene
from seefood.perceptron.pictures.words import Language, said

__all__ = ["draw_network"]

LARGEST_PANEL = 40
"""Weights and biases of a network whose arithmetic is written out."""
NARROW_NAMES, WIDE_NAMES = 60.0, 170.0
"""Room for the names of inputs, in pixels; longer ones are cut."""
FOOT = 74
"""Pixels below the nodes, for what lines and letters mean."""
INPUTS: dict[str, Callable[[Language], str]] = {
    "": lambda language: said(language, "inputs"),
    "standardised": lambda language: said(language, "inputs: standardised"),
    "pixels / 255": lambda language: said(language, "inputs: pixels / 255"),
}
FORMULAS = {
    "relu": "a = max(z, 0)",
    "sigmoid": "a = 1 / (1 + e^\u2212z)",
    "tanh": "a = tanh(z)",
    "linear": "a = z",
}


def draw_network(
    network: Perceptron,
    example: Example,
    *,
    gradients: bool = True,
    written: bool = True,
    title: str = "",
    largest: float | None = None,
    rows: tuple[Row, ...] | None = None,
) -> Drawing:
    """The network with this example in it.

    ``gradients`` adds to each number how steeply the loss rises with it (∂), where the example's class is known.
    ``written`` writes the arithmetic out for networks of at most 40 parameters: beside those of one layer, below
    others. Of layers of more than ten nodes eight are drawn: of the inputs the largest, of the outputs the largest and
    the right one, of hidden ones the first five and the last three; of networks of more than eight layers the first
    and the last. Where several drawings are to be compared, ``largest`` is the magnitude of a weight that gets the
    widest line, and ``rows`` says which nodes are drawn.

    Raises:
        ShapeError: the example does not fit the network.

    >>> import numpy as np
    >>> network = Perceptron.create([3, 2], np.random.default_rng(0))
    >>> picture = draw_network(network, Example(np.array([1.0, 2.0, 3.0]), 0))
    >>> picture.to_text().count('class="edge"')
    6
    """
    passage = example.through(network)
    backward = gradients and passage.gradients is not None
    scale = largest or max(float(abs(layer.weights).max()) for layer in network.layers)
    rows = rows or rows_of(passage)
    names = max(length(example.feature(number), SIZE) for number in rows[0].shown)
    layout = Layout(rows, backward, min(max(names, NARROW_NAMES), WIDE_NAMES))
    scene = Scene(passage, layout, backward, scale, bool(largest))
    title = title or said(example.language, "A network of {sizes} nodes", sizes=arrows(network.sizes))
    width, height = scene.layout.right + OUTPUTS, _bottom(scene)
    elements = [text(title, 14, 28, size=16, bold=True), *_shown(example), *_elements(scene)]
    if written and network.parameters <= LARGEST_PANEL:
        place = (width + 8, 44.0) if len(network.layers) == 1 else (16.0, height + 4)
        lines = panel(passage, place, (470.0 if len(network.layers) == 1 else width - 32), backward=backward)
        elements += lines.elements
        width, height = max(width, lines.right), max(height, lines.bottom)
    return Drawing(width, height, title, _description(passage), tuple(elements))


def _description(passage: Passage) -> str:
    network, outputs = passage.network, passage.trace.outputs[0]
    count = len(outputs)
    answers = (
        f"{passage.example.output_label(node, count)} {numeral(outputs[node])}" for node in range(min(count, 12))
    )
    activations = ", ".join(dict.fromkeys(layer.activation for layer in network.layers))
    told = {"count": network.parameters, "activations": activations, "outputs": ", ".join(answers)}
    words = "{count} weights and biases; activations: {activations}. Outputs: {outputs}."
    return said(passage.example.language, words, **told)


def _shown(example: Example) -> Iterator[Element]:
    """Which example it is, below the title."""
    if example.name:
        yield text(said(example.language, "with {example}", example=example.name), 14, 46, size=SMALL, colour=MUTED)


def _bottom(scene: Scene) -> float:
    return HEAD + scene.layout.height + FOOT


def _elements(scene: Scene) -> Iterator[Element]:
    layers = scene.layout.layers
    written = [list(numbers(scene, layer)) for layer in layers]
    for layer in layers:
        yield from edges(scene, layer)
    for each in written:
        yield from each
    for number in scene.layout.drawn:
        yield from _heading(scene, number)
        for place in scene.layout.rows[number].shown:
            yield from node(scene, number, place)
    yield from _dots(scene)
    yield from outputs(scene)
    yield from _legend(scene, all(written))


def _heading(scene: Scene, number: int) -> Iterator[Element]:
    """A layer's name above it, and the dots for nodes that are left out."""
    nodes, last, x = scene.layout.rows[number], len(scene.layout.rows) - 1, scene.layout.x(number)
    language, formula = scene.language, ""
    name = INPUTS[scene.passage.example.scaling](language)
    if number:
        activation = scene.passage.network.layers[number - 1].activation
        if number == last:
            name = said(language, "output: {activation}", activation=activation)
        else:
            name = said(language, "hidden {number}: {activation}", number=number, activation=activation)
        is_softmax = activation == "softmax"
        formula = said(language, "a = e^z / sum of all e^z") if is_softmax else FORMULAS.get(activation, "")
    caption = nodes.caption(language)
    count = caption if nodes.gap is not None else formula or caption
    yield text(name, x, HEAD - 14, size=SIZE, anchor="middle", bold=True)
    yield text(count, x, HEAD + 2, size=SMALL, colour=MUTED, anchor="middle", class_="count")
    gap = scene.layout.gap(number)
    if gap is not None:
        yield text("⋮", gap.x, gap.y + 9, size=26, anchor="middle", class_="gap")


def _dots(scene: Scene) -> Iterator[Element]:
    """What stands for the layers that are left out."""
    place = scene.layout.dots
    if place is not None:
        yield text("…", place.x, place.y, size=40, anchor="middle", class_="gap")
        words = said(scene.language, "{count} more hidden layers", count=scene.layout.left_out)
        yield text(words, place.x, place.y + 24, size=SMALL, colour=MUTED, anchor="middle", class_="left-out")


def _legend(scene: Scene, numbers: bool) -> Iterator[Element]:
    """What lines and letters mean, below the nodes."""
    x, y = 16.0, _bottom(scene) - 44
    language = scene.language
    signs = (1, said(language, "positive weight")), (-1, said(language, "negative weight"))
    for sign, word in signs:
        looks: dict[str, Any] = {
            "stroke": edge_colour(sign, 1),
            "stroke_width": 3,
            "stroke_dasharray": DASHES if sign < 0 else None,
        }
        yield element("line", class_="sample", x1=x, x2=x + 30, y1=y, y2=y, **looks)
        yield text(word, x + 36, y + 4, size=SMALL, colour=MUTED)
        x += 46 + length(word, SMALL)
    words = said(language, "the wider, the larger")
    if not numbers:
        words = said(language, "the wider, the larger; point at a line for its number")
    yield text(words, x, y + 4, size=SMALL, colour=MUTED)
    words = said(language, "In a node: its activation. b: bias, z: sum of all that comes in. ✓: the right class.")
    yield text(words, 16, y + 21, size=SMALL, colour=MUTED)
    if scene.backward and scene.layout.large:
        words = said(language, "∂: how steeply the loss rises with this number, for this example.")
        yield text(words, 16, y + 37, size=SMALL, colour=SLOPE)
