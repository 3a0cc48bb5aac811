from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.governance.decide import DecideFunction, compose, entry
from lambdas.governance.telemetry import logger
from policies.calls.deciding.authorizer import Authorizer
from policies.calls.deciding.model import Question
from policies.calls.deciding.reason_codes import ReasonCode
from policies.calls.deciding.snapshot import SnapshotCache, SnapshotLimits
from policies.calls.store.errors import StoreMissingError, StoreUnreachableError
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import cut
from tests.support.effort import effort
from tests.support.governance.decide_function import function_of, usual_catalogue, usual_sources
from tests.support.governance.publishing import publish

ASKED = {"service": "orbit", "intent": "reason"}
FIELDS = [
    "allowed",
    "reason",
    "reason_code",
    "policies",
    "errors",
    "policy_version",
    "decision_id",
    "evaluated_at",
    "service",
    "intent",
    "target",
    "correlation_id",
]
Ask = Callable[[Any], dict[str, Any]]
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    """The log lines written since the last call."""
    stream = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    monkeypatch.setattr(sys, "stdout", stream)

    def read() -> list[dict[str, Any]]:
        written = [json.loads(line) for line in stream.getvalue().splitlines()]
        stream.seek(0)
        stream.truncate()
        return written

    return read


@pytest.fixture
def sources(policy: Any) -> Any:
    return usual_sources(policy)


@pytest.fixture
def catalogue(policy: Any) -> Catalogue:
    return usual_catalogue(policy)


@pytest.fixture
def published(memory: Any, sources: Any, catalogue: Catalogue) -> Any:
    memory.publish(cut(sources, catalogue))
    return memory


@pytest.fixture
def authorizer(published: Any, clock: Any) -> Authorizer:
    ids = count(1)
    return Authorizer(
        cache=SnapshotCache(published, clock, SnapshotLimits(refresh_seconds=2, staleness_seconds=10)),
        clock=clock,
        environment="dev",
        parse=Question.model_validate,
        new_id=lambda: f"id-{next(ids)}",
    )


@pytest.fixture
def ask(authorizer: Authorizer) -> Ask:
    function = function_of(authorizer)
    handler = entry(lambda: function)
    return lambda event: handler(event, None)


def test_the_answer_has_every_field(ask: Ask, published: Any) -> None:
    """The declared call is permitted, by the policy and version named. GOV-1"""
    answer = ask({**ASKED, "correlation_id": "abc"})
    assert list(answer) == FIELDS
    assert answer == {
        "allowed": True,
        "reason": "why orbit-may",
        "reason_code": "permitted",
        "policies": ["orbit-may"],
        "errors": [],
        "policy_version": published.current.version,
        "decision_id": "id-1",
        "evaluated_at": "2026-11-22T09:30:00Z",
        "service": "orbit",
        "intent": "reason",
        "target": "axon",
        "correlation_id": "abc",
    }


@pytest.mark.parametrize(
    ("event", "code", "target"),
    [
        ({"service": "orbit", "intent": "reason", "target": "axon"}, "permitted", "axon"),
        ({"service": "orbit", "intent": "reason", "tenant": "good"}, "permitted", "axon"),
        ({"service": "orbit", "intent": "reason", "context": {"purpose": "x"}}, "permitted", "axon"),
        ({"service": "orbit", "intent": "erase", "target": "axon"}, "forbidden", "axon"),
        ({"service": "orbit", "intent": "reason", "tenant": "evil"}, "forbidden", "axon"),
        ({"service": "orbit", "intent": "reason", "context": {"size": 1}}, "forbidden", "axon"),
        ({"service": "orbit", "intent": "reason", "target": "hub"}, "no_permit", "hub"),
        ({"service": "axon", "intent": "reason", "target": "orbit"}, "no_permit", "orbit"),
        ({"service": "hub", "intent": "reason", "target": "axon"}, "no_permit", "axon"),
        ({"service": "Orbit", "intent": "reason"}, "unknown_service", None),
        ({"service": "ghost", "intent": "reason", "target": "axon"}, "unknown_service", "axon"),
        ({"service": "orbit", "intent": "dream"}, "unknown_intent", None),
        ({"service": "orbit", "intent": "reason", "target": "ghost"}, "unknown_target", "ghost"),
        ({"service": "orbit", "intent": "erase"}, "unknown_target", None),
        ({"service": "hub", "intent": "reason"}, "unknown_target", None),
        ({"service": "axon", "intent": "reason"}, "unknown_target", None),
        ({"service": "orbit"}, "invalid_request", None),
        ({"service": "orbit", "intent": "reason", "context": {"mood": "good"}}, "invalid_request", "axon"),
        ({"service": "orbit", "intent": "reason", "context": {"size": "big"}}, "invalid_request", "axon"),
        (
            {"service": "orbit", "intent": "reason", "context": {"environment": "prod"}},
            "invalid_request",
            "axon",
        ),
    ],
)
def test_each_question_has_its_code(ask: Ask, event: Any, code: str, target: str | None) -> None:
    """The code says why, and only `permitted` allows."""
    answer = ask(event)
    assert (answer["reason_code"], answer["target"]) == (code, target)
    assert answer["allowed"] is (code == "permitted")
    assert answer["reason"]


