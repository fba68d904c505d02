"""Near duplicates: altered copies are found, other pictures are not, in few comparisons and bounded memory."""

import io
import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from planted import altered, scene
from seefood.errors import ShapeError
from seefood.features import FeatureCache
from seefood.features.looks import SIDE, Look, look_at, looks
from seefood.files import digest_of_bytes
from seefood.inspection import candidates, copies, find_copies
from seefood.inspection.alignment import align, shrunk
from seefood.inspection.candidates import nearest_pairs, projected
from seefood.inspection.groups import joined, merged, mixed
from seefood.inspection.likeness import EVERY, WORTH, Likeness, likeness

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def jpeg(image: Image.Image, quality: int = 90) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def grey(image: Image.Image) -> np.ndarray:
    return look_at(jpeg(image)).grey


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


# Looks.


def test_a_look_is_the_whole_picture_from_afar_whatever_its_format() -> None:
    image = scene(np.random.default_rng(0), 120, 180)
    png = io.BytesIO()
    image.save(png, "PNG")
    expected = np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.BILINEAR), float)
    for data in (jpeg(image, 95), png.getvalue()):
        look = look_at(data)
        assert (look.height, look.width, look.damaged) == (120, 180, False)
        assert look.contrast == pytest.approx(expected.std(), abs=1)
        stretched = (expected - expected.min()) * 255 / np.ptp(expected)
        assert np.abs(look.grey - stretched).mean() < 3


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_look_is_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = scene(np.random.default_rng(1), 90, 130)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=95, exif=exif)
    upright = (
        image.transpose(
            {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_270, 8: Image.Transpose.ROTATE_90}[orientation]
        )
        if orientation > 1
        else image
    )
    look = look_at(file.getvalue())
    assert (look.height, look.width) == (upright.height, upright.width)
    assert np.abs(look.grey.astype(float) - grey(upright)).mean() < 4


def test_stray_bytes_count_as_damage() -> None:
    data = jpeg(scene(np.random.default_rng(2)))
    at = data.index(b"\xff\xda")
    assert not look_at(data).damaged
    assert look_at(data[:at] + b"\x00\x01\x02" + data[at:]).damaged


def test_no_pairs_are_alike_in_no_way() -> None:
    none = np.zeros((0, SIDE, SIDE), np.uint8)
    for least in (WORTH, EVERY):
        assert likeness(none, none, 2, least).edges.shape == likeness(none, none, 1, least).unmoved.shape == (0,)


def test_the_second_time_no_file_is_opened(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.jpg" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(jpeg(scene(np.random.default_rng(number))))
    digests = [digest_of_bytes(path.read_bytes()) for path in paths]
    cache = FeatureCache(tmp_path / "cache.sqlite")
    assert list(looks(paths[:1], digests[1:2], cache)) == [None]  # no longer the file that it was
    first = list(looks(paths, digests, cache, 2))
    for path in paths:
        path.unlink()
    again = list(looks(paths, digests, cache, 2))
    for one, other in zip(first, again, strict=True):
        assert isinstance(one, Look)
        assert isinstance(other, Look)
        assert one.to_vector().tobytes() == other.to_vector().tobytes()
    cache.close()


# Laying one picture over another.


def test_align_finds_how_a_cut_out_lies_in_the_whole() -> None:
    image = scene(np.random.default_rng(3), 240, 240)
    whole = np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)
    left, top, right, bottom = 12, 24, 216, 234
    part = image.crop((left, top, right, bottom))
    part_grey = np.asarray(part.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)
    places = None
    for factor in (4, 2, 1):  # coarse to fine, as it is meant
        found = align(shrunk(part_grey[np.newaxis], factor), shrunk(whole[np.newaxis], factor), places, steps=10)
        places = found.places
    # A point x of the cut-out, in its half sides, lies at scale * x + shift of the whole.
    scale = ((bottom - top) / 240, (right - left) / 240)
    shift = ((top + bottom) / 240 - 1, (left + right) / 240 - 1)
    assert np.allclose(found.places[0], [*scale, *shift], atol=0.01)
    assert found.correlation[0] > 0.9
    assert found.overlap[0] == 1


def test_shrunk_is_the_mean() -> None:
    pixels = np.random.default_rng(4).integers(0, 256, (2, 12, 12), np.uint8)
    expected = [
        [[pixels[n, 3 * i : 3 * i + 3, 3 * j : 3 * j + 3].mean() for j in range(4)] for i in range(4)] for n in (0, 1)
    ]
    assert np.allclose(shrunk(pixels, 3), expected)


