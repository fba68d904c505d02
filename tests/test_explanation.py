"""Where the evidence is, against sums made by NumPy, maps made by loops, and pictures whose objects are known."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image, ImageDraw

import doors
from seefood.backbones import resnet50
from seefood.backbones.catalogue import open_backbone
from seefood.backbones.engine import Engine
from seefood.errors import DatasetError, ModelFileError, PictureError
from seefood.model import Classifier, load, pretrained
from seefood.model.assembly import pretrained_file
from seefood.model.card import ModelCard
from seefood.model.covering import Window, covered, elsewhere, strongest, windows
from seefood.model.explanation import Explainer, explain
from seefood.model.placing import frame_of, opened
from seefood.model.teaching import teach_folder
from seefood.preprocessing import Preprocessing
from seefood.verdicts import Thresholds
from taught import PHOTOS, BareModel, made_by_hand, photos, random_head, softmax

pytest_plugins = ["taught"]

Array = np.ndarray[Any, np.dtype[Any]]
CAT = PHOTOS / "cat.jpg"


# --- sums


@pytest.mark.parametrize("depths", [1, 6, 10])
def test_the_contrast_sums_to_the_difference_of_logits(depths: int, cache: Path) -> None:
    head = random_head(open_backbone("lite0").network, depths, classes=4, seed=depths)
    model = made_by_hand("lite0", head)
    pixels, bare = photos(224, 224), BareModel(model.data)
    bias = head.regression.bias.astype(np.float64)
    explainer = Explainer(model, check=False)
    for picture in pixels:
        found = explainer(picture)
        seen = bare.run(found.seen[np.newaxis])["features"][0].astype(np.float64)
        logits = (seen @ head.regression.weights + bias) / head.temperature
        order = np.argsort(-logits)
        assert (found.chosen, found.against) == (order[0], order[1])
        assert found.contrast.sum() == pytest.approx(logits[order[0]] - logits[order[1]], abs=1e-4)
        assert found.odds == pytest.approx(logits[order[0]] - logits[order[1]], abs=1e-4)
        assert found.constants == pytest.approx((bias - bias.mean()) / head.temperature, abs=1e-4)
        sums = found.evidence.sum(axis=(1, 2), dtype=np.float64) + found.constants
        assert sums - sums.mean() == pytest.approx(logits - logits.mean(), abs=1e-4)
        assert softmax(sums[np.newaxis])[0] == pytest.approx(found.probabilities, abs=1e-5)
        assert found.shown(found.chosen) - found.shown(found.against) == pytest.approx(found.contrast, abs=1e-6)


def test_the_pretrained_network_and_any_two_of_its_classes(cache: Path) -> None:
    found = explain(pretrained(), CAT, "zebra", "banjo")
    assert (found.label, found.rival) == ("zebra", "banjo")
    probabilities = BareModel(pretrained().data).run(found.seen[np.newaxis])["probabilities"][0].astype(np.float64)
    expected = np.log(probabilities[found.chosen] / probabilities[found.against])
    assert found.contrast.sum() == pytest.approx(expected, abs=1e-4)


def test_two_classes_by_name_are_those_of_the_explanation_and_turn_round(cache: Path) -> None:
    explainer = Explainer(pretrained(), "zebra", "banjo", check=False)
    there, back = (explainer.between(CAT, *pair) for pair in (("zebra", "banjo"), ("banjo", "zebra")))
    assert there is not None
    assert back is not None
    np.testing.assert_allclose(there, explainer(CAT).contrast, atol=1e-6)
    np.testing.assert_allclose(back, -there, atol=1e-9)


def random_resnet() -> dict[str, Array]:
    """Weights under Keras' names, scaled so that nothing explodes."""
    random, weights = np.random.default_rng(5), {}

    def layer(name: str, *shape: int) -> None:
        weights[f"{name}_conv/kernel"] = random.normal(0, 1 / np.sqrt(np.prod(shape[:3])), shape).astype(np.float32)
        for part, value in {"conv/bias": 0, "bn/gamma": 1, "bn/beta": 0.1, "bn/moving_mean": 0}.items():
            weights[f"{name}_{part}"] = np.full(shape[3], value, np.float32)
        weights[f"{name}_bn/moving_variance"] = np.ones(shape[3], np.float32)

    layer("conv1", 7, 7, 3, 64)
    channels = 64
    for stage, blocks, narrow in ((2, 3, 64), (3, 4, 128), (4, 6, 256), (5, 3, 512)):
        for block in range(1, blocks + 1):
            name = f"conv{stage}_block{block}"
            if block == 1:
                layer(f"{name}_0", 1, 1, channels, 4 * narrow)
            layer(f"{name}_1", 1, 1, channels, narrow)
            layer(f"{name}_2", 3, 3, narrow, narrow)
            layer(f"{name}_3", 1, 1, narrow, 4 * narrow)
            channels = 4 * narrow
    weights["predictions/kernel"] = random.normal(0, 0.02, (channels, 5)).astype(np.float32)
    weights["predictions/bias"] = random.normal(0, 1, 5).astype(np.float32)
    return weights


