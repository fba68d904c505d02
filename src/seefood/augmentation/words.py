"""What steps, ranges and sheets say, in English and in Korean. English stands where it is used; here is the other."""

from typing import Literal

__all__ = ["KOREAN", "Language", "said"]

Language = Literal["en", "ko"]

KOREAN = {
    # names
    "mirror": "좌우 반전",
    "flip": "상하 반전",
    "rotate": "기울이기",
    "turn": "직각 회전",
    "shift": "이동",
    "zoom": "확대와 축소",
    "shear": "밀어 기울이기",
    "crop": "잘라 내기",
    "brightness": "밝기",
    "contrast": "대비",
    "colour": "색",
    "blur": "흐림",
    "noise": "잡음",
    "erase": "가리기",
    # sentences
    "Left and right are exchanged. Unsafe where that makes another class: letters, digits, arrows.": (
        "왼쪽과 오른쪽을 바꿉니다. 바꾸면 다른 클래스가 되는 글자, 숫자, 화살표에는 안전하지 않습니다."
    ),
    "Top and bottom are exchanged, as in water. Unsafe where things have a top: most photos, letters.": (
        "물에 비친 것처럼 위와 아래를 바꿉니다. 위가 정해진 것, 곧 대부분의 사진과 글자에는 안전하지 않습니다."
    ),
    "Turned a little either way. Unsafe where a slant makes another class.": (
        "어느 쪽으로든 조금 돌립니다. 기울기가 다른 클래스를 만드는 곳에는 안전하지 않습니다."
    ),
    "Turned by quarters. Unsafe where it matters which side is up: upright or sideways, 6 and 9, most photos.": (
        "90도씩 돌립니다. 어느 쪽이 위인지가 중요한 것, 곧 바로 섰는지 누웠는지, 6과 9, 대부분의 사진에는 "
        "안전하지 않습니다."
    ),
    "Moved a little. Unsafe where the place itself makes the class.": (
        "조금 옮깁니다. 위치가 곧 클래스인 곳에는 안전하지 않습니다."
    ),
    "Seen from nearer or from farther away. Unsafe where size makes the class.": (
        "더 가까이서 또는 더 멀리서 본 모습입니다. 크기가 곧 클래스인 곳에는 안전하지 않습니다."
    ),
    "Slanted, as italics are. Unsafe where a slant makes another class.": (
        "이탤릭체처럼 옆으로 기울입니다. 기울기가 다른 클래스를 만드는 곳에는 안전하지 않습니다."
    ),
    "A part of it, enlarged. Unsafe where what matters may be cut off.": (
        "일부를 잘라 확대합니다. 중요한 것이 잘려 나갈 수 있는 곳에는 안전하지 않습니다."
    ),
    "Darker or brighter. Unsafe where light makes the class: day and night.": (
        "어둡게 또는 밝게 합니다. 낮과 밤처럼 빛이 곧 클래스인 곳에는 안전하지 않습니다."
    ),
    "Flatter or harder. Unsafe where faint and strong are two classes.": (
        "밝고 어두운 차이를 줄이거나 키웁니다. 옅음과 짙음이 서로 다른 클래스인 곳에는 안전하지 않습니다."
    ),
    "Colours weaker or stronger, hues a little turned. Unsafe where colour makes the class: ripe and unripe.": (
        "색을 옅게 또는 짙게 하고 색조를 조금 돌립니다. 익음과 덜 익음처럼 색이 곧 클래스인 곳에는 안전하지 않습니다."
    ),
    "Less sharp. Unsafe where fine detail tells the classes apart.": (
        "덜 또렷하게 합니다. 세밀한 부분으로 클래스를 가르는 곳에는 안전하지 않습니다."
    ),
    "Grain, as in poor light. Unsafe where fine detail tells the classes apart.": (
        "어두운 곳에서 찍은 듯한 잡음을 더합니다. 세밀한 부분으로 클래스를 가르는 곳에는 안전하지 않습니다."
    ),
    "A part is covered with noise. Unsafe where it may hide what matters.": (
        "일부를 잡음으로 가립니다. 중요한 것을 가릴 수 있는 곳에는 안전하지 않습니다."
    ),
    # ranges
    "mirrored or not": "반전하거나 그대로",
    "upside down or not": "뒤집거나 그대로",
    "-{amount}° to {amount}°": "-{amount}도에서 {amount}도까지",
    "by {amount} degrees": "{amount}도",
    "up to {amount} each way": "어느 쪽으로든 {amount}까지",
    "×{low} to ×{high}": "×{low}에서 ×{high}까지",
    "{amount} to 100% of each side": "각 변의 {amount}에서 100%까지",
    "colour ×{low} to ×{high}, hue -{hue}° to {hue}°": "색 ×{low}에서 ×{high}까지, 색조 -{hue}도에서 {hue}도까지",
    "up to {amount} of the shorter side": "짧은 변의 {amount}까지",
    "up to {amount} grey levels": "밝기 {amount}단계까지",
    "up to {amount} of the picture": "그림의 {amount}까지",
    # steps
    "original": "원본",
    "mirrored": "좌우 반전",
    "upside down": "상하 반전",
    "{angle}°": "{angle}도",
    "×{factor}": "×{factor}",
    "{across} right, {down} down": "오른쪽 {across}, 아래 {down}",
    "{across} right, {down} up": "오른쪽 {across}, 위 {down}",
    "{across} left, {down} down": "왼쪽 {across}, 아래 {down}",
    "{across} left, {down} up": "왼쪽 {across}, 위 {down}",
    "{share}": "{share}",
    "{share}, top left": "{share}, 왼쪽 위",
    "{share}, middle": "{share}, 가운데",
    "{share}, bottom right": "{share}, 오른쪽 아래",
    "colour ×{factor}, hue {angle}°": "색 ×{factor}, 색조 {angle}도",
    "{levels} grey levels": "{levels}단계",
    "{share} covered": "{share} 가림",
    # the sheet
    "Range: {range}.": "범위: {range}.",
    "In {share} of the views.": "모습의 {share}에서만.",
    "end of the range": "범위의 끝",
    "by chance": "무작위",
    "nothing drawn": "바꾸지 않음",
    "{height} by {width} pixels": "{height} × {width}픽셀",
    "{size}, shrunk to {height} by {width} first": "{size}, 먼저 {height} × {width}로 줄임",
    "beyond the edge: the picture again, mirrored": "가장자리 밖: 그림을 거울처럼 이어 붙임",
    "beyond the edge: one colour": "가장자리 밖: 한 가지 색",
    "seed {seed}": "시드 {seed}",
}


def said(language: Language, english: str, **values: object) -> str:
    """Words in a language, with values filled in.

    >>> said("en", "seed {seed}", seed=3), said("ko", "seed {seed}", seed=3)
    ('seed 3', '시드 3')
    """
    words = english if language == "en" else KOREAN[english]
    return words.format(**values)
