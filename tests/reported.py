"""Score cards made by hand, their report, and the page taken apart: what the tests of the report share."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seefood.evaluation import Evaluation, Scorer
from seefood.evaluation.report import AugmentationReason, Finding, Report
from seefood.verdicts import Failure, Guess, Reason, Verdict

Outcome = tuple[str, str, float, Reason | None, str | None]
"""The truth, what was said, how probable, why not, and the path."""

EMPTY = {"img", "input", "meta", "br", "hr", "wbr", "col"}


def verdict(label: str, probability: float, reason: Reason | None = None, path: str | None = None) -> Verdict:
    return Verdict(path, None if reason else label, reason, probability, (Guess(label, probability),), None)


def evaluated(outcomes: Sequence[Outcome], labels: Sequence[str], failed: Sequence[Failure] = ()) -> Evaluation:
    scorer = Scorer(labels)
    for truth, said, probability, reason, path in outcomes:
        scorer.add(truth, verdict(said, probability, reason, path))
    for failure in failed:
        scorer.add(labels[0], failure)
    return scorer.evaluation()


def photo(path: Path, seed: int, size: tuple[int, int] = (60, 80)) -> str:
    """A picture of smooth noise, (height, width), as a JPEG file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (size[0] // 8, size[1] // 8, 3), np.uint8)
    Image.fromarray(noise).resize((size[1], size[0])).save(path)
    return str(path)


def outcomes(
    folder: Path, seed: int = 0, pictures: int = 60, labels: Sequence[str] = ("ants", "bees", "wasps")
) -> list[Outcome]:
    """Random answers for pictures that are in the folder."""
    generator = np.random.default_rng(seed)
    made: list[Outcome] = []
    for number in range(pictures):
        truth = labels[int(generator.integers(len(labels)))]
        said = truth if generator.random() < 0.75 else labels[int(generator.integers(len(labels)))]
        probability = float(generator.uniform(0.35, 1.0))
        reason: Reason | None = "unfamiliar" if generator.random() < 0.1 else None
        reason = reason or ("uncertain" if probability < 0.6 else None)
        path = photo(folder / truth / f"{number}.jpg", number) if folder.name else None
        made.append((truth, said, probability, reason, path))
    return made


def full(folder: Path, **changes: Any) -> Report:
    """A report with something in each of its sections."""
    labels = ("ants", "bees", "wasps")
    made = outcomes(folder, 0)
    paths = [path or "" for *_, path in made]
    values: dict[str, Any] = {
        "title": "insects.onnx",
        "evaluation": evaluated(
            made, labels, [Failure(f"{folder}/ants/broken.jpg", f"{folder}/ants/broken.jpg: expected a picture")]
        ),
        "where": "on pictures it was not taught (cross-validation)",
        "test": evaluated(outcomes(folder / "test", 1, 25), labels),
        "findings": (
            Finding(
                "near_duplicates",
                "2 look alike.",
                (tuple(paths[:2]), (paths[2], "gone.jpg")),
                False,
                "2장이 비슷합니다.",
            ),
            Finding(
                "suspect_labels",
                "1 looks wrong.",
                ((paths[3],),),
                True,
                "1장이 틀려 보입니다.",
                (f"{paths[3]}: looks like bees",),
            ),
        ),
        "augmentation": (
            AugmentationReason("mirror", True, "no label changed", (("before", gradient()),), "이름표가 바뀌지 않음"),
            AugmentationReason("rotate 15", False, "it hurts", (), "나빠짐"),
        ),
        "facts": {"seed": 7, "versions": {"numpy": "2.1"}, "temperature": 1.25, "classes": list(labels)},
        "commands": ("seefood train insects -o insects.onnx --seed 7",),
        "evidence": lambda path, said, truth: np.outer(np.arange(7) - 3.0, np.ones(7)),
        "threshold": 0.6,
    }
    return Report(**values | changes)


def gradient(height: int = 64, width: int = 96) -> NDArray[np.uint8]:
    return np.broadcast_to(np.linspace(0, 255, width).astype(np.uint8)[None, :, None], (height, width, 3)).copy()


def tree(page: str) -> ET.Element:
    """The page as XML; scripts and styles, which hold what XML would read as markup, are emptied."""
    page = re.sub(r"(<(script|style)[^>]*>).*?(</\2>)", r"\1\3", page, flags=re.DOTALL)
    return ET.fromstring(page.removeprefix("<!doctype html>\n"))


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="report-data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def words_of(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def by_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in root.iter() if name in (element.get("class") or "").split()]


@dataclass
class Seen(HTMLParser):
    """The page as a browser reads it: elements in order with their attributes, and whether each is closed."""

    page: str
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if len(dict(attrs)) != len(attrs):
            self.wrong.append(f"{tag}: an attribute twice")
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"script", "style"}:
            (self.scripts if self.open[-1] == "script" else self.styles).append(data)
