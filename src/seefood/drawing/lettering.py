"""Writing any label into a picture: in the bundled font, else in a font of the system, else with what cannot be drawn
replaced.

Pillow's bundled font has little more than ASCII. Labels are a stranger's folder names: any script, any length.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import cast

from PIL import ImageDraw, ImageFont

from seefood.errors import OutputError

__all__ = ["fitted", "length", "wrapped", "write"]

Face = ImageFont.FreeTypeFont

# Nobody reads more in a tile, and measuring a megabyte of text takes seconds.
_LONGEST = 300
_BUNDLED = ""
_SYSTEM_FONTS = (
    *("NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "arial.ttf", "DejaVuSans.ttf"),
    *("NotoSansCJK-Regular.ttc", "NotoSansCJKkr-Regular.otf", "NotoSansKR-Regular.otf", "NotoSansKR-Regular.ttf"),
    *("NanumGothic.ttf", "AppleSDGothicNeo.ttc", "malgun.ttf", "UnDotum.ttf", "Hiragino Sans GB.ttc", "PingFang.ttc"),
    *("msyh.ttc", "YuGothR.ttc", "msgothic.ttc", "wqy-microhei.ttc", "DroidSansFallbackFull.ttf"),
    *("Arial Unicode.ttf", "NotoSansDevanagari-Regular.ttf", "NotoSansThai-Regular.ttf", "Nirmala.ttf", "LeelawUI.ttf"),
)
_PLAINER = str.maketrans({"‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-", "\N{MULTIPLICATION SIGN}": "x"})  # noqa: RUF001
_UNDRAWABLE = "?"


def write(  # noqa: PLR0913 - a place, a text and its looks
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    *,
    size: int,
    colour: str,
    width: int,
    from_right: bool = False,
    bold: bool = False,
) -> None:
    """Write ``text`` on the baseline through ``place`` (x, y), shortened with an ellipsis to ``width`` pixels.

    ``place`` is its left end, or its right end where ``from_right``.
    """
    stroke = size / 50 if bold else 0
    text, face = fitted(text, size, width - 2 * stroke)
    anchor = "rs" if from_right else "ls"
    draw.text(place, text, fill=colour, font=face, anchor=anchor, stroke_width=stroke)


def length(text: str, size: int) -> float:
    """How many pixels wide ``text`` will be when nothing is cut off."""
    text, face = _in_a_face(text[:_LONGEST], size)
    return face.getlength(text)


def fitted(text: str, size: int, width: float) -> tuple[str, Face]:
    """``text`` as it will be written, what cannot be drawn replaced, cut to ``width`` pixels; and in which font.

    >>> fitted("two\\nlines", 14, width=90)[0], fitted("a label that does not fit at all", 14, width=20)[0][-1]
    ('two lines', '…')
    """
    text, face = _in_a_face(text[:_LONGEST], size)
    if face.getlength(text) <= width:
        return text, face
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if face.getlength(_cut(text, middle)) <= width:
            fits = middle
        else:
            too_long = middle
    return _cut(text, fits), face


def _cut(text: str, letters: int) -> str:
    return text[:letters].rstrip(" .,_-") + "…"


@lru_cache(maxsize=4096)
def _in_a_face(text: str, size: int) -> tuple[str, Face]:
    """The text as it can be drawn, and the first font that draws all of it, or else the most of it."""
    text = _clean(text)
    plain = text.translate(_PLAINER)
    if not _missing(plain, _BUNDLED):
        return plain, _bundled(size)
    best = min(_system_fonts(text), key=lambda name: len(_missing(text, name)), default=_BUNDLED)
    face = _face(best, size) or _bundled(size)
    return _without(_missing(text, best), text, best), face


def _clean(text: str) -> str:
    """One line of letters: composed, without control, format and variation characters."""
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(letter for letter in spaced if unicodedata.category(letter) not in {"Cc", "Cf", "Cs"}).translate(
        dict.fromkeys(range(0xFE00, 0xFE10))
    )


def _system_fonts(text: str) -> Iterator[str]:
    """The names of the fonts that are here, up to the first that draws all of ``text``."""
    for name in _SYSTEM_FONTS:
        if _face(name, 16) is not None:
            yield name
            if not _missing(text, name):
                return


def _without(missing: set[str], text: str, name: str) -> str:
    """``text`` with each undrawable letter as a plainer one or its base, or as one mark for a run of them."""
    letters: list[str] = []
    for letter in text:
        base = unicodedata.normalize("NFKD", letter.translate(_PLAINER))[0] if letter in missing else letter
        drawable = base if base == letter or _draws(name, base) else _UNDRAWABLE
        drawable = _UNDRAWABLE if drawable in missing else drawable
        if drawable != _UNDRAWABLE or letters[-1:] != [_UNDRAWABLE]:
            letters.append(drawable)
    return "".join(letters)


def _missing(text: str, name: str) -> set[str]:
    return {letter for letter in set(text) if not _draws(name, letter)}


@lru_cache(maxsize=65536)
def _draws(name: str, letter: str) -> bool:
    """Whether the font has the letter: Pillow cannot be asked, so compare with what it draws for a non-character."""
    face = _face(name, 16)
    if face is None or letter.isspace():
        return face is not None
    drawn, nothing = face.getmask(letter), face.getmask("\uffff")
    return drawn.size != nothing.size or bytes(drawn) != bytes(nothing)


@cache
def _face(name: str, size: int) -> Face | None:
    if name == _BUNDLED:
        return _bundled(size)
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


@cache
def _bundled(size: int) -> Face:
    try:
        return cast("Face", ImageFont.load_default(size))
    except ImportError as error:
        raise OutputError("expected a Pillow that draws text, found one without FreeType; reinstall pillow") from error


def wrapped(text: str, width: int, size: int) -> list[str]:
    """Words in lines of at most ``width`` pixels; a longer word has a line of its own.

    >>> wrapped("one two three", 60, 16)
    ['one two', 'three']
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and length(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
