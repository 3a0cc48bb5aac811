from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.runtime.signing.canonical import SignableRequest, canonical_request, signature, string_to_sign
from services.runtime.signing.sign import SigningKey, sign
from tests.support.services.granting import REASON, Granting
from tests.support.services.processes import HTTP, REGION, AwsClients, Process, StartService

BODY = b'{"input":"why"}'
SECRET = "s" * 64
BASE = {"content-type": "application/json", "x-correlation-id": "abc"}


@dataclass
class Axon:
    """A real Axon process, and the key of the edge from one caller."""

    process: Process
    secret_id: str
    key: SigningKey
    aws: AwsClients
    granting: Granting

    def rotate(self) -> SigningKey:
        secret = uuid.uuid4().hex * 2
        made = self.aws("secretsmanager").put_secret_value(SecretId=self.secret_id, SecretString=secret)
        return SigningKey(caller=self.key.caller, version=made["VersionId"], secret=secret)

    def signed(self, key: SigningKey | None = None, **changes: Any) -> dict[str, str]:
        key = key or self.key
        token = self.granting.token(key.caller, "axon", "reason", attributes={}, **changes)
        return sign(
            method="POST",
            url=f"{self.process.url}/reason",
            headers=BASE | {"x-myelin-grant": token},
            body=BODY,
            key=key,
            region=REGION,
        )

    def send(self, headers: Mapping[str, str], body: bytes = BODY, query: str = "") -> httpx.Response:
        return HTTP.post(f"{self.process.url}/reason{query}", headers=headers, content=body)

    def refusals(self) -> list[str]:
        return [line["reason"] for line in self.process.lines() if line["message"] == "call refused"]


@pytest.fixture(scope="module")
def edges(start_shared_service: StartService, aws: AwsClients) -> Mapping[str, Axon]:
    """One process, and an edge to it for each caller."""
    made = {
        caller: aws("secretsmanager").create_secret(Name=f"test/{uuid.uuid4()}", SecretString=SECRET)
        for caller in ("orbit", "rotating")
    }
    callers = [
        {"service": caller, "signing_secret": secret["ARN"], "intents": ["reason"]}
        for caller, secret in made.items()
    ]
    granting = Granting()
    process = start_shared_service(
        "services.axon.app:service",
        {
            "MYELIN_SERVICE": "axon",
            "HEARTBEAT_KEY": "h" * 32,
            "CALLERS": json.dumps(callers),
            "INTENTS": REASON,
            **granting.environ(granting.publish(aws)),
        },
    )
    return {
        caller: Axon(
            process=process,
            secret_id=secret["ARN"],
            key=SigningKey(caller=caller, version=secret["VersionId"], secret=SECRET),
            aws=aws,
            granting=granting,
        )
        for caller, secret in made.items()
    }


def signed_at(axon: Axon, moment: datetime) -> dict[str, str]:
    """A request correctly signed with the right key at another moment; botocore signs only now."""
    headers = axon.signed()
    headers["x-amz-date"] = moment.strftime("%Y%m%dT%H%M%SZ")
    names = sorted(set(headers) - {"authorization"})
    canonical = canonical_request(
        SignableRequest(method="POST", path="/reason", query="", headers=tuple(headers.items()), body=BODY),
        signed_headers=names,
        payload_hash=headers["x-amz-content-sha256"],
    )
    date = headers["x-amz-date"][:8]
    scope = f"{date}/{REGION}/myelin/aws4_request"
    text = string_to_sign(timestamp=headers["x-amz-date"], scope=scope, canonical=canonical)
    found = signature(secret=axon.key.secret, date=date, region=REGION, service="myelin", text=text)
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={axon.key.access_key_id}/{scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={found}"
    )
    return headers


