"""How the house is kept: imports go one way, only the command line speaks, nothing heavy comes along."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import seefood

CHECKOUT = Path(__file__).resolve().parents[1]
SOURCE = CHECKOUT / "src" / "seefood"
EXAMPLES = CHECKOUT / "examples"

FACE = "__init__"  # the public names, `import seefood`: they stand before the doors, which may use them as anybody may
ROOMS = (
    *(
        "errors",
        "files",
        "caches",
        "clock",
        "intervals",
        "pictures",
        "drawing",
        "preprocessing",
        "datasets",
        "augmentation",
    ),
    *("convolution", "perceptron", "backbones", "features", "verdicts", "heads", "networks", "evaluation"),
    *("inspection", "model", FACE, "course", "server", "studio", "cli", "__main__"),
)
SPEAKERS = {"cli", "__main__"}
PUBLIC_NAMES = {
    *("Classifier", "Evaluation", "Failure", "Guess", "SeefoodError", "Verdict"),
    *("classify", "convolve", "load", "train"),
}
TOO_HEAVY = ("tensorflow", "keras", "torch", "sklearn", "matplotlib")


# What each file imports, and what it says.


def modules(root: Path) -> list[Path]:
    return sorted(root.rglob("*.py"))


def room_of(module: str) -> str:
    """`seefood.heads.softmax` is in the room `heads`; `seefood` itself is the face."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else FACE


