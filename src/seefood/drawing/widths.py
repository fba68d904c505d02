"""How wide text will be in a font that is chosen elsewhere, so that room is kept for it.

A drawing in SVG is set by whoever opens it, in a font that we do not know. The widths here are those of a wide font, so
that what fits here fits there; and they are the same on every machine, so that drawings are.
"""

import unicodedata

from seefood.drawing.svg import clean

__all__ = ["length", "shortened", "wrapped"]

# In hundredths of the size, rounded up from DejaVu Sans, the widest among the usual fonts of systems.
_WIDTHS: dict[str, int] = {
    **dict.fromkeys("il'", 30),
    **dict.fromkeys(" \N{NO-BREAK SPACE}.,;:|", 35),
    **dict.fromkeys("jtfrI()[]-!/\\", 41),
    **dict.fromkeys('csJxyzvk"*?', 59),
    **dict.fromkeys("mwMW@%…", 100),
    **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ&=+<>~^#×÷∂∑−→✓", 84),
}
_OTHERWISE, _WIDE, _EXOTIC = 64, 100, 80


def length(content: str, size: float) -> float:
    """Pixels that a line of text needs at most, nearly always.

    >>> length("0.25", 10), length("핫도그", 10)
    (22.7, 30.0)
    """
    return sum(map(_width, content)) * size / 100


def shortened(content: str, size: float, room: float) -> str:
    """Text cut to ``room`` pixels, with an ellipsis where something is missing.

    >>> shortened("a label that does not fit", 10, 60)
    'a label th…'
    """
    content = clean(content[:2000]).strip()
    if length(content, size) <= room:
        return content
    left = room - length("…", size)
    for index, letter in enumerate(content):
        left -= _width(letter) * size / 100
        if left < 0:
            return content[:index].rstrip(" .,_-") + "…"
    return content


def wrapped(content: str, size: float, room: float, most: int = 3) -> list[str]:
    """Text in at most ``most`` lines of ``room`` pixels, broken at spaces where that can be; not at no-break spaces.

    >>> wrapped("the loss while it learned", 10, 80)
    ['the loss while', 'it learned']
    """
    lines: list[str] = []
    words = [word for word in clean(content[:4000]).split(" ") if word]
    while words and len(lines) < most - 1:
        count = 1
        while count < len(words) and length(" ".join(words[: count + 1]), size) <= room:
            count += 1
        lines.append(shortened(" ".join(words[:count]), size, room))
        words = words[count:]
    return [*lines, shortened(" ".join(words), size, room)] if words else lines


def _width(letter: str) -> int:
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if unicodedata.east_asian_width(letter) in {"W", "F"}:
        return _WIDE
    if unicodedata.combining(letter):
        return 0
    return _OTHERWISE if letter < "\u02b0" else _EXOTIC
