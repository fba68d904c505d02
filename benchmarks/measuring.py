"""What the benchmarks share: whole processes timed from outside, alternating runs, bars that are met or not.

Every script runs its peer in the same minutes as seefood, turn by turn, so that a busy machine slows both. A missed bar
is said in words; the exit status does not depend on time.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

CHECKOUT = Path(__file__).resolve().parents[1]
MEGABYTE = 1 << 20

Found = TypeVar("Found")

# A process begins with the peak memory of the one that starts it, so a small one has to.
MEMORY_OF = """
import os, sys
with open(os.devnull, "w") as nowhere:
    files = [(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1)]
    pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=files)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def parser(description: str | None, rounds: int | None = None) -> argparse.ArgumentParser:
    """The options that every script has: where the photos are, and how often to measure."""
    options = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    beside = CHECKOUT.parent / "shared" / "data"
    options.add_argument("--data", type=Path, default=Path(os.environ.get("SEEFOOD_DATA", beside)), metavar="FOLDER")
    if rounds is not None:
        options.add_argument("--rounds", type=int, default=rounds, metavar="N", help=f"alternating runs ({rounds})")
    return options


def add_peers(options: argparse.ArgumentParser) -> None:
    """The options of scripts that run Keras in an environment of its own."""
    python = Path(os.environ.get("SEEFOOD_KERAS_PYTHON", sys.executable))
    options.add_argument("--peers", type=Path, default=CHECKOUT.parent / "shared" / "peers", metavar="FOLDER")
    options.add_argument("--keras-python", type=Path, default=python, metavar="PYTHON")


def photos_in(folder: Path) -> Path:
    """The folder, which has to be there."""
    if not folder.is_dir():
        sys.exit(f"{folder}: expected a folder of photos; found none; name another with --data or SEEFOOD_DATA")
    return folder


class Keras:
    """The peers' scripts, run by the interpreter that has Keras; ``missing`` says why they cannot be."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._python, self._folder = arguments.keras_python, arguments.peers
        self.missing = None if self._is_here() else f"no Keras in {self._python} or no {self._folder}"

    def _is_here(self) -> bool:
        if not (os.access(self._python, os.X_OK) and self._folder.is_dir()):
            return False
        look = "import importlib.util, sys; sys.exit(not all(map(importlib.util.find_spec, ('keras', 'tensorflow'))))"
        return subprocess.run([self._python, "-c", look], check=False).returncode == 0

    def command(self, script: str, *arguments: str | Path) -> list[str]:
        return [str(self._python), str(self._folder / script), *map(str, arguments)]

    def versions(self) -> str:
        if self.missing is not None:
            return f"peers left out: {self.missing}"
        ask = "from importlib.metadata import version; print(*map(version, ('keras', 'tensorflow_cpu')))"
        return "peer: Keras {} on TensorFlow {}".format(*run([str(self._python), "-c", ask]).output.split())


def machine(*packages: str) -> str:
    """What the figures were measured with, in two lines."""
    names = ("numpy", "onnxruntime", *packages)
    return (
        f"{_processor()}, {cores()} cores; load {os.getloadavg()[0]:.2f} at the start\n"
        f"{platform.platform()}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in names)
    )


def cores() -> int:
    """How many this process may use."""
    available = getattr(os, "sched_getaffinity", None)
    return len(available(0)) if available else os.cpu_count() or 1


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def seefood(*arguments: str | Path) -> list[str]:
    """The command as a person types it."""
    found = shutil.which("seefood", path=str(Path(sys.executable).parent))
    start = [found] if found else [sys.executable, "-m", "seefood"]
    return [*start, *map(str, arguments)]


@dataclass(frozen=True)
class Run:
    """One whole process: seconds from outside, those that processors were busy with it, and what it printed."""

    seconds: float
    processor_seconds: float
    output: str

    def json(self) -> Any:
        return json.loads(self.output)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.splitlines()]


def run(command: Sequence[str], cache: Path | None = None) -> Run:
    """Run a command to its end; ``cache`` is the folder in which seefood keeps things."""
    environment = dict(os.environ) if cache is None else os.environ | {"SEEFOOD_CACHE": str(cache)}
    begin, begin_of_processors = time.perf_counter(), _processor_seconds()
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    seconds, processor_seconds = time.perf_counter() - begin, _processor_seconds() - begin_of_processors
    if finished.returncode:
        last = finished.stderr.strip().splitlines()[-1:] or ["nothing said"]
        sys.exit(f"{' '.join(command)}: expected it to work; it ended with {finished.returncode}: {last[0]}")
    return Run(seconds, processor_seconds, finished.stdout)


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def peak_bytes(command: Sequence[str], cache: Path) -> int:
    """The most memory that a command had at once (resident, libraries included)."""
    return int(run([sys.executable, "-c", MEMORY_OF, *command], cache).output)


@contextmanager
def empty_folder() -> Iterator[Path]:
    """A temporary folder: for pictures, or for seefood's cache."""
    with tempfile.TemporaryDirectory(prefix="seefood-benchmark-") as folder:
        yield Path(folder)


