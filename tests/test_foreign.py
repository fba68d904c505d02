"""Feature extractors that a person brings: what they give is what NumPy gives, and what does not fit is said."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import NodeProto, TensorProto, helper, numpy_helper

from seefood.backbones import foreign
from seefood.backbones.network import BuiltNetwork
from seefood.errors import BackboneError

Array = np.ndarray[Any, np.dtype[Any]]
SIDE = 6
SETTINGS = {"preprocessing": {"mean": [120, 110, 100], "scale": [60, 50, 40]}}
PICTURES = np.random.default_rng(11).integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)
KERNEL = np.random.default_rng(12).normal(size=(4, 3, 1, 1)).astype(np.float32)


def write(
    folder: Path,
    nodes: Sequence[NodeProto],
    constants: Mapping[str, Array] | None = None,
    *,
    shape: Sequence[int | str] = ("batch", 3, SIDE, SIDE),
    settings: object = SETTINGS,
    opset: int = 17,
    **changes: Any,
) -> Path:
    """``net.onnx`` from the tensor ``x`` to ``y``, and ``net.json``."""
    given = helper.make_tensor_value_info("x", changes.get("kind", TensorProto.FLOAT), shape)
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, changes.get("result", "nchw"))
        for name in changes.get("outputs", "y")
    ]
    tensors = [numpy_helper.from_array(value, name) for name, value in (constants or {}).items()]
    graph = helper.make_graph(nodes, "net", [given, *changes.get("inputs", ())], outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    if "edit" in changes:
        changes["edit"](model)
    path = folder / "net.onnx"
    path.write_bytes(model.SerializeToString())
    (folder / "net.json").write_text(json.dumps(settings))
    return path


def features(built: BuiltNetwork, pictures: Array = PICTURES) -> Array:
    onnx.checker.check_model(built.proto, full_check=True)
    session = onnxruntime.InferenceSession(built.proto.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["features"], {"pixels": pictures})[0])


def maps(pictures: Array = PICTURES) -> Array:
    """What `convolution` gives: [n, height, width, 4]."""
    normal = (pictures - np.array([120, 110, 100])) / np.array([60, 50, 40])
    result: Array = np.maximum(normal @ KERNEL[:, :, 0, 0].T, 0)
    return result


def convolution(result: str = "y") -> list[NodeProto]:
    return [helper.make_node("Conv", ["x", "k"], ["c"]), helper.make_node("Relu", ["c"], [result])]


def node(operator: str, inputs: str, output: str, **attributes: Any) -> NodeProto:
    return helper.make_node(operator, inputs.split(), [output], **attributes)


POOLED = [*convolution("r"), node("GlobalAveragePool", "r", "g")]


def same(found: Array, expected: Array) -> None:
    assert found.shape == expected.shape
    assert np.allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_maps_are_pooled_by_their_mean(tmp_path: Path) -> None:
    built = foreign.load(write(tmp_path, convolution(), {"k": KERNEL}))
    same(features(built), maps().mean((1, 2)))
    (depth,) = built.network.depths
    assert (depth.channels, depth.height, depth.width, depth.pools) == (4, SIDE, SIDE, ("mean",))
    assert built.network.name == "net"
    assert (built.network.preprocessing.height, built.network.preprocessing.crop) == (SIDE, 0.875)
    session = onnxruntime.InferenceSession(built.proto.SerializeToString())
    assert [output.name for output in session.get_outputs()] == ["features"]
    assert session.get_inputs()[0].shape == ["n", SIDE, SIDE, 3]


def test_vectors_are_taken_as_they_are(tmp_path: Path) -> None:
    built = foreign.load(write(tmp_path, [*POOLED, node("Flatten", "g", "y")], {"k": KERNEL}))
    same(features(built), maps().mean((1, 2)))
    assert built.network.depths[0].pools == ()


def test_channels_may_come_last(tmp_path: Path) -> None:
    nodes = [node("MatMul", "x k", "m"), node("Relu", "m", "y")]
    path = write(tmp_path, nodes, {"k": KERNEL[:, :, 0, 0].T}, shape=("n", SIDE, SIDE, 3))
    built = foreign.load(path)
    same(features(built), maps().mean((1, 2)))
    assert built.network.depths[0].height == SIDE


def test_channels_may_be_in_the_order_of_caffe(tmp_path: Path) -> None:
    settings = {"preprocessing": SETTINGS["preprocessing"] | {"channels": "BGR"}}
    built = foreign.load(write(tmp_path, convolution(), {"k": KERNEL}, settings=settings))
    same(features(built), maps(PICTURES[..., ::-1]).mean((1, 2)))


def test_an_output_inside_cuts_the_last_layer_off(tmp_path: Path) -> None:
    nodes = [*POOLED, node("Flatten", "g", "flat"), node("Gemm", "flat w", "y")]
    constants = {"k": KERNEL, "w": np.ones((4, 1000), np.float32)}
    built = foreign.load(write(tmp_path, nodes, constants, settings=SETTINGS | {"output": "flat"}))
    same(features(built), maps().mean((1, 2)))
    assert not [tensor for tensor in built.proto.graph.initializer if 1000 in tensor.dims]


def test_names_may_be_ours(tmp_path: Path) -> None:
    nodes = [
        node("Conv", "x pixels", "features"),
        node("Relu", "features", "pixels/normalised"),
        node("Identity", "pixels/normalised", "y"),
    ]
    built = foreign.load(write(tmp_path, nodes, {"pixels": KERNEL}))
    same(features(built), maps().mean((1, 2)))


@pytest.mark.parametrize("opset", [9, 11, 13, 16, 17, 18, 21])
def test_opsets_old_and_new(tmp_path: Path, opset: int) -> None:
    axes = [node("Squeeze", "g s", "y")] if opset >= 13 else [node("Squeeze", "g", "y", axes=[2, 3])]
    constants = {"k": KERNEL} | ({"s": np.array([2, 3])} if opset >= 13 else {})
    built = foreign.load(write(tmp_path, [*POOLED, *axes], constants, opset=opset))
    same(features(built), maps().mean((1, 2)))
    assert built.proto.opset_import[0].version == max(17, opset)


def test_a_domain_that_no_node_is_of_does_no_harm(tmp_path: Path) -> None:
    """As in the files of Keras' own export."""
    path = write(tmp_path, convolution(), {"k": KERNEL})
    model = onnx.load(path)
    model.opset_import.insert(0, helper.make_opsetid("ai.onnx.ml", 2))
    onnx.save(model, path)
    built = foreign.load(path)
    assert [entry.domain for entry in built.proto.opset_import] == [""]
    same(features(built), maps().mean((1, 2)))


