"""The engine on small graphs whose right answer NumPy gives."""

import os
import subprocess
import sys
import threading
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from seefood.backbones import engine
from seefood.backbones.engine import Engine
from seefood.caches import BlobCache, CacheWarning
from seefood.errors import BackboneError

Array = np.ndarray[Any, np.dtype[Any]]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEEFOOD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The graphs that the runtime was given, in order."""
    given: list[bytes] = []
    real = engine._session

    def watched(graph: bytes, *rest: Any) -> Any:
        given.append(graph)
        return real(graph, *rest)

    monkeypatch.setattr(engine, "_session", watched)
    return given


def small_graph(seed: int = 0) -> tuple[bytes, Array, Array]:
    """A convolution with stride, activation and mean: the bytes, its kernel [5, 3, 3, 3] and bias."""
    generator = np.random.default_rng(seed)
    kernel, bias = generator.normal(size=(5, 3, 3, 3)).astype(np.float32), np.array([0, 1, -1, 300, -300], np.float32)
    nodes = [
        helper.make_node("Transpose", ["pixels"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["planes"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["x", "kernel", "bias"], ["y"], kernel_shape=[3, 3], strides=[2, 2]),
        helper.make_node("Relu", ["y"], ["z"]),
        helper.make_node("GlobalAveragePool", ["z"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["features"], axis=1),
    ]
    return as_bytes(nodes, {"features": ["n", 5]}, {"kernel": kernel, "bias": bias}), kernel, bias


def as_bytes(nodes: list[onnx.NodeProto], outputs: dict[str, list[Any]], constants: dict[str, Array]) -> bytes:
    pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", 9, 11, 3])
    results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()]
    numbers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "small", [pixels], results, numbers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"note": "달"})
    return bytes(model.SerializeToString())


def naive(pixels: Array, kernel: Array, bias: Array) -> Array:
    x, result = pixels.astype(np.float64), np.zeros((len(pixels), 5))
    for n, k in np.ndindex(len(x), 5):
        values = [
            (x[n, row : row + 3, column : column + 3] * kernel[k].transpose(1, 2, 0)).sum() + bias[k]
            for row in range(0, 7, 2)
            for column in range(0, 9, 2)
        ]
        result[n, k] = np.mean([max(0.0, value) for value in values])
    return result


def some_pixels(n: int, seed: int = 1) -> Array:
    return np.random.default_rng(seed).integers(0, 256, (n, 9, 11, 3), np.uint8)


def test_the_second_opening_uses_the_kept_copy_and_answers_the_same(opened: list[bytes], own_cache: Path) -> None:
    graph, kernel, bias = small_graph()
    pixels = some_pixels(4)
    engines = [Engine(graph), Engine(graph)]
    assert opened[0] == graph
    assert opened[1] != graph
    (kept,) = (own_cache / "optimised").iterdir()
    assert kept.read_bytes() == opened[1]
    for each in engines:
        (found,) = each.run(pixels, ("features",))
        assert found == pytest.approx(naive(pixels, kernel, bias), rel=1e-5, abs=1e-3)
        assert each.metadata["note"] == "달"
        assert list(each.inputs.values()) == [("n", 9, 11, 3)]
        assert each.outputs == {"features": ("n", 5)}


def test_another_graph_is_not_taken_for_a_kept_one() -> None:
    pixels = some_pixels(2)
    for seed in (0, 1):
        graph, kernel, bias = small_graph(seed)
        for _ in range(2):
            (found,) = Engine(graph).run(pixels, ("features",))
            assert found == pytest.approx(naive(pixels, kernel, bias), rel=1e-5, abs=1e-3)


@pytest.mark.parametrize("damage", ["cut short", "nonsense under its own digest", "a folder in the way", "gone"])
def test_a_damaged_copy_costs_time_only(damage: str, own_cache: Path) -> None:
    graph, kernel, bias = small_graph()
    Engine(graph)
    (kept,) = (own_cache / "optimised").iterdir()
    if damage == "cut short":
        kept.write_bytes(kept.read_bytes()[:100])
    else:
        kept.unlink()
    if damage == "nonsense under its own digest":
        BlobCache("optimised", 1 << 20).put(kept.name.partition(".")[0], b"nonsense")
    if damage == "a folder in the way":
        kept.mkdir()
    pixels = some_pixels(2)
    with pytest.warns(CacheWarning) if damage == "a folder in the way" else nullcontext():
        (found,) = Engine(graph).run(pixels, ("features",))
    assert found == pytest.approx(naive(pixels, kernel, bias), rel=1e-5, abs=1e-3)


def test_a_cache_that_cannot_be_written_is_no_obstacle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SEEFOOD_CACHE", str(tmp_path / "file"))
    graph, kernel, bias = small_graph()
    pixels = some_pixels(2)
    with pytest.warns(CacheWarning):
        opened_anyway = Engine(graph)
    assert opened_anyway.run(pixels, ("features",))[0] == pytest.approx(naive(pixels, kernel, bias), rel=1e-5, abs=1e-3)


def test_many_threads_at_once_get_their_own_answers() -> None:
    graph, kernel, bias = small_graph()
    shared, wrong = Engine(graph), []
    barrier = threading.Barrier(6)

    def work(seed: int) -> None:
        pixels = some_pixels(1 + seed % 3, seed)
        expected = naive(pixels, kernel, bias)
        barrier.wait()
        for _ in range(50):
            (found,) = shared.run(pixels, ("features",))
            if not np.allclose(found, expected, rtol=1e-5, atol=1e-3):
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("opening", ["fresh", "kept"])
def test_what_is_not_asked_for_is_not_computed(opening: str) -> None:
    """One output takes the square root of the pixels; the other cannot be computed, which shows if it is tried."""
    nodes = [
        helper.make_node("Cast", ["pixels"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("Sqrt", ["x"], ["features"]),
        helper.make_node("ReduceMax", ["x"], ["largest"], keepdims=0),
        helper.make_node("Cast", ["largest"], ["place"], to=TensorProto.INT64),
        helper.make_node("Gather", ["x", "place"], ["evidence"], axis=0),
    ]
    graph = as_bytes(nodes, {"features": ["n", 9, 11, 3], "evidence": [9, 11, 3]}, {})
    if opening == "kept":
        Engine(graph, ("features",))
    one, both, pixels = Engine(graph, ("features", "novelty")), Engine(graph), some_pixels(2)
    (found,) = one.run(pixels, ("features",))
    assert found == pytest.approx(np.sqrt(pixels.astype(np.float64)), rel=1e-6)
    assert list(one.outputs) == ["features"]
    with pytest.raises(Exception, match="Gather"):
        both.run(pixels, ("features", "evidence"))


@pytest.mark.parametrize("kept", [0, 3, 100, -40])
def test_what_is_no_graph_is_refused(kept: int, own_cache: Path) -> None:
    graph, _, _ = small_graph()
    with pytest.raises(BackboneError, match="expected a graph that ONNX Runtime") as caught:
        Engine(graph[:kept])
    assert "\n" not in str(caught.value)
    assert not list(own_cache.rglob("*.blob"))


def test_a_graph_with_an_unknown_operator_is_refused() -> None:
    nodes = [helper.make_node("Nonsense", ["pixels"], ["features"])]
    with pytest.raises(BackboneError, match="Nonsense"):
        Engine(as_bytes(nodes, {"features": ["n", 5]}, {}))


def test_the_runtime_reports_to_nobody(tmp_path: Path) -> None:
    """Where it does, it leaves an identifier of the device and a store of events in the person's home."""
    program = "from seefood.backbones.engine import Engine; import sys; Engine(sys.stdin.buffer.read())"
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "SEEFOOD_CACHE": str(tmp_path / "ours")}
    subprocess.run([sys.executable, "-c", program], input=small_graph()[0], env=environment, check=True)
    left = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"ours"}
