"""Rotations run in the background, are tried again, and come by schedule. SEC-2."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto.core.exceptions import JsonRESTError
from moto.secretsmanager.models import secretsmanager_backends

from lambdas.rotation.handler import compose, rotate
from sandbox.cloud.emulator.locks import ServiceLocks
from sandbox.cloud.rotation import rotator as module
from sandbox.cloud.rotation.errors import RotationStepError
from sandbox.cloud.rotation.rotator import STEPS, Rotator, is_under_way
from tests.support.rotation.ecs import RecordedEcs
from tests.support.rotation.moto_secrets import ACCOUNT, REGION, MotoSecrets

START = datetime(2026, 11, 28, 3, 40, tzinfo=UTC).timestamp()
ENVIRONMENT = {
    "CLUSTER": "sandbox",
    "GRANT_SIGNING_KEY": "none",
    "GRANT_KEYS": "none",
    "GRANT_BOUND_SECONDS": "30",
    "GRANT_KEY_CACHE_SECONDS": "60",
}


class TooManyError(JsonRESTError):
    """What Lambda says to a call too many."""

    code = 429

    def __init__(self) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.")


@dataclass
class Rehearsal:
    """One emulated Secrets Manager, its rotator, the rotation function itself, and a clock.

    `trouble` is asked before each step of the function, and may raise or answer with an error.
    """

    aws: MotoSecrets = field(default_factory=MotoSecrets)
    now: float = START
    steps: list[str] = field(default_factory=list)
    trouble: Callable[[str], bool] = lambda _: False
    restarts: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A secret that is generated, and rotated on the first of each month."""
        self.rotator = Rotator(ServiceLocks(), now=lambda: self.now, sleep=self._sleep, retries=(60.0, 300.0))
        self.slept: list[float] = []
        self.secret = self.aws.make("s", "first")
        self.secret.tags = [{"Key": "myelin:rotation", "Value": "generated"}]
        self.secret.rotation_lambda_arn = "arn:function"
        self.secret.rotation_rules = {"ScheduleExpression": "cron(0 4 1 * ? *)"}
        self._function = compose(ENVIRONMENT, self.aws, lambda: RecordedEcs(self.restarts))

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def invoke(self, _function: str, **asked: Any) -> bytes:
        """Run the rotation function."""
        event = json.loads(asked["body"])
        self.steps.append(event["Step"])
        if self.trouble(event["Step"]):
            asked["response_headers"]["x-amz-function-error"] = "Unhandled"
            return b'{"errorMessage": "no"}'
        rotate(event, self._function)
        return b"null"

    def current(self) -> str:
        return str(self.aws.get_secret_value(SecretId="s", VersionStage="AWSCURRENT")["SecretString"])


@pytest.fixture
def rehearsal(monkeypatch: pytest.MonkeyPatch) -> Rehearsal:
    made = Rehearsal()
    monkeypatch.setitem(secretsmanager_backends[ACCOUNT], REGION, made.aws.backend)
    monkeypatch.setattr(module, "get_backend", lambda _account, _region: made)
    return made


def test_an_accepted_rotation_runs_through_its_steps(rehearsal: Rehearsal) -> None:
    """Nothing happens in the call that accepts it; then all four, and the date is noted."""
    rehearsal.rotator.begin(rehearsal.secret, "one".ljust(32, "0"))
    assert (rehearsal.steps, rehearsal.current()) == ([], "first")
    rehearsal.rotator.do_what_is_due()
    assert rehearsal.steps == list(STEPS)
    assert rehearsal.current() != "first"
    assert rehearsal.secret.last_rotation_date == int(START)


def test_a_failed_step_is_tried_again_with_the_same_version(rehearsal: Rehearsal) -> None:
    """From the first step on, after a pause; meanwhile the old value is current and nothing overtakes it."""
    rehearsal.trouble = lambda step: step == "testSecret"
    rehearsal.rotator.begin(rehearsal.secret, "one".ljust(32, "0"))
    rehearsal.rotator.do_what_is_due()
    assert rehearsal.steps == list(STEPS[:3])
    assert (rehearsal.current(), is_under_way(rehearsal.secret)) == ("first", True)
    rehearsal.rotator.do_what_is_due()
    assert len(rehearsal.steps) == 3
    assert rehearsal.rotator.seconds_to_wait() == module.LONGEST_WAIT
    rehearsal.trouble = lambda _: False
    rehearsal.now += 60
    rehearsal.rotator.do_what_is_due()
    assert rehearsal.steps[3:] == list(STEPS)
    assert list(rehearsal.secret.versions)[-1] == "one".ljust(32, "0")
    assert not is_under_way(rehearsal.secret)


