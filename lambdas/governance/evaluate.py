"""The combining rule: what Cedar said, and what we make of it. Stricter than Cedar where a policy fails.

Cedar skips a policy that can not be evaluated, even a forbid. Here any such error denies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

import cedarpy
from cedarpy import Decision

from lambdas.governance.documents import Effect, Rule
from lambdas.governance.errors import RulesError
from lambdas.governance.model import ReasonCode
from lambdas.governance.narrowing import Names, Studied, parsed, read_by
from lambdas.governance.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the policies say: the code, the sentence for people, and the ids that determined it."""

    code: ReasonCode
    reason: str
    policies: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One question in Cedar's terms; `attributes` is what the caller claims, if anything."""

    service: str
    intent: str
    target: str
    environment: str
    time: datetime
    tenant: str | None = None
    attributes: dict[str, Any] | None = None


class Ruleset:
    """Rules parsed once, to be evaluated many times. Raises RulesError when they do not parse."""

    def __init__(self, rules: Iterable[Studied]) -> None:
        """Parse the rules; Cedar numbers them in this order."""
        studied = tuple(rules)
        self.rules = tuple(each.rule for each in studied)
        self._reads = read_by(studied)
        self._handle = parsed(self.rules)
        self._by_number = {f"policy{index}": rule for index, rule in enumerate(self.rules)}

    def evaluate(self, access: Access, vocabulary: Vocabulary) -> Verdict:
        """Ask Cedar and combine.

        A question that carries nothing of its caller's, and is known to fit the schema, is asked with no more
        of the context than the rules read. What fails so is asked in full, that its errors are told in full.
        """
        if access.attributes is None and vocabulary.fits(
            access.service, access.intent, access.target, tenant=access.tenant is not None
        ):
            result = self._ask(access, _context(access, self._reads), vocabulary.entities, None)
            if result.decision is not Decision.NoDecision and not result.diagnostics.errors:
                return self._combined(access, result)
        return self.evaluate_in_full(access, vocabulary)

    def evaluate_in_full(self, access: Access, vocabulary: Vocabulary) -> Verdict:
        """Ask Cedar with all of the context, have the request checked against the schema, and combine."""
        result = self._ask(access, _context(access, None), vocabulary.entities, vocabulary.schema)
        return self._combined(access, result)

    def _ask(
        self, access: Access, context: str, entities: cedarpy.Entities, schema: Any
    ) -> cedarpy.AuthzResult:
        request = {
            "principal": {"type": "Service", "id": access.service},
            "action": {"type": "Action", "id": access.intent},
            "resource": {"type": "Service", "id": access.target},
            "context": context,
        }
        return cedarpy.is_authorized(request, self._handle, entities, schema=schema)

    def _combined(self, access: Access, result: cedarpy.AuthzResult) -> Verdict:
        diagnostics = result.diagnostics
        annotations = diagnostics.id_annotations_by_reason
        determining = [self._rule(number, annotations) for number in diagnostics.reasons]
        determining.sort(key=_ID)
        errors = tuple([self._named(text) for text in diagnostics.errors[:_MOST_ERRORS]])
        code = combine(result.decision, errors=bool(errors), effects={rule.effect for rule in determining})
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


def _context(access: Access, names: Names) -> str:
    """The schema's Context as JSON, or only these of its attributes.

    The caller's claims have a key of their own and so pose as nothing else.
    """
    context: dict[str, Any] = {}
    if names is None or "environment" in names:
        context["environment"] = access.environment
    if names is None or "time" in names:
        moment = access.time.isoformat(timespec="milliseconds")[:23] + "Z"
        context["time"] = {"__extn": {"fn": "datetime", "arg": moment}}
    if access.tenant is not None and (names is None or "tenant" in names):
        context["tenant"] = access.tenant
    if access.attributes is not None:
        context["attributes"] = access.attributes
    return json.dumps(context)


_ID = attrgetter("id")
_NUMBER = re.compile(r"(?<=evaluating policy )`(policy[0-9]+)`")

_MOST_ERRORS = 10


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


def _verdict(code: ReasonCode, rules: list[Rule], access: Access, errors: tuple[str, ...]) -> Verdict:
    if code is ReasonCode.PERMITTED or code is ReasonCode.FORBIDDEN:
        reason = "; ".join(dict.fromkeys([rule.reason for rule in rules]))
        return Verdict(code=code, reason=reason, policies=tuple([rule.id for rule in rules]))
    if code is ReasonCode.NO_PERMIT:
        reason = f"no policy permits `{access.service}` to `{access.intent}` on `{access.target}`"
    else:
        reason = "a policy could not be evaluated, and a call that is not fully judged is denied"
    return Verdict(code=code, reason=reason, errors=errors)
