"""``--sheet``: collects pictures with their verdicts and writes one picture of them all."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from seefood.drawing.saving import check_place, save
from seefood.errors import PictureError
from seefood.evaluation.contact_sheet import MOST_TILES, Tile, contact_sheet
from seefood.files import check_not_input
from seefood.pictures import decode
from seefood.verdicts import Failure, Verdict

COVER = (300, 300)
"""Pixels (height, width) that a decoded picture should have: as large as a tile shows it."""


class Sheet:
    """The first pictures of a stream on one sheet.

    Raises:
        OutputError: the name's ending is no format of pictures, there is no such folder, or it is a file that is read.
    """

    def __init__(self, path: Path, inputs: Iterable[Path] = ()) -> None:
        check_place(path, inputs)
        self.path = path
        self._verdicts: list[tuple[Verdict, str | None]] = []
        self._seen = 0

    def add(self, outcome: Verdict | Failure, truth: str | None = None) -> None:
        """Remember one picture; what does not fit on the sheet is only counted."""
        if isinstance(outcome, Verdict) and outcome.path is not None:
            check_not_input(self.path, [Path(outcome.path)])  # found in a folder, perhaps
            self._seen += 1
            if self._seen <= MOST_TILES + 1:
                self._verdicts.append((outcome, truth))

    def write(self, title: str | None = None) -> None:
        """Draw and save it; nothing where no picture could be read."""
        if not self._verdicts:
            return
        save(contact_sheet(self._tiles(), title=title), self.path)

    def _tiles(self) -> Iterator[Tile]:
        for verdict, truth in self._verdicts:
            try:
                pixels = decode(verdict.path or "", COVER)
            except PictureError:
                continue
            yield Tile(pixels, verdict, truth=truth, caption=Path(verdict.path or "").name)
