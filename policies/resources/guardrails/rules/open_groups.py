"""Rules about security groups that are open to the world, over every form that their rules have.

They say what some checks of checkov say, under the same ids, in the place of these: checkov passes a group at
its first rule about itself, looks for `0.0.0.0/0` alone, and does not know how newer rules spell their
protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ...findings.severity import Severity
from ..openings import GROUPS, RULES, Opening, is_world, openings
from ..rule import Guardrail, Reach
from ..subject import NotConcernedError, NotKnownError, Subject

Match = Callable[[Opening], bool | None]
WEB = (80, 443)
_LARGE = 256
"""A network with at least this part of all addresses counts as a part of the world."""


def _judge(*, egress: bool, match: Match) -> Callable[[Subject], str | None]:
    """Judge the rules of one direction that fit."""

    def judge(subject: Subject) -> str | None:
        own = [item for item in openings(subject) if item.egress is egress]
        if not own and subject.kind in RULES:
            raise NotConcernedError
        fitting = [item for item in own if match(item)]
        for item in fitting:
            if is_world(item.networks):
                return f"{item} is open to {_named(item.networks)}"
        if together := _open_together(subject, fitting, egress=egress, match=match):
            return together
        _refuse_unknown(own, match)
        return None

    return judge


def _open_together(subject: Subject, fitting: Iterable[Opening], *, egress: bool, match: Match) -> str | None:
    """What is open only because of several rules, of the same group: two halves of the world are the
    world.
    """
    networks = [network for item in fitting for network in item.networks]
    others = [
        network
        for other in subject.related
        for item in openings(other)
        if item.egress is egress and match(item)
        for network in item.networks
    ]
    large = [network for network in networks if network.num_addresses * _LARGE >= 2**network.max_prefixlen]
    if large and is_world([*networks, *others]):
        return f"{_named(networks)} together with other rules of the group are the world"
    return None


def _refuse_unknown(own: Iterable[Opening], match: Match) -> None:
    """Raise NotKnownError where what is not known may open the group."""
    for item in own:
        fits = match(item)
        if fits is False:
            continue
        if item.lists:
            raise NotKnownError(
                "prefixListIds", said="the networks of its prefix list stand in the list alone"
            )
        if item.unknown:
            raise NotKnownError(item.unknown[0])
        if fits is None and is_world(item.networks):
            raise NotKnownError("protocol, fromPort or toPort")


def _named(networks: Iterable[Any]) -> str:
    return ", ".join(sorted({str(network) for network in networks}))


def _port(port: int) -> Match:
    return lambda item: item.lets_port(port)


def _all_ports(item: Opening) -> bool | None:
    return item.lets_all_ports()


def _beyond_web(item: Opening) -> bool | None:
    only = item.lets_only(WEB)
    return None if only is None else not only


def _web(item: Opening) -> bool | None:
    # where the ports are not known, the rule about all others is open already
    return item.lets_only(WEB) is True


def _anything(_item: Opening) -> bool:
    return True


_INGRESS = (*GROUPS, "aws_security_group_rule", "aws_vpc_security_group_ingress_rule")
_EGRESS = (*GROUPS, "aws_security_group_rule", "aws_vpc_security_group_egress_rule")
_NARROWER = "name the networks, or the groups, that need it"


def _replacement(identity: str, port: int | None, severity: Severity, *, egress: bool = False) -> Guardrail:
    """What checkov asks, under its id and title."""
    way, kinds = ("egress", _EGRESS) if egress else ("ingress", _INGRESS)
    return Guardrail(
        id=identity,
        name=f"{way}-open-{'all' if port is None else port}",
        title=f"Ensure no security groups allow {way} from 0.0.0.0:0 to port {-1 if port is None else port}",
        hint=_NARROWER,
        reach=Reach.ANYBODY,
        kinds=kinds,
        judge=_judge(egress=egress, match=_all_ports if port is None else _port(port)),
        severity=severity,
    )


REPLACEMENTS = (
    _replacement("CKV_AWS_24", 22, Severity.HIGH),
    _replacement("CKV_AWS_25", 3389, Severity.HIGH),
    _replacement("CKV_AWS_260", 80, Severity.MEDIUM),
    _replacement("CKV_AWS_277", None, Severity.CRITICAL),
    _replacement("CKV_AWS_382", None, Severity.LOW, egress=True),
)
WORLD_INGRESS = Guardrail(
    id="CKV_MYELIN_10",
    name="no-world-ingress",
    title="Ensure that no security group lets the world in, except to web ports",
    hint=_NARROWER,
    reach=Reach.ANYBODY,
    kinds=_INGRESS,
    judge=_judge(egress=False, match=_beyond_web),
    severity=Severity.HIGH,
)
WEB_INGRESS = Guardrail(
    id="CKV_MYELIN_11",
    name="world-ingress-on-purpose",
    title="Ensure that the world reaches web ports only where that is meant",
    hint="keep it for the load balancer alone, and suppress this beside it",
    reach=Reach.ANYBODY,
    kinds=_INGRESS,
    judge=_judge(egress=False, match=_web),
    severity=Severity.LOW,
)
WORLD_EGRESS = Guardrail(
    id="CKV_MYELIN_12",
    name="no-world-egress",
    title="Ensure that no security group lets its members call the whole world",
    hint="open egress to a security group or a prefix list, port by port",
    reach=Reach.ANYBODY,
    kinds=_EGRESS,
    judge=_judge(egress=True, match=_anything),
    severity=Severity.LOW,
)
