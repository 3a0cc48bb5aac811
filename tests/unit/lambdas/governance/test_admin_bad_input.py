from __future__ import annotations

from typing import Any

import pytest

from tests.support.governance.admin_api import BOB, CASES, Api, administered, first_version, table, written


@pytest.fixture(scope="module")
def api(shared_dynamodb: Any, policy_class: Any) -> Api:
    first_version(shared_dynamodb, policy_class().sources().schema)
    return administered()


BAD = {
    "not json": ("PUT", "/policies/x", "{", 400, "invalid-request"),
    "no text": ("PUT", "/policies/x", {}, 400, "invalid-request"),
    "another field": ("PUT", "/policies/x", {"text": written("x"), "actor": BOB}, 400, "invalid-request"),
    "bad id": ("PUT", "/policies/%2e%2e", {"text": written("x")}, 400, "invalid-request"),
    "another id": ("PUT", "/policies/x", {"text": written("y")}, 422, "invalid-policy"),
    "two policies": ("PUT", "/policies/x", {"text": written("x") + written("y")}, 422, "invalid-policy"),
    "does not parse": (
        "PUT",
        "/policies/x",
        {"text": '@id("x") @reason("r") permit ();'},
        422,
        "invalid-policy",
    ),
    "no reason": (
        "PUT",
        "/policies/x",
        {"text": '@id("x") permit (principal,action,resource);'},
        422,
        "invalid-policy",
    ),
    "deep": ("PUT", "/policies/x", {"text": "(" * 5000}, 422, "invalid-policy"),
    "too long": ("PUT", "/policies/x", {"text": "x" * 20_000}, 400, "invalid-request"),
    "unknown attribute": (
        "PUT",
        "/policies/x",
        {"text": written("x", when=" when { context.shoe }")},
        422,
        "invalid-policy",
    ),
    "a forbid that can never apply": (
        "PUT",
        "/policies/x",
        {"text": written("x", when=" when { context has tennant }")},
        422,
        "invalid-policy",
    ),
    "a set with a forbid about nobody": (
        "POST",
        "/publish",
        {"policies": [{"path": "a", "text": written("a", when=' when { principal == Service::"ghost" }')}]},
        422,
        "invalid-policy",
    ),
    "breaks a case": ("PUT", "/policies/x", {"text": written("x", action="reason")}, 422, "cases-failed"),
    "breaks its own case": (
        "PUT",
        "/policies/x",
        {"text": written("x"), "cases": [{**CASES[0], "expect": "deny"}]},
        422,
        "cases-failed",
    ),
    "a case that is none": (
        "PUT",
        "/policies/x",
        {"text": written("x"), "cases": [{}]},
        422,
        "invalid-policy",
    ),
    "duplicate ids": (
        "POST",
        "/publish",
        {"policies": [{"path": "a", "text": written("a")}, {"path": "b", "text": written("a")}]},
        422,
        "invalid-policy",
    ),
    "schema": ("POST", "/publish", {"policies": [], "schema": "entity"}, 422, "invalid-policy"),
    "deep json": ("POST", "/publish", "[" * 100 + "]" * 100, 400, "invalid-request"),
    "very deep json": ("POST", "/publish", "[" * 100_000, 400, "invalid-request"),
    "a note that is too long": (
        "DELETE",
        f"/policies/no-erase?note={'x' * 501}",
        None,
        400,
        "invalid-request",
    ),
    "absent": ("DELETE", "/policies/x", None, 404, "not-found"),
    "no such path": ("GET", "/secrets", None, 404, "not-found"),
    "no such method": ("PATCH", "/policies/x", None, 405, "not-allowed"),
    "bad number": ("GET", "/audit?after=-1", None, 400, "invalid-request"),
    "no such draft": ("POST", f"/drafts/{'a' * 36}/activate", None, 404, "not-found"),
    "bad version": ("POST", "/rollback", {"to": "latest"}, 400, "invalid-request"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_explained_and_changes_nothing(api: Api, shared_dynamodb: Any, name: str) -> None:
    """A problem with type, status, detail and hint; the table is the same, item for item."""
    method, path, body, status, code = BAD[name]
    before = table(shared_dynamodb)
    got, problem = api(method, path, body)
    assert (got, problem["code"], problem["status"]) == (status, code, status)
    assert problem["type"] == f"urn:myelin:problem:{code}"
    assert problem["detail"]
    assert table(shared_dynamodb) == before
