"""A release as a value: how it began, and what came of it. Pure.

    started ---> applied ---> succeeded
       |----------->|-------> rolled_back
       |----------->|-------> failed
       |----------->'-------> interrupted

A release is never changed: what happens to it is one event more. `applied` means that every resource and the
policies are as the inputs want them; `succeeded`, that the services serve it with all their tasks healthy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from sandbox.engine.planning.steps import StackPlan, StepAction


class ReleaseState(StrEnum):
    """The state of a release."""

    STARTED = "started"
    APPLIED = "applied"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    """ECS went back to the tasks before, because the new ones failed."""
    INTERRUPTED = "interrupted"
    """The command was stopped or killed before its end."""


_ENDS = (ReleaseState.FAILED, ReleaseState.INTERRUPTED)
NEXT: Mapping[ReleaseState, frozenset[ReleaseState]] = {
    ReleaseState.STARTED: frozenset({ReleaseState.APPLIED, ReleaseState.ROLLED_BACK, *_ENDS}),
    ReleaseState.APPLIED: frozenset({ReleaseState.SUCCEEDED, ReleaseState.ROLLED_BACK, *_ENDS}),
    ReleaseState.SUCCEEDED: frozenset(),
    ReleaseState.FAILED: frozenset(),
    ReleaseState.ROLLED_BACK: frozenset(),
    ReleaseState.INTERRUPTED: frozenset(),
}
"""The states that may follow each state; none follows an end."""


class ReleaseKind(StrEnum):
    """The command that made a release."""

    UP = "up"
    DEPLOY = "deploy"
    ROLLBACK = "rollback"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReleaseStart(_Value):
    """What is known of a release before anything is changed.

    `inputs` names them by their content, `graph` the set of resources that the program makes of them,
    `program` the code of the program; `commit` is empty outside of a Git repository, where `clean` is None.
    `strategies` say how each service's new tasks take over. `at` is ISO 8601 in UTC.
    """

    kind: ReleaseKind
    back_to: int | None = None
    """The release whose inputs a rollback applies."""
    held: bool = False
    """Whether `up` refuses other inputs after it, unless it is told to make a new release."""
    at: str
    actor: str
    commit: str
    clean: bool | None
    graph: str
    program: str
    inputs: str
    policy_folder: str
    """The version that the policy folder alone gives."""
    strategies: Mapping[str, str] = Field(default_factory=dict)


class ReleaseEvent(_Value):
    """A state that a release came into, when and why.

    `policy_version` is the version in force, known once the policies are published; `durable` names by its
    content a table of the resources that hold data, by URN, as they were then.
    """

    state: ReleaseState
    at: str
    reason: str = ""
    policy_version: str = ""
    durable: str = ""


class Release(_Value):
    """A release of an environment. Numbers count from 1, without a gap."""

    number: int
    start: ReleaseStart
    events: tuple[ReleaseEvent, ...] = ()

    @property
    def state(self) -> ReleaseState:
        """The state now."""
        return self.events[-1].state if self.events else ReleaseState.STARTED

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return not NEXT[self.state]

    @property
    def reason(self) -> str:
        """Why it is in its state; may be empty."""
        return self.events[-1].reason if self.events else ""

    @property
    def policy_version(self) -> str:
        """The version of the policies that it put in force; empty if it never came so far."""
        return next((event.policy_version for event in self.events if event.policy_version), "")

    @property
    def durable(self) -> str:
        """The name of the table of resources that hold data; empty if it never came so far."""
        return next((event.durable for event in self.events if event.durable), "")

    @property
    def complete(self) -> bool:
        """Whether all of it was applied at some time: only to such a one there is a way back."""
        return any(event.state is ReleaseState.APPLIED for event in self.events)


class IllegalTransitionError(ValueError):
    """A state that cannot follow the one that a release is in."""


def advance(release: Release, event: ReleaseEvent) -> Release:
    """The release after one event more; raises IllegalTransitionError."""
    if event.state not in NEXT[release.state]:
        raise IllegalTransitionError(f"release {release.number} is {release.state}, not to be {event.state}")
    return release.model_copy(update={"events": (*release.events, event)})


def serving(releases: Sequence[Release]) -> Release | None:
    """The newest release that succeeded; `releases` are in the order of their numbers."""
    return next((one for one in reversed(releases) if one.state is ReleaseState.SUCCEEDED), None)


def holding(releases: Sequence[Release]) -> Release | None:
    """The release at whose inputs the environment is held, if it is: no other succeeded since."""
    for one in reversed(releases):
        if one.start.held:
            return one
        if one.state is ReleaseState.SUCCEEDED:
            return None
    return None


def hash_graph(plans: Sequence[StackPlan]) -> str:
    """A hash of the set of resources that the program makes of the inputs, by their URNs."""
    steps = (step for plan in plans for step in plan.steps)
    urns = sorted(step.urn for step in steps if step.action is not StepAction.DELETE)
    return hashlib.sha256("\n".join(urns).encode()).hexdigest()
