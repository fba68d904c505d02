"""Read tensors from a Keras weights file (HDF5) without Keras, by the name of their layer and their part in it.

Two layouts are about. Keras 1 and 2, and ``model.save("x.h5")`` to this day, keep a group for each layer that holds
``conv1_conv/kernel:0``, or ``conv1_W_1:0`` before 2017. Keras 3 numbers the variables of each layer, and since 3.3
writes its name beside them: ``layers/conv2d_1/vars/0``. Both become ``conv1_conv/kernel``.

HDF5 executes nothing, but it can point into other files and declare more numbers than there is memory. So every link
and every declared size is looked at before it is followed. And its C library can be made to hang or to crash by a
damaged file, so the file is first read once by a process of its own: what becomes of that one does no harm.
"""

import math
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seefood.errors import BackboneError, WeightsError
from seefood.files import reason

__all__ = ["read_keras_file"]

LARGEST_BYTES = 2 << 30
MOST_OBJECTS = 50_000
DEEPEST = 16

SLOWEST_BYTES_PER_SECOND = 20_000_000
PATIENCE_SECONDS = 20.0
REHEARSAL = "import sys, seefood.backbones.keras_file as reader; reader.rehearse(sys.argv[1])"

_CONVOLUTION = ("kernel", "bias")
_PARTS = {
    "conv2d": _CONVOLUTION,
    "dense": _CONVOLUTION,
    "batch_normalization": ("gamma", "beta", "moving_mean", "moving_variance"),
}
# Keras 1 called the moving variance running_std, and used it as a variance.
_OLD_PARTS = {"W": "kernel", "b": "bias", "running_mean": "moving_mean", "running_std": "moving_variance"}
_NO_LAYERS = ("optimizer", "seed_generator", "top_level_model_weights")
_HARMLESS_FILTERS = (1, 2, 3)  # deflate, shuffle, checksum: built in, where any other may load a plug-in


class _RefusedError(Exception):
    """The file holds something that a weights file has no use for."""


