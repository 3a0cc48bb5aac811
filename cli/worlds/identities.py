"""The identities of a sandbox: its operator, and those that `--as NAME` makes, to rehearse two people.

An identity of a sandbox is a user of its emulated IAM; credentials of the environment are never read.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any

from cli.errors import UsageError
from cli.worlds.aws_clients import SandboxClients
from sandbox.cloud.access import credentials_file
from sandbox.cloud.access.keys import CREDENTIALS, OPERATOR, AccessKey
from sandbox.cloud.host import Host
from sandbox.cloud.host.lock import hold
from sandbox.cloud.iam.administrator import ADMINISTRATOR, ADMINISTRATOR_NAME

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+=,.@_-]{0,63}")
_LOCK_SECONDS = 30.0


def require_identity_name(name: str) -> str:
    """Give the name back if a user of IAM can be called so; raises UsageError."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"`--as {name}` is no name of a user",
            hint="letters, digits and `+=,.@_-`, at most 64, a letter or digit first",
        )
    return name


def identity_key(host: Host, region: str, name: str = OPERATOR) -> AccessKey:
    """The key of an identity of a sandbox, which is made if it is new. Raises CredentialsFileError."""
    path = host.directory / CREDENTIALS
    known = credentials_file.read(path)
    if name in known:
        return known[name]
    with hold(host.directory / f"{CREDENTIALS}.lock", timeout=_LOCK_SECONDS):
        known = credentials_file.read(path)
        if name not in known:
            iam = SandboxClients(host.endpoint, region, known[OPERATOR]).client("iam")
            known[name] = _make_user(iam, name)
            credentials_file.write(path, known)
    return known[name]


def _make_user(iam: Any, name: str) -> AccessKey:
    # a program may have made the user, with policies of its own; what it lacks here is a key
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName=ADMINISTRATOR_NAME, PolicyDocument=ADMINISTRATOR)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return AccessKey(id=made["AccessKeyId"], secret=made["SecretAccessKey"])
