"""Decoding against Pillow on good files; on bad ones exactly one PictureError, and no harm to the process."""

import csv
import io
import logging
import os
import re
import struct
import subprocess
import sys
import threading
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps

from seefood import pictures
from seefood.errors import PictureError
from seefood.pictures import LARGEST_PICTURE, SUFFIXES, decode, examine, looks_like_picture
from seefood.pictures.jpeg import exif_orientation, read_header, segment_orientation

ONE_LINE = re.compile(r"[^\n]+: expected a picture; found [^\n]+; [^\n]+")


def smooth(height: int = 48, width: int = 64) -> Image.Image:
    """Different in every corner, so that no turn or mirror image looks like another."""
    down, across = np.mgrid[0:height, 0:width]
    planes = [20 + 200 * down // height, 20 + 200 * across // width, 20 + 100 * (down + across) // (height + width)]
    return Image.fromarray(np.stack(planes, axis=2).astype(np.uint8))


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **({"quality": 95} if kind == "JPEG" else {}) | options)
    return file.getvalue()


def turned(orientation: int, image: Image.Image | None = None, **options: Any) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(image or smooth(), exif=exif, **options)


def oracle(data: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def refusal(source: Any, cover: tuple[int, int] | None = None) -> str:
    with pytest.raises(PictureError) as caught:
        decode(source, cover)
    assert ONE_LINE.fullmatch(str(caught.value)), str(caught.value)
    return str(caught.value)


# Good pictures


@pytest.mark.parametrize("cover", [None, (10, 10)])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_by_both_decoders(orientation: int, cover: tuple[int, int] | None) -> None:
    data = turned(orientation)
    expected = oracle(data)
    assert difference(decode(data), expected) < 2
    small = np.asarray(Image.fromarray(expected).reduce(4))
    assert difference(decode(data, (12, 12)), small) < 3
    stray = data[:2] + b"\xff\xe0\x00\x02" + b"\0" + data[2:]  # a stray byte, which only Pillow forgives
    assert difference(decode(stray), expected) < 2
    cmyk = turned(orientation, smooth().convert("CMYK"))
    assert difference(decode(cmyk), oracle(cmyk)) == 0


def test_cover_is_reached_in_the_upright_frame() -> None:
    for orientation in range(1, 9):
        for image in (smooth(801, 403), smooth(801, 403).convert("CMYK")):
            data = turned(orientation, image)
            height, width = oracle(data).shape[:2]
            for cover in ((1, 1), (100, 50), (50, 100), (101, 101), (400, 201), (401, 202), (402, 404), (9999, 9999)):
                found = decode(data, cover).shape[:2]
                assert found[0] >= min(cover[0], height)
                assert found[1] >= min(cover[1], width)
            assert decode(data, (1, 1)).shape[:2] == (-(-height // 8), -(-width // 8))


@pytest.mark.parametrize("cover", [None, (10, 10)])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_size_of_the_whole_is_told_upright_and_damage_where_there_is_some(
    orientation: int, cover: tuple[int, int] | None
) -> None:
    data = turned(orientation)
    upright = oracle(data).shape[:2]
    stray = data[:2] + b"\xff\xe0\x00\x02" + b"\0" + data[2:]  # a stray byte, which only Pillow forgives
    inside = data.index(b"\xff\xda")
    cmyk = turned(orientation, smooth().convert("CMYK"))  # which Pillow alone reads, and nothing is wrong with it
    for source, damaged in (
        (data, False),
        (stray, True),
        (data[:inside] + b"\0\1\2" + data[inside:], True),
        (cmyk, False),
        (oracle(data), False),
        (Image.fromarray(oracle(data)), False),
    ):
        found = examine(source, cover)
        assert (found.height, found.width, found.damaged) == (*upright, damaged)
        assert np.array_equal(found.pixels, decode(source, cover))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [3, 4])
def test_orientation_is_found_in_either_byte_order_and_width(order: str, kind: int) -> None:
    start = b"II*\0" if order == "<" else b"MM\0*"
    value = struct.pack(order + ("HH" if kind == 3 else "I"), *((6, 0) if kind == 3 else (6,)))
    entries = struct.pack(order + "HHII", 0x010F, 4, 1, 0) + struct.pack(order + "HHI", 0x0112, kind, 1) + value
    exif = b"Exif\0\0" + start + struct.pack(order + "IH", 8, 2) + entries + b"\0\0\0\0"
    data = saved(smooth(), exif=exif)
    assert difference(decode(data), oracle(data)) < 2
    assert decode(data).shape == (64, 48, 3)


def test_orientation_in_xmp_counts_where_exif_says_nothing() -> None:
    packet = b"http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation='1' tiff:Orientation=\"8\"/>"
    segment = b"\xff\xe1" + struct.pack(">H", len(packet) + 2) + packet
    data = saved(smooth())
    assert difference(decode(data[:2] + segment + data[2:]), oracle(data[:2] + segment + data[2:])) < 2
    assert decode(data[:2] + segment + data[2:]).shape == (64, 48, 3)


def on_white(image: Image.Image) -> NDArray[np.uint8]:
    rgba = np.asarray(image.convert("RGBA")).astype(float)
    alpha = rgba[..., 3:] / 255
    return np.rint(rgba[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)


def with_alpha() -> Image.Image:
    image = smooth()
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_transparency_is_laid_on_white(kind: str) -> None:
    options: dict[str, Any] = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    data = saved(with_alpha(), kind, **options)
    assert np.abs(decode(data).astype(int) - on_white(with_alpha())).max() <= 1


@pytest.mark.parametrize("mode", ["LA", "La", "RGBa", "PA"])
def test_every_mode_with_alpha_is_laid_on_white(mode: str) -> None:
    image = with_alpha().convert("LA").convert(mode) if mode == "La" else with_alpha().convert(mode)
    expected = on_white(image.convert("LA") if mode == "La" else image)
    assert np.abs(decode(image).astype(int) - expected).max() <= 1


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_one_transparent_colour_is_laid_on_white(mode: str) -> None:
    image = Image.new(mode, (4, 4), 0)
    image.putpixel((1, 2), (255, 0, 0) if mode == "RGB" else 1)
    data = saved(image, "PNG", transparency=(0, 0, 0) if mode == "RGB" else 0)
    expected = np.full((4, 4, 3), 255)
    expected[2, 1] = np.asarray(image.convert("RGB"))[2, 1]
    assert np.array_equal(decode(data), expected)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr", "HSV"])
def test_other_modes_are_as_pillow_converts_them(mode: str) -> None:
    image = smooth().convert(mode)
    assert np.array_equal(decode(image), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG2000"])
def test_sixteen_bits_are_scaled_not_clipped(kind: str) -> None:
    values = np.linspace(0, 65535, 600).reshape(20, 30).astype(np.uint16)
    grey = decode(saved(Image.fromarray(values), kind))
    assert np.array_equal(grey[..., 0], np.rint(values / 257))
    assert np.array_equal(grey[..., 0], grey[..., 2])


def test_transparent_sixteen_bit_grey_is_white() -> None:
    values = np.array([[0, 1000], [40000, 65535]], np.uint16)
    image = Image.fromarray(values)
    image.info["transparency"] = 1000
    assert decode(image)[..., 0].tolist() == [[0, 255], [156, 255]]


def test_wide_integers_and_floats() -> None:
    assert decode(Image.fromarray(np.array([[0, 65535, 257]], np.int32)))[0, :, 1].tolist() == [0, 255, 1]
    assert decode(Image.fromarray(np.array([[0, 0.5, 1]], np.float32)))[0, :, 1].tolist() == [0, 128, 255]
    assert decode(Image.fromarray(np.array([[0, 0.5, 200]], np.float32)))[0, :, 1].tolist() == [0, 0, 200]
    assert "convert it to 8 bits" in refusal(Image.fromarray(np.array([[-1, 70000]], np.int32)))
    assert "convert it to 8 bits" in refusal(Image.fromarray(np.array([[0, np.nan]], np.float32)))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_first_frame_of_an_animation(kind: str) -> None:
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("#c80000", "#00c800")]
    options: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert (decode(data) == (200, 0, 0)).all()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "PPM", "ICO", "JPEG2000", "MPO"])
def test_every_format_that_the_docstring_promises(kind: str, tmp_path: Path) -> None:
    data = saved(smooth(), kind, **({"sizes": [(64, 48)]} if kind == "ICO" else {}))
    assert difference(decode(data), np.asarray(smooth())) < 6
    path = tmp_path / "holiday"
    path.write_bytes(data)
    assert np.array_equal(decode(path), decode(data))
    assert np.array_equal(decode(str(path)), decode(data))


def test_heic_is_read_where_the_plugin_is_and_named_where_not(monkeypatch: pytest.MonkeyPatch) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    pillow_heif.from_pillow(smooth()).save(file, quality=90)
    assert difference(decode(file.getvalue()), np.asarray(smooth())) < 6
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert 'pip install "seefood[heic]"' in refusal(file.getvalue())


def test_a_progressive_grey_or_fancy_jpeg_is_as_pillow_sees_it() -> None:
    cases: list[tuple[Image.Image, dict[str, Any]]] = [
        (smooth(), {"progressive": True}),
        (smooth().convert("L"), {}),
        (smooth(), {"subsampling": 0}),
        (smooth(), {"keep_rgb": True}),
    ]
    for image, options in cases:
        data = saved(image, **options)
        assert difference(decode(data), oracle(data)) < 2


def test_arrays() -> None:
    colour = np.asarray(smooth())
    assert decode(colour) is colour
    assert np.array_equal(decode(colour[..., 0]), np.repeat(colour[..., :1], 3, axis=2))
    rgba = np.asarray(with_alpha())
    assert np.abs(decode(rgba).astype(int) - on_white(with_alpha())).max() <= 1


def test_a_pillow_image_is_turned_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(turned(6))
    with Image.open(path) as image:
        assert np.array_equal(decode(image), oracle(path.read_bytes()))
        assert image.size == (64, 48)
        assert image.getexif()[0x0112] == 6


def test_what_is_decoded_may_be_written_to() -> None:
    for data in (saved(smooth()), turned(6), saved(smooth(), "PNG"), saved(with_alpha(), "PNG")):
        assert decode(data).flags.writeable


def test_suffixes() -> None:
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in SUFFIXES)
    assert looks_like_picture(Path("a/b.JPEG"))
    assert looks_like_picture("b.heic")
    assert not any(map(looks_like_picture, ("b.eps", "b.pdf", "b.txt", "b", ".png", "jpg")))


