"""Grants come with the answer to a caller that asks through its own alias, and with nothing else. GOV-4."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from lambdas.governance.decide import DecideFunction, caller_of, entry
from lambdas.governance.grant_key import RETRY_SECONDS, GrantKeyReader
from policies.calls.deciding.authorizer import Authorizer
from policies.calls.deciding.model import Question
from policies.calls.deciding.snapshot import SnapshotCache, SnapshotLimits
from policies.calls.granting.errors import GrantError
from policies.calls.granting.granting import Granter
from policies.calls.granting.keys import GrantKey, make_key
from policies.calls.store.errors import StoreUnreachableError
from policies.calls.versions.slices import cut
from services.runtime.grants.grant import Expected, VerifiedGrant, read_grant
from services.runtime.grants.key_set import read_key_set
from services.runtime.grants.question import question_hash
from tests.support.governance.decide_function import function_of, usual_catalogue, usual_sources

ISSUER, BOUND = "123456789012/eu-central-1/dev", 10
ARN = "arn:aws:lambda:eu-central-1:123456789012:function:dev-governance-decide"
ASKED: dict[str, Any] = {"service": "orbit", "intent": "reason", "target": "axon"}
KEY = make_key()
Ask = Callable[..., dict[str, Any]]


@dataclass
class Invoked:
    """The context of an invocation, as Lambda gives it."""

    invoked_function_arn: str


def own(caller: str) -> Invoked:
    return Invoked(f"{ARN}:caller-{caller}")


@pytest.fixture
def function(memory: Any, clock: Any, policy: Any) -> DecideFunction:
    memory.publish(cut(usual_sources(policy), usual_catalogue(policy)))
    authorizer = Authorizer(
        cache=SnapshotCache(memory, clock, SnapshotLimits(refresh_seconds=2, staleness_seconds=BOUND)),
        clock=clock,
        environment="dev",
        parse=Question.model_validate,
        new_id=lambda: "d-1",
    )
    made = function_of(authorizer)
    granter = Granter(issuer=ISSUER, key=lambda: KEY, bound_seconds=BOUND, now=clock.now)
    return DecideFunction(authorizer=authorizer, log=made.log, granter=granter)


@pytest.fixture
def ask(function: DecideFunction) -> Ask:
    return entry(lambda: function)


def verified(answer: dict[str, Any], now: float, **changes: Any) -> Any:
    """What a callee makes of the grant in an answer to `ASKED`."""
    text = json.dumps({"keys": [KEY.public_jwk()]})
    keys = {header: key.public for header, key in read_key_set(text).items()}
    expected = {"issuer": ISSUER, "caller": "orbit", "callee": "axon", "intent": "reason", "tenant": None}
    return read_grant(
        (answer["grant"],), keys, Expected(bound_seconds=BOUND, **(expected | changes)), now=now
    )


def test_a_caller_that_asks_through_its_own_alias_gets_a_grant(ask: Ask, clock: Any) -> None:
    """The callee takes it for this very question, until the bound after the version was confirmed."""
    answer = ask(ASKED, own("orbit"))
    now = clock.now().timestamp()
    grant = verified(answer, now)
    assert isinstance(grant, VerifiedGrant)
    asked: dict[str, Any] = {"caller": "orbit", "callee": "axon", "intent": "reason", "tenant": None}
    assert grant.holds(question_hash(**asked, attributes=None, unproven=False), now=now) is None
    assert (grant.decision_id, grant.policy_version) == (answer["decision_id"], answer["policy_version"])
    assert answer["grant_expires_at"] == grant.expires_at == int(now) + BOUND
    assert answer["grant_reusable"] is True


@pytest.mark.parametrize(
    "extra", [{"tenant": "acme"}, {"context": {"purpose": "x"}}, {"context": {}}, {"unproven": True}]
)
def test_all_of_the_question_is_in_the_grant(ask: Ask, clock: Any, extra: dict[str, Any]) -> None:
    """Tenant, attributes and provenness are bound: the hash is the callee's, of the same question alone."""
    answer = ask(ASKED | extra, own("orbit"))
    now = clock.now().timestamp()
    grant = verified(answer, now, tenant=extra.get("tenant"))
    assert isinstance(grant, VerifiedGrant)
    asked: dict[str, Any] = {
        "caller": "orbit",
        "callee": "axon",
        "intent": "reason",
        "tenant": extra.get("tenant"),
    }
    hashed = question_hash(**asked, attributes=extra.get("context"), unproven=extra.get("unproven", False))
    assert grant.holds(hashed, now=now) is None
    other = question_hash(**asked, attributes={"purpose": "y"}, unproven=False)
    assert grant.holds(other, now=now) is not None


@pytest.mark.parametrize(
    "arn", [ARN, f"{ARN}:live", f"{ARN}:7", f"{ARN}:caller-", "", None, f"{ARN}:x:caller-orbit"]
)
def test_asked_by_any_other_name_nothing_is_granted(ask: Ask, arn: Any) -> None:
    """The function itself, another alias, a version: the answer alone."""
    assert "grant" not in ask(ASKED, Invoked(arn))