@pytest.mark.parametrize("shape", [[1, 4], [1, -1], [-1, 4], [0, -1]])
@pytest.mark.parametrize("constant", ["initializer", "node"])
def test_a_batch_of_one_becomes_free(tmp_path: Path, shape: list[int], constant: str) -> None:
    nodes, constants = [*POOLED, node("Reshape", "g s", "y")], {"k": KERNEL, "s": np.array(shape)}
    if constant == "node":
        nodes.insert(0, node("Constant", "", "s", value=numpy_helper.from_array(constants.pop("s"))))
    built = foreign.load(write(tmp_path, nodes, constants, shape=(1, 3, SIDE, SIDE)))
    same(features(built), maps().mean((1, 2)))


def test_digests_tell_settings_apart(tmp_path: Path) -> None:
    path = write(tmp_path, convolution(), {"k": KERNEL})
    first = foreign.load(path).network.weights
    assert foreign.load(path).network.weights == first
    (tmp_path / "net.json").write_text(json.dumps(SETTINGS | {"output": "c"}))
    assert foreign.load(path).network.weights != first


def refused(path: Path, why: str) -> None:
    with pytest.raises(BackboneError, match=why) as caught:
        foreign.load(path)
    message = str(caught.value)
    assert message.startswith(str(path.with_suffix("")))
    assert "\n" not in message
    assert "expected" in message
    assert message.count("; ") >= 2


def test_missing_files_are_named(tmp_path: Path) -> None:
    refused(tmp_path / "net.onnx", "net.onnx: .*no such file")
    path = write(tmp_path, convolution(), {"k": KERNEL})
    (tmp_path / "net.json").unlink()
    refused(path, r"net.json: .*no such file.*write for example \{")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ([], "an object with preprocessing"),
        ({}, "an object with preprocessing"),
        ({"preprocessing": [1]}, "preprocessing: expected an object"),
        (SETTINGS | {"inputs": "x"}, "an object with preprocessing"),
        (SETTINGS | {"layout": "HWC"}, "NCHW or NHWC"),
        (SETTINGS | {"layout": {}}, "NCHW or NHWC"),
        (SETTINGS | {"output": 3}, "output: expected"),
        ({"preprocessing": {"mean": [1, 2, 3]}}, "preprocessing.scale"),
        ({"preprocessing": {"mean": [0.485, 0.456, 0.406], "scale": [0.229, 0.224, 0.225]}}, "times 255"),
        ({"preprocessing": SETTINGS["preprocessing"] | {"height": 224}}, "the graph's size"),
        ({"preprocessing": SETTINGS["preprocessing"] | {"mean": [1, 2]}}, "preprocessing.mean"),
        (SETTINGS | {"output": "nothing"}, "no tensor 'nothing'"),
        (SETTINGS | {"input": "nothing"}, "one input 'nothing'; found 'x'"),
        (SETTINGS | {"layout": "NHWC"}, "3 channels"),
    ],
)
def test_settings_that_make_no_sense_are_named(tmp_path: Path, settings: object, why: str) -> None:
    refused(write(tmp_path, convolution(), {"k": KERNEL}, settings=settings), why)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"{" * 60_000, b"[" * 60_000, b" " * 70_000, b'{"preprocessing":']
)
def test_settings_that_are_no_json_are_refused(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path, convolution(), {"k": KERNEL})
    (tmp_path / "net.json").write_bytes(content)
    refused(path, "net.json: expected")


