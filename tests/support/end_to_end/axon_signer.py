"""Signs requests to Axon as Orbit does: with botocore's own signer, and a grant of the governance."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.end_to_end.project import REGION, ProjectCopy

BODY = json.dumps({"input": "as signed"}).encode()
SERVICE = "myelin"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signs as Orbit does, with botocore's own signer and any time, and adds a grant for it."""

    url: str
    access_key: str
    secret: str = field(repr=False)
    grant: str = field(repr=False)
    region: str = REGION
    service: str = SERVICE

    def sign(self, *, at: datetime | None = None, body: bytes = BODY, **more: str) -> dict[str, str]:
        """The headers of a signed request; `more` are further ones, with underscores for hyphens."""
        number = next(_numbers)
        headers = {"content-type": "application/json", "x-correlation-id": f"signed-{number}"}
        headers |= {"x-myelin-nonce": f"nonce-{number}", "x-myelin-grant": self.grant}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        request = AWSRequest(method="POST", url=self.url, data=body, headers=headers)
        signer = _At(Credentials(self.access_key, self.secret), self.service, self.region)
        signer.at = at or datetime.now(UTC)
        signer.add_auth(request)
        return {name.lower(): str(value) for name, value in request.headers.items()}


class _At(SigV4Auth):
    """Signs with the time that it is told."""

    at: datetime

    def add_auth(self, request: Any) -> None:
        request.context["timestamp"] = self.at.strftime("%Y%m%dT%H%M%SZ")
        request.headers["X-Amz-Content-SHA256"] = self.payload(request)
        request.headers["Host"] = request.url.split("/")[2]
        self._modify_request_before_signing(request)
        text = self.string_to_sign(request, self.canonical_request(request))
        self._inject_signature_to_request(request, self.signature(text, request))


def axon_signer(project: ProjectCopy) -> Signer:
    """Orbit's key, and one process of Axon, the same at each time."""
    secret = project.client("secretsmanager").get_secret_value(
        SecretId=project.platform.signing_secret_arns["orbit-axon"]
    )
    port = min(task["port"] for task in project.tasks("axon"))
    return Signer(
        url=f"http://127.0.0.1:{port}/reason",
        access_key=f"orbit.{secret['VersionId']}",
        secret=secret["SecretString"],
        grant=ask_grant(project),
    )


def ask_grant(project: ProjectCopy) -> str:
    """A grant for Orbit to have Axon reason, from the deployed governance."""
    answer = project.client("lambda").invoke(
        FunctionName=project.platform.governance_function_name,
        Qualifier="caller-orbit",
        Payload=json.dumps({"service": "orbit", "target": "axon", "intent": "reason", "context": {}}),
    )
    decision = json.load(answer["Payload"])
    assert decision["allowed"], decision
    return str(decision["grant"])
