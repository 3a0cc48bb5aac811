"""What a plan says of a resource: values, what is left out, what is unknown, what is secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.resources.graph.values import UNKNOWN, Graph, Resource, Secret, Value
from policies.resources.terraform.plain_values import MASK
from policies.resources.terraform.plan import Translation, translate
from tests.support.resources.documents import urn

BUCKET = "aws:s3/bucket:Bucket"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
FUNCTION = "aws:lambda/function:Function"
DATABASE = "aws:rds/instance:Instance"


def resource(token: str, name: str = "one", **more: Any) -> Resource:
    return Resource(urn=urn(token, name), token=token, name=name, **more)


def translated(*resources: Resource, source: Any = "preview") -> Translation:
    return translate(Graph(stack="dev", source=source, resources=resources))


def planned(token: str, **inputs: Value) -> Mapping[str, Any]:
    """The change of one resource."""
    (change,) = translated(resource(token, inputs=inputs)).plan["resource_changes"]
    found: Mapping[str, Any] = change["change"]
    return found


def expressions(translation: Translation, address: str) -> Mapping[str, Any]:
    items = translation.plan["configuration"]["root_module"]["resources"]
    found: Mapping[str, Any] = next(item["expressions"] for item in items if item["address"] == address)
    return found


def test_what_is_left_out() -> None:
    """A default is shown, a block is an empty list, an attribute null; what AWS sets is unknown."""
    change = planned(DATABASE, instanceClass="db.t4g.micro")
    assert change["after"]["auto_minor_version_upgrade"] is True
    assert change["after"]["restore_to_point_in_time"] == []
    assert change["after"]["storage_encrypted"] is None
    assert "arn" not in change["after"]
    assert change["after_unknown"]["arn"] is True


def test_names_and_blocks() -> None:
    """Properties are in snake case, one block is a list of one, and the keys of a map stay as they are."""
    after = planned(
        FUNCTION,
        name="f",
        vpcConfig={"subnetIds": ["subnet-1"], "securityGroupIds": []},
        environment={"variables": {"logLevel": "info", "RETRIES": 3}},
        tags={"costCenter": "a", "Name": "f"},
    )["after"]
    assert after["function_name"] == "f"
    assert after["vpc_config"][0]["subnet_ids"] == ["subnet-1"]
    assert after["environment"] == [{"variables": {"logLevel": "info", "RETRIES": "3"}}]
    assert after["tags"] == after["tags_all"] == {"costCenter": "a", "Name": "f"}


def test_a_list_of_at_most_one_item() -> None:
    """What Pulumi has as one value, and Terraform as a list, is a list."""
    after = planned("aws:apigateway/restApi:RestApi", endpointConfiguration={"types": "PRIVATE"})["after"]
    assert after["endpoint_configuration"][0]["types"] == ["PRIVATE"]


def test_blocks_in_a_set() -> None:
    """Terraform's SDK plans what is left out inside a set as empty, and not as null."""
    (rule,) = planned(GROUP, ingress=[{"fromPort": 22, "toPort": 22, "protocol": "tcp"}])["after"]["ingress"]
    assert rule["prefix_list_ids"] == []
    assert rule["security_groups"] == []
    assert rule["self"] is False


@pytest.mark.parametrize(
    ("token", "name", "value", "attribute", "expected"),
    [
        ("aws:rds/instance:Instance", "allocatedStorage", "20", "allocated_storage", 20),
        ("aws:rds/instance:Instance", "multiAz", "true", "multi_az", True),
        ("aws:ecs/taskDefinition:TaskDefinition", "cpu", 256, "cpu", "256"),
        ("aws:redshift/cluster:Cluster", "encrypted", True, "encrypted", "true"),
        ("aws:rds/instance:Instance", "port", "none", "port", "none"),
    ],
)
def test_plain_types(token: str, name: str, value: Value, attribute: str, expected: object) -> None:
    """Strings, numbers and bools become what the schema wants, as Terraform converts them."""
    assert planned(token, **{name: value})["after"][attribute] == expected


def test_documents() -> None:
    """A policy that is an object becomes a JSON text; one with an unknown part is unknown."""
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    token = "aws:s3/bucketPolicy:BucketPolicy"
    policy = planned(token, policy={"Version": "2012-10-17", "Statement": [statement]})["after"]["policy"]
    assert json.loads(policy)["Statement"] == [statement]
    assert planned(token, policy={"Statement": [{"Resource": UNKNOWN}]})["after_unknown"]["policy"] is True


def test_assets() -> None:
    """An archive stands as its path."""
    archive = {"4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7", "path": "f.zip"}
    assert planned(FUNCTION, code=archive)["after"]["filename"] == "f.zip"


def test_unknown_values() -> None:
    """What is not known is left out and marked: a key of a map, a list as a whole, in a block there."""
    change = planned(
        FUNCTION,
        role=UNKNOWN,
        tags={"a": UNKNOWN, "b": "c"},
        layers=["x", UNKNOWN],
        vpcConfig={"subnetIds": UNKNOWN, "securityGroupIds": ["sg-1"]},
    )
    after, unknown = change["after"], change["after_unknown"]
    assert not {"role", "layers"} & after.keys()
    assert (unknown["role"], unknown["layers"]) == (True, True)
    assert (after["tags"], unknown["tags"]) == ({"b": "c"}, {"a": True})
    assert "subnet_ids" not in after["vpc_config"][0]
    assert unknown["vpc_config"][0]["subnet_ids"] is True


