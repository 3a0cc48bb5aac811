"""The registrar of a preview: decides every step and predicts its outputs, and changes nothing."""

from __future__ import annotations

from sandbox.engine.errors import MissingResourceError
from sandbox.engine.planning import deletion as clearance
from sandbox.engine.planning import planner, record
from sandbox.engine.planning.pending_operations import foresee, told, unclaimed
from sandbox.engine.planning.steps import Action, Plan, Step
from sandbox.engine.provider import Properties, Provider, ResourceType
from sandbox.engine.running.registrar import Ledger, Registered, StackOutputs, recorded_as, referenced
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.values import wire
from sandbox.engine.values.provider_values import for_provider
from sandbox.engine.values.resource import Goal, Resource
from sandbox.engine.values.urn import STACK_TYPE, type_of
from sandbox.engine.values.wire import Wire


class Forecast:
    """Plans one stack; `plan` gives the result once the program has run."""

    def __init__(self, stack: str, state: StackState, provider: Provider, outputs: StackOutputs) -> None:
        """Compare against `state`, which is left alone."""
        self._stack = stack
        self._recorded = state
        self._resumption = foresee(state)
        self._provider = provider
        self._stack_outputs = outputs
        self._ledger = Ledger()
        self._outputs: Wire = {}

    def register(self, goal: Goal) -> Registered:
        """Decide the step and predict what the resource will look like after it."""
        self._ledger.claim(goal.urn)
        old = recorded_as(goal, self._ledger, self._resumption.state.find)
        if not goal.custom:
            self._ledger.add(planner.component_step(goal, old))
            return Registered(id="", outputs={})
        kind = self._provider.resource_type(goal.type)
        planner.check(goal, kind)
        goal = planner.settle(goal, old)
        step = planner.decide(goal, old, kind)
        self._ledger.add(told(step, self._resumption.done))
        updated = self._resumption.done.get(goal.urn) is Action.UPDATE
        return _predict(goal, old, step.action, kind, updated=updated)

    def read(self, goal: Goal) -> Registered:
        """Look a resource up, as reading changes nothing; one whose id is not known yet is unknown."""
        self._begin_reading(goal)
        if goal.import_id == wire.UNKNOWN:
            return Registered(id="", outputs={})
        kind = self._provider.resource_type(goal.type)
        state = self._provider.read(goal.type, goal.import_id, for_provider(goal.inputs))
        if state is None:
            raise MissingResourceError(goal.urn, goal.import_id)
        found = record.done(record.drafted(goal), state, kind.secret_outputs)
        return Registered(id=found.id, outputs=found.outputs)

    def read_stack(self, goal: Goal) -> Wire:
        """Read another stack's outputs, of which some may be unknown.

        As soon as one is, the SDK's `get_output` and `require_output` give unknowns for all; `outputs[name]`
        gives each as it is.
        """
        self._begin_reading(goal)
        return referenced(self._stack_outputs, goal)

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

    def plan(self) -> Plan:
        """The steps that were decided, then the deletions, dependents first.

        Raises ProtectedResourceError where something protected would have to be deleted.
        """
        state, claimed = self._resumption.state, self._ledger.claimed
        gone = clearance.leftovers(state, claimed)
        unwanted = {item.urn for item in gone}
        deletions = [
            Step(action=Action.DELETE, urn=item.urn)
            for item in clearance.deletion_order(state, gone)
            if item.urn in unwanted and state.resources[item.urn] is item
        ]
        waiting = [clearance.left_over_step(item) for item in self._recorded.condemned]
        return Plan(
            stack=self._stack,
            steps=(*self._ledger.steps, *deletions, *unclaimed(self._resumption.done, claimed), *waiting),
            outputs_changed=wire.reveal_properties(self._recorded.outputs() or {})
            != wire.reveal_properties(self._outputs),
        )

    def _begin_reading(self, goal: Goal) -> None:
        self._ledger.claim(goal.urn)
        self._ledger.add(Step(action=Action.READ, urn=goal.urn))


def _predict(
    goal: Goal, old: Resource | None, action: Action, kind: ResourceType, *, updated: bool
) -> Registered:
    """Say what a resource will look like after a step; an output that is left out is unknown.

    `updated` says that it is changed in place before its own step, too.
    """
    if old is None or action not in (Action.SAME, Action.UPDATE):
        identity, outputs = goal.import_id, goal.inputs
    else:
        identity, outputs = old.id, record.refreshed(goal, old, kind.secret_outputs)
        doubtful = set(kind.volatile_outputs) if updated or action is Action.UPDATE else set()
        if action is Action.UPDATE:
            doubtful |= old.inputs.keys() - goal.inputs.keys()
            outputs = {**outputs, **goal.inputs}
        outputs = {name: value for name, value in outputs.items() if name not in doubtful}
    concealed = record.concealed(record.drafted(goal), outputs, kind.secret_outputs)
    return Registered(id=identity, outputs=concealed)
