"""Readers of weights files: what is well formed comes back as it was written, what is not is one clear error."""

import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import torch_writer as torch
from seefood.backbones import keras_file
from seefood.backbones.keras_file import read_keras_file
from seefood.backbones.torch_file import read_torch_file
from seefood.errors import BackboneError, WeightsError
from torch_writer import View

Array = np.ndarray[Any, np.dtype[Any]]
SIX = np.arange(6, dtype=np.float32) / 7


def refused(read: Callable[[Path], object], path: Path, why: str | None = None) -> None:
    """One line, with the file's name, what was expected, what was found and what to do."""
    with pytest.raises(WeightsError, match=why) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: expected ")
    assert "; found" in message
    assert message.count("; ") >= 2
    assert "\n" not in message
    assert caught.value.__cause__ is not None


def test_tensors_of_a_torch_file_are_what_numpy_sees_with_the_same_strides(tmp_path: Path) -> None:
    generator = np.random.default_rng(5)
    storages: dict[str, Array] = {
        "93": generator.normal(size=60).astype(np.float32),
        "7": generator.integers(-(2**40), 2**40, 4),
    }
    views = {
        "plain": View("93", 0, (3, 4, 5), (20, 5, 1)),
        "transposed": View("93", 0, (5, 4, 3), (1, 5, 20)),
        "later": View("93", 17, (2, 3), (9, 3)),
        "repeated": View("93", 59, (4,), (0,)),
        "scalar": View("7", 2, (), ()),
        "whole numbers": View("7", 0, (4,), (1,)),
        "ünïcode": View("7", 0, (2, 2), (2, 1)),
    }
    path = tmp_path / "weights.pth"
    path.write_bytes(torch.written(views, storages))
    found = read_torch_file(path)
    assert set(found) == set(views)
    for name, view in views.items():
        elements = storages[view.storage]
        expected = np.empty(view.shape, elements.dtype)
        for index in np.ndindex(*view.shape):
            expected[index] = elements[view.offset + sum(i * s for i, s in zip(index, view.strides, strict=True))]
        assert found[name].dtype == elements.dtype
        assert np.array_equal(found[name], expected)


def test_every_prefix_of_a_torch_file_is_refused(tmp_path: Path) -> None:
    whole = torch.written({"a": View("0", 0, (2, 3), (3, 1)), "b": View("1", 0, (2,), (1,))}, {"0": SIX, "1": SIX[:2]})
    path = tmp_path / "cut.pth"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        refused(read_torch_file, path)
    path.write_bytes(whole)
    assert set(read_torch_file(path)) == {"a", "b"}


@pytest.mark.parametrize(
    "view",
    [
        View("0", -1, (2,), (1,)),
        View("0", 0, (2,), (-1,)),
        View("0", 5, (2,), (-1,)),
        View("0", 1, (6,), (1,)),
        View("0", 0, (2, 3), (4, 1)),
        View("0", 6, (), ()),
        View("0", 0, (-2,), (1,)),
        View("0", 0, (2, 3), (3,)),
        View("0", 0, (1 << 40, 1 << 40), (0, 0)),
        View("0", 0, (1 << 62,), (1 << 62,)),
        View("0", 0, (2,), (1,), declared=7),
        View("0", 0, (2,), (1,), declared=-1),
        View("1", 0, (2,), (1,), declared=6),
    ],
    ids=str,
)
def test_tensors_that_do_not_fit_their_storage_are_refused(tmp_path: Path, view: View) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(torch.file(torch.state({"a": torch.tensor(view, 6)}), {"0": SIX}))
    refused(read_torch_file, path)


