"""Identities of a sandbox, which `--as NAME` makes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.errors import UsageError
from cli.worlds.aws_clients import SandboxClients
from cli.worlds.identities import identity_key, require_identity_name
from sandbox.cloud.access import credentials_file
from sandbox.cloud.access.keys import OPERATOR
from sandbox.cloud.host import Host
from tests.support.access.keys import ANY_KEY
from tests.support.moto_server import moto_server

pytestmark = pytest.mark.sandbox

REGION = "us-east-1"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def host(endpoint: str, tmp_path: Path) -> Host:
    """A sandbox with its operator alone."""
    credentials_file.write(tmp_path / "credentials", {OPERATOR: ANY_KEY})
    return Host(
        endpoint=endpoint,
        pid=1,
        started_at=datetime(2026, 11, 22, tzinfo=UTC),
        incarnation="first",
        version="",
        directory=tmp_path,
    )


def test_an_identity_is_made_once_and_kept(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a user of IAM with a key in the file; credentials of the environment are not looked at. FID-2"""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    ada = identity_key(host, REGION, "ada")
    assert SandboxClients(host.endpoint, REGION, ada).actor().endswith(":user/ada")
    assert identity_key(host, REGION, "ada") == ada
    assert identity_key(host, REGION) == ANY_KEY
    assert credentials_file.read(host.directory / "credentials") == {OPERATOR: ANY_KEY, "ada": ada}


def test_a_user_that_a_program_made_gets_a_key(host: Host) -> None:
    """The name is taken, and stands for the same user."""
    SandboxClients(host.endpoint, REGION, ANY_KEY).client("iam").create_user(UserName="grace")
    grace = identity_key(host, REGION, "grace")
    assert SandboxClients(host.endpoint, REGION, grace).actor().endswith(":user/grace")


def test_commands_at_once_make_one_of_it(host: Host) -> None:
    """All get the same key, and none loses that of another name."""
    names = ["eve", "bob"] * 4
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda name: identity_key(host, REGION, name), names))
    assert len({key.id for key in keys}) == 2
    assert set(credentials_file.read(host.directory / "credentials")) == {OPERATOR, "eve", "bob"}


@pytest.mark.parametrize("name", ["", "-x", "a b", "a/b", "../x", "x]", "ä", "a" * 65, "a\nb"])
def test_other_names_are_refused(name: str) -> None:
    """They are no name of a user, and might not be a profile of the file."""
    with pytest.raises(UsageError, match="--as"):
        require_identity_name(name)
    assert require_identity_name("a.b_c-d@e+f=g,h") == "a.b_c-d@e+f=g,h"
