"""Keys for tests: any, where nothing verifies them, and those that a sandbox has made."""

from __future__ import annotations

from pathlib import Path

from sandbox.cloud.access import credentials_file
from sandbox.cloud.access.keys import CREDENTIALS, OPERATOR, AccessKey
from sandbox.provider.api_clients import ClientCredentials

ANY_KEY = AccessKey(id="AKIATESTING", secret="testing")
"""For an emulator without a door."""

ANY_CREDENTIALS = ClientCredentials(access_key_id=ANY_KEY.id, secret_access_key=ANY_KEY.secret)


def operator_key(directory: Path) -> AccessKey:
    """The key of the operator of the sandbox in a folder."""
    return credentials_file.read(directory / CREDENTIALS)[OPERATOR]


def operator_credentials(directory: Path) -> ClientCredentials:
    """The same, as the provider takes it."""
    key = operator_key(directory)
    return ClientCredentials(access_key_id=key.id, secret_access_key=key.secret)
