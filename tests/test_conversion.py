"""Keras networks as ONNX graphs: the same numbers as Keras' own, whatever the network is made of."""

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper
from PIL import Image

from drawn_networks import drawn, shaken
from seefood.backbones.network import BuiltNetwork
from seefood.errors import BackboneError, ShapeError
from seefood.model.assembly import pretrained_file
from seefood.model.card import ModelCard
from seefood.networks import frameworks, nodes
from seefood.networks.activations import ACTIVATIONS
from seefood.networks.building import build
from seefood.networks.conversion import converted
from seefood.networks.course import NAMED
from seefood.networks.notation import parse
from seefood.preprocessing import Preprocessing
from seefood.verdicts import Thresholds

Array = NDArray[Any]

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own

TOLERANCE = 1e-5
HEIGHT, WIDTH = 18, 15


@pytest.fixture(scope="session")
def framework() -> Any:
    """The module ``keras``; skips the test where it or TensorFlow is not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("keras", "tensorflow")):
        pytest.skip(f"no Keras on TensorFlow: {frameworks.COMMAND}")
    return frameworks.keras()


def to_one(height: int = HEIGHT, width: int = WIDTH) -> Preprocessing:
    """Numbers from 0 to 1."""
    return Preprocessing(height, width, rule="stretch", scale=(255, 255, 255))


def pixels(random: np.random.Generator, count: int, channels: int, preprocessing: Preprocessing) -> Array:
    """Pictures in RGB; for one channel grey ones."""
    shape = (count, preprocessing.height, preprocessing.width)
    if channels == 1:
        return np.repeat(random.integers(0, 256, (*shape, 1), np.uint8), 3, axis=3)
    return random.integers(0, 256, (*shape, 3), np.uint8)


def run(proto: onnx.ModelProto, pictures: Array, outputs: Sequence[str]) -> list[Array]:
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    return list(session.run(list(outputs), {"pixels": pictures}))


def softmax(logits: Array) -> Array:
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def check_equal(
    keras: Any, model: Any, built: BuiltNetwork, features: Any = None, channels: int = 1, seed: int = 0
) -> float:
    """The graph gives what Keras' ``predict`` gives; the worst difference. ``features`` is a tensor of Keras."""
    pictures = pixels(np.random.default_rng(seed), 5, channels, built.network.preprocessing)
    x = pictures[..., :channels].astype(np.float32) / 255
    whole = model if features is None else keras.Model(model.inputs[0], [model.outputs[0], features])
    expected = whole.predict(x, verbose=0)
    logits, ours = run(built.proto, pictures, ["logits", "features"])
    pairs = [(softmax(logits), expected)] if features is None else [(softmax(logits), expected[0]), (ours, expected[1])]
    worst = 0.0
    for mine, theirs in pairs:
        assert mine.shape == theirs.shape
        worst = max(worst, float(abs(mine - theirs).max() / max(1.0, abs(theirs).max())))
    assert worst <= TOLERANCE
    for number in range(len(pictures)):  # any number of pictures, and none looks at its neighbours
        (alone,) = run(built.proto, pictures[number : number + 1], ["logits"])
        np.testing.assert_allclose(alone[0], logits[number], rtol=1e-5, atol=1e-5)
    check_form(built, logits.shape[1], ours.shape[1])
    return worst


def check_form(built: BuiltNetwork, classes: int, size: int) -> None:
    """The contract of a model file's inputs and outputs."""
    proto, preprocessing = built.proto, built.network.preprocessing
    onnx.checker.check_model(proto, full_check=True)
    assert [(entry.domain, entry.version) for entry in proto.opset_import] == [("", 17)]
    assert {node.domain for node in proto.graph.node} == {""}
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    (entry,) = session.get_inputs()
    assert (entry.name, entry.type, entry.shape) == (
        "pixels", "tensor(uint8)", ["n", preprocessing.height, preprocessing.width, 3],
    )  # fmt: skip
    outputs = {output.name: (output.type, output.shape) for output in session.get_outputs()}
    assert outputs == {"features": ("tensor(float)", ["n", size]), "logits": ("tensor(float)", ["n", classes])}
    assert (built.network.classes, built.network.size()) == (classes, size)
    used = {name for node in proto.graph.node for name in node.input}
    assert {tensor.name for tensor in proto.graph.initializer} <= used


