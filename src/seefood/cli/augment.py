"""``seefood augment``: see what changed copies of a picture look like."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from seefood.cli import options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from seefood.augmentation import Augmentation
    from seefood.augmentation.shown import Row

EPILOG = """\b
LIST is names with commas between them, each with a number if it is not to be
the usual one: "mirror, rotate 30, shift 0.2". The numbers: rotate and shear take
degrees; shift, zoom, crop, brightness, contrast, colour, blur and erase a share,
such as 0.2; noise takes grey levels; turn 90, 180 or 270, if only one of them.

\b
  seefood augment photo.jpg -o sheet.png
  seefood augment letter.png --augment "mirror, rotate 30" -o sheet.png
"""


@click.command(epilog=EPILOG)
@click.argument("photo", type=options.PATH)
@click.option("--output", "-o", type=options.PATH, required=True, help="The sheet (.png, .jpg or .webp).")
@click.option("--augment", "-a", "names", metavar="LIST", help="Transforms, in quotes; all of them by default.")
@click.option(
    "--border",
    default="reflect",
    show_default=True,
    metavar="B",
    help="Beyond the edge: reflect, constant (black) or 'constant RED GREEN BLUE'.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same views.")
@click.option(
    "--language", type=click.Choice(["en", "ko"]), default="en", show_default=True, help="What the sheet is written in."
)
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout, and nothing else there.")
def command(
    photo: Path,
    output: Path,
    names: str | None,
    border: str,
    seed: int,
    language: Literal["en", "ko"],
    quiet: bool,
    as_json: bool,
) -> None:
    """Show what PHOTO looks like under each transform: the ends of its range, and views by chance.

    These are the changed copies that a network can learn from, so that it sees more than there is. Each card says where
    its transform would teach something wrong.
    """
    from seefood.augmentation.sheet import SIDE, Look, shown_sheet
    from seefood.augmentation.shown import rows_of, small
    from seefood.drawing.saving import check_place, save

    augmentation = _wished(names, border)
    check_place(output, [photo])
    picture = _pixels(photo)
    rows = rows_of(small(picture, SIDE), augmentation, seed)
    look = Look(photo.name, (picture.shape[0], picture.shape[1]), seed, language)
    save(shown_sheet(rows, augmentation.border, look), output)
    if as_json:
        click.echo(json.dumps({"output": str(output), "transforms": [row.to_json() for row in rows]}))
    elif not quiet:
        _show(rows, output)


def _wished(names: str | None, border: str) -> "Augmentation":
    from seefood.augmentation import DEFAULTS, Augmentation, border_from

    chosen = border_from(border)
    return Augmentation(DEFAULTS, chosen) if names is None else Augmentation.from_text(names, chosen)


def _pixels(photo: Path) -> "NDArray[np.uint8]":
    """The picture; of one channel where it has no colour."""
    import numpy as np

    from seefood.pictures import decode

    colours = decode(photo)
    alike = all(np.array_equal(colours[..., 0], colours[..., channel]) for channel in (1, 2))
    return np.ascontiguousarray(colours[..., :1]) if alike else colours


def _show(rows: "list[Row]", output: Path) -> None:
    from seefood.cli.terminal import console, printable

    out = console()
    for row in rows:
        out.print(f"[bold]{row.transform.name}[/], {row.transform.range()}: {row.transform.sentence}", soft_wrap=True)
    out.print(f"drawn: {printable(str(output))}", soft_wrap=True)
