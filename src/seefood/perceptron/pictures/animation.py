"""Learning as an animation: one HTML file that needs nothing else, to be opened from anywhere.

The network's weights change, the plane of decisions (for two inputs) bends, and a mark moves along the loss.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seefood.drawing.charts import Plot, plot
from seefood.drawing.colours import BEST, CARD, INK, OTHER, signed
from seefood.drawing.svg import Drawing, Element, element, png_uri
from seefood.files import replacing
from seefood.perceptron.learning import History
from seefood.perceptron.network import Perceptron, arrows
from seefood.perceptron.pictures.curves import loss_chart
from seefood.perceptron.pictures.edges import DASHES, THICKEST, THINNEST, WEAKEST
from seefood.perceptron.pictures.example import Example, rows_of
from seefood.perceptron.pictures.layout import Layout, Row
from seefood.perceptron.pictures.measure import Measure, effort, flat
from seefood.perceptron.pictures.network import draw_network
from seefood.perceptron.pictures.nodes import BAR
from seefood.perceptron.pictures.numerals import PLAIN, numeral
from seefood.perceptron.pictures.page import Page, Words
from seefood.perceptron.pictures.regions import LEAST_PIXELS, area_of, draw_regions, pixels_for, region_colours
from seefood.perceptron.pictures.words import Language, said
from seefood.perceptron.problems import Problem

__all__ = ["animation", "write_animation"]

Frame = tuple[int, Perceptron]
"""After how many steps, and the network then."""

MOST_FRAMES, LEAST_FRAMES = 60, 12
PIXELS = 110
"""Width and height of each frame's plane; less for large networks."""
MOST_EFFORT = 10_000_000_000
"""Multiplications for the planes of all frames: a few seconds."""
CURVE, PLANE = 520.0, 460.0
"""Widths of the smaller drawings, in pixels."""
READABLE = 0.8
"""How much smaller the network may become on a narrow screen before it has to be scrolled."""
MILLISECONDS = 140

WORDS: dict[str, Words] = {
    "en": Words(
        code="en",
        title="Learning {name}, step by step",
        play="Play",
        pause="Pause",
        slider="Step",
        status="Step {step} of {steps}, epoch {epoch}: loss {loss}",
        network="The network, with one example in it.",
        plane="What the network answers everywhere on the plane of its two inputs.",
        curve="The loss at each step; a mark shows where learning is.",
        scroll="Scroll sideways to see all of it.",
        summary="Nodes: {sizes}. The loss below is that of {shown} of {count} examples.",
        without_script="Without scripts this page shows the network at the end of learning.",
    ),
    "ko": Words(
        code="ko",
        title="{name} 학습 과정, 한 단계씩",
        play="재생",
        pause="일시정지",
        slider="단계",
        status="{steps}단계 중 {step}단계, 에포크 {epoch}: 손실 {loss}",
        network="신경망과 그 안을 지나는 예시 하나.",
        plane="두 입력의 평면 전체에서 신경망이 내놓는 답.",
        curve="단계마다의 손실. 표시는 지금 학습이 어디쯤인지 보여 줍니다.",
        scroll="옆으로 밀면 전체를 볼 수 있습니다.",
        summary="노드 {sizes} · 아래 손실은 예시 {count}개 중 {shown}개로 계산했습니다.",
        without_script="스크립트를 쓸 수 없어 학습이 끝났을 때의 신경망을 보여 줍니다.",
    ),
}


def write_animation(
    problem: Problem, history: History, path: Path, *, language: Language = "en", example: int = 0
) -> None:
    """Write the animation as one HTML file.

    Raises:
        ShapeError: as `animation`. OutputError: the file cannot be written.
    """
    page = animation(problem, history, language=language, example=example)
    with replacing(path) as aside:
        aside.write_text(page, encoding="utf-8", newline="\n")


def animation(problem: Problem, history: History, *, language: Language = "en", example: int = 0) -> str:
    """The animation as HTML, with at most 60 of the history's snapshots. ``example`` is the one that is shown inside
    the network, counted from 0. ``language`` is that of the page's own words, "en" or "ko".

    Raises:
        ShapeError: the problem does not fit the network, or has no such example. ValueError: another language.
    """
    if language not in WORDS:
        raise ValueError(f"expected a language among {', '.join(WORDS)}; found {language!r}; choose one of these")
    words, frames, measure = WORDS[language], _chosen(history), Measure(problem, history)
    shown = Example.of(problem, example, history.settings.loss, language)
    largest = max(float(np.abs(layer.weights).max()) for _, network in frames for layer in network.layers) or 1.0
    heading = said(language, "Loss while learning")
    chart = plot(loss_chart(history, len(problem.inputs), heading, language), CURVE, 330)
    rows = rows_of(shown.through(frames[-1][1]))
    figures = [
        ("network", words.network, _network(frames[-1][1], shown, largest, rows)),
        *([("plane", words.plane, _plane(problem, frames[-1][1], language))] if _is_plane(problem) else []),
        ("curve", words.curve, _with_mark(chart, heading)),
    ]
    film = _Film(problem, history, shown, Layout(rows), _pixels(frames))
    told = [_told(film, frame) | _on_curve(chart, frame, measure) for frame in frames]
    data = _looks(film, largest) | {"frames": told}
    sizes = arrows(history.network.sizes)
    summary = words.summary.format(sizes=sizes, shown=measure.shown, count=measure.count)
    title = words.title.format(name=problem.name)
    least = max(600, round(READABLE * film.layout.right))
    return Page(words, title, summary, tuple(figures), len(frames), data, least).to_text()


