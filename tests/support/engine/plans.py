"""Looks at plans: what happens to which resource, and whether an update did what its preview said."""

from __future__ import annotations

from collections import Counter

from sandbox.engine.planning.steps import StackPlan, StepAction
from tests.support.engine.values import STACK_URN


def action_names(plan: StackPlan) -> dict[str, str]:
    """Every resource's action by name, without that of the stack itself."""
    return {step.name: step.action.value for step in plan.steps if step.urn != STACK_URN}


def changed(plan: StackPlan) -> dict[str, StepAction]:
    """The actions that change something, by name."""
    return {step.name: step.action for step in plan.changes}


def assert_previewed(plan: StackPlan, taken: StackPlan) -> None:
    """The preview's steps are the update's; less is done where an unknown input turned out to be equal."""
    previewed = Counter((step.urn, step.action) for step in plan.changes)
    done = Counter((step.urn, step.action) for step in taken.changes)
    doubtful = {
        step.urn for step in plan.changes if any("[unknown]" in str(change.new) for change in step.changes)
    }
    for urn, action in previewed - done:
        assert urn in doubtful, f"previewed, not done: {action} {urn}"
    for urn, action in done - previewed:
        lesser = action is StepAction.UPDATE and (urn, StepAction.REPLACE) in previewed
        assert urn in doubtful, f"done, not previewed: {action} {urn}"
        assert lesser, f"more than previewed: {action} {urn}"
