"""The command line: exit statuses, JSON as it is promised, one line for each thing that went wrong."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from PIL import Image

from doors import (
    COLOURS,
    EXAMPLES,
    Outcome,
    begin,
    card,
    coloured,
    picture,
    seefood,
    small_model,
    small_network,
    small_proto,
)
from seefood import verdicts
from seefood.cli import results as results_module
from seefood.cli.inputs import listed
from seefood.cli.main import COMMANDS, main
from seefood.evaluation import Evaluation
from seefood.model import classifier as classifier_module

Run = Callable[..., Outcome]

OK = {"path", "status", "verdict", "reason", "probability", "top", "novelty"}
FAILED = {"path", "status", "error"}


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that tests share where it does not matter what is in it."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def run(warm: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line in this process, which is faster; what it writes is bytes, as through a pipe."""
    monkeypatch.setenv("SEEFOOD_CACHE", str(warm))
    monkeypatch.delenv("SEEFOOD_DEBUG", raising=False)

    def called(*arguments: object, stdin: bytes | str = b"") -> Outcome:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return called


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return small_model(tmp_path / "small.onnx")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three good pictures."""
    return coloured(tmp_path / "photos", 1)


def by_name(results: Sequence[dict[str, Any]]) -> dict[str, str | None]:
    return {Path(result["path"]).name: result.get("verdict") for result in results}


# Exit statuses and the shapes of JSON.


def test_all_well_is_0_and_one_object_a_line(run: Run, model: Path, photos: Path) -> None:
    outcome = run("classify", photos, "-m", model, "--json")
    assert (outcome.status, outcome.err) == (0, "")
    results = outcome.lines()
    assert [result["path"] for result in results] == [str(photos / name / "000.png") for name in sorted(COLOURS)]
    for result in results:
        assert set(result) >= OK
        assert (result["status"], result["verdict"], result["reason"]) == ("ok", Path(result["path"]).parent.name, None)
        assert [set(guess) for guess in result["top"]] == [{"label", "probability"}] * 3
        assert result["top"][0] == {"label": result["verdict"], "probability": result["probability"]}
        assert sum(guess["probability"] for guess in result["top"]) == pytest.approx(1, abs=1e-6)
        assert result["novelty"] is None


def test_not_sure_is_no_verdict_and_a_reason(run: Run, model: Path, tmp_path: Path) -> None:
    grey = picture(tmp_path / "grey.png", (128, 128, 128), side=64)
    (result,) = run("classify", grey, "-m", model, "--json").lines()
    assert (result["verdict"], result["reason"]) == (None, "uncertain")
    assert result["probability"] < 0.5


def test_some_failed_is_1_and_a_line_for_each_in_its_place(run: Run, model: Path, photos: Path) -> None:
    (photos / "green" / "000.png").write_bytes(b"broken")
    outcome = run("classify", photos, photos / "missing.png", "-m", model, "--json")
    assert (outcome.status, outcome.err) == (1, "")
    results = outcome.lines()
    assert [result["status"] for result in results] == ["ok", "failed", "ok", "failed"]
    for result in results:
        assert set(result) >= (OK if result["status"] == "ok" else FAILED)
    assert str(photos / "green" / "000.png") in results[1]["error"]
    assert "no such file" in results[3]["error"]
    assert all("\n" not in result["error"] for result in results if result["status"] == "failed")


def test_every_one_failed_is_1(run: Run, model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    outcome = run("classify", tmp_path / "a.png", "-m", model, "--json")
    assert outcome.status == 1
    assert [result["status"] for result in outcome.lines()] == ["failed"]


@pytest.mark.parametrize("command", ["classify", "hotdog"])
@pytest.mark.parametrize("kind", ["missing", "two missing", "empty folder", "unmatched glob", "empty list"])
def test_nothing_to_do_is_2_and_one_line(run: Run, tmp_path: Path, command: str, kind: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("no picture")
    kinds: dict[str, list[Path | str]] = {
        "missing": [tmp_path / "missing.png"],
        "two missing": [tmp_path / "missing.png", tmp_path / "also missing"],
        "empty folder": [tmp_path / "empty"],
        "unmatched glob": [tmp_path / "*.png"],
        "empty list": ["-"],
    }
    paths = kinds[kind]
    outcome = run(command, *paths, "--json")
    assert (outcome.status, outcome.out) == (2, "")
    assert f"seefood: {paths[0]}: expected " in outcome.complaint
    assert "found no" in outcome.complaint


@pytest.mark.parametrize(
    "arguments",
    [
        ("classify",),
        ("classify", "x.png", "--top", "0"),
        ("classify", "x.png", "--threads", "0"),
        ("classify", "x.png", "--no-such-option"),
        ("classify", "x.png", "--weights", "w.h5", "-m", "m.onnx"),
        ("layers", "x.png", "-m", "m.onnx", "--backbone", "lite0"),
        ("train", "x"),
        ("evaluate", "x"),
        ("no-such-command",),
        ("completion", "csh"),
    ],
)
def test_wrong_usage_is_2(run: Run, arguments: tuple[str, ...]) -> None:
    outcome = run(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert "Usage: " in outcome.err
    assert "Error: " in outcome.err
    assert "Traceback" not in outcome.err


def test_hotdog_says_yes_or_no(run: Run, tmp_path: Path, photos: Path) -> None:
    labels = ("hot_dog", "green", "blue")
    model = small_model(tmp_path / "hotdog.onnx", card(labels=labels).to_text())
    (photos / "green" / "broken.png").write_bytes(b"")
    outcome = run("hotdog", photos, "-m", model, "--json")
    assert (outcome.status, outcome.err) == (1, "")
    results = outcome.lines()
    found = {Path(result["path"]).parent.name: result for result in results if result["status"] == "ok"}
    assert {name: result["hotdog"] for name, result in found.items()} == {"red": True, "green": False, "blue": False}
    assert all(set(result) >= {"path", "status", "hotdog", "probability"} for result in found.values())
    assert [set(result) >= FAILED for result in results if result["status"] == "failed"] == [True]


def test_hotdog_with_a_model_that_knows_none_is_2(run: Run, model: Path, photos: Path) -> None:
    outcome = run("hotdog", photos, "-m", model)
    assert (outcome.status, outcome.out) == (2, "")
    assert "expected a model with a class named 'hotdog'" in outcome.complaint


EVALUATED = {
    *("pictures", "accuracy", "interval", "baseline", "per_class", "confusion", "unsure", "calibration_error"),
    *("failed", "wrong"),
}


def is_evaluation(value: dict[str, Any]) -> None:
    assert set(value) >= EVALUATED
    assert len(value["interval"]) == 2
    assert set(value["confusion"]) >= {"labels", "counts"}
    assert all(set(score) >= {"precision", "recall", "pictures"} for score in value["per_class"].values())
    assert all(set(failure) >= {"path", "error"} for failure in value["failed"])
    assert all(set(wrong) >= {"path", "label", "verdict", "probability"} for wrong in value["wrong"])
    Evaluation.from_json(value)


def test_evaluate_counts_the_right_the_wrong_and_the_failed(run: Run, model: Path, tmp_path: Path) -> None:
    folder = coloured(tmp_path / "test", 4)
    picture(folder / "red" / "odd one.png", COLOURS["blue"])
    (folder / "blue" / "broken.png").write_bytes(b"")
    outcome = run("evaluate", model, folder, "--json")
    assert (outcome.status, outcome.err) == (1, "")
    (value,) = outcome.lines()
    is_evaluation(value)
    assert (value["pictures"], value["accuracy"], value["baseline"]) == (13, 12 / 13, 5 / 13)
    assert [Path(failure["path"]).name for failure in value["failed"]] == ["broken.png"]
    assert [(Path(w["path"]).name, w["label"], w["verdict"]) for w in value["wrong"]] == [
        ("odd one.png", "red", "blue")
    ]
    labels, counts = value["confusion"]["labels"], np.array(value["confusion"]["counts"])
    assert counts[labels.index("red"), labels.index("blue")] == 1
    assert np.trace(counts) == 12


def test_evaluate_on_classes_that_the_model_does_not_know_is_2(run: Run, model: Path, tmp_path: Path) -> None:
    coloured(tmp_path / "test", 1, "red")
    picture(tmp_path / "test" / "purple" / "a.png")
    outcome = run("evaluate", model, tmp_path / "test", "--json")
    assert (outcome.status, outcome.out) == (2, "")
    assert "found 'purple'" in outcome.complaint


def test_train_says_what_it_made(run: Run, tmp_path: Path) -> None:
    network = small_network(tmp_path)
    folder, test = coloured(tmp_path / "photos", 5), coloured(tmp_path / "test", 2)
    (folder / "red" / "broken.png").write_bytes(b"")
    (folder / "red" / "copy.png").write_bytes((folder / "red" / "000.png").read_bytes())
    output = tmp_path / "out" / "mine.onnx"
    output.parent.mkdir()
    outcome = run("train", folder, "-o", output, "--backbone", network, "--test", test, "--json")
    assert (outcome.status, outcome.err) == (1, "")
    (value,) = outcome.lines()
    assert value["model"] == str(output)
    assert value["classes"] == {"blue": 5, "green": 5, "red": 6}
    assert value["pictures"] == {"used": 16, "rejected": 1, "duplicates": 1}
    assert set(value) >= {"accuracy", "interval", "baseline", "calibration_error", "seconds", "test"}
    assert value["baseline"] == 6 / 16
    assert value["seconds"]["total"] > 0
    is_evaluation(value["test"])
    onnx.checker.check_model(onnx.load(output))
    assert [path.name for path in output.parent.iterdir()] == ["mine.onnx"]
    assert by_name(run("classify", test / "red", "-m", output, "--json").lines()) == {
        "000.png": "red",
        "001.png": "red",
    }


def test_train_without_a_test_folder_has_no_test(run: Run, tmp_path: Path) -> None:
    folder = coloured(tmp_path / "photos", 3)
    outcome = run("train", folder, "-o", tmp_path / "m.onnx", "--backbone", small_network(tmp_path), "--json")
    assert outcome.status == 0
    assert outcome.lines()[0]["test"] is None


def test_backbones_are_one_list(run: Run) -> None:
    outcome = run("backbones", "--json", "--quiet")
    assert outcome.status == 0
    assert "lite0" in [row["name"] for row in json.loads(outcome.out)]


# Who hears what.


@pytest.mark.parametrize("command", ["classify", "hotdog"])
def test_people_read_stderr_where_stdout_is_a_pipe(run: Run, photos: Path, tmp_path: Path, command: str) -> None:
    model = small_model(tmp_path / "m.onnx", card(labels=("hotdog", "green", "blue")).to_text())
    outcome = run(command, photos, "-m", model)
    assert (outcome.status, outcome.out) == (0, "")
    assert str(photos / "red" / "000.png") in outcome.err.replace("\n", "")


def test_score_cards_go_to_stderr_too(run: Run, model: Path, photos: Path, tmp_path: Path) -> None:
    evaluated = run("evaluate", model, photos)
    taught = run("train", coloured(tmp_path / "t", 3), "-o", tmp_path / "t.onnx", "--backbone", small_network(tmp_path))
    assert (evaluated.out, taught.out) == ("", "")
    assert "accuracy" in evaluated.err
    assert "accuracy" in taught.err


@pytest.mark.parametrize("command", ["classify", "evaluate"])
def test_quiet_is_quiet_but_for_failures(run: Run, model: Path, photos: Path, command: str) -> None:
    arguments = (photos, "-m", model) if command == "classify" else (model, photos)
    assert run(command, *arguments, "--quiet") == Outcome(0, "", "")
    (photos / "red" / "000.png").write_bytes(b"broken")
    outcome = run("classify", photos, "-m", model, "--quiet")
    assert (outcome.status, outcome.out) == (1, "")
    assert str(photos / "red" / "000.png") in outcome.complaint


def test_quiet_does_not_silence_json(run: Run, model: Path, photos: Path) -> None:
    assert len(run("classify", photos, "-m", model, "--json", "--quiet").lines()) == 3


# What can be named.


@pytest.mark.parametrize("separator", [b"\n", b"\0", b"\r\n"])
@pytest.mark.parametrize("ended", [True, False])
def test_a_list_on_stdin(run: Run, model: Path, photos: Path, separator: bytes, ended: bool) -> None:
    names = [str(photos / name / "000.png") for name in ("red", "missing", "blue")]
    given = separator.join(name.encode() for name in names) + (separator if ended else b"")
    outcome = run("classify", "-", "-m", model, "--json", stdin=given)
    assert outcome.status == 1
    assert [result["path"] for result in outcome.lines()] == names
    assert [result["status"] for result in outcome.lines()] == ["ok", "failed", "ok"]


def test_a_long_list_with_newlines_in_names_separated_by_nul(run: Run, model: Path, tmp_path: Path) -> None:
    names = [str(picture(tmp_path / f"new\nline {number}.png")) for number in range(3)] * 700
    outcome = run("classify", "-", "-m", model, "--json", stdin="\0".join(names).encode())
    assert [result["path"] for result in outcome.lines()] == names


def test_results_come_while_a_list_is_still_being_written(warm: Path, model: Path, photos: Path) -> None:
    with begin("classify", "-", "-m", model, "--json", cache=warm, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        timer = signal_after(5, process)
        for name in ("red", "blue"):
            process.stdin.write(f"{photos / name / '000.png'}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["verdict"] == name
        process.stdin.close()
        assert process.wait() == 0
        timer.cancel()


def test_globs_folders_and_files_together_in_the_order_named(run: Run, model: Path, photos: Path) -> None:
    outcome = run(
        "classify", photos / "*" / "*.png", photos / "red", photos / "blue" / "000.png", "-m", model, "--json"
    )
    assert [result["verdict"] for result in outcome.lines()] == ["blue", "green", "red", "red", "blue"]


def test_a_glob_searches_in_depth_and_may_name_folders(run: Run, model: Path, photos: Path) -> None:
    picture(photos / "red" / "deep" / "er" / "x.png")
    assert len(run("classify", photos / "**" / "*.png", "-m", model, "--json").lines()) == 4
    assert len(run("classify", photos / "r*", "-m", model, "--json").lines()) == 2


def test_a_file_that_is_named_like_a_glob_is_that_file(run: Run, model: Path, tmp_path: Path) -> None:
    names = [picture(tmp_path / name) for name in ("[ab].png", "a.png", "what?.png")]
    outcome = run("classify", names[0], names[2], "-m", model, "--json")
    assert [result["path"] for result in outcome.lines()] == [str(names[0]), str(names[2])]


def test_a_pattern_without_a_match_among_good_ones_is_a_failure(run: Run, model: Path, photos: Path) -> None:
    outcome = run("classify", photos, photos / "*.jpg", "-m", model, "--json")
    assert outcome.status == 1
    assert [result["status"] for result in outcome.lines()] == ["ok", "ok", "ok", "failed"]


@pytest.mark.skipif(os.name == "nt", reason="file names that are no text")
def test_a_name_that_is_no_text_is_written_so_that_it_can_be_read_back(
    run: Run, model: Path, tmp_path: Path, warm: Path
) -> None:
    path = picture(tmp_path / "photos" / os.fsdecode(b"caf\xe9 \xed\x95\x9c.png"))
    printed = seefood("classify", tmp_path / "photos", "-m", model, "--json", cache=warm)
    assert (printed.status, [result["path"] for result in printed.lines()]) == (0, [str(path)])
    output = tmp_path / "results.jsonl"
    assert run("classify", tmp_path / "photos", "-m", model, "--output", output).status == 0
    first = output.read_bytes()
    assert json.loads(first)["path"] == str(path)
    assert run("classify", tmp_path / "photos", "-m", model, "--output", output).status == 0
    assert output.read_bytes() == first
    for command in (("classify", "-m", model), ("classify", "-m", model, "-q")):
        assert seefood(command[0], tmp_path / "photos", *command[1:], cache=warm).status == 0


def test_labels_that_no_terminal_takes_do_not_stop_the_results(run: Run, tmp_path: Path, photos: Path) -> None:
    labels = ("red\nline", "gr\u00e4n \ud800", "[bold]blue[/]")
    model = small_model(tmp_path / "m.onnx", json.dumps(json.loads(card().to_text()) | {"labels": labels}))
    outcome = run("classify", photos, "-m", model, "--json")
    assert [result["verdict"] for result in outcome.lines()] == [labels[2], labels[1], labels[0]]


# What cannot be read.


def test_a_file_that_may_not_be_read_is_a_failure(warm: Path, model: Path, photos: Path) -> None:
    (photos / "red" / "000.png").chmod(0)
    outcome = seefood("classify", photos, "-m", model, "--json", cache=warm, ordinary=True)
    assert (outcome.status, outcome.err) == (1, "")
    assert [result["status"] for result in outcome.lines()] == ["ok", "ok", "failed"]
    assert "may not be read" in outcome.lines()[2]["error"]


def test_a_folder_that_may_not_be_read_is_a_failure_among_others(warm: Path, model: Path, photos: Path) -> None:
    (photos / "green").chmod(0)
    try:
        outcome = seefood("classify", photos, "-m", model, "--json", cache=warm, ordinary=True)
        beyond = seefood(
            "classify", photos / "green" / "000.png", photos / "red", "-m", model, "--json", cache=warm, ordinary=True
        )
    finally:
        (photos / "green").chmod(0o755)
    assert outcome.status == 1
    assert [result["status"] for result in outcome.lines()] == ["ok", "failed", "ok"]
    assert [result["status"] for result in beyond.lines()] == ["failed", "ok"]


def test_a_model_that_may_not_be_read_is_2(warm: Path, model: Path, photos: Path) -> None:
    model.chmod(0)
    outcome = seefood("classify", photos, "-m", model, cache=warm, ordinary=True)
    assert (outcome.status, outcome.out) == (2, "")
    assert "permission denied" in outcome.complaint


def foreign(path: Path) -> None:
    proto = small_proto()
    del proto.metadata_props[:]
    path.write_bytes(proto.SerializeToString())


def newer(path: Path) -> None:
    small_model(path, json.dumps(json.loads(card().to_text()) | {"format": 99}))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.mkdir(), "found a folder"),
        (lambda path: path.write_bytes(b""), "expected a"),
        (lambda path: path.write_bytes(b"no model at all\n" * 99), "expected an ONNX model"),
        (lambda path: path.write_bytes(os.urandom(5000)), "expected an ONNX model"),
        (foreign, "expected a model that seefood made"),
        (newer, "found format 99; install a newer seefood"),
    ],
)
@pytest.mark.parametrize("command", ["classify", "hotdog", "evaluate"])
def test_a_model_that_is_none_is_2_and_one_line(
    run: Run, photos: Path, tmp_path: Path, command: str, make: Callable[[Path], object], said: str
) -> None:
    path = tmp_path / "model.onnx"
    make(path)
    outcome = run(command, path, photos) if command == "evaluate" else run(command, photos, "-m", path)
    assert (outcome.status, outcome.out) == (2, "")
    assert said in outcome.complaint
    assert str(path) in outcome.complaint


# No traceback, unless asked for.


def test_debugging_shows_a_traceback_and_nothing_else_does(warm: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing.png"
    plain = seefood("classify", missing, cache=warm)
    assert plain.status == 2
    assert "no such file" in plain.complaint
    for value, shown in (("1", True), ("0", False), ("", False)):
        outcome = seefood("classify", missing, cache=warm, extra={"SEEFOOD_DEBUG": value})
        assert ("Traceback" in outcome.err) is shown
        assert "no such file" in outcome.err


@pytest.mark.parametrize("error", [ValueError("two\nlines"), RuntimeError(""), RecursionError("deep")])
def test_a_fault_of_ours_is_one_line_too(
    run: Run, model: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(classifier_module, "judge", failing)
    outcome = run("classify", photos, "-m", model, "--json")
    assert (outcome.status, outcome.out) == (2, "")
    assert type(error).__name__ in outcome.complaint


def test_too_little_memory_is_no_fault_of_ours(
    run: Run, model: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise MemoryError("Unable to allocate 9.0 TiB")

    monkeypatch.setattr(classifier_module, "judge", failing)
    outcome = run("classify", photos, "-m", model, "--json")
    assert (outcome.status, outcome.out) == (2, "")
    assert "expected enough memory; found too little (Unable to allocate 9.0 TiB)" in outcome.complaint
    assert "fault" not in outcome.complaint


def test_a_file_name_moves_no_cursor(run: Run, photos: Path, tmp_path: Path) -> None:
    outcome = run("classify", photos, "-m", tmp_path / "a\x1b[2Jb.onnx")
    assert outcome.status == 2
    assert "a?[2Jb.onnx" in outcome.complaint


def test_an_interrupt_before_anything_is_loaded_is_130_and_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from seefood import __main__
    from seefood.cli import main as loaded

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(loaded, "main", interrupted)
    with pytest.raises(SystemExit) as left:
        __main__.main()
    assert left.value.code == 130
    assert capsys.readouterr().err.strip() == "seefood: interrupted; nothing was written"


def test_commands_that_keep_nothing_say_so(run: Run, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seefood.cli import inside

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(inside, "opened", interrupted)
    outcome = run("layers", next(photos.rglob("*.png")))
    assert (outcome.status, outcome.err.strip()) == (130, "seefood: interrupted; nothing was written")


def test_an_interrupt_is_130_and_one_line(run: Run, model: Path, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(classifier_module, "judge", interrupted)
    for command in ("classify", "hotdog"):
        outcome = run(command, photos, *(("-m", model) if command == "classify" else ()), "--json")
        assert (outcome.status, outcome.out) == (130, "")
        assert outcome.err.strip() == "seefood: interrupted; nothing was written"


def test_an_interrupt_of_what_is_kept_says_how_to_go_on(
    run: Run, model: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(classifier_module, "judge", interrupted)
    outcome = run("classify", photos, "-m", model, "--output", tmp_path / "results.jsonl")
    assert outcome.status == 130
    assert outcome.err.strip() == "seefood: interrupted; what was done is kept, run the same command again to go on"


def test_who_reads_only_the_first_line_ends_it_quietly(warm: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(f"{picture(tmp_path / 'a.png')}\n" * 2000)
    with (
        (tmp_path / "list").open("rb") as listed,
        begin("classify", "-", "-m", model, "--json", cache=warm, stdin=listed) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["verdict"] == "red"
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(30) == 0
    assert said == b""


# Results files that are gone on with.


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Thirty pictures, one of them broken."""
    folder = coloured(tmp_path / "many", 10)
    (folder / "green" / "004.png").write_bytes(b"broken")
    return folder


