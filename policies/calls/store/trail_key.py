"""The KMS key that signs the audit trail. Its failures are raised as CheckpointError."""

from __future__ import annotations

import base64
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from policies.calls.trail.errors import CheckpointError
from policies.calls.trail.export import SignatureCheck, is_signed
from policies.calls.trail.signatures import signature_check


class TrailKey:
    """An asymmetric signing key (ECC_NIST_P256)."""

    def __init__(self, kms: Any, arn: str) -> None:
        """`kms` is a client."""
        self._kms = kms
        self.arn = arn

    def sign(self, body: str) -> str:
        """The signature of a text of at most 4096 bytes, DER in base64."""
        try:
            answer = self._kms.sign(
                KeyId=self.arn, Message=body.encode(), MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256"
            )
        except (ClientError, BotoCoreError) as error:
            raise CheckpointError(
                f"the audit trail could not be signed: {aws_code(error)}",
                hint="nothing was changed; look at the key of the audit trail, and try again",
            ) from error
        return base64.b64encode(answer["Signature"]).decode()

    def holds(self, body: str, signature: str) -> bool:
        """Whether a signature in base64 is this key's."""
        return is_signed(body, signature, self._check)

    @cached_property
    def pem(self) -> str:
        """The public half."""
        try:
            der: bytes = self._kms.get_public_key(KeyId=self.arn)["PublicKey"]
        except (ClientError, BotoCoreError) as error:
            raise CheckpointError(
                f"the public key could not be read: {aws_code(error)}",
                hint="look at the key of the audit trail",
            ) from error
        text = base64.b64encode(der).decode()
        lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
        return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"

    @cached_property
    def _check(self) -> SignatureCheck:
        return signature_check(self.pem.encode())


def aws_code(error: ClientError | BotoCoreError) -> str:
    """AWS's code of an error, for messages."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "unknown"))
    return "the service did not answer"
