"""The documentation: its examples run, its pictures and links are there, and both languages show the same code."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

CHECKOUT = Path(__file__).resolve().parents[1]
PAGES = [CHECKOUT / "README.md", CHECKOUT / "README.ko.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
INSIDE, SCRATCH = CHECKOUT / "docs" / "inside.md", CHECKOUT / "docs" / "from-scratch.md"
TRUST = CHECKOUT / "docs" / "trust.md"


def blocks(page: Path, language: str) -> list[str]:
    """The code in a page's fences of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def without_comments(code: str) -> list[str]:
    return [line.split("#")[0].rstrip() for line in code.splitlines()]


@pytest.mark.parametrize("number", range(3))
def test_the_python_of_inside_runs(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    Image.fromarray(random.integers(0, 256, (40, 60, 3), dtype=np.uint8)).save(tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {
        "picture": random.random((20, 30, 3)),
        "filters": random.normal(size=(3, 3, 3, 4)),
        "pictures": random.random((2, 12, 12, 3)),
        "kernels": random.normal(size=(3, 3, 3, 4)),
        "bias": np.zeros(4),
    }
    exec(compile(blocks(INSIDE, "python")[number], str(INSIDE), "exec"), names)
    if "history" in names:
        assert names["history"].epochs[-1].accuracy > 0.9


def test_the_python_of_from_scratch_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not all(map(find_spec, ("keras", "tensorflow"))):
        pytest.skip("no Keras on TensorFlow here: scripts/install everything")
    random = np.random.default_rng(0)
    dark_or_bright = np.arange(60) % 2
    pixels = random.integers(0, 100, (60, 64)) + 150 * dark_or_bright[:, np.newaxis]
    lines = [",".join(map(str, (target, *row))) for target, row in zip(dark_or_bright, pixels, strict=True)]
    (tmp_path / "clothes.csv").write_text("\n".join(lines))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for number, code in enumerate(blocks(SCRATCH, "python")):
        exec(compile(code, f"{SCRATCH}:{number}", "exec"), names)
    assert names["training"].classifier.labels == ("0", "1")
    assert (tmp_path / "clothes.onnx").is_file()


@pytest.mark.parametrize("page", [INSIDE, SCRATCH, TRUST], ids=lambda page: page.stem)
def test_both_languages_show_the_same_code(page: Path) -> None:
    korean = page.with_suffix(".ko.md")
    pairs = zip(blocks(page, "python"), blocks(korean, "python"), strict=True)
    assert all(without_comments(one) == without_comments(other) for one, other in pairs)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert missing == []