@dataclass(frozen=True)
class Sample:
    """What was measured in each round."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def shown(self, unit: str) -> str:
        digits = 0 if min(self.values) >= 100 else 2 if min(self.values) >= 0.5 else 3
        low, middle, high = (f"{v:.{digits}f}" for v in (min(self.values), self.median, max(self.values)))
        unit = f" {unit}" if unit else ""
        return f"{middle}{unit} (lowest {low}, highest {high}, {len(self.values)} runs)"


def by_turns(measures: Mapping[str, Callable[[], Found]], rounds: int) -> dict[str, list[Found]]:
    """A B C, A B C, …: what each measure gave in each round."""
    found: dict[str, list[Found]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            found[name].append(measure())
    return found


def alternating(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, Sample]:
    """``by_turns`` for measures that give one number."""
    return {name: Sample(tuple(values)) for name, values in by_turns(measures, rounds).items()}


def times(runs: Sequence[Run]) -> Sample:
    """Seconds from outside, of each run."""
    return Sample(tuple(run.seconds for run in runs))


def shown(runs: Sequence[Run]) -> str:
    """Seconds from outside, and beside them what depends less on what else the machine does."""
    busy = Sample(tuple(run.processor_seconds for run in runs)).median
    return f"{times(runs).shown('s')}; {busy:.2f} s of processors"


def ratios(above: Sample, below: Sample) -> Sample:
    """Round by round, so that what slowed one round slowed both sides of its ratio."""
    return Sample(tuple(a / b for a, b in zip(above.values, below.values, strict=True)))


@dataclass
class Bars:
    """The bars of one script. A ratio of 1 or more meets its bar, whichever way the figure counts."""

    _met: list[str] = field(default_factory=list)
    _missed: list[str] = field(default_factory=list)
    _left_out: list[str] = field(default_factory=list)

    def at_least(self, name: str, found: float, bar: float, unit: str = "") -> None:
        self._judge(name, f"{found:.3g}{unit}, at least {bar:g}{unit} wanted", found / bar)

    def at_most(self, name: str, found: float, bar: float, unit: str = "") -> None:
        self._judge(name, f"{found:.3g}{unit}, at most {bar:g}{unit} wanted", bar / found if found else float("inf"))

    def left_out(self, name: str, why: str) -> None:
        self._left_out.append(name)
        print(f"  not measured   {name}: {why}")

    def _judge(self, name: str, found: str, ratio: float) -> None:
        met = ratio >= 1
        (self._met if met else self._missed).append(f"{name} ({ratio:.2f})")
        print(f"  {'PASS' if met else 'below the bar':14} {name}: {found}; ratio {ratio:.2f}")

    def conclude(self) -> None:
        """The last line."""
        print(f"load {os.getloadavg()[0]:.2f} at the end")
        beside = f"; not measured: {', '.join(self._left_out)}" if self._left_out else ""
        if self._missed:
            print(f"below the bar: {'; '.join(self._missed)}; {len(self._met)} others met{beside}")
        else:
            print(f"PASS: {'; '.join(self._met) or 'nothing measured'}{beside}")
