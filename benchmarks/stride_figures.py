"""What the lesson on strides and dropout measured, as values: kept as JSON, compared, written as a Markdown table."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from measuring import Sample, ratios
from seefood.intervals import wilson_interval

__all__ = ["KINDS", "LANGUAGES", "Figures", "NetworkFigures", "Setting", "markdown"]


@dataclass(frozen=True)
class NetworkFigures:
    """One of the four networks.

    Attributes:
        strides: pixels that its kernels move at a time.
        dropout: share of the numbers that is dropped behind each convolution; 0 where none is.
        layers: in the notation of ``seefood.networks.notation``.
        parameters, multiply_adds: of the network; multiply-adds are those for one picture.
        train_right, test_right: pictures it names rightly after the last epoch, with nothing dropped.
        kept: number of the epoch with the lowest validation loss, whose weights ``seefood train`` saves.
        kept_right: pictures to test on that it names rightly with those.
        seconds: of one epoch of training alone, in each alternating round.
        full_seconds: the same for each epoch of the training that the accuracies are from.
    """

    strides: int
    dropout: float
    layers: str
    parameters: int
    multiply_adds: int
    train_right: int
    test_right: int
    kept: int
    kept_right: int
    seconds: tuple[float, ...]
    full_seconds: tuple[float, ...]

    @property
    def sample(self) -> Sample:
        return Sample(self.seconds)


@dataclass(frozen=True)
class Setting:
    """On what the figures rest: pictures learned, kept to validate on, tested and timed; and the machine, in words."""

    data: str
    machine: str
    learned: int
    validation: int
    tested: int
    timed: int
    epochs: int
    batch_size: int


KINDS = ((False, False), (False, True), (True, False), (True, True))
"""Whether a network has strides, and dropout: the four, from neither to both."""


@dataclass(frozen=True)
class Figures:
    """All that was measured. Raises ValueError where it is not one network of each kind with equally many rounds."""

    setting: Setting
    networks: tuple[NetworkFigures, ...]

    def __post_init__(self) -> None:
        kinds = tuple((network.strides > 1, network.dropout > 0) for network in self.networks)
        rounds = {len(network.seconds) for network in self.networks}
        if kinds != KINDS or len(rounds) != 1 or 0 in rounds:
            raise ValueError(
                "expected four networks, without and with strides and dropout, timed equally often; found "
                f"{len(kinds)} networks timed {sorted(rounds)} times; measure again"
            )

    def of(self, *, strides: bool, dropout: bool) -> NetworkFigures:
        return self.networks[KINDS.index((strides, dropout))]

    def train(self, network: NetworkFigures) -> float:
        """Accuracy on the pictures that were learned."""
        return network.train_right / self.setting.learned

    def test(self, network: NetworkFigures) -> float:
        """Accuracy on the pictures to test on."""
        return network.test_right / self.setting.tested

    def gap(self, network: NetworkFigures) -> float:
        """How much better a network is on what it learned than on what it did not."""
        return self.train(network) - self.test(network)

    def faster(self, *, dropout: bool) -> Sample:
        """How many times as fast an epoch is with strides, round by round."""
        plain, strided = (self.of(strides=strides, dropout=dropout).sample for strides in (False, True))
        return ratios(plain, strided)

    def to_json(self) -> dict[str, Any]:
        """Everything, as plain JSON types; what follows from it stands beside it, to be read, and is not read back."""
        follows = {
            "gaps": [round(self.gap(network), 6) for network in self.networks],
            "times_as_fast": {
                "without_dropout": round(self.faster(dropout=False).median, 3),
                "with_dropout": round(self.faster(dropout=True).median, 3),
            },
        }
        return {"setting": asdict(self.setting), "networks": [asdict(each) for each in self.networks]} | follows

    @classmethod
    def from_json(cls, read: Any) -> "Figures":
        """What `to_json` wrote. Raises ValueError for anything else."""
        try:
            networks = [
                NetworkFigures(**each | {name: tuple(map(float, each[name])) for name in ("seconds", "full_seconds")})
                for each in read["networks"]
            ]
            return cls(Setting(**read["setting"]), tuple(networks))
        except (KeyError, TypeError, AttributeError) as error:
            wanted = ", ".join(field.name for field in fields(NetworkFigures))
            raise ValueError(f"expected networks with {wanted}; found {error!r}; measure again") from error


@dataclass(frozen=True)
class Words:
    """What the table says in one language."""

    head: tuple[str, ...]
    names: Mapping[tuple[bool, bool], str]
    unit: str
    epoch: str
    faster: str
    setting: str
    machine: str


LANGUAGES: Mapping[str, Words] = {
    "en": Words(
        (
            *("network", "weights", "multiply-adds a picture", "time per epoch"),
            *("accuracy, train", "accuracy, test (95 % interval)", "gap", "test, best epoch"),
        ),
        dict(zip(KINDS, ("neither", "dropout", "strides", "both"), strict=True)),
        "s",
        "{right:.3f} (epoch {kept})",
        "An epoch is {with_dropout:.1f} times as fast with strides where there is dropout (lowest {low:.1f}, highest "
        "{high:.1f} of {rounds} rounds), {without:.1f} times where there is none.",
        "{learned:,} pictures learned for {epochs} epochs, {validation:,} kept to validate on, {tested:,} to test on. "
        "Accuracies are those after the last epoch, with nothing dropped. Time is the median of {rounds} alternating "
        "rounds of {timed:,} pictures, training alone.",
        "Measured on: {machine}.",
    ),
    "ko": Words(
        (
            *("신경망", "가중치 수", "그림 하나의 곱셈-덧셈 수", "에포크 시간"),
            *("학습 정확도", "시험 정확도(95 % 구간)", "차이", "가장 좋은 에포크의 시험 정확도"),
        ),
        dict(zip(KINDS, ("둘 다 없음", "드롭아웃", "스트라이드", "둘 다"), strict=True)),
        "초",
        "{right:.3f}(에포크 {kept})",
        "스트라이드가 있으면 에포크가 {with_dropout:.1f}배 빠릅니다(드롭아웃이 있을 때, {rounds}번 가운데 가장 낮게 "
        "{low:.1f}배, 가장 높게 {high:.1f}배). 드롭아웃이 없을 때는 {without:.1f}배입니다.",
        "그림 {learned:,}장을 {epochs}에포크 동안 배웠고, 검증용 {validation:,}장과 시험용 {tested:,}장은 따로 "
        "두었습니다. 정확도는 마지막 에포크가 끝난 뒤, 아무것도 빼지 않고 잰 값입니다. 시간은 그림 {timed:,}장으로 "
        "{rounds}번 번갈아 잰 값의 중앙값이며, 학습에 든 시간만 셉니다.",
        "측정 환경: {machine}.",
    ),
}


def markdown(figures: Figures, language: str = "en") -> str:
    """The table, and below it what it rests on."""
    words = LANGUAGES[language]
    fast, slow = figures.faster(dropout=True), figures.faster(dropout=False)
    told = asdict(figures.setting) | {"rounds": len(fast.values), "low": min(fast.values), "high": max(fast.values)}
    told |= {"with_dropout": fast.median, "without": slow.median}
    rows = [words.head, ("---", *["---:"] * (len(words.head) - 1))]
    rows += [_row(figures, network, words) for network in figures.networks]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    below = (words.faster, words.setting, words.machine)
    return "\n\n".join([table, *(sentence.format(**told) for sentence in below)])


def _row(figures: Figures, network: NetworkFigures, words: Words) -> tuple[str, ...]:
    tested = figures.setting.tested
    low, high = wilson_interval(network.test_right, tested)
    return (
        words.names[network.strides > 1, network.dropout > 0],
        f"{network.parameters:,}",
        f"{network.multiply_adds:,}",
        f"{network.sample.median:.2f} {words.unit}",
        f"{figures.train(network):.3f}",
        f"{figures.test(network):.3f} ({low:.3f}–{high:.3f})",
        f"{figures.gap(network):.3f}".replace("-", "−"),
        words.epoch.format(right=network.kept_right / tested, kept=network.kept),
    )
