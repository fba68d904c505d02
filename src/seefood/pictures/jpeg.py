"""What a JPEG says before its pixels: its size, which way up it is, and how it is stored.

A walk over the markers, fed with hostile bytes. Layouts: ITU-T T.81, annex B (markers); TIFF 6.0, section 2 (EXIF).
"""

import re
from dataclasses import dataclass
from struct import unpack_from

__all__ = ["ORIENTATION_TAG", "JpegHeader", "exif_orientation", "read_header", "segment_orientation"]

MOST_SEGMENTS = 10_000
"""Headers before the pixels of a JPEG; photos have ten or so, and a colour profile at most 255."""

XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')
ORIENTATION_TAG = 0x0112


@dataclass(frozen=True)
class JpegHeader:
    """Height and width in pixels as stored, number of channels, EXIF orientation 1 to 8."""

    height: int
    width: int
    components: int
    orientation: int
    streamed: bool  # decoded row by row; otherwise all coefficients are held in memory first


def read_header(data: bytes) -> JpegHeader | None:
    """What is known before the pixels, in one walk over the markers; None where they are not as they should be.

    Markers and their layout: ITU-T T.81, annex B.
    """
    frame, kind, orientation, position = None, 0, 0, 2
    for _ in range(MOST_SEGMENTS):
        if position + 4 > len(data) or data[position] != 0xFF:
            return None
        kind_here, length = data[position + 1], data[position + 2] << 8 | data[position + 3]
        if kind_here == 0xFF:  # padding
            position += 1
            continue
        segment = data[position + 4 : position + 2 + length]
        if kind_here == 0xDA:
            break
        if 0xC0 <= kind_here <= 0xCF and kind_here not in {0xC4, 0xC8, 0xCC} and len(segment) >= 6:
            frame, kind = unpack_from(">HHB", segment, 1), kind_here
        elif kind_here == 0xE1 and not orientation:
            orientation = segment_orientation(segment)
        position += 2 + length
    else:
        return None
    if frame is None or not segment or 0 in frame:
        return None
    height, width, components = frame
    return JpegHeader(height, width, components, orientation or 1, kind in {0xC0, 0xC1} and segment[0] == components)


def segment_orientation(segment: bytes) -> int:
    """The orientation, 1 to 8, in an APP1 segment (EXIF or XMP); 0 where there is none that makes sense."""
    if segment.startswith(b"Exif\0\0"):
        return exif_orientation(segment[6:])
    found = XMP_ORIENTATION.search(segment)
    return int(found[1]) if found else 0


def exif_orientation(tiff: bytes) -> int:
    """Only the one tag of the first directory is looked at. Layout: TIFF 6.0, section 2."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 10:
        return 0
    (start,) = unpack_from(order + "I", tiff, 4)
    if start + 2 > len(tiff):
        return 0
    (count,) = unpack_from(order + "H", tiff, start)
    for entry in range(start + 2, min(start + 2 + 12 * count, len(tiff) - 11), 12):
        tag, kind = unpack_from(order + "HH", tiff, entry)
        if tag == ORIENTATION_TAG:
            (value,) = unpack_from(order + ("I" if kind == 4 else "H"), tiff, entry + 8)
            return value if 1 <= value <= 8 else 0
    return 0
