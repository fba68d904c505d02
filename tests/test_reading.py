"""Labelled pictures from files: what is well formed comes back as it was written, all else is one clear error."""

import csv
import gzip
import io
import os
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from seefood.datasets import compressed, folder_pictures, pixel_table, text_lines
from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.datasets.loading import load_labelled, load_test_of
from seefood.datasets.naming import FASHION
from seefood.datasets.whole_numbers import whole_numbers
from seefood.errors import DatasetError

pytestmark = pytest.mark.filterwarnings("error")
REAL_FASHION = Path("/usr/share/datasets/fashion-mnist")  # where Debian's package has it

Bytes = NDArray[np.uint8]
Rows = list[list[Any]]


def example(lines: int = 12, pixels: int = 9, seed: int = 0) -> tuple[Bytes, list[int]]:
    """Pixels of every length, among them 0 and 255, and labels from 0 to 2."""
    generator = np.random.default_rng(seed)
    values = generator.choice([0, 0, 7, 42, 100, 199, 200, 249, 250, 255], (lines, pixels)).astype(np.uint8)
    values[0, :2] = 0, 255
    return values, [number % 3 for number in range(lines)]


def text_of(rows: Rows, **options: Any) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n", **options).writerows(rows)
    return stream.getvalue()


def with_labels(values: Bytes, labels: list[Any], *, header: bool = True) -> Rows:
    named = [["label", *(f"pixel{number}" for number in range(1, values.shape[1] + 1))]]
    return [*(named if header else []), *([label, *row] for label, row in zip(labels, values.tolist(), strict=True))]


def written(folder: Path, content: str | bytes, name: str = "pictures.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def zipped(content: bytes, *names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return stream.getvalue()


def is_as_written(data: LabelledPictures, values: Bytes, labels: list[Any] | None, shape: Any = (3, 3, 1)) -> None:
    assert data.pictures.dtype == np.uint8
    assert np.array_equal(data.pictures, values.reshape(-1, *shape))
    if labels is None:
        assert data.targets is None
    else:
        assert [data.labels[target] for target in data.required_targets] == [str(label) for label in labels]
        assert list(data.labels) == sorted(set(data.labels))


def refused(path: Path, *found: str, **options: Any) -> None:
    """One line with the file, what was expected, what was found and what to do; the words of ``found`` are in it."""
    with pytest.raises(DatasetError) as caught:
        load_labelled(path, **options)
    message = str(caught.value)
    assert message.startswith(str(path.parent))
    assert ": expected " in message
    assert "; found" in message
    assert message.count("; ") >= 2
    assert "\n" not in message
    for words in found:
        assert words in message, message


# --- tables: what is well formed


@pytest.mark.parametrize("block", [1, 7, 64, 1 << 18])
@pytest.mark.parametrize(
    "change", ["", "\ufeff", "\r\n", "\r", "blank", "no end", " ", "  ", "quotes", "\t", ";", ".0"]
)
def test_the_same_table_in_other_clothes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, block: int
) -> None:
    monkeypatch.setattr(text_lines, "BLOCK", block)
    values, labels = example()
    rows = with_labels(values, labels)
    floats = [rows[0], *([label, *map(float, pixels)] for label, *pixels in rows[1:])]
    text = text_of(rows)
    clothes = {
        "": text,
        "\ufeff": "\ufeff" + text,
        "\r\n": text.replace("\n", "\r\n"),
        "\r": text.replace("\n", "\r"),
        "blank": "\n \n" + text.replace("\n", "\n\n  \n"),
        "no end": text.removesuffix("\n"),
        " ": text.replace(",", ", ").replace("\n", " \n "),
        "  ": text.replace(",", "  ,  "),
        "quotes": text_of(rows, quoting=csv.QUOTE_ALL),
        "\t": text.replace(",", "\t"),
        ";": text.replace(",", ";"),
        ".0": text_of(floats),
    }
    data = load_labelled(written(tmp_path, clothes[change]))
    is_as_written(data, values, labels)
    assert data.name == "pictures.csv"


@pytest.mark.parametrize("old_and_new", [("", ""), ("\n", "\r\n"), (",", ", "), ("\n", "\n\n"), (",", '","')])
def test_what_is_common_is_read_without_looking_at_each_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old_and_new: tuple[str, str]
) -> None:
    values, labels = example()
    old, new = old_and_new
    lines = text_of(with_labels(values, labels)).splitlines()
    text = "\n".join(f'"{line}"' if '"' in new else line for line in lines)
    monkeypatch.setattr(pixel_table, "_any_numbers", None)
    is_as_written(load_labelled(written(tmp_path, text.replace(old, new) if old else text)), values, labels)


@pytest.mark.parametrize("block", [16, 1 << 18])
def test_compressed_tables_whatever_they_are_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(text_lines, "BLOCK", block)
    values, labels = example()
    plain = text_of(with_labels(values, labels)).encode()
    for content in (gzip.compress(plain), zipped(plain, "train.csv"), zipped(plain, "in/a/folder.csv")):
        for name in ("pictures.csv", "pictures.csv.gz", "pictures.csv.zip"):
            is_as_written(load_labelled(written(tmp_path, content, name)), values, labels)
    stream = io.BytesIO(zipped(plain, "train.csv"))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.mkdir("folder")
        archive.writestr("__MACOSX/._train.csv", b"left by a file manager")
    is_as_written(load_labelled(written(tmp_path, stream.getvalue())), values, labels)


