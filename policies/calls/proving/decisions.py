"""What one version decides about a service, intent and target, as formulas over every input; and the
inputs for which two versions decide differently.

    allowed     the input fits the schema, no rule fails, no forbid applies, and a permit does
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import cedarpy
import z3

from policies.calls.language.schema_types import ActionType, UnreadSchemaError, action_types
from policies.calls.proving.expressions import Encoder, Surroundings
from policies.calls.proving.inputs import FoundInput, InputSpace
from policies.calls.proving.not_understood import NotUnderstoodError
from policies.calls.proving.values import NO, YES, Entity, both, either, is_no, negated
from policies.calls.versions.documents import Rule

Difference = Literal["opens", "closes", "reason"]
MAX_RULES = 2_000
_EFFORT = 3_000_000
"""How much the solver does for one answer, in its own unit: some seconds at most, and the same everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedVersion:
    """A version as it is asked one question: its schema and rules; `target` is None if it knows none.

    `known` is False where service, intent or target are not known to it, so that it denies.
    """

    schema: str
    rules: Sequence[Rule]
    target: str | None
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decision:
    """The guards under which a version decides so; `applies` has each rule's, with its effect."""

    unknown: Any
    allowed: Any
    forbidden: Any
    failed: Any
    invalid: Any
    applies: Mapping[str, tuple[str, Any]]


class Comparison:
    """Two versions, asked one question with every input. Raises NotUnderstoodError."""

    def __init__(
        self,
        service: str,
        intent: str,
        versions: tuple[AskedVersion, AskedVersion],
        *,
        environments: Sequence[str],
        at: datetime,
    ) -> None:
        self._service, self._intent = service, intent
        actions = [_action_of(version, intent) for version in versions]
        self._space = InputSpace(
            [None if action is None else action.context for action in actions], environments, at
        )
        # a rule that both versions have is put to the solver once
        self._guards: dict[tuple[str, str, str], tuple[Any, Any]] = {}
        self._decisions = [
            self._decide(version, action) for version, action in zip(versions, actions, strict=True)
        ]
        same = versions[0].schema == versions[1].schema and versions[0].target == versions[1].target
        texts = [{rule.id: rule for rule in version.rules} for version in versions]
        self._changed = sorted(
            name for name in {*texts[0], *texts[1]} if not same or texts[0].get(name) != texts[1].get(name)
        )

    def find(self, difference: Difference) -> FoundInput | None:
        """An input for which the versions differ so, as plain as may be; None if there provably is none."""
        wanted = z3.simplify(self._formula(difference))
        if is_no(wanted):
            return None
        solver = z3.Solver()
        solver.set("rlimit", _EFFORT)
        solver.add(wanted, *self._space.constraints())
        if not _is_satisfied(solver):
            return None
        model = solver.model()
        kept: list[Any] = []
        for plain in self._space.plain():
            if solver.check(*kept, plain) == z3.sat:
                kept.append(plain)
                model = solver.model()
        return self._space.read(model, wanted)

    def _formula(self, difference: Difference) -> Any:
        old, new = self._decisions
        if difference == "opens":
            return both(negated(old.allowed), new.allowed)
        if difference == "closes":
            return both(old.allowed, negated(new.allowed))
        codes = ("unknown", "forbidden", "failed", "invalid")
        other = [_xor(getattr(old, name), getattr(new, name)) for name in codes]
        other += [_xor(*(_determines(each, name) for each in self._decisions)) for name in self._changed]
        return both(negated(_xor(old.allowed, new.allowed)), either(other))

    def _decide(self, version: AskedVersion, action: ActionType | None) -> _Decision:
        if not version.known or version.target is None or action is None:
            return _Decision(unknown=YES, allowed=NO, forbidden=NO, failed=NO, invalid=NO, applies={})
        if len(version.rules) > MAX_RULES:
            raise NotUnderstoodError(f"more than {MAX_RULES} policies about one question")
        if "Service" not in action.principals or "Service" not in action.resources:
            raise NotUnderstoodError("an action that applies to other than services")
        around = Surroundings(
            principal=Entity("Service", self._service),
            action=Entity("Action", self._intent),
            resource=Entity("Service", version.target),
            context=self._space.context,
            groups=action.groups,
        )
        fits = self._space.fits(action.context)
        applies: dict[str, tuple[str, Any]] = {}
        failing: list[Any] = []
        for rule in version.rules:
            key = (rule.text, version.schema, version.target)
            if key not in self._guards:
                self._guards[key] = _rule_guards(rule, around)
            holds, fails = self._guards[key]
            applies[rule.id] = (rule.effect, holds)
            failing.append(fails)
        failed = either(failing)
        permitted, forbidden = (
            either(holds for effect, holds in applies.values() if effect == wanted)
            for wanted in ("permit", "forbid")
        )
        judged = both(fits, negated(failed))
        return _Decision(
            unknown=NO,
            allowed=both(judged, permitted, negated(forbidden)),
            forbidden=both(judged, forbidden),
            failed=either((both(fits, failed), both(negated(fits), negated(self._space.claims)))),
            invalid=both(negated(fits), self._space.claims),
            applies=applies,
        )


