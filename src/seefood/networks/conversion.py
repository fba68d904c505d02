"""A Keras network as the ONNX graph of a model file: pixels in, logits and features out.

The layers of this house's networks, and many more, are written one by one (``nodes``), so that the graph is as plain as
the network. What is not known there goes through Keras' own export (``exported``). Either way the graph is then run
beside the network, and a difference is an error.

Pictures come in as RGB, whatever the network looks at. A network for grey pictures is given their luminance, as Pillow
computes it for mode L (ITU-R 601-2, in units of 1/65536, rounded to a whole number). All of that is exact in float32,
so a grey picture, whose channels are equal, comes out as the very numbers that went in.
"""

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from seefood.backbones.foreign_graph import UnfitError, check
from seefood.backbones.graph import Graph, needed
from seefood.backbones.network import BuiltNetwork, Depth, Network
from seefood.errors import BackboneError, ShapeError
from seefood.networks.exported import exported
from seefood.networks.folding import fold
from seefood.networks.frameworks import keras
from seefood.networks.nodes import Tensor, Writer, numbers
from seefood.networks.trial import check_same, run
from seefood.networks.wiring import INPUT, UnwritableError, Wiring, wiring
from seefood.preprocessing import Preprocessing

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["converted"]

RED, GREEN, BLUE = 19595, 38470, 7471
"""ITU-R 601-2's 0.299, 0.587, 0.114 in 65536ths, as Pillow has them; together 65536."""

OURS = {"pixels", "features", "logits", "probabilities", "novelty", "evidence", "zero", "six"}
"""Names that mean something in a graph or a model file; no layer has them."""

Array = NDArray[Any]


def converted(model: Any, preprocessing: Preprocessing, name: str = "network") -> BuiltNetwork:
    """The graph of a trained network, with its description: a backbone with its own last layer.

    The graph takes ``pixels``, uint8 [n, height, width, 3] in RGB, and gives ``logits``, float32 [n, classes], what the
    softmax at the network's end is given, and ``features``, float32 [n, numbers], what its last dense layer is given.
    Opset 17, standard operators, any number of pictures.

    Args:
        model: a ``keras.Model`` for maps [n, height, width, 1 or 3] that ends in a softmax, or in a dense layer without
            activation. One of a class of one's own must have been called once.
        preprocessing: what becomes of pixels before the network sees them; for numbers from 0 to 1 the scale is 255.
        name: of the network, in its description.

    Raises:
        ShapeError: the network is for pictures of another size.
        BackboneError: it has a layer that cannot be written, which is named; weights that are not finite; another end;
            or the graph does not give what the network gives.
    """
    module = keras()
    channels = _channels(model, preprocessing)
    pictures = np.random.default_rng(0).integers(0, 256, (2, preprocessing.height, preprocessing.width, 3), np.uint8)
    if channels == 1:
        pictures = np.repeat(pictures[..., :1], 3, axis=3)
    answer = _answer(module, model, network_input(pictures, preprocessing, channels))
    description = Network(name, preprocessing, _digest(module, model), (Depth("features", 1, 1, 1, ()),), (1,))
    try:
        built, softmax = _built(module, model, description, channels, pictures)
        (logits,) = run(built.proto, pictures, ["logits"])
    except UnfitError as error:
        raise BackboneError(f"{model.name}: {error}; use other layers") from error
    check_same(model.name, logits, answer, softmax=softmax)
    return built


def _built(module: Any, model: Any, description: Network, channels: int, pictures: Array) -> tuple[BuiltNetwork, bool]:
    """The graph, and whether the network ends in a softmax: written here, or else exported by Keras."""
    try:
        wired = wiring(module, model)
        return _written(module, wired, description, channels), wired.softmax
    except UnwritableError as unwritable:
        entrance = Graph()
        _entered(entrance, description.preprocessing, channels)
        try:
            return exported(model, entrance, description, pictures)
        except UnfitError as error:
            raise UnfitError(
                f"expected layers that can be written as ONNX; found {unwritable}, and from Keras' own export: {error}"
            ) from error


def network_input(pictures: Array, preprocessing: Preprocessing, channels: int) -> NDArray[np.float32]:
    """What a network is given for pictures uint8 [n, height, width, 3]: float32 [n, height, width, channels].

    >>> network_input(np.full((1, 1, 1, 3), 51), Preprocessing(1, 1, scale=(255, 255, 255)), 1).tolist()
    [[[[0.20000000298023224]]]]
    """
    if channels == 1:
        red, green, blue = np.moveaxis(pictures.astype(np.int64), -1, 0)
        values = ((red * RED + green * GREEN + blue * BLUE + (1 << 15)) >> 16)[..., np.newaxis].astype(np.float32)
    else:
        values = (pictures if preprocessing.channels == "RGB" else pictures[..., ::-1]).astype(np.float32)
    mean, scale = (np.array(triple[:channels], np.float32) for triple in (preprocessing.mean, preprocessing.scale))
    return np.asarray((values - mean) / scale)


