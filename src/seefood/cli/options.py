"""Options that several commands share, said once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

PATH = click.Path(path_type=Path, readable=False)
"""The library opens what is named, and says in one line what is wrong with it."""

Function = TypeVar("Function", bound=Callable[..., Any])

PICTURES = "PATH may be a file, a folder (searched in depth), a glob in quotes, or - for a list of paths on stdin."


KEPT = "seefood.kept"
"""In a context's ``meta``: True once the command keeps what it does, so that the same command can go on."""


def shared(function: Function) -> Function:
    """``--json``, ``--quiet`` and ``--threads``."""
    for option in (
        click.option("--threads", type=click.IntRange(1, 1024), help="Pictures at once; a core each by default."),
        click.option("--quiet", "-q", is_flag=True, help="No progress bar and no table."),
        click.option("--json", "as_json", is_flag=True, help="JSON on stdout, and nothing else there."),
    ):
        function = option(function)
    return function


def network(function: Function) -> Function:
    """``--backbone`` and ``--weights``."""
    for option in (
        click.option("--weights", type=PATH, callback=_not_beside_a_model, help="The network's weights file."),
        click.option(
            "--backbone",
            default="lite0",
            show_default=True,
            callback=_not_beside_a_model,
            help="A network from 'seefood backbones', or an .onnx file with a .json beside it.",
        ),
    ):
        function = option(function)
    return function


def model(function: Function) -> Function:
    """``--model``, which a network that is named as well contradicts."""
    option = click.option(
        "--model", "-m", "model_path", type=PATH, is_eager=True, help="A model file that 'seefood train' made."
    )
    return option(function)


def average(function: Function) -> Function:
    """``--average``: answers as means over changed copies."""
    option = click.option(
        "--average", metavar="LIST", help="Average each answer over changed copies of the picture: 'mirror, rotate 5'."
    )
    return option(function)


def _not_beside_a_model(ctx: click.Context, parameter: click.Parameter, value: Any) -> Any:
    typed = ctx.get_parameter_source(parameter.name or "") is not ParameterSource.DEFAULT
    if typed and value is not None and ctx.params.get("model_path") is not None:
        raise click.UsageError(f"expected --model or {parameter.opts[0]}; found both; a model has its network inside")
    return value
