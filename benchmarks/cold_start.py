"""How long a person waits for one photo, for the help, and for the very first answer.

    python benchmarks/cold_start.py [--data FOLDER] [--peers FOLDER] [--keras-python PYTHON] [--rounds N]

Each figure is a whole process, from outside. The peer names one photo with Keras' ResNet50.
"""

from pathlib import Path

from measuring import (
    Bars,
    Keras,
    Run,
    add_peers,
    by_turns,
    empty_folder,
    machine,
    parser,
    photos_in,
    ratios,
    run,
    seefood,
    shown,
    times,
)

PEER = "one photo, Keras ResNet50"
TIMES_FASTER = 10
HELP_SECONDS = 0.3
HELP_RUNS = 4
"""The help is so quick that it is run several times a round."""


def first_ever(photo: Path) -> Run:
    """An empty cache: the network is built from its weights file, optimised, and kept."""
    with empty_folder() as cache:
        return run(seefood("classify", photo, "--json"), cache)


def main() -> None:
    options = parser(__doc__, rounds=5)
    add_peers(options)
    arguments = options.parse_args()
    photo = min(photos_in(arguments.data / "photos").iterdir())
    keras, bars = Keras(arguments), Bars()
    print(f"{machine()}\n{keras.versions()}")
    with empty_folder() as cache:
        run(seefood("classify", photo, "--json"), cache)
        measures = {
            "one photo": lambda: run(seefood("classify", photo, "--json"), cache),
            "one photo, empty cache": lambda: first_ever(photo),
        }
        if keras.missing is None:
            peer = keras.command("keras_classify_one.py", "ResNet50", photo)
            run(peer)
            measures[PEER] = lambda: run(peer)
        found = by_turns(measures, arguments.rounds)
        found |= by_turns({"seefood --help": lambda: run(seefood("--help"), cache)}, HELP_RUNS * arguments.rounds)
    for name, runs in found.items():
        print(f"{name}: {shown(runs)}")
    if keras.missing is None:
        against_keras(found, bars)
    else:
        bars.left_out("one photo against Keras ResNet50", keras.missing)
    bars.at_most("seefood --help", times(found["seefood --help"]).median, HELP_SECONDS, " s")
    bars.conclude()


def against_keras(found: dict[str, list[Run]], bars: Bars) -> None:
    peer = times(found[PEER])
    usual, first = (ratios(peer, times(found[name])) for name in ("one photo", "one photo, empty cache"))
    print(f"one photo, against Keras ResNet50: {usual.shown('times faster')}")
    print(f"one photo with an empty cache, against the same: {first.shown('times faster')}")
    bars.at_least("one photo, times faster than Keras ResNet50", usual.median, TIMES_FASTER)


if __name__ == "__main__":
    main()