@pytest.mark.xdist_group("axon-http")
def test_what_axon_accepts_and_refuses_over_http(edges: Mapping[str, Axon]) -> None:
    """Signed is served; unsigned, wrong, unknown, expired, altered, replayed is not (AXN-2)."""
    axon = edges["orbit"]
    before = axon.refusals()
    now = datetime.now(UTC)
    wrong = SigningKey(caller="orbit", version=axon.key.version, secret="w" * 64)
    unknown = SigningKey(caller="orbit", version=str(uuid.uuid4()), secret=axon.key.secret)
    stranger = SigningKey(caller="stranger", version=axon.key.version, secret=axon.key.secret)
    once = axon.signed()

    assert axon.send(once).status_code == 200
    assert axon.send(signed_at(axon, now - timedelta(seconds=20))).status_code == 200
    cases: list[tuple[httpx.Response, int, str]] = []
    for answer, status, reason in (
        (axon.send(once), 403, "replayed"),
        (axon.send(BASE), 401, "missing_authorization"),
        (axon.send({**BASE, "authorization": "Bearer x"}), 401, "malformed_authorization"),
        (axon.send(axon.signed(wrong)), 403, "signature_mismatch"),
        (axon.send(axon.signed(unknown)), 403, "unknown_key"),
        (axon.send(axon.signed(stranger)), 403, "call_not_declared"),
        (axon.send(axon.signed(expires_at=int(time.time()) - 1)), 403, "grant_expired"),
        (axon.send(axon.signed(caller="rotating")), 403, "grant_of_other_caller"),
        (axon.send(axon.signed(callee="orbit")), 403, "grant_of_other_callee"),
        (axon.send(axon.signed(tenant="acme")), 403, "grant_of_other_tenant"),
        (axon.send(signed_at(axon, now - timedelta(seconds=60))), 401, "expired"),
        (axon.send(signed_at(axon, now + timedelta(seconds=60))), 401, "not_yet_valid"),
        (axon.send(axon.signed(), b'{"input":"else"}'), 403, "payload_mismatch"),
        (axon.send(axon.signed(), query="?a=1"), 403, "signature_mismatch"),
        (axon.send({**axon.signed(), "x-correlation-id": "other"}), 403, "signature_mismatch"),
        (axon.send({**axon.signed(), "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}), 403, "unsigned_payload"),
        (axon.send({**axon.signed(), "x-myelin-more": "1"}), 403, "header_not_signed"),
    ):
        cases.append((answer, status, reason))

    assert axon.refusals() == [*before, *(reason for _, _, reason in cases)]
    for answer, status, reason in cases:
        assert answer.status_code == status, reason
        assert answer.headers["content-type"] == "application/problem+json"
        assert reason not in answer.text
        assert ("www-authenticate" in answer.headers) is (status == 401)
    assert len({answer.json()["detail"] for answer, status, _ in cases if status == 403}) == 1
    assert len({answer.json()["detail"] for answer, status, _ in cases if status == 401}) == 1


@pytest.mark.xdist_group("axon-http")
def test_a_rotation_needs_no_restart(edges: Mapping[str, Axon]) -> None:
    """A rotated key is picked up at its first use, and the previous one stays good (SEC-2)."""
    axon = edges["rotating"]
    second = axon.rotate()
    assert axon.send(axon.signed(second)).status_code == 200
    assert axon.send(axon.signed()).status_code == 200

    third = axon.rotate()
    assert axon.send(axon.signed(third)).status_code == 200
    assert axon.send(axon.signed(second)).status_code == 200
    assert axon.send(axon.signed()).status_code == 403
    assert axon.refusals()[-1] == "unknown_key"


def test_a_secret_that_cannot_be_read_stops_the_start(start_service: StartService, aws: AwsClients) -> None:
    """Secrets are loaded at start: without them Axon does not serve, and says why (AXN-1)."""
    granting = Granting()
    process = start_service(
        "services.axon.app:service",
        {
            "MYELIN_SERVICE": "axon",
            "HEARTBEAT_KEY": "h" * 32,
            "CALLERS": json.dumps([{"service": "orbit", "signing_secret": "missing", "intents": ["reason"]}]),
            "INTENTS": REASON,
            **granting.environ(granting.publish(aws)),
            "START_TIMEOUT_SECONDS": "0.3",
        },
        ready=False,
    )

    assert process.popen.wait(20) == 1
    line = process.wait_for("service cannot start")
    assert line["problem"] == "secret `missing` could not be read: ResourceNotFoundException"
