"""Nodes with their numbers around them: inputs, bias, sum, activation, and the outputs' names and probabilities."""

from collections.abc import Iterator
from typing import Any

from seefood.drawing.colours import BEST, CARD, INK, MUTED, OTHER, PAPER, RIGHT, TRACK
from seefood.drawing.svg import Element, element, text
from seefood.drawing.widths import length, shortened
from seefood.perceptron.pictures.arithmetic import node_name
from seefood.perceptron.pictures.layout import Box, Place
from seefood.perceptron.pictures.numerals import numeral, rounded
from seefood.perceptron.pictures.scene import BESIDE, LINE, SIZE, SMALL, Scene, stacked
from seefood.perceptron.pictures.words import said

__all__ = ["BAR", "OUTPUTS", "node", "outputs", "percent"]

OUTPUTS, BAR = 190.0, 120.0
"""Pixels right of the nodes for the outputs' names, and how long the bar of a probability of 1 is."""


def node(scene: Scene, number: int, index: int) -> Iterator[Element]:
    """One node of a row, 0 for the inputs, with everything around it."""
    place, radius, layer = scene.layout.places[number, index], scene.layout.radius, number - 1
    name = node_name(scene.passage, number, index)
    value = float(scene.passage.before(number)[index])
    words = f"{name} = {numeral(value, 6)}"
    if number and scene.moving:  # what is said on pointing does not move along
        words = name
    elif number:
        z, bias = scene.passage.trace.sums[layer][0, index], scene.passage.network.layers[layer].bias[index]
        terms = {"sum z": said(scene.language, "sum z"), "bias b": said(scene.language, "bias b")}
        words += f"; {terms['sum z']} = {numeral(float(z), 6)}, {terms['bias b']} = {numeral(float(bias), 6)}"
    elif original := scene.passage.example.original(index):
        words += f"; {original}"
    circle: dict[str, Any] = {
        "cx": place.x,
        "cy": place.y,
        "r": radius,
        "fill": CARD if number else PAPER,
        "stroke": INK,
    }
    yield element("circle", element("title", words), class_="node", stroke_width=1.4, **circle)
    shown = [numeral(value, 3) if scene.layout.large else rounded(value, 3), ""]
    if number and scene.layout.large:
        shown[1] = scene.slope("activations", layer, 0, index)
    where = f"{number}:{index}"
    kind = "activation" if number else "input"
    least = "0.0000" if scene.moving and number else ""
    yield from stacked(Box(place.x, place.y, 2 * radius - 5, 0), shown, kind, bold=True, least=least, data_node=where)
    if number == 0:
        yield from _input_name(scene, place, index, name)
    else:
        yield from _around(scene, number, index)


def _around(scene: Scene, number: int, index: int) -> Iterator[Element]:
    """The bias above a large node and its sum below it; both below a smaller one."""
    place, radius, where = scene.layout.places[number, index], scene.layout.radius, f"{number}:{index}"
    bias, z = scene.around(number, index)
    if scene.layout.large:
        away = radius + 4 + LINE * (1 + scene.backward) / 2
        yield from stacked(Box(place.x, place.y - away, 110, 0), bias, "bias", data_node=where)
        yield from stacked(Box(place.x, place.y + away, 110, 0), z, "sum", data_node=where)
        return
    x, y = place.x + (length(bias[0], SMALL) - length(z[0], SMALL)) / 2, place.y + radius + 13
    looks: dict[str, Any] = {"size": SMALL, "colour": MUTED, "halo": True, "data_node": where}
    yield text(bias[0], x - BESIDE, y, anchor="end", class_="bias", **looks)
    yield text(z[0], x + BESIDE, y, class_="sum", **looks)


def _input_name(scene: Scene, place: Place, node: int, name: str) -> Iterator[Element]:
    x = place.x - scene.layout.radius - 8
    feature = scene.passage.example.feature(node)
    label = shortened(feature, SIZE, x - 10)
    yield text(label, x, place.y - 1, size=SIZE, anchor="end", whole=feature)
    yield text(name, x, place.y + 14, size=SMALL, colour=MUTED, anchor="end")


def outputs(scene: Scene) -> Iterator[Element]:
    """The outputs' names, with bars where they are probabilities."""
    number, passage = len(scene.layout.rows) - 1, scene.passage
    outputs, target = passage.trace.outputs[0], passage.example.target
    for node in scene.layout.rows[number].shown:
        place, share = scene.layout.places[number, node], float(outputs[node])
        x, label = scene.layout.right + 12, passage.example.output_label(node, len(outputs))
        right = target is not None and target == (node + 1 if len(outputs) == 1 else node)
        mark = "✓ " if right else ""
        written = mark + shortened(label, SIZE, OUTPUTS - 24 - 20 * right)
        colour = RIGHT if right else INK
        yield text(written, x, place.y - 5, size=SIZE, bold=right, colour=colour, whole=label)
        if passage.network.output not in ("softmax", "sigmoid") or not 0 <= share <= 1:
            continue
        bar: dict[str, Any] = {"x": x, "y": place.y + 4, "height": 8, "rx": 4}
        yield element("rect", width=BAR, fill=TRACK, **bar)
        where = f"{number}:{node}"
        colour = BEST if share == outputs.max() else OTHER
        yield element("rect", class_="share", width=share * BAR, fill=colour, data_node=where, **bar)
        more: dict[str, Any] = {"data_node": where, "class_": "percent"}
        yield text(percent(share), x + BAR + 6, place.y + 12, size=SMALL, colour=MUTED, **more)


def percent(share: float) -> str:
    """A percentage that claims 0 % or 100 % only where it is exactly so."""
    if 0 < share < 0.001:
        return "<0.1 %"
    return ">99.9 %" if 0.999 < share < 1 else f"{100 * share:.1f} %"
