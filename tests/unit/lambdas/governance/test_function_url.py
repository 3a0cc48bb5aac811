"""The URL of the decide function: which requests it takes, and what the others get."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas.governance.decide import DecideFunction, entry
from lambdas.governance.function_url import is_http
from tests.support.governance.authzen_url import ASKED, MANY, ONE, Post, url_event


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "subject: field required; action: field required; resource: field required"),
        ({**ASKED, "subject": {"id": "orbit"}}, "subject.type: field required"),
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


@pytest.mark.parametrize("request_id", ["two words", "x" * 129, "", "é", "id-1"])
def test_any_request_id_comes_back(post: Post, request_id: str) -> None:
    """Its value is an arbitrary string (AuthZEN 1.0, 10.1.4): on answers, refusals and failures."""

    def fail() -> DecideFunction:
        raise RuntimeError

    headers = {"x-request-id": request_id}
    for body, more, status in ((ASKED, {}, 200), ({}, {}, 400), (ASKED, {"authorizer": None}, 401)):
        found, _, answered = post(ONE, body, headers=headers, **more)
        assert (found, answered["x-request-id"]) == (status, request_id)
    failed = entry(fail)(url_event(ONE, ASKED, headers=headers), None)
    assert (failed["statusCode"], failed["headers"]["x-request-id"]) == (500, request_id)


def test_a_request_without_credentials_is_told_which(post: Post) -> None:
    """Status 401 has WWW-Authenticate (11.3); no other status has."""
    assert post(ONE, ASKED, authorizer=None)[2]["www-authenticate"] == "AWS4-HMAC-SHA256"
    assert "www-authenticate" not in post(ONE, {})[2]


def test_an_unexpected_exception_is_an_internal_error() -> None:
    """Never a decision, and nothing of what it was."""

    def fail() -> DecideFunction:
        raise RuntimeError("secret detail")

    response = entry(fail)(url_event(ONE, ASKED), None)
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


def test_only_a_request_to_the_url_is_http() -> None:
    """Everything else is a question, also one that has a member of that name."""
    assert is_http(url_event(ONE, ASKED))
    others: list[object] = [
        {},
        None,
        {"requestContext": {}},
        {"requestContext": "http"},
        {"service": "orbit"},
    ]
    assert not any(is_http(event) for event in others)
