"""Folders of pictures as classes, and splits of them that keep copies together."""

from seefood.datasets.folders import LabelledFolder, find_pictures
from seefood.datasets.folds import stratified_folds

__all__ = ["LabelledFolder", "find_pictures", "stratified_folds"]
