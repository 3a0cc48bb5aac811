"""Carries rotations out, in the background and one at a time, and begins those whose time has come.

RotateSecret answers as soon as a rotation is accepted, as on AWS. A step that fails ends the attempt: the
value that was current stays current, the new version stays pending, and the same rotation is tried again
later, from its first step. Schedules go by this machine's clock; one whose time passed while the machine
slept comes when it wakes.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_turn-on-for-other.html
Imports moto, so import this module late.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.utils import get_backend
from moto.core.exceptions import JsonRESTError, ServiceException
from moto.secretsmanager.models import secretsmanager_backends
from werkzeug.exceptions import HTTPException

from sandbox.cloud.emulator.locks import ServiceLocks
from sandbox.cloud.rotation.errors import RotationStepError
from sandbox.cloud.rotation.labels import CURRENT, PENDING, holder
from sandbox.cloud.rotation.schedule import read_rules

log = logging.getLogger(__name__)

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
RETRY_SECONDS = (60.0, 300.0, 900.0)
"""The pauses before each further attempt; after the last one a rotation stays stuck, and can be repaired."""
THROTTLED_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
LONGEST_WAIT = 30.0
"""So long at most until the schedules are looked at again: the machine's clock may have been changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationAttempt:
    """One attempt at one rotation: the secret, the new version, and when it is due (epoch seconds)."""

    account: str
    region: str
    secret: str
    token: str
    due: float
    tried: int = 0


class Rotator:
    """Runs rotations in a thread of its own, between `start` and `stop`."""

    def __init__(
        self,
        locks: ServiceLocks,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        retries: Sequence[float] = RETRY_SECONDS,
    ) -> None:
        """`now` is epoch seconds; `retries` are the pauses before further attempts."""
        self._locks = locks
        self._now = now
        self._sleep = sleep
        self._retries = tuple(retries)
        self._waiting: list[RotationAttempt] = []
        self._guard = threading.Lock()
        self._wake = threading.Event()
        self._turn = threading.Lock()
        self._stopping = False

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._run, name="rotations", daemon=True).start()

    def stop(self) -> None:
        """Begin no further step."""
        self._stopping = True
        self._wake.set()

    def accept(self, secret: Any, token: str) -> None:
        """Take a rotation on, whose version is there and pending. Returns at once."""
        self._put(
            RotationAttempt(
                account=secret.account_id,
                region=secret.region,
                secret=secret.arn,
                token=token,
                due=self._now(),
            )
        )

    def look(self) -> None:
        """The schedules may have changed: look at them soon. Returns at once."""
        self._wake.set()

    def trial(self, secret: Any, function: str) -> None:
        """Try a function as a new schedule does: testSecret, on an empty version that is gone afterwards.

        Whoever calls holds the lock of Secrets Manager. Raises RotationStepError.
        """
        token = str(uuid.uuid4())
        secret.versions[token] = _empty_version(token, self._now())
        try:
            self._take(secret.account_id, secret.region, function, secret.arn, token, "testSecret")
        finally:
            secret.versions.pop(token, None)

    def begin(self, secret: Any, token: str) -> None:
        """Begin a rotation: an empty version that is pending. Whoever calls holds the lock."""
        secret.remove_version_stages_from_old_versions([PENDING])
        secret.versions[token] = _empty_version(token, self._now())
        self.accept(secret, token)

    # the thread

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._wake.wait(self.seconds_to_wait())
                self._wake.clear()
                self.do_what_is_due()
            except Exception:
                log.exception("rotations failed")
                self._sleep(1.0)

    def seconds_to_wait(self) -> float:
        """How long nothing is due."""
        with self._guard:
            moments = [attempt.due for attempt in self._waiting]
        moments += self._scheduled()
        return max(0.0, min([LONGEST_WAIT, *(moment - self._now() for moment in moments)]))

    def do_what_is_due(self) -> None:
        """Begin what the schedules say, and make every attempt whose time has come."""
        with self._locks.held("secretsmanager"):
            for secret in list(_rotated_secrets()):
                self._begin_scheduled(secret)
        while (attempt := self._next()) is not None:
            self._attempt(attempt)

    def _scheduled(self) -> list[float]:
        with self._locks.held("secretsmanager"):
            return [secret.next_rotation_date for secret in _rotated_secrets() if secret.next_rotation_date]

    def _begin_scheduled(self, secret: Any) -> None:
        if not secret.next_rotation_date or secret.next_rotation_date > self._now():
            return
        set_next_rotation(secret, self._now())
        if is_under_way(secret):
            log.warning("%s is not rotated by its schedule: a rotation is under way", secret.name)
            return
        log.info("%s is rotated by its schedule", secret.name)
        self.begin(secret, str(uuid.uuid4()))

    def _next(self) -> RotationAttempt | None:
        with self._guard:
            due = [each for each in self._waiting if each.due <= self._now()]
            if self._stopping or not due:
                return None
            found = min(due, key=lambda each: each.due)
            self._waiting.remove(found)
            return found

    def _put(self, attempt: RotationAttempt) -> None:
        with self._guard:
            self._waiting.append(attempt)
        self._wake.set()

    def _attempt(self, attempt: RotationAttempt) -> None:
        """Take the four steps; what fails is tried again later, while the version is still pending."""
        try:
            for step in STEPS:
                with self._locks.held("secretsmanager"):
                    secret = _find(attempt)
                if secret is None or self._stopping:
                    return
                function = secret.rotation_lambda_arn
                self._take(attempt.account, attempt.region, function, attempt.secret, attempt.token, step)
        except RotationStepError as error:
            self._fail(attempt, error)
            return
        with self._locks.held("secretsmanager"):
            secret = _find(attempt, ended=True)
            if secret is not None:
                secret.last_rotation_date = int(self._now())
                set_next_rotation(secret, self._now())

    def _fail(self, attempt: RotationAttempt, error: RotationStepError) -> None:
        if attempt.tried >= len(self._retries):
            log.error("%s is stuck: %s", attempt.secret, error)
            return
        pause = self._retries[attempt.tried]
        log.warning("%s: %s; tried again in %g s", attempt.secret, error, pause)
        self._put(
            RotationAttempt(
                account=attempt.account,
                region=attempt.region,
                secret=attempt.secret,
                token=attempt.token,
                due=self._now() + pause,
                tried=attempt.tried + 1,
            )
        )

    def _take(self, account: str, region: str, function: str, arn: str, token: str, step: str) -> None:
        """Have the function take a step. One at a time: a second one would start a second process."""
        event = {"Step": step, "SecretId": arn, "ClientRequestToken": token}
        # proves to Secrets Manager that the rotation is its own idea; the function passes it on
        body = json.dumps({**event, "RotationToken": str(uuid.uuid4())})
        with self._locks.released(), self._turn:
            for pause in (*THROTTLED_SECONDS, None):
                answer: dict[str, Any] = {}
                try:
                    with self._locks.held("lambda"):
                        payload: Any = get_backend(account, region).invoke(
                            function, qualifier=None, body=body, headers={}, response_headers=answer
                        )
                except (JsonRESTError, ServiceException, HTTPException) as error:
                    if pause is None or getattr(error, "code", None) != 429:
                        raise RotationStepError(step, str(error)) from error
                    self._sleep(pause)
                else:
                    break
        if "x-amz-function-error" in answer:
            raise RotationStepError(step, bytes(payload).decode())


