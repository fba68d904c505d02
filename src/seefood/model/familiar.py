"""What a network from scratch takes for familiar: pictures that it learned, as its last layer but one sees them.

The novelty is the one of taught heads (``seefood.heads.novelty``), on features that the network made for itself. They
were made to tell its classes apart and know little else, so it tells less than that of a pretrained network. Over many
networks it tells more than the probabilities do: of what it was never shown a network can be surer than of what it
learned. A network that is nearly always right knows by its probabilities about as well.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.backbones.engine import Engine
from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.features import in_order, usual_threads
from seefood.heads.head import FAMILIAR, ROUNDING
from seefood.heads.novelty import MOST_EXEMPLARS, NEIGHBOURS, normalised
from seefood.model.classifier import TOGETHER, Classifier

__all__ = ["exemplars_of", "familiar_until"]

MOST_NUMBERS = 1280 * MOST_EXEMPLARS
"""As many as the default backbone's exemplars have: a network without a dense layer may have far longer features."""

Array = NDArray[Any]


def exemplars_of(learned: LabelledPictures, engine: Engine, generator: np.random.Generator) -> NDArray[np.float32]:
    """Features of at most 1,024 learned pictures, rows of length 1, as many of each class as there are.

    Of copies one is taken: five exemplars that are one picture would be one neighbour.

    Args:
        learned: what the network was trained with.
        engine: gives ``features`` for pixels.
        generator: chooses.
    """
    size = int(engine.outputs["features"][1])
    count = max(NEIGHBOURS, min(MOST_EXEMPLARS, MOST_NUMBERS // size))
    chosen = learned.take(_chosen(learned, count, generator))
    features = _in_parts(chosen.pictures, lambda pixels: engine.run(pixels, ("features",))[0])
    return normalised(features)


def familiar_until(classifier: Classifier, validation: LabelledPictures) -> float:
    """The novelty up to which 98 % of the validation pictures, which were not learned, are familiar."""
    novelty = _in_parts(validation.pictures, lambda pixels: classifier.probabilities(pixels)[1])
    return max(ROUNDING, float(np.quantile(novelty, FAMILIAR, method="higher")))


def _chosen(learned: LabelledPictures, count: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Places of pictures that differ, in their order: the classes take turns until there are enough."""
    first = {hash(learned.pictures[place].tobytes()): place for place in reversed(range(len(learned)))}
    places = generator.permutation(np.sort(np.fromiter(first.values(), np.int64, len(first))))
    targets = learned.required_targets[places]
    by_class = np.argsort(targets, kind="stable")
    counts = np.bincount(targets)
    turn = np.empty(len(places), np.int64)
    turn[by_class] = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.sort(places[np.argsort(turn, kind="stable")[:count]])


def _in_parts(pictures: NDArray[np.uint8], answer: Callable[[NDArray[np.uint8]], Array | None]) -> Array:
    """What the graph answers to grey or RGB pictures [n, h, w, c]."""
    parts = in_order(answer, _pixels(pictures), usual_threads())
    return np.concatenate([part for part in parts if part is not None])


def _pixels(pictures: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    for first in range(0, len(pictures), TOGETHER):
        part = pictures[first : first + TOGETHER]
        yield np.repeat(part, 3, axis=3) if part.shape[3] == 1 else np.ascontiguousarray(part)
