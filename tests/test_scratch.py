"""``seefood train --from-scratch``: the file answers as Keras does, a cut-short run goes on, faults are one line."""

import csv
import json
import signal
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from PIL import Image

import seefood
from doors import Outcome, begin
from doors import seefood as run_seefood

Array = np.ndarray[Any, np.dtype[Any]]
LABELS = ("left", "middle", "right")
Run = Callable[..., Outcome]


def bars(count: int, seed: int, strength: int = 60) -> tuple[Array, Array]:
    """Pictures uint8 [n, 9, 9] with a bright bar on the left, in the middle or on the right, and which it is."""
    random = np.random.default_rng(seed)
    targets = random.permutation(np.arange(count) % 3)
    values = random.integers(0, 120, (count, 9, 9))
    for number, target in enumerate(targets):
        values[number, :, 3 * target : 3 * target + 3] += strength
    return values.astype(np.uint8), targets


def table(path: Path, count: int = 300, seed: int = 0, strength: int = 60) -> Path:
    pictures, targets = bars(count, seed, strength)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["label", *(f"pixel{number}" for number in range(81))])
        writer.writerows([LABELS[target], *row] for target, row in zip(targets, pictures.reshape(-1, 81), strict=True))
    return path


@pytest.fixture(scope="module", autouse=True)
def needs_keras() -> None:
    if not all(map(find_spec, ("keras", "tensorflow"))):
        pytest.skip("no Keras on TensorFlow here: scripts/install everything")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def command(*arguments: object, **options: Any) -> Outcome:
        return run_seefood(*arguments, cache=tmp_path / "cache", **options)

    return command


