"""Security groups and their rules as resources, made alone. NET-4."""

from __future__ import annotations

from components.declarations import load_services
from components.network.security_group_plan import ENDPOINTS, plan_access
from components.network.security_groups import NetworkAccess
from tests.support.paths import ROOT
from tests.support.recording.component import SCOPE, RecordedComponent, record_component

PLAN = plan_access(load_services(ROOT / "services"), listener_ports=[80], client_ranges=[])
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


def made() -> RecordedComponent:
    return record_component(
        lambda: NetworkAccess(
            "access",
            SCOPE,
            PLAN,
            vpc_id="vpc-1",
            vpc_cidr="10.0.0.0/16",
            existing={ENDPOINTS: "sg-endpoints"},
        )
    )


def test_every_group_and_rule_of_the_plan_is_a_resource() -> None:
    """Groups have no rules of their own, so that removing a service removes only its rules."""
    found = made()
    rules = found.graph.of(INGRESS) + found.graph.of(EGRESS)
    assert {rule.name for rule in rules} == {f"access-{rule.name}" for rule in PLAN.rules}
    assert found.children[GROUP] == len(PLAN.groups)
    assert all(not {"ingress", "egress"} & set(group.inputs) for group in found.graph.of(GROUP))
    shared = {"load-balancer", "rollout", "every-service", ENDPOINTS}
    assert set(found.outputs["group_ids"]) == {"axon", "orbit", *shared}
    assert found.outputs["group_ids"][ENDPOINTS] == "sg-endpoints"


def test_peers_are_groups_ranges_or_prefix_lists() -> None:
    """A caller is a group, clients are the VPC's range, S3 is the prefix list of its gateway endpoint."""
    found = made()
    rules = {rule.name: rule.inputs for rule in found.graph.of(INGRESS) + found.graph.of(EGRESS)}
    ids = found.outputs["group_ids"]
    called = rules["access-orbit-to-axon-8081-in"]
    assert (called["securityGroupId"], called["referencedSecurityGroupId"]) == (ids["axon"], ids["orbit"])
    assert rules["access-vpc-to-load-balancer-80"]["cidrIpv4"] == "10.0.0.0/16"
    assert rules["access-every-service-to-s3-443"]["prefixListId"] == "pl-com.amazonaws.us-east-1.s3"
    assert rules["access-every-service-to-endpoints-443-in"]["securityGroupId"] == "sg-endpoints"
