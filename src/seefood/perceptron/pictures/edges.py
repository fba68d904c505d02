"""Weights as lines: the sign as colour and dashes, the magnitude as width, the number on it where there is room."""

from collections.abc import Iterator

from seefood.drawing.colours import CARD, signed
from seefood.drawing.svg import Element, element
from seefood.drawing.widths import length
from seefood.perceptron.pictures.arithmetic import node_name
from seefood.perceptron.pictures.layout import Box, Place, free_place
from seefood.perceptron.pictures.numerals import numeral
from seefood.perceptron.pictures.scene import LINE, SMALL, Scene, stacked
from seefood.perceptron.pictures.words import said

__all__ = ["DASHES", "THICKEST", "THINNEST", "WEAKEST", "edge_colour", "edge_width", "edges", "numbers"]

MOST_NUMBERS = 24
"""Lines of one layer that may have their numbers on them."""
ATTEMPTS = 12
DASHES = "7 4"
THINNEST, THICKEST = 0.7, 5.0
WEAKEST = 0.3
"""How much colour the line of a weight of 0 has, so that it is seen on white."""


def edge_width(weight: float, largest: float) -> float:
    """How wide the line of a weight is, in pixels; ``largest`` is the largest magnitude in the network."""
    return THINNEST + (THICKEST - THINNEST) * min(abs(weight) / (largest or 1.0), 1.0)


def edge_colour(weight: float, largest: float) -> str:
    """Orange for a positive weight, blue for a negative one; weak for a weak one, but never as white as the paper."""
    strength = WEAKEST + (1 - WEAKEST) * min(abs(weight) / (largest or 1.0), 1.0)
    red, green, blue = signed(strength if weight >= 0 else -strength, 1.0).tolist()
    return f"#{red:02x}{green:02x}{blue:02x}"


def edges(scene: Scene, layer: int) -> Iterator[Element]:
    """The lines of one layer of weights."""
    weights = scene.passage.network.layers[layer].weights
    for source, target, begin, end in scene.layout.edges(layer):
        weight = float(weights[source, target])
        names = node_name(scene.passage, layer, source), node_name(scene.passage, layer + 1, target)
        slope = scene.slope("weights", layer, source, target)
        words = said(scene.language, "weight from {source} to {target}", source=names[0], target=names[1])
        words = f"{words}: {numeral(weight, 6)}" + (f"; {slope}" if slope else "")
        yield element(
            "line",
            element("title", words),
            class_="edge",
            data_edge=f"{layer}:{source}:{target}",
            data_weight=repr(weight),
            x1=begin.x,
            y1=begin.y,
            x2=end.x,
            y2=end.y,
            stroke=edge_colour(weight, scene.largest),
            stroke_width=edge_width(weight, scene.largest),
            stroke_dasharray=DASHES if weight < 0 else None,
        )


def numbers(scene: Scene, layer: int) -> Iterator[Element]:
    """The numbers of a layer's weights: all of them, or none where one would cover another. Slopes only where nodes
    have theirs too."""
    lines = list(scene.layout.edges(layer))
    if len(lines) > MOST_NUMBERS:
        return
    written = [_written(scene, layer, source, target) for source, target, _, _ in lines]
    boxes = _places(
        scene, layer, [(begin, end) for _, _, begin, end in lines], [_size(scene, each) for each in written]
    )
    for (source, target, _, _), words, box in zip(lines, written, boxes, strict=bool(boxes)):
        corner = {"x": box.x - box.width / 2, "y": box.y - box.height / 2, "rx": 3}
        yield element("rect", class_="plate", width=box.width, height=box.height, fill=CARD, opacity=0.9, **corner)
        yield from stacked(box, words, data_edge=f"{layer}:{source}:{target}")


def _written(scene: Scene, layer: int, source: int, target: int) -> list[str]:
    slope = scene.slope("weights", layer, source, target) if scene.layout.large else ""
    return [numeral(float(scene.passage.network.layers[layer].weights[source, target]), 3), slope]


def _size(scene: Scene, words: list[str]) -> tuple[float, float]:
    widest = [*words, "0.0000"] if scene.moving else words
    return max(length(word, SMALL) for word in widest) + 4, LINE * (1 + bool(words[1])) + 2


def _places(scene: Scene, layer: int, ends: list[tuple[Place, Place]], sizes: list[tuple[float, float]]) -> list[Box]:
    """A free place for each number on its line; none at all where that was not found in a few orders of trying."""
    beside = (place for place in scene.layout.places if place[0] in (layer, layer + 1))
    nodes = [scene.surroundings(number, node) for number, node in beside]
    count = len(ends)
    for attempt in range(ATTEMPTS):
        order = [(place * (1, count - 1)[attempt % 2] + attempt // 2) % count for place in range(count)]
        placed: dict[int, Box] = {}
        for index in order:
            others = [line for number, line in enumerate(ends) if number != index]
            box = free_place(sizes[index], ends[index], [*nodes, *placed.values()], others)
            if box is None:
                break
            placed[index] = box
        if len(placed) == count:
            return [placed[index] for index in range(count)]
    return []
