"""An architecture as a person writes it: "conv 12 3, conv 20 3 stride 2, dropout 0.5, dense 100".

Layers are parted by commas, words by blanks; capital letters make no difference::

    conv FILTERS KERNEL [stride S] [same|valid] [ACTIVATION]     pool [max|average] SIZE [stride S] [same|valid]
    dense UNITS [ACTIVATION]     dropout RATE     batchnorm     flatten     global [average|max]     ACTIVATION

KERNEL, SIZE and S are one number, or two as 3x5: down, then across. Without a word about it the activation is relu, the
stride 1 (for a pooling, its size) and the padding valid, as in the course.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from seefood.errors import ShapeError
from seefood.networks.architecture import Architecture
from seefood.networks.layers import Activation, BatchNormalisation, Dense, Dropout, Flatten, GlobalPooling, LayerSpec
from seefood.networks.settings import ACTIVATIONS, PADDINGS, POOLS, checked
from seefood.networks.sliding import Convolution, Pooling

__all__ = ["NotationError", "parse", "pointed"]

LONGEST = 10_000
WIDEST = 100
"""Columns of text around the wrong word that are shown."""

EXAMPLE = "'conv 20 3, conv 20 3 stride 2, dropout 0.5, dense 100'"

_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_DECIMAL = re.compile(r"(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:e-?\d{1,3})?", re.ASCII)


class NotationError(ShapeError):
    """A text is no architecture; the message says where, in one line.

    Attributes:
        text: the whole of it.
        column: where the wrong word begins, counted from 0; behind the last word where one is missing.
        word: the wrong word; empty where one is missing.
    """

    def __init__(self, message: str, text: str, column: int, word: str) -> None:
        super().__init__(message)
        self.text, self.column, self.word = text, column, word


class Word(NamedTuple):
    """A word and where it begins."""

    text: str
    column: int


def parse(text: str) -> Architecture:
    """The architecture that a text describes.

    Raises:
        NotationError: a word that is not expected where it stands, or a missing one.

    >>> parse("conv 12 3, conv 20 3x5 stride 2, dropout 0.5, dense 100").layers[1]
    Convolution(filters=20, kernel_size=(3, 5), strides=(2, 2), padding='valid', activation='relu')
    >>> parse("conv 12 3, pol 2")
    Traceback (most recent call last):
        ...
    seefood.networks.notation.NotationError: expected a layer; found 'pol' at character 12; did you mean 'pool'?
    """
    if len(text) > LONGEST:
        raise ShapeError(f"expected a network in at most {LONGEST:,} characters; found {len(text):,}; write {EXAMPLE}")
    return Architecture(tuple(_layer(words) for words in _parts(text)))


def pointed(error: NotationError) -> str:
    """The text, and below it carets under the wrong word: two lines for a terminal.

    >>> try:
    ...     parse("conv 12 3, pol 2")
    ... except NotationError as error:
    ...     print(pointed(error))
    conv 12 3, pol 2
               ^^^
    """
    start = max(0, error.column - WIDEST // 2)
    shown = "".join(letter if letter.isprintable() else " " for letter in error.text[start : start + WIDEST])
    before, after = ("…" if start else ""), ("…" if start + WIDEST < len(error.text) else "")
    left = before + shown[: error.column - start]
    word = shown[error.column - start :][: len(error.word)]
    return f"{before}{shown}{after}\n{' ' * _columns(left)}{'^' * max(1, _columns(word))}"


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes: Korean letters two, accents none."""
    wide = sum(unicodedata.east_asian_width(letter) in {"W", "F"} for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


def _parts(text: str) -> list["_Words"]:
    """The words of each layer."""
    words = [Word(match[0], match.start()) for match in re.finditer(r"[^\s,]+|,", text)]
    parts: list[list[Word]] = [[]]
    ends: list[int] = []
    for word in words:
        if word.text == ",":
            ends.append(word.column)
            parts.append([])
        else:
            parts[-1].append(word)
    return [_Words(text, part, end) for part, end in zip(parts, [*ends, len(text)], strict=True)]


@dataclass
class _Words:
    """The words of one layer, taken one after another."""

    whole: str
    left: list[Word]
    end: int

    def taken(self, expected: str) -> Word:
        if not self.left:
            before = self.whole[: self.end].rstrip()
            column = min(len(before) + 1, self.end) if before and not before.endswith(",") else self.end
            raise self.wrong(Word("", column), expected, f"write for example {EXAMPLE}")
        word = self.left.pop(0)
        return Word(word.text.lower(), word.column)

    def wrong(self, word: Word, expected: str, remedy: str) -> NotationError:
        written = self.whole[word.column : word.column + len(word.text)]
        shown = f"{written[:40]!r}" if written else "nothing"
        message = f"expected {expected}; found {shown} at character {word.column + 1}; {remedy}"
        return NotationError(message, self.whole, word.column, written)

    def whole_number(self, setting: str, expected: str) -> int:
        word = self.taken(expected)
        if not _WHOLE.fullmatch(word.text):
            raise self.wrong(word, expected, "write a whole number")
        return self._number(word, word.text, setting, expected)

    def pair(self, setting: str, expected: str) -> tuple[int, int]:
        word = self.taken(expected)
        sides = re.split("[x×]", word.text)
        if not 1 <= len(sides) <= 2 or not all(map(_WHOLE.fullmatch, sides)):
            raise self.wrong(word, expected, "write one number, or two as 3x5: down, then across")
        down, across = (self._number(word, side, setting, expected) for side in (sides[0], sides[-1]))
        return down, across

    def _number(self, word: Word, digits: str, setting: str, expected: str) -> int:
        try:
            return checked(setting, int(digits))
        except ShapeError as error:
            remedy = str(error).removeprefix("expected ").partition(";")[0]
            raise self.wrong(word, expected, f"{remedy.partition(' as ')[2]} is possible") from error

    def settings(self, **possible: Sequence[str] | Callable[[], object]) -> dict[str, Any]:
        """What is said in the words that are left: one of the named choices, or a word that more words follow.

        Each at most once, in any order.
        """
        found: dict[str, Any] = {}
        while self.left:
            word = self.taken("")
            name = next((name for name, choices in possible.items() if word.text in _choices(name, choices)), None)
            if name is None:
                raise self._unknown(word, possible)
            if name in found:
                raise self.wrong(word, f"one word for the {name}", "leave one of them out")
            choices = possible[name]
            found[name] = choices() if callable(choices) else word.text
        return found

    def _unknown(self, word: Word, possible: dict[str, Sequence[str] | Callable[[], object]]) -> NotationError:
        known = [choice for name, choices in possible.items() for choice in _choices(name, choices)]
        if not known:
            return self.wrong(word, "the end of the layer", "part layers with commas")
        return self.wrong(word, f"the end of the layer or {', '.join(known)}", _hint(word.text, known))


def _choices(name: str, choices: Sequence[str] | Callable[[], object]) -> Sequence[str]:
    return (name,) if callable(choices) else choices


def _hint(word: str, known: Sequence[str]) -> str:
    if word == "softmax":
        return "leave it out: a last layer with softmax is added by itself"
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else "part layers with commas"


def _layer(words: _Words) -> LayerSpec:
    first = words.taken("a layer")
    if first.text in ACTIVATIONS:
        words.settings()
        return Activation(first.text)
    if first.text not in _LAYERS:
        hint = _hint(first.text, [*_LAYERS, *ACTIVATIONS])
        raise words.wrong(first, "a layer", hint if "commas" not in hint else f"take one of {', '.join(_LAYERS)}")
    return _LAYERS[first.text](words)


def _convolution(words: _Words) -> LayerSpec:
    filters = words.whole_number("filters", "how many filters, then the kernel's size")
    kernel = words.pair("kernel_size", "a kernel size such as 3 or 3x5")
    said = words.settings(stride=lambda: _stride(words), padding=PADDINGS, activation=ACTIVATIONS)
    return Convolution(
        filters, kernel, said.get("stride", 1), said.get("padding", "valid"), said.get("activation", "relu")
    )


def _pooling(words: _Words) -> LayerSpec:
    pool = words.taken("").text if words.left and words.left[0].text.lower() in POOLS else "max"
    size = words.pair("size", "max, average or the size of a pooling such as 2 or 2x3")
    said = words.settings(stride=lambda: _stride(words), padding=PADDINGS)
    return Pooling(size, said.get("stride"), said.get("padding", "valid"), "average" if pool == "average" else "max")


def _stride(words: _Words) -> tuple[int, int]:
    return words.pair("strides", "a stride such as 2 or 2x1")


def _global(words: _Words) -> LayerSpec:
    pool = words.settings(pool=POOLS).get("pool", "average")
    return GlobalPooling("max" if pool == "max" else "average")


def _dense(words: _Words) -> LayerSpec:
    units = words.whole_number("units", "how many units")
    return Dense(units, words.settings(activation=ACTIVATIONS).get("activation", "relu"))


def _dropout(words: _Words) -> LayerSpec:
    expected = "a dropout rate from 0 to below 1"
    word = words.taken(expected)
    if not _DECIMAL.fullmatch(word.text) or not float(word.text) < 1:
        raise words.wrong(word, expected, "0.5 is usual")
    words.settings()
    return Dropout(float(word.text))


def _plain(layer: LayerSpec) -> Callable[[_Words], LayerSpec]:
    def read(words: _Words) -> LayerSpec:
        words.settings()
        return layer

    return read


_LAYERS: dict[str, Callable[[_Words], LayerSpec]] = {
    "conv": _convolution,
    "pool": _pooling,
    "global": _global,
    "batchnorm": _plain(BatchNormalisation()),
    "dropout": _dropout,
    "dense": _dense,
    "flatten": _plain(Flatten()),
}
