"""The two quick ways to slide kernels, both equal to the definition.

One kernel on each channel is a sum of shifted pictures, each times one weight: NumPy does it band by band, so that a
band stays close to its core. It is quicker than a Conv node, which copies each window, and needs nothing but NumPy.
Filters over channels are one Conv node for ONNX Runtime, which shares each window among many filters; it gets bands as
well, because memory that is touched for the first time costs more than the arithmetic.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seefood.convolution.geometry import Geometry

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["across_channels", "each_channel"]

BAND = 1 << 19
"""Numbers of the answer in a band. In smaller ones threads wait for Python's lock; larger ones fall out of caches."""
BAND_OF_FILTERS = 1 << 22
"""The same for ONNX Runtime, which needs a few times as much on its way."""

Floats = NDArray[np.float32]


def each_channel(picture: NDArray[Any], kernel: Floats, place: Geometry, bias: float) -> Floats:
    """A kernel [height, width] on a picture [height, width] or [height, width, channels], each channel by itself."""
    answers = np.empty(place.output + picture.shape[2:], np.float32)
    bands = _bands(len(answers), answers[0].size, BAND)
    _share(lambda band: _add_up(picture, kernel, place, bias, band, answers), bands)
    return answers


def _bands(rows: int, numbers: int, most: int) -> list[slice]:
    """All rows of an answer, ``numbers`` in each, a few at a time."""
    together = max(1, most // max(1, numbers))
    return [slice(first, min(first + together, rows)) for first in range(0, rows, together)]


def _share(work: Callable[[slice], None], bands: list[slice]) -> None:
    """Bands among the cores: NumPy and ONNX Runtime release Python's lock."""
    threads = min(len(bands), _cores())
    if threads == 1:
        for band in bands:
            work(band)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, bands))


def _cores() -> int:
    return os.cpu_count() or 1


def _rows_under(band: slice, place: Geometry) -> tuple[int, int]:
    """The first row of the picture under a band of the answer, and the one behind the last; they may lie outside."""
    first = band.start * place.stride[0] - place.pads[0]
    return first, (band.stop - 1) * place.stride[0] - place.pads[0] + place.reach[0]


def _add_up(picture: NDArray[Any], kernel: Floats, place: Geometry, bias: float, band: slice, answers: Floats) -> None:
    """The rows ``band`` of the answer: for each weight the picture, shifted, times the weight."""
    answer = answers[band]
    answer[...] = bias
    top, end = _rows_under(band, place)
    first = max(0, top)
    pixels = picture[first : max(first, end)].astype(np.float32, copy=False)
    product = np.empty_like(answer)
    for i, j in zip(*map(np.ndarray.tolist, np.nonzero(kernel)), strict=True):
        down, rows = _under(len(answer), pixels.shape[0], top - first + i * place.dilation[0], place.stride[0])
        shift = j * place.dilation[1] - place.pads[1]
        across, columns = _under(answer.shape[1], pixels.shape[1], shift, place.stride[1])
        part = product[down, across]
        with np.errstate(over="ignore", invalid="ignore"):  # too large for float32 is infinite, without a warning
            np.multiply(pixels[rows, columns], kernel[i, j], out=part)
            answer[down, across] += part


def _under(answers: int, pixels: int, offset: int, stride: int) -> tuple[slice, slice]:
    """Of answers in a row whose pixel is ``answer * stride + offset``: those whose pixel exists, and the pixels."""
    first = max(0, -(offset // stride))
    last = max(first, min(answers, (pixels - 1 - offset) // stride + 1))
    begin = first * stride + offset
    return slice(first, last), slice(begin, begin + (last - first) * stride, stride) if last > first else slice(0, 0)


def across_channels(picture: NDArray[Any], filters: Floats, place: Geometry, biases: Floats) -> Floats:
    """Filters [height, width, channels, filters] on [height, width, channels]: [height, width, filters], a view."""
    answers = np.empty((filters.shape[3], *place.output), np.float32)
    bands = _bands(place.output[0], answers[:, 0].size, BAND_OF_FILTERS)
    session = _opened(filters, place, biases, _cores() if len(bands) == 1 else 1)

    def run(band: slice) -> None:
        answers[:, band] = session.run(None, {"pixels": _planes(picture, band, place)})[0][0]

    _share(run, bands)
    return np.moveaxis(answers, 0, 2)


def _planes(picture: NDArray[Any], band: slice, place: Geometry) -> Floats:
    """The rows under a band, [1, channels, rows, width], with rows of zeros where they lie outside the picture."""
    height, width, channels = picture.shape
    top, end = _rows_under(band, place)
    planes = np.zeros((1, channels, end - top, width), np.float32)
    first, last = max(0, top), min(height, end)
    if last > first:
        planes[0, :, first - top : last - top] = np.moveaxis(picture[first:last], 2, 0)
    return planes


def _opened(filters: Floats, place: Geometry, biases: Floats, threads: int) -> "onnxruntime.InferenceSession":
    """One Conv node, [1, channels, rows, width] to [1, filters, rows, width]; padded at the left and the right only."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    pads = (0, place.pads[1], 0, place.pads[3])
    walk: dict[str, Any] = {"strides": place.stride, "dilations": place.dilation, "pads": pads}
    node = helper.make_node("Conv", ["pixels", "kernels", "biases"], ["answers"], kernel_shape=place.kernel, **walk)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("pixels", "answers")]
    kernels = numpy_helper.from_array(np.ascontiguousarray(filters.transpose(3, 2, 0, 1)), "kernels")
    constants = [kernels, numpy_helper.from_array(np.array(biases), "biases")]
    graph = helper.make_graph([node], "convolution", ends[:1], ends[1:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4  # what goes wrong is raised, and said once
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