def external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def external_constant(model: onnx.ModelProto) -> None:
    external(model)
    model.graph.node.insert(0, helper.make_node("Constant", [], ["k"], value=model.graph.initializer.pop()))


def custom(model: onnx.ModelProto) -> None:
    model.opset_import.add(domain="com.example", version=1)
    model.graph.node[0].domain = "com.example"


def functional(model: onnx.ModelProto) -> None:
    opset = [helper.make_opsetid("", 17)]
    model.functions.append(helper.make_function("", "Mine", ["a"], ["b"], [node("Relu", "a", "b")], opset))


def branching(model: onnx.ModelProto) -> None:
    branch = helper.make_graph([node("Relu", "c", "b")], "b", [], [helper.make_tensor_value_info("b", 1, None)])
    model.graph.initializer.append(numpy_helper.from_array(np.array([True]), "yes"))
    model.graph.node[1].CopyFrom(node("If", "yes", "y", then_branch=branch, else_branch=branch))


def unsorted(model: onnx.ModelProto) -> None:
    model.graph.node.reverse()


def huge_opset(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 9999


def no_opset(model: onnx.ModelProto) -> None:
    del model.opset_import[:]


def cut_weights(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].raw_data = b"\0"


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (external, "weights in the file itself"),
        (external_constant, "weights in the file itself"),
        (custom, "operators of ONNX itself; found 'com.example'"),
        (functional, "found functions"),
        (branching, "found If"),
        (unsorted, "a valid ONNX model"),
        (huge_opset, "expected"),
        (no_opset, "version of ONNX's operators"),
        (cut_weights, "expected"),
    ],
)
def test_graphs_that_are_more_or_less_than_arithmetic_are_refused(tmp_path: Path, edit: Any, why: str) -> None:
    refused(write(tmp_path, convolution(), {"k": KERNEL}, edit=edit), why)


SECOND = helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])
GRAPHS: dict[str, tuple[list[NodeProto], dict[str, Any], str]] = {
    "two inputs": ([node("Add", "x z", "y")], {"inputs": [SECOND]}, "one input; found 'x', 'z'"),
    "two outputs": ([node("Relu", "x", "y"), node("Relu", "x", "w")], {"outputs": "yw"}, "an output to take"),
    "three dimensions": ([node("Relu", "x", "y")], {"shape": ["n", 3, SIDE]}, "four dimensions"),
    "half numbers": ([node("Cast", "x", "y", to=1)], {"kind": TensorProto.FLOAT16}, "found float16"),
    "both layouts": ([node("Relu", "x", "y")], {"shape": ["n", 3, 3, 3]}, "say the layout"),
    "no layout": ([node("Relu", "x", "y")], {"shape": ["n", "a", "b", "c"]}, "say the layout"),
    "no size": ([node("Relu", "x", "y")], {"shape": ["n", 3, "h", "w"]}, "preprocessing.height: expected"),
    "grey": ([node("Relu", "x", "y")], {"shape": ["n", 1, SIDE, SIDE]}, "colour pictures"),
    "batch of eight": ([node("Relu", "x", "y")], {"shape": [8, 3, SIDE, SIDE]}, "free batch size or 1; found 8"),
    "large": ([node("Relu", "x", "y")], {"shape": ["n", 3, 8192, 8192]}, "at most 1048576 pixels"),
    "sum of the batch": ([node("ReduceMean", "x", "m", axes=[0]), node("Add", "x m", "y")], {}, "a picture alone"),
    "batch lost": ([node("ReduceMean", "x", "y", axes=[0])], {}, "for two pictures"),
    "a number": ([node("ReduceMean", "x", "y", keepdims=0)], {}, "for two pictures"),
    "batch of one inside": (
        [
            node("Constant", "", "s", value=numpy_helper.from_array(np.array([3 * SIDE * SIDE]))),
            node("Reshape", "x s", "y"),
        ],
        {},
        "runs on one picture and on two",
    ),
    "not a number": ([node("Log", "x", "y")], {}, "finite"),
    "random": ([node("RandomUniformLike", "x", "y")], {}, "a picture alone"),
    "nothing leads to it": ([node("Constant", "", "y", value_floats=[1.0])], {}, "one input; found none"),
}


@pytest.mark.parametrize("case", sorted(GRAPHS))
def test_graphs_that_do_not_fit_are_refused(tmp_path: Path, case: str) -> None:
    nodes, changes, why = GRAPHS[case]
    refused(write(tmp_path, nodes, **changes), why)


def test_a_file_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, convolution(), {"k": KERNEL})
    whole = path.read_bytes()
    for length in range(0, len(whole), 3):
        path.write_bytes(whole[:length])
        refused(path, "expected")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    refused(path, "expected")
