"""Flow logs, made alone. NET-5"""

from __future__ import annotations

from pulumi_aws.s3.bucket import Bucket

from components.network.flow_logs import FlowLogs
from tests.support.recording.component import SCOPE
from tests.support.recording.recorder import REGION, record


def test_every_connection_is_logged_into_the_archive() -> None:
    """Accepted or not, of the whole VPC, once the bucket lets AWS write."""

    def program() -> None:
        bucket = Bucket("archive", bucket="archive")
        FlowLogs("flow-logs", SCOPE, vpc_id="vpc-1", bucket_arn="arn:aws:s3:::archive", after=bucket)

    graph = record(program, stack="dev-platform", config={"aws:region": REGION})
    (log,) = graph.of("aws:ec2/flowLog:FlowLog")
    assert (log.inputs["vpcId"], log.inputs["trafficType"]) == ("vpc-1", "ALL")
    assert (log.inputs["logDestinationType"], log.inputs["logDestination"]) == ("s3", "arn:aws:s3:::archive")
    assert graph.of("aws:s3/bucket:Bucket")[0].urn in log.dependencies
