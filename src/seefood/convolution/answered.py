"""A kernel with what it answered: which weights really lay on the picture, and what is said about them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from seefood.convolution.arithmetic import Arithmetic, in_words
from seefood.convolution.description import describe
from seefood.convolution.geometry import Geometry
from seefood.convolution.kernels import Kernel

__all__ = ["TURNED", "Answered"]

Array = NDArray[Any]

TURNED = "turned by 180°"


@dataclass(frozen=True, eq=False)
class Answered:
    """A kernel and its response, float [h, w] or [h, w, 3]; how it walked; and one answer written out.

    Attributes:
        kernel: as it was written.
        response: what it answered.
        geometry: how it walked.
        arithmetic: one answer written out, or None.
        bias: what was added to every answer.
        flip: whether it was turned by 180 degrees before it was laid on the picture.
    """

    kernel: Kernel
    response: Array
    geometry: Geometry
    arithmetic: Arithmetic | None = None
    bias: float = 0.0
    flip: bool = False

    @cached_property
    def laid(self) -> Kernel:
        """The kernel as it lay on the picture: that is what the response answers to."""
        return self.kernel.turned() if self.flip else self.kernel

    @property
    def description(self) -> str:
        """What the kernel on the picture answers to, from its numbers."""
        return describe(self.laid) + (f"; {self._before}" if self.bias else "")

    @property
    def sentence(self) -> str:
        """The same as a sentence, as the shelf has it where the kernel is from there."""
        text = self.laid.sentence or f"{describe(self.laid)}."
        text = text[:1].upper() + text[1:]
        return f"{text} That is {self._before}." if self.bias else text

    @property
    def _before(self) -> str:
        return f"before the bias of {in_words(self.bias)} is added"