def columns(order: str) -> Rows:
    """A table of the example whose columns are: l label, p pixels, c counting."""
    values, labels = example()
    cells = {"l": [[label] for label in labels], "p": values.tolist(), "c": [[k + 1] for k in range(len(labels))]}
    return [[cell for letter in order for cell in cells[letter][line]] for line in range(len(labels))]


PIXELS = [f"{row}x{column}" for row in range(3) for column in range(3)]


@pytest.mark.parametrize(
    ("order", "header", "options"),
    [
        ("lp", None, {}),
        ("lp", ["label", *PIXELS], {}),
        ("lp", ["Class", *PIXELS], {}),
        ("lp", ["digit", *PIXELS], {}),  # no known name, but the only one without a number
        ("pl", [*PIXELS, "label"], {}),
        ("pl", [*PIXELS, "digit"], {}),
        ("pl", None, {"label_column": 10}),
        ("lp", ["what", *PIXELS], {"label_column": "WHAT"}),
        ("lp", list("abcdefghij"), {}),  # names that say nothing: the first
        ("clp", ["id", "label", *PIXELS], {}),
        ("lcp", ["label", "", *PIXELS], {}),
        ("plc", [*PIXELS, "label", "Index"], {}),
        ("clpc", ["id", "label", *PIXELS, "index"], {}),
        ("clp", ["id", "what", *PIXELS], {}),
        ("lp", list(map(str, range(10))), {"label_column": 1}),
    ],
)
def test_which_column_is_the_label(tmp_path: Path, order: str, header: list[str] | None, options: Any) -> None:
    values, labels = example()
    if header == list(map(str, range(10))):  # numbers only, so they are no header but a picture
        values, labels = np.vstack([np.arange(1, 10, dtype=np.uint8), values]), [0, *labels]
    rows = columns(order)
    path = written(tmp_path, text_of(rows if header is None else [header, *rows]))
    is_as_written(load_labelled(path, **options), values, labels)


@pytest.mark.parametrize("order", ["p", "cp"])
def test_pictures_without_labels(tmp_path: Path, order: str) -> None:
    values, _ = example()
    header = [*(["id"] if order == "cp" else []), *PIXELS]
    data = load_labelled(written(tmp_path, text_of([header, *columns(order)])))
    is_as_written(data, values, None)
    if order == "p":
        is_as_written(load_labelled(written(tmp_path, text_of(columns(order)))), values, None)
    named = load_labelled(written(tmp_path, text_of([header, *columns(order)])), labels=("a", "b"))
    assert (named.targets, named.labels) == (None, ("a", "b"))


def test_the_label_is_last_where_the_first_is_a_corner_of_the_pictures(tmp_path: Path) -> None:
    values, labels = example(40)
    values[:, 0] = 0
    values[7, 0] = 9
    data = load_labelled(
        written(tmp_path, text_of([[*row, k] for row, k in zip(values.tolist(), labels, strict=True)]))
    )
    is_as_written(data, values, labels)
    for corner in (values[:, ::-1], np.zeros_like(values)):  # the first, wherever it may be that
        rows = with_labels(corner, labels, header=False)
        is_as_written(load_labelled(written(tmp_path, text_of(rows))), corner, labels)


@pytest.mark.parametrize("at_end", [False, True])
@pytest.mark.parametrize("header", [False, True])
def test_labels_are_names_or_whole_numbers(tmp_path: Path, at_end: bool, header: bool) -> None:
    values, _ = example(6)
    for labels in (
        ["Ankle boot", "T-shirt/top", 'say "x", y', "Ankle boot", "신발", "신발"],
        ["a", "1", "b", "1", "a", "2"],
    ):
        rows = [[*row, k] if at_end else [k, *row] for row, k in zip(values.tolist(), labels, strict=True)]
        first = [[*PIXELS, "label"] if at_end else ["label", *PIXELS]] if header else []
        for options in ({}, {"quoting": csv.QUOTE_NONNUMERIC}):
            data = load_labelled(written(tmp_path, text_of([*first, *rows], **options)))
            is_as_written(data, values, labels)
    labels = ["10.0", "9", "007", "7", "-1", "1e1"]
    data = load_labelled(written(tmp_path, text_of(with_labels(values, labels))))
    assert data.labels == ("-1", "7", "9", "10")
    assert data.required_targets.tolist() == [3, 2, 1, 1, 0, 3]


def test_shapes_that_are_not_square_and_colours(tmp_path: Path) -> None:
    values, labels = example(pixels=12)
    path = written(tmp_path, text_of(with_labels(values, labels)))
    is_as_written(load_labelled(path, shape=(3, 4)), values, labels, (3, 4, 1))
    is_as_written(load_labelled(path, shape=(6, 2, 1)), values, labels, (6, 2, 1))
    colours = load_labelled(path, shape=(2, 2, 3))  # the first pixel's red, green and blue come first
    is_as_written(colours, values, labels, (2, 2, 3))
    assert colours.pictures[0, 0, 1].tolist() == values[0, 3:6].tolist()
    bare = written(tmp_path, text_of(values.tolist()))
    is_as_written(load_labelled(bare, shape=(3, 4)), values, None, (3, 4, 1))


