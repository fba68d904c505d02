"""The result: one sentence, a bar of what can be expected, and the figures of the score card."""

from collections.abc import Sequence
from dataclasses import dataclass

from seefood.drawing.colours import BEST, INK, MUTED, OTHER, TRACK
from seefood.drawing.svg import Drawing, Element, element, text
from seefood.drawing.widths import length
from seefood.evaluation.report.blocks import heading, in_both, name, section, words
from seefood.evaluation.report.contents import Report
from seefood.evaluation.report.markup import Content, Language, Node, Said, isolated, node
from seefood.evaluation.report.words import known, percent, said
from seefood.evaluation.scores import Evaluation

__all__ = ["result"]

ABOVE, TRACK_HEIGHT, SMALL, LARGE = 58.0, 16.0, 13.0, 17.0
"""Of the bar, in pixels."""


def result(report: Report) -> Node:
    """The first section."""
    parts = [node("div", _part(where, card), class_="part") for _, where, card in report.parts]
    return section(
        "result",
        "The result",
        "How often the classifier names a picture rightly, measured on pictures whose class is known, and how far a "
        "number from so few pictures can be trusted.",
        parts,
    )


def _part(where: str, card: Evaluation) -> list[Content | None]:
    if card.accuracy is None or card.baseline is None:
        return [heading(known(where)), node("p", said("No picture could be read."), class_="verdict"), _failed(card)]
    low, high = card.interval
    expected = said(
        "On other pictures of the same kind, expect {low} to {high} to be right (95% interval).",
        low=percent(low),
        high=percent(high),
    )
    return [
        heading(known(where)),
        node("p", _verdict(card), class_="verdict"),
        node("p", expected, " ", _always(card)),
        in_both(lambda language, width: _bar(card, language, width), "interval"),
        _figures(card),
        _failed(card),
    ]


def right_of(card: Evaluation) -> int:
    """How many pictures are right."""
    return sum(row[index] for index, row in enumerate(card.confusion.counts))


def _verdict(card: Evaluation) -> Said:
    values = {"right": right_of(card), "pictures": card.pictures, "accuracy": percent(card.accuracy)}
    if card.interval[0] > (card.baseline or 0) and (card.accuracy or 0) < 0.5:
        return said(
            "More often wrong than right, though better than always naming one class: {right} of {pictures} pictures "
            "right ({accuracy}).",
            **values,
        )
    if card.interval[0] > (card.baseline or 0):
        return said(
            "Clearly better than always naming one class: {right} of {pictures} pictures right ({accuracy}).", **values
        )
    if (card.accuracy or 0) > (card.baseline or 0):
        return said(
            "Perhaps better than always naming one class, perhaps by chance: {right} of {pictures} pictures right "
            "({accuracy}).",
            **values,
        )
    return said("No better than always naming one class: {right} of {pictures} pictures right ({accuracy}).", **values)


def _always(card: Evaluation) -> Said:
    """What always giving the same answer would score."""
    label, baseline = _most_frequent(card), percent(card.baseline)
    if label is None:
        return said(
            "Always naming one and the same class would be right for {baseline}: the baseline.", baseline=baseline
        )
    return said(
        "Always naming {label}, the most frequent class, would be right for {baseline}: the baseline.",
        label=isolated(label),
        baseline=baseline,
    )


def _most_frequent(card: Evaluation) -> str | None:
    """The class with most pictures; None where several have as many."""
    sizes = [sum(row) for row in card.confusion.counts]
    return card.confusion.labels[sizes.index(max(sizes))] if sizes.count(max(sizes)) == 1 else None