def imports(file: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that a file imports from seefood, wherever in the file it does so."""
    package = ("seefood", *file.relative_to(root).parent.parts)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        for name in imported_names(node, package):
            if name.split(".")[0] == "seefood":
                yield getattr(node, "lineno", 0), name


def imported_names(node: ast.AST, package: tuple[str, ...]) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return names_imported_from(absolute(node.level, node.module or "", package), node)
    if isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"}:
        return [text for argument in node.args if (text := dynamic_name(argument, package))]
    return []


def absolute(level: int, module: str, package: tuple[str, ...]) -> str:
    start = package[: len(package) - level + 1] if level else ()
    return ".".join((*start, module) if module else start)


def names_imported_from(module: str, node: ast.ImportFrom) -> list[str]:
    """`from seefood import errors` takes a room, `from seefood import load` the face."""
    if module != "seefood":
        return [module]
    return [f"seefood.{alias.name}" if alias.name in ROOMS else "seefood" for alias in node.names]


def dynamic_name(argument: ast.expr, package: tuple[str, ...]) -> str:
    if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
        return ""
    text = argument.value
    level = len(text) - len(text.lstrip("."))
    return absolute(level, text.lstrip("."), package)


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


def wrong_imports(root: Path) -> list[str]:
    """A sentence for each import that goes to a later room, or to or from a room that is not in the list."""
    found = []
    for file in modules(root):
        here = file.relative_to(root).parts[0].removesuffix(".py")
        for line, module in imports(file, root):
            if complaint := judge(here, room_of(module)):
                found.append(f"{file.relative_to(root)}:{line} imports {module}: {complaint}")
    return found


def judge(here: str, there: str) -> str:
    for room in (here, there):
        if room not in ROOMS:
            return f"{room} is no room that this test knows: give it a place in ROOMS"
    if ROOMS.index(there) > ROOMS.index(here):
        return f"{here} comes before {there}, so it may not know of it"
    return ""


def parse(file: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(file.read_text(encoding="utf-8")))


def speech(node: ast.AST) -> str:
    """What of a node prints or ends the process, as it would be written; empty if it does neither."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"print", "input", "exit", "quit"}:
        return f"{called(node)}()"
    if isinstance(node, ast.Name) and node.id == "SystemExit":
        return node.id
    if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in {"sys", "os"}:
        return f"sys.{node.attr}" if node.attr in {"exit", "_exit", "stdout", "stderr"} else ""
    if isinstance(node, ast.ImportFrom) and node.module == "sys":
        return ", ".join(alias.name for alias in node.names if alias.name in {"exit", "stdout", "stderr"})
    return ""


def speaking(root: Path) -> list[str]:
    return [
        f"{file.relative_to(root)}:{getattr(node, 'lineno', 0)} {word}"
        for file in modules(root)
        if file.relative_to(root).parts[0].removesuffix(".py") not in SPEAKERS
        for node in parse(file)
        if (word := speech(node))
    ]


def asserting(root: Path) -> list[str]:
    return [
        f"{file.relative_to(root)}:{node.lineno}"
        for file in modules(root)
        for node in parse(file)
        if isinstance(node, ast.Assert)
    ]


def test_imports_go_one_way() -> None:
    wrong = wrong_imports(SOURCE)
    assert not wrong, "\n".join(wrong)


def test_only_the_command_line_prints_or_exits() -> None:
    found = speaking(SOURCE)
    assert not found, "\n".join(found)


def test_shipped_code_has_no_assert() -> None:
    found = asserting(SOURCE)
    assert not found, "\n".join(found)


# The checkers find what is planted, and only that.


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """A house in order, with each way to write an import."""
    for name, text in {
        "__init__.py": "def __getattr__(name):\n    from seefood.model import classifier\n",
        "errors.py": "import sys\nVERSION = sys.version_info\n",
        "files.py": "from . import errors\n",
        "heads/softmax.py": "from ..errors import SeefoodError\nfrom .other import thing\nimport numpy\n",
        "heads/other.py": "from seefood import errors\nimport seefood.files\n",
        "model/classifier.py": "import seefood.heads.softmax as softmax\nfrom seefood.heads import other\n",
        "cli/main.py": "import sys\nfrom seefood import load\nprint('hello')\nsys.exit(0)\n",
        "__main__.py": "from seefood.cli.main import main\n",
    }.items():
        write(tmp_path / name, text)
    return tmp_path


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_a_house_in_order_passes(small_house: Path) -> None:
    assert (wrong_imports(small_house), speaking(small_house), asserting(small_house)) == ([], [], [])


@pytest.mark.parametrize(
    "planted",
    [
        "import seefood.model.classifier",
        "from seefood.model import classifier",
        "from seefood.model.classifier import Classifier",
        "from seefood import model",
        "from seefood import load",
        "import seefood",
        "from .. import model",
        "from ..model import classifier",
        "from ..model.classifier import Classifier",
        "def later():\n    from seefood.model import classifier",
        "import typing\nif typing.TYPE_CHECKING:\n    from seefood.model import classifier",
        "import importlib\nimportlib.import_module('seefood.model.classifier')",
        "from importlib import import_module\nimport_module('..model', __package__)",
        "__import__('seefood.model')",
    ],
)
def test_an_import_of_a_later_room_is_found(small_house: Path, planted: str) -> None:
    write(small_house / "heads" / "planted.py", planted)
    (complaint,) = wrong_imports(small_house)
    assert complaint.startswith(str(Path("heads/planted.py:")))
    assert "heads comes before" in complaint


def test_a_room_without_a_place_is_found(small_house: Path) -> None:
    write(small_house / "attic.py", "from seefood.errors import SeefoodError")
    assert wrong_imports(small_house) == [
        "attic.py:1 imports seefood.errors: attic is no room that this test knows: give it a place in ROOMS"
    ]


@pytest.mark.parametrize(
    ("planted", "word"),
    [
        ("print('x')", "print()"),
        ("import sys\nsys.exit(1)", "sys.exit"),
        ("import sys\nsys.stdout.write('x')", "sys.stdout"),
        ("from sys import stdout", "stdout"),
        ("raise SystemExit(1)", "SystemExit"),
        ("exit()", "exit()"),
    ],
)
def test_speech_outside_the_command_line_is_found(small_house: Path, planted: str, word: str) -> None:
    write(small_house / "heads" / "planted.py", planted)
    (complaint,) = speaking(small_house)
    assert complaint.startswith(str(Path("heads/planted.py:")))
    assert complaint.endswith(word)


def test_an_assert_is_found(small_house: Path) -> None:
    write(small_house / "files.py", "def f(x):\n    assert x\n")
    assert asserting(small_house) == ["files.py:2"]


# What a user's process loads.

# Runs the commands one after another in this process, so that what any of them imports is seen at the end.
RUNNER = """
import json, sys
from seefood.cli.main import main
for command in json.loads(sys.argv[1]):
    status = main(command, standalone_mode=False)
    if status:
        sys.exit(f"{command} ended with {status}")
print("loaded: " + json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def paint(folder: Path, colour: tuple[int, int, int], count: int, random: np.random.Generator) -> None:
    folder.mkdir(parents=True)
    for number in range(count):
        pixels = np.clip(np.array(colour) + random.normal(0, 40, (48, 64, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")


def commands(folder: Path) -> list[list[str]]:
    photos, model, photo = str(folder / "photos"), str(folder / "model.onnx"), str(folder / "photos" / "red" / "0.png")
    return [
        ["classify", photo],
        ["train", photos, "-o", model],
        ["evaluate", model, photos],
        ["classify", photo, "--model", model, "--sheet", str(folder / "sheet.png"), "--json"],
    ]


def loaded_by(code: str, *arguments: str, folder: Path) -> set[str]:
    """The top names of all modules in a fresh process, in which each heavy one is there to be found."""
    for name in TOO_HEAVY:
        write(folder / "heavy" / name / "__init__.py", "")
    environment = os.environ | {"PYTHONPATH": str(folder / "heavy"), "SEEFOOD_CACHE": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.rpartition("loaded: ")[2]))


def test_classify_train_and_evaluate_load_nothing_heavy(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    paint(tmp_path / "photos" / "red", (200, 60, 60), 8, random)
    paint(tmp_path / "photos" / "blue", (60, 60, 200), 8, random)
    loaded = loaded_by(RUNNER, json.dumps(commands(tmp_path)), folder=tmp_path)
    assert "onnxruntime" in loaded
    assert loaded.isdisjoint(TOO_HEAVY)
    assert (tmp_path / "model.onnx").is_file()


def test_something_heavy_would_be_noticed(tmp_path: Path) -> None:
    code = "import json, sys, keras\nprint('loaded: ' + json.dumps(sorted(sys.modules)))"
    assert "keras" in loaded_by(code, folder=tmp_path)


def test_importing_seefood_loads_nothing_of_weight(tmp_path: Path) -> None:
    code = "import json, sys, seefood\nprint('loaded: ' + json.dumps(sorted(sys.modules)))"
    assert loaded_by(code, folder=tmp_path).isdisjoint({*TOO_HEAVY, "numpy", "onnxruntime", "PIL", "scipy"})


def test_the_public_names_are_these() -> None:
    assert set(seefood.__all__) == PUBLIC_NAMES
    assert all(hasattr(seefood, name) for name in PUBLIC_NAMES)


# What lies around the code.


def bundled_pictures() -> list[Path]:
    return [file for file in EXAMPLES.rglob("*") if file.suffix in {".jpg", ".png"}]


def is_credited(picture: str, credits_text: str) -> bool:
    """Whether CREDITS.md names the picture, or a folder below examples/ that it is in, in backquotes."""
    folders = [f"{folder.as_posix()}/" for folder in Path(picture).parents if folder != Path()]
    return any(f"`{name}`" in credits_text for name in (picture, *folders))


def test_every_bundled_picture_is_credited() -> None:
    credits_text = (EXAMPLES / "CREDITS.md").read_text(encoding="utf-8")
    names = [picture.relative_to(EXAMPLES).as_posix() for picture in bundled_pictures()]
    assert len(names) > 100
    assert [name for name in names if not is_credited(name, credits_text)] == []
    assert not is_credited("photos/unknown.jpg", credits_text)


def test_the_bundled_pictures_are_small() -> None:
    assert sum(file.stat().st_size for file in EXAMPLES.rglob("*") if file.is_file()) <= 3 * 1024**2


def test_the_bundled_clothes_are_as_many_as_the_credits_say() -> None:
    counts = {
        part: {folder.name: len(list(folder.iterdir())) for folder in (EXAMPLES / "fashion" / part).iterdir()}
        for part in ("train", "test")
    }
    classes = ("ankle-boot", "bag", "dress", "sneaker", "t-shirt", "trouser")
    assert counts == {"train": dict.fromkeys(classes, 24), "test": dict.fromkeys(classes, 20)}


def test_the_licence_is_apache_2_whole() -> None:
    text = (CHECKOUT / "LICENSE").read_text(encoding="utf-8")
    chapters = ["Apache License", "Version 2.0, January 2004", "1. Definitions.", "9. Accepting Warranty", "APPENDIX"]
    places = [text.find(chapter) for chapter in chapters]
    assert min(places) >= 0
    assert all(earlier < later for earlier, later in pairwise(places))


@pytest.mark.parametrize(
    "script", [*sorted((CHECKOUT / "scripts").iterdir()), CHECKOUT / ".ci" / "run"], ids=lambda script: script.name
)
def test_a_script_is_ready_to_run(script: Path) -> None:
    lines = script.read_text(encoding="utf-8").splitlines()
    assert os.access(script, os.X_OK)
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    subprocess.run(["bash", "-n", script], check=True)
