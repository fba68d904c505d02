"""What most people need of seefood in Python, one call each."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import overload

import numpy as np
from PIL import Image

from seefood.backbones.catalogue import DEFAULT
from seefood.errors import PictureError
from seefood.model.classifier import Classifier
from seefood.model.pretrained import pretrained
from seefood.model.teaching import Progress, teach_folder
from seefood.pictures import Source
from seefood.verdicts import Failure, Verdict

__all__ = ["classify", "train"]


@overload
def classify(  # type: ignore[overload-overlap]  # a path is iterable too, but it is one picture
    pictures: Source, *, top: int = 5, backbone: str = DEFAULT, weights: Path | None = None
) -> Verdict: ...
@overload
def classify(
    pictures: Iterable[Source], *, top: int = 5, backbone: str = DEFAULT, weights: Path | None = None
) -> list[Verdict | Failure]: ...
def classify(
    pictures: Source | Iterable[Source], *, top: int = 5, backbone: str = DEFAULT, weights: Path | None = None
) -> Verdict | list[Verdict | Failure]:
    """Name what is in a picture with a pretrained network of a thousand classes.

    One picture (path, bytes, Pillow image, uint8 array [h, w, 3]) gives one Verdict; many give a list, in which a
    broken one is a Failure.

    Raises:
        PictureError: the one picture cannot be read.
        BackboneError, WeightsError: the network cannot be used.
    """
    classifier = pretrained(backbone, weights)
    if not isinstance(pictures, str | os.PathLike | bytes | Image.Image | np.ndarray):
        return classifier.predict(pictures, top=top)
    (outcome,) = classifier.predict(pictures, top=top)
    if isinstance(outcome, Failure):
        raise PictureError(outcome.error)
    return outcome


def train(  # noqa: PLR0913 - what people may say, each by its name
    folder: str | os.PathLike[str],
    *,
    backbone: str = DEFAULT,
    weights: Path | None = None,
    augment: str = "none",
    risk: float | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Classifier:
    """Teach a classifier from a folder with one sub-folder for each class; its ``score`` says how good it is.

    ``augment``: ``none``, ``auto`` for the changed copies that are safe and help, or a list such as
    ``mirror,rotate 15``. ``risk``: the share of answers that may be wrong; otherwise it says "not sure".

    Raises:
        DatasetError: no such folder, fewer than two classes, a class with fewer than two different pictures, or a risk
            that cannot be kept.
        ShapeError: no such augmentation.
        BackboneError, WeightsError: the backbone cannot be used.
    """
    training = teach_folder(
        folder,
        backbone=backbone,
        weights=weights,
        augment=augment,
        risk=risk,
        seed=seed,
        threads=threads,
        progress=progress,
    )
    return training.classifier
