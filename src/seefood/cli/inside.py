"""The network that a person wants to look into, and its layers as a table in the terminal."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from seefood.backbones.catalogue import open_backbone
from seefood.backbones.feature_maps import Inside
from seefood.cli.terminal import console, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seefood.backbones.anatomy import Place
    from seefood.backbones.feature_maps import FeatureMaps
    from seefood.convolution.layer_table import LayerRow
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


@dataclass(frozen=True)
class Opened:
    """A network and what it is called; ``classifier`` opens it for naming pictures, None where it names nothing."""

    name: str
    inside: Inside
    classifier: "Callable[[], Classifier] | None"

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
    return Opened(found.network.name, Inside.of(found), naming)


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
    if maps is not None:
        _show_strongest(maps)


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


def _short(number: int) -> str:
    """A count with three digits and a unit; nothing for none.

    >>> _short(896), _short(20_070_400), _short(3_857_973_248), _short(0)
    ('896', '20.1 M', '3.86 G', '')
    """
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= 0.9995 * size:
            value = number / size
            return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} {unit}"
    return str(number or "")


def _side(numbers: tuple[int, ...]) -> str:
    """One number where all are the same."""
    return str(numbers[0]) if numbers and len(set(numbers)) == 1 else _by(numbers)


def _by(numbers: tuple[int, ...]) -> str:
    return "×".join(map(str, numbers))
