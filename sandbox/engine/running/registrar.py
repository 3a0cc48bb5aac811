"""What a preview and an update share: registrations, one URN once, and the steps decided so far.

Several threads register at once, as the Pulumi SDK makes its calls. The dry run is a substitution:
`PreviewRegistrar` (preview.py) and `UpdateRegistrar` (update.py) are the two registrars, and neither asks
which one it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sandbox.engine.errors import DuplicateResourceError, MissingResourceError, MissingStackError
from sandbox.engine.planning.record import complete_resource, draft_resource
from sandbox.engine.planning.steps import Step
from sandbox.engine.provider import Properties, Provider, State
from sandbox.engine.values.properties import PropertyMap
from sandbox.engine.values.provider_values import for_provider, from_provider
from sandbox.engine.values.resource import ResourceGoal, ResourceState
from sandbox.engine.values.urn import project_of

ORGANIZATION = "organization"
"""What `pulumi.get_organization()` answers; Pulumi's own back ends without organizations say the same."""

StackOutputs = Callable[[str], PropertyMap | None]
"""Gives another stack's outputs by its bare name (`dev-foundation`), or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterResult:
    """The answer to a registration: the id (empty while unknown) and the outputs."""

    id: str
    outputs: PropertyMap


class Registrar(Protocol):
    """Takes what the monitor hears from a program."""

    def register(self, goal: ResourceGoal) -> RegisterResult:
        """Bring one resource to its goal, or say what it would become."""
        ...

    def read(self, goal: ResourceGoal) -> RegisterResult:
        """Look up a resource that the program does not own; its `import_id` is empty while unknown."""
        ...

    def register_outputs(self, urn: str, outputs: PropertyMap) -> None:
        """Take a component's or the stack's outputs."""
        ...

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Call a provider function."""
        ...

    def read_stack(self, goal: ResourceGoal) -> PropertyMap:
        """Read the outputs of the stack that a StackReference names; raises MissingStackError."""
        ...


class StepLog:
    """The URNs registered in one run, and its steps in the order they were decided; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claimed: set[str] = set()
        self._steps: list[Step] = []

    def claim(self, urn: str) -> None:
        """Take a URN for this run; raises DuplicateResourceError when it is taken."""
        with self._lock:
            if urn in self._claimed:
                raise DuplicateResourceError(urn)
            self._claimed.add(urn)

    def claim_recorded(
        self, goal: ResourceGoal, get: Callable[[str], ResourceState | None]
    ) -> ResourceState | None:
        """Take a goal's URN, and find what the goal was recorded as, under that URN or an alias.

        An alias that is used is taken like a URN; raises DuplicateResourceError when another resource has it.
        """
        self.claim(goal.urn)
        for urn in (goal.urn, *goal.aliases):
            recorded = get(urn)
            if recorded is not None and recorded.custom == goal.custom:
                if recorded.urn != goal.urn:
                    self.claim(recorded.urn)
                return recorded
        return None

    def add(self, step: Step) -> None:
        """Remember a step."""
        with self._lock:
            self._steps.append(step)

    @property
    def claimed(self) -> frozenset[str]:
        """The URNs registered so far."""
        with self._lock:
            return frozenset(self._claimed)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps so far."""
        with self._lock:
            return tuple(self._steps)


def look_up(provider: Provider, goal: ResourceGoal) -> ResourceState:
    """Read the resource that exists under a goal's `import_id`; raises MissingResourceError."""
    kind = provider.resource_type(goal.type)
    state = provider.read(goal.type, goal.import_id, for_provider(goal.inputs))
    if state is None:
        raise MissingResourceError(goal.urn, goal.import_id)
    found = State(id=state.id, outputs=from_provider(state.outputs, goal.inputs))
    return complete_resource(draft_resource(goal), found, kind.secret_outputs)


def resolve_stack_reference(outputs: StackOutputs, goal: ResourceGoal) -> PropertyMap:
    """Resolve a StackReference to that stack's outputs; raises MissingStackError.

    Its id is the stack's name, `organization/project/stack` or a tail of that. Only stacks of the same
    project have a state here.
    """
    *place, stack = goal.import_id.split("/")
    here = [ORGANIZATION, project_of(goal.urn)]
    found = outputs(stack) if here[len(here) - len(place) :] == place else None
    if found is None:
        raise MissingStackError(goal.import_id)
    return found
