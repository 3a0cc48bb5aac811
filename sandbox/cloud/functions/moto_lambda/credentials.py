"""Finds the secret that belongs to an access key. Imports moto, so import this module late."""

from __future__ import annotations

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from sandbox.cloud.emulator.clients import CREDENTIALS

EXAMPLE = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
"""The key pair of AWS's documentation, which the command line works with in the sandbox."""
OPERATOR = "operator"
"""The name of the user who owns that pair."""
_OPERATORS = {EXAMPLE[0]: EXAMPLE[1], CREDENTIALS["aws_access_key_id"]: CREDENTIALS["aws_secret_access_key"]}
"""Keys of the person who runs the sandbox, and of its parts: moto accepts them without a user."""


def find_secret(account: str, access_key: str | None) -> tuple[str | None, str | None]:
    """The secret key and session token of an access key: a user's, an assumed role's, or the operator's.

    (None, None) if the access key is unknown.
    """
    if access_key is None:
        return None, None
    if access_key in _OPERATORS:
        return _OPERATORS[access_key], None
    # moto keeps the keys of roles with those of users
    for role in tuple(sts_backends[account]["aws"].assumed_roles):
        if role.access_key_id == access_key:
            return str(role.secret_access_key), str(role.session_token)
    key = iam_backends[account]["aws"].access_keys.get(access_key)
    return (None, None) if key is None else (str(key.secret_access_key), None)


def make_operator(account: str, region: str) -> None:
    """Make the operator a user, so that what STS says of them is an identity that AWS has, too."""
    backend = iam_backends[account]["aws"]
    if OPERATOR in backend.users:
        return
    backend.create_user(region, OPERATOR)
    key = backend.create_access_key(OPERATOR)
    del backend.access_keys[key.access_key_id]
    key.access_key_id, key.secret_access_key = EXAMPLE
    backend.access_keys[key.access_key_id] = key
