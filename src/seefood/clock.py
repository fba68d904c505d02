"""How long the steps of long work take."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["Clock"]


@dataclass
class Clock:
    """Seconds by step, and in all from the moment it was made.

    >>> clock = Clock()
    >>> with clock.step("reading"):
    ...     pass
    >>> list(clock.finished())
    ['total', 'reading']
    """

    seconds: dict[str, float] = field(default_factory=dict)
    begin: float = field(default_factory=time.perf_counter)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Whatever happens inside counts as ``name``; a step that comes again is added up."""
        begin = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin

    def finished(self) -> dict[str, float]:
        """The steps, and all in all."""
        return {"total": time.perf_counter() - self.begin, **self.seconds}