@pytest.mark.parametrize("block", [8, 1 << 18])
def test_fractions_are_scaled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(text_lines, "BLOCK", block)
    values = np.arange(256, dtype=np.uint8).reshape(64, 4)
    values[0], values[1], values[2] = (0, 255, 0, 255), (0, 0, 0, 0), (255, 255, 255, 255)  # 0 and 1 are on both scales
    labels = [k % 3 for k in range(64)]
    for shown in (repr, "{:.5f}".format, "{:.6e}".format, "{:g}".format):
        rows = [[k, *(shown(v / 255) for v in row)] for k, row in zip(labels, values.tolist(), strict=True)]
        is_as_written(load_labelled(written(tmp_path, text_of(rows))), values, labels, (2, 2, 1))
    whole = load_labelled(written(tmp_path, "0,0,1,1,0\n1,1,1,1.0,0\n"))
    assert whole.pictures.max() == 1  # no fraction anywhere


def test_it_is_what_numpy_reads(tmp_path: Path) -> None:
    values, labels = example(500, 784, seed=3)
    path = written(tmp_path, text_of(with_labels(values, labels)))
    oracle = np.loadtxt(path, delimiter=",", skiprows=1)
    data = load_labelled(path)
    assert np.array_equal(data.pictures.reshape(500, 784), oracle[:, 1:])
    assert np.array_equal(data.required_targets, oracle[:, 0])


def naive(block: bytes, width: int) -> list[list[int]] | None:
    """The definition: cells of one to three digits, at most 255, as many in each line as there should be."""
    if not block.endswith(b"\n"):
        return None
    rows = [line.split(b",") for line in block[:-1].split(b"\n")]
    good = all(1 <= len(cell) <= 3 and cell.isdigit() and int(cell) <= 255 for row in rows for cell in row)
    return [[int(cell) for cell in row] for row in rows] if good and {len(row) for row in rows} == {width} else None


NUMBERS = st.one_of(st.integers(0, 300), st.sampled_from([0, 9, 10, 99, 100, 199, 200, 249, 255, 256, 299, 999, 1000]))


@settings(max_examples=500, deadline=None)
@given(data=st.data(), width=st.integers(1, 4))
def test_whole_numbers_by_their_definition(data: st.DataObject, width: int) -> None:
    if data.draw(st.booleans()):
        block = bytes(data.draw(st.lists(st.sampled_from(b"0125,,\n"), max_size=20))) + b"\n"
    else:
        row = st.lists(NUMBERS, min_size=width, max_size=width)
        rows = data.draw(st.lists(row, min_size=1, max_size=5))
        block = text_of(rows).encode()
        if data.draw(st.booleans()):
            place = data.draw(st.integers(0, len(block) - 1))
            block = block[:place] + data.draw(st.binary(max_size=2)) + block[place + 1 :]
    found, wanted = whole_numbers(block, width, b","), naive(block, width)
    assert (found if found is None else found.tolist()) == wanted


@pytest.mark.parametrize(
    "block",
    [
        b"1;2\n",
        b"1.2\n",
        b"1-2\n",
        b"1 2\n",
        b"1\t2\n",
        b"1/2\n",
        b"1:2\n",
        b"1\x002\n",
        b"1,2\r\n",
        b"1,2,3\n4\n",
        b"1,2",
    ],
)
def test_what_is_not_whole_numbers_between_commas(block: bytes) -> None:
    assert whole_numbers(block, 2, b",") is None
    assert naive(block, 2) is None


def test_whole_numbers_every_one_of_them() -> None:
    for number in range(2000):
        for begin in ("", "0,", "9,", "99,", "255,"):
            found = whole_numbers(f"{begin}{number}\n".encode(), 1 + bool(begin), b",")
            if number > 255:
                assert found is None
            else:
                assert found is not None
                assert found[0, -1] == number


# --- tables: what is refused

