"""``seefood``: one thin file a command, and one place where errors become a line and an exit status.

Exit status: 0 all well, 1 done but some inputs failed, 2 nothing could be done, 130 interrupted.
"""

import importlib
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

import click

from seefood.cli.options import KEPT
from seefood.cli.terminal import plain
from seefood.errors import SeefoodError

__all__ = ["main"]

COMMANDS = {
    "classify": "Name what is in pictures.",
    "hotdog": "Hot dog, or not hot dog.",
    "train": "Teach a classifier from a folder with one sub-folder for each class.",
    "inspect": "What is wrong with the pictures and their labels, before teaching.",
    "evaluate": "How good a model is, on a folder with one sub-folder for each class.",
    "explain": "Where in a picture the evidence for its verdict is.",
    "augment": "What changed copies of a picture look like: mirrored, turned, brighter, …",
    "convolve": "Slide a kernel over a picture and see what it answers to.",
    "perceptron": "A small network learns, and every number can be looked at.",
    "layers": "Look inside a network, layer by layer.",
    "backbones": "Which networks there are, and how to get the ones that are not here.",
    "completion": "Print the lines that make your shell complete seefood's commands.",
}
NOTHING_DONE = 2
INTERRUPTED = 130


class _Doors(click.Group):
    """Loads a command's file when it is called; turns what the library raises into one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"seefood.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        warnings.showwarning = _once_each_kind()
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except (Exception, KeyboardInterrupt) as error:
            if os.environ.get("SEEFOOD_DEBUG") == "1":
                raise
            ctx.exit(_explain(error, kept=ctx.meta.get(KEPT, False)))


def _explain(error: BaseException, *, kept: bool) -> int:
    if isinstance(error, BrokenPipeError):  # whoever read the output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if isinstance(error, KeyboardInterrupt):
        left = "what was done is kept, run the same command again to go on" if kept else "nothing was written"
        click.echo(f"\nseefood: interrupted; {left}", err=True)
        return INTERRUPTED
    text = plain(" ".join(str(error).split()))
    if isinstance(error, MemoryError):
        found = f"too little ({text})" if text else "too little"
        text = f"expected enough memory; found {found}; close other programs or ask for less"
    elif not isinstance(error, SeefoodError | OSError):
        text = f"expected to go on; found a fault of seefood itself, {type(error).__name__} ({text}); please report it"
    click.echo(f"seefood: {text}", err=True)
    return NOTHING_DONE


def _once_each_kind() -> Callable[..., None]:
    """Shows the first warning of each kind: a cache that is no use is met many times on the way."""
    said: set[type[Warning]] = set()

    def show(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        if category not in said:
            said.add(category)
            click.echo(f"seefood: {plain(' '.join(str(message).split()))}", err=True)

    return show


@click.group(cls=_Doors, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="seefood")
def main() -> None:
    """Teach a computer to see: a folder of photos in, a trustworthy classifier out.

    \b
      seefood classify photo.jpg                    what is in it?
      seefood train photos/ -o mine.onnx            teach: one sub-folder for each class
      seefood classify new/ --model mine.onnx       use it
    """