def test_a_resnet_with_random_weights(cache: Path) -> None:
    weights = random_resnet()
    built = resnet50.build(weights, "0" * 64)
    card = ModelCard(tuple("abcde"), built.network.preprocessing, Thresholds(0.1, None), 1.0, {"name": "resnet50"})
    data = pretrained_file(built.network, built.proto.SerializeToString(), card)
    found = Explainer(Classifier(data, card), check=False)(CAT)
    features = BareModel(data).run(found.seen[np.newaxis])["features"][0].astype(np.float64)
    logits = features @ weights["predictions/kernel"] + weights["predictions/bias"]
    assert (found.method, found.evidence.shape) == ("evidence", (5, 7, 7))
    assert found.contrast.sum() == pytest.approx(logits[found.chosen] - logits[found.against], rel=1e-5, abs=1e-4)


# --- places


def test_evidence_is_what_loops_over_the_maps_give(cache: Path) -> None:
    opened_backbone = open_backbone("lite0")
    depths = opened_backbone.network.depths
    head = random_head(opened_backbone.network, len(depths), classes=3, seed=8)
    found = Explainer(made_by_hand("lite0", head), check=False)(CAT)
    model = onnx.load_model_from_string(opened_backbone.graph())
    names = [depth.tensor for depth in depths]
    for depth in depths:
        shape: list[str | int] = ["n", depth.channels, depth.height, depth.width]
        model.graph.output.append(helper.make_tensor_value_info(depth.tensor, TensorProto.FLOAT, shape))
    maps = Engine(model.SerializeToString(), names).run(found.seen[np.newaxis], names)
    expected, row = np.zeros((3, 7, 7)), 0
    for depth, values in zip(depths, maps, strict=True):
        for pool in depth.pools:
            for channel in values[0].astype(np.float64):
                share = channel / channel.size
                if pool == "maximum":
                    places = channel == channel.max()
                    share = np.where(places, channel.max() / places.sum(), 0.0)
                step = depth.height // 7
                starts = range(0, depth.height, step)
                coarse = [[share[r : r + step, c : c + step].sum() for c in starts] for r in starts]
                expected += np.multiply.outer(head.regression.weights[row] / head.temperature, np.array(coarse))
                row += 1
    assert row == len(head.regression.weights)
    assert found.evidence == pytest.approx(expected, abs=2e-4)


def scene(kind: str, middle: tuple[int, int], seed: int) -> Image.Image:
    """A red disc, a blue square or nothing on noise, its middle at (x, y)."""
    noise = np.random.default_rng(seed).integers(70, 190, (56, 56, 3), np.uint8)
    image = Image.fromarray(noise).resize((224, 224), Image.Resampling.BICUBIC)
    box = middle[0] - 34, middle[1] - 34, middle[0] + 34, middle[1] + 34
    draw = ImageDraw.Draw(image)
    if kind == "disc":
        draw.ellipse(box, fill=(214, 30, 34))
    elif kind == "square":
        draw.rectangle(box, fill=(30, 48, 214))
    return image


