"""Hostile requests and policies: never an allow, never the end of the process, always a typed answer.

Every input goes through this very process, so one that ended it would end the run. `make test` tries 500,
`make test-long` 10,000.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

from lambdas.governance.decide import entry
from policies.calls.deciding.authorizer import Authorizer
from policies.calls.deciding.evaluate import CedarRequest, Ruleset
from policies.calls.deciding.model import Answer, Question
from policies.calls.deciding.narrowing import scope_rules
from policies.calls.deciding.reason_codes import ReasonCode
from policies.calls.deciding.snapshot import SnapshotCache, SnapshotLimits
from policies.calls.language.checking import check
from policies.calls.language.errors import PolicyError
from policies.calls.language.values import SourceText
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.documents import Rule
from policies.calls.versions.errors import RulesError
from policies.calls.versions.slices import cut
from tests.support.effort import effort
from tests.support.governance.decide_function import function_of
from tests.support.governance.hostile import http as hostile_http
from tests.support.governance.hostile import policies as hostile_policies
from tests.support.governance.hostile import requests as hostile_requests
from tests.support.paths import ROOT

pytestmark = pytest.mark.no_cover

UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
SHIPPED = ROOT / "policies" / "calls" / "rules" / "schema.cedarschema"


@pytest.fixture(scope="module")
def ask(makers: Any) -> Any:
    """The handler over a set that permits Orbit to reason on Axon, unless it comes with a `purpose`."""
    maker, store, clock = makers.policy, makers.store(), makers.clock()
    policies = maker.sources(
        maker("orbit-may", principal="orbit", action="reason", resource="axon"),
        maker("plain", "forbid", when="context has attributes"),
    )
    calls = (maker.call("orbit", "axon", "reason"),)
    store.publish(cut(policies, Catalogue(services=("axon", "orbit"), calls=calls)))
    authorizer = Authorizer(
        cache=SnapshotCache(store, clock, SnapshotLimits()),
        clock=clock,
        environment="dev",
        parse=Question.model_validate,
        new_id=lambda: "id",
    )
    function = function_of(authorizer)
    handler = entry(lambda: function)
    return lambda event: handler(event, None)


def well_formed(event: Any) -> bool:
    """Whether what was hurt became a plain request again: then an allow is no surprise."""
    try:
        asked = Question.model_validate(event)
    except (ValueError, RecursionError):
        return False
    return (asked.service, asked.intent, asked.target or "axon") == ("orbit", "reason", "axon")


@settings(max_examples=effort(200), suppress_health_check=UNHURRIED)
@given(hostile_requests.requests())
def test_no_request_allows_or_ends_the_process(ask: Any, event: Any) -> None:
    """Each of 200 has a whole answer with a code of its own, which is JSON, and a denial. GOV-1"""
    answer = ask(event)
    read = Answer.model_validate_json(json.dumps(answer, allow_nan=False), strict=False)
    if not well_formed(event):
        assert read.reason_code is ReasonCode.INVALID_REQUEST or read.reason_code.value.startswith("unknown_")
    assert not read.allowed or (well_formed(event) and event.get("context") is None)
    assert len(json.dumps(answer)) < 8192


@settings(max_examples=effort(100), suppress_health_check=UNHURRIED)
@given(hostile_http.http_events())
def test_no_http_request_allows_or_ends_the_process(ask: Any, event: dict[str, Any]) -> None:
    """Each of 100 has a response; one that says 200 is a decision, and denies what was hurt."""
    response = ask(event)
    if "statusCode" not in response:
        assert response["reason_code"] == "invalid_request"
        return
    assert response["statusCode"] in (200, 400, 401, 404, 405)
    assert all("\r" not in value and "\n" not in value for value in response["headers"].values())
    if response["statusCode"] == 200:
        document = json.loads(response["body"])
        decisions = document.get("evaluations", [document])
        assert event["intact"] or not any(found["decision"] for found in decisions)
    assert len(response["body"]) < 100_000


@settings(max_examples=effort(150), suppress_health_check=UNHURRIED)
@given(hostile_policies.policies())
@example("permit (principal, action, resource) when { " + "(" * 700 + "true" + ")" * 700 + " };")
def test_no_policy_ends_the_process_that_checks_it(text: str) -> None:
    """Each is refused with a place and a hint, or is a policy like others."""
    schema = SourceText(path=SHIPPED, text=SHIPPED.read_text(encoding="utf-8"))
    refused: PolicyError | None = None
    policies: tuple[Any, ...] = ()
    try:
        policies = check(schema, [SourceText(path=Path("h.cedar"), text=text)]).policies
    except PolicyError as error:
        refused = error
    assert refused is None or (refused.message and refused.path == Path("h.cedar"))
    assert all(policy.id and policy.reason for policy in policies)


@settings(max_examples=effort(50), suppress_health_check=UNHURRIED)
@given(hostile_policies.policies())
@example("permit (principal, action, resource) when { " + "(" * 700 + "true" + ")" * 700 + " };")
def test_no_published_policy_ends_the_process_or_opens_what_is_forbidden(makers: Any, text: str) -> None:
    """Text that came into the store past every check denies, beside a forbid, whatever it says."""
    rules = (
        Rule(id="no", effect="forbid", reason="r", text=makers.policy("no", "forbid").text),
        Rule(id="h", effect="permit", reason="r", text=text),
    )
    access = CedarRequest(
        service="orbit",
        intent="reason",
        target="axon",
        environment="dev",
        time=datetime(2026, 11, 22, tzinfo=UTC),
    )
    with suppress(RulesError):
        verdict = Ruleset(scope_rules(rules)).evaluate(access, makers.vocabulary)
        assert verdict.code in (ReasonCode.FORBIDDEN, ReasonCode.POLICY_ERROR)
