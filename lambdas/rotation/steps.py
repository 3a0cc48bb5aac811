"""The four steps of a rotation as Secrets Manager calls them, and what of an event they rest on.

Secrets Manager may call each step again, and may stop after any: every step is safe to repeat.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lambdas.rotation.errors import RotationError


class RotationStep(StrEnum):
    """A step, in the order in which they come."""

    CREATE = "createSecret"
    SET = "setSecret"
    TEST = "testSecret"
    FINISH = "finishSecret"


_SPELLINGS = {step.value: step for step in RotationStep} | {
    "create_secret": RotationStep.CREATE,
    "set_secret": RotationStep.SET,
    "test_secret": RotationStep.TEST,
    "finish_secret": RotationStep.FINISH,
}
"""AWS documents both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One step of one rotation. `token` is the id that the new version has.

    `rotation_token`, if there is one, proves to Secrets Manager that the rotation was its own idea, and is
    passed on with each write.
    """

    step: RotationStep
    secret_id: str
    token: str
    rotation_token: str | None

    def proof(self) -> dict[str, str]:
        """The argument of a write that carries the proof."""
        return {} if self.rotation_token is None else {"RotationToken": self.rotation_token}


def read_event(event: object) -> Request:
    """The request in an event. Raises RotationError for anything else."""
    if not isinstance(event, Mapping):
        raise RotationError("the event is not an object")
    step = _SPELLINGS.get(_text(event, "Step"))
    if step is None:
        raise RotationError(f"`Step` is none of {', '.join(each.value for each in RotationStep)}")
    rotation_token = event.get("RotationToken")
    return Request(
        step=step,
        secret_id=_text(event, "SecretId"),
        token=_text(event, "ClientRequestToken"),
        rotation_token=rotation_token if isinstance(rotation_token, str) and rotation_token else None,
    )


def _text(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not value:
        raise RotationError(f"`{name}` is missing")
    return value
