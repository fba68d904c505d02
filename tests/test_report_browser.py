"""The report in a real browser: it complains about nothing, asks nobody, and does what a person asks of it."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reported import data_of, evaluated, full, outcomes
from seefood.evaluation.report.page import page as made_page

WIDTHS = (360, 800, 1280)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="module")
def browser() -> str:
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    pytest.skip("no Chromium on this machine")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return made_page(full(tmp_path_factory.mktemp("photos")))


def opened(browser: str, folder: Path, content: str, *options: str, address: str = "") -> tuple[str, str]:
    """The page as the browser has it after its script ran, and what it complained about."""
    place = folder / "report.html"
    place.write_text(content, encoding="utf-8")
    command = [
        *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
        *("--enable-logging=stderr", f"--user-data-dir={folder / 'browser'}", *options, "--dump-dom"),
        f"{place.as_uri()}{address}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def asked(browser: str, folder: Path, content: str, script: str, *options: str, address: str = "") -> Any:
    """What a script in the page answers, ``answer``; it is let in by its own digest, everything else stays as it is."""
    script = f"const answer = (() => {{{script}}})(); document.title = 'answer:' + JSON.stringify(answer);"
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    let_in = content.replace("script-src &#39;", f"script-src &#39;sha256-{digest}&#39; &#39;", 1)
    assert let_in != content
    with_script = let_in.replace("</body>", f"<script>{script}</script></body>")
    shown, complaints = opened(browser, folder, with_script, *options, address=address)
    assert complaints == ""
    found = re.search("<title[^>]*>answer:(.*?)</title>", shown, re.DOTALL)
    assert found is not None
    return json.loads(unescape(found[1]))


OWN = re.compile(r"https?://([a-z0-9-]+\.)*(google|googleapis|gvt1|gstatic)\.com[/:]")
"""What the browser itself asks for, whatever page it shows."""


def requests_in(log: Path) -> set[str]:
    found = re.findall(r'"url":"([a-z]+:[^"]{0,80})', log.read_text(encoding="utf-8", errors="replace"))
    return {address for address in found if address.startswith(("http", "ws", "ftp")) and not OWN.match(address)}


def test_it_complains_about_nothing_and_asks_nobody(browser: str, page: str, tmp_path: Path) -> None:
    log = tmp_path / "net.json"
    shown, complaints = opened(browser, tmp_path, page, f"--log-net-log={log}")
    assert complaints == ""
    assert 'class="script"' in shown
    assert log.stat().st_size > 1000
    assert requests_in(log) == set()


def test_what_is_not_its_own_is_not_let_in(browser: str, page: str, tmp_path: Path) -> None:
    log = tmp_path / "net.json"
    strange = "<script>document.title = 'broken'</script><img src='http://pictures.invalid/x.png'>"
    shown, complaints = opened(browser, tmp_path, page.replace("</body>", f"{strange}</body>"), f"--log-net-log={log}")
    assert "<title>broken" not in shown
    assert complaints.count("Content Security Policy") >= 2
    assert requests_in(log) == set()


@pytest.fixture(scope="module")
def answers(browser: str, page: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a person does with the page, one after the other, and what it shows then."""
    script = """
      const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
      const cells = () => all('.cell').filter((cell) => cell.checkVisibility()).map((cell) => cell.id);
      const said = () => [document.documentElement.lang, document.querySelector('h2').textContent,
        document.querySelector('main img').alt, document.querySelector('output').textContent,
        all('.drawing > svg').filter((each) => each.checkVisibility()).map((each) => each.getAttribute('lang'))];
      const answers = {first: cells()};

      const link = document.querySelector('a[href="#cell-m-0-0"]');
      link.click();
      answers.clicked = cells();
      answers.current = all('a[aria-current]').map((each) => each.getAttribute('href'));
      link.focus();
      link.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowDown', bubbles: true, cancelable: true}));
      answers.below = document.activeElement.getAttribute('href');

      const table = document.querySelector('table.classes'), heads = all('th[data-sort]', table);
      const column = (number) => Array.from(table.tBodies[0].rows).map((row) => row.cells[number].dataset.v);
      answers.orders = [];
      for (const number of [1, 2, 0]) {
        for (const round of [0, 1]) {
          heads[number].querySelector('button').click();
          answers.orders.push([column(number), heads[number].getAttribute('aria-sort')]);
        }
      }
      answers.marked = all('[aria-sort]', table).length;

      const form = document.querySelector('form.slider'), slider = form.querySelector('input');
      const mark = form.parentElement.querySelector('svg.wide.in-en circle.here');
      answers.told = [];
      for (let place = 0; place <= Number(slider.max); place++) {
        slider.value = place;
        slider.dispatchEvent(new Event('input', {bubbles: true}));
        answers.told.push([form.querySelector('output').textContent, mark.getAttribute('cx'), mark.getAttribute('cy')]);
      }
      answers.listed = all('li', form.parentElement).map((item) => item.textContent);

      answers.before = said();
      document.querySelector('button[data-language=ko]').click();
      answers.korean = said();
      document.querySelector('button[data-language=en]').click();
      answers.after = said();
      return answers;
    """
    done: dict[str, Any] = asked(browser, tmp_path_factory.mktemp("asked"), page, script)
    return done


