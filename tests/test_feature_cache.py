"""Vectors that were kept come back as they were, or not at all; whatever happens to the file."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image

from doors import card, coloured, small_proto
from planted import scene
from seefood.backbones.catalogue import Backbone
from seefood.backbones.network import Depth, Network
from seefood.caches import CacheWarning
from seefood.errors import BackboneError
from seefood.features import cache as module
from seefood.features import extraction
from seefood.features.cache import FeatureCache
from seefood.features.extraction import Extractor
from seefood.features.looks import Look, look_at, look_key, looks
from seefood.files import digest_of_bytes

Array = np.ndarray[Any, np.dtype[Any]]
LENGTH = 500


def vector(number: int) -> Array:
    return np.random.default_rng(number).normal(size=LENGTH).astype(np.float32)


def key(number: int) -> bytes:
    return b"key %d" % number


def filled(path: Path, numbers: range) -> None:
    cache = FeatureCache(path)
    cache.put([(key(number), vector(number)) for number in numbers])
    cache.close()


def held(path: Path, numbers: range) -> list[int]:
    """Which of the numbers are kept; a vector that is not the one that was put in fails the test."""
    cache = FeatureCache(path)
    found = {number: cache.get(key(number)) for number in numbers}
    cache.close()
    for number, kept in found.items():
        assert kept is None or np.array_equal(kept, vector(number)), f"vector {number} came back changed"
    return [number for number, kept in found.items() if kept is not None]


@pytest.fixture(autouse=True)
def warnings_are_errors() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error", CacheWarning)
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "features.sqlite"


def test_vectors_come_back_bit_for_bit_in_another_process_run(path: Path) -> None:
    odd = np.array([0.0, -0.0, np.inf, np.nan, 1e-45, 3.4e38], np.float32)
    cache = FeatureCache(path)
    cache.put([(b"odd", odd), (b"none", np.zeros(0, np.float32))])
    cache.close()
    again = FeatureCache(path)
    kept = again.get(b"odd")
    assert kept is not None
    assert kept.tobytes() == odd.tobytes()
    assert kept.dtype == np.float32
    empty = again.get(b"none")
    assert empty is not None
    assert len(empty) == 0
    assert again.get(b"od") is None


def test_what_is_put_twice_is_what_was_put_last(path: Path) -> None:
    cache = FeatureCache(path)
    cache.put([(b"key", vector(0))])
    cache.put([(b"key", vector(1))])
    np.testing.assert_array_equal(cache.get(b"key"), vector(1))


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1203])
def test_many_are_found_as_one_by_one(path: Path, count: int) -> None:
    cache = FeatureCache(path)
    keys = [key(number) for number in range(count)]
    cache.put([(one, vector(number)) for number, one in enumerate(keys) if number % 3])
    asked = [keys[number] for number in np.random.default_rng(0).integers(0, count, count)] if count else []
    for one, found in zip(asked, cache.get_many(asked), strict=True):
        np.testing.assert_array_equal(found, cache.get(one))
    assert sum(found is None for found in cache.get_many(keys)) == -(-count // 3)


def test_threads_read_and_write_at_once(path: Path) -> None:
    cache = FeatureCache(path)
    problems: list[BaseException] = []

    def work(first: int) -> None:
        try:
            for number in range(first, first + 20):
                cache.put([(key(number), vector(number))])
                np.testing.assert_array_equal(cache.get(key(number)), vector(number))
        except BaseException as error:  # noqa: BLE001 -- shown below
            problems.append(error)

    threads = [threading.Thread(target=work, args=(20 * number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cache.close()
    assert problems == []
    assert held(path, range(120)) == list(range(120))


WRITING = """
import sys, warnings
from pathlib import Path
import numpy as np
from seefood.features.cache import FeatureCache
warnings.simplefilter("error")
cache = FeatureCache(Path(sys.argv[1]))
def vector(number):
    return np.random.default_rng(number).normal(size=500).astype(np.float32)
for number in range(int(sys.argv[2]), int(sys.argv[3]), 5):
    cache.put([(b"key %d" % n, vector(n)) for n in range(number, number + 5)])
    print(number, flush=True)
