"""The combining rule: what Cedar said, and what we make of it. Stricter than Cedar where a policy fails.

Cedar skips a policy that can not be evaluated, even a forbid. Here any such error denies.

What is published was guarded before. It is guarded again, because whoever can write to the store could
otherwise end this process with one deeply nested policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cedarpy
from cedarpy import Decision

from lambdas.governance.documents import Effect, Rule
from lambdas.governance.errors import RulesError
from lambdas.governance.model import ReasonCode
from policies.governance.errors import PolicyError
from policies.governance.text import split
from policies.governance.values import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the policies say: the code, the sentence for people, and the ids that determined it."""

    code: ReasonCode
    reason: str
    policies: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One question in Cedar's terms; `context` holds what the schema's Context names."""

    service: str
    intent: str
    target: str
    context: dict[str, Any]


class Ruleset:
    """Rules parsed once, to be evaluated many times. Raises RulesError when they do not parse."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Parse the rules; Cedar numbers them in this order."""
        self.rules = tuple(rules)
        for rule in self.rules:
            _guard(rule)
        try:
            self._handle = cedarpy.PolicySet.from_str("\n".join(rule.text for rule in self.rules))
        except ValueError as error:
            raise RulesError(
                f"the published policies do not parse: {error}", hint="publish them again"
            ) from error
        if len(self._handle) != len(self.rules):
            raise RulesError("a published rule is not exactly one policy", hint="publish them again")
        self._by_number = {f"policy{index}": rule for index, rule in enumerate(self.rules)}

    def evaluate(self, access: Access, schema: Any) -> Verdict:
        """Ask Cedar and combine. `schema` is a parsed handle, and the request is checked against it."""
        request = {
            "principal": {"type": "Service", "id": access.service},
            "action": {"type": "Action", "id": access.intent},
            "resource": {"type": "Service", "id": access.target},
            "context": access.context,
        }
        result = cedarpy.is_authorized(request, self._handle, _ENTITIES, schema=schema)
        diagnostics = result.diagnostics
        determining = sorted(
            (self._rule(number, diagnostics.id_annotations_by_reason) for number in diagnostics.reasons),
            key=lambda rule: rule.id,
        )
        errors = tuple(self._named(text) for text in diagnostics.errors[:_MOST_ERRORS])
        code = combine(
            result.decision, errors=bool(diagnostics.errors), effects={rule.effect for rule in determining}
        )
        return _verdict(code, determining, access, errors)

    def _rule(self, number: str, annotations: Mapping[str, str]) -> Rule:
        """The rule that Cedar means; its own reading of `@id` must agree with ours."""
        rule = self._by_number.get(number)
        if rule is None or annotations.get(number) != rule.id:
            raise RulesError("a determining policy is not the one that was published", hint="publish again")
        return rule

    def _named(self, text: str) -> str:
        """An error of Cedar with the policy's id in place of its number."""
        return _NUMBER.sub(lambda match: f"`{self._by_number[match[1]].id}`", text, count=1)


def _guard(rule: Rule) -> None:
    """Refuse a rule that is not one policy, or is one that could exhaust or end the process parsing it."""
    try:
        statements = split(Document(path=Path(rule.id), text=rule.text, generated=True))
    except PolicyError as error:
        raise RulesError(
            f"the published policy `{rule.id}` is refused: {error.message}", hint="publish it again"
        ) from error
    if len(statements) != 1:
        raise RulesError("a published rule is not exactly one policy", hint="publish them again")


_NUMBER = re.compile(r"(?<=evaluating policy )`(policy[0-9]+)`")

_MOST_ERRORS = 10
# services have no parents and no attributes, so no decision needs entities
_ENTITIES = cedarpy.Entities.from_json_str("[]")


def combine(decision: Decision, *, errors: bool, effects: Iterable[Effect]) -> ReasonCode:
    """The truth table. `effects` are those of the determining policies; what it does not list denies."""
    match decision, errors, frozenset(effects):
        case Decision.NoDecision, _, _:  # the request or the policies could not be used at all
            return ReasonCode.POLICY_ERROR
        case _, True, _:  # a policy could not be evaluated: nobody knows what it would have said
            return ReasonCode.POLICY_ERROR
        case Decision.Deny, False, found if found == {"forbid"}:  # a forbid wins over every permit
            return ReasonCode.FORBIDDEN
        case Decision.Deny, False, found if not found:  # nothing speaks for it
            return ReasonCode.NO_PERMIT
        case Decision.Allow, False, found if found == {"permit"}:  # the one way through
            return ReasonCode.PERMITTED
        case _:  # an allow without a permit, a denial by a permit: the engine contradicts itself
            return ReasonCode.POLICY_ERROR


def _verdict(
    code: ReasonCode, determining: Iterable[Rule], access: Access, errors: tuple[str, ...]
) -> Verdict:
    rules = tuple(determining)
    match code:
        case ReasonCode.PERMITTED | ReasonCode.FORBIDDEN:
            reason = "; ".join(dict.fromkeys(rule.reason for rule in rules))
        case ReasonCode.NO_PERMIT:
            reason = f"no policy permits `{access.service}` to `{access.intent}` on `{access.target}`"
        case _:
            reason = "a policy could not be evaluated, and a call that is not fully judged is denied"
            rules = ()
    return Verdict(code=code, reason=reason, policies=tuple(rule.id for rule in rules), errors=errors)
