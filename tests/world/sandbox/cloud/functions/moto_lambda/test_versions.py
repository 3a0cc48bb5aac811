"""Versions, aliases and configurations: which code and settings the next call gets."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.awslambda.models import lambda_backends

from sandbox.cloud.emulator.clients import EmulatorClients
from tests.support.functions.emulated_lambda import ECHO, REGION, EmulatedLambda, invoke
from tests.support.waiting import wait_until

pytestmark = pytest.mark.sandbox


def test_alias_runs_the_version_that_it_points_to(
    aws: EmulatorClients, create: Callable[..., Any], zipped: Callable[..., bytes]
) -> None:
    """Qualifiers are honoured, by parameter and in the ARN; moving the alias moves the next call."""
    client = aws("lambda")
    create(
        "versions",
        "def handler(event, context): return ['one', context.invoked_function_arn]\n",
        Publish=True,
    )
    alias = client.create_alias(FunctionName="versions", Name="live", FunctionVersion="1")["AliasArn"]
    code = "def handler(event, context): return ['two', context.invoked_function_arn]\n"
    client.update_function_code(FunctionName="versions", ZipFile=zipped(code))
    version = client.publish_version(FunctionName="versions")["Version"]
    unqualified = alias.removesuffix(":live")
    assert invoke(aws, "versions", Qualifier="live")[1] == ["one", alias]
    assert invoke(aws, alias)[1] == ["one", alias]
    assert invoke(aws, "versions", {"Qualifier": "1", "qualifier": "1"})[1] == ["two", unqualified]
    assert invoke(aws, "versions", Qualifier=version)[1] == ["two", f"{unqualified}:{version}"]
    client.update_alias(FunctionName="versions", Name="live", FunctionVersion=version)
    assert invoke(aws, alias)[1] == ["two", alias]
    with pytest.raises(ClientError) as caught:
        invoke(aws, "versions", Qualifier="missing")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_old_versions_processes_end_when_the_alias_moves(
    box: EmulatedLambda, aws: EmulatorClients, create: Callable[..., Any], zipped: Callable[..., bytes]
) -> None:
    """A version that no alias points to keeps no idle process; the new one is started ahead."""
    client = aws("lambda")
    create("moving", Publish=True)
    client.create_alias(FunctionName="moving", Name="live", FunctionVersion="1")
    invoke(aws, "moving", Qualifier="live")

    def pids() -> set[int]:
        functions = {function["name"]: function["processes"] for function in box.executor.status()}
        return {process["pid"] for process in functions.get("moving", ())}

    before = pids()
    client.update_function_code(FunctionName="moving", ZipFile=zipped(ECHO + "#"), Publish=True)
    client.update_alias(FunctionName="moving", Name="live", FunctionVersion="2")
    wait_until(lambda: pids() and not pids() & before)
    assert invoke(aws, "moving", Qualifier="live")[1]["version"] == "2"
    client.delete_function(FunctionName="moving")
    wait_until(lambda: not pids())


def test_configuration_changes_reach_the_next_call(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """New environment variables are seen; logging and tracing are kept and described."""
    client = aws("lambda")
    create("configured", LoggingConfig={"LogFormat": "JSON", "LogGroup": "/own/group"})
    assert invoke(aws, "configured")[1]["mode"] is None
    client.update_function_configuration(
        FunctionName="configured",
        Environment={"Variables": {"MODE": "new"}},
        TracingConfig={"Mode": "Active"},
        LoggingConfig={"LogFormat": "Text"},
    )
    assert invoke(aws, "configured")[1]["mode"] == "new"
    described = client.get_function_configuration(FunctionName="configured")
    assert described["TracingConfig"] == {"Mode": "Active"}
    assert described["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/configured"}


def test_listing_all_versions_copies_no_logs(aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """A copy of a function shares the log store with it, and describes the same function."""
    created = create("copied", Publish=True, Environment={"Variables": {"MODE": "m"}})
    assert created["Version"] == "1"
    function = lambda_backends["123456789012"][REGION].get_function("copied")
    copied = copy.deepcopy(function)
    assert copied.logs_backend is function.logs_backend
    assert copied.environment_vars == {"MODE": "m"}
    assert copied.environment_vars is not function.environment_vars
    pages = aws("lambda").get_paginator("list_functions").paginate(FunctionVersion="ALL")
    listed = [f["Version"] for page in pages for f in page["Functions"] if f["FunctionName"] == "copied"]
    assert listed == ["$LATEST", "1"]
