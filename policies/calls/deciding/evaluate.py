"""Evaluates rules with Cedar, and combines what it says. Stricter than Cedar where a policy fails.

Cedar skips a policy that cannot be evaluated, even a forbid. Here any such error denies.

Values made for each decision are named tuples: making a frozen dataclass takes three times as long.
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
from policies.calls.deciding.narrowing import AttributeNames, ScopedRule, attributes_read, parse_rules
from policies.calls.deciding.reason_codes import ReasonCode
from policies.calls.deciding.request_schema import Vocabulary
from policies.calls.language.values import Effect
from policies.calls.versions.documents import Rule
from policies.calls.versions.errors import RulesError

_json = json.JSONEncoder().encode
_PERMIT = frozenset({"permit"})
_FORBID = frozenset({"forbid"})
_ID = attrgetter("id")
_NUMBER = re.compile(r"(?<=evaluating policy )`(policy[0-9]+)`")
_MAX_ERRORS = 10
_MAX_VERDICTS = 64


class PolicyVerdict(NamedTuple):
    """What the rules decide: the reason code, the reason in words, and the ids of determining policies."""

    code: ReasonCode
    reason: str
    policies: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


class CedarRequest(NamedTuple):
    """An authorization request in Cedar's terms; `attributes` is what the caller claims, if anything.

    `proven` is false where tenant and attributes come from a client that nobody authenticated.
    """

    service: str
    intent: str
    target: str
    environment: str
    time: datetime
    tenant: str | None = None
    attributes: dict[str, Any] | None = None
    proven: bool = True


class Ruleset:
    """Rules that are parsed once and evaluated many times.

    Cedar numbers the policies in the order of `rules`. Raises RulesError when they do not parse.
    """

    def __init__(self, rules: Iterable[ScopedRule]) -> None:
        studied = tuple(rules)
        self.rules = tuple(each.rule for each in studied)
        self._reads = attributes_read(studied)
        self._handle = parse_rules(self.rules)
        self._by_number = {f"policy{index}": rule for index, rule in enumerate(self.rules)}
        self._verdicts: Lru[tuple[str, ...], PolicyVerdict] = Lru(_MAX_VERDICTS)

    @property
    def reads_time(self) -> bool:
        """Whether any of the rules may look at the time: what they say may change in a moment."""
        return self._reads is None or "time" in self._reads

    def evaluate(self, access: CedarRequest, vocabulary: Vocabulary) -> PolicyVerdict:
        """Decide one request.

        A request without claims of its caller, which is known to fit the schema, is evaluated with only the
        part of the context that the rules read. If that fails, it is evaluated in full, for complete errors.
        """
        if access.attributes is None and vocabulary.fits(
            access.service, access.intent, access.target, tenant=access.tenant is not None
        ):
            verdict = self._authorize(access, _context_json(access, self._reads), vocabulary.entities, None)
            if verdict.code is not ReasonCode.POLICY_ERROR:
                return verdict
        return self.evaluate_in_full(access, vocabulary)

    def evaluate_in_full(self, access: CedarRequest, vocabulary: Vocabulary) -> PolicyVerdict:
        """Decide one request with all of the context, after Cedar has checked it against the schema."""
        return self._authorize(access, _context_json(access, None), vocabulary.entities, vocabulary.schema)

    def _authorize(
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
        # the same policies determine it, so the verdict is the same for every caller
        return self._verdicts.get(
            (result.decision.value, *found.reasons), lambda: self._verdict(access, result), lambda _: 1
        )

    def _verdict(self, access: CedarRequest, result: cedarpy.AuthzResult) -> PolicyVerdict:
        found = result.diagnostics
        determining = [self._rule(number, found.id_annotations_by_reason) for number in found.reasons]
        determining.sort(key=_ID)
        errors = tuple(self._with_ids(text) for text in found.errors[:_MAX_ERRORS])
        code = combine(result.decision, errors=bool(errors), effects={rule.effect for rule in determining})
        return _verdict_of(code, determining, access, errors)

    def _rule(self, number: str, annotations: Mapping[str, str]) -> Rule:
        """The rule with this number; Cedar's reading of its `@id` has to agree with ours."""
        rule = self._by_number.get(number)
        if rule is None or annotations.get(number) != rule.id:
            raise RulesError("a determining policy is not the one that was published", hint="publish again")
        return rule

    def _with_ids(self, text: str) -> str:
        """An error of Cedar, with the policy's id in place of its number."""
        return _NUMBER.sub(lambda match: f"`{self._by_number[match[1]].id}`", text, count=1)


def _context_json(access: CedarRequest, names: AttributeNames) -> str:
    """The context as JSON; with `names`, only these attributes of it.

    What the caller claims is under a key of its own, so it cannot stand in for anything else.
    """
    parts: list[str] = []
    if names is None or "environment" in names:
        parts.append(f'"environment":{_json(access.environment)}')
    if names is None or "time" in names:
        moment = access.time.isoformat(timespec="milliseconds")[:23] + "Z"
        parts.append(f'"time":{{"__extn":{{"fn":"datetime","arg":"{moment}"}}}}')
    if names is None or "proven" in names:
        parts.append(f'"proven":{_json(access.proven)}')
    if access.tenant is not None and (names is None or "tenant" in names):
        parts.append(f'"tenant":{_json(access.tenant)}')
    if access.attributes is not None:
        parts.append(f'"attributes":{_json(access.attributes)}')
    return f"{{{','.join(parts)}}}"


def combine(decision: Decision, *, errors: bool, effects: Iterable[Effect]) -> ReasonCode:
    """The truth table. `effects` are those of the determining policies; whatever it does not list denies."""
    if errors or decision is Decision.NoDecision:
        # it is not known what the failing policy would have said, or the request could not be used at all
        return ReasonCode.POLICY_ERROR
    found = frozenset(effects)
    if decision is Decision.Allow and found == _PERMIT:  # the one way through
        return ReasonCode.PERMITTED
    if decision is Decision.Deny and found == _FORBID:  # a forbid wins over every permit
        return ReasonCode.FORBIDDEN
    if decision is Decision.Deny and not found:  # no policy applies
        return ReasonCode.NO_PERMIT
    # an allow without a permit, a denial by a permit: the engine contradicts itself
    return ReasonCode.POLICY_ERROR


def _verdict_of(
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
