from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import Any

import cedarpy
import pytest
from hypothesis import HealthCheck, given, settings

from policies.calls.deciding.evaluate import CedarRequest, Ruleset
from policies.calls.deciding.narrowing import (
    AttributeNames,
    ScopedRule,
    attributes_read,
    rules_about,
    scope_rules,
)
from policies.calls.deciding.request_schema import Vocabulary
from policies.calls.versions.documents import Rule
from policies.calls.versions.errors import RulesError
from tests.support.effort import effort
from tests.support.governance.naive.cedar import Policy
from tests.support.governance.naive.random_policies import policy_sets

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SCHEMA = """
entity Service;
type Context = {
  environment: String, time: datetime, proven: Bool, tenant?: String, attributes?: {purpose?: String}
};
action "everything";
action "reason", "erase" in ["everything"]
    appliesTo {principal: Service, resource: Service, context: Context};
"""


def studied(text: str) -> ScopedRule:
    (found,) = scope_rules([Rule(id="p", effect="permit", reason="r", text=f'@id("p") {text}')])
    return found


@pytest.mark.parametrize(
    ("condition", "reads"),
    [
        ("true", ()),
        ('"context" == "context.time"', ()),
        ('context.tenant == "a"', ("tenant",)),
        ("context . /* // */ tenant == 1".replace("/* // */", "// context\n"), ("tenant",)),
        ('context has tenant && context["time"] == datetime("2026-11-22")', ("tenant", "time")),
        ('context has "tenant"', ("tenant",)),
        ("context has attributes.purpose", ("attributes",)),
        ('context.attributes.purpose == "x"', ("attributes",)),
        ('context.time.toTime() < duration("9h")', ("time",)),
        ('principal has context.tenant && context.environment == "p"', ("environment", "tenant")),
        ("context == context", None),
        ('context == {"environment": "dev"}', None),
        ("[context].contains(context)", None),
        ('{"a": context} has a', None),
        ('{"a": context}.a.tenant == "a"', None),
        ("(if true then context else context) has tenant", None),
        ('(context).tenant == "a"', None),
        (r'context has "ten\u{61}nt"', None),
        (r'context["ten\u{61}nt"] == "a"', None),
        ("context.isEmpty()", None),
    ],
)
def test_what_a_policy_reads_of_the_context(condition: str, reads: tuple[str, ...] | None) -> None:
    """The attributes that stand right behind `context`; any other use of it may read all of them."""
    text = f"permit (principal, action, resource) when {{ {condition} }} unless {{ false }};"
    assert studied(text).reads == (None if reads is None else frozenset(reads))


@pytest.mark.parametrize(
    ("scope", "target"),
    [
        ("principal, action, resource", None),
        ('principal, action, resource == Service::"axon"', "axon"),
        ('principal, action, resource in Service::"axon"', "axon"),
        (
            'principal == Service::"a", action in [Action::"b", Action::"c"], resource==Service::"axon"',
            "axon",
        ),
        ("principal, action, resource is Service", None),
        ('principal, action, resource is Service in Service::"axon"', None),
        ('principal, action, resource == Other::"axon"', None),
        ('principal, action, resource == My::Service::"axon"', None),
        (r'principal, action, resource == Service::"ax\u{6f}n"', None),
        ('principal == Service::"axon", action, resource', None),
    ],
)
def test_which_target_a_policy_names(scope: str, target: str | None) -> None:
    """Only a scope that surely is about one service counts as narrow; conditions are not looked at."""
    for before in ("", '@permit @forbid("permit (x, y, resource == z)") '):
        text = f'{before}forbid ({scope}) when {{ [principal, resource == Service::"x"].contains(true) }};'
        assert studied(text).target == target


