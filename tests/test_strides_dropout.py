"""The lesson on strides and dropout: its arithmetic, its drawing, its documentation, and the script from end to end."""

import importlib.util
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seefood.cli.from_scratch import Wishes, _network
from seefood.cli.train import command as train_command
from seefood.datasets.labelled_pictures import LabelledPictures
from seefood.drawing.widths import length
from seefood.networks.building import build
from seefood.networks.notation import parse
from seefood.networks.training import Recipe, fit, score

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import stride_drawing
import strides_dropout
from measuring import Bars
from stride_figures import KINDS, Figures, NetworkFigures, Setting, markdown

CHECKOUT = Path(__file__).resolve().parents[1]
SCRIPTS = CHECKOUT / "benchmarks"
DOCS = (CHECKOUT / "docs" / "strides-dropout.md", CHECKOUT / "docs" / "strides-dropout.ko.md")
SVG = "{http://www.w3.org/2000/svg}"

# Worked out by hand. A kernel of 3 × 3 over c channels has 9c weights, each filter a bias; a dense node one weight for
# each number that comes to it and a bias. Without strides 28 shrinks to 26 and 24, with stride 2 to 13 and 6.
CONVOLUTIONS = 30 * (9 * 1 + 1) + 30 * (9 * 30 + 1)
LAST = 10 * (128 + 1)
WEIGHTS = {1: CONVOLUTIONS + 128 * (24 * 24 * 30 + 1) + LAST, 2: CONVOLUTIONS + 128 * (6 * 6 * 30 + 1) + LAST}
MULTIPLY_ADDS = {
    1: 26 * 26 * 30 * 9 + 24 * 24 * 30 * 270 + 24 * 24 * 30 * 128 + 1280,
    2: 13 * 13 * 30 * 9 + 6 * 6 * 30 * 270 + 6 * 6 * 30 * 128 + 1280,
}
LAYERS = (
    "conv 30 3, conv 30 3, flatten, dense 128",
    "conv 30 3, dropout 0.5, conv 30 3, dropout 0.5, flatten, dense 128",
    "conv 30 3 stride 2, conv 30 3 stride 2, flatten, dense 128",
    "conv 30 3 stride 2, dropout 0.5, conv 30 3 stride 2, dropout 0.5, flatten, dense 128",
)
CLOCK = "strides_dropout.time.perf_counter"
SETTING = Setting("fashion-mnist", "a processor, 2 cores", 2000, 500, 1000, 600, 8, 128)
SECONDS = ((20.0, 24.0, 30.0), (24.0, 22.0, 44.0), (4.0, 4.0, 6.0), (6.0, 5.5, 8.0))
RIGHT = ((1990, 910), (1900, 920), (1860, 890), (1780, 880))


def figures(right: Any = RIGHT, seconds: Any = SECONDS) -> Figures:
    """Round numbers, as no machine gives them: 2,000 pictures learned, 1,000 to test on."""
    networks = [
        NetworkFigures(
            strides=2 if strides else 1,
            dropout=0.5 if dropout else 0.0,
            layers=layers,
            parameters=WEIGHTS[2 if strides else 1],
            multiply_adds=MULTIPLY_ADDS[2 if strides else 1],
            train_right=train,
            test_right=test,
            kept=3,
            kept_right=test + 7,
            seconds=tuple(times),
            full_seconds=(1.0, 2.0),
        )
        for (strides, dropout), layers, (train, test), times in zip(KINDS, LAYERS, right, seconds, strict=True)
    ]
    return Figures(SETTING, tuple(networks))


@pytest.fixture
def keras_here() -> None:
    """Skips the test where networks cannot be trained."""
    if not all(map(importlib.util.find_spec, ("keras", "tensorflow"))):
        pytest.skip("no Keras on TensorFlow here: scripts/install everything")


# The networks.


@pytest.mark.parametrize(("kind", "layers"), list(zip(KINDS, LAYERS, strict=True)))
def test_the_four_networks_and_their_costs_as_worked_out_by_hand(kind: tuple[bool, bool], layers: str) -> None:
    strides, dropout = kind
    network = strides_dropout.variation(strides=strides, dropout=dropout)
    table = network.table((28, 28, 1), 10)
    assert str(network) == layers
    assert table.parameters == WEIGHTS[2 if strides else 1]
    assert table.multiply_adds == MULTIPLY_ADDS[2 if strides else 1]


