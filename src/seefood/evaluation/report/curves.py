"""Curves: whether probabilities keep what they promise, and what declining to answer buys."""

from collections.abc import Iterator, Sequence

import numpy as np

from seefood.drawing.charts import Axis, Chart, plot
from seefood.drawing.colours import BEST, CARD, MUTED, OTHER, SERIES
from seefood.drawing.series import Line, Points
from seefood.drawing.svg import Drawing, Element, element
from seefood.drawing.ticks import Scale
from seefood.evaluation.calibration import CalibrationBin
from seefood.evaluation.coverage import CoveragePoint
from seefood.evaluation.report.blocks import heading, in_both, section, table, words
from seefood.evaluation.report.contents import Report
from seefood.evaluation.report.markup import Content, Language, Node, Said, node
from seefood.evaluation.report.words import known, one_in, percent, said
from seefood.evaluation.scores import Evaluation
from seefood.intervals import wilson_interval

__all__ = ["ANSWERING", "calibration", "risk", "slider_data"]

HEIGHT = 250
ANSWERING = (
    "Answering {coverage} of the pictures ({answered} of {pictures}), those at least {probability} probable: {wrong}."
)
SHARES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.5)
"""How much is answered in the sentences about it."""


def calibration(report: Report) -> Node | None:
    """Promised against kept."""
    parts = [
        node("div", heading(known(where)), _calibration(card), class_="part")
        for _, where, card in report.parts
        if card.calibration
    ]
    if not parts:
        return None
    return section(
        "calibration",
        "Do its probabilities keep their promise?",
        "Of all pictures for which it says 80%, about 80 in 100 should be right; points on the dashed line keep that "
        "promise.",
        parts,
    )


def _calibration(card: Evaluation) -> list[Content]:
    bins = card.calibration
    promised = sum(part.probability * part.pictures for part in bins) / max(1, sum(part.pictures for part in bins))
    error = percent(card.calibration_error)
    values = {"promised": percent(promised), "kept": percent(card.accuracy), "error": error}
    gap = promised - (card.accuracy or 0)
    if abs(gap) <= 0.02:
        sentence = said(
            "It promised {promised} on average and kept {kept}: about right (calibration error {error}).", **values
        )
    elif gap > 0:
        sentence = said(
            "It promised {promised} on average and kept {kept}: too sure of itself (calibration error {error}).",
            **values,
        )
    else:
        sentence = said(
            "It promised {promised} on average and kept {kept}: too modest (calibration error {error}).", **values
        )
    return [
        node("p", sentence, class_="lead"),
        in_both(lambda language, width: _promises(bins, language, width), "chart"),
        node("details", node("summary", said("The numbers as a table")), _bins(bins), open=True),
    ]


def _interval(part: CalibrationBin) -> tuple[float, float]:
    return wilson_interval(round(part.accuracy * part.pictures), part.pictures)


def _promises(bins: Sequence[CalibrationBin], language: Language, width: int) -> Drawing:
    intervals = [_interval(part) for part in bins]
    x = [100 * part.probability for part in bins]
    ends = [[100 * low, 100 * high, np.nan] for low, high in intervals]
    series = (
        Line([0, 100], [0, 100], words(language, "kept exactly"), MUTED, 1.5, dashes="5 4"),
        Line(np.repeat(x, 3), np.ravel(ends), words(language, "95% interval"), OTHER, 4),
        Points(
            x, [100 * part.accuracy for part in bins], words(language, "pictures of similar probability"), BEST, size=9
        ),
    )
    note = words(language, "The grey columns show how many pictures there are.")
    chart = Chart(
        words(language, "promised and kept"),
        Axis(words(language, "how probable it said (%)"), low=0, high=100),
        Axis(words(language, "how many were right (%)"), low=0, high=100),
        series,
        note,
    )
    done = plot(chart, width, HEIGHT)
    most = max(part.pictures for part in bins)
    columns = tuple(_column(part, part.pictures / most, done.across, done.up) for part in bins)
    return Drawing(width, done.height, chart.title, note, (*columns, *done.elements))


def _column(part: CalibrationBin, share: float, across: Scale, up: Scale) -> Element:
    left, right = across.pixels([100 * part.low, 100 * part.high]).tolist()
    high = 0.3 * share * abs(up.start - up.end)
    return element(
        "rect",
        x=left + 1,
        y=up.start - high,
        width=max(right - left - 2, 1),
        height=high,
        fill="#d5dde5",
        class_="count",
    )


