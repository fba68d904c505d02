"""Model files and what is done with them: open, classify, evaluate, teach, save."""

from seefood.model.classifier import Classifier
from seefood.model.loading import load
from seefood.model.pretrained import pretrained

__all__ = ["Classifier", "load", "pretrained"]
