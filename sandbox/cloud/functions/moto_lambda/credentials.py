"""Finds the secret that belongs to an access key. Imports moto, so import this module late."""

from __future__ import annotations

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from sandbox.cloud.access.keys import OPERATOR, AccessKey
from sandbox.cloud.iam.administrator import ADMINISTRATOR, ADMINISTRATOR_NAME


def find_secret(account: str, access_key: str | None) -> tuple[str | None, str | None]:
    """The secret key and session token of an access key: an assumed role's, or an active one of a user.

    (None, None) if the access key is unknown.
    """
    if access_key is None:
        return None, None
    iam = iam_backends[account]["aws"]
    key = iam.access_keys.get(access_key)
    if key is None:
        return None, None
    if key.user_name is not None:
        # the table keeps keys that were deleted
        user = iam.users.get(key.user_name)
        lives = user is not None and key in user.access_keys and key.status == "Active"
        return (str(key.secret_access_key), None) if lives else (None, None)
    # moto keeps the keys of roles with those of users; the last ones are asked for most often
    for role in reversed(tuple(sts_backends[account]["aws"].assumed_roles)):
        if role.access_key_id == access_key:
            return str(role.secret_access_key), str(role.session_token)
    return None, None


def make_operator(account: str, region: str, given: AccessKey) -> None:
    """Make the operator a user with this key, so that what STS says of them is an identity of AWS, too."""
    backend = iam_backends[account]["aws"]
    if OPERATOR not in backend.users:
        backend.create_user(region, OPERATOR)
    backend.put_user_policy(OPERATOR, ADMINISTRATOR_NAME, ADMINISTRATOR)
    key = backend.create_access_key(OPERATOR)
    del backend.access_keys[key.access_key_id]
    key.access_key_id, key.secret_access_key = given.id, given.secret
    backend.access_keys[key.access_key_id] = key