def is_plain(built: BuiltNetwork) -> bool:
    """Written layer by layer, not by Keras' export."""
    return not any(name.startswith("foreign/") for node in built.proto.graph.node for name in node.output)


def operators(built: BuiltNetwork) -> list[str]:
    return [node.op_type for node in built.proto.graph.node]


@pytest.mark.parametrize("seed", range(40))
def test_a_random_network_gives_what_keras_gives(framework: Any, seed: int) -> None:
    random = np.random.default_rng(seed)
    channels = 1 if seed % 2 else 3
    while True:
        architecture = parse(drawn(random))
        try:
            architecture.steps((HEIGHT, WIDTH, channels), classes=6)
        except ShapeError:
            continue
        break
    model = shaken(build(architecture, (HEIGHT, WIDTH, channels), 6, seed), random)
    built = converted(model, to_one())
    assert is_plain(built), architecture
    check_equal(framework, model, built, model.layers[-1].input, channels, seed)


@pytest.mark.parametrize("name", ["digits", "fashion", "strided"])
def test_the_course_networks_give_what_keras_gives(framework: Any, name: str) -> None:
    model = shaken(build(NAMED[name], (28, 28, 1), 10, seed=3), np.random.default_rng(3))
    built = converted(model, to_one(28, 28), name)
    assert built.network.name == name
    assert is_plain(built)
    check_equal(framework, model, built, model.layers[-1].input)


# Single layers


def functional(keras: Any, body: Callable[[Any, Any], Any], channels: int = 3) -> Any:
    """What ``body`` makes of the input's convolution, then a dense layer with softmax."""
    pictures = keras.Input((HEIGHT, WIDTH, channels))
    x = body(keras.layers, keras.layers.Conv2D(4, 3, name="first")(pictures))
    if len(x.shape) == 4:
        x = keras.layers.Flatten()(x)
    return shaken(
        keras.Model(pictures, keras.layers.Dense(5, activation="softmax")(x)), np.random.default_rng(channels)
    )


def residual(layers: Any, x: Any) -> Any:
    """What goes into the normalisation is looked at by the addition too."""
    return layers.Add()([x, layers.BatchNormalization()(x), layers.Conv2D(4, 3, padding="same")(x)])


def behind_dropout(layers: Any, x: Any) -> Any:
    """Two layers look at one tensor, one of them past a dropout."""
    return layers.Concatenate()([layers.BatchNormalization()(layers.Dropout(0.5)(x)), x])


def two_poolings(layers: Any, x: Any) -> Any:
    return layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])