GOOD = "label,a,b,c,d\n0,1,2,3,4\n1,5,6,7,8\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ("an empty file",)),
        ("\n  \n\r\n", ("an empty file",)),
        ("label,a,b,c,d\n", ("only a header",)),
        ("label\n1\n2\n", ("pixels beside the label; found none",)),
        (GOOD + "2,1,2,3\n", ("expected 5 columns in every line, as in the first; found 4 in line 4",)),
        (GOOD + "2,1,2,3,4,5\n", ("found 6 in line 4",)),
        (GOOD + "\n\n2\n", ("found 1 in line 6",)),
        (GOOD + "2,\n", ("found 2 in line 4",)),
        (GOOD + '2,"1",2,3\n', ("found 4 in line 4",)),
        (GOOD + "1.5,1,2,3,4\n", ("a whole number or a name as label; found '1.5' in line 4, column 1 ('label')",)),
        (GOOD + "nan,1,2,3,4\n", ("found 'nan' in line 4",)),
        (GOOD + ",1,2,3,4\n", ("found an empty cell in line 4, column 1",)),
        (GOOD + "1,1,2,256,4\n", ("from 0 to 255", "found 256 in line 4, column 4 ('c')")),
        (GOOD + "1,1,2,3,-1\n", ("found -1 in line 4, column 5 ('d')",)),
        (GOOD + "1,1,2,nan,4\n", ("found nan in line 4, column 4",)),
        (GOOD + "1,1,2,inf,4\n", ("found inf in line 4, column 4",)),
        (GOOD + "1,1,2,1e999,4\n", ("found inf in line 4, column 4",)),
        (GOOD + "1,1,2,12345678901234567890,4\n", ("found 1.23457e+19 in line 4, column 4",)),
        (GOOD + "1,1,2,2.5,4\n", ("one scale", "found 2.5 in line 4, column 4 ('c') and 2 in line 2, column 3 ('b')")),
        (GOOD + "1,0,0,0.5,0\n", ("found 0.5 in line 4, column 4 ('c') and 2 in line 2, column 3 ('b')",)),
        (GOOD + "1,1,x,3,4\n", ("a number for every pixel; found 'x' in line 4, column 3 ('b')",)),
        (GOOD + "1,1,,3,4\n", ("found an empty cell in line 4, column 3 ('b')",)),
        (GOOD + "1,1, ,3,4\n", ("found an empty cell in line 4, column 3 ('b')",)),
        (GOOD + "1,1,1_0,3,4\n", ("found '1_0' in line 4, column 3",)),
        (GOOD + "1,1,0x1,3,4\n", ("found '0x1' in line 4, column 3",)),
        (GOOD + '1,1,"2,5",3,4\n', ("found '2 5' in line 4, column 3",)),
        (GOOD + f"1,1,{'x' * 1000},3,4\n", ("found 'xxxxx", "…' in line 4")),
        (GOOD + '1,"1,2,3,4\n', ("quotes in pairs", "in line 4")),
        ("a,b,c,d,e\n1,2,3,4,5,6\n1,2,3,4,5\n", ("found 6 in line 2",)),
        ("a,b,c,d,e\n1,2,3\n", ("found 3 in line 2",)),
        ("label,a\n1,\n2,3\n", ("found an empty cell in line 2, column 2 ('a')",)),
        ("label,a\n1,\n", ("found an empty cell in line 2, column 2 ('a')",)),
        ("label,a,b,c\n1,2,3,4\n", ("as a square picture has; found 3", "(1, 1, 3) if these are colours")),
        ("a,b,c\n2,3,4\n", ("found 3, or 2 and a label", "column of labels")),
        ("a,b,c,d,e,f\n" + "1," * 5 + "1\n", ("found 6, or 5 and a label",)),
        ("label,a,b,c,d\n3,1,2,3,4\n3,5,6,7,8\n", ("two classes or more; found only '3'",)),
        (b"label,a\ncaf\xe9,1\n", ("text in UTF-8; found other bytes in line 2",)),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ("binary data",)),
        ("label,a\n1,2\n".encode("utf-16"), ("binary data",)),
        (bytes(range(128, 256)) * 3, ("other bytes in line 1",)),
        ("no table\nbut a letter\n", ("found 'but a letter' in line 2, column 1 ('no table')",)),
    ],
)  # fmt: skip
def test_bad_tables(tmp_path: Path, text: str | bytes, found: tuple[str, ...]) -> None:
    refused(written(tmp_path, text), *found)


def test_bad_requests(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    refused(path, "expected 2 × 3 = 6 pixels in a line; found 4", shape=(2, 3))
    refused(
        written(tmp_path, "1,2,3,4\n", "bare.csv"), "expected 2 × 3 = 6 pixels in a line; found 4, or 3", shape=(2, 3)
    )
    for shape in ((2,), (2, 2, 2), (0, 4), (2, -2), (2.0, 2), (2, 2, 1, 1)):
        refused(path, "expected a shape", shape=shape)
    refused(path, "expected a shape or a size; found both", shape=(2, 2), size=2)
    refused(path, "expected a folder of pictures", size=2)
    refused(path, "expected a column 'kind'; found 'label', 'a', 'b', 'c', 'd'", label_column="kind")
    refused(path, "column from 1 to 5; found 6", label_column=6)
    refused(path, "found '0', '1'", labels=("a",))


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = (GOOD + "0,1,2,3,4\n" * 1_000_000).encode()
    monkeypatch.setattr(compressed, "LARGEST_BYTES", 1 << 20)
    for content in (gzip.compress(bomb, 1), zipped(bomb, "train.csv")):
        refused(written(tmp_path, content), "expected at most 1 MiB, decompressed; found more")
    monkeypatch.undo()
    monkeypatch.setattr(text_lines, "MOST_LINES", 100_000)
    refused(written(tmp_path, gzip.compress(bomb, 1)), "expected at most 100,000 lines")
    monkeypatch.setattr(text_lines, "LONGEST_LINE", 1 << 20)
    refused(written(tmp_path, gzip.compress(GOOD.encode() + b"1" * (1 << 23))), "more than 1 MiB in line 4")


def test_no_such_file_no_file_and_damaged_archives(tmp_path: Path) -> None:
    refused(tmp_path / "missing.csv", "no such file")
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    refused(fifo, "something that is none")
    with pytest.raises(DatasetError, match="found one that no file has"):
        load_labelled("a\0b")
    plain = text_of(with_labels(*example(200))).encode()
    whole = gzip.compress(plain)
    for end in (3, 12, len(whole) // 2, len(whole) - 9, len(whole) - 1):
        refused(written(tmp_path, whole[:end]), "found a damaged one")
    archive = zipped(plain, "train.csv")
    refused(written(tmp_path, archive[:-30]), "found a damaged one")
    middle = len(archive) // 2
    refused(written(tmp_path, archive[:middle] + b"\0" * 20 + archive[middle + 20 :]), "found a damaged one")
    refused(written(tmp_path, zipped(plain, "train.csv", "test.csv")), "expected one file in the archive; found 2")
    refused(written(tmp_path, zipped(b"", "folder/")), "found 0")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_LZMA) as odd:
        odd.writestr("train.csv", plain)
    refused(written(tmp_path, stream.getvalue()), "compressed otherwise")
    encrypted = bytearray(archive)
    for place in (6, archive.index(b"PK\1\2") + 8):
        encrypted[place] |= 1
    refused(written(tmp_path, bytes(encrypted)), "is encrypted or")


# --- IDX


def idx(values: NDArray[Any], kind: int = 8, shape: tuple[int, ...] | None = None) -> bytes:
    shape = values.shape if shape is None else shape
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, kind, len(shape), *shape) + values.tobytes()


