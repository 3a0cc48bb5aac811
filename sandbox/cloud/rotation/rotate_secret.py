"""The calls RotateSecret and CancelRotateSecret; moto 5.2 answers them otherwise than AWS.

    AWS                                                        moto
    refuses while AWSPENDING is on another version than        the other way round
      AWSCURRENT: a rotation is under way
    the function moves the labels; nothing else does           makes the new version current itself
    the event has the secret's ARN, and a RotationToken        the name, and none
    a secret without a value can be rotated                    its new version is missing
    a schedule expression enables rotation, and is described   only a number of days does, and is
    answers as soon as the rotation is accepted                when the function has answered

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
    InvalidParameterException,
    InvalidRequestException,
    ResourceNotFoundException,
    SecretNotFoundException,
)

from sandbox.cloud.rotation import labels
from sandbox.cloud.rotation.errors import RotationStepError, ScheduleError
from sandbox.cloud.rotation.rotator import Rotator, is_under_way, set_next_rotation
from sandbox.cloud.rotation.schedule import read_rules

UNDER_WAY = "A previous rotation isn't complete. That rotation will be reattempted."


class RotationFailedError(JsonRESTError):
    """The function of a new schedule fails its trial.

    AWS tells that in its log alone; here whoever sets the schedule is to know.
    """

    code = 400

    def __init__(self, error: RotationStepError) -> None:
        super().__init__("InvalidRequestException", str(error))


def install(rotator: Rotator) -> None:
    """Have moto rotate by `rotator`; a later call wins."""
    labels.install()
    backend: Any = models.SecretsManagerBackend

    def rotate_secret(
        self: Any,
        secret_id: str,
        client_request_token: str | None = None,
        rotation_lambda_arn: str | None = None,
        rotation_rules: dict[str, Any] | None = None,
        rotate_immediately: bool = True,  # noqa: FBT001, FBT002 - moto's own signature
    ) -> str:
        """Remember function and rules, and begin; without `rotate_immediately` try the function."""
        secret = _rotatable(self, secret_id)
        function = _function(self, rotation_lambda_arn or str(secret.rotation_lambda_arn or ""))
        _check_rules(rotation_rules)
        token = client_request_token or str(uuid.uuid4())
        begins = rotate_immediately and token not in secret.versions  # a repeated request changes nothing
        if is_under_way(secret) and (begins or token not in secret.versions):
            raise InvalidRequestException(UNDER_WAY)
        secret.rotation_requested = secret.rotation_enabled = True
        secret.rotation_lambda_arn = function
        if rotation_rules:
            secret.rotation_rules = dict(rotation_rules)
            secret.auto_rotate_after_days = rotation_rules.get("AutomaticallyAfterDays", 0)
        if begins:
            rotator.begin(secret, token)
        elif not rotate_immediately and secret.versions:
            try:
                rotator.trial(secret, function)
            except RotationStepError as error:
                raise RotationFailedError(error) from error
        set_next_rotation(secret, time.time())
        rotator.look()
        return json.dumps({"ARN": secret.arn, "Name": secret.name, "VersionId": token})

    backend.rotate_secret = rotate_secret


def _rotatable(backend: Any, secret_id: str) -> Any:
    if secret_id not in backend.secrets:
        raise SecretNotFoundException
    secret = backend.secrets[secret_id]
    if secret.is_deleted():
        raise InvalidRequestException(
            "You can't perform this operation on the secret because it was marked for deletion."
        )
    return secret


def _function(backend: Any, arn: str) -> str:
    if not arn:
        raise InvalidRequestException("No Lambda rotation function ARN is associated with this secret.")
    try:
        get_backend(backend.account_id, backend.region_name).get_function(arn)
    except Exception as error:
        raise ResourceNotFoundException(f"Resource not found for ARN '{arn}'.") from error
    return arn


def _check_rules(rules: dict[str, Any] | None) -> None:
    try:
        read_rules(rules or {})
    except ScheduleError as error:
        raise InvalidParameterException(error.message) from error