def test_the_hand_made_count_is_that_of_the_course() -> None:
    assert WEIGHTS == {1: 2_221_688, 2: 148_088}


# Arithmetic.


def test_gap_accuracy_and_ratio() -> None:
    made = figures()
    plain, strided = made.of(strides=False, dropout=False), made.of(strides=True, dropout=True)
    assert (plain.layers, strided.layers) == (LAYERS[0], LAYERS[3])
    assert made.of(strides=True, dropout=False).layers == LAYERS[2]
    assert (made.train(plain), made.test(plain)) == (0.995, 0.91)
    assert made.gap(plain) == pytest.approx(0.085)
    assert made.gap(strided) == pytest.approx(0.01)
    # Round by round 24/6, 22/5.5, 44/8, and 20/4, 24/4, 30/6; the ratio of the medians would be 6 for the second.
    assert made.faster(dropout=True).values == (4.0, 4.0, 5.5)
    assert made.faster(dropout=False).median == 5.0


def test_the_table_says_the_numbers() -> None:
    lines = markdown(figures()).splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    assert len({len(row) for row in rows}) == 1
    # Wilson's interval for 910 of 1,000 is 0.891 to 0.926.
    assert rows[2] == [
        *("neither", "2,221,688", "7,061,240", "24.00 s", "0.995", "0.910 (0.891–0.926)", "0.085", "0.917 (epoch 3)")
    ]
    assert [row[0] for row in rows[2:]] == ["neither", "dropout", "strides", "both"]
    assert [row[3] for row in rows[2:]] == ["24.00 s", "24.00 s", "4.00 s", "6.00 s"]
    assert [row[6] for row in rows[2:]] == ["0.085", "0.030", "0.040", "0.010"]
    below = " ".join(lines)
    assert (
        "4.0 times as fast with strides where there is dropout (lowest 4.0, highest 5.5 of 3 rounds), 5.0 times where"
        in below
    )
    assert "2,000 pictures learned for 8 epochs, 500 kept to validate on, 1,000 to test on" in below
    assert "a processor, 2 cores" in below


def test_both_languages_have_the_same_table() -> None:
    tables = [
        [re.findall(r"[\d.,]+", line) for line in markdown(figures(), language).splitlines()[2:] if line[:1] == "|"]
        for language in ("en", "ko")
    ]
    assert tables[0] == tables[1]


def test_a_gap_below_nothing_has_a_minus_sign() -> None:
    below = figures(((1800, 910), *RIGHT[1:]))
    assert "| −0.010 |" in markdown(below)


def test_figures_come_back_from_json_as_they_were() -> None:
    made = figures()
    written = json.loads(json.dumps(made.to_json()))
    assert Figures.from_json(written) == made
    assert written["gaps"] == [0.085, 0.03, 0.04, 0.01]
    assert written["times_as_fast"] == {"without_dropout": 5.0, "with_dropout": 4.0}


@pytest.mark.parametrize("broken", [[], {}, {"networks": [], "setting": {}}, {"networks": [{"strides": 1}]}, None])
def test_other_json_is_refused(broken: Any) -> None:
    with pytest.raises(ValueError, match=r"expected .*; found .*; measure again"):
        Figures.from_json(broken)


def test_networks_in_another_order_or_timed_unequally_are_refused() -> None:
    made = figures()
    with pytest.raises(ValueError, match="expected four networks"):
        Figures(SETTING, made.networks[::-1])
    with pytest.raises(ValueError, match="timed equally often"):
        Figures(SETTING, (replace(made.networks[0], seconds=(1.0,)), *made.networks[1:]))


# Time.


