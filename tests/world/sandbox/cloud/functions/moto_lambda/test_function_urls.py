"""Function URLs of the emulated Lambda."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.cloud.emulator.clients import EmulatorClients
from tests.support.functions.emulated_lambda import REGION

pytestmark = pytest.mark.sandbox


def test_function_url_runs_the_function(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """The address that Lambda gives answers, and a qualified URL runs its alias."""
    source = """
def handler(event, context):
    body = event["body"] + context.function_version
    return {"statusCode": 418, "headers": {"X-Path": event["rawPath"]}, "body": body}
"""
    create("url", source, Publish=True)
    aws("lambda").create_alias(FunctionName="url", Name="live", FunctionVersion="1")
    url = aws("lambda").create_function_url_config(FunctionName="url", AuthType="NONE", Qualifier="live")[
        "FunctionUrl"
    ]
    request = urllib.request.Request(url + "tea?x=1", data=b"pot", headers={"Content-Type": "text/plain"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=10)
    assert (caught.value.code, caught.value.read(), caught.value.headers["X-Path"]) == (418, b"pot1", "/tea")


def test_function_url_with_iam_names_the_caller(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """Without a signature 403; with one the function learns whose it is."""
    create(
        "iam-url",
        "def handler(event, context): return event['requestContext']['authorizer']['iam']['userArn']\n",
    )
    url = aws("lambda").create_function_url_config(FunctionName="iam-url", AuthType="AWS_IAM")["FunctionUrl"]
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url, timeout=10)
    assert caught.value.code == 403
    aws("iam").create_user(UserName="operator")
    key = aws("iam").create_access_key(UserName="operator")["AccessKey"]
    role = aws("sts").assume_role(RoleArn="arn:aws:iam::123456789012:role/people", RoleSessionName="ada")
    temporary = role["Credentials"]
    for credentials, caller in (
        (Credentials(key["AccessKeyId"], key["SecretAccessKey"]), ":user/operator"),
        (
            Credentials(temporary["AccessKeyId"], temporary["SecretAccessKey"], temporary["SessionToken"]),
            ":assumed-role/people/ada",
        ),
    ):
        request = AWSRequest(method="GET", url=url)
        SigV4Auth(credentials, "lambda", REGION).add_auth(request)
        signed = urllib.request.Request(url, headers=dict(request.headers.items()))
        assert json.loads(urllib.request.urlopen(signed, timeout=10).read()).endswith(caller)
    request = AWSRequest(method="GET", url=url)
    SigV4Auth(Credentials(key["AccessKeyId"], "guessed"), "lambda", REGION).add_auth(request)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(url, headers=dict(request.headers.items())), timeout=10)
    assert caught.value.code == 403
