"""The lesson on strides and dropout as a picture: time per epoch as bars, and accuracy as the way from test to train.

Letters are large, so that it can still be read at half its size.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from seefood.drawing.colours import BEST, EDGE, INK, MUTED, OTHER, SERIES
from seefood.drawing.series import Shape, outline
from seefood.drawing.svg import Drawing, Element, element, text
from seefood.drawing.ticks import Scale, ticks
from seefood.drawing.widths import length, wrapped
from stride_figures import KINDS, Figures, NetworkFigures

__all__ = ["draw"]

# All in pixels.
WIDTH, MARGIN = 640.0, 16.0
TITLE, WORDS = 25.0, 21.0
ROW, THICK, MARK = 44.0, 24.0, 17.0
NAMES = dict(zip(KINDS, ("neither", "dropout", "strides", "both"), strict=True))
LEARNED, TESTED = SERIES[0], SERIES[1]


@dataclass(frozen=True)
class _Part:
    """Elements, and where they end."""

    elements: tuple[Element, ...]
    bottom: float


def draw(figures: Figures) -> Drawing:
    """Both panels, one below the other."""
    upper = _times(figures, MARGIN)
    lower = _accuracies(figures, upper.bottom + 26)
    title = "Strides and dropout: time per epoch and accuracy"
    said = " ".join(_sentence(figures, network) for network in figures.networks)
    return Drawing(WIDTH, lower.bottom + MARGIN, title, said, (*upper.elements, *lower.elements))


def _sentence(figures: Figures, network: NetworkFigures) -> str:
    train, test = _percent(figures.train(network)), _percent(figures.test(network))
    return f"{_name(network)}: {_time(figures, network)} an epoch, train {train}, test {test}."


def _name(network: NetworkFigures) -> str:
    return NAMES[network.strides > 1, network.dropout > 0]


def _time(figures: Figures, network: NetworkFigures) -> str:
    """All four with the same number of decimals."""
    longest = max(each.sample.median for each in figures.networks)
    return f"{network.sample.median:.{1 if longest >= 10 else 2}f} s"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _heading(title: str, below: str, top: float) -> _Part:
    y = top + TITLE
    elements = [text(title, MARGIN, y, size=TITLE, bold=True)]
    for words in wrapped(below, WORDS, WIDTH - 2 * MARGIN, most=2) if below else []:
        y += WORDS * 1.4
        elements.append(text(words, MARGIN, y, size=WORDS, colour=MUTED, whole=below))
    return _Part(tuple(elements), y + 14)


def _left() -> float:
    """Where the names end and the plot begins."""
    return MARGIN + max(length(name, WORDS) for name in NAMES.values()) + 12


def _label(network: NetworkFigures, y: float) -> Element:
    return text(_name(network), MARGIN, y + WORDS * 0.36, size=WORDS, class_="name")


def _times(figures: Figures, top: float) -> _Part:
    medians = sorted(figures.faster(dropout=dropout).median for dropout in (False, True))
    low, high = (f"{median:.1f}" for median in medians)
    fast = low if low == high else f"{low} to {high}"
    head = _heading("Time per epoch", f"with strides {fast} times as fast", top)
    longest = max(max(network.seconds) for network in figures.networks)
    times = [_time(figures, network) for network in figures.networks]
    room = 1.06 * max(length(words, WORDS) for words in times) + 8  # bold letters are a little wider
    across = Scale(0, longest, _left(), WIDTH - MARGIN - room)
    elements, y = list(head.elements), head.bottom
    for network, words in zip(figures.networks, times, strict=True):
        y += ROW / 2
        elements += [_label(network, y), *_bar(network, words, across, y)]
        y += ROW / 2
    elements.append(element("line", x1=across.start, x2=across.start, y1=head.bottom, y2=y, stroke=MUTED))
    return _Part(tuple(elements), y)


def _bar(network: NetworkFigures, words: str, across: Scale, y: float) -> Iterator[Element]:
    """The median, a thin line from the lowest to the highest round, and the number."""
    low, high = (float(across.pixels(end(network.seconds))) for end in (min, max))
    wide = float(across.pixels(network.sample.median)) - across.start
    colour = BEST if network.strides > 1 else OTHER
    yield element("rect", class_="bar", x=across.start, y=y - THICK / 2, width=wide, height=THICK, fill=colour)
    yield element("line", class_="spread", x1=low, x2=high, y1=y, y2=y, stroke=INK, stroke_width=2)
    yield text(words, high + 8, y + WORDS * 0.36, size=WORDS, bold=True, class_="time")


def _accuracies(figures: Figures, top: float) -> _Part:
    head = _heading("Accuracy", "", top)
    key = _key(head.bottom)
    shares = [share for each in figures.networks for share in (figures.train(each), figures.test(each))]
    gaps = [f"{100 * figures.gap(network):.1f}".replace("-", "−") for network in figures.networks]
    room = max(length(_percent(share), WORDS) for share in shares) + MARK
    right = WIDTH - MARGIN - max(length(gap, WORDS) for gap in gaps) - 24
    low, high = min(shares), max(shares)
    across = Scale(low, high if high > low else low + 0.01, _left() + room, right - room)
    elements, y = [*head.elements, *key.elements], key.bottom
    elements += _grid(across, y, y + ROW * len(gaps), (_left(), right))
    for network, gap in zip(figures.networks, gaps, strict=True):
        y += ROW / 2
        elements += [_label(network, y), *_span(figures, network, across, y)]
        elements.append(text(gap, WIDTH - MARGIN, y + WORDS * 0.36, size=WORDS, anchor="end", class_="gap"))
        y += ROW / 2
    return _Part(tuple(elements), y + WORDS * 1.3)


def _key(top: float) -> _Part:
    """What the two marks and the last column mean."""
    y, x = top + WORDS * 0.5, MARGIN + MARK / 2
    elements: list[Element] = []
    marks: tuple[tuple[Shape, str, str], ...] = (
        ("circle", LEARNED, "train pictures"),
        ("square", TESTED, "test pictures"),
    )
    for shape, colour, words in marks:
        elements.append(element("path", d=outline(shape, x, y, MARK), fill=colour))
        elements.append(text(words, x + MARK, y + WORDS * 0.36, size=WORDS, colour=MUTED))
        x += MARK + length(words, WORDS) + 30
    gap = text("gap in points", WIDTH - MARGIN, y + WORDS * 0.36, size=WORDS, colour=MUTED, anchor="end")
    return _Part((*elements, gap), y + WORDS)


def _grid(across: Scale, top: float, bottom: float, ends: tuple[float, float]) -> Iterator[Element]:
    """Few round numbers: they show that the axis does not begin at 0."""
    begin, end = ends
    per_pixel = (across.high - across.low) / (across.end - across.start)
    low = across.low - (across.start - begin) * per_pixel
    high = min(across.high + (end - across.end) * per_pixel, 1.0)
    decimals = 0 if high - low > 0.03 else 1
    for value in ticks(low, high, 4):
        x = float(across.pixels(value))
        yield element("line", class_="grid", x1=x, x2=x, y1=top, y2=bottom, stroke=EDGE)
        label = f"{100 * value:.{decimals}f} %"
        yield text(label, x, bottom + WORDS, size=WORDS - 2, colour=MUTED, anchor="middle", class_="tick")


def _span(figures: Figures, network: NetworkFigures, across: Scale, y: float) -> Iterator[Element]:
    """The two marks, a line between them, and their numbers outside."""
    train, test = (float(across.pixels(share)) for share in (figures.train(network), figures.test(network)))
    yield element("line", class_="span", x1=test, x2=train, y1=y, y2=y, stroke=INK, stroke_width=3)
    yield element("path", class_="test", d=outline("square", test, y, MARK), fill=TESTED)
    yield element("path", class_="train", d=outline("circle", train, y, MARK), fill=LEARNED)
    inner, outer = ("end", "start") if train >= test else ("start", "end")
    for x, share, anchor in ((test, figures.test(network), inner), (train, figures.train(network), outer)):
        place = x + MARK * (0.8 if anchor == "start" else -0.8)
        yield text(_percent(share), place, y + WORDS * 0.36, size=WORDS, anchor=anchor, halo=True, class_="share")
