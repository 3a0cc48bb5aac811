"""The registrar of a preview: decides every step and predicts its outputs, and changes nothing."""

from __future__ import annotations

from sandbox.engine import planner, wire
from sandbox.engine.provider import Properties, Provider
from sandbox.engine.registrar import Ledger, Registered, StackOutputs, referenced
from sandbox.engine.resource import Goal, Resource
from sandbox.engine.state import StackState
from sandbox.engine.steps import Action, Plan, Step
from sandbox.engine.urn import STACK_TYPE
from sandbox.engine.wire import Wire


class Forecast:
    """Plans one stack; `plan` gives the result once the program has run."""

    def __init__(self, stack: str, state: StackState, provider: Provider, outputs: StackOutputs) -> None:
        """Compare against `state`, which is left alone."""
        self._stack = stack
        self._state = state
        self._provider = provider
        self._stack_outputs = outputs
        self._ledger = Ledger()
        self._outputs: Wire = {}

    def register(self, goal: Goal) -> Registered:
        """Decide the step and predict what the resource will look like after it."""
        self._ledger.claim(goal.urn)
        old = self._state.find((goal.urn, *goal.aliases))
        if not goal.custom:
            self._ledger.add(_component_step(goal, old))
            return Registered(id="", outputs={})
        kind = self._provider.resource_type(goal.type)
        planner.check(goal, kind)
        goal = planner.settle(goal, old)
        step = planner.decide(goal, old, kind)
        self._ledger.add(step)
        return _predict(goal, old, step)

    def read(self, goal: Goal) -> Registered:
        """Show what is recorded of a resource read before; a new one is unknown."""
        self._ledger.claim(goal.urn)
        self._ledger.add(Step(action=Action.READ, urn=goal.urn))
        old = self._state.find((goal.urn,))
        return Registered(id=goal.import_id, outputs=old.outputs if old else goal.inputs)

    def register_outputs(self, urn: str, outputs: Wire) -> None:
        """Keep the stack's outputs for layers that read them in the same preview."""
        if f"::{STACK_TYPE}::" in urn:
            self._outputs = outputs

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Functions only read, so a preview calls them too."""
        return self._provider.invoke(token, arguments)

    def stack_outputs(self, name: str) -> Wire:
        """Read another stack's outputs."""
        return referenced(self._stack_outputs, name)

    @property
    def outputs(self) -> Wire:
        """The stack's predicted outputs; a value that only the change brings is unknown."""
        return self._outputs

    def plan(self) -> Plan:
        """The steps that were decided, then the deletions, dependents first."""
        gone = planner.leftovers(self._state.ordered(), self._ledger.claimed)
        renamed = self._renamed()
        deletions = [Step(action=Action.DELETE, urn=item.urn) for item in gone if item.urn not in renamed]
        waiting = [
            Step(action=Action.DELETE, urn=item.urn, note="left over from a replacement")
            for item in self._state.condemned
        ]
        return Plan(
            stack=self._stack,
            steps=(*self._ledger.steps, *deletions, *waiting),
            outputs_changed=wire.reveal_properties(self._state.outputs() or {})
            != wire.reveal_properties(self._outputs),
        )

    def _renamed(self) -> frozenset[str]:
        return frozenset(step.formerly for step in self._ledger.steps if step.formerly)


def _component_step(goal: Goal, old: Resource | None) -> Step:
    """A component is only a name in the state; it comes and goes with its children."""
    action = Action.CREATE if old is None else Action.SAME
    formerly = old.urn if old is not None and old.urn != goal.urn else ""
    return Step(action=action, urn=goal.urn, formerly=formerly)


def _predict(goal: Goal, old: Resource | None, step: Step) -> Registered:
    match step.action:
        case Action.SAME if old is not None:
            return Registered(id=old.id, outputs=old.outputs)
        case Action.UPDATE if old is not None:
            return Registered(id=old.id, outputs={**old.outputs, **goal.inputs})
        case _:
            return Registered(id="", outputs=goal.inputs)
