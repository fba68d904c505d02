"""Pages as values: elements, words in two languages, and how both become HTML that is also well-formed XML.

Everything written is escaped. The page opens in one language; the words of the other stand beside in a list, each once,
and an element's ``data-t`` says which ones are its own.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from seefood.drawing.svg import Element, clean, escaped

__all__ = ["Content", "Language", "Node", "Said", "Writer", "as_data", "digest", "isolated", "node", "readable"]

Language = Literal["en", "ko"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_EMPTY = frozenset({"img", "input", "meta", "br", "hr", "wbr", "col"})
_SURROGATE = re.compile("[\ud800-\udfff]")
_ISOLATE, _END = "\u2068", "\u2069"


@dataclass(frozen=True)
class Said:
    """The same words in each language."""

    en: str
    ko: str


@dataclass(frozen=True)
class Node:
    """One element of the page. Raises ValueError for a name that is none; text and values may be anything."""

    name: str
    attributes: tuple[tuple[str, "str | Said"], ...] = ()
    children: tuple["Node | Element | Said | str", ...] = ()

    def __post_init__(self) -> None:
        for name in (self.name, *(name for name, _ in self.attributes)):
            if not _NAME.fullmatch(name):
                raise ValueError(f"expected a name of small letters, digits and hyphens; found {name!r}; use HTML's")


Content = Node | Element | Said | str
"""What may stand on the page."""


def node(
    name: str,
    *children: Content | Iterable[Content | None] | None,
    **attributes: "str | float | Said | bool | None",
) -> Node:
    """An element from Python's names; None leaves a child or an attribute out, True writes the attribute's name.

    >>> Writer("en").written(node("td", "1 < 2", class_="right", data_v=2, hidden=True))
    '<td class="right" data-v="2" hidden="">1 &lt; 2</td>'
    """
    inside: list[Content] = []
    for child in children:
        if isinstance(child, Node | Element | Said | str):
            inside.append(child)
        elif child is not None:
            inside.extend(part for part in child if part is not None)
    written = tuple(
        (key.rstrip("_").replace("_", "-"), _value(value)) for key, value in attributes.items() if _is(value)
    )
    return Node(name, written, tuple(inside))


def _is(value: object) -> bool:
    return value is not None and value is not False


def _value(value: "str | float | Said | bool | None") -> "str | Said":
    if value is True:
        return ""
    return value if isinstance(value, str | Said) else f"{value:g}"


def isolated(name: str) -> str:
    """A stranger's name as it may stand inside a sentence of any direction: cleaned, and kept to itself.

    >>> isolated("\\u202eants").encode("unicode_escape").decode()
    '\\\\u2068ants\\\\u2069'
    """
    return f"{_ISOLATE}{readable(name)}{_END}"


def readable(name: str) -> str:
    """A stranger's name without what cannot be written; bytes that are no letter of any alphabet become �.

    >>> readable("a\\udcff\\n<b>")
    'a� <b>'
    """
    return clean(_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", name))


class Writer:
    """Writes elements in one language and remembers what they say in the others.

    >>> writer = Writer("en")
    >>> writer.written(node("p", Said("cat", "고양이")), node("img", alt=Said("cat", "고양이")))
    '<p data-t="0">cat</p><img alt="cat" data-t-alt="0"/>'
    >>> writer.table
    [['cat', '고양이']]
    """

    def __init__(self, language: Language) -> None:
        self._language = language
        self._numbers: dict[Said, int] = {}

    @property
    def table(self) -> list[list[str]]:
        """The words in every language, in the order of their numbers."""
        return [[_tidy(words.en), _tidy(words.ko)] for words in self._numbers]

    def written(self, *contents: Content) -> str:
        """Elements as text."""
        parts: list[str] = []
        for content in contents:
            self._write(content, parts)
        return "".join(parts)

    def _write(self, content: Content, parts: list[str]) -> None:
        if isinstance(content, Node):
            self._element(content, parts)
        elif isinstance(content, Element):
            parts.append(content.to_text())
        elif isinstance(content, Said):
            number = self._number(content)
            said = _escaped(self._in_language(content))
            parts.append(said if number is None else f'<span data-t="{number}">{said}</span>')
        else:
            parts.append(_escaped(content))

    def _element(self, this: Node, parts: list[str]) -> None:
        parts.append(f"<{this.name}")
        for name, value in this.attributes:
            parts.append(f' {name}="{_escaped(self._in_language(value))}"')
            if isinstance(value, Said) and (number := self._number(value)) is not None:
                parts.append(f' data-t-{name}="{number}"')
        if this.name in _EMPTY:
            parts.append("/>")
            return
        only = this.children[0] if len(this.children) == 1 else None
        if isinstance(only, Said) and (number := self._number(only)) is not None:
            parts.append(f' data-t="{number}">{_escaped(self._in_language(only))}</{this.name}>')
            return
        parts.append(">")
        for child in this.children:
            self._write(child, parts)
        parts.append(f"</{this.name}>")

    def _in_language(self, words: "str | Said") -> str:
        if isinstance(words, str):
            return words
        return words.en if self._language == "en" else words.ko

    def _number(self, words: Said) -> int | None:
        """Where the words stand in the table; None where there is nothing to exchange."""
        return None if words.en == words.ko else self._numbers.setdefault(words, len(self._numbers))


def _tidy(words: str) -> str:
    """As `clean`, but names stay isolated."""
    return words if words.isascii() and words.isprintable() else "".join(map(_letter, words))


def _letter(letter: str) -> str:
    return letter if letter in {_ISOLATE, _END} else clean(letter)


def _escaped(words: str) -> str:
    return (
        escaped(words)
        if _ISOLATE not in words
        else "".join(
            part if part in {_ISOLATE, _END} else escaped(part) for part in re.split(f"([{_ISOLATE}{_END}])", words)
        )
    )


def as_data(value: Mapping[str, object]) -> str:
    """JSON that cannot end the element it stands in.

    >>> as_data({"label": "</script>"})
    '{"label":"\\\\u003c/script\\\\u003e"}'
    """
    written = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def digest(content: str) -> str:
    """How a policy names a style or a script: its SHA-256."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode("ascii")
