"""The page's words in Korean. The English ones stand where they are used."""

from seefood.augmentation import NAMED
from seefood.augmentation.words import KOREAN as OF_TRANSFORMS

__all__ = ["KOREAN"]

_FRAME = {
    "{title}: a look at the data": "{title}: 데이터 살펴보기",
    "{title}: how far to trust it": "{title}: 얼마나 믿을 수 있나",
    "to the content": "본문으로 건너뛰기",
    "sections": "차례",
    "Result": "결과",
    "Wrong pictures": "틀린 사진",
    "What for what": "혼동",
    "Classes": "클래스",
    "Surest and least sure": "확신과 망설임",
    "Probabilities": "확률",
    "Not sure": "모르겠음",
    "Data": "데이터",
    "Augmentation": "데이터 증강",
    "What was done": "작업 기록",
    "Made by seefood. This page needs no network and sends nothing anywhere.": (
        "seefood로 만들었습니다. 이 페이지는 네트워크가 필요 없고 아무것도 보내지 않습니다."
    ),
    "To keep the page small, not all pictures are in it.": "페이지가 너무 커지지 않도록 일부 사진은 뺐습니다.",
    "{count} pictures": "사진 {count}장",
    "and {count} more": "그 밖에 {count}개 더",
    "{what}; the picture cannot be read any more": "{what}. 사진을 더는 읽을 수 없습니다",
}

_RESULT = {
    "The result": "결과",
    "How often the classifier names a picture rightly, measured on pictures whose class is known, and how far a number "
    "from so few pictures can be trusted.": (
        "분류기가 사진의 이름을 얼마나 자주 맞히는지, 정답을 아는 사진으로 잰 결과입니다. 이만큼의 사진으로 얻은 "
        "숫자를 얼마나 믿을 수 있는지도 함께 보여 줍니다."
    ),
    "on pictures it was not taught (cross-validation)": "학습에 쓰지 않은 사진에서 (교차 검증)",
    "on the test folder": "시험 폴더의 사진에서",
    "on pictures kept to validate on, which chose the epoch": "에포크를 고르는 데 쓴 검증 사진에서",
    "on the test pictures": "시험 사진에서",
    "No picture could be read.": "읽을 수 있는 사진이 없었습니다.",
    "On other pictures of the same kind, expect {low} to {high} to be right (95% interval).": (
        "같은 종류의 다른 사진이라면 {low}에서 {high} 사이를 맞힐 것으로 기대할 수 있습니다 (95% 구간)."
    ),
    "Always naming {label}, the most frequent class, would be right for {baseline}: the baseline.": (
        "가장 흔한 클래스인 {label}만 늘 답해도 {baseline}는 맞습니다. 이것이 기준선입니다."
    ),
    "Clearly better than always naming one class: {right} of {pictures} pictures right ({accuracy}).": (
        "늘 한 클래스만 답하는 것보다 확실히 낫습니다. 사진 {pictures}장 중 {right}장을 맞혔습니다 ({accuracy})."
    ),
    "Perhaps better than always naming one class, perhaps by chance: {right} of {pictures} pictures right "
    "({accuracy}).": (
        "늘 한 클래스만 답하는 것보다 나아 보이지만 우연일 수도 있습니다. 사진 {pictures}장 중 {right}장을 맞혔습니다 "
        "({accuracy})."
    ),
    "More often wrong than right, though better than always naming one class: {right} of {pictures} pictures right "
    "({accuracy}).": (
        "늘 한 클래스만 답하는 것보다는 낫지만 맞힌 것보다 틀린 것이 더 많습니다. 사진 {pictures}장 중 {right}장을 "
        "맞혔습니다 ({accuracy})."
    ),
    "No better than always naming one class: {right} of {pictures} pictures right ({accuracy}).": (
        "늘 한 클래스만 답하는 것보다 낫지 않습니다. 사진 {pictures}장 중 {right}장을 맞혔습니다 ({accuracy})."
    ),
    "Always naming one and the same class would be right for {baseline}: the baseline.": (
        "늘 같은 클래스만 답해도 {baseline}는 맞습니다. 이것이 기준선입니다."
    ),
    "always naming one class": "늘 한 클래스만 답하기",
    "of {pictures} pictures": "사진 {pictures}장 중",
    "of those it was sure of; interval {low} to {high}": "확신한 사진 중. 구간 {low}–{high}",
    "{right} of {pictures}": "{pictures}장 중 {right}장",
    "accuracy": "정확도",
    "baseline": "기준선",
    "right when sure": "확신할 때 맞음",
    "not sure": "모르겠음",
    "calibration error": "보정 오차",
    "wrong": "틀림",
    "how far probabilities are from what happens": "확률이 실제와 얼마나 다른가",
    "{count} uncertain": "확률이 낮음 {count}장",
    "{count} unfamiliar": "낯선 사진 {count}장",
    "baseline {share}": "기준선 {share}",
    "95% interval: {low} to {high}": "95% 구간: {low}–{high}",
    "accuracy {accuracy}, {interval}, {baseline}": "정확도 {accuracy}, {interval}, {baseline}",
    "{count} pictures could not be read and count nowhere": "사진 {count}장은 읽을 수 없어 세지 않았습니다",
}

