"""Explains a decision: for each policy, whether it applied to the question, and if not, why. Pure.

Each policy is put into a version of its own and asked the question, and then each term of its condition. So
an explanation is made of decisions, and cannot contradict them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from policies.calls.deciding.model import Answer
from policies.calls.deciding.reason_codes import ReasonCode, ReasonKind, codes_of
from policies.calls.language.policy_parts import PolicyParts, ScopeNames, Term, parts_of
from policies.calls.language.values import Effect
from policies.calls.rehearsing.context_reads import context_reads
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.documents import Rule
from policies.calls.versions.slices import cut_rules

MAX_EVALUATED = 200
"""How many policies about the service and intent are evaluated one by one."""
EvaluationState = Literal["applied", "scope", "condition", "error"]
"""The policy applied; its scope is about something else; its condition does not hold; it fails."""
TermOutcome = Literal["true", "false", "error"]
_EVALUATED_CODES = codes_of(ReasonKind.JUDGED, ReasonKind.FAILED)
_ORDER: dict[EvaluationState, int] = {"applied": 0, "error": 1, "condition": 2, "scope": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class TermState:
    """The term that kept a policy from applying, its outcome, and the values of the context that it read."""

    term: Term
    outcome: TermOutcome
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEvaluation:
    """How one policy was evaluated for a question; `detail` says it in words."""

    rule: Rule
    state: EvaluationState
    detail: str
    term: TermState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionExplanation:
    """An answer, and the evaluation of each policy that could have applied.

    `elsewhere` counts the policies about other services or intents, `skipped` those above MAX_EVALUATED.
    """

    answer: Answer
    evaluations: tuple[PolicyEvaluation, ...]
    elsewhere: int
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """A question at one moment, and the schema by which single policies are asked it."""

    event: Mapping[str, Any]
    at: datetime
    environment: str
    schema: str
    intents: Sequence[str]
    services: tuple[str, ...]

    def ask(self, text: str, *, name: str, effect: Effect = "permit") -> Answer:
        """Ask a version that has this policy alone."""
        rule = Rule(id=name, text=text, effect=effect, reason="rehearsed")
        alone = cut_rules(
            [(rule, (None, None))], self.schema, self.intents, Catalogue(services=self.services)
        )
        return Rehearsal.of(alone).decide(dict(self.event), at=self.at, environment=self.environment)

    def is_in_group(self, groups: Iterable[str]) -> bool:
        """Whether the schema puts the intent into one of these groups of actions."""
        listed = ", ".join(f"Action::{json.dumps(name)}" for name in sorted(groups))
        text = f'@id("scope") @reason("scope") permit (principal, action in [{listed}], resource);'
        return self.ask(text, name="scope").allowed

    def evaluate_term(self, term: Term) -> TermOutcome:
        """Evaluate one term of a condition."""
        text = f'@id("term") @reason("term") permit (principal, action, resource) when {{ {term.text} }};'
        answer = self.ask(text, name="term")
        if answer.reason_code is ReasonCode.POLICY_ERROR:
            return "error"
        return "true" if answer.allowed else "false"


def explain_decision(
    version: Rehearsal,
    event: Mapping[str, Any],
    *,
    at: datetime,
    environment: str,
    also: Iterable[str] = (),
) -> DecisionExplanation:
    """Decide, then evaluate each policy about the service and intent, and those whose ids are in `also`."""
    answer = version.decide(dict(event), at=at, environment=environment)
    service, intent = str(event.get("service", "")), str(event.get("intent", ""))
    near = {rule.id: rule for rule in version.rules(service, intent)}
    named = (version.stored.find(name) for name in also if name not in near)
    wanted = {**near, **{found[0].id: found[0] for found in named if found is not None}}
    chosen = _choose_rules(wanted.values(), answer, set(also))
    evaluations: tuple[PolicyEvaluation, ...] = ()
    if answer.reason_code in _EVALUATED_CODES and answer.target is not None:
        question = _Question(
            event={**event, "target": answer.target},
            at=at,
            environment=environment,
            schema=version.stored.schema,
            intents=version.stored.root.intents,
            services=tuple(sorted({service, answer.target})),
        )
        evaluations = tuple(_evaluate_rule(question, rule) for rule in chosen)
    return DecisionExplanation(
        answer=answer,
        evaluations=tuple(sorted(evaluations, key=lambda each: (_ORDER[each.state], each.rule.id))),
        elsewhere=version.stored.index.policies - len(wanted),
        skipped=len(wanted) - len(chosen),
    )


def _choose_rules(rules: Iterable[Rule], answer: Answer, also: set[str]) -> list[Rule]:
    """At most MAX_EVALUATED rules.

    Those that determined the answer, or were asked for, come first; then those that may be about its target.
    """
    first = {*answer.policies, *also}
    return sorted(rules, key=lambda rule: (rule.id not in first, not rule.is_about(answer.target), rule.id))[
        :MAX_EVALUATED
    ]


def _evaluate_rule(question: _Question, rule: Rule) -> PolicyEvaluation:
    parts = parts_of(rule.text)
    outside = next(_scope_mismatches(question, parts), None)
    if outside is not None:
        return PolicyEvaluation(rule=rule, state="scope", detail=outside)
    alone = question.ask(rule.text, name=rule.id, effect=rule.effect)
    if alone.reason_code is ReasonCode.POLICY_ERROR:
        return PolicyEvaluation(
            rule=rule,
            state="error",
            detail="it cannot be evaluated, which denies",
            term=_find_failing_term(question, parts),
        )
    if alone.policies:
        return PolicyEvaluation(rule=rule, state="applied", detail=rule.reason)
    found = _find_failing_term(question, parts)
    return PolicyEvaluation(rule=rule, state="condition", detail=_describe(found), term=found)


def _scope_mismatches(question: _Question, parts: PolicyParts) -> Iterator[str]:
    """How a policy's scope differs from the question, in words."""
    scope: tuple[tuple[str, ScopeNames, str], ...] = (
        ("service", parts.principals, str(question.event["service"])),
        ("intent", parts.actions, str(question.event["intent"])),
        ("target", parts.resources, str(question.event["target"])),
    )
    for what, names, asked in scope:
        if (
            names is not None
            and asked not in names
            and not (what == "intent" and parts.action_groups and question.is_in_group(names))
        ):
            listed = ", ".join(f"`{name}`" for name in sorted(names)) or "none"
            yield f"it is about the {what} {listed}, not `{asked}`"