class Attack:
    """Pickles to a call, which a careless reader would make."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


def attacks(canary: Path) -> dict[str, bytes]:
    """Pickles that would make the canary's file, or that misuse an instruction, in the place of the state dict."""
    order = f"touch {canary}"
    system, ordered = torch.name("os", "system"), torch.name("collections", "OrderedDict")
    call = torch.MARK + torch.text(order) + torch.TUPLE + torch.REDUCE
    begin, stop = torch.BEGIN, torch.STOP
    return {
        "system": begin + system + call + stop,
        "pickled, 2": pickle.dumps(Attack(os.system, order), protocol=2),
        "pickled, 4": pickle.dumps(Attack(os.system, order), protocol=4),
        "pickled, 0": pickle.dumps(Attack(os.system, order), protocol=0),
        "eval": pickle.dumps(Attack(eval, f"open({str(canary)!r}, 'w')"), protocol=2),
        "inside": torch.state({"a": system + call}),
        "attribute of an admitted module": begin + torch.name("torch._utils", "os.system") + call + stop,
        "lines in a name": begin + b"ccollections\nOrderedDict \n" + call + stop,
        "old instance": begin + torch.MARK + torch.text(order) + b"ios\nsystem\n" + stop,
        "old object": begin + torch.MARK + system + torch.text(order) + b"o" + stop,
        "new object": begin + ordered + torch.MARK + torch.text(order) + torch.TUPLE + b"\x81" + stop,
        "name from the stack": begin + torch.text("os") + torch.text("system") + b"\x93" + call + stop,
        "extension": begin + b"\x82\x01" + stop,
        "call of a text": begin + torch.text("os.system") + call + stop,
        "call of a storage": begin + torch.name("torch", "FloatStorage") + call + stop,
        "ordered dict of something": begin + ordered + call + stop,
        "tensor of something": begin + torch.name("torch._utils", "_rebuild_tensor_v2") + call + stop,
        "state for a name": begin + ordered + torch.DICT + torch.text("__class__") + system + b"sb" + stop,
        "state for nothing": begin + torch.DICT + b"b" + stop,
        "reduce nothing": begin + torch.REDUCE + stop,
        "tuple without a mark": begin + torch.NONE + torch.TUPLE + stop,
        "items of a number": begin + torch.number(1) + torch.text("a") + torch.NONE + b"s" + stop,
        "items of nothing": begin + torch.text("a") + torch.NONE + b"s" + stop,
        "odd items": begin + torch.ORDERED + torch.MARK + torch.text("a") + b"u" + stop,
        "append to a dict": begin + torch.DICT + torch.NONE + b"a" + stop,
        "memory not there": begin + b"h\x07" + stop,
        "a key that is a number": begin + torch.DICT + torch.number(1) + torch.NONE + b"s" + stop,
        "a key that is a list": begin + torch.DICT + torch.LIST + torch.NONE + b"s" + stop,
        "persistent number": begin + torch.number(1) + b"Q" + stop,
        "persistent text": begin + b"Phello\n" + stop,
        "empty": stop,
        "text": begin + torch.text("hello") + stop,
        "unknown instruction": begin + b"\xff" + stop,
        "bytes": begin + b"\x8e" + struct.pack("<Q", 1 << 62) + stop,
    }


@pytest.mark.parametrize("attack", sorted(attacks(Path("canary"))))
def test_a_hostile_torch_file_is_refused_and_nothing_runs(tmp_path: Path, attack: str) -> None:
    canary, path = tmp_path / "canary", tmp_path / "weights.pth"
    hostile = attacks(canary)[attack]
    path.write_bytes(torch.file(hostile, {"0": SIX}))
    refused(read_torch_file, path)
    for part in range(5):
        parts = [torch.MAGIC, torch.PROTOCOL, torch.system(), torch.state({}), torch.keys([])]
        path.write_bytes(b"".join([*parts[:part], hostile, *parts[part + 1 :]]))
        refused(read_torch_file, path)
    assert not canary.exists()


def test_the_canary_sings_for_a_careless_reader(tmp_path: Path) -> None:
    pickle.loads(attacks(tmp_path / "canary")["pickled, 2"])
    assert (tmp_path / "canary").exists()


