"""Moving a picture's pixels: one affine map for every geometric transform, so that several in a row blur once.

A map says where each place of the new picture looks in the old one: (x', y') = M (x, y, 1), x across and y down, in
pixels, whole numbers in the middle of pixels. Where every place looks at the middle of a pixel, pixels are copied and
nothing is interpolated: mirrored twice, a picture is what it was. Otherwise it is bilinear (SciPy's).
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from seefood.augmentation.borders import REFLECTED, Border
from seefood.errors import ShapeError

__all__ = ["Matrix", "Picture", "about_the_middle", "checked", "moved_by", "warp"]

Picture = NDArray[np.uint8]
Matrix = NDArray[np.float64]
Indices = NDArray[np.int64]

CHANNELS = (1, 3)
EXACT = 1e-9
"""Sines and cosines of quarter turns are off by 1e-16, and that times a large picture's side is still far below."""


def checked(picture: Picture) -> Picture:
    """The picture, uint8 [h, w, c] with 1 or 3 channels. Raises ShapeError where it is something else."""
    fits = picture.ndim == 3 and picture.size and picture.shape[2] in CHANNELS and picture.dtype == np.uint8
    if not fits:
        raise ShapeError(
            "expected a picture as uint8 [height, width, 1 or 3]; "
            f"found {picture.dtype} {list(picture.shape)}; decode it first"
        )
    return picture


def about_the_middle(linear: list[list[float]], height: int, width: int) -> Matrix:
    """The map that leaves the picture's middle where it is.

    >>> about_the_middle([[-1, 0], [0, 1]], 3, 5).tolist()  # mirrored: column 0 looks at column 4
    [[-1.0, 0.0, 4.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    matrix[:2, 2] = middle - matrix[:2, :2] @ middle
    return matrix


def moved_by(across: float, down: float) -> Matrix:
    """The map of a picture that is moved to the right and down by so many pixels."""
    matrix = np.eye(3)
    matrix[:2, 2] = -across, -down
    return matrix


def warp(picture: Picture, matrix: Matrix, border: Border = REFLECTED) -> Picture:
    """A picture, uint8 [h, w, c], seen through a map; of the same shape, and a new array.

    >>> warp(np.array([[[1], [2], [3]]], np.uint8), moved_by(1, 0)).ravel().tolist()
    [1, 1, 2]
    """
    nearest = np.rint(matrix)
    if np.abs(matrix - nearest).max() < EXACT and (np.abs(nearest[:2, :2]).sum(axis=1) == 1).all():
        return _copied(picture, nearest.astype(np.int64), border)
    linear, offset = matrix[1::-1, 1::-1], matrix[1::-1, 2]  # SciPy counts down first
    mode: Literal["reflect", "grid-constant"] = "reflect" if border.kind == "reflect" else "grid-constant"
    levels = border.levels(picture.shape[2])
    out = np.empty(picture.shape, np.uint8)
    for channel, level in enumerate(levels):
        plane = np.ascontiguousarray(picture[..., channel])
        out[..., channel] = ndimage.affine_transform(plane, linear, offset, order=1, mode=mode, cval=int(level))
    return out


def _copied(picture: Picture, matrix: NDArray[np.int64], border: Border) -> Picture:
    """Whole pixels: rows looked up, then columns; of the picture on its side where the map turns by a quarter."""
    height, width = picture.shape[:2]
    columns, rows = matrix[0], matrix[1]
    if matrix[0, 0]:
        down, across = rows[1] * np.arange(height) + rows[2], columns[0] * np.arange(width) + columns[2]
    else:
        picture = picture.transpose(1, 0, 2)
        down, across = columns[1] * np.arange(height) + columns[2], rows[0] * np.arange(width) + rows[2]
    found = picture.take(_inside(down, picture.shape[0]), axis=0).take(_inside(across, picture.shape[1]), axis=1)
    if border.kind == "constant":
        levels = border.levels(picture.shape[2])
        found[(down < 0) | (down >= picture.shape[0])] = levels
        found[:, (across < 0) | (across >= picture.shape[1])] = levels
    return found


def _inside(places: Indices, side: int) -> Indices:
    """Places beyond the edge, reflected into the picture."""
    folded = places % (2 * side)
    return np.minimum(folded, 2 * side - 1 - folded)
