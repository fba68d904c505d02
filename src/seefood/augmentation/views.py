"""Several transforms together: random views of a picture, whole batches, and the views that are always the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from seefood.augmentation.borders import REFLECTED, Border, border_from
from seefood.augmentation.notation import NOTHING, parse
from seefood.augmentation.steps import UNCHANGED, Step, carried_out
from seefood.augmentation.transform import Probe, Transform
from seefood.augmentation.warp import CHANNELS, Picture
from seefood.errors import ShapeError

__all__ = ["Augmentation"]

BORDER = "border"


@dataclass(frozen=True)
class Augmentation:
    """What may be done to a picture while it is learned; never when it is tested.

    Attributes:
        transforms: in the order in which they are done, each by its own chance.
        border: what lies beyond the edge.

    >>> augmentation = Augmentation.from_text("mirror, rotate 30")
    >>> [view.shape for view in augmentation.views(np.zeros((20, 30, 3), np.uint8), count=2, seed=0)]
    [(20, 30, 3), (20, 30, 3)]
    """

    transforms: tuple[Transform, ...] = ()
    border: Border = REFLECTED

    @classmethod
    def from_text(cls, text: str, border: Border = REFLECTED) -> "Augmentation":
        """From what `parse` reads, and perhaps, last, "border constant" or what else `border_from` reads.

        Raises:
            ShapeError: an unknown name, a number out of range, a name twice, or no such border.

        >>> Augmentation.from_text("shift 1px, border constant").text
        'shift 1px, border constant 0 0 0'
        """
        before, _, last = text.rpartition(",")
        if last.split()[:1] == [BORDER]:
            return cls(parse(before or text), border_from(" ".join(last.split()[1:])))
        return cls(parse(text), border)

    @property
    def text(self) -> str:
        """As `from_text` reads it, whatever border that is told."""
        return f"{', '.join(transform.text for transform in self.transforms) or NOTHING}, {BORDER} {self.border.text}"

    def view(self, picture: Picture, generator: np.random.Generator) -> Picture:
        """A random view of a picture, uint8 [h, w, c], of the same shape. Raises ShapeError for anything else."""
        return carried_out(_drawn(self.transforms, generator), picture, self.border)

    def views(self, picture: Picture, count: int, seed: int = 0) -> list[Picture]:
        """So many random views. Picture and seed decide them; more of them begin with the same ones."""
        return [self.view(picture, np.random.default_rng([seed, number])) for number in range(count)]

    def applied(self, pictures: NDArray[np.uint8], generator: np.random.Generator) -> NDArray[np.uint8]:
        """Each picture of uint8 [n, h, w, c] changed by itself; the array that came in stays as it is.

        `Mirror`, `Flip` and `Shift` are done on all pictures at once; what else there is, on one after the other.

        Raises:
            ShapeError: an array of another shape or type.

        >>> pictures = np.arange(4, dtype=np.uint8).reshape(1, 1, 4, 1).repeat(50, axis=0)
        >>> changed = Augmentation.from_text("mirror").applied(pictures, np.random.default_rng(0))
        >>> sorted({tuple(row) for row in changed[:, 0, :, 0].tolist()})
        [(0, 1, 2, 3), (3, 2, 1, 0)]
        """
        fits = pictures.ndim == 4 and pictures.shape[3] in CHANNELS and pictures.dtype == np.uint8
        if not fits:
            raise ShapeError(
                "expected pictures as uint8 [n, height, width, 1 or 3]; "
                f"found {pictures.dtype} {list(pictures.shape)}; decode them first"
            )
        if not pictures.size:
            return pictures
        for at_once, some in groupby(self.transforms, _is_quick):
            if at_once:
                for transform in some:
                    done = transform.all_at_once(pictures, generator, self.border)
                    pictures = pictures if done is None else done
            else:
                pictures = self._one_by_one(pictures, tuple(some), generator)
        return pictures

    def _one_by_one(
        self, pictures: NDArray[np.uint8], transforms: Sequence[Transform], generator: np.random.Generator
    ) -> NDArray[np.uint8]:
        return np.stack([carried_out(_drawn(transforms, generator), picture, self.border) for picture in pictures])

    def fixed(self) -> tuple[Probe, ...]:
        """The picture itself and the ends of every range, each as (label, step): views to average answers over.

        >>> [label for label, _ in Augmentation.from_text("mirror, rotate 5").fixed()]
        ['original', 'mirror: mirrored', 'rotate: 5°', 'rotate: -5°']
        """
        ends = [
            (f"{transform.name}: {label}", step) for transform in self.transforms for label, step in transform.probes()
        ]
        return (UNCHANGED.label, UNCHANGED), *ends

    def fixed_views(self, picture: Picture) -> list[Picture]:
        """The picture as each of `fixed` makes it, with this border."""
        return [step(picture, self.border) for _, step in self.fixed()]


def _is_quick(transform: Transform) -> bool:
    return type(transform).all_at_once is not Transform.all_at_once


def _drawn(transforms: Sequence[Transform], generator: np.random.Generator) -> Iterator[Step]:
    for transform in transforms:
        if transform.chance == 1 or generator.random() < transform.chance:
            yield transform.drawn(generator)
