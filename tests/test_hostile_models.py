"""A model file may come from anyone: it is opened and valid, or refused in one line; the machine stays usable."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from doors import EXAMPLES, card, seefood, small_proto
from seefood.errors import ModelFileError
from seefood.model import load
from seefood.model.card import ModelCard

OPENING = """
import os, resource, sys, warnings
from pathlib import Path
import numpy as np
from seefood.errors import ModelFileError
from seefood.model import load
warnings.simplefilter("ignore")  # of a cache that is none: each file is opened once
os.environ["SEEFOOD_CACHE"] = sys.argv[3]
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
for path in sorted(Path(sys.argv[1]).glob("*.onnx")):
    print(path.name, end=" ", flush=True)
    try:
        verdict = load(path).predict(np.zeros((20, 20, 3), np.uint8))[0]
        print("valid", len(verdict.top))
    except ModelFileError as error:
        print("refused", "\\n" in str(error) or not str(error))
# not ru_maxrss: that begins with the peak of the process that started this one
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) * 1024
print("peak", peak)
"""

MEMORY = 4 << 30
"""Bytes of address space; what is used must stay far below."""
PEAK = 1 << 30


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEFOOD_CACHE", str(tmp_path / "cache"))


def opened(folder: Path) -> dict[str, str]:
    """How each file of a folder ended, in a process that may use little; a crash or a traceback fails the test."""
    if importlib.util.find_spec("resource") is None or not Path("/proc/self/status").exists():
        pytest.skip("no limits for processes here")
    no_folder = folder / "no folder"
    no_folder.write_bytes(b"")
    command = [sys.executable, "-X", "faulthandler", "-c", OPENING, str(folder), str(MEMORY), str(no_folder)]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert finished.returncode == 0, finished.stdout[-200:] + finished.stderr[-2000:]
    said = dict(line.split(" ", 1) for line in finished.stdout.splitlines())
    assert int(said.pop("peak")) < PEAK
    assert set(said.values()) <= {"refused False", "valid 3"}
    return {name: outcome.split()[0] for name, outcome in said.items()}


def refused(path: Path, said: str = "") -> None:
    with pytest.raises(ModelFileError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: expected ")
    assert "found" in message
    assert "\n" not in message
    assert len(message) < 1000
    assert said in message


def test_the_small_model_is_one(tmp_path: Path) -> None:
    """Or everything below would be refused for another reason."""
    (tmp_path / "good.onnx").write_bytes(small_proto().SerializeToString())
    assert opened(tmp_path) == {"good.onnx": "valid"}
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 255
    verdict = load(tmp_path / "good.onnx").predict(red)[0]
    assert verdict.to_json()["verdict"] == "red"


# Damage.


def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    whole = small_proto().SerializeToString()
    for length in range(0, len(whole), 3):
        (tmp_path / f"{length:06}.onnx").write_bytes(whole[:length])
    assert set(opened(tmp_path).values()) == {"refused"}


def test_changed_bytes_give_a_valid_model_or_a_refusal(tmp_path: Path) -> None:
    whole = small_proto().SerializeToString()
    generator = np.random.default_rng(4)
    for number in range(500):
        changed = bytearray(whole)
        for _ in range(generator.integers(1, 4)):
            changed[generator.integers(len(whole))] = generator.integers(256)
        (tmp_path / f"{number:03}.onnx").write_bytes(changed)
    ends = opened(tmp_path)
    assert len(ends) == 500
    assert set(ends.values()) == {"valid", "refused"}


def test_any_bytes_are_refused(tmp_path: Path) -> None:
    generator = np.random.default_rng(6)
    for number in range(60):
        (tmp_path / f"{number:03}.onnx").write_bytes(generator.bytes(int(generator.integers(0, 300))))
    assert set(opened(tmp_path).values()) == {"refused"}


# What a file says about itself.


def changed(**fields: Any) -> str:
    return json.dumps(json.loads(card().to_text()) | fields)


def prepared(**fields: Any) -> str:
    return changed(preprocessing=json.loads(card().to_text())["preprocessing"] | fields)


CARDS = {
    "empty": "",
    "no JSON": "seefood",
    "cut short": card().to_text()[:-2],
    "a list": "[]",
    "null": "null",
    "text": '"format"',
    "nested too deep": "[" * 100_000,
    "nested objects": '{"format":' * 50_000,
    "no fields": '{"format": 1}',
    "format 0": changed(format=0),
    "format true": changed(format=True),
    "format text": changed(format="1"),
    "format NaN": changed(format=float("nan")),
    "format infinite": changed(format=float("inf")),
    "a newer format": changed(format=2),
    "no labels": changed(labels=[]),
    "one label": changed(labels=["red"]),
    "too few labels": changed(labels=["red", "green"]),
    "too many labels": changed(labels=["red", "green", "blue", "grey"]),
    "labels twice": changed(labels=["red", "red", "blue"]),
    "labels of numbers": changed(labels=[1, 2, 3]),
    "an empty label": changed(labels=["red", "green", ""]),
    "labels as text": changed(labels="rgb"),
    "labels as object": changed(labels={"a": 1, "b": 2, "c": 3}),
    "temperature 0": changed(temperature=0),
    "temperature below 0": changed(temperature=-1),
    "temperature NaN": changed(temperature=float("nan")),
    "temperature infinite": changed(temperature=float("inf")),
    "temperature true": changed(temperature=True),
    "temperature text": changed(temperature="1"),
    "temperature beyond floats": changed().replace('"temperature": 1.0', f'"temperature": 1{"0" * 400}'),
    "temperature of too many digits": changed().replace('"temperature": 1.0', f'"temperature": 1{"0" * 5000}'),
    "no thresholds": changed(thresholds=None),
    "thresholds without novelty": changed(thresholds={"probability": 0.5}),
    "threshold above 1": changed(thresholds={"probability": 1.5, "novelty": None}),
    "threshold NaN": changed(thresholds={"probability": float("nan"), "novelty": None}),
    "threshold beyond floats": changed(thresholds={"probability": 10**400, "novelty": None}),
    "threshold text": changed(thresholds={"probability": 0.5, "novelty": "0.5"}),
    "novelty below 0": changed(thresholds={"probability": 0.5, "novelty": -0.1}),
    "a billion pixels": prepared(height=1_000_000_000),
    "more pixels than digits": prepared(width=10**300),
    "no pixels": prepared(height=0),
    "another size than the graph's": prepared(height=9),
    "half a pixel": prepared(height=8.5),
    "crop 0": prepared(crop=0),
    "crop NaN": prepared(crop=float("nan")),
    "scale 0": prepared(scale=[1, 0, 1]),
    "mean NaN": prepared(mean=[float("nan")] * 3),
    "mean of a million": prepared(mean=[0] * 1_000_000),
    "rule unknown": prepared(rule="eval"),
    "rule a list": prepared(rule=["crop"]),
    "an unknown field": prepared(code="import os"),
    "no backbone": changed(backbone=None),
    "training a list": changed(training=[1]),
}


@pytest.mark.parametrize("kind", sorted(CARDS))
def test_a_description_that_makes_no_sense_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(small_proto(CARDS[kind]).SerializeToString())
    refused(path)


def test_a_description_of_many_megabytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seefood.model.card.MOST_CHARACTERS", 1000)
    with pytest.raises(ModelFileError, match="characters"):
        ModelCard.from_text(" " * 1001)


def test_no_description_is_another_kind_of_file(tmp_path: Path) -> None:
    proto = small_proto()
    del proto.metadata_props[:]
    helper.set_model_props(proto, {"seefood.backbone": "{}", "Seefood": card().to_text()})
    path = tmp_path / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    refused(path, "expected a model that seefood made")


def test_a_description_that_is_no_text_is_refused(tmp_path: Path) -> None:
    data = small_proto().SerializeToString()
    path = tmp_path / "model.onnx"
    path.write_bytes(data.replace(b'"green"', b'"gre\xffn"'))
    refused(path)


@pytest.mark.parametrize("score", [None, 1, "good", [], {}, {"accuracy": "1"}, {"pictures": -1}])
def test_a_score_card_that_makes_no_sense_is_an_error_of_ours_or_none(tmp_path: Path, score: Any) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(small_proto(changed(training={"score": score})).SerializeToString())
    try:
        model = load(path)
        assert model.score is None
    except ModelFileError:
        pass


# Graphs.


def number(value: Any, name: str, kind: type = np.int64) -> TensorProto:
    return numpy_helper.from_array(np.array(value, kind), name)


def with_bomb(node: onnx.NodeProto, *constants: TensorProto, cast: bool = False) -> onnx.ModelProto:
    """The small model, to whose logits the largest number of the node's output is added."""
    model = small_proto()
    nodes = {node.output[0]: node for node in model.graph.node}
    nodes["probabilities"].input[0] = "more"
    added = [node]
    if cast:
        added.append(helper.make_node("Cast", ["bomb"], ["float bomb"], to=TensorProto.FLOAT))
    added += [
        helper.make_node("ReduceMax", [added[-1].output[0]], ["largest"], keepdims=0),
        helper.make_node("Add", ["logits", "largest"], ["more"]),
    ]
    last = nodes.pop("probabilities")
    ordered = [*nodes.values(), *added, last]
    del model.graph.node[:]
    model.graph.node.extend(ordered)
    model.graph.initializer.extend(constants)
    return model


