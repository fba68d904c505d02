"""Drawings as SVG text: elements are values, everything written is escaped, equal drawings are equal bytes.

Labels are a stranger's text in any script. What XML cannot hold, and what turns the direction of the text around it, is
left out; so a drawing is always well-formed, alone as a file and inside a page.
"""

import base64
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seefood.drawing.colours import CARD, INK
from seefood.errors import OutputError
from seefood.files import replacing

__all__ = ["Drawing", "Element", "clean", "element", "escaped", "number", "png_uri", "raster", "save", "text"]

FONTS = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, 'Apple SD Gothic Neo', "
    "'Malgun Gothic', 'Noto Sans KR', 'Noto Sans CJK KR', sans-serif"
)
"""Fonts of the operating system only: nothing is fetched."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_SPACES = re.compile(r"[\t\n\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
# What XML 1.0 does not allow, control characters, and those that override the direction of text.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


@dataclass(frozen=True)
class Element:
    """One element: its name, its attributes in order, and what is inside, elements and text.

    Raises ValueError for a name that is none; text and values of attributes may be anything.

    >>> Element("text", (("x", "1"),), ("<b>",)).to_text()
    '<text x="1">&lt;b&gt;</text>'
    """

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple["Element | str", ...] = ()

    def __post_init__(self) -> None:
        for name in (self.name, *(name for name, _ in self.attributes)):
            if not _NAME.fullmatch(name):
                raise ValueError(f"expected a name of letters, digits and hyphens; found {name!r}; use one of SVG's")

    def to_text(self) -> str:
        """The element as XML, on one line."""
        parts: list[str] = []
        self._write(parts)
        return "".join(parts)

    def _write(self, parts: list[str]) -> None:
        parts.append(f"<{self.name}")
        parts.extend(f' {name}="{escaped(value)}"' for name, value in self.attributes)
        if not self.children:
            parts.append("/>")
            return
        parts.append(">")
        for child in self.children:
            if isinstance(child, Element):
                child._write(parts)  # noqa: SLF001 - of the same class
            else:
                parts.append(escaped(child))
        parts.append(f"</{self.name}>")


def element(name: str, *children: Element | str, **attributes: str | float | None) -> Element:
    """An element from Python's names: ``stroke_width`` is stroke-width, ``class_`` is class; None leaves one out.

    >>> element("line", x1=0, x2=1 / 3, stroke_width=2, stroke=None).to_text()
    '<line x1="0" x2="0.33" stroke-width="2"/>'
    """
    written = (
        (key.rstrip("_").replace("_", "-"), value if isinstance(value, str) else number(value))
        for key, value in attributes.items()
        if value is not None
    )
    return Element(name, tuple(written), children)


def text(  # noqa: PLR0913 - a place, a text and its looks
    content: str,
    x: float,
    y: float,
    *,
    size: float = 13,
    colour: str = INK,
    anchor: str = "start",
    bold: bool = False,
    halo: bool = False,
    whole: str | None = None,
    **more: str | float | None,
) -> Element:
    """Text on the baseline through (x, y); ``halo`` keeps it readable on lines; ``whole`` is said on pointing at it."""
    looks: dict[str, str | float | None] = {
        "text-anchor": None if anchor == "start" else anchor,
        "font-weight": "600" if bold else None,
    }
    if halo:
        looks |= {"stroke": CARD, "stroke_width": 3, "stroke_linejoin": "round", "paint_order": "stroke"}
    hint = () if whole is None or whole == content else (element("title", whole),)
    return element("text", content, *hint, x=x, y=y, font_size=size, fill=colour, **looks, **more)


def raster(pixels: NDArray[np.uint8], box: tuple[float, float, float, float], *, smooth: bool = False) -> Element:
    """An array of pixels, uint8 [height, width, 3], stretched into ``box`` (left, top, width, height)."""
    left, top, width, height = box
    return element(
        "image",
        x=left,
        y=top,
        width=width,
        height=height,
        preserveAspectRatio="none",
        image_rendering=None if smooth else "pixelated",
        href=png_uri(pixels),
    )


def png_uri(pixels: NDArray[np.uint8]) -> str:
    """An array of pixels, uint8 [height, width, 3], as a PNG inside an address; exact, small where colours are few.

    >>> png_uri(np.zeros((2, 2, 3), np.uint8))[:22]
    'data:image/png;base64,'
    """
    image = Image.fromarray(np.ascontiguousarray(pixels), "RGB")
    colours, indices = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
    if len(colours) <= 256:
        image = Image.fromarray(indices.reshape(pixels.shape[:2]).astype(np.uint8), "P")
        image.putpalette(colours.astype(np.uint8).tobytes())
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


@dataclass(frozen=True)
class Drawing:
    """A whole picture: sizes in pixels, what it is in a few words, what it shows in a sentence, and its elements."""

    width: float
    height: float
    title: str
    description: str
    children: tuple[Element, ...]

    def to_text(self) -> str:
        """A file of its own: as large as it says where there is room, narrower on a narrow screen."""
        paper = element("rect", width=self.width, height=self.height, fill=CARD)
        named = (("xmlns", "http://www.w3.org/2000/svg"), ("style", "max-width:100%;height:auto"))
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{self._root(named, paper).to_text()}\n'

    def to_element(self, **attributes: str) -> Element:
        """As a part of a page, which says how large it is; its own styles would need the page's permission."""
        return self._root(tuple(attributes.items()))

    def _root(self, more: tuple[tuple[str, str], ...], *behind: Element) -> Element:
        looks = element(
            "svg",
            viewBox=f"0 0 {number(self.width)} {number(self.height)}",
            width=self.width,
            height=self.height,
            role="img",
            aria_label=self.title,
            font_family=FONTS,
        )
        words = (element("title", self.title), element("desc", self.description))
        return Element("svg", (*more, *looks.attributes), (*words, *behind, *self.children))


def save(drawing: Drawing, path: Path) -> None:
    """Write a drawing as a file, whole or not at all.

    Raises:
        OutputError: the name does not end in .svg; there is no such folder; or the disk is full.
    """
    if path.suffix.lower() != ".svg":
        raise OutputError(f"{path}: expected a name that ends in .svg; found another; rename it")
    with replacing(path) as aside:
        aside.write_text(drawing.to_text(), encoding="utf-8", newline="\n")


def number(value: float) -> str:
    """A coordinate with at most two decimals. Raises ValueError for what is no finite number.

    >>> number(1 / 3), number(200.0), number(-0.001)
    ('0.33', '200', '0')
    """
    if not math.isfinite(value):
        raise ValueError(f"expected a finite coordinate; found {value}; leave out what cannot be drawn")
    written = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def clean(content: str) -> str:
    """Text without what XML does not allow and without what turns its surroundings around; line ends become spaces.

    >>> clean("hot\\x00 dog\\n")
    'hot dog '
    """
    return _FORBIDDEN.sub("", _SPACES.sub(" ", content))


def escaped(content: str) -> str:
    """Text as it may stand in XML and in HTML, inside an element or an attribute.

    >>> escaped("<b> & 'c'")
    '&lt;b&gt; &amp; &#39;c&#39;'
    """
    return clean(content).translate(_ESCAPES)
