"""What the page says: the English stands where it is used, its Korean in `korean`; and how numbers are written."""

from seefood.evaluation.report.korean import KOREAN
from seefood.evaluation.report.markup import Content, Said, isolated, node

__all__ = ["known", "one_in", "percent", "said", "strangers", "whole_percent"]


def said(english: str, **values: object) -> Said:
    """Words in both languages, with values filled in; a value may itself be said in both.

    >>> said("{count} pictures", count=3)
    Said(en='3 pictures', ko='사진 3장')
    """
    en = {name: value.en if isinstance(value, Said) else value for name, value in values.items()}
    ko = {name: value.ko if isinstance(value, Said) else value for name, value in values.items()}
    return Said(english.format(**en), KOREAN[english].format(**ko))


def known(words: str) -> Said:
    """Words handed over by somebody else: in both languages where they are ours, as they are otherwise.

    >>> known("seed"), known("a note of mine").ko
    (Said(en='seed', ko='시드'), '\\u2068a note of mine\\u2069')
    """
    return Said(words, KOREAN[words]) if words in KOREAN else Said(isolated(words), isolated(words))


def strangers(words: str, korean: str = "") -> Content:
    """A sentence handed over in English, and in Korean where it is known; otherwise marked as English."""
    if korean or words in KOREAN:
        return Said(isolated(words), isolated(korean or KOREAN[words]))
    return node("span", isolated(words), lang="en", dir="auto")


def percent(share: float | None) -> str:
    """A share with one decimal that claims 0 % or 100 % only where it is exactly so.

    >>> percent(0.954), percent(0.99999), percent(0.0), percent(None)
    ('95.4%', '>99.9%', '0%', '–')
    """
    if share is None:
        return "–"
    if share in {0.0, 1.0}:
        return f"{share:.0%}"
    if share < 0.0005:
        return "<0.1%"
    return ">99.9%" if share > 0.9995 else f"{share:.1%}"


def whole_percent(share: float) -> str:
    """A probability as it is said beside a picture.

    >>> whole_percent(0.97), whole_percent(0.999), whole_percent(0.001)
    ('97%', '>99%', '<1%')
    """
    if 0.0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 < share < 1.0 else f"{share:.0%}"


def one_in(wrong: int, answered: int) -> Said:
    """How often answers are wrong, as people say it.

    >>> one_in(3, 150).en, one_in(0, 20).en, one_in(2, 5).en
    ('1 in 50 answers is wrong', 'none of the 20 answers is wrong', '2 of the 5 answers are wrong')
    """
    if wrong == 0:
        return said("none of the {answered} answers is wrong", answered=answered)
    if wrong == answered == 1:
        return said("the only answer is wrong")
    if 3 * wrong > answered:
        return said("{wrong} of the {answered} answers are wrong", wrong=wrong, answered=answered)
    return said("1 in {many} answers is wrong", many=round(answered / wrong))
