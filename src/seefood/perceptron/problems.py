"""What to learn: small problems that can be drawn, the course's example, handwritten digits, or anybody's table.

A problem is examples with a class each. The built-in ones come from a generator, so that a seed gives them back.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.datasets.mnist import read_mnist
from seefood.datasets.tables import Table, read_table
from seefood.errors import DatasetError
from seefood.perceptron.given import check_generator
from seefood.perceptron.problem import MOST_CLASSES, Problem
from seefood.perceptron.scaling import Scaling

__all__ = ["BUILT_IN", "Problem", "from_table", "load"]

Array = NDArray[np.float64]

LARGEST_PIXEL = 255
PIXEL = re.compile(r"pixel|\d+x\d+$", re.IGNORECASE)
"""How the columns of tables of pictures are named."""


def load(
    name_or_path: str | os.PathLike[str], generator: np.random.Generator, *, label: str | int | None = None
) -> Problem:
    """A built-in problem by its name, or a table from a file (CSV, TSV, also ``.gz``; see `read_table`).

    ``label`` is the table's column of classes, by its name or its number from 1; else it is found as `read_table` does.

    Raises:
        DatasetError: neither, or the file cannot be used. ShapeError: no `numpy.random.Generator`.

    >>> load("xor", np.random.default_rng(0)).labels
    ('same', 'different')
    """
    check_generator(generator)
    if not isinstance(name_or_path, str | os.PathLike):
        raise DatasetError(
            f"expected a file or one of {', '.join(BUILT_IN)}; found {name_or_path!r:.60}; give a name or a path"
        )
    if isinstance(name_or_path, str) and name_or_path in BUILT_IN:
        if label is not None:
            raise DatasetError(
                f"expected a label's column for a table only; found {label!r} for the built-in problem "
                f"'{name_or_path}'; leave it out"
            )
        return BUILT_IN[name_or_path](generator)
    path = Path(name_or_path)
    if not os.path.exists(path) and not path.suffix:  # noqa: PTH110 -- never raises
        raise DatasetError(
            f"expected a file or one of {', '.join(BUILT_IN)}; found '{path}', which is neither; check the name"
        )
    return from_table(read_table(path, label=label), path.name)


def from_table(table: Table, name: str) -> Problem:
    """A table as a problem; classes in the order of their names, or of their numbers where all are numbers.

    Where all columns are named as pixels (pixel…, or 1x1 for row and column) and go above 1, up to 255, they are
    scaled to 0–1; any others stay as they are.
    """
    labels, targets = np.unique(np.array(table.labels), return_inverse=True)
    if not 2 <= len(labels) <= MOST_CLASSES:
        raise DatasetError(
            f"{name}: expected 2 to {MOST_CLASSES} classes in column '{table.label_name}'; found {len(labels)}; "
            "if another column is the label, name it with label= or --label"
        )
    order = sorted(range(len(labels)), key=lambda place: _in_order(str(labels[place])))
    ranks = np.empty(len(labels), np.int64)
    ranks[order] = np.arange(len(labels))
    inputs, scaling = table.values.astype(np.float64), None
    if all(map(PIXEL.match, table.names)) and inputs.min() >= 0 and 1 < inputs.max() <= LARGEST_PIXEL:
        scaling = Scaling("pixels", np.zeros(inputs.shape[1]), np.full(inputs.shape[1], float(LARGEST_PIXEL)))
        inputs = scaling.scaled(inputs)
    names = tuple(str(labels[place]) for place in order)
    return Problem(
        name,
        inputs,
        ranks[targets.reshape(-1)],
        names,
        table.names,
        scaling=scaling,
        lines=table.lines,
        label_column=table.label_name,
        left_out=table.left_out,
    )


def _in_order(label: str) -> tuple[float, str]:
    """Numbers by their size, before words by their letters."""
    try:
        return float(label), label
    except ValueError:
        return float("inf"), label


# --- points in the plane

Points = tuple[Array, NDArray[np.int64]]


def _drawn(
    name: str, labels: tuple[str, ...], draw: Callable[[np.random.Generator, int], Points], learned: int, tested: int
) -> Callable[[np.random.Generator], Problem]:
    """A problem that draws its points anew for learning and for testing, so many for each class."""

    def build(generator: np.random.Generator) -> Problem:
        (inputs, targets), (test_inputs, test_targets) = draw(generator, learned), draw(generator, tested)
        return Problem(name, inputs, targets, labels, ("x", "y"), test_inputs, test_targets)

    return build


def _xor(generator: np.random.Generator, each: int) -> Points:
    """Four clouds at the corners (0, 0), (0, 1), (1, 0), (1, 1); the class is whether the two numbers differ."""
    corners = np.repeat([(0, 0), (1, 1), (0, 1), (1, 0)], -(-each // 2), axis=0)
    targets = corners[:, 0] ^ corners[:, 1]
    return corners + generator.uniform(-0.25, 0.25, corners.shape), targets


def _moons(generator: np.random.Generator, each: int) -> Points:
    """Two half circles that reach into each other, as in scikit-learn's ``make_moons(noise=0.1)``."""
    angles = generator.uniform(0, np.pi, each)
    upper = np.column_stack([np.cos(angles), np.sin(angles)])
    lower = np.column_stack([1 - np.cos(angles), 0.5 - np.sin(angles)])
    points = np.concatenate([upper, lower])
    return points + generator.normal(0, 0.1, points.shape), np.repeat([0, 1], each)


