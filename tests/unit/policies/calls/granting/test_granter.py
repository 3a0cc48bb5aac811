"""Who gets a grant with an answer. GOV-4."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from policies.calls.deciding.authorizer import Decided
from policies.calls.deciding.model import Answer, Question
from policies.calls.deciding.reason_codes import ReasonCode
from policies.calls.granting.errors import GrantError
from policies.calls.granting.grant import TIMED_SECONDS
from policies.calls.granting.granting import Granted, Granter
from policies.calls.granting.keys import GrantKey, make_key

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
BOUND = 60.0
KEY = make_key()
QUESTION = Question(service="orbit", intent="reason", target="axon", tenant="t", context={"purpose": "x"})


def no_key() -> GrantKey:
    raise GrantError("there is no key", hint="rotate")


def decided(**changes: Any) -> Decided:
    answer = Answer(
        allowed=True,
        reason="permitted by `p`",
        reason_code=ReasonCode.PERMITTED,
        policies=("p",),
        policy_version="v1",
        decision_id="d1",
        evaluated_at=NOW,
        service="orbit",
        intent="reason",
        target="axon",
        correlation_id="c1",
    )
    return Decided(answer=answer, question=QUESTION, confirmed_at=NOW, reads_time=False)._replace(**changes)


def granted(
    given: Decided, *, asked_by: str | None = "orbit", key: Callable[[], GrantKey] = lambda: KEY
) -> Granted:
    granter = Granter(issuer="1/eu/dev", key=key, bound_seconds=BOUND, now=lambda: NOW)
    return granter.grant(given, asked_by=asked_by)


def denied(code: ReasonCode) -> Decided:
    given = decided()
    answer = given.answer.model_copy(update={"allowed": False, "reason_code": code})
    return given._replace(answer=answer)


def test_the_caller_itself_gets_a_grant_of_what_was_decided() -> None:
    """The token, read by another library, names caller, callee, intent, tenant, version and decision."""
    found = granted(decided())
    assert found.token is not None
    claims = jwt.decode(found.token, OKPKey.import_key({**KEY.public_jwk()}), algorithms=["Ed25519"]).claims
    assert {name: claims[name] for name in ("iss", "sub", "aud", "int", "ten", "pv", "jti")} == {
        "iss": "1/eu/dev",
        "sub": "orbit",
        "aud": "axon",
        "int": "reason",
        "ten": "t",
        "pv": "v1",
        "jti": "d1",
    }
    assert found.expires_at == claims["exp"] == NOW.timestamp() + BOUND
    assert found.document()["grant"] == found.token


@pytest.mark.parametrize("asked_by", [None, "axon", "orbit2", ""])
def test_nobody_else_gets_one(asked_by: str | None) -> None:
    """Asked through no name, or through another caller's, there is an answer and no grant."""
    assert granted(decided(), asked_by=asked_by).token is None


@pytest.mark.parametrize("asked_by", ["axon", "orbit2", ""])
def test_asking_as_another_is_a_denial(asked_by: str) -> None:
    """Through a name of its own a service asks for itself alone: `caller_mismatch`, allowed or not."""
    answer = granted(decided(), asked_by=asked_by).answer
    assert (answer.allowed, answer.reason_code) == (False, ReasonCode.CALLER_MISMATCH)


@pytest.mark.parametrize("code", [code for code in ReasonCode if code is not ReasonCode.PERMITTED])
def test_a_denial_has_no_grant(code: ReasonCode) -> None:
    """Whatever the reason for a denial is, it stays, and nothing is signed."""
    found = granted(denied(code), key=no_key)
    assert (found.token, found.answer.reason_code) == (None, code)
    assert "grant" not in found.document()


@pytest.mark.parametrize(
    "given",
    [
        decided(confirmed_at=None),
        decided(confirmed_at=NOW - timedelta(seconds=BOUND)),
    ],
    ids=["never confirmed", "confirmed too long ago"],
)
def test_what_cannot_be_granted_is_denied(given: Decided) -> None:
    """Without a time to live there is no grant, and the answer turns into `grant_unavailable`."""
    found = granted(given)
    assert (found.token, found.answer.reason_code) == (None, ReasonCode.GRANT_UNAVAILABLE)
    assert not found.answer.allowed


def test_without_a_key_it_is_denied() -> None:
    """A permission that nobody can sign is a denial, and says why."""
    answer = granted(decided(), key=no_key).answer
    assert (answer.allowed, answer.reason) == (False, "there is no key")


def test_a_rule_about_the_time_is_granted_once_and_briefly() -> None:
    """Where a rule looks at the time the grant is not to be used again, and ends soon."""
    found = granted(decided(reads_time=True))
    assert not found.reusable
    assert found.expires_at is not None
    assert found.expires_at <= NOW.timestamp() + TIMED_SECONDS


def test_a_grant_shows_itself_nowhere() -> None:
    """The representation of what is granted has no token in it."""
    found = granted(decided())
    assert found.token is not None
    assert found.token not in repr(found)
