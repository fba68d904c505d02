"""Files that can be read and are suspicious all the same."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from seefood.inspection.findings import Oddity
from seefood.inspection.formats import endings, format_of, start_of
from seefood.inspection.sameness import Seen

__all__ = ["disguised_oddity", "oddities"]

TINY_PIXELS = 32
MOST_ASPECT = 5.0
BLANK_CONTRAST, BLANK_SPAN = 2.0, 16.0
"""Standard deviation of the greys, and the brightest less the darkest, of 255."""


def oddities(paths: Sequence[Path], seen: Seen) -> list[Oddity]:
    """What is suspicious about readable files, in their order; one file may have several oddities."""
    return [Oddity(str(path), kind, note) for row, path in enumerate(paths) for kind, note in _of_one(path, seen, row)]


def disguised_oddity(path: Path) -> Oddity:
    """A picture whose name does not end as a picture's: nothing that looks for pictures will find it."""
    kind = format_of(start_of(path))
    return Oddity(str(path), "no_extension", f"{kind} by its content; its name does not say so and it is passed over")


def _of_one(path: Path, seen: Seen, row: int) -> Iterator[tuple[str, str]]:
    kind, ending = format_of(start_of(path)), path.suffix.lower()
    if kind and ending not in endings(kind):
        yield "wrong_extension", f"{kind} by its content, {ending} by its name"
    if seen.damaged[row]:
        yield "damaged", "it can be read, but parts of the file are damaged"
    height, width = int(seen.height[row]), int(seen.width[row])
    if not height or not width:
        return
    if min(height, width) < TINY_PIXELS:
        yield "tiny", f"{width} by {height} pixels"
    if max(height, width) > MOST_ASPECT * min(height, width):
        yield "shape", f"{width} by {height} pixels, {max(height, width) / min(height, width):.1f} to 1"
    if seen.contrast[row] < BLANK_CONTRAST and seen.span[row] < BLANK_SPAN:
        yield "blank", "almost one colour"
