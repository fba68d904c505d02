"""Which layers of a Keras network follow each other, and where it ends: in a softmax over its classes.

Only what Keras shows of a network is read here, whatever computes behind it.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from seefood.errors import BackboneError

__all__ = ["UnwritableError", "Wired", "Wiring", "unwritable", "wiring"]


class UnwritableError(Exception):
    """A layer that is not written by us. Its own export may still know it."""


def unwritable(layer: Any, why: str) -> UnwritableError:
    """The error that names a layer."""
    return UnwritableError(f"{layer.name} ({type(layer).__name__}{f', {why}' if why else ''})")


class Wired(NamedTuple):
    """A layer, whose answers it takes, and a key for its own."""

    layer: Any
    sources: tuple[Hashable, ...]
    output: Hashable


@dataclass(frozen=True)
class Wiring:
    """A network up to its last dense layer.

    Attributes:
        layers: in an order in which they can be computed.
        features: key of what goes into the last dense layer; of the logits where there is none.
        dense: the last dense layer, or None: then the features are the logits.
        softmax: whether the network's own answers are probabilities, and not logits.
    """

    layers: tuple[Wired, ...]
    features: Hashable
    dense: Any
    softmax: bool


INPUT = "input"
"""Key of what comes into the network."""


def wiring(keras: Any, model: Any) -> Wiring:
    """How a network is wired, networks within it taken apart.

    Raises:
        UnwritableError: its layers are not all to be seen, or one is used twice.
        BackboneError: it does not end in a softmax or a dense layer.
    """
    layers: list[Wired] = []
    end = _follow(keras, model, INPUT, layers)
    makers = {wired.output: wired for wired in layers}
    softmax = end in makers and _is_softmax(keras, makers[end].layer)
    if softmax:
        end = makers[end].sources[0]
    last = makers.get(end)
    if last is not None and _is(keras, last.layer, "Dense"):
        activation, known = last.layer.activation, keras.activations
        if activation is known.linear or (activation is known.softmax and not softmax):
            return Wiring(tuple(layers), last.sources[0], last.layer, softmax or activation is known.softmax)
    if not softmax:
        found = "nothing" if last is None else f"{last.layer.name} ({type(last.layer).__name__})"
        raise BackboneError(
            f"{model.name}: expected a network that ends in a softmax over its classes, or in a dense layer without "
            f"activation; found {found}; put keras.layers.Dense(classes, activation='softmax') last"
        )
    return Wiring(tuple(layers), end, None, softmax=True)


def _follow(keras: Any, model: Any, source: Hashable, layers: list[Wired]) -> Hashable:
    """Add the layers of a network that is given ``source``; the key of its answer."""
    if type(model) is keras.Sequential:
        for layer in model.layers:
            source = _add(keras, layer, (source,), layers)
        return source
    if not _is_functional(keras, model):
        raise unwritable(model, "a class of its own")
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise unwritable(model, f"{len(model.inputs)} inputs, {len(model.outputs)} outputs")
    known: dict[int, Hashable] = {id(model.inputs[0]): source}
    for layer in model.layers:
        if _is(keras, layer, "InputLayer"):
            continue
        ends = list(_ends(layer))
        if any(id(tensor) not in known for tensor in ends[0]):
            raise unwritable(layer, "which takes what no layer gives")
        known[id(ends[1][0])] = _add(keras, layer, tuple(known[id(tensor)] for tensor in ends[0]), layers)
    if id(model.outputs[0]) not in known:
        raise unwritable(model, "its answer is not that of a layer")
    return known[id(model.outputs[0])]


def _ends(layer: Any) -> Iterator[list[Any]]:
    """The tensors that come in and those that go out.

    Keras shows a layer's first use only. What a second one gives is then known to nobody, and is found missing where it
    is taken.
    """
    try:
        tensors = layer.input, layer.output
    except (AttributeError, ValueError) as error:
        raise unwritable(layer, "which does not show what it takes") from error
    for each in tensors:
        yield list(each) if isinstance(each, list | tuple) else [each]


def _add(keras: Any, layer: Any, sources: tuple[Hashable, ...], layers: list[Wired]) -> Hashable:
    if type(layer) is keras.Sequential or _is_functional(keras, layer):
        return _follow(keras, layer, sources[0], layers)
    key = len(layers)
    layers.append(Wired(layer, sources, key))
    return key


def _is_functional(keras: Any, layer: Any) -> bool:
    """Whether a network is nothing but its layers; a class of one's own may do more when it is called."""
    kind = type(layer)
    return isinstance(layer, keras.Model) and kind.__name__ == "Functional" and kind.__module__.startswith("keras.")


def _is(keras: Any, layer: Any, name: str) -> bool:
    return type(layer) is getattr(keras.layers, name)


def _is_softmax(keras: Any, layer: Any) -> bool:
    if _is(keras, layer, "Softmax"):
        return layer.axis in (-1, 1)
    return _is(keras, layer, "Activation") and layer.activation is keras.activations.softmax
