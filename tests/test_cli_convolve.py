"""``seefood convolve``: its JSON, its sheets, and one line for everything that is wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import signal

from doors import Outcome, seefood
from seefood.cli.main import main
from seefood.convolution import correlation
from seefood.convolution.shelf import SHELF

Array = NDArray[Any]
Run = Callable[..., Outcome]
Facts = Callable[..., dict[str, Any]]
LINE = "[[1, 1], [-1, -1]]"


@pytest.fixture
def grey(tmp_path: Path) -> Path:
    """A grey picture of 12 by 16 pixels, three equal channels in a PNG."""
    levels = np.random.default_rng(0).integers(0, 256, (12, 16)).astype(np.uint8)
    path = tmp_path / "grey.png"
    Image.fromarray(np.repeat(levels[..., np.newaxis], 3, axis=2)).save(path)
    return path


@pytest.fixture
def colour(tmp_path: Path) -> Path:
    """A colour picture of 12 by 16 pixels."""
    path = tmp_path / "colour.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (12, 16, 3)).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in this process, which is quicker; `seefood` of doors.py is the real thing."""

    def ended(*arguments: object) -> Outcome:
        with pytest.raises(SystemExit) as end:
            main(["convolve", *map(str, arguments)])
        said = capsys.readouterr()
        return Outcome(int(end.value.code or 0), said.out, said.err)

    return ended


@pytest.fixture
def facts(run: Run) -> Facts:
    """What the command says as JSON."""

    def told(*arguments: object) -> dict[str, Any]:
        outcome = run(*arguments, "--json")
        assert outcome.status == 0, outcome.err
        return outcome.lines()[0]

    return told


def levels(path: Path) -> Array:
    return np.asarray(Image.open(path)).astype(np.float64)


# --- answers


def test_a_grey_picture_answers_once(facts: Facts, grey: Path) -> None:
    expected = signal.correlate2d(levels(grey)[..., 0], [[1, 1], [-1, -1]], mode="valid")
    said = facts(grey, "--kernel", LINE)
    assert (said["height"], said["width"], said["channels"]) == (11, 15, 1)
    assert (said["minimum"], said["maximum"]) == (expected.min(), expected.max())
    assert said["output"] is None
    assert said["responses"][0]["kernel"] == "kernel"
    assert said["responses"][0]["description"].startswith("answers to horizontal lines, bright above")


def test_a_colour_picture_answers_for_each_channel(facts: Facts, colour: Path) -> None:
    expected = [signal.correlate2d(levels(colour)[..., n], SHELF["sobel-vertical"].values, "valid") for n in range(3)]
    said = facts(colour, "--filter", "sobel-vertical")
    assert said["channels"] == 3
    assert (said["minimum"], said["maximum"]) == (np.min(expected), np.max(expected))


def test_grey_is_made_by_the_luminance_of_bt_601(facts: Facts, colour: Path) -> None:
    luminance = levels(colour) @ [0.299, 0.587, 0.114]
    said = facts(colour, "--kernel", "1", "--grey")
    assert said["channels"] == 1
    assert said["minimum"] == pytest.approx(luminance.min(), abs=1)
    assert said["maximum"] == pytest.approx(luminance.max(), abs=1)


def test_how_the_kernel_walks(facts: Facts, grey: Path) -> None:
    padded = np.pad(levels(grey)[..., 0], ((1, 1), (2, 2)))
    spread = np.array([[-1, 0, -1], [1, 0, 1]])  # turned round, and with a gap in each row
    expected = signal.correlate2d(padded, spread, mode="valid")[::2, ::3] + 7.5
    walk = ("--stride", "2,3", "--padding", "1,2", "--dilation", "1,2", "--bias", "15/2", "--flip")
    said = facts(grey, "--kernel", LINE, *walk)
    assert (said["height"], said["width"]) == expected.shape
    assert (said["minimum"], said["maximum"]) == (expected.min(), expected.max())


