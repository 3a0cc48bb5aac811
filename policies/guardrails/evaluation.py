"""Judges Pulumi resources by the rules, in process, without Pulumi's engine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from policies.graph.values import Graph, Resource, reveal
from policies.guardrails.catalogue import RULES
from policies.guardrails.rule import Reach, Rule
from policies.guardrails.subject import Attributes, NotKnownError, Subject, camel
from policies.guardrails.tags import taggable

_DISCOVERY = "aws_service_discovery"
KINDS = {
    "aws:alb/loadBalancer:LoadBalancer": "aws_alb",
    "aws:ec2/securityGroup:SecurityGroup": "aws_security_group",
    "aws:ec2/securityGroupRule:SecurityGroupRule": "aws_security_group_rule",
    "aws:ec2/subnet:Subnet": "aws_subnet",
    "aws:elb/loadBalancer:LoadBalancer": "aws_elb",
    "aws:lb/loadBalancer:LoadBalancer": "aws_lb",
    "aws:mediastore/container:Container": "aws_media_store_container",
    "aws:mediastore/containerPolicy:ContainerPolicy": "aws_media_store_container_policy",
    "aws:servicediscovery/publicDnsNamespace:PublicDnsNamespace": f"{_DISCOVERY}_public_dns_namespace",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "aws_vpc_security_group_egress_rule",
}
"""Tokens of the rules' types that do not follow `aws_<module>_<name>`."""
PLATFORM = "myelin:"
"""How the tokens of the platform's components begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a rule says of a resource; `fault` is None when it passes."""

    rule: Rule
    resource: Resource
    fault: str | None


def evaluate(graph: Graph, today: date, *, platform: bool) -> Iterator[Judgement]:
    """Judge every AWS resource; `platform` brings in the platform's own conventions.

    What can not be known before a deployment is not judged.
    """
    for resource in graph.resources:
        if not resource.custom or resource.package != "aws":
            continue
        for rule in rules_of(platform=platform):
            try:
                if rule.speaks_of(kind_of(resource.token)):
                    fault = rule.judge(subject_of(resource.token, reveal(dict(resource.inputs)), today))
                    yield Judgement(rule=rule, resource=resource, fault=fault)
            except NotKnownError:
                continue


def rules_of(*, platform: bool) -> tuple[Rule, ...]:
    """The rules that hold for a program that uses the platform's components, or for any."""
    return tuple(rule for rule in RULES if platform or rule.reach is Reach.ANYBODY)


def uses_platform(graph: Graph) -> bool:
    """Whether a stack has any component of the platform."""
    return any(item.token.startswith(PLATFORM) for item in graph.resources)


def subject_of(token: str, inputs: Mapping[str, Any], today: date) -> Subject:
    """A Pulumi resource as rules see it."""
    return Subject(
        kind=kind_of(token),
        attributes=Attributes(inputs, camel),
        taggable=token in taggable(),
        today=today,
    )


def kind_of(token: str) -> str:
    """The Terraform type of a token, as far as the rules need it: `aws:kms/key:Key` is `aws_kms_key`."""
    if token in KINDS:
        return KINDS[token]
    package, _, rest = token.partition(":")
    module, _, name = rest.rpartition(":")
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return f"{package}_{module.partition('/')[0]}_{snake}"