@pytest.fixture
def whole(run: Run, model: Path, many: Path, tmp_path: Path) -> bytes:
    """What an undisturbed run writes."""
    output = tmp_path / "undisturbed.jsonl"
    outcome = run("classify", many, "-m", model, "--output", output)
    assert (outcome.status, outcome.out) == (1, "")
    return output.read_bytes()


def test_a_results_file_says_what_json_says(run: Run, model: Path, many: Path, whole: bytes, tmp_path: Path) -> None:
    assert whole.decode() == run("classify", many, "-m", model, "--json").out
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("kept", [0, 1, 13, 29, 30])
@pytest.mark.parametrize("more", [b"", b"{", b'{"path": "', b'{"path": "x", "status": "ok"}', b'{"pa\0\0', b"\0\0\0\0"])
@pytest.mark.parametrize("ending", ["", ".part"])
def test_a_run_goes_on_where_another_was_cut_off(
    run: Run, model: Path, many: Path, whole: bytes, tmp_path: Path, kept: int, more: bytes, ending: str
) -> None:
    output = tmp_path / "results.jsonl"
    cut = b"".join(whole.splitlines(keepends=True)[:kept]) + more
    output.with_name(output.name + ending).write_bytes(cut)
    outcome = run("classify", many, "-m", model, "--output", output)
    assert (outcome.status, outcome.out) == (1, "")
    assert output.read_bytes() == whole
    assert not output.with_name(output.name + ".part").exists()


