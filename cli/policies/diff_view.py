"""Shows how two policy sets differ: as lines for people, as JSON for scripts."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from cli.policies.findings import counted
from cli.terminal.styling import style
from policies.calls.deciding.model import Answer
from policies.calls.rehearsing.decision_changes import DecisionChange, DecisionChanges, Untried
from policies.calls.versions.comparison import PolicyDifference
from policies.calls.versions.documents import Rule

_COLORS = {"opens": "red", "closes": "yellow", "reason": "cyan"}
_MOST_UNTRIED = 10


def diff_lines(
    changes: PolicyDifference,
    effects: DecisionChanges,
    texts: Mapping[str, tuple[Rule | None, Rule | None]],
    *,
    every: bool,
) -> Iterator[str]:
    """What was not tried; then by policy; then by effect, with `every` also those of another reason."""
    yield from untried_lines(effects)
    for name in changes.removed:
        yield style(f"- {name}", fg="red")
    for name in changes.added:
        yield style(f"+ {name}", fg="green")
    for name in changes.replaced:
        yield style(f"~ {name}", fg="yellow")
        yield from (f"    {line}" for line in _text_diff(*texts[name]))
    if not (changes.added or changes.removed or changes.replaced):
        yield "the policies are the same"
    yield from effect_lines(effects, every=every)


def effect_lines(effects: DecisionChanges, *, every: bool) -> Iterator[str]:
    """The decisions that change, one line each."""
    shown = effects.of("opens", "closes", "reason") if every else effects.of("opens", "closes")
    for effect in shown:
        mark = style(f"{effect.change:<6}", fg=_COLORS[effect.change])
        change = f"{outcome(effect.before)} → {outcome(effect.after)}"
        yield f"{mark} {_question(effect)}: {change}{_when(effect)}"
    compared = counted(effects.decisions, "decision")
    opened, closed, otherwise = (len(effects.of(kind)) for kind in ("opens", "closes", "reason"))
    extent = "" if effects.complete else "; not everything was tried"
    yield (f"{compared} compared: {opened} open, {closed} close, {otherwise} stay for another reason{extent}")


def untried_lines(effects: DecisionChanges) -> Iterator[str]:
    """The questions about which nothing more is claimed than what is listed; none if all was proved."""
    if effects.complete:
        return
    yield style("not everything was tried", fg="red", bold=True) + ": of these, more may change"
    for untried in effects.untried[:_MOST_UNTRIED]:
        yield f"    {_place(untried)}: {untried.why}"
    more = len(effects.untried) - _MOST_UNTRIED
    if more > 0:
        yield f"    and {more} more"


def diff_document(changes: PolicyDifference, effects: DecisionChanges) -> dict[str, Any]:
    """The difference as a JSON value."""
    return {
        "policies": {
            "added": list(changes.added),
            "removed": list(changes.removed),
            "changed": list(changes.replaced),
        },
        **effects_document(effects),
    }


def effects_document(effects: DecisionChanges) -> dict[str, Any]:
    """The decisions that change as a JSON value."""
    return {
        "effects": [_effect_document(effect) for effect in effects.changes],
        "decisions": effects.decisions,
        "complete": effects.complete,
        "untried": [_untried_document(untried) for untried in effects.untried],
    }


def _effect_document(effect: DecisionChange) -> dict[str, Any]:
    return {
        "change": effect.change,
        "service": effect.service,
        "intent": effect.intent,
        "target": effect.target,
        "situation": {
            "environment": effect.sample.environment,
            "time": effect.sample.at.isoformat(),
            "tenant": effect.sample.tenant,
            "proven": effect.sample.proven,
            "context": effect.sample.context,
        },
        "situations_changed": effect.changed,
        "situations_tried": effect.tried,
        "before": answer_document(effect.before),
        "after": answer_document(effect.after),
    }


def answer_document(answer: Answer) -> dict[str, Any]:
    """The decision of an answer, and its reason, as a JSON value."""
    return {
        "allowed": answer.allowed,
        "reason_code": answer.reason_code.value,
        "policies": list(answer.policies),
        "reason": answer.reason,
    }


def _untried_document(untried: Untried) -> dict[str, Any]:
    return {
        "service": untried.service,
        "intent": untried.intent,
        "target": untried.target,
        "why": untried.why,
    }


def _place(untried: Untried) -> str:
    return "every further question" if untried.service is None else _question(untried)


def _question(asked: DecisionChange | Untried) -> str:
    target = f"`{asked.target}`" if asked.target else "(no target named)"
    return f"`{asked.service}` {asked.intent} {target}"


def outcome(answer: Answer) -> str:
    """An answer in a few words."""
    word = "allowed" if answer.allowed else "denied"
    return f"{word} by {', '.join(answer.policies) or answer.reason_code.value}"


def _when(effect: DecisionChange) -> str:
    if not effect.sample.fields:
        return (
            "" if effect.changed == effect.tried else f" (in {effect.changed} of {effect.tried} situations)"
        )
    fields = ", ".join(effect.sample.fields)
    more = f", {effect.changed} of {effect.tried} situations" if effect.changed > 1 else ""
    return f" (when {fields}{more})"


def _text_diff(old: Rule | None, new: Rule | None) -> Iterator[str]:
    was, now = ([] if rule is None else rule.text.splitlines() for rule in (old, new))
    lines = difflib.unified_diff(was, now, lineterm="", n=1)
    for line in list(lines)[2:]:
        if not line.startswith("@@"):
            yield line
