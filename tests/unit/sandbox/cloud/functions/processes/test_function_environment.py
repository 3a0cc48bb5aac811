"""The environment of a function's process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.cloud.functions.configuration import FunctionConfiguration
from sandbox.cloud.functions.processes.environment import function_environment, vpc_variables

SUPPLIED = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2",
    "MYELIN_SANDBOX": "/box",
}


def environment(configuration: FunctionConfiguration, supplied: dict[str, str] = SUPPLIED) -> dict[str, str]:
    return function_environment(
        configuration,
        log_stream="2026/01/02/[1]abc",
        runtime_api="127.0.0.1:3",
        task_root=Path("/task"),
        runtime_folder=Path("/runtime"),
        credentials={"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key", "AWS_SESSION_TOKEN": "token"},
        supplied=supplied,
    )


def test_lambdas_variables_are_there(configuration: FunctionConfiguration) -> None:
    """What Lambda documents, the process gets."""
    made = environment(replace(configuration, environment=(("A", "b"),), log_level="INFO"))
    assert made["A"] == "b"
    expected = {
        "_HANDLER": "app.handler",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": "f",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/02/[1]abc",
        "AWS_LAMBDA_LOG_LEVEL": "INFO",
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:3",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SESSION_TOKEN": "token",
        "LAMBDA_TASK_ROOT": "/task",
        "LAMBDA_RUNTIME_DIR": "/runtime",
        "_AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1",
        "_AWS_XRAY_DAEMON_PORT": "2",
        **SUPPLIED,
    }
    assert {name: made.get(name) for name in expected} == expected


def test_function_cannot_leave_the_machine_or_the_sandbox(configuration: FunctionConfiguration) -> None:
    """Endpoint, mark and reserved names of the function's own are overruled."""
    own = (("AWS_ENDPOINT_URL", "https://aws.example"), ("MYELIN_SANDBOX", "x"), ("AWS_REGION", "y"))
    made = environment(replace(configuration, environment=own))
    assert made["AWS_ENDPOINT_URL"] == SUPPLIED["AWS_ENDPOINT_URL"]
    assert made["MYELIN_SANDBOX"] == "/box"
    assert made["AWS_REGION"] == "us-east-1"


def test_nothing_comes_from_the_hosts_environment(
    configuration: FunctionConfiguration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable of the process that starts the function is not passed on."""
    monkeypatch.setenv("MYELIN_TEST_SECRET", "x")
    monkeypatch.setenv("AWS_PROFILE", "production")
    made = environment(configuration)
    assert "MYELIN_TEST_SECRET" not in made
    assert "AWS_PROFILE" not in made


def test_fingerprint_tells_configurations_apart(configuration: FunctionConfiguration) -> None:
    """Equal configurations have equal fingerprints; any change makes another one."""
    assert configuration.fingerprint == replace(configuration).fingerprint
    changed = replace(configuration, environment=(("A", "b"),))
    assert changed.fingerprint != configuration.fingerprint


def test_a_function_in_the_vpc_has_a_way_to_load_balancers(configuration: FunctionConfiguration) -> None:
    """DEL-4: outside of it a function reaches AWS alone."""
    supplied = {**SUPPLIED, **vpc_variables("http://127.0.0.1:4")}
    inside = environment(replace(configuration, in_vpc=True), supplied)
    assert (inside["http_proxy"], inside["no_proxy"]) == ("http://127.0.0.1:4", "127.0.0.1,localhost")
    assert not set(vpc_variables("")) & set(environment(configuration, supplied))
