"""Requests to the admin function as its URL gives them, and the responses."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from lambdas.governance.admin_http import (
    MAX_BODY_BYTES,
    NOBODY,
    AdminAnswer,
    answer_response,
    problem_response,
    read_body,
    read_number,
    read_request,
)
from lambdas.governance.problems import RefusedError, problem
from policies.calls.changing.interface import MAX_PAGE
from policies.calls.changing.problem import ProblemCode
from policies.calls.changing.records import ChangeResult
from policies.calls.changing.requests import Collect, PutPolicy


def event(**more: Any) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawPath": "/policies/a%20b/",
        "headers": {"if-match": ' "abc" '},
        "queryStringParameters": {"limit": "7"},
        "requestContext": {"http": {"method": "PUT"}, "authorizer": {"iam": {"userArn": "arn:made:up"}}},
        "body": "{}",
        "isBase64Encoded": False,
        **more,
    }


def test_an_event_is_read_as_a_request() -> None:
    """The path is decoded, the version of `if-match` is without quotes, nobody is proved yet."""
    request = read_request(event())
    assert (request.method, request.path, request.actor) == ("PUT", "/policies/a b", NOBODY)
    assert (request.query, request.body, request.expected) == ({"limit": "7"}, "{}", "abc")
    plain = read_request({**event(headers=None, queryStringParameters=None, body=None), "rawPath": "/"})
    assert (plain.path, plain.query, plain.body, plain.expected) == ("/", {}, "", None)


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"http": {}},
        {"http": None},
        None,
    ],
)
def test_what_is_no_request_is_refused(context: Any) -> None:
    """Whatever is missing, it is a refusal and not an error."""
    with pytest.raises(RefusedError) as caught:
        read_request(event(requestContext=context))
    assert caught.value.code is ProblemCode.INVALID_REQUEST


def test_a_body_may_be_in_base64_and_has_a_limit() -> None:
    """As function URLs send what is not plain text; what is no text is refused."""
    text = json.dumps({"text": "caf\u00e9"})
    encoded = base64.b64encode(text.encode()).decode()
    assert read_request(event(body=encoded, isBase64Encoded=True)).body == text
    for body, code in (("x" * (MAX_BODY_BYTES + 1), "too-large"), ("=", "invalid-request")):
        with pytest.raises(RefusedError) as caught:
            read_request(event(body=body, isBase64Encoded=body == "="))
        assert caught.value.code == code


def test_a_body_is_checked_against_its_message() -> None:
    """A body that is too deep to be written again is refused before it is looked at."""
    assert read_body(read_request(event(body='{"dry_run": true}')), Collect).dry_run
    deep = '{"text": "t", "cases": [' + "[" * 70 + "]" * 70 + "]}"
    with pytest.raises(RefusedError, match="nested deeper than 64 levels"):
        read_body(read_request(event(body=deep)), PutPolicy)


def test_a_number_of_the_query_is_whole_and_a_limit_bounded() -> None:
    """The default where it is not given."""

    def number(text: str | None, name: str = "limit") -> int:
        query = {} if text is None else {name: text}
        return read_number(read_request(event(queryStringParameters=query)), name, 100, least=1)

    assert (number(None), number("7"), number("99999")) == (100, 7, MAX_PAGE)
    assert number("99999", "before") == 99999
    for text in ("0", "-1", "1.5", "\u0667", "1" * 16, ""):
        with pytest.raises(RefusedError, match="`limit` is not a whole number from 1"):
            number(text)


def test_a_change_is_answered_with_the_current_version_as_its_etag() -> None:
    """A refusal has none, and says by its type what it is."""
    result = ChangeResult(version="v2", before="v1", sequence=2, changed=True)
    response = answer_response(AdminAnswer(value=result))
    assert (response["statusCode"], response["headers"]["etag"]) == (200, '"v2"')
    refused = problem_response(problem(ProblemCode.NOT_FOUND, "there is nothing"))
    assert (refused["statusCode"], refused["headers"]["content-type"]) == (404, "application/problem+json")
    assert "etag" not in refused["headers"]
