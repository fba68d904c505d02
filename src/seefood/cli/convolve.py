"""``seefood convolve``: slide kernels over a picture."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seefood.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from seefood.convolution.answered import Answered
    from seefood.convolution.arithmetic import Arithmetic
    from seefood.convolution.geometry import Padding, Pair
    from seefood.convolution.kernels import Kernel

MOST_KERNELS = 4096

EPILOG = """\b
K is rows of weights, "1 1; -1 -1" or "[[1, 1], [-1, -1]]", with fractions such
as 1/9 where you like; or a text, CSV or JSON file; or a name on the shelf.

The kernel is laid on the picture as it is written: cross-correlation, which deep
learning calls convolution. --flip turns it by 180 degrees first, as mathematics
does; what is said and drawn is then the turned kernel. Pixels count 0 to 255. A
colour picture answers for each channel; --grey makes it grey first (ITU-R
BT.601: 0.299 red + 0.587 green + 0.114 blue).

\b
  seefood convolve photo.jpg --filter sobel-vertical -o edges.png
  seefood convolve photo.jpg --kernel "1 1; -1 -1" --at 10,20
"""


@click.command(epilog=EPILOG)
@click.argument("picture", required=False, type=options.PATH)
@click.option(
    "--kernel", "-k", "kernels", metavar="K", multiple=True, help="Weights, a file or a name. May be repeated."
)
@click.option("--filter", "-f", "filters", metavar="NAME", multiple=True, help="From the shelf; 'all' is all of it.")
@click.option("--stride", default="1", show_default=True, metavar="S", help="Steps in pixels: 2, or DOWN,ACROSS.")
@click.option(
    "--padding", default="valid", show_default=True, metavar="P", help="valid, same, or zeros: 1, or DOWN,ACROSS."
)
@click.option(
    "--dilation", default="1", show_default=True, metavar="D", help="From weight to weight: 2, or DOWN,ACROSS."
)
@click.option("--bias", default="0", show_default=True, metavar="B", help="Added to every answer.")
@click.option("--flip", is_flag=True, help="Turn the kernel by 180 degrees first.")
@click.option("--grey", is_flag=True, help="Make a colour picture grey first.")
@click.option("--at", "at", metavar="ROW,COLUMN", help="Write this answer's arithmetic out; both count from 0.")
@click.option("--list", "listing", is_flag=True, help="Show the shelf; needs no PICTURE.")
@click.option("--output", "-o", type=options.PATH, help="Picture, kernels and responses as one image.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout, and nothing else there.")
def command(
    picture: Path | None,
    kernels: tuple[str, ...],
    filters: tuple[str, ...],
    stride: str,
    padding: str,
    dilation: str,
    bias: str,
    flip: bool,
    grey: bool,
    at: str | None,
    listing: bool,
    output: Path | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Slide kernels over a picture and see what they answer to.

    Kernels answer in the order of --kernel, then of --filter.
    """
    if listing:
        from seefood.cli.kernel_table import show_shelf

        show_shelf(as_json=as_json, quiet=quiet)
        return
    from seefood.convolution.notation import kernel_file, number
    from seefood.drawing.saving import check_place

    if output is not None:
        check_place(output, [path for path in (picture, *map(kernel_file, kernels)) if path is not None])
    run = _Run(
        kernels=_chosen(kernels, filters),
        stride=_step(stride, "stride"),
        padding=_padding(padding),
        dilation=_step(dilation, "dilation"),
        bias=number(bias, "a bias"),
        flip=flip,
        at=None if at is None else _place(at),
    )
    pixels = _pixels(picture, run.kernels, grey=grey)
    facts: list[dict[str, Any]] = []
    answers = _noted(run.over(pixels), facts)
    if output is not None:
        _draw(pixels, answers, run, output, title=picture.name if picture else None)
    for _ in answers:  # all, or those that the sheet has no room for
        pass
    if as_json:
        click.echo(json.dumps(_first_and_all(facts, run, output)))
    elif not quiet:
        _show(facts, output)


