"""What Axon makes of requests that are not signed as they should be, through its real port."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.support.end_to_end.axon_signer import BODY, Signer, axon_signer
from tests.support.end_to_end.project import ProjectCopy

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("deployed")]


@pytest.fixture
def signer(deployed: ProjectCopy) -> Signer:
    """Orbit's key, and one process of Axon, the same in each test."""
    return axon_signer(deployed)


def send(
    project: ProjectCopy, signer: Signer, headers: Mapping[str, str], *, body: bytes = BODY, more: str = ""
) -> httpx.Response:
    """Post what the headers sign, or something else; `more` is appended to the URL."""
    return project.request("POST", signer.url + more, content=body, headers=dict(headers))


def assert_refused(
    project: ProjectCopy, answer: httpx.Response, status: int, reason: str, *, beats: int = 0
) -> None:
    """The answer has the status and one text for all reasons of that status; the log has the reason.

    `beats` is how many heartbeats the log has under the same correlation id.
    """
    assert answer.status_code == status, answer.text
    correlation_id = answer.headers["x-correlation-id"]
    document = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    expected = {
        "instance": document["instance"],
        "correlation_id": correlation_id,
        "status": status,
    } | {
        401: {
            "type": "urn:myelin:problem:unauthenticated",
            "title": "Unauthenticated",
            "detail": "the request must be signed with AWS Signature Version 4, now",
        },
        403: {
            "type": "urn:myelin:problem:signature-refused",
            "title": "Signature refused",
            "detail": "the request is not accepted",
        },
    }[status]
    assert document == expected
    assert ("www-authenticate" in answer.headers) == (status == 401)
    lines = project.logs(correlation_id, "call refused")
    refusal = next(line for line in lines if line["message"] == "call refused")
    assert (refusal["service"], refusal["level"], refusal["reason"]) == ("axon", "warning", reason)
    assert [line["message"] for line in lines].count("heartbeat sent") == beats


def test_signed_as_orbit_signs(deployed: ProjectCopy, signer: Signer) -> None:
    """A request that botocore signs with Orbit's key is accepted: the refusals below are deserved. AXN-2"""
    answer = send(deployed, signer, signer.sign())
    assert answer.status_code == 200, answer.text
    assert answer.json()["heartbeat"]["status"] == "alive"


def test_unsigned(deployed: ProjectCopy, signer: Signer) -> None:
    """A request without a signature is 401. AXN-2"""
    answer = send(deployed, signer, {"content-type": "application/json", "x-correlation-id": "unsigned-1"})
    assert_refused(deployed, answer, 401, "missing_authorization")


def test_another_scheme(deployed: ProjectCopy, signer: Signer) -> None:
    """Credentials of another scheme are 401. AXN-2"""
    answer = send(deployed, signer, {**signer.sign(), "authorization": "Bearer " + "a" * 64})
    assert_refused(deployed, answer, 401, "malformed_authorization")


@pytest.mark.parametrize(
    ("seconds", "reason"), [(-60, "expired"), (60, "not_yet_valid"), (-60 * 60 * 24 * 365, "expired")]
)
def test_not_signed_now(deployed: ProjectCopy, signer: Signer, seconds: int, reason: str) -> None:
    """A signature made more than 30 seconds ago, or ahead, is 401, however right it is. AXN-2"""
    answer = send(deployed, signer, signer.sign(at=datetime.now(UTC) + timedelta(seconds=seconds)))
    assert_refused(deployed, answer, 401, reason)


def test_signed_a_little_off(deployed: ProjectCopy, signer: Signer) -> None:
    """Clocks may differ by up to 30 seconds. AXN-2"""
    for seconds in (-10, 10):
        answer = send(deployed, signer, signer.sign(at=datetime.now(UTC) + timedelta(seconds=seconds)))
        assert answer.status_code == 200


def test_date_moved_after_signing(deployed: ProjectCopy, signer: Signer) -> None:
    """An old signature does not become young by another date in its header. AXN-2"""
    headers = signer.sign(at=datetime.now(UTC) - timedelta(minutes=1))
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    answer = send(deployed, signer, {**headers, "x-amz-date": now})
    reason = "signature_mismatch" if now[:8] == headers["x-amz-date"][:8] else "malformed_date"
    assert_refused(deployed, answer, 403, reason)


def test_wrong_key(deployed: ProjectCopy, signer: Signer) -> None:
    """A signature with another secret is 403. AXN-2"""
    other = replace(signer, secret="x" * 64)
    assert_refused(deployed, send(deployed, signer, other.sign()), 403, "signature_mismatch")


