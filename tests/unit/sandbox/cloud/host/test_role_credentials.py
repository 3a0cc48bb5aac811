"""The credentials that a function gets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.cloud.functions.configuration import FunctionConfiguration
from sandbox.cloud.host.credentials import RoleCredentials
from tests.support.functions.fixtures import CONFIGURATION


class Sts:
    """Gives one session, or refuses."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.asked: list[dict[str, str]] = []

    def assume_role(self, **arguments: str) -> dict[str, Any]:
        self.asked.append(arguments)
        if self.refuses:
            raise ClientError({"Error": {"Code": "NoSuchEntity", "Message": "gone"}}, "AssumeRole")
        return {"Credentials": {"AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c"}}


@pytest.mark.parametrize(("name", "session"), [("decide", "decide"), ("f", "f-"), ("n" * 70, "n" * 64)])
def test_a_function_assumes_its_role_under_its_name(name: str, session: str) -> None:
    """STS wants 2 to 64 characters for the name of a session."""
    sts = Sts()
    configuration: FunctionConfiguration = replace(CONFIGURATION, name=name)
    assert RoleCredentials(lambda _: sts)(configuration) == {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_SESSION_TOKEN": "c",
    }
    assert sts.asked == [{"RoleArn": configuration.role, "RoleSessionName": session}]


def test_a_role_that_is_gone_leaves_keys_that_nothing_knows() -> None:
    """The function can still be run, and is refused by whatever it asks."""
    found = RoleCredentials(lambda _: Sts(refuses=True))(CONFIGURATION)
    other = RoleCredentials(lambda _: Sts(refuses=True))(CONFIGURATION)
    assert set(found) == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert found.items().isdisjoint(other.items())