class _Run:
    """Kernels, how they walk, and which answer is written out."""

    def __init__(
        self,
        kernels: "list[Kernel]",
        stride: "Pair",
        padding: "Padding",
        dilation: "Pair",
        bias: float,
        flip: bool,
        at: tuple[int, int] | None,
    ) -> None:
        self.kernels = kernels
        self.bias, self.flip, self.at = bias, flip, at
        self._walk: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation}

    def over(self, pixels: "NDArray[np.uint8]") -> "Iterator[Answered]":
        """What each kernel answers, one after the other."""
        from seefood.convolution.answered import Answered
        from seefood.convolution.arithmetic import written_out
        from seefood.convolution.correlation import convolve
        from seefood.convolution.geometry import geometry

        size = (pixels.shape[0], pixels.shape[1])
        ways = [geometry(size, kernel.size, **self._walk) for kernel in self.kernels]  # all, before the first answers
        added: dict[str, Any] = {"bias": self.bias, "flip": self.flip}
        told: list[Arithmetic | None] = [None] * len(ways)
        if self.at is not None:
            told = [
                written_out(pixels, kernel, self.at, way, **added)
                for kernel, way in zip(self.kernels, ways, strict=True)
            ]
        for kernel, way, arithmetic in zip(self.kernels, ways, told, strict=True):
            response = convolve(pixels, kernel, **self._walk, **added)
            yield Answered(kernel, response, way, arithmetic, self.bias, self.flip)


# --- what was asked for


def _chosen(kernels: tuple[str, ...], filters: tuple[str, ...]) -> "list[Kernel]":
    """The kernels that were typed, numbered where there are several, then those of the shelf; filters one by one."""
    from dataclasses import replace

    from seefood.convolution.notation import kernel_from_text
    from seefood.convolution.shelf import SHELF, named
    from seefood.errors import ShapeError

    typed = [kernel_from_text(text) for text in kernels]
    unnamed = sum(kernel.name == "kernel" for kernel in typed)
    if unnamed > 1:
        typed = [
            replace(kernel, name=f"kernel {index}") if kernel.name == "kernel" else kernel
            for index, kernel in enumerate(typed, 1)
        ]
    for name in filters:
        typed += SHELF.values() if name.strip().lower() == "all" else [named(name)]
    if not typed:
        raise ShapeError("expected a kernel; found none; give --kernel or --filter, or see --list")
    count = sum(1 if kernel.values.ndim < 4 else kernel.values.shape[3] for kernel in typed)
    if count > MOST_KERNELS:
        raise ShapeError(f"expected at most {MOST_KERNELS:,} kernels at once; found {count:,}; give fewer")
    return [part for kernel in typed for part in _single(kernel)]


def _single(kernel: "Kernel") -> "Iterator[Kernel]":
    """A kernel of many filters as many kernels."""
    from dataclasses import replace

    if kernel.values.ndim < 4:
        yield kernel
        return
    count = kernel.values.shape[3]
    for index in range(count):
        name = kernel.name if count == 1 else f"{kernel.name}, filter {index + 1}"
        yield replace(kernel, values=kernel.values[..., index], name=name)


def _whole(text: str) -> tuple[int, ...]:
    """ "2" or "2,1"; nothing where it is neither."""
    parts = [part.strip() for part in text.split(",")]
    fits = len(parts) in (1, 2) and all(len(part) < 10 and part.removeprefix("-").isdecimal() for part in parts)
    return tuple(map(int, parts)) if fits else ()


def _step(text: str, name: str) -> "Pair":
    """A stride or a dilation, down and across."""
    from seefood.errors import ShapeError

    steps = _whole(text)
    if not steps or min(steps) < 1:
        raise ShapeError(
            f"expected a {name} of 1 or more, or two, DOWN,ACROSS; found {_found(text, steps)}; "
            f"write --{name} 2 or --{name} 2,1"
        )
    return steps[0], steps[-1]


def _padding(text: str) -> "Padding":
    from seefood.errors import ShapeError

    rules: dict[str, Padding] = {"valid": "valid", "same": "same"}
    rule = rules.get(text.strip().lower())
    zeros = _whole(text)
    if rule is None and (not zeros or min(zeros) < 0):
        raise ShapeError(
            f"expected padding as valid, same, a number of zeros or two, DOWN,ACROSS; found {_found(text, zeros)}; "
            "write --padding same or --padding 1"
        )
    return (zeros[0], zeros[-1]) if rule is None else rule


