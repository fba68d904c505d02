"""``seefood explain`` as people run it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

import doors
from seefood.cli import main as doorway
from seefood.errors import SeefoodError

CAT = doors.EXAMPLES / "photos" / "cat.jpg"


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEFOOD_CACHE", str(tmp_path_factory.getbasetemp() / "explain-cache"))
    monkeypatch.delenv("SEEFOOD_DEBUG", raising=False)
    monkeypatch.setitem(doorway.COMMANDS, "explain", "Where in a picture the evidence is.")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(doorway.main, ["explain", *map(str, arguments)])


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return doors.small_model(tmp_path / "small.onnx")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number, name in enumerate(("a/one.png", "a/two.png", "b/one.png")):
        doors.picture(tmp_path / "photos" / name, doors.COLOURS["red"], seed=number)
    return tmp_path / "photos"


def test_the_pretrained_network_explains_a_photo(tmp_path: Path) -> None:
    output = tmp_path / "cat.png"
    result = run(CAT, "-o", output, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    (value,) = lines(result)
    assert {"path", "status", "verdict", "probability", "rival", "evidence", "contrast", "constant", "box"} <= set(
        value
    )
    assert {"before", "after", "elsewhere"} <= set(value["erased"])
    assert (value["path"], value["status"], value["output"], value["method"]) == (
        str(CAT),
        "ok",
        str(output),
        "evidence",
    )
    assert np.shape(value["evidence"]) == np.shape(value["contrast"]) == (7, 7)
    assert np.sum(value["contrast"]) == pytest.approx(value["log_odds"], abs=1e-4)
    assert value["log_odds"] == pytest.approx(np.log(value["probability"] / value["rival_probability"]), abs=1e-4)
    left, top, right, bottom = value["box"]
    with Image.open(CAT) as photo, Image.open(output) as sheet:
        assert 0 <= left < right <= photo.width
        assert 0 <= top < bottom <= photo.height
        assert sheet.format == "PNG"


def test_people_get_a_line(photos: Path, model: Path) -> None:
    result = run(photos / "a" / "one.png", "--model", model)
    assert (result.exit_code, result.stdout) == (0, "")
    (line,) = result.stderr.splitlines()
    assert "red" in line
    assert "most evidence in" in line
    assert run(photos / "a" / "one.png", "--model", model, "--quiet").stderr == ""


def test_many_pictures_go_into_a_folder(tmp_path: Path, photos: Path, model: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    out = tmp_path / "sheets"
    result = run(photos, "--model", model, "-o", out, "--json", "--language", "en", "--threads", 2)
    assert result.exit_code == 1
    values = lines(result)
    assert [value["status"] for value in values].count("failed") == 1
    done = {value["path"]: value["output"] for value in values if value["status"] == "ok"}
    assert sorted(Path(path).name for path in done.values()) == [
        "one.png-2.evidence.png",
        "one.png.evidence.png",
        "two.png.evidence.png",
    ]
    assert sorted(map(str, out.iterdir())) == sorted(done.values())
    assert all(value["method"] == "cover" and value["constant"] is None for value in values if value["status"] == "ok")


def test_another_class_and_another_rival(photos: Path, model: Path) -> None:
    (value,) = lines(run(photos / "a" / "one.png", "-m", model, "--json", "--class", "blue", "--against", "green"))
    assert (value["verdict"], value["class"], value["rival"]) == ("red", "blue", "green")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("missing.png",), ("missing.png", "no such file")),
        (("PHOTO", "--class", "rad"), ("'rad'", "red")),
        (("PHOTO", "--class", "red", "--against", "red"), ("twice",)),
        (("PHOTO", "--method", "evidence"), ("--method cover",)),
        (("PHOTO", "-o", "no/such/out.png"), ("out.png", "folder")),
        (("PHOTO", "-o", "out.txt"), ("out.txt", ".png")),
        (("PHOTO", "-o", "PHOTO"), ("one.png", "expected a place of its own")),
        (("PHOTOS", "-o", "out.png"), ("out.png", "folder")),
        (("PHOTOS", "-o", "PHOTOS"), ("apart from the pictures",)),
        (("PHOTOS", "-o", "PHOTOS/a"), ("apart from the pictures",)),
        (("PHOTOS", "-o", "MODEL"), ("folder",)),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, photos: Path, model: Path, monkeypatch: pytest.MonkeyPatch, arguments: Any, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    names = {"PHOTO": photos / "a" / "one.png", "PHOTOS": photos, "PHOTOS/a": photos / "a", "MODEL": model}
    result = run(*[names.get(argument, argument) for argument in arguments], "--model", model)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("seefood: ")
    assert all(word in line for word in words), line
    assert not isinstance(result.exception, SeefoodError)
    assert sorted(tmp_path.rglob("*")) == before
