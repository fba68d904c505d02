"""Networks as text: what is understood, what is not, and where the caret stands."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn_networks import drawn
from seefood.errors import ShapeError
from seefood.networks.layers import Activation, BatchNormalisation, Dense, Dropout, Flatten, GlobalPooling, LayerSpec
from seefood.networks.notation import NotationError, parse, pointed
from seefood.networks.sliding import Convolution, Pooling

WORDS = ["conv", "pool", "dense", "3", "12", "3x5", "stride", "same", "valid", "relu", ",", "dropout", "0.5", "global"]


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("conv 12 3", [Convolution(12, (3, 3), (1, 1), "valid", "relu")]),
        ("conv 12 3x5", [Convolution(12, (3, 5))]),
        ("conv 12 3×5 stride 2x1", [Convolution(12, (3, 5), (2, 1))]),
        ("CONV 12 3 Stride 2 SAME Tanh", [Convolution(12, 3, 2, "same", "tanh")]),
        ("conv 12 3 linear valid stride 3", [Convolution(12, 3, 3, "valid", "linear")]),
        ("pool 2", [Pooling((2, 2), (2, 2), "valid", "max")]),
        ("pool max 2x3", [Pooling((2, 3), (2, 3))]),
        ("pool average 3 stride 2 same", [Pooling(3, 2, "same", "average")]),
        ("dense 100", [Dense(100, "relu")]),
        ("dense 100 sigmoid", [Dense(100, "sigmoid")]),
        ("dropout 0.5", [Dropout(0.5)]),
        ("dropout .25, dropout 0, dropout 1e-3", [Dropout(0.25), Dropout(0.0), Dropout(0.001)]),
        ("global, global max, global average", [GlobalPooling("average"), GlobalPooling("max"), GlobalPooling()]),
        ("batchnorm, relu6, flatten", [BatchNormalisation(), Activation("relu6"), Flatten()]),
        ("  conv 1 1,dense 2 ,\n\tflatten  ", [Convolution(1, 1), Dense(2), Flatten()]),
        (
            "conv 12 3, conv 20 3, conv 20 3 stride 2, dropout 0.5, dense 100",
            [Convolution(12, 3), Convolution(20, 3), Convolution(20, 3, 2), Dropout(0.5), Dense(100)],
        ),
    ],
)
def test_a_text_is_understood(text: str, layers: list[LayerSpec]) -> None:
    assert list(parse(text).layers) == layers


@pytest.mark.parametrize("seed", range(200))
def test_an_architecture_as_text_is_the_same_architecture(seed: int) -> None:
    architecture = parse(drawn(np.random.default_rng(seed)))
    assert parse(str(architecture)) == architecture
    assert str(parse(str(architecture))) == str(architecture)


@given(st.floats(0, 1, exclude_max=True))
def test_every_dropout_rate_survives_as_text(rate: float) -> None:
    (layer,) = parse(str(Dropout(rate))).layers
    assert layer == Dropout(rate)


def test_other_settings_are_other_texts() -> None:
    """A setting that got lost in the text would make two of these the same."""
    layers = [
        *(Convolution(2, 3), Convolution(2, 4), Convolution(3, 3), Convolution(2, (3, 4)), Convolution(2, (4, 3))),
        *(Convolution(2, 3, 2), Convolution(2, 3, (2, 1)), Convolution(2, 3, padding="same")),
        *(Convolution(2, 3, activation="tanh"), Pooling(2), Pooling(2, 1), Pooling(2, pool="average")),
        *(Pooling(2, padding="same"), Pooling((2, 1)), GlobalPooling(), GlobalPooling("max")),
        *(Dense(2), Dense(3), Dense(2, "tanh"), Dropout(0.5), Dropout(0.25), Activation("relu"), Activation("tanh")),
        *(BatchNormalisation(), Flatten()),
    ]
    assert len({str(layer) for layer in layers}) == len(layers)


@pytest.mark.parametrize(
    ("text", "column", "word", "says"),
    [
        ("", 0, "", "a layer"),
        ("conv 12 3, pol 2", 11, "pol", "did you mean 'pool'?"),
        ("conv 12 3, konvolution 2", 11, "konvolution", "take one of conv, pool"),
        ("conv", 4, "", "filters"),
        ("conv 12", 7, "", "kernel size"),
        ("conv 12, dense 3", 7, "", "kernel size"),
        ("conv 12 ,dense 3", 8, "", "kernel size"),
        ("conv x 3", 5, "x", "filters"),
        ("conv 0 3", 5, "0", "from 1 to 65,536"),
        ("conv 99999 3", 5, "99999", "from 1 to 65,536"),
        ("conv -3 3", 5, "-3", "whole number"),
        ("conv ٣ 3", 5, "٣", "whole number"),
        ("conv 12 3.5", 8, "3.5", "3x5"),
        ("conv 12 3x", 8, "3x", "3x5"),
        ("conv 12 3x3x3", 8, "3x3x3", "3x5"),
        ("conv 12 3x0", 8, "3x0", "from 1 to 1,024"),
        ("conv 12 3 stride", 16, "", "stride such as"),
        ("conv 12 3 strid 2", 10, "strid", "did you mean 'stride'?"),
        ("conv 12 3 stride same", 17, "same", "stride such as"),
        ("conv 12 3 relu tanh", 15, "tanh", "leave one of them out"),
        ("conv 12 3 same same", 15, "same", "leave one of them out"),
        ("conv 12 3 conv 20 3", 10, "conv", "part layers with commas"),
        ("pool", 4, "", "the size of a pooling"),
        ("pool 2 tanh", 7, "tanh", "the end of the layer"),
        ("pool 2 average", 7, "average", "the end of the layer"),
        ("dense 1e9", 6, "1e9", "whole number"),
        ("dense 10 softmax", 9, "softmax", "added by itself"),
        ("softmax", 0, "softmax", "added by itself"),
        ("dropout", 7, "", "rate"),
        ("dropout 1", 8, "1", "0 to below 1"),
        ("dropout -0.5", 8, "-0.5", "0 to below 1"),
        ("dropout nan", 8, "nan", "0 to below 1"),
        ("dropout 50%", 8, "50%", "0 to below 1"),
        ("dense 3, dropout 0.5 relu", 21, "relu", "the end of the layer"),
        ("flatten 3", 8, "3", "the end of the layer"),
        ("global avg", 7, "avg", "did you mean 'average'?"),
        ("conv 12 3,, dense 5", 10, "", "a layer"),
        ("conv 12 3,", 10, "", "a layer"),
        (", conv 12 3", 0, "", "a layer"),
        ("Conv 12 3, POL 2", 11, "POL", "did you mean"),
    ],
)
def test_a_wrong_word_is_pointed_at(text: str, column: int, word: str, says: str) -> None:
    with pytest.raises(NotationError, match=r"^expected .+; found .+; .+") as caught:
        parse(text)
    error = caught.value
    assert (error.text, error.column, error.word) == (text, column, word)
    assert "\n" not in str(error)
    assert says in str(error)
    assert f"at character {column + 1};" in str(error)
    line, carets = pointed(error).split("\n")
    assert line == text
    assert carets == " " * column + "^" * max(1, len(word))


def test_carets_stand_under_wide_letters_too() -> None:
    with pytest.raises(NotationError) as caught:
        parse("conv 12 3, 합성곱 20 3")
    assert pointed(caught.value) == "conv 12 3, 합성곱 20 3\n           ^^^^^^"
    with pytest.raises(NotationError) as caught:
        parse("conv 12 3 합성 , dense 3")
    assert pointed(caught.value) == "conv 12 3 합성 , dense 3\n          ^^^^"


def test_a_long_text_is_shown_around_the_wrong_word_on_one_line() -> None:
    with pytest.raises(NotationError) as caught:
        parse("conv 12 3,\n" * 50 + "dens 3" + "\t, conv 12 3" * 50)
    line, carets = pointed(caught.value).split("\n")
    assert len(line) <= 102
    assert line.startswith("…")
    assert line.endswith("…")
    start = carets.index("^")
    assert line[start : start + 4] == "dens"
    assert carets.strip() == "^^^^"


def test_a_text_of_endless_length_is_refused() -> None:
    with pytest.raises(ShapeError, match="10,000 characters"):
        parse("conv 1 1, " * 2000)
    with pytest.raises(ShapeError, match="500 layers"):
        parse(", ".join(["relu"] * 501))


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)))
def test_whatever_is_typed_is_understood_or_refused_with_a_place(text: str) -> None:
    try:
        architecture = parse(text)
    except NotationError as caught:
        error = caught
    else:
        assert parse(str(architecture)) == architecture
        return
    assert 0 <= error.column <= len(text)
    assert text[error.column : error.column + len(error.word)] == error.word
    assert len(pointed(error).split("\n")) == 2
