"""Looks up in moto which resource a request means."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.kms.models import kms_backends
from moto.secretsmanager.models import secretsmanager_backends

_ID_BYTES = 36
"""moto puts the id of the key before what it encrypts."""


class MotoLookup:
    """The resources of one account and region, as they are now."""

    def __init__(self, account: str, region: str) -> None:
        self.account = account
        self.region = region

    def secret(self, name: str) -> str | None:
        """The ARN of a secret, by its name or ARN."""
        found = self._secret(name)
        return None if found is None else str(found.arn)

    def secret_key(self, arn: str) -> str | None:
        """The ARN of the customer managed key of a secret."""
        found = self._secret(arn)
        return self.key(found.kms_key_id) if found is not None and found.kms_key_id else None

    def secret_version(self, arn: str) -> str:
        """The id of a secret's current version."""
        found = self._secret(arn)
        return "" if found is None else str(found.default_version_id or "")

    def key(self, name: str) -> str | None:
        """The ARN of a key that somebody made; AWS's own keys are not judged."""
        if not name or "alias/aws/" in name:
            return None
        keys: Any = kms_backends[self.account][self.region]
        try:
            found = keys.keys.get(keys.any_id_to_key_id(name))
        except Exception:  # noqa: BLE001 - moto raises what its web application answers with
            return None
        return None if found is None else str(found.arn)

    def key_of_ciphertext(self, blob: str) -> str | None:
        """The ARN of the key under which moto encrypted something."""
        try:
            return self.key(base64.b64decode(blob)[:_ID_BYTES].decode("ascii"))
        except (ValueError, binascii.Error):
            return None

    def table_key(self, name: str) -> str | None:
        """The ARN of the customer managed key of a table."""
        table = dynamodb_backends[self.account][self.region].tables.get(name)
        encryption = getattr(table, "sse_specification", None) or {}
        return self.key(str(encryption.get("KMSMasterKeyId") or "")) if encryption.get("Enabled") else None

    def partition_key(self, table: str) -> str | None:
        """The name of a table's partition key."""
        found = dynamodb_backends[self.account][self.region].tables.get(table)
        return None if found is None else str(found.hash_key_attr)

    def _secret(self, name: str) -> Any:
        return secretsmanager_backends[self.account][self.region].secrets.get(name)
