"""Where kernels stand: against counting, and against what cannot be."""

import pytest

from seefood.convolution.geometry import same_pads


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel_size", [1, 2, 3, 5, 7])
def test_same_pads_are_the_fewest_zeros_that_give_one_output_a_stride(kernel_size: int, stride: int) -> None:
    for size in range(1, 40):
        wanted = len(range(0, size, stride))
        fewest = next(n for n in range(99) if len(range(0, size + n - kernel_size + 1, stride)) == wanted)
        before, after = same_pads(size, kernel_size, stride)
        assert before + after == fewest
        assert after - before in (0, 1)
