"""``seefood layers`` as people run it."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import doors
from doors import Outcome, seefood

CAT = doors.EXAMPLES / "photos" / "cat.jpg"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def one_value(outcome: Outcome) -> dict[str, Any]:
    """stdout as one JSON object, and nothing on stderr."""
    assert (outcome.status, outcome.err) == (0, "")
    value = json.loads(outcome.out)
    assert outcome.out.count("\n") == 1
    assert isinstance(value, dict)
    return value


def test_json_has_the_layers_and_the_maps_of_one(tmp_path: Path, cache: Path) -> None:
    output = tmp_path / "stem.png"
    value = one_value(seefood("layers", CAT, "--at", "stem", "-o", output, "--json", cache=cache))
    keys = ["path", "backbone", "layers", "at", "shape", "maps", "output"]
    assert [key for key in value if key in keys] == keys
    assert (value["path"], value["backbone"], value["at"]) == (str(CAT), "lite0", "stem")
    assert (value["shape"], value["output"]) == ([112, 112, 32], str(output))
    assert [layer["name"] for layer in value["layers"][:3]] == ["pixels", "stem", "block0/depthwise"]
    stem = value["layers"][1]
    assert (
        stem.items()
        >= {
            "name": "stem",
            "kind": "convolution",
            "kernel": [3, 3],
            "stride": [2, 2],
            "output": [112, 112, 32],
            "parameters": 896,
            "multiply_adds": 10838016,
            "receptive_field": [3, 3],
        }.items()
    )
    assert sorted(entry["channel"] for entry in value["maps"]) == list(range(32))
    means = [entry["mean"] for entry in value["maps"]]
    assert means == sorted(means, reverse=True)
    assert all(0 <= entry["mean"] <= entry["maximum"] <= 6 for entry in value["maps"])
    with Image.open(output) as image:
        assert image.format == "PNG"
        assert min(image.size) > 500


def test_without_at_there_are_only_layers(cache: Path) -> None:
    value = one_value(seefood("layers", CAT, "--json", cache=cache))
    assert (value["at"], value["shape"], value["maps"], value["output"]) == (None, None, None, None)
    assert sum(layer["multiply_adds"] for layer in value["layers"]) == 385_187_552


@pytest.mark.parametrize(("name", "published"), [("lite0", 407), ("lite1", 631), ("lite2", 899)])
def test_multiply_adds_are_compared_with_the_published_ones(cache: Path, name: str, published: int) -> None:
    """The figures of TensorFlow's EfficientNet-Lite page, in millions."""
    outcome = seefood("layers", CAT, "--backbone", name, "--json", cache=cache)
    if outcome.status == 2 and "expected its weights to be here" in outcome.err:
        pytest.skip(f"the weights of {name} are not installed")
    value = one_value(outcome)
    compared = value["published"]
    assert list(compared) == ["multiply_adds", "source", "counting", "counted", "deviation"]
    assert compared["multiply_adds"] == published * 1_000_000
    assert (compared["counting"], compared["counted"]) == ("all operations", value["operations"])
    assert compared["counted"] == pytest.approx(published * 1e6, rel=0.01)
    assert compared["deviation"] == pytest.approx((compared["counted"] - published * 1e6) / (published * 1e6))
    assert value["multiply_adds"] == sum(layer["multiply_adds"] for layer in value["layers"])
    assert value["multiply_adds"] < 0.96 * published * 1e6  # convolutions and the dense layer alone are too few


def test_people_get_a_table_with_totals_and_the_strongest_channels(cache: Path) -> None:
    outcome = seefood("layers", CAT, "--at", "block3", cache=cache, extra={"COLUMNS": "120"})
    assert (outcome.status, outcome.out) == (0, "")
    assert "depthwise convolution, relu6" in outcome.err
    assert "4,631,000 weights; 385,187,552 multiply-adds" in outcome.err
    said = " ".join(outcome.err.split())
    assert "page: 407 M. Here 385.2 M; with normalisation, activations and additions counted too, 405.0 M" in said
    assert "405.0 M (-0.5 %)." in said
    assert "block3/project (28×28×40), strongest channels" in outcome.err
    narrow = seefood("layers", CAT, cache=cache, extra={"COLUMNS": "80"})
    assert "…" not in narrow.err
    assert any("112×112×96" in line and line.rstrip().endswith(" 7") for line in narrow.err.splitlines())


def test_quiet_says_nothing_and_draws(tmp_path: Path, cache: Path) -> None:
    sizes = {}
    for name, arguments in {
        "whole.png": (),
        "some.jpg": ("--at", "head", "--maps", 8),
        "more.jpg": ("--at", "head", "--maps", 80),
        "filters.webp": ("--filters",),
    }.items():
        outcome = seefood("layers", CAT, *arguments, "-o", tmp_path / name, "-q", cache=cache)
        assert (outcome.status, outcome.out, outcome.err) == (0, "", "")
        with Image.open(tmp_path / name) as image:
            sizes[name] = image.size
    assert sizes["whole.png"][1] > 3000  # a row for each of 18 blocks
    assert sizes["some.jpg"][1] < sizes["more.jpg"][1]


def test_a_model_and_a_network_that_people_bring(tmp_path: Path, cache: Path) -> None:
    model, network = doors.small_model(tmp_path / "small.onnx"), doors.small_network(tmp_path)
    picture = doors.picture(tmp_path / "red.png")
    taught = one_value(seefood("layers", picture, "--model", model, "--at", "logits", "--json", cache=cache))
    assert [layer["kind"] for layer in taught["layers"]] == ["input", "global average pooling", "dense", "softmax"]
    assert (taught["backbone"], taught["shape"]) == ("small.onnx", [1, 1, 3])
    # Three means through a dense layer of 3 × 3, and softmax over three.
    assert (taught["multiply_adds"], taught["operations"], taught["published"]) == (9, 9 + 3, None)
    assert taught["maps"][0]["channel"] == 0  # the red one
    drawn = tmp_path / "own.png"
    own = one_value(seefood("layers", picture, "--backbone", network, "-o", drawn, "--json", cache=cache))
    assert [layer["kind"] for layer in own["layers"]] == ["input", "global average pooling"]
    assert drawn.is_file()
    assert own["published"] is None
    said = seefood("layers", picture, "--backbone", network, cache=cache).err
    assert "in all" in said
    assert "Published" not in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("missing.jpg",), ("missing.jpg", "no such file")),
        (("broken.jpg",), ("broken.jpg", "expected a picture")),
        ((CAT, "--at", "blok3"), ("'blok3'", "block3")),
        ((CAT, "--backbone", "lite9"), ("lite9", "lite0")),
        ((CAT, "--model", "missing.onnx"), ("missing.onnx", "model")),
        ((CAT, "-o", "out.txt"), ("out.txt", ".png")),
        (("missing.jpg", "-o", "out.txt"), ("out.txt", ".png")),  # before any work
        ((CAT, "-o", "nowhere/out.png"), ("nowhere/out.png", "folder")),
        ((CAT, "--filters"), ("--filters", "-o")),
        ((CAT, "--filters", "--at", "stem", "-o", "x.png"), ("--filters", "--at")),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    tmp_path: Path, cache: Path, arguments: tuple[object, ...], words: tuple[str, ...]
) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    outcome = seefood("layers", *arguments, cache=cache, cwd=tmp_path)
    assert (outcome.status, outcome.out) == (2, "")
    for word in words:
        assert word in outcome.complaint
    assert {path.name for path in tmp_path.iterdir()} == {"broken.jpg"}
