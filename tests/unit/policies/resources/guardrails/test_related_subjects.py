"""A security group, its rules, and what each of them lets through."""

from __future__ import annotations

from policies.resources.graph.values import UNKNOWN, Graph, Resource
from policies.resources.guardrails.evaluation import subject_of
from policies.resources.guardrails.iam_policies import listed, policies_of
from policies.resources.guardrails.openings import is_world, openings
from policies.resources.guardrails.related import related_subjects
from tests.support.resources.judged import TODAY, resource

GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def test_members_of_a_group_know_each_other() -> None:
    """By reference, or by an id that no group of the graph has; others stay alone."""
    group, topic = resource(GROUP, "g"), resource("aws:sns/topic:Topic", "t")
    tied = Resource(
        urn="a",
        token=INGRESS,
        name="a",
        inputs={"securityGroupId": UNKNOWN},
        references={"securityGroupId": (group.urn,)},
    )
    one, two = (
        Resource(urn=name, token=INGRESS, name=name, inputs={"securityGroupId": "sg-9"}) for name in "bc"
    )
    resources = (group, topic, tied, one, two)
    subjects = {item.urn: subject_of(item.token, item.inputs, TODAY) for item in resources}
    found = related_subjects(Graph(stack="dev", source="preview", resources=resources), subjects)
    assert found[group.urn] == (subjects["a"],)
    assert found["a"] == (subjects[group.urn],)
    assert found["b"] == (subjects["c"],)
    assert topic.urn not in found


def test_openings_read_as_people_say_them() -> None:
    """Protocol and ports, or everything."""
    rules = [
        {"protocol": "tcp", "fromPort": 22, "toPort": 22},
        {"protocol": "udp", "fromPort": 1, "toPort": 9},
        {"protocol": "-1", "fromPort": 0, "toPort": 0},
        {"protocol": "50"},
    ]
    subject = subject_of(GROUP, {"ingress": rules}, TODAY)
    assert [str(item) for item in openings(subject)] == ["tcp 22", "udp 1-9", "everything", "50"]
    assert not is_world([])


def test_policies_are_found_in_blocks_and_texts() -> None:
    """With the property's name as the program has it."""
    inputs = {"assumeRolePolicy": "{}", "inlinePolicies": [{"policy": '{"Statement": []}'}, UNKNOWN]}
    found = list(policies_of(subject_of("aws:iam/role:Role", inputs, TODAY)))
    assert [(one.property, one.value is UNKNOWN, one.fault) for one in found] == [
        ("assumeRolePolicy", False, "has no `Statement`"),
        ("policy", False, None),
        ("policy", True, None),
    ]
    assert (listed(None), listed("a"), listed(["a"])) == ([], ["a"], ["a"])
