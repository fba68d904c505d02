"""Which networks there are, where their weights are looked for, and what is kept of them."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from seefood.backbones import catalogue
from seefood.backbones.catalogue import CATALOGUE, imagenet_labels, open_backbone
from seefood.caches import BlobCache
from seefood.errors import BackboneError, WeightsError
from seefood.model import pretrained
from taught import photos

pytest_plugins = ["taught"]

RESNET = "resnet50_weights_tf_dim_ordering_tf_kernels"


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without weights."""
    monkeypatch.delenv("SEEFOOD_WEIGHTS", raising=False)
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEEFOOD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def put(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"weights")
    return folder / name


# --- labels


def test_labels_are_imagenets_in_its_order(data: Path) -> None:
    rows = [line.split("\t") for line in (data / "imagenet_classes.tsv").read_text().splitlines()[1:]]
    assert [int(index) for index, _, _ in rows] == list(range(1000))
    labels = imagenet_labels()
    assert [label.split(" (n0")[0] for label in labels] == [name for _, _, name in rows]
    assert all(wordnet in label for label, (_, wordnet, _) in zip(labels, rows, strict=True) if "(n0" in label)


def test_labels_are_distinct_and_only_the_ambiguous_are_longer() -> None:
    labels = imagenet_labels()
    assert len(set(labels)) == len(labels) == 1000
    assert sum("(n0" in label for label in labels) == 4
    assert (labels[0], labels[281], labels[934], labels[999]) == ("tench", "tabby", "hotdog", "toilet tissue")


def test_the_pretrained_network_says_what_imagenet_says(cache: Path) -> None:
    classifier = pretrained()
    assert classifier.labels == imagenet_labels()
    assert classifier.score is None
    assert classifier.card.backbone["name"] == "lite0"
    said = classifier.predict(photos(224, 224)[2], top=1)[0].to_json()
    assert said["top"][0]["label"] == "espresso"
    assert said["novelty"] is None


# --- where weights are


def test_the_default_is_here_and_the_names_are_their_own() -> None:
    assert list(CATALOGUE) == [entry.name for entry in CATALOGUE.values()]
    path = CATALOGUE["lite0"].locate()
    assert path is not None
    assert path.stat().st_size > 1 << 20


def test_weights_that_are_not_here_say_how_to_get_them(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackboneError, match=rf"resnet50: .*found none; put {RESNET}\.h5 into ~/\.keras/models"):
        open_backbone("resnet50")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BackboneError, match=r'lite1: .*pip install "seefood\[lite\]"'):
        open_backbone("lite1")


@pytest.mark.parametrize("name", ["lite9", "ResNet50", "", "model.pth"])
def test_an_unknown_name_is_told_which_there_are(name: str) -> None:
    with pytest.raises(BackboneError, match="expected one of lite0, lite1, lite2, resnet50, vgg16"):
        open_backbone(name)


def test_a_named_file_that_is_missing_or_wrong_is_named(own_cache: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"missing\.pth: .*no such file"):
        open_backbone("lite0", tmp_path / "missing.pth")
    with pytest.raises(WeightsError, match=r"wrong\.pth"):
        open_backbone("lite0", put(tmp_path, "wrong.pth"))
    assert not list((own_cache / "backbones").glob("*"))


def test_keras_weights_are_looked_for_where_keras_puts_them(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = CATALOGUE["resnet50"]
    assert entry.locate() is None
    without_top = put(nowhere / ".keras" / "models", f"{RESNET}_notop.h5")
    assert entry.locate() == without_top
    whole = put(nowhere / ".keras" / "models", f"{RESNET}.h5")
    assert entry.locate() == whole
    assert CATALOGUE["vgg16"].locate() is None
    elsewhere = put(nowhere / "elsewhere" / "models", f"{RESNET}.h5")
    monkeypatch.setenv("KERAS_HOME", str(nowhere / "elsewhere"))
    assert entry.locate() == elsewhere
    chosen = put(nowhere / "chosen", f"{RESNET}_notop.h5")
    monkeypatch.setenv("SEEFOOD_WEIGHTS", str(nowhere / "chosen"))
    assert entry.locate() == chosen
    monkeypatch.setenv("SEEFOOD_WEIGHTS", str(nowhere / "empty"))
    assert entry.locate() == elsewhere


# --- what is kept


def logits(graph: bytes, pixels: Any) -> Any:
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    return session.run(["logits", "features"], {"pixels": pixels})


def test_a_second_opening_builds_nothing(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_backbone("lite0")
    graph = first.graph()
    monkeypatch.setattr(catalogue, "_build", lambda *_: pytest.fail("it was built again"))
    second = open_backbone("lite0")
    assert second.network == first.network
    assert second.graph() == graph


@pytest.mark.parametrize("lost", ["graph", "network"])
@pytest.mark.parametrize("how", ["gone", "cut short"])
def test_what_is_lost_from_the_cache_is_built_again(lost: str, how: str, own_cache: Path) -> None:
    first = open_backbone("lite0")
    graph = first.graph()
    (kept,) = (own_cache / "backbones").glob(f"*-{lost}.*")
    if how == "gone":
        kept.unlink()
    else:
        kept.write_bytes(kept.read_bytes()[:-5])
    second = open_backbone("lite0")
    assert second.network == first.network
    for one, other in zip(logits(graph, photos(224, 224)), logits(second.graph(), photos(224, 224)), strict=True):
        assert np.array_equal(one, other)
    assert kept.exists()


def test_other_weights_are_another_entry(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kept graph goes by the content of the weights, not by their path."""
    default = CATALOGUE["lite0"].locate()
    assert default is not None
    first = open_backbone("lite0")
    copy = tmp_path / "copy.pth"
    copy.write_bytes(default.read_bytes())
    built: list[str] = []
    real = catalogue._build

    def watched(name: str, path: Path, digest: str) -> Any:
        built.append(path.name)
        return real(name, path, digest)

    monkeypatch.setattr(catalogue, "_build", watched)
    assert open_backbone("lite0", copy).network == first.network
    assert built == []
    data = bytearray(copy.read_bytes())
    data[-5] ^= 1  # in the last number of the last tensor
    copy.write_bytes(data)
    other = open_backbone("lite0", copy)
    assert built == ["copy.pth"]
    assert other.network.weights != first.network.weights


def test_the_description_in_the_cache_is_the_networks(own_cache: Path) -> None:
    network = open_backbone("lite0").network
    (kept,) = (own_cache / "backbones").glob("*-network.*")
    described = json.loads(BlobCache("backbones", 1 << 30).get(kept.name.partition(".")[0]) or b"")
    assert described["name"] == network.name == "lite0"
    assert described["classes"] == 1000
    assert sum(channels * len(pools) for _, channels, _, _, pools in described["depths"]) == network.size() == 3328
