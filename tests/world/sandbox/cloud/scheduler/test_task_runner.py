"""The runner with real processes, against an emulated ECS in this process."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.cloud.ecs.endpoint import TaskEndpoint
from sandbox.cloud.scheduler.runner import TaskRunner
from sandbox.cloud.tasks.images import ImageTable
from sandbox.cloud.watching import ReadPace
from tests.support.emulated_aws import EmulatedAws, FailingOnce
from tests.support.log_lines import LogLines
from tests.support.waiting import wait_until

pytestmark = pytest.mark.sandbox


def get(endpoint: TaskEndpoint, path: str = "/") -> dict[str, Any]:
    with urllib.request.urlopen(f"http://{endpoint.address}{path}", timeout=10) as answer:
        read: dict[str, Any] = json.load(answer)
        return read


def only(runner: TaskRunner) -> dict[str, Any]:
    return next(iter(runner.status()), {})


def settled(runner: TaskRunner, definition: str | None = None, *, count: int = 2) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        status = only(runner)
        fits = (
            status.get("rollout") == "COMPLETED"
            and status["healthy"] == count == len(status["tasks"])
            and definition in (None, status["task_definition"])
        )
        return status if fits else None

    found: dict[str, Any] = wait_until(look, what=f"settled; is {runner.status()}")
    return found


def test_a_service_runs_with_exactly_its_environment(
    aws: EmulatedAws, runner: TaskRunner, lines: LogLines, tmp_path: Path
) -> None:
    """ECS-3, SEC-1.

    Two processes with declared environment, secrets, role credentials, and their log streams.
    """
    secret = aws("secretsmanager").create_secret(Name="test/axon/key", SecretString='{"k": "hush"}')["ARN"]
    role = aws("iam").create_role(RoleName="test-axon-task", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    definition = aws.define(
        "axon",
        task_role=role,
        secrets=[{"name": "KEY", "valueFrom": f"{secret}:k::"}],
        logConfiguration={
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "/test/axon",
                "awslogs-stream-prefix": "axon",
                "awslogs-region": "x",
            },
        },
    )
    aws.service("axon", definition)
    runner.notify()
    status = settled(runner)
    endpoints = runner.endpoints("axon")
    assert endpoints == runner.endpoints("test/axon")
    seen = get(endpoints[0])["environment"]
    inherited = {"PATH", "HOME", "LANG", "TMPDIR", "LC_CTYPE"}
    assert seen.keys() - inherited == {
        "MODE", "TAG", "KEY", "BAKED", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "MYELIN_SANDBOX",
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    }  # fmt: skip
    assert seen["KEY"] == "hush"
    task = status["tasks"][0]
    wait_until(lambda: ("/test/axon", f"axon/app/{task['id']}", "listening") in lines.lines)
    assert os.getpgid(task["pid"]) == task["pid"]
    assert psutil.Process(task["pid"]).cwd() == str(tmp_path)


def test_what_runs_is_told_to_ecs(aws: EmulatedAws, runner: TaskRunner) -> None:
    """ECS-4: counts, deployments, tasks and what moto drops are seen by whoever describes the service."""
    definition = aws.define("axon")
    aws.service("axon", definition, healthCheckGracePeriodSeconds=3)
    assert aws.describe("axon")["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    runner.notify()
    settled(runner)
    described = aws.describe("axon")
    assert (described["runningCount"], described["pendingCount"]) == (2, 0)
    assert described["deploymentConfiguration"]["deploymentCircuitBreaker"] == {
        "enable": True,
        "rollback": True,
    }
    assert described["healthCheckGracePeriodSeconds"] == 3
    (deployment,) = described["deployments"]
    assert (deployment["rolloutState"], deployment["runningCount"]) == ("COMPLETED", 2)
    arns = aws("ecs").list_tasks(cluster="test", serviceName="axon")["taskArns"]
    tasks = aws("ecs").describe_tasks(cluster="test", tasks=arns)["tasks"]
    assert {task["lastStatus"] for task in tasks} == {"RUNNING"}
    assert {arn.rpartition("/")[2] for arn in arns} == {task["id"] for task in only(runner)["tasks"]}
    assert aws("ecs").list_tasks(cluster="test", serviceName="other")["taskArns"] == []


def test_a_killed_task_is_back_within_seconds(aws: EmulatedAws, runner: TaskRunner) -> None:
    """ECS-4: kill -9 takes the task out at once, and another one is healthy within 5 s."""
    aws.service("axon", aws.define("axon"))
    runner.notify()
    killed = settled(runner)["tasks"][0]
    os.kill(killed["pid"], signal.SIGKILL)
    wait_until(lambda: killed["port"] not in {found.port for found in runner.endpoints("axon")})
    wait_until(lambda: killed["id"] not in {task["id"] for task in settled(runner)["tasks"]})


def test_a_stopped_task_is_replaced(aws: EmulatedAws, runner: TaskRunner) -> None:
    """StopTask stops the process, and ECS starts another."""
    aws.service("axon", aws.define("axon"))
    runner.notify()
    chosen = settled(runner)["tasks"][0]
    aws("ecs").stop_task(cluster="test", task=chosen["id"], reason="rehearsal")
    runner.notify()
    wait_until(lambda: chosen["id"] not in {task["id"] for task in settled(runner)["tasks"]})
    assert not psutil.pid_exists(chosen["pid"])


def test_a_rolling_deployment_fails_no_request(aws: EmulatedAws, runner: TaskRunner) -> None:
    """DEL-3.

    A loop of requests to the published endpoints sees the old version, then the new, and no failure.
    """
    aws.service("axon", aws.define("axon", tag="v1"))
    runner.notify()
    settled(runner)
    seen: list[str] = []
    failures: list[Exception] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                seen.append(get(runner.endpoints("axon")[0])["environment"]["TAG"])
            except (OSError, IndexError) as error:
                failures.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        second = aws.define("axon", tag="v2")
        aws("ecs").update_service(cluster="test", service="axon", taskDefinition="axon:2")
        first = aws.describe("axon")["deployments"][0]
        assert (first["taskDefinition"], first["rolloutState"]) == (second, "IN_PROGRESS")
        runner.notify()
        settled(runner, second)
        wait_until(lambda: seen[-1] == "v2")
    finally:
        done.set()
        asking.join()
    assert failures == []
    assert seen[0] == "v1"


@pytest.mark.parametrize(
    ("mode", "why"),
    [("exit", "exited with code 3: no such module"), ("sick", "failed its health checks: /health")],
)
def test_a_failing_deployment_rolls_back(aws: EmulatedAws, runner: TaskRunner, mode: str, why: str) -> None:
    """DEL-3: a version that does not start is given up, the last good one stays, and the reason says why."""
    first = aws.define("axon", tag="v1")
    aws.service("axon", first)
    runner.notify()
    before = {task["id"] for task in settled(runner)["tasks"]}
    broken_check = {"interval": 1, "timeout": 1, "retries": 1, "command": ["CMD", "http://localhost/health"]}
    broken = aws.define("axon", tag="v2", mode=mode, healthCheck=broken_check)
    aws("ecs").update_service(cluster="test", service="axon", taskDefinition=broken)
    runner.notify()
    wait_until(lambda: "rolled back to axon:1" in only(runner)["reason"], what=str(only(runner)))
    assert why in only(runner)["reason"]
    assert {task["id"] for task in settled(runner, first)["tasks"]} == before
    described = aws.describe("axon")
    assert described["taskDefinition"] == first
    assert "axon:2 failed 3 times" in described["deployments"][0]["rolloutStateReason"]


def test_an_unknown_image_fails_as_it_would_on_aws(aws: EmulatedAws, runner: TaskRunner) -> None:
    """An image without a command is a CannotPullContainerError; a first deployment that fails is FAILED."""
    aws.service("orbit", aws.define("orbit"))
    runner.notify()
    wait_until(lambda: only(runner).get("rollout") == "FAILED")
    assert "CannotPullContainerError: image `" in only(runner)["reason"]
    assert only(runner)["tasks"] == []


def test_a_missing_secret_fails_as_it_would_on_aws(aws: EmulatedAws, runner: TaskRunner) -> None:
    """SEC-1: a secret that does not exist is a ResourceInitializationError that names it."""
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:none-AbCdEf"
    aws.service("axon", aws.define("axon", secrets=[{"name": "KEY", "valueFrom": arn}]))
    runner.notify()
    wait_until(lambda: only(runner).get("rollout") == "FAILED")
    assert f"ResourceInitializationError: unable to pull secrets: `{arn}`" in only(runner)["reason"]


def test_scaling_follows_the_desired_count(aws: EmulatedAws, runner: TaskRunner) -> None:
    """ECS-4: up and down, without a new deployment."""
    aws.service("axon", aws.define("axon"), desired=1)
    runner.notify()
    settled(runner, count=1)
    deployment = aws.describe("axon")["deployments"][0]["id"]
    for count in (3, 1):
        aws("ecs").update_service(cluster="test", service="axon", desiredCount=count)
        runner.notify()
        settled(runner, count=count)
    assert aws.describe("axon")["deployments"][0]["id"] == deployment


def test_a_forced_deployment_replaces_every_task(aws: EmulatedAws, runner: TaskRunner) -> None:
    """forceNewDeployment runs the same task definition with new tasks."""
    definition = aws.define("axon")
    aws.service("axon", definition)
    runner.notify()
    before = {task["id"] for task in settled(runner)["tasks"]}
    aws("ecs").update_service(cluster="test", service="axon", forceNewDeployment=True)
    runner.notify()
    wait_until(lambda: before.isdisjoint(task["id"] for task in settled(runner)["tasks"]))


def test_targets_of_the_target_group_are_the_tasks(aws: EmulatedAws, runner: TaskRunner) -> None:
    """MSH-2.

    DescribeTargetHealth shows each task with its own port and health, and checks the group's path.
    """
    network = aws.network()
    group = aws("elbv2").create_target_group(
        Name="axon",
        Protocol="HTTP",
        Port=8081,
        VpcId=network["vpc"],
        TargetType="ip",
        HealthCheckPath="/health",
    )["TargetGroups"][0]["TargetGroupArn"]
    aws.service(
        "axon",
        aws.define("axon"),
        loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": 8081}],
    )
    runner.notify()
    status = settled(runner)
    found = aws("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert {(target["Target"]["Id"], target["Target"]["Port"]) for target in found} == {
        ("127.0.0.1", task["port"]) for task in status["tasks"]
    }
    assert {target["TargetHealth"]["State"] for target in found} == {"healthy"}


def test_an_unforeseen_failure_is_tried_again(
    aws: EmulatedAws, images: ImageTable, lines: LogLines, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and what was to be done is done after a pause, although nothing changes any more."""
    aws.service("axon", aws.define("axon"), desired=0)
    failing = FailingOnce(aws)
    runner = TaskRunner(failing, images, lines, {}, lambda: None, pace=ReadPace(retry_unexpected=0.01))
    runner.start()
    try:
        wait_until(lambda: only(runner).get("rollout") == "COMPLETED")
    finally:
        runner.stop()
    assert failing.failed
    assert "sandbox-tasks failed" in caplog.text


