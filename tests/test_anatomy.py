"""Inside real networks: published sizes, receptive fields, maps as of an independent run, and filters."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from doors import seefood
from seefood.backbones import operators, resnet50, vgg16
from seefood.backbones.anatomy import Anatomy, Place, anatomy, end_of
from seefood.backbones.catalogue import CATALOGUE, open_backbone
from seefood.backbones.feature_maps import FeatureMaps, Inside
from seefood.cli.inside import Opened, opened, show_layers
from seefood.convolution.layer_table import LayerRow, LayerTable
from seefood.convolution.layers import Activation, Softmax
from seefood.convolution.receptive_field import ReceptiveField
from seefood.convolution.sliding import Convolution
from seefood.convolution.stack import Stack
from seefood.errors import BackboneError
from seefood.networks.notation import parse

Array = np.ndarray[Any, np.dtype[Any]]
CAT = Path(__file__).resolve().parents[1] / "examples" / "photos" / "cat.jpg"


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test here leaves graphs in the person's own cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEEFOOD_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


# Networks with random weights: their sizes do not depend on them.


def resnet_weights(random: np.random.Generator) -> dict[str, Array]:
    """As Keras names them; normalisation that leaves numbers as they are."""
    weights: dict[str, Array] = {}

    def convolution(name: str, side: int, channels: int, filters: int) -> None:
        shape = (side, side, channels, filters)
        weights[f"{name}_conv/kernel"] = random.normal(0, np.sqrt(1 / np.prod(shape[:3])), shape).astype(np.float32)
        weights[f"{name}_conv/bias"] = random.uniform(0, 1, filters).astype(np.float32)
        for part, value in {"gamma": 1, "beta": 0, "moving_mean": 0, "moving_variance": 1}.items():
            weights[f"{name}_bn/{part}"] = np.full(filters, value, np.float32)

    convolution("conv1", 7, 3, 64)
    channels = 64
    for stage, blocks, narrow in ((2, 3, 64), (3, 4, 128), (4, 6, 256), (5, 3, 512)):
        for block in range(1, blocks + 1):
            name = f"conv{stage}_block{block}"
            if block == 1:
                convolution(f"{name}_0", 1, channels, 4 * narrow)
            convolution(f"{name}_1", 1, channels, narrow)
            convolution(f"{name}_2", 3, narrow, narrow)
            convolution(f"{name}_3", 1, narrow, 4 * narrow)
            channels = 4 * narrow
    weights |= {
        "predictions/kernel": np.zeros((2048, 1000), np.float32),
        "predictions/bias": np.zeros(1000, np.float32),
    }
    return weights


def vgg_weights() -> dict[str, Array]:
    """Without the dense layers, which are half a gigabyte."""
    weights: dict[str, Array] = {}
    channels = 3
    for block, (convolutions, filters) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), 1):
        for number in range(1, convolutions + 1):
            weights[f"block{block}_conv{number}/kernel"] = np.zeros((3, 3, channels, filters), np.float32)
            weights[f"block{block}_conv{number}/bias"] = np.zeros(filters, np.float32)
            channels = filters
    return weights


@pytest.fixture(scope="module")
def resnet() -> Inside:
    built = resnet50.build(resnet_weights(np.random.default_rng(4)), "0" * 64)
    return Inside(built.proto.SerializeToString(), end_of(built.network), built.network.preprocessing)


@pytest.fixture(scope="module")
def lite() -> Inside:
    return Inside.of(open_backbone("lite0"))


def lite_of(name: str) -> Inside:
    try:
        return Inside.of(open_backbone(name))
    except BackboneError:
        pytest.skip(f"the weights of {name} are not installed")


# Published figures.


def test_resnet50_has_the_published_multiply_adds_and_parameters(resnet: Inside) -> None:
    """The design of the paper, with the stride in a block's first convolution.

    He et al. 2015, table 1, say 3.8e9, with one decimal, for what is 3.858e9. With more digits: 3.86e9 by the project
    CNN-Workload on the authors' Caffe model (53 convolutions and the dense layer, which is what is counted here);
    3.878e9 by imgclsmob and 3.879e9 by flopco-keras on Keras' model, which count normalisation and activations too.
    Keras says 25,636,712 parameters; here four numbers a channel of normalisation are folded into kernel and bias.
    """
    table, entry = resnet.anatomy.table, CATALOGUE["resnet50"]
    for published in (3.86e9, 3_877.95e6, 3_879_147_569):
        assert table.multiply_adds == pytest.approx(published, rel=0.01)
    assert entry.counted(table) == table.multiply_adds
    assert entry.published.multiply_adds == 3.86e9
    filters = sum(row.output[-1] for row in table if row.kind == "convolution" and row.output)
    assert table.parameters + 4 * filters == 25_636_712
    assert sum(row.kind == "convolution" for row in table) == 53


def test_all_operations_of_resnet50_are_those_of_others_that_count_them_and_those_by_hand(resnet: Inside) -> None:
    """A block of n narrow channels on maps of a given side answers n, n and 4 n numbers, and 4 n in its shortcut.

    Its first, in all but the first stage, halves the side with its first convolution. Behind a block's addition, and
    behind its first two convolutions, is a ReLU.
    """
    table = resnet.anatomy.table
    normalised = activated = 112**2 * 64
    added = 0
    for side, blocks, narrow in ((56, 3, 64), (28, 4, 128), (14, 6, 256), (7, 3, 512)):
        normalised += side**2 * narrow * (6 * blocks + 4)
        activated += side**2 * narrow * 6 * blocks
        added += side**2 * narrow * 4 * blocks
    found = table.operations(normalised=CATALOGUE["resnet50"].normalised)
    assert found == table.multiply_adds + 2 * normalised + activated + added
    for published in (3_877.95e6, 3_879_147_569):
        assert found == pytest.approx(published, rel=0.01)


def test_resnet50_from_a_weights_file_is_compared_with_what_is_published(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "resnet50.h5"
    with h5py.File(path, "w") as file:
        tensors = resnet_weights(np.random.default_rng(6))
        file.attrs["layer_names"] = sorted({name.partition("/")[0] for name in tensors})
        for name, values in tensors.items():
            file.create_dataset(f"{name.partition('/')[0]}/{name}:0", data=values.astype(np.float16))
    arguments = ("layers", CAT, "--backbone", "resnet50", "--weights", path, "--json")
    value = json.loads(seefood(*arguments, cache=tmp_path / "cache").out)
    assert value["multiply_adds"] == value["published"]["counted"] == pytest.approx(3.86e9, rel=0.01)
    assert value["published"]["multiply_adds"] == 3_860_000_000
    assert abs(value["published"]["deviation"]) < 0.01
    assert value["operations"] == pytest.approx(3_879_147_569, rel=0.01)


def said_of(name: str, inside: Inside, capsys: pytest.CaptureFixture[str]) -> str:
    """What people read below the table of layers."""
    show_layers(Opened(name, inside, None, CATALOGUE[name]), None, None)
    return " ".join(capsys.readouterr().err.split())


def test_people_read_the_published_figure_beside_the_one_that_compares(
    resnet: Inside, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said_of("resnet50", resnet, capsys).endswith("Published by CNN-Workload: 3.86 G. Here 3.858 G (-0.1 %).")
    built = vgg16.build(vgg_weights(), "0" * 64)
    vgg = Inside(built.proto.SerializeToString(), end_of(built.network), built.network.preprocessing)
    assert said_of("vgg16", vgg, capsys).endswith("Published by CNN-Workload: 15.3 G. Here 15.35 G (+0.3 %).")
    dense = LayerRow("top", "dense", None, None, (1000,), 0, 123_633_664, None)  # of the three that are left out here
    vgg.__dict__["anatomy"] = Anatomy((*vgg.anatomy.places, Place(dense, "top", "top")))
    said = said_of("vgg16", vgg, capsys)
    assert said.endswith("15.3 G. Here 15.47 G; the convolutions alone, 15.35 G (+0.3 %).")


def test_vgg16_has_the_published_multiply_adds() -> None:
    """CNN-Workload says 15.3e9 for the convolutions; Keras 14,714,688 parameters without the top."""
    built = vgg16.build(vgg_weights(), "0" * 64)
    table = anatomy(built.proto, end_of(built.network)).table
    assert table.multiply_adds == pytest.approx(15.3e9, rel=0.01)
    assert table.parameters == 14_714_688
    entry = CATALOGUE["vgg16"]
    assert (entry.counted(table), entry.published.multiply_adds) == (table.multiply_adds, 15.3e9)
    # Nothing is normalised: beside the convolutions there are only their thirteen ReLUs.
    maps = ((224, 64, 2), (112, 128, 2), (56, 256, 3), (28, 512, 3), (14, 512, 3))
    activated = sum(side**2 * filters * convolutions for side, filters, convolutions in maps)
    assert table.operations(normalised=entry.normalised) == table.multiply_adds + activated


def test_each_network_is_counted_as_its_source_counts() -> None:
    """Convolution 1000 with relu, addition 24, dense 500: 5 × 5 × 4 = 100 numbers, 24 and 10."""
    rows = (
        LayerRow("a", "depthwise convolution", (3, 3), (1, 1), (5, 5, 4), 0, 1000, None, activation="relu"),
        LayerRow("b", "addition", None, None, (2, 3, 4), 0, 0, None),
        LayerRow("c", "dense", None, None, (10,), 0, 500, None),
    )
    found = {name: entry.counted(LayerTable(rows)) for name, entry in CATALOGUE.items()}
    lite = 1000 + 500 + 2 * 100 + 100 + 24
    assert found == {"lite0": lite, "lite1": lite, "lite2": lite, "resnet50": 1500, "vgg16": 1000}


@pytest.mark.parametrize(
    ("name", "published", "counted"), [("lite0", 407, 385), ("lite1", 631, 600), ("lite2", 899, 860)]
)
def test_lite_has_the_published_multiply_adds_once_all_is_counted(name: str, published: int, counted: int) -> None:
    """TensorFlow's EfficientNet-Lite page gives 407, 631 and 899 million, and does not say what is counted.

    Convolutions and the dense layer are 5 % fewer, whoever counts. The three figures are met within 1 % when what
    inference folds into the convolutions is counted too: two for each number that is normalised, one for each number
    behind a ReLU6 and each addition.
    """
    table, entry = lite_of(name).anatomy.table, CATALOGUE[name]
    assert round(table.multiply_adds / 1e6) == counted
    assert entry.published.multiply_adds == published * 1e6
    assert entry.counted(table) == table.operations(normalised=True) == pytest.approx(published * 1e6, rel=0.01)
    assert abs(entry.published.deviation(entry.counted(table))) < 0.01


def test_lite0_is_counted_as_by_hand(lite: Inside) -> None:
    """From the paper's table 1: input size, kernel, stride, expansion, channels and repetitions of each stage."""
    stages = (
        (3, 1, 1, 16, 1),
        (3, 2, 6, 24, 2),
        (5, 2, 6, 40, 2),
        (3, 2, 6, 80, 3),
        (5, 1, 6, 112, 3),
        (5, 2, 6, 192, 4),
    )
    side, channels = 112, 32
    total = side**2 * 3**2 * 3 * channels
    normalised = activated = side**2 * channels
    added = 0
    for kernel, first, expansion, filters, repetitions in (*stages, (3, 1, 6, 320, 1)):
        for repetition in range(repetitions):
            stride, wide = first if repetition == 0 else 1, channels * expansion
            total += side**2 * channels * wide if expansion > 1 else 0
            expanded = side**2 * wide if expansion > 1 else 0
            side //= stride
            total += side**2 * (kernel**2 * wide + wide * filters)
            normalised += expanded + side**2 * (wide + filters)
            activated += expanded + side**2 * wide
            added += side**2 * filters if repetition > 0 else 0
            channels = filters
    total += side**2 * channels * 1280 + 1280 * 1000
    normalised, activated = normalised + side**2 * 1280, activated + side**2 * 1280
    assert lite.anatomy.table.multiply_adds == total
    assert lite.anatomy.table.operations(normalised=True) == total + 2 * normalised + activated + added


