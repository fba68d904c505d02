"""What several tests share: the real photos beside the checkout, where they are."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import seefood  # noqa: F401 -- first, so that ONNX Runtime does not report to its maker from the tests

collect_ignore = ["referees"]  # scripts for an interpreter that has Keras; the fixture below runs them

CHECKOUT = Path(__file__).resolve().parents[1]

BESIDE_THE_CHECKOUT = CHECKOUT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real photos; skips the test where it is not there."""
    folder = Path(os.environ.get("SEEFOOD_DATA", BESIDE_THE_CHECKOUT))
    if not folder.is_dir():
        pytest.skip(f"no real photos at {folder}: set SEEFOOD_DATA")
    return folder


@pytest.fixture(scope="session")
def keras_here() -> Any:
    """Keras in the tests' own process, as the product loads it; skips the test where there is none."""
    from seefood.errors import BackboneError
    from seefood.networks.frameworks import keras

    try:
        return keras()
    except BackboneError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def keras() -> Callable[[str, Path], None]:
    """``keras("layers", folder)`` runs ``referees/layers.py FOLDER`` with Keras; skips the test where there is none.

    In a process of its own: what TensorFlow does to a process is no concern of the tests.
    """
    chosen = os.environ.get("SEEFOOD_KERAS_PYTHON")
    python = Path(chosen or sys.executable)
    if chosen is None and not all(map(importlib.util.find_spec, ("keras", "tensorflow"))):
        pytest.skip("no Keras on TensorFlow here: scripts/install everything, or set SEEFOOD_KERAS_PYTHON")

    def ask(referee: str, folder: Path) -> None:
        script = Path(__file__).parent / "referees" / f"{referee}.py"
        done = subprocess.run([python, script, folder], check=False, capture_output=True, text=True, timeout=250)
        assert done.returncode == 0, done.stderr[-2000:]

    return ask
