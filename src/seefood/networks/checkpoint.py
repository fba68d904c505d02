"""A training that can be gone on with: numbers and notes in one file, whole or not there."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.files import replacing

__all__ = ["Checkpoint", "Kept"]

LARGEST_BYTES = 4 << 30


@dataclass(frozen=True, eq=False)
class Kept:
    """What a checkpoint holds.

    Attributes:
        variables: of the network and its optimiser, in their order.
        best: the weights of the best epoch; empty where that is the last one.
        notes: JSON values.
    """

    variables: tuple[NDArray[Any], ...]
    best: tuple[NDArray[Any], ...]
    notes: Mapping[str, Any]


@dataclass(frozen=True)
class Checkpoint:
    """A file for one training, told from others by its fingerprint.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     kept = Checkpoint(Path(folder) / "here", "abc")
    ...     kept.write([np.ones(2)], [], {"epoch": 1})
    ...     kept.read().notes, Checkpoint(Path(folder) / "here", "other").read()
    ({'epoch': 1}, None)
    """

    path: Path
    fingerprint: str

    def write(self, variables: Sequence[NDArray[Any]], best: Sequence[NDArray[Any]], notes: Mapping[str, Any]) -> None:
        """Replace what was kept. Raises OutputError where the file cannot be written."""
        head = json.dumps({"fingerprint": self.fingerprint, "notes": dict(notes), "variables": len(variables)})
        arrays = {f"a{number}": array for number, array in enumerate([*variables, *best])}
        with replacing(self.path) as aside, aside.open("wb") as file:
            np.savez(file, allow_pickle=False, head=np.frombuffer(head.encode(), np.uint8), **arrays)

    def read(self) -> Kept | None:
        """What was kept of this very training; None where there is nothing, something else, or something damaged."""
        try:
            if self.path.stat().st_size > LARGEST_BYTES:
                return None
            with np.load(self.path, allow_pickle=False) as file:
                head = json.loads(file["head"].tobytes())
                if head["fingerprint"] != self.fingerprint:
                    return None
                arrays = [file[f"a{number}"] for number in range(len(file.files) - 1)]
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
            return None
        count = head["variables"]
        return Kept(tuple(arrays[:count]), tuple(arrays[count:]), head["notes"])

    def remove(self) -> None:
        """Forget it."""
        self.path.unlink(missing_ok=True)
