"""Takes single steps: shows that they begin and end, and writes each down before it begins and when it ends.

How a step ends decides what is recorded:

answered       the resource as it is now, together with the end, so that no kill can come between
refused        only the end; besides, the resource as it stands, where the provider says that it exists
broken off     nothing: the step stays begun, and the next run does it again under the same operation id
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.engine.errors import EngineError, InterruptedRunError, StepFailedError
from sandbox.engine.planning.record import complete_resource, partial_resource
from sandbox.engine.planning.steps import Step
from sandbox.engine.provider import Operation, Provider, ProviderError, State
from sandbox.engine.running.progress import Progress, Watcher
from sandbox.engine.state.entries import (
    JournalEntry,
    OperationBegan,
    OperationEnded,
    PendingDelete,
    PendingOperation,
    ResourceRecorded,
    ResourceRemoved,
)
from sandbox.engine.state.journal import Journal
from sandbox.engine.values.provider_values import for_provider, from_provider
from sandbox.engine.values.resource import ResourceState
from sandbox.engine.values.urn import name_of


class StepExecutor:
    """Takes steps through a provider and records them in a journal; thread-safe.

    Once `cancelled` is set no new step begins.
    """

    def __init__(
        self, journal: Journal, provider: Provider, watch: Watcher, cancelled: threading.Event
    ) -> None:
        self._journal = journal
        self._provider = provider
        self._watch = watch
        self._cancelled = cancelled

    def refuse_when_cancelled(self) -> None:
        """Raise InterruptedRunError once the run is to stop."""
        if self._cancelled.is_set():
            raise InterruptedRunError

    @contextmanager
    def reporting(self, step: Step) -> Iterator[None]:
        """Show that a step begins, and how it ended; not for a component, which is only a name."""
        if not step.is_real:
            yield
            return
        started = time.monotonic()
        self._watch(Progress(step=step))
        try:
            yield
        except Exception as error:
            self._watch(Progress(step=step, seconds=time.monotonic() - started, error=str(error)))
            raise
        self._watch(Progress(step=step, seconds=time.monotonic() - started))

    def create(self, draft: ResourceState) -> ResourceState:
        """Make a resource; one that is live under its URN becomes a pending delete."""
        return self._create(self._begin("creating", draft), draft)

    def update(self, draft: ResourceState, old: ResourceState) -> ResourceState:
        """Change a resource in place; `draft` has its id."""
        return self._update(self._begin("updating", draft), draft, old)

    def delete(self, resource: ResourceState) -> None:
        """Remove a resource, or only its record where nothing of it is the program's own."""
        if not resource.custom or resource.external or resource.retain_on_delete:
            self._journal.record(ResourceRemoved(urn=resource.urn, id=resource.id))
            return
        self.refuse_when_cancelled()
        self._delete(self._begin("deleting", resource), resource)

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
        pending = PendingOperation(operation_id=operation.id, kind=kind, resource=resource)
        self._journal.record(OperationBegan(operation=pending))
        return operation

    def _create(self, operation: Operation, draft: ResourceState) -> ResourceState:
        inputs = for_provider(draft.inputs)
        with self._answered(operation, draft):
            state = self._provider.create(operation, draft.type, name_of(draft.urn), inputs)
        resource = self._completed(draft, state)
        self._journal.record(OperationEnded(operation_id=operation.id), *self._recording(resource))
        return resource

    def _update(self, operation: Operation, draft: ResourceState, old: ResourceState) -> ResourceState:
        inputs, old_inputs = for_provider(draft.inputs), for_provider(old.inputs)
        previous = State(id=old.id, outputs=for_provider(old.outputs))
        with self._answered(operation, draft):
            state = self._provider.update(operation, draft.type, old.id, inputs, previous, old_inputs)
        resource = self._completed(draft, state)
        self._journal.record(OperationEnded(operation_id=operation.id), ResourceRecorded(resource=resource))
        return resource

    def _delete(self, operation: Operation, resource: ResourceState) -> None:
        inputs, outputs = for_provider(resource.inputs), for_provider(resource.outputs)
        with self._answered(operation, resource):
            self._provider.delete(operation, resource.type, resource.id, inputs, outputs)
        removed = ResourceRemoved(urn=resource.urn, id=resource.id)
        self._journal.record(OperationEnded(operation_id=operation.id), removed)

    @contextmanager
    def _answered(self, operation: Operation, draft: ResourceState) -> Iterator[None]:
        """Record how a step that was not carried out ended, unless that is not known."""
        try:
            yield
        except EngineError as error:
            if not _is_uncertain(error):
                ended = OperationEnded(operation_id=operation.id)
                self._journal.record(ended, *self._left_behind(draft, error))
            raise
        except Exception as error:
            raise StepFailedError(operation.urn, f"{type(error).__name__}: {error}") from error

    def _left_behind(self, draft: ResourceState, error: EngineError) -> list[JournalEntry]:
        if not isinstance(error, ProviderError):
            return []
        resource = partial_resource(draft, error, self._secret_outputs(draft))
        return [] if resource is None else self._recording(resource)

    def _recording(self, resource: ResourceState) -> list[JournalEntry]:
        """The entries that record a resource; the program's own one in its place becomes a pending delete."""
        old = self._journal.get(resource.urn)
        if old is None or old.external or old.id == resource.id:
            return [ResourceRecorded(resource=resource)]
        return [PendingDelete(resource=old), ResourceRecorded(resource=resource)]

    def _completed(self, draft: ResourceState, state: State) -> ResourceState:
        if not state.id:
            raise StepFailedError(draft.urn, "the provider gave no id")
        given = State(id=state.id, outputs=from_provider(state.outputs, draft.inputs))
        return complete_resource(draft, given, self._secret_outputs(draft))

    def _secret_outputs(self, resource: ResourceState) -> frozenset[str]:
        return self._provider.resource_type(resource.type).secret_outputs


def _is_uncertain(error: EngineError) -> bool:
    return isinstance(error, ProviderError) and error.uncertain
