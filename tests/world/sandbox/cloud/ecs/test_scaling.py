"""The desired count of a service stays within the bounds of its scalable target."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.ecs import emulated_ecs_calls
from sandbox.cloud.ecs.reader import EcsReader
from sandbox.cloud.ecs.scaling import ScalingBounds
from tests.support.emulated_aws import EmulatedAws

counts = st.integers(0, 20)


@given(counts, counts, counts)
def test_a_count_is_moved_to_the_nearest_bound(desired: int, one: int, other: int) -> None:
    """Within the bounds it stays, outside it becomes the bound that it passed."""
    bounds = ScalingBounds(minimum=min(one, other), maximum=max(one, other))
    found = bounds.within(desired)
    assert bounds.minimum <= found <= bounds.maximum
    assert found == desired or found in (bounds.minimum, bounds.maximum)
    assert bounds.within(found) == found


@pytest.mark.parametrize(("desired", "found"), [(1, 1), (9, 4)])
def test_a_suspended_direction_is_left_alone(desired: int, found: int) -> None:
    """Scaling out is suspended: too few stay, too many go."""
    assert ScalingBounds(minimum=2, maximum=4, out_suspended=True).within(desired) == found


def register(aws: EmulatedAws, **more: Any) -> None:
    aws("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/test/axon",
        ScalableDimension="ecs:service:DesiredCount",
        **more,
    )


@pytest.mark.parametrize(
    ("bounds", "desired"),
    [
        ({"MinCapacity": 3, "MaxCapacity": 5}, 3),
        ({"MinCapacity": 0, "MaxCapacity": 1}, 1),
        ({"MinCapacity": 1, "MaxCapacity": 2}, 2),
        (
            {
                "MinCapacity": 3,
                "MaxCapacity": 5,
                "SuspendedState": {"DynamicScalingOutSuspended": True},
            },
            2,
        ),
    ],
)
def test_ecs_is_told_of_a_count_that_was_moved(
    aws: EmulatedAws, bounds: dict[str, Any], desired: int
) -> None:
    """Of two tasks wanted as many are read as the target allows, and so DescribeServices says, too; it is no
    new deployment.
    """
    emulated_ecs_calls.install()
    aws.service("axon", aws.define("axon"))
    deployment = aws.describe("axon")["deployments"][0]["id"]
    register(aws, **bounds)
    assert EcsReader(aws).snapshot().services["test/axon"].desired_count == desired
    described = aws.describe("axon")
    assert described["desiredCount"] == desired
    assert [each["id"] for each in described["deployments"]] == [deployment]
