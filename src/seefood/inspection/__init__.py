"""The data doctor: what is wrong with pictures and their labels, before anything is taught from them."""

from seefood.inspection.chosen import KINDS, USUAL, chosen_files
from seefood.inspection.findings import Inspection, Oddity, Outlier, Suspect
from seefood.inspection.folders import inspect_folders
from seefood.inspection.inspecting import Beside, Material, inspect_rows
from seefood.inspection.sameness import Copies, copies, find_copies
from seefood.inspection.summary import most_important

__all__ = [
    "KINDS",
    "USUAL",
    "Beside",
    "Copies",
    "Inspection",
    "Material",
    "Oddity",
    "Outlier",
    "Suspect",
    "chosen_files",
    "copies",
    "find_copies",
    "inspect_folders",
    "inspect_rows",
    "most_important",
]
