"""The environment of a task."""

from __future__ import annotations

import pytest

from sandbox.cloud.ecs.definition import TaskDefinition
from sandbox.cloud.tasks.environment import (
    SecretAddress,
    TaskRoleCredentials,
    task_environment,
    with_mapped_ports,
)
from sandbox.cloud.tasks.errors import ResourceInitializationError

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:test/axon/key-AbCdEf"
DEFINITION = TaskDefinition(
    arn="arn:aws:ecs:us-east-1:123456789012:task-definition/axon:1",
    container="axon",
    image="axon:1",
    environment=(("PORT", "8081"), ("AWS_ENDPOINT_URL", "https://elsewhere.example.com")),
)


def test_the_ports_of_a_task_are_those_of_this_machine() -> None:
    """PORT, and what an address of loopback names; other hosts, other ports, and numbers stay as they are."""
    changed = with_mapped_ports(
        {
            "PORT": "9080",
            "GATE_URL": "http://127.0.0.1:9081",
            "BOTH": "localhost:9080,127.0.0.1:9081/x",
            "OTHER": "http://127.0.0.1:90811 axon:9080 10.127.0.0.1:7 9080",
            "SIZE": "9080",
        },
        {9080: 20_001, 9081: 20_002},
    )
    assert changed == {
        "PORT": "20001",
        "GATE_URL": "http://127.0.0.1:20002",
        "BOTH": "localhost:20001,127.0.0.1:20002/x",
        "OTHER": "http://127.0.0.1:90811 axon:9080 10.127.0.0.1:7 9080",
        "SIZE": "9080",
    }
    assert with_mapped_ports({"PORT": "x"}, {1: 2}) == {"PORT": "x"}


def test_nothing_of_the_host_gets_in_but_what_every_program_needs() -> None:
    """SEC-1: the sandbox's own environment, with whatever secrets it holds, stays outside."""
    environment = task_environment(
        DEFINITION,
        host={"PATH": "/bin", "HOME": "/h", "AWS_PROFILE": "prod", "PYTHONPATH": "/x"},
        image={"PORT": "1", "BAKED": "in"},
        secrets={"KEY": "s"},
        supplied={"AWS_ENDPOINT_URL": "http://127.0.0.1:5000"},
        sidecar_url="http://127.0.0.1:4000",
        credentials=TaskRoleCredentials(access_key_id="a", secret_access_key="b", session_token="c"),
    )
    assert environment == {
        "PATH": "/bin",
        "HOME": "/h",
        "BAKED": "in",
        "PORT": "8081",
        "KEY": "s",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:5000",
        "HTTP_PROXY": "http://127.0.0.1:4000",
        "http_proxy": "http://127.0.0.1:4000",
        "HTTPS_PROXY": "http://127.0.0.1:4000",
        "https_proxy": "http://127.0.0.1:4000",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_SESSION_TOKEN": "c",
    }


@pytest.mark.parametrize(
    ("value_from", "expected"),
    [
        (ARN, SecretAddress(arn=ARN)),
        (f"{ARN}:password::", SecretAddress(arn=ARN, json_key="password")),
        (f"{ARN}::AWSPREVIOUS:", SecretAddress(arn=ARN, version_stage="AWSPREVIOUS")),
        (f"{ARN}:k::v1", SecretAddress(arn=ARN, json_key="k", version_id="v1")),
    ],
)
def test_secret_addresses_are_taken_apart(value_from: str, expected: SecretAddress) -> None:
    """ECS-3: json-key, version-stage and version-id may follow the ARN."""
    assert SecretAddress.parse(value_from) == expected


@pytest.mark.parametrize("value_from", ["name", "arn:aws:ssm:us-east-1:1:parameter/x", f"{ARN}:key"])
def test_other_secret_addresses_are_refused(value_from: str) -> None:
    """What the sandbox cannot inject is said, never skipped."""
    with pytest.raises(ResourceInitializationError):
        SecretAddress.parse(value_from)


def test_a_json_key_is_taken_out_of_the_secret() -> None:
    """Strings as they are, other values as JSON, a missing key is an error."""
    address = SecretAddress(arn=ARN, json_key="k")
    assert address.extract('{"k": "v"}') == "v"
    assert address.extract('{"k": [1]}') == "[1]"
    for broken in ('{"other": 1}', "not json", "[]"):
        with pytest.raises(ResourceInitializationError, match="has no JSON key `k`"):
            address.extract(broken)
