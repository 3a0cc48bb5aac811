"""Who may open a connection to whom. NET-4."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.declarations import Services, load_services
from components.naming import ROLLOUT
from components.network.security_group_plan import (
    ENDPOINTS,
    HTTPS,
    LOAD_BALANCER,
    MOST_PEERS,
    SERVICES,
    AccessPlan,
    Direction,
    GroupPeer,
    PrefixListPeer,
    RangePeer,
    plan_access,
)
from tests.support.effort import effort
from tests.support.paths import ROOT
from tests.support.recording.declarations import declared, minimal

NAMES = ("a", "b", "c", "d")


def openings(plan: AccessPlan) -> set[tuple[str, str, int]]:
    """What can be reached: pairs of groups with a port where both ends are open."""
    out = {
        (rule.group, rule.peer.group, rule.port)
        for rule in plan.rules
        if rule.direction is Direction.EGRESS and isinstance(rule.peer, GroupPeer)
    }
    into = {
        (rule.peer.group, rule.group, rule.port)
        for rule in plan.rules
        if rule.direction is Direction.INGRESS and isinstance(rule.peer, GroupPeer)
    }
    assert out == into, "an opening with one end closed"
    return out


def test_the_reference_workload() -> None:
    """NET-4: the balancer reaches Orbit, Orbit reaches Axon, both reach AWS; nothing else is open."""
    plan = plan_access(load_services(ROOT / "services"), listener_ports=[443, 80], client_ranges=[])
    assert openings(plan) == {
        (LOAD_BALANCER, "orbit", 8080),
        ("orbit", "axon", 8081),
        (SERVICES, ENDPOINTS, HTTPS),
    }
    others = {
        (rule.group, rule.direction.value, rule.peer, rule.port)
        for rule in plan.rules
        if not isinstance(rule.peer, GroupPeer)
    }
    assert others == {
        (LOAD_BALANCER, "ingress", RangePeer(None), 443),
        (LOAD_BALANCER, "ingress", RangePeer(None), 80),
        (SERVICES, "egress", PrefixListPeer("s3"), 443),
    }
    assert [(group.name, group.service) for group in plan.groups] == [
        (LOAD_BALANCER, None),
        (ROLLOUT, None),
        (SERVICES, None),
        ("axon", "axon"),
        ("orbit", "orbit"),
    ]


def test_releases_are_tested_from_one_group_alone(tmp_path: Path) -> None:
    """DEL-4: the function that tests reaches the test listener, and the tasks that no listener leads to."""
    services = declared(
        tmp_path,
        orbit=minimal("orbit", 9000, more='[ingress]\npaths = ["/orbit"]\n', calls=("axon", "plain")),
        axon=minimal("axon", 9001) + '[deployment]\nstrategy = "canary"\n',
        plain=minimal("plain", 9002),
    )
    plan = plan_access(services, listener_ports=[443], client_ranges=[], test_port=8443)
    assert {opening for opening in openings(plan) if ROLLOUT in opening} == {
        (ROLLOUT, LOAD_BALANCER, 8443),
        (ROLLOUT, "axon", 9001),
        (ROLLOUT, ENDPOINTS, HTTPS),
    }
    assert 8443 not in {rule.port for rule in plan.rules if isinstance(rule.peer, RangePeer)}


def test_a_service_with_deeds_reaches_the_table_of_records(tmp_path: Path) -> None:
    """ORB-1: DynamoDB is open to what is called for something that is not safe to repeat, and to no other."""
    services = declared(tmp_path, orbit=minimal("orbit", 9000, calls=("axon",)), axon=minimal("axon", 9001))
    plan = plan_access(services, listener_ports=[443], client_ranges=[])
    tables = [rule for rule in plan.rules if rule.peer == PrefixListPeer("dynamodb")]
    assert [(rule.group, rule.direction, rule.port) for rule in tables] == [("axon", Direction.EGRESS, HTTPS)]


def test_only_the_port_of_the_gate_is_open(tmp_path: Path) -> None:
    """Behind the gate: callers reach the service's port, and neither the application's nor that of its calls.
    GOV-4
    """
    services = declared(
        tmp_path,
        orbit=minimal("orbit", 8080, calls=("solo",)),
        solo=minimal("solo", 9000)
        + 'runtime = "gate"\napplication_port = 3000\n[[intents]]\nname = "reason"\n',
    )
    plan = plan_access(services, listener_ports=[443], client_ranges=[])
    mine = {rule.port for rule in plan.rules if rule.group == "solo" and rule.direction is Direction.INGRESS}
    assert mine == {9000}
    assert not {rule.port for rule in plan.rules} & {3000, 9080, 9081}


def test_named_clients_replace_the_whole_vpc(tmp_path: Path) -> None:
    """With client ranges only those reach the load balancer."""
    services = declared(tmp_path, solo=minimal("solo", 9000))
    plan = plan_access(services, listener_ports=[443], client_ranges=["10.1.0.0/16", "10.2.0.0/16"])
    clients = [rule for rule in plan.rules if isinstance(rule.peer, RangePeer)]
    assert [(rule.peer, rule.name) for rule in clients] == [
        (RangePeer("10.1.0.0/16"), "10.1.0.0-16-to-load-balancer-443"),
        (RangePeer("10.2.0.0/16"), "10.2.0.0-16-to-load-balancer-443"),
    ]


@st.composite
def call_graphs(draw: st.DrawFn) -> Services:
    """Services with any calls between them and any of them behind the load balancer."""
    pairs = [(caller, callee) for caller in NAMES for callee in NAMES if caller != callee]
    chosen = draw(st.sets(st.sampled_from(pairs)))
    entered = draw(st.sets(st.sampled_from(NAMES)))
    with TemporaryDirectory() as folder:
        return declared(
            Path(folder),
            **{
                name: minimal(
                    name,
                    9000 + index,
                    more=f'[ingress]\npaths = ["/{name}"]\n' if name in entered else "",
                    calls=tuple(callee for caller, callee in sorted(chosen) if caller == name),
                )
                for index, name in enumerate(NAMES)
            },
        )


@settings(deadline=None, max_examples=effort(40))
@given(call_graphs())
def test_open_is_exactly_what_is_declared(services: Services) -> None:
    """NET-4: for any call graph, connections open along calls and ingress, to AWS, and nowhere else."""
    plan = plan_access(services, listener_ports=[443], client_ranges=[])
    wanted = {(edge.caller, edge.callee, services.get(edge.callee).port) for edge in services.edges}
    wanted |= {(LOAD_BALANCER, one.name, one.port) for one in services.services if one.ingress}
    wanted |= {(SERVICES, ENDPOINTS, HTTPS)}
    assert openings(plan) == wanted
    names = [rule.name for rule in plan.rules]
    assert len(names) == len(set(names))
    for rule in plan.rules:
        if isinstance(rule.peer, RangePeer):
            assert (rule.group, rule.direction) == (LOAD_BALANCER, Direction.INGRESS)


@settings(deadline=None, max_examples=effort(20))
@given(call_graphs(), st.sampled_from(NAMES))
def test_removing_a_service_leaves_the_rules_of_others_alone(services: Services, gone: str) -> None:
    """Rules that do not mention a service keep name and content when it goes."""
    rest = Services(
        services=tuple(
            one.model_copy(update={"calls": tuple(call for call in one.calls if call.service != gone)})
            for one in services.services
            if one.name != gone
        )
    )
    before = plan_access(services, listener_ports=[443], client_ranges=[]).rules
    after = plan_access(rest, listener_ports=[443], client_ranges=[]).rules
    assert list(after) == [
        rule for rule in before if gone not in (rule.group, getattr(rule.peer, "group", ""))
    ]


def test_rules_say_what_they_are_for() -> None:
    """Each rule has a description that AWS accepts."""
    plan = plan_access(load_services(ROOT / "services"), listener_ports=[443], client_ranges=[])
    for rule in plan.rules:
        assert rule.description
        assert set(rule.description) <= set("abcdefghijklmnopqrstuvwxyz0123456789 -./")


def test_peers_are_frozen() -> None:
    """A plan is a value."""
    with pytest.raises(AttributeError):
        GroupPeer("a").group = "b"  # type: ignore[misc]


@pytest.mark.parametrize("more", [0, 1])
def test_a_hub_does_not_name_all_of_its_callers(tmp_path: Path, more: int) -> None:
    """Up to so many each by its group; of one more it lets the group of all tasks in, and only those come
    whose own egress names it. NET-4
    """
    callers = [f"c{number:02}" for number in range(MOST_PEERS + more)]
    texts = {name: minimal(name, 9100 + at, calls=("hub",)) for at, name in enumerate(callers)}
    services = declared(tmp_path, hub=minimal("hub", 9000), other=minimal("other", 9001), **texts)
    rules = plan_access(services, listener_ports=[443], client_ranges=[]).rules
    into = [rule.peer for rule in rules if (rule.group, rule.direction) == ("hub", Direction.INGRESS)]
    assert into == ([GroupPeer(SERVICES)] if more else [GroupPeer(name) for name in callers])
    out = {
        rule.group for rule in rules if rule.direction is Direction.EGRESS and rule.peer == GroupPeer("hub")
    }
    assert out == {*callers}


@pytest.mark.parametrize("more", [0, 1])
def test_the_balancer_does_not_name_all_of_its_services(tmp_path: Path, more: int) -> None:
    """Of one more than so many it lets their ports out to the group of all tasks; each of them lets it in."""
    doors = {
        f"d{at:02}": minimal(f"d{at:02}", 9000 + 2 * at, more=f'[ingress]\npaths = ["/{at}"]\n')
        for at in range(MOST_PEERS + more)
    }
    services = declared(tmp_path, other=minimal("other", 9001), **doors)
    rules = plan_access(services, listener_ports=[443], client_ranges=[]).rules
    out = [rule for rule in rules if (rule.group, rule.direction) == (LOAD_BALANCER, Direction.EGRESS)]
    if more:
        assert [(rule.peer, rule.ports) for rule in out] == [(GroupPeer(SERVICES), (9000, 9080))]
    else:
        assert [rule.peer for rule in out] == [GroupPeer(name) for name in sorted(doors)]
    into = {rule.group for rule in rules if rule.peer == GroupPeer(LOAD_BALANCER)}
    assert into == set(doors)
