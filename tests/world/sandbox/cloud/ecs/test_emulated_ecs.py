"""moto's ECS with our corrections, and what is written into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.cloud.ecs import emulated_ecs_calls
from sandbox.cloud.ecs.emulated_ecs import (
    DeploymentReport,
    EmulatedEcs,
    ServiceReport,
    TaskReport,
    new_deployment_id,
)
from tests.support.emulated_aws import EmulatedAws


@pytest.fixture(autouse=True)
def corrected(aws: EmulatedAws) -> None:
    emulated_ecs_calls.install()
    emulated_ecs_calls.install()


@pytest.fixture
def definition(aws: EmulatedAws) -> str:
    return aws.define("axon")


@pytest.fixture
def service(aws: EmulatedAws, definition: str) -> dict[str, Any]:
    aws.service("axon", definition, healthCheckGracePeriodSeconds=3)
    return aws.describe("axon")


def report(service: dict[str, Any], *, known: str = "", running: int = 1) -> ServiceReport:
    """What a scheduler would tell of a service that is on its primary deployment."""
    primary = service["deployments"][0]
    deployment = DeploymentReport(
        id=primary["id"],
        definition=primary["taskDefinition"],
        status="PRIMARY",
        rollout_state="COMPLETED",
        reason="deployed",
        desired=2,
        running=running,
        pending=2 - running,
        failed=1,
    )
    task = TaskReport(
        id="t1",
        deployment_id=primary["id"],
        ports=((8081, 20_001),),
        definition=primary["taskDefinition"],
        container="app",
        image="axon:1",
        last_status="RUNNING",
        health_status="HEALTHY",
        started_at=datetime(2026, 1, 2, tzinfo=UTC),
    )
    return ServiceReport(
        arn=service["serviceArn"],
        cluster="test",
        name="axon",
        known=frozenset({known or primary["id"]}),
        deployments=(deployment,),
        tasks=(task,),
    )


def test_a_service_keeps_what_moto_drops(service: dict[str, Any]) -> None:
    """Circuit breaker and grace period are described, its deployment is under way with nothing running."""
    assert service["deploymentConfiguration"]["deploymentCircuitBreaker"] == {
        "enable": True,
        "rollback": True,
    }
    assert service["healthCheckGracePeriodSeconds"] == 3
    assert (service["runningCount"], service["pendingCount"]) == (0, 2)
    assert service["deployments"][0]["rolloutState"] == "IN_PROGRESS"


def test_a_change_of_what_runs_opens_a_deployment_and_a_change_of_the_count_does_not(
    aws: EmulatedAws, service: dict[str, Any]
) -> None:
    """The new one is PRIMARY and in progress at once; the old one stays ACTIVE."""
    first = service["deployments"][0]["id"]
    aws("ecs").update_service(cluster="test", service="axon", desiredCount=5)
    (only,) = aws.describe("axon")["deployments"]
    assert (only["id"], only["desiredCount"]) == (first, 5)
    second = aws.define("axon", tag="v2")
    aws("ecs").update_service(cluster="test", service="axon", taskDefinition=second)
    new, old = aws.describe("axon")["deployments"]
    assert (new["status"], new["rolloutState"], new["taskDefinition"]) == ("PRIMARY", "IN_PROGRESS", second)
    assert (old["id"], old["status"]) == (first, "ACTIVE")
    aws("ecs").update_service(cluster="test", service="axon", forceNewDeployment=True)
    assert len(aws.describe("axon")["deployments"]) == 3


def test_a_report_is_what_clients_see(aws: EmulatedAws, service: dict[str, Any]) -> None:
    """Counts, deployments and tasks are described as they were reported, and tasks are listed by service."""
    aws.service("other", aws.define("other"))
    assert EmulatedEcs().report(report(service))
    described = aws.describe("axon")
    assert (described["runningCount"], described["pendingCount"]) == (1, 1)
    (deployment,) = described["deployments"]
    assert (deployment["rolloutState"], deployment["failedTasks"]) == ("COMPLETED", 1)
    (arn,) = aws("ecs").list_tasks(cluster="test", serviceName="axon")["taskArns"]
    assert arn.endswith(":task/test/t1")
    assert aws("ecs").list_tasks(cluster="test", serviceName="other")["taskArns"] == []
    for _ in range(2):  # moto's own tasks change whenever they are described
        (task,) = aws("ecs").describe_tasks(cluster="test", tasks=[arn])["tasks"]
        assert (task["lastStatus"], task["healthStatus"]) == ("RUNNING", "HEALTHY")
        assert task["startedBy"] == service["deployments"][0]["id"]
        (binding,) = task["containers"][0]["networkBindings"]
        assert (binding["bindIP"], binding["containerPort"], binding["hostPort"]) == (
            "127.0.0.1",
            8081,
            20_001,
        )
    cluster = aws("ecs").describe_clusters(clusters=["test"])["clusters"][0]
    assert (cluster["activeServicesCount"], cluster["runningTasksCount"]) == (2, 1)


def test_a_report_that_does_not_know_the_newest_deployment_is_refused(
    aws: EmulatedAws, service: dict[str, Any]
) -> None:
    """The deployment that a client has just opened must not be overwritten."""
    outdated = report(service, known="ecs-svc/another")
    assert not EmulatedEcs().report(outdated)
    assert aws.describe("axon")["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert EmulatedEcs().report(replace(outdated, known=frozenset({outdated.deployments[0].id})))


def test_stop_task_is_seen(aws: EmulatedAws, service: dict[str, Any]) -> None:
    """A task that a client stops is asked to stop until it has gone, with the reason that was given."""
    ecs = EmulatedEcs()
    ecs.report(report(service))
    assert ecs.stop_requested(service["serviceArn"], "test") == {}
    aws("ecs").stop_task(cluster="test", task="t1", reason="too old")
    ecs.report(report(service))
    assert ecs.stop_requested(service["serviceArn"], "test") == {"t1": "too old"}


def test_a_service_that_was_deleted_takes_no_report(aws: EmulatedAws, service: dict[str, Any]) -> None:
    """There is nothing to read again, so the report counts as taken."""
    aws("ecs").delete_service(cluster="test", service="axon", force=True)
    assert EmulatedEcs().report(report(service))
    assert aws.describe("axon")["status"] == "INACTIVE"


def test_ids_of_deployments_look_like_ecs_own() -> None:
    """`ecs-svc/` and nineteen digits."""
    prefix, _, digits = new_deployment_id().partition("/")
    assert (prefix, len(digits), digits.isdigit()) == ("ecs-svc", 19, True)
