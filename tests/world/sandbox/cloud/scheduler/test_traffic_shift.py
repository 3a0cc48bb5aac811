"""Deployments that shift traffic, with real processes, against an emulated ECS and ELBv2 in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.cloud.scheduler.runner import TaskRunner
from sandbox.cloud.tasks.images import ImageTable
from sandbox.cloud.time_scale import TimeScale
from tests.support.emulated_aws import REGION, EmulatedAws
from tests.support.log_lines import LogLines
from tests.support.tasks.balanced import BalancedService
from tests.support.waiting import wait_until

pytestmark = pytest.mark.sandbox

BLUE_GREEN = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0}
PAUSED = {
    **BLUE_GREEN,
    "lifecycleHooks": [{"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}],
}


@pytest.fixture
def runner(aws: EmulatedAws, images: ImageTable, lines: LogLines, tmp_path: Path) -> Iterator[TaskRunner]:
    """A minute of AWS lasts 0.1 s."""
    made = TaskRunner(
        aws,
        images,
        lines,
        {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_DEFAULT_REGION": REGION, "MYELIN_SANDBOX": str(tmp_path)},
        lambda: None,
        project_root=tmp_path,
        python=sys.executable,
        time_scale=TimeScale(factor=600),
    )
    made.start()
    yield made
    made.stop()


def reach(
    runner: TaskRunner, service: BalancedService, fits: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Wait until the newest deployment fits."""

    def look() -> dict[str, Any] | None:
        newest = service.deployments()[0]
        return newest if fits(newest) else None

    runner.notify()
    found: dict[str, Any] = wait_until(look, what=f"reached; is {runner.status()}")
    return found


def shares(runner: TaskRunner) -> tuple[list[int], int]:
    """How many tasks the revisions have that the mesh gives production traffic, and test traffic."""
    split = runner.split("test/axon")
    assert split is not None
    production = [name for name, percent in split.production if percent]
    return [len(runner.endpoints(name)) for name in production], len(runner.endpoints(split.test))


def ended(described: dict[str, Any], status: str = "SUCCESSFUL") -> bool:
    return bool(described["status"] == status)


def test_blue_green_goes_back_and_forth_between_two_target_groups(
    aws: EmulatedAws, runner: TaskRunner
) -> None:
    """DEL-4: after the first deployment the rules are 100/0, after the second 0/100, written by ECS."""
    service = BalancedService(aws)
    service.create(aws.define("axon"), BLUE_GREEN)
    first = reach(runner, service, ended)
    assert service.weights() == ([100, 0], [100, 0])
    service.update(aws.define("axon", tag="v2"))
    assert (
        aws.describe("axon")["currentServiceDeployment"] == service.deployments()[0]["serviceDeploymentArn"]
    )
    second = reach(runner, service, ended)
    assert service.weights() == ([0, 100], [0, 100])
    (source,) = second["sourceServiceRevisions"]
    assert source["arn"] == first["targetServiceRevision"]["arn"]
    assert (source["requestedProductionTrafficWeight"], source["runningTaskCount"]) == (0, 0)
    assert second["targetServiceRevision"]["requestedProductionTrafficWeight"] == 100
    healthy = [
        len(aws("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"])
        for group in service.groups
    ]
    assert healthy == [0, 1]
    revisions = aws("ecs").describe_service_revisions(
        serviceRevisionArns=[source["arn"], second["targetServiceRevision"]["arn"]]
    )["serviceRevisions"]
    assert [each["taskDefinition"].rpartition(":")[2] for each in revisions] == ["1", "2"]
    assert [
        each["resolvedConfiguration"]["loadBalancers"][0]["targetGroupArn"] for each in revisions
    ] == service.groups


def test_a_pause_holds_and_a_rollback_gives_everything_back(aws: EmulatedAws, runner: TaskRunner) -> None:
    """DEL-4: while it is paused test traffic is on green; ROLLBACK returns it, old tasks still serve."""
    ecs, service = aws("ecs"), BalancedService(aws)
    service.create(aws.define("axon"), PAUSED)

    def paused(described: dict[str, Any]) -> bool:
        hooks = described.get("lifecycleHookDetails") or ()
        return any(hook["status"] == "AWAITING_ACTION" for hook in hooks)

    def answer(action: str) -> None:
        waiting = reach(runner, service, paused)
        ecs.continue_service_deployment(
            serviceDeploymentArn=waiting["serviceDeploymentArn"],
            hookId=waiting["lifecycleHookDetails"][0]["hookId"],
            action=action,
        )

    answer("CONTINUE")
    reach(runner, service, ended)
    assert shares(runner) == ([1], 1)
    tasks = {task["id"] for task in runner.status()[0]["tasks"]}
    service.update(aws.define("axon", tag="v2"))
    assert reach(runner, service, paused)["lifecycleStage"] == "POST_TEST_TRAFFIC_SHIFT"
    assert service.weights() == ([100, 0], [0, 100])
    split = runner.split("test/axon")
    assert split is not None
    assert split.test not in {name for name, percent in split.production if percent}
    assert len(runner.endpoints(split.test)) == 1
    answer("ROLLBACK")
    back = reach(runner, service, lambda found: ended(found, "ROLLBACK_SUCCESSFUL"))
    assert service.weights() == ([100, 0], [100, 0])
    assert back["rollback"]["reason"] == "a rollback was requested at a pause"
    described = aws.describe("axon")
    assert described["taskDefinition"].endswith("axon:1")
    assert {task["id"] for task in runner.status()[0]["tasks"]} == tasks
    assert "rolled back to axon:1" in described["deployments"][0]["rolloutStateReason"]


