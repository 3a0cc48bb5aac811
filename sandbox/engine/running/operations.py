"""The steps that change the world: each with a record before it begins and one when it has ended.

How a step ends decides what is recorded:

answered       the resource as it is now, together with the end, so that no kill can come between
refused        only the end; besides, the resource as it stands, where the provider says that it exists
broken off     nothing: the step stays begun, and the next run does it again under the same operation id
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.engine.errors import EngineError, MissingResourceError, StepFailedError
from sandbox.engine.planning import record
from sandbox.engine.planning.planner import check_import
from sandbox.engine.provider import Operation, Provider, ProviderError, State
from sandbox.engine.state.journal import Journal
from sandbox.engine.state.stack_state import (
    JournalEntry,
    OperationBegan,
    OperationEnded,
    PendingDelete,
    PendingOperation,
    Recorded,
    Removed,
)
from sandbox.engine.values.provider_values import for_provider, from_provider
from sandbox.engine.values.resource import ResourceGoal, ResourceState
from sandbox.engine.values.urn import name_of
from sandbox.engine.values.wire import Wire


class Operations:
    """Carries out single steps through a provider, and records them in a journal; thread-safe."""

    def __init__(self, journal: Journal, provider: Provider) -> None:
        """Change the world through `provider`, and the state through `journal`."""
        self._journal = journal
        self._provider = provider

    def create(self, draft: ResourceState) -> ResourceState:
        """Make a resource; one that is live under its URN becomes a pending delete."""
        return self._create(self._begin("creating", draft), draft)

    def update(self, draft: ResourceState, old: ResourceState) -> ResourceState:
        """Change a resource in place; `draft` has its id."""
        return self._update(self._begin("updating", draft), draft, old)

    def delete(self, resource: ResourceState) -> None:
        """Remove a resource."""
        self._delete(self._begin("deleting", resource), resource)

    def adopt(self, goal: ResourceGoal, draft: ResourceState) -> ResourceState:
        """Import a resource that exists; raises MissingResourceError or ImportMismatchError."""
        state = self._provider.read(goal.type, goal.import_id, for_provider(goal.inputs))
        if state is None:
            raise MissingResourceError(goal.urn, goal.import_id)
        check_import(goal, state.outputs)
        resource = record.complete_resource(draft, state, self._secret(draft))
        self._journal.record(Recorded(resource=resource))
        return resource

    def redo(self, pending: PendingOperation) -> bool:
        """Do a step again that was cut off, under its own id; say whether it was not refused.

        A step that is refused this time has ended: the run decides anew about its resource.
        """
        resource = pending.resource
        operation = Operation(id=pending.operation_id, urn=resource.urn)
        old = self._journal.get(resource.urn)
        try:
            if pending.kind == "deleting":
                self._delete(operation, resource)
            elif pending.kind == "updating" and old is not None:
                self._update(operation, resource, old)
            else:
                self._create(operation, resource)
        except StepFailedError:
            raise
        except EngineError as error:
            if _is_uncertain(error):
                raise
            return False
        return True

    def _begin(self, kind: str, resource: ResourceState) -> Operation:
        operation = Operation(id=uuid.uuid4().hex, urn=resource.urn)
        self._journal.record(
            OperationBegan(
                operation=PendingOperation(operation_id=operation.id, kind=kind, resource=resource)
            )
        )
        return operation

    def _create(self, operation: Operation, draft: ResourceState) -> ResourceState:
        with self._answered(operation, draft):
            state = self._provider.create(
                operation, draft.type, name_of(draft.urn), for_provider(draft.inputs)
            )
        resource = self._done(draft, state)
        self._journal.record(OperationEnded(operation_id=operation.id), *self._in_place_of_old(resource))
        return resource

    def _update(self, operation: Operation, draft: ResourceState, old: ResourceState) -> ResourceState:
        with self._answered(operation, draft):
            state = self._provider.update(
                operation,
                draft.type,
                old.id,
                for_provider(draft.inputs),
                State(id=old.id, outputs=for_provider(old.outputs)),
                for_provider(old.inputs),
            )
        resource = self._done(draft, state)
        self._journal.record(OperationEnded(operation_id=operation.id), Recorded(resource=resource))
        return resource

    def _delete(self, operation: Operation, resource: ResourceState) -> None:
        with self._answered(operation, resource):
            self._provider.delete(
                operation,
                resource.type,
                resource.id,
                for_provider(resource.inputs),
                for_provider(resource.outputs),
            )
        self._journal.record(
            OperationEnded(operation_id=operation.id), Removed(urn=resource.urn, id=resource.id)
        )

    @contextmanager
    def _answered(self, operation: Operation, draft: ResourceState) -> Iterator[None]:
        """Record how a step that was not carried out ended, unless that is not known."""
        try:
            yield
        except EngineError as error:
            if not _is_uncertain(error):
                self._journal.record(
                    OperationEnded(operation_id=operation.id), *self._left_behind(draft, error)
                )
            raise
        except Exception as error:
            raise StepFailedError(operation.urn, f"{type(error).__name__}: {error}") from error

    def _left_behind(self, draft: ResourceState, error: EngineError) -> list[JournalEntry]:
        if not isinstance(error, ProviderError):
            return []
        resource = record.partial_resource(draft, error, self._secret(draft))
        return [] if resource is None else self._in_place_of_old(resource)

    def _in_place_of_old(self, resource: ResourceState) -> list[JournalEntry]:
        """Record a resource; one of the program's own that it takes the place of waits for deletion."""
        old = self._journal.get(resource.urn)
        if old is None or old.external or old.id == resource.id:
            return [Recorded(resource=resource)]
        return [PendingDelete(resource=old), Recorded(resource=resource)]

    def _done(self, draft: ResourceState, state: State) -> ResourceState:
        if not state.id:
            raise StepFailedError(draft.urn, "the provider gave no id")
        outputs: Wire = from_provider(state.outputs, draft.inputs)
        return record.complete_resource(draft, State(id=state.id, outputs=outputs), self._secret(draft))

    def _secret(self, resource: ResourceState) -> frozenset[str]:
        return self._provider.resource_type(resource.type).secret_outputs


def _is_uncertain(error: EngineError) -> bool:
    return isinstance(error, ProviderError) and error.uncertain
