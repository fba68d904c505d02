"""The arithmetic of a small network as lines of text beside or below its drawing."""

from dataclasses import dataclass

from seefood.drawing.colours import EDGE, INK, PAPER
from seefood.drawing.svg import Element, element, text
from seefood.drawing.widths import length, wrapped
from seefood.perceptron.pictures.arithmetic import written_out
from seefood.perceptron.pictures.example import Passage
from seefood.perceptron.pictures.numerals import MINUS

__all__ = ["Panel", "panel"]

WIDEST = 860.0
SIZE, LINE = 12.0, 17.0
PADDING = 16.0
INDENT = 14.0
BOLD = 1.1
"""Bold letters are about so much wider."""
UNBROKEN = "\u00a0"


@dataclass(frozen=True)
class Panel:
    """What is drawn, and where it ends with the margin around it, in pixels."""

    elements: tuple[Element, ...]
    right: float
    bottom: float


def panel(passage: Passage, place: tuple[float, float], room: float, *, backward: bool) -> Panel:
    """Every number of the passage written out, from ``place`` (left, top) on, ``room`` pixels wide at most."""
    elements: list[Element] = []
    left, top = place
    y, widest, room = top + PADDING, 0.0, min(room, WIDEST)
    for kind, content in written_out(passage, backward=backward):
        heading = kind == "heading"
        y += 8 if heading and elements else 0
        size = SIZE * BOLD if heading else SIZE
        for number, words in enumerate(wrapped(_unbroken(content), size, room - 2 * PADDING - INDENT, most=12)):
            y += LINE
            x = left + PADDING + INDENT * (number > 0)
            widest = max(widest, x - left + length(words, size))
            elements.append(text(words, x, y - 5, size=SIZE, bold=heading, colour=INK, class_=f"written {kind}"))
    width, height = widest + PADDING, y + PADDING - top
    frame = element("rect", x=left, y=top, width=width, height=height, rx=8, fill=PAPER, stroke=EDGE)
    return Panel((frame, *elements), left + width + PADDING, top + height + PADDING)


def _unbroken(content: str) -> str:
    """A product stays on one line, and so does a result with the sign before it."""
    for sign in ("× ", "= ", "+ ", f"{MINUS} "):
        content = content.replace(sign, sign[0] + UNBROKEN)
    return content.replace(" ×", f"{UNBROKEN}×")
