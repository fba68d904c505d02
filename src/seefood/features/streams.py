"""Work on a stream of items with several threads: results in order, memory bounded, nothing left running."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

__all__ = ["in_order", "usual_threads"]

Item = TypeVar("Item")
Result = TypeVar("Result")

PATIENCE = 0.1
"""Seconds."""
HANDFUL = 4
LATEST_SECONDS = 0.02
"""Who reads the results is woken for a handful of them or after this time: each time costs the work a little."""
WINDOW = 16
"""Results a thread may be ahead of the one that is read next, unless said otherwise; it bounds a stream's memory."""


def usual_threads() -> int:
    """As many as this process may use cores."""
    available = getattr(os, "sched_getaffinity", None)
    return len(available(0)) if available else os.cpu_count() or 1


def in_order(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int, ahead: int = WINDOW
) -> Iterator[Result]:
    """``map`` with threads, for functions that release Python's lock: results come in the order of the items.

    Items are taken one at a time, only as fast as results are read: each thread may be ``ahead`` of that. What
    ``function`` or ``items`` raises is raised here, in its place in the order; leaving early stops the threads after
    what they have in hand.

    >>> list(in_order(lambda number: number**2, range(5), threads=2))
    [0, 1, 4, 9, 16]
    """
    if threads < 1:
        raise ValueError(f"threads: expected 1 or more; found {threads}")
    stream = _Stream(function, iter(items), ahead * threads)
    workers = [threading.Thread(target=stream.work, daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    try:
        yield from stream.results()
    finally:
        stream.stop()
        for worker in workers:
            stream.leave(worker)


class _Stream(Generic[Item, Result]):
    """What the threads share. One lock guards the results; it is held for microseconds, between pictures."""

    def __init__(self, function: Callable[[Item], Result], items: Iterator[Item], window: int) -> None:
        self._function = function
        self._items = items
        self._window = window
        self._changed = threading.Condition()
        self._taking = threading.Lock()
        self._busy: set[threading.Thread] = set()
        self._taken = 0
        self._read = 0
        self._finished: dict[int, Result] = {}
        self._errors: dict[int, BaseException] = {}
        self._exhausted = False

    def work(self) -> None:
        """Take, compute, hand over, until there is nothing left to take."""
        while (numbered := self._take()) is not None:
            number, item = numbered
            self._busy.add(threading.current_thread())
            try:
                result = self._function(item)
            except BaseException as error:  # noqa: BLE001 -- handed to whoever reads the results
                self._fail(number, error)
            else:
                with self._changed:
                    self._finished[number] = result
                    if self._exhausted or len(self._finished) >= HANDFUL:
                        self._changed.notify_all()
            finally:
                self._busy.remove(threading.current_thread())

    def _take(self) -> tuple[int, Item] | None:
        with self._taking:  # a lock of its own: a source that lets wait holds up nobody who reads results
            with self._changed:
                self._changed.wait_for(lambda: self._exhausted or self._taken - self._read < self._window)
                if self._exhausted:
                    return None
            try:
                item = next(self._items)
            except StopIteration:
                self.stop()
                return None
            except BaseException as error:  # noqa: BLE001 -- handed to whoever reads the results
                self._fail(self._numbered(), error)
                return None
            return self._numbered(), item

    def _numbered(self) -> int:
        with self._changed:
            self._taken += 1
            return self._taken - 1

    def _fail(self, number: int, error: BaseException) -> None:
        with self._changed:
            self._errors[number] = error
            self._exhausted = True
            self._changed.notify_all()

    def results(self) -> Iterator[Result]:
        """The results as they come, in order."""
        while True:
            with self._changed:
                while not self._changed.wait_for(self._readable, LATEST_SECONDS):
                    pass
                if self._read in self._errors:
                    raise self._errors[self._read]
                if self._read not in self._finished:
                    return
                result = self._finished.pop(self._read)
                self._read += 1
                if self._read % (self._window // 2 or 1) == 0 or self._taken - self._read >= self._window - 1:
                    self._changed.notify_all()
            yield result

    def _readable(self) -> bool:
        here = self._read in self._finished or self._read in self._errors
        return here or (self._exhausted and self._read >= self._taken)

    def stop(self) -> None:
        """No thread takes another item."""
        with self._changed:
            self._exhausted = True
            self._changed.notify_all()

    def leave(self, worker: threading.Thread) -> None:
        """Wait for a thread to end what it has in hand; not for one that the source of items lets wait."""
        worker.join(PATIENCE)
        while worker in self._busy:
            worker.join(PATIENCE)
