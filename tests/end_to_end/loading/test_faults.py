"""What clients are told while something fails; nothing is done twice, nothing left without an answer."""

from __future__ import annotations

import os
import signal
import uuid
from collections import Counter
from typing import Any

import pytest

from tests.support.end_to_end.ledger import credit, deeds, load
from tests.support.end_to_end.project import ProjectCopy, until

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.xdist_group("load"),
    pytest.mark.costly("a sandbox of its own, under load"),
]


def told(answer: tuple[int, Any, Any]) -> tuple[int, str, str | None]:
    """Status, problem and reason of an answer; a 503 says when to come back."""
    status, headers, document = answer
    assert ("retry-after" in headers) == (status == 503), document
    return status, str(document["type"]).rpartition(":")[2], document.get("reason_code")


def orbits(line: ProjectCopy) -> set[int]:
    """The processes of the healthy Orbits."""
    return {task["pid"] for task in line.tasks("orbit") if task["health"] == "HEALTHY"}


def fault(line: ProjectCopy, target: str, **wrong: Any) -> None:
    line.world.begin_fault({"target": target, "seconds": 60, **wrong})


def test_target_slow(mended: ProjectCopy) -> None:
    """ORB-1: slower than an attempt may take is 504; a little slow is answered."""
    fault(mended, "axon", latency=0.1)
    assert mended.dispatch("reason")[0] == 200
    fault(mended, "axon", latency=5)
    assert told(mended.dispatch("reason")) == (504, "target-timeout", None)


def test_target_failing_in_part(mended: ProjectCopy) -> None:
    """ORB-1: of 40 requests some fail and some are done; a failure is 502, and no denial."""
    fault(mended, "axon", errors=0.3)
    answers = [mended.dispatch("reason", tenant="one") for _ in range(40)]
    counts = Counter(status for status, _, _ in answers)
    assert set(counts) <= {200, 502, 503}
    assert min(counts[200], counts[502]) > 0
    assert {told(each)[1] for each in answers if each[0] == 502} == {"target-invalid-answer"}


def test_target_dead(mended: ProjectCopy) -> None:
    """ORB-1: a target that is not reached is 503, and nothing was done."""
    fault(mended, "ledger", down=True)
    key = uuid.uuid4().hex
    assert told(credit(mended, key)) == (503, "target-unavailable", None)
    assert deeds(mended)[key] == 0
    mended.world.end_fault("ledger")
    assert credit(mended, key)[0] == 200
    assert deeds(mended)[key] == 1


def test_target_flapping_under_load(mended: ProjectCopy) -> None:
    """ORB-1: it goes and comes back, twice: every deed of obedient clients is done in the end, once."""
    before = deeds(mended)
    with load(mended, "credit", clients=4) as loading:
        for _ in range(2):
            fault(mended, "ledger", down=True)
            met = mended.status()["faults"][0]["met"]
            until(lambda: mended.status()["faults"][0]["met"] > met + 3, "calls that meet it")  # noqa: B023
            mended.world.end_fault("ledger")
            done = len(loading.answers)
            until(lambda: len(loading.answers) > done + 5, "answers")  # noqa: B023
    found = deeds(mended) - before
    assert set(loading.outcomes) == {"200"}
    assert len(found) == len(loading.answers)
    assert set(found.values()) == {1}


def test_target_failing_does_nothing_twice(mended: ProjectCopy) -> None:
    """A deed that is answered 200 is in the book once, and one that is not at most once."""
    fault(mended, "ledger", errors=0.5)
    keys = [uuid.uuid4().hex for _ in range(12)]
    answers = {key: credit(mended, key)[0] for key in keys}
    found = deeds(mended)
    assert set(answers.values()) <= {200, 502, 503}
    assert [found[key] for key, status in answers.items() if status == 200] == [1] * list(
        answers.values()
    ).count(200)
    assert all(found[key] <= 1 for key in keys)
    mended.world.end_fault("ledger")
    for key in keys:
        until(lambda: credit(mended, key)[0] == 200, f"the answer of {key}")  # noqa: B023
    assert [deeds(mended)[key] for key in keys] == [1] * len(keys)


def test_target_stopped_and_continued(mended: ProjectCopy) -> None:
    """One Axon of two stands still for a while: every request is done, by the other one. ORB-1"""
    pid = mended.tasks("axon")[0]["pid"]
    with load(mended) as loading:
        os.kill(pid, signal.SIGSTOP)
        try:
            until(lambda: len(loading.answers) > 60, "answers of the other one")
        finally:
            os.kill(pid, signal.SIGCONT)
    assert set(loading.outcomes) == {"200"}


