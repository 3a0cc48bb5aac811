"""Says of each policy whether it applied to a question, and if not, what was in the way. Pure.

Each policy is asked alone, and then each term of its condition: every answer is one of the function's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from policies.calls.deciding.model import Answer, ReasonCode
from policies.calls.language.anatomy import Anatomy, Names, Term, dissect
from policies.calls.language.values import Effect
from policies.calls.rehearsing.context_reads import mentions
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.documents import Rule
from policies.calls.versions.slices import cut_rules

MOST = 200
"""Policies about the service and intent that are looked into one by one."""
State = Literal["applied", "scope", "condition", "error"]
"""It applied; it is about something else; a condition did not hold; it could not be evaluated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermState:
    """A term that was in the way: where it stands in the policy's text, and the values that it looked at."""

    term: Term
    outcome: Literal["false", "true", "error"]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What one policy made of the question; `detail` says it in words."""

    rule: Rule
    state: State
    detail: str
    term: TermState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The answer, the stories of the policies that could have applied, and how many were not looked into.

    `elsewhere` counts those about other services or intents, `skipped` those beyond the most.
    """

    answer: Answer
    stories: tuple[Story, ...]
    elsewhere: int
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """One question at one moment, to be put to single policies."""

    event: Mapping[str, Any]
    at: datetime
    environment: str
    schema: str
    intents: Sequence[str]
    services: tuple[str, ...]

    def ask(self, text: str, *, name: str, effect: Effect = "permit") -> Answer:
        """The answer of a version that has this policy alone, which applies to every service and intent."""
        rule = Rule(id=name, text=text, effect=effect, reason="rehearsed")
        alone = cut_rules(
            [(rule, (None, None))], self.schema, self.intents, Catalogue(services=self.services)
        )
        return Rehearsal.of(alone).decide(dict(self.event), at=self.at, environment=self.environment)

    def in_group(self, names: Iterable[str]) -> bool:
        """Whether the intent is in a group of actions of one of these names: only the schema knows."""
        groups = ", ".join(f"Action::{json.dumps(name)}" for name in sorted(names))
        text = f'@id("scope") @reason("scope") permit (principal, action in [{groups}], resource);'
        return self.ask(text, name="scope").allowed

    def holds(self, term: Term) -> Literal["true", "false", "error"]:
        text = f'@id("term") @reason("term") permit (principal, action, resource) when {{ {term.text} }};'
        answer = self.ask(text, name="term")
        if answer.reason_code is ReasonCode.POLICY_ERROR:
            return "error"
        return "true" if answer.allowed else "false"


def explain(
    version: Rehearsal,
    event: Mapping[str, Any],
    *,
    at: datetime,
    environment: str,
    also: Iterable[str] = (),
) -> Explanation:
    """Ask, then look into every policy about the service and intent, and those named by `also`."""
    answer = version.decide(dict(event), at=at, environment=environment)
    rules = version.all_rules()
    service, intent = str(event.get("service", "")), str(event.get("intent", ""))
    near = {rule.id for rule in version.rules(service, intent)}
    wanted = [rule for rule in rules if rule.id in near or rule.id in set(also)]
    chosen = _chosen(wanted, answer, set(also))
    stories: tuple[Story, ...] = ()
    if answer.reason_code in _JUDGED and answer.target is not None:
        scene = _Scene(
            event={**event, "target": answer.target},
            at=at,
            environment=environment,
            schema=version.stored.schema,
            intents=version.stored.root.intents,
            services=tuple(sorted({service, answer.target})),
        )
        stories = tuple(_story(scene, rule) for rule in chosen)
    return Explanation(
        answer=answer,
        stories=tuple(sorted(stories, key=lambda story: (_ORDER[story.state], story.rule.id))),
        elsewhere=len(rules) - len(wanted),
        skipped=len(wanted) - len(chosen),
    )


_JUDGED = {
    ReasonCode.PERMITTED,
    ReasonCode.FORBIDDEN,
    ReasonCode.NO_PERMIT,
    ReasonCode.POLICY_ERROR,
}
_ORDER: dict[State, int] = {"applied": 0, "error": 1, "condition": 2, "scope": 3}


def _chosen(rules: Sequence[Rule], answer: Answer, also: set[str]) -> list[Rule]:
    """At most so many, those that determined the answer first."""
    first = {*answer.policies, *also}
    return sorted(rules, key=lambda rule: (rule.id not in first, rule.id))[:MOST]


def _story(scene: _Scene, rule: Rule) -> Story:
    (anatomy,) = dissect((rule.text,))
    outside = next(_outside(scene, anatomy), None)
    if outside is not None:
        return Story(rule=rule, state="scope", detail=outside)
    alone = scene.ask(rule.text, name=rule.id, effect=rule.effect)
    if alone.reason_code is ReasonCode.POLICY_ERROR:
        return Story(
            rule=rule,
            state="error",
            detail="it can not be evaluated, which denies",
            term=_in_the_way(scene, anatomy),
        )
    if alone.policies:
        return Story(rule=rule, state="applied", detail=rule.reason)
    found = _in_the_way(scene, anatomy)
    return Story(rule=rule, state="condition", detail=_words(found), term=found)


def _outside(scene: _Scene, anatomy: Anatomy) -> Iterator[str]:
    parts: tuple[tuple[str, Names, str], ...] = (
        ("service", anatomy.principals, str(scene.event["service"])),
        ("intent", anatomy.actions, str(scene.event["intent"])),
        ("target", anatomy.resources, str(scene.event["target"])),
    )
    for what, names, asked in parts:
        if names is not None and asked not in names and not (what == "intent" and scene.in_group(names)):
            listed = ", ".join(f"`{name}`" for name in sorted(names)) or "none"
            yield f"it is about the {what} {listed}, not `{asked}`"


def _in_the_way(scene: _Scene, anatomy: Anatomy) -> TermState | None:
    """The first term that is not as it has to be; later ones may only make sense after it."""
    for term in anatomy.terms:
        outcome = scene.holds(term)
        if outcome != ("true" if term.kind == "when" else "false"):
            return TermState(term=term, outcome=outcome, values=_values(scene, term))
    return None


def _words(found: TermState | None) -> str:
    if found is None:
        return "its condition does not hold"
    text = " ".join(found.term.text.split())
    if found.outcome == "error":
        return f"`{text}` can not be evaluated"
    if found.term.kind == "when":
        return f"`{text}` does not hold"
    return f"`{text}` holds, and it applies unless that is so"


def _values(scene: _Scene, term: Term) -> dict[str, Any]:
    """What the fields that a term mentions were; a field that was absent is None."""
    context: dict[str, Any] = {
        "environment": scene.environment,
        "time": scene.at.isoformat(),
        "tenant": scene.event.get("tenant"),
        "attributes": scene.event.get("context"),
    }
    found: dict[str, Any] = {}
    for mention in mentions(term.words):
        value: Any = context
        for name in mention.path:
            value = value.get(name) if isinstance(value, dict) else None
        found[".".join(("context", *mention.path))] = value
    return found
