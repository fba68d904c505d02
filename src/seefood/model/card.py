"""What a model file says about itself, as JSON in its metadata: labels, preprocessing, thresholds, provenance."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seefood.errors import ModelFileError
from seefood.preprocessing import Preprocessing
from seefood.verdicts import Thresholds

__all__ = ["FORMAT", "KEY", "ModelCard"]

FORMAT = 1
KEY = "seefood"
MOST_LABELS = 100_000
MOST_CHARACTERS = 64 << 20


@dataclass(frozen=True)
class ModelCard:
    """The text that travels in a model file.

    Attributes:
        labels: distinct, in the order of the outputs.
        preprocessing: how a picture becomes ``pixels``.
        thresholds: when the answer is "not sure".
        temperature: what the logits are divided by, inside the graph.
        backbone: ``{"name", "weights", "depths"}``: the network, SHA-256 of its weights, how many depths are used.
        training: pictures per class, seed, versions, date, digest of the file list, score card; None where the model
            was not taught here.
    """

    labels: tuple[str, ...]
    preprocessing: Preprocessing
    thresholds: Thresholds
    temperature: float
    backbone: Mapping[str, Any]
    training: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if len(self.labels) < 2 or len(set(self.labels)) != len(self.labels) or len(self.labels) > MOST_LABELS:
            raise ValueError(f"labels: expected 2 to {MOST_LABELS} distinct ones; found {len(self.labels)}")
        if not 0 < self.temperature < math.inf:
            raise ValueError(f"temperature: expected a positive number; found {self.temperature}")

    def to_text(self) -> str:
        """The metadata's value."""
        values = {
            "format": FORMAT,
            "labels": list(self.labels),
            "preprocessing": self.preprocessing.to_json(),
            "thresholds": self.thresholds.to_json(),
            "temperature": self.temperature,
            "backbone": dict(self.backbone),
            "training": None if self.training is None else dict(self.training),
        }
        return json.dumps(values, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_text(cls, text: str) -> "ModelCard":
        """Read what a model file says; it may come from anyone.

        Raises:
            ModelFileError: no such JSON, a newer format, or a field that is missing or makes no sense.
        """
        try:
            return cls._from_values(_parsed(text))
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise ModelFileError(
                f"expected a model file's description; found one that makes no sense ({error}); get the file again"
            ) from error

    @classmethod
    def _from_values(cls, values: Mapping[str, Any]) -> "ModelCard":
        labels = _field(values, "labels", list)
        if not all(isinstance(label, str) and label for label in labels):
            raise ValueError("labels: expected texts; found something else")
        temperature = values.get("temperature")
        if isinstance(temperature, bool) or not isinstance(temperature, int | float):
            raise ValueError(f"temperature: expected a number; found {type(temperature).__name__}")  # noqa: TRY004
        return cls(
            tuple(labels),
            Preprocessing.from_json(_field(values, "preprocessing", dict)),
            Thresholds.from_json(_field(values, "thresholds", dict)),
            float(temperature),
            _field(values, "backbone", dict),
            None if values.get("training") is None else _field(values, "training", dict),
        )


def _parsed(text: str) -> Mapping[str, Any]:
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"{len(text)} characters of it")
    values = json.loads(text)
    if not isinstance(values, dict):
        raise ValueError("no JSON object")  # noqa: TRY004
    version = values.get("format")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ValueError(f"format: expected a whole number; found {version!r}")
    if version > FORMAT:
        raise ModelFileError(
            f"expected a model file of format {FORMAT} or older; found format {version}; install a newer seefood"
        )
    return values


def _field(values: Mapping[str, Any], name: str, kind: type) -> Any:
    value = values.get(name)
    if not isinstance(value, kind):
        raise ValueError(f"{name}: expected a {kind.__name__}; found {type(value).__name__}")  # noqa: TRY004
    return value
