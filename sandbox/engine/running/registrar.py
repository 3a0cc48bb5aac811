"""What a preview and an update share: taking registrations, one URN once, and remembering the steps.

Several threads register at once, as the Pulumi SDK makes its calls. The dry run is a substitution:
`PreviewRegistrar` (preview.py) and `UpdateRegistrar` (update.py) are the two registrars, and neither asks
which one it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from sandbox.engine.errors import DuplicateResourceError, MissingStackError
from sandbox.engine.planning.steps import Step
from sandbox.engine.provider import Properties
from sandbox.engine.values.resource import ResourceGoal, ResourceState
from sandbox.engine.values.urn import project_of
from sandbox.engine.values.wire import Wire

ORGANIZATION = "organization"
"""What `pulumi.get_organization()` answers; Pulumi's own back ends without organizations say the same."""

StackOutputs = Callable[[str], Wire | None]
"""Gives another stack's outputs in wire form by its bare name (`dev-foundation`), or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterResult:
    """The answer to a registration: the id (empty while unknown) and outputs in wire form."""

    id: str
    outputs: Wire


class Registrar(Protocol):
    """Takes what the monitor hears from a program."""

    def register(self, goal: ResourceGoal) -> RegisterResult:
        """Bring one resource to its goal, or say what it would become."""
        ...

    def read(self, goal: ResourceGoal) -> RegisterResult:
        """Look up a resource that the program does not own."""
        ...

    def register_outputs(self, urn: str, outputs: Wire) -> None:
        """Take a component's or the stack's outputs."""
        ...

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Call a provider function."""
        ...

    def read_stack(self, goal: ResourceGoal) -> Wire:
        """Read the outputs of the stack that a StackReference names; raises MissingStackError."""
        ...


class StepLog:
    """The steps of one run, in the order they were decided; thread-safe."""

    def __init__(self) -> None:
        """Begin empty."""
        self._lock = threading.Lock()
        self._seen: set[str] = set()
        self._steps: list[Step] = []

    def claim(self, urn: str) -> None:
        """Take a URN for this run; raises DuplicateResourceError when it is taken."""
        with self._lock:
            if urn in self._seen:
                raise DuplicateResourceError(urn)
            self._seen.add(urn)

    def add(self, step: Step) -> None:
        """Remember a step."""
        with self._lock:
            self._steps.append(step)

    @property
    def claimed(self) -> frozenset[str]:
        """The URNs registered so far."""
        with self._lock:
            return frozenset(self._seen)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps so far."""
        with self._lock:
            return tuple(self._steps)


class Finder(Protocol):
    """Gives the first of some URNs that is recorded, as a custom resource or as a component."""

    def __call__(self, urns: Iterable[str], *, custom: bool) -> ResourceState | None:
        """Look them up in turn."""
        ...


def find_recorded(goal: ResourceGoal, ledger: StepLog, find: Finder) -> ResourceState | None:
    """Find what a goal was recorded as, under its own URN or an alias.

    An alias that is used is taken for this run like a URN; raises DuplicateResourceError when another
    resource has it.
    """
    found = find((goal.urn, *goal.aliases), custom=goal.custom)
    if found is not None and found.urn != goal.urn:
        ledger.claim(found.urn)
    return found


def resolve_stack_reference(outputs: StackOutputs, goal: ResourceGoal) -> Wire:
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
