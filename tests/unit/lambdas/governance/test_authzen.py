"""The AuthZEN API as its specification (https://openid.net/specs/authorization-api-1_0.html) demands it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from lambdas.governance.authzen import MAX_EVALUATIONS
from lambdas.governance.decide import DecideFunction, entry
from policies.calls.deciding.authorizer import Authorizer
from policies.calls.deciding.model import Question
from policies.calls.deciding.snapshot import SnapshotCache, SnapshotLimits
from policies.calls.store.errors import StoreMissingError
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import cut
from tests.support.governance.assembly import function_of

SUBJECT = {"type": "service", "id": "orbit"}
ACTION = {"name": "reason"}
AXON = {"type": "service", "id": "axon"}
HUB = {"type": "service", "id": "hub"}
ASKED = {"subject": SUBJECT, "action": ACTION, "resource": AXON}
ONE = "/access/v1/evaluation"
MANY = "/access/v1/evaluations"
IAM = {"iam": {"userArn": "arn:aws:iam::123456789012:role/pep"}}
Post = Callable[..., tuple[int, Any, dict[str, str]]]


@pytest.fixture
def store(memory: Any, policy: Any) -> Any:
    policies = policy.sources(
        policy("orbit-may", principal="orbit", action="reason", resource="axon"),
        policy("no-evil", "forbid", when='context has tenant && context.tenant == "evil"'),
        policy(
            "no-tests",
            "forbid",
            when="context has attributes && context.attributes has purpose && "
            'context.attributes.purpose == "test"',
        ),
    )
    memory.publish(cut(policies, Catalogue(services=("axon", "hub", "orbit"))))
    return memory


@pytest.fixture
def post(store: Any, clock: Any) -> Post:
    """Sends a body to a path of the function URL; gives status, the document (or text) and the headers."""
    authorizer = Authorizer(
        cache=SnapshotCache(store, clock, SnapshotLimits()),
        clock=clock,
        environment="dev",
        parse=Question.model_validate,
        new_id=lambda: "made-up",
    )
    function = function_of(authorizer)
    handler = entry(lambda: function)

    def send(path: str, body: Any = None, **more: Any) -> tuple[int, Any, dict[str, str]]:
        response = handler(event(path, body, **more), None)
        text = response["body"]
        is_json = response["headers"]["content-type"] == "application/json"
        return response["statusCode"], json.loads(text) if is_json else text, response["headers"]

    return send


def event(
    path: str,
    body: Any = None,
    *,
    method: str = "POST",
    headers: dict[str, str] | None = None,
    authorizer: Any = IAM,
    encoded: bool = False,
) -> dict[str, Any]:
    """What Lambda makes of a request to a function URL."""
    text = body if isinstance(body, str) else json.dumps(body)
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": {"content-type": "application/json", **(headers or {})},
        "requestContext": {
            "domainName": "abc.lambda-url.eu-central-1.on.aws",
            "http": {"method": method, "path": path},
            **({"authorizer": authorizer} if authorizer else {}),
        },
        "body": base64.b64encode(text.encode()).decode() if encoded else text,
        "isBase64Encoded": encoded,
    }


def test_an_evaluation_is_a_decision(post: Post, store: Any) -> None:
    """Subject, action, resource are service, intent, target; the context of the answer says why. GOV-1"""
    status, document, headers = post(ONE, ASKED)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert document == {
        "decision": True,
        "context": {
            "reason_code": "permitted",
            "reason": "why orbit-may",
            "policies": ["orbit-may"],
            "policy_version": store.current.version,
            "decision_id": "made-up",
            "evaluated_at": "2026-11-22T09:30:00Z",
        },
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"resource": HUB}, "no_permit"),
        ({"subject": {"type": "service", "id": "ghost"}}, "unknown_service"),
        ({"action": {"name": "dream"}}, "unknown_intent"),
        ({"resource": {"type": "service", "id": "ghost"}}, "unknown_target"),
        ({"context": {"tenant": "evil"}}, "forbidden"),
        ({"context": {"tenant": "good"}}, "permitted"),
        ({"context": {"purpose": "test"}}, "forbidden"),
        ({"context": {"purpose": "test", "tenant": "good"}}, "forbidden"),
        ({"context": {"purpose": "work"}}, "permitted"),
        ({"context": {"time": "2024-05-31T15:22-07:00"}}, "invalid_request"),
        ({"context": {"environment": "prod"}}, "invalid_request"),
        ({"context": {"tenant": 7}}, "invalid_request"),
        ({"context": {"__entity": {"type": "Service", "id": "axon"}}}, "invalid_request"),
        ({"subject": {**SUBJECT, "properties": {"role": "admin"}}, "unknown": 1}, "permitted"),
        ({"action": {**ACTION, "properties": {}, "more": []}}, "permitted"),
    ],
)
def test_a_denial_is_an_answer_like_any_other(post: Post, change: dict[str, Any], code: str) -> None:
    """Status 200 and `false`; unknown members are ignored, claims that the schema lacks are refused."""
    status, document, _ = post(ONE, {**ASKED, **change})
    assert (status, document["decision"]) == (200, code == "permitted")
    assert document["context"]["reason_code"] == code


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "subject: field required; action: field required; resource: field required"),
        ({**ASKED, "subject": {"id": "orbit"}}, "subject.type: field required"),
        ({**ASKED, "subject": {"type": "user", "id": "orbit"}}, "subject.type: only `service` is known"),
        ({**ASKED, "resource": {"type": "Service", "id": "axon"}}, "resource.type: only `service` is known"),
        ({**ASKED, "action": "reason"}, "action: input should be"),
        ({**ASKED, "action": {"name": 1}}, "action.name: input should be a valid string"),
        ({**ASKED, "context": []}, "context: input should be a valid dictionary"),
        ([ASKED], "the body is not a JSON object"),
        ("", "the body is not JSON"),
        ('{"subject": NaN}', "the body is not JSON"),
        (json.dumps(ASKED)[:-1] + ', "action": {"name": "x"}}', "a name stands twice"),
        ("[" * 100_000, "the body is not JSON"),
        ('"' + "x" * 800_000 + '"', "the body is larger than 524288 bytes"),
    ],
)
@pytest.mark.parametrize("path", [ONE, MANY])
def test_a_malformed_request_is_a_bad_request(post: Post, path: str, body: Any, message: str) -> None:
    """Status 400 and a sentence that names the member, on both paths. It repeats no value."""
    status, text, headers = post(path, body)
    assert (status, headers["content-type"]) == (400, "text/plain; charset=utf-8")
    assert message in text


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        (ONE, {"method": "GET"}, 405),
        (MANY, {"method": "PUT"}, 405),
        ("/.well-known/authzen-configuration", {"method": "POST"}, 405),
        ("/access/v1/search/subject", {}, 404),
        ("/", {}, 404),
        (ONE, {"authorizer": None}, 401),
        (ONE, {"authorizer": {"iam": {}}}, 401),
        (ONE, {"headers": {"content-type": "text/plain"}}, 400),
        (ONE, {"headers": {"content-type": "application/json; charset=utf-8"}}, 200),
        (ONE, {"encoded": True}, 200),
        (ONE, {"headers": {"x-request-id": "a b"}}, 400),
        (ONE, {"headers": {"x-request-id": "x" * 129}}, 400),
    ],
)
def test_what_is_no_such_request_has_its_status(
    post: Post, path: str, more: dict[str, Any], status: int
) -> None:
    """Also a call that AWS did not authenticate, should the URL ever lose its authentication."""
    assert post(path, ASKED, **more)[0] == status


def test_the_request_id_comes_back_and_is_the_correlation_id(
    post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    """On answers and on refusals; without one there is none."""
    for body, status in ((ASKED, 200), ({}, 400)):
        found, _, headers = post(ONE, body, headers={"X-Request-ID": "bfe9eb29"})
        assert (found, headers["x-request-id"]) == (status, "bfe9eb29")
    line = json.loads(capsys.readouterr().out.splitlines()[0])
    assert line["correlation_id"] == "bfe9eb29"
    assert "x-request-id" not in post(ONE, ASKED)[2]


def decisions(post: Post, body: Any) -> list[bool]:
    status, document, _ = post(MANY, body)
    assert (status, list(document)) == (200, ["evaluations"])
    return [found["decision"] for found in document["evaluations"]]


def test_a_batch_is_answered_in_its_order(post: Post) -> None:
    """Members of the request itself are defaults, those of an evaluation win."""
    body = {
        "subject": SUBJECT,
        "action": ACTION,
        "context": {"tenant": "good"},
        "evaluations": [
            {"resource": AXON},
            {"resource": HUB},
            {"resource": AXON, "context": {"tenant": "evil"}},
            {"resource": AXON, "context": {}},
            {"resource": AXON, "subject": HUB},
        ],
    }
    assert decisions(post, body) == [True, False, False, True, False]


@pytest.mark.parametrize(
    ("semantic", "asked", "expected"),
    [
        ("execute_all", [AXON, HUB, AXON], [True, False, True]),
        ("deny_on_first_deny", [AXON, HUB, AXON], [True, False]),
        ("deny_on_first_deny", [AXON, AXON], [True, True]),
        ("permit_on_first_permit", [AXON, HUB, AXON], [True]),
        ("permit_on_first_permit", [HUB, HUB, AXON, HUB], [False, False, True]),
        ("permit_on_first_permit", [{"type": "service"}, AXON, HUB], [False, True]),
        ("deny_on_first_deny", [AXON, {"type": "service"}, AXON], [True, False]),
    ],
)
def test_a_batch_ends_where_its_semantic_says(
    post: Post, semantic: str, asked: list[Any], expected: list[bool]
) -> None:
    """An evaluation that cannot be asked counts as a denial."""
    evaluations = [{"resource": resource} for resource in asked]
    body = {
        "subject": SUBJECT,
        "action": ACTION,
        "evaluations": evaluations,
        "options": {"evaluations_semantic": semantic, "another_option": "value"},
    }
    assert decisions(post, body) == expected


def test_a_fault_in_one_evaluation_is_its_own(post: Post) -> None:
    """The others are answered; the context of the faulty one carries the error."""
    body = {
        "subject": SUBJECT,
        "action": ACTION,
        "evaluations": [{"resource": AXON}, {}, "x", {"resource": None}],
    }
    _, document, _ = post(MANY, body)
    assert [found["decision"] for found in document["evaluations"]] == [True, False, False, False]
    assert document["evaluations"][1]["context"] == {
        "reason_code": "invalid_request",
        "reason": "resource: field required",
        "error": {"status": 400, "message": "resource: field required"},
    }


@pytest.mark.parametrize("evaluations", [{}, {"evaluations": []}])
def test_without_evaluations_a_batch_is_a_single_request(post: Post, evaluations: dict[str, Any]) -> None:
    """And its answer that of a single one."""
    status, document, _ = post(MANY, {**ASKED, **evaluations})
    assert (status, document["decision"]) == (200, True)


@pytest.mark.parametrize(
    "body",
    [
        {**ASKED, "evaluations": {}},
        {**ASKED, "evaluations": [{}] * (MAX_EVALUATIONS + 1)},
        {**ASKED, "evaluations": [{}], "options": {"evaluations_semantic": "best_effort"}},
        {**ASKED, "evaluations": [{}], "options": []},
    ],
)
def test_a_fault_of_the_whole_batch_is_a_bad_request(post: Post, body: Any) -> None:
    """Nothing is evaluated."""
    assert post(MANY, body)[0] == 400


def test_a_decision_point_in_trouble_denies_and_says_so(post: Post, store: Any) -> None:
    """The answer is still a decision; its error tells a client that asking later may help. GOV-1"""
    store.failure = StoreMissingError("gone", table="policies")
    status, document, _ = post(ONE, ASKED)
    assert (status, document["decision"]) == (200, False)
    assert document["context"]["reason_code"] == "store_unavailable"
    assert document["context"]["error"] == {"status": 500, "message": "gone"}


def test_a_failure_nobody_foresaw_is_an_internal_error() -> None:
    """Never a decision, and nothing of what it was."""

    def fail() -> DecideFunction:
        raise RuntimeError("secret detail")

    response = entry(fail)(event(ONE, ASKED), None)
    assert response["statusCode"] == 500
    assert "secret" not in response["body"]


def test_the_configuration_names_the_endpoints(post: Post) -> None:
    """Under the name by which the caller reached the function."""
    base = "https://abc.lambda-url.eu-central-1.on.aws"
    status, document, _ = post("/.well-known/authzen-configuration", method="GET")
    assert (status, document) == (
        200,
        {
            "policy_decision_point": base,
            "access_evaluation_endpoint": base + ONE,
            "access_evaluations_endpoint": base + MANY,
        },
    )


def test_each_evaluation_of_a_batch_is_recorded(post: Post, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, with the same correlation id."""
    body = {**ASKED, "evaluations": [{}, {"resource": HUB}]}
    post(MANY, body, headers={"x-request-id": "r"})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["correlation_id"], line["reason_code"]) for line in lines] == [
        ("r", "permitted"),
        ("r", "no_permit"),
    ]
