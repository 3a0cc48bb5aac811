"""Random calls under random declarations and policies: what reaches a handler, and what was allowed."""

from __future__ import annotations

from collections import Counter
from itertools import cycle

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.effort import FACTOR, effort
from tests.support.end_to_end.project import ProjectCopy
from tests.support.enforcing.declarations import BOUND, Declarations, random_declarations
from tests.support.enforcing.played_caller import PlayedCallers, Wanted
from tests.support.enforcing.policies import CAREFUL, OPEN
from tests.support.enforcing.timeline import Timeline
from tests.support.enforcing.tried_calls import MANNERS, Manner, TriedCalls, wanted_calls, wrongs
from tests.support.governance.naive.cedar import Policy
from tests.support.governance.naive.random_policies import policy_sets

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("enforcing")]

CALLS = 30
"""Under each set of policies."""


def test_what_reaches_a_handler_is_declared_and_was_allowed(
    callers: PlayedCallers, timeline: Timeline, declared: Declarations
) -> None:
    """A request reaches a handler if and only if its call is declared, its caller signed it, and our own
    evaluator allowed it at some moment within the bound before its admission. Tried in every manner: with a
    grant that was asked for, kept, borrowed, altered, or none; under another's name, with another's key.
    GOV-1, GOV-4, ZTN-1
    """
    play(TriedCalls(callers=callers, timeline=timeline))


@pytest.mark.skipif(FACTOR == 1, reason="deploys again for each choice of declarations: make test-long")
def test_under_other_declarations_as_well(
    enforced: ProjectCopy, callers: PlayedCallers, declared: Declarations
) -> None:
    """The same, with other services behind the same names. GOV-1, GOV-4"""
    try:
        for seed in range(100, 103):
            others = random_declarations(seed)
            others.write(enforced)
            enforced.up()
            play(
                TriedCalls(
                    callers=PlayedCallers(enforced, others),
                    timeline=Timeline(project=enforced, declared=others),
                )
            )
    finally:
        declared.write(enforced)
        enforced.up()
        callers.forget()


def play(tries: TriedCalls) -> None:
    """Make random calls, and judge what became of them."""
    declared = tries.callers.declared
    # what permits much, in turn, alone or with random policies, which deny most of it
    bases = cycle([(OPEN, True), (CAREFUL, False), (OPEN, False), (CAREFUL, True)])
    calls = st.tuples(st.sampled_from(MANNERS), wanted_calls(declared), wanted_calls(declared))

    @settings(
        max_examples=effort(5),
        phases=(Phase.generate,),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(policy_sets(most=2), st.lists(calls, min_size=CALLS, max_size=CALLS))
    def make(policies: tuple[Policy, ...], calls: list[tuple[Manner, Wanted, Wanted]]) -> None:
        base, with_others = next(bases)
        tries.timeline.publish((base, *policies) if with_others else (base,))
        for call in calls:
            tries.make(*call)

    make()
    assert list(wrongs(tries, tries.callers.lines(), bound=BOUND)) == []
    counted = Counter((one.manner, one.status) for one in tries.tried)
    assert counted["honest", 200] >= effort(3), counted
    assert sum(count for (_, status), count in counted.items() if status == 403) >= effort(20), counted
