"""Which operation a request asks for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.cloud.emulator.call import AwsCall, identify
from sandbox.cloud.emulator.wsgi import Environ

FORM = "application/x-www-form-urlencoded; charset=utf-8"


def test_json_protocol_names_the_operation_in_the_target(environ: Callable[..., Environ]) -> None:
    """The part behind the last dot of X-Amz-Target is the operation."""
    target = "AmazonEC2ContainerServiceV20141113.CreateService"
    assert identify(environ("ecs", HTTP_X_AMZ_TARGET=target)) == AwsCall(
        service="ecs", region="us-east-1", action="CreateService", mutating=True
    )


def test_query_protocol_names_it_in_the_form(environ: Callable[..., Environ]) -> None:
    """The form field Action is the operation."""
    call = identify(environ("ec2", body=b"Version=1&Action=DescribeVpcs", CONTENT_TYPE=FORM))
    assert (call.service, call.action, call.mutating) == ("ec2", "DescribeVpcs", False)


def test_rest_protocol_is_method_and_path(environ: Callable[..., Environ]) -> None:
    """Method and path stand for the operation."""
    call = identify(environ("lambda", method="POST", PATH_INFO="/2015-03-31/functions"))
    assert (call.action, call.mutating) == ("POST /2015-03-31/functions", True)


@pytest.mark.parametrize(
    ("action", "mutating"),
    [
        ("CreateVpc", True),
        ("DescribeVpcs", False),
        ("ListTables", False),
        ("GetSecretValue", False),
        ("BatchGetItem", False),
        ("PutItem", True),
        ("Query", False),
        ("QueryX", True),
        ("Decrypt", False),
        ("ExecuteStatement", True),
        ("AssumeRole", False),
        ("RotateSecret", True),
    ],
)
def test_reads_are_told_from_changes(environ: Callable[..., Environ], action: str, mutating: bool) -> None:
    """An operation's name says whether it may change something."""
    assert identify(environ("x", HTTP_X_AMZ_TARGET=f"T.{action}")).mutating is mutating


@pytest.mark.parametrize(
    ("method", "path", "mutating"),
    [
        ("GET", "/2015-03-31/functions/f", False),
        ("PUT", "/2015-03-31/functions/f/code", True),
        ("POST", "/2015-03-31/functions/f/invocations", False),
        ("POST", "/2015-03-31/functions/arn%3Aaws/invocations", False),
    ],
)
def test_invoking_a_function_is_no_change(
    environ: Callable[..., Environ], method: str, path: str, mutating: bool
) -> None:
    """Running a function changes no function."""
    assert identify(environ("lambda", method=method, PATH_INFO=path)).mutating is mutating


def test_presigned_and_unsigned_requests(environ: Callable[..., Environ]) -> None:
    """A presigned URL has its scope in the query; an unsigned request has no service."""
    query = "X-Amz-Credential=k%2F20260101%2Feu-west-1%2Fs3%2Faws4_request"
    assert identify(environ("", QUERY_STRING=query)).service == "s3"
    assert identify(environ("")).service == ""
