"""Requests that can be read in one way, and those that cannot."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.cloud.authorization.one_meaning import FORM, second_meaning
from sandbox.cloud.emulator.wsgi import BODY, HEADERS, Environ
from tests.support.iam.requests import request

WHO, OTHER = "Action=GetCallerIdentity", "Action=AssumeRole"
PRESIGNED = "?X-Amz-Credential=A%2F20260101%2Fus-east-1%2F{}%2Faws4_request"


def form(body: str, *, path: str = "/", media: str = FORM, service: str = "sts") -> Environ:
    """A request with a body of this type."""
    environ = request(service, path=path, headers={"content-type": media})
    environ[BODY] = body.encode()
    return environ


def json_target(**changes: Any) -> Environ:
    return request("secretsmanager", "GetSecretValue", {"SecretId": "a&Action=DeleteSecret&b=c"}, **changes)


@pytest.mark.parametrize(
    "environ",
    [
        json_target(),
        form(WHO),
        form("", path=f"/?{WHO}"),
        form(f"{WHO}&Tags.member.1.Key=a&Tags.member.2.Key=b"),
        form(WHO, media=f"{FORM}; charset=utf-8"),
        request("s3", method="GET", path="/bucket/key?versionId=1"),
        request("lambda", path="/2015-03-31/functions/f/invocations?Qualifier=live"),
        request("s3", method="GET", path=f"/b/k{PRESIGNED.format('s3')}", signed=False),
        request("s3", method="PUT", path="/b/k", headers={"content-encoding": "aws-chunked"}),
    ],
)
def test_what_sdks_send_means_one_thing(environ: Environ) -> None:
    """JSON with a target, a form, a query, a path; values that look like parameters are values."""
    assert second_meaning(environ) is None


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        (form(OTHER, path=f"/?{WHO}"), "in two places"),
        (form(f"{WHO}&{OTHER}"), "in two places"),
        (form("", path=f"/?%41ction=AssumeRole&{WHO}"), "in two places"),
        (form(OTHER, path=f"/?{WHO}", media="text/plain"), "in two places"),
        (form(f"{OTHER}&RoleArn=a", path="/?RoleArn=b"), "in two places"),
        (form("RoleArn=a", path=f"/?{WHO}"), "in two places"),
        (form(OTHER, media="text/plain"), "its type is not"),
        (form(OTHER, media="Application/X-WWW-Form-Urlencoded"), "its type is not"),
        (form(f"{'A=' + 'x' * 5000}&{OTHER}"), "not where it is looked for"),
        (form(f"{OTHER}&RoleArn=a&RoleArn=b"), "`RoleArn` more than once"),
        (form("--b", path=f"/?{WHO}", media="multipart/form-data; boundary=b"), "has parts"),
        (json_target(path="/?SecretId=other"), "beside its JSON body"),
        (json_target(headers={"content-type": FORM}), "beside its JSON body"),
        (json_target(headers={"content-encoding": "gzip"}), "compressed"),
        (request("sts", headers={"action": "AssumeRole"}), "is a header"),
        (request("lambda", method="GET", path="/2015-03-31/functions/f?Action=DeleteFunction"), "its path"),
        (form("Action=DeleteObject", path="/b/k", service="s3"), "its path"),
        (request("sqs", method="GET", path=f"/{PRESIGNED.format('sqs')}", signed=False), "presigned"),
    ],
)
def test_what_could_mean_something_else_is_told(environ: Environ, why: str) -> None:
    """Operations and parameters in two places, in one of their own, or in a form that hides them. IAM-1"""
    assert why in str(second_meaning(environ))


@pytest.mark.parametrize("second", ["S.GetSecretValue", "S.DeleteSecret"])
def test_two_targets_are_one_too_many(second: str) -> None:
    """Whether as two headers or as one list."""
    twice = json_target()
    twice[HEADERS] = (*twice[HEADERS], ("x-amz-target", second))
    assert second_meaning(twice) == "it has more than one `X-Amz-Target`"
    listed = json_target()
    listed[HEADERS] = tuple(
        (name, f"{value}, {second}" if name == "x-amz-target" else value) for name, value in listed[HEADERS]
    )
    assert second_meaning(listed) == "it has more than one `X-Amz-Target`"
