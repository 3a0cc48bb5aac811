"""Functions behind moto's Lambda API, and the services that call functions."""

from __future__ import annotations

import base64
import copy
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from moto.awslambda.models import lambda_backends

from sandbox.cloud.emulator.clients import EmulatorClients
from sandbox.cloud.emulator.emulator import Emulator
from sandbox.cloud.functions.events import EventQueue
from sandbox.cloud.functions.executor import FunctionExecutor
from sandbox.cloud.functions.urls.urls import FunctionUrlMiddleware
from sandbox.cloud.host.credentials import RoleCredentials
from sandbox.cloud.telemetry.logs import LogShipper
from sandbox.cloud.telemetry.moto_logs import MotoLogs

pytestmark = pytest.mark.sandbox

REGION = "us-east-1"
ECHO = """
import os
def handler(event, context):
    print("event", event)
    return {"event": event, "arn": context.invoked_function_arn, "version": context.function_version,
            "mode": os.environ.get("MODE"), "role": os.environ.get("AWS_SESSION_TOKEN", "")}
"""


class Box:
    """An emulator with functions, as the host puts them together."""

    def __init__(self, directory: Path) -> None:
        self.pauses: list[float] = []
        self.emulator = Emulator(
            ping=dict,
            status=dict,
            shutdown=lambda: None,
            preloaded=(),
            middleware=[lambda application: FunctionUrlMiddleware(application, self._find)],
            prepare=[self._install],
        )
        self.aws = EmulatorClients(self.emulator.endpoint, REGION)
        self.logs = LogShipper(MotoLogs(REGION, self.emulator.locks))
        self.executor = FunctionExecutor(
            directory,
            sink=self.logs,
            credentials=RoleCredentials(self.aws),
            supplied={"AWS_ENDPOINT_URL": self.emulator.endpoint, "MYELIN_SANDBOX": str(directory)},
            install=lambda requirements, into: "no network",
        )
        self.events = EventQueue(self.executor, retries=(0.01, 0.01))
        self.logs.start()
        self.emulator.start()

    def _install(self) -> None:
        from sandbox.cloud.functions.moto_lambda.backend import MotoLambda  # noqa: PLC0415 - imports moto, as in the host

        self.functions = MotoLambda(self.executor, self.events, self.emulator.locks)
        self.functions.install(self.emulator.endpoint)
        self.emulator.changes.subscribe("lambda", self.functions.follow_changes)

    def _find(self, url_id: str, access_key: str | None) -> Any:
        return self.functions.url_target(url_id, access_key)

    def stop(self) -> None:
        self.events.stop()
        self.executor.stop()
        self.logs.stop()
        self.emulator.stop()


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    made = Box(tmp_path_factory.mktemp("functions"))
    made.aws("iam").create_role(RoleName="function-role", AssumeRolePolicyDocument="{}")
    yield made
    made.stop()


@pytest.fixture
def aws(box: Box) -> EmulatorClients:
    return box.aws


@pytest.fixture
def create(aws: EmulatorClients, zipped: Callable[..., bytes]) -> Callable[..., Any]:
    """Make a function and its log group."""
    role = aws("iam").get_role(RoleName="function-role")["Role"]["Arn"]

    def make(name: str, source: str = ECHO, **arguments: Any) -> Any:
        aws("logs").create_log_group(logGroupName=f"/aws/lambda/{name}")
        return aws("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            Role=role,
            Code={"ZipFile": zipped(source)},
            **arguments,
        )

    return make


def invoke(
    aws: EmulatorClients, name: str, payload: Any = None, **arguments: Any
) -> tuple[dict[str, Any], Any]:
    """Call a function; returns the answer, and its payload as a document (None without one)."""
    answer = aws("lambda").invoke(
        FunctionName=name, Payload=json.dumps({} if payload is None else payload), **arguments
    )
    data = answer["Payload"].read()
    return answer, json.loads(data) if data else None


def wait_until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


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