def made(operator: str, *inputs: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(operator, list(inputs), ["bomb"], **attributes)


def loop(rounds: int) -> onnx.ModelProto:
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, []) for name in ("before", "after")]
    going = [helper.make_tensor_value_info(name, TensorProto.BOOL, []) for name in ("go", "go on")]
    count = helper.make_tensor_value_info("count", TensorProto.INT64, [])
    nodes = [helper.make_node("Identity", ["go"], ["go on"]), helper.make_node("Add", ["before", "one"], ["after"])]
    body = helper.make_graph(
        nodes, "body", [count, going[0], value[0]], [going[1], value[1]], [number(1, "one", np.float32)]
    )
    constants = number(rounds, "rounds"), number(True, "yes", np.bool_), number(0, "zero", np.float32)
    return with_bomb(made("Loop", "rounds", "yes", "zero", body=body), *constants)


def branch() -> onnx.ModelProto:
    value = helper.make_tensor_value_info("chosen", TensorProto.FLOAT, [])
    constant = helper.make_node("Constant", [], ["chosen"], value=number(0, "", np.float32))
    body = helper.make_graph([constant], "body", [], [value])
    return with_bomb(made("If", "yes", then_branch=body, else_branch=body), number(True, "yes", np.bool_))


BOMBS: dict[str, Callable[[], onnx.ModelProto]] = {
    "12 GiB of zeros": lambda: with_bomb(made("ConstantOfShape", "size"), number([3 << 30], "size")),
    "petabytes of zeros": lambda: with_bomb(made("ConstantOfShape", "size"), number([10**15], "size")),
    "a size that overflows": lambda: with_bomb(made("ConstantOfShape", "size"), number([2**32, 2**32], "size")),
    "a negative size": lambda: with_bomb(made("ConstantOfShape", "size"), number([-5], "size")),
    "expanded": lambda: with_bomb(made("Expand", "logits", "size"), number([1 << 30, 3], "size")),
    "tiled": lambda: with_bomb(made("Tile", "logits", "size"), number([1, 1 << 30], "size")),
    "padded": lambda: with_bomb(made("Pad", "logits", "size"), number([0, 0, 0, 1 << 30], "size")),
    "counted": lambda: with_bomb(
        made("Range", "from", "to", "step"), number(0, "from"), number(10**10, "to"), number(1, "step"), cast=True
    ),
    "a column times a row": lambda: with_bomb(
        made("MatMul", "column", "row"),
        number(np.ones((60_000, 1)), "column", np.float32),
        number(np.ones((1, 60_000)), "row", np.float32),
    ),
    "a loop without end": lambda: loop(2**62),
    "a branch": branch,
}


