"""A kernel on 12 megapixels of grey, against SciPy on the same numbers.

    python benchmarks/kernels.py [--rounds N]

Both take a float32 picture that is in memory already and return a float32 answer. SciPy's `ndimage.correlate` has no
filters over channels, so a bank of 32 is 32 calls of it.
"""

import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from measuring import Bars, alternating, cores, machine, parser, ratios
from seefood.convolution.correlation import convolve

SIZE = (3000, 4000)
TIMES_FASTER = {(2, 2): 1.5, (3, 3): 2.0, (4, 7): 2.0, (9, 9): None, (31, 31): None}
BANK, BANK_TIMES_FASTER = 32, 5.0
MOST_ROUNDS_OF_LONG_ONES = 3

Floats = NDArray[np.float32]


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def by_scipy(picture: Floats, kernels: list[Floats]) -> list[Floats]:
    return [ndimage.correlate(picture, kernel, mode="constant", output=np.float32) for kernel in kernels]


def compare(title: str, ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> float:
    """Prints both and returns how many times as fast ours is, the median of the rounds' ratios."""
    seconds(ours)
    found = alternating({"seefood": partial(seconds, ours), "SciPy": partial(seconds, theirs)}, rounds)
    ratio = ratios(found["SciPy"], found["seefood"])
    print(f"{title}\n  seefood  {found['seefood'].shown('s')}\n  SciPy    {found['SciPy'].shown('s')}")
    print(f"  ratio    {ratio.shown('times as fast')}")
    return ratio.median


def main() -> None:
    arguments = parser(__doc__, rounds=11).parse_args()
    bars, random = Bars(), np.random.default_rng(0)
    print(f"{machine('scipy')}; on {cores()} cores, SciPy uses one")
    picture = random.integers(0, 256, SIZE).astype(np.float32)
    for shape, bar in TIMES_FASTER.items():
        kernel = random.normal(size=shape).astype(np.float32)
        rounds = arguments.rounds if bar else min(arguments.rounds, MOST_ROUNDS_OF_LONG_ONES if shape[0] < 20 else 1)
        title = f"one kernel of {shape[0]} by {shape[1]}"
        ratio = compare(
            title, partial(convolve, picture, kernel, padding="same"), partial(by_scipy, picture, [kernel]), rounds
        )
        if bar:
            bars.at_least(f"{title}, times as fast as SciPy", ratio, bar)
    bank = random.normal(size=(3, 3, 1, BANK)).astype(np.float32)
    kernels = [np.ascontiguousarray(bank[..., 0, number]) for number in range(BANK)]
    ratio = compare(
        f"{BANK} filters of 3 by 3",
        partial(convolve, picture, bank, padding="same"),
        partial(by_scipy, picture, kernels),
        min(arguments.rounds, MOST_ROUNDS_OF_LONG_ONES),
    )
    bars.at_least(f"{BANK} filters of 3 by 3, times as fast as SciPy", ratio, BANK_TIMES_FASTER)
    bars.conclude()


if __name__ == "__main__":
    main()
