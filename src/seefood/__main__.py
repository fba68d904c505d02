"""``python -m seefood``, and where the ``seefood`` command begins."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; whoever presses Ctrl-C before it is loaded sees a line, too."""
    try:
        from seefood.cli.main import main as command_line

        command_line()
    except KeyboardInterrupt:
        sys.stderr.write("\nseefood: interrupted; nothing was written\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
