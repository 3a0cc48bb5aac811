"""The parts of a sandbox wired together, in this process."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.cloud import host as hosts
from sandbox.cloud.emulator.clients import EmulatorClients
from sandbox.cloud.host.composition import EmulatedCloud
from sandbox.cloud.host.control import ask_to_stop
from sandbox.cloud.host.options import HostOptions
from sandbox.cloud.tasks.errors import ImageTableError
from tests.support.access.keys import operator_key
from tests.support.waiting import wait_until

pytestmark = pytest.mark.sandbox

REGION = "us-east-1"
IMAGES = """
[[image]]
repository = "web"
tag = "*"
command = ["{python}", "-u", "-m", "http.server", "{port}", "--bind", "127.0.0.1"]
"""


@pytest.fixture(scope="module")
def stop_requests() -> list[bool]:
    return []


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, stop_requests: list[bool]) -> Iterator[EmulatedCloud]:
    directory = tmp_path_factory.mktemp("sandbox")
    images = directory / "images.toml"
    images.write_text(IMAGES)
    options = HostOptions(images=images, project_root=directory, region=REGION)
    made = EmulatedCloud(directory, options, "incarnation", lambda: stop_requests.append(True))
    made.start()
    yield made
    made.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(made.host.endpoint.rpartition(":")[2])), timeout=1)


@pytest.fixture
def aws(cloud: EmulatedCloud) -> EmulatorClients:
    return EmulatorClients(cloud.host.endpoint, REGION, operator_key(cloud.host.directory))


def status(cloud: EmulatedCloud) -> Any:
    return hosts.status(cloud.host)


def messages(aws: EmulatorClients, group: str) -> list[str]:
    return [event["message"] for event in aws("logs").filter_log_events(logGroupName=group)["events"]]


def test_a_change_of_ecs_starts_tasks_and_their_lines_are_logged(
    cloud: EmulatedCloud, aws: EmulatorClients
) -> None:
    """ECS-4: nobody polls, yet a new service runs, is healthy, writes to its group, and goes again."""
    vpc = aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = aws("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = aws("ec2").create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    aws("logs").create_log_group(logGroupName="/web")
    log = {"awslogs-group": "/web", "awslogs-region": REGION, "awslogs-stream-prefix": "web"}
    ecs = aws("ecs")
    ecs.create_cluster(clusterName="c")
    definition = ecs.register_task_definition(
        family="web",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[
            {
                "name": "web",
                "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/sandbox/web:1",
                "portMappings": [{"containerPort": 8080}],
                "logConfiguration": {"logDriver": "awslogs", "options": log},
            }
        ],
    )["taskDefinition"]["taskDefinitionArn"]
    network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}}
    ecs.create_service(
        cluster="c",
        serviceName="web",
        taskDefinition=definition,
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration=network,
    )
    wait_until(lambda: [s["healthy"] for s in status(cloud)["services"]] == [1])
    wait_until(lambda: any("Serving HTTP" in message for message in messages(aws, "/web")))
    ecs.update_service(cluster="c", service="web", desiredCount=0)
    ecs.delete_service(cluster="c", service="web", force=True)
    wait_until(lambda: status(cloud)["services"] == [])


def test_functions_are_wired_to_lambda_logs_and_urls(
    cloud: EmulatedCloud, aws: EmulatorClients, zipped_echo: bytes
) -> None:
    """A deployed function runs, is in the status, logs to its group, and answers at its URL."""
    role = aws("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    aws("logs").create_log_group(logGroupName="/aws/lambda/echo")
    code = {"ZipFile": zipped_echo}
    aws("lambda").create_function(
        FunctionName="echo", Runtime="python3.13", Handler="app.handler", Role=role, Code=code
    )
    answer = aws("lambda").invoke(FunctionName="echo", Payload=b'{"a": 1}')
    assert json.loads(answer["Payload"].read()) == {"a": 1}
    functions = {function["name"]: function["processes"] for function in status(cloud)["functions"]}
    assert [process["busy"] for process in functions["echo"]] == [False]
    wait_until(lambda: any(message.startswith("REPORT") for message in messages(aws, "/aws/lambda/echo")))
    url = aws("lambda").create_function_url_config(FunctionName="echo", AuthType="NONE")["FunctionUrl"]
    event = json.loads(urllib.request.urlopen(f"{url}path", timeout=10).read())
    assert event["rawPath"] == "/path"


def test_trace_segments_reach_xray(cloud: EmulatedCloud, aws: EmulatorClients) -> None:
    """OBS-4: a segment sent to the daemon's address is in a trace."""
    address = cloud._xray.address
    now = time.time()
    trace_id = f"1-{int(now):08x}-{'a' * 24}"
    segment = {"id": "b" * 16, "name": "web", "trace_id": trace_id, "start_time": now, "end_time": now + 1}
    host, _, port = address.partition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        datagram = b'{"format": "json", "version": 1}\n' + json.dumps(segment).encode()
        sock.sendto(datagram, (host, int(port)))

        def traces() -> Any:
            return aws("xray").batch_get_traces(TraceIds=[trace_id])["Traces"]

        (trace,) = wait_until(traces)
    assert json.loads(trace["Segments"][0]["Document"])["name"] == "web"


def test_shutdown_is_passed_on(cloud: EmulatedCloud, stop_requests: list[bool]) -> None:
    """The control API asks whoever made the sandbox to stop it."""
    assert ask_to_stop(cloud.host)
    assert stop_requests == [True]


def test_images_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    """No port is taken and nothing started when the image table is missing."""
    options = HostOptions(images=tmp_path / "missing.toml", project_root=tmp_path)
    with pytest.raises(ImageTableError):
        EmulatedCloud(tmp_path, options, "i", lambda: None)


def test_ready_does_not_wait_for_moto(tmp_path: Path) -> None:
    """Neither moto nor boto3 is imported until the emulator's port answers: they take a second."""
    (tmp_path / "images.toml").write_text(IMAGES)
    source = (
        "import sys, pathlib\n"
        "from sandbox.cloud.host.__main__ import EmulatedCloud, HostOptions\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "options = HostOptions(images=folder / 'images.toml', project_root=folder)\n"
        "EmulatedCloud(folder, options, 'incarnation', lambda: None)\n"
        "print(sorted({'moto', 'boto3', 'botocore', 'aiohttp'} & sys.modules.keys()))\n"
    )
    argv = [sys.executable, "-c", source, str(tmp_path)]
    assert subprocess.run(argv, check=True, capture_output=True, text=True).stdout == "[]\n"