def _circles(generator: np.random.Generator, each: int) -> Points:
    """A ring of radius 1 around one of radius 1/2."""
    targets = np.repeat([0, 1], each)
    angles = generator.uniform(0, 2 * np.pi, 2 * each)
    radii = np.where(targets == 0, 0.5, 1.0) + generator.normal(0, 0.06, 2 * each)
    return np.column_stack([radii * np.cos(angles), radii * np.sin(angles)]), targets


def _spiral(arms: int) -> Callable[[np.random.Generator, int], Points]:
    """Arms of one turn each that wind around each other from the middle out to radius 1."""

    def draw(generator: np.random.Generator, each: int) -> Points:
        targets = np.repeat(np.arange(arms), each)
        radii = np.tile(np.linspace(0.08, 1, each), arms)
        angles = 2 * np.pi * (radii + targets / arms)
        points = np.column_stack([radii * np.cos(angles), radii * np.sin(angles)])
        return points + generator.normal(0, 0.015, points.shape), targets

    return draw


# --- pictures

_EXAMPLE = (
    # horizontal lines, vertical lines, green; 0 is rural, 1 urban
    (0.55, 0.10, 0.80, 0),
    (0.40, 0.20, 0.70, 0),
    (0.60, 0.15, 0.55, 0),
    (0.35, 0.05, 0.90, 0),
    (0.50, 0.30, 0.65, 0),
    (0.70, 0.25, 0.45, 0),
    (0.30, 0.60, 0.10, 1),
    (0.45, 0.75, 0.20, 1),
    (0.20, 0.80, 0.05, 1),
    (0.55, 0.65, 0.30, 1),
    (0.40, 0.55, 0.15, 1),
    (0.25, 0.50, 0.35, 1),
)
"""Twelve imagined photos, with numbers made up so that they can be followed by hand; nothing was measured."""


def _example(_: np.random.Generator) -> Problem:
    """The course's three inputs and two outputs: how much of a photo is lines and green, and is it in the country."""
    rows: NDArray[Any] = np.array(_EXAMPLE)
    names = ("horizontal lines", "vertical lines", "green")
    return Problem("example", rows[:, :3], rows[:, 3].astype(np.int64), ("rural", "urban"), names)


def _digits(_: np.random.Generator) -> Problem:
    """MNIST's 60,000 and 10,000 handwritten digits, 28 by 28 pixels shrunk to 14 by 14 by means of 2 by 2, 0 to 1."""
    mnist = read_mnist()
    names = tuple(f"row {row}, column {column}" for row in range(14) for column in range(14))
    return Problem(
        "digits",
        _shrunk(mnist.train_pictures),
        mnist.train_labels.astype(np.int64),
        tuple("0123456789"),
        names,
        _shrunk(mnist.test_pictures),
        mnist.test_labels.astype(np.int64),
    )


def _shrunk(pictures: NDArray[np.uint8]) -> Array:
    """uint8 [n, 28, 28] to float64 [n, 196], from 0 to 1."""
    sums = pictures.reshape(len(pictures), 14, 2, 14, 2).sum(axis=(2, 4), dtype=np.uint16)
    result: Array = sums.reshape(len(pictures), 196) / (4.0 * LARGEST_PIXEL)
    return result


BUILT_IN: dict[str, Callable[[np.random.Generator], Problem]] = {
    "example": _example,
    "xor": _drawn("xor", ("same", "different"), _xor, 100, 100),
    "moons": _drawn("moons", ("upper", "lower"), _moons, 150, 150),
    "circles": _drawn("circles", ("inner", "outer"), _circles, 150, 150),
    "spiral": _drawn("spiral", ("first arm", "second arm"), _spiral(2), 150, 150),
    "three-spirals": _drawn("three-spirals", ("first arm", "second arm", "third arm"), _spiral(3), 120, 120),
    "digits": _digits,
}
"""The built-in problems: each is called with a generator."""
