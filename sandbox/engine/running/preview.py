"""The registrar of a preview: decides every step and predicts its outputs, and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.engine.planning.deletion import deletion_order, left_over_step, unregistered
from sandbox.engine.planning.pending_operations import (
    after_redo,
    merged_with_earlier,
    unregistered_deletions,
)
from sandbox.engine.planning.planner import decide, predict
from sandbox.engine.planning.steps import StackPlan, Step, StepAction
from sandbox.engine.provider import Properties, Provider
from sandbox.engine.running.registrar import (
    RegisterResult,
    StackOutputs,
    StepLog,
    look_up,
    resolve_stack_reference,
)
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.values.properties import PropertyMap, reveal_properties
from sandbox.engine.values.resource import ResourceGoal, ResourceState
from sandbox.engine.values.urn import STACK_TYPE, type_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A resource that the program asks for, and how it is recorded; None if it never was."""

    goal: ResourceGoal
    recorded: ResourceState | None


class PreviewRegistrar:
    """Plans one stack; `plan` gives the result once the program has run."""

    def __init__(self, stack: str, state: StackState, provider: Provider, outputs: StackOutputs) -> None:
        """Compare against `state`, which is left alone."""
        self._stack = stack
        self._recorded = state
        self._redone = after_redo(state)
        self._provider = provider
        self._stack_outputs = outputs
        self._log = StepLog()
        self._outputs: PropertyMap = {}
        self._declared: list[Declared] = []

    def register(self, goal: ResourceGoal) -> RegisterResult:
        """Decide the step and predict what the resource will look like after it."""
        done = self._redone.done
        old = self._log.claim_recorded(goal, self._redone.state.resources.get)
        kind = self._provider.resource_type(goal.type) if goal.custom else None
        decision = decide(goal, old, kind)
        self._log.add(merged_with_earlier(decision.step, done) if done else decision.step)
        if kind is None:
            return RegisterResult(id="", outputs={})
        if old is None or not old.external:
            self._declared.append(Declared(goal=goal, recorded=old))
        updated = done.get(goal.urn) is StepAction.UPDATE
        predicted = predict(decision, goal, old, kind, updated=updated)
        return RegisterResult(id=predicted.id, outputs=predicted.outputs)

    def read(self, goal: ResourceGoal) -> RegisterResult:
        """Look a resource up, as reading changes nothing; one whose id is not known yet is unknown."""
        self._begin_reading(goal)
        if not goal.import_id:
            return RegisterResult(id="", outputs={})
        found = look_up(self._provider, goal)
        return RegisterResult(id=found.id, outputs=found.outputs)

    def read_stack(self, goal: ResourceGoal) -> PropertyMap:
        """Read another stack's outputs, of which some may be unknown.

        As soon as one is, the SDK's `get_output` and `require_output` give unknowns for all; `outputs[name]`
        gives each as it is.
        """
        self._begin_reading(goal)
        return resolve_stack_reference(self._stack_outputs, goal)

    def register_outputs(self, urn: str, outputs: PropertyMap) -> None:
        """Keep the stack's outputs for layers that read them in the same preview."""
        if type_of(urn) == STACK_TYPE:
            self._outputs = outputs

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Call a provider function: it only reads, so a preview calls it, too."""
        return self._provider.invoke(token, arguments)

    @property
    def outputs(self) -> PropertyMap:
        """The stack's predicted outputs; a value that only the change brings is unknown."""
        return self._outputs

    @property
    def declared(self) -> tuple[Declared, ...]:
        """What the program asked for, in the order of its registrations."""
        return tuple(self._declared)

    def plan(self) -> StackPlan:
        """The steps that were decided, then the deletions, dependents first.

        Raises ProtectedResourceError where something protected would have to be deleted.
        """
        state, claimed = self._redone.state, self._log.claimed
        gone = unregistered(state, claimed)
        unwanted = {item.urn for item in gone}
        deletions = [
            Step(action=StepAction.DELETE, urn=item.urn)
            for item in deletion_order(state, gone)
            if item.urn in unwanted and state.resources[item.urn] is item
        ]
        early = unregistered_deletions(self._redone.done, claimed)
        waiting = [left_over_step(item) for item in self._recorded.pending_deletes]
        return StackPlan(
            stack=self._stack,
            steps=(*self._log.steps, *deletions, *early, *waiting),
            outputs_changed=reveal_properties(self._recorded.outputs() or {})
            != reveal_properties(self._outputs),
        )

    def _begin_reading(self, goal: ResourceGoal) -> None:
        self._log.claim(goal.urn)
        self._log.add(Step(action=StepAction.READ, urn=goal.urn))