def pair(
    folder: Path, stem: str = "train-", marks: tuple[str, str] = ("-", ""), seed: int = 0
) -> tuple[Bytes, list[int]]:
    mark, end = marks
    values, labels = example(20, 12, seed)
    for name, content in (
        (f"{stem}images{mark}idx3-ubyte{end}", idx(values.reshape(20, 3, 4))),
        (f"{stem}labels{mark}idx1-ubyte{end}", idx(np.array(labels, np.uint8))),
    ):
        written(folder, gzip.compress(content) if end else content, name)
    return values, labels


@pytest.mark.parametrize("marks", [("-", ""), ("-", ".gz"), (".", ""), (".", ".gz")])
def test_idx_by_either_file_by_their_beginning_and_by_their_folder(tmp_path: Path, marks: tuple[str, str]) -> None:
    mark, end = marks
    values, labels = pair(tmp_path, "train-", marks)
    for name in (f"train-images{mark}idx3-ubyte{end}", f"train-labels{mark}idx1-ubyte{end}", "train", "train-", ""):
        data = load_labelled(tmp_path / name)
        is_as_written(data, values, labels, (3, 4, 1))
        assert data.name == (name or tmp_path.name)
    assert load_test_of(tmp_path) is None
    tested, tested_labels = pair(tmp_path, "t10k-", marks, seed=1)
    is_as_written(load_labelled(tmp_path), values, labels, (3, 4, 1))
    found = load_test_of(tmp_path, labels=("0", "1", "2", "3"))
    assert found is not None
    assert np.array_equal(found.pictures.ravel(), tested.ravel())
    assert (found.required_targets.tolist(), found.labels) == (tested_labels, ("0", "1", "2", "3"))


def test_idx_of_colours_and_of_large_labels(tmp_path: Path) -> None:
    values, labels = example(20, 12)
    written(tmp_path, idx(values.reshape(20, 2, 2, 3)), "train-images-idx4-ubyte")
    written(tmp_path, idx((np.array(labels) - 300).astype(">i4"), 12), "train-labels-idx1-ubyte")
    data = load_labelled(tmp_path)
    assert np.array_equal(data.pictures, values.reshape(20, 2, 2, 3))
    assert data.labels == ("-300", "-299", "-298")
    assert data.required_targets.tolist() == labels


def test_several_pairs_in_one_folder(tmp_path: Path) -> None:
    values, labels = pair(tmp_path, "letters-")
    is_as_written(load_labelled(tmp_path), values, labels, (3, 4, 1))  # the only one
    pair(tmp_path, "digits-")
    refused(tmp_path, "expected one pair of IDX files to train with; found pairs whose names begin with 'digits-', 'l")
    values, labels = pair(tmp_path, "digits-train-", seed=2)
    is_as_written(load_labelled(tmp_path), values, labels, (3, 4, 1))


PICTURES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
LABELS = np.array([0, 1], np.uint8)


@pytest.mark.parametrize(
    ("pictures", "labels", "found"),
    [
        (idx(PICTURES, shape=(3, 3, 4)), idx(LABELS), "36 bytes, as its header says, [3, 3, 4]; found only 24"),
        (idx(PICTURES, shape=(1, 3, 4)), idx(LABELS), "expected 12 bytes, as its header says, [1, 3, 4]; found more"),
        (idx(PICTURES, shape=(2**32 - 1, 28, 28)), idx(LABELS), "at most 2048 MiB"),
        (idx(PICTURES, shape=(2**31, 1, 1)), idx(LABELS), "found only 24"),
        (idx(PICTURES, shape=(0, 3, 4)), idx(LABELS), "lengths of 3 dimensions; found [0, 3, 4]"),
        (idx(PICTURES)[:10], idx(LABELS), "lengths of 3 dimensions; found [2]"),
        (idx(PICTURES)[:2], idx(LABELS), "begins otherwise, with 00 00"),
        (b"", idx(LABELS), "begins otherwise, with nothing"),
        (idx(PICTURES, kind=13), idx(LABELS), "begins otherwise, with 00 00 0d 03"),
        (idx(PICTURES.astype(">i4"), kind=12), idx(LABELS), "pictures as bytes [n, height, width]; found int32 [2"),
        (idx(LABELS), idx(LABELS), "pictures as bytes [n, height, width]; found uint8 [2]"),
        (idx(PICTURES), idx(PICTURES), "labels [n]; found uint8 [2, 3, 4]"),
        (idx(PICTURES), idx(LABELS[:1]), "a label for each of the 2 pictures in train-images-idx3-ubyte; found 1"),
        (idx(PICTURES), idx(LABELS * 0), "two classes or more; found only '0'"),
        (gzip.compress(idx(PICTURES), mtime=0)[:-20], idx(LABELS), "a damaged one"),
        (idx(PICTURES), None, "found no labels; put 'train-labels-idx1-ubyte'"),
        (None, idx(LABELS), "found no pictures; put 'train-images-idx3-ubyte'"),
    ],
)  # fmt: skip
def test_bad_idx(tmp_path: Path, pictures: bytes | None, labels: bytes | None, found: str) -> None:
    for name, content in (("train-images-idx3-ubyte", pictures), ("train-labels-idx1-ubyte", labels)):
        if content is not None:
            written(tmp_path, content, name)
    with pytest.raises(DatasetError) as caught:
        load_labelled(tmp_path / "train")
    assert found in str(caught.value)
    assert str(caught.value).count("; ") >= 2


