"""Any ONNX feature extractor that a person brings: their graph between our pixels and our features.

Beside ``my.onnx`` lies ``my.json``::

    {"preprocessing": {"mean": [123.675, 116.28, 103.53], "scale": [58.395, 57.12, 57.375]},
     "input": "images", "layout": "NCHW", "output": "features"}

Only mean and scale have to be there, because a wrong guess would not show; they are on the scale of 0 to 255. The size
is that of the graph's input, the rest of the preprocessing as in ``Preprocessing``. ``output`` may be any tensor in the
graph, so that a classifier's last layer can be cut off; maps [n, channels, height, width] (with the layout NHWC,
[n, height, width, channels]) are pooled by their mean, vectors [n, channels] are taken as they are.

The file is untrusted. What is not plain arithmetic on tensors in the file itself is refused, and the graph is tried on
two pictures, together and alone. That run is not confined: a graph can be made to take much time and memory.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import helper

from seefood.backbones.foreign_graph import LARGEST_BYTES, ForeignGraph, UnfitError, check, first_line
from seefood.backbones.graph import IR_VERSION, OPSET, Array, Graph
from seefood.backbones.network import BuiltNetwork, Depth, Network
from seefood.errors import BackboneError
from seefood.files import digest_of_bytes, reason
from seefood.preprocessing import Preprocessing

__all__ = ["load"]

LARGEST_SETTINGS_BYTES = 1 << 16
MOST_PIXELS = 1 << 20
MOST_FEATURES = 1 << 17
TOLERANCE = 1e-4

EXAMPLE = '{"preprocessing": {"mean": [123.675, 116.28, 103.53], "scale": [58.395, 57.12, 57.375]}}'

Layout = Literal["NCHW", "NHWC"]


def load(path: Path) -> BuiltNetwork:
    """The graph of ``path`` with the settings beside it, wrapped, checked and tried.

    Its one depth is the chosen output, and it has no classes of its own. The description's digest is over both files.

    Raises:
        BackboneError: a file is missing, damaged or refused; the graph does not do what the settings say; or it cannot
            take a batch of pictures.
    """
    content = _content(path, LARGEST_BYTES, "a feature extractor as ONNX", "name an .onnx file")
    beside = path.with_suffix(".json")
    text = _content(beside, LARGEST_SETTINGS_BYTES, f"settings beside {path.name}", f"write for example {EXAMPLE}")
    digest = digest_of_bytes(bytes.fromhex(digest_of_bytes(content)) + text)
    try:
        settings = Settings.from_json(text)
    except (ValueError, RecursionError) as error:
        raise BackboneError(f"{beside}: {_once(error)}; write for example {EXAMPLE}") from error
    try:
        return _loaded(path.stem, digest, _proto(content), settings)
    except UnfitError as error:
        raise BackboneError(f"{path}: {error}") from error


def _content(path: Path, largest: int, expected: str, remedy: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise BackboneError(f"{path}: expected {expected}; {reason(error)}; {remedy}") from error
    if len(content) > largest:
        raise BackboneError(f"{path}: expected {expected} of at most {largest} bytes; found more; {remedy}")
    return content


def _once(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | RecursionError):
        return "expected one JSON object; found something else"
    return first_line(error)


def _proto(content: bytes) -> onnx.ModelProto:
    try:
        return onnx.load_model_from_string(content)
    except DecodeError as error:
        raise UnfitError("expected an ONNX model; found no such file, or one cut short; export it again") from error


@dataclass(frozen=True)
class Settings:
    """What a person says about a graph; None or a missing field is found out from the graph itself."""

    preprocessing: Mapping[str, object]
    input: str | None = None
    layout: Layout | None = None
    output: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.preprocessing, Mapping):
            raise ValueError("preprocessing: expected an object with mean and scale; found something else")  # noqa: TRY004
        if self.layout not in (None, "NCHW", "NHWC"):
            raise ValueError(f"layout: expected NCHW or NHWC; found {str(self.layout)[:60]!r}")
        for name in ("input", "output"):
            if not isinstance(getattr(self, name), str | None):
                raise ValueError(f"{name}: expected the name of a tensor; found something else")  # noqa: TRY004

    @classmethod
    def from_json(cls, text: bytes) -> "Settings":
        """Read from a file that anyone may have written; ValueError says which field is wrong.

        >>> Settings.from_json(b'{"preprocessing": {}, "layout": "NHWC"}').layout
        'NHWC'
        """
        value = json.loads(text)
        names = [field.name for field in fields(cls)]
        if not isinstance(value, dict) or "preprocessing" not in value or set(value) - set(names):
            raise ValueError(f"expected an object with preprocessing and perhaps {', '.join(names[1:])}; found another")
        return cls(**value)

    def complete(self, height: int | None, width: int | None) -> Preprocessing:
        """The preprocessing with the graph's own size and the usual way to fit a picture where nothing is said."""
        usual: dict[str, object] = {f.name: f.default for f in fields(Preprocessing) if f.default is not MISSING}
        del usual["mean"], usual["scale"]
        fixed = {name: size for name, size in (("height", height), ("width", width)) if size}
        value = Preprocessing.from_json(usual | fixed | dict(self.preprocessing))
        found = {"height": value.height, "width": value.width}
        if any(found[name] != size for name, size in fixed.items()):
            raise ValueError(f"preprocessing: expected the graph's size {height} x {width}; found {found}")
        if value.height * value.width > MOST_PIXELS:
            raise ValueError(
                f"preprocessing: expected at most {MOST_PIXELS} pixels; found {value.height * value.width}"
            )
        if max(map(abs, value.scale)) < 1:
            raise ValueError(f"preprocessing.scale: expected numbers for 0 to 255; found {value.scale}: times 255")
        return value