# All operations.


def test_a_small_graph_is_counted_operation_by_operation(tmp_path: Path) -> None:
    """Every node below with its work for one picture of 32 × 32; a convolution of 3 × 3 leaves 30 × 30 × 4 = 3600."""
    nodes = [
        helper.make_node("Conv", ["images", "k"], ["a"]),  # 3600 × 27 = 97,200 multiply-adds
        helper.make_node("BatchNormalization", ["a", "one", "zero", "zero", "one"], ["b"]),  # 2 × 3600 = 7200
        helper.make_node("Relu", ["b"], ["c"]),  # 3600
        helper.make_node("Sigmoid", ["c"], ["d"]),  # 3600
        helper.make_node("Mul", ["c", "d"], ["e"]),  # 3600
        helper.make_node("Add", ["c", "e"], ["f"]),  # 3600
        helper.make_node("GlobalMaxPool", ["f"], ["g"]),
        helper.make_node("Flatten", ["g"], ["h"]),
        helper.make_node("Gemm", ["h", "w"], ["out"]),  # 4 × 5 = 20 multiply-adds
    ]
    constants = {
        "k": weights(4, 3, 3, 3),
        "w": weights(4, 5),
        "one": np.ones(4, np.float32),
        "zero": np.zeros(4, np.float32),
    }
    table = foreign(tmp_path, nodes, constants).anatomy.table
    assert (table.multiply_adds, table.convolutions) == (97_220, 97_200)
    assert table.operations(normalised=False) == 97_220 + 7200 + 4 * 3600
    assert table.operations(normalised=True) == 97_220 + 7200 + 4 * 3600 + 2 * 3600
    alone = {row.name: row.pointwise for row in table}
    assert alone == {"pixels": 0, "a": 0, "b": 7200 + 3600, "d": 3600, "e": 3600, "f": 3600, "g": 0, "h": 0, "out": 0}
    assert opened(None, str(tmp_path / "own.onnx"), None).operations == 97_220 + 7200 + 4 * 3600


