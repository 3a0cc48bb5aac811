"""The network ACLs, made alone. NET-3"""

from __future__ import annotations

from pathlib import Path

from components.network.acl_plan import plan_acls
from components.network.acls import NetworkAcls
from components.network.subnet_plan import SubnetTier
from tests.support.recording.component import SCOPE, RecordedComponent, record_component
from tests.support.recording.declarations import declared, minimal

ACL = "aws:ec2/networkAcl:NetworkAcl"
CIDR = "10.0.0.0/16"


def made(tmp_path: Path) -> RecordedComponent:
    services = declared(tmp_path, inner=minimal("inner", 8081, tier="isolated"))
    return record_component(
        lambda: NetworkAcls(
            "acls",
            SCOPE,
            services,
            listener_ports=[80],
            client_ranges=(),
            vpc_id="vpc-1",
            vpc_cidr=CIDR,
            nat_gateways="1",
            subnet_ids={tier: [f"subnet-{tier}"] for tier in SubnetTier},
        )
    )


def test_each_tier_has_an_acl_that_its_subnets_use(tmp_path: Path) -> None:
    """Three ACLs, each with the rules of its plan, and named."""
    found = {one.inputs["tags"]["Name"]: one.inputs for one in made(tmp_path).graph.of(ACL)}
    services = declared(tmp_path, inner=minimal("inner", 8081, tier="isolated"))
    plans = plan_acls(services, vpc_cidr=CIDR, listener_ports=[80], nat=True)
    assert set(found) == {f"dev-{tier}" for tier in SubnetTier}
    for tier, plan in plans.items():
        inputs = found[f"dev-{tier}"]
        assert inputs["subnetIds"] == [f"subnet-{tier}"]
        assert inputs["vpcId"] == "vpc-1"
        for name, rules in (("ingress", plan.ingress), ("egress", plan.egress)):
            assert [
                (rule["ruleNo"], rule["cidrBlock"], rule["fromPort"], rule["toPort"]) for rule in inputs[name]
            ] == [(rule.number, rule.cidr, rule.from_port, rule.to_port) for rule in rules]
            assert all((rule["action"], rule["protocol"]) == ("allow", "tcp") for rule in inputs[name])
