"""``seefood backbones``: the catalogue."""

import json
from typing import Any

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout, and nothing else there.")
@click.option("--quiet", "-q", is_flag=True, help="Do not measure how fast they are here.")
def command(as_json: bool, quiet: bool) -> None:
    """Which networks there are, and how to get the ones that are not here."""
    from seefood.backbones.catalogue import CATALOGUE

    rows = [_row(name, measure=not quiet) for name in CATALOGUE]
    if as_json:
        click.echo(json.dumps(rows))
        return
    _show(rows)


def _row(name: str, *, measure: bool) -> dict[str, Any]:
    from seefood.backbones.catalogue import CATALOGUE, pictures_per_second

    entry = CATALOGUE[name]
    here = entry.locate()
    return {
        "name": name,
        "title": entry.title,
        "pixels": entry.pixels,
        "parameters": entry.parameters,
        "top1": entry.top1,
        "licence": entry.licence,
        "source": entry.source,
        "here": None if here is None else str(here),
        "pictures_per_second": pictures_per_second(name) if here is not None and measure else None,
    }


def _show(rows: list[dict[str, Any]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from seefood.cli.terminal import console

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("name", "network", "input", "weights", "ImageNet", "speed", "here"):
        table.add_column(heading, no_wrap=True)
    for row in rows:
        table.add_row(*_cells(row))
    out = console()
    out.print(table)
    out.print("[dim]ImageNet: share of 50,000 photos named right. Speed: pictures a second on one core, here.[/]")
    for row in rows:
        out.print(f"[bold]{row['name']}[/]: {row['licence']}; {escape(row['source'])}", soft_wrap=True)
    own = "[bold]your own[/]: --backbone FILE.onnx, with FILE.json beside it that says how its input is prepared"
    out.print(own, soft_wrap=True)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    speed = "" if row["pictures_per_second"] is None else f"{row['pictures_per_second']:.0f}/s"
    here = "[green]yes[/]" if row["here"] else "no"
    size, weights, top1 = f"{row['pixels']}×{row['pixels']}", f"{row['parameters']:g} M", f"{row['top1']:.1%}"
    return row["name"], row["title"], size, weights, top1, speed, here
