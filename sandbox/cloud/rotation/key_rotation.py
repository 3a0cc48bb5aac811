"""KMS's rotation as AWS does it where moto 5.2 does not. Imports moto, so import it late.

https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html
"""

from __future__ import annotations

import json
import time
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.kms import models, responses

MOST_ON_DEMAND = 25
DEFAULT_PERIOD_DAYS = 365
_KEPT = "_myelin_rotate_key_on_demand"


class OnDemandRefusedError(JsonRESTError):
    """What KMS says to an on-demand rotation that it does not do."""

    code = 400


def install() -> None:
    """Have moto refuse what KMS refuses: other than symmetric keys, and the 26th rotation of a key."""
    backend: Any = models.KmsBackend
    if not hasattr(backend, _KEPT):
        setattr(backend, _KEPT, backend.rotate_key_on_demand)
    rotate = getattr(backend, _KEPT)

    def rotate_key_on_demand(self: Any, key_id: str) -> Any:
        key = self.keys[self.get_key_id(key_id)]
        if key.key_spec != "SYMMETRIC_DEFAULT":
            raise OnDemandRefusedError(
                "UnsupportedOperationException",
                f"{key.arn} is {key.key_spec}: not rotated.",
            )
        done = sum(rotation["RotationType"] == "ON_DEMAND" for rotation in key.rotations)
        if done >= MOST_ON_DEMAND:
            raise OnDemandRefusedError(
                "LimitExceededException",
                f"The on-demand rotation limit has been reached for {key.arn}: {MOST_ON_DEMAND}.",
            )
        return rotate(self, key_id)

    backend.rotate_key_on_demand = rotate_key_on_demand
    _keep_periods(responses.KmsResponse)


def _keep_periods(response: Any) -> None:
    """Tell the period of a key's schedule and when it comes next; moto keeps neither."""
    for name in ("enable_key_rotation", "get_key_rotation_status"):
        if not hasattr(response, f"_myelin_{name}"):
            setattr(response, f"_myelin_{name}", getattr(response, name))

    def enable_key_rotation(self: Any) -> Any:
        answer = self._myelin_enable_key_rotation()
        key = _key(self)
        key.rotation_period = int(self._get_param("RotationPeriodInDays") or DEFAULT_PERIOD_DAYS)
        key.rotation_since = time.time()
        return answer

    def get_key_rotation_status(self: Any) -> str:
        answer = json.loads(self._myelin_get_key_rotation_status())
        key = _key(self)
        if answer["KeyRotationEnabled"] and hasattr(key, "rotation_period"):
            answer["RotationPeriodInDays"] = key.rotation_period
            answer["NextRotationDate"] = key.rotation_since + key.rotation_period * 86_400
        return json.dumps(answer)

    response.enable_key_rotation = enable_key_rotation
    response.get_key_rotation_status = get_key_rotation_status


def _key(response: Any) -> Any:
    backend = response.kms_backend
    return backend.keys[backend.get_key_id(response._get_param("KeyId"))]  # noqa: SLF001 - moto's own way
