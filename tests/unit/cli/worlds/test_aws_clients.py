"""The clients that commands ask AWS with."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cli.worlds.aws_clients import SandboxClients
from sandbox.errors import NotLoopbackError
from tests.support.access.keys import ANY_KEY


def test_clients_speak_to_the_sandbox() -> None:
    """A client asks the sandbox's endpoint in the environment's region, and is made once."""
    clients = SandboxClients("http://127.0.0.1:4566", "eu-west-1", ANY_KEY)
    client = clients.client("dynamodb")
    assert client.meta.endpoint_url == "http://127.0.0.1:4566"
    assert client.meta.region_name == "eu-west-1"
    assert clients.client("dynamodb") is client


def test_clients_of_another_machine_are_refused() -> None:
    """An endpoint that is not on this machine is never asked."""
    with pytest.raises(NotLoopbackError):
        SandboxClients("https://dynamodb.eu-west-1.amazonaws.com", "eu-west-1", ANY_KEY).client("dynamodb")


def test_credentials_of_the_environment_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """They may belong to a real account: requests are signed with the key that was given."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    client = SandboxClients("http://127.0.0.1:4566", "eu-west-1", ANY_KEY).client("sts")
    assert ANY_KEY.id in client.generate_presigned_url("get_caller_identity")


def test_what_asks_nothing_waits_for_no_sdk() -> None:
    """Making the clients imports no botocore; the first client does."""
    code = (
        "import sys; from cli.worlds.aws_clients import SandboxClients;"
        "SandboxClients('http://127.0.0.1:1', 'eu-west-1', None); print('botocore' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
