"""The VPC endpoints as resources, made alone. NET-2."""

from __future__ import annotations

from components.declarations import load_services
from components.identity.statement import document
from components.network.endpoint_plan import plan_endpoints
from components.network.endpoints import Endpoints
from tests.support.paths import ROOT
from tests.support.recording.component import SCOPE, RecordedComponent, record_component

SERVICES = load_services(ROOT / "services")
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


def made() -> RecordedComponent:
    return record_component(
        lambda: Endpoints(
            "endpoints",
            SCOPE,
            SERVICES,
            vpc_id="vpc-1",
            route_table_ids=["rtb-1"],
            subnet_ids=["subnet-a"],
        )
    )


def test_each_planned_endpoint_has_its_policy() -> None:
    """Service and policy are those of the plan, in the region of the stack."""
    found = made()
    planned = {one.name: one for one in plan_endpoints(SCOPE.place, SERVICES)}
    assert found.children == {ENDPOINT: len(planned), "aws:ec2/securityGroup:SecurityGroup": 1}
    for endpoint in found.graph.of(ENDPOINT):
        plan = planned[endpoint.name.removeprefix("endpoints-")]
        assert endpoint.inputs["serviceName"] == f"com.amazonaws.us-east-1.{plan.service}"
        assert endpoint.inputs["policy"] == document(plan.statements)


def test_gateways_are_in_route_tables_and_interfaces_in_subnets() -> None:
    """Interfaces answer to the usual names, behind the group whose id is the output."""
    found = made()
    kinds = {one.inputs["serviceName"].rpartition(".")[2]: one.inputs for one in found.graph.of(ENDPOINT)}
    assert (kinds["s3"]["vpcEndpointType"], kinds["s3"]["routeTableIds"]) == ("Gateway", ["rtb-1"])
    assert kinds["logs"]["vpcEndpointType"] == "Interface"
    assert (kinds["logs"]["subnetIds"], kinds["logs"]["privateDnsEnabled"]) == (["subnet-a"], True)
    assert kinds["logs"]["securityGroupIds"] == [found.outputs["security_group_id"]]