@pytest.mark.parametrize(
    ("access_key", "reason"),
    [
        ("orbit.00000000-0000-0000-0000-000000000000", "unknown_key"),
        ("axon.1", "call_not_declared"),
        ("nobody.1", "call_not_declared"),
    ],
)
def test_unknown_key(deployed: ProjectCopy, signer: Signer, access_key: str, reason: str) -> None:
    """A key version that does not exist, or a caller that is not declared, is 403. AXN-2, ZTN-1"""
    other = replace(signer, access_key=access_key)
    assert_refused(deployed, send(deployed, signer, other.sign()), 403, reason)


@pytest.mark.parametrize("scope", [{"region": "eu-central-1"}, {"service": "lambda"}])
def test_signed_for_another_place(deployed: ProjectCopy, signer: Signer, scope: dict[str, str]) -> None:
    """A signature for another region or service is 403. AXN-2"""
    other = replace(signer, **scope)
    assert_refused(deployed, send(deployed, signer, other.sign()), 403, "wrong_scope")


def test_altered_body(deployed: ProjectCopy, signer: Signer) -> None:
    """Another body under the same signature is 403, also when its hash is sent with it. AXN-2"""
    altered = BODY.replace(b"signed", b"forged")
    answer = send(deployed, signer, signer.sign(), body=altered)
    assert_refused(deployed, answer, 403, "payload_mismatch")
    its_hash = signer.sign(body=altered)["x-amz-content-sha256"]
    answer = send(deployed, signer, {**signer.sign(), "x-amz-content-sha256": its_hash}, body=altered)
    assert_refused(deployed, answer, 403, "signature_mismatch")


def test_unsigned_body(deployed: ProjectCopy, signer: Signer) -> None:
    """A signature that leaves out the body, which AWS allows for some services, is 403. AXN-2"""
    headers = {**signer.sign(), "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    assert_refused(deployed, send(deployed, signer, headers), 403, "unsigned_payload")


def test_altered_query(deployed: ProjectCopy, signer: Signer) -> None:
    """Another query under the same signature is 403. AXN-2"""
    answer = send(deployed, signer, signer.sign(), more="?tenant=other")
    assert_refused(deployed, answer, 403, "signature_mismatch")


@pytest.mark.parametrize("more", ["/", "/../reason2", "x", "%20"])
def test_altered_path(deployed: ProjectCopy, signer: Signer, more: str) -> None:
    """A path that is not exactly that of an intent is none: 404, or 403, and nothing is done. AXN-2"""
    answer = send(deployed, signer, signer.sign(), more=more)
    assert answer.status_code in (403, 404)
    lines = deployed.logs(answer.headers["x-correlation-id"], "request answered")
    assert "heartbeat sent" not in [line["message"] for line in lines]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("content-type", "text/plain", "signature_mismatch"),
        ("x-correlation-id", "forged-1", "signature_mismatch"),
        ("x-myelin-nonce", "forged", "signature_mismatch"),
        ("host", "axon.elsewhere:8081", "signature_mismatch"),
        ("x-myelin-deadline-ms", "1", "header_not_signed"),
        ("x-amz-security-token", "forged", "header_not_signed"),
    ],
)
def test_altered_header(deployed: ProjectCopy, signer: Signer, name: str, value: str, reason: str) -> None:
    """A signed header with another value, or one added that means something to Axon, is 403. AXN-2"""
    answer = send(deployed, signer, {**signer.sign(), name: value})
    assert_refused(deployed, answer, 403, reason)


def test_replayed(deployed: ProjectCopy, signer: Signer) -> None:
    """The very same request a second time is 403; two that only look the same are two. AXN-2"""
    headers = signer.sign()
    assert send(deployed, signer, headers).status_code == 200
    assert_refused(deployed, send(deployed, signer, headers), 403, "replayed", beats=1)
    assert send(deployed, signer, signer.sign()).status_code == 200


def test_every_path_but_two_is_closed(deployed: ProjectCopy, signer: Signer) -> None:
    """Unsigned, only /health and /openapi.json are served; there is nothing else but intents. AXN-2, ZTN-1"""
    base = signer.url.removesuffix("/reason")
    statuses = {
        path: deployed.request("GET", base + path).status_code
        for path in ("/health", "/openapi.json", "/reason", "/", "/metrics", "/health/", "//health")
    }
    assert statuses == dict.fromkeys(statuses, 404) | {"/health": 200, "/openapi.json": 200, "/reason": 405}
