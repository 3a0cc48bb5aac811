"""What authorization reads of moto: who signed, policies and resources, as they are at each request. FID-2"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.cloud.authorization.in_moto.identities import Identities
from sandbox.cloud.authorization.in_moto.judging import MotoJudge
from sandbox.cloud.authorization.in_moto.lookup import MotoLookup
from sandbox.cloud.authorization.in_moto.resource_policies import JUDGED, key_grants, resource_policy
from sandbox.cloud.authorization.in_moto.resource_tags import tag_keys
from sandbox.cloud.authorization.need import Need
from sandbox.cloud.authorization.received_call import read_call
from sandbox.cloud.iam.document import parse_policy
from tests.support.iam.enforced import EnforcedAws, document, enforced_aws
from tests.support.iam.requests import ACCOUNT, REGION, request

pytestmark = pytest.mark.sandbox
NOW = datetime(2026, 11, 28, tzinfo=UTC)
ALLOW: dict[str, Any] = {"Sid": "Reads", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST = document({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
OF_ALL = {**ALLOW, "Principal": "*"}
LOOKUP = MotoLookup(ACCOUNT, REGION)


@pytest.fixture(scope="module")
def aws() -> Iterator[EnforcedAws]:
    with enforced_aws(furnished=False) as made:
        yield made


def role(aws: EnforcedAws, name: str, **more: str) -> str:
    iam = aws.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, **more)["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document(ALLOW))
    return str(made["Arn"])


def session(aws: EnforcedAws, arn: str, **more: str) -> str:
    given = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="test", **more)["Credentials"]
    return str(given["AccessKeyId"])


def test_a_user_has_what_is_attached_to_them_and_to_their_groups(aws: EnforcedAws) -> None:
    """Inline and managed policies alike, in the version that is the default."""
    iam = aws.client("iam")
    managed = iam.create_policy(PolicyName="managed", PolicyDocument=document(ALLOW))["Policy"]["Arn"]
    iam.create_policy_version(
        PolicyArn=managed, PolicyDocument=document({**ALLOW, "Sid": "Newer"}), SetAsDefault=True
    )
    iam.create_user(UserName="ada")
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName="ada")
    iam.put_user_policy(UserName="ada", PolicyName="own", PolicyDocument=document(ALLOW))
    iam.attach_group_policy(GroupName="readers", PolicyArn=managed)
    key = iam.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]
    found = Identities(ACCOUNT).find(key)
    assert found is not None
    assert found.principal.arn == f"arn:aws:iam::{ACCOUNT}:user/ada"
    assert [(one.name, one.statements[0].sid) for one in found.policies] == [
        ("own", "Reads"),
        ("managed", "Newer"),
    ]
    assert (found.boundary, found.session) == (None, None)


def test_a_session_has_the_policies_of_its_role_as_they_are_now(aws: EnforcedAws) -> None:
    """A policy that is taken from the role is gone from its sessions, too."""
    limit = aws.client("iam").create_policy(PolicyName="limit", PolicyDocument=document(ALLOW))["Policy"][
        "Arn"
    ]
    key = session(aws, role(aws, "reader", PermissionsBoundary=limit), Policy=document(ALLOW))
    identities = Identities(ACCOUNT)
    found = identities.find(key)
    assert found is not None
    assert found.principal.session == f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/test"
    assert found.boundary == parse_policy(document(ALLOW), "limit")
    assert found.session == (parse_policy(document(ALLOW), "session policy"),)
    aws.client("iam").delete_role_policy(RoleName="reader", PolicyName="inline")
    again = identities.find(key)
    assert again is not None
    assert again.policies == ()


def test_whose_role_is_gone_is_nobody(aws: EnforcedAws) -> None:
    """Nor is an unknown key anybody's."""
    key = session(aws, role(aws, "gone"))
    aws.client("iam").delete_role_policy(RoleName="gone", PolicyName="inline")
    aws.client("iam").delete_role(RoleName="gone")
    assert Identities(ACCOUNT).find(key) is None
    assert Identities(ACCOUNT).find("AKIAUNKNOWN") is None
    judged = MotoJudge(ACCOUNT).needs(key, (Need(action="s3:GetObject", resource="*"),), REGION, NOW)
    assert not judged[0].decision.allowed
    assert "does not exist any more" in judged[0].message


