"""The first section on data: how many pictures, of which classes, and how much of each kind of finding."""

from collections.abc import Iterator, Sequence

from seefood.drawing.names import told_apart
from seefood.evaluation.report.blocks import bar, name, of_classes, section
from seefood.evaluation.report.contents import DataReport, Finding
from seefood.evaluation.report.findings import kind_of, place_of
from seefood.evaluation.report.markup import Content, Node, Said, node, readable
from seefood.evaluation.report.words import said

__all__ = ["census"]


def census(report: DataReport) -> Node:
    """The headline, the kinds of findings with their counts, and a bar for each class."""
    return section(
        "census",
        "What is there",
        "All pictures that can be read, and what a person should look at before anything is taught from them. Choose "
        "a finding to see its pictures.",
        node("p", _headline(report), class_="verdict"),
        _splits(report),
        _kinds(report.findings),
        _classes(report),
    )


def _headline(report: DataReport) -> Said:
    """One sentence: pictures, classes, and whether something is wrong."""
    kinds = list(_counted(report.findings))
    values: dict[str, object] = {
        "pictures": said("1 picture") if report.pictures == 1 else said("{count} pictures", count=report.pictures),
        "classes": _of_classes(len(report.classes)),
        "kinds": said("1 kind of finding") if len(kinds) == 1 else said("{count} kinds of findings", count=len(kinds)),
        "severe": sum(severe for *_, severe in kinds),
    }
    if not kinds:
        return said("{pictures}{classes}: nothing wrong was found.", **values)
    if not values["severe"]:
        return said("{pictures}{classes}: {kinds}, none of them important.", **values)
    return said("{pictures}{classes}: {kinds}, {severe} of them important.", **values)


def _of_classes(count: int) -> Said:
    if not count:
        return said(" in no class")
    return said(" in 1 class") if count == 1 else said(" in {count} classes", count=count)


def _splits(report: DataReport) -> Node | None:
    """How many pictures each split has, where there are several."""
    if len(report.splits) < 2:
        return None
    told: list[Content] = []
    for split, count in zip(told_apart(list(report.splits)), report.splits.values(), strict=True):
        told += [", " if told else " ", name(split), f" {count}"]
    return node("p", said("In splits:"), told)


def _counted(findings: Sequence[Finding]) -> Iterator[tuple[int, int, bool]]:
    """Of each kind the number of its first finding, how many there are, and whether it is important."""
    ordered = sorted(findings, key=lambda finding: not finding.severe)  # as the findings themselves
    for kind in dict.fromkeys(finding.kind for finding in ordered):
        these = [number for number, finding in enumerate(findings) if finding.kind == kind]
        count = sum(findings[number].count for number in these)
        yield these[0], count, any(findings[number].severe for number in these)


def _kinds(findings: Sequence[Finding]) -> Node | None:
    """A tile for each kind of finding: its count, its name, and the way to its pictures."""
    tiles = [
        node(
            "li",
            node(
                "a",
                node("strong", str(count)),
                node("span", kind_of(findings[number])),
                node("small", said("important"), class_="important") if severe else None,
                href=f"#{place_of(number)}",
            ),
        )
        for number, count, severe in _counted(findings)
    ]
    return node("ul", tiles, class_="tiles") if tiles else None


def _classes(report: DataReport) -> Node | None:
    """A row for each class, the largest first; its bar is its share of the largest."""
    if not report.classes:
        return None
    most = max(report.classes.values()) or 1
    shown = dict(zip(report.classes, told_apart(list(report.classes)), strict=True))
    rows = [
        node(
            "tr",
            node("th", name(shown[label]), scope="row", data_v=readable(shown[label])),
            node("td", str(count), data_v=count),
            node("td", bar(count / most)),
        )
        for label, count in sorted(report.classes.items(), key=lambda item: (-item[1], item[0]))
    ]
    heads = [
        node("th", said("class"), scope="col", data_sort="text"),
        node("th", said("pictures"), scope="col", data_sort="number"),
        node("td"),
    ]
    return of_classes(heads, rows, said("pictures of each class"), "census")
