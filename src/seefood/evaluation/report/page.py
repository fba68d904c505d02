"""The page itself: its frame, the policy that lets nothing else in, and the sections in their order."""

from pathlib import Path

from seefood.drawing.svg import escaped
from seefood.evaluation.report.album import Album
from seefood.evaluation.report.census import census
from seefood.evaluation.report.contents import DataReport, Report
from seefood.evaluation.report.curves import ANSWERING, calibration, risk, slider_data
from seefood.evaluation.report.findings import augmentation, data
from seefood.evaluation.report.galleries import certainty, wrong
from seefood.evaluation.report.headline import result
from seefood.evaluation.report.markup import LANGUAGES, Language, Node, Said, Writer, as_data, digest, node, readable
from seefood.evaluation.report.matrix import confusion
from seefood.evaluation.report.script import SCRIPT
from seefood.evaluation.report.style import STYLE
from seefood.evaluation.report.tables import classes, done
from seefood.evaluation.report.words import said
from seefood.files import replacing

__all__ = ["page", "write"]

PARTS = {
    "census": "What is there",
    "result": "Result",
    "wrong": "Wrong pictures",
    "confusion": "What for what",
    "classes": "Classes",
    "certainty": "Surest and least sure",
    "calibration": "Probabilities",
    "answers": "Not sure",
    "data": "Data",
    "augmentation": "Augmentation",
    "done": "What was done",
}
"""What the list at the top calls each section."""

LIVE = (
    ANSWERING,
    "none of the {answered} answers is wrong",
    "the only answer is wrong",
    "{wrong} of the {answered} answers are wrong",
    "1 in {many} answers is wrong",
)
"""Sentences that the script fills in."""


def write(report: Report | DataReport, path: Path, language: Language = "en") -> None:
    """Write a report as one HTML file, whole or not at all; it needs nothing else, and holds both languages.

    ``language`` is the one that it opens in. Pictures are read from where their paths say; those that are gone by now
    have a sign in their place.

    Raises:
        ValueError: another language than "en" or "ko".
        OutputError: the folder is missing or not writable, or the disk is full.
    """
    content = page(report, language)
    with replacing(path) as aside:
        aside.write_text(content, encoding="utf-8", newline="\n")


def page(report: Report | DataReport, language: Language = "en") -> str:
    """The report as HTML that is also well-formed XML."""
    if language not in LANGUAGES:
        raise ValueError(f"expected a language of {LANGUAGES}; found {language!r}; give one of them")
    writer = Writer(language)
    title, curves = _about(report)
    body = writer.written(_skip(), _header(title), _main(report), _footer())
    head = writer.written(node("title", title))
    kept = as_data({"words": writer.table, "curves": curves, "live": [_templates(line) for line in LIVE]})
    return _FRAME.format(
        language=language, policy=escaped(_policy()), head=head, style=STYLE, body=body, data=kept, script=SCRIPT
    )


def _about(report: Report | DataReport) -> tuple[Said, dict[str, list[list[float]]]]:
    """The title, and what the slider needs."""
    if isinstance(report, DataReport):
        return said("{title}: a look at the data", title=readable(report.title)), {}
    return said("{title}: how far to trust it", title=readable(report.title)), slider_data(report)


def _templates(line: str) -> list[str]:
    from seefood.evaluation.report.korean import KOREAN

    return [line, KOREAN[line]]


def _main(report: Report | DataReport) -> Node:
    """All sections, and a list of them."""
    if isinstance(report, DataReport):
        album = Album(report.picture)
        found = _of_data(report, album)
    else:
        album = Album(report.picture, report.preprocessing, report.evidence)
        found = _of_classifier(report, album)
    sections = [section for key in PARTS if (section := found.get(key)) is not None]
    listed = [
        node("li", node("a", said(words), href=f"#{key}")) for key, words in PARTS.items() if found.get(key) is not None
    ]
    contents = node("nav", node("ul", listed), aria_label=said("sections"), class_="contents")
    full = (
        node("p", said("To keep the page small, not all pictures are in it."), class_="more") if album.is_full else None
    )
    return node("main", contents, sections, full, id="main")


def _of_classifier(report: Report, album: Album) -> dict[str, Node | None]:
    """Pictures are made in the order of what matters most, while there is room."""
    return {
        "wrong": wrong(report, album),
        "data": data(report, album),
        "augmentation": augmentation(report, album),
        "certainty": certainty(report, album),
        "confusion": confusion(report, album),
        "result": result(report),
        "classes": classes(report),
        "calibration": calibration(report),
        "answers": risk(report),
        "done": done(report),
    }


def _of_data(report: DataReport, album: Album) -> dict[str, Node | None]:
    return {"census": census(report), "data": data(report, album), "done": done(report)}


def _skip() -> Node:
    return node("a", said("to the content"), href="#main", class_="skip")


def _header(title: Said) -> Node:
    buttons = [
        node("button", words, type="button", data_language=code, lang=code, aria_pressed="false")
        for code, words in (("en", "English"), ("ko", "한국어"))
    ]
    languages = node("div", buttons, class_="languages", role="group", aria_label="Language, 언어")
    return node("header", node("h1", title, dir="auto"), languages)


def _footer() -> Node:
    return node("footer", node("p", said("Made by seefood. This page needs no network and sends nothing anywhere.")))


def _policy() -> str:
    """Nothing from anywhere; pictures that are in the page itself; this style and this script."""
    return (
        f"default-src 'none'; img-src data:; style-src '{digest(STYLE)}'; script-src '{digest(SCRIPT)}'; "
        "base-uri 'none'; form-action 'none'"
    )


_FRAME = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="{policy}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
{head}
<style>{style}</style>
</head>
<body>
{body}
<script type="application/json" id="report-data">{data}</script>
<script>{script}</script>
</body>
</html>
"""