def test_code_that_can_not_be_run_here_is_refused(
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


def test_alias_runs_the_version_that_it_points_to(
    aws: EmulatorClients, create: Callable[..., Any], zipped: Callable[..., bytes]
) -> None:
    """Qualifiers are honoured, by parameter and in the ARN; moving the alias moves the next call."""
    client = aws("lambda")
    create(
        "versions",
        "def handler(event, context): return ['one', context.invoked_function_arn]\n",
        Publish=True,
    )
    alias = client.create_alias(FunctionName="versions", Name="live", FunctionVersion="1")["AliasArn"]
    code = "def handler(event, context): return ['two', context.invoked_function_arn]\n"
    client.update_function_code(FunctionName="versions", ZipFile=zipped(code))
    version = client.publish_version(FunctionName="versions")["Version"]
    unqualified = alias.removesuffix(":live")
    assert invoke(aws, "versions", Qualifier="live")[1] == ["one", alias]
    assert invoke(aws, alias)[1] == ["one", alias]
    assert invoke(aws, "versions", {"Qualifier": "1", "qualifier": "1"})[1] == ["two", unqualified]
    assert invoke(aws, "versions", Qualifier=version)[1] == ["two", f"{unqualified}:{version}"]
    client.update_alias(FunctionName="versions", Name="live", FunctionVersion=version)
    assert invoke(aws, alias)[1] == ["two", alias]
    with pytest.raises(ClientError) as caught:
        invoke(aws, "versions", Qualifier="missing")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_old_versions_processes_end_when_the_alias_moves(
    box: Box, aws: EmulatorClients, create: Callable[..., Any], zipped: Callable[..., bytes]
) -> None:
    """A version that no alias points to keeps no idle process; the new one is started ahead."""
    client = aws("lambda")
    create("moving", Publish=True)
    client.create_alias(FunctionName="moving", Name="live", FunctionVersion="1")
    invoke(aws, "moving", Qualifier="live")

    def pids() -> set[int]:
        functions = {function["name"]: function["processes"] for function in box.executor.status()}
        return {process["pid"] for process in functions.get("moving", ())}

    before = pids()
    client.update_function_code(FunctionName="moving", ZipFile=zipped(ECHO + "#"), Publish=True)
    client.update_alias(FunctionName="moving", Name="live", FunctionVersion="2")
    wait_until(lambda: pids() and not pids() & before)
    assert invoke(aws, "moving", Qualifier="live")[1]["version"] == "2"
    client.delete_function(FunctionName="moving")
    wait_until(lambda: not pids())


def test_function_errors_are_unhandled(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """An exception gives FunctionError Unhandled and AWS's document, with status 200."""
    create("raises", "def handler(event, context): raise KeyError('k')\n")
    answer, document = invoke(aws, "raises")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert document["errorType"] == "KeyError"


def test_kinds_of_invocation(box: Box, aws: EmulatorClients, create: Callable[..., Any]) -> None:
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


def test_configuration_changes_reach_the_next_call(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """New environment variables are seen; logging and tracing are kept and described."""
    client = aws("lambda")
    create("configured", LoggingConfig={"LogFormat": "JSON", "LogGroup": "/own/group"})
    assert invoke(aws, "configured")[1]["mode"] is None
    client.update_function_configuration(
        FunctionName="configured",
        Environment={"Variables": {"MODE": "new"}},
        TracingConfig={"Mode": "Active"},
        LoggingConfig={"LogFormat": "Text"},
    )
    assert invoke(aws, "configured")[1]["mode"] == "new"
    described = client.get_function_configuration(FunctionName="configured")
    assert described["TracingConfig"] == {"Mode": "Active"}
    assert described["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/configured"}


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


def test_sqs_runs_the_function_and_keeps_what_failed(
    aws: EmulatorClients, create: Callable[..., Any]
) -> None:
    """A message whose function fails stays in the queue; one that succeeds is deleted."""
    create(
        "consumer",
        "def handler(event, context):\n    if event['Records'][0]['body'] == 'bad': raise ValueError('no')\n",
    )
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName="queue", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="consumer", BatchSize=1)
    sqs.send_message(QueueUrl=url, MessageBody="good")
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    sqs.send_message(QueueUrl=url, MessageBody="bad")
    assert [message["Body"] for message in sqs.receive_message(QueueUrl=url)["Messages"]] == ["bad"]


def test_sns_runs_the_function(box: Box, aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """A published message reaches a subscribed function."""
    created = create(
        "listener", "def handler(event, context): print('got', event['Records'][0]['Sns']['Message'])\n"
    )
    topic = aws("sns").create_topic(Name="topic")["TopicArn"]
    aws("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=created["FunctionArn"])
    aws("sns").publish(TopicArn=topic, Message="hello")
    box.logs.flush()
    events = aws("logs").filter_log_events(logGroupName="/aws/lambda/listener")["events"]
    assert "got hello" in [event["message"] for event in events]


ROTATION = """
import json
STEPS = []
def handler(event, context):
    STEPS.append(event["Step"])
    print("step", event["Step"])
    if event["Step"] == FAILS:
        raise RuntimeError("cannot")
"""


def test_rotation_runs_its_four_steps(box: Box, aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """SEC-2: create, set, test and finish are called in this order, and the new version becomes current."""
    created = create("rotator", f"FAILS = None\n{ROTATION}")
    secret = aws("secretsmanager").create_secret(Name="rotated", SecretString="old")
    rotated = aws("secretsmanager").rotate_secret(
        SecretId="rotated", RotationLambdaARN=created["FunctionArn"]
    )
    assert rotated["VersionId"] != secret["VersionId"]
    box.logs.flush()
    events = aws("logs").filter_log_events(logGroupName="/aws/lambda/rotator")["events"]
    steps = [event["message"] for event in events if event["message"].startswith("step")]
    assert steps == ["step createSecret", "step setSecret", "step testSecret", "step finishSecret"]


def test_rotation_stops_at_a_failed_step(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """SEC-2: after a step that fails the old value stays current."""
    created = create("broken-rotator", f"FAILS = 'testSecret'\n{ROTATION}")
    client = aws("secretsmanager")
    secret = client.create_secret(Name="kept", SecretString="old")
    with pytest.raises(ClientError) as caught:
        client.rotate_secret(SecretId="kept", RotationLambdaARN=created["FunctionArn"])
    assert "rotation failed in step testSecret" in caught.value.response["Error"]["Message"]
    current = client.get_secret_value(SecretId="kept")
    assert (current["SecretString"], current["VersionId"]) == ("old", secret["VersionId"])


def test_function_url_runs_the_function(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """The address that Lambda gives answers, and a qualified URL runs its alias."""
    source = """
def handler(event, context):
    body = event["body"] + context.function_version
    return {"statusCode": 418, "headers": {"X-Path": event["rawPath"]}, "body": body}
"""
    create("url", source, Publish=True)
    aws("lambda").create_alias(FunctionName="url", Name="live", FunctionVersion="1")
    url = aws("lambda").create_function_url_config(FunctionName="url", AuthType="NONE", Qualifier="live")[
        "FunctionUrl"
    ]
    request = urllib.request.Request(url + "tea?x=1", data=b"pot", headers={"Content-Type": "text/plain"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=10)
    assert (caught.value.code, caught.value.read(), caught.value.headers["X-Path"]) == (418, b"pot1", "/tea")


def test_function_url_with_iam_names_the_caller(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """Without a signature 403; with one the function learns whose it is."""
    create(
        "iam-url",
        "def handler(event, context): return event['requestContext']['authorizer']['iam']['userArn']\n",
    )
    url = aws("lambda").create_function_url_config(FunctionName="iam-url", AuthType="AWS_IAM")["FunctionUrl"]
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url, timeout=10)
    assert caught.value.code == 403
    aws("iam").create_user(UserName="operator")
    key = aws("iam").create_access_key(UserName="operator")["AccessKey"]
    role = aws("sts").assume_role(RoleArn="arn:aws:iam::123456789012:role/people", RoleSessionName="ada")
    temporary = role["Credentials"]
    for credentials, caller in (
        (Credentials(key["AccessKeyId"], key["SecretAccessKey"]), ":user/operator"),
        (
            Credentials(temporary["AccessKeyId"], temporary["SecretAccessKey"], temporary["SessionToken"]),
            ":assumed-role/people/ada",
        ),
    ):
        request = AWSRequest(method="GET", url=url)
        SigV4Auth(credentials, "lambda", REGION).add_auth(request)
        signed = urllib.request.Request(url, headers=dict(request.headers.items()))
        assert json.loads(urllib.request.urlopen(signed, timeout=10).read()).endswith(caller)
    request = AWSRequest(method="GET", url=url)
    SigV4Auth(Credentials(key["AccessKeyId"], "guessed"), "lambda", REGION).add_auth(request)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(url, headers=dict(request.headers.items())), timeout=10)
    assert caught.value.code == 403


def test_logs_reach_cloudwatch_in_order(box: Box, aws: EmulatorClients, create: Callable[..., Any]) -> None:
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


def test_listing_all_versions_copies_no_logs(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """A copy of a function shares the log store with it, and describes the same function."""
    created = create("copied", Publish=True, Environment={"Variables": {"MODE": "m"}})
    assert created["Version"] == "1"
    function = lambda_backends["123456789012"][REGION].get_function("copied")
    copied = copy.deepcopy(function)
    assert copied.logs_backend is function.logs_backend
    assert copied.environment_vars == {"MODE": "m"}
    assert copied.environment_vars is not function.environment_vars
    pages = aws("lambda").get_paginator("list_functions").paginate(FunctionVersion="ALL")
    listed = [f["Version"] for page in pages for f in page["Functions"] if f["FunctionName"] == "copied"]
    assert listed == ["$LATEST", "1"]


def test_other_runtimes_are_refused(aws: EmulatorClients, zipped: Callable[..., bytes]) -> None:
    """A function that cannot be run here is an error that says so, never a made-up answer."""
    role = aws("iam").get_role(RoleName="function-role")["Role"]["Arn"]
    aws("lambda").create_function(
        FunctionName="node", Runtime="nodejs22.x", Handler="a.b", Role=role, Code={"ZipFile": zipped("")}
    )
    with pytest.raises(ClientError) as caught:
        invoke(aws, "node")
    assert "running nodejs22.x functions" in caught.value.response["Error"]["Message"]