def _loaded(name: str, digest: str, proto: onnx.ModelProto, settings: Settings) -> BuiltNetwork:
    theirs = ForeignGraph.checked(proto, settings.output)
    entry = _entry(theirs, settings)
    try:
        preprocessing = settings.complete(entry.height, entry.width)
    except ValueError as error:
        raise UnfitError(f"{first_line(error)}; correct the settings beside it") from error
    try:
        values = _tried(theirs, entry, preprocessing)
    except UnfitError:
        if not theirs.free_batch():
            raise
        values = _tried(theirs, entry, preprocessing)
    return _wrapped(name, digest, preprocessing, theirs, entry, values)


class _Entry(NamedTuple):
    """Where pictures go in: the tensor, its layout, and its size in pixels where the graph says it."""

    name: str
    layout: Layout
    height: int | None
    width: int | None


def _entry(theirs: ForeignGraph, settings: Settings) -> _Entry:
    name, shape = theirs.input(settings.input)
    layout = settings.layout or _layout_of(shape)
    if layout is None or shape["NCHW".index("C") if layout == "NCHW" else 3] not in (3, None):
        raise UnfitError(
            f"expected an input with 3 channels in the second place (NCHW) or the last (NHWC); found {list(shape)}; "
            "say the layout beside it, or export a network for colour pictures"
        )
    height, width = shape[2:] if layout == "NCHW" else shape[1:3]
    return _Entry(name, layout, height, width)


def _layout_of(shape: tuple[int | None, ...]) -> Layout | None:
    """The layout that a shape shows by its one place with three channels."""
    if (shape[1] == 3) == (shape[3] == 3):
        return None
    return "NCHW" if shape[1] == 3 else "NHWC"


def _begun(theirs: ForeignGraph, entry: _Entry, preprocessing: Preprocessing) -> tuple[Graph, str]:
    """Our normalisation and their nodes; the name of their output, maps already with the channels second."""
    graph = Graph()
    x = graph.normalised("pixels", preprocessing)
    if entry.layout == "NHWC":
        x = graph.apply("Transpose", [x], "pixels/last", perm=[0, 2, 3, 1])
    graph.apply("Identity", [x], entry.name)
    graph.nodes += theirs.nodes
    graph.constants |= theirs.constants
    return graph, theirs.output


def _tried(theirs: ForeignGraph, entry: _Entry, preprocessing: Preprocessing) -> Array:
    """What their graph gives for two pictures; alone each must give the same."""
    graph, output = _begun(theirs, entry, preprocessing)
    size = (preprocessing.height, preprocessing.width)
    pixels = helper.make_tensor_value_info("pixels", onnx.TensorProto.UINT8, ["n", *size, 3])
    outputs = [helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, None)]
    proto = helper.make_graph(graph.nodes, "trial", [pixels], outputs, list(graph.constants.values()))
    model = helper.make_model(
        proto, opset_imports=[helper.make_opsetid("", theirs.opset)], ir_version=theirs.ir_version
    )
    pictures = np.random.default_rng(0).integers(0, 256, (2, *size, 3), np.uint8)
    together, *alone = _run(model, output, (pictures, pictures[:1], pictures[1:]))
    if together.ndim not in (2, 4) or len(together) != 2 or not together.size:
        raise UnfitError(
            f"expected maps [2, channels, height, width] or vectors [2, channels] for two pictures; "
            f"found {list(together.shape)}; name another tensor as output, or export with a free batch size"
        )
    if not np.isfinite(together).all():
        raise UnfitError("expected finite numbers for a picture; found NaN or infinity; look at mean and scale")
    separate = np.concatenate(alone) if alone[0].shape == alone[1].shape else np.empty(0)
    if separate.shape != together.shape or abs(separate - together).max() > TOLERANCE * max(abs(together).max(), 1e-6):
        raise UnfitError(
            "expected the same numbers for a picture alone and beside another; found a difference; "
            "export the graph for inference, with a free batch size"
        )
    return together


def _run(model: onnx.ModelProto, output: str, batches: tuple[Array, ...]) -> list[Array]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # a refusal becomes an error of ours, not a line on the terminal
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return [session.run([output], {"pixels": batch})[0] for batch in batches]
    except Exception as error:  # onnxruntime's errors have no class in common
        raise UnfitError(
            f"expected a graph that runs on one picture and on two; found: {first_line(error)}; "
            "export it with a free batch size, for inference on a CPU"
        ) from error


def _wrapped(
    name: str, digest: str, preprocessing: Preprocessing, theirs: ForeignGraph, entry: _Entry, values: Array
) -> BuiltNetwork:
    graph, output = _begun(theirs, entry, preprocessing)
    if values.ndim == 4 and entry.layout == "NHWC":
        output = graph.apply("Transpose", [output], "maps", perm=[0, 3, 1, 2])
        values = values.transpose(0, 3, 1, 2)
    depth = _depth(output, values)
    if depth.size > MOST_FEATURES:
        raise UnfitError(
            f"expected at most {MOST_FEATURES} features; found {depth.size}; name an output behind a pooling"
        )
    graph.features((depth,))
    built = graph.finished(Network(name, preprocessing, digest, (depth,), (1,)))
    built.proto.opset_import[0].version = max(OPSET, theirs.opset)
    built.proto.ir_version = max(IR_VERSION, theirs.ir_version)
    check(built.proto)
    return built


def _depth(output: str, values: Array) -> Depth:
    if values.ndim == 2:
        return Depth(output, values.shape[1], 1, 1, ())
    channels, height, width = values.shape[1:]
    return Depth(output, channels, height, width, ("mean",))