def scenes(kind: str, count: int, seed: int) -> Iterator[tuple[Image.Image, tuple[int, int]]]:
    random = np.random.default_rng(seed)
    for _ in range(count):
        x, y = random.integers(40, 184, 2).tolist()
        yield scene(kind, (x, y), int(random.integers(1 << 30))), (x, y)


@pytest.fixture(scope="module")
def shapes(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    """Taught on a dozen of each, and of noise alone: of two classes one may be known by the absence of the other."""
    folder = tmp_path_factory.mktemp("shapes")
    for seed, kind in enumerate(("disc", "square", "nothing")):
        (folder / kind).mkdir()
        for number, (image, _) in enumerate(scenes(kind, 12, seed)):
            image.save(folder / kind / f"{number}.png")
    return teach_folder(folder, threads=2).classifier


@pytest.mark.parametrize("method", ["evidence", "cover"])
def test_the_evidence_is_on_the_object_and_goes_with_it(shapes: Classifier, method: Any) -> None:
    explainer = Explainer(shapes, against="nothing", method=method)
    on_the_half, on_the_object, lower = [], [], []
    for seed, kind in enumerate(("disc", "square")):
        for image, (x, y) in scenes(kind, 4 if method == "evidence" else 2, 10 + seed):
            found = explainer(image)
            assert (found.label, found.method) == (kind, method)
            left, _, middle, _, right = np.split(found.contrast, [3, 3, 4, 4], axis=1)
            assert middle.shape == (7, 1)
            if abs(x - 112) > 30:
                on_the_half.append((left.sum() < right.sum()) == (x > 112))
            assert found.box is not None
            assert found.erasure is not None
            box = np.array(found.box)
            inside = box[0] < x + 34 and x - 34 < box[2] and box[1] < y + 34 and y - 34 < box[3]
            on_the_object.append(inside)
            before, after, others = found.erasure.log_odds
            assert others is not None
            assert before == pytest.approx(found.odds, abs=1e-5)
            lower.append(after < before and after < others)
    assert all(on_the_object)
    assert all(on_the_half)
    assert len(on_the_half) >= 2
    assert np.mean(lower) >= 0.75


def test_what_was_erased_is_judged_as_any_picture(shapes: Classifier) -> None:
    image = scene("disc", (60, 150), 77)
    found = explain(shapes, image)
    assert found.erasure is not None
    again, _ = shapes.probabilities(found.erasure.picture[np.newaxis])
    assert found.erasure.after == pytest.approx(float(again[0, found.chosen]), abs=1e-6)
    assert found.erasure.before == pytest.approx(float(found.probabilities[found.chosen]), abs=1e-6)
    window = found.erasure.window
    assert (found.erasure.picture != found.seen).any(axis=2).sum() > 0.5 * window.places * 32 * 32
    outside = np.ones((224, 224), bool)
    outside[window.top * 32 : window.bottom * 32, window.left * 32 : window.right * 32] = False
    assert (found.erasure.picture[outside] == found.seen[outside]).all()


# --- a small model whose evidence is known


def small(path: Path, factor: float = 1.0, **card: Any) -> Classifier:
    """The mean of each channel, times a tenth, through softmax: its evidence is the picture itself."""
    proto = doors.small_proto(doors.card(**card).to_text())
    size = numpy_helper.from_array(np.array(factor * 0.1 / doors.SIDE**2, np.float32), "size")
    proto.graph.initializer.append(size)
    proto.graph.node.append(helper.make_node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]))
    proto.graph.node.append(helper.make_node("Mul", ["planes", "size"], ["evidence"]))
    shape: list[str | int] = ["n", 3, doors.SIDE, doors.SIDE]
    proto.graph.output.append(helper.make_tensor_value_info("evidence", TensorProto.FLOAT, shape))
    path.write_bytes(proto.SerializeToString())
    return load(path)


def picture(seed: int = 0) -> Array:
    return np.random.default_rng(seed).integers(0, 256, (doors.SIDE, doors.SIDE, 3), np.uint8)