def _find_failing_term(question: _Question, parts: PolicyParts) -> TermState | None:
    """The first term that keeps the policy from applying; later ones may only make sense after it."""
    for term in parts.terms:
        outcome = question.evaluate_term(term)
        if outcome != ("true" if term.kind == "when" else "false"):
            return TermState(term=term, outcome=outcome, values=_read_values(question, term))
    return None


def _describe(found: TermState | None) -> str:
    if found is None:
        return "its condition does not hold"
    text = " ".join(found.term.text.split())
    if found.outcome == "error":
        return f"`{text}` cannot be evaluated"
    if found.term.kind == "when":
        return f"`{text}` does not hold"
    return f"`{text}` holds, and it applies unless that is so"


def _read_values(question: _Question, term: Term) -> dict[str, Any]:
    """The value of each field of the context that a term reads; None for a field that was absent."""
    context: dict[str, Any] = {
        "environment": question.environment,
        "time": question.at.isoformat(),
        "tenant": question.event.get("tenant"),
        "proven": not question.event.get("unproven", False),
        "attributes": question.event.get("context"),
    }
    found: dict[str, Any] = {}
    for read in context_reads(term.words):
        value: Any = context
        for name in read.path:
            value = value.get(name) if isinstance(value, dict) else None
        found[".".join(("context", *read.path))] = value
    return found
