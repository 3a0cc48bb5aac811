"""Deletes what the program no longer asks for, what was replaced, and what has to go before a replacement."""

from __future__ import annotations

from sandbox.engine.planning.deletion import (
    deletion_order,
    dependent_replacements,
    left_over_step,
    refuse_protected,
    unregistered,
)
from sandbox.engine.planning.pending_operations import unregistered_deletions
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.provider import Provider, ResourceType, UnknownResourceTypeError
from sandbox.engine.running.interrupted import InterruptedRun
from sandbox.engine.running.registrar import StepLog
from sandbox.engine.running.step_executor import StepExecutor
from sandbox.engine.state.journal import Journal
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.values.resource import ResourceState


class Deletions:
    """Carries out an update's deletions, each in the order that its dependents allow."""

    def __init__(
        self,
        journal: Journal,
        provider: Provider,
        executor: StepExecutor,
        interrupted: InterruptedRun,
        log: StepLog,
    ) -> None:
        self._journal = journal
        self._provider = provider
        self._executor = executor
        self._interrupted = interrupted
        self._log = log

    def delete_before_replace(self, urn: str, registered: frozenset[str]) -> None:
        """Delete a resource whose replacement comes after it, and before it what cannot stay without it.

        No other step may be under way. Raises ProtectedResourceError before anything is deleted.
        """
        state = self._journal.snapshot()
        old = state.resources.get(urn)
        if old is None:
            return
        dependents = dependent_replacements(old, state, self._resource_types(state), registered)
        live = [item for item in dependents if state.resources.get(item.urn) is item]
        refuse_protected(live)
        for resource in dependents:
            if resource in live:
                self._interrupted.done[resource.urn] = StepAction.DELETE
                self._executor.delete(resource)
            else:
                self._delete_pending(resource)
        self._executor.delete(old)

    def delete_leftovers(self) -> None:
        """Delete what was replaced and what the program no longer asks for, dependents first.

        Raises ProtectedResourceError before anything is deleted.
        """
        state, claimed = self._journal.snapshot(), self._log.claimed
        for resource in deletion_order(state, unregistered(state, claimed)):
            if state.resources.get(resource.urn) is resource:
                self._delete_as(Step(action=StepAction.DELETE, urn=resource.urn), resource)
            else:
                self._delete_pending(resource)
        for step in unregistered_deletions(self._interrupted.done, claimed):
            self._log.add(step)
            with self._executor.reporting(step):
                pass

    def leftovers(self) -> tuple[str, ...]:
        """The URNs that `delete_leftovers` deletes; raises ProtectedResourceError for a protected one."""
        state = self._journal.snapshot()
        gone = [*state.pending_deletes, *unregistered(state, self._log.claimed)]
        return tuple(resource.urn for resource in gone)

    def _delete_pending(self, resource: ResourceState) -> None:
        """Delete what was replaced: a part of this run's replacement, or a step of its own if it is older."""
        if self._interrupted.was_pending_delete(resource):
            self._delete_as(left_over_step(resource), resource)
        else:
            self._executor.delete(resource)

    def _delete_as(self, step: Step, resource: ResourceState) -> None:
        self._log.add(step)
        with self._executor.reporting(step):
            self._executor.delete(resource)

    def _resource_types(self, state: StackState) -> dict[str, ResourceType]:
        """Describe the types of a state's own resources, as far as the provider still knows them."""
        types: dict[str, ResourceType] = {}
        for token in {item.type for item in state.resources.values() if item.custom and not item.external}:
            try:
                types[token] = self._provider.resource_type(token)
            except UnknownResourceTypeError:
                continue
        return types