def test_the_target_is_the_sole_declared_callee(ask: Ask) -> None:
    """With two declared callees the request has to choose, and the answer says so."""
    assert ask({"service": "hub", "intent": "reason"})["reason"] == (
        "`hub` does not declare exactly one service to `reason` on, so the request has to name its target"
    )


def test_the_clock_and_environment_are_the_functions_own(
    memory: Any, clock: Any, policy: Any, catalogue: Catalogue
) -> None:
    """A caller cannot bring its own time or environment."""
    when = 'context.environment == "dev" && context.time == datetime("2026-11-22T09:30:00.000Z")'
    memory.publish(cut(policy.sources(policy("now", when=when)), catalogue))
    handler = entry(lambda: assembled(memory, clock))
    claim = {**ASKED, "context": {"time": "2000-01-01T00:00:00Z"}}
    assert handler(ASKED, None)["reason_code"] == "permitted"
    assert handler(claim, None)["reason_code"] == "invalid_request"
    clock.advance(1)
    assert handler(ASKED, None)["reason_code"] == "no_permit"


def assembled(store: Any, clock: Any) -> DecideFunction:
    return function_of(
        Authorizer(
            cache=SnapshotCache(store, clock, SnapshotLimits()),
            clock=clock,
            environment="dev",
            parse=Question.model_validate,
            new_id=lambda: "id",
        )
    )


def test_an_error_in_any_policy_that_applies_denies(
    memory: Any, clock: Any, policy: Any, catalogue: Catalogue
) -> None:
    """The permit alone would allow; beside a policy that fails it does not."""
    broken = policy("broken", "forbid", when='context.tenant == "x"')
    memory.publish(cut(policy.sources(policy("yes"), broken), catalogue))
    answer = entry(lambda: assembled(memory, clock))(ASKED, None)
    assert answer["reason_code"] == "policy_error"
    assert answer["policies"] == []
    assert "`broken`" in answer["errors"][0]


def test_published_rules_that_do_not_parse_deny(
    memory: Any, clock: Any, policy: Any, catalogue: Catalogue
) -> None:
    """A damaged set is a policy error, not an empty set."""
    memory.publish(cut(policy.sources(policy("yes"), policy("bad", when="1 +")), catalogue))
    answer = entry(lambda: assembled(memory, clock))(ASKED, None)
    assert answer["reason_code"] == "policy_error"
    assert answer["policy_version"] == memory.current.version


@pytest.mark.parametrize(
    "failure",
    [StoreMissingError("gone", table="policies"), StoreUnreachableError("no answer", table="policies")],
)
def test_a_store_that_fails_at_the_start_denies(ask: Ask, published: Any, failure: Exception) -> None:
    """Without a version nothing is decided, and the answer names none."""
    published.failure = failure
    answer = ask(ASKED)
    assert (answer["reason_code"], answer["policy_version"]) == ("store_unavailable", None)
    assert answer["reason"] == str(failure)


def test_a_version_older_than_the_bound_denies(ask: Ask, published: Any, clock: Any) -> None:
    """Within the bound the known version decides; past it the code says that it is stale."""
    ask(ASKED)
    published.failure = StoreUnreachableError("no answer", table="policies")
    clock.advance(10)
    assert ask(ASKED)["allowed"]
    clock.advance(1)
    assert ask(ASKED)["reason_code"] == "stale_snapshot"


def test_a_lost_slice_denies(ask: Ask, published: Any) -> None:
    """A document that is gone may have held a forbid."""
    for key in [key for key in published.items if key[0] == "slice"]:
        del published.items[key]
    assert ask(ASKED)["reason_code"] == "store_unavailable"


