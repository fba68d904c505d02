"""Files that are put aside and can be put back: a folder with a manifest, `quarantine` and `undo`."""

from seefood.inspection.quarantine.manifest import Entry, Manifest
from seefood.inspection.quarantine.permission import checked as check_quarantine
from seefood.inspection.quarantine.there_and_back import Restored, quarantine, undo

__all__ = ["Entry", "Manifest", "Restored", "check_quarantine", "quarantine", "undo"]