def test_rules_about_another_target_are_left_out() -> None:
    """Those about any resource stay, and what is left reads what its rules read together."""
    texts = (
        'permit (principal, action, resource == Service::"axon") when { context.tenant == "a" };',
        'permit (principal, action, resource == Service::"ledger") when { context == {} };',
        "forbid (principal, action, resource) when { context has time };",
    )
    rules = scope_rules(
        Rule(id=str(at), effect="permit", reason="r", text=text) for at, text in enumerate(texts)
    )
    assert [each.rule.id for each in rules_about(rules, "axon")] == ["0", "2"]
    assert attributes_read(rules_about(rules, "axon")) == frozenset({"tenant", "time"})
    assert attributes_read(rules_about(rules, "ledger")) is None
    assert attributes_read(rules_about(rules, "orbit")) == frozenset({"time"})


def test_a_rule_that_does_not_parse_is_refused_for_every_target() -> None:
    """It could be about anything, so nothing is decided by what is beside it."""
    good = Rule(id="a", effect="permit", reason="r", text="permit (principal, action, resource);")
    text = 'forbid (principal, action, resource == Service::"ledger") when { 1 + };'
    for bad in (text, ";", "permit;"):
        with pytest.raises(RulesError, match="do not parse"):
            scope_rules([good, Rule(id="b", effect="forbid", reason="r", text=bad)])


def read_by_cedar(text: str) -> AttributeNames:
    """What Cedar's own JSON of a policy says: `context` is below a `.` or a `has`, or may be read whole."""
    (fields,) = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values()
    names: set[str] = set()
    pending: list[Any] = [fields["conditions"]]
    while pending:
        part = pending.pop()
        if part == {"Var": "context"}:
            return None
        if isinstance(part, list):
            pending.extend(part)
        elif isinstance(part, dict):
            for name, value in part.items():
                if name in (".", "has") and value["left"] == {"Var": "context"}:
                    names.add(value["attr"])
                else:
                    pending.append(value)
    return frozenset(names)


@settings(max_examples=effort(60), suppress_health_check=[HealthCheck.too_slow])
@given(policy_sets())
def test_what_is_read_is_what_cedar_says(policies: tuple[Policy, ...]) -> None:
    """Our reading of the tokens is Cedar's own of the tree; with brackets in between it may be wider."""
    for policy in policies:
        text = policy.text().removeprefix(f'@id("{policy.id}") ')
        bare = text.replace(" (context)", " context").replace("((context)", "(context")
        wanted, found = read_by_cedar(bare), studied(bare).reads
        assert read_by_cedar(text) == wanted
        assert found is None or found == wanted
        if "(context)" not in bare:
            assert found == wanted


CONTEXTS = (
    'context == {"environment": "dev", "time": datetime("2026-11-22T09:30:00Z")}',
    'context == {"environment": "dev", "time": datetime("2026-11-22T09:30:00Z"), "tenant": "1.5"}',
    'context["time"] == datetime("2026-11-22T09:30:00Z")',
    'context has "time" && context.time.toTime() == duration("9h30m")',
    "!(context has time) || !(context has environment)",
    'context has tenant && context["tenant"] == "1.5"',
    "!(context has tenant)",
    'context.tenant == "1.5"',
    'context.environment == "dev"',
    '[context].contains({"environment": "dev", "time": context.time})',
    "context has attributes",
    'context.attributes.purpose == "x"',
)
ACTIONS = (
    "action",
    'action == Action::"reason"',
    'action in Action::"everything"',
    'action in [Action::"reason", Action::"everything"]',
    'action in Action::"erase"',
)
TARGETS = ("resource", 'resource == Service::"axon"', 'resource in Service::"ledger"')
CLAIMS = (None, {"purpose": "x"})


def access(tenant: str | None = None, **others: Any) -> CedarRequest:
    asked = {"service": "orbit", "intent": "reason", "target": "axon"} | others
    return CedarRequest(environment="dev", time=NOW, tenant=tenant, **asked)


def rules_of(*texts: str) -> tuple[ScopedRule, ...]:
    return scope_rules(
        Rule(
            id=f"p{at}",
            effect="forbid" if "forbid" in text else "permit",
            reason="r",
            text=f'@id("p{at}") {text}',
        )
        for at, text in enumerate(texts)
    )