def test_whether_a_network_that_a_person_brings_was_normalised_is_not_guessed(tmp_path: Path) -> None:
    """Its convolutions may have a normalisation folded into them."""
    nodes = [
        helper.make_node("Conv", ["images", "k"], ["a"]),
        helper.make_node("GlobalMaxPool", ["a"], ["g"]),
        helper.make_node("Flatten", ["g"], ["out"]),
    ]
    foreign(tmp_path, nodes, {"k": weights(4, 3, 3, 3)})
    network = opened(None, str(tmp_path / "own.onnx"), None)
    assert (network.entry, network.operations) == (None, None)


def test_all_operations_of_an_architecture_are_counted() -> None:
    """Pictures of 6 × 6 in grey, two classes.

    Convolution 4 × 4 × 5 = 80 numbers of 9 products: 720. Normalised: 160. ReLU: 80. Convolution 2 × 2 × 3 = 12 numbers
    of 45 products: 540, with its ReLU 12. Pooled to 3. Dense 3 × 2 = 6, with its softmax 2.
    """
    table = parse("conv 5 3 linear, batchnorm, relu, conv 3 3, global max").table((6, 6, 1), classes=2)
    assert table.multiply_adds == 720 + 540 + 6
    assert table.operations(normalised=False) == 720 + 160 + 80 + 540 + 12 + 6 + 2


