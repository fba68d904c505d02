"""``python -m seefood``, and where the ``seefood`` command begins."""

import gc
import sys

__all__ = ["main"]

SELDOM = 100_000
"""New objects between two searches for garbage; a search each 700, as usual, is a twentieth of a short command."""


def main() -> None:
    """Run the command line; whoever presses Ctrl-C before it is loaded sees a line, too."""
    gc.set_threshold(SELDOM)
    try:
        from seefood.cli.main import main as command_line

        command_line()
    except KeyboardInterrupt:
        sys.stderr.write("\nseefood: interrupted; nothing was written\n")
        sys.exit(130)
    finally:
        gc.freeze()  # Python would search everything once more at the end, where all of it goes anyway


if __name__ == "__main__":
    main()
