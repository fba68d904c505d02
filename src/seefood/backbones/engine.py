"""Run a graph: ONNX Runtime behind a small door.

A session is opened with one thread. Many threads call the same session at once, each with its own pictures: running
releases Python's lock, and N streams of one thread waste nothing where one call on N threads does. An optimised graph
opens several times faster than the graph it was made from, so it is kept, for this runtime on this processor.
"""

import contextlib
import platform
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from seefood.caches import BlobCache
from seefood.errors import BackboneError
from seefood.files import digest_of_bytes

__all__ = ["Engine"]

LIMIT_BYTES = 1 << 30
LARGEST_LOG_SEVERITY = 4  # only fatal messages: what goes wrong is raised, and said once


class Engine:
    """A graph that is ready to run, from any number of threads.

    With ``outputs`` only those of them that the graph has can be asked for, and what no other needs is cut off: the
    runtime computes every output of a graph, whether it is asked for or not. With a ``key`` that stands for the graph's
    content, the graph need not be made where its optimised copy is kept.

    Attributes:
        metadata: the text that travels in the graph.
        outputs: names of the outputs that it can give, in order.
        shape: of one picture, (height, width, 3).

    Raises:
        BackboneError: the bytes are no graph that this runtime can run.
    """

    def __init__(self, graph: bytes | Callable[[], bytes], outputs: Sequence[str] = (), key: str = "") -> None:
        self._session = _opened(graph, outputs, key)
        self.metadata: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map
        self.outputs: dict[str, tuple[int | str, ...]] = {o.name: tuple(o.shape) for o in self._session.get_outputs()}
        self.inputs: dict[str, tuple[int | str, ...]] = {i.name: tuple(i.shape) for i in self._session.get_inputs()}

    def run(self, pixels: NDArray[np.uint8], outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """The named outputs for uint8 [n, height, width, 3]."""
        results: list[NDArray[np.float32]] = self._session.run(outputs, {"pixels": pixels})
        return results


def _opened(graph: bytes | Callable[[], bytes], outputs: Sequence[str], key: str) -> ort.InferenceSession:
    store = BlobCache("optimised", LIMIT_BYTES)
    if not key:
        graph = graph if isinstance(graph, bytes) else graph()
        key = digest_of_bytes(graph)
    described = (key, ort.__version__, _processor(), *outputs)
    key = digest_of_bytes("\n".join(described).encode())[:32]
    kept = store.get(key)
    if kept is not None:
        with contextlib.suppress(Exception):  # the runtime raises its own kinds; the graph itself is tried next
            return _session(kept, ort.GraphOptimizationLevel.ORT_DISABLE_ALL)
    graph = graph if isinstance(graph, bytes) else graph()
    if outputs:
        with contextlib.suppress(Exception):  # what is no graph is the runtime's to refuse
            graph = _cut(graph, outputs)
    with contextlib.suppress(Exception):  # a full disk among others; without a copy to keep it may still open
        return _optimised(graph, store, key)
    try:
        return _session(graph, ort.GraphOptimizationLevel.ORT_ENABLE_ALL)
    except Exception as error:
        first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BackboneError(
            f"expected a graph that ONNX Runtime {ort.__version__} can run; found: {first_line}; get the file again"
        ) from error


def _cut(graph: bytes, outputs: Sequence[str]) -> bytes:
    """The same graph with these outputs only; unchanged where it has none of them."""
    import onnx

    from seefood.backbones.graph import needed

    model = onnx.load_model_from_string(graph)
    kept = [output for output in model.graph.output if output.name in outputs]
    if not kept:
        return graph
    nodes = needed(model.graph.node, {output.name for output in kept})
    used = {name for node in nodes for name in node.input}
    constants = [constant for constant in model.graph.initializer if constant.name in used]
    del model.graph.node[:], model.graph.output[:], model.graph.initializer[:]
    model.graph.node.extend(nodes)
    model.graph.output.extend(kept)
    model.graph.initializer.extend(constants)
    return bytes(model.SerializeToString())


def _optimised(graph: bytes, store: BlobCache, key: str) -> ort.InferenceSession:
    """Open the graph as it is, and keep what the runtime made of it."""
    with tempfile.TemporaryDirectory(prefix="seefood-", ignore_cleanup_errors=True) as folder:
        aside = Path(folder) / "optimised.onnx"
        session = _session(graph, ort.GraphOptimizationLevel.ORT_ENABLE_ALL, aside)
        store.put(key, aside.read_bytes())
    return session


def _session(graph: bytes, level: Any, keep: Path | None = None) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = LARGEST_LOG_SEVERITY
    options.graph_optimization_level = level
    if keep is not None:
        options.optimized_model_filepath = str(keep)
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


@cache
def _processor() -> str:
    """What the optimiser's choices depend on: the processor's kind and its instruction sets."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    described = {line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))}
    return "\n".join([platform.machine(), platform.processor(), *sorted(described)])
