"""``python -m seefood``."""

from seefood.cli.main import main

if __name__ == "__main__":
    main()
