"""Releases as values: their states, which of them serves, and which holds the environment. DEL-4."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.releases.release import (
    NEXT,
    IllegalTransitionError,
    Release,
    ReleaseEvent,
    ReleaseState,
    advance,
    hash_graph,
    holding,
    serving,
)
from sandbox.engine.planning.steps import StackPlan, Step, StepAction
from tests.support.releases import event, release, start

S = ReleaseState


@pytest.mark.parametrize(("before", "after"), list(product(S, S)))
def test_only_known_states_follow(before: ReleaseState, after: ReleaseState) -> None:
    """Each state has its successors, an end has none, and everything else is refused."""
    way = {S.STARTED: (), S.APPLIED: (S.APPLIED,), S.SUCCEEDED: (S.APPLIED, S.SUCCEEDED)}
    way |= {S.ROLLED_BACK: (S.APPLIED, S.ROLLED_BACK), S.FAILED: (S.FAILED,), S.INTERRUPTED: (S.INTERRUPTED,)}
    found = release(1, *way[before])
    assert found.state is before
    if after in NEXT[before]:
        assert advance(found, event(after)).state is after
    else:
        with pytest.raises(IllegalTransitionError, match=f"release 1 is {before}, not to be {after}"):
            advance(found, event(after))


@given(st.lists(st.sampled_from(S), max_size=6))
def test_every_release_that_ended_stays_so(states: list[ReleaseState]) -> None:
    """Whatever is tried with it in whichever order: the first end is the last state."""
    found = Release(number=1, start=start())
    ends = list[ReleaseState]()
    for state in states:
        try:
            found = advance(found, event(state))
        except IllegalTransitionError:
            continue
        if found.ended:
            ends.append(found.state)
    assert len(ends) <= 1
    assert not ends or found.state is ends[0]


def test_facts_come_with_events() -> None:
    """Policies and resources with data are known once all is applied; a reason is that of the last event."""
    found = release(1)
    assert (found.policy_version, found.durable, found.complete, found.reason) == ("", "", False, "")
    applied = ReleaseEvent(state=S.APPLIED, at="t", policy_version="v", durable="d")
    found = advance(advance(found, applied), ReleaseEvent(state=S.FAILED, at="t", reason="why"))
    assert (found.policy_version, found.durable, found.complete, found.reason) == ("v", "d", True, "why")


def test_the_newest_that_succeeded_serves() -> None:
    """One that failed, or that is under way, does not."""
    good, bad = (S.APPLIED, S.SUCCEEDED), (S.FAILED,)
    assert serving([]) is None
    assert serving([release(1, *bad)]) is None
    releases = [release(1, *good), release(2, *good), release(3, *bad), release(4)]
    assert serving(releases) == releases[1]


@pytest.mark.parametrize(
    ("releases", "held"),
    [
        ([], None),
        ([release(1, S.APPLIED, S.SUCCEEDED)], None),
        ([release(1, S.APPLIED, S.SUCCEEDED), release(2, S.APPLIED, S.SUCCEEDED, held=True)], 2),
        ([release(1, S.FAILED, held=True)], 1),
        ([release(1, S.APPLIED, S.SUCCEEDED, held=True), release(2, S.FAILED)], 1),
        ([release(1, S.APPLIED, S.SUCCEEDED, held=True), release(2, S.APPLIED, S.SUCCEEDED)], None),
    ],
)
def test_a_hold_ends_with_a_success_alone(releases: list[Release], held: int | None) -> None:
    """A failed attempt at a new release leaves it in force, and so does a rollback that failed itself."""
    found = holding(releases)
    assert (found.number if found else None) == held


def test_the_graph_is_the_set_of_resources() -> None:
    """What is done to them does not matter, one that goes does not count, and one more is another graph."""

    def graph(**steps: StepAction) -> str:
        urn = "urn:pulumi:dev-platform::myelin::aws:ecs/cluster:Cluster::"
        made = tuple(Step(action=action, urn=urn + name) for name, action in steps.items())
        return hash_graph([StackPlan(stack="dev-platform", steps=made)])

    assert (
        graph(a=StepAction.CREATE)
        == graph(a=StepAction.SAME)
        == graph(a=StepAction.SAME, b=StepAction.DELETE)
    )
    assert graph(a=StepAction.CREATE) != graph(a=StepAction.CREATE, b=StepAction.CREATE)
