"""Whether a file's name says what is in it."""

from pathlib import Path

from seefood.pictures import PLUGINS

__all__ = ["endings", "format_of", "start_of"]

START_BYTES = 96

ENDINGS = {
    "JPEG": {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"},
    "PNG": {".png", ".apng"},
    "WEBP": {".webp"},
    "GIF": {".gif"},
    "BMP": {".bmp", ".dib"},
    "TIFF": {".tif", ".tiff"},
    "PPM": {".ppm", ".pgm", ".pbm", ".pnm"},
    "ICO": {".ico"},
    "JPEG2000": {".jp2", ".j2k", ".j2c", ".jpx"},
    "AVIF": {".avif"},
    "HEIC": {".heic", ".heif", ".hif"},
}


def start_of(path: Path) -> bytes:
    """The first bytes of a regular file; none where it cannot be read."""
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            return b""
        with path.open("rb", buffering=0) as file:
            return file.read(START_BYTES)
    except OSError:
        return b""


def format_of(start: bytes) -> str:
    """The format that the first bytes belong to, as pictures are decoded; empty where they belong to none.

    >>> format_of(b"GIF89a..."), format_of(b"BMW 3 series"), format_of(b"text")
    ('GIF', '', '')
    """
    kind = next((kind for pattern, kind, _ in PLUGINS if pattern.match(start)), "")
    return "" if kind == "BMP" and start[6:10] != bytes(4) else kind  # two letters alone are no proof


def endings(kind: str) -> frozenset[str]:
    """Endings of names that fit a format.

    >>> sorted(endings("TIFF"))
    ['.tif', '.tiff']
    """
    return frozenset(ENDINGS.get(kind, ()))