def test_an_idx_file_under_another_name(tmp_path: Path) -> None:
    refused(written(tmp_path, idx(PICTURES), "digits.bin"), "expected two IDX files, pictures and labels; found no")
    pair(tmp_path)
    refused(tmp_path, "expected pictures of [4, 3]; found [3, 4, 1]", shape=(4, 3))
    refused(tmp_path, "expected pictures of [3, 4, 3]; found [3, 4, 1]", shape=(3, 4, 3))
    assert load_labelled(tmp_path, shape=(3, 4)).shape == (3, 4, 1)


# --- NumPy's archives


def saved(folder: Path, *, compressed: bool = False, **arrays: Any) -> Path:
    path = folder / "pictures.npz"
    (np.savez_compressed if compressed else np.savez)(path, **arrays)
    return path


VALUES, NUMBERS_OF = example(20, 12)
GREY = VALUES.reshape(20, 3, 4)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    ("pictures", "labels", "options", "shape"),
    [
        (GREY, NUMBERS_OF, {}, (3, 4, 1)),
        (GREY[..., None], np.array(NUMBERS_OF, np.uint8)[:, None], {}, (3, 4, 1)),
        (VALUES.reshape(20, 2, 2, 3), NUMBERS_OF, {}, (2, 2, 3)),
        (VALUES.reshape(20, 2, 2, 3).transpose(0, 3, 1, 2), NUMBERS_OF, {}, (2, 2, 3)),  # channels first
        (GREY[:, None], np.array(NUMBERS_OF, float), {}, (3, 4, 1)),
        (VALUES, NUMBERS_OF, {"shape": (2, 6)}, (2, 6, 1)),
        (VALUES, NUMBERS_OF, {"shape": (2, 2, 3)}, (2, 2, 3)),
        (np.asfortranarray(GREY), NUMBERS_OF, {}, (3, 4, 1)),
        (GREY.astype(">i8"), NUMBERS_OF, {}, (3, 4, 1)),
        (GREY.astype(np.float32), NUMBERS_OF, {}, (3, 4, 1)),
        (GREY.astype(np.float16) / 255, NUMBERS_OF, {}, (3, 4, 1)),
        (GREY / 255, [str(label) for label in NUMBERS_OF], {}, (3, 4, 1)),
        (GREY, np.array([str(label) for label in NUMBERS_OF], "S"), {}, (3, 4, 1)),
    ],
)
def test_archives(
    tmp_path: Path, pictures: NDArray[Any], labels: Any, options: Any, shape: Any, compressed: bool
) -> None:
    for one, other in (("x_train", "y_train"), ("images", "labels"), ("x", "y")):
        path = saved(tmp_path, compressed=compressed, **{one: pictures, other: labels, "more": np.zeros(3)})
        is_as_written(load_labelled(path, **options), VALUES, NUMBERS_OF, shape)
    is_as_written(load_labelled(saved(tmp_path, images=pictures), **options), VALUES, None, shape)


def test_an_archive_as_keras_keeps_it(tmp_path: Path) -> None:
    path = saved(tmp_path, x_train=GREY, y_train=NUMBERS_OF, x_test=GREY[:5], y_test=[7, 8, 7, 8, 7])
    is_as_written(load_labelled(path), VALUES, NUMBERS_OF, (3, 4, 1))
    tested = load_test_of(path)
    assert tested is not None
    is_as_written(tested, VALUES[:5], [7, 8, 7, 8, 7], (3, 4, 1))
    assert load_test_of(saved(tmp_path, x=GREY, y=NUMBERS_OF)) is None
    black_and_white = load_labelled(saved(tmp_path, x=GREY > 100, y=NUMBERS_OF))
    assert np.array_equal(black_and_white.pictures[..., 0], GREY > 100)


@pytest.mark.parametrize(
    ("arrays", "found"),
    [
        ({"x": np.array([{}, {}]), "y": [0, 1]}, "objects of Python"),
        ({"x": GREY, "y": np.array([str] * 20)}, "objects of Python"),
        ({"pixels": GREY}, "expected arrays named x_train and y_train"),
        ({"x": GREY.astype(int) - 1, "y": NUMBERS_OF}, "found -1 in picture 1, pixel 1"),
        ({"x": GREY + 0.5, "y": NUMBERS_OF}, "found 255.5 in picture 1, pixel 2"),
        ({"x": np.where(GREY == 7, np.nan, GREY), "y": NUMBERS_OF}, "found nan in picture"),
        ({"x": GREY.astype(complex), "y": NUMBERS_OF}, "found complex128, which is not read"),
        ({"x": np.zeros(20), "y": NUMBERS_OF}, "found float64 [20]"),
        ({"x": np.zeros((2, 2, 2, 2)), "y": [0, 1]}, "found [2, 2, 2, 2]"),
        ({"x": np.zeros((2, 2, 2, 2, 2)), "y": [0, 1]}, "found [2, 2, 2, 2, 2]"),
        ({"x": np.zeros((2, 5)), "y": [0, 1]}, "as a square picture has; found 5 in a row"),
        ({"x": GREY, "y": NUMBERS_OF[:-1]}, "a label for each of the 20 pictures; found int64 [19]"),
        ({"x": GREY, "y": np.eye(20)}, "found float64 [20, 20]"),
        ({"x": GREY, "y": np.array(NUMBERS_OF) + 0.5}, "whole numbers or names as labels; found '0.5'"),
        ({"x": GREY, "y": np.array([*"ab" * 9, "c", ""])}, "found ''"),
        ({"x": GREY, "y": np.array([b"\xff", b"a"] * 10)}, "found ''"),
        ({"x": GREY, "y": np.array(["\ud800", "a"] * 10)}, "found ''"),
        ({"x": np.zeros((0, 2, 2)), "y": np.zeros(0)}, "as its header says; found another number of bytes"),
        ({"x": GREY, "y": [1] * 20}, "two classes or more; found only '1'"),
    ],
)
def test_bad_archives(tmp_path: Path, arrays: dict[str, Any], found: str) -> None:
    refused(saved(tmp_path, **arrays), found)


