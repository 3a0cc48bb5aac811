"""The key of grants is rotated, as Secrets Manager does it, while calls go on. SEC-2, GOV-4"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest

from policies.calls.granting.grant import Grant, sign_grant
from policies.calls.granting.keys import GrantKey, make_key, read_key
from tests.support.access.opened_secrets import opened_secrets
from tests.support.end_to_end.axon_signer import BODY, Signer, axon_signer
from tests.support.end_to_end.observers import Caller
from tests.support.end_to_end.project import ProjectCopy, until

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("deployed")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantSecrets:
    """The two secrets of grants in the deployed sandbox."""

    project: ProjectCopy
    signing_key: str
    client: Any
    """A client that both are open to."""

    def current(self) -> GrantKey:
        """The key that signs."""
        return read_key(self.client.get_secret_value(SecretId=self.signing_key)["SecretString"])

    def published(self) -> list[dict[str, Any]]:
        """The public keys."""
        found = self.client.get_secret_value(SecretId=self.project.platform.grant_keys_arn)
        keys: list[dict[str, Any]] = json.loads(found["SecretString"])["keys"]
        return keys

    def publish(self, keys: list[dict[str, Any]]) -> None:
        """Write the set, as whoever may write it could."""
        self.client.put_secret_value(
            SecretId=self.project.platform.grant_keys_arn, SecretString=json.dumps({"keys": keys})
        )

    def rotate(self) -> GrantKey:
        """Rotate by Secrets Manager's own call; gives the key that is current then."""
        version = self.client.rotate_secret(SecretId=self.signing_key)["VersionId"]

        def done() -> bool:
            labels = self.client.describe_secret(SecretId=self.signing_key)["VersionIdsToStages"]
            return bool(labels.get(version) == ["AWSCURRENT"])

        until(done, "the new version is the current one, and pending no more")
        return self.current()


@pytest.fixture
def secrets(deployed: ProjectCopy) -> Iterator[GrantSecrets]:
    signing_key = "sandbox/grants/signing-key"
    with opened_secrets(deployed, signing_key, deployed.platform.grant_keys_arn) as client:
        yield GrantSecrets(project=deployed, signing_key=signing_key, client=client)


def signed_by(key: GrantKey, grant: str) -> str:
    """A grant of the same claims, but issued now, and signed with any key."""
    payload = grant.split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    now = int(time.time())
    return sign_grant(
        Grant(
            issuer=claims["iss"],
            caller=claims["sub"],
            callee=claims["aud"],
            intent=claims["int"],
            tenant=None,
            question_hash=claims["qh"],
            policy_version=claims["pv"],
            decision_id=claims["jti"],
            issued_at=now,
            expires_at=now + 10,
        ),
        key,
    )


def answers(project: ProjectCopy, signer: Signer, key: GrantKey) -> set[tuple[int, str]]:
    """How each Axon answers a call with a grant by this key: status, and the reason in the log."""
    found = set()
    for task in project.tasks("axon"):
        one = replace(
            signer, url=f"http://127.0.0.1:{task['port']}/reason", grant=signed_by(key, signer.grant)
        )
        answer = project.request("POST", one.url, content=BODY, headers=one.sign())
        reason = ""
        if answer.status_code != 200:
            lines = project.logs(answer.headers["x-correlation-id"], "call refused")
            reason = next(str(line["reason"]) for line in lines if line["message"] == "call refused")
        found.add((answer.status_code, reason))
    return found


def assert_taken(project: ProjectCopy, signer: Signer, key: GrantKey) -> None:
    """Every Axon takes grants by this key, at the latest when it may read the set again: after a second."""
    until(lambda: answers(project, signer, key) == {(200, "")}, f"the key {key.kid} is taken")


def test_rotated_twice_under_calls(deployed: ProjectCopy, secrets: GrantSecrets) -> None:
    """While callers go on, the key is rotated twice by Secrets Manager's own call: none of their calls fails,
    and every Axon takes grants by the new key, and by the two before while they are still published.
    """
    signer, first = axon_signer(deployed), secrets.current()
    with ExitStack() as callers:
        running = [callers.enter_context(Caller(deployed, target="axon")) for _ in range(3)]
        second = secrets.rotate()
        third = secrets.rotate()
        before = [caller.calls for caller in running]
        until(
            lambda: all(
                caller.calls > calls + 1 or caller.failures
                for caller, calls in zip(running, before, strict=True)
            ),
            "calls of each caller after the second rotation",
        )
    assert [failure for caller in running for failure in caller.failures] == []
    assert len({first.kid, second.kid, third.kid}) == 3
    for key in (third, second, first):
        assert_taken(deployed, signer, key)
    leaving = {entry["kid"]: "exp" in entry for entry in secrets.published()}
    assert leaving[third.kid] is False
    assert leaving[second.kid] is leaving[first.kid] is True


def test_a_key_that_was_dropped_signs_nothing_any_more(deployed: ProjectCopy, secrets: GrantSecrets) -> None:
    """A key that has left the set is refused by every Axon, whoever still has it, although the grant is for
    this very call and has not expired; the next rotation takes it out of the set.
    """
    signer, gone = axon_signer(deployed), make_key()
    secrets.publish([*secrets.published(), gone.public_jwk()])
    assert_taken(deployed, signer, gone)
    secrets.publish(
        [
            {**entry, "exp": int(time.time()) - 1} if entry["kid"] == gone.kid else entry
            for entry in secrets.published()
        ]
    )
    current = secrets.rotate()
    assert gone.kid not in {entry["kid"] for entry in secrets.published()}
    # a grant by the new key has each Axon read the set again
    assert_taken(deployed, signer, current)
    assert answers(deployed, signer, gone) == {(403, "grant_key_unknown")}