def test_every_number_of_a_small_model(cache: Path, tmp_path: Path) -> None:
    pixels = picture()
    found = explain(small(tmp_path / "small.onnx"), pixels, "blue", "red")
    expected = (pixels[:, :, 2].astype(float) - pixels[:, :, 0]) / 10 / 64
    assert found.contrast == pytest.approx(expected, abs=1e-6)
    assert found.constant == pytest.approx(0, abs=1e-5)
    assert found.positive == pytest.approx(expected[expected > 0].sum() / abs(expected).sum(), abs=1e-5)
    sums = {(r, c): expected[r : r + 3, c : c + 3].sum() for r in range(6) for c in range(6)}
    row, column = max(sums, key=lambda place: sums[place])
    assert found.box == (column, row, column + 3, row + 3)
    value = found.to_json()
    assert np.sum(value["contrast"]) == pytest.approx(value["log_odds"], abs=1e-4)
    assert np.sum(value["evidence"]) == pytest.approx(pixels[:, :, 2].mean() / 10, abs=1e-4)
    assert (value["class"], value["rival"], value["path"], value["status"]) == ("blue", "red", None, "ok")
    assert value["positive"] + value["negative"] == pytest.approx(1)


def test_evidence_that_does_not_add_up_is_refused(cache: Path, tmp_path: Path) -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:, :, 1] = 200
    assert explain(small(tmp_path / "good.onnx"), pixels).label == "green"
    with pytest.raises(ModelFileError, match="adds up"):
        explain(small(tmp_path / "bad.onnx", factor=1.05), pixels)
    with pytest.raises(ModelFileError, match="finite"):
        explain(small(tmp_path / "nan.onnx", factor=np.nan), pixels)


def test_not_sure_is_explained_too(cache: Path, tmp_path: Path) -> None:
    found = explain(small(tmp_path / "doubtful.onnx", thresholds=Thresholds(1.0, None)), picture(3))
    assert (found.verdict.label, found.verdict.reason) == (None, "uncertain")
    assert found.label == found.verdict.top[0].label
    assert found.rival == found.verdict.top[1].label


def test_without_evidence_it_is_measured_by_covering(cache: Path, tmp_path: Path) -> None:
    model = load(doors.small_model(tmp_path / "plain.onnx"))
    pixels = np.full((8, 8, 3), (60, 90, 60), np.uint8)
    pixels[4:, 4:] = (250, 60, 60)
    found = explain(model, pixels, "red", "green")
    assert (found.method, found.constants, found.constant) == ("cover", None, None)
    assert found.evidence.shape == (3, 7, 7)
    rows, columns = np.unravel_index(found.contrast.argmax(), found.contrast.shape)
    assert min(rows, columns) >= 3
    assert found.contrast[:2, :2] == pytest.approx(np.zeros((2, 2)), abs=1e-3)
    window = Window(5, 5, 7, 7)  # by hand: one of the windows, its fall divided by its four places
    change = (pixels.astype(float) - covered(pixels, window.scaled((7, 7), (8, 8)))).mean(axis=(0, 1)) / 10
    alone = found.evidence[0, 6, 6] - found.evidence[1, 6, 6]
    assert alone == pytest.approx((change[0] - change[1]) / 4, abs=1e-5)  # the corner lies in no other window
    with pytest.raises(ModelFileError, match="--method cover"):
        explain(model, pixels, method="evidence")


def test_labels_that_are_none(cache: Path, tmp_path: Path) -> None:
    model = small(tmp_path / "small.onnx")
    with pytest.raises(DatasetError, match="red"):
        Explainer(model, "rad")
    with pytest.raises(DatasetError, match="twice"):
        Explainer(model, "red", "red")
    found = explain(model, np.full((8, 8, 3), (200, 100, 50), np.uint8), against="red")
    assert (found.label, found.rival) == ("green", "red")
    with pytest.raises(PictureError, match=r"missing\.png"):
        explain(model, tmp_path / "missing.png")


# --- covering


