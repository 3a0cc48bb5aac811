"""Plans as values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.engine.planning.steps import StackPlan, Step, StepAction
from tests.support.engine.values import STACK_URN, URN

GROUP_CHILD = "urn:pulumi:test-layer::myelin::test:it:Group$aws:test/thing:Thing::a::b"


@pytest.mark.parametrize(
    ("urn", "token", "name", "is_real"),
    [
        (URN + "a", "aws:test/thing:Thing", "a", True),
        (GROUP_CHILD, "aws:test/thing:Thing", "a::b", True),
        (STACK_URN, "pulumi:pulumi:Stack", "myelin-test-layer", False),
    ],
)
def test_a_step_knows_what_it_is_about(urn: str, token: str, name: str, is_real: bool) -> None:
    """Type and name are in the URN, however deep it is nested; only a provider's resource is real."""
    step = Step(action=StepAction.CREATE, urn=urn)
    assert (step.type, step.name, step.is_real) == (token, name, is_real)


def test_what_follows_from_a_step_follows_its_changes() -> None:
    """A step made of another one is judged by its own action."""
    step = Step(action=StepAction.SAME, urn=URN + "a")
    assert not step.is_change
    assert replace(step, action=StepAction.UPDATE).is_change
    assert not replace(step, action=StepAction.READ).is_change


def test_a_plan_counts_its_steps() -> None:
    """Each action that occurs is counted, in Pulumi's order; changes are those that do something."""
    actions = [StepAction.DELETE, StepAction.SAME, StepAction.CREATE, StepAction.CREATE]
    plan = StackPlan(stack="s", steps=tuple(Step(action=action, urn=URN + "a") for action in actions))
    assert list(plan.counts().items()) == [("same", 1), ("create", 2), ("delete", 1)]
    assert [step.action for step in plan.changes] == [actions[0], *actions[2:]]
