"""Interrupted work loses nothing: killed or stopped at any moment, the same command ends with the same result."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from doors import EXAMPLES, Outcome, begin, seefood
from seefood.caches import BlobCache
from seefood.evaluation import Evaluation
from seefood.model import load

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals as on Unix")

PICTURES = EXAMPLES / "fashion" / "test"
KILLS = 10
CHAIN = 5
"""Kills before the work is let through."""
WARM = 0.6
"""Share of the whole duration that is left once something was done before."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight pictures of each of six kinds of clothes."""
    folder = tmp_path_factory.mktemp("pictures")
    for source in sorted((EXAMPLES / "fashion" / "train").iterdir()):
        (folder / source.name).mkdir()
        for path in sorted(source.iterdir())[:8]:
            shutil.copy(path, folder / source.name)
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def timed(*arguments: object, cache: Path) -> tuple[Outcome, float]:
    start = time.monotonic()
    outcome = seefood(*arguments, cache=cache)
    return outcome, time.monotonic() - start


def kill_after(seconds: float, *arguments: object, cache: Path) -> bool:
    """Whether it was still at work."""
    with begin(*arguments, cache=cache, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        time.sleep(seconds)
        process.kill()
        return process.wait() == -signal.SIGKILL


def moments(seed: int, seconds: float) -> Iterator[float]:
    """Random ones of the whole duration; the start of Python is of no interest."""
    generator = random.Random(seed)
    while True:
        for number in range(CHAIN):
            yield generator.uniform(min(0.15, seconds / 4), seconds * (WARM if number else 1))


def until(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def is_whole(cache: Path) -> None:
    """Every file under its final name in a cache is what it says it is, or the cache would remove it."""
    kept = list(cache.rglob("*.blob"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEEFOOD_CACHE", str(cache))
        for path in kept:
            BlobCache(path.parent.name, 1 << 40).get(path.name.split(".")[0])
    assert [path for path in kept if not path.exists()] == []


# Teaching.


def described(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a model says about itself, but for when it was made; and its numbers."""
    model = load(path)
    training = dict(model.card.training or {})
    del training["date"], training["versions"]
    card = {"labels": model.labels, "thresholds": model.card.thresholds, "temperature": model.card.temperature}
    constants = {c.name: onnx.numpy_helper.to_array(c) for c in onnx.load(path).graph.initializer}
    return card | {"training": training, "backbone": dict(model.card.backbone)}, constants


def test_teaching_that_is_killed_ends_as_if_it_had_not_been(folder: Path, tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed.onnx"
    outcome, seconds = timed("train", folder, "-o", undisturbed, cache=tmp_path / "first")
    assert outcome.status == 0
    card, constants = described(undisturbed)
    assert isinstance(load(undisturbed).score, Evaluation)
    moment, killed, chain = moments(7, seconds), 0, 0
    while killed < KILLS:
        chain += 1
        cache, output = tmp_path / f"cache{chain}", tmp_path / str(chain) / "model.onnx"
        output.parent.mkdir()
        for _ in range(CHAIN):
            killed += kill_after(next(moment), "train", folder, "-o", output, cache=cache)
            is_whole(cache)
            if output.exists():
                load(output)
                output.unlink()
        assert seefood("train", folder, "-o", output, cache=cache).status == 0
        again, others = described(output)
        assert again == card
        assert constants.keys() == others.keys()
        for name, values in constants.items():
            np.testing.assert_array_equal(values, others[name])


def test_an_old_model_is_there_until_the_new_one_is(folder: Path, cache: Path, tmp_path: Path) -> None:
    output = tmp_path / "model.onnx"
    seefood("train", folder, "-o", output, cache=cache)
    old, (_, seconds) = output.read_bytes(), timed("train", folder, "-o", tmp_path / "other.onnx", cache=cache)
    for share in (0.8, 0.9, 0.95):
        kill_after(share * seconds, "train", folder, "-o", output, "--seed", 1, cache=cache)
        assert output.read_bytes() == old or load(output).card.training["seed"] == 1  # type: ignore[index]


def test_teaching_that_is_stopped_says_so_and_goes_on_with_what_it_has(folder: Path, tmp_path: Path) -> None:
    output, cache = tmp_path / "model.onnx", tmp_path / "cache"
    with begin("train", folder, "-o", output, cache=cache) as process:
        until((cache / "features" / "features.sqlite").exists, process)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    stopped(process.returncode, out, err)
    assert not output.exists()
    assert not list(tmp_path.glob(".*part"))
    assert seefood("train", folder, "-o", output, cache=cache).status == 0
    load(output)


def stopped(status: int, out: bytes, err: bytes, *, kept: bool = True) -> None:
    """130, and one line that says what is left."""
    assert (status, out) == (130, b"")
    left = "what was done is kept, run the same command again to go on" if kept else "nothing was written"
    assert err.decode().split("\n") == ["", f"seefood: interrupted; {left}", ""]


# Classifying.


@pytest.fixture(scope="module")
def whole(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What an undisturbed run writes about 120 pictures."""
    output = tmp_path_factory.mktemp("whole") / "results.jsonl"
    assert seefood("classify", PICTURES, "--output", output, cache=cache).status == 0
    assert len(output.read_bytes().splitlines()) == 120
    return output.read_bytes()


def test_results_that_are_killed_end_as_if_they_had_not_been(cache: Path, whole: bytes, tmp_path: Path) -> None:
    _, seconds = timed("classify", PICTURES, "--output", tmp_path / "timed.jsonl", cache=cache)
    moment, killed, chain = moments(5, seconds), 0, 0
    while killed < KILLS:
        chain += 1
        output = tmp_path / f"results{chain}.jsonl"
        for _ in range(CHAIN):
            killed += kill_after(next(moment), "classify", PICTURES, "--output", output, cache=cache)
            if output.exists():
                assert output.read_bytes() == whole
                output.unlink()
            begun = output.with_name(output.name + ".part")
            assert not begun.exists() or whole.startswith(begun.read_bytes())
        assert seefood("classify", PICTURES, "--output", output, cache=cache).status == 0
        assert output.read_bytes() == whole
        assert not output.with_name(output.name + ".part").exists()


def test_results_that_are_stopped_are_kept_and_gone_on_with(cache: Path, whole: bytes, tmp_path: Path) -> None:
    output = tmp_path / "results.jsonl"
    begun = output.with_name("results.jsonl.part")
    with begin("classify", PICTURES, "--output", output, "--threads", 1, cache=cache) as process:
        until(lambda: begun.exists() and begun.stat().st_size > 0, process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    stopped(process.returncode, out, err)
    assert not output.exists()
    kept = begun.read_bytes()
    assert kept
    assert kept.endswith(b"\n")
    assert whole.startswith(kept)
    assert seefood("classify", PICTURES, "--output", output, cache=cache).status == 0
    assert output.read_bytes() == whole


def test_a_stop_gets_through_while_a_list_on_stdin_lets_wait(cache: Path) -> None:
    with begin("classify", "-", "--json", cache=cache, stdin=subprocess.PIPE) as process:
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        assert process.stdout is not None
        assert process.stderr is not None
        stopped(process.returncode, process.stdout.read(), process.stderr.read(), kept=False)
