"""The calls about service deployments, of an emulated ECS whose scheduler is played by the test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.cloud.ecs import emulated_ecs_calls
from sandbox.cloud.ecs.deployment_settings import HookAction
from sandbox.cloud.ecs.emulated_ecs import EmulatedEcs, ServiceDeploymentReport, ServiceReport
from sandbox.cloud.ecs.service_deployment_calls import MOST_DESCRIBED
from sandbox.cloud.ecs.service_deployments import DeploymentRequests, deployment_arn, revision_arn
from tests.support.emulated_aws import EmulatedAws
from tests.support.shapes import misfits, wrong_values

pytestmark = pytest.mark.sandbox

HOOK = "ecs-pause-1"


@pytest.fixture
def service(aws: EmulatedAws) -> dict[str, Any]:
    emulated_ecs_calls.install()
    aws.service("axon", aws.define("axon"))
    return aws.describe("axon")


def fits(shape: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, once botocore's output shape has taken it."""
    bare = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    assert misfits("ecs", shape, bare) == ""
    assert wrong_values("ecs", shape, bare) == []
    return bare


def write(service: dict[str, Any], **document: Any) -> str:
    """Write what has become of the newest deployment; returns its ARN."""
    primary = service["deployments"][0]["id"]
    report = ServiceDeploymentReport(
        deployment_id=primary,
        document=document,
        groups=({"targetGroupArn": "tg", "productionListenerRule": "rule"},),
    )
    arn = service["serviceArn"]
    EmulatedEcs().report(
        ServiceReport(
            arn=arn,
            cluster="test",
            name="axon",
            known=frozenset(),
            deployments=(),
            tasks=(),
            service_deployments=(report,),
        )
    )
    return deployment_arn(arn, primary)


