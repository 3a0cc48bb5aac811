"""Rotates secrets as AWS Secrets Manager does; moto 5.2 does most of it otherwise.

    AWS                                                        moto
    refuses while AWSPENDING is on another version than        the other way round
      AWSCURRENT: a rotation is under way
    the function moves the labels; nothing else does           makes the new version current itself
    the event has the secret's ARN, and a RotationToken        the name, and none
    a secret without a value can be rotated                    its new version is missing
    a schedule expression enables rotation, and is described   only a number of days does, and is

AWS rotates in the background; here the call ends when the rotation has, so that what follows finds it done.
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
Imports moto, so import this module late.
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from moto.awslambda.utils import get_backend
from moto.core.exceptions import JsonRESTError
from moto.secretsmanager import models
from moto.secretsmanager.exceptions import (
    InvalidRequestException,
    ResourceNotFoundException,
    SecretNotFoundException,
)

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


class RotationFailedError(JsonRESTError):
    """A step of a secret's rotation failed."""

    code = 400

    def __init__(self, step: str, payload: bytes) -> None:
        super().__init__("InvalidRequestException", f"rotation failed in step {step}: {payload.decode()}")


def install() -> None:
    """Have moto rotate as this module does; a second call changes nothing more."""
    backend: Any = models.SecretsManagerBackend
    secret: Any = models.FakeSecret
    backend.rotate_secret = rotate_secret
    _move_labels(backend)
    _describe_rules(secret)


def _move_labels(backend: Any) -> None:
    move = getattr(backend, "_myelin_move", backend.update_secret_version_stage)
    backend._myelin_move = move  # noqa: SLF001

    def update_secret_version_stage(
        self: Any, *, secret_id: str, version_stage: str, move_to_version_id: str, **named: Any
    ) -> Any:
        """A first AWSCURRENT is taken from no version; moto looks for the one that has it, and fails."""
        secret = self.secrets.get(secret_id)
        versions = secret.versions if secret else {}
        held = any(version_stage in version["version_stages"] for version in versions.values())
        first = version_stage == "AWSCURRENT" and not held and move_to_version_id in versions
        if first:
            versions[move_to_version_id]["version_stages"].append(version_stage)
            moved = (secret.arn, secret.name)
        else:
            moved = move(
                self,
                secret_id=secret_id,
                version_stage=version_stage,
                move_to_version_id=move_to_version_id,
                **named,
            )
        if version_stage == "AWSCURRENT" and move_to_version_id:
            secret.set_default_version_id(move_to_version_id)
        return moved

    backend.update_secret_version_stage = update_secret_version_stage


def _describe_rules(secret: Any) -> None:
    """DescribeSecret tells the rules that were given; moto makes 0 days of a schedule expression."""
    describe = getattr(secret, "_myelin_to_dict", secret.to_dict)
    secret._myelin_to_dict = describe  # noqa: SLF001

    def to_dict(self: Any) -> Any:
        described = describe(self)
        rules = getattr(self, "rotation_rules", None)
        return {**described, "RotationRules": rules} if rules and "RotationRules" in described else described

    secret.to_dict = to_dict


def rotate_secret(
    self: Any,
    secret_id: str,
    client_request_token: str | None = None,
    rotation_lambda_arn: str | None = None,
    rotation_rules: dict[str, Any] | None = None,
    rotate_immediately: bool = True,  # noqa: FBT001, FBT002 - moto's own signature
) -> Any:
    """RotateSecret: remember function and rules, and run the four steps; without `rotate_immediately` test
    alone.
    """
    if not self._is_valid_identifier(secret_id):
        raise SecretNotFoundException
    secret = self.secrets[secret_id]
    if secret.is_deleted():
        raise InvalidRequestException(
            "You can't perform this operation on the secret because it was marked for deletion."
        )
    function = rotation_lambda_arn or getattr(secret, "rotation_lambda_arn", "")
    if not function:
        raise InvalidRequestException("No Lambda rotation function ARN is associated with this secret.")
    backend = get_backend(self.account_id, self.region_name)
    try:
        backend.get_function(function)
    except Exception as error:
        raise ResourceNotFoundException(f"Resource not found for ARN '{function}'.") from error
    token = client_request_token or str(uuid.uuid4())
    if _under_way(secret):
        raise InvalidRequestException(
            "A previous rotation isn't complete. That rotation will be reattempted."
        )
    secret.rotation_requested = secret.rotation_enabled = True
    secret.rotation_lambda_arn = function
    if rotation_rules:
        secret.rotation_rules = dict(rotation_rules)
        secret.auto_rotate_after_days = rotation_rules.get("AutomaticallyAfterDays", 0)
    if rotate_immediately and token not in secret.versions:  # a repeated request changes nothing
        secret.remove_version_stages_from_old_versions(["AWSPENDING"])
        secret.versions[token] = {
            "createdate": int(time.time()),
            "version_id": token,
            "version_stages": ["AWSPENDING"],
        }
        for step in STEPS:
            _take(backend, function, secret.arn, token, step)
        secret.last_rotation_date = int(time.time())
    elif not rotate_immediately and secret.versions:
        _take(backend, function, secret.arn, secret.default_version_id, "testSecret")
    return json.dumps({"ARN": secret.arn, "Name": secret.name, "VersionId": token})


def _under_way(secret: Any) -> bool:
    """Whether AWSPENDING is on another version than AWSCURRENT."""
    pending = [version for version in secret.versions.values() if "AWSPENDING" in version["version_stages"]]
    return any("AWSCURRENT" not in version["version_stages"] for version in pending)


def _take(backend: Any, function: str, arn: str, token: str, step: str) -> None:
    answer: dict[str, Any] = {}
    event = {"Step": step, "SecretId": arn, "ClientRequestToken": token, "RotationToken": str(uuid.uuid4())}
    payload = backend.invoke(
        function, qualifier=None, body=json.dumps(event), headers={}, response_headers=answer
    )
    if "x-amz-function-error" in answer:
        raise RotationFailedError(step, payload)
