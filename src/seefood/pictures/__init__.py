"""A picture from anywhere, as RGB uint8 [height, width, 3]: path, bytes, Pillow image or array.

Whatever arrives is hostile until it is decoded. A file ends as pixels or as one PictureError, never as half a picture,
a warning, or the whole memory. This module keeps no state of Pillow's or of the application's changed, and may be
called from many threads at once.
"""

import importlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from seefood.errors import PictureError
from seefood.pictures.jpeg import ORIENTATION_TAG, JpegHeader, read_header
from seefood.pictures.quiet import without_warnings

__all__ = [
    "LARGEST_FILE",
    "LARGEST_PICTURE",
    "SUFFIXES",
    "Decoded",
    "Source",
    "decode",
    "examine",
    "looks_like_picture",
    "read",
]

Pixels = NDArray[np.uint8]
Source = str | os.PathLike[str] | bytes | Image.Image | Pixels

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".avif", ".heic", ".heif", ".hif", ".gif"}
    | {".tif", ".tiff", ".bmp", ".dib", ".ppm", ".pgm", ".pbm", ".pnm", ".ico", ".jp2", ".j2k", ".j2c", ".jpx"}
)
"""Lower-case file name endings of the formats that `decode` reads."""

LARGEST_FILE = 256 * 2**20
"""Bytes. The largest file, or bytes object, that is looked at."""

LARGEST_PICTURE = 120_000_000
"""Pixels held in memory: a little above the largest common camera sensors (108 megapixels)."""

LARGEST_SCALED = 500_000_000
"""Pixels of a JPEG that is decoded smaller than it is, row by row, so that its full size is never in memory."""

MOST_SCANS = 100
"""A progressive JPEG from a camera or an editor has about ten; each one walks over the whole picture again."""

