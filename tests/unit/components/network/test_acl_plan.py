"""What the network ACLs let through, from the declarations. NET-3"""

from __future__ import annotations

from pathlib import Path

import pytest

from components.network.acl_plan import (
    ANYWHERE,
    EPHEMERAL,
    MOST_RULES,
    TASK_EPHEMERAL,
    AclPlan,
    AclPlanError,
    AclRule,
    merged,
    plan_acls,
)
from components.network.subnet_plan import SubnetTier
from tests.support.recording.declarations import declared, minimal

VPC, PRIVATE, ISOLATED = "10.0.0.0/16", "10.0.0.0/18", "10.0.64.0/18"
Rows = set[tuple[str, int, int]]


def rows(rules: tuple[AclRule, ...]) -> Rows:
    return {(rule.cidr, rule.from_port, rule.to_port) for rule in rules}


def planned(
    tmp_path: Path, texts: dict[str, str], *, nat: bool = False, clients: tuple[str, ...] = ()
) -> dict[str, AclPlan]:
    services = declared(tmp_path, **texts)
    plans = plan_acls(services, vpc_cidr=VPC, listener_ports=[443], client_ranges=clients, nat=nat)
    return {tier.value: plan for tier, plan in plans.items()}


def line(tmp_path: Path, *, nat: bool = False, clients: tuple[str, ...] = ()) -> dict[str, AclPlan]:
    """A client's service, and an isolated one that it calls."""
    door = minimal("door", 8080, calls=("inner",), more='[ingress]\npaths = ["/work"]\n')
    texts = {"door": door, "inner": minimal("inner", 8081, tier="isolated")}
    return planned(tmp_path, texts, nat=nat, clients=clients)


def test_a_call_passes_both_edges_and_so_does_its_answer(tmp_path: Path) -> None:
    """Out of the caller's tier and into the callee's on the callee's port; back on the ports of a task."""
    plans = line(tmp_path)
    assert (ISOLATED, 8081, 8081) in rows(plans["private"].egress)
    assert (PRIVATE, 8081, 8081) in rows(plans["isolated"].ingress)
    assert (PRIVATE, *TASK_EPHEMERAL) in rows(plans["isolated"].egress)
    assert (ISOLATED, *TASK_EPHEMERAL) in rows(plans["private"].ingress)


def test_nothing_but_what_is_needed_is_open(tmp_path: Path) -> None:
    """The isolated tier takes calls and the endpoints' requests, and opens connections to endpoints alone."""
    isolated = line(tmp_path)["isolated"]
    assert rows(isolated.ingress) == {
        (PRIVATE, 443, 443),
        (PRIVATE, 8081, 8081),
        (ISOLATED, 443, 443),
        (ISOLATED, *TASK_EPHEMERAL),
        (ANYWHERE, *TASK_EPHEMERAL),
    }
    assert rows(isolated.egress) == {
        (PRIVATE, *TASK_EPHEMERAL),
        (ISOLATED, 443, 443),
        (ISOLATED, *TASK_EPHEMERAL),
        (ANYWHERE, 443, 443),
    }


@pytest.mark.parametrize(("clients", "ranges"), [((), {VPC}), (("10.9.0.0/16", "10.8.0.0/16"),) * 2])
def test_clients_reach_the_listener_and_are_answered(
    tmp_path: Path, clients: tuple[str, ...], ranges: set[str]
) -> None:
    """From their ranges, or the VPC's own, on the listener's port; answers go to any port of theirs."""
    private = line(tmp_path, clients=clients)["private"]
    for cidr in ranges:
        assert (cidr, 443, 443) in rows(private.ingress)
        assert (cidr, *EPHEMERAL) in rows(private.egress)


def test_the_public_tier_is_shut_without_a_nat_gateway(tmp_path: Path) -> None:
    """Nothing stands there; with one, only the private tier's requests on 443 pass, and their answers."""
    assert line(tmp_path)["public"] == AclPlan()
    public = line(tmp_path, nat=True)["public"]
    assert rows(public.ingress) == {(PRIVATE, 443, 443), (ANYWHERE, *EPHEMERAL)}
    assert rows(public.egress) == {(ANYWHERE, 443, 443), (PRIVATE, *TASK_EPHEMERAL)}


def test_neighbouring_ports_are_one_rule_and_numbers_are_not_used_twice(tmp_path: Path) -> None:
    """So a long row of services fits, and each rule has its own number."""
    names = [f"s{number:02}" for number in range(40)]
    texts = {
        name: minimal(name, 9000 + number, tier="isolated", calls=(names[(number + 1) % 40],))
        for number, name in enumerate(names)
    }
    isolated = planned(tmp_path, texts)["isolated"]
    assert (ISOLATED, 9000, 9039) in rows(isolated.ingress)
    for rules in (isolated.ingress, isolated.egress):
        assert len({rule.number for rule in rules}) == len(rules)


def test_more_rules_than_aws_takes_are_refused(tmp_path: Path) -> None:
    """With the number, the limit and the way out; it is what people wrote, so exit code 2."""
    assert AclPlanError.bad_input
    names = [f"s{number:02}" for number in range(MOST_RULES)]
    texts = {
        name: minimal(name, 9000 + 2 * number, tier="isolated", calls=(names[(number + 1) % len(names)],))
        for number, name in enumerate(names)
    }
    with pytest.raises(
        AclPlanError, match=rf"isolated tier needs \d+ ingress rules, and AWS takes {MOST_RULES}"
    ):
        planned(tmp_path, texts)


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ([], ()),
        ([(5, 5), (6, 6)], ((5, 6),)),
        ([(5, 5), (7, 7)], ((5, 5), (7, 7))),
        ([(1, 9), (3, 4), (9, 12)], ((1, 12),)),
    ],
)
def test_ports_that_touch_are_one_range(ports: list[tuple[int, int]], expected: object) -> None:
    """And a gap of one keeps two apart."""
    assert merged(ports) == expected


def test_each_tier_is_planned(tmp_path: Path) -> None:
    """A tier without a plan would keep AWS's ACL, which allows everything."""
    assert set(line(tmp_path)) == {tier.value for tier in SubnetTier}


def test_a_test_of_a_release_passes_both_edges(tmp_path: Path) -> None:
    """DEL-4: from the private tier to the test listener, and to isolated tasks that are asked one by one."""
    inner = minimal("inner", 8081, tier="isolated") + '[deployment]\nstrategy = "canary"\n'
    door = minimal("door", 8080, more='[ingress]\npaths = ["/work"]\n')
    caller = minimal("caller", 8082, tier="isolated", calls=("inner",))
    services = declared(tmp_path, door=door, inner=inner, caller=caller)
    plans = plan_acls(services, vpc_cidr=VPC, listener_ports=[443], nat=False, test_port=8443)
    private, isolated = plans[SubnetTier.PRIVATE], plans[SubnetTier.ISOLATED]
    for found in (private.ingress, private.egress):
        assert any(cidr == PRIVATE and first <= 8443 <= last for cidr, first, last in rows(found))
    assert (ISOLATED, 8081, 8081) in rows(private.egress)
    assert (PRIVATE, 8081, 8081) in rows(isolated.ingress)
    assert (PRIVATE, *EPHEMERAL) in rows(isolated.egress)
