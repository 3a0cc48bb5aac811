"""Plans as text and as JSON."""

from __future__ import annotations

from cli.terminal.plan_view import brief_lines, destructive, plan_document, plan_lines
from cli.terminal.progress import format_counts
from sandbox.engine.planning.diff import PropertyChange
from sandbox.engine.planning.steps import StackPlan, Step, StepAction


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev-workloads::myelin::{kind}::{name}"


TASK = Step(
    action=StepAction.REPLACE,
    urn=urn("myelin:containers:Service$aws:ecs/taskDefinition:TaskDefinition", "axon"),
    changes=(PropertyChange(path="cpu", property="cpu", old="256", new="512", replaces=True),),
)
SERVICE = Step(
    action=StepAction.UPDATE,
    urn=urn("aws:ecs/service:Service", "axon"),
    changes=(PropertyChange(path="taskDefinition", property="taskDefinition", old="a:1", new="[unknown]"),),
)
SAME = Step(action=StepAction.SAME, urn=urn("aws:ecs/cluster:Cluster", "dev"))
GONE = Step(action=StepAction.DELETE, urn=urn("aws:ecs/service:Service", "orbit"))
EMPTY = Step(action=StepAction.DELETE, urn=urn("myelin:containers:Task", "orbit"))
GAP = Step(action=StepAction.REPLACE, urn=urn("aws:iam/role:Role", "orbit"), delete_first=True)


def test_text_names_what_changes_and_how() -> None:
    """A plan names each resource that changes and each property with its old and new value."""
    plan = StackPlan(stack="dev-workloads", steps=(SAME, TASK, SERVICE))
    assert list(plan_lines(plan)) == [
        "dev-workloads: 1 to update, 1 to replace",
        "  ± aws:ecs/taskDefinition:TaskDefinition axon",
        '      cpu: "256" → "512"  forces replacement',
        "  ~ aws:ecs/service:Service axon",
        '      taskDefinition: "a:1" → [unknown]',
    ]


def test_long_values_are_shown_where_they_differ() -> None:
    """Of two long values that begin alike, the part that differs is shown; a single one is cut off."""
    registry = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sandbox/axon:"
    changes = (
        PropertyChange(path="image", property="image", old=f"{registry}0.1.0", new=f"{registry}0.2.0"),
        PropertyChange(path="policy", property="policy", old=None, new="x" * 99),
    )
    lines = list(
        plan_lines(
            StackPlan(stack="s", steps=(Step(action=StepAction.UPDATE, urn=SERVICE.urn, changes=changes),))
        )
    )
    assert lines[2:] == [
        '      image: …naws.com/sandbox/axon:0.1.0" → …naws.com/sandbox/axon:0.2.0"',
        f'      policy: (none) → "{"x" * 58}…',
    ]


def test_notes_are_shown_for_what_they_are() -> None:
    """A note says why a resource is deleted, or why an emulated one is no more than a record."""
    steps = (
        Step(action=StepAction.DELETE, urn=TASK.urn, note="left over from a replacement"),
        Step(action=StepAction.CREATE, urn=SERVICE.urn, note="moto has no such call"),
    )
    assert list(plan_lines(StackPlan(stack="s", steps=steps)))[1:] == [
        "  - aws:ecs/taskDefinition:TaskDefinition axon  [left over from a replacement]",
        "  + aws:ecs/service:Service axon  [recorded only: moto has no such call]",
    ]


def test_unchanged_plan_says_so() -> None:
    """A plan without changes is one line."""
    assert list(plan_lines(StackPlan(stack="dev-workloads", steps=(SAME,)))) == ["dev-workloads: no changes"]


def test_first_plan_is_brief() -> None:
    """A plan in which everything is new is format_counts by type; any other is shown in full."""
    new = Step(action=StepAction.CREATE, urn=urn("aws:ecs/cluster:Cluster", "dev"))
    assert list(brief_lines(StackPlan(stack="s", steps=(new, new)))) == ["s: 2 to create", "  + 2 Cluster"]
    assert list(brief_lines(StackPlan(stack="s", steps=(SERVICE,)))) == list(
        plan_lines(StackPlan(stack="s", steps=(SERVICE,)))
    )


def test_destructive_is_what_leaves_a_gap() -> None:
    """Deletions and replacements that delete first are destructive; what comes before it goes is not.

    Neither is a component that goes: it is only a name.
    """
    plan = StackPlan(stack="s", steps=(TASK, SERVICE, GONE, GAP, EMPTY, SAME))
    assert destructive([plan]) == (GONE, GAP)


def test_document_has_every_change() -> None:
    """The JSON form has each resource's step with its changes."""
    document = plan_document(StackPlan(stack="s", steps=(SAME, TASK, EMPTY)))
    assert document["counts"] == {"same": 1, "replace": 1}
    [change] = document["changes"]
    assert change["type"] == "aws:ecs/taskDefinition:TaskDefinition"
    assert change["changes"] == [{"path": "cpu", "old": "256", "new": "512", "replaces": True}]


def test_counts_in_words() -> None:
    """Counts are said in a fixed order, and none is `no changes`."""
    assert format_counts({"delete": 1, "create": 2, "same": 5}) == "2 to create, 1 to delete"
    assert format_counts({"same": 5}) == "no changes"
