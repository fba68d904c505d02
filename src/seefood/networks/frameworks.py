"""Keras, where it is installed: imported in this one place, and only by what trains or converts a network.

Which framework computes behind Keras is Keras' own choice: TensorFlow, or what ``KERAS_BACKEND`` names.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from seefood.errors import BackboneError

__all__ = ["COMMAND", "keras", "silenced"]

COMMAND = 'pip install "seefood[scratch]"'
"""What installs Keras and TensorFlow."""

SETTINGS = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "1",  # not on by itself on every processor, and a convolution takes half the time with it
}
"""TensorFlow reads these from the environment when it is imported; what is set there already stays."""

_STDERR = 2


def keras() -> Any:
    """The module ``keras``, version 3 or newer. The first call takes seconds.

    Raises:
        BackboneError: Keras, or what computes behind it, is not installed or does not start.
    """
    if "keras" not in sys.modules:
        for name, value in SETTINGS.items():
            os.environ.setdefault(name, value)
    try:
        with silenced():
            import keras as module
    except Exception as error:  # beside ImportError, whatever a half-installed framework raises
        raise _missing(error) from error
    version = str(getattr(module, "__version__", "another module of that name"))
    if version.partition(".")[0] in {"0", "1", "2"} or not version[0].isdecimal():
        raise BackboneError(f"expected Keras 3 or newer; found {version}; {COMMAND}")
    return module


@contextmanager
def silenced() -> Iterator[None]:
    """What libraries write to the terminal's error stream by themselves, past Python, goes nowhere.

    TensorFlow greets at every import, whatever it is told; an error that is raised loses nothing by this.
    """
    kept = None
    with suppress(OSError):  # closed, in a service for example
        kept = os.dup(_STDERR)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STDERR)
        os.close(nowhere)
    try:
        yield
    finally:
        if kept is not None:
            os.dup2(kept, _STDERR)
            os.close(kept)


def _missing(error: Exception) -> BackboneError:
    found = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
    backend = os.environ.get("KERAS_BACKEND", "").strip()
    if backend and backend != "tensorflow":
        return BackboneError(
            f"expected Keras on {backend!r}, which KERAS_BACKEND names; found: {found}; install it, "
            f"or unset KERAS_BACKEND and {COMMAND}"
        )
    return BackboneError(f"expected Keras and TensorFlow; found: {found}; {COMMAND}")
