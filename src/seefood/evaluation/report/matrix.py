"""What was taken for what: a matrix whose numbers open their pictures; of many classes, the pairs mistaken."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from seefood.drawing.widths import length
from seefood.evaluation.examples import Case
from seefood.evaluation.report.album import Album
from seefood.evaluation.report.blocks import breaking, heading, name, scrolled, section, table
from seefood.evaluation.report.contents import Report
from seefood.evaluation.report.galleries import cards
from seefood.evaluation.report.markup import Content, Node, Said, isolated, node, readable
from seefood.evaluation.report.words import known, percent, said
from seefood.evaluation.scores import Evaluation

__all__ = ["confusion"]

MOST_CLASSES = 30
"""Beyond, a matrix is mostly noughts."""
MOST_PAIRS = 60
MOST_PICTURES = 420
"""In all cells of all parts together."""
MOST_IN_A_CELL = 24
FEW_CLASSES = 6
"""Up to here headings lie, beyond they stand."""

ROOM, LONGEST_LABEL = 980, 340
"""Pixels beside each other on a desk; and of a class's name before its row."""

Place = tuple[int, int]


def _words(label: str) -> list[str]:
    """The parts of a name that do not break."""
    parts = [part for part in breaking(readable(label)) if isinstance(part, str)]
    return [word for part in parts for word in part.replace("-", "- ").split()] or [""]


def confusion(report: Report, album: Album) -> Node:
    """The matrix, and below it the pictures of each cell."""
    parts = [
        node("div", heading(known(where)), _Matrix.of(letter, card).shown(album, len(report.parts)), class_="part")
        for letter, where, card in report.parts
        if card.pictures
    ]
    return section(
        "confusion",
        "What is taken for what",
        "Each row is what pictures really show, each column what the classifier said; right answers lie on the "
        "diagonal. Choose a number to see its pictures.",
        parts,
    )


