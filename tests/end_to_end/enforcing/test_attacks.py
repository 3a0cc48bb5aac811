"""What a service, or whoever has caught its traffic, may try at the port of another; each is refused.

The policies permit everything here, so what refuses is the callee. What was refused told nobody why, reached
no handler, and has its reason in the log.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from policies.calls.granting.grant import Grant, sign_grant
from policies.calls.granting.keys import GrantKey, make_key
from tests.support.access.opened_secrets import opened_secrets
from tests.support.end_to_end.project import until
from tests.support.enforcing.declarations import DOOR, TWICE, Declarations
from tests.support.enforcing.played_caller import PlayedCallers, Prepared, Wanted
from tests.support.enforcing.policies import OPEN
from tests.support.enforcing.timeline import Timeline

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("enforcing")]

REFUSED = {"signature-refused", "grant-refused", "unauthenticated"}


@pytest.fixture(scope="module")
def deed(callers: PlayedCallers, timeline: Timeline, declared: Declarations) -> Wanted:
    """A declared call of a deed with attributes, at the service that runs twice, which is permitted."""
    opened = timeline.publish((OPEN,))
    (name, *_) = [
        one.name
        for one in declared.offers[TWICE]
        if not one.safe_to_repeat and one.attributes and (DOOR, TWICE, one.name) in declared.calls
    ]
    found = Wanted(caller=DOOR, callee=TWICE, intent=name, tenant="a", payload={"purpose": "dev", "size": 7})
    question = found.question(declared)
    until(lambda: callers.ask(question, alias=DOOR)["policy_version"] == opened.version, "the new version")
    return found


@pytest.fixture(scope="module")
def early(callers: PlayedCallers, deed: Wanted) -> str:
    """A grant that was given before all other tests."""
    return callers.grant(deed)


def claims(token: str) -> dict[str, str | int]:
    payload = token.split(".")[1]
    found: dict[str, str | int] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def elsewhere(declared: Declarations) -> Wanted:
    """A declared call of the same caller to another service."""
    edge = next(edge for edge in sorted(declared.calls) if edge[0] == DOOR and edge[1] != TWICE)
    return Wanted(caller=edge[0], callee=edge[1], intent=edge[2], tenant="a")


def other_intent(deed: Wanted, declared: Declarations) -> Wanted:
    """Another call to the same service."""
    edge = next(
        edge
        for edge in sorted(declared.calls)
        if edge[:2] == (deed.caller, deed.callee) and edge[2] != deed.intent
    )
    return replace(deed, intent=edge[2])


def other_caller(deed: Wanted, declared: Declarations) -> Wanted:
    """The same asked by another service that calls this one."""
    name = next(caller for caller, callee, _ in sorted(declared.calls) if callee == TWICE and caller != DOOR)
    return replace(deed, caller=name)


def refusal(callers: PlayedCallers, prepared: Prepared, answer: httpx.Response) -> str:
    """The reason in the log of a call that was refused, and reached nothing."""
    assert answer.status_code in (401, 403), answer.text
    assert answer.json()["type"].removeprefix("urn:myelin:problem:") in REFUSED
    lines = [line for line in callers.lines() if line.get("correlation_id") == prepared.correlation_id]
    assert "handler reached" not in {line["message"] for line in lines}
    refused = [line for line in lines if line["message"] in ("call refused", "deed repeated")][-1]
    reason = str(refused.get("reason") or refused["outcome"])
    assert reason not in answer.text
    return reason


Borrow = Callable[[Wanted, Declarations], Wanted]


@pytest.mark.usefixtures("early")
def test_an_honest_call_is_carried_out(callers: PlayedCallers, deed: Wanted) -> None:
    """The call is declared, signed and granted: the refusals below are deserved. GOV-4"""
    answer = callers.call(deed)
    assert (answer.status_code, answer.json()["done_for"]) == (200, DOOR), answer.text


@pytest.mark.parametrize(
    ("borrowed", "reason"),
    [
        (other_caller, "grant_of_other_caller"),
        (lambda _, declared: elsewhere(declared), "grant_of_other_callee"),
        (other_intent, "grant_of_other_intent"),
        (lambda deed, _: replace(deed, tenant="b"), "grant_of_other_tenant"),
        (lambda deed, _: replace(deed, tenant=None), "grant_of_other_tenant"),
        (lambda deed, _: replace(deed, payload={"purpose": "a", "size": 1}), "grant_of_other_question"),
        (lambda deed, _: replace(deed, payload={}), "grant_of_other_question"),
        (lambda deed, _: replace(deed, unproven=True), "grant_of_other_question"),
    ],
    ids=["caller", "callee", "intent", "tenant", "no tenant", "attributes", "no attributes", "proven"],
)
def test_a_grant_for_something_else(
    callers: PlayedCallers, declared: Declarations, deed: Wanted, borrowed: Borrow, reason: str
) -> None:
    """A grant for another caller, callee, intent, tenant, or other attributes opens nothing. GOV-4"""
    prepared = callers.prepare(deed, callers.grant(borrowed(deed, declared)))
    assert refusal(callers, prepared, callers.send(prepared, TWICE)) == reason


def test_no_grant(callers: PlayedCallers, deed: Wanted) -> None:
    """A declared caller that signs and never asked governance is refused. GOV-4, ZTN-1"""
    prepared = callers.prepare(deed, None)
    assert refusal(callers, prepared, callers.send(prepared, TWICE)) == "grant_missing"


def test_changed_on_its_way(callers: PlayedCallers, deed: Wanted) -> None:
    """Other attributes in the body, another tenant, or another grant than were signed. GOV-4, AXN-2"""
    honest = callers.prepare(deed, callers.grant(deed))
    body = replace(honest, body=honest.body.replace(b'"dev"', b'"abc"'))
    tenant = honest.but(x_myelin_tenant="b")
    token = honest.but(x_myelin_grant=callers.grant(replace(deed, tenant="b")))
    reasons = [refusal(callers, one, callers.send(one, TWICE)) for one in (tenant, token, body)]
    # the last one was as signed up to its body, which used the signature up
    assert reasons == ["signature_mismatch", "signature_mismatch", "payload_mismatch"]
    assert refusal(callers, honest, callers.send(honest, TWICE)) == "replayed"


def test_the_port_without_anything(callers: PlayedCallers, deed: Wanted) -> None:
    """Whoever reaches the port of a service gets nothing by that alone. NET-4, ZTN-1"""
    bare = callers.prepare(deed, None).but(
        authorization=None, x_amz_date=None, x_amz_content_sha256=None, x_myelin_nonce=None
    )
    assert refusal(callers, bare, callers.send(bare, TWICE)) == "missing_authorization"


def test_a_deed_is_not_replayed_anywhere(callers: PlayedCallers, deed: Wanted) -> None:
    """A caught request is refused by the instance that it was for, and by every other one: what is not safe
    to repeat is done once. GOV-4, AXN-2
    """
    caught = callers.prepare(deed, callers.grant(deed))
    assert callers.send(caught, TWICE, instance=0).status_code == 200
    assert callers.send(caught, TWICE, instance=1).status_code == 403
    assert callers.send(caught, TWICE, instance=1).status_code == 403
    assert callers.send(caught, TWICE, instance=0).status_code == 403
    told = [
        (line["message"], line.get("reason") or line.get("outcome"))
        for line in callers.lines()
        if line.get("correlation_id") == caught.correlation_id
        and line["message"] in ("handler reached", "call refused", "deed repeated")
    ]
    assert sorted(told, key=str) == [
        ("call refused", "replayed"),
        ("call refused", "replayed"),
        ("deed repeated", "copied"),
        ("handler reached", None),
    ]


def test_what_is_safe_to_repeat_is_replayed_once_to_another_instance(
    callers: PlayedCallers, declared: Declarations, deed: Wanted
) -> None:
    """As docs/sigv4.md says: within its 30 seconds, and once for each other instance."""
    name = next(
        one.name
        for one in declared.offers[TWICE]
        if one.safe_to_repeat and (DOOR, TWICE, one.name) in declared.calls
    )
    question = replace(deed, intent=name)
    caught = callers.prepare(question, callers.grant(question))
    statuses = [callers.send(caught, TWICE, instance=number).status_code for number in (0, 1, 0, 1)]
    assert statuses == [200, 200, 403, 403]


def test_a_service_that_asks_as_another(callers: PlayedCallers, declared: Declarations, deed: Wanted) -> None:
    """Governance knows a caller by the name that it was invoked by: no grant in another's, nor in nobody's.
    A grant of one's own does not serve under another's name. GOV-4
    """
    theirs = other_caller(deed, declared)
    question = theirs.question(declared)
    as_another = callers.ask(question, alias=DOOR)
    assert (as_another["allowed"], as_another["reason_code"]) == (False, "caller_mismatch")
    assert "grant" not in as_another
    assert "grant" not in callers.ask(question, alias=None)
    mine = callers.keys[DOOR, TWICE]
    named = callers.prepare(theirs, callers.grant(theirs), key=replace(mine, caller=theirs.caller))
    assert refusal(callers, named, callers.send(named, TWICE)) in ("unknown_key", "call_not_declared")


def test_an_intent_that_is_not_declared(callers: PlayedCallers, declared: Declarations, deed: Wanted) -> None:
    """A grant for a call that the caller does not declare is of no use: its signing key does not exist, or is
    for another intent. GOV-4
    """
    edge = next(
        (caller, callee, one.name)
        for callee, offered in sorted(declared.offers.items())
        for one in offered
        for caller in declared.callers()
        if caller != callee and (caller, callee, one.name) not in declared.calls
    )
    undeclared = Wanted(caller=edge[0], callee=edge[1], intent=edge[2])
    key = callers.keys.get(edge[:2]) or replace(callers.keys[deed.caller, deed.callee], caller=edge[0])
    prepared = callers.prepare(undeclared, callers.grant(undeclared), key=key)
    assert refusal(callers, prepared, callers.send(prepared, edge[1])) == "call_not_declared"


def resigned(token: str, key: GrantKey) -> str:
    """A grant that says the same, signed with another key, from now on."""
    said, now = claims(token), int(time.time())
    return sign_grant(
        Grant(
            issuer=str(said["iss"]),
            caller=str(said["sub"]),
            callee=str(said["aud"]),
            intent=str(said["int"]),
            tenant=str(said["ten"]),
            question_hash=str(said["qh"]),
            policy_version=str(said["pv"]),
            decision_id=str(said["jti"]),
            issued_at=now,
            expires_at=now + 3,
        ),
        key,
    )


def test_a_key_that_governance_has_dropped(callers: PlayedCallers, deed: Wanted) -> None:
    """A grant of a key that nobody published is refused; one of a key that was replaced is taken until the
    time at which it leaves, and not from then on, although a thief can make fresh ones. GOV-4, SEC-2
    """
    token, dropped = callers.grant(deed), make_key()
    forged = callers.prepare(deed, resigned(token, dropped))
    assert refusal(callers, forged, callers.send(forged, TWICE)) == "grant_key_unknown"

    def status() -> int:
        return callers.send(callers.prepare(deed, resigned(token, dropped)), TWICE).status_code

    arn = callers.project.platform.grant_keys_arn
    with opened_secrets(callers.project, arn) as secrets:
        published = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
        leaving = {**dropped.public_jwk(), "exp": int(time.time()) + 3}
        text = json.dumps({"keys": [*published["keys"], leaving]})
        secrets.put_secret_value(SecretId=arn, SecretString=text)
        try:
            until(lambda: status() == 200, "a grant of the key that leaves")
            until(lambda: status() == 403, "the time at which it leaves")
            late = callers.prepare(deed, resigned(token, dropped))
            assert refusal(callers, late, callers.send(late, TWICE)) == "grant_key_unknown"
        finally:
            secrets.put_secret_value(SecretId=arn, SecretString=json.dumps(published))


def test_an_expired_grant(callers: PlayedCallers, deed: Wanted, early: str) -> None:
    """A grant that has ended is refused, however fresh the signature. GOV-4"""
    ends = int(claims(early)["exp"])
    until(lambda: time.time() >= ends, "the end of the grant")
    late = callers.prepare(deed, early)
    assert refusal(callers, late, callers.send(late, TWICE)) == "grant_expired"