NETWORK = ("--network", "conv 6 3, pool 2, dropout 0.2, dense 12", "--epochs", "4", "--batch-size", "16")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder with everything that one training leaves, and what it said."""
    folder = tmp_path_factory.mktemp("trained")
    arguments = (
        table(folder / "train.csv"),
        "--test",
        table(folder / "test.csv", 120, seed=1),
        "-o",
        folder / "m.onnx",
    )
    extras = ("--keras", folder / "m.keras", "--history", folder / "h.svg", "--learning-rate", "0.01")
    done = run_seefood("train", *arguments, "--from-scratch", *NETWORK, *extras, "--json", cache=folder / "cache")
    assert done.status == 0, done.err
    (told,) = done.lines()
    return folder, told


def test_json_tells_what_happened(trained: tuple[Path, dict[str, Any]]) -> None:
    folder, told = trained
    assert told["model"] == str(folder / "m.onnx")
    assert told["classes"] == dict.fromkeys(LABELS, 100)
    assert told["network"] == "conv 6 3, pool max 2, dropout 0.2, dense 12"
    assert [record["number"] for record in told["history"]] == [1, 2, 3, 4]
    assert told["validation"] == 60
    assert told["test"]["pictures"] == 120
    assert told["test"]["accuracy"] > 0.9
    assert told["interval"][0] <= told["accuracy"] <= told["interval"][1]
    assert {file.name for file in folder.iterdir()} == {
        *("train.csv", "test.csv", "m.onnx", "m.keras", "h.svg", "cache"),
    }


def test_the_file_answers_as_keras_does(trained: tuple[Path, dict[str, Any]]) -> None:
    """Opened with onnxruntime alone: Keras' probabilities, brought to the file's temperature."""
    from seefood.networks.frameworks import keras

    folder, _ = trained
    pictures, _ = bars(50, seed=5)
    expected = np.asarray(keras().models.load_model(folder / "m.keras")(pictures[..., np.newaxis] / np.float32(255)))
    session = onnxruntime.InferenceSession(folder / "m.onnx", providers=["CPUExecutionProvider"])
    about = json.loads(session.get_modelmeta().custom_metadata_map["seefood"])
    found, features = session.run(
        ["probabilities", "features"], {"pixels": np.repeat(pictures[..., np.newaxis], 3, axis=3)}
    )
    cooled = expected.astype(np.float64) ** (1 / about["temperature"])
    assert abs(found - cooled / cooled.sum(axis=1, keepdims=True)).max() < 1e-5
    assert features.shape == (50, 12)
    assert about["labels"] == list(LABELS)
    onnx.checker.check_model(onnx.load(folder / "m.onnx"))


def test_the_same_file_through_evaluate_gives_the_same(run: Run, trained: tuple[Path, dict[str, Any]]) -> None:
    folder, told = trained
    (again,) = run("evaluate", folder / "m.onnx", folder / "test.csv", "--json").lines()
    assert again == told["test"]


def test_it_classifies_files_like_any_model(run: Run, trained: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, _ = trained
    pictures, targets = bars(12, seed=6, strength=100)
    for number, (picture, target) in enumerate(zip(pictures, targets, strict=True)):
        (tmp_path / "photos" / LABELS[target]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(tmp_path / "photos" / LABELS[target] / f"{number}.png")
    lines = run("classify", tmp_path / "photos", "--model", folder / "m.onnx", "--json").lines()
    right = [line["top"][0]["label"] == Path(line["path"]).parent.name for line in lines]
    assert len(right) == 12
    assert sum(right) >= 11
    (scored,) = run("evaluate", folder / "m.onnx", tmp_path / "photos", "--json").lines()
    assert scored["accuracy"] == sum(right) / 12
    assert seefood.load(folder / "m.onnx").score is not None


def test_a_folder_of_colour_pictures_is_learned_too(run: Run, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for label, colour in (("red", (200, 60, 60)), ("blue", (60, 60, 200))):
        (tmp_path / "photos" / label).mkdir(parents=True)
        for number in range(20):
            pixels = np.clip(np.array(colour) + random.normal(0, 30, (12, 12, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / label / f"{number}.png")
    (tmp_path / "photos" / "red" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    arguments = ("--from-scratch", "--network", "conv 4 3, dense 8", "--epochs", "20", "--batch-size", "8")
    done = run("train", tmp_path / "photos", "-o", tmp_path / "m.onnx", *arguments, "--learning-rate", "0.01", "--json")
    (told,) = done.lines()
    assert done.status == 1
    assert len(told["rejected"]) == told["pictures"]["rejected"] == 1
    assert told["accuracy"] == 1.0


def test_a_killed_run_goes_on(run: Run, tmp_path: Path) -> None:
    """kill -9 once the first epochs are kept; the same command ends as if nothing had been."""
    data, kept = table(tmp_path / "train.csv", 2000), tmp_path / ".m.onnx.training"
    network = ("--from-scratch", "--network", "conv 8 3, dropout 0.3, dense 16", "--epochs", "12")
    arguments = ("train", data, *network, "--batch-size", "16", "--seed", "4", "--json")
    process = begin(*arguments, "-o", tmp_path / "m.onnx", cache=tmp_path / "cache")
    deadline = time.monotonic() + 60
    while not kept.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert kept.exists()
    assert not (tmp_path / "m.onnx").exists()
    (resumed,) = run(*arguments, "-o", tmp_path / "m.onnx").lines()
    (whole,) = run(*arguments, "-o", tmp_path / "other.onnx").lines()
    assert 1 <= resumed["resumed"] < 12
    assert whole["resumed"] == 0
    for one, other in zip(resumed["history"], whole["history"], strict=True):
        del one["seconds"], other["seconds"]
        assert one == pytest.approx(other, rel=1e-4)
    assert sorted(file.suffix for file in tmp_path.iterdir() if file.is_file()) == [".csv", ".onnx", ".onnx"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["t.csv"], "found a table, t.csv; add --from-scratch"),
        ([".", "--epochs", "3"], "found --epochs; add --from-scratch"),
        (["missing.csv", "--from-scratch"], "missing.csv"),
        (["t.csv", "--from-scratch", "--network", "conv 4 3, conv 4 9"], "layer 2, conv_2"),
        (["t.csv", "--from-scratch", "--epochs", "0"], "expected epochs as a whole number from 1 up; found 0"),
        (["t.csv", "--from-scratch", "--learning-rate", "nan"], "expected a learning rate above 0"),
        (["t.csv", "--from-scratch", "--shape", "3,4,5,6"], "expected --shape as HEIGHT,WIDTH"),
        (["t.csv", "--from-scratch", "--shape", "3,4"], "t.csv"),
        (["t.csv", "--from-scratch", "--keras", "m.h5"], "m.h5: expected a name that ends in .keras"),
        (["t.csv", "--from-scratch", "--history", "no/such/h.svg"], "no/such/h.svg: expected a name that ends in .svg"),
        (
            ["t.csv", "--from-scratch", "--test", "ragged.csv"],
            "ragged.csv: expected 9 × 9 × 1 = 81 pixels in a line; found 4",
        ),
        (["ragged.csv", "--from-scratch"], "found 2 in line 3"),
    ],
)
def test_what_cannot_be_done_is_one_line(run: Run, tmp_path: Path, arguments: list[str], words: str) -> None:
    table(tmp_path / "t.csv", 30)
    (tmp_path / "ragged.csv").write_text("label,p1,p2,p3,p4\n1,2,3,4,5\n1,2\n")
    done = run("train", *arguments, "-o", "m.onnx", "--quiet", cwd=tmp_path)
    assert done.status == 2
    assert words in done.complaint
    assert not (tmp_path / "m.onnx").exists()


def test_a_wrong_word_is_pointed_at(run: Run, tmp_path: Path) -> None:
    arguments = ("--from-scratch", "--network", "conv 4 3, convv 4", "-o", tmp_path / "m.onnx")
    done = run("train", table(tmp_path / "t.csv", 30), *arguments)
    assert done.status == 2
    text, carets, complaint = done.err.splitlines()
    assert text[carets.index("^") : carets.rindex("^") + 1] == "convv"
    assert "did you mean 'conv'" in complaint


def test_without_keras_the_one_command_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty" / "keras").mkdir(parents=True)
    (tmp_path / "empty" / "keras" / "__init__.py").write_text("raise ImportError('No module named keras')")
    done = run(
        *("train", table(tmp_path / "t.csv", 60), "--from-scratch", "--network", "dense 4", "--quiet"),
        *("-o", tmp_path / "m.onnx"),
        extra={"PYTHONPATH": str(tmp_path / "empty")},
    )
    assert done.status == 2
    assert 'pip install "seefood[scratch]"' in done.complaint


def test_ctrl_c_keeps_what_was_trained(tmp_path: Path) -> None:
    kept = tmp_path / ".m.onnx.training"
    process = begin(
        *("train", table(tmp_path / "t.csv", 600), "--from-scratch", "--network", "conv 8 3, dense 16"),
        *("--epochs", "100000", "--quiet", "-o", tmp_path / "m.onnx"),
        cache=tmp_path / "cache",
    )
    deadline = time.monotonic() + 60
    while not kept.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"what was done is kept, run the same command again to go on" in err
    assert len(err.strip().splitlines()) == 1
    assert kept.exists()


@pytest.mark.parametrize("option", [("--familiar", "0.5"), ("--backbone", "lite1"), ("--augment", "auto")])
def test_what_a_network_from_scratch_cannot_do_is_said(tmp_path: Path, option: tuple[str, str]) -> None:
    (tmp_path / "t.csv").write_text("label,pixel1\n0,0\n1,255\n" * 4)
    done = run_seefood(
        "train", tmp_path / "t.csv", "--from-scratch", "-o", tmp_path / "m.onnx", *option, cache=tmp_path / "cache"
    )
    assert done.status == 2
    assert option[0] in done.err or option[1] in done.err
    assert not (tmp_path / "m.onnx").exists()


def test_a_stated_risk_is_kept(tmp_path: Path) -> None:
    learned, tested = table(tmp_path / "train.csv"), table(tmp_path / "test.csv", 120, seed=1)
    options = ("--test", tested, "-o", tmp_path / "m.onnx", "--risk", "0.2", "--json")
    done = run_seefood("train", learned, "--from-scratch", *NETWORK, *options, cache=tmp_path / "cache")
    (told,) = done.lines()
    threshold = seefood.load(tmp_path / "m.onnx").card.thresholds.probability
    (point,) = [point for point in told["score"]["risk_coverage"] if point["probability"] == threshold]
    assert (point["wrong"] + 1) / (point["answered"] + 1) <= 0.2
    assert told["score"]["pictures"] - told["score"]["unsure"] == point["answered"]