# The formats that people keep photos in, each with the one Pillow plugin that reads it. Left out on purpose: EPS (runs
# Ghostscript), PDF, WMF, FITS, DDS, FLI, SGI and other parsers that photos never need and attackers like, and TGA,
# which has no signature, so that any bytes could pass for one.
PLUGINS = (
    (re.compile(rb"\xff\xd8\xff"), "JPEG", "JpegImagePlugin"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG", "PngImagePlugin"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "WEBP", "WebPImagePlugin"),
    (re.compile(rb"GIF8[79]a"), "GIF", "GifImagePlugin"),
    (re.compile(rb"BM"), "BMP", "BmpImagePlugin"),
    (re.compile(rb"II[*+]\x00|MM\x00[*+]"), "TIFF", "TiffImagePlugin"),
    (re.compile(rb"P[1-6]\s"), "PPM", "PpmImagePlugin"),
    (re.compile(rb"\x00\x00\x01\x00"), "ICO", "IcoImagePlugin"),
    (re.compile(rb"\xff\x4f\xff\x51|\x00\x00\x00\x0cjP  \r\n\x87\n"), "JPEG2000", "Jpeg2KImagePlugin"),
    (re.compile(rb"....ftyp(....){0,16}?avi[fs]", re.DOTALL), "AVIF", "AvifImagePlugin"),
    (re.compile(rb"....ftyp(....){0,16}?(hei[cfmsx]|hev[cmsx]|m[is]f1)", re.DOTALL), "HEIC", ""),
)

TO_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# glibc gives every block above 128 KiB back to the system when it is freed, and a quarter of the time of a photo goes
# into page faults on getting it again. It stops once it has seen a larger block freed; this one is never touched.
np.empty(16 * 2**20, np.uint8)


@dataclass(frozen=True)
class Decoded:
    """A picture, and what its file says beside.

    Attributes:
        pixels: uint8 [h, w, 3], RGB, upright; smaller than the whole where that was allowed.
        height, width: of the whole in pixels, upright.
        damaged: a decoder complained of the file and yet another gave a whole picture.
    """

    pixels: Pixels
    height: int
    width: int
    damaged: bool = False


class _UnusableError(Exception):
    """What was found instead of a picture, and what to do; `decode` adds the name."""


def looks_like_picture(path: str | os.PathLike[str]) -> bool:
    """Whether a file's name ends as pictures' names do; the file is not opened.

    >>> looks_like_picture("holiday/IMG_0001.JPG"), looks_like_picture("holiday/notes.txt")
    (True, False)
    """
    return os.path.splitext(os.fspath(path))[1].lower() in SUFFIXES  # noqa: PTH122  # a Path costs more than the test


def read(path: str | os.PathLike[str]) -> bytes:
    """A picture file's bytes, not decoded.

    Raises PictureError: no such file, no regular file, not readable, or beyond `LARGEST_FILE` bytes.
    """
    with _explained(path):
        return _read(path)


def decode(source: Source, cover: tuple[int, int] | None = None, name: str | os.PathLike[str] = "") -> Pixels:
    """Any picture as uint8 [height, width, 3], RGB, upright.

    ``cover`` is (height, width): a JPEG may come out at 1/2, 1/4 or 1/8 of its size as long as it still covers that
    many pixels both ways, which costs a fraction. The EXIF orientation is applied, transparency is laid on white,
    16-bit grey is scaled to 8, of an animation the first frame is taken (of a Pillow image, the frame it stands on).
    An array may be [h, w] grey, [h, w, 3] RGB, which passes through uncopied, or [h, w, 4] RGBA. Errors call the
    picture by ``name``, where its bytes were read before.

    Raises PictureError: no such file, not a picture, damaged, truncated, or beyond `LARGEST_FILE` bytes or
    `LARGEST_PICTURE` pixels, which is checked before memory is taken. The limit on pixels holds after ``cover``.

    >>> decode(np.zeros((2, 3), np.uint8)).shape
    (2, 3, 3)
    """
    return examine(source, cover, name).pixels


def examine(source: Source, cover: tuple[int, int] | None = None, name: str | os.PathLike[str] = "") -> Decoded:
    """As `decode`, with how large the whole picture is and whether its file is damaged.

    >>> file = BytesIO()
    >>> Image.new("RGB", (640, 480)).save(file, "JPEG")
    >>> found = examine(file.getvalue(), cover=(100, 100))
    >>> found.height, found.width, found.pixels.shape, found.damaged
    (480, 640, (120, 160, 3), False)
    """
    with _explained(name or source):
        return _decoded(source, cover)


@contextmanager
def _explained(source: Source) -> Iterator[None]:
    """Whatever goes wrong inside, as one PictureError that names the picture."""
    try:
        yield
    except _UnusableError as problem:
        raise PictureError(f"{_name(source)}: expected a picture; found {problem}") from problem.__cause__
    except Exception as cause:  # hostile bytes make decoders raise anything, from struct.error on
        kind = f"{type(cause).__name__}: {cause}".split("\n", 1)[0][:160]
        found = f"one that cannot be decoded ({kind}); open and save it again, or leave it out"
        raise PictureError(f"{_name(source)}: expected a picture; found {found}") from cause


def _decoded(source: Source, cover: tuple[int, int] | None) -> Decoded:
    if isinstance(source, np.ndarray):
        return _whole(_from_array(source))
    if isinstance(source, Image.Image):
        with without_warnings():
            return _whole(_from_pillow(source))
    data = source if isinstance(source, bytes) else _read(source)
    if len(data) > LARGEST_FILE:
        raise _UnusableError(f"{len(data):,} bytes; at most {LARGEST_FILE:,} are read, save it smaller")
    if data.startswith(b"\xff\xd8"):
        return _from_jpeg(data, cover)
    with without_warnings():
        return _whole(_from_pillow(_opened(data)))


def _whole(pixels: Pixels) -> Decoded:
    return Decoded(pixels, *pixels.shape[:2])


def _name(source: Source) -> str:
    if isinstance(source, str | os.PathLike):
        path = os.fsdecode(source)
        return path if path.isprintable() else repr(path)
    kinds = {np.ndarray: "array", Image.Image: "Pillow image", bytes: "picture from bytes"}
    return next((name for kind, name in kinds.items() if isinstance(source, kind)), type(source).__name__)


def _read(source: str | os.PathLike[str]) -> bytes:
    if not isinstance(source, str | os.PathLike):
        raise _UnusableError(f"a {type(source).__name__}; give a path, bytes, a Pillow image or an array")
    path = Path(source)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode) and not os.access(path, os.R_OK | os.X_OK):
            raise _UnusableError("a folder that may not be read; change its permissions")
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
            raise _UnusableError(f"{'a folder' if stat.S_ISDIR(status.st_mode) else 'no regular file'}; give a file")
        if status.st_size > LARGEST_FILE:
            raise _UnusableError(f"{status.st_size:,} bytes; at most {LARGEST_FILE:,} are read, save it smaller")
        with path.open("rb", buffering=0) as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError) as cause:
        raise _UnusableError("no such file; check the path") from cause
    except PermissionError as cause:
        raise _UnusableError("a file that may not be read; change its permissions") from cause


