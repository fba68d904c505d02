"""How learning went: the loss at each step, the accuracy after each epoch."""

import math

import numpy as np
from numpy.typing import NDArray

from seefood.drawing.charts import Axis, Chart, plot
from seefood.drawing.colours import MUTED, SERIES, WRONG
from seefood.drawing.series import Line, Mark, Points, Series, Shape
from seefood.drawing.svg import Drawing, Element, element
from seefood.perceptron.learning import Epoch, History
from seefood.perceptron.pictures.numerals import numeral
from seefood.perceptron.pictures.words import Language, said

__all__ = ["draw_curves", "epoch_steps", "running_mean"]

Array = NDArray[np.float64]

MOST_EPOCH_MARKS = 12
FEW_EPOCHS = 40
"""Up to here each epoch has a point of its own."""
FEW_STEPS = 60
STEEP = 50.0
"""A loss that falls by more than this factor is drawn by factors of ten."""


def draw_curves(
    history: History, examples: int, width: float = 720, title: str = "", language: Language = "en"
) -> Drawing:
    """The loss against steps, and below it the accuracy by epoch where there is one.

    The loss of each step is faint; strong is the mean over the steps around it. After each epoch stands the loss on all
    examples, and on the test examples where there are some. ``examples`` is how many were learned from, which says
    where epochs end.
    """
    title = title or said(language, "Loss while learning")
    parts = [plot(loss_chart(history, examples, title, language), width, 260)]
    if history.epochs:
        parts.append(plot(_accuracy(history, language), width, 200))
    return _below_each_other(
        [(part.elements, part.height) for part in parts], max(width, 320), title, _summary(history, language)
    )


def loss_chart(history: History, examples: int, title: str, language: Language = "en") -> Chart:
    """The loss against steps."""
    losses = np.asarray(history.step_losses, np.float64)
    steps = np.arange(len(losses), dtype=np.float64)
    series: list[Series] = [Line(steps, losses, said(language, "each step"), SERIES[0], 1.0, 0.45)]
    if len(losses) <= FEW_STEPS:
        series.append(Points(steps, losses, "", SERIES[0], "circle", 5.0))
    over = _window(len(losses))
    if over > 1:
        label = said(language, "mean over {count} steps", count=over)
        series.append(Line(steps, running_mean(losses, over), label, SERIES[0], 2.4))
    ends = epoch_steps(history, examples)
    for name, label, colour in _of_epochs("loss", language):
        values = [getattr(epoch, name) for epoch in history.epochs]
        if values and values[0] is not None:
            series += _line_by_epoch(ends, np.array(values, np.float64), label, colour, dashed=name.startswith("test"))
    series += [*_epoch_marks(history, ends, language), *_where_it_stopped(history, language)]
    log = _is_steep(np.concatenate([np.ravel(line.y) for line in series if isinstance(line, Line)]))
    axis = Axis(said(language, "loss (by factors)") if log else said(language, "loss"), log=log)
    note = said(language, "A step's loss is that of its batch, before the step.")
    across = Axis(said(language, "step"), whole=True)
    return Chart(title, across, axis, tuple(series), f"{note} {_ending(history, language)}".strip())


def _of_epochs(what: str, language: Language) -> tuple[tuple[str, str, str], ...]:
    """Names of an epoch's numbers, what they are of, and their colours."""
    return (
        (what, said(language, "all examples"), SERIES[1]),
        (f"test_{what}", said(language, "test examples"), SERIES[2]),
    )


