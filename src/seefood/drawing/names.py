"""Names of files and classes as people see them: short, and no two the same that are not."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePath

__all__ = ["look", "shared", "short_names", "told_apart"]

USUAL, DEEPEST = 2, 5
"""Parts of a path that are always shown, and up to how many are shown from where the folders part."""
_EASILY_MISSED = re.compile(r"(?<=^['\"])\s+|(?<=/)\s+|\s+(?=/|['\"]$)|\s{2,}")
_UNSEEN = frozenset({"Cc", "Cf"})
"""Categories of characters that nobody sees."""


def look(name: str) -> str:
    """What is left of a name or a path for the eye: those with the same look cannot be told apart.

    >>> look("caf\\u00e9") == look("cafe\\u0301"), look("hot  dog ") == look("hot dog"), look("Ants") == look("ants")
    (True, True, False)
    """
    parts = unicodedata.normalize("NFKC", name).split("/")
    seen = ("".join(letter for letter in part if unicodedata.category(letter) not in _UNSEEN) for part in parts)
    return "/".join(" ".join(part.split()) for part in seen)


def told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """The names; those that look the same as another come with what makes them different.

    Of letters that are composed here and taken to pieces there (as folders from a Mac are) the form is named; otherwise
    the name is written with its codes.

    >>> told_apart(["ants", "ants ", "bees"])
    ("'ants'", "'ants␣'", 'bees')
    >>> told_apart(["caf\\u00e9", "cafe\\u0301"]) == ("caf\\u00e9 (NFC)", "cafe\\u0301 (NFD)")
    True
    """
    looks: defaultdict[str, set[str]] = defaultdict(set)
    for name in names:
        looks[look(name)].add(name)
    shown = {name: name for name in names}
    for alike in looks.values():
        if len(alike) > 1:
            shown |= _with_forms(alike) or {name: _spelled(name) for name in alike}
    return tuple(shown[name] for name in names)


def _with_forms(alike: set[str]) -> dict[str, str]:
    """One name in each normal form of Unicode; nothing where that is not all that is different."""
    forms = {form: [name for name in alike if unicodedata.is_normalized(form, name)] for form in ("NFC", "NFD")}
    if len(alike) != 2 or any(len(those) != 1 for those in forms.values()) or forms["NFC"] == forms["NFD"]:
        return {}
    if len({unicodedata.normalize("NFC", name) for name in alike}) > 1:
        return {}
    return {name: f"{name} ({form})" for form, (name,) in forms.items()}


def _spelled(name: str) -> str:
    """With codes for letters beyond ASCII, and signs for the spaces that are easily missed."""
    return _EASILY_MISSED.sub(lambda spaces: "\N{OPEN BOX}" * len(spaces[0]), ascii(name))


def short_names(paths: Sequence[str]) -> tuple[str, ...]:
    """Paths as short as they can be and still be told apart: from where their folders part, two parts at least.

    So files in two classes are seen to be in two classes, and files in two splits in two splits, without telling a
    stranger whose machine it was.

    >>> short_names(["/home/me/photos/train/ants/1.jpg", "/home/me/photos/val/ants/1.jpg"])
    ('train/ants/1.jpg', 'val/ants/1.jpg')
    >>> short_names(["photos/ants/day/1.jpg", "photos/bees/day/1.jpg", "photos/ants/day/1.jpg"])
    ('ants/day/1.jpg', 'bees/day/1.jpg', 'ants/day/1.jpg')
    >>> short_names(["/home/me/photos/ants/1.jpg"])
    ('ants/1.jpg',)
    """
    parts = {path: PurePath(path).parts for path in paths}
    if not parts:
        return ()
    common = shared(list(parts.values()))
    kept = max(USUAL, max(map(len, parts.values())) - common)
    if kept > DEEPEST:
        kept = next(
            (many for many in range(USUAL, kept) if len({one[-many:] for one in parts.values()}) == len(parts)), kept
        )
        tails = {path: one[-kept:] for path, one in parts.items()}
    else:
        tails = {path: one[min(common, max(0, len(one) - USUAL)) :] for path, one in parts.items()}
    return told_apart(["/".join(tails[path]).replace("//", "/") for path in paths])


def shared(parts: Sequence[tuple[str, ...]]) -> int:
    """How many parts all paths begin with.

    >>> shared([("photos", "ants", "1.jpg"), ("photos", "bees", "1.jpg")])
    1
    """
    first, last = min(parts), max(parts)
    return next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
