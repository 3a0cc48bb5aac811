"""Rotates one secret by Secrets Manager's own call, and follows the four steps to their end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from cli.errors import TimedOutError
from cli.rotation.errors import NotRotatedError, RotationStuckError
from cli.rotation.secrets import CURRENT, PENDING, RotatedSecret

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
EVERY_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationStage:
    """A step that was taken, and when (ISO 8601, as the function's log has it)."""

    step: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientClock:
    """Time as a rotation needs it."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


class OnDemandRotation:
    """One rotation of one secret, begun now."""

    def __init__(
        self,
        secrets: Any,
        logs: Any,
        secret: RotatedSecret,
        *,
        environment: str,
        log_group: str,
        clock: PatientClock,
    ) -> None:
        """`secrets` and `logs` are clients; `log_group` is that of the rotation function."""
        self._secrets = secrets
        self._logs = logs
        self._secret = secret
        self._environment = environment
        self._log_group = log_group
        self._clock = clock
        self.begun = datetime.fromtimestamp(clock.now(), UTC)
        self.version = ""

    def begin(self) -> str:
        """Ask Secrets Manager; gives the new version. Raises RotationStuckError or NotRotatedError."""
        if self._secret.stuck:
            raise RotationStuckError(self._secret.name, self._secret.stuck, self._environment)
        try:
            self.version = str(self._secrets.rotate_secret(SecretId=self._secret.arn)["VersionId"])
        except ClientError as error:
            raise NotRotatedError(
                f"AWS does not rotate `{self._secret.name}`: {error.response['Error'].get('Message', error)}",
                hint="`myelin rotate status` shows how it stands",
            ) from error
        return self.version

    def follow(self, seconds: float, tell: Callable[[RotationStage], None]) -> tuple[RotationStage, ...]:
        """Wait for the end, telling each step. Raises NotRotatedError, or TimedOutError after `seconds`."""
        deadline = self._clock.now() + seconds
        told: dict[str, RotationStage] = {}
        ended = False
        while True:
            ended = ended or self._has_ended()
            for record in self._records():
                self._check(record)
                step = str(record.get("step"))
                if record.get("message") == "step taken" and step in STEPS and step not in told:
                    told[step] = RotationStage(step=step, at=str(record.get("timestamp", "")))
                    tell(told[step])
            # the log comes a little later than what it tells of
            if ended and (len(told) == len(STEPS) or self._clock.now() >= deadline):
                return tuple(told.values())
            if self._clock.now() >= deadline:
                raise TimedOutError(
                    f"the rotation of `{self._secret.name}` has not ended after {seconds:g} s",
                    hint="it goes on; `myelin rotate status` shows how it stands",
                )
            self._clock.sleep(EVERY_SECONDS)

    def _has_ended(self) -> bool:
        described = self._secrets.describe_secret(SecretId=self._secret.arn)
        held = described.get("VersionIdsToStages", {}).get(self.version, ())
        return CURRENT in held and PENDING not in held

    def _records(self) -> Iterator[dict[str, Any]]:
        """What the function's log says of this version."""
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=self._log_group,
            startTime=int(self.begun.timestamp() * 1000) - 1000,
            filterPattern=f'"{self.version}"',
        )
        for page in pages:
            for event in page["events"]:
                try:
                    record = json.loads(event["message"])
                except ValueError:
                    continue
                if isinstance(record, dict):
                    yield record

    def _check(self, record: dict[str, Any]) -> None:
        if record.get("message") not in ("step refused", "step failed"):
            return
        asked = record.get("asked")
        step = asked.get("step", "a step") if isinstance(asked, dict) else "a step"
        why = record.get("reason") or record.get("exception_name") or "see the log"
        raise NotRotatedError(
            f"the rotation of `{self._secret.name}` failed in {step}: {why}. The current value is untouched",
            hint="AWS tries it again; `myelin rotate secret NAME --repair` takes it back",
        )


def take_back(secrets: Any, secret: RotatedSecret) -> str | None:
    """Take AWSPENDING off the version of a rotation that has not ended; gives that version, if there is one.

    The current value stays as it is. Raises NotRotatedError.
    """
    pending = secret.stuck
    if pending is None:
        return None
    try:
        secrets.update_secret_version_stage(
            SecretId=secret.arn, VersionStage=PENDING, RemoveFromVersionId=pending
        )
    except ClientError as error:
        raise NotRotatedError(
            f"AWS does not take the rotation of `{secret.name}` back: "
            f"{error.response['Error'].get('Message', error)}",
            hint="whoever repairs needs secretsmanager:UpdateSecretVersionStage on the secret",
        ) from error
    return pending