def test_altered_copies_are_alike_and_other_pictures_are_not() -> None:
    generator = np.random.default_rng(5)
    images = [scene(generator, int(generator.integers(120, 300)), int(generator.integers(120, 300))) for _ in range(60)]
    originals = np.stack([grey(image) for image in images])
    changed = np.stack([look_at(altered(image, generator)[0]).grey for image in images])
    alike = likeness(originals, changed).edges
    assert (alike >= 0.85).mean() >= 0.95
    assert likeness(originals, np.roll(originals, 1, axis=0)).edges.max() < 0.7


def test_a_mirrored_copy_is_alike_and_one_upside_down_is_not() -> None:
    image = scene(np.random.default_rng(6))
    originals = grey(image)[np.newaxis]
    mirrored = grey(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))[np.newaxis]
    turned = grey(image.transpose(Image.Transpose.FLIP_TOP_BOTTOM))[np.newaxis]
    assert likeness(originals, mirrored).edges[0] > 0.95
    assert likeness(originals, mirrored).unmoved[0]
    assert likeness(originals, turned).edges[0] < 0.7


def test_the_same_thing_in_another_colour_is_no_copy(tmp_path: Path, cache: FeatureCache) -> None:
    generator = np.random.default_rng(18)
    files: dict[str, bytes] = {}
    for number in range(4):
        image = scene(generator)
        tinted = Image.blend(image, Image.new("RGB", image.size, "red"), 0.4)
        files |= {f"{number}.jpg": jpeg(image), f"again {number}.jpg": jpeg(image.resize((150, 150)))}
        files |= {f"red {number}.jpg": jpeg(tinted)}
    paths, digests = write(tmp_path, files)
    found = find_copies(paths, digests, np.ones((12, 4), np.float32), cache=cache).near
    assert found == ((0, 1), (3, 4), (6, 7), (9, 10))


@pytest.mark.parametrize(
    ("one", "other"), [("red", "orange"), ("navy", "black"), ("pink", "grey"), ("red", "blue"), ("maroon", "dimgrey")]
)
def test_a_product_in_two_colours_on_white_is_two_products(
    tmp_path: Path, cache: FeatureCache, one: str, other: str
) -> None:
    outline = [(60, 80), (120, 50), (180, 50), (240, 80), (215, 130), (190, 115), (190, 250), (110, 250), (110, 115)]
    files: dict[str, bytes] = {}
    for name, colour in (("one", one), ("other", other)):
        shirt = Image.new("RGB", (300, 300), "white")
        ImageDraw.Draw(shirt).polygon(outline, fill=colour)
        files |= {f"{name}.jpg": jpeg(shirt), f"{name} again.jpg": jpeg(shirt.resize((240, 240)))}
    paths, digests = write(tmp_path, files)
    found = find_copies(paths, digests, np.ones((4, 4), np.float32), cache=cache).near
    assert set(found) <= {(0, 1), (2, 3)}


def test_the_order_of_a_pair_does_not_matter() -> None:
    generator = np.random.default_rng(7)
    images = [scene(generator) for _ in range(20)]
    one = np.stack([grey(image) for image in images])
    other = np.stack([look_at(altered(image, generator)[0]).grey for image in images])
    assert ((likeness(one, other).edges > 0.85) == (likeness(other, one).edges > 0.85)).mean() >= 0.95


# Candidates.


def naive_pairs(queries: np.ndarray, keys: np.ndarray, count: int) -> set[tuple[int, int]]:
    pairs = set()
    for row, query in enumerate(queries):
        others = sorted((key for key in range(len(keys)) if key != row), key=lambda key: -float(keys[key] @ query))
        pairs |= {(min(row, key), max(row, key)) for key in others[:count]}
    return pairs


@pytest.mark.parametrize("count", [1, 3])
def test_nearest_pairs_are_those_of_a_loop(count: int) -> None:
    generator = np.random.default_rng(8)
    queries, keys = (unit(generator.normal(size=(40, 6))) for _ in range(2))
    found = nearest_pairs(queries, keys, count, generator)
    assert set(map(tuple, found.tolist())) == naive_pairs(queries, keys, count)


def test_small_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(9)
    points = unit(generator.normal(size=(50, 5)))
    whole = nearest_pairs(points, points, 2, generator)
    monkeypatch.setattr(candidates, "BLOCK_NUMBERS", 150)
    assert nearest_pairs(points, points, 2, generator).tolist() == whole.tolist()


