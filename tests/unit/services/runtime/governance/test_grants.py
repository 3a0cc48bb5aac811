"""Grants that are used again: for which question, how long, and when governance is asked anew."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from services.runtime.deadline import Deadline
from services.runtime.governance.decision import CallQuestion, Decision, denied
from services.runtime.governance.grants import Grants
from tests.support.services.doubles import Clock
from tests.support.services.scripted_calls import ScriptedGovernance

DUE = Deadline(at=0.0)
SHORT = Deadline(at=-1.0)


def question(tenant: str | None = "acme", **changes: Any) -> CallQuestion:
    fields: dict[str, Any] = {"service": "orbit", "intent": "credit", "target": "ledger", "tenant": tenant}
    return CallQuestion(**(fields | changes))


@pytest.fixture
def governance() -> ScriptedGovernance:
    return ScriptedGovernance()


@pytest.fixture
def grants(governance: ScriptedGovernance, clock: Clock) -> Grants:
    return Grants(governance=governance, quota=2, epoch_seconds=clock)


def ask(grants: Grants, *questions: CallQuestion) -> list[str | None]:
    """The grants for questions that are asked one after another."""

    async def run() -> list[Decision]:
        return [await grants.decide(each, DUE) for each in questions]

    return [decision.grant for decision in asyncio.run(run())]


def test_the_same_question_is_answered_with_the_kept_grant(grants: Grants) -> None:
    """Two requests with the same question, whatever their correlation ids, have one grant."""
    assert ask(grants, question(correlation_id="c-1"), question(correlation_id="c-2")) == ["g-1", "g-1"]


def test_a_kept_decision_has_the_correlation_id_of_the_request(grants: Grants) -> None:
    """The log of the second request does not show the first one's correlation id."""
    ask(grants, question(correlation_id="c-1"))
    decision = asyncio.run(grants.decide(question(correlation_id="c-2"), DUE))
    assert decision.correlation_id == "c-2"


@pytest.mark.parametrize(
    "other",
    [
        question(tenant="umbrella"),
        question(tenant=None),
        question(service="web"),
        question(intent="balance"),
        question(target="vault"),
        question(context={"purpose": "audit"}),
        question(unproven=True),
    ],
)
def test_another_question_is_asked(grants: Grants, other: CallQuestion) -> None:
    """A grant answers no question that differs in any part but the correlation id."""
    assert ask(grants, question(), other) == ["g-1", "g-2"]


def test_what_is_denied_takes_no_room(grants: Grants, governance: ScriptedGovernance) -> None:
    """A client may name intents without end: nothing is kept of those that governance denies."""
    governance.changes = {"allowed": False, "reason_code": "not_permitted", "grant": None}
    before = sys.getsizeof(grants._kept)
    ask(grants, *(question(intent=f"made-up-{number}") for number in range(200)))
    assert sys.getsizeof(grants._kept) == before


def test_a_grant_is_kept_until_its_last_second(grants: Grants, clock: Clock) -> None:
    """A grant that ends at 1030 is used before 1029, and from then on governance is asked."""
    found = ask(grants, question())
    clock.now = 1028.99
    found += ask(grants, question())
    clock.now = 1029.0
    found += ask(grants, question())
    assert found == ["g-1", "g-1", "g-2"]


@pytest.mark.parametrize(
    "changes",
    [
        {"grant_reusable": False},
        {"grant_expires_at": None},
        {"grant": None},
        {"allowed": False, "grant": None, "reason_code": "forbidden"},
        {"allowed": False},
    ],
)
def test_other_decisions_are_not_kept(
    grants: Grants, governance: ScriptedGovernance, changes: dict[str, Any]
) -> None:
    """Without permission, or a grant with an end that may be used again, each request asks."""
    governance.changes = changes
    ask(grants, question(), question())
    assert len(governance.questions) == 2


def test_a_dropped_grant_is_asked_for_again(grants: Grants) -> None:
    """After the callee refused a grant, governance is asked for a new one; others stay."""
    ask(grants, question(), question("umbrella"))
    grants.drop(question(correlation_id="another"), "g-1")
    assert ask(grants, question(), question("umbrella")) == ["g-3", "g-2"]


def test_dropping_an_unknown_grant_does_nothing(grants: Grants) -> None:
    """A question that has no grant can be dropped."""
    grants.drop(question(), "g-1")
    assert ask(grants, question()) == ["g-1"]


def test_a_grant_that_has_come_since_is_not_dropped(grants: Grants) -> None:
    """Of many calls that were refused with the old one, the first asks, and the others have its grant."""
    ask(grants, question())
    grants.drop(question(), "g-1")
    ask(grants, question())
    grants.drop(question(), "g-1")
    assert ask(grants, question()) == ["g-2"]


def test_the_grant_that_was_used_longest_ago_makes_room(grants: Grants) -> None:
    """With two places, a third tenant pushes out the one whose grant was used longest ago."""
    ask(grants, question("a"), question("b"), question("a"), question("c"))
    assert ask(grants, question("a"), question("c"), question("b")) == ["g-1", "g-3", "g-4"]


def test_edges_do_not_share_their_places(grants: Grants) -> None:
    """Many tenants on one edge push out no grant of another edge."""
    ask(grants, question(intent="balance"), *(question(name) for name in "abc"))
    assert ask(grants, question(intent="balance")) == ["g-1"]


def at_once(grants: Grants, *questions: CallQuestion) -> list[Decision]:
    async def run() -> list[Decision]:
        return list(await asyncio.gather(*(grants.decide(each, DUE) for each in questions)))

    return asyncio.run(run())


def test_requests_at_the_same_time_ask_once(grants: Grants, governance: ScriptedGovernance) -> None:
    """Of equal questions at the same time one is asked, and each decision has its own correlation id."""
    found = at_once(grants, *(question(correlation_id=f"c-{number}") for number in range(3)))
    assert len(governance.questions) == 1
    assert [(each.grant, each.correlation_id) for each in found] == [
        ("g-1", "c-0"),
        ("g-1", "c-1"),
        ("g-1", "c-2"),
    ]


def test_a_grant_for_one_request_is_not_shared(grants: Grants, governance: ScriptedGovernance) -> None:
    """Requests at the same time have grants of their own where a grant cannot be used again."""
    governance.changes = {"grant_reusable": False}
    found = at_once(grants, question(), question(), question())
    assert sorted(str(each.grant) for each in found) == ["g-1", "g-2", "g-3"]


def test_a_cancelled_request_does_not_end_the_question_for_others(
    grants: Grants, governance: ScriptedGovernance
) -> None:
    """The request that asked may be cancelled; one that waits for the same answer gets it."""

    async def run() -> Decision:
        first = asyncio.create_task(grants.decide(question(), DUE))
        second = asyncio.create_task(grants.decide(question(), DUE))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert asyncio.run(run()).grant == "g-1"
    assert len(governance.questions) == 1


def test_the_deadline_of_one_request_is_not_that_of_others() -> None:
    """Where the request that asked had too little time, one that waits for its answer asks for itself."""

    class Impatient(ScriptedGovernance):
        async def decide(self, question: CallQuestion, deadline: Deadline | None = None) -> Decision:
            await asyncio.sleep(0)
            if deadline == SHORT:
                return denied(question, "governance_timeout", "too little time")
            return await super().decide(question, deadline)

    async def run() -> list[Decision]:
        asking = Grants(governance=Impatient())
        return list(await asyncio.gather(asking.decide(question(), SHORT), asking.decide(question(), DUE)))

    assert [each.reason_code for each in asyncio.run(run())] == ["governance_timeout", "permitted"]
