"""``seefood hotdog``: the See-Food app."""

import sys
from pathlib import Path

import click

from seefood.cli import options


@click.command(epilog=options.PICTURES)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@options.model
@options.network
@options.shared
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    model_path: Path | None,
    backbone: str,
    weights: Path | None,
    threads: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Hot dog, or not hot dog.

    The network divides its belief among a thousand things, so a hot dog seldom comes out first. The question here has
    two answers: it says yes where it believes in a hot dog more than the one in a thousand that it would without
    looking.
    """
    from seefood.cli.classify import opened
    from seefood.cli.inputs import check_any, how_many, picture_paths
    from seefood.cli.results import json_line
    from seefood.cli.terminal import Progress
    from seefood.model.hotdog import hotdogs
    from seefood.verdicts import Failure

    check_any(paths)
    answers = hotdogs(opened(model_path, backbone, weights), picture_paths(paths), threads=threads)
    failed = yes = no = 0
    count = how_many(paths) if sys.stderr.isatty() and not quiet else None
    with Progress(quiet=quiet or sys.stdout.isatty()) as progress:
        for answer in progress.watched(answers, "pictures", count):
            if as_json:
                click.echo(json_line(answer.to_json()), nl=False)
            if isinstance(answer, Failure):
                failed += 1
                if not as_json:
                    click.echo(f"seefood: {answer.error}", err=True)
                continue
            yes, no = yes + answer.hotdog, no + (not answer.hotdog)
            if not as_json and not quiet:
                _show(answer.path or "", answer.hotdog, answer.probability)
    if not as_json and not quiet and yes + no > 1:
        click.echo(f"{yes} hot dogs, {no} not", err=not sys.stdout.isatty())
    ctx.exit(1 if failed else 0)


def _show(path: str, hotdog: bool, probability: float) -> None:
    said = click.style("hot dog    ", fg="green", bold=True) if hotdog else click.style("not hot dog", fg="red")
    click.echo(f"{said}  {probability:6.1%}  {path}", err=not sys.stdout.isatty())