@pytest.mark.parametrize("window", [Window(2, 3, 6, 8), Window(0, 0, 4, 3), Window(5, 6, 9, 11), Window(0, 4, 3, 7)])
def test_a_covered_part_is_a_soap_film(window: Window) -> None:
    """Against a dense system of equations; beyond the edge the picture is mirrored."""
    pixels = np.random.default_rng(2).integers(0, 256, (9, 11, 3), np.uint8)
    inside = [(r, c) for r in range(window.top, window.bottom) for c in range(window.left, window.right)]
    matrix, right = np.zeros((len(inside), len(inside))), np.zeros((len(inside), 3))
    for row, (r, c) in enumerate(inside):
        matrix[row, row] = 4
        for near in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
            place = min(max(near[0], 0), 8), min(max(near[1], 0), 10)
            if place in inside:
                matrix[row, inside.index(place)] -= 1
            else:
                right[row] += pixels[place]
    expected = np.linalg.solve(matrix, right)
    found = covered(pixels, window)
    assert np.array([found[place] for place in inside]) == pytest.approx(expected, abs=0.51)
    outside = np.ones((9, 11), bool)
    outside[window.top : window.bottom, window.left : window.right] = False
    assert (found[outside] == pixels[outside]).all()


def test_what_goes_from_edge_to_edge_becomes_the_mean_of_the_rest() -> None:
    pixels = np.zeros((4, 6, 3), np.uint8)
    pixels[:, :2] = 90
    pixels[:, 4:] = (10, 20, 30)
    assert covered(pixels, Window(0, 2, 4, 6))[2, 3].tolist() == [90, 90, 90]
    assert covered(pixels, Window(0, 0, 4, 6))[0, 0].tolist() == pixels.mean(axis=(0, 1)).round().tolist()


def test_the_strongest_window_and_others() -> None:
    values = np.random.default_rng(6).normal(size=(7, 9))
    best = strongest(values, 0.15)
    assert best is not None
    assert best.total(values) == max(window.total(values) for window in windows((7, 9), 0.15))
    others = elsewhere(best, (7, 9), 0.15, 5)
    assert 1 <= len(others) <= 5
    assert len({(w.top, w.left) for w in others} | {(best.top, best.left)}) == len(others) + 1
    assert strongest(np.ones((1, 1)), 0.15) is None


# --- where it lies in the picture


def ramp(height: int, width: int) -> Array:
    """Red grows to the right, green downwards: a pixel says where it is."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, :, 0] = np.rint(np.linspace(0, 250, width))
    pixels[:, :, 1] = np.rint(np.linspace(0, 250, height))[:, np.newaxis]
    return pixels


@pytest.mark.parametrize("rule", ["crop", "stretch"])
@pytest.mark.parametrize("size", [(300, 500), (500, 300), (224, 224)])
def test_the_frame_is_what_was_seen(rule: Any, size: tuple[int, int]) -> None:
    preprocessing = Preprocessing(112, 112, rule)
    pixels = ramp(*size)
    seen = preprocessing.resize(pixels)
    left, top, right, bottom = frame_of(preprocessing, pixels.shape, size)
    across, down = (right - left) / 112, (bottom - top) / 112
    for place in (4, 60, 107):
        assert seen[50, place, 0] == pytest.approx(250 * (left + (place + 0.5) * across - 0.5) / (size[1] - 1), abs=2)
        assert seen[place, 50, 1] == pytest.approx(250 * (top + (place + 0.5) * down - 0.5) / (size[0] - 1), abs=2)


def test_the_frame_of_a_padded_picture_goes_beyond_it() -> None:
    assert frame_of(Preprocessing(100, 100, "pad"), (50, 200), (50, 200)) == pytest.approx((0, -74, 200, 126), abs=2.1)


def test_a_photo_that_is_decoded_smaller_keeps_its_own_pixels(tmp_path: Path) -> None:
    image = Image.fromarray(ramp(1200, 1600))
    exif = Image.Exif()
    exif[0x0112] = 6  # upright it is 1600 high
    image.save(tmp_path / "turned.jpg", exif=exif)
    pixels, size, path = opened(tmp_path / "turned.jpg", (256, 256))
    assert (size, path) == ((1600, 1200), str(tmp_path / "turned.jpg"))
    assert pixels.shape[0] < 1600
    box = frame_of(Preprocessing(224, 224), pixels.shape, size)
    assert box == pytest.approx((75, 275, 1125, 1325), abs=4)  # a pixel of what is seen is 4.7 of these