def _is_satisfied(solver: Any) -> bool:
    found = solver.check()
    if found == z3.unknown:
        raise NotUnderstoodError("a combination of conditions that the solver gave up on")
    return bool(found == z3.sat)


def _xor(left: Any, right: Any) -> Any:
    return z3.simplify(z3.Xor(left, right))


def _determines(decision: _Decision, name: str) -> Any:
    """Under which guard a rule is one of those that the answer names."""
    effect, holds = decision.applies.get(name, ("permit", NO))
    return both(decision.allowed if effect == "permit" else decision.forbidden, holds)


def _action_of(version: AskedVersion, intent: str) -> ActionType | None:
    try:
        return action_types(version.schema).get(intent)
    except (UnreadSchemaError, ValueError, RecursionError) as error:
        raise NotUnderstoodError("the schema") from error


def _rule_guards(rule: Rule, around: Surroundings) -> tuple[Any, Any]:
    """Under which guards a rule applies, and fails."""
    try:
        parsed = _parsed(rule.text)
        if not all(_in_scope(parsed[part], getattr(around, part), around) for part in _SCOPE):
            return NO, NO
        encoder = Encoder(around)
        holds, fails = YES, NO
        for condition in parsed["conditions"]:
            known, true = encoder.condition(condition["body"])
            fails = either((fails, both(holds, negated(known))))
            holds = both(holds, known, true if condition["kind"] == "when" else negated(true))
    except (RecursionError, z3.Z3Exception) as error:
        raise NotUnderstoodError(f"`{rule.id}`: a condition that is too deep") from error
    except NotUnderstoodError as error:
        raise NotUnderstoodError(f"`{rule.id}`: {error}") from error
    return holds, fails


_SCOPE: tuple[Literal["principal", "action", "resource"], ...] = ("principal", "action", "resource")


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Mapping[str, Any]:
    """A policy in Cedar's JSON form."""
    [policy] = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values()
    found: Mapping[str, Any] = policy
    return found


def _in_scope(scope: Mapping[str, Any], asked: Entity, around: Surroundings) -> bool:
    match scope["op"]:
        case "All":
            return True
        case "==":
            return _entity(scope["entity"]) == asked
        case "in":
            return any(around.is_in(asked, each) for each in _entities(scope))
        case "is":
            inside = scope.get("in")
            return scope["entity_type"] == asked.type and (
                inside is None or around.is_in(asked, _entity(inside["entity"]))
            )
        case other:
            raise NotUnderstoodError(f"a scope with `{other}`")


def _entities(scope: Mapping[str, Any]) -> Iterator[Entity]:
    yield from map(_entity, scope.get("entities", ()))
    if "entity" in scope:
        yield _entity(scope["entity"])


def _entity(written: Mapping[str, Any]) -> Entity:
    return Entity(written["type"], written["id"])