def watched(monkeypatch: pytest.MonkeyPatch, epochs: int, of: int, calls: list[tuple[int, int, float]]) -> Any:
    """A stopwatch that was told of steps: how many epochs were over, steps done, and the time."""
    monkeypatch.setattr(CLOCK, iter([when for _, _, when in calls]).__next__)
    watch = strides_dropout.Stopwatch(epochs)
    for epochs_over, done, _ in calls:
        watch(done, of, (None,) * epochs_over)
    return watch


def test_an_epoch_is_timed_without_tracing_and_without_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    # Steps of 0.5 s; the first takes 9 s more to be traced, and 7 s of validation lie between the epochs.
    first = [(0, step, 9.0 + 0.5 * step) for step in (1, 2, 3, 4)]
    second = [(1, 4 + step, 18.0 + 0.5 * step) for step in (1, 2, 3, 4)]
    assert watched(monkeypatch, 2, 8, [*first, *second]).seconds() == pytest.approx((2.0, 2.0))
    assert watched(monkeypatch, 1, 4, first).seconds() == pytest.approx((2.0,))


def test_several_steps_in_a_call_and_more_said_than_done(monkeypatch: pytest.MonkeyPatch) -> None:
    # Ten steps of 0.5 s an epoch, four in a call: the last call does two and says four.
    calls = [(0, 4, 9.0), (0, 8, 11.0), (0, 12, 12.0), (1, 14, 30.0), (1, 18, 32.0), (1, 22, 33.0)]
    assert watched(monkeypatch, 2, 20, calls).seconds() == pytest.approx((5.0, 5.0))


def test_the_weights_that_are_measured_are_those_after_the_last_step(keras_here: None, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    targets = np.arange(120) % 3
    pixels = random.integers(0, 200, (120, 6, 6, 1))
    pixels[np.arange(120), targets] += 50
    learned = LabelledPictures(pixels.astype(np.uint8), targets, ("a", "b", "c"), "bars")
    unlike = replace(learned, targets=(targets + 1) % 3)  # the more is learned, the worse it is on these
    model = build(parse("conv 4 3, dropout 0.2, dense 8"), (6, 6, 1), 3, 0)
    fitted = fit(model, learned, unlike, Recipe(6, 16, 0.02), checkpoint=tmp_path / "kept")
    best, last = fitted.history[fitted.best - 1], fitted.history[-1]
    assert fitted.best < 6
    assert score(model, unlike)[0] == pytest.approx(best.validation_loss, rel=1e-5)
    strides_dropout.take_last_weights(model, tmp_path / "kept")
    assert score(model, unlike)[0] == pytest.approx(last.validation_loss, rel=1e-5)
    assert last.validation_loss > 1.01 * best.validation_loss


def test_a_timed_epoch_is_one_fit_of_so_many_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def fitting(model: Any, learned: LabelledPictures, validation: LabelledPictures, recipe: Any, **more: Any) -> None:
        asked.update(model=model, learned=len(learned), validation=len(validation), epochs=recipe.epochs)
        for step in (1, 2, 3):
            more["watch"](step, 3, ())

    monkeypatch.setattr(strides_dropout, "fit", fitting)
    monkeypatch.setattr(strides_dropout, "build", lambda architecture, *_: str(architecture))
    monkeypatch.setattr(CLOCK, iter([8.0, 9.0, 10.0]).__next__)
    pictures = LabelledPictures(np.zeros((50, 28, 28, 1), np.uint8), np.arange(50) % 10, tuple("abcdefghij"), "black")
    seconds = strides_dropout.epoch_seconds((True, False), strides_dropout.Data(pictures, pictures, pictures), 20)
    assert seconds == 3.0
    assert (asked["learned"], asked["validation"], asked["epochs"]) == (20, 10, 1)
    assert asked["model"] == LAYERS[2]


# Bars.


def judged(made: Figures, capsys: pytest.CaptureFixture[str]) -> list[str]:
    strides_dropout.judge(made, Bars())
    return [line.strip() for line in capsys.readouterr().out.splitlines()]


def test_the_bars_are_met(capsys: pytest.CaptureFixture[str]) -> None:
    said = judged(figures(), capsys)
    passed = [line for line in said if line.startswith("PASS")]
    assert len(passed) == 4
    assert not any("below" in line for line in said)
    assert any("with strides, with dropout: 4, at least 2.5 wanted; ratio 1.60" in line for line in passed)
    assert any("with strides, without dropout: 5, at least 2.5 wanted; ratio 2.00" in line for line in passed)
    assert any("without strides: 3 points, at most 8.5 points wanted; ratio 2.83" in line for line in passed)
    assert any("with strides: 1 points, at most 4 points wanted; ratio 4.00" in line for line in passed)


def test_the_bars_are_missed(capsys: pytest.CaptureFixture[str]) -> None:
    slow = tuple(tuple(3 * seconds for seconds in times) for times in SECONDS[2:])
    worse = ((1990, 910), (1990, 900), (1860, 890), (1880, 890))
    said = judged(figures(worse, (*SECONDS[:2], *slow)), capsys)
    assert sum(line.startswith("below the bar") for line in said) == 4


def test_no_gap_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    said = judged(figures(((1800, 910), (1790, 910), *RIGHT[2:])), capsys)
    assert sum(line.startswith("not measured") for line in said) == 1
    assert sum(line.startswith("PASS") for line in said) == 3


# The drawing.


def drawn(made: Figures) -> ET.Element:
    return ET.fromstring(stride_drawing.draw(made).to_text().encode())


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in root.iter() if each.get("class") == name]


