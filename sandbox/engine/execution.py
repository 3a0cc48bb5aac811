"""The registrar of an update: decides each step and takes it, with a record before and after."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sandbox.engine import planner, wire
from sandbox.engine.errors import InterruptedRunError, MissingResourceError
from sandbox.engine.provider import Operation, Properties, Provider, ProviderError, State
from sandbox.engine.registrar import Ledger, Registered, StackOutputs, by_input, referenced
from sandbox.engine.resource import Goal, Resource, in_dependency_order
from sandbox.engine.state import Began, Condemned, Ended, Event, Pending, Put, Removed
from sandbox.engine.steps import Action, Step
from sandbox.engine.store import Journal
from sandbox.engine.urn import name_of
from sandbox.engine.wire import Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Something a watcher may show: a step began, or ended after `seconds`, or failed with `error`."""

    step: Step
    seconds: float | None = None
    error: str = ""


Watcher = Callable[[Progress], None]


class Execution:
    """Carries out one stack's update; every step is journaled, so that a kill at any point loses nothing."""

    def __init__(
        self,
        journal: Journal,
        provider: Provider,
        outputs: StackOutputs,
        watch: Watcher,
        cancelled: threading.Event,
    ) -> None:
        """Change the world through `provider`, and the state through `journal`.

        Once `cancelled` is set no new step begins.
        """
        self._journal = journal
        self._provider = provider
        self._stack_outputs = outputs
        self._watch = watch
        self._cancelled = cancelled
        self._ledger = Ledger()
        self._way = threading.Lock()

    def finish_pending(self) -> None:
        """Do again what a killed run had begun, under the same operation ids.

        A step that is refused this time has ended: the run decides anew about its resource.
        """
        for pending in list(self._journal.state.pending.values()):
            operation = Operation(id=pending.operation_id, urn=pending.resource.urn)
            try:
                events = self._redo(operation, pending)
            except ProviderError as error:
                left = _left_over(pending.resource, error)
                events = self._put(left) if left else []
            self._journal.record(Ended(operation_id=operation.id), *events)

    def _redo(self, operation: Operation, pending: Pending) -> list[Event]:
        resource = pending.resource
        old = self._journal.state.resources.get(resource.urn)
        if pending.kind == "deleting":
            self._delete(operation, resource)
            return [Removed(urn=resource.urn, id=resource.id)]
        if pending.kind == "updating" and old is not None:
            state = self._update(operation, resource.inputs, old)
        else:
            state = self._create(operation, resource.type, name_of(resource.urn), resource.inputs)
        return self._put(_with_state(resource, state))

    def _put(self, resource: Resource) -> list[Event]:
        """Record a resource; one of the same URN that it takes the place of is condemned first."""
        old = self._journal.state.resources.get(resource.urn)
        if old is None or old.id == resource.id:
            return [Put(resource=resource)]
        return [Condemned(resource=old), Put(resource=resource)]

    def register(self, goal: Goal) -> Registered:
        """Bring one resource to its goal."""
        self._ledger.claim(goal.urn)
        old = self._journal.state.find((goal.urn, *goal.aliases))
        if not goal.custom:
            return self._register_component(goal, old)
        kind = self._provider.resource_type(goal.type)
        planner.check(goal, kind)
        goal = planner.settle(goal, old)
        step = planner.decide(goal, old, kind)
        self._ledger.add(step)
        if old is not None and step.action is Action.SAME:
            return self._keep(goal, old)
        self._refuse_when_cancelled()
        with self._shown(step):
            if old is None:
                resource = self._make(goal, secret=kind.secret_outputs)
            elif step.action is Action.UPDATE:
                resource = self._change(goal, old, secret=kind.secret_outputs)
            else:
                resource = self._replace(goal, old, step, secret=kind.secret_outputs)
        return Registered(id=resource.id, outputs=resource.outputs)

    def read(self, goal: Goal) -> Registered:
        """Look up a resource that the program does not own; raises MissingResourceError."""
        self._ledger.claim(goal.urn)
        self._ledger.add(Step(action=Action.READ, urn=goal.urn))
        state = self._provider.read(goal.type, goal.import_id, wire.for_provider(goal.inputs))
        if state is None:
            raise MissingResourceError(goal.urn, goal.import_id)
        resource = replace(_recorded(goal, state, frozenset()), external=True)
        self._journal.record(Put(resource=resource))
        return Registered(id=resource.id, outputs=resource.outputs)

    def register_outputs(self, urn: str, outputs: Wire) -> None:
        """Record a component's or the stack's outputs."""
        resource = self._journal.state.resources[urn]
        if resource.outputs != outputs:
            self._journal.record(Put(resource=replace(resource, outputs=outputs)))

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Call a provider function."""
        return self._provider.invoke(token, arguments)

    def stack_outputs(self, name: str) -> Wire:
        """Read another stack's outputs."""
        return referenced(self._stack_outputs, name)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps decided so far."""
        return self._ledger.steps

    def delete_leftovers(self) -> None:
        """Delete what was replaced, then what the program no longer asks for, dependents first."""
        for resource in reversed(in_dependency_order(self._journal.state.condemned)):
            self._dispose(resource)
        for resource in planner.leftovers(self._journal.state.ordered(), self._ledger.claimed):
            step = Step(action=Action.DELETE, urn=resource.urn)
            self._ledger.add(step)
            with self._shown(step):
                self._dispose(resource)

    def _register_component(self, goal: Goal, old: Resource | None) -> Registered:
        if old is None:
            self._ledger.add(Step(action=Action.CREATE, urn=goal.urn))
            self._journal.record(Put(resource=_recorded(goal, State(id=""), frozenset())))
            return Registered(id="", outputs={})
        self._ledger.add(Step(action=Action.SAME, urn=goal.urn))
        if planner.record_only_differs(goal, old):
            kept = replace(
                _recorded(goal, State(id=""), frozenset()), outputs=old.outputs, created=old.created
            )
            self._journal.record(Put(resource=kept, formerly=old.urn))
        return Registered(id="", outputs={})

    def _keep(self, goal: Goal, old: Resource) -> Registered:
        if planner.record_only_differs(goal, old):
            kept = replace(
                _recorded(goal, State(id=old.id), frozenset()),
                outputs=old.outputs,
                created=old.created,
                modified=old.modified,
            )
            self._journal.record(Put(resource=kept, formerly=old.urn))
        return Registered(id=old.id, outputs=old.outputs)

    def _make(self, goal: Goal, *, secret: frozenset[str], condemn: Resource | None = None) -> Resource:
        draft = _recorded(goal, State(id=""), secret)
        if goal.import_id:
            found = self._provider.read(goal.type, goal.import_id, wire.for_provider(goal.inputs))
            if found is None:
                raise MissingResourceError(goal.urn, goal.import_id)
            resource = _recorded(goal, found, secret)
            self._journal.record(Put(resource=resource))
            return resource
        with self._journaled("creating", draft) as operation:
            state = self._create(operation, goal.type, goal.name, goal.inputs)
        resource = _recorded(goal, state, secret)
        gone: list[Event] = [] if condemn is None else [Condemned(resource=condemn)]
        self._journal.record(Ended(operation_id=operation.id), *gone, Put(resource=resource))
        return resource

    def _change(self, goal: Goal, old: Resource, *, secret: frozenset[str]) -> Resource:
        draft = _recorded(goal, State(id=old.id), secret)
        with self._journaled("updating", draft) as operation:
            state = self._update(operation, goal.inputs, old)
        resource = replace(_recorded(goal, state, secret), created=old.created)
        self._journal.record(Ended(operation_id=operation.id), Put(resource=resource, formerly=old.urn))
        return resource

    def _replace(self, goal: Goal, old: Resource, step: Step, *, secret: frozenset[str]) -> Resource:
        if not step.delete_first:
            return self._make(goal, secret=secret, condemn=old)
        with self._way:
            ordered = self._journal.state.ordered()
            kinds = {
                item.type: self._provider.resource_type(item.type)
                for item in ordered
                if item.custom and item.type.startswith("aws:")
            }
            for dependent in reversed(planner.carried_away(old, ordered, kinds)):
                self._dispose(dependent)
            self._dispose(old)
        return self._make(goal, secret=secret)

    def _dispose(self, resource: Resource) -> None:
        """Delete a resource, or only its record where nothing of it is ours."""
        ours = resource.custom and not resource.external and not resource.retain_on_delete
        if not ours or resource.type.startswith("pulumi:"):
            self._journal.record(Removed(urn=resource.urn, id=resource.id))
            return
        self._refuse_when_cancelled()
        with self._journaled("deleting", resource) as operation:
            self._delete(operation, resource)
        self._journal.record(Ended(operation_id=operation.id), Removed(urn=resource.urn, id=resource.id))

    def _create(self, operation: Operation, token: str, name: str, inputs: Wire) -> State:
        state = self._provider.create(operation, token, name, wire.for_provider(inputs))
        return State(id=state.id, outputs=wire.from_provider(state.outputs, inputs))

    def _update(self, operation: Operation, inputs: Wire, old: Resource) -> State:
        state = self._provider.update(
            operation,
            old.type,
            old.id,
            wire.for_provider(inputs),
            State(id=old.id, outputs=wire.for_provider(old.outputs)),
            wire.for_provider(old.inputs),
        )
        return State(id=state.id, outputs=wire.from_provider(state.outputs, inputs))

    def _delete(self, operation: Operation, resource: Resource) -> None:
        self._provider.delete(
            operation,
            resource.type,
            resource.id,
            wire.for_provider(resource.inputs),
            wire.for_provider(resource.outputs),
        )

    @contextmanager
    def _journaled(self, kind: str, resource: Resource) -> Iterator[Operation]:
        """Record that a step begins; one that the provider refuses has ended, and leaves nothing pending."""
        operation = Operation(id=uuid.uuid4().hex, urn=resource.urn)
        self._journal.record(Began(pending=Pending(operation_id=operation.id, kind=kind, resource=resource)))
        try:
            yield operation
        except Exception:
            self._journal.record(Ended(operation_id=operation.id))
            raise

    @contextmanager
    def _shown(self, step: Step) -> Iterator[None]:
        started = time.monotonic()
        self._watch(Progress(step=step))
        try:
            yield
        except Exception as error:
            self._watch(Progress(step=step, seconds=time.monotonic() - started, error=str(error)))
            raise
        self._watch(Progress(step=step, seconds=time.monotonic() - started))

    def _refuse_when_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise InterruptedRunError


def _recorded(goal: Goal, state: State, secret: frozenset[str]) -> Resource:
    """Make the record of a goal reached; an output is secret where its input is, or is said to be."""
    concealed = {*secret, *goal.additional_secret_outputs, *wire.secret_names(goal.inputs)}
    now = datetime.now(UTC).isoformat()
    return Resource(
        urn=goal.urn,
        type=goal.type,
        custom=goal.custom,
        id=state.id,
        inputs=goal.inputs,
        outputs=wire.conceal_properties(state.outputs, concealed),
        parent=goal.parent,
        dependencies=goal.dependencies,
        property_dependencies=by_input(goal),
        protect=goal.protect,
        retain_on_delete=goal.retain_on_delete,
        additional_secret_outputs=goal.additional_secret_outputs,
        created=now,
        modified=now,
        source_position=goal.source_position,
    )


def _with_state(resource: Resource, state: State) -> Resource:
    secret = {*resource.additional_secret_outputs, *wire.secret_names(resource.inputs)}
    return replace(resource, id=state.id, outputs=wire.conceal_properties(state.outputs, secret))


def _left_over(resource: Resource, error: Exception) -> Resource | None:
    """Make the record of a resource that exists although its step failed."""
    if not isinstance(error, ProviderError) or error.partial is None:
        return None
    return replace(_with_state(resource, error.partial), init_errors=(error.message,))
