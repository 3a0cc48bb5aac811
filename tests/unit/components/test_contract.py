"""The component contract: every component, in every environment and in a program that is not ours. ENV-1"""

from __future__ import annotations

from functools import cache

import pulumi
import pytest
from pulumi_aws.ec2.security_group import SecurityGroup
from pulumi_aws.kms.key import Key
from pulumi_aws.s3.bucket import Bucket
from pulumi_aws.sns.topic import Topic
from pulumi_aws.vpc.security_group_ingress_rule import SecurityGroupIngressRule

from stacks.config_file import load_config_file
from stacks.names import Layer, StackName
from tests.support.contract.breaches import ENCRYPTED, STATEFUL, breaches, orphans
from tests.support.contract.component_makers import MAKERS, SCOPE, every_component
from tests.support.paths import ROOT
from tests.support.recording.environments import ENVIRONMENTS, recorded
from tests.support.recording.recorder import Graph, record

# one worker records each environment, for all of them
pytestmark = pytest.mark.xdist_group("recorded")

SHOP = "shop"
COMPONENTS = sorted(MAKERS, key=lambda each: each.__name__)


@cache
def shop() -> tuple[Graph, dict[type[pulumi.ComponentResource], frozenset[str]]]:
    """The graph of a program that makes each component once, and the types that each class came out as."""
    types: dict[type[pulumi.ComponentResource], frozenset[str]] = {}

    def program() -> None:
        for component, makers in MAKERS.items():
            types[component] = frozenset(make().pulumi_resource_type for make in makers)

    graph = record(program, stack="qa", project=SHOP, config={})
    return graph, types


def graphs(where: str) -> dict[str, Graph]:
    """What was recorded there, by layer."""
    if where == SHOP:
        return {SCOPE.layer: shop()[0]}
    return {str(layer): graph for layer, graph in recorded(where).items()}


def protected(where: str, layer: str) -> bool:
    """Whether what has state is protected: by default, and in a stack as its file says."""
    if where == SHOP:
        return True
    file = load_config_file(StackName(environment=where, layer=Layer(layer)).config_file(ROOT))
    return file.values.get("myelin:deletionProtection", "true") == "true"


def test_every_component_has_a_case() -> None:
    """A new component is made in `component_makers`, or this fails."""
    assert {each.__name__ for each in every_component()} == {each.__name__ for each in MAKERS}


@pytest.mark.parametrize("where", [*ENVIRONMENTS, SHOP])
@pytest.mark.parametrize("component", COMPONENTS, ids=lambda each: each.__name__)
def test_contract(component: type[pulumi.ComponentResource], where: str) -> None:
    """NET-4, KEY-1, SEC-2, ENV-1: derived names, tags, outputs, no way in from anywhere, encryption and
    rotation, and protection of what has state; nothing is missing wherever the component stands.
    """
    found = [
        (one, graph, layer)
        for layer, graph in graphs(where).items()
        for one in graph.components
        if one.type in shop()[1][component]
    ]
    assert found
    wrong = [
        line
        for one, graph, layer in found
        for line in breaches(graph, one, where, layer, protected=protected(where, layer))
    ]
    assert wrong == []


@pytest.mark.parametrize("where", [*ENVIRONMENTS, SHOP])
def test_children_have_parents(where: str) -> None:
    """Every resource of the provider stands below a component, so that it comes and goes with it."""
    assert [line for graph in graphs(where).values() for line in orphans(graph)] == []


class _Bad(pulumi.ComponentResource):
    """Breaks every rule of the contract once, and registers nothing."""

    def __init__(self) -> None:
        super().__init__("shop:index:Bad", "bad")
        own = pulumi.ResourceOptions(parent=self)
        tags = SCOPE.tags("bad")
        Key("keeps-still", enable_key_rotation=False, tags=tags, opts=own)
        Topic("open-text", name="shop-topic", tags=tags, opts=own)
        Topic("untagged", name="shop-topic", kms_master_key_id="key", opts=own)
        Topic("other-name", name="shopping", kms_master_key_id="key", tags=tags, opts=own)
        Topic("shop-topic", kms_master_key_id="key", tags=tags, opts=own)
        Bucket("open-bucket", bucket="shop-data", force_destroy=True, tags=tags, opts=own)
        SecurityGroupIngressRule(
            "world", security_group_id="sg", ip_protocol="tcp", cidr_ipv6="::/0", tags=tags, opts=own
        )
        SecurityGroup("inside", ingress=[{"cidr_blocks": ["0.0.0.0/0"]}], tags=tags, opts=own)
        Topic("alone", kms_master_key_id="key", tags=tags)


def test_each_breach_is_found() -> None:
    """A component that breaks every rule is told each of them, by the resource that breaks it."""
    graph = record(lambda: _ignore(_Bad()), stack="qa", project=SHOP, config={})
    (bad,) = graph.components
    assert sorted(breaches(graph, bad, SHOP, SCOPE.layer, protected=True)) == [
        f"shop:index:Bad {line}"
        for line in (
            "bad: registers no outputs",
            "inside: lets in from anywhere",
            "keeps-still: does not rotate",
            "keeps-still: is not protected",
            "open-bucket: is not protected",
            "open-bucket: not encrypted",
            "open-text: not encrypted by a key of ours",
            "other-name: name `shopping` does not follow from the environment",
            "shop-topic: the logical name carries the environment",
            "untagged: lacks tags of its scope",
            "world: lets in from anywhere",
        )
    ]
    assert orphans(graph) == ["aws:sns/topic:Topic alone"]


def _ignore(_component: pulumi.ComponentResource) -> None:
    """A Pulumi program returns nothing."""


def test_logical_names_are_the_same_in_every_environment() -> None:
    """A URN has the environment in its stack alone: what differs is how many, never what it is called."""
    named = {
        where: {one.urn.rpartition("::")[2] for one in recorded(where)[Layer.WORKLOADS].custom}
        for where in ENVIRONMENTS
    }
    assert len(set(map(frozenset, named.values()))) == 1


def test_each_rule_of_the_contract_is_asked_of_something() -> None:
    """A type that nothing makes any more leaves the tables of the contract."""
    made = {one.type for graph in recorded("prod").values() for one in graph.custom}
    assert {*ENCRYPTED, *STATEFUL} <= made