def _place(text: str) -> tuple[int, int]:
    from seefood.errors import ShapeError

    place = _whole(text)
    if len(place) != 2:
        raise ShapeError(f"expected a place as ROW,COLUMN; found {_found(text, place)}; write --at 10,20")
    return place[0], place[1]


def _found(text: str, whole: tuple[int, ...]) -> str:
    """What was typed: as it is where it is numbers, else in quotes."""
    return text.strip() if whole else repr(text[:60])


def _pixels(picture: Path | None, kernels: "list[Kernel]", *, grey: bool) -> "NDArray[np.uint8]":
    """The picture, [h, w] where it has no colour and no kernel wants three channels."""
    import numpy as np
    from PIL import Image

    from seefood.errors import PictureError
    from seefood.pictures import decode

    if picture is None:
        raise PictureError("expected a PICTURE; found none; name one, or use --list to see the shelf")
    colours = decode(picture)
    if grey:
        return np.asarray(Image.fromarray(colours).convert("L"))
    alike = all(np.array_equal(colours[..., 0], colours[..., channel]) for channel in (1, 2))
    wanted = any(kernel.values.ndim == 3 and kernel.values.shape[2] == 3 for kernel in kernels)
    return np.ascontiguousarray(colours[..., 0]) if alike and not wanted else colours


# --- what is said


def _noted(answers: "Iterator[Answered]", facts: list[dict[str, Any]]) -> "Iterator[Answered]":
    """Pass answers on and write their facts down."""
    for answer in answers:
        response = answer.response
        fact = {
            "kernel": answer.kernel.name,
            "weights": answer.laid.values.tolist(),
            "flip": answer.flip,
            "description": answer.description,
            "height": response.shape[0],
            "width": response.shape[1],
            "channels": 1 if response.ndim == 2 else response.shape[2],
            "minimum": float(response.min()),
            "maximum": float(response.max()),
        }
        if answer.arithmetic is not None:
            fact |= {"arithmetic": answer.arithmetic.to_json(), "lines": answer.arithmetic.lines()}
        facts.append(fact)
        yield answer


def _first_and_all(facts: list[dict[str, Any]], run: _Run, output: Path | None) -> dict[str, Any]:
    kept = [{name: value for name, value in fact.items() if name != "lines"} for fact in facts]
    names = ("height", "width", "channels", "minimum", "maximum")
    first = {name: kept[0][name] for name in names}
    first |= {"flip": run.flip, "output": None if output is None else str(output)}
    if "arithmetic" in kept[0]:
        first["arithmetic"] = kept[0]["arithmetic"]
    return first | {"responses": kept}


def _show(facts: list[dict[str, Any]], output: Path | None) -> None:
    from seefood.cli.terminal import console, printable
    from seefood.convolution.answered import TURNED
    from seefood.convolution.arithmetic import in_words

    out = console()
    for fact in facts:
        turned = f", {TURNED}" if fact["flip"] else ""
        out.print(f"[bold]{printable(fact['kernel'])}[/]{turned}: {printable(fact['description'])}", soft_wrap=True)
        channels = f"{fact['channels']} channel{'s' if fact['channels'] > 1 else ''}"
        low, high = in_words(fact["minimum"]), in_words(fact["maximum"])
        out.print(f"  {fact['height']} by {fact['width']}, {channels}, answers from {low} to {high}", soft_wrap=True)
        for line in fact.get("lines", ()):
            out.print(f"  {printable(line)}", soft_wrap=True)
    if output is not None:
        out.print(f"drawn: {printable(str(output))}", soft_wrap=True)


def _draw(
    pixels: "NDArray[np.uint8]", answers: "Iterator[Answered]", run: _Run, output: Path, title: str | None
) -> None:
    from seefood.convolution.sheet import convolution_sheet
    from seefood.drawing.saving import save

    save(convolution_sheet(pixels, answers, count=len(run.kernels), title=title), output)