def test_a_rotation_that_fails_every_time_stays_stuck(rehearsal: Rehearsal) -> None:
    """After the last attempt it is left alone, pending, for whoever repairs it."""
    rehearsal.trouble = lambda _: True
    rehearsal.rotator.begin(rehearsal.secret, "one".ljust(32, "0"))
    for _ in range(10):
        rehearsal.rotator.do_what_is_due()
        rehearsal.now += 600
    assert rehearsal.steps == ["createSecret"] * 3
    assert (rehearsal.current(), is_under_way(rehearsal.secret)) == ("first", True)


def test_a_rotation_that_was_called_off_is_not_tried_again(rehearsal: Rehearsal) -> None:
    """Whoever takes AWSPENDING off the version ends it."""
    rehearsal.trouble = lambda _: True
    rehearsal.rotator.begin(rehearsal.secret, "one".ljust(32, "0"))
    rehearsal.rotator.do_what_is_due()
    rehearsal.aws.update_secret_version_stage(
        SecretId="s", VersionStage="AWSPENDING", RemoveFromVersionId="one".ljust(32, "0")
    )
    rehearsal.now += 600
    rehearsal.rotator.do_what_is_due()
    assert rehearsal.steps == ["createSecret"]


def test_schedules_go_by_the_clock(rehearsal: Rehearsal) -> None:
    """A rotation comes at its time, once, and then a month later."""
    module.set_next_rotation(rehearsal.secret, rehearsal.now)
    first = datetime(2026, 12, 1, 4, tzinfo=UTC)
    assert rehearsal.secret.next_rotation_date == int(first.timestamp())
    rehearsal.now = (first - timedelta(seconds=10)).timestamp()
    assert rehearsal.rotator.seconds_to_wait() == pytest.approx(10)
    rehearsal.rotator.do_what_is_due()
    assert rehearsal.steps == []
    rehearsal.now = (first + timedelta(hours=5)).timestamp()
    rehearsal.rotator.do_what_is_due()
    rehearsal.rotator.do_what_is_due()
    assert rehearsal.steps == list(STEPS)
    assert rehearsal.secret.next_rotation_date == int(datetime(2027, 1, 1, 4, tzinfo=UTC).timestamp())


def test_a_schedule_does_not_overtake_a_rotation_under_way(rehearsal: Rehearsal) -> None:
    """While one is stuck the next ones are left out: the live value stays as it is."""
    rehearsal.trouble = lambda _: True
    rehearsal.rotator.begin(rehearsal.secret, "one".ljust(32, "0"))
    for _ in range(5):
        rehearsal.rotator.do_what_is_due()
        rehearsal.now += 600
    module.set_next_rotation(rehearsal.secret, rehearsal.now)
    rehearsal.now += 40 * 86_400
    tried = len(rehearsal.steps)
    rehearsal.rotator.do_what_is_due()
    assert len(rehearsal.steps) == tried
    assert rehearsal.current() == "first"


def test_a_throttled_step_is_asked_again_at_once(rehearsal: Rehearsal) -> None:
    """The function has a bound of calls at once; what is over it waits a moment."""
    refusals = [True, True, False]

    def throttled(_step: str) -> bool:
        if refusals and refusals.pop(0):
            raise TooManyError
        return False

    rehearsal.trouble = throttled
    rehearsal.rotator.begin(rehearsal.secret, "one".ljust(32, "0"))
    rehearsal.rotator.do_what_is_due()
    assert rehearsal.steps == ["createSecret"] * 2 + list(STEPS)
    assert rehearsal.slept == list(module.THROTTLED_SECONDS[:2])


def test_a_trial_leaves_nothing_behind(rehearsal: Rehearsal) -> None:
    """testSecret on an empty version, which is gone whether it fails or not."""
    rehearsal.rotator.trial(rehearsal.secret, "arn:function")
    rehearsal.trouble = lambda _: True
    with pytest.raises(RotationStepError, match="testSecret"):
        rehearsal.rotator.trial(rehearsal.secret, "arn:function")
    assert rehearsal.steps == ["testSecret"] * 2
    assert [version["version_stages"] for version in rehearsal.secret.versions.values()] == [["AWSCURRENT"]]


def test_a_secret_that_was_deleted_is_rotated_no_more(rehearsal: Rehearsal) -> None:
    """Neither by what is queued nor by its schedule."""
    rehearsal.rotator.begin(rehearsal.secret, "one".ljust(32, "0"))
    module.set_next_rotation(rehearsal.secret, rehearsal.now)
    rehearsal.secret.delete(START)
    rehearsal.now += 40 * 86_400
    rehearsal.rotator.do_what_is_due()
    assert rehearsal.steps == []
