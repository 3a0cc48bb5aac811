"""One rotation on demand: begun, followed step by step, refused, taken back. SEC-2."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from cli.errors import TimedOutError
from cli.rotation.errors import NotRotatedError, RotationStuckError
from cli.rotation.rotate import STEPS, OnDemandRotation, PatientClock, RotationStage, take_back
from cli.rotation.secrets import RotatedSecret
from tests.support.rotation.fake_clients import NOW, FakeClient, refuses

Labels = Mapping[str, tuple[str, ...]]
QUIET: Labels = {"old": ("AWSCURRENT",)}
STUCK: Labels = {"old": ("AWSCURRENT",), "half": ("AWSPENDING",)}


def secret(labels: Labels = QUIET) -> RotatedSecret:
    return RotatedSecret(name="axon/heartbeat-key", arn="arn", kind="generated", labels=labels)


@dataclass
class Rehearsal:
    """A rotation whose function takes a step with each look at its log, until `trouble` is written."""

    trouble: dict[str, Any] | None = None
    now: float = NOW.timestamp()
    looks: int = 0
    told: list[str] = field(default_factory=list)

    def rotation(self, found: RotatedSecret | None = None, **answers: Any) -> OnDemandRotation:
        secrets = FakeClient(
            {"rotate_secret": {"VersionId": "new"}, "describe_secret": self._describe, **answers}
        )
        logs = FakeClient({"filter_log_events": self._log})
        clock = PatientClock(now=lambda: self.now, sleep=self._sleep)
        return OnDemandRotation(
            secrets, logs, found or secret(), environment="dev", log_group="/rotation", clock=clock
        )

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def _describe(self, **_: Any) -> Any:
        labels = ["AWSCURRENT"] if self.looks >= len(STEPS) else ["AWSPENDING"]
        return {"VersionIdsToStages": {"new": labels}}

    def _log(self, **_: Any) -> Any:
        self.looks += 1
        records: list[Any] = [
            {"message": "step taken", "step": step, "version": "new", "timestamp": f"at {step}"}
            for step in STEPS[: self.looks]
        ]
        if self.trouble and self.looks > 1:
            records.append(self.trouble)
        return {"events": [{"message": "plain text"}, *({"message": json.dumps(one)} for one in records)]}

    def tell(self, stage: RotationStage) -> None:
        self.told.append(stage.step)


def test_each_step_is_told_once_and_in_order() -> None:
    """With the time of the function's log; the end is when the version is current and pending no more."""
    rehearsal = Rehearsal()
    rotation = rehearsal.rotation()
    assert rotation.begin() == "new"
    stages = rotation.follow(60, rehearsal.tell)
    assert rehearsal.told == list(STEPS)
    assert [stage.at for stage in stages] == [f"at {step}" for step in STEPS]


def test_an_earlier_rotation_that_has_not_ended_is_not_overtaken() -> None:
    """Nothing is asked of AWS; the version that is pending and the way out are named."""
    with pytest.raises(RotationStuckError, match="version half is pending") as error:
        Rehearsal().rotation(secret(STUCK)).begin()
    assert "myelin rotate secret axon/heartbeat-key --repair --env dev" in error.value.hint


def test_a_refusal_of_aws_is_told_in_its_words() -> None:
    """Such as another rotation that has begun in between."""
    with pytest.raises(NotRotatedError, match="previous rotation"):
        Rehearsal().rotation(rotate_secret=refuses("InvalidRequestException", "A previous rotation")).begin()


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (
            {"message": "step refused", "asked": {"step": "testSecret"}, "reason": "not taken"},
            "testSecret: not taken",
        ),
        (
            {"message": "step failed", "asked": {"step": "setSecret"}, "exception_name": "KeyError"},
            "KeyError",
        ),
        ({"message": "step failed"}, "a step: see the log"),
    ],
)
def test_a_step_that_fails_ends_the_wait(record: dict[str, Any], said: str) -> None:
    """With the function's reason, and the word that the current value is untouched."""
    rotation = Rehearsal(trouble=record).rotation()
    rotation.begin()
    with pytest.raises(NotRotatedError, match=said) as error:
        rotation.follow(60, lambda _: None)
    assert "current value is untouched" in error.value.message


def test_a_rotation_that_does_not_end_is_timed_out() -> None:
    """It goes on by itself; the command does not wait for ever."""
    rehearsal = Rehearsal()
    rotation = rehearsal.rotation(describe_secret={"VersionIdsToStages": {"new": ["AWSPENDING"]}})
    rotation.begin()
    with pytest.raises(TimedOutError, match="not ended after 3 s"):
        rotation.follow(3, lambda _: None)


def test_taking_back_takes_the_label_and_nothing_else() -> None:
    """AWSPENDING comes off the version that has it; the current one is not named."""
    client = FakeClient({"update_secret_version_stage": {}})
    assert take_back(client, secret()) is None
    assert take_back(client, secret(STUCK)) == "half"
    asked = {"SecretId": "arn", "VersionStage": "AWSPENDING", "RemoveFromVersionId": "half"}
    assert client.calls == [("update_secret_version_stage", asked)]
    with pytest.raises(NotRotatedError, match="not allowed"):
        take_back(
            FakeClient({"update_secret_version_stage": refuses("AccessDeniedException", "not allowed")}),
            secret(STUCK),
        )