def test_lines_that_were_deleted_are_made_again(
    run: Run, model: Path, many: Path, whole: bytes, tmp_path: Path
) -> None:
    output = tmp_path / "results.jsonl"
    lines = whole.splitlines(keepends=True)
    output.write_bytes(b"".join(lines[3:5] + lines[9:20] + lines[21:]))
    assert run("classify", many, "-m", model, "--output", output).status == 1
    assert sorted(output.read_bytes().splitlines(keepends=True)) == sorted(lines)


def test_only_what_is_missing_is_done(
    run: Run, model: Path, many: Path, whole: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "results.jsonl"
    output.write_bytes(b"".join(whole.splitlines(keepends=True)[:27]))
    judged: list[str | None] = []
    judge = verdicts.judge

    def watched(path: str | None, *rest: Any) -> Any:
        judged.append(path)
        return judge(path, *rest)

    monkeypatch.setattr(classifier_module, "judge", watched)
    run("classify", many, "-m", model, "--output", output)
    assert sorted(map(str, judged)) == [str(many / "red" / f"00{number}.png") for number in (7, 8, 9)]


def test_a_picture_that_is_named_twice_is_done_once(run: Run, model: Path, many: Path, tmp_path: Path) -> None:
    output = tmp_path / "results.jsonl"
    first = many / "red" / "000.png"
    run("classify", first, many, first, "-m", model, "--output", output)
    paths = [json.loads(line)["path"] for line in output.read_bytes().splitlines()]
    assert len(paths) == len(set(paths)) == 30


FOREIGN_FILES = {
    "text": b"my notes\nof many years\n",
    "text without an end of line": b"my notes",
    "picture": (EXAMPLES / "photos" / "cat.jpg").read_bytes(),
    "other JSON": b'{"a": 1}\n',
    "JSON list": b"[1, 2]",
    "one object in one line": b'{"name": "x", "path": "y"}',
    "a number": b"17",
    "numbers": b"17\n18\n",
}


@pytest.mark.parametrize("ending", ["", ".part"])
@pytest.mark.parametrize("kind", sorted(FOREIGN_FILES))
def test_a_file_that_is_none_of_results_is_left_alone(
    run: Run, model: Path, photos: Path, tmp_path: Path, kind: str, ending: str
) -> None:
    output = tmp_path / "results.jsonl"
    other = output.with_name(output.name + ending)
    other.write_bytes(FOREIGN_FILES[kind])
    outcome = run("classify", photos, "-m", model, "--output", output)
    assert (outcome.status, outcome.out) == (2, "")
    assert "expected a results file" in outcome.complaint
    assert other.read_bytes() == FOREIGN_FILES[kind]
    assert {path.name for path in tmp_path.glob("results*")} == {other.name}


@pytest.mark.parametrize("name", [".", "/", "photos", "missing/results.jsonl", "small.onnx/results.jsonl"])
def test_a_place_where_no_results_can_go_is_2(run: Run, model: Path, photos: Path, name: str) -> None:
    output = model.parent / name
    outcome = run("classify", photos, "-m", model, "--output", output)
    assert (outcome.status, outcome.out) == (2, "")
    assert f"seefood: {output}: expected " in outcome.complaint
    assert not list(model.parent.glob("*.part"))


@pytest.mark.skipif(os.name == "nt", reason="locks as on Unix")
def test_two_runs_do_not_write_the_same_file(run: Run, model: Path, photos: Path, tmp_path: Path) -> None:
    import fcntl

    output = tmp_path / "results.jsonl"
    begun = output.with_name("results.jsonl.part")
    with begun.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        outcome = run("classify", photos, "-m", model, "--output", output)
        assert (outcome.status, outcome.out) == (2, "")
        assert "another run" in outcome.complaint
        assert begun.read_bytes() == b""
    assert run("classify", photos, "-m", model, "--output", output).status == 0


def test_a_file_that_another_run_finished_meanwhile_is_not_written(
    run: Run, model: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "results.jsonl"

    def finished_meanwhile(_: int) -> None:
        output.with_name("results.jsonl.part").rename(output)
        output.write_bytes(b"what the other run found")

    with monkeypatch.context() as patch:
        patch.setattr(results_module, "_lock", finished_meanwhile)
        outcome = run("classify", photos, "-m", model, "--output", output)
    assert outcome.status == 2
    assert "another run" in outcome.complaint
    assert output.read_bytes() == b"what the other run found"


def signal_after(seconds: float, process: subprocess.Popen[bytes]) -> Any:
    """A process that hangs ends, and with it the test."""
    timer = threading.Timer(seconds, process.send_signal, (signal.SIGTERM,))
    timer.daemon = True
    timer.start()
    return timer


def test_a_disk_that_is_full_is_2_and_what_is_written_stays(
    run: Run, model: Path, many: Path, whole: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: results_module.ResultsFile, values: dict[str, Any]) -> None:
        if values["path"].endswith("green/002.png"):
            raise self._unwritable(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        return write(self, values)

    write = results_module.ResultsFile.write
    output = tmp_path / "results.jsonl"
    with monkeypatch.context() as patch:
        patch.setattr(results_module.ResultsFile, "write", full)
        outcome = run("classify", many, "-m", model, "--output", output)
    assert (outcome.status, outcome.out) == (2, "")
    assert "no space left" in outcome.complaint
    assert not output.exists()
    run("classify", many, "-m", model, "--output", output)
    assert output.read_bytes() == whole


# Contact sheets.


@pytest.mark.parametrize("name", ["sheet.png", "sheet.JPG", "sheet.webp"])
def test_a_contact_sheet_is_a_picture(run: Run, model: Path, photos: Path, tmp_path: Path, name: str) -> None:
    assert run("classify", photos, "-m", model, "--sheet", tmp_path / name, "-q").status == 0
    with Image.open(tmp_path / name) as image:
        assert min(image.size) > 100


def test_no_output_takes_the_place_of_an_input(run: Run, model: Path, tmp_path: Path) -> None:
    photo = picture(tmp_path / "photos" / "a.png")
    (tmp_path / "same.png").symlink_to(photo)
    before = photo.read_bytes()
    for arguments in (
        ("classify", photo, "-m", model, "-o", photo),
        ("classify", photo.parent, "-m", model, "-o", photo),
        ("classify", tmp_path / "same.png", "-m", model, "-o", photo),
        ("layers", photo, "-o", tmp_path / "same.png"),
        ("train", photo, "--from-scratch", "-o", photo),
    ):
        outcome = run(*arguments)
        assert outcome.status == 2
        assert "which is read; name another file" in outcome.complaint
        assert photo.read_bytes() == before


@pytest.mark.parametrize("command", ["classify", "evaluate"])
@pytest.mark.parametrize("name", ["sheet.txt", "sheet", "missing/sheet.png", "."])
def test_a_sheet_that_cannot_be_is_said_before_the_work(
    run: Run, model: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, command: str, name: str
) -> None:
    monkeypatch.setattr(classifier_module, "judge", lambda *_: pytest.fail("it has begun to work"))
    sheet = model.parent / name
    arguments = (
        (model, photos) if command == "evaluate" else (photos, "-m", model, "--output", model.parent / "r.jsonl")
    )
    outcome = run(command, *arguments, "--sheet", sheet)
    assert (outcome.status, outcome.out) == (2, "")
    assert f"seefood: {sheet}: expected " in outcome.complaint
    assert not list(model.parent.glob("r.jsonl*"))


# Teaching.


@pytest.mark.parametrize("name", ["missing/m.onnx", ".", "photos"])
def test_a_model_that_can_be_written_nowhere_is_said_before_the_work(run: Run, tmp_path: Path, name: str) -> None:
    folder = coloured(tmp_path / "photos", 3)
    outcome = run("train", folder, "-o", tmp_path / name, "--backbone", "no such backbone")
    assert (outcome.status, outcome.out) == (2, "")
    assert f"seefood: {tmp_path / name}: expected " in outcome.complaint


def test_a_folder_that_may_not_be_written_is_said_before_the_work(warm: Path, tmp_path: Path) -> None:
    folder = coloured(tmp_path / "photos", 3)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    outcome = seefood("train", folder, "-o", closed / "m.onnx", "--backbone", "no such", cache=warm, ordinary=True)
    assert (outcome.status, outcome.out) == (2, "")
    assert f"seefood: {closed / 'm.onnx'}: expected " in outcome.complaint


def test_what_is_wrong_with_a_folder_is_said_with_the_class(run: Run, tmp_path: Path) -> None:
    network = small_network(tmp_path)
    folder = coloured(tmp_path / "photos", 3)
    picture(folder / "single" / "0.png")
    cases = {folder: "single", folder / "red": "one sub-folder for each class", tmp_path / "missing": "no such file"}
    for path, said in cases.items():
        outcome = run("train", path, "-o", tmp_path / "m.onnx", "--backbone", network, "--json")
        assert (outcome.status, outcome.out) == (2, "")
        assert said in outcome.complaint
        assert not (tmp_path / "m.onnx").exists()


def test_a_test_folder_of_other_classes_is_said(run: Run, tmp_path: Path) -> None:
    folder, test = coloured(tmp_path / "photos", 3), tmp_path / "test"
    picture(test / "purple" / "0.png")
    outcome = run("train", folder, "-o", tmp_path / "m.onnx", "--test", test, "--backbone", small_network(tmp_path))
    assert outcome.status == 2
    assert "found 'purple'" in outcome.complaint


def test_the_old_model_stays_where_teaching_fails(run: Run, tmp_path: Path, model: Path) -> None:
    before = model.read_bytes()
    assert run("train", tmp_path / "missing", "-o", model).status == 2
    assert model.read_bytes() == before


# The rest of the door.


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_lines_name_the_program(run: Run, shell: str) -> None:
    outcome = run("completion", shell)
    assert (outcome.status, outcome.err) == (0, "")
    assert "_SEEFOOD_COMPLETE" in outcome.out


def test_completion_completes(warm: Path) -> None:
    extra = {"_SEEFOOD_COMPLETE": "bash_complete", "COMP_WORDS": "seefood cl", "COMP_CWORD": "1"}
    program = Path(sys.executable).with_name("seefood")
    if not program.exists():
        pytest.skip("seefood is not installed as a program beside this Python")
    said = subprocess.run([program], env=dict(os.environ) | extra, capture_output=True, text=True, check=False).stdout
    assert said.split() == ["plain,classify"]


def test_help_names_every_command_and_each_has_its_own(run: Run, warm: Path) -> None:
    outcome = seefood("--help", cache=warm)
    assert outcome.status == 0
    assert all(f"  {name} " in outcome.out for name in COMMANDS)
    assert all("Usage: " in run(name, "-h").out for name in COMMANDS)


def test_the_version_is_that_of_the_package(run: Run) -> None:
    from importlib.metadata import version

    assert version("seefood") in run("--version").out


def test_the_pretrained_network_names_a_bundled_photo(run: Run) -> None:
    (result,) = run("classify", EXAMPLES / "photos" / "espresso.jpg", "--json", "--top", "3").lines()
    assert result["verdict"] == "espresso"
    assert len(result["top"]) == 3


def test_stdin_of_bytes_is_read_without_a_buffer() -> None:
    class Trickle(io.RawIOBase):
        """One byte at a time."""

        def __init__(self, data: bytes) -> None:
            self.data = io.BytesIO(data)

        def read(self, _: int = -1) -> bytes:
            return self.data.read(1)

    assert list(listed(Trickle(b"a.png\nb c.png\n\nlast"))) == ["a.png", "b c.png", "last"]  # type: ignore[arg-type]
