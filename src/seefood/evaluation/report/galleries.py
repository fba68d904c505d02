"""Pictures with what was said about them: the wrong ones with their evidence, the most and the least certain."""

from collections.abc import Iterable, Sequence
from itertools import islice

from seefood.evaluation.examples import Case
from seefood.evaluation.report.album import LARGE, Album
from seefood.evaluation.report.blocks import bar, breaking, described, doubt, file_name, heading, image, name, section
from seefood.evaluation.report.contents import CROSS_VALIDATED, Report
from seefood.evaluation.report.markup import Content, Node, isolated, node
from seefood.evaluation.report.words import known, said, whole_percent
from seefood.evaluation.scores import Evaluation, Mistake

__all__ = ["cards", "certainty", "wrong"]

MOST_WRONG = 48
"""Mistakes that are shown, of all parts together."""
MOST_CERTAIN = 12
UNFOLDED = 12
"""Mistakes that are seen at once; the others unfold."""

SINCE = (
    "The maps are those of the finished classifier, which has learned from these pictures since: often they speak for "
    "the right answer now."
)


def wrong(report: Report, album: Album) -> Node:
    """The mistakes, the most confident first."""
    parts = []
    for _, where, card in report.parts:
        shown = [
            _mistake(mistake, album)
            for mistake in islice(card.wrong, MOST_WRONG // len(report.parts))
            if not album.is_full
        ]
        is_taught = where == CROSS_VALIDATED and report.evidence is not None and shown
        since = node("p", said(SINCE), class_="legend") if is_taught else None
        parts.append(node("div", heading(known(where)), _told(card, len(shown)), since, _folded(shown), class_="part"))
    return section(
        "wrong",
        "The pictures it gets wrong",
        "Look for what they have in common: too small, cut off, two things in one picture, or a wrong label in the "
        "folder. The most confident mistakes come first.",
        _legend() if report.evidence is not None and any(card.wrong for _, _, card in report.parts) else None,
        parts,
    )


def _legend() -> Node:
    return node(
        "p",
        said(
            "Beside each photo lies the part that the network sees, in grey: orange, with a whole outline, is what "
            "speaks for the wrong answer; blue, with a dotted outline, what speaks for the right one."
        ),
        class_="legend",
    )


def _told(card: Evaluation, shown: int) -> Node:
    """How many there are, and how many of them are shown."""
    if not card.pictures:
        return node("p", said("No picture could be read."), class_="lead")
    if not card.wrong:
        return node("p", said("Not one picture is wrong."), class_="lead")
    if shown == len(card.wrong):
        return node("p", said("All {count} wrong pictures:", count=shown) if shown > 1 else said("The wrong picture:"))
    return node("p", said("The {shown} most confident mistakes of {count}:", shown=shown, count=len(card.wrong)))


def _folded(shown: Sequence[Node]) -> list[Content | None]:
    """The first of them, and the others to unfold."""
    first, others = _row(shown[:UNFOLDED], "pairs"), _row(shown[UNFOLDED:], "pairs")
    if others is None:
        return [first]
    summary = node("summary", said("and {count} more", count=len(shown) - UNFOLDED))
    return [first, node("details", summary, others, open=True)]


def _row(items: Sequence[Node], class_: str) -> Node | None:
    return node("ul", [node("li", item) for item in items], class_=f"gallery {class_}") if items else None


def _mistake(mistake: Mistake, album: Album) -> Node:
    photo = album.photo(mistake.path, LARGE)
    evidence = None if photo is None else album.evidence_over(mistake.path, mistake.verdict, mistake.label)
    shows = described(mistake.label, mistake.verdict, is_right=False)
    seen: list[Content] = [image(photo, shows), _badge(is_right=False)]
    if evidence is not None:
        over = said(
            "evidence over the same picture: orange speaks for {verdict}, blue for {label}",
            verdict=isolated(mistake.verdict),
            label=isolated(mistake.label),
        )
        seen.insert(1, image(evidence, over))
    return node(
        "figure",
        node("div", seen, class_="photos two" if evidence else "photos"),
        node(
            "figcaption",
            node("span", said("it said"), " ", node("b", name(mistake.verdict)), " "),
            node("span", bar(mistake.probability), " ", whole_percent(mistake.probability), class_="share"),
            node("span", said("really"), " ", node("b", name(mistake.label))),
            doubt(mistake.reason),
            node("small", breaking(file_name(mistake.path)), dir="auto"),
        ),
        class_="case",
    )


def cards(cases: Iterable[Case], album: Album) -> list[Node]:
    """Small pictures with what was said, until the page is large enough."""
    return [_card(case, album) for case in cases if not album.is_full]


def _card(case: Case, album: Album) -> Node:
    best = case.verdict.top[0]
    is_right = best.label == case.label
    photo = image(album.photo(case.path), described(case.label, best.label, is_right=is_right))
    truth = None if is_right else node("span", said("really"), " ", name(case.label))
    return node(
        "figure",
        node("div", photo, _badge(is_right=is_right), class_="photos"),
        node(
            "figcaption",
            node("span", node("b", name(best.label)), " ", whole_percent(best.probability)),
            truth,
            doubt(case.verdict.reason),
            node("small", breaking(file_name(case.path)), dir="auto"),
        ),
        class_="case",
    )


def _badge(*, is_right: bool) -> Node:
    """A tick or a cross in the picture's corner; its words say the same."""
    return node("span", "✓" if is_right else "✗", class_="badge right" if is_right else "badge", aria_hidden="true")


def certainty(report: Report, album: Album) -> Node | None:
    """Where it was surest, and where it hardly knew."""
    parts = [
        node("div", heading(known(where)), _ends(card.examples, album), class_="part")
        for _, where, card in report.parts
        if card.examples
    ]
    if not parts:
        return None
    return section(
        "certainty",
        "Where it is surest, and where it hardly knows",
        "The surest show what it takes for typical; the least sure show where it needs more pictures to learn from.",
        parts,
    )


def _ends(examples: Sequence[Case], album: Album) -> list[Content]:
    ordered = sorted(examples, key=lambda case: -case.verdict.probability)
    surest = ordered[:MOST_CERTAIN]
    least = [case for case in reversed(ordered) if case not in surest][:MOST_CERTAIN]
    ends = [("The surest", cards(surest, album)), ("The least sure", cards(least, album))]
    return [part for title, shown in ends if shown for part in (node("h4", said(title)), _row(shown, "small")) if part]
