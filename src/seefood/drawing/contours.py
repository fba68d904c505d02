"""Lines of equal height on a grid of numbers, by marching squares."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["contour"]

Array = NDArray[np.float64]

# The corners of a square are counted 0 to 3 around it, from (row, column); edge i leads from corner i to the next.
_CORNERS = ((0, 0), (0, 1), (1, 1), (1, 0))


def contour(x: ArrayLike, y: ArrayLike, heights: ArrayLike, level: float) -> tuple[Array, Array]:
    """The line at ``level`` as pieces with NaN between them: their x and their y, to be drawn as one broken line.

    ``x`` [columns] and ``y`` [rows] are where the numbers ``heights`` [rows, columns] stand. Along the edges of the
    grid the crossing is where a straight line between the two numbers has the level. Squares with a NaN are left out.

    >>> x, y = contour([0.0, 1.0], [0.0, 1.0], [[0.0, 4.0], [0.0, 4.0]], level=1.0)
    >>> x.tolist(), y.tolist()
    ([0.25, 0.25, nan], [0.0, 1.0, nan])
    """
    across, down = np.meshgrid(np.asarray(x, np.float64), np.asarray(y, np.float64))
    values = np.asarray(heights, np.float64) - level
    rows, columns = values.shape
    corners = [
        tuple(part[r : rows - 1 + r, c : columns - 1 + c].ravel() for part in (across, down, values))
        for r, c in _CORNERS
    ]
    whole = np.isfinite(np.stack([corner[2] for corner in corners])).all(axis=0)
    crossed, at_x, at_y = _crossings(corners)
    crossed &= whole
    return _pieces(crossed, at_x, at_y)


def _crossings(corners: list[tuple[Array, ...]]) -> tuple[NDArray[np.bool_], Array, Array]:
    """For each edge of each square, [4, squares]: whether the line crosses it, and where."""
    crossed, at_x, at_y = [], [], []
    for (x0, y0, v0), (x1, y1, v1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            crossed.append((v0 >= 0) != (v1 >= 0))
            share = v0 / (v0 - v1)
            at_x.append(x0 + share * (x1 - x0))
            at_y.append(y0 + share * (y1 - y0))
    return np.stack(crossed), np.stack(at_x), np.stack(at_y)


def _pieces(crossed: NDArray[np.bool_], at_x: Array, at_y: Array) -> tuple[Array, Array]:
    """Crossed edges joined two by two: 0 with 1 and 2 with 3 where all four are crossed, so that corner 1 is alone."""
    squares, edges = np.nonzero(crossed.T)
    lines_x = np.full((len(squares) // 2, 3), np.nan)
    lines_y = lines_x.copy()
    for end in (0, 1):  # every square has an even number of crossed edges, in order
        lines_x[:, end] = at_x[edges[end::2], squares[end::2]]
        lines_y[:, end] = at_y[edges[end::2], squares[end::2]]
    return lines_x.ravel(), lines_y.ravel()
