"""Nothing but ONNX Runtime: what the machine can do when nothing has to be read, decoded or said."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from measuring import Sample, cores
from seefood.model import Classifier

RUNS = 600
"""Pictures each time; a few seconds of work."""

Pixels = NDArray[np.uint8]
Item = TypeVar("Item")
Worker = TypeVar("Worker")


@dataclass(frozen=True)
class Pace:
    """Pictures, the seconds they took, and the seconds that processors were busy with them.

    The second kind says more on a machine that has other work to do.
    """

    pictures: int
    seconds: float
    processor_seconds: float

    def __sub__(self, start: "Pace") -> "Pace":
        """What is left when a shorter run, and with it starting up, is taken off."""
        return Pace(
            self.pictures - start.pictures,
            self.seconds - start.seconds,
            self.processor_seconds - start.processor_seconds,
        )

    @property
    def rate(self) -> float:
        """Pictures a second."""
        return self.pictures / self.seconds

    @property
    def milliseconds(self) -> float:
        """Of a processor's time, for each picture."""
        return 1000 * self.processor_seconds / self.pictures


def pace(pictures: int, work: Callable[[], object]) -> Pace:
    """Time work in this process."""
    begin, begin_of_processors = time.perf_counter(), time.process_time()
    work()
    return Pace(pictures, time.perf_counter() - begin, time.process_time() - begin_of_processors)


def on_threads(work: Callable[[Worker, Item], object], workers: Sequence[Worker], items: Sequence[Item]) -> Pace:
    """The pace at which workers take the items, each worker in a thread of its own."""
    shared = iter(items)

    def take(worker: Worker) -> None:
        for item in shared:
            work(worker, item)

    threads = [Thread(target=take, args=(worker,)) for worker in workers]

    def all_of_them() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return pace(len(items), all_of_them)


def repeating(items: Sequence[Item], count: int) -> list[Item]:
    """The items again and again, ``count`` in all."""
    return list(islice(cycle(items), count))


def session(graph: bytes, threads: int) -> Any:
    """A session as anyone opens it."""
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def infer(opened: Any, pixels: Pixels) -> None:
    """One picture's probabilities, and nothing else that the graph could give."""
    only_what_is_asked = ort.RunOptions()
    only_what_is_asked.only_execute_path_to_fetches = True
    opened.run(["probabilities"], {"pixels": pixels[np.newaxis]}, only_what_is_asked)


def ways(graph: bytes, arrays: Sequence[Pixels]) -> dict[str, Callable[[], Pace]]:
    """Ways to keep all cores busy with a model file, to be measured against each other."""
    sessions = {
        "bare, a session a core": [session(graph, 1) for _ in range(cores())],
        "bare, one session": [session(graph, cores())],
    }
    many = repeating(arrays, RUNS)
    return {name: partial(on_threads, infer, opened, many) for name, opened in sessions.items()}


def best(found: Mapping[str, Sequence[Pace]]) -> Sequence[Pace]:
    """The fastest of the bare ways."""
    bare = [paces for name, paces in found.items() if name.startswith("bare")]
    return max(bare, key=lambda paces: rates(paces).median)


def rates(paces: Sequence[Pace]) -> Sample:
    """Pictures a second, round by round."""
    return Sample(tuple(pace.rate for pace in paces))


def milliseconds(paces: Sequence[Pace]) -> Sample:
    """Processor time of a picture, round by round."""
    return Sample(tuple(pace.milliseconds for pace in paces))


def show(found: Mapping[str, Sequence[Pace]]) -> None:
    for name, paces in found.items():
        busy = f"{milliseconds(paces).median:.2f} ms of a processor each"
        print(f"  {name:22} {rates(paces).shown('pictures/s')}, {busy}")


def streaming(classifier: Classifier, paths: Sequence[Path]) -> Pace:
    """Verdicts from files, in this process."""
    return pace(len(paths), lambda: sum(1 for _ in classifier.stream(paths)))