def test_secrets() -> None:
    """A secret is masked and marked, and one that is no text is left out."""
    change = planned(
        DATABASE,
        password=Secret(value="hunter2"),
        port=Secret(value=5432),
        tags={"open": "a", "hidden": Secret(value="hunter2")},
    )
    assert change["after"]["password"] == MASK
    assert change["after_sensitive"]["password"] is True
    assert "port" not in change["after"]
    assert change["after_unknown"]["port"] is True
    assert change["after"]["tags"] == {"open": "a", "hidden": MASK}
    assert change["after_sensitive"]["tags"] == {"hidden": True}


values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just(UNKNOWN)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["mode", "subnetIds", "x"]), inner)
    ),
    max_leaves=6,
)


@given(
    name=st.sampled_from(
        ["role", "tags", "layers", "vpcConfig", "environment", "timeout", "code", "strange"]
    ),
    wrap=st.sampled_from(["bare", "in a list", "in a map"]),
    value=values,
)
def test_no_secret_gets_into_a_plan(name: str, wrap: str, value: Any) -> None:
    """Wherever a secret stands, whatever is in it, its text is not in the plan, and nothing raises."""
    secret = Secret(value=[value, {"mode": "the-secret-text", "other": "the-secret-text"}, "the-secret-text"])
    given_value: Any = {"bare": secret, "in a list": [secret, value], "in a map": {"mode": secret}}[wrap]
    text = json.dumps(translated(resource(FUNCTION, inputs={name: given_value})).plan)
    assert "the-secret-text" not in text


def test_references() -> None:
    """A reference is an expression of the attribute that it is in, inside blocks too."""
    bucket = resource(BUCKET, "logs")
    group = resource(GROUP, "web")
    policy = resource(
        "aws:s3/bucketPolicy:BucketPolicy",
        inputs={"bucket": UNKNOWN, "policy": "{}"},
        references={"bucket": (bucket.urn,), "policy": (bucket.urn, "urn:of:what:is:no:resource")},
    )
    function = resource(
        FUNCTION,
        inputs={"vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": [UNKNOWN]}},
        references={"vpcConfig": (group.urn,)},
    )
    translation = translated(bucket, group, policy, function)
    expected = {"references": ["aws_s3_bucket.logs.id", "aws_s3_bucket.logs"]}
    assert expressions(translation, "aws_s3_bucket_policy.one") == {"bucket": expected, "policy": expected}
    (block,) = expressions(translation, "aws_lambda_function.one")["vpc_config"]
    assert block["security_group_ids"]["references"] == [
        "aws_security_group.web.id",
        "aws_security_group.web",
    ]
    assert "subnet_ids" not in block


def test_references_of_what_is_deployed() -> None:
    """In an exported stack the value tells which attribute was meant, and ids are known."""
    key = resource("aws:kms/key:Key", id="1234abcd", outputs={"arn": "arn:aws:kms:::key/1234abcd"})
    group = resource(
        "aws:cloudwatch/logGroup:LogGroup",
        id="logs",
        inputs={"kmsKeyId": "arn:aws:kms:::key/1234abcd"},
        references={"kmsKeyId": (key.urn,)},
    )
    translation = translated(key, group, source="export")
    assert expressions(translation, "aws_cloudwatch_log_group.one") == {
        "kms_key_id": {"references": ["aws_kms_key.one.arn", "aws_kms_key.one"]}
    }
    values_of_key = translation.plan["planned_values"]["root_module"]["resources"][0]["values"]
    assert (values_of_key["id"], values_of_key["arn"]) == ("1234abcd", "arn:aws:kms:::key/1234abcd")


def test_addresses() -> None:
    """Every resource has an address of its own, in names that Terraform takes."""
    names = ["a.b", "a/b", "a_b", "1st", "käse"]
    translation = translated(*(resource(BUCKET, name) for name in names))
    assert {address: item.name for address, item in translation.addresses.items()} == {
        "aws_s3_bucket.a_b": "a.b",
        "aws_s3_bucket.a_b_2": "a/b",
        "aws_s3_bucket.a_b_3": "a_b",
        "aws_s3_bucket._1st": "1st",
        "aws_s3_bucket.k_se": "käse",
    }


def test_what_has_no_name_is_listed() -> None:
    """A type that Terraform does not have is never dropped but listed; other clouds are not looked at."""
    unknown = resource("aws:moon/base:Base")
    native = resource("aws-native:s3:Bucket")
    other = resource("random:index/randomPassword:RandomPassword")
    component = resource("shop:index:Store", custom=False)
    provider = resource("pulumi:providers:aws")
    translation = translated(unknown, native, other, component, provider, resource(BUCKET))
    assert translation.unmapped == (unknown, native)
    assert list(translation.addresses) == ["aws_s3_bucket.one"]


def test_strange_properties_are_told() -> None:
    """A property that the schema does not have is in the plan by the rule, and in the notes."""
    translation = translated(resource(BUCKET, inputs={"moonPhase": "full"}))
    assert translation.plan["resource_changes"][0]["change"]["after"]["moon_phase"] == "full"
    assert translation.notes == (
        f"`moonPhase` of `{urn(BUCKET, 'one')}` is not known to Terraform's provider",
    )
