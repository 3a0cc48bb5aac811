"""IAM policies in resources, and those that AWS would refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.resources.graph.values import UNKNOWN, Graph, Resource, Secret
from policies.resources.terraform.policy_documents import fault_of, policy_paths, set_aside

GOOD = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def document(**parts: Any) -> dict[str, Any]:
    """A policy with one statement, of which parts are changed; None takes one away."""
    statement = {name: value for name, value in {**GOOD, **parts}.items() if value is not None}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        UNKNOWN,
        document(),
        json.dumps(document()),
        {"Statement": GOOD},
        {**document(), "Version": "2008-10-17"},
        {**document(), "Version": UNKNOWN},
        {"Statement": UNKNOWN},
        {"Statement": [UNKNOWN, GOOD]},
        {"Statement": []},
        document(Effect=UNKNOWN, Action=[UNKNOWN, "s3:*"], Condition=UNKNOWN),
        document(Action=None, NotAction=["iam:*"], Resource=None, NotResource="x"),
        document(Principal="*", Condition={"StringEquals": {"aws:SourceAccount": "1"}}),
        document(Principal={"AWS": ["arn:aws:iam::1:root"], "Service": "x.amazonaws.com"}),
        document(Principal={"AWS": UNKNOWN}, Condition={"Bool": UNKNOWN}),
    ],
)
def test_good_policies(value: Any) -> None:
    """What AWS takes has no fault, as a text or an object, and whatever is not known in it."""
    assert fault_of(value) is None


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("{", "is no JSON"),
        ("${file}", "is no JSON"),
        ("[]", "is no JSON object"),
        ('"x"', "is no JSON object"),
        ({}, "has no `Statement`"),
        (
            {**document(), "Version": "2012-10-17T00:00:00Z"},
            "has a `Version` other than 2012-10-17 and 2008-10-17",
        ),
        ({**document(), "Version": 1}, "has a `Version` other than 2012-10-17 and 2008-10-17"),
        ({"Statement": "x"}, "has a statement that is no object: statement 1"),
        ({"Statement": [GOOD, "x"]}, "has a statement that is no object: statement 2"),
        ({"Statement": [[GOOD]]}, "has a statement that is no object: statement 1"),
        (
            document(Effect="allow"),
            "has a statement whose `Effect` is neither `Allow` nor `Deny`: statement 1",
        ),
        (document(Effect=None), "has a statement whose `Effect` is neither `Allow` nor `Deny`: statement 1"),
        (document(Action=None), "has a statement without `Action`: statement 1"),
        (
            document(Action={"a": 1}),
            "has a statement whose `Action` is neither a text nor a list of texts: statement 1",
        ),
        (
            document(Resource=[["x"]]),
            "has a statement whose `Resource` is neither a text nor a list of texts: statement 1",
        ),
        (document(Principal="me"), "has a statement whose `Principal` names no principal: statement 1"),
        (document(Principal=["*"]), "has a statement whose `Principal` names no principal: statement 1"),
        (document(Condition="x"), "has a statement whose `Condition` is no object of objects: statement 1"),
        (
            document(Condition={"Bool": 1}),
            "has a statement whose `Condition` is no object of objects: statement 1",
        ),
    ],
)
def test_malformed_policies(value: Any, fault: str) -> None:
    """What AWS refuses is told with the statement."""
    assert fault_of(value) == fault


@given(
    st.recursive(
        st.none() | st.text() | st.integers() | st.booleans(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["Statement", "Effect", "Action", "Principal"]), inner)
        ),
    )
)
def test_any_value_has_an_answer(value: Any) -> None:
    """No value stumbles, and the text of an object is judged as the object."""
    assert isinstance(fault_of(value), str | None)
    if isinstance(value, dict):
        assert fault_of(json.dumps(value)) == fault_of(value)


@pytest.mark.parametrize(
    ("kind", "paths"),
    [
        ("aws_iam_role", ("assume_role_policy", "inline_policy.policy")),
        ("aws_s3_bucket_policy", ("policy",)),
        ("aws_opensearch_domain", ("access_policies",)),
        ("aws_cloudwatch_log_resource_policy", ("policy_document",)),
        ("aws_ssoadmin_permission_set_inline_policy", ("inline_policy",)),
        ("aws_ecr_lifecycle_policy", ()),
        ("aws_sns_topic", ("policy",)),
        ("aws_sqs_queue_redrive_policy", ()),
        ("aws_instance", ()),
    ],
)
def test_where_policies_stand(kind: str, paths: tuple[str, ...]) -> None:
    """Documents of another grammar are no policies, whatever their name."""
    assert policy_paths(kind) == paths


def test_malformed_policies_are_set_aside() -> None:
    """Each is unknown in the graph, good ones and all else stay, and the inputs are named."""
    token, bad = "aws:iam/role:Role", json.dumps({"Statement": "x"})
    good = {"name": "b", "policy": json.dumps(document())}
    role = Resource(
        urn="r",
        token=token,
        name="r",
        inputs={
            "name": "r",
            "assumeRolePolicy": Secret(value=bad),
            "inlinePolicies": [{"name": "a", "policy": bad}, good],
        },
    )
    fine = Resource(urn="f", token=token, name="f", inputs={"assumeRolePolicy": json.dumps(document())})
    graph = Graph(stack="dev", source="preview", resources=(role, fine))
    readable, malformed = set_aside(graph)
    assert malformed == {"r": frozenset({"assumeRolePolicy", "inlinePolicies"})}
    assert readable.resources[0].inputs == {
        "name": "r",
        "assumeRolePolicy": Secret(value=UNKNOWN),
        "inlinePolicies": [{"name": "a", "policy": UNKNOWN}, good],
    }
    assert readable.resources[1] is fine
    assert set_aside(Graph(stack="dev", source="preview", resources=(fine,)))[1] == {}
