"""Secrets are rotated as AWS Secrets Manager rotates them. SEC-2."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.cloud.emulator.clients import EmulatorClients
from sandbox.cloud.functions.moto_lambda import rotation
from tests.support.functions.emulated_lambda import EmulatedLambda
from tests.support.functions.rotators import MOVES, TELLS

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


def test_the_four_steps_come_in_order_with_arn_and_token(
    aws: EmulatorClients, create: Callable[..., Any], steps: Callable[[str], list[dict[str, str]]]
) -> None:
    """Each event has the secret's ARN, the new version's id, and a token that proves the rotation."""
    function = create("telling", TELLS)["FunctionArn"]
    secret = aws("secretsmanager").create_secret(Name="told", SecretString="old")
    rotated = aws("secretsmanager").rotate_secret(SecretId="told", RotationLambdaARN=function)
    assert rotated["VersionId"] != secret["VersionId"]
    events = steps("telling")
    assert [event["Step"] for event in events] == list(rotation.STEPS)
    assert {event["SecretId"] for event in events} == {secret["ARN"]}
    assert {event["ClientRequestToken"] for event in events} == {rotated["VersionId"]}
    assert all(event["RotationToken"] for event in events)


def test_nothing_moves_the_labels_but_the_function(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """A function that moves none leaves the old value current, and its version pending."""
    function = create("idle", TELLS)["FunctionArn"]
    client = aws("secretsmanager")
    old = client.create_secret(Name="unmoved", SecretString="old")["VersionId"]
    new = client.rotate_secret(SecretId="unmoved", RotationLambdaARN=function)["VersionId"]
    assert client.get_secret_value(SecretId="unmoved")["SecretString"] == "old"
    assert labels(aws, "unmoved") == {"AWSCURRENT": [old], "AWSPENDING": [new]}


def test_a_function_moves_each_label_to_one_version(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """What it made current is read without naming a version; the value before has the label for that."""
    function = create("moving", MOVES)["FunctionArn"]
    client = aws("secretsmanager")
    old = client.create_secret(Name="moved", SecretString="old")["VersionId"]
    new = client.rotate_secret(SecretId="moved", RotationLambdaARN=function)["VersionId"]
    assert client.get_secret_value(SecretId="moved")["SecretString"] == "made by rotation"
    assert labels(aws, "moved") == {"AWSCURRENT": [new], "AWSPREVIOUS": [old]}


def test_a_secret_without_a_value_can_be_rotated(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """Its first version is the one that the rotation makes."""
    function = create("first", MOVES)["FunctionArn"]
    client = aws("secretsmanager")
    client.create_secret(Name="empty")
    new = client.rotate_secret(SecretId="empty", RotationLambdaARN=function)["VersionId"]
    assert client.get_secret_value(SecretId="empty")["SecretString"] == "made by rotation"
    assert labels(aws, "empty") == {"AWSCURRENT": [new]}


def test_a_rotation_under_way_is_not_overtaken(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """Refused while AWSPENDING is on a version that is not current; let through once it is, or on none."""
    telling, moving = (create(name, source)["FunctionArn"] for name, source in (("t", TELLS), ("m", MOVES)))
    client = aws("secretsmanager")
    current = client.create_secret(Name="locked", SecretString="old")["VersionId"]
    pending = client.rotate_secret(SecretId="locked", RotationLambdaARN=telling)["VersionId"]
    with pytest.raises(client.exceptions.InvalidRequestException, match="previous rotation"):
        client.rotate_secret(SecretId="locked", RotationLambdaARN=moving)
    client.update_secret_version_stage(
        SecretId="locked", VersionStage="AWSPENDING", RemoveFromVersionId=pending, MoveToVersionId=current
    )
    client.rotate_secret(SecretId="locked", RotationLambdaARN=moving)
    assert client.get_secret_value(SecretId="locked")["SecretString"] == "made by rotation"
    client.rotate_secret(SecretId="locked")


def test_a_failed_step_is_the_last(
    aws: EmulatorClients, create: Callable[..., Any], steps: Callable[[str], list[dict[str, str]]]
) -> None:
    """The caller is told which one; the old value stays current."""
    function = create("failing", TELLS.replace("FAILS = None", "FAILS = 'setSecret'"))["FunctionArn"]
    client = aws("secretsmanager")
    client.create_secret(Name="kept", SecretString="old")
    with pytest.raises(ClientError, match="rotation failed in step setSecret"):
        client.rotate_secret(SecretId="kept", RotationLambdaARN=function)
    assert [event["Step"] for event in steps("failing")] == ["createSecret", "setSecret"]
    assert client.get_secret_value(SecretId="kept")["SecretString"] == "old"


def test_a_rotation_for_later_only_tests(
    aws: EmulatorClients, create: Callable[..., Any], steps: Callable[[str], list[dict[str, str]]]
) -> None:
    """RotateImmediately=false tests the current version, makes none, and has rotation enabled."""
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
    assert (event["Step"], event["ClientRequestToken"]) == ("testSecret", old)
    found = client.describe_secret(SecretId="later")
    assert found["RotationEnabled"] is True
    assert found["RotationRules"]["ScheduleExpression"] == "cron(0 4 1 * ? *)"
    assert labels(aws, "later") == {"AWSCURRENT": [old]}


def test_a_repeated_request_rotates_once(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """With the token of a version that is there, nothing is called and no value is lost."""
    function = create("once", MOVES)["FunctionArn"]
    client = aws("secretsmanager")
    token = client.create_secret(Name="once", SecretString="old")["VersionId"]
    client.rotate_secret(SecretId="once", RotationLambdaARN=function, ClientRequestToken=token)
    assert client.get_secret_value(SecretId="once")["SecretString"] == "old"


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
