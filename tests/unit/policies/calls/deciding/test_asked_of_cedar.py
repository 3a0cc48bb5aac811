"""What Cedar is asked for a decision, how often, and which verdicts are kept. GOV-1, GOV-5"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, NamedTuple

import cedarpy
import pytest

from policies.calls.deciding import evaluate
from policies.calls.deciding.evaluate import CedarRequest, Ruleset
from policies.calls.deciding.narrowing import scope_rules
from policies.calls.deciding.reason_codes import ReasonCode
from policies.calls.deciding.request_schema import Vocabulary
from policies.calls.versions.documents import Rule
from policies.calls.versions.errors import RulesError

NOW = datetime(2026, 11, 22, 9, 30, 15, 123456, tzinfo=UTC)
TIME = {"__extn": {"fn": "datetime", "arg": "2026-11-22T09:30:15.123Z"}}
ACCESS = CedarRequest(service="orbit", intent="reason", target="axon", environment="dev", time=NOW)
FULL = {"environment": "dev", "time": TIME, "proven": True}


class Asked(NamedTuple):
    """One question: its context, and whether Cedar checked it against the schema."""

    context: dict[str, Any]
    checked: bool


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """The questions that Cedar is asked, in order."""
    found: list[Asked] = []
    real = cedarpy.is_authorized

    def spy(request: Any, policies: Any, entities: Any, *, schema: Any) -> Any:
        found.append(Asked(json.loads(request["context"]), schema is not None))
        return real(request, policies, entities, schema=schema)

    monkeypatch.setattr(evaluate, "cedarpy", SimpleNamespace(is_authorized=spy))
    return found


def ruleset(*policies: Any) -> Ruleset:
    return Ruleset(
        scope_rules(Rule(id=p.id, effect=p.effect, reason=p.reason, text=p.text) for p in policies)
    )


def vocabulary(policy: Any) -> Vocabulary:
    return Vocabulary(policy.sources().schema)


@pytest.mark.parametrize(
    ("when", "context"),
    [
        (None, {}),
        ('context.environment == "dev"', {"environment": "dev"}),
        ('context.time > datetime("2026-01-01")', {"time": TIME}),
        ("context.proven", {"proven": True}),
        ('context has tenant && context.tenant == "a"', {"tenant": "a"}),
        ('context.environment == "dev" && context.proven', {"environment": "dev", "proven": True}),
    ],
)
def test_only_what_the_rules_read_is_passed(
    policy: Any, asked: list[Asked], when: str | None, context: dict[str, Any]
) -> None:
    """A question that is known to fit the schema is asked once, with what the rules look at."""
    rules = ruleset(policy("a", when=when) if when else policy("a"))
    verdict = rules.evaluate(ACCESS._replace(tenant="a"), vocabulary(policy))
    assert verdict.code is ReasonCode.PERMITTED
    assert asked == [Asked(context, checked=False)]


def test_claims_are_passed_whole_and_checked(policy: Any, asked: list[Asked]) -> None:
    """What a caller claims may have any shape, so Cedar holds all of it against the schema."""
    verdict = ruleset(policy("a")).evaluate(ACCESS._replace(attributes={}, proven=False), vocabulary(policy))
    assert verdict.code is ReasonCode.PERMITTED
    assert asked == [Asked({**FULL, "proven": False, "attributes": {}}, checked=True)]


def test_what_the_schema_does_not_know_is_checked(policy: Any, asked: list[Asked]) -> None:
    """An intent that is not declared gets no answer without Cedar's own check."""
    verdict = ruleset(policy("a")).evaluate(ACCESS._replace(intent="dream"), vocabulary(policy))
    assert verdict.code is ReasonCode.POLICY_ERROR
    assert asked == [Asked(FULL, checked=True)]


def test_an_error_is_asked_for_again_in_full(policy: Any, asked: list[Asked]) -> None:
    """The errors of an answer are those of the whole question."""
    rules = ruleset(policy("a", when='context.tenant == "a"'))
    assert rules.evaluate(ACCESS, vocabulary(policy)).code is ReasonCode.POLICY_ERROR
    assert asked == [Asked({}, checked=False), Asked(FULL, checked=True)]


