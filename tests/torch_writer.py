"""Write the layout that PyTorch had before 1.6, instruction by instruction; well formed or hostile."""

import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
PROTOCOL = b"\x80\x02M\xe9\x03."
MARK, TUPLE, REDUCE, STOP, NONE, DICT, LIST = b"(", b"t", b"R", b".", b"N", b"}", b"]"
BEGIN = b"\x80\x02"


class View(NamedTuple):
    """A tensor as the file describes it: a storage, and which of its elements."""

    storage: str
    offset: int
    shape: Sequence[int]
    strides: Sequence[int]
    declared: int | None = None


def text(value: str) -> bytes:
    encoded = value.encode()
    return b"X" + struct.pack("<I", len(encoded)) + encoded


def number(value: int) -> bytes:
    if -(2**31) <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    length = value.bit_length() // 8 + 1
    return b"\x8a" + bytes([length]) + value.to_bytes(length, "little", signed=True)


def name(module: str, function: str) -> bytes:
    return b"c" + f"{module}\n{function}\n".encode()


def numbers(values: Sequence[int]) -> bytes:
    return MARK + b"".join(number(value) for value in values) + TUPLE


ORDERED = name("collections", "OrderedDict") + b")" + REDUCE


def tensor(view: View, count: int, kind: str = "FloatStorage") -> bytes:
    storage = MARK + text("storage") + name("torch", kind) + text(view.storage) + text("cpu")
    storage += number(count if view.declared is None else view.declared) + NONE + TUPLE + b"Q"
    arguments = MARK + storage + number(view.offset) + numbers(view.shape) + numbers(view.strides)
    return name("torch._utils", "_rebuild_tensor_v2") + arguments + b"\x89" + ORDERED + TUPLE + REDUCE


def state(tensors: Mapping[str, bytes]) -> bytes:
    items = b"".join(text(key) + value for key, value in tensors.items())
    return BEGIN + ORDERED + MARK + items + b"u" + STOP


def system(*, little_endian: bool = True) -> bytes:
    flag = b"\x88" if little_endian else b"\x89"
    return BEGIN + DICT + MARK + text("little_endian") + flag + b"u" + STOP


def keys(names: Sequence[str]) -> bytes:
    return BEGIN + LIST + MARK + b"".join(text(key) for key in names) + b"e" + STOP


def storage(elements: np.ndarray[Any, Any]) -> bytes:
    return struct.pack("<q", elements.size) + elements.tobytes()


def file(state_pickle: bytes, storages: Mapping[str, np.ndarray[Any, Any]]) -> bytes:
    body = b"".join(storage(elements) for elements in storages.values())
    return MAGIC + PROTOCOL + system() + state_pickle + keys(list(storages)) + body


def written(views: Mapping[str, View], storages: Mapping[str, np.ndarray[Any, Any]]) -> bytes:
    kinds = {"f": "FloatStorage", "i": "LongStorage"}
    tensors = {
        key: tensor(view, storages[view.storage].size, kinds[storages[view.storage].dtype.kind])
        for key, view in views.items()
    }
    return file(state(tensors), storages)