def test_all_operations_of_a_stack_are_counted() -> None:
    """Of 4 × 4 × 2 = 32 numbers each: 3 products in a convolution of 1 × 1, ReLU6, nothing, and softmax."""
    layers = [Convolution(weights(1, 1, 3, 2)), Activation("relu6"), Activation("linear"), Softmax()]
    table = Stack(layers).table((4, 4, 3))
    assert table.operations(normalised=False) == 32 * (3 + 1 + 0 + 1)


@pytest.mark.parametrize("kind", [*operators.ACTIVATIONS.values(), "relu6", "softmax"])
def test_an_activation_is_one_operation_a_number_whichever_it_is(kind: str) -> None:
    assert LayerRow("alone", kind, None, None, (2, 3, 4), 0, 0, None).pointwise == 24
    assert LayerRow("end", "dense", None, None, (7,), 0, 70, None, activation=kind).pointwise == 7
    assert LayerRow("unknown", kind, None, None, None, 0, 0, None).pointwise == 0


# What the table says of a layer.


def test_the_table_says_what_each_layer_is(lite: Inside, resnet: Inside) -> None:
    rows = {place.row.name: place.row for place in lite.anatomy}
    stem, filtered = rows["stem"], rows["block3/depthwise"]
    assert (stem.kind, stem.kernel, stem.stride, stem.output) == ("convolution", (3, 3), (2, 2), (112, 112, 32))
    assert (stem.groups, stem.activation, stem.parameters) == (1, "relu6", 3 * 3 * 3 * 32 + 32)
    assert (filtered.kind, filtered.groups, filtered.kernel) == ("depthwise convolution", 144, (5, 5))
    assert (filtered.stride, filtered.output) == ((2, 2), (28, 28, 144))
    assert rows["block3/project"].activation is None
    assert rows["block4/add"].kind == "addition"
    assert [row.kind for row in list(rows.values())[-3:]] == ["global average pooling", "flatten", "dense"]
    pool = resnet.anatomy.find("pool1").row
    assert (pool.kind, pool.kernel, pool.stride, pool.output) == ("max pooling", (3, 3), (2, 2), (56, 56, 64))
    assert resnet.anatomy.find("conv2_block1/add").row.activation == "relu"


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("stem", "stem"),
        ("stem/relu6", "stem"),
        ("block3", "block3/project"),
        ("block4", "block4/add"),
        ("block4/expand", "block4/expand"),
        ("block1", "block1/project"),
        ("head", "head"),
        ("logits", "logits"),
        ("pixels", "pixels"),
    ],
)
def test_a_layer_is_found_by_its_name_or_its_blocks(lite: Inside, name: str, layer: str) -> None:
    assert lite.anatomy.find(name).row.name == layer


