"""Access keys, made for each sandbox: what it takes are its own, and no others."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, field

OPERATOR = "operator"
"""The identity of the person who runs the sandbox."""

CREDENTIALS = "credentials"
"""The file in a sandbox's folder with the keys of its identities."""

_ID_CHARACTERS = string.ascii_uppercase + "234567"
_SECRET_CHARACTERS = string.ascii_letters + string.digits + "+/"

FindSecret = Callable[[str], tuple[str | None, str | None]]
"""Secret key and session token of an access key; (None, None) if it is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """The key pair of an identity; the id looks like one of AWS's long-term keys."""

    id: str
    secret: str = field(repr=False)

    def variables(self) -> dict[str, str]:
        """The environment variables by which every SDK of AWS takes it."""
        return {"AWS_ACCESS_KEY_ID": self.id, "AWS_SECRET_ACCESS_KEY": self.secret}


def make_access_key() -> AccessKey:
    """Make a key pair up."""
    return AccessKey(
        id="AKIA" + "".join(secrets.choice(_ID_CHARACTERS) for _ in range(16)),
        secret="".join(secrets.choice(_SECRET_CHARACTERS) for _ in range(40)),
    )
