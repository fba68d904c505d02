"""What people see: a console for results, a bar for long work, small pictures where the terminal has colours."""

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.console import Console
    from rich.text import Text

Item = TypeVar("Item")

BAR_EIGHTHS = " ▏▎▍▌▋▊▉█"


def console() -> "Console":
    """Where people read results: stdout, or stderr when stdout goes elsewhere."""
    from rich.console import Console

    return Console(stderr=not sys.stdout.isatty(), highlight=False, soft_wrap=False)


def plain(text: str) -> str:
    """A text from anybody, a file's name for example, with question marks for what a terminal would obey.

    >>> plain("bees" + chr(27) + "[2J")
    'bees?[2J'
    """
    return "".join(character if character.isprintable() else "?" for character in text)


def printable(text: str) -> str:
    """A label or a path as text for the console: no markup, and nothing that a terminal would obey.

    >>> printable("bees [red]" + chr(27) + "[2J")
    'bees \\\\[red]?[2J'
    """
    from rich.markup import escape

    return escape(plain(text))


def bar(share: float, width: int) -> str:
    """A bar of block characters, exact to an eighth of a character.

    >>> bar(0.5, 4), bar(1.0, 2)
    ('██  ', '██')
    """
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, part = divmod(eighths, 8)
    return (BAR_EIGHTHS[8] * full + (BAR_EIGHTHS[part] if part else "")).ljust(width)


def in_time(seconds: float) -> str:
    """A rough time in words that fit it.

    >>> in_time(7.2), in_time(48), in_time(140), in_time(7000)
    ('7 seconds', '50 seconds', '2 minutes', '2 hours')
    """
    if seconds < 10:
        return f"{max(1, round(seconds))} seconds"
    if seconds < 95:
        return f"{round(seconds, -1):.0f} seconds"
    minutes = seconds / 60
    return f"{round(minutes)} minutes" if minutes < 95 else f"{round(minutes / 60)} hours"


class Progress:
    """Bars on stderr with the time that is left; silent where stderr is no terminal."""

    def __init__(self, *, quiet: bool) -> None:
        self._bar = None
        self._tasks: dict[str, int] = {}
        if not quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bars

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Bars(*columns, console=Console(stderr=True), transient=True)

    def __enter__(self) -> "Progress":
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, what: str, done: int, of: int | None) -> None:
        """``done`` of ``of`` pictures."""
        if self._bar is None:
            return
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(what, total=of)
        self._bar.update(self._tasks[what], completed=done)  # type: ignore[arg-type]

    def watched(self, items: Iterable[Item], what: str, of: int | None) -> Iterator[Item]:
        """The items, counted as they go by."""
        for done, item in enumerate(items, start=1):
            yield item
            self.update(what, done, of)


def thumbnail(pixels: "NDArray[np.uint8]", columns: int, rows: int) -> "list[Text]":
    """A picture [h, w, 3] as lines of half blocks: each character shows two pixels, one above the other."""
    import numpy as np
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((columns, rows * 2))
    canvas = Image.new("RGB", (columns, rows * 2))
    canvas.paste(image, ((columns - image.width) // 2, (rows * 2 - image.height) // 2))
    upper_and_lower = np.asarray(canvas).reshape(rows, 2, columns, 3)
    return [_half_blocks(upper, lower) for upper, lower in upper_and_lower]


def _half_blocks(upper: "NDArray[np.uint8]", lower: "NDArray[np.uint8]") -> "Text":
    from rich.text import Text

    line = Text()
    for above, below in zip(upper.tolist(), lower.tolist(), strict=True):
        line.append("▀", f"rgb({above[0]},{above[1]},{above[2]}) on rgb({below[0]},{below[1]},{below[2]})")
    return line
