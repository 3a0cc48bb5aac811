"""Flow logs."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.engine.provider import ProviderError
from sandbox.provider.resources import buckets, flow_logs
from tests.support.provider.world import Walk, World, tags_of


def _flow_log(world: World, state: Any) -> Any:
    (found,) = world.aws("ec2").describe_flow_logs(FlowLogIds=[state.id])["FlowLogs"]
    return found["TrafficType"], found["LogDestinationType"], tags_of(found["Tags"])


def test_a_flow_log_lives_and_dies(world: World, walk: Walk) -> None:
    """Made for a VPC into a bucket; its tags change in place. NET-5"""
    bucket = world.make(buckets.BUCKET.token, bucket=world.unique("bucket").lower())
    walk(
        {
            "token": flow_logs.FLOW_LOG.token,
            "inputs": lambda w: {
                "vpcId": w.vpc(),
                "trafficType": "ALL",
                "logDestinationType": "s3",
                "logDestination": f"arn:aws:s3:::{bucket.id}",
                "maxAggregationInterval": 600,
                "destinationOptions": {"fileFormat": "parquet", "perHourPartition": True},
                "tags": {"a": "1"},
            },
            "look": _flow_log,
            "created": ("ALL", "s3", {"a": "1"}),
            "outputs": "arn",
            "change": {"tags": {"b": "2"}},
            "updated": ("ALL", "s3", {"b": "2"}),
        }
    )


def test_where_it_cannot_write_is_an_error(world: World) -> None:
    """EC2 answers 200 and says inside what was not done."""
    with pytest.raises(ProviderError, match="does not exist"):
        world.make(
            flow_logs.FLOW_LOG.token,
            vpcId=world.vpc(),
            trafficType="ALL",
            logDestinationType="s3",
            logDestination="arn:aws:s3:::nowhere",
        )


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    assert flow_logs.MAPPINGS == (flow_logs.FLOW_LOG,)
