from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from policies.calls.deciding.evaluate import CedarRequest, PolicyVerdict, Ruleset
from policies.calls.deciding.narrowing import scope_rules
from policies.calls.deciding.reason_codes import ReasonCode
from policies.calls.deciding.request_schema import Vocabulary
from policies.calls.versions.documents import Rule
from policies.calls.versions.errors import RulesError

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def judge(policy: Any, *policies: Any, tenant: str | None = None, intent: str = "reason") -> PolicyVerdict:
    rules = [Rule(id=p.id, effect=p.effect, reason=p.reason, text=p.text) for p in policies]
    access = CedarRequest(
        service="orbit", intent=intent, target="axon", environment="dev", time=NOW, tenant=tenant
    )
    return Ruleset(scope_rules(rules)).evaluate(access, Vocabulary(policy.sources().schema))


def test_nothing_is_allowed_by_default(policy: Any) -> None:
    """Without any policy the call is denied, and the reason names it."""
    verdict = judge(policy)
    assert verdict.code is ReasonCode.NO_PERMIT
    assert verdict.reason == "no policy permits `orbit` to `reason` on `axon`"
    assert verdict.policies == ()


def test_the_reasons_are_those_of_the_determining_policies(policy: Any) -> None:
    """All permits that apply are named in the order of their ids; one that does not apply is not."""
    verdict = judge(policy, policy("b"), policy("c", principal="axon"), policy("a", action="reason"))
    assert verdict == PolicyVerdict(code=ReasonCode.PERMITTED, reason="why a; why b", policies=("a", "b"))


def test_a_forbid_wins_over_every_permit(policy: Any) -> None:
    """One forbid denies, and only it is named."""
    verdict = judge(policy, policy("a"), policy("no", "forbid"), policy("b", principal="orbit"))
    assert verdict == PolicyVerdict(code=ReasonCode.FORBIDDEN, reason="why no", policies=("no",))


@pytest.mark.parametrize("effect", ["permit", "forbid"])
def test_a_policy_that_can_not_be_evaluated_denies(policy: Any, effect: str) -> None:
    """Cedar would skip it and allow; here its error denies and is told with the policy's id."""
    verdict = judge(policy, policy("good"), policy("bad", effect, when='context.tenant == "a"'))
    assert verdict.code is ReasonCode.POLICY_ERROR
    assert verdict.policies == ()
    assert verdict.errors == (
        "error while evaluating policy `bad`: record does not have the attribute `tenant`",
    )


def test_an_error_denies_even_what_a_forbid_denies(policy: Any) -> None:
    """The code says that the judgement is not complete."""
    verdict = judge(policy, policy("no", "forbid"), policy("bad", when='context.tenant == "a"'))
    assert verdict.code is ReasonCode.POLICY_ERROR


def test_an_error_elsewhere_does_not_matter(policy: Any) -> None:
    """A policy about another service is not evaluated and so cannot fail."""
    verdict = judge(policy, policy("good"), policy("bad", principal="axon", when='context.tenant == "a"'))
    assert verdict.code is ReasonCode.PERMITTED


def test_the_clock_can_be_asked_in_conditions(policy: Any) -> None:
    """`context.time` is a Cedar datetime."""
    morning = policy("m", when='context.time.toTime() < duration("12h")')
    assert judge(policy, morning).code is ReasonCode.PERMITTED
    evening = policy("e", when='context.time.toTime() >= duration("12h")')
    assert judge(policy, evening).code is ReasonCode.NO_PERMIT


def test_an_intent_that_the_schema_lacks_denies(policy: Any) -> None:
    """No decision of Cedar is a denial of ours."""
    verdict = judge(policy, policy("a"), intent="dream")
    assert verdict.code is ReasonCode.POLICY_ERROR
    assert verdict.errors[0].startswith("failed to build request")


def test_rules_that_do_not_parse_are_refused() -> None:
    """What does not parse is an error of the published set."""
    with pytest.raises(RulesError, match="the published policies do not parse: "):
        scope_rules([Rule(id="a", effect="permit", reason="r", text="permit (;")])


def test_rules_over_a_limit_are_refused_before_they_are_parsed() -> None:
    """Write access to the store is not enough to end the function with a policy too deep for its parser."""
    deep = f"permit (principal, action, resource) when {{ {'(' * 5000}true{')' * 5000} }};"
    with pytest.raises(RulesError, match="the published policy `a` is refused: brackets are nested deeper"):
        scope_rules([Rule(id="a", effect="permit", reason="r", text=deep)])


def test_a_rule_must_be_one_policy(policy: Any) -> None:
    """Two policies in one rule would shift every number after it, so the set is refused."""
    text = policy("a").text
    with pytest.raises(RulesError, match="a published rule is not exactly one policy"):
        scope_rules([Rule(id="a", effect="permit", reason="r", text=text * 2)])


def test_a_rule_must_be_the_policy_it_is_published_as(policy: Any) -> None:
    """When the id in the text is not the id beside it, the answer would name the wrong policy."""
    ruleset = Ruleset(scope_rules([Rule(id="b", effect="permit", reason="r", text=policy("a").text)]))
    access = CedarRequest(service="orbit", intent="reason", target="axon", environment="dev", time=NOW)
    with pytest.raises(RulesError, match="a determining policy is not the one that was published"):
        ruleset.evaluate(access, Vocabulary(policy.sources().schema))


@pytest.mark.parametrize("order", [("a", None), (None, "a"), ("a", None, "a", None)])
@pytest.mark.parametrize("claims", [False, True])
def test_a_verdict_that_was_kept_does_not_hide_an_error(
    policy: Any, order: tuple[str | None, ...], claims: bool
) -> None:
    """The same permit determines both questions, and the forbid fails in one: that is never allowed. GOV-5"""
    policies = (policy("may"), policy("no", "forbid", when='context.tenant == "evil"'))
    rules = [Rule(id=p.id, effect=p.effect, reason=p.reason, text=p.text) for p in policies]
    ruleset, vocabulary = Ruleset(scope_rules(rules)), Vocabulary(policy.sources().schema)
    for tenant in order:
        access = CedarRequest(
            service="orbit",
            intent="reason",
            target="axon",
            environment="dev",
            time=NOW,
            tenant=tenant,
            attributes={} if claims else None,
        )
        verdict = ruleset.evaluate(access, vocabulary)
        expected = ReasonCode.PERMITTED if tenant else ReasonCode.POLICY_ERROR
        assert verdict.code is expected
        assert bool(verdict.errors) is (tenant is None)
