"""What the sheet of evidence says, in English and in Korean."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from seefood.drawing.lettering import fitted
from seefood.errors import OutputError
from seefood.verdicts import Reason

if TYPE_CHECKING:
    from seefood.evaluation.evidence_overlay import Subject

__all__ = ["LANGUAGES", "WORDS", "Language", "Words", "percent", "title"]

Language = Literal["en", "ko"]


@dataclass(frozen=True)
class Words:
    """The texts of one language; those with braces are filled in."""

    photo: str
    evidence_for: str
    rather_than: str
    covered: str
    covered_here: str
    covered_elsewhere: str
    log_odds: str
    agrees: str
    disagrees: str
    shares: str
    total: str
    how: str
    reading: tuple[str, ...]
    summing: str
    by_covering: str
    check: str
    title: str
    unsure_title: str
    unchecked: str
    reasons: tuple[str, str]
    places: tuple[tuple[str, str, str], tuple[str, str, str], tuple[str, str, str]]
    sample: str

    def place(self, across: float, down: float) -> str:
        """A point, as shares from the upper left, in words."""
        return self.places[min(2, int(down * 3))][min(2, int(across * 3))]

    def subtitle(self, name: str, reason: Reason | None) -> str:
        """The picture's name, and why the answer is "not sure"."""
        return name if reason is None else f"{name}: {self.reasons[reason == 'unfamiliar']}"

    def explained(self, *, by_covering: bool, checked: bool) -> tuple[str, ...]:
        """How to read the sheet, in paragraphs."""
        way = self.by_covering if by_covering else self.summing
        return (*self.reading, way, self.check) if checked else (*self.reading, way)

    def check_font(self) -> None:
        """Raises OutputError where no font here has the language's letters."""
        if "?" in fitted(self.sample, 14, 1000)[0]:
            raise OutputError(
                f"expected a font with the letters '{self.sample}'; found none here; "
                "install one (fonts-nanum, fonts-noto-cjk), or choose English (--language en)"
            )


WORDS: dict[Language, Words] = {
    "en": Words(
        photo="What the network saw",
        evidence_for="For {label}, against the average class",
        rather_than="For {label} rather than {rival}",
        covered="The hottest region covered",
        covered_here="{label}, hottest region covered",
        covered_elsewhere="as large a region elsewhere covered",
        log_odds="Log odds {before}, then {after}, elsewhere {elsewhere}",
        agrees="The check agrees with the map.",
        disagrees="The check does not agree with the map.",
        shares="{positive} for, {negative} against",
        total="Sum {total}:",
        how="How to read this",
        reading=(
            (
                "Orange speaks for, blue against, grey for neither. Within a solid line it speaks for at more than "
                "half of the map's full strength, within a dotted line against."
            ),
            "Pale grey beside the frame was not seen.",
        ),
        summing=(
            "The numbers are shares of the verdict: over all places the map of one class rather than the other sums to "
            "the logarithm of their odds (log odds). What the model adds to every picture is spread evenly."
        ),
        by_covering=(
            "Measured by covering one part after the other: how far the probability falls without it. "
            "These numbers do not sum to the verdict."
        ),
        check=(
            "The check: the framed region is filled from its surroundings, and the picture is judged again. If the "
            "evidence is there, the probability falls more than when as large a region elsewhere is covered."
        ),
        title="{label} {before}: most evidence {place}; covering it {moves} {label} {after}",
        unsure_title="Not sure, {label} {before}: most evidence {place}; covering it {moves} {label} {after}",
        unchecked="{label} {before}",
        reasons=("no label is probable enough", "unlike the pictures it was taught"),
        places=(
            ("at the upper left", "at the top", "at the upper right"),
            ("on the left", "in the middle", "on the right"),
            ("at the lower left", "at the bottom", "at the lower right"),
        ),
        sample="abc",
    ),
    "ko": Words(
        photo="신경망이 본 부분",
        evidence_for="{label}: 평균적인 클래스와 견준 근거",
        rather_than="{rival} 대신 {label}: 근거의 차이",
        covered="근거가 가장 많은 곳을 가린 사진",
        covered_here="{label}, 가장 많은 곳을 가렸을 때",
        covered_elsewhere="같은 크기의 다른 곳을 가렸을 때",
        log_odds="로그 확률비 {before}, 가린 뒤 {after}, 다른 곳 {elsewhere}",
        agrees="확인 결과가 지도와 맞습니다.",
        disagrees="확인 결과가 지도와 맞지 않습니다.",
        shares="찬성 {positive}, 반대 {negative}",
        total="합 {total}:",
        how="읽는 방법",
        reading=(
            (
                "주황색은 찬성, 파란색은 반대, 회색은 어느 쪽도 아닙니다. 실선 안은 가장 센 값의 절반보다 세게 "
                "찬성하는 곳이고, 점선 안은 그만큼 반대하는 곳입니다."
            ),
            "틀 밖의 옅은 회색은 신경망이 보지 않은 부분입니다.",
        ),
        summing=(
            "숫자는 판정을 나눈 몫입니다. 두 클래스의 차이 지도를 모두 더하면 두 확률의 비의 로그가 됩니다. 모든 "
            "사진에 똑같이 더해지는 값은 고르게 나누었습니다."
        ),
        by_covering=(
            "한 부분씩 가리면서 잰 값입니다. 그곳이 없을 때 확률이 얼마나 내려가는지 보여 줍니다. 더해도 판정이 되지는 "
            "않습니다."
        ),
        check=(
            "확인: 틀 안을 둘레의 색으로 채우고 다시 판정했습니다. 근거가 정말 거기 있다면, 같은 크기의 다른 곳을 가릴 "
            "때보다 확률이 더 많이 내려갑니다."
        ),
        title="{label} {before}: 근거가 가장 많은 곳은 {place}, 그곳을 가리면 {label} {after}",
        unsure_title="확실하지 않음, {label} {before}: 근거가 가장 많은 곳은 {place}, 그곳을 가리면 {label} {after}",
        unchecked="{label} {before}",
        reasons=("확률이 충분히 높은 이름표가 없습니다", "배운 사진들과 닮지 않았습니다"),
        places=(
            ("왼쪽 위", "위쪽", "오른쪽 위"),
            ("왼쪽", "가운데", "오른쪽"),
            ("왼쪽 아래", "아래쪽", "오른쪽 아래"),
        ),
        sample="가나다",
    ),
}
LANGUAGES: tuple[Language, ...] = ("en", "ko")


def title(labels: tuple[str, str], before: float, subject: "Subject", words: Words) -> str:
    """The sheet in one sentence."""
    if subject.middle is None or subject.erased is None:
        return words.unchecked.format(label=labels[0], before=percent(before))
    after = subject.erased[2]
    sentence = words.unsure_title if subject.reason else words.title
    said = percent(before), percent(after)
    moves = "leaves" if said[0] == said[1] else "takes"
    to = said[1] if moves == "leaves" or words is not WORDS["en"] else f"to {said[1]}"
    if moves == "leaves" and words is WORDS["en"]:
        to = f"at {said[1]}"
    return sentence.format(label=labels[0], before=said[0], after=to, place=words.place(*subject.middle), moves=moves)


def percent(share: float, *, whole: bool = False) -> str:
    """A percentage that claims 0 % or 100 % only where it is exactly so, unless ``whole``.

    >>> percent(0.93), percent(0.001), percent(0.999), percent(0.0)
    ('93 %', '<1 %', '>99 %', '0 %')
    """
    if not whole and 0.0 < share < 0.005:
        return "<1 %"
    return ">99 %" if not whole and 0.995 < share < 1.0 else f"{100 * share:.0f} %"