@pytest.mark.parametrize(
    ("padding", "size"),
    [
        ("valid", (11, 15)),
        ("same", (12, 16)),
        ("SAME", (12, 16)),
        (" Valid", (11, 15)),
        ("3", (17, 21)),
        ("0,1", (11, 17)),
    ],
)
def test_paddings(facts: Facts, grey: Path, padding: str, size: tuple[int, int]) -> None:
    said = facts(grey, "--kernel", "1 1; -1 -1", "--padding", padding)
    assert (said["height"], said["width"]) == size


def test_several_kernels_answer_in_order(facts: Facts, grey: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("1,2\n3,4\n")
    asked = ("--filter", "laplacian", "--kernel", "1 -1", "--kernel", tmp_path / "mine.csv", "--kernel", "5")
    said = facts(grey, *asked)
    names = [answer["kernel"] for answer in said["responses"]]
    assert names == ["kernel 1", "mine", "kernel 3", "laplacian"]
    assert [answer["weights"] for answer in said["responses"][1:3]] == [[[1, 2], [3, 4]], [[5]]]
    for name in ("height", "width", "channels", "minimum", "maximum"):
        assert said[name] == said["responses"][0][name]


def test_a_flipped_kernel_is_described_as_it_lies(run: Run, facts: Facts, grey: Path) -> None:
    """Everything said is as for the kernel that somebody typed turned round; but that it was turned."""
    turned = facts(grey, "--kernel", "1 2; 0 -3", "--flip", "--at", "1,1")
    typed = facts(grey, "--kernel", "-3 0; 2 1", "--at", "1,1")
    assert (turned.pop("flip"), typed.pop("flip")) == (True, False)
    assert (turned["responses"][0].pop("flip"), typed["responses"][0].pop("flip")) == (True, False)
    assert turned == typed
    said = run(grey, "--filter", "sobel-vertical", "--flip")
    assert "sobel-vertical, turned by 180°: answers to vertical edges, bright on the right" in said.err


def test_the_bias_is_not_in_the_description(facts: Facts, grey: Path) -> None:
    said = facts(grey, "--filter", "identity", "--bias", "-300")["responses"][0]["description"]
    assert said == "keeps the picture as it is; before the bias of −300 is added"
    assert "bias" not in facts(grey, "--filter", "identity")["responses"][0]["description"]


def test_all_is_the_whole_shelf(facts: Facts, grey: Path) -> None:
    assert [answer["kernel"] for answer in facts(grey, "--filter", "all")["responses"]] == list(SHELF)


def test_one_answer_written_out(run: Run, facts: Facts, grey: Path) -> None:
    under = levels(grey)[4:6, 7:9, 0]
    said = facts(grey, "--kernel", LINE, "--at", "4,7")
    assert said["arithmetic"]["row"] == 4
    assert said["arithmetic"]["sums"][0]["pixels"] == under.tolist()
    assert said["arithmetic"]["sums"][0]["value"] == under[0].sum() - under[1].sum()
    assert said["responses"][0]["arithmetic"] == said["arithmetic"]
    first = f"1 × {under[0, 0]:.0f} + 1 × {under[0, 1]:.0f} "
    assert first in run(grey, "--kernel", LINE, "--at", "4,7").err


def test_filters_over_colours(facts: Facts, colour: Path, grey: Path) -> None:
    kernel = "[[[[1, 0], [0, 1], [0, 0]]]]"  # one weight on one pixel: red, then green
    said = facts(colour, "--kernel", kernel)
    assert [answer["kernel"] for answer in said["responses"]] == ["kernel, filter 1", "kernel, filter 2"]
    for channel, answer in enumerate(said["responses"]):
        assert (answer["channels"], answer["maximum"]) == (1, levels(colour)[..., channel].max())
    assert facts(grey, "--kernel", kernel)["maximum"] == levels(grey).max()


# --- what is seen


def test_a_sheet_is_drawn(facts: Facts, colour: Path, tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    said = facts(colour, "--kernel", LINE, "--filter", "emboss", "--at", "0,0", "-o", out)
    assert said["output"] == str(out)
    with Image.open(out) as image:
        assert (image.format, image.mode) == ("PNG", "RGB")
        assert image.width > 800


def test_kernels_that_the_sheet_has_no_room_for_answer_all_the_same(facts: Facts, grey: Path, tmp_path: Path) -> None:
    kernel = json.dumps([[[[float(index) for index in range(70)]]]])
    said = facts(grey, "--kernel", kernel, "-o", tmp_path / "many.png", "--grey")
    assert [answer["maximum"] for answer in said["responses"]] == [index * levels(grey).max() for index in range(70)]


def test_facts_for_people_and_quiet(run: Run, grey: Path, tmp_path: Path) -> None:
    said = run(grey, "--filter", "identity")
    assert said.out == ""
    assert "identity: keeps the picture as it is" in said.err
    assert "10 by 14, 1 channel, answers from" in said.err
    quiet = run(grey, "--filter", "identity", "--quiet", "-o", tmp_path / "out.jpg")
    assert (quiet.status, quiet.out, quiet.err) == (0, "", "")
    assert (tmp_path / "out.jpg").is_file()


def test_the_shelf_is_listed_without_a_picture(run: Run) -> None:
    shown = run("--list")
    assert shown.status == 0
    assert all(name in shown.err for name in SHELF)
    rows = json.loads(run("--list", "--json").out)
    assert {row["name"]: row["weights"] for row in rows} == {
        name: kernel.values.tolist() for name, kernel in SHELF.items()
    }


def test_as_people_run_it(colour: Path, tmp_path: Path) -> None:
    outcome = seefood("convolve", colour, "--kernel", LINE, "--json", cache=tmp_path)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.lines()[0]["channels"] == 3
    assert "convolve" in seefood("--help", cache=tmp_path).out


def test_real_photos(facts: Facts, data: Path, tmp_path: Path) -> None:
    photos = sorted((data / "rural_urban").rglob("*.jp*g"))[:2]
    assert photos
    for photo in photos:
        said = facts(photo, "--filter", "sobel-horizontal", "-o", tmp_path / f"{photo.stem}.png")
        with Image.open(photo) as image:
            assert (said["width"], said["height"]) == (image.width - 2, image.height - 2)


# --- what is wrong


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (["--kernel", "1 2; 3"], ["equally long", "found 2 in row 1 and 1 in row 2"]),
        (["--kernel", ""], ["found nothing"]),
        (["--kernel", "[[]]"], ["empty brackets"]),
        (["--kernel", "1 a"], ["row 1, column 2", "found 'a'"]),
        (["--kernel", "1 nan"], ["row 1, column 2", "found 'nan'"]),
        (["--kernel", "1 1e999"], ["'1e999'"]),
        (["--kernel", "1e38"], ["float32"]),
        (["--kernel", "-1e38", "--padding", "1"], ["float32"]),
        (["--kernel", "nowhere.csv"], ["no such file"]),
        (["--kernel", "1 " * 17], ["1 by 17", "12 by 16"]),
        (["--kernel", "1;" * 13], ["13 by 1", "12 by 16"]),
        (["--kernel", "1 1", "--dilation", "16"], ["1 by 17", "12 by 16"]),
        (["--kernel", "[[[1, 2]]]"], ["[1, 1, 2]"]),
        (["--filter", "sobl-vertical"], ["did you mean sobel-vertical"]),
        (["--filter", "1 1"], ["found '1 1'"]),
        ([], ["found none", "--list"]),
        (["--filter", "identity", "--stride", "0"], ["--stride 2", "found 0;"]),
        (["--filter", "identity", "--stride", "-1,2"], ["stride"]),
        (["--filter", "identity", "--stride", "two"], ["--stride 2,1", "found 'two'"]),
        (["--filter", "identity", "--stride", "1,2,3"], ["stride", "found '1,2,3'"]),
        (["--filter", "identity", "--stride", "²"], ["stride"]),
        (["--filter", "identity", "--stride", "1.5"], ["stride"]),
        (["--filter", "identity", "--dilation", "0"], ["write --dilation 2 or --dilation 2,1", "found 0;"]),
        (["--filter", "identity", "--padding", "-1"], ["write --padding same or --padding 1", "found -1;"]),
        (["--filter", "identity", "--padding", "full"], ["padding", "found 'full'"]),
        (["--filter", "identity", "--padding", "99999999"], ["answer of at most"]),
        (["--filter", "identity", "--bias", "much"], ["a bias", "found 'much'"]),
        (["--filter", "identity", "--bias", "nan"], ["a bias"]),
        (["--filter", "identity", "--at", "10,0"], ["10 by 14", "found 10, 0"]),
        (["--filter", "identity", "--at", "-1,0"], ["found -1, 0"]),
        (["--filter", "identity", "--at", "3"], ["ROW,COLUMN", "found 3;", "--at 10,20"]),
        (["--filter", "identity", "--at", "x,y"], ["a place"]),
        (["--kernel", "[[[[" + "1," * 5000 + "1]]]]"], ["at most 4,096 kernels", "found 5,001"]),
        (["--filter", "identity", "-o", "sheet.txt"], ["sheet.txt", ".png"]),
        (["--filter", "identity", "-o", "nowhere/sheet.png"], ["no such folder"]),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_what_is_wrong_is_one_line(run: Run, grey: Path, arguments: list[str], fragments: list[str]) -> None:
    result = run(grey, *arguments, "--json")
    lines = result.err.splitlines()
    assert (result.status, result.out, len(lines)) == (2, "", 1), result
    assert lines[0].startswith("seefood: ")
    assert "fault of seefood" not in lines[0]
    assert all(fragment in lines[0] for fragment in ["expected", "found", *fragments]), lines[0]


def test_pictures_that_are_none(run: Run, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 no picture")
    for path in (broken, tmp_path / "missing.png", tmp_path):
        outcome = seefood("convolve", path, "--filter", "identity", cache=tmp_path)
        assert outcome.status == 2
        assert path.name in outcome.complaint
    result = run("--filter", "identity")
    assert result.status == 2
    assert "expected a PICTURE" in result.err


def test_where_it_goes_is_checked_first(run: Run, tmp_path: Path) -> None:
    said = run(tmp_path / "missing.png", "--filter", "identity", "-o", tmp_path / "sheet.txt")
    assert said.status == 2
    assert "sheet.txt" in said.complaint


def test_nothing_that_is_read_is_written_over(run: Run, grey: Path, tmp_path: Path) -> None:
    kernel, link = tmp_path / "kernel.png", tmp_path / "link.png"  # whatever its name says
    kernel.write_text("1 1; -1 -1")
    link.symlink_to(grey)
    hard = tmp_path / "hard.png"
    hard.hardlink_to(kernel)
    before = {path: path.read_bytes() for path in (grey, kernel)}
    for out in (grey, tmp_path / "." / "x" / ".." / grey.name, link, kernel, hard):
        (tmp_path / "x").mkdir(exist_ok=True)
        said = run(grey, "--kernel", kernel, "--kernel", "1", "-o", out)
        assert said.status == 2, out
        assert "which is read" in said.complaint
    assert {path: path.read_bytes() for path in before} == before
    assert link.is_symlink()
    assert run(grey, "--kernel", kernel, "-o", tmp_path / "other.png").status == 0


def test_a_place_is_looked_for_before_the_work(
    run: Run, grey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: object, **__: object) -> None:
        raise AssertionError("a kernel answered")

    monkeypatch.setattr(correlation, "convolve", work)
    said = run(grey, "--kernel", "1", "--kernel", "1 1", "--at", "0,15", "-o", tmp_path / "sheet.png")
    assert said.status == 2
    assert "response of 12 by 15, row 0 to 11 and column 0 to 14; found 0, 15" in said.complaint


def test_nothing_is_left_where_it_fails(run: Run, grey: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    assert run(grey, "--kernel", "1 " * 17, "-o", tmp_path / "sheet.png").status == 2
    assert sorted(tmp_path.iterdir()) == before
