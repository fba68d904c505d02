"""Pictures of a perceptron: the network, its loss, the landscape it walked on, what it answers, and how it learned.

All are SVG files or one HTML file, each of them whole by itself: no fonts, scripts or pictures from elsewhere.
"""

from pathlib import Path
from typing import Literal

from seefood.errors import OutputError
from seefood.perceptron.learning import History
from seefood.perceptron.pictures.animation import animation, write_animation
from seefood.perceptron.pictures.curves import draw_curves
from seefood.perceptron.pictures.example import Example
from seefood.perceptron.pictures.folder import HISTORY, write_run
from seefood.perceptron.pictures.landscape import is_too_large, loss_surface
from seefood.perceptron.pictures.network import draw_network
from seefood.perceptron.pictures.regions import draw_regions
from seefood.perceptron.pictures.surface import draw_surface
from seefood.perceptron.pictures.words import Language, said
from seefood.perceptron.problems import Problem

__all__ = [
    "Example",
    "draw_all",
    "draw_curves",
    "draw_network",
    "draw_regions",
    "draw_surface",
    "left_out",
    "loss_surface",
    "write_animation",
]


def _has_two_weights(history: History) -> bool:
    """A network of a single weight still has a bias: together they make a plane."""
    return sum(layer.weights.size for layer in history.network.layers) > 1


def draw_all(
    problem: Problem, history: History, folder: Path, *, language: Language = "en", example: int = 0
) -> dict[str, Path]:
    """Write every picture of a learned problem, and its history, into a folder that is there, and tell where.

    Names: ``network``, ``loss``, ``surface`` (but for what `left_out` tells), ``regions`` (for two inputs only),
    ``learning`` and ``history``. ``example`` is the one that is shown inside the network, counted from 0;
    ``language``, "en" or "ko", is that of their words. All of them are made before any is written, and what
    an earlier run left in the folder is replaced as `write_run` says.

    Raises:
        ShapeError: the problem does not fit the network, or has no such example. OutputError: a file cannot be written.
    """
    if not folder.is_dir():
        raise OutputError(f"{folder}: expected a folder to write to; found none; create it first")
    shown = Example.of(problem, example, history.settings.loss, language)
    title = said(language, "{name}: a learned network", name=problem.name)
    drawings = {
        "network": draw_network(history.network, shown, title=title),
        "loss": draw_curves(history, len(problem.inputs), language=language),
    }
    if not left_out(problem, history):
        over: Literal["furthest", "principal"] = "furthest" if _has_two_weights(history) else "principal"
        drawings["surface"] = draw_surface(loss_surface(problem, history, over, language=language), language=language)
    if problem.inputs.shape[1] == 2:
        drawings["regions"] = draw_regions(problem, history.network, language=language)
    texts = {f"{name}.svg": drawing.to_text() for name, drawing in drawings.items()}
    texts["learning.html"] = animation(problem, history, language=language, example=example)
    write_run(folder, {**problem.to_json(), **history.to_json()}, texts)
    return {name.partition(".")[0]: folder / name for name in (*texts, HISTORY)}


def left_out(problem: Problem, history: History) -> dict[str, str]:
    """Which pictures `draw_all` does not draw although they could be, and why."""
    if not is_too_large(problem, history):
        return {}
    return {"surface": f"left out: a network of {history.network.parameters:,} weights takes minutes for a landscape"}
