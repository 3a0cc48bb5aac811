"""What becomes of the derived alarms when something goes wrong: from the cause to the message. OBS-3.

Minutes pass as fast as they are computed; tests/end_to_end does the same with processes.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from components.declarations import load_services
from tests.support.cloudwatch.derived import Minutes, Traffic, of_kind
from tests.support.recording.declarations import minimal, services_calling, write

CHAIN = services_calling(orbit=("axon",), axon=())
CAUSES = {
    "down": Traffic(tasks=0),
    "errors": Traffic(errors=20),
    "latency": Traffic(latency_ms=900),
    "saturation": Traffic(cpu=97),
    "denials": Traffic(decisions=100, denials=40),
    "governance-latency": Traffic(decisions=100, governance_ms=800),
}


@pytest.mark.parametrize("kind", CAUSES)
def test_each_condition_turns_red_by_its_cause_and_one_message_says_so_and_one_that_it_is_over(
    kind: str,
) -> None:
    """OBS-3: no other condition turns red with it."""
    minutes = Minutes(CHAIN)
    minutes.pass_by(5)
    assert (minutes.red(), minutes.messages) == (set(), [])
    minutes.pass_by(6, {"orbit": CAUSES[kind]})
    assert {one for one in of_kind(minutes.red(), "orbit") if not one.startswith("burn")} == {kind}
    minutes.pass_by(10)
    assert minutes.messages == [("orbit", "ALARM"), ("orbit", "OK")]


def test_a_storm_is_one_message() -> None:
    """A callee dies under ten callers, all of which answer with errors: one message, one when it is over."""
    callers = {f"caller{letter}": ("axon",) for letter in "abcdefghij"}
    minutes = Minutes(services_calling(axon=(), **callers))
    minutes.pass_by(5)
    failing = dict.fromkeys(callers, Traffic(errors=90))
    minutes.pass_by(1, failing)  # callers notice first
    minutes.pass_by(4, {"axon": Traffic(tasks=0), **failing})
    minutes.pass_by(1, failing)  # and recover last
    minutes.pass_by(6)
    assert minutes.messages == [("axon", "ALARM"), ("axon", "OK")]


def test_a_storm_through_a_chain_is_one_message() -> None:
    """Also callers of callers are quiet while what fails them is known."""
    minutes = Minutes(services_calling(web=("orbit",), orbit=("axon",), axon=()))
    minutes.pass_by(5)
    failing = {"web": Traffic(errors=90), "orbit": Traffic(errors=90)}
    minutes.pass_by(10, {"axon": Traffic(tasks=0), **failing})
    minutes.pass_by(8)
    assert minutes.messages == [("axon", "ALARM"), ("axon", "OK")]


def test_a_caller_with_a_trouble_of_its_own_is_told_when_the_callee_is_up_again() -> None:
    """Quiet is for a time: what is still wrong after the callee has recovered is told."""
    minutes = Minutes(CHAIN)
    minutes.pass_by(5)
    minutes.pass_by(6, {"axon": Traffic(tasks=0), "orbit": Traffic(errors=90)})
    minutes.pass_by(10, {"orbit": Traffic(errors=90)})
    assert minutes.messages == [("axon", "ALARM"), ("axon", "OK"), ("orbit", "ALARM")]


def test_an_outage_that_spends_the_budget_is_one_message_to_the_last_burn_rate() -> None:
    """Hours later, when the slowest window has forgotten it, there is still nothing more to tell."""
    minutes = Minutes(services_calling(axon=()))
    minutes.pass_by(5)
    minutes.pass_by(10, {"axon": Traffic(errors=90)})
    assert {"burn-medium", "burn-slow"} <= of_kind(minutes.red(), "axon")
    minutes.pass_by(135)
    assert of_kind(minutes.red(), "axon") <= {"burn-medium-long", "burn-slow-long"}
    assert minutes.messages == [("axon", "ALARM"), ("axon", "OK")]


@pytest.mark.parametrize(("errors_percent", "after"), [(100, 1), (10, 9), (5, 18)])
def test_the_workbook_s_time_until_an_alarm(tmp_path: Path, errors_percent: int, after: int) -> None:
    """OBS-5: (1 - objective) / error rate x window x burn rate, of 99.9 %: 52 s, 8.6 and 17.3 minutes; and
    the short window ends it five minutes after the cause.

    https://sre.google/workbook/alerting-on-slos/#4-alert-on-burn-rate
    """
    assert after == math.ceil(0.1 / errors_percent * 60 * 14.4)
    write(tmp_path, axon=minimal("axon", 8080, more="[objectives]\nerror_rate_percent = 0.1\n"))
    minutes = Minutes(load_services(tmp_path / "services"))
    minutes.pass_by(60)
    bad = {"axon": Traffic(errors=errors_percent)}
    minutes.pass_by(after - 1, bad)
    assert "axon/burn-fast" not in minutes.red()
    minutes.pass_by(1, bad)
    assert "axon/burn-fast" in minutes.red()
    minutes.pass_by(5)
    assert "axon/burn-fast" not in minutes.red()


def test_errors_in_bursts_are_told_by_the_burn_rate_alone() -> None:
    """One bad minute of three is no alarm on errors, and spends the budget too fast all the same."""
    minutes = Minutes(services_calling(axon=()))
    minutes.pass_by(5)
    for _ in range(8):
        minutes.pass_by(1, {"axon": Traffic(errors=100)})
        minutes.pass_by(2)
    assert "axon/errors" not in minutes.red()
    assert minutes.messages == [("axon/burn-slow", "ALARM")]


def test_little_traffic_is_quiet_however_bad() -> None:
    """Nineteen requests a minute that all fail are no share to go by, over an hour they are."""
    minutes = Minutes(CHAIN)
    minutes.pass_by(5)
    minutes.pass_by(3, {"axon": Traffic(requests=19, errors=19)})
    assert of_kind(minutes.red(), "axon") <= {"burn-fast-short"}