def test_a_stage_of_resnet_is_its_last_block(resnet: Inside) -> None:
    assert resnet.anatomy.find("conv3").row.name == "conv3_block4/add"
    assert resnet.anatomy.find("conv3_block2").row.name == "conv3_block2/add"
    assert resnet.anatomy.find("conv5_block3").row.output == (7, 7, 2048)
    assert len(resnet.anatomy.mapped) == 18


@pytest.mark.parametrize(("name", "words"), [("blok3", "block3"), ("stam", "stem"), ("", "take one of pixels, stem")])
def test_a_name_that_is_not_there_is_answered_with_those_that_are(lite: Inside, name: str, words: str) -> None:
    with pytest.raises(BackboneError, match="expected the name of a layer") as caught:
        lite.anatomy.find(name)
    assert words in str(caught.value)
    assert repr(name) in str(caught.value)


# Receptive fields.


def size_at(inside: Anatomy, name: str) -> tuple[int, int]:
    field = inside.find(name).row.receptive_field
    assert field is not None
    return field.size


def test_receptive_fields_are_the_published_ones(resnet: Inside, lite: Inside) -> None:
    """Araujo et al. 2019: 483 for ResNet50, 212 for VGG16, which also has effective stride 32 and padding 90."""
    assert size_at(resnet.anatomy, "conv5_block3/add") == (483, 483)
    built = vgg16.build(vgg_weights(), "0" * 64)
    field = anatomy(built.proto, end_of(built.network)).find("block5_pool").row.receptive_field
    assert field is not None
    assert (field.size, field.jump, field.down.start) == ((212, 212), (32, 32), -90)
    for name in ("head/mean", "logits"):
        assert size_at(lite.anatomy, name) == (224, 224)


