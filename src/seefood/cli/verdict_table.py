"""Verdicts for people, one below the other: the picture where the terminal can show it, its name, bars."""

from typing import TYPE_CHECKING

from seefood.cli.terminal import bar, console, printable, thumbnail
from seefood.errors import PictureError
from seefood.verdicts import Failure, Verdict

if TYPE_CHECKING:
    from rich.text import Text

IN_DETAIL = 12
"""Pictures that are shown with bars; what follows gets a line each."""
MOST_THUMBNAILS = 12
COLUMNS, ROWS = 14, 6
BAR_WIDTH = 20
SHOWN = 3
REASONS = {"uncertain": "not sure", "unfamiliar": "not sure: unlike anything it was taught"}


class VerdictTable:
    """Prints as outcomes come, so that a long stream can be read while it runs."""

    def __init__(self, thumbnails: bool | None) -> None:
        self._console = console()
        self._shown = 0
        able = self._console.is_terminal and self._console.color_system is not None
        self._thumbnails_left = (MOST_THUMBNAILS if able else 0) if thumbnails is None else (10**9 if thumbnails else 0)

    def show(self, outcome: Verdict | Failure) -> None:
        """One picture."""
        if isinstance(outcome, Failure):
            self._console.print(f"[red]✗[/] {printable(outcome.error)}", soft_wrap=True)
            return
        self._shown += 1
        name = f"[bold]{printable(outcome.path or 'picture')}[/]  {_said(outcome)}"
        picture = self._picture(outcome)
        in_detail = picture or self._shown <= IN_DETAIL
        lines = [name, *_bars(outcome)] if in_detail else [f"{name} {outcome.probability:.1%}"]
        if picture:
            self._beside(picture, lines)
        else:
            for line in lines:
                self._console.print(line, soft_wrap=True)

    def _picture(self, outcome: Verdict) -> "list[Text]":
        if self._thumbnails_left <= 0 or outcome.path is None:
            return []
        from seefood.pictures import decode

        self._thumbnails_left -= 1
        try:
            return thumbnail(decode(outcome.path, (ROWS * 4, COLUMNS * 2)), COLUMNS, ROWS)
        except PictureError:
            return []

    def _beside(self, picture: "list[Text]", lines: list[str]) -> None:
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 2))
        grid.add_row(Text("\n").join(picture), "\n".join(["", *lines]))
        self._console.print(grid)
        self._console.print()


def _said(verdict: Verdict) -> str:
    if verdict.reason is not None:
        return f"[yellow]{REASONS[verdict.reason]}[/]"
    return f"[green]{printable(verdict.label or '')}[/]"


def _bars(verdict: Verdict) -> list[str]:
    return [
        f"  [cyan]{bar(guess.probability, BAR_WIDTH)}[/] {guess.probability:6.1%}  {printable(guess.label)}"
        for guess in verdict.top[:SHOWN]
    ]