@pytest.mark.skipif(not Path("/proc").exists(), reason="limits as on Linux")
def test_graphs_that_ask_for_the_whole_machine_are_refused_before_they_run(tmp_path: Path) -> None:
    for kind, make in BOMBS.items():
        (tmp_path / f"{kind.replace(' ', '-')}.onnx").write_bytes(make().SerializeToString())
    (tmp_path / "harmless.onnx").write_bytes(
        with_bomb(made("ConstantOfShape", "size"), number([7], "size")).SerializeToString()
    )
    ends = opened(tmp_path)
    assert ends.pop("harmless.onnx") == "valid"
    assert len(ends) == len(BOMBS)
    assert set(ends.values()) == {"refused"}


def external(where: str, *, in_a_node: bool = False) -> onnx.ModelProto:
    model = small_proto()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", where), ("length", "36")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    if in_a_node:
        nodes = [helper.make_node("Constant", [], ["weights"], value=tensor), *model.graph.node]
        nodes[0].attribute[0].t.ClearField("name")
        del model.graph.initializer[:], model.graph.node[:]
        model.graph.node.extend(nodes)
    return model


@pytest.mark.parametrize("in_a_node", [False, True])
@pytest.mark.parametrize("where", ["/etc/passwd", "../../../../../../etc/passwd", "secret", "nowhere", ""])
def test_data_kept_elsewhere_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, in_a_node: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("secret").write_bytes(np.eye(3, dtype=np.float32).tobytes())
    path = tmp_path / "model.onnx"
    path.write_bytes(external(where, in_a_node=in_a_node).SerializeToString())
    refused(path)


@pytest.mark.parametrize("domain", ["com.microsoft", "ai.onnx.ml", "ai.onnx.training", "evil"])
def test_operators_that_are_not_standard_are_refused(tmp_path: Path, domain: str) -> None:
    model = small_proto()
    model.opset_import.append(helper.make_opsetid(domain, 1))
    model.graph.node.append(helper.make_node("Gelu", ["logits"], ["unused"], domain=domain))
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    refused(path)