def test_a_boundary_that_does_not_exist_allows_nothing(aws: EnforcedAws) -> None:
    """As an empty one."""
    key = session(aws, role(aws, "bounded", PermissionsBoundary=f"arn:aws:iam::{ACCOUNT}:policy/none"))
    judged = MotoJudge(ACCOUNT).needs(key, (Need(action="s3:GetObject", resource="*"),), REGION, NOW)
    assert "because no permissions boundary allows" in judged[0].message


def test_resources_are_found_by_all_their_names(aws: EnforcedAws) -> None:
    """A key by id, ARN and alias, a secret by name and ARN, a ciphertext by what is in it."""
    kms, secrets = aws.client("kms"), aws.client("secretsmanager")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key["KeyId"])
    assert {LOOKUP.key(name) for name in (key["KeyId"], key["Arn"], "alias/mine")} == {key["Arn"]}
    assert {LOOKUP.key(name) for name in ("", "alias/aws/s3", "alias/other", "other")} == {None}
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert LOOKUP.key_of_ciphertext(base64.b64encode(blob).decode()) == key["Arn"]
    assert LOOKUP.key_of_ciphertext("?") is None
    made = secrets.create_secret(Name="s", SecretString="x", KmsKeyId="alias/mine")
    assert {LOOKUP.secret(name) for name in ("s", made["ARN"])} == {made["ARN"]}
    assert (LOOKUP.secret("other"), LOOKUP.secret_key("other"), LOOKUP.secret_version("other")) == (
        None,
        None,
        "",
    )
    assert (LOOKUP.secret_key("s"), LOOKUP.secret_version("s")) == (key["Arn"], made["VersionId"])


def test_tables_tell_their_key_and_partition_key(aws: EnforcedAws) -> None:
    """A table under AWS's own key asks nothing of KMS in anybody's name."""
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    for name, more in (("open", {}), ("sealed", {"Enabled": True, "KMSMasterKeyId": key})):
        aws.client("dynamodb").create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            **({"SSESpecification": more} if more else {}),
        )
    assert [LOOKUP.table_key(name) for name in ("open", "sealed", "none")] == [None, key, None]
    assert [LOOKUP.partition_key(name) for name in ("sealed", "none")] == ["pk", None]


