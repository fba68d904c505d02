"""The data: what a person should look at, with the pictures side by side; and which transforms were safe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seefood.drawing.names import short_names
from seefood.evaluation.report.album import Album
from seefood.evaluation.report.blocks import breaking, file_name, image, section
from seefood.evaluation.report.contents import AugmentationReason, DataReport, Finding, Report
from seefood.evaluation.report.markup import Content, Node, Said, isolated, node, readable
from seefood.evaluation.report.words import known, said, strangers
from seefood.verdicts import Failure

__all__ = ["augmentation", "data", "kind_of", "place_of", "unreadable"]

MOST_GROUPS, MOST_TOGETHER = 16, 6
"""Of one finding, and of one group, that are seen at once."""
MOST_UNFOLDED = 64
"""Of one finding where the page is about nothing else."""
MOST_FAILED = 20
KINDS = {
    "leaks": "the same picture in two splits",
    "conflicts": "the same picture in two classes",
    "same_classes": "two classes with the same pictures",
    "duplicates": "exact copies",
    "near_duplicates": "altered copies",
    "suspect_labels": "labels that look wrong",
    "outliers": "unlike their class",
    "one_class": "only one class",
    "no_class": "no classes",
    "too_few": "too few pictures",
    "imbalance": "lopsided classes",
    "unreadable": "cannot be read",
    "damaged": "damaged files",
    "wrong_extension": "another format than the name says",
    "no_extension": "no picture's ending in the name",
    "tiny": "very small pictures",
    "blank": "almost one colour",
    "shape": "very long or very wide",
    "limits": "what else to know",
}
"""Kinds as they are called in JSON, and as they are called on the page."""


def data(report: Report | DataReport, album: Album) -> Node | None:
    """What is wrong with the pictures, worst first."""
    if not report.findings:
        return None
    paths = [path for finding in report.findings for group in finding.groups for path in group if path]
    gallery = _Gallery(album, dict(zip(paths, short_names(paths), strict=True)), isinstance(report, DataReport))
    return section(
        "data",
        "What to look at in the data",
        "A classifier is as good as its pictures: copies make a score look better than it is, and wrong labels teach "
        "mistakes.",
        [
            gallery.finding(finding, number)
            for number, finding in sorted(enumerate(report.findings), key=lambda item: not item[1].severe)
        ],
    )


def kind_of(finding: Finding) -> Said:
    """A finding's kind as people say it."""
    return known(KINDS.get(finding.kind, finding.kind.replace("_", " ")))


def place_of(number: int) -> str:
    """The name of a finding's place in the page."""
    return f"finding-{number}"


@dataclass(frozen=True)
class _Gallery:
    """Findings with their pictures; files go by names that are short and different all over the page."""

    album: Album
    names: Mapping[str, str]
    unfolds: bool
    """Whether what is beyond the first pictures unfolds, or is only counted."""

    def finding(self, finding: Finding, number: int) -> Node:
        sign = node("span", said("important"), class_="severe") if finding.severe else None
        most = min(MOST_UNFOLDED if self.unfolds else MOST_GROUPS, len(finding.groups))
        groups = [self._group(finding, at) for at in range(most) if not self.album.is_full]
        alone = all(len(paths) == 1 for paths in finding.groups)
        class_ = "groups singles" if alone else "groups"
        more = len(finding.groups) - len(groups)
        return node(
            "article",
            node("h3", kind_of(finding), " ", sign),
            node("p", strangers(finding.sentence, finding.korean)),
            node("div", groups[:MOST_GROUPS], class_=class_) if groups else None,
            _folded(groups[MOST_GROUPS:], class_),
            node("p", said("and {count} more", count=more), class_="more") if more else None,
            class_="finding",
            id=place_of(number),
        )

    def _group(self, finding: Finding, number: int) -> Node:
        paths = finding.groups[number]
        shown = [self._picture(path) for path in paths[:MOST_TOGETHER]]
        more = len(paths) - len(shown)
        note = node("p", strangers(self._note(finding.notes[number], paths)), class_="note") if finding.notes else None
        return node(
            "div",
            node("ul", [node("li", item) for item in shown], class_="gallery small"),
            node("p", said("and {count} more", count=more), class_="more") if more else None,
            note,
            class_="group",
        )

    def _name(self, path: str) -> str:
        return readable(self.names.get(path, file_name(path)))

    def _note(self, note: str, paths: Sequence[str]) -> str:
        """A note without the paths that stand above it."""
        for path in filter(None, paths):
            note = note.removeprefix(f"{path}: ").replace(path, self._name(path))
        return note

    def _picture(self, path: str) -> Node:
        called = self._name(path)
        photo = image(self.album.photo(path), said("the picture {file}", file=isolated(called)))
        caption = node("figcaption", node("small", breaking(called), dir="auto"))
        return node("figure", node("div", photo, class_="photos"), caption, class_="case")


def _folded(groups: Sequence[Node], class_: str) -> Node | None:
    """More groups, to unfold."""
    if not groups:
        return None
    summary = node("summary", said("and {count} more", count=len(groups)))
    return node("details", summary, node("div", groups, class_=class_), open=True)


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
