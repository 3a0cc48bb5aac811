"""Grants of KMS keys."""

from __future__ import annotations

import pytest

from sandbox.cloud.iam.context import Context
from sandbox.cloud.iam.grants import KeyGrant
from sandbox.cloud.iam.principal import principal_of

ROLE = "arn:aws:iam::123456789012:role/reader"
GRANT = KeyGrant(grantee=ROLE, operations=("Decrypt", "GenerateDataKey"), subset={"app": "orbit"})


@pytest.mark.parametrize(
    ("role", "action", "context", "allows"),
    [
        (ROLE, "kms:Decrypt", {"app": "orbit", "more": "1"}, True),
        (ROLE, "KMS:decrypt", {"app": "orbit"}, True),
        (ROLE, "kms:Encrypt", {"app": "orbit"}, False),
        (ROLE, "s3:Decrypt", {"app": "orbit"}, False),
        (ROLE, "kms:Decrypt", {"app": "axon"}, False),
        (ROLE, "kms:Decrypt", {}, False),
        (f"{ROLE}2", "kms:Decrypt", {"app": "orbit"}, False),
    ],
)
def test_a_grant_is_for_one_principal_and_some_operations(
    role: str, action: str, context: dict[str, str], allows: bool
) -> None:
    """Within its constraints on the encryption context."""
    told = Context({f"kms:EncryptionContext:{key}": value for key, value in context.items()})
    assert GRANT.allows(principal_of(role, session="s"), action, told) is allows


def test_an_exact_context_cannot_be_told_and_allows_nothing() -> None:
    """A request may have more pairs than those that were looked at."""
    exact = KeyGrant(grantee=ROLE, operations=("Decrypt",), equal={})
    assert not exact.allows(principal_of(ROLE), "kms:Decrypt", Context())
