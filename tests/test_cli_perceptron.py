"""``seefood perceptron``: what it says is what the numbers are, and what goes wrong is one line."""

import json
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from doors import Outcome, begin, seefood

Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def perceptron(*arguments: object, **options: Any) -> Outcome:
        return seefood("perceptron", *arguments, cache=tmp_path / "cache", **options)

    return perceptron


def flowers(path: Path, lines: int = 60) -> Path:
    """Two kinds of flowers whose petals differ; millimetres in one column, metres in the other."""
    random = np.random.default_rng(0)
    rows = ["length,width,species"]
    for number in range(lines):
        tall = number % 2
        length, width = 2000 + 1500 * tall + random.normal(0, 100), 0.002 + 0.001 * tall + random.normal(0, 0.0001)
        rows.append(f"{length:.3f},{width:.6f},{'tall' if tall else 'small'}")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_the_same_seed_gives_the_same_numbers(run: Run) -> None:
    first, again, other = (run("xor", "--seed", seed, "--json").lines()[0] for seed in (1, 1, 2))
    assert first["epochs"] == again["epochs"]
    assert first["epochs"] != other["epochs"]


def test_json_tells_the_whole_story(run: Run) -> None:
    done = run("xor", "--layers", "3,2", "--epochs", 5, "--batch-size", 7, "--learning-rate", 0.1, "--json")
    (told,) = done.lines()
    assert done.status == 0
    assert done.err == ""
    assert (told["problem"], told["examples"], told["tested"]) == ("xor", 200, 200)
    assert told["network"]["sizes"] == [2, 3, 2, 2]
    assert told["network"]["parameters"] == 2 * 3 + 3 + 3 * 2 + 2 + 2 * 2 + 2
    assert told["steps"] == 5 * 29  # 200 examples are 28 batches of 7 and one of 4
    assert [epoch["number"] for epoch in told["epochs"]] == [1, 2, 3, 4, 5]
    assert told["accuracy"] == told["epochs"][-1]["accuracy"]
    assert told["settings"]["batch_size"] == 7
    assert told["output"] is told["diverged"] is told["trace"] is None


@pytest.mark.parametrize("problem", ["example", "xor", "moons", "circles", "spiral", "three-spirals"])
def test_every_small_problem_is_solved_as_it_comes(run: Run, problem: str) -> None:
    (told,) = run(problem, "--seed", 3, "--json").lines()
    assert told["accuracy"] >= 0.99
    assert told["test_accuracy"] is None or told["test_accuracy"] >= 0.98


def test_a_trace_holds_every_number_of_the_way_there_and_back(run: Run) -> None:
    """Recomputed here: sums, tanh, softmax, cross-entropy; and the loss's slope with one weight, by nudging it."""
    (told,) = run("xor", "--layers", "3", "--activation", "tanh", "--epochs", 2, "--trace", 5, "--json").lines()
    trace = told["trace"]
    weights = [np.array(layer["weights"]) for layer in trace["layers"]]
    biases = [np.array(layer["bias"]) for layer in trace["layers"]]

    def loss(first: Any) -> tuple[list[Any], float]:
        hidden = np.array(trace["inputs"]) @ first + biases[0]
        last = np.tanh(hidden) @ weights[1] + biases[1]
        probabilities = np.exp(last) / np.exp(last).sum()
        values = [hidden, np.tanh(hidden), last, probabilities]
        return values, float(-np.log(probabilities[told["labels"].index(trace["label"])]))

    values, expected = loss(weights[0])
    found = [trace["sums"][0], trace["activations"][0], trace["sums"][1], trace["activations"][1]]
    for ours, theirs in zip(found, values, strict=True):
        assert np.allclose(ours, theirs, rtol=1e-12)
    assert trace["loss"] == pytest.approx(expected)
    nudge = np.zeros((2, 3))
    nudge[1, 2] = 1e-6
    slope = (loss(weights[0] + nudge)[1] - loss(weights[0] - nudge)[1]) / 2e-6
    assert trace["gradients"]["weights"][0][1][2] == pytest.approx(slope, rel=1e-6, abs=1e-9)


def test_the_arithmetic_is_written_for_people(run: Run) -> None:
    text = run("example", "--trace", 0, extra={"COLUMNS": "200"}).err
    assert "horizontal lines 0.55, vertical lines 0.1, green 0.8" in text
    assert "z₁ = 0.55 × " in text
    assert "loss = −ln p₁" in text


def test_a_table_of_ones_own_is_scaled_and_split(run: Run, tmp_path: Path) -> None:
    (told,) = run(flowers(tmp_path / "flowers.csv"), "--json").lines()
    assert (told["examples"], told["tested"]) == (48, 12)
    assert told["features"] == ["length", "width"]
    assert told["labels"] == ["small", "tall"]
    assert told["test_accuracy"] == 1.0


