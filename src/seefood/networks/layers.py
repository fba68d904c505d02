"""What a network may be made of, as values: each says how it is written, what shape it gives, and what it costs.

Nothing is computed here and no framework is needed. Shapes are those of one picture: maps (height, width, channels),
or vectors (numbers,). The names of the settings are Keras'. The layers that lay a window on every place are in
``sliding``.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

from seefood.convolution.layers import Shape
from seefood.convolution.receptive_field import ReceptiveField
from seefood.errors import ShapeError
from seefood.networks.settings import ACTIVATIONS, POOLS, by, checked, choice, short

__all__ = [
    "Activation",
    "BatchNormalisation",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalPooling",
    "LayerSpec",
    "is_maps",
    "maps",
]


class LayerSpec(ABC):
    """What all layers have in common.

    Attributes:
        word: begins its text and its name.
    """

    word: ClassVar[str]

    @property
    @abstractmethod
    def kind(self) -> str:
        """What a person calls it."""

    @abstractmethod
    def __str__(self) -> str:
        """Its text in the notation of ``notation``."""

    @abstractmethod
    def output_shape(self, shape: Shape) -> Shape:
        """What becomes of a shape. Raises ShapeError where it does not fit."""

    def parameters(self, shape: Shape) -> int:  # noqa: ARG002 - only layers with weights look at it
        """How many numbers it keeps, as Keras counts them, when it is given this shape."""
        return 0

    def multiply_adds(self, shape: Shape) -> int:  # noqa: ARG002
        """Multiplications by a weight for one picture whose maps have this shape."""
        return 0

    def field(self, field: ReceptiveField, shape: Shape) -> ReceptiveField:  # noqa: ARG002
        """The receptive field behind the layer, where ``field`` is the one before it."""
        return field

    @property
    def window(self) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """Kernel and stride, both (down, across), of a layer that slides; None for the others."""
        return None


@dataclass(frozen=True)
class GlobalPooling(LayerSpec):
    """Each channel as one number. As ``keras.layers.GlobalAveragePooling2D`` and ``GlobalMaxPooling2D``."""

    word: ClassVar[str] = "global"
    pool: Literal["max", "average"] = "average"

    def __post_init__(self) -> None:
        choice("pool", self.pool, POOLS)

    @property
    def kind(self) -> str:
        return f"global {self.pool} pooling"

    def __str__(self) -> str:
        return f"global {self.pool}"

    def output_shape(self, shape: Shape) -> Shape:
        return (maps(shape)[2],)

    def field(self, field: ReceptiveField, shape: Shape) -> ReceptiveField:
        return field.spread(*shape[:2])


@dataclass(frozen=True)
class BatchNormalisation(LayerSpec):
    """Each channel with mean 0 and variance 1, then a learned scale and shift. As ``keras.layers.BatchNormalization``.

    Learning it looks at the batch, afterwards at averages kept from learning: four numbers a channel.
    """

    word: ClassVar[str] = "batchnorm"

    @property
    def kind(self) -> str:
        return "batch normalisation"

    def __str__(self) -> str:
        return self.word

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def parameters(self, shape: Shape) -> int:
        return 4 * shape[-1]


@dataclass(frozen=True)
class Dropout(LayerSpec):
    """A share of the numbers set to 0 while it learns, at random; otherwise nothing. As ``keras.layers.Dropout``.

    Raises:
        ShapeError: a rate below 0, or 1 and above.
    """

    word: ClassVar[str] = "dropout"
    rate: float

    def __post_init__(self) -> None:
        rate: object = self.rate
        if not isinstance(rate, int | float) or isinstance(rate, bool) or not 0 <= rate < 1:
            raise ShapeError(f"expected a dropout rate from 0 to below 1; found {short(rate)}; 0.5 is usual")
        object.__setattr__(self, "rate", float(rate))

    @property
    def kind(self) -> str:
        return "dropout"

    def __str__(self) -> str:
        return f"dropout {self.rate!r}"

    def output_shape(self, shape: Shape) -> Shape:
        return shape


@dataclass(frozen=True)
class Flatten(LayerSpec):
    """Maps as vectors: row by row, in a row pixel by pixel, of a pixel its channels. As ``keras.layers.Flatten``."""

    word: ClassVar[str] = "flatten"

    @property
    def kind(self) -> str:
        return "flatten"

    def __str__(self) -> str:
        return self.word

    def output_shape(self, shape: Shape) -> Shape:
        numbers = 1
        for side in shape:
            numbers *= side
        return (numbers,)

    def field(self, field: ReceptiveField, shape: Shape) -> ReceptiveField:
        return field.spread(*shape[:2]) if is_maps(shape) else field


@dataclass(frozen=True)
class Dense(LayerSpec):
    """Every number with every unit. As ``keras.layers.Dense``.

    Raises:
        ShapeError: a setting that makes no sense, which is named.
    """

    word: ClassVar[str] = "dense"
    units: int
    activation: str = "relu"

    def __post_init__(self) -> None:
        checked("units", self.units)
        choice("activation", self.activation, ACTIVATIONS)

    @property
    def kind(self) -> str:
        return "dense"

    def __str__(self) -> str:
        return f"dense {self.units}" + ("" if self.activation == "relu" else f" {self.activation}")

    def output_shape(self, shape: Shape) -> Shape:
        if is_maps(shape):
            raise ShapeError(f"expected a vector; found maps of {by(shape, ' by ')}; put a flatten before it")
        return (self.units,)

    def parameters(self, shape: Shape) -> int:
        return (shape[0] + 1) * self.units

    def multiply_adds(self, shape: Shape) -> int:
        return shape[0] * self.units


@dataclass(frozen=True)
class Activation(LayerSpec):
    """A function of each number, by itself: behind a batch normalisation. As ``keras.layers.Activation``."""

    word: ClassVar[str] = "activation"
    name: str

    def __post_init__(self) -> None:
        choice("activation", self.name, ACTIVATIONS)

    @property
    def kind(self) -> str:
        return "activation"

    def __str__(self) -> str:
        return self.name

    def output_shape(self, shape: Shape) -> Shape:
        return shape


def is_maps(shape: Shape) -> bool:
    """Whether it is (height, width, channels), not (numbers,)."""
    return len(shape) == 3


def maps(shape: Shape) -> tuple[int, int, int]:
    """The height, width and channels of maps. Raises ShapeError for a vector."""
    if not is_maps(shape):
        raise ShapeError(
            f"expected maps (height, width, channels); found a vector of {shape[0]} numbers; "
            "put the layer before what flattens or pools them"
        )
    height, width, channels = shape
    return height, width, channels