_PICTURES = {
    "The pictures it gets wrong": "틀린 사진",
    "Look for what they have in common: too small, cut off, two things in one picture, or a wrong label in the folder. "
    "The most confident mistakes come first.": (
        "공통점을 찾아보세요. 너무 작거나, 잘렸거나, 한 사진에 두 가지가 있거나, 폴더의 이름표가 틀렸을 수 있습니다. "
        "가장 자신 있게 틀린 사진부터 나옵니다."
    ),
    "Beside each photo lies the part that the network sees, in grey: orange, with a whole outline, is what speaks for "
    "the wrong answer; blue, with a dotted outline, what speaks for the right one.": (
        "사진 옆의 회색 그림은 신경망이 보는 부분입니다. 실선으로 두른 주황색은 틀린 답의 근거이고, 점선으로 두른 "
        "파란색은 정답의 근거입니다."
    ),
    "The maps are those of the finished classifier, which has learned from these pictures since: often they speak for "
    "the right answer now.": (
        "완성된 분류기의 근거를 그린 것입니다. 그사이 이 사진들도 배웠으므로 이제는 정답의 근거가 더 클 때가 많습니다."
    ),
    "Not one picture is wrong.": "틀린 사진이 한 장도 없습니다.",
    "The wrong picture:": "틀린 사진:",
    "All {count} wrong pictures:": "틀린 사진 {count}장 모두:",
    "The {shown} most confident mistakes of {count}:": "틀린 사진 {count}장 중 가장 자신 있게 틀린 {shown}장:",
    "evidence over the same picture: orange speaks for {verdict}, blue for {label}": (
        "같은 사진 위의 근거: 주황색은 {verdict}, 파란색은 {label}의 근거"
    ),
    "a picture of {label}, recognised": "{label} 사진, 맞힘",
    "a picture of {label}, taken for {verdict}": "{label} 사진, {verdict}(으)로 잘못 봄",
    "it said": "답",
    "really": "정답",
    "not sure: no class is probable enough": "모르겠음: 충분히 확률이 높은 클래스가 없음",
    "not sure: unlike the pictures it was taught": "모르겠음: 배운 사진들과 다름",
    "Where it is surest, and where it hardly knows": "가장 확신하는 사진과 가장 망설이는 사진",
    "The surest show what it takes for typical; the least sure show where it needs more pictures to learn from.": (
        "가장 확신하는 사진은 무엇을 전형으로 여기는지, 가장 망설이는 사진은 어떤 사진을 더 배워야 하는지 보여 줍니다."
    ),
    "The surest": "가장 확신하는 사진",
    "The least sure": "가장 망설이는 사진",
}

_MATRIX = {
    "What is taken for what": "무엇을 무엇으로 보나",
    "Each row is what pictures really show, each column what the classifier said; right answers lie on the diagonal. "
    "Choose a number to see its pictures.": (
        "행은 사진의 정답이고 열은 분류기의 답입니다. 대각선이 맞힌 것입니다. 숫자를 고르면 그 사진들이 보입니다."
    ),
    "pictures": "사진 수",
    "really ↓ said →": "정답 ↓ 답 →",
    "what is taken for what, in pictures": "무엇을 무엇으로 보았는지, 사진 수",
    "The stronger the colour, the larger the share of the row: blue is right, orange is wrong.": (
        "색이 진할수록 그 행에서 차지하는 몫이 큽니다. 파란색은 맞힌 것, 주황색은 틀린 것입니다."
    ),
    "{label}, recognised: {count}": "{label}, 맞힘: {count}장",
    "{label}, taken for {verdict}: {count}": "{label}, {verdict}(으)로 봄: {count}장",
    "No class was taken for another.": "다른 클래스로 잘못 본 사진이 없습니다.",
    "pairs taken for each other, the most frequent first": "서로 혼동한 쌍, 잦은 것부터",
    "of the class": "클래스에서의 몫",
    "{classes} classes would make a matrix too large to read. {shown} of the {pairs} pairs that occur:": (
        "클래스 {classes}개의 표는 너무 커서 읽을 수 없습니다. 나타난 {pairs}쌍 중 {shown}쌍입니다:"
    ),
    "{shown} of them, the most and the least probable.": "그중 확률이 가장 높거나 낮은 {shown}장.",
}

