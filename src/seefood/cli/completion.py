"""``seefood completion``: tab completion."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the lines that make SHELL complete seefood's commands and options.

    \b
      bash: seefood completion bash >> ~/.bashrc
      zsh:  seefood completion zsh >> ~/.zshrc
      fish: seefood completion fish > ~/.config/fish/completions/seefood.fish
    """
    from seefood.cli.main import main

    completion = get_completion_class(shell)
    if completion is None:
        raise click.UsageError(f"expected bash, zsh or fish; found {shell}")
    click.echo(completion(main, {}, "seefood", "_SEEFOOD_COMPLETE").source())
