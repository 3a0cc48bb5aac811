"""The foundation layer: network, keys and boundaries as they are told."""

from __future__ import annotations

import pytest

from components.containers.deployment_roles import ROLES
from components.declarations import load_services
from components.functions.catalogue import FUNCTIONS
from stacks.layer_outputs import MadeFoundation
from stacks.layer_settings import FoundationSettings
from stacks.layers.foundation import deploy
from stacks.names import Layer
from stacks.outputs import FoundationOutputs
from tests.support.paths import ROOT
from tests.support.recording.environments import layer_context, record_environment, recorded
from tests.support.recording.iam import ALLOW, SILENT, verdict
from tests.support.recording.recorder import Graph, record

# one worker records each environment, for all of them
pytestmark = pytest.mark.xdist_group("recorded")

ROUTE = "aws:ec2/route:Route"
TABLE = "aws:ec2/routeTable:RouteTable"


@pytest.fixture
def foundation() -> Graph:
    return recorded("dev")[Layer.FOUNDATION]


def test_foundation_stands_alone() -> None:
    """Made from settings and declarations alone: it reads no other stack, and hands up all of its outputs."""
    made: list[MadeFoundation] = []
    graph = record(
        lambda: made.append(deploy(layer_context(Layer.FOUNDATION), FoundationSettings(nat_gateways=0))),
        stack="dev-foundation",
        config={},
    )
    assert isinstance(made[0], FoundationOutputs)
    assert graph.references == []
    assert graph.of("aws:ec2/natGateway:NatGateway") == []


def test_every_function_and_service_has_a_boundary(foundation: Graph) -> None:
    """IAM-1: a boundary for each subject, named after it; those of functions and of ECS follow from rows."""
    names = [one.inputs["name"] for one in foundation.of("aws:iam/policy:Policy")]
    subjects = {*FUNCTIONS, *ROLES, *load_services(ROOT / "services").names}
    assert sorted(names) == sorted(f"dev-{subject}-boundary" for subject in subjects)


def test_service_keys_are_apart(foundation: Graph) -> None:
    """KEY-1: in the deployed policies each key opens to its own service alone; all keys rotate."""
    for owner in ("axon", "orbit"):
        key = foundation.one("aws:kms/key:Key", owner)
        for user in ("axon", "orbit"):
            context = {
                "aws:PrincipalArn": f"arn:aws:iam::111122223333:role/dev-{user}-task",
                "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com",
            }
            said = verdict(key.inputs["policy"], action="kms:Decrypt", context=context)
            assert said == (ALLOW if user == owner else SILENT)
    encrypting = [
        key for key in foundation.of("aws:kms/key:Key") if key.inputs.get("keyUsage") != "SIGN_VERIFY"
    ]
    assert len(encrypting) == 5
    assert all(key.inputs["enableKeyRotation"] for key in encrypting)


def test_isolated_subnets_have_no_way_out(foundation: Graph) -> None:
    """NET-2: the isolated subnets' table has no route of its own but those of the two gateway endpoints."""
    isolated = f"routetable-{foundation.one(TABLE, 'network-isolated').name}"
    assert isolated not in {route.inputs["routeTableId"] for route in foundation.of(ROUTE)}
    associated = {
        one.inputs["subnetId"]: one.inputs["routeTableId"]
        for one in foundation.of("aws:ec2/routeTableAssociation:RouteTableAssociation")
    }
    for subnet in foundation.outputs["isolated_subnet_ids"]:
        assert associated[subnet] == isolated
    gateways = [
        endpoint.inputs["routeTableIds"]
        for endpoint in foundation.of("aws:ec2/vpcEndpoint:VpcEndpoint")
        if endpoint.inputs["vpcEndpointType"] == "Gateway"
    ]
    assert len(gateways) == 2
    assert all(isolated in tables for tables in gateways)


def test_interface_endpoints_answer_to_the_usual_names(foundation: Graph) -> None:
    """NET-2: in every zone, by private DNS, behind a group of their own."""
    interfaces = [
        endpoint.inputs
        for endpoint in foundation.of("aws:ec2/vpcEndpoint:VpcEndpoint")
        if endpoint.inputs["vpcEndpointType"] == "Interface"
    ]
    assert len(interfaces) == 11
    for inputs in interfaces:
        assert inputs["privateDnsEnabled"] is True
        assert inputs["subnetIds"] == foundation.outputs["isolated_subnet_ids"]
        assert inputs["securityGroupIds"] == [foundation.outputs["endpoint_security_group_id"]]


@pytest.mark.parametrize(("gateways", "used"), [(0, []), (2, ["a", "b", "a"]), (3, ["a", "b", "c"])])
def test_nat_gateways_are_a_setting(gateways: int, used: list[str]) -> None:
    """NET-2: one gateway a zone, fewer to share, or none and then no default route for private subnets."""
    changed = {Layer.FOUNDATION: {"myelin:natGateways": str(gateways)}}
    graph = record_environment("dev", changed=changed, last=Layer.FOUNDATION)[Layer.FOUNDATION]
    assert len(graph.of("aws:ec2/natGateway:NatGateway")) == len(graph.of("aws:ec2/eip:Eip")) == gateways
    routes = [route.inputs for route in graph.of(ROUTE) if "natGatewayId" in route.inputs]
    assert [route["natGatewayId"][-1] for route in routes] == used
    assert {route["destinationCidrBlock"] for route in routes} <= {"0.0.0.0/0"}


def test_subnets_never_give_public_addresses(foundation: Graph) -> None:
    """NET-1: three subnets a tier, in three zones, with no public address by default."""
    subnets = foundation.of("aws:ec2/subnet:Subnet")
    assert {one.inputs["availabilityZone"] for one in subnets} == {"us-east-1a", "us-east-1b", "us-east-1c"}
    assert {one.inputs["mapPublicIpOnLaunch"] for one in subnets} == {False}
    assert sorted(one.inputs["tags"]["myelin:tier"] for one in subnets) == sorted(
        ["private", "isolated", "public"] * 3
    )


def test_default_group_is_closed(foundation: Graph) -> None:
    """NET-4: the VPC's default security group is taken over without any rule."""
    (group,) = foundation.of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert set(group.inputs) == {"vpcId", "tags"}
