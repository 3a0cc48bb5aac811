"""However clocks differ and writes cross, at most one holder may work at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cli.locks.lease import (
    GRACE_SECONDS,
    LEASE_SECONDS,
    Held,
    Lease,
    LockDecision,
    LockMove,
    acquire,
    renew,
)
from tests.support.effort import effort

NAMES = ("ada", "bob", "eve")


def lease(token: str, *, renewed: float = 0.0) -> Lease:
    return Lease(holder=token, token=token, since=0.0, renewed=renewed, what="myelin up")


class Operators(RuleBasedStateMachine):
    """Operators with clocks of their own, who read, and write only if nothing was written between."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.writes = 1000.0, 0
        self.stored: Held | None = None
        self.own: dict[str, Lease] = {}
        self.pending: dict[str, LockDecision] = {}
        self.skew = dict.fromkeys(NAMES, 0.0)

    @initialize(skews=st.tuples(*(st.floats(0, GRACE_SECONDS / 2) for _ in NAMES)))
    def clocks(self, skews: tuple[float, ...]) -> None:
        self.skew = dict(zip(NAMES, skews, strict=True))

    def clock(self, name: str) -> float:
        return self.now + self.skew[name]

    @rule(seconds=st.floats(0, LEASE_SECONDS * 1.5))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(name=st.sampled_from(NAMES))
    def ask(self, name: str) -> None:
        self.pending[name] = acquire(self.stored, lease(name), self.clock(name))

    @rule(name=st.sampled_from(NAMES))
    def ask_to_renew(self, name: str) -> None:
        decision = renew(self.stored, lease(name), self.clock(name))
        if decision is None:
            self.own.pop(name, None)
        else:
            self.pending[name] = decision

    @rule(name=st.sampled_from(NAMES))
    def write(self, name: str) -> None:
        decision = self.pending.pop(name, None)
        if decision is None or decision.move is LockMove.REFUSE:
            return
        free = self.stored is None if decision.move is LockMove.CREATE else False
        same = self.stored is not None and self.stored.tag == decision.tag
        if free or same:
            self.writes += 1
            self.stored = Held(lease=decision.lease, tag=str(self.writes))
            self.own[name] = decision.lease
        else:
            self.own.pop(name, None)

    @rule(name=st.sampled_from(NAMES))
    def let_go(self, name: str) -> None:
        if self.stored is not None and self.stored.lease.token == name:
            self.stored = None
        self.own.pop(name, None)

    @invariant()
    def at_most_one_works(self) -> None:
        working = [name for name, held in self.own.items() if not held.must_stop(self.clock(name))]
        assert len(working) <= 1, working


Operators.TestCase.settings = settings(max_examples=effort(60, quick=15), deadline=None)
TestOperators = Operators.TestCase


@pytest.mark.parametrize(
    ("idle", "move"),
    [
        (0, LockMove.REFUSE),
        (LEASE_SECONDS + GRACE_SECONDS, LockMove.REFUSE),
        (LEASE_SECONDS + GRACE_SECONDS + 1, LockMove.REPLACE),
    ],
)
def test_only_an_expired_lease_is_taken_over(idle: float, move: LockMove) -> None:
    """One that is renewed stays, and a dead holder's goes after its time."""
    decision = acquire(Held(lease=lease("ada"), tag="1"), lease("bob"), idle)
    assert decision.move is move
    assert decision.lease.holder == ("ada" if move is LockMove.REFUSE else "bob")


def test_a_lost_lease_is_not_renewed() -> None:
    """Neither one that is gone nor one that is somebody else's."""
    renewing: Callable[[Held | None], LockDecision | None] = lambda held: renew(held, lease("ada"), 1)  # noqa: E731
    assert renewing(None) is None
    assert renewing(Held(lease=lease("bob"), tag="1")) is None


def test_whoever_holds_it_takes_it_again() -> None:
    """With the time at which it began."""
    decision = acquire(Held(lease=lease("ada"), tag="1"), lease("ada"), 30)
    assert (decision.move, decision.lease.since, decision.lease.renewed) == (LockMove.REPLACE, 0, 30)
