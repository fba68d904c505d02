"""From a training or an evaluation to the report, and the option that asks for it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from doors import seefood, small_model
from seefood.evaluation.report import Report
from seefood.evaluation.report.page import page
from seefood.inspection import Inspection, Oddity, Outlier, Suspect
from seefood.inspection.limits import Limit
from seefood.model import load
from seefood.model.reported import ODDITIES, findings_of
from seefood.model.reporting import evaluation_report, training_report
from seefood.model.teaching import Training
from seefood.verdicts import Failure
from taught import FASHION

pytest_plugins = ["taught"]


def everything() -> Inspection:
    """One finding of each kind, with names from anybody."""
    pair = (("a/1.jpg", "b/<2>.jpg"),)
    return Inspection(
        pictures=10,
        classes={"a": 5, "<script>": 5},
        splits={"train": 10},
        unreadable=(Failure("a/broken.jpg", "a/broken.jpg: expected a picture; found none; get it again"),),
        oddities=tuple(Oddity(f"a/{kind}.jpg", kind, "a note") for kind in ODDITIES),
        duplicates=pair,
        near_duplicates=pair,
        conflicts=pair,
        leaks=pair,
        suspects=(Suspect("a/7.jpg", "a", "<script>", 0.93, 0.8),),
        outliers=(Outlier("a/8.jpg", "a", 5.0),),
        same_classes=(("a", "<script>"),),
        too_few=MappingProxyType({"<script>": 1}),
        limits=(Limit("no pictures in {name}", {"name": "<script>"}),),
    )


def test_every_kind_of_finding_is_told_in_both_languages() -> None:
    found = {finding.kind: finding for finding in findings_of(everything())}
    assert set(found) == {
        *ODDITIES,
        *("leaks", "conflicts", "same_classes", "duplicates", "near_duplicates", "suspect_labels", "outliers"),
        *("too_few", "unreadable", "limits"),
    }
    for kind, finding in found.items():
        assert finding.sentence
        assert finding.korean or kind == "limits"
    assert found["suspect_labels"].groups == (("a/7.jpg",),)
    assert found["suspect_labels"].notes == ("a → <script>? 93%",)
    assert {kind for kind, finding in found.items() if finding.severe} == {
        *("leaks", "conflicts", "same_classes", "suspect_labels", "too_few"),
    }


def test_nothing_found_is_nothing_told() -> None:
    assert list(findings_of(Inspection(3, {"a": 2, "b": 1}, {"all": 3}))) == []


def test_one_is_one_and_two_are_two() -> None:
    """Grammar, where it is counted."""
    for finding in findings_of(everything()):
        assert not re.search(r"\b1 (pictures|files)\b", finding.sentence), finding.sentence
    twice = replace(everything(), conflicts=(("a/1.jpg", "b/1.jpg"), ("a/2.jpg", "b/2.jpg")))
    assert "2 pictures lie in two classes" in [finding.sentence for finding in findings_of(twice)]


def test_one_class_and_no_class_are_told() -> None:
    (one,) = findings_of(Inspection(12, {"only": 12, "empty": 0}, {"all": 12}))
    assert (one.kind, one.severe) == ("one_class", True)
    assert "only" in one.sentence
    assert "only" in one.korean
    (none,) = findings_of(Inspection(12, {}, {"all": 12}))
    assert (none.kind, none.severe) == ("no_class", False)


def test_copies_count_the_files_that_are_too_many() -> None:
    found = {finding.kind: finding for finding in findings_of(replace(everything(), duplicates=(("a", "b", "c"),)))}
    assert (found["duplicates"].count, found["near_duplicates"].count, found["too_few"].count) == (2, 1, 1)


def test_names_that_look_the_same_are_told_apart() -> None:
    composed, taken_apart = "caf\u00e9", "cafe\u0301"
    found = Inspection(
        pictures=40,
        classes={composed: 32, taken_apart: 8},
        splits={"all": 40},
        suspects=(Suspect(f"{composed}/1.jpg", composed, taken_apart, 0.9, 0.8),),
        same_classes=((composed, taken_apart),),
        too_few={composed: 1, taken_apart: 2},
    )
    told = {finding.kind: (finding.sentence, *finding.notes) for finding in findings_of(found)}
    for kind in ("suspect_labels", "same_classes", "too_few", "imbalance"):
        said = " ".join(told[kind])
        assert f"{composed} (NFC)" in said
        assert f"{taken_apart} (NFD)" in said


def test_findings_are_escaped_on_the_page(taught: Training) -> None:
    report = Report("title", taught.score, "on the test pictures", findings=tuple(findings_of(everything())))
    text = page(report)
    assert "<script>:" not in text
    assert "&lt;script&gt;" in text
    assert "&lt;2&gt;" in text


def test_a_report_says_what_was_done(taught: Training) -> None:
    report = training_report(taught, "fashion.onnx", ["seefood", "train", "my photos", "-o", "fashion.onnx"])
    assert report.evaluation is taught.score
    assert report.test is taught.test
    assert report.commands == ("seefood train 'my photos' -o fashion.onnx",)
    assert report.facts["seed"] == 0
    assert report.facts["backbone"] == taught.classifier.card.backbone["name"]
    assert report.threshold == taught.classifier.card.thresholds.probability
    assert report.evidence is not None
    wrong = taught.score.wrong[0]
    assert wrong.path is not None
    evidence = report.evidence(wrong.path, wrong.verdict, wrong.label)
    assert evidence is not None
    assert evidence.shape == (7, 7)


def test_an_evaluation_by_itself(taught: Training) -> None:
    assert taught.test is not None
    report = evaluation_report(taught.classifier, taught.test, "fashion on test", [])
    assert (report.evaluation, report.test, report.commands) == (taught.test, None, ())


def test_a_model_without_evidence_has_a_report_all_the_same(taught: Training, tmp_path: Path) -> None:
    classifier = load(small_model(tmp_path / "small.onnx"))
    assert evaluation_report(classifier, taught.score, "small", []).evidence is None


def test_a_score_card_writes_itself(taught: Training, tmp_path: Path) -> None:
    taught.score.to_html(tmp_path / "score.html")
    text = (tmp_path / "score.html").read_text(encoding="utf-8")
    assert f"{taught.score.accuracy:.1%}" in text
    assert text.count("data:image/jpeg") >= len(taught.score.wrong)


# The option.


@pytest.mark.parametrize("language", ["en", "ko"])
def test_evaluate_writes_a_report(saved: Path, cache: Path, tmp_path: Path, language: str) -> None:
    report = tmp_path / "report.html"
    done = seefood(
        "evaluate", saved, FASHION / "test", "--report", report, "--language", language, "--json", cache=cache
    )
    assert done.status == 0, done.err
    text = report.read_text(encoding="utf-8")
    assert f'<html lang="{language}"' in text
    assert f"{json.loads(done.out)['accuracy']:.1%}" in text
    assert "seefood evaluate" in text


def test_train_writes_a_report_beside_the_model(cache: Path, tmp_path: Path) -> None:
    model, report = tmp_path / "model.onnx", tmp_path / "report.html"
    done = seefood("train", FASHION / "train", "-o", model, "--report", report, "--quiet", cache=cache)
    assert (done.status, done.out, done.err) == (0, "", "")
    assert "model.onnx" in report.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["report.txt", "missing/report.html", "folder.html"])
def test_a_place_that_cannot_be_is_said_before_the_work(saved: Path, cache: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.html").mkdir()
    done = seefood("evaluate", saved, FASHION / "test", "--report", tmp_path / name, cache=cache)
    assert done.status == 2
    assert "expected a name that ends in .html, in a folder that is there" in done.complaint


def test_a_report_takes_no_input_s_place(saved: Path, cache: Path, tmp_path: Path) -> None:
    link = tmp_path / "model.html"
    link.hardlink_to(saved)
    done = seefood("evaluate", saved, FASHION / "test", "--report", link, cache=cache)
    assert done.status == 2
    assert "which is read" in done.complaint
