"""How long teaching takes, cold and again, and how good what was taught is.

    python benchmarks/teaching.py [--quick] [--data FOLDER] [--peers FOLDER] [--keras-python PYTHON] [--rounds N]

Whole processes, from outside, each round with a cache that is empty at first. The peers train a softmax layer on a
frozen Keras network for three epochs, once each, between two rounds; ResNet50 takes minutes, --quick leaves it out.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measuring import (
    Bars,
    Keras,
    Run,
    Sample,
    add_peers,
    empty_folder,
    machine,
    parser,
    photos_in,
    run,
    seefood,
    shown,
    times,
)

EPOCHS = "3"
TIMES_FASTER = {"MobileNetV2": 6, "ResNet50": 20}


@dataclass
class Lessons:
    """The same lesson again and again, each time first with an empty cache and then with a full one."""

    folder: Path
    test: Path | None = None
    cold: list[Run] = field(default_factory=list)
    again: list[Run] = field(default_factory=list)

    def round(self) -> None:
        with empty_folder() as scratch:
            command = seefood("train", self.folder, "-o", scratch / "model.onnx", "--json")
            command += [] if self.test is None else ["--test", str(self.test)]
            self.cold.append(run(command, scratch / "cache"))
            self.again.append(run(command, scratch / "cache"))

    @property
    def card(self) -> dict[str, Any]:
        """What the last run said; all say the same but for the time."""
        card: dict[str, Any] = self.cold[-1].json()
        return card

    def show(self, title: str) -> None:
        print(f"\n{title}: {sum(self.card['classes'].values())} pictures of {len(self.card['classes'])} classes")
        print(f"  empty cache     {shown(self.cold)}")
        print(f"  again           {shown(self.again)}")
        steps = {step: step_seconds(self.cold, step).median for step in self.card["seconds"]}
        print(f"  of that, cold   {', '.join(f'{step} {time:.2f} s' for step, time in steps.items())}")
        low, high = self.card["interval"]
        print(f"  out of fold     accuracy {self.card['accuracy']:.3f}, interval {low:.3f} to {high:.3f}")


def step_seconds(runs: list[Run], step: str) -> Sample:
    return Sample(tuple(run.json()["seconds"][step] for run in runs))


def rural_urban(data: Path, rounds: int, bars: Bars) -> None:
    folder = photos_in(data / "rural_urban")
    lessons = Lessons(folder / "train", folder / "val")
    for _ in range(rounds):
        lessons.round()
    lessons.show("rural_urban")
    tested = lessons.card["test"]
    bars.at_least("rural_urban, right of 20", tested["accuracy"] * tested["pictures"], 20)
    bars.at_most("rural_urban, empty cache", times(lessons.cold).median, 3, " s")
    bars.at_most("rural_urban, again", times(lessons.again).median, 1, " s")


def hymenoptera(data: Path, rounds: int, bars: Bars, keras: Keras, networks: list[str]) -> None:
    folder = photos_in(data / "hymenoptera")
    lessons = Lessons(folder / "train", folder / "val")
    peers = {}
    lessons.round()
    for network in networks if keras.missing is None else []:
        peers[network] = run(keras.command("keras_transfer.py", network, folder / "train", folder / "val", EPOCHS))
        lessons.round()
    while len(lessons.cold) < rounds:
        lessons.round()
    lessons.show("hymenoptera")
    accuracy, (low, high) = lessons.card["test"]["accuracy"], lessons.card["interval"]
    print(f"  on the test set accuracy {accuracy:.3f}")
    bars.at_least("hymenoptera, test accuracy", accuracy, 0.94)
    bars.at_least("hymenoptera, test accuracy inside the score card's interval", float(low <= accuracy <= high), 1)
    cold = times(lessons.cold).median
    for network, peer in peers.items():
        print(f"  Keras {network}, {EPOCHS} epochs  {shown([peer])}")
        bars.at_least(f"hymenoptera, times faster than {network}", peer.seconds / cold, TIMES_FASTER[network])
    for network in TIMES_FASTER.keys() - peers.keys():
        bars.left_out(f"hymenoptera against {network}", keras.missing or "left out by --quick")
    bars.at_most("hymenoptera, again", times(lessons.again).median, 1.5, " s")


def letters(data: Path, rounds: int, bars: Bars) -> None:
    lessons = Lessons(photos_in(data / "letters"))
    for _ in range(rounds):
        lessons.round()
    lessons.show("letters")
    share = step_seconds(lessons.cold, "head").median / step_seconds(lessons.cold, "features").median
    bars.at_least("letters, out-of-fold accuracy", lessons.card["accuracy"], 0.87)
    bars.at_most("letters, seconds for the head / seconds for the features", share, 0.5)


def main() -> None:
    options = parser(__doc__, rounds=3)
    add_peers(options)
    options.add_argument("--quick", action="store_true", help="leave Keras' ResNet50 out")
    arguments = options.parse_args()
    keras, bars = Keras(arguments), Bars()
    print(f"{machine()}\n{keras.versions()}")
    networks = ["MobileNetV2"] if arguments.quick else list(TIMES_FASTER)
    rural_urban(arguments.data, arguments.rounds, bars)
    hymenoptera(arguments.data, arguments.rounds, bars, keras, networks)
    letters(arguments.data, arguments.rounds, bars)
    bars.conclude()


if __name__ == "__main__":
    main()
