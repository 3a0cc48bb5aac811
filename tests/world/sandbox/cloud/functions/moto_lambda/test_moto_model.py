"""What is read out of moto's functions and keys, and how moto is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from moto.awslambda import models

from sandbox.cloud.emulator.clients import EmulatorClients
from sandbox.cloud.emulator.emulator import ACCOUNT
from sandbox.cloud.functions.moto_lambda import quirks, reader
from sandbox.cloud.functions.moto_lambda.backend import MotoLambda
from sandbox.cloud.functions.moto_lambda.credentials import find_secret, make_operator
from tests.support.access.keys import ANY_KEY
from tests.support.functions.emulated_lambda import REGION, EmulatedLambda, invoke

pytestmark = pytest.mark.sandbox


def function(name: str) -> Any:
    return models.lambda_backends[ACCOUNT][REGION].get_function(name)


def test_callable_are_functions_and_the_versions_of_their_aliases(
    aws: EmulatorClients, create: Callable[..., Any], zipped: Callable[..., bytes]
) -> None:
    """A published version that no alias points to is left out: nothing warms or keeps a process of it."""
    create("listed", Publish=True)
    aws("lambda").update_function_code(FunctionName="listed", ZipFile=zipped("#"), Publish=True)
    aws("lambda").create_alias(FunctionName="listed", Name="live", FunctionVersion="1")
    found = [(each.configuration, aliased) for each, aliased in reader.callable_functions()]
    assert [(c.version, aliased) for c, aliased in found if c.name == "listed"] == [
        ("$LATEST", False),
        ("1", True),
    ]


def test_what_is_read_is_what_was_configured(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """Configuration, reservation and attempts; a reservation holds for every version."""
    create("read", Publish=True, Timeout=7, MemorySize=512, Environment={"Variables": {"B": "2", "A": "1"}})
    aws("lambda").put_function_concurrency(FunctionName="read", ReservedConcurrentExecutions=4)
    deployed = reader.read_function(models.lambda_backends[ACCOUNT][REGION].get_function("read", "1"))
    configuration = deployed.configuration
    assert (configuration.version, configuration.timeout, configuration.memory_size) == ("1", 7, 512)
    assert configuration.environment == (("A", "1"), ("B", "2"))
    assert deployed.limit == 4
    assert reader.max_attempts(function("read")) == 3
    aws("lambda").put_function_event_invoke_config(FunctionName="read", MaximumRetryAttempts=0)
    assert reader.max_attempts(function("read")) == 1


def test_a_function_of_another_runtime_cannot_be_run_and_needs_nothing(
    box: EmulatedLambda, aws: EmulatorClients, zipped: Callable[..., bytes]
) -> None:
    """Reading it is an error that names the runtime; its code is accepted without being prepared."""
    role = aws("iam").get_role(RoleName="function-role")["Role"]["Arn"]
    aws("lambda").create_function(
        FunctionName="ruby", Runtime="ruby3.4", Handler="a.b", Role=role, Code={"ZipFile": zipped("")}
    )
    assert not reader.runnable(function("ruby"))
    with pytest.raises(NotImplementedError, match=r"running ruby3\.4 functions"):
        reader.read_function(function("ruby"))
    MotoLambda(box.executor, box.events, box.emulator.locks).accept(function("ruby"))


def test_a_function_url_is_found_by_its_id(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """With the function and the qualified ARN behind it; another id finds nothing."""
    create("url-read", Publish=True)
    aws("lambda").create_alias(FunctionName="url-read", Name="live", FunctionVersion="1")
    url = aws("lambda").create_function_url_config(
        FunctionName="url-read", AuthType="AWS_IAM", Qualifier="live"
    )["FunctionUrl"]
    found = reader.find_url(url.rstrip("/").rpartition("/")[2])
    assert found is not None
    assert found.arn.endswith(":function:url-read:live")
    assert (found.deployed.configuration.version, found.auth_type, found.account) == ("1", "AWS_IAM", ACCOUNT)
    assert reader.find_url("none") is None


def test_secrets_are_found_for_users_roles_and_the_operator(aws: EmulatorClients) -> None:
    """A role's comes with its session token; a key that is unknown, inactive or deleted has none."""
    aws("iam").create_user(UserName="ada")
    key = aws("iam").create_access_key(UserName="ada")["AccessKey"]
    role = aws("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/people", RoleSessionName="ada")
    session = role["Credentials"]
    assert find_secret(ACCOUNT, key["AccessKeyId"]) == (key["SecretAccessKey"], None)
    assert find_secret(ACCOUNT, session["AccessKeyId"]) == (
        session["SecretAccessKey"],
        session["SessionToken"],
    )
    make_operator(ACCOUNT, "us-east-1", ANY_KEY)
    assert find_secret(ACCOUNT, ANY_KEY.id) == (ANY_KEY.secret, None)
    assert find_secret(ACCOUNT, "AKIAUNKNOWN") == (None, None)
    assert find_secret(ACCOUNT, None) == (None, None)
    aws("iam").update_access_key(UserName="ada", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert find_secret(ACCOUNT, key["AccessKeyId"]) == (None, None)
    aws("iam").update_access_key(UserName="ada", AccessKeyId=key["AccessKeyId"], Status="Active")
    aws("iam").delete_access_key(UserName="ada", AccessKeyId=key["AccessKeyId"])
    assert find_secret(ACCOUNT, key["AccessKeyId"]) == (None, None)


def test_installing_again_changes_only_who_runs_functions(
    box: EmulatedLambda, aws: EmulatorClients, create: Callable[..., Any]
) -> None:
    """A second sandbox in one process must not wrap moto's methods twice."""
    wrapped = models.LambdaFunction.get_configuration
    calls: list[str] = []

    def run(found: Any, arn: str, *_: Any) -> bytes:
        calls.append(arn)
        return b"[]"

    create("twice")
    quirks.install(run, box.emulator.endpoint, lambda _: None)
    assert models.LambdaFunction.get_configuration is wrapped
    assert invoke(aws, "twice")[1] == []
    assert [arn.rpartition(":")[2] for arn in calls] == ["twice"]
    box.functions.install(box.emulator.endpoint)
    assert invoke(aws, "twice", {"a": 1})[1]["event"] == {"a": 1}