# Bad ones


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4, 3), np.uint16),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((4, 4, 4, 3), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_other_arrays_are_named_by_shape_and_type(array: NDArray[Any]) -> None:
    message = refusal(array)
    assert str(list(array.shape)) in message
    assert str(array.dtype) in message


@pytest.mark.parametrize("source", [None, 3, ["a.jpg"], Image])
def test_other_things_are_named_by_type(source: object) -> None:
    assert type(source).__name__ in refusal(source)


def test_what_is_no_readable_file(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "missing.jpg")
    assert "a folder" in refusal(tmp_path)
    assert "no bytes at all" in refusal(b"")
    (tmp_path / "empty.jpg").touch()
    assert "no bytes at all" in refusal(tmp_path / "empty.jpg")
    refusal("nul\0inside.jpg")
    refusal(tmp_path / "empty.jpg" / "below.jpg")
    refusal("x" * 5000)
    refusal(next(os.scandir(os.fsencode(tmp_path))))
    assert refusal("two\nlines.jpg").startswith("'two\\nlines.jpg'")


def test_bytes_read_before_keep_their_name(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(saved(smooth())[:300])
    assert pictures.read(path) == path.read_bytes()
    with pytest.raises(PictureError, match=re.escape(f"{path}: expected a picture; found ")):
        decode(pictures.read(path), name=path)
    with pytest.raises(PictureError, match="no such file"):
        pictures.read(tmp_path / "missing.jpg")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes with names here")
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "no regular file" in refusal(tmp_path / "pipe.jpg")


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.jpg").write_bytes(saved(smooth()))
    monkeypatch.setattr(Path, "open", forbidden)
    assert "may not be read" in refusal(tmp_path / "a.jpg")


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "long.jpg").open("wb") as file:
        file.truncate(pictures.LARGEST_FILE + 1)
    assert "at most 268,435,456" in refusal(tmp_path / "long.jpg")


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_truncated_jpeg_is_refused_by_both_decoders(options: dict[str, Any]) -> None:
    for data in (saved(smooth(), **options), saved(smooth().convert("CMYK"), **options)):
        for end in (len(data) * 3 // 4, len(data) - 20, len(data) - 2, len(data) // 2, 30, 4, 3, 2):
            refusal(data[:end])
            refusal(data[:end], (6, 6))
        middle = len(data) * 3 // 4
        if not options and b"Adobe" not in data:
            assert "truncated" in refusal(data[:middle] + b"\xff\xd9" + data[middle + 2 :])
            assert "truncated" in refusal(data[:middle])


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF", "JPEG2000"])
def test_other_truncated_files_are_refused(kind: str) -> None:
    data = saved(smooth(), kind)
    for end in (len(data) // 2, 30, 10):
        refusal(data[:end])


def test_formats_that_photos_do_not_come_in_are_refused() -> None:
    for kind in ("EPS", "PDF", "TGA", "SGI", "PCX", "DDS"):
        assert "another kind" in refusal(saved(smooth(), kind))


def with_size(data: bytes, height: int, width: int) -> bytes:
    """The same JPEG, lying about its size."""
    at = next(match.start() for match in re.finditer(rb"\xff[\xc0\xc2]\x00\x11", data))
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def test_too_many_pixels_are_refused_before_memory_is_taken() -> None:
    plain, progressive = saved(smooth()), saved(smooth(), progressive=True)
    for data in (with_size(plain, 65000, 65000), with_size(progressive, 20000, 20000)):
        assert "at most" in refusal(data, (10, 10))
    assert "at most" in refusal(with_size(plain, 12000, 12000))
    assert "truncated" in refusal(with_size(plain, 12000, 12000), (100, 100))  # small enough once it is scaled
    assert "at most" in refusal(Image.new("1", (LARGEST_PICTURE // 1000 + 1, 1000)))


def test_a_picture_without_pixels_is_refused() -> None:
    refusal(Image.new("RGB", (0, 5)))
    refusal(with_size(saved(smooth()), 0, 64))


def test_a_progressive_jpeg_of_too_many_scans_is_refused() -> None:
    data = saved(smooth(), progressive=True)
    scan = data.rindex(b"\xff\xda")
    assert "scans" in refusal(data[:scan] + data[scan:-2] * 200 + b"\xff\xd9")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_decode_or_are_refused(draw: st.DataObject) -> None:
    whole = draw.draw(st.sampled_from([turned(6), turned(3, progressive=True), saved(with_alpha(), "PNG")]))
    data = bytearray(whole)
    for _ in range(draw.draw(st.integers(1, 8))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    try:
        found = decode(bytes(data), (8, 8))
    except PictureError:
        refusal(bytes(data), (8, 8))
    else:
        assert found.dtype == np.uint8
        assert found.ndim == 3


@given(st.binary(max_size=200))
def test_hostile_exif_data_never_raise(data: bytes) -> None:
    for start in (b"", b"II*\0", b"MM\0*", b"II*\0\x08\0\0\0\xff\xff", b"MM\0*\0\0\0\x08\xff\xff"):
        assert 0 <= exif_orientation(start + data) <= 8
        assert 0 <= segment_orientation(b"Exif\0\0" + start + data) <= 8
    read_header(b"\xff\xd8\xff\xe1" + data)


def test_endless_padding_and_endless_segments_end() -> None:
    refusal(b"\xff\xd8" + b"\xff" * 1_000_000)
    refusal(b"\xff\xd8" + b"\xff\xfe\x00\x02" * 250_000)


# The whole process


def test_awkward_and_broken_files(data: Path) -> None:
    """What Pillow reads, in Pillow's size; all else refused. None of its good files is of a format left out."""
    with (data / "odd" / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        path = data / "odd" / row["path"]
        if row["result"] != "ok":
            assert str(path) in refusal(path)
            continue
        size = int(row["h"]), int(row["w"])
        assert decode(path).shape[:2] == (size[::-1] if row["exif_orient"] in set("5678") else size), row["path"]


def test_awkward_files_stay_in_bounds_and_print_nothing(data: Path) -> None:
    program = (
        "import sys, pathlib, seefood.pictures as p\n"
        "for path in filter(pathlib.Path.is_file, pathlib.Path(sys.argv[1]).rglob('*')):\n"
        "    for cover in (None, (224, 224)):\n"
        "        try: p.decode(path, cover)\n"
        "        except p.PictureError: pass\n"
        "status = pathlib.Path('/proc/self/status').read_text().splitlines()\n"  # ru_maxrss begins with the parent's
        "print(next(line.split()[1] for line in status if line.startswith('VmHWM')))"
    )
    command = [sys.executable, "-W", "always", "-c", program, str(data / "odd")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stderr == ""
    assert int(done.stdout) < 2**20  # KiB


def test_only_the_plugin_in_need_is_imported(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(turned(6))
    (tmp_path / "a.webp").write_bytes(saved(smooth(), "WEBP"))
    program = (
        "import sys; from seefood.pictures import decode; decode('a.jpg', (9, 9))\n"
        "print([name for name in sys.modules if name.endswith('Plugin')])\n"
        "decode('a.webp'); print('PIL.WebPImagePlugin' in sys.modules, 'PIL.EpsImagePlugin' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines() == ["[]", "True False"]


def complaining() -> bytes:
    """A PNG whose animation is announced wrongly, about which Pillow warns."""
    data = saved(smooth(), "PNG")
    chunk = b"acTL" + struct.pack(">II", 0, 0)
    return data[:33] + struct.pack(">I", 8) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[33:]


def test_pillow_warns_about_nothing_here_and_about_everything_elsewhere() -> None:
    def warned(read: Callable[[], object]) -> int:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            read()
        return len(caught)

    assert warned(lambda: Image.open(io.BytesIO(complaining()))) > 0
    assert warned(lambda: decode(complaining())) == 0
    assert warned(lambda: Image.open(io.BytesIO(complaining()))) > 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        decode(complaining())
    record = logging.LogRecord("PIL.TiffImagePlugin", logging.ERROR, "", 0, "", (), None)
    assert logging.getLogger("PIL.TiffImagePlugin").filter(record)


def test_many_threads_at_once_agree_and_leave_pillow_as_it_was() -> None:
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(Image.OPEN), len(warnings.filters))
    sources = [turned(6), saved(with_alpha(), "PNG"), complaining(), turned(3, smooth().convert("CMYK"))]
    decode(complaining())
    expected = [decode(source) for source in sources]
    start = threading.Barrier(4)

    def work(index: int) -> None:
        start.wait()
        for _ in range(20):
            assert np.array_equal(decode(sources[index]), expected[index])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    after = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(Image.OPEN))
    assert after[:2] == before[:2]
    assert set(before[2]) <= set(after[2])
    assert len(warnings.filters) <= before[3] + 1
