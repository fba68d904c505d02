"""What people see of a small network's learning: its examples, its columns, its epochs, its arithmetic."""

from collections.abc import Iterator

import numpy as np
from rich.table import Table

from seefood.cli.terminal import bar, console, printable
from seefood.perceptron import History, Problem
from seefood.perceptron.network import arrows
from seefood.perceptron.pictures import left_out
from seefood.perceptron.pictures.arithmetic import written_out
from seefood.perceptron.pictures.example import Example, Passage, rows_of
from seefood.perceptron.pictures.numerals import numeral, significant

__all__ = ["show"]

SHOWN_EPOCHS = 12
SHOWN_COLUMNS = 8
NARROW = 80
"""Columns of a terminal below which the bar, and room between columns, are left out."""


def show(data: Problem, history: History, trace: int | None, output: dict[str, str] | None) -> None:
    """Print a learned problem: its examples, its columns, its epochs, the arithmetic of one example, and its files."""

    out = console()
    out.print(f"[bold]{printable(data.name)}[/]: {printable(_examples(data))}")
    for line in _columns(data):
        out.print(printable(line))
    sizes = arrows(history.network.sizes, "-")
    out.print(
        f"network {sizes} with {history.network.parameters:,} weights; {history.seconds:.1f} s for "
        f"{len(history.step_losses):,} step{'' if len(history.step_losses) == 1 else 's'}"
    )
    if history.epochs:
        out.print(_epochs(history, is_narrow=out.width < NARROW))
    if trace is not None:
        _show_arithmetic(data, history, trace)
    for name, path in (output or {}).items():
        out.print(f"  {name:10} {printable(path)}", soft_wrap=True)
    for name, why in left_out(data, history).items() if output else ():
        out.print(f"  {name:10} {printable(why)}")


def _examples(data: Problem) -> str:
    """How many examples there are, and what becomes of them."""
    learned, tested = len(data.inputs), 0 if data.test_inputs is None else len(data.test_inputs)
    if data.lines is None:
        more = f", {tested:,} more to test on" if tested else ""
        return f"{learned:,} examples of {len(data.labels)} classes{more}"
    kept = f"{tested:,} kept to test" if tested else "too few to keep some to test"
    split = f"{learned:,} of {learned + tested:,} lines learned from, {kept}"
    return f"{split}; {len(data.labels)} classes in '{data.label_column}'"


def _columns(data: Problem) -> Iterator[str]:
    """What was done to the columns of a table."""

    scaling = data.scaling
    if data.left_out:
        yield f"left out, as they only number the lines: {', '.join(data.left_out)}"
    if scaling is None:
        if data.lines is not None:
            yield "columns used as they are"
    elif scaling.kind == "pixels":
        yield "pixels divided by 255"
    else:
        columns = list(zip(data.feature_names, scaling.shift.tolist(), scaling.divisor.tolist(), strict=True))
        yield "columns standardised, (number − mean) / deviation:"
        for name, mean, deviation in columns[:SHOWN_COLUMNS]:
            yield f"  {name}: mean {significant(mean)}, deviation {significant(deviation)}"
        if len(columns) > SHOWN_COLUMNS:
            yield f"  … and {len(columns) - SHOWN_COLUMNS:,} more"


def _epochs(history: History, *, is_narrow: bool) -> Table:
    """A dozen epochs from first to last: loss and accuracy."""

    table = Table(box=None, padding=(0, 1 if is_narrow else 2, 0, 0), header_style="bold")
    tested = any(epoch.test_loss is not None for epoch in history.epochs)
    of_test = ("test\nloss", "test\naccuracy") if is_narrow else ("test loss", "test accuracy")
    for heading in ("epoch", "loss", "accuracy", *(() if is_narrow else ("",)), *(of_test if tested else ())):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    last = len(history.epochs)
    for place in sorted({int(place) for place in np.rint(np.linspace(0, last - 1, min(last, SHOWN_EPOCHS)))}):
        epoch = history.epochs[place]
        cells = [str(epoch.number), significant(epoch.loss), f"{epoch.accuracy:.1%}"]
        cells += [] if is_narrow else [bar(epoch.accuracy, 20)]
        if epoch.test_loss is not None and epoch.test_accuracy is not None:
            cells += [significant(epoch.test_loss), f"{epoch.test_accuracy:.1%}"]
        table.add_row(*cells)
    return table


def _show_arithmetic(data: Problem, history: History, number: int) -> None:

    out = console()
    passage = Example.of(data, number, history.settings.loss).through(history.network)
    out.print(f"\n{printable(passage.example.name)}: {printable(_inputs(passage))}", soft_wrap=True)
    for kind, line in written_out(passage, backward=True):
        text = printable(line)
        out.print(f"[bold]{text}[/]" if kind == "heading" else f"  {text}", soft_wrap=True)


def _inputs(passage: Passage) -> str:
    """What goes in, by name, as it is in the file and as the network gets it; of many inputs the largest."""

    example, row = passage.example, rows_of(passage)[0]
    told = []
    for place in row.shown:
        value = numeral(float(example.inputs[place]))
        changed = "" if example.originals is None else f"{significant(float(example.originals[place]))} → "
        told.append(f"{example.feature(place)} {changed}{value}")
    few = f", and {row.count - len(row.shown):,} smaller ones" if len(row.shown) < row.count else ""
    return ", ".join(told) + few
