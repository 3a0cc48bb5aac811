"""Targets that share an address and differ in their port."""

from __future__ import annotations

from sandbox.cloud.ecs import emulated_elbv2
from sandbox.cloud.ecs.emulated_elbv2 import EmulatedTargetGroups
from sandbox.cloud.ecs.endpoint import TaskEndpoint
from tests.support.emulated_aws import EmulatedAws


def test_tasks_are_targets_by_address_and_port(aws: EmulatedAws) -> None:
    """Each has its own health and ELBv2's reason; a later report replaces them, and leaves others alone."""
    emulated_elbv2.install()
    emulated_elbv2.install()
    vpc = aws.network()["vpc"]
    elbv2 = aws("elbv2")
    arn = elbv2.create_target_group(Name="g", Protocol="HTTP", Port=1, VpcId=vpc, TargetType="ip")[
        "TargetGroups"
    ][0]["TargetGroupArn"]
    elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": "10.0.0.9", "Port": 80}])
    one, two = TaskEndpoint(task_id="a", port=1001), TaskEndpoint(task_id="b", port=1002)
    assert one.address == "127.0.0.1:1001"
    groups = EmulatedTargetGroups()
    groups.report(arn, {one: "healthy", two: "draining"})

    def health() -> dict[tuple[str, int], tuple[str, str | None]]:
        described = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return {
            (each["Target"]["Id"], each["Target"]["Port"]): (
                each["TargetHealth"]["State"],
                each["TargetHealth"].get("Reason"),
            )
            for each in described
        }

    seen = health()
    assert seen["127.0.0.1", 1001] == ("healthy", None)
    assert seen["127.0.0.1", 1002] == ("draining", "Target.DeregistrationInProgress")
    groups.report(arn, {two: "unhealthy"})
    assert health() == {
        ("10.0.0.9", 80): seen["10.0.0.9", 80],
        ("127.0.0.1", 1002): ("unhealthy", "Target.FailedHealthChecks"),
    }
    groups.report(f"{arn}x", {one: "healthy"})
