from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from lambdas.governance.admin import compose, entry
from lambdas.governance.audit import verify, walk
from lambdas.governance.ledger import Ledger
from lambdas.governance.publish import deploy
from lambdas.governance.slices import Catalogue
from policies.governance.checking import check
from policies.governance.values import Document

ADA = "arn:aws:iam::123456789012:user/ada"
BOB = "arn:aws:iam::123456789012:user/bob"
CALL = ("orbit", "axon", "reason")


@dataclass(frozen=True)
class Declared:
    caller: str
    callee: str
    intent: str
    path: Path | None = None
    line: int | None = None


CALLS = (Declared(*CALL),)
CATALOGUE = Catalogue(services=("axon", "orbit"), calls=CALLS)
CASES = [
    {
        "name": "orbit may reason",
        "request": {"service": "orbit", "intent": "reason", "target": "axon"},
        "expect": "allow",
    }
]


def written(name: str, effect: str = "forbid", action: str = "erase", when: str = "") -> str:
    return f'@id("{name}") @reason("why") {effect} (principal, action == Action::"{action}", resource){when};'


class Api:
    """Calls the handler as Lambda would for a request to its URL."""

    def __init__(self, handler: Callable[[Any, Any], dict[str, Any]]) -> None:
        self.handler = handler

    def __call__(
        self, method: str, path: str, body: Any = None, *, actor: str = ADA, match: str | None = None
    ) -> tuple[int, Any]:
        path, _, query = path.partition("?")
        event: dict[str, Any] = {
            "version": "2.0",
            "rawPath": path,
            "headers": {"if-match": f'"{match}"'} if match else {},
            "requestContext": {"http": {"method": method}, "authorizer": {"iam": {"userArn": actor}}},
            "isBase64Encoded": False,
        }
        if query:
            event["queryStringParameters"] = dict(pair.split("=") for pair in query.split("&"))
        if body is not None:
            event["body"] = body if isinstance(body, str) else json.dumps(body)
        answer = self.handler(event, None)
        return answer["statusCode"], json.loads(answer["body"])


@pytest.fixture
def version(dynamodb: Any, policy: Any) -> str:
    """The first version: the permit of the declared call, and one forbid."""
    documents = [Document(path=Path("no-erase.cedar"), text=written("no-erase"))]
    sources = check(Document(path=Path("s.cedarschema"), text=policy.sources().schema), documents, CALLS)
    return deploy("policies", sources, CATALOGUE, dynamodb, cases=CASES, actor="deployer").version


@pytest.fixture
def settings(dynamodb: Any) -> dict[str, str]:
    """Settings with a real key and a real bucket, both moto's."""
    key = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    boto3.client("s3").create_bucket(Bucket="trail", ObjectLockEnabledForBucket=True)
    return {"POLICY_TABLE": "policies", "AUDIT_KEY": key["KeyMetadata"]["Arn"], "AUDIT_BUCKET": "trail"}


@pytest.fixture
def api(version: str, settings: dict[str, str], dynamodb: Any) -> Api:
    admin = compose(settings, boto3.client)
    return Api(entry(lambda: admin))


@pytest.fixture
def strict(version: str, settings: dict[str, str], dynamodb: Any) -> Api:
    """Where a second person has to approve."""
    admin = compose({**settings, "POLICY_APPROVAL": "true"}, boto3.client)
    return Api(entry(lambda: admin))


def table(client: Any) -> list[Any]:
    return sorted(
        client.scan(TableName="policies")["Items"], key=lambda each: json.dumps(each, sort_keys=True)
    )


def ids(api: Api) -> list[str]:
    return [policy["id"] for policy in api("GET", "/policies")[1]["policies"]]


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
    status, gone = api("DELETE", "/policies/night", actor=BOB)
    assert (gone["removed"], gone["version"]) == (["night"], version)
    assert ids(api) == ["no-erase", "orbit-may-reason-on-axon"]
    entries = list(walk(Ledger(dynamodb, "policies").all_links()))
    assert [(entry.record.actor, entry.record.action) for entry in entries] == [
        ("deployer", "publish"),
        (ADA, "put"),
        (ADA, "put"),
        (BOB, "delete"),
    ]
    assert entries[1].record.details["text_after"] == written("night")
    assert entries[3].record.details["text_before"] == changed


def test_a_set_replaces_all_but_the_policies_of_declared_calls(api: Api, version: str) -> None:
    """What the set lacks is gone; the permit of a declared call stays, and can not be changed by hand."""
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
    assert api("POST", "/rollback", {"to": version})[1]["changed"] is False
    assert api("POST", "/rollback", {"to": "0" * 64})[0] == 404
    moves = api("GET", "/history")[1]["entries"]
    assert [(move["action"], move["actor"], move["version"]) for move in moves] == [
        ("rollback", BOB, version),
        ("put", ADA, second),
        ("publish", "deployer", version),
    ]
    assert moves[0]["note"] == "it was wrong"
    page = api("GET", "/history?limit=1")[1]
    assert api("GET", f"/history?limit=1&before={page['next']}")[1]["entries"] == [moves[1]]


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
    "absent": ("DELETE", "/policies/x", None, 404, "not-found"),
    "no such path": ("GET", "/secrets", None, 404, "not-found"),
    "no such method": ("PATCH", "/policies/x", None, 405, "not-allowed"),
    "bad number": ("GET", "/audit?after=-1", None, 400, "invalid-request"),
    "no such draft": ("POST", f"/drafts/{'a' * 36}/activate", None, 404, "not-found"),
    "bad version": ("POST", "/rollback", {"to": "latest"}, 400, "invalid-request"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_explained_and_changes_nothing(api: Api, dynamodb: Any, name: str) -> None:
    """A problem with type, status, detail and hint; the table is the same, item for item."""
    method, path, body, status, code = BAD[name]
    before = table(dynamodb)
    got, problem = api(method, path, body)
    assert (got, problem["code"], problem["status"]) == (status, code, status)
    assert problem["type"] == f"urn:myelin:problem:{code}"
    assert problem["detail"]
    assert table(dynamodb) == before


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
    status, problem = api("PUT", "/policies/y", {"text": written("y")}, match=version)
    assert (status, problem["code"], problem["expected"], problem["found"]) == (409, "conflict", version, now)
    assert ids(api) == ["no-erase", "x", "orbit-may-reason-on-axon"]


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
    """No change but by a draft that somebody else activates; going back to what was approved is free."""
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
    entries = [entry.record for entry in walk(Ledger(dynamodb, "policies").all_links())]
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


def test_who_calls_is_what_aws_says(api: Api) -> None:
    """An event without an authenticated caller is refused, whatever its headers or body claim."""
    event = {
        "rawPath": "/policies/x",
        "requestContext": {"http": {"method": "PUT"}},
        "headers": {"x-actor": ADA},
        "body": json.dumps({"text": written("x")}),
    }
    assert api.handler(event, None)["statusCode"] == 400
    odds: list[Any] = [{}, None, [], "x", {"requestContext": None}]
    for odd in odds:
        assert api.handler(odd, None)["statusCode"] == 400


def test_a_failure_that_nobody_foresaw_is_an_answer_too() -> None:
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
    ledger = Ledger(dynamodb, "policies")
    assert verify(ledger.all_links(), ()) == ledger.head()
    checkpoint = api("GET", "/audit")[1]["checkpoint"]
    assert json.loads(checkpoint["body"])["sequence"] == ledger.head().sequence == 5
    assert json.loads(checkpoint["body"])["digest"] == ledger.head().digest
