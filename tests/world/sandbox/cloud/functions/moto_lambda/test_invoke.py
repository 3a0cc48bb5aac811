"""The Invoke API on the executor: what runs, how it is called, and what is refused."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.cloud.emulator.clients import EmulatorClients
from tests.support.functions.emulated_lambda import ECHO, EmulatedLambda, invoke
from tests.support.waiting import wait_until

pytestmark = pytest.mark.sandbox


def test_invoke_runs_the_deployed_code(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """GOV-1: the answer is the handler's, with the version that ran; the log tail only when asked for."""
    create("plain", Environment={"Variables": {"MODE": "m"}})
    answer, document = invoke(aws, "plain", {"a": 1}, LogType="Tail")
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    assert document["event"] == {"a": 1}
    assert document["mode"] == "m"
    assert b"event {'a': 1}" in base64.b64decode(answer["LogResult"])
    assert "LogResult" not in invoke(aws, "plain")[0]


def test_function_errors_are_unhandled(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """An exception gives FunctionError Unhandled and AWS's document, with status 200."""
    create("raises", "def handler(event, context): raise KeyError('k')\n")
    answer, document = invoke(aws, "raises")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert document["errorType"] == "KeyError"


def test_kinds_of_invocation(box: EmulatedLambda, aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """DryRun runs nothing; Event answers at once, runs later, and is tried again when it fails."""
    create("kinds", "def handler(event, context):\n    print('ran', event)\n    raise ValueError('again')\n")
    assert invoke(aws, "kinds", InvocationType="DryRun")[0]["StatusCode"] == 204
    assert invoke(aws, "kinds", {"e": 1}, InvocationType="Event")[0]["StatusCode"] == 202

    def runs() -> list[str]:
        box.logs.flush()
        events = aws("logs").filter_log_events(logGroupName="/aws/lambda/kinds")["events"]
        return [event["message"] for event in events if event["message"].startswith("ran")]

    wait_until(lambda: len(runs()) == 3)
    assert runs() == ["ran {'e': 1}"] * 3


def test_malformed_event_is_refused(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """A payload that is no JSON never reaches the function."""
    create("strict")
    with pytest.raises(ClientError) as caught:
        aws("lambda").invoke(FunctionName="strict", Payload=b"{not json")
    assert caught.value.response["Error"]["Code"] == "InvalidRequestContentException"
    assert json.loads(aws("lambda").invoke(FunctionName="strict")["Payload"].read())["event"] == {}


def test_reserved_concurrency_throttles(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """A reservation of 0 answers 429 TooManyRequestsException, also through a version."""
    create("reserved", Publish=True)
    aws("lambda").put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError) as caught:
        invoke(aws, "reserved", Qualifier="1")
    assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    aws("lambda").delete_function_concurrency(FunctionName="reserved")
    assert invoke(aws, "reserved", Qualifier="1")[1]["version"] == "1"


def test_function_acts_as_its_role_and_may_call_aws(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """A function holds its role's session, and can call Lambda's own API while it runs."""
    source = """
import os, urllib.request
def handler(event, context):
    request = urllib.request.Request(
        os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/nested",
        headers={"Authorization": "AWS4-HMAC-SHA256 Credential=" + os.environ["AWS_ACCESS_KEY_ID"]
                 + "/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0"})
    return [urllib.request.urlopen(request, timeout=2).status, os.environ["AWS_ACCESS_KEY_ID"][:4]]
"""
    create("nested", source)
    assert invoke(aws, "nested")[1] == [200, "ASIA"]


def test_logs_reach_cloudwatch_in_order(
    box: EmulatedLambda, aws: EmulatorClients, create: Callable[..., Any]
) -> None:
    """OBS-2: every line of every call is in the function's group, each call's lines in order."""
    create("chatty", "def handler(event, context):\n    for n in range(20): print(event['call'], n)\n")
    threads = [threading.Thread(target=invoke, args=(aws, "chatty", {"call": call})) for call in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    box.logs.flush()
    paginator = aws("logs").get_paginator("filter_log_events")
    events = [
        event for page in paginator.paginate(logGroupName="/aws/lambda/chatty") for event in page["events"]
    ]
    messages = [event["message"] for event in events]
    for call in range(4):
        assert [m for m in messages if m.startswith(f"{call} ")] == [f"{call} {n}" for n in range(20)]


def test_code_that_cannot_be_run_here_is_refused(
    aws: EmulatorClients, create: Callable[..., Any], zipped: Callable[..., bytes]
) -> None:
    """Packages for another machine, which cannot be had for this one, are a clear error of the deployment;
    an update that is refused leaves the code as it was.
    """
    foreign = {
        "native-1.0.dist-info/WHEEL": "Tag: cp39-cp39-manylinux1_s390x\n",
        "requirements.lock": "native==1.0 --hash=sha256:0\n",
    }
    create("fits")
    role = aws("lambda").get_function_configuration(FunctionName="fits")["Role"]
    refused = zipped(ECHO, **foreign)
    for call in (
        lambda: aws("lambda").create_function(
            FunctionName="foreign",
            Runtime="python3.13",
            Handler="app.handler",
            Role=role,
            Code={"ZipFile": refused},
        ),
        lambda: aws("lambda").update_function_code(FunctionName="fits", ZipFile=refused),
    ):
        with pytest.raises(ClientError, match=r"has native for another machine.*: no network") as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "InvalidParameterValueException"
    assert "foreign" not in [found["FunctionName"] for found in aws("lambda").list_functions()["Functions"]]
    assert invoke(aws, "fits", {"a": 1})[1]["event"] == {"a": 1}


def test_other_runtimes_are_refused(aws: EmulatorClients, zipped: Callable[..., bytes]) -> None:
    """A function that cannot be run here is an error that says so, never a made-up answer."""
    role = aws("iam").get_role(RoleName="function-role")["Role"]["Arn"]
    aws("lambda").create_function(
        FunctionName="node", Runtime="nodejs22.x", Handler="a.b", Role=role, Code={"ZipFile": zipped("")}
    )
    with pytest.raises(ClientError) as caught:
        invoke(aws, "node")
    assert "running nodejs22.x functions" in caught.value.response["Error"]["Message"]