def texts(root: ET.Element, name: str) -> list[str]:
    return [each.text or "" for each in of_class(root, name)]


def place(each: ET.Element, *names: str) -> list[float]:
    return [float(each.attrib[name]) for name in names]


def centre(path: ET.Element) -> tuple[float, float]:
    """Of a circle or square as the house draws them: half of what the first step goes across, from where it begins."""
    begin = re.match(r"M(\S+) ([-\d.]+?)(?=[ah])", path.attrib["d"])
    assert begin is not None
    circle = re.search(r"0 1 0 ([\d.]+) 0a", path.attrib["d"])
    square = re.search(r"h([\d.]+)v", path.attrib["d"])
    x, y = float(begin[1]), float(begin[2])
    if circle is not None:
        return x + float(circle[1]) / 2, y
    assert square is not None
    return x + float(square[1]) / 2, y + float(square[1]) / 2


def test_bars_are_as_long_as_the_times() -> None:
    root = drawn(figures())
    bars = of_class(root, "bar")
    begins, lengths = zip(*(place(bar, "x", "width") for bar in bars), strict=True)
    assert len(set(begins)) == 1
    medians = np.array([24.0, 24.0, 4.0, 6.0])
    assert np.array(lengths) / lengths[0] == pytest.approx(medians / 24, abs=0.002)
    spreads = np.array([place(line, "x1", "x2") for line in of_class(root, "spread")]) - begins[0]
    ends = np.array([[20, 30], [22, 44], [4, 6], [5.5, 8]])
    assert spreads / lengths[0] == pytest.approx(ends / 24, abs=0.002)
    assert texts(root, "time") == ["24.0 s", "24.0 s", "4.0 s", "6.0 s"]
    assert texts(root, "name") == ["neither", "dropout", "strides", "both"] * 2
    assert bars[0].get("fill") == bars[1].get("fill") != bars[2].get("fill") == bars[3].get("fill")


def test_marks_are_where_the_axis_says() -> None:
    made = figures()
    root = drawn(made)
    ticks = [float(label.removesuffix(" %")) for label in texts(root, "tick")]
    places = [place(tick, "x")[0] for tick in of_class(root, "tick")]
    assert len(ticks) >= 2
    for name, shares in (("train", [train / 20 for train, _ in RIGHT]), ("test", [test / 10 for _, test in RIGHT])):
        found = [centre(path) for path in of_class(root, name)]
        on_axis = np.polyval(np.polyfit(places, ticks, 1), [x for x, _ in found])
        assert on_axis == pytest.approx(shares, abs=0.03)
    for line, train, test in zip(of_class(root, "span"), of_class(root, "train"), of_class(root, "test"), strict=True):
        assert sorted(place(line, "x1", "x2")) == pytest.approx(sorted([centre(train)[0], centre(test)[0]]), abs=0.02)
        assert centre(train)[1] == pytest.approx(centre(test)[1], abs=0.02) == place(line, "y1")[0]
    assert texts(root, "gap") == ["8.5", "3.0", "4.0", "1.0"]
    assert sorted(texts(root, "share")) == sorted(
        ["91.0 %", "99.5 %", "92.0 %", "95.0 %", "89.0 %", "93.0 %", "88.0 %", "89.0 %"]
    )


