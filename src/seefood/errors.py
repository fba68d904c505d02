"""Every error that seefood raises on purpose, as one tree::

    SeefoodError                    anything below; what a door catches
    ├── PictureError                one picture cannot be used (also a ValueError)
    ├── DatasetError                a folder of pictures cannot be taught from or tested on
    ├── ShapeError                  a kernel, a layer or a network does not fit what it is given (also a ValueError)
    │   ├── NotationError           a network's text cannot be read (seefood.networks.notation)
    │   └── TooSmallError           a layer leaves nothing of the picture (seefood.networks.sliding)
    ├── DivergenceError             learning ran away; it carries the history up to there
    ├── WeightsError                a weights file is not what its backbone expects
    ├── BackboneError               a backbone is unknown, not installed or not usable
    ├── ModelFileError              a model file is not ours, too new, or damaged
    ├── CacheError                  the cache folder cannot be used
    └── OutputError                 a result cannot be written where it should go

A message is one line with three parts: what was expected, what was found, what to do. The cause, where there is
one, is chained.
"""

__all__ = [
    "BackboneError",
    "CacheError",
    "DatasetError",
    "DivergenceError",
    "ModelFileError",
    "OutputError",
    "PictureError",
    "SeefoodError",
    "ShapeError",
    "WeightsError",
]


class SeefoodError(Exception):
    """The root: ``except SeefoodError`` catches whatever this package raises on purpose."""


class PictureError(SeefoodError, ValueError):
    """One picture is missing, broken, too large or not a picture at all."""


class DatasetError(SeefoodError, ValueError):
    """A folder holds no classes, one class, or too few pictures to learn from."""


class ShapeError(SeefoodError, ValueError):
    """A kernel, a layer, a network or its numbers make no sense, by themselves or for what they are given."""


class DivergenceError(SeefoodError, ArithmeticError):
    """The loss is no number any more: the learning rate is too large, or the data are.

    Attributes:
        history: what was recorded up to there, of whatever kind the learner keeps; None where nothing was.
    """

    def __init__(self, message: str, history: object = None) -> None:
        super().__init__(message)
        self.history = history


class WeightsError(SeefoodError, ValueError):
    """A weights file lacks a tensor, has one of another shape, or is no weights file."""


class BackboneError(SeefoodError, ValueError):
    """A backbone is unknown, its weights are not here, or its graph does not fit."""


class ModelFileError(SeefoodError, ValueError):
    """A model file is not a seefood model, has a newer format, or is damaged."""


class CacheError(SeefoodError, OSError):
    """The cache folder cannot be created, read or written."""


class OutputError(SeefoodError, OSError):
    """A file cannot be written: no such folder, no permission, no space left."""