@pytest.mark.costly("the deed takes 30 s")
def test_target_killed_in_the_middle_of_a_deed(mended: ProjectCopy) -> None:
    """A deed whose process dies is not begun again: 503, and in the book once."""
    key = uuid.uuid4().hex
    with load(mended, "credit", clients=1, payload={"seconds": 30}):
        until(lambda: len(deeds(mended)) > 0, "a deed")
        before = deeds(mended)
        until(lambda: credit(mended, key, seconds=0.1)[0] == 200, "another deed beside it")
        for task in mended.tasks("ledger"):
            os.kill(task["pid"], signal.SIGKILL)
        until(lambda: len(mended.tasks("ledger")) == 2, "two ledgers again")
    assert all(count == 1 for count in (deeds(mended) - before + before).values())


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"latency": 5}, "governance_timeout"),
        ({"down": True}, "governance_unreachable"),
        ({"errors": 1}, "governance_error"),
        ({"throttle": 1}, "governance_throttled"),
    ],
    ids=["slow", "dead", "failing", "throttled"],
)
def test_governance_in_trouble(mended: ProjectCopy, wrong: dict[str, Any], reason: str) -> None:
    """GOV-1: no decision is 503 with its reason, never a denial; a grant that is held goes on to count."""
    assert mended.dispatch("reason", tenant="held")[0] == 200
    assert mended.dispatch("reason", tenant="held")[0] == 200
    fault(mended, "governance", **wrong)
    assert told(mended.dispatch("reason", patient=False)) == (503, "governance-unavailable", reason)
    assert mended.dispatch("reason", tenant="held")[0] == 200


def test_governance_denying_is_no_fault(mended: ProjectCopy) -> None:
    """GOV-1: a denial is 403, also while every other call is slow."""
    fault(mended, "governance", latency=0.2)
    assert told(mended.dispatch("erase", target="axon"))[:2] == (403, "denied-by-policy")


def test_dynamodb_throttled(mended: ProjectCopy) -> None:
    """Without its record a deed is not begun: 503, nothing in the book; what needs none goes on."""
    fault(mended, "dynamodb", throttle=1)
    key = uuid.uuid4().hex
    assert told(credit(mended, key))[:2] == (503, "target-unavailable")
    assert deeds(mended)[key] == 0
    assert mended.dispatch("reason")[0] == 200
    mended.world.end_fault("dynamodb")
    until(lambda: credit(mended, key)[0] == 200, "the deed, now that its record can be kept")
    assert deeds(mended)[key] == 1


def test_signing_key_rotated_twice_and_a_target_replaced(mended: ProjectCopy) -> None:
    """SEC-2: Orbit knows the first version, the new Axon only later ones: no request fails for it."""
    secrets = mended.client("secretsmanager")
    with load(mended) as loading:
        for _ in range(2):
            secrets.put_secret_value(
                SecretId="sandbox/calls/orbit/axon/signing-key", SecretString=uuid.uuid4().hex * 2
            )
        killed = mended.tasks("axon")[0]["pid"]
        os.kill(killed, signal.SIGKILL)
        until(lambda: killed not in [task["pid"] for task in mended.tasks("axon")], "another Axon")
        done = len(loading.answers)
        until(lambda: len(loading.answers) > done + 40, "answers of the new one")
    assert set(loading.outcomes) == {"200"}


def test_orbit_killed_and_orbit_ended(mended: ProjectCopy) -> None:
    """Killing one Orbit of two fails no more requests than it had; one that is told to end fails none."""
    clients, ended = 6, set[int]()
    for number, most in ((signal.SIGKILL, clients), (signal.SIGTERM, 0)):
        until(lambda: len(orbits(mended) - ended) == 2, "two Orbits")
        pid = min(orbits(mended))
        ended.add(pid)
        with load(mended, clients=clients) as loading:
            until(lambda: len(loading.answers) > 20, "answers")
            os.kill(pid, number)
            until(lambda: len(loading.answers) > 120, "answers of the other one")
        lost = {outcome: count for outcome, count in loading.outcomes.items() if outcome != "200"}
        assert sum(lost.values()) <= most, lost
        assert set(lost) <= {"502"}


def test_the_commands_play_show_and_measure(mended: ProjectCopy) -> None:
    """`fault` puts a fault on, `status` shows it, `load` reports what clients met, and `--end` ends it."""
    mended.myelin("fault", "axon", "--latency", "50ms", "--for", "1m")
    (shown,) = mended.myelin("status").document["faults"]
    assert (shown["target"], shown["trouble"]) == ("axon", "0.05 s slower")
    report = mended.myelin("load", "reason", "--requests", "20", "--concurrency", "5").document
    assert (report["outcomes"], report["requests"]) == ({"200": 20}, 20)
    assert report["hops_ms"]["target"]["p50"] >= 50
    assert mended.myelin("fault", "axon", "--end").document == {"target": "axon", "ended": True}
    assert mended.myelin("status").document["faults"] == []
    wrong = mended.myelin("fault", "nobody", "--down", check=False)
    assert wrong.code == 2
    assert "axon" in wrong.document["error"]["hint"]
