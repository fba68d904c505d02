"""The network that a person wants to look into, and its layers as a table in the terminal."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from seefood.backbones.catalogue import CATALOGUE, open_backbone
from seefood.backbones.feature_maps import Inside
from seefood.cli.terminal import console, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seefood.backbones.anatomy import Place
    from seefood.backbones.catalogue import Counting, Entry
    from seefood.backbones.feature_maps import FeatureMaps
    from seefood.convolution.layer_table import LayerRow, LayerTable
    from seefood.model.classifier import Classifier
    from seefood.verdicts import Verdict

TOP = 3
STRONGEST = 8
UNKNOWN = "?"
WIDE = 100
"""Columns of a terminal in which kinds have room for all their words."""
NUMBERS, SHORTEST = 43, 12
"""Columns that everything but names and kinds needs; and those that names have at least."""
COUNTED = (
    "those of convolutions and dense layers. /2: stride 2. Sees: the receptive field, in pixels of the network's input."
)
ALSO: "dict[Counting, str]" = {
    "all operations": "; with normalisation, activations and additions counted too, ",
    "convolutions": "; the convolutions alone, ",
}
"""What is said between the network's multiply-adds and those that compare with a published figure."""


@dataclass(frozen=True)
class Opened:
    """A network and what it is called.

    ``classifier`` opens it for naming pictures, None where it names nothing; ``entry`` is its place in the catalogue.
    """

    name: str
    inside: Inside
    classifier: "Callable[[], Classifier] | None"
    entry: "Entry | None" = None

    @property
    def operations(self) -> int | None:
        """All operations for one picture; None where nobody knows whether convolutions were normalised.

        A normalisation that is still a layer of its own has not been folded into the convolution before it.
        """
        table = self.inside.anatomy.table
        if self.entry is not None:
            return table.operations(normalised=self.entry.normalised)
        least, most = (table.operations(normalised=normalised) for normalised in (False, True))
        return least if least == most or any(row.kind == "batch normalisation" for row in table) else None

    def verdict(self, picture: Path) -> "Verdict | None":
        """What the network says about a picture, as ``seefood classify`` would."""
        from seefood.verdicts import Verdict

        found = None if self.classifier is None else self.classifier().judged(picture, TOP)
        return found if isinstance(found, Verdict) else None

    def labels(self, place: "Place") -> "Sequence[str]":
        """The names of a last layer's channels: those of the classes; none for the other layers."""
        if self.classifier is None or place.row.kind not in ("dense", "softmax"):
            return ()
        labels = self.classifier().labels
        return labels if place.row.output == (len(labels),) else ()


def opened(model_path: Path | None, backbone: str, weights: Path | None) -> Opened:
    """The model file that was named, or the backbone."""
    from seefood.model.pretrained import pretrained

    if model_path is not None:
        from seefood.model import load

        classifier = load(model_path)
        inside = Inside(classifier.data, "probabilities", classifier.card.preprocessing)
        return Opened(model_path.name, inside, lambda: classifier)
    found = open_backbone(backbone, weights)
    naming = partial(pretrained, backbone, weights) if found.network.classes else None
    return Opened(found.network.name, Inside.of(found), naming, CATALOGUE.get(backbone))


def show_layers(network: Opened, place: "Place | None", maps: "FeatureMaps | None") -> None:
    """The table of layers with its totals, and the strongest channels of the one that was asked for."""
    out = console()
    rows = network.inside.anatomy.table
    cells = [_cells(row, narrow=out.width < WIDE) for row in rows]
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    room = out.width - max(len(kind) for _, kind, *_ in cells) - NUMBERS
    table.add_column("layer", no_wrap=True, max_width=max(room, SHORTEST))
    table.add_column("kind", no_wrap=True)
    for heading in ("kernel", "output", "weights", "multiply-\nadds", "sees"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row, texts in zip(rows, cells, strict=True):
        table.add_row(*texts, style="bold cyan" if place is not None and row == place.row else None)
    table.add_section()
    table.add_row("in all", "", "", "", _short(rows.parameters), _short(rows.multiply_adds), "", style="bold")
    out.print(table)
    out.print(f"[dim]{rows.parameters:,} weights; {rows.multiply_adds:,} multiply-adds for one picture: {COUNTED}[/]")
    if network.entry is not None:
        out.print(f"[dim]{_compared(network.entry, rows)}[/]")
    if maps is not None:
        _show_strongest(maps)


def _compared(entry: "Entry", rows: "LayerTable") -> str:
    """The multiply-adds beside the published ones, and counted as those are where that is another number."""
    published, plain, counted = entry.published, rows.multiply_adds, entry.counted(rows)
    here = _short(plain, 4)
    if counted != plain:
        here += f"{ALSO[published.counting]}{_short(counted, 4)}"
    figure = _short(published.multiply_adds)
    return f"Published by {published.source}: {figure}. Here {here} ({100 * published.deviation(counted):+.1f} %)."


def _show_strongest(maps: "FeatureMaps") -> None:
    strongest = ", ".join(f"#{channel} {maps.strengths[channel]:.3g}" for channel in maps.order[:STRONGEST].tolist())
    shape = _by(maps.values.shape)
    console().print(f"[bold]{printable(maps.name)}[/] ({shape}), strongest channels by mean magnitude: {strongest}")


def _cells(row: "LayerRow", *, narrow: bool) -> tuple[str, ...]:
    kind = row.kind.removesuffix(" convolution").removesuffix(" pooling") if narrow else row.kind
    kind = kind if row.activation is None else f"{kind}, {row.activation}"
    stride = "" if row.stride in (None, (1, 1)) else f" /{_side(row.stride or ())}"
    sees = UNKNOWN if row.receptive_field is None else _side(row.receptive_field.size)
    output = UNKNOWN if row.output is None else _by(row.output)
    counts = _short(row.parameters), _short(row.multiply_adds)
    return printable(row.name), printable(kind), f"{_by(row.kernel or ())}{stride}", output, *counts, sees


def _short(number: int, digits: int = 3) -> str:
    """A count with three digits, or four, and a unit; nothing for none.

    >>> _short(896), _short(20_070_400), _short(3_857_973_248), _short(0)
    ('896', '20.1 M', '3.86 G', '')
    >>> _short(385_187_552, 4), _short(99_996_000, 4), _short(999_960_000, 4)
    ('385.2 M', '100.0 M', '1.000 G')
    """
    half = 0.5 / 10**digits  # of the last digit: from there on it rounds up to one more before the point
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        value = number / size
        if value >= 1 - half:
            before = next(many for many in (1, 2, 3) if many == 3 or value < 10**many * (1 - half))
            return f"{value:.{digits - before}f} {unit}"
    return str(number or "")


def _side(numbers: tuple[int, ...]) -> str:
    """One number where all are the same."""
    return str(numbers[0]) if numbers and len(set(numbers)) == 1 else _by(numbers)


def _by(numbers: tuple[int, ...]) -> str:
    return "×".join(map(str, numbers))
