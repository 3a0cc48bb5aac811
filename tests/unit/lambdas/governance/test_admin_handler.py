from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas.governance.admin import entry
from policies.calls.store.ledger import PolicyLedger
from policies.calls.trail.chain import verified_entries, verify_chain
from tests.support.governance.admin_api import (
    ADA,
    BOB,
    Api,
    Context,
    administered,
    first_version,
    ids,
    written,
)


@pytest.fixture
def version(dynamodb: Any, policy: Any) -> str:
    return first_version(dynamodb, policy.sources().schema)


@pytest.fixture
def api(version: str) -> Api:
    return administered()


def test_a_policy_is_created_read_replaced_and_deleted(api: Api, version: str, dynamodb: Any) -> None:
    """Each change makes a version, says what changed, and is in the trail with its actor. GOV-2"""
    status, made = api("PUT", "/policies/night", {"text": written("night"), "note": "a try"})
    assert (status, made["before"], made["added"], made["changed"]) == (200, version, ["night"], True)
    status, found = api("GET", "/policies/night")
    assert (status, found["text"], found["action"], found["declared"]) == (
        200,
        written("night"),
        "erase",
        False,
    )
    status, again = api("PUT", "/policies/night", {"text": written("night")})
    assert (status, again["changed"], again["version"]) == (200, False, made["version"])
    changed = written("night", when=' when { context.environment == "prod" }')
    assert api("PUT", "/policies/night", {"text": changed})[1]["replaced"] == ["night"]
    status, gone = api("DELETE", "/policies/night", query={"note": "no longer needed"}, actor=BOB)
    assert (gone["removed"], gone["version"]) == (["night"], version)
    assert ids(api) == ["no-erase", "orbit-may-reason-on-axon"]
    entries = list(verified_entries(PolicyLedger(dynamodb, "policies").all_links()))
    assert [(entry.record.actor, entry.record.action) for entry in entries] == [
        ("deployer", "publish"),
        (ADA, "put"),
        (ADA, "put"),
        (BOB, "delete"),
    ]
    assert entries[1].record.details["text_after"] == written("night")
    assert entries[3].record.details["text_before"] == changed
    assert entries[3].record.details["note"] == "no longer needed"


def test_a_set_replaces_all_but_the_policies_of_declared_calls(api: Api, version: str) -> None:
    """What the set lacks is gone; the permit of a declared call stays, and cannot be changed by hand."""
    files = [{"path": "a.cedar", "text": written("a") + written("b")}]
    status, made = api("POST", "/publish", {"policies": files, "note": "new rules"})
    assert (status, made["added"], made["removed"]) == (200, ["a", "b"], ["no-erase"])
    assert ids(api) == ["a", "b", "orbit-may-reason-on-axon"]
    for refused in (
        api("DELETE", "/policies/orbit-may-reason-on-axon"),
        api("PUT", "/policies/orbit-may-reason-on-axon", {"text": written("orbit-may-reason-on-axon")}),
    ):
        assert (refused[0], refused[1]["code"]) == (409, "declared")
    status, shown = api("GET", "/versions/current")
    assert (shown["services"], shown["policies"], shown["cases"][0]["name"]) == (
        ["axon", "orbit"],
        3,
        "orbit may reason",
    )
    assert shown["calls"] == [{"caller": "orbit", "callee": "axon", "intent": "reason"}]


def test_a_rollback_goes_to_any_version_that_was_current(api: Api, version: str) -> None:
    """And to no other; the history names every move, newest first."""
    second = api("PUT", "/policies/x", {"text": written("x")})[1]["version"]
    status, back = api("POST", "/rollback", {"to": version, "note": "it was wrong"}, actor=BOB)
    assert (status, back["version"], back["before"]) == (200, version, second)
    assert (back["added"], back["removed"], back["replaced"]) == ([], ["x"], [])
    assert api("POST", "/rollback", {"to": version})[1]["changed"] is False
    assert api("POST", "/rollback", {"to": "0" * 64})[0] == 404
    moves = api("GET", "/history")[1]["entries"]
    assert [(move["action"], move["actor"], move["version"]) for move in moves] == [
        ("rollback", BOB, version),
        ("put", ADA, second),
        ("publish", "deployer", version),
    ]
    assert (moves[0]["note"], moves[0]["removed"]) == ("it was wrong", ["x"])
    page = api("GET", "/history?limit=1")[1]
    assert api("GET", f"/history?limit=1&before={page['next']}")[1]["entries"] == [moves[1]]


