"""Changed copies of pictures to learn from: mirrored, turned, shifted, darker, … (chapter 5).

Transforms work on arrays alone, uint8 [height, width, channels], and keep their shape. Whatever is random is drawn
from a generator that is given. A change that makes another class of a picture teaches what is wrong; each transform's
``probes`` are there to find that out. Nothing here is done to a picture that a model is tested on.

This room knows arrays. It does not know labels, networks or files.
"""

from seefood.augmentation.borders import BLACK, REFLECTED, Border, border_from
from seefood.augmentation.notation import DEFAULTS, NAMED, parse
from seefood.augmentation.steps import Step
from seefood.augmentation.transform import Probe, Transform
from seefood.augmentation.views import Augmentation

__all__ = [
    "BLACK",
    "DEFAULTS",
    "NAMED",
    "REFLECTED",
    "Augmentation",
    "Border",
    "Probe",
    "Step",
    "Transform",
    "border_from",
    "parse",
]
