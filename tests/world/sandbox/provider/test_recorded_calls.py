from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sandbox.engine.provider import Operation
from sandbox.provider.api_clients import ApiClients
from sandbox.provider.provider import AwsProvider
from tests.support.access.keys import ANY_CREDENTIALS
from tests.support.provider.recorded_calls import CallRecorder, RecordedCall, replay


def _call(operation: str, parameters: dict[str, Any], answer: dict[str, Any]) -> RecordedCall:
    return RecordedCall(service="ec2", operation=operation, parameters=parameters, answer=answer)


def test_replay_puts_new_ids_in_the_old_ones_place() -> None:
    """Ids of the recording, alone or inside a document, become those that the replay's own answers gave."""
    calls = (
        _call(
            "create_vpc",
            {"CidrBlock": "10.0.0.0/16"},
            {"Vpc": {"VpcId": "vpc-0123456789", "Tags": [{"Key": "a"}]}},
        ),
        _call(
            "create_subnet",
            {"VpcId": "vpc-0123456789", "List": ["vpc-0123456789"], "Count": 1},
            {"Subnet": {"SubnetId": "subnet-1"}},
        ),
        _call("put_policy", {"Policy": json.dumps({"of": "vpc-0123456789"})}, {}),
    )
    answers = {"create_vpc": {"Vpc": {"VpcId": "vpc-9876543210", "Tags": [{"Key": "a"}]}}}
    sent: list[tuple[str, Mapping[str, Any]]] = []

    def send(service: str, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        sent.append((operation, parameters))
        return answers.get(operation, {})

    assert replay(calls, send) == 3
    assert sent[0][1] == {"CidrBlock": "10.0.0.0/16"}
    assert sent[1][1] == {"VpcId": "vpc-9876543210", "List": ["vpc-9876543210"], "Count": 1}
    assert json.loads(sent[2][1]["Policy"]) == {"of": "vpc-9876543210"}


def test_a_recorded_deployment_can_be_made_again_with_plain_clients(world: Any, endpoint: str) -> None:
    """What the provider did, boto3 alone can do again from the recording."""
    recorder = CallRecorder()
    provider = AwsProvider(
        ApiClients(credentials=ANY_CREDENTIALS, endpoint=endpoint, region="us-east-1", on_call=recorder)
    )

    def make(token: str, **inputs: Any) -> Any:
        return provider.create(Operation(id=world.unique("op"), urn="u"), token, "replayed", inputs)

    vpc = make("aws:ec2/vpc:Vpc", cidrBlock="10.3.0.0/16", enableDnsHostnames=True)
    make("aws:ec2/subnet:Subnet", vpcId=vpc.id, cidrBlock="10.3.1.0/24")
    group = make("aws:ec2/securityGroup:SecurityGroup", vpcId=vpc.id, name=world.unique("replayed"))
    make(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        securityGroupId=group.id,
        ipProtocol="tcp",
        fromPort=1,
        toPort=1,
        cidrIpv4="10.0.0.0/8",
    )
    made: list[dict[str, Any]] = []

    def send(service: str, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        answer: dict[str, Any] = getattr(world.aws(service), operation)(**parameters)
        made.append(answer)
        return answer

    assert replay(recorder.calls, send) == len(recorder.calls)
    again = next(answer["Vpc"]["VpcId"] for answer in made if "Vpc" in answer)
    assert again != vpc.id
    subnets = world.aws("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [again]}])["Subnets"]
    assert [subnet["CidrBlock"] for subnet in subnets] == ["10.3.1.0/24"]
    assert {call.operation for call in recorder.calls if not call.mutating} == {
        "get_caller_identity",
        "describe_security_groups",
        "describe_route_tables",
        "describe_network_acls",
    }