def _bins(bins: Sequence[CalibrationBin]) -> Node:
    rows = []
    for part in bins:
        low, high = _interval(part)
        cells = (
            percent(part.probability),
            percent(part.accuracy),
            f"{percent(low)} – {percent(high)}",
            str(part.pictures),
        )
        first = node("th", f"{part.low:.0%} – {part.high:.0%}", scope="row")
        rows.append(node("tr", first, [node("td", cell) for cell in cells]))
    heads = ("it said", "on average", "were right", "95% interval", "pictures")
    return table(said("promised and kept"), [said(words) for words in heads], rows, "numbers")


def risk(report: Report) -> Node | None:
    """What declining to answer buys."""
    parts = [_risk(letter, where, card, report.threshold) for letter, where, card in report.parts if card.risk_coverage]
    if not parts:
        return None
    return section(
        "answers",
        "What if it answers only when it is sure?",
        "The classifier may say “not sure” instead of a wrong answer; the more often it does, the fewer of its answers "
        "are wrong.",
        parts,
    )


def _risk(letter: str, where: str, card: Evaluation, threshold: float | None) -> Node:
    curve = card.risk_coverage
    start = begin(curve, threshold)
    chart = in_both(lambda language, width: _declining(curve, language, width, curve[start]), "chart")
    slider = node(
        "form",
        node("label", said("Answer only what is at least so probable:"), for_=f"slider-{letter}"),
        node("input", type="range", id=f"slider-{letter}", min=0, max=len(curve) - 1, value=start, step=1),
        node("output", sentence(curve[start]), for_=f"slider-{letter}", aria_live="polite"),
        class_="slider",
        data_part=letter,
        autocomplete="off",
    )
    sentences = [node("li", sentence(point)) for point in _telling(curve)]
    return node("div", heading(known(where)), slider, chart, node("ul", sentences), class_="part answers")


def begin(curve: Sequence[CoveragePoint], threshold: float | None) -> int:
    """The first point at or above the threshold."""
    if threshold is None:
        return 0
    return next((number for number, point in enumerate(curve) if point.probability >= threshold), len(curve) - 1)


def sentence(point: CoveragePoint) -> Said:
    """What happens where only so probable answers are given."""
    return said(
        ANSWERING,
        coverage=percent(point.coverage),
        answered=point.answered,
        pictures=point.pictures,
        probability=percent(point.probability),
        wrong=one_in(point.wrong, point.answered),
    )


def _telling(curve: Sequence[CoveragePoint]) -> Iterator[CoveragePoint]:
    """For each share to answer the point that comes nearest, each once."""
    chosen: dict[int, CoveragePoint] = {}
    for share in SHARES:
        point = min(curve, key=lambda point: abs(point.coverage - share))
        chosen.setdefault(point.answered, point)
    yield from chosen.values()


def _declining(curve: Sequence[CoveragePoint], language: Language, width: int, here: CoveragePoint) -> Drawing:
    x = np.array([100 * point.coverage for point in curve])
    y = np.array([100 * (point.risk or 0.0) for point in curve])
    note = words(language, "To the left it answers less. What is unlike the pictures it was taught is never answered.")
    chart = Chart(
        words(language, "wrong answers, by how much is answered"),
        Axis(words(language, "answered (% of the pictures)"), low=0, high=100),
        Axis(words(language, "wrong (% of the answers)"), low=0, high=max(1.0, 1.08 * float(y.max()))),
        (Line(x, y, "", BEST, 2.5),),
        note,
    )
    done = plot(chart, width, HEIGHT)
    scales = {
        "data_across": f"{done.across.start:.2f} {done.across.end:.2f}",
        "data_up": f"{done.up.start:.2f} {done.up.end:.2f} {done.up.high:.6f}",
    }
    place = {"cx": float(done.across.pixels(100 * here.coverage)), "cy": float(done.up.pixels(100 * (here.risk or 0)))}
    mark = element("circle", class_="here", r=8, fill=SERIES[1], stroke=CARD, stroke_width=2.5, **place, **scales)
    return Drawing(width, done.height, chart.title, note, (*done.elements, mark))


def slider_data(report: Report) -> dict[str, list[list[float]]]:
    """For the script: of each part and each point its probability, how many are answered and how many are wrong."""
    return {
        letter: [[point.probability, point.answered, point.wrong, point.pictures] for point in card.risk_coverage]
        for letter, _, card in report.parts
    }
