"""The emulated Secrets Manager without HTTP: moto's backend, corrected, with the calls of a rotation."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError
from moto.core.exceptions import JsonRESTError, ServiceException
from moto.secretsmanager.models import SecretsManagerBackend

from sandbox.cloud.rotation import labels

ACCOUNT, REGION = "123456789012", "us-east-1"


class MotoSecrets:
    """One backend with no secrets; its methods are those of a botocore client."""

    def __init__(self) -> None:
        labels.install()
        self.backend: Any = SecretsManagerBackend(REGION, ACCOUNT)

    def make(self, name: str, value: str | None) -> Any:
        """A secret with rotation enabled."""
        arn = json.loads(
            self.backend.create_secret(
                name=name,
                secret_string=value,
                secret_binary=None,
                description=None,
                tags=None,
                kms_key_id=None,
                client_request_token=None,
                replica_regions=[],
                force_overwrite=False,
            )
        )["ARN"]
        secret = self.backend.secrets[arn]
        secret.rotation_requested = secret.rotation_enabled = True
        return secret

    def begin(self, name: str, token: str) -> None:
        """What RotateSecret does first: an empty pending version."""
        secret = self.backend.secrets[name]
        secret.remove_version_stages_from_old_versions(["AWSPENDING"])
        empty = {"createdate": 0, "version_id": token, "version_stages": list[str]()}
        secret.versions.setdefault(token, empty)["version_stages"].append("AWSPENDING")

    def describe_secret(self, **asked: Any) -> dict[str, Any]:
        described: dict[str, Any] = _answer(
            "DescribeSecret", lambda: self.backend.describe_secret(asked["SecretId"]).to_dict()
        )
        return described

    def get_secret_value(self, **asked: Any) -> dict[str, Any]:
        found: dict[str, Any] = _answer(
            "GetSecretValue",
            lambda: self.backend.get_secret_value(
                asked["SecretId"], asked.get("VersionId"), asked.get("VersionStage")
            ),
        )
        return found

    def put_secret_value(self, **asked: Any) -> None:
        _answer(
            "PutSecretValue",
            lambda: self.backend.put_secret_value(
                secret_id=asked["SecretId"],
                secret_string=asked["SecretString"],
                secret_binary=None,
                client_request_token=asked.get("ClientRequestToken"),
                version_stages=asked.get("VersionStages", ["AWSCURRENT"]),
            ),
        )

    def update_secret_version_stage(self, **asked: Any) -> None:
        _answer(
            "UpdateSecretVersionStage",
            lambda: self.backend.update_secret_version_stage(
                secret_id=asked["SecretId"],
                version_stage=asked["VersionStage"],
                remove_from_version_id=asked.get("RemoveFromVersionId"),
                move_to_version_id=asked.get("MoveToVersionId"),
            ),
        )


def _answer(operation: str, call: Any) -> Any:
    try:
        return call()
    except (JsonRESTError, ServiceException) as error:
        code = str(getattr(error, "error_type", "") or getattr(error, "code", ""))
        raise ClientError({"Error": {"Code": code, "Message": str(error)}}, operation) from error
