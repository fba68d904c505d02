"""What a report tells of an inspection: its findings in English and in Korean, each with its pictures."""

from collections.abc import Iterator

from seefood.drawing.names import told_apart
from seefood.evaluation.report import Finding
from seefood.inspection import Inspection
from seefood.inspection.balance import imbalance
from seefood.inspection.summary import LOPSIDED, many

__all__ = ["ODDITIES", "findings_of"]

MOST_NAMED = 20
ODDITIES = {
    "wrong_extension": (
        "file has another format than its name says",
        "files have another format than their names say",
        "파일 {}개의 형식이 이름과 다릅니다",
    ),
    "no_extension": (
        "picture has no picture's ending in its name",
        "pictures have no picture's ending in their names",
        "사진 {}장의 이름에 사진 확장자가 없습니다",
    ),
    "damaged": (
        "file can be read but is damaged",
        "files can be read but are damaged",
        "파일 {}개는 읽을 수 있지만 손상되었습니다",
    ),
    "tiny": ("picture is very small", "pictures are very small", "사진 {}장이 아주 작습니다"),
    "blank": ("picture is almost one colour", "pictures are almost one colour", "사진 {}장이 거의 한 가지 색입니다"),
    "shape": (
        "picture is very long or very wide",
        "pictures are very long or very wide",
        "사진 {}장이 아주 길거나 넓습니다",
    ),
}
"""Of each kind of suspicious file: what one is, what several are, and the same in Korean."""


def findings_of(found: Inspection) -> Iterator[Finding]:
    """What an inspection found, each kind with its pictures, the worst first."""
    yield from _classes(found)
    yield from _copies(found)
    yield from _labels(found)
    yield from _files(found)
    for limit in found.limits:
        yield Finding("limits", str(limit), korean=limit.korean)


def _classes(found: Inspection) -> Iterator[Finding]:
    name = found.only_class
    if name is not None:
        yield Finding(
            "one_class",
            f"Only one class, {name}, has pictures, and nothing can be taught from one: add a sub-folder with pictures "
            "of something else, or name the folder whose sub-folders are the classes.",
            severe=True,
            korean=f"사진이 있는 클래스가 {name} 하나뿐이라 가르칠 수 없습니다. 다른 것의 사진이 든 하위 폴더를 "
            "더하거나, 하위 폴더가 클래스인 폴더를 지정하세요.",
        )
    if found.pictures and not found.classes:
        yield Finding(
            "no_class",
            "The pictures lie in no class, so no labels were looked at: to teach, put them into one sub-folder for "
            "each class.",
            korean="사진이 클래스로 나뉘어 있지 않아 이름표는 살펴보지 않았습니다. 가르치려면 클래스마다 하위 폴더 "
            "하나에 나누어 넣으세요.",
        )


def _copies(found: Inspection) -> Iterator[Finding]:
    if found.leaks:
        these = many(len(found.leaks), "picture lies in two splits", "pictures lie in two splits")
        yield Finding(
            "leaks",
            f"{these}: results on the test pictures look too good",
            tuple(map(found.split_first, found.leaks)),
            severe=True,
            korean=f"사진 {len(found.leaks)}장이 두 묶음에 함께 있어 시험 결과가 실제보다 좋게 보입니다",
        )
    if found.conflicts:
        yield Finding(
            "conflicts",
            many(len(found.conflicts), "picture lies in two classes", "pictures lie in two classes"),
            tuple(map(found.class_first, found.conflicts)),
            severe=True,
            korean=f"사진 {len(found.conflicts)}장이 두 클래스에 들어 있습니다",
        )
    for first, second in map(told_apart, found.same_classes):
        yield Finding(
            "same_classes",
            f"the classes {first} and {second} hold the same pictures",
            severe=True,
            korean=f"{first} 클래스와 {second} 클래스에 같은 사진이 들어 있습니다",
        )
    if found.duplicates:
        extra = sum(len(group) - 1 for group in found.duplicates)
        yield Finding(
            "duplicates",
            many(extra, "file is an exact copy of another", "files are exact copies of others")
            + "; copies are kept on one side of every split",
            found.duplicates,
            korean=f"파일 {extra}개가 다른 파일과 똑같습니다. 나눌 때 항상 같은 쪽에 둡니다",
            counted=extra,
        )
    if found.near_duplicates:
        these = many(len(found.near_duplicates), "picture is there", "pictures are there")
        yield Finding(
            "near_duplicates",
            f"{these} more than once in altered form",
            found.near_duplicates,
            korean=f"사진 {len(found.near_duplicates)}장이 조금 바뀐 모습으로 여러 번 들어 있습니다",
        )


def _labels(found: Inspection) -> Iterator[Finding]:
    if found.suspects:
        yield Finding(
            "suspect_labels",
            many(len(found.suspects), "picture looks mislabelled", "pictures look mislabelled"),
            tuple((suspect.path,) for suspect in found.suspects),
            severe=True,
            korean=f"사진 {len(found.suspects)}장은 이름표가 잘못된 것 같습니다",
            notes=tuple(
                f"{' → '.join(told_apart((suspect.label, suspect.looks_like)))}? {suspect.confidence:.0%}"
                for suspect in found.suspects
            ),
        )
    if found.outliers:
        these = many(
            len(found.outliers), "picture looks like nothing else in its", "pictures look like nothing else in their"
        )
        yield Finding(
            "outliers",
            f"{these} class",
            tuple((outlier.path,) for outlier in found.outliers),
            korean=f"사진 {len(found.outliers)}장은 같은 클래스의 다른 사진과 전혀 닮지 않았습니다",
            notes=tuple(outlier.label for outlier in found.outliers),
        )
    if found.too_few:
        names = list(found.too_few)[:MOST_NAMED]
        shown = zip(told_apart(names), (found.too_few[name] for name in names), strict=True)
        listed = ", ".join(f"{name} {count}" for name, count in shown)
        yield Finding(
            "too_few",
            f"too few different pictures to tell how good a model is: {listed}",
            severe=True,
            korean=f"모델이 얼마나 좋은지 알기에는 서로 다른 사진이 너무 적습니다: {listed}",
            counted=len(found.too_few),
        )
    uneven = imbalance(dict(found.classes))
    if uneven and uneven[2] >= LOPSIDED:
        (largest, smallest), times = told_apart(uneven[:2]), uneven[2]
        yield Finding(
            "imbalance",
            f"{largest} has {times:.0f} times as many pictures as {smallest}",
            korean=f"{largest} 클래스의 사진이 {smallest} 클래스의 {times:.0f}배입니다",
        )


def _files(found: Inspection) -> Iterator[Finding]:
    if found.unreadable:
        yield Finding(
            "unreadable",
            many(len(found.unreadable), "file cannot be read", "files cannot be read"),
            tuple((failure.path or "",) for failure in found.unreadable),
            korean=f"파일 {len(found.unreadable)}개를 읽을 수 없습니다",
            notes=tuple(failure.error for failure in found.unreadable),
        )
    for kind, (one, several, korean) in ODDITIES.items():
        odd = [file for file in found.oddities if file.kind == kind]
        if odd:
            yield Finding(
                kind,
                many(len(odd), one, several),
                tuple((file.path,) for file in odd),
                korean=korean.format(len(odd)),
                notes=tuple(file.note for file in odd),
            )
