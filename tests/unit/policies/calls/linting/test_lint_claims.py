"""What the linter claims, beside requests that could contradict it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.calls.language.cases import NOON
from policies.calls.language.checking import check
from policies.calls.language.values import PolicySources, SourceText
from policies.calls.linting.impossible import DeclaredNames
from policies.calls.linting.lint import LintWarning, dead_forbids, lint
from tests.support.effort import effort
from tests.support.governance.naive.cedar import Policy
from tests.support.governance.naive.random_policies import SERVICES, policy_sets, questions, request
from tests.support.governance.naive.values import EvaluationError
from tests.support.governance.policy_files import SCHEMA as PROJECT_SCHEMA

DECLARED = DeclaredNames(services=frozenset(SERVICES), environments=frozenset({"sandbox", "prod"}))
GROUPS = """
entity Service;
type Context = {
  "environment": String, "time": datetime, "proven": Bool, "tenant"?: String, "attributes"?: {"size"?: Long}
};
action "change" appliesTo {principal: Service, resource: Service, context: Context};
action "erase" in ["change"] appliesTo {principal: Service, resource: Service, context: Context};
"""


def found(schema: str, *policies: str) -> list[tuple[str, str]]:
    """The codes of the warnings about each policy, given as scope and condition."""
    texts = [f'@id("p{number}") @reason("r") {policy};' for number, policy in enumerate(policies)]
    sources = check(
        SourceText(path=Path("s.cedarschema"), text=schema),
        [SourceText(path=Path("a.cedar"), text="\n".join(texts))],
    )
    return [(warning.policy, warning.code) for warning in lint(sources, DECLARED)]


ONE = 'principal == Service::"orbit", {}, resource == Service::"axon"'


@pytest.mark.parametrize(
    ("first", "second", "codes"),
    [
        ('permit ({in})', 'forbid ({==})', []),
        ('permit ({==})', 'forbid ({in})', [("p0", "shadowed")]),
        ('permit ({==})', 'permit ({in})', [("p0", "duplicate")]),
        ('permit ({in})', 'permit ({erase})', [("p1", "duplicate")]),
        ('permit ({in})', 'permit ({list})', [("p1", "duplicate")]),
        ('permit ({list})', 'forbid ({==})', []),
        ('permit ({erase})', 'forbid ({==})', []),
    ],
)  # fmt: skip
def test_a_group_is_more_than_the_intent_of_its_name(
    first: str, second: str, codes: list[tuple[str, str]]
) -> None:
    """`in` a group holds for what is in it, `==` for the one action alone."""
    scopes = {
        "{in}": ONE.format('action in Action::"change"'),
        "{==}": ONE.format('action == Action::"change"'),
        "{erase}": ONE.format('action == Action::"erase"'),
        "{list}": ONE.format('action in [Action::"change"]'),
    }
    texts = [first, second]
    for name, scope in scopes.items():
        texts = [text.replace(name, scope) for text in texts]
    assert found(GROUPS, *texts) == codes


@pytest.mark.parametrize(
    ("condition", "codes"),
    [
        ('context.environment == "\\u{70}rod"', []),
        ('context has tenant && context.tenant == "a" && context.tenant == "\\u{61}"', []),
        ('context has tenant && context.tenant == "a" && context.tenant == "\\u{62}"', ["never-applies"]),
        ('context.environment == "prod" || context has tenant && context.tenant like "*"', []),
        ('if context has tenant then context.tenant like "a*" else context.environment like "*"', []),
        ('!(context.environment like "*")', []),
        ('context.environment like "\\*"', []),
        ('context.environment like "**"', ["wildcard"]),
        ("context has tennant", ["never-applies"]),
        ("context has attributes.sizes", ["never-applies"]),
        ('context has attributes && context.attributes has "siz" || false', ["never-applies"]),
        ("if context has tennant then true else false", ["never-applies"]),
        ("context has tennant || context has tenant", []),
        ("!(context has tennant)", []),
        ('principal == Service::"orbti"', ["never-applies"]),
        ('[Service::"orbti", Service::"axom"].contains(resource)', ["never-applies"]),
        ('resource in [Service::"axom", Service::"axon"]', []),
        ('["prd", "dev"].contains(context.environment)', ["never-applies"]),
        ('["prd", "prod"].contains(context.environment)', []),
    ],
)  # fmt: skip
def test_a_condition_is_judged_by_what_it_means(condition: str, codes: list[str]) -> None:
    """Not by how it is written: escapes, `||`, `if` and `!` count."""
    scope = ONE.format('action == Action::"erase"')
    policy = f"permit ({scope}) when {{ {condition} }}"
    assert found(GROUPS, policy) == [("p0", code) for code in codes]
    forbid = policy.replace("permit", "forbid", 1)
    assert found(GROUPS, forbid) == [("p0", code) for code in codes if code == "never-applies"]


@pytest.mark.parametrize(
    "forbid",
    [
        'forbid (principal, action == Action::"erase", resource) when { context has tennant }',
        'forbid (principal, action == Action::"erase", resource == Service::"axom")',
        'forbid (principal == Service::"orbti", action, resource)',
        "forbid (principal, action, resource) unless { !(context has tennant) }",
        "forbid (principal, action, resource) when { false }",
    ],
)
def test_a_forbid_that_can_never_apply_is_an_error(forbid: str) -> None:
    """It was meant to protect; a permit like it only permits nothing, which is a warning. GOV-5"""
    for text, is_error in ((forbid, True), (forbid.replace("forbid", "permit", 1), False)):
        sources = check(
            SourceText(path=Path("s.cedarschema"), text=PROJECT_SCHEMA),
            [SourceText(path=Path("a.cedar"), text=f'@id("p") @reason("r") {text};')],
        )
        never = [warning for warning in lint(sources, DECLARED) if warning.code == "never-applies"]
        assert [warning.is_error for warning in never] == [is_error]
        faults = list(dead_forbids(sources, DECLARED))
        assert [(fault.message, fault.line) for fault in faults] == [
            (warning.message, 1) for warning in never if is_error
        ]


def applies(policy: Policy, asked: dict[str, Any]) -> bool:
    try:
        return policy.satisfied(request(asked, environment="prod", now=NOON))
    except EvaluationError:
        return False


def contradicted(warning: LintWarning, by_id: dict[str, Policy], asked: dict[str, Any]) -> bool:
    """Whether a question shows that a warning is not true."""
    policy = by_id[warning.policy]
    if warning.code == "never-applies":
        return applies(policy, asked)
    if warning.code in ("shadowed", "duplicate"):
        return applies(policy, asked) and not applies(by_id[str(warning.other)], asked)
    return False


@settings(
    max_examples=effort(60), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(policy_sets(), st.lists(questions(), min_size=15, max_size=15))
def test_no_request_contradicts_a_warning(
    makers: Any, policies: tuple[Policy, ...], asked: list[dict[str, Any]]
) -> None:
    """Of random policies, with every construct: what never applies does not, and what is covered is."""
    written = [makers.policy.written(each.id, each.effect, each.text(), None, None) for each in policies]
    sources: PolicySources = makers.policy.sources(*written)
    by_id = {policy.id: policy for policy in policies}
    for warning in lint(sources, DECLARED):
        assert not any(contradicted(warning, by_id, question) for question in asked), warning