def test_a_click_and_the_arrow_keys_open_cells(answers: dict[str, Any]) -> None:
    first, clicked = answers["first"], answers["clicked"]
    assert len(first) == 2  # one of each part
    assert clicked == ["cell-m-0-0", first[1]]
    assert answers["current"] == ["#cell-m-0-0", f"#{first[1]}"]
    assert answers["below"] == "#cell-m-1-0"


def test_a_cell_opens_at_its_address_and_a_language_too(browser: str, page: str, tmp_path: Path) -> None:
    script = """
      return [document.documentElement.lang,
        Array.from(document.querySelectorAll('.cell')).filter((cell) => cell.checkVisibility()).map((cell) => cell.id)];
    """
    language, cells = asked(browser, tmp_path, page, script, address="?language=ko#cell-m-1-1")
    assert language == "ko"
    assert "cell-m-1-1" in cells
    assert len(cells) == 2


def test_a_table_sorts(answers: dict[str, Any]) -> None:
    assert answers["marked"] == 1
    for place, (values, order) in enumerate(answers["orders"]):
        assert values == sorted(values, key=str if place > 3 else float, reverse=bool(place % 2))
        assert order == ("descending" if place % 2 else "ascending")


def test_the_slider_says_what_the_list_says(page: str, answers: dict[str, Any]) -> None:
    told, points = answers["told"], data_of(page)["curves"]["m"]
    assert len(told) == len(points) > 20
    assert set(answers["listed"]) <= {sentence for sentence, _, _ in told}
    for (sentence, _, _), (_, answered, wrong, pictures) in zip(told, points, strict=True):
        assert f"({answered} of {pictures})" in sentence
        if wrong and answered >= 3 * wrong:
            assert f"1 in {int(answered / wrong + 0.5)} answers is wrong" in sentence
    across, down = [float(x) for _, x, _ in told], [float(y) for *_, y in told]
    assert across == sorted(across, reverse=True)
    risks = [wrong / answered for _, answered, wrong, _ in points]
    assert np.corrcoef(risks, down)[0, 1] < -0.999


def test_it_changes_its_language_and_back(answers: dict[str, Any]) -> None:
    before, in_korean = answers["before"], answers["korean"]
    assert before == answers["after"]
    assert before[:2] == ["en", "The result"]
    assert in_korean[:2] == ["ko", "결과"]
    assert all(re.search("[가-힣]", words) for words in in_korean[1:4])
    assert set(before[4]) == {"en"}
    assert set(in_korean[4]) == {"ko"}
    assert len(before[4]) == len(in_korean[4]) == 6


def test_nothing_hangs_over_the_edge(browser: str, page: str, tmp_path: Path) -> None:
    """In frames of a phone's, a tablet's and a desk's width; a window may not be as narrow as a phone."""
    script = """
      const measured = [];
      for (const frame of document.querySelectorAll('iframe')) {
        const page = frame.contentDocument, width = frame.contentWindow.innerWidth;
        const over = Array.from(page.querySelectorAll('main *')).filter((each) => each.checkVisibility()
          && each.getBoundingClientRect().right > width + 1 && !each.closest('.scroll, .contents, svg, .unseen'));
        const drawings = Array.from(page.querySelectorAll('.drawing'))
          .map((each) => Array.from(each.children).filter((child) => child.checkVisibility()).length);
        measured.push([width, page.documentElement.scrollWidth, over.map((each) => each.outerHTML), drawings]);
      }
      document.title = 'answer:' + JSON.stringify(measured);
    """
    frames = "".join(f'<iframe srcdoc="{escape(page)}" width="{width}" height="800"></iframe>' for width in WIDTHS)
    head = "<!doctype html><meta charset='utf-8'><style>iframe{border:0}</style>"
    outer = f"{head}{frames}<script>onload = () => {{{script}}}</script>"
    shown, complaints = opened(browser, tmp_path, outer, "--window-size=1600,900")
    assert complaints == ""
    found = re.search("<title[^>]*>answer:(.*?)</title>", shown, re.DOTALL)
    assert found is not None
    measured = json.loads(unescape(found[1]))
    assert [width for width, *_ in measured] == list(WIDTHS)
    for width, wide, over, drawings in measured:
        assert wide <= width
        assert over == []
        assert set(drawings) == {1}


