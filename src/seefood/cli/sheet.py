"""``--sheet``: collects pictures with their verdicts and writes one picture of them all."""

from collections.abc import Iterator
from pathlib import Path

from seefood.errors import OutputError, PictureError
from seefood.evaluation.contact_sheet import MOST_TILES, Tile, contact_sheet
from seefood.files import replacing
from seefood.pictures import decode
from seefood.verdicts import Failure, Verdict

COVER = (300, 300)
"""Pixels (height, width) that a decoded picture should have: as large as a tile shows it."""
SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


class Sheet:
    """The first pictures of a stream on one sheet.

    Raises:
        OutputError: the name's ending is no format of pictures, or there is no such folder.
    """

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() not in SUFFIXES:
            raise OutputError(f"{path}: expected a name that ends in .png, .jpg or .webp; found another; rename it")
        if not path.parent.is_dir():
            raise OutputError(f"{path}: expected to write here; found no such folder; create it first")
        self.path = path
        self._verdicts: list[tuple[Verdict, str | None]] = []
        self._seen = 0

    def add(self, outcome: Verdict | Failure, truth: str | None = None) -> None:
        """Remember one picture; what does not fit on the sheet is only counted."""
        if isinstance(outcome, Verdict) and outcome.path is not None:
            self._seen += 1
            if self._seen <= MOST_TILES + 1:
                self._verdicts.append((outcome, truth))

    def write(self, title: str | None = None) -> None:
        """Draw and save it; nothing where no picture could be read."""
        if not self._verdicts:
            return
        image = contact_sheet(self._tiles(), title=title)
        try:
            with replacing(self.path) as aside:
                image.save(aside, format=SUFFIXES[self.path.suffix.lower()])
        except (ValueError, KeyError) as error:
            raise OutputError(f"{self.path}: expected to save a picture; found {error}; name a .png") from error

    def _tiles(self) -> Iterator[Tile]:
        for verdict, truth in self._verdicts:
            try:
                pixels = decode(verdict.path or "", COVER)
            except PictureError:
                continue
            yield Tile(pixels, verdict, truth=truth, caption=Path(verdict.path or "").name)