def test_each_kind_of_resource_policy_is_read(aws: EnforcedAws) -> None:
    """And none where there is none."""
    text = document(OF_ALL)
    bucket, queue, topic = aws.client("s3"), aws.client("sqs"), aws.client("sns")
    bucket.create_bucket(Bucket="bucket")
    bucket.put_bucket_policy(Bucket="bucket", Policy=text)
    key = aws.client("kms").create_key(Policy=text)["KeyMetadata"]["Arn"]
    secret = aws.client("secretsmanager").create_secret(Name="p", SecretString="x")["ARN"]
    aws.client("secretsmanager").put_resource_policy(SecretId="p", ResourcePolicy=text)
    aws.client("ecr").create_repository(repositoryName="repo")
    aws.client("ecr").set_repository_policy(repositoryName="repo", policyText=text)
    url = queue.create_queue(QueueName="q", Attributes={"Policy": text})["QueueUrl"]
    assert url
    arn = topic.create_topic(Name="t")["TopicArn"]
    topic.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=text)
    table = aws.client("dynamodb").create_table(
        TableName="shared",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["TableArn"]
    aws.client("dynamodb").put_resource_policy(ResourceArn=table, Policy=text)
    found = {
        "s3": "arn:aws:s3:::bucket/any/key",
        "kms": key,
        "secretsmanager": secret,
        "ecr": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/repo",
        "sqs": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q",
        "sns": arn,
        "dynamodb": f"{table}/index/i",
    }
    for named in found.values():
        policy = resource_policy(ACCOUNT, REGION, named)
        assert policy is not None, named
        assert policy.statements == parse_policy(text).statements, named
    assert set(JUDGED) == {*found, "iam", "lambda"}
    trust = resource_policy(ACCOUNT, REGION, role(aws, "trusted"))
    assert trust is not None
    assert trust.statements == parse_policy(TRUST).statements
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:none"
    for nothing in (None, "*", function, "arn:aws:ecs:us-east-1:1:cluster/c", "arn:aws:s3:::none"):
        assert resource_policy(ACCOUNT, REGION, nothing) is None


def test_tags_are_condition_keys(aws: EnforcedAws) -> None:
    """Of a secret and a key; of others they are not told, so that a condition on them is not judged."""
    tags = [{"Key": "myelin:rotation", "Value": "generated"}]
    secret = aws.client("secretsmanager").create_secret(Name="tagged", SecretString="x", Tags=tags)["ARN"]
    key = aws.client("kms").create_key(Tags=[{"TagKey": "team", "TagValue": "a"}])["KeyMetadata"]["Arn"]
    assert tag_keys(ACCOUNT, REGION, secret) == {"aws:ResourceTag/myelin:rotation": "generated"}
    assert tag_keys(ACCOUNT, REGION, key) == {"aws:ResourceTag/team": "a"}
    assert tag_keys(ACCOUNT, REGION, f"{secret}-other") == {}
    assert tag_keys(ACCOUNT, REGION, "arn:aws:s3:::bucket") is None
    assert tag_keys(ACCOUNT, REGION, None) is None
    reader = session(aws, role(aws, "by-tag"))
    aws.client("iam").put_role_policy(
        RoleName="by-tag",
        PolicyName="tagged",
        PolicyDocument=document(
            {
                "Effect": "Allow",
                "Action": "secretsmanager:DescribeSecret",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:ResourceTag/myelin:rotation": "generated"}},
            }
        ),
    )
    aws.client("secretsmanager").create_secret(Name="bare", SecretString="x")
    for name, allowed in (("tagged", True), ("bare", False)):
        call = read_call(request("secretsmanager", "DescribeSecret", {"SecretId": name}))
        decision = MotoJudge(ACCOUNT).call(reader, call, NOW)[-1].decision
        assert (decision.allowed, decision.unjudged) == (allowed, ())


def test_grants_of_a_key_are_read(aws: EnforcedAws) -> None:
    """With the constraints on their encryption context."""
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    aws.client("kms").create_grant(
        KeyId=key,
        GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:role/r",
        Operations=["Decrypt"],
        Constraints={"EncryptionContextSubset": {"app": "orbit"}},
    )
    (grant,) = key_grants(ACCOUNT, REGION, key)
    assert (grant.operations, dict(grant.subset)) == (("Decrypt",), {"app": "orbit"})
    assert key_grants(ACCOUNT, REGION, "arn:aws:s3:::b") == ()


def test_a_policy_that_cannot_be_read_denies(aws: EnforcedAws) -> None:
    """Whatever it was meant to say."""
    key = session(aws, role(aws, "hopeful"))
    aws.client("secretsmanager").create_secret(Name="odd", SecretString="x")
    aws.client("secretsmanager").put_resource_policy(SecretId="odd", ResourcePolicy=json.dumps({"Odd": 1}))
    judged = MotoJudge(ACCOUNT).call(
        key, read_call(request("secretsmanager", "DescribeSecret", {"SecretId": "odd"})), NOW
    )
    assert not judged[-1].decision.allowed
    assert "it has no `Statement`" in judged[-1].message


@pytest.mark.parametrize(
    ("service", "allowed"), [("ecs-tasks.amazonaws.com", True), ("lambda.amazonaws.com", False)]
)
def test_a_service_assumes_the_roles_that_trust_it(aws: EnforcedAws, service: str, allowed: bool) -> None:
    """IAM-2: for a task of this account, which the role's conditions can see."""
    name = f"task-{service.partition('.')[0]}"
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:*"},
        },
    }
    arn = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"][
        "Arn"
    ]
    asked = {"RoleArn": arn, "RoleSessionName": "task1"}
    call = read_call(request("sts", "AssumeRole", asked, form=True))
    assert MotoJudge(ACCOUNT).service(service, call, NOW)[-1].decision.allowed is allowed