def test_archives_that_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    np.save(stream, GREY)
    for shape in ("(20, 3, 9)", "(-20,-3,4)", "(1<<90,3,4)", "(9**9, 3,4)"):
        lying = stream.getvalue().replace(b"(20, 3, 4)", shape.encode())
        refused(written(tmp_path, zipped(lying, "x.npy"), "a.npz"), "expected")
    huge = stream.getvalue().replace(b"(20, 3, 4), }  ", b"(2000000,30,40)}")
    refused(written(tmp_path, zipped(huge, "x.npy"), "a.npz"), "as its header says; found another number of bytes")
    refused(written(tmp_path, zipped(b"no array", "x.npy"), "a.npz"), "expected an array in 'x'; found none")
    whole = saved(tmp_path, compressed=True, x=GREY, y=NUMBERS_OF).read_bytes()
    refused(written(tmp_path, whole[:200], "a.npz"), "found a damaged one")
    monkeypatch.setattr("seefood.datasets.arrays.LARGEST_BYTES", 100)
    refused(written(tmp_path, whole, "a.npz"), "in 'x'; found more")


# --- folders of pictures


def folder_of(root: Path, pictures: dict[str, NDArray[np.uint8]], end: str = "png") -> Path:
    for name, values in pictures.items():
        path = root / f"{name}.{end}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(values).save(path)
    return root


def random_pictures(shape: tuple[int, ...], count: int = 6) -> dict[str, Bytes]:
    generator = np.random.default_rng(0)
    return {f"{'ab'[k % 2]}/{k}": generator.integers(0, 256, shape, np.uint8) for k in range(count)}


@pytest.mark.parametrize("shape", [(28, 28), (20, 31), (20, 31, 3), (64, 64, 3)])
def test_small_pictures_of_one_size_stay_as_they_are(tmp_path: Path, shape: tuple[int, ...]) -> None:
    pictures = random_pictures(shape)
    seen: list[tuple[int, int]] = []
    data = load_labelled(folder_of(tmp_path / "set", pictures), watch=lambda done, of: seen.append((done, of)))
    in_order = sorted(pictures)
    wanted = np.stack([pictures[name] for name in in_order])
    is_as_written(data, wanted, [name[0] for name in in_order], (*shape, 1) if len(shape) == 2 else shape)
    assert (seen[-1], data.rejected, data.name) == ((6, 6), (), "set")


def test_others_become_64_by_64_or_what_is_asked_for(tmp_path: Path) -> None:
    pictures = random_pictures((40, 50)) | {"b/9": np.full((30, 30), 7, np.uint8)}
    root = folder_of(tmp_path / "set", pictures)
    assert load_labelled(root).pictures.shape == (7, 64, 64, 1)
    assert load_labelled(folder_of(tmp_path / "large", random_pictures((65, 65, 3), 2))).shape == (64, 64, 3)
    requests: list[tuple[dict[str, Any], tuple[int, int]]] = [({"size": 20}, (20, 20)), ({"shape": (10, 30)}, (30, 10))]
    for options, size in requests:
        data = load_labelled(root, **options)
        for found, name in zip(data.pictures, sorted(pictures), strict=True):
            wanted = Image.fromarray(pictures[name]).resize(size, Image.Resampling.BICUBIC)
            assert np.abs(found[..., 0].astype(int) - np.asarray(wanted)).max() <= 1
    assert load_labelled(root, shape=(8, 8, 3)).shape == (8, 8, 3)


def test_colours_become_grey_as_in_pillow_where_it_is_asked_for(tmp_path: Path) -> None:
    pictures = random_pictures((16, 16, 3))
    found = load_labelled(folder_of(tmp_path, pictures), shape=(16, 16, 1)).pictures
    for each, name in zip(found, sorted(pictures), strict=True):
        assert np.array_equal(each[..., 0], np.asarray(Image.fromarray(pictures[name]).convert("L")))
    pictures["a/0"][...] = pictures["a/0"][..., :1]  # one picture of grey among colours
    assert load_labelled(folder_of(tmp_path, pictures)).shape == (16, 16, 3)


def test_unreadable_pictures_are_collected(tmp_path: Path) -> None:
    pictures = random_pictures((8, 8, 3))
    root = folder_of(tmp_path / "set", pictures)
    for name in ("a/0.png", "b/5.png"):
        written(root, b"no picture", name)
    data = load_labelled(root)
    in_order = [name for name in sorted(pictures) if name not in ("a/0", "b/5")]
    is_as_written(data, np.stack([pictures[name] for name in in_order]), [name[0] for name in in_order], (8, 8, 3))
    assert [path.relative_to(root).as_posix() for path, _ in data.rejected] == ["a/0.png", "b/5.png"]
    assert all("expected a picture" in str(error) for _, error in data.rejected)
    for name in ("b/1.png", "b/3.png"):
        written(root, b"no picture", name)
    refused(root, "expected a readable picture in every sub-folder; found none in 'b'")