def test_how_a_table_was_split_and_scaled_is_said(run: Run, tmp_path: Path) -> None:
    path = flowers(tmp_path / "flowers.csv")
    (told,) = run(path, "--json", "--trace", 7, "--epochs", 1).lines()
    lines = path.read_text().splitlines()
    line = told["trace"]["line"]
    cells = lines[line - 1].split(",")
    assert told["trace"]["in_file"] == pytest.approx([float(cells[0]), float(cells[1])], rel=1e-9)
    assert told["trace"]["label"] == cells[2]
    scaling = told["scaling"]
    assert scaling["kind"] == "standardised"
    back = [
        value * divisor + shift
        for value, divisor, shift in zip(told["trace"]["inputs"], scaling["divisor"], scaling["shift"], strict=True)
    ]
    assert back == pytest.approx(told["trace"]["in_file"])
    text = run(path, "--trace", 7, "--epochs", 1, extra={"COLUMNS": "200"}).err
    assert "48 of 60 lines learned from, 12 kept to test; 2 classes in 'species'" in text
    assert f"columns standardised, (number − mean) / deviation:\n  length: mean {scaling['shift'][0]:.0f}, " in text
    assert f"example 7 (line {line} of the file): length " in text
    assert "-" not in text.partition("of the file):")[2].partition("\n")[0]  # real minus signs only


def test_columns_that_are_left_as_they_are_and_pixels(run: Run, tmp_path: Path) -> None:
    small, pixels = tmp_path / "small.csv", tmp_path / "pixels.csv"
    small.write_text("id,a,b,label\n" + "".join(f"{n},{n % 2},{n % 3 / 2},{'ab'[n % 2]}\n" for n in range(30)))
    pixels.write_text("label,pixel0,pixel1\n" + "".join(f"{n % 2},{255 * (n % 2)},{n}\n" for n in range(30)))
    said = run(small, "--epochs", 1).err
    assert "columns used as they are" in said
    assert "left out, as they only number the lines: id" in said
    assert "pixels divided by 255" in run(pixels, "--epochs", 1).err
    (told,) = run(pixels, "--epochs", 1, "--json").lines()
    assert told["scaling"] == {"kind": "pixels", "shift": [0, 0], "divisor": [255, 255]}


def test_the_label_can_be_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("kind,a,b\n" + "".join(f"{'xy'[n % 2]},{n % 2},{n % 5}\n" for n in range(30)))
    for label in ("kind", "KIND", "1"):
        (told,) = run(path, "--label", label, "--epochs", 1, "--json").lines()
        assert (told["label_column"], told["features"], told["labels"]) == ("kind", ["a", "b"], ["x", "y"])
    assert "expected a column 'sort'; found 'kind', 'a', 'b'" in run(path, "--label", "sort").complaint
    path.write_text("a,b,label\n" + "1,2,same\n" * 5)
    assert "name it with label= or --label" in run(path).complaint


def test_json_is_utf_8_whatever_a_file_is_called(run: Run, tmp_path: Path) -> None:
    name = os.fsencode(str(tmp_path)) + b"/caf\xe9.csv"
    try:
        Path(os.fsdecode(name)).write_bytes(flowers(tmp_path / "flowers.csv").read_bytes())
    except OSError:
        pytest.skip("no such file names here")
    (told,) = run(os.fsdecode(name), "--epochs", 1, "-o", tmp_path / "out", "--json").lines()
    assert told["problem"] == "caf\udce9.csv"
    assert json.loads((tmp_path / "out" / "history.json").read_bytes())["problem"] == told["problem"]


def test_a_narrow_terminal_shortens_no_numbers(run: Run) -> None:
    wide, narrow = (
        run("xor", "--epochs", 30, extra={"COLUMNS": str(columns)}).err.splitlines() for columns in (100, 40)
    )
    rows = [
        [[cell for cell in line.split() if cell[0] not in "█▏▎▍▌▋▊▉"] for line in lines if line.count("%") == 2]
        for lines in (wide, narrow)
    ]
    assert len(rows[0]) == 12
    assert rows[0] == rows[1]
    assert all(len(cells) == 5 for cells in rows[0])
    assert all(len(line) <= 40 for line in narrow)
    assert "█" not in "".join(narrow)


def test_nothing_is_written_over_what_is_read(run: Run, tmp_path: Path) -> None:
    path = flowers(tmp_path / "flowers.csv").rename(tmp_path / "history.json")
    before = path.read_bytes()
    done = run(path, "-o", tmp_path)
    assert done.status == 2
    assert "history.json, which is read" in done.complaint
    assert path.read_bytes() == before


def test_a_folder_that_was_made_for_nothing_is_removed(run: Run, tmp_path: Path) -> None:
    assert run("xor", "--momentum", 0.5, "-o", tmp_path / "out").status == 2
    assert not (tmp_path / "out").exists()
    (tmp_path / "mine").mkdir()
    assert run("xor", "--momentum", 0.5, "-o", tmp_path / "mine").status == 2
    assert (tmp_path / "mine").is_dir()


