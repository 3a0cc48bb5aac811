"""When the actions of a suppressed alarm are performed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.alarms.definitions import AlarmState
from sandbox.cloud.alarms.suppression import ActionMemory, step

OK, RED = AlarmState.OK, AlarmState.ALARM
WAIT, EXTENSION = 2, 3
STATES = st.sampled_from("OR")


def _played(alarm: str, suppressor: str) -> list[str]:
    """What each second brings: `told`, what keeps it, or nothing. O is ok, R red."""
    memory = ActionMemory(told=OK, state=OK, turned=0)
    said = []
    for now, (own, other) in enumerate(zip(alarm, suppressor, strict=True)):
        found = step(
            memory,
            state=RED if own == "R" else OK,
            suppressor={"R": RED, "O": OK, "-": None}[other],
            now=now,
            wait=WAIT,
            extension=EXTENSION,
        )
        memory = found.memory
        said.append("told" if found.perform else found.suppressed_by)
    return said


@pytest.mark.parametrize(
    ("alarm", "suppressor", "said"),
    [
        # no suppressor: at once, both ways
        ("ORRO", "----", ["", "told", "", "told"]),
        # the suppressor stays ok: told after the wait period
        ("ORRRR", "OOOOO", ["", "WaitPeriod", "WaitPeriod", "told", ""]),
        # it follows within the wait period: told when it has left for longer than the extension period
        (
            "RRRRRRRR",
            "OORROOOO",
            ["WaitPeriod", "WaitPeriod", "Alarm", "Alarm", "ExtensionPeriod", "ExtensionPeriod", "told", ""],
        ),
        # the alarm ends within the extension period: nobody hears of it
        ("RRRROOOO", "RRRROOOO", ["Alarm"] * 4 + [""] * 4),
        # it came and went within the wait period
        ("RROOO", "OOOOO", ["WaitPeriod", "WaitPeriod", "", "", ""]),
        # a recovery is told at once
        ("RRROO", "OOOOO", ["WaitPeriod", "WaitPeriod", "told", "told", ""]),
        # a recovery while the suppressor is red waits for its end
        (
            "RRROOOOO",
            "OOORROOO",
            [
                "WaitPeriod",
                "WaitPeriod",
                "told",
                "Alarm",
                "Alarm",
                "ExtensionPeriod",
                "ExtensionPeriod",
                "told",
            ],
        ),
    ],
)
def test_waits_and_extensions(alarm: str, suppressor: str, said: list[str]) -> None:
    """Wait period 2, extension period 3."""
    assert _played(alarm, suppressor) == said


@given(st.lists(st.tuples(STATES, STATES), min_size=1, max_size=40))
def test_nothing_is_told_while_the_suppressor_is_red_and_tellings_alternate(
    pairs: list[tuple[str, str]],
) -> None:
    """Red, ok, red, ok: never the same state twice."""
    alarm, suppressor = "".join(own for own, _ in pairs), "".join(other for _, other in pairs)
    said = _played(alarm, suppressor)
    told = [own for own, what in zip(alarm, said, strict=True) if what == "told"]
    assert all(what != "told" for what, other in zip(said, suppressor, strict=True) if other == "R")
    assert told == (["R", "O"] * len(told))[: len(told)]


@given(st.lists(STATES, min_size=1, max_size=20))
def test_in_the_end_what_is_so_has_been_told(states: list[str]) -> None:
    """Once nothing suppresses any more, the last telling is the present state."""
    alarm = "".join(states) + states[-1] * 10
    told = [
        own
        for own, what in zip(alarm, _played(alarm, "R" * len(states) + "O" * 10), strict=True)
        if what == "told"
    ]
    assert (told or ["O"])[-1] == states[-1]
