"""Everybody tries everything over boto3: the sandbox denies what AWS would. IAM-1, KEY-1, SEC-1, FID-2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.iam.enforced import EnforcedAws, enforced_aws
from tests.support.iam.operations import EVERYBODY, HEARTBEAT, OPERATIONS
from tests.support.iam.small_account import BUCKET, KEY_IDS, secret_arn

pytestmark = pytest.mark.sandbox
PRIVATE_KEY = "dev/grants/signing-key"
DENIALS = {"AccessDenied", "AccessDeniedException"}


@pytest.fixture(scope="module")
def aws() -> Iterator[EnforcedAws]:
    with enforced_aws() as made:
        yield made


def test_everybody_is_denied_what_nobody_gave_them(aws: EnforcedAws) -> None:
    """The denials come first, so that nothing is gone that somebody could ask for."""
    denied = [(who, name) for name, one in OPERATIONS.items() for who in EVERYBODY - one.by]
    answers = {(who, name): aws.carry_out(who, OPERATIONS[name]) for who, name in denied}
    assert {case: code for case, code in answers.items() if code not in DENIALS} == {}


def test_a_denial_has_awss_words(aws: EnforcedAws) -> None:
    """Who, what, on what, and which kind of policy is missing."""
    secrets = aws.client("secretsmanager", "orbit task")
    with pytest.raises(ClientError) as refused:
        secrets.get_secret_value(SecretId=HEARTBEAT)
    answered = refused.value.response
    assert answered["Error"]["Code"] == "AccessDeniedException"
    assert answered["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert answered["Error"]["Message"] == (
        "User: arn:aws:sts::123456789012:assumed-role/dev-orbit-task/test is not authorized to perform:"
        f" secretsmanager:GetSecretValue on resource: {secret_arn(HEARTBEAT)}"
        " with an explicit deny in a resource-based policy"
    )


def test_everybody_is_allowed_what_they_need(aws: EnforcedAws) -> None:
    """What follows is for the service to say: a function or an image may not be there."""
    allowed = [(who, name) for name, one in OPERATIONS.items() for who in sorted(one.by)]
    answers = {(who, name): aws.carry_out(who, OPERATIONS[name]) for who, name in allowed}
    assert {case: code for case, code in answers.items() if code in DENIALS} == {}


def test_who_one_is_everybody_may_ask(aws: EnforcedAws) -> None:
    """AWS allows GetCallerIdentity whatever policies say."""
    assert (
        aws.client("sts", "rotation").get_caller_identity()["Arn"].endswith("assumed-role/dev-rotation/test")
    )


def test_what_was_allowed_is_told_by_statement(aws: EnforcedAws) -> None:
    """So it can be seen which statement is used by whom."""
    aws.carry_out("admin", OPERATIONS["sign the trail"])
    used = aws.record.document()["used"]
    assert "kms:Sign derived/SignTrail" in used["arn:aws:iam::123456789012:role/dev-governance-admin"]


def test_a_value_that_looks_like_a_call_is_a_value(aws: EnforcedAws) -> None:
    """Nothing inside of a JSON body or a header names another operation, or another secret."""
    client = aws.client("secretsmanager")
    client.create_secret(Name="dev/a", SecretString="x&Action=DeleteSecret&SecretId=dev/b&y")
    client.create_secret(Name="dev/b", SecretString="of b")
    event = "before-sign.secretsmanager.GetSecretValue"

    def add_a_header(request: Any, **_: Any) -> None:
        request.headers.add_header("SecretId", "dev/b")

    client.meta.events.register(event, add_a_header)
    try:
        found = client.get_secret_value(SecretId="dev/a")
    finally:
        client.meta.events.unregister(event, add_a_header)
    assert (found["Name"], found["SecretString"]) == ("dev/a", "x&Action=DeleteSecret&SecretId=dev/b&y")


GUARDED_IN_OTHER_WAYS = [
    ("secretsmanager", "batch_get_secret_value", {"SecretIdList": [PRIVATE_KEY]}),
    (
        "secretsmanager",
        "batch_get_secret_value",
        {"Filters": [{"Key": "name", "Values": [PRIVATE_KEY]}]},
    ),
    ("s3", "copy_object", {"Bucket": BUCKET, "Key": "audit/9", "CopySource": "mine/a"}),
]


@pytest.mark.parametrize(("client", "method", "arguments"), GUARDED_IN_OTHER_WAYS)
def test_what_is_guarded_is_guarded_in_every_request(
    aws: EnforcedAws, client: str, method: str, arguments: dict[str, Any]
) -> None:
    """Batches and copies give an administrator nothing that the single request does not."""
    with pytest.raises(ClientError) as refused:
        getattr(aws.client(client, "operator"), method)(**arguments)
    assert refused.value.response["Error"]["Code"] in DENIALS


def test_copies_and_deletions_of_many_work_on_what_is_ones_own(aws: EnforcedAws) -> None:
    """An administrator needs no more for them than for each of their objects."""
    client = aws.client("s3", "operator")
    client.create_bucket(Bucket="mine")
    client.put_object(Bucket="mine", Key="a", Body=b"1")
    client.copy_object(Bucket="mine", Key="b", CopySource="mine/a")
    deleted = client.delete_objects(
        Bucket="mine", Delete={"Objects": [{"Key": "a"}, {"Key": "b"}, {"Key": "none & such"}]}
    )
    assert [one["Key"] for one in deleted["Deleted"]] == ["a", "b", "none & such"]
    assert client.list_objects_v2(Bucket="mine")["KeyCount"] == 0


def test_what_does_not_exist_is_for_the_service_to_say(aws: EnforcedAws) -> None:
    """Nothing guards a key that is not there; one that is named beside a ciphertext opens no other one's."""
    client = aws.client("kms", "operator")
    with pytest.raises(client.exceptions.NotFoundException):
        client.describe_key(KeyId="alias/none")
    with pytest.raises(client.exceptions.NotFoundException):
        client.create_grant(
            KeyId="00000000-0000-4000-8000-000000000000", GranteePrincipal="arn", Operations=["Decrypt"]
        )
    sealed = aws.client("kms").encrypt(KeyId=KEY_IDS["audit"], Plaintext=b"x")["CiphertextBlob"]
    own = client.create_key()["KeyMetadata"]["KeyId"]
    with pytest.raises(ClientError) as denied:
        aws.client("kms", "orbit task").decrypt(KeyId=own, CiphertextBlob=sealed)
    assert denied.value.response["Error"]["Code"] in DENIALS