def _figures(card: Evaluation) -> Node:
    """The score card, a figure with its name and a note each."""
    reasons = [(count, reason) for reason, count in card.unsure_reasons.items() if count]
    low, high = card.interval_when_sure
    frequent = _most_frequent(card)
    of = said("of {pictures} pictures", pictures=card.pictures)
    when_sure = said("of those it was sure of; interval {low} to {high}", low=percent(low), high=percent(high))
    figures: list[tuple[str, str, Content]] = [
        (
            "accuracy",
            percent(card.accuracy),
            said("{right} of {pictures}", right=right_of(card), pictures=card.pictures),
        ),
        ("baseline", percent(card.baseline), name(frequent) if frequent else said("always naming one class")),
        ("right when sure", percent(card.accuracy_when_sure), when_sure),
        ("not sure", str(card.unsure), _join(reasons) if reasons else of),
        ("calibration error", percent(card.calibration_error), said("how far probabilities are from what happens")),
        ("wrong", str(len(card.wrong)), of),
    ]
    return node(
        "dl",
        [
            node("div", node("dt", said(title)), node("dd", node("strong", value), node("small", note)))
            for title, value, note in figures
        ],
        class_="figures",
    )


def _join(reasons: Sequence[tuple[int, str]]) -> Node:
    written: list[Content] = []
    for count, reason in reasons:
        written += [", " if written else "", said(f"{{count}} {reason}", count=count)]
    return node("span", [part for part in written if part])


def _failed(card: Evaluation) -> Content | None:
    """Pictures that could not be read count nowhere; they are named."""
    if not card.failed:
        return None
    from seefood.evaluation.report.findings import unreadable

    return unreadable(card.failed)


@dataclass(frozen=True)
class _Line:
    """From shares to pixels, on a line from 0 to 100 %."""

    width: float
    left: float = 10.0

    def at(self, share: float) -> float:
        return self.left + share * (self.width - 2 * self.left)

    def inside(self, share: float, half: float) -> float:
        """The middle of words that are twice ``half`` wide, as near to the share as the drawing allows."""
        return min(max(self.at(share), half + 2), self.width - half - 2)


def _bar(card: Evaluation, language: Language, width: int) -> Drawing:
    """Accuracy with its interval and the baseline on a line from 0 to 100 %."""
    accuracy, baseline, (low, high) = card.accuracy or 0.0, card.baseline or 0.0, card.interval
    line, top, bottom = _Line(width), ABOVE, ABOVE + TRACK_HEIGHT
    named = words(language, "baseline {share}", share=percent(baseline))
    interval = words(language, "95% interval: {low} to {high}", low=percent(low), high=percent(high))
    half = length(interval, SMALL) / 2
    centre = line.inside((low + high) / 2, half)
    track = {"y": top, "height": TRACK_HEIGHT}
    marks = [
        element("rect", x=line.left, width=width - 2 * line.left, rx=8, fill=TRACK, **track),
        element("rect", x=line.at(low), width=max(line.at(high) - line.at(low), 4), rx=4, fill=OTHER, **track),
        element(
            "line", x1=line.at(baseline), x2=line.at(baseline), y1=20, y2=bottom + 6, stroke=INK, stroke_dasharray="3 3"
        ),
        element("rect", x=line.at(accuracy) - 3, y=top - 6, width=6, height=TRACK_HEIGHT + 12, rx=3, fill=BEST),
        _label(named, line.inside(baseline, length(named, SMALL) / 2), 14),
        text(
            percent(accuracy),
            line.inside(accuracy, length(percent(accuracy), LARGE) * 0.55),
            top - 14,
            size=LARGE,
            anchor="middle",
            bold=True,
            halo=True,
        ),
        _label(interval, centre, bottom + 24),
    ]
    if centre - half > 48:
        marks.append(text("0%", line.left, bottom + 24, size=SMALL, colour=MUTED))
    if centre + half < width - 58:
        marks.append(text("100%", width - line.left, bottom + 24, size=SMALL, colour=MUTED, anchor="end"))
    values = {"accuracy": percent(accuracy), "interval": interval, "baseline": named}
    title = words(language, "accuracy {accuracy}, {interval}, {baseline}", **values)
    return Drawing(width, bottom + 34, title, "", tuple(marks))


def _label(content: str, x: float, y: float) -> Element:
    return text(content, x, y, size=SMALL, colour=MUTED, anchor="middle", halo=True)
