"""The model file, opened as a stranger would: with onnx, onnxruntime and NumPy."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from seefood.backbones.catalogue import open_backbone
from seefood.errors import ModelFileError, OutputError
from seefood.model import Classifier, load, pretrained
from seefood.model.assembly import overlaps
from seefood.model.card import FORMAT, ModelCard
from seefood.model.teaching import Training
from seefood.preprocessing import Preprocessing
from seefood.verdicts import Thresholds, Verdict
from taught import FASHION, BareModel, installed, made_by_hand, photos, random_head, softmax

pytest_plugins = ["taught"]

Array = np.ndarray[Any, np.dtype[Any]]
CLOTHES = 6
LAST_LAYER = 1280
ALL_DEPTHS = 3328


@pytest.fixture(scope="module")
def bare(saved: Path) -> BareModel:
    return BareModel(saved.read_bytes())


@pytest.fixture(scope="module")
def pictures() -> list[Path]:
    """Two of each kind of clothes, none of them taught."""
    return [path for folder in sorted((FASHION / "test").iterdir()) for path in sorted(folder.iterdir())[:2]]


@pytest.fixture(scope="module")
def pixels(bare: BareModel, pictures: list[Path]) -> Array:
    """The same as the metadata says that the network wants them."""
    preprocessing = Preprocessing.from_json(bare.card["preprocessing"])
    return np.stack([preprocessing.prepare(path) for path in pictures])


@pytest.fixture(scope="module")
def answers(bare: BareModel, pixels: Array) -> dict[str, Array]:
    return bare.run(pixels)


# --- what is in it


def test_it_is_plain_onnx(bare: BareModel) -> None:
    onnx.checker.check_model(bare.proto, full_check=True)
    assert {node.domain for node in bare.proto.graph.node} <= {"", "ai.onnx"}
    assert [(opset.domain, opset.version >= 17) for opset in bare.proto.opset_import] == [("", True)]
    assert not bare.proto.functions
    assert all(constant.data_location == TensorProto.DEFAULT for constant in bare.proto.graph.initializer)


def test_inputs_and_outputs_are_as_promised(bare: BareModel, answers: dict[str, Array]) -> None:
    (pixels,) = bare.session.get_inputs()
    assert (pixels.name, pixels.type, pixels.shape) == ("pixels", "tensor(uint8)", ["n", 224, 224, 3])
    seen = {1: LAST_LAYER, 10: ALL_DEPTHS}[bare.card["backbone"]["depths"]]
    promised: dict[str, list[str | int]] = {
        "features": ["n", seen],
        "probabilities": ["n", CLOTHES],
        "novelty": ["n"],
        "evidence": ["n", CLOTHES, 7, 7],
    }
    assert {output.name: output.shape for output in bare.session.get_outputs()} == promised
    for name, shape in promised.items():
        assert answers[name].dtype == np.float32
        assert answers[name].shape == (2 * CLOTHES, *shape[1:])


def test_the_metadata_says_what_the_maker_needs(bare: BareModel, taught: Training) -> None:
    card = bare.card
    assert card["format"] == 1
    assert card["labels"] == sorted(folder.name for folder in (FASHION / "train").iterdir())
    assert set(card["preprocessing"]) >= {"height", "width", "rule", "crop", "resampling", "mean", "scale"}
    assert set(card["thresholds"]) == {"probability", "novelty"}
    assert card["backbone"]["name"] == "lite0"
    assert len(bytes.fromhex(card["backbone"]["weights"])) == 32
    record = card["training"]
    assert record["pictures"] == dict.fromkeys(card["labels"], 24)
    assert record["seed"] == 0
    assert len(bytes.fromhex(record["files"])) == 32
    assert {"seefood", "onnxruntime", "python"} <= set(record["versions"])
    assert record["score"]["accuracy"] == taught.score.accuracy


def test_nothing_in_it_says_where_the_pictures_lay(bare: BareModel, taught: Training) -> None:
    text = json.dumps(bare.card)
    assert taught.score.wrong, "without mistakes this test shows nothing"
    assert str(FASHION) not in text
    assert not [path.name for path in (FASHION / "train").rglob("*.png") if path.name in text]
    assert bare.card["training"]["score"]["wrong"] == bare.card["training"]["score"]["failed"] == []


# --- what it answers


def test_probabilities_are_those_that_numpy_makes_of_the_features(
    bare: BareModel, answers: dict[str, Array], saved: Path, pictures: list[Path]
) -> None:
    weights, bias, temperature = bare.last_layer()
    assert temperature == pytest.approx(bare.card["temperature"], rel=1e-6)
    expected = softmax((answers["features"].astype(np.float64) @ weights + bias) / bare.card["temperature"])
    assert answers["probabilities"] == pytest.approx(expected, abs=1e-6)
    verdicts = load(saved).predict(pictures, top=CLOTHES)
    for verdict, row in zip(verdicts, expected, strict=True):
        assert isinstance(verdict, Verdict)
        said = {guess.label: guess.probability for guess in verdict.top}
        assert said == pytest.approx(dict(zip(bare.card["labels"], row, strict=True)), abs=1e-6)


def test_rows_sum_to_one(answers: dict[str, Array]) -> None:
    assert answers["probabilities"].sum(axis=1) == pytest.approx(np.ones(2 * CLOTHES), abs=1e-6)


def test_a_batch_is_the_same_as_one_at_a_time(bare: BareModel, pixels: Array, answers: dict[str, Array]) -> None:
    for index in (0, 5, 11):
        for name, alone in bare.run(pixels[index : index + 1]).items():
            assert alone[0] == pytest.approx(answers[name][index], rel=1e-4, abs=1e-5)


def test_novelty_is_the_distance_to_the_taught_pictures(bare: BareModel, answers: dict[str, Array]) -> None:
    """Computed from the files that it was taught, in float64."""
    preprocessing = Preprocessing.from_json(bare.card["preprocessing"])
    paths = sorted((FASHION / "train").rglob("*.png"))
    known = np.concatenate(
        [bare.session.run(["features"], {"pixels": preprocessing.prepare(path)[np.newaxis]})[0] for path in paths]
    )
    known, seen = (x[:, :LAST_LAYER].astype(np.float64) for x in (known, answers["features"]))
    for row, novelty in zip(seen, answers["novelty"], strict=True):
        cosines = [float(row @ other / np.linalg.norm(row) / np.linalg.norm(other)) for other in known]
        assert novelty == pytest.approx(1 - sum(sorted(cosines)[-5:]) / 5, abs=2e-6)


def test_a_picture_that_was_taught_is_more_familiar_than_a_photo(bare: BareModel, answers: dict[str, Array]) -> None:
    limit = bare.card["thresholds"]["novelty"]
    assert (answers["novelty"] < limit).mean() > 0.8
    assert (bare.run(photos(224, 224))["novelty"] > limit).all()


# --- evidence


def check_evidence(model: BareModel, weights: Array, bias: Array, temperature: float, pixels: Array) -> None:
    """The evidence of all places and the bias make the logits, up to what softmax does not see."""
    said = model.run(pixels)
    logits = said["evidence"].astype(np.float64).sum(axis=(2, 3)) + bias / temperature
    expected = (said["features"].astype(np.float64) @ weights + bias) / temperature
    assert logits == pytest.approx(expected, rel=1e-4, abs=1e-4)
    assert softmax(logits) == pytest.approx(said["probabilities"], abs=1e-5)
    assert np.ptp(expected, axis=1).min() > 0.5  # the classes are far enough apart for this to show something


@pytest.mark.parametrize(
    ("backbone", "depths", "grid"),
    [("lite0", 1, 7), ("lite0", 6, 7), ("lite0", 10, 7), ("lite1", 99, 8), ("lite2", 1, 9)],
)
def test_evidence_adds_up_to_the_score(backbone: str, depths: int, grid: int, cache: Path) -> None:
    installed(backbone)
    network = open_backbone(backbone).network
    depths = min(depths, len(network.depths))
    head = random_head(network, depths, classes=3, seed=depths)
    model = BareModel(made_by_hand(backbone, head).data)
    pixels = photos(network.preprocessing.height, network.preprocessing.width)
    assert model.run(pixels[:1])["evidence"].shape == (1, 3, grid, grid)
    check_evidence(model, head.regression.weights, head.regression.bias, head.temperature, pixels)


def test_evidence_of_a_taught_head_adds_up(bare: BareModel, pixels: Array) -> None:
    weights, bias, temperature = bare.last_layer()
    check_evidence(bare, weights, bias, float(temperature), pixels)


def test_evidence_of_the_pretrained_network_adds_up(cache: Path) -> None:
    model = BareModel(pretrained().data)
    weights, bias, temperature = model.last_layer()
    assert (weights.shape, float(temperature)) == ((LAST_LAYER, 1000), 1.0)
    assert set(model.outputs) == {"features", "probabilities", "evidence"}
    onnx.checker.check_model(model.proto, full_check=True)
    check_evidence(model, weights, bias, 1.0, photos(224, 224))


@pytest.mark.parametrize("depths", [1, 10])
@pytest.mark.parametrize(("bottom", "right"), [(False, True), (True, False)])
def test_evidence_changes_where_the_picture_does(depths: int, bottom: bool, right: bool, cache: Path) -> None:
    head = random_head(open_backbone("lite0").network, depths, classes=4, seed=3)
    model = BareModel(made_by_hand("lite0", head).data)
    grey = np.full((2, 224, 224, 3), 110, np.uint8)
    patch = np.random.default_rng(4).integers(0, 256, (48, 48, 3), np.uint8)
    top, left = 152 * bottom + 12, 152 * right + 12
    grey[1, top : top + 48, left : left + 48] = patch
    before, after = model.run(grey)["evidence"]
    change = abs(after - before).sum(axis=0)
    rows, columns = (change.sum(axis=axis) @ np.arange(7) / change.sum() for axis in (1, 0))
    assert (rows > 3.3) if bottom else (rows < 2.7)
    assert (columns > 3.3) if right else (columns < 2.7)


@pytest.mark.parametrize(("fine", "coarse"), [(15, 8), (14, 7), (7, 7), (60, 8), (9, 2)])
def test_cells_are_shared_by_how_much_they_overlap(fine: int, coarse: int) -> None:
    steps = fine * coarse  # each fine cell is coarse steps wide, each coarse cell fine steps
    expected = np.zeros((coarse, fine))
    for step in range(steps):
        expected[step // fine, step // coarse] += 1 / coarse
    assert overlaps(fine, coarse) == pytest.approx(expected, abs=1e-6)


# --- a picture like nothing


def test_features_that_are_all_zero_are_like_nothing(cache: Path) -> None:
    """The network's last activation may be zero everywhere; then the novelty is 1, not NaN."""
    model = onnx.load_model_from_string(
        made_by_hand("lite0", random_head(open_backbone("lite0").network, 1, 2, 5)).data
    )
    for constant in model.graph.initializer:
        if constant.name in ("head/kernel", "head/bias") and len(constant.dims) in (1, 4):
            constant.CopyFrom(numpy_helper.from_array(np.zeros(constant.dims, np.float32), constant.name))
    said = BareModel(model.SerializeToString()).run(photos(224, 224)[:1])
    assert not said["features"].any()
    assert said["novelty"] == pytest.approx([1.0])