def test_operators_that_a_file_defines_itself_are_refused(tmp_path: Path) -> None:
    model = small_proto()
    opset = [helper.make_opsetid("", 17)]
    twice = helper.make_function("own", "Twice", ["x"], ["y"], [helper.make_node("Add", ["x", "x"], ["y"])], opset)
    model.functions.append(twice)
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    refused(path)


def with_output(name: str, node: onnx.NodeProto, kind: int, shape: list[Any]) -> onnx.ModelProto:
    """The small model with one more output."""
    model = small_proto()
    model.graph.node.append(node)
    model.graph.output.append(helper.make_tensor_value_info(name, kind, shape))
    return model


def renamed(**names: str) -> onnx.ModelProto:
    """The small model with other names of inputs and outputs."""
    model = small_proto()
    for value in (*model.graph.input, *model.graph.output):
        value.name = names.get(value.name, value.name)
    for node in model.graph.node:
        for ends in (node.input, node.output):
            ends[:] = [names.get(name, name) for name in ends]
    return model


def with_input(kind: int, shape: list[Any]) -> onnx.ModelProto:
    model = small_proto()
    model.graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", kind, shape))
    return model


def two_inputs() -> onnx.ModelProto:
    model = small_proto()
    model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))
    return model


def as_text() -> onnx.ModelProto:
    model = renamed(probabilities="numbers")
    model.graph.node.append(helper.make_node("Cast", ["numbers"], ["probabilities"], to=TensorProto.STRING))
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info("probabilities", TensorProto.STRING, ["n", 3]))
    return model


def sequence() -> onnx.ModelProto:
    model = small_proto()
    model.graph.node.append(helper.make_node("SequenceConstruct", ["logits"], ["novelty"]))
    model.graph.output.append(helper.make_tensor_sequence_value_info("novelty", TensorProto.FLOAT, None))
    return model


def infinite() -> onnx.ModelProto:
    model = small_proto()
    weights = np.full((3, 3), np.nan, np.float32)
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights, "weights"))
    return model


SIGNATURES: dict[str, Callable[[], onnx.ModelProto]] = {
    "no probabilities": lambda: renamed(probabilities="other"),
    "no pixels": lambda: renamed(pixels="other"),
    "two inputs": two_inputs,
    "floats as pixels": lambda: with_input(TensorProto.FLOAT, ["n", 8, 8, 3]),
    "texts as pixels": lambda: with_input(TensorProto.STRING, ["n", 8, 8, 3]),
    "pixels of another size": lambda: with_input(TensorProto.UINT8, ["n", 9, 8, 3]),
    "pixels of any size": lambda: with_input(TensorProto.UINT8, ["n", "height", "width", 3]),
    "pixels in two dimensions": lambda: with_input(TensorProto.UINT8, ["n", 192]),
    "texts as probabilities": as_text,
    "a sequence as novelty": sequence,
    "NaN": infinite,
    "novelty for each class": lambda: with_output(
        "novelty", helper.make_node("Identity", ["logits"], ["novelty"]), TensorProto.FLOAT, ["n", 3]
    ),
    "novelty as text": lambda: with_output(
        "novelty",
        helper.make_node("Cast", ["logits"], ["novelty"], to=TensorProto.STRING),
        TensorProto.STRING,
        ["n", 3],
    ),
}


@pytest.mark.parametrize("kind", sorted(SIGNATURES))
def test_inputs_and_outputs_that_do_not_fit_are_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(SIGNATURES[kind]().SerializeToString())
    refused(path)


def test_probabilities_that_are_none_are_said_where_they_come(tmp_path: Path) -> None:
    """Black gives a third each; another picture gives what is no probability, and that is an error of ours too."""
    model = small_proto()
    model.graph.node[-1].CopyFrom(helper.make_node("Identity", ["logits"], ["probabilities"]))
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    classifier = load(path)
    with pytest.raises(ModelFileError, match="probability"):
        classifier.predict(np.full((9, 9, 3), 255, np.uint8))


def test_a_file_that_was_refused_is_refused_again_and_a_checked_one_stays_checked(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.onnx", tmp_path / "bad.onnx"
    good.write_bytes(small_proto().SerializeToString())
    bad.write_bytes(external("secret").SerializeToString())
    for _ in range(2):
        refused(bad)
        assert load(good).labels == ("red", "green", "blue")


def test_the_command_line_says_one_line(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(small_proto(CARDS["temperature beyond floats"]).SerializeToString())
    outcome = seefood("classify", EXAMPLES / "photos", "-m", path, cache=tmp_path / "cache")
    assert (outcome.status, outcome.out) == (2, "")
    assert str(path) in outcome.complaint
