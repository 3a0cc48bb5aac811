"""Keeps a lease in one object of a bucket, by S3's conditional writes.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Protocol

from botocore.exceptions import ClientError

from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.locks.lease import Held, Lease, LockDecision, LockMove, acquire, renew

_LOST = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "404"})
"""Somebody else wrote, or removed, what was read."""
_ATTEMPTS = 5


class Objects(Protocol):
    """The part of an S3 client that is used."""

    def get_object(self, **parameters: Any) -> Any:
        """Read an object."""
        ...

    def put_object(self, **parameters: Any) -> Any:
        """Write an object."""
        ...

    def delete_object(self, **parameters: Any) -> Any:
        """Delete an object."""
        ...


class EnvironmentLockedError(CliError):
    """Somebody else changes the environment."""

    exit_code = ExitCode.LOCKED

    def __init__(self, environment: str, lease: Lease, now: float) -> None:
        """Say who, since when, and with what."""
        age, idle = round(now - lease.since), round(now - lease.renewed)
        super().__init__(
            f"`{environment}` is locked by {lease.holder} for {age} s: `{lease.what}` (renewed {idle} s ago)",
            hint="wait until it has ended; a lock whose holder has died expires by itself",
        )


class S3Lock:
    """The lock of one environment, in the object `locks/<environment>.json` of a bucket."""

    def __init__(self, objects: Objects, bucket: str, environment: str) -> None:
        self._objects = objects
        self._environment = environment
        self._place = {"Bucket": bucket, "Key": f"locks/{environment}.json"}

    def read(self) -> Held | None:
        """What is written now; None where the lock is free."""
        try:
            answer = self._objects.get_object(**self._place)
        except ClientError as error:
            if _code(error) in _LOST:
                return None
            raise
        return Held(lease=Lease(**json.loads(answer["Body"].read())), tag=str(answer["ETag"]))

    def take(self, wanted: Lease, now: float) -> Lease:
        """Take the lock, or one that has expired. Raises EnvironmentLockedError."""
        for _ in range(_ATTEMPTS):
            decision = acquire(self.read(), wanted, now)
            if decision.move is LockMove.REFUSE:
                raise EnvironmentLockedError(self._environment, decision.lease, now)
            if self._write(decision):
                return decision.lease
        held = self.read()
        raise EnvironmentLockedError(self._environment, held.lease if held else wanted, now)

    def renew(self, own: Lease, now: float) -> Lease | None:
        """Renew one's own lease; None where it is lost, after which nothing may be changed any more."""
        decision = renew(self.read(), own, now)
        return decision.lease if decision is not None and self._write(decision) else None

    def release(self, own: Lease) -> bool:
        """Let go of one's own lease; whether it was still one's own."""
        held = self.read()
        if held is None or held.lease.token != own.token:
            return False
        try:
            self._objects.delete_object(**self._place, IfMatch=held.tag)
        except ClientError as error:
            if _code(error) in _LOST:
                return False
            raise
        return True

    def _write(self, decision: LockDecision) -> bool:
        condition = {"IfNoneMatch": "*"} if decision.move is LockMove.CREATE else {"IfMatch": decision.tag}
        body = json.dumps(asdict(decision.lease)).encode()
        try:
            self._objects.put_object(**self._place, Body=body, ContentType="application/json", **condition)
        except ClientError as error:
            if _code(error) in _LOST:
                return False
            raise
        return True


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