@dataclass(frozen=True)
class _Matrix:
    letter: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    cases: dict[Place, list[Case]]

    @classmethod
    def of(cls, letter: str, card: Evaluation) -> "_Matrix":
        numbers = {label: number for number, label in enumerate(card.confusion.labels)}
        cases: defaultdict[Place, list[Case]] = defaultdict(list)
        for case in card.examples:
            cases[numbers[case.label], numbers[case.verdict.top[0].label]].append(case)
        return cls(letter, card.confusion.labels, card.confusion.counts, dict(cases))

    def shown(self, album: Album, parts: int) -> list[Content]:
        many = len(self.labels) > MOST_CLASSES
        mistaken = self._mistaken()
        cells = mistaken[:MOST_PAIRS] if many else [*mistaken, *self._right()]
        each = max(2, min(MOST_IN_A_CELL, MOST_PICTURES // parts // max(1, len(cells))))
        galleries = {place: self._gallery(place, album, each) for place in cells}
        opened = {place for place, gallery in galleries.items() if gallery is not None}
        seen = self._pairs(cells, opened) if many else self._table(opened)
        return [*seen, node("div", [gallery for gallery in galleries.values() if gallery], class_="cells")]

    def _mistaken(self) -> list[Place]:
        """Cells off the diagonal, the fullest first."""
        places = [
            (row, column)
            for row, counts in enumerate(self.counts)
            for column, count in enumerate(counts)
            if count and row != column
        ]
        return sorted(places, key=lambda place: -self.counts[place[0]][place[1]])

    def _right(self) -> list[Place]:
        return [(row, row) for row, counts in enumerate(self.counts) if counts[row]]

    def _ident(self, place: Place) -> str:
        return f"cell-{self.letter}-{place[0]}-{place[1]}"

    def _table(self, opened: set[Place]) -> list[Content]:
        is_lying = len(self.labels) <= FEW_CLASSES and self._width() <= ROOM
        names = [name(label) if is_lying else node("bdi", readable(label)) for label in self.labels]
        heads = [node("th", node("span", written), scope="col") for written in names]
        total = node("th", node("span", said("pictures")), scope="col")
        head = node("tr", node("th", said("really ↓ said →"), scope="col"), heads, total)
        rows = [self._row(number, opened) for number in range(len(self.labels))]
        caption = node("caption", said("what is taken for what, in pictures"), class_="unseen")
        whole = node(
            "table",
            caption,
            node("thead", head),
            node("tbody", rows),
            class_=f"matrix {'lying' if is_lying else 'standing'}",
        )
        return [scrolled(whole, said("what is taken for what, in pictures"), "scroll wide-only"), self._legend()]

    def _width(self) -> float:
        """Pixels, about, where headings lie and no word is broken."""
        columns = [max(length(word, 15) for word in _words(label)) for label in self.labels]
        rows = min(LONGEST_LABEL, max(length(label, 17) for label in self.labels))
        return rows + sum(max(76.0, column + 20) for column in columns) + 110

    def _legend(self) -> Node:
        return node(
            "p",
            said("The stronger the colour, the larger the share of the row: blue is right, orange is wrong."),
            class_="legend",
        )

    def _row(self, row: int, opened: set[Place]) -> Node:
        total = sum(self.counts[row])
        cells = [self._cell((row, column), total, opened) for column in range(len(self.labels))]
        return node(
            "tr", node("th", name(self.labels[row]), scope="row"), cells, node("td", str(total), class_="total")
        )

    def _cell(self, place: Place, total: int, opened: set[Place]) -> Node:
        count = self.counts[place[0]][place[1]]
        kind = "yes" if place[0] == place[1] else "no"
        if not count:
            return node("td", "0" if len(self.labels) <= FEW_CLASSES else "·", class_=f"none {kind}-0")
        step = max(1, round(9 * count / total))
        return node("td", self._link(place, count, opened), class_=f"{kind} {kind}-{step}")

    def _link(self, place: Place, count: int, opened: set[Place]) -> Content:
        if place not in opened:
            return str(count)
        return node("a", str(count), href=f"#{self._ident(place)}", class_="open", aria_label=self._told(place))

    def _told(self, place: Place) -> Said:
        """What a cell counts."""
        count = self.counts[place[0]][place[1]]
        label, verdict = isolated(self.labels[place[0]]), isolated(self.labels[place[1]])
        if place[0] == place[1]:
            return said("{label}, recognised: {count}", label=label, count=count)
        return said("{label}, taken for {verdict}: {count}", label=label, verdict=verdict, count=count)

    def _pairs(self, cells: Sequence[Place], opened: set[Place]) -> list[Content]:
        """The fullest cells off the diagonal as rows of a table."""
        pairs = len(self._mistaken())
        if not pairs:
            return [node("p", said("No class was taken for another."), class_="lead")]
        rows = [
            node(
                "tr",
                node("th", name(self.labels[row]), scope="row"),
                node("td", name(self.labels[column])),
                node("td", self._link((row, column), self.counts[row][column], opened)),
                node("td", percent(self.counts[row][column] / sum(self.counts[row]))),
            )
            for row, column in cells
        ]
        caption = said("pairs taken for each other, the most frequent first")
        heads = [said(words) for words in ("really", "it said", "pictures", "of the class")]
        told = said(
            "{classes} classes would make a matrix too large to read. {shown} of the {pairs} pairs that occur:",
            classes=len(self.labels),
            shown=len(cells),
            pairs=pairs,
        )
        return [node("p", told), scrolled(table(caption, heads, rows, "pairs"), caption, "scroll high")]

    def _gallery(self, place: Place, album: Album, each: int) -> Node | None:
        """The pictures of one cell; None where none can be shown."""
        cases = self.cases.get(place, [])
        half = each // 2
        chosen = cases if len(cases) <= each else [*cases[:half], *cases[len(cases) - (each - half) :]]
        shown = cards(chosen, album)
        if not shown:
            return None
        title = node("p", self._told(place), class_="title")
        count = self.counts[place[0]][place[1]]
        some = (
            said("{shown} of them, the most and the least probable.", shown=len(shown)) if len(shown) < count else None
        )
        items = [node("li", item) for item in shown]
        return node(
            "div",
            title,
            node("p", some) if some else None,
            node("ul", items, class_="gallery small"),
            id=self._ident(place),
            class_="cell",
            tabindex="-1",
            role="region",
            aria_label=self._told(place),
        )
