"""What a backbone is to the rest of the house: a graph from pixels to features, and its description."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from seefood.errors import BackboneError
from seefood.preprocessing import Preprocessing

if TYPE_CHECKING:
    import onnx

__all__ = ["BuiltNetwork", "Depth", "Network"]

Pool = Literal["mean", "maximum"]
METADATA_KEY = "seefood.backbone"


@dataclass(frozen=True)
class Depth:
    """One place in a network where features are taken: the tensor, its size, and how it becomes a vector.

    Attributes:
        tensor: name of the tensor, float32 [n, channels, height, width]; or [n, channels] where ``pools`` is empty.
        channels, height, width: its size; height and width are 1 where it is a vector already.
        pools: the numbers taken of each channel, in the order in which they stand in the features.
    """

    tensor: str
    channels: int
    height: int
    width: int
    pools: tuple[Pool, ...]

    @property
    def size(self) -> int:
        """How many numbers it adds to the features."""
        return self.channels * max(1, len(self.pools))


@dataclass(frozen=True)
class Network:
    """The description of a backbone.

    Attributes:
        name: as in the catalogue, or the file's name for one that a person brought.
        preprocessing: how a picture becomes its input.
        weights: SHA-256 of the weights file.
        depths: where features are taken, the last layer first; features are their pooled vectors in this order.
        choices: how many of the depths a head may use; one of them is chosen by cross-validation.
        classes: outputs of its own last layer, ``logits``; 0 where it was built without.
    """

    name: str
    preprocessing: Preprocessing
    weights: str
    depths: tuple[Depth, ...]
    choices: tuple[int, ...]
    classes: int = 0

    def __post_init__(self) -> None:
        if not self.depths or any(not 1 <= choice <= len(self.depths) for choice in self.choices) or not self.choices:
            raise BackboneError(
                f"{self.name}: expected choices of 1 to {len(self.depths)} depths; found {self.choices}; "
                "name depths that exist"
            )

    def size(self, depths: int | None = None) -> int:
        """How many features the first ``depths`` depths give; all of them by default."""
        return sum(depth.size for depth in self.depths[:depths])

    def to_json(self) -> dict[str, object]:
        """The description as JSON values."""
        return {
            "name": self.name,
            "preprocessing": self.preprocessing.to_json(),
            "weights": self.weights,
            "depths": [[d.tensor, d.channels, d.height, d.width, list(d.pools)] for d in self.depths],
            "choices": list(self.choices),
            "classes": self.classes,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Network":
        """The reverse of ``to_json``; for graphs that this program wrote into its own cache."""
        return cls(
            value["name"],
            Preprocessing.from_json(value["preprocessing"]),
            value["weights"],
            tuple(Depth(tensor, c, h, w, tuple(pools)) for tensor, c, h, w, pools in value["depths"]),
            tuple(value["choices"]),
            value["classes"],
        )


@dataclass(frozen=True)
class BuiltNetwork:
    """A backbone's graph with its description.

    The graph takes ``pixels``, uint8 [n, height, width, 3], and gives ``features``, float32 [n, network.size()], and
    where it has its own last layer ``logits``, float32 [n, classes].
    """

    network: Network
    proto: "onnx.ModelProto"

    def with_description(self) -> "onnx.ModelProto":
        """The graph with the description in its metadata, as it is kept in the cache."""
        from onnx import helper

        helper.set_model_props(self.proto, {METADATA_KEY: json.dumps(self.network.to_json())})
        return self.proto