LONG = ("photographer-with-tripod", "Welsh_springer_spaniel", "Staffordshire bullterrier", "Rhododendronblüten")


def named(folder: Path, labels: tuple[str, ...]) -> str:
    made = outcomes(folder, 0, 60, labels)
    return made_page(full(folder, evaluation=evaluated(made, labels), test=None))


@pytest.mark.parametrize("labels", [LONG, (*LONG, "American cocker_spaniel", "Altbaierischbratwürstchen"), LONG * 3])
def test_no_word_of_a_class_is_broken_where_there_is_room(
    browser: str, tmp_path: Path, labels: tuple[str, ...]
) -> None:
    """On a desk; each word of a name in the tables lies on one line, and nothing has to be scrolled for."""
    labels = tuple(dict.fromkeys(f"{label}{number or ''}" for number, label in enumerate(labels)))
    script = """
      const broken = [], words = [];
      for (const name of document.querySelectorAll('table.matrix th bdi, table.classes th bdi')) {
        const standing = getComputedStyle(name.parentElement).writingMode !== 'horizontal-tb';
        for (const text of name.childNodes) for (const word of (text.nodeValue || '').matchAll(/[^\\s_-]+/g)) {
          const range = document.createRange();
          range.setStart(text, word.index);
          range.setEnd(text, word.index + word[0].length);
          const lines = new Set(Array.from(range.getClientRects(), (box) => Math.round(standing ? box.left : box.top)));
          words.push(word[0]);
          if (lines.size > 1) broken.push(word[0]);
        }
      }
      const wide = Array.from(document.querySelectorAll('.scroll')).filter((box) => box.scrollWidth > box.clientWidth);
      const cut = Array.from(document.querySelectorAll('.standing th span'))
        .filter((span) => span.scrollHeight > span.clientHeight + 1);
      return [words.length, broken, wide.length, cut.length];
    """
    page = named(tmp_path / "photos", labels)
    words, broken, wide, cut = asked(browser, tmp_path, page, script, "--window-size=1280,900")
    assert words > 3 * len(labels)
    assert (broken, wide, cut) == ([], 0, 0)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext on this machine")
def test_on_paper_a_matrix_stays_with_its_head(browser: str, tmp_path: Path) -> None:
    """Wherever it falls on the page: many of them, one behind the other, with texts of several lengths between."""
    labels = tuple(f"class{number:02}" for number in range(14))
    page = named(tmp_path / "photos", labels)
    matrix = re.search(r'<div class="scroll wide-only".*?</table></div>', page, re.DOTALL)
    assert matrix is not None
    copies = "".join("<div>between</div>" * number + matrix[0] for number in (3, 9, 15, 21, 5, 11, 17))
    (tmp_path / "print.html").write_text(page.replace(matrix[0], copies), encoding="utf-8")
    command = [
        *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
        *(f"--user-data-dir={tmp_path / 'browser'}", f"--print-to-pdf={tmp_path / 'print.pdf'}"),
        (tmp_path / "print.html").as_uri(),
    ]
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    told = subprocess.run(["pdftotext", "-layout", tmp_path / "print.pdf", "-"], capture_output=True, check=True)
    pages = told.stdout.decode().split("\f")
    heads = [each.count("said →") for each in pages]
    last_rows = [len(re.findall(r"^ *class13 .*\d", each, re.MULTILINE)) for each in pages]
    first_rows = [len(re.findall(r"^ *class00 .*\d", each, re.MULTILINE)) for each in pages]
    assert sum(heads) == 7
    matrices = [(head, first) for head, first in zip(heads, first_rows, strict=True) if head]
    assert all(first >= head for head, first in matrices)
    assert all(last >= head for head, last in zip(heads, last_rows, strict=True) if head)


def test_without_scripts_everything_is_there(browser: str, page: str, tmp_path: Path) -> None:
    """The policy is what stops the script here: the page's own is not let in."""
    closed = re.sub("script-src &#39;sha256-[^;]*;", "script-src &#39;none&#39;;", page)
    shown, _ = opened(browser, tmp_path, closed)
    assert 'class="script"' not in shown
    assert shown.count("<details open") == page.count("<details open") > 0
    cells = re.findall('class="cell"', shown)
    assert len(cells) == len(re.findall('class="cell"', page)) > 5


def test_dark_and_print_are_looked_after(page: str) -> None:
    """What is only looked at: the rules are at least there."""
    style = page.partition("<style>")[2].partition("</style>")[0]
    for rule in ("prefers-color-scheme:dark", "prefers-reduced-motion:reduce", "@media print", ":focus-visible"):
        assert rule in style