@pytest.mark.parametrize(
    ("network", "layer"),
    [
        *(("lite", layer) for layer in ("stem", "block0", "block1/expand", "block2", "block3", "block4")),
        *(("resnet", layer) for layer in ("conv1", "pool1", "conv2_block1", "conv2_block3", "conv3_block2")),
    ],
)
def test_only_pixels_in_a_receptive_field_change_a_number(
    request: pytest.FixtureRequest, network: str, layer: str
) -> None:
    inside: Inside = request.getfixturevalue(network)
    place = inside.anatomy.find(layer)
    random = np.random.default_rng(11)
    pixels = random.integers(0, 256, (224, 224, 3), np.uint8)
    rows, columns, _ = place.row.output or (0, 0, 0)
    for row, column in ((rows // 2, columns // 2 + 1), (rows // 3, columns // 2)):
        assert place.row.receptive_field is not None
        top, left, bottom, right = place.row.receptive_field.box(row, column)
        before = inside.maps(pixels, [place])[0].values[row, column]

        def answer(changed: Array, row: int = row, column: int = column) -> Array:
            return np.asarray(inside.maps(changed, [place])[0].values[row, column])

        outside = random.integers(0, 256, pixels.shape, np.uint8)
        outside[top:bottom, left:right] = pixels[top:bottom, left:right]
        assert np.array_equal(answer(outside), before)
        for rim in ((top, slice(left, right)), (bottom - 1, slice(left, right)), (slice(top, bottom), left)):
            changed = pixels.copy()
            changed[rim] = 255 - changed[rim]
            assert not np.array_equal(answer(changed), before)


# Maps.


def run_by_itself(model: onnx.ModelProto, tensor: str, pixels: Array) -> Array:
    """The graph with one more output, in a session without any optimisation."""
    model = onnx.load_model_from_string(model.SerializeToString())
    model.graph.output.append(helper.make_tensor_value_info(tensor, TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run([tensor], {"pixels": pixels[np.newaxis]})[0])


TENSORS = {
    "stem": "stem/relu6",
    "block0": "block0/project",
    "block4": "block4/add",
    "block7/depthwise": "block7/depthwise/relu6",
    "head": "head/relu6",
}


def test_maps_are_those_of_an_independent_run(lite: Inside) -> None:
    pixels = lite.preprocessing.prepare(CAT)
    found = lite.maps(pixels, [lite.anatomy.find(name) for name in TENSORS])
    for maps, tensor in zip(found, TENSORS.values(), strict=True):
        expected = run_by_itself(lite.model, tensor, pixels)[0]
        assert maps.values.shape == (*expected.shape[1:], expected.shape[0])
        assert abs(maps.values.transpose(2, 0, 1) - expected).max() < 1e-4 * abs(expected).max()


def test_the_maps_of_one_layer_alone_are_those_of_many_at_once(lite: Inside) -> None:
    pixels = lite.preprocessing.prepare(CAT)
    places = [lite.anatomy.find(name) for name in ("block2", "logits", "block9")]
    for place, together in zip(places, lite.maps(pixels, places), strict=True):
        (alone,) = lite.maps(pixels, [place])
        assert alone.name == together.name == place.row.name
        assert np.allclose(alone.values, together.values, rtol=1e-4, atol=1e-4)
    assert lite.maps(pixels, places[1:2])[0].values.shape == (1, 1, 1000)


def test_the_first_layer_is_a_convolution_by_hand(lite: Inside) -> None:
    """The picture scaled to (x - 127) / 128, one row and column of zeros below and on the right, and ReLU6."""
    pixels = lite.preprocessing.prepare(CAT)
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in lite.model.graph.initializer}
    kernel = tensors["stem/kernel"].transpose(2, 3, 1, 0)
    x = (pixels[np.newaxis].astype(np.float32) - 127) / 128
    expected = Activation("relu6")(Convolution(kernel, tensors["stem/bias"], stride=2, padding=((0, 1), (0, 1)))(x))[0]
    (found,) = lite.maps(pixels, [lite.anatomy.find("stem")])
    assert abs(found.values - expected).max() < 1e-4
    padded = np.pad(x[0], ((0, 1), (0, 1), (0, 0)))
    for row, column, channel in ((0, 0, 5), (111, 111, 12), (40, 77, 24)):
        window = padded[2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
        naive = min(max(float((window * kernel[..., channel]).sum()) + tensors["stem/bias"][channel], 0), 6)
        assert found.values[row, column, channel] == pytest.approx(naive, abs=1e-4)


def test_the_strongest_maps_come_first_by_their_mean_magnitude() -> None:
    values = np.zeros((2, 2, 4), np.float32)
    values[..., 1], values[..., 2], values[0, 0, 3] = -2, 1, 9
    maps = FeatureMaps("layer", values)
    assert maps.strengths.tolist() == [0, 2, 1, 2.25]
    assert maps.order.tolist() == [3, 1, 2, 0]
    assert maps.largest.tolist() == [0, -2, 1, 9]


@pytest.mark.parametrize(("network", "layer", "pads"), [("lite", "stem", (0, 1)), ("resnet", "conv1", (3, 3))])
def test_filters_say_what_a_pixel_changes(
    request: pytest.FixtureRequest, network: str, layer: str, pads: tuple[int, int]
) -> None:
    """Laid on the difference of two pictures in RGB from 0 to 255, they give the difference of the layer's answers."""
    inside: Inside = request.getfixturevalue(network)
    filters = inside.filters()
    assert filters.name == layer
    random = np.random.default_rng(2)
    one, other = random.integers(0, 256, (2, 224, 224, 3), np.uint8)
    before = inside.anatomy.find(layer).before
    answers = [inside.tensors(pixels, [before])[0][0].transpose(1, 2, 0) for pixels in (one, other)]
    # Beyond the edge the network sees zeros for both, which is no difference.
    difference = one.astype(np.float32) - other
    kernel = filters.values.transpose(1, 2, 3, 0)
    expected = Convolution(kernel, stride=2, padding=(pads, pads))(difference[np.newaxis])[0]
    assert abs(answers[0] - answers[1] - expected).max() < 1e-4 * abs(expected).max()


# Networks that a person brings.


def foreign(folder: Path, nodes: list[onnx.NodeProto], constants: dict[str, Array], **settings: Any) -> Inside:
    """A graph of these nodes from ``images`` to ``out``, as a person brings it."""
    size: list[Any] = ["n", 3, 32, 32] if settings.get("layout", "NCHW") == "NCHW" else ["n", 32, 32, 3]
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, size)
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", "features"])
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "foreign", [images], [out], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = folder / "own.onnx"
    path.write_bytes(model.SerializeToString())
    text = {"preprocessing": {"mean": [127, 127, 127], "scale": [64, 64, 64]}, **settings}
    path.with_suffix(".json").write_text(json.dumps(text))
    return Inside.of(open_backbone(str(path)))


def weights(*shape: int) -> Array:
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


def test_an_operator_that_is_not_known_is_shown_as_such(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Conv", ["images", "k"], ["/body/conv/Conv_output_0"], auto_pad="SAME_UPPER", strides=[2, 2]),
        helper.make_node("LRN", ["/body/conv/Conv_output_0"], ["/body/lrn_output_0"], size=3),
        helper.make_node("Relu", ["/body/lrn_output_0"], ["/body/relu_output_0"]),
        helper.make_node("SpaceToDepth", ["/body/relu_output_0"], ["/body/deep_output_0"], blocksize=2),
        helper.make_node("GlobalAveragePool", ["/body/deep_output_0"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["out"]),
    ]
    inside = foreign(tmp_path, nodes, {"k": weights(8, 3, 4, 5)})
    rows = {row.name: row for row in inside.anatomy.table}
    assert list(rows) == ["pixels", "body/conv/Conv", "body/lrn", "body/deep", "pooled", "out"]
    first, unknown = rows["body/conv/Conv"], rows["body/lrn"]
    assert (first.kernel, first.output, first.parameters) == ((4, 5), (16, 16, 8), 8 * 3 * 4 * 5)
    assert first.receptive_field is not None
    assert (first.receptive_field.down.start, first.receptive_field.across.start) == (-1, -1)
    assert (unknown.kind, unknown.activation, unknown.output, unknown.receptive_field) == (
        "LRN",
        "relu",
        (16, 16, 8),
        None,
    )
    assert (rows["body/deep"].kind, rows["body/deep"].output) == ("SpaceToDepth", (8, 8, 32))
    (maps,) = inside.maps(inside.preprocessing.prepare(CAT), [inside.anatomy.find("body")])
    assert maps.values.shape == (8, 8, 32)


def test_channels_in_the_last_place_are_followed(tmp_path: Path) -> None:
    """As TensorFlow's graphs come: channels last, turned for each convolution, zeros added by a node of its own."""
    nodes = [
        helper.make_node("Transpose", ["images"], ["first"], perm=[0, 3, 1, 2]),
        helper.make_node("Pad", ["first", "zeros"], ["padded"]),
        helper.make_node("Conv", ["padded", "k", "b"], ["answer"], strides=[2, 2]),
        helper.make_node("Clip", ["answer", "zero", "six"], ["active"]),
        helper.make_node("Transpose", ["active"], ["last"], perm=[0, 2, 3, 1]),
        helper.make_node("Mul", ["last", "gain"], ["scaled"]),
        helper.make_node("ReduceMean", ["scaled"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["mean", "w"], ["out"]),
    ]
    constants = {
        "zeros": np.array([0, 0, 2, 1, 0, 0, 3, 3], np.int64),
        "k": weights(6, 3, 5, 5),
        "b": weights(6),
        "zero": np.array(0, np.float32),
        "six": np.array(6, np.float32),
        "gain": weights(6),
        "w": weights(6, 4),
    }
    inside = foreign(tmp_path, nodes, constants, layout="NHWC")
    rows = {row.name: row for row in inside.anatomy.table}
    assert list(rows) == ["pixels", "answer", "scaled", "mean", "out"]
    assert rows["answer"].output == rows["scaled"].output == (17, 16, 6)
    assert rows["answer"].activation == "relu6"
    field = rows["scaled"].receptive_field
    assert isinstance(field, ReceptiveField)
    assert (field.size, field.jump, field.down.start, field.across.start) == ((5, 5), (2, 2), -2, -1)
    assert (rows["mean"].kind, rows["mean"].receptive_field and rows["mean"].receptive_field.size) == (
        "global average pooling",
        (32, 32),
    )
    assert (rows["out"].kind, rows["out"].parameters, rows["out"].multiply_adds) == ("dense", 24, 24)
    pixels = np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8)
    turned, kept = inside.maps(pixels, [inside.anatomy.find("answer"), inside.anatomy.find("scaled")])
    assert np.allclose(turned.values * constants["gain"], kept.values, atol=1e-5)
    assert inside.filters().values.shape == (6, 5, 5, 3)


@pytest.mark.parametrize(
    "nodes",
    [
        [helper.make_node("GlobalAveragePool", ["images"], ["g"]), helper.make_node("Flatten", ["g"], ["out"])],
        [
            helper.make_node("Concat", ["images", "images"], ["six"], axis=1),
            helper.make_node("Conv", ["six", "k"], ["c"]),
            helper.make_node("GlobalMaxPool", ["c"], ["g"]),
            helper.make_node("Flatten", ["g"], ["out"]),
        ],
    ],
)
def test_filters_that_do_not_see_the_picture_cannot_be_shown(tmp_path: Path, nodes: list[onnx.NodeProto]) -> None:
    inside = foreign(tmp_path, nodes, {"k": weights(2, 6, 1, 1)} if len(nodes) > 2 else {})
    with pytest.raises(BackboneError, match="begins with a convolution"):
        inside.filters()


def test_an_activation_beside_other_readers_is_a_layer_of_its_own(tmp_path: Path) -> None:
    """x times sigmoid(x): what the convolution gives is used twice, so the sigmoid is not its end."""
    nodes = [
        helper.make_node("Conv", ["images", "k"], ["body/x"]),
        helper.make_node("Sigmoid", ["body/x"], ["body/gate"]),
        helper.make_node("Mul", ["body/x", "body/gate"], ["body/swish"]),
        helper.make_node("Relu", ["body/swish"], ["body/relu"]),
        helper.make_node("GlobalAveragePool", ["body/relu"], ["g"]),
        helper.make_node("Flatten", ["g"], ["out"]),
    ]
    inside = foreign(tmp_path, nodes, {"k": weights(4, 3, 3, 3)})
    rows = [(row.name, row.kind, row.activation) for row in inside.anatomy.table][1:-2]
    assert rows == [
        ("body/x", "convolution", None),
        ("body/gate", "sigmoid", None),
        ("body/swish", "multiplication", "relu"),
    ]
    assert size_at(inside.anatomy, "body/swish") == (3, 3)
    x, swish = inside.maps(np.zeros((32, 32, 3), np.uint8), [inside.anatomy.find(name) for name in ("body/x", "body")])
    assert np.allclose(swish.values, np.maximum(x.values / (1 + np.exp(-x.values)), 0), atol=1e-5)


def test_what_has_seen_the_whole_picture_stays_so(tmp_path: Path) -> None:
    """Squeeze and excitation: the mean of each channel, through a reshape and a dense layer, weighs the maps."""
    nodes = [
        helper.make_node("Conv", ["images", "k"], ["net/conv:0"], strides=[2, 2]),
        helper.make_node("ReduceMean", ["net/conv:0"], ["net/squeeze:0"], axes=[2, 3], keepdims=0),
        helper.make_node("Reshape", ["net/squeeze:0", "shape"], ["net/reshape:0"]),
        helper.make_node("Conv", ["net/reshape:0", "one"], ["net/dense:0"]),
        helper.make_node("Sigmoid", ["net/dense:0"], ["net/gate:0"]),
        helper.make_node("Mul", ["net/conv:0", "net/gate:0"], ["net/excite:0"]),
        helper.make_node("GlobalMaxPool", ["net/excite:0"], ["net/pool:0"]),
        helper.make_node("Flatten", ["net/pool:0"], ["out"]),
    ]
    constants = {"k": weights(4, 3, 3, 3), "one": weights(4, 4, 1, 1), "shape": np.array([-1, 4, 1, 1], np.int64)}
    inside = foreign(tmp_path, nodes, constants)
    names = [row.name for row in inside.anatomy.table]
    assert names == [
        "pixels",
        "conv",
        "squeeze",
        "reshape",
        "dense",
        "excite",
        "pool",
        "out",
    ]  # what all share is left out
    # The last row and column are never under the kernel: 15 answers, two pixels apart, reach 31.
    assert [size_at(inside.anatomy, name) for name in names[1:]] == [(3, 3), *[(31, 31)] * 6]


def test_shared_weights_are_counted_once(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Conv", ["images", "k"], ["one"]),
        helper.make_node("Conv", ["one", "k"], ["two"]),
        helper.make_node("Add", ["one", "two"], ["sum"]),
        helper.make_node("GlobalMaxPool", ["sum"], ["g"]),
        helper.make_node("Flatten", ["g"], ["out"]),
    ]
    table = foreign(tmp_path, nodes, {"k": weights(3, 3, 1, 1)}).anatomy.table
    assert (table.parameters, table.multiply_adds) == (9, 2 * 32 * 32 * 9)