_CURVES = {
    "Do its probabilities keep their promise?": "확률은 약속을 지키나?",
    "Of all pictures for which it says 80%, about 80 in 100 should be right; points on the dashed line keep that "
    "promise.": ("80%라고 답한 사진들은 100장 중 80장쯤 맞아야 합니다. 점이 점선 위에 있으면 약속을 지킨 것입니다."),
    "It promised {promised} on average and kept {kept}: about right (calibration error {error}).": (
        "평균 {promised}를 약속했고 {kept}를 지켰습니다. 대체로 맞습니다 (보정 오차 {error})."
    ),
    "It promised {promised} on average and kept {kept}: too sure of itself (calibration error {error}).": (
        "평균 {promised}를 약속했고 {kept}를 지켰습니다. 지나치게 자신합니다 (보정 오차 {error})."
    ),
    "It promised {promised} on average and kept {kept}: too modest (calibration error {error}).": (
        "평균 {promised}를 약속했고 {kept}를 지켰습니다. 지나치게 조심스럽습니다 (보정 오차 {error})."
    ),
    "The numbers as a table": "숫자를 표로 보기",
    "kept exactly": "정확히 지킴",
    "95% interval": "95% 구간",
    "pictures of similar probability": "확률이 비슷한 사진들",
    "The grey columns show how many pictures there are.": "회색 기둥은 사진이 몇 장인지 보여 줍니다.",
    "promised and kept": "약속과 실제",
    "how probable it said (%)": "말한 확률 (%)",
    "how many were right (%)": "맞은 비율 (%)",
    "on average": "평균",
    "were right": "맞은 비율",
    "What if it answers only when it is sure?": "확신할 때만 답한다면?",
    "The classifier may say “not sure” instead of a wrong answer; the more often it does, the fewer of its answers are "
    "wrong.": "분류기는 틀린 답 대신 “모르겠음”이라고 할 수 있습니다. 자주 그럴수록 틀린 답의 비율이 줄어듭니다.",
    "Answer only what is at least so probable:": "확률이 이 이상일 때만 답하기:",
    "Answering {coverage} of the pictures ({answered} of {pictures}), those at least {probability} probable: "
    "{wrong}.": ("확률이 {probability} 이상인 {coverage}의 사진에만 답하면({pictures}장 중 {answered}장): {wrong}."),
    "none of the {answered} answers is wrong": "답 {answered}개 중 틀린 것이 없습니다",
    "the only answer is wrong": "하나뿐인 답이 틀립니다",
    "{wrong} of the {answered} answers are wrong": "답 {answered}개 중 {wrong}개가 틀립니다",
    "1 in {many} answers is wrong": "답 {many}개 중 1개꼴로 틀립니다",
    "To the left it answers less. What is unlike the pictures it was taught is never answered.": (
        "왼쪽으로 갈수록 답을 덜 합니다. 배운 사진들과 다른 사진에는 답하지 않습니다."
    ),
    "wrong answers, by how much is answered": "답한 비율에 따른 틀린 답",
    "answered (% of the pictures)": "답한 비율 (사진의 %)",
    "wrong (% of the answers)": "틀린 비율 (답의 %)",
}

_TABLES = {
    "Class by class": "클래스별로",
    "Found: how many of the class's pictures were recognised (recall). Precision: how many of the pictures called so "
    "really were.": ("재현율: 그 클래스의 사진 중 알아본 비율. 정밀도: 그렇게 답한 사진 중 정말 그런 비율."),
    "class": "클래스",
    "found": "재현율",
    "precision": "정밀도",
    "taken for": "잘못 본 클래스",
    "figures of each class": "클래스마다의 수치",
    "To do it again": "다시 해 보려면",
    "Enough to do the same again and get the same numbers: a number without its seed and its versions cannot be "
    "checked.": (
        "같은 일을 다시 해서 같은 숫자를 얻는 데 필요한 것들입니다. 시드와 버전이 없는 숫자는 확인할 수 없습니다."
    ),
    "what was done": "작업 기록",
    "learning rate": "학습률",
    "best epoch": "가장 좋은 에포크",
    "seed": "시드",
    "versions": "버전",
    "version": "버전",
    "seconds": "걸린 시간(초)",
    "backbone": "백본",
    "network": "신경망",
    "weights": "가중치",
    "depths": "깊이",
    "penalty": "정규화 강도",
    "risk": "허용 위험",
    "familiar": "낯익음 기준",
    "augment": "증강 선택",
    "temperature": "온도",
    "thresholds": "임계값",
    "probability": "확률",
    "novelty": "낯섦",
    "date": "날짜",
    "files": "파일 목록의 다이제스트",
    "digests": "다이제스트",
    "model": "모델",
    "classes": "클래스 수",
    "pictures per class": "클래스별 사진 수",
    "threads": "스레드",
    "augmentation": "데이터 증강",
    "epochs": "에포크",
    "batch size": "배치 크기",
    "total": "합계",
    "features": "특징",
    "head": "헤드",
    "test": "시험",
    "name": "이름",
}