@pytest.mark.costly("deploys twice, and waits for tasks that fail")
def test_tasks_that_never_become_healthy_turn_a_shift_back(aws: EmulatedAws, runner: TaskRunner) -> None:
    """DEL-4: with the circuit breaker; no traffic was ever on the new revision."""
    service = BalancedService(aws)
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    service.create(aws.define("axon"), {**BLUE_GREEN, **breaker})
    reach(runner, service, ended)
    service.update(aws.define("axon", tag="v2", mode="exit"))
    back = reach(runner, service, lambda found: ended(found, "ROLLBACK_SUCCESSFUL"))
    assert back["deploymentCircuitBreaker"] == {"status": "TRIGGERED", "failureCount": 3, "threshold": 3}
    assert "circuit breaker" in back["statusReason"]
    assert service.weights() == ([100, 0], [100, 0])


def test_an_alarm_that_turns_red_while_it_bakes_turns_a_shift_back(
    aws: EmulatedAws, runner: TaskRunner
) -> None:
    """DEL-4: the alarm is read from CloudWatch, and named."""
    cloudwatch, service = aws("cloudwatch"), BalancedService(aws)
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        MetricName="Errors",
        Namespace="Axon",
        Period=60,
        Statistic="Sum",
        Threshold=0,
    )
    alarms = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
    service.create(aws.define("axon"), {**BLUE_GREEN, **alarms, "bakeTimeInMinutes": 1440})
    reach(runner, service, ended)
    service.update(aws.define("axon", tag="v2"))
    reach(runner, service, lambda found: found.get("lifecycleStage") == "BAKE_TIME")
    assert service.weights() == ([0, 100], [0, 100])
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a test")
    back = reach(runner, service, lambda found: ended(found, "ROLLBACK_SUCCESSFUL"))
    assert back["alarms"] == {
        "status": "TRIGGERED",
        "alarmNames": ["errors"],
        "triggeredAlarmNames": ["errors"],
    }
    assert service.weights() == ([100, 0], [100, 0])


@pytest.mark.costly("deploys twice, and waits for tasks that fail")
def test_a_deployment_that_meets_another_one_reconciles(aws: EmulatedAws, runner: TaskRunner) -> None:
    """DEL-4: the one under way is superseded, its tasks go, and the next one starts from the old revision."""
    service = BalancedService(aws)
    service.create(aws.define("axon"), BLUE_GREEN)
    reach(runner, service, ended)
    service.update(aws.define("axon", tag="v2", mode="sick"))
    reach(runner, service, lambda found: found.get("lifecycleStage") == "SCALE_UP")
    service.update(aws.define("axon", tag="v3"))
    reach(runner, service, ended)
    newest, superseded, _ = service.deployments()
    assert superseded["status"] == "STOPPED"
    assert superseded["statusReason"].startswith("superseded by deployment ecs-svc/")
    assert newest["sourceServiceRevisions"][0]["arn"] == superseded["sourceServiceRevisions"][0]["arn"]
    assert service.weights() == ([0, 100], [0, 100])


def test_a_rolling_deployment_that_is_stopped_rolls_back(aws: EmulatedAws, runner: TaskRunner) -> None:
    """DEL-4: StopServiceDeployment works although no rollback was configured."""
    ecs, service = aws("ecs"), BalancedService(aws)
    service.create(aws.define("axon"), {"strategy": "ROLLING", "bakeTimeInMinutes": 20})
    reach(runner, service, ended)
    service.update(aws.define("axon", tag="v2", mode="sick"))
    under_way = reach(runner, service, lambda found: found.get("lifecycleStage") == "SCALE_UP")
    ecs.stop_service_deployment(serviceDeploymentArn=under_way["serviceDeploymentArn"])
    reach(runner, service, lambda found: ended(found, "ROLLBACK_SUCCESSFUL"))
    described = aws.describe("axon")
    assert described["taskDefinition"].endswith("axon:1")
    assert described["deployments"][0]["rolloutState"] == "COMPLETED"
