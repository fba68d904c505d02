"""What an inspection could not look at, in plain sentences; and the same sentences in Korean."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["KOREAN", "Limit"]

KOREAN = {
    "no pictures in {name} and {more} more folders": "{name} 폴더와 다른 폴더 {more}개에 사진이 없습니다",
    "no pictures in {name}": "{name} 폴더에 사진이 없습니다",
    "the class name {name} is no text (UTF-8); rename the folder before teaching": (
        "클래스 이름 {name}은(는) 글자(UTF-8)가 아닙니다. 가르치기 전에 폴더 이름을 바꾸세요"
    ),
    "the classes {first} and {second} look the same and are two: put them together, or give one another name": (
        "{first} 클래스와 {second} 클래스는 똑같아 보이지만 서로 다릅니다. 하나로 합치거나 이름을 바꾸세요"
    ),
    "the labels of {judged} of {pictures} pictures, drawn by chance, are judged; near duplicates are looked for among "
    "pictures with similar outlines only, a few may be missed": (
        "사진 {pictures}장 가운데 무작위로 뽑은 {judged}장의 이름표만 살펴보았습니다. 조금 바뀐 복사본은 윤곽이 비슷한 "
        "사진 사이에서만 찾으므로 몇 장은 놓칠 수 있습니다"
    ),
    "the labels of {judged} of {pictures} pictures, drawn by chance, are judged": (
        "사진 {pictures}장 가운데 무작위로 뽑은 {judged}장의 이름표만 살펴보았습니다"
    ),
}
"""Each sentence before it is filled in."""


@dataclass(frozen=True)
class Limit:
    """One of the sentences and what it is filled in with; ``str`` is the English one.

    Raises:
        KeyError: there is no Korean for it.

    >>> limit = Limit("no pictures in {name}", {"name": "bees"})
    >>> str(limit), limit.korean
    ('no pictures in bees', 'bees 폴더에 사진이 없습니다')
    """

    sentence: str
    values: Mapping[str, object]

    def __post_init__(self) -> None:
        if self.sentence not in KOREAN:
            raise KeyError(self.sentence)

    def __str__(self) -> str:
        return self.sentence.format(**self.values)

    @property
    def korean(self) -> str:
        """The same in Korean."""
        return KOREAN[self.sentence].format(**self.values)
