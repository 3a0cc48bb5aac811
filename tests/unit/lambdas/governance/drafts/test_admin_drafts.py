from __future__ import annotations

from typing import Any

import pytest

from policies.calls.store.ledger import PolicyLedger
from policies.calls.trail.chain import verified_entries
from tests.support.governance.admin_api import ADA, BOB, Api, administered, first_version, ids, table, written


@pytest.fixture
def version(dynamodb: Any, policy: Any) -> str:
    return first_version(dynamodb, policy.sources().schema)


@pytest.fixture
def api(version: str) -> Api:
    return administered()


@pytest.fixture
def strict(version: str) -> Api:
    """Where a second person has to approve."""
    return administered(POLICY_APPROVAL="true")


def test_a_draft_changes_nothing_until_it_is_activated(api: Api, version: str) -> None:
    """It is checked, listed, and then becomes exactly the version that it said."""
    wanted = {"change": {"kind": "put", "id": "x", "text": written("x")}, "note": "please look"}
    status, draft = api("POST", "/drafts", wanted)
    assert (status, draft["author"], draft["base"], draft["added"]) == (201, ADA, version, ["x"])
    assert api("GET", "/drafts")[1]["drafts"] == [draft]
    assert api("GET", f"/drafts/{draft['id']}")[1] == draft
    assert "x" not in ids(api)
    status, made = api("POST", f"/drafts/{draft['id']}/activate")
    assert (status, made["version"], made["added"]) == (200, draft["version"], ["x"])
    assert "x" in ids(api)
    assert api("GET", "/drafts")[1]["drafts"] == []
    assert api("POST", f"/drafts/{draft['id']}/activate")[0] == 404


def test_where_approval_is_required_one_person_alone_changes_nothing(
    strict: Api, version: str, dynamodb: Any
) -> None:
    """No change but by a draft that another person activates; going back to what was approved is free."""
    for method, path, body in (
        ("PUT", "/policies/x", {"text": written("x")}),
        ("DELETE", "/policies/no-erase", None),
        ("POST", "/publish", {"policies": []}),
    ):
        status, problem = strict(method, path, body)
        assert (status, problem["code"]) == (403, "approval-required")
    draft = strict("POST", "/drafts", {"change": {"kind": "delete", "id": "no-erase"}})[1]
    before = table(dynamodb)
    status, problem = strict("POST", f"/drafts/{draft['id']}/activate")
    assert (status, problem["code"]) == (403, "same-actor")
    # the version of a draft was never current, so it is nothing to go back to
    assert strict("POST", "/rollback", {"to": draft["version"]})[0] == 404
    assert table(dynamodb) == before
    assert strict("POST", f"/drafts/{draft['id']}/activate", actor=BOB)[1]["removed"] == ["no-erase"]
    assert strict("POST", "/rollback", {"to": version})[0] == 200
    entries = [entry.record for entry in verified_entries(PolicyLedger(dynamodb, "policies").all_links())]
    assert [(one.action, one.actor) for one in entries] == [
        ("publish", "deployer"),
        ("draft", ADA),
        ("activate", BOB),
        ("rollback", ADA),
    ]
    assert entries[2].details["author"] == ADA


def test_a_draft_from_a_version_that_is_gone_is_a_conflict(api: Api, version: str) -> None:
    """What is activated is what was looked at, so a draft does not move on to another version by itself."""
    files = [{"path": "a", "text": written("a")}]
    draft = api("POST", "/drafts", {"change": {"kind": "publish", "policies": files}})[1]
    now = api("PUT", "/policies/x", {"text": written("x")})[1]["version"]
    status, problem = api("POST", f"/drafts/{draft['id']}/activate", actor=BOB)
    assert (status, problem["expected"], problem["found"]) == (409, version, now)
    assert api("DELETE", f"/drafts/{draft['id']}")[1] == draft
