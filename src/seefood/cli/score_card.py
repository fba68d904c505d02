"""Score cards for people: figures with their intervals, what was taken for what, the wrong pictures."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from seefood.cli.risk import show_coverage
from seefood.cli.terminal import bar, console, printable
from seefood.evaluation import Evaluation

if TYPE_CHECKING:
    from seefood.model.scratch import ScratchTraining
    from seefood.model.teaching import Training

MOST_CLASSES = 12
MOST_WRONG = 10


def show_training(training: "Training", output: Path) -> None:
    """What teaching gave."""
    from seefood.inspection.summary import many, most_important
    from seefood.model.teaching import WARNINGS

    out = console()
    used, classes = sum(training.classes.values()), len(training.classes)
    out.print(f"[bold]{printable(str(output))}[/]: {classes} classes from {used} pictures", end="")
    out.print(f" in {training.seconds['total']:.1f} s")
    for failure in training.rejected:
        out.print(f"  [red]✗[/] {printable(failure.error)}", soft_wrap=True)
    if training.duplicates:
        copies = many(training.duplicates, "exact copy", "exact copies")
        out.print(f"  {copies}, kept on one side of every split")
    for warning in most_important(training.inspection, WARNINGS):
        out.print(f"  [yellow]![/] {printable(warning)}", soft_wrap=True)
    _show_augmentation(out, training)
    show_evaluation(training.score, "on pictures it was not taught (cross-validation)")
    if training.test is not None:
        show_evaluation(training.test, "on the test folder")


def _show_augmentation(out: Console, training: "Training") -> None:
    """Which changed copies were learned, and why the others were not."""
    if not training.augmentation:
        return
    out.print()
    out.print("[bold]changed copies[/]  [dim]loss: on untouched pictures, without → with copies to learn from[/]")
    table = Table.grid(padding=(0, 2))
    for tried in training.augmentation:
        unsafe = tried.effect.safety == "unsafe"
        mark = "[yellow]! learned[/]" if tried.used and unsafe else "[green]✓ learned[/]" if tried.used else "[dim]–[/]"
        table.add_row(f"  {printable(tried.name)}", mark, printable(tried.sentence()))
    out.print(table)


def show_scratch(training: "ScratchTraining", output: Path) -> None:
    """What training from scratch gave: an epoch a line, and how good the network is."""
    out = console()
    used, classes = sum(training.classes.values()), len(training.classes)
    out.print(f"[bold]{printable(str(output))}[/]: {classes} classes from {used} pictures", end="")
    out.print(f" in {training.seconds['total']:.1f} s")
    if training.resumed:
        out.print(f"  gone on with after {training.resumed} epochs that an earlier run had done")
    for failure in training.rejected:
        out.print(f"  [red]✗[/] {printable(failure.error)}", soft_wrap=True)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("  epoch", "loss", "accuracy", "validation loss", "validation accuracy", "", "seconds"):
        table.add_column(heading, justify="right")
    for record in training.history:
        table.add_row(
            f"{record.number}{' kept' if record.number == training.best else ''}",
            f"{record.loss:.4g}",
            f"{record.accuracy:.1%}",
            f"{record.validation_loss:.4g}",
            f"{record.validation_accuracy:.2%}",
            f"[cyan]{bar(record.validation_accuracy, 10)}[/]",
            f"{record.seconds:.1f}",
        )
    out.print(table)
    show_evaluation(training.score, f"on {training.validation} pictures kept to validate on, which chose the epoch")
    if training.test is not None:
        show_evaluation(training.test, "on the test pictures, which chose nothing")


def show_evaluation(evaluation: Evaluation, title: str) -> None:
    """One score card."""
    out = console()
    out.print()
    out.print(f"[bold]{printable(title)}[/]")
    for failure in evaluation.failed:
        out.print(f"  [red]✗[/] {printable(failure.error)}", soft_wrap=True)
    if evaluation.accuracy is None:
        out.print("  no picture could be read")
        return
    _show_figures(out, evaluation)
    show_coverage(out, evaluation)
    _show_classes(out, evaluation)
    _show_wrong(out, evaluation)


def _show_figures(out: Console, evaluation: Evaluation) -> None:
    low, high = evaluation.interval
    right = round((evaluation.accuracy or 0) * evaluation.pictures)
    counted = f"{right} of {evaluation.pictures}; 95 % interval {low:.1%} to {high:.1%}"
    rows = [
        ("accuracy", f"[bold]{evaluation.accuracy:.1%}[/]", counted),
        ("baseline", f"{evaluation.baseline:.1%}", "always naming the most frequent class"),
        ("not sure", f"{evaluation.unsure}", _doubts(evaluation)),
        ("calibration error", f"{evaluation.calibration_error:.1%}", "how far its probabilities are from what happens"),
    ]
    table = Table.grid(padding=(0, 2))
    for name, value, note in rows:
        table.add_row(f"  {name}", value, f"[dim]{note}[/]")
    out.print(table)


def _doubts(evaluation: Evaluation) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in evaluation.unsure_reasons.items() if count)
    if not reasons:
        return "it was sure of every picture"
    if evaluation.accuracy_when_sure is None:
        return reasons
    return f"{reasons}; {evaluation.accuracy_when_sure:.1%} right of the others"


def _show_classes(out: Console, evaluation: Evaluation) -> None:
    """A row a class: how many of it were found, and what the others were taken for."""
    counts = evaluation.confusion.counts
    present = [index for index, row in enumerate(counts) if sum(row)]
    worst = sorted(present, key=lambda index: counts[index][index] / sum(counts[index]))[:MOST_CLASSES]
    table = Table(box=None, padding=(0, 2, 0, 0), title_justify="left", header_style="dim")
    for heading in ("  class", "pictures", "found", "", "precision", "taken for"):
        table.add_column(heading)
    for index in sorted(worst):
        table.add_row(*_class_row(evaluation, index))
    out.print(table)
    if len(present) > len(worst):
        out.print(f"  [dim]and {len(present) - len(worst)} classes that it knows better[/]")


def _class_row(evaluation: Evaluation, index: int) -> tuple[str, ...]:
    labels, row = evaluation.confusion.labels, evaluation.confusion.counts[index]
    score = evaluation.per_class[labels[index]]
    others = sorted(((count, other) for other, count in enumerate(row) if count and other != index), reverse=True)
    taken = ", ".join(f"{printable(labels[other])} {count}" for count, other in others[:3])
    precision = "–" if score.precision is None else f"{score.precision:.0%}"
    recall = score.recall or 0.0
    found = f"[cyan]{bar(recall, 10)}[/]"
    return f"  {printable(labels[index])}", str(score.pictures), f"{recall:.0%}", found, precision, taken


def _show_wrong(out: Console, evaluation: Evaluation) -> None:
    for mistake in evaluation.wrong[:MOST_WRONG]:
        doubt = " (not sure)" if mistake.reason else ""
        said = f"{printable(mistake.verdict)} {mistake.probability:.0%}{doubt}"
        out.print(f"  [red]✗[/] {printable(mistake.path or '')}: {said}", soft_wrap=True)
    more = len(evaluation.wrong) - MOST_WRONG
    if more > 0:
        out.print(f"  [dim]and {more} more wrong ones[/]")
