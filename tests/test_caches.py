"""Caches check themselves: what is damaged is made again, what cannot be used costs a warning and never a result."""

import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from doors import EXAMPLES, environment, seefood
from seefood.backbones.catalogue import open_backbone
from seefood.backbones.engine import Engine
from seefood.caches import BlobCache, CacheWarning, cache_folder
from seefood.errors import CacheError

BLOB = bytes(range(256)) * 8

BUILDING = """
import hashlib, warnings
import numpy as np
from seefood.backbones.catalogue import open_backbone
from seefood.backbones.engine import Engine
warnings.simplefilter("error")
opened = open_backbone()
features = Engine(opened.graph()).run(np.full((1, 224, 224, 3), 99, np.uint8), ("features",))[0]
print(hashlib.sha256(opened.graph()).hexdigest(), float(features.sum()))
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEEFOOD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def blobs(root: Path, name: str = "things") -> list[Path]:
    return sorted((root / name).glob("*.blob"))


def test_bytes_come_back_under_their_own_key() -> None:
    cache = BlobCache("things", 1 << 20)
    cache.put("one", BLOB)
    cache.put("on", b"")
    assert (cache.get("one"), cache.get("on"), cache.get("o")) == (BLOB, b"", None)


@pytest.mark.parametrize("length", [0, 1, len(BLOB) // 2, len(BLOB) - 1])
def test_a_file_that_was_cut_short_counts_as_absent_and_is_made_again(root: Path, length: int) -> None:
    cache = BlobCache("things", 1 << 20)
    cache.put("key", BLOB)
    (path,) = blobs(root)
    path.write_bytes(BLOB[:length])
    assert cache.get("key") is None
    assert blobs(root) == []
    cache.put("key", BLOB)
    assert cache.get("key") == BLOB


def test_a_single_changed_bit_counts_as_absent(root: Path) -> None:
    cache = BlobCache("things", 1 << 20)
    cache.put("key", BLOB)
    (path,) = blobs(root)
    changed = bytearray(BLOB)
    changed[1000] ^= 4
    path.write_bytes(changed)
    assert cache.get("key") is None


def test_a_good_file_is_found_beside_a_damaged_one(root: Path) -> None:
    cache = BlobCache("things", 1 << 20)
    cache.put("key", BLOB)
    for digest in ("0" * 16, "f" * 16):
        (root / "things" / f"key.{digest}.blob").write_bytes(b"garbage")
    assert cache.get("key") == BLOB


def test_beyond_the_limit_what_was_used_longest_ago_goes(root: Path) -> None:
    cache = BlobCache("things", 3 * len(BLOB))
    for age, key in ((50, "a"), (40, "b"), (30, "c")):
        cache.put(key, BLOB)
        (path,) = (root / "things").glob(f"{key}.*")
        os.utime(path, (time.time() - age, time.time() - age))
    assert cache.get("a") == BLOB  # which is used now, so that b is the oldest
    cache.put("d", BLOB)
    assert [cache.get(key) is not None for key in "abcd"] == [True, False, True, True]
    assert sum(path.stat().st_size for path in (root / "things").iterdir()) <= 3 * len(BLOB)


def test_what_is_larger_than_the_limit_is_not_kept(root: Path) -> None:
    cache = BlobCache("things", len(BLOB) - 1)
    cache.put("key", BLOB)
    assert cache.get("key") is None
    assert blobs(root) == []


def test_a_file_in_the_folders_place_is_a_warning(root: Path) -> None:
    root.write_bytes(b"a file")
    cache = BlobCache("things", 1 << 20)
    with pytest.warns(CacheWarning, match="set SEEFOOD_CACHE"):
        cache.put("key", BLOB)
    with pytest.warns(CacheWarning):
        assert cache.get("key") is None
    with pytest.raises(CacheError, match="expected a folder"):
        cache_folder("things")
    assert root.read_bytes() == b"a file"


@pytest.fixture
def tiny_disk(root: Path) -> Iterator[Path]:
    root.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(root)]
    try:
        mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("a small file system cannot be mounted here: it takes root and mount")
    yield root
    subprocess.run(["umount", str(root)], check=True)


def test_a_full_disk_is_a_warning_and_what_was_there_stays(tiny_disk: Path) -> None:
    cache = BlobCache("things", 1 << 30)
    cache.put("small", BLOB)
    with pytest.warns(CacheWarning, match="no space left"):
        cache.put("large", os.urandom(200_000))
    assert cache.get("large") is None
    assert cache.get("small") == BLOB
    assert len(list((tiny_disk / "things").iterdir())) == 1


# The whole program with a cache that is no use. What it says about a picture must be the same.

PICTURE = EXAMPLES / "photos" / "espresso.jpg"


def right(out: str) -> bool:
    return '"verdict": "espresso"' in out


def test_the_program_works_on_a_full_disk(tiny_disk: Path) -> None:
    outcome = seefood("classify", PICTURE, "--json", cache=tiny_disk)
    assert outcome.status == 0
    assert right(outcome.out)
    assert "no space left" in outcome.complaint


def test_the_program_works_with_a_file_in_the_caches_place(root: Path) -> None:
    root.write_bytes(b"")
    outcome = seefood("classify", PICTURE, "--json", cache=root)
    assert outcome.status == 0
    assert right(outcome.out)
    assert "without the cache" in outcome.complaint


def test_the_program_works_where_it_may_write_nothing(root: Path) -> None:
    root.mkdir(mode=0o555)
    outcome = seefood("classify", PICTURE, "--json", cache=root / "inside", ordinary=True)
    assert outcome.status == 0
    assert right(outcome.out)
    assert "permission denied" in outcome.complaint
    assert list(root.iterdir()) == []


def test_two_processes_that_begin_with_an_empty_cache_build_the_same(root: Path) -> None:
    command = [sys.executable, "-c", BUILDING]
    running = [
        subprocess.Popen(command, env=environment(root), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    said = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], said
    assert len({out for out, _ in said}) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        opened = open_backbone()
        Engine(opened.graph())
    assert len(blobs(root, "backbones")) == 2  # the graph and its description, once
    assert not list(root.rglob("*.part"))


def test_damaged_graphs_in_the_cache_are_built_again(root: Path) -> None:
    pixels = np.full((1, 224, 224, 3), 99, np.uint8)
    first = Engine(open_backbone().graph()).run(pixels, ("features",))[0]
    kept = {path: path.read_bytes() for name in ("backbones", "optimised") for path in blobs(root, name)}
    assert len(kept) == 3
    for number, path in enumerate(kept):
        path.write_bytes((b"", kept[path][: len(kept[path]) // 2], b"garbage")[number])
    again = Engine(open_backbone().graph()).run(pixels, ("features",))[0]
    np.testing.assert_array_equal(first, again)
    made = {path: path.read_bytes() for name in ("backbones", "optimised") for path in blobs(root, name)}
    sizes = sorted(map(len, made.values()))
    assert sizes == sorted(map(len, kept.values()))  # the runtime orders an optimised graph anew each time


def test_an_optimised_graph_that_does_not_open_is_passed_over(root: Path) -> None:
    graph = open_backbone().graph()
    pixels = np.full((1, 224, 224, 3), 99, np.uint8)
    first = Engine(graph).run(pixels, ("features",))[0]
    (path,) = blobs(root, "optimised")
    key = path.name.split(".")[0]
    path.unlink()
    BlobCache("optimised", 1 << 30).put(key, b"kept as it was put, and no graph")
    np.testing.assert_allclose(Engine(graph).run(pixels, ("features",))[0], first, rtol=1e-5)