def test_a_deleted_service_leaves_no_process(aws: EmulatedAws, runner: TaskRunner) -> None:
    """ECS-4: deleting a service stops its tasks and takes it out of the status."""
    aws.service("axon", aws.define("axon"))
    runner.notify()
    pids = [task["pid"] for task in settled(runner)["tasks"]]
    aws("ecs").delete_service(cluster="test", service="axon", force=True)
    runner.notify()
    wait_until(lambda: runner.status() == [])
    assert not any(psutil.pid_exists(pid) for pid in pids)


@pytest.mark.parametrize("mode", ["", "stubborn"])
def test_stop_leaves_no_process_and_no_port(
    aws: EmulatedAws, images: ImageTable, lines: LogLines, tmp_path: Path, mode: str
) -> None:
    """After `stop`, also with a task that ignores SIGTERM, every process and port is gone."""
    runner = TaskRunner(aws, images, lines, {}, lambda: None, project_root=tmp_path, stop_seconds=0.3)
    runner.start()
    aws.service("axon", aws.define("axon", mode=mode, stopTimeout=120))
    runner.notify()
    tasks = settled(runner)["tasks"]
    runner.stop()
    runner.stop()
    assert not any(psutil.pid_exists(task["pid"]) for task in tasks)
    for task in tasks:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", task["port"])) != 0
