"""A fault as a value."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.cloud.faults.fault import Effect, Fault, FaultError

WHOLE = {"target": "service:sandbox/axon", "seconds": 10, "latency": 0.5, "errors": 0.3, "throttle": 0.2}


def test_a_fault_is_read_as_it_is_written() -> None:
    """The document of a fault gives the same fault."""
    assert Fault.read(WHOLE).document() == WHOLE
    down = {"target": "dynamodb", "seconds": 1, "down": True}
    assert Fault.read(down).document() == down


@pytest.mark.parametrize(
    "wrong",
    [
        {"target": "s3"},
        {"target": "service:axon"},
        {"seconds": 0},
        {"seconds": 3601},
        {"seconds": True},
        {"seconds": "10"},
        {"errors": 1.1},
        {"throttle": -0.1},
        {"latency": -1},
        {"down": 1},
        {"other": 1},
        {"latency": 0, "errors": 0, "throttle": 0},
    ],
)
def test_what_can_not_be_played_is_refused(wrong: dict[str, Any]) -> None:
    """Targets, times, shares and types are checked, and a fault in which nothing is wrong is none."""
    with pytest.raises(FaultError):
        Fault.read({**WHOLE, **wrong})


@pytest.mark.parametrize("document", [[], None, {}, {"target": "dynamodb", "down": True}])
def test_target_and_time_have_to_be_there(document: object) -> None:
    """Nothing is guessed."""
    with pytest.raises(FaultError):
        Fault.read(document)


def test_shares_of_requests_are_throttled_or_fail() -> None:
    """The first fifth of the chances is throttled, the next three tenths fail, the rest wait alone."""
    fault = Fault.read(WHOLE)
    assert fault.effect(0.19) == Effect(latency=0.5, throttled=True)
    assert fault.effect(0.2) == Effect(latency=0.5, failing=True)
    assert fault.effect(0.49) == Effect(latency=0.5, failing=True)
    assert fault.effect(0.5) == Effect(latency=0.5)
