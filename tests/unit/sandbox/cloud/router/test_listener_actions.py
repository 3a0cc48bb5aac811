"""Actions of listener rules."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.cloud.router.actions import (
    FixedResponse,
    Forward,
    Redirect,
    UnsupportedAction,
    choose_group,
    parse_actions,
)
from sandbox.cloud.router.conditions import RequestFacts

REQUEST = RequestFacts(method="GET", path="/a/b", query="x=1", host="api.example.com")


@pytest.mark.parametrize(
    ("config", "location"),
    [
        ({"Protocol": "HTTPS", "Port": "443"}, "https://api.example.com/a/b?x=1"),
        ({"Port": "8443"}, "http://api.example.com:8443/a/b?x=1"),
        ({"Path": "/new/#{path}", "Query": ""}, "http://api.example.com/new/a/b"),
        ({"Host": "www.#{host}", "Query": "#{query}&y=2"}, "http://www.api.example.com/a/b?x=1&y=2"),
    ],
)
def test_a_redirect_fills_in_the_request(config: dict[str, str], location: str) -> None:
    """MSH-2: each part may use the request's, what is not given stays, a default port is left out."""
    action = parse_actions([{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", **config}}])
    assert isinstance(action, Redirect)
    assert action.status == 301
    assert action.location(REQUEST, protocol="HTTP", port=80) == location


def forward(**more: Any) -> list[dict[str, Any]]:
    return [{"Type": "forward", **more}]


def test_a_forward_has_weights() -> None:
    """MSH-2: the new form with weights, and the old form with one target group."""
    groups = [{"TargetGroupArn": "a", "Weight": 3}, {"TargetGroupArn": "b", "Weight": 1}]
    weighted = parse_actions(forward(ForwardConfig={"TargetGroups": groups}))
    assert weighted == Forward(groups=(("a", 3), ("b", 1)))
    assert parse_actions(forward(TargetGroupArn="a")) == Forward(groups=(("a", 1),))


def test_weights_divide_the_draws() -> None:
    """A group with weight 0 gets nothing; with no weight at all there is no group."""
    action = Forward(groups=(("a", 3), ("none", 0), ("b", 1)))
    assert [choose_group(action, draw) for draw in (0.0, 0.74, 0.75, 0.99)] == ["a", "a", "b", "b"]
    assert choose_group(Forward(groups=(("a", 0),)), 0.5) is None


def test_a_fixed_response_is_read() -> None:
    """Status, type and body; the last two have defaults."""
    config = {"StatusCode": "404", "MessageBody": "no"}
    assert parse_actions([{"Type": "fixed-response", "FixedResponseConfig": config}]) == FixedResponse(
        status=404, body="no"
    )


def test_an_action_that_is_not_played_is_never_skipped() -> None:
    """A rule that asks for a sign-in first does not forward without it."""
    actions = [
        {"Type": "forward", "TargetGroupArn": "a", "Order": 2},
        {"Type": "authenticate-oidc", "Order": 1},
    ]
    assert parse_actions(actions) == UnsupportedAction(type="authenticate-oidc")
    assert parse_actions([]) == UnsupportedAction(type="none")