NESTED = b"".join(b"q%ch%c\x86" % (level, level) for level in range(60))
LARGE = b"\x8a\xff" + b"\x7f" * 255
DIMENSIONS = torch.tensor(View("0", 0, (), ()), 6).replace(
    torch.numbers(()) * 2, torch.MARK + LARGE + b"q\x01" + b"h\x01" * 300_000 + b"t(" + b"K\x00" * 300_001 + b"t"
)
BOMBS = {
    "pairs of pairs as a key": torch.BEGIN + torch.ORDERED + b")" + NESTED + torch.NONE + b"s.",
    "a deep key": torch.BEGIN + torch.ORDERED + b")" + b"\x85" * 1_000_000 + torch.NONE + b"s.",
    "deep": torch.BEGIN + b")" + b"\x85" * 1_000_000 + b".",
    "lists of lists": torch.BEGIN + torch.LIST + b"".join(b"q%c(%be" % (n, b"h%c" % n * 99) for n in range(99)) + b".",
    "many marks": torch.BEGIN + torch.NONE * 200_000 + b"(t" * 200_000 + b".",
    "many dimensions": torch.state({"a": DIMENSIONS}),
    "more numbers than there are": torch.state({"a": torch.tensor(View("0", 0, (2,), (1,), 1 << 62), 0)}),
}