def test_a_denial_is_not_asked_for_again(policy: Any, asked: list[Asked]) -> None:
    """Neither where a policy forbids nor where none permits."""
    for rules in (ruleset(policy("a", "forbid")), ruleset()):
        assert rules.evaluate(ACCESS, vocabulary(policy)).code is not ReasonCode.PERMITTED
    assert [one.checked for one in asked] == [False, False]


def by_tenant(policy: Any, count: int) -> Ruleset:
    """For each tenant a permit of its own."""
    return ruleset(
        *(policy(f"p{n}", when=f'context has tenant && context.tenant == "t{n}"') for n in range(count))
    )


def test_a_verdict_is_kept_for_the_policies_that_determine_it(policy: Any) -> None:
    """Others determine another one; a failed forbid beside the same permit is judged anew, and denied."""
    rules, known = by_tenant(policy, 2), vocabulary(policy)
    first, second, again = (rules.evaluate(ACCESS._replace(tenant=t), known) for t in ("t0", "t1", "t0"))
    assert (first.policies, second.policies) == (("p0",), ("p1",))
    assert again is first
    none = [rules.evaluate(ACCESS._replace(service=name), known).reason for name in ("orbit", "axon")]
    assert none == [f"no policy permits `{name}` to `reason` on `axon`" for name in ("orbit", "axon")]


def test_64_verdicts_are_kept(policy: Any) -> None:
    """With one more, the one that was not asked for the longest is made anew."""
    rules, known = by_tenant(policy, 65), vocabulary(policy)
    first = [rules.evaluate(ACCESS._replace(tenant=f"t{n}"), known) for n in range(64)]
    again = [rules.evaluate(ACCESS._replace(tenant=f"t{n}"), known) for n in range(64)]
    assert all(one is other for one, other in zip(first, again, strict=True))
    rules.evaluate(ACCESS._replace(tenant="t64"), known)
    newest, oldest = (rules.evaluate(ACCESS._replace(tenant=t), known) for t in ("t63", "t0"))
    assert newest is first[63]
    assert oldest is not first[0]
    assert oldest == first[0]


def test_a_question_that_is_not_judged_says_so(policy: Any) -> None:
    """In words that name no policy: the errors do."""
    verdict = ruleset(policy("a", when='context.tenant == "a"')).evaluate(ACCESS, vocabulary(policy))
    assert verdict.reason == "a policy could not be evaluated, and a call that is not fully judged is denied"
    assert verdict.policies == ()


def test_errors_are_told_up_to_ten(policy: Any) -> None:
    """Each by the id of its policy and not by Cedar's number; of eleven, ten."""
    bad = [policy(f"bad{n:02}", when='context.tenant == "policy0"') for n in range(11)]
    for count in (10, 11):
        verdict = ruleset(*bad[:count]).evaluate(ACCESS, vocabulary(policy))
        assert len(verdict.errors) == 10
        assert all("evaluating policy `bad" in error for error in verdict.errors)


def test_a_rule_that_is_not_its_policy_says_what_to_do(policy: Any) -> None:
    """Publishing writes both anew."""
    rules = Ruleset(scope_rules([Rule(id="b", effect="permit", reason="r", text=policy("a").text)]))
    with pytest.raises(RulesError) as caught:
        rules.evaluate(ACCESS, vocabulary(policy))
    assert caught.value.message == "a determining policy is not the one that was published"
    assert caught.value.hint == "publish again"


@pytest.mark.parametrize(
    ("when", "reads"),
    [(None, False), ("context.proven", False), ('context.time > datetime("2026-01-01")', True)],
)
def test_whether_the_time_matters_is_known(policy: Any, when: str | None, reads: bool) -> None:
    """An answer that the time may change is not reused."""
    assert ruleset(policy("a", when=when) if when else policy("a")).reads_time is reads