"""


def writing(path: Path, first: int, end: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", WRITING, str(path), str(first), str(end)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_processes_that_begin_and_write_at_once_lose_nothing(path: Path) -> None:
    writers = [writing(path, 100 * number, 100 * number + 100) for number in range(3)]
    said = [writer.communicate(timeout=60) for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0], said
    assert held(path, range(300)) == list(range(300))


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_a_kill_in_the_middle_of_writing_leaves_whole_batches(path: Path) -> None:
    generator = np.random.default_rng(3)
    for attempt in range(3):
        first = 10_000 * attempt
        writer = writing(path, first, first + 10_000)
        assert writer.stdout is not None
        assert writer.stdout.readline().strip() == str(first)
        time.sleep(generator.uniform(0, 0.03))
        writer.send_signal(signal.SIGKILL)
        said, _ = writer.communicate()
        acknowledged = int(said.splitlines()[-1]) if said.splitlines() and said.endswith("\n") else first
        kept = held(path, range(first, first + 10_000))
        assert len(kept) % 5 == 0
        assert kept == list(range(first, first + len(kept)))
        assert len(kept) >= acknowledged - first + 5


def damages(content: bytes) -> dict[str, bytes]:
    generator = np.random.default_rng(8)
    return {
        "empty": b"",
        "garbage": generator.bytes(20_000),
        "half": content[: len(content) // 2],
        "header": b"\0" * 100 + content[100:],
        "tail": content[:-3000] + generator.bytes(3000),
        "page": content[:8192] + b"\xff" * 4096 + content[12288:],
        "zeros": bytes(len(content)),
    }


@pytest.mark.parametrize("kind", sorted(damages(b"")))
def test_a_damaged_file_costs_a_warning_and_is_begun_anew(path: Path, kind: str) -> None:
    filled(path, range(50))
    path.write_bytes(damages(path.read_bytes())[kind])
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        cache = FeatureCache(path)
        for number in range(50):
            kept = cache.get(key(number))
            assert kept is None or np.array_equal(kept, vector(number))
        cache.put([(key(number), vector(number)) for number in range(60)])
        cache.close()
        filled(path, range(60))
        filled(path, range(60))
    assert held(path, range(60)) == list(range(60))


def test_bytes_that_a_disk_changed_are_noticed_and_put_right(path: Path) -> None:
    filled(path, range(8))
    content = path.read_bytes()
    at = content.index(vector(5).tobytes()[:64])
    path.write_bytes(content[:at] + b"\x01\x02\x03\x04" + content[at + 4 :])
    assert held(path, range(8)) == [0, 1, 2, 3, 4, 6, 7]
    filled(path, range(5, 6))
    assert held(path, range(8)) == list(range(8))


@pytest.mark.parametrize("length", [0, 1, 3, 4, 2001])
def test_a_vector_of_a_length_that_cannot_be_counts_as_absent(path: Path, length: int) -> None:
    filled(path, range(2))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE vectors SET vector = ? WHERE key = ?", (bytes(length), key(1)))
    connection.close()
    assert held(path, range(2)) == [0]


def test_a_file_that_another_program_holds_costs_a_warning(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.1)
    filled(path, range(5))
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("DELETE FROM vectors WHERE key = ?", (key(0),))
    with pytest.warns(CacheWarning, match="locked"):
        cache = FeatureCache(path)
    cache.put([(key(9), vector(9))])
    assert cache.get(key(1)) is None
    holder.execute("ROLLBACK")
    holder.close()
    cache.close()
    assert held(path, range(10)) == list(range(5))


def test_a_writer_waits_for_another(path: Path) -> None:
    filled(path, range(5))
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    threading.Timer(0.2, holder.execute, ("COMMIT",)).start()
    cache = FeatureCache(path)
    cache.put([(key(9), vector(9))])
    np.testing.assert_array_equal(cache.get(key(9)), vector(9))
    cache.close()
    holder.close()


@pytest.mark.parametrize("in_the_way", ["file", "folder"])
def test_no_place_for_the_cache_costs_a_warning(tmp_path: Path, in_the_way: str) -> None:
    if in_the_way == "file":
        (tmp_path / "file").write_bytes(b"")
        path = tmp_path / "file" / "features.sqlite"
    else:
        path = tmp_path / "folder"
        path.mkdir()
    with pytest.warns(CacheWarning, match="feature cache"):
        cache = FeatureCache(path)
    cache.put([(b"key", vector(0))])
    assert cache.get(b"key") is None


def test_the_file_stays_near_its_limit_and_the_oldest_go_first(path: Path) -> None:
    limit = 200 * vector(0).nbytes
    cache = FeatureCache(path, limit)
    for number in range(0, 1000, 5):
        cache.put([(key(n), vector(n)) for n in range(number, number + 5)])
    cache.close()
    assert path.stat().st_size < 1.3 * limit
    kept = held(path, range(1000))
    assert kept == list(range(kept[0], 1000))
    assert 100 < len(kept) <= 260


def test_the_limit_holds_where_vectors_are_put_again_and_again(path: Path) -> None:
    limit = 100 * vector(0).nbytes
    cache = FeatureCache(path, limit)
    generator = np.random.default_rng(1)
    for _ in range(300):
        chosen = [0, *generator.integers(0, 2000, 3).tolist()]
        cache.put([(key(number), vector(number)) for number in chosen])
    cache.close()
    assert path.stat().st_size < 1.5 * limit


# What a vector depends on: the file's content and the network, and nothing else.


class Counting:
    """A backbone whose graph is asked for only where something is computed."""

    def __init__(self, **changes: Any) -> None:
        network = Network("mean", card().preprocessing, "0" * 64, (Depth("features", 3, 1, 1, ()),), (1,))
        self.opened = 0
        unlike_any = uuid4().hex  # so that the graph is asked for, not found among those that were optimised before
        self.backbone = Backbone(replace(network, **changes), self.graph, unlike_any)

    def graph(self) -> bytes:
        self.opened += 1
        return bytes(small_proto(side=self.backbone.network.preprocessing.height).SerializeToString())

    def vectors(self, folder: Path) -> list[Array | None]:
        extractor = Extractor(self.backbone, threads=2, cache=FeatureCache(folder.parent / "features.sqlite"))
        return [row.vector for row in extractor.rows(sorted(folder.rglob("*.png")))]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEEFOOD_CACHE", str(tmp_path / "cache"))
    return coloured(tmp_path / "pictures", 4)


def computes(folder: Path, **changes: Any) -> bool:
    counting = Counting(**changes)
    counting.vectors(folder)
    return counting.opened > 0


def test_the_second_time_nothing_is_computed_and_the_vectors_are_the_same(folder: Path) -> None:
    first, again = Counting(), Counting()
    computed = first.vectors(folder)
    assert first.opened > 0
    kept = again.vectors(folder)
    assert again.opened == 0
    for one, other in zip(computed, kept, strict=True):
        assert one is not None
        np.testing.assert_array_equal(one, other)


def test_names_and_places_of_files_do_not_matter_but_their_content_does(folder: Path) -> None:
    assert computes(folder)
    (folder / "red").rename(folder / "crimson")
    (folder / "crimson" / "000.png").rename(folder / "crimson" / "renamed.png")
    assert not computes(folder)
    changed = folder / "crimson" / "renamed.png"
    changed.write_bytes(changed.read_bytes() + b"\0")
    assert computes(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "median"},
        {"weights": "1" * 64},
        {"preprocessing": replace(card().preprocessing, resampling="box")},
        {"preprocessing": replace(card().preprocessing, crop=0.5)},
        {"preprocessing": replace(card().preprocessing, rule="pad")},
    ],
)
def test_another_network_or_preprocessing_has_vectors_of_its_own(folder: Path, changes: dict[str, Any]) -> None:
    assert computes(folder)
    assert computes(folder, **changes)
    assert not computes(folder)
    assert not computes(folder, **changes)


def test_a_broken_picture_is_a_row_with_an_error_and_the_others_are_kept(folder: Path) -> None:
    (folder / "red" / "001.png").write_bytes(b"no picture")
    counting = Counting()
    cache = FeatureCache(folder.parent / "features.sqlite")
    rows = list(Extractor(counting.backbone, threads=2, cache=cache).rows(sorted(folder.rglob("*.png"))))
    failed = [row for row in rows if row.vector is None]
    assert [row.path.name for row in failed] == ["001.png"]
    assert "no picture" not in str(failed[0].error)
    assert str(failed[0].path) in str(failed[0].error)
    assert len(rows) == 12


def test_what_was_computed_before_an_early_end_is_kept(folder: Path) -> None:
    counting = Counting()
    cache = FeatureCache(folder.parent / "features.sqlite")
    rows = Extractor(counting.backbone, threads=1, cache=cache).rows(sorted(folder.rglob("*.png")))
    for _ in range(5):
        next(rows)
    rows.close()
    connection = sqlite3.connect(folder.parent / "features.sqlite")
    assert connection.execute("SELECT count(*) FROM vectors").fetchone()[0] >= 5
    connection.close()


@pytest.mark.parametrize("rotated", [1, 6])
def test_what_pictures_look_like_is_seen_while_they_are_decoded_and_is_the_same_look(
    rotated: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEEFOOD_CACHE", str(tmp_path / "cache"))
    exif = Image.Exif()
    exif[0x0112] = rotated
    paths = [tmp_path / "photo.jpg", tmp_path / "drawing.png"]
    for path, size in zip(paths, ((900, 640), (300, 200)), strict=True):
        scene(np.random.default_rng(0), *size).save(path, exif=exif)
    digests = [digest_of_bytes(path.read_bytes()) for path in paths]
    expected = [look_at(path.read_bytes()) for path in paths]
    covers_as_looks_do = replace(card().preprocessing, height=224, width=224, crop=0.875)
    for preprocessing, seen in ((covers_as_looks_do, True), (card().preprocessing, False)):
        cache = FeatureCache(tmp_path / f"{seen}.sqlite")
        rows = Extractor(Counting(preprocessing=preprocessing).backbone, 2, cache).rows(paths)
        assert all(row.vector is not None for row in rows)
        kept = [Look.from_vector(cache.get(look_key(digest))) for digest in digests]
        assert [look is not None for look in kept] == [seen, seen]
        for one, other in zip(looks(paths, digests, cache), expected, strict=True):
            assert one is not None
            assert one.to_vector().tobytes() == other.to_vector().tobytes()
        cache.close()


def test_a_network_that_cannot_be_opened_ends_the_stream_with_its_error(folder: Path) -> None:
    broken = replace(Counting().backbone, graph=lambda: b"no graph")
    with pytest.raises(BackboneError, match="ONNX Runtime"):
        next(Extractor(broken, threads=2).rows(sorted(folder.rglob("*.png"))))


def test_a_network_that_could_not_be_opened_is_tried_again(folder: Path) -> None:
    counting = Counting()
    failed: list[int] = []

    def first_time_too_little_memory() -> bytes:
        if not failed:
            failed.append(1)
            raise MemoryError
        return counting.graph()

    extractor = Extractor(replace(counting.backbone, graph=first_time_too_little_memory), threads=2)
    paths = sorted(folder.rglob("*.png"))
    with pytest.raises(MemoryError):
        list(extractor.rows(paths))
    assert all(row.vector is not None for row in extractor.rows(paths))


def test_many_more_files_than_are_made_ready_at_first_come_in_their_order(folder: Path) -> None:
    paths = sorted(folder.rglob("*.png")) * 20
    assert len(paths) > 2 * extraction.FIRST
    extractor = Extractor(Counting().backbone, threads=3)
    for _ in range(2):  # the network is open the second time
        rows = list(extractor.rows(paths))
        assert [row.path for row in rows] == paths
        vectors = [row.vector for row in rows if row.vector is not None]
        assert len(vectors) == len(paths)
        assert all(np.array_equal(one, other) for one, other in zip(vectors, vectors[12:], strict=False))
