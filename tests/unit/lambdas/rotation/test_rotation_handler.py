"""The events that Secrets Manager sends, and what the function makes of them. SEC-2."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas.rotation.errors import RotationError
from lambdas.rotation.handler import Rotations, compose, handler, rotate
from lambdas.rotation.steps import Request, RotationStep, read_event
from lambdas.rotation.versions import CURRENT, PENDING, Secrets, Versions
from tests.support.rotation.ecs import RecordedEcs
from tests.support.rotation.secrets_manager import SecretsManager

EVENT = {"Step": "createSecret", "SecretId": "arn:signing", "ClientRequestToken": "one"}
ENVIRONMENT = {
    "CLUSTER": "dev",
    "GRANT_SIGNING_KEY": "arn:signing",
    "GRANT_KEYS": "arn:public",
    "GRANT_BOUND_SECONDS": "30",
    "GRANT_KEY_CACHE_SECONDS": "60",
}


@pytest.mark.parametrize(
    ("spelled", "step"),
    [
        ("create_secret", RotationStep.CREATE),
        ("set_secret", RotationStep.SET),
        ("test_secret", RotationStep.TEST),
        ("finish_secret", RotationStep.FINISH),
        *((step.value, step) for step in RotationStep),
    ],
)
def test_both_spellings_of_a_step_are_read(spelled: str, step: RotationStep) -> None:
    """AWS documents `createSecret` and `create_secret`."""
    assert read_event(EVENT | {"Step": spelled}).step is step


def test_the_rotation_token_is_optional() -> None:
    """An event may carry a proof; an empty one is none."""
    assert read_event(EVENT).proof() == {}
    assert read_event(EVENT | {"RotationToken": ""}).proof() == {}
    assert read_event(EVENT | {"RotationToken": "t"}).proof() == {"RotationToken": "t"}


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {},
        EVENT | {"Step": "deleteSecret"},
        EVENT | {"SecretId": ""},
        EVENT | {"ClientRequestToken": 5},
    ],
)
def test_events_that_are_no_step_are_refused(event: Any) -> None:
    """A made-up event is refused before anything is read or written."""
    with pytest.raises(RotationError):
        read_event(event)


def composed(aws: SecretsManager, restarted: list[Any] | None = None) -> Rotations:
    """The function's rotations; calls of ECS are added to `restarted`."""
    return compose(ENVIRONMENT, aws, lambda: RecordedEcs(restarted if restarted is not None else []))


def test_the_four_steps_make_the_first_key() -> None:
    """The composed function, step after step as Secrets Manager calls it."""
    aws = SecretsManager()
    aws.begin("arn:signing", "one")
    kinds = composed(aws)
    for step in RotationStep:
        rotate(EVENT | {"Step": step.value}, kinds)
    assert aws.current("arn:signing")
    assert aws.current("arn:public")


def test_a_secret_that_is_not_its_own_is_refused() -> None:
    """The function rotates the secrets whose tag says how, whoever invokes it."""
    aws = SecretsManager()
    aws.begin("arn:other", "one")
    aws.tags["arn:other"] = {"myelin:rotation": "by-hand"}
    with pytest.raises(RotationError, match="none of the secrets"):
        rotate(EVENT | {"SecretId": "arn:other"}, composed(aws))


@pytest.mark.parametrize("missing", sorted(ENVIRONMENT))
def test_a_missing_setting_ends_the_start(missing: str) -> None:
    """A function without one of its settings does not start."""
    with pytest.raises(KeyError, match=missing):
        compose(
            {name: value for name, value in ENVIRONMENT.items() if name != missing}, SecretsManager(), dict
        )


def test_labels_move_once() -> None:
    """Making a version current that is current already writes nothing."""
    aws = SecretsManager()
    aws.begin("s", "one")
    request = Request(step=RotationStep.FINISH, secret_id="s", token="one", rotation_token=None)
    secrets = Secrets(aws)
    secrets.put_pending(request, "x")
    secrets.make_current(request, secrets.versions(request))
    assert secrets.versions(request) == Versions(labels={"one": (CURRENT,)})
    assert secrets.versions(request).holder(PENDING) is None
    before = aws.writes
    secrets.make_current(request, secrets.versions(request))
    assert aws.writes == before


def test_a_tagged_secret_gets_a_new_value_and_its_tasks_are_replaced() -> None:
    """The four steps of a secret whose tags say that it is generated, and who reads it when it starts."""
    aws, restarted = SecretsManager(), list[Any]()
    aws.put_secret_value(SecretId="arn:own", SecretString="old", VersionStages=["AWSCURRENT"])
    aws.tags["arn:own"] = {"myelin:rotation": "generated", "myelin:restart": "axon"}
    aws.begin("arn:own", "one")
    rotations = composed(aws, restarted)
    for step in RotationStep:
        rotate(EVENT | {"SecretId": "arn:own", "Step": step.value}, rotations)
    assert len(aws.current("arn:own") or "") == 64
    assert restarted == [{"cluster": "dev", "service": "axon", "forceNewDeployment": True}]


def test_what_fails_is_counted_and_told_without_a_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The alarm on rotations stands on a metric of failed steps; the log says which step of what."""
    monkeypatch.setattr("lambdas.rotation.handler._rotations", lambda: composed(SecretsManager()))
    with pytest.raises(RotationError):
        handler(EVENT | {"Step": "deleteSecret"}, None)
    written = capsys.readouterr().out
    metric = next(line for line in map(json.loads, written.splitlines()) if "_aws" in line)
    assert metric["RotationStepsFailed"] == [1.0]
    assert metric["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Myelin"


def test_a_finished_rotation_is_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One for a rotation that came to its end, and none for the steps before."""
    aws = SecretsManager()
    aws.begin("arn:signing", "one")
    monkeypatch.setattr("lambdas.rotation.handler._rotations", lambda: composed(aws))
    for step in RotationStep:
        handler(EVENT | {"Step": step.value}, None)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["SecretsRotated"] for line in lines if "_aws" in line] == [[1.0]]
