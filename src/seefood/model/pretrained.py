"""A pretrained network with its own last layer, as a classifier like any other."""

from functools import cache
from pathlib import Path

from seefood.backbones.catalogue import DEFAULT, Backbone, imagenet_labels, open_backbone
from seefood.caches import BlobCache
from seefood.files import digest_of_bytes
from seefood.model.card import FORMAT, ModelCard
from seefood.model.classifier import Classifier
from seefood.verdicts import Thresholds

__all__ = ["pretrained"]

LIMIT_BYTES = 2 << 30
FORMAT_OF_GRAPH = 1
SURE = 0.1
"""Of a thousand classes the best may well have a third of the probability and be right; below a tenth it seldom is."""


@cache
def pretrained(backbone: str = DEFAULT, weights: Path | None = None) -> Classifier:
    """The classifier of a thousand ImageNet classes that comes with a network.

    Raises:
        BackboneError, WeightsError: as ``open_backbone``; or the weights lack the last layer.
    """
    opened = open_backbone(backbone, weights)
    network = opened.network
    classes = network.classes
    labels = imagenet_labels() if classes == len(imagenet_labels()) else tuple(map(str, range(max(2, classes))))
    described = {"name": network.name, "weights": network.weights, "depths": 1}
    card = ModelCard(labels, network.preprocessing, Thresholds(SURE, None), 1.0, described)
    key = digest_of_bytes(f"{FORMAT} {FORMAT_OF_GRAPH} {opened.key} {card.to_text()}".encode())[:32]
    return Classifier(lambda: _kept(opened, card, key), card, key=key)


def _kept(opened: Backbone, card: ModelCard, key: str) -> bytes:
    store = BlobCache("pretrained", LIMIT_BYTES)
    data = store.get(key)
    if data is None:
        from seefood.model.assembly import pretrained_file

        data = pretrained_file(opened.network, opened.graph(), card)
        store.put(key, data)
    return data
