"""Pictures of a perceptron: the network, its loss, the landscape it walked on, what it answers, and how it learned.

All are SVG files or one HTML file, each of them whole by itself: no fonts, scripts or pictures from elsewhere.
"""

from pathlib import Path

from seefood.drawing.svg import Drawing, save
from seefood.errors import OutputError
from seefood.perceptron.learning import History
from seefood.perceptron.pictures.animation import Language, write_animation
from seefood.perceptron.pictures.curves import draw_curves
from seefood.perceptron.pictures.example import Example
from seefood.perceptron.pictures.network import draw_network
from seefood.perceptron.pictures.regions import draw_regions
from seefood.perceptron.pictures.surface import draw_surface, loss_surface
from seefood.perceptron.problems import Problem

__all__ = [
    "Example",
    "draw_all",
    "draw_curves",
    "draw_network",
    "draw_regions",
    "draw_surface",
    "loss_surface",
    "write_animation",
]


def _has_two_weights(history: History) -> bool:
    """A network of a single weight still has a bias: together they make a plane."""
    return sum(layer.weights.size for layer in history.network.layers) > 1


def draw_all(
    problem: Problem, history: History, folder: Path, *, language: Language = "en", example: int = 0
) -> dict[str, Path]:
    """Write every picture of a learned problem into a folder that is there, and tell where.

    Names: ``network``, ``loss``, ``surface``, ``regions`` (for two inputs only) and ``learning``. ``example`` is the
    one that is shown inside the network, counted from 0; ``language``, "en" or "ko", is that of the animation's words.

    Raises:
        ShapeError: the problem does not fit the network, or has no such example. OutputError: a file cannot be written.
    """
    if not folder.is_dir():
        raise OutputError(f"{folder}: expected a folder to write to; found none; create it first")
    shown = Example.of(problem, example, history.settings.loss)
    drawings: dict[str, Drawing] = {
        "network": draw_network(history.network, shown, title=f"{problem.name}: a learned network"),
        "loss": draw_curves(history, len(problem.inputs)),
        "surface": draw_surface(
            loss_surface(problem, history, "furthest" if _has_two_weights(history) else "principal")
        ),
    }
    if problem.inputs.shape[1] == 2:
        drawings["regions"] = draw_regions(problem, history.network)
    places = {name: folder / f"{name}.svg" for name in drawings} | {"learning": folder / "learning.html"}
    for name, drawing in drawings.items():
        save(drawing, places[name])
    write_animation(problem, history, places["learning"], language=language, example=example)
    return places