def running_mean(values: Array, over: int) -> Array:
    """The mean of the ``over`` values around each, of those that are there; NaN only where all of them are none.

    >>> running_mean(np.array([1.0, 2.0, 3.0, np.nan]), 3).tolist()
    [1.5, 2.0, 2.5, 3.0]
    """
    good = np.isfinite(values)
    total = np.concatenate([[0.0], np.cumsum(np.where(good, values, 0.0))])
    count = np.concatenate([[0], np.cumsum(good)])
    places = np.arange(len(values))
    low, high = np.maximum(places - (over - 1) // 2, 0), np.minimum(places + over // 2 + 1, len(values))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        means: Array = (total[high] - total[low]) / (count[high] - count[low])
    return means


def epoch_steps(history: History, examples: int) -> Array:
    """After how many steps each finished epoch ended, float64 [epochs]."""
    each = math.ceil(examples / history.settings.batch_size)
    return np.array([epoch.number * each for epoch in history.epochs], np.float64)


def _window(steps: int) -> int:
    return min(steps // 40, 2000) if steps >= 200 else 1


def _is_steep(values: Array) -> bool:
    good = values[np.isfinite(values) & (values > 0)]
    return bool(good.size > 1 and good.max() > STEEP * good.min())


def _line_by_epoch(x: Array, y: Array, label: str, colour: str, *, dashed: bool) -> list[Series]:
    dashes = "6 4" if dashed else None
    if len(x) > FEW_EPOCHS:
        return [Line(x, y, label, colour, 2.0, dashes=dashes)]
    shape: Shape = "diamond" if dashed else "square"
    return [Line(x, y, label, colour, 1.6, dashes=dashes), Points(x, y, "", colour, shape, 6.0)]


def _epoch_marks(history: History, steps: Array, language: Language) -> list[Series]:
    """Vertical lines where epochs end: of many, every so-manieth."""
    marked = list(zip(history.epochs, steps.tolist(), strict=True))
    stride = max(1, math.ceil(len(marked) / MOST_EPOCH_MARKS))
    marks = [(epoch, step) for epoch, step in marked if epoch.number % stride == 0]
    # Words have room only where the marks are far apart; the first and the last say how they are counted.
    spoken = {0, len(marks) - 1} if len(marks) > 4 else set(range(len(marks)))
    if _unfinished(history) and len(marks) > 1:  # there it says how learning ended
        spoken -= {len(marks) - 1}
    labels = [said(language, "epoch {number}", number=epoch.number) for epoch, _ in marks]
    return [Mark(step, labels[index] if index in spoken else "") for index, (_, step) in enumerate(marks)]


def _where_it_stopped(history: History, language: Language) -> list[Series]:
    """A mark where learning ended before its last epoch was over."""
    steps = len(history.step_losses)
    if not steps or not _unfinished(history):
        return []
    was_stopped = history.ending == "interrupted"
    label = said(language, "interrupted") if was_stopped else said(language, "ran away")
    colour = MUTED if was_stopped else WRONG
    return [Mark(float(steps - 1), label, colour, "6 3")]


def _unfinished(history: History) -> bool:
    return len(history.epochs) < history.settings.epochs


def _accuracy(history: History, language: Language) -> Chart:
    numbers = np.array([epoch.number for epoch in history.epochs], np.float64)
    series: list[Series] = []
    for name, label, colour in _of_epochs("accuracy", language):
        values = [getattr(epoch, name) for epoch in history.epochs]
        if values[0] is not None:
            y, dashed = np.array(values, np.float64), name.startswith("test")
            series += _line_by_epoch(numbers, y, label, colour, dashed=dashed)
    low = min(float(np.min(line.y)) for line in series if isinstance(line, Line))
    # Not always from 0: the way from 0.97 to 0.98 would not be seen. The axis says where it begins.
    bottom = 0.0 if low < 0.6 else math.floor(low * 10 - 1e-9) / 10 if low < 0.95 else math.floor(low * 100 - 1) / 100
    up = Axis(said(language, "accuracy"), low=bottom, high=1.0 + 0.04 * (1 - bottom))
    note = "" if bottom == 0 else said(language, "The axis begins at {number}, not at 0.", number=numeral(bottom))
    title, across = said(language, "Accuracy after each epoch"), Axis(said(language, "epoch"), whole=True)
    return Chart(title, across, up, tuple(series), note)


def _ending(history: History, language: Language) -> str:
    """How it ended, in a sentence."""
    if not _unfinished(history):
        return ""
    place = {"number": f"{len(history.epochs) + 1:,}", "epochs": f"{history.settings.epochs:,}"}
    if history.ending == "interrupted":
        return said(language, "Learning was interrupted in epoch {number} of {epochs}.", **place)
    words = "Learning ran away in epoch {number} of {epochs}: the loss was no number any more."
    return said(language, words, **place)


def _summary(history: History, language: Language) -> str:
    if not history.epochs:
        words = said(language, "{count} steps; no epoch was finished.", count=len(history.step_losses))
        return f"{words} {_ending(history, language)}".strip()
    last: Epoch = history.epochs[-1]
    told: dict[str, object] = {"number": last.number, "loss": numeral(last.loss), "accuracy": numeral(last.accuracy)}
    if last.test_loss is None or last.test_accuracy is None:
        words = said(language, "After {number} epochs: loss {loss}, accuracy {accuracy}.", **told)
    else:
        told |= {"test_loss": numeral(last.test_loss), "test_accuracy": numeral(last.test_accuracy)}
        words = said(
            language,
            "After {number} epochs: loss {loss}, accuracy {accuracy}; test loss {test_loss}, "
            "test accuracy {test_accuracy}.",
            **told,
        )
    return f"{words} {_ending(history, language)}".strip()


def _below_each_other(
    parts: list[tuple[tuple[Element, ...], float]], width: float, title: str, description: str
) -> Drawing:
    groups, y = [], 0.0
    for elements, height in parts:
        groups.append(element("g", *elements, transform=f"translate(0 {y:.2f})"))
        y += height + 6
    return Drawing(width, y - 6, title, description, tuple(groups))