_DATA = {
    "What to look at in the data": "데이터에서 살펴볼 것",
    "A classifier is as good as its pictures: copies make a score look better than it is, and wrong labels teach "
    "mistakes.": "분류기는 사진만큼만 좋습니다. 복사본은 점수를 부풀리고, 틀린 이름표는 실수를 가르칩니다.",
    "important": "중요",
    "the picture {file}": "사진 {file}",
    "suspicious": "의심스러운 파일",
    "the same picture in two splits": "두 묶음에 있는 같은 사진",
    "the same picture in two classes": "두 클래스에 있는 같은 사진",
    "two classes with the same pictures": "같은 사진이 든 두 클래스",
    "exact copies": "똑같은 복사본",
    "altered copies": "조금 바뀐 복사본",
    "labels that look wrong": "틀린 것 같은 이름표",
    "unlike their class": "클래스와 동떨어진 사진",
    "only one class": "클래스가 하나뿐",
    "no classes": "클래스가 없음",
    "too few pictures": "너무 적은 사진",
    "lopsided classes": "클래스 불균형",
    "cannot be read": "읽을 수 없는 파일",
    "damaged files": "손상된 파일",
    "another format than the name says": "이름과 다른 형식",
    "no picture's ending in the name": "확장자가 없는 사진",
    "very small pictures": "너무 작은 사진",
    "almost one colour": "거의 한 가지 색인 사진",
    "very long or very wide": "아주 길거나 넓은 사진",
    "what else to know": "그 밖에 알아 둘 것",
    "warnings": "주의",
    "Which changes a picture may bear": "사진을 어디까지 바꿔도 되나",
    "Mirrored or turned copies help only where they still show the same class; a mirrored “b” is a “d”. What is not "
    "surely safe stays off.": (
        "뒤집거나 돌린 사진은 여전히 같은 클래스일 때만 도움이 됩니다. “b”를 뒤집으면 “d”가 됩니다. 확실히 안전하지 "
        "않은 것은 쓰지 않습니다."
    ),
    "used": "사용함",
    "not used": "사용 안 함",
    "an example: {caption}": "예: {caption}",
}

_CENSUS = {
    "What is there": "무엇이 들어 있나",
    "All pictures that can be read, and what a person should look at before anything is taught from them. Choose a "
    "finding to see its pictures.": (
        "읽을 수 있는 모든 사진과, 가르치기 전에 사람이 살펴보아야 할 것들입니다. 항목을 고르면 그 사진들이 보입니다."
    ),
    "{pictures}{classes}: nothing wrong was found.": "{classes}{pictures}: 잘못된 것을 찾지 못했습니다.",
    "{pictures}{classes}: {kinds}, none of them important.": (
        "{classes}{pictures}: 살펴볼 것이 {kinds} 있지만 중요한 것은 없습니다."
    ),
    "{pictures}{classes}: {kinds}, {severe} of them important.": (
        "{classes}{pictures}: 살펴볼 것이 {kinds} 있고, 그중 {severe}가지가 중요합니다."
    ),
    "1 picture": "사진 1장",
    " in no class": "클래스 없이 ",
    " in 1 class": "클래스 1개에 ",
    " in {count} classes": "클래스 {count}개에 ",
    "1 kind of finding": "1가지",
    "{count} kinds of findings": "{count}가지",
    "In splits:": "묶음별:",
    "pictures of each class": "클래스마다의 사진 수",
    "splits": "묶음",
}

_TRANSFORMS = {name: OF_TRANSFORMS[name] for name in NAMED if name in OF_TRANSFORMS}

KOREAN = {**_FRAME, **_RESULT, **_PICTURES, **_MATRIX, **_CURVES, **_TABLES, **_DATA, **_CENSUS, **_TRANSFORMS}