BODIES: dict[str, Callable[[Any, Any], Any]] = {
    "add": residual,
    "concatenate": behind_dropout,
    "average": lambda layers, x: layers.Average()([x, layers.ReLU()(x)]),
    "maximum": lambda layers, x: layers.Maximum()([x, layers.Conv2D(4, 1)(x)]),
    "two poolings": two_poolings,
    "depthwise": lambda layers, x: layers.DepthwiseConv2D(4, strides=2, padding="same", depth_multiplier=3)(x),
    "depthwise relu": lambda layers, x: layers.DepthwiseConv2D((3, 2), activation="relu", use_bias=False)(x),
    "separable": lambda layers, x: layers.SeparableConv2D(
        6, (2, 4), strides=2, padding="same", depth_multiplier=2, activation="tanh"
    )(x),
    "groups": lambda layers, x: layers.Conv2D(6, 3, groups=2, padding="same", use_bias=False)(x),
    "dilation": lambda layers, x: layers.Conv2D(6, (2, 3), dilation_rate=(3, 2), padding="same")(x),
    "zero padding": lambda layers, x: layers.Conv2D(3, 3, strides=2)(layers.ZeroPadding2D(((1, 0), (2, 3)))(x)),
    "rescaling": lambda layers, x: layers.Rescaling([1.0, 2.0, 3.0, 4.0], offset=-0.5)(x),
    "rescaling of vectors": lambda layers, x: layers.Rescaling(0.5, offset=1.0)(layers.Flatten()(x)),
    "normalised twice": lambda layers, x: layers.BatchNormalization()(layers.BatchNormalization()(x)),
    "normalised plainly": lambda layers, x: layers.BatchNormalization(scale=False, center=False, epsilon=0.1)(x),
    "dense normalised": lambda layers, x: layers.BatchNormalization()(layers.Dense(7)(layers.Flatten()(x))),
    "dense without bias": lambda layers, x: layers.Dense(7, use_bias=False, activation="elu")(layers.Flatten()(x)),
    "one function twice": lambda layers, x: layers.Concatenate()(
        [layers.Activation(name)(x) for name in ("relu", "gelu", "silu", "gelu", "sigmoid", "elu", "leaky_relu")]
        + [layers.ReLU()(x), layers.ELU(alpha=0.3)(x), layers.LeakyReLU()(x), layers.ReLU(negative_slope=0.1)(x)]
    ),
    "max pooling": lambda layers, x: layers.MaxPooling2D((3, 2), strides=2, padding="same")(x),
    "average pooling": lambda layers, x: layers.AveragePooling2D((4, 3), strides=3, padding="same")(x),
    "even kernel": lambda layers, x: layers.Conv2D(3, (4, 2), strides=3, padding="same", activation="tanh")(x),
    "layer relu": lambda layers, x: layers.ReLU()(x),
    "layer relu 6": lambda layers, x: layers.ReLU(max_value=6)(layers.Rescaling(9.0)(x)),
    "layer leaky relu": lambda layers, x: layers.LeakyReLU(negative_slope=0.07)(x),
    "layer relu with a slope": lambda layers, x: layers.ReLU(negative_slope=0.4)(x),
    "layer elu": lambda layers, x: layers.ELU(alpha=0.6)(x),
    "layer softmax": lambda layers, x: layers.Softmax()(x),
    "nothing": lambda layers, x: layers.GaussianNoise(0.3)(layers.SpatialDropout2D(0.5)(layers.Identity()(x))),
    "named like ours": lambda layers, x: layers.Conv2D(3, 3, name="features", activation="relu6")(
        layers.Conv2D(3, 3, name="six", activation="relu")(layers.Conv2D(3, 3, name="logits")(x))
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_layer_gives_what_keras_gives(framework: Any, name: str) -> None:
    model = functional(framework, BODIES[name])
    built = converted(model, to_one())
    assert is_plain(built)
    check_equal(framework, model, built, model.layers[-1].input, 3)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_gives_what_keras_gives(framework: Any, name: str) -> None:
    """On numbers that reach past every corner of every function."""
    reach = 1.0 if name == "exponential" else 5.0
    model = functional(
        framework,
        lambda layers, x: layers.Dense(9, activation=name)(
            layers.Flatten()(layers.Activation(name)(layers.Rescaling(reach)(x)))
        ),
    )
    built = converted(model, to_one())
    assert is_plain(built)
    check_equal(framework, model, built, model.layers[-1].input, 3)


def test_a_network_in_a_network_is_taken_apart(framework: Any) -> None:
    layers = framework.layers
    inner = functional(framework, lambda layers, x: layers.GlobalMaxPooling2D()(x))
    model = framework.Sequential(
        [framework.Input((HEIGHT, WIDTH, 3)), layers.RandomFlip(), layers.RandomRotation(0.1), inner]
    )
    built = converted(model, to_one())
    assert is_plain(built)
    check_equal(framework, model, built, channels=3)


@pytest.mark.parametrize("end", ["activation", "softmax", "logits"])
def test_every_way_to_end_is_understood(framework: Any, end: str) -> None:
    layers = framework.layers
    parts = [framework.Input((HEIGHT, WIDTH, 3)), layers.Conv2D(3, 4), layers.Flatten(), layers.Dense(5, name="last")]
    ends = {"activation": [layers.Activation("softmax")], "softmax": [layers.Softmax()], "logits": []}
    model = shaken(framework.Sequential([*parts, *ends[end]]), np.random.default_rng(0))
    built = converted(model, to_one())
    pictures = pixels(np.random.default_rng(1), 4, 3, to_one())
    logits, features = run(built.proto, pictures, ["logits", "features"])
    x = pictures.astype(np.float32) / 255
    inside = framework.Model(model.inputs[0], [model.get_layer("last").input, model.get_layer("last").output])
    expected_features, expected_logits = inside.predict(x, verbose=0)
    np.testing.assert_allclose(features, expected_features, atol=TOLERANCE)
    np.testing.assert_allclose(logits, expected_logits, atol=TOLERANCE)


@pytest.mark.parametrize("wrapped", [lambda x: [x], lambda x: {"one": x}])
def test_a_single_input_and_output_may_be_in_a_list(framework: Any, wrapped: Any) -> None:
    pictures = framework.Input((None, None, 3))
    pooled = framework.layers.GlobalAveragePooling2D()(framework.layers.Conv2D(4, 3)(pictures))
    last = framework.layers.Dense(3, activation="softmax")(pooled)
    alone = framework.Model(pictures, last)
    built = converted(framework.Model([pictures], wrapped(last)), to_one())
    assert is_plain(built)
    check_equal(framework, alone, built, alone.layers[-1].input, 3)


def test_a_network_without_a_dense_layer_has_its_logits_as_features(framework: Any) -> None:
    layers = framework.layers
    parts = [layers.Conv2D(6, 3), layers.GlobalAveragePooling2D(), layers.Softmax()]
    model = shaken(framework.Sequential([framework.Input((HEIGHT, WIDTH, 3)), *parts]), np.random.default_rng(0))
    built = converted(model, to_one())
    check_equal(framework, model, built, model.layers[-1].input, 3)
    logits, features = run(built.proto, pixels(np.random.default_rng(0), 2, 3, to_one()), ["logits", "features"])
    assert (logits == features).all()


# What the graph looks like


def test_batch_normalisations_are_part_of_the_layer_before_them_where_they_can_be(framework: Any) -> None:
    text = "conv 4 3 linear, batchnorm, relu, conv 4 3, batchnorm, dense 8 linear, batchnorm, tanh"
    model = shaken(build(parse(text), (HEIGHT, WIDTH, 1), 6, 0), np.random.default_rng(0))
    found = operators(converted(model, to_one()))
    assert found.count("BatchNormalization") == 1  # the one behind a ReLU
    shared = operators(converted(functional(framework, residual), to_one()))
    assert shared.count("BatchNormalization") == 1
    assert (
        operators(converted(functional(framework, BODIES["normalised twice"]), to_one())).count("BatchNormalization")
        == 0
    )


def test_layers_keep_their_names_and_dropout_is_gone(framework: Any) -> None:
    text = "conv 4 3 linear, batchnorm, relu, dropout 0.5, pool 2, dense 8"
    built = converted(build(parse(text), (HEIGHT, WIDTH, 1), 6, 0), to_one())
    names = [node.name for node in built.proto.graph.node if not node.name.startswith("pixels/")]
    assert names == [
        *("conv_1", "conv_1/relu", "pool_1", "flatten_1/last", "flatten_1", "dense_1", "dense_1/relu", "logits"),
        "features",
    ]


def test_pooled_maps_are_known_to_the_model_file(framework: Any) -> None:
    """Then it says where in the picture each class's score comes from: all places together are the score."""
    text = "conv 4 3 linear, batchnorm, relu, conv 8 3 linear, batchnorm, dropout 0.5, global average"
    model = shaken(build(parse(text), (HEIGHT, WIDTH, 3), 6, 0), np.random.default_rng(0))
    built = converted(model, to_one())
    (depth,) = built.network.depths
    assert (depth.tensor, depth.channels, depth.height, depth.width, depth.pools) == ("conv_2", 8, 14, 11, ("mean",))
    described = {"name": "network", "weights": built.network.weights, "depths": 1}
    card = ModelCard(tuple("abcdef"), to_one(), Thresholds(0.5, None), 2.0, described)
    file = onnx.load_model_from_string(pretrained_file(built.network, built.proto.SerializeToString(), card))
    pictures = pixels(np.random.default_rng(0), 3, 3, to_one())
    probabilities, evidence = run(file, pictures, ["probabilities", "evidence"])
    by_keras = model.predict(pictures.astype(np.float32) / 255, verbose=0)
    cooled = by_keras**0.5
    np.testing.assert_allclose(probabilities, cooled / cooled.sum(1, keepdims=True), atol=TOLERANCE)
    _, bias = model.layers[-1].get_weights()
    score = np.log(by_keras) - bias
    differences = evidence.sum((2, 3)) * 2 - score
    np.testing.assert_allclose(differences, np.repeat(differences[:, :1], 6, axis=1), atol=1e-4)


def test_the_digest_is_that_of_the_weights(framework: Any) -> None:
    one, same, other = (build(parse("dense 4"), (HEIGHT, WIDTH, 1), 6, seed) for seed in (1, 1, 2))
    digests = [converted(model, to_one()).network.weights for model in (one, same, other)]
    assert digests[0] == digests[1] != digests[2]
    assert len(digests[0]) == 64


# Pixels


def entrance(built: BuiltNetwork, pictures: Array) -> Array:
    """What the network itself is given, [n, height, width, channels]."""
    proto = onnx.ModelProto()
    proto.CopyFrom(built.proto)
    proto.graph.output.append(helper.make_tensor_value_info("pixels/normalised", TensorProto.FLOAT, None))
    (maps,) = run(proto, pictures, ["pixels/normalised"])
    return maps.transpose(0, 2, 3, 1)


def test_grey_pictures_are_the_very_numbers_that_keras_is_given(framework: Any) -> None:
    built = converted(build(parse("dense 4"), (16, 16, 1), 3, 0), to_one(16, 16))
    every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    seen = entrance(built, np.repeat(every, 3, axis=3))
    assert (seen == every.astype(np.float32) / 255).all()


def test_colour_pictures_become_grey_as_pillow_does_it(framework: Any) -> None:
    built = converted(build(parse("dense 4"), (256, 256, 1), 3, 0), Preprocessing(256, 256))
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (8, 256, 256, 3), np.uint8)
    pictures[4:] = pictures[4:] // 128 * 255  # the corners of the cube
    by_pillow = [np.asarray(Image.fromarray(picture).convert("L")) for picture in pictures]
    assert (entrance(built, pictures)[..., 0] == np.stack(by_pillow)).all()


def test_mean_scale_and_order_of_the_channels_are_inside(framework: Any) -> None:
    caffe = Preprocessing(HEIGHT, WIDTH, channels="BGR", mean=(103.939, 116.779, 123.68), scale=(1, 2, 4))
    model = shaken(build(parse("conv 3 3, dense 4"), (HEIGHT, WIDTH, 3), 3, 0), np.random.default_rng(0))
    built = converted(model, caffe)
    pictures = pixels(np.random.default_rng(0), 4, 3, caffe)
    mean, scale = np.array(caffe.mean, np.float32), np.array(caffe.scale, np.float32)
    x = (pictures[..., ::-1].astype(np.float32) - mean) / scale
    (logits,) = run(built.proto, pictures, ["logits"])
    np.testing.assert_allclose(softmax(logits), model.predict(x, verbose=0), atol=TOLERANCE)


# Keras' own export


def test_a_layer_that_is_not_known_goes_through_keras_own_export(framework: Any) -> None:
    model = functional(
        framework,
        lambda layers, x: layers.LayerNormalization()(layers.Conv2DTranspose(3, 3, strides=2, activation="relu")(x)),
    )
    built = converted(model, to_one())
    assert not is_plain(built)
    check_equal(framework, model, built, model.layers[-1].input, 3)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_class_of_ones_own_goes_through_keras_own_export(framework: Any, channels: int) -> None:
    class Own(framework.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.convolution = framework.layers.Conv2D(4, 3, strides=2)
            self.flatten = framework.layers.Flatten()
            self.dense = framework.layers.Dense(5)

        def features(self, x: Any) -> Any:
            return self.flatten(framework.ops.abs(self.convolution(x)))

        def call(self, x: Any) -> Any:
            return framework.ops.softmax(self.dense(self.features(x)))

    model = Own()
    with pytest.raises(BackboneError, match="call it once"):
        converted(model, to_one())
    model(np.zeros((1, HEIGHT, WIDTH, channels), np.float32))
    shaken(model, np.random.default_rng(0))
    built = converted(model, to_one())
    assert not is_plain(built)
    check_equal(framework, model, built, None, channels)
    pictures = pixels(np.random.default_rng(0), 4, channels, to_one())
    (features,) = run(built.proto, pictures, ["features"])
    x = pictures[..., :channels].astype(np.float32) / 255
    np.testing.assert_allclose(features, np.asarray(model.features(x)), atol=TOLERANCE)


def test_a_layer_that_is_used_twice_goes_through_keras_own_export(framework: Any) -> None:
    twice = framework.layers.Conv2D(4, 3, padding="same", activation="tanh")
    model = functional(framework, lambda _, x: twice(twice(x)))
    built = converted(model, to_one())
    assert not is_plain(built)
    check_equal(framework, model, built, model.layers[-1].input, 3)


def test_a_class_that_is_derived_from_a_layer_is_not_taken_for_it(framework: Any) -> None:
    class Dense(framework.layers.Dense):  # type: ignore[misc]
        def call(self, inputs: Any, training: Any = None) -> Any:
            return 2 * super().call(inputs)

    model = functional(framework, lambda layers, x: Dense(6)(layers.Flatten()(x)))
    built = converted(model, to_one())
    assert not is_plain(built)
    check_equal(framework, model, built, model.layers[-1].input, 3)


def test_a_last_layer_that_is_used_twice_goes_through_keras_own_export(framework: Any) -> None:
    pictures = framework.Input((HEIGHT, WIDTH, 3))
    twice = framework.layers.Dense(3)
    model = framework.Model(pictures, twice(twice(framework.layers.GlobalAveragePooling2D()(pictures))))
    built = converted(shaken(model, np.random.default_rng(0)), to_one())
    assert not is_plain(built)
    x = pixels(np.random.default_rng(1), 4, 3, to_one())
    (logits,) = run(built.proto, x, ["logits"])
    np.testing.assert_allclose(logits, model.predict(x.astype(np.float32) / 255, verbose=0), atol=TOLERANCE)


# What cannot be


def dense(keras: Any, shape: tuple[int, ...], activation: str = "softmax") -> Any:
    pictures = keras.Input(shape)
    last = keras.layers.Dense(3, activation=activation, name="last")(keras.layers.Flatten()(pictures))
    return keras.Model(pictures, last)


def two_outputs(keras: Any) -> Any:
    model = dense(keras, (HEIGHT, WIDTH, 3))
    return keras.Model(model.inputs[0], [model.outputs[0], model.outputs[0]])


def two_inputs(keras: Any) -> Any:
    both = [keras.Input((HEIGHT, WIDTH, 3)) for _ in range(2)]
    return keras.Model(both, keras.layers.Dense(3)(keras.layers.Flatten()(keras.layers.Add()(both))))


def on_maps(keras: Any) -> Any:
    pictures = keras.Input((HEIGHT, WIDTH, 3))
    return keras.Model(pictures, keras.layers.Dense(3, activation="softmax")(pictures))


def without_words_in_onnx(keras: Any) -> Any:
    shape = (HEIGHT, WIDTH, 3)
    spectrum = keras.layers.Lambda(lambda x: keras.ops.fft2((x, x))[0], output_shape=shape, name="spectrum")
    pictures = keras.Input(shape)
    return keras.Model(
        pictures, keras.layers.Dense(3, activation="softmax")(keras.layers.Flatten()(spectrum(pictures)))
    )


def with_nan(keras: Any) -> Any:
    model = dense(keras, (HEIGHT, WIDTH, 3))
    model.get_layer("last").bias.assign([0, np.nan, 0])
    return model


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda keras: dense(keras, (20, 21, 3)), ShapeError, r"\[n, 18, 15, 1 or 3\].*\[None, 20, 21, 3\]"),
        (lambda keras: dense(keras, (HEIGHT, WIDTH, 2)), ShapeError, r"\[None, 18, 15, 2\]"),
        (lambda keras: dense(keras, (HEIGHT, WIDTH)), ShapeError, r"\[None, 18, 15\]"),
        (lambda keras: dense(keras, (HEIGHT, WIDTH, 3), "sigmoid"), BackboneError, r"softmax.*last \(Dense\)"),
        (two_outputs, BackboneError, "one output; found 2"),
        (two_inputs, ShapeError, "one input; found 2"),
        (on_maps, BackboneError, r"\['n', 18, 15, 3\]; put a Flatten"),
        (without_words_in_onnx, BackboneError, r"found spectrum \(Lambda\), and from Keras' own export: "),
        (with_nan, BackboneError, "NaN or infinity in the bias of last; train it again"),
    ],
)  # fmt: skip
def test_what_cannot_be_converted_is_named(framework: Any, make: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        converted(make(framework), to_one())
    assert "\n" not in str(caught.value)


def test_one_channel_needs_one_mean(framework: Any) -> None:
    with pytest.raises(ShapeError, match="one mean and one scale"):
        converted(dense(framework, (HEIGHT, WIDTH, 1)), Preprocessing(HEIGHT, WIDTH, mean=(1, 2, 3)))


def test_a_graph_that_gives_something_else_is_not_handed_over(framework: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every graph is run beside its network."""
    monkeypatch.setitem(nodes.WRITERS, "MaxPooling2D", nodes.WRITERS["AveragePooling2D"])
    model = shaken(build(parse("conv 3 3, pool 2"), (HEIGHT, WIDTH, 1), 3, 0), np.random.default_rng(0))
    with pytest.raises(BackboneError, match="expected the answers that Keras gives"):
        converted(model, to_one())
