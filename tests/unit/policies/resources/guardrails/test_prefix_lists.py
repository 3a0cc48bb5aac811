"""Rules that name a prefix list are judged by its networks, where these are known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from policies.resources.findings.values import CheckVerdict
from policies.resources.graph.values import UNKNOWN, Graph, Resource
from policies.resources.guardrails.prefix_lists import with_networks
from tests.support.resources.documents import urn
from tests.support.resources.judged import FAILED, OPEN, PASSED, resource, verdict

LIST, ENTRY = (
    "aws:ec2/managedPrefixList:ManagedPrefixList",
    "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry",
)
OLDER, NEWER = (
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
)
SSH = "CKV_AWS_24"
WORLD, PRIVATE = "0.0.0.0/0", "10.0.0.0/8"


def listed(*networks: Any, **more: Any) -> Resource:
    return replace(resource(LIST, "list", entries=[{"cidr": one} for one in networks]), **more)


def entry(cidr: Any) -> Resource:
    made = resource(ENTRY, "entry", cidr=cidr, prefixListId=UNKNOWN)
    return replace(made, references={"prefixListId": (urn(LIST, "list"),)})


def newer(value: Any = UNKNOWN, *, refers: bool = True) -> Resource:
    made = resource(NEWER, ipProtocol="tcp", fromPort=22, toPort=22, prefixListId=value)
    return replace(made, references={"prefixListId": (urn(LIST, "list"),)} if refers else {})


def older(value: Any, **more: Any) -> Resource:
    inputs = {"type": "ingress", "protocol": "tcp", "fromPort": 22, "toPort": 22, "prefixListIds": value}
    return replace(resource(OLDER, **inputs, **more), references={"prefixListIds": (urn(LIST, "list"),)})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param((listed(WORLD), newer()), FAILED, id="the world"),
        pytest.param((listed("::/0"), newer()), FAILED, id="the world of IPv6"),
        pytest.param((listed("0.0.0.0/1", "128.0.0.0/1"), newer()), FAILED, id="halves"),
        pytest.param((listed(PRIVATE), newer()), PASSED, id="inside"),
        pytest.param((listed(), entry(WORLD), newer()), FAILED, id="an entry of its own"),
        pytest.param((listed(PRIVATE), entry(UNKNOWN), newer()), OPEN, id="an entry not known"),
        pytest.param((listed(UNKNOWN), newer()), OPEN, id="a network not known"),
        pytest.param((listed(), newer()), OPEN, id="no entries here"),
        pytest.param((listed(WORLD), newer(refers=False)), OPEN, id="another list"),
        pytest.param((newer(),), OPEN, id="no list here"),
        pytest.param((listed(WORLD), older([UNKNOWN])), FAILED, id="older form"),
        pytest.param((listed(PRIVATE), older([UNKNOWN], cidrBlocks=[WORLD])), FAILED, id="beside the world"),
        pytest.param((listed(PRIVATE), older([UNKNOWN, "pl-aws"])), OPEN, id="beside a list of AWS"),
        pytest.param((listed(WORLD, id="pl-1"), newer("pl-1", refers=False)), FAILED, id="deployed"),
        pytest.param(
            (listed(PRIVATE, id="pl-1"), newer("pl-1", refers=False)), PASSED, id="deployed, inside"
        ),
    ],
)
def test_a_list_is_its_networks(resources: tuple[Resource, ...], expected: CheckVerdict) -> None:
    """Those of the list itself and of its entries; whatever is not known, or not here, leaves it open."""
    assert verdict(SSH, *resources) is expected


def test_where_resources_are_left_out_entries_may_be() -> None:
    """Nothing is taken for whole."""
    graph = Graph(stack="dev", source="preview", resources=(listed(PRIVATE), newer()), missing=("some",))
    assert with_networks(graph) is graph


def test_what_aws_tells_does_not_bring_the_list_back() -> None:
    """In an export the id stands among the outputs, too."""
    rule = replace(newer("pl-1"), id="sgr-1", outputs={"prefixListId": "pl-1", "cidrIpv4": None})
    assert verdict(SSH, listed(PRIVATE, id="pl-1"), rule) is PASSED