def _from_array(array: NDArray[Any]) -> Pixels:
    shape = array.shape
    good = array.dtype == np.uint8 and array.size and (len(shape) == 2 or (len(shape) == 3 and shape[2] in (3, 4)))
    if not good:
        found = f"an array of {array.dtype} {list(shape)}"
        raise _UnusableError(f"{found}; give uint8 [height, width, 3] (RGB), [height, width] or [height, width, 4]")
    if len(shape) == 2:
        return np.repeat(array[:, :, np.newaxis], 3, axis=2)
    return array if shape[2] == 3 else np.array(_on_white(Image.fromarray(array)))


def _from_jpeg(data: bytes, cover: tuple[int, int] | None) -> Decoded:
    """By simplejpeg; whatever that refuses gets a second chance at Pillow, except truncated data.

    simplejpeg is strict: it also refuses stray bytes between markers, which cameras write and which do no harm. Both
    decoders could fill what is missing from a truncated file with grey, and neither is allowed to.
    """
    header = read_header(data)
    if header is None:
        _check_scans(data)
    else:
        _check_jpeg(data, header, cover)
        try:
            if header.components in {1, 3}:  # of CMYK only Pillow knows whether it is inverted
                pixels = _upright(_by_simplejpeg(data, header, cover), header.orientation)
                return Decoded(pixels, *_turned(header.height, header.width, header.orientation))
        except ValueError as cause:
            if "premature end" in str(cause).lower():
                raise _UnusableError("a truncated JPEG; copy it again, or leave it out") from cause
    with without_warnings():
        image = _opened(data)
        orientation = _orientation(image)
        size = _turned(image.height, image.width, orientation)
        if cover:
            height, width = _turned(*cover, orientation)
            image.draft("", (width, height))
        refused = header is None or header.components in {1, 3}
        return Decoded(_from_pillow(image, orientation), *size, damaged=refused)


def _turned(height: int, width: int, orientation: int) -> tuple[int, int]:
    """As stored to upright, or the other way about: which of the sides is the height."""
    return (height, width) if orientation < 5 else (width, height)


def _by_simplejpeg(data: bytes, header: JpegHeader, cover: tuple[int, int] | None) -> Pixels:
    height, width = _scaled(header, cover)
    return cast(
        "Pixels",
        simplejpeg.decode_jpeg(data, "RGB", fastdct=True, fastupsample=True, min_height=height, min_width=width),
    )


