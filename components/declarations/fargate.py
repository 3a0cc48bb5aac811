"""The task sizes that Fargate offers.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
"""

from __future__ import annotations

_GIB = 1024

TASK_SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1 * _GIB, 2 * _GIB),
    512: tuple(range(1 * _GIB, 4 * _GIB + 1, _GIB)),
    1024: tuple(range(2 * _GIB, 8 * _GIB + 1, _GIB)),
    2048: tuple(range(4 * _GIB, 16 * _GIB + 1, _GIB)),
    4096: tuple(range(8 * _GIB, 30 * _GIB + 1, _GIB)),
    8192: tuple(range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB)),
    16384: tuple(range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB)),
}
"""CPU units (1024 are one vCPU) to the amounts of memory in MiB that go with them."""


def offered_cpu() -> str:
    """The CPU sizes as words: `256, 512, ...`."""
    return ", ".join(str(cpu) for cpu in TASK_SIZES)


def offered_memory(cpu: int) -> str:
    """The memory sizes in MiB for an offered CPU size as words; long rows as range and step."""
    sizes = TASK_SIZES[cpu]
    if len(sizes) <= 4:
        return ", ".join(str(size) for size in sizes)
    return f"{sizes[0]} to {sizes[-1]} in steps of {sizes[1] - sizes[0]}"
