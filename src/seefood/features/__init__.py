"""Pictures to feature vectors: a stream that uses every core, and a cache that makes the second time instant."""

from seefood.features.cache import FeatureCache
from seefood.features.extraction import Extractor, Row, View
from seefood.features.streams import in_order, usual_threads

__all__ = ["Extractor", "FeatureCache", "Row", "View", "in_order", "usual_threads"]