def test_a_fault_in_a_policy_has_its_place(api: Api) -> None:
    """File, line, column, what is wrong and what to do."""
    text = '@id("a")\n@reason("r")\npermit (principal, action == Action::"sing", resource);'
    _, problem = api("POST", "/publish", {"policies": [{"path": "rules/a.cedar", "text": text}]})
    (fault,) = problem["faults"]
    assert (fault["path"], fault["line"], fault["column"]) == ("rules/a.cedar", 3, 30)
    assert "sing" in fault["message"]
    assert fault["hint"]


def test_a_failed_case_is_named(api: Api) -> None:
    """The case, what it expected and what decided otherwise."""
    _, problem = api("PUT", "/policies/x", {"text": written("x", action="reason")})
    assert problem["faults"][0]["case"] == "orbit may reason"
    assert problem["faults"][0]["message"] == "expected allow, but it is denied by `x`: why"


def test_a_change_from_another_version_is_a_conflict_that_names_both(api: Api, version: str) -> None:
    """With `if-match` a change is made from that version or not at all."""
    now = api("PUT", "/policies/x", {"text": written("x")}, match=version)[1]["version"]
    for answer in (
        api("PUT", "/policies/y", {"text": written("y")}, match=version),
        api("DELETE", "/policies/no-erase", match=version),
    ):
        status, problem = answer
        assert (status, problem["code"]) == (409, "conflict")
        assert (problem["expected"], problem["found"]) == (version, now)
    assert ids(api) == ["no-erase", "x", "orbit-may-reason-on-axon"]


def test_policies_and_trail_come_in_pages(api: Api) -> None:
    """All of them, each once; the next page begins where the last ended."""
    text = "".join(written(f"p{number:02}") for number in range(25))
    api("POST", "/publish", {"policies": [{"path": "a", "text": text}]})
    found: list[str] = []
    path: str | None = "/policies?limit=10"
    while path:
        page = api("GET", path)[1]
        found += [policy["id"] for policy in page["policies"]]
        path = f"/policies?limit=10&after={page['next']}" if page["next"] else None
    assert found == ids(api)
    assert len(set(found)) == 26
    first = api("GET", "/audit?limit=1")[1]
    second = api("GET", f"/audit?limit=1&after={first['next']}")[1]
    assert (first["next"], second["next"]) == (1, None)
    assert [json.loads(page["entries"][0]["body"])["sequence"] for page in (first, second)] == [1, 2]


def test_who_calls_is_what_is_proved(api: Api) -> None:
    """An event without a proof is refused, whatever its headers or body claim."""
    event = {
        "rawPath": "/policies/x",
        "requestContext": {"http": {"method": "PUT"}},
        "headers": {"x-actor": ADA},
        "body": json.dumps({"text": written("x")}),
    }
    assert api.handler(event, Context())["statusCode"] == 403
    odds: list[Any] = [{}, None, [], "x", {"requestContext": None}]
    for odd in odds:
        assert api.handler(odd, None)["statusCode"] == 400


def test_an_unexpected_exception_is_an_answer_too() -> None:
    """It says that the function failed and nothing else."""

    def broken() -> Any:
        raise ZeroDivisionError("secret")

    status, problem = Api(entry(broken))("GET", "/policies")
    assert (status, problem["code"]) == (500, "internal-error")
    assert "secret" not in json.dumps(problem)


def test_the_trail_verifies_after_every_kind_of_change(api: Api, version: str, dynamodb: Any) -> None:
    """Chain and head agree, and the newest checkpoint signs for the last entry."""
    api("PUT", "/policies/x", {"text": written("x")})
    api("POST", "/rollback", {"to": version})
    draft = api("POST", "/drafts", {"change": {"kind": "delete", "id": "no-erase"}})[1]
    api("DELETE", f"/drafts/{draft['id']}")
    ledger = PolicyLedger(dynamodb, "policies")
    assert verify_chain(ledger.all_links(), ()) == ledger.head()
    checkpoint = api("POST", "/audit/checkpoints")[1]
    assert json.loads(checkpoint["body"])["sequence"] == ledger.head().sequence == 5
    assert json.loads(checkpoint["body"])["digest"] == ledger.head().digest