def test_a_folder_used_again_holds_one_run(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("xor", "--epochs", 1, "-o", out, "-q")
    (out / "notes.txt").write_text("mine")
    (told,) = run("example", "--epochs", 1, "-o", out, "--json").lines()
    assert sorted(map(str, out.iterdir())) == sorted([*told["output"].values(), str(out / "notes.txt")])
    assert not (out / "regions.svg").exists()


def test_pictures_and_the_history_are_written(run: Run, tmp_path: Path) -> None:
    (told,) = run("moons", "--epochs", 3, "-o", tmp_path / "out", "--json").lines()
    assert {"network", "loss", "surface", "regions", "history"} <= set(told["output"])
    for path in told["output"].values():
        assert Path(path).parent == tmp_path / "out"
        assert Path(path).stat().st_size > 1000
    history = json.loads((tmp_path / "out" / "history.json").read_text())
    assert len(history["step_losses"]) == told["steps"] == 3 * 12
    again = run("moons", "--epochs", 3, "-o", tmp_path / "out")
    assert again.status == 0
    assert "regions" in again.err


def test_learning_that_runs_away_is_said_and_its_history_kept(run: Run, tmp_path: Path) -> None:
    arguments = ("spiral", "--optimiser", "gradient-descent", "--learning-rate", 1e150, "-o", tmp_path / "out")
    done = run(*arguments, "--quiet")
    assert done.status == 1
    assert "expected a loss that stays a finite number" in done.complaint
    assert "1e+150" in done.complaint
    assert json.loads((tmp_path / "out" / "history.json").read_text())["steps"] >= 1
    (told,) = run(*arguments, "--json").lines()
    assert told["diverged"] in done.complaint


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no-such-problem"], "expected a file or one of example, xor"),
        (["missing.csv"], "missing.csv: expected a file"),
        (["ragged.csv"], "line 3"),
        (["xor", "--layers", "4,a"], "expected --layers as numbers of nodes from 1 to 99999 such as 16,8"),
        (["xor", "--layers", "4,-2"], "expected --layers"),
        (["xor", "--layers", "100000"], "numbers of nodes from 1 to 99999"),
        (["xor", "--layers", "9000,9000"], "expected at most 20,000,000 weights and biases; found 81,"),
        (["xor", "--epochs", "1000000001"], "expected epochs of at most 1,000,000,000"),
        (["xor", "--label", "x"], "expected a label's column for a table only"),
        (["xor", "--epochs", "0"], "expected epochs as a whole number from 1 up; found 0"),
        (["xor", "--batch-size", "0"], "expected batch size as a whole number from 1 up; found 0"),
        (["xor", "--learning-rate", "nan"], "expected a learning rate above 0; found nan"),
        (["xor", "--learning-rate", "-1"], "expected a learning rate above 0; found -1"),
        (["xor", "--momentum", "0.5"], "expected momentum with gradient descent only"),
        (["xor", "--trace", "200"], "expected one of the problem's 200 examples"),
        (["xor", "-o", "no/such/folder"], "expected a folder to write to"),
        (["xor", "-o", "ragged.csv"], "expected a folder to write to"),
    ],
)
def test_what_cannot_be_done_is_one_line(run: Run, tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "ragged.csv").write_text("a,b,label\n1,2,x\n3,y\n")
    done = run(*arguments, "--quiet", cwd=tmp_path)
    assert done.status == 2
    assert words in done.complaint
    assert done.out == ""


def interrupted(tmp_path: Path, seconds: float, *arguments: object) -> tuple[bytes, bytes]:
    """What is said where learning is ended by Ctrl-C after so long."""
    process = begin("perceptron", "spiral", "--epochs", "1000000", *arguments, cache=tmp_path / "cache")
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err
    return out, err


def test_ctrl_c_ends_it_with_one_line(tmp_path: Path) -> None:
    out, err = interrupted(tmp_path, 2.0, "--quiet")
    assert out == b""
    assert re.fullmatch(r"seefood: interrupted.*; nothing was written", err.decode().strip())


def test_ctrl_c_keeps_and_draws_what_was_learned(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for seconds in (2.0, 8.0, 32.0):  # a slow machine may not have begun to learn
        out, err = interrupted(tmp_path, seconds, "--json", "-o", folder)
        if out:
            break
        assert not folder.exists()
    told = json.loads(out)
    assert told["ending"] == "interrupted"
    assert told["diverged"] is None
    assert told["steps"] > len(told["epochs"]) > 0
    steps = f"after {told['steps']:,} steps; what was learned up to there is in {folder}\n"
    assert err.decode().endswith(steps)
    assert err.count(b"\n") == 1
    history = json.loads((folder / "history.json").read_text())
    assert len(history["step_losses"]) == told["steps"]
    assert {path.name for path in folder.iterdir()} == {*history["files"], "history.json"}
    assert "Learning was interrupted in epoch" in (folder / "loss.svg").read_text()