def test_bad_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(tmp_path, "expected one sub-folder for each class; found none")
    root = folder_of(tmp_path / "set", {"a/1": np.zeros((8, 8), np.uint8)})
    refused(root, "two classes or more; found only 'a'")
    folder_of(root, {"b/1": np.zeros((8, 8), np.uint8)})
    refused(root, "found 'b'", labels=("a", "c"))
    assert load_labelled(root, labels=("c", "b", "a")).required_targets.tolist() == [2, 1]
    monkeypatch.setattr(folder_pictures, "LARGEST_BYTES", 100)
    refused(root, "found 2 pictures at 8 × 8")


# --- names that are known


@pytest.mark.parametrize("name", ["fashion-mnist_train.csv", "Fashion/train.csv", "digits.csv"])
def test_names_are_known_by_the_file_or_its_folder(tmp_path: Path, name: str) -> None:
    values, labels = example(20, 784)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    data = load_labelled(written(tmp_path, text_of(with_labels(values, labels)), name))
    assert data.labels == (("0", "1", "2") if name == "digits.csv" else FASHION)
    assert data.required_targets.tolist() == labels
    if name != "digits.csv":
        assert data.labels[0] == "T-shirt/top"
        assert data.labels[-1] == "Ankle boot"
        small = load_labelled(written(tmp_path, text_of(with_labels(*example())), name))
        assert small.labels == ("0", "1", "2")  # no picture of Fashion-MNIST has this shape
        more = load_labelled(written(tmp_path, text_of(with_labels(values, [*labels[1:], 10])), name))
        assert more.labels == ("0", "1", "2", "10")


# --- damage


def harmless(path: Path, **options: Any) -> None:
    try:
        data = load_labelled(path, **options)
    except DatasetError as caught:
        error = str(caught)
    else:
        error = ""
        assert data.pictures.dtype == np.uint8
    assert "\n" not in error


def damaged(data: st.DataObject, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, max(0, len(changed) - 1)))
        changed[place : place + data.draw(st.integers(0, 2))] = data.draw(
            st.one_of(
                st.binary(max_size=3), st.sampled_from([b",", b"\n", b'"', b"\r", b" ", b"-", b".", b"1e9", b"\xa0"])
            )
        )
    return bytes(changed[: data.draw(st.sampled_from([len(changed), len(changed), len(changed) // 2]))])


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_damaged_tables(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    rows = with_labels(*example(6, 4), header=data.draw(st.booleans()))
    content = damaged(data, text_of(rows).encode())
    harmless(written(tmp_path_factory.mktemp("damaged"), content), shape=data.draw(st.sampled_from([None, (2, 2)])))


@settings(max_examples=150, deadline=None)
@given(
    content=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)),
    start=st.sampled_from([b"", b"label,a\n", b"\0\0\x08\x03", b"PK\3\4", b"\x1f\x8b"]),
)
def test_any_bytes(content: bytes, start: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    harmless(written(tmp_path_factory.mktemp("bytes"), start + content))


@settings(max_examples=300, deadline=None)
@given(data=st.data(), kind=st.sampled_from(["idx", "idx.gz", "npz", "npz deflated", "csv.gz", "csv.zip"]))
def test_damaged_archives(data: st.DataObject, kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    values, labels = example(6, 4)
    if kind.startswith("idx"):
        pair(folder, marks=("-", ".gz" if kind.endswith("gz") else ""))
        path = data.draw(st.sampled_from(sorted(folder.iterdir())))
    elif kind.startswith("npz"):
        path = saved(
            folder, compressed=kind != "npz", x=values.reshape(6, 2, 2) / 2, y=[str(label) for label in labels]
        )
    else:
        plain = text_of(with_labels(values, labels)).encode()
        path = written(folder, gzip.compress(plain) if kind == "csv.gz" else zipped(plain, "train.csv"))
    path.write_bytes(damaged(data, path.read_bytes()))
    harmless(path)


# --- the real thing


def real(name: str, header: int) -> Bytes:
    if not REAL_FASHION.is_dir():
        pytest.skip("no Fashion-MNIST: apt-get install dataset-fashion-mnist")
    with gzip.open(REAL_FASHION / f"{name}.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def test_the_real_fashion_mnist() -> None:
    tested = load_test_of(REAL_FASHION) if REAL_FASHION.is_dir() else None
    for data, stem in ((load_labelled(REAL_FASHION) if tested else None, "train"), (tested, "t10k")):
        pictures, labels = real(f"{stem}-images-idx3-ubyte", 16), real(f"{stem}-labels-idx1-ubyte", 8)
        assert data is not None
        assert np.array_equal(data.pictures, pictures.reshape(-1, 28, 28, 1))
        assert np.array_equal(data.required_targets, labels)
        assert data.labels == FASHION
        assert data.counts.tolist() == [len(labels) // 10] * 10


def test_the_real_fashion_mnist_as_a_table(tmp_path: Path) -> None:
    pictures, labels = real("t10k-images-idx3-ubyte", 16).reshape(-1, 784), real("t10k-labels-idx1-ubyte", 8)
    path = written(tmp_path, text_of(with_labels(pictures, labels.tolist())), "fashion-mnist_test.csv")
    data = load_labelled(path)
    assert np.array_equal(data.pictures, pictures.reshape(-1, 28, 28, 1))
    assert np.array_equal(data.required_targets, labels)
    assert data.labels == FASHION
