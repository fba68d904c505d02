"""What sections are built of: a heading with its sentence for learners, a picture, a drawing, a bar, a table."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePath

from seefood.drawing.colours import BEST, TRACK
from seefood.drawing.svg import Drawing, Element, element
from seefood.evaluation.report.album import Photo
from seefood.evaluation.report.markup import LANGUAGES, Content, Language, Node, Said, isolated, node, readable
from seefood.evaluation.report.words import said
from seefood.verdicts import Reason

__all__ = [
    "bar",
    "breaking",
    "doubt",
    "file_name",
    "heading",
    "image",
    "in_both",
    "name",
    "of_classes",
    "scrolled",
    "section",
    "table",
    "words",
]

LONGEST_WORD = 28
"""Letters; a longer one breaks, or a table of such names would be too wide to read."""
MANY_CLASSES = 20
NARROW, WIDE = 340, 720
"""Widths that each drawing is made in; the page shows the one that fits, so that letters keep their size."""

DOUBTS: dict[Reason, str] = {
    "uncertain": "not sure: no class is probable enough",
    "unfamiliar": "not sure: unlike the pictures it was taught",
}


def section(ident: str, title: str, what: str, *content: Content | Iterable[Content | None] | None) -> Node:
    """A part of the page with its heading and one sentence that says what is seen there."""
    head = node("h2", said(title), id=f"{ident}-title")
    return node(
        "section", head, node("p", said(what), class_="what"), *content, id=ident, aria_labelledby=f"{ident}-title"
    )


def heading(where: Said) -> Node:
    """On which pictures a part of a section was counted."""
    return node("h3", where)


def name(label: str) -> Node:
    """A class's name in any script, kept to itself; it breaks between its words, if it has to."""
    return node("bdi", breaking(readable(label)))


def breaking(written: str) -> list[Content]:
    """A name that may break behind what parts its words, and inside a word only where that is very long.

    >>> [part if isinstance(part, str) else "|" for part in breaking("hot_dog/1.jpg")]
    ['hot_', '|', 'dog/', '|', '1.jpg']
    """
    pieces = [piece for piece in re.split(r"(?<=[_/])(?=[^_/])", written) if piece]
    short = [piece[at : at + LONGEST_WORD] for piece in pieces for at in range(0, len(piece), LONGEST_WORD)]
    parts: list[Content] = []
    for piece in short:
        parts += [node("wbr"), piece] if parts else [piece]
    return parts


def file_name(path: str | None) -> str:
    """The folder and the file: where it lies, without telling a stranger whose machine it was.

    >>> file_name("/home/somebody/photos/ants/1.jpg"), file_name(None)
    ('ants/1.jpg', '')
    """
    return readable("/".join(PurePath(path).parts[-2:])) if path else ""


def image(photo: Photo | None, alt: Said) -> Node:
    """A picture that says what it shows; where it is gone, a sign that says so."""
    if photo is None:
        gone = said("{what}; the picture cannot be read any more", what=alt)
        return node("span", node("span", "✕", aria_hidden="true"), class_="gone", role="img", aria_label=gone)
    size = {"width": photo.width, "height": photo.height}
    return node("img", src=photo.uri, alt=alt, decoding="async", **size)


def doubt(reason: Reason | None) -> Node | None:
    """Why it would rather not have answered."""
    return None if reason is None else node("span", "? ", said(DOUBTS[reason]), class_="doubt")


def bar(share: float) -> Element:
    """A share as a bar; the number stands beside it."""
    track = element("rect", width=100, height=8, rx=2, fill=TRACK, class_="track")
    return element(
        "svg",
        track,
        element("rect", width=100 * share, height=8, rx=2, fill=BEST),
        class_="bar",
        viewBox="0 0 100 8",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def table(caption: Said, headings: Sequence[Said], rows: Iterable[Node], class_: str = "") -> Node:
    """A table whose first column names its rows."""
    head = node("tr", [node("th", words, scope="col") for words in headings])
    body = node("tbody", rows)
    return node("table", node("caption", caption, class_="unseen"), node("thead", head), body, class_=class_ or None)


def scrolled(content: Node, label: Said, class_: str = "scroll") -> Node:
    """What may be wider or longer than the screen; the keyboard can scroll it too."""
    return node("div", content, class_=class_, tabindex="0", role="region", aria_label=label)


def of_classes(heads: Sequence[Node], rows: Sequence[Node], caption: Said, class_: str) -> Node:
    """A table with a row for each class, which scrolls by itself where there are many; its caption is for the ear."""
    whole = node(
        "table",
        node("caption", caption, class_="unseen"),
        node("thead", node("tr", heads)),
        node("tbody", rows),
        class_=class_,
    )
    return scrolled(whole, caption, "scroll high" if len(rows) > MANY_CLASSES else "scroll")


def described(label: str, verdict: str, *, is_right: bool) -> Said:
    """What a picture shows and what was said, for who cannot see it."""
    if is_right:
        return said("a picture of {label}, recognised", label=isolated(label))
    return said("a picture of {label}, taken for {verdict}", label=isolated(label), verdict=isolated(verdict))


def in_both(draw: Callable[[Language, int], Drawing], class_: str) -> Node:
    """A drawing in each language and for narrow and wide screens, of which one is shown."""
    drawings = [
        draw(language, width).to_element(**{"class": f"{size} in-{language}", "lang": language})
        for language in LANGUAGES
        for width, size in ((NARROW, "narrow"), (WIDE, "wide"))
    ]
    return node("div", drawings, class_=f"drawing {class_}")


def words(language: Language, english: str, **values: object) -> str:
    """Words inside a drawing, which has one language."""
    both = said(english, **values)
    return both.en if language == "en" else both.ko
