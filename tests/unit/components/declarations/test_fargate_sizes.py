"""The task sizes that Fargate offers, in words."""

from __future__ import annotations

from itertools import pairwise

import pytest

from components.declarations.fargate import TASK_SIZES, offered_cpu, offered_memory


def test_cpu_sizes() -> None:
    """All sizes, from a quarter of a vCPU to sixteen."""
    assert offered_cpu() == "256, 512, 1024, 2048, 4096, 8192, 16384"


@pytest.mark.parametrize(
    ("cpu", "words"),
    [
        (256, "512, 1024, 2048"),
        (512, "1024, 2048, 3072, 4096"),
        (1024, "2048 to 8192 in steps of 1024"),
        (16384, "32768 to 122880 in steps of 8192"),
    ],
)
def test_memory_sizes(cpu: int, words: str) -> None:
    """Few sizes are listed, many are a range with its step."""
    assert offered_memory(cpu) == words


def test_every_step_of_a_size_is_the_same() -> None:
    """A range with one step says the truth about every size in it."""
    for sizes in TASK_SIZES.values():
        if len(sizes) > 4:
            assert len({after - before for before, after in pairwise(sizes)}) == 1
