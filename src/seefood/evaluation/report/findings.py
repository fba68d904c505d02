"""The data: what a person should look at, with the pictures side by side; and which transforms were safe."""

from collections.abc import Sequence

from seefood.evaluation.report.album import Album
from seefood.evaluation.report.blocks import file_name, image, section
from seefood.evaluation.report.contents import AugmentationReason, Finding, Report
from seefood.evaluation.report.markup import Content, Node, Said, isolated, node, readable
from seefood.evaluation.report.words import known, said, strangers
from seefood.verdicts import Failure

__all__ = ["augmentation", "data", "unreadable"]

MOST_GROUPS, MOST_TOGETHER = 16, 6
MOST_FAILED = 20


def data(report: Report, album: Album) -> Node | None:
    """What is wrong with the pictures, worst first."""
    if not report.findings:
        return None
    ordered = sorted(report.findings, key=lambda finding: not finding.severe)
    return section(
        "data",
        "What to look at in the data",
        "A classifier is as good as its pictures: copies make a score look better than it is, and wrong labels teach "
        "mistakes.",
        [_finding(finding, album) for finding in ordered],
    )


def _finding(finding: Finding, album: Album) -> Node:
    kind = known(finding.kind.replace("_", " "))
    sign = node("span", said("important"), class_="severe") if finding.severe else None
    groups = [
        _group(finding, number, album) for number in range(min(MOST_GROUPS, len(finding.groups))) if not album.is_full
    ]
    more = len(finding.groups) - len(groups)
    alone = all(len(paths) == 1 for paths in finding.groups)
    return node(
        "article",
        node("h3", kind, " ", sign),
        node("p", strangers(finding.sentence, finding.korean)),
        node("div", groups, class_="groups singles" if alone else "groups") if groups else None,
        node("p", said("and {count} more", count=more), class_="more") if more else None,
        class_="finding",
    )


def _group(finding: Finding, number: int, album: Album) -> Node:
    paths = finding.groups[number]
    shown = [_picture(path, album) for path in paths[:MOST_TOGETHER]]
    more = len(paths) - len(shown)
    return node(
        "div",
        node("ul", [node("li", item) for item in shown], class_="gallery small"),
        node("p", said("and {count} more", count=more), class_="more") if more else None,
        node("p", strangers(_note(finding.notes[number], paths)), class_="note") if finding.notes else None,
        class_="group",
    )


def _note(note: str, paths: Sequence[str]) -> str:
    """A note without the paths that stand above it."""
    for path in filter(None, paths):
        note = note.removeprefix(f"{path}: ").replace(path, file_name(path))
    return note


def _picture(path: str, album: Album) -> Node:
    photo = image(album.photo(path), said("the picture {file}", file=isolated(file_name(path))))
    caption = node("figcaption", node("small", file_name(path), dir="auto"))
    return node("figure", node("div", photo, class_="photos"), caption, class_="case")


def unreadable(failed: Sequence[Failure]) -> Node:
    """Pictures that could not be read, and why."""
    items = [
        node("li", node("span", readable(_error(failure)), lang="en", dir="auto")) for failure in failed[:MOST_FAILED]
    ]
    more = len(failed) - len(items)
    title = said("{count} pictures could not be read and count nowhere", count=len(failed))
    return node(
        "details",
        node("summary", title),
        node("ul", items),
        node("p", said("and {count} more", count=more), class_="more") if more else None,
        open=True,
    )


def _error(failure: Failure) -> str:
    return failure.error.replace(failure.path, file_name(failure.path)) if failure.path else failure.error


def augmentation(report: Report, album: Album) -> Node | None:
    """Which transforms were used to teach, and why the others were not."""
    if not report.augmentation:
        return None
    rows = [_reason(reason, album) for reason in report.augmentation]
    return section(
        "augmentation",
        "Which changes a picture may bear",
        "Mirrored or turned copies help only where they still show the same class; a mirrored “b” is a “d”. What is "
        "not surely safe stays off.",
        node("ul", rows, class_="reasons"),
    )


def _transform(name: str) -> Content:
    """ "rotate 15" in both languages: the word is known, the numbers are the same."""
    word, _, numbers = name.partition(" ")
    both = known(word)
    return Said(f"{both.en} {readable(numbers)}".strip(), f"{both.ko} {readable(numbers)}".strip())


def _reason(reason: AugmentationReason, album: Album) -> Node:
    used = (
        node("span", "✓ ", said("used"), class_="used")
        if reason.used
        else node("span", "✗ ", said("not used"), class_="unused")
    )
    examples: list[Content] = []
    for caption, pixels in reason.examples[:MOST_TOGETHER]:
        photo = image(album.kept(pixels), said("an example: {caption}", caption=isolated(caption)))
        under = node("figcaption", node("small", strangers(caption)))
        examples.append(node("li", node("figure", node("div", photo, class_="photos"), under, class_="case")))
    return node(
        "li",
        node("p", node("b", _transform(reason.name)), " ", used),
        node("p", strangers(reason.sentence, reason.korean)),
        node("ul", examples, class_="gallery small") if examples else None,
    )