class Panic(BaseException):
    """What the native engine raises when it panics is no Exception."""


@pytest.mark.parametrize("failure", [RuntimeError("secret detail"), RecursionError(), MemoryError(), Panic()])
def test_whatever_else_fails_denies(ask: Ask, published: Any, failure: Any, lines: Lines) -> None:
    """The answer says that it failed and nothing of how; the log has the rest."""
    published.failure = failure
    answer = ask({**ASKED, "correlation_id": "abc"})
    assert list(answer) == FIELDS
    assert (answer["allowed"], answer["reason_code"]) == (False, "internal_error")
    assert (answer["service"], answer["correlation_id"]) == ("orbit", "abc")
    assert "secret detail" not in json.dumps(answer)
    (line,) = lines()
    assert (line["level"], line["message"], line["correlation_id"]) == ("ERROR", "the decision failed", "abc")
    assert type(failure).__name__ in line["exception"]


def test_a_function_without_its_settings_denies() -> None:
    """A missing table name is a denial too, not a crash at import."""
    handler = entry(lambda: compose({}, None))
    assert handler(ASKED, None)["reason_code"] == "internal_error"


def test_stopping_is_not_swallowed() -> None:
    """SystemExit is the runtime's, not a failure of the decision."""

    def leave() -> DecideFunction:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        entry(leave)(ASKED, None)


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=80)
    | st.sampled_from(["orbit", "axon", "reason", "erase", 'x"; permit(principal, action, resource);', "\0"])
)
keys = st.sampled_from([*Question.model_fields, "__entity", "__extn", "type", "id"]) | st.text(max_size=5)
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=20,
)
events = anything | st.builds(lambda extra: {**ASKED, **extra}, st.dictionaries(keys, anything, max_size=4))


@settings(max_examples=effort(100), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event=events)
def test_any_event_gets_a_typed_answer(authorizer: Authorizer, event: Any) -> None:
    """Whatever arrives, the answer has every field, is JSON, and allows only the declared call."""
    answer = entry(lambda: function_of(authorizer))(event, None)
    assert list(answer) == FIELDS
    assert ReasonCode(answer["reason_code"]) is not ReasonCode.INTERNAL_ERROR
    json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()
    if answer["allowed"]:
        assert (event["service"], event["intent"], event.get("target") or "axon") == (
            "orbit",
            "reason",
            "axon",
        )
        assert event.get("tenant") != "evil"
        assert answer["policies"] == ["orbit-may"]


@pytest.fixture
def deployed(dynamodb: Any, policy: Any) -> Ask:
    """The handler as the function composes it, over an emulated table."""
    publish("policies", usual_sources(policy), usual_catalogue(policy), dynamodb)
    settings = {
        "POLICY_TABLE": "policies",
        "MYELIN_ENVIRONMENT": "dev",
        "POLICY_REFRESH_SECONDS": "0.000001",
        "POLICY_STALENESS_SECONDS": "10",
    }
    function = compose(settings, dynamodb)
    handler = entry(lambda: function)
    return lambda event: handler(event, None)


def test_the_composed_function_decides_over_dynamodb(deployed: Ask) -> None:
    """Parser, store, cache and policies together."""
    assert deployed(ASKED)["reason_code"] == "permitted"
    assert deployed({**ASKED, "tenant": "evil"})["reason_code"] == "forbidden"
    assert deployed(json.dumps(ASKED))["reason_code"] == "invalid_request"


def test_a_deleted_table_denies(deployed: Ask, dynamodb: Any) -> None:
    """A warm function with a good version in memory denies too, once it has looked. GOV-2"""
    assert deployed(ASKED)["allowed"]
    dynamodb.delete_table(TableName="policies")
    answer = deployed(ASKED)
    assert answer["reason_code"] == "store_unavailable"
    assert answer["reason"] == "the policy table `policies` cannot be used: the table does not exist"


def test_a_publish_takes_effect(deployed: Ask, dynamodb: Any, policy: Any) -> None:
    """The next decision after a refresh is by the new version."""
    before = deployed(ASKED)
    publish("policies", policy.sources(policy("no", "forbid")), usual_catalogue(policy), dynamodb)
    after = deployed(ASKED)
    assert (before["reason_code"], after["reason_code"]) == ("permitted", "forbidden")
    assert before["policy_version"] != after["policy_version"]
