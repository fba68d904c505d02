"""The shelf: kernels that have a name, each with one sentence on what pattern it answers to.

All are for cross-correlation, the kernel laid on the picture as it is, and answer with a positive number to what the
sentence says and with a negative one to its opposite. Signs are chosen alike: a horizontal one is positive where the
bright side is above, a vertical one where it is on the left, as in [[1, 1], [-1, -1]] and [[1, -1], [1, -1]].

Sources: Roberts, "Machine perception of three-dimensional solids" (1963); Prewitt, "Object enhancement and extraction"
(1970); Sobel and Feldman, "A 3×3 isotropic gradient operator for image processing" (1968); Scharr, "Optimal operators
in digital image processing" (2000), in integers as OpenCV has it; Gonzalez and Woods, "Digital image processing",
chapters 3 and 10, for the Laplacians, the thin lines and sharpening; Pascal's triangle (1, 4, 6, 4, 1) for the Gaussian
blur. A corner is the pattern itself less its mean: a matched filter.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType

import numpy as np

from seefood.convolution.kernels import Kernel, KernelLike, numbers
from seefood.errors import ShapeError

__all__ = ["SHELF", "named"]

_BINOMIAL = np.array([1, 4, 6, 4, 1])


def _kernels() -> Iterator[Kernel]:
    yield from _lines()
    yield from _edges()
    yield _kernel(
        [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "laplacian",
        "Answers to edges in all directions: positive on the dark side, negative on the bright side.",
    )
    yield _kernel(
        [[1, 1, 1], [1, -8, 1], [1, 1, 1]],
        "laplacian-8",
        "Answers to edges in all directions, diagonal neighbours included: positive on the dark side.",
    )
    yield _kernel(
        [[5, 5, -4], [5, 5, -4], [-4, -4, -4]],
        "corner",
        "Answers to the lower right corner of a bright area: bright at the upper left, dark around it.",
    )
    yield from _looks()


def _kernel(weights: KernelLike, name: str, sentence: str) -> Kernel:
    return Kernel(numbers(weights), name, sentence)


def _lines() -> Iterator[Kernel]:
    yield _kernel([[1, 1], [-1, -1]], "horizontal-line", "Answers to horizontal lines, bright above and dark below.")
    yield _kernel(
        [[1, -1], [1, -1]], "vertical-line", "Answers to vertical lines, bright on the left, dark on the right."
    )
    yield _kernel([[1, -1], [-1, 1]], "falling-diagonal", "Answers to bright lines that fall from left to right: \\.")
    yield _kernel([[-1, 1], [1, -1]], "rising-diagonal", "Answers to bright lines that rise from left to right: /.")
    yield _kernel(
        [[-1, -1, -1], [2, 2, 2], [-1, -1, -1]],
        "thin-horizontal-line",
        "Answers to horizontal lines one pixel wide, brighter than what is above and below.",
    )
    yield _kernel(
        [[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]],
        "thin-vertical-line",
        "Answers to vertical lines one pixel wide, brighter than what is on both sides.",
    )
    yield _kernel(
        [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]],
        "thin-falling-line",
        "Answers to lines one pixel wide that fall from left to right, brighter than both sides.",
    )
    yield _kernel(
        [[-1, -1, 2], [-1, 2, -1], [2, -1, -1]],
        "thin-rising-line",
        "Answers to lines one pixel wide that rise from left to right, brighter than both sides.",
    )


def _edges() -> Iterator[Kernel]:
    smoothed = {"prewitt": [1, 1, 1], "sobel": [1, 2, 1], "scharr": [3, 10, 3]}
    remarks = {
        "prewitt": "the three pixels along the edge count alike",
        "sobel": "the middle counts twice",
        "scharr": "weighted so that its strength hardly depends on the direction",
    }
    for name, along in smoothed.items():
        across = np.outer([1, 0, -1], along)
        remark = remarks[name]
        yield _kernel(across, f"{name}-horizontal", f"Answers to horizontal edges, bright above; {remark}.")
        yield _kernel(across.T, f"{name}-vertical", f"Answers to vertical edges, bright on the left; {remark}.")
    yield _kernel(
        [[0, 1], [-1, 0]],
        "roberts-falling",
        "Answers to edges that fall from left to right, bright at the upper right.",
    )
    yield _kernel(
        [[1, 0], [0, -1]],
        "roberts-rising",
        "Answers to edges that rise from left to right, bright at the upper left.",
    )


def _looks() -> Iterator[Kernel]:
    yield _kernel(np.full((3, 3), 1 / 9), "box-blur", "Averages 3 by 3 pixels: detail goes, brightness stays.")
    yield _kernel(
        np.outer(_BINOMIAL, _BINOMIAL) / 256,
        "gaussian-blur",
        "Averages 5 by 5 pixels, the middle most: a softer blur than a box, and the same in all directions.",
    )
    yield _kernel(
        [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "sharpen",
        "Keeps brightness and adds what the Laplacian finds: edges in all directions become steeper.",
    )
    yield _kernel(
        [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
        "emboss",
        "Keeps brightness and adds rising edges, bright at the lower right: looks like a relief.",
    )
    yield _kernel([[0, 0, 0], [0, 1, 0], [0, 0, 0]], "identity", "Answers with the picture itself: nothing changes.")


SHELF: Mapping[str, Kernel] = MappingProxyType({kernel.name: kernel for kernel in _kernels()})
"""Every kernel that has a name, in the order in which to show them."""


def named(name: str) -> Kernel:
    """The kernel of this name; blanks, underscores and capitals do not matter.

    Raises:
        ShapeError: no kernel on the shelf is called so.

    >>> named("Sobel vertical").values.tolist()
    [[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]]
    >>> named("gausian blur")
    Traceback (most recent call last):
        ...
    seefood.errors.ShapeError: expected the name of a kernel on the shelf; found 'gausian blur'; did you ...
    """
    key = "-".join(name.lower().replace("_", " ").replace("-", " ").split())
    if key in SHELF:
        return SHELF[key]
    shown = repr(name if len(name) <= 60 else f"{name[:57]}…")
    raise ShapeError(f"expected the name of a kernel on the shelf; found {shown}; {_remedy(key[:100])}")


def _remedy(key: str) -> str:
    begun = [name for name in SHELF if key and name.startswith(key)]
    close = begun or get_close_matches(key, SHELF, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(close)}?" if close else f"take one of {', '.join(SHELF)}"
