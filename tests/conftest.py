"""What several tests share: the real photos beside the checkout, where they are."""

import os
from pathlib import Path

import pytest

import seefood  # noqa: F401 -- first, so that ONNX Runtime does not report to its maker from the tests

collect_ignore = ["keras_referee.py"]  # a script for an interpreter that has Keras; test_backbones.py runs it

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real photos; skips the test where it is not there."""
    folder = Path(os.environ.get("SEEFOOD_DATA", BESIDE_THE_CHECKOUT))
    if not folder.is_dir():
        pytest.skip(f"no real photos at {folder}: set SEEFOOD_DATA")
    return folder
