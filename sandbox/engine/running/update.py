"""The registrar of an update: decides what happens to each resource, and has it done."""

from __future__ import annotations

import threading
from dataclasses import replace

from sandbox.engine.errors import ProtectedResourceError
from sandbox.engine.planning.planner import StepDecision, decide, decide_import
from sandbox.engine.planning.record import draft_resource
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.provider import Properties, Provider
from sandbox.engine.running.deletions import Deletions
from sandbox.engine.running.interrupted import InterruptedRun
from sandbox.engine.running.locks import SharedExclusiveLock
from sandbox.engine.running.progress import Watcher
from sandbox.engine.running.registrar import (
    RegisterResult,
    StackOutputs,
    StepLog,
    look_up,
    resolve_stack_reference,
)
from sandbox.engine.running.step_executor import StepExecutor
from sandbox.engine.state.entries import JournalEntry, PendingDelete, ResourceRecorded
from sandbox.engine.state.journal import Journal
from sandbox.engine.values.properties import PropertyMap
from sandbox.engine.values.resource import ResourceGoal, ResourceState
from sandbox.engine.values.urn import STACK_TYPE, type_of


class UpdateRegistrar:
    """Carries out one stack's update; every step is journaled, so that a kill at any point loses nothing.

    Steps are taken side by side. A replacement that deletes first is alone while it deletes: it takes with
    it what depends on the old resource, and no other step may be at work on that.
    """

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
        self._log = StepLog()
        self._executor = StepExecutor(journal, provider, watch, cancelled)
        self._interrupted = InterruptedRun(journal.snapshot(), self._executor, self._log)
        self._deletions = Deletions(journal, provider, self._executor, self._interrupted, self._log)
        self._lock = SharedExclusiveLock()
        self._registered: set[str] = set()
        self._outputs: tuple[str, PropertyMap] | None = None

    def redo_pending(self) -> None:
        """Redo what a killed run had begun, under the same operation ids."""
        self._interrupted.redo()

    def record_outputs(self) -> None:
        """Record the stack's outputs once the program has run well: a failed one leaves those of the last."""
        if self._outputs is not None:
            self._record_outputs(*self._outputs)

    def delete_leftovers(self) -> None:
        """Delete what was replaced and what the program no longer asks for, dependents first.

        Raises ProtectedResourceError before anything is deleted.
        """
        self._deletions.delete_leftovers()

    @property
    def leftovers(self) -> tuple[str, ...]:
        """The URNs of what still waits for deletion."""
        return self._deletions.leftovers()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps decided so far."""
        return self._log.steps

    def register(self, goal: ResourceGoal) -> RegisterResult:
        """Bring one resource to its goal."""
        with self._lock.shared():
            old = self._log.claim_recorded(goal, self._journal.get)
            decision = decide(goal, old, self._provider.resource_type(goal.type) if goal.custom else None)
            step = self._interrupted.merged(decision.step) if self._interrupted.done else decision.step
            self._log.add(step)
            resource = self._carry_out(goal, old, decision, step)
            if resource is not None:
                self._registered.add(goal.urn)
                return RegisterResult(id=resource.id, outputs=resource.outputs if goal.custom else {})
        with self._executor.reporting(step):
            with self._lock.exclusive():
                self._deletions.delete_before_replace(goal.urn, frozenset(self._registered))
            with self._lock.shared():
                resource = self._executor.create(decision.resource)
                self._registered.add(goal.urn)
        return RegisterResult(id=resource.id, outputs=resource.outputs)

    def _carry_out(
        self, goal: ResourceGoal, old: ResourceState | None, decision: StepDecision, shown: Step
    ) -> ResourceState | None:
        """Take a step; None where something has to be deleted first, and therefore alone."""
        step, resource = decision.step, decision.resource
        if not goal.custom or (old is not None and step.action is StepAction.SAME):
            if resource != old:
                self._journal.record(ResourceRecorded(resource=resource, formerly=old.urn if old else ""))
            return resource
        self._executor.refuse_when_cancelled()
        if old is not None and old.urn != goal.urn:
            # renamed first, so that a step cut off finds what it is about under the URN that it has
            renamed = replace(old, urn=goal.urn, type=goal.type)
            self._journal.record(ResourceRecorded(resource=renamed, formerly=old.urn))
            old = renamed
        if step.delete_first:
            return None
        with self._executor.reporting(shown):
            if step.action is StepAction.UPDATE and old is not None:
                return self._executor.update(resource, old)
            if step.action is StepAction.CREATE and goal.import_id:
                return self._import(replace(goal, inputs=resource.inputs))
            return self._executor.create(resource)

    def _import(self, goal: ResourceGoal) -> ResourceState:
        """Take over a resource that exists, and update what differs in it.

        Raises MissingResourceError or ImportMismatchError.
        """
        kind = self._provider.resource_type(goal.type)
        recorded, step = decide_import(goal, look_up(self._provider, goal), kind)
        self._journal.record(ResourceRecorded(resource=recorded))
        if step.action is not StepAction.UPDATE:
            return recorded
        self._log.add(step)
        draft = replace(draft_resource(goal), id=recorded.id, created=recorded.created)
        with self._executor.reporting(step):
            return self._executor.update(draft, recorded)

    def read(self, goal: ResourceGoal) -> RegisterResult:
        """Look up a resource that the program does not own; raises MissingResourceError."""
        self._begin_reading(goal)
        resource = look_up(self._provider, goal)
        self._record_external(resource)
        return RegisterResult(id=resource.id, outputs=resource.outputs)

    def read_stack(self, goal: ResourceGoal) -> PropertyMap:
        """Read another stack's outputs."""
        self._begin_reading(goal)
        outputs = resolve_stack_reference(self._stack_outputs, goal)
        draft = draft_resource(goal)
        self._record_external(replace(draft, id=goal.import_id, outputs={**goal.inputs, "outputs": outputs}))
        return outputs

    def _begin_reading(self, goal: ResourceGoal) -> None:
        self._log.claim(goal.urn)
        self._log.add(Step(action=StepAction.READ, urn=goal.urn))

    def _record_external(self, resource: ResourceState) -> None:
        """Record what was read; one of the program's own that had its URN is no longer wanted."""
        resource = replace(resource, external=True)
        old = self._journal.get(resource.urn)
        gone: list[JournalEntry] = []
        if old is not None:
            resource = replace(resource, created=old.created, modified=old.modified)
            if not old.external and old.id != resource.id:
                if old.protect:
                    raise ProtectedResourceError(old.urn, "replaced")
                gone = [PendingDelete(resource=old)]
        if resource != old:
            self._journal.record(*gone, ResourceRecorded(resource=resource))

    def register_outputs(self, urn: str, outputs: PropertyMap) -> None:
        """Record a component's outputs; the stack's own wait for `record_outputs`."""
        if type_of(urn) == STACK_TYPE:
            self._outputs = (urn, outputs)
        else:
            self._record_outputs(urn, outputs)

    def _record_outputs(self, urn: str, outputs: PropertyMap) -> None:
        resource = self._journal.get(urn)
        if resource is not None and resource.outputs != outputs:
            self._journal.record(ResourceRecorded(resource=replace(resource, outputs=outputs)))

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Call a provider function."""
        return self._provider.invoke(token, arguments)
