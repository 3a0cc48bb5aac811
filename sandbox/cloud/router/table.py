"""The routing table: load balancers, mesh and security groups in one value, replaced when AWS changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.cloud.ecs.service import ClientAlias
from sandbox.cloud.router.actions import Forward, ListenerAction, UnsupportedAction, parse_actions
from sandbox.cloud.router.conditions import RequestFacts, RuleCondition, matches, parse_condition
from sandbox.cloud.router.security import NO_SECURITY_GROUPS, UNKNOWN_PEER, ConnectionPeer, SecurityGroups

_DEFAULT_PRIORITY = 1 << 20

ListenerKey = tuple[str, str]
"""ARNs of a load balancer and of one of its listeners."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerRule:
    """One rule of a listener; the default rule has the last priority."""

    priority: int
    conditions: tuple[RuleCondition, ...]
    action: ListenerAction
    arn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """One listener, its rules in the order of their priority."""

    arn: str
    port: int
    protocol: str
    rules: tuple[ListenerRule, ...] = ()

    def action_for(self, request: RequestFacts) -> ListenerAction:
        """The action of the first rule that applies."""
        return next(
            (rule.action for rule in self.rules if matches(rule.conditions, request)),
            UnsupportedAction(type="none"),
        )

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Sorts the listeners of a load balancer: those that forward, then HTTPS, then by port.

        The first one is the load balancer's entry. So an HTTP listener that only redirects to HTTPS never is.
        """
        forwards = any(isinstance(rule.action, Forward) for rule in self.rules)
        return (not forwards, self.protocol != "HTTPS", self.port)


def parse_rule(described: Mapping[str, Any]) -> ListenerRule:
    """Read one entry of DescribeRules."""
    priority = described["Priority"]
    return ListenerRule(
        priority=_DEFAULT_PRIORITY if priority == "default" else int(priority),
        conditions=tuple(parse_condition(entry) for entry in described.get("Conditions", ())),
        action=parse_actions(described.get("Actions", ())),
        arn=described.get("RuleArn", ""),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationLoadBalancer:
    """One Application Load Balancer; the idle timeout is in seconds."""

    arn: str
    name: str
    dns_name: str
    peer: ConnectionPeer = UNKNOWN_PEER
    idle_timeout: float = 60.0
    listeners: tuple[Listener, ...] = ()

    @property
    def ranked(self) -> tuple[Listener, ...]:
        """Its listeners, the entry first."""
        return tuple(sorted(self.listeners, key=lambda listener: listener.rank))


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetService:
    """The service behind a target group; of one with two groups, one revision is behind each.

    `revision_group` is the ARN of the target group where a service has two.
    """

    service_key: str
    container_port: int
    revision_group: str = ""

    @property
    def name(self) -> str:
        """What its healthy tasks are asked for by."""
        return self.revision_group or self.service_key


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshService:
    """A service in the mesh; without a namespace it can neither call others by name nor be called."""

    key: str
    peer: ConnectionPeer
    namespace: str | None = None
    aliases: tuple[ClientAlias, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingTable:
    """Load balancers by ARN, the services behind target groups by ARN, services by key, security groups."""

    load_balancers: Mapping[str, ApplicationLoadBalancer] = field(default_factory=dict)
    targets: Mapping[str, TargetService] = field(default_factory=dict)
    services: Mapping[str, MeshService] = field(default_factory=dict)
    security: SecurityGroups = NO_SECURITY_GROUPS

    @property
    def listeners(self) -> Iterator[ListenerKey]:
        """Every listener; load balancers in AWS's order, the entry of each first."""
        return (
            (arn, found.arn) for arn, balancer in self.load_balancers.items() for found in balancer.ranked
        )

    @property
    def entry(self) -> ListenerKey | None:
        """The entry of the first load balancer that has listeners."""
        return next(self.listeners, None)

    def rule_weights(self, rule_arn: str) -> Mapping[str, int] | None:
        """The target groups and weights that a rule forwards to; None for no such rule."""
        for balancer in self.load_balancers.values():
            for listener in balancer.listeners:
                for rule in listener.rules:
                    if rule.arn == rule_arn:
                        return dict(rule.action.groups) if isinstance(rule.action, Forward) else None
        return None

    def peer(self, service_key: str) -> ConnectionPeer:
        """A service's security groups and networks."""
        service = self.services.get(service_key)
        return service.peer if service else UNKNOWN_PEER
