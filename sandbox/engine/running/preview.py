"""The registrar of a preview: decides every step and predicts its outputs, and changes nothing."""

from __future__ import annotations

from sandbox.engine.errors import MissingResourceError
from sandbox.engine.planning import deletion, planner, record
from sandbox.engine.planning.pending_operations import after_redo, merged_with_earlier, unregistered_deletions
from sandbox.engine.planning.steps import StackPlan, Step, StepAction
from sandbox.engine.provider import Properties, Provider, ResourceType
from sandbox.engine.running.registrar import (
    RegisterResult,
    StackOutputs,
    StepLog,
    find_recorded,
    resolve_stack_reference,
)
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.values import wire
from sandbox.engine.values.provider_values import for_provider
from sandbox.engine.values.resource import ResourceGoal, ResourceState
from sandbox.engine.values.urn import STACK_TYPE, type_of
from sandbox.engine.values.wire import Wire


class PreviewRegistrar:
    """Plans one stack; `plan` gives the result once the program has run."""

    def __init__(self, stack: str, state: StackState, provider: Provider, outputs: StackOutputs) -> None:
        """Compare against `state`, which is left alone."""
        self._stack = stack
        self._recorded = state
        self._redone = after_redo(state)
        self._provider = provider
        self._stack_outputs = outputs
        self._ledger = StepLog()
        self._outputs: Wire = {}

    def register(self, goal: ResourceGoal) -> RegisterResult:
        """Decide the step and predict what the resource will look like after it."""
        self._ledger.claim(goal.urn)
        old = find_recorded(goal, self._ledger, self._redone.state.find)
        if not goal.custom:
            self._ledger.add(planner.component_step(goal, old))
            return RegisterResult(id="", outputs={})
        kind = self._provider.resource_type(goal.type)
        planner.check_properties(goal, kind)
        goal = planner.keep_ignored_inputs(goal, old)
        step = planner.decide_step(goal, old, kind)
        self._ledger.add(merged_with_earlier(step, self._redone.done))
        updated = self._redone.done.get(goal.urn) is StepAction.UPDATE
        return _predict(goal, old, step.action, kind, updated=updated)

    def read(self, goal: ResourceGoal) -> RegisterResult:
        """Look a resource up, as reading changes nothing; one whose id is not known yet is unknown."""
        self._begin_reading(goal)
        if goal.import_id == wire.UNKNOWN:
            return RegisterResult(id="", outputs={})
        kind = self._provider.resource_type(goal.type)
        state = self._provider.read(goal.type, goal.import_id, for_provider(goal.inputs))
        if state is None:
            raise MissingResourceError(goal.urn, goal.import_id)
        found = record.complete_resource(record.draft_resource(goal), state, kind.secret_outputs)
        return RegisterResult(id=found.id, outputs=found.outputs)

    def read_stack(self, goal: ResourceGoal) -> Wire:
        """Read another stack's outputs, of which some may be unknown.

        As soon as one is, the SDK's `get_output` and `require_output` give unknowns for all; `outputs[name]`
        gives each as it is.
        """
        self._begin_reading(goal)
        return resolve_stack_reference(self._stack_outputs, goal)

    def register_outputs(self, urn: str, outputs: Wire) -> None:
        """Keep the stack's outputs for layers that read them in the same preview."""
        if type_of(urn) == STACK_TYPE:
            self._outputs = outputs

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Functions only read, so a preview calls them too."""
        return self._provider.invoke(token, arguments)

    @property
    def outputs(self) -> Wire:
        """The stack's predicted outputs; a value that only the change brings is unknown."""
        return self._outputs

    def plan(self) -> StackPlan:
        """The steps that were decided, then the deletions, dependents first.

        Raises ProtectedResourceError where something protected would have to be deleted.
        """
        state, claimed = self._redone.state, self._ledger.claimed
        gone = deletion.leftovers(state, claimed)
        unwanted = {item.urn for item in gone}
        deletions = [
            Step(action=StepAction.DELETE, urn=item.urn)
            for item in deletion.deletion_order(state, gone)
            if item.urn in unwanted and state.resources[item.urn] is item
        ]
        waiting = [deletion.left_over_step(item) for item in self._recorded.pending_deletes]
        return StackPlan(
            stack=self._stack,
            steps=(
                *self._ledger.steps,
                *deletions,
                *unregistered_deletions(self._redone.done, claimed),
                *waiting,
            ),
            outputs_changed=wire.reveal_properties(self._recorded.outputs() or {})
            != wire.reveal_properties(self._outputs),
        )

    def _begin_reading(self, goal: ResourceGoal) -> None:
        self._ledger.claim(goal.urn)
        self._ledger.add(Step(action=StepAction.READ, urn=goal.urn))


def _predict(
    goal: ResourceGoal, old: ResourceState | None, action: StepAction, kind: ResourceType, *, updated: bool
) -> RegisterResult:
    """Say what a resource will look like after a step; an output that is left out is unknown.

    `updated` says that it is changed in place before its own step, too.
    """
    if old is None or action not in (StepAction.SAME, StepAction.UPDATE):
        identity, outputs = goal.import_id, goal.inputs
    else:
        identity, outputs = old.id, record.current_outputs(goal, old, kind.secret_outputs)
        doubtful = set(kind.volatile_outputs) if updated or action is StepAction.UPDATE else set()
        if action is StepAction.UPDATE:
            doubtful |= old.inputs.keys() - goal.inputs.keys()
            outputs = {**outputs, **goal.inputs}
        outputs = {name: value for name, value in outputs.items() if name not in doubtful}
    mark_secrets = record.mark_secrets(record.draft_resource(goal), outputs, kind.secret_outputs)
    return RegisterResult(id=identity, outputs=mark_secrets)
