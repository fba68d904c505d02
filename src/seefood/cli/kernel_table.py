"""``seefood convolve --list``: the shelf of named kernels in the terminal, or as JSON."""

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from seefood.convolution.kernels import Kernel


def show_shelf(*, as_json: bool, quiet: bool) -> None:
    """Every kernel that has a name, with its weights and what it answers to."""
    from seefood.convolution.shelf import SHELF

    if as_json:
        rows = [
            {"name": name, "weights": kernel.values.tolist(), "sentence": kernel.sentence}
            for name, kernel in SHELF.items()
        ]
        click.echo(json.dumps(rows))
        return
    if quiet:
        return
    from rich.table import Table

    from seefood.cli.terminal import console

    table = Table(box=None, padding=(0, 2, 1, 0), header_style="bold")
    table.add_column("name", no_wrap=True)
    table.add_column("weights", no_wrap=True)
    table.add_column("answers to")
    for name, kernel in SHELF.items():
        table.add_row(f"[bold]{name}[/]", _grid(kernel), kernel.sentence.replace("[", "\\["))
    console().print(table)


def _grid(kernel: "Kernel") -> Any:
    """Weights as rows of cells: the sign in every number, and blue or orange behind it where there are colours."""
    import numpy as np
    from rich.text import Text

    from seefood.convolution.arithmetic import common_part, in_words
    from seefood.drawing.colours import signed

    part = common_part(kernel.values)
    shown = np.rint(kernel.values * part) if part > 1 else kernel.values
    cells = [[in_words(float(value)) for value in row] for row in shown]
    width = max(len(cell) for row in cells for cell in row) + 2
    lines = []
    for row, colours in zip(cells, signed(kernel.values).tolist(), strict=True):
        line = Text()
        for cell, (red, green, blue) in zip(row, colours, strict=True):
            ink = "black" if 299 * red + 587 * green + 114 * blue > 121_000 else "white"
            line.append(f"{cell.rjust(width - 1)} ", f"{ink} on rgb({red},{green},{blue})")
        lines.append(line)
    if part > 1:
        lines.append(Text(f"each × 1/{part}", "dim"))
    return Text("\n").join(lines)