def read_keras_file(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """The tensors as ``layer/part``, such as ``conv1_conv/kernel``, in the file's own floating-point type.

    Convolution kernels are [height, width, channels, filters], dense ones [inputs, outputs], as Keras has them.

    Raises:
        BackboneError: h5py is not installed.
        WeightsError: the file is missing, is no such file, is cut short, points elsewhere, or is too large.
    """
    try:
        import h5py
    except ImportError as error:
        raise BackboneError(
            f'{path}: expected h5py, which reads Keras weights; found none; pip install "seefood[keras-weights]"'
        ) from error
    _survive(path, _checked_size(path))
    try:
        with h5py.File(path, "r") as file:
            return _Reader(h5py).tensors(file)
    except (OSError, KeyError, RuntimeError, ValueError, TypeError, MemoryError, _RefusedError) as error:
        raise _weights_error(path, f"found that {_why(error)}") from error


def _checked_size(path: Path) -> int:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
    except OSError as error:
        raise _weights_error(path, reason(error)) from error
    if size > LARGEST_BYTES:
        raise _weights_error(path, f"found that it is larger than {LARGEST_BYTES >> 30} GiB")
    return size


def _survive(path: Path, size: int) -> None:
    """Let another process read the file first; an error that it meets in good order is met here again."""
    command = [sys.executable, "-c", REHEARSAL, str(path.absolute())]
    patience = PATIENCE_SECONDS + size / SLOWEST_BYTES_PER_SECOND
    quiet: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    try:
        done = subprocess.run(command, **quiet, timeout=patience, check=False)  # noqa: S603 - no shell, our own words
    except subprocess.TimeoutExpired as error:
        raise _weights_error(path, f"found that HDF5 does not come to an end within {patience:.0f} seconds") from error
    except OSError:
        return  # no other process can be had, where Python is part of another program for example
    if done.returncode not in (0, 1):
        raise _weights_error(path, f"found that HDF5 crashes on it ({done.returncode})")


def rehearse(path: str) -> None:
    """Read a file and forget it; for the process that goes first."""
    import h5py

    with h5py.File(path, "r") as file:
        for name, dataset in (reader := _Reader(h5py)).named(file):
            reader.numbers(name, dataset)


def _weights_error(path: Path, found: str) -> WeightsError:
    return WeightsError(f"{path}: expected the weights of a Keras model (.h5); {found}; get the file again")


def _why(error: Exception) -> str:
    if isinstance(error, _RefusedError):
        return str(error)
    text = str(error)
    if "signature not found" in text:
        return "it is not HDF5"
    return "it is cut short" if "truncated" in text else "its structure is damaged"


@dataclass
class _Reader:
    """Walks through a file and keeps count of what it has been asked to look at."""

    h5py: Any
    objects: int = 0
    size: int = 0

    def tensors(self, file: Any) -> dict[str, np.ndarray[Any, Any]]:
        found: dict[str, np.ndarray[Any, Any]] = {}
        for name, dataset in self.named(file):
            if name in found:
                raise _RefusedError(f"it has two tensors for {name!r}, as a model inside a model has")
            found[name] = self.numbers(name, dataset)
        if not found:
            raise _RefusedError("it holds no layers with weights")
        return found

    def named(self, file: Any) -> Iterator[tuple[str, Any]]:
        members = dict(self.members(file))
        if "model_weights" in members:
            return self.of_layers(members["model_weights"])
        if {"layer_names", "layer_names0"} & set(file.attrs):
            return self.of_layers(file)
        if {"layers", "_layer_checkpoint_dependencies"} & set(members):
            return self.of_variables(file, "", 0)
        raise _RefusedError("it is HDF5 but not written by Keras")

    def members(self, group: Any) -> Iterator[tuple[str, Any]]:
        """What lies in a group itself; a link to another place or file is refused unfollowed."""
        if not isinstance(group, self.h5py.Group):
            raise _RefusedError("it has numbers where it should have layers")
        for name in group:
            self.objects += 1
            if self.objects > MOST_OBJECTS:
                raise _RefusedError(f"it holds more than {MOST_OBJECTS} objects")
            if not isinstance(group.get(name, getlink=True), self.h5py.HardLink):
                raise _RefusedError(f"{name!r} is a link to another place")
            yield name, group[name]

    def of_layers(self, group: Any) -> Iterator[tuple[str, Any]]:
        """The layout of Keras 1 and 2: the group is named by the layer, what is in it by its part."""
        for layer, members in self.members(group):
            if layer not in _NO_LAYERS:
                for name, dataset in self.inside(members, 0):
                    yield f"{layer}/{_part(layer, name)}", dataset

    def inside(self, group: Any, depth: int) -> Iterator[tuple[str, Any]]:
        _check_depth(depth)
        for name, member in self.members(group):
            if isinstance(member, self.h5py.Dataset):
                yield name, member
            else:
                yield from self.inside(member, depth + 1)

    def of_variables(self, group: Any, kind: str, depth: int) -> Iterator[tuple[str, Any]]:
        """The layout of Keras 3: the group is named by the kind of layer, what is in it is numbered."""
        _check_depth(depth)
        for name, member in self.members(group):
            if name == "vars":
                layer, parts = _name(member) or kind, _PARTS.get(re.sub(r"_\d+$", "", kind), ())
                for number, dataset in self.members(member):
                    known = number.isdecimal() and int(number) < len(parts)
                    yield f"{layer}/{parts[int(number)] if known else number}", dataset
            elif name not in _NO_LAYERS:
                yield from self.of_variables(member, name, depth + 1)

    def numbers(self, name: str, dataset: Any) -> np.ndarray[Any, Any]:
        """Read one tensor, after its type, size and storage have been looked at."""
        if not isinstance(dataset, self.h5py.Dataset):
            raise _RefusedError(f"{name!r} is no tensor")
        if dataset.dtype.kind != "f" or dataset.dtype.itemsize > 8:
            raise _RefusedError(f"{name!r} holds {dataset.dtype} instead of floating-point numbers")
        if dataset.shape is None or dataset.is_virtual or dataset.external or not _filters_are_harmless(dataset):
            raise _RefusedError(f"the numbers of {name!r} are not in the file itself")
        largest = max(math.prod(dataset.shape), math.prod(dataset.chunks or ()))
        self.size += largest * dataset.dtype.itemsize
        if self.size > LARGEST_BYTES:
            raise _RefusedError(f"it declares more than {LARGEST_BYTES >> 30} GiB of numbers")
        if largest and not dataset.id.get_storage_size():
            raise _RefusedError(f"{name!r} is declared but holds no numbers")
        return np.asarray(dataset[()])


def _check_depth(depth: int) -> None:
    if depth > DEEPEST:
        raise _RefusedError(f"its groups are nested more than {DEEPEST} deep")


def _filters_are_harmless(dataset: Any) -> bool:
    properties = dataset.id.get_create_plist()
    return all(properties.get_filter(n)[0] in _HARMLESS_FILTERS for n in range(properties.get_nfilters()))


def _name(variables: Any) -> str:
    """The layer's own name, which Keras 3 writes as an attribute; empty where it is not there."""
    if "name" not in variables.attrs or variables.attrs.get_id("name").shape != ():
        return ""
    value = variables.attrs["name"]
    return value if isinstance(value, str) and "/" not in value else ""


def _part(layer: str, name: str) -> str:
    """What a tensor is to its layer: ``conv1_W_1:0`` of the layer ``conv1`` is its kernel."""
    part = re.sub(r"_\d+$", "", name.partition(":")[0].removeprefix(f"{layer}_"))
    return _OLD_PARTS.get(part, part)
