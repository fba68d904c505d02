"""Preprocessing against Pillow's and torchvision's two steps, against hand-computed cases, and against hostile JSON."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from seefood.errors import PictureError
from seefood.pictures import decode
from seefood.preprocessing import Preprocessing

LITE0 = Preprocessing(224, 224, mean=(127, 127, 127), scale=(128, 128, 128))
CAFFE = Preprocessing(224, 200, "stretch", 1, "bilinear", "BGR", (103.939, 116.779, 123.68), (1, 1, 1))


def noise(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def smooth(height: int, width: int) -> NDArray[np.uint8]:
    """A gradient each way, and their product: no detail that ringing could clip."""
    down, across = np.linspace(20, 230, height)[:, None], np.linspace(20, 230, width)[None]
    planes = np.broadcast_arrays(down, across, down * across / 230)
    return np.stack(planes, axis=2).round().astype(np.uint8)


def two_steps(picture: NDArray[np.uint8], short: int, size: int) -> NDArray[np.uint8]:
    """Resize the short side, cut out the centre: torchvision's rounding, Pillow's pixels."""
    height, width = picture.shape[:2]
    new = (short, int(short * height / width)) if width <= height else (int(short * width / height), short)
    resized = Image.fromarray(picture).resize(new, Image.Resampling.BICUBIC)
    left, top = round((new[0] - size) / 2.0), round((new[1] - size) / 2.0)
    return np.asarray(resized.crop((left, top, left + size, top + size)))


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


@pytest.mark.parametrize("shape", [(375, 500), (500, 333), (348, 275), (600, 600), (97, 41), (224, 300)])
def test_crop_in_one_pass_equals_the_two_steps(shape: tuple[int, int]) -> None:
    picture = smooth(*shape)
    ours = LITE0.resize(picture)
    assert np.abs(ours.astype(int) - two_steps(picture, 256, 224)).max() <= 1


def test_photos_are_close_to_a_plain_decode_and_the_two_steps(data: Path) -> None:
    differences = []
    for path in sorted((data / "photos").iterdir())[:40]:
        with Image.open(path) as image:
            if min(image.size) >= 512:  # decoded at half size: other pixels by design
                continue
            plain = np.asarray(image.convert("RGB"))
        assert difference(LITE0.resize(plain), two_steps(plain, 256, 224)) < 0.3  # order of rounding
        differences.append(difference(LITE0.prepare(path), two_steps(plain, 256, 224)))
    assert np.median(differences) < 1.5  # the fast transform and the fast chroma of the JPEG decoder


def test_a_size_that_fits_already_comes_back_as_it_is_but_not_the_same_memory() -> None:
    picture = noise(30, 40)
    for rule in ("crop", "stretch", "pad"):
        same = Preprocessing(30, 40, rule, crop=1).resize(picture)
        assert np.array_equal(same, picture)
        assert not np.shares_memory(same, picture)


@pytest.mark.parametrize("rule", ["crop", "stretch", "pad"])
@pytest.mark.parametrize("resampling", ["bicubic", "bilinear", "lanczos", "box", "nearest"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 1000), (1000, 1), (7, 3), (300, 500)])
def test_a_plain_colour_stays_that_colour(rule: Any, resampling: Any, shape: tuple[int, int]) -> None:
    picture = np.full((*shape, 3), (10, 200, 90), np.uint8)
    value = Preprocessing(24, 32, rule, 0.875, resampling)
    resized = value.resize(picture)
    assert resized.shape == (24, 32, 3)
    assert resized.dtype == np.uint8
    assert resized.flags.c_contiguous
    assert resized.flags.writeable
    border = (resized == 255).all(axis=2)
    assert (resized[~border] == (10, 200, 90)).all()
    assert not border.any() or rule == "pad"


def test_padding_is_white_centred_and_keeps_the_shape() -> None:
    padded = Preprocessing(20, 20, "pad").resize(np.zeros((50, 100, 3), np.uint8))
    assert (padded[:5] == 255).all()
    assert (padded[15:] == 255).all()
    assert (padded[5:15] == 0).all()


def test_box_reduction_by_two_is_the_mean_of_four() -> None:
    picture = noise(8, 12)
    means = picture.reshape(4, 2, 6, 2, 3).mean(axis=(1, 3))
    resized = Preprocessing(4, 6, "stretch", resampling="box").resize(picture)
    assert np.abs(resized - means).max() <= 1  # Pillow rounds after each direction


def test_stretching_moves_both_sides_independently() -> None:
    picture = np.zeros((10, 40, 3), np.uint8)
    picture[:, 20:] = 200
    resized = Preprocessing(30, 20, "stretch", resampling="nearest").resize(picture)
    assert (resized[:, :10] == 0).all()
    assert (resized[:, 10:] == 200).all()


def test_a_view_that_is_not_contiguous_is_resized_like_its_copy() -> None:
    view = noise(60, 80)[::2, ::-1]
    assert np.array_equal(LITE0.resize(view), LITE0.resize(np.ascontiguousarray(view)))


@pytest.mark.parametrize(
    ("value", "cover"),
    [
        (LITE0, (256, 256)),
        (CAFFE, (224, 200)),
        (Preprocessing(240, 240), (274, 274)),
        (Preprocessing(9, 5, "pad"), (9, 5)),
    ],
)
def test_cover(value: Preprocessing, cover: tuple[int, int]) -> None:
    assert value.cover == cover


def test_a_large_jpeg_is_prepared_from_a_smaller_decode() -> None:
    file = io.BytesIO()
    Image.fromarray(smooth(1200, 1600)).save(file, "JPEG", quality=95)
    assert decode(file.getvalue(), LITE0.cover).shape == (300, 400, 3)
    whole = LITE0.resize(decode(file.getvalue()))
    assert difference(LITE0.prepare(file.getvalue()), whole) < 1


def test_prepare_says_which_picture() -> None:
    with pytest.raises(PictureError, match=r"^nowhere\.jpg: expected a picture; found no such file"):
        LITE0.prepare("nowhere.jpg")


@pytest.mark.parametrize(
    "picture", [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 3), np.float32), np.zeros((0, 5, 3), np.uint8)]
)
def test_resize_takes_only_decoded_pictures(picture: Any) -> None:
    with pytest.raises(ValueError, match="expected a picture as uint8"):
        LITE0.resize(picture)


@pytest.mark.parametrize(
    "value", [LITE0, CAFFE, Preprocessing(1, 8192, "pad", 1 / 3, "lanczos", scale=(-0.1, 1e-7, 3))]
)
def test_json_round_trip_is_exact(value: Preprocessing) -> None:
    assert Preprocessing.from_json(json.loads(json.dumps(value.to_json()))) == value


def test_numbers_are_normalised() -> None:
    value = Preprocessing(224, 224, crop=1, mean=[1, 2, 3])  # type: ignore[arg-type]
    assert value.mean == (1.0, 2.0, 3.0)
    assert all(isinstance(number, float) for number in (*value.mean, value.crop))
    assert hash(value) == hash(Preprocessing(224, 224, crop=1.0, mean=(1.0, 2.0, 3.0)))


HOSTILE: list[tuple[str, object]] = [
    ("height", 0),
    ("height", -1),
    ("height", 10**9),
    ("height", 224.0),
    ("width", True),
    ("width", None),
    ("rule", "squash"),
    ("rule", ["crop"]),
    ("crop", 0),
    ("crop", 1.5),
    ("crop", float("nan")),
    ("crop", "0.875"),
    ("resampling", "cubic" * 1000),
    ("channels", {}),
    ("mean", [1, 2]),
    ("mean", "123"),
    ("mean", [1, 2, float("inf")]),
    ("mean", [1, 2, 10**400]),
    ("scale", [1, 0, 1]),
    ("scale", {"a": 1}),
    ("scale", [1, False, 1]),
]


@pytest.mark.parametrize(("field", "value"), HOSTILE)
def test_hostile_json_names_the_field(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^preprocessing\.{field}: expected .*; found ") as caught:
        Preprocessing.from_json(LITE0.to_json() | {field: value})
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("value", [None, [], "224", 3, {}, {"height": 224}])
def test_json_of_another_shape_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"^preprocessing"):
        Preprocessing.from_json(value)


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(ValueError, match="'gamma'"):
        Preprocessing.from_json(LITE0.to_json() | {"gamma": 2.2})