def _chosen(history: History) -> list[Frame]:
    """At most so many snapshots, evenly chosen, fewer of very large networks; those with numbers only."""
    good = [(step, network) for step, network in history.snapshots if np.isfinite(flat(network)).all()]
    most = int(min(MOST_FRAMES, max(LEAST_FRAMES, MOST_EFFORT / effort(history.network, LEAST_PIXELS**2))))
    places = np.unique(np.linspace(0, len(good) - 1, min(len(good), most)).astype(int))
    return [good[place] for place in places.tolist()]


def _pixels(frames: list[Frame]) -> int:
    """How fine the planes are, so that all of them take a few seconds at most."""
    return pixels_for(frames[-1][1], PIXELS, MOST_EFFORT / len(frames))


def _is_plane(problem: Problem) -> bool:
    return int(problem.inputs.shape[1]) == 2


def _network(network: Perceptron, example: Example, largest: float, rows: tuple[Row, ...]) -> Element:
    return draw_network(network, example, gradients=False, written=False, largest=largest, rows=rows).to_element()


def _plane(problem: Problem, network: Perceptron, language: Language) -> Element:
    return draw_regions(problem, network, PLANE, judged=False, language=language).to_element()


def _with_mark(chart: Plot, title: str) -> Element:
    """The loss with a mark that the script moves."""
    y = {"y1": chart.up.start, "y2": chart.up.end}
    line = element("line", x1=0, x2=0, stroke=INK, stroke_width=1.5, **y)
    point = element("circle", cx=0, cy=chart.up.start, r=5, fill=INK, stroke=CARD, stroke_width=2)
    mark = element("g", line, point, class_="moving", visibility="hidden")
    return Drawing(CURVE, chart.height, title, "", (*chart.elements, mark)).to_element()


def _looks(film: "_Film", largest: float) -> dict[str, object]:
    """What the script needs to draw as `draw_network` does: which lines and nodes there are, and their measures."""
    layout = film.layout
    below, above = signed([-1.0, 1.0]).tolist()
    return {
        "steps": len(film.history.step_losses),
        "pace": MILLISECONDS,
        "largest": largest,
        "below": below,
        "above": above,
        "weakest": WEAKEST,
        "thinnest": THINNEST,
        "thickest": THICKEST,
        "dashes": DASHES,
        "bar": BAR,
        "plain": PLAIN,
        "large": layout.large,
        "best": BEST,
        "other": OTHER,
        "z": "z = " if layout.large else "z ",
        "b": "b = " if layout.large else "b ",
        "decimals": 3 if layout.large else 2,
        "edges": [f"{layer}:{source}:{target}" for layer, source, target in _edges(layout)],
        "nodes": [f"{number}:{node}" for number, node in _nodes(layout)],
    }


def _edges(layout: Layout) -> list[tuple[int, int, int]]:
    """The weights that are drawn."""
    return [(layer, source, target) for layer in layout.layers for source, target, _, _ in layout.edges(layer)]


def _nodes(layout: Layout) -> list[tuple[int, int]]:
    """The nodes that are drawn, but for the inputs, which do not change."""
    return [(number, node) for number in layout.drawn[1:] for node in layout.rows[number].shown]


@dataclass(frozen=True, eq=False)
class _Film:
    """What all frames have in common."""

    problem: Problem
    history: History
    example: Example
    layout: Layout
    pixels: int


def _told(film: _Film, frame: Frame) -> dict[str, object]:
    """The numbers of one frame, in the order of `_edges` and `_nodes`, and the plane as a picture."""
    step, network = frame
    trace, edges, nodes = film.example.through(network).trace, _edges(film.layout), _nodes(film.layout)
    each = math.ceil(len(film.problem.inputs) / film.history.settings.batch_size)
    told: dict[str, object] = {
        "step": step,
        "epoch": math.ceil(step / each),
        "weights": [_short(network.layers[layer].weights[i, j]) for layer, i, j in edges],
        "biases": [_short(network.layers[number - 1].bias[node]) for number, node in nodes],
        "sums": [_short(trace.sums[number - 1][0, node]) for number, node in nodes],
        "activations": [_short(trace.activations[number - 1][0, node]) for number, node in nodes],
        "outputs": [_short(value) for value in trace.outputs[0]],
    }
    if _is_plane(film.problem):
        told["plane"] = png_uri(region_colours(network, area_of(film.problem), film.pixels))
    return told


def _on_curve(chart: Plot, frame: Frame, measure: Measure) -> dict[str, object]:
    """The loss of a frame, and where it is on the chart; nowhere if it is no number, or beyond the axis."""
    step, network = frame
    loss = measure.of(network)
    x, y = float(chart.across.pixels(step)), float(chart.up.pixels(loss))
    if not (math.isfinite(x) and math.isfinite(y)):
        return {"loss": _short(loss), "at": None}
    top, bottom = chart.up.end, chart.up.start
    return {"loss": _short(loss), "at": [round(x, 1), round(min(max(y, top), bottom), 1)]}


def _short(value: float) -> float | str:
    """Six digits are more than are shown. JSON has no infinity; what is no number goes as it will be written."""
    return float(f"{value:.6g}") if math.isfinite(value) else numeral(value)
