"""An architecture: which layers follow each other. It is a value, checked before anything is built.

Two layers are added by themselves: a flatten where a dense layer meets maps, and the last one, dense with softmax, one
number for each class. ``notation`` reads an architecture from text, ``building`` makes a Keras network of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from seefood.convolution.layer_table import LayerRow, LayerTable
from seefood.convolution.layers import Shape
from seefood.convolution.receptive_field import PIXEL
from seefood.errors import ShapeError
from seefood.networks.layers import Activation, Dense, Flatten, LayerSpec, is_maps
from seefood.networks.sliding import TooSmallError

__all__ = ["LAST", "Architecture", "Classes", "Step"]

MOST_LAYERS = 500
MOST_PARAMETERS = 500_000_000  # as float32 they are 2 GB, the most that one ONNX file can hold

LAST = "softmax"
"""Name of the layer that gives the classes' probabilities."""


@dataclass(frozen=True)
class Classes(Dense):
    """The last layer: one number for each class, by softmax their probabilities.

    >>> Classes(10).activation
    'softmax'
    """

    activation: str = "softmax"

    def __post_init__(self) -> None:
        units: object = self.units
        if not isinstance(units, int) or isinstance(units, bool) or units < 2:
            raise ShapeError(f"expected two classes or more; found {units!r}; a network tells classes apart")


class Step(NamedTuple):
    """One layer of an architecture for pictures of a certain shape.

    Attributes:
        name: by which it is called in tables, in Keras and in the ONNX graph: "conv_1", "dense_2" …
        layer: what it is.
        before, after: shapes of one picture.
    """

    name: str
    layer: LayerSpec
    before: Shape
    after: Shape


@dataclass(frozen=True)
class Architecture:
    """Layers in their order, without the last one, which depends on the classes.

    Raises:
        ShapeError: no layers, too many of them, or something that is no layer.

    >>> from seefood.networks.sliding import Convolution
    >>> network = Architecture((Convolution(12, 3), Dense(100)))
    >>> str(network)
    'conv 12 3, dense 100'
    >>> [step.name for step in network.steps((28, 28, 1), classes=10)]
    ['conv_1', 'flatten_1', 'dense_1', 'softmax']
    """

    layers: tuple[LayerSpec, ...]

    def __post_init__(self) -> None:
        layers = tuple(self.layers)
        given: tuple[object, ...] = layers
        strangers = [type(layer).__name__ for layer in given if not isinstance(layer, LayerSpec)]
        if strangers or not 1 <= len(layers) <= MOST_LAYERS:
            found = f"a {strangers[0]} among them" if strangers else str(len(layers))
            raise ShapeError(
                f"expected 1 to {MOST_LAYERS} layers; found {found}; give values of seefood.networks.layers, "
                "or a text such as 'conv 20 3, dense 100'"
            )
        object.__setattr__(self, "layers", layers)

    def __str__(self) -> str:
        return ", ".join(map(str, self.layers))

    def steps(self, input_shape: Shape, classes: int) -> list[Step]:
        """Every layer with its shapes, those that are added by themselves too.

        Args:
            input_shape: (height, width, channels) of a picture.
            classes: how many there are to tell apart.

        Raises:
            ShapeError: a layer does not fit what comes to it. It is named, with both shapes and how they came about.
        """
        last, shape, steps = Classes(classes), _checked(input_shape), list[Step]()
        counts: dict[str, int] = {}
        for number, layer in enumerate((*self.layers, last), 1):
            for each in _with_flatten(layer, shape):
                word = each.name if isinstance(each, Activation) else each.word
                counts[word] = counts.get(word, 0) + 1
                name = LAST if each is last else f"{word}_{counts[word]}"
                try:
                    after = each.output_shape(shape)
                except ShapeError as error:
                    raise _misfit(f"layer {number}, {name} ({each})", error, input_shape, steps) from error
                steps.append(Step(name, each, shape, after))
                shape = after
                _check_size(number, steps)
        return steps

    def table(self, input_shape: Shape, classes: int) -> LayerTable:
        """What each layer makes of pictures of this shape, and what it costs. Raises ShapeError as `steps`.

        Parameters are counted as Keras' ``count_params`` does, with the kept averages of a batch normalisation.
        """
        return LayerTable(tuple(_rows(self.steps(input_shape, classes))))


def _checked(shape: Shape) -> Shape:
    given: tuple[object, ...] = tuple(shape)
    sides = [side for side in given if isinstance(side, int) and side >= 1]
    if not len(given) == len(sides) == 3:
        raise ShapeError(f"expected the shape of a picture (height, width, channels); found {given}; give all three")
    return tuple(sides)


def _with_flatten(layer: LayerSpec, shape: Shape) -> Iterator[LayerSpec]:
    if isinstance(layer, Dense) and is_maps(shape):
        yield Flatten()
    yield layer


def _rows(steps: list[Step]) -> Iterator[LayerRow]:
    height, width, _ = steps[0].before
    field = PIXEL
    for name, layer, before, after in steps:
        field = layer.field(field, before).within(height, width)
        kernel, stride = layer.window or (None, None)
        activation = layer.name if isinstance(layer, Activation) else getattr(layer, "activation", None)
        yield LayerRow(
            name,
            layer.kind,
            kernel,
            stride,
            after,
            layer.parameters(before),
            layer.multiply_adds(before),
            field,
            activation=None if activation == "linear" else activation,
        )


def _misfit(where: str, error: ShapeError, picture: Shape, steps: list[Step]) -> ShapeError:
    """The layer's own complaint with its place, and how maps became too small for a window."""
    said = str(error)
    if not isinstance(error, TooSmallError):
        return ShapeError(f"{where}: {said}")
    way = [picture[:2], *(step.after[:2] for step in steps if step.after[:2] != step.before[:2])]
    shrunk = " → ".join(f"{height} by {width}" for height, width in way[-8:])
    became = f", after {'… → ' if len(way) > 8 else ''}{shrunk}" if len(way) > 1 else ", the picture itself"
    return ShapeError(f"{where}: {said}{became}; use smaller kernels or strides, 'same', or fewer layers before it")


def _check_size(number: int, steps: list[Step]) -> None:
    total = sum(step.layer.parameters(step.before) for step in steps)
    if total > MOST_PARAMETERS:
        last = steps[-1]
        raise ShapeError(
            f"layer {number}, {last.name} ({last.layer}): expected at most {MOST_PARAMETERS:,} weights in all; found "
            f"{total:,} from {list(last.before)} to {list(last.after)}; use strides or a pooling before it"
        )
