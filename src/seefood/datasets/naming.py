"""From labels as they are written to classes: whole numbers or names, and the names that are known for numbers."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seefood.errors import DatasetError

__all__ = ["FASHION", "classes_of", "known_names", "plain_label"]

FASHION = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
"""Fashion-MNIST's classes 0 to 9, as its authors call them (github.com/zalandoresearch/fashion-mnist)."""
FASHION_SHAPE = (28, 28, 1)

MOST_CLASSES = 10_000
LARGEST_NUMBER = 1 << 53


def plain_label(text: str) -> str | None:
    """The label without what does not matter; None if it is neither a whole number nor a name.

    >>> [plain_label(text) for text in (" cat ", "7", "07", "7.0", "1.5", "nan", "")]
    ['cat', '7', '7', '7', None, None, None]
    """
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        return text or None
    return str(int(number)) if number.is_integer() and abs(number) < LARGEST_NUMBER else None


def known_names(path: Path, shape: tuple[int, int, int]) -> tuple[str, ...] | None:
    """The classes' names, where the name of the file, or of its folder, says which data these are."""
    here = Path(os.path.abspath(path))  # noqa: PTH100 -- links keep the names that they were given
    says_fashion = any("fashion" in name.casefold() for name in (here.name, here.parent.name))
    return FASHION if says_fashion and shape == FASHION_SHAPE else None


def classes_of(
    labels: Sequence[str], path: Path, given: tuple[str, ...] | None, known: tuple[str, ...] | None
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """(targets int64 [n], the classes' names) of plain labels.

    Classes are sorted, numbers by their size. With ``known`` names the number k means the k-th of them, from 0, if all
    the labels are such numbers. ``given`` names are all there may be: labels are looked for among them, or, if they are
    numbers and none of the names is one, count them from 0.

    Raises:
        DatasetError: one class only, unless names are given; a label that is not among those; too many classes.
    """
    distinct = set(labels)
    if len(distinct) > MOST_CLASSES:
        raise DatasetError(
            f"{path}: expected at most {MOST_CLASSES:,} classes; found {len(distinct):,} different labels; "
            "check which column is the label"
        )
    if given is None and len(distinct) < 2:
        raise DatasetError(
            f"{path}: expected two classes or more; found only {_shown(distinct)}; add pictures of another class"
        )
    in_order = sorted(distinct, key=_key)
    if given is not None:
        places = _places(in_order, path, given)
        names = given
    elif known is not None and (counted := _counted(in_order, known)):
        places, names = counted, known
    else:
        places, names = {label: place for place, label in enumerate(in_order)}, tuple(in_order)
    return np.fromiter(map(places.__getitem__, labels), np.int64, len(labels)), names


def _key(label: str) -> tuple[bool, int, str]:
    return (False, int(label), "") if _is_number(label) else (True, 0, label)


def _is_number(label: str) -> bool:
    return label.removeprefix("-").isdecimal() and label.isascii()


def _counted(labels: Sequence[str], names: tuple[str, ...]) -> dict[str, int] | None:
    """Numbers as places in names; None if they are none."""
    if not all(_is_number(label) and 0 <= int(label) < len(names) for label in labels):
        return None
    return {label: int(label) for label in labels}


def _places(labels: Sequence[str], path: Path, given: tuple[str, ...]) -> dict[str, int]:
    places = {name: place for place, name in enumerate(given)}
    unknown = [label for label in labels if label not in places]
    if not unknown:
        return places
    if not any(map(_is_number, given)) and (counted := _counted(labels, given)):
        return counted
    raise DatasetError(
        f"{path}: expected labels among {_shown(given)}; found {_shown(unknown)}; use data of the same classes"
    )


def _shown(labels: Sequence[str] | set[str], most: int = 10) -> str:
    shown = ", ".join(f"'{label:.40}'" for label in list(labels)[:most])
    return shown if len(labels) <= most else f"{shown} and {len(labels) - most} more"
