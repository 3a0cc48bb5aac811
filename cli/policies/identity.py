"""Proves who asks, to the admin function or a service, with a signed request to STS that is not sent here."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Protocol

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from policies.calls.changing.identity_proof import (
    REQUEST_HEADER,
    STS_BODY,
    STS_TYPE,
    IdentityProof,
)


class Bound(Protocol):
    """A request that a proof is for: to the admin function, or to the door of a service."""

    def digest(self, nonce: str) -> str:
        """The hash that is signed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Prover:
    """Signs proofs with credentials; `sts` is the URL of the region's STS, as the function reaches it."""

    credentials: Credentials
    region: str
    sts: str

    def prove(self, request: Bound) -> IdentityProof:
        """A proof for one request."""
        nonce = secrets.token_hex(16)
        asked = AWSRequest(
            method="POST",
            url=f"{self.sts.rstrip('/')}/",
            data=STS_BODY.encode(),
            headers={"content-type": STS_TYPE, REQUEST_HEADER: request.digest(nonce)},
        )
        frozen = self.credentials.get_frozen_credentials()
        SigV4Auth(frozen, "sts", self.region).add_auth(asked)
        signature = re.search(r"Signature=([0-9a-f]{64})$", asked.headers["Authorization"])
        assert signature is not None, "botocore has signed it"  # noqa: S101
        return IdentityProof(
            key=frozen.access_key,
            date=asked.headers["X-Amz-Date"],
            token=frozen.token or "",
            signature=signature[1],
            nonce=nonce,
        )
