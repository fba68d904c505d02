"""Open a model file, which may come from anyone."""

import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from seefood.caches import BlobCache
from seefood.errors import BackboneError, ModelFileError
from seefood.files import digest_of_bytes, reason
from seefood.model.card import KEY
from seefood.model.classifier import Classifier

__all__ = ["load"]

LARGEST_BYTES = 2 << 30
LARGEST_TENSOR = 1 << 26
"""Numbers for one picture, far above any network's maps; keeps a hostile file from asking for the whole memory."""


def load(path: str | os.PathLike[str]) -> Classifier:
    """Open a model file. It may come from anyone: it is validated before it is run.

    Raises:
        ModelFileError: no such file, not a seefood model, a newer format, or damaged.
    """
    path = Path(path)
    data = _read(path)
    try:
        digest = digest_of_bytes(data)
        _check_graph(data, digest)
        classifier = Classifier(data, key=digest)
        _check_signature(classifier)
    except (ModelFileError, BackboneError) as error:
        raise ModelFileError(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        raise ModelFileError(f"{path}: expected its texts in UTF-8; found other bytes; get the file again") from error
    return classifier


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise ModelFileError(f"{path}: expected a model file (.onnx); found a folder; name a file")
        if path.stat().st_size > LARGEST_BYTES:
            raise ModelFileError(
                f"{path}: expected a model file; found more than {LARGEST_BYTES >> 30} GiB; name another"
            )
        return path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"{path}: expected a model file; {reason(error)}; check the path") from error


def _check_graph(data: bytes, digest: str) -> None:
    """Refuse what a model file has no use for, once for each file: data beside the file, foreign operators."""
    seen = BlobCache("checked", 1 << 20)
    if seen.get(digest) is not None:
        return
    import onnx

    try:
        model = onnx.load_model_from_string(data)
        onnx.checker.check_model(model)
        described = onnx.shape_inference.infer_shapes(model).graph.value_info
    except Exception as error:  # protobuf's and the checker's errors share no base but Exception
        first_line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelFileError(f"expected an ONNX model; found: {first_line}; get the file again") from error
    if KEY not in {entry.key for entry in model.metadata_props}:
        raise ModelFileError("expected a model that seefood made; found another ONNX file; use it with --backbone")
    attributes = [attribute for node in model.graph.node for attribute in node.attribute]
    if any(attribute.HasField("g") or attribute.graphs for attribute in attributes):
        raise ModelFileError("expected a plain graph; found graphs inside it (If, Loop, Scan); get the file again")
    tensors = [*model.graph.initializer, *(attribute.t for attribute in attributes)]
    tensors += [tensor for attribute in attributes for tensor in attribute.tensors]
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in tensors):
        raise ModelFileError("expected everything in one file; found data kept elsewhere; get the file again")
    if model.functions or any(node.domain not in ("", "ai.onnx") for node in model.graph.node):
        raise ModelFileError("expected standard operators; found others; get the file again")
    shapes = ([size.dim_value or 1 for size in value.type.tensor_type.shape.dim] for value in described)
    if max(map(math.prod, shapes), default=0) > LARGEST_TENSOR:
        raise ModelFileError(f"expected at most {LARGEST_TENSOR} numbers in a tensor; found more; get the file again")
    seen.put(digest, b"checked")


def _check_signature(classifier: Classifier) -> None:
    """Inputs and outputs have the shapes that the card implies."""
    card, engine = classifier.card, classifier.engine
    pixels = engine.inputs.get("pixels", ())
    if len(engine.inputs) != 1 or pixels[1:] != (card.preprocessing.height, card.preprocessing.width, 3):
        raise ModelFileError(f"expected one input 'pixels' of the size it describes; found {_shown(engine.inputs)}")
    if engine.outputs.get("probabilities", ())[1:] != (len(card.labels),):
        raise ModelFileError(
            f"expected a probability for each of {len(card.labels)} labels; found {_shown(engine.outputs)}"
        )
    try:
        shape = (1, card.preprocessing.height, card.preprocessing.width, 3)
        probabilities, novelty = classifier.probabilities(np.zeros(shape, np.uint8))
    except Exception as error:
        found = next(iter(str(error).splitlines()), type(error).__name__)
        raise ModelFileError(f"expected a model that runs; found: {found}; get the file again") from error
    for name, values, of in (("probabilities", probabilities, (1, len(card.labels))), ("novelty", novelty, (1,))):
        if values is not None and not (_is_array_of(values, of) and np.isfinite(values).all()):
            raise ModelFileError(f"expected finite numbers of shape {list(of)} as {name}; found others; get it again")


def _is_array_of(values: Any, shape: tuple[int, ...]) -> bool:
    return isinstance(values, np.ndarray) and values.dtype == np.float32 and values.shape == shape


def _shown(tensors: dict[str, Any]) -> str:
    return ", ".join(f"{name} {list(shape)}" for name, shape in tensors.items()) or "none"
