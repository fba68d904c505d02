"""Run the command line as people do, in a process of its own; small pictures and a small model to feed it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from seefood.model.card import KEY, ModelCard
from seefood.preprocessing import Preprocessing
from seefood.verdicts import Thresholds

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
PROGRAM = (sys.executable, "-m", "seefood")
COLOURS = {"red": (220, 30, 30), "green": (30, 220, 30), "blue": (30, 30, 220)}
SIDE = 8


@dataclass(frozen=True)
class Outcome:
    """What a process left: its exit status and what it said."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line on stderr; more lines, or a traceback, fail the test."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("seefood: ")
        return lines[0]

    def lines(self) -> list[dict[str, Any]]:
        """stdout as one JSON object a line; anything else there fails the test."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(cache: Path, **extra: str) -> dict[str, str]:
    """What a process inherits: this cache, and no debugging unless asked for."""
    kept = {name: value for name, value in os.environ.items() if name != "SEEFOOD_DEBUG"}
    return kept | {"SEEFOOD_CACHE": str(cache), "PYTHONIOENCODING": "utf-8"} | extra


def without_privileges() -> tuple[str, ...]:
    """What a command begins with so that permissions bind it although root runs the tests; skips where impossible."""
    if not hasattr(os, "geteuid"):
        pytest.skip("permissions as on Unix")
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root is bound by no permissions, and there is no setpriv to give its privileges up")
    powers = "-dac_override,-dac_read_search"
    return ("setpriv", f"--inh-caps={powers}", f"--bounding-set={powers}")


def begin(*arguments: object, cache: Path, ordinary: bool = False, **options: Any) -> subprocess.Popen[bytes]:
    """Start ``seefood ARGUMENTS``; as an ordinary user, whom permissions bind, where asked for."""
    defaults: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [*(without_privileges() if ordinary else ()), *PROGRAM, *map(os.fspath, map(_text, arguments))],
        **(defaults | {"env": environment(cache)} | options),
    )


def seefood(
    *arguments: object,
    cache: Path,
    stdin: bytes = b"",
    cwd: Path | None = None,
    extra: Mapping[str, str] | None = None,
    seconds: float = 120,
    **options: Any,
) -> Outcome:
    """Run ``seefood ARGUMENTS`` to its end."""
    settings = {"stdin": subprocess.PIPE, "cwd": cwd, "env": environment(cache, **(extra or {}))} | options
    with begin(*arguments, cache=cache, **settings) as process:
        try:
            out, err = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return Outcome(process.returncode, out.decode(), err.decode())


def _text(argument: object) -> Any:
    return argument if isinstance(argument, str | bytes | os.PathLike) else str(argument)


def picture(path: Path, colour: Sequence[int] = (220, 30, 30), seed: int = 0, side: int = 2 * SIDE) -> Path:
    """A noisy picture of one colour, PNG whatever its name says; other seeds are other pictures."""
    noise = np.random.default_rng(seed).normal(0, 20, (side, side, 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)).save(path, format="PNG")
    return path


def coloured(folder: Path, each: int, *names: str) -> Path:
    """A folder with one sub-folder for each colour."""
    for name in names or COLOURS:
        for number in range(each):
            picture(folder / name / f"{number:03}.png", COLOURS[name], seed=number)
    return folder


def card(**changes: Any) -> ModelCard:
    """What the small model says about itself."""
    values: dict[str, Any] = {
        "labels": tuple(COLOURS),
        "preprocessing": Preprocessing(SIDE, SIDE, crop=1.0),
        "thresholds": Thresholds(0.5, None),
        "temperature": 1.0,
        "backbone": {"name": "mean colour", "weights": "0" * 64, "depths": 1},
    }
    return ModelCard(**(values | changes))


def small_proto(text: str | None = None, side: int = SIDE) -> onnx.ModelProto:
    """A model that names the strongest of three colours: the mean of each channel, times a tenth, through softmax."""
    nodes = [
        helper.make_node("Cast", ["pixels"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["float"], ["features"], axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["features", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", side, side, 3])
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 3]) for name in ("probabilities", "features")
    ]
    weights = numpy_helper.from_array(np.eye(3, dtype=np.float32) / 10, "weights")
    graph = helper.make_graph(nodes, "small", [pixels], outputs, [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {KEY: card().to_text() if text is None else text})
    return model


def small_model(path: Path, text: str | None = None) -> Path:
    """The small model as a file."""
    path.write_bytes(small_proto(text).SerializeToString())
    return path


def small_network(folder: Path) -> Path:
    """A backbone to teach on: the mean of each channel, as an ONNX file with its settings beside it."""
    nodes = [helper.make_node("ReduceMean", ["picture"], ["features"], axes=[1, 2], keepdims=0)]
    pictures = helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", SIDE, SIDE, 3])
    features = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 3])
    graph = helper.make_graph(nodes, "network", [pictures], [features])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = folder / "mean.onnx"
    path.write_bytes(model.SerializeToString())
    path.with_suffix(".json").write_text('{"preprocessing": {"mean": [127, 127, 127], "scale": [128, 128, 128]}}')
    return path