# --- saving and loading


def test_what_is_saved_is_what_was_run(taught: Training, saved: Path) -> None:
    assert saved.read_bytes() == taught.classifier.data
    assert load(saved).data == taught.classifier.data


def test_saving_where_there_is_no_folder_leaves_nothing(taught: Training, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="folder"):
        taught.classifier.save(tmp_path / "missing" / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_opening_it_again_gives_the_same(saved: Path, pixels: Array, cache: Path) -> None:
    """The second time it comes from the optimised copy in the cache, with its metadata."""
    first, second = load(saved), load(saved)
    assert first.card == second.card
    for one, other in zip(first.probabilities(pixels), second.probabilities(pixels), strict=True):
        assert one is not None
        assert one == pytest.approx(other, abs=1e-6)


card_parts = {
    "plain": ModelCard(("a", "b"), Preprocessing(8, 9), Thresholds(0.5, None), 1.0, {"name": "x"}),
    "rich": ModelCard(
        ("달", 'a "quoted" one\n', "π"),
        Preprocessing(224, 260, "pad", 1.0, "lanczos", "BGR", (1.5, 2.5, 1 / 3), (127.0, 1.0, 1e-3)),
        Thresholds(2 / 3, 0.123456789012345),
        1 / 3,
        {"name": "lite0", "weights": "0" * 64, "depths": 10},
        {"seed": 7, "score": None, "pictures": {"달": 3}},
    ),
}


@pytest.mark.parametrize("card", card_parts.values(), ids=card_parts)
def test_a_card_comes_back_as_it_went(card: ModelCard) -> None:
    assert ModelCard.from_text(card.to_text()) == card


def changed(**fields: Any) -> Callable[[dict[str, Any]], object]:
    return lambda card: card.update(fields)


@pytest.mark.parametrize(
    "change",
    [
        changed(format=0),
        changed(format="1"),
        changed(format=True),
        changed(labels=["a"]),
        changed(labels=["a", "a"]),
        changed(labels=["a", 1]),
        changed(labels=["a", ""]),
        changed(labels="ab"),
        changed(temperature=0),
        changed(temperature=-1.0),
        changed(temperature=float("nan")),
        changed(temperature=float("inf")),
        changed(temperature=10**400),
        changed(temperature=None),
        changed(preprocessing={}),
        changed(thresholds={"probability": 2, "novelty": None}),
        changed(thresholds=[]),
        changed(backbone=None),
        changed(training=3),
        lambda card: card.pop("labels"),
        lambda card: card["preprocessing"].update(height=10**9),
    ],
)
def test_a_card_that_makes_no_sense_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    values = json.loads(card_parts["rich"].to_text())
    ModelCard.from_text(json.dumps(values))
    change(values)
    with pytest.raises(ModelFileError):
        ModelCard.from_text(json.dumps(values))


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", "[" * 100_000, '{"format": 1e999}'])
def test_what_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(ModelFileError, match="again"):
        ModelCard.from_text(text)


def test_a_newer_format_says_what_to_do() -> None:
    values = json.loads(card_parts["plain"].to_text()) | {"format": FORMAT + 1}
    with pytest.raises(ModelFileError, match="install a newer seefood"):
        ModelCard.from_text(json.dumps(values))


def rewritten(data: bytes, change: Callable[[onnx.ModelProto], object]) -> bytes:
    model = onnx.load_model_from_string(data)
    change(model)
    return bytes(model.SerializeToString())


def with_card(change: Callable[[dict[str, Any]], object]) -> Callable[[onnx.ModelProto], object]:
    def rewrite(model: onnx.ModelProto) -> None:
        values = json.loads(model.metadata_props[0].value)
        change(values)
        model.metadata_props[0].value = json.dumps(values)

    return rewrite


def _without_metadata(model: onnx.ModelProto) -> None:
    del model.metadata_props[:]


def _kept_elsewhere(model: onnx.ModelProto) -> None:
    constant = model.graph.initializer[0]
    constant.ClearField("raw_data")
    constant.data_location = TensorProto.EXTERNAL
    constant.external_data.add(key="location", value="/etc/hostname")


def _foreign_operator(model: onnx.ModelProto) -> None:
    node = next(node for node in model.graph.node if node.op_type == "Softmax")
    node.op_type, node.domain = "Gelu", "com.microsoft"
    del node.attribute[:]
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


def _poisoned(model: onnx.ModelProto) -> None:
    temperature = next(constant for constant in model.graph.initializer if constant.name == "head/temperature")
    temperature.CopyFrom(numpy_helper.from_array(np.array(np.nan, np.float32), temperature.name))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_without_metadata, "expected a model that seefood made"),
        (_kept_elsewhere, "file again"),
        (_foreign_operator, "standard operators"),
        (_poisoned, "finite"),
        (with_card(changed(format=FORMAT + 1)), "install a newer seefood"),
        (with_card(lambda card: card["labels"].pop()), "a probability for each of 5 labels"),
        (with_card(lambda card: card["preprocessing"].update(height=225)), "one input 'pixels'"),
    ],
)
def test_a_file_that_was_tampered_with_is_refused(
    change: Callable[[onnx.ModelProto], object], said: str, taught: Training, tmp_path: Path
) -> None:
    path = tmp_path / "tampered.onnx"
    path.write_bytes(rewritten(taught.classifier.data, change))
    for _ in range(2):  # what is remembered of the first time must not let it in
        with pytest.raises(ModelFileError, match=said) as caught:
            load(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kept", [0, 1, 1000, -1000])
def test_a_file_that_was_cut_short_is_refused(kept: int, taught: Training, tmp_path: Path) -> None:
    path = tmp_path / "short.onnx"
    path.write_bytes(taught.classifier.data[:kept])
    with pytest.raises(ModelFileError, match=r"again|that seefood made"):
        load(path)


def test_what_is_no_file_is_refused(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(ModelFileError, match="no such file"):
        load(tmp_path / "missing.onnx")
    with pytest.raises(ModelFileError, match="found a folder"):
        load(tmp_path)


def test_a_score_card_that_makes_no_sense_is_refused(taught: Training) -> None:
    values = json.loads(taught.classifier.card.to_text())
    del values["training"]["score"]["confusion"]
    card = ModelCard.from_text(json.dumps(values))
    with pytest.raises(ModelFileError, match="score card"):
        Classifier(taught.classifier.data, card).score  # noqa: B018 -- read for what it raises