def test_of_very_many_pictures_copies_are_still_candidates() -> None:
    """24,000 points in 64 directions, 200 of them with a copy nearby: compared in parts, without all pairs."""
    generator = np.random.default_rng(10)
    points = generator.normal(size=(24_000, 64)).astype(np.float32)
    originals = generator.choice(20_000, 200, replace=False)
    points[-200:] = points[originals] + 0.2 * generator.normal(size=(200, 64))
    directions = unit(points).astype(np.float16)
    pairs = set(map(tuple, nearest_pairs(directions, directions, 2, generator).tolist()))
    found = sum((int(original), 23_800 + number) in pairs for number, original in enumerate(originals))
    assert found >= 190


def test_projection_keeps_cosines() -> None:
    generator = np.random.default_rng(11)
    points = unit(generator.normal(size=(100, 1280)) + 1)
    small = unit(projected(points, generator).astype(np.float32))
    assert np.abs(small @ small.T - points @ points.T).max() < 0.35
    assert small.shape == (100, candidates.PROJECTED)


# Groups.


def test_a_chain_of_small_changes_is_not_one_group() -> None:
    frames = np.array(list(itertools.pairwise(range(30))))
    groups = merged(frames, lambda one, other: abs(one - other) <= 3)
    assert all(group[-1] - group[0] <= 8 for group in groups)
    assert merged(frames, lambda one, other: True) == [list(range(30))]


def test_joined_and_mixed() -> None:
    assert joined([[0, 1]], [[2, 3], [1, 5]], []) == [[0, 1, 5], [2, 3]]
    assert mixed([[0, 1], [2, 3]], ["a", None, "a", "b"]) == [[2, 3]]


# All together, with features that say nothing, or everything.


def write(folder: Path, files: dict[str, bytes]) -> tuple[list[Path], list[str]]:
    paths = []
    for name, data in files.items():
        (folder / name).write_bytes(data)
        paths.append(folder / name)
    return paths, [digest_of_bytes(path.read_bytes()) for path in paths]


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "cache.sqlite")


def test_copies_are_found_by_features_and_by_looks(tmp_path: Path, cache: FeatureCache) -> None:
    generator = np.random.default_rng(12)
    images = [scene(generator) for _ in range(30)]
    files = {f"{number:02}.jpg": jpeg(image) for number, image in enumerate(images)}
    files |= {f"copy {number:02}.jpg": altered(images[number], generator)[0] for number in range(8)}
    files |= {"same.jpg": files["05.jpg"]}
    paths, digests = write(tmp_path, files)
    truth = {(number, 30 + number) for number in range(8)} | {(5, 38)}
    useful = generator.normal(size=(39, 32)).astype(np.float32)
    for one, other in truth:
        useful[other] = useful[one] + 0.1 * generator.normal(size=32)
    for features in (useful, generator.normal(size=(39, 32)).astype(np.float32)):
        found = find_copies(paths, digests, features, cache=cache, threads=2)
        assert found.exact == ((5, 38),)
        assert found.near == tuple((n, 30 + n, 38) if n == 5 else (n, 30 + n) for n in range(8))
        groups = found.groups()
        assert groups == copies(paths, digests, features, cache=cache)
        assert {(a, b) for a in range(39) for b in range(a + 1, 39) if groups[a] == groups[b]} == truth | {(35, 38)}