def refused(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def test_a_deployment_is_listed_and_described_from_its_first_moment(
    aws: EmulatedAws, service: dict[str, Any]
) -> None:
    """DEL-4: PENDING, with its target revision, and what DescribeServices says of it."""
    ecs = aws("ecs")
    answer = ecs.list_service_deployments(cluster="test", service="axon")
    (listed,) = fits("ListServiceDeploymentsResponse", answer)["serviceDeployments"]
    arn = listed["serviceDeploymentArn"]
    assert (listed["status"], arn) == ("PENDING", service["currentServiceDeployment"])
    answer = ecs.describe_service_deployments(serviceDeploymentArns=[arn, f"{arn}0"])
    described = fits("DescribeServiceDeploymentsResponse", answer)
    assert described["failures"] == [{"arn": f"{arn}0", "reason": "MISSING"}]
    (deployment,) = described["serviceDeployments"]
    assert deployment["deploymentConfiguration"] == service["deploymentConfiguration"]
    target = deployment["targetServiceRevision"]["arn"]
    assert target == revision_arn(service["serviceArn"], service["deployments"][0]["id"])
    answer = ecs.describe_service_revisions(serviceRevisionArns=[target])
    (revision,) = fits("DescribeServiceRevisionsResponse", answer)["serviceRevisions"]
    assert revision["taskDefinition"] == service["taskDefinition"]
    assert [image["containerName"] for image in revision["containerImages"]] == ["app"]


def test_deployments_are_listed_newest_first_in_pages_and_by_status(
    aws: EmulatedAws, service: dict[str, Any]
) -> None:
    """A token continues; filters are by status and time; what does not exist is refused."""
    ecs = aws("ecs")
    write(service, status="SUCCESSFUL")
    ecs.update_service(cluster="test", service="axon", forceNewDeployment=True)
    every = ecs.list_service_deployments(cluster="test", service=service["serviceArn"])["serviceDeployments"]
    assert [each["status"] for each in every] == ["PENDING", "SUCCESSFUL"]
    page = ecs.list_service_deployments(cluster="test", service="axon", maxResults=1)
    assert page["serviceDeployments"] == every[:1]
    page = ecs.list_service_deployments(
        cluster="test", service="axon", maxResults=1, nextToken=page["nextToken"]
    )
    assert page["serviceDeployments"] == every[1:]
    assert "nextToken" not in page
    by_status = ecs.list_service_deployments(cluster="test", service="axon", status=["SUCCESSFUL"])
    assert by_status["serviceDeployments"] == every[1:]
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    for name, count in (("after", 0), ("before", 2)):
        found = ecs.list_service_deployments(cluster="test", service="axon", createdAt={name: tomorrow})
        assert len(found["serviceDeployments"]) == count
    call = ecs.list_service_deployments
    assert refused(call, cluster="test", service="other") == "ServiceNotFoundException"
    assert refused(call, cluster="other", service="axon") == "ClusterNotFoundException"
    assert refused(call, cluster="test", service="axon", nextToken="x") == "InvalidParameterException"
    assert refused(call, cluster="test", service="axon", maxResults=101) == "InvalidParameterException"


def test_a_stop_is_requested_once_and_only_as_a_rollback(aws: EmulatedAws, service: dict[str, Any]) -> None:
    """DEL-4: it is seen at once, taken once, and refused for what has ended or is cleaning up."""
    ecs, requests = aws("ecs"), EmulatedEcs().deployment_requests
    arn = write(service, status="IN_PROGRESS", lifecycleStage="SCALE_UP")
    stop = ecs.stop_service_deployment
    assert refused(stop, serviceDeploymentArn=arn, stopType="ABORT") == "InvalidParameterException"
    assert refused(stop, serviceDeploymentArn=f"{arn}0") == "ServiceDeploymentNotFoundException"
    answer = stop(serviceDeploymentArn=arn, stopType="ROLLBACK")
    assert fits("StopServiceDeploymentResponse", answer) == {"serviceDeploymentArn": arn}
    (listed,) = ecs.list_service_deployments(cluster="test", service="axon")["serviceDeployments"]
    assert listed["status"] == "STOP_REQUESTED"
    primary = service["deployments"][0]["id"]
    assert requests(service["serviceArn"]) == DeploymentRequests(stop=frozenset({primary}))
    assert requests(service["serviceArn"]) == DeploymentRequests()
    assert refused(stop, serviceDeploymentArn=arn) == "ConflictException"
    for status, stage in (("SUCCESSFUL", "CLEAN_UP"), ("IN_PROGRESS", "CLEAN_UP")):
        write(service, status=status, lifecycleStage=stage)
        assert refused(stop, serviceDeploymentArn=arn) == "ConflictException"


def test_a_pause_is_continued_by_its_id_alone(aws: EmulatedAws, service: dict[str, Any]) -> None:
    """DEL-4: CONTINUE unless ROLLBACK is asked for; a hook that awaits no action is refused."""
    ecs, requests = aws("ecs"), EmulatedEcs().deployment_requests
    hook = {"hookId": HOOK, "targetType": "PAUSE", "status": "AWAITING_ACTION"}
    arn = write(service, status="IN_PROGRESS", lifecycleHookDetails=[hook])
    go_on = ecs.continue_service_deployment
    assert refused(go_on, serviceDeploymentArn=arn, hookId="other") == "InvalidParameterException"
    answer = go_on(serviceDeploymentArn=arn, hookId=HOOK)
    assert fits("ContinueServiceDeploymentResponse", answer) == {"serviceDeploymentArn": arn}
    primary = service["deployments"][0]["id"]
    assert requests(service["serviceArn"]).continued == ((primary, HOOK, HookAction.CONTINUE),)
    go_on(serviceDeploymentArn=arn, hookId=HOOK, action="ROLLBACK")
    assert requests(service["serviceArn"]).continued == ((primary, HOOK, HookAction.ROLLBACK),)
    write(service, lifecycleHookDetails=[{**hook, "status": "SUCCEEDED"}])
    assert refused(go_on, serviceDeploymentArn=arn, hookId=HOOK) == "InvalidParameterException"


def test_more_than_twenty_are_not_described_at_once(aws: EmulatedAws, service: dict[str, Any]) -> None:
    """Nor none at all."""
    ecs, arn = aws("ecs"), service["currentServiceDeployment"]
    for call, name in (
        (ecs.describe_service_deployments, "serviceDeploymentArns"),
        (ecs.describe_service_revisions, "serviceRevisionArns"),
    ):
        for count in (0, MOST_DESCRIBED + 1):
            assert refused(call, **{name: [arn] * count}) == "InvalidParameterException"
