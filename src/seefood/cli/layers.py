"""``seefood layers``: what a network is made of, and what each layer makes of a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seefood.cli import options

if TYPE_CHECKING:
    from PIL import Image

    from seefood.backbones.anatomy import Place
    from seefood.backbones.catalogue import Entry
    from seefood.backbones.feature_maps import FeatureMaps
    from seefood.cli.inside import Opened
    from seefood.convolution.layer_table import LayerTable

MOST_MAPS = 4096


@click.command()
@click.argument("picture", type=options.PATH)
@options.model
@options.network
@click.option("--at", metavar="LAYER", help="The maps of this layer or block, for example stem, block3, block3/expand.")
@click.option(
    "--maps", type=click.IntRange(1, MOST_MAPS), default=64, show_default=True, help="At most so many maps of --at."
)
@click.option("--filters", is_flag=True, help="The first layer's filters, as colour pictures.")
@click.option("--output", "-o", type=options.PATH, help="Where to draw it (PNG, JPEG, WebP).")
@click.option("--quiet", "-q", is_flag=True, help="No table.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout, and nothing else there.")
def command(
    picture: Path,
    model_path: Path | None,
    backbone: str,
    weights: Path | None,
    at: str | None,
    maps: int,
    filters: bool,
    output: Path | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Look inside a network, layer by layer, with PICTURE going through it.

    Shows the table of layers. With -o it draws every block's strongest maps, with --at those of one layer.
    """
    from seefood.cli.inside import opened, show_layers
    from seefood.drawing.saving import check_place, save
    from seefood.errors import OutputError

    if filters and (at is not None or output is None):
        found = "--at as well" if at is not None else "no -o"
        raise OutputError(f"expected --filters with -o OUT.png, without --at; found {found}; say where to draw them")
    if output is not None:
        check_place(output, [path for path in (picture, model_path, weights) if path is not None])
    network = opened(model_path, backbone, weights)
    place = None if at is None else network.inside.anatomy.find(at)
    pixels = network.inside.preprocessing.prepare(picture)
    found_maps = None if place is None else network.inside.maps(pixels, [place])[0]
    if output is not None:
        save(_drawn(network, picture, pixels, place, found_maps, maps, filters), output)
    if as_json:
        from seefood.cli.results import json_line

        click.echo(json_line(_to_json(network, picture, found_maps, output)), nl=False)
    elif not quiet:
        show_layers(network, place, found_maps)


def _drawn(
    network: "Opened",
    picture: Path,
    pixels: Any,
    place: "Place | None",
    maps: "FeatureMaps | None",
    most: int,
    filters: bool,
) -> "Image.Image":
    """The picture that was asked for."""
    from seefood.evaluation.layer_overview import layer_overview
    from seefood.evaluation.layer_parts import Subject
    from seefood.evaluation.layer_sheet import filter_sheet, layer_sheet

    if filters:
        return filter_sheet(network.inside.filters(), network.name)
    subject = Subject(pixels, picture.name, network.name, network.inside.anatomy.table)
    if place is not None and maps is not None:
        return layer_sheet(subject, place.row, maps, most, network.labels(place))
    places = network.inside.anatomy.mapped
    found = network.inside.maps(pixels, list(places.values()))
    rows = [(name, at.row, answer) for (name, at), answer in zip(places.items(), found, strict=True)]
    return layer_overview(subject, rows, network.verdict(picture))


def _to_json(network: "Opened", picture: Path, maps: "FeatureMaps | None", output: Path | None) -> dict[str, Any]:
    return {
        "path": str(picture),
        "backbone": network.name,
        "layers": [row.to_json() for row in network.inside.anatomy.table],
        "multiply_adds": network.inside.anatomy.table.multiply_adds,
        "operations": network.operations,
        "published": None if network.entry is None else _published(network.entry, network.inside.anatomy.table),
        "at": None if maps is None else maps.name,
        "shape": None if maps is None else list(maps.values.shape),
        "maps": None if maps is None else [_map_to_json(maps, channel) for channel in maps.order.tolist()],
        "output": None if output is None else str(output),
    }


def _published(entry: "Entry", table: "LayerTable") -> dict[str, Any]:
    """What others say that it needs, and its layers counted so that they compare."""
    published, counted = entry.published, entry.counted(table)
    return {
        "multiply_adds": published.multiply_adds,
        "source": published.source,
        "counting": published.counting,
        "counted": counted,
        "deviation": published.deviation(counted),
    }


def _map_to_json(maps: "FeatureMaps", channel: int) -> dict[str, Any]:
    mean, maximum = float(maps.strengths[channel]), float(maps.largest[channel])
    return {"channel": channel, "mean": mean, "maximum": maximum}