def _scaled(header: JpegHeader, cover: tuple[int, int] | None) -> tuple[int, int]:
    """The smallest (height, width) that covers; by halves, because only those have fast code in libjpeg-turbo."""
    if cover is None:
        return header.height, header.width
    height, width = _turned(*cover, header.orientation)
    sizes = [(-(-header.height // part), -(-header.width // part)) for part in (8, 4, 2)]
    return next((size for size in sizes if size[0] >= height and size[1] >= width), (header.height, header.width))


def _check_jpeg(data: bytes, header: JpegHeader, cover: tuple[int, int] | None) -> None:
    whole = (header.height, header.width)
    _check_size(whole, LARGEST_SCALED)
    _check_size(_scaled(header, cover) if header.streamed else whole, LARGEST_PICTURE)
    if not header.streamed:
        _check_scans(data)


def _check_scans(data: bytes) -> None:
    if data.count(b"\xff\xda") > MOST_SCANS:
        raise _UnusableError(f"a progressive JPEG of more than {MOST_SCANS} scans; save it again as an ordinary one")


def _check_size(size: tuple[int, int], limit: int) -> None:
    height, width = size
    if height * width > limit:
        raise _UnusableError(f"{width:,} by {height:,} pixels; at most {limit:,} in all are decoded, save it smaller")


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    if orientation == 1:
        return pixels
    return np.array(Image.fromarray(pixels).transpose(TO_UPRIGHT[orientation]))


def _opened(data: bytes) -> Image.Image:
    """The picture's header, read by the one plugin that its first bytes ask for."""
    kind, plugin = next(((kind, plugin) for start, kind, plugin in PLUGINS if start.match(data)), ("", ""))
    if not kind:
        what = "bytes of another kind" if data else "no bytes at all"
        raise _UnusableError(f"{what}; give JPEG, PNG, WebP, AVIF, HEIC, GIF, TIFF, BMP, PPM, ICO or JPEG 2000")
    if kind == "HEIC":
        return _opened_heic(data)
    importlib.import_module(f"PIL.{plugin}")  # so that Pillow need not load all its plugins to find this one
    try:
        return Image.open(BytesIO(data), formats=(kind,))
    except UnidentifiedImageError as cause:
        raise _UnusableError(f"a damaged {kind} file; copy it again, or leave it out") from cause


def _opened_heic(data: bytes) -> Image.Image:
    try:
        pillow_heif = importlib.import_module("pillow_heif")
    except ImportError as cause:
        raise _UnusableError('a HEIC file; to read those: pip install "seefood[heic]"') from cause
    file = pillow_heif.open_heif(data)
    _check_size(file.size[::-1], LARGEST_PICTURE)
    return cast("Image.Image", file.to_pillow())


def _from_pillow(image: Image.Image, orientation: int | None = None) -> Pixels:
    _check_size(image.size[::-1], LARGEST_PICTURE)
    if 0 in image.size:
        raise _UnusableError(f"{image.width} by {image.height} pixels; leave it out")
    turn = TO_UPRIGHT.get(_orientation(image) if orientation is None else orientation)
    image = _to_rgb(image)
    return np.array(image if turn is None else image.transpose(turn))


def _orientation(image: Image.Image) -> int:
    """As Pillow reads it; 1 where the EXIF data are damaged, because the picture may well be fine."""
    try:
        value = image.getexif().get(ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001  # hostile EXIF data make Pillow raise anything
        return 1
    return value if value in TO_UPRIGHT else 1


def _to_rgb(image: Image.Image) -> Image.Image:
    image.load()  # may settle mode and transparency
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        return Image.fromarray(_eight_bits(image)).convert("RGB")
    if image.has_transparency_data:
        return _on_white(image)
    return image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    image = image.convert("LA") if image.mode == "La" else image
    image = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image)
    return white


def _eight_bits(image: Image.Image) -> Pixels:
    """Grey of 16 bits divided by 257; of 32 bits likewise where it fits; floats from 0 to 1 or from 0 to 255."""
    values = np.asarray(image)
    low, high = float(values.min()), float(values.max())
    if image.mode == "F" and low >= 0 and high <= 255:
        return cast("Pixels", np.rint(values * 255 if high <= 1 else values).astype(np.uint8))
    if image.mode == "F" or low < 0 or high > 65535:
        raise _UnusableError(f"values from {low:g} to {high:g} (mode {image.mode}); convert it to 8 bits a channel")
    grey: Pixels = ((values.astype(np.uint32) * 255 + 32895) >> 16).astype(np.uint8)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey[values == transparent] = 255
    return grey