def _channels(model: Any, preprocessing: Preprocessing) -> int:
    """How many the network looks at. Raises ShapeError where its pictures are others than those that will come."""
    shape = _input_shape(model)
    size = (preprocessing.height, preprocessing.width)
    fits = len(shape) == 4 and all(mine in (None, theirs) for mine, theirs in zip(shape[1:3], size, strict=True))
    if not fits or shape[3] not in (1, 3):
        raise ShapeError(
            f"{model.name}: expected a network for maps [n, {size[0]}, {size[1]}, 1 or 3], as the pictures are; "
            f"found {list(shape)}; make it or the preprocessing fit the other"
        )
    if shape[3] == 1 and any(len(set(triple)) != 1 for triple in (preprocessing.mean, preprocessing.scale)):
        raise ShapeError(
            f"{model.name}: expected one mean and one scale for a network of one channel; found "
            f"{preprocessing.mean} and {preprocessing.scale}; give the same three times"
        )
    return int(shape[3])


def _input_shape(model: Any) -> tuple[int | None, ...]:
    try:
        shape = model.input_shape
    except (AttributeError, ValueError):  # a class of one's own, which knows only what it was called with
        shape = (model.get_build_config() or {}).get("input_shape")
    if shape is None:
        raise BackboneError(
            f"{model.name}: expected a network that knows its input; found one that was never called; "
            "call it once with pictures"
        )
    if not all(side is None or isinstance(side, int) for side in shape):
        raise ShapeError(f"{model.name}: expected a network of one input; found {len(shape)}; split it")
    return tuple(shape)


def _answer(module: Any, model: Any, values: Array) -> Array:
    answers = module.tree.flatten(model(values, training=False))
    if len(answers) != 1:
        raise BackboneError(f"{model.name}: expected a network of one output; found {len(answers)}; split it")
    answer = np.asarray(module.ops.convert_to_numpy(answers[0]), np.float32)
    if answer.ndim != 2:
        raise BackboneError(
            f"{model.name}: expected one number for each class, [n, classes]; found {['n', *answer.shape[1:]]}; "
            "put a Flatten or a global pooling before the last layer"
        )
    return answer


def _digest(module: Any, model: Any) -> str:
    """SHA-256 over all weights in their order, as float32."""
    digest = hashlib.sha256()
    for variable in model.weights:
        digest.update(np.asarray(module.ops.convert_to_numpy(variable), "<f4").tobytes())
    return digest.hexdigest()


def _entered(graph: Graph, preprocessing: Preprocessing, channels: int) -> str:
    """Pixels as the network's input, float32 [n, channels, height, width]."""
    if channels == 3:
        return graph.normalised("pixels", preprocessing)
    planes = graph.apply("Cast", ["pixels"], "pixels/float", to=TensorProto.FLOAT)
    planes = graph.apply("Transpose", [planes], "pixels/planes", perm=[0, 3, 1, 2])
    shares = np.array([RED, GREEN, BLUE], np.float32).reshape(1, 3, 1, 1) / 65536
    weights = graph.constant("pixels/shares", shares)
    half = graph.constant("pixels/half", np.full(1, 0.5, np.float32))
    sums = graph.apply("Conv", [planes, weights, half], "pixels/luminance", kernel_shape=[1, 1])
    grey = graph.apply("Floor", [sums], "pixels/grey")
    mean = graph.constant("pixels/mean", np.array(preprocessing.mean[0], np.float32))
    scale = graph.constant("pixels/scale", np.array(preprocessing.scale[0], np.float32))
    return graph.apply("Div", [graph.apply("Sub", [grey, mean], "pixels/centred"), scale], "pixels/normalised")


def _written(module: Any, wired: Wiring, description: Network, channels: int) -> BuiltNetwork:
    """The network layer by layer."""
    graph = Graph()
    writer = Writer(module, graph)
    x = _entered(graph, description.preprocessing, channels)
    size = (description.preprocessing.height, description.preprocessing.width)
    tensors: dict[Hashable, Tensor] = {INPUT: Tensor(x, (*size, channels))}
    names = set(OURS)
    for layer, sources, output in wired.layers:
        if wired.features in tensors:
            break
        tensors[output] = writer.write(layer, _new(layer.name, names), [tensors[source] for source in sources])
    features = tensors[wired.features]
    if wired.dense is None:
        graph.apply("Identity", [features.name], "logits")
        classes = features.shape[0]
    else:
        weights = numbers(module, wired.dense, "kernel")
        classes = weights.shape[1]
        bias = numbers(module, wired.dense, "bias", np.zeros(classes, np.float32))
        graph.dense(features.name, "logits", weights, bias)
    depth = features.depth or Depth(features.name, features.shape[0], 1, 1, ())
    depth = replace(depth, tensor=fold(graph).get(depth.tensor, depth.tensor))
    graph.features((depth,))
    _prune(graph)
    built = graph.finished(replace(description, depths=(depth,), classes=classes))
    check(built.proto)
    return built


def _new(name: str, names: set[str]) -> str:
    """A name that no layer has yet, and that no tensor of another one begins with."""
    plain = name.replace("/", "_")
    number, new = 1, plain
    while new in names:
        number += 1
        new = f"{plain}_{number}"
    names.add(new)
    return new


def _prune(graph: Graph) -> None:
    graph.nodes = needed(graph.nodes, ("features", "logits"))
    used = {name for node in graph.nodes for name in node.input}
    graph.constants = {name: value for name, value in graph.constants.items() if name in used}