def test_the_names_are_beside_what_they_name() -> None:
    root = drawn(figures())
    names = [place(name, "y")[0] for name in of_class(root, "name")]
    for kind, first in (("time", 0), ("gap", 4)):
        assert [place(each, "y")[0] for each in of_class(root, kind)] == pytest.approx(names[first : first + 4])


def test_how_many_times_as_fast_is_said() -> None:
    def said(seconds: Any) -> str:
        return " ".join(each.text or "" for each in drawn(figures(seconds=seconds)).iter(f"{SVG}text"))

    assert "with strides 4.0 to 5.0 times as fast" in said(SECONDS)
    assert "with strides 3.0 times as fast" in said(((9.0,), (9.0,), (3.0,), (3.0,)))
    slower = ((50.0,), (22.0,), (5.0,), (11.0,))
    assert "with strides 2.0 to 10.0 times as fast" in said(slower)


ODD = {
    "alike": ((1800, 900),) * 4,
    "test above train": ((1800, 950), (1700, 900), (1600, 880), (1900, 990)),
    "nothing and all": ((2000, 1000), (0, 0), (2000, 0), (0, 1000)),
    "as expected": RIGHT,
}


@pytest.mark.parametrize("right", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("factor", [0.001, 1.0, 100.0])
def test_words_stay_on_the_paper_and_apart(right: Any, factor: float) -> None:
    root = drawn(figures(right, [[factor * seconds for seconds in times] for times in SECONDS]))
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    boxes = []
    for each in root.iter(f"{SVG}text"):
        size, x, y = place(each, "font-size", "x", "y")
        wide = length(each.text or "", size)
        left = x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[each.get("text-anchor", "start")]
        boxes.append((left, y - 0.8 * size, left + wide, y + 0.2 * size, each.text))
    assert all(left >= 0 and top >= 0 and end <= width + 1 and foot <= height for left, top, end, foot, _ in boxes)
    clashes = [
        (one[4], other[4])
        for number, one in enumerate(boxes)
        for other in boxes[:number]
        if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    ]
    assert clashes == []


# The script.


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPTS / "strides_dropout.py"), *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=250)