@pytest.mark.parametrize("bomb", sorted(BOMBS))
@pytest.mark.parametrize("place", ["state", "keys"])
def test_a_small_torch_file_takes_neither_time_nor_memory(tmp_path: Path, bomb: str, place: str) -> None:
    path = tmp_path / "weights.pth"
    begin = torch.MAGIC + torch.PROTOCOL + torch.system()
    elements = struct.pack("<q", 1 << 62) if bomb == "more numbers than there are" else torch.storage(SIX)
    after = torch.keys(["0"]) + elements
    path.write_bytes(begin + BOMBS[bomb] + after if place == "state" else begin + torch.state({}) + BOMBS[bomb])
    code = (
        "import pathlib, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
        "from seefood.backbones.torch_file import read_torch_file\n"
        "from seefood.errors import WeightsError\n"
        "try: read_torch_file(pathlib.Path(sys.argv[1]))\n"
        "except WeightsError: print('refused')"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("refused\n", "", 0)


def test_other_files_are_no_torch_files(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    refused(read_torch_file, path, "No such file")
    refused(read_torch_file, tmp_path, "Is a directory")
    for content in (b"", b"PK\x03\x04 and so on", b"\x89HDF\r\n\x1a\n", b"\0" * 1000, bytes(range(256)) * 9):
        path.write_bytes(content)
        refused(read_torch_file, path)
    begin = torch.MAGIC + torch.PROTOCOL
    path.write_bytes(begin + torch.system(little_endian=False) + torch.state({}) + torch.keys([]))
    refused(read_torch_file, path, "little-endian")


Write = Callable[[Any], object]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the process that reads first, which takes half a second each time."""
    monkeypatch.setattr(keras_file, "_survive", lambda path, size: None)


def hdf5(path: Path, write: Write) -> Path:
    """A file in the layout of Keras 2, with what ``write`` adds to its only layer."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"dense"]
        write(file.create_group("dense"))
    return path


@pytest.mark.parametrize(
    ("dataset", "part"),
    [
        ("dense/kernel:0", "kernel"),
        ("dense_1/kernel:0", "kernel"),
        ("dense/kernel", "kernel"),
        ("dense_W:0", "kernel"),
        ("dense_b_3:0", "bias"),
        ("dense_W_1:0", "kernel"),
        ("dense_running_std:0", "moving_variance"),
        ("dense_running_mean_1:0", "moving_mean"),
        ("dense/moving_variance:0", "moving_variance"),
        ("gamma", "gamma"),
    ],
)
@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8", ">f4"])
@pytest.mark.usefixtures("alone")
def test_a_part_of_a_layer_is_known_by_every_name_it_had(tmp_path: Path, dataset: str, part: str, dtype: str) -> None:
    numbers = np.arange(6).reshape(2, 3).astype(dtype) / 8
    path = hdf5(tmp_path / "weights.h5", lambda group: group.create_dataset(dataset, data=numbers))
    found = read_keras_file(path)
    assert list(found) == [f"dense/{part}"]
    assert found[f"dense/{part}"].dtype.itemsize == np.dtype(dtype).itemsize
    assert np.array_equal(found[f"dense/{part}"], numbers)


def test_compressed_weights_are_read(tmp_path: Path) -> None:
    numbers = np.random.default_rng(2).normal(size=(300, 70))
    options = {"compression": "gzip", "shuffle": True, "fletcher32": True, "chunks": (64, 64)}
    path = hdf5(tmp_path / "weights.h5", lambda group: group.create_dataset("kernel:0", data=numbers, **options))
    assert np.array_equal(read_keras_file(path)["dense/kernel"], numbers)


@pytest.mark.usefixtures("alone")
def test_layers_of_keras_3_are_known_by_their_name_or_their_number(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "model.weights.h5"
    with h5py.File(path, "w") as file:
        for group, count in (
            ("layers/conv2d_1/vars", 2),
            ("layers/batch_normalization/vars", 4),
            ("optimizer/vars", 3),
        ):
            for number in range(count):
                file[f"{group}/{number}"] = np.full(2, number, np.float32)
        file["layers/conv2d_1/vars"].attrs["name"] = "stem"
        file["layers/dropout/seed_generator/vars/0"] = np.zeros(2, np.uint32)
    found = {name: tensor.tolist() for name, tensor in read_keras_file(path).items()}
    assert found == {
        "stem/kernel": [0, 0],
        "stem/bias": [1, 1],
        "batch_normalization/gamma": [0, 0],
        "batch_normalization/beta": [1, 1],
        "batch_normalization/moving_mean": [2, 2],
        "batch_normalization/moving_variance": [3, 3],
    }


def virtual(group: Any) -> None:
    import h5py

    layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "kernel:0", shape=(4,))
    group.create_virtual_dataset("kernel:0", layout)


def linked(kind: str, *target: str) -> Write:
    def write(group: Any) -> None:
        import h5py

        group["kernel:0"] = getattr(h5py, kind)(*target)

    return write


def circular(group: Any) -> None:
    group["dense"] = group


def deep(group: Any) -> None:
    group.create_dataset("/".join("a" * 30) + "/kernel:0", data=[1.0])


def wide(group: Any) -> None:
    """Sixteen floors of the same sixteen doors: a small file with more paths than anyone can walk."""
    for _ in range(16):
        inner = group.create_group("0")
        for door in range(1, 16):
            group[str(door)] = inner
        group = inner


HOSTILE: dict[str, tuple[Write, str]] = {
    "soft link": (linked("SoftLink", "/elsewhere"), "is a link"),
    "external link": (linked("ExternalLink", "/etc/passwd", "/"), "is a link"),
    "virtual": (virtual, "not in the file itself"),
    "external storage": (
        lambda group: group.create_dataset("kernel:0", (4,), "f4", external=[("/etc/passwd", 0, 16)]),
        "not in the file itself",
    ),
    "circle": (circular, "deep"),
    "deep": (deep, "deep"),
    "wide": (wide, "more than"),
    "huge": (lambda group: group.create_dataset("kernel:0", (1 << 40, 1 << 20), "f4", chunks=(1, 9)), "GiB"),
    "huge chunk": (
        lambda group: group.create_dataset("kernel:0", (2,), "f8", chunks=(1 << 28,), maxshape=(None,)),
        "GiB|holds no numbers",
    ),
    "nothing stored": (lambda group: group.create_dataset("kernel:0", (1 << 28,), "f4"), "holds no numbers"),
    "no shape": (lambda group: group.create_dataset("kernel:0", dtype="f4"), "not in the file"),
    "whole numbers": (lambda group: group.create_dataset("kernel:0", data=[1, 2]), "int64"),
    "text": (lambda group: group.create_dataset("kernel:0", data="hello"), "object"),
    "records": (lambda group: group.create_dataset("kernel:0", (2,), "f4,f4"), "instead of floating"),
    "two of a name": (lambda group: [group.create_dataset(f"{n}/kernel:0", data=[1.0]) for n in "ab"], "two tensors"),
    "no weights": (lambda group: None, "no layers"),
    "a type": (lambda group: group.__setitem__("kernel:0", np.dtype("f4")), "layers"),
    "unusual filter": (lambda group: group.create_dataset("kernel:0", data=np.ones(9), compression="lzf"), "itself"),
}


@pytest.mark.parametrize("case", sorted(HOSTILE))
@pytest.mark.usefixtures("alone")
def test_a_hostile_keras_file_is_refused(tmp_path: Path, case: str) -> None:
    write, why = HOSTILE[case]
    refused(read_keras_file, hdf5(tmp_path / "weights.h5", write), why)


@pytest.mark.usefixtures("alone")
def test_the_sizes_of_all_tensors_count_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = hdf5(tmp_path / "weights.h5", lambda group: [group.create_dataset(n, data=np.ones(99)) for n in "ab"])
    monkeypatch.setattr(keras_file, "LARGEST_BYTES", 99 * 8 * 2)
    monkeypatch.setattr(keras_file, "_checked_size", lambda path: 0)
    assert len(read_keras_file(path)) == 2
    monkeypatch.setattr(keras_file, "LARGEST_BYTES", 99 * 8 * 2 - 1)
    refused(read_keras_file, path, "declares more")


@pytest.mark.usefixtures("alone")
def test_a_keras_file_cut_short_is_refused(tmp_path: Path) -> None:
    whole = hdf5(tmp_path / "whole.h5", lambda group: group.create_dataset("kernel:0", data=np.ones(500))).read_bytes()
    path = tmp_path / "cut.h5"
    for length in [*range(120), *range(120, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:length])
        refused(read_keras_file, path)


@pytest.mark.usefixtures("alone")
def test_other_files_are_no_keras_files(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "weights.h5"
    refused(read_keras_file, path, "no such file")
    refused(read_keras_file, tmp_path, "is a directory")
    path.write_bytes(b"PK\x03\x04 and so on" * 99)
    refused(read_keras_file, path, "not HDF5")
    with h5py.File(path, "w") as file:
        file["temperatures"] = np.ones(9)
    refused(read_keras_file, path, "not written by Keras")
    with h5py.File(path, "w") as file:
        file["layers"] = np.ones(9)
    refused(read_keras_file, path, "numbers where it should have layers")


def test_without_h5py_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(BackboneError, match=r'pip install "seefood\[keras-weights\]"'):
        read_keras_file(tmp_path / "weights.h5")


@pytest.mark.parametrize(
    ("fate", "why"), [("import os; os.abort()", "crashes"), ("import time; time.sleep(60)", "end")]
)
def test_a_keras_file_that_is_the_end_of_another_process_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fate: str, why: str
) -> None:
    path = hdf5(tmp_path / "weights.h5", lambda group: group.create_dataset("kernel:0", data=np.ones(9)))
    assert read_keras_file(path)["dense/kernel"].tolist() == [1] * 9
    monkeypatch.setattr(keras_file, "REHEARSAL", fate)
    monkeypatch.setattr(keras_file, "PATIENCE_SECONDS", 1 if why == "end" else 60)
    with pytest.raises(WeightsError, match=why):
        read_keras_file(path)


def test_the_process_that_reads_first_reads(tmp_path: Path) -> None:
    path = hdf5(tmp_path / "weights.h5", lambda group: group.create_dataset("kernel:0", data=np.ones(9)))
    command = [sys.executable, "-c", keras_file.REHEARSAL]
    assert subprocess.run([*command, path], check=False, timeout=60).returncode == 0
    path.write_bytes(path.read_bytes()[:-100])
    done = subprocess.run([*command, path], check=False, timeout=60, capture_output=True, text=True)
    assert done.returncode == 1
    assert "truncated" in done.stderr
