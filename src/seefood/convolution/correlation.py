"""A kernel on a picture: what it answers at each place.

Deep learning's convolution is a cross-correlation: the kernel lies on the picture as it is written, is multiplied
weight by weight with the pixels under it, and the products are added up. Mathematicians turn the kernel by 180 degrees
first; ``flip=True`` does.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seefood.convolution import fast
from seefood.convolution.geometry import Geometry, Padding, Pair, geometry
from seefood.convolution.kernels import KernelLike, numbers
from seefood.errors import PictureError, ShapeError
from seefood.pictures import Source, decode

__all__ = ["by_definition", "convolve", "pixels"]

LARGEST_ANSWER = 1 << 29
"""Numbers: two gigabytes. A mistyped padding asks for more easily. Zeros around a picture may be as many."""
LARGEST_FLOAT = float(np.finfo(np.float32).max)

Array = NDArray[Any]


def convolve(  # the arguments of Keras' Conv2D
    picture: Source | ArrayLike,
    kernel: KernelLike | str,
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
    bias: ArrayLike = 0.0,
    flip: bool = False,
) -> NDArray[np.float32]:
    """What a kernel answers at each place of a picture, float32.

    answer[row, column] = bias + the sum over i, j of kernel[i, j] × picture[row × stride + i × dilation − top, …]

    Args:
        picture: real numbers [height, width] or [height, width, channels]; or a path, bytes or Pillow image, whose
            values are 0 to 255, [height, width] where it has no colour.
        kernel: a name on the shelf or weights. [height, width] answers for each channel by itself, in the picture's
            shape. [height, width, channels] is one filter over all channels and answers [height, width]. Keras' layout
            [height, width, channels, filters] answers [height, width, filters], as a view of planes.
        stride, padding, dilation: as in `geometry`, with Keras' rules.
        bias: added to every answer; one number, or one for each filter.
        flip: turn the kernel by 180 degrees first: the convolution of mathematics and of ``scipy.signal.convolve``.

    Computed in float32 on all cores; equal to `by_definition` but for rounding.

    Raises:
        PictureError: no picture, or numbers in it that are none.
        ShapeError: as `numbers` and `geometry`; a kernel for another number of channels than the picture has; an
            answer of more than 2²⁸ numbers; or answers beyond what float32 holds.

    >>> convolve([[9, 9, 9], [1, 1, 1]], "horizontal-line")
    array([[16., 16.]], dtype=float32)
    >>> convolve(np.ones((5, 5, 3)), np.ones((3, 3, 3, 8)), stride=2).shape
    (2, 2, 8)
    """
    (image, largest), weights = _measured(picture), _weights(kernel, flip=flip)
    place = geometry(_size(image), _size(weights), stride=stride, padding=padding, dilation=dilation)
    _check_fit(image, weights, place)
    constants = _bias(bias, weights)
    answers = _answers(image, weights, place, constants)
    if not _surely_held(largest, weights, constants) and not np.isfinite(answers).all():
        sizes = f"weights up to {np.abs(weights).max():.3g}"
        if constants.any():
            sizes += f" and a bias up to {np.abs(constants).max():.3g}"
        raise ShapeError(f"expected answers that float32 holds; found some beyond, from {sizes}; use smaller ones")
    return answers


def _answers(image: Array, weights: Array, place: Geometry, biases: NDArray[np.float32]) -> NDArray[np.float32]:
    if weights.ndim == 2:
        return fast.each_channel(image, weights, place, float(biases[0]))
    filters = weights if weights.ndim == 4 else weights[..., np.newaxis]
    channels_last = image if image.ndim == 3 else image[..., np.newaxis]
    answers = fast.across_channels(channels_last, filters, place, biases)
    return answers if weights.ndim == 4 else answers[..., 0]


def _surely_held(largest: float, weights: Array, biases: Array) -> bool:
    """Whether no sum on the way to an answer can be too large for float32, without a look at the answers."""
    magnitudes = np.abs(weights, dtype=np.float64).sum()
    return bool(largest * magnitudes + np.abs(biases).max() < LARGEST_FLOAT / 2)


def by_definition(  # the same arguments
    picture: ArrayLike,
    kernel: KernelLike | str,
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
    bias: ArrayLike = 0.0,
    flip: bool = False,
) -> NDArray[np.float64]:
    """The same as `convolve`, in float64, as it is defined: one product after the other. Slow, and made to be read.

    >>> by_definition([[9, 9, 9], [1, 1, 1]], [[1, 1], [-1, -1]]).tolist()
    [[16.0, 16.0]]
    """
    image, weights = pixels(picture), _weights(kernel, flip=flip)
    place = geometry(_size(image), _size(weights), stride=stride, padding=padding, dilation=dilation)
    _check_fit(image, weights, place)
    constants = _bias(bias, weights)
    channels_last = image if image.ndim == 3 else image[..., np.newaxis]
    if weights.ndim == 2:
        planes = np.split(channels_last, channels_last.shape[2], axis=2)
        answers = [_one_filter(plane, weights[..., np.newaxis], place, constants[0]) for plane in planes]
        return np.stack(answers, axis=2).reshape(place.output + image.shape[2:])
    if weights.ndim == 3:
        return _one_filter(channels_last, weights, place, constants[0])
    filters = range(weights.shape[3])
    return np.stack([_one_filter(channels_last, weights[..., n], place, constants[n]) for n in filters], axis=2)


def _one_filter(image: Array, weights: Array, place: Geometry, bias: float) -> NDArray[np.float64]:
    """One filter [kernel height, kernel width, channels] on [height, width, channels]: a number for each place."""
    answers = np.zeros(place.output)
    for row in range(place.output[0]):
        for column in range(place.output[1]):
            top, left = place.corner(row, column)
            total = float(bias)
            for (i, j, channel), weight in np.ndenumerate(weights):
                y, x = top + i * place.dilation[0], left + j * place.dilation[1]
                if 0 <= y < place.picture[0] and 0 <= x < place.picture[1]:  # beyond the edge there are zeros
                    total += float(weight) * float(image[y, x, channel])
            answers[row, column] = total
    return answers


def pixels(picture: Source | ArrayLike) -> Array:
    """A picture as real numbers, [height, width] or [height, width, channels].

    Arrays and lists of numbers stay as they are. What is decoded is uint8, and [height, width] where its three channels
    are the same.

    Raises:
        PictureError: no picture, of another number of dimensions, or with values that are no finite real numbers.

    >>> pixels([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    return _measured(picture)[0]


def _measured(picture: Source | ArrayLike) -> tuple[Array, float]:
    """The same, and a bound that no number in it exceeds in size."""
    if isinstance(picture, np.ndarray | list | tuple):
        return _checked(picture)
    colours = decode(picture)  # type: ignore[arg-type]  # what it cannot take it says
    first = colours[..., 0]
    grey = np.array_equal(first, colours[..., 1]) and np.array_equal(first, colours[..., 2])
    return np.ascontiguousarray(first) if grey else colours, 255.0


def _checked(picture: ArrayLike) -> tuple[Array, float]:
    try:
        image = np.asarray(picture)
    except ValueError as error:
        raise PictureError("expected a picture whose rows are equally long; found ragged rows; fill them up") from error
    if image.ndim not in (2, 3) or image.size == 0 or image.dtype.kind not in "biuf":
        raise PictureError(
            f"expected a picture as real numbers [height, width] or [height, width, channels]; "
            f"found {image.dtype} {list(image.shape)}; give it two or three dimensions"
        )
    if image.dtype.kind != "f":
        return image, 1.0 if image.dtype.kind == "b" else float(np.iinfo(image.dtype).max) + 1
    largest = _bound(image)
    if not largest <= LARGEST_FLOAT and not _is_float32(image):
        with np.errstate(over="ignore"):
            place = [int(index) for index in np.argwhere(~np.isfinite(image.astype(np.float32)))[0]]
        raise PictureError(
            f"expected a picture of finite float32 numbers, [{', '.join(map(str, image.shape))}]; "
            f"found {image[tuple(place)]} at {place}; replace it"
        )
    return image, largest


def _is_float32(image: Array) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.isfinite(image.astype(np.float32)).all())


def _bound(image: Array) -> float:
    """What no number in an array exceeds in size; NaN or infinite where not all of them are finite.

    The root of the sum of squares is one, and one pass on all cores where the largest would be two; where squares are
    too large to be added up, it is the largest after all.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        bound = float(np.linalg.norm(image))
        return bound * 1.01 if bound < LARGEST_FLOAT / 2 else float(np.abs(image).max())


def _weights(kernel: KernelLike | str, *, flip: bool) -> NDArray[np.float32]:
    from seefood.convolution.shelf import named

    weights = numbers(named(kernel) if isinstance(kernel, str) else kernel)
    return weights[::-1, ::-1] if flip else weights


def _bias(bias: ArrayLike, weights: Array) -> NDArray[np.float32]:
    """One number a filter."""
    filters = weights.shape[3] if weights.ndim == 4 else 1
    try:
        with np.errstate(over="ignore"):  # said below
            constants = np.broadcast_to(np.asarray(bias, np.float32), (filters,))
    except (TypeError, ValueError) as error:
        raise ShapeError(
            f"expected a bias that is one number, or {filters} for a kernel of shape {list(weights.shape)}; "
            f"found one of shape {list(np.shape(bias))}; give one number"
        ) from error
    if not np.isfinite(constants).all():
        raise ShapeError(f"expected a finite bias; found {bias!r}; give another number")
    return constants


def _check_fit(image: Array, weights: Array, place: Geometry) -> None:
    """The kernel is for as many channels as there are, and the answer is not absurdly large."""
    channels = image.shape[2] if image.ndim == 3 else 1
    if weights.ndim > 2 and weights.shape[2] != channels:
        raise ShapeError(
            f"expected a kernel [height, width, {channels}{', filters' * (weights.ndim == 4)}] for a picture "
            f"{list(image.shape)}; found one of shape {list(weights.shape)}; give both as many channels"
        )
    filters = channels if weights.ndim == 2 else weights[0, 0, 0].size
    answers = place.output[0] * place.output[1] * filters
    top, left, bottom, right = place.pads
    height, width = place.picture
    zeros = ((top + height + bottom) * (left + width + right) - height * width) * channels
    if answers > LARGEST_ANSWER or zeros > LARGEST_ANSWER:
        what, count = ("an answer of", answers) if answers > LARGEST_ANSWER else ("padding of", zeros)
        raise ShapeError(
            f"expected {what} at most {LARGEST_ANSWER:,} numbers; found {count:,} for a picture "
            f"{list(image.shape)}, a kernel {list(weights.shape)} and padding {place.pads}; use less padding, "
            "a larger stride or fewer filters"
        )


def _size(array: Array) -> tuple[int, int]:
    height, width = array.shape[:2]
    return height, width
