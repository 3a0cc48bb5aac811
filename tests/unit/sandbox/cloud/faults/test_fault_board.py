"""The faults that are on."""

from __future__ import annotations

from sandbox.cloud.faults.board import FaultBoard
from sandbox.cloud.faults.fault import Effect, Fault


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_fault_ends_by_itself() -> None:
    """It strikes for its time and not a moment longer; others are not struck."""
    clock = Clock()
    board = FaultBoard(monotonic=clock, chance=lambda: 0.0)
    board.begin(Fault(target="dynamodb", seconds=10, down=True))
    clock.now = 109.9
    assert board.strike("dynamodb") == Effect(down=True)
    assert board.strike("secretsmanager") is None
    assert board.document() == [
        {"target": "dynamodb", "seconds": 10, "down": True, "seconds_left": 0.1, "met": 1}
    ]
    clock.now = 110.0
    assert board.strike("dynamodb") is None
    assert board.document() == []


def test_a_target_has_one_fault_and_it_can_be_ended() -> None:
    """A second fault takes the first one's place; ending says whether there was one."""
    board = FaultBoard()
    board.begin(Fault(target="dynamodb", seconds=10, down=True))
    board.begin(Fault(target="dynamodb", seconds=10, latency=1))
    assert board.strike("dynamodb") == Effect(latency=1)
    assert board.end("dynamodb")
    assert not board.end("dynamodb")
    assert board.strike("dynamodb") is None
