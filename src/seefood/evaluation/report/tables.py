"""Tables: each class's figures, and what was done."""

from collections.abc import Iterator, Mapping, Sequence

from seefood.drawing.figures import figure
from seefood.evaluation.report.blocks import bar, heading, name, of_classes, section
from seefood.evaluation.report.contents import DataReport, Report
from seefood.evaluation.report.markup import Content, Node, node, readable
from seefood.evaluation.report.words import known, percent, said
from seefood.evaluation.scores import ClassScore, Evaluation

__all__ = ["classes", "done"]

COLUMNS = ("class", "pictures", "found", "precision", "taken for")
MOST_TAKEN = 3
MOST_ITEMS = 40
"""Of one fact: a line for each of 400 classes tells nobody anything."""


def classes(report: Report) -> Node:
    """A row for each class."""
    parts = [
        node("div", heading(known(where)), _classes(card), class_="part")
        for _, where, card in report.parts
        if card.pictures
    ]
    return section(
        "classes",
        "Class by class",
        "Found: how many of the class's pictures were recognised (recall). Precision: how many of the pictures called "
        "so really were.",
        parts,
    )


def _classes(card: Evaluation) -> Node:
    heads = [
        node("th", said(words), scope="col", data_sort="text" if words == "class" else "number") for words in COLUMNS
    ]
    heads[-1] = node("th", said(COLUMNS[-1]), scope="col")
    rows = [_class(card, number) for number in range(len(card.confusion.labels))]
    return of_classes(heads, rows, said("figures of each class"), "classes")


def _class(card: Evaluation, number: int) -> Node:
    label = card.confusion.labels[number]
    score = card.per_class.get(label, ClassScore(None, None, 0))
    row = card.confusion.counts[number]
    others = sorted(((count, other) for other, count in enumerate(row) if count and other != number), reverse=True)
    return node(
        "tr",
        node("th", name(label), scope="row", data_v=readable(label)),
        node("td", str(score.pictures), data_v=score.pictures),
        node("td", _share(score.recall), data_v=_sorted(score.recall)),
        node("td", _share(score.precision), data_v=_sorted(score.precision)),
        node("td", _taken(card.confusion.labels, others)),
    )


def _sorted(share: float | None) -> str:
    return "-1" if share is None else f"{share:.6f}"


def _share(share: float | None) -> list[Content]:
    return ["–"] if share is None else [bar(share), " ", percent(share)]


def _taken(labels: Sequence[str], others: Sequence[tuple[int, int]]) -> list[Content]:
    taken: list[Content] = []
    for count, other in others[:MOST_TAKEN]:
        taken += [", "] if taken else []
        taken += [name(labels[other]), f" {count}"]
    if len(others) > MOST_TAKEN:
        taken.append("\N{NO-BREAK SPACE}…")
    return taken


def done(report: Report | DataReport) -> Node | None:
    """What was done, and how to do it again."""
    if not report.facts and not report.commands:
        return None
    rows = [
        node("tr", node("th", known(str(key)), scope="row"), node("td", _value(value)))
        for key, value in report.facts.items()
    ]
    facts = (
        node("table", node("caption", said("what was done"), class_="unseen"), node("tbody", rows), class_="facts")
        if rows
        else None
    )
    again: list[Content] = []
    if report.commands:
        again = [
            node("h3", said("To do it again")),
            *(node("pre", node("code", readable(command)), dir="ltr", tabindex="0") for command in report.commands),
        ]
    return section(
        "done",
        "What was done",
        "Enough to do the same again and get the same numbers: a number without its seed and its versions cannot be "
        "checked.",
        facts,
        again,
    )


def _value(value: object) -> list[Content]:
    if isinstance(value, Mapping):
        return list(_items(value))
    if isinstance(value, list | tuple | set | frozenset):
        written: list[Content] = []
        for item in list(value)[:MOST_ITEMS]:
            written += [", "] if written else []
            written.append(node("bdi", _plain(item)))
        return [*written, " …"] if len(value) > MOST_ITEMS else written
    return [node("bdi", _plain(value))]


def _items(value: Mapping[object, object]) -> Iterator[Content]:
    shown = list(value.items())[:MOST_ITEMS]
    entries = [node("div", node("dt", known(str(key))), node("dd", node("bdi", _plain(item)))) for key, item in shown]
    yield node("dl", entries, class_="pairs")
    if len(value) > len(shown):
        yield node("small", said("and {count} more", count=len(value) - len(shown)))


def _plain(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "✓", False: "✗", None: "–"}[value]
    return figure(value) if isinstance(value, float) else readable(str(value))
