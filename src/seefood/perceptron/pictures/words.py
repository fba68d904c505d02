"""What drawings say, in English and in Korean. The English words stand where they are used; here are the others."""

from typing import Literal

__all__ = ["KOREAN", "Language", "said"]

Language = Literal["en", "ko"]

KOREAN = {
    # the network
    "{name}: a learned network": "{name}: 학습한 신경망",
    "A network of {sizes} nodes": "노드가 {sizes}인 신경망",
    "with {example}": "{example}",
    "example {number}": "예시 {number}",
    "example {number} (line {line} of the file)": "예시 {number} (파일의 {line}번째 줄)",
    "inputs": "입력",
    "inputs: standardised": "입력: 표준화됨",
    "inputs: pixels / 255": "입력: 픽셀 / 255",
    "hidden {number}: {activation}": "은닉층 {number}: {activation}",
    "output: {activation}": "출력: {activation}",
    "input {number}": "입력 {number}",
    "class {number}": "클래스 {number}",
    "1 node": "노드 1개",
    "{count} nodes": "노드 {count}개",
    "{count} nodes; {first}, {last} shown": "노드 {count}개 중 {first}, {last}번",
    "{count} nodes; {most} largest shown": "노드 {count}개 중 가장 큰 {most}개",
    "{count} nodes; {most} largest, the right one shown": "노드 {count}개 중 큰 {most}개와 정답",
    "{count} more hidden layers": "은닉층 {count}개 더",
    "a = e^z / sum of all e^z": "a = e^z / 모든 e^z의 합",
    "positive weight": "양의 가중치",
    "negative weight": "음의 가중치",
    "the wider, the larger": "굵을수록 큼",
    "the wider, the larger; point at a line for its number": "굵을수록 큼. 선을 가리키면 숫자가 보입니다",
    "In a node: its activation. b: bias, z: sum of all that comes in. ✓: the right class.": (
        "노드 안: 활성값. b: 편향, z: 들어오는 것을 모두 더한 값. ✓: 정답 클래스."
    ),
    "∂: how steeply the loss rises with this number, for this example.": (
        "∂: 이 예시에서 이 숫자가 커질 때 손실이 얼마나 가파르게 커지는지."
    ),
    "weight from {source} to {target}": "{source}에서 {target}(으)로 가는 가중치",
    "sum z": "합 z",
    "bias b": "편향 b",
    "{number} in the file": "파일에서는 {number}",
    "{count} weights and biases; activations: {activations}. Outputs: {outputs}.": (
        "가중치와 편향 {count}개. 활성화 함수: {activations}. 출력: {outputs}."
    ),
    # the arithmetic
    "Hidden layer": "은닉층",
    "Hidden layer {number}": "은닉층 {number}",
    "Output": "출력",
    "{layer}: inputs × weights + bias, then {activation}": "{layer}: 입력 × 가중치 + 편향, 그다음 {activation}",
    "and {count} more in the same way": "그리고 같은 방식으로 {count}개 더",
    "{sum} from {count} smaller products": "{sum} (더 작은 곱 {count}개의 합)",
    "(of {count} powers)": "(거듭제곱 {count}개의 합)",
    "the largest sum, {sum}, is taken off first, which changes nothing": (
        "가장 큰 합 {sum}을(를) 먼저 뺍니다. 결과는 달라지지 않습니다"
    ),
    "Loss: how wrong, where '{label}' is right": "손실: 정답이 '{label}'일 때 얼마나 틀렸나",
    "loss": "손실",
    "(computed from z: {name} is too small to be a number)": "(z에서 계산: {name}은(는) 숫자로 나타내기에 너무 작음)",
    "Backward: the slope ∂ of the loss with each number": "거꾸로: 각 숫자에 대한 손실의 기울기 ∂",
    "target": "목표",
    "∂w from {source} to {target}": "{source}에서 {target}(으)로 가는 ∂w",
    "the sum of weights × ∂z": "가중치 × ∂z의 합",
    "and so on, layer by layer, to the first": "이렇게 한 층씩 첫 층까지 갑니다",
    # the curves
    "Loss while learning": "학습하는 동안의 손실",
    "Accuracy after each epoch": "에포크마다의 정확도",
    "each step": "각 단계",
    "mean over {count} steps": "{count}단계의 평균",
    "all examples": "모든 예시",
    "test examples": "시험용 예시",
    "step": "단계",
    "epoch": "에포크",
    "epoch {number}": "에포크 {number}",
    "accuracy": "정확도",
    "loss (by factors)": "손실 (배수 눈금)",
    "A step's loss is that of its batch, before the step.": "각 단계의 손실은 그 단계 직전에 배치에서 잰 것입니다.",
    "The axis begins at {number}, not at 0.": "축은 0이 아니라 {number}에서 시작합니다.",
    "ran away": "발산",
    "interrupted": "중단",
    "Learning ran away in epoch {number} of {epochs}: the loss was no number any more.": (
        "{epochs}에포크 중 {number}번째에서 발산했습니다. 손실이 더는 숫자가 아니었습니다."
    ),
    "Learning was interrupted in epoch {number} of {epochs}.": (
        "{epochs}에포크 중 {number}번째에서 학습이 중단되었습니다."
    ),
    "{count} steps; no epoch was finished.": "{count}단계. 끝까지 마친 에포크가 없습니다.",
    "After {number} epochs: loss {loss}, accuracy {accuracy}.": "{number}에포크 뒤: 손실 {loss}, 정확도 {accuracy}.",
    "After {number} epochs: loss {loss}, accuracy {accuracy}; test loss {test_loss}, test accuracy {test_accuracy}.": (
        "{number}에포크 뒤: 손실 {loss}, 정확도 {accuracy}, 시험 손실 {test_loss}, 시험 정확도 {test_accuracy}."
    ),
    # the regions
    "What the network answers: {name}": "신경망의 답: {name}",
    "Ringed: the {wrong} of {count} examples that it gets wrong.": "동그라미: 예시 {count}개 중 틀린 {wrong}개.",
    "All {count} examples are right.": "예시 {count}개를 모두 맞혔습니다.",
    "The stronger the colour, the surer the network.": "색이 진할수록 신경망이 더 확신합니다.",
    "{shown} of {count} examples are drawn.": "예시 {count}개 중 {shown}개를 그렸습니다.",
    "{name} (standardised)": "{name} (표준화됨)",
    "{name} (pixels / 255)": "{name} (픽셀 / 255)",
    "… and {count} more classes": "… 그리고 클래스 {count}개 더",
    # the landscape
    "Loss around the final network": "마지막 신경망 둘레의 손실",
    "Loss at the end: {loss}.": "끝에서의 손실: {loss}.",
    "Grey: the loss is too large to be a number.": "회색: 손실이 숫자로 나타내기에 너무 큽니다.",
    "the path walked": "걸어온 길",
    "start": "시작",
    "end": "끝",
    "hidden {layer}.{node}": "은닉 {layer}.{node}",
    "output {number}": "출력 {number}",
    "principal direction {number} ({share} of the movement)": "주방향 {number} (움직임의 {share})",
    "Loss on {shown} evenly chosen of {count} examples.": "손실은 예시 {count}개 중 고르게 뽑은 {shown}개로 쟀습니다.",
    "Loss on all {count} examples.": "손실은 예시 {count}개 모두로 쟀습니다.",
    "The landscape over the two weights that moved furthest; all others stay at their final values.": (
        "가장 멀리 움직인 두 가중치 위의 지형입니다. 나머지는 마지막 값에 멈춰 있습니다."
    ),
    "The landscape over two weights; all others stay at their final values.": (
        "두 가중치 위의 지형입니다. 나머지는 마지막 값에 멈춰 있습니다."
    ),
    "While learning they moved as well, so the path is a shadow: only at its end is the loss the one that the "
    "landscape shows.": (
        "학습하는 동안에는 나머지도 움직였으므로 길은 그림자입니다. 지형이 보여 주는 손실과 같은 곳은 길의 끝뿐입니다."
    ),
    "Hidden 1.2: node 2 of the first hidden layer.": "은닉 1.2: 첫째 은닉층의 노드 2.",
    "The landscape through the final network along the two directions in which all weights together moved most, "
    "{share} of the movement.": (
        "마지막 신경망을 지나, 모든 가중치가 함께 가장 많이 움직인 두 방향(움직임의 {share})을 따라 본 지형입니다."
    ),
    "The path is a shadow: only at its end is the loss surely the one that the landscape shows.": (
        "길은 그림자입니다. 지형이 보여 주는 손실과 반드시 같은 곳은 길의 끝뿐입니다."
    ),
}


def said(language: Language, english: str, **values: object) -> str:
    """Words in a language, with values filled in.

    >>> said("en", "epoch {number}", number=3), said("ko", "epoch {number}", number=3)
    ('epoch 3', '에포크 3')
    """
    words = english if language == "en" else KOREAN[english]
    return words.format(**values)
