"""Shows plans: as text for people, and as JSON for scripts."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from cli.terminal.progress import SIGNS, format_counts, resource_label
from sandbox.engine.planning.diff import PropertyChange
from sandbox.engine.planning.steps import StackPlan, Step

_WIDEST = 60
_CONTEXT = 24
"""Characters shown before the first difference of two long values."""


def is_resource(step: Step) -> bool:
    """Whether a step is about a resource of the provider; components and the stack itself are only names."""
    return step.type.startswith("aws:")


def resource_counts(plan: StackPlan) -> dict[str, int]:
    """How many resources there are of each action that occurs."""
    return dict(Counter(step.action.value for step in plan.steps if is_resource(step)))


def plan_lines(plan: StackPlan) -> Iterator[str]:
    """Write a plan as lines: what changes and how; nothing about what stays."""
    yield f"{plan.stack}: {format_counts(resource_counts(plan))}"
    for step in filter(is_resource, plan.changes):
        order = " (deleted first)" if step.delete_first else ""
        yield f"  {SIGNS[step.action]} {resource_label(step)}{order}{_note_of(step)}"
        for change in step.changes:
            yield change_line(change)


def change_line(change: PropertyChange) -> str:
    """Write one change: the path, then the old value and the new one."""
    forced = "  forces replacement" if change.replaces else ""
    old, new = _shorten_both(_format_value(change.old), _format_value(change.new))
    return f"      {change.path}: {old} → {new}{forced}"


def brief_lines(plan: StackPlan) -> Iterator[str]:
    """Write a plan in which everything is new as counts by type; any other in full."""
    if any(step.action not in ("create", "same", "read") for step in plan.steps):
        yield from plan_lines(plan)
        return
    types = Counter(step.type.rsplit(":", 1)[-1] for step in plan.changes if is_resource(step))
    listed = ", ".join(f"{count} {name}" if count > 1 else name for name, count in sorted(types.items()))
    yield f"{plan.stack}: {format_counts(resource_counts(plan))}"
    if listed:
        yield from _wrap_list(listed)
    for step in plan.changes:
        if step.note:
            yield f"  recorded only: {resource_label(step)}: {step.note}"


def plan_document(plan: StackPlan) -> dict[str, Any]:
    """Write a plan as a JSON value."""
    return {
        "stack": plan.stack,
        "counts": resource_counts(plan),
        "outputs_changed": plan.outputs_changed,
        "changes": [_step_document(step) for step in plan.changes if is_resource(step)],
    }


def destructive(plans: Iterable[StackPlan]) -> tuple[Step, ...]:
    """The steps that delete something that exists before, or without, anything in its place."""
    return tuple(
        step
        for plan in plans
        for step in filter(is_resource, plan.changes)
        if (step.action == "delete" and not step.note) or (step.action == "replace" and step.delete_first)
    )


def _step_document(step: Step) -> dict[str, Any]:
    return {
        "action": step.action.value,
        "urn": step.urn,
        "type": step.type,
        "name": step.name,
        "delete_first": step.delete_first,
        "note": step.note,
        "changes": [_change_document(change) for change in step.changes],
    }


def _change_document(change: PropertyChange) -> dict[str, Any]:
    return {"path": change.path, "old": change.old, "new": change.new, "replaces": change.replaces}


def _note_of(step: Step) -> str:
    """What a step's note says: why it is deleted, or why nothing but a record comes of it."""
    if not step.note:
        return ""
    return f"  [{step.note}]" if step.action == "delete" else f"  [recorded only: {step.note}]"


def _format_value(value: Any) -> str:
    if value is None:
        return "(none)"
    return value if isinstance(value, str) and value.startswith("[") else json.dumps(value)


def _shorten_both(old: str, new: str) -> tuple[str, str]:
    """Shorten two texts that are too long, so that the place where they begin to differ is seen."""
    same = next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), None)
    too_long = max(len(old), len(new)) > _WIDEST
    cut = max(0, same - _CONTEXT) if same is not None and too_long else 0
    return _cut(old, cut), _cut(new, cut)


def _cut(text: str, cut: int) -> str:
    rest = text if cut <= 1 else f"…{text[cut:]}"
    return rest if len(rest) <= _WIDEST else f"{rest[: _WIDEST - 1]}…"


def _wrap_list(text: str) -> Iterator[str]:
    yield from textwrap.wrap(text, width=100, initial_indent="  + ", subsequent_indent="    ")
