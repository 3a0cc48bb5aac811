"""Grants of KMS keys.

https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.cloud.iam.context import Context
from sandbox.cloud.iam.principal import Principal

CONTEXT_KEY = "kms:EncryptionContext:"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGrant:
    """Lets one principal use a key. `subset` and `equal` are the constraints on the encryption context."""

    grantee: str
    operations: tuple[str, ...]
    subset: Mapping[str, str] = field(default_factory=dict)
    equal: Mapping[str, str] | None = None

    def allows(self, asker: Principal, action: str, context: Context) -> bool:
        """Whether it is for this principal and operation.

        Whether an encryption context is exactly so cannot be told: such a grant allows nothing.
        """
        if self.grantee not in {asker.arn, asker.session} or self.equal is not None:
            return False
        service, _, operation = action.partition(":")
        return (
            service.lower() == "kms"
            and operation.lower() in {one.lower() for one in self.operations}
            and all(context.find(CONTEXT_KEY + key) == (value,) for key, value in self.subset.items())
        )
