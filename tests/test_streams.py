"""Work in threads: results in order, memory bounded, errors in their place, nothing left running."""

import itertools
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from typing import TypeVar, cast

import pytest

from seefood.features.streams import WINDOW, in_order, usual_threads

MANY = 4

Item = TypeVar("Item")
Result = TypeVar("Result")


def begun(function: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Generator[Result, None, None]:
    """The stream, as something that can be closed."""
    return cast("Generator[Result, None, None]", in_order(function, items, threads))


def reached(counter: "itertools.count[int]") -> int:
    """Where a counter stands, without moving it."""
    return int(repr(counter).removeprefix("count(").removesuffix(")"))


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive()


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_results_are_those_of_map(threads: int, count: int) -> None:
    assert list(in_order(lambda number: number * 3, range(count), threads)) == [3 * x for x in range(count)]


@pytest.mark.parametrize("threads", [1, MANY])
def test_delays_do_not_change_the_order(threads: int) -> None:
    generator = random.Random(11)
    delays = [generator.choice((0, 0, 0.0005, 0.003)) for _ in range(400)]

    def slowly(number: int) -> int:
        time.sleep(delays[number])
        return number

    def reader() -> Iterator[int]:
        for number in in_order(slowly, range(len(delays)), threads):
            time.sleep(generator.choice((0, 0, 0, 0.001)))
            yield number

    assert list(reader()) == list(range(len(delays)))


def test_threads_work_at_the_same_time() -> None:
    """Each of them waits for all the others, which would never end one after the other."""
    together = threading.Barrier(MANY, timeout=10)
    assert len(set(in_order(lambda _: together.wait(), range(MANY), MANY))) == MANY


def test_nothing_begins_before_the_first_result_is_asked_for() -> None:
    touched: list[int] = []

    def watched(number: int) -> int:
        touched.append(number)
        return number

    stream = begun(lambda number: number, map(watched, range(9)), 2)
    time.sleep(0.02)
    assert touched == []
    assert next(stream) == 0
    stream.close()


@pytest.mark.parametrize("threads", [1, MANY])
def test_items_are_taken_only_a_bounded_way_ahead_of_an_endless_source(threads: int) -> None:
    taken = itertools.count()
    highest = 0
    stream = begun(lambda number: number, (next(taken) for _ in itertools.repeat(None)), threads)
    for read, number in zip(range(1, 500), stream, strict=False):
        assert number == read - 1
        if read % 100 == 0:
            time.sleep(0.02)  # so that the threads run as far ahead as they may
        highest = max(highest, reached(taken) - read)
    stream.close()
    assert 0 <= highest <= WINDOW * threads + 1


def test_finished_results_do_not_pile_up_behind_a_slow_one() -> None:
    done = itertools.count()

    def work(number: int) -> int:
        while number == 0 and reached(done) < WINDOW:
            time.sleep(0.001)
        time.sleep(0.05 * (number == 0))
        next(done)
        return number

    stream = begun(work, itertools.count(), MANY)
    assert next(stream) == 0
    finished = reached(done)
    stream.close()
    assert WINDOW <= finished <= 2 * WINDOW * MANY


@pytest.mark.parametrize("threads", [1, MANY])
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
def test_what_the_function_raises_comes_in_its_place(threads: int, kind: type[BaseException]) -> None:
    def work(number: int) -> int:
        time.sleep(0.001 * (number % 3))
        if number == 20:
            raise kind("at 20")
        return number

    seen: list[int] = []

    def read() -> None:
        for number in in_order(work, range(100), threads):
            seen.append(number)  # noqa: PERF402 -- what was read before the error counts

    with pytest.raises(kind, match="at 20"):
        read()
    assert seen == list(range(20))


@pytest.mark.parametrize("threads", [1, MANY])
def test_of_two_errors_the_first_in_order_is_raised(threads: int) -> None:
    def work(number: int) -> int:
        if number == 5:
            time.sleep(0.02)  # the later one has happened by then
        if number in {5, 6}:
            raise ValueError(f"at {number}")
        return number

    with pytest.raises(ValueError, match="at 5"):
        list(in_order(work, range(50), threads))


@pytest.mark.parametrize("threads", [1, MANY])
def test_what_the_source_raises_comes_behind_the_results_of_what_it_gave(threads: int) -> None:
    def source() -> Iterator[int]:
        yield from range(7)
        raise LookupError("no more")

    stream = begun(lambda number: number, source(), threads)
    assert [next(stream) for _ in range(7)] == list(range(7))
    with pytest.raises(LookupError, match="no more"):
        next(stream)


@pytest.mark.parametrize("read", [1, 3, 40])
def test_leaving_early_ends_the_threads(read: int) -> None:
    before = threading.active_count()
    started = itertools.count()
    stream = begun(lambda _: next(started), itertools.count(), MANY)
    for _ in range(read):
        next(stream)
    assert threading.active_count() == before + MANY
    stream.close()
    assert threading.active_count() == before
    at_the_end = reached(started)
    time.sleep(0.02)
    assert reached(started) == at_the_end


def test_a_stream_that_was_never_read_leaves_nothing() -> None:
    before = threading.active_count()
    begun(lambda number: number, itertools.count(), MANY).close()
    assert threading.active_count() == before


def test_many_streams_one_after_the_other_and_inside_each_other() -> None:
    before = threading.active_count()

    def row(x: int) -> list[int]:
        return list(in_order(lambda y: x * y, range(5), 2))

    for number in range(40):
        stream = begun(row, range(4), 3)
        assert list(itertools.islice(stream, 1 + number % 4)) == [
            [x * y for y in range(5)] for x in range(1 + number % 4)
        ]
        stream.close()
    assert threading.active_count() == before


INTERRUPTED = """
import itertools, os, signal, sys, threading, time
from seefood.features.streams import in_order

def interrupt_soon():
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()

def source():
    interrupt_soon()
    yield from range(1)
    if sys.argv[1] == "source":
        time.sleep(30)
    yield from itertools.count(1)

def work(number):
    time.sleep(0.01 if sys.argv[1] == "function" else 0)
    return number

try:
    for number in in_order(work, source(), 4):
        time.sleep(0.01 if sys.argv[1] == "reader" else 0)
except KeyboardInterrupt:
    running = threading.active_count() - 1
    print("left", running)
    os._exit(0)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals as on Unix")
@pytest.mark.parametrize(("slow", "left"), [("function", 0), ("reader", 0), ("source", 4)])
def test_an_interrupt_gets_through_and_ends_the_threads(slow: str, left: int) -> None:
    """Those that wait for the source cannot be ended: a list on stdin may come from a program that takes its time."""
    command = [sys.executable, "-c", INTERRUPTED, slow]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            said, _ = process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    kind, running = said.split()
    assert kind == "left"
    assert int(running) <= left


def test_a_source_that_lets_wait_does_not_hold_back_results() -> None:
    more = threading.Event()

    def source() -> Iterator[int]:
        yield from range(5)
        more.wait(4)
        yield 5

    begin = time.monotonic()
    stream = begun(lambda number: number, source(), 3)
    assert [next(stream) for _ in range(5)] == list(range(5))
    waited = time.monotonic() - begin
    more.set()
    assert list(stream) == [5]
    assert waited < 3


@pytest.mark.parametrize("threads", [0, -1])
def test_no_threads_are_refused(threads: int) -> None:
    with pytest.raises(ValueError, match="expected 1 or more"):
        next(in_order(lambda number: number, range(3), threads))


def fails_at(place: int, number: int) -> int:
    return number if number != place else 1 // 0


@pytest.mark.parametrize("threads", [1, 3, 16])
def test_under_stress_nothing_is_lost_doubled_or_stuck(threads: int) -> None:
    """Python switches threads as often as it can, so that what is not guarded comes apart."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for seed in range(12):
            generator = random.Random(seed)
            count, fails = generator.randrange(300), generator.random() < 0.4
            at = generator.randrange(count) if fails and count else -1
            failing = partial(fails_at, at)
            seen: list[int] = []
            try:
                for number in in_order(failing, range(count), threads):
                    seen.append(number)  # noqa: PERF402 -- as above
            except ZeroDivisionError:
                assert at >= 0
            assert seen == list(range(count if at < 0 else at))
    finally:
        sys.setswitchinterval(interval)


def test_usual_threads_are_the_cores_that_may_be_used() -> None:
    assert 1 <= usual_threads() <= (os.cpu_count() or 1)
