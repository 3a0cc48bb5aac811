"""Secrets are rotated as AWS Secrets Manager rotates them, by functions that run. SEC-2."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.cloud.emulator.clients import EmulatorClients
from sandbox.cloud.rotation.rotate_secret import UNDER_WAY
from sandbox.cloud.rotation.rotator import STEPS
from tests.support.functions.emulated_lambda import EmulatedLambda
from tests.support.functions.rotators import MOVES, TELLS
from tests.support.waiting import wait_until

pytestmark = pytest.mark.sandbox


@pytest.fixture
def steps(box: EmulatedLambda, aws: EmulatorClients) -> Callable[[str], list[dict[str, str]]]:
    """The events that a rotating function has been given, in order."""

    def read(name: str) -> list[dict[str, str]]:
        box.logs.flush()
        events = aws("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        told = [event["message"] for event in events if event["message"].startswith("step ")]
        return [json.loads(message.removeprefix("step ")) for message in told]

    return read


def labels(aws: EmulatorClients, name: str) -> dict[str, list[str]]:
    """The labels of a secret, each with the versions that carry it."""
    found = aws("secretsmanager").describe_secret(SecretId=name).get("VersionIdsToStages", {})
    held: dict[str, list[str]] = {}
    for version, stages in found.items():
        for stage in stages:
            held.setdefault(stage, []).append(version)
    return held


def rotated(aws: EmulatorClients, name: str, **asked: Any) -> str:
    """Rotate a secret by a function that moves the labels; gives the new version once it is current."""
    version: str = aws("secretsmanager").rotate_secret(SecretId=name, **asked)["VersionId"]

    def done() -> bool:
        held = labels(aws, name)
        return held.get("AWSCURRENT") == [version] and "AWSPENDING" not in held

    wait_until(done, what="the new version is current")
    return version


def test_the_four_steps_come_in_order_with_arn_and_token(
    aws: EmulatorClients, create: Callable[..., Any], steps: Callable[[str], list[dict[str, str]]]
) -> None:
    """Each event has the secret's ARN, the new version's id, and a token that proves the rotation."""
    function = create("telling", TELLS)["FunctionArn"]
    secret = aws("secretsmanager").create_secret(Name="told", SecretString="old")
    begun = aws("secretsmanager").rotate_secret(SecretId="told", RotationLambdaARN=function)
    assert begun["VersionId"] != secret["VersionId"]
    wait_until(lambda: len(steps("telling")) == len(STEPS), what="four steps")
    events = steps("telling")
    assert [event["Step"] for event in events] == list(STEPS)
    assert {event["SecretId"] for event in events} == {secret["ARN"]}
    assert {event["ClientRequestToken"] for event in events} == {begun["VersionId"]}
    assert all(event["RotationToken"] for event in events)


def test_nothing_moves_the_labels_but_the_function(
    aws: EmulatorClients, create: Callable[..., Any], steps: Callable[[str], list[dict[str, str]]]
) -> None:
    """A function that moves none leaves the old value current, and its version pending."""
    function = create("idle", TELLS)["FunctionArn"]
    client = aws("secretsmanager")
    old = client.create_secret(Name="unmoved", SecretString="old")["VersionId"]
    new = client.rotate_secret(SecretId="unmoved", RotationLambdaARN=function)["VersionId"]
    wait_until(lambda: len(steps("idle")) == len(STEPS), what="four steps")
    assert client.get_secret_value(SecretId="unmoved")["SecretString"] == "old"
    assert labels(aws, "unmoved") == {"AWSCURRENT": [old], "AWSPENDING": [new]}


def test_a_function_moves_each_label_to_one_version(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """What it made current is read without naming a version; the value before has the label for that."""
    function = create("moving", MOVES)["FunctionArn"]
    client = aws("secretsmanager")
    old = client.create_secret(Name="moved", SecretString="old")["VersionId"]
    new = rotated(aws, "moved", RotationLambdaARN=function)
    assert client.get_secret_value(SecretId="moved")["SecretString"] == "made by rotation"
    assert labels(aws, "moved") == {"AWSCURRENT": [new], "AWSPREVIOUS": [old]}
    wait_until(
        lambda: client.describe_secret(SecretId="moved").get("LastRotatedDate"),
        what="the date of the rotation",
    )


def test_a_secret_without_a_value_can_be_rotated(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """Its first version is the one that the rotation makes."""
    function = create("first", MOVES)["FunctionArn"]
    aws("secretsmanager").create_secret(Name="empty")
    new = rotated(aws, "empty", RotationLambdaARN=function)
    assert aws("secretsmanager").get_secret_value(SecretId="empty")["SecretString"] == "made by rotation"
    assert labels(aws, "empty") == {"AWSCURRENT": [new]}


def test_a_rotation_under_way_is_not_overtaken(
    aws: EmulatorClients, create: Callable[..., Any], steps: Callable[[str], list[dict[str, str]]]
) -> None:
    """Refused while AWSPENDING is on a version that is not current, and the live value stays as it is; let
    through once it is on the current version, or on none.
    """
    telling, moving = (create(name, source)["FunctionArn"] for name, source in (("t", TELLS), ("m", MOVES)))
    client = aws("secretsmanager")
    current = client.create_secret(Name="locked", SecretString="old")["VersionId"]
    pending = client.rotate_secret(SecretId="locked", RotationLambdaARN=telling)["VersionId"]
    wait_until(lambda: len(steps("t")) == len(STEPS), what="four steps")
    with pytest.raises(client.exceptions.InvalidRequestException, match=UNDER_WAY):
        client.rotate_secret(SecretId="locked", RotationLambdaARN=moving)
    assert client.get_secret_value(SecretId="locked")["SecretString"] == "old"
    assert labels(aws, "locked") == {"AWSCURRENT": [current], "AWSPENDING": [pending]}
    client.update_secret_version_stage(
        SecretId="locked", VersionStage="AWSPENDING", RemoveFromVersionId=pending, MoveToVersionId=current
    )
    rotated(aws, "locked", RotationLambdaARN=moving)
    assert client.get_secret_value(SecretId="locked")["SecretString"] == "made by rotation"
    rotated(aws, "locked")


def test_a_failed_step_is_the_last(
    aws: EmulatorClients, create: Callable[..., Any], steps: Callable[[str], list[dict[str, str]]]
) -> None:
    """The old value stays current, and the new version pending, so that it is seen to be stuck."""
    function = create("failing", TELLS.replace("FAILS = None", "FAILS = 'setSecret'"))["FunctionArn"]
    client = aws("secretsmanager")
    old = client.create_secret(Name="kept", SecretString="old")["VersionId"]
    new = client.rotate_secret(SecretId="kept", RotationLambdaARN=function)["VersionId"]
    # what comes after it in the queue is done, so nothing of it is under way
    other = create("next", MOVES)["FunctionArn"]
    client.create_secret(Name="next")
    rotated(aws, "next", RotationLambdaARN=other)
    assert [event["Step"] for event in steps("failing")] == ["createSecret", "setSecret"]
    assert client.get_secret_value(SecretId="kept")["SecretString"] == "old"
    assert labels(aws, "kept") == {"AWSCURRENT": [old], "AWSPENDING": [new]}


def test_a_rotation_for_later_only_tests(
    aws: EmulatorClients, create: Callable[..., Any], steps: Callable[[str], list[dict[str, str]]]
) -> None:
    """RotateImmediately=false tests with an empty version, which is gone then, and enables rotation."""
    function = create("later", TELLS)["FunctionArn"]
    client = aws("secretsmanager")
    old = client.create_secret(Name="later", SecretString="old")["VersionId"]
    client.rotate_secret(
        SecretId="later",
        RotationLambdaARN=function,
        RotationRules={"ScheduleExpression": "cron(0 4 1 * ? *)"},
        RotateImmediately=False,
    )
    (event,) = steps("later")
    assert event["Step"] == "testSecret"
    assert event["ClientRequestToken"] != old
    found = client.describe_secret(SecretId="later")
    assert found["RotationEnabled"] is True
    assert found["RotationRules"]["ScheduleExpression"] == "cron(0 4 1 * ? *)"
    assert found["NextRotationDate"].day == 1
    assert labels(aws, "later") == {"AWSCURRENT": [old]}


def test_a_function_that_fails_its_trial_is_told(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """Whoever sets the schedule learns of it; the secret has no rotation under way."""
    function = create("untried", TELLS.replace("FAILS = None", "FAILS = 'testSecret'"))["FunctionArn"]
    client = aws("secretsmanager")
    old = client.create_secret(Name="untried", SecretString="old")["VersionId"]
    with pytest.raises(ClientError, match="rotation failed in step testSecret"):
        client.rotate_secret(SecretId="untried", RotationLambdaARN=function, RotateImmediately=False)
    assert labels(aws, "untried") == {"AWSCURRENT": [old]}


def test_a_repeated_request_rotates_once(
    aws: EmulatorClients, create: Callable[..., Any], steps: Callable[[str], list[dict[str, str]]]
) -> None:
    """With the token of a version that is there, nothing is called and no value is lost."""
    function = create("once", MOVES)["FunctionArn"]
    client = aws("secretsmanager")
    token = client.create_secret(Name="once", SecretString="old")["VersionId"]
    client.rotate_secret(SecretId="once", RotationLambdaARN=function, ClientRequestToken=token)
    assert client.get_secret_value(SecretId="once")["SecretString"] == "old"
    assert labels(aws, "once") == {"AWSCURRENT": [token]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "No Lambda rotation function"),
        ({"RotationLambdaARN": "arn:aws:lambda:us-east-1:123456789012:function:none"}, "not found"),
    ],
)
def test_a_rotation_needs_a_function_that_is_there(
    aws: EmulatorClients, given: dict[str, str], said: str
) -> None:
    """Without one it is refused, and the secret stays as it is."""
    client = aws("secretsmanager")
    secret = client.create_secret(SecretString="old", Name=f"lone-{len(given)}")
    with pytest.raises(ClientError, match=said):
        client.rotate_secret(SecretId=secret["ARN"], **given)
    assert not client.describe_secret(SecretId=secret["ARN"]).get("RotationEnabled")


def test_a_schedule_that_aws_does_not_take_is_refused(
    aws: EmulatorClients, create: Callable[..., Any]
) -> None:
    """Nothing is rotated, and no function noted."""
    function = create("misread", MOVES)["FunctionArn"]
    client = aws("secretsmanager")
    client.create_secret(SecretString="old", Name="misread")
    with pytest.raises(client.exceptions.InvalidParameterException, match="six fields"):
        client.rotate_secret(
            SecretId="misread",
            RotationLambdaARN=function,
            RotationRules={"ScheduleExpression": "cron(0 4 1 * ?)"},
        )
    assert not client.describe_secret(SecretId="misread").get("RotationEnabled")
