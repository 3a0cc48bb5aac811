"""Conditions of listener rules."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.cloud.router.conditions import RequestFacts, matches, parse_condition

REQUEST = RequestFacts(
    method="GET",
    path="/img/cat.png",
    query="version=V1&flag",
    host="Api.Example.com",
    headers=(("user-agent", "Chrome/1"), ("x-tenant", "blue"), ("x-tenant", "green")),
    source_ip="127.0.0.1",
)


def config(field: str, name: str, *values: Any, **more: Any) -> dict[str, Any]:
    return {"Field": field, name: {"Values": list(values), **more}}


def path(*values: str) -> dict[str, Any]:
    return config("path-pattern", "PathPatternConfig", *values)


def host(*values: str) -> dict[str, Any]:
    return config("host-header", "HostHeaderConfig", *values)


def http_header(name: str, *values: str) -> dict[str, Any]:
    return config("http-header", "HttpHeaderConfig", *values, HttpHeaderName=name)


def query(*values: dict[str, str]) -> dict[str, Any]:
    return config("query-string", "QueryStringConfig", *values)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (path("/img/*"), True),
        (path("/img/???.png"), True),
        (path("/img/????.png"), False),
        (path("/img"), False),
        (path("/IMG/*"), False),
        (path("*"), True),
        (path("/other", "/img/cat.png"), True),
        (path("/img/cat.png?version=V1"), False),
        (path("/img.cat.png"), False),
        ({"Field": "path-pattern", "Values": ["/img/*"]}, True),
        (host("api.example.com"), True),
        (host("*.example.com"), True),
        (host("example.com"), False),
        (host("API.*"), True),
        (http_header("User-Agent", "*chrome*"), True),
        (http_header("X-Tenant", "green"), True),
        (http_header("X-Tenant", "red"), False),
        (http_header("X-None", "*"), False),
        (config("http-request-method", "HttpRequestMethodConfig", "GET", "HEAD"), True),
        (config("http-request-method", "HttpRequestMethodConfig", "get"), False),
        (query({"Key": "version", "Value": "v1"}), True),
        (query({"Key": "version", "Value": "v2"}), False),
        (query({"Value": "v?"}), True),
        (query({"Key": "flag", "Value": ""}), True),
        (config("source-ip", "SourceIpConfig", "10.0.0.0/8", "127.0.0.0/8"), True),
        (config("source-ip", "SourceIpConfig", "10.0.0.0/8"), False),
    ],
)
def test_a_condition_matches_as_on_an_alb(condition: dict[str, Any], expected: bool) -> None:
    """MSH-2: wildcards, case and fields as the documentation of the Application Load Balancer has them."""
    assert matches([parse_condition(condition)], REQUEST) is expected


def test_a_wildcard_can_be_escaped() -> None:
    """A backslash makes `*` stand for itself."""
    literal = parse_condition(query({"Key": "q", "Value": r"a\*b"}))
    assert matches([literal], RequestFacts(method="GET", path="/", query="q=a*b"))
    assert not matches([literal], RequestFacts(method="GET", path="/", query="q=axb"))


def test_all_conditions_must_hold() -> None:
    """Several conditions are a conjunction; none at all is the default rule."""
    fitting, other = parse_condition(path("/img/*")), parse_condition(host("other"))
    assert not matches([fitting, other], REQUEST)
    assert matches([], REQUEST)


def test_an_unknown_field_is_refused() -> None:
    """A condition that the router does not know is never taken for true."""
    with pytest.raises(ValueError, match="unknown condition field `moon-phase`"):
        parse_condition({"Field": "moon-phase"})