def is_under_way(secret: Any) -> bool:
    """Whether AWSPENDING is on another version than AWSCURRENT: AWS refuses to rotate then."""
    pending = holder(secret, PENDING)
    return pending is not None and pending != holder(secret, CURRENT)


def set_next_rotation(secret: Any, now: float) -> None:
    """Note when the schedule rotates the secret next."""
    schedule = read_rules(getattr(secret, "rotation_rules", None) or {})
    moment = schedule.next_after(datetime.fromtimestamp(now, UTC)) if schedule else None
    secret.next_rotation_date = int(moment.timestamp()) if moment else None


def _empty_version(token: str, now: float) -> dict[str, Any]:
    return {"createdate": int(now), "version_id": token, "version_stages": [PENDING]}


def _rotated_secrets() -> Iterator[Any]:
    for regions in secretsmanager_backends.values():
        for backend in regions.values():
            for secret in dict.values(backend.secrets):
                if getattr(secret, "rotation_enabled", False) and not secret.is_deleted():
                    yield secret


def _find(attempt: RotationAttempt, *, ended: bool = False) -> Any:
    """The secret, while the rotation is still to be carried out, or once it has `ended`; else None."""
    secret: Any = secretsmanager_backends[attempt.account][attempt.region].secrets.get(attempt.secret)
    if secret is None or secret.is_deleted() or attempt.token not in secret.versions:
        return None
    held = secret.versions[attempt.token]["version_stages"]
    if ended:
        return secret if CURRENT in held else None
    return secret if {PENDING, CURRENT} & set(held) and secret.rotation_enabled else None