@pytest.mark.parametrize("condition", CONTEXTS)
def test_a_narrow_question_decides_as_the_full_one(condition: str) -> None:
    """For each way to look at the context and to name an action, as a permit and as a forbid: the verdict is
    word for word that of all policies with all of the context and the check against the schema.
    """
    vocabulary = Vocabulary(SCHEMA)
    asked = [access(tenant, attributes=claims) for tenant in (None, "1.5", "é") for claims in CLAIMS]
    for effect, action, target in itertools.product(("permit", "forbid"), ACTIONS, TARGETS):
        rules = rules_of(
            "permit (principal, action, resource);",
            f"{effect} (principal, {action}, {target}) when {{ {condition} }};",
            'forbid (principal, action, resource == Service::"ledger") when { context.tenant == "b" };',
        )
        narrow, full = Ruleset(rules_about(rules, "axon")), Ruleset(rules)
        for each in asked:
            assert narrow.evaluate(each, vocabulary) == full.evaluate_in_full(each, vocabulary)


def test_a_forbid_of_a_group_of_actions_applies_to_its_members() -> None:
    """The schema says which actions are in a group, and Cedar is told."""
    rules = rules_of(
        "permit (principal, action, resource);",
        'forbid (principal, action in Action::"everything", resource);',
    )
    for attributes in (None, {"purpose": "x"}):
        verdict = Ruleset(rules).evaluate(access(attributes=attributes), Vocabulary(SCHEMA))
        assert (verdict.code.value, verdict.policies) == ("forbidden", ("p1",))


@pytest.mark.parametrize(
    ("before", "after", "fits"),
    [
        ("", "", True),
        ("tenant?: String", "tenant: String", False),
        ("tenant?: String, ", "", True),
        ("tenant?: String", "region: String", False),
        ("environment: String", "environment: Long", False),
        ("environment: String", "environment?: decimal", False),
        ("entity Service;", 'entity Service enum ["orbit", "axon"];', True),
        ("entity Service;", 'entity Service enum ["orbit", "ledger"];', False),
        ("resource: Service", "resource: Other", False),
    ],
)
def test_a_question_fits_as_the_schema_says(before: str, after: str, fits: bool) -> None:
    """What the schema would refuse, or read as another type, is asked in full and so denied as ever."""
    vocabulary = Vocabulary(SCHEMA.replace(before, after, 1) + "entity Other;")
    rules = rules_of("permit (principal, action, resource);")
    assert vocabulary.fits("orbit", "reason", "axon", tenant=False) is fits
    verdict = Ruleset(rules).evaluate(access(), vocabulary)
    assert verdict == Ruleset(rules).evaluate_in_full(access(), vocabulary)
    assert (verdict.code.value == "permitted") is fits


def test_a_tenant_that_the_schema_reads_as_a_number_is_one() -> None:
    """The same text has another meaning under another schema, and only the full question knows it."""
    vocabulary = Vocabulary(SCHEMA.replace("tenant?: String", "tenant?: decimal"))
    rules = rules_of('permit (principal, action, resource) when { context.tenant.lessThan(decimal("2.0")) };')
    assert not vocabulary.fits("orbit", "reason", "axon", tenant=True)
    assert Ruleset(rules).evaluate(access("1.5"), vocabulary).code.value == "permitted"
    assert Ruleset(rules).evaluate(access("acme"), vocabulary).code.value == "policy_error"


@pytest.mark.parametrize("intent", ["dream", "everything"])
def test_an_intent_that_no_service_can_do_is_denied(intent: str) -> None:
    """One the schema does not know, and one that is only a group."""
    verdict = Ruleset(rules_of("permit (principal, action, resource);")).evaluate(
        access(intent=intent), Vocabulary(SCHEMA)
    )
    assert verdict.code.value == "policy_error"
