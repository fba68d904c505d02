"""``seefood perceptron``: what it says is what the numbers are, and what goes wrong is one line."""

import json
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
        (["xor", "--layers", "4,a"], "expected --layers as numbers of nodes such as 16,8"),
        (["xor", "--layers", "4,-2"], "expected --layers"),
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


def test_ctrl_c_ends_it_with_one_line(tmp_path: Path) -> None:
    process = begin("perceptron", "spiral", "--epochs", "1000000", "--quiet", cache=tmp_path / "cache")
    time.sleep(2.0)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == b""
    assert b"interrupted" in err
    assert b"Traceback" not in err
