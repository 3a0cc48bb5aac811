"""What a request needs: an action on a resource, with the condition keys that are known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

KeyValues = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One permission. `resource` is an ARN, NO_RESOURCE, or None: not known here.

    `keys` has condition keys with their values, `known` those in lowercase of which it is known, too, that
    they are absent unless `keys` has them; a name that ends with `:` or `/` stands for all that begin so.
    `on_behalf` is the AWS service that asks for it in the asker's name, as Secrets Manager does of KMS.
    `nothing_there`: what is named does not exist, so no policy of its own can deny anything.
    """

    action: str
    resource: str | None
    keys: KeyValues = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    on_behalf: str = ""
    nothing_there: bool = False


class Lookup(Protocol):
    """What has to be looked up in the emulated AWS to know which resource a request means."""

    region: str
    account: str

    def secret(self, name: str) -> str | None:
        """The ARN of a secret, by its name or ARN; None if there is none."""

    def secret_key(self, arn: str) -> str | None:
        """The ARN of the customer managed key of a secret."""

    def secret_version(self, arn: str) -> str:
        """The id of a secret's current version; empty without one."""

    def key(self, name: str) -> str | None:
        """The ARN of a KMS key, by its id, ARN or alias."""

    def key_of_ciphertext(self, blob: str) -> str | None:
        """The ARN of the key under which something was encrypted (in base64)."""

    def table_key(self, name: str) -> str | None:
        """The ARN of the customer managed key of a table."""

    def partition_key(self, table: str) -> str | None:
        """The name of a table's partition key."""
