"""Requests, circumstances and denials as values."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sandbox.cloud.authorization.circumstances import TOLD, context_of
from sandbox.cloud.authorization.judgement import JudgedNeed, denial_response
from sandbox.cloud.authorization.need import Need
from sandbox.cloud.authorization.received_call import read_call
from sandbox.cloud.authorization.record import DENIALS, AuthorizationRecord
from sandbox.cloud.iam.context import Missing
from sandbox.cloud.iam.evaluation import AccessDecision, AccessRequest, PolicyKind
from sandbox.cloud.iam.principal import principal_of
from tests.support.iam.requests import request

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ASKER = principal_of("arn:aws:iam::123456789012:role/r", session="s")


def judged(*, allowed: bool, on_behalf: str = "") -> JudgedNeed:
    need = Need(action="kms:Decrypt", resource="*", on_behalf=on_behalf)
    return JudgedNeed(
        need=need,
        request=AccessRequest(principal=ASKER, action=need.action, resource=need.resource),
        decision=AccessDecision(
            allowed=allowed, kind=None if allowed else PolicyKind.IDENTITY, by="p/Reads" if allowed else ""
        ),
    )


def test_a_json_body_and_a_form_are_parameters() -> None:
    """A body that is neither has none."""
    assert read_call(request("kms", "Sign", {"KeyId": "1"})).text("KeyId") == "1"
    assert read_call(request("sts", "AssumeRole", {"RoleArn": "r"}, form=True)).text("RoleArn") == "r"
    assert read_call(request("kms", "Sign", ["x"])).parameters == {}
    assert read_call(request("kms", "Sign", {"KeyId": 1})).text("KeyId") == ""


def test_every_key_that_is_told_is_known() -> None:
    """What is not in the list is not judged, whether AWS would fill it in or not."""
    context = context_of(Need(action="s3:x", resource="*", known=frozenset({"s3:prefix"})), "eu-west-1", NOW)
    own = {"aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:username"}
    own.add("aws:PrincipalIsAWSService")
    assert all(isinstance(context.find(key), tuple) for key in TOLD.keys() - own)
    assert context.find("aws:RequestedRegion") == ("eu-west-1",)
    assert context.find("aws:CurrentTime") == ("2026-11-28T12:00:00Z",)
    assert context.find("s3:prefix") is Missing.ABSENT
    assert context.find("aws:SourceArn") is Missing.ABSENT
    assert context.find("aws:ResourceTag/team") is Missing.UNKNOWN
    assert context.find("aws:SourceVpce") is Missing.UNKNOWN


def test_a_group_of_keys_is_known_by_its_beginning() -> None:
    """Of an encryption context every pair is known, and that there is no other."""
    need = Need(action="kms:Decrypt", resource="*", known=frozenset({"kms:encryptioncontext:"}))
    assert context_of(need, "us-east-1", NOW).find("kms:EncryptionContext:a") is Missing.ABSENT


@pytest.mark.parametrize(
    ("made", "service", "status", "code"),
    [
        (request("secretsmanager", "GetSecretValue"), "secretsmanager", 400, b"AccessDeniedException"),
        (request("sts", "AssumeRole", form=True), "sts", 403, b"<Code>AccessDenied</Code>"),
        (request("ec2", "DescribeVpcs", form=True), "ec2", 403, b"<Code>UnauthorizedOperation</Code>"),
        (request("sns", "Publish", form=True), "sns", 403, b"<Code>AuthorizationError</Code>"),
        (request("s3", method="GET", path="/b"), "s3", 403, b"<Code>AccessDenied</Code>"),
        (
            request("lambda", path="/2015-03-31/functions/f/invocations"),
            "lambda",
            403,
            b"AccessDeniedException",
        ),
    ],
)
def test_a_denial_has_the_form_of_its_protocol(
    made: dict[str, object], service: str, status: int, code: bytes
) -> None:
    """JSON, form and REST have each their own."""
    answer = denial_response(made, service, "no <way>")
    assert answer.status_code == status
    assert code in answer.body
    assert b"no &lt;way&gt;" in answer.body or b"no <way>" in answer.body


def test_what_kms_refuses_to_secrets_manager_is_told_by_it() -> None:
    """It begins as AWS's message does, and goes on with the reason, which AWS keeps to itself."""
    assert judged(allowed=False, on_behalf="secretsmanager").message.startswith(
        "Access to KMS is not allowed: User"
    )
    assert judged(allowed=False).message.startswith("User: arn:aws:sts::123456789012:assumed-role/r/s is not")


def test_the_record_counts_and_keeps_the_last_denials() -> None:
    """And for each principal, with what it was allowed."""
    record = AuthorizationRecord()
    record.add([judged(allowed=True), judged(allowed=True)], NOW)
    for _ in range(DENIALS + 1):
        record.add([judged(allowed=False)], NOW)
    told = record.document()
    assert (told["allowed"], told["denied"], len(told["denials"])) == (2, DENIALS + 1, DENIALS)
    assert told["used"] == {ASKER.arn: ["kms:Decrypt p/Reads"]}
