"""A stated risk becomes a threshold, as a loop over the pictures finds it; the file, the door and the table say so."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from doors import COLOURS, card, picture, small_model
from doors import seefood as run_seefood
from seefood.cli.risk import percent, show_coverage, told
from seefood.errors import DatasetError, ModelFileError
from seefood.evaluation import Evaluation, Scorer
from seefood.model import Classifier, load
from seefood.model.risk import answering_at
from seefood.verdicts import Guess, Reason, Thresholds, Verdict, judge

Array = np.ndarray[Any, np.dtype[Any]]
LABELS = tuple(COLOURS)
STRANGE = 0.5
"""Above this the pictures below are unfamiliar."""


def score_card(rows: list[tuple[float, bool, bool]]) -> Evaluation:
    """Of pictures given as (top probability, right, familiar)."""
    scorer = Scorer(LABELS)
    for probability, right, familiar in rows:
        reason: Reason | None = None if familiar else "unfamiliar"
        top = (Guess("red", probability), Guess("green", 1 - probability))
        label = "red" if familiar else None
        scorer.add("red" if right else "blue", Verdict("p", label, reason, probability, top, 0.0 if familiar else 1.0))
    return scorer.evaluation()


BY_HAND = [(0.99, True, True)] * 50 + [(0.8, True, True)] * 28 + [(0.8, False, True)] * 2 + [(0.6, True, True)] * 10
BY_HAND += [(0.6, False, True)] * 10


def drawn(seed: int, count: int = 150) -> list[tuple[float, bool, bool]]:
    """Pictures whose answers are right about as often as their probability says; some are unfamiliar."""
    random = np.random.default_rng(seed)
    probabilities = 1 - random.random(count) ** 2 * 0.5
    right = random.random(count) < probabilities
    return list(
        zip(probabilities.tolist(), right.tolist(), (random.random(count) < 0.9).tolist(), strict=True),
    )


def model(folder: Path, score: Evaluation | None, **changes: Any) -> Path:
    """The small model with that score card inside."""
    training = None if score is None else {"score": json.loads(json.dumps(score.to_json()))}
    return small_model(folder / "m.onnx", card(training=training, **changes).to_text())


def by_a_loop(rows: list[tuple[float, bool, bool]], risk: float) -> float | None:
    """The threshold that answers most, tried one by one; counted with one wrong answer more than there was."""
    most, chosen = 0, None
    for threshold in sorted({probability for probability, _, familiar in rows if familiar}):
        answered = wrong = 0
        for probability, right, familiar in rows:
            if familiar and probability >= threshold:
                answered += 1
                wrong += not right
        if answered > most and wrong + 1 <= risk * (answered + 1):
            most, chosen = answered, threshold
    return chosen


@pytest.mark.parametrize(("risk", "threshold", "unsure"), [(0.3, 0.6, 0), (0.05, 0.8, 20), (0.02, 0.99, 50)])
def test_the_threshold_of_a_card_counted_by_hand(tmp_path: Path, risk: float, threshold: float, unsure: int) -> None:
    """(12 + 1) / 101, (2 + 1) / 81 and 1 / 51 are the shares of wrong answers that can be promised."""
    chosen = load(model(tmp_path, score_card(BY_HAND))).at_risk(risk)
    assert chosen.card.thresholds == Thresholds(threshold, None)
    assert chosen.score is not None
    assert chosen.score.unsure == unsure
    assert chosen.score.unsure_reasons == {"uncertain": unsure, "unfamiliar": 0}
    assert chosen.score.accuracy == 0.88


def test_what_cannot_be_promised_is_said_with_what_can(tmp_path: Path) -> None:
    """1 / 51 is the lowest; twice the pictures, with 100 of the surest, would keep 0.01."""
    with pytest.raises(DatasetError, match=r"at most 0\.01 .* on 100 pictures, .* is 0\.020; .* about 200 pictures"):
        load(model(tmp_path, score_card(BY_HAND))).at_risk(0.01)


def test_more_of_the_same_pictures_would_not_help_where_the_surest_are_wrong(tmp_path: Path) -> None:
    rows = [(0.9, number % 4 > 0, True) for number in range(40)]
    with pytest.raises(DatasetError, match=r"is 0\.27; accept more, or teach better pictures: more of the same"):
        load(model(tmp_path, score_card(rows))).at_risk(0.2)


@pytest.mark.parametrize("seed", range(6))
def test_it_is_the_threshold_that_a_loop_finds(tmp_path: Path, seed: int) -> None:
    rows = drawn(seed)
    classifier = load(model(tmp_path, score_card(rows), thresholds=Thresholds(0.5, STRANGE)))
    assert by_a_loop(rows, 0.2) is not None
    for risk in (0.02, 0.05, 0.1, 0.2):
        expected = by_a_loop(rows, risk)
        if expected is None:
            with pytest.raises(DatasetError):
                classifier.at_risk(risk)
            continue
        chosen = classifier.at_risk(risk)
        assert chosen.card.thresholds == Thresholds(expected, STRANGE)
        verdicts = [
            (judge(None, ("a", "b"), np.array([p, 1 - p]), 0.0 if familiar else 1.0, chosen.card.thresholds), right)
            for p, right, familiar in rows
        ]
        sure = [right for verdict, right in verdicts if verdict.reason is None]
        assert chosen.score is not None
        assert chosen.score.unsure == len(rows) - len(sure)
        assert chosen.score.accuracy_when_sure == sum(sure) / len(sure)
        reasons = [verdict.reason for verdict, _ in verdicts]
        mistaken = sorted((v.probability, v.reason or "") for v, right in verdicts if not right)
        told_in_memory = answering_at(score_card(rows), risk)[1]
        assert sorted((m.probability, m.reason or "") for m in told_in_memory.wrong) == mistaken
        for case in told_in_memory.examples:
            assert (case.verdict.reason == "uncertain") == (
                case.verdict.reason != "unfamiliar" and case.verdict.probability < expected
            )
            assert (case.verdict.label is None) == (case.verdict.reason is not None)
        assert chosen.score.unsure_reasons == {name: reasons.count(name) for name in ("uncertain", "unfamiliar")}


def test_a_smaller_risk_never_answers_more(tmp_path: Path) -> None:
    for seed in range(6, 12):
        rows = drawn(seed)
        classifier, before = load(model(tmp_path, score_card(rows))), 0
        for risk in np.geomspace(0.01, 0.4, 12):
            try:
                score = classifier.at_risk(float(risk)).score
            except DatasetError:
                assert before == 0
                continue
            assert score is not None
            answered = score.pictures - score.unsure
            assert answered >= before > -1
            assert 1 - (score.accuracy_when_sure or 0) <= risk
            before = answered
        assert before > 0


@pytest.mark.parametrize("risk", [0.0, 1.0, -0.1, float("nan")])
def test_a_risk_is_a_share(tmp_path: Path, risk: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        load(model(tmp_path, score_card(BY_HAND))).at_risk(risk)


@pytest.mark.parametrize(("old", "words"), [(True, "one that does not"), (False, "was not taught here")])
def test_a_file_without_a_curve_cannot_promise(tmp_path: Path, old: bool, words: str) -> None:
    score = score_card(BY_HAND).to_json()
    del score["risk_coverage"]
    with pytest.raises(ModelFileError, match=words):
        load(model(tmp_path, Evaluation.from_json(score) if old else None)).at_risk(0.05)


def colours(seed: int, count: int = 40) -> Array:
    """Prepared pictures uint8 [count, 8, 8, 3] of which the small model is more sure and less sure."""
    random = np.random.default_rng(seed)
    return np.repeat(random.integers(90, 130, (count, 1, 1, 3)), 64, axis=1).reshape(count, 8, 8, 3).astype(np.uint8)


def said(classifier: Classifier, pictures: Array) -> list[Verdict]:
    verdicts = classifier.predict(list(pictures))
    assert all(isinstance(verdict, Verdict) for verdict in verdicts)
    return [verdict for verdict in verdicts if isinstance(verdict, Verdict)]


def test_it_is_the_same_network_with_another_threshold(tmp_path: Path) -> None:
    classifier = load(model(tmp_path, score_card(BY_HAND)))
    chosen = classifier.at_risk(0.05)
    assert chosen.engine is classifier.engine
    before, after = said(classifier, colours(0)), said(chosen, colours(0))
    assert [verdict.top for verdict in before] == [verdict.top for verdict in after]
    assert [verdict.label for verdict in after] == [
        verdict.top[0].label if verdict.probability >= 0.8 else None for verdict in before
    ]
    assert {verdict.reason for verdict in after} == {None, "uncertain"}
    assert classifier.card.thresholds == Thresholds(0.5, None)


def test_it_is_saved_with_its_threshold_and_its_score(tmp_path: Path) -> None:
    classifier = load(model(tmp_path, score_card(BY_HAND)))
    chosen = classifier.at_risk(0.05)
    chosen.save(tmp_path / "chosen.onnx")
    again = load(tmp_path / "chosen.onnx")
    assert again.card.thresholds == Thresholds(0.8, None)
    assert again.score is not None
    assert chosen.score is not None
    assert again.score.to_json() == chosen.score.to_json() | {"wrong": []}
    assert again.score.unsure == 20
    assert said(again, colours(1)) == said(chosen, colours(1))
    assert load(tmp_path / "m.onnx").card == classifier.card


def test_other_thresholds_leave_the_score_card_as_it_was(tmp_path: Path) -> None:
    classifier = load(model(tmp_path, score_card(BY_HAND)))
    strict = classifier.with_thresholds(Thresholds(1.0, 0.25))
    assert all(verdict.label is None for verdict in said(strict, colours(2)))
    assert strict.score == classifier.score
    strict.save(tmp_path / "strict.onnx")
    assert load(tmp_path / "strict.onnx").card.thresholds == Thresholds(1.0, 0.25)


def test_the_door_answers_above_the_threshold(tmp_path: Path) -> None:
    path = model(tmp_path, score_card(BY_HAND))
    for number, values in enumerate(([125, 100, 90], [112, 108, 95], [110, 106, 104], [90, 130, 95])):
        picture(tmp_path / "photos" / f"{number}.png", values, seed=number)
    arguments = ("classify", tmp_path / "photos", "--model", path, "--json", "--risk", "0.05")
    done = run_seefood(*arguments, cache=tmp_path / "cache")
    assert done.status == 0
    assert done.err == (
        "answers only from 80 % up: on pictures it was not taught, 80 % were answered and 1 in 40 answers was wrong\n"
    )
    answers = done.lines()
    assert len(answers) == 4
    for answer in answers:
        sure = answer["probability"] >= 0.8
        assert answer["verdict"] == (answer["top"][0]["label"] if sure else None)
        assert answer["reason"] == (None if sure else "uncertain")
    assert {answer["reason"] for answer in answers} == {None, "uncertain"}
    quiet = run_seefood(*arguments, "--quiet", cache=tmp_path / "cache")
    assert (quiet.out, quiet.err) == (done.out, "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--risk", "0.05"], "expected --model with --risk; found --risk alone"),
        (["--model", "m.onnx", "--risk", "nan"], "found nan"),
        (["--model", "m.onnx", "--risk", "1"], "not in the range 0<x<1"),
        (["--model", "m.onnx", "--risk", "0.001"], "seefood: expected a threshold at which at most 0.001"),
        (["--risk", "0.001", "--model", "m.onnx"], "the lowest risk that can be promised is 0.020"),
    ],
)
def test_what_the_door_cannot_do_is_said(tmp_path: Path, arguments: list[str], words: str) -> None:
    model(tmp_path, score_card(BY_HAND))
    picture(tmp_path / "p.png")
    done = run_seefood("classify", "p.png", *arguments, cache=tmp_path / "cache", cwd=tmp_path)
    assert done.status == 2
    assert words in " ".join(done.err.split())
    assert done.out == ""


def test_the_line_says_none_where_nothing_was_wrong() -> None:
    score = score_card([(0.9, True, True)] * 80)
    line = told(0.9, score)
    assert line.endswith("100 % were answered and none of 80 answers was wrong")


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0 %"), (1.0, "100 %"), (0.932, "93 %"), (0.9996, "99.96 %"), (0.00021, "0.02 %")]
)
def test_a_share_is_neither_rounded_to_nothing_nor_to_all(share: float, text: str) -> None:
    assert percent(share) == text


def table(score: Evaluation) -> list[list[str]]:
    """What is shown, cell by cell; bars left out."""
    written = io.StringIO()
    show_coverage(Console(file=written, width=80), score)
    lines = written.getvalue().splitlines()[1:]
    return [[cell.strip() for cell in line.split("  ") if cell.strip(" █▏▎▍▌▋▊▉")] for line in lines]


def test_the_table_shows_what_declining_buys() -> None:
    assert table(score_card(BY_HAND)) == [
        ["whatever is familiar", "100%", "12.0%", "12 of 100 answers"],
        ["at most 5 % wrong", "80%", "2.5%", "2 of 80 answers"],
        ["at most 2 % wrong", "50%", "0.0%", "0 of 50 answers"],
    ]


def test_the_table_shows_each_point_once_and_the_surest_pictures() -> None:
    rows = [(0.5 + number / 250, number >= 10, True) for number in range(100)]
    assert table(score_card(rows)) == [
        ["whatever is familiar", "100%", "10.0%", "10 of 100 answers"],
        ["the surest 95 %", "95%", "5.3%", "5 of 95 answers"],
        ["at most 5 % wrong", "93%", "3.2%", "3 of 93 answers"],
        ["at most 2 % wrong", "90%", "0.0%", "0 of 90 answers"],
    ]


def test_where_there_is_no_curve_there_is_no_table() -> None:
    assert table(score_card([])) == []