def test_pairs_that_were_compared_before_are_not_compared_again(
    tmp_path: Path, cache: FeatureCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same answer as with an empty cache; of one more picture only its own pairs are new."""
    generator = np.random.default_rng(18)
    images = [scene(generator) for _ in range(20)]
    files = {f"{number:02}.jpg": jpeg(image) for number, image in enumerate(images)}
    files |= {f"copy {number:02}.jpg": altered(images[number], generator)[0] for number in range(4)}
    paths, digests = write(tmp_path, files | {"late.jpg": jpeg(images[7].resize((120, 90)), 70)})
    features = generator.normal(size=(25, 32)).astype(np.float32)
    compared: list[int] = []
    candidates: list[int] = []

    def counted(first: np.ndarray, second: np.ndarray, *options: object) -> Likeness:
        compared.append(len(first))
        candidates.append(len(first) if WORTH in options else 0)
        return likeness(first, second, *options)  # type: ignore[arg-type]

    monkeypatch.setattr("seefood.inspection.near.likeness", counted)
    before = find_copies(paths[:24], digests[:24], features[:24], cache=cache)
    first = sum(candidates)
    assert before.near == tuple((number, 20 + number) for number in range(4))
    compared.clear()
    assert find_copies(paths[:24], digests[:24], features[:24], cache=cache).near == before.near
    assert compared == []
    candidates.clear()
    order = np.insert(np.arange(24), 10, 24)
    after = find_copies([paths[n] for n in order], [digests[n] for n in order], features[order], cache=cache)
    assert 0 < sum(candidates) < first / 2
    anew = find_copies(
        [paths[n] for n in order],
        [digests[n] for n in order],
        features[order],
        cache=FeatureCache(tmp_path / "another.sqlite"),
    )
    assert after.near == anew.near
    assert {frozenset(order[list(group)].tolist()) for group in after.near} >= {frozenset({7, 24})}


def test_what_a_file_looked_like_while_it_was_gone_is_not_remembered(tmp_path: Path, cache: FeatureCache) -> None:
    generator = np.random.default_rng(19)
    images = [scene(generator) for _ in range(16)]
    files = {f"{number:02}.jpg": jpeg(image) for number, image in enumerate(images)}
    files |= {"copy.jpg": altered(images[3], generator)[0]}
    paths, digests = write(tmp_path, files)
    features = generator.normal(size=(17, 32)).astype(np.float32)
    away = paths[3].rename(tmp_path / "away")
    assert find_copies(paths, digests, features, cache=cache).near == ()
    away.rename(paths[3])
    assert find_copies(paths, digests, features, cache=cache).near == ((3, 16),)


def test_blank_pictures_are_not_copies_of_one_another(tmp_path: Path, cache: FeatureCache) -> None:
    generator = np.random.default_rng(13)
    files = {}
    for number in range(12):
        pixels = np.clip(60 + 10 * number + generator.normal(0, 1, (64 + number, 80, 3)), 0, 255).astype(np.uint8)
        files[f"{number}.jpg"] = jpeg(Image.fromarray(pixels))
    paths, digests = write(tmp_path, files)
    assert find_copies(paths, digests, np.ones((12, 8), np.float32), cache=cache).near == ()


def test_clothes_on_a_plain_ground_are_not_copies_of_one_another(cache: FeatureCache) -> None:
    """They are all alike; in a hundred of them at most one false pair, and a copy is found all the same."""
    paths = sorted((EXAMPLES / "fashion" / "train").rglob("*.png"))
    digests = [digest_of_bytes(path.read_bytes()) for path in paths]
    kinds = [path.parent.name for path in paths]
    generator = np.random.default_rng(14)
    centres = {kind: generator.normal(size=32) for kind in set(kinds)}
    features = np.stack([centres[kind] + 0.5 * generator.normal(size=32) for kind in kinds]).astype(np.float32)
    assert len(find_copies(paths, digests, features, cache=cache).near) <= 1


def test_ten_copies_of_one_picture_are_one_group(tmp_path: Path, cache: FeatureCache) -> None:
    generator = np.random.default_rng(15)
    images = [scene(generator) for _ in range(60)]
    files = {f"{number:02}.jpg": jpeg(image) for number, image in enumerate(images)}
    files |= {f"copy {quality}.jpg": jpeg(images[0].resize((150, 110)), quality) for quality in range(40, 85, 5)}
    paths, digests = write(tmp_path, files)
    features = generator.normal(size=(69, 32)).astype(np.float32)
    features[60:] = features[0] + 0.1 * generator.normal(size=(9, 32))
    assert find_copies(paths, digests, features, cache=cache).near == ((0, *range(60, 69)),)


def test_very_many_files_take_the_same_way_with_looks_from_the_cache(
    tmp_path: Path, cache: FeatureCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = np.random.default_rng(16)
    images = [scene(generator) for _ in range(40)]
    files = {f"{number:02}.jpg": jpeg(image) for number, image in enumerate(images)}
    files |= {f"copy {number:02}.jpg": jpeg(images[number].resize((100, 80)), 60) for number in range(5)}
    paths, digests = write(tmp_path, files)
    features = generator.normal(size=(45, 200)).astype(np.float32)
    features[40:] = features[:5] + 0.1 * generator.normal(size=(5, 200))
    for module in ("candidates", "sameness", "near"):
        monkeypatch.setattr(f"seefood.inspection.{module}.EXHAUSTIVE", 20)
    monkeypatch.setattr(candidates, "EACH_PIVOT", 15)
    found = find_copies(paths, digests, features, cache=cache)
    assert found.near == tuple((number, 40 + number) for number in range(5))


def test_rows_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match=r"2 files, 1 digests and features \[3, 4\]"):
        copies([tmp_path, tmp_path], ["a"], np.zeros((3, 4), np.float32))


def test_nothing_and_one_file_have_no_copies(tmp_path: Path, cache: FeatureCache) -> None:
    assert copies([], [], np.zeros((0, 4), np.float32), cache=cache) == ()
    paths, digests = write(tmp_path, {"one.jpg": jpeg(scene(np.random.default_rng(17)))})
    assert copies(paths, digests, np.ones((1, 4), np.float32), cache=cache) == (0,)
