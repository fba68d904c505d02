"""How training went, as a picture: loss and accuracy by epoch, on what was learned and on what was kept from it."""

from collections.abc import Sequence

from seefood.drawing.charts import Axis, Chart, plot
from seefood.drawing.colours import MUTED, RIGHT, SERIES
from seefood.drawing.figures import figure
from seefood.drawing.series import Line, Mark, Points, Series
from seefood.drawing.svg import Drawing, element
from seefood.networks.training import EpochRecord

__all__ = ["draw_history"]

WIDTH, HEIGHT = 640.0, 230.0
LEARNED, VALIDATED = "pictures that are learned", "pictures kept to validate on"


def draw_history(history: Sequence[EpochRecord], best: int) -> Drawing:
    """Two charts, one below the other; the epoch whose weights are kept is marked. Raises ValueError without epochs.

    >>> draw_history([EpochRecord(1, 0.5, 0.8, 0.6, 0.7, 9.0)], 1).title
    'How training went'
    """
    if not history:
        raise ValueError("expected one epoch or more; found none; train first")
    loss = _chart(history, best, "loss", "Loss")
    accuracy = _chart(history, best, "accuracy", "Accuracy")
    upper, lower = plot(loss, WIDTH, HEIGHT), plot(accuracy, WIDTH, HEIGHT)
    kept = history[best - 1]
    said = (
        f"{len(history)} epochs; the weights of epoch {best} are kept: loss {figure(kept.validation_loss)} and "
        f"accuracy {figure(kept.validation_accuracy)} on {VALIDATED}."
    )
    parts = (
        element("g", *upper.elements),
        element("g", *lower.elements, transform=f"translate(0 {upper.height + 6:.2f})"),
    )
    return Drawing(WIDTH, upper.height + 6 + lower.height, "How training went", said, parts)


def _chart(history: Sequence[EpochRecord], best: int, name: str, title: str) -> Chart:
    numbers = [float(record.number) for record in history]
    learned = [getattr(record, name) for record in history]
    validated = [getattr(record, f"validation_{name}") for record in history]
    series: tuple[Series, ...] = (
        Mark(float(best), f"kept: epoch {best}", MUTED),
        Line(numbers, learned, LEARNED, SERIES[0]),
        Points(numbers, learned, "", SERIES[0], "circle", 6.0),
        Line(numbers, validated, VALIDATED, RIGHT, dashes="6 4"),
        Points(numbers, validated, "", RIGHT, "square", 6.0),
    )
    note = (
        ""
        if name == "accuracy"
        else "What is learned is measured during the epoch, with dropout and changes; the rest after it."
    )
    return Chart(title, Axis("epoch", whole=True), Axis(name), series, note)