def write_idx(folder: Path, begin: str, count: int, seed: int) -> None:
    """Pictures of ten classes, each a bright bar at a place of its own in noise, in the format of MNIST."""
    random = np.random.default_rng(seed)
    targets = (np.arange(count) % 10).astype(np.uint8)
    pixels = random.integers(0, 120, (count, 28, 28))
    for picture, target in zip(pixels, targets, strict=True):
        picture[2 * target + 3 : 2 * target + 7, 4:24] += 100
    header = np.array([count, 28, 28], ">u4").tobytes()
    (folder / f"{begin}-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + header + pixels.astype(np.uint8).tobytes())
    (folder / f"{begin}-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + header[:4] + targets.tobytes())


def test_the_script_measures_writes_and_draws(keras_here: None, tmp_path: Path) -> None:
    data, file, plot = tmp_path / "data", tmp_path / "figures.json", tmp_path / "plot.svg"
    data.mkdir()
    write_idx(data, "train", 330, 0)
    write_idx(data, "t10k", 60, 1)
    sizes = ("--pictures", "300", "--timed", "200", "--epochs", "1", "--rounds", "1")
    done = run("--fashion", data, *sizes, "--json", file, "-o", plot, "--markdown")
    assert done.returncode == 0, done.stderr[-2000:]
    made = Figures.from_json(json.loads(file.read_text(encoding="utf-8")))
    setting = made.setting
    # A fifth is kept to validate on, as the course does.
    assert (setting.learned, setting.validation, setting.tested, setting.timed) == (240, 60, 60, 200)
    assert [network.layers for network in made.networks] == list(LAYERS)
    assert [network.parameters for network in made.networks] == [WEIGHTS[stride] for stride in (1, 1, 2, 2)]
    assert all(len(network.seconds) == 1 and len(network.full_seconds) == 1 for network in made.networks)
    assert all(min(network.seconds) > 0 for network in made.networks)
    # One epoch is the last and the best.
    assert all(network.kept == 1 and network.kept_right == network.test_right for network in made.networks)
    assert markdown(made) in done.stdout
    assert re.search(r"^(PASS|below the bar): .*times as fast", done.stdout.splitlines()[-1])
    assert all(f"  {layers}: 1 epochs of 240" in done.stdout for layers in LAYERS)
    again = tmp_path / "again.svg"
    redrawn = run("--draw", file, "-o", again, "--markdown", "ko")
    assert redrawn.returncode == 0, redrawn.stderr
    assert again.read_bytes() == plot.read_bytes()
    assert markdown(made, "ko") in redrawn.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--fashion", "nowhere"), "nowhere: expected Fashion-MNIST's IDX files; found none"),
        (("-o", "plot.png"), "plot.png: expected a name that ends in .svg"),
        (("--json", "nowhere/figures.json"), "found no such folder"),
        (("--rounds", "0"), "expected --rounds from 1 up; found 0"),
        (("--draw", "broken.json"), "measure again"),
    ],
)
def test_the_script_says_what_is_wrong_before_the_work(
    arguments: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "broken.json").write_text('{"networks": []}', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(strides_dropout, "measured", strides_dropout.loaded)  # the work itself, begun by mistake
    monkeypatch.setattr(sys, "argv", ["strides_dropout.py", *arguments])
    with pytest.raises(SystemExit) as caught:
        strides_dropout.main()
    assert said in str(caught.value)


# The documentation.


def commands(page: Path) -> list[str]:
    fences = re.findall(r"^```\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line for fence in fences for line in fence.splitlines()]


def test_both_pages_have_the_same_commands() -> None:
    assert commands(DOCS[0]) == commands(DOCS[1])


def test_the_commands_on_the_page_make_the_four_networks() -> None:
    made = {}
    for line in commands(DOCS[0]):
        if line.startswith("seefood train "):
            said = train_command.make_context("train", line.split()[2:]).params
            assert said["from_scratch"]
            wishes = Wishes(**{name: said[name] for name in ("network", "epochs", "strides", "dropout")})
            network = _network(wishes)
            made[said["output"].stem] = (str(network.architecture), network.recipe.epochs)
    four = dict(zip(("neither", "dropout", "strides", "both"), ((layers, 6) for layers in LAYERS), strict=True))
    assert made == four | {"strided": (LAYERS[3], 3)}


def test_the_script_knows_the_options_on_the_page() -> None:
    told = [command.split() for command in commands(DOCS[0]) if command.startswith("python benchmarks/")]
    assert told
    for _, script, *arguments in told:
        assert script == "benchmarks/strides_dropout.py"
        strides_dropout.options().parse_args(arguments)


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_the_sizes_on_the_page_are_right(page: Path) -> None:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    rows = [row for row in cells if len(row) == 5][2:]
    for column, strides in ((1, False), (3, True)):
        table = list(strides_dropout.variation(strides=strides, dropout=False).table((28, 28, 1), 10))
        shapes = [" × ".join(map(str, row.output)) if row.output else "" for row in table]
        shapes[2] = f"{table[2].numbers:,}"
        assert [row[column] for row in rows[1:6]] == shapes
        weights = [int(row[column + 1].replace(",", "") or 0) for row in rows[1:7]]
        assert weights[:-1] == [row.parameters for row in table]
        assert weights[-1] == sum(weights[:-1]) == WEIGHTS[2 if strides else 1]
        assert rows[7][column].replace(",", "") == str(MULTIPLY_ADDS[2 if strides else 1])


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_the_table_of_figures_has_its_place(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(re.findall(r"^<!-- table: .* -->\n.*?^<!-- end of table -->$", text, re.MULTILINE | re.DOTALL)) == 1
