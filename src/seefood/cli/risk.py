"""How many wrong answers a person accepts: the option that says so, and what it buys, as a line and as a table."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console

    from seefood.evaluation import CoveragePoint, Evaluation
    from seefood.model.classifier import Classifier

__all__ = ["a_number", "at_risk", "risk_option", "show_coverage"]

Function = TypeVar("Function", bound=Callable[..., Any])

SHARES = (0.95, 0.9)
PROMISES = (0.05, 0.02, 0.01)
MOST_ROWS = 6
BAR_WIDTH = 14


def risk_option(function: Function) -> Function:
    """``--risk``: the share of answers that may be wrong."""
    option = click.option(
        "--risk",
        type=click.FloatRange(0, 1, min_open=True, max_open=True),
        metavar="R",
        callback=_of_a_model,
        help="Answer only where at most this share of answers is wrong; 0.02 is one in fifty.",
    )
    return option(function)


def a_number(ctx: click.Context, parameter: click.Parameter, value: float | None) -> float | None:  # noqa: ARG001
    """Ranges let through what is no number at all."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("expected a share between 0 and 1; found nan; 0.02 is one in fifty")
    return value


def _of_a_model(ctx: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is None:
        return None
    a_number(ctx, parameter, value)
    optional = any(isinstance(one, click.Option) and one.name == "model_path" for one in ctx.command.params)
    if optional and ctx.params.get("model_path") is None:
        raise click.UsageError(
            "expected --model with --risk; found --risk alone; a network that was not taught here has no score card"
        )
    return value


def at_risk(classifier: "Classifier", risk: float | None, *, quiet: bool) -> "Classifier":
    """The classifier as it was asked for; what that means is said on stderr."""
    if risk is None:
        return classifier
    chosen = classifier.at_risk(risk)
    if not quiet and chosen.score is not None:
        click.echo(told(chosen.card.thresholds.probability, chosen.score), err=True)
    return chosen


def told(probability: float, score: "Evaluation") -> str:
    """What a threshold of probability means, by the score card of a classifier that has it."""
    answered = score.pictures - score.unsure
    right = round((score.accuracy_when_sure or 0.0) * answered)
    wrong = answered - right
    mistakes = f"1 in {round(answered / wrong)} answers was wrong" if wrong else f"none of {answered} answers was wrong"
    return (
        f"answers only from {percent(probability)} up: on pictures it was not taught, "
        f"{percent(answered / max(1, score.pictures))} were answered and {mistakes}"
    )


def percent(share: float) -> str:
    """A share with as many digits as it takes to tell it from 0 and from 1.

    >>> percent(0.93), percent(1.0), percent(0.99991), percent(0.0004)
    ('93 %', '100 %', '99.99 %', '0.04 %')
    """
    digits = 0
    while digits < 6 and (f"{share * 100:.{digits}f}" in (f"{0:.{digits}f}", f"{100:.{digits}f}")) and 0 < share < 1:
        digits += 1
    return f"{share * 100:.{digits}f} %"


def show_coverage(out: "Console", evaluation: "Evaluation") -> None:
    """What declining buys: a few points of the risk-coverage curve, a row each; nothing where there is no curve."""
    from rich.table import Table

    from seefood.cli.terminal import bar

    rows = _rows(evaluation)
    if not rows:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("  if it answers", "answered", "", "wrong", ""):
        table.add_column(heading)
    for name, point in rows:
        wrong = f"[bold]{point.risk or 0:.1%}[/]", f"[dim]{point.wrong} of {point.answered} answers[/]"
        table.add_row(f"  {name}", f"{point.coverage:.0%}", f"[cyan]{bar(point.coverage, BAR_WIDTH)}[/]", *wrong)
    out.print(table)


def _rows(evaluation: "Evaluation") -> "list[tuple[str, CoveragePoint]]":
    """From answering all to answering least; each point once."""
    from seefood.evaluation import needed_probability

    curve = evaluation.risk_coverage
    everything = max(curve, key=lambda point: point.answered, default=None)
    wanted: list[tuple[str, CoveragePoint | None]] = [("whatever is familiar", everything)]
    wanted += [(f"at most {percent(risk)} wrong", needed_probability(curve, risk)) for risk in PROMISES]
    wanted += [(f"the surest {percent(share)}", _nearest(curve, share)) for share in SHARES]
    named: dict[int, tuple[str, CoveragePoint]] = {}
    for name, point in wanted:
        if point is not None:
            named.setdefault(point.answered, (name, point))
    return [named[answered] for answered in sorted(named, reverse=True)][:MOST_ROWS]


def _nearest(curve: "tuple[CoveragePoint, ...]", share: float) -> "CoveragePoint | None":
    """The point that answers about this share of pictures, where there is one within a twentieth of it."""
    point = min(curve, key=lambda point: abs(point.coverage - share), default=None)
    return None if point is None or abs(point.coverage - share) > share / 20 else point
