"""The combining rule: what Cedar said, and what we make of it. Stricter than Cedar where a policy fails.

Cedar skips a policy that cannot be evaluated, even a forbid. Here any such error denies.

What is made anew for each decision is a named tuple: making a frozen dataclass takes three times as long.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

import cedarpy
from cedarpy import Decision

from policies.calls.deciding.lru import Lru
from policies.calls.deciding.model import ReasonCode
from policies.calls.deciding.narrowing import AttributeNames, ScopedRule, attributes_read, parse_rules
from policies.calls.deciding.vocabulary import Vocabulary
from policies.calls.language.values import Effect
from policies.calls.versions.documents import Rule
from policies.calls.versions.errors import RulesError


class PolicyVerdict(NamedTuple):
    """What the policies say: the code, the sentence for people, and the ids that determined it."""

    code: ReasonCode
    reason: str
    policies: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


class CedarRequest(NamedTuple):
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

    def __init__(self, rules: Iterable[ScopedRule]) -> None:
        """Parse the rules; Cedar numbers them in this order."""
        studied = tuple(rules)
        self.rules = tuple(each.rule for each in studied)
        self._reads = attributes_read(studied)
        self._handle = parse_rules(self.rules)
        self._by_number = {f"policy{index}": rule for index, rule in enumerate(self.rules)}
        self._verdicts: Lru[tuple[str, ...], PolicyVerdict] = Lru(_MOST_VERDICTS)

    def evaluate(self, access: CedarRequest, vocabulary: Vocabulary) -> PolicyVerdict:
        """Ask Cedar and combine.

        A question that carries nothing of its caller's, and is known to fit the schema, is asked with no more
        of the context than the rules read. What fails so is asked in full, that its errors are told in full.
        """
        if access.attributes is None and vocabulary.fits(
            access.service, access.intent, access.target, tenant=access.tenant is not None
        ):
            verdict = self._asked(access, _context(access, self._reads), vocabulary.entities, None)
            if verdict.code is not ReasonCode.POLICY_ERROR:
                return verdict
        return self.evaluate_in_full(access, vocabulary)

    def evaluate_in_full(self, access: CedarRequest, vocabulary: Vocabulary) -> PolicyVerdict:
        """Ask Cedar with all of the context, have the request checked against the schema, and combine."""
        return self._asked(access, _context(access, None), vocabulary.entities, vocabulary.schema)

    def _asked(
        self, access: CedarRequest, context: str, entities: cedarpy.Entities, schema: Any
    ) -> PolicyVerdict:
        request = {
            "principal": {"type": "Service", "id": access.service},
            "action": {"type": "Action", "id": access.intent},
            "resource": {"type": "Service", "id": access.target},
            "context": context,
        }
        result = cedarpy.is_authorized(request, self._handle, entities, schema=schema)
        found = result.diagnostics
        if found.errors or not found.reasons:
            return self._verdict(access, result)
        # determined by these policies, and so the same whoever asks
        return self._verdicts.get(
            (result.decision.value, *found.reasons), lambda: self._verdict(access, result), lambda _: 1
        )

    def _verdict(self, access: CedarRequest, result: cedarpy.AuthzResult) -> PolicyVerdict:
        found = result.diagnostics
        determining = [self._rule(number, found.id_annotations_by_reason) for number in found.reasons]
        determining.sort(key=_ID)
        errors = tuple(self._named(text) for text in found.errors[:_MOST_ERRORS])
        code = combine(result.decision, errors=bool(errors), effects={rule.effect for rule in determining})
        return _worded(code, determining, access, errors)

    def _rule(self, number: str, annotations: Mapping[str, str]) -> Rule:
        """The rule that Cedar means; its own reading of `@id` must agree with ours."""
        rule = self._by_number.get(number)
        if rule is None or annotations.get(number) != rule.id:
            raise RulesError("a determining policy is not the one that was published", hint="publish again")
        return rule

    def _named(self, text: str) -> str:
        """An error of Cedar with the policy's id in place of its number."""
        return _NUMBER.sub(lambda match: f"`{self._by_number[match[1]].id}`", text, count=1)


def _context(access: CedarRequest, names: AttributeNames) -> str:
    """The schema's Context as JSON, or only these of its attributes.

    The caller's claims have a key of their own and so pose as nothing else.
    """
    parts: list[str] = []
    if names is None or "environment" in names:
        parts.append(f'"environment":{_json(access.environment)}')
    if names is None or "time" in names:
        moment = access.time.isoformat(timespec="milliseconds")[:23] + "Z"
        parts.append(f'"time":{{"__extn":{{"fn":"datetime","arg":"{moment}"}}}}')
    if access.tenant is not None and (names is None or "tenant" in names):
        parts.append(f'"tenant":{_json(access.tenant)}')
    if access.attributes is not None:
        parts.append(f'"attributes":{_json(access.attributes)}')
    return f"{{{','.join(parts)}}}"


_json = json.JSONEncoder().encode
_PERMIT = frozenset({"permit"})
_FORBID = frozenset({"forbid"})
_ID = attrgetter("id")
_NUMBER = re.compile(r"(?<=evaluating policy )`(policy[0-9]+)`")

_MOST_ERRORS = 10
_MOST_VERDICTS = 64


def combine(decision: Decision, *, errors: bool, effects: Iterable[Effect]) -> ReasonCode:
    """The truth table. `effects` are those of the determining policies; what it does not list denies."""
    if errors or decision is Decision.NoDecision:
        # nobody knows what the policy would have said, or the request could not be used at all
        return ReasonCode.POLICY_ERROR
    found = frozenset(effects)
    if decision is Decision.Allow and found == _PERMIT:  # the one way through
        return ReasonCode.PERMITTED
    if decision is Decision.Deny and found == _FORBID:  # a forbid wins over every permit
        return ReasonCode.FORBIDDEN
    if decision is Decision.Deny and not found:  # nothing speaks for it
        return ReasonCode.NO_PERMIT
    # an allow without a permit, a denial by a permit: the engine contradicts itself
    return ReasonCode.POLICY_ERROR


def _worded(
    code: ReasonCode, rules: list[Rule], access: CedarRequest, errors: tuple[str, ...]
) -> PolicyVerdict:
    if code is ReasonCode.PERMITTED or code is ReasonCode.FORBIDDEN:
        reason = "; ".join(dict.fromkeys([rule.reason for rule in rules]))
        return PolicyVerdict(code=code, reason=reason, policies=tuple([rule.id for rule in rules]))
    if code is ReasonCode.NO_PERMIT:
        reason = f"no policy permits `{access.service}` to `{access.intent}` on `{access.target}`"
    else:
        reason = "a policy could not be evaluated, and a call that is not fully judged is denied"
    return PolicyVerdict(code=code, reason=reason, errors=errors)