def test_nobody_asks_for_another_service(ask: Ask) -> None:
    """Through its own alias a caller is told no about any other, whatever the policies say."""
    answer = ask(ASKED, own("hub"))
    assert (answer["allowed"], answer["reason_code"]) == (False, "caller_mismatch")
    assert "grant" not in answer


def test_a_denial_has_no_grant(ask: Ask) -> None:
    """What is forbidden is not granted."""
    answer = ask(ASKED | {"tenant": "evil"}, own("orbit"))
    assert (answer["allowed"], "grant" in answer) == (False, False)


def test_a_request_over_http_has_no_grant(ask: Ask) -> None:
    """The function URL answers decisions alone, through whichever alias it hangs on."""
    event = {
        "version": "2.0",
        "rawPath": "/",
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": {"method": "POST", "path": "/"}},
        "body": json.dumps(ASKED),
        "isBase64Encoded": False,
    }
    assert "grant" not in json.dumps(ask(event, own("orbit")))


def test_a_grant_ends_with_the_bound_of_its_snapshot(ask: Ask, memory: Any, clock: Any) -> None:
    """A version that could not be confirmed for six seconds has four left; never a full bound from now."""
    first = ask(ASKED, own("orbit"))
    memory.failure = StoreUnreachableError("down", table="policies")
    clock.advance(6)
    later = ask(ASKED, own("orbit"))
    assert later["grant_expires_at"] == first["grant_expires_at"]


def test_a_rule_about_the_time_makes_the_grant_short_and_single(
    ask: Ask, memory: Any, policy: Any, clock: Any
) -> None:
    """A moment later the rule may say otherwise: two seconds, and for one request."""
    timed = policy("night", "forbid", when='context.time < datetime("2020-01-01")')
    sources = policy.sources(*usual_sources(policy).policies, timed)
    memory.publish(cut(sources, usual_catalogue(policy)))
    answer = ask(ASKED, own("orbit"))
    assert answer["grant_expires_at"] <= clock.now().timestamp() + 2
    assert answer["grant_reusable"] is False


def test_without_a_key_nothing_is_allowed(function: DecideFunction, clock: Any) -> None:
    """An allow without a grant would be refused by the callee: it is a denial that says so."""

    def none() -> GrantKey:
        raise GrantError("the signing key of grants cannot be read: AccessDenied")

    granter = Granter(issuer=ISSUER, key=none, bound_seconds=BOUND, now=clock.now)
    broken = DecideFunction(authorizer=function.authorizer, log=function.log, granter=granter)
    answer = entry(lambda: broken)(ASKED, own("orbit"))
    assert (answer["allowed"], answer["reason_code"]) == (False, "grant_unavailable")


def test_a_grant_shows_itself_nowhere(
    ask: Ask, function: DecideFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the log nor a representation has it."""
    granted = function.ask_for(ASKED, caller="orbit")
    assert granted.token
    assert granted.token not in repr(granted)
    token = ask(ASKED, own("orbit"))["grant"]
    assert token.split(".")[2] not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arn", "caller"), [(f"{ARN}:caller-a-b", "a-b"), (f"{ARN}:live", None), (None, None), (5, None)]
)
def test_the_caller_is_read_from_the_invoked_name(arn: Any, caller: str | None) -> None:
    """`caller-<name>` is the alias of that caller."""
    assert caller_of(Invoked(arn)) == caller
    assert caller_of(None) is None


class Secret:
    """A secret of Secrets Manager that can fail."""

    def __init__(self) -> None:
        self.key = make_key()
        self.failure: Exception | None = None
        self.readings = 0

    def get_secret_value(self, **_: Any) -> dict[str, str]:
        self.readings += 1
        if self.failure:
            raise self.failure
        return {"SecretString": self.key.secret()}


def reader(secret: Secret, clock: Any) -> GrantKeyReader:
    return GrantKeyReader(client=secret, secret_id="s", cache_seconds=60, monotonic=clock.monotonic)


def test_the_key_is_read_again_when_it_is_a_minute_old(clock: Any) -> None:
    """A rotated key signs within the time for which the old one is still taken."""
    secret = Secret()
    keys = reader(secret, clock)
    first = keys.key()
    secret.key = make_key()
    clock.advance(59)
    assert keys.key().kid == first.kid
    clock.advance(1)
    assert keys.key().kid == secret.key.kid
    assert secret.readings == 2


@pytest.mark.parametrize(
    "failure",
    [
        ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetSecretValue"),
        EndpointConnectionError(endpoint_url="x"),
    ],
)
def test_a_known_key_signs_on_while_its_secret_cannot_be_read(clock: Any, failure: Exception) -> None:
    """And there is none before the first reading; a failing secret is not asked at every decision."""
    secret = Secret()
    secret.failure = failure
    keys = reader(secret, clock)
    for _ in range(3):
        with pytest.raises(GrantError):
            keys.key()
    assert secret.readings == 1
    secret.failure = None
    clock.advance(RETRY_SECONDS)
    first = keys.key()
    secret.failure = failure
    clock.advance(100)
    assert keys.key().kid == first.kid
