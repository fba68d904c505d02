"""``seefood augment``: its sheet, its JSON, and one line for everything that is wrong."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from PIL import Image

from doors import EXAMPLES
from seefood.augmentation import DEFAULTS, NAMED
from seefood.cli.augment import command
from seefood.cli.from_scratch import Wishes, _as_wished
from seefood.errors import OutputError, PictureError, SeefoodError, ShapeError
from seefood.networks.recipes import network_named

Run = Callable[..., str]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (12, 16, 3)).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in this process; its JSON is on stdout, and what else it says on stderr, never both."""

    def ended(*arguments: object) -> str:
        command.main([str(argument) for argument in arguments], standalone_mode=False)
        said = capsys.readouterr()
        assert bool(said.out) == ("--json" in arguments)
        assert not (said.out and said.err)
        return said.out or said.err

    return ended


def test_json_says_what_is_on_the_sheet(run: Run, photo: Path, tmp_path: Path) -> None:
    output = tmp_path / "sheet.png"
    facts: dict[str, Any] = json.loads(run(photo, "-o", output, "--augment", "mirror, rotate 30", "--json"))
    assert set(facts) == {"output", "transforms"}
    assert facts["output"] == str(output)
    mirror, rotate = facts["transforms"]
    assert (mirror["name"], mirror["range"], mirror["chance"]) == ("mirror", [], 0.5)
    assert [view["label"] for view in mirror["views"]] == ["original", "mirrored"]
    assert (rotate["name"], rotate["range"], rotate["unit"], rotate["chance"]) == ("rotate", [-30, 30], "degrees", 1)
    assert [view["label"] for view in rotate["views"][:3]] == ["original", "30°", "-30°"]
    assert [view["kind"] for view in rotate["views"]] == ["original", "end", "end", "chance", "chance", "chance"]
    with Image.open(output) as sheet:
        assert sheet.format == "PNG"
        assert sheet.width > 1000


def test_all_transforms_by_default_and_a_line_for_each(run: Run, tmp_path: Path) -> None:
    output = tmp_path / "sheet.webp"
    lines = run(EXAMPLES / "photos" / "cat.jpg", "-o", output).splitlines()
    assert [line.split(",")[0] for line in lines[:-1]] == list(NAMED)
    assert all("Unsafe where" in line for line in lines[:-1])
    assert lines[-1] == f"drawn: {output}"
    assert output.is_file()


def test_quiet_says_nothing(run: Run, photo: Path, tmp_path: Path) -> None:
    assert run(photo, "-o", tmp_path / "sheet.jpg", "-a", "flip", "--quiet") == ""
    assert (tmp_path / "sheet.jpg").is_file()


def test_the_seed_decides_and_border_and_language_are_seen(run: Run, photo: Path, tmp_path: Path) -> None:
    def made(name: str, *arguments: object) -> bytes:
        run(photo, "-o", tmp_path / f"{name}.png", "-a", "rotate", *arguments, "-q")
        return (tmp_path / f"{name}.png").read_bytes()

    first = made("first")
    assert made("again", "--seed", 0) == first
    for arguments in (("--seed", 1), ("--border", "constant"), ("--language", "ko"), ("--border", "constant 9 9 9")):
        assert made("other", *arguments) != first


def test_a_grey_photo_stays_grey(run: Run, tmp_path: Path) -> None:
    grey = tmp_path / "grey.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 20)).astype(np.uint8)).save(grey)
    run(grey, "-o", tmp_path / "sheet.png", "-a", "noise 100", "-q")
    with Image.open(tmp_path / "sheet.png") as sheet:
        pixels = np.asarray(sheet).astype(int)
    assert np.ptp(pixels, axis=2).max() < 40  # inks are bluish, grain in colour would be far more


@pytest.mark.parametrize(
    ("arguments", "kind", "complaint"),
    [
        (("{photo}", "-o", "{folder}/sheet.png", "-a", "spin"), ShapeError, "expected transforms among mirror.*'spin'"),
        (("{photo}", "-o", "{folder}/sheet.png", "-a", "rotate 500"), ShapeError, "at most 180 degrees; found 500"),
        (("{photo}", "-o", "{folder}/sheet.png", "-a", "none"), ShapeError, "expected at least one transform"),
        (("{photo}", "-o", "{folder}/sheet.png", "--border", "wrap"), ShapeError, "expected a border as .*'wrap'"),
        (("{photo}", "-o", "{folder}/sheet.gif"), OutputError, "ends in .png, .jpg or .webp"),
        (("{photo}", "-o", "{folder}/no/sheet.png"), OutputError, "no such folder"),
        (("{photo}", "-o", "{photo}"), OutputError, "photo.png"),
        (("{folder}/no.png", "-o", "{folder}/sheet.png"), PictureError, "no.png"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_written(
    run: Run, photo: Path, tmp_path: Path, arguments: tuple[str, ...], kind: type[SeefoodError], complaint: str
) -> None:
    before = photo.read_bytes()
    with pytest.raises(kind, match=complaint) as caught:
        run(*(argument.format(photo=photo, folder=tmp_path) for argument in arguments))
    assert "\n" not in str(caught.value)
    assert photo.read_bytes() == before
    assert list(tmp_path.iterdir()) == [photo]


def test_no_output_is_a_question_of_usage(photo: Path) -> None:
    with pytest.raises(click.UsageError, match=r"(?i)missing.*output"):
        command.main([str(photo)], standalone_mode=False)


# --augment of training from scratch.


def test_training_from_scratch_takes_what_was_asked_for() -> None:
    best = network_named("best")
    assert best.recipe.augmentation.text == "shift 1px, border constant 0 0 0"
    assert network_named("quick").recipe.augmentation.transforms == ()
    assert _as_wished(best, Wishes()).recipe == best.recipe
    assert _as_wished(best, Wishes(augment="none")).recipe.augmentation.transforms == ()
    wished = _as_wished(best, Wishes(augment="mirror,rotate 10", epochs=2)).recipe
    assert wished.augmentation.text == "mirror, rotate 10, border constant 0 0 0"
    assert wished.epochs == 2
    assert wished.to_json()["augmentation"] == wished.augmentation.text
    assert json.loads(json.dumps(wished.to_json())) == wished.to_json()
    assert Wishes(augment="mirror").named == ["--augment"]
    with pytest.raises(ShapeError, match="expected transforms among"):
        _as_wished(best, Wishes(augment="spin"))


# The page.


def code(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_python_of_the_page_runs_and_is_the_same_in_both_languages() -> None:
    page = EXAMPLES.parent / "docs" / "augmentation.md"
    (english,), (korean,) = code(page), code(page.with_suffix(".ko.md"))
    pictures = np.random.default_rng(0).integers(0, 256, (3, 20, 24, 3)).astype(np.uint8)
    names: dict[str, Any] = {"picture": pictures[0], "pictures": pictures}
    exec(compile(english, str(page), "exec"), names)
    assert [view.shape for view in names["views"]] == [(20, 24, 3)] * 8
    assert names["batch"].shape == pictures.shape
    assert len(names["same_each_time"]) == 6
    without = [[line.split("#")[0].rstrip() for line in text.splitlines()] for text in (english, korean)]
    assert without[0] == without[1]


def test_the_table_of_the_page_has_every_transform_with_its_usual_number() -> None:
    for page in ("augmentation.md", "augmentation.ko.md"):
        text = (EXAMPLES.parent / "docs" / page).read_text(encoding="utf-8")
        assert re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE) == [transform.text for transform in DEFAULTS]
