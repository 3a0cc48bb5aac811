"""STS for tests in process: it knows a key for each identity, and verifies signatures as the sandbox does."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from botocore.credentials import Credentials

from policies.calls.changing.identity_proof import STS_BODY
from sandbox.cloud.access.errors import SignatureError
from sandbox.cloud.access.signature import verify
from sandbox.cloud.access.signed_request import SignedRequest

URL = "https://sts.us-east-1.amazonaws.com"
_known: dict[str, tuple[str, str]] = {}


def credentials_of(arn: str, token: str | None = None) -> Credentials:
    """Keys of an identity."""
    name = hashlib.sha256(arn.encode()).hexdigest()
    key, secret = f"AKIA{name[:16].upper()}", name[16:]
    _known[key] = (secret, arn)
    return Credentials(key, secret, token)


def ask(headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Answer GetCallerIdentity."""
    token = headers.get("x-amz-security-token")
    request = SignedRequest(method="POST", target="/", headers=tuple(headers.items()), body=STS_BODY.encode())
    try:
        key = verify(
            request, lambda key: (_known[key][0], token) if key in _known else (None, None), datetime.now(UTC)
        )
    except SignatureError:
        return 403, b"<ErrorResponse/>"
    _, arn = _known[key]
    return 200, answer(arn)


def answer(arn: str, account: str | None = None) -> bytes:
    """What STS says of an identity."""
    account = account or arn.split(":")[4]
    return f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult><Arn>{arn}</Arn><UserId>AIDA</UserId><Account>{account}</Account>
  </GetCallerIdentityResult></GetCallerIdentityResponse>""".encode()
